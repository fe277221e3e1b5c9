/*
 * Adding up what was posted, by room or by user: for reports, and for lists of rooms by
 * how much they hold.
 */
#pragma once

#include "base/auto.h"
#include "base/hash.h"
#include "base/vec.h"
#include "schema/message.h"

struct pchat_ctl;

/* What was posted in a room, or by a user. All texts are owned. */
struct pchat_tally {
	char *key;   /* guid of the room, or URI of the user */
	char *name;  /* of the room; NULL for a user */
	char *place; /* category of the room; NULL for a user */
	bool disabled;
	int64_t created;
	uint64_t messages, characters;
	uint64_t others;     /* users who posted in the room; rooms the user posted in */
	int64_t first, last; /* times; 0: nothing was posted */
};

struct pchat_tallies {
	PCHAT_VEC(struct pchat_tally *) v; /* owned */
	struct pchat_hash by_key;
};
void pchat_tallies_release(struct pchat_tallies *t);
PCHAT_AUTO_VALUE_DEFINE(tallies, pchat_tallies_release)

struct pchat_tally *pchat_tally_find(const struct pchat_tallies *t, struct pchat_str key);

/* All rooms of the store, in the order of their names, with nothing added up yet; of @category
 * only, unless it is NULL. */
enum pchat_code pchat_tally_rooms(struct pchat_ctl *ctl, const char *category,
                                  struct pchat_tallies *ret, struct pchat_err *err);
/* Add what was posted from @from to @to (0: no bound) in the rooms of @t. */
enum pchat_code pchat_tally_by_room(struct pchat_tallies *t, struct pchat_chat *chat, int64_t from,
                                    int64_t to, struct pchat_err *err);
/* The same by user, of one room (guid) or, NULL, of all. */
enum pchat_code pchat_tally_by_user(struct pchat_tallies *t, struct pchat_chat *chat,
                                    const char *room, int64_t from, int64_t to,
                                    struct pchat_err *err);
