#include "pchatctl/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "pchatctl/confirm.h"
#include "pchatctl/content.h"
#include "pchatctl/leavers.h"
#include "pchatctl/noun.h"
#include "pchatctl/plan_print.h"
#include "pchatctl/progress.h"
#include "pchatctl/wait.h"
#include "schema/confirmation.h"
#include "schema/draft.h"

/* Changes that are reported line by line; of more only the numbers are. */
#define REPORT_MAX 20

/* ---- showing ---- */

/* Plans have two forms: text, and JSON for the formats that are JSON. */
static bool
wants_json(const struct pchat_ctl *ctl)
{
	return ctl->globals.format == PCHAT_FORMAT_JSON ||
	       ctl->globals.format == PCHAT_FORMAT_JSONL;
}

enum pchat_code
pchat_write_check_format(const struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	enum pchat_format f = ctl->globals.format;

	if (wants_json(ctl) || f == PCHAT_FORMAT_TABLE || f == PCHAT_FORMAT_WIDE ||
	    ctl->globals.v[PCHAT_GLOBAL_OUTPUT].source != PCHAT_SOURCE_FLAG)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "%s: changes cannot be written as %s", call->cmd->path,
	           pchat_format_words[f]);
	pchat_hint(err, "use -o table, json or jsonl");
	return PCHAT_USAGE;
}

/* @revision 0: nothing was stored, or in a transaction. */
static void
show_json(struct pchat_ctl *ctl, const struct pchat_plan *plan, bool dry, uint64_t revision)
{
	struct pchat_json j;

	pchat_json_init(&j, &ctl->out.buf, ctl->globals.format == PCHAT_FORMAT_JSON);
	pchat_json_begin_object(&j);
	pchat_json_key(&j, "dryRun");
	pchat_json_bool(&j, dry);
	if (revision) {
		pchat_json_key(&j, "revision");
		pchat_json_uint(&j, revision);
	}
	if (ctl->txn) {
		pchat_json_key(&j, "transaction");
		pchat_json_text(&j, ctl->txn);
	}
	pchat_json_key(&j, "plan");
	pchat_json_begin_object(&j);
	pchat_plan_print_json(&j, plan);
	pchat_json_end_object(&j);
	if (ctl->works.v.n)
		pchat_works_json(&j, &ctl->works);
	pchat_json_end_object(&j);
	pchat_buf_char(&ctl->out.buf, '\n');
}

enum pchat_code
pchat_write_show(struct pchat_ctl *ctl, const struct pchat_plan *plan, struct pchat_err *err)
{
	struct pchat_plan_style style = { .color = pchat_globals_color(&ctl->globals,
		                                                       ctl->out.fd) };

	if (wants_json(ctl))
		show_json(ctl, plan, true, 0);
	else if (ctl->works.v.n)
		pchat_works_print(&ctl->out.buf, &ctl->works, false);
	else
		pchat_plan_print(&ctl->out.buf, plan, &style);
	return pchat_sink_drain(&ctl->out, err);
}

static void
note_lines(struct pchat_ctl *ctl, struct pchat_str text)
{
	while (text.n) {
		struct pchat_str line = pchat_str_cut(text, '\n', &text);

		pchat_ctl_note(ctl, "%.*s", PCHAT_STR_ARG(line));
	}
}

/* The command that carries it out is to work when it is copied: a name given by option is not there
 * any more then, one of the environment is. */
static void
note_staged(struct pchat_ctl *ctl)
{
	bool given = ctl->globals.v[PCHAT_GLOBAL_TXN].source == PCHAT_SOURCE_FLAG;

	pchat_ctl_note(ctl, "staged in transaction '%s'; 'pchatctl commit%s%s' carries it out",
	               ctl->txn, given ? " --txn " : "", given ? ctl->txn : "");
}

void
pchat_write_report(struct pchat_ctl *ctl, const struct pchat_plan *plan, uint64_t revision)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (wants_json(ctl)) {
		show_json(ctl, plan, false, revision);
		return;
	}
	if (ctl->works.v.n)
		pchat_works_print(&text, &ctl->works, true);
	else if (!plan->n)
		pchat_buf_lit(&text, "no changes");
	else if (plan->n <= REPORT_MAX)
		pchat_plan_print_done(&text, plan);
	else
		pchat_plan_summary(&text, plan, true);
	if (text.n && text.p[text.n - 1] != '\n')
		pchat_buf_char(&text, '\n');
	pchat_plan_print_asleep(&text, plan, REPORT_MAX, &(struct pchat_plan_style){ 0 });
	pchat_plan_print_notes(&text, plan);
	note_lines(ctl, pchat_buf_view(&text));
	if (ctl->txn && plan->n)
		note_staged(ctl);
}

/* ---- carrying out ---- */

/* What a transaction wants may have been right when it was staged: then somebody else's change is
 * what it conflicts with. */
static enum pchat_code
fits(struct pchat_ctl *ctl, enum pchat_code code, struct pchat_err *err)
{
	if (!code || !ctl->stale || pchat_code_exit(code) == pchat_code_exit(PCHAT_INTERNAL) ||
	    code == PCHAT_UNAVAILABLE || code == PCHAT_CORRUPT)
		return code;
	pchat_wrap(err, "the store has moved on since the transaction began");
	if (err)
		err->code = PCHAT_CONFLICT;
	return PCHAT_CONFLICT;
}

/* The plan as the command wants it, with everything that follows from it. */
enum pchat_code
pchat_write_make_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                      struct pchat_err *err)
{
	enum pchat_code code;

	ctl->progress = (struct pchat_progress){ 0 }; /* each command of a batch is one by itself */
	if (!(call->cmd->flags & (PCHAT_CMD_MANIFEST | PCHAT_CMD_TXN)))
		PCHAT_TRY(pchat_ctl_org(ctl, false, err));
	code = call->cmd->plan(ctl, call, plan, err);
	if (!code && plan->n && !plan->past && !(call->cmd->flags & PCHAT_CMD_CHECKED)) {
		plan->progress = pchat_progress_begin(&ctl->progress, "checking",
		                                      ctl->globals.quiet);
		plan->progress_ctx = &ctl->progress;
		code = fits(ctl, pchat_plan_check(plan, ctl->org, err), err);
		if (code)
			pchat_noun_blame(call, &plan->blame, err);
	}
	pchat_progress_clear(&ctl->progress);
	return code || !call->cmd->checked ? code : call->cmd->checked(ctl, plan, err);
}

enum pchat_code
pchat_write_look_around(struct pchat_ctl *ctl, struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_TRY(pchat_leavers_find(ctl, plan, err));
	return pchat_content_note(ctl, plan, err);
}

/* @also is not shown: what it would store has no form to show it in. */
static enum pchat_code
dry_run(struct pchat_ctl *ctl, const struct pchat_call *call, pchat_cmd_also also,
        struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };

	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_READ, err));
	PCHAT_TRY(pchat_write_make_plan(ctl, call, &plan, err));
	PCHAT_TRY(pchat_write_look_around(ctl, &plan, err));
	return plan.n || !also ? pchat_write_show(ctl, &plan, err) : PCHAT_OK;
}

/* People think for longer than anybody should hold the write lock: let go of it while asking
 * and go on only if nobody has written meanwhile. */
static enum pchat_code
ask(struct pchat_ctl *ctl, struct pchat_plan *plan, struct pchat_txn *txn, struct pchat_err *err)
{
	uint64_t base = txn->base;

	if (!pchat_confirm_needed(ctl, plan))
		return PCHAT_OK;
	pchat_txn_rollback(txn);
	PCHAT_TRY(pchat_write_look_around(ctl, plan, err));
	PCHAT_TRY(pchat_confirm(ctl, plan, err));
	ctl->progress = (struct pchat_progress){ 0 }; /* thinking is no work */
	PCHAT_TRY(pchat_txn_begin(txn, ctl->store, err));
	if (txn->base == base)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_CONFLICT,
	           "the store was changed by somebody else meanwhile (revision %llu is now %llu)",
	           (unsigned long long)base, (unsigned long long)txn->base);
	pchat_hint(err, "nothing was done; run the command again");
	return PCHAT_CONFLICT;
}

static const char *
source_of(const struct pchat_cmd *cmd)
{
	return cmd->flags & PCHAT_CMD_ROLLBACK   ? "rollback"
	       : cmd->flags & PCHAT_CMD_IMPORT   ? "import"
	       : cmd->flags & PCHAT_CMD_MANIFEST ? "manifest"
	                                         : "command";
}

enum pchat_code
pchat_write_await(struct pchat_ctl *ctl, const struct pchat_plan *plan, struct pchat_txn *txn,
                  struct pchat_err *err)
{
	if (!ctl->globals.confirm_within)
		return PCHAT_OK;
	if (!ctl->txn && !ctl->works.v.n)
		return plan->n ? pchat_txn_confirm_within(txn, ctl->globals.confirm_within, err)
		               : PCHAT_OK;
	if (ctl->txn) {
		pchat_fail(err, PCHAT_USAGE,
		           "--confirm-within: nothing is in force before the "
		           "transaction is committed");
		pchat_hint(err, "give it to 'pchatctl commit'");
	} else {
		pchat_fail(err, PCHAT_USAGE, "--confirm-within: messages cannot be brought back");
		pchat_hint(err, "leave it out");
	}
	return PCHAT_USAGE;
}

static enum pchat_code
store_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
           pchat_cmd_also also, struct pchat_txn *txn, uint64_t *ret_revision,
           struct pchat_err *err)
{
	const char *given = ctl->globals.v[PCHAT_GLOBAL_MESSAGE].text;
	const char *comment = *given || !ctl->comment ? given : ctl->comment;
	struct pchat_origin origin = {
		.actor = pchat_ctl_actor(ctl),
		.source = plan->restores ? "rollback" : source_of(call->cmd),
		.command = pchat_ctl_command_line(ctl, call),
		.comment = *comment ? comment : NULL,
		.progress = pchat_progress_begin(&ctl->progress, "writing", ctl->globals.quiet),
		.progress_ctx = &ctl->progress,
	};

	if (plan->n) {
		enum pchat_code code = pchat_txn_apply(txn, plan, &origin, err);

		pchat_progress_clear(&ctl->progress);
		PCHAT_TRY(code);
	}
	if (also)
		PCHAT_TRY(also(ctl, call, txn, &origin, err));
	PCHAT_TRY(pchat_works_decide(&ctl->works, txn, &origin, err));
	PCHAT_TRY(pchat_write_await(ctl, plan, txn, err));
	return pchat_txn_commit(txn, ret_revision, err);
}

/* Into the draft: nothing is lost by that, so nobody is asked, and nobody has to apply it.
 */
static enum pchat_code
stage_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };

	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_WRITE, err));
	pchat_store_set_timeout(ctl->store, (unsigned)ctl->globals.timeout * 1000);
	PCHAT_TRY(pchat_txn_begin(&txn, ctl->store, err));
	PCHAT_TRY(pchat_draft_check_open(ctl->store, ctl->txn, err));
	PCHAT_TRY(pchat_write_make_plan(ctl, call, &plan, err));
	PCHAT_TRY(store_plan(ctl, call, &plan, NULL, &txn, NULL, err));
	pchat_write_report(ctl, &plan, 0);
	return PCHAT_OK;
}

enum pchat_code
pchat_write_wait(struct pchat_ctl *ctl, uint64_t revision, struct pchat_err *err)
{
	bool gone = false;

	PCHAT_TRY(pchat_wait_applied(pchat_store_path(ctl->store), revision,
	                             ctl->globals.timeout * 1000, &gone, err));
	if (gone)
		pchat_ctl_note(ctl, "pchatd ended meanwhile; the change is stored as revision %llu",
		               (unsigned long long)revision);
	return PCHAT_OK;
}

/* Whoever does not know that time runs has lost. */
void
pchat_write_remind(struct pchat_ctl *ctl, uint64_t revision)
{
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	char text[PCHAT_TIME_MAX];

	if (!ctl->globals.confirm_within ||
	    pchat_store_confirmation(ctl->store, revision, &c, NULL) || !c.revision)
		return;
	pchat_ctl_note(ctl,
	               "revision %llu is taken back at %s unless 'pchatctl confirm' comes first",
	               (unsigned long long)revision,
	               pchat_time_text(c.deadline - c.deadline % PCHAT_SECOND, text));
}

/* Counting messages takes long, and nothing of it can be wrong when others change the store: the
 * lock is taken only to write down what is decided. */
static enum pchat_code
plan_unlocked(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
              struct pchat_txn *txn, struct pchat_err *err)
{
	PCHAT_TRY(pchat_write_make_plan(ctl, call, plan, err));
	if (pchat_confirm_needed(ctl, plan))
		PCHAT_TRY(pchat_confirm(ctl, plan, err));
	return pchat_txn_begin(txn, ctl->store, err);
}

static enum pchat_code
plan_locked(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
            struct pchat_txn *txn, struct pchat_err *err)
{
	PCHAT_TRY(pchat_txn_begin(txn, ctl->store, err));
	PCHAT_TRY(pchat_write_make_plan(ctl, call, plan, err));
	return ask(ctl, plan, txn, err);
}

static enum pchat_code
write_plan(struct pchat_ctl *ctl, const struct pchat_call *call, pchat_cmd_also also,
           struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	uint64_t base, revision;

	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_WRITE, err));
	pchat_store_set_timeout(ctl->store, (unsigned)ctl->globals.timeout * 1000);
	PCHAT_TRY(call->cmd->flags & PCHAT_CMD_MESSAGES ? plan_unlocked(ctl, call, &plan, &txn, err)
	                                                : plan_locked(ctl, call, &plan, &txn, err));
	base = revision = txn.base;
	PCHAT_TRY(store_plan(ctl, call, &plan, also, &txn, &revision, err));
	if (call->cmd->stored)
		call->cmd->stored(ctl);
	if (ctl->works.v.n)
		PCHAT_TRY(pchat_works_carry_out(ctl, err));
	if (plan.n || !also)
		pchat_write_report(ctl, &plan, revision);
	pchat_ctl_keep_plan(ctl, &plan);
	if (revision != base)
		pchat_write_remind(ctl, revision);
	if (revision == base || !ctl->globals.wait)
		return PCHAT_OK;
	return pchat_write_wait(ctl, revision, err);
}

enum pchat_code
pchat_write_run(struct pchat_ctl *ctl, const struct pchat_call *call, pchat_cmd_also also,
                struct pchat_err *err)
{
	PCHAT_TRY(pchat_write_check_format(ctl, call, err));
	if (ctl->globals.dry_run)
		return dry_run(ctl, call, also, err);
	return ctl->txn ? stage_plan(ctl, call, err) : write_plan(ctl, call, also, err);
}

enum pchat_code
pchat_compare_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };

	PCHAT_TRY(pchat_write_check_format(ctl, call, err));
	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_READ, err));
	PCHAT_TRY(pchat_write_make_plan(ctl, call, &plan, err));
	if (!plan.past)
		PCHAT_TRY(pchat_write_look_around(ctl, &plan, err));
	PCHAT_TRY(pchat_write_show(ctl, &plan, err));
	if (call->cmd->shown)
		return call->cmd->shown(ctl, call, &plan, err);
	return plan.n ? PCHAT_DIFFERS : PCHAT_OK;
}
