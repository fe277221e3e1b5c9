#include <malloc.h>
#include <string.h>

#include "pchatctl/ctl.h"

/* What the heap grows by at once. */
#define HEAP_STEP (16 << 20)

/* A large manifest is many small pieces that live about as long as the process: to put freed ones
 * together again each time a page of the store is asked for is work for nothing. */
static void
tune_heap(void)
{
	mallopt(M_MXFAST, 0);
	mallopt(M_TOP_PAD, HEAP_STEP);
}

int
main(int argc, char **argv)
{
	char version[] = "version";

	tune_heap();
	/* As programs without commands have it. */
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		argv[1] = version;
	return pchat_ctl_main(argc, argv, NULL);
}
