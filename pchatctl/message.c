/* Messages: search, remove, replace; and room clear (administration.md 3.3, 3.10). */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/message_filter.h"
#include "pchatctl/message_work.h"
#include "pchatctl/noun.h"

/* A message as long as this can be is no text for an administrator's sentence. */
#define REPLACEMENT_MAX 8000

/* ---- search ---- */

struct searching {
	struct pchat_ctl *ctl;
	struct pchat_out *out; /* NULL: only count */
	struct pchat_record record;
	char guid[PCHAT_GUID_LEN + 1]; /* of .room */
	char *room;                    /* name; owned */
	uint64_t left;                 /* messages that may still be shown */
	uint64_t count;
};

/* Messages come room by room, so one name at a time is enough. */
static enum pchat_code
name_room(struct searching *s, struct pchat_str guid, struct pchat_err *err)
{
	PCHAT_AUTO(object) room = NULL;
	char text[PCHAT_GUID_LEN + 1];

	if (s->room && pchat_str_is(guid, s->guid))
		return PCHAT_OK;
	if (!pchat_guid_parse(guid, text))
		return pchat_fail(err, PCHAT_CORRUPT, "a message is in no room");
	free(s->room);
	s->room = NULL;
	memcpy(s->guid, text, sizeof(s->guid));
	/* A room that was deleted while we read is named by what is left of it. */
	if (pchat_store_get_guid(s->ctl->store, PCHAT_KIND_ROOM, text, &room, NULL))
		s->room = pchat_str_dup(guid);
	else
		s->room = pchat_str_dup(pchat_str(pchat_object_key(room)));
	return s->room ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
put_message(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	struct searching *s = ctx;
	PCHAT_AUTO_TEXT author = pchat_str_dup(m->author);
	PCHAT_AUTO_TEXT display = pchat_str_dup(m->display);
	PCHAT_AUTO_TEXT text = pchat_str_dup(m->text);
	char time[PCHAT_TIME_MAX];

	s->count++;
	if (!s->out)
		return PCHAT_OK;
	PCHAT_TRY(name_room(s, m->room, err));
	if (!author || !display || !text)
		return pchat_no_memory(err);
	pchat_record_clear(&s->record);
	pchat_record_text(&s->record, "room", s->room);
	pchat_record_uint(&s->record, "id", m->id);
	pchat_record_text(&s->record, "time", pchat_time_text(m->time, time));
	pchat_record_text(&s->record, "author", author);
	pchat_record_text(&s->record, "displayName", display);
	pchat_record_bool(&s->record, "alert", m->alert);
	pchat_record_text(&s->record, "text", text);
	return pchat_out_put(s->out, &s->record, err);
}

static enum pchat_code
search_room(struct searching *s, struct pchat_chat *chat, struct pchat_message_search *search,
            const char *guid, struct pchat_err *err)
{
	struct pchat_message_found found;

	search->filter.room = guid;
	search->limit = s->left == UINT64_MAX ? 0 : s->left;
	if (!s->left)
		return PCHAT_OK;
	PCHAT_TRY(pchat_chat_search(chat, search, put_message, s, &found, err));
	if (s->left != UINT64_MAX)
		s->left -= found.given;
	return PCHAT_OK;
}

static enum pchat_code
search_named(struct searching *s, const char *name, struct pchat_chat *chat,
             struct pchat_message_search *search, struct pchat_err *err)
{
	PCHAT_AUTO(object) room = NULL;

	PCHAT_TRY_WORD(name, err, pchat_noun_room(s->ctl, name, &room, err));
	return search_room(s, chat, search, room->guid, err);
}

/* In the rooms that are named, one after the other, or in all. */
static enum pchat_code
search_rooms(struct searching *s, const struct pchat_call *call, struct pchat_chat *chat,
             struct pchat_message_search *search, struct pchat_err *err)
{
	bool named = call->names.n > 0;

	for (size_t i = 0; i < call->names.n; i++)
		PCHAT_TRY(search_named(s, call->names.v[i], chat, search, err));
	for (size_t i = 0; i < call->given.n; i++) {
		if (strcmp(call->given.v[i].option.name, "--room") != 0)
			continue;
		named = true;
		PCHAT_TRY(search_named(s, call->given.v[i].text, chat, search, err));
	}
	return named ? PCHAT_OK : search_room(s, chat, search, NULL, err);
}

static enum pchat_code
put_count(struct pchat_ctl *ctl, uint64_t count, struct pchat_err *err)
{
	static const char *const columns[] = { "count", NULL };
	PCHAT_AUTO_VALUE(record) r = { 0 };

	pchat_record_uint(&r, "count", count);
	return pchat_out_one(ctl, &(struct pchat_out_head){ .columns = columns }, &r, err);
}

static enum pchat_code
search_and_put(struct searching *s, const struct pchat_call *call, struct pchat_err *err)
{
	static const char *const columns[] = { "room",        "id",    "time", "author",
		                               "displayName", "alert", "text", NULL };
	struct pchat_out_head head = { .list = true,
		                       .what = "messages",
		                       .columns = columns,
		                       .table = "time,room,author,text" };
	PCHAT_AUTO_VALUE(filter) filter = { 0 };
	PCHAT_AUTO(chat) chat = NULL;
	PCHAT_AUTO(out) out = NULL;
	struct pchat_message_search search = { 0 };

	PCHAT_TRY(pchat_filter_read(call, &filter, err));
	search.filter = filter.filter;
	search.oldest_first = pchat_call_flag(call, "--oldest-first");
	PCHAT_TRY(pchat_ctl_chat(s->ctl, false, &chat, err));
	if (pchat_call_flag(call, "--count")) {
		PCHAT_TRY(search_rooms(s, call, chat, &search, err));
		return put_count(s->ctl, s->count, err);
	}
	PCHAT_TRY(pchat_out_open(s->ctl, &head, &out, err));
	s->out = out;
	PCHAT_TRY(search_rooms(s, call, chat, &search, err));
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_message_search_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	struct searching s = { .ctl = ctl, .left = pchat_call_number(call, "--limit", UINT64_MAX) };
	enum pchat_code code = search_and_put(&s, call, err);

	pchat_record_release(&s.record);
	free(s.room);
	return code;
}

/* ---- changes ---- */

/* In every room named. What is said from now on stays in any case: what is counted is what goes. */
static enum pchat_code
change_messages(struct pchat_ctl *ctl, const struct pchat_call *call,
                struct pchat_message_change *change, struct pchat_err *err)
{
	PCHAT_AUTO(chat) chat = NULL;
	int64_t now = pchat_now();

	if (!change->filter.to || change->filter.to > now)
		change->filter.to = now;
	PCHAT_TRY(pchat_ctl_chat(ctl, false, &chat, err));
	for (size_t i = 0; i < call->names.n; i++) {
		PCHAT_AUTO(object) room = NULL;

		PCHAT_TRY(pchat_noun_get(ctl, call, call->names.v[i], &room, err));
		if (room)
			PCHAT_TRY(pchat_works_add(&ctl->works, chat, room, change, err));
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_room_clear_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                      struct pchat_err *err)
{
	struct pchat_message_change change = { .op = PCHAT_MESSAGES_CLEAR };

	(void)plan;
	change.filter.to = pchat_call_moment(call, "--until", true);
	return change_messages(ctl, call, &change, err);
}

/* Everything that was ever said is not removed for want of a word: --all says that it is meant. */
static enum pchat_code
read_filter(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	bool all = pchat_call_flag(call, "--all");

	PCHAT_TRY(pchat_filter_read(call, &ctl->filter, err));
	if (ctl->filter.narrows != all)
		return PCHAT_OK;
	if (all) {
		pchat_fail(err, PCHAT_USAGE, "%s: --all and what else was given exclude each other",
		           call->cmd->path);
		pchat_hint(err, "leave --all out");
	} else {
		pchat_fail(err, PCHAT_USAGE, "%s: nothing says which messages", call->cmd->path);
		pchat_hint(err, "give --author, --since, --until or --words, or --all");
	}
	return PCHAT_USAGE;
}

enum pchat_code
pchat_message_remove_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                          struct pchat_plan *plan, struct pchat_err *err)
{
	struct pchat_message_change change = { .op = PCHAT_MESSAGES_REMOVE };

	(void)plan;
	PCHAT_TRY(read_filter(ctl, call, err));
	change.filter = ctl->filter.filter;
	return change_messages(ctl, call, &change, err);
}

enum pchat_code
pchat_message_replace_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                           struct pchat_plan *plan, struct pchat_err *err)
{
	struct pchat_message_change change = { .op = PCHAT_MESSAGES_REPLACE };

	(void)plan;
	change.replacement = pchat_str(pchat_call_text(call, "--with"));
	if (!pchat_str_trim(change.replacement).n)
		return pchat_fail(err, PCHAT_USAGE, "message replace: --with is empty");
	if (change.replacement.n > REPLACEMENT_MAX)
		return pchat_fail(err, PCHAT_LIMIT,
		                  "message replace: --with is longer than %d octets",
		                  REPLACEMENT_MAX);
	PCHAT_TRY(read_filter(ctl, call, err));
	change.filter = ctl->filter.filter;
	return change_messages(ctl, call, &change, err);
}
