/* What only add-ins have: deletion of one that rooms use. */
#include "pchatctl/noun.h"

/* Rooms that show the add-in lose it: what follows from the deletion. */
static enum pchat_code
take_from(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_plan *plan = ctx;
	PCHAT_AUTO(object) before = pchat_object_copy(o);
	PCHAT_AUTO(object) after = pchat_object_copy(o);
	size_t n = plan->n;

	if (o->kind != PCHAT_KIND_ROOM)
		return PCHAT_OK;
	if (!before || !after)
		return pchat_no_memory(err);
	PCHAT_TRY(pchat_object_set(after, PCHAT_ROOM_ADDIN, pchat_str(""), err));
	PCHAT_TRY(pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before), PCHAT_TAKE(after),
	                              err));
	if (plan->n > n)
		plan->v[n].cause = PCHAT_CAUSE_CASCADE;
	return PCHAT_OK;
}

enum pchat_code
pchat_addin_delete_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                        struct pchat_plan *plan, struct pchat_err *err)
{
	struct pchat_org_loader loader = pchat_store_loader(ctl->store);
	size_t n;

	PCHAT_TRY(pchat_delete_plan(ctl, call, plan, err));
	n = pchat_call_flag(call, "--force") ? plan->n : 0;
	for (size_t i = 0; i < n; i++)
		PCHAT_TRY(loader.referrers(loader.ctx, PCHAT_KIND_ADDIN,
		                           pchat_object_key(plan->v[i].before), take_from, plan,
		                           err));
	return PCHAT_OK;
}
