/* Objects as JSON: written whole, read strictly. */
#include "tests/unit/schema/support.h"

static void
test_written(void **state)
{
	struct pchat_object *o = build("room name=Rates \"desk\";category=Finance;privacy=secret;"
	                               "members=group:B," AMY);
	struct pchat_buf out = { 0 };

	(void)state;
	pchat_object_to_json(o, false, &out);
	assert_string_equal(pchat_buf_cstr(&out),
	                    "{\"name\":\"Rates \\\"desk\\\"\",\"description\":\"\","
	                    "\"category\":\"Finance\",\"type\":\"normal\",\"privacy\":\"secret\","
	                    "\"invitations\":\"inherit\",\"addin\":\"\",\"disabled\":false,"
	                    "\"members\":[\"group:B\",\"" AMY "\"],\"managers\":[],"
	                    "\"presenters\":[]}");
	pchat_buf_clear(&out);
	memcpy(o->guid, ROOM_1, sizeof(o->guid));
	o->revision = 7;
	o->created = o->updated = INT64_C(1700000000123456);
	o->created_by = pchat_str_dup(PCHAT_STR("root"));
	pchat_object_to_json(o, true, &out);
	assert_non_null(strstr(pchat_buf_cstr(&out),
	                       ",\"guid\":\"" ROOM_1 "\",\"revision\":7,"
	                       "\"created\":\"2023-11-14T22:13:20.123456Z\",\"createdBy\":\"root\","
	                       "\"updated\":\"2023-11-14T22:13:20.123456Z\"}"));
	pchat_buf_release(&out);
	pchat_object_free(o);
}

static void
test_round_trip(void **state)
{
	static const char *const objects[] = {
		"config scope=global;sessionTimer=1h30m;authentication=none;searchLimit=7",
		"compliance scope=site:A;adapter=xml;runInterval=30d;customConfiguration=a\nb\tc",
		"category name=X;history=false;denied=" AMY,
		"user uri=" AMY ";displayName=\xe2\x82\xac \xf0\x9f\x98\x80;disabled=true",
		"group name=all, in one",
		"pool domain=contoso.example",
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(objects); i++) {
		struct pchat_object *o = build(objects[i]), *back = NULL;
		struct pchat_buf out = { 0 };
		struct pchat_err err = { 0 };

		pchat_guid_new(o->guid);
		o->revision = 3;
		o->created = 1;
		pchat_object_to_json(o, true, &out);
		ok(&err, pchat_object_from_json(o->kind, pchat_buf_view(&out), &back, &err));
		assert_true(pchat_object_eq(o, back));
		assert_string_equal(o->guid, back->guid);
		assert_int_equal(o->revision, back->revision);
		assert_int_equal(o->created, back->created);
		pchat_object_free(back);
		back = NULL;
		/* The short form of the journal, read back with nothing filled in from defaults. */
		pchat_buf_clear(&out);
		pchat_object_to_journal(o, false, &out);
		ok(&err, pchat_object_from_journal(o->kind, pchat_buf_view(&out), &back, &err));
		assert_true(pchat_object_eq(o, back));
		pchat_object_free(back);
		pchat_object_free(o);
		pchat_buf_release(&out);
	}
}

/* Numbers and truth values may come as such or as text; what is not named has its default. */
static void
test_forms(void **state)
{
	struct pchat_object *o = NULL;
	struct pchat_err err = { 0 };

	(void)state;
	ok(&err, pchat_object_from_json(PCHAT_KIND_SETTINGS,
	                                PCHAT_STR("{\"scope\":\"global\",\"sessionTimer\":3600,"
	                                          "\"searchLimit\":\"7\"}"),
	                                &o, &err));
	assert_int_equal(o->v[PCHAT_SETTINGS_SESSION_TIMER].number, 3600);
	assert_int_equal(o->v[PCHAT_SETTINGS_SEARCH_LIMIT].number, 7);
	assert_int_equal(o->v[PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY].number, 30);
	pchat_object_free(o);
	o = NULL;
	ok(&err, pchat_object_from_json(PCHAT_KIND_CATEGORY,
	                                PCHAT_STR("{\"name\":\"x\",\"history\":\"false\","
	                                          "\"invitations\":true}"),
	                                &o, &err));
	assert_false(o->v[PCHAT_CATEGORY_HISTORY].flag);
	assert_true(o->v[PCHAT_CATEGORY_INVITATIONS].flag);
	pchat_object_free(o);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ "", "not JSON at line" },
		{ "{", "not JSON at line 1" },
		{ "[]", "not a JSON object" },
		{ "{\"name\":\"a\",\"name\":\"b\"}", "not JSON" },
		{ "{\"nmae\":\"a\"}", "room has no 'nmae'" },
		{ "{\"name\":[]}", "'name' must be a text" },
		{ "{\"name\":null}", "'name' must be a text" },
		{ "{\"name\":1.5}", "'name' must be a text" },
		{ "{\"members\":\"a\"}", "'members' must be an array" },
		{ "{\"members\":[1]}", "'members' must be an array of texts" },
		{ "{\"members\":[\"nonsense\"]}", "members" },
		{ "{\"privacy\":\"odd\"}", "privacy" },
		{ "{\"disabled\":7}", "disabled" },
		{ "{\"guid\":\"x\"}", "'guid' must be a GUID" },
		{ "{\"guid\":7}", "'guid' must be a GUID" },
		{ "{\"revision\":-1}", "'revision'" },
		{ "{\"revision\":\"1\"}", "'revision'" },
		{ "{\"created\":\"yesterday\"}", "'created' must be a time" },
		{ "{\"updated\":7}", "'updated' must be a time" },
		{ "{\"createdBy\":7}", "'createdBy' must be a text" },
		{ "{\"name\":\"\xff\"}", "not JSON" },
		{ "{\"name\":\"a\\u0000b\"}", "not JSON" },
		{ "{} trailing", "not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct pchat_object *o = NULL;
		struct pchat_err err = { 0 };

		failed(&err, PCHAT_INVALID, cases[i].text, NULL,
		       pchat_object_from_json(PCHAT_KIND_ROOM, pchat_str(cases[i].json), &o, &err));
		assert_null(o);
	}
}

static void
test_hostile(void **state)
{
	struct pchat_buf deep = { 0 };
	struct pchat_object *o = NULL;
	struct pchat_err err = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		pchat_buf_char(&deep, '[');
	failed(&err, PCHAT_INVALID, "not JSON", NULL,
	       pchat_object_from_json(PCHAT_KIND_ROOM, pchat_buf_view(&deep), &o, &err));
	/* A length past the limit is refused before a single octet is looked at. */
	failed(&err, PCHAT_LIMIT, "octets", NULL,
	       pchat_object_from_json(PCHAT_KIND_ROOM,
	                              (struct pchat_str){ deep.p, ((size_t)256 << 20) + 1 }, &o,
	                              &err));
	pchat_buf_release(&deep);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written), cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_forms),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
