/* Lines cut into words, and text put back into lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "pchatctl/line.h"

struct row {
	enum pchat_line_rules rules;
	const char *text;
	const char *words; /* in brackets; "" none */
	char open;
	bool in_word, redirected;
};

#define OWN  PCHAT_LINE_OWN
#define SH   PCHAT_LINE_SH
#define FISH PCHAT_LINE_FISH

static const struct row rows[] = {
	{ OWN, "", "", 0, false, false },
	{ OWN, " \t\r\n ", "", 0, false, false },
	{ OWN, "room show", "[room][show]", 0, true, false },
	{ OWN, "room  show ", "[room][show]", 0, false, false },
	{ OWN, "show 'Rates desk' \"Help desk\"", "[show]['Rates desk']['Help desk']", 0, true,
	  false },
	{ OWN, "show Rates\\ desk", "[show]['Rates desk']", 0, true, false },
	{ OWN, "a'b'\"c\"\\d", "['abcd']", 0, true, false },
	{ OWN, "'' \"\"", "['']['']", 0, true, false },
	{ OWN, "'a\\b' \"a\\b\" \"a\\\"b\\\\\"", "['a\\b']['a\\b']['a\"b\\']", 0, true, false },
	{ OWN, "a\\\nb", "['ab']", 0, true, false },
	{ OWN, "'a\nb'", "['a\nb']", 0, true, false },
	{ OWN, "show 'Rates d", "[show]['Rates d']", '\'', true, false },
	{ OWN, "show \"Rates \\\"d", "[show]['Rates \"d']", '"', true, false },
	{ OWN, "show \"a\\", "[show]['a']", '"', true, false },
	{ OWN, "show Rates\\", "[show]['Rates']", '\\', true, false },
	{ OWN, "show # a comment", "[show]", 0, false, false },
	{ OWN, "show a#b '#c'", "[show][a#b]['#c']", 0, true, false },
	{ OWN, "show a|b;c > d ~/e", "[show][a|b;c][>][d][~/e]", 0, true, false },
	{ SH, "show # no comment", "[show][#][no][comment]", 0, true, false },
	{ SH, "echo x | pchatctl room", "[pchatctl][room]", 0, true, false },
	{ SH, "(a; b && c ", "[c]", 0, false, false },
	{ SH, "show 'a;b|c'", "[show]['a;b|c']", 0, true, false },
	{ SH, "list > out room", "[list][room]", 0, true, false },
	{ SH, "list 2>/dev/null <in x", "[list][x]", 0, true, false },
	{ SH, "list2>out ", "[list2]", 0, false, false },
	{ SH, "list >> ou", "[list][ou]", 0, true, true },
	{ SH, "list > ", "[list]", 0, false, true },
	{ SH, "list ~/x a~/b", "[list][/home/amy/x][a~/b]", 0, true, false },
	{ SH, "list '~/x'", "[list]['~/x']", 0, true, false },
	{ SH, "'it\\'s", "['it\\s']", 0, true, false },
	{ FISH, "'it\\'s \\\\ \\n'", "['it's \\ \\n']", 0, true, false },
	{ FISH, "'it\\'s", "['it's']", '\'', true, false },
};

static void
describe(const struct pchat_line *line, struct pchat_buf *out)
{
	for (size_t i = 0; i < line->words.n; i++) {
		const struct pchat_line_word *w = &line->words.v[i];

		pchat_buf_printf(out, w->quoted ? "['%s']" : "[%s]", w->text);
	}
}

static void
lines_are_cut_into_words(void **state)
{
	(void)state;
	setenv("HOME", "/home/amy", 1);
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(line) line = { 0 };
		PCHAT_AUTO_VALUE(buf) got = { 0 };

		assert_int_equal(
			pchat_line_split(pchat_str(rows[i].text), rows[i].rules, &line, NULL),
			PCHAT_OK);
		describe(&line, &got);
		assert_string_equal(pchat_buf_cstr(&got), rows[i].words);
		if (line.open != rows[i].open || line.in_word != rows[i].in_word ||
		    line.redirected != rows[i].redirected)
			fail_msg("wrong end of: %s", rows[i].text);
	}
}

static void
places_are_kept(void **state)
{
	PCHAT_AUTO_VALUE(line) line = { 0 };

	(void)state;
	assert_int_equal(pchat_line_split(PCHAT_STR("room 'a b' x\"y"), OWN, &line, NULL),
	                 PCHAT_OK);
	assert_int_equal(line.words.v[0].at, 0);
	assert_int_equal(line.words.v[1].at, 5);
	assert_int_equal(line.words.v[2].at, 11);
	assert_int_equal(line.open_at, 12);
}

static void
lines_have_limits(void **state)
{
	PCHAT_AUTO_VALUE(line) line = { 0 };
	size_t n = PCHAT_LINE_MAX + 1;
	char *text = malloc(n);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	assert_int_equal(pchat_line_split((struct pchat_str){ text, n }, OWN, &line, NULL),
	                 PCHAT_LIMIT);
	assert_int_equal(pchat_line_split((struct pchat_str){ text, n - 1 }, OWN, &line, NULL),
	                 PCHAT_OK);
	assert_int_equal(line.words.n, 1);
	pchat_line_release(&line);
	for (size_t i = 1; i < n; i += 2)
		text[i] = ' ';
	assert_int_equal(pchat_line_split((struct pchat_str){ text, 2 * PCHAT_LINE_MAX_WORDS }, OWN,
	                                  &line, NULL),
	                 PCHAT_OK);
	assert_int_equal(line.words.n, PCHAT_LINE_MAX_WORDS);
	pchat_line_release(&line);
	assert_int_equal(pchat_line_split((struct pchat_str){ text, 2 * PCHAT_LINE_MAX_WORDS + 1 },
	                                  OWN, &line, NULL),
	                 PCHAT_LIMIT);
	free(text);
}

/* What is quoted reads as itself, whatever is open. */
static void
quoted_text_reads_as_itself(void **state)
{
	static const char *const texts[] = {
		"Rates desk",   "it's",         "a\"b",
		"$HOME `x` \\", "a|b;c&(d)<e>", "#x",
		"~/x",          "!x *?[]{}",    "sip:amy@contoso.example",
		"Über uns",     "a,b=c",
	};
	static const char opens[] = { 0, '\'', '"' };
	static const enum pchat_line_rules all[] = { OWN, SH, FISH };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(texts) * PCHAT_N(opens) * PCHAT_N(all); i++) {
		const char *text = texts[i / (PCHAT_N(opens) * PCHAT_N(all))];
		char open = opens[i / PCHAT_N(all) % PCHAT_N(opens)];
		enum pchat_line_rules r = all[i % PCHAT_N(all)];
		PCHAT_AUTO_VALUE(line) line = { 0 };
		PCHAT_AUTO_VALUE(buf) b = { 0 };

		if (open)
			pchat_buf_char(&b, open);
		pchat_line_quote(&b, pchat_str(text), open, r);
		assert_int_equal(pchat_line_split(pchat_buf_view(&b), r, &line, NULL), PCHAT_OK);
		assert_int_equal(line.words.n, 1);
		assert_string_equal(line.words.v[0].text, text);
		assert_int_equal(line.open, open);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_cut_into_words),
		cmocka_unit_test(places_are_kept),
		cmocka_unit_test(lines_have_limits),
		cmocka_unit_test(quoted_text_reads_as_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
