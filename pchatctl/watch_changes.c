/* watch changes: the journal, as it grows. */
#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/handlers.h"
#include "pchatctl/plan_print.h"
#include "pchatctl/watch.h"

/* How often the store is asked whether it has changed, which takes microseconds. */
#define LOOK_MS 200

struct changes {
	struct pchat_watch watch;
	uint64_t seen; /* revision */
};

static const char *const columns[] = {
	"revision", "time", "actor",  "source",  "action",  "cause", "kind",
	"name",     "guid", "fields", "comment", "command", NULL,
};

static const char *const actions[] = {
	[PCHAT_OP_CREATE] = "create",
	[PCHAT_OP_UPDATE] = "update",
	[PCHAT_OP_DELETE] = "delete",
};
static const char *const causes[] = {
	[PCHAT_CAUSE_ASKED] = "asked",
	[PCHAT_CAUSE_PURGE] = "purge",
	[PCHAT_CAUSE_CASCADE] = "cascade",
};

/* "2026-11-21T12:00:00.5Z 12 root: created room 'Rates desk' (as agreed)" */
static void
describe(const struct pchat_journal_row *row, const char *time, struct pchat_buf *out)
{
	struct pchat_change change = { row->op, row->cause, row->before, row->after };
	/* Borrows what belongs to the row. */
	const struct pchat_plan plan = { .v = &change, .n = 1 };
	PCHAT_AUTO_VALUE(buf) done = { 0 };

	pchat_buf_printf(out, "%s %llu %s: ", time, (unsigned long long)row->revision, row->actor);
	if (row->before || row->after)
		pchat_plan_print_done(&done, &plan);
	else
		pchat_buf_printf(&done, "%s of %s '%s'", actions[row->op],
		                 pchat_kind_info(row->kind)->word, row->key);
	pchat_buf_str(out, pchat_str_trim(pchat_buf_view(&done)));
	if (row->comment && *row->comment)
		pchat_buf_printf(out, " (%s)", row->comment);
}

/* Names of the fields that an update changes. */
static size_t
changed_fields(const struct pchat_journal_row *row, const char *ret[PCHAT_MAX_FIELDS])
{
	const struct pchat_kind_info *info = pchat_kind_info(row->kind);
	size_t n = 0;

	for (unsigned i = 0; row->before && row->after && i < info->n_fields; i++)
		if (!pchat_object_field_eq(row->before, row->after, i))
			ret[n++] = info->fields[i].name;
	return n;
}

static enum pchat_code
put_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct changes *c = ctx;
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	const char *fields[PCHAT_MAX_FIELDS];
	char time[PCHAT_TIME_MAX];

	c->seen = row->revision;
	pchat_time_text(row->time, time);
	describe(row, time, &line);
	PCHAT_TRY(pchat_buf_check(&line, err));
	pchat_record_uint(&r, "revision", row->revision);
	pchat_record_text(&r, "time", time);
	pchat_record_text(&r, "actor", row->actor);
	pchat_record_text(&r, "source", row->source);
	pchat_record_text(&r, "action", actions[row->op]);
	pchat_record_text(&r, "cause", causes[row->cause]);
	pchat_record_text(&r, "kind", pchat_kind_info(row->kind)->word);
	pchat_record_text(&r, "name", row->key);
	pchat_record_text(&r, "guid", row->guid);
	pchat_record_list(&r, "fields", fields, changed_fields(row, fields));
	pchat_record_text(&r, "comment", row->comment);
	pchat_record_text(&r, "command", row->command);
	return pchat_watch_put(&c->watch, pchat_buf_cstr(&line), &r, err);
}

static enum pchat_code
follow(struct changes *c, struct pchat_err *err)
{
	struct pchat_store *store = c->watch.ctl->store;
	bool over = false;

	while (!over) {
		if (pchat_store_changed(store))
			PCHAT_TRY(pchat_store_journal(store, c->seen, 0, put_row, c, err));
		PCHAT_TRY(pchat_watch_wait(&c->watch, LOOK_MS, &over, err));
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_watch_changes_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const struct pchat_out_head head = { .list = true, .what = "changes", .columns = columns };
	struct changes c = { 0 };
	enum pchat_code code;

	c.seen = pchat_call_number(call, "--since", 0);
	if (!pchat_call_text(call, "--since"))
		PCHAT_TRY(pchat_store_revision(ctl->store, &c.seen, err));
	code = pchat_watch_open(&c.watch, ctl, call, &head, err);
	if (!code)
		code = follow(&c, err);
	code = pchat_watch_close(&c.watch, code, err);
	pchat_watch_release(&c.watch);
	return code;
}
