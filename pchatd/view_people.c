#include "base/text.h"
#include "pchatd/view_private.h"

/* ---- pairs ---- */

/* Where two neighbours stand in the set, by multiplication with 2^16 over the golden ratio. */
static unsigned
bit_of(unsigned char a, unsigned char b)
{
	return ((((unsigned)a << 8 | b) * 40503u) & 0xffff) >> 9;
}

void
pchat_pairs_add(struct pchat_pairs *pairs, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; p[0] && p[1]; p++) {
		unsigned bit = bit_of(p[0], p[1]);

		pairs->bits[bit / 64] |= (uint64_t)1 << bit % 64;
	}
}

static bool
has_all(const struct pchat_pairs *of, const struct pchat_pairs *wanted)
{
	return !(wanted->bits[0] & ~of->bits[0]) && !(wanted->bits[1] & ~of->bits[1]);
}

/* ---- users ---- */

bool
pchat_view_list_user(struct pchat_view *view, struct pchat_user *user)
{
	if (view->free_places.n) {
		user->place = view->free_places.v[--view->free_places.n];
	} else {
		/* Room for giving the place back, too: that must not fail. */
		if (!pchat_vec_reserve(&view->free_places, view->people.n + 1) ||
		    !pchat_vec_push(&view->people, (struct pchat_listed){ 0 }))
			return false;
		user->place = (uint32_t)(view->people.n - 1);
	}
	view->people.v[user->place].user = user;
	return true;
}

void
pchat_view_unlist_user(struct pchat_view *view, const struct pchat_user *user)
{
	view->people.v[user->place] = (struct pchat_listed){ 0 };
	view->free_places.v[view->free_places.n++] = user->place;
}

/* Without memory for the address everything is taken for part of it. */
void
pchat_view_note_pairs(struct pchat_view *view, const struct pchat_user *user, const char *email)
{
	struct pchat_pairs pairs = { 0 };
	PCHAT_AUTO_TEXT folded = *email ? pchat_fold_dup(pchat_str(email)) : NULL;

	pchat_pairs_add(&pairs, user->folded);
	if (folded)
		pchat_pairs_add(&pairs, folded);
	else if (*email)
		pairs = (struct pchat_pairs){ { UINT64_MAX, UINT64_MAX } };
	view->people.v[user->place].pairs = pairs;
}

size_t
pchat_view_places(const struct pchat_view *view)
{
	return view->people.n;
}

struct pchat_user *
pchat_view_next_user(const struct pchat_view *view, const struct pchat_pairs *wanted, size_t end,
                     size_t *at)
{
	while (*at < end && *at < view->people.n) {
		const struct pchat_listed *l = &view->people.v[(*at)++];

		if (l->user && has_all(&l->pairs, wanted))
			return l->user;
	}
	return NULL;
}
