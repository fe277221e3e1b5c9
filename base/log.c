#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

/* Longest line in octets; a longer event is replaced by a note that it was lost. */
#define LOG_LINE_MAX 65536

struct pchat_log {
	pthread_mutex_t lock; /* guards fd */
	char *path;           /* NULL: standard error */
	int fd;
	enum pchat_log_level level;
	bool json;
};

static const char *const levels[] = {
	[PCHAT_LOG_ERROR] = "error", [PCHAT_LOG_WARNING] = "warning", [PCHAT_LOG_NOTICE] = "notice",
	[PCHAT_LOG_INFO] = "info",   [PCHAT_LOG_DEBUG] = "debug",
};

bool
pchat_log_level_parse(const char *word, enum pchat_log_level *ret)
{
	for (size_t i = 0; i < PCHAT_N(levels); i++) {
		if (strcmp(word, levels[i]) == 0) {
			*ret = (enum pchat_log_level)i;
			return true;
		}
	}
	return false;
}

static enum pchat_code
open_file(const char *path, int *ret_fd, struct pchat_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot open log file '%s': %s", path,
		                  strerrordesc_np(errno));
	*ret_fd = fd;
	return PCHAT_OK;
}

enum pchat_code
pchat_log_open(const char *path, enum pchat_log_level level, bool json, struct pchat_log **ret_log,
               struct pchat_err *err)
{
	struct pchat_log *log = calloc(1, sizeof(*log));
	enum pchat_code code = PCHAT_OK;

	if (!log)
		return pchat_no_memory(err);
	pthread_mutex_init(&log->lock, NULL); /* cannot fail with default attributes */
	log->fd = STDERR_FILENO;
	log->level = level;
	log->json = json;
	if (path) {
		log->path = pchat_str_dup(pchat_str(path));
		code = log->path ? open_file(path, &log->fd, err) : pchat_no_memory(err);
	}
	if (code) {
		pchat_log_free(log);
		return code;
	}
	*ret_log = log;
	return PCHAT_OK;
}

void
pchat_log_free(struct pchat_log *log)
{
	if (!log)
		return;
	if (log->fd != STDERR_FILENO)
		close(log->fd);
	pthread_mutex_destroy(&log->lock);
	free(log->path);
	free(log);
}

enum pchat_code
pchat_log_reopen(struct pchat_log *log, struct pchat_err *err)
{
	enum pchat_code code;
	int fd = -1, old;

	if (!log->path)
		return PCHAT_OK;
	/* The old file stays in use if the new one cannot be opened. */
	code = open_file(log->path, &fd, err);
	if (code)
		return code;
	pthread_mutex_lock(&log->lock);
	old = log->fd;
	log->fd = fd;
	pthread_mutex_unlock(&log->lock);
	close(old);
	return PCHAT_OK;
}

bool
pchat_log_wants(const struct pchat_log *log, enum pchat_log_level level)
{
	return log && level <= log->level;
}

/* One more pair on the line that @j writes; a NULL value leaves it out. */
static void
pair(const struct pchat_log *log, struct pchat_json *j, const char *key, const char *value)
{
	struct pchat_buf *out = j->out;

	if (!value)
		return;
	if (log->json) {
		pchat_json_key(j, key);
		pchat_json_text(j, value);
		return;
	}
	if (out->n > 0)
		pchat_buf_char(out, ' ');
	pchat_buf_text(out, key);
	pchat_buf_char(out, '=');
	pchat_quote_logfmt(out, pchat_str(value));
}

/* One write(2) for the line, so that lines of several processes do not mix in one file. A
 * log that cannot be written is no reason to stop serving: the line is lost. */
static void
write_line(struct pchat_log *log, struct pchat_str line)
{
	pthread_mutex_lock(&log->lock);
	while (line.n > 0) {
		ssize_t n = write(log->fd, line.p, line.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		line.p += n;
		line.n -= (size_t)n;
	}
	pthread_mutex_unlock(&log->lock);
}

static void
finish_line(struct pchat_log *log, struct pchat_json *j)
{
	if (log->json)
		pchat_json_end_object(j);
	pchat_buf_char(j->out, '\n');
	if (pchat_buf_ok(j->out))
		write_line(log, pchat_buf_view(j->out));
	else if (log->json)
		write_line(log, PCHAT_STR("{\"level\":\"error\",\"event\":\"log line lost\"}\n"));
	else
		write_line(log, PCHAT_STR("level=error event=\"log line lost\"\n"));
}

void
pchat_log(struct pchat_log *log, enum pchat_log_level level, const char *event, ...)
{
	PCHAT_AUTO_VALUE(buf) line = { .max = LOG_LINE_MAX };
	struct pchat_json j;
	char ts[PCHAT_TIME_MAX];
	const char *key;
	va_list ap;

	if (!pchat_log_wants(log, level))
		return;
	pchat_json_init(&j, &line, false);
	if (log->json)
		pchat_json_begin_object(&j);
	pair(log, &j, "ts", pchat_time_text(pchat_now(), ts));
	pair(log, &j, "level", levels[level]);
	pair(log, &j, "event", event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)))
		pair(log, &j, key, va_arg(ap, const char *));
	va_end(ap);
	finish_line(log, &j);
}
