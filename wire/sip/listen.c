#include "wire/sip/internal.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/auto.h"

/* Values and reasons: libraries.md section 2.4. */
#define RECEIVE_BUFFER   (64 << 10)
#define KEEPALIVE_IDLE   60
#define KEEPALIVE_EVERY  10
#define KEEPALIVE_PROBES 3
#define USER_TIMEOUT_MS  30000
#define DEFER_SECONDS    10
#define PARTIAL_MS       30000 /* half a message */

static void
set(int fd, int level, int option, int value)
{
	/* Every one of them only improves things: no reason to refuse service. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void
psip_on_listening(void *ctx, int fd)
{
	struct pchat_sip *sip = ctx;

	/* Before listen(), for accepted sockets inherit them. The small receive buffer keeps the
	 * library from reading a megabyte of pipelined requests at once (trap 4). */
	set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
	set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_SECONDS);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (sip->opening)
		sip->opening->fd = fd;
}

void
psip_on_tls(void *ctx, SSL *ssl)
{
	struct pchat_sip *sip = ctx;

	if (sip->newest)
		sip->newest->ssl = ssl;
	if (sip->accepted && sip->accepted->cert)
		psip_cert_use(sip->accepted->cert, ssl);
}

static void
listener_free(struct psip_listener *l)
{
	if (!l)
		return;
	psip_cert_free(l->cert);
	free(l->tls_dir);
	free(l);
}

void
psip_listeners_free(struct pchat_sip *sip)
{
	for (size_t i = 0; i < sip->listeners.n; i++)
		listener_free(sip->listeners.v[i]);
	pchat_vec_release(&sip->listeners);
}

/* HOST:PORT of a spec, checked; the host is an address. */
struct place {
	char host[INET6_ADDRSTRLEN];
	bool v6;
	uint16_t port;
};

static bool
read_place(struct pchat_str s, struct place *ret)
{
	unsigned char address[sizeof(struct in6_addr)];
	struct pchat_str host, port;
	uint64_t number;
	size_t colon = s.n;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	host = (struct pchat_str){ s.p, colon - 1 };
	port = (struct pchat_str){ s.p + colon, s.n - colon };
	ret->v6 = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	if (ret->v6)
		host = (struct pchat_str){ host.p + 1, host.n - 2 };
	if (host.n == 0 || host.n >= sizeof(ret->host) || !pchat_str_uint(port, 65535, &number))
		return false;
	memcpy(ret->host, host.p, host.n);
	ret->host[host.n] = '\0';
	ret->port = (uint16_t)number;
	return inet_pton(ret->v6 ? AF_INET6 : AF_INET, ret->host, address) == 1;
}

static enum pchat_code
read_spec(const char *spec, struct place *place, bool *tls, struct pchat_err *err)
{
	struct pchat_str rest;
	struct pchat_str kind = pchat_str_cut(pchat_str(spec), ':', &rest);

	*tls = pchat_str_is(kind, "tls");
	if ((!*tls && !pchat_str_is(kind, "tcp")) || !read_place(rest, place)) {
		pchat_fail(err, PCHAT_INVALID,
		           "cannot listen on '%s': not an address of the form "
		           "tcp:ADDRESS:PORT or tls:ADDRESS:PORT",
		           spec);
		pchat_hint(err, "an IPv6 address stands in brackets: tcp:[::1]:5060");
		return PCHAT_INVALID;
	}
	return PCHAT_OK;
}

static enum pchat_code
load_tls(struct psip_listener *l, const struct pchat_sip_listener *conf, const char *spec,
         struct pchat_err *err)
{
	PCHAT_AUTO_TEXT ca = NULL;

	if (!conf || !conf->tls_dir) {
		pchat_fail(err, PCHAT_INVALID, "cannot listen on '%s': no certificate", spec);
		pchat_hint(err, "name a directory with agent.pem");
		return PCHAT_INVALID;
	}
	l->tls_dir = pchat_str_dup(pchat_str(conf->tls_dir));
	ca = pchat_text("%s/cafile.pem", conf->tls_dir);
	if (!l->tls_dir || !ca)
		return pchat_no_memory(err);
	if (access(ca, R_OK) < 0 && (l->verify || errno != ENOENT)) {
		pchat_fail(err, PCHAT_INVALID, "cannot use '%s': %s", ca, strerror(errno));
		pchat_hint(err, "it must hold the certificates, in PEM, that vouch for clients");
		return PCHAT_INVALID;
	}
	return psip_cert_load(l->tls_dir, l->verify, &l->cert, err);
}

static enum pchat_code
listener_new(struct pchat_sip *sip, const struct pchat_sip_listener *conf, bool tls,
             const char *spec, struct psip_listener **ret, struct pchat_err *err)
{
	struct psip_listener *l = calloc(1, sizeof(*l));
	enum pchat_code code;

	if (!l || !pchat_vec_reserve(&sip->listeners, 1)) {
		free(l);
		return pchat_no_memory(err);
	}
	l->sip = sip;
	l->fd = -1;
	l->tls = tls;
	l->verify = conf && conf->tls_verify_client;
	l->keep_seconds = conf ? conf->keep_seconds : 0;
	l->user = conf ? conf->user : NULL;
	code = tls ? load_tls(l, conf, spec, err) : PCHAT_OK;
	if (code != PCHAT_OK) {
		listener_free(l);
		return code;
	}
	*ret = l;
	return PCHAT_OK;
}

static bool
known(const struct pchat_sip *sip, const tport_t *primary)
{
	for (size_t i = 0; i < sip->listeners.n; i++) {
		if (sip->listeners.v[i]->primary == primary)
			return true;
	}
	return false;
}

static tport_t *
new_primary(const struct pchat_sip *sip)
{
	tport_t *tp = tport_primaries(nta_agent_tports(sip->agent));

	while (tp && known(sip, tp))
		tp = tport_next(tp);
	return tp;
}

/* SDWN_ERROR: tell us about orderly ends, too. 1000 is the most QUEUESIZE takes; that many answers
 * of the library may wait for a peer, INFO wait with us. */
#define COMMON_TAGS \
	TPTAG_PONG2PING(1), TPTAG_TIMEOUT(PARTIAL_MS), TPTAG_SDWN_ERROR(1), TPTAG_QUEUESIZE(1000)

static int
add_transport(struct pchat_sip *sip, const struct psip_listener *l, const char *url)
{
	if (!l->tls)
		return nta_agent_add_tport(sip->agent, URL_STRING_MAKE(url), COMMON_TAGS,
		                           TAG_END());
	return nta_agent_add_tport(
		sip->agent, URL_STRING_MAKE(url), COMMON_TAGS, TPTAG_CERTIFICATE(l->tls_dir),
		TPTAG_TLS_VERIFY_POLICY(l->verify ? TPTLS_VERIFY_IN : TPTLS_VERIFY_NONE),
		TAG_END());
}

static enum pchat_code
open_listener(struct pchat_sip *sip, struct psip_listener *l, const struct place *place,
              const char *spec, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT url = pchat_text("%s:%s%s%s:%u%s", l->tls ? "sips" : "sip",
	                                 place->v6 ? "[" : "", place->host, place->v6 ? "]" : "",
	                                 place->port, l->tls ? "" : ";transport=tcp");
	int failed;

	if (!url)
		return pchat_no_memory(err);
	sip->opening = l;
	errno = 0;
	failed = add_transport(sip, l, url);
	sip->opening = NULL;
	l->primary = new_primary(sip);
	if (failed < 0 || !l->primary || l->fd < 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot listen on '%s': %s", spec,
		                  errno ? strerror(errno) : "the SIP library refused");
	return PCHAT_OK;
}

static void
add_bound(struct pchat_buf *bound, const struct psip_listener *l)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t size = sizeof(sa);
	char hostport[PSIP_HOSTPORT];

	if (!bound || getsockname(l->fd, (struct sockaddr *)&sa, &size) < 0)
		return;
	psip_hostport((struct sockaddr *)&sa, hostport);
	pchat_buf_printf(bound, "%s:%s", l->tls ? "tls" : "tcp", hostport);
}

enum pchat_code
pchat_sip_listen(struct pchat_sip *sip, const char *spec, const struct pchat_sip_listener *conf,
                 struct pchat_buf *bound, struct pchat_err *err)
{
	struct psip_listener *l = NULL;
	struct place place = { 0 };
	enum pchat_code code;
	bool tls;

	code = read_spec(spec, &place, &tls, err);
	if (code == PCHAT_OK)
		code = listener_new(sip, conf, tls, spec, &l, err);
	if (code == PCHAT_OK) {
		assert(l);
		code = open_listener(sip, l, &place, spec, err);
	}
	if (code != PCHAT_OK) {
		listener_free(l);
		return code;
	}
	assert(l);
	sip->listeners.v[sip->listeners.n++] = l; /* room was reserved */
	add_bound(bound, l);
	return PCHAT_OK;
}

void
pchat_sip_unlisten(struct pchat_sip *sip)
{
	/* The library cannot close a primary and keep its connections, and a listening socket that
	 * is shut down would keep epoll busy. So: accept and close. */
	sip->unlistened = true;
}

enum pchat_code
pchat_sip_reload_certificates(struct pchat_sip *sip, struct pchat_err *err)
{
	for (size_t i = 0; i < sip->listeners.n; i++) {
		struct psip_listener *l = sip->listeners.v[i];
		struct psip_cert *cert = NULL;
		enum pchat_code code;

		if (!l->tls)
			continue;
		code = psip_cert_load(l->tls_dir, l->verify, &cert, err);
		if (code != PCHAT_OK)
			return code;
		psip_cert_free(l->cert);
		l->cert = cert;
	}
	return PCHAT_OK;
}
