/* Rows of users and rooms become entries of a manifest: what follows is the plan of apply. */
#include "base/text.h"
#include "pchatctl/import.h"

static enum pchat_code
placed(const struct pchat_import *imp, const struct pchat_csv_cell *cell, enum pchat_code code,
       struct pchat_err *err)
{
	if (code)
		pchat_csv_at(&imp->csv, cell, err);
	return code;
}

/* Words in the spelling of the field: other systems write "Closed" and "True". */
static struct pchat_str
spelled(const struct pchat_field *f, struct pchat_str text)
{
	for (size_t i = 0; f->type == PCHAT_TYPE_ENUM && f->words[i]; i++)
		if (pchat_str_iis(text, f->words[i]))
			return pchat_str(f->words[i]);
	return text;
}

static enum pchat_code
check_named(struct pchat_import *imp, const struct pchat_object *o, unsigned field,
            struct pchat_err *err)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[field];
	const struct pchat_list *list = &o->v[field].list;
	enum pchat_code code = PCHAT_OK;

	if (f->type == PCHAT_TYPE_REF && *o->v[field].text)
		code = pchat_import_known(imp, f->ref, o->v[field].text, err);
	for (size_t i = 0; f->type == PCHAT_TYPE_PRINCIPALS && i < list->n && !code; i++)
		code = pchat_import_known_principal(imp, list->v[i], err);
	if (code == PCHAT_NOT_FOUND)
		pchat_wrap(err, "%s", f->name);
	return code;
}

/* An empty cell says nothing, unless told that it empties the field: sheets cannot tell the two. */
static enum pchat_code
set_field(struct pchat_import *imp, struct pchat_object *o, unsigned field, struct pchat_str text,
          struct pchat_err *err)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[field];
	bool can_be_empty = !(f->flags & PCHAT_REQUIRED) &&
	                    (f->type <= PCHAT_TYPE_HTTP_URL || f->type == PCHAT_TYPE_REF ||
	                     f->type == PCHAT_TYPE_PRINCIPALS);

	if (!text.n && (!imp->clear || !can_be_empty)) {
		if (field != 0)
			return PCHAT_OK;
		pchat_fail(err, PCHAT_INVALID, "the %s is empty", f->name);
		pchat_hint(err, "every row needs one: %s", f->help);
		return PCHAT_INVALID;
	}
	o->set |= UINT32_C(1) << field;
	PCHAT_TRY(pchat_object_set(o, field, spelled(f, text), err));
	return check_named(imp, o, field, err);
}

static enum pchat_code
set_guid(struct pchat_object *o, struct pchat_str text, struct pchat_err *err)
{
	if (!text.n || pchat_guid_parse(text, o->guid))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_INVALID, "guid: '%.*s' is not a GUID", PCHAT_STR_ARG(text));
	pchat_hint(err, "leave it empty for a new object");
	return PCHAT_INVALID;
}

static enum pchat_code
take_row(struct pchat_import *imp, void *ctx, struct pchat_err *err)
{
	struct pchat_manifest *m = ctx;
	PCHAT_AUTO(object) o = pchat_object_new(imp->kind);
	bool wrong = false;

	if (!o)
		return pchat_no_memory(err);
	o->file = imp->file;
	o->line = imp->csv.cells.v[0].line;
	o->column = pchat_csv_column(&imp->csv, &imp->csv.cells.v[0]);
	for (size_t i = 0; i < imp->n_columns; i++) {
		const struct pchat_csv_cell *cell = &imp->csv.cells.v[i];
		int target = imp->targets[i];
		enum pchat_code code;

		if (target < 0)
			continue;
		code = target < (int)pchat_kind_info(imp->kind)->n_fields
		               ? set_field(imp, o, (unsigned)target, cell->text, err)
		               : set_guid(o, cell->text, err);
		PCHAT_TRY(pchat_import_note(imp, placed(imp, cell, code, err), err));
		wrong |= code != PCHAT_OK;
	}
	if (wrong)
		return PCHAT_OK;
	return pchat_import_note(imp, pchat_manifest_add_take(m, PCHAT_TAKE(o), err), err);
}

enum pchat_code
pchat_import_objects(struct pchat_import *imp, struct pchat_manifest *m, struct pchat_err *err)
{
	return pchat_import_each(imp, take_row, m, err);
}
