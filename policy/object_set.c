/*
 * Setting fields of objects from text: one function per type, chosen by the type of
 * the row. Each leaves the object alone unless all of the text is right.
 */
#include "policy/object.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "policy/value.h"

typedef enum pchat_code (*setter)(const struct pchat_field *f, union pchat_value *v,
                                  struct pchat_str text, struct pchat_err *err);

/* Refuse @text because it is not @why: "privacy: 'opne' is not a valid value". */
static enum pchat_code
refuse(struct pchat_err *err, const struct pchat_field *f, struct pchat_str text, const char *why)
{
	char shown[PCHAT_VALUE_MAX];

	return pchat_fail(err, PCHAT_INVALID, "%s: %s is not %s", f->name,
	                  pchat_value_show(text, shown), why);
}

static enum pchat_code
replace(union pchat_value *v, struct pchat_str text, struct pchat_err *err)
{
	char *copy = pchat_str_dup(text);

	if (!copy)
		return pchat_no_memory(err);
	free(v->text);
	v->text = copy;
	return PCHAT_OK;
}

/* Optional texts may be emptied whatever their least length is. */
static bool
clears(const struct pchat_field *f, struct pchat_str text)
{
	return text.n == 0 && !(f->flags & PCHAT_REQUIRED);
}

static enum pchat_code
set_domain(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
           struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) canonical = { 0 };
	enum pchat_code code = pchat_value_text(f->name, f, text, &canonical, err);

	return code ? code : replace(v, pchat_buf_view(&canonical), err);
}

static enum pchat_code
set_text(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
         struct pchat_err *err)
{
	enum pchat_code code;

	if (clears(f, text))
		return replace(v, text, err);
	if (f->flags & PCHAT_AS_DOMAIN)
		return set_domain(f, v, text, err);
	code = pchat_value_check(f->name, f, text, err);
	if (!code && f->type == PCHAT_TYPE_HTTP_URL)
		code = pchat_value_http_url(f->name, text, err);
	return code ? code : replace(v, text, err);
}

/* A reference is written as the key of what it points to. */
static enum pchat_code
set_ref(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
        struct pchat_err *err)
{
	const struct pchat_field *key = &pchat_kind_info(f->ref)->fields[0];
	enum pchat_code code = PCHAT_OK;

	if (!clears(f, text))
		code = pchat_value_check(f->name, key, text, err);
	return code ? code : replace(v, text, err);
}

/* Clients recognise a pool by "-PersistentChatService-" in its URI (sip.md 1.4): the user part
 * goes out as it was written, and is compared without case. */
static void
keep_spelling(struct pchat_buf *canonical, struct pchat_str text)
{
	const size_t scheme = strlen("sip:");
	const char *to = memchr(canonical->p, '@', canonical->n);
	const char *from = memchr(text.p, '@', text.n);
	size_t n = (size_t)(to - canonical->p) - scheme;

	memcpy(canonical->p + scheme, from - n, n);
}

static enum pchat_code
set_sip_uri(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
            struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) canonical = { 0 };
	enum pchat_code code;

	if (clears(f, text))
		return replace(v, text, err);
	code = pchat_sip_uri_canonical(text, &canonical, err);
	if (code) {
		pchat_wrap(err, "%s", f->name);
		return code;
	}
	if (f->flags & PCHAT_SPELLED)
		keep_spelling(&canonical, text);
	return replace(v, pchat_buf_view(&canonical), err);
}

static enum pchat_code
set_bool(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
         struct pchat_err *err)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "true", true }, { "false", false }, { "yes", true },
		{ "no", false },  { "on", true },     { "off", false },
	};

	for (size_t i = 0; i < PCHAT_N(words); i++) {
		if (pchat_str_iis(text, words[i].word)) {
			v->flag = words[i].value;
			return PCHAT_OK;
		}
	}
	refuse(err, f, text, "a truth value");
	pchat_hint(err, "use true or false");
	return PCHAT_INVALID;
}

static enum pchat_code
set_uint(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
         struct pchat_err *err)
{
	uint64_t number;

	if (pchat_str_uint(text, f->max, &number) && number >= f->min) {
		v->number = number;
		return PCHAT_OK;
	}
	refuse(err, f, text, "a number in its range");
	pchat_hint(err, "use a whole number from %llu to %llu", (unsigned long long)f->min,
	           (unsigned long long)f->max);
	return PCHAT_INVALID;
}

static enum pchat_code
set_duration(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
             struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) range = { 0 };
	uint64_t seconds;

	if (pchat_duration_parse(text, f->max, &seconds) && seconds >= f->min) {
		v->number = seconds;
		return PCHAT_OK;
	}
	refuse(err, f, text, "a length of time in its range");
	pchat_duration_text(&range, f->min);
	pchat_buf_lit(&range, " to ");
	pchat_duration_text(&range, f->max);
	pchat_hint(err, "use a time like 90s, 15m, 2h or 7d, from %s", pchat_buf_cstr(&range));
	return PCHAT_INVALID;
}

/* "open, closed or secret" */
static void
add_words(struct pchat_buf *out, const char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		if (i > 0)
			pchat_buf_text(out, words[i + 1] ? ", " : " or ");
		pchat_buf_text(out, words[i]);
	}
}

static enum pchat_code
set_enum(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
         struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) all = { 0 };
	const char *near;
	size_t n = 0;

	for (; f->words[n]; n++) {
		if (pchat_str_iis(text, f->words[n])) {
			v->number = n;
			return PCHAT_OK;
		}
	}
	refuse(err, f, text, "a valid value");
	add_words(&all, f->words);
	near = pchat_nearest(text, f->words, n);
	if (near)
		pchat_hint(err, "did you mean '%s'? use %s", near, pchat_buf_cstr(&all));
	else
		pchat_hint(err, "use %s", pchat_buf_cstr(&all));
	return PCHAT_INVALID;
}

/* Take the next item off "a,b\,c": unescaped into @item, without blanks around it. */
static void
next_item(struct pchat_str *rest, struct pchat_buf *item)
{
	pchat_buf_clear(item);
	while (rest->n > 0) {
		char c = *rest->p++;

		rest->n--;
		if (c == ',')
			return;
		if (c == '\\' && rest->n > 0) {
			c = *rest->p++;
			rest->n--;
		}
		pchat_buf_char(item, c);
	}
}

static enum pchat_code
check_room(const struct pchat_field *f, const struct pchat_list *l, struct pchat_err *err)
{
	if (l->n < f->max)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_LIMIT, "%s has too many entries", f->name);
	pchat_hint(err, "at most %llu are allowed; use groups", (unsigned long long)f->max);
	return PCHAT_LIMIT;
}

/* Canonical form of one principal of field @f; the field is named in the message. */
static enum pchat_code
principal(const struct pchat_field *f, struct pchat_str text, struct pchat_buf *out,
          struct pchat_err *err)
{
	enum pchat_code code = pchat_principal_canonical(text, out, err);

	if (code)
		pchat_wrap(err, "%s", f->name);
	return code;
}

static enum pchat_code
append_item(const struct pchat_field *f, struct pchat_list *l, struct pchat_str text,
            struct pchat_buf *canonical, struct pchat_err *err)
{
	enum pchat_code code = check_room(f, l, err);

	pchat_buf_clear(canonical);
	if (!code)
		code = principal(f, text, canonical, err);
	if (!code && !pchat_list_append(l, pchat_buf_view(canonical)))
		code = pchat_no_memory(err);
	return code;
}

static enum pchat_code
set_principals(const struct pchat_field *f, union pchat_value *v, struct pchat_str text,
               struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) item = { 0 };
	PCHAT_AUTO_VALUE(buf) canonical = { 0 };
	struct pchat_str rest = pchat_str_trim(text);
	struct pchat_list list = { 0 };
	enum pchat_code code = PCHAT_OK;

	while (rest.n > 0 && !code) {
		next_item(&rest, &item);
		code = pchat_buf_check(&item, err);
		if (!code)
			code = append_item(f, &list, pchat_str_trim(pchat_buf_view(&item)),
			                   &canonical, err);
	}
	if (code) {
		pchat_list_release(&list);
		return code;
	}
	pchat_list_sort(&list);
	pchat_list_release(&v->list);
	v->list = list;
	return PCHAT_OK;
}

static const setter setters[] = {
	[PCHAT_TYPE_TEXT] = set_text,         [PCHAT_TYPE_NAME] = set_text,
	[PCHAT_TYPE_SIP_URI] = set_sip_uri,   [PCHAT_TYPE_HTTP_URL] = set_text,
	[PCHAT_TYPE_BOOL] = set_bool,         [PCHAT_TYPE_UINT] = set_uint,
	[PCHAT_TYPE_DURATION] = set_duration, [PCHAT_TYPE_ENUM] = set_enum,
	[PCHAT_TYPE_REF] = set_ref,           [PCHAT_TYPE_PRINCIPALS] = set_principals,
};

enum pchat_code
pchat_object_set(struct pchat_object *o, unsigned field, struct pchat_str text,
                 struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	const struct pchat_field *f = &info->fields[field];
	enum pchat_code code;

	assert(field < info->n_fields);
	code = setters[f->type](f, &o->v[field], text, err);
	if (!code)
		o->set |= UINT32_C(1) << field;
	return code;
}

enum pchat_code
pchat_object_add(struct pchat_object *o, unsigned field, struct pchat_str item,
                 struct pchat_err *err)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[field];
	PCHAT_AUTO_VALUE(buf) canonical = { 0 };
	enum pchat_code code;

	assert(f->type == PCHAT_TYPE_PRINCIPALS);
	code = principal(f, item, &canonical, err);
	if (!code && !pchat_list_has(&o->v[field].list, pchat_buf_view(&canonical)))
		code = check_room(f, &o->v[field].list, err);
	if (!code && !pchat_list_add(&o->v[field].list, pchat_buf_view(&canonical)))
		code = pchat_no_memory(err);
	if (!code)
		o->set |= UINT32_C(1) << field;
	return code;
}

enum pchat_code
pchat_object_drop(struct pchat_object *o, unsigned field, struct pchat_str item,
                  struct pchat_err *err)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[field];
	PCHAT_AUTO_VALUE(buf) canonical = { 0 };
	enum pchat_code code;

	assert(f->type == PCHAT_TYPE_PRINCIPALS);
	code = principal(f, item, &canonical, err);
	if (code)
		return code;
	(void)pchat_list_remove(&o->v[field].list, pchat_buf_view(&canonical));
	o->set |= UINT32_C(1) << field;
	return PCHAT_OK;
}
