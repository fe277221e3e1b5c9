#include "pchatd/view_private.h"

/* ---- telling ---- */

void
pchat_view_tell_room(struct pchat_view *view, struct pchat_room *room, bool facts)
{
	if (!view->loading && view->watcher && view->watcher->room_changed)
		view->watcher->room_changed(view->ctx, room, facts);
}

void
pchat_view_tell_user(struct pchat_view *view, struct pchat_user *user)
{
	if (!view->loading && view->watcher && view->watcher->user_changed)
		view->watcher->user_changed(view->ctx, user);
}

void
pchat_view_tell_everybody(struct pchat_view *view)
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
		pchat_view_tell_user(view, u);
	return true;
}

static void
touch_under(struct pchat_view *view, pchat_id principal)
{
	if (!view->loading && principal != PCHAT_NO_ID &&
	    !pchat_org_each_user_under(view->org, principal, touch_user, view))
		pchat_view_tell_everybody(view);
}

/* Those the group holds, or those the policy was granted to, as the org has it now. */
void
pchat_view_touch(struct pchat_view *view, const struct pchat_object *o)
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
bool
pchat_view_concerns_everybody(const struct pchat_object *o)
{
	struct pchat_str key = pchat_str(pchat_object_key(o));

	if (o->kind == PCHAT_KIND_POLICY)
		return pchat_str_iis(key, "global") || pchat_str_istarts(key, "site:");
	return o->kind == PCHAT_KIND_SITE || o->kind == PCHAT_KIND_DOMAIN ||
	       o->kind == PCHAT_KIND_UNIT;
}

bool
pchat_view_concerns_some(const struct pchat_object *o)
{
	return o->kind == PCHAT_KIND_GROUP || o->kind == PCHAT_KIND_POLICY;
}
