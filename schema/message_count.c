/*
 * How much was said where and by whom.
 */
#include "schema/message.h"

#include <stdio.h>

#include "schema/chat_internal.h"

enum pchat_code
pchat_chat_rooms(struct pchat_chat *chat, pchat_room_activity_fn each, void *ctx,
                 struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_ROOMS_ACTIVE, &q, err);

	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		struct pchat_room_activity a = {
			.guid = pchat_col_str(q.stmt, 1).p,
			.last_id = (uint64_t)pchat_col_int(q.stmt, 2),
			.last_time = pchat_col_int(q.stmt, 3),
			.kept = (uint64_t)pchat_col_int(q.stmt, 4),
		};

		code = each(ctx, &a, err);
	}
	return code;
}

enum pchat_code
pchat_chat_room(struct pchat_chat *chat, const char *room, struct pchat_room_activity *ret,
                struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_COUNTER, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, room);
	code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	*ret = (struct pchat_room_activity){ .guid = room };
	if (row) {
		ret->last_id = (uint64_t)pchat_col_int(q.stmt, 1);
		ret->last_time = pchat_col_int(q.stmt, 2);
		ret->kept = (uint64_t)pchat_col_int(q.stmt, 3);
	}
	return PCHAT_OK;
}

/* ---- by room and author ---- */

struct counted_room {
	int64_t number;
	uint64_t last_id;
	char guid[PCHAT_GUID_LEN + 1];
};

struct counting {
	struct pchat_chat *chat;
	int64_t from, to;
	pchat_activity_fn each;
	void *ctx;
	PCHAT_VEC(struct counted_room) rooms;
};

static enum pchat_code
count_room(struct counting *c, const struct counted_room *room, struct pchat_err *err)
{
	struct pchat_range r = pchat_range_of(room->number);
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code;

	r.hi = r.lo + (int64_t)room->last_id + 1;
	code = pchat_chat_between(c->chat, &r, c->from, c->to, err);
	if (code != PCHAT_OK || r.lo >= r.hi)
		return code;
	code = pchat_query_use(&c->chat->conn, PCHAT_Q_ROOM_ACTIVITY, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, r.lo);
	pchat_stmt_int(q.stmt, 2, r.hi);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		struct pchat_activity a = {
			.room = room->guid,
			.author = pchat_col_str(q.stmt, 0),
			.messages = (uint64_t)pchat_col_int(q.stmt, 1),
			.characters = (uint64_t)pchat_col_int(q.stmt, 2),
			.first = pchat_col_int(q.stmt, 3),
			.last = pchat_col_int(q.stmt, 4),
		};

		code = c->each(c->ctx, &a, err);
		if (code != PCHAT_OK)
			break;
	}
	return code;
}

/* Rooms in which there can be messages of that time. */
static enum pchat_code
list_rooms(struct counting *c, const char *only, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&c->chat->conn, PCHAT_Q_ROOMS_ACTIVE, &q, err);

	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		struct counted_room room = { .number = pchat_col_int(q.stmt, 0),
			                     .last_id = (uint64_t)pchat_col_int(q.stmt, 2) };
		struct pchat_str guid = pchat_col_str(q.stmt, 1);

		if ((only && !pchat_str_is(guid, only)) || pchat_col_int(q.stmt, 4) == 0 ||
		    (c->from > 0 && pchat_col_int(q.stmt, 3) < c->from))
			continue;
		snprintf(room.guid, sizeof(room.guid), "%.*s", PCHAT_STR_ARG(guid));
		if (!pchat_vec_push(&c->rooms, room))
			return pchat_no_memory(err);
	}
	return code;
}

enum pchat_code
pchat_chat_activity(struct pchat_chat *chat, const char *room, int64_t from, int64_t to,
                    pchat_activity_fn each, void *ctx, struct pchat_err *err)
{
	struct counting c = { .chat = chat, .from = from, .to = to, .each = each, .ctx = ctx };
	bool began = false;
	enum pchat_code code = pchat_chat_read_begin(chat, &began, err);

	if (code == PCHAT_OK) {
		code = list_rooms(&c, room, err);
		for (size_t i = 0; code == PCHAT_OK && i < c.rooms.n; i++)
			code = count_room(&c, &c.rooms.v[i], err);
		pchat_chat_read_end(chat, began);
	}
	pchat_vec_release(&c.rooms);
	return code;
}
