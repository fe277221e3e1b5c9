/*
 * The index of words beside the messages, kept in the transactions that write them.
 */
#include "schema/chat_internal.h"

#include <stdlib.h>

#include "schema/words.h"

/* What waits for the end of its batch, at most; past that it is indexed earlier. */
#define PENDING_MAX (4u << 20)

static enum pchat_code
run(struct pchat_chat *chat, enum pchat_query_id id, int64_t key, int64_t author,
    struct pchat_str words, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, id, &q, err);

	pchat_buf_clear(&chat->row);
	chat->driver->words_row(&chat->row, author, words);
	if (code == PCHAT_OK)
		code = pchat_buf_check(&chat->row, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, key);
	pchat_stmt_str(q.stmt, 2, pchat_buf_view(&chat->row));
	return pchat_query_run(&q, err);
}

static enum pchat_code
run_texts(struct pchat_chat *chat, enum pchat_query_id id, int64_t key, int64_t author,
          struct pchat_str text, struct pchat_str extra, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) words = { 0 };
	enum pchat_code code;

	pchat_words_message(&words, text, extra, PCHAT_WORDS_FOLDED);
	code = pchat_buf_check(&words, err);
	return code == PCHAT_OK ? run(chat, id, key, author, pchat_buf_view(&words), err) : code;
}

enum pchat_code
pchat_chat_words_add(struct pchat_chat *chat, int64_t key, int64_t author, struct pchat_str text,
                     struct pchat_str extra, struct pchat_err *err)
{
	return run_texts(chat, PCHAT_Q_WORDS_ADD, key, author, text, extra, err);
}

enum pchat_code
pchat_chat_words_drop(struct pchat_chat *chat, int64_t key, int64_t author, struct pchat_str text,
                      struct pchat_str extra, struct pchat_err *err)
{
	return run_texts(chat, PCHAT_Q_WORDS_DROP, key, author, text, extra, err);
}

void
pchat_chat_words_forget(struct pchat_chat *chat)
{
	chat->pending.n = 0;
	if (chat->words.cap > PENDING_MAX)
		pchat_buf_release(&chat->words);
	else
		pchat_buf_clear(&chat->words);
}

enum pchat_code
pchat_chat_words_note(struct pchat_chat *chat, int64_t key, int64_t author,
                      const struct pchat_message *m, struct pchat_err *err)
{
	struct pchat_pending p = { .key = key, .author = author, .at = chat->words.n };
	enum pchat_code code;

	pchat_words_message(&chat->words, m->text, m->extra, PCHAT_WORDS_FOLDED);
	code = pchat_buf_check(&chat->words, err);
	if (code != PCHAT_OK)
		return code;
	p.n = chat->words.n - p.at;
	if (!pchat_vec_push(&chat->pending, p))
		return pchat_no_memory(err);
	return chat->words.n > PENDING_MAX ? pchat_chat_words_flush(chat, err) : PCHAT_OK;
}

static int
by_key(const void *a, const void *b)
{
	int64_t x = ((const struct pchat_pending *)a)->key;
	int64_t y = ((const struct pchat_pending *)b)->key;

	return x < y ? -1 : x > y;
}

enum pchat_code
pchat_chat_words_flush(struct pchat_chat *chat, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	if (chat->pending.n > 1)
		qsort(chat->pending.v, chat->pending.n, sizeof(*chat->pending.v), by_key);
	for (size_t i = 0; code == PCHAT_OK && i < chat->pending.n; i++) {
		const struct pchat_pending *p = &chat->pending.v[i];

		code = run(chat, PCHAT_Q_WORDS_ADD, p->key, p->author,
		           (struct pchat_str){ chat->words.p + p->at, p->n }, err);
	}
	pchat_chat_words_forget(chat);
	return code;
}
