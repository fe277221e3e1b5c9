/* The life of an organization, and finding things in it by name. */
#include "policy/org_private.h"

struct pchat_org *
pchat_org_new(const struct pchat_org_loader *loader)
{
	struct pchat_org *org = calloc(1, sizeof(*org));

	if (!org)
		return NULL;
	if (loader) {
		org->loader = *loader;
		org->lazy = true;
	}
	org->pool_domain = PCHAT_NO_ID;
	/* Caches begin with 0, which is never current. */
	org->gen = org->policy_gen = 1;
	return org;
}

void
pchat_org_free(struct pchat_org *org)
{
	if (!org)
		return;
	for (pchat_id id = 0; id < org->n; id++)
		pchat_entity_release(pchat_at(org, id));
	for (size_t i = 0; i < org->n_chunks; i++)
		free(org->chunks[i]);
	free(org->chunks);
	for (size_t i = 0; i < PCHAT_N_KINDS; i++)
		free(org->of[i].v);
	pchat_hash_release(&org->names);
	pchat_hash_release(&org->guids);
	pchat_hash_release(&org->aliases);
	free(org->queue.v);
	pchat_buf_release(&org->scratch);
	free(org);
}

pchat_id
pchat_org_find(struct pchat_org *org, enum pchat_kind kind, const char *key, struct pchat_err *err)
{
	struct pchat_entity *e;

	if (org->lazy)
		e = pchat_entity(org, kind, pchat_str(key), false);
	else
		e = pchat_entity_find(org, kind, pchat_str(key));
	if (!e) {
		if (org->lazy)
			pchat_no_memory(err);
		return PCHAT_NO_ID;
	}
	if (pchat_load(org, e, err) || !(e->flags & E_KNOWN))
		return PCHAT_NO_ID;
	return e->id;
}

pchat_id
pchat_org_principal(struct pchat_org *org, const char *principal, struct pchat_err *err)
{
	enum pchat_kind kind;
	struct pchat_str key;

	if (!pchat_principal_split(pchat_str(principal), &kind, &key))
		return PCHAT_NO_ID;
	return pchat_org_find(org, kind, key.p, err);
}

pchat_id
pchat_org_room(struct pchat_org *org, const char *name, struct pchat_err *err)
{
	return pchat_org_find(org, PCHAT_KIND_ROOM, name, err);
}

pchat_id
pchat_org_category(struct pchat_org *org, const char *name, struct pchat_err *err)
{
	return pchat_org_find(org, PCHAT_KIND_CATEGORY, name, err);
}

static pchat_id
by_guid(const struct pchat_org *org, enum pchat_kind kind, const char *guid)
{
	struct pchat_entity *e = pchat_entity_by_guid(org, kind, guid);

	return e ? e->id : PCHAT_NO_ID;
}

pchat_id
pchat_org_room_by_guid(struct pchat_org *org, const char *guid)
{
	return by_guid(org, PCHAT_KIND_ROOM, guid);
}

pchat_id
pchat_org_category_by_guid(struct pchat_org *org, const char *guid)
{
	return by_guid(org, PCHAT_KIND_CATEGORY, guid);
}

pchat_id
pchat_org_principal_by_guid(struct pchat_org *org, const char *guid)
{
	static const enum pchat_kind kinds[] = { PCHAT_KIND_USER, PCHAT_KIND_GROUP, PCHAT_KIND_UNIT,
		                                 PCHAT_KIND_DOMAIN };
	pchat_id id = PCHAT_NO_ID;

	for (size_t i = 0; i < PCHAT_N(kinds) && id == PCHAT_NO_ID; i++)
		id = by_guid(org, kinds[i], guid);
	return id;
}

bool
pchat_org_next(const struct pchat_org *org, enum pchat_kind kind, size_t *pos, pchat_id *ret)
{
	const struct pchat_ids *ids = &org->of[kind];

	while (*pos < ids->n) {
		pchat_id id = ids->v[(*pos)++];

		if (pchat_at(org, id)->flags & E_KNOWN) {
			*ret = id;
			return true;
		}
	}
	return false;
}
