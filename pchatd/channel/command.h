/*
 * What a client may ask of the channel service: one row per command. xccos.md sections
 * 8 to 10.
 */
#pragma once

#include "pchatd/session.h"

/* A primitive to be carried out; everything is borrowed for the time of the call. */
struct pchat_request {
	struct pchatd *d;
	struct pchat_session *session;
	struct pchat_user *user;
	const struct pchat_xccos_envelope *env;
	const struct pchat_xccos_prim *prim;
};

/* Carry it out: answers at once, or hands it to a thread and the answer comes later
 * (session->pending tells). */
void pchat_command_run(const struct pchat_request *rq);

/* ---- for the commands ---- */

/* The reply to @rq, without result or text. */
struct pchat_xccos_reply pchat_reply_to(const struct pchat_request *rq);
/* Begin a successful reply in d->speaker; end it with pchat_reply_close(). */
struct pchat_buf *pchat_reply_open(const struct pchat_request *rq);
void pchat_reply_close(const struct pchat_request *rq);
/* Answer without data. @text NULL: the usual sentence. */
void pchat_reply(const struct pchat_request *rq, enum pchat_xccos_result result, const char *text);
/* No further room fits into the reply: an INFO has a greatest size, and a reply is never split. */
bool pchat_reply_is_full(const struct pchat_buf *out);
/* Answer what the parser found wrong. */
void pchat_reply_bad(const struct pchat_request *rq);

/* May @user do @action in @room? PCHAT_XCCOS_OK, or what to answer: a room he may not see does not
 * exist for him. */
enum pchat_xccos_result pchat_allowed(struct pchatd *d, const struct pchat_user *user,
                                      const struct pchat_room *room, enum pchat_action action);
/* The room a command names, or NULL. */
struct pchat_room *pchat_named_room(struct pchatd *d, const struct pchat_xccos_room *named);

/* The information block of a room as clients are shown it (xccos.md section 6.4). Texts are
 * borrowed from the view, the audit block from @audit. */
struct pchat_xccos_chanib pchat_chanib(struct pchatd *d, const struct pchat_room *room,
                                       struct pchat_xccos_audit *audit);

/* Such blocks, until the reply is full (query.c). */
void pchat_put_rooms(struct pchatd *d, struct pchat_room *const *rooms, size_t n,
                     struct pchat_buf *out);
/* The block with what its managers see besides (details.c). */
void pchat_put_details(struct pchatd *d, const struct pchat_room *room, struct pchat_buf *out);
/* Answer with the list of a role (details.c). */
void pchat_reply_roles(const struct pchat_request *rq, const struct pchat_room *room,
                       enum pchat_xccos_role role);
/* The field of a room that holds a role: PCHAT_ROOM_MEMBERS ... */
unsigned pchat_role_field(enum pchat_xccos_role role);
/* PCHAT_PRIVACY_ of "open", "scope", "private" (search.c). */
bool pchat_privacy_of(struct pchat_str visibility, unsigned *ret);

/* join.c */
void pchat_command_join(const struct pchat_request *rq);
void pchat_command_bjoin(const struct pchat_request *rq);
void pchat_command_part(const struct pchat_request *rq);
void pchat_command_getparts(const struct pchat_request *rq);
/* query.c */
void pchat_command_requri(const struct pchat_request *rq);
void pchat_command_getserverinfo(const struct pchat_request *rq);
void pchat_command_getassociations(const struct pchat_request *rq);
/* invitations.c */
void pchat_command_getinv(const struct pchat_request *rq);
/* ntc:invite, with one reference; NULL without memory. */
struct pchat_sip_body *pchat_invitation_body(struct pchatd *d, const struct pchat_room *room,
                                             uint64_t number, int64_t created);
/* search.c */
void pchat_command_chansrch(const struct pchat_request *rq);
/* details.c */
void pchat_command_getchan(const struct pchat_request *rq);
void pchat_command_getchanperm(const struct pchat_request *rq);
void pchat_command_getroles(const struct pchat_request *rq);
void pchat_command_getsiops(const struct pchat_request *rq);
void pchat_command_nodespermcreatechild(const struct pchat_request *rq);
/* find.c */
void pchat_command_usersrch(const struct pchat_request *rq);
void pchat_command_prinsrch(const struct pchat_request *rq);
/* Go on searching for at most @budget microseconds. True if nothing is left. */
bool pchat_find_step(struct pchatd *d, int64_t budget);
/* Give up those that are not answered. */
void pchat_find_release(struct pchatd *d);
/* people.c */
void pchat_command_getuser(const struct pchat_request *rq);
void pchat_command_getgroup(const struct pchat_request *rq);
/* manage.c */
void pchat_command_chancreate(const struct pchat_request *rq);
void pchat_command_chanmodify(const struct pchat_request *rq);
void pchat_command_chanmove(const struct pchat_request *rq);
void pchat_command_addroles(const struct pchat_request *rq);
void pchat_command_delroles(const struct pchat_request *rq);
/* Answer the changes that are in force now. */
void pchat_manage_step(struct pchatd *d);
/* Give up those that are not. */
void pchat_manage_release(struct pchatd *d);
/* history.c */
void pchat_command_bccontext(const struct pchat_request *rq);
void pchat_command_bcby(const struct pchat_request *rq); /* bcbydate, bcbymsg */
/* keep.c */
void pchat_command_getpref(const struct pchat_request *rq);
void pchat_command_setpref(const struct pchat_request *rq);
void pchat_command_getfutok(const struct pchat_request *rq);
void pchat_command_getfdtok(const struct pchat_request *rq);
/* post.c */
void pchat_command_post(const struct pchat_request *rq);
