/* What only policies have: grant and revoke. */
#include "pchatctl/noun.h"

/* What a grant or a revocation does to the policies of a store. */
struct granting {
	struct pchat_plan *plan;
	struct pchat_list principals; /* canonical */
	struct pchat_list found;      /* those that had a policy */
	const char *policy;           /* key of the one that is granted; NULL: revoke */
};

static enum pchat_code
read_principals(const struct pchat_call *call, size_t from, struct pchat_list *ret,
                struct pchat_err *err)
{
	for (size_t i = from; i < call->names.n; i++) {
		PCHAT_AUTO_VALUE(buf) canonical = { 0 };

		enum pchat_code code = pchat_principal_canonical(pchat_str(call->names.v[i]),
		                                                 &canonical, err);

		if (code) {
			pchat_call_place(call, call->names.v[i], err);
			pchat_err_blame(err, call->names.v[i]);
			return code;
		}
		if (!pchat_buf_ok(&canonical) || !pchat_list_add(ret, pchat_buf_view(&canonical)))
			return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

/* Take the principals from @after, a copy of a stored policy. */
static enum pchat_code
withdraw(struct granting *g, struct pchat_object *after, struct pchat_err *err)
{
	for (size_t i = 0; i < g->principals.n; i++) {
		struct pchat_str p = pchat_str(g->principals.v[i]);

		if (!pchat_list_has(&after->v[PCHAT_POLICY_GRANTED_TO].list, p))
			continue;
		if (!pchat_list_add(&g->found, p))
			return pchat_no_memory(err);
		PCHAT_TRY(pchat_object_drop(after, PCHAT_POLICY_GRANTED_TO, p, err));
	}
	return PCHAT_OK;
}

static enum pchat_code
give(struct granting *g, struct pchat_object *after, struct pchat_err *err)
{
	for (size_t i = 0; i < g->principals.n; i++)
		PCHAT_TRY(pchat_object_add(after, PCHAT_POLICY_GRANTED_TO,
		                           pchat_str(g->principals.v[i]), err));
	return PCHAT_OK;
}

static enum pchat_code
visit(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct granting *g = ctx;
	PCHAT_AUTO(object) before = pchat_object_copy(o);
	PCHAT_AUTO(object) after = pchat_object_copy(o);

	if (!before || !after)
		return pchat_no_memory(err);
	if (g->policy && pchat_str_eq(pchat_str(g->policy), pchat_str(pchat_object_key(o))))
		PCHAT_TRY(give(g, after, err));
	else
		PCHAT_TRY(withdraw(g, after, err));
	return pchat_plan_add_take(g->plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before), PCHAT_TAKE(after),
	                           err);
}

static void
release(struct granting *g)
{
	pchat_list_release(&g->principals);
	pchat_list_release(&g->found);
}

static enum pchat_code
grant(struct pchat_ctl *ctl, const struct pchat_call *call, struct granting *g,
      struct pchat_err *err)
{
	PCHAT_AUTO(object) policy = NULL;

	PCHAT_TRY_WORD(pchat_call_name(call, 0), err,
	               pchat_store_get(ctl->store, PCHAT_KIND_POLICY, pchat_call_name(call, 0),
	                               &policy, err));
	PCHAT_TRY(read_principals(call, 1, &g->principals, err));
	g->policy = pchat_object_key(policy);
	return pchat_store_each(ctl->store, PCHAT_KIND_POLICY, visit, g, err);
}

enum pchat_code
pchat_policy_grant_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                        struct pchat_plan *plan, struct pchat_err *err)
{
	struct granting g = { .plan = plan };
	enum pchat_code code = grant(ctl, call, &g, err);

	release(&g);
	return code;
}

static enum pchat_code
revoke(struct pchat_ctl *ctl, const struct pchat_call *call, struct granting *g,
       struct pchat_err *err)
{
	PCHAT_TRY(read_principals(call, 0, &g->principals, err));
	PCHAT_TRY(pchat_store_each(ctl->store, PCHAT_KIND_POLICY, visit, g, err));
	for (size_t i = 0; i < g->principals.n && !ctl->globals.if_exists; i++) {
		if (pchat_list_has(&g->found, pchat_str(g->principals.v[i])))
			continue;
		pchat_fail(err, PCHAT_NOT_FOUND, "no policy is granted to '%s'",
		           g->principals.v[i]);
		pchat_hint(err,
		           "see who has one with 'pchatctl policy list --fields name,grantedTo'");
		return PCHAT_NOT_FOUND;
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_policy_revoke_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_plan *plan, struct pchat_err *err)
{
	struct granting g = { .plan = plan };
	enum pchat_code code = revoke(ctl, call, &g, err);

	release(&g);
	return code;
}
