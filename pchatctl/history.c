/* history: the revisions of the store, one line each, and one in full. */
#include "pchatctl/history.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "pchatctl/handlers.h"
#include "pchatctl/history_messages.h"
#include "pchatctl/plan_print.h"
#include "pchatctl/revision.h"
#include "schema/confirmation.h"

const char *const pchat_origin_words[] = { "command",         "manifest", "import", "rollback",
	                                   "room-management", "daemon",   NULL };

struct listing {
	struct pchat_ctl *ctl;
	struct pchat_history_filter filter;
	struct pchat_out *out;
	struct pchat_record record;
	struct pchat_buf changes;
};

/* ---- in short ---- */

static enum pchat_code
keep_asked(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct pchat_plan *plan = ctx;
	struct pchat_object *before, *after;

	if (row->cause != PCHAT_CAUSE_ASKED || plan->n)
		return PCHAT_OK;
	before = row->before ? pchat_object_copy(row->before) : NULL;
	after = row->after ? pchat_object_copy(row->after) : NULL;
	if ((row->before && !before) || (row->after && !after)) {
		pchat_object_free(before);
		pchat_object_free(after);
		return pchat_no_memory(err);
	}
	plan->restores = true; /* keep what changes no field, such as a password */
	return pchat_plan_add_take(plan, row->op, before, after, err);
}

/* "updated room 'Rates desk': members" */
static enum pchat_code
describe_one(struct pchat_store *store, const struct pchat_revision *r, struct pchat_buf *out,
             struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };

	PCHAT_TRY(pchat_store_journal(store, r->revision - 1, r->revision, keep_asked, &plan, err));
	pchat_plan_print_done(out, &plan);
	if (out->n && out->p[out->n - 1] == '\n')
		out->p[--out->n] = '\0';
	return PCHAT_OK;
}

/* Up to so many kinds are named, "12 rooms, 1 group created"; of more all are objects. */
#define KINDS_NAMED 3

static void
describe_kinds(const uint64_t of[PCHAT_N_KINDS], struct pchat_buf *out)
{
	const char *comma = "";

	for (size_t k = 0; k < PCHAT_N_KINDS; k++) {
		const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)k);

		if (!of[k])
			continue;
		pchat_buf_printf(out, "%s%llu %s", comma, (unsigned long long)of[k],
		                 of[k] == 1 ? info->word : info->section);
		comma = ", ";
	}
}

static void
describe_many(const struct pchat_tally *t, struct pchat_buf *out)
{
	static const char *const done[] = { "created", "updated", "deleted" };
	const char *comma = "";

	for (size_t op = 0; op < PCHAT_N(done); op++) {
		unsigned long long n = 0;
		size_t kinds = 0;

		for (size_t k = 0; k < PCHAT_N_KINDS; k++) {
			n += t->n[op][k];
			kinds += t->n[op][k] > 0;
		}
		if (!n)
			continue;
		pchat_buf_text(out, comma);
		if (kinds > KINDS_NAMED)
			pchat_buf_printf(out, "%llu objects", n);
		else
			describe_kinds(t->n[op], out);
		pchat_buf_printf(out, " %s", done[op]);
		comma = ", ";
	}
}

static bool
concerns(const struct pchat_tally *t, enum pchat_kind kind)
{
	return t->n[PCHAT_OP_CREATE][kind] || t->n[PCHAT_OP_UPDATE][kind] ||
	       t->n[PCHAT_OP_DELETE][kind];
}

/* A revision that was asked for one thing is told by that, with how many followed. */
static enum pchat_code
describe(struct pchat_store *store, const struct pchat_revision *r, const struct pchat_tally *t,
         struct pchat_buf *out, struct pchat_err *err)
{
	pchat_buf_clear(out);
	if (r->end - r->first == 1)
		PCHAT_TRY(describe_one(store, r, out, err));
	else
		describe_many(t, out);
	return pchat_buf_check(out, err);
}

/* ---- confirmation ---- */

/* "waiting until ...", "confirmed by root", "taken back by revision 14"; nothing: never asked. */
static enum pchat_code
tell_confirmation(struct pchat_store *store, uint64_t revision, struct pchat_buf *out,
                  struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	char text[PCHAT_TIME_MAX];

	PCHAT_TRY(pchat_store_confirmation(store, revision, &c, err));
	pchat_buf_clear(out);
	if (!c.revision)
		return PCHAT_OK;
	switch (c.state) {
	case PCHAT_CONFIRM_WAITING:
		pchat_buf_printf(out, "waiting until %s",
		                 pchat_time_text(c.deadline - c.deadline % PCHAT_SECOND, text));
		break;
	case PCHAT_CONFIRM_CONFIRMED:
		pchat_buf_printf(out, "confirmed by %s", c.actor ? c.actor : "nobody known");
		break;
	case PCHAT_CONFIRM_TAKEN_BACK:
		if (c.undone)
			pchat_buf_printf(out, "taken back by revision %llu",
			                 (unsigned long long)c.undone);
		else
			pchat_buf_lit(out, "not confirmed; later changes left nothing of it");
		break;
	case PCHAT_CONFIRM_STUCK:
		pchat_buf_printf(out, "not confirmed, cannot be taken back: %s",
		                 c.reason ? c.reason : "");
		break;
	case PCHAT_N_CONFIRM_STATES:
		break;
	}
	return pchat_buf_check(out, err);
}

/* ---- history ---- */

static const char *const columns[] = { "revision", "time",         "actor",   "origin", "changes",
	                               "comment",  "confirmation", "command", NULL };
#define TABLE_COLUMNS "revision,time,actor,origin,changes,comment,confirmation"

static enum pchat_code
put_revision(struct listing *l, const struct pchat_revision *r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) confirmation = { 0 };
	char time[PCHAT_TIME_MAX];

	PCHAT_TRY(tell_confirmation(l->ctl->store, r->revision, &confirmation, err));
	pchat_record_clear(&l->record);
	pchat_record_uint(&l->record, "revision", r->revision);
	pchat_record_text(&l->record, "time",
	                  pchat_time_text(r->time - r->time % PCHAT_SECOND, time));
	pchat_record_text(&l->record, "actor", r->actor);
	pchat_record_text(&l->record, "origin", r->source);
	pchat_record_text(&l->record, "changes", pchat_buf_cstr(&l->changes));
	pchat_record_text(&l->record, "comment", r->comment);
	pchat_record_text(&l->record, "confirmation",
	                  confirmation.n ? pchat_buf_cstr(&confirmation) : NULL);
	pchat_record_text(&l->record, "command", r->command);
	return pchat_out_put(l->out, &l->record, err);
}

static enum pchat_code
take_revision(void *ctx, const struct pchat_revision *r, struct pchat_err *err)
{
	struct listing *l = ctx;
	struct pchat_tally tally = { 0 };

	if (!pchat_history_matches(&l->filter, r->time, r->actor, r->source))
		return PCHAT_OK;
	if (!l->filter.left)
		return PCHAT_DIFFERS; /* enough: stops the reading */
	PCHAT_TRY(pchat_store_tally(l->ctl->store, r, &tally, err));
	if (l->filter.by_kind && !concerns(&tally, l->filter.kind))
		return PCHAT_OK;
	l->filter.left--;
	PCHAT_TRY(describe(l->ctl->store, r, &tally, &l->changes, err));
	return put_revision(l, r, err);
}

static enum pchat_code
list(struct listing *l, struct pchat_err *err)
{
	const struct pchat_history_filter *f = &l->filter;
	enum pchat_code code;

	if (*f->guid)
		code = pchat_store_revisions_of(l->ctl->store, f->guid, 0, 0, take_revision, l,
		                                err);
	else
		code = pchat_store_revisions(l->ctl->store, 0, 0, take_revision, l, err);
	if (code && code != PCHAT_DIFFERS)
		return code;
	return pchat_out_close(l->out, err);
}

enum pchat_code
pchat_history_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct pchat_out_head head = {
		.list = true, .what = "revisions", .columns = columns, .table = TABLE_COLUMNS
	};
	struct listing l = { .ctl = ctl };
	enum pchat_code code = pchat_history_filter(ctl, call, &l.filter, err);

	if (!code)
		code = pchat_out_open(ctl, &head, &l.out, err);
	if (!code)
		code = list(&l, err);
	pchat_out_free(l.out);
	pchat_record_release(&l.record);
	pchat_buf_release(&l.changes);
	return code;
}

/* ---- history show ---- */

struct showing {
	struct pchat_ctl *ctl;
	struct pchat_json json;
	struct pchat_plan_style style;
	bool as_json;
};

static void
show_line(struct showing *s, const char *label, const char *text)
{
	struct pchat_buf *out = &s->ctl->out.buf;

	if (!text || !*text)
		return;
	pchat_buf_printf(out, "%s:%*s", label, (int)(14 - strlen(label) - 1), "");
	pchat_quote_terminal(out, pchat_str(text));
	pchat_buf_char(out, '\n');
}

static void
json_pair(struct showing *s, const char *key, const char *text)
{
	pchat_json_key(&s->json, key);
	pchat_json_text(&s->json, text && *text ? text : NULL);
}

static void
show_head(struct showing *s, const struct pchat_revision *r, const char *confirmation)
{
	char time[PCHAT_TIME_MAX], number[24];
	const struct {
		const char *label, *text;
	} lines[] = {
		{ "time", pchat_time_text(r->time, time) },
		{ "actor", r->actor },
		{ "origin", r->source },
		{ "command", r->command },
		{ "comment", r->comment },
		{ "confirmation", confirmation },
	};

	snprintf(number, sizeof(number), "%llu", (unsigned long long)r->revision);
	if (!s->as_json) {
		show_line(s, "revision", number);
		for (size_t i = 0; i < PCHAT_N(lines); i++)
			show_line(s, lines[i].label, lines[i].text);
		pchat_buf_char(&s->ctl->out.buf, '\n');
		return;
	}
	pchat_json_init(&s->json, &s->ctl->out.buf, s->ctl->globals.format == PCHAT_FORMAT_JSON);
	pchat_json_begin_object(&s->json);
	pchat_json_key(&s->json, "revision");
	pchat_json_uint(&s->json, r->revision);
	for (size_t i = 0; i < PCHAT_N(lines); i++)
		json_pair(s, lines[i].label, lines[i].text);
	pchat_json_key(&s->json, "changes");
	pchat_json_begin_array(&s->json);
}

static enum pchat_code
show_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct showing *s = ctx;
	const struct pchat_change change = {
		.op = row->op,
		.cause = row->cause,
		.before = row->before,
		.after = row->after,
	};

	if (s->as_json)
		pchat_plan_change_json(&s->json, &change);
	else
		pchat_plan_print_change(&s->ctl->out.buf, &change, true, &s->style);
	return pchat_sink_drain(&s->ctl->out, err);
}

static enum pchat_code
show_foot(struct showing *s, uint64_t revision, const struct pchat_tally *tally,
          struct pchat_err *err)
{
	struct pchat_store *store = s->ctl->store;
	struct pchat_buf *out = &s->ctl->out.buf;

	if (s->as_json) {
		pchat_json_end_array(&s->json);
		PCHAT_TRY(pchat_history_messages_json(store, revision, &s->json, err));
		pchat_json_end_object(&s->json);
	} else {
		PCHAT_TRY(pchat_history_messages_text(store, revision, out, err));
		describe_many(tally, out);
	}
	pchat_buf_char(out, '\n');
	return pchat_sink_drain(&s->ctl->out, err);
}

static enum pchat_code
check_format(const struct pchat_ctl *ctl, struct pchat_err *err)
{
	enum pchat_format f = ctl->globals.format;

	if (f == PCHAT_FORMAT_TABLE || f == PCHAT_FORMAT_WIDE || f == PCHAT_FORMAT_JSON ||
	    f == PCHAT_FORMAT_JSONL)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "history show: changes cannot be written as %s",
	           pchat_format_words[f]);
	pchat_hint(err, "use -o table, json or jsonl; or 'pchatctl audit list'");
	return PCHAT_USAGE;
}

enum pchat_code
pchat_history_show_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *text = pchat_call_name(call, 0);
	PCHAT_AUTO_VALUE(revision) r = { 0 };
	PCHAT_AUTO_VALUE(buf) confirmation = { 0 };
	struct showing s = { .ctl = ctl };
	struct pchat_tally tally = { 0 };
	struct pchat_rev rev = { 0 };
	uint64_t n = 0;

	PCHAT_TRY(check_format(ctl, err));
	s.as_json = ctl->globals.format == PCHAT_FORMAT_JSON ||
	            ctl->globals.format == PCHAT_FORMAT_JSONL;
	s.style.color = pchat_globals_color(&ctl->globals, ctl->out.fd);
	(void)pchat_rev_parse(pchat_str(text), &rev);
	PCHAT_TRY_WORD(text, err, pchat_rev_resolve(ctl->store, rev, &n, err));
	PCHAT_TRY_WORD(text, err, pchat_store_revision_get(ctl->store, n, &r, err));
	PCHAT_TRY(pchat_store_tally(ctl->store, &r, &tally, err));
	PCHAT_TRY(tell_confirmation(ctl->store, n, &confirmation, err));
	show_head(&s, &r, pchat_buf_cstr(&confirmation));
	PCHAT_TRY(pchat_store_journal(ctl->store, n - 1, n, show_row, &s, err));
	return show_foot(&s, n, &tally, err);
}
