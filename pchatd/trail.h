/*
 * Who signed in, who failed to, who was locked out: what an administrator is shown by "report
 * sign-ins". Kept in memory, in tables of fixed size, one for each kind of event, so that a flood
 * of failures costs no more than older failures; the log of pchatd has each of them that it had a
 * line for. The same event of a user at an address is counted in one entry. Belongs to the SIP
 * loop.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*       symbol  word */
#define PCHAT_TRAILS(X)       \
	X(RIGHT, "signed-in") \
	X(WRONG, "failed")    \
	X(BARRED, "refused")  \
	X(LOCKED, "locked-out")

enum pchat_trail_kind {
#define X(symbol, word) PCHAT_TRAIL_##symbol,
	PCHAT_TRAILS(X)
#undef X
		PCHAT_N_TRAILS
};
const char *pchat_trail_word(enum pchat_trail_kind kind);

#define PCHAT_TRAIL_MAX     1024 /* entries of each kind; the one that is oldest makes way */
#define PCHAT_TRAIL_USER    256  /* octets of what is kept of texts, their terminators included */
#define PCHAT_TRAIL_ADDRESS 64
#define PCHAT_TRAIL_REASON  128

struct pchat_trail_entry {
	enum pchat_trail_kind kind;
	uint64_t key;
	uint64_t n;          /* times; 0: free */
	uint64_t at;         /* orders them: more is newer */
	int64_t first, last; /* wall clock */
	char user[PCHAT_TRAIL_USER];
	char address[PCHAT_TRAIL_ADDRESS]; /* without a port; "": not known */
	char reason[PCHAT_TRAIL_REASON];   /* of the last time; "": none */
};

struct pchat_trail;
struct pchat_trail *pchat_trail_new(void);    /* NULL without memory */
void pchat_trail_free(struct pchat_trail *t); /* NULL is allowed */

/* @user did it at @peer ("127.0.0.1:40123"; NULL if not known), because of @why (or NULL). */
void pchat_trail_add(struct pchat_trail *t, enum pchat_trail_kind kind, const char *user,
                     const char *peer, const char *why);
/* The newest entry that is older than @before (0: of all), of @user (NULL: anybody). NULL: none. */
const struct pchat_trail_entry *pchat_trail_next(const struct pchat_trail *t, uint64_t before,
                                                 const char *user);
