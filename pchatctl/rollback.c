/* rollback, confirm, and diff between revisions: the commands that go through the past. */
#include "pchatctl/handlers.h"
#include "pchatctl/revision.h"
#include "schema/confirmation.h"
#include "schema/past.h"

/* The parser has seen that it is one. */
static enum pchat_code
revision_of(struct pchat_ctl *ctl, const char *text, uint64_t *ret, struct pchat_err *err)
{
	struct pchat_rev rev = { 0 };

	(void)pchat_rev_parse(pchat_str(text), &rev);
	PCHAT_TRY_WORD(text, err, pchat_rev_resolve(ctl->store, rev, ret, err));
	return PCHAT_OK;
}

enum pchat_code
pchat_rollback_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                    struct pchat_err *err)
{
	uint64_t revision = 0;

	PCHAT_TRY(revision_of(ctl, pchat_call_name(call, 0), &revision, err));
	PCHAT_TRY(pchat_past_rollback(ctl->store, revision, plan, err));
	return plan->n ? pchat_ctl_org_for(ctl, plan, err) : PCHAT_OK;
}

/* ---- confirm ---- */

enum pchat_code
pchat_confirm_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	uint64_t revision = 0;

	(void)call;
	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_WRITE, err));
	PCHAT_TRY(pchat_txn_begin(&txn, ctl->store, err));
	PCHAT_TRY(pchat_txn_confirm(&txn, pchat_ctl_actor(ctl), &revision, err));
	PCHAT_TRY(pchat_txn_commit(&txn, NULL, err));
	pchat_ctl_note(ctl, "confirmed revision %llu", (unsigned long long)revision);
	return PCHAT_OK;
}

/* ---- diff ---- */

enum pchat_code
pchat_diff_revisions_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                          struct pchat_plan *plan, struct pchat_err *err)
{
	const char *text = pchat_call_name(call, 0);
	struct pchat_rev_range range = { 0 };
	uint64_t from = 0, to = 0;

	if (call->given.n) {
		pchat_fail(err, PCHAT_USAGE, "diff: %s means nothing between revisions",
		           call->given.v[0].option.name);
		pchat_hint(err, "compare revisions with 'pchatctl diff REV..REV', manifests with "
		                "'pchatctl diff -f FILE'");
		return PCHAT_USAGE;
	}
	plan->past = true;
	(void)pchat_rev_range_parse(pchat_str(text), &range);
	PCHAT_TRY_WORD(text, err, pchat_rev_resolve(ctl->store, range.from, &from, err));
	PCHAT_TRY_WORD(text, err, pchat_rev_resolve(ctl->store, range.to, &to, err));
	if (from <= to)
		return pchat_past_diff(ctl->store, from, to, plan, err);
	pchat_fail(err, PCHAT_USAGE, "diff: revision %llu comes after revision %llu",
	           (unsigned long long)from, (unsigned long long)to);
	pchat_err_blame(err, text);
	pchat_hint(err, "write %llu..%llu", (unsigned long long)to, (unsigned long long)from);
	return PCHAT_USAGE;
}
