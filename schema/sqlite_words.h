/*
 * Full-text search as SQLite has it: FTS5. Inside the driver only.
 */
#pragma once

#include <sqlite3.h>

#include "schema/driver.h"

/* Give a connection the function that the migrations call: pchat_message_words(author, text,
 * extra), the row of a message. Returns a result code of SQLite. */
int pchat_sqlite_words_function(sqlite3 *h);
void pchat_sqlite_words_row(struct pchat_buf *out, int64_t author, struct pchat_str words);
void pchat_sqlite_words_query(struct pchat_buf *out, const struct pchat_words_query *q);
