/*
 * How far something long has come, on one line of a terminal: shown from the second second
 * on, renewed a few times a second, and taken away at the end.
 */
#pragma once

#include "base/buf.h"

struct pchat_progress {
	const char *what; /* "writing"; borrowed */
	int64_t begun;    /* microseconds of pchat_monotonic() */
	int64_t shown;    /* when it was last; 0: never */
};

/* What to write to the terminal at @now, appended to @out: nothing most of the time. */
void pchat_progress_step(struct pchat_progress *p, int64_t now, uint64_t done, uint64_t total,
                         struct pchat_buf *out);
/* What takes the line away, if it was shown. */
void pchat_progress_end(struct pchat_progress *p, struct pchat_buf *out);
