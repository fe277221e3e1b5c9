/*
 * Memory that runs out, disks that fill up or fail, at every single place: no crash, a
 * proper code, the store unchanged.
 */
#include "tests/unit/schema/fault.h"
#include "tests/unit/schema/support.h"

#include <stdio.h>

#include "schema/message.h"
#include "tests/unit/base/oom.h"

/* Places tried one by one; the rest is sampled. */
#define FEW 60

struct fixture {
	struct place place;
	unsigned rounds; /* names of places made */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_store *store = NULL;
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };

	assert_non_null(f);
	place_with_store(&f->place);
	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &store, &err));
	create_contoso(store);
	pchat_store_close(store);
	ok(&err, pchat_chat_open(f->place.store, true, &chat, &err));
	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, say(chat, ROOM_1, "before", NULL, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	pchat_chat_close(chat);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	place_free(&f->place);
	free(f);
	return 0;
}

/* Everything the store holds, read with nothing failing, and found whole. */
static char *
content(const char *path)
{
	struct pchat_store *store = NULL;
	struct pchat_chat *chat = NULL;
	struct pchat_store_problem *problems = NULL;
	struct pchat_err err = { 0 };
	char *objects, *messages, *all;
	size_t n = 1;

	ok(&err, pchat_store_open(path, PCHAT_STORE_READ, &store, &err));
	ok(&err, pchat_store_verify(store, &problems, &n, &err));
	assert_int_equal(n, 0);
	free(problems);
	objects = dump(store);
	pchat_store_close(store);
	ok(&err, pchat_chat_open(path, false, &chat, &err));
	messages = read_last(chat, ROOM_1, 0, 1000, NULL);
	pchat_chat_close(chat);
	all = pchat_text("%s%s", objects, messages);
	free(objects);
	free(messages);
	return all;
}

/* ---- what is done while things fail ---- */

typedef enum pchat_code (*scenario)(struct fixture *f, struct pchat_err *err);

static enum pchat_code
count(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	(void)o;
	(void)err;
	++*(unsigned *)ctx;
	return PCHAT_OK;
}

static enum pchat_code
count_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)ctx;
	return PCHAT_OK;
}

static enum pchat_code
count_message(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)m;
	(void)err;
	++*(unsigned *)ctx;
	return PCHAT_OK;
}

static enum pchat_code
do_read(struct fixture *f, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	PCHAT_AUTO(object) o = NULL;
	struct pchat_list names = { 0 };
	unsigned n = 0;
	enum pchat_code code = pchat_store_open(f->place.store, PCHAT_STORE_READ, &store, err);

	if (code == PCHAT_OK)
		code = pchat_store_get(store, PCHAT_KIND_ROOM, "Town hall", &o, err);
	if (code == PCHAT_OK)
		code = pchat_store_each(store, PCHAT_KIND_ROOM, count, &n, err);
	if (code == PCHAT_OK)
		code = pchat_store_names(store, PCHAT_KIND_USER, PCHAT_STR(""), 9, &names, err);
	pchat_list_release(&names);
	if (code == PCHAT_OK)
		code = pchat_store_journal(store, 1, 0, count_row, &n, err);
	return code;
}

static enum pchat_code
do_load(struct fixture *f, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	PCHAT_AUTO(org) org = NULL;
	struct pchat_org_loader loader;
	struct pchat_principal_facts facts = { 0 };
	bool found = false;
	unsigned n = 0;
	enum pchat_code code = pchat_store_open(f->place.store, PCHAT_STORE_READ, &store, err);

	if (code != PCHAT_OK)
		return code;
	org = pchat_org_new(NULL);
	if (!org)
		return pchat_no_memory(err);
	code = pchat_store_load(store, org, NULL, err);
	loader = pchat_store_loader(store);
	if (code == PCHAT_OK)
		code = loader.referrers(loader.ctx, PCHAT_KIND_USER, AMY, count, &n, err);
	if (code == PCHAT_OK)
		code = loader.principal(loader.ctx, "group:Sales", &found, &facts, err);
	pchat_principal_facts_release(&facts);
	return code;
}

static enum pchat_code
change(struct pchat_plan *plan, struct pchat_store *store, struct pchat_err *err)
{
	struct pchat_object *before = NULL, *after, *new;
	enum pchat_code code = pchat_store_get(store, PCHAT_KIND_ROOM, "Rates desk", &before, err);

	if (code != PCHAT_OK)
		return code;
	after = pchat_object_copy(before);
	new = pchat_object_new(PCHAT_KIND_ROOM);
	if (!after || !new) {
		pchat_object_free(before);
		pchat_object_free(after);
		pchat_object_free(new);
		return pchat_no_memory(err);
	}
	code = pchat_object_set(after, PCHAT_ROOM_NAME, PCHAT_STR("Rates"), err);
	if (code == PCHAT_OK)
		code = pchat_object_set(after, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:All"), err);
	if (code == PCHAT_OK)
		code = pchat_object_set(new, PCHAT_ROOM_NAME, PCHAT_STR("New"), err);
	if (code == PCHAT_OK)
		code = pchat_object_set(new, PCHAT_ROOM_CATEGORY, PCHAT_STR("Other"), err);
	if (code == PCHAT_OK) {
		code = pchat_plan_add_take(plan, PCHAT_OP_UPDATE, before, after, err);
		before = after = NULL;
	}
	if (code == PCHAT_OK) {
		code = pchat_plan_add_take(plan, PCHAT_OP_CREATE, NULL, new, err);
		new = NULL;
	}
	pchat_object_free(before);
	pchat_object_free(after);
	pchat_object_free(new);
	return code;
}

static enum pchat_code
do_write(struct fixture *f, struct pchat_err *err)
{
	static const struct pchat_credential credential = {
		.realm = "r",
		.ha1_md5 = "0123456789abcdef0123456789abcdef",
	};
	const struct pchat_origin origin = { .actor = "root", .source = "command" };
	PCHAT_AUTO(store) store = NULL;
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	enum pchat_code code = pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &store, err);

	if (code == PCHAT_OK)
		code = pchat_txn_begin(&txn, store, err);
	if (code == PCHAT_OK)
		code = change(&plan, store, err);
	if (code == PCHAT_OK)
		code = pchat_txn_apply(&txn, &plan, &origin, err);
	if (code == PCHAT_OK)
		code = pchat_txn_set_credential(&txn, AMY, &credential, &origin, err);
	if (code == PCHAT_OK)
		code = pchat_txn_commit(&txn, NULL, err);
	return code;
}

static enum pchat_code
do_post(struct fixture *f, struct pchat_err *err)
{
	PCHAT_AUTO(chat) chat = NULL;
	unsigned n = 0;
	enum pchat_code code = pchat_chat_open(f->place.store, true, &chat, err);

	if (code == PCHAT_OK)
		code = pchat_chat_begin(chat, err);
	for (unsigned i = 0; code == PCHAT_OK && i < 20; i++)
		code = say(chat, i % 2 ? ROOM_1 : ROOM_2, "during", NULL, err);
	if (code == PCHAT_OK)
		code = pchat_chat_commit(chat, err);
	/* What is committed stays, whatever fails from here on. */
	if (code == PCHAT_OK)
		(void)pchat_chat_last(chat, ROOM_1, 0, 5, count_message, &n, NULL, NULL);
	else if (chat)
		pchat_chat_rollback(chat);
	return code;
}

static enum pchat_code
count_activity(void *ctx, const struct pchat_activity *a, struct pchat_err *err)
{
	(void)a;
	(void)err;
	++*(unsigned *)ctx;
	return PCHAT_OK;
}

static enum pchat_code
do_search(struct fixture *f, struct pchat_err *err)
{
	const struct pchat_str amy = PCHAT_STR(AMY);
	const struct pchat_message_search search = { .filter = { .room = ROOM_1,
		                                                 .text = PCHAT_STR("Before"),
		                                                 .match_case = true,
		                                                 .authors = &amy,
		                                                 .n_authors = 1,
		                                                 .from = 1 },
		                                     .limit = 5 };
	PCHAT_AUTO(chat) chat = NULL;
	unsigned n = 0;
	enum pchat_code code = pchat_chat_open(f->place.store, false, &chat, err);

	if (code == PCHAT_OK)
		code = pchat_chat_search(chat, &search, count_message, &n, NULL, err);
	if (code == PCHAT_OK)
		code = pchat_chat_activity(chat, NULL, 1, 0, count_activity, &n, err);
	return code;
}

/* Makes a store, copies it, checks the copy: three that have to leave nothing behind. */
static enum pchat_code
do_copies(struct fixture *f, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	char made[400], copy[400];
	enum pchat_code code;

	path_of(made, "%s/made-%u", f->place.dir, ++f->rounds);
	path_of(copy, "%s/copy-%u", f->place.dir, f->rounds);
	code = pchat_store_init(made, "contoso.example", "root", err);
	if (code == PCHAT_OK)
		code = pchat_store_open(f->place.store, PCHAT_STORE_READ, &store, err);
	if (code == PCHAT_OK)
		code = pchat_store_backup(store, copy, err);
	return code;
}

static enum pchat_code
do_verify(struct fixture *f, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	struct pchat_store_problem *problems = NULL;
	size_t n = 0;
	enum pchat_code code = pchat_store_open(f->place.store, PCHAT_STORE_READ, &store, err);

	if (code == PCHAT_OK)
		code = pchat_store_verify(store, &problems, &n, err);
	for (size_t i = 0; i < n; i++) {
		free(problems[i].what);
		free(problems[i].remedy);
	}
	free(problems);
	return code;
}

static const struct {
	const char *name;
	scenario run;
	unsigned sample;      /* after the first places every so many */
	const char *marks[2]; /* what the store holds after a success and not before, all of it */
} scenarios[] = {
	{ "read", do_read, 7, { NULL } },
	{ "load", do_load, 7, { NULL } },
	{ "write", do_write, 13, { "\"name\":\"Rates\"", "\"name\":\"New\"" } },
	{ "post", do_post, 13, { "2:during", "11:during" } },
	{ "search", do_search, 7, { NULL } },
	{ "copies", do_copies, 397, { NULL } },
	{ "verify", do_verify, 7, { NULL } },
};

/* The store is what it was; or, if the disk would not confirm, wholly what it was to become. */
static void
assert_whole(struct fixture *f, size_t s, const char *before, bool unconfirmed)
{
	char *after = content(f->place.store);

	if (unconfirmed && strcmp(before, after) != 0) {
		for (size_t i = 0; i < PCHAT_N(scenarios[s].marks); i++)
			assert_non_null(strstr(after, scenarios[s].marks[i]));
	} else if (strcmp(before, after) != 0) {
		fail_msg("%s failed and changed the store", scenarios[s].name);
	}
	free(after);
}

struct trouble {
	const char *name;
	void (*begin)(size_t n);
	bool (*end)(void);
	enum pchat_code codes[2];
	bool unconfirmed;
};

static void
check_code(const struct trouble *t, size_t s, size_t n, enum pchat_code code, struct pchat_err *err)
{
	if (code != PCHAT_OK && code != t->codes[0] && code != t->codes[1])
		fail_msg("%s, %s, operation %zu: %s: %s", scenarios[s].name, t->name, n,
		         pchat_code_word(code), pchat_err_text(err));
	pchat_err_release(err);
}

/* Run @s with the @n-th operation failing until it comes through; see that nothing changes
 * before it does. */
static void
until_it_works(struct fixture *f, size_t s, const struct trouble *t)
{
	char *before = content(f->place.store);
	bool done = false;

	for (size_t n = 0; !done; n += n < FEW ? 1 : scenarios[s].sample) {
		struct pchat_err err = { 0 };
		enum pchat_code code;

		t->begin(n);
		code = scenarios[s].run(f, &err);
		if (!t->end())
			assert_int_equal(code, PCHAT_OK);
		check_code(t, s, n, code, &err);
		done = code == PCHAT_OK;
		/* What is not written out at once may fail unnoticed: memory for caches, a
		 * checkpoint. So a success ends it, and what it changed is no fault. */
		if (scenarios[s].marks[0] ? !done : n % 16 == 0)
			assert_whole(f, s, before, t->unconfirmed);
	}
	free(before);
}

static void
disk_full(size_t n)
{
	fault_after(FAULT_FULL, n);
}

static void
disk_writes(size_t n)
{
	fault_after(FAULT_WRITE, n);
}

static void
disk_syncs(size_t n)
{
	fault_after(FAULT_SYNC, n);
}

static void
disk_reads(size_t n)
{
	fault_after(FAULT_READ, n);
}

static const struct trouble troubles[] = {
	{ "no memory", oom_after, oom_end, { PCHAT_NO_MEMORY, PCHAT_NO_MEMORY }, false },
	{ "full", disk_full, fault_end, { PCHAT_UNAVAILABLE, PCHAT_UNAVAILABLE }, false },
	{ "writes", disk_writes, fault_end, { PCHAT_UNAVAILABLE, PCHAT_UNAVAILABLE }, false },
	{ "syncs", disk_syncs, fault_end, { PCHAT_UNAVAILABLE, PCHAT_UNAVAILABLE }, true },
	{ "reads", disk_reads, fault_end, { PCHAT_UNAVAILABLE, PCHAT_CORRUPT }, false },
};

static void
test_everywhere(void **state)
{
	(void)state;
	for (size_t t = 0; t < PCHAT_N(troubles); t++) {
		for (size_t s = 0; s < PCHAT_N(scenarios); s++) {
			void *own;

			setup(&own);
			until_it_works(own, s, &troubles[t]);
			teardown(&own);
		}
	}
}

/* The message for a full disk, and that the handle goes on afterwards. */
static void
test_full_goes_on(void **state)
{
	struct fixture *f = *state;
	struct pchat_store *store = NULL;
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	struct pchat_object *o;
	char *text;

	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &store, &err));
	plan_create(&plan, "site name=Hull");
	disk_full(0);
	failed(&err, PCHAT_UNAVAILABLE, "no space left to write", "free some space",
	       run_plan(store, &plan, NULL, &err));
	assert_true(fault_end());
	o = plan.v[0].after;
	*o->guid = '\0';
	ok(&err, run_plan(store, &plan, NULL, &err));
	pchat_plan_release(&plan);
	pchat_store_close(store);

	ok(&err, pchat_chat_open(f->place.store, true, &chat, &err));
	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, say(chat, ROOM_1, "lost", NULL, &err));
	disk_full(0);
	failed(&err, PCHAT_UNAVAILABLE, "no space left", "free some space",
	       pchat_chat_commit(chat, &err));
	assert_true(fault_end());
	pchat_chat_rollback(chat);
	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, say(chat, ROOM_1, "kept", NULL, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	text = read_last(chat, ROOM_1, 0, 9, NULL);
	assert_string_equal(text, "1:before 2:kept ");
	free(text);
	pchat_chat_close(chat);
}

/* A store that may not grow: found while the plan is carried out, not at its end. */
static void
test_no_room_to_grow(void **state)
{
	struct fixture *f = *state;
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	char *before, *after;

	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &store, &err));
	before = dump(store);
	for (unsigned i = 0; i < 400; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "site name=Site %u", i);
		plan_create(&plan, text);
	}
	ok(&err, store->driver->exec(store->conn.db, "PRAGMA max_page_count = 1", &err));
	failed(&err, PCHAT_UNAVAILABLE, "no space left", "free some space",
	       run_plan(store, &plan, NULL, &err));
	after = dump(store);
	assert_string_equal(before, after);
	ok(&err, store->driver->exec(store->conn.db, "PRAGMA max_page_count = 1000000", &err));
	ok(&err, run_plan(store, &plan, NULL, &err));
	free(before);
	free(after);
	pchat_plan_release(&plan);
	pchat_store_close(store);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_full_goes_on),
		test(test_no_room_to_grow),
		cmocka_unit_test(test_everywhere),
	};

	fault_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
