#include "pchatd/view_private.h"

#include <assert.h>

/* ---- pool, endpoints, settings, add-ins ---- */

static enum pchat_code
put_pool(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	const char *domain = pchat_field_text(o, PCHAT_POOL_DOMAIN);
	const char *uri = pchat_field_text(o, PCHAT_POOL_URI);
	const char *name = pchat_field_text(o, PCHAT_POOL_DISPLAY_NAME);
	PCHAT_AUTO_TEXT new_domain = pchat_text("%s", domain);
	PCHAT_AUTO_TEXT new_uri = *uri ? pchat_text("%s", uri)
	                               : pchat_text("sip:" PCHAT_DEFAULT_SERVICE "@%s", domain);
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

static enum pchat_code
put_addin(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_addin *a = pchat_hash_get(&view->addins, pchat_str(o->guid));

	if (a && !pchat_addin_fill(a, o))
		return pchat_no_memory(err);
	if (a) {
		pchat_view_tell_addin(view, a);
		return PCHAT_OK;
	}
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
	pchat_view_unlist_user(view, user);
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
	if (!pchat_view_list_user(view, u)) {
		pchat_hash_del(&view->users_by_guid, pchat_str(u->guid));
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
	pchat_view_note_pairs(view, u, pchat_field_text(o, PCHAT_USER_EMAIL));
	u->id = pchat_org_principal(view->org, u->uri, NULL);
	pchat_view_tell_user(view, u);
	return PCHAT_OK;
}

static void
delete_user(struct pchat_view *view, const char *guid)
{
	struct pchat_user *u = pchat_hash_get(&view->users_by_guid, pchat_str(guid));

	if (u)
		drop_user(view, u);
}

/* ---- rows ---- */

static enum pchat_code
put_record(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
{
	switch (o->kind) {
	case PCHAT_KIND_POOL:
		if (put_pool(view, o, err))
			return PCHAT_NO_MEMORY;
		return view->loading ? PCHAT_OK : pchat_view_settle(view, err);
	case PCHAT_KIND_USER:
		return put_user(view, o, err);
	case PCHAT_KIND_CATEGORY:
		return pchat_view_put_category(view, o, err);
	case PCHAT_KIND_ROOM:
		return pchat_view_put_room(view, o, err);
	case PCHAT_KIND_ADDIN:
		return put_addin(view, o, err);
	case PCHAT_KIND_ENDPOINT:
		return put_endpoint(view, o, err);
	case PCHAT_KIND_SITE:
	case PCHAT_KIND_SETTINGS:
		return view->loading ? PCHAT_OK : pchat_view_settle(view, err);
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

	if (pchat_view_concerns_some(o))
		pchat_view_touch(view, o); /* those who go */
	code = pchat_org_put(view->org, o, err);
	if (!code)
		code = put_record(view, o, err);
	if (code)
		return code;
	if (pchat_view_concerns_everybody(o))
		pchat_view_tell_everybody(view);
	else if (pchat_view_concerns_some(o))
		pchat_view_touch(view, o); /* those who come */
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
		pchat_view_delete_category(view, o->guid);
		break;
	case PCHAT_KIND_ROOM:
		pchat_view_delete_room(view, o->guid);
		break;
	case PCHAT_KIND_ADDIN:
		delete_addin(view, o->guid);
		break;
	case PCHAT_KIND_ENDPOINT:
		delete_endpoint(view, pchat_object_key(o));
		break;
	case PCHAT_KIND_SITE:
	case PCHAT_KIND_SETTINGS:
		return pchat_view_settle(view, err);
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

	if (pchat_view_concerns_some(o))
		pchat_view_touch(view, o);
	code = pchat_org_delete(view->org, o->kind, pchat_object_key(o), err);
	if (code == PCHAT_NOT_FOUND)
		pchat_err_release(err);
	else if (code)
		return code;
	if (pchat_view_concerns_everybody(o))
		pchat_view_tell_everybody(view);
	return delete_record(view, o, err);
}
