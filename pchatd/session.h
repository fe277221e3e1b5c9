/*
 * One chat session: a SIP dialog of a user with the pool. Takes his INFO in, carries out
 * what they say one after the other, and sends him what he is to hear. Rules: xccos.md
 * sections 2, 3.6 and 12.
 */
#pragma once

#include "pchatd/server.h"

#define PCHAT_SESSION_TEXT 256

struct pchat_inbox_item;

/* What the store is doing for a session. Posts may follow one another; everything else waits. */
enum pchat_pending { PCHAT_PENDING_NONE, PCHAT_PENDING_POSTS, PCHAT_PENDING_READ };

struct pchat_session {
	struct pchat_attendee attendee;
	struct pchatd *d;
	struct pchat_sip_dialog *dialog; /* NULL once closed */
	struct pchat_session *next, **prev;
	struct pchat_inbox_item *first, **last;
	uint64_t id;    /* never given twice by a daemon */
	int64_t since;  /* wall clock */
	char *endpoint; /* Contact of the INVITE, at most PCHAT_SESSION_TEXT octets; NULL if none */
	char *client;   /* its User-Agent, likewise */
	uint64_t n_in, n_out; /* INFO taken from it and handed to it */
	uint64_t n_refused;   /* INFO refused because it sent too many */
	uint32_t n_inbox, inbox_bytes;
	int64_t odd_said;   /* monotonic: last line in the log about what is not understood */
	uint32_t n_odd;     /* since then */
	int64_t spent;      /* monotonic: the moment its allowance of messages is used up to */
	uint32_t in_flight; /* posts or reads with the threads */
	uint8_t pending;    /* enum pchat_pending */
	struct pchat_presence_user *follows; /* hears of news in rooms he follows; NULL: no */
	PCHAT_VEC(pchat_id) told;            /* of these rooms, since it was last in them */
	bool closing;                        /* being ended: says and does nothing any more */
};

/* An INVITE from outside any dialog. */
void pchat_session_invite(struct pchatd *d, struct pchat_sip_txn *txn);
/* The dialog is over: leave all rooms, tell those who stay. */
void pchat_session_closed(struct pchat_session *s, enum pchat_sip_end end);
/* End it from our side, after what is queued: by closing its connection, so that a live client
 * comes back by itself, or by BYE where others use the connection too (real-client.md section 10).
 */
void pchat_session_end(struct pchat_session *s, const char *why);

/* End those of @user on @conn by BYE, at once: he is signed out there. */
void pchat_session_end_on(const struct pchat_user *user, const struct pchat_sip_conn *conn);

/* Its peer, a proxy, is away: what is sent waits for it. */
bool pchat_session_detached(const struct pchat_session *s);

/* Send @body; ignored once the dialog is over. */
void pchat_session_send(struct pchat_session *s, struct pchat_sip_body *body);
/* Send what was built in d->speaker. */
void pchat_session_say(struct pchat_session *s);

/* Leave all rooms with one notice to each who shares some. */
void pchat_session_leave_rooms(struct pchat_session *s);
/* Free one whose dialog is over and of which the threads have nothing any more. */
void pchat_session_free(struct pchat_session *s);
