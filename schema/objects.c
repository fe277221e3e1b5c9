#include "schema/objects.h"

#include <assert.h>
#include <stdlib.h>

static const struct pchat_table tables[PCHAT_N_KINDS] = {
	[PCHAT_KIND_POOL] = { "pool", NULL, 0 },
	[PCHAT_KIND_SITE] = { "site", NULL, 0 },
	[PCHAT_KIND_DOMAIN] = { "principal", NULL, 8 },
	[PCHAT_KIND_UNIT] = { "principal", NULL, 10 },
	[PCHAT_KIND_USER] = { "principal", NULL, 5 },
	[PCHAT_KIND_GROUP] = { "principal", "group_member", 9 },
	[PCHAT_KIND_POLICY] = { "policy", "policy_grant", 0 },
	[PCHAT_KIND_ADDIN] = { "addin", NULL, 0 },
	[PCHAT_KIND_CATEGORY] = { "category", "category_role", 0 },
	[PCHAT_KIND_ROOM] = { "room", "room_role", 0 },
	[PCHAT_KIND_SETTINGS] = { "settings", NULL, 0 },
	[PCHAT_KIND_COMPLIANCE] = { "compliance", NULL, 0 },
	[PCHAT_KIND_ENDPOINT] = { "endpoint", NULL, 0 },
	[PCHAT_KIND_SERVER] = { "server", NULL, 0 },
};

/* The numbers stand in stores: never change one. */
static const struct {
	enum pchat_kind kind;
	unsigned field;
	int role;
} roles[] = {
	{ PCHAT_KIND_GROUP, PCHAT_GROUP_MEMBERS, 1 },
	{ PCHAT_KIND_POLICY, PCHAT_POLICY_GRANTED_TO, 1 },
	{ PCHAT_KIND_CATEGORY, PCHAT_CATEGORY_CREATORS, 4 },
	{ PCHAT_KIND_CATEGORY, PCHAT_CATEGORY_ALLOWED, 5 },
	{ PCHAT_KIND_CATEGORY, PCHAT_CATEGORY_DENIED, 6 },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_MEMBERS, 1 },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_MANAGERS, 2 },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_PRESENTERS, 3 },
};

const struct pchat_table *
pchat_table(enum pchat_kind kind)
{
	assert((unsigned)kind < PCHAT_N_KINDS);
	return &tables[kind];
}

enum pchat_kind
pchat_table_principal_kind(int64_t number)
{
	for (int kind = 0; kind < PCHAT_N_KINDS; kind++)
		if (tables[kind].kind != 0 && tables[kind].kind == number)
			return (enum pchat_kind)kind;
	return PCHAT_N_KINDS;
}

int
pchat_table_role(enum pchat_kind kind, unsigned field)
{
	for (size_t i = 0; i < PCHAT_N(roles); i++)
		if (roles[i].kind == kind && roles[i].field == field)
			return roles[i].role;
	return 0;
}

int
pchat_table_role_field(enum pchat_kind kind, int64_t role)
{
	for (size_t i = 0; i < PCHAT_N(roles); i++)
		if (roles[i].kind == kind && roles[i].role == role)
			return (int)roles[i].field;
	return -1;
}

/* ---- statements ---- */

static const struct pchat_field *
field(enum pchat_kind kind, size_t i)
{
	return &pchat_kind_info(kind)->fields[i];
}

static bool
is_column(enum pchat_kind kind, size_t i)
{
	return field(kind, i)->type != PCHAT_TYPE_PRINCIPALS;
}

static void
add_table(enum pchat_kind kind, struct pchat_buf *out)
{
	pchat_buf_text(out, tables[kind].name);
}

static void
add_lists(enum pchat_kind kind, struct pchat_buf *out)
{
	assert(tables[kind].lists);
	pchat_buf_text(out, tables[kind].lists);
}

/* The prefix of the folded form picks the kind out by the index that is there anyway. */
static void
add_kind(enum pchat_kind kind, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(buf) prefix = { 0 };

	if (tables[kind].kind == 0) {
		pchat_buf_lit(out, "TRUE");
		return;
	}
	pchat_table_prefix(kind, &prefix);
	pchat_buf_printf(out, "t.fold >= '%s' AND t.fold < '%.*s;'", pchat_buf_cstr(&prefix),
	                 (int)prefix.n - 1, pchat_buf_cstr(&prefix));
}

static void
add_columns(enum pchat_kind kind, struct pchat_buf *out)
{
	pchat_buf_lit(out, "t.id, t.guid, t.revision, t.created, t.updated, t.created_by,"
	                   " t.updated_by, t.name");
	for (size_t i = 1; i < pchat_kind_info(kind)->n_fields; i++) {
		const struct pchat_field *f = field(kind, i);

		if (f->type == PCHAT_TYPE_REF)
			pchat_buf_printf(out, ", (SELECT r.name FROM %s r WHERE r.id = t.\"%s\")",
			                 tables[f->ref].name, f->name);
		else if (is_column(kind, i))
			pchat_buf_printf(out, ", t.\"%s\"", f->name);
	}
}

static void
add_insert(enum pchat_kind kind, struct pchat_buf *out)
{
	pchat_buf_lit(out, "id, guid, revision, created, updated, created_by, updated_by,"
	                   " name, fold");
	for (size_t i = 1; i < pchat_kind_info(kind)->n_fields; i++)
		if (is_column(kind, i))
			pchat_buf_printf(out, ", \"%s\"", field(kind, i)->name);
	if (tables[kind].kind != 0)
		pchat_buf_lit(out, ", kind");
}

static void
add_values(enum pchat_kind kind, struct pchat_buf *out)
{
	unsigned position = 9;

	pchat_buf_lit(out, "$1, $2, $3, $4, $5, $6, $7, $8, $9");
	for (size_t i = 1; i < pchat_kind_info(kind)->n_fields; i++)
		if (is_column(kind, i))
			pchat_buf_printf(out, ", $%u", ++position);
	if (tables[kind].kind != 0)
		pchat_buf_printf(out, ", %d", tables[kind].kind);
}

static void
add_sets(enum pchat_kind kind, struct pchat_buf *out)
{
	unsigned position = 5;

	pchat_buf_lit(out, "revision = $1, updated = $2, updated_by = $3, name = $4, fold = $5");
	for (size_t i = 1; i < pchat_kind_info(kind)->n_fields; i++) {
		const struct pchat_field *f = field(kind, i);

		if (!is_column(kind, i))
			continue;
		position++;
		if (f->type == PCHAT_TYPE_REF)
			pchat_buf_printf(out,
			                 ", \"%s\" = CASE WHEN $%u = %d THEN \"%s\" ELSE $%u END",
			                 f->name, position, PCHAT_REF_SAME, f->name, position);
		else
			pchat_buf_printf(out, ", \"%s\" = $%u", f->name, position);
	}
	pchat_buf_printf(out, " WHERE id = $%u", position + 1);
}

static const struct {
	struct pchat_str word;
	void (*add)(enum pchat_kind kind, struct pchat_buf *out);
} words[] = {
	{ { "table", 5 }, add_table },   { { "lists", 5 }, add_lists },
	{ { "kind", 4 }, add_kind },     { { "columns", 7 }, add_columns },
	{ { "insert", 6 }, add_insert }, { { "values", 6 }, add_values },
	{ { "sets", 4 }, add_sets },
};

void
pchat_table_expand(enum pchat_kind kind, const char *sql, struct pchat_buf *out)
{
	struct pchat_str rest = pchat_str(sql);

	for (;;) {
		size_t i = 0;

		pchat_buf_str(out, pchat_str_cut(rest, '@', &rest));
		if (rest.n == 0)
			return;
		while (i < PCHAT_N(words) && !pchat_str_starts(rest, words[i].word.p))
			i++;
		assert(i < PCHAT_N(words));
		words[i].add(kind, out);
		rest.p += words[i].word.n;
		rest.n -= words[i].word.n;
	}
}

void
pchat_table_prefix(enum pchat_kind kind, struct pchat_buf *out)
{
	if (tables[kind].kind != 0)
		pchat_principal_of(kind, kind == PCHAT_KIND_USER ? "sip:" : "", out);
}

void
pchat_table_fold(enum pchat_kind kind, struct pchat_str key, struct pchat_buf *out)
{
	/* A user's key is his principal already; the others get their prefix. */
	if (tables[kind].kind != 0 && kind != PCHAT_KIND_USER)
		pchat_principal_of(kind, "", out);
	pchat_fold(out, key);
}

/* ---- rows ---- */

static enum pchat_code
fail_row(const struct pchat_object *o, const char *what, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_CORRUPT, "%s '%s' has a %s that is none",
	           pchat_kind_info(o->kind)->word, o->v[0].text ? o->v[0].text : "", what);
	pchat_hint(err, "look closer with 'pchatctl store check'");
	return PCHAT_CORRUPT;
}

/* Keeps the memory of a text that is right already: listings reuse one object. */
static bool
set_text(char **to, struct pchat_str text)
{
	char *copy;

	if (*to && strlen(*to) == text.n && memcmp(*to, text.p ? text.p : "", text.n) == 0)
		return true;
	copy = pchat_str_dup(text);
	if (!copy)
		return false;
	free(*to);
	*to = copy;
	return true;
}

static bool
set_optional(char **to, struct pchat_stmt *stmt, unsigned column)
{
	if (!stmt->driver->column_is_null(stmt, column))
		return set_text(to, pchat_col_str(stmt, column));
	free(*to);
	*to = NULL;
	return true;
}

static bool
word_number(const struct pchat_field *f, struct pchat_str word, uint64_t *ret)
{
	for (size_t i = 0; f->words[i]; i++) {
		if (pchat_str_is(word, f->words[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static enum pchat_code
read_field(struct pchat_stmt *stmt, unsigned column, const struct pchat_field *f,
           struct pchat_object *o, union pchat_value *v, struct pchat_err *err)
{
	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		return set_text(&v->text, pchat_col_str(stmt, column)) ? PCHAT_OK
		                                                       : pchat_no_memory(err);
	case PCHAT_TYPE_BOOL:
		v->flag = pchat_col_int(stmt, column) != 0;
		return PCHAT_OK;
	case PCHAT_TYPE_UINT:
	case PCHAT_TYPE_DURATION:
		v->number = (uint64_t)pchat_col_int(stmt, column);
		return PCHAT_OK;
	case PCHAT_TYPE_ENUM:
		if (word_number(f, pchat_col_str(stmt, column), &v->number))
			return PCHAT_OK;
		return fail_row(o, f->name, err);
	case PCHAT_TYPE_PRINCIPALS:
		break;
	}
	return PCHAT_OK;
}

static enum pchat_code
read_meta(struct pchat_stmt *stmt, struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_str guid = pchat_col_str(stmt, PCHAT_COL_GUID);

	if (guid.n != PCHAT_GUID_LEN)
		return fail_row(o, "guid", err);
	memcpy(o->guid, guid.p, PCHAT_GUID_LEN);
	o->guid[PCHAT_GUID_LEN] = '\0';
	o->revision = (uint64_t)pchat_col_int(stmt, PCHAT_COL_REVISION);
	o->created = pchat_col_int(stmt, PCHAT_COL_CREATED);
	o->updated = pchat_col_int(stmt, PCHAT_COL_UPDATED);
	if (!set_optional(&o->created_by, stmt, PCHAT_COL_CREATED_BY) ||
	    !set_optional(&o->updated_by, stmt, PCHAT_COL_UPDATED_BY))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

/* Empty, but the array stays for the next row. */
static void
clear_list(struct pchat_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	l->n = 0;
}

enum pchat_code
pchat_row_read(struct pchat_stmt *stmt, struct pchat_object *o, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	enum pchat_code code = read_meta(stmt, o, err);
	unsigned column = PCHAT_COL_KEY;

	for (size_t i = 0; code == PCHAT_OK && i < info->n_fields; i++) {
		if (is_column(o->kind, i))
			code = read_field(stmt, column++, &info->fields[i], o, &o->v[i], err);
		else
			clear_list(&o->v[i].list);
	}
	return code;
}

enum pchat_code
pchat_row_read_list(struct pchat_stmt *stmt, struct pchat_object *o, struct pchat_err *err)
{
	int at = pchat_table_role_field(o->kind, pchat_col_int(stmt, 1));
	enum pchat_kind kind = pchat_table_principal_kind(pchat_col_int(stmt, 2));
	struct pchat_str name = pchat_col_str(stmt, 3);
	PCHAT_AUTO_VALUE(buf) principal = { 0 };

	if (at < 0 || kind == PCHAT_N_KINDS || !name.p)
		return fail_row(o, "list entry", err);
	if (kind != PCHAT_KIND_USER) {
		pchat_principal_of(kind, name.p, &principal);
		name = pchat_buf_view(&principal);
	}
	if (!pchat_buf_ok(&principal) || !pchat_list_append(&o->v[at].list, name))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

void
pchat_row_lists_done(struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (size_t i = 0; i < info->n_fields; i++)
		if (!is_column(o->kind, i))
			pchat_list_sort(&o->v[i].list);
}

static void
bind_field(struct pchat_stmt *stmt, unsigned position, const struct pchat_field *f,
           const union pchat_value *v, int64_t ref)
{
	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
		pchat_stmt_str(stmt, position, pchat_str(v->text));
		break;
	case PCHAT_TYPE_BOOL:
		pchat_stmt_int(stmt, position, v->flag);
		break;
	case PCHAT_TYPE_UINT:
	case PCHAT_TYPE_DURATION:
		pchat_stmt_int(stmt, position, (int64_t)v->number);
		break;
	case PCHAT_TYPE_ENUM:
		pchat_stmt_text(stmt, position, f->words[v->number]);
		break;
	case PCHAT_TYPE_REF:
		if (ref != 0)
			pchat_stmt_int(stmt, position, ref);
		else
			stmt->driver->bind_null(stmt, position);
		break;
	case PCHAT_TYPE_PRINCIPALS:
		break;
	}
}

unsigned
pchat_row_bind(struct pchat_stmt *stmt, unsigned position, const struct pchat_object *o,
               struct pchat_str fold, const int64_t refs[PCHAT_MAX_FIELDS])
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	pchat_stmt_str(stmt, position++, pchat_str(o->v[0].text));
	pchat_stmt_str(stmt, position++, fold);
	for (size_t i = 1; i < info->n_fields; i++)
		if (is_column(o->kind, i))
			bind_field(stmt, position++, &info->fields[i], &o->v[i], refs[i]);
	return position;
}
