#include "pchatctl/manifest.h"

#include <stdarg.h>

#include "pchatctl/yaml.h"
#include "policy/value.h"

/* Fields are counted in the 32 bits of pchat_object.set. */
_Static_assert(PCHAT_MAX_FIELDS <= 32, "fields do not fit their mask");

/* Entries from one word of progress to the next. */
#define PROGRESS_EACH 256

/* One file on its way into a manifest. */
struct reader {
	struct pchat_manifest *m;
	struct pchat_yaml *yaml;
	const char *file;         /* owned by the manifest */
	struct pchat_buf scratch; /* a principal or key at a time */
	uint64_t lines;           /* of the text; 0: nobody asks how far this has come */
	struct pchat_err *err;
};

/* One document: what it said about itself, and where its objects begin. */
struct document {
	bool versioned, absent_given, whole;
	uint32_t sections; /* bit per kind: named in this document */
	size_t first[PCHAT_N_KINDS];
};
_Static_assert(PCHAT_N_KINDS <= 32, "sections do not fit their mask");

/* ---- refusals ---- */

static enum pchat_code __attribute__((format(printf, 4, 5)))
refuse(struct reader *r, const struct pchat_yaml_event *at, enum pchat_code code, const char *fmt,
       ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return pchat_no_memory(r->err);
	pchat_fail(r->err, code, "%s", text);
	free(text);
	pchat_err_at(r->err, r->file, at->line, at->column);
	return code;
}

/* Give a failure of policy/ its place. */
static enum pchat_code
placed(struct reader *r, const struct pchat_yaml_event *at, enum pchat_code code)
{
	if (code && code != PCHAT_NO_MEMORY)
		pchat_err_at(r->err, r->file, at->line, at->column);
	return code;
}

/* @wanted: "a list" and the like; @remedy: how that is written. */
static enum pchat_code
refuse_type(struct reader *r, const struct pchat_yaml_event *at, const char *what,
            const char *wanted, const char *remedy)
{
	refuse(r, at, PCHAT_INVALID, "'%s' is %s, not %s", what, wanted, pchat_yaml_what(at));
	pchat_hint(r->err, "%s", remedy);
	return PCHAT_INVALID;
}

static enum pchat_code
refuse_no_word(struct reader *r, const struct pchat_yaml_event *at)
{
	refuse(r, at, PCHAT_INVALID, "a key is a word, not %s", pchat_yaml_what(at));
	pchat_hint(r->err, "write it as 'key: value'");
	return PCHAT_INVALID;
}

/* Words a key may be, gathered for "did you mean". */
struct words {
	const char *v[PCHAT_MAX_FIELDS + PCHAT_N_KINDS];
	size_t n;
};

static enum pchat_code
refuse_key(struct reader *r, const struct pchat_yaml_event *key, const char *where,
           const struct words *words)
{
	const char *near = pchat_nearest(key->text, words->v, words->n);
	PCHAT_AUTO_VALUE(buf) all = { 0 };
	char shown[PCHAT_VALUE_MAX];

	refuse(r, key, PCHAT_INVALID, "unknown key %s %s", pchat_value_show(key->text, shown),
	       where);
	if (near) {
		pchat_hint(r->err, "did you mean '%s'?", near);
		return PCHAT_INVALID;
	}
	for (size_t i = 0; i < words->n; i++) {
		pchat_buf_text(&all, i ? ", " : "");
		pchat_buf_text(&all, words->v[i]);
	}
	pchat_hint(r->err, "the keys are %s", pchat_buf_cstr(&all));
	return PCHAT_INVALID;
}

/* ---- one field ---- */

static enum pchat_code
check_scalar(struct reader *r, const struct pchat_field *f, const struct pchat_yaml_event *e)
{
	bool word = e->plain && (pchat_str_is(e->text, "true") || pchat_str_is(e->text, "false"));
	char shown[PCHAT_VALUE_MAX];

	if (pchat_yaml_is_null(e)) {
		refuse(r, e, PCHAT_INVALID, "'%s' has no value", f->name);
		pchat_hint(r->err, "leave the key out, or write %s",
		           f->type == PCHAT_TYPE_PRINCIPALS ? "[] for nobody"
		                                            : "\"\" for an empty text");
		return PCHAT_INVALID;
	}
	if (e->type != PCHAT_YAML_SCALAR)
		return refuse_type(r, e, f->name, "a single value",
		                   "write one value, without brackets or a '-' before it");
	if (f->type == PCHAT_TYPE_BOOL && !word) {
		refuse(r, e, PCHAT_INVALID, "'%s' is true or false, not %s%s", f->name,
		       e->plain ? "" : "the text ", pchat_value_show(e->text, shown));
		pchat_hint(r->err, "write true or false, without quotes");
		return PCHAT_INVALID;
	}
	if (f->type == PCHAT_TYPE_UINT && !e->plain) {
		refuse(r, e, PCHAT_INVALID, "'%s' is a number, not the text %s", f->name,
		       pchat_value_show(e->text, shown));
		pchat_hint(r->err, "write the number without quotes");
		return PCHAT_INVALID;
	}
	return PCHAT_OK;
}

static enum pchat_code
refuse_limit(struct reader *r, const struct pchat_yaml_event *e, const struct pchat_field *f)
{
	refuse(r, e, PCHAT_LIMIT, "'%s' has more than %zu entries", f->name, (size_t)f->max);
	pchat_hint(r->err, "put them into groups");
	return PCHAT_LIMIT;
}

static enum pchat_code
read_item(struct reader *r, struct pchat_object *o, unsigned field,
          const struct pchat_yaml_event *e)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[field];
	struct pchat_list *list = &o->v[field].list;
	enum pchat_code code;

	if (e->type != PCHAT_YAML_SCALAR || pchat_yaml_is_null(e)) {
		refuse(r, e, PCHAT_INVALID, "an entry of '%s' is a text, not %s", f->name,
		       pchat_yaml_what(e));
		pchat_hint(r->err,
		           "write it as \"group:NAME\", \"sip:USER@DOMAIN\", \"ou:PATH\" or "
		           "\"domain:NAME\"");
		return PCHAT_INVALID;
	}
	if (list->n >= f->max)
		return refuse_limit(r, e, f);
	pchat_buf_clear(&r->scratch);
	code = pchat_principal_canonical(e->text, &r->scratch, r->err);
	if (code)
		return placed(r, e, code);
	if (!pchat_buf_ok(&r->scratch) || !pchat_list_append(list, pchat_buf_view(&r->scratch)) ||
	    !pchat_places_note(&r->m->places, o, field, pchat_buf_cstr(&r->scratch), e->line,
	                       e->column))
		return pchat_no_memory(r->err);
	return PCHAT_OK;
}

static enum pchat_code
read_list(struct reader *r, struct pchat_object *o, unsigned field)
{
	struct pchat_yaml_event e;
	enum pchat_code code;

	while (!(code = pchat_yaml_next(r->yaml, &e, r->err)) && e.type != PCHAT_YAML_SEQUENCE_END)
		if ((code = read_item(r, o, field, &e)))
			return code;
	pchat_list_sort(&o->v[field].list);
	return code;
}

static enum pchat_code
read_value(struct reader *r, struct pchat_object *o, unsigned field)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[field];
	struct pchat_yaml_event e;
	enum pchat_code code = pchat_yaml_next(r->yaml, &e, r->err);

	if (code)
		return code;
	o->set |= UINT32_C(1) << field;
	if (f->type == PCHAT_TYPE_PRINCIPALS && e.type == PCHAT_YAML_SEQUENCE)
		return read_list(r, o, field);
	if (f->type == PCHAT_TYPE_PRINCIPALS && !pchat_yaml_is_null(&e)) {
		refuse_type(r, &e, f->name, "a list", "write it in brackets: [\"group:NAME\"]");
		return PCHAT_INVALID;
	}
	code = check_scalar(r, f, &e);
	if (!code && f->type == PCHAT_TYPE_REF &&
	    !pchat_places_note(&r->m->places, o, field, NULL, e.line, e.column))
		return pchat_no_memory(r->err);
	return code ? code : placed(r, &e, pchat_object_set(o, field, e.text, r->err));
}

static enum pchat_code
read_guid(struct reader *r, struct pchat_object *o)
{
	struct pchat_yaml_event e;
	enum pchat_code code = pchat_yaml_next(r->yaml, &e, r->err);
	char shown[PCHAT_VALUE_MAX];

	if (code)
		return code;
	if (e.type != PCHAT_YAML_SCALAR)
		return refuse_type(r, &e, "guid", "a text",
		                   "leave the key out, or write it as export does");
	if (pchat_guid_parse(e.text, o->guid))
		return PCHAT_OK;
	refuse(r, &e, PCHAT_INVALID, "%s is not a GUID", pchat_value_show(e.text, shown));
	pchat_hint(r->err,
	           "write 32 hexadecimal digits as 8-4-4-4-12, as export does, or leave the "
	           "key out");
	return PCHAT_INVALID;
}

/* ---- one entry ---- */

static enum pchat_code
refuse_field(struct reader *r, const struct pchat_yaml_event *key,
             const struct pchat_kind_info *info)
{
	PCHAT_AUTO_TEXT where = pchat_text("of a %s", info->word);
	struct words words = { { "guid" }, 1 };

	for (size_t i = 0; i < info->n_fields; i++)
		words.v[words.n++] = info->fields[i].name;
	return refuse_key(r, key, where ? where : "", &words);
}

static enum pchat_code
read_field(struct reader *r, struct pchat_object *o, const struct pchat_yaml_event *key)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	bool is_guid;
	int field;

	if (key->type != PCHAT_YAML_SCALAR)
		return refuse_no_word(r, key);
	is_guid = pchat_str_is(key->text, "guid");
	field = is_guid ? -1 : pchat_field_by_name(o->kind, key->text);
	if (!is_guid && field < 0)
		return refuse_field(r, key, info);
	if (is_guid ? o->guid[0] != '\0' : (o->set >> field & 1) != 0) {
		refuse(r, key, PCHAT_INVALID, "key '%.*s' stands twice in one entry",
		       PCHAT_STR_ARG(key->text));
		pchat_hint(r->err, "remove one of the two");
		return PCHAT_INVALID;
	}
	return is_guid ? read_guid(r, o) : read_value(r, o, (unsigned)field);
}

static enum pchat_code
read_mapping(struct reader *r, struct pchat_object *o)
{
	struct pchat_yaml_event e;
	enum pchat_code code;

	while (!(code = pchat_yaml_next(r->yaml, &e, r->err)) && e.type != PCHAT_YAML_MAPPING_END)
		if ((code = read_field(r, o, &e)))
			return code;
	return code;
}

static enum pchat_code
refuse_duplicate(const struct pchat_object *o, const struct pchat_object *first, const char *what,
                 const char *remedy, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_INVALID, "%s '%s' %s; first in %s:%u:%u",
	           pchat_kind_info(o->kind)->word, pchat_object_key(o), what, first->file,
	           first->line, first->column);
	pchat_err_at(err, o->file, o->line, o->column);
	pchat_hint(err, "%s", remedy);
	return PCHAT_INVALID;
}

static bool
put_index(struct pchat_hash *h, struct pchat_str key, size_t index)
{
	return pchat_hash_put(h, key, (void *)(uintptr_t)(index + 1));
}

/* Enter the object in the tables of names; a second one of the same name is refused. */
static enum pchat_code
index_object(struct pchat_manifest *m, const struct pchat_object *o, size_t index,
             struct pchat_err *err)
{
	struct pchat_manifest_section *s = &m->sections[o->kind];
	PCHAT_AUTO_TEXT folded = pchat_fold_dup(pchat_str(pchat_object_key(o)));
	const char *key = folded;
	void *other;

	if (!folded)
		return pchat_no_memory(err);
	other = pchat_hash_get(&s->keys, pchat_str(folded));
	if (other)
		return refuse_duplicate(o, s->objects.v[(uintptr_t)other - 1], "is described twice",
		                        "describe it once; upper and lower case are the same", err);
	other = o->guid[0] ? pchat_hash_get(&s->guids, pchat_str(o->guid)) : NULL;
	if (other)
		return refuse_duplicate(o, s->objects.v[(uintptr_t)other - 1],
		                        "has the guid of another entry",
		                        "leave the guid of a new object out", err);
	if (!pchat_vec_push(&m->keys, folded))
		return pchat_no_memory(err);
	folded = NULL;
	if (!put_index(&s->keys, pchat_str(key), index) ||
	    (o->guid[0] && !put_index(&s->guids, pchat_str(o->guid), index)))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

enum pchat_code
pchat_manifest_add_take(struct pchat_manifest *m, struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_manifest_section *s = &m->sections[o->kind];
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	size_t index = s->objects.n;

	if (!(o->set & 1)) {
		pchat_fail(err, PCHAT_INVALID, "a %s has no '%s'", info->word,
		           info->fields[0].name);
		pchat_err_at(err, o->file, o->line, o->column);
		pchat_hint(err, "every %s needs its '%s'", info->word, info->fields[0].name);
		pchat_object_free(o);
		return PCHAT_INVALID;
	}
	if (!pchat_vec_push(&s->objects, o)) {
		pchat_object_free(o);
		return pchat_no_memory(err);
	}
	s->present = true;
	m->n_objects++;
	if (info->singleton && index)
		return refuse_duplicate(o, s->objects.v[0], "is a second one", "describe it once",
		                        err);
	return index_object(m, o, index, err);
}

static enum pchat_code
read_entry(struct reader *r, enum pchat_kind kind, const struct pchat_yaml_event *e)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	if (r->lines && r->m->n_objects % PROGRESS_EACH == 0)
		r->m->progress(r->m->progress_ctx, e->line, r->lines);
	if (r->m->n_objects >= PCHAT_MANIFEST_MAX_OBJECTS) {
		refuse(r, e, PCHAT_LIMIT, "more than %d objects", PCHAT_MANIFEST_MAX_OBJECTS);
		pchat_hint(r->err, "apply the manifest in parts");
		return PCHAT_LIMIT;
	}
	o = pchat_object_new(kind);
	if (!o)
		return pchat_no_memory(r->err);
	o->file = r->file;
	o->line = e->line;
	o->column = e->column;
	if (e->type == PCHAT_YAML_MAPPING) {
		code = read_mapping(r, o);
	} else if (e->type == PCHAT_YAML_SCALAR && !pchat_yaml_is_null(e) &&
	           pchat_manifest_short_form(kind)) {
		o->set = 1;
		code = placed(r, e, pchat_object_set(o, 0, e->text, r->err));
	} else {
		code = refuse(r, e, PCHAT_INVALID, "a %s is a mapping, not %s", info->word,
		              pchat_yaml_what(e));
		pchat_hint(r->err, "write it as {%s: ...}", info->fields[0].name);
	}
	return code ? code : pchat_manifest_add_take(r->m, PCHAT_TAKE(o), r->err);
}

/* ---- one document ---- */

static enum pchat_code
read_section(struct reader *r, enum pchat_kind kind)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);
	struct pchat_yaml_event e;
	enum pchat_code code = pchat_yaml_next(r->yaml, &e, r->err);

	if (code)
		return code;
	r->m->sections[kind].present = true;
	if (info->singleton)
		return read_entry(r, kind, &e);
	if (e.type != PCHAT_YAML_SEQUENCE) {
		refuse_type(r, &e, info->section, "a list", "");
		pchat_hint(r->err, "begin each %s with '- ', write [] for none, or leave '%s' out",
		           info->word, info->section);
		return PCHAT_INVALID;
	}
	while (!(code = pchat_yaml_next(r->yaml, &e, r->err)) && e.type != PCHAT_YAML_SEQUENCE_END)
		if ((code = read_entry(r, kind, &e)))
			return code;
	return code;
}

static enum pchat_code
refuse_twice(struct reader *r, const struct pchat_yaml_event *key)
{
	refuse(r, key, PCHAT_INVALID, "key '%.*s' stands twice in one document",
	       PCHAT_STR_ARG(key->text));
	pchat_hint(r->err, "join the two");
	return PCHAT_INVALID;
}

static enum pchat_code
read_version(struct reader *r, const struct pchat_yaml_event *key, struct document *d)
{
	struct pchat_yaml_event e;
	enum pchat_code code;
	char shown[PCHAT_VALUE_MAX];

	if (d->versioned)
		return refuse_twice(r, key);
	d->versioned = true;
	code = pchat_yaml_next(r->yaml, &e, r->err);
	if (code)
		return code;
	if (e.type == PCHAT_YAML_SCALAR && e.plain && pchat_str_is(e.text, "1"))
		return PCHAT_OK;
	if (e.type != PCHAT_YAML_SCALAR)
		return refuse_type(r, &e, "pchat", "the number of the format", "write 'pchat: 1'");
	refuse(r, &e, PCHAT_UNSUPPORTED, "manifest format %s is not known",
	       pchat_value_show(e.text, shown));
	pchat_hint(r->err, "this program reads 'pchat: %d'", PCHAT_MANIFEST_VERSION);
	return PCHAT_UNSUPPORTED;
}

static enum pchat_code
read_absent(struct reader *r, const struct pchat_yaml_event *key, struct document *d)
{
	struct pchat_yaml_event e;
	enum pchat_code code;

	if (d->absent_given)
		return refuse_twice(r, key);
	d->absent_given = true;
	code = pchat_yaml_next(r->yaml, &e, r->err);
	if (code)
		return code;
	d->whole = e.type == PCHAT_YAML_SCALAR && pchat_str_is(e.text, "default");
	if (d->whole || (e.type == PCHAT_YAML_SCALAR && pchat_str_is(e.text, "keep")))
		return PCHAT_OK;
	refuse(r, &e, PCHAT_INVALID, "'absent' is keep or default");
	pchat_hint(r->err,
	           "keep: fields left out stay as they are; default: they get their default");
	return PCHAT_INVALID;
}

static enum pchat_code
refuse_top(struct reader *r, const struct pchat_yaml_event *key)
{
	struct words words = { { "pchat", "absent" }, 2 };

	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		words.v[words.n++] = pchat_kind_info((enum pchat_kind)k)->section;
	return refuse_key(r, key, "at the top of a manifest", &words);
}

static enum pchat_code
read_top(struct reader *r, const struct pchat_yaml_event *key, struct document *d)
{
	enum pchat_kind kind;

	if (key->type != PCHAT_YAML_SCALAR)
		return refuse_no_word(r, key);
	if (pchat_str_is(key->text, "pchat"))
		return read_version(r, key, d);
	if (pchat_str_is(key->text, "absent"))
		return read_absent(r, key, d);
	if (!pchat_kind_by_section(key->text, &kind))
		return refuse_top(r, key);
	if (d->sections >> kind & 1)
		return refuse_twice(r, key);
	d->sections |= UINT32_C(1) << kind;
	d->first[kind] = r->m->sections[kind].objects.n;
	return read_section(r, kind);
}

static enum pchat_code
refuse_unversioned(struct reader *r, const struct pchat_yaml_event *at)
{
	refuse(r, at, PCHAT_INVALID, "this is not a manifest: 'pchat: %d' is missing",
	       PCHAT_MANIFEST_VERSION);
	pchat_hint(r->err, "begin the document with 'pchat: %d'", PCHAT_MANIFEST_VERSION);
	return PCHAT_INVALID;
}

/* In a document of whole objects every field counts, also those left at their default. */
static void
mark_whole(struct pchat_manifest *m, const struct document *d)
{
	for (size_t k = 0; k < PCHAT_N_KINDS; k++) {
		struct pchat_manifest_section *s = &m->sections[k];

		if (d->sections >> k & 1)
			for (size_t i = d->first[k]; i < s->objects.n; i++)
				s->objects.v[i]->set = UINT32_MAX;
	}
}

static enum pchat_code
read_document(struct reader *r)
{
	struct document d = { 0 };
	struct pchat_yaml_event start, e;
	enum pchat_code code = pchat_yaml_next(r->yaml, &start, r->err);

	if (code)
		return code;
	if (start.type != PCHAT_YAML_MAPPING)
		return refuse_unversioned(r, &start);
	while (!(code = pchat_yaml_next(r->yaml, &e, r->err)) && e.type != PCHAT_YAML_MAPPING_END)
		if ((code = read_top(r, &e, &d)))
			return code;
	if (code)
		return code;
	if (!d.versioned)
		return refuse_unversioned(r, &start);
	if (d.whole)
		mark_whole(r->m, &d);
	return pchat_yaml_next(r->yaml, &e, r->err); /* the end of the document */
}

static enum pchat_code
read_stream(struct reader *r)
{
	struct pchat_yaml_event e;
	size_t documents = 0;
	enum pchat_code code;

	while (!(code = pchat_yaml_next(r->yaml, &e, r->err)) && e.type != PCHAT_YAML_END) {
		if ((code = read_document(r)))
			return code;
		documents++;
	}
	if (!code && !documents) {
		e.line = e.column = 1;
		return refuse_unversioned(r, &e);
	}
	return code;
}

static uint64_t
count_lines(struct pchat_str text)
{
	uint64_t n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

enum pchat_code
pchat_manifest_parse(struct pchat_manifest *m, const char *name, struct pchat_str text,
                     struct pchat_err *err)
{
	PCHAT_AUTO(yaml) yaml = NULL;
	struct reader r = { .m = m, .err = err };
	char *file = pchat_str_dup(pchat_str(name));
	enum pchat_code code;

	if (!file || !pchat_vec_push(&m->files, file)) {
		free(file);
		return pchat_no_memory(err);
	}
	r.file = file;
	code = pchat_yaml_open(file, text, &yaml, err);
	if (code)
		return code;
	r.yaml = yaml;
	r.lines = m->progress ? count_lines(text) : 0;
	code = read_stream(&r);
	pchat_buf_release(&r.scratch);
	return code;
}
