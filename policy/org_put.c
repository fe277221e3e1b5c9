/*
 * Putting objects into an organization. A put first builds everything it needs (a
 * draft) and reserves all memory; only then it changes anything, and cannot fail any
 * more.
 */
#include "policy/org_private.h"

#include "policy/org_edit.h"

struct draft {
	struct pchat_entity *e;      /* what becomes the object */
	struct pchat_entity *target; /* what has its name now; @e unless it is renamed */
	struct pchat_entity *left;   /* what has the name a rename leaves, or NULL */
	bool made_left;              /* it was made for that */
	pchat_id pool_domain;        /* of the pool, else PCHAT_NO_ID */
	struct pchat_object *o;
	struct pchat_set sets[PCHAT_N_SETS];
	pchat_id refs[PCHAT_N_REFS];
	char *name, *key; /* of a rename, or another spelling of the name */
};

static void
draft_release(struct draft *d)
{
	for (size_t i = 0; i < PCHAT_N_SETS; i++)
		free(d->sets[i].v);
	pchat_object_free(d->o);
	free(d->name);
	free(d->key);
}

/* ---- finding the entity ---- */

/* Is @e another object than the one that comes, only of the same name? */
static bool
is_other(const struct pchat_entity *e, const struct pchat_object *o)
{
	return (e->flags & E_KNOWN) && o->guid[0] && e->o->guid[0] &&
	       strcmp(e->o->guid, o->guid) != 0;
}

static enum pchat_code
locate(struct pchat_org *org, const struct pchat_object *o, bool stored, struct draft *d,
       struct pchat_err *err)
{
	struct pchat_str key = pchat_str(pchat_object_key(o));

	d->e = pchat_entity_by_guid(org, o->kind, o->guid);
	d->target = pchat_entity(org, o->kind, key, stored);
	if (d->target && !d->e && is_other(d->target, o) && !(stored && d->target->flags & E_PUT)) {
		/* The deletion of the old one was not told, or comes later. */
		if (pchat_org_remove(org, d->target, err))
			return PCHAT_NO_MEMORY;
		d->target = pchat_entity(org, o->kind, key, stored);
	}
	if (!d->target)
		return pchat_no_memory(err);
	if (!d->e)
		d->e = d->target;
	return PCHAT_OK;
}

/* ---- building the draft ---- */

/* The site a policy or settings object is for: "site:leeds". */
static bool
find_site(struct pchat_org *org, const struct pchat_object *o, bool stored, struct draft *d)
{
	struct pchat_str key = pchat_str(pchat_object_key(o));
	struct pchat_entity *site;

	if ((o->kind != PCHAT_KIND_POLICY && o->kind != PCHAT_KIND_SETTINGS &&
	     o->kind != PCHAT_KIND_COMPLIANCE) ||
	    !pchat_str_istarts(key, "site:"))
		return true;
	site = pchat_entity(org, PCHAT_KIND_SITE, (struct pchat_str){ key.p + 5, key.n - 5 },
	                    stored);
	d->refs[REF_SITE] = site ? site->id : PCHAT_NO_ID;
	return site;
}

static bool
find_refs(struct pchat_org *org, const struct pchat_object *o, bool stored, struct draft *d)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	size_t slot = 0;

	for (size_t i = 0; i < PCHAT_N_REFS; i++)
		d->refs[i] = PCHAT_NO_ID;
	/* What the name alone tells was found when the name came up. */
	if (o->kind == PCHAT_KIND_USER)
		d->refs[REF_USER_DOMAIN] = d->target->refs[REF_USER_DOMAIN];
	if (o->kind == PCHAT_KIND_UNIT)
		d->refs[REF_ABOVE] = d->target->refs[REF_ABOVE];
	for (size_t i = 0; i < info->n_fields; i++) {
		struct pchat_entity *e;

		if (info->fields[i].type != PCHAT_TYPE_REF)
			continue;
		if (o->v[i].text[0]) {
			e = pchat_entity(org, info->fields[i].ref, pchat_str(o->v[i].text), stored);
			if (!e)
				return false;
			d->refs[slot] = e->id;
		}
		slot++;
	}
	return find_site(org, o, stored, d);
}

/* The domain groups and units lie in is that of the pool. */
static bool
find_pool_domain(struct pchat_org *org, const struct pchat_object *o, struct draft *d)
{
	struct pchat_entity *e;

	d->pool_domain = PCHAT_NO_ID;
	if (o->kind != PCHAT_KIND_POOL)
		return true;
	e = pchat_entity(org, PCHAT_KIND_DOMAIN, pchat_str(o->v[PCHAT_POOL_DOMAIN].text), false);
	if (e)
		d->pool_domain = e->id;
	return e;
}

static bool
build_sets(struct pchat_org *org, const struct pchat_object *o, bool stored, struct draft *d)
{
	for (unsigned i = 0; i < pchat_set_count(o->kind); i++)
		if (!pchat_set_build(org, &o->v[pchat_set_field(o->kind, i)].list, stored,
		                     &d->sets[i]))
			return false;
	return true;
}

static bool
build(struct pchat_org *org, const struct pchat_object *o, bool stored, struct draft *d)
{
	d->o = pchat_object_copy_scalars(o);
	if (!d->o)
		return false;
	d->o->file = NULL; /* borrowed from whoever put it */
	if (!d->o->guid[0] && d->e->o)
		memcpy(d->o->guid, d->e->o->guid, sizeof(d->o->guid));
	if ((d->e != d->target || strcmp(pchat_entity_key(d->e), pchat_object_key(o)) != 0) &&
	    !pchat_entity_key_text(org, o->kind, pchat_str(pchat_object_key(o)), &d->name, &d->key))
		return false;
	return find_refs(org, o, stored, d) && find_pool_domain(org, o, d) &&
	       build_sets(org, o, stored, d);
}

/* ---- reserving ---- */

static bool
reserve_set(struct pchat_org *org, const struct pchat_entity *e, const struct pchat_set *old,
            const struct pchat_set *set)
{
	for (uint32_t i = 0; i < set->n; i++) {
		struct pchat_entity *member = pchat_at(org, set->v[i]);

		if (pchat_set_has(org, old, member->id))
			continue;
		if (!pchat_org_can_tie(member, e))
			return false;
	}
	return true;
}

static bool
reserve(struct pchat_org *org, struct draft *d)
{
	for (unsigned i = 0; i < PCHAT_N_SETS; i++)
		if (!reserve_set(org, d->e, &d->e->sets[i], &d->sets[i]))
			return false;
	for (size_t i = 0; i < PCHAT_N_REFS; i++)
		if (d->refs[i] != PCHAT_NO_ID && !pchat_org_can_refer(pchat_at(org, d->refs[i])))
			return false;
	return d->e == d->target || pchat_org_can_move(d->target, d->e);
}

/* Tables that find the entity; last of what can fail. */
static bool
enter_name(struct pchat_org *org, struct draft *d)
{
	struct pchat_entity *e = d->e;

	/* Somebody may still come by the old name: a loader, units below it, users whose domain
	 * it is. */
	if ((org->lazy || e->kind == PCHAT_KIND_UNIT || e->kind == PCHAT_KIND_DOMAIN) &&
	    !pchat_org_free_name(org, e, &d->left, &d->made_left))
		return false;
	if (pchat_hash_put(&org->names, pchat_str(d->key), e))
		return true;
	if (d->made_left)
		pchat_org_take_back(org, d->left, e);
	return false;
}

static bool
enter(struct pchat_org *org, struct draft *d)
{
	struct pchat_entity *e = d->e;

	if (e != d->target && !enter_name(org, d))
		return false;
	if (!d->o->guid[0] || pchat_hash_put(&org->guids, pchat_str(d->o->guid), e))
		return true;
	if (e != d->target) {
		/* Both keys are in the table, so this needs no memory. */
		(void)pchat_hash_put(&org->names, pchat_str(d->target->key), d->target);
		if (d->made_left)
			pchat_org_take_back(org, d->left, e);
	}
	return false;
}

/* ---- committing: nothing below can fail ---- */

static void
commit_set(struct pchat_org *org, struct pchat_entity *e, unsigned slot, struct pchat_set *set)
{
	struct pchat_set old = e->sets[slot];

	for (uint32_t i = 0; i < old.n; i++)
		if (!pchat_set_has(org, set, old.v[i]))
			pchat_org_untie(org, e, slot, old.v[i]);
	for (uint32_t i = 0; i < set->n; i++)
		if (!pchat_set_has(org, &old, set->v[i]))
			pchat_org_tie_reserved(org, e, slot, set->v[i]);
	e->sets[slot] = *set;
	*set = old;
}

static uint8_t
hot_bits(const struct pchat_object *o)
{
	switch (o->kind) {
	case PCHAT_KIND_USER:
		return o->v[PCHAT_USER_DISABLED].flag ? H_DISABLED : 0;
	case PCHAT_KIND_POLICY:
		return o->v[PCHAT_POLICY_ENABLED].flag ? H_ENABLED : 0;
	case PCHAT_KIND_CATEGORY:
		return o->v[PCHAT_CATEGORY_FILE_UPLOAD].flag ? H_UPLOAD : 0;
	case PCHAT_KIND_ROOM:
		return (uint8_t)((o->v[PCHAT_ROOM_DISABLED].flag ? H_DISABLED : 0) |
		                 (o->v[PCHAT_ROOM_TYPE].number == PCHAT_ROOM_AUDITORIUM
		                          ? H_AUDITORIUM
		                          : 0));
	default: /* nothing is asked of the others */
		return 0;
	}
}

static void
commit_object(struct draft *d)
{
	struct pchat_entity *e = d->e;
	struct pchat_object *old = e->o;

	e->o = d->o;
	d->o = old;
	e->hot = hot_bits(e->o);
	if (e->kind == PCHAT_KIND_ROOM)
		e->privacy = (uint8_t)e->o->v[PCHAT_ROOM_PRIVACY].number;
	if (e == d->target && d->name) {
		char *name = e->name;

		e->name = d->name;
		d->name = name;
	}
}

/* Which caches the change makes stale. Sets saw to those of the members already. */
static void
commit_caches(struct pchat_org *org, struct pchat_entity *e, bool is_new)
{
	switch ((enum pchat_kind)e->kind) {
	case PCHAT_KIND_USER:
	case PCHAT_KIND_GROUP:
		pchat_entity_forget(e);
		break;
	case PCHAT_KIND_UNIT:
	case PCHAT_KIND_DOMAIN:
		if (is_new)
			pchat_org_forget(org);
		break;
	case PCHAT_KIND_POOL:
		pchat_org_forget(org);
		break;
	case PCHAT_KIND_POLICY:
	case PCHAT_KIND_SITE:
		org->policy_gen++;
		break;
	default:
		break;
	}
}

static void
commit(struct pchat_org *org, struct draft *d, enum pchat_source source)
{
	struct pchat_entity *e = d->e;
	bool is_new = !(e->flags & E_KNOWN);

	if (e != d->target)
		pchat_org_rename(org, e, d->target, d->left, &d->name, &d->key);
	for (unsigned i = 0; i < PCHAT_N_SETS && source != PCHAT_FROM_FACTS; i++)
		commit_set(org, e, i, &d->sets[i]);
	for (unsigned i = 0; i < PCHAT_N_REFS; i++)
		pchat_org_refer(org, e, i, d->refs[i]);
	commit_object(d);
	if (d->pool_domain != PCHAT_NO_ID)
		org->pool_domain = d->pool_domain;
	e->flags |= E_KNOWN;
	if (source != PCHAT_FROM_FACTS)
		e->flags |= E_SETS | E_ASKED;
	if (source == PCHAT_FROM_OWNER)
		e->flags |= E_PUT;
	commit_caches(org, e, is_new);
}

enum pchat_code
pchat_org_put_from(struct pchat_org *org, const struct pchat_object *o, enum pchat_source source,
                   struct pchat_err *err)
{
	bool stored = source != PCHAT_FROM_OWNER;
	uint32_t gen = org->gen, policy_gen = org->policy_gen;
	struct draft d = { 0 };
	enum pchat_code code = locate(org, o, stored, &d, err);

	if (!code && stored && (d.e->flags & E_PUT))
		return PCHAT_OK; /* changed since it was stored */
	if (!code && (!build(org, o, stored, &d) || !reserve(org, &d) || !enter(org, &d)))
		code = pchat_no_memory(err);
	if (!code)
		commit(org, &d, source);
	if (stored) {
		/* What was computed so far already knew all it needed of the store. */
		org->gen = gen;
		org->policy_gen = policy_gen;
	}
	draft_release(&d);
	return code;
}

/* What is to be replaced has to be known, so that what it was tied to is let go and what
 * holds it is found by the name the store knows. */
static enum pchat_code
load_old(struct pchat_org *org, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_entity *e = pchat_entity_by_guid(org, o->kind, o->guid);

	if (!e)
		e = pchat_entity(org, o->kind, pchat_str(pchat_object_key(o)), false);
	return e ? pchat_load(org, e, err) : pchat_no_memory(err);
}

enum pchat_code
pchat_org_put(struct pchat_org *org, const struct pchat_object *o, struct pchat_err *err)
{
	enum pchat_code code = org->lazy ? load_old(org, o, err) : PCHAT_OK;

	return code ? code : pchat_org_put_from(org, o, PCHAT_FROM_OWNER, err);
}
