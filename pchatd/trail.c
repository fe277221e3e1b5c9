#include "pchatd/trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

struct pchat_trail {
	uint64_t last; /* .at of the newest */
	struct pchat_trail_entry entry[PCHAT_N_TRAILS][PCHAT_TRAIL_MAX];
};

static const char *const words[] = {
#define X(symbol, word) [PCHAT_TRAIL_##symbol] = word,
	PCHAT_TRAILS(X)
#undef X
};

const char *
pchat_trail_word(enum pchat_trail_kind kind)
{
	return words[kind];
}

struct pchat_trail *
pchat_trail_new(void)
{
	return calloc(1, sizeof(struct pchat_trail));
}

void
pchat_trail_free(struct pchat_trail *t)
{
	free(t);
}

/* "[::1]" of "[::1]:5060" */
static struct pchat_str
host_of(const char *peer)
{
	const char *colon = peer ? strrchr(peer, ':') : NULL;

	return colon ? (struct pchat_str){ peer, (size_t)(colon - peer) } : pchat_str(peer);
}

static uint64_t
key_of(struct pchat_str user, struct pchat_str address)
{
	const uint64_t part[] = { pchat_hash_of(user.p, user.n),
		                  pchat_hash_of(address.p, address.n) };

	return pchat_hash_of(part, sizeof(part));
}

static void
keep(char *to, size_t size, struct pchat_str s)
{
	snprintf(to, size, "%.*s", PCHAT_STR_ARG(s));
}

/* The entry with @key, or a free one, or the oldest. */
static struct pchat_trail_entry *
place(struct pchat_trail *t, enum pchat_trail_kind kind, uint64_t key)
{
	struct pchat_trail_entry *all = t->entry[kind], *oldest = all;

	for (size_t i = 0; i < PCHAT_TRAIL_MAX; i++) {
		if (all[i].n && all[i].key == key)
			return &all[i];
		if (all[i].at < oldest->at)
			oldest = &all[i];
	}
	oldest->n = 0;
	return oldest;
}

void
pchat_trail_add(struct pchat_trail *t, enum pchat_trail_kind kind, const char *user,
                const char *peer, const char *why)
{
	struct pchat_str address = host_of(peer);
	uint64_t key = key_of(pchat_str(user), address);
	struct pchat_trail_entry *e = place(t, kind, key);
	int64_t now = pchat_now();

	if (e->n == 0) {
		*e = (struct pchat_trail_entry){ .kind = kind, .key = key, .first = now };
		keep(e->user, sizeof(e->user), pchat_str(user));
		keep(e->address, sizeof(e->address), address);
	}
	keep(e->reason, sizeof(e->reason), pchat_str(why));
	e->last = now;
	e->at = ++t->last;
	e->n++;
}

const struct pchat_trail_entry *
pchat_trail_next(const struct pchat_trail *t, uint64_t before, const char *user)
{
	const struct pchat_trail_entry *found = NULL;

	for (size_t kind = 0; kind < PCHAT_N_TRAILS; kind++) {
		for (size_t i = 0; i < PCHAT_TRAIL_MAX; i++) {
			const struct pchat_trail_entry *e = &t->entry[kind][i];

			if (e->n && (!before || e->at < before) && (!found || e->at > found->at) &&
			    (!user || strcmp(e->user, user) == 0))
				found = e;
		}
	}
	return found;
}
