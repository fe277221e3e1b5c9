/* Moments as the command line takes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/clock.h"
#include "pchatctl/moment.h"

/* 2026-02-01T00:00:00Z */
#define NOW (INT64_C(1769904000) * PCHAT_SECOND)
#define DAY (INT64_C(86400) * PCHAT_SECOND)

static const struct {
	const char *text;
	int64_t first, last;
} cases[] = {
	{ "now", NOW, NOW },
	{ "NOW", NOW, NOW },
	{ "2026-02-01", NOW, NOW + DAY - 1 },
	{ "2026-02-01T00:00", NOW, NOW + PCHAT_SECOND - 1 },
	{ "2026-02-01 00:00:00Z", NOW, NOW + PCHAT_SECOND - 1 },
	{ "2026-02-01T01:00+01:00", NOW, NOW + PCHAT_SECOND - 1 },
	{ "2026-02-01T00:00:00.5", NOW + PCHAT_SECOND / 2, NOW + PCHAT_SECOND / 2 },
	{ "1d", NOW - DAY, NOW - DAY },
	{ "1d12h", NOW - DAY - DAY / 2, NOW - DAY - DAY / 2 },
	{ "90s", NOW - 90 * PCHAT_SECOND, NOW - 90 * PCHAT_SECOND },
	{ "36525d", NOW - 36525 * DAY, NOW - 36525 * DAY },
};

static void
test_moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		int64_t first = 0, last = 0;

		assert_true(pchat_moment_parse(cases[i].text, false, NOW, &first));
		assert_true(pchat_moment_parse(cases[i].text, true, NOW, &last));
		if (first != cases[i].first || last != cases[i].last)
			fail_msg("'%s' is %lld to %lld", cases[i].text, (long long)first,
			         (long long)last);
	}
}

static void
test_others(void **state)
{
	static const char *const wrong[] = {
		"",       " ",   "yesterday", "2026-02-30",  "2026-13-01", "2026-02-01T25:00",
		"36526d", "-1d", "1x",        "2026-02-01T", "now ",       "99999999999999999999d",
	};
	int64_t t = 7;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(wrong); i++) {
		if (pchat_moment_parse(wrong[i], true, NOW, &t))
			fail_msg("'%s' is taken", wrong[i]);
		assert_int_equal(t, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
