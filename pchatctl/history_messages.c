#include "pchatctl/history_messages.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "schema/message.h"

static const char *const done[] = {
	[PCHAT_MESSAGES_CLEAR] = "cleared",
	[PCHAT_MESSAGES_REMOVE] = "removed",
	[PCHAT_MESSAGES_REPLACE] = "replaced",
};

static const struct {
	const char *word, *said;
} matches[] = {
	[PCHAT_MATCH_ANY] = { "any", "any of the words" },
	[PCHAT_MATCH_ALL] = { "all", "the words" },
	[PCHAT_MATCH_PHRASE] = { "phrase", "the phrase" },
};

static void
put_quoted(struct pchat_buf *out, const char *lead, struct pchat_str text)
{
	pchat_buf_text(out, lead);
	pchat_buf_lit(out, " '");
	pchat_quote_terminal(out, text);
	pchat_buf_char(out, '\'');
}

static void
put_time(struct pchat_buf *out, const char *lead, int64_t t)
{
	char text[PCHAT_TIME_MAX];

	if (t)
		pchat_buf_printf(out, ", %s %s", lead, pchat_time_text(t, text));
}

struct telling {
	struct pchat_store *store;
	struct pchat_buf *out;
};

/* By its present name; by its guid once it is gone. */
static void
put_room(const struct telling *t, const char *guid)
{
	PCHAT_AUTO(object) room = NULL;

	if (pchat_store_get_guid(t->store, PCHAT_KIND_ROOM, guid, &room, NULL))
		put_quoted(t->out, "    messages of room", pchat_str(guid));
	else
		put_quoted(t->out, "    messages of room", pchat_str(pchat_object_key(room)));
}

/* "removed, written by sip:amy@contoso.example, until 2026-01-31T12:00:00Z" */
static void
put_change(struct pchat_buf *out, const struct pchat_message_change *c)
{
	const struct pchat_message_filter *f = &c->filter;

	pchat_buf_text(out, done[c->op]);
	for (size_t i = 0; i < f->n_authors; i++) {
		pchat_buf_text(out, i ? " or " : ", written by ");
		pchat_quote_terminal(out, f->authors[i]);
	}
	if (f->text.n) {
		pchat_buf_lit(out, ", with ");
		put_quoted(out, matches[f->match].said, f->text);
		pchat_buf_text(out, f->match_case ? " as written" : "");
	}
	put_time(out, "since", f->from);
	put_time(out, "until", f->to);
	if (c->op == PCHAT_MESSAGES_REPLACE)
		put_quoted(out, ", by", c->replacement);
}

static enum pchat_code
tell(void *ctx, const struct pchat_message_change *c, struct pchat_err *err)
{
	const struct telling *t = ctx;

	put_room(t, c->filter.room);
	pchat_buf_lit(t->out, ": ");
	put_change(t->out, c);
	pchat_buf_char(t->out, '\n');
	return pchat_buf_check(t->out, err);
}

enum pchat_code
pchat_history_messages_text(struct pchat_store *store, uint64_t revision, struct pchat_buf *out,
                            struct pchat_err *err)
{
	struct telling t = { store, out };

	return pchat_store_message_changes(store, revision - 1, revision, tell, &t, err);
}

struct telling_of {
	const char *room; /* guid */
	struct pchat_buf *out;
};

static enum pchat_code
tell_of(void *ctx, const struct pchat_message_change *c, struct pchat_err *err)
{
	const struct telling_of *t = ctx;

	if (strcmp(c->filter.room, t->room) != 0)
		return PCHAT_OK;
	if (t->out->n)
		pchat_buf_lit(t->out, "; ");
	put_change(t->out, c);
	return pchat_buf_check(t->out, err);
}

enum pchat_code
pchat_history_messages_of(struct pchat_store *store, uint64_t revision, const char *room,
                          struct pchat_buf *out, struct pchat_err *err)
{
	struct telling_of t = { room, out };

	return pchat_store_message_changes(store, revision - 1, revision, tell_of, &t, err);
}

/* ---- JSON ---- */

struct writing {
	struct pchat_json *json;
	bool begun;
};

static void
pair(struct pchat_json *j, const char *key, struct pchat_str text)
{
	pchat_json_key(j, key);
	pchat_json_str(j, text);
}

static void
pair_time(struct pchat_json *j, const char *key, int64_t t)
{
	char text[PCHAT_TIME_MAX];

	if (t)
		pair(j, key, pchat_str(pchat_time_text(t, text)));
}

static void
write_filter(struct pchat_json *j, const struct pchat_message_filter *f)
{
	if (f->n_authors) {
		pchat_json_key(j, "authors");
		pchat_json_begin_array(j);
		for (size_t i = 0; i < f->n_authors; i++)
			pchat_json_str(j, f->authors[i]);
		pchat_json_end_array(j);
	}
	if (f->text.n) {
		pair(j, "words", f->text);
		pair(j, "match", pchat_str(matches[f->match].word));
		pchat_json_key(j, "matchCase");
		pchat_json_bool(j, f->match_case);
	}
	pair_time(j, "since", f->from);
	pair_time(j, "until", f->to);
}

static enum pchat_code
write_one(void *ctx, const struct pchat_message_change *c, struct pchat_err *err)
{
	struct writing *w = ctx;
	struct pchat_json *j = w->json;

	if (!w->begun) {
		pchat_json_key(j, "messages");
		pchat_json_begin_array(j);
		w->begun = true;
	}
	pchat_json_begin_object(j);
	pair(j, "action", pchat_str(pchat_message_op_word(c->op)));
	pair(j, "roomGuid", pchat_str(c->filter.room));
	write_filter(j, &c->filter);
	if (c->op == PCHAT_MESSAGES_REPLACE)
		pair(j, "with", c->replacement);
	pchat_json_end_object(j);
	return pchat_buf_check(j->out, err);
}

enum pchat_code
pchat_history_messages_json(struct pchat_store *store, uint64_t revision, struct pchat_json *out,
                            struct pchat_err *err)
{
	struct writing w = { .json = out };
	enum pchat_code code;

	code = pchat_store_message_changes(store, revision - 1, revision, write_one, &w, err);
	if (w.begun)
		pchat_json_end_array(out);
	return code;
}
