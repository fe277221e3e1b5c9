/*
 * One thread that writes to chat.db, messages above all: it takes all that wait, commits
 * them together and returns them. A message is acknowledged and sent on only after that.
 */
#pragma once

#include "pchatd/mailbox.h"
#include "schema/chat.h"

#define PCHAT_WRITER_QUEUE 8192 /* writes waiting; beyond it they are refused */
#define PCHAT_WRITER_BATCH 1024 /* of them in one transaction */

struct pchat_session;

/* Something to be written to chat.db, to be embedded in what it needs. */
struct pchat_write {
	struct pchat_letter letter; /* .done: on the SIP loop, once it is committed or has failed */
	/* In the writer thread, inside a transaction shared with others; it may be called again
	 * after a rollback. Only what the store fails with is returned: what the job itself refuses
	 * it notes in its own memory, writes nothing then and returns PCHAT_OK. NULL: a post. */
	enum pchat_code (*run)(struct pchat_write *w, struct pchat_chat *chat,
	                       struct pchat_err *err);
	enum pchat_code code; /* of the commit */
};

/* A message on its way to the store and back. One allocation, freed by pchat_post_free(). */
struct pchat_post {
	struct pchat_write write;
	struct pchat_message m; /* texts point behind the struct; id and time set by the writer */
	bool keep;              /* the room has history */
	unsigned refusal; /* not to be stored, only returned in its turn: the result to tell */
	const char *why;  /* static text for it, or NULL */
	/* Of the SIP loop alone: */
	struct pchat_session *session;
	struct pchat_str envid, seqid; /* of the request */
};
/* A copy of everything @m, @envid and @seqid point to; NULL if there is no memory. */
struct pchat_post *pchat_post_new(const struct pchat_message *m, struct pchat_str envid,
                                  struct pchat_str seqid);
void pchat_post_free(struct pchat_post *post);

struct pchat_log;
struct pchat_writer;
/* Open chat.db of the store and start the thread. Finished posts go to @out (borrowed). */
enum pchat_code pchat_writer_start(const char *store_path, struct pchat_mailbox *out,
                                   struct pchat_log *log, struct pchat_writer **ret,
                                   struct pchat_err *err);
/* False if the queue is full; the write stays the caller's. */
bool pchat_writer_put(struct pchat_writer *w, struct pchat_write *write);
/* No room for another one? */
bool pchat_writer_full(struct pchat_writer *w);
/* Posts waiting for the thread; a hint. */
size_t pchat_writer_waiting(struct pchat_writer *w);
/* Store what waits, then end the thread. NULL is allowed. */
void pchat_writer_stop(struct pchat_writer *w);
