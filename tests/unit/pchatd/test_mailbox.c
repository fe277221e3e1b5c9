/* Letters between threads: order, bounds, closing, the descriptor. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <poll.h>

#include "base/auto.h"
#include "pchatd/mailbox.h"

struct item {
	struct pchat_letter letter;
	int value;
};

static int
value_of(const struct pchat_letter *l)
{
	return ((const struct item *)l)->value;
}

static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
letters_come_out_in_the_order_they_went_in(void **state)
{
	struct item items[3] = { { .value = 1 }, { .value = 2 }, { .value = 3 } };
	struct pchat_mailbox m;
	struct pchat_letter *l;

	(void)state;
	assert_int_equal(pchat_mailbox_init(&m, 0, true, NULL), PCHAT_OK);
	assert_null(pchat_mailbox_take(&m));
	assert_true(pchat_mailbox_rest(&m));
	assert_false(is_readable(m.fd));
	for (size_t i = 0; i < PCHAT_N(items); i++)
		assert_true(pchat_mailbox_put(&m, &items[i].letter));
	assert_true(is_readable(m.fd));
	l = pchat_mailbox_take(&m);
	for (int want = 1; want <= 3; want++, l = l->next)
		assert_int_equal(value_of(l), want);
	assert_null(l);
	assert_false(is_readable(m.fd));
	pchat_mailbox_release(&m);
}

static void
who_is_awake_is_not_woken(void **state)
{
	struct item items[2] = { { .value = 1 }, { .value = 2 } };
	struct pchat_mailbox m;

	(void)state;
	assert_int_equal(pchat_mailbox_init(&m, 0, true, NULL), PCHAT_OK);
	assert_null(pchat_mailbox_take(&m));
	pchat_mailbox_return(&m, &items[0].letter);
	assert_false(is_readable(m.fd));
	/* But he may not go to sleep over it. */
	assert_false(pchat_mailbox_rest(&m));
	assert_ptr_equal(pchat_mailbox_take(&m), &items[0].letter);
	assert_true(pchat_mailbox_rest(&m));
	pchat_mailbox_return(&m, &items[1].letter);
	assert_true(is_readable(m.fd));
	assert_ptr_equal(pchat_mailbox_take(&m), &items[1].letter);
	assert_false(is_readable(m.fd));
	pchat_mailbox_release(&m);
}

static void
a_full_box_refuses_and_keeps_the_letter_with_the_caller(void **state)
{
	struct item items[3] = { 0 };
	struct pchat_mailbox m;

	(void)state;
	pchat_mailbox_init(&m, 2, false, NULL);
	assert_true(pchat_mailbox_put(&m, &items[0].letter));
	assert_true(pchat_mailbox_put(&m, &items[1].letter));
	assert_false(pchat_mailbox_put(&m, &items[2].letter));
	assert_int_equal(pchat_mailbox_count(&m), 2);
	assert_ptr_equal(pchat_mailbox_wait(&m, true), &items[0].letter);
	assert_null(items[0].letter.next);
	assert_true(pchat_mailbox_put(&m, &items[2].letter));
	pchat_mailbox_release(&m);
}

static void
a_returned_chain_keeps_its_order_and_knows_no_bound(void **state)
{
	struct item items[3] = { { .value = 1 }, { .value = 2 }, { .value = 3 } };
	struct pchat_mailbox m;
	struct pchat_letter *l;

	(void)state;
	pchat_mailbox_init(&m, 1, true, NULL);
	assert_true(pchat_mailbox_put(&m, &items[0].letter));
	items[1].letter.next = &items[2].letter;
	pchat_mailbox_return(&m, &items[1].letter);
	l = pchat_mailbox_take(&m);
	for (int want = 1; want <= 3; want++, l = l->next)
		assert_int_equal(value_of(l), want);
	pchat_mailbox_release(&m);
}

static void
a_closed_box_gives_out_what_is_left_and_takes_nothing(void **state)
{
	struct item items[2] = { 0 };
	struct pchat_mailbox m;

	(void)state;
	pchat_mailbox_init(&m, 0, false, NULL);
	assert_true(pchat_mailbox_put(&m, &items[0].letter));
	pchat_mailbox_close(&m);
	assert_false(pchat_mailbox_put(&m, &items[1].letter));
	assert_ptr_equal(pchat_mailbox_wait(&m, false), &items[0].letter);
	assert_null(pchat_mailbox_wait(&m, false));
	pchat_mailbox_release(&m);
}

#define MANY 20000

static void *
drain(void *ctx)
{
	struct pchat_mailbox *m = ctx;
	struct pchat_letter *l;
	long sum = 0;

	while ((l = pchat_mailbox_wait(m, true)))
		sum += value_of(l);
	return (void *)sum;
}

static void
several_readers_share_the_letters(void **state)
{
	struct item *items = calloc(MANY, sizeof(*items));
	struct pchat_mailbox m;
	pthread_t threads[3];
	long sum = 0;

	(void)state;
	pchat_mailbox_init(&m, 0, false, NULL);
	for (size_t i = 0; i < PCHAT_N(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, drain, &m), 0);
	for (int i = 0; i < MANY; i++) {
		items[i].value = i;
		assert_true(pchat_mailbox_put(&m, &items[i].letter));
	}
	pchat_mailbox_close(&m);
	for (size_t i = 0; i < PCHAT_N(threads); i++) {
		void *part;

		pthread_join(threads[i], &part);
		sum += (long)part;
	}
	assert_int_equal(sum, (long)MANY * (MANY - 1) / 2);
	pchat_mailbox_release(&m);
	free(items);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_come_out_in_the_order_they_went_in),
		cmocka_unit_test(who_is_awake_is_not_woken),
		cmocka_unit_test(a_full_box_refuses_and_keeps_the_letter_with_the_caller),
		cmocka_unit_test(a_returned_chain_keeps_its_order_and_knows_no_bound),
		cmocka_unit_test(a_closed_box_gives_out_what_is_left_and_takes_nothing),
		cmocka_unit_test(several_readers_share_the_letters),
	};

	return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
