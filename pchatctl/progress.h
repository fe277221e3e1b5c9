/*
 * How far something long has come, on one line of a terminal: shown from the second second
 * on, renewed a few times a second, and taken away at the end.
 */
#pragma once

#include "base/buf.h"

struct pchat_progress {
	const char *what; /* "writing"; of all there is to do, this comes next; borrowed */
	int64_t begun;    /* microseconds of pchat_monotonic() */
	int64_t shown;    /* when it was last; 0: never */
};

/* What to write to the terminal at @now, appended to @out: nothing most of the time. */
void pchat_progress_step(struct pchat_progress *p, int64_t now, uint64_t done, uint64_t total,
                         struct pchat_buf *out);
/* What takes the line away, if it was shown. */
void pchat_progress_end(struct pchat_progress *p, struct pchat_buf *out);

/* ---- on standard error ---- */

/* Called with the struct pchat_progress. */
typedef void (*pchat_progress_fn)(void *progress, uint64_t done, uint64_t total);

/* What comes next is called @what; the second that passes before anything is shown began with the
 * first of these calls. Returns what is to be called while it is done, or NULL if nobody looks:
 * @quiet, no terminal, or one that cannot. */
pchat_progress_fn pchat_progress_begin(struct pchat_progress *p, const char *what, bool quiet);
/* Take the line away before anything else is written. */
void pchat_progress_clear(struct pchat_progress *p);
