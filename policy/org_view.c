/* What an organization shows of its objects. */
#include "policy/org_private.h"

enum pchat_kind
pchat_org_kind(const struct pchat_org *org, pchat_id id)
{
	assert(id < org->n);
	return (enum pchat_kind)pchat_at(org, id)->kind;
}

const char *
pchat_org_name(const struct pchat_org *org, pchat_id id)
{
	return id < org->n ? pchat_at(org, id)->name : "";
}

const struct pchat_object *
pchat_org_facts(struct pchat_org *org, pchat_id id)
{
	return id < org->n ? pchat_at(org, id)->o : NULL;
}

const pchat_id *
pchat_org_list(const struct pchat_org *org, pchat_id id, unsigned field, size_t *ret_n)
{
	const struct pchat_entity *e = id < org->n ? pchat_at(org, id) : NULL;
	int slot = e ? pchat_set_slot((enum pchat_kind)e->kind, field) : -1;

	*ret_n = slot < 0 ? 0 : e->sets[slot].n;
	return slot < 0 ? NULL : e->sets[slot].v;
}

static pchat_id
known_or_none(const struct pchat_org *org, pchat_id id)
{
	return id != PCHAT_NO_ID && (pchat_at(org, id)->flags & E_KNOWN) ? id : PCHAT_NO_ID;
}

bool
pchat_org_room_view(struct pchat_org *org, pchat_id room, struct pchat_room_view *ret)
{
	const struct pchat_entity *e = pchat_known(org, room, PCHAT_KIND_ROOM);
	const struct pchat_object *o, *c;
	pchat_id category;

	if (!e)
		return false;
	category = known_or_none(org, e->refs[REF_CATEGORY]);
	o = e->o;
	c = category == PCHAT_NO_ID ? NULL : pchat_at(org, category)->o;
	*ret = (struct pchat_room_view){
		.name = e->name,
		.guid = o->guid,
		.description = o->v[PCHAT_ROOM_DESCRIPTION].text,
		.created_by = o->created_by,
		.updated_by = o->updated_by,
		.created = o->created,
		.updated = o->updated,
		.revision = o->revision,
		.category = category,
		.addin = known_or_none(org, e->refs[REF_ADDIN]),
		.privacy = e->privacy,
		.auditorium = e->hot & H_AUDITORIUM,
		.disabled = e->hot & H_DISABLED,
		.inherits = o->v[PCHAT_ROOM_INVITATIONS].number == PCHAT_INVITATIONS_INHERIT,
		.file_upload = c && c->v[PCHAT_CATEGORY_FILE_UPLOAD].flag,
		.history = c && c->v[PCHAT_CATEGORY_HISTORY].flag,
	};
	ret->invitations = ret->inherits && c && c->v[PCHAT_CATEGORY_INVITATIONS].flag;
	return true;
}

bool
pchat_org_user_view(struct pchat_org *org, pchat_id user, struct pchat_user_view *ret)
{
	const struct pchat_entity *e = pchat_known(org, user, PCHAT_KIND_USER);

	if (!e)
		return false;
	*ret = (struct pchat_user_view){
		.uri = e->name,
		.guid = e->o->guid,
		.display_name = e->o->v[PCHAT_USER_DISPLAY_NAME].text,
		.email = e->o->v[PCHAT_USER_EMAIL].text,
		.company = e->o->v[PCHAT_USER_COMPANY].text,
		.disabled = e->hot & H_DISABLED,
		.site = known_or_none(org, e->refs[REF_SITE]),
		.unit = known_or_none(org, e->refs[REF_USER_UNIT]),
	};
	return true;
}

static bool
spell_set(const struct pchat_org *org, const struct pchat_set *set, struct pchat_list *list)
{
	for (uint32_t i = 0; i < set->n; i++)
		if (!pchat_list_append(list, pchat_str(pchat_at(org, set->v[i])->name)))
			return false;
	pchat_list_sort(list);
	return true;
}

/* References and sets by the names their objects have now. */
static bool
spell(const struct pchat_org *org, const struct pchat_entity *e, struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	size_t slot = 0;

	for (unsigned i = 0; i < pchat_set_count(o->kind); i++)
		if (!spell_set(org, &e->sets[i], &o->v[pchat_set_field(o->kind, i)].list))
			return false;
	for (size_t i = 0; i < info->n_fields; i++) {
		pchat_id ref;
		char *text;

		if (info->fields[i].type != PCHAT_TYPE_REF)
			continue;
		ref = e->refs[slot++];
		if (ref == PCHAT_NO_ID)
			continue;
		text = pchat_str_dup(pchat_str(pchat_entity_key(pchat_at(org, ref))));
		if (!text)
			return false;
		free(o->v[i].text);
		o->v[i].text = text;
	}
	return true;
}

enum pchat_code
pchat_org_object(struct pchat_org *org, pchat_id id, struct pchat_object **ret,
                 struct pchat_err *err)
{
	struct pchat_entity *e = id < org->n ? pchat_at(org, id) : NULL;
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	if (!e || !(e->flags & E_KNOWN))
		return pchat_fail(err, PCHAT_NOT_FOUND, "there is no such object any more");
	code = pchat_load_object(org, e, err);
	if (code)
		return code;
	o = pchat_object_copy_scalars(e->o);
	if (!o || !spell(org, e, o))
		return pchat_no_memory(err);
	*ret = PCHAT_TAKE(o);
	return PCHAT_OK;
}

const struct pchat_object *
pchat_org_pool(struct pchat_org *org, struct pchat_err *err)
{
	size_t pos = 0;
	pchat_id id;

	if (pchat_load_pool(org, err) || !pchat_org_next(org, PCHAT_KIND_POOL, &pos, &id))
		return NULL;
	return pchat_at(org, id)->o;
}

/* The settings of one scope: "service:pc1", "site:leeds", "global". */
static const struct pchat_object *
settings_of(struct pchat_org *org, enum pchat_kind kind, const char *scope, const char *name,
            struct pchat_err *err)
{
	PCHAT_AUTO_TEXT key = pchat_text("%s%s", scope, name);
	pchat_id id;

	if (!key) {
		pchat_no_memory(err);
		return NULL;
	}
	id = pchat_org_find(org, kind, key, err);
	return id == PCHAT_NO_ID ? NULL : pchat_at(org, id)->o;
}

char *
pchat_org_service(struct pchat_org *org, struct pchat_err *err)
{
	const struct pchat_object *pool = pchat_org_pool(org, err);
	struct pchat_str rest;

	if (!pool)
		return NULL;
	pchat_str_cut(pchat_str(pool->v[PCHAT_POOL_URI].text), ':', &rest);
	if (!rest.n)
		return pchat_str_dup(PCHAT_STR(PCHAT_DEFAULT_SERVICE));
	return pchat_str_dup(pchat_str_cut(rest, '@', &rest));
}

const struct pchat_object *
pchat_org_settings(struct pchat_org *org, enum pchat_kind kind, const char *service,
                   const char *site, struct pchat_err *err)
{
	const struct pchat_object *o = NULL;

	assert(kind == PCHAT_KIND_SETTINGS || kind == PCHAT_KIND_COMPLIANCE);
	if (service)
		o = settings_of(org, kind, "service:", service, err);
	if (!o && site)
		o = settings_of(org, kind, "site:", site, err);
	return o ? o : settings_of(org, kind, "global", "", err);
}
