#include "wire/sip/internal.h"

#include <openssl/ssl.h>

/* ---- how often new ones come from an address ---- */

#define WAYS    8
#define BUCKETS 512
_Static_assert((BUCKETS & (BUCKETS - 1)) == 0, "a mask");

/* A table of fixed size that holds hashes; who has the least against him is pushed out. */
struct psip_rates {
	struct rate {
		uint64_t key;
		int64_t until; /* monotonic: the moment its allowance is used up to */
	} bucket[BUCKETS][WAYS];
};

static struct rate *
rate_of(struct psip_rates *rates, const struct psip_address *a)
{
	/* As guest.c counts: the network of an IPv6 address. */
	uint64_t key = pchat_hash_of(a->host, a->family == AF_INET6 ? 8 : sizeof(a->host));
	struct rate *b = rates->bucket[key & (BUCKETS - 1)], *least = b;

	for (size_t i = 0; i < WAYS; i++) {
		if (b[i].key == key)
			return &b[i];
		if (b[i].until < least->until)
			least = &b[i];
	}
	*least = (struct rate){ .key = key };
	return least;
}

static bool
too_often(struct pchat_sip *sip, const struct psip_address *a)
{
	int64_t now = pchat_monotonic();
	struct rate *r;

	if (sip->opt.limits.rate == 0)
		return false;
	r = rate_of(sip->rates, a);
	if (r->until < now)
		r->until = now;
	if (r->until - now > PCHAT_SIP_NEW_BURST * PCHAT_SECOND)
		return true;
	r->until += PCHAT_SECOND / sip->opt.limits.rate;
	return false;
}

enum pchat_code
psip_strangers_init(struct pchat_sip *sip, struct pchat_err *err)
{
	sip->rates = calloc(1, sizeof(*sip->rates));
	return sip->rates ? PCHAT_OK : pchat_no_memory(err);
}

void
psip_strangers_free(struct pchat_sip *sip)
{
	free(sip->rates);
}

/* ---- limits ---- */

void
pchat_sip_set_limits(struct pchat_sip *sip, const struct pchat_sip_limits *limits)
{
	struct pchat_sip_limits *l = &sip->opt.limits;

	*l = *limits;
	if (!l->conns)
		l->conns = PCHAT_SIP_CONNS_MAX;
	if (!l->per_address)
		l->per_address = UINT32_MAX;
	if (!l->strangers)
		l->strangers = PCHAT_SIP_STRANGERS_MAX;
	if (!l->stranger_part)
		l->stranger_part = PCHAT_SIP_STRANGER_PART;
}

static struct pchat_sip_conn *
conn_of(struct psip_link *l)
{
	return PSIP_OF(l, struct pchat_sip_conn, stranger);
}

static struct psip_guest *
guest_of(struct psip_link *l)
{
	return PSIP_OF(l, struct psip_guest, link);
}

static struct psip_guest *
oldest_guest(struct pchat_sip *sip, const struct psip_address *host)
{
	for (struct psip_link *l = sip->guests.next; l != &sip->guests; l = l->next)
		if (!host || psip_same_host(&guest_of(l)->address, host))
			return guest_of(l);
	return NULL;
}

/* One with a dialog has been proved before, and is only late to be so again. */
static struct pchat_sip_conn *
oldest_conn(struct pchat_sip *sip, const struct psip_address *host)
{
	for (struct psip_link *l = sip->strangers.next; l != &sip->strangers; l = l->next)
		if (conn_of(l)->n_dialogs == 0 &&
		    (!host || psip_same_host(&conn_of(l)->address, host)))
			return conn_of(l);
	return NULL;
}

bool
psip_stranger_makes_way(struct pchat_sip *sip, const struct psip_address *host, bool any)
{
	struct psip_guest *g = oldest_guest(sip, host);
	struct pchat_sip_conn *conn = oldest_conn(sip, host);
	uint64_t tick;

	if (g && conn && conn->stranger_tick < g->tick)
		g = NULL;
	if (!g && !conn)
		return false;
	tick = g ? g->tick : conn->stranger_tick;
	if (!any && sip->tick - tick <= PCHAT_SIP_STRANGER_GRACE)
		return false;
	psip_refuse_address(sip, g ? &g->address : &conn->address, PCHAT_SIP_REFUSED_CROWDED);
	if (g) {
		psip_guest_shut(sip, g);
	} else {
		psip_stranger_ends(conn);
		psip_conn_ends(conn);
	}
	return true;
}

bool
psip_stranger_may_come(struct pchat_sip *sip, const struct psip_listener *l,
                       const struct sockaddr *peer, const struct psip_address *a,
                       enum pchat_sip_refusal *ret_why)
{
	char text[PSIP_HOSTPORT];
	bool exempt = psip_is_loopback(peer) && !sip->opt.count_loopback;

	psip_hostport(peer, text);
	if (!exempt && sip->h->carries_many)
		exempt = sip->h->carries_many(sip->ctx, l->user, text);
	*ret_why = PCHAT_SIP_REFUSED_RATE;
	if (!exempt && too_often(sip, a))
		return false;
	*ret_why = PCHAT_SIP_REFUSED_STRANGERS;
	if (!exempt && psip_host_strangers(sip, a) >= PCHAT_SIP_STRANGERS_PER_ADDRESS &&
	    !psip_stranger_makes_way(sip, a, false))
		return false;
	return sip->stats.strangers < sip->opt.limits.strangers ||
	       psip_stranger_makes_way(sip, NULL, false);
}

/* ---- a connection ---- */

void
psip_stranger_begins(struct pchat_sip_conn *conn)
{
	struct pchat_sip *sip = conn->sip;

	conn->stranger_tick = sip->tick;
	conn->stranger_requests = 0;
	psip_append(&sip->strangers, &conn->stranger);
	sip->stats.strangers++;
	psip_host_stranger(sip, &conn->address, true);
}

void
psip_stranger_ends(struct pchat_sip_conn *conn)
{
	if (!psip_linked(&conn->stranger))
		return;
	psip_unlink(&conn->stranger);
	conn->sip->stats.strangers--;
	psip_host_stranger(conn->sip, &conn->address, false);
}

void
pchat_sip_conn_prove(struct pchat_sip_conn *conn, bool proved)
{
	const struct pchat_sip_handlers *h = conn->sip->h;

	if (proved)
		psip_stranger_ends(conn);
	else if (!conn->closing && !psip_linked(&conn->stranger) && h->needs_proof &&
	         h->needs_proof(conn->sip->ctx, conn))
		psip_stranger_begins(conn);
}

bool
psip_stranger_asks(struct pchat_sip_conn *conn)
{
	if (!psip_linked(&conn->stranger) ||
	    ++conn->stranger_requests <= PCHAT_SIP_STRANGER_REQUESTS)
		return true;
	psip_refuse_address(conn->sip, &conn->address, PCHAT_SIP_REFUSED_REQUESTS);
	psip_conn_ends(conn);
	return false;
}

/* ---- time ---- */

static void
reap_conns(struct pchat_sip *sip)
{
	struct psip_link *l;

	while ((l = sip->strangers.next) != &sip->strangers &&
	       sip->tick - conn_of(l)->stranger_tick > sip->opt.sign_in_seconds) {
		struct pchat_sip_conn *conn = conn_of(l);

		psip_stranger_ends(conn);
		if (conn->n_dialogs > 0) {
			psip_stranger_begins(conn); /* he may have them, and be asked again */
		} else if (!conn->closing) {
			psip_refuse_address(sip, &conn->address, PCHAT_SIP_REFUSED_UNPROVED);
			psip_conn_ends(conn);
		}
	}
}

static bool
shakes_hands(const struct psip_guest *g)
{
	/* The SSL lives as long as its connection does. */
	return g->ssl && psip_guest_is_there(g) && !SSL_is_init_finished(g->ssl);
}

static void
reap_handshakes(struct pchat_sip *sip)
{
	struct psip_link *next;

	for (struct psip_link *l = sip->guests.next; l != &sip->guests; l = next) {
		next = l->next;
		if (sip->tick - guest_of(l)->tick <= sip->opt.handshake_seconds)
			return;
		if (!shakes_hands(guest_of(l)))
			continue;
		psip_refuse_address(sip, &guest_of(l)->address, PCHAT_SIP_REFUSED_HANDSHAKE);
		psip_guest_shut(sip, guest_of(l));
	}
}

void
psip_strangers_reap(struct pchat_sip *sip)
{
	reap_conns(sip);
	/* Looking costs, so once a second. */
	if (sip->strangers_tick == sip->tick)
		return;
	sip->strangers_tick = sip->tick;
	reap_handshakes(sip);
}

/* ---- hooks of the shim ---- */

size_t
psip_part_max(void *ctx, const struct sockaddr *peer, socklen_t peer_size)
{
	const struct pchat_sip *sip = ctx;

	for (size_t i = 0; i < sip->listeners.n; i++) {
		struct psip_address a = psip_address_of(sip->listeners.v[i], peer, peer_size);
		const struct pchat_sip_conn *conn = pchat_hash_get(&sip->conns_by_address,
		                                                   psip_address_key(&a));

		if (conn && !psip_linked(&conn->stranger))
			return PCHAT_SIP_MESSAGE_MAX;
	}
	return sip->h->needs_proof ? sip->opt.limits.stranger_part : PCHAT_SIP_MESSAGE_MAX;
}

void
psip_on_tls_failed(void *ctx, const struct sockaddr *peer, const char *detail)
{
	psip_refuse(ctx, peer, PCHAT_SIP_REFUSED_TLS, detail);
}
