/* GET /metrics. One page, no keep-alive: what Prometheus needs, and nothing to attack. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "pchatd/metrics.h"
#include "pchatd/options.h"
#include "pchatd/server.h"

#define CLIENTS     8
#define REQUEST_MAX 4096
#define STALL       (5 * PCHAT_SECOND)

struct scraper {
	struct pchat_metrics_server *server;
	int fd; /* -1: free */
	struct pchat_sip_watch *watch;
	char request[REQUEST_MAX];
	size_t n;
	struct pchat_buf out;
	size_t sent;
	int64_t until; /* monotonic */
};

struct pchat_metrics_server {
	struct pchatd *d;
	int fd;
	struct pchat_sip_watch *watch;
	char *bound;
	struct scraper clients[CLIENTS];
};

static void
drop(struct scraper *c)
{
	pchat_sip_unwatch(c->watch);
	close(c->fd);
	pchat_buf_release(&c->out);
	c->fd = -1;
	c->watch = NULL;
	c->n = c->sent = 0;
}

static void
answer(struct scraper *c, const char *status, const char *more, struct pchat_str body)
{
	pchat_buf_printf(&c->out,
	                 "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
	                 "Content-Length: %zu\r\nConnection: close\r\n%s\r\n",
	                 status, body.n, more);
	pchat_buf_str(&c->out, body);
}

static void
answer_request(struct scraper *c)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_str rest, target;
	struct pchat_str method = pchat_str_cut((struct pchat_str){ c->request, c->n }, ' ', &rest);

	target = pchat_str_cut(rest, ' ', &rest);
	target = pchat_str_cut(target, '?', &rest);
	if (!pchat_str_is(method, "GET")) {
		answer(c, "405 Method Not Allowed", "Allow: GET\r\n", PCHAT_STR("only GET\n"));
	} else if (!pchat_str_is(target, "/metrics")) {
		answer(c, "404 Not Found", "", PCHAT_STR("look at /metrics\n"));
	} else {
		pchat_metrics_text(c->server->d, &text);
		answer(c, "200 OK", "", pchat_buf_view(&text));
	}
	pchat_sip_watch_events(c->watch, PCHAT_SIP_WRITE);
}

static void
read_request(struct scraper *c)
{
	ssize_t n = recv(c->fd, c->request + c->n, sizeof(c->request) - c->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	c->n += (size_t)n;
	if (memmem(c->request, c->n, "\r\n\r\n", 4)) {
		answer_request(c);
	} else if (c->n == sizeof(c->request)) {
		answer(c, "431 Request Header Fields Too Large", "", PCHAT_STR("too long\n"));
		pchat_sip_watch_events(c->watch, PCHAT_SIP_WRITE);
	}
}

static void
write_answer(struct scraper *c)
{
	ssize_t n = pchat_buf_ok(&c->out) ? send(c->fd, c->out.p + c->sent, c->out.n - c->sent,
	                                         MSG_NOSIGNAL | MSG_DONTWAIT)
	                                  : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->sent += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->sent == c->out.n)
		drop(c);
}

static void
on_client(void *ctx, int fd, unsigned events)
{
	struct scraper *c = ctx;

	(void)fd;
	(void)events;
	if (c->out.n)
		write_answer(c);
	else
		read_request(c);
}

static void
on_connection(void *ctx, int listen_fd, unsigned events)
{
	struct pchat_metrics_server *s = ctx;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct scraper *c = NULL;

	(void)events;
	if (fd < 0)
		return;
	for (size_t i = 0; !c && i < CLIENTS; i++)
		if (s->clients[i].fd < 0)
			c = &s->clients[i];
	if (!c || pchat_sip_watch(s->d->sip, fd, PCHAT_SIP_READ, on_client, c, &c->watch, NULL)) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->until = pchat_monotonic() + STALL;
}

int
pchat_metrics_step(struct pchat_metrics_server *s)
{
	int64_t now = pchat_monotonic(), next = INT64_MAX;

	for (size_t i = 0; s && i < CLIENTS; i++) {
		struct scraper *c = &s->clients[i];

		if (c->fd >= 0 && now >= c->until)
			drop(c);
		if (c->fd >= 0 && c->until < next)
			next = c->until;
	}
	return next == INT64_MAX ? -1 : (int)((next - now + 999) / 1000);
}

/* ---- listening ---- */

static enum pchat_code
bind_to(struct pchat_metrics_server *s, const struct addrinfo *a, const char *spec,
        struct pchat_err *err)
{
	struct sockaddr_storage name = { 0 };
	socklen_t size = sizeof(name);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	const int on = 1;

	s->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(s->fd, a->ai_addr, a->ai_addrlen) < 0 || listen(s->fd, CLIENTS) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&name, &size) < 0 ||
	    getnameinfo((struct sockaddr *)&name, size, host, sizeof(host), port, sizeof(port),
	                NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot listen on '%s': %s", spec,
		                  strerror(errno));
	s->bound = strchr(host, ':') ? pchat_text("http://[%s]:%s/metrics", host, port)
	                             : pchat_text("http://%s:%s/metrics", host, port);
	return s->bound ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
open_socket(struct pchat_metrics_server *s, const char *spec, struct pchat_err *err)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		                        .ai_socktype = SOCK_STREAM };
	PCHAT_AUTO_TEXT tcp = pchat_text("tcp:%s", spec);
	const char *colon = strrchr(spec, ':');
	PCHAT_AUTO_TEXT host =
		colon ? pchat_str_dup((struct pchat_str){ spec, (size_t)(colon - spec) }) : NULL;
	struct addrinfo *found = NULL;
	enum pchat_code code;
	size_t n = host ? strlen(host) : 0;

	if (!tcp || (colon && !host))
		return pchat_no_memory(err);
	if (!host || !pchat_listen_is_loopback(tcp)) {
		pchat_fail(err, PCHAT_DENIED, "metrics cannot be had at '%s'", spec);
		pchat_hint(err, "write a loopback address and a port: 127.0.0.1:9464");
		return PCHAT_DENIED;
	}
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return pchat_fail(err, PCHAT_USAGE, "'%s' is no address and port", spec);
	code = bind_to(s, found, spec, err);
	freeaddrinfo(found);
	return code;
}

enum pchat_code
pchat_metrics_open(struct pchatd *d, const char *spec, struct pchat_metrics_server **ret,
                   struct pchat_err *err)
{
	struct pchat_metrics_server *s = calloc(1, sizeof(*s));
	enum pchat_code code;

	if (!s)
		return pchat_no_memory(err);
	s->d = d;
	s->fd = -1;
	for (size_t i = 0; i < CLIENTS; i++)
		s->clients[i] = (struct scraper){ .server = s, .fd = -1 };
	code = open_socket(s, spec, err);
	if (!code)
		code = pchat_sip_watch(d->sip, s->fd, PCHAT_SIP_READ, on_connection, s, &s->watch,
		                       err);
	if (code) {
		pchat_metrics_close(s);
		return code;
	}
	*ret = s;
	return PCHAT_OK;
}

const char *
pchat_metrics_bound(const struct pchat_metrics_server *s)
{
	return s->bound;
}

void
pchat_metrics_close(struct pchat_metrics_server *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < CLIENTS; i++)
		if (s->clients[i].fd >= 0)
			drop(&s->clients[i]);
	pchat_sip_unwatch(s->watch);
	if (s->fd >= 0)
		close(s->fd);
	free(s->bound);
	free(s);
}
