/*
 * Rows of members: each adds one principal to one list of a room or a group. What is in
 * the lists stays there. Rooms and groups are read and written once, however many rows they have.
 */
#include <stdlib.h>

#include "base/text.h"
#include "pchatctl/current.h"
#include "pchatctl/import.h"

/* A room or group that gets members. */
struct holder {
	const char *key;                     /* folded; owned by the import's keys */
	const char *name;                    /* as the first row has it; owned likewise */
	unsigned line, column;               /* of the first row */
	struct pchat_object *before, *after; /* owned until they are the plan's */
	char guid[PCHAT_GUID_LEN + 1];
};

struct addition {
	size_t holder;
	unsigned field;
	const char *principal; /* canonical; owned by the import's keys */
	unsigned line, column;
};

struct pchat_import_members {
	struct pchat_import *imp;
	enum pchat_kind kind; /* ROOM or GROUP */
	PCHAT_VEC(struct holder) holders;
	PCHAT_VEC(struct addition) additions;
	struct pchat_hash by_key; /* folded key -> index + 1 */
	struct pchat_buf scratch;
};

void
pchat_import_members_free(struct pchat_import_members *members)
{
	if (!members)
		return;
	for (size_t i = 0; i < members->holders.n; i++) {
		pchat_object_free(members->holders.v[i].before);
		pchat_object_free(members->holders.v[i].after);
	}
	pchat_vec_release(&members->holders);
	pchat_vec_release(&members->additions);
	pchat_hash_release(&members->by_key);
	pchat_buf_release(&members->scratch);
	free(members);
}

/* A copy that lives as long as the import. */
static const char *
keep(struct pchat_import *imp, struct pchat_str text)
{
	char *copy = pchat_str_dup(text);

	if (copy && pchat_vec_push(&imp->keys, copy))
		return copy;
	free(copy);
	return NULL;
}

/* ---- reading rows ---- */

static enum pchat_code
refuse_empty(const struct pchat_import *imp, const struct pchat_csv_cell *cell, const char *what,
             struct pchat_err *err)
{
	pchat_fail(err, PCHAT_INVALID, "the %s is empty", what);
	pchat_hint(err, "every row names a room or group and who is to be in it");
	pchat_csv_at(&imp->csv, cell, err);
	return PCHAT_INVALID;
}

static enum pchat_code
new_holder(struct pchat_import_members *m, const struct pchat_csv_cell *cell, size_t *ret,
           struct pchat_err *err)
{
	struct holder h = { .line = cell->line,
		            .column = pchat_csv_column(&m->imp->csv, cell),
		            .key = keep(m->imp, pchat_buf_view(&m->scratch)),
		            .name = keep(m->imp, cell->text) };

	if (!h.key || !h.name || !pchat_vec_push(&m->holders, h) ||
	    !pchat_hash_put(&m->by_key, pchat_str(h.key), (void *)(uintptr_t)m->holders.n))
		return pchat_no_memory(err);
	*ret = m->holders.n - 1;
	return PCHAT_OK;
}

static enum pchat_code
find_holder(struct pchat_import_members *m, size_t *ret, struct pchat_err *err)
{
	const struct pchat_csv_cell *cell = pchat_import_cell(
		m->imp, m->kind == PCHAT_KIND_ROOM ? PCHAT_IMPORT_ROOM : PCHAT_IMPORT_GROUP);
	void *found;
	enum pchat_code code;

	if (!cell->text.n)
		return refuse_empty(m->imp, cell, pchat_kind_info(m->kind)->word, err);
	pchat_buf_clear(&m->scratch);
	pchat_fold(&m->scratch, cell->text);
	if (!pchat_buf_ok(&m->scratch))
		return pchat_no_memory(err);
	found = pchat_hash_get(&m->by_key, pchat_buf_view(&m->scratch));
	if (found) {
		*ret = (size_t)(uintptr_t)found - 1;
		return PCHAT_OK;
	}
	code = pchat_import_known(m->imp, m->kind, pchat_buf_cstr(&m->scratch), err);
	if (code == PCHAT_NOT_FOUND)
		pchat_csv_at(&m->imp->csv, cell, err);
	return code ? code : new_holder(m, cell, ret, err);
}

static enum pchat_code
read_principal(struct pchat_import_members *m, struct addition *a, struct pchat_err *err)
{
	const struct pchat_csv_cell *cell = pchat_import_cell(m->imp, PCHAT_IMPORT_PRINCIPAL);
	enum pchat_code code;

	if (!cell->text.n)
		return refuse_empty(m->imp, cell, "principal", err);
	a->line = cell->line;
	a->column = pchat_csv_column(&m->imp->csv, cell);
	pchat_buf_clear(&m->scratch);
	code = pchat_principal_canonical(cell->text, &m->scratch, err);
	if (!code)
		code = pchat_buf_check(&m->scratch, err);
	if (!code)
		code = pchat_import_known_principal(m->imp, pchat_buf_cstr(&m->scratch), err);
	if (code) {
		pchat_csv_at(&m->imp->csv, cell, err);
		return code;
	}
	a->principal = keep(m->imp, pchat_buf_view(&m->scratch));
	return a->principal ? PCHAT_OK : pchat_no_memory(err);
}

/* "member", "Members", "manager" ... */
static enum pchat_code
read_role(struct pchat_import_members *m, struct addition *a, struct pchat_err *err)
{
	static const struct {
		const char *one, *many;
		unsigned field;
	} roles[] = {
		{ "member", "members", PCHAT_ROOM_MEMBERS },
		{ "manager", "managers", PCHAT_ROOM_MANAGERS },
		{ "presenter", "presenters", PCHAT_ROOM_PRESENTERS },
	};
	const struct pchat_csv_cell *cell = pchat_import_cell(m->imp, PCHAT_IMPORT_ROLE);
	bool room = m->kind == PCHAT_KIND_ROOM;

	a->field = room ? PCHAT_ROOM_MEMBERS : PCHAT_GROUP_MEMBERS;
	if (!cell || !cell->text.n)
		return PCHAT_OK;
	for (size_t i = 0; i < (room ? PCHAT_N(roles) : 1); i++) {
		if (!pchat_str_iis(cell->text, roles[i].one) &&
		    !pchat_str_iis(cell->text, roles[i].many))
			continue;
		if (room)
			a->field = roles[i].field;
		return PCHAT_OK;
	}
	pchat_fail(err, PCHAT_INVALID, "role: '%.*s' is no role in a %s", PCHAT_STR_ARG(cell->text),
	           pchat_kind_info(m->kind)->word);
	pchat_hint(err, room ? "use member, manager or presenter" : "a group has members only");
	pchat_csv_at(&m->imp->csv, cell, err);
	return PCHAT_INVALID;
}

static enum pchat_code
take_row(struct pchat_import *imp, void *ctx, struct pchat_err *err)
{
	struct pchat_import_members *m = ctx;
	struct addition a = { 0 };
	enum pchat_code holder, principal, role;

	holder = find_holder(m, &a.holder, err);
	PCHAT_TRY(pchat_import_note(imp, holder, err));
	principal = read_principal(m, &a, err);
	PCHAT_TRY(pchat_import_note(imp, principal, err));
	role = read_role(m, &a, err);
	PCHAT_TRY(pchat_import_note(imp, role, err));
	if (holder || principal || role)
		return PCHAT_OK;
	return pchat_vec_push(&m->additions, a) ? PCHAT_OK : pchat_no_memory(err);
}

/* ---- making the changes ---- */

static enum pchat_code
take_stored(struct pchat_import_members *m, struct holder *h, const struct pchat_object *stored,
            struct pchat_err *err)
{
	h->before = pchat_object_copy(stored);
	h->after = pchat_object_copy(stored);
	if (!h->before || !h->after)
		return pchat_no_memory(err);
	memcpy(h->guid, stored->guid, sizeof(h->guid));
	h->after->file = m->imp->file;
	h->after->line = h->line;
	h->after->column = h->column;
	return PCHAT_OK;
}

static enum pchat_code
visit(void *ctx, const struct pchat_object *stored, struct pchat_err *err)
{
	struct pchat_import_members *m = ctx;
	void *found;

	pchat_buf_clear(&m->scratch);
	pchat_fold(&m->scratch, pchat_str(pchat_object_key(stored)));
	if (!pchat_buf_ok(&m->scratch))
		return pchat_no_memory(err);
	found = pchat_hash_get(&m->by_key, pchat_buf_view(&m->scratch));
	return found ? take_stored(m, &m->holders.v[(uintptr_t)found - 1], stored, err) : PCHAT_OK;
}

/* One by one, or all there are in one pass: whatever is less to read. */
static enum pchat_code
read_stored(struct pchat_import_members *m, struct pchat_err *err)
{
	struct pchat_current current = { .store = m->imp->ctl->store };

	if (pchat_current_scan_pays(&current, m->kind, m->holders.n))
		return pchat_store_each(current.store, m->kind, visit, m, err);
	for (size_t i = 0; i < m->holders.n; i++) {
		struct holder *h = &m->holders.v[i];
		PCHAT_AUTO(object) stored = NULL;

		PCHAT_TRY(pchat_store_get(current.store, m->kind, h->key, &stored, err));
		PCHAT_TRY(take_stored(m, h, stored, err));
	}
	return PCHAT_OK;
}

static enum pchat_code
add_member(struct pchat_import_members *m, const struct addition *a, struct pchat_err *err)
{
	const struct pchat_field *f = &pchat_kind_info(m->kind)->fields[a->field];
	struct pchat_list *list = &m->holders.v[a->holder].after->v[a->field].list;

	if (list->n < f->max)
		return pchat_list_append(list, pchat_str(a->principal)) ? PCHAT_OK
		                                                        : pchat_no_memory(err);
	pchat_fail(err, PCHAT_LIMIT, "'%s' of %s '%s' would have more than %llu entries", f->name,
	           pchat_kind_info(m->kind)->word, m->holders.v[a->holder].name,
	           (unsigned long long)f->max);
	pchat_hint(err, "put them into groups");
	pchat_err_at(err, m->imp->file, a->line, a->column);
	return PCHAT_LIMIT;
}

static enum pchat_code
add_change(struct pchat_import_members *m, struct holder *h, struct pchat_plan *plan,
           struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(m->kind);

	for (unsigned i = 0; i < info->n_fields; i++)
		if (info->fields[i].type == PCHAT_TYPE_PRINCIPALS)
			pchat_list_sort(&h->after->v[i].list);
	return pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(h->before),
	                           PCHAT_TAKE(h->after), err);
}

enum pchat_code
pchat_import_members(struct pchat_import *imp, struct pchat_plan *plan,
                     struct pchat_import_members **ret, struct pchat_err *err)
{
	PCHAT_AUTO(import_members) m = calloc(1, sizeof(*m));

	if (!m)
		return pchat_no_memory(err);
	m->imp = imp;
	m->kind = PCHAT_KIND_GROUP;
	for (size_t i = 0; i < imp->n_columns; i++)
		if (imp->targets[i] == PCHAT_IMPORT_ROOM)
			m->kind = PCHAT_KIND_ROOM;
	PCHAT_TRY(pchat_import_each(imp, take_row, m, err));
	if (!pchat_import_clean(imp))
		return PCHAT_OK;
	PCHAT_TRY(read_stored(m, err));
	for (size_t i = 0; i < m->additions.n; i++)
		PCHAT_TRY(pchat_import_note(imp, add_member(m, &m->additions.v[i], err), err));
	for (size_t i = 0; i < m->holders.n; i++)
		PCHAT_TRY(add_change(m, &m->holders.v[i], plan, err));
	*ret = PCHAT_TAKE(m);
	return PCHAT_OK;
}

/* Rules speak of a room and "members: sip:amy@contoso.example is ...": the row that adds that one
 * is at fault. Where they speak of a list only, the first row that adds to it is. */
void
pchat_import_members_place(const struct pchat_import_members *members, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(members->kind);
	const struct addition *fault = NULL;

	for (size_t i = 0; i < members->additions.n; i++) {
		const struct addition *a = &members->additions.v[i];
		const struct holder *h = &members->holders.v[a->holder];
		PCHAT_AUTO_TEXT list = pchat_text("': %s: ", info->fields[a->field].name);
		PCHAT_AUTO_TEXT said = pchat_text("%s%s ", list ? list : "", a->principal);

		if (h->line != err->line || h->column != err->column || !list || !said)
			continue;
		if (!fault && strstr(pchat_err_text(err), list))
			fault = a;
		if (strstr(pchat_err_text(err), said)) {
			fault = a;
			break;
		}
	}
	if (fault)
		pchat_err_at(err, members->imp->file, fault->line, fault->column);
}
