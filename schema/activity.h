/*
 * What goes on in the rooms, read from their counters: for who watches.
 */
#pragma once

#include "schema/chat.h"

struct pchat_activity {
	const char *room; /* guid; borrowed */
	uint64_t last_id; /* of the newest message */
	int64_t time;     /* when it was written */
	uint64_t kept;    /* messages that can be read */
};
typedef enum pchat_code (*pchat_activity_fn)(void *ctx, const struct pchat_activity *a,
                                             struct pchat_err *err);
/* Rooms whose newest message was written at @since or later, those longest silent first. Stops at
 * the first code other than PCHAT_OK and returns it. */
enum pchat_code pchat_chat_active(struct pchat_chat *chat, int64_t since, pchat_activity_fn each,
                                  void *ctx, struct pchat_err *err);
