/* What is kept of sign-ins: counted, newest first, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pchatd/trail.h"

#define AMY "sip:amy@contoso.example"

static void
the_same_is_counted_and_the_newest_comes_first(void **state)
{
	struct pchat_trail *t = pchat_trail_new();
	const struct pchat_trail_entry *e;

	(void)state;
	assert_non_null(t);
	assert_null(pchat_trail_next(t, 0, NULL));
	pchat_trail_add(t, PCHAT_TRAIL_WRONG, AMY, "192.0.2.1:1", "wrong password");
	pchat_trail_add(t, PCHAT_TRAIL_RIGHT, AMY, "192.0.2.1:1", NULL);
	pchat_trail_add(t, PCHAT_TRAIL_RIGHT, "sip:bob@contoso.example", "[2001:db8::1]:5", NULL);
	pchat_trail_add(t, PCHAT_TRAIL_WRONG, AMY, "192.0.2.1:2", "no such user");
	pchat_trail_add(t, PCHAT_TRAIL_LOCKED, AMY, NULL, "this user");
	e = pchat_trail_next(t, 0, NULL);
	assert_int_equal(e->kind, PCHAT_TRAIL_LOCKED);
	assert_string_equal(e->address, "");
	e = pchat_trail_next(t, e->at, NULL);
	assert_int_equal(e->kind, PCHAT_TRAIL_WRONG);
	assert_int_equal(e->n, 2);
	assert_string_equal(e->address, "192.0.2.1");
	assert_string_equal(e->reason, "no such user");
	assert_true(e->first <= e->last);
	e = pchat_trail_next(t, e->at, NULL);
	assert_string_equal(e->user, "sip:bob@contoso.example");
	assert_string_equal(e->address, "[2001:db8::1]");
	e = pchat_trail_next(t, e->at, AMY);
	assert_int_equal(e->kind, PCHAT_TRAIL_RIGHT);
	assert_null(pchat_trail_next(t, e->at, NULL));
	pchat_trail_free(t);
}

static void
a_flood_of_failures_pushes_out_failures_alone(void **state)
{
	struct pchat_trail *t = pchat_trail_new();
	const struct pchat_trail_entry *e;
	char long_name[1000];
	unsigned n = 0;

	(void)state;
	assert_non_null(t);
	pchat_trail_add(t, PCHAT_TRAIL_RIGHT, AMY, "192.0.2.1:1", NULL);
	pchat_trail_add(t, PCHAT_TRAIL_WRONG, AMY, "192.0.2.1:1", "wrong password");
	memset(long_name, 'x', sizeof(long_name) - 1);
	for (int i = 0; i < 2 * PCHAT_TRAIL_MAX; i++) {
		snprintf(long_name + sizeof(long_name) - 12, 12, "%d", i);
		pchat_trail_add(t, PCHAT_TRAIL_WRONG, long_name, "198.51.100.7:1", long_name);
	}
	for (e = pchat_trail_next(t, 0, NULL); e; e = pchat_trail_next(t, e->at, NULL))
		n++;
	assert_int_equal(n, PCHAT_TRAIL_MAX + 1);
	e = pchat_trail_next(t, 0, AMY);
	assert_int_equal(e->kind, PCHAT_TRAIL_RIGHT);
	assert_null(pchat_trail_next(t, e->at, AMY));
	e = pchat_trail_next(t, 0, NULL);
	assert_int_equal(strlen(e->user), PCHAT_TRAIL_USER - 1);
	assert_int_equal(strlen(e->reason), PCHAT_TRAIL_REASON - 1);
	pchat_trail_free(t);
}

static void
every_outcome_has_a_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N_TRAILS; i++)
		assert_true(*pchat_trail_word((enum pchat_trail_kind)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_counted_and_the_newest_comes_first),
		cmocka_unit_test(a_flood_of_failures_pushes_out_failures_alone),
		cmocka_unit_test(every_outcome_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
