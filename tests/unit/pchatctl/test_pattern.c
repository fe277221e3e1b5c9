/* Patterns of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "pchatctl/pattern.h"

static const struct {
	const char *pattern, *text;
	bool fits;
} cases[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "*", "", true },
	{ "**", "anything", true },
	{ "?", "", false },
	{ "?", "x", true },
	{ "?", "xy", false },
	{ "rates desk", "Rates Desk", true },
	{ "RATES*", "rates desk", true },
	{ "*desk", "Rates desk", true },
	{ "*desk", "Rates desk 2", false },
	{ "*a*b*c", "xaxbxc", true },
	{ "*a*b*c", "xaxcxb", false },
	{ "a*a*a", "aa", false },
	{ "a*a*a", "aaa", true },
	{ "*ab", "aab", true },
	{ "*aab", "aaaab", true },
	{ "site:*", "site:leeds", true },
	{ "site:*", "global", false },
	/* A character is not an octet. */
	{ "caf?", "caf\xc3\xa9", true },
	{ "caf??", "caf\xc3\xa9", false },
	{ "*\xc3\xa9", "CAF\xc3\x89", true },
	{ "z\xc3\xbcric?", "Z\xc3\x9cRICH", true },
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(pattern) p = { 0 };

		assert_int_equal(pchat_pattern_init(&p, cases[i].pattern, NULL), PCHAT_OK);
		if (pchat_pattern_fits(&p, cases[i].text) != cases[i].fits)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
	}
}

static void
test_none(void **state)
{
	PCHAT_AUTO_VALUE(pattern) p = { 0 };

	(void)state;
	assert_int_equal(pchat_pattern_init(&p, NULL, NULL), PCHAT_OK);
	assert_true(pchat_pattern_fits(&p, "anything"));
}

/* What makes others take time beyond all bounds: many stars, nearly fitting. */
static void
test_hostile(void **state)
{
	PCHAT_AUTO_VALUE(pattern) p = { 0 };
	PCHAT_AUTO_VALUE(buf) pattern = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		pchat_buf_lit(&pattern, "*a");
		pchat_buf_lit(&text, "aa");
	}
	pchat_buf_lit(&pattern, "b");
	assert_int_equal(pchat_pattern_init(&p, pchat_buf_cstr(&pattern), NULL), PCHAT_OK);
	assert_false(pchat_pattern_fits(&p, pchat_buf_cstr(&text)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
