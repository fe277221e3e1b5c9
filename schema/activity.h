/*
 * What goes on in the rooms, read from their counters: for who watches.
 */
#pragma once

#include "schema/message.h"

/* Rooms whose newest message was written at @since or later, those longest silent first. Stops at
 * the first code other than PCHAT_OK and returns it. */
enum pchat_code pchat_chat_active(struct pchat_chat *chat, int64_t since,
                                  pchat_room_activity_fn each, void *ctx, struct pchat_err *err);
