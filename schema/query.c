#include "schema/query.h"

#include <assert.h>

#include "schema/objects.h"

struct text {
	const char *sql;
	enum pchat_part part;
	unsigned flags;
};

static const struct text plain[PCHAT_N_QUERIES] = {
#define Q(part, symbol, flags, sql) [PCHAT_Q_##symbol] = { sql, PCHAT_PART_##part, flags },
#define O(symbol, flags, sql)
#include "schema/queries.def"
#undef Q
#undef O
};

static const struct text objects[PCHAT_N_OBJECT_QUERIES] = {
#define Q(part, symbol, flags, sql)
#define O(symbol, flags, sql) [PCHAT_O_##symbol] = { sql, PCHAT_PART_POLICY, flags },
#include "schema/queries.def"
#undef Q
#undef O
};

void
pchat_conn_close(struct pchat_conn *conn)
{
	for (size_t i = 0; i < PCHAT_N_QUERIES; i++)
		pchat_stmt_finalize(conn->plain[i].stmt);
	for (size_t i = 0; i < PCHAT_N_OBJECT_QUERIES; i++)
		for (size_t k = 0; k < PCHAT_N_KINDS; k++)
			pchat_stmt_finalize(conn->objects[i][k].stmt);
	pchat_db_close(conn->db);
	*conn = (struct pchat_conn){ 0 };
}

void
pchat_query_release(struct pchat_query *q)
{
	if (!q->stmt)
		return;
	if (q->slot) {
		pchat_query_reset(q);
		q->slot->in_use = false;
	} else {
		pchat_stmt_finalize(q->stmt);
	}
	*q = (struct pchat_query){ 0 };
}

/* True if the slot has its statement ready for us. */
static bool
take(struct pchat_query_slot *slot, struct pchat_query *ret)
{
	if (!slot->stmt || slot->in_use)
		return false;
	slot->in_use = true;
	*ret = (struct pchat_query){ slot->stmt, slot };
	return true;
}

static enum pchat_code
prepare(struct pchat_conn *conn, struct pchat_query_slot *slot, const char *sql,
        struct pchat_query *ret, struct pchat_err *err)
{
	struct pchat_stmt *stmt = NULL;
	enum pchat_code code = conn->db->driver->prepare(conn->db, sql, &stmt, err);

	if (code != PCHAT_OK)
		return code;
	if (slot->in_use) {
		*ret = (struct pchat_query){ stmt, NULL };
		return PCHAT_OK;
	}
	*slot = (struct pchat_query_slot){ stmt, true };
	*ret = (struct pchat_query){ stmt, slot };
	return PCHAT_OK;
}

enum pchat_code
pchat_query_use(struct pchat_conn *conn, enum pchat_query_id id, struct pchat_query *ret,
                struct pchat_err *err)
{
	struct pchat_query_slot *slot = &conn->plain[id];

	if (take(slot, ret))
		return PCHAT_OK;
	return prepare(conn, slot, plain[id].sql, ret, err);
}

enum pchat_code
pchat_query_use_object(struct pchat_conn *conn, enum pchat_object_query_id id, enum pchat_kind kind,
                       struct pchat_query *ret, struct pchat_err *err)
{
	struct pchat_query_slot *slot = &conn->objects[id][kind];
	PCHAT_AUTO_VALUE(buf) sql = { 0 };

	if (take(slot, ret))
		return PCHAT_OK;
	pchat_table_expand(kind, objects[id].sql, &sql);
	if (!pchat_buf_ok(&sql))
		return pchat_no_memory(err);
	return prepare(conn, slot, pchat_buf_cstr(&sql), ret, err);
}

enum pchat_code
pchat_query_run(struct pchat_query *q, struct pchat_err *err)
{
	bool row = false;
	enum pchat_code code = pchat_query_step(q, &row, err);

	assert(code != PCHAT_OK || !row);
	pchat_query_reset(q);
	return code;
}

bool
pchat_query_text(enum pchat_query_id id, enum pchat_part part, struct pchat_buf *out,
                 unsigned *ret_flags)
{
	if (plain[id].part != part)
		return false;
	pchat_buf_text(out, plain[id].sql);
	*ret_flags = plain[id].flags;
	return true;
}

bool
pchat_query_object_text(enum pchat_object_query_id id, enum pchat_kind kind, struct pchat_buf *out,
                        unsigned *ret_flags)
{
	if (strstr(objects[id].sql, "@lists") && !pchat_table(kind)->lists)
		return false;
	pchat_table_expand(kind, objects[id].sql, out);
	*ret_flags = objects[id].flags;
	return true;
}
