/* The history file of the shell: kept for its owner alone, in bounds, and never in the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "pchatctl/shell/history.h"

struct place {
	char *home, *path;
};

static int
set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->home = pchat_text("%s/history-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(p->home);
	assert_non_null(mkdtemp(p->home));
	p->path = pchat_text("%s/.local/state/pchat/history", p->home);
	assert_non_null(p->path);
	setenv("HOME", p->home, 1);
	unsetenv("XDG_STATE_HOME");
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const folders[] = { ".local/state/pchat", ".local/state", ".local", "" };
	struct place *p = *state;

	unlink(p->path);
	for (size_t i = 0; i < PCHAT_N(folders); i++) {
		PCHAT_AUTO_TEXT folder = pchat_text("%s/%s", p->home, folders[i]);

		assert_non_null(folder);
		rmdir(folder);
	}
	free(p->home);
	free(p->path);
	free(p);
	return 0;
}

static void
add(const char *line)
{
	PCHAT_AUTO_VALUE(history) h = { 0 };

	assert_int_equal(pchat_history_open(&h, NULL), PCHAT_OK);
	assert_int_equal(pchat_history_add(&h, line, NULL), PCHAT_OK);
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
lines_are_kept_in_order(void **state)
{
	PCHAT_AUTO_VALUE(history) h = { 0 };

	(void)state;
	add("room list");
	add("room show 'Rates desk'");
	add("two\nlines");
	assert_int_equal(pchat_history_open(&h, NULL), PCHAT_OK);
	assert_int_equal(h.lines.n, 2);
	assert_string_equal(h.lines.v[0], "room list");
	assert_string_equal(h.lines.v[1], "room show 'Rates desk'");
}

static void
only_its_owner_reads_it(void **state)
{
	const struct place *p = *state;
	PCHAT_AUTO_TEXT folder = pchat_text("%s/.local/state/pchat", p->home);
	mode_t mask = umask(0);

	assert_non_null(folder);
	add("room list");
	assert_int_equal(mode_of(p->path), 0600);
	assert_int_equal(mode_of(folder), 0700);
	assert_int_equal(chmod(p->path, 0644), 0);
	add("room list");
	assert_int_equal(mode_of(p->path), 0600);
	umask(mask);
}

static void
refused(const struct place *p)
{
	struct pchat_err err = { 0 };
	PCHAT_AUTO_VALUE(history) h = { 0 };

	assert_int_not_equal(pchat_history_open(&h, &err), PCHAT_OK);
	assert_non_null(strstr(pchat_err_text(&err), p->path));
	assert_null(h.path);
	pchat_err_release(&err);
}

static void
what_is_no_plain_file_is_left_alone(void **state)
{
	const struct place *p = *state;
	PCHAT_AUTO_TEXT other = pchat_text("%s/other", p->home);

	assert_non_null(other);
	add("room list");
	assert_int_equal(rename(p->path, other), 0);
	assert_int_equal(symlink(other, p->path), 0);
	refused(p);
	unlink(other);
	unlink(p->path);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	refused(p);
	unlink(p->path);
	assert_int_equal(mkdir(p->path, 0700), 0);
	refused(p);
	rmdir(p->path);
}

static void
write_lines(const char *path, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "line %zu\n", i);
	assert_int_equal(fclose(f), 0);
}

static void
count_lines(size_t wanted, const char *first)
{
	PCHAT_AUTO_VALUE(history) h = { 0 };

	assert_int_equal(pchat_history_open(&h, NULL), PCHAT_OK);
	assert_int_equal(h.lines.n, wanted);
	assert_string_equal(h.lines.v[0], first);
}

static void
it_is_cut_back(void **state)
{
	const struct place *p = *state;

	add("room list");
	write_lines(p->path, 2 * PCHAT_HISTORY_LINES - 1);
	count_lines(2 * PCHAT_HISTORY_LINES - 1, "line 0");
	write_lines(p->path, 2 * PCHAT_HISTORY_LINES);
	count_lines(PCHAT_HISTORY_LINES, "line 1000"); /* at once ... */
	count_lines(PCHAT_HISTORY_LINES, "line 1000"); /* ... and in the file */
	assert_int_equal(mode_of(p->path), 0600);
}

static void
odd_lines_are_passed_over(void **state)
{
	const struct place *p = *state;
	PCHAT_AUTO_VALUE(history) h = { 0 };
	FILE *f;

	add("room list");
	f = fopen(p->path, "w");
	assert_non_null(f);
	fputs("first\n\n", f);
	for (size_t i = 0; i <= PCHAT_HISTORY_LINE_MAX; i++)
		fputc('x', f);
	fputs("\nwith ", f);
	fputc('\0', f);
	fputs("\nlast without an end", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(pchat_history_open(&h, NULL), PCHAT_OK);
	assert_int_equal(h.lines.n, 2);
	assert_string_equal(h.lines.v[0], "first");
	assert_string_equal(h.lines.v[1], "last without an end");
}

static void
what_is_too_long_is_not_read(void **state)
{
	const struct place *p = *state;

	add("room list");
	assert_int_equal(truncate(p->path, PCHAT_HISTORY_FILE_MAX), 0);
	count_lines(1, "room list"); /* a line of zeros is odd */
	assert_int_equal(truncate(p->path, PCHAT_HISTORY_FILE_MAX + 1), 0);
	assert_int_equal(pchat_history_open(&(struct pchat_history){ 0 }, NULL), PCHAT_LIMIT);
}

static void
without_a_home_nothing_is_kept(void **state)
{
	PCHAT_AUTO_VALUE(history) h = { 0 };

	(void)state;
	unsetenv("HOME");
	assert_int_equal(pchat_history_open(&h, NULL), PCHAT_OK);
	assert_null(h.path);
	assert_int_equal(pchat_history_add(&h, "room list", NULL), PCHAT_OK);
	setenv("HOME", "relative", 1);
	assert_int_equal(pchat_history_open(&h, NULL), PCHAT_OK);
	assert_null(h.path);
}

static void
the_state_folder_can_be_chosen(void **state)
{
	const struct place *p = *state;
	PCHAT_AUTO_TEXT chosen = pchat_text("%s/.local/state", p->home);
	PCHAT_AUTO_VALUE(history) h = { 0 };

	assert_non_null(chosen);
	setenv("XDG_STATE_HOME", chosen, 1);
	setenv("HOME", "/nonexistent", 1);
	assert_int_equal(pchat_history_open(&h, NULL), PCHAT_OK);
	assert_string_equal(h.path, p->path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_kept_in_order),
		TEST(only_its_owner_reads_it),
		TEST(what_is_no_plain_file_is_left_alone),
		TEST(it_is_cut_back),
		TEST(odd_lines_are_passed_over),
		TEST(what_is_too_long_is_not_read),
		TEST(without_a_home_nothing_is_kept),
		TEST(the_state_folder_can_be_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
