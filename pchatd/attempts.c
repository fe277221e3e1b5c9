#include "pchatd/attempts.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

#define WAYS    8
#define BUCKETS (PCHAT_ATTEMPTS_MAX / WAYS)
_Static_assert((BUCKETS & (BUCKETS - 1)) == 0, "a mask");
#define KNOWN_BUCKETS (PCHAT_ATTEMPTS_KNOWN / WAYS)
_Static_assert((KNOWN_BUCKETS & (KNOWN_BUCKETS - 1)) == 0, "a mask");

struct attempt {
	uint64_t key;
	int64_t until; /* the next attempt; the end of the last one if there is no delay */
	uint32_t n;    /* failures; 0: free */
};

struct known {
	uint64_t key;
	int64_t when; /* 0: free */
};

struct pchat_attempts {
	struct attempt bucket[BUCKETS][WAYS];
	struct known known[KNOWN_BUCKETS][WAYS]; /* who was right longest ago is pushed out */
};

static const struct {
	uint32_t free, longest;
} rules[] = {
#define X(symbol, free, longest) [PCHAT_ATTEMPT_##symbol] = { free, longest },
	PCHAT_ATTEMPTS(X)
#undef X
};

struct pchat_attempts *
pchat_attempts_new(void)
{
	return calloc(1, sizeof(struct pchat_attempts));
}

void
pchat_attempts_free(struct pchat_attempts *a)
{
	free(a);
}

static uint64_t
key_of(enum pchat_attempt_of of, const struct pchat_attempter *who)
{
	/* Another number for a user who is called like an address. */
	uint64_t part[] = { of, 0, 0 };

	if (of != PCHAT_ATTEMPT_ADDRESS)
		part[1] = pchat_hash_of(who->user.p, who->user.n);
	if (of != PCHAT_ATTEMPT_USER)
		part[2] = pchat_hash_of(who->address.p, who->address.n);
	return pchat_hash_of(part, sizeof(part));
}

static struct attempt *
find(const struct pchat_attempts *a, uint64_t key)
{
	const struct attempt *b = a->bucket[key & (BUCKETS - 1)];

	for (size_t i = 0; i < WAYS; i++)
		if (b[i].n && b[i].key == key)
			return (struct attempt *)&b[i];
	return NULL;
}

/* Failures that still count. */
static uint32_t
count(const struct attempt *t, int64_t now)
{
	int64_t past = now > t->until ? (now - t->until) / (PCHAT_ATTEMPTS_FORGET * PCHAT_SECOND)
	                              : 0;

	return past < t->n ? t->n - (uint32_t)past : 0;
}

static uint32_t
delay(enum pchat_attempt_of of, uint32_t n)
{
	uint32_t over = n > rules[of].free ? n - rules[of].free : 0;

	if (over == 0)
		return 0;
	return over > 16 || 1u << (over - 1) > rules[of].longest ? rules[of].longest
	                                                         : 1u << (over - 1);
}

uint32_t
pchat_attempts_wait(const struct pchat_attempts *a, enum pchat_attempt_of of,
                    const struct pchat_attempter *who, int64_t now)
{
	const struct attempt *t = find(a, key_of(of, who));

	if (!t || now >= t->until)
		return 0;
	return (uint32_t)((t->until - now + PCHAT_SECOND - 1) / PCHAT_SECOND);
}

/* The place of @key, or that of whoever has the least against him. */
static struct attempt *
place(struct pchat_attempts *a, uint64_t key, int64_t now)
{
	struct attempt *b = a->bucket[key & (BUCKETS - 1)], *least = b, *t = find(a, key);

	if (t)
		return t;
	for (size_t i = 1; i < WAYS; i++)
		if (count(&b[i], now) < count(least, now))
			least = &b[i];
	*least = (struct attempt){ .key = key };
	return least;
}

uint32_t
pchat_attempts_failed(struct pchat_attempts *a, enum pchat_attempt_of of,
                      const struct pchat_attempter *who, int64_t now)
{
	struct attempt *t = place(a, key_of(of, who), now);
	uint32_t n = count(t, now), seconds;

	t->n = n < UINT16_MAX ? n + 1 : n;
	seconds = delay(of, t->n);
	t->until = now + seconds * PCHAT_SECOND;
	return seconds;
}

/* ---- who was right ---- */

static struct known *
find_known(const struct pchat_attempts *a, uint64_t key)
{
	const struct known *b = a->known[key & (KNOWN_BUCKETS - 1)];

	for (size_t i = 0; i < WAYS; i++)
		if (b[i].when && b[i].key == key)
			return (struct known *)&b[i];
	return NULL;
}

uint32_t
pchat_attempts_hold(const struct pchat_attempts *a, const struct pchat_attempter *who, int64_t now)
{
	uint32_t wait = pchat_attempts_wait(a, PCHAT_ATTEMPT_PAIR, who, now);

	if (find_known(a, key_of(PCHAT_ATTEMPT_PAIR, who)))
		return wait;
	for (size_t of = 0; of < sizeof(rules) / sizeof(*rules); of++) {
		uint32_t w = pchat_attempts_wait(a, (enum pchat_attempt_of)of, who, now);

		wait = w > wait ? w : wait;
	}
	return wait;
}

void
pchat_attempts_right(struct pchat_attempts *a, const struct pchat_attempter *who, int64_t now)
{
	uint64_t key = key_of(PCHAT_ATTEMPT_PAIR, who);
	struct attempt *t = find(a, key);
	struct known *k = find_known(a, key), *b = a->known[key & (KNOWN_BUCKETS - 1)];

	if (t)
		*t = (struct attempt){ 0 };
	if (!k) {
		k = b;
		for (size_t i = 1; i < WAYS; i++)
			if (b[i].when < k->when)
				k = &b[i];
	}
	*k = (struct known){ key, now };
}

struct pchat_str
pchat_attempts_address(const char *peer, char room[PCHAT_ATTEMPTS_ADDRESS])
{
	enum { NETWORK = 8 };
	const char *colon = strrchr(peer, ':');
	struct pchat_str host = { peer, colon ? (size_t)(colon - peer) : strlen(peer) };
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (host.n < 3 || host.p[0] != '[' || host.n - 2 >= sizeof(text))
		return host;
	memcpy(text, host.p + 1, host.n - 2);
	text[host.n - 2] = '\0';
	if (inet_pton(AF_INET6, text, &six) != 1)
		return host;
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		memcpy(room, &six, PCHAT_ATTEMPTS_ADDRESS);
		return (struct pchat_str){ room, PCHAT_ATTEMPTS_ADDRESS };
	}
	memcpy(room, &six, NETWORK);
	return (struct pchat_str){ room, NETWORK };
}
