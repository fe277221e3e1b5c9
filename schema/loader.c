/*
 * Reading on demand for an org: what a rule asks about, and no more. Each answer
 * is one or two indexed statements.
 */
#include "schema/internal.h"

#include "base/vec.h"

struct numbers {
	int64_t *v;
	size_t n, cap;
};

/* ---- principals ---- */

static bool
take(char **to, struct pchat_query *q, unsigned column)
{
	struct pchat_str s = pchat_col_str(q->stmt, column);

	if (s.n == 0)
		return true;
	*to = pchat_str_dup(s);
	return *to != NULL;
}

static enum pchat_code
read_facts(struct pchat_query *q, struct pchat_principal_facts *f, struct pchat_err *err)
{
	enum pchat_kind kind = pchat_table_principal_kind(pchat_col_int(q->stmt, 1));
	struct pchat_str guid = pchat_col_str(q->stmt, 2);
	PCHAT_AUTO_VALUE(buf) name = { 0 };

	if (kind == PCHAT_N_KINDS || guid.n != PCHAT_GUID_LEN)
		return pchat_fail(err, PCHAT_CORRUPT, "a principal of the store is damaged");
	memcpy(f->guid, guid.p, PCHAT_GUID_LEN + 1);
	f->disabled = pchat_col_int(q->stmt, 4) != 0;
	pchat_principal_of(kind, pchat_col_str(q->stmt, 3).p, &name);
	f->name = pchat_buf_take(&name);
	if (!f->name || !take(&f->display_name, q, 5) || !take(&f->site, q, 6) ||
	    !take(&f->unit, q, 7) || !take(&f->policy, q, 8))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

static enum pchat_code
read_containers(struct pchat_store *store, int64_t id, struct pchat_list *ret,
                struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_CONTAINERS, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, id);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		pchat_buf_clear(&name);
		pchat_principal_of(PCHAT_KIND_GROUP, pchat_col_str(q.stmt, 0).p, &name);
		if (!pchat_buf_ok(&name) || !pchat_list_append(ret, pchat_buf_view(&name)))
			return pchat_no_memory(err);
	}
	return code;
}

static enum pchat_code
load_principal(void *ctx, const char *principal, bool *ret_found, struct pchat_principal_facts *ret,
               struct pchat_err *err)
{
	struct pchat_store *store = ctx;
	struct pchat_principal_facts facts = { 0 };
	PCHAT_AUTO_VALUE(buf) fold = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;
	bool row = false;

	*ret_found = false;
	pchat_fold(&fold, pchat_str(principal));
	if (!pchat_buf_ok(&fold))
		return pchat_no_memory(err);
	code = pchat_query_use(&store->conn, PCHAT_Q_PRINCIPAL, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, pchat_buf_view(&fold));
	code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK || !row)
		return code;
	code = read_facts(&q, &facts, err);
	if (code == PCHAT_OK)
		code = read_containers(store, pchat_col_int(q.stmt, 0), &facts.containers, err);
	if (code != PCHAT_OK) {
		pchat_principal_facts_release(&facts);
		return code;
	}
	*ret = facts;
	*ret_found = true;
	return PCHAT_OK;
}

static enum pchat_code
keep_only(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_object **ret = ctx;

	if (*ret)
		return PCHAT_OK;
	*ret = pchat_object_copy(o);
	return *ret ? PCHAT_OK : pchat_no_memory(err);
}

/* The pool is asked for with the key "". */
static enum pchat_code
load_object(void *ctx, enum pchat_kind kind, const char *key, struct pchat_object **ret,
            struct pchat_err *err)
{
	*ret = NULL;
	if (pchat_kind_info(kind)->singleton)
		return pchat_store_each(ctx, kind, keep_only, ret, err);
	return pchat_read_by_key(ctx, kind, key, ret, err);
}

/* ---- who refers to an object ---- */

/* One row for each field of type REF; a test walks fields.def for missing ones. */
static const struct pchat_ref_row {
	enum pchat_kind kind; /* whose field it is */
	unsigned field;
	enum pchat_query_id query;
} refs[] = {
	{ PCHAT_KIND_USER, PCHAT_USER_SITE, PCHAT_Q_USERS_OF_SITE },
	{ PCHAT_KIND_USER, PCHAT_USER_UNIT, PCHAT_Q_USERS_OF_UNIT },
	{ PCHAT_KIND_GROUP, PCHAT_GROUP_UNIT, PCHAT_Q_GROUPS_OF_UNIT },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_CATEGORY, PCHAT_Q_ROOMS_OF_CATEGORY },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_ADDIN, PCHAT_Q_ROOMS_OF_ADDIN },
};

bool
pchat_loader_knows_ref(enum pchat_kind kind, unsigned field)
{
	for (size_t i = 0; i < PCHAT_N(refs); i++)
		if (refs[i].kind == kind && refs[i].field == field)
			return true;
	return false;
}

static enum pchat_code
collect(struct pchat_query *q, int64_t id, struct numbers *ret, struct pchat_err *err)
{
	bool row = false;
	enum pchat_code code;

	pchat_stmt_int(q->stmt, 1, id);
	while ((code = pchat_query_step(q, &row, err)) == PCHAT_OK && row)
		if (!pchat_vec_push(ret, pchat_col_int(q->stmt, 0)))
			return pchat_no_memory(err);
	return code;
}

struct asked {
	struct pchat_store *store;
	int64_t id; /* of the object referred to */
	enum pchat_code (*each)(void *ctx, const struct pchat_object *o, struct pchat_err *err);
	void *ctx;
};

/* The numbers first, then the objects: @each may ask the store whatever it likes. */
static enum pchat_code
give(const struct asked *a, enum pchat_kind kind, struct pchat_query *q, struct pchat_err *err)
{
	struct numbers found = { 0 };
	enum pchat_code code = collect(q, a->id, &found, err);

	pchat_query_release(q);
	for (size_t i = 0; code == PCHAT_OK && i < found.n; i++) {
		PCHAT_AUTO(object) o = NULL;

		code = pchat_read_by_id(a->store, kind, found.v[i], &o, err);
		if (code == PCHAT_OK)
			code = a->each(a->ctx, o, err);
	}
	pchat_vec_release(&found);
	return code;
}

static enum pchat_code
give_refs(const struct asked *a, enum pchat_kind target, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(refs); i++) {
		PCHAT_AUTO_VALUE(query) q = { 0 };

		if (pchat_kind_info(refs[i].kind)->fields[refs[i].field].ref != target)
			continue;
		code = pchat_query_use(&a->store->conn, refs[i].query, &q, err);
		if (code == PCHAT_OK)
			code = give(a, refs[i].kind, &q, err);
	}
	return code;
}

static enum pchat_code
give_holders(const struct asked *a, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (int kind = 0; code == PCHAT_OK && kind < PCHAT_N_KINDS; kind++) {
		PCHAT_AUTO_VALUE(query) q = { 0 };

		if (!pchat_table((enum pchat_kind)kind)->lists)
			continue;
		code = pchat_query_use_object(&a->store->conn, PCHAT_O_LIST_HOLDERS,
		                              (enum pchat_kind)kind, &q, err);
		if (code == PCHAT_OK)
			code = give(a, (enum pchat_kind)kind, &q, err);
	}
	return code;
}

/* Policies and settings of a site name it in their own name. */
static enum pchat_code
give_scoped(const struct asked *a, const char *site, struct pchat_err *err)
{
	static const enum pchat_kind kinds[] = { PCHAT_KIND_POLICY, PCHAT_KIND_SETTINGS,
		                                 PCHAT_KIND_COMPLIANCE };
	PCHAT_AUTO_TEXT scope = pchat_text("site:%s", site);
	enum pchat_code code = PCHAT_OK;

	if (!scope)
		return pchat_no_memory(err);
	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(kinds); i++) {
		PCHAT_AUTO(object) o = NULL;

		code = pchat_read_by_key(a->store, kinds[i], scope, &o, err);
		if (code == PCHAT_OK && o)
			code = a->each(a->ctx, o, err);
	}
	return code;
}

static enum pchat_code
load_referrers(void *ctx, enum pchat_kind kind, const char *key,
               enum pchat_code (*each)(void *ectx, const struct pchat_object *o,
                                       struct pchat_err *err),
               void *ectx, struct pchat_err *err)
{
	struct asked a = { .store = ctx, .each = each, .ctx = ectx };
	enum pchat_code code = pchat_read_begin(a.store, err);

	if (code != PCHAT_OK)
		return code;
	code = pchat_read_id(a.store, kind, pchat_str(key), &a.id, err);
	if (code == PCHAT_OK && a.id != 0) {
		code = give_refs(&a, kind, err);
		if (code == PCHAT_OK && pchat_table(kind)->kind != 0)
			code = give_holders(&a, err);
		if (code == PCHAT_OK && kind == PCHAT_KIND_SITE)
			code = give_scoped(&a, key, err);
	}
	pchat_read_end(a.store);
	return code;
}

struct pchat_org_loader
pchat_store_loader(struct pchat_store *store)
{
	return (struct pchat_org_loader){
		.ctx = store,
		.principal = load_principal,
		.object = load_object,
		.referrers = load_referrers,
	};
}
