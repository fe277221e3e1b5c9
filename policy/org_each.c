/*
 * Who is where: from a user to rooms and categories by the uses of what he is in, never
 * by looking at all rooms; and from a group, unit or domain down to its users.
 */
#include "policy/access_private.h"

/* Begin a search that marks what it has seen by stamps. Walks use them too, so everything a
 * search needs of affiliations is made current before. */
static void
begin(struct pchat_org *org)
{
	if (++org->stamp == 0) {
		for (pchat_id id = 0; id < org->n; id++)
			pchat_at(org, id)->stamp = 0;
		org->stamp = 1;
	}
}

static bool
collect(struct pchat_org *org, struct pchat_ids *found, pchat_id id)
{
	struct pchat_entity *e = pchat_at(org, id);

	if (e->stamp == org->stamp)
		return true;
	if (!pchat_ids_reserve(found, 1))
		return false;
	e->stamp = org->stamp;
	pchat_ids_push(found, id);
	return true;
}

/* Collect what holds @e in one of the @uses (a mask). */
static bool
collect_uses(struct pchat_org *org, struct pchat_ids *found, const struct pchat_entity *e,
             unsigned uses)
{
	for (uint32_t i = 0; i < e->uses.n; i++)
		if (uses >> PCHAT_USE_KIND(e->uses.v[i]) & 1 &&
		    !collect(org, found, PCHAT_USE_ID(e->uses.v[i])))
			return false;
	return true;
}

/* Collect what holds the user or something he is in. */
static bool
collect_for(struct pchat_org *org, struct pchat_ids *found, struct pchat_entity *user,
            unsigned uses)
{
	if (pchat_affiliate(org, user, NULL))
		return false;
	begin(org);
	if (!collect_uses(org, found, user, uses))
		return false;
	for (uint32_t i = 0; i < user->n_aff; i++)
		if (!collect_uses(org, found, pchat_at(org, user->aff[i]), uses))
			return false;
	return true;
}

static unsigned
uses_of_roles(unsigned mask)
{
	return (mask & PCHAT_ROLE_MEMBER ? 1u << PCHAT_USE_MEMBER : 0) |
	       (mask & PCHAT_ROLE_MANAGER ? 1u << PCHAT_USE_MANAGER : 0) |
	       (mask & PCHAT_ROLE_PRESENTER ? 1u << PCHAT_USE_PRESENTER : 0);
}

bool
pchat_org_each_role(struct pchat_org *org, pchat_id user, unsigned mask, pchat_room_fn each,
                    void *ctx)
{
	struct pchat_entity *u = pchat_known(org, user, PCHAT_KIND_USER);
	struct pchat_ids found = { 0 };
	bool ok = !u || collect_for(org, &found, u, uses_of_roles(mask));

	for (uint32_t i = 0; i < found.n && ok; i++) {
		unsigned roles = pchat_roles(org, user, found.v[i]);

		if ((roles & mask) && !each(ctx, found.v[i], roles))
			break;
	}
	free(found.v);
	return ok;
}

bool
pchat_org_each_creatable(struct pchat_org *org, pchat_id user, pchat_id_fn each, void *ctx)
{
	struct pchat_entity *u = pchat_known(org, user, PCHAT_KIND_USER);
	struct pchat_ids found = { 0 };
	bool ok = !u || collect_for(org, &found, u, 1u << PCHAT_USE_CREATOR);

	for (uint32_t i = 0; i < found.n && ok; i++) {
		struct pchat_access_query q = { .action = PCHAT_ACTION_CREATE,
			                        .user = user,
			                        .room = PCHAT_NO_ID,
			                        .category = found.v[i] };
		struct pchat_verdict v = { 0 };

		if (!pchat_access(org, &q, false, &v, NULL) && v.allowed && !each(ctx, found.v[i]))
			break;
	}
	free(found.v);
	return ok;
}

/* Rooms among the uses of a category, an add-in ...; false if @each stopped. */
static bool
each_room(struct pchat_org *org, const struct pchat_entity *e, pchat_room_fn each, void *ctx)
{
	for (uint32_t i = 0; i < e->uses.n; i++) {
		pchat_id id = PCHAT_USE_ID(e->uses.v[i]);

		if (PCHAT_USE_KIND(e->uses.v[i]) == PCHAT_USE_REF &&
		    pchat_known(org, id, PCHAT_KIND_ROOM) && !each(ctx, id, 0))
			return false;
	}
	return true;
}

void
pchat_org_each_room_of(struct pchat_org *org, pchat_id category, pchat_room_fn each, void *ctx)
{
	const struct pchat_entity *c = pchat_known(org, category, PCHAT_KIND_CATEGORY);

	if (c)
		(void)each_room(org, c, each, ctx);
}

struct visible {
	struct pchat_org *org;
	pchat_id user;
	pchat_room_fn each;
	void *ctx;
};

static bool
visible_room(void *ctx, pchat_id room, unsigned roles)
{
	struct visible *v = ctx;
	const struct pchat_entity *e = pchat_at(v->org, room);

	/* What stands in the way of most rooms was asked for their category. */
	if ((e->privacy == PCHAT_PRIVACY_SECRET || (e->hot & H_DISABLED)) &&
	    !pchat_may(v->org, v->user, room, PCHAT_ACTION_FIND))
		return true;
	return v->each(v->ctx, room, roles);
}

bool
pchat_org_each_visible(struct pchat_org *org, pchat_id user, pchat_room_fn each, void *ctx)
{
	struct pchat_entity *u = pchat_known(org, user, PCHAT_KIND_USER);
	struct visible v = { org, user, each, ctx };
	const struct pchat_ids *categories = &org->of[PCHAT_KIND_CATEGORY];

	if (!u || !pchat_enabled(org, user))
		return true;
	if (pchat_affiliate(org, u, NULL))
		return false;
	for (uint32_t i = 0; i < categories->n; i++) {
		const struct pchat_entity *c = pchat_at(org, categories->v[i]);

		if ((c->flags & E_KNOWN) && pchat_listed(org, u, &c->sets[0]) &&
		    !pchat_listed(org, u, &c->sets[1]) && !each_room(org, c, visible_room, &v))
			break;
	}
	return true;
}

/* ---- downward ---- */

static bool
collect_domain(struct pchat_org *org, struct pchat_ids *found, pchat_id domain)
{
	const struct pchat_ids *users = &org->of[PCHAT_KIND_USER];

	for (uint32_t i = 0; i < users->n; i++)
		if (pchat_at(org, users->v[i])->refs[REF_USER_DOMAIN] == domain &&
		    !collect(org, found, users->v[i]))
			return false;
	return true;
}

/* Users of a unit and units below it; groups defined in a unit are not "in" it. */
static bool
collect_unit(struct pchat_org *org, struct pchat_ids *found, const struct pchat_entity *e)
{
	for (uint32_t i = 0; i < e->uses.n; i++) {
		pchat_id id = PCHAT_USE_ID(e->uses.v[i]);
		uint8_t kind = pchat_at(org, id)->kind;

		if (PCHAT_USE_KIND(e->uses.v[i]) == PCHAT_USE_REF &&
		    (kind == PCHAT_KIND_USER || kind == PCHAT_KIND_UNIT) &&
		    !collect(org, found, id))
			return false;
	}
	return true;
}

static bool
collect_below(struct pchat_org *org, struct pchat_ids *found, const struct pchat_entity *e)
{
	if (e->kind == PCHAT_KIND_UNIT)
		return collect_unit(org, found, e);
	if (!(e->flags & E_KNOWN))
		return true;
	if (e->kind == PCHAT_KIND_DOMAIN)
		return collect_domain(org, found, e->id);
	for (uint32_t i = 0; e->kind == PCHAT_KIND_GROUP && i < e->sets[0].n; i++)
		if ((pchat_at(org, e->sets[0].v[i])->flags & E_KNOWN) &&
		    !collect(org, found, e->sets[0].v[i]))
			return false;
	return true;
}

bool
pchat_org_each_user_under(struct pchat_org *org, pchat_id principal, pchat_id_fn each, void *ctx)
{
	struct pchat_ids found = { 0 };
	bool ok = true;

	if (principal >= org->n || !(pchat_at(org, principal)->flags & E_KNOWN))
		return true;
	begin(org);
	ok = collect(org, &found, principal);
	for (uint32_t i = 0; i < found.n && ok; i++)
		ok = collect_below(org, &found, pchat_at(org, found.v[i]));
	for (uint32_t i = 0; i < found.n && ok; i++)
		if (pchat_known(org, found.v[i], PCHAT_KIND_USER) && !each(ctx, found.v[i]))
			break;
	free(found.v);
	return ok;
}

/* ---- upward ---- */

enum pchat_code
pchat_org_affiliations(struct pchat_org *org, pchat_id principal, const pchat_id **ret,
                       size_t *ret_n, struct pchat_err *err)
{
	struct pchat_entity *e = principal < org->n ? pchat_at(org, principal) : NULL;
	enum pchat_code code;

	if (!e || !(e->flags & E_KNOWN) || !pchat_is_principal(e->kind))
		return pchat_fail(err, PCHAT_NOT_FOUND, "there is no such principal");
	code = pchat_affiliate(org, e, err);
	if (!code) {
		*ret = e->aff;
		*ret_n = e->n_aff;
	}
	return code;
}

enum pchat_code
pchat_org_each_affiliation(struct pchat_org *org, pchat_id principal, pchat_way_fn each, void *ctx,
                           struct pchat_err *err)
{
	struct pchat_entity *e = principal < org->n ? pchat_at(org, principal) : NULL;
	enum pchat_code code;

	if (!e || !(e->flags & E_KNOWN) || !pchat_is_principal(e->kind))
		return pchat_fail(err, PCHAT_NOT_FOUND, "there is no such principal");
	code = pchat_walk(org, e, err);
	for (uint32_t i = 1; i < org->queue.n && !code; i++) {
		const struct pchat_entity *above = pchat_at(org, org->queue.v[i]);
		struct pchat_path way = { 0 };

		if (!(above->flags & E_KNOWN))
			continue;
		code = pchat_path_to(org, above, &way) ? each(ctx, above->id, &way, err)
		                                       : pchat_no_memory(err);
		pchat_path_release(&way);
	}
	return code;
}

/* The usual case needs no look at all affiliations: a category that denies nothing and allows
 * somebody by name, by his unit or by his domain. */
static bool
is_plainly_in_scope(const struct pchat_org *org, const struct pchat_entity *e,
                    const struct pchat_entity *c)
{
	const struct pchat_set *allowed = &c->sets[0];

	if (c->sets[1].n || !(c->flags & E_KNOWN))
		return false;
	if (pchat_set_has(org, allowed, e->id))
		return true;
	for (size_t i = 0; e->kind == PCHAT_KIND_USER && i < PCHAT_N_REFS; i++)
		if (i != REF_SITE && e->refs[i] != PCHAT_NO_ID &&
		    (pchat_at(org, e->refs[i])->flags & E_KNOWN) &&
		    pchat_set_has(org, allowed, e->refs[i]))
			return true;
	return false;
}

enum pchat_code
pchat_org_in_scope(struct pchat_org *org, pchat_id principal, pchat_id category, bool *ret,
                   struct pchat_err *err)
{
	struct pchat_entity *e = principal < org->n ? pchat_at(org, principal) : NULL;
	struct pchat_entity *c = category < org->n ? pchat_at(org, category) : NULL;
	enum pchat_code code;

	if (!e || !c || !(e->flags & E_KNOWN) || c->kind != PCHAT_KIND_CATEGORY) {
		*ret = false;
		return PCHAT_OK;
	}
	code = pchat_load_object(org, c, err);
	if (!code && is_plainly_in_scope(org, e, c)) {
		*ret = true;
		return PCHAT_OK;
	}
	if (!code)
		code = pchat_affiliate(org, e, err);
	if (!code)
		*ret = (c->flags & E_KNOWN) && pchat_listed(org, e, &c->sets[0]) &&
		       !pchat_listed(org, e, &c->sets[1]);
	return code;
}
