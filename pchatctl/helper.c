#include "pchatctl/helper.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define HELPER "pchatctl-helper"

/* The folder this program was started from, without the slash at its end. */
static bool
own_folder(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

enum pchat_code
pchat_helper_exec(struct pchat_ctl *ctl, struct pchat_err *err)
{
	char folder[PATH_MAX];

	if (!own_folder(folder))
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot find the folder of pchatctl: %s",
		                  strerror(errno));
	for (size_t i = 0; i < 2; i++) {
		char path[PATH_MAX + 64];

		snprintf(path, sizeof(path), i ? "%s/../libexec/pchat/" HELPER : "%s/" HELPER,
		         folder);
		signal(SIGPIPE, SIG_DFL);
		execv(path, ctl->argv);
		signal(SIGPIPE, SIG_IGN);
	}
	pchat_fail(err, PCHAT_UNAVAILABLE,
	           "cannot run '" HELPER "', which carries this command out: %s", strerror(errno));
	pchat_hint(err, "install pchat completely");
	return PCHAT_UNAVAILABLE;
}
