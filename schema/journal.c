#include "schema/internal.h"

#include <assert.h>

/* Words of the columns op and cause. */
const char *const pchat_op_words[] = {
	[PCHAT_OP_CREATE] = "create",
	[PCHAT_OP_UPDATE] = "update",
	[PCHAT_OP_DELETE] = "delete",
};
const char *const pchat_cause_words[] = {
	[PCHAT_CAUSE_ASKED] = "asked",
	[PCHAT_CAUSE_PURGE] = "purge",
	[PCHAT_CAUSE_CASCADE] = "cascade",
};

/* Columns of JOURNAL_COLUMNS in queries.def. */
enum {
	COL_REVISION,
	COL_SEQ,
	COL_TIME,
	COL_ACTOR,
	COL_SOURCE,
	COL_COMMAND,
	COL_COMMENT,
	COL_OP,
	COL_CAUSE,
	COL_KIND,
	COL_GUID,
	COL_NAME,
	COL_BEFORE,
	COL_AFTER,
};

/* ---- writing ---- */

/* The object as JSON, or NULL. What was before keeps its revision and times; those of what
 * comes after are the revision's own. */
static enum pchat_code
bind_object(struct pchat_query *q, unsigned position, const struct pchat_object *o, bool with_meta,
            struct pchat_buf *json, struct pchat_err *err)
{
	if (!o) {
		pchat_stmt_text(q->stmt, position, NULL);
		return PCHAT_OK;
	}
	pchat_buf_clear(json);
	pchat_object_to_journal(o, with_meta, json);
	pchat_stmt_str(q->stmt, position, pchat_buf_view(json));
	return pchat_buf_check(json, err);
}

enum pchat_code
pchat_journal_add(struct pchat_store *store, const struct pchat_journal_entry *e,
                  struct pchat_err *err)
{
	const struct pchat_object *o = e->after ? e->after : e->before;
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_JOURNAL_ADD, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, e->row);
	pchat_stmt_int(q.stmt, 2, (int64_t)store->write.revision);
	pchat_stmt_text(q.stmt, 3, pchat_op_words[e->op]);
	pchat_stmt_text(q.stmt, 4, pchat_cause_words[e->cause]);
	pchat_stmt_text(q.stmt, 5, pchat_kind_info(o->kind)->word);
	pchat_stmt_int(q.stmt, 6, e->object);
	pchat_stmt_text(q.stmt, 7, o->guid);
	pchat_stmt_text(q.stmt, 8, pchat_object_key(o));
	code = bind_object(&q, 9, e->before, true, &store->json_before, err);
	if (code == PCHAT_OK)
		code = bind_object(&q, 10, e->after, false, &store->json_after, err);
	return code == PCHAT_OK ? pchat_query_run(&q, err) : code;
}

/* ---- reading ---- */

static int
word_index(struct pchat_str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pchat_str_is(word, words[i]))
			return (int)i;
	return -1;
}

bool
pchat_journal_op(struct pchat_str word, enum pchat_op *ret)
{
	int op = word_index(word, pchat_op_words, PCHAT_N(pchat_op_words));

	if (op < 0)
		return false;
	*ret = (enum pchat_op)op;
	return true;
}

static enum pchat_code
fail_row(const struct pchat_journal_row *row, const char *what, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_CORRUPT, "journal row %llu.%u has a damaged %s",
	           (unsigned long long)row->revision, row->seq, what);
	pchat_hint(err, "look closer with 'pchatctl store check'");
	return PCHAT_CORRUPT;
}

static enum pchat_code
read_object(struct pchat_query *q, unsigned column, const struct pchat_journal_row *row,
            struct pchat_object **ret, struct pchat_err *err)
{
	enum pchat_code code;

	if (q->stmt->driver->column_is_null(q->stmt, column))
		return PCHAT_OK;
	code = pchat_object_from_journal(row->kind, pchat_col_str(q->stmt, column), ret, err);
	if (code == PCHAT_OK || code == PCHAT_NO_MEMORY)
		return code;
	return fail_row(row, "object", err);
}

static bool
copy_actor(char **to, const char *from)
{
	*to = from ? pchat_str_dup(pchat_str(from)) : NULL;
	return *to || !from;
}

/* Identity and times of what came after: see bind_object(). */
static bool
stamp(struct pchat_object *o, const struct pchat_journal_row *row)
{
	const struct pchat_object *before = row->before;

	memcpy(o->guid, row->guid, PCHAT_GUID_LEN + 1);
	o->revision = row->revision;
	o->updated = row->time;
	o->created = before ? before->created : row->time;
	return copy_actor(&o->updated_by, row->actor) &&
	       copy_actor(&o->created_by, before ? before->created_by : row->actor);
}

static enum pchat_code
read_words(struct pchat_query *q, struct pchat_journal_row *row, struct pchat_err *err)
{
	int op = word_index(pchat_col_str(q->stmt, COL_OP), pchat_op_words,
	                    PCHAT_N(pchat_op_words));
	int cause = word_index(pchat_col_str(q->stmt, COL_CAUSE), pchat_cause_words,
	                       PCHAT_N(pchat_cause_words));

	row->revision = (uint64_t)pchat_col_int(q->stmt, COL_REVISION);
	row->seq = (unsigned)pchat_col_int(q->stmt, COL_SEQ);
	row->time = pchat_col_int(q->stmt, COL_TIME);
	if (op < 0 || cause < 0 ||
	    !pchat_kind_by_word(pchat_col_str(q->stmt, COL_KIND), &row->kind))
		return fail_row(row, "operation", err);
	if (pchat_col_str(q->stmt, COL_GUID).n != PCHAT_GUID_LEN)
		return fail_row(row, "guid", err);
	row->op = (enum pchat_op)op;
	row->cause = (enum pchat_cause)cause;
	return PCHAT_OK;
}

/* Borrowed from the row the statement stands on. */
static void
read_texts(struct pchat_query *q, struct pchat_journal_row *row)
{
	row->actor = pchat_col_str(q->stmt, COL_ACTOR).p;
	row->source = pchat_col_str(q->stmt, COL_SOURCE).p;
	row->command = pchat_col_str(q->stmt, COL_COMMAND).p;
	row->comment = pchat_col_str(q->stmt, COL_COMMENT).p;
	row->guid = pchat_col_str(q->stmt, COL_GUID).p;
	row->key = pchat_col_str(q->stmt, COL_NAME).p;
}

static enum pchat_code
read_objects(struct pchat_query *q, struct pchat_journal_row *row, struct pchat_err *err)
{
	enum pchat_code code = read_object(q, COL_BEFORE, row, &row->before, err);

	if (code == PCHAT_OK)
		code = read_object(q, COL_AFTER, row, &row->after, err);
	if (code == PCHAT_OK && row->before)
		memcpy(row->before->guid, row->guid, PCHAT_GUID_LEN + 1);
	if (code == PCHAT_OK && row->after && !stamp(row->after, row))
		return pchat_no_memory(err);
	return code;
}

static enum pchat_code
give_row(struct pchat_query *q, pchat_journal_fn each, void *ctx, struct pchat_err *err)
{
	struct pchat_journal_row row = { 0 };
	enum pchat_code code = read_words(q, &row, err);

	if (code == PCHAT_OK) {
		read_texts(q, &row);
		code = read_objects(q, &row, err);
	}
	if (code == PCHAT_OK)
		code = each(ctx, &row, err);
	pchat_object_free(row.before);
	pchat_object_free(row.after);
	return code;
}

static enum pchat_code
give_rows(struct pchat_query *q, pchat_journal_fn each, void *ctx, struct pchat_err *err)
{
	bool row = false;
	enum pchat_code code;

	while ((code = pchat_query_step(q, &row, err)) == PCHAT_OK && row) {
		code = give_row(q, each, ctx, err);
		if (code != PCHAT_OK)
			return code;
	}
	return code;
}

static enum pchat_code
give_range(struct pchat_store *store, enum pchat_query_id id, uint64_t after, uint64_t upto,
           pchat_journal_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, id, &q, err);

	if (code != PCHAT_OK)
		return code;
	if (upto == 0 || upto > INT64_MAX)
		upto = INT64_MAX;
	pchat_stmt_int(q.stmt, 1, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	pchat_stmt_int(q.stmt, 2, (int64_t)upto);
	return give_rows(&q, each, ctx, err);
}

enum pchat_code
pchat_store_journal(struct pchat_store *store, uint64_t after, uint64_t upto, pchat_journal_fn each,
                    void *ctx, struct pchat_err *err)
{
	return give_range(store, PCHAT_Q_JOURNAL_RANGE, after, upto, each, ctx, err);
}

enum pchat_code
pchat_store_journal_back(struct pchat_store *store, uint64_t after, uint64_t upto,
                         pchat_journal_fn each, void *ctx, struct pchat_err *err)
{
	return give_range(store, PCHAT_Q_JOURNAL_RANGE_BACK, after, upto, each, ctx, err);
}

enum pchat_code
pchat_store_history(struct pchat_store *store, const char *guid, size_t max, pchat_journal_fn each,
                    void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_JOURNAL_OF_OBJECT, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, guid);
	pchat_stmt_int(q.stmt, 2, max > 0 && max < INT64_MAX ? (int64_t)max : INT64_MAX);
	return give_rows(&q, each, ctx, err);
}
