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

static void
guest_free(struct pchat_sip *sip, struct psip_guest *g)
{
	if (pchat_hash_get(&sip->guests_by_address, psip_address_key(&g->address)) == g)
		pchat_hash_del(&sip->guests_by_address, psip_address_key(&g->address));
	psip_unlink(&g->link);
	sip->n_guests--;
	free(g);
}

void
psip_guests_free(struct pchat_sip *sip)
{
	struct psip_link *l;

	while ((l = psip_pop(&sip->guests)) || (l = psip_pop(&sip->broken_guests)))
		guest_free(sip, PSIP_OF(l, struct psip_guest, link));
	pchat_hash_release(&sip->guests_by_address);
}

/* Is g->fd still the socket that was accepted? The library closes descriptors without telling, and
 * the number may be anybody's by now. */
static bool
still_there(const struct psip_guest *g)
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
		if (!still_there(g))
			guest_free(sip, g);
	}
}

static bool
room_for_more(struct pchat_sip *sip)
{
	if (sip->stats.conns + sip->n_guests < sip->opt.max_conns)
		return true;
	/* Some of the guests may have left. Looking costs, so once a second. */
	if (sip->reaped_tick == sip->tick)
		return false;
	sip->reaped_tick = sip->tick;
	drop_stale(sip);
	return sip->stats.conns + sip->n_guests < sip->opt.max_conns;
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

	sip->events++;
	if (!l || sip->unlistened || !room_for_more(sip))
		return false;
	g = calloc(1, sizeof(*g));
	if (!g)
		return false;
	g->listener = l;
	g->address = psip_address_of(l, peer, peer_size);
	g->fd = fd;
	g->tick = sip->tick;
	old = pchat_hash_get(&sip->guests_by_address, psip_address_key(&g->address));
	if (old)
		guest_free(sip, old);
	if (!pchat_hash_put(&sip->guests_by_address, psip_address_key(&g->address), g)) {
		free(g);
		return false;
	}
	psip_append(&sip->guests, &g->link);
	sip->n_guests++;
	sip->accepted = l;
	sip->stats.accepted++;
	return true;
}

int
psip_guest_take(struct pchat_sip *sip, const struct psip_listener *l, const struct sockaddr *peer,
                socklen_t peer_size)
{
	struct psip_address a = psip_address_of(l, peer, peer_size);
	struct psip_guest *g = pchat_hash_get(&sip->guests_by_address, psip_address_key(&a));
	int fd = g ? g->fd : -1;

	if (g)
		guest_free(sip, g);
	return fd;
}

/* The library sees the end and closes; closing is never ours to do. */
static void
shut(struct pchat_sip *sip, struct psip_guest *g)
{
	if (still_there(g)) {
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
		shut(sip, PSIP_OF(l, struct psip_guest, link));
	while (overdue(sip) && (l = psip_pop(&sip->guests)))
		shut(sip, PSIP_OF(l, struct psip_guest, link));
}

/* Not at once: there may be an answer yet, which says what was wrong. */
static void
breaks(struct pchat_sip *sip, const struct psip_address *a)
{
	struct psip_guest *g = pchat_hash_get(&sip->guests_by_address, psip_address_key(a));
	struct pchat_sip_conn *conn = pchat_hash_get(&sip->conns_by_address, psip_address_key(a));

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
