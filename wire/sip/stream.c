#include "wire/sip/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/auto.h"
#include "base/clock.h"
#include "wire/sip/hostport.h"
#include "wire/sip/identity.h"

#define CHUNK 16384

struct psip_stream {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl; /* NULL: TCP */
	char local[PSIP_HOSTPORT];
};

void
psip_stream_free(struct psip_stream *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* Wait for @events; false at the deadline. */
static bool
wait_for(const struct psip_stream *s, short events, int64_t deadline)
{
	struct pollfd p = { .fd = s->fd, .events = events };

	for (;;) {
		int64_t left = deadline - pchat_monotonic();
		int n;

		if (left <= 0)
			return false;
		n = poll(&p, 1, (int)(left / 1000) + 1);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

/* ---- connecting ---- */

static enum pchat_code
split(const char *target, bool *tls, struct pchat_str *host, struct pchat_str *port,
      struct pchat_err *err)
{
	struct pchat_str rest;
	struct pchat_str kind = pchat_str_cut(pchat_str(target), ':', &rest);
	size_t colon = rest.n;

	while (colon > 0 && rest.p[colon - 1] != ':')
		colon--;
	*tls = pchat_str_is(kind, "tls");
	if ((!*tls && !pchat_str_is(kind, "tcp")) || colon < 2 || colon == rest.n) {
		pchat_fail(err, PCHAT_INVALID, "cannot connect to '%s'", target);
		pchat_hint(err, "write tcp:HOST:PORT or tls:HOST:PORT");
		return PCHAT_INVALID;
	}
	*host = (struct pchat_str){ rest.p, colon - 1 };
	*port = (struct pchat_str){ rest.p + colon, rest.n - colon };
	if (host->n > 2 && host->p[0] == '[' && host->p[host->n - 1] == ']')
		*host = (struct pchat_str){ host->p + 1, host->n - 2 };
	return PCHAT_OK;
}

static int
try_address(struct psip_stream *s, const struct addrinfo *ai, int64_t deadline)
{
	socklen_t size = sizeof(int);
	int error = 0;

	s->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno;
	if (connect(s->fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (!wait_for(s, POLLOUT, deadline))
		return ETIMEDOUT;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return errno;
	return error;
}

static int
try_all(struct psip_stream *s, const struct addrinfo *first, int64_t deadline)
{
	int error = EHOSTUNREACH;

	for (const struct addrinfo *ai = first; ai; ai = ai->ai_next) {
		error = try_address(s, ai, deadline);
		if (error == 0)
			return 0;
		if (s->fd >= 0)
			close(s->fd);
		s->fd = -1;
	}
	return error;
}

static void
note_local(struct psip_stream *s)
{
	int one = 1;

	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	psip_local_hostport(s->fd, s->local);
}

static enum pchat_code
connect_tcp(struct psip_stream *s, const char *host, const char *port, int64_t deadline,
            struct pchat_err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int error = getaddrinfo(host, port, &hints, &list);

	if (error)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot find '%s': %s", host,
		                  gai_strerror(error));
	error = try_all(s, list, deadline);
	freeaddrinfo(list);
	if (error)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot connect to '%s' port %s: %s",
		                  host, port, strerror(error));
	note_local(s);
	return PCHAT_OK;
}

/* ---- TLS ---- */

/* What the verdict on a certificate calls for. */
static const struct {
	long verdict;
	const char *hint;
} remedies[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED,
	  "renew the server's certificate, or do without it with --insecure" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "compare the clocks, or do without it with --insecure" },
};

static const char *
remedy(long verdict)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (remedies[i].verdict == verdict)
			return remedies[i].hint;
	return "name the certificate that vouches for the server's with --ca-file, "
	       "or do without that with --insecure";
}

static enum pchat_code
tls_failure(const struct psip_stream *s, const char *what, struct pchat_err *err)
{
	long verdict = s->ssl ? SSL_get_verify_result(s->ssl) : X509_V_OK;
	char text[256] = "";

	if (verdict != X509_V_OK)
		snprintf(text, sizeof(text), "%s", X509_verify_cert_error_string(verdict));
	else
		ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
	ERR_clear_error();
	pchat_fail(err, PCHAT_UNAVAILABLE, "%s: %s", what, text);
	if (verdict != X509_V_OK)
		pchat_hint(err, "%s", remedy(verdict));
	return PCHAT_UNAVAILABLE;
}

/* What the call wants to wait for, or 0 if it failed for good. */
static short
tls_wants(const struct psip_stream *s, int r)
{
	switch (SSL_get_error(s->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return POLLIN;
	case SSL_ERROR_WANT_WRITE:
		return POLLOUT;
	default:
		return 0;
	}
}

/* A name to ask for; addresses are none. */
static bool
ask_for(SSL *ssl, const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1 ||
	       SSL_set_tlsext_host_name(ssl, host);
}

static bool
set_up(struct psip_stream *s, const char *host, const struct psip_stream_options *opt)
{
	s->ssl = SSL_new(s->ctx);
	if (!s->ssl || !SSL_set_fd(s->ssl, s->fd))
		return false;
	if (!opt->insecure)
		SSL_set_verify(s->ssl, SSL_VERIFY_PEER, NULL);
	return ask_for(s->ssl, host);
}

static enum pchat_code
load_authorities(struct psip_stream *s, const char *file, struct pchat_err *err)
{
	if (file ? SSL_CTX_load_verify_locations(s->ctx, file, NULL)
	         : SSL_CTX_set_default_verify_paths(s->ctx))
		return PCHAT_OK;
	ERR_clear_error();
	pchat_fail(err, PCHAT_INVALID, "cannot read certificates from '%s'",
	           file ? file : "the system's store");
	pchat_hint(err, "--ca-file names a file with certificates in PEM");
	return PCHAT_INVALID;
}

/* The library has checked who vouches for it, not for whom: its rules are those of the web. */
static enum pchat_code
check_identity(const struct psip_stream *s, const char *host, const char *domain,
               struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) names = { 0 };
	X509 *cert = SSL_get1_peer_certificate(s->ssl);
	bool is = cert && (psip_cert_is(cert, host) || psip_cert_is_address(cert, host) ||
	                   (domain && psip_cert_is(cert, domain)));

	if (cert && !is)
		psip_cert_names(cert, &names);
	X509_free(cert);
	if (is)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_UNAVAILABLE,
	           "no TLS with the server: its certificate is for %s, not for '%s'%s%s%s",
	           names.n ? pchat_buf_cstr(&names) : "nobody", host, domain ? " or '" : "",
	           domain ? domain : "", domain ? "'" : "");
	pchat_hint(err,
	           "connect to a name it is for, have one issued with the URI 'sip:%s' among "
	           "its names (wildcards do not count), or do without that with --insecure",
	           domain ? domain : host);
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
start_tls(struct psip_stream *s, const char *host, const struct psip_stream_options *opt,
          int64_t deadline, struct pchat_err *err)
{
	s->ctx = SSL_CTX_new(TLS_client_method());
	if (!s->ctx || !SSL_CTX_set_min_proto_version(s->ctx, TLS1_2_VERSION))
		return tls_failure(s, "cannot set up TLS", err);
	if (load_authorities(s, opt->ca_file, err))
		return PCHAT_INVALID;
	if (!set_up(s, host, opt))
		return tls_failure(s, "cannot set up TLS", err);
	for (;;) {
		int r = SSL_connect(s->ssl);
		short events;

		if (r == 1)
			return opt->insecure ? PCHAT_OK : check_identity(s, host, opt->domain, err);
		events = tls_wants(s, r);
		if (!events)
			return tls_failure(s, "no TLS with the server", err);
		if (!wait_for(s, events, deadline))
			return pchat_fail(err, PCHAT_UNAVAILABLE, "no TLS with the server in time");
	}
}

enum pchat_code
psip_stream_open(const char *target, const struct psip_stream_options *opt, int64_t deadline,
                 struct psip_stream **ret, struct pchat_err *err)
{
	struct psip_stream *s = calloc(1, sizeof(*s));
	struct pchat_str host, port;
	PCHAT_AUTO_TEXT host_text = NULL;
	PCHAT_AUTO_TEXT port_text = NULL;
	enum pchat_code code;
	bool tls;

	if (!s)
		return pchat_no_memory(err);
	s->fd = -1;
	code = split(target, &tls, &host, &port, err);
	if (code == PCHAT_OK) {
		host_text = pchat_str_dup(host);
		port_text = pchat_str_dup(port);
		code = host_text && port_text ? PCHAT_OK : pchat_no_memory(err);
	}
	if (code == PCHAT_OK)
		code = connect_tcp(s, host_text, port_text, deadline, err);
	if (code == PCHAT_OK && tls)
		code = start_tls(s, host_text, opt, deadline, err);
	if (code == PCHAT_OK)
		*ret = s;
	else
		psip_stream_free(s);
	return code;
}

/* ---- data ---- */

/* Octets moved, 0 at the end of the stream, -1 with *@events set if it has to wait (or 0: broken).
 */
static ssize_t
write_some(struct psip_stream *s, struct pchat_str data, short *events)
{
	ssize_t n;

	if (s->ssl) {
		int r = SSL_write(s->ssl, data.p, data.n > CHUNK ? CHUNK : (int)data.n);

		if (r > 0)
			return r;
		*events = tls_wants(s, r);
		return -1;
	}
	n = send(s->fd, data.p, data.n, MSG_NOSIGNAL);
	*events = n < 0 && (errno == EAGAIN || errno == EINTR) ? POLLOUT : 0;
	return n;
}

static ssize_t
read_some(struct psip_stream *s, char *to, short *events)
{
	ssize_t n;

	if (s->ssl) {
		int r = SSL_read(s->ssl, to, CHUNK);

		if (r > 0)
			return r;
		*events = tls_wants(s, r);
		return *events ? -1 : 0;
	}
	n = recv(s->fd, to, CHUNK, 0);
	*events = n < 0 && (errno == EAGAIN || errno == EINTR) ? POLLIN : 0;
	return n;
}

static enum pchat_code
gone(struct pchat_err *err)
{
	ERR_clear_error();
	return pchat_fail(err, PCHAT_UNAVAILABLE, "the server closed the connection");
}

enum pchat_code
psip_stream_write(struct psip_stream *s, struct pchat_str data, int64_t deadline,
                  struct pchat_err *err)
{
	while (data.n > 0) {
		short events = 0;
		ssize_t n = write_some(s, data, &events);

		if (n > 0) {
			data.p += n;
			data.n -= (size_t)n;
		} else if (!events) {
			return gone(err);
		} else if (!wait_for(s, events, deadline)) {
			return pchat_fail(err, PCHAT_UNAVAILABLE, "the server takes no more data");
		}
	}
	return PCHAT_OK;
}

static enum pchat_code
fail_late(struct pchat_err *err)
{
	pchat_fail(err, PCHAT_UNAVAILABLE, "no answer in time");
	pchat_hint(err, "the server is there and says nothing: see its log");
	return PCHAT_UNAVAILABLE;
}

enum pchat_code
psip_stream_read(struct psip_stream *s, struct pchat_buf *in, int64_t deadline,
                 struct pchat_err *err)
{
	for (;;) {
		char chunk[CHUNK];
		short events = 0;
		ssize_t n = read_some(s, chunk, &events);

		if (n > 0) {
			pchat_buf_add(in, chunk, (size_t)n);
			return pchat_buf_check(in, err);
		}
		if (!events)
			return gone(err);
		if (!wait_for(s, events, deadline))
			return fail_late(err);
	}
}

const char *
psip_stream_local(const struct psip_stream *s)
{
	return s->local;
}

bool
psip_stream_tls(const struct psip_stream *s)
{
	return s->ssl;
}
