/*
 * Reading on demand for an org: what a rule asks about, and no more. Each answer
 * is one or two indexed statements.
 */
#include "schema/internal.h"

#include "base/vec.h"

/* Objects by kind and number. */
struct place {
	enum pchat_kind kind;
	int64_t id;
};
struct places {
	struct place *v;
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
collect(struct pchat_query *q, int64_t id, enum pchat_kind kind, struct places *ret,
        struct pchat_err *err)
{
	bool row = false;
	enum pchat_code code;

	pchat_stmt_int(q->stmt, 1, id);
	while ((code = pchat_query_step(q, &row, err)) == PCHAT_OK && row)
		if (!pchat_vec_push(ret, (struct place){ kind, pchat_col_int(q->stmt, 0) }))
			return pchat_no_memory(err);
	return code;
}

static enum pchat_code
collect_refs(struct pchat_store *store, enum pchat_kind target, int64_t id, struct places *ret,
             struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(refs); i++) {
		PCHAT_AUTO_VALUE(query) q = { 0 };

		if (pchat_kind_info(refs[i].kind)->fields[refs[i].field].ref != target)
			continue;
		code = pchat_query_use(&store->conn, refs[i].query, &q, err);
		if (code == PCHAT_OK)
			code = collect(&q, id, refs[i].kind, ret, err);
	}
	return code;
}

static enum pchat_code
collect_holders(struct pchat_store *store, int64_t id, struct places *ret, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (int kind = 0; code == PCHAT_OK && kind < PCHAT_N_KINDS; kind++) {
		PCHAT_AUTO_VALUE(query) q = { 0 };

		if (!pchat_table((enum pchat_kind)kind)->lists)
			continue;
		code = pchat_query_use_object(&store->conn, PCHAT_O_LIST_HOLDERS,
		                              (enum pchat_kind)kind, &q, err);
		if (code == PCHAT_OK)
			code = collect(&q, id, (enum pchat_kind)kind, ret, err);
	}
	return code;
}

/* Policies and settings of a site name it in their own name. */
static enum pchat_code
collect_scoped(struct pchat_store *store, const char *site, struct places *ret,
               struct pchat_err *err)
{
	static const enum pchat_kind kinds[] = { PCHAT_KIND_POLICY, PCHAT_KIND_SETTINGS,
		                                 PCHAT_KIND_COMPLIANCE };
	PCHAT_AUTO_TEXT scope = pchat_text("site:%s", site);
	enum pchat_code code = PCHAT_OK;

	if (!scope)
		return pchat_no_memory(err);
	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(kinds); i++) {
		int64_t id = 0;

		code = pchat_read_id(store, kinds[i], pchat_str(scope), &id, err);
		if (code == PCHAT_OK && id != 0 &&
		    !pchat_vec_push(ret, (struct place){ kinds[i], id }))
			return pchat_no_memory(err);
	}
	return code;
}

static size_t
depth_of(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* Units right below one: their path is its path, a slash, and one more part. */
static enum pchat_code
collect_units_below(struct pchat_store *store, const char *path, struct places *ret,
                    struct pchat_err *err)
{
	PCHAT_AUTO_TEXT prefix = pchat_text("%s/", path);
	struct pchat_list below = { 0 };
	size_t depth = depth_of(path);
	enum pchat_code code;

	if (!prefix)
		return pchat_no_memory(err);
	code = pchat_store_names(store, PCHAT_KIND_UNIT, pchat_str(prefix), INT32_MAX, &below, err);
	for (size_t i = 0; code == PCHAT_OK && i < below.n; i++) {
		int64_t id = 0;

		if (depth_of(below.v[i]) != depth + 1)
			continue;
		code = pchat_read_id(store, PCHAT_KIND_UNIT, pchat_str(below.v[i]), &id, err);
		if (code == PCHAT_OK && id != 0 &&
		    !pchat_vec_push(ret, (struct place){ PCHAT_KIND_UNIT, id }))
			code = pchat_no_memory(err);
	}
	pchat_list_release(&below);
	return code;
}

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

typedef enum pchat_code (*object_fn)(void *ctx, const struct pchat_object *o,
                                     struct pchat_err *err);

/* Each once, although one may refer in several ways. */
static enum pchat_code
give(struct pchat_store *store, struct places *found, object_fn each, void *ctx,
     struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	if (found->n > 1)
		qsort(found->v, found->n, sizeof(*found->v), compare_places);
	for (size_t i = 0; code == PCHAT_OK && i < found->n; i++) {
		PCHAT_AUTO(object) o = NULL;

		if (i > 0 && compare_places(&found->v[i - 1], &found->v[i]) == 0)
			continue;
		code = pchat_read_by_id(store, found->v[i].kind, found->v[i].id, &o, err);
		if (code == PCHAT_OK)
			code = each(ctx, o, err);
	}
	return code;
}

/* The numbers first, then the objects: @each may ask the store whatever it likes. */
static enum pchat_code
find_and_give(struct pchat_store *store, enum pchat_kind kind, const char *key, object_fn each,
              void *ectx, struct pchat_err *err)
{
	struct places found = { 0 };
	int64_t id = 0;
	enum pchat_code code = pchat_read_id(store, kind, pchat_str(key), &id, err);

	if (code != PCHAT_OK || id == 0)
		return code;
	code = collect_refs(store, kind, id, &found, err);
	if (code == PCHAT_OK && pchat_table(kind)->kind != 0)
		code = collect_holders(store, id, &found, err);
	if (code == PCHAT_OK && kind == PCHAT_KIND_SITE)
		code = collect_scoped(store, key, &found, err);
	if (code == PCHAT_OK && kind == PCHAT_KIND_UNIT)
		code = collect_units_below(store, key, &found, err);
	if (code == PCHAT_OK)
		code = give(store, &found, each, ectx, err);
	pchat_vec_release(&found);
	return code;
}

static enum pchat_code
load_referrers(void *ctx, enum pchat_kind kind, const char *key, object_fn each, void *ectx,
               struct pchat_err *err)
{
	struct pchat_store *store = ctx;
	enum pchat_code code = pchat_read_begin(store, err);

	if (code != PCHAT_OK)
		return code;
	code = find_and_give(store, kind, key, each, ectx, err);
	pchat_read_end(store);
	return code;
}

static enum pchat_code
load_each(void *ctx, enum pchat_kind kind, object_fn each, void *ectx, struct pchat_err *err)
{
	return pchat_store_each(ctx, kind, each, ectx, err);
}

static char *
load_nearest(void *ctx, enum pchat_kind kind, const char *key)
{
	return pchat_read_nearest(ctx, kind, key);
}

struct pchat_org_loader
pchat_store_loader(struct pchat_store *store)
{
	return (struct pchat_org_loader){
		.ctx = store,
		.principal = load_principal,
		.object = load_object,
		.referrers = load_referrers,
		.each = load_each,
		.nearest = load_nearest,
	};
}
