/* Who hears what: each session once, with the rooms it shares; equal sets share one body. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/buf.h"
#include "pchatd/channel/audience.h"
#include "wire/sip/sip.h"

#define N 5

struct hall {
	struct pchat_person people[N];
	struct pchat_attendee sessions[N];
	struct pchat_channel rooms[3];
	char heard[N][32];
	const struct pchat_sip_body *body[N];
	unsigned built;
	bool fail;
};

static int
setup(void **state)
{
	struct hall *h = calloc(1, sizeof(*h));

	for (size_t i = 0; i < N; i++)
		assert_true(pchat_person_enter(&h->people[i], NULL, &h->sessions[i]));
	*state = h;
	return 0;
}

static int
teardown(void **state)
{
	struct hall *h = *state;

	for (size_t i = 0; i < N; i++) {
		while (h->sessions[i].n_places)
			pchat_channel_part(h->sessions[i].places[0].channel, &h->sessions[i], 75);
		pchat_person_leave(&h->sessions[i]);
	}
	free(h);
	return 0;
}

static void
sit(struct hall *h, size_t room, const char *who)
{
	for (; *who; who++)
		pchat_channel_join(&h->rooms[room], &h->sessions[*who - 'a'], 1, 75);
}

static struct pchat_sip_body *
build(void *ctx, const uint32_t *rooms, size_t n)
{
	struct hall *h = ctx;
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (h->fail)
		return NULL;
	h->built++;
	for (size_t i = 0; i < n; i++)
		pchat_buf_printf(&text, "%u", rooms[i]);
	return pchat_sip_body_new(pchat_buf_view(&text));
}

static void
hear(void *ctx, struct pchat_attendee *to, struct pchat_sip_body *body)
{
	struct hall *h = ctx;
	size_t i = (size_t)(to - h->sessions);
	struct pchat_str text = pchat_sip_body_text(body);

	assert_string_equal(h->heard[i], ""); /* once */
	snprintf(h->heard[i], sizeof(h->heard[i]), "%.*s", PCHAT_STR_ARG(text));
	h->body[i] = body;
}

static const struct pchat_audience_calls calls = { build, hear };

static bool
tell(struct hall *h, const struct pchat_person *except)
{
	struct pchat_audience a = { 0 };
	bool all;

	for (uint32_t i = 0; i < PCHAT_N(h->rooms); i++)
		assert_true(pchat_audience_add(&a, &h->rooms[i], i, except));
	all = pchat_audience_tell(&a, &calls, h);
	pchat_audience_release(&a);
	return all;
}

static void
each_session_hears_once_of_the_rooms_it_shares(void **state)
{
	struct hall *h = *state;

	sit(h, 0, "abcd");
	sit(h, 1, "acd");
	sit(h, 2, "ade");
	assert_true(tell(h, &h->people[0]));
	assert_string_equal(h->heard[0], "");
	assert_string_equal(h->heard[1], "0");
	assert_string_equal(h->heard[2], "01");
	assert_string_equal(h->heard[3], "012");
	assert_string_equal(h->heard[4], "2");
	assert_int_equal(h->built, 4);
}

static void
equal_sets_share_one_body(void **state)
{
	struct hall *h = *state;

	sit(h, 0, "abcde");
	sit(h, 1, "bc");
	assert_true(tell(h, NULL));
	assert_int_equal(h->built, 2);
	assert_ptr_equal(h->body[1], h->body[2]);
	assert_ptr_equal(h->body[0], h->body[4]);
	assert_string_equal(h->heard[1], "01");
	assert_string_equal(h->heard[0], "0");
}

static void
one_who_has_asked_to_leave_hears_nothing_of_that_room(void **state)
{
	struct hall *h = *state;

	sit(h, 0, "ab");
	sit(h, 1, "ab");
	pchat_channel_seat(&h->rooms[0], &h->sessions[1])->leaving = true;
	assert_true(tell(h, NULL));
	assert_string_equal(h->heard[0], "01");
	assert_string_equal(h->heard[1], "1");
}

static void
a_body_that_cannot_be_built_is_reported(void **state)
{
	struct hall *h = *state;

	sit(h, 0, "ab");
	h->fail = true;
	assert_false(tell(h, NULL));
	assert_string_equal(h->heard[0], "");
}

static void
nobody_is_told_nothing(void **state)
{
	assert_true(tell(*state, NULL));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_session_hears_once_of_the_rooms_it_shares),
		TEST(equal_sets_share_one_body),
		TEST(one_who_has_asked_to_leave_hears_nothing_of_that_room),
		TEST(a_body_that_cannot_be_built_is_reported),
		TEST(nobody_is_told_nothing),
	};

	return cmocka_run_group_tests_name("audience", tests, NULL, NULL);
}
