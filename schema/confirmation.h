/*
 * Changes on probation: in force, and taken back if nobody confirms them in time. What
 * waits stands in the store, so that it survives every crash: a running pchatd takes it
 * back when its time is up, else whoever opens the store next. At most one change waits.
 */
#pragma once

#include "schema/store.h"

/* Longest time a change may wait: a week. */
#define PCHAT_CONFIRM_MAX 604800

/* clang-format off */
#define PCHAT_CONFIRM_STATES(X)                                              \
	X(WAITING,    "waiting")                                             \
	X(CONFIRMED,  "confirmed")                                           \
	X(TAKEN_BACK, "taken-back")                                          \
	X(STUCK,      "stuck") /* later changes rely on it: it stays in force */
/* clang-format on */

enum pchat_confirm_state {
#define X(symbol, word) PCHAT_CONFIRM_##symbol,
	PCHAT_CONFIRM_STATES(X)
#undef X
		PCHAT_N_CONFIRM_STATES
};
extern const char *const pchat_confirm_words[];

struct pchat_confirmation {
	uint64_t revision; /* 0: there is none */
	uint64_t within;   /* seconds it was given */
	int64_t deadline;
	enum pchat_confirm_state state;
	int64_t settled; /* when it ceased to wait; 0: it waits */
	uint64_t undone; /* TAKEN_BACK: the revision that did it; 0: it had no effect any more */
	char *actor;     /* CONFIRMED: by whom; owned */
	char *reason;    /* STUCK: why; owned */
};
void pchat_confirmation_release(struct pchat_confirmation *c);
PCHAT_AUTO_VALUE_DEFINE(confirmation, pchat_confirmation_release)

/* What was written in this transaction waits for confirmation from its commit on. PCHAT_CONFLICT:
 * something else waits. PCHAT_LIMIT: 0 or more than PCHAT_CONFIRM_MAX seconds. */
enum pchat_code pchat_txn_confirm_within(struct pchat_txn *txn, uint64_t seconds,
                                         struct pchat_err *err);
/* What waits is confirmed; *@ret_revision tells which. PCHAT_NOT_FOUND, with what became of the
 * last one as hint, if nothing waits, or if its time was up when the transaction began. */
enum pchat_code pchat_txn_confirm(struct pchat_txn *txn, const char *actor, uint64_t *ret_revision,
                                  struct pchat_err *err);

/* What waits now. */
enum pchat_code pchat_store_waiting(struct pchat_store *store, struct pchat_confirmation *ret,
                                    struct pchat_err *err);
/* What is known of a revision. */
enum pchat_code pchat_store_confirmation(struct pchat_store *store, uint64_t revision,
                                         struct pchat_confirmation *ret, struct pchat_err *err);

/*
 * If something waits whose time is up at @now, take it back: a revision of the origin "daemon", by
 * the actor of the change. Nothing happens otherwise, so that any number of processes may try at
 * once and again. *@ret (may be NULL): what was settled, with .revision 0 if nothing was.
 * PCHAT_BUSY: somebody else has been writing for @wait_ms.
 * Any store of that path may be open meanwhile, but none of this thread in a transaction.
 */
enum pchat_code pchat_store_settle(const char *path, int64_t now, unsigned wait_ms,
                                   struct pchat_confirmation *ret, struct pchat_err *err);
