/*
 * What nobody confirmed is taken back. All of it is one transaction, which looks again
 * once it has the write lock: of several who try, one finds something to do.
 */
#include "schema/confirmation.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "schema/history.h"
#include "schema/internal.h"
#include "schema/past.h"

/* Who made the change, and by which command it was. */
static enum pchat_code
actor_of(struct pchat_store *store, uint64_t revision, char **ret, struct pchat_err *err)
{
	struct pchat_revision r = { 0 };
	enum pchat_code code = pchat_store_revision_get(store, revision, &r, err);

	if (code == PCHAT_OK) {
		*ret = pchat_str_dup(pchat_str(r.actor));
		if (!*ret)
			code = pchat_no_memory(err);
	}
	pchat_revision_release(&r);
	return code;
}

static enum pchat_code
make_plan(struct pchat_store *store, uint64_t revision, struct pchat_plan *plan,
          struct pchat_err *err)
{
	struct pchat_org_loader loader = pchat_store_loader(store);
	PCHAT_AUTO(org) org = pchat_org_new(&loader);
	enum pchat_code code;

	if (!org)
		return pchat_no_memory(err);
	code = pchat_past_undo(store, revision, plan, err);
	return code == PCHAT_OK && plan->n ? pchat_plan_check(plan, org, err) : code;
}

static enum pchat_code
apply(struct pchat_txn *txn, struct pchat_confirmation *c, struct pchat_plan *plan,
      struct pchat_err *err)
{
	PCHAT_AUTO_TEXT actor = NULL;
	PCHAT_AUTO_TEXT comment = NULL;
	PCHAT_AUTO_VALUE(buf) within = { 0 };
	struct pchat_origin origin = { .source = "daemon" };
	enum pchat_code code = actor_of(txn->store, c->revision, &actor, err);

	pchat_duration_text(&within, c->within);
	comment = pchat_text("revision %llu was not confirmed within %s",
	                     (unsigned long long)c->revision, pchat_buf_cstr(&within));
	if (code == PCHAT_OK && (!comment || !pchat_buf_ok(&within)))
		code = pchat_no_memory(err);
	if (code != PCHAT_OK)
		return code;
	origin.actor = actor;
	origin.comment = comment;
	return pchat_txn_apply(txn, plan, &origin, err);
}

/* Refusals that stay: later changes rely on what would go. Others may be over next time. */
static bool
is_final(enum pchat_code code)
{
	return code == PCHAT_INVALID || code == PCHAT_EXISTS || code == PCHAT_CONFLICT ||
	       code == PCHAT_NOT_FOUND || code == PCHAT_LIMIT;
}

static enum pchat_code
take_back(struct pchat_txn *txn, struct pchat_confirmation *c, int64_t now, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err why = { 0 };
	enum pchat_code code = make_plan(txn->store, c->revision, &plan, &why);

	c->settled = now;
	if (is_final(code)) {
		c->state = PCHAT_CONFIRM_STUCK;
		c->reason = pchat_str_dup(pchat_str(pchat_err_text(&why)));
		code = c->reason ? PCHAT_OK : pchat_no_memory(err);
	} else if (code != PCHAT_OK) {
		pchat_fail(err, code, "%s", pchat_err_text(&why));
	} else {
		c->state = PCHAT_CONFIRM_TAKEN_BACK;
		c->undone = plan.n ? txn->base + 1 : 0;
		if (plan.n)
			code = apply(txn, c, &plan, err);
	}
	pchat_err_release(&why);
	return code == PCHAT_OK ? pchat_write_settle(txn->store, c, err) : code;
}

static enum pchat_code
settle(struct pchat_txn *txn, int64_t now, struct pchat_confirmation *c, struct pchat_err *err)
{
	enum pchat_code code = pchat_store_waiting(txn->store, c, err);

	if (code == PCHAT_OK && (!c->revision || c->deadline > now))
		pchat_confirmation_release(c);
	if (code != PCHAT_OK || !c->revision)
		return code;
	code = take_back(txn, c, now, err);
	if (code == PCHAT_OK)
		code = pchat_txn_commit(txn, NULL, err);
	if (code != PCHAT_OK)
		pchat_wrap(err, "cannot take revision %llu back, which nobody confirmed",
		           (unsigned long long)c->revision);
	return code;
}

enum pchat_code
pchat_store_settle(const char *path, int64_t now, unsigned wait_ms, struct pchat_confirmation *ret,
                   struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	PCHAT_AUTO(store) store = NULL;
	enum pchat_code code = pchat_store_open_as_is(path, PCHAT_STORE_WRITE, &store, err);

	if (code == PCHAT_OK) {
		pchat_store_set_timeout(store, wait_ms);
		code = pchat_txn_begin(&txn, store, err);
	}
	if (code == PCHAT_OK)
		code = settle(&txn, now, &c, err);
	if (code == PCHAT_OK && ret) {
		*ret = c;
		c = (struct pchat_confirmation){ 0 };
	}
	pchat_txn_rollback(&txn);
	return code;
}
