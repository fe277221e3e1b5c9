/*
 * What the channel service says unasked: notices and messages, as bodies sent to
 * sessions. Bodies are built once and shared. Rules: xccos.md sections 10.3, 11 and 12.
 */
#pragma once

#include "base/buf.h"
#include "pchatd/view.h"
#include "wire/sip/sip.h"
#include "wire/xccos/build.h"

struct pchat_speaker {
	/* Send @body to a session; takes a reference of its own if it keeps it. */
	void (*send)(void *ctx, struct pchat_attendee *to, struct pchat_sip_body *body);
	void *ctx;
	enum pchat_xccos_style style;
	uint64_t envid; /* the last one used */
	struct pchat_buf scratch;
};
void pchat_speaker_init(struct pchat_speaker *s);
void pchat_speaker_release(struct pchat_speaker *s);
/* An envid no other envelope of this process has: 63 bits, random high part, counted up. */
uint64_t pchat_speaker_envid(struct pchat_speaker *s);
/* The scratch buffer, empty: build one envelope in it, then call pchat_speaker_body(). */
struct pchat_buf *pchat_speaker_open(struct pchat_speaker *s);
/* What was built, with one reference; NULL if there was no memory or it is too long. @room: what it
 * is about, so that it can be withdrawn from one who leaves; NULL if it is about several or about
 * none. */
struct pchat_sip_body *pchat_speaker_body(struct pchat_speaker *s, const struct pchat_room *room);
/* Masks of the documented bits alone, or (as after pchat_speaker_init()) of legacy ones too. */
void pchat_speaker_masks(struct pchat_speaker *s, bool documented);
/* Permission mask of a participant with PCHAT_ROLE_ flags. */
uint32_t pchat_speaker_key(const struct pchat_speaker *s, unsigned roles);
/* The information block of a user, without id and aibs. */
struct pchat_xccos_uib pchat_speaker_uib(const struct pchat_user *user);

/* One of the rooms a notice is about. */
struct pchat_notice_room {
	struct pchat_room *room;
	unsigned roles; /* of the user; join only */
};

/* All of these return false if some could not be told for lack of memory. */

/* @user has come into rooms: ntc:join, or ntc:bjoin with @batch, to the sessions of others there,
 * one envelope each with all rooms they share. */
bool pchat_speaker_joined(struct pchat_speaker *s, const struct pchat_user *user,
                          const struct pchat_notice_room *rooms, size_t n, bool batch);
/* @user has left rooms for good: ntc:part likewise. */
bool pchat_speaker_parted(struct pchat_speaker *s, const struct pchat_user *user,
                          const struct pchat_notice_room *rooms, size_t n);
/* @users are about to lose their seats in @room: ntc:kick to each of their sessions there, then
 * ntc:part; to the others one ntc:part with all of them, unless the room is quiet. Call it before
 * they are parted. */
bool pchat_speaker_kicked(struct pchat_speaker *s, struct pchat_room *room,
                          struct pchat_user *const *users, size_t n);
/* Facts of the room changed: ntc:chanmodify to all who sit there and to the @n @others, but not to
 * @except, who asked for it and has his answer; NULL: nobody did. */
bool pchat_speaker_modified(struct pchat_speaker *s, const struct pchat_room *room,
                            const struct pchat_xccos_chanib *chanib,
                            struct pchat_attendee *const *others, size_t n,
                            const struct pchat_attendee *except);
/* The roles of @user in @room changed: ntc:permchange to all who sit there but @except. */
bool pchat_speaker_permission(struct pchat_speaker *s, const struct pchat_room *room,
                              const struct pchat_user *user, unsigned roles,
                              const struct pchat_attendee *except);
/* A message, to every session in the room but @except; NULL: to the author's too. */
bool pchat_speaker_message(struct pchat_speaker *s, const struct pchat_room *room,
                           const struct pchat_xccos_msg *m, const struct pchat_attendee *except);
