#include "schema/confirmation.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "schema/internal.h"

const char *const pchat_confirm_words[] = {
#define X(symbol, word) [PCHAT_CONFIRM_##symbol] = word,
	PCHAT_CONFIRM_STATES(X)
#undef X
};

/* Columns of CONFIRMATION_COLUMNS in queries.def. */
enum {
	COL_REVISION,
	COL_WITHIN,
	COL_DEADLINE,
	COL_STATE,
	COL_SETTLED,
	COL_ACTOR,
	COL_UNDONE,
	COL_REASON,
};

void
pchat_confirmation_release(struct pchat_confirmation *c)
{
	free(c->actor);
	free(c->reason);
	*c = (struct pchat_confirmation){ 0 };
}

/* ---- reading ---- */

static bool
copy_column(struct pchat_query *q, unsigned column, char **ret)
{
	if (q->stmt->driver->column_is_null(q->stmt, column))
		return true;
	*ret = pchat_str_dup(pchat_col_str(q->stmt, column));
	return *ret;
}

static enum pchat_code
read_row(struct pchat_query *q, struct pchat_confirmation *ret, struct pchat_err *err)
{
	struct pchat_confirmation c = {
		.revision = (uint64_t)pchat_col_int(q->stmt, COL_REVISION),
		.within = (uint64_t)pchat_col_int(q->stmt, COL_WITHIN),
		.deadline = pchat_col_int(q->stmt, COL_DEADLINE),
		.settled = pchat_col_int(q->stmt, COL_SETTLED),
		.undone = (uint64_t)pchat_col_int(q->stmt, COL_UNDONE),
	};
	struct pchat_str state = pchat_col_str(q->stmt, COL_STATE);

	while (c.state < PCHAT_N_CONFIRM_STATES &&
	       !pchat_str_is(state, pchat_confirm_words[c.state]))
		c.state++;
	if (c.state == PCHAT_N_CONFIRM_STATES) {
		pchat_fail(err, PCHAT_CORRUPT, "the confirmation of revision %llu has no state",
		           (unsigned long long)c.revision);
		pchat_hint(err, "look closer with 'pchatctl store check'");
		return PCHAT_CORRUPT;
	}
	if (!copy_column(q, COL_ACTOR, &c.actor) || !copy_column(q, COL_REASON, &c.reason)) {
		pchat_confirmation_release(&c);
		return pchat_no_memory(err);
	}
	*ret = c;
	return PCHAT_OK;
}

static enum pchat_code
read_one(struct pchat_query *q, struct pchat_confirmation *ret, struct pchat_err *err)
{
	bool row = false;
	enum pchat_code code = pchat_query_step(q, &row, err);

	return code == PCHAT_OK && row ? read_row(q, ret, err) : code;
}

enum pchat_code
pchat_store_waiting(struct pchat_store *store, struct pchat_confirmation *ret,
                    struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_CONFIRMATION_WAITING, &q, err);

	return code == PCHAT_OK ? read_one(&q, ret, err) : code;
}

enum pchat_code
pchat_store_confirmation(struct pchat_store *store, uint64_t revision,
                         struct pchat_confirmation *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_CONFIRMATION, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, revision > INT64_MAX ? INT64_MAX : (int64_t)revision);
	return read_one(&q, ret, err);
}

static enum pchat_code
read_last(struct pchat_store *store, struct pchat_confirmation *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_CONFIRMATION_LAST, &q, err);

	return code == PCHAT_OK ? read_one(&q, ret, err) : code;
}

/* ---- writing ---- */

static enum pchat_code
refuse_second(const struct pchat_confirmation *c, struct pchat_err *err)
{
	char text[PCHAT_TIME_MAX];

	pchat_fail(err, PCHAT_CONFLICT,
	           "revision %llu waits for its confirmation already, until %s",
	           (unsigned long long)c->revision, pchat_time_text(c->deadline, text));
	pchat_hint(err, "confirm it with 'pchatctl confirm', or take it back with "
	                "'pchatctl rollback'");
	return PCHAT_CONFLICT;
}

enum pchat_code
pchat_txn_confirm_within(struct pchat_txn *txn, uint64_t seconds, struct pchat_err *err)
{
	struct pchat_store *store = txn->store;
	PCHAT_AUTO_VALUE(confirmation) other = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;

	assert(store->write.open && store->write.next_journal > store->write.first_journal);
	if (seconds == 0 || seconds > PCHAT_CONFIRM_MAX)
		return pchat_fail(err, PCHAT_LIMIT, "a change waits for 1 to %d seconds",
		                  PCHAT_CONFIRM_MAX);
	code = pchat_store_waiting(store, &other, err);
	if (code != PCHAT_OK)
		return code;
	if (other.revision == store->write.revision)
		return PCHAT_OK; /* several plans of one transaction */
	if (other.revision)
		return refuse_second(&other, err);
	code = pchat_query_use(&store->conn, PCHAT_Q_CONFIRMATION_ADD, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)store->write.revision);
	pchat_stmt_int(q.stmt, 2, (int64_t)seconds);
	pchat_stmt_int(q.stmt, 3, store->write.time + (int64_t)seconds * PCHAT_SECOND);
	return pchat_query_run(&q, err);
}

enum pchat_code
pchat_write_settle(struct pchat_store *store, const struct pchat_confirmation *c,
                   struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_CONFIRMATION_SETTLE, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, pchat_confirm_words[c->state]);
	pchat_stmt_int(q.stmt, 2, c->settled);
	pchat_stmt_text(q.stmt, 3, c->actor);
	pchat_stmt_int(q.stmt, 4, (int64_t)c->undone);
	pchat_stmt_text(q.stmt, 5, c->reason);
	pchat_stmt_int(q.stmt, 6, (int64_t)c->revision);
	store->write.other = true;
	return pchat_query_run(&q, err);
}

static enum pchat_code
refuse_nothing(struct pchat_store *store, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(confirmation) last = { 0 };
	unsigned long long revision;

	pchat_fail(err, PCHAT_NOT_FOUND, "no change waits for its confirmation");
	if (read_last(store, &last, NULL) != PCHAT_OK)
		return PCHAT_NOT_FOUND;
	revision = (unsigned long long)last.revision;
	if (last.state == PCHAT_CONFIRM_TAKEN_BACK && last.undone)
		pchat_hint(err, "revision %llu was taken back by revision %llu, its time was up",
		           revision, (unsigned long long)last.undone);
	else if (last.revision && last.state == PCHAT_CONFIRM_CONFIRMED)
		pchat_hint(err, "revision %llu was confirmed by %s", revision, last.actor);
	else if (last.revision && last.state == PCHAT_CONFIRM_STUCK)
		pchat_hint(err, "revision %llu stays: %s", revision, last.reason);
	else
		pchat_hint(err, "--confirm-within makes one wait");
	return PCHAT_NOT_FOUND;
}

/* Whoever takes it back is only waiting for this transaction to end. */
static enum pchat_code
refuse_late(const struct pchat_confirmation *c, struct pchat_err *err)
{
	char text[PCHAT_TIME_MAX];

	pchat_fail(err, PCHAT_NOT_FOUND, "no change waits for its confirmation");
	pchat_hint(err, "the time of revision %llu was up at %s; it is taken back",
	           (unsigned long long)c->revision, pchat_time_text(c->deadline, text));
	return PCHAT_NOT_FOUND;
}

enum pchat_code
pchat_txn_confirm(struct pchat_txn *txn, const char *actor, uint64_t *ret_revision,
                  struct pchat_err *err)
{
	struct pchat_store *store = txn->store;
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	enum pchat_code code = pchat_store_waiting(store, &c, err);

	if (code != PCHAT_OK)
		return code;
	if (!c.revision)
		return refuse_nothing(store, err);
	/* By the clock inside the lock: what may be taken back can be confirmed no more. */
	if (c.deadline <= store->write.time)
		return refuse_late(&c, err);
	free(c.actor);
	c.actor = pchat_str_dup(pchat_str(actor));
	if (!c.actor)
		return pchat_no_memory(err);
	c.state = PCHAT_CONFIRM_CONFIRMED;
	c.settled = store->write.time;
	code = pchat_write_settle(store, &c, err);
	if (code == PCHAT_OK)
		*ret_revision = c.revision;
	return code;
}
