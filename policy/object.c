#include "policy/object.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"

static const struct pchat_field *
fields_of(const struct pchat_object *o)
{
	return pchat_kind_info(o->kind)->fields;
}

static size_t
n_fields(const struct pchat_object *o)
{
	return pchat_kind_info(o->kind)->n_fields;
}

static bool
is_text(enum pchat_type type)
{
	return type <= PCHAT_TYPE_HTTP_URL || type == PCHAT_TYPE_REF;
}

static uint64_t
word_index(const char *const *words, const char *word)
{
	uint64_t i = 0;

	while (words[i] && strcmp(words[i], word) != 0)
		i++;
	assert(words[i]);
	return i;
}

/* The default of a field that is no text and no set. */
static union pchat_value
preset_value(const struct pchat_field *f)
{
	union pchat_value v = { 0 };

	if (f->preset[0] == '\0')
		return v;
	if (f->type == PCHAT_TYPE_BOOL)
		v.flag = f->preset[0] == 't';
	else if (f->type == PCHAT_TYPE_ENUM)
		v.number = word_index(f->words, f->preset);
	else
		(void)pchat_str_uint(pchat_str(f->preset), UINT64_MAX, &v.number);
	return v;
}

/* An object without values: texts are NULL until filled in. */
static struct pchat_object *
allocate(enum pchat_kind kind)
{
	size_t n = pchat_kind_info(kind)->n_fields;
	struct pchat_object *o = calloc(1, sizeof(*o) + n * sizeof(o->v[0]));

	if (o)
		o->kind = kind;
	return o;
}

static bool
fill_defaults(struct pchat_object *o)
{
	for (size_t i = 0; i < n_fields(o); i++) {
		const struct pchat_field *f = &fields_of(o)[i];

		if (f->type == PCHAT_TYPE_PRINCIPALS)
			continue;
		if (!is_text(f->type)) {
			o->v[i] = preset_value(f);
			continue;
		}
		o->v[i].text = pchat_str_dup(pchat_str(f->preset));
		if (!o->v[i].text)
			return false;
	}
	return true;
}

struct pchat_object *
pchat_object_new(enum pchat_kind kind)
{
	struct pchat_object *o = allocate(kind);

	if (o && !fill_defaults(o)) {
		pchat_object_free(o);
		o = NULL;
	}
	return o;
}

void
pchat_object_free(struct pchat_object *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < n_fields(o); i++) {
		if (is_text(fields_of(o)[i].type))
			free(o->v[i].text);
		else if (fields_of(o)[i].type == PCHAT_TYPE_PRINCIPALS)
			pchat_list_release(&o->v[i].list);
	}
	free(o->created_by);
	free(o->updated_by);
	free(o);
}

static bool
copy_text(char **to, const char *from)
{
	*to = from ? pchat_str_dup(pchat_str(from)) : NULL;
	return *to || !from;
}

static bool
copy_value(const struct pchat_field *f, union pchat_value *to, const union pchat_value *from,
           bool with_sets)
{
	if (is_text(f->type))
		return copy_text(&to->text, from->text);
	if (f->type == PCHAT_TYPE_PRINCIPALS)
		return !with_sets || pchat_list_copy(&to->list, &from->list);
	*to = *from;
	return true;
}

static bool
copy_fields(struct pchat_object *to, const struct pchat_object *o, bool with_sets)
{
	memcpy(to->guid, o->guid, sizeof(to->guid));
	to->revision = o->revision;
	to->created = o->created;
	to->updated = o->updated;
	to->set = o->set;
	to->line = o->line;
	to->column = o->column;
	to->file = o->file;
	if (!copy_text(&to->created_by, o->created_by) ||
	    !copy_text(&to->updated_by, o->updated_by))
		return false;
	for (size_t i = 0; i < n_fields(o); i++)
		if (!copy_value(&fields_of(o)[i], &to->v[i], &o->v[i], with_sets))
			return false;
	return true;
}

static struct pchat_object *
copy(const struct pchat_object *o, bool with_sets)
{
	struct pchat_object *c = allocate(o->kind);

	if (c && !copy_fields(c, o, with_sets)) {
		pchat_object_free(c);
		c = NULL;
	}
	return c;
}

struct pchat_object *
pchat_object_copy(const struct pchat_object *o)
{
	return copy(o, true);
}

struct pchat_object *
pchat_object_copy_scalars(const struct pchat_object *o)
{
	return copy(o, false);
}

const char *
pchat_object_key(const struct pchat_object *o)
{
	return o->v[0].text;
}

/* The canonical text of a list, so that names with commas survive. */
static void
add_escaped(struct pchat_buf *out, const char *item)
{
	for (; *item; item++) {
		if (*item == ',' || *item == '\\')
			pchat_buf_char(out, '\\');
		pchat_buf_char(out, *item);
	}
}

static void
add_list(struct pchat_buf *out, const struct pchat_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			pchat_buf_char(out, ',');
		add_escaped(out, l->v[i]);
	}
}

void
pchat_object_get_text(const struct pchat_object *o, unsigned field, struct pchat_buf *out)
{
	const struct pchat_field *f = &fields_of(o)[field];
	const union pchat_value *v = &o->v[field];

	assert(field < n_fields(o));
	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		pchat_buf_text(out, v->text);
		break;
	case PCHAT_TYPE_BOOL:
		pchat_buf_text(out, v->flag ? "true" : "false");
		break;
	case PCHAT_TYPE_UINT:
		pchat_buf_uint(out, v->number);
		break;
	case PCHAT_TYPE_DURATION:
		pchat_duration_text(out, v->number);
		break;
	case PCHAT_TYPE_ENUM:
		pchat_buf_text(out, f->words[v->number]);
		break;
	case PCHAT_TYPE_PRINCIPALS:
		add_list(out, &v->list);
		break;
	}
}

bool
pchat_object_is_default(const struct pchat_object *o, unsigned field)
{
	const struct pchat_field *f = &fields_of(o)[field];
	const union pchat_value *v = &o->v[field];

	assert(field < n_fields(o));
	if (is_text(f->type))
		return strcmp(v->text, f->preset) == 0;
	if (f->type == PCHAT_TYPE_PRINCIPALS)
		return v->list.n == 0;
	if (f->type == PCHAT_TYPE_BOOL)
		return v->flag == preset_value(f).flag;
	return v->number == preset_value(f).number;
}

static bool
value_eq(enum pchat_type type, const union pchat_value *a, const union pchat_value *b)
{
	if (type == PCHAT_TYPE_REF)
		return pchat_fold_cmp(pchat_str(a->text), pchat_str(b->text)) == 0;
	if (is_text(type))
		return strcmp(a->text, b->text) == 0;
	if (type == PCHAT_TYPE_PRINCIPALS)
		return pchat_list_eq(&a->list, &b->list);
	if (type == PCHAT_TYPE_BOOL)
		return a->flag == b->flag;
	return a->number == b->number;
}

bool
pchat_object_field_eq(const struct pchat_object *a, const struct pchat_object *b, unsigned field)
{
	assert(a->kind == b->kind && field < n_fields(a));
	return value_eq(fields_of(a)[field].type, &a->v[field], &b->v[field]);
}

bool
pchat_object_eq(const struct pchat_object *a, const struct pchat_object *b)
{
	if (a->kind != b->kind)
		return false;
	for (unsigned i = 0; i < n_fields(a); i++)
		if (!pchat_object_field_eq(a, b, i))
			return false;
	return true;
}
