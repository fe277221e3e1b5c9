#include "pchatctl/export.h"

#include "base/json.h"
#include "pchatctl/command.h"
#include "pchatctl/manifest.h"

struct exporter {
	const struct pchat_export *what;
	struct pchat_sink *out;
	struct pchat_buf *buf; /* of out */
	struct pchat_json json;
	struct pchat_buf scratch;
	bool any; /* an object of this section was written */
};

/* A guid tells a renamed object from a new one. Those that are never renamed do without, so
 * that an export of one store can be applied to another that has them already. */
static bool
has_guid(const struct exporter *x, const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	return x->what->guids && o->guid[0] && !info->singleton && o->kind != PCHAT_KIND_DOMAIN &&
	       !(info->fields[0].flags & PCHAT_FIXED);
}

static bool
is_written(const struct pchat_object *o, unsigned field)
{
	return field == 0 || !pchat_object_is_default(o, field);
}

/* ---- YAML ---- */

static void
yaml_list(struct exporter *x, const struct pchat_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		pchat_buf_lit(x->buf, "\n      - ");
		pchat_quote_yaml(x->buf, pchat_str(l->v[i]));
	}
}

static void
yaml_value(struct exporter *x, const struct pchat_object *o, unsigned field)
{
	switch (pchat_kind_info(o->kind)->fields[field].type) {
	case PCHAT_TYPE_PRINCIPALS:
		yaml_list(x, &o->v[field].list);
		return;
	case PCHAT_TYPE_BOOL:
	case PCHAT_TYPE_UINT:
	case PCHAT_TYPE_DURATION:
	case PCHAT_TYPE_ENUM:
		pchat_buf_char(x->buf, ' ');
		pchat_object_get_text(o, field, x->buf);
		return;
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		pchat_buf_char(x->buf, ' ');
		pchat_quote_yaml(x->buf, pchat_str(o->v[field].text));
		return;
	}
}

static void
yaml_object(struct exporter *x, const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	const char *indent = info->singleton ? "\n  " : "\n  - ";

	for (unsigned i = 0; i < info->n_fields; i++) {
		if (!is_written(o, i))
			continue;
		pchat_buf_text(x->buf, indent);
		indent = info->singleton ? "\n  " : "\n    ";
		pchat_buf_text(x->buf, info->fields[i].name);
		pchat_buf_char(x->buf, ':');
		yaml_value(x, o, i);
		if (i == 0 && has_guid(x, o)) {
			pchat_buf_text(x->buf, indent);
			pchat_buf_lit(x->buf, "guid: ");
			pchat_buf_text(x->buf, o->guid);
		}
	}
}

/* ---- JSON ---- */

static void
json_value(struct exporter *x, const struct pchat_object *o, unsigned field)
{
	const union pchat_value *v = &o->v[field];

	switch (pchat_kind_info(o->kind)->fields[field].type) {
	case PCHAT_TYPE_PRINCIPALS:
		pchat_json_begin_array(&x->json);
		for (size_t i = 0; i < v->list.n; i++)
			pchat_json_text(&x->json, v->list.v[i]);
		pchat_json_end_array(&x->json);
		return;
	case PCHAT_TYPE_BOOL:
		pchat_json_bool(&x->json, v->flag);
		return;
	case PCHAT_TYPE_UINT:
		pchat_json_uint(&x->json, v->number);
		return;
	case PCHAT_TYPE_DURATION:
	case PCHAT_TYPE_ENUM:
		pchat_buf_clear(&x->scratch);
		pchat_object_get_text(o, field, &x->scratch);
		pchat_json_str(&x->json, pchat_buf_view(&x->scratch));
		return;
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		pchat_json_text(&x->json, v->text);
		return;
	}
}

static void
json_object(struct exporter *x, const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	pchat_json_begin_object(&x->json);
	for (unsigned i = 0; i < info->n_fields; i++) {
		if (!is_written(o, i))
			continue;
		pchat_json_key(&x->json, info->fields[i].name);
		json_value(x, o, i);
		if (i == 0 && has_guid(x, o)) {
			pchat_json_key(&x->json, "guid");
			pchat_json_text(&x->json, o->guid);
		}
	}
	pchat_json_end_object(&x->json);
}

/* ---- sections ---- */

static void
write_key(struct exporter *x, const struct pchat_kind_info *info)
{
	if (x->what->json) {
		pchat_json_key(&x->json, info->section);
		return;
	}
	pchat_buf_lit(x->buf, "\n\n");
	pchat_buf_text(x->buf, info->section);
	pchat_buf_char(x->buf, ':');
}

/* Take the roles that are out of scope off a list of @copy, a room. */
static enum pchat_code
leave_out(struct exporter *x, const struct pchat_object *room, unsigned field,
          struct pchat_object *copy, struct pchat_err *err)
{
	const struct pchat_list *all = &room->v[field].list;
	struct pchat_org *org = x->what->org;
	pchat_id category = pchat_org_category(org, room->v[PCHAT_ROOM_CATEGORY].text, NULL);
	bool in_scope;

	for (size_t i = 0; i < all->n; i++) {
		pchat_id id = pchat_org_principal(org, all->v[i], err);

		PCHAT_TRY(pchat_org_in_scope(org, id, category, &in_scope, err));
		if (in_scope)
			continue;
		pchat_list_remove(&copy->v[field].list, pchat_str(all->v[i]));
		++*x->what->ret_asleep;
	}
	return PCHAT_OK;
}

static enum pchat_code
write_awake(struct exporter *x, const struct pchat_object *room, struct pchat_err *err)
{
	static const unsigned fields[] = { PCHAT_ROOM_MEMBERS, PCHAT_ROOM_MANAGERS,
		                           PCHAT_ROOM_PRESENTERS };
	PCHAT_AUTO(object) copy = pchat_object_copy(room);

	if (!copy)
		return pchat_no_memory(err);
	for (size_t i = 0; i < PCHAT_N(fields); i++)
		PCHAT_TRY(leave_out(x, room, fields[i], copy, err));
	x->what->json ? json_object(x, copy) : yaml_object(x, copy);
	return PCHAT_OK;
}

static enum pchat_code
write_object(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct exporter *x = ctx;

	if (o->kind == PCHAT_KIND_ROOM && x->what->scope.n &&
	    !pchat_list_has(&x->what->scope, pchat_str(o->v[PCHAT_ROOM_CATEGORY].text)))
		return PCHAT_OK;
	if (pchat_kind_info(o->kind)->singleton)
		write_key(x, pchat_kind_info(o->kind));
	x->any = true;
	if (x->what->org && o->kind == PCHAT_KIND_ROOM)
		PCHAT_TRY(write_awake(x, o, err));
	else if (x->what->json)
		json_object(x, o);
	else
		yaml_object(x, o);
	return pchat_sink_drain(x->out, err);
}

/* Everything of the kind, or the objects that are named. */
static enum pchat_code
write_objects(struct exporter *x, struct pchat_store *store, enum pchat_kind kind,
              struct pchat_err *err)
{
	const struct pchat_list *names = &x->what->names[kind];
	enum pchat_code code = PCHAT_OK;

	if (!names->n)
		return pchat_store_each(store, kind, write_object, x, err);
	for (size_t i = 0; i < names->n && !code; i++) {
		PCHAT_AUTO(object) o = NULL;

		code = pchat_store_get(store, kind, names->v[i], &o, err);
		if (!code)
			code = write_object(x, o, err);
	}
	return code;
}

static enum pchat_code
write_section(struct exporter *x, struct pchat_store *store, enum pchat_kind kind,
              struct pchat_err *err)
{
	enum pchat_code code;

	if (pchat_kind_info(kind)->singleton)
		return write_objects(x, store, kind, err);
	x->any = false;
	write_key(x, pchat_kind_info(kind));
	if (x->what->json)
		pchat_json_begin_array(&x->json);
	code = write_objects(x, store, kind, err);
	if (x->what->json)
		pchat_json_end_array(&x->json);
	else if (!x->any)
		pchat_buf_lit(x->buf, " []"); /* managed, and empty */
	return code;
}

static enum pchat_code
check_list(const struct pchat_list *names, enum pchat_kind kind, struct pchat_store *store,
           struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < names->n && !code; i++) {
		PCHAT_AUTO(object) o = NULL;

		code = pchat_store_get(store, kind, names->v[i], &o, err);
		if (code)
			pchat_err_blame(err, names->v[i]);
	}
	return code;
}

/* Half a manifest would be worse than none: look first whether all that is named is there. */
static enum pchat_code
check_names(const struct pchat_export *what, struct pchat_store *store, struct pchat_err *err)
{
	enum pchat_code code = check_list(&what->scope, PCHAT_KIND_CATEGORY, store, err);

	for (size_t k = 0; k < PCHAT_N_KINDS && !code; k++)
		code = check_list(&what->names[k], (enum pchat_kind)k, store, err);
	return code;
}

static void
begin(struct exporter *x)
{
	if (!x->what->json) {
		pchat_buf_printf(x->buf, "pchat: %d\nabsent: default", PCHAT_MANIFEST_VERSION);
		return;
	}
	pchat_json_init(&x->json, x->buf, true);
	pchat_json_begin_object(&x->json);
	pchat_json_key(&x->json, "pchat");
	pchat_json_int(&x->json, PCHAT_MANIFEST_VERSION);
	pchat_json_key(&x->json, "absent");
	pchat_json_text(&x->json, "default");
}

static enum pchat_code
write_all(struct exporter *x, struct pchat_store *store, struct pchat_err *err)
{
	enum pchat_code code = check_names(x->what, store, err);

	if (code)
		return code;
	begin(x);
	for (size_t k = 0; k < PCHAT_N_KINDS && !code; k++)
		if (x->what->kinds >> k & 1)
			code = write_section(x, store, (enum pchat_kind)k, err);
	if (x->what->json)
		pchat_json_end_object(&x->json);
	pchat_buf_char(x->buf, '\n');
	return code;
}

enum pchat_code
pchat_export_write(struct pchat_store *store, const struct pchat_export *what,
                   struct pchat_sink *out, struct pchat_err *err)
{
	struct exporter x = { .what = what, .out = out, .buf = &out->buf };
	enum pchat_code code = pchat_store_read_begin(store, err);

	if (code)
		return code;
	code = write_all(&x, store, err);
	pchat_store_read_end(store);
	if (!code)
		code = pchat_buf_check(&x.scratch, err);
	if (!code)
		code = pchat_buf_check(x.buf, err);
	pchat_buf_release(&x.scratch);
	return code;
}

void
pchat_export_release(struct pchat_export *what)
{
	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		pchat_list_release(&what->names[k]);
	pchat_list_release(&what->scope);
}
