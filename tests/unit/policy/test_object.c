/* Objects: the tables of fields.def, defaults, setting from text, sets, comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/object.h"

/* ---- the tables ---- */

static void
every_kind_is_complete(void **state)
{
	(void)state;
	for (int k = 0; k < PCHAT_N_KINDS; k++) {
		const struct pchat_kind_info *info = pchat_kind_info(k);
		enum pchat_kind found;

		assert_true(info->n_fields > 0 && info->n_fields <= PCHAT_MAX_FIELDS);
		assert_true(strlen(info->help) > 0);
		assert_true(pchat_kind_by_word(pchat_str(info->word), &found));
		assert_int_equal(found, k);
		assert_true(pchat_kind_by_section(pchat_str(info->section), &found));
		assert_int_equal(found, k);
		/* The key is what an object is found by. */
		assert_true(info->fields[0].flags & PCHAT_REQUIRED);
	}
}

static void
every_field_is_complete(void **state)
{
	(void)state;
	for (int k = 0; k < PCHAT_N_KINDS; k++) {
		const struct pchat_kind_info *info = pchat_kind_info(k);

		for (size_t i = 0; i < info->n_fields; i++) {
			const struct pchat_field *f = &info->fields[i];

			assert_true(strlen(f->help) > 0);
			assert_true(f->min <= f->max);
			assert_int_equal(pchat_field_by_name(k, pchat_str(f->name)), i);
			assert_int_equal(f->type == PCHAT_TYPE_ENUM, f->words != NULL);
			if (f->type == PCHAT_TYPE_TEXT || f->type == PCHAT_TYPE_NAME)
				assert_true(f->max > 0);
		}
	}
}

static void
unknown_names_are_not_found(void **state)
{
	enum pchat_kind kind;

	(void)state;
	assert_false(pchat_kind_by_word(PCHAT_STR("rooms"), &kind));
	assert_false(pchat_kind_by_section(PCHAT_STR("room"), &kind));
	assert_int_equal(pchat_field_by_name(PCHAT_KIND_ROOM, PCHAT_STR("Name")), -1);
	assert_int_equal(pchat_field_by_name(PCHAT_KIND_ROOM, PCHAT_STR("")), -1);
}

/* The enumerators of object.h stand in the order of the words. */
static void
enumerators_match_words(void **state)
{
	static const struct {
		enum pchat_kind kind;
		unsigned field;
		uint64_t value;
		const char *word;
	} rows[] = {
		{ PCHAT_KIND_POOL, PCHAT_POOL_STATE, PCHAT_POOL_NORMAL, "normal" },
		{ PCHAT_KIND_POOL, PCHAT_POOL_STATE, PCHAT_POOL_FAILED_OVER, "failed-over" },
		{ PCHAT_KIND_ROOM, PCHAT_ROOM_TYPE, PCHAT_ROOM_NORMAL, "normal" },
		{ PCHAT_KIND_ROOM, PCHAT_ROOM_TYPE, PCHAT_ROOM_AUDITORIUM, "auditorium" },
		{ PCHAT_KIND_ROOM, PCHAT_ROOM_PRIVACY, PCHAT_PRIVACY_OPEN, "open" },
		{ PCHAT_KIND_ROOM, PCHAT_ROOM_PRIVACY, PCHAT_PRIVACY_CLOSED, "closed" },
		{ PCHAT_KIND_ROOM, PCHAT_ROOM_PRIVACY, PCHAT_PRIVACY_SECRET, "secret" },
		{ PCHAT_KIND_ROOM, PCHAT_ROOM_INVITATIONS, PCHAT_INVITATIONS_INHERIT, "inherit" },
		{ PCHAT_KIND_ROOM, PCHAT_ROOM_INVITATIONS, PCHAT_INVITATIONS_FALSE, "false" },
		{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_AUTHENTICATION, PCHAT_AUTHENTICATION_DIGEST,
		  "digest" },
		{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_AUTHENTICATION, PCHAT_AUTHENTICATION_NONE,
		  "none" },
		{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_AUTHENTICATION, PCHAT_AUTHENTICATION_NTLM,
		  "ntlm" },
		{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_AUTHENTICATION,
		  PCHAT_AUTHENTICATION_KERBEROS_NTLM, "kerberos+ntlm" },
		{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_AUTHENTICATION, PCHAT_AUTHENTICATION_KERBEROS,
		  "kerberos" },
		{ PCHAT_KIND_COMPLIANCE, PCHAT_COMPLIANCE_ADAPTER, PCHAT_ADAPTER_NONE, "none" },
		{ PCHAT_KIND_COMPLIANCE, PCHAT_COMPLIANCE_ADAPTER, PCHAT_ADAPTER_XML, "xml" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const struct pchat_field *f = &pchat_kind_info(rows[i].kind)->fields[rows[i].field];

		assert_string_equal(f->words[rows[i].value], rows[i].word);
	}
}

/* ---- defaults ---- */

static void
new_objects_are_at_their_defaults(void **state)
{
	(void)state;
	for (int k = 0; k < PCHAT_N_KINDS; k++) {
		PCHAT_AUTO(object) o = pchat_object_new(k);

		assert_non_null(o);
		assert_int_equal(o->set, 0);
		for (unsigned i = 0; i < pchat_kind_info(k)->n_fields; i++)
			assert_true(pchat_object_is_default(o, i));
	}
}

/* Every default is a value the field would take. */
static void
presets_are_canonical(void **state)
{
	(void)state;
	for (int k = 0; k < PCHAT_N_KINDS; k++) {
		PCHAT_AUTO(object) o = pchat_object_new(k);

		for (unsigned i = 0; i < pchat_kind_info(k)->n_fields; i++) {
			const struct pchat_field *f = &pchat_kind_info(k)->fields[i];
			PCHAT_AUTO_VALUE(buf) text = { 0 };

			if (f->flags & PCHAT_REQUIRED)
				continue;
			pchat_object_get_text(o, i, &text);
			if (f->type != PCHAT_TYPE_DURATION)
				assert_string_equal(pchat_buf_cstr(&text), f->preset);
			assert_int_equal(pchat_object_set(o, i, pchat_buf_view(&text), NULL),
			                 PCHAT_OK);
			assert_true(pchat_object_is_default(o, i));
			assert_true(o->set & UINT32_C(1) << i);
		}
	}
}

/* ---- setting ---- */

#define LONG_256                                                           \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123"

struct set_row {
	enum pchat_kind kind;
	unsigned field;
	const char *text;
	const char *canonical; /* NULL: refused */
	const char *msg, *hint;
};

#define ROOM(field) PCHAT_KIND_ROOM, PCHAT_ROOM_##field
static const struct set_row accepted[] = {
	{ ROOM(NAME), "Rates desk", "Rates desk", NULL, NULL },
	{ ROOM(NAME), "R\xC3\xA4tes", "R\xC3\xA4tes", NULL, NULL },
	{ ROOM(NAME), LONG_256, LONG_256, NULL, NULL },
	{ ROOM(DESCRIPTION), "", "", NULL, NULL },
	{ ROOM(DESCRIPTION), " as it is ", " as it is ", NULL, NULL },
	{ ROOM(ADDIN), "", "", NULL, NULL },
	{ ROOM(TYPE), "Auditorium", "auditorium", NULL, NULL },
	{ ROOM(PRIVACY), "open", "open", NULL, NULL },
	{ ROOM(DISABLED), "true", "true", NULL, NULL },
	{ ROOM(DISABLED), "Yes", "true", NULL, NULL },
	{ ROOM(DISABLED), "on", "true", NULL, NULL },
	{ ROOM(DISABLED), "off", "false", NULL, NULL },
	{ ROOM(MEMBERS), "", "", NULL, NULL },
	{ ROOM(MEMBERS), " group:Sales , Amy@Contoso.Example,sip:amy@contoso.example",
	  "group:Sales,sip:amy@contoso.example", NULL, NULL },
	{ ROOM(MEMBERS), "group:A\\,B,group:C\\\\D", "group:A\\,B,group:C\\\\D", NULL, NULL },
	{ PCHAT_KIND_USER, PCHAT_USER_URI, "Amy@Contoso.Example", "sip:amy@contoso.example", NULL,
	  NULL },
	{ PCHAT_KIND_POOL, PCHAT_POOL_URI, "", "", NULL, NULL },
	{ PCHAT_KIND_POOL, PCHAT_POOL_DOMAIN, "Contoso.Example", "contoso.example", NULL, NULL },
	{ PCHAT_KIND_UNIT, PCHAT_UNIT_NAME, "London/Trading", "London/Trading", NULL, NULL },
	{ PCHAT_KIND_ADDIN, PCHAT_ADDIN_URL, "https://prices.contoso.example/a?b=c",
	  "https://prices.contoso.example/a?b=c", NULL, NULL },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_ROOM_MANAGEMENT_URL, "", "", NULL, NULL },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "1", "1", NULL, NULL },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "500", "500", NULL, NULL },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_SESSION_TIMER, "15m", "15m", NULL, NULL },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_SESSION_TIMER, "90", "90s", NULL, NULL },
	{ PCHAT_KIND_COMPLIANCE, PCHAT_COMPLIANCE_CUSTOM_CONFIGURATION, "<a>\n\t<b/>\n</a>\n",
	  "<a>\n\t<b/>\n</a>\n", NULL, NULL },
};

static void
good_texts_become_canonical(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(accepted); i++) {
		const struct set_row *row = &accepted[i];
		PCHAT_AUTO(object) o = pchat_object_new(row->kind);
		PCHAT_AUTO_VALUE(buf) text = { 0 };
		struct pchat_err err = { 0 };

		if (pchat_object_set(o, row->field, pchat_str(row->text), &err))
			fail_msg("'%s': %s", row->text, pchat_err_text(&err));
		assert_int_equal(o->set, UINT32_C(1) << row->field);
		pchat_object_get_text(o, row->field, &text);
		if (row->field != PCHAT_SETTINGS_SESSION_TIMER || row->kind != PCHAT_KIND_SETTINGS)
			assert_string_equal(pchat_buf_cstr(&text), row->canonical);
		/* What is printed is taken again and stays the same. */
		assert_int_equal(pchat_object_set(o, row->field, pchat_buf_view(&text), &err),
		                 PCHAT_OK);
	}
}

static const struct set_row refused[] = {
	{ ROOM(NAME), "", NULL, "name must not be empty", NULL },
	{ ROOM(NAME), " Rates", NULL, "name ' Rates' begins or ends with a blank",
	  "leave the blank out" },
	{ ROOM(NAME), "Rates ", NULL, "name 'Rates ' begins or ends with a blank",
	  "leave the blank out" },
	{ ROOM(NAME), "Ra\ntes", NULL, "name holds a control character or line break",
	  "write it on one line, without control characters" },
	{ ROOM(NAME), "Ra\x7Ftes", NULL, "name holds a control character or line break",
	  "write it on one line, without control characters" },
	{ ROOM(NAME), "Ra\xFFtes", NULL, "name is not UTF-8 at octet 3",
	  "convert the text to UTF-8" },
	{ ROOM(NAME), LONG_256 "x", NULL, "name has 257 characters", "at most 256 are allowed" },
	{ ROOM(DESCRIPTION), "a\tb", NULL, "description holds a control character or line break",
	  "write it on one line, without control characters" },
	{ ROOM(CATEGORY), "", NULL, "category must not be empty", NULL },
	{ ROOM(DISABLED), "maybe", NULL, "disabled: 'maybe' is not a truth value",
	  "use true or false" },
	{ ROOM(DISABLED), "", NULL, "disabled: '' is not a truth value", "use true or false" },
	{ ROOM(PRIVACY), "opne", NULL, "privacy: 'opne' is not a valid value",
	  "did you mean 'open'? use open, closed or secret" },
	{ ROOM(PRIVACY), "elsewhere", NULL, "privacy: 'elsewhere' is not a valid value",
	  "use open, closed or secret" },
	{ ROOM(MEMBERS), "Sales", NULL, "members: 'Sales' is not a principal",
	  "write sip:user@domain, group:NAME, ou:PATH or domain:NAME" },
	{ ROOM(MEMBERS), "group:Sales,,group:Desk", NULL, "members: '' is not a principal",
	  "write sip:user@domain, group:NAME, ou:PATH or domain:NAME" },
	{ PCHAT_KIND_USER, PCHAT_USER_URI, "amy", NULL, "uri: 'amy' is not a SIP URI",
	  "write it like 'sip:amy@contoso.example'" },
	{ PCHAT_KIND_POOL, PCHAT_POOL_DOMAIN, "contoso..example", NULL,
	  "domain 'contoso..example' is not a domain name", "write it like 'contoso.example'" },
	{ PCHAT_KIND_UNIT, PCHAT_UNIT_NAME, "London//Trading", NULL,
	  "name 'London//Trading' has an empty part or a blank beside '/'",
	  "write it like 'London/Trading'" },
	{ PCHAT_KIND_UNIT, PCHAT_UNIT_NAME, "London/", NULL,
	  "name 'London/' has an empty part or a blank beside '/'",
	  "write it like 'London/Trading'" },
	{ PCHAT_KIND_ADDIN, PCHAT_ADDIN_URL, "ftp://prices.contoso.example/", NULL,
	  "url 'ftp://prices.contoso.example/' is not an http or https address",
	  "write it like 'https://prices.contoso.example/'" },
	{ PCHAT_KIND_ADDIN, PCHAT_ADDIN_URL, "http://", NULL, "url has 7 characters",
	  "at least 8 are needed" },
	{ PCHAT_KIND_ADDIN, PCHAT_ADDIN_URL, "http:///x", NULL,
	  "url 'http:///x' is not an http or https address",
	  "write it like 'https://prices.contoso.example/'" },
	{ PCHAT_KIND_ADDIN, PCHAT_ADDIN_URL, "http://a b/", NULL,
	  "url 'http://a b/' is not an http or https address",
	  "write it like 'https://prices.contoso.example/'" },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "0", NULL,
	  "defaultChatHistory: '0' is not a number in its range",
	  "use a whole number from 1 to 500" },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "501", NULL,
	  "defaultChatHistory: '501' is not a number in its range",
	  "use a whole number from 1 to 500" },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "-1", NULL,
	  "defaultChatHistory: '-1' is not a number in its range",
	  "use a whole number from 1 to 500" },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_SESSION_TIMER, "soon", NULL,
	  "sessionTimer: 'soon' is not a length of time in its range", NULL },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_SESSION_TIMER, "89", NULL,
	  "sessionTimer: '89' is not a length of time in its range", NULL },
};

static void
bad_texts_are_refused_with_a_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(refused); i++) {
		const struct set_row *row = &refused[i];
		PCHAT_AUTO(object) o = pchat_object_new(row->kind);
		PCHAT_AUTO(object) before = pchat_object_copy(o);
		struct pchat_err err = { 0 };
		enum pchat_code code;

		code = pchat_object_set(o, row->field, pchat_str(row->text), &err);
		assert_true(code == PCHAT_INVALID || code == PCHAT_LIMIT);
		assert_string_equal(pchat_err_text(&err), row->msg);
		if (row->hint)
			assert_string_equal(err.hint, row->hint);
		assert_true(pchat_object_eq(o, before));
		assert_int_equal(o->set, 0);
		pchat_err_release(&err);
		/* Nobody needs to ask for the message. */
		assert_int_equal(pchat_object_set(o, row->field, pchat_str(row->text), NULL), code);
	}
}

static void
long_values_are_cut_between_characters(void **state)
{
	PCHAT_AUTO(object) o = pchat_object_new(PCHAT_KIND_ROOM);
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_err err = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		pchat_buf_text(&text, i == 0 ? "x" : "\xE2\x82\xAC");
	assert_int_equal(pchat_object_set(o, PCHAT_ROOM_TYPE, pchat_buf_view(&text), &err),
	                 PCHAT_INVALID);
	assert_true(pchat_utf8_valid(pchat_str(err.msg), NULL));
	assert_non_null(strstr(err.msg, "...'"));
	pchat_err_release(&err);
}

/* ---- sets ---- */

static void
add_and_drop_are_idempotent(void **state)
{
	PCHAT_AUTO(object) o = pchat_object_new(PCHAT_KIND_ROOM);
	struct pchat_list *members = &o->v[PCHAT_ROOM_MEMBERS].list;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			pchat_object_add(o, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:Sales"), NULL),
			PCHAT_OK);
		assert_int_equal(
			pchat_object_add(o, PCHAT_ROOM_MEMBERS, PCHAT_STR("GROUP:sales"), NULL),
			PCHAT_OK);
		assert_int_equal(members->n, 1);
		assert_string_equal(members->v[0], "group:Sales");
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			pchat_object_drop(o, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:SALES"), NULL),
			PCHAT_OK);
		assert_int_equal(members->n, 0);
	}
	assert_int_equal(pchat_object_add(o, PCHAT_ROOM_MEMBERS, PCHAT_STR("x"), NULL),
	                 PCHAT_INVALID);
	assert_int_equal(o->set, UINT32_C(1) << PCHAT_ROOM_MEMBERS);
}

static void
a_set_has_a_limit(void **state)
{
	PCHAT_AUTO(object) o = pchat_object_new(PCHAT_KIND_ROOM);
	struct pchat_list *members = &o->v[PCHAT_ROOM_MEMBERS].list;
	uint64_t max = pchat_kind_info(PCHAT_KIND_ROOM)->fields[PCHAT_ROOM_MEMBERS].max;
	struct pchat_err err = { 0 };

	(void)state;
	for (uint64_t i = 0; i < max; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "group:%07u", (unsigned)i);
		assert_true(pchat_list_append(members, pchat_str(text)));
	}
	assert_int_equal(pchat_object_add(o, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:0000000"), &err),
	                 PCHAT_OK);
	assert_int_equal(pchat_object_add(o, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:x"), &err),
	                 PCHAT_LIMIT);
	assert_string_equal(err.msg, "members has too many entries");
	assert_string_equal(err.hint, "at most 200000 are allowed; use groups");
	assert_int_equal(members->n, max);
	pchat_err_release(&err);
}

static void
lists_are_sorted_without_case(void **state)
{
	static const char *const items[] = { "group:b", "group:A",        "group:\xC3\x84",
		                             "group:c", "group:\xC3\xA4", "group:B",
		                             "group:ab" };
	static const char *const sorted[] = { "group:A", "group:ab", "group:b", "group:c",
		                              "group:\xC3\x84" };
	struct pchat_list a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(items); i++) {
		assert_true(pchat_list_add(&a, pchat_str(items[i])));
		assert_true(pchat_list_append(&b, pchat_str(items[i])));
	}
	pchat_list_sort(&b);
	assert_int_equal(a.n, PCHAT_N(sorted));
	for (size_t i = 0; i < a.n; i++)
		assert_string_equal(a.v[i], sorted[i]);
	assert_true(pchat_list_eq(&a, &b));
	assert_true(pchat_list_copy(&c, &a));
	assert_true(pchat_list_eq(&a, &c));
	assert_true(pchat_list_has(&a, PCHAT_STR("GROUP:\xC3\xA4")));
	assert_true(pchat_list_remove(&a, PCHAT_STR("group:\xC3\xA4")));
	assert_false(pchat_list_remove(&a, PCHAT_STR("group:\xC3\xA4")));
	assert_false(pchat_list_eq(&a, &c));
	pchat_list_release(&a);
	pchat_list_release(&b);
	pchat_list_release(&c);
}

/* ---- whole objects ---- */

static void
a_copy_is_equal_and_independent(void **state)
{
	PCHAT_AUTO(object) a = pchat_object_new(PCHAT_KIND_ROOM);
	PCHAT_AUTO(object) b = NULL;

	(void)state;
	assert_int_equal(pchat_object_set(a, PCHAT_ROOM_NAME, PCHAT_STR("Rates"), NULL), PCHAT_OK);
	assert_int_equal(pchat_object_set(a, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:Sales"), NULL),
	                 PCHAT_OK);
	a->created_by = pchat_str_dup(PCHAT_STR("root"));
	a->revision = 7;
	a->line = 3;
	pchat_guid_new(a->guid);
	b = pchat_object_copy(a);
	assert_true(pchat_object_eq(a, b));
	assert_string_equal(a->guid, b->guid);
	assert_string_equal(b->created_by, "root");
	assert_int_equal(b->revision, 7);
	assert_int_equal(b->line, 3);
	assert_int_equal(b->set, a->set);
	assert_string_equal(pchat_object_key(b), "Rates");
	assert_int_equal(pchat_object_drop(b, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:Sales"), NULL),
	                 PCHAT_OK);
	assert_false(pchat_object_eq(a, b));
	assert_int_equal(a->v[PCHAT_ROOM_MEMBERS].list.n, 1);
}

/* What store and manifest spell differently is no difference; a new spelling of a name is. */
static void
case_matters_for_names_only(void **state)
{
	PCHAT_AUTO(object) a = pchat_object_new(PCHAT_KIND_ROOM);
	PCHAT_AUTO(object) b = pchat_object_new(PCHAT_KIND_ROOM);

	(void)state;
	pchat_object_set(a, PCHAT_ROOM_CATEGORY, PCHAT_STR("Finance"), NULL);
	pchat_object_set(b, PCHAT_ROOM_CATEGORY, PCHAT_STR("finance"), NULL);
	pchat_object_set(a, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:Sales"), NULL);
	pchat_object_set(b, PCHAT_ROOM_MEMBERS, PCHAT_STR("group:SALES"), NULL);
	assert_true(pchat_object_eq(a, b));
	pchat_object_set(a, PCHAT_ROOM_NAME, PCHAT_STR("Rates"), NULL);
	pchat_object_set(b, PCHAT_ROOM_NAME, PCHAT_STR("rates"), NULL);
	assert_false(pchat_object_field_eq(a, b, PCHAT_ROOM_NAME));
}

/* Clients recognise the pool by its spelling; user names have none. */
static void
only_the_pool_uri_keeps_its_case(void **state)
{
	PCHAT_AUTO(object) pool = pchat_object_new(PCHAT_KIND_POOL);
	PCHAT_AUTO(object) user = pchat_object_new(PCHAT_KIND_USER);

	(void)state;
	pchat_object_set(pool, PCHAT_POOL_URI, PCHAT_STR("SIP:GC-1-Service@Contoso.Example;gr"),
	                 NULL);
	assert_string_equal(pool->v[PCHAT_POOL_URI].text, "sip:GC-1-Service@contoso.example");
	pchat_object_set(pool, PCHAT_POOL_URI, PCHAT_STR("GC-2@contoso.example"), NULL);
	assert_string_equal(pool->v[PCHAT_POOL_URI].text, "sip:GC-2@contoso.example");
	pchat_object_set(user, PCHAT_USER_URI, PCHAT_STR("sip:Amy@Contoso.Example"), NULL);
	assert_string_equal(user->v[PCHAT_USER_URI].text, "sip:amy@contoso.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_complete),
		cmocka_unit_test(every_field_is_complete),
		cmocka_unit_test(unknown_names_are_not_found),
		cmocka_unit_test(enumerators_match_words),
		cmocka_unit_test(new_objects_are_at_their_defaults),
		cmocka_unit_test(presets_are_canonical),
		cmocka_unit_test(good_texts_become_canonical),
		cmocka_unit_test(bad_texts_are_refused_with_a_remedy),
		cmocka_unit_test(long_values_are_cut_between_characters),
		cmocka_unit_test(add_and_drop_are_idempotent),
		cmocka_unit_test(a_set_has_a_limit),
		cmocka_unit_test(lists_are_sorted_without_case),
		cmocka_unit_test(a_copy_is_equal_and_independent),
		cmocka_unit_test(case_matters_for_names_only),
		cmocka_unit_test(only_the_pool_uri_keeps_its_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
