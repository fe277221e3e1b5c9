/* Plans carried out: whatever the order of their changes, all of it or nothing. */
#include "tests/unit/schema/contoso.h"

static void
run(struct fixture *f, struct pchat_plan *plan)
{
	struct pchat_err err = { 0 };

	ok(&err, run_plan(f->store, plan, NULL, &err));
	pchat_plan_release(plan);
}

/* Run @plan, which must fail, and see that the store is what it was. */
static void
refused(struct fixture *f, struct pchat_plan *plan, enum pchat_code code, const char *text)
{
	char *before = dump(f->store), *after;
	struct pchat_err err = { 0 };

	failed(&err, code, text, NULL, run_plan(f->store, plan, NULL, &err));
	after = dump(f->store);
	assert_string_equal(before, after);
	free(before);
	free(after);
	pchat_plan_release(plan);
}

static void
assert_shows(struct fixture *f, const char *noun_and_key, const char *part)
{
	char *json = show(f->store, noun_and_key);

	assert_non_null(json);
	if (!strstr(json, part))
		fail_msg("%s does not hold %s", json, part);
	free(json);
}

static void
test_swap_names(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *rates = get(f->store, "room Rates desk");
	struct pchat_object *hall = get(f->store, "room Town hall"), *now;
	struct pchat_plan plan = { 0 };

	plan_update(&plan, f->store, "room Rates desk", "name=Town hall");
	plan_update(&plan, f->store, "room Town hall", "name=Rates desk");
	/* A name goes from a category to a room, and from a room to a category. */
	plan_update(&plan, f->store,
	            "room \xc3\x89"
	            "clair",
	            "name=Other");
	plan_update(&plan, f->store, "category Other",
	            "name=\xc3\xa9"
	            "clair");
	run(f, &plan);
	now = get(f->store, "room Town hall");
	assert_string_equal(now->guid, rates->guid);
	pchat_object_free(now);
	now = get(f->store, "room Rates desk");
	assert_string_equal(now->guid, hall->guid);
	pchat_object_free(now);
	assert_shows(f, "room Other",
	             "\"category\":\"\xc3\xa9"
	             "clair\"");
	pchat_object_free(rates);
	pchat_object_free(hall);
}

static void
test_rename_case_only(void **state)
{
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };

	plan_update(&plan, f->store, "group Sales", "name=SALES");
	run(f, &plan);
	assert_shows(f, "group sales", "\"name\":\"SALES\"");
	/* Lists follow, because they hold numbers and not names. */
	assert_shows(f, "room Rates desk", "\"group:SALES\"");
	assert_shows(f, "group All", "\"group:SALES\"");
}

/* Everything at once, in the worst order: what is needed comes last. */
static void
test_any_order(void **state)
{
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };

	plan_create(&plan, "room name=New;category=Fresh;addin=Late;members=group:Later");
	plan_create(&plan, "group name=Later;unit=Deep/Down;members=sip:dan@contoso.example");
	plan_create(&plan, "category name=Fresh;allowed=group:Later");
	plan_create(&plan, "user uri=sip:dan@contoso.example;unit=Deep/Down;site=Hull");
	plan_create(&plan, "addin name=Late;url=https://late.contoso.example/");
	plan_create(&plan, "unit name=Deep/Down");
	plan_create(&plan, "site name=Hull");
	plan_update(&plan, f->store, "room Rates desk", "category=Fresh;members=group:Later");
	plan_update(&plan, f->store, "room Town hall",
	            "category=Fresh;members=group:Later;presenters=");
	plan_delete(&plan, f->store, "category Finance");
	run(f, &plan);
	assert_shows(f, "room New", "\"category\":\"Fresh\"");
	assert_shows(f, "room New", "\"addin\":\"Late\"");
	assert_shows(f, "room Rates desk", "\"members\":[\"group:Later\"]");
	assert_shows(f, "user sip:dan@contoso.example", "\"site\":\"Hull\"");
	assert_null(show(f->store, "category Finance"));
}

static void
test_delete_all(void **state)
{
	static const char *const all[] = {
		"site Leeds",
		"unit Trading",
		"unit Trading/Rates",
		"user " AMY,
		"user " BOB,
		"domain contoso.example",
		"group Sales",
		"group All",
		"policy traders",
		"policy site:Leeds",
		"addin Prices",
		"category Finance",
		"category Other",
		"room Rates desk",
		"room Town hall",
		"room \xc3\xa9"
		"clair",
		"config site:Leeds",
		"compliance site:Leeds",
		"endpoint sip:ocschat@contoso.example",
		"server chat1.contoso.example",
	};
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };

	for (size_t i = 0; i < PCHAT_N(all); i++)
		plan_delete(&plan, f->store, all[i]);
	run(f, &plan);
	for (size_t i = 0; i < PCHAT_N(all); i++)
		assert_null(show(f->store, all[i]));
}

/* A name that goes may come again in the same plan, also as another kind; a guid that was given
 * is kept. */
static void
test_delete_and_create(void **state)
{
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };
	struct pchat_object *o;

	plan_create(&plan, "category name=rates desk");
	plan_create(&plan, "room name=Town Hall;category=rates desk;guid=" ROOM_1);
	plan_delete(&plan, f->store, "room Rates desk");
	plan_delete(&plan, f->store, "room Town hall");
	run(f, &plan);
	o = get(f->store, "room town hall");
	assert_string_equal(o->guid, ROOM_1);
	pchat_object_free(o);
	assert_non_null(o = get(f->store, "category Rates Desk"));
	pchat_object_free(o);
}

/* What the rules would have refused, the store refuses, too. */
static void
test_refused(void **state)
{
	static const struct {
		const char *create;
		enum pchat_code code;
		const char *text;
	} cases[] = {
		{ "room name=RATES DESK;category=Finance", PCHAT_EXISTS,
		  "cannot create room 'RATES DESK': the store has it already" },
		{ "room name=finance;category=Finance", PCHAT_EXISTS, "there is a category" },
		{ "category name=Town Hall", PCHAT_EXISTS, "there is a room" },
		{ "room name=New;category=Nowhere", PCHAT_CONFLICT, "no category 'Nowhere'" },
		{ "room name=New;category=Finance;addin=None", PCHAT_CONFLICT, "no addin 'None'" },
		{ "room name=New;category=Finance;members=group:None", PCHAT_CONFLICT,
		  "'group:None'" },
		{ "room name=New", PCHAT_INVALID, "NOT NULL" },
		{ "user uri=" AMY, PCHAT_EXISTS, "cannot create user" },
		{ "policy name=second;grantedTo=" BOB, PCHAT_EXISTS, "policy_grant" },
		{ "category name=Both;allowed=" AMY ";denied=" AMY, PCHAT_EXISTS, "category_role" },
		{ "room name=Twin;category=Other;guid=" ROOM_1, PCHAT_EXISTS, "guid" },
	};
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };

	create_all(f->store, "room name=Taken;category=Other;guid=" ROOM_1);
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		/* Something good before it must not stay either. */
		plan_create(&plan, "site name=Good");
		plan_create(&plan, cases[i].create);
		refused(f, &plan, cases[i].code, cases[i].text);
	}
	plan_delete(&plan, f->store, "category Finance");
	refused(f, &plan, PCHAT_CONFLICT, "cannot delete category 'Finance'");
	plan_delete(&plan, f->store, "user " AMY);
	refused(f, &plan, PCHAT_CONFLICT, "still refers");
	plan_delete(&plan, f->store, "site Leeds");
	refused(f, &plan, PCHAT_CONFLICT, "still refers");
}

static void
test_changed_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct pchat_plan stale = { 0 }, gone = { 0 }, plan = { 0 };

	plan_update(&stale, f->store, "room Rates desk", "description=mine");
	plan_delete(&gone, f->store, "room Rates desk");
	plan_update(&plan, f->store, "room Rates desk", "description=theirs");
	run(f, &plan);
	refused(f, &stale, PCHAT_CONFLICT, "it was changed meanwhile");
	refused(f, &gone, PCHAT_CONFLICT, "it was changed meanwhile");
	plan_delete(&plan, f->store, "room Town hall");
	plan_update(&stale, f->store, "room Town hall", "description=mine");
	run(f, &plan);
	refused(f, &stale, PCHAT_CONFLICT, "it is gone meanwhile");
}

/* A failed change of a batch leaves what was done before it in the transaction. */
static void
test_batch_goes_on(void **state)
{
	const struct pchat_origin origin = { .actor = AMY, .source = "command" };
	struct fixture *f = *state;
	struct pchat_plan good = { 0 }, bad = { 0 }, more = { 0 };
	struct pchat_txn txn = { 0 };
	struct pchat_err err = { 0 };
	uint64_t revision = 0;

	plan_create(&good, "site name=Hull");
	plan_create(&bad, "site name=York");
	plan_create(&bad, "site name=leeds");
	plan_create(&more, "site name=Ripon");
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_apply(&txn, &good, &origin, &err));
	failed(&err, PCHAT_EXISTS, "'leeds'", NULL, pchat_txn_apply(&txn, &bad, &origin, &err));
	ok(&err, pchat_txn_apply(&txn, &more, &origin, &err));
	failed(&err, PCHAT_NOT_FOUND, "sip:no@", NULL,
	       pchat_txn_set_credential(&txn, "sip:no@contoso.example", NULL, &origin, &err));
	ok(&err, pchat_txn_commit(&txn, &revision, &err));
	assert_int_equal(revision, txn.base + 1);
	assert_shows(f, "site Hull", "Hull");
	assert_shows(f, "site Ripon", "Ripon");
	assert_null(show(f->store, "site York"));
	assert_int_equal(good.v[0].after->revision, more.v[0].after->revision);
	pchat_plan_release(&good);
	pchat_plan_release(&bad);
	pchat_plan_release(&more);
}

static void
test_large_failure(void **state)
{
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };

	for (unsigned i = 0; i < 1500; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "site name=Site %u", i);
		plan_create(&plan, text);
	}
	plan_create(&plan, "site name=SITE 7");
	refused(f, &plan, PCHAT_EXISTS, "'SITE 7'");
	plan_create(&plan, "site name=Hull");
	run(f, &plan);
}

/* Names shared by a room and a category are found in large plans, too. */
static void
test_large_shared_name(void **state)
{
	static const char *const both[] = { "room name=FINANCE;category=Other",
		                            "category name=rates desk" };
	struct fixture *f = *state;

	for (size_t i = 0; i < PCHAT_N(both); i++) {
		struct pchat_plan plan = { 0 };

		for (unsigned n = 0; n < 150; n++) {
			char text[64];

			(void)snprintf(text, sizeof(text), "site name=Site %u", n);
			plan_create(&plan, text);
		}
		plan_create(&plan, both[i]);
		refused(f, &plan, PCHAT_EXISTS, "would be a room and a category");
	}
}

/* After a large failure has taken the transaction back, nothing goes on in it by mistake. */
static void
test_nothing_after_rollback(void **state)
{
	const struct pchat_origin origin = { .actor = "root", .source = "manifest" };
	struct fixture *f = *state;
	struct pchat_plan large = { 0 }, small = { 0 };
	struct pchat_txn txn = { 0 };
	struct pchat_err err = { 0 };

	for (unsigned i = 0; i < 1100; i++)
		plan_create(&large, "site name=Same");
	plan_create(&small, "site name=Small");
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	failed(&err, PCHAT_EXISTS, "'Same'", NULL, pchat_txn_apply(&txn, &large, &origin, &err));
	failed(&err, PCHAT_UNAVAILABLE, "taken back", "run it again",
	       pchat_txn_apply(&txn, &small, &origin, &err));
	failed(&err, PCHAT_UNAVAILABLE, "taken back", NULL, pchat_txn_commit(&txn, NULL, &err));
	pchat_txn_rollback(&txn);
	assert_null(show(f->store, "site Small"));
	pchat_plan_release(&large);
	pchat_plan_release(&small);
}

static void
test_empty_plan(void **state)
{
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };
	struct pchat_err err = { 0 };
	uint64_t before = 0, after = 0, revision = 0;

	ok(&err, pchat_store_revision(f->store, &before, &err));
	ok(&err, run_plan(f->store, &plan, &revision, &err));
	ok(&err, pchat_store_revision(f->store, &after, &err));
	assert_int_equal(before, after);
	assert_int_equal(before, revision);
}

static void
test_rollback(void **state)
{
	const struct pchat_origin origin = { .actor = "root", .source = "command" };
	struct fixture *f = *state;
	struct pchat_plan plan = { 0 };
	struct pchat_err err = { 0 };
	char *before = dump(f->store), *after;

	plan_create(&plan, "site name=Hull");
	{
		PCHAT_AUTO_VALUE(txn) txn = { 0 };

		ok(&err, pchat_txn_begin(&txn, f->store, &err));
		ok(&err, pchat_txn_apply(&txn, &plan, &origin, &err));
		/* Seen inside, gone at the end of the scope. */
		assert_shows(f, "site Hull", "Hull");
	}
	after = dump(f->store);
	assert_string_equal(before, after);
	free(before);
	free(after);
	pchat_plan_release(&plan);
	pchat_txn_rollback(&(struct pchat_txn){ 0 });
}

static void
test_credential(void **state)
{
	static const struct pchat_credential whole = {
		.realm = "contoso.example",
		.ha1_md5 = "0123456789abcdef0123456789abcdef",
		.ha1_sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.nt_hash = "fedcba9876543210fedcba9876543210",
	};
	static const struct pchat_credential wrong[] = {
		{ .ha1_md5 = "secret" },
		{ .ha1_sha256 = "0123456789abcdef0123456789abcdef" },
		{ .nt_hash = "0123456789ABCDEF0123456789ABCDEF" },
		{ .realm = "contoso.example" },
	};
	static const struct pchat_credential one = {
		.ha1_md5 = "0123456789abcdef0123456789abcdef",
	};
	const struct pchat_origin origin = { .actor = "root", .source = "command" };
	struct fixture *f = *state;
	struct pchat_credential got = { 0 };
	struct pchat_txn txn = { 0 };
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };

	failed(&err, PCHAT_NOT_FOUND, AMY, "user passwd",
	       pchat_store_credential(f->store, AMY, &got, &err));
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	for (size_t i = 0; i < PCHAT_N(wrong); i++)
		failed(&err, PCHAT_INVALID, "hash", NULL,
		       pchat_txn_set_credential(&txn, AMY, &wrong[i], &origin, &err));
	ok(&err, pchat_txn_set_credential(&txn, AMY, &whole, &origin, &err));
	ok(&err, pchat_txn_commit(&txn, NULL, &err));
	ok(&err, pchat_store_credential(f->store, "sip:AMY@contoso.example", &got, &err));
	assert_string_equal(got.realm, whole.realm);
	assert_string_equal(got.ha1_md5, whole.ha1_md5);
	assert_string_equal(got.ha1_sha256, whole.ha1_sha256);
	assert_string_equal(got.nt_hash, whole.nt_hash);
	/* It is replaced as a whole. */
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_set_credential(&txn, AMY, &one, &origin, &err));
	ok(&err, pchat_txn_commit(&txn, NULL, &err));
	ok(&err, pchat_store_credential(f->store, AMY, &got, &err));
	assert_string_equal(got.ha1_md5, one.ha1_md5);
	assert_string_equal(got.ha1_sha256, "");
	assert_string_equal(got.nt_hash, "");
	/* It goes with its user. */
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_set_credential(&txn, BOB, &one, &origin, &err));
	ok(&err, pchat_txn_set_credential(&txn, AMY, NULL, &origin, &err));
	ok(&err, pchat_txn_commit(&txn, NULL, &err));
	failed(&err, PCHAT_NOT_FOUND, AMY, NULL, pchat_store_credential(f->store, AMY, &got, &err));
	plan_update(&plan, f->store, "policy traders", "grantedTo=");
	plan_update(&plan, f->store, "category Finance", "denied=");
	plan_delete(&plan, f->store, "user " BOB);
	run(f, &plan);
	failed(&err, PCHAT_NOT_FOUND, BOB, NULL, pchat_store_credential(f->store, BOB, &got, &err));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_swap_names),
		test(test_rename_case_only),
		test(test_any_order),
		test(test_delete_all),
		test(test_delete_and_create),
		test(test_refused),
		test(test_changed_meanwhile),
		test(test_batch_goes_on),
		test(test_large_failure),
		test(test_large_shared_name),
		test(test_nothing_after_rollback),
		test(test_empty_plan),
		test(test_rollback),
		test(test_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
