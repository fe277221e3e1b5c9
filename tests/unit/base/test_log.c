#include "tests/unit/base/unit.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/unit/base/oom.h"

struct place {
	char *dir;
	char *path;
	char *old;
};

static int
set_up(void **state)
{
	static struct place place;
	const char *tmp = getenv("TMPDIR");

	place.dir = pchat_text("%s/test_log.XXXXXX", tmp ? tmp : "/tmp");
	if (!place.dir || !mkdtemp(place.dir))
		return -1;
	place.path = pchat_text("%s/log", place.dir);
	place.old = pchat_text("%s/log.1", place.dir);
	*state = &place;
	return place.path && place.old ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct place *place = *state;
	int left;

	unlink(place->path);
	unlink(place->old);
	left = rmdir(place->dir);
	free(place->dir);
	free(place->path);
	free(place->old);
	return left;
}

/* Content of a file; the caller frees. */
static char *
content(const char *path)
{
	struct pchat_buf out = { 0 };
	char part[512];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	while ((n = read(fd, part, sizeof(part))) > 0)
		pchat_buf_add(&out, part, (size_t)n);
	close(fd);
	return pchat_buf_take(&out);
}

static struct pchat_log *
open_log(const char *path, enum pchat_log_level level, bool json)
{
	struct pchat_log *log = NULL;
	struct pchat_err err = { 0 };

	assert_int_equal(pchat_log_open(path, level, json, &log, &err), PCHAT_OK);
	return log;
}

static void
test_logfmt(void **state)
{
	struct place *place = *state;
	struct pchat_log *log = open_log(place->path, PCHAT_LOG_NOTICE, false);
	PCHAT_AUTO_TEXT text = NULL;
	struct pchat_str ts, rest;
	int64_t t;

	pchat_log(log, PCHAT_LOG_NOTICE, "session opened", "user", "sip:amy@contoso.example",
	          "peer", NULL, "note", "a \"b\"\nc", "empty", "", NULL);
	pchat_log(log, PCHAT_LOG_INFO, "not wanted", NULL);
	pchat_log_free(log);
	text = content(place->path);
	ts = pchat_str_cut(pchat_str(text), ' ', &rest);
	assert_true(pchat_str_starts(ts, "ts="));
	assert_true(pchat_time_parse((struct pchat_str){ ts.p + 3, ts.n - 3 }, &t));
	assert_true(t <= pchat_now() && t > pchat_now() - 60 * PCHAT_SECOND);
	assert_view(rest, PCHAT_STR("level=notice event=\"session opened\" "
	                            "user=sip:amy@contoso.example "
	                            "note=\"a \\\"b\\\"\\nc\" empty=\"\"\n"));
}

static void
test_json(void **state)
{
	struct place *place = *state;
	struct pchat_log *log = open_log(place->path, PCHAT_LOG_DEBUG, true);
	PCHAT_AUTO_TEXT text = NULL;
	struct pchat_str first, rest;
	json_t *line;

	pchat_log(log, PCHAT_LOG_ERROR, "disk full", "file", "chat\ndb", "none", NULL, NULL);
	pchat_log(log, PCHAT_LOG_DEBUG, "second", NULL);
	pchat_log_free(log);
	text = content(place->path);
	first = pchat_str_cut(pchat_str(text), '\n', &rest);
	line = json_loadb(first.p, first.n, 0, NULL);
	assert_int_equal(json_object_size(line), 4);
	assert_string_equal(json_string_value(json_object_get(line, "level")), "error");
	assert_string_equal(json_string_value(json_object_get(line, "event")), "disk full");
	assert_string_equal(json_string_value(json_object_get(line, "file")), "chat\ndb");
	assert_non_null(json_object_get(line, "ts"));
	json_decref(line);
	line = json_loadb(rest.p, rest.n, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(line, "level")), "debug");
	json_decref(line);
}

static void
test_appends_and_reopens(void **state)
{
	struct place *place = *state;
	struct pchat_log *log = open_log(place->path, PCHAT_LOG_INFO, false);
	PCHAT_AUTO_TEXT old = NULL;
	PCHAT_AUTO_TEXT new = NULL;
	struct stat st;

	pchat_log(log, PCHAT_LOG_INFO, "one", NULL);
	pchat_log_free(log);
	log = open_log(place->path, PCHAT_LOG_INFO, false);
	pchat_log(log, PCHAT_LOG_INFO, "two", NULL);
	assert_int_equal(rename(place->path, place->old), 0);
	pchat_log(log, PCHAT_LOG_INFO, "three", NULL);
	assert_int_equal(pchat_log_reopen(log, NULL), PCHAT_OK);
	pchat_log(log, PCHAT_LOG_INFO, "four", NULL);
	pchat_log_free(log);
	old = content(place->old);
	new = content(place->path);
	assert_non_null(strstr(old, "event=one\n"));
	assert_non_null(strstr(old, "event=two\n"));
	assert_non_null(strstr(old, "event=three\n"));
	assert_null(strstr(old, "event=four\n"));
	assert_non_null(strstr(new, "event=four\n"));
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 0137, 0); /* not for others, not executable */
}

static void
test_cannot_open(void **state)
{
	struct place *place = *state;
	struct pchat_err err = { 0 };
	struct pchat_log *log = NULL;

	/* A directory is no file. */
	assert_int_equal(pchat_log_open(place->dir, PCHAT_LOG_INFO, false, &log, &err),
	                 PCHAT_UNAVAILABLE);
	assert_null(log);
	assert_non_null(strstr(pchat_err_text(&err), "cannot open log file '"));
	assert_non_null(strstr(pchat_err_text(&err), ": Is a directory"));

	/* A log that cannot be opened again goes on with the file it has. */
	log = open_log(place->path, PCHAT_LOG_INFO, false);
	assert_int_equal(rename(place->path, place->old), 0);
	assert_int_equal(mkdir(place->path, 0700), 0);
	assert_int_equal(pchat_log_reopen(log, &err), PCHAT_UNAVAILABLE);
	pchat_log(log, PCHAT_LOG_INFO, "still here", NULL);
	pchat_log_free(log);
	assert_int_equal(rmdir(place->path), 0);
	PCHAT_AUTO_TEXT text = content(place->old);
	assert_non_null(strstr(text, "still here"));
	pchat_err_release(&err);
}

static void
test_levels(void **state)
{
	static const char *const words[] = { "error", "warning", "notice", "info", "debug" };
	struct place *place = *state;
	enum pchat_log_level level = PCHAT_LOG_DEBUG;
	struct pchat_log *log = open_log(place->path, PCHAT_LOG_WARNING, false);

	for (int i = 0; i < 5; i++) {
		assert_true(pchat_log_level_parse(words[i], &level));
		assert_int_equal(level, i);
		assert_int_equal(pchat_log_wants(log, level), i <= PCHAT_LOG_WARNING);
	}
	assert_false(pchat_log_level_parse("loud", &level));
	assert_false(pchat_log_level_parse("", &level));
	assert_int_equal(level, PCHAT_LOG_DEBUG);
	assert_false(pchat_log_wants(NULL, PCHAT_LOG_ERROR));
	pchat_log(NULL, PCHAT_LOG_ERROR, "nowhere", NULL);
	pchat_log_free(log);
	pchat_log_free(NULL);
}

static void
test_line_lost(void **state)
{
	struct place *place = *state;
	PCHAT_AUTO_TEXT text = NULL;
	PCHAT_AUTO_VALUE(buf) big = { 0 };

	for (int json = 0; json < 2; json++) {
		struct pchat_log *log = open_log(place->path, PCHAT_LOG_INFO, json);

		oom_after(0);
		pchat_log(log, PCHAT_LOG_INFO, "gone", NULL);
		assert_true(oom_end());
		pchat_log_free(log);
	}
	while (big.n < 70000)
		pchat_buf_lit(&big, "0123456789");
	struct pchat_log *log = open_log(place->path, PCHAT_LOG_INFO, false);
	pchat_log(log, PCHAT_LOG_INFO, "gone", "big", pchat_buf_cstr(&big), NULL);
	pchat_log_free(log);
	text = content(place->path);
	assert_string_equal(text, "level=error event=\"log line lost\"\n"
	                          "{\"level\":\"error\",\"event\":\"log line lost\"}\n"
	                          "level=error event=\"log line lost\"\n");
	for (size_t n = 0; n < 2; n++) {
		oom_after(n);
		assert_int_equal(pchat_log_open(place->path, PCHAT_LOG_INFO, false, &log, NULL),
		                 PCHAT_NO_MEMORY);
		assert_true(oom_end());
	}
}

#define THREADS 4
#define LINES   200

static void *
write_lines(void *arg)
{
	char number[16];

	for (int i = 0; i < LINES; i++) {
		snprintf(number, sizeof(number), "%d", i);
		pchat_log(arg, PCHAT_LOG_INFO, "line", "number", number, NULL);
		if (i % 50 == 0)
			pchat_log_reopen(arg, NULL);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct place *place = *state;
	struct pchat_log *log = open_log(place->path, PCHAT_LOG_INFO, true);
	PCHAT_AUTO_TEXT text = NULL;
	struct pchat_str rest;
	pthread_t threads[THREADS];
	size_t n = 0;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, log), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	pchat_log_free(log);
	text = content(place->path);
	for (rest = pchat_str(text); rest.n > 0; n++) {
		struct pchat_str line = pchat_str_cut(rest, '\n', &rest);
		json_t *object = json_loadb(line.p, line.n, 0, NULL);

		assert_non_null(object);
		json_decref(object);
	}
	assert_int_equal(n, THREADS * LINES);
}

static void
test_standard_error(void **state)
{
	struct place *place = *state;
	PCHAT_AUTO_TEXT text = NULL;
	struct pchat_log *log;
	int saved = dup(STDERR_FILENO);
	int fd = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(saved >= 0 && fd >= 0);
	dup2(fd, STDERR_FILENO);
	close(fd);
	log = open_log(NULL, PCHAT_LOG_INFO, false);
	pchat_log(log, PCHAT_LOG_INFO, "here", NULL);
	assert_int_equal(pchat_log_reopen(log, NULL), PCHAT_OK);
	pchat_log_free(log);
	assert_true(fcntl(STDERR_FILENO, F_GETFD) >= 0); /* not ours to close */
	dup2(saved, STDERR_FILENO);
	close(saved);
	text = content(place->path);
	assert_non_null(strstr(text, "level=info event=here\n"));
}

int
main(void)
{
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_logfmt),
		IN_DIRECTORY(test_json),
		IN_DIRECTORY(test_appends_and_reopens),
		IN_DIRECTORY(test_cannot_open),
		IN_DIRECTORY(test_levels),
		IN_DIRECTORY(test_line_lost),
		IN_DIRECTORY(test_threads),
		IN_DIRECTORY(test_standard_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
