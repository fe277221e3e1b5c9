/*
 * The change feed: a thread that waits for commits of others in the store, reads the
 * new rows of its journal and hands them to the SIP loop in batches.
 */
#pragma once

#include "pchatd/mailbox.h"
#include "schema/store.h"

#define PCHAT_FEED_POLL_MS 200 /* how long a commit may go unseen without a wake-up */
#define PCHAT_FEED_BATCH   512 /* rows in one letter */

struct pchat_feed_row {
	uint64_t revision;
	enum pchat_op op;
	struct pchat_object *object; /* after; for a deletion: before. Owned */
	struct pchat_object *before; /* of a room that gained members, if it was there; owned */
};

struct pchat_feed_batch {
	struct pchat_letter letter;
	uint64_t revision; /* all rows up to here have been handed over with this letter; 0: not yet
	                    */
	size_t n;
	struct pchat_feed_row rows[PCHAT_FEED_BATCH];
};
void pchat_feed_batch_free(struct pchat_feed_batch *batch);

struct pchat_log;
struct pchat_feed;
/* Follow the journal from @revision on. Batches go to @out with @done. */
enum pchat_code pchat_feed_start(const char *store_path, uint64_t revision,
                                 struct pchat_mailbox *out,
                                 void (*done)(void *ctx, struct pchat_letter *letter),
                                 struct pchat_log *log, struct pchat_feed **ret,
                                 struct pchat_err *err);
/* Hand over nothing of @revision and later until released, so that who makes it can tell of it
 * first: call it before the commit. From any thread, one at a time. */
void pchat_feed_hold(struct pchat_feed *f, uint64_t revision);
/* Go on, and look now. */
void pchat_feed_release(struct pchat_feed *f);
/* Look now. From any thread. */
void pchat_feed_wake(struct pchat_feed *f);
/* The revision that waits for its confirmation, or 0, and until when. From any thread. */
uint64_t pchat_feed_unconfirmed(struct pchat_feed *f, int64_t *ret_deadline);
void pchat_feed_stop(struct pchat_feed *f); /* NULL is allowed */
