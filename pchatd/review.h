/*
 * After a change: look again at what it touches, and nothing else. Users and rooms are
 * noted, then looked at in slices, so that a change for thousands does not hold up those
 * who talk. xccos.md sections 11.3 and 12.3.
 */
#pragma once

#include "pchatd/server.h"

void pchat_review_user(struct pchatd *d, struct pchat_user *user);
void pchat_review_room(struct pchatd *d, struct pchat_room *room);
void pchat_review_everybody(struct pchatd *d);
/* Look for at most @budget microseconds. True if nothing is left. */
bool pchat_review_step(struct pchatd *d, int64_t budget);
void pchat_review_release(struct pchatd *d);

/* Look at the room at once, which may have been noted or not, for a session that asked for its
 * change: it has been answered and is told nothing of it, unless it is put out. */
void pchat_review_room_for(struct pchatd *d, struct pchat_room *room,
                           const struct pchat_attendee *asker);
/* Everybody out of a room that is about to be gone. */
void pchat_review_close_room(struct pchatd *d, struct pchat_room *room);
/* A user who may not be here any more: out of his rooms, then his connections are closed. */
void pchat_review_switch_off(struct pchatd *d, struct pchat_user *user, const char *why);
