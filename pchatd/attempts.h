/*
 * How often signing in has failed, by user and address together and each alone, and how long one
 * has to wait for the next attempt. Tables of fixed size that hold hashes, not names: a flood of
 * made-up users costs no memory, it pushes out those with the fewest failures. Time is an argument;
 * no I/O.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* clang-format off */
/*       symbol   free  longest  free: failures without a delay; then it is a second and doubles
 *                               with each failure up to the longest (seconds). An address may be
 *                               that of many (a gateway); what is held against a user wherever he
 *                               comes from is late and short, as others can bring it upon him. */
#define PCHAT_ATTEMPTS(X)     \
	X(PAIR,    10,   300) \
	X(ADDRESS, 20,   900) \
	X(USER,    100,  60)
/* clang-format on */

enum pchat_attempt_of {
#define X(symbol, free, longest) PCHAT_ATTEMPT_##symbol,
	PCHAT_ATTEMPTS(X)
#undef X
};

/* Who tries, and from where (pchat_attempts_address()). */
struct pchat_attempter {
	struct pchat_str user, address;
};

#define PCHAT_ATTEMPTS_MAX    16384 /* pairs, addresses and users remembered */
#define PCHAT_ATTEMPTS_KNOWN  65536 /* pairs that were right */
#define PCHAT_ATTEMPTS_FORGET 60    /* seconds without a failure after which one is forgotten */

struct pchat_attempts;
/* NULL without memory. */
struct pchat_attempts *pchat_attempts_new(void);
void pchat_attempts_free(struct pchat_attempts *a); /* NULL is allowed */

/* Seconds until @who may try (again); 0: now. @now is monotonic, in microseconds. */
uint32_t pchat_attempts_wait(const struct pchat_attempts *a, enum pchat_attempt_of of,
                             const struct pchat_attempter *who, int64_t now);
/* A failure; returns the seconds @who has to wait from now on. */
uint32_t pchat_attempts_failed(struct pchat_attempts *a, enum pchat_attempt_of of,
                               const struct pchat_attempter *who, int64_t now);
/* Of all the above the longest. For a pair that was right before what others have done does not
 * count: only failures of the pair itself do. */
uint32_t pchat_attempts_hold(const struct pchat_attempts *a, const struct pchat_attempter *who,
                             int64_t now);
/* He was right: his own failures from there are forgotten, and that he was right is not. Neither
 * the address nor the user alone is cleared: who has an account could try others' without end. */
void pchat_attempts_right(struct pchat_attempts *a, const struct pchat_attempter *who, int64_t now);

/* What counts as one address of a peer "127.0.0.1:40123" or "[2001:db8::1]:40123": that of IPv4,
 * the network (/64) of IPv6. A view into @peer, or into @room. */
#define PCHAT_ATTEMPTS_ADDRESS 16
struct pchat_str pchat_attempts_address(const char *peer, char room[PCHAT_ATTEMPTS_ADDRESS]);
