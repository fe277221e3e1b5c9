#include "tests/unit/base/unit.h"

#include <time.h>

#include "base/clock.h"

#define FIRST (INT64_C(-62135596800) * PCHAT_SECOND)
#define LAST  (INT64_C(253402300800) * PCHAT_SECOND - 1)

static void
test_text(void **state)
{
	static const struct {
		int64_t t;
		const char *text, *xccos;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.0000000Z" },
		{ 1, "1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.0000010Z" },
		{ -1, "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.9999990Z" },
		{ INT64_C(1795234565123456), "2026-11-21T04:16:05.123456Z",
		  "2026-11-21T04:16:05.1234560Z" },
		{ INT64_C(951782400000000), "2000-02-29T00:00:00Z",
		  "2000-02-29T00:00:00.0000000Z" },
		{ FIRST, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z" },
		{ LAST, "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.9999990Z" },
	};
	char buf[PCHAT_TIME_MAX];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		assert_string_equal(pchat_time_text(rows[i].t, buf), rows[i].text);
		assert_true(pchat_time_parse(pchat_str(buf), &back));
		assert_int_equal(back, rows[i].t);
		assert_string_equal(pchat_time_xccos(rows[i].t, buf), rows[i].xccos);
		assert_true(pchat_time_parse(pchat_str(buf), &back));
		assert_int_equal(back, rows[i].t);
	}
	/* Outside the years that can be written. */
	assert_string_equal(pchat_time_text(INT64_MIN, buf), "0001-01-01T00:00:00Z");
	assert_string_equal(pchat_time_text(INT64_MAX, buf), "9999-12-31T23:59:59.999999Z");
}

static void
test_every_day(void **state)
{
	char buf[PCHAT_TIME_MAX], wanted[PCHAT_TIME_MAX];
	int64_t back;

	(void)state;
	/* 3 652 059 days of 9999 years against the C library; one in seven, and all of the years
	 * around the turn of a century, where the calendar has its corners. */
	for (int64_t day = -719162, n = 0; day <= 2932896; day += n % 36500 < 800 ? 1 : 7) {
		time_t t = day * 86400;
		struct tm tm;

		n = day + 719162;
		gmtime_r(&t, &tm);
		snprintf(wanted, sizeof(wanted), "%04d-%02d-%02dT00:00:00Z", tm.tm_year + 1900,
		         tm.tm_mon + 1, tm.tm_mday);
		if (strcmp(pchat_time_text(t * PCHAT_SECOND, buf), wanted) != 0 ||
		    !pchat_time_parse(pchat_str(wanted), &back) || back != t * PCHAT_SECOND)
			fail_msg("%s is written %s", wanted, buf);
	}
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t t;
	} rows[] = {
		{ "1970-01-02", 86400 * PCHAT_SECOND },
		{ "1970-01-01T00:00:01", PCHAT_SECOND },
		{ "1970-01-01t00:00:01z", PCHAT_SECOND },
		{ "1970-01-01 00:01", 60 * PCHAT_SECOND },
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "1969-12-31T18:30:00-05:30", 0 },
		{ "1970-01-01T00:00:00.5Z", 500000 },
		{ "1970-01-01T00:00:00.123456789Z", 123456 },
		{ "1970-01-01T00:00:00.0000009Z", 0 },
		{ "1970-01-01T00:00:00.1234567+00:00", 123456 },
		{ "2016-12-31T23:59:60Z", INT64_C(1483228799999999) },
		{ "2017-01-01T00:59:60+01:00", INT64_C(1483228799999999) },
		{ "2016-12-31T23:59:60.5Z", INT64_C(1483228799999999) },
		{ "2000-02-29", INT64_C(951782400) * PCHAT_SECOND },
		{ "0001-01-01", FIRST },
		{ "9999-12-31T23:59:59.999999", LAST },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		int64_t t = -7;

		assert_true(pchat_time_parse(pchat_str(rows[i].text), &t));
		assert_int_equal(t, rows[i].t);
	}
}

static void
test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"now",
		"1970",
		"1970-01",
		"1970-1-1",
		"70-01-01",
		"01970-01-01",
		"0000-01-01",
		"10000-01-01",
		"-001-01-01",
		"1970-00-01",
		"1970-13-01",
		"1970-01-00",
		"1970-01-32",
		"1970-04-31",
		"2023-02-29",
		"1900-02-29",
		"2100-02-29",
		"1970-01-01T",
		"1970-01-01Z",
		"1970-01-01T00",
		"1970-01-01T24:00:00",
		"1970-01-01T00:60:00",
		"1970-01-01T00:00:61",
		"1970-01-01T00:00:60",
		"1970-01-01T23:59:60+01:00",
		"1970-01-01T00:00:00.",
		"1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00.1234567890Z",
		"1970-01-01T00:00:00ZZ",
		"1970-01-01T00:00:00 Z",
		"1970-01-01T00:00:00+1",
		"1970-01-01T00:00:00+0100",
		"1970-01-01T00:00:00+24:00",
		"1970-01-01T00:00:00+00:60",
		"1970-01-01T00:00:+1",
		" 1970-01-01",
		"1970-01-01 ",
		"1970/01/01",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
	};
	int64_t t = -7;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(bad); i++)
		if (pchat_time_parse(pchat_str(bad[i]), &t))
			fail_msg("'%s' was taken", bad[i]);
	assert_false(pchat_time_parse((struct pchat_str){ "1970-01-01\0", 11 }, &t));
	assert_false(pchat_time_parse((struct pchat_str){ 0 }, &t));
	assert_int_equal(t, -7);
}

static void
test_ticks(void **state)
{
	(void)state;
	assert_int_equal(pchat_time_ticks(FIRST), 0);
	assert_int_equal(pchat_time_ticks(0), INT64_C(621355968000000000));
	assert_int_equal(pchat_time_ticks(LAST), INT64_C(3155378975999999990));
	assert_int_equal(pchat_time_ticks(INT64_MIN), 0);
	assert_int_equal(pchat_time_ticks(INT64_MAX), INT64_C(3155378975999999990));
}

static void
test_clocks(void **state)
{
	int64_t before = pchat_monotonic();
	int64_t apart = pchat_now() / PCHAT_SECOND - (int64_t)time(NULL);

	(void)state;
	assert_true(apart >= -2 && apart <= 2);
	for (int i = 0; i < 1000; i++) {
		int64_t now = pchat_monotonic();

		assert_true(now >= before);
		before = now;
	}
}

static void
test_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
		const char *canonical;
	} rows[] = {
		{ "0", 0, "0s" },
		{ "0s", 0, "0s" },
		{ "90", 90, "1m30s" },
		{ "90s", 90, "1m30s" },
		{ "15m", 900, "15m" },
		{ "2h", 7200, "2h" },
		{ "7d", 604800, "7d" },
		{ "1d2h30m", 95400, "1d2h30m" },
		{ "1d2h", 93600, "1d2h" },
		{ "1d5s", 86405, "1d5s" },
		{ "00:15:00", 900, "15m" },
		{ "48:00:01", 172801, "2d1s" },
		{ "1000000", 1000000, "11d13h46m40s" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		uint64_t seconds = 77, back = 77;

		assert_true(pchat_duration_parse(pchat_str(rows[i].text), 1000000, &seconds));
		assert_int_equal(seconds, rows[i].seconds);
		pchat_duration_text(&out, seconds);
		assert_string_equal(pchat_buf_cstr(&out), rows[i].canonical);
		assert_true(pchat_duration_parse(pchat_buf_view(&out), 1000000, &back));
		assert_int_equal(back, seconds);
	}
}

static void
test_durations_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"s",
		"m5",
		"5x",
		"5 m",
		"-5m",
		"+5m",
		"1.5h",
		"5m5m",
		"5m1h",
		"1h30",
		"1000001",
		"1000001s",
		"12d",
		"11d13h46m41s",
		"99999999999999999999d",
		"18446744073709551615d",
		"00:60:00",
		"00:00:60",
		"0:0:0",
		"00:15",
		":15:00",
		"00:15:00:00",
		"277:46:41",
		"1d00:00:00",
		"5M",
	};
	uint64_t seconds = 77;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(bad); i++)
		if (pchat_duration_parse(pchat_str(bad[i]), 1000000, &seconds))
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(seconds, 77);
	assert_true(pchat_duration_parse(PCHAT_STR("277:46:40"), 1000000, &seconds));
	assert_true(pchat_duration_parse(PCHAT_STR("18446744073709551615"), UINT64_MAX, &seconds));
	assert_int_equal(seconds, UINT64_MAX);
	assert_false(pchat_duration_parse(PCHAT_STR("213503982334602d"), UINT64_MAX, &seconds));
	assert_false(pchat_duration_parse((struct pchat_str){ 0 }, 9, &seconds));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),      cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_parse),     cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_ticks),     cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_durations), cmocka_unit_test(test_durations_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
