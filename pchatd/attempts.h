/*
 * How often signing in has failed, by address and by user, and how long each has to wait for the
 * next attempt. A table of fixed size that holds hashes, not names: a flood of made-up users costs
 * no memory, it pushes out those with the fewest failures. Time is an argument; no I/O.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* clang-format off */
/*       symbol   free  longest  free: failures without a delay; then it is a second and doubles
 *                               with each failure up to the longest (seconds). An address may be
 *                               that of many (a gateway); what is held against a user is short, as
 *                               others can bring it upon him. */
#define PCHAT_ATTEMPTS(X)    \
	X(ADDRESS, 20,   900) \
	X(USER,    10,   60)
/* clang-format on */

enum pchat_attempt_of {
#define X(symbol, free, longest) PCHAT_ATTEMPT_##symbol,
	PCHAT_ATTEMPTS(X)
#undef X
};

#define PCHAT_ATTEMPTS_MAX    8192 /* addresses and users remembered */
#define PCHAT_ATTEMPTS_FORGET 60   /* seconds without a failure after which one is forgotten */

struct pchat_attempts;
/* NULL without memory. */
struct pchat_attempts *pchat_attempts_new(void);
void pchat_attempts_free(struct pchat_attempts *a); /* NULL is allowed */

/* Seconds until @who may try (again); 0: now. @now is monotonic, in microseconds. */
uint32_t pchat_attempts_wait(const struct pchat_attempts *a, enum pchat_attempt_of of,
                             struct pchat_str who, int64_t now);
/* A failure; returns the seconds @who has to wait from now on. */
uint32_t pchat_attempts_failed(struct pchat_attempts *a, enum pchat_attempt_of of,
                               struct pchat_str who, int64_t now);
/* All is forgotten about @who. */
void pchat_attempts_forget(struct pchat_attempts *a, enum pchat_attempt_of of,
                           struct pchat_str who);

/* What counts as one address of a peer "127.0.0.1:40123" or "[2001:db8::1]:40123": that of IPv4,
 * the network (/64) of IPv6. A view into @peer, or into @room. */
#define PCHAT_ATTEMPTS_ADDRESS 16
struct pchat_str pchat_attempts_address(const char *peer, char room[PCHAT_ATTEMPTS_ADDRESS]);
