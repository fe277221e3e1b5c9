/*
 * The same as bench_chat for a room (MUC) of an XMPP server, to have something to compare with:
 * joins N anonymous users to a room over a connection each, posts M messages and prints what that
 * cost the server.
 *
 *	bench_xmpp --server 127.0.0.1:5222 --pid PID --host bench.example --n 500 --messages 400
 *
 * It knows no XML: it looks for the words that have to come next.
 */
#include "tests/bench/load.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS   256
#define SETUP    32 /* connections that sign in at a time */
#define STAMP    "pchat-bench "
#define GIVE_UP  (60 * PCHAT_SECOND)
#define SETTLED  (PCHAT_SECOND / 2)
#define PER_READ 65536

/* What a connection waits for, and what it sends then. */
enum step { CLOSED, FEATURES, SUCCESS, FEATURES_AGAIN, BOUND, INSIDE, JOINED };

static const char *const awaited[] = {
	[FEATURES] = "</stream:features>",
	[SUCCESS] = "<success",
	[FEATURES_AGAIN] = "</stream:features>",
	[BOUND] = "</iq>",
	[INSIDE] = "110",
};

struct client {
	int fd;
	unsigned index;
	enum step step;
	struct pchat_buf in, out;
	size_t out_at;
	bool waits; /* EPOLLOUT is armed */
};

struct bench {
	const char *server_host, *port, *host;
	unsigned pid, n, messages, rate, window, size;
	int epoll;
	struct client *clients;
	struct addrinfo *to;
	unsigned started, joined;
	uint64_t posted, delivered, errors;
	int64_t last;
	PCHAT_VEC(uint32_t) latency;
};

/* ---- sending ---- */

static void
flush_out(struct bench *b, struct client *c)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

	while (c->out_at < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->out_at, c->out.n - c->out_at, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		c->out_at += (size_t)n;
	}
	if (c->out_at < c->out.n)
		e.events |= EPOLLOUT;
	else
		pchat_buf_clear(&c->out), c->out_at = 0;
	if (c->waits != ((e.events & EPOLLOUT) != 0)) {
		c->waits = !c->waits;
		epoll_ctl(b->epoll, EPOLL_CTL_MOD, c->fd, &e);
	}
}

static void
open_stream(const struct bench *b, struct client *c)
{
	pchat_buf_printf(&c->out,
	                 "<stream:stream xmlns='jabber:client' to='%s' version='1.0' "
	                 "xmlns:stream='http://etherx.jabber.org/streams'>",
	                 b->host);
}

/* What @c waited for has come. */
static void
go_on(struct bench *b, struct client *c)
{
	switch (c->step) {
	case FEATURES:
		pchat_buf_lit(&c->out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		                       "mechanism='ANONYMOUS'/>");
		break;
	case SUCCESS:
		open_stream(b, c);
		break;
	case FEATURES_AGAIN:
		pchat_buf_lit(&c->out, "<iq type='set' id='b'>"
		                       "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
		break;
	case BOUND:
		pchat_buf_printf(&c->out,
		                 "<presence to='room@conference.%s/user%u'>"
		                 "<x xmlns='http://jabber.org/protocol/muc'>"
		                 "<history maxstanzas='0'/></x></presence>",
		                 b->host, c->index);
		break;
	case INSIDE:
		b->joined++;
		break;
	case CLOSED:
	case JOINED:
		return;
	}
	c->step++;
	flush_out(b, c);
}

static void
post(struct bench *b)
{
	struct client *c = &b->clients[0];
	size_t text;

	pchat_buf_printf(&c->out,
	                 "<message to='room@conference.%s' type='groupchat' id='m%llu'><body>",
	                 b->host, (unsigned long long)b->posted);
	text = c->out.n;
	pchat_buf_printf(&c->out, STAMP "%lld ", (long long)pchat_monotonic());
	while (c->out.n < text + b->size)
		pchat_buf_char(&c->out, (char)('a' + c->out.n % 26));
	pchat_buf_lit(&c->out, "</body></message>");
	b->posted++;
	flush_out(b, c);
}

/* ---- receiving ---- */

/* Take the next of our messages off @in, once its stamp is there whole. */
static bool
take_delivery(struct bench *b, struct pchat_str *in)
{
	const char *at = memmem(in->p, in->n, STAMP, strlen(STAMP)), *end;
	int64_t now = pchat_monotonic(), sent = 0;

	if (!at)
		return false;
	at += strlen(STAMP);
	end = memchr(at, ' ', in->n - (size_t)(at - in->p));
	if (!end)
		return false;
	for (; at < end; at++)
		sent = sent * 10 + (*at - '0');
	in->n -= (size_t)(end - in->p);
	in->p = end;
	b->delivered++;
	b->errors += !pchat_vec_push(&b->latency, (uint32_t)(now - sent));
	return true;
}

static void
take_in(struct bench *b, struct client *c)
{
	struct pchat_str in = pchat_buf_view(&c->in);
	size_t keep;

	while (c->step < JOINED) {
		const char *word = awaited[c->step];
		const char *at;

		assert(word); /* it waits for something */
		at = memmem(in.p, in.n, word, strlen(word));
		if (!at)
			break;
		at += strlen(word);
		in.n -= (size_t)(at - in.p);
		in.p = at;
		go_on(b, c);
	}
	while (c->step == JOINED && take_delivery(b, &in))
		;
	/* A word may come in two parts. */
	keep = in.n < 64 ? in.n : 64;
	memmove(c->in.p, in.p + in.n - keep, keep);
	c->in.n = keep;
}

static void
read_in(struct bench *b, struct client *c)
{
	ssize_t n;

	if (!pchat_buf_reserve(&c->in, PER_READ))
		return;
	n = recv(c->fd, c->in.p + c->in.n, PER_READ, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (b->errors++ == 0)
			fprintf(stderr, "bench_xmpp: connection %u closed: %.*s\n", c->index,
			        (int)c->in.n, c->in.p);
		epoll_ctl(b->epoll, EPOLL_CTL_DEL, c->fd, NULL);
		return;
	}
	c->in.n += (size_t)n;
	b->last = pchat_monotonic();
	take_in(b, c);
}

/* ---- phases ---- */

static bool
start(struct bench *b)
{
	struct client *c = &b->clients[b->started];
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	c->index = b->started++;
	c->fd = socket(b->to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, b->to->ai_addr, b->to->ai_addrlen) != 0) {
		fprintf(stderr, "bench_xmpp: cannot connect: %s\n", strerror(errno));
		return false;
	}
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)fcntl(c->fd, F_SETFL, O_NONBLOCK);
	(void)epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &e);
	c->step = FEATURES;
	open_stream(b, c);
	flush_out(b, c);
	return true;
}

static void
round_of(struct bench *b, int ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(b->epoll, events, EVENTS, ms);

	for (int i = 0; i < n; i++) {
		struct client *c = events[i].data.ptr;

		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			read_in(b, c);
		if (events[i].events & EPOLLOUT)
			flush_out(b, c);
	}
}

static bool
stuck(const struct bench *b)
{
	return pchat_monotonic() - b->last > GIVE_UP;
}

static void
settle(struct bench *b)
{
	b->last = pchat_monotonic();
	while (pchat_monotonic() - b->last < SETTLED)
		round_of(b, 20);
}

static bool
join_all(struct bench *b)
{
	b->last = pchat_monotonic();
	while (b->joined < b->n && !stuck(b)) {
		while (b->started < b->n && b->started - b->joined < SETUP)
			if (!start(b))
				return false;
		round_of(b, 20);
	}
	if (b->joined < b->n)
		fprintf(stderr, "bench_xmpp: only %u of %u joined\n", b->joined, b->n);
	return b->joined == b->n;
}

static void
post_all(struct bench *b)
{
	int64_t began = pchat_monotonic();

	while (b->delivered < (uint64_t)b->messages * b->n && !stuck(b)) {
		uint64_t elapsed = (uint64_t)(pchat_monotonic() - began);
		uint64_t most = b->rate ? elapsed * b->rate / PCHAT_SECOND + 1
		                        : b->delivered / b->n + b->window;

		while (b->posted < most && b->posted < b->messages)
			post(b);
		round_of(b, b->rate ? 1 : 20);
	}
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double
percentile(const struct bench *b, double share)
{
	if (b->latency.n == 0)
		return 0;
	return b->latency.v[(size_t)(share * (double)(b->latency.n - 1) + 0.5)] / 1000.0;
}

static bool
run(struct bench *b)
{
	struct load_usage before, joined, after;
	int64_t began;
	double cpu, seconds;

	load_usage(b->pid, &before);
	if (!join_all(b))
		return false;
	settle(b);
	load_usage(b->pid, &joined);
	b->delivered = 0;
	b->latency.n = 0;
	began = pchat_monotonic();
	post_all(b);
	seconds = (double)(pchat_monotonic() - began) / 1e6;
	settle(b);
	load_usage(b->pid, &after);
	cpu = after.cpu - joined.cpu;
	if (b->latency.n > 0)
		qsort(b->latency.v, b->latency.n, sizeof(*b->latency.v), compare);
	printf("users=%u messages=%u rate=%u size=%u deliveries=%llu deliveries_per_s=%.0f "
	       "p50_ms=%.2f p99_ms=%.2f server_cpu_us_per_delivery=%.2f kib_per_session=%.1f "
	       "errors=%llu\n",
	       b->n, b->messages, b->rate, b->size, (unsigned long long)b->delivered,
	       (double)b->delivered / seconds, percentile(b, 0.5), percentile(b, 0.99),
	       b->delivered ? cpu * 1e6 / (double)b->delivered : 0,
	       ((double)joined.rss - (double)before.rss) / b->n, (unsigned long long)b->errors);
	return b->delivered == (uint64_t)b->messages * b->n && b->errors == 0;
}

static unsigned
number(const char *text)
{
	uint64_t n = 0;

	return pchat_str_uint(pchat_str(text), INT32_MAX, &n) ? (unsigned)n : 0;
}

static bool
parse_options(struct bench *b, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "server", required_argument, NULL, 's' },
		{ "pid", required_argument, NULL, 'p' },
		{ "host", required_argument, NULL, 'h' },
		{ "n", required_argument, NULL, 'n' },
		{ "messages", required_argument, NULL, 'm' },
		{ "rate", required_argument, NULL, 'r' },
		{ "window", required_argument, NULL, 'w' },
		{ "size", required_argument, NULL, 'z' },
		{ 0 },
	};
	int o;

	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (o == 's' && strrchr(optarg, ':')) {
			*strrchr(optarg, ':') = '\0';
			b->server_host = optarg;
			b->port = optarg + strlen(optarg) + 1;
		} else if (o == 'h') {
			b->host = optarg;
		} else if (strchr("pnmrwz", o)) {
			unsigned *const to[] = { &b->pid,  &b->n,      &b->messages,
				                 &b->rate, &b->window, &b->size };

			*to[strchr("pnmrwz", o) - "pnmrwz"] = number(optarg);
		} else {
			return false;
		}
	}
	return optind == argc && b->server_host && b->n > 0 && b->n <= LOAD_USERS_MAX;
}

int
main(int argc, char **argv)
{
	struct bench b = {
		.host = "bench.example", .n = 500, .messages = 400, .window = 16, .size = 100
	};
	bool ok = parse_options(&b, argc, argv);

	if (!ok) {
		fputs("usage: bench_xmpp --server HOST:PORT [--pid PID] [--host DOMAIN] [--n 500]\n"
		      "                  [--messages 400] [--rate N] [--window 16] [--size 100]\n",
		      stderr);
		return 2;
	}
	b.epoll = epoll_create1(EPOLL_CLOEXEC);
	b.clients = calloc(b.n, sizeof(*b.clients));
	ok = b.clients && b.epoll >= 0 &&
	     getaddrinfo(b.server_host, b.port, &(struct addrinfo){ .ai_socktype = SOCK_STREAM },
	                 &b.to) == 0 &&
	     run(&b);
	for (unsigned i = 0; b.clients && i < b.started; i++) {
		close(b.clients[i].fd);
		pchat_buf_release(&b.clients[i].in);
		pchat_buf_release(&b.clients[i].out);
	}
	if (b.to)
		freeaddrinfo(b.to);
	free(b.clients);
	pchat_vec_release(&b.latency);
	return ok ? 0 : 1;
}
