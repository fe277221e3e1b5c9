/*
 * Changes of the store on their way into the view: batches of the feed are applied row by
 * row, in slices, and whoever a row touches is noted for review.
 */
#pragma once

#include "pchatd/server.h"

/* What the view calls. */
extern const struct pchat_view_watcher pchat_change_watcher;

/* A batch of the feed has come; ctx is the struct pchatd. */
void pchat_change_take(void *ctx, struct pchat_letter *letter);
/* Apply for at most @budget microseconds. True if nothing is left. */
bool pchat_change_step(struct pchatd *d, int64_t budget);
void pchat_change_release(struct pchatd *d);
