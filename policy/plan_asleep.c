/*
 * Roles that fall asleep: whoever leaves a group or a unit keeps the roles he has of himself, but
 * where the category admitted him by that group they count no longer. The change does not take
 * them away, so that they are back when he is, but whoever makes it has to know.
 */
#include "policy/plan_private.h"

#include "base/text.h"

/* Principals whose roles are looked at, and roles that are told, in one plan. Looking at one reads
 * all that names it, large groups, too. */
#define LOOKED_AT_MAX 100
#define TOLD_MAX      1000

/* A role that was told. */
struct told {
	pchat_id principal, holder;
	enum pchat_use use;
};

struct sleep {
	struct pchat_check *c;
	pchat_id cause;         /* the group or unit that is left */
	struct pchat_ids below; /* who leaves it: what is taken out, and all in it */
	size_t looked_at;
	PCHAT_VEC(struct told) told;
};

static bool
is_full(struct sleep *s)
{
	if (s->looked_at < LOOKED_AT_MAX && s->told.n < TOLD_MAX)
		return false;
	s->c->plan->more_asleep = true;
	return true;
}

/* ---- who leaves ---- */

static enum pchat_code
add_below(struct sleep *s, pchat_id id)
{
	for (uint32_t i = 0; i < s->below.n; i++)
		if (s->below.v[i] == id)
			return PCHAT_OK;
	if (s->below.n >= LOOKED_AT_MAX) {
		s->c->plan->more_asleep = true;
		return PCHAT_OK;
	}
	if (!pchat_ids_reserve(&s->below, 1))
		return pchat_no_memory(s->c->err);
	pchat_ids_push(&s->below, id);
	return PCHAT_OK;
}

static enum pchat_code
add_named(struct sleep *s, const struct pchat_list *names)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < names->n && !code && !s->c->plan->more_asleep; i++) {
		struct pchat_entity *e = pchat_entity_of_principal(s->c->org,
		                                                   pchat_str(names->v[i]), false);

		code = e ? add_below(s, e->id) : pchat_no_memory(s->c->err);
	}
	return code;
}

/* The group of that name that the plan deletes, as it was; NULL if there is none. */
static const struct pchat_object *
deleted_group(const struct pchat_plan *plan, const struct pchat_entity *e)
{
	struct pchat_str key = pchat_str(pchat_entity_key(e));

	for (size_t i = 0; i < plan->n; i++) {
		const struct pchat_object *gone = plan->v[i].before;

		if (plan->v[i].op == PCHAT_OP_DELETE && gone->kind == PCHAT_KIND_GROUP &&
		    pchat_fold_cmp(pchat_str(pchat_object_key(gone)), key) == 0)
			return gone;
	}
	return NULL;
}

/* What is in a group: of one the plan deletes, what was. */
static enum pchat_code
open_group(struct sleep *s, struct pchat_entity *e)
{
	const struct pchat_object *gone = e->flags & E_KNOWN ? NULL : deleted_group(s->c->plan, e);
	enum pchat_code code;

	if (gone)
		return add_named(s, &gone->v[PCHAT_GROUP_MEMBERS].list);
	code = pchat_load_object(s->c->org, e, s->c->err);
	for (uint32_t k = 0; k < e->sets[0].n && !code && !s->c->plan->more_asleep; k++)
		code = add_below(s, e->sets[0].v[k]);
	return code;
}

static enum pchat_code
open_unit(struct sleep *s, struct pchat_entity *e)
{
	enum pchat_code code = pchat_load_referrers(s->c->org, e, s->c->err);

	for (uint32_t k = 0; k < e->uses.n && !code && !s->c->plan->more_asleep; k++) {
		pchat_id id = PCHAT_USE_ID(e->uses.v[k]);
		uint8_t kind = pchat_at(s->c->org, id)->kind;

		if (PCHAT_USE_KIND(e->uses.v[k]) == PCHAT_USE_REF &&
		    (kind == PCHAT_KIND_USER || kind == PCHAT_KIND_UNIT))
			code = add_below(s, id);
	}
	return code;
}

static enum pchat_code
open_all(struct sleep *s)
{
	enum pchat_code code = PCHAT_OK;

	for (uint32_t i = 0; i < s->below.n && !code; i++) {
		struct pchat_entity *e = pchat_at(s->c->org, s->below.v[i]);

		if (e->kind == PCHAT_KIND_GROUP)
			code = open_group(s, e);
		else if (e->kind == PCHAT_KIND_UNIT)
			code = open_unit(s, e);
	}
	return code;
}

/* ---- their roles ---- */

static bool
is_told(const struct sleep *s, const struct told *t)
{
	for (size_t i = 0; i < s->told.n; i++)
		if (s->told.v[i].principal == t->principal && s->told.v[i].holder == t->holder &&
		    s->told.v[i].use == t->use)
			return true;
	return false;
}

static bool
push_loss(struct pchat_plan *p, struct pchat_loss *loss)
{
	PCHAT_VEC(struct pchat_loss) asleep = { p->asleep, p->n_asleep, p->cap_asleep };

	if (!loss->object || !loss->principal || !loss->why || !pchat_vec_push(&asleep, *loss))
		return false;
	p->asleep = asleep.v;
	p->n_asleep = asleep.n;
	p->cap_asleep = asleep.cap;
	return true;
}

static enum pchat_code
tell(struct sleep *s, const struct told *t, const struct pchat_entity *category)
{
	const struct pchat_entity *holder = pchat_at(s->c->org, t->holder);
	const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)holder->kind);
	struct pchat_loss loss = {
		.object = pchat_text("%s '%s'", info->word, pchat_entity_key(holder)),
		.principal = pchat_str_dup(pchat_str(pchat_at(s->c->org, t->principal)->name)),
		.why = pchat_text("out of scope of category '%s'", pchat_entity_key(category)),
	};

	for (unsigned slot = 0; slot < pchat_set_count((enum pchat_kind)holder->kind); slot++)
		if (pchat_set_use((enum pchat_kind)holder->kind, slot) == t->use)
			loss.field =
				info->fields[pchat_set_field((enum pchat_kind)holder->kind, slot)]
					.name;
	if (pchat_vec_push(&s->told, *t) && push_loss(s->c->plan, &loss))
		return PCHAT_OK;
	pchat_loss_release(&loss);
	return pchat_no_memory(s->c->err);
}

/* The category that decides whether the role counts; NULL if the use is no role. */
static struct pchat_entity *
category_of(const struct pchat_org *org, const struct told *t)
{
	struct pchat_entity *holder = pchat_at(org, t->holder);

	if (!(holder->flags & E_KNOWN))
		return NULL;
	if (t->use == PCHAT_USE_CREATOR)
		return holder;
	if (t->use != PCHAT_USE_MEMBER && t->use != PCHAT_USE_MANAGER &&
	    t->use != PCHAT_USE_PRESENTER)
		return NULL;
	return holder->kind == PCHAT_KIND_ROOM && holder->refs[REF_CATEGORY] != PCHAT_NO_ID
	               ? pchat_at(org, holder->refs[REF_CATEGORY])
	               : NULL;
}

static enum pchat_code
look_at_role(struct sleep *s, const struct told *t)
{
	struct pchat_org *org = s->c->org;
	struct pchat_entity *category = category_of(org, t);
	bool counts = false, counted = false;
	enum pchat_code code;

	if (!category || is_told(s, t))
		return PCHAT_OK;
	code = pchat_org_in_scope(org, t->principal, category->id, &counts, s->c->err);
	if (!code && !counts)
		code = pchat_org_in_scope(org, s->cause, category->id, &counted, s->c->err);
	return code || !counted ? code : tell(s, t, category);
}

static enum pchat_code
look_at(struct sleep *s, struct pchat_entity *e)
{
	struct pchat_ids uses = { 0 };
	enum pchat_code code;

	s->looked_at++;
	code = pchat_load_facts(s->c->org, e, s->c->err);
	if (code || !(e->flags & E_KNOWN)) /* what is gone has lost its roles */
		return code;
	code = pchat_load_referrers(s->c->org, e, s->c->err);
	if (!code && !pchat_ids_reserve(&uses, e->uses.n))
		code = pchat_no_memory(s->c->err);
	for (uint32_t i = 0; i < e->uses.n && !code; i++)
		pchat_ids_push(&uses, e->uses.v[i]);
	for (uint32_t i = 0; i < uses.n && !code; i++)
		code = look_at_role(s, &(struct told){ e->id, PCHAT_USE_ID(uses.v[i]),
		                                       PCHAT_USE_KIND(uses.v[i]) });
	free(uses.v);
	return code;
}

/* ---- changes that let somebody leave ---- */

/* @start leaves what the sleep has as its cause. */
static enum pchat_code
leave(struct sleep *s, pchat_id start)
{
	enum pchat_code code;

	s->below.n = 0;
	code = add_below(s, start);
	if (!code)
		code = open_all(s);
	for (uint32_t i = 0; i < s->below.n && !code && !is_full(s); i++)
		code = look_at(s, pchat_at(s->c->org, s->below.v[i]));
	return code;
}

static enum pchat_code
leave_group(struct sleep *s, const struct pchat_change *change)
{
	const struct pchat_list *before = &change->before->v[PCHAT_GROUP_MEMBERS].list;
	const struct pchat_list *after = &change->after->v[PCHAT_GROUP_MEMBERS].list;
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < before->n && !code && !is_full(s); i++) {
		struct pchat_entity *e;

		if (pchat_list_has(after, pchat_str(before->v[i])))
			continue;
		e = pchat_entity_of_principal(s->c->org, pchat_str(before->v[i]), false);
		code = e ? leave(s, e->id) : pchat_no_memory(s->c->err);
	}
	return code;
}

/* What a group lies in is its own business, not that of its members. */
static enum pchat_code
leave_unit(struct sleep *s, const struct pchat_change *change, unsigned field,
           struct pchat_entity *leaver)
{
	const char *unit = change->before->v[field].text;
	struct pchat_entity *e;
	enum pchat_code code;

	if (!unit || !*unit || !pchat_change_alters(change, field))
		return PCHAT_OK;
	e = pchat_entity(s->c->org, PCHAT_KIND_UNIT, pchat_str(unit), false);
	if (!e)
		return pchat_no_memory(s->c->err);
	s->cause = e->id;
	code = pchat_load_facts(s->c->org, e, s->c->err);
	return code ? code : look_at(s, leaver);
}

static enum pchat_code
follow(struct sleep *s, size_t i)
{
	const struct pchat_change *change = &s->c->plan->v[i];
	enum pchat_kind kind = pchat_change_object(change)->kind;
	struct pchat_entity *e;
	enum pchat_code code;

	if (change->op != PCHAT_OP_UPDATE || (kind != PCHAT_KIND_GROUP && kind != PCHAT_KIND_USER))
		return PCHAT_OK;
	e = pchat_entity_find(s->c->org, kind, pchat_str(pchat_object_key(change->after)));
	if (!e)
		return PCHAT_OK;
	code = leave_unit(s, change, kind == PCHAT_KIND_USER ? PCHAT_USER_UNIT : PCHAT_GROUP_UNIT,
	                  e);
	s->cause = e->id;
	return code || kind == PCHAT_KIND_USER ? code : leave_group(s, change);
}

enum pchat_code
pchat_plan_tell_asleep(struct pchat_check *c)
{
	struct sleep s = { .c = c };
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->plan->n && !code && !is_full(&s); i++)
		code = follow(&s, i);
	free(s.below.v);
	pchat_vec_release(&s.told);
	return code;
}
