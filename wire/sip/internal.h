/*
 * Inside wire/sip: the structures and the functions its files share, all with
 * the prefix psip_. Nobody else includes this.
 *
 * Who owns what: the agent owns listeners, connections and dialogs. A
 * connection lists its dialogs, and a dialog points to its connection. One that is
 * lost stays, without a transport, while they wait for another of its peer
 * (lost.c). What ends is only marked at once and taken down at the end of the pass
 * (psip_reap), when no frame of sofia-sip is on the stack.
 */
#pragma once

struct pchat_sip;
struct pchat_sip_conn;
struct pchat_sip_dialog;
struct pchat_sip_watch;

#define NTA_AGENT_MAGIC_T    struct pchat_sip
#define NTA_LEG_MAGIC_T      struct pchat_sip
#define NTA_INCOMING_MAGIC_T struct pchat_sip_dialog
#define SU_ROOT_MAGIC_T      struct pchat_sip
#define SU_WAKEUP_ARG_T      struct pchat_sip_watch
#define TP_STACK_T           struct nta_agent_s
#define TP_CLIENT_T          struct pchat_sip_conn

#include <openssl/types.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/vec.h"
#include "wire/sip/guard.h"
#include "wire/sip/hostport.h"
#include "wire/sip/identity.h"
#include "wire/sip/sip.h"

/* ---- intrusive lists ---- */

struct psip_link {
	struct psip_link *next, *prev;
};

static inline void
psip_list_init(struct psip_link *head)
{
	head->next = head->prev = head;
}

/* { 0 } is a link in no list. */
static inline bool
psip_linked(const struct psip_link *l)
{
	return l->next != NULL;
}

static inline bool
psip_list_empty(const struct psip_link *head)
{
	return head->next == head;
}

static inline void
psip_append(struct psip_link *head, struct psip_link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

/* Take out the first; NULL if there is none. */
static inline struct psip_link *
psip_pop(struct psip_link *head)
{
	struct psip_link *l = head->next;

	if (l == head)
		return NULL;
	head->next = l->next;
	l->next->prev = head;
	l->next = l->prev = NULL;
	return l;
}

static inline void
psip_unlink(struct psip_link *l)
{
	if (!l->next)
		return;
	l->prev->next = l->next;
	l->next->prev = l->prev;
	l->next = l->prev = NULL;
}

#define PSIP_OF(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

/* ---- structures ---- */

struct psip_cert; /* tls.c */

struct psip_listener {
	struct pchat_sip *sip;
	tport_t *primary;
	int fd;
	bool tls;
	bool verify;
	uint32_t keep_seconds;
	char *tls_dir;
	struct psip_cert *cert;
	void *user;
};

/* What tells connections apart, as a key: no padding. */
struct psip_address {
	uint64_t listener; /* a client may use one port towards two of our listeners */
	unsigned char host[16];
	uint32_t family;
	uint32_t port;
};

/* A connection that has been accepted but brought no valid request yet: all we know of it is its
 * descriptor. The library may have closed that, so it is checked against the addresses before use.
 */
struct psip_guest {
	struct psip_link link; /* psip.guests, oldest first, or psip.broken_guests */
	struct psip_listener *listener;
	struct psip_address address;
	int fd;
	uint64_t tick;
	SSL *ssl; /* the library's, as long as the connection; NULL: none */
};

struct pchat_sip_conn {
	struct pchat_sip *sip;
	struct psip_listener *listener;
	tport_t *tp;     /* a reference */
	uint64_t tp_key; /* its address, the key in psip.conns */
	int pend;        /* of tport_pend() */
	int fd;          /* borrowed from the library; -1 if not known */
	uint64_t id;
	void *user;
	struct psip_address address; /* key in psip.conns_by_address */
	struct psip_link link;       /* psip.all_conns */
	struct psip_link ending;     /* psip.ending_conns */
	struct psip_link dirty;      /* psip.dirty: has something to send */
	struct psip_link ready;      /* dialogs with an INFO to send, oldest first */
	struct psip_link dialogs;
	struct psip_link txns;
	struct psip_link refused;   /* INVITEs refused and not yet ACKed: txn.c */
	struct psip_link stranger;  /* psip.strangers; in no list once it is proved */
	uint64_t stranger_tick;     /* since when it is one */
	uint32_t stranger_requests; /* since then */
	uint32_t n_refused;
	uint32_t n_dialogs;
	uint32_t n_ready;
	uint32_t unanswered; /* INFO */
	bool full;           /* the window was used up: wait until it is half empty */
	bool closing;        /* asked for by us, or lost */
	bool reaped;
	bool loopback;
	bool verified;
	X509 *cert; /* of the client, if verified; a reference */
	/* Of a peer that carries the dialogs of others; NULL: of nobody like that. Owned. */
	char *name;
	struct psip_link kin; /* psip.named, or psip.lost when that is where it is */
	struct psip_link subscriptions;
	struct pchat_sip_timer lost_timer;
	bool lost;     /* without transport: what it carried waits */
	bool rekeying; /* it has a seal that is about to be replaced */
	uint8_t n_unsealed;
	struct pchat_sip_seal *seal; /* owned; NULL: nothing is signed */
	struct pchat_sip_timer seal_timer;
	/* Bodies that may still stand in the library's queue although nobody waits for their
	 * answer. */
	PCHAT_VEC(struct pchat_sip_body *) held;
	char peer[PSIP_HOSTPORT];
	char local[PSIP_HOSTPORT];
};

struct pchat_sip_txn {
	struct pchat_sip *sip;
	struct pchat_sip_conn *conn;
	struct psip_link link; /* conn->txns, or psip.orphans when that is gone */
	nta_incoming_t *irq;
	msg_t *msg; /* a reference: the views point into it */
	const sip_t *sip_msg;
	struct pchat_sip_request rq;
	bool cancelled;           /* an INVITE answered 487; whoever has it still has to let go */
	struct pchat_buf scratch; /* unescaped credentials */
	struct pchat_buf scratch2;
};

struct psip_info {
	struct pchat_sip_body *body;
	uint64_t cookie;
};

struct pchat_sip_dialog {
	struct pchat_sip *sip;
	struct pchat_sip_conn *conn;
	void *user;
	struct psip_link link;        /* conn->dialogs */
	struct psip_link ready;       /* conn->ready */
	struct psip_link sent;        /* psip.sent: unanswered INFO, oldest first */
	struct psip_link ending;      /* psip.ending_dialogs */
	nta_incoming_t *invite;       /* until ACK */
	struct pchat_sip_timer timer; /* of the session */
	struct pchat_sip_timer retry; /* the wait before a repetition */

	struct psip_info now;    /* the one being sent or unanswered; body NULL if none */
	struct psip_info *queue; /* ring of those behind it */
	uint32_t queue_cap, queue_head, queue_n;
	size_t queue_bytes;
	uint64_t sent_tick;

	int64_t active;
	uint32_t session_expires;
	uint32_t slot;  /* in psip.slots */
	uint32_t nonce; /* makes our branches unguessable */
	uint32_t cseq;  /* of our last request */
	uint32_t remote_cseq;
	uint8_t retries;
	uint8_t end; /* enum pchat_sip_end */
	bool confirmed;
	bool unanswered;
	bool again;    /* it may have got the INFO that was out when its connection was lost */
	bool unsure;   /* nothing has come from its client since the connection was lost */
	bool waiting;  /* for the repetition of a 503 */
	bool draining; /* no more INFO are taken; BYE when the queue is empty */
	bool ended;
	bool bye; /* one has to be sent */

	/* All of its text, one after the other: the key (Call-ID, LF, our tag, LF, its tag), the
	 * part of a request after the method and up to the branch, the part from there to CSeq,
	 * and on a sealed connection the parties as they are signed. */
	uint32_t call_id_n, key_n, start_n, rest_n, parties_n;
	char text[];
};

#define PSIP_WHEEL 512 /* slots of one second each; later timers go round more than once */

struct pchat_sip {
	const struct pchat_sip_handlers *h;
	void *ctx;
	struct pchat_sip_options opt;
	char *server;
	char *fqdn;
	su_root_t *root;
	nta_agent_t *agent;
	nta_leg_t *leg;
	bool attached;    /* to the shim */
	bool initialized; /* su_init */
	bool unlistened;

	PCHAT_VEC(struct psip_listener *) listeners;
	struct psip_listener *opening;  /* in nta_agent_add_tport() */
	struct psip_listener *accepted; /* whose connection was accepted last */
	struct psip_guest *newest;      /* that connection; NULL if it is none any more */

	struct psip_link guests;
	struct psip_link broken_guests; /* to be shut down at the end of the pass */
	struct pchat_hash guests_by_address;
	size_t n_guests;
	struct pchat_hash hosts; /* how many connections come from where: guest.c */

	struct pchat_hash conns; /* by tport */
	struct pchat_hash conns_by_address;
	struct psip_link strangers; /* oldest first */
	struct psip_rates *rates;   /* of new connections: stranger.c */
	uint64_t strangers_tick;    /* when handshakes were looked at last */
	struct psip_link all_conns;
	struct psip_link ending_conns;
	struct psip_link dirty;
	struct psip_link named; /* connections of peers that have a name */
	struct psip_link lost;  /* those of them that are lost */
	bool ending;            /* nothing waits any more */
	struct psip_link orphans;
	uint64_t next_conn_id;

	struct pchat_hash dialogs; /* by key */
	PCHAT_VEC(struct pchat_sip_dialog *) slots;
	PCHAT_VEC(uint32_t) free_slots;
	struct psip_link ending_dialogs;
	struct psip_link sent;

	struct psip_link watches;
	struct pchat_sip_timer *wheel[PSIP_WHEEL];
	int64_t epoch;
	uint64_t tick; /* seconds since epoch, as far as timers have been run */
	uint64_t reaped_tick;
	unsigned events; /* callbacks of this pass */
	uint32_t random[64];
	unsigned n_random; /* not yet used */

	struct pchat_sip_stats stats;
};

/* ---- timer.c ---- */

/* Run what is due; returns the milliseconds until the next tick. */
void psip_timers_run(struct pchat_sip *sip);
int psip_timers_wait(const struct pchat_sip *sip);

/* ---- tls.c ---- */

/* Read agent.pem of @dir (key, certificate, chain), and cafile.pem if clients are to be @verify-ed.
 */
enum pchat_code psip_cert_load(const char *dir, bool verify, struct psip_cert **ret,
                               struct pchat_err *err);
void psip_cert_free(struct psip_cert *cert);
void psip_cert_use(const struct psip_cert *cert, SSL *ssl);

/* The certificate the peer of @ssl has proved to own; NULL if none. A reference. */
X509 *psip_cert_of_peer(SSL *ssl);

/* ---- listen.c: hooks of the shim ---- */

void psip_on_listening(void *ctx, int fd);
void psip_on_tls(void *ctx, SSL *ssl);
void psip_listeners_free(struct pchat_sip *sip);

/* ---- guest.c: connections before their first valid request ---- */

bool psip_on_accepted(void *ctx, int listen_fd, int fd, const struct sockaddr *peer,
                      socklen_t peer_size);
/* The descriptor of the connection from @peer through @l, which is a guest no longer; -1 if
 * unknown. *@ret_ssl: what encrypts it, NULL if nothing does or it is not known. */
int psip_guest_take(struct pchat_sip *sip, const struct psip_listener *l,
                    const struct sockaddr *peer, socklen_t peer_size, SSL **ret_ssl);
/* Count a connection from the host of @a, or one less. False without memory. */
bool psip_host_enter(struct pchat_sip *sip, const struct psip_address *a);
void psip_host_leave(struct pchat_sip *sip, const struct psip_address *a);
void psip_on_exhausted(void *ctx);
/* Shut down those that have been silent for too long, and the broken ones. */
void psip_guests_reap(struct pchat_sip *sip);
/* The library will read no more from @peer. */
void psip_on_broken(void *ctx, const struct sockaddr *peer, socklen_t peer_size);
bool psip_is_tls(void *ctx, const struct sockaddr *peer, socklen_t peer_size);
struct psip_address psip_address_of(const struct psip_listener *l, const struct sockaddr *peer,
                                    socklen_t size);
struct pchat_str psip_address_key(const struct psip_address *a);
void psip_guests_free(struct pchat_sip *sip);

/* Shut down the connection of @g, if it is still there, and forget it. */
void psip_guest_shut(struct pchat_sip *sip, struct psip_guest *g);
/* Is g->fd still the socket that was accepted? */
bool psip_guest_is_there(const struct psip_guest *g);
bool psip_is_loopback(const struct sockaddr *sa);
/* Do both come from what counts as one address? */
bool psip_same_host(const struct psip_address *a, const struct psip_address *b);
/* Strangers from there, which psip_host_stranger() counts. */
uint32_t psip_host_strangers(const struct pchat_sip *sip, const struct psip_address *a);
void psip_host_stranger(struct pchat_sip *sip, const struct psip_address *a, bool more);
/* Tell the handler why the connection of @peer (may be NULL) goes. */
void psip_refuse(struct pchat_sip *sip, const struct sockaddr *peer, enum pchat_sip_refusal why,
                 const char *detail);
void psip_refuse_address(struct pchat_sip *sip, const struct psip_address *a,
                         enum pchat_sip_refusal why);

/* ---- stranger.c: connections nobody has proved himself on ---- */

enum pchat_code psip_strangers_init(struct pchat_sip *sip, struct pchat_err *err);
void psip_strangers_free(struct pchat_sip *sip);
/* May another one come in from @peer? If not *@ret_why says why. The oldest may have to go. */
bool psip_stranger_may_come(struct pchat_sip *sip, const struct psip_listener *l,
                            const struct sockaddr *peer, const struct psip_address *a,
                            enum pchat_sip_refusal *ret_why);
/* The oldest stranger goes, if there is one that is not younger than PCHAT_SIP_STRANGER_GRACE
 * (unless @any). */
bool psip_stranger_makes_way(struct pchat_sip *sip, const struct psip_address *host, bool any);
/* A connection begins and ends to be one. */
void psip_stranger_begins(struct pchat_sip_conn *conn);
void psip_stranger_ends(struct pchat_sip_conn *conn);
/* It brings a request: false if that is one too many. */
bool psip_stranger_asks(struct pchat_sip_conn *conn);
/* Shut down those that take too long. */
void psip_strangers_reap(struct pchat_sip *sip);
/* Hooks of the shim. Octets a part of a message from @peer may have. */
size_t psip_part_max(void *ctx, const struct sockaddr *peer, socklen_t peer_size);
void psip_on_tls_failed(void *ctx, const struct sockaddr *peer, const char *detail);

/* ---- conn.c ---- */

/* Mark it; events follow at the end of the pass. */
#define psip_conn_ends pchat_sip_conn_close

/* The connection behind @tp, made now if it is new. NULL without memory or when it is closed. */
struct pchat_sip_conn *psip_conn_of(struct pchat_sip *sip, tport_t *tp);
/* The same, but NULL if it is new. */
struct pchat_sip_conn *psip_conn_known(struct pchat_sip *sip, const tport_t *tp);
/* What @msg, just delivered, came over. */
tport_t *psip_transport_of(struct pchat_sip *sip, const msg_t *msg);
/* True while the library can send on it. */
bool psip_conn_usable(const struct pchat_sip_conn *conn);
/* The library may still hold @body: keep it as long. Takes the reference (psip_body_hold). @conn
 * may be NULL. */
void psip_conn_hold(struct pchat_sip *sip, struct pchat_sip_conn *conn,
                    struct pchat_sip_body *body);
void psip_conn_dirty(struct pchat_sip_conn *conn);
/* Shut down a connection whose peer does not read its answers. */
void psip_conn_check(struct pchat_sip_conn *conn);
void psip_conns_reap(struct pchat_sip *sip);

/* ---- lost.c: dialogs that outlive their connection ---- */

/* @conn is new: ask for the name of its peer, and let it carry what waits for that. */
void psip_conn_name(struct pchat_sip_conn *conn);
/* Are the two of one peer, so that each may carry the other's dialogs? */
bool psip_conn_same_peer(const struct pchat_sip_conn *a, const struct pchat_sip_conn *b);
/* @conn, which ends, may leave what it carries to another one of its peer, or keep it until there
 * is one. True if it has to stay for that, lost; the transport is still to be let go. */
bool psip_conn_stays(struct pchat_sip_conn *conn);
/* Wait no longer for anybody. */
void psip_lost_free(struct pchat_sip *sip);

/* ---- request.c ---- */

/* Fill txn->rq from txn->sip_msg. False without memory or if there is no usable From. */
bool psip_request_read(struct pchat_sip_txn *txn);

bool psip_credentials_read(const msg_auth_t *first, struct pchat_buf *scratch,
                           struct pchat_sip_credentials *ret);

/* ---- seal.c: signatures ---- */

/* May @txn be handed on? If not it has been answered. */
bool psip_seal_admit(struct pchat_sip_txn *txn);
/* Is the ACK or answer @m, which came over @conn (may be NULL), signed as it has to be? If not it
 * is to be passed over; @conn may have to end for it. @d: it answers a request of ours in that
 * dialog; else NULL. */
bool psip_seal_good(struct pchat_sip_conn *conn, const sip_t *m, const struct pchat_sip_dialog *d);
/* Most octets psip_seal_write() needs; 0 where nothing is signed. */
size_t psip_seal_max(const struct pchat_sip_conn *conn);
/* Authentication-Info of a request within @d, a line break in front; returns its length. */
size_t psip_seal_write(const struct pchat_sip_dialog *d, struct pchat_str method, uint32_t cseq,
                       char *to);
/* The hook of the shim: add Authentication-Info to a final answer, the library's own or ours, that
 * is about to leave over @tp. False if it cannot be signed: its connection then ends. */
bool psip_on_answer(void *ctx, tport_t *tp, msg_t *msg);

/* ---- txn.c ---- */

/* The callback of the only leg: every request comes in here. */
int psip_on_request(struct pchat_sip *sip, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *msg);
/* Reply without ending the life of @txn, with headers of our own before those of @r. */
void psip_txn_send(struct pchat_sip_txn *txn, const struct pchat_sip_reply *r,
                   const char *const *own);
/* Forget the refused INVITEs of @conn. */
void psip_refused_free(struct pchat_sip_conn *conn);
void psip_txn_free(struct pchat_sip_txn *txn);

/* ---- dialog.c ---- */

struct pchat_sip_dialog *psip_dialog_find(struct pchat_sip *sip, const sip_t *msg);
/* May @conn speak in @d? */
bool psip_dialog_belongs(const struct pchat_sip_dialog *d, const struct pchat_sip_conn *conn);
/* Which connection the ACK @msg of @d (NULL: of none) came over; NULL if it has brought no request
 * yet. That of a peer with a name, a proxy, may have this to say first. */
struct pchat_sip_conn *psip_dialog_acker(struct pchat_sip *sip, const struct pchat_sip_dialog *d,
                                         const msg_t *msg);
/* A request within @d; answers it or hands it on. */
void psip_dialog_request(struct pchat_sip_dialog *d, struct pchat_sip_txn *txn);
void psip_dialog_acked(struct pchat_sip_dialog *d);
/* Mark it; `closed` follows from the reaper. Later reasons lose against the first. */
void psip_dialog_ends(struct pchat_sip_dialog *d, enum pchat_sip_end end, bool bye);
void psip_dialogs_reap(struct pchat_sip *sip);
/* Its connection is lost: what was out may have arrived or not. */
void psip_dialog_interrupt(struct pchat_sip_dialog *d);
/* Take it over to @to, interrupted. */
void psip_dialog_move(struct pchat_sip_dialog *d, struct pchat_sip_conn *to);

/* ---- head.c ---- */

/* The dialog that accepting @txn makes, with its texts, but in no list. */
struct pchat_sip_dialog *psip_dialog_new(struct pchat_sip_txn *txn, struct pchat_err *err);
/* From and To, with their tags, as requests of ours are signed. */
struct pchat_str psip_dialog_parties(const struct pchat_sip_dialog *d);
/* An upper bound for the octets psip_head_write() needs. */
size_t psip_head_max(const struct pchat_sip_dialog *d);
/* Write the head of a request within @d, text/plain if @body_size is not 0; returns its length. */
size_t psip_head_write(const struct pchat_sip_dialog *d, struct pchat_str method, uint32_t cseq,
                       size_t body_size, char *to);
/* Call-ID, our tag and the tag of the peer as the key of psip.dialogs. False if they are too long.
 */
#define PSIP_KEY_MAX 512
bool psip_key_write(struct pchat_str call_id, struct pchat_str ours, struct pchat_str theirs,
                    char to[PSIP_KEY_MAX], size_t *ret_n);
/* Find the dialog an answer is meant for by the branch of its Via. NULL if there is none. */
struct pchat_sip_dialog *psip_dialog_of_branch(struct pchat_sip *sip, const char *branch,
                                               uint32_t *ret_cseq);

/* ---- subscription.c ---- */

void psip_subscriptions_move(struct pchat_sip_conn *from, struct pchat_sip_conn *to);

/* ---- send.c ---- */

/* The agent's callback: answers that belong to no transaction of the library. */
int psip_on_stray(struct pchat_sip *sip, nta_agent_t *agent, msg_t *msg, sip_t *answer);
/* There is an INFO to send, or may be. */
void psip_dialog_ready(struct pchat_sip_dialog *d);
void psip_send_bye(struct pchat_sip_dialog *d);
/* Send a whole message, which is copied. */
bool psip_send_text(struct pchat_sip_conn *conn, struct pchat_str whole);
/* Drop everything unsent and unanswered, reporting each as lost. */
void psip_queue_drop(struct pchat_sip_dialog *d);
/* It waits for no answer any more. */
void psip_forget_sent(struct pchat_sip_dialog *d);
/* While all queues together hold more than they may, end the dialog that has most. */
void psip_queues_relieve(struct pchat_sip *sip);
/* Once per tick. */
void psip_answers_time_out(struct pchat_sip *sip);

/* ---- body.c ---- */

/* A reference of a dialog or a connection. The body counts once in stats.queued_bytes, however many
 * of these there are. */
struct pchat_sip_body *psip_body_hold(struct pchat_sip *sip, struct pchat_sip_body *b);
void psip_body_let_go(struct pchat_sip *sip, struct pchat_sip_body *b);
bool psip_body_is_about(const struct pchat_sip_body *b, const void *topic);

/* ---- agent.c ---- */

/* A random number: not one call of the kernel for each. */
uint32_t psip_random(struct pchat_sip *sip);
/* Take down what has ended, until nothing is left to. */
void psip_reap(struct pchat_sip *sip);
