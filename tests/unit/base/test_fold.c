#include "tests/unit/base/unit.h"

#include "base/text.h"
#include "tests/unit/base/oom.h"

static void
test_characters(void **state)
{
	/* Rows of CaseFolding.txt, status C or S; the last ones have only F or T, or none. */
	static const struct {
		uint32_t from, to;
	} rows[] = {
		{ 'A', 'a' },         { 'Z', 'z' },         { '@', '@' },
		{ '[', '[' },         { 0x00b5, 0x03bc },   { 0x00c0, 0x00e0 },
		{ 0x00d7, 0x00d7 },   { 0x00de, 0x00fe },   { 0x0100, 0x0101 },
		{ 0x0101, 0x0101 },   { 0x0178, 0x00ff },   { 0x017f, 's' },
		{ 0x0345, 0x03b9 },   { 0x0391, 0x03b1 },   { 0x03a3, 0x03c3 },
		{ 0x03c2, 0x03c3 },   { 0x0410, 0x0430 },   { 0x0531, 0x0561 },
		{ 0x10a0, 0x2d00 },   { 0x13a0, 0x13a0 },   { 0xab70, 0x13a0 },
		{ 0x13f8, 0x13f0 },   { 0x1c80, 0x0432 },   { 0x1c90, 0x10d0 },
		{ 0x1e9b, 0x1e61 },   { 0x1e9e, 0x00df },   { 0x00df, 0x00df },
		{ 0x1f80, 0x1f80 },   { 0x1f88, 0x1f80 },   { 0x1fbc, 0x1fb3 },
		{ 0x1fcc, 0x1fc3 },   { 0x1ffc, 0x1ff3 },   { 0x2126, 0x03c9 },
		{ 0x212a, 'k' },      { 0x212b, 0x00e5 },   { 0x2160, 0x2170 },
		{ 0x24b6, 0x24d0 },   { 0xa64a, 0xa64b },   { 0xff21, 0xff41 },
		{ 0x10400, 0x10428 }, { 0x118a0, 0x118c0 }, { 0x1e900, 0x1e922 },
		{ 0x0130, 0x0130 },   { 0x0131, 0x0131 },   { 0x0149, 0x0149 },
		{ 0xfb00, 0xfb00 },   { 0x4e00, 0x4e00 },   { 0x10ffff, 0x10ffff },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++)
		assert_int_equal(pchat_fold_char(rows[i].from), rows[i].to);
}

static void
test_all_characters(void **state)
{
	size_t folded = 0;

	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		uint32_t to = pchat_fold_char(cp);

		if (to > 0x10ffff || pchat_fold_char(to) != to)
			fail_msg("U+%04X folds to U+%04X, which folds on", (unsigned)cp,
			         (unsigned)to);
		folded += to != cp;
	}
	/* So many rows of CaseFolding.txt have status C or S in Unicode 14.0. */
	assert_int_equal(folded, 1454);
}

static void
test_text(void **state)
{
	static const struct {
		struct pchat_str from, to;
	} rows[] = {
		{ { NULL, 0 }, { "", 0 } },
		{ { "Rates DESK 1", 12 }, { "rates desk 1", 12 } },
		{ { "\xc3\x84rger", 6 }, { "\xc3\xa4rger", 6 } },
		{ { "STRA\xe1\xba\x9e"
		    "E",
		    8 },
		  { "stra\xc3\x9f"
		    "e",
		    7 } },
		{ { "\xe2\x84\xaa", 3 }, { "k", 1 } }, /* shorter */
		{ { "A\0B", 3 }, { "a\0b", 3 } },
		{ { "A\xff\xc3", 3 }, { "a\xff\xc3", 3 } }, /* no UTF-8: as it is */
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		PCHAT_AUTO_TEXT copy = pchat_fold_dup(rows[i].from);

		pchat_fold(&out, rows[i].from);
		assert_view(pchat_buf_view(&out), rows[i].to);
		assert_memory_equal(copy, rows[i].to.p, rows[i].to.n + 1);
		assert_int_equal(pchat_fold_cmp(rows[i].from, rows[i].to), 0);
	}
	oom_after(0);
	assert_null(pchat_fold_dup(PCHAT_STR("Amy")));
	assert_true(oom_end());
}

static int
sign(int v)
{
	return v < 0 ? -1 : v > 0;
}

static void
test_order_is_that_of_the_folded_forms(void **state)
{
	static const char *const words[] = {
		"",
		"a",
		"A",
		"B",
		"aB",
		"Ab",
		"abc",
		"[",
		"_",
		"\xc3\x84",
		"\xc3\xa4",
		"\xc3\xa4z",
		"z",
		"Z\xff",
		"\xff",
		"\xe2\x84\xaa",
		"k",
		"K1",
		"\xf0\x90\x90\x80",
		"\xf0\x90\x90\xa8",
		"\xef\xbd\x81",
		"\xc3",
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(words); i++) {
		PCHAT_AUTO_TEXT a = pchat_fold_dup(pchat_str(words[i]));

		for (size_t j = 0; j < PCHAT_N(words); j++) {
			PCHAT_AUTO_TEXT b = pchat_fold_dup(pchat_str(words[j]));
			int got = pchat_fold_cmp(pchat_str(words[i]), pchat_str(words[j]));

			assert_int_equal(got, sign(strcmp(a, b)));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_all_characters),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_order_is_that_of_the_folded_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
