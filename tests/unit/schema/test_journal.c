/* The journal: every change, before and after, in order; and the feed made of it. */
#include "tests/unit/schema/support.h"

struct fixture {
	struct place place;
	struct pchat_store *store;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_err err = { 0 };

	assert_non_null(f);
	place_with_store(&f->place);
	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &f->store, &err));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pchat_store_close(f->store);
	place_free(&f->place);
	free(f);
	return 0;
}

/* "2.1 create room Rates;" */
static enum pchat_code
note(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	static const char *const ops[] = { "create", "update", "delete" };

	(void)err;
	pchat_buf_printf(ctx, "%llu.%u %s %s %s;", (unsigned long long)row->revision, row->seq,
	                 ops[row->op], pchat_kind_info(row->kind)->word, row->key);
	return PCHAT_OK;
}

static void
assert_journal(struct pchat_store *store, uint64_t after, uint64_t upto, const char *wanted)
{
	struct pchat_err err = { 0 };
	struct pchat_buf out = { 0 };

	ok(&err, pchat_store_journal(store, after, upto, note, &out, &err));
	assert_string_equal(pchat_buf_cstr(&out), wanted);
	pchat_buf_release(&out);
}

static void
test_order_and_ranges(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };

	create_all(f->store, "site name=York\nsite name=Hull");
	plan_update(&plan, f->store, "site York", "description=Minster");
	plan_delete(&plan, f->store, "site Hull");
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);

	assert_journal(f->store, 0, 0,
	               "1.1 create pool contoso.example;1.2 create domain contoso.example;"
	               "1.3 create policy global;1.4 create config global;"
	               "1.5 create compliance global;"
	               "2.1 create site York;2.2 create site Hull;"
	               "3.1 update site York;3.2 delete site Hull;");
	assert_journal(f->store, 1, 2, "2.1 create site York;2.2 create site Hull;");
	assert_journal(f->store, 2, 0, "3.1 update site York;3.2 delete site Hull;");
	assert_journal(f->store, 2, 2, "");
	assert_journal(f->store, 3, 0, "");
	assert_journal(f->store, UINT64_MAX, UINT64_MAX, "");
}

struct rows {
	unsigned n;
	struct pchat_object *created, *before, *after, *deleted;
	char *last;
};

static enum pchat_code
keep(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct rows *r = ctx;

	(void)err;
	switch (row->op) {
	case PCHAT_OP_CREATE:
		assert_null(row->before);
		r->created = pchat_object_copy(row->after);
		break;
	case PCHAT_OP_UPDATE:
		r->before = pchat_object_copy(row->before);
		r->after = pchat_object_copy(row->after);
		break;
	case PCHAT_OP_DELETE:
		assert_null(row->after);
		r->deleted = pchat_object_copy(row->before);
		break;
	}
	assert_string_equal(row->actor, "root");
	assert_string_equal(row->source, "command");
	assert_string_equal(row->command, "test");
	assert_string_equal(row->comment, "why not");
	assert_true(row->time > 0);
	assert_int_equal(strlen(row->guid), PCHAT_GUID_LEN);
	r->n++;
	return PCHAT_OK;
}

static void
assert_same(const struct pchat_object *a, const struct pchat_object *b)
{
	struct pchat_buf x = { 0 }, y = { 0 };

	assert_non_null(a);
	assert_non_null(b);
	pchat_object_to_json(a, true, &x);
	pchat_object_to_json(b, true, &y);
	assert_string_equal(pchat_buf_cstr(&x), pchat_buf_cstr(&y));
	pchat_buf_release(&x);
	pchat_buf_release(&y);
}

/* What the journal gives is what was stored, with identity, revision, times and actors: a daemon
 * that follows it and one that reads the store see the same. */
static void
test_objects_complete(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	struct pchat_object *first, *second;
	struct rows r = { 0 };
	uint64_t base = 0;

	create_contoso(f->store);
	ok(&err, pchat_store_revision(f->store, &base, &err));
	plan_create(&plan, "room name=Court;category=Finance;type=auditorium;privacy=secret;"
	                   "members=group:All," AMY ";managers=" BOB ";presenters=" AMY);
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);
	first = get(f->store, "room Court");
	plan_update(&plan, f->store, "room Court",
	            "type=normal;presenters=;disabled=true;description=\"quoted\" \xe2\x82\xac;"
	            "name=Court 2");
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);
	second = get(f->store, "room Court 2");
	plan_delete(&plan, f->store, "room Court 2");
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);

	ok(&err, pchat_store_journal(f->store, base, 0, keep, &r, &err));
	assert_int_equal(r.n, 3);
	assert_same(r.created, first);
	assert_same(r.before, first);
	assert_same(r.after, second);
	assert_same(r.deleted, second);
	pchat_object_free(r.created);
	pchat_object_free(r.before);
	pchat_object_free(r.after);
	pchat_object_free(r.deleted);
	pchat_object_free(first);
	pchat_object_free(second);
}

static void
test_defaults_that_are_not_empty(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	struct rows r = { 0 };

	/* false, although true is the default. */
	plan_create(&plan, "category name=Other;history=false");
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	ok(&err, pchat_store_journal(f->store, 1, 0, keep, &r, &err));
	assert_false(r.created->v[PCHAT_CATEGORY_HISTORY].flag);
	assert_same(r.created, plan.v[0].after);
	pchat_object_free(r.created);
	pchat_plan_release(&plan);
}

static void
test_history(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	struct pchat_buf out = { 0 };
	struct pchat_object *o;

	create_all(f->store, "site name=York");
	o = get(f->store, "site York");
	plan_update(&plan, f->store, "site York", "name=Jorvik");
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);
	plan_delete(&plan, f->store, "site Jorvik");
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);
	/* Gone, and its history still there. */
	ok(&err, pchat_store_history(f->store, o->guid, 0, note, &out, &err));
	assert_string_equal(pchat_buf_cstr(&out), "4.1 delete site Jorvik;3.1 update site Jorvik;"
	                                          "2.1 create site York;");
	pchat_buf_clear(&out);
	ok(&err, pchat_store_history(f->store, o->guid, 1, note, &out, &err));
	assert_string_equal(pchat_buf_cstr(&out), "4.1 delete site Jorvik;");
	pchat_buf_clear(&out);
	ok(&err, pchat_store_history(f->store, ROOM_1, 0, note, &out, &err));
	assert_string_equal(pchat_buf_cstr(&out), "");
	/* The same guid again, as a rollback of the deletion makes it: one history. */
	plan_create(&plan, "site name=York");
	memcpy(plan.v[0].after->guid, o->guid, sizeof(o->guid));
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	ok(&err, pchat_store_history(f->store, o->guid, 2, note, &out, &err));
	assert_string_equal(pchat_buf_cstr(&out), "5.1 create site York;4.1 delete site Jorvik;");
	pchat_plan_release(&plan);
	pchat_buf_release(&out);
	pchat_object_free(o);
}

static void
test_secret_not_in_journal(void **state)
{
	static const struct pchat_credential credential = {
		.realm = "r",
		.ha1_md5 = "00112233445566778899aabbccddeeff",
		.nt_hash = "ffeeddccbbaa99887766554433221100",
	};
	const struct pchat_origin origin = { .actor = "root", .source = "command" };
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_txn txn = { 0 };
	char *text;

	create_all(f->store, "user uri=" AMY);
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_set_credential(&txn, AMY, &credential, &origin, &err));
	ok(&err, pchat_txn_commit(&txn, NULL, &err));
	assert_journal(f->store, 2, 0, "3.1 update user " AMY ";");
	text = dump(f->store);
	assert_null(strstr(text, credential.ha1_md5));
	assert_null(strstr(text, credential.nt_hash));
	free(text);
}

static void
test_changed(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_store *other = NULL;

	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &other, &err));
	(void)pchat_store_changed(f->store);
	assert_false(pchat_store_changed(f->store));
	create_all(f->store, "site name=Mine");
	assert_false(pchat_store_changed(f->store)); /* what we did ourselves is no news */
	create_all(other, "site name=Theirs");
	assert_true(pchat_store_changed(f->store));
	assert_false(pchat_store_changed(f->store));
	pchat_store_close(other);
}

static enum pchat_code
stop(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	(void)row;
	++*(unsigned *)ctx;
	return pchat_fail(err, PCHAT_LIMIT, "enough");
}

static enum pchat_code
write_while_reading(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct fixture *f = ctx;

	/* The texts of the row stay where they are while other statements run. */
	char *name = pchat_str_dup(pchat_str(row->key));
	uint64_t revision = 0;
	enum pchat_code code = pchat_store_revision(f->store, &revision, err);
	char *text = dump(f->store);

	assert_string_equal(row->key, name);
	free(text);
	free(name);
	return code;
}

static void
test_callbacks(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	unsigned n = 0;

	failed(&err, PCHAT_LIMIT, "enough", NULL,
	       pchat_store_journal(f->store, 0, 0, stop, &n, &err));
	assert_int_equal(n, 1);
	ok(&err, pchat_store_journal(f->store, 0, 0, write_while_reading, f, &err));
}

/* Rows nobody can have written are told apart from rows there are not. */
static void
test_damaged(void **state)
{
	static const char *const damage[] = {
		"UPDATE journal SET kind = 'rooom' WHERE id = 1",
		"UPDATE journal SET after = '{' WHERE id = 1",
		"UPDATE journal SET after = '[]' WHERE id = 1",
		"UPDATE journal SET after = '{\"state\":\"odd\"}' WHERE id = 1",
		"UPDATE journal SET guid = 'short' WHERE id = 1",
	};
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_buf out = { 0 };

	for (size_t i = 0; i < PCHAT_N(damage); i++) {
		ok(&err, f->store->driver->begin(f->store->conn.db, true, &err));
		ok(&err, f->store->driver->exec(f->store->conn.db, damage[i], &err));
		failed(&err, PCHAT_CORRUPT, "journal row 1.1", "store check",
		       pchat_store_journal(f->store, 0, 0, note, &out, &err));
		f->store->driver->rollback(f->store->conn.db);
	}
	/* A field that this version does not know any more is passed over. */
	ok(&err, f->store->driver->exec(f->store->conn.db,
	                                "UPDATE journal SET after = '{\"domain\":\"a.example\","
	                                "\"colour\":\"red\"}' WHERE id = 1",
	                                &err));
	assert_journal(f->store, 0, 1,
	               "1.1 create pool contoso.example;1.2 create domain contoso.example;"
	               "1.3 create policy global;1.4 create config global;"
	               "1.5 create compliance global;");
	pchat_buf_release(&out);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_order_and_ranges),
		test(test_objects_complete),
		test(test_defaults_that_are_not_empty),
		test(test_history),
		test(test_secret_not_in_journal),
		test(test_changed),
		test(test_callbacks),
		test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
