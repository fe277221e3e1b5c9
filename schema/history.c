#include "schema/history.h"

#include <stdlib.h>

#include "schema/internal.h"
#include "schema/past_private.h"

/* Columns of REVISION_COLUMNS in queries.def. */
enum {
	COL_REVISION,
	COL_FIRST,
	COL_END,
	COL_TIME,
	COL_ACTOR,
	COL_SOURCE,
	COL_COMMAND,
	COL_COMMENT,
};

void
pchat_revision_release(struct pchat_revision *r)
{
	free(r->actor);
	free(r->source);
	free(r->command);
	free(r->comment);
	*r = (struct pchat_revision){ 0 };
}

static bool
copy_column(struct pchat_query *q, unsigned column, char **ret)
{
	if (q->stmt->driver->column_is_null(q->stmt, column))
		return true;
	*ret = pchat_str_dup(pchat_col_str(q->stmt, column));
	return *ret;
}

static enum pchat_code
read_row(struct pchat_query *q, struct pchat_revision *ret, struct pchat_err *err)
{
	struct pchat_revision r = {
		.revision = (uint64_t)pchat_col_int(q->stmt, COL_REVISION),
		.first = pchat_col_int(q->stmt, COL_FIRST),
		.end = pchat_col_int(q->stmt, COL_END),
		.time = pchat_col_int(q->stmt, COL_TIME),
	};

	if (!copy_column(q, COL_ACTOR, &r.actor) || !copy_column(q, COL_SOURCE, &r.source) ||
	    !copy_column(q, COL_COMMAND, &r.command) || !copy_column(q, COL_COMMENT, &r.comment)) {
		pchat_revision_release(&r);
		return pchat_no_memory(err);
	}
	*ret = r;
	return PCHAT_OK;
}

enum pchat_code
pchat_store_revision_get(struct pchat_store *store, uint64_t revision, struct pchat_revision *ret,
                         struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	uint64_t latest = 0;
	bool row = false;
	enum pchat_code code = pchat_past_check(store, revision, &latest, err);

	if (code == PCHAT_OK)
		code = pchat_query_use(&store->conn, PCHAT_Q_REVISION, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)revision);
	code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK && !row)
		return pchat_fail(err, PCHAT_CORRUPT, "revision %llu is missing",
		                  (unsigned long long)revision);
	return code == PCHAT_OK ? read_row(&q, ret, err) : code;
}

/* ---- lists ---- */

enum pchat_code
pchat_store_revisions(struct pchat_store *store, uint64_t after, uint64_t upto,
                      pchat_revision_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_REVISIONS, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	pchat_stmt_int(q.stmt, 2, !upto || upto > INT64_MAX ? INT64_MAX : (int64_t)upto);
	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		PCHAT_AUTO_VALUE(revision) r = { 0 };

		code = read_row(&q, &r, err);
		if (code == PCHAT_OK)
			code = each(ctx, &r, err);
	}
	return code;
}

enum pchat_code
pchat_store_revisions_of(struct pchat_store *store, const char *guid, uint64_t after, uint64_t upto,
                         pchat_revision_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	uint64_t last = 0;
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_REVISIONS_OF_OBJECT, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, guid);
	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		PCHAT_AUTO_VALUE(revision) r = { 0 };
		uint64_t n = (uint64_t)pchat_col_int(q.stmt, 0);

		if (n == last || n <= after || (upto && n > upto))
			continue;
		last = n;
		code = pchat_store_revision_get(store, n, &r, err);
		if (code == PCHAT_OK)
			code = each(ctx, &r, err);
	}
	return code;
}

enum pchat_code
pchat_store_tally(struct pchat_store *store, const struct pchat_revision *r,
                  struct pchat_tally *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_JOURNAL_TALLY, &q, err);

	if (code != PCHAT_OK)
		return code;
	*ret = (struct pchat_tally){ 0 };
	pchat_stmt_int(q.stmt, 1, r->first);
	pchat_stmt_int(q.stmt, 2, r->end);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		enum pchat_kind kind;
		enum pchat_op op;

		if (!pchat_journal_op(pchat_col_str(q.stmt, 0), &op) ||
		    !pchat_kind_by_word(pchat_col_str(q.stmt, 1), &kind))
			return pchat_fail(err, PCHAT_CORRUPT,
			                  "revision %llu has a damaged journal row",
			                  (unsigned long long)r->revision);
		ret->n[op][kind] = (uint64_t)pchat_col_int(q.stmt, 2);
	}
	return code;
}

/* ---- names ---- */

static enum pchat_code
find_gone(struct pchat_store *store, enum pchat_kind kind, const char *name,
          char ret[PCHAT_GUID_LEN + 1], struct pchat_err *err)
{
	const char *word = pchat_kind_info(kind)->word;
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_JOURNAL_NAMES, &q, err);

	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		struct pchat_str guid = pchat_col_str(q.stmt, 1);

		if (!pchat_str_is(pchat_col_str(q.stmt, 0), word) || guid.n != PCHAT_GUID_LEN ||
		    pchat_fold_cmp(pchat_col_str(q.stmt, 2), pchat_str(name)) != 0)
			continue;
		memcpy(ret, guid.p, guid.n);
		ret[guid.n] = '\0';
		return PCHAT_OK;
	}
	return code == PCHAT_OK ? PCHAT_NOT_FOUND : code;
}

enum pchat_code
pchat_store_find_ever(struct pchat_store *store, enum pchat_kind kind, const char *name,
                      char ret[PCHAT_GUID_LEN + 1], struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code = pchat_read_by_key(store, kind, name, &o, err);

	if (code != PCHAT_OK)
		return code;
	if (o) {
		memcpy(ret, o->guid, sizeof(o->guid));
		return PCHAT_OK;
	}
	code = find_gone(store, kind, name, ret, err);
	/* For the nearest names as remedy. */
	return code == PCHAT_NOT_FOUND ? pchat_store_get(store, kind, name, &o, err) : code;
}
