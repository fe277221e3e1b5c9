#include "wire/sip/inherit.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/str.h"

/* Call @fn for every open descriptor. Without /proc there is nothing to do: they are inherited. */
static void
each_fd(struct psip_fds *ctx, void (*fn)(struct psip_fds *ctx, int fd))
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		uint64_t fd;

		if (pchat_str_uint(pchat_str(e->d_name), INT32_MAX, &fd) && (int)fd != dirfd(dir))
			fn(ctx, (int)fd);
	}
	if (dir)
		closedir(dir);
}

static void
note(struct psip_fds *before, int fd)
{
	(void)pchat_vec_push(&before->fds, fd);
}

static void
seal(struct psip_fds *before, int fd)
{
	for (size_t i = 0; i < before->fds.n; i++) {
		if (before->fds.v[i] == fd)
			return;
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void
psip_fds_note(struct psip_fds *before)
{
	each_fd(before, note);
}

void
psip_fds_seal(struct psip_fds *before)
{
	each_fd(before, seal);
	pchat_vec_release(&before->fds);
}
