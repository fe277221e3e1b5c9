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

/* Those who sit in the room are told what it is now (ntc:chanmodify). */
void pchat_review_tell_facts(struct pchatd *d, struct pchat_room *room);
/* Everybody out of a room that is about to be gone. */
void pchat_review_close_room(struct pchatd *d, struct pchat_room *room);
/* A user who may not be here any more: out of his rooms, then his connections are closed. */
void pchat_review_switch_off(struct pchatd *d, struct pchat_user *user, const char *why);
