#include <jansson.h>

#include "schema/daemon.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define VERSION 1 /* of the replies we understand: "control" in their first line */
#define CHUNK   65536

struct pchat_daemon {
	int fd;
	char *path; /* of the store */
	struct pchat_buf in;
	size_t at; /* octets of .in that have been read */
};

/* ---- the connection ---- */

static enum pchat_code
nobody_there(const char *path, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_UNAVAILABLE, "no pchatd serves the store '%s'", path);
	pchat_hint(err, "start one with 'pchatd --store %s', or name another store with --store",
	           path);
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
connect_to(const char *path, int *ret_fd, struct pchat_err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, failed,
		n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/" PCHAT_DAEMON_SOCKET, path);

	/* A path too long for a socket address cannot have a socket in it either. */
	if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
		return nobody_there(path, err);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0) {
		*ret_fd = fd;
		return PCHAT_OK;
	}
	failed = errno;
	if (fd >= 0)
		close(fd);
	if (failed == ENOENT || failed == ECONNREFUSED || failed == ENOTDIR)
		return nobody_there(path, err);
	pchat_fail(err, failed == EACCES ? PCHAT_DENIED : PCHAT_UNAVAILABLE,
	           "cannot talk to the pchatd of '%s': %s", path, strerror(failed));
	if (failed == EACCES)
		pchat_hint(err, "only the user it runs as may");
	return failed == EACCES ? PCHAT_DENIED : PCHAT_UNAVAILABLE;
}

enum pchat_code
pchat_daemon_open(const char *path, struct pchat_daemon **ret, struct pchat_err *err)
{
	struct pchat_daemon *d;
	enum pchat_code code;
	int fd;

	code = connect_to(path, &fd, err);
	if (code)
		return code;
	d = calloc(1, sizeof(*d));
	if (d)
		d->path = pchat_str_dup(pchat_str(path));
	if (!d || !d->path) {
		free(d);
		close(fd);
		return pchat_no_memory(err);
	}
	d->fd = fd;
	d->in.max = PCHAT_DAEMON_RECORD_MAX + CHUNK;
	*ret = d;
	return PCHAT_OK;
}

void
pchat_daemon_close(struct pchat_daemon *d)
{
	if (!d)
		return;
	close(d->fd);
	pchat_buf_release(&d->in);
	free(d->path);
	free(d);
}

/* ---- lines ---- */

/* Milliseconds from now to @deadline as poll() wants them. */
static int
left(int64_t deadline)
{
	int64_t ms = (deadline - pchat_monotonic() + 999) / 1000;

	return ms < 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
}

static enum pchat_code
went_away(const struct pchat_daemon *d, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_UNAVAILABLE, "the pchatd of '%s' ended before it had answered",
	           d->path);
	pchat_hint(err, "its log may say why");
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
wait_for(const struct pchat_daemon *d, int64_t deadline, struct pchat_err *err)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, left(deadline));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_UNAVAILABLE, "the pchatd of '%s' does not answer", d->path);
	pchat_hint(err, "wait longer with --timeout, or look at its log");
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
read_more(struct pchat_daemon *d, uint64_t timeout_ms, struct pchat_err *err)
{
	int64_t deadline = pchat_monotonic() + (int64_t)timeout_ms * 1000;
	enum pchat_code code = wait_for(d, deadline, err);
	ssize_t n;

	if (code)
		return code;
	if (!pchat_buf_reserve(&d->in, CHUNK))
		return pchat_buf_check(&d->in, err);
	do
		n = recv(d->fd, d->in.p + d->in.n, CHUNK, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return went_away(d, err);
	d->in.n += (size_t)n;
	d->in.p[d->in.n] = '\0';
	return PCHAT_OK;
}

/* The next line without its end; a view into .in, valid until the next call. */
static enum pchat_code
read_line(struct pchat_daemon *d, uint64_t timeout_ms, struct pchat_str *ret, struct pchat_err *err)
{
	size_t searched = d->at;
	const char *end = NULL;

	while (!(end = d->in.n > searched ? memchr(d->in.p + searched, '\n', d->in.n - searched)
	                                  : NULL)) {
		enum pchat_code code;

		if (d->at) {
			memmove(d->in.p, d->in.p + d->at, d->in.n - d->at);
			d->in.n -= d->at;
			d->at = 0;
		}
		searched = d->in.n;
		code = read_more(d, timeout_ms, err);
		if (code)
			return code;
	}
	*ret = (struct pchat_str){ d->in.p + d->at, (size_t)(end - d->in.p) - d->at };
	d->at = (size_t)(end - d->in.p) + 1;
	return PCHAT_OK;
}

/* ---- records ---- */

static const json_t *
json_of(const struct pchat_reply *r)
{
	return (const json_t *)r;
}

const char *
pchat_reply_text(const struct pchat_reply *r, const char *key)
{
	return json_string_value(json_object_get(json_of(r), key));
}

uint64_t
pchat_reply_uint(const struct pchat_reply *r, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(json_of(r), key));

	return v > 0 ? (uint64_t)v : 0;
}

bool
pchat_reply_flag(const struct pchat_reply *r, const char *key)
{
	return json_is_true(json_object_get(json_of(r), key));
}

const char *
pchat_reply_item(const struct pchat_reply *r, const char *key, size_t i)
{
	return json_string_value(json_array_get(json_object_get(json_of(r), key), i));
}

size_t
pchat_reply_count(const struct pchat_reply *r, const char *key)
{
	return json_array_size(json_object_get(json_of(r), key));
}

/* ---- asking ---- */

static enum pchat_code
code_of(const char *word)
{
	for (int i = 0; word && i < PCHAT_N_CODES; i++)
		if (strcmp(word, pchat_code_word((enum pchat_code)i)) == 0)
			return (enum pchat_code)i;
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
refused(const json_t *error, struct pchat_err *err)
{
	const char *message = json_string_value(json_object_get(error, "message"));
	enum pchat_code code = code_of(json_string_value(json_object_get(error, "code")));

	return pchat_fail(err, code ? code : PCHAT_INTERNAL, "%s",
	                  message ? message : "pchatd refused without a reason");
}

static enum pchat_code
stranger(const struct pchat_daemon *d, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_UNSUPPORTED,
	           "the pchatd of '%s' answers in a way that is not understood", d->path);
	pchat_hint(err, "do pchatd and pchatctl have the same version? see 'pchatctl version'");
	return PCHAT_UNSUPPORTED;
}

/* One line of a reply. *end: it was the last. */
static enum pchat_code
take_line(const struct pchat_daemon *d, const json_t *line, bool *first, bool *end,
          pchat_reply_fn *fn, void *ctx, struct pchat_err *err)
{
	const json_t *error = json_object_get(line, "error");

	if (error)
		return refused(error, err);
	if (*first) {
		*first = false;
		return json_integer_value(json_object_get(line, "control")) == VERSION
		               ? PCHAT_OK
		               : stranger(d, err);
	}
	*end = json_is_true(json_object_get(line, "end"));
	return *end || !fn ? PCHAT_OK : fn(ctx, (const struct pchat_reply *)line, err);
}

static enum pchat_code
send_line(const struct pchat_daemon *d, const char *line, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	if (strlen(line) > PCHAT_DAEMON_LINE_MAX || strchr(line, '\n'))
		return pchat_fail(err, PCHAT_LIMIT,
		                  "a question to pchatd is one line of at most "
		                  "%d octets",
		                  PCHAT_DAEMON_LINE_MAX);
	pchat_buf_text(&out, line);
	pchat_buf_char(&out, '\n');
	if (!pchat_buf_ok(&out))
		return pchat_buf_check(&out, err);
	return send(d->fd, out.p, out.n, MSG_NOSIGNAL) == (ssize_t)out.n ? PCHAT_OK
	                                                                 : went_away(d, err);
}

enum pchat_code
pchat_daemon_ask(struct pchat_daemon *d, const char *line, uint64_t timeout_ms, pchat_reply_fn *fn,
                 void *ctx, struct pchat_err *err)
{
	enum pchat_code code = send_line(d, line, err);
	bool first = true, end = false;

	while (!code && !end) {
		struct pchat_str text;
		json_t *json;

		code = read_line(d, timeout_ms, &text, err);
		if (code)
			break;
		json = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
		code = json_is_object(json) ? take_line(d, json, &first, &end, fn, ctx, err)
		                            : stranger(d, err);
		json_decref(json);
	}
	return code;
}

bool
pchat_daemon_gone(struct pchat_daemon *d, uint64_t timeout_ms)
{
	int64_t deadline = pchat_monotonic() + (int64_t)timeout_ms * 1000;
	char dust[256];

	while (!wait_for(d, deadline, NULL)) {
		ssize_t n = recv(d->fd, dust, sizeof(dust), 0);

		if (n == 0 || (n < 0 && errno != EINTR))
			return true;
	}
	return false;
}
