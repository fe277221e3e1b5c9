/*
 * What one acknowledged delivery costs the server: the same body as an INFO to
 * each of many dialogs, every one answered 200, again and again. The agent runs
 * in this process, the clients (raw sockets, epoll) in a child on another CPU.
 *
 *	bench_sip_fanout [CONNECTIONS [DIALOGS-PER-CONNECTION [ROUNDS [BODY-SIZE]]]]
 *
 * With 0 dialogs it measures the floor: the same octets written and read by a bare
 * epoll loop, one call each. On a busy machine only the ratio to it means much.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "wire/sip/sip.h"

/* ---- the clients ---- */

#define IN_MAX (256 << 10)

struct link {
	int fd;
	unsigned index;
	unsigned invited;
	unsigned n_dialogs;
	size_t n;
	char in[IN_MAX + 1];
};

static void
write_all(int fd, struct pchat_buf *out)
{
	size_t done = 0;

	while (done < out->n) {
		ssize_t n = send(fd, out->p + done, out->n - done, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			_exit(0); /* the server is done */
		done += n > 0 ? (size_t)n : 0;
	}
	pchat_buf_clear(out);
}

static void
invite(struct link *l, struct pchat_buf *out)
{
	pchat_buf_printf(
		out,
		"INVITE sip:chat@contoso.example SIP/2.0\r\n"
		"Via: SIP/2.0/tcp 127.0.0.1:%u\r\n"
		"From: <sip:user%u@contoso.example>;tag=2061610658;epid=b34afb6ebb23\r\n"
		"To: <sip:chat@contoso.example>\r\nMax-Forwards: 70\r\nCSeq: 1 INVITE\r\n"
		"Call-ID: E2AFg7600aBB61i29A8mC75Ct%ux%u\r\n"
		"Contact: <sip:user%u@contoso.example;opaque=user:epid:b34afb6ebb23;gruu>\r\n"
		"Content-Length: 0\r\n\r\n",
		5000 + l->index, l->index, l->index, l->invited, l->index);
	l->invited++;
}

static void
copy_header(struct pchat_buf *out, const char *head, const char *name)
{
	const char *at = strstr(head, name);

	if (at)
		pchat_buf_add(out, at, strcspn(at + 2, "\r") + 4);
	out->n -= at ? 2 : 0; /* the line break that begins the next */
}

/* ACK what is a 200 to INVITE, answer what is an INFO. */
static void
answer(struct link *l, const char *head, struct pchat_buf *out)
{
	bool ok = strncmp(head, "SIP/2.0 200", 11) == 0;

	if (ok)
		pchat_buf_lit(out, "ACK sip:chat@contoso.example SIP/2.0");
	else if (strncmp(head, "INFO ", 5) == 0)
		pchat_buf_lit(out, "SIP/2.0 200 OK");
	else
		return;
	copy_header(out, head, "\r\nVia: ");
	copy_header(out, head, "\r\nFrom: ");
	copy_header(out, head, "\r\nTo: ");
	copy_header(out, head, "\r\nCall-ID: ");
	if (ok)
		pchat_buf_lit(out, "\r\nCSeq: 1 ACK");
	else
		copy_header(out, head, "\r\nCSeq: ");
	/* What the real client adds. */
	pchat_buf_lit(out,
	              "\r\nContact: <sip:user@contoso.example;opaque=user:epid:b34afb6ebb23;gruu>"
	              "\r\nContent-Length: 0\r\n"
	              "User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n\r\n");
	if (ok && l->invited < l->n_dialogs)
		invite(l, out);
}

static void
on_input(struct link *l, struct pchat_buf *out)
{
	ssize_t n = recv(l->fd, l->in + l->n, IN_MAX - l->n, MSG_DONTWAIT);
	size_t at = 0;

	if (n == 0 || (n < 0 && errno != EAGAIN))
		_exit(0);
	l->n += n > 0 ? (size_t)n : 0;
	l->in[l->n] = '\0';
	for (;;) {
		char *head = l->in + at;
		char *end = memmem(head, l->n - at, "\r\n\r\n", 4);
		char *length;
		size_t size;

		if (!end)
			break;
		*end = '\0';
		length = strstr(head, "\r\nContent-Length: ");
		size = length ? strtoul(length + 18, NULL, 10) : 0;
		*end = '\r';
		if (l->n - at < (size_t)(end + 4 - head) + size)
			break;
		*(end + 2) = '\0'; /* the last header keeps its line break */
		answer(l, head, out);
		at += (size_t)(end + 4 - head) + size;
	}
	memmove(l->in, l->in + at, l->n - at);
	l->n -= at;
	write_all(l->fd, out);
}

static int
connect_to(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		perror("bench_sip_fanout: connect");
		_exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void
clients(uint16_t port, unsigned n_links, unsigned n_dialogs)
{
	struct link **links = calloc(n_links, sizeof(struct link *));
	struct pchat_buf out = { 0 };
	int epoll = epoll_create1(0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "clients");
	for (unsigned i = 0; i < n_links; i++) {
		struct epoll_event ev = { .events = EPOLLIN };
		struct link *l = calloc(1, sizeof(*l));

		ev.data.ptr = links[i] = l;
		l->fd = connect_to(port);
		l->index = i;
		l->n_dialogs = n_dialogs;
		epoll_ctl(epoll, EPOLL_CTL_ADD, l->fd, &ev);
		if (n_dialogs > 0)
			invite(l, &out);
		write_all(l->fd, &out);
	}
	for (;;) {
		struct epoll_event ev[64];
		int n = epoll_wait(epoll, ev, PCHAT_N(ev), -1);

		for (int i = 0; i < n; i++)
			on_input(ev[i].data.ptr, &out);
	}
}

/* ---- the server ---- */

struct bench {
	struct pchat_sip *sip;
	struct pchat_sip_dialog **dialogs;
	unsigned n, confirmed, closed;
};

static void
on_request(void *ctx, struct pchat_sip_txn *txn)
{
	struct pchat_sip_dialog *d;

	if (pchat_sip_txn_request(txn)->kind == PCHAT_SIP_INVITE)
		pchat_sip_accept(txn, 0, ctx, &d, NULL);
	else
		pchat_sip_refuse(txn, 501, PCHAT_SIP_DIAG_NONE);
}

static void
on_confirmed(void *ctx, struct pchat_sip_dialog *d)
{
	struct bench *b = ctx;

	b->dialogs[b->confirmed++] = d;
}

static void
on_info(void *ctx, struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	(void)ctx, (void)d;
	pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
}

static void
on_info_done(void *ctx, struct pchat_sip_dialog *d, uint64_t cookie, int status)
{
	(void)ctx, (void)d, (void)cookie, (void)status;
}

static void
on_closed(void *ctx, struct pchat_sip_dialog *d, enum pchat_sip_end end)
{
	(void)d, (void)end;
	((struct bench *)ctx)->closed++;
}

static void
on_conn_closed(void *ctx, struct pchat_sip_conn *conn)
{
	(void)ctx, (void)conn;
}

static const struct pchat_sip_handlers handlers = {
	.request = on_request,
	.confirmed = on_confirmed,
	.info = on_info,
	.info_done = on_info_done,
	.closed = on_closed,
	.conn_closed = on_conn_closed,
};

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* Resident now, not at its peak. */
static long
resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!f || fscanf(f, "%*s %ld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static bool
run(struct bench *b, unsigned rounds, struct pchat_sip_body *body)
{
	const struct pchat_sip_stats *st = pchat_sip_stats(b->sip);
	uint64_t before = st->info_answers;
	double cpu = cpu_seconds();
	int64_t start = pchat_monotonic();
	uint64_t done;
	double wall;

	for (unsigned r = 0; r < rounds; r++) {
		uint64_t target = st->info_answers + b->n;

		for (unsigned i = 0; i < b->n; i++)
			(void)pchat_sip_info(b->dialogs[i], body, 0);
		while (st->info_answers < target && b->closed == 0)
			pchat_sip_step(b->sip, 1000);
	}
	cpu = cpu_seconds() - cpu;
	wall = (double)(pchat_monotonic() - start) / 1e6;
	done = st->info_answers - before;
	printf("%llu deliveries: %.2f us CPU each, %.0f per second, a round %.2f ms\n",
	       (unsigned long long)done, cpu * 1e6 / (double)done, (double)done / wall,
	       wall * 1e3 / rounds);
	return b->closed == 0;
}

/* ---- the floor ---- */

static int
listen_bare(uint16_t *ret_port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t size = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 1024) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &size) < 0)
		return -1;
	*ret_port = ntohs(sa.sin_port);
	return fd;
}

/* As long as the real one is. */
static void
write_info(struct pchat_buf *out, unsigned size)
{
	pchat_buf_printf(
		out,
		"INFO sip:user0@contoso.example;opaque=user:epid:b34afb6ebb23;gruu "
		"SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 127.0.0.1:40000;branch=z9hG4bK000000000000000000000000\r\n"
		"From: <sip:chat@contoso.example>;tag=0123456789abcdef\r\n"
		"To: <sip:user0@contoso.example>;tag=2061610658;epid=b34afb6ebb23\r\n"
		"Call-ID: E2AFg7600aBB61i29A8mC75Ct0x0\r\nMax-Forwards: 70\r\n"
		"Contact: <sip:127.0.0.1:40000;transport=tcp>\r\nCSeq: 1 INFO\r\n"
		"Content-Type: text/plain\r\nContent-Length: %u\r\n\r\n",
		size);
	for (unsigned i = 0; i < size; i++)
		pchat_buf_char(out, 'x');
}

static void
floor_round(int epoll, const int *fds, unsigned n, const struct pchat_buf *text)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < n; i++)
		(void)!send(fds[i], text->p, text->n, MSG_NOSIGNAL);
	while (answers < n) {
		struct epoll_event ev[64];
		char in[4096];
		int ready = epoll_wait(epoll, ev, PCHAT_N(ev), -1);

		for (int i = 0; i < ready; i++)
			answers += recv(ev[i].data.fd, in, sizeof(in), 0) > 0;
	}
}

static int
run_floor(unsigned links, unsigned rounds, unsigned size)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	int *fds = calloc(links, sizeof(int));
	int epoll = epoll_create1(0);
	uint16_t port = 0;
	int listener = listen_bare(&port);
	pid_t child = fork();
	double cpu;

	if (child == 0) {
		pin(1);
		clients(port, links, 0);
		_exit(0);
	}
	pin(0);
	write_info(&text, size);
	for (unsigned i = 0; i < links; i++) {
		struct epoll_event ev = { .events = EPOLLIN };
		int one = 1;

		ev.data.fd = fds[i] = accept(listener, NULL, NULL);
		setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &ev);
	}
	for (unsigned pass = 0; pass < 3; pass++) {
		cpu = cpu_seconds();
		for (unsigned r = 0; r < rounds; r++)
			floor_round(epoll, fds, links, &text);
		cpu = cpu_seconds() - cpu;
		printf("floor, %u connections: %.2f us CPU each\n", links,
		       cpu * 1e6 / links / rounds);
	}
	free(fds);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}

/* The library frees transactions by a timer. */
static void
settle(struct bench *b)
{
	int64_t end = pchat_monotonic() + 2 * PCHAT_SECOND;

	while (pchat_monotonic() < end)
		pchat_sip_step(b->sip, 100);
}

static unsigned
argument(int argc, char **argv, int i, unsigned usual)
{
	return i < argc ? (unsigned)strtoul(argv[i], NULL, 10) : usual;
}

int
main(int argc, char **argv)
{
	unsigned links = argument(argc, argv, 1, 500), each = argument(argc, argv, 2, 1);
	unsigned rounds = argument(argc, argv, 3, 200), size = argument(argc, argv, 4, 600);
	PCHAT_AUTO_VALUE(buf) bound = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO(sip_body) body = NULL;
	struct bench b = { .n = links * each };
	struct pchat_err err = { 0 };
	size_t heap;
	long empty;
	pid_t child;
	bool ok;

	if (each == 0)
		return run_floor(links, rounds, size);
	b.dialogs = calloc(b.n ? b.n : 1, sizeof(struct pchat_sip_dialog *));
	while (text.n < size)
		pchat_buf_char(&text, 'x');
	body = pchat_sip_body_new(pchat_buf_view(&text));
	if (!b.dialogs || !body || pchat_sip_new(&handlers, &b, NULL, &b.sip, &err) ||
	    pchat_sip_listen(b.sip, "tcp:127.0.0.1:0", NULL, &bound, &err)) {
		fprintf(stderr, "bench_sip_fanout: %s\n", pchat_err_text(&err));
		return 1;
	}
	child = fork();
	if (child == 0) {
		pin(1);
		clients((uint16_t)strtoul(strrchr(bound.p, ':') + 1, NULL, 10), links, each);
		_exit(0);
	}
	pin(0);
	empty = resident_kib();
	heap = mallinfo2().uordblks;
	while (b.confirmed < b.n && b.closed == 0)
		pchat_sip_step(b.sip, 1000);
	settle(&b);
	printf("%u connections, %u dialogs each, body of %u: per dialog %.2f KiB resident, %.2f KiB of "
	       "heap in use\n",
	       links, each, size, (double)(resident_kib() - empty) / b.n,
	       (double)(mallinfo2().uordblks - heap) / 1024 / b.n);
	ok = run(&b, rounds / 10 + 1, body) && run(&b, rounds, body) && run(&b, rounds, body) &&
	     run(&b, rounds, body);
	pchat_sip_free(b.sip);
	free(b.dialogs);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return ok ? 0 : 1;
}
