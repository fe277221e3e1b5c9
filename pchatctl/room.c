/* What only rooms have: enable, disable, move. */
#include "pchatctl/noun.h"

/* Set @field of every room named to @text. */
static enum pchat_code
set_each(struct pchat_ctl *ctl, const struct pchat_call *call, unsigned field, const char *text,
         struct pchat_plan *plan, struct pchat_err *err)
{
	for (size_t i = 0; i < call->names.n; i++) {
		PCHAT_AUTO(object) before = NULL;
		PCHAT_AUTO(object) after = NULL;

		PCHAT_TRY(pchat_noun_get(ctl, call, call->names.v[i], &before, err));
		if (!before)
			continue;
		after = pchat_object_copy(before);
		if (!after)
			return pchat_no_memory(err);
		PCHAT_TRY_WORD(text, err, pchat_object_set(after, field, pchat_str(text), err));
		PCHAT_TRY(pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before),
		                              PCHAT_TAKE(after), err));
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_room_enable_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                       struct pchat_plan *plan, struct pchat_err *err)
{
	return set_each(ctl, call, PCHAT_ROOM_DISABLED, "false", plan, err);
}

enum pchat_code
pchat_room_disable_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                        struct pchat_plan *plan, struct pchat_err *err)
{
	return set_each(ctl, call, PCHAT_ROOM_DISABLED, "true", plan, err);
}

enum pchat_code
pchat_room_move_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                     struct pchat_err *err)
{
	return set_each(ctl, call, PCHAT_ROOM_CATEGORY, pchat_call_text(call, "--to"), plan, err);
}
