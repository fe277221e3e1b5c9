/*
 * The write transaction: its lock, its revision, and failures that must leave it
 * as it was.
 */
#include "schema/internal.h"

#include <assert.h>

#include "base/clock.h"

/* Up to here a change is small enough for a savepoint not to be felt. */
#define GUARDED_ROWS 1000

static enum pchat_code
read_state(struct pchat_store *store, struct pchat_txn *txn, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_STORE, &q, err);

	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	if (!row)
		return pchat_fail(err, PCHAT_CORRUPT, "store '%s' has lost its identity",
		                  store->path);
	txn->base = (uint64_t)pchat_col_int(q.stmt, 1);
	store->write = (struct pchat_write){
		.open = true,
		.revision = txn->base + 1,
		.next_id = pchat_col_int(q.stmt, 2),
		.first_journal = pchat_col_int(q.stmt, 3),
		.next_journal = pchat_col_int(q.stmt, 3),
		.time = pchat_now(),
	};
	return PCHAT_OK;
}

enum pchat_code
pchat_txn_begin(struct pchat_txn *txn, struct pchat_store *store, struct pchat_err *err)
{
	enum pchat_code code;

	assert(store->mode == PCHAT_STORE_WRITE && !store->write.open && store->reading == 0);
	code = store->driver->begin(store->conn.db, true, err);
	if (code != PCHAT_OK)
		return code;
	code = read_state(store, txn, err);
	if (code != PCHAT_OK) {
		store->driver->rollback(store->conn.db);
		return code;
	}
	txn->store = store;
	return PCHAT_OK;
}

void
pchat_txn_rollback(struct pchat_txn *txn)
{
	if (!txn->store)
		return;
	txn->store->write = (struct pchat_write){ 0 };
	txn->store->driver->rollback(txn->store->conn.db);
	txn->store = NULL;
}

enum pchat_code
pchat_write_alive(struct pchat_store *store, struct pchat_err *err)
{
	if (store->driver->in_transaction(store->conn.db))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_UNAVAILABLE, "the transaction was taken back by an earlier failure");
	pchat_hint(err, "nothing was changed; run it again from the start");
	return PCHAT_UNAVAILABLE;
}

enum pchat_code
pchat_write_state(struct pchat_store *store, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_STORE_SET, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)store->write.revision);
	pchat_stmt_int(q.stmt, 2, store->write.next_id);
	pchat_stmt_int(q.stmt, 3, store->write.next_journal);
	return pchat_query_run(&q, err);
}

enum pchat_code
pchat_txn_commit(struct pchat_txn *txn, uint64_t *ret_revision, struct pchat_err *err)
{
	struct pchat_store *store = txn->store;
	bool written = store->write.next_journal > store->write.first_journal;
	uint64_t revision = written ? store->write.revision : txn->base;
	enum pchat_code code = pchat_write_alive(store, err);

	if (code == PCHAT_OK && written)
		code = pchat_write_state(store, err);
	if (code == PCHAT_OK && (written || store->write.other))
		code = store->driver->commit(store->conn.db, err);
	/* After a commit this only forgets the transaction. */
	pchat_txn_rollback(txn);
	if (code == PCHAT_OK && ret_revision)
		*ret_revision = revision;
	return code;
}

enum pchat_code
pchat_write_revision(struct pchat_store *store, const struct pchat_origin *origin,
                     struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;

	if (store->write.next_journal > store->write.first_journal)
		return PCHAT_OK;
	code = pchat_query_use(&store->conn, PCHAT_Q_REVISION_ADD, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)store->write.revision);
	pchat_stmt_int(q.stmt, 2, store->write.first_journal);
	pchat_stmt_int(q.stmt, 3, store->write.time);
	pchat_stmt_text(q.stmt, 4, origin->actor);
	pchat_stmt_text(q.stmt, 5, origin->source);
	pchat_stmt_text(q.stmt, 6, origin->command);
	pchat_stmt_text(q.stmt, 7, origin->comment);
	return pchat_query_run(&q, err);
}

enum pchat_code
pchat_write_guard(struct pchat_store *store, size_t rows, struct pchat_guard *ret,
                  struct pchat_err *err)
{
	bool first = store->write.next_journal == store->write.first_journal;

	*ret = (struct pchat_guard){ store->write, first && rows > GUARDED_ROWS };
	return ret->whole ? PCHAT_OK : store->driver->mark(store->conn.db, err);
}

enum pchat_code
pchat_write_guard_end(struct pchat_store *store, const struct pchat_guard *guard,
                      enum pchat_code code, struct pchat_err *err)
{
	struct pchat_db *db = store->conn.db;

	if (code == PCHAT_OK && !guard->whole)
		code = store->driver->mark_keep(db, err);
	if (code == PCHAT_OK)
		return PCHAT_OK;
	store->write = guard->before;
	if (guard->whole)
		store->driver->rollback(db);
	else
		store->driver->mark_undo(db);
	return code;
}
