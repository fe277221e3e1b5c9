/* Whether what is asked for may be: references, sets, and the rules of each kind. */
#include "policy/plan_private.h"

#include "base/text.h"

/* ---- what is named has to exist ---- */

/* The nearest known name of the kind, for "did you mean": of those at hand, else of those the
 * loader knows. Malloc'ed, or NULL. */
static char *
nearest(struct pchat_check *c, enum pchat_kind kind, const char *key)
{
	const struct pchat_org_loader *loader = &c->org->loader;
	size_t limit = pchat_near_enough(pchat_str(key)), pos = 0;
	const char *best = NULL;
	pchat_id id;

	while (pchat_org_next(c->org, kind, &pos, &id)) {
		const char *name = pchat_entity_key(pchat_at(c->org, id));
		size_t d = pchat_distance(pchat_str(name), pchat_str(key), limit);

		if (d > limit)
			continue;
		best = name;
		if (d == 0)
			break;
		limit = d - 1;
	}
	if (best)
		return pchat_str_dup(pchat_str(best));
	return c->org->lazy && loader->nearest ? loader->nearest(loader->ctx, kind, key) : NULL;
}

/* Refuse what @field of @o names, for it does not exist. */
static enum pchat_code
refuse_missing(struct pchat_check *c, const struct pchat_object *o, unsigned field,
               enum pchat_kind kind, const char *key, const char *item)
{
	const char *word = pchat_kind_info(kind)->word;
	PCHAT_AUTO_TEXT near = nearest(c, kind, key);

	pchat_check_refuse(c, o, PCHAT_NOT_FOUND, "%s: no %s named '%s'",
	                   pchat_kind_info(o->kind)->fields[field].name, word, key);
	pchat_check_blame(c, o, field, item);
	if (pchat_is_principal(kind))
		c->plan->refusal = PCHAT_REFUSED_NO_PRINCIPAL;
	if (near)
		pchat_check_hint(c, "did you mean '%s'?", near);
	else if (pchat_check_in_manifest(c, o))
		pchat_check_hint(c, "describe it under '%s'", pchat_kind_info(kind)->section);
	else
		pchat_check_hint(c, "create it first: pchatctl %s create", word);
	return PCHAT_NOT_FOUND;
}

static enum pchat_code
check_ref(struct pchat_check *c, const struct pchat_change *change, unsigned field)
{
	const struct pchat_field *f = &pchat_kind_info(change->after->kind)->fields[field];
	const char *key = change->after->v[field].text;
	struct pchat_entity *e;
	enum pchat_code code;

	if (key[0] == '\0' || !pchat_change_alters(change, field))
		return PCHAT_OK;
	e = pchat_entity(c->org, f->ref, pchat_str(key), false);
	if (!e)
		return pchat_no_memory(c->err);
	code = pchat_load(c->org, e, c->err);
	if (code || (e->flags & E_KNOWN))
		return code;
	return refuse_missing(c, change->after, field, f->ref, key, NULL);
}

/* The entity of a changed object, after the change. */
static struct pchat_entity *
entity_of(struct pchat_check *c, const struct pchat_change *change)
{
	return pchat_entity_find(c->org, change->after->kind,
	                         pchat_str(pchat_object_key(change->after)));
}

static enum pchat_code
check_member(struct pchat_check *c, const struct pchat_change *change, unsigned field,
             struct pchat_entity *member)
{
	enum pchat_code code = pchat_load_facts(c->org, member, c->err);

	if (code || (member->flags & E_KNOWN))
		return code;
	/* What was there before and is nowhere now is not of this plan's making. */
	if (!pchat_change_adds(change, field, member->name))
		return PCHAT_OK;
	return refuse_missing(c, change->after, field, (enum pchat_kind)member->kind,
	                      pchat_entity_key(member), member->name);
}

static enum pchat_code
check_members(struct pchat_check *c, const struct pchat_change *change,
              const struct pchat_entity *e, unsigned slot)
{
	unsigned field = pchat_set_field(change->after->kind, slot);
	enum pchat_code code = PCHAT_OK;

	if (!pchat_change_alters(change, field))
		return PCHAT_OK;
	for (uint32_t i = 0; i < e->sets[slot].n && !code; i++)
		code = check_member(c, change, field, pchat_at(c->org, e->sets[slot].v[i]));
	return code;
}

static enum pchat_code
check_named(struct pchat_check *c, const struct pchat_change *change, const struct pchat_entity *e)
{
	const struct pchat_kind_info *info = pchat_kind_info(change->after->kind);
	enum pchat_code code = PCHAT_OK;

	for (unsigned i = 0; i < info->n_fields && !code; i++)
		if (info->fields[i].type == PCHAT_TYPE_REF)
			code = check_ref(c, change, i);
	for (unsigned i = 0; i < pchat_set_count(change->after->kind) && !code; i++)
		code = check_members(c, change, e, i);
	return code;
}

/* ---- groups ---- */

/* "group:A -> group:B -> group:A": @group lists @member, which is above it. The last walk began
 * at @group. */
static enum pchat_code
refuse_cycle(struct pchat_check *c, const struct pchat_object *o, const struct pchat_entity *group,
             const struct pchat_entity *member)
{
	PCHAT_AUTO_VALUE(buf) cycle = { 0 };
	const struct pchat_entity *at = member;

	pchat_buf_text(&cycle, group->name);
	while (at != group) {
		pchat_buf_printf(&cycle, " -> %s", at->name);
		at = pchat_at(c->org, at->from);
	}
	pchat_buf_printf(&cycle, " -> %s", group->name);
	pchat_check_refuse(c, o, PCHAT_INVALID, "it would contain itself: %s",
	                   pchat_buf_cstr(&cycle));
	pchat_check_blame(c, o, PCHAT_GROUP_MEMBERS, member->name);
	pchat_check_hint(c, "take one of them out of the other");
	return PCHAT_INVALID;
}

/* A group is above itself if one of those it lists is above it. */
static enum pchat_code
check_group(struct pchat_check *c, const struct pchat_change *change, struct pchat_entity *e)
{
	const struct pchat_set *members = &e->sets[0];
	enum pchat_code code;

	if (members->n == members->n_users || !pchat_change_alters(change, PCHAT_GROUP_MEMBERS))
		return PCHAT_OK;
	code = pchat_walk_groups(c->org, e, c->err);
	for (uint32_t i = members->n_users; i < members->n && !code; i++) {
		struct pchat_entity *m = pchat_at(c->org, members->v[i]);

		if (m->stamp == c->org->stamp)
			code = refuse_cycle(c, change->after, e, m);
	}
	return code;
}

/* ---- policies and settings ---- */

/* Is @key "site:" and the name of a site there is? */
static enum pchat_code
check_site_scope(struct pchat_check *c, const struct pchat_object *o, struct pchat_str key)
{
	struct pchat_str name = { key.p + 5, key.n - 5 };
	struct pchat_entity *site = pchat_entity(c->org, PCHAT_KIND_SITE, name, false);
	enum pchat_code code;

	if (!site)
		return pchat_no_memory(c->err);
	code = pchat_load(c->org, site, c->err);
	if (code || (site->flags & E_KNOWN))
		return code;
	return refuse_missing(c, o, 0, PCHAT_KIND_SITE, name.p, NULL);
}

static enum pchat_code
check_scope_name(struct pchat_check *c, const struct pchat_change *change)
{
	struct pchat_str key = pchat_str(pchat_object_key(change->after));

	if (!pchat_change_alters(change, 0) || pchat_str_iis(key, "global"))
		return PCHAT_OK;
	if (pchat_str_istarts(key, "site:"))
		return check_site_scope(c, change->after, key);
	if (pchat_str_istarts(key, "service:") && key.n > strlen("service:"))
		return PCHAT_OK;
	pchat_check_refuse(c, change->after, PCHAT_INVALID, "that is no scope");
	pchat_check_hint(c, "use global, site:NAME or service:NAME");
	return PCHAT_INVALID;
}

static enum pchat_code
check_policy_name(struct pchat_check *c, const struct pchat_change *change)
{
	struct pchat_str key = pchat_str(pchat_object_key(change->after));

	if (!pchat_change_alters(change, 0))
		return PCHAT_OK;
	if (pchat_str_istarts(key, "site:"))
		return check_site_scope(c, change->after, key);
	if (!memchr(key.p, ':', key.n))
		return PCHAT_OK;
	pchat_check_refuse(c, change->after, PCHAT_INVALID, "that is no name of a policy");
	pchat_check_hint(c, "use global, site:NAME, or a name without ':' to grant by");
	return PCHAT_INVALID;
}

/* A policy of a scope applies of itself (administration.md 3.1). */
static enum pchat_code
check_grantable(struct pchat_check *c, const struct pchat_object *o)
{
	struct pchat_str key = pchat_str(pchat_object_key(o));

	if (o->v[PCHAT_POLICY_GRANTED_TO].list.n == 0 ||
	    (!pchat_str_iis(key, "global") && !pchat_str_istarts(key, "site:")))
		return PCHAT_OK;
	pchat_check_refuse(c, o, PCHAT_INVALID, "it applies by itself and cannot be granted");
	pchat_check_blame(c, o, PCHAT_POLICY_GRANTED_TO, o->v[PCHAT_POLICY_GRANTED_TO].list.v[0]);
	pchat_check_hint(c, "grant a policy with a name of its own");
	return PCHAT_INVALID;
}

/* The other policy granted to @e, or NULL. */
static const struct pchat_entity *
other_policy(const struct pchat_check *c, const struct pchat_entity *e,
             const struct pchat_entity *policy)
{
	for (uint32_t i = 0; i < e->grants.n; i++)
		if (e->grants.v[i] != policy->id)
			return pchat_at(c->org, e->grants.v[i]);
	return NULL;
}

static enum pchat_code
check_grants(struct pchat_check *c, const struct pchat_change *change, const struct pchat_entity *e)
{
	for (uint32_t i = 0; i < e->sets[0].n; i++) {
		const struct pchat_entity *to = pchat_at(c->org, e->sets[0].v[i]);
		const struct pchat_entity *other = other_policy(c, to, e);

		if (!other || !pchat_change_adds(change, PCHAT_POLICY_GRANTED_TO, to->name))
			continue;
		pchat_check_refuse(c, change->after, PCHAT_CONFLICT,
		                   "grantedTo: %s has policy '%s' already", to->name, other->name);
		pchat_check_blame(c, change->after, PCHAT_POLICY_GRANTED_TO, to->name);
		if (pchat_check_in_manifest(c, change->after))
			pchat_check_hint(c, "take it from 'grantedTo' of policy '%s'", other->name);
		else
			pchat_check_command(c, "withdraw that one first: ", PCHAT_KIND_POLICY,
			                    other->name, "--remove-granted-to", to->name);
		return PCHAT_CONFLICT;
	}
	return PCHAT_OK;
}

static enum pchat_code
check_policy(struct pchat_check *c, const struct pchat_change *change, struct pchat_entity *e)
{
	enum pchat_code code = check_policy_name(c, change);

	if (!code)
		code = check_grantable(c, change->after);
	return code ? code : check_grants(c, change, e);
}

/* ---- categories ---- */

static enum pchat_code
check_category(struct pchat_check *c, const struct pchat_change *change, struct pchat_entity *e)
{
	const struct pchat_list *allowed = &change->after->v[PCHAT_CATEGORY_ALLOWED].list;
	const struct pchat_list *denied = &change->after->v[PCHAT_CATEGORY_DENIED].list;

	(void)e;
	for (size_t i = 0; i < denied->n; i++) {
		if (!pchat_list_has(allowed, pchat_str(denied->v[i])))
			continue;
		pchat_check_refuse(c, change->after, PCHAT_INVALID, "%s is both allowed and denied",
		                   denied->v[i]);
		pchat_check_blame(c, change->after, PCHAT_CATEGORY_DENIED, denied->v[i]);
		pchat_check_hint(c, "take it from one of the lists");
		return PCHAT_INVALID;
	}
	return PCHAT_OK;
}

/* ---- rooms ---- */

/* Is the list asked for, and not merely what was there? */
static bool
is_wanted(const struct pchat_change *change, unsigned field)
{
	return change->after->set >> field & 1 || pchat_change_alters(change, field);
}

/* The room becomes one that has no such list: who is in it goes, which is a loss. */
static enum pchat_code
empty_list(struct pchat_check *c, size_t i, unsigned field, const char *why)
{
	const struct pchat_list *list = &c->plan->v[i].after->v[field].list;
	enum pchat_code code = PCHAT_OK;

	while (list->n && !code) {
		PCHAT_AUTO_TEXT name = pchat_str_dup(pchat_str(list->v[0]));
		char *copy = pchat_str_dup(pchat_str(why));

		if (!name || !copy) {
			free(copy);
			return pchat_no_memory(c->err);
		}
		code = pchat_check_drop(c, i, field, name, copy);
	}
	return code ? code : pchat_check_put(c, i);
}

/* Rooms of some kind have no such list. @setting is the field that makes the room one of them. */
static enum pchat_code
check_no_list(struct pchat_check *c, size_t i, unsigned setting, unsigned field, const char *why,
              const char *command, const char *manifest)
{
	const struct pchat_change *change = &c->plan->v[i];
	const struct pchat_object *o = change->after;

	if (!o->v[field].list.n)
		return PCHAT_OK;
	if (change->op == PCHAT_OP_UPDATE && pchat_change_alters(change, setting) &&
	    !is_wanted(change, field))
		return empty_list(c, i, field, why);
	pchat_check_refuse(c, o, PCHAT_INVALID, "%s: %s",
	                   pchat_kind_info(o->kind)->fields[field].name, why);
	pchat_check_blame(c, o, field, o->v[field].list.v[0]);
	pchat_check_remedy(c, o, command, manifest);
	return PCHAT_INVALID;
}

/* Rules about the settings of a room alone; those about its members need their scope first. */
static enum pchat_code
check_room(struct pchat_check *c, size_t i)
{
	const struct pchat_object *o = c->plan->v[i].after;
	enum pchat_code code = PCHAT_OK;

	if (o->v[PCHAT_ROOM_PRIVACY].number == PCHAT_PRIVACY_OPEN)
		code = check_no_list(c, i, PCHAT_ROOM_PRIVACY, PCHAT_ROOM_MEMBERS,
		                     "an open room has no members",
		                     "empty the list with --members '', or make the room closed",
		                     "leave 'members' out, or write 'privacy: closed'");
	if (!code && o->v[PCHAT_ROOM_TYPE].number == PCHAT_ROOM_NORMAL)
		code = check_no_list(
			c, i, PCHAT_ROOM_TYPE, PCHAT_ROOM_PRESENTERS,
			"only an auditorium has presenters",
			"empty the list with --presenters '', or use --type auditorium",
			"leave 'presenters' out, or write 'type: auditorium'");
	return code;
}

static enum pchat_code
check_kind(struct pchat_check *c, size_t i, struct pchat_entity *e)
{
	const struct pchat_change *change = &c->plan->v[i];

	switch (change->after->kind) {
	case PCHAT_KIND_GROUP:
		return check_group(c, change, e);
	case PCHAT_KIND_POLICY:
		return check_policy(c, change, e);
	case PCHAT_KIND_CATEGORY:
		return check_category(c, change, e);
	case PCHAT_KIND_ROOM:
		return check_room(c, i);
	case PCHAT_KIND_SETTINGS:
	case PCHAT_KIND_COMPLIANCE:
		return check_scope_name(c, change);
	default:
		return PCHAT_OK;
	}
}

enum pchat_code
pchat_plan_check_rules(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->n_asked && !code; i++) {
		const struct pchat_change *change = &c->plan->v[i];
		struct pchat_entity *e = change->after ? entity_of(c, change) : NULL;

		if (!change->after)
			continue;
		if (!e)
			return pchat_no_memory(c->err);
		code = check_named(c, change, e);
		if (!code)
			code = check_kind(c, i, e);
	}
	return code;
}
