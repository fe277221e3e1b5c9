/* What only servers have: swap, which makes the idle ones active and the active ones idle. */
#include "pchatctl/noun.h"

static enum pchat_code
swap_one(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_plan *plan = ctx;
	PCHAT_AUTO(object) before = pchat_object_copy(o);
	PCHAT_AUTO(object) after = pchat_object_copy(o);

	if (!before || !after)
		return pchat_no_memory(err);
	after->v[PCHAT_SERVER_ACTIVE].flag = !before->v[PCHAT_SERVER_ACTIVE].flag;
	return pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before), PCHAT_TAKE(after),
	                           err);
}

enum pchat_code
pchat_server_swap_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                       struct pchat_plan *plan, struct pchat_err *err)
{
	(void)call;
	PCHAT_TRY(pchat_store_each(ctl->store, PCHAT_KIND_SERVER, swap_one, plan, err));
	if (plan->n)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_NOT_FOUND, "the pool has no servers");
	pchat_hint(err, "name them first: pchatctl server create");
	return PCHAT_NOT_FOUND;
}
