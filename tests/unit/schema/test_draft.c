/* Drafts: begun, opened, compared, dropped; limits; leftovers. */
#include "tests/unit/schema/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/draft.h"

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	place_with_store(p);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	place_free(*state);
	free(*state);
	return 0;
}

static struct pchat_store *
open_store(const struct place *p)
{
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };

	ok(&err, pchat_store_open(p->store, PCHAT_STORE_WRITE, &store, &err));
	return store;
}

static struct pchat_store *
open_draft(const struct place *p, const char *name)
{
	struct pchat_store *draft = NULL;
	struct pchat_err err = { 0 };

	ok(&err, pchat_draft_open(p->store, name, PCHAT_STORE_WRITE, &draft, &err));
	return draft;
}

static void
begin(const struct place *p, const char *name)
{
	PCHAT_AUTO(store) store = open_store(p);
	struct pchat_err err = { 0 };

	ok(&err, pchat_draft_begin(store, name, "root", "why", &err));
}

static void
test_names(void **state)
{
	static const char *const good[] = { "a", "A.b-c_9", "0", "t1" };
	static const char *const bad[] = { "",    ".",   "..",       ".a", "-a",
		                           "a/b", "a b", "\xc3\xbc", "a\n" };
	char longest[PCHAT_DRAFT_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < PCHAT_N(good); i++)
		assert_true(pchat_draft_name_valid(pchat_str(good[i])));
	for (size_t i = 0; i < PCHAT_N(bad); i++)
		assert_false(pchat_draft_name_valid(pchat_str(bad[i])));
	memset(longest, 'x', sizeof(longest));
	assert_true(pchat_draft_name_valid((struct pchat_str){ longest, PCHAT_DRAFT_NAME_MAX }));
	assert_false(
		pchat_draft_name_valid((struct pchat_str){ longest, PCHAT_DRAFT_NAME_MAX + 1 }));
}

static void
test_info(void **state)
{
	struct place *p = *state;
	PCHAT_AUTO(store) draft = NULL;
	PCHAT_AUTO(store) store = open_store(p);
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	struct pchat_err err = { 0 };
	uint64_t revision = 0;

	begin(p, "friday");
	draft = open_draft(p, "friday");
	create_all(draft, "site name=oslo\nsite name=rome");
	ok(&err, pchat_draft_info(draft, &info, &err));
	ok(&err, pchat_store_revision(store, &revision, &err));
	assert_string_equal(info.name, "friday");
	assert_string_equal(info.actor, "root");
	assert_string_equal(info.comment, "why");
	assert_int_equal(info.base, revision);
	assert_int_equal(info.changes, 2);
	assert_true(info.begun > 0);
	assert_string_equal(pchat_store_path(draft), p->store);
}

/* The draft holds no lock of the store, whatever is done in it. */
static void
test_no_lock(void **state)
{
	struct place *p = *state;
	PCHAT_AUTO(store) draft = NULL;
	PCHAT_AUTO(store) store = open_store(p);
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	struct pchat_err err = { 0 };

	begin(p, "friday");
	draft = open_draft(p, "friday");
	ok(&err, pchat_txn_begin(&txn, draft, &err));
	pchat_store_set_timeout(store, 0);
	create_all(store, "site name=oslo");
}

static void
test_plan(void **state)
{
	struct place *p = *state;
	PCHAT_AUTO(store) draft = NULL;
	PCHAT_AUTO(store) store = open_store(p);
	PCHAT_AUTO_VALUE(plan) step = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	create_all(store, "site name=leeds\nsite name=york\nsite name=bath");
	begin(p, "friday");
	draft = open_draft(p, "friday");
	plan_create(&step, "site name=oslo");
	plan_update(&step, draft, "site leeds", "description=one");
	plan_delete(&step, draft, "site york");
	ok(&err, run_plan(draft, &step, NULL, &err));
	pchat_plan_release(&step);
	plan_update(&step, draft, "site leeds", "description=two");
	plan_delete(&step, draft, "site oslo");
	plan_create(&step, "site name=rome");
	ok(&err, run_plan(draft, &step, NULL, &err));

	ok(&err, pchat_draft_plan(draft, store, &plan, &err));
	assert_int_equal(plan.n, 3);
	assert_int_equal(plan.v[0].op, PCHAT_OP_UPDATE);
	assert_string_equal(plan.v[0].before->v[PCHAT_SITE_DESCRIPTION].text, "");
	assert_string_equal(plan.v[0].after->v[PCHAT_SITE_DESCRIPTION].text, "two");
	assert_int_equal(plan.v[1].op, PCHAT_OP_DELETE);
	assert_string_equal(pchat_object_key(plan.v[1].before), "york");
	assert_int_equal(plan.v[2].op, PCHAT_OP_CREATE);
	assert_string_equal(pchat_object_key(plan.v[2].after), "rome");
	ok(&err, run_plan(store, &plan, NULL, &err));

	/* Carried out, it has nothing more to say. */
	pchat_plan_release(&plan);
	ok(&err, pchat_draft_plan(draft, store, &plan, &err));
	assert_int_equal(plan.n, 0);
}

static void
test_conflicts(void **state)
{
	struct place *p = *state;
	PCHAT_AUTO(store) draft = NULL;
	PCHAT_AUTO(store) store = open_store(p);
	PCHAT_AUTO_VALUE(plan) step = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	for (int i = 0; i < 7; i++) {
		char line[40];

		snprintf(line, sizeof(line), "site name=s%d", i);
		create_all(store, line);
	}
	begin(p, "friday");
	draft = open_draft(p, "friday");
	for (int i = 0; i < 7; i++) {
		char key[40];

		snprintf(key, sizeof(key), "site s%d", i);
		plan_update(&step, draft, key, "description=mine");
	}
	ok(&err, run_plan(draft, &step, NULL, &err));
	pchat_plan_release(&step);
	plan_delete(&step, store, "site s0");
	for (int i = 1; i < 7; i++) {
		char key[40];

		snprintf(key, sizeof(key), "site s%d", i);
		plan_update(&step, store, key, "description=theirs");
	}
	ok(&err, run_plan(store, &step, NULL, &err));
	failed(&err, PCHAT_CONFLICT, "site 's0' (deleted), site 's1' (changed in revision 9), ",
	       "abort", pchat_draft_plan(draft, store, &plan, &err));
	failed(&err, PCHAT_CONFLICT, " and 2 more", NULL,
	       pchat_draft_plan(draft, store, &plan, &err));
}

static void
test_limit(void **state)
{
	struct place *p = *state;
	PCHAT_AUTO(store) store = open_store(p);
	struct pchat_err err = { 0 };
	char name[16];

	for (int i = 0; i < PCHAT_DRAFTS_MAX; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		ok(&err, pchat_draft_begin(store, name, "root", NULL, &err));
	}
	failed(&err, PCHAT_LIMIT, "there are 64 open transactions", "commit or abort",
	       pchat_draft_begin(store, "more", "root", NULL, &err));
	failed(&err, PCHAT_EXISTS, "'d3' already", NULL,
	       pchat_draft_begin(store, "d3", "root", NULL, &err));
	ok(&err, pchat_draft_drop(p->store, "d3", &err));
	ok(&err, pchat_draft_begin(store, "more", "root", NULL, &err));
}

static bool
is_there(const struct place *p, const char *name)
{
	char path[400];

	path_of(path, "%s/transactions/%s", p->store, name);
	return access(path, F_OK) == 0;
}

static void
leave(const struct place *p, const char *name, time_t age)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - age },
		                     { .tv_sec = time(NULL) - age } };
	char path[400];

	path_of(path, "%s/transactions/%s", p->store, name);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* What was cut short is removed when it is old, and is no transaction before. */
static void
test_leftovers(void **state)
{
	struct place *p = *state;
	struct pchat_err err = { 0 };
	struct pchat_list names = { 0 };

	begin(p, "friday");
	leave(p, ".new-abcdef", 86500);
	leave(p, ".gone-abcdef", 86500);
	leave(p, ".new-ghijkl", 10);
	leave(p, "old", 86500);
	begin(p, "monday");
	assert_false(is_there(p, ".new-abcdef"));
	assert_false(is_there(p, ".gone-abcdef"));
	assert_true(is_there(p, ".new-ghijkl"));
	assert_true(is_there(p, "old"));
	ok(&err, pchat_draft_names(p->store, &names, &err));
	assert_int_equal(names.n, 3);
	pchat_list_release(&names);
}

/* Whoever waited for the lock of a draft that is gone by then is told so. */
static void
test_gone(void **state)
{
	struct place *p = *state;
	PCHAT_AUTO(store) draft = NULL;
	struct pchat_err err = { 0 };

	begin(p, "friday");
	draft = open_draft(p, "friday");
	ok(&err, pchat_draft_check_open(draft, "friday", &err));
	ok(&err, pchat_draft_drop(p->store, "friday", &err));
	failed(&err, PCHAT_NOT_FOUND, "no transaction named 'friday'", NULL,
	       pchat_draft_check_open(draft, "friday", &err));
	failed(&err, PCHAT_NOT_FOUND, "no transaction named 'friday'", NULL,
	       pchat_draft_drop(p->store, "friday", &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conflicts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leftovers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
