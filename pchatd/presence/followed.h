/*
 * New content in rooms a user follows but has not opened: his sessions hear of it once, as
 * ntc:newcontent, until they open the room. A notice of our own (docs/decisions.md), off unless
 * the setting newContentNotices is on when the session opens.
 */
#pragma once

#include "pchatd/session.h"

/* Rooms of a user that are looked after. */
#define PCHAT_FOLLOWED_MAX 200

void pchat_followed_session_opened(struct pchat_session *s);
void pchat_followed_session_closed(struct pchat_session *s);
/* A message was stored in @room and sent to who is in it. */
void pchat_followed_posted(struct pchatd *d, struct pchat_room *room);
/* @s has opened @room: what comes later is news again once it has left. */
void pchat_followed_joined(struct pchat_session *s, const struct pchat_room *room);
