/*
 * Looking for messages, counting them, and what an administrator does to those that stand:
 * clear, remove, replace. Writing them and the last ones of a room: chat.h.
 *
 * A word is a run of letters and digits; ideographs are words one by one. Words are compared
 * without regard to case and, in Latin, to accents. All that a message says is searched: its
 * text, that of its further elements, RTF without its control words, the targets of links.
 */
#pragma once

#include "schema/chat.h"
#include "schema/store.h"

#define PCHAT_SEARCH_WORDS   32  /* words of a query that count; more are PCHAT_LIMIT */
#define PCHAT_SEARCH_AUTHORS 256 /* names of authors that count; more are PCHAT_LIMIT */
/* Candidates a search for a client looks at: what the index cannot tell (phrases, letter case) must
 * not keep others waiting. */
#define PCHAT_SEARCH_EXAMINE 8000

enum pchat_match { PCHAT_MATCH_ANY, PCHAT_MATCH_ALL, PCHAT_MATCH_PHRASE };

/* Which messages. { 0 } means all. Texts are borrowed. */
struct pchat_message_filter {
	const char *room;      /* guid; NULL: all rooms */
	struct pchat_str text; /* empty: any; without a word in it: PCHAT_INVALID */
	enum pchat_match match;
	bool match_case;                 /* the words as they are written, accents too */
	const struct pchat_str *authors; /* canonical URIs, any of them; none: everybody */
	size_t n_authors;
	int64_t from, to; /* microseconds, inclusive; 0: no bound */
	uint64_t after;   /* only chatIds greater than this; 0: no bound; with a room only */
	uint64_t before;  /* only smaller ones, likewise */
};

struct pchat_message_search {
	struct pchat_message_filter filter;
	bool oldest_first; /* else newest first; of all rooms: one room after the other */
	uint64_t limit;    /* messages handed out; 0: all */
	uint64_t count;    /* count on up to this many when the limit is reached; 0: do not */
	uint64_t examine;  /* look at no more candidates than this; 0: at all */
};

struct pchat_message_found {
	uint64_t given;    /* handed out */
	uint64_t count;    /* that match: given, or more if .count asked so */
	uint64_t examined; /* candidates looked at */
	bool more;         /* there are, or may be (.examine), further ones */
};

/* Messages that match, in the order asked. Go on after a limit with .before (newest first) or
 * .after (oldest first) set to the last id. The index gives candidates in this order, so a common
 * word costs no more than a rare one. @each may be NULL: count only. One state of the store is
 * seen; nothing may be written from within @each.
 * PCHAT_INVALID: no word in the text, ids without a room. PCHAT_LIMIT. */
enum pchat_code pchat_chat_search(struct pchat_chat *chat,
                                  const struct pchat_message_search *search, pchat_message_fn each,
                                  void *ctx, struct pchat_message_found *ret,
                                  struct pchat_err *err);

/* ---- counts ---- */

/* Counters of a room, kept with each message: reading them costs nothing. */
struct pchat_room_activity {
	const char *guid;  /* borrowed during the callback; also of rooms that are deleted */
	uint64_t last_id;  /* messages ever posted */
	uint64_t kept;     /* messages that are there */
	int64_t last_time; /* of the last post */
};
typedef enum pchat_code (*pchat_room_activity_fn)(void *ctx, const struct pchat_room_activity *a,
                                                  struct pchat_err *err);
/* Every room in which something was ever posted, in no order: least active, inactive since. */
enum pchat_code pchat_chat_rooms(struct pchat_chat *chat, pchat_room_activity_fn each, void *ctx,
                                 struct pchat_err *err);
/* The same of one room; all zero if nothing was ever said there. */
enum pchat_code pchat_chat_room(struct pchat_chat *chat, const char *room,
                                struct pchat_room_activity *ret, struct pchat_err *err);

/* What one user posted in one room. */
struct pchat_activity {
	const char *room; /* guid; borrowed during the callback */
	struct pchat_str author;
	uint64_t messages;
	uint64_t characters; /* of texts and further elements */
	int64_t first, last; /* times */
};
typedef enum pchat_code (*pchat_activity_fn)(void *ctx, const struct pchat_activity *a,
                                             struct pchat_err *err);
/* Kept messages by room and author, posted from @from to @to (inclusive; 0: no bound), of @room
 * or, NULL, of all; room by room. Reads the messages of that time (some 2 million a second): for
 * reports. Add up by author or by room as the question is. */
enum pchat_code pchat_chat_activity(struct pchat_chat *chat, const char *room, int64_t from,
                                    int64_t to, pchat_activity_fn each, void *ctx,
                                    struct pchat_err *err);

/* ---- changes: decided and journaled in policy.db, carried out in chat.db ---- */

/*            symbol   word */
#define PCHAT_MESSAGE_OPS(X) \
	X(CLEAR, "clear")    \
	X(REMOVE, "remove")  \
	X(REPLACE, "replace")

enum pchat_message_op {
#define X(symbol, word) PCHAT_MESSAGES_##symbol,
	PCHAT_MESSAGE_OPS(X)
#undef X
		PCHAT_N_MESSAGE_OPS
};
const char *pchat_message_op_word(enum pchat_message_op op);

struct pchat_message_change {
	enum pchat_message_op op;
	/* .room is required; .to is lowered to the moment of the decision, so that what is posted
	 * later stays. CLEAR: .to counts (0: all), nothing else may be set. */
	struct pchat_message_filter filter;
	struct pchat_str replacement; /* REPLACE: not empty; ids, times and authors stay */
	/* Set by the store when read: */
	uint64_t revision;
	int64_t decided;
};

/* Decide it: one journal row (update of the room, which stays as it is) and what was asked, in
 * the open transaction. Nothing happens to messages before pchat_chat_catch_up(): whoever decided
 * it calls that after the commit; pchatd does so too, so that it is done even if he could not. To
 * show beforehand what would go: pchat_chat_search() with the same filter.
 * PCHAT_NOT_FOUND: no such room; PCHAT_INVALID, PCHAT_LIMIT: the filter, the replacement. */
enum pchat_code pchat_txn_change_messages(struct pchat_txn *txn,
                                          const struct pchat_message_change *change,
                                          const struct pchat_origin *origin, struct pchat_err *err);

typedef enum pchat_code (*pchat_message_change_fn)(void *ctx, const struct pchat_message_change *c,
                                                   struct pchat_err *err);
/* Changes decided in revisions (after, upto], in order; @upto 0: all. Borrowed during the
 * callback. */
enum pchat_code pchat_store_message_changes(struct pchat_store *store, uint64_t after,
                                            uint64_t upto, pchat_message_change_fn each, void *ctx,
                                            struct pchat_err *err);
