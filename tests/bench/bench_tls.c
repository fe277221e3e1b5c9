/*
 * Makes TLS connections to a server and ends them again, and prints what that cost:
 *
 *	bench_tls --server 127.0.0.1:5061 --pid PID --seconds 5 [--rate 500] [--resume 1]
 *
 * Without --rate as many as the server takes, --parallel at a time. With --resume all but the
 * first take up the session of that one. SIGTERM ends it early. Exit status 1 if a handshake
 *failed.
 */
#include "tests/bench/load.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define PARALLEL_MAX 256

struct slot {
	int fd; /* -1: free */
	SSL *ssl;
	short wants; /* of poll() */
	bool connected;
	int64_t began;
};

struct storm {
	const char *host;
	const char *port;
	unsigned pid, rate, seconds, parallel;
	bool resume;

	struct addrinfo *to;
	SSL_CTX *ctx;
	SSL_SESSION *session; /* to be resumed; NULL: none yet */
	struct slot slots[PARALLEL_MAX];
	uint64_t started, done, resumed, failed;
	PCHAT_VEC(uint32_t) times; /* microseconds from connect() to the end of the handshake */
};

/* The library keeps a session with the connection that got its ticket; we want it for others. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct storm *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (!s->resume || s->session)
		return 0;
	s->session = session;
	return 1;
}

static bool
set_up(struct storm *s)
{
	s->ctx = SSL_CTX_new(TLS_client_method());
	if (!s->ctx || !SSL_CTX_set_min_proto_version(s->ctx, TLS1_2_VERSION))
		return false;
	SSL_CTX_set_app_data(s->ctx, s);
	SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(s->ctx, on_session);
	for (unsigned i = 0; i < PARALLEL_MAX; i++)
		s->slots[i].fd = -1;
	return getaddrinfo(s->host, s->port, &(struct addrinfo){ .ai_socktype = SOCK_STREAM },
	                   &s->to) == 0;
}

/* Reset, so that no port is kept waiting. */
static void
end(struct slot *c)
{
	struct linger now = { .l_onoff = 1 };

	if (c->fd < 0)
		return;
	if (c->connected)
		(void)SSL_shutdown(c->ssl);
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	SSL_free(c->ssl);
	close(c->fd);
	*c = (struct slot){ .fd = -1 };
}

static void
fail(struct storm *s, struct slot *c, const char *what)
{
	if (s->failed++ == 0)
		fprintf(stderr, "bench_tls: %s: %s\n", what, strerror(errno));
	ERR_clear_error();
	end(c);
}

/* A copy: using a session once marks it as used. */
static bool
take_up(const struct storm *s, SSL *ssl)
{
	SSL_SESSION *copy = s->session ? SSL_SESSION_dup(s->session) : NULL;
	bool good = !s->session || (copy && SSL_set_session(ssl, copy));

	SSL_SESSION_free(copy);
	return good;
}

static void
start(struct storm *s, struct slot *c)
{
	int one = 1;

	s->started++;
	c->began = pchat_monotonic();
	c->fd = socket(s->to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0 ||
	    (connect(c->fd, s->to->ai_addr, s->to->ai_addrlen) != 0 && errno != EINPROGRESS)) {
		fail(s, c, "cannot connect");
		return;
	}
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->ssl = SSL_new(s->ctx);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->fd) || !take_up(s, c->ssl))
		fail(s, c, "cannot set up TLS");
	else
		c->wants = POLLOUT;
}

/* What poll() is to wait for after @r; 0: it failed. */
static short
wanted(struct slot *c, int r)
{
	int error = SSL_get_error(c->ssl, r);

	if (error == SSL_ERROR_WANT_WRITE)
		return POLLOUT;
	return error == SSL_ERROR_WANT_READ ? POLLIN : 0;
}

static void
connected(struct storm *s, struct slot *c)
{
	c->connected = true;
	s->done++;
	s->resumed += SSL_session_reused(c->ssl) ? 1 : 0;
	if (!pchat_vec_push(&s->times, (uint32_t)(pchat_monotonic() - c->began)))
		fail(s, c, "out of memory");
}

static void
step(struct storm *s, struct slot *c)
{
	char octet;
	int r;

	if (!c->connected) {
		r = SSL_connect(c->ssl);
		if (r == 1)
			connected(s, c);
		else if (!(c->wants = wanted(c, r)))
			fail(s, c, "no TLS with the server");
	}
	if (c->fd < 0 || !c->connected)
		return;
	/* The ticket comes after the handshake. */
	if (s->resume && !s->session && SSL_read(c->ssl, &octet, 1) <= 0 && !s->session) {
		c->wants = POLLIN;
		return;
	}
	end(c);
}

/* How many may have been started by now. */
static uint64_t
allowance(const struct storm *s, int64_t elapsed)
{
	if (s->resume && !s->session)
		return 1;
	return s->rate ? (uint64_t)elapsed * s->rate / (uint64_t)PCHAT_SECOND + 1 : UINT64_MAX;
}

static void
round_of(struct storm *s, int64_t elapsed, bool more)
{
	struct pollfd fds[PARALLEL_MAX];

	for (unsigned i = 0; i < s->parallel; i++) {
		struct slot *c = &s->slots[i];

		if (c->fd < 0 && more && s->started < allowance(s, elapsed))
			start(s, c);
		fds[i] = (struct pollfd){ .fd = c->fd, .events = c->wants };
	}
	if (poll(fds, s->parallel, 1) <= 0)
		return;
	for (unsigned i = 0; i < s->parallel; i++)
		if (fds[i].revents && s->slots[i].fd >= 0)
			step(s, &s->slots[i]);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double
percentile(const struct storm *s, double share)
{
	if (s->times.n == 0)
		return 0;
	return s->times.v[(size_t)(share * (double)(s->times.n - 1) + 0.5)] / 1000.0;
}

static bool
told_to_stop(void)
{
	sigset_t waiting;

	return sigpending(&waiting) == 0 && sigismember(&waiting, SIGTERM) == 1;
}

static void
run(struct storm *s)
{
	struct load_usage before, after;
	int64_t start_time = pchat_monotonic(), length = s->seconds * PCHAT_SECOND, elapsed;
	sigset_t term;
	double cpu;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	load_usage(s->pid, &before);
	while ((elapsed = pchat_monotonic() - start_time) < length && !told_to_stop())
		round_of(s, elapsed, true);
	load_usage(s->pid, &after);
	for (unsigned i = 0; i < s->parallel; i++)
		end(&s->slots[i]);
	if (s->times.n > 0)
		qsort(s->times.v, s->times.n, sizeof(*s->times.v), compare);
	cpu = after.cpu - before.cpu;
	printf("handshakes=%llu resumed=%llu failed=%llu per_s=%.0f p50_ms=%.2f p99_ms=%.2f "
	       "max_ms=%.2f",
	       (unsigned long long)s->done, (unsigned long long)s->resumed,
	       (unsigned long long)s->failed, (double)s->done * 1e6 / (double)elapsed,
	       percentile(s, 0.5), percentile(s, 0.99), percentile(s, 1));
	if (s->pid && s->done && cpu > 0)
		printf(" server_cpu_us=%.0f per_s_and_core=%.0f", cpu * 1e6 / (double)s->done,
		       (double)s->done / cpu);
	printf("\n");
}

static unsigned
number(const char *text, unsigned most)
{
	uint64_t n = 0;

	return pchat_str_uint(pchat_str(text), most, &n) ? (unsigned)n : 0;
}

static bool
parse_options(struct storm *s, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "server", required_argument, NULL, 's' },
		{ "pid", required_argument, NULL, 'p' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 't' },
		{ "parallel", required_argument, NULL, 'n' },
		{ "resume", required_argument, NULL, 'u' },
		{ 0 },
	};
	int o;

	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (o == 's' && strrchr(optarg, ':')) {
			*strrchr(optarg, ':') = '\0';
			s->host = optarg;
			s->port = optarg + strlen(optarg) + 1;
		} else if (o == 'p') {
			s->pid = number(optarg, INT32_MAX);
		} else if (o == 'r') {
			s->rate = number(optarg, 1000000);
		} else if (o == 't') {
			s->seconds = number(optarg, 3600);
		} else if (o == 'n') {
			s->parallel = number(optarg, PARALLEL_MAX);
		} else if (o == 'u') {
			s->resume = number(optarg, 1);
		} else {
			return false;
		}
	}
	return optind == argc && s->host && s->seconds > 0 && s->parallel > 0;
}

int
main(int argc, char **argv)
{
	struct storm s = { .seconds = 5, .parallel = 16 };

	if (!parse_options(&s, argc, argv)) {
		fputs("usage: bench_tls --server HOST:PORT [--pid PID] [--seconds 5] [--rate N]\n"
		      "                 [--parallel 16] [--resume 1]\n",
		      stderr);
		return 2;
	}
	if (set_up(&s))
		run(&s);
	else
		fputs("bench_tls: cannot set up TLS, or no such address\n", stderr);
	SSL_SESSION_free(s.session);
	SSL_CTX_free(s.ctx);
	if (s.to)
		freeaddrinfo(s.to);
	pchat_vec_release(&s.times);
	return s.done > 0 && s.failed == 0 ? 0 : 1;
}
