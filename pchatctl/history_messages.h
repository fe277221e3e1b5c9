/*
 * What a revision did to messages: it is decided with the room, which stays as it is.
 */
#pragma once

#include "base/json.h"
#include "schema/store.h"

/* A line each:
 * "    messages of room 'Rates desk': removed, written by sip:amy@..., with the words 'secret'". */
enum pchat_code pchat_history_messages_text(struct pchat_store *store, uint64_t revision,
                                            struct pchat_buf *out, struct pchat_err *err);
/* Of the room with that guid only, without the room: "removed, written by sip:amy@...". Nothing if
 * there is none. */
enum pchat_code pchat_history_messages_of(struct pchat_store *store, uint64_t revision,
                                          const char *room, struct pchat_buf *out,
                                          struct pchat_err *err);
/* The member "messages", an array; nothing if there is none. */
enum pchat_code pchat_history_messages_json(struct pchat_store *store, uint64_t revision,
                                            struct pchat_json *out, struct pchat_err *err);
