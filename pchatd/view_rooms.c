#include "pchatd/view_private.h"

#include <assert.h>

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

struct pchat_room *
pchat_view_room_named(const struct pchat_view *view, struct pchat_str name)
{
	char *folded = pchat_fold_dup(name);
	const struct pchat_room key = { .folded = folded };
	size_t at = folded ? sorted_at(view, &key) : view->sorted.n;
	bool found = at < view->sorted.n && strcmp(view->sorted.v[at]->folded, folded) == 0;

	free(folded);
	return found ? view->sorted.v[at] : NULL;
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
		pchat_view_tell_room(view, r, true);
	}
}

static void
tell_rooms_of(struct pchat_view *view, const struct pchat_category *c, bool facts)
{
	for (size_t i = 0; !view->loading && i < view->sorted.n; i++)
		if (view->sorted.v[i]->category == c)
			pchat_view_tell_room(view, view->sorted.v[i], facts);
}

void
pchat_view_tell_addin(struct pchat_view *view, const struct pchat_addin *a)
{
	for (size_t i = 0; !view->loading && i < view->sorted.n; i++)
		if (view->sorted.v[i]->addin && pchat_view_addin_of(view, view->sorted.v[i]) == a)
			pchat_view_tell_room(view, view->sorted.v[i], true);
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

enum pchat_code
pchat_view_put_category(struct pchat_view *view, const struct pchat_object *o,
                        struct pchat_err *err)
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

void
pchat_view_delete_category(struct pchat_view *view, const char *guid)
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
		pchat_view_tell_room(view, r, true);
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

enum pchat_code
pchat_view_put_room(struct pchat_view *view, const struct pchat_object *o, struct pchat_err *err)
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
	pchat_view_tell_room(view, r, facts);
	return PCHAT_OK;
}

void
pchat_view_delete_room(struct pchat_view *view, const char *guid)
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
