#include "wire/sip/internal.h"

#include <assert.h>
#include <netinet/in.h>

#include <openssl/x509.h>

#include "wire/sip/seal.h"

/* Answers the library may queue for a peer that does not read. At 1000 it would begin to drop them.
 */
#define BLOCKED_MAX 512

tport_t *
psip_transport_of(struct pchat_sip *sip, const msg_t *msg)
{
	return tport_delivered_by(nta_agent_tports(sip->agent), msg);
}

static struct pchat_str
key_of(const uint64_t *tp_key)
{
	return (struct pchat_str){ (const char *)tp_key, sizeof(*tp_key) };
}

bool
psip_conn_usable(const struct pchat_sip_conn *conn)
{
	/* tport_tsend() on a transport that is no longer clear would look for another one. */
	return conn && !conn->closing && tport_is_clear_to_send(conn->tp);
}

/* The library's word that the stream has ended or broken. */
static void
on_transport_end(nta_agent_t *agent, struct pchat_sip_conn *conn, tport_t *tp, msg_t *msg,
                 int error)
{
	(void)agent, (void)tp, (void)msg, (void)error;
	psip_conn_ends(conn);
}

static struct psip_listener *
listener_of(const struct pchat_sip *sip, const tport_t *tp)
{
	const tport_t *primary = tport_parent(tp);

	for (size_t i = 0; i < sip->listeners.n; i++) {
		if (sip->listeners.v[i]->primary == primary)
			return sip->listeners.v[i];
	}
	return NULL;
}

bool
psip_is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	if (sa->sa_family == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)sa)->sin6_addr;

		return IN6_IS_ADDR_LOOPBACK(a) ||
		       (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
	}
	return false;
}

static void
note_addresses(struct pchat_sip_conn *conn, const struct sockaddr *peer)
{
	psip_hostport(peer, conn->peer);
	psip_local_hostport(conn->fd >= 0 ? conn->fd : conn->listener->fd, conn->local);
	conn->loopback = psip_is_loopback(peer);
}

static void
conn_init(struct pchat_sip_conn *conn, struct pchat_sip *sip, tport_t *tp)
{
	const su_addrinfo_t *address = tport_get_address(tp);
	SSL *ssl;

	conn->sip = sip;
	conn->tp = tp;
	conn->tp_key = (uintptr_t)tp;
	conn->id = ++sip->next_conn_id;
	psip_list_init(&conn->ready);
	psip_list_init(&conn->dialogs);
	psip_list_init(&conn->txns);
	psip_list_init(&conn->refused);
	psip_list_init(&conn->subscriptions);
	conn->fd = psip_guest_take(sip, conn->listener, address->ai_addr, address->ai_addrlen,
	                           &ssl);
	conn->address = psip_address_of(conn->listener, address->ai_addr, address->ai_addrlen);
	conn->cert = ssl && conn->listener->verify ? psip_cert_of_peer(ssl) : NULL;
	conn->verified = conn->cert != NULL;
	note_addresses(conn, address->ai_addr);
}

static struct pchat_sip_conn *
conn_new(struct pchat_sip *sip, tport_t *tp)
{
	struct psip_listener *l = listener_of(sip, tp);
	struct pchat_sip_conn *conn;

	if (!l || !tport_is_secondary(tp) || tport_is_closed(tp))
		return NULL;
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return NULL;
	conn->listener = l;
	conn_init(conn, sip, tp);
	if (!pchat_hash_put(&sip->conns, key_of(&conn->tp_key), conn)) {
		X509_free(conn->cert);
		free(conn);
		return NULL;
	}
	if (!pchat_hash_put(&sip->conns_by_address, psip_address_key(&conn->address), conn)) {
		pchat_hash_del(&sip->conns, key_of(&conn->tp_key));
		X509_free(conn->cert);
		free(conn);
		return NULL;
	}
	if (!psip_host_enter(sip, &conn->address)) {
		pchat_hash_del(&sip->conns, key_of(&conn->tp_key));
		pchat_hash_del(&sip->conns_by_address, psip_address_key(&conn->address));
		X509_free(conn->cert);
		free(conn);
		return NULL;
	}
	tport_ref(tp);
	conn->pend = tport_pend(tp, NULL, on_transport_end, conn);
	psip_append(&sip->all_conns, &conn->link);
	sip->stats.conns++;
	pchat_sip_conn_prove(conn, false);
	/* What it sent before its first request may have been broken: the library reads on, but has
	 * said its last word. */
	if (conn->pend < 0 || !tport_is_clear_to_send(tp))
		psip_conn_ends(conn);
	psip_conn_name(conn);
	return conn;
}

struct pchat_sip_conn *
psip_conn_known(struct pchat_sip *sip, const tport_t *tp)
{
	const uint64_t key = (uintptr_t)tp;

	return tp ? pchat_hash_get(&sip->conns, key_of(&key)) : NULL;
}

struct pchat_sip_conn *
psip_conn_of(struct pchat_sip *sip, tport_t *tp)
{
	struct pchat_sip_conn *conn = psip_conn_known(sip, tp);

	return conn || !tp ? conn : conn_new(sip, tp);
}

void
psip_conn_dirty(struct pchat_sip_conn *conn)
{
	if (!psip_linked(&conn->dirty))
		psip_append(&conn->sip->dirty, &conn->dirty);
}

void
psip_conn_hold(struct pchat_sip *sip, struct pchat_sip_conn *conn, struct pchat_sip_body *body)
{
	/* With nothing in its queue the library has written whatever it was given. An answer proves
	 * nothing: the peer knows the branch before it has read the body. */
	if (!conn || !conn->tp || tport_queuelen(conn->tp) == 0) {
		if (conn && conn->held.n > 0) {
			for (size_t i = 0; i < conn->held.n; i++)
				psip_body_let_go(conn->sip, conn->held.v[i]);
			conn->held.n = 0;
		}
		psip_body_let_go(sip, body);
		return;
	}
	if (!pchat_vec_push(&conn->held, body))
		psip_conn_ends(
			conn); /* and leak the body, which is better than reading freed memory */
}

void
psip_conn_check(struct pchat_sip_conn *conn)
{
	if (conn && !conn->closing && tport_queuelen(conn->tp) > BLOCKED_MAX)
		psip_conn_ends(conn);
}

/* The transport is really closed first: after that the library sends nothing of what it has queued,
 * and the bodies may go. */
static void
let_go(struct pchat_sip_conn *conn)
{
	tport_release(conn->tp, conn->pend, NULL, NULL, conn, 0);
	(void)tport_shutdown(conn->tp, 2);
	pchat_hash_del(&conn->sip->conns, key_of(&conn->tp_key));
	/* A new connection from the same port may have taken the place. */
	if (pchat_hash_get(&conn->sip->conns_by_address, psip_address_key(&conn->address)) == conn)
		pchat_hash_del(&conn->sip->conns_by_address, psip_address_key(&conn->address));
	tport_unref(conn->tp);
	conn->tp = NULL;
	for (size_t i = 0; i < conn->held.n; i++)
		psip_body_let_go(conn->sip, conn->held.v[i]);
	pchat_vec_release(&conn->held);
	psip_stranger_ends(conn);
	psip_host_leave(conn->sip, &conn->address);
	conn->sip->stats.conns--;
}

static void
orphan_txns(struct pchat_sip_conn *conn)
{
	struct psip_link *l;

	while ((l = psip_pop(&conn->txns))) {
		PSIP_OF(l, struct pchat_sip_txn, link)->conn = NULL;
		psip_append(&conn->sip->orphans, l);
	}
}

static void
conn_free(struct pchat_sip_conn *conn)
{
	psip_unlink(&conn->dirty); /* its dialogs may have put it there just now */
	psip_unlink(&conn->link);
	psip_unlink(&conn->kin);
	X509_free(conn->cert);
	pchat_sip_seal_free(conn->seal);
	free(conn->name);
	free(conn);
}

static void
conn_reap(struct pchat_sip_conn *conn)
{
	struct pchat_sip *sip = conn->sip;
	struct psip_link *l;

	conn->closing = true;
	if (!conn->lost && psip_conn_stays(conn)) {
		orphan_txns(conn);
		psip_refused_free(conn);
		let_go(conn);
		return;
	}
	conn->reaped = true;
	while ((l = psip_pop(&conn->dialogs))) {
		psip_dialog_ends(PSIP_OF(l, struct pchat_sip_dialog, link), PCHAT_SIP_END_LOST,
		                 false);
		psip_dialogs_reap(sip);
	}
	orphan_txns(conn);
	psip_refused_free(conn);
	if (conn->tp)
		let_go(conn);
	pchat_sip_timer_cancel(&conn->seal_timer);
	pchat_sip_timer_cancel(&conn->lost_timer);
	sip->stats.lost -= conn->lost;
	sip->h->conn_closed(sip->ctx, conn);
	conn_free(conn);
}

void
psip_conns_reap(struct pchat_sip *sip)
{
	struct psip_link *l;

	while ((l = psip_pop(&sip->ending_conns)))
		conn_reap(PSIP_OF(l, struct pchat_sip_conn, ending));
}

/* ---- public ---- */

uint64_t
pchat_sip_conn_id(const struct pchat_sip_conn *conn)
{
	return conn->id;
}

const char *
pchat_sip_conn_peer(const struct pchat_sip_conn *conn)
{
	return conn->peer;
}

bool
pchat_sip_conn_loopback(const struct pchat_sip_conn *conn)
{
	return conn->loopback;
}

bool
pchat_sip_conn_tls(const struct pchat_sip_conn *conn)
{
	return conn->listener->tls;
}

bool
pchat_sip_conn_verified(const struct pchat_sip_conn *conn)
{
	return conn->verified;
}

bool
pchat_sip_conn_lost(const struct pchat_sip_conn *conn)
{
	return conn->lost;
}

uint32_t
pchat_sip_conn_dialogs(const struct pchat_sip_conn *conn)
{
	return conn->n_dialogs;
}

bool
pchat_sip_conn_is(const struct pchat_sip_conn *conn, const char *domain)
{
	return conn->cert && psip_cert_is(conn->cert, domain);
}

void *
pchat_sip_conn_listener(const struct pchat_sip_conn *conn)
{
	return conn->listener->user;
}

void
pchat_sip_conn_set_user(struct pchat_sip_conn *conn, void *user)
{
	conn->user = user;
}

void *
pchat_sip_conn_user(const struct pchat_sip_conn *conn)
{
	return conn->user;
}

void
pchat_sip_conn_close(struct pchat_sip_conn *conn)
{
	conn->closing = true;
	if (!conn->reaped && !psip_linked(&conn->ending))
		psip_append(&conn->sip->ending_conns, &conn->ending);
	conn->sip->events++;
}
