#include "schema/json_value.h"

#include "schema/internal.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"

/* ---- writing ---- */

static void
write_list(struct pchat_json *j, const struct pchat_list *l)
{
	pchat_json_begin_array(j);
	for (size_t i = 0; i < l->n; i++)
		pchat_json_text(j, l->v[i]);
	pchat_json_end_array(j);
}

static void
write_duration(struct pchat_json *j, uint64_t seconds)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	pchat_duration_text(&text, seconds);
	pchat_json_str(j, pchat_buf_view(&text));
}

static void
write_value(struct pchat_json *j, const struct pchat_field *f, const union pchat_value *v)
{
	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		pchat_json_text(j, v->text ? v->text : "");
		break;
	case PCHAT_TYPE_BOOL:
		pchat_json_bool(j, v->flag);
		break;
	case PCHAT_TYPE_UINT:
		pchat_json_uint(j, v->number);
		break;
	case PCHAT_TYPE_DURATION:
		write_duration(j, v->number);
		break;
	case PCHAT_TYPE_ENUM:
		pchat_json_text(j, f->words[v->number]);
		break;
	case PCHAT_TYPE_PRINCIPALS:
		write_list(j, &v->list);
		break;
	}
}

static void
write_time(struct pchat_json *j, const char *key, int64_t t)
{
	char text[PCHAT_TIME_MAX];

	if (t == 0)
		return;
	pchat_json_key(j, key);
	pchat_json_text(j, pchat_time_text(t, text));
}

static void
write_text(struct pchat_json *j, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	pchat_json_key(j, key);
	pchat_json_text(j, text);
}

static void
write_meta(struct pchat_json *j, const struct pchat_object *o)
{
	write_text(j, "guid", o->guid);
	if (o->revision > 0) {
		pchat_json_key(j, "revision");
		pchat_json_uint(j, o->revision);
	}
	write_time(j, "created", o->created);
	write_text(j, "createdBy", o->created_by);
	write_time(j, "updated", o->updated);
	write_text(j, "updatedBy", o->updated_by);
}

/* Empty text, empty set, false: what the journal leaves out. */
static bool
is_empty(const struct pchat_field *f, const union pchat_value *v)
{
	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		return !v->text || !*v->text;
	case PCHAT_TYPE_PRINCIPALS:
		return v->list.n == 0;
	case PCHAT_TYPE_BOOL:
		return !v->flag;
	case PCHAT_TYPE_UINT:
	case PCHAT_TYPE_DURATION:
	case PCHAT_TYPE_ENUM:
		break;
	}
	return false;
}

static void
to_json(const struct pchat_object *o, bool with_meta, bool with_empty, struct pchat_buf *out)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	struct pchat_json j;

	pchat_json_init(&j, out, false);
	pchat_json_begin_object(&j);
	for (size_t i = 0; i < info->n_fields; i++) {
		if (!with_empty && is_empty(&info->fields[i], &o->v[i]))
			continue;
		pchat_json_key(&j, info->fields[i].name);
		write_value(&j, &info->fields[i], &o->v[i]);
	}
	if (with_meta)
		write_meta(&j, o);
	pchat_json_end_object(&j);
}

void
pchat_object_to_json(const struct pchat_object *o, bool with_meta, struct pchat_buf *out)
{
	to_json(o, with_meta, true, out);
}

void
pchat_object_to_journal(const struct pchat_object *o, bool with_meta, struct pchat_buf *out)
{
	to_json(o, with_meta, false, out);
}

/* ---- reading ---- */

struct reader {
	struct pchat_object *o;
	bool lenient; /* keys that are no fields are passed over */
};

static struct pchat_str
text_of(const json_t *v)
{
	return (struct pchat_str){ json_string_value(v), json_string_length(v) };
}

static enum pchat_code
fail_type(const char *key, const char *wanted, struct pchat_err *err)
{
	return pchat_fail(err, PCHAT_INVALID, "'%s' must be %s", key, wanted);
}

static enum pchat_code
read_list(struct pchat_object *o, unsigned field, const json_t *v, struct pchat_err *err)
{
	const char *name = pchat_kind_info(o->kind)->fields[field].name;
	enum pchat_code code = PCHAT_OK;

	if (!json_is_array(v))
		return fail_type(name, "an array of texts", err);
	for (size_t i = 0; code == PCHAT_OK && i < json_array_size(v); i++) {
		const json_t *item = json_array_get(v, i);

		if (!json_is_string(item))
			return fail_type(name, "an array of texts", err);
		code = pchat_object_add(o, field, text_of(item), err);
	}
	return code;
}

/* A number or a truth value is set as the text it would have in a manifest. */
static enum pchat_code
read_scalar(struct pchat_object *o, unsigned field, const json_t *v, struct pchat_err *err)
{
	const char *name = pchat_kind_info(o->kind)->fields[field].name;
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (json_is_string(v))
		return pchat_object_set(o, field, text_of(v), err);
	if (json_is_boolean(v))
		pchat_buf_text(&text, json_is_true(v) ? "true" : "false");
	else if (json_is_integer(v))
		pchat_buf_int(&text, json_integer_value(v));
	else
		return fail_type(name, "a text, a whole number or a truth value", err);
	if (!pchat_buf_ok(&text))
		return pchat_no_memory(err);
	return pchat_object_set(o, field, pchat_buf_view(&text), err);
}

static enum pchat_code
read_field(struct pchat_object *o, unsigned field, const json_t *v, struct pchat_err *err)
{
	if (pchat_kind_info(o->kind)->fields[field].type == PCHAT_TYPE_PRINCIPALS)
		return read_list(o, field, v, err);
	return read_scalar(o, field, v, err);
}

static enum pchat_code
meta_guid(struct pchat_object *o, const json_t *v, struct pchat_err *err)
{
	return pchat_guid_parse(text_of(v), o->guid) ? PCHAT_OK : fail_type("guid", "a GUID", err);
}

static enum pchat_code
meta_revision(struct pchat_object *o, const json_t *v, struct pchat_err *err)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return fail_type("revision", "a whole number", err);
	o->revision = (uint64_t)json_integer_value(v);
	return PCHAT_OK;
}

static enum pchat_code
meta_created(struct pchat_object *o, const json_t *v, struct pchat_err *err)
{
	return pchat_time_parse(text_of(v), &o->created) ? PCHAT_OK
	                                                 : fail_type("created", "a time", err);
}

static enum pchat_code
meta_updated(struct pchat_object *o, const json_t *v, struct pchat_err *err)
{
	return pchat_time_parse(text_of(v), &o->updated) ? PCHAT_OK
	                                                 : fail_type("updated", "a time", err);
}

static enum pchat_code
set_actor(char **to, const char *key, const json_t *v, struct pchat_err *err)
{
	char *copy;

	if (!json_is_string(v))
		return fail_type(key, "a text", err);
	copy = pchat_str_dup(text_of(v));
	if (!copy)
		return pchat_no_memory(err);
	free(*to);
	*to = copy;
	return PCHAT_OK;
}

static enum pchat_code
meta_created_by(struct pchat_object *o, const json_t *v, struct pchat_err *err)
{
	return set_actor(&o->created_by, "createdBy", v, err);
}

static enum pchat_code
meta_updated_by(struct pchat_object *o, const json_t *v, struct pchat_err *err)
{
	return set_actor(&o->updated_by, "updatedBy", v, err);
}

static const struct {
	const char *key;
	enum pchat_code (*read)(struct pchat_object *o, const json_t *v, struct pchat_err *err);
} meta[] = {
	{ "guid", meta_guid },       { "revision", meta_revision },
	{ "created", meta_created }, { "createdBy", meta_created_by },
	{ "updated", meta_updated }, { "updatedBy", meta_updated_by },
};

static enum pchat_code
read_member(const struct reader *r, const char *key, const json_t *v, struct pchat_err *err)
{
	int field = pchat_field_by_name(r->o->kind, pchat_str(key));

	if (field >= 0)
		return read_field(r->o, (unsigned)field, v, err);
	for (size_t i = 0; i < PCHAT_N(meta); i++)
		if (strcmp(key, meta[i].key) == 0)
			return meta[i].read(r->o, v, err);
	if (r->lenient)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_INVALID, "%s has no '%s'", pchat_kind_info(r->o->kind)->word,
	                  key);
}

static enum pchat_code
read_members(const struct reader *r, const json_t *root, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	const char *key;
	json_t *v;

	if (!json_is_object(root))
		return pchat_fail(err, PCHAT_INVALID, "not a JSON object");
	/* Only read, which the macro cannot say. */
	json_object_foreach((json_t *)root, key, v)
	{
		code = read_member(r, key, v, err);
		if (code != PCHAT_OK)
			break;
	}
	return code;
}

/* What the journal left out is empty, whatever the defaults are by now. */
static void
make_empty(struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (size_t i = 0; i < info->n_fields; i++) {
		enum pchat_type type = info->fields[i].type;

		if (type == PCHAT_TYPE_BOOL)
			o->v[i].flag = false;
		else if (type <= PCHAT_TYPE_HTTP_URL || type == PCHAT_TYPE_REF)
			o->v[i].text[0] = '\0';
	}
}

/* Where jansson has no memory it may well speak of bad syntax. So its memory goes through here,
 * and what it lacked is noted, for each thread, as errno is. */
static _Thread_local bool memory_failed;

static void *
note_malloc(size_t n)
{
	void *p = malloc(n);

	if (!p)
		memory_failed = true;
	return p;
}

static void
watch_memory(void)
{
	json_set_alloc_funcs(note_malloc, free);
}

enum pchat_code
pchat_value_load(struct pchat_str json, json_t **ret, json_error_t *ret_where,
                 struct pchat_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	*ret_where = (json_error_t){ 0 };
	if (json.n > PCHAT_VALUE_MAX_OCTETS)
		return pchat_fail(err, PCHAT_LIMIT, "JSON of more than %zu octets",
		                  PCHAT_VALUE_MAX_OCTETS);
	pthread_once(&once, watch_memory);
	memory_failed = false;
	*ret = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, ret_where);
	if (*ret)
		return PCHAT_OK;
	if (memory_failed)
		return pchat_no_memory(err);
	return pchat_fail(err, PCHAT_INVALID, "not JSON at line %d, column %d: %s", ret_where->line,
	                  ret_where->column, ret_where->text);
}

static enum pchat_code
from_value(enum pchat_kind kind, const json_t *value, bool lenient, struct pchat_object **ret,
           struct pchat_err *err)
{
	PCHAT_AUTO(object) o = pchat_object_new(kind);
	enum pchat_code code;

	if (!o)
		return pchat_no_memory(err);
	if (lenient)
		make_empty(o);
	code = read_members(&(struct reader){ o, lenient }, value, err);
	if (code == PCHAT_OK)
		*ret = PCHAT_TAKE(o);
	return code;
}

enum pchat_code
pchat_object_from_value(enum pchat_kind kind, const json_t *value, struct pchat_object **ret,
                        struct pchat_err *err)
{
	return from_value(kind, value, false, ret, err);
}

static enum pchat_code
from_json(enum pchat_kind kind, struct pchat_str json, bool lenient, struct pchat_object **ret,
          struct pchat_err *err)
{
	json_error_t where;
	json_t *root = NULL;
	enum pchat_code code = pchat_value_load(json, &root, &where, err);

	if (code != PCHAT_OK)
		return code;
	code = from_value(kind, root, lenient, ret, err);
	json_decref(root);
	return code;
}

enum pchat_code
pchat_object_from_json(enum pchat_kind kind, struct pchat_str json, struct pchat_object **ret,
                       struct pchat_err *err)
{
	return from_json(kind, json, false, ret, err);
}

enum pchat_code
pchat_object_from_journal(enum pchat_kind kind, struct pchat_str json, struct pchat_object **ret,
                          struct pchat_err *err)
{
	return from_json(kind, json, true, ret, err);
}
