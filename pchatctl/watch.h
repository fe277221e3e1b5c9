/*
 * What the commands that watch share: lines as things happen, one for each, until
 * somebody presses Ctrl-C, nobody reads any more, or enough was seen. Whatever has happened
 * is written before they wait again.
 */
#pragma once

#include "pchatctl/ctl.h"

struct pchat_watch {
	struct pchat_ctl *ctl;
	struct pchat_out *out; /* NULL: lines for people */
	int signals;           /* a descriptor that is readable once it is time to end */
	int64_t until;         /* monotonic; INT64_MAX: no end */
	uint64_t left;         /* records that may still be written */
};

/* Take --limit and --for, and signals from now on. @head as for pchat_out_open(). */
enum pchat_code pchat_watch_open(struct pchat_watch *ret, struct pchat_ctl *ctl,
                                 const struct pchat_call *call, const struct pchat_out_head *head,
                                 struct pchat_err *err);
void pchat_watch_release(struct pchat_watch *w);
PCHAT_AUTO_VALUE_DEFINE(watch, pchat_watch_release)

/* Write what happened: @line for people (its end is added), @r for any other format. PCHAT_DIFFERS:
 * it was the last that is wanted; the error stays empty. */
enum pchat_code pchat_watch_put(struct pchat_watch *w, const char *line,
                                const struct pchat_record *r, struct pchat_err *err);
/* Write out, then wait @ms or until it is time to end: *ret_over. */
enum pchat_code pchat_watch_wait(struct pchat_watch *w, unsigned ms, bool *ret_over,
                                 struct pchat_err *err);
/* After the last wait, with the code of what was done between: PCHAT_DIFFERS is success here. */
enum pchat_code pchat_watch_close(struct pchat_watch *w, enum pchat_code code,
                                  struct pchat_err *err);
