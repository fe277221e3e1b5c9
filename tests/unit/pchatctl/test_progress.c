/* The bar: not before a second, not too often, gone at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pchatctl/progress.h"

static void
assert_step(struct pchat_progress *p, int64_t now, uint64_t done, uint64_t total,
            const char *expected)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_progress_step(p, now, done, total, &out);
	assert_string_equal(pchat_buf_cstr(&out), expected);
}

static void
it_comes_late_and_seldom(void **state)
{
	struct pchat_progress p = { .what = "writing", .begun = 5000000 };

	(void)state;
	assert_step(&p, 5000000, 0, 10, "");
	assert_step(&p, 5999999, 9, 10, "");
	assert_step(&p, 6000000, 0, 10, "\rwriting [..............................]   0 %");
	assert_step(&p, 6099999, 5, 10, "");
	assert_step(&p, 6100000, 5, 10, "\rwriting [###############...............]  50 %");
	assert_step(&p, 7000000, 10, 10, "\rwriting [##############################] 100 %");
	assert_step(&p, 8000000, 0, 0, "\rwriting [..............................]   0 %");
}

static void
it_goes_if_it_came(void **state)
{
	struct pchat_progress p = { .what = "writing", .begun = 1 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	pchat_progress_end(&p, &out);
	assert_int_equal(out.n, 0);
	pchat_progress_step(&p, 2000000, 1, 2, &out);
	pchat_buf_clear(&out);
	pchat_progress_end(&p, &out);
	assert_string_equal(pchat_buf_cstr(&out), "\r\033[K");
	pchat_progress_end(&p, &out);
	assert_string_equal(pchat_buf_cstr(&out), "\r\033[K");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_late_and_seldom),
		cmocka_unit_test(it_goes_if_it_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
