#include "pchatctl/record_object.h"

static const char *const meta[PCHAT_N_META] = {
	[PCHAT_META_GUID] = "guid",       [PCHAT_META_REVISION] = "revision",
	[PCHAT_META_CREATED] = "created", [PCHAT_META_CREATED_BY] = "createdBy",
	[PCHAT_META_UPDATED] = "updated", [PCHAT_META_UPDATED_BY] = "updatedBy",
};

void
pchat_object_texts_release(struct pchat_object_texts *t)
{
	for (size_t i = 0; i < PCHAT_MAX_FIELDS; i++)
		pchat_buf_release(&t->durations[i]);
}

static void
add_field(struct pchat_record *r, struct pchat_object_texts *t, const struct pchat_object *o,
          unsigned i)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[i];
	const union pchat_value *v = &o->v[i];

	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		pchat_record_text(r, f->name, v->text);
		break;
	case PCHAT_TYPE_BOOL:
		pchat_record_bool(r, f->name, v->flag);
		break;
	case PCHAT_TYPE_UINT:
		pchat_record_uint(r, f->name, v->number);
		break;
	case PCHAT_TYPE_DURATION:
		pchat_buf_clear(&t->durations[i]);
		pchat_duration_text(&t->durations[i], v->number);
		r->failed |= !pchat_buf_ok(&t->durations[i]);
		pchat_record_text(r, f->name, pchat_buf_cstr(&t->durations[i]));
		break;
	case PCHAT_TYPE_ENUM:
		pchat_record_text(r, f->name, f->words[v->number]);
		break;
	case PCHAT_TYPE_PRINCIPALS:
		pchat_record_list(r, f->name, (const char *const *)v->list.v, v->list.n);
		break;
	}
}

void
pchat_record_object(struct pchat_record *r, struct pchat_object_texts *t,
                    const struct pchat_object *o)
{
	pchat_record_clear(r);
	for (unsigned i = 0; i < pchat_kind_info(o->kind)->n_fields; i++)
		add_field(r, t, o, i);
	pchat_record_text(r, meta[PCHAT_META_GUID], o->guid[0] ? o->guid : NULL);
	pchat_record_uint(r, meta[PCHAT_META_REVISION], o->revision);
	pchat_record_text(r, meta[PCHAT_META_CREATED],
	                  o->created ? pchat_time_text(o->created, t->created) : NULL);
	pchat_record_text(r, meta[PCHAT_META_CREATED_BY], o->created_by);
	pchat_record_text(r, meta[PCHAT_META_UPDATED],
	                  o->updated ? pchat_time_text(o->updated, t->updated) : NULL);
	pchat_record_text(r, meta[PCHAT_META_UPDATED_BY], o->updated_by);
}

void
pchat_record_columns(enum pchat_kind kind, const char *ret[PCHAT_MAX_FIELDS + PCHAT_N_META + 1])
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);
	size_t n = 0;

	for (size_t i = 0; i < info->n_fields; i++)
		ret[n++] = info->fields[i].name;
	for (size_t i = 0; i < PCHAT_N_META; i++)
		ret[n++] = meta[i];
	ret[n] = NULL;
}

int
pchat_record_column(enum pchat_kind kind, struct pchat_str name)
{
	int field = pchat_field_by_name(kind, name);

	for (size_t i = 0; field < 0 && i < PCHAT_N_META; i++)
		if (pchat_str_is(name, meta[i]))
			field = (int)(pchat_kind_info(kind)->n_fields + i);
	return field;
}

void
pchat_record_shown(enum pchat_kind kind, const char *ret[PCHAT_MAX_FIELDS + PCHAT_N_META + 2])
{
	size_t n = 0;

	pchat_record_columns(kind, ret);
	if (kind != PCHAT_KIND_USER)
		return;
	while (ret[n])
		n++;
	ret[n] = PCHAT_SIGN_IN;
	ret[n + 1] = NULL;
}
