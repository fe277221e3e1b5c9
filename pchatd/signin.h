/*
 * Whom a connection belongs to, and which user a request on it speaks for. A session is
 * whom the authentication says, never whom From says. Rules: sip.md section 3.4.
 */
#pragma once

#include "pchatd/server.h"
#include "wire/sipae/ntlm_message.h"

struct pchat_presence_user;

/* The first half of a sign-in by NTLM: what the client was asked. */
struct pchat_ntlm_round {
	struct pchat_ntlm_question question;
	uint32_t opaque;
	int64_t until; /* monotonic: to be answered before; 0: nothing was asked */
};

/* What we know of a connection. */
struct pchat_signin {
	struct pchat_signin *next, **prev; /* d->signins */
	struct pchatd *d;
	struct pchat_sip_conn *conn; /* NULL once gone */
	struct pchat_user *user;     /* who proved himself on it; NULL if nobody */
	int64_t until;               /* monotonic end of the registration */
	struct pchat_digest_count count;
	struct pchat_ntlm_round ntlm;
	unsigned failures;
	bool shared; /* has carried, or may carry, sessions of different users: a proxy */
	struct pchat_user
		*first; /* whose the first session was; only compared, never looked into */
	/* Users with a subscription or a publication on it (pchatd/presence/). */
	PCHAT_VEC(struct pchat_presence_user *) presence;
	unsigned jobs; /* credential look-ups on their way */
};

/* The record of the connection of @txn, made when first asked for. NULL: no memory, or it is gone.
 */
struct pchat_signin *pchat_signin_of(struct pchatd *d, struct pchat_sip_txn *txn);
/* The same for @conn. */
struct pchat_signin *pchat_signin_on(struct pchatd *d, struct pchat_sip_conn *conn);
/* What its peer, a proxy, had on its connection is on @to now. */
void pchat_signin_move(struct pchat_signin *s, struct pchat_sip_conn *to);
/* @user has proved himself on it, for @expires seconds; and the contrary: what he had on it ends.
 */
void pchat_signin_bind(struct pchat_signin *s, struct pchat_user *user, uint32_t expires);
void pchat_signin_unbind(struct pchat_signin *s);
/* Free it if the connection is gone and no look-up needs it any more. */
void pchat_signin_free_unused(struct pchat_signin *s);
/* The connection is gone. */
void pchat_signin_closed(struct pchat_signin *s);
/* Close all connections signed in as @user. */
void pchat_signin_close_user(struct pchatd *d, struct pchat_user *user);

/* The user a request speaks for. PCHAT_NOT_FOUND: nobody we know (only where everybody is taken at
 * his word); PCHAT_DENIED: not signed in on this connection, or as another; PCHAT_INVALID: no
 * usable From. */
enum pchat_code pchat_identify(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user **ret,
                               struct pchat_err *err);
/* Canonical URI of a party into the cleared @out. */
enum pchat_code pchat_party_uri(const struct pchat_sip_party *party, struct pchat_buf *out,
                                struct pchat_err *err);
/* How users prove who they are at @l, and on @conn. */
enum pchat_auth pchat_auth_at(const struct pchatd *d, const struct pchat_listener *l);
enum pchat_auth pchat_auth_on(const struct pchatd *d, const struct pchat_sip_conn *conn);
/* May what is asserted in @txn (P-Asserted-Identity) be, by this peer, and may the peer be here at
 * all? If not, @txn has been answered 403; a peer that is not trusted where only such are is sent
 * away. */
bool pchat_peer_may(struct pchatd *d, struct pchat_sip_txn *txn);
/* Has @user, by what we know of @conn, a right to sessions and subscriptions on it? Where people
 * prove who they are that is who is signed in there. */
bool pchat_signin_holds(const struct pchatd *d, struct pchat_sip_conn *conn,
                        const struct pchat_user *user);
/* Does @txn within a session of @user speak for nobody else? Behind a proxy that is whom it
 * asserts, if it repeats that; elsewhere it is From, and who is signed in. If not, @txn has been
 * answered 403. */
bool pchat_speaks_for(struct pchatd *d, struct pchat_sip_txn *txn, const struct pchat_user *user);
/* Has somebody to sign in on it? Not where everybody is taken at his word, nor on those of a proxy
 * that is trusted. */
bool pchat_needs_proof(const struct pchatd *d, struct pchat_sip_conn *conn);
/* Append what a trusted proxy at the other end of @conn is called: by the domain of its certificate
 * where that is asked for, else by its address. Nothing is appended for anybody else. @ctx is a
 * struct pchatd. */
void pchat_peer_name(void *ctx, struct pchat_sip_conn *conn, struct pchat_buf *out);
/* Does everybody on this connection count as whom he says he is? */
bool pchat_anybody(const struct pchatd *d, struct pchat_sip_conn *conn);
