/*
 * Writing messages. The one writer adds a batch in one transaction; numbers come
 * from a counter per room that is part of the same transaction, so that they have
 * no gaps and no repeats whatever happens.
 */
#include "schema/chat_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "schema/migrate.h"

/* What is remembered between batches, at most; past that all is forgotten. */
#define MAX_COUNTERS 131072
#define MAX_AUTHORS  131072

void
pchat_chat_forget_cache(struct pchat_chat *chat)
{
	struct pchat_str key;
	void *value;
	size_t i = 0;

	while (pchat_hash_next(&chat->counters, &i, &key, &value))
		free(value);
	i = 0;
	while (pchat_hash_next(&chat->authors, &i, &key, &value))
		free(value);
	pchat_hash_release(&chat->counters);
	pchat_hash_release(&chat->authors);
	chat->counters = chat->authors = (struct pchat_hash){ 0 };
	chat->dirty = NULL;
}

void
pchat_chat_close(struct pchat_chat *chat)
{
	if (!chat)
		return;
	if (chat->conn.db)
		chat->driver->rollback(chat->conn.db);
	pchat_chat_forget_cache(chat);
	pchat_conn_close(&chat->conn);
	pchat_buf_release(&chat->key);
	pchat_buf_release(&chat->words);
	pchat_buf_release(&chat->row);
	pchat_vec_release(&chat->pending);
	free(chat);
}

/* Who writes messages will have to account for them: better not begin than stop half-way. */
static enum pchat_code
check_compliance(const struct pchat_chat *chat, struct pchat_err *err)
{
	PCHAT_AUTO(db) db = NULL;
	enum pchat_code code = chat->driver->open(chat->path, PCHAT_PART_COMPLIANCE, PCHAT_DB_WRITE,
	                                          &db, err);

	return code == PCHAT_OK ? pchat_migrate_check(db, PCHAT_PART_COMPLIANCE, chat->path, err)
	                        : code;
}

static enum pchat_code
open_chat(struct pchat_chat *chat, struct pchat_err *err)
{
	enum pchat_code code = pchat_driver_for(chat->path, &chat->driver, err);

	if (code == PCHAT_OK)
		code = chat->driver->open(chat->path, PCHAT_PART_CHAT,
		                          chat->writer ? PCHAT_DB_WRITE : 0, &chat->conn.db, err);
	if (code == PCHAT_OK)
		code = pchat_migrate_check(chat->conn.db, PCHAT_PART_CHAT, chat->path, err);
	return code == PCHAT_OK && chat->writer ? check_compliance(chat, err) : code;
}

enum pchat_code
pchat_chat_open(const char *store_path, bool writer, struct pchat_chat **ret, struct pchat_err *err)
{
	struct pchat_chat *chat = calloc(1, sizeof(*chat));
	enum pchat_code code;
	int n;

	if (!chat)
		return pchat_no_memory(err);
	chat->writer = writer;
	n = snprintf(chat->path, sizeof(chat->path), "%s", store_path);
	if (n < 0 || (size_t)n >= sizeof(chat->path))
		code = pchat_fail(err, PCHAT_LIMIT, "path of the store is too long");
	else
		code = open_chat(chat, err);
	if (code != PCHAT_OK) {
		pchat_chat_close(chat);
		return code;
	}
	*ret = chat;
	return PCHAT_OK;
}

void
pchat_chat_set_timeout(struct pchat_chat *chat, unsigned milliseconds)
{
	chat->driver->set_timeout(chat->conn.db, milliseconds);
}

/* ---- a batch ---- */

/* What is remembered holds only as long as nobody else committed. */
static enum pchat_code
refresh_cache(struct pchat_chat *chat, struct pchat_err *err)
{
	int64_t seen = chat->data_version;
	enum pchat_code code;

	code = chat->driver->data_version(chat->conn.db, &chat->data_version, err);
	if (code == PCHAT_OK && (chat->data_version != seen || chat->counters.n > MAX_COUNTERS ||
	                         chat->authors.n > MAX_AUTHORS))
		pchat_chat_forget_cache(chat);
	return code;
}

enum pchat_code
pchat_chat_begin(struct pchat_chat *chat, struct pchat_err *err)
{
	enum pchat_code code;

	assert(chat->writer && !chat->batch);
	code = chat->driver->begin(chat->conn.db, true, err);
	if (code != PCHAT_OK)
		return code;
	chat->batch = true;
	chat->failed = PCHAT_OK;
	code = refresh_cache(chat, err);
	if (code != PCHAT_OK)
		pchat_chat_rollback(chat);
	return code;
}

void
pchat_chat_rollback(struct pchat_chat *chat)
{
	if (!chat->batch)
		return;
	chat->batch = false;
	chat->driver->rollback(chat->conn.db);
	pchat_chat_words_forget(chat);
	pchat_chat_forget_cache(chat);
}

static enum pchat_code
read_counter(struct pchat_chat *chat, struct pchat_counter *c, bool *ret_found,
             struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_COUNTER, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, c->guid);
	code = pchat_query_step(&q, ret_found, err);
	if (code != PCHAT_OK || !*ret_found)
		return code;
	c->room = pchat_col_int(q.stmt, 0);
	c->last_id = (uint64_t)pchat_col_int(q.stmt, 1);
	c->last_time = pchat_col_int(q.stmt, 2);
	c->kept = (uint64_t)pchat_col_int(q.stmt, 3);
	return PCHAT_OK;
}

/* Step a statement that adds a row and returns its number. */
static enum pchat_code
step_new(struct pchat_query *q, int64_t *ret, struct pchat_err *err)
{
	bool row = false;
	enum pchat_code code = pchat_query_step(q, &row, err);

	if (code == PCHAT_OK)
		*ret = pchat_col_int(q->stmt, 0);
	return code;
}

static enum pchat_code
new_counter(struct pchat_chat *chat, struct pchat_counter *c, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_COUNTER_NEW, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, c->guid);
	return step_new(&q, &c->room, err);
}

static enum pchat_code
load_counter(struct pchat_chat *chat, struct pchat_str room, struct pchat_counter **ret,
             struct pchat_err *err)
{
	struct pchat_counter *c = calloc(1, sizeof(*c));
	bool found = false;
	enum pchat_code code;

	if (!c)
		return pchat_no_memory(err);
	memcpy(c->guid, room.p, PCHAT_GUID_LEN);
	code = read_counter(chat, c, &found, err);
	if (code == PCHAT_OK && !found)
		code = new_counter(chat, c, err);
	if (code == PCHAT_OK && !pchat_hash_put(&chat->counters, pchat_str(c->guid), c))
		code = pchat_no_memory(err);
	if (code != PCHAT_OK) {
		free(c);
		return code;
	}
	*ret = c;
	return PCHAT_OK;
}

static enum pchat_code
find_counter(struct pchat_chat *chat, struct pchat_str room, struct pchat_counter **ret,
             struct pchat_err *err)
{
	*ret = pchat_hash_get(&chat->counters, room);
	return *ret ? PCHAT_OK : load_counter(chat, room, ret, err);
}

static enum pchat_code
author_query(struct pchat_chat *chat, enum pchat_query_id id, const struct pchat_message *m,
             struct pchat_query *q, struct pchat_err *err)
{
	enum pchat_code code = pchat_query_use(&chat->conn, id, q, err);

	if (code == PCHAT_OK) {
		pchat_stmt_str(q->stmt, 1, m->author);
		pchat_stmt_str(q->stmt, 2, m->display);
	}
	return code;
}

static enum pchat_code
author_number(struct pchat_chat *chat, const struct pchat_message *m, int64_t *ret,
              struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) old = { 0 };
	PCHAT_AUTO_VALUE(query) new = { 0 };
	bool found = false;
	enum pchat_code code = author_query(chat, PCHAT_Q_AUTHOR, m, &old, err);

	if (code == PCHAT_OK)
		code = pchat_query_step(&old, &found, err);
	if (code == PCHAT_OK && found)
		*ret = pchat_col_int(old.stmt, 0);
	if (code != PCHAT_OK || found)
		return code;
	code = author_query(chat, PCHAT_Q_AUTHOR_NEW, m, &new, err);
	return code == PCHAT_OK ? step_new(&new, ret, err) : code;
}

static enum pchat_code
load_author(struct pchat_chat *chat, const struct pchat_message *m, int64_t *ret,
            struct pchat_err *err)
{
	struct pchat_author *a = malloc(sizeof(*a) + chat->key.n);
	enum pchat_code code;

	if (!a)
		return pchat_no_memory(err);
	a->n = chat->key.n;
	memcpy(a->key, chat->key.p, a->n);
	code = author_number(chat, m, &a->id, err);
	if (code == PCHAT_OK &&
	    !pchat_hash_put(&chat->authors, (struct pchat_str){ a->key, a->n }, a))
		code = pchat_no_memory(err);
	if (code != PCHAT_OK) {
		free(a);
		return code;
	}
	*ret = a->id;
	return PCHAT_OK;
}

static enum pchat_code
find_author(struct pchat_chat *chat, const struct pchat_message *m, int64_t *ret,
            struct pchat_err *err)
{
	const struct pchat_author *a;

	pchat_buf_clear(&chat->key);
	pchat_buf_str(&chat->key, m->author);
	pchat_buf_char(&chat->key, '\0');
	pchat_buf_str(&chat->key, m->display);
	if (!pchat_buf_ok(&chat->key))
		return pchat_no_memory(err);
	a = pchat_hash_get(&chat->authors, pchat_buf_view(&chat->key));
	if (!a)
		return load_author(chat, m, ret, err);
	*ret = a->id;
	return PCHAT_OK;
}

static enum pchat_code
insert_message(struct pchat_chat *chat, const struct pchat_counter *c,
               const struct pchat_message *m, struct pchat_err *err)
{
	const int64_t key = pchat_range_of(c->room).lo | (int64_t)m->id;
	PCHAT_AUTO_VALUE(query) q = { 0 };
	int64_t author = 0;
	enum pchat_code code = find_author(chat, m, &author, err);

	if (code == PCHAT_OK)
		code = pchat_query_use(&chat->conn, PCHAT_Q_MESSAGE_ADD, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, key);
	pchat_stmt_int(q.stmt, 2, m->time);
	pchat_stmt_int(q.stmt, 3, author);
	pchat_stmt_int(q.stmt, 4, m->alert);
	pchat_stmt_str(q.stmt, 5, m->text);
	pchat_stmt_str(q.stmt, 6, m->extra);
	pchat_stmt_str(q.stmt, 7, m->attributes);
	code = pchat_query_run(&q, err);
	return code == PCHAT_OK ? pchat_chat_words_note(chat, key, author, m, err) : code;
}

static enum pchat_code
check_message(const struct pchat_message *m, struct pchat_err *err)
{
	char guid[PCHAT_GUID_LEN + 1];

	if (!pchat_guid_parse(m->room, guid) || memcmp(guid, m->room.p, PCHAT_GUID_LEN) != 0)
		return pchat_fail(err, PCHAT_INVALID, "'%.*s' is not the guid of a room",
		                  m->room.n < 64 ? (int)m->room.n : 64, m->room.p);
	if (m->text.n > PCHAT_CHAT_MAX_TEXT || m->extra.n > PCHAT_CHAT_MAX_TEXT ||
	    m->attributes.n > PCHAT_CHAT_MAX_TEXT)
		return pchat_fail(err, PCHAT_LIMIT, "a message of more than %llu octets",
		                  (unsigned long long)PCHAT_CHAT_MAX_TEXT);
	return PCHAT_OK;
}

static void
mark_dirty(struct pchat_chat *chat, struct pchat_counter *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next = chat->dirty;
	chat->dirty = c;
}

static enum pchat_code
add(struct pchat_chat *chat, struct pchat_message *m, bool keep, struct pchat_err *err)
{
	struct pchat_counter *c;
	int64_t now = pchat_now();
	enum pchat_code code = find_counter(chat, m->room, &c, err);

	if (code != PCHAT_OK)
		return code;
	if (c->last_id >= PCHAT_CHAT_MAX_ID)
		return pchat_fail(err, PCHAT_LIMIT, "room %s has used up its numbers", c->guid);
	m->id = c->last_id + 1;
	m->time = now > c->last_time ? now : c->last_time;
	if (keep)
		code = insert_message(chat, c, m, err);
	if (code != PCHAT_OK)
		return code;
	c->last_id = m->id;
	c->last_time = m->time;
	c->kept += keep;
	mark_dirty(chat, c);
	return PCHAT_OK;
}

static enum pchat_code
fail_batch(enum pchat_code code, struct pchat_err *err)
{
	return pchat_fail(err, code, "the batch has failed before");
}

enum pchat_code
pchat_chat_add(struct pchat_chat *chat, struct pchat_message *m, bool keep, struct pchat_err *err)
{
	enum pchat_code code;

	assert(chat->batch);
	if (chat->failed != PCHAT_OK)
		return fail_batch(chat->failed, err);
	/* A message that is refused here leaves the batch whole; a failing statement does not. */
	code = check_message(m, err);
	if (code == PCHAT_OK)
		chat->failed = code = add(chat, m, keep, err);
	return code;
}

static enum pchat_code
save_counters(struct pchat_chat *chat, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_COUNTER_SET, &q, err);

	for (struct pchat_counter *c = chat->dirty; code == PCHAT_OK && c; c = c->next) {
		pchat_stmt_int(q.stmt, 1, (int64_t)c->last_id);
		pchat_stmt_int(q.stmt, 2, c->last_time);
		pchat_stmt_int(q.stmt, 3, (int64_t)c->kept);
		pchat_stmt_int(q.stmt, 4, c->room);
		code = pchat_query_run(&q, err);
	}
	return code;
}

enum pchat_code
pchat_chat_commit(struct pchat_chat *chat, struct pchat_err *err)
{
	enum pchat_code code;

	assert(chat->batch);
	if (chat->failed != PCHAT_OK)
		return fail_batch(chat->failed, err);
	code = pchat_chat_words_flush(chat, err);
	if (code == PCHAT_OK)
		code = save_counters(chat, err);
	if (code == PCHAT_OK)
		code = chat->driver->commit(chat->conn.db, err);
	if (code != PCHAT_OK) {
		chat->failed = code;
		return code;
	}
	for (struct pchat_counter *c = chat->dirty; c; c = c->next)
		c->dirty = false;
	chat->dirty = NULL;
	chat->batch = false;
	return PCHAT_OK;
}
