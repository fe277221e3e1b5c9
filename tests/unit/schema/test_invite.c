/* Invitations: numbers, what takes whose place, what a repetition does. */
#include "tests/unit/schema/support.h"

#include "schema/invite.h"

#define ROOM_A "11111111-1111-4111-8111-111111111111"
#define ROOM_B "22222222-2222-4222-8222-222222222222"
#define AMY_   PCHAT_STR("sip:amy@contoso.example")
#define BOB_   PCHAT_STR("sip:bob@contoso.example")

struct fixture {
	struct place place;
	struct pchat_chat *chat;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_err err = { 0 };

	assert_non_null(f);
	place_with_store(&f->place);
	ok(&err, pchat_chat_open(f->place.store, true, &f->chat, &err));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pchat_chat_close(f->chat);
	place_free(&f->place);
	free(f);
	return 0;
}

static void
invite(struct pchat_chat *chat, struct pchat_str user, const char *room, int64_t created,
       uint64_t wanted)
{
	struct pchat_err err = { 0 };
	uint64_t number = 99;

	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, pchat_chat_invite(chat, user, room, created, &number, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	assert_int_equal(number, wanted);
}

static enum pchat_code
write_one(void *ctx, const struct pchat_invitation *i, struct pchat_err *err)
{
	struct pchat_buf *out = ctx;

	(void)err;
	pchat_buf_printf(out, "%llu:%.1s:%lld ", (unsigned long long)i->number, i->room,
	                 (long long)i->created);
	return PCHAT_OK;
}

static void
assert_list(struct pchat_chat *chat, struct pchat_str user, uint64_t after, unsigned count,
            const char *wanted)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_invitations(chat, user, after, count, write_one, &out, &err));
	assert_string_equal(pchat_buf_cstr(&out), wanted);
}

static void
test_numbers_are_of_the_user_from_2_on(void **state)
{
	struct pchat_chat *chat = ((struct fixture *)*state)->chat;

	assert_list(chat, AMY_, 0, 10, "");
	invite(chat, AMY_, ROOM_A, 100, 2);
	invite(chat, AMY_, ROOM_B, 100, 3);
	invite(chat, BOB_, ROOM_B, 100, 2);
	assert_list(chat, AMY_, 0, 10, "2:1:100 3:2:100 ");
	assert_list(chat, AMY_, 2, 10, "3:2:100 ");
	assert_list(chat, AMY_, 0, 1, "2:1:100 ");
	assert_list(chat, AMY_, 3, 10, "");
	assert_list(chat, AMY_, UINT64_MAX, 10, "");
	assert_list(chat, BOB_, 1, 10, "2:2:100 ");
}

static void
test_a_repetition_changes_nothing(void **state)
{
	struct pchat_chat *chat = ((struct fixture *)*state)->chat;

	invite(chat, AMY_, ROOM_A, 100, 2);
	invite(chat, AMY_, ROOM_A, 100, 0);
	invite(chat, AMY_, ROOM_A, 99, 0);
	assert_list(chat, AMY_, 0, 10, "2:1:100 ");
	invite(chat, AMY_, ROOM_B, 100, 3);
}

static void
test_a_newer_one_takes_the_place(void **state)
{
	struct pchat_chat *chat = ((struct fixture *)*state)->chat;

	invite(chat, AMY_, ROOM_A, 100, 2);
	invite(chat, AMY_, ROOM_B, 100, 3);
	invite(chat, AMY_, ROOM_A, 101, 4);
	assert_list(chat, AMY_, 0, 10, "3:2:100 4:1:101 ");
}

static void
test_what_was_rolled_back_was_never_there(void **state)
{
	struct pchat_chat *chat = ((struct fixture *)*state)->chat;
	struct pchat_err err = { 0 };
	uint64_t number = 0;

	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, pchat_chat_invite(chat, AMY_, ROOM_A, 100, &number, &err));
	ok(&err, pchat_chat_set_invited(chat, 7, &err));
	pchat_chat_rollback(chat);
	assert_list(chat, AMY_, 0, 10, "");
	invite(chat, AMY_, ROOM_A, 100, 2);
}

static void
test_a_room_that_is_forgotten_takes_them_along(void **state)
{
	struct pchat_chat *chat = ((struct fixture *)*state)->chat;
	struct pchat_err err = { 0 };

	invite(chat, AMY_, ROOM_A, 100, 2);
	invite(chat, AMY_, ROOM_B, 100, 3);
	ok(&err, pchat_chat_forget_room(chat, ROOM_A, &err));
	assert_list(chat, AMY_, 0, 10, "3:2:100 ");
	/* A number is never given twice. */
	invite(chat, AMY_, ROOM_A, 200, 4);
}

static void
test_progress_is_kept_and_never_goes_back(void **state)
{
	struct pchat_chat *chat = ((struct fixture *)*state)->chat;
	struct pchat_err err = { 0 };
	uint64_t revision = 99;
	bool known = true;

	ok(&err, pchat_chat_invited(chat, &revision, &known, &err));
	assert_false(known);
	for (size_t i = 0; i < 2; i++) {
		ok(&err, pchat_chat_begin(chat, &err));
		ok(&err, pchat_chat_set_invited(chat, i == 0 ? 12 : 5, &err));
		ok(&err, pchat_chat_commit(chat, &err));
		ok(&err, pchat_chat_invited(chat, &revision, &known, &err));
		assert_true(known);
		assert_int_equal(revision, 12);
	}
	assert_list(chat, AMY_, 0, 10, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers_are_of_the_user_from_2_on, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_a_repetition_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_newer_one_takes_the_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_was_rolled_back_was_never_there, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_a_room_that_is_forgotten_takes_them_along,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(test_progress_is_kept_and_never_goes_back, setup,
		                                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
