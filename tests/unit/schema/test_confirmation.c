/* Changes that wait: confirmed, taken back among later ones, stuck; and many who try at once. */
#include "tests/unit/schema/contoso.h"

#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "schema/confirmation.h"
#include "schema/history.h"
#include "schema/past.h"

#define SETTLERS 8
#define MINUTE   60
#define LATER    (pchat_now() + INT64_C(3600) * PCHAT_SECOND)

/* Store @plan so that it waits for @seconds; 0: it does not. Returns its revision. */
static uint64_t
put(struct fixture *f, struct pchat_plan *plan, uint64_t seconds)
{
	const struct pchat_origin origin = { .actor = "root", .source = "command" };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	struct pchat_err err = { 0 };
	uint64_t revision = 0;

	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_apply(&txn, plan, &origin, &err));
	if (seconds)
		ok(&err, pchat_txn_confirm_within(&txn, seconds, &err));
	ok(&err, pchat_txn_commit(&txn, &revision, &err));
	pchat_plan_release(plan);
	return revision;
}

static uint64_t
update(struct fixture *f, const char *object, const char *fields, uint64_t seconds)
{
	struct pchat_plan plan = { 0 };

	plan_update(&plan, f->store, object, fields);
	return put(f, &plan, seconds);
}

static uint64_t
settle(struct fixture *f, int64_t now, enum pchat_confirm_state state)
{
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, pchat_store_settle(f->place.store, now, 0, &c, &err));
	if (c.revision)
		assert_int_equal(c.state, state);
	return c.revision;
}

static void
assert_shows(struct fixture *f, const char *object, const char *text, bool there)
{
	char *json = show(f->store, object);

	assert_int_equal(json && strstr(json, text), there);
	free(json);
}

static uint64_t
latest(struct fixture *f)
{
	struct pchat_err err = { 0 };
	uint64_t revision = 0;

	ok(&err, pchat_store_revision(f->store, &revision, &err));
	return revision;
}

static void
test_not_before_its_time(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	struct pchat_err err = { 0 };
	uint64_t n = update(f, "room Rates desk", "description=On trial", MINUTE);

	ok(&err, pchat_store_waiting(f->store, &c, &err));
	assert_int_equal(c.revision, n);
	assert_int_equal(c.within, MINUTE);
	assert_int_equal(settle(f, c.deadline - 1, 0), 0);
	assert_shows(f, "room Rates desk", "On trial", true);
	assert_int_equal(settle(f, c.deadline, PCHAT_CONFIRM_TAKEN_BACK), n);
	assert_shows(f, "room Rates desk", "On trial", false);
	assert_int_equal(settle(f, c.deadline, 0), 0);
	assert_int_equal(latest(f), n + 1);
}

/* Who did it, how, and why stands in the journal. */
static void
test_its_revision(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(revision) r = { 0 };
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	struct pchat_err err = { 0 };
	char comment[80];
	uint64_t n = update(f, "room Rates desk", "description=On trial", MINUTE);

	settle(f, LATER, PCHAT_CONFIRM_TAKEN_BACK);
	ok(&err, pchat_store_revision_get(f->store, n + 1, &r, &err));
	snprintf(comment, sizeof(comment), "revision %llu was not confirmed within 1m",
	         (unsigned long long)n);
	assert_string_equal(r.actor, "root");
	assert_string_equal(r.source, "daemon");
	assert_string_equal(r.comment, comment);
	ok(&err, pchat_store_confirmation(f->store, n, &c, &err));
	assert_int_equal(c.undone, n + 1);
}

static void
test_confirmed(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	struct pchat_err err = { 0 };
	uint64_t n = update(f, "room Rates desk", "description=On trial", MINUTE), confirmed = 0;

	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_confirm(&txn, "amy", &confirmed, &err));
	ok(&err, pchat_txn_commit(&txn, NULL, &err));
	assert_int_equal(confirmed, n);
	assert_int_equal(settle(f, LATER, 0), 0);
	assert_shows(f, "room Rates desk", "On trial", true);
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	failed(&err, PCHAT_NOT_FOUND, "no change waits", "confirmed by amy",
	       pchat_txn_confirm(&txn, "amy", &confirmed, &err));
}

/* At the very moment it can be taken back it can be confirmed no more. */
static void
test_confirmed_too_late(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	struct pchat_err err = { 0 };
	uint64_t n = update(f, "room Rates desk", "description=On trial", MINUTE), confirmed = 0;

	ok(&err, pchat_store_waiting(f->store, &c, &err));
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	f->store->write.time = c.deadline;
	failed(&err, PCHAT_NOT_FOUND, "no change waits", "was up at",
	       pchat_txn_confirm(&txn, "amy", &confirmed, &err));
	f->store->write.time = c.deadline - 1;
	ok(&err, pchat_txn_confirm(&txn, "amy", &confirmed, &err));
	assert_int_equal(confirmed, n);
	pchat_txn_rollback(&txn);
	assert_int_equal(settle(f, c.deadline, PCHAT_CONFIRM_TAKEN_BACK), n);
}

static void
test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	const struct pchat_origin origin = { .actor = "root", .source = "command" };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	update(f, "room Rates desk", "description=On trial", MINUTE);
	plan_update(&plan, f->store, "room Rates desk", "description=Another");
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_apply(&txn, &plan, &origin, &err));
	failed(&err, PCHAT_CONFLICT, "waits for its confirmation already", "pchatctl confirm",
	       pchat_txn_confirm_within(&txn, MINUTE, &err));
	failed(&err, PCHAT_LIMIT, NULL, NULL,
	       pchat_txn_confirm_within(&txn, PCHAT_CONFIRM_MAX + 1, &err));
	failed(&err, PCHAT_LIMIT, NULL, NULL, pchat_txn_confirm_within(&txn, 0, &err));
}

/* What others did in between stays: other objects, other fields, other entries, new names. */
static void
test_among_later_changes(void **state)
{
	struct fixture *f = *state;
	uint64_t n;

	create_all(f->store, "room name=Mine;category=Finance;privacy=closed;"
	                     "description=Old;members=" AMY);
	n = update(f, "room Mine", "description=On trial;members=" AMY "," BOB, MINUTE);
	update(f, "room Mine", "name=Ours;members=" BOB, 0);
	create_all(f->store, "site name=oslo");
	assert_int_equal(settle(f, LATER, PCHAT_CONFIRM_TAKEN_BACK), n);
	assert_shows(f, "room Ours", "\"Old\"", true);
	assert_shows(f, "room Ours", BOB, false); /* the change added him */
	assert_shows(f, "room Ours", AMY, false); /* somebody else removed her since */
	assert_shows(f, "site oslo", "oslo", true);
}

/* A field that was decided anew is left alone; nothing of the change is left then. */
static void
test_overtaken(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	struct pchat_err err = { 0 };
	uint64_t n = update(f, "room Rates desk", "description=On trial", MINUTE);

	update(f, "room Rates desk", "description=Decided", 0);
	assert_int_equal(settle(f, LATER, PCHAT_CONFIRM_TAKEN_BACK), n);
	assert_shows(f, "room Rates desk", "Decided", true);
	assert_int_equal(latest(f), n + 1);
	ok(&err, pchat_store_confirmation(f->store, n, &c, &err));
	assert_int_equal(c.undone, 0);
}

/* Somebody built on it: it stays, and says why. */
static void
test_stuck(void **state)
{
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	struct pchat_err err = { 0 };
	uint64_t n;

	plan_create(&plan, "category name=Trial");
	n = put(f, &plan, MINUTE);
	create_all(f->store, "room name=Built on it;category=Trial");
	assert_int_equal(settle(f, LATER, PCHAT_CONFIRM_STUCK), n);
	ok(&err, pchat_store_confirmation(f->store, n, &c, &err));
	assert_int_equal(c.state, PCHAT_CONFIRM_STUCK);
	assert_non_null(c.reason);
	assert_shows(f, "category Trial", "Trial", true);
	assert_int_equal(latest(f), n + 1);
	/* It waits no longer: others may. */
	update(f, "room Rates desk", "description=On trial", MINUTE);
}

/* Whoever opens the store when the time is up finds it taken back. */
static void
test_opening(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO(store) as_is = NULL;
	PCHAT_AUTO(store) other = NULL;
	struct pchat_err err = { 0 };
	uint64_t n = update(f, "room Rates desk", "description=On trial", 1);

	while (latest(f) == n) {
		pchat_store_close(other);
		other = NULL;
		ok(&err, pchat_store_open_as_is(f->place.store, PCHAT_STORE_READ, &as_is, &err));
		pchat_store_close(as_is);
		as_is = NULL;
		ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_READ, &other, &err));
	}
	assert_shows(f, "room Rates desk", "On trial", false);
}

struct settler {
	pthread_t thread;
	const char *path;
	int64_t now;
	uint64_t settled;
	enum pchat_code code;
};

static void *
try_to_settle(void *ctx)
{
	struct settler *s = ctx;
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };

	s->code = pchat_store_settle(s->path, s->now, 20000, &c, NULL);
	s->settled = c.revision;
	return NULL;
}

static void
test_many_at_once(void **state)
{
	struct fixture *f = *state;
	struct settler all[SETTLERS] = { 0 };
	uint64_t n = update(f, "room Rates desk", "description=On trial", MINUTE);
	unsigned did = 0;

	for (size_t i = 0; i < SETTLERS; i++) {
		all[i].path = f->place.store;
		all[i].now = LATER;
		assert_int_equal(pthread_create(&all[i].thread, NULL, try_to_settle, &all[i]), 0);
	}
	for (size_t i = 0; i < SETTLERS; i++) {
		pthread_join(all[i].thread, NULL);
		assert_int_equal(all[i].code, PCHAT_OK);
		did += all[i].settled == n;
	}
	assert_int_equal(did, 1);
	assert_int_equal(latest(f), n + 1);
}

/* Somebody writes: the settler goes, and the next one does it. */
static void
test_locked(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	struct pchat_err err = { 0 };
	uint64_t n = update(f, "room Rates desk", "description=On trial", MINUTE);

	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	failed(&err, PCHAT_BUSY, NULL, NULL,
	       pchat_store_settle(f->place.store, LATER, 0, NULL, &err));
	pchat_txn_rollback(&txn);
	assert_int_equal(settle(f, LATER, PCHAT_CONFIRM_TAKEN_BACK), n);
}

/* What waits is not destroyed elsewhere: the messages of a room that may come back. */
static void
test_messages_wait(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO(object) room = get(f->store, "room Rates desk");
	struct pchat_chat *chat = NULL;
	struct pchat_plan plan = { 0 };
	struct pchat_err err = { 0 };
	uint64_t n, count = 0;

	ok(&err, pchat_chat_open(f->place.store, true, &chat, &err));
	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, say(chat, room->guid, "still here", NULL, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	plan_delete(&plan, f->store, "room Rates desk");
	n = put(f, &plan, MINUTE);
	ok(&err, pchat_chat_catch_up(f->store, chat, &err));
	ok(&err, pchat_chat_count(chat, room->guid, &count, &err));
	assert_int_equal(count, 1);
	assert_int_equal(settle(f, LATER, PCHAT_CONFIRM_TAKEN_BACK), n);
	ok(&err, pchat_chat_catch_up(f->store, chat, &err));
	ok(&err, pchat_chat_count(chat, room->guid, &count, &err));
	assert_int_equal(count, 1);
	plan_delete(&plan, f->store, "room Rates desk");
	put(f, &plan, 0);
	ok(&err, pchat_chat_catch_up(f->store, chat, &err));
	ok(&err, pchat_chat_count(chat, room->guid, &count, &err));
	assert_int_equal(count, 0);
	pchat_chat_close(chat);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_not_before_its_time), T(test_its_revision),  T(test_confirmed),
		T(test_confirmed_too_late),  T(test_one_at_a_time), T(test_among_later_changes),
		T(test_overtaken),           T(test_stuck),         T(test_opening),
		T(test_many_at_once),        T(test_locked),        T(test_messages_wait),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
