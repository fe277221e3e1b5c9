/*
 * SIP for the daemon: listeners, connections, requests in, dialogs, INFO out.
 * Hides sofia-sip (its nta layer, with INFO sent below the transactions).
 *
 * All of it belongs to one thread, the one that calls pchat_sip_step(). Other
 * threads reach it through a descriptor given to pchat_sip_watch().
 *
 * Handlers are called from pchat_sip_step() only, never from within another call
 * of this header; so each of these calls may be made from any handler. What a
 * handler is given lives as the comment of its type says.
 */
#pragma once

#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "wire/sip/digest.h"

struct pchat_sip;
struct pchat_sip_conn;
struct pchat_sip_txn;
struct pchat_sip_dialog;
struct pchat_sip_body;
struct pchat_sip_watch;

/* ---- limits (each tested one past the edge) ---- */

#define PCHAT_SIP_MESSAGE_MAX      (1u << 20)   /* longest message read; beyond it 413 and close */
#define PCHAT_SIP_BODY_MAX         (1u << 19)   /* longest body of a request; beyond it 413 */
#define PCHAT_SIP_INFO_MAX         (1u << 20)   /* longest body of an INFO of ours (xccos.md 2.4) */
#define PCHAT_SIP_WINDOW           256u         /* unanswered INFO per connection */
#define PCHAT_SIP_REFILL           128u         /* sending goes on at this many */
#define PCHAT_SIP_QUEUE_MAX        1024u        /* INFO waiting per dialog */
#define PCHAT_SIP_QUEUE_BYTES      (8u << 20)   /* octets of bodies waiting per dialog */
#define PCHAT_SIP_QUEUES_BYTES     (256u << 20) /* octets that all of these may take together */
#define PCHAT_SIP_DIALOGS_MAX      262144u /* dialogs in all; beyond it 503, diagnostics 20009 */
#define PCHAT_SIP_CONNS_MAX        131072u /* connections in all; further ones are closed */
#define PCHAT_SIP_CONN_DIALOGS_MAX 65536u  /* dialogs per connection (a proxy carries many) */
#define PCHAT_SIP_UNACKED_MAX \
	256u /* refused INVITE of a connection without ACK; beyond it is closed */
#define PCHAT_SIP_LOST_MAX       1024u /* peers whose dialogs wait; of further ones they end */
#define PCHAT_SIP_HANDSHAKE      10    /* seconds a connection has for its TLS handshake */
#define PCHAT_SIP_FIRST_REQUEST  20    /* for its first valid request, the handshake included */
#define PCHAT_SIP_SIGN_IN        30    /* and from then on to be proved (pchat_sip_conn_prove) */
#define PCHAT_SIP_ANSWER_SECONDS 32    /* an INFO of ours without answer is 408 (Timer F) */
#define PCHAT_SIP_ACK_SECONDS    32    /* a dialog whose 200 is not ACKed is closed */
/* How long the library keeps an INVITE that was answered, with about 14 KiB (Timer H). The usual
 * half minute is for answers that get lost, which none does here; our own timer waits for the ACK.
 */
#define PCHAT_SIP_INVITE_MS       1000
#define PCHAT_SIP_SESSION_GRACE   32 /* seconds past Session-Expires (xccos.md 2.5) */
#define PCHAT_SIP_MIN_SE          90
#define PCHAT_SIP_SESSION_EXPIRES 1800

/* Of strangers: connections that brought no valid request yet, or that nobody has proved himself
 * on. Where there are too many the oldest makes way; one that is younger than this many seconds is
 * let be, or a rush of honest clients would throw out one another before any of them is through. */
#define PCHAT_SIP_STRANGERS_MAX         4096u
#define PCHAT_SIP_STRANGERS_PER_ADDRESS 512u
#define PCHAT_SIP_STRANGER_GRACE        1
#define PCHAT_SIP_STRANGER_REQUESTS     32u         /* on one connection, then it is closed */
#define PCHAT_SIP_STRANGER_PART         (16u << 10) /* longest head, and longest body */
#define PCHAT_SIP_NEW_BURST             10u         /* seconds' worth of new connections at once */

/* ---- diagnostics (xccos.md 2.7) ---- */

/* clang-format off */
/*       symbol           id     text */
#define PCHAT_SIP_DIAGS(X)                                                  \
	X(NONE,          0,     "")                                         \
	X(BUSY,          20000, "Chat service busy")                        \
	X(NO_SESSION,    20001, "The session could not be initialized")     \
	X(NO_PARTICIPANT, 20002, "Participant information is missing")      \
	X(REJECTED,      20003, "The session was rejected")                 \
	X(UNKNOWN_SESSION, 20006, "Unknown session")                        \
	X(ERROR,         20007, "Chat service error")                       \
	X(QUEUE_FULL,    20008, "Session rejected, the inbound queue is full") \
	X(TOO_MANY,      20009, "Session rejected, no more endpoints are allowed") \
	X(NOT_PROVISIONED, 20010, "Session rejected, the user is not provisioned") \
	X(MESSAGE_REJECTED, 20011, "Message rejected, the inbound queue is full")
/* clang-format on */

enum pchat_sip_diag {
#define X(symbol, id, text) PCHAT_SIP_DIAG_##symbol,
	PCHAT_SIP_DIAGS(X)
#undef X
		PCHAT_SIP_N_DIAGS
};

/* 20008; 0 for NONE */
unsigned pchat_sip_diag_id(enum pchat_sip_diag diag);

/* ---- a request, parsed ---- */

enum pchat_sip_method {
	PCHAT_SIP_OTHER, /* look at pchat_sip_request.method: SERVICE, PUBLISH, ... */
	PCHAT_SIP_REGISTER,
	PCHAT_SIP_SUBSCRIBE,
	PCHAT_SIP_INVITE,
	PCHAT_SIP_INFO,
	PCHAT_SIP_MESSAGE,
	PCHAT_SIP_OPTIONS,
	PCHAT_SIP_BYE,
	PCHAT_SIP_UPDATE,
	PCHAT_SIP_NOTIFY,
};

/* The From, To, Contact or P-Asserted-Identity of a request. */
struct pchat_sip_party {
	struct pchat_str uri;  /* as sent, with its parameters: sip:amy@contoso.example;gruu */
	struct pchat_str user; /* amy; empty if there is none */
	struct pchat_str host; /* contoso.example */
	struct pchat_str tag;
	struct pchat_str epid;
};

/* Everything a handler may look at. The views live until the request is answered
 * (pchat_sip_reply, _accept, _refuse). Absent headers are empty views. */
struct pchat_sip_request {
	enum pchat_sip_method kind;
	uint32_t cseq;
	struct pchat_str method; /* as sent */
	struct pchat_str uri;    /* Request-URI as sent */
	struct pchat_sip_party from;
	struct pchat_sip_party to;
	struct pchat_str call_id;

	struct pchat_sip_party contact;    /* the first one; tag and epid unused */
	struct pchat_str contact_instance; /* +sip.instance, without quotes: <urn:uuid:...> */
	struct pchat_sip_party asserted;   /* first sip: URI of P-Asserted-Identity, or empty */
	unsigned n_asserted;               /* sip: and sips: URIs in P-Asserted-Identity */

	uint32_t expires;
	uint32_t session_expires; /* 0: none */
	bool has_asserted;        /* there is a P-Asserted-Identity, readable or not */
	bool has_expires;
	bool has_contact;
	bool has_authorization;
	bool has_proxy_authorization;
	struct pchat_sip_credentials authorization; /* first Digest one, else the first */
	struct pchat_sip_credentials proxy_authorization;

	struct pchat_str event;        /* without parameters */
	struct pchat_str accept;       /* first type; see pchat_sip_accepts() */
	struct pchat_str content_type; /* type/subtype without parameters */
	struct pchat_str user_agent;
	const char *const *supported; /* ended by NULL, all header lines joined; NULL if none */
	const char *const *require;
	const char *const *accepts; /* media types without parameters */
	struct pchat_str body;
	bool sealed; /* signed with the association of its connection (seal.h) */
};

/* Is @option among Supported? */
bool pchat_sip_supports(const struct pchat_sip_request *rq, const char *option);
/* Does Accept name @type (or its wildcards), or is there no Accept at all? */
bool pchat_sip_accepts(const struct pchat_sip_request *rq, const char *type);

/* ---- the agent ---- */

/* Why a dialog ended. */
/* clang-format off */
#define PCHAT_SIP_ENDS(X)                                               \
	X(LOCAL,   "ended by us")                                       \
	X(BYE,     "client said bye")                                   \
	X(GONE,    "client does not know the dialog") /* 481, 487, 410, 480 */ \
	X(TIMEOUT, "no answer to an INFO")                              \
	X(NO_ACK,  "no ACK")                                            \
	X(IDLE,    "session expired")                                   \
	X(LOST,    "connection lost")                                   \
	X(REPLACED, "its endpoint began another")                       \
	X(OVERFLOW, "queue full")                                       \
	X(CROWDED, "all queues together full") /* and its own was the longest */ \
	X(OVERLOAD, "client stayed overloaded") /* 503 or 504 three times */ \
	X(SHUTDOWN, "agent freed")
/* clang-format on */

enum pchat_sip_end {
#define X(symbol, text) PCHAT_SIP_END_##symbol,
	PCHAT_SIP_ENDS(X)
#undef X
		PCHAT_SIP_N_ENDS
};
const char *pchat_sip_end_text(enum pchat_sip_end end);

/* Why a connection was refused, or closed before anybody proved himself on it. */
/* clang-format off */
#define PCHAT_SIP_REFUSALS(X)                                             \
	X(CONNS,     "too many connections")                              \
	X(ADDRESS,   "too many connections from this address")            \
	X(FILES,     "no more file descriptors")                          \
	X(RATE,      "too many new connections from this address")        \
	X(STRANGERS, "too many that have not signed in")                  \
	X(CROWDED,   "made way for others before it signed in")           \
	X(TLS,       "no TLS with it")                                    \
	X(HANDSHAKE, "no TLS handshake in time")                          \
	X(SILENT,    "no request in time")                                \
	X(BROKEN,    "what it sent is no SIP or too long")               \
	X(REQUESTS,  "too many requests before it signed in")             \
	X(UNPROVED,  "not signed in in time")
/* clang-format on */

enum pchat_sip_refusal {
#define X(symbol, text) PCHAT_SIP_REFUSED_##symbol,
	PCHAT_SIP_REFUSALS(X)
#undef X
		PCHAT_SIP_N_REFUSALS
};
const char *pchat_sip_refusal_text(enum pchat_sip_refusal why);

/* Why a message is not taken for one of the client's. */
#define PCHAT_SIP_UNSEALEDS(X)              \
	X(NOT, "")                          \
	X(UNSIGNED, "it is not signed")     \
	X(REPLAYED, "its number was seen")  \
	X(FORGED, "its signature is wrong") \
	X(EXPIRED, "the association has expired")
enum pchat_sip_unsealed {
#define X(symbol, text) PCHAT_SIP_UNSEALED_##symbol,
	PCHAT_SIP_UNSEALEDS(X)
#undef X
};
const char *pchat_sip_unsealed_text(enum pchat_sip_unsealed why);

struct pchat_sip_handlers {
	/* A request outside our dialogs (REGISTER, SUBSCRIBE, SERVICE, INVITE, ...). Must be
	 * answered once, now or later: pchat_sip_reply(), _refuse(), or _accept() for an INVITE.
	 * Already answered in here: ACK, CANCEL, unknown Require (420), too long a body (413), a
	 * tag that names no dialog (481), OPTIONS (200). */
	void (*request)(void *ctx, struct pchat_sip_txn *txn);
	/* May the peer say @txn at all? Asked first, of every request but ACK, also of those that
	 * are answered in here. If not it has been answered. NULL: yes. */
	bool (*admit)(void *ctx, struct pchat_sip_txn *txn);

	/* The ACK has come. */
	void (*confirmed)(void *ctx, struct pchat_sip_dialog *dialog);
	/* May the request @txn, which came over a connection of the dialog's peer, be taken within
	 * it? If not it has been answered. NULL: yes. */
	bool (*within)(void *ctx, struct pchat_sip_dialog *dialog, struct pchat_sip_txn *txn);
	/* An INFO in the dialog: to be answered as above. BYE, UPDATE, re-INVITE, OPTIONS are
	 * answered in here; other methods get 405 or 501. */
	void (*info)(void *ctx, struct pchat_sip_dialog *dialog, struct pchat_sip_txn *txn);
	/* What became of pchat_sip_info() with that cookie, if it was not 0: the status of the
	 * answer, 408 without one, 0 if the dialog ended first. Exactly once, before closed. */
	void (*info_done)(void *ctx, struct pchat_sip_dialog *dialog, uint64_t cookie, int status);
	/* The dialog is over; exactly once per accepted dialog. @dialog is not valid afterwards. */
	void (*closed)(void *ctx, struct pchat_sip_dialog *dialog, enum pchat_sip_end end);

	/* The connection is gone (after `closed` of its dialogs); exactly once for each connection
	 * that brought a valid request. @conn is not valid afterwards. */
	void (*conn_closed)(void *ctx, struct pchat_sip_conn *conn);

	/* Append to the empty @out what the peer at the other end of @conn is called, if it is one
	 * that carries the dialogs of others: a proxy. Asked once, with the first valid request.
	 * Connections of one name at one listener may carry each other's dialogs; and what such a
	 * connection carried waits .keep_seconds of the listener for another one when it is lost.
	 * NULL, or nothing appended: what it carries ends with it. */
	void (*peer)(void *ctx, struct pchat_sip_conn *conn, struct pchat_buf *out);
	/* @conn is lost; its dialogs (their number is @n) and subscriptions wait. May be NULL. */
	void (*conn_lost)(void *ctx, struct pchat_sip_conn *conn, uint32_t n);
	/* What @from, which is lost, carried is carried by @to now. May be NULL. */
	void (*conn_moved)(void *ctx, struct pchat_sip_conn *from, struct pchat_sip_conn *to);

	/* A connection from @peer ("127.0.0.1:40123"; NULL if not known) was refused; @detail may
	 * be NULL. May be NULL; may be called very often. */
	void (*conn_refused)(void *ctx, const char *peer, enum pchat_sip_refusal why,
	                     const char *detail);
	/* Has somebody to prove himself on @conn, which has just brought its first request, before
	 * it may go on? Then it is a stranger until pchat_sip_conn_prove(). NULL: nobody has. */
	bool (*needs_proof)(void *ctx, struct pchat_sip_conn *conn);
	/* Is @peer, which comes in at the listener with this .user, one that carries many, as a
	 * proxy? Then its connections are counted neither by address nor by rate. NULL: none is. */
	bool (*carries_many)(void *ctx, const void *listener, const char *peer);

	/* Append the SDP answer to @offer (empty: our own offer); pchat_sdp_answer() is of this
	 * form. The 200 to an INVITE has no body if this is NULL or fails. @host: our address. */
	enum pchat_code (*sdp)(struct pchat_buf *out, struct pchat_str offer, struct pchat_str host,
	                       struct pchat_err *err);

	/* A message on a connection with an association (seal.h) that is not what its client signs;
	 * it has been refused, or @conn ends. May be NULL; may be called often. */
	void (*unsealed)(void *ctx, struct pchat_sip_conn *conn, enum pchat_sip_unsealed why);
};

/* What connections may take; 0 is the first word of each comment. */
struct pchat_sip_limits {
	uint32_t conns;         /* PCHAT_SIP_CONNS_MAX */
	uint32_t per_address;   /* as many as in all */
	uint32_t strangers;     /* PCHAT_SIP_STRANGERS_MAX */
	uint32_t rate;          /* uncounted; new connections of one address in a second */
	uint32_t stranger_part; /* PCHAT_SIP_STRANGER_PART; more where tokens come in heads */
};

struct pchat_sip_options {
	const char *server; /* Server header and source of Ms-diagnostics; NULL: "pchat" */
	const char *fqdn;   /* source="..." in Ms-diagnostics; NULL: localhost */
	struct pchat_sip_limits limits;
	uint32_t max_dialogs; /* 0: PCHAT_SIP_DIALOGS_MAX */
	/* 0: the limits above; others are for tests. */
	uint64_t max_queued;
	uint32_t answer_seconds;
	uint32_t ack_seconds;
	uint32_t grace_seconds;
	uint32_t handshake_seconds;
	uint32_t first_request_seconds;
	uint32_t sign_in_seconds;
	uint32_t invite_ms;
	/* The host itself counts like any other address. Usually it does not: what ends TLS for
	 * others brings them all from there. */
	bool count_loopback;
	uint32_t max_lost;
};

/* Start an agent without listeners. @handlers is borrowed and must outlive it; @opt (copied) may be
 * NULL. One agent per process: what stands between sofia-sip and the C library is process-wide
 * (PCHAT_CONFLICT for a second one). */
enum pchat_code pchat_sip_new(const struct pchat_sip_handlers *handlers, void *ctx,
                              const struct pchat_sip_options *opt, struct pchat_sip **ret_sip,
                              struct pchat_err *err);
/* Calls `closed` (SHUTDOWN, no BYE) and `conn_closed` for what is left; not from a handler. */
void pchat_sip_free(struct pchat_sip *sip);
PCHAT_AUTO_DEFINE(sip, pchat_sip_free)

struct pchat_sip_listener {
	const char *tls_dir; /* tls: only; holds agent.pem (key, certificate, chain), cafile.pem */
	bool tls_verify_client; /* refuse peers without a certificate that cafile.pem vouches for */
	uint32_t keep_seconds; /* how long what a named peer carried waits for its return; 0: not */
	void *user;            /* handed back by pchat_sip_conn_listener() */
};

/* Listen on "tcp:HOST:PORT" or "tls:HOST:PORT" (HOST an address, IPv6 in brackets; port 0 picks
 * one).
 * @l may be NULL for tcp. The same spec with the real port is appended to @bound (may be NULL). */
enum pchat_code pchat_sip_listen(struct pchat_sip *sip, const char *spec,
                                 const struct pchat_sip_listener *l, struct pchat_buf *bound,
                                 struct pchat_err *err);
/* For trials: write a new key and a certificate that vouches for itself as agent.pem (0600) and
 * cafile.pem into @dir, good for @host (name or address) and @days. PCHAT_EXISTS if one is there.
 */
enum pchat_code pchat_sip_selfsign(const char *dir, const char *host, unsigned days,
                                   struct pchat_err *err);
/* Accept no further connections; those there stay. */
void pchat_sip_unlisten(struct pchat_sip *sip);
/* New TLS connections use the certificates as they are now in the files. */
enum pchat_code pchat_sip_reload_certificates(struct pchat_sip *sip, struct pchat_err *err);

/* Change them for what is to come. */
void pchat_sip_set_limits(struct pchat_sip *sip, const struct pchat_sip_limits *limits);

/* One pass: wait at most @timeout_ms for something to happen (-1 or more than 1000: a second), call
 * the handlers, run due timers, then send what was queued. The caller's end-of-pass work follows.
 */
void pchat_sip_step(struct pchat_sip *sip, int timeout_ms);
/* Send what is queued now, without waiting for the end of the pass. */
void pchat_sip_flush(struct pchat_sip *sip);

struct pchat_sip_stats {
	uint64_t conns, dialogs; /* now */
	uint64_t strangers;      /* now: guests, and those of .conns that are to be proved */
	uint64_t lost;           /* connections whose dialogs wait, now */
	uint64_t conns_refused;
	uint64_t accepted, reaped;    /* connections; reaped: without a valid request in time */
	uint64_t requests, refused;   /* requests in; answered 4xx-6xx */
	uint64_t busy;                /* of these answered 503 */
	uint64_t refused_held;        /* INVITEs refused that still take memory, now */
	uint64_t infos, info_answers; /* INFO out, final answers in */
	uint64_t info_timeouts;
	uint64_t strays; /* answers to nothing of ours: late, doubled, forged */
	uint64_t overflows;
	uint64_t queued_bytes; /* INFO waiting, unanswered or with the library, now: each body once
	                        */
};
const struct pchat_sip_stats *pchat_sip_stats(const struct pchat_sip *sip);

/* ---- descriptors and timers of the daemon ---- */

#define PCHAT_SIP_READ  (1u << 0)
#define PCHAT_SIP_WRITE (1u << 1)

typedef void pchat_sip_watch_fn(void *ctx, int fd, unsigned events);

/* Call @fn from pchat_sip_step() while @fd is readable (writable), level-triggered. @fd is
 * borrowed. */
enum pchat_code pchat_sip_watch(struct pchat_sip *sip, int fd, unsigned events,
                                pchat_sip_watch_fn *fn, void *ctx,
                                struct pchat_sip_watch **ret_watch, struct pchat_err *err);
void pchat_sip_watch_events(struct pchat_sip_watch *w,
                            unsigned events); /* change what is waited for */
/* Before @fd is closed. May be called from its own handler. NULL is allowed. */
void pchat_sip_unwatch(struct pchat_sip_watch *w);

/* A timer in the caller's memory, { 0 } when idle. Monotonic, whole seconds: fires in the first
 * pass in which at least @seconds have gone by, at most one second late. */
struct pchat_sip_timer {
	struct pchat_sip_timer *next, **prev;
	uint64_t due; /* tick */
	void (*fn)(void *ctx);
	void *ctx;
};
/* Set, or set anew. Fires once. */
void pchat_sip_timer_set(struct pchat_sip *sip, struct pchat_sip_timer *t, uint32_t seconds,
                         void (*fn)(void *ctx), void *ctx);
void pchat_sip_timer_cancel(struct pchat_sip_timer *t);
bool pchat_sip_timer_pending(const struct pchat_sip_timer *t);

/* ---- connections: live until conn_closed ---- */

uint64_t pchat_sip_conn_id(const struct pchat_sip_conn *conn); /* never reused in a process */
const char *
pchat_sip_conn_peer(const struct pchat_sip_conn *conn); /* 127.0.0.1:40123, [::1]:40123 */
bool pchat_sip_conn_loopback(const struct pchat_sip_conn *conn);
bool pchat_sip_conn_tls(const struct pchat_sip_conn *conn);
bool
pchat_sip_conn_verified(const struct pchat_sip_conn *conn); /* a client certificate was proved */
/* It is gone, and what it carried waits for another one of its peer. */
bool pchat_sip_conn_lost(const struct pchat_sip_conn *conn);
uint32_t pchat_sip_conn_dialogs(const struct pchat_sip_conn *conn); /* how many it carries */
/* A client certificate was proved, and by it the peer speaks for the SIP domain @domain (RFC 5922).
 */
bool pchat_sip_conn_is(const struct pchat_sip_conn *conn, const char *domain);
void *pchat_sip_conn_listener(const struct pchat_sip_conn *conn); /* .user of its listener */
/* A slot for the layer above: who signed in here. */
void pchat_sip_conn_set_user(struct pchat_sip_conn *conn, void *user);
void *pchat_sip_conn_user(const struct pchat_sip_conn *conn);
/* Somebody has proved himself on it, so it is no stranger any more; or (false) he is gone again,
 * and it is one if it needs that proof. */
void pchat_sip_conn_prove(struct pchat_sip_conn *conn, bool proved);
/* Shut it down, once what was written is out. Its dialogs end with LOST, without BYE: the way to
 * get a live client out of a broken state (real-client.md section 10). The events follow from a
 * later step. */
void pchat_sip_conn_close(struct pchat_sip_conn *conn);

/* ---- requests: live until answered ---- */

const struct pchat_sip_request *pchat_sip_txn_request(const struct pchat_sip_txn *txn);
/* The connection it came over; NULL once that is gone (an answer then goes nowhere). */
struct pchat_sip_conn *pchat_sip_txn_conn(const struct pchat_sip_txn *txn);

struct pchat_sip_reply {
	int status;
	const char *phrase;         /* NULL: the usual one */
	const char *const *headers; /* whole lines "Name: value" without line end, sent to the
	                             * letter, one by one, in order; ended by NULL. NULL: none */
	const char *content_type;   /* with a body */
	struct pchat_str body;
	enum pchat_sip_diag diag; /* adds Ms-diagnostics */
	struct pchat_str reason;  /* instead of the usual one in it; cleaned and cut as needed */
};
/* Answer; @txn is not valid afterwards. Adds Contact to 2xx of SUBSCRIBE, Retry-After: 5 to 503
 * unless @r brings one. Header lines with CR, LF or NUL are left out (never sent). */
void pchat_sip_reply(struct pchat_sip_txn *txn, const struct pchat_sip_reply *r);
/* Answer without headers or body. */
void pchat_sip_refuse(struct pchat_sip_txn *txn, int status, enum pchat_sip_diag diag);

/* ---- dialogs: live until closed ---- */

/* Answer an INVITE 200 with Contact, Session-Expires, SDP (xccos.md 2.3). @session_expires in
 * seconds, 0 for the usual; a shorter one the client asked for wins (422 below PCHAT_SIP_MIN_SE).
 * On failure the INVITE has been answered too and @ret_dialog is untouched. In either case @txn is
 * not valid afterwards. */
enum pchat_code pchat_sip_accept(struct pchat_sip_txn *txn, uint32_t session_expires, void *user,
                                 struct pchat_sip_dialog **ret_dialog, struct pchat_err *err);

void pchat_sip_dialog_set_user(struct pchat_sip_dialog *d, void *user);
void *pchat_sip_dialog_user(const struct pchat_sip_dialog *d);
/* The one that carries it; where dialogs wait for their peer, it may be lost. */
struct pchat_sip_conn *pchat_sip_dialog_conn(const struct pchat_sip_dialog *d);
/* Its connection was lost, and nothing has come from the client since: it may not know it any more.
 */
bool pchat_sip_dialog_unsure(const struct pchat_sip_dialog *d);
int64_t pchat_sip_dialog_active(const struct pchat_sip_dialog *d); /* last request in, monotonic */
size_t pchat_sip_dialog_queued(const struct pchat_sip_dialog *d);  /* INFO waiting or unanswered */

/* Send @body (text/plain) as INFO after those queued before it, one at a time, not before the ACK.
 * Takes a reference of its own. PCHAT_LIMIT if the queue is full: the dialog then ends with
 * OVERFLOW. PCHAT_UNAVAILABLE if it is ending. PCHAT_NO_MEMORY. @cookie 0: no report wanted. */
enum pchat_code pchat_sip_info(struct pchat_sip_dialog *d, struct pchat_sip_body *body,
                               uint64_t cookie);
/* Take back what is queued about @topic (not NULL) and has not left yet, but for INFO with a
 * cookie. */
void pchat_sip_withdraw(struct pchat_sip_dialog *d, const void *topic);
/* End it with BYE: at once (queued INFO are lost), or with @drain after what is queued was
 * answered or timed out. `closed` (LOCAL) follows from a later step. */
void pchat_sip_dialog_end(struct pchat_sip_dialog *d, bool drain);
/* End it without a word: the client has begun another one and does not know it any more. */
void pchat_sip_dialog_replaced(struct pchat_sip_dialog *d);

/* ---- subscriptions: the owner's, who ends them ---- */

struct pchat_sip_subscription;

/* Answer a SUBSCRIBE 200 with @r and keep the way back to the client. It goes with its connection,
 * or moves with the dialogs of that: free it at the latest in conn_closed. On failure @txn has not
 * been answered: PCHAT_INVALID (its addresses are no way back), PCHAT_UNAVAILABLE, PCHAT_NO_MEMORY.
 */
enum pchat_code pchat_sip_subscribe(struct pchat_sip_txn *txn, const struct pchat_sip_reply *r,
                                    struct pchat_sip_subscription **ret, struct pchat_err *err);
void pchat_sip_subscription_free(struct pchat_sip_subscription *s); /* NULL is allowed */
/* Is @rq a request within it (a refresh, or its end)? */
bool pchat_sip_subscription_is(const struct pchat_sip_subscription *s,
                               const struct pchat_sip_request *rq);
struct pchat_sip_conn *pchat_sip_subscription_conn(const struct pchat_sip_subscription *s);
/* Send @body as BENOTIFY, or NOTIFY to a client that did not say it knows the former, with @lines
 * (as in struct pchat_sip_reply; ours, no text of others). PCHAT_UNAVAILABLE, PCHAT_NO_MEMORY. */
enum pchat_code pchat_sip_notify(struct pchat_sip_subscription *s, const char *const *lines,
                                 const char *type, struct pchat_str body, struct pchat_err *err);

/* ---- bodies: immutable, shared by all dialogs they go to; SIP thread only ---- */

/* Copy of @s with one reference. NULL without memory or beyond PCHAT_SIP_INFO_MAX. */
struct pchat_sip_body *pchat_sip_body_new(struct pchat_str s);
struct pchat_sip_body *pchat_sip_body_ref(struct pchat_sip_body *b);
void pchat_sip_body_unref(struct pchat_sip_body *b); /* NULL is allowed */
PCHAT_AUTO_DEFINE(sip_body, pchat_sip_body_unref)
struct pchat_str pchat_sip_body_text(const struct pchat_sip_body *b);
/* What the body is about, in the caller's eyes: only compared, by pchat_sip_withdraw(). NULL:
 * nothing. */
void pchat_sip_body_set_topic(struct pchat_sip_body *b, const void *topic);
