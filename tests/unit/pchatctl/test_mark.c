/* The command line with a mark under what is wrong. */
#include "tests/unit/base/unit.h"

#include "base/text.h"
#include "base/vec.h"
#include "pchatctl/mark.h"

#define WORDS_MAX 12

static int
count(const char *const *words)
{
	int n = 0;

	while (n < WORDS_MAX && words[n])
		n++;
	return n;
}

static void
test_lines(void **state)
{
	/* clang-format off */
	static const struct {
		const char *words[WORDS_MAX];
		const char *program;
		int bad;
		bool in_value;
		size_t screen;
		const char *lines;
	} cases[] = {
		{ { "room", "lsit" }, "pchatctl", 1, false, 80,
		  "  pchatctl room lsit\n"
		  "                ^~~~\n" },
		{ { "room", "lsit" }, NULL, 0, false, 80,
		  "  room lsit\n"
		  "  ^~~~\n" },
		/* as a shell wants it */
		{ { "a", "b c", "x" }, NULL, 2, false, 80,
		  "  a 'b c' x\n"
		  "          ^\n" },
		{ { "a", "" }, NULL, 1, false, 80,
		  "  a ''\n"
		  "    ^~\n" },
		/* wide characters */
		{ { "\xe6\xbc\xa2\xe5\xad\x97", "x" }, NULL, 1, false, 80,
		  "  '\xe6\xbc\xa2\xe5\xad\x97' x\n"
		  "         ^\n" },
		/* a value in one word with its option */
		{ { "--type=nrmal" }, NULL, 0, true, 80,
		  "  --type=nrmal\n"
		  "         ^~~~~\n" },
		{ { "--type=nrmal" }, NULL, 0, false, 80,
		  "  --type=nrmal\n"
		  "  ^~~~~~~~~~~~\n" },
		{ { "--name=a b" }, NULL, 0, true, 80,
		  "  --name='a b'\n"
		  "         ^~~~~\n" },
		{ { "--name=" }, NULL, 0, true, 80,
		  "  --name=\n"
		  "  ^~~~~~~\n" },
		/* it just fits, and it just does not */
		{ { "aaaa", "bbbb", "cccc" }, NULL, 2, false, 16,
		  "  aaaa bbbb cccc\n"
		  "            ^~~~\n" },
		{ { "aaaa", "bbbb", "cccc" }, NULL, 2, false, 15,
		  "  ... cccc\n"
		  "      ^~~~\n" },
		{ { "aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff" }, NULL, 2, false, 24,
		  "  aaaa bbbb cccc ...\n"
		  "            ^~~~\n" },
		{ { "aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff" }, NULL, 2, false, 22,
		  "  ... bbbb cccc ...\n"
		  "           ^~~~\n" },
		/* longer than the screen by itself */
		{ { "a", "0123456789012345678901234567" }, NULL, 1, false, 20,
		  "  ... 0123456789012345678901234567\n"
		  "      ^~~~~~~~~~~~~~\n" },
		/* what cannot be shown */
		{ { "a\x01", "b" }, NULL, 1, false, 80,
		  "  ... b\n"
		  "      ^\n" },
		{ { "a", "b\x01" }, NULL, 1, false, 80, "" },
		{ { "a", "\xff" }, NULL, 1, false, 80, "" },
		{ { "a", "b" }, NULL, 2, false, 80, "" },
		{ { "a", "b" }, NULL, -1, false, 80, "" },
		{ { NULL }, "pchatctl", 0, false, 80, "" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		char *words[WORDS_MAX];
		int n = count(cases[i].words);

		for (int k = 0; k < n; k++)
			words[k] = pchat_str_dup(pchat_str(cases[i].words[k]));
		pchat_mark_put(&out, cases[i].program, n, words, cases[i].bad, cases[i].in_value,
		               cases[i].screen);
		assert_string_equal(pchat_buf_cstr(&out), cases[i].lines);
		for (int k = 0; k < n; k++)
			free(words[k]);
	}
}

/* The word is known by its address: one that reads the same is another. */
static void
test_blame(void **state)
{
	char first[] = "x", second[] = "x", third[] = "--to=x";
	char *const words[] = { first, second, third };
	struct pchat_err err = { 0 };

	(void)state;
	pchat_fail(&err, PCHAT_NOT_FOUND, "no x");
	pchat_mark(&err, NULL, 3, words);
	assert_null(err.excerpt); /* nobody is blamed */
	pchat_err_blame(&err, second);
	pchat_err_blame(&err, first); /* whoever failed knows best */
	pchat_mark(&err, NULL, 3, words);
	assert_string_equal(err.excerpt, "  x x --to=x\n    ^\n");
	pchat_fail(&err, PCHAT_USAGE, "no x");
	assert_null(err.excerpt);
	pchat_err_blame(&err, third + 5);
	pchat_mark(&err, NULL, 3, words);
	assert_string_equal(err.excerpt, "  x x --to=x\n           ^\n");
	/* What is in the way is not to be mended by other words. */
	pchat_fail(&err, PCHAT_BUSY, "locked");
	pchat_err_blame(&err, first);
	pchat_mark(&err, NULL, 3, words);
	assert_null(err.excerpt);
	pchat_err_release(&err);
	pchat_mark(NULL, NULL, 3, words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_blame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
