/* audit list: every row of the journal, the oldest first, for people and for programs that keep
 * such things. */
#include "base/clock.h"
#include "pchatctl/handlers.h"
#include "pchatctl/history.h"
#include "pchatctl/history_messages.h"
#include "pchatctl/record_object.h"

static const char *const actions[] = { "create", "update", "delete" };
static const char *const causes[] = { "asked", "purge", "cascade" };

static const char *const columns[] = {
	"revision", "seq",  "time", "actor",  "origin",   "comment", "command", "action", "cause",
	"kind",     "name", "guid", "fields", "messages", "before",  "after",   NULL,
};
#define TABLE_COLUMNS "revision,time,actor,origin,action,kind,name,fields,messages"

struct audit {
	struct pchat_ctl *ctl;
	struct pchat_history_filter filter;
	struct pchat_out *out;
	struct pchat_record record, before, after;
	struct pchat_object_texts before_texts, after_texts;
};

static bool
matches(const struct audit *a, const struct pchat_journal_row *row)
{
	const struct pchat_history_filter *f = &a->filter;

	return pchat_history_matches(f, row->time, row->actor, row->source) &&
	       (!f->by_kind || row->kind == f->kind) &&
	       (!*f->guid || strcmp(row->guid, f->guid) == 0);
}

/* Fields that differ; of an object that came or went those that are not empty. */
static size_t
changed_fields(const struct pchat_journal_row *row, const char *ret[PCHAT_MAX_FIELDS])
{
	const struct pchat_object *one = row->after ? row->after : row->before;
	const struct pchat_kind_info *info = pchat_kind_info(row->kind);
	size_t n = 0;

	for (unsigned i = 0; one && i < info->n_fields; i++)
		if (row->before && row->after ? !pchat_object_field_eq(row->before, row->after, i)
		                              : !pchat_object_is_default(one, i))
			ret[n++] = info->fields[i].name;
	return n;
}

static const struct pchat_record *
object_record(struct pchat_record *r, struct pchat_object_texts *t, const struct pchat_object *o)
{
	if (!o)
		return NULL;
	pchat_record_object(r, t, o);
	return r;
}

static enum pchat_code
take_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct audit *a = ctx;
	const char *fields[PCHAT_MAX_FIELDS];
	size_t n_fields = changed_fields(row, fields);
	char time[PCHAT_TIME_MAX];
	struct pchat_record *r = &a->record;
	PCHAT_AUTO_VALUE(buf) messages = { 0 };

	if (!matches(a, row))
		return PCHAT_OK;
	if (!a->filter.left)
		return PCHAT_DIFFERS; /* enough: stops the reading */
	a->filter.left--;
	/* What is decided about messages is journaled with the room, which stays as it is. */
	if (!n_fields && row->kind == PCHAT_KIND_ROOM && row->before && row->after)
		PCHAT_TRY(pchat_history_messages_of(a->ctl->store, row->revision, row->guid,
		                                    &messages, err));
	pchat_record_clear(r);
	pchat_record_uint(r, "revision", row->revision);
	pchat_record_uint(r, "seq", row->seq);
	pchat_record_text(r, "time", pchat_time_text(row->time, time));
	pchat_record_text(r, "actor", row->actor);
	pchat_record_text(r, "origin", row->source);
	pchat_record_text(r, "comment", row->comment);
	pchat_record_text(r, "command", row->command);
	pchat_record_text(r, "action", actions[row->op]);
	pchat_record_text(r, "cause", causes[row->cause]);
	pchat_record_text(r, "kind", pchat_kind_info(row->kind)->word);
	pchat_record_text(r, "name", row->key);
	pchat_record_text(r, "guid", row->guid);
	pchat_record_list(r, "fields", fields, n_fields);
	pchat_record_text(r, "messages", messages.n ? pchat_buf_cstr(&messages) : NULL);
	pchat_record_record(r, "before", object_record(&a->before, &a->before_texts, row->before));
	pchat_record_record(r, "after", object_record(&a->after, &a->after_texts, row->after));
	return pchat_out_put(a->out, r, err);
}

static void
release(struct audit *a)
{
	pchat_out_free(a->out);
	pchat_record_release(&a->record);
	pchat_record_release(&a->before);
	pchat_record_release(&a->after);
	pchat_object_texts_release(&a->before_texts);
	pchat_object_texts_release(&a->after_texts);
}

enum pchat_code
pchat_audit_list_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct pchat_out_head head = {
		.list = true, .what = "changes", .columns = columns, .table = TABLE_COLUMNS
	};
	uint64_t after = pchat_call_number(call, "--after", 0);
	struct audit a = { .ctl = ctl };
	enum pchat_code code = pchat_history_filter(ctl, call, &a.filter, err);

	if (!code)
		code = pchat_out_open(ctl, &head, &a.out, err);
	if (!code)
		code = pchat_store_journal(ctl->store, after, 0, take_row, &a, err);
	if (!code || code == PCHAT_DIFFERS)
		code = pchat_out_close(a.out, err);
	release(&a);
	return code;
}
