#include "pchatd/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hide.h"

static enum pchat_code
cannot(const char *user, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_DENIED, "cannot become user '%s': %s", user, strerror(errno));
	pchat_hint(err, "start it as root, or as that user without --user");
	return PCHAT_DENIED;
}

static enum pchat_code
look_up(const char *user, struct passwd *ret, char *room, size_t n, struct pchat_err *err)
{
	struct passwd *found = NULL;

	if (getpwnam_r(user, ret, room, n, &found) == 0 && found)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_NOT_FOUND, "no user '%s' on this machine", user);
}

/* What an entry of the user database may take; the one of a service account is short. */
#define ENTRY_MAX 16384

enum pchat_code
pchat_privileges_lower(const char *user, struct pchat_err *err)
{
	char room[ENTRY_MAX];
	struct passwd who = { 0 };

	if (!user)
		return PCHAT_OK;
	if (look_up(user, &who, room, sizeof(room), err))
		return PCHAT_NOT_FOUND;
	if (who.pw_uid == 0) {
		pchat_fail(err, PCHAT_USAGE, "user '%s' is root", user);
		pchat_hint(err, "name an account of its own for pchatd");
		return PCHAT_USAGE;
	}
	if (geteuid() == who.pw_uid)
		return PCHAT_OK;
	/* The saved one stays root: it is what pchat_privileges_bind() lives on. */
	if (initgroups(user, who.pw_gid) < 0 || setresgid(who.pw_gid, who.pw_gid, who.pw_gid) < 0 ||
	    setresuid(who.pw_uid, who.pw_uid, 0) < 0)
		return cannot(user, err);
	pchat_hide(); /* the change of user has reset it */
	return PCHAT_OK;
}

static bool
holds_root(void)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) == 0 && effective != 0 && saved == 0;
}

enum pchat_code
pchat_privileges_bind(const char *user, struct pchat_err *err)
{
	/* Of this thread alone: the user stays, so files that others make meanwhile are his. */
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (!user || !holds_root())
		return PCHAT_OK;
	data[0].effective = data[0].permitted = 1u << CAP_NET_BIND_SERVICE;
	if (syscall(SYS_capset, &head, data) < 0)
		return cannot(user, err);
	return PCHAT_OK;
}

enum pchat_code
pchat_privileges_drop(const char *user, struct pchat_err *err)
{
	uid_t uid = geteuid();

	if (!user || !holds_root())
		return PCHAT_OK;
	/* When the last root goes, the kernel takes the capabilities along, thread by thread. */
	if (setresuid(uid, uid, uid) < 0)
		return cannot(user, err);
	if (setresuid(uid, 0, uid) == 0)
		return pchat_fail(err, PCHAT_INTERNAL, "user '%s' can become root again", user);
	pchat_hide();
	return PCHAT_OK;
}
