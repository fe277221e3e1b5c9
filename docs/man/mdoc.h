/*
 * Text as mdoc source, the language of manual pages.
 */
#pragma once

#include "base/buf.h"

/* A paragraph: every sentence on a line of its own, none longer than 78 columns. What begins with a
 * dash is kept together and stays copyable. */
void mdoc_text(struct pchat_buf *out, const char *text);
/* One argument of a macro. */
void mdoc_word(struct pchat_buf *out, const char *text);
/* Text that is shown as it is, on one line: what follows a macro such as .Dl. */
void mdoc_literal(struct pchat_buf *out, struct pchat_str text);
/* A line of a literal display. */
void mdoc_line(struct pchat_buf *out, struct pchat_str text);
