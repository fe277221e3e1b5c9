#include "policy/org_edit.h"

/* The affiliations of @member change because @group begins or ceases to list it. */
static void
member_changed(struct pchat_org *org, struct pchat_entity *member)
{
	if (member->kind == PCHAT_KIND_USER)
		pchat_entity_forget(member);
	else
		pchat_org_forget(org); /* and of everybody below */
}

/* Uses one put can add to one entity: three sets and a reference. */
#define USES_PER_PUT (PCHAT_N_SETS + 1)

bool
pchat_org_can_tie(struct pchat_entity *member, const struct pchat_entity *holder)
{
	if (holder->kind == PCHAT_KIND_GROUP)
		return pchat_ids_reserve(&member->parents, 1);
	if (holder->kind == PCHAT_KIND_POLICY)
		return pchat_ids_reserve(&member->grants, 1);
	return pchat_ids_reserve(&member->uses, USES_PER_PUT);
}

void
pchat_org_tie_reserved(struct pchat_org *org, struct pchat_entity *e, unsigned slot,
                       pchat_id member)
{
	struct pchat_entity *m = pchat_at(org, member);

	if (e->kind == PCHAT_KIND_GROUP) {
		pchat_ids_push(&m->parents, e->id);
		member_changed(org, m);
	} else if (e->kind == PCHAT_KIND_POLICY) {
		pchat_ids_push(&m->grants, e->id);
	} else {
		pchat_ids_push(&m->uses, PCHAT_USE(e->id, pchat_set_use(e->kind, slot)));
	}
}

void
pchat_org_untie(struct pchat_org *org, struct pchat_entity *e, unsigned slot, pchat_id member)
{
	struct pchat_entity *m = pchat_at(org, member);

	if (e->kind == PCHAT_KIND_GROUP) {
		pchat_ids_remove(&m->parents, e->id);
		member_changed(org, m);
	} else if (e->kind == PCHAT_KIND_POLICY) {
		pchat_ids_remove(&m->grants, e->id);
	} else {
		pchat_ids_remove(&m->uses, PCHAT_USE(e->id, pchat_set_use(e->kind, slot)));
	}
}

bool
pchat_org_tie(struct pchat_org *org, struct pchat_entity *holder, struct pchat_entity *held)
{
	if ((holder->flags & E_SETS) || pchat_set_has(org, &holder->sets[0], held->id))
		return true;
	if (!pchat_org_can_tie(held, holder) || !pchat_set_insert(org, &holder->sets[0], held->id))
		return false;
	pchat_org_tie_reserved(org, holder, 0, held->id);
	return true;
}

/* The domain of a user follows from his name; nothing needs the way back. */
static bool
is_counted(const struct pchat_entity *e, unsigned slot)
{
	return e->kind != PCHAT_KIND_USER || slot != REF_USER_DOMAIN;
}

bool
pchat_org_can_refer(struct pchat_entity *to)
{
	return pchat_ids_reserve(&to->uses, USES_PER_PUT);
}

void
pchat_org_refer(struct pchat_org *org, struct pchat_entity *e, unsigned slot, pchat_id to)
{
	pchat_id old = e->refs[slot];

	if (old == to)
		return;
	if (old != PCHAT_NO_ID && is_counted(e, slot))
		pchat_ids_remove(&pchat_at(org, old)->uses, PCHAT_USE(e->id, PCHAT_USE_REF));
	e->refs[slot] = to;
	if (to != PCHAT_NO_ID && is_counted(e, slot))
		pchat_ids_push(&pchat_at(org, to)->uses, PCHAT_USE(e->id, PCHAT_USE_REF));
}

bool
pchat_org_can_move(const struct pchat_entity *from, struct pchat_entity *to)
{
	return pchat_ids_reserve(&to->uses, from->uses.n) &&
	       pchat_ids_reserve(&to->parents, from->parents.n) &&
	       pchat_ids_reserve(&to->grants, from->grants.n);
}

/* The object of one packed use holds @to instead of @from. */
static void
move_use(struct pchat_org *org, uint32_t use, struct pchat_entity *from, struct pchat_entity *to)
{
	struct pchat_entity *holder = pchat_at(org, PCHAT_USE_ID(use));

	pchat_ids_push(&to->uses, use);
	if (PCHAT_USE_KIND(use) == PCHAT_USE_REF) {
		for (size_t i = 0; i < PCHAT_N_REFS; i++)
			if (holder->refs[i] == from->id)
				holder->refs[i] = to->id;
		return;
	}
	for (unsigned i = 0; i < pchat_set_count(holder->kind); i++)
		if (pchat_set_use(holder->kind, i) == PCHAT_USE_KIND(use))
			pchat_set_rename(org, &holder->sets[i], from->id, to->id);
}

/* Holders that hold by their only set: groups, policies. */
static void
move_holders(struct pchat_org *org, struct pchat_ids *holders, struct pchat_ids *ret, pchat_id from,
             pchat_id to)
{
	for (uint32_t i = 0; i < holders->n; i++) {
		pchat_set_rename(org, &pchat_at(org, holders->v[i])->sets[0], from, to);
		pchat_ids_push(ret, holders->v[i]);
	}
	holders->n = 0;
}

/* Users, and the pool, are in a domain by their names. */
static void
move_domain(struct pchat_org *org, pchat_id from, pchat_id to)
{
	const struct pchat_ids *users = &org->of[PCHAT_KIND_USER];

	for (uint32_t i = 0; i < users->n; i++) {
		struct pchat_entity *user = pchat_at(org, users->v[i]);

		if (user->refs[REF_USER_DOMAIN] == from)
			user->refs[REF_USER_DOMAIN] = to;
	}
	if (org->pool_domain == from)
		org->pool_domain = to;
	pchat_org_forget(org);
}

void
pchat_org_move(struct pchat_org *org, struct pchat_entity *from, struct pchat_entity *to)
{
	for (uint32_t i = 0; i < from->uses.n; i++)
		move_use(org, from->uses.v[i], from, to);
	from->uses.n = 0;
	if (from->parents.n) {
		member_changed(org, from);
		member_changed(org, to);
	}
	move_holders(org, &from->parents, &to->parents, from->id, to->id);
	move_holders(org, &from->grants, &to->grants, from->id, to->id);
	if (from->kind == PCHAT_KIND_DOMAIN)
		move_domain(org, from->id, to->id);
	org->policy_gen++;
}

void
pchat_org_take_back(struct pchat_org *org, struct pchat_entity *left, struct pchat_entity *e)
{
	/* The key is in the table, so this needs no memory. */
	(void)pchat_hash_put(&org->names, pchat_str(e->key), e);
	if (left->kind == PCHAT_KIND_UNIT)
		pchat_org_refer(org, left, REF_ABOVE, PCHAT_NO_ID);
	left->flags = E_GONE;
}

/* A placeholder that has the name of @e from now on, so that @e can take another or go. */
static struct pchat_entity *
leave_name(struct pchat_org *org, struct pchat_entity *e)
{
	PCHAT_AUTO_TEXT name = pchat_str_dup(pchat_str(e->name));
	PCHAT_AUTO_TEXT key = pchat_str_dup(pchat_str(e->key));
	pchat_id above = e->kind == PCHAT_KIND_UNIT ? e->refs[REF_ABOVE] : PCHAT_NO_ID;
	struct pchat_entity *left;

	if (!name || !key ||
	    (above != PCHAT_NO_ID && !pchat_ids_reserve(&pchat_at(org, above)->uses, 1)))
		return NULL;
	left = pchat_entity_new(org, e->kind, PCHAT_TAKE(name), PCHAT_TAKE(key));
	if (!left)
		return NULL;
	/* Nothing of this name is in the store, for all the owner of the org cares. */
	left->flags = E_PUT | E_SETS | E_ASKED | E_FACTS | E_REFERRED;
	if (e->kind == PCHAT_KIND_USER)
		left->refs[REF_USER_DOMAIN] = e->refs[REF_USER_DOMAIN];
	if (above != PCHAT_NO_ID)
		pchat_org_refer(org, left, REF_ABOVE, above);
	if (pchat_org_can_move(e, left))
		return left;
	pchat_org_take_back(org, left, e);
	return NULL;
}

/* The units below @e, which is renamed, stay below its old path. */
static void
leave_units(struct pchat_org *org, struct pchat_entity *e, struct pchat_entity *left)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < e->uses.n; i++) {
		uint32_t use = e->uses.v[i];
		bool below = PCHAT_USE_KIND(use) == PCHAT_USE_REF &&
		             pchat_at(org, PCHAT_USE_ID(use))->kind == PCHAT_KIND_UNIT;

		if (below)
			move_use(org, use, e, left);
		else
			e->uses.v[kept++] = use;
	}
	e->uses.n = kept;
	pchat_org_forget(org);
}

/* Whom the table of names knows by the name of @e: not @e if another object took it first. */
static struct pchat_entity *
named_like(const struct pchat_org *org, const struct pchat_entity *e)
{
	return pchat_hash_get(&org->names, pchat_str(e->key));
}

/* The loader goes on knowing @e by its first name. */
static bool
keep_alias(struct pchat_org *org, struct pchat_entity *e)
{
	if (!e->stored)
		e->stored = pchat_str_dup(pchat_str(pchat_entity_key(e)));
	if (!e->stored_key)
		e->stored_key = pchat_str_dup(pchat_str(e->key));
	return e->stored && e->stored_key &&
	       pchat_hash_put(&org->aliases, pchat_str(e->stored_key), e);
}

bool
pchat_org_free_name(struct pchat_org *org, struct pchat_entity *e, struct pchat_entity **ret_left,
                    bool *ret_made)
{
	struct pchat_entity *left = named_like(org, e);

	if (org->lazy && !keep_alias(org, e))
		return false;
	*ret_made = left == e;
	if (left == e)
		left = leave_name(org, e);
	else if (!pchat_org_can_move(e, left))
		return false;
	*ret_left = left;
	return left;
}

static void
release_name(struct pchat_org *org, struct pchat_entity *e)
{
	if (e->key && named_like(org, e) == e)
		(void)pchat_hash_del(&org->names, pchat_str(e->key));
	free(e->key);
	e->key = NULL;
}

void
pchat_org_rename(struct pchat_org *org, struct pchat_entity *e, struct pchat_entity *target,
                 struct pchat_entity *left, char **name, char **key)
{
	if (left && e->kind == PCHAT_KIND_UNIT)
		leave_units(org, e, left);
	if (left && e->kind == PCHAT_KIND_DOMAIN)
		move_domain(org, e->id, left->id);
	release_name(org, e);
	free(e->name);
	e->name = PCHAT_TAKE(*name);
	e->key = PCHAT_TAKE(*key);
	if (target->flags & E_KNOWN)
		return; /* names are being swapped: that object is put with its new one next */
	pchat_org_move(org, target, e);
	for (unsigned i = 0; i < PCHAT_N_REFS; i++)
		pchat_org_refer(org, target, i, PCHAT_NO_ID);
	free(target->key);
	target->key = NULL;
	target->flags = E_GONE;
}

static void
clear(struct pchat_org *org, struct pchat_entity *e)
{
	for (unsigned slot = 0; slot < PCHAT_N_SETS; slot++) {
		struct pchat_set set = e->sets[slot];

		e->sets[slot] = (struct pchat_set){ 0 };
		for (uint32_t i = 0; i < set.n; i++)
			pchat_org_untie(org, e, slot, set.v[i]);
		free(set.v);
	}
	for (unsigned i = 0; i < PCHAT_N_REFS; i++)
		pchat_org_refer(org, e, i, PCHAT_NO_ID);
}

enum pchat_code
pchat_org_remove(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err)
{
	bool held = e->uses.n || e->parents.n || e->grants.n || e->kind == PCHAT_KIND_DOMAIN;
	struct pchat_entity *left;

	if ((held || org->lazy) && named_like(org, e) == e) {
		left = leave_name(org, e);
		if (!left)
			return pchat_no_memory(err);
		pchat_org_move(org, e, left);
	}
	clear(org, e);
	if (e->o && e->o->guid[0] && pchat_hash_get(&org->guids, pchat_str(e->o->guid)) == e)
		(void)pchat_hash_del(&org->guids, pchat_str(e->o->guid));
	release_name(org, e);
	pchat_object_free(e->o);
	e->o = NULL;
	e->flags = E_GONE;
	pchat_entity_forget(e);
	if (e->kind == PCHAT_KIND_UNIT || e->kind == PCHAT_KIND_DOMAIN)
		pchat_org_forget(org);
	if (e->kind == PCHAT_KIND_POLICY || e->kind == PCHAT_KIND_SITE)
		org->policy_gen++;
	return PCHAT_OK;
}

enum pchat_code
pchat_org_delete(struct pchat_org *org, enum pchat_kind kind, const char *key,
                 struct pchat_err *err)
{
	struct pchat_entity *e = pchat_entity(org, kind, pchat_str(key), false);
	enum pchat_code code;

	if (!e)
		return pchat_no_memory(err);
	code = pchat_load(org, e, err);
	/* A group must be let go by those it lists, and they may not all be known yet. */
	if (!code && !(e->flags & E_SETS) && (e->flags & E_KNOWN))
		code = pchat_load_object(org, e, err);
	if (code)
		return code;
	if (!(e->flags & E_KNOWN))
		return pchat_fail(err, PCHAT_NOT_FOUND, "no %s named '%s'",
		                  pchat_kind_info(kind)->word, key);
	return pchat_org_remove(org, e, err);
}
