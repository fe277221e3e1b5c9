/* Reading on demand for an org: facts, objects, who refers to them. */
#include "tests/unit/schema/support.h"

struct fixture {
	struct place place;
	struct pchat_store *store;
	struct pchat_org_loader loader;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct pchat_err err = { 0 };

	place_with_store(&f.place);
	ok(&err, pchat_store_open(f.place.store, PCHAT_STORE_WRITE, &f.store, &err));
	create_contoso(f.store);
	f.loader = pchat_store_loader(f.store);
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

static const char *
or_none(const char *text)
{
	return text ? text : "-";
}

static void
test_principals(void **state)
{
	static const struct {
		const char *principal, *wanted;
	} cases[] = {
		{ AMY, AMY " Amy Jones Leeds Trading/Rates - [group:Sales]" },
		{ "sip:AMY@contoso.example", AMY " Amy Jones Leeds Trading/Rates - [group:Sales]" },
		{ BOB, BOB " Bob Small - - traders [] disabled" },
		{ "group:SALES", "group:Sales - - Trading traders [group:All]" },
		{ "group:All", "group:All - - - - []" },
		{ "ou:trading", "ou:Trading - - - - [group:Sales]" },
		{ "domain:contoso.example", "domain:contoso.example - - - - [group:All]" },
		{ "sip:nobody@contoso.example", "none" },
		{ "group:" AMY, "none" },
		{ "", "none" },
	};
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct pchat_principal_facts facts = { 0 };
		PCHAT_AUTO_VALUE(buf) got = { 0 };
		bool found = true;

		ok(&err,
		   f->loader.principal(f->loader.ctx, cases[i].principal, &found, &facts, &err));
		if (!found) {
			assert_string_equal("none", cases[i].wanted);
			continue;
		}
		assert_int_equal(strlen(facts.guid), PCHAT_GUID_LEN);
		pchat_buf_printf(&got, "%s %s %s %s %s [", facts.name, or_none(facts.display_name),
		                 or_none(facts.site), or_none(facts.unit), or_none(facts.policy));
		for (size_t k = 0; k < facts.containers.n; k++)
			pchat_buf_printf(&got, "%s%s", k ? "," : "", facts.containers.v[k]);
		pchat_buf_printf(&got, "]%s", facts.disabled ? " disabled" : "");
		assert_string_equal(pchat_buf_cstr(&got), cases[i].wanted);
		pchat_principal_facts_release(&facts);
	}
}

static void
test_objects(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *o = NULL;
	struct pchat_err err = { 0 };

	ok(&err, f->loader.object(f->loader.ctx, PCHAT_KIND_ROOM, "town HALL", &o, &err));
	assert_string_equal(pchat_object_key(o), "Town hall");
	assert_int_equal(o->v[PCHAT_ROOM_PRESENTERS].list.n, 1);
	pchat_object_free(o);
	o = (struct pchat_object *)f;
	ok(&err, f->loader.object(f->loader.ctx, PCHAT_KIND_ROOM, "nothing", &o, &err));
	assert_null(o);
}

struct found {
	struct pchat_store *store;
	struct pchat_list names;
};

static enum pchat_code
note(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct found *found = ctx;
	PCHAT_AUTO_TEXT text = pchat_text("%s %s", pchat_kind_info(o->kind)->word,
	                                  pchat_object_key(o));
	struct pchat_object *again = NULL;
	enum pchat_code code;

	assert_non_null(text);
	/* Each once. */
	assert_false(pchat_list_has(&found->names, pchat_str(text)));
	assert_true(pchat_list_add(&found->names, pchat_str(text)));
	/* The org asks for more while it is told. */
	code = pchat_store_get(found->store, o->kind, pchat_object_key(o), &again, err);
	pchat_object_free(again);
	return code;
}

static void
test_referrers(void **state)
{
	static const struct {
		enum pchat_kind kind;
		const char *key, *wanted;
	} cases[] = {
		{ PCHAT_KIND_CATEGORY, "finance", "room Rates desk,room Town hall," },
		{ PCHAT_KIND_CATEGORY, "Other",
		  "room \xc3\x89"
		  "clair," },
		{ PCHAT_KIND_ADDIN, "Prices", "room Rates desk," },
		{ PCHAT_KIND_SITE, "Leeds",
		  "compliance site:Leeds,config site:Leeds,policy site:Leeds,user " AMY "," },
		{ PCHAT_KIND_UNIT, "trading", "group Sales,unit Trading/Rates," },
		{ PCHAT_KIND_UNIT, "Trading/Rates", "user " AMY "," },
		{ PCHAT_KIND_GROUP, "Sales", "group All,policy traders,room Rates desk," },
		{ PCHAT_KIND_USER, AMY,
		  "category Finance,group Sales,room Rates desk,room Town hall," },
		{ PCHAT_KIND_USER, BOB, "category Finance,policy traders," },
		{ PCHAT_KIND_DOMAIN, "contoso.example", "group All," },
		{ PCHAT_KIND_POLICY, "traders", "" },
		{ PCHAT_KIND_ROOM, "Rates desk", "" },
		{ PCHAT_KIND_GROUP, "nobody", "" },
	};
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct found found = { .store = f->store };
		PCHAT_AUTO_VALUE(buf) got = { 0 };

		ok(&err, f->loader.referrers(f->loader.ctx, cases[i].kind, cases[i].key, note,
		                             &found, &err));
		for (size_t k = 0; k < found.names.n; k++)
			pchat_buf_printf(&got, "%s,", found.names.v[k]);
		assert_string_equal(pchat_buf_cstr(&got), cases[i].wanted);
		pchat_list_release(&found.names);
	}
	assert_false(f->store->driver->in_transaction(f->store->conn.db));
}

static enum pchat_code
refuse(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	(void)ctx;
	return pchat_fail(err, PCHAT_LIMIT, "not %s", pchat_object_key(o));
}

static void
test_referrers_stop(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	failed(&err, PCHAT_LIMIT, "not ", NULL,
	       f->loader.referrers(f->loader.ctx, PCHAT_KIND_USER, AMY, refuse, NULL, &err));
	assert_false(f->store->driver->in_transaction(f->store->conn.db));
}

/* The same verdicts from an org that reads on demand and from one that holds everything. */
static void
test_org(void **state)
{
	static const char *const rooms[] = { "Rates desk", "Town hall", "Éclair" };
	static const char *const users[] = { AMY, BOB };
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_org *lazy = pchat_org_new(&f->loader), *whole = pchat_org_new(NULL);
	uint64_t revision = 0;

	assert_non_null(lazy);
	assert_non_null(whole);
	ok(&err, pchat_store_load(f->store, whole, &revision, &err));
	assert_int_equal(revision, 2);
	for (size_t u = 0; u < PCHAT_N(users); u++) {
		for (size_t r = 0; r < PCHAT_N(rooms); r++) {
			for (int action = 0; action < PCHAT_N_ACTIONS; action++) {
				bool a = pchat_may(lazy, pchat_org_principal(lazy, users[u], NULL),
				                   pchat_org_room(lazy, rooms[r], NULL),
				                   (enum pchat_action)action);
				bool b = pchat_may(whole,
				                   pchat_org_principal(whole, users[u], NULL),
				                   pchat_org_room(whole, rooms[r], NULL),
				                   (enum pchat_action)action);

				if (a != b)
					fail_msg("%s %s %s: %d on demand, %d whole", users[u],
					         pchat_action_word((enum pchat_action)action),
					         rooms[r], a, b);
			}
		}
	}
	assert_true(pchat_may(lazy, pchat_org_principal(lazy, AMY, NULL),
	                      pchat_org_room(lazy, "Rates desk", NULL), PCHAT_ACTION_JOIN));
	pchat_org_free(lazy);
	pchat_org_free(whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_principals), cmocka_unit_test(test_objects),
		cmocka_unit_test(test_referrers),  cmocka_unit_test(test_referrers_stop),
		cmocka_unit_test(test_org),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
