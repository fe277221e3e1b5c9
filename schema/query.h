/*
 * The statements of one connection: prepared when first used, kept, handed out
 * one user at a time. A statement that is in use already (a callback asking the
 * same thing again) is prepared a second time for that use. Inside schema/ only.
 */
#pragma once

#include "policy/object.h"
#include "schema/driver.h"

enum {
	PCHAT_LISTING = 1 << 0, /* meant to read all of a table */
	PCHAT_PAIRED = 1 << 1,  /* written for one engine */
};

enum pchat_query_id {
#define Q(part, symbol, flags, sql) PCHAT_Q_##symbol,
#define O(symbol, flags, sql)
#include "schema/queries.def"
#undef Q
#undef O
	PCHAT_N_QUERIES
};

enum pchat_object_query_id {
#define Q(part, symbol, flags, sql)
#define O(symbol, flags, sql) PCHAT_O_##symbol,
#include "schema/queries.def"
#undef Q
#undef O
	PCHAT_N_OBJECT_QUERIES
};

struct pchat_query_slot {
	struct pchat_stmt *stmt;
	bool in_use;
};

/* A connection with its statements. */
struct pchat_conn {
	struct pchat_db *db;
	struct pchat_query_slot plain[PCHAT_N_QUERIES];
	struct pchat_query_slot objects[PCHAT_N_OBJECT_QUERIES][PCHAT_N_KINDS];
};
/* Close it and all statements; they must not be in use. { 0 } is allowed. */
void pchat_conn_close(struct pchat_conn *conn);

/* A statement in use. */
struct pchat_query {
	struct pchat_stmt *stmt;
	struct pchat_query_slot *slot; /* NULL: the statement is this use's own */
};
void pchat_query_release(struct pchat_query *q);
PCHAT_AUTO_VALUE_DEFINE(query, pchat_query_release)

enum pchat_code pchat_query_use(struct pchat_conn *conn, enum pchat_query_id id,
                                struct pchat_query *ret, struct pchat_err *err);
enum pchat_code pchat_query_use_object(struct pchat_conn *conn, enum pchat_object_query_id id,
                                       enum pchat_kind kind, struct pchat_query *ret,
                                       struct pchat_err *err);

static inline enum pchat_code
pchat_query_step(struct pchat_query *q, bool *ret_row, struct pchat_err *err)
{
	return q->stmt->driver->step(q->stmt, ret_row, err);
}

/* Ready for other parameters. */
static inline void
pchat_query_reset(struct pchat_query *q)
{
	q->stmt->driver->reset(q->stmt);
}

/* Run a statement that gives no rows, and make it ready again. */
enum pchat_code pchat_query_run(struct pchat_query *q, struct pchat_err *err);

/* Texts of the statements, for tests: false if there is no such statement (a kind without
 * lists, another part). */
bool pchat_query_text(enum pchat_query_id id, enum pchat_part part, struct pchat_buf *out,
                      unsigned *ret_flags);
bool pchat_query_object_text(enum pchat_object_query_id id, enum pchat_kind kind,
                             struct pchat_buf *out, unsigned *ret_flags);
