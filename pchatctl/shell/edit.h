/*
 * A line edited on the terminal. The only part that knows libedit.
 */
#pragma once

#include "base/buf.h"

enum pchat_edit_end {
	PCHAT_EDIT_LINE,      /* a line was entered */
	PCHAT_EDIT_CANCELLED, /* given up by Ctrl-C */
	PCHAT_EDIT_CLOSED,    /* Ctrl-D on an empty line, or the terminal is gone */
};

struct pchat_edit;

/* @name: under which users configure it in ~/.editrc. Keys are bound to the functions of fill.c. */
enum pchat_code pchat_edit_new(const char *name, struct pchat_edit **ret, struct pchat_err *err);
void pchat_edit_free(struct pchat_edit *e);
PCHAT_AUTO_DEFINE(edit, pchat_edit_free)

/*
 * Let the user type a line; it is appended to @line without its end. @prompt stands before it.
 * What @line holds already is the part that was entered before, on the lines above: completion
 * looks at all of it.
 */
enum pchat_edit_end pchat_edit_read(struct pchat_edit *e, const char *prompt,
                                    struct pchat_buf *line);
/* Remember a line for as long as the editor lives. */
void pchat_edit_remember(struct pchat_edit *e, const char *line);
