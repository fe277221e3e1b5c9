/*
 * Signs users in by Kerberos, each time over a new connection, and prints what that cost:
 *
 *	bench_signin --server 127.0.0.1:5060 --pid PID --kerberos KEYTAB --n 100 --count 5000
 *
 * A sign-in is connection, REGISTER, 401, REGISTER with the token of a fresh association, 200.
 * --parallel of them are under way at a time, in step. Exit status 1 if one was refused.
 */
#include "tests/bench/load.h"
#include "tests/bench/ticket.h"

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define PARALLEL_MAX 256
#define ANSWER_MAX   8192
#define DOMAIN       "contoso.example"

struct signin {
	char *host;
	const char *port, *keytab;
	unsigned pid, n, count, parallel;

	struct addrinfo *to;
	struct load_ticket **tickets; /* of user1 to user.n */
	struct slot {
		int fd;
		unsigned user;
	} slots[PARALLEL_MAX];
	unsigned started;
};

static bool
fail(const char *what)
{
	fprintf(stderr, "bench_signin: %s: %s\n", what, strerror(errno));
	return false;
}

static bool
open_slot(struct signin *s, struct slot *c)
{
	const struct timeval limit = { .tv_sec = 30 };
	int one = 1;

	c->user = s->started++ % s->n;
	c->fd = socket(s->to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, s->to->ai_addr, s->to->ai_addrlen) != 0)
		return fail("cannot connect");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return true;
}

/* Reset, so that no port is kept waiting. */
static void
close_slot(struct slot *c)
{
	struct linger now = { .l_onoff = 1 };

	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->fd);
}

static bool
say(struct signin *s, const struct slot *c, unsigned cseq, bool with_token)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	PCHAT_AUTO_TEXT user = pchat_text("sip:user%u@" DOMAIN, c->user + 1);
	PCHAT_AUTO_TEXT fields = pchat_text("<bench-%u><%u><REGISTER><%s><f1><%s><><><><>", c->user,
	                                    cseq, user, user);

	pchat_buf_printf(&out,
	                 "REGISTER sip:" DOMAIN " SIP/2.0\r\n"
	                 "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKb%u\r\n"
	                 "From: <%s>;tag=f1;epid=%012x\r\nTo: <%s>\r\nCall-ID: bench-%u\r\n"
	                 "CSeq: %u REGISTER\r\nMax-Forwards: 70\r\nEvent: registration\r\n"
	                 "Contact: <sip:127.0.0.1:5060;transport=tcp>;"
	                 "+sip.instance=\"<urn:uuid:085e0bd8-031c-5a0d-8d9a-%012x>\"\r\n",
	                 cseq, user, c->user, user, c->user, cseq, c->user);
	if (with_token)
		load_ticket_put(s->tickets[c->user], &out, fields);
	pchat_buf_lit(&out, "Content-Length: 0\r\n\r\n");
	return send(c->fd, out.p, out.n, MSG_NOSIGNAL) == (ssize_t)out.n || fail("cannot send");
}

/* The next answer must have this status. */
static bool
hear(const struct slot *c, const char *status)
{
	char answer[ANSWER_MAX + 1];
	size_t n = 0;

	do {
		ssize_t got = recv(c->fd, answer + n, ANSWER_MAX - n, 0);

		if (got <= 0)
			return fail("no answer");
		n += (size_t)got;
		answer[n] = '\0';
	} while (!strstr(answer, "\r\n\r\n") && n < ANSWER_MAX);
	if (strncmp(answer + strlen("SIP/2.0 "), status, 3) == 0)
		return true;
	fprintf(stderr, "bench_signin: user %u: %.*s\n", c->user + 1, (int)strcspn(answer, "\r"),
	        answer);
	return false;
}

static bool
sign_in_batch(struct signin *s, unsigned n)
{
	bool good = true;
	unsigned i;

	for (i = 0; i < n; i++)
		if (!open_slot(s, &s->slots[i]) || !say(s, &s->slots[i], 1, false))
			return false;
	for (i = 0; i < n && good; i++)
		good = hear(&s->slots[i], "401") &&
		       load_ticket_start(s->tickets[s->slots[i].user]) &&
		       say(s, &s->slots[i], 2, true);
	for (i = 0; i < n && good; i++)
		good = hear(&s->slots[i], "200");
	for (i = 0; i < n; i++)
		close_slot(&s->slots[i]);
	return good;
}

static bool
get_tickets(struct signin *s)
{
	s->tickets = calloc(s->n, sizeof(struct load_ticket *));
	for (unsigned i = 0; s->tickets && i < s->n; i++) {
		PCHAT_AUTO_TEXT user = pchat_text("user%u", i + 1);

		s->tickets[i] = load_ticket_new(user, s->keytab, "chat." DOMAIN);
		if (!s->tickets[i] || !load_ticket_start(s->tickets[i])) {
			fprintf(stderr, "bench_signin: no ticket for %s\n", user);
			return false;
		}
	}
	return s->tickets;
}

static bool
run(struct signin *s)
{
	struct load_usage before = { 0 }, after = { 0 };
	int64_t began;
	double seconds, cpu;

	if (getaddrinfo(s->host, s->port, &(struct addrinfo){ .ai_socktype = SOCK_STREAM },
	                &s->to) != 0 ||
	    !get_tickets(s))
		return false;
	load_usage(s->pid, &before);
	began = pchat_monotonic();
	while (s->started < s->count) {
		unsigned left = s->count - s->started;

		if (!sign_in_batch(s, left < s->parallel ? left : s->parallel))
			return false;
	}
	seconds = (double)(pchat_monotonic() - began) / 1e6;
	load_usage(s->pid, &after);
	cpu = after.cpu - before.cpu;
	printf("users=%u sign_ins=%u parallel=%u seconds=%.2f sign_ins_per_s=%.0f "
	       "server_cpu_us_per_sign_in=%.0f sign_ins_per_core_s=%.0f rss_kib=%lu\n",
	       s->n, s->count, s->parallel, seconds, s->count / seconds, cpu * 1e6 / s->count,
	       cpu > 0 ? s->count / cpu : 0, after.rss);
	return true;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "server", required_argument, NULL, 's' },
		{ "pid", required_argument, NULL, 'p' },
		{ "kerberos", required_argument, NULL, 'k' },
		{ "n", required_argument, NULL, 'n' },
		{ "count", required_argument, NULL, 'c' },
		{ "parallel", required_argument, NULL, 'P' },
		{ NULL, 0, NULL, 0 },
	};
	struct signin s = { .n = 100, .count = 3000, .parallel = 32 };
	char *colon = NULL;
	bool good;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;

		switch (c) {
		case 's':
			s.host = optarg;
			break;
		case 'k':
			s.keytab = optarg;
			break;
		case 'p':
			s.pid = number;
			break;
		case 'n':
			s.n = number;
			break;
		case 'c':
			s.count = number;
			break;
		case 'P':
			s.parallel = number;
			break;
		default:
			return 2;
		}
	}
	colon = s.host ? strrchr(s.host, ':') : NULL;
	if (!colon || !s.keytab || s.n < s.parallel || s.parallel == 0 ||
	    s.parallel > PARALLEL_MAX) {
		fputs("usage: bench_signin --server HOST:PORT --kerberos KEYTAB [--pid PID] [--n "
		      "USERS] [--count SIGN-INS] [--parallel UP-TO-USERS]\n",
		      stderr);
		return 2;
	}
	*colon = '\0';
	s.port = colon + 1;
	good = run(&s);
	for (unsigned i = 0; s.tickets && i < s.n; i++)
		load_ticket_free(s.tickets[i]);
	free(s.tickets);
	if (s.to)
		freeaddrinfo(s.to);
	return good ? 0 : 1;
}
