#include "pchatctl/message_work.h"

#include <string.h>

#include "base/clock.h"
#include "pchatctl/ctl.h"
#include "pchatctl/message_filter.h"

static const struct {
	const char *done;
} ops[] = {
	[PCHAT_MESSAGES_CLEAR] = { "cleared" },
	[PCHAT_MESSAGES_REMOVE] = { "removed" },
	[PCHAT_MESSAGES_REPLACE] = { "replaced" },
};

void
pchat_works_release(struct pchat_message_works *w)
{
	for (size_t i = 0; i < w->v.n; i++)
		free(w->v.v[i].room);
	pchat_vec_release(&w->v);
}

/* ---- what it would do ---- */

static enum pchat_code
count_one(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	struct pchat_message_work *work = ctx;

	(void)err;
	work->count++;
	if (!work->first || m->time < work->first)
		work->first = m->time;
	if (m->time > work->last)
		work->last = m->time;
	return PCHAT_OK;
}

enum pchat_code
pchat_works_add(struct pchat_message_works *w, struct pchat_chat *chat,
                const struct pchat_object *room, const struct pchat_message_change *change,
                struct pchat_err *err)
{
	struct pchat_message_work work = { .change = *change };
	struct pchat_message_search search = { .filter = change->filter };
	struct pchat_message_found found;

	search.filter.room = room->guid;
	PCHAT_TRY(pchat_chat_search(chat, &search, count_one, &work, &found, err));
	if (!work.count)
		return PCHAT_OK;
	memcpy(work.guid, room->guid, sizeof(work.guid));
	work.room = pchat_str_dup(pchat_str(pchat_object_key(room)));
	if (!work.room || !pchat_vec_push(&w->v, work)) {
		free(work.room);
		return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

uint64_t
pchat_works_count(const struct pchat_message_works *w)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->v.n; i++)
		n += w->v.v[i].count;
	return n;
}

/* ---- saying it ---- */

static void
put_count(struct pchat_buf *out, uint64_t n, const char *what)
{
	pchat_buf_printf(out, "%llu %s%s", (unsigned long long)n, what, n == 1 ? "" : "s");
}

void
pchat_works_print(struct pchat_buf *out, const struct pchat_message_works *w, bool done)
{
	for (size_t i = 0; i < w->v.n; i++) {
		const struct pchat_message_work *work = &w->v.v[i];
		enum pchat_message_op op = work->change.op;
		char first[PCHAT_TIME_MAX], last[PCHAT_TIME_MAX];

		pchat_buf_printf(out, "%s ", done ? ops[op].done : pchat_message_op_word(op));
		put_count(out, work->count, "message");
		pchat_buf_printf(out, " of room '%s', from %s to %s\n", work->room,
		                 pchat_time_text(work->first, first),
		                 pchat_time_text(work->last, last));
	}
}

void
pchat_works_describe(struct pchat_buf *out, const struct pchat_message_works *w)
{
	pchat_buf_printf(out, "%s ", pchat_message_op_word(w->v.v[0].change.op));
	put_count(out, pchat_works_count(w), "message");
	if (w->v.n == 1)
		pchat_buf_printf(out, " of room '%s'", w->v.v[0].room);
	else
		pchat_buf_printf(out, " of %zu rooms", w->v.n);
}

void
pchat_works_json(struct pchat_json *j, const struct pchat_message_works *w)
{
	char time[PCHAT_TIME_MAX];

	pchat_json_key(j, "messages");
	pchat_json_begin_array(j);
	for (size_t i = 0; i < w->v.n; i++) {
		const struct pchat_message_work *work = &w->v.v[i];

		pchat_json_begin_object(j);
		pchat_json_key(j, "action");
		pchat_json_text(j, pchat_message_op_word(work->change.op));
		pchat_json_key(j, "room");
		pchat_json_text(j, work->room);
		pchat_json_key(j, "count");
		pchat_json_uint(j, work->count);
		pchat_json_key(j, "first");
		pchat_json_text(j, pchat_time_text(work->first, time));
		pchat_json_key(j, "last");
		pchat_json_text(j, pchat_time_text(work->last, time));
		pchat_json_end_object(j);
	}
	pchat_json_end_array(j);
}

/* ---- doing it ---- */

enum pchat_code
pchat_works_decide(const struct pchat_message_works *w, struct pchat_txn *txn,
                   const struct pchat_origin *origin, struct pchat_err *err)
{
	for (size_t i = 0; i < w->v.n; i++) {
		struct pchat_message_change change = w->v.v[i].change;

		change.filter.room = w->v.v[i].guid;
		PCHAT_TRY(pchat_txn_change_messages(txn, &change, origin, err));
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_works_carry_out(struct pchat_ctl *ctl, struct pchat_err *err)
{
	PCHAT_AUTO(chat) chat = NULL;
	enum pchat_code code = pchat_ctl_chat(ctl, true, &chat, err);

	if (!code)
		code = pchat_chat_catch_up(ctl->store, chat, err);
	if (code)
		pchat_wrap(err, "it is decided, but not carried out yet; the next command about "
		                "messages, or pchatd, does so");
	return code;
}
