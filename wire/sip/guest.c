#include "wire/sip/internal.h"

#include <netinet/in.h>

struct psip_address
psip_address_of(const struct psip_listener *l, const struct sockaddr *peer, socklen_t size)
{
	struct psip_address a = { .listener = (uintptr_t)l };

	if (peer->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)peer;

		a.family = AF_INET;
		a.port = in->sin_port;
		memcpy(a.host, &in->sin_addr, sizeof(in->sin_addr));
	} else if (peer->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)peer;

		a.family = AF_INET6;
		a.port = in6->sin6_port;
		memcpy(a.host, &in6->sin6_addr, sizeof(in6->sin6_addr));
	}
	return a;
}

struct pchat_str
psip_address_key(const struct psip_address *a)
{
	_Static_assert(sizeof(*a) == 32, "a key without padding");
	return (struct pchat_str){ (const char *)a, sizeof(*a) };
}

/* ---- connections of a host ---- */

static const char *const refusal_texts[] = {
#define X(symbol, text) [PCHAT_SIP_REFUSED_##symbol] = text,
	PCHAT_SIP_REFUSALS(X)
#undef X
};

const char *
pchat_sip_refusal_text(enum pchat_sip_refusal why)
{
	return refusal_texts[why];
}

/* What counts as one address: that of IPv4, the network (/64) of IPv6, within which a host may
 * choose as many as it likes. */
struct host {
	unsigned char key[12];
	uint32_t n;         /* connections and guests */
	uint32_t strangers; /* of these */
};

static struct host
host_of(const struct psip_address *a)
{
	struct host h = { 0 };

	memcpy(h.key, &a->family, sizeof(a->family));
	memcpy(h.key + sizeof(a->family), a->host, sizeof(h.key) - sizeof(a->family));
	return h;
}

static struct host *
host_find(const struct pchat_sip *sip, const struct psip_address *a)
{
	struct host key = host_of(a);

	return pchat_hash_get(&sip->hosts,
	                      (struct pchat_str){ (const char *)key.key, sizeof(key.key) });
}

bool
psip_same_host(const struct psip_address *a, const struct psip_address *b)
{
	struct host x = host_of(a), y = host_of(b);

	return memcmp(x.key, y.key, sizeof(x.key)) == 0;
}

uint32_t
psip_host_strangers(const struct pchat_sip *sip, const struct psip_address *a)
{
	const struct host *h = host_find(sip, a);

	return h ? h->strangers : 0;
}

void
psip_host_stranger(struct pchat_sip *sip, const struct psip_address *a, bool more)
{
	struct host *h = host_find(sip, a);

	if (h)
		h->strangers += more ? 1 : UINT32_MAX;
}

bool
psip_host_enter(struct pchat_sip *sip, const struct psip_address *a)
{
	struct host *h = host_find(sip, a);

	if (!h) {
		h = malloc(sizeof(*h));
		if (!h)
			return false;
		*h = host_of(a);
		if (!pchat_hash_put(&sip->hosts,
		                    (struct pchat_str){ (const char *)h->key, sizeof(h->key) },
		                    h)) {
			free(h);
			return false;
		}
	}
	h->n++;
	return true;
}

void
psip_host_leave(struct pchat_sip *sip, const struct psip_address *a)
{
	struct host *h = host_find(sip, a);

	if (!h || --h->n > 0)
		return;
	pchat_hash_del(&sip->hosts, (struct pchat_str){ (const char *)h->key, sizeof(h->key) });
	free(h);
}

void
psip_refuse(struct pchat_sip *sip, const struct sockaddr *peer, enum pchat_sip_refusal why,
            const char *detail)
{
	char text[PSIP_HOSTPORT];

	sip->stats.conns_refused++;
	if (!sip->h->conn_refused)
		return;
	if (peer)
		psip_hostport(peer, text);
	sip->h->conn_refused(sip->ctx, peer ? text : NULL, why, detail);
}

void
psip_refuse_address(struct pchat_sip *sip, const struct psip_address *a, enum pchat_sip_refusal why)
{
	struct sockaddr_storage peer = { .ss_family = (sa_family_t)a->family };

	if (a->family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)&peer;

		in->sin_port = (in_port_t)a->port;
		memcpy(&in->sin_addr, a->host, sizeof(in->sin_addr));
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&peer;

		in6->sin6_port = (in_port_t)a->port;
		memcpy(&in6->sin6_addr, a->host, sizeof(in6->sin6_addr));
	}
	psip_refuse(sip, (struct sockaddr *)&peer, why, NULL);
}

void
psip_on_exhausted(void *ctx)
{
	psip_refuse(ctx, NULL, PCHAT_SIP_REFUSED_FILES, NULL);
	/* Who comes next is to find a free one. */
	(void)psip_stranger_makes_way(ctx, NULL, true);
}

/* ---- guests ---- */

static void
guest_free(struct pchat_sip *sip, struct psip_guest *g)
{
	if (pchat_hash_get(&sip->guests_by_address, psip_address_key(&g->address)) == g)
		pchat_hash_del(&sip->guests_by_address, psip_address_key(&g->address));
	if (sip->newest == g)
		sip->newest = NULL;
	psip_unlink(&g->link);
	psip_host_stranger(sip, &g->address, false);
	psip_host_leave(sip, &g->address);
	sip->n_guests--;
	sip->stats.strangers--;
	free(g);
}

void
psip_guests_free(struct pchat_sip *sip)
{
	struct psip_link *l;

	while ((l = psip_pop(&sip->guests)) || (l = psip_pop(&sip->broken_guests)))
		guest_free(sip, PSIP_OF(l, struct psip_guest, link));
	pchat_hash_release(&sip->guests_by_address);
	pchat_hash_release(&sip->hosts);
}

/* The library closes descriptors without telling, and the number may be anybody's by now. */
bool
psip_guest_is_there(const struct psip_guest *g)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);
	struct psip_address now;

	if (getpeername(g->fd, (struct sockaddr *)&peer, &size) < 0)
		return false;
	now = psip_address_of(g->listener, (struct sockaddr *)&peer, size);
	return memcmp(&now, &g->address, sizeof(now)) == 0;
}

static void
drop_stale(struct pchat_sip *sip)
{
	struct psip_link *next;

	for (struct psip_link *l = sip->guests.next; l != &sip->guests; l = next) {
		struct psip_guest *g = PSIP_OF(l, struct psip_guest, link);

		next = l->next;
		if (!psip_guest_is_there(g))
			guest_free(sip, g);
	}
}

static bool
is_full(struct pchat_sip *sip, const struct psip_address *a, enum pchat_sip_refusal *ret_why)
{
	bool full = sip->stats.conns + sip->n_guests >= sip->opt.limits.conns &&
	            !psip_stranger_makes_way(sip, NULL, false);
	const struct host *h = full ? NULL : host_find(sip, a);

	*ret_why = full ? PCHAT_SIP_REFUSED_CONNS : PCHAT_SIP_REFUSED_ADDRESS;
	return full || (h && h->n >= sip->opt.limits.per_address);
}

static bool
room_for_more(struct pchat_sip *sip, const struct psip_address *a, enum pchat_sip_refusal *ret_why)
{
	if (!is_full(sip, a, ret_why))
		return true;
	/* Some of the guests may have left. Looking costs, so once a second. */
	if (sip->reaped_tick == sip->tick)
		return false;
	sip->reaped_tick = sip->tick;
	drop_stale(sip);
	return !is_full(sip, a, ret_why);
}

static struct psip_listener *
listener_of(const struct pchat_sip *sip, int fd)
{
	for (size_t i = 0; i < sip->listeners.n; i++) {
		if (sip->listeners.v[i]->fd == fd)
			return sip->listeners.v[i];
	}
	return NULL;
}

bool
psip_on_accepted(void *ctx, int listen_fd, int fd, const struct sockaddr *peer, socklen_t peer_size)
{
	struct pchat_sip *sip = ctx;
	struct psip_listener *l = listener_of(sip, listen_fd);
	struct psip_guest *g;
	struct psip_guest *old;
	struct psip_address address;
	enum pchat_sip_refusal why;

	sip->events++;
	if (!l || sip->unlistened)
		return false;
	address = psip_address_of(l, peer, peer_size);
	if (!psip_stranger_may_come(sip, l, peer, &address, &why) ||
	    !room_for_more(sip, &address, &why)) {
		psip_refuse(sip, peer, why, NULL);
		return false;
	}
	g = calloc(1, sizeof(*g));
	if (!g)
		return false;
	g->listener = l;
	g->address = address;
	g->fd = fd;
	g->tick = sip->tick;
	old = pchat_hash_get(&sip->guests_by_address, psip_address_key(&g->address));
	if (old)
		guest_free(sip, old);
	if (!pchat_hash_put(&sip->guests_by_address, psip_address_key(&g->address), g)) {
		free(g);
		return false;
	}
	if (!psip_host_enter(sip, &address)) {
		pchat_hash_del(&sip->guests_by_address, psip_address_key(&g->address));
		free(g);
		return false;
	}
	psip_append(&sip->guests, &g->link);
	psip_host_stranger(sip, &address, true);
	sip->n_guests++;
	sip->stats.strangers++;
	sip->accepted = l;
	sip->newest = g;
	sip->stats.accepted++;
	return true;
}

int
psip_guest_take(struct pchat_sip *sip, const struct psip_listener *l, const struct sockaddr *peer,
                socklen_t peer_size, SSL **ret_ssl)
{
	struct psip_address a = psip_address_of(l, peer, peer_size);
	struct psip_guest *g = pchat_hash_get(&sip->guests_by_address, psip_address_key(&a));
	int fd = g ? g->fd : -1;

	*ret_ssl = g ? g->ssl : NULL;
	if (g)
		guest_free(sip, g);
	return fd;
}

/* The library sees the end and closes; closing is never ours to do. */
void
psip_guest_shut(struct pchat_sip *sip, struct psip_guest *g)
{
	if (psip_guest_is_there(g)) {
		(void)shutdown(g->fd, SHUT_RDWR);
		sip->stats.reaped++;
	}
	guest_free(sip, g);
}

static bool
overdue(const struct pchat_sip *sip)
{
	return !psip_list_empty(&sip->guests) &&
	       sip->tick - PSIP_OF(sip->guests.next, struct psip_guest, link)->tick >
	               sip->opt.first_request_seconds;
}

void
psip_guests_reap(struct pchat_sip *sip)
{
	struct psip_link *l;

	while ((l = psip_pop(&sip->broken_guests)))
		psip_guest_shut(sip, PSIP_OF(l, struct psip_guest, link));
	while (overdue(sip) && (l = psip_pop(&sip->guests))) {
		struct psip_guest *g = PSIP_OF(l, struct psip_guest, link);

		if (psip_guest_is_there(g))
			psip_refuse_address(sip, &g->address, PCHAT_SIP_REFUSED_SILENT);
		psip_guest_shut(sip, g);
	}
}

/* Not at once: there may be an answer yet, which says what was wrong. */
static void
breaks(struct pchat_sip *sip, const struct psip_address *a)
{
	struct psip_guest *g = pchat_hash_get(&sip->guests_by_address, psip_address_key(a));
	struct pchat_sip_conn *conn = pchat_hash_get(&sip->conns_by_address, psip_address_key(a));

	if (g || (conn && !conn->closing))
		psip_refuse_address(sip, a, PCHAT_SIP_REFUSED_BROKEN);
	if (conn)
		psip_conn_ends(conn);
	if (!g)
		return;
	psip_unlink(&g->link);
	psip_append(&sip->broken_guests, &g->link);
	sip->events++;
}

void
psip_on_broken(void *ctx, const struct sockaddr *peer, socklen_t peer_size)
{
	struct pchat_sip *sip = ctx;

	/* The parser does not know the listener; two connections from one port are rare, and the
	 * wrong one is a client of the same machine. */
	for (size_t i = 0; i < sip->listeners.n; i++) {
		struct psip_address a = psip_address_of(sip->listeners.v[i], peer, peer_size);

		breaks(sip, &a);
	}
}

bool
psip_is_tls(void *ctx, const struct sockaddr *peer, socklen_t peer_size)
{
	const struct pchat_sip *sip = ctx;

	for (size_t i = 0; i < sip->listeners.n; i++) {
		const struct psip_listener *l = sip->listeners.v[i];
		struct psip_address a = psip_address_of(l, peer, peer_size);

		if (l->tls && (pchat_hash_get(&sip->conns_by_address, psip_address_key(&a)) ||
		               pchat_hash_get(&sip->guests_by_address, psip_address_key(&a))))
			return true;
	}
	return false;
}
