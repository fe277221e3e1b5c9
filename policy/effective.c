/*
 * The effective policy of a user, administration.md section 4: user, then site, then
 * global; the first found supplies everything.
 */
#include "policy/access_private.h"

#include "base/text.h"

/* The better of two policies granted at the same distance: the first by name. */
static struct pchat_entity *
first_by_name(struct pchat_entity *a, struct pchat_entity *b)
{
	if (!a)
		return b;
	return pchat_fold_cmp(pchat_str(b->name), pchat_str(a->name)) < 0 ? b : a;
}

/* The policy granted to one principal, or NULL. */
static enum pchat_code
granted_to(struct pchat_org *org, const struct pchat_entity *e, struct pchat_entity **best,
           struct pchat_err *err)
{
	for (uint32_t i = 0; i < e->grants.n; i++) {
		struct pchat_entity *p = pchat_at(org, e->grants.v[i]);
		enum pchat_code code = pchat_load_object(org, p, err);

		if (code)
			return code;
		if (p->flags & E_KNOWN)
			*best = first_by_name(*best, p);
	}
	return PCHAT_OK;
}

/* The policy granted to @user or to the nearest thing he is in, and to what: the last walk
 * began at @user. */
static enum pchat_code
granted(struct pchat_org *org, struct pchat_entity **ret_policy, struct pchat_entity **ret_to,
        struct pchat_err *err)
{
	uint32_t depth = 0;

	*ret_policy = *ret_to = NULL;
	for (uint32_t i = 0; i < org->queue.n; i++) {
		struct pchat_entity *e = pchat_at(org, org->queue.v[i]);
		struct pchat_entity *before = *ret_policy;
		enum pchat_code code;

		if (before && e->depth > depth)
			break; /* all that follow are farther away */
		if (!(e->flags & E_KNOWN))
			continue;
		code = granted_to(org, e, ret_policy, err);
		if (code)
			return code;
		if (*ret_policy != before) {
			*ret_to = e;
			depth = e->depth;
		}
	}
	return PCHAT_OK;
}

/* The stored policy of that name, or NULL. */
static enum pchat_code
policy_named(struct pchat_org *org, const char *scope, const char *name, struct pchat_entity **ret,
             struct pchat_err *err)
{
	PCHAT_AUTO_TEXT key = pchat_text("%s%s", scope, name);
	struct pchat_entity *e;
	enum pchat_code code;

	if (!key)
		return pchat_no_memory(err);
	e = pchat_entity(org, PCHAT_KIND_POLICY, pchat_str(key), false);
	if (!e)
		return pchat_no_memory(err);
	code = pchat_load_object(org, e, err);
	*ret = !code && (e->flags & E_KNOWN) ? e : NULL;
	return code;
}

static enum pchat_code
site_policy(struct pchat_org *org, const struct pchat_entity *user, struct pchat_entity **ret,
            struct pchat_err *err)
{
	pchat_id site = user->refs[REF_SITE];

	*ret = NULL;
	if (site == PCHAT_NO_ID)
		return PCHAT_OK;
	return policy_named(org, "site:", pchat_at(org, site)->name, ret, err);
}

static void
keep(struct pchat_org *org, struct pchat_entity *user, const struct pchat_entity *policy,
     unsigned scope)
{
	user->eff_policy = policy ? policy->id : PCHAT_NO_ID;
	user->eff_scope = (uint8_t)scope;
	user->eff_enabled = policy && (policy->hot & H_ENABLED) && !(user->hot & H_DISABLED);
	user->eff_gen = org->policy_gen;
}

enum pchat_code
pchat_effective_update(struct pchat_org *org, struct pchat_entity *user, struct pchat_err *err)
{
	struct pchat_entity *policy, *to;
	enum pchat_code code;

	if (user->eff_gen == org->policy_gen)
		return PCHAT_OK;
	code = pchat_walk(org, user, err);
	if (!code)
		code = granted(org, &policy, &to, err);
	if (code)
		return code;
	if (policy) {
		keep(org, user, policy, PCHAT_SCOPE_USER);
		return PCHAT_OK;
	}
	code = site_policy(org, user, &policy, err);
	if (code)
		return code;
	if (policy) {
		keep(org, user, policy, PCHAT_SCOPE_SITE);
		return PCHAT_OK;
	}
	code = policy_named(org, "global", "", &policy, err);
	if (!code)
		keep(org, user, policy, PCHAT_SCOPE_GLOBAL);
	return code;
}

bool
pchat_enabled(struct pchat_org *org, pchat_id user)
{
	struct pchat_entity *e = pchat_known(org, user, PCHAT_KIND_USER);

	return e && !pchat_effective_update(org, e, NULL) && e->eff_enabled;
}

/* ---- the same, told ---- */

/* A policy that is on and can be granted: the first by name. NULL if there is none. */
static struct pchat_entity *
grantable(struct pchat_org *org)
{
	const struct pchat_ids *policies = &org->of[PCHAT_KIND_POLICY];
	struct pchat_entity *best = NULL;

	if (pchat_load_all(org, PCHAT_KIND_POLICY, NULL))
		return NULL;
	for (uint32_t i = 0; i < policies->n; i++) {
		struct pchat_entity *p = pchat_at(org, policies->v[i]);

		if ((p->flags & E_KNOWN) && (p->hot & H_ENABLED) && !strchr(p->name, ':') &&
		    !pchat_str_iis(pchat_str(p->name), "global"))
			best = first_by_name(best, p);
	}
	return best;
}

void
pchat_policy_remedy(struct pchat_org *org, const struct pchat_entity *user, struct pchat_buf *out)
{
	const struct pchat_entity *p = grantable(org);

	if (p) {
		pchat_buf_lit(out, "pchatctl policy grant ");
		pchat_quote_shell(out, pchat_str(p->name));
		pchat_buf_char(out, ' ');
		pchat_quote_shell(out, pchat_str(user->name));
	} else if (user->eff_policy != PCHAT_NO_ID) {
		pchat_buf_lit(out, "pchatctl policy set ");
		pchat_quote_shell(out, pchat_str(pchat_at(org, user->eff_policy)->name));
		pchat_buf_lit(out, " --enabled");
	}
}

/* One scope that was asked: took it the decision, or had it nothing to say? */
static bool
add_step(struct pchat_effective *e, const char *rule, bool found, char *text_take)
{
	struct pchat_step *step = &e->steps[e->n_steps];

	if (!text_take)
		return false;
	*step = (struct pchat_step){ .rule = rule, .text = text_take };
	if (found)
		step->outcome = e->enabled ? PCHAT_ALLOW : PCHAT_DENY;
	e->n_steps++;
	return true;
}

static const char *
on_or_off(const struct pchat_entity *policy)
{
	return policy->hot & H_ENABLED ? "on" : "off";
}

static bool
tell_user_scope(struct pchat_org *org, struct pchat_entity *user, struct pchat_effective *e,
                struct pchat_err *err)
{
	struct pchat_entity *policy = NULL, *to = NULL;
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (pchat_walk(org, user, err) || granted(org, &policy, &to, err))
		return false;
	if (!policy)
		return add_step(
			e, "user", false,
			pchat_text("no policy is granted to %s or what he is in", user->name));
	pchat_buf_printf(&text, "policy '%s' (%s) is granted to ", policy->name, on_or_off(policy));
	pchat_label(&text, to);
	return add_step(e, "user", true, pchat_buf_take(&text)) &&
	       pchat_path_to(org, to, &e->steps[e->n_steps - 1].path);
}

static bool
tell_site_scope(struct pchat_org *org, const struct pchat_entity *user, struct pchat_effective *e,
                struct pchat_err *err)
{
	struct pchat_entity *policy = NULL;
	const char *site;

	if (user->refs[REF_SITE] == PCHAT_NO_ID)
		return add_step(e, "site", false, pchat_text("%s belongs to no site", user->name));
	site = pchat_at(org, user->refs[REF_SITE])->name;
	if (site_policy(org, user, &policy, err))
		return false;
	if (!policy)
		return add_step(e, "site", false, pchat_text("site '%s' has no policy", site));
	return add_step(e, "site", true,
	                pchat_text("policy '%s' of site '%s' is %s", policy->name, site,
	                           on_or_off(policy)));
}

static bool
tell_global_scope(struct pchat_org *org, struct pchat_effective *e, struct pchat_err *err)
{
	struct pchat_entity *policy = NULL;

	if (policy_named(org, "global", "", &policy, err))
		return false;
	if (!policy)
		return add_step(e, "global", true, pchat_text("there is no policy 'global'"));
	return add_step(e, "global", true, pchat_text("policy 'global' is %s", on_or_off(policy)));
}

static bool
tell_disabled(const struct pchat_entity *user, struct pchat_effective *e)
{
	bool disabled = user->hot & H_DISABLED;

	return add_step(e, "user-disabled", disabled,
	                pchat_text("%s is %sdisabled", user->name, disabled ? "" : "not "));
}

/* To the step that decided. */
static bool
tell_remedy(struct pchat_org *org, const struct pchat_entity *user, struct pchat_effective *e)
{
	PCHAT_AUTO_VALUE(buf) remedy = { 0 };

	if (e->enabled)
		return true;
	if (user->hot & H_DISABLED) {
		pchat_buf_lit(&remedy, "pchatctl user set ");
		pchat_quote_shell(&remedy, pchat_str(user->name));
		pchat_buf_lit(&remedy, " --disabled=false");
	} else {
		pchat_policy_remedy(org, user, &remedy);
	}
	if (remedy.n)
		e->steps[e->n_steps - 1].remedy = pchat_buf_take(&remedy);
	return pchat_buf_ok(&remedy);
}

/* Scopes from the nearest on, up to the one that supplies the policy. */
#define EFFECTIVE_STEPS 4

static bool
tell(struct pchat_org *org, struct pchat_entity *user, struct pchat_effective *e,
     struct pchat_err *err)
{
	e->steps = calloc(EFFECTIVE_STEPS, sizeof(*e->steps));
	if (!e->steps || !tell_disabled(user, e))
		return false;
	if (user->hot & H_DISABLED)
		return true;
	return tell_user_scope(org, user, e, err) &&
	       (e->scope == PCHAT_SCOPE_USER ||
	        (tell_site_scope(org, user, e, err) &&
	         (e->scope == PCHAT_SCOPE_SITE || tell_global_scope(org, e, err))));
}

enum pchat_code
pchat_effective_policy(struct pchat_org *org, pchat_id user, bool trace,
                       struct pchat_effective *ret, struct pchat_err *err)
{
	struct pchat_effective e = { .scope = PCHAT_SCOPE_GLOBAL };
	struct pchat_entity *u = pchat_known(org, user, PCHAT_KIND_USER);
	enum pchat_code code;

	if (!u)
		return pchat_fail(err, PCHAT_NOT_FOUND, "there is no such user");
	code = pchat_effective_update(org, u, err);
	if (code)
		return code;
	e.enabled = u->eff_enabled;
	e.scope = u->eff_scope;
	if (u->eff_policy != PCHAT_NO_ID && !(u->hot & H_DISABLED))
		e.policy = pchat_at(org, u->eff_policy)->name;
	if (trace && (!tell(org, u, &e, err) || !tell_remedy(org, u, &e))) {
		pchat_effective_release(&e);
		return pchat_no_memory(err);
	}
	*ret = e;
	return PCHAT_OK;
}
