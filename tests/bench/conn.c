#include "tests/bench/load.h"
#include "tests/bench/ticket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS         256
#define COMPLAINTS_MAX 5

bool
load_fault(struct load *l)
{
	return l->errors++ < COMPLAINTS_MAX;
}

static void
name_local(struct load_conn *c)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char host[48], port[8];

	if (getsockname(c->fd, (struct sockaddr *)&a, &n) != 0 ||
	    getnameinfo((struct sockaddr *)&a, n, host, sizeof(host), port, sizeof(port),
	                NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	snprintf(c->local, sizeof(c->local), strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static bool
connect_one(struct load_conn *c, const struct addrinfo *to)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	c->fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, to->ai_addr, to->ai_addrlen) != 0)
		return false;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	name_local(c);
	if (!load_secure_start(c) || fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0)
		return false;
	return epoll_ctl(c->load->epoll, EPOLL_CTL_ADD, c->fd, &e) == 0;
}

/* One descriptor per connection and a few more. */
static void
raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

bool
load_connect(struct load *l)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *to;
	bool ok = true;

	raise_limit();
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!load_secure_init(l)) {
		fprintf(stderr, "bench_chat: cannot set up TLS\n");
		return false;
	}
	if (l->epoll < 0 || getaddrinfo(l->opt.host, l->opt.port, &hints, &to) != 0) {
		fprintf(stderr, "bench_chat: no address '%s:%s'\n", l->opt.host, l->opt.port);
		return false;
	}
	for (unsigned i = 0; i < l->opt.connections && ok; i++) {
		l->conns[i] = (struct load_conn){ .load = l, .fd = -1 };
		ok = connect_one(&l->conns[i], to);
		if (!ok)
			fprintf(stderr, "bench_chat: connection %u to %s:%s: %s\n", i, l->opt.host,
			        l->opt.port, strerror(errno));
	}
	freeaddrinfo(to);
	return ok;
}

void
load_disconnect(struct load *l)
{
	for (unsigned i = 0; l->conns && i < l->opt.connections; i++) {
		struct load_conn *c = &l->conns[i];

		if (c->load && c->fd >= 0)
			close(c->fd);
		load_secure_end(c);
		load_ticket_free(c->ticket);
		pchat_buf_release(&c->in);
		pchat_buf_release(&c->out);
	}
	load_secure_release(l);
	if (l->epoll > 0)
		close(l->epoll);
}

/* All dialogs of a connection end with it. */
static void
lost(struct load_conn *c, const char *why)
{
	struct load *l = c->load;

	if (c->fd < 0)
		return;
	load_complain(l, "connection closed: %s", why);
	close(c->fd);
	c->fd = -1;
	for (unsigned i = 0; i < l->opt.n; i++) {
		struct load_dialog *d = &l->dialogs[i];

		if (d->conn != c || d->state == LOAD_DEAD)
			continue;
		l->joined -= d->state == LOAD_JOINED;
		l->dead++;
		d->state = LOAD_DEAD;
	}
}

void
load_dirty(struct load_conn *c)
{
	if (c->dirty || c->fd < 0)
		return;
	c->dirty = true;
	c->next_dirty = c->load->dirty;
	c->load->dirty = c;
}

static void
arm(struct load_conn *c, bool out)
{
	struct epoll_event e = { .events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c };

	if (c->waits != out && epoll_ctl(c->load->epoll, EPOLL_CTL_MOD, c->fd, &e) == 0)
		c->waits = out;
}

static void
flush_out(struct load_conn *c)
{
	while (c->fd >= 0 && c->out_at < c->out.n) {
		ssize_t n = load_write(c, c->out.p + c->out_at, c->out.n - c->out_at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			arm(c, true);
			return;
		}
		if (n < 0) {
			lost(c, strerror(errno));
			return;
		}
		c->out_at += (size_t)n;
	}
	if (c->fd < 0)
		return;
	pchat_buf_clear(&c->out);
	c->out_at = 0;
	arm(c, false);
}

static void
flush_all(struct load *l)
{
	while (l->dirty) {
		struct load_conn *c = l->dirty;

		l->dirty = c->next_dirty;
		c->dirty = false;
		flush_out(c);
	}
}

/* Drop what was handled, once it is worth a copy. */
static void
compact(struct load_conn *c)
{
	if (c->in_at < c->in.n && c->in_at < LOAD_RECV)
		return;
	memmove(c->in.p, c->in.p + c->in_at, c->in.n - c->in_at);
	c->in.n -= c->in_at;
	c->in_at = 0;
}

static void
read_some(struct load_conn *c)
{
	ssize_t n;

	compact(c);
	if (!pchat_buf_reserve(&c->in, LOAD_RECV)) {
		lost(c, "out of memory");
		return;
	}
	n = load_read(c, c->in.p + c->in.n, LOAD_RECV);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lost(c, n < 0 ? strerror(errno) : "by the server");
		return;
	}
	c->in.n += (size_t)n;
	c->load->last = pchat_monotonic();
	if (!load_receive(c))
		lost(c, "no SIP");
}

static void
read_in(struct load_conn *c)
{
	if (c->fd < 0)
		return;
	do
		read_some(c);
	while (c->fd >= 0 && load_has_more(c));
}

bool
load_round(struct load *l, int ms)
{
	struct epoll_event events[EVENTS];
	int n;

	flush_all(l);
	n = epoll_wait(l->epoll, events, EVENTS, ms);
	if (n < 0)
		return errno == EINTR;
	for (int i = 0; i < n; i++) {
		struct load_conn *c = events[i].data.ptr;

		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			read_in(c);
		if (events[i].events & EPOLLOUT && c->fd >= 0)
			flush_out(c);
	}
	flush_all(l);
	return true;
}
