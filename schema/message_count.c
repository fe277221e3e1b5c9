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

/* What a user posted in the room being counted. Adding up here takes a twentieth of the time the
 * engine needs to sort the messages by author. */
struct poster {
	struct pchat_activity a;
	char uri[];
};

/* A number of author, one for each name a user wrote under. */
struct author_number {
	int64_t id;
	struct poster *poster;
};

struct counting {
	struct pchat_chat *chat;
	int64_t from, to;
	pchat_activity_fn each;
	void *ctx;
	PCHAT_VEC(struct counted_room) rooms;
	struct pchat_hash authors;       /* id -> struct author_number */
	struct pchat_hash posters;       /* uri -> struct poster */
	PCHAT_VEC(struct poster *) here; /* those with messages in this room */
};

static void
free_values(struct pchat_hash *h)
{
	void *value;
	size_t i = 0;

	while (pchat_hash_next(h, &i, NULL, &value))
		free(value);
	pchat_hash_release(h);
}

static enum pchat_code
find_poster(struct counting *c, struct pchat_str uri, struct poster **ret, struct pchat_err *err)
{
	struct poster *p = pchat_hash_get(&c->posters, uri);

	if (!p) {
		p = calloc(1, sizeof(*p) + uri.n + 1);
		if (!p)
			return pchat_no_memory(err);
		if (uri.n)
			memcpy(p->uri, uri.p, uri.n);
		p->a.author = (struct pchat_str){ p->uri, uri.n };
		if (!pchat_hash_put(&c->posters, p->a.author, p)) {
			free(p);
			return pchat_no_memory(err);
		}
	}
	*ret = p;
	return PCHAT_OK;
}

static enum pchat_code
read_author(struct counting *c, int64_t id, struct poster **ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&c->chat->conn, PCHAT_Q_AUTHOR_URI, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, id);
	code = pchat_query_step(&q, &row, err);
	return code == PCHAT_OK ? find_poster(c, pchat_col_str(q.stmt, 0), ret, err) : code;
}

static enum pchat_code
find_author(struct counting *c, int64_t id, struct poster **ret, struct pchat_err *err)
{
	struct author_number *n = pchat_hash_get(&c->authors,
	                                         (struct pchat_str){ (char *)&id, sizeof(id) });
	enum pchat_code code;

	if (n) {
		*ret = n->poster;
		return PCHAT_OK;
	}
	code = read_author(c, id, ret, err);
	if (code != PCHAT_OK)
		return code;
	n = malloc(sizeof(*n));
	if (!n)
		return pchat_no_memory(err);
	*n = (struct author_number){ id, *ret };
	if (pchat_hash_put(&c->authors, (struct pchat_str){ (char *)&n->id, sizeof(n->id) }, n))
		return PCHAT_OK;
	free(n);
	return pchat_no_memory(err);
}

static enum pchat_code
add_message(struct counting *c, const struct pchat_query *q, struct pchat_err *err)
{
	int64_t time = pchat_col_int(q->stmt, 1);
	struct poster *p = NULL;
	enum pchat_code code = find_author(c, pchat_col_int(q->stmt, 0), &p, err);

	if (code != PCHAT_OK)
		return code;
	if (p->a.messages == 0) {
		p->a.first = time;
		if (!pchat_vec_push(&c->here, p))
			return pchat_no_memory(err);
	}
	p->a.messages++;
	p->a.characters += (uint64_t)pchat_col_int(q->stmt, 2);
	p->a.last = time;
	return PCHAT_OK;
}

/* Tell what was counted, and begin anew. */
static enum pchat_code
give_here(struct counting *c, const char *room, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->here.n; i++) {
		struct pchat_activity *a = &c->here.v[i]->a;

		a->room = room;
		if (code == PCHAT_OK)
			code = c->each(c->ctx, a, err);
		*a = (struct pchat_activity){ .author = a->author };
	}
	c->here.n = 0;
	return code;
}

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
	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row)
		code = add_message(c, &q, err);
	return code == PCHAT_OK ? give_here(c, room->guid, err) : code;
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
	pchat_vec_release(&c.here);
	free_values(&c.authors);
	free_values(&c.posters);
	return code;
}
