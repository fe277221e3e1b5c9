/* Notices and messages: to whom, in which order, with which words (xccos.md sections 10 to 12). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/auto.h"
#include "pchatd/channel/speaker.h"

enum { AMY, BOB, CAROL, N_USERS };
enum { DESK, PHONE, B, C, N_SESSIONS }; /* the first two are amy's */
#define HEARD 8

#define GUID0 "00000000-0000-4000-8000-000000000000"
#define GUID1 "11111111-0000-4000-8000-000000000000"

struct hall {
	struct pchat_speaker speaker;
	struct pchat_user users[N_USERS];
	struct pchat_room rooms[2];
	struct pchat_attendee sessions[N_SESSIONS];
	struct pchat_sip_body *heard[N_SESSIONS][HEARD];
	size_t n[N_SESSIONS];
};

static void
hear(void *ctx, struct pchat_attendee *to, struct pchat_sip_body *body)
{
	struct hall *h = ctx;
	size_t i = (size_t)(to - h->sessions);

	assert_true(h->n[i] < HEARD);
	h->heard[i][h->n[i]++] = pchat_sip_body_ref(body);
}

static void
name_user(struct pchat_user *u, const char *uri, const char *name, const char *display)
{
	/* Never freed here, and written by nobody. */
	u->uri = (char *)uri;
	u->name = (char *)name;
	u->display = (char *)display;
}

static int
setup(void **state)
{
	static const int owner[N_SESSIONS] = { AMY, AMY, BOB, CAROL };
	struct hall *h = calloc(1, sizeof(*h));

	pchat_speaker_init(&h->speaker);
	h->speaker.send = hear;
	h->speaker.ctx = h;
	name_user(&h->users[AMY], "sip:amy@contoso.example", "amy", "Amy & co");
	name_user(&h->users[BOB], "sip:bob@contoso.example", "bob", "Bob");
	name_user(&h->users[CAROL], "sip:carol@contoso.example", "carol", "Carol");
	h->rooms[0].uri = (char *)"ma-chan://contoso.example/" GUID0;
	h->rooms[1].uri = (char *)"ma-chan://contoso.example/" GUID1;
	for (size_t i = 0; i < N_SESSIONS; i++) {
		struct pchat_user *u = &h->users[owner[i]];

		assert_true(pchat_person_enter(&u->person, u, &h->sessions[i]));
	}
	*state = h;
	return 0;
}

static void
forget(struct hall *h)
{
	for (size_t i = 0; i < N_SESSIONS; i++) {
		for (size_t j = 0; j < h->n[i]; j++)
			pchat_sip_body_unref(h->heard[i][j]);
		h->n[i] = 0;
	}
}

static int
teardown(void **state)
{
	struct hall *h = *state;

	forget(h);
	for (size_t i = 0; i < N_SESSIONS; i++) {
		while (h->sessions[i].n_places)
			pchat_channel_part(h->sessions[i].places[0].channel, &h->sessions[i], 75);
		pchat_person_leave(&h->sessions[i]);
	}
	pchat_speaker_release(&h->speaker);
	free(h);
	return 0;
}

static void
sit(struct hall *h, size_t room, size_t session)
{
	pchat_channel_join(&h->rooms[room].channel, &h->sessions[session], PCHAT_ROLE_MEMBER, 75);
}

/* The body session @i heard as number @at, without the envelope around it. */
static void
assert_heard(struct hall *h, size_t i, size_t at, const char *inner)
{
	PCHAT_AUTO_TEXT text = NULL;

	assert_true(at < h->n[i]);
	text = pchat_str_dup(pchat_sip_body_text(h->heard[i][at]));
	if (!strstr(text, inner))
		fail_msg("session %zu heard as %zu: %s\nnot: %s", i, at, text, inner);
}

#define AIB0 "<aib key=\"3984\" domain=\"contoso.example\" value=\"" GUID0 "\"/>"
#define AIB1 "<aib key=\"12276\" domain=\"contoso.example\" value=\"" GUID1 "\"/>"

static void
a_join_is_told_to_others_only(void **state)
{
	struct hall *h = *state;
	struct pchat_notice_room room = { &h->rooms[0], PCHAT_ROLE_MEMBER };

	for (size_t i = 0; i < N_SESSIONS; i++)
		sit(h, 0, i);
	assert_true(pchat_speaker_joined(&h->speaker, &h->users[AMY], &room, 1, false));
	assert_int_equal(h->n[DESK], 0);
	assert_int_equal(h->n[PHONE], 0);
	assert_int_equal(h->n[B], 1);
	assert_heard(h, B, 0,
	             "<ntc id=\"ntc:join\" seqid=\"1\"><data><uib id=\"0\" "
	             "uri=\"sip:amy@contoso.example\"");
	assert_heard(h, B, 0, "dispname=\"Amy &amp; co\"");
	assert_heard(h, B, 0, AIB0 "</uib></data></ntc></xccos>");
	assert_ptr_equal(h->heard[B][0], h->heard[C][0]);
}

static void
a_batch_is_told_once_with_the_rooms_shared(void **state)
{
	struct hall *h = *state;
	struct pchat_notice_room rooms[] = {
		{ &h->rooms[0], PCHAT_ROLE_MEMBER },
		{ &h->rooms[1], PCHAT_ROLE_MEMBER | PCHAT_ROLE_MANAGER },
	};

	sit(h, 0, DESK);
	sit(h, 1, DESK);
	sit(h, 0, B);
	sit(h, 1, B);
	sit(h, 1, C);
	assert_true(pchat_speaker_joined(&h->speaker, &h->users[AMY], rooms, 2, true));
	assert_int_equal(h->n[B], 1);
	assert_heard(h, B, 0, "ntc:bjoin");
	assert_heard(h, B, 0, AIB0 AIB1 "</uib>");
	assert_int_equal(h->n[C], 1);
	assert_heard(h, C, 0, ">" AIB1 "</uib>");
}

static void
a_lost_session_is_told_in_one_notice(void **state)
{
	struct hall *h = *state;
	struct pchat_notice_room rooms[] = { { &h->rooms[0], 0 }, { &h->rooms[1], 0 } };

	sit(h, 0, B);
	sit(h, 1, B);
	sit(h, 1, C);
	assert_true(pchat_speaker_parted(&h->speaker, &h->users[AMY], rooms, 2));
	assert_int_equal(h->n[B], 1);
	assert_heard(h, B, 0,
	             "<ntc id=\"ntc:part\" seqid=\"1\"><data>"
	             "<chanib uri=\"ma-chan://contoso.example/" GUID0
	             "\"><uib uri=\"sip:amy@contoso.example\"/></chanib>"
	             "<chanib uri=\"ma-chan://contoso.example/" GUID1
	             "\"><uib uri=\"sip:amy@contoso.example\"/></chanib></data></ntc>");
	assert_int_equal(h->n[C], 1);
	assert_heard(h, C, 0, "<data><chanib uri=\"ma-chan://contoso.example/" GUID1 "\">");
}

static void
the_kicked_hear_kick_then_part_the_others_part(void **state)
{
	struct hall *h = *state;
	struct pchat_user *amy = &h->users[AMY];

	sit(h, 0, DESK);
	sit(h, 0, PHONE);
	sit(h, 0, B);
	assert_true(pchat_speaker_kicked(&h->speaker, &h->rooms[0], &amy, 1));
	for (size_t i = DESK; i <= PHONE; i++) {
		assert_int_equal(h->n[i], 2);
		assert_heard(h, i, 0, "<ntc id=\"ntc:kick\" seqid=\"1\"><data><chanib");
		assert_heard(h, i, 1, "ntc:part");
		assert_heard(h, i, 1, "<uib uri=\"sip:amy@contoso.example\"/>");
	}
	assert_int_equal(h->n[B], 1);
	assert_heard(h, B, 0, "ntc:part");
	assert_int_equal(h->n[C], 0);
}

static void
all_kicked_together_are_named_in_one_notice(void **state)
{
	struct hall *h = *state;
	struct pchat_user *all[] = { &h->users[AMY], &h->users[BOB] };

	sit(h, 0, DESK);
	sit(h, 0, B);
	sit(h, 0, C);
	assert_true(pchat_speaker_kicked(&h->speaker, &h->rooms[0], all, 2));
	assert_int_equal(h->n[C], 1);
	assert_heard(h, C, 0,
	             "<uib uri=\"sip:amy@contoso.example\"/>"
	             "<uib uri=\"sip:bob@contoso.example\"/></chanib>");
	assert_int_equal(h->n[B], 2);
	assert_heard(h, B, 0, "ntc:kick");
	assert_heard(h, B, 0, "<uib uri=\"sip:bob@contoso.example\"/></chanib>");
}

static void
in_a_quiet_room_only_the_kicked_hear_of_it(void **state)
{
	struct hall *h = *state;
	struct pchat_user *amy = &h->users[AMY];

	sit(h, 0, DESK);
	sit(h, 0, B);
	h->rooms[0].channel.quiet = true;
	assert_true(pchat_speaker_kicked(&h->speaker, &h->rooms[0], &amy, 1));
	assert_int_equal(h->n[DESK], 2);
	assert_heard(h, DESK, 1, "ntc:part");
	assert_int_equal(h->n[B], 0);
}

static void
a_message_reaches_every_session_its_author_too(void **state)
{
	struct hall *h = *state;
	const struct pchat_xccos_msg m = {
		.chan_uri = PCHAT_STR("ma-chan://contoso.example/" GUID0),
		.author = PCHAT_STR("sip:amy@contoso.example"),
		.chat_id = 7,
		.chat = PCHAT_STR("a < b"),
	};

	for (size_t i = 0; i < N_SESSIONS; i++)
		sit(h, 0, i);
	assert_true(pchat_speaker_message(&h->speaker, &h->rooms[0], &m, NULL));
	for (size_t i = 0; i < N_SESSIONS; i++) {
		assert_int_equal(h->n[i], 1);
		assert_ptr_equal(h->heard[i][0], h->heard[0][0]); /* built once */
	}
	assert_heard(h, C, 0, "<chat>a &lt; b</chat>");
	assert_heard(h, C, 0, "chatId=\"7\"");
}

static void
nothing_of_a_room_is_sent_to_one_who_leaves_it(void **state)
{
	struct hall *h = *state;
	const struct pchat_xccos_msg m = {
		.chan_uri = PCHAT_STR("ma-chan://contoso.example/" GUID0),
		.author = PCHAT_STR("sip:bob@contoso.example"),
		.chat = PCHAT_STR("hello"),
	};
	struct pchat_notice_room room = { &h->rooms[0], PCHAT_ROLE_MEMBER };
	struct pchat_user *amy = &h->users[AMY];

	for (size_t i = 0; i < N_SESSIONS; i++)
		sit(h, 0, i);
	pchat_channel_seat(&h->rooms[0].channel, &h->sessions[DESK])->leaving = true;
	assert_true(pchat_speaker_message(&h->speaker, &h->rooms[0], &m, NULL));
	assert_true(pchat_speaker_joined(&h->speaker, &h->users[CAROL], &room, 1, false));
	assert_true(pchat_speaker_parted(&h->speaker, &h->users[CAROL], &room, 1));
	assert_true(pchat_speaker_permission(&h->speaker, &h->rooms[0], &h->users[BOB], 1, NULL));
	assert_true(pchat_speaker_kicked(&h->speaker, &h->rooms[0], &amy, 1));
	assert_int_equal(h->n[DESK], 0);
	assert_int_equal(h->n[PHONE], 6);
}

static void
envids_are_positive_and_never_repeat(void **state)
{
	struct hall *h = *state;
	uint64_t last = pchat_speaker_envid(&h->speaker);

	assert_true(last > 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t next = pchat_speaker_envid(&h->speaker);

		assert_true(next > last && next <= INT64_MAX);
		last = next;
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_join_is_told_to_others_only),
		TEST(a_batch_is_told_once_with_the_rooms_shared),
		TEST(a_lost_session_is_told_in_one_notice),
		TEST(the_kicked_hear_kick_then_part_the_others_part),
		TEST(all_kicked_together_are_named_in_one_notice),
		TEST(in_a_quiet_room_only_the_kicked_hear_of_it),
		TEST(a_message_reaches_every_session_its_author_too),
		TEST(nothing_of_a_room_is_sent_to_one_who_leaves_it),
		TEST(envids_are_positive_and_never_repeat),
	};

	return cmocka_run_group_tests_name("speaker", tests, NULL, NULL);
}
