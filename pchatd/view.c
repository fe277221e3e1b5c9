#include "pchatd/view.h"

#include "pchatd/view_private.h"

enum pchat_code
pchat_view_apply(struct pchat_view *view, uint64_t revision, enum pchat_op op,
                 const struct pchat_object *object, struct pchat_err *err)
{
	enum pchat_code code = op == PCHAT_OP_DELETE ? pchat_view_delete(view, object, err)
	                                             : pchat_view_put(view, object, err);

	if (code)
		return pchat_wrap(err, "cannot apply revision %llu to %s '%s'",
		                  (unsigned long long)revision, pchat_kind_info(object->kind)->word,
		                  pchat_object_key(object));
	return PCHAT_OK;
}

void
pchat_view_reached(struct pchat_view *view, uint64_t revision)
{
	if (revision > view->revision)
		view->revision = revision;
}

uint64_t
pchat_view_revision(const struct pchat_view *view)
{
	return view->revision;
}

/* ---- whole ---- */

static enum pchat_code
fill_new(struct pchat_view *view, struct pchat_err *err)
{
	view->org = pchat_org_new(NULL);
	view->domain = pchat_str_dup(PCHAT_STR(""));
	view->pool_uri = pchat_str_dup(PCHAT_STR(""));
	view->pool_name = pchat_str_dup(PCHAT_STR(""));
	view->root_uri = pchat_str_dup(PCHAT_STR(""));
	if (!view->org || !view->domain || !view->pool_uri || !view->pool_name || !view->root_uri)
		return pchat_no_memory(err);
	return pchat_view_settle(view, err);
}

enum pchat_code
pchat_view_new(const struct pchat_view_watcher *watcher, void *ctx, struct pchat_view **ret_view,
               struct pchat_err *err)
{
	struct pchat_view *view = calloc(1, sizeof(*view));
	enum pchat_code code;

	if (!view)
		return pchat_no_memory(err);
	code = fill_new(view, err);
	if (code) {
		pchat_view_free(view);
		return code;
	}
	view->watcher = watcher;
	view->ctx = ctx;
	*ret_view = view;
	return PCHAT_OK;
}

#define FREE_ALL(table, free_fn)                                                   \
	do {                                                                       \
		void *value_;                                                      \
		for (size_t i_ = 0; pchat_hash_next((table), &i_, NULL, &value_);) \
			free_fn(value_);                                           \
		pchat_hash_release(table);                                         \
	} while (0)

void
pchat_view_free(struct pchat_view *view)
{
	if (!view)
		return;
	pchat_hash_release(&view->users_by_guid);
	pchat_hash_release(&view->categories_by_name);
	FREE_ALL(&view->users, pchat_user_free);
	FREE_ALL(&view->rooms, pchat_room_free);
	FREE_ALL(&view->categories, pchat_category_free);
	FREE_ALL(&view->addins, pchat_addin_free);
	for (size_t i = 0; i < view->endpoints.n; i++)
		free(view->endpoints.v[i]);
	pchat_vec_release(&view->people);
	pchat_vec_release(&view->free_places);
	pchat_vec_release(&view->sorted);
	pchat_vec_release(&view->endpoints);
	pchat_view_settings_release(view);
	free(view->domain);
	free(view->pool_uri);
	free(view->pool_name);
	free(view->root_uri);
	pchat_org_free(view->org);
	free(view);
}

static enum pchat_code
load_object(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	return pchat_view_put(ctx, o, err);
}

/* The pool comes first, its domain is part of every URI; categories before rooms. */
static const enum pchat_kind load_order[] = {
	PCHAT_KIND_POOL,     PCHAT_KIND_SITE,  PCHAT_KIND_DOMAIN,   PCHAT_KIND_UNIT,
	PCHAT_KIND_USER,     PCHAT_KIND_GROUP, PCHAT_KIND_POLICY,   PCHAT_KIND_ADDIN,
	PCHAT_KIND_CATEGORY, PCHAT_KIND_ROOM,  PCHAT_KIND_SETTINGS, PCHAT_KIND_ENDPOINT,
	PCHAT_KIND_SERVER,
};

enum pchat_code
pchat_view_load(struct pchat_view *view, struct pchat_store *store, struct pchat_err *err)
{
	struct pchat_store_info info;
	enum pchat_code code = pchat_store_info(store, &info, err);

	/* What changes while we read is in the journal after this revision, and applied again. */
	if (!code)
		code = pchat_store_revision(store, &view->revision, err);
	view->loading = true;
	for (size_t i = 0; !code && i < PCHAT_N(load_order); i++)
		code = pchat_store_each(store, load_order[i], load_object, view, err);
	if (!code)
		code = pchat_view_settle(view, err);
	if (code)
		return code;
	pchat_view_sort(view);
	memcpy(view->store_id, info.id, sizeof(view->store_id));
	view->loading = false;
	return PCHAT_OK;
}

/* ---- looking ---- */

struct pchat_org *
pchat_view_org(const struct pchat_view *view)
{
	return view->org;
}

const char *
pchat_view_domain(const struct pchat_view *view)
{
	return view->domain;
}

const char *
pchat_view_pool_uri(const struct pchat_view *view)
{
	return view->pool_uri;
}

const char *
pchat_view_pool_name(const struct pchat_view *view)
{
	return view->pool_name;
}

const char *
pchat_view_root_uri(const struct pchat_view *view)
{
	return view->root_uri;
}

const char *
pchat_view_store_id(const struct pchat_view *view)
{
	return view->store_id;
}

bool
pchat_view_is_ours(const struct pchat_view *view, const char *uri)
{
	return pchat_str_iis(pchat_str(view->pool_uri), uri) ||
	       pchat_view_endpoint_at(view, uri) < view->endpoints.n;
}

struct pchat_user *
pchat_view_user(const struct pchat_view *view, struct pchat_str uri)
{
	return pchat_hash_get(&view->users, uri);
}

struct pchat_user *
pchat_view_user_of(const struct pchat_view *view, pchat_id id)
{
	return pchat_view_user(view, pchat_str(pchat_org_name(view->org, id)));
}

struct pchat_room *
pchat_view_room(const struct pchat_view *view, struct pchat_str guid)
{
	char lower[PCHAT_GUID_LEN + 1];

	if (!pchat_guid_parse(guid, lower))
		return NULL;
	return pchat_hash_get(&view->rooms, pchat_str(lower));
}

const struct pchat_category *
pchat_view_category(const struct pchat_view *view, struct pchat_str guid)
{
	char lower[PCHAT_GUID_LEN + 1];

	if (!pchat_guid_parse(guid, lower))
		return NULL;
	return pchat_hash_get(&view->categories, pchat_str(lower));
}

const struct pchat_addin *
pchat_view_addin(const struct pchat_view *view, struct pchat_str guid)
{
	char lower[PCHAT_GUID_LEN + 1];

	if (!pchat_guid_parse(guid, lower))
		return NULL;
	return pchat_hash_get(&view->addins, pchat_str(lower));
}

/* Through the org, where a room goes on to have its add-in when that is renamed. */
const struct pchat_addin *
pchat_view_addin_of(const struct pchat_view *view, const struct pchat_room *room)
{
	struct pchat_room_view facts;
	const struct pchat_object *addin;

	if (!room->addin || room->id == PCHAT_NO_ID ||
	    !pchat_org_room_view(view->org, room->id, &facts) || facts.addin == PCHAT_NO_ID)
		return NULL;
	addin = pchat_org_facts(view->org, facts.addin);
	return addin ? pchat_hash_get(&view->addins, pchat_str(addin->guid)) : NULL;
}

const struct pchat_addin *
pchat_view_next_addin(const struct pchat_view *view, size_t *i)
{
	void *value;

	return pchat_hash_next(&view->addins, i, NULL, &value) ? value : NULL;
}

struct pchat_room *const *
pchat_view_rooms(const struct pchat_view *view, size_t *ret_n)
{
	*ret_n = view->sorted.n;
	return view->sorted.v;
}

struct pchat_room *
pchat_room_of(struct pchat_channel *channel)
{
	return (struct pchat_room *)((char *)channel - offsetof(struct pchat_room, channel));
}

bool
pchat_room_invites(const struct pchat_room *room)
{
	return room->invitations && room->category && room->category->invitations;
}

bool
pchat_view_may(struct pchat_view *view, const struct pchat_user *user,
               const struct pchat_room *room, enum pchat_action action)
{
	if (user->id == PCHAT_NO_ID || room->id == PCHAT_NO_ID)
		return false;
	return pchat_may(view->org, user->id, room->id, action);
}

bool
pchat_view_may_create(struct pchat_view *view, const struct pchat_user *user,
                      const struct pchat_category *category)
{
	struct pchat_access_query q = {
		.action = PCHAT_ACTION_CREATE,
		.user = user->id,
		.room = PCHAT_NO_ID,
		.category = pchat_org_category_by_guid(view->org, category->guid),
	};
	struct pchat_verdict v = { 0 };

	return q.user != PCHAT_NO_ID && q.category != PCHAT_NO_ID &&
	       !pchat_access(view->org, &q, false, &v, NULL) && v.allowed;
}

unsigned
pchat_view_roles(struct pchat_view *view, const struct pchat_user *user,
                 const struct pchat_room *room)
{
	if (user->id == PCHAT_NO_ID || room->id == PCHAT_NO_ID)
		return 0;
	return pchat_roles(view->org, user->id, room->id);
}

bool
pchat_view_enabled(struct pchat_view *view, const struct pchat_user *user)
{
	return !user->gone && user->id != PCHAT_NO_ID && pchat_enabled(view->org, user->id);
}

bool
pchat_view_serves(const struct pchat_view *view, const char *server)
{
	pchat_id id = pchat_org_find(view->org, PCHAT_KIND_SERVER, server, NULL);
	const struct pchat_object *o = id == PCHAT_NO_ID ? NULL : pchat_org_facts(view->org, id);

	return !o || o->v[PCHAT_SERVER_ACTIVE].flag;
}
