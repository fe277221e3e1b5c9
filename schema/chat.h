/*
 * chat.db: what chatting leaves behind. The writer handle belongs to one thread
 * (group commit); readers open their own.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

struct pchat_store;
struct pchat_chat;

/* Largest chatId and largest text of one message: named limits of the format. */
#define PCHAT_CHAT_MAX_ID   ((UINT64_C(1) << 36) - 1)
#define PCHAT_CHAT_MAX_TEXT (UINT64_C(1) << 20) /* octets of text, extra and attributes, each */

/* PCHAT_UNAVAILABLE (missing, older, full), PCHAT_UNSUPPORTED (newer), PCHAT_DENIED,
 * PCHAT_CORRUPT, each with its remedy. */
enum pchat_code pchat_chat_open(const char *store_path, bool writer, struct pchat_chat **ret,
                                struct pchat_err *err);
void pchat_chat_close(struct pchat_chat *chat);
PCHAT_AUTO_DEFINE(chat, pchat_chat_close)

/* A message as it is stored and handed out. Texts are borrowed views. */
struct pchat_message {
	struct pchat_str room;    /* guid */
	uint64_t id;              /* chatId: per room, from 1, no gaps */
	int64_t time;             /* microseconds UTC */
	struct pchat_str author;  /* sip:user@domain */
	struct pchat_str display; /* of the author, when it was written */
	bool alert;
	struct pchat_str text;  /* chat element */
	struct pchat_str extra; /* further attributes and children, XML as it came; may be empty */
	struct pchat_str
		attributes; /* further attributes of grpchat, XML as they came; may be empty */
};

/* How long pchat_chat_begin() and whatever else waits for another writer may take in all;
 * milliseconds; 5000 unless told. Then PCHAT_BUSY. */
void pchat_chat_set_timeout(struct pchat_chat *chat, unsigned milliseconds);

/* Group commit: begin, add any number, commit; after a failure roll back and every added
 * message is as if it had never been. */
enum pchat_code pchat_chat_begin(struct pchat_chat *chat, struct pchat_err *err);
/* Gives the message its id (next of the room, also across restarts) and its time (never before
 * the previous one of the room), both written to @m. @keep false: the room has no history, only
 * the counter moves. */
enum pchat_code pchat_chat_add(struct pchat_chat *chat, struct pchat_message *m, bool keep,
                               struct pchat_err *err);
enum pchat_code pchat_chat_commit(struct pchat_chat *chat, struct pchat_err *err);
void pchat_chat_rollback(struct pchat_chat *chat);

typedef enum pchat_code (*pchat_message_fn)(void *ctx, const struct pchat_message *m,
                                            struct pchat_err *err);
/* The last @count messages of a room with id < @before (0 = no bound), oldest first.
 * *ret_more (may be NULL): there are older ones. */
enum pchat_code pchat_chat_last(struct pchat_chat *chat, const char *room, uint64_t before,
                                unsigned count, pchat_message_fn each, void *ctx, bool *ret_more,
                                struct pchat_err *err);
/* Highest id given out in the room; 0 if none. */
enum pchat_code pchat_chat_last_id(struct pchat_chat *chat, const char *room, uint64_t *ret,
                                   struct pchat_err *err);
/* Forget a room's messages (after its deletion was journaled in policy.db). Its counter stays, so
 * that no chatId is ever given twice. In slices, each a transaction of its own: not inside
 * pchat_chat_begin(). */
enum pchat_code pchat_chat_forget_room(struct pchat_chat *chat, const char *room,
                                       struct pchat_err *err);
/* Carry out here what policy.db decided since the revision reached: forget deleted rooms, change
 * messages (schema/message.h). What is deleted by a change that waits for its confirmation, or
 * after it, is not forgotten yet; call this again when it waits no longer. Safe to repeat, safe to
 * be cut short. Call it after opening for writing, and after each change that does so; not inside
 * pchat_chat_begin(). */
enum pchat_code pchat_chat_catch_up(struct pchat_store *store, struct pchat_chat *chat,
                                    struct pchat_err *err);
/* Messages kept in a room; in all rooms if @room is NULL. */
enum pchat_code pchat_chat_count(struct pchat_chat *chat, const char *room, uint64_t *ret,
                                 struct pchat_err *err);
/* Revision of policy.db whose consequences have been carried out here. */
enum pchat_code pchat_chat_reached(struct pchat_chat *chat, uint64_t *ret, struct pchat_err *err);
enum pchat_code pchat_chat_set_reached(struct pchat_chat *chat, uint64_t revision,
                                       struct pchat_err *err);
