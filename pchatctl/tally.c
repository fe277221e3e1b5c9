#include "pchatctl/tally.h"

#include "base/text.h"
#include "pchatctl/ctl.h"

static void
tally_free(struct pchat_tally *t)
{
	if (!t)
		return;
	free(t->key);
	free(t->name);
	free(t->place);
	free(t);
}

void
pchat_tallies_release(struct pchat_tallies *t)
{
	for (size_t i = 0; i < t->v.n; i++)
		tally_free(t->v.v[i]);
	pchat_vec_release(&t->v);
	pchat_hash_release(&t->by_key);
}

struct pchat_tally *
pchat_tally_find(const struct pchat_tallies *t, struct pchat_str key)
{
	return pchat_hash_get(&t->by_key, key);
}

/* A new one; NULL if memory ended. */
static struct pchat_tally *
add(struct pchat_tallies *t, struct pchat_str key)
{
	struct pchat_tally *tally = calloc(1, sizeof(*tally));

	if (tally)
		tally->key = pchat_str_dup(key);
	if (!tally || !tally->key || !pchat_vec_push(&t->v, tally)) {
		tally_free(tally);
		return NULL;
	}
	return pchat_hash_put(&t->by_key, pchat_str(tally->key), tally) ? tally : NULL;
}

/* ---- by room ---- */

struct rooms {
	struct pchat_tallies *tallies;
	const char *category;
};

static enum pchat_code
take_room(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct rooms *r = ctx;
	const char *category = o->v[PCHAT_ROOM_CATEGORY].text;
	struct pchat_tally *t;

	if (r->category && pchat_fold_cmp(pchat_str(category), pchat_str(r->category)) != 0)
		return PCHAT_OK;
	t = add(r->tallies, pchat_str(o->guid));
	if (!t)
		return pchat_no_memory(err);
	t->name = pchat_str_dup(pchat_str(pchat_object_key(o)));
	t->place = pchat_str_dup(pchat_str(category));
	t->disabled = o->v[PCHAT_ROOM_DISABLED].flag;
	t->created = o->created;
	return t->name && t->place ? PCHAT_OK : pchat_no_memory(err);
}

enum pchat_code
pchat_tally_rooms(struct pchat_ctl *ctl, const char *category, struct pchat_tallies *ret,
                  struct pchat_err *err)
{
	struct rooms r = { ret, category };

	return pchat_store_each(ctl->store, PCHAT_KIND_ROOM, take_room, &r, err);
}

static void
count(struct pchat_tally *t, const struct pchat_activity *a)
{
	t->messages += a->messages;
	t->characters += a->characters;
	t->others++;
	if (!t->first || a->first < t->first)
		t->first = a->first;
	if (a->last > t->last)
		t->last = a->last;
}

/* Rooms that are gone, or not asked about, are passed over. */
static enum pchat_code
count_room(void *ctx, const struct pchat_activity *a, struct pchat_err *err)
{
	struct pchat_tally *t = pchat_tally_find(ctx, pchat_str(a->room));

	(void)err;
	if (t)
		count(t, a);
	return PCHAT_OK;
}

enum pchat_code
pchat_tally_by_room(struct pchat_tallies *t, struct pchat_chat *chat, int64_t from, int64_t to,
                    struct pchat_err *err)
{
	return pchat_chat_activity(chat, NULL, from, to, count_room, t, err);
}

/* ---- by user ---- */

static enum pchat_code
count_user(void *ctx, const struct pchat_activity *a, struct pchat_err *err)
{
	struct pchat_tally *t = pchat_tally_find(ctx, a->author);

	if (!t)
		t = add(ctx, a->author);
	if (!t)
		return pchat_no_memory(err);
	count(t, a);
	return PCHAT_OK;
}

enum pchat_code
pchat_tally_by_user(struct pchat_tallies *t, struct pchat_chat *chat, const char *room,
                    int64_t from, int64_t to, struct pchat_err *err)
{
	return pchat_chat_activity(chat, room, from, to, count_user, t, err);
}
