/* Objects to rows and back: every kind, every field. */
#include "tests/unit/schema/support.h"

/* One object of each kind with every field away from its default, lists with several members. */
static const char *const full[PCHAT_N_KINDS] = {
	[PCHAT_KIND_POOL] = NULL, /* there is one already, see test_singleton() */
	[PCHAT_KIND_SITE] = "site name=York;description=Minster",
	[PCHAT_KIND_DOMAIN] = "domain name=fabrikam.example;description=Friends",
	[PCHAT_KIND_UNIT] = "unit name=Sales/North;description=Far",
	[PCHAT_KIND_USER] = "user uri=sip:carol@contoso.example;displayName=Carol;"
			    "email=carol@contoso.example;company=Contoso;site=Leeds;"
			    "unit=Trading;principal=carol@CONTOSO.EXAMPLE;disabled=true",
	[PCHAT_KIND_GROUP] = "group name=Desk;description=Loud;unit=Trading;members="
			     "group:Sales,domain:contoso.example,ou:Trading/Rates," AMY "," BOB,
	[PCHAT_KIND_POLICY] = "policy name=clerks;enabled=true;description=Quiet;"
			      "grantedTo=ou:Trading,group:All",
	[PCHAT_KIND_ADDIN] = "addin name=News;url=http://news.contoso.example/a?b=c",
	[PCHAT_KIND_CATEGORY] = "category name=Legal;description=Law;allowed=group:All," AMY
				";denied=ou:Trading," BOB ";creators=group:Sales," AMY
				";invitations=true;fileUpload=true;history=false",
	[PCHAT_KIND_ROOM] = "room name=Court;description=Order;category=Finance;type=auditorium;"
			    "privacy=secret;invitations=false;addin=Prices;disabled=true;"
			    "members=group:All," AMY "," BOB ";managers=group:Sales," BOB
			    ";presenters=" AMY "," BOB,
	[PCHAT_KIND_SETTINGS] =
		"config scope=service:chat1.contoso.example;"
		"defaultChatHistory=500;maxFileSizeKB=4194303;"
		"participantUpdateLimit=0;roomManagementUrl=https://m.contoso.example;"
		"fileTransferUrl=https://f.contoso.example/x;"
		"messageSizeLimit=256;storySizeLimit=262144;searchLimit=1;newContentNotices=true;"
		"permissionMasks=documented;postAcknowledgements=false;postEchoes=false;"
		"maxSessionsPerUser=1;sessionMessageRate=0;maxConnections=1;"
		"maxConnectionsPerAddress=2;maxUnauthenticated=1;connectionRate=0;"
		"sessionTimer=90s;authentication=kerberos+ntlm;realmIsDomain=true",
	[PCHAT_KIND_COMPLIANCE] = "compliance scope=service:chat1.contoso.example;adapter=xml;"
				  "adapterName=Archive;outputDirectory=/var/spool/a;"
				  "customConfiguration=<x a='1'/>;addRoomDetails=true;"
				  "addUserDetails=true;createFileAttachmentsManifest=true;"
				  "oneRoomPerOutputFile=true;runInterval=30d",
	[PCHAT_KIND_ENDPOINT] = "endpoint uri=sip:gc@contoso.example;displayName=Old clients",
	[PCHAT_KIND_SERVER] = "server name=chat2.contoso.example;active=false",
};

struct fixture {
	struct place place;
	struct pchat_store *store;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct pchat_err err = { 0 };

	place_with_store(&f.place);
	ok(&err, pchat_store_open(f.place.store, PCHAT_STORE_WRITE, &f.store, &err));
	create_contoso(f.store);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pchat_store_close(f->store);
	place_free(&f->place);
	return 0;
}

/* Every field of @o is away from its default: or the table above forgot a new one. */
static void
assert_full(const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (unsigned i = 0; i < info->n_fields; i++)
		if (pchat_object_is_default(o, i))
			fail_msg("%s.%s is at its default", info->word, info->fields[i].name);
}

static void
assert_same(const struct pchat_object *a, const struct pchat_object *b)
{
	struct pchat_buf x = { 0 }, y = { 0 };

	pchat_object_to_json(a, true, &x);
	pchat_object_to_json(b, true, &y);
	assert_string_equal(pchat_buf_cstr(&x), pchat_buf_cstr(&y));
	assert_true(pchat_object_eq(a, b));
	pchat_buf_release(&x);
	pchat_buf_release(&y);
}

struct wanted {
	const struct pchat_object *o;
	unsigned found, all;
	char last[600]; /* folded key of the one before */
};

static enum pchat_code
compare_one(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct wanted *w = ctx;
	char *fold = pchat_fold_dup(pchat_str(pchat_object_key(o)));

	(void)err;
	assert_true(strcmp(w->last, fold) < 0);
	(void)snprintf(w->last, sizeof(w->last), "%s", fold);
	free(fold);
	w->all++;
	if (strcmp(o->guid, w->o->guid) == 0) {
		assert_same(o, w->o);
		w->found++;
	}
	return PCHAT_OK;
}

static void
test_round_trip(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	for (int kind = 0; kind < PCHAT_N_KINDS; kind++) {
		struct pchat_plan plan = { 0 };
		struct pchat_object *by_key = NULL, *by_guid = NULL;
		struct wanted w = { 0 };
		uint64_t revision = 0;

		if (!full[kind])
			continue;
		plan_create(&plan, full[kind]);
		w.o = plan.v[0].after;
		assert_full(w.o);
		ok(&err, run_plan(f->store, &plan, &revision, &err));
		assert_int_equal(w.o->revision, revision);
		assert_int_equal(strlen(w.o->guid), PCHAT_GUID_LEN);
		assert_string_equal(w.o->created_by, "root");
		assert_true(w.o->created > 0 && w.o->created == w.o->updated);

		ok(&err,
		   pchat_store_get(f->store, w.o->kind, pchat_object_key(w.o), &by_key, &err));
		assert_same(by_key, w.o);
		ok(&err, pchat_store_get_guid(f->store, w.o->kind, w.o->guid, &by_guid, &err));
		assert_same(by_guid, w.o);
		ok(&err, pchat_store_each(f->store, w.o->kind, compare_one, &w, &err));
		assert_int_equal(w.found, 1);
		pchat_object_free(by_key);
		pchat_object_free(by_guid);
		pchat_plan_release(&plan);
	}
}

/* Set one field of the stored object back to its default: that arrives, nothing else changes. */
static void
update_field(struct pchat_store *store, const struct pchat_object *o, unsigned field)
{
	struct pchat_plan plan = { 0 };
	struct pchat_object *before = NULL, *after, *got = NULL;
	struct pchat_object *preset = pchat_object_new(o->kind);
	struct pchat_err err = { 0 };
	union pchat_value swap;

	ok(&err, pchat_store_get(store, o->kind, pchat_object_key(o), &before, &err));
	after = pchat_object_copy(before);
	assert_non_null(preset);
	assert_non_null(after);
	swap = after->v[field];
	after->v[field] = preset->v[field];
	preset->v[field] = swap;
	pchat_object_free(preset);
	ok(&err, pchat_plan_add_take(&plan, PCHAT_OP_UPDATE, before, after, &err));
	assert_int_equal(plan.n, 1);
	ok(&err, run_plan(store, &plan, NULL, &err));
	ok(&err, pchat_store_get(store, o->kind, pchat_object_key(o), &got, &err));
	assert_same(got, after);
	pchat_object_free(got);
	pchat_plan_release(&plan);
}

static void
test_update_each_field(void **state)
{
	struct fixture *f = *state;

	for (int kind = 0; kind < PCHAT_N_KINDS; kind++) {
		const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)kind);
		struct pchat_object *o = full[kind] ? build(full[kind]) : NULL;

		for (unsigned field = 1; o && field < info->n_fields; field++)
			if (!(info->fields[field].flags & PCHAT_REQUIRED))
				update_field(f->store, o, field);
		pchat_object_free(o);
	}
}

static void
test_singleton(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	char *json;

	plan_update(&plan, f->store, "pool contoso.example",
	            "domain=chat.contoso.example;uri=sip:pool@contoso.example;displayName=Chat;"
	            "state=failed-over");
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);
	json = show(f->store, "pool CHAT.contoso.example");
	assert_string_equal(json, "{\"domain\":\"chat.contoso.example\","
	                          "\"uri\":\"sip:pool@contoso.example\",\"displayName\":\"Chat\","
	                          "\"state\":\"failed-over\"}");
	free(json);

	plan_create(&plan, "pool domain=second.example");
	failed(&err, PCHAT_EXISTS, "cannot create pool 'second.example'", NULL,
	       run_plan(f->store, &plan, NULL, &err));
	pchat_plan_release(&plan);
}

static void
test_case_and_unicode(void **state)
{
	static const char *const same[] = { "room RATES DESK",
		                            "room rates desk",
		                            "room \xc3\xa9"
		                            "clair",
		                            "room \xc3\x89"
		                            "CLAIR",
		                            "group SALES",
		                            "unit TRADING/rates",
		                            "user " AMY };
	struct fixture *f = *state;

	for (size_t i = 0; i < PCHAT_N(same); i++)
		pchat_object_free(get(f->store, same[i]));
}

static void
test_not_found(void **state)
{
	static const struct {
		enum pchat_kind kind;
		const char *key, *hint;
	} cases[] = {
		{ PCHAT_KIND_ROOM, "Rate desk", "did you mean 'Rates desk'?" },
		{ PCHAT_KIND_ROOM, "Twon hall", "did you mean 'Town hall'?" },
		{ PCHAT_KIND_ROOM, "Finance", "'pchatctl room list'" },
		{ PCHAT_KIND_GROUP, "Slaes", "did you mean 'Sales'?" },
		{ PCHAT_KIND_USER, "sip:amyy@contoso.example", "did you mean '" AMY "'?" },
		{ PCHAT_KIND_CATEGORY, "", "'pchatctl category list'" },
		{ PCHAT_KIND_SETTINGS, "site:Leeeds", "did you mean 'site:Leeds'?" },
	};
	struct fixture *f = *state;
	struct pchat_object *o = NULL;
	struct pchat_err err = { 0 };

	for (size_t i = 0; i < PCHAT_N(cases); i++)
		failed(&err, PCHAT_NOT_FOUND, cases[i].key, cases[i].hint,
		       pchat_store_get(f->store, cases[i].kind, cases[i].key, &o, &err));
	failed(&err, PCHAT_NOT_FOUND, ROOM_1, NULL,
	       pchat_store_get_guid(f->store, PCHAT_KIND_ROOM, ROOM_1, &o, &err));
	assert_null(o);
	assert_int_equal(pchat_store_get(f->store, PCHAT_KIND_ROOM, "x", &o, NULL),
	                 PCHAT_NOT_FOUND);
}

/* Of more names than are all compared: a slip at the beginning is found, too, and of several slips
 * the fewest; users, groups and domains stay apart in their common table. */
static void
test_not_found_among_many(void **state)
{
	static const struct {
		enum pchat_kind kind;
		const char *key, *hint;
	} cases[] = {
		{ PCHAT_KIND_GROUP, "Xesk 7777", "did you mean 'Desk 7777'?" },
		{ PCHAT_KIND_GROUP, "Dsek 7777", "did you mean 'Desk 7777'?" },
		{ PCHAT_KIND_GROUP, "Desk 77777", "did you mean 'Desk 7777'?" },
		{ PCHAT_KIND_GROUP, "Dsk 777o", "did you mean 'Desk 777" },
		{ PCHAT_KIND_GROUP, "\xc3\x84rgre", "did you mean '\xc3\xa4rger'?" },
		{ PCHAT_KIND_GROUP, "quagag", "did you mean 'Quagga'?" },
		{ PCHAT_KIND_GROUP, "nothing that is there", "'pchatctl group list'" },
		{ PCHAT_KIND_USER, "sip:quemtin@contoso.example",
		  "did you mean 'sip:quentin@contoso.example'?" },
		{ PCHAT_KIND_USER, "sip:nobody.at.all@contoso.example", "'pchatctl user list'" },
		{ PCHAT_KIND_DOMAIN, "desks.contoso.example",
		  "did you mean 'desk.contoso.example'?" },
	};
	struct fixture *f = *state;
	struct pchat_object *o = NULL;
	struct pchat_err err = { 0 };
	struct pchat_buf lines = { 0 };

	for (int i = 0; i < 9000; i++)
		pchat_buf_printf(&lines, "group name=Desk %04d\n", i);
	pchat_buf_lit(
		&lines,
		"group name=\xc3\xa4rger\ngroup name=Quagga\nuser uri=sip:quentin@contoso.example\n"
		"domain name=desk.contoso.example\n");
	create_all(f->store, pchat_buf_cstr(&lines));
	pchat_buf_release(&lines);
	for (size_t i = 0; i < PCHAT_N(cases); i++)
		failed(&err, PCHAT_NOT_FOUND, cases[i].key, cases[i].hint,
		       pchat_store_get(f->store, cases[i].kind, cases[i].key, &o, &err));
}

/* A group is no user although both stand in one table. */
static void
test_kinds_apart(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *group = get(f->store, "group Sales"), *o = NULL;
	struct pchat_err err = { 0 };

	failed(&err, PCHAT_NOT_FOUND, NULL, NULL,
	       pchat_store_get_guid(f->store, PCHAT_KIND_USER, group->guid, &o, &err));
	failed(&err, PCHAT_NOT_FOUND, NULL, NULL,
	       pchat_store_get(f->store, PCHAT_KIND_UNIT, "Sales", &o, &err));
	pchat_object_free(group);
}

static enum pchat_code
stop_at_two(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	(void)o;
	return ++*(unsigned *)ctx == 2 ? pchat_fail(err, PCHAT_LIMIT, "enough") : PCHAT_OK;
}

struct nested {
	struct pchat_store *store;
	unsigned outer, inner;
};

static enum pchat_code
count_inner(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct nested *n = ctx;

	(void)o;
	(void)err;
	n->inner++;
	return PCHAT_OK;
}

static enum pchat_code
ask_again(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct nested *n = ctx;
	struct pchat_object *same = NULL;
	enum pchat_code code;

	n->outer++;
	code = pchat_store_get(n->store, o->kind, pchat_object_key(o), &same, err);
	pchat_object_free(same);
	if (code == PCHAT_OK)
		code = pchat_store_each(n->store, o->kind, count_inner, n, err);
	return code;
}

static void
test_each(void **state)
{
	struct fixture *f = *state;
	struct nested n = { .store = f->store };
	struct pchat_err err = { 0 };
	unsigned seen = 0;

	failed(&err, PCHAT_LIMIT, "enough", NULL,
	       pchat_store_each(f->store, PCHAT_KIND_ROOM, stop_at_two, &seen, &err));
	assert_int_equal(seen, 2);
	/* The same question may be asked from within. */
	ok(&err, pchat_store_each(f->store, PCHAT_KIND_ROOM, ask_again, &n, &err));
	assert_true(n.outer >= 3);
	assert_int_equal(n.inner, n.outer * n.outer);
	/* No read transaction stays open. */
	assert_false(f->store->driver->in_transaction(f->store->conn.db));
}

static void
test_names(void **state)
{
	static const struct {
		enum pchat_kind kind;
		const char *prefix;
		size_t max;
		const char *wanted;
	} cases[] = {
		{ PCHAT_KIND_CATEGORY, "", 10, "Finance,Legal,Other," },
		{ PCHAT_KIND_CATEGORY, "", 2, "Finance,Legal," },
		{ PCHAT_KIND_CATEGORY, "", 0, "" },
		{ PCHAT_KIND_ROOM, "TOWN", 10, "Town hall," },
		{ PCHAT_KIND_ROOM, "\xc3\xa9", 10,
		  "\xc3\x89"
		  "clair," },
		{ PCHAT_KIND_ROOM, "x", 10, "" },
		{ PCHAT_KIND_UNIT, "trading", 10, "Trading,Trading/Rates," },
		{ PCHAT_KIND_USER, "sip:", 2, AMY "," BOB "," },
		{ PCHAT_KIND_GROUP, "s", 10, "Sales," },
	};
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct pchat_list names = { 0 };
		struct pchat_buf out = { 0 };

		ok(&err, pchat_store_names(f->store, cases[i].kind, pchat_str(cases[i].prefix),
		                           cases[i].max, &names, &err));
		for (size_t k = 0; k < names.n; k++)
			pchat_buf_printf(&out, "%s,", names.v[k]);
		assert_string_equal(pchat_buf_cstr(&out), cases[i].wanted);
		pchat_list_release(&names);
		pchat_buf_release(&out);
	}
}

/* Lists come out in the order the rest of the program keeps them in. */
static void
test_list_order(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	struct pchat_object *o;

	create_all(f->store, "user uri=sip:zoe@contoso.example\n"
	                     "user uri=sip:carl@contoso.example\n"
	                     "group name=\xc3\x84pfel\ngroup name=zebra\ngroup name=Apple\n");
	plan_create(&plan, "group name=Order;members=sip:zoe@contoso.example,group:zebra,"
	                   "group:\xc3\x84pfel,sip:carl@contoso.example,group:Apple," AMY);
	ok(&err, run_plan(f->store, &plan, NULL, &err));
	o = get(f->store, "group Order");
	assert_same(o, plan.v[0].after);
	pchat_object_free(o);
	pchat_plan_release(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_update_each_field),
		cmocka_unit_test(test_singleton),
		cmocka_unit_test(test_case_and_unicode),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_kinds_apart),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_list_order),
		cmocka_unit_test(test_not_found_among_many),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
