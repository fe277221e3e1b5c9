#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/text.h"

/* Slots of the first allocation; the number of slots is always a power of two. */
#define HASH_FIRST 16

/* Free: no value, not dead. A dead slot (tombstone) keeps probe sequences together. */
struct pchat_hash_slot {
	struct pchat_str key;
	void *value;
	uint64_t hash;
	bool dead;
};

/* ---- SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF") ---- */

static uint64_t
rotate(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static uint64_t
little_endian(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t
pchat_hash_keyed(const unsigned char key[PCHAT_HASH_KEY], const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8);
	uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
		          k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
	size_t left = n;

	for (; left >= 8; p += 8, left -= 8)
		sip_word(v, little_endian(p, 8));
	sip_word(v, (uint64_t)n << 56 | little_endian(p, left));
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The key is chosen once per process and constant from then on: a table of one process
 * cannot be attacked with what was learnt from another. */
static unsigned char process_key[PCHAT_HASH_KEY];
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void
choose_key(void)
{
	pchat_random(process_key, sizeof(process_key));
}

uint64_t
pchat_hash_of(const void *p, size_t n)
{
	pthread_once(&process_key_once, choose_key);
	return pchat_hash_keyed(process_key, p, n);
}

/* ---- the table ---- */

void
pchat_hash_release(struct pchat_hash *h)
{
	if (!h)
		return;
	free(h->slots);
	*h = (struct pchat_hash){ 0 };
}

/* The slot of @key, or the free slot where its probe sequence ends. */
static struct pchat_hash_slot *
find(const struct pchat_hash *h, struct pchat_str key, uint64_t hash)
{
	size_t mask = h->cap - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct pchat_hash_slot *s = &h->slots[i];

		if (!s->value && !s->dead)
			return s;
		if (s->value && s->hash == hash && pchat_str_eq(s->key, key))
			return s;
	}
}

void *
pchat_hash_get(const struct pchat_hash *h, struct pchat_str key)
{
	return h->n > 0 ? find(h, key, pchat_hash_of(key.p, key.n))->value : NULL;
}

/* Twice as many slots, or as many if getting rid of the dead ones is enough. */
static bool
rebuild(struct pchat_hash *h)
{
	struct pchat_hash fresh = { .n = h->n, .used = h->n };

	fresh.cap = h->cap == 0 ? HASH_FIRST : h->n >= h->cap / 2 ? h->cap * 2 : h->cap;
	fresh.slots = calloc(fresh.cap, sizeof(*fresh.slots));
	if (!fresh.slots)
		return false;
	for (size_t i = 0; i < h->cap; i++) {
		struct pchat_hash_slot *s = &h->slots[i];

		if (s->value)
			*find(&fresh, s->key, s->hash) = *s;
	}
	free(h->slots);
	*h = fresh;
	return true;
}

bool
pchat_hash_put(struct pchat_hash *h, struct pchat_str key, void *value)
{
	uint64_t hash = pchat_hash_of(key.p, key.n);
	struct pchat_hash_slot *s;

	assert(value);
	/* One slot in four stays free, so that every probe sequence ends soon. */
	if (h->used >= h->cap / 4 * 3 && !rebuild(h))
		return false;
	s = find(h, key, hash);
	if (!s->value) {
		h->n++;
		h->used++;
	}
	*s = (struct pchat_hash_slot){ .key = key, .value = value, .hash = hash };
	return true;
}

void *
pchat_hash_del(struct pchat_hash *h, struct pchat_str key)
{
	struct pchat_hash_slot *s;
	void *value;

	if (h->n == 0)
		return NULL;
	s = find(h, key, pchat_hash_of(key.p, key.n));
	value = s->value;
	if (value) {
		*s = (struct pchat_hash_slot){ .dead = true };
		h->n--;
	}
	return value;
}

bool
pchat_hash_next(const struct pchat_hash *h, size_t *i, struct pchat_str *key, void **value)
{
	while (*i < h->cap) {
		const struct pchat_hash_slot *s = &h->slots[(*i)++];

		if (!s->value)
			continue;
		if (key)
			*key = s->key;
		if (value)
			*value = s->value;
		return true;
	}
	return false;
}
