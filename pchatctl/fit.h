/*
 * How a table gets onto a narrow screen. Texts are cut, then whole columns are left out, those that
 * describe first and the one that names the object last: a word like "auditorium" says something
 * whole or not at all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What a column is for, in the order in which columns go. */
enum pchat_column_use {
	PCHAT_COLUMN_ABOUT, /* describes */
	PCHAT_COLUMN_OTHER,
	PCHAT_COLUMN_CONTENT, /* what the list was made for: the texts of messages */
};

struct pchat_column {
	size_t natural; /* what its widest cell takes */
	enum pchat_column_use use;
	bool text;    /* of several words: means something when it is cut, too */
	size_t width; /* chosen; 0: left out */
};

/* Blanks between columns. */
#define PCHAT_COLUMN_GAP 2

/* By the name of its field. */
enum pchat_column_use pchat_column_use(const char *name);

/* Choose the widths of @n columns, the first of which names the object, so that all of them with
 * the gaps between them take @limit at most. @limit 0: as wide as they are. */
void pchat_columns_fit(struct pchat_column *v, size_t n, size_t limit);
