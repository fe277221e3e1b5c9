/* pchatctl-helper: pchatctl with the commands that need SIP, XML, cryptography
 * or a line editor. */
#include "pchatctl/helper/helper.h"
#include "pchatctl/shell/shell.h"

int
main(int argc, char **argv)
{
	static const struct pchat_handler handlers[] = {
		{ "check all", pchat_check_all_run },
		{ "check certificates", pchat_check_certificates_run },
		{ "check chat", pchat_check_chat_run },
		{ "shell", pchat_shell_run },
		{ "user passwd", pchat_user_passwd_run },
		{ NULL, NULL },
	};

	return pchat_ctl_main(argc, argv, handlers);
}
