/*
 * The history file of the shell: pchat/history below XDG_STATE_HOME or ~/.local/state,
 * one line each, readable by its owner alone. Shells that run at the same time append
 * to the same file.
 */
#pragma once

#include "base/buf.h"
#include "base/vec.h"

/* Lines that are kept; the file is cut back to them once it has twice as many. */
#define PCHAT_HISTORY_LINES 1000u
/* Longest line, and the longest file that is read. */
#define PCHAT_HISTORY_LINE_MAX 65536
#define PCHAT_HISTORY_FILE_MAX ((size_t)16 << 20)

struct pchat_history {
	char *path;              /* owned; NULL: nothing is kept */
	PCHAT_VEC(char *) lines; /* those of the file, oldest first; owned */
};
void pchat_history_release(struct pchat_history *h);
PCHAT_AUTO_VALUE_DEFINE(history, pchat_history_release)

/*
 * Read what is there; a file that is missing is made when a line is added. Without a home nothing
 * is kept. PCHAT_UNAVAILABLE, PCHAT_DENIED: it cannot be used, is no plain file or belongs to
 * somebody else; nothing is kept then either.
 */
enum pchat_code pchat_history_open(struct pchat_history *ret, struct pchat_err *err);
/* Append a line to the file. Lines with a line break in them, or too long, are left out. */
enum pchat_code pchat_history_add(const struct pchat_history *h, const char *line,
                                  struct pchat_err *err);
