/*
 * Upward from a principal: groups that list it, groups that list those, the unit and
 * every unit above, the domain. Breadth first, so that what is found first is found by
 * a shortest way. Cycles end at what was seen before.
 */
#include "policy/org_private.h"

static void
next_stamp(struct pchat_org *org)
{
	if (++org->stamp != 0)
		return;
	for (pchat_id id = 0; id < org->n; id++)
		pchat_at(org, id)->stamp = 0;
	org->stamp = 1;
}

static void
visit(struct pchat_org *org, const struct pchat_entity *from, pchat_id id)
{
	struct pchat_entity *e;

	if (id == PCHAT_NO_ID)
		return;
	e = pchat_at(org, id);
	if (e->stamp == org->stamp)
		return;
	e->stamp = org->stamp;
	e->from = from ? from->id : PCHAT_NO_ID;
	e->depth = from ? from->depth + 1 : 0;
	pchat_ids_push(&org->queue, id);
}

/* What lies directly above @e, but for groups. What a group lies in is the business of the
 * group, not of its members: a user from another unit does not become part of its unit
 * (administration.md 5.3). So it counts only where the walk begins. */
static void
visit_containers(struct pchat_org *org, const struct pchat_entity *e)
{
	bool first = e->depth == 0;

	if (e->kind == PCHAT_KIND_USER) {
		visit(org, e, e->refs[REF_USER_UNIT]);
		visit(org, e, e->refs[REF_USER_DOMAIN]);
	} else if (e->kind == PCHAT_KIND_UNIT) {
		visit(org, e, e->refs[REF_ABOVE]);
		if (first)
			visit(org, e, org->pool_domain);
	} else if (e->kind == PCHAT_KIND_GROUP && first) {
		visit(org, e, e->refs[REF_UNIT]);
		visit(org, e, org->pool_domain);
	}
}

/* Where the walk begins. */
static enum pchat_code
start_at(struct pchat_org *org, const struct pchat_entity *start, struct pchat_err *err)
{
	next_stamp(org);
	org->queue.n = 0;
	if (!pchat_ids_reserve(&org->queue, 1))
		return pchat_no_memory(err);
	visit(org, NULL, start->id);
	return PCHAT_OK;
}

/* Everything directly above @e into the queue. */
static enum pchat_code
step_up(struct pchat_org *org, struct pchat_entity *e, bool containers, struct pchat_err *err)
{
	enum pchat_code code = pchat_load_facts(org, e, err);

	if (code)
		return code;
	if (!pchat_ids_reserve(&org->queue, (size_t)e->parents.n + 2))
		return pchat_no_memory(err);
	/* What does not exist is nothing one could be in by it, but the path of a unit leads on
	 * to the units above. */
	for (uint32_t i = 0; i < e->parents.n && (e->flags & E_KNOWN); i++)
		visit(org, e, e->parents.v[i]);
	if (containers)
		visit_containers(org, e);
	return PCHAT_OK;
}

static enum pchat_code
walk(struct pchat_org *org, struct pchat_entity *start, bool containers, struct pchat_err *err)
{
	enum pchat_code code = start_at(org, start, err);

	for (uint32_t i = 0; i < org->queue.n && !code; i++)
		code = step_up(org, pchat_at(org, org->queue.v[i]), containers, err);
	return code;
}

enum pchat_code
pchat_walk(struct pchat_org *org, struct pchat_entity *start, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	if (start->kind == PCHAT_KIND_GROUP || start->kind == PCHAT_KIND_UNIT)
		code = pchat_load_pool(org, err); /* they lie in its domain */
	return code ? code : walk(org, start, true, err);
}

enum pchat_code
pchat_walk_groups(struct pchat_org *org, struct pchat_entity *start, struct pchat_err *err)
{
	return walk(org, start, false, err);
}

static int
compare_ids(const void *a, const void *b)
{
	pchat_id x = *(const pchat_id *)a, y = *(const pchat_id *)b;

	return x < y ? -1 : x > y;
}

/* Keep of the walk what exists, by id, without where it began. */
static bool
keep(struct pchat_org *org, struct pchat_entity *e)
{
	uint32_t n = 0;
	pchat_id *aff;

	for (uint32_t i = 1; i < org->queue.n; i++)
		if (pchat_at(org, org->queue.v[i])->flags & E_KNOWN)
			org->queue.v[n++] = org->queue.v[i];
	org->queue.n = 0;
	aff = n ? realloc(e->aff, n * sizeof(*aff)) : NULL;
	if (n && !aff)
		return false;
	if (n) {
		memcpy(aff, org->queue.v, n * sizeof(*aff));
		qsort(aff, n, sizeof(*aff), compare_ids);
		e->aff = aff;
	}
	e->n_aff = n;
	e->aff_gen = org->gen;
	return true;
}

enum pchat_code
pchat_affiliate(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err)
{
	enum pchat_code code;

	if (e->aff_gen == org->gen)
		return PCHAT_OK;
	code = pchat_walk(org, e, err);
	if (!code && !keep(org, e))
		code = pchat_no_memory(err);
	return code;
}

bool
pchat_listed(const struct pchat_org *org, const struct pchat_entity *e, const struct pchat_set *set)
{
	if (set->n == 0)
		return false;
	return pchat_set_has(org, set, e->id) ||
	       pchat_ids_meet(set->v + set->n_users, set->n - set->n_users, e->aff, e->n_aff);
}
