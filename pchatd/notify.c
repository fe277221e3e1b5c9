#include "pchatd/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"

#define INTERVAL (10 * PCHAT_SECOND)

void
pchat_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* an abstract address */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Whether it is heard is the manager's business. */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
	              (const struct sockaddr *)&to,
	              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

void
pchat_notify_reloading(void)
{
	PCHAT_AUTO_TEXT text = pchat_text("RELOADING=1\nMONOTONIC_USEC=%lld",
	                                  (long long)pchat_monotonic());

	if (text)
		pchat_notify(text);
}

int64_t
pchat_notify_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t n = 0;

	if (pid && (!pchat_str_uint(pchat_str(pid), UINT32_MAX, &n) || n != (uint64_t)getpid()))
		return INTERVAL;
	if (!usec || !pchat_str_uint(pchat_str(usec), UINT32_MAX, &n) || n == 0)
		return INTERVAL;
	return (int64_t)n / 2 < INTERVAL ? (int64_t)n / 2 : INTERVAL;
}
