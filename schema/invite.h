/*
 * Invitations: one row for each user and room, numbered for the user (xccos.md section 9.8,
 * administration.md section 6.6). They follow from changes of policy.db and are made from its
 * journal; chat.db remembers up to which revision, so that what was cut short is completed.
 */
#pragma once

#include "schema/chat.h"

struct pchat_invitation {
	uint64_t number;  /* from 2 on, growing */
	const char *room; /* guid; borrowed during the callback */
	int64_t created;
};
typedef enum pchat_code (*pchat_invitation_fn)(void *ctx, const struct pchat_invitation *i,
                                               struct pchat_err *err);
/* Those of a user with a number above @after, oldest first, at most @count. */
enum pchat_code pchat_chat_invitations(struct pchat_chat *chat, struct pchat_str user,
                                       uint64_t after, unsigned count, pchat_invitation_fn each,
                                       void *ctx, struct pchat_err *err);

/* Inside pchat_chat_begin(): invite @user to @room (guid) because of a change made at @created. A
 * newer invitation takes the place of the older. *ret_number is 0 if there is one as new: safe to
 * repeat. */
enum pchat_code pchat_chat_invite(struct pchat_chat *chat, struct pchat_str user, const char *room,
                                  int64_t created, uint64_t *ret_number, struct pchat_err *err);

/* Revision up to which all invitations are made; *ret_known false: nobody has begun. */
enum pchat_code pchat_chat_invited(struct pchat_chat *chat, uint64_t *ret, bool *ret_known,
                                   struct pchat_err *err);
/* Inside pchat_chat_begin(). It never goes back. */
enum pchat_code pchat_chat_set_invited(struct pchat_chat *chat, uint64_t revision,
                                       struct pchat_err *err);
