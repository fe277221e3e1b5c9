#include "pchatctl/wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

/* Longest answer of pchatd, and how much later than its own time limit it may come. */
#define ANSWER_MAX 128
#define GRACE_MS   500

/* A descriptor, or -1 if nobody listens there. A store path too long for a socket address cannot
 * have a socket in it either. */
static int
connect_to(const char *store)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/" PCHAT_CONTROL_SOCKET,
	                     store);

	if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

enum outcome { APPLIED, NOT_APPLIED, GONE };

/* One line without its end. GONE: the connection ended; NOT_APPLIED: the deadline passed. */
static enum outcome
read_line(int fd, char line[ANSWER_MAX], int64_t deadline)
{
	size_t n = 0;

	while (n + 1 < ANSWER_MAX) {
		int64_t left = (deadline - pchat_monotonic()) / 1000;
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return NOT_APPLIED;
		if (!p.revents)
			continue;
		if (read(fd, line + n, 1) != 1)
			return GONE;
		if (line[n] == '\n') {
			line[n] = '\0';
			return APPLIED;
		}
		n++;
	}
	return NOT_APPLIED;
}

static enum outcome
ask(int fd, uint64_t revision, uint64_t timeout_ms)
{
	int64_t deadline = pchat_monotonic() + (int64_t)(timeout_ms + GRACE_MS) * 1000;
	struct pchat_str answer, word;
	PCHAT_AUTO_VALUE(buf) request = { 0 };
	char line[ANSWER_MAX];
	enum outcome outcome;
	uint64_t reached;

	pchat_buf_printf(&request, "applied %llu %llu\n", (unsigned long long)revision,
	                 (unsigned long long)timeout_ms);
	if (!pchat_buf_ok(&request))
		return NOT_APPLIED;
	if (send(fd, request.p, request.n, MSG_NOSIGNAL) != (ssize_t)request.n)
		return GONE;
	outcome = read_line(fd, line, deadline);
	if (outcome != APPLIED)
		return outcome;
	word = pchat_str_cut(pchat_str(line), ' ', &answer);
	return pchat_str_is(word, "ok") && pchat_str_uint(answer, UINT64_MAX, &reached) &&
	                       reached >= revision
	               ? APPLIED
	               : NOT_APPLIED;
}

enum pchat_code
pchat_wait_applied(const char *store, uint64_t revision, uint64_t timeout_ms, bool *ret_gone,
                   struct pchat_err *err)
{
	int fd = connect_to(store);
	enum outcome outcome;

	*ret_gone = false;
	if (fd < 0)
		return PCHAT_OK;
	outcome = ask(fd, revision, timeout_ms);
	close(fd);
	*ret_gone = outcome == GONE;
	if (outcome != NOT_APPLIED)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_UNAVAILABLE,
	           "the change is stored as revision %llu, but pchatd has not applied it yet",
	           (unsigned long long)revision);
	pchat_hint(err, "wait longer with --timeout, or look at the log of pchatd");
	return PCHAT_UNAVAILABLE;
}
