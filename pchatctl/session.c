/* The noun "session": who is signed in to the running pchatd. */
#include "pchatctl/confirm.h"
#include "pchatctl/daemon.h"
#include "pchatctl/noun.h"

static const struct pchat_daemon_field fields[] = {
	{ "id", PCHAT_CELL_UINT },          { "user", PCHAT_CELL_TEXT },
	{ "displayName", PCHAT_CELL_TEXT }, { "endpoint", PCHAT_CELL_TEXT },
	{ "client", PCHAT_CELL_TEXT },      { "state", PCHAT_CELL_TEXT },
	{ "address", PCHAT_CELL_TEXT },     { "transport", PCHAT_CELL_TEXT },
	{ "since", PCHAT_CELL_TEXT },       { "lastActive", PCHAT_CELL_TEXT },
	{ "roomCount", PCHAT_CELL_UINT },   { "rooms", PCHAT_CELL_LIST },
	{ "roomGuids", PCHAT_CELL_LIST },   { "waiting", PCHAT_CELL_UINT },
	{ "queued", PCHAT_CELL_UINT },      { "messagesIn", PCHAT_CELL_UINT },
	{ "messagesOut", PCHAT_CELL_UINT }, { "closing", PCHAT_CELL_BOOL },
	{ NULL, PCHAT_CELL_NULL },
};

#define TABLE "id,user,state,address,transport,since,lastActive,roomCount,queued"

/* ---- filters ---- */

/* --user and --room as words of the question. Names are looked up in the store, which knows what
 * they are near to if they are wrong. */
static enum pchat_code
put_filter(struct pchat_ctl *ctl, const struct pchat_call *call, const char *option,
           enum pchat_kind kind, struct pchat_buf *line, struct pchat_err *err)
{
	const char *text = pchat_call_text(call, option);
	PCHAT_AUTO_VALUE(buf) key = { 0 };
	PCHAT_AUTO(object) o = NULL;

	if (!text)
		return PCHAT_OK;
	if (kind == PCHAT_KIND_USER)
		PCHAT_TRY_WORD(text, err, pchat_noun_user(text, &key, err));
	else
		pchat_buf_text(&key, text);
	PCHAT_TRY(pchat_buf_check(&key, err));
	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_READ, err));
	PCHAT_TRY_WORD(text, err, pchat_store_get(ctl->store, kind, pchat_buf_cstr(&key), &o, err));
	pchat_buf_printf(line, " %s=%s", option + 2,
	                 kind == PCHAT_KIND_ROOM ? o->guid : pchat_object_key(o));
	return pchat_buf_check(line, err);
}

static enum pchat_code
put_filters(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_buf *line,
            struct pchat_err *err)
{
	PCHAT_TRY(put_filter(ctl, call, "--user", PCHAT_KIND_USER, line, err));
	return put_filter(ctl, call, "--room", PCHAT_KIND_ROOM, line, err);
}

/* ---- list, show ---- */

enum pchat_code
pchat_session_list_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct pchat_daemon_listing listing = { .fields = fields,
		                                .what = "sessions",
		                                .table = TABLE,
		                                .sort = pchat_call_text(call, "--sort"),
		                                .limit = pchat_call_number(call, "--limit", 0) };
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	pchat_buf_lit(&line, "sessions");
	PCHAT_TRY(put_filters(ctl, call, &line, err));
	return pchat_daemon_list(ctl, pchat_buf_cstr(&line), &listing, err);
}

enum pchat_code
pchat_session_show_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *id = pchat_call_name(call, 0);
	PCHAT_AUTO_TEXT none = pchat_text("no session has the id %s", id);
	PCHAT_AUTO_TEXT line = pchat_text("sessions id=%s", id);
	struct pchat_daemon_listing listing = { .fields = fields, .none = none };
	enum pchat_code code;

	if (!none || !line)
		return pchat_no_memory(err);
	code = pchat_daemon_list(ctl, line, &listing, err);
	if (code == PCHAT_NOT_FOUND)
		pchat_hint(err, "'pchatctl session list' shows those there are");
	return code;
}

/* ---- kick ---- */

static enum pchat_code
usage(const char *text, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_USAGE, "session kick: %s", text);
	pchat_hint(err, "give ids of sessions, or --user, --room or --all");
	return PCHAT_USAGE;
}

static enum pchat_code
count_kicked(void *ctx, const struct pchat_reply *r, struct pchat_err *err)
{
	uint64_t *n = ctx;

	(void)err;
	*n += pchat_reply_uint(r, "kicked");
	return PCHAT_OK;
}

static enum pchat_code
kick(struct pchat_ctl *ctl, struct pchat_daemon *d, struct pchat_buf *line, uint64_t *n,
     struct pchat_err *err)
{
	pchat_daemon_by(ctl, line);
	PCHAT_TRY(pchat_buf_check(line, err));
	return pchat_daemon_ask(d, pchat_buf_cstr(line), ctl->globals.timeout * 1000, count_kicked,
	                        n, err);
}

static enum pchat_code
kick_ids(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_daemon *d, uint64_t *n,
         struct pchat_err *err)
{
	for (size_t i = 0; i < call->names.n; i++) {
		PCHAT_AUTO_VALUE(buf) line = { 0 };

		pchat_buf_printf(&line, "kick id=%s", call->names.v[i]);
		if (kick(ctl, d, &line, n, err))
			return pchat_wrap(err, "cannot kick session %s", call->names.v[i]);
	}
	return PCHAT_OK;
}

static enum pchat_code
kick_filtered(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_daemon *d,
              uint64_t *n, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	pchat_buf_lit(&line, "kick");
	if (pchat_call_flag(call, "--all"))
		pchat_buf_lit(&line, " all");
	PCHAT_TRY(put_filters(ctl, call, &line, err));
	return kick(ctl, d, &line, n, err);
}

enum pchat_code
pchat_session_kick_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	bool some = pchat_call_text(call, "--user") || pchat_call_text(call, "--room");
	bool all = pchat_call_flag(call, "--all");
	PCHAT_AUTO(daemon) d = NULL;
	uint64_t n = 0;

	if ((call->names.n != 0) + some + all != 1)
		return usage(call->names.n || some || all
		                     ? "ids, filters and --all exclude each other"
		                     : "whom?",
		             err);
	if (all && !ctl->globals.yes)
		PCHAT_TRY(pchat_confirm_text("end every session", err));
	PCHAT_TRY(pchat_ctl_daemon(ctl, &d, err));
	PCHAT_TRY(call->names.n ? kick_ids(ctl, call, d, &n, err)
	                        : kick_filtered(ctl, call, d, &n, err));
	pchat_ctl_note(ctl, "kicked %llu session%s", (unsigned long long)n, n == 1 ? "" : "s");
	return PCHAT_OK;
}
