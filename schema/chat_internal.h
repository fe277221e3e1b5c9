/*
 * What the files about chat.db share. Inside schema/ and its tests only.
 */
#pragma once

#include "base/hash.h"
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
	char path[1024];
};

/* Forget what the writer remembers. */
void pchat_chat_forget_cache(struct pchat_chat *chat);

/* Number of the row of a room; 0 if nothing was ever said there. */
enum pchat_code pchat_chat_room_number(struct pchat_chat *chat, const char *room, int64_t *ret,
                                       struct pchat_err *err);
