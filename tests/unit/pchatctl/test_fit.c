/* Tables on narrow screens. */
#include "tests/unit/base/unit.h"

#include "base/auto.h"
#include "pchatctl/fit.h"

#define COLUMNS_MAX 6

#define ABOUT       PCHAT_COLUMN_ABOUT
#define OTHER       PCHAT_COLUMN_OTHER
#define CONTENT     PCHAT_COLUMN_CONTENT

/* clang-format off */
static const struct {
	struct pchat_column v[COLUMNS_MAX]; /* .width: expected */
	size_t limit;
} cases[] = {
	/* nothing to do: no limit, or it fits to the last column */
	{ { { 10, OTHER, true, 10 }, { 90, OTHER, true, 90 } }, 0 },
	{ { { 10, OTHER, true, 10 }, { 8, OTHER, false, 8 } }, 20 },
	/* texts first, the widest of them */
	{ { { 10, OTHER, true, 10 }, { 10, OTHER, false, 10 }, { 40, ABOUT, true, 16 } }, 40 },
	{ { { 10, OTHER, true, 10 }, { 20, OTHER, true, 19 }, { 40, OTHER, true, 19 } }, 52 },
	/* then descriptions go, and what was cut for them is whole again */
	{ { { 10, OTHER, true, 10 }, { 14, OTHER, true, 14 }, { 40, ABOUT, true, 0 } }, 36 },
	/* no word is cut */
	{ { { 10, OTHER, true, 10 }, { 8, OTHER, false, 8 }, { 8, OTHER, false, 0 } }, 29 },
	/* a long name is cut before another column goes, but not to a stump */
	{ { { 60, OTHER, true, 30 }, { 8, OTHER, false, 8 } }, 40 },
	{ { { 60, OTHER, true, 30 }, { 8, OTHER, false, 8 }, { 8, OTHER, false, 0 } }, 40 },
	/* what was said stays longer than who said it */
	{ { { 20, OTHER, false, 20 }, { 10, OTHER, true, 0 }, { 20, OTHER, false, 0 },
	    { 80, CONTENT, true, 18 } }, 40 },
	/* two columns on the narrowest screen, or one */
	{ { { 20, OTHER, true, 12 }, { 30, OTHER, true, 6 } }, 20 },
	{ { { 14, OTHER, true, 10 }, { 8, OTHER, false, 8 } }, 20 },
	{ { { 30, OTHER, true, 20 }, { 13, OTHER, false, 0 } }, 20 },
	{ { { 30, OTHER, true, 20 } }, 20 },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct pchat_column v[COLUMNS_MAX] = { 0 };
		size_t n = 0;

		for (; n < COLUMNS_MAX && cases[i].v[n].natural; n++)
			v[n] = cases[i].v[n];
		pchat_columns_fit(v, n, cases[i].limit);
		for (size_t k = 0; k < n; k++)
			if (v[k].width != cases[i].v[k].width)
				fail_msg("case %zu: column %zu is %zu wide, not %zu", i, k,
				         v[k].width, cases[i].v[k].width);
	}
}

/* Whatever the columns are: they fit, the first is there, and none is wider than it need be. */
static void
test_any(void **state)
{
	unsigned seed = 4711;

	(void)state;
	for (unsigned turn = 0; turn < 20000; turn++) {
		struct pchat_column v[COLUMNS_MAX];
		size_t n, limit, used = 0, shown = 0;

		seed = seed * 1103515245 + 12345;
		n = 1 + (seed >> 16) % COLUMNS_MAX;
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			v[i] = (struct pchat_column){ 1 + (seed >> 16) % 60,
				                      (enum pchat_column_use)((seed >> 8) % 3),
				                      seed >> 30 & 1, 0 };
		}
		seed = seed * 1103515245 + 12345;
		limit = 20 + (seed >> 16) % 180;
		pchat_columns_fit(v, n, limit);
		for (size_t i = 0; i < n; i++) {
			used += v[i].width + (v[i].width && shown ? PCHAT_COLUMN_GAP : 0);
			shown += v[i].width != 0;
			assert_true(v[i].width <= v[i].natural);
			if (i && !v[i].text)
				assert_true(!v[i].width || v[i].width == v[i].natural);
		}
		assert_true(used <= limit);
		assert_true(v[0].width > 0);
	}
}

static void
test_uses(void **state)
{
	(void)state;
	assert_int_equal(pchat_column_use("description"), ABOUT);
	assert_int_equal(pchat_column_use("text"), CONTENT);
	assert_int_equal(pchat_column_use("privacy"), OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
