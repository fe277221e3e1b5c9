/*
 * Roles and scope (administration.md 5.3 to 5.5 and 6.8). What a change puts in has to be
 * in the scope of the category; what was there and falls out because the category became
 * narrower or the room moves is purged, and reported as a loss.
 */
#include "policy/plan_private.h"

#include "base/text.h"

/* One set of roles that is looked at. */
struct roles {
	struct pchat_entity *holder; /* room, or category for its creators */
	struct pchat_entity *category;
	unsigned slot, field;
	bool all; /* not only what is put in: the scope became another */
};

static const struct pchat_change *
change_of(const struct pchat_check *c, const struct pchat_entity *e)
{
	ptrdiff_t i = pchat_check_change_of(c, e->id);

	return i < 0 ? NULL : &c->plan->v[i];
}

static bool
is_new(const struct pchat_check *c, const struct roles *r, const struct pchat_entity *p)
{
	const struct pchat_change *change = change_of(c, r->holder);

	return change && pchat_change_adds(change, r->field, p->name);
}

static const char *
field_name(const struct roles *r)
{
	return pchat_kind_info((enum pchat_kind)r->holder->kind)->fields[r->field].name;
}

/* What is created under a guid of its own is brought back: an export may hold roles that sleep,
 * because whoever has them left a group, and they go on to. */
static bool
is_brought_back(const struct pchat_check *c, const struct roles *r)
{
	const struct pchat_change *change = change_of(c, r->holder);

	return change && change->op == PCHAT_OP_CREATE && change->after->guid[0];
}

static enum pchat_code
refuse_out_of_scope(struct pchat_check *c, const struct roles *r, const struct pchat_entity *p)
{
	const struct pchat_change *change = change_of(c, r->holder);
	const char *category = pchat_entity_key(r->category);

	pchat_check_refuse(c, change->after, PCHAT_INVALID,
	                   "%s: %s is out of scope of category '%s'", field_name(r), p->name,
	                   category);
	c->plan->refusal = PCHAT_REFUSED_OUT_OF_SCOPE;
	pchat_check_blame(c, change->after, r->field, p->name);
	if (pchat_check_in_manifest(c, change->after))
		pchat_check_hint(c, "add it to 'allowed' of category '%s'", category);
	else
		pchat_check_command(c, "allow it there first: ", PCHAT_KIND_CATEGORY, category,
		                    "--add-allowed", p->name);
	return PCHAT_INVALID;
}

static enum pchat_code
purge(struct pchat_check *c, const struct roles *r, const struct pchat_entity *p, char *why_take)
{
	enum pchat_code code;
	size_t i;

	if (!why_take)
		return pchat_no_memory(c->err);
	code = pchat_check_follow(c, r->holder->id, PCHAT_CAUSE_PURGE, &i);
	if (code) {
		free(why_take);
		return code;
	}
	return pchat_check_drop(c, i, r->field, p->name, why_take);
}

static enum pchat_code
check_one(struct pchat_check *c, const struct roles *r, struct pchat_entity *p, bool *purged)
{
	bool in_scope = false, put_in = is_new(c, r, p);
	enum pchat_code code;

	if (!r->all && !put_in)
		return PCHAT_OK;
	code = pchat_load_facts(c->org, p, c->err);
	if (!code)
		code = pchat_org_in_scope(c->org, p->id, r->category->id, &in_scope, c->err);
	if (code || in_scope || is_brought_back(c, r))
		return code;
	if (put_in)
		return refuse_out_of_scope(c, r, p);
	*purged = true;
	return purge(c, r, p,
	             pchat_text("out of scope of category '%s'", pchat_entity_key(r->category)));
}

static enum pchat_code
check_roles(struct pchat_check *c, const struct roles *r, bool *purged)
{
	const struct pchat_set *set = &r->holder->sets[r->slot];
	const struct pchat_change *change = change_of(c, r->holder);
	enum pchat_code code = PCHAT_OK;

	if (!r->all && !(change && pchat_change_alters(change, r->field)))
		return PCHAT_OK; /* nothing new in it */
	for (uint32_t i = 0; i < set->n && !code; i++)
		code = check_one(c, r, pchat_at(c->org, set->v[i]), purged);
	return code;
}

/* The org is shown what purging left. */
static enum pchat_code
put_purged(struct pchat_check *c, const struct pchat_entity *holder, bool purged)
{
	ptrdiff_t i = pchat_check_change_of(c, holder->id);

	return purged && i >= 0 ? pchat_check_put(c, (size_t)i) : PCHAT_OK;
}

/* ---- presenters are members ---- */

static const struct pchat_list *
list_of(const struct pchat_object *o, unsigned field)
{
	return &o->v[field].list;
}

static bool
lost_some(const struct pchat_change *change, unsigned field)
{
	const struct pchat_list *before = list_of(change->before, field);

	for (size_t i = 0; i < before->n; i++)
		if (!pchat_list_has(list_of(change->after, field), pchat_str(before->v[i])))
			return true;
	return false;
}

/* Can presenters who were members be none any more? */
static bool
shakes_presenters(const struct pchat_change *change)
{
	return change->op == PCHAT_OP_CREATE || lost_some(change, PCHAT_ROOM_MEMBERS) ||
	       pchat_change_alters(change, PCHAT_ROOM_PRIVACY) ||
	       pchat_change_alters(change, PCHAT_ROOM_TYPE);
}

static enum pchat_code
refuse_no_member(struct pchat_check *c, const struct roles *r, const struct pchat_entity *p)
{
	const struct pchat_object *o = change_of(c, r->holder)->after;

	pchat_check_refuse(c, o, PCHAT_INVALID, "presenters: %s is not a member of the room",
	                   p->name);
	c->plan->refusal = PCHAT_REFUSED_PRESENTER_NO_MEMBER;
	pchat_check_blame(c, o, r->field, p->name);
	pchat_check_remedy(c, o, "make it one with --add-member, or use --remove-presenter",
	                   "add it to 'members', or take it from 'presenters'");
	return PCHAT_INVALID;
}

static enum pchat_code
check_presenter(struct pchat_check *c, const struct roles *r, struct pchat_entity *p,
                bool members_purged, bool *purged)
{
	enum pchat_code code = pchat_affiliate(c->org, p, c->err);

	if (code || pchat_listed(c->org, p, &r->holder->sets[0]) || is_brought_back(c, r))
		return code;
	if (!members_purged || is_new(c, r, p))
		return refuse_no_member(c, r, p);
	*purged = true;
	return purge(c, r, p, pchat_text("no longer a member of the room"));
}

/* After scope was seen to. Open rooms have presenters, but no members. */
static enum pchat_code
check_presenters(struct pchat_check *c, struct pchat_entity *room, bool members_purged)
{
	const struct pchat_change *change = change_of(c, room);
	struct roles r = { .holder = room, .slot = 2, .field = PCHAT_ROOM_PRESENTERS };
	bool shaken = change && shakes_presenters(change);
	enum pchat_code code = PCHAT_OK;
	bool purged = false;

	if (!change || room->privacy == PCHAT_PRIVACY_OPEN)
		return PCHAT_OK;
	for (uint32_t i = 0; i < room->sets[2].n && !code; i++) {
		struct pchat_entity *p = pchat_at(c->org, room->sets[2].v[i]);

		if (shaken || is_new(c, &r, p))
			code = check_presenter(c, &r, p, members_purged, &purged);
	}
	return code ? code : put_purged(c, room, purged);
}

/* ---- rooms and categories ---- */

/* @all: look at every role, not only at new ones. */
static enum pchat_code
check_room(struct pchat_check *c, struct pchat_entity *room, bool all)
{
	pchat_id category = room->refs[REF_CATEGORY];
	enum pchat_code code = PCHAT_OK;
	bool purged = false, members_purged = false;

	if (category == PCHAT_NO_ID)
		return PCHAT_OK;
	for (unsigned slot = 0; slot < PCHAT_N_SETS && !code; slot++) {
		struct roles r = { .holder = room,
			           .category = pchat_at(c->org, category),
			           .slot = slot,
			           .field = pchat_set_field(PCHAT_KIND_ROOM, slot),
			           .all = all };

		code = check_roles(c, &r, &purged);
		if (slot == 0)
			members_purged = purged;
	}
	if (!code)
		code = put_purged(c, room, purged);
	return code ? code : check_presenters(c, room, members_purged);
}

static enum pchat_code
check_creators(struct pchat_check *c, struct pchat_entity *category)
{
	struct roles r = { .holder = category,
		           .category = category,
		           .slot = 2,
		           .field = PCHAT_CATEGORY_CREATORS,
		           .all = pchat_check_is_narrowed(c, category->id) };
	enum pchat_code code;
	bool purged = false;

	code = check_roles(c, &r, &purged);
	return code ? code : put_purged(c, category, purged);
}

/* Everything in a category that became narrower. */
static enum pchat_code
check_narrowed(struct pchat_check *c, struct pchat_entity *category)
{
	struct pchat_ids rooms = { 0 };
	enum pchat_code code = check_creators(c, category);

	if (!code && !pchat_ids_reserve(&rooms, category->uses.n))
		code = pchat_no_memory(c->err);
	for (uint32_t i = 0; i < category->uses.n && !code; i++)
		if (PCHAT_USE_KIND(category->uses.v[i]) == PCHAT_USE_REF)
			pchat_ids_push(&rooms, PCHAT_USE_ID(category->uses.v[i]));
	for (uint32_t i = 0; i < rooms.n && !code; i++)
		code = check_room(c, pchat_at(c->org, rooms.v[i]), true);
	free(rooms.v);
	return code;
}

/* What the plan came with: categories and rooms, unless a narrowed category covers them. */
static enum pchat_code
check_asked(struct pchat_check *c, size_t i)
{
	const struct pchat_change *change = &c->plan->v[i];
	const struct pchat_object *o = change->after;
	struct pchat_entity *e;

	if (!o || (o->kind != PCHAT_KIND_CATEGORY && o->kind != PCHAT_KIND_ROOM))
		return PCHAT_OK;
	e = pchat_entity_find(c->org, o->kind, pchat_str(pchat_object_key(o)));
	if (!e)
		return pchat_no_memory(c->err);
	if (o->kind == PCHAT_KIND_CATEGORY)
		return pchat_check_is_narrowed(c, e->id) ? PCHAT_OK : check_creators(c, e);
	if (pchat_check_is_narrowed(c, e->refs[REF_CATEGORY]))
		return PCHAT_OK;
	return check_room(c, e, pchat_change_alters(change, PCHAT_ROOM_CATEGORY));
}

enum pchat_code
pchat_plan_check_scope(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	for (uint32_t i = 0; i < c->narrowed.n && !code; i++)
		code = check_narrowed(c, pchat_at(c->org, c->narrowed.v[i]));
	for (size_t i = 0; i < c->n_asked && !code; i++)
		code = check_asked(c, i);
	return code;
}
