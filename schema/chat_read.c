/*
 * Reading messages, and carrying out in chat.db what policy.db decided.
 */
#include "schema/chat_internal.h"
#include "schema/confirmation.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"
#include "schema/internal.h"

/* Messages forgotten in one transaction: the writer is never kept waiting for long. */
#define SLICE 1000

/* ---- one state for several statements ---- */

enum pchat_code
pchat_chat_read_begin(struct pchat_chat *chat, bool *ret_began, struct pchat_err *err)
{
	*ret_began = !chat->driver->in_transaction(chat->conn.db);
	return *ret_began ? chat->driver->begin(chat->conn.db, false, err) : PCHAT_OK;
}

void
pchat_chat_read_end(struct pchat_chat *chat, bool began)
{
	if (began && chat->driver->commit(chat->conn.db, NULL) != PCHAT_OK)
		chat->driver->rollback(chat->conn.db);
}

/* ---- messages ---- */

struct counters {
	int64_t room; /* 0: nothing was ever said there */
	uint64_t last_id, kept;
};

static enum pchat_code
counters(struct pchat_chat *chat, const char *room, struct counters *ret, struct pchat_err *err)
{
	const struct pchat_counter *c = pchat_hash_get(&chat->counters, pchat_str(room));
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code;

	if (chat->batch && c) {
		*ret = (struct counters){ c->room, c->last_id, c->kept };
		return PCHAT_OK;
	}
	*ret = (struct counters){ 0 };
	code = pchat_query_use(&chat->conn, PCHAT_Q_COUNTER, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, room);
	code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK && row)
		*ret = (struct counters){ pchat_col_int(q.stmt, 0),
			                  (uint64_t)pchat_col_int(q.stmt, 1),
			                  (uint64_t)pchat_col_int(q.stmt, 3) };
	return code;
}

enum pchat_code
pchat_chat_room_number(struct pchat_chat *chat, const char *room, int64_t *ret,
                       struct pchat_err *err)
{
	struct counters c;
	enum pchat_code code = counters(chat, room, &c, err);

	if (code == PCHAT_OK)
		*ret = c.room;
	return code;
}

enum pchat_code
pchat_chat_last_id(struct pchat_chat *chat, const char *room, uint64_t *ret, struct pchat_err *err)
{
	struct counters c;
	enum pchat_code code = counters(chat, room, &c, err);

	if (code == PCHAT_OK)
		*ret = c.last_id;
	return code;
}

static enum pchat_code
count_all(struct pchat_chat *chat, uint64_t *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_COUNTERS_SUM, &q, err);

	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK)
		*ret = (uint64_t)pchat_col_int(q.stmt, 0);
	return code;
}

enum pchat_code
pchat_chat_count(struct pchat_chat *chat, const char *room, uint64_t *ret, struct pchat_err *err)
{
	struct counters c;
	enum pchat_code code;

	if (!room)
		return count_all(chat, ret, err);
	code = counters(chat, room, &c, err);
	if (code == PCHAT_OK)
		*ret = c.kept;
	return code;
}

/* Narrow @r to its last @count messages. */
static enum pchat_code
last_of(struct pchat_chat *chat, struct pchat_range *r, unsigned count, bool *ret_more,
        struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_MESSAGE_BEFORE, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, r->lo);
	pchat_stmt_int(q.stmt, 2, r->hi);
	pchat_stmt_int(q.stmt, 3, count);
	code = pchat_query_step(&q, ret_more, err);
	if (code == PCHAT_OK && *ret_more)
		r->lo = pchat_col_int(q.stmt, 0) + 1;
	return code;
}

struct pchat_message
pchat_chat_message_of(const struct pchat_query *q, const char *room)
{
	return (struct pchat_message){
		.room = pchat_str(room),
		.id = (uint64_t)pchat_col_int(q->stmt, 0) & PCHAT_CHAT_MAX_ID,
		.time = pchat_col_int(q->stmt, 1),
		.author = pchat_col_str(q->stmt, 2),
		.display = pchat_col_str(q->stmt, 3),
		.alert = pchat_col_int(q->stmt, 4) != 0,
		.text = pchat_col_str(q->stmt, 5),
		.extra = pchat_col_str(q->stmt, 6),
		.attributes = pchat_col_str(q->stmt, 7),
	};
}

static enum pchat_code
give_messages(struct pchat_chat *chat, const char *room, const struct pchat_range *r,
              unsigned count, pchat_message_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_MESSAGES, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, r->lo);
	pchat_stmt_int(q.stmt, 2, r->hi);
	pchat_stmt_int(q.stmt, 3, count);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		struct pchat_message m = pchat_chat_message_of(&q, room);

		code = each(ctx, &m, err);
		if (code != PCHAT_OK)
			break;
	}
	return code;
}

static enum pchat_code
give_last(struct pchat_chat *chat, const char *room, uint64_t before, unsigned count,
          pchat_message_fn each, void *ctx, bool *ret_more, struct pchat_err *err)
{
	struct counters c;
	struct pchat_range r;
	enum pchat_code code = counters(chat, room, &c, err);

	if (code != PCHAT_OK || c.room == 0)
		return code;
	r = pchat_range_of(c.room);
	if (before > 0 && before <= PCHAT_CHAT_MAX_ID)
		r.hi = r.lo + (int64_t)before;
	code = last_of(chat, &r, count, ret_more, err);
	return code == PCHAT_OK ? give_messages(chat, room, &r, count, each, ctx, err) : code;
}

enum pchat_code
pchat_chat_last(struct pchat_chat *chat, const char *room, uint64_t before, unsigned count,
                pchat_message_fn each, void *ctx, bool *ret_more, struct pchat_err *err)
{
	bool began = false, more = false;
	enum pchat_code code = pchat_chat_read_begin(chat, &began, err);

	if (code != PCHAT_OK)
		return code;
	code = give_last(chat, room, before, count, each, ctx, &more, err);
	pchat_chat_read_end(chat, began);
	if (code == PCHAT_OK && ret_more)
		*ret_more = more;
	return code;
}

/* ---- what policy.db decided ---- */

enum pchat_code
pchat_chat_reached(struct pchat_chat *chat, uint64_t *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_CHAT_REACHED, &q, err);

	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	if (!row)
		return pchat_fail(err, PCHAT_CORRUPT, "chat.db of '%s' has lost its identity",
		                  chat->path);
	*ret = (uint64_t)pchat_col_int(q.stmt, 1);
	return PCHAT_OK;
}

enum pchat_code
pchat_chat_set_reached(struct pchat_chat *chat, uint64_t revision, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_CHAT_REACHED_SET, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)revision);
	return pchat_query_run(&q, err);
}

/* Run statements with one and the same text parameter. */
static enum pchat_code
run_all(struct pchat_chat *chat, const enum pchat_query_id *ids, size_t n, const char *text,
        struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < n; i++) {
		PCHAT_AUTO_VALUE(query) q = { 0 };

		code = pchat_query_use(&chat->conn, ids[i], &q, err);
		if (code == PCHAT_OK) {
			pchat_stmt_text(q.stmt, 1, text);
			code = pchat_query_run(&q, err);
		}
	}
	return code;
}

static enum pchat_code
forget_slice(struct pchat_chat *chat, int64_t room, int64_t *ret_n, struct pchat_err *err)
{
	enum pchat_code code = chat->driver->begin(chat->conn.db, true, err);

	if (code == PCHAT_OK)
		code = pchat_chat_drop_slice(chat, room, pchat_range_of(room), SLICE, ret_n, err);
	if (code == PCHAT_OK)
		code = chat->driver->commit(chat->conn.db, err);
	if (code != PCHAT_OK)
		chat->driver->rollback(chat->conn.db);
	return code;
}

enum pchat_code
pchat_chat_forget_room(struct pchat_chat *chat, const char *room, struct pchat_err *err)
{
	static const enum pchat_query_id rest[] = { PCHAT_Q_ROOM_INVITATIONS_FORGET,
		                                    PCHAT_Q_ROOM_TOKENS_FORGET };
	int64_t number = 0, n = 0;
	enum pchat_code code;

	assert(chat->writer && !chat->batch);
	pchat_chat_forget_cache(chat);
	code = pchat_chat_room_number(chat, room, &number, err);
	if (code == PCHAT_OK && number != 0) {
		do
			code = forget_slice(chat, number, &n, err);
		while (code == PCHAT_OK && n == SLICE);
	}
	if (code == PCHAT_OK)
		code = run_all(chat, rest, PCHAT_N(rest), room, err);
	return code;
}

static enum pchat_code
forget_user(struct pchat_chat *chat, const char *uri, struct pchat_err *err)
{
	static const enum pchat_query_id all[] = { PCHAT_Q_USER_INVITATIONS_FORGET,
		                                   PCHAT_Q_USER_PUBLICATIONS_FORGET,
		                                   PCHAT_Q_USER_PREFERENCES_FORGET };

	return run_all(chat, all, PCHAT_N(all), uri, err);
}

/* What was deleted since the revision reached, and is not back, in order. The journal is not read
 * while chat.db is written: that may take long, and would hold back its log. */
static enum pchat_code
forget_gone(struct pchat_store *store, struct pchat_chat *chat, uint64_t reached, uint64_t upto,
            struct pchat_err *err)
{
	struct pchat_list rooms = { 0 }, users = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_JOURNAL_GONE, &q, err);

	if (code == PCHAT_OK) {
		pchat_stmt_int(q.stmt, 1, (int64_t)reached);
		pchat_stmt_int(q.stmt, 2, (int64_t)upto);
	}
	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		bool is_room = pchat_str_is(pchat_col_str(q.stmt, 0), "room");

		if (!pchat_list_append(is_room ? &rooms : &users,
		                       pchat_col_str(q.stmt, is_room ? 1 : 2)))
			code = pchat_no_memory(err);
	}
	pchat_query_release(&q);
	for (size_t i = 0; code == PCHAT_OK && i < rooms.n; i++)
		code = pchat_chat_forget_room(chat, rooms.v[i], err);
	for (size_t i = 0; code == PCHAT_OK && i < users.n; i++)
		code = forget_user(chat, users.v[i], err);
	pchat_list_release(&rooms);
	pchat_list_release(&users);
	return code;
}

/* A deletion that may yet be taken back destroys nothing, nor does anything after it: what has been
 * carried out is one number. */
static enum pchat_code
final_revision(struct pchat_store *store, uint64_t revision, uint64_t *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(confirmation) waiting = { 0 };
	enum pchat_code code = pchat_store_waiting(store, &waiting, err);

	if (code == PCHAT_OK)
		*ret = waiting.revision && waiting.revision <= revision ? waiting.revision - 1
		                                                        : revision;
	return code;
}

enum pchat_code
pchat_chat_catch_up(struct pchat_store *store, struct pchat_chat *chat, struct pchat_err *err)
{
	uint64_t revision = 0, upto = 0, reached = 0;
	enum pchat_code code = pchat_store_revision(store, &revision, err);

	if (code == PCHAT_OK)
		code = final_revision(store, revision, &upto, err);
	if (code == PCHAT_OK)
		code = pchat_chat_reached(chat, &reached, err);
	if (code != PCHAT_OK || reached == revision)
		return code;
	if (reached > revision) {
		pchat_fail(err, PCHAT_CORRUPT, "chat.db of '%s' is ahead of policy.db", chat->path);
		pchat_hint(err, PCHAT_REMEDY_RESTORE);
		return PCHAT_CORRUPT;
	}
	if (upto > reached)
		code = forget_gone(store, chat, reached, upto, err);
	if (code == PCHAT_OK)
		code = pchat_chat_change_messages(store, chat, reached, revision, err);
	return code == PCHAT_OK ? pchat_chat_set_reached(chat, upto, err) : code;
}
