/*
 * What a write command does to messages: found and counted while its plan is made,
 * shown and confirmed with it, decided in its transaction, carried out in chat.db after
 * the commit. The handler fills ctl->works; the frame (write.c) does the rest.
 */
#pragma once

#include "base/json.h"
#include "base/vec.h"
#include "schema/message.h"

struct pchat_ctl;

struct pchat_message_work {
	struct pchat_message_change change; /* .filter.room points to .guid; texts are borrowed
	                                     * from the call */
	char guid[PCHAT_GUID_LEN + 1];
	char *room;          /* name; owned */
	uint64_t count;      /* messages it concerns */
	int64_t first, last; /* times of the oldest and the newest of them; 0: not known */
};

struct pchat_message_works {
	PCHAT_VEC(struct pchat_message_work) v;
};
void pchat_works_release(struct pchat_message_works *w);

/* Find out what @change (copied, without a room) would do in the room and keep it, if it does
 * anything. The room of .change is set here. */
enum pchat_code pchat_works_add(struct pchat_message_works *w, struct pchat_chat *chat,
                                const struct pchat_object *room,
                                const struct pchat_message_change *change, struct pchat_err *err);
/* Messages concerned, of all rooms. */
uint64_t pchat_works_count(const struct pchat_message_works *w);

/* "clear 12 messages of room 'Rates desk', from 2026-01-02 to 2026-02-01", a line each. @done:
 * "cleared ...". */
void pchat_works_print(struct pchat_buf *out, const struct pchat_message_works *w, bool done);
/* "clear 12 messages of room 'Rates desk'", or "clear 120 messages of 3 rooms": for a question. */
void pchat_works_describe(struct pchat_buf *out, const struct pchat_message_works *w);
/* The member "messages" of an open object. */
void pchat_works_json(struct pchat_json *j, const struct pchat_message_works *w);

/* In the open transaction. */
enum pchat_code pchat_works_decide(const struct pchat_message_works *w, struct pchat_txn *txn,
                                   const struct pchat_origin *origin, struct pchat_err *err);
/* After its commit. What fails here is done by whoever opens the store next, which the error
 * says. */
enum pchat_code pchat_works_carry_out(struct pchat_ctl *ctl, struct pchat_err *err);
