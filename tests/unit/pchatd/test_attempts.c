/* Failures to sign in: what is free, how delays grow and pass, what a flood can do. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/clock.h"
#include "pchatd/attempts.h"

#define USER(name, from)                                                                        \
	(&(struct pchat_attempter){                                                             \
		{ "sip:" name "@contoso.example", sizeof("sip:" name "@contoso.example") - 1 }, \
		{ from, sizeof(from) - 1 } })
#define AMY USER("amy", "192.0.2.1")

static void
failures_within_the_free_ones_cost_nothing(void **state)
{
	struct pchat_attempts *a = pchat_attempts_new();

	(void)state;
	assert_non_null(a);
	for (int i = 0; i < 10; i++)
		assert_int_equal(pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, 5), 0);
	assert_int_equal(pchat_attempts_wait(a, PCHAT_ATTEMPT_PAIR, AMY, 5), 0);
	pchat_attempts_free(a);
}

static void
beyond_them_the_delay_doubles_up_to_the_longest(void **state)
{
	static const uint32_t want[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	struct pchat_attempts *a = pchat_attempts_new();
	int64_t now = 5;

	(void)state;
	assert_non_null(a);
	for (int i = 0; i < 10; i++)
		pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, now);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_int_equal(pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, now), want[i]);
		assert_int_equal(pchat_attempts_wait(a, PCHAT_ATTEMPT_PAIR, AMY, now), want[i]);
		now += want[i] * PCHAT_SECOND - 1;
		assert_int_equal(pchat_attempts_wait(a, PCHAT_ATTEMPT_PAIR, AMY, now), 1);
		now++;
		assert_int_equal(pchat_attempts_wait(a, PCHAT_ATTEMPT_PAIR, AMY, now), 0);
	}
	pchat_attempts_free(a);
}

static void
an_address_is_given_more_and_waits_longer(void **state)
{
	struct pchat_attempts *a = pchat_attempts_new();
	uint32_t last = 0;

	(void)state;
	assert_non_null(a);
	for (int i = 0; i < 20; i++)
		assert_int_equal(pchat_attempts_failed(a, PCHAT_ATTEMPT_ADDRESS, AMY, 5), 0);
	/* As one who sends without caring for what is said to him. */
	for (int i = 0; i < 100000; i++)
		last = pchat_attempts_failed(a, PCHAT_ATTEMPT_ADDRESS, AMY, 5);
	assert_int_equal(last, 900);
	/* Whoever comes from there, but nobody elsewhere. */
	assert_int_equal(pchat_attempts_wait(a, PCHAT_ATTEMPT_ADDRESS, USER("bob", "192.0.2.1"), 5),
	                 900);
	assert_int_equal(pchat_attempts_hold(a, USER("bob", "192.0.2.1"), 5), 900);
	assert_int_equal(pchat_attempts_hold(a, USER("amy", "192.0.2.2"), 5), 0);
	pchat_attempts_free(a);
}

static void
failures_are_forgotten_one_a_minute_or_all_at_once(void **state)
{
	struct pchat_attempts *a = pchat_attempts_new();
	int64_t now = 5;

	(void)state;
	assert_non_null(a);
	for (int i = 0; i < 10; i++)
		pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, now);
	now += (int64_t)PCHAT_ATTEMPTS_FORGET * PCHAT_SECOND;
	assert_int_equal(pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, now), 0);
	assert_int_equal(pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, now), 1);
	pchat_attempts_right(a, AMY, now);
	assert_int_equal(pchat_attempts_wait(a, PCHAT_ATTEMPT_PAIR, AMY, now), 0);
	assert_int_equal(pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, now), 0);
	pchat_attempts_free(a);
}

static void
made_up_names_do_not_push_out_one_who_is_held(void **state)
{
	struct pchat_attempts *a = pchat_attempts_new();
	char name[32];

	(void)state;
	assert_non_null(a);
	for (int i = 0; i < 16; i++)
		pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, 5);
	for (int i = 0; i < 10 * PCHAT_ATTEMPTS_MAX; i++) {
		int n = snprintf(name, sizeof(name), "sip:u%d@contoso.example", i);
		const struct pchat_attempter who = { .user = { name, (size_t)n } };

		pchat_attempts_failed(a, PCHAT_ATTEMPT_USER, &who, 5);
		pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, &who, 5);
	}
	assert_int_equal(pchat_attempts_wait(a, PCHAT_ATTEMPT_PAIR, AMY, 5), 32);
	pchat_attempts_free(a);
}

static void
others_cannot_lock_out_one_who_was_right_from_there(void **state)
{
	struct pchat_attempts *a = pchat_attempts_new();
	char from[32];

	(void)state;
	assert_non_null(a);
	pchat_attempts_right(a, AMY, 5);
	for (int i = 0; i < 200; i++) {
		int n = snprintf(from, sizeof(from), "198.51.100.%d", i);
		struct pchat_attempter who = *AMY;

		who.address = (struct pchat_str){ from, (size_t)n };
		pchat_attempts_failed(a, PCHAT_ATTEMPT_USER, &who, 5);
		/* From where he is, at somebody else. */
		pchat_attempts_failed(a, PCHAT_ATTEMPT_ADDRESS, USER("bob", "192.0.2.1"), 5);
	}
	assert_int_equal(pchat_attempts_hold(a, USER("amy", "203.0.113.1"), 5), 60);
	assert_int_equal(pchat_attempts_hold(a, USER("carol", "192.0.2.1"), 5), 900);
	assert_int_equal(pchat_attempts_hold(a, USER("carol", "203.0.113.1"), 5), 0);
	assert_int_equal(pchat_attempts_hold(a, AMY, 5), 0);
	/* Who guesses from there all the same is held. */
	for (int i = 0; i < 11; i++)
		pchat_attempts_failed(a, PCHAT_ATTEMPT_PAIR, AMY, 5);
	assert_int_equal(pchat_attempts_hold(a, AMY, 5), 1);
	pchat_attempts_free(a);
}

static void
who_was_right_last_is_remembered(void **state)
{
	struct pchat_attempts *a = pchat_attempts_new();
	char name[32];

	(void)state;
	assert_non_null(a);
	for (int i = 0; i < 101; i++)
		pchat_attempts_failed(a, PCHAT_ATTEMPT_USER, AMY, 5);
	for (int i = 0; i < 4 * PCHAT_ATTEMPTS_KNOWN; i++) {
		int n = snprintf(name, sizeof(name), "sip:u%d@contoso.example", i);
		const struct pchat_attempter who = { .user = { name, (size_t)n } };

		pchat_attempts_right(a, &who, 6 + i);
		if (i % 1000 == 0)
			pchat_attempts_right(a, AMY, 6 + i);
	}
	assert_int_equal(pchat_attempts_hold(a, AMY, 6), 0);
	pchat_attempts_free(a);
}

static bool
same(const char *x, const char *y)
{
	char a[PCHAT_ATTEMPTS_ADDRESS], b[PCHAT_ATTEMPTS_ADDRESS];

	return pchat_str_eq(pchat_attempts_address(x, a), pchat_attempts_address(y, b));
}

static void
an_address_is_a_host_or_a_network_of_ipv6(void **state)
{
	(void)state;
	assert_true(same("192.0.2.1:5060", "192.0.2.1:40123"));
	assert_false(same("192.0.2.1:5060", "192.0.2.2:5060"));
	assert_true(same("[2001:db8::1]:5060", "[2001:db8::ffff:2]:40123"));
	assert_false(same("[2001:db8::1]:5060", "[2001:db8:0:1::1]:5060"));
	assert_false(same("[::ffff:192.0.2.1]:5060", "[::ffff:192.0.2.2]:5060"));
	assert_true(same("nonsense", "nonsense"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_within_the_free_ones_cost_nothing),
		cmocka_unit_test(beyond_them_the_delay_doubles_up_to_the_longest),
		cmocka_unit_test(an_address_is_given_more_and_waits_longer),
		cmocka_unit_test(failures_are_forgotten_one_a_minute_or_all_at_once),
		cmocka_unit_test(made_up_names_do_not_push_out_one_who_is_held),
		cmocka_unit_test(others_cannot_lock_out_one_who_was_right_from_there),
		cmocka_unit_test(who_was_right_last_is_remembered),
		cmocka_unit_test(an_address_is_a_host_or_a_network_of_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
