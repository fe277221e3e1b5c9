#include "pchatd/control.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "pchatd/feed.h"

struct client {
	struct pchat_control *control;
	int fd; /* -1: free */
	struct pchat_sip_watch *watch;
	char line[PCHAT_CONTROL_LINE];
	size_t n;
	bool waiting; /* for a revision; further lines wait too */
	bool deaf;    /* what it still says is thrown away */
	uint64_t revision;
	int64_t until; /* monotonic */
};

struct pchat_control {
	struct pchatd *d;
	int fd;
	struct pchat_sip_watch *watch;
	char *path;
	struct client clients[PCHAT_CONTROL_CLIENTS];
};

/* ---- the lock ---- */

enum pchat_code
pchat_control_lock(const char *store_path, int *ret_fd, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/pchatd.lock", store_path);
	int fd;

	if (!path)
		return pchat_no_memory(err);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		pchat_fail(err, PCHAT_UNAVAILABLE, "cannot open '%s': %s", path, strerror(errno));
		pchat_hint(err, "is '%s' a store, and may this user write there?", store_path);
		return PCHAT_UNAVAILABLE;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return PCHAT_OK;
	}
	pchat_fail(err, PCHAT_BUSY, "another pchatd serves the store '%s'", store_path);
	pchat_hint(err, "stop it first, or give this one a store of its own");
	close(fd);
	return PCHAT_BUSY;
}

/* ---- clients ---- */

static void
close_client(struct client *c)
{
	pchat_sip_unwatch(c->watch);
	close(c->fd);
	*c = (struct client){ .control = c->control, .fd = -1 };
}

/* A line is short and the peer is on this machine: one that does not read it is dropped. */
static void
answer(struct client *c, const char *text)
{
	PCHAT_AUTO_TEXT line = pchat_text("%s\n", text);
	size_t n = line ? strlen(line) : 0;

	if (!line || send(c->fd, line, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
		shutdown(c->fd, SHUT_RDWR);
}

static void
answer_error(struct client *c, const char *text)
{
	PCHAT_AUTO_TEXT line = pchat_text("error %s", text);

	answer(c, line ? line : "error");
}

/* ---- commands ---- */

static void
do_ping(struct client *c, struct pchat_str args)
{
	(void)args;
	answer(c, "ok");
}

static void
do_status(struct client *c, struct pchat_str args)
{
	const struct pchatd *d = c->control->d;
	PCHAT_AUTO_TEXT line = pchat_text(
		"ok sessions=%zu connections=%llu revision=%llu", d->n_sessions,
		(unsigned long long)pchat_sip_stats(d->sip)->conns, (unsigned long long)d->reached);

	(void)args;
	answer(c, line ? line : "error out of memory");
}

static void
do_applied(struct client *c, struct pchat_str args)
{
	struct pchat_str rest, revision = pchat_str_cut(args, ' ', &rest);
	uint64_t timeout;

	if (!pchat_str_uint(revision, UINT64_MAX, &c->revision) ||
	    !pchat_str_uint(rest, PCHAT_CONTROL_WAIT_MS, &timeout)) {
		answer_error(c, "usage: applied REVISION MILLISECONDS");
		return;
	}
	c->waiting = true;
	c->until = pchat_monotonic() + (int64_t)timeout * 1000;
	pchat_feed_wake(c->control->d->feed);
}

static const struct {
	const char *word;
	void (*run)(struct client *c, struct pchat_str args);
} commands[] = {
	{ "ping", do_ping },
	{ "status", do_status },
	{ "applied", do_applied },
};

static void
run_line(struct client *c, struct pchat_str line)
{
	struct pchat_str args, word = pchat_str_cut(pchat_str_trim(line), ' ', &args);

	for (size_t i = 0; i < PCHAT_N(commands); i++) {
		if (pchat_str_is(word, commands[i].word)) {
			commands[i].run(c, args);
			return;
		}
	}
	answer_error(c, "unknown command");
}

/* Carry out the whole lines there are, up to one that waits. */
static void
run_lines(struct client *c)
{
	char *end;

	while (!c->waiting && (end = memchr(c->line, '\n', c->n))) {
		size_t used = (size_t)(end - c->line) + 1;

		run_line(c, (struct pchat_str){ c->line, used - 1 });
		c->n -= used;
		memmove(c->line, c->line + used, c->n);
	}
	if (!c->waiting && c->n == sizeof(c->line)) {
		answer_error(c, "line too long");
		/* Closing with something unread would take the answer back. */
		shutdown(c->fd, SHUT_WR);
		c->deaf = true;
		c->n = 0;
	}
}

static void
on_client(void *ctx, int fd, unsigned events)
{
	struct client *c = ctx;
	ssize_t n = 0;

	(void)events;
	if (c->n < sizeof(c->line))
		n = recv(fd, c->line + c->n, sizeof(c->line) - c->n, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_client(c);
		return;
	}
	c->n += (size_t)n;
	if (c->deaf)
		c->n = 0;
	else
		run_lines(c);
}

static void
on_connection(void *ctx, int listen_fd, unsigned events)
{
	struct pchat_control *control = ctx;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c = NULL;

	(void)events;
	if (fd < 0)
		return;
	for (size_t i = 0; !c && i < PCHAT_CONTROL_CLIENTS; i++)
		if (control->clients[i].fd < 0)
			c = &control->clients[i];
	if (!c ||
	    pchat_sip_watch(control->d->sip, fd, PCHAT_SIP_READ, on_client, c, &c->watch, NULL)) {
		close(fd);
		return;
	}
	c->fd = fd;
}

int
pchat_control_step(struct pchat_control *control)
{
	int64_t now = pchat_monotonic(), next = INT64_MAX;

	for (size_t i = 0; i < PCHAT_CONTROL_CLIENTS; i++) {
		struct client *c = &control->clients[i];
		PCHAT_AUTO_TEXT line = NULL;

		if (c->fd < 0 || !c->waiting)
			continue;
		if (control->d->reached < c->revision && now < c->until) {
			next = c->until < next ? c->until : next;
			continue;
		}
		c->waiting = false;
		line = pchat_text("ok %llu", (unsigned long long)c->revision);
		answer(c, control->d->reached < c->revision ? "timeout" : line ? line : "error");
		run_lines(c);
	}
	return next == INT64_MAX ? -1 : (int)((next - now + 999) / 1000);
}

/* ---- the socket ---- */

static enum pchat_code
bind_socket(struct pchat_control *c, struct pchat_err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int bound;

	if (strlen(c->path) >= sizeof(address.sun_path)) {
		pchat_fail(err, PCHAT_LIMIT, "'%s' is too long for a socket", c->path);
		pchat_hint(err, "use a store directory with a shorter path");
		return PCHAT_LIMIT;
	}
	memcpy(address.sun_path, c->path, strlen(c->path));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot make a socket: %s",
		                  strerror(errno));
	/* We hold the lock, so a socket that is there is a dead one's. */
	unlink(c->path);
	mask = umask(0177);
	bound = bind(c->fd, (const struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (bound < 0 || listen(c->fd, PCHAT_CONTROL_CLIENTS) < 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot listen on '%s': %s", c->path,
		                  strerror(errno));
	return PCHAT_OK;
}

enum pchat_code
pchat_control_open(struct pchatd *d, struct pchat_control **ret, struct pchat_err *err)
{
	struct pchat_control *c = calloc(1, sizeof(*c));
	enum pchat_code code;

	if (!c)
		return pchat_no_memory(err);
	c->d = d;
	c->fd = -1;
	for (size_t i = 0; i < PCHAT_CONTROL_CLIENTS; i++) {
		c->clients[i].control = c;
		c->clients[i].fd = -1;
	}
	c->path = pchat_text("%s/control.sock", d->opt->store);
	code = c->path ? bind_socket(c, err) : pchat_no_memory(err);
	if (!code)
		code = pchat_sip_watch(d->sip, c->fd, PCHAT_SIP_READ, on_connection, c, &c->watch,
		                       err);
	if (code) {
		pchat_control_close(c);
		return code;
	}
	*ret = c;
	return PCHAT_OK;
}

void
pchat_control_close(struct pchat_control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < PCHAT_CONTROL_CLIENTS; i++)
		if (c->clients[i].fd >= 0)
			close_client(&c->clients[i]);
	pchat_sip_unwatch(c->watch);
	if (c->fd >= 0) {
		unlink(c->path);
		close(c->fd);
	}
	free(c->path);
	free(c);
}
