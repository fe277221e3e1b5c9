#include "tests/unit/base/unit.h"

#include "base/text.h"
#include "base/utf8.h"

static void
test_valid(void **state)
{
	static const struct {
		struct pchat_str text;
		int bad_at; /* -1: well-formed */
	} rows[] = {
#define ROW(literal, at) { { (literal), sizeof(literal) - 1 }, at }
		ROW("", -1),
		ROW("plain", -1),
		ROW("a\0b", -1),
		ROW("\xc3\xa4", -1),
		ROW("\xe2\x82\xac", -1),
		ROW("\xf0\x9f\x98\x80", -1),
		ROW("\xc2\x80", -1),         /* the first of two octets */
		ROW("\xe0\xa0\x80", -1),     /* of three */
		ROW("\xf0\x90\x80\x80", -1), /* of four */
		ROW("\xed\x9f\xbf", -1),     /* U+D7FF */
		ROW("\xee\x80\x80", -1),     /* U+E000 */
		ROW("\xf4\x8f\xbf\xbf", -1), /* U+10FFFF */
		ROW("\xf4\x90\x80\x80", 0),  /* one past it */
		ROW("\xf5\x80\x80\x80", 0),
		ROW("\xed\xa0\x80", 0), /* surrogates */
		ROW("\xed\xbf\xbf", 0),
		ROW("\xc0\x80", 0), /* overlong */
		ROW("\xc1\xbf", 0),
		ROW("\xe0\x9f\xbf", 0),
		ROW("\xf0\x8f\xbf\xbf", 0),
		ROW("ab\x80", 2), /* without a start */
		ROW("ab\xff", 2),
		ROW("a\xc3", 1), /* cut off */
		ROW("a\xe2\x82", 1),
		ROW("a\xf0\x9f\x98", 1),
		ROW("a\xc3z", 1),
		ROW("a\xe2\x82z", 1),
		ROW("a\xf0\x9f\x98z", 1),
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		size_t at = 99;

		assert_int_equal(pchat_utf8_valid(rows[i].text, &at), rows[i].bad_at < 0);
		assert_int_equal(at, rows[i].bad_at < 0 ? 99 : rows[i].bad_at);
		assert_int_equal(pchat_utf8_valid(rows[i].text, NULL), rows[i].bad_at < 0);
	}
}

static void
test_every_code_point(void **state)
{
	char octets[PCHAT_UTF8_MAX];
	uint32_t back;

	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		unsigned n = pchat_utf8_encode(cp, octets);
		bool surrogate = cp >= 0xd800 && cp <= 0xdfff;

		if (pchat_utf8_decode((struct pchat_str){ octets, n }, &back) !=
		            (surrogate ? 0 : n) ||
		    (!surrogate && back != cp))
			fail_msg("U+%04X does not come back", (unsigned)cp);
	}
}

static void
test_next(void **state)
{
	struct pchat_str s = PCHAT_STR("a\xc3\xa4\xff\xe2\x82z");
	static const uint32_t wanted[] = { 'a', 0xe4, 0xfffd, 0xfffd, 0xfffd, 'z' };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(wanted); i++)
		assert_int_equal(pchat_utf8_next(&s), wanted[i]);
	assert_int_equal(s.n, 0);
}

static void
test_length_and_width(void **state)
{
	static const struct {
		const char *text;
		size_t length, width;
	} rows[] = {
		{ "", 0, 0 },
		{ "abc", 3, 3 },
		{ "\xc3\xa4\xc3\xb6", 2, 2 },
		{ "e\xcc\x81", 2, 1 },                /* combining acute */
		{ "\xe6\x97\xa5\xe6\x9c\xac", 2, 4 }, /* ideographs */
		{ "\xef\xbc\xa1", 1, 2 },             /* fullwidth A */
		{ "\xef\xbd\xb1", 1, 1 },             /* halfwidth katakana */
		{ "\xf0\x9f\x98\x80", 1, 2 },         /* emoji */
		{ "\xe2\x80\x8b", 1, 0 },             /* zero width space */
		{ "\xc2\xad", 1, 1 },                 /* soft hyphen */
		{ "\xea\xb0\x80", 1, 2 },             /* Hangul syllable */
		{ "\xe1\x84\x80\xe1\x85\xa1", 2, 2 }, /* the same of two parts */
		{ "\xf0\xa0\x80\x80", 1, 2 },         /* plane 2 */
		{ "\xcd\xb8", 1, 1 },                 /* not assigned */
		{ "\x1b[1m", 4, 3 },                  /* a control has no column */
		{ "\xc2\x85", 1, 0 },
		{ "\x7f", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		assert_int_equal(pchat_utf8_length(pchat_str(rows[i].text)), rows[i].length);
		assert_int_equal(pchat_utf8_width(pchat_str(rows[i].text)), rows[i].width);
	}
}

static void
test_has_control(void **state)
{
	static const struct pchat_str no[] = {
		{ "", 0 },
		{ "a\tb\r\n", 5 },
		{ " ~\xc2\xa0", 4 },
		{ "\xef\xbf\xbd", 3 },
		{ "\xee\x80\x80", 3 },
		{ "\xe2\x80\xae", 3 },
	};
	static const struct pchat_str yes[] = {
		{ "a\0", 2 },          { "\x1f", 1 },         { "\x0b", 1 },
		{ "\x7f", 1 },         { "\xc2\x80", 2 },     { "a\xc2\x9f", 3 },
		{ "\xef\xbf\xbe", 3 }, { "\xef\xbf\xbf", 3 }, { "ab\xff", 3 },
		{ "\xed\xa0\x80", 3 },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(no); i++)
		assert_false(pchat_utf8_has_control(no[i]));
	for (size_t i = 0; i < PCHAT_N(yes); i++)
		assert_true(pchat_utf8_has_control(yes[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),       cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_next),        cmocka_unit_test(test_length_and_width),
		cmocka_unit_test(test_has_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
