#include "tests/unit/base/unit.h"

#include "base/str.h"

static const struct pchat_str none = { 0 };

static void
test_compare(void **state)
{
	static const struct {
		struct pchat_str a, b;
		bool eq, ieq;
	} rows[] = {
		{ { "", 0 }, { "", 0 }, true, true },
		{ { NULL, 0 }, { "", 0 }, true, true },
		{ { "a", 1 }, { "a", 1 }, true, true },
		{ { "a", 1 }, { "A", 1 }, false, true },
		{ { "a", 1 }, { "ab", 2 }, false, false },
		{ { "Zz[", 3 }, { "zZ[", 3 }, false, true },
		/* Neighbours of the letters have no case: '@' and '`', '[' and '{'. */
		{ { "@[", 2 }, { "`{", 2 }, false, false },
		{ { "a\0b", 3 }, { "a\0c", 3 }, false, false },
		{ { "\xc3\x84", 2 }, { "\xc3\xa4", 2 }, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pchat_str_eq(rows[i].a, rows[i].b), rows[i].eq);
		assert_int_equal(pchat_str_eq(rows[i].b, rows[i].a), rows[i].eq);
		assert_int_equal(pchat_str_ieq(rows[i].a, rows[i].b), rows[i].ieq);
		assert_int_equal(pchat_str_ieq(rows[i].b, rows[i].a), rows[i].ieq);
	}
	assert_true(pchat_str_is(PCHAT_STR("sip"), "sip"));
	assert_false(pchat_str_is(PCHAT_STR("sip"), "SIP"));
	assert_true(pchat_str_iis(PCHAT_STR("sip"), "SIP"));
	assert_true(pchat_str_is(none, NULL));
	assert_int_equal(pchat_str(NULL).n, 0);
}

static void
test_starts(void **state)
{
	(void)state;
	assert_true(pchat_str_starts(PCHAT_STR("sip:amy"), "sip:"));
	assert_true(pchat_str_starts(PCHAT_STR("sip:"), "sip:"));
	assert_false(pchat_str_starts(PCHAT_STR("sip"), "sip:"));
	assert_false(pchat_str_starts(PCHAT_STR("SIP:amy"), "sip:"));
	assert_true(pchat_str_istarts(PCHAT_STR("SIP:amy"), "sip:"));
	assert_false(pchat_str_istarts(PCHAT_STR("SI"), "sip:"));
	assert_true(pchat_str_starts(none, ""));
}

static void
test_trim(void **state)
{
	(void)state;
	assert_view(pchat_str_trim(PCHAT_STR(" \t\r\na b\n ")), PCHAT_STR("a b"));
	assert_view(pchat_str_trim(PCHAT_STR("ab")), PCHAT_STR("ab"));
	assert_view(pchat_str_trim(PCHAT_STR(" \t ")), none);
	assert_view(pchat_str_trim(none), none);
	assert_view(pchat_str_trim(PCHAT_STR("\va\f")), PCHAT_STR("\va\f"));
}

static void
test_cut(void **state)
{
	static const struct {
		struct pchat_str in, first, rest;
	} rows[] = {
		{ { "a,b,c", 5 }, { "a", 1 }, { "b,c", 3 } },
		{ { "a", 1 }, { "a", 1 }, { NULL, 0 } },
		{ { "a,", 2 }, { "a", 1 }, { "", 0 } },
		{ { ",a", 2 }, { "", 0 }, { "a", 1 } },
		{ { NULL, 0 }, { NULL, 0 }, { NULL, 0 } },
	};
	struct pchat_str rest;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_view(pchat_str_cut(rows[i].in, ',', &rest), rows[i].first);
		assert_view(rest, rows[i].rest);
	}
	/* A loop that feeds the rest back in comes to its end. */
	rest = PCHAT_STR("a,b,,c");
	for (size_t n = 0; n < 4; n++) {
		assert_true(rest.n > 0);
		pchat_str_cut(rest, ',', &rest);
	}
	assert_int_equal(rest.n, 0);
}

static void
test_dup(void **state)
{
	char *copy = pchat_str_dup((struct pchat_str){ "room 1", 4 });

	(void)state;
	assert_string_equal(copy, "room");
	free(copy);
	copy = pchat_str_dup(none);
	assert_string_equal(copy, "");
	free(copy);
	assert_null(pchat_str_dup((struct pchat_str){ "", SIZE_MAX }));
	copy = pchat_text("%s-%d", "a", 1);
	assert_string_equal(copy, "a-1");
	free(copy);
}

static void
test_uint(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool ok;
		uint64_t value;
	} rows[] = {
		{ "0", 0, true, 0 },
		{ "1", 0, false, 0 },
		{ "007", 7, true, 7 },
		{ "8", 7, false, 0 },
		{ "10", 9, false, 0 },
		{ "99", 99, true, 99 },
		{ "100", 99, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "99999999999999999999999", UINT64_MAX, false, 0 },
		{ "", 9, false, 0 },
		{ "+1", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ " 1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "0x1", 99, false, 0 },
		{ "1/", 99, false, 0 },
		{ "1:", 99, false, 0 },
		{ "\xb1", 99, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 12345;

		assert_int_equal(pchat_str_uint(pchat_str(rows[i].text), rows[i].max, &value),
		                 rows[i].ok);
		assert_int_equal(value, rows[i].ok ? rows[i].value : 12345);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare), cmocka_unit_test(test_starts),
		cmocka_unit_test(test_trim),    cmocka_unit_test(test_cut),
		cmocka_unit_test(test_dup),     cmocka_unit_test(test_uint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
