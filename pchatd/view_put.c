#include "pchatd/view_private.h"

#include <assert.h>

/* ---- telling ---- */

static void
tell_room(struct pchat_view *view, struct pchat_room *room, bool facts)
{
	if (!view->loading && view->watcher && view->watcher->room_changed)
		view->watcher->room_changed(view->ctx, room, facts);
}

static void
tell_user(struct pchat_view *view, struct pchat_user *user)
{
	if (!view->loading && view->watcher && view->watcher->user_changed)
		view->watcher->user_changed(view->ctx, user);
}

static void
tell_everybody(struct pchat_view *view)
{
	if (!view->loading && view->watcher && view->watcher->everybody)
		view->watcher->everybody(view->ctx);
}

/* ---- whom a group or a policy touches ---- */

static bool
touch_user(void *ctx, pchat_id id)
{
	struct pchat_view *view = ctx;
	struct pchat_user *u = pchat_view_user(view, pchat_str(pchat_org_name(view->org, id)));

	if (u)
		tell_user(view, u);
	return true;
}

static void
touch_under(struct pchat_view *view, pchat_id principal)
{
	if (!view->loading && principal != PCHAT_NO_ID &&
	    !pchat_org_each_user_under(view->org, principal, touch_user, view))
		tell_everybody(view);
}

/* Those the group holds, or those the policy was granted to, as the org has it now. */
static void
touch(struct pchat_view *view, const struct pchat_object *o)
{
	pchat_id id = pchat_org_find(view->org, o->kind, pchat_object_key(o), NULL);
	const pchat_id *granted;
	size_t n = 0;

	if (id == PCHAT_NO_ID || view->loading)
		return;
	if (o->kind == PCHAT_KIND_GROUP) {
		touch_under(view, id);
		return;
	}
	granted = pchat_org_list(view->org, id, PCHAT_POLICY_GRANTED_TO, &n);
	for (size_t i = 0; i < n; i++)
		touch_under(view, granted[i]);
}

/* Policies of a scope and what principals lie in may concern anybody. */
static bool
concerns_everybody(const struct pchat_object *o)
{
	struct pchat_str key = pchat_str(pchat_object_key(o));

	if (o->kind == PCHAT_KIND_POLICY)
		return pchat_str_iis(key, "global") || pchat_str_istarts(key, "site:");
	return o->kind == PCHAT_KIND_SITE || o->kind == PCHAT_KIND_DOMAIN ||
	       o->kind == PCHAT_KIND_UNIT;
}

static bool
concerns_some(const struct pchat_object *o)
{
	return o->kind == PCHAT_KIND_GROUP || o->kind == PCHAT_KIND_POLICY;
}

/* ---- the order of rooms ---- */

static int
compare_rooms(const void *pa, const void *pb)
{
	const struct pchat_room *a = *(struct pchat_room *const *)pa;
	const struct pchat_room *b = *(struct pchat_room *const *)pb;
	int c = strcmp(a->folded, b->folded);

	return c ? c : strcmp(a->guid, b->guid);
}

void
pchat_view_sort(struct pchat_view *view)
{
	if (view->sorted.n)
		qsort(view->sorted.v, view->sorted.n, sizeof(struct pchat_room *), compare_rooms);
}

/* Where @room stands or would stand. */
static size_t
sorted_at(const struct pchat_view *view, const struct pchat_room *room)
{
	size_t low = 0, high = view->sorted.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_rooms(&view->sorted.v[middle], &room) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
sorted_add(struct pchat_view *view, struct pchat_room *room)
{
	size_t at = view->loading ? view->sorted.n : sorted_at(view, room);

	if (!pchat_vec_reserve(&view->sorted, 1))
		return false;
	memmove(&view->sorted.v[at + 1], &view->sorted.v[at],
	        (view->sorted.n - at) * sizeof(struct pchat_room *));
	view->sorted.v[at] = room;
	view->sorted.n++;
	return true;
}

static void
sorted_remove(struct pchat_view *view, const struct pchat_room *room)
{
	size_t at = sorted_at(view, room);

	assert(at < view->sorted.n && view->sorted.v[at] == room);
	view->sorted.n--;
	memmove(&view->sorted.v[at], &view->sorted.v[at + 1],
	        (view->sorted.n - at) * sizeof(struct pchat_room *));
}

/* ---- pool, endpoints, settings, add-ins ---- */

static enum pchat_code
put_pool(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	const char *domain = pchat_field_text(o, PCHAT_POOL_DOMAIN);
	const char *uri = pchat_field_text(o, PCHAT_POOL_URI);
	const char *name = pchat_field_text(o, PCHAT_POOL_DISPLAY_NAME);
	PCHAT_AUTO_TEXT new_domain = pchat_text("%s", domain);
	PCHAT_AUTO_TEXT new_uri = *uri ? pchat_text("%s", uri)
	                               : pchat_text("sip:GC-1-PersistentChatService-1@%s", domain);
	PCHAT_AUTO_TEXT new_name = pchat_text("%s", name);
	PCHAT_AUTO_TEXT new_root = pchat_text("ma-cat://%s/%s", domain, o->guid);

	if (!new_domain || !new_uri || !new_name || !new_root)
		return pchat_no_memory(err);
	free(view->domain);
	free(view->pool_uri);
	free(view->pool_name);
	free(view->root_uri);
	view->domain = PCHAT_TAKE(new_domain);
	view->pool_uri = PCHAT_TAKE(new_uri);
	view->pool_name = PCHAT_TAKE(new_name);
	view->root_uri = PCHAT_TAKE(new_root);
	return PCHAT_OK;
}

size_t
pchat_view_endpoint_at(const struct pchat_view *view, const char *uri)
{
	size_t i = 0;

	while (i < view->endpoints.n && strcmp(view->endpoints.v[i], uri) != 0)
		i++;
	return i;
}

static enum pchat_code
put_endpoint(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	char *uri;

	if (pchat_view_endpoint_at(view, pchat_object_key(o)) < view->endpoints.n)
		return PCHAT_OK;
	uri = pchat_str_dup(pchat_str(pchat_object_key(o)));
	if (!uri || !pchat_vec_push(&view->endpoints, uri)) {
		free(uri);
		return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

static void
delete_endpoint(struct pchat_view *view, const char *uri)
{
	size_t i = pchat_view_endpoint_at(view, uri);

	if (i == view->endpoints.n)
		return;
	free(view->endpoints.v[i]);
	view->endpoints.v[i] = view->endpoints.v[--view->endpoints.n];
}

/* A pool is one service, named by the user part of its URI. Sites are of users and decide nothing
 * here. */
static const struct pchat_object *
settings_in_force(const struct pchat_view *view, struct pchat_err *err)
{
	struct pchat_str rest, user;
	PCHAT_AUTO_TEXT service = NULL;

	pchat_str_cut(pchat_str(view->pool_uri), ':', &rest);
	user = pchat_str_cut(rest, '@', &rest);
	service = pchat_str_dup(user);
	return pchat_org_settings(view->org, PCHAT_KIND_SETTINGS, service, NULL, err);
}

enum pchat_code
pchat_view_settle(struct pchat_view *view, struct pchat_err *err)
{
	const struct pchat_object *o = settings_in_force(view, err);
	struct pchat_settings *s = &view->effective;
	PCHAT_AUTO(object) preset = NULL;
	char *url;

	if (!o) {
		preset = pchat_object_new(PCHAT_KIND_SETTINGS);
		if (!preset)
			return pchat_no_memory(err);
		o = preset;
	}
	url = pchat_str_dup(pchat_str(pchat_field_text(o, PCHAT_SETTINGS_ROOM_MANAGEMENT_URL)));
	if (!url)
		return pchat_no_memory(err);
	free(s->management_url);
	*s = (struct pchat_settings){
		.default_history = (uint32_t)o->v[PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY].number,
		.participant_limit = (uint32_t)o->v[PCHAT_SETTINGS_PARTICIPANT_UPDATE_LIMIT].number,
		.search_limit = (uint32_t)o->v[PCHAT_SETTINGS_SEARCH_LIMIT].number,
		.message_limit = (uint32_t)o->v[PCHAT_SETTINGS_MESSAGE_SIZE_LIMIT].number,
		.story_limit = (uint32_t)o->v[PCHAT_SETTINGS_STORY_SIZE_LIMIT].number,
		.session_timer = (uint32_t)o->v[PCHAT_SETTINGS_SESSION_TIMER].number,
		.anybody = o->v[PCHAT_SETTINGS_AUTHENTICATION].number == PCHAT_AUTHENTICATION_NONE,
		.management_url = url,
	};
	return PCHAT_OK;
}

static enum pchat_code
put_addin(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_addin *a = pchat_hash_get(&view->addins, pchat_str(o->guid));

	if (a)
		return pchat_addin_fill(a, o) ? PCHAT_OK : pchat_no_memory(err);
	a = calloc(1, sizeof(*a));
	if (!a || !pchat_addin_fill(a, o) ||
	    !pchat_hash_put(&view->addins, pchat_str(a->guid), a)) {
		pchat_addin_free(a);
		return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

static void
delete_addin(struct pchat_view *view, const char *guid)
{
	pchat_addin_free(pchat_hash_del(&view->addins, pchat_str(guid)));
}

/* ---- users ---- */

void
pchat_view_forget(struct pchat_view *view, struct pchat_user *user)
{
	(void)view;
	if (user->gone && user->person.n == 0 && user->conns == 0 && !user->review)
		pchat_user_free(user);
}

static void
drop_user(struct pchat_view *view, struct pchat_user *user)
{
	pchat_hash_del(&view->users, pchat_str(user->uri));
	pchat_hash_del(&view->users_by_guid, pchat_str(user->guid));
	user->gone = true;
	user->id = PCHAT_NO_ID;
	if (view->watcher && view->watcher->user_gone)
		view->watcher->user_gone(view->ctx, user);
	pchat_view_forget(view, user);
}

static struct pchat_user *
new_user(struct pchat_view *view, const struct pchat_object *o)
{
	struct pchat_user *u = calloc(1, sizeof(*u));

	if (!u || !pchat_user_fill(u, o) || !pchat_hash_put(&view->users, pchat_str(u->uri), u)) {
		pchat_user_free(u);
		return NULL;
	}
	if (!pchat_hash_put(&view->users_by_guid, pchat_str(u->guid), u)) {
		pchat_hash_del(&view->users, pchat_str(u->uri));
		pchat_user_free(u);
		return NULL;
	}
	return u;
}

static enum pchat_code
put_user(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_user *u = pchat_hash_get(&view->users_by_guid, pchat_str(o->guid));

	/* Another URI is another identity: whoever is signed in as the old one is nobody now. */
	if (u && strcmp(u->uri, pchat_object_key(o)) != 0) {
		drop_user(view, u);
		u = NULL;
	}
	if (!u)
		u = new_user(view, o);
	else if (!pchat_user_fill(u, o))
		return pchat_no_memory(err);
	if (!u)
		return pchat_no_memory(err);
	u->id = pchat_org_principal(view->org, u->uri, NULL);
	tell_user(view, u);
	return PCHAT_OK;
}

static void
delete_user(struct pchat_view *view, const char *guid)
{
	struct pchat_user *u = pchat_hash_get(&view->users_by_guid, pchat_str(guid));

	if (u)
		drop_user(view, u);
}

/* ---- categories ---- */

static struct pchat_category *
category_named(const struct pchat_view *view, const char *folded)
{
	return pchat_hash_get(&view->categories_by_name, pchat_str(folded));
}

static void
adopt_orphans(struct pchat_view *view, struct pchat_category *c)
{
	for (size_t i = 0; view->orphans && i < view->sorted.n; i++) {
		struct pchat_room *r = view->sorted.v[i];

		if (r->category || strcmp(r->category_name, c->folded) != 0)
			continue;
		r->category = c;
		view->orphans--;
		tell_room(view, r, true);
	}
}

static void
tell_rooms_of(struct pchat_view *view, const struct pchat_category *c, bool facts)
{
	for (size_t i = 0; !view->loading && i < view->sorted.n; i++)
		if (view->sorted.v[i]->category == c)
			tell_room(view, view->sorted.v[i], facts);
}

/* Make it known by its name, then unknown by the one before. */
static bool
rename_category(struct pchat_view *view, struct pchat_category *c, const char *name)
{
	char *folded = pchat_fold_dup(pchat_str(name));

	if (!folded)
		return false;
	if (c->folded && strcmp(folded, c->folded) == 0) {
		free(folded);
		return true;
	}
	if (!pchat_hash_put(&view->categories_by_name, pchat_str(folded), c)) {
		free(folded);
		return false;
	}
	if (c->folded && category_named(view, c->folded) == c)
		pchat_hash_del(&view->categories_by_name, pchat_str(c->folded));
	free(c->folded);
	c->folded = folded;
	return true;
}

static enum pchat_code
new_category(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_category *c = calloc(1, sizeof(*c));

	if (!c || !pchat_category_fill(c, o, view->domain) ||
	    !pchat_hash_put(&view->categories, pchat_str(c->guid), c)) {
		pchat_category_free(c);
		return pchat_no_memory(err);
	}
	if (!rename_category(view, c, c->name)) {
		pchat_hash_del(&view->categories, pchat_str(c->guid));
		pchat_category_free(c);
		return pchat_no_memory(err);
	}
	adopt_orphans(view, c);
	return PCHAT_OK;
}

static enum pchat_code
put_category(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_category *c = pchat_hash_get(&view->categories, pchat_str(o->guid));
	bool facts;

	if (!c)
		return new_category(view, o, err);
	facts = c->invitations != o->v[PCHAT_CATEGORY_INVITATIONS].flag ||
	        c->file_upload != o->v[PCHAT_CATEGORY_FILE_UPLOAD].flag ||
	        c->history != o->v[PCHAT_CATEGORY_HISTORY].flag;
	if (!rename_category(view, c, pchat_object_key(o)) ||
	    !pchat_category_fill(c, o, view->domain))
		return pchat_no_memory(err);
	tell_rooms_of(view, c, facts);
	return PCHAT_OK;
}

static void
delete_category(struct pchat_view *view, const char *guid)
{
	struct pchat_category *c = pchat_hash_del(&view->categories, pchat_str(guid));

	if (!c)
		return;
	if (category_named(view, c->folded) == c)
		pchat_hash_del(&view->categories_by_name, pchat_str(c->folded));
	for (size_t i = 0; i < view->sorted.n; i++) {
		struct pchat_room *r = view->sorted.v[i];

		if (r->category != c)
			continue;
		r->category = NULL;
		view->orphans++;
		tell_room(view, r, true);
	}
	pchat_category_free(c);
}

/* ---- rooms ---- */

static void
settle_category(struct pchat_view *view, struct pchat_room *r, bool fresh)
{
	if (!fresh && !r->category)
		view->orphans--;
	r->category = category_named(view, r->category_name);
	if (!r->category)
		view->orphans++;
}

static enum pchat_code
new_room(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_room *r = calloc(1, sizeof(*r));

	if (!r || !pchat_room_fill(r, o, view->domain) ||
	    !pchat_hash_put(&view->rooms, pchat_str(r->guid), r)) {
		pchat_room_free(r);
		return pchat_no_memory(err);
	}
	if (!sorted_add(view, r)) {
		pchat_hash_del(&view->rooms, pchat_str(r->guid));
		pchat_room_free(r);
		return pchat_no_memory(err);
	}
	settle_category(view, r, true);
	r->id = pchat_org_room_by_guid(view->org, r->guid);
	return PCHAT_OK;
}

static enum pchat_code
put_room(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_room *r = pchat_hash_get(&view->rooms, pchat_str(o->guid));
	bool filled, facts;

	if (!r)
		return new_room(view, o, err);
	facts = !pchat_room_shows(r, o);
	sorted_remove(view, r);
	filled = pchat_room_fill(r, o, view->domain);
	/* Cannot fail: room was just made. */
	sorted_add(view, r);
	if (!filled)
		return pchat_no_memory(err);
	settle_category(view, r, false);
	r->id = pchat_org_room_by_guid(view->org, r->guid);
	tell_room(view, r, facts);
	return PCHAT_OK;
}

static void
delete_room(struct pchat_view *view, const char *guid)
{
	struct pchat_room *r = pchat_hash_get(&view->rooms, pchat_str(guid));

	if (!r)
		return;
	if (view->watcher && view->watcher->room_gone)
		view->watcher->room_gone(view->ctx, r);
	assert(r->channel.n == 0);
	pchat_hash_del(&view->rooms, pchat_str(guid));
	sorted_remove(view, r);
	view->orphans -= !r->category;
	pchat_channel_release(&r->channel);
	pchat_room_free(r);
}

/* ---- rows ---- */

static enum pchat_code
put_record(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	switch (o->kind) {
	case PCHAT_KIND_POOL:
		return put_pool(view, o, err);
	case PCHAT_KIND_USER:
		return put_user(view, o, err);
	case PCHAT_KIND_CATEGORY:
		return put_category(view, o, err);
	case PCHAT_KIND_ROOM:
		return put_room(view, o, err);
	case PCHAT_KIND_ADDIN:
		return put_addin(view, o, err);
	case PCHAT_KIND_ENDPOINT:
		return put_endpoint(view, o, err);
	case PCHAT_KIND_SETTINGS:
		return view->loading ? PCHAT_OK : pchat_view_settle(view, err);
	case PCHAT_KIND_SITE:
	case PCHAT_KIND_DOMAIN:
	case PCHAT_KIND_UNIT:
	case PCHAT_KIND_GROUP:
	case PCHAT_KIND_POLICY:
	case PCHAT_KIND_COMPLIANCE:
	case PCHAT_KIND_SERVER:
	case PCHAT_N_KINDS:
		break;
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_view_put(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	enum pchat_code code;

	if (concerns_some(o))
		touch(view, o); /* those who go */
	code = pchat_org_put(view->org, o, err);
	if (!code)
		code = put_record(view, o, err);
	if (code)
		return code;
	if (concerns_everybody(o))
		tell_everybody(view);
	else if (concerns_some(o))
		touch(view, o); /* those who come */
	return PCHAT_OK;
}

static enum pchat_code
delete_record(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	switch (o->kind) {
	case PCHAT_KIND_USER:
		delete_user(view, o->guid);
		break;
	case PCHAT_KIND_CATEGORY:
		delete_category(view, o->guid);
		break;
	case PCHAT_KIND_ROOM:
		delete_room(view, o->guid);
		break;
	case PCHAT_KIND_ADDIN:
		delete_addin(view, o->guid);
		break;
	case PCHAT_KIND_ENDPOINT:
		delete_endpoint(view, pchat_object_key(o));
		break;
	case PCHAT_KIND_SETTINGS:
		return pchat_view_settle(view, err);
	case PCHAT_KIND_SITE:
	case PCHAT_KIND_DOMAIN:
	case PCHAT_KIND_UNIT:
	case PCHAT_KIND_GROUP:
	case PCHAT_KIND_POLICY:
	case PCHAT_KIND_POOL:
	case PCHAT_KIND_COMPLIANCE:
	case PCHAT_KIND_SERVER:
	case PCHAT_N_KINDS:
		break;
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_view_delete(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	enum pchat_code code;

	if (concerns_some(o))
		touch(view, o);
	code = pchat_org_delete(view->org, o->kind, pchat_object_key(o), err);
	if (code == PCHAT_NOT_FOUND)
		pchat_err_release(err);
	else if (code)
		return code;
	if (concerns_everybody(o))
		tell_everybody(view);
	return delete_record(view, o, err);
}
