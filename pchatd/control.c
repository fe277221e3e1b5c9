#include "pchatd/control_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "pchatd/feed.h"
#include "pchatd/session.h"

#define STALL ((int64_t)PCHAT_CONTROL_STALL_MS * 1000)
#define SLICE 2000 /* microseconds of one reply per pass */

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
close_client(struct pchat_control_client *c)
{
	pchat_sip_unwatch(c->watch);
	close(c->fd);
	pchat_buf_release(&c->out);
	*c = (struct pchat_control_client){ .control = c->control, .fd = -1 };
}

/* To be closed by the event that follows, so that callers may go on with @c. */
static void
drop_client(struct pchat_control_client *c)
{
	pchat_buf_clear(&c->out);
	c->sent = 0;
	c->more = NULL;
	c->waiting = false;
	c->deaf = true;
	shutdown(c->fd, SHUT_RDWR);
}

/* Send what there is as far as the peer takes it. */
static void
send_out(struct pchat_control_client *c)
{
	if (!pchat_buf_ok(&c->out)) {
		drop_client(c);
		return;
	}
	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent,
		                 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			drop_client(c);
			return;
		}
		c->sent += (size_t)n;
		c->moved = pchat_monotonic();
	}
	/* What a long reply took is given back. */
	if (c->out.cap > PCHAT_CONTROL_AHEAD)
		pchat_buf_release(&c->out);
	pchat_buf_clear(&c->out);
	c->sent = 0;
}

static void
answer(struct pchat_control_client *c, const char *text)
{
	pchat_buf_text(&c->out, text);
	pchat_buf_char(&c->out, '\n');
}

static void
answer_error(struct pchat_control_client *c, const char *text)
{
	pchat_buf_lit(&c->out, "error ");
	answer(c, text);
}

/* ---- replies of records ---- */

void
pchat_control_record(struct pchat_control_client *c, struct pchat_json *j)
{
	pchat_json_init(j, &c->out, false);
	pchat_json_begin_object(j);
}

void
pchat_control_record_end(struct pchat_control_client *c, struct pchat_json *j)
{
	pchat_json_end_object(j);
	pchat_buf_char(&c->out, '\n');
}

void
pchat_control_begin(struct pchat_control_client *c, const char *reply)
{
	struct pchat_json j;

	pchat_control_record(c, &j);
	pchat_control_put_uint(&j, "control", PCHAT_CONTROL_VERSION);
	pchat_control_put_text(&j, "reply", reply);
	pchat_control_record_end(c, &j);
}

void
pchat_control_end(struct pchat_control_client *c, uint64_t n)
{
	struct pchat_json j;

	pchat_control_record(c, &j);
	pchat_json_key(&j, "end");
	pchat_json_bool(&j, true);
	pchat_control_put_uint(&j, "records", n);
	pchat_control_record_end(c, &j);
}

void
pchat_control_fail(struct pchat_control_client *c, enum pchat_code code, const char *text)
{
	struct pchat_json j;

	pchat_control_record(c, &j);
	pchat_json_key(&j, "error");
	pchat_json_begin_object(&j);
	pchat_control_put_text(&j, "code", pchat_code_word(code));
	pchat_control_put_text(&j, "message", text);
	pchat_json_end_object(&j);
	pchat_control_record_end(c, &j);
}

void
pchat_control_put_text(struct pchat_json *j, const char *key, const char *text)
{
	pchat_json_key(j, key);
	pchat_json_text(j, text);
}

void
pchat_control_put_uint(struct pchat_json *j, const char *key, uint64_t v)
{
	pchat_json_key(j, key);
	pchat_json_uint(j, v);
}

void
pchat_control_put_time(struct pchat_json *j, const char *key, int64_t t)
{
	char text[PCHAT_TIME_MAX];

	pchat_control_put_text(j, key, pchat_time_text(t - t % PCHAT_SECOND, text));
}

/* ---- commands ---- */

static void
do_ping(struct pchat_control_client *c, struct pchat_str args)
{
	(void)args;
	answer(c, "ok");
}

static void
do_status(struct pchat_control_client *c, struct pchat_str args)
{
	const struct pchatd *d = c->control->d;

	(void)args;
	pchat_buf_printf(&c->out, "ok sessions=%zu connections=%llu revision=%llu\n", d->n_sessions,
	                 (unsigned long long)pchat_sip_stats(d->sip)->conns,
	                 (unsigned long long)d->reached);
}

static void
do_applied(struct pchat_control_client *c, struct pchat_str args)
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
	void (*run)(struct pchat_control_client *c, struct pchat_str args);
} commands[] = {
	{ "ping", do_ping },
	{ "status", do_status },
	{ "applied", do_applied },
	{ "server", pchat_control_server },
	{ "metrics", pchat_control_metrics },
	{ "trace", pchat_control_trace },
	{ "drain", pchat_control_drain },
	{ "sessions", pchat_control_sessions },
	{ "kick", pchat_control_kick },
	{ "signins", pchat_control_signins },
};

static void
run_line(struct pchat_control_client *c, struct pchat_str line)
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

/* ---- lines in, replies out ---- */

/* Something has to happen before its next line is looked at. */
static bool
is_busy(const struct pchat_control_client *c)
{
	return c->waiting || c->more || c->out.n >= PCHAT_CONTROL_AHEAD;
}

static void
take_line(struct pchat_control_client *c, size_t n)
{
	run_line(c, (struct pchat_str){ c->line, n });
	c->n -= n + 1;
	memmove(c->line, c->line + n + 1, c->n);
}

static void
refuse_line(struct pchat_control_client *c)
{
	answer_error(c, "line too long");
	send_out(c);
	/* Closing with something unread would take the answer back. */
	shutdown(c->fd, SHUT_WR);
	c->deaf = true;
	c->n = 0;
}

/* One step of what can be done now: a piece of a reply, a line, a write. False: nothing can. */
static bool
advance(struct pchat_control_client *c)
{
	char *end;

	if (c->waiting)
		return false;
	if (c->more && c->out.n < PCHAT_CONTROL_AHEAD) {
		if (!c->more(c))
			c->more = NULL;
		return true;
	}
	if (!is_busy(c) && (end = memchr(c->line, '\n', c->n))) {
		take_line(c, (size_t)(end - c->line));
		return true;
	}
	if (!c->out.n)
		return false;
	send_out(c);
	return !c->out.n;
}

/* Carry out the whole lines there are. What is made of a reply before the peer reads on is bounded,
 * and so is the time the sessions wait meanwhile: pchat_control_step() goes on. */
static void
run_lines(struct pchat_control_client *c)
{
	int64_t until = pchat_monotonic() + SLICE;

	while (advance(c) && pchat_monotonic() < until)
		;
	if (c->out.n)
		send_out(c);
	if (!is_busy(c) && c->n == sizeof(c->line))
		refuse_line(c);
	pchat_sip_watch_events(c->watch, (c->out.n ? PCHAT_SIP_WRITE : 0) |
	                                         (is_busy(c) && c->n ? 0 : PCHAT_SIP_READ));
}

static void
on_client(void *ctx, int fd, unsigned events)
{
	struct pchat_control_client *c = ctx;
	ssize_t n = 0;

	if (events & PCHAT_SIP_WRITE)
		send_out(c);
	if (events & PCHAT_SIP_READ) {
		if (c->n < sizeof(c->line))
			n = recv(fd, c->line + c->n, sizeof(c->line) - c->n, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			close_client(c);
			return;
		}
		c->n += n > 0 ? (size_t)n : 0;
		c->moved = pchat_monotonic();
	}
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
	struct pchat_control_client *c = NULL;

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
	c->moved = pchat_monotonic();
}

/* ---- time ---- */

/* When it is to be looked at again, at the latest. */
static int64_t
deadline(const struct pchat_control_client *c)
{
	if (c->out.n || c->deaf)
		return c->moved + STALL;
	if (c->waiting)
		return c->until;
	if (c->more)
		return 0;
	return c->n ? c->moved + STALL : INT64_MAX;
}

static void
end_wait(struct pchat_control_client *c)
{
	bool reached = c->control->d->reached >= c->revision;

	c->waiting = false;
	if (reached)
		pchat_buf_printf(&c->out, "ok %llu\n", (unsigned long long)c->revision);
	else
		answer(c, "timeout");
	run_lines(c);
}

/* Does the peer neither read nor finish what it began to say? */
static bool
is_stalled(const struct pchat_control_client *c, int64_t now)
{
	bool expected = c->out.n || c->deaf || (c->n && !c->waiting && !c->more);

	return expected && now >= c->moved + STALL;
}

int
pchat_control_step(struct pchat_control *control)
{
	int64_t now = pchat_monotonic(), next = INT64_MAX;

	for (size_t i = 0; i < PCHAT_CONTROL_CLIENTS; i++) {
		struct pchat_control_client *c = &control->clients[i];

		if (c->fd < 0)
			continue;
		if (c->waiting && (control->d->reached >= c->revision || now >= c->until))
			end_wait(c);
		else if (c->more && !c->out.n)
			run_lines(c);
		if (is_stalled(c, now))
			close_client(c);
		else if (deadline(c) < next)
			next = deadline(c);
	}
	return next == INT64_MAX ? -1 : next <= now ? 0 : (int)((next - now + 999) / 1000);
}

void
pchat_control_forget(struct pchat_control *control, const struct pchat_session *s)
{
	for (size_t i = 0; control && i < PCHAT_CONTROL_CLIENTS; i++)
		if (control->clients[i].listing.next == s)
			control->clients[i].listing.next = s->next;
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
