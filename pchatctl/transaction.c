/* Transactions: begun, carried out, given up, looked at. What is staged in one is a draft of the
 * store (schema/draft.h). */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/handlers.h"
#include "schema/draft.h"

static const char *
path_of(const struct pchat_ctl *ctl)
{
	return ctl->globals.v[PCHAT_GLOBAL_STORE].text;
}

/* The transaction that --txn names; the commands that ask for it cannot do without. */
static enum pchat_code
named(struct pchat_ctl *ctl, const struct pchat_call *call, const char **ret, struct pchat_err *err)
{
	*ret = ctl->globals.v[PCHAT_GLOBAL_TXN].text;
	if (**ret)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "%s: no transaction is named", call->cmd->path);
	pchat_hint(err, "name it with --txn or PCHAT_TXN; 'pchatctl transaction list' shows "
	                "what is open");
	return PCHAT_USAGE;
}

/* ---- showing ---- */

static const char *const columns[] = {
	"name", "changes", "base", "begun", "by", "comment", "problem", NULL,
};

static enum pchat_code
put_info(struct pchat_out *out, const struct pchat_draft_info *info, const char *problem,
         struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) r = { 0 };
	char begun[PCHAT_TIME_MAX];

	pchat_record_text(&r, "name", info->name);
	if (problem) {
		pchat_record_text(&r, "problem", problem);
		return pchat_out_put(out, &r, err);
	}
	pchat_record_uint(&r, "changes", info->changes);
	pchat_record_uint(&r, "base", info->base);
	pchat_record_text(&r, "begun", pchat_time_text(info->begun, begun));
	pchat_record_text(&r, "by", info->actor);
	pchat_record_text(&r, "comment", info->comment);
	return pchat_out_put(out, &r, err);
}

static enum pchat_code
read_info(struct pchat_ctl *ctl, const char *name, struct pchat_draft_info *ret,
          struct pchat_err *err)
{
	PCHAT_AUTO(store) draft = NULL;

	PCHAT_TRY(pchat_draft_open(path_of(ctl), name, PCHAT_STORE_READ, &draft, err));
	return pchat_draft_info(draft, ret, err);
}

/* One that cannot be read is listed all the same: somebody has to remove it. */
static enum pchat_code
put_one(struct pchat_ctl *ctl, struct pchat_out *out, const char *name, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	struct pchat_err trouble = { 0 };
	enum pchat_code code = read_info(ctl, name, &info, &trouble);

	/* Gone while we looked. */
	if (code == PCHAT_NOT_FOUND) {
		code = PCHAT_OK;
	} else {
		snprintf(info.name, sizeof(info.name), "%s", name);
		code = put_info(out, &info, code ? pchat_err_text(&trouble) : NULL, err);
	}
	pchat_err_release(&trouble);
	return code;
}

enum pchat_code
pchat_transaction_list_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                           struct pchat_err *err)
{
	struct pchat_out_head head = {
		.list = true,
		.what = "open transactions",
		.columns = columns,
		.table = "name,changes,base,begun,by,comment",
	};
	struct pchat_list names = { 0 };
	PCHAT_AUTO(out) out = NULL;
	enum pchat_code code;

	(void)call;
	PCHAT_TRY(pchat_draft_names(path_of(ctl), &names, err));
	code = pchat_out_open(ctl, &head, &out, err);
	for (size_t i = 0; i < names.n && !code; i++)
		code = put_one(ctl, out, names.v[i], err);
	pchat_list_release(&names);
	return code ? code : pchat_out_close(out, err);
}

static enum pchat_code
show(struct pchat_ctl *ctl, const char *name, struct pchat_err *err)
{
	struct pchat_out_head head = { .what = "open transactions", .columns = columns };
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY_WORD(name, err, read_info(ctl, name, &info, err));
	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	PCHAT_TRY(put_info(out, &info, NULL, err));
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_transaction_show_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                           struct pchat_err *err)
{
	return show(ctl, pchat_call_name(call, 0), err);
}

/* ---- beginning ---- */

/* A name nobody else has: "t1" and so on. */
static char *
next_name(const struct pchat_list *taken)
{
	for (unsigned i = 1; i <= PCHAT_DRAFTS_MAX + 1; i++) {
		char *name = pchat_text("t%u", i);

		if (!name || !pchat_list_has(taken, pchat_str(name)))
			return name;
		free(name);
	}
	return NULL;
}

/* Somebody else may take the name at the same time: then the next one is tried. */
static enum pchat_code
begin_unnamed(struct pchat_ctl *ctl, const char *comment, char **ret, struct pchat_err *err)
{
	enum pchat_code code;

	do {
		struct pchat_list taken = { 0 };
		PCHAT_AUTO_TEXT name = NULL;

		PCHAT_TRY(pchat_draft_names(path_of(ctl), &taken, err));
		name = next_name(&taken);
		pchat_list_release(&taken);
		if (!name)
			return pchat_no_memory(err);
		code = pchat_draft_begin(ctl->store, name, pchat_ctl_actor(ctl), comment, err);
		if (!code)
			*ret = PCHAT_TAKE(name);
	} while (code == PCHAT_EXISTS);
	return code;
}

enum pchat_code
pchat_begin_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *given = pchat_call_text(call, "--name");
	const char *comment = ctl->globals.v[PCHAT_GLOBAL_MESSAGE].text;
	PCHAT_AUTO_TEXT made = NULL;
	const char *name = given;

	if (given)
		PCHAT_TRY_WORD(given, err,
		               pchat_draft_begin(ctl->store, given, pchat_ctl_actor(ctl),
		                                 *comment ? comment : NULL, err));
	else
		PCHAT_TRY(begin_unnamed(ctl, *comment ? comment : NULL, &made, err));
	if (made)
		name = made;
	if (ctl->globals.format > PCHAT_FORMAT_WIDE && ctl->globals.format != PCHAT_FORMAT_NAME)
		return show(ctl, name, err);
	/* So that a script can say PCHAT_TXN=$(pchatctl begin). */
	pchat_buf_printf(&ctl->out.buf, "%s\n", name);
	return pchat_sink_drain(&ctl->out, err);
}

/* ---- ending ---- */

enum pchat_code
pchat_abort_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *name;

	PCHAT_TRY(named(ctl, call, &name, err));
	PCHAT_TRY_WORD(name, err, pchat_draft_drop(path_of(ctl), name, err));
	pchat_ctl_note(ctl, "gave transaction '%s' up", name);
	return PCHAT_OK;
}

/* The plan of the transaction @draft for ctl->store, and the org to check it with. */
static enum pchat_code
plan_draft(struct pchat_ctl *ctl, struct pchat_store *draft, struct pchat_plan *plan,
           struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	uint64_t revision;

	PCHAT_TRY(pchat_draft_info(draft, &info, err));
	PCHAT_TRY(pchat_store_revision(ctl->store, &revision, err));
	ctl->stale = revision != info.base;
	free(ctl->comment);
	ctl->comment = PCHAT_TAKE(info.comment);
	PCHAT_TRY(pchat_draft_plan(draft, ctl->store, plan, err));
	return plan->n ? pchat_ctl_org_for(ctl, plan, err) : PCHAT_OK;
}

/* Nobody stages anything more from here until it is gone. */
enum pchat_code
pchat_commit_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                  struct pchat_err *err)
{
	enum pchat_store_mode mode = ctl->globals.dry_run ? PCHAT_STORE_READ : PCHAT_STORE_WRITE;
	const char *name;

	PCHAT_TRY(named(ctl, call, &name, err));
	PCHAT_TRY_WORD(name, err, pchat_draft_open(path_of(ctl), name, mode, &ctl->draft, err));
	if (mode == PCHAT_STORE_WRITE) {
		pchat_store_set_timeout(ctl->draft, (unsigned)ctl->globals.timeout * 1000);
		PCHAT_TRY(pchat_txn_begin(&ctl->draft_txn, ctl->draft, err));
		PCHAT_TRY(pchat_draft_check_open(ctl->draft, name, err));
	}
	return plan_draft(ctl, ctl->draft, plan, err);
}

void
pchat_commit_stored(struct pchat_ctl *ctl)
{
	struct pchat_err trouble = { 0 };

	/* It is carried out; what is left of it is in nobody's way. */
	if (pchat_draft_drop(path_of(ctl), ctl->globals.v[PCHAT_GLOBAL_TXN].text, &trouble))
		pchat_ctl_note(ctl, "%s", pchat_err_text(&trouble));
	pchat_err_release(&trouble);
}

enum pchat_code
pchat_diff_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                struct pchat_err *err)
{
	const char *name = ctl->txn;

	if (call->names.n)
		return pchat_diff_revisions_plan(ctl, call, plan, err);
	if (pchat_call_text(call, "--file"))
		return pchat_apply_plan(ctl, call, plan, err);
	if (!name) {
		pchat_fail(err, PCHAT_USAGE,
		           "%s: neither a manifest, a revision nor a transaction is named",
		           call->cmd->path);
		pchat_hint(err, "write -f MANIFEST, REV or --txn NAME");
		return PCHAT_USAGE;
	}
	PCHAT_TRY_WORD(name, err,
	               pchat_draft_open(path_of(ctl), name, PCHAT_STORE_READ, &ctl->draft, err));
	PCHAT_TRY(pchat_ctl_leave_txn(ctl, err));
	return plan_draft(ctl, ctl->draft, plan, err);
}
