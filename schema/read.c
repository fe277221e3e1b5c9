#include "schema/internal.h"

#include <stdlib.h>

/* ---- one state for several statements ---- */

enum pchat_code
pchat_read_begin(struct pchat_store *store, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	if (store->reading == 0 && !store->write.open)
		code = store->driver->begin(store->conn.db, false, err);
	if (code == PCHAT_OK)
		store->reading++;
	return code;
}

void
pchat_read_end(struct pchat_store *store)
{
	if (--store->reading > 0 || store->write.open)
		return;
	/* Commit and not roll back: statements of the caller that are still reading may go on. */
	if (store->driver->commit(store->conn.db, NULL) != PCHAT_OK)
		store->driver->rollback(store->conn.db);
}

/* ---- one object ---- */

static enum pchat_code
read_lists(struct pchat_store *store, struct pchat_object *o, int64_t id, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code;

	code = pchat_query_use_object(&store->conn, PCHAT_O_LISTS_BY_ID, o->kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, id);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		code = pchat_row_read_list(q.stmt, o, err);
		if (code != PCHAT_OK)
			return code;
	}
	if (code == PCHAT_OK)
		pchat_row_lists_done(o);
	return code;
}

/* The object of the first row of @q; *ret stays NULL if there is none. */
static enum pchat_code
read_one(struct pchat_store *store, enum pchat_kind kind, struct pchat_query *q,
         struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	bool row = false;
	enum pchat_code code = pchat_query_step(q, &row, err);

	if (code != PCHAT_OK || !row)
		return code;
	o = pchat_object_new(kind);
	if (!o)
		return pchat_no_memory(err);
	code = pchat_row_read(q->stmt, o, err);
	if (code == PCHAT_OK && pchat_table(kind)->lists)
		code = read_lists(store, o, pchat_col_int(q->stmt, PCHAT_COL_ID), err);
	if (code == PCHAT_OK)
		*ret = PCHAT_TAKE(o);
	return code;
}

/* An object of a kind that has lists takes two statements, which must see the same. */
static enum pchat_code
read_where(struct pchat_store *store, enum pchat_kind kind, struct pchat_query *q,
           struct pchat_object **ret, struct pchat_err *err)
{
	bool several = pchat_table(kind)->lists != NULL;
	enum pchat_code code = several ? pchat_read_begin(store, err) : PCHAT_OK;

	if (code != PCHAT_OK)
		return code;
	code = read_one(store, kind, q, ret, err);
	/* A transaction cannot end while its statement stands on a row. */
	pchat_query_reset(q);
	if (several)
		pchat_read_end(store);
	return code;
}

enum pchat_code
pchat_read_by_key(struct pchat_store *store, enum pchat_kind kind, const char *key,
                  struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) fold = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;

	pchat_table_fold(kind, pchat_str(key), &fold);
	if (!pchat_buf_ok(&fold))
		return pchat_no_memory(err);
	code = pchat_query_use_object(&store->conn, PCHAT_O_BY_FOLD, kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, pchat_buf_view(&fold));
	return read_where(store, kind, &q, ret, err);
}

enum pchat_code
pchat_read_by_id(struct pchat_store *store, enum pchat_kind kind, int64_t id,
                 struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	code = pchat_query_use_object(&store->conn, PCHAT_O_BY_ID, kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, id);
	code = read_where(store, kind, &q, &o, err);
	if (code != PCHAT_OK)
		return code;
	if (!o)
		return pchat_fail(err, PCHAT_NOT_FOUND, "%s %lld is gone",
		                  pchat_kind_info(kind)->word, (long long)id);
	*ret = PCHAT_TAKE(o);
	return PCHAT_OK;
}

enum pchat_code
pchat_read_id(struct pchat_store *store, enum pchat_kind kind, struct pchat_str key, int64_t *ret,
              struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code;

	pchat_buf_clear(&store->fold);
	pchat_table_fold(kind, key, &store->fold);
	if (!pchat_buf_ok(&store->fold))
		return pchat_no_memory(err);
	code = pchat_query_use_object(&store->conn, PCHAT_O_ID, kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, pchat_buf_view(&store->fold));
	code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK)
		*ret = row ? pchat_col_int(q.stmt, 0) : 0;
	return code;
}

/* ---- not found ---- */

static enum pchat_code
fail_not_found(struct pchat_store *store, enum pchat_kind kind, const char *key,
               struct pchat_err *err)
{
	const char *word = pchat_kind_info(kind)->word;
	PCHAT_AUTO_TEXT near = NULL;

	pchat_fail(err, PCHAT_NOT_FOUND, "no %s named '%s'", word, key);
	if (!err)
		return PCHAT_NOT_FOUND;
	near = pchat_read_nearest(store, kind, key);
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else
		pchat_hint(err, "'pchatctl %s list' shows what there is", word);
	return PCHAT_NOT_FOUND;
}

enum pchat_code
pchat_store_get(struct pchat_store *store, enum pchat_kind kind, const char *key,
                struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code = pchat_read_by_key(store, kind, key, &o, err);

	if (code != PCHAT_OK)
		return code;
	if (!o)
		return fail_not_found(store, kind, key, err);
	*ret = PCHAT_TAKE(o);
	return PCHAT_OK;
}

enum pchat_code
pchat_store_get_guid(struct pchat_store *store, enum pchat_kind kind, const char *guid,
                     struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	code = pchat_query_use_object(&store->conn, PCHAT_O_BY_GUID, kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, guid);
	code = read_where(store, kind, &q, &o, err);
	if (code != PCHAT_OK)
		return code;
	if (!o)
		return pchat_fail(err, PCHAT_NOT_FOUND, "no %s with guid %s",
		                  pchat_kind_info(kind)->word, guid);
	*ret = PCHAT_TAKE(o);
	return PCHAT_OK;
}

/* ---- all objects of a kind ---- */

/* Objects and their list entries come in the same order, from two statements that are merged:
 * one object in memory, no query per object. */
struct merge {
	struct pchat_query objects, lists;
	bool has_lists; /* a list entry waits */
};

static enum pchat_code
merge_open(struct pchat_store *store, enum pchat_kind kind, struct merge *m, struct pchat_err *err)
{
	enum pchat_code code;

	code = pchat_query_use_object(&store->conn, PCHAT_O_EACH, kind, &m->objects, err);
	if (code != PCHAT_OK || !pchat_table(kind)->lists)
		return code;
	code = pchat_query_use_object(&store->conn, PCHAT_O_LISTS_EACH, kind, &m->lists, err);
	if (code == PCHAT_OK)
		code = pchat_query_step(&m->lists, &m->has_lists, err);
	return code;
}

static enum pchat_code
merge_lists(struct merge *m, struct pchat_object *o, struct pchat_err *err)
{
	int64_t id = pchat_col_int(m->objects.stmt, PCHAT_COL_ID);
	enum pchat_code code = PCHAT_OK;
	bool any = false;

	while (code == PCHAT_OK && m->has_lists && pchat_col_int(m->lists.stmt, 0) == id) {
		any = true;
		code = pchat_row_read_list(m->lists.stmt, o, err);
		if (code == PCHAT_OK)
			code = pchat_query_step(&m->lists, &m->has_lists, err);
	}
	if (any)
		pchat_row_lists_done(o);
	return code;
}

static enum pchat_code
merge_all(struct merge *m, struct pchat_object *o, pchat_object_fn each, void *ctx,
          struct pchat_err *err)
{
	enum pchat_code code;
	bool row = false;

	while ((code = pchat_query_step(&m->objects, &row, err)) == PCHAT_OK && row) {
		code = pchat_row_read(m->objects.stmt, o, err);
		if (code == PCHAT_OK)
			code = merge_lists(m, o, err);
		if (code == PCHAT_OK)
			code = each(ctx, o, err);
		if (code != PCHAT_OK)
			break;
	}
	return code;
}

enum pchat_code
pchat_store_each(struct pchat_store *store, enum pchat_kind kind, pchat_object_fn each, void *ctx,
                 struct pchat_err *err)
{
	PCHAT_AUTO(object) o = pchat_object_new(kind);
	struct merge m = { 0 };
	enum pchat_code code;

	if (!o)
		return pchat_no_memory(err);
	code = pchat_read_begin(store, err);
	if (code != PCHAT_OK)
		return code;
	code = merge_open(store, kind, &m, err);
	if (code == PCHAT_OK)
		code = merge_all(&m, o, each, ctx, err);
	pchat_query_release(&m.lists);
	pchat_query_release(&m.objects);
	pchat_read_end(store);
	return code;
}

/* Take up @query about the keys that begin with @prefix: those from $1 up to $2. The bounds are
 * kept in @from and @upto, which must outlive the query. */
static enum pchat_code
use_range(struct pchat_store *store, enum pchat_object_query_id query, enum pchat_kind kind,
          struct pchat_str prefix, struct pchat_buf *from, struct pchat_buf *upto,
          struct pchat_query *q, struct pchat_err *err)
{
	enum pchat_code code;

	pchat_table_fold(kind, prefix, from);
	pchat_buf_str(upto, pchat_buf_view(from));
	pchat_buf_lit(upto, "\xF4\x8F\xBF\xBF"); /* U+10FFFF: after all that begins so */
	code = pchat_buf_check(upto, err);
	if (code == PCHAT_OK)
		code = pchat_query_use_object(&store->conn, query, kind, q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q->stmt, 1, pchat_buf_view(from));
	pchat_stmt_str(q->stmt, 2, pchat_buf_view(upto));
	return PCHAT_OK;
}

enum pchat_code
pchat_store_names(struct pchat_store *store, enum pchat_kind kind, struct pchat_str prefix,
                  size_t max, struct pchat_list *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) from = { 0 };
	PCHAT_AUTO_VALUE(buf) upto = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = use_range(store, PCHAT_O_NAMES, kind, prefix, &from, &upto, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 3, max < INT64_MAX ? (int64_t)max : INT64_MAX);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row)
		if (!pchat_list_append(ret, pchat_col_str(q.stmt, 0)))
			return pchat_no_memory(err);
	pchat_list_sort(ret);
	return code;
}

enum pchat_code
pchat_store_last_name(struct pchat_store *store, enum pchat_kind kind, struct pchat_str prefix,
                      char **ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) from = { 0 };
	PCHAT_AUTO_VALUE(buf) upto = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = use_range(store, PCHAT_O_LAST_NAME, kind, prefix, &from, &upto, &q,
	                                 err);
	char *name = NULL;

	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	if (row) {
		name = pchat_str_dup(pchat_col_str(q.stmt, 0));
		if (!name)
			return pchat_no_memory(err);
	}
	*ret = name;
	return PCHAT_OK;
}

/* ---- everything ---- */

static enum pchat_code
put(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	return pchat_org_put(ctx, o, err);
}

enum pchat_code
pchat_store_load(struct pchat_store *store, struct pchat_org *org, uint64_t *ret_revision,
                 struct pchat_err *err)
{
	uint64_t revision = 0;
	enum pchat_code code = pchat_read_begin(store, err);

	if (code != PCHAT_OK)
		return code;
	code = pchat_store_revision(store, &revision, err);
	for (int kind = 0; code == PCHAT_OK && kind < PCHAT_N_KINDS; kind++)
		code = pchat_store_each(store, (enum pchat_kind)kind, put, org, err);
	pchat_read_end(store);
	if (code == PCHAT_OK && ret_revision)
		*ret_revision = revision;
	return code;
}
