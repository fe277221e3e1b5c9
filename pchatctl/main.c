#include "pchatctl/ctl.h"

int
main(int argc, char **argv)
{
	return pchat_ctl_main(argc, argv, NULL);
}
