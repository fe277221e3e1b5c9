/*
 * The change that waits for its confirmation (schema/confirmation.h): when its time is up
 * pchatd takes it back without being told. Belongs to the feed thread; the change that
 * takes it back reaches everybody through the journal, like any other.
 */
#pragma once

#include "schema/store.h"

struct pchat_log;

struct pchat_probation {
	uint64_t revision; /* what waits, as of the last look; 0: nothing */
	int64_t deadline;
	bool failing;
};

/* See what waits: after every commit of anybody. */
enum pchat_code pchat_probation_look(struct pchat_probation *p, struct pchat_store *store,
                                     struct pchat_err *err);
/* How much of @pause_us is left before something has to be done. */
int64_t pchat_probation_pause(const struct pchat_probation *p, int64_t now, int64_t pause_us);
/*
 * Take back what waits if its time is up at @now. True if something was settled: the feed looks
 * again. Nobody is waited for who holds the store; the next call tries again.
 * Not within a transaction of this thread.
 */
bool pchat_probation_settle(struct pchat_probation *p, const char *path, int64_t now,
                            struct pchat_log *log);
