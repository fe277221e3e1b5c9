#include "schema/sqlite_words.h"

#include "schema/words.h"

/* An author is a word no text can have: '_' separates words there. */
static void
put_author(struct pchat_buf *out, int64_t author)
{
	pchat_buf_char(out, '_');
	pchat_buf_int(out, author);
}

void
pchat_sqlite_words_row(struct pchat_buf *out, int64_t author, struct pchat_str words)
{
	put_author(out, author);
	pchat_buf_str(out, words);
}

/* Words hold neither quotes nor anything else that FTS5 takes for more than a letter. */
void
pchat_sqlite_words_query(struct pchat_buf *out, const struct pchat_words_query *q)
{
	for (size_t i = 0; i < q->n_words; i++) {
		pchat_buf_text(out, i == 0 ? "(\"" : q->any ? " OR \"" : " AND \"");
		pchat_buf_str(out, q->words[i]);
		pchat_buf_text(out, i + 1 == q->n_words ? "\")" : "\"");
	}
	for (size_t i = 0; i < q->n_authors; i++) {
		if (i == 0)
			pchat_buf_text(out, q->n_words > 0 ? " AND (\"" : "(\"");
		else
			pchat_buf_text(out, " OR \"");
		put_author(out, q->authors[i]);
		pchat_buf_text(out, i + 1 == q->n_authors ? "\")" : "\"");
	}
}

static struct pchat_str
value(sqlite3_value *v)
{
	const char *text = (const char *)sqlite3_value_text(v);

	return (struct pchat_str){ text, text ? (size_t)sqlite3_value_bytes(v) : 0 };
}

static void
message_words(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	PCHAT_AUTO_VALUE(buf) words = { 0 };
	PCHAT_AUTO_VALUE(buf) row = { 0 };

	(void)n;
	pchat_words_message(&words, value(v[1]), value(v[2]), PCHAT_WORDS_FOLDED);
	pchat_sqlite_words_row(&row, sqlite3_value_int64(v[0]), pchat_buf_view(&words));
	if (!pchat_buf_ok(&words) || !pchat_buf_ok(&row))
		sqlite3_result_error_nomem(ctx);
	else
		sqlite3_result_text64(ctx, row.p, row.n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

int
pchat_sqlite_words_function(sqlite3 *h)
{
	return sqlite3_create_function_v2(h, "pchat_message_words", 3,
	                                  SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
	                                  NULL, message_words, NULL, NULL, NULL);
}
