/*
 * Letters between threads. A mailbox is a queue with a lock; it either wakes a thread
 * that waits in pchat_mailbox_wait(), or makes a descriptor readable for one that
 * polls. Letters are embedded in what is sent and owned by whoever holds them.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum pchat_letter_kind { PCHAT_LETTER_OTHER, PCHAT_LETTER_WRITE, PCHAT_LETTER_READ };

struct pchat_letter {
	struct pchat_letter *next;
	int64_t put;  /* monotonic: when it was put into its first mailbox */
	uint8_t kind; /* .kind of that */
	/* What the SIP loop calls with the letter once the work is done (pchatd/server.c). */
	void (*done)(void *ctx, struct pchat_letter *letter);
};

struct pchat_mailbox {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct pchat_letter *first, **last;
	size_t n, max;
	size_t sleepers; /* in pchat_mailbox_wait() */
	bool closed;
	bool awake;   /* who polls will look again before he rests */
	bool rung;    /* the descriptor is readable */
	uint8_t kind; /* stamped on its letters; set after init */
	int fd;       /* eventfd, readable when letters have come; -1 if none */
};

/* @max letters at most (0: no bound). @polled: make a descriptor. */
enum pchat_code pchat_mailbox_init(struct pchat_mailbox *m, size_t max, bool polled,
                                   struct pchat_err *err);
/* The letters still in it are not freed; take them out before. */
void pchat_mailbox_release(struct pchat_mailbox *m);

/* False if it is full or closed; the letter stays the caller's. */
bool pchat_mailbox_put(struct pchat_mailbox *m, struct pchat_letter *letter);
/* Put what comes back: no bound, works when closed too. */
void pchat_mailbox_return(struct pchat_mailbox *m, struct pchat_letter *letters);
/* No more letters; those waiting wake up and get what is left. */
void pchat_mailbox_close(struct pchat_mailbox *m);

/* All letters there are, in order; NULL if none. Clears the descriptor, which then stays silent
 * until pchat_mailbox_rest(): who works does not want to be woken. */
struct pchat_letter *pchat_mailbox_take(struct pchat_mailbox *m);
/* About to poll: false if letters wait, which are to be taken first. */
bool pchat_mailbox_rest(struct pchat_mailbox *m);
/* Wait for letters: all of them, or with @one the first. NULL when closed and empty. */
struct pchat_letter *pchat_mailbox_wait(struct pchat_mailbox *m, bool one);
/* Letters waiting now; a hint. */
size_t pchat_mailbox_count(struct pchat_mailbox *m);
