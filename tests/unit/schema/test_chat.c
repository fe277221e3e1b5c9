/* Messages: their numbers, what survives, what is forgotten. */
#include "tests/unit/schema/support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "schema/chat_internal.h"

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
assert_last(struct pchat_chat *chat, const char *room, uint64_t before, unsigned count,
            const char *wanted, bool more)
{
	bool got_more = !more;
	char *text = read_last(chat, room, before, count, &got_more);

	assert_string_equal(text, wanted);
	assert_int_equal(got_more, more);
	free(text);
}

static void
commit_one(struct pchat_chat *chat, const char *room, const char *text, uint64_t wanted)
{
	struct pchat_err err = { 0 };
	uint64_t id = 0;

	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, say(chat, room, text, &id, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	assert_int_equal(id, wanted);
}

static void
test_numbers(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	uint64_t id = 7, n = 7;

	ok(&err, pchat_chat_last_id(f->chat, ROOM_1, &id, &err));
	assert_int_equal(id, 0);
	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, say(f->chat, ROOM_1, "a", &id, &err));
	assert_int_equal(id, 1);
	ok(&err, say(f->chat, ROOM_2, "x", &id, &err));
	assert_int_equal(id, 1);
	ok(&err, say(f->chat, ROOM_1, "b", &id, &err));
	assert_int_equal(id, 2);
	ok(&err, pchat_chat_last_id(f->chat, ROOM_1, &id, &err));
	assert_int_equal(id, 2);
	ok(&err, pchat_chat_commit(f->chat, &err));
	commit_one(f->chat, ROOM_1, "c", 3);
	ok(&err, pchat_chat_last_id(f->chat, ROOM_1, &id, &err));
	assert_int_equal(id, 3);
	ok(&err, pchat_chat_count(f->chat, ROOM_1, &n, &err));
	assert_int_equal(n, 3);
	ok(&err, pchat_chat_count(f->chat, NULL, &n, &err));
	assert_int_equal(n, 4);
}

static void
test_last(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 1; i <= 5; i++) {
		const char text[] = { (char)('a' + i - 1), '\0' };

		commit_one(f->chat, ROOM_1, text, i);
	}
	commit_one(f->chat, ROOM_2, "other", 1);
	assert_last(f->chat, ROOM_1, 0, 10, "1:a 2:b 3:c 4:d 5:e ", false);
	assert_last(f->chat, ROOM_1, 0, 5, "1:a 2:b 3:c 4:d 5:e ", false);
	assert_last(f->chat, ROOM_1, 0, 4, "2:b 3:c 4:d 5:e ", true);
	assert_last(f->chat, ROOM_1, 0, 1, "5:e ", true);
	assert_last(f->chat, ROOM_1, 0, 0, "", true);
	assert_last(f->chat, ROOM_1, 4, 2, "2:b 3:c ", true);
	assert_last(f->chat, ROOM_1, 3, 2, "1:a 2:b ", false);
	assert_last(f->chat, ROOM_1, 1, 2, "", false);
	assert_last(f->chat, ROOM_1, 99, 2, "4:d 5:e ", true);
	assert_last(f->chat, ROOM_1, UINT64_MAX, 2, "4:d 5:e ", true);
	assert_last(f->chat, ROOM_1, 0, UINT32_MAX, "1:a 2:b 3:c 4:d 5:e ", false);
	assert_last(f->chat, ROOM_2, 0, 10, "1:other ", false);
	assert_last(f->chat, "33333333-3333-4333-8333-333333333333", 0, 10, "", false);
}

struct seen {
	struct pchat_message m;
	char *copies[6];
};

static enum pchat_code
see(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	struct seen *s = ctx;

	(void)err;
	s->m = *m;
	s->copies[0] = pchat_str_dup(m->author);
	s->copies[1] = pchat_str_dup(m->display);
	s->copies[2] = pchat_str_dup(m->text);
	s->copies[3] = pchat_str_dup(m->extra);
	s->copies[4] = pchat_str_dup(m->attributes);
	s->copies[5] = pchat_str_dup(m->room);
	return PCHAT_OK;
}

static void
test_everything_kept(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct seen s = { 0 };
	struct pchat_message m = {
		.room = PCHAT_STR(ROOM_1),
		.author = PCHAT_STR(AMY),
		.display = PCHAT_STR("Amy \xe2\x82\xac"),
		.alert = true,
		.text = PCHAT_STR("<chat>'\"; DROP TABLE message</chat>"),
		.extra = PCHAT_STR("<rtf>x</rtf>"),
		.attributes = PCHAT_STR(" a=\"b\""),
	};
	int64_t before = pchat_now();

	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, pchat_chat_add(f->chat, &m, true, &err));
	ok(&err, pchat_chat_commit(f->chat, &err));
	assert_in_range(m.time, before, pchat_now());
	ok(&err, pchat_chat_last(f->chat, ROOM_1, 0, 1, see, &s, NULL, &err));
	assert_int_equal(s.m.id, m.id);
	assert_int_equal(s.m.time, m.time);
	assert_true(s.m.alert);
	assert_string_equal(s.copies[0], AMY);
	assert_string_equal(s.copies[1], "Amy \xe2\x82\xac");
	assert_string_equal(s.copies[2], "<chat>'\"; DROP TABLE message</chat>");
	assert_string_equal(s.copies[3], "<rtf>x</rtf>");
	assert_string_equal(s.copies[4], " a=\"b\"");
	assert_string_equal(s.copies[5], ROOM_1);
	for (size_t i = 0; i < PCHAT_N(s.copies); i++)
		free(s.copies[i]);
}

/* Where history is off, numbers go on and nothing is kept. */
static void
test_not_kept(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_message m = { .room = PCHAT_STR(ROOM_1),
		                   .author = PCHAT_STR(AMY),
		                   .text = PCHAT_STR("gone") };
	uint64_t n = 9;

	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, pchat_chat_add(f->chat, &m, false, &err));
	ok(&err, pchat_chat_add(f->chat, &m, false, &err));
	ok(&err, pchat_chat_commit(f->chat, &err));
	assert_int_equal(m.id, 2);
	commit_one(f->chat, ROOM_1, "kept", 3);
	assert_last(f->chat, ROOM_1, 0, 10, "3:kept ", false);
	ok(&err, pchat_chat_count(f->chat, ROOM_1, &n, &err));
	assert_int_equal(n, 1);
}

static void
test_rollback(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	uint64_t id = 0;

	commit_one(f->chat, ROOM_1, "a", 1);
	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, say(f->chat, ROOM_1, "lost", &id, &err));
	assert_int_equal(id, 2);
	ok(&err, say(f->chat, ROOM_2, "lost", &id, &err));
	pchat_chat_rollback(f->chat);
	pchat_chat_rollback(f->chat);
	commit_one(f->chat, ROOM_1, "b", 2);
	commit_one(f->chat, ROOM_2, "c", 1);
	assert_last(f->chat, ROOM_1, 0, 10, "1:a 2:b ", false);
}

static void
test_reopen(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	commit_one(f->chat, ROOM_1, "a", 1);
	pchat_chat_close(f->chat);
	f->chat = NULL;
	ok(&err, pchat_chat_open(f->place.store, true, &f->chat, &err));
	commit_one(f->chat, ROOM_1, "b", 2);
}

/* Another writer takes numbers; the first does not go on from what it remembers. */
static void
test_two_writers(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_chat *other = NULL, *reader = NULL;

	ok(&err, pchat_chat_open(f->place.store, true, &other, &err));
	ok(&err, pchat_chat_open(f->place.store, false, &reader, &err));
	commit_one(f->chat, ROOM_1, "a", 1);
	commit_one(other, ROOM_1, "b", 2);
	commit_one(f->chat, ROOM_1, "c", 3);
	commit_one(f->chat, ROOM_1, "d", 4);
	commit_one(other, ROOM_1, "e", 5);
	assert_last(reader, ROOM_1, 0, 9, "1:a 2:b 3:c 4:d 5:e ", false);
	pchat_chat_close(other);
	pchat_chat_close(reader);
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	char *large = malloc(PCHAT_CHAT_MAX_TEXT + 1);
	struct pchat_message m = { .room = PCHAT_STR("not a guid"), .author = PCHAT_STR(AMY) };

	assert_non_null(large);
	memset(large, 'x', PCHAT_CHAT_MAX_TEXT + 1);
	ok(&err, pchat_chat_begin(f->chat, &err));
	failed(&err, PCHAT_INVALID, "'not a guid'", NULL, pchat_chat_add(f->chat, &m, true, &err));
	m.room = PCHAT_STR("AAAAAAAA-1111-4111-8111-111111111111");
	failed(&err, PCHAT_INVALID, "AAAA", NULL, pchat_chat_add(f->chat, &m, true, &err));
	m.room = (struct pchat_str){ NULL, 0 };
	failed(&err, PCHAT_INVALID, "''", NULL, pchat_chat_add(f->chat, &m, true, &err));
	m.room = PCHAT_STR(ROOM_1);
	m.text = (struct pchat_str){ large, PCHAT_CHAT_MAX_TEXT + 1 };
	failed(&err, PCHAT_LIMIT, "1048576", NULL, pchat_chat_add(f->chat, &m, true, &err));
	/* What was refused leaves the batch whole. */
	m.text.n = PCHAT_CHAT_MAX_TEXT;
	ok(&err, pchat_chat_add(f->chat, &m, true, &err));
	ok(&err, pchat_chat_commit(f->chat, &err));
	assert_int_equal(m.id, 1);
	free(large);
}

static void
test_numbers_used_up(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_db *db = f->chat->conn.db;
	uint64_t id = 0;

	commit_one(f->chat, ROOM_1, "a", 1);
	commit_one(f->chat, ROOM_2, "x", 1);
	ok(&err,
	   f->chat->driver->exec(db, "UPDATE room SET last_id = 68719476734 WHERE id = 1", &err));
	pchat_chat_forget_cache(f->chat);
	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, say(f->chat, ROOM_1, "last", &id, &err));
	assert_int_equal(id, PCHAT_CHAT_MAX_ID);
	failed(&err, PCHAT_LIMIT, "used up its numbers", NULL,
	       say(f->chat, ROOM_1, "too many", &id, &err));
	failed(&err, PCHAT_LIMIT, "failed before", NULL, say(f->chat, ROOM_2, "y", &id, &err));
	failed(&err, PCHAT_LIMIT, "failed before", NULL, pchat_chat_commit(f->chat, &err));
	pchat_chat_rollback(f->chat);
	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, say(f->chat, ROOM_1, "last", &id, &err));
	ok(&err, pchat_chat_commit(f->chat, &err));
	/* The next room's messages are not taken for this one's. */
	assert_last(f->chat, ROOM_1, 0, 9, "1:a 68719476735:last ", false);
	assert_last(f->chat, ROOM_2, 0, 9, "1:x ", false);
}

static void
test_time_never_back(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_message m = { .room = PCHAT_STR(ROOM_1),
		                   .author = PCHAT_STR(AMY),
		                   .text = PCHAT_STR("b") };

	commit_one(f->chat, ROOM_1, "a", 1);
	/* As if the clock had been ahead by far and was set right. */
	ok(&err, f->chat->driver->exec(f->chat->conn.db,
	                               "UPDATE room SET last_time = 9000000000000000", &err));
	pchat_chat_forget_cache(f->chat);
	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, pchat_chat_add(f->chat, &m, true, &err));
	ok(&err, pchat_chat_commit(f->chat, &err));
	assert_int_equal(m.time, INT64_C(9000000000000000));
}

/* ---- kill -9 ---- */

/* Post without end, telling through @fd how far it was acknowledged. */
static void
post_until_killed(const char *store, int fd)
{
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };

	if (pchat_chat_open(store, true, &chat, &err))
		_exit(1);
	for (;;) {
		uint64_t id = 0;

		if (pchat_chat_begin(chat, &err))
			_exit(2);
		for (unsigned i = 0; i < 7; i++)
			if (say(chat, i % 3 ? ROOM_1 : ROOM_2, "x", &id, &err))
				_exit(3);
		if (say(chat, ROOM_1, "x", &id, &err) || pchat_chat_commit(chat, &err))
			_exit(4);
		if (write(fd, &id, sizeof(id)) != sizeof(id))
			_exit(5);
	}
}

static enum pchat_code
check_next(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)err;
	assert_int_equal(m->id, ++*(uint64_t *)ctx);
	return PCHAT_OK;
}

/* Kill a writer after some commits, at whatever it is doing; what it acknowledged is there. */
static uint64_t
kill_a_writer(struct fixture *f, unsigned commits)
{
	uint64_t id = 0, acknowledged = 0;
	int pipes[2];
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		post_until_killed(f->place.store, pipes[1]);
	}
	close(pipes[1]);
	for (unsigned i = 0; i < commits; i++) {
		assert_int_equal(read(pipes[0], &id, sizeof(id)), sizeof(id));
		acknowledged = id;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	while (read(pipes[0], &id, sizeof(id)) == sizeof(id))
		acknowledged = id;
	close(pipes[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return acknowledged;
}

static void
test_kill(void **state)
{
	static const char *const rooms[] = { ROOM_1, ROOM_2 };
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	pchat_chat_close(f->chat);
	f->chat = NULL;
	for (unsigned round = 1; round <= 6; round++) {
		struct pchat_chat *chat = NULL;
		uint64_t acknowledged = kill_a_writer(f, round * round), last = 0;

		ok(&err, pchat_chat_open(f->place.store, true, &chat, &err));
		for (size_t r = 0; r < PCHAT_N(rooms); r++) {
			uint64_t seen = 0;

			/* No gap, no repeat, and the counter is where the messages are. */
			ok(&err, pchat_chat_last(chat, rooms[r], 0, UINT32_MAX, check_next, &seen,
			                         NULL, &err));
			ok(&err, pchat_chat_last_id(chat, rooms[r], &last, &err));
			assert_int_equal(seen, last);
			if (r == 0)
				assert_true(last >= acknowledged);
			commit_one(chat, rooms[r], "after", last + 1);
		}
		pchat_chat_close(chat);
	}
}

/* ---- deleted rooms ---- */

static void
fill(struct pchat_chat *chat, const char *room, unsigned n)
{
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_begin(chat, &err));
	for (unsigned i = 0; i < n; i++)
		ok(&err, say(chat, room, "x", NULL, &err));
	ok(&err, pchat_chat_commit(chat, &err));
}

static void
test_forget_room(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	uint64_t n = 9;

	/* More than one slice. */
	fill(f->chat, ROOM_1, 11000);
	fill(f->chat, ROOM_2, 3);
	ok(&err, pchat_chat_forget_room(f->chat, ROOM_1, &err));
	assert_last(f->chat, ROOM_1, 0, 9, "", false);
	ok(&err, pchat_chat_count(f->chat, ROOM_1, &n, &err));
	assert_int_equal(n, 0);
	ok(&err, pchat_chat_count(f->chat, NULL, &n, &err));
	assert_int_equal(n, 3);
	/* Numbers are never given twice. */
	commit_one(f->chat, ROOM_1, "again", 11001);
	ok(&err, pchat_chat_forget_room(f->chat, ROOM_1, &err));
	ok(&err, pchat_chat_forget_room(f->chat, ROOM_1, &err));
	ok(&err, pchat_chat_forget_room(f->chat, "33333333-3333-4333-8333-333333333333", &err));
	assert_last(f->chat, ROOM_2, 0, 9, "1:x 2:x 3:x ", false);
}

static int64_t
count_rows(struct pchat_chat *chat, const char *sql)
{
	PCHAT_AUTO(stmt) stmt = NULL;
	struct pchat_err err = { 0 };
	bool row = false;

	ok(&err, chat->driver->prepare(chat->conn.db, sql, &stmt, &err));
	ok(&err, chat->driver->step(stmt, &row, &err));
	return pchat_col_int(stmt, 0);
}

static const char rest_of_rooms[] =
	"INSERT INTO invitation VALUES ('" AMY "', 1, '" ROOM_1 "', 1), ('" AMY "', 2, '" ROOM_2
	"', 1), ('" BOB "', 1, '" ROOM_2 "', 1);"
	"INSERT INTO publication VALUES (1, '" AMY "', 'roomSetting', 1, 1, 1, -1, 0, 1, '" ROOM_1
	"', '<p/>'), (2, '" BOB "', 'roomSetting', 1, 1, 1, -1, 0, 1, '" ROOM_2 "', '<p/>');"
	"INSERT INTO preference VALUES ('" BOB "', 'a', 1, '', 1);"
	"INSERT INTO file_token VALUES ('t1', '" AMY "', '" ROOM_1 "', 1, 'a', 1, 1, 1, 0),"
	" ('t2', '" AMY "', '" ROOM_1 "', 1, 'a', 1, 1, 1, 1);";

static void
test_catch_up(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_store *store = NULL;
	struct pchat_plan plan = { 0 };
	uint64_t reached = 9, n = 9;

	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &store, &err));
	create_all(store, "category name=C\nroom name=One;category=C;guid=" ROOM_1
	                  "\nroom name=Two;category=C;guid=" ROOM_2 "\nuser uri=" BOB);
	fill(f->chat, ROOM_1, 3);
	fill(f->chat, ROOM_2, 2);
	ok(&err, f->chat->driver->exec(f->chat->conn.db, rest_of_rooms, &err));
	ok(&err, pchat_chat_reached(f->chat, &reached, &err));
	assert_int_equal(reached, 0);
	ok(&err, pchat_chat_catch_up(store, f->chat, &err));
	ok(&err, pchat_chat_reached(f->chat, &reached, &err));
	assert_int_equal(reached, 2);
	assert_last(f->chat, ROOM_1, 0, 9, "1:x 2:x 3:x ", false);

	plan_delete(&plan, store, "room One");
	plan_delete(&plan, store, "user " BOB);
	ok(&err, run_plan(store, &plan, NULL, &err));
	pchat_plan_release(&plan);
	/* Decided, and not carried out until somebody opens the store for writing. */
	assert_last(f->chat, ROOM_1, 0, 9, "1:x 2:x 3:x ", false);
	for (unsigned times = 0; times < 2; times++) {
		ok(&err, pchat_chat_catch_up(store, f->chat, &err));
		assert_last(f->chat, ROOM_1, 0, 9, "", false);
		assert_last(f->chat, ROOM_2, 0, 9, "1:x 2:x ", false);
		ok(&err, pchat_chat_count(f->chat, NULL, &n, &err));
		assert_int_equal(n, 2);
	}
	assert_int_equal(count_rows(f->chat, "SELECT COUNT(*) FROM invitation"), 1);
	/* What somebody follows is his to forget, be the room there or not. */
	assert_int_equal(count_rows(f->chat, "SELECT COUNT(*) FROM publication"), 1);
	assert_int_equal(count_rows(f->chat, "SELECT COUNT(*) FROM preference"), 0);
	/* What compliance has not taken yet stays. */
	assert_int_equal(count_rows(f->chat, "SELECT COUNT(*) FROM file_token"), 1);
	ok(&err, pchat_chat_reached(f->chat, &reached, &err));
	assert_int_equal(reached, 3);

	/* Never backwards; and a chat.db from the future is none of this store's. */
	ok(&err, pchat_chat_set_reached(f->chat, 1, &err));
	ok(&err, pchat_chat_reached(f->chat, &reached, &err));
	assert_int_equal(reached, 3);
	ok(&err, pchat_chat_set_reached(f->chat, 99, &err));
	failed(&err, PCHAT_CORRUPT, "ahead of policy.db", "store restore",
	       pchat_chat_catch_up(store, f->chat, &err));
	pchat_store_close(store);
}

static enum pchat_code
stop(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)m;
	++*(unsigned *)ctx;
	return pchat_fail(err, PCHAT_LIMIT, "enough");
}

static void
test_callback_stops(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	unsigned n = 0;

	fill(f->chat, ROOM_1, 5);
	failed(&err, PCHAT_LIMIT, "enough", NULL,
	       pchat_chat_last(f->chat, ROOM_1, 0, 5, stop, &n, NULL, &err));
	assert_int_equal(n, 1);
	commit_one(f->chat, ROOM_1, "on", 6);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_numbers),         test(test_last),           test(test_everything_kept),
		test(test_not_kept),        test(test_rollback),       test(test_reopen),
		test(test_two_writers),     test(test_refused),        test(test_numbers_used_up),
		test(test_time_never_back), test(test_kill),           test(test_forget_room),
		test(test_catch_up),        test(test_callback_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
