/*
 * What the files about chat.db share. Inside schema/ and its tests only.
 */
#pragma once

#include "base/hash.h"
#include "base/vec.h"
#include "schema/chat.h"
#include "schema/query.h"

/* A message's key is the number of its room and its own. */
#define PCHAT_KEY_SHIFT 36

/* Counters of a room as they will stand after the commit. */
struct pchat_counter {
	char guid[PCHAT_GUID_LEN + 1];
	int64_t room; /* number of the row */
	uint64_t last_id;
	int64_t last_time;
	uint64_t kept;
	bool dirty;
	struct pchat_counter *next; /* of the dirty ones */
};

struct pchat_author {
	int64_t id;
	size_t n;   /* octets of key */
	char key[]; /* uri, NUL, display */
};

/* Words of a message of the batch, not indexed yet. */
struct pchat_pending {
	int64_t key, author;
	size_t at, n; /* in pchat_chat.words */
};

struct pchat_chat {
	struct pchat_conn conn;
	const struct pchat_driver *driver;
	bool writer;
	/* The writer remembers rooms and authors as long as nobody else writes. */
	bool batch;             /* between begin and commit */
	enum pchat_code failed; /* a statement of the batch failed with this */
	int64_t data_version;
	struct pchat_hash counters; /* guid -> struct pchat_counter */
	struct pchat_hash authors;  /* key -> struct pchat_author */
	struct pchat_counter *dirty;
	struct pchat_buf key;
	PCHAT_VEC(struct pchat_pending) pending;
	struct pchat_buf words; /* of .pending */
	struct pchat_buf row;   /* scratch: a row of the index */
	char path[1024];
};

/* Forget what the writer remembers. */
void pchat_chat_forget_cache(struct pchat_chat *chat);

/* Number of the row of a room; 0 if nothing was ever said there. */
enum pchat_code pchat_chat_room_number(struct pchat_chat *chat, const char *room, int64_t *ret,
                                       struct pchat_err *err);

/* Keys of messages from .lo up to, without, .hi. */
struct pchat_range {
	int64_t lo, hi;
};
/* Those of a room. */
static inline struct pchat_range
pchat_range_of(int64_t room)
{
	return (struct pchat_range){ room << PCHAT_KEY_SHIFT, (room + 1) << PCHAT_KEY_SHIFT };
}

/* One state for several statements; nothing to do inside a transaction. */
enum pchat_code pchat_chat_read_begin(struct pchat_chat *chat, bool *ret_began,
                                      struct pchat_err *err);
void pchat_chat_read_end(struct pchat_chat *chat, bool began);

/* Narrow keys of one room to messages posted from @from to @to, inclusive; 0: no bound. */
enum pchat_code pchat_chat_between(struct pchat_chat *chat, struct pchat_range *r, int64_t from,
                                   int64_t to, struct pchat_err *err);

/* Narrow keys of one room to messages posted from @from to @to, inclusive; 0: no bound. */
enum pchat_code pchat_chat_between(struct pchat_chat *chat, struct pchat_range *r, int64_t from,
                                   int64_t to, struct pchat_err *err);

/* The message of a row of MESSAGE_COLUMNS (queries.def); views until the next step. */
struct pchat_message pchat_chat_message_of(const struct pchat_query *q, const char *room);

/* ---- the index of words: chat_words.c ---- */

/* Have a message of the batch indexed: remembered until pchat_chat_words_flush(), because the
 * index takes keys in their order many times faster than in any other. */
enum pchat_code pchat_chat_words_note(struct pchat_chat *chat, int64_t key, int64_t author,
                                      const struct pchat_message *m, struct pchat_err *err);
enum pchat_code pchat_chat_words_flush(struct pchat_chat *chat, struct pchat_err *err);
void pchat_chat_words_forget(struct pchat_chat *chat); /* what was noted */
/* At once: the words of these texts, in or out of the index. What goes out must be what was put
 * in, octet by octet. */
enum pchat_code pchat_chat_words_add(struct pchat_chat *chat, int64_t key, int64_t author,
                                     struct pchat_str text, struct pchat_str extra,
                                     struct pchat_err *err);
enum pchat_code pchat_chat_words_drop(struct pchat_chat *chat, int64_t key, int64_t author,
                                      struct pchat_str text, struct pchat_str extra,
                                      struct pchat_err *err);

/* ---- changing what stands: message_change.c ---- */

/* Take messages off a room and out of the index, at most @max of @r from the front, inside a write
 * transaction; *ret_n: how many went. */
enum pchat_code pchat_chat_drop_slice(struct pchat_chat *chat, int64_t room, struct pchat_range r,
                                      int64_t max, int64_t *ret_n, struct pchat_err *err);
/* Carry out the changes decided in revisions (@after, @upto]. */
enum pchat_code pchat_chat_change_messages(struct pchat_store *store, struct pchat_chat *chat,
                                           uint64_t after, uint64_t upto, struct pchat_err *err);
