/* Filling an organization on demand. Without a loader everything is there already. */
#include "policy/org_private.h"

/* The name the store has for it. */
static const char *
stored_key(const struct pchat_entity *e)
{
	return e->stored ? e->stored : pchat_entity_key(e);
}

enum pchat_code
pchat_load_object(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	if (!org->lazy || (e->flags & E_ASKED))
		return PCHAT_OK;
	if (e->kind == PCHAT_KIND_POOL)
		return pchat_load_pool(org, err);
	code = org->loader.object(org->loader.ctx, (enum pchat_kind)e->kind, stored_key(e), &o,
	                          err);
	if (!code && o)
		code = pchat_org_put_from(org, o, PCHAT_FROM_STORE, err);
	if (!code)
		e->flags |= E_ASKED;
	return code;
}

enum pchat_code
pchat_load_pool(struct pchat_org *org, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	if (!org->lazy || org->pool_asked)
		return PCHAT_OK;
	code = org->loader.object(org->loader.ctx, PCHAT_KIND_POOL, "", &o, err);
	if (!code && o)
		code = pchat_org_put_from(org, o, PCHAT_FROM_STORE, err);
	if (!code)
		org->pool_asked = true;
	return code;
}

static bool
take_text(struct pchat_object *o, unsigned field, const char *text)
{
	char *copy = text ? pchat_str_dup(pchat_str(text)) : NULL;

	if (!copy)
		return !text;
	free(o->v[field].text);
	o->v[field].text = copy;
	return true;
}

/* An object of what facts tell; its sets and the rest of its fields are not known. */
static bool
facts_object(const struct pchat_entity *e, const struct pchat_principal_facts *f,
             struct pchat_object **ret)
{
	PCHAT_AUTO(object) o = pchat_object_new((enum pchat_kind)e->kind);
	struct pchat_str key = pchat_str(f->name ? f->name : e->name);
	enum pchat_kind kind;
	bool ok;

	if (!o)
		return false;
	memcpy(o->guid, f->guid, sizeof(o->guid));
	(void)pchat_principal_split(key, &kind, &key);
	ok = take_text(o, 0, key.p);
	if (ok && e->kind == PCHAT_KIND_USER) {
		o->v[PCHAT_USER_DISABLED].flag = f->disabled;
		ok = take_text(o, PCHAT_USER_DISPLAY_NAME, f->display_name) &&
		     take_text(o, PCHAT_USER_SITE, f->site) &&
		     take_text(o, PCHAT_USER_UNIT, f->unit);
	}
	if (ok && e->kind == PCHAT_KIND_GROUP)
		ok = take_text(o, PCHAT_GROUP_UNIT, f->unit);
	if (ok)
		*ret = PCHAT_TAKE(o);
	return ok;
}

/* Tie @e to the groups and the policy the store names, unless those are known themselves. */
static bool
tie_facts(struct pchat_org *org, struct pchat_entity *e, const struct pchat_principal_facts *f)
{
	struct pchat_entity *holder;

	for (size_t i = 0; i < f->containers.n; i++) {
		holder = pchat_entity_of_principal(org, pchat_str(f->containers.v[i]), true);
		if (!holder || holder->kind != PCHAT_KIND_GROUP || !pchat_org_tie(org, holder, e))
			return false;
	}
	if (!f->policy)
		return true;
	holder = pchat_entity(org, PCHAT_KIND_POLICY, pchat_str(f->policy), true);
	return holder && pchat_org_tie(org, holder, e);
}

static enum pchat_code
use_facts(struct pchat_org *org, struct pchat_entity *e, const struct pchat_principal_facts *f,
          struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code = PCHAT_OK;
	uint32_t gen = org->gen;

	if (!(e->flags & (E_KNOWN | E_PUT))) {
		if (!facts_object(e, f, &o))
			return pchat_no_memory(err);
		code = pchat_org_put_from(org, o, PCHAT_FROM_FACTS, err);
	}
	if (!code && !tie_facts(org, e, f))
		code = pchat_no_memory(err);
	org->gen = gen; /* nothing changed, something was learned */
	return code;
}

enum pchat_code
pchat_load_facts(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	struct pchat_principal_facts f = { 0 };
	enum pchat_code code;
	bool found = false;

	if (!org->lazy || (e->flags & E_FACTS) || !pchat_is_principal(e->kind))
		return PCHAT_OK;
	pchat_principal_of((enum pchat_kind)e->kind, stored_key(e), &name);
	code = pchat_buf_check(&name, err);
	if (!code)
		code = org->loader.principal(org->loader.ctx, pchat_buf_cstr(&name), &found, &f,
		                             err);
	if (!code && found)
		code = use_facts(org, e, &f, err);
	if (!code)
		e->flags |= E_FACTS;
	pchat_principal_facts_release(&f);
	return code;
}

enum pchat_code
pchat_load(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err)
{
	if (pchat_is_principal(e->kind))
		return pchat_load_facts(org, e, err);
	return pchat_load_object(org, e, err);
}

static enum pchat_code
put_each(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_org *org = ctx;

	return pchat_org_put_from(org, o, PCHAT_FROM_STORE, err);
}

enum pchat_code
pchat_load_referrers(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err)
{
	enum pchat_code code;

	if (!org->lazy || (e->flags & E_REFERRED))
		return PCHAT_OK;
	code = org->loader.referrers(org->loader.ctx, (enum pchat_kind)e->kind, stored_key(e),
	                             put_each, org, err);
	if (!code)
		e->flags |= E_REFERRED;
	return code;
}

enum pchat_code
pchat_load_all(struct pchat_org *org, enum pchat_kind kind, struct pchat_err *err)
{
	if (!org->lazy || !org->loader.each)
		return PCHAT_OK;
	return org->loader.each(org->loader.ctx, kind, put_each, org, err);
}

void
pchat_principal_facts_release(struct pchat_principal_facts *f)
{
	if (!f)
		return;
	free(f->name);
	free(f->display_name);
	free(f->site);
	free(f->unit);
	free(f->policy);
	pchat_list_release(&f->containers);
	*f = (struct pchat_principal_facts){ 0 };
}
