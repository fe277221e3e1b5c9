/*
 * Threads that read the store, so that no statement runs on the SIP loop. A job is run
 * by one of them with handles of its own and comes back to the loop.
 */
#pragma once

#include "pchatd/mailbox.h"
#include "schema/chat.h"
#include "schema/store.h"

#define PCHAT_READER_QUEUE   8192 /* jobs waiting; beyond it they are refused */
#define PCHAT_READER_THREADS 2

/* Handles of one thread. */
struct pchat_reader_handles {
	struct pchat_chat *chat;
	struct pchat_store *store;
};

/* To be embedded in what the job needs. */
struct pchat_job {
	struct pchat_letter letter; /* .done: on the SIP loop, afterwards */
	/* In a reader thread. */
	void (*run)(struct pchat_job *job, const struct pchat_reader_handles *h);
};

struct pchat_reader;
enum pchat_code pchat_reader_start(const char *store_path, struct pchat_mailbox *out,
                                   struct pchat_reader **ret, struct pchat_err *err);
/* False if the queue is full; the job stays the caller's. */
bool pchat_reader_put(struct pchat_reader *r, struct pchat_job *job);
/* Jobs waiting for a thread; a hint. */
size_t pchat_reader_waiting(struct pchat_reader *r);
/* Run what waits, then end the threads. NULL is allowed. */
void pchat_reader_stop(struct pchat_reader *r);
