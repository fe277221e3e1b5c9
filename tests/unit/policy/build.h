/*
 * Organizations for tests in few words:
 *
 *	put(org, "group name=Sales;members=sip:amy@contoso.example");
 *
 * The first word is the noun, then fields as name=value, separated by ';'. guid=N makes a
 * guid of a number.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/access.h"
#include "policy/plan.h"

#define AMY   "sip:amy@contoso.example"
#define BOB   "sip:bob@contoso.example"
#define CAROL "sip:carol@contoso.example"

static inline void
build_guid(struct pchat_object *o, struct pchat_str number)
{
	uint64_t n = 0;

	assert_true(pchat_str_uint(number, 999999999999, &n));
	(void)snprintf(o->guid, sizeof(o->guid), "00000000-0000-4000-8000-%012llu",
	               (unsigned long long)n);
}

static inline void
build_field(struct pchat_object *o, struct pchat_str assignment)
{
	struct pchat_str value;
	struct pchat_str name = pchat_str_cut(assignment, '=', &value);
	struct pchat_err err = { 0 };
	int field;

	if (pchat_str_is(name, "guid")) {
		build_guid(o, value);
		return;
	}
	field = pchat_field_by_name(o->kind, name);
	if (field < 0)
		fail_msg("no field '%.*s'", PCHAT_STR_ARG(name));
	if (pchat_object_set(o, (unsigned)field, value, &err))
		fail_msg("%s; %s", pchat_err_text(&err), err.hint ? err.hint : "");
}

/* Change fields of an object. */
static inline struct pchat_object *
change(struct pchat_object *o, const char *fields)
{
	struct pchat_str rest = pchat_str(fields);

	while (rest.n) {
		struct pchat_str one = pchat_str_cut(rest, ';', &rest);

		if (one.n)
			build_field(o, one);
	}
	return o;
}

static inline struct pchat_object *
object(const char *text)
{
	struct pchat_str rest;
	struct pchat_str word = pchat_str_cut(pchat_str(text), ' ', &rest);
	struct pchat_object *o;
	enum pchat_kind kind;

	if (!pchat_kind_by_word(word, &kind))
		fail_msg("no kind '%.*s'", PCHAT_STR_ARG(word));
	o = pchat_object_new(kind);
	assert_non_null(o);
	return change(o, rest.n ? rest.p : "");
}

static inline void
put(struct pchat_org *org, const char *text)
{
	PCHAT_AUTO(object) o = object(text);
	struct pchat_err err = { 0 };

	if (pchat_org_put(org, o, &err))
		fail_msg("%s: %s", text, pchat_err_text(&err));
}

static inline void
put_all(struct pchat_org *org, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(org, texts[i]);
}

/* Ids by name; the object has to be there. */
static inline pchat_id
principal(struct pchat_org *org, const char *name)
{
	pchat_id id = pchat_org_principal(org, name, NULL);

	if (id == PCHAT_NO_ID)
		fail_msg("no principal '%s'", name);
	return id;
}

static inline pchat_id
room(struct pchat_org *org, const char *name)
{
	pchat_id id = pchat_org_room(org, name, NULL);

	if (id == PCHAT_NO_ID)
		fail_msg("no room '%s'", name);
	return id;
}

static inline pchat_id
category(struct pchat_org *org, const char *name)
{
	pchat_id id = pchat_org_category(org, name, NULL);

	if (id == PCHAT_NO_ID)
		fail_msg("no category '%s'", name);
	return id;
}

/* One field of a stored object is @expected. */
#define assert_field(org, id, field, expected)                           \
	do {                                                             \
		PCHAT_AUTO_TEXT got_ = field_text((org), (id), (field)); \
		assert_string_equal(got_, (expected));                   \
	} while (0)

static inline char *
field_text(struct pchat_org *org, pchat_id id, const char *field)
{
	PCHAT_AUTO(object) o = NULL;
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	int index;

	assert_int_equal(pchat_org_object(org, id, &o, NULL), PCHAT_OK);
	index = pchat_field_by_name(o->kind, pchat_str(field));
	assert_true(index >= 0);
	pchat_object_get_text(o, (unsigned)index, &out);
	return pchat_str_dup(pchat_buf_view(&out));
}
