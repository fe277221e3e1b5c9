#include "rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"

/* ---- the daemon's side ---- */

static void
on_request(void *ctx, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct rig *rig = ctx;

	pchat_buf_printf(&rig->events, "request %.*s %.*s\n", PCHAT_STR_ARG(rq->method),
	                 PCHAT_STR_ARG(rq->from.uri));
	rig->conn = pchat_sip_txn_conn(txn);
	if (rig->defer) {
		rig->txn = txn;
		return;
	}
	if (rq->kind == PCHAT_SIP_INVITE && !rig->status) {
		struct pchat_err err = { 0 };

		if (pchat_sip_accept(txn, rig->session_expires, rig, &rig->dialog, &err))
			pchat_buf_printf(&rig->events, "refused %s\n", pchat_err_text(&err));
		pchat_err_release(&err);
		return;
	}
	if (rig->reply)
		pchat_sip_reply(txn, rig->reply);
	else
		pchat_sip_refuse(txn, rig->status ? rig->status : 200, PCHAT_SIP_DIAG_NONE);
}

static void
on_confirmed(void *ctx, struct pchat_sip_dialog *d)
{
	struct rig *rig = ctx;

	(void)d;
	rig->n_confirmed++;
	pchat_buf_text(&rig->events, "confirmed\n");
}

static void
on_info(void *ctx, struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct rig *rig = ctx;

	pchat_buf_printf(&rig->events, "info %.*s\n", PCHAT_STR_ARG(rq->body));
	rig->dialog = d;
	if (rig->defer) {
		rig->txn = txn;
		return;
	}
	pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
	if (rig->on_info)
		rig->on_info(rig, d);
}

static void
on_info_done(void *ctx, struct pchat_sip_dialog *d, uint64_t cookie, int status)
{
	struct rig *rig = ctx;

	(void)d;
	pchat_buf_printf(&rig->events, "done %llu %d\n", (unsigned long long)cookie, status);
}

static void
on_closed(void *ctx, struct pchat_sip_dialog *d, enum pchat_sip_end end)
{
	struct rig *rig = ctx;

	pchat_buf_printf(&rig->events, "closed %s\n", pchat_sip_end_text(end));
	rig->n_closed++;
	if (rig->dialog == d)
		rig->dialog = NULL;
	if (rig->on_closed)
		rig->on_closed(rig, d);
}

static void
on_conn_closed(void *ctx, struct pchat_sip_conn *conn)
{
	struct rig *rig = ctx;

	rig->n_conn_closed++;
	if (rig->conn == conn)
		rig->conn = NULL;
	pchat_buf_text(&rig->events, "conn closed\n");
}

static void
name_peer(void *ctx, struct pchat_sip_conn *conn, struct pchat_buf *out)
{
	struct rig *rig = ctx;

	assert_int_equal(out->n, 0);
	assert_false(pchat_sip_conn_lost(conn));
	if (rig->peer)
		pchat_buf_text(out, rig->peer);
}

static void
on_conn_lost(void *ctx, struct pchat_sip_conn *conn, uint32_t n)
{
	struct rig *rig = ctx;

	assert_true(pchat_sip_conn_lost(conn));
	rig->n_lost++;
	pchat_buf_printf(&rig->events, "lost %u\n", n);
}

static void
on_conn_moved(void *ctx, struct pchat_sip_conn *from, struct pchat_sip_conn *to)
{
	struct rig *rig = ctx;

	assert_ptr_not_equal(from, to);
	rig->n_moved++;
	pchat_buf_text(&rig->events, "moved\n");
}

static enum pchat_code
sdp(struct pchat_buf *out, struct pchat_str offer, struct pchat_str host, struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(out, "v=0\r\nc=IN IP4 %.*s\r\nm=%s\r\n", PCHAT_STR_ARG(host),
	                 offer.n ? "answer" : "offer");
	return PCHAT_OK;
}

static uint16_t
port_of(const char *spec)
{
	return (uint16_t)strtoul(strrchr(spec, ':') + 1, NULL, 10);
}

void
rig_start(struct rig *rig, const struct pchat_sip_options *opt)
{
	PCHAT_AUTO_VALUE(buf) bound = { 0 };
	const struct pchat_sip_listener l = { .keep_seconds = rig->keep_seconds };
	struct pchat_err err = { 0 };

	rig->handlers = (struct pchat_sip_handlers){
		.request = on_request,
		.confirmed = on_confirmed,
		.info = on_info,
		.info_done = on_info_done,
		.closed = on_closed,
		.conn_closed = on_conn_closed,
		.sdp = sdp,
		.peer = name_peer,
		.conn_lost = on_conn_lost,
		.conn_moved = on_conn_moved,
	};
	if (pchat_sip_new(&rig->handlers, rig, opt, &rig->sip, &err) ||
	    pchat_sip_listen(rig->sip, "tcp:127.0.0.1:0", &l, &bound, &err))
		fail_msg("%s", pchat_err_text(&err));
	snprintf(rig->spec, sizeof(rig->spec), "%s", pchat_buf_cstr(&bound));
	rig->port = port_of(rig->spec);
	assert_int_not_equal(rig->port, 0);
}

void
rig_listen_tls(struct rig *rig, const char *dir)
{
	const struct pchat_sip_listener l = { .tls_dir = dir };
	PCHAT_AUTO_VALUE(buf) bound = { 0 };
	struct pchat_err err = { 0 };

	if (pchat_sip_listen(rig->sip, "tls:127.0.0.1:0", &l, &bound, &err))
		fail_msg("%s", pchat_err_text(&err));
	rig->tls_port = port_of(pchat_buf_cstr(&bound));
}

void
rig_stop(struct rig *rig)
{
	pchat_sip_free(rig->sip);
	pchat_buf_release(&rig->events);
	*rig = (struct rig){ 0 };
}

void
rig_step(struct rig *rig)
{
	pchat_sip_step(rig->sip, 2);
}

void
rig_wait(struct rig *rig, const char *text)
{
	rig_until(rig, strstr(pchat_buf_cstr(&rig->events), text));
}

const char *
rig_events(struct rig *rig)
{
	static char text[65536];

	snprintf(text, sizeof(text), "%s", pchat_buf_cstr(&rig->events));
	pchat_buf_clear(&rig->events);
	return text;
}

/* ---- the client's side ---- */

static int
connect_to(uint16_t port, uint16_t *ret_local)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };
	socklen_t size = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	assert_true(fd >= 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		fail_msg("connect: %s", strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	getsockname(fd, (struct sockaddr *)&sa, &size);
	*ret_local = ntohs(sa.sin_port);
	return fd;
}

void
peer_open(struct peer *p, struct rig *rig, const char *user)
{
	*p = (struct peer){ .rig = rig };
	p->fd = connect_to(rig->port, &p->port);
	snprintf(p->user, sizeof(p->user), "%s", user);
	snprintf(p->call_id, sizeof(p->call_id), "E2AFg%ux", p->port);
}

void
peer_close(struct peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	pchat_buf_release(&p->in);
}

void
peer_send_raw(struct peer *p, const void *data, size_t n)
{
	int64_t end = pchat_monotonic() + RIG_DEADLINE;
	const char *s = data;

	while (n > 0) {
		ssize_t sent = send(p->fd, s, n, MSG_NOSIGNAL);

		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
			p->eof = true;
			return;
		}
		if (sent > 0) {
			s += sent;
			n -= (size_t)sent;
		}
		if (pchat_monotonic() > end)
			fail_msg("the server takes nothing");
		if (n > 0)
			rig_step(p->rig);
	}
}

void
peer_send(struct peer *p, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	peer_send_raw(p, text, (size_t)n);
}

static void
receive(struct peer *p)
{
	char chunk[65536];
	ssize_t n;

	while ((n = recv(p->fd, chunk, sizeof(chunk), 0)) > 0)
		pchat_buf_add(&p->in, chunk, (size_t)n);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		p->eof = true;
}

static size_t
body_size(const char *head)
{
	struct message m = { .head = (char *)head };
	const char *v = message_header(&m, "Content-Length");

	return v ? strtoul(v, NULL, 10) : 0;
}

/* A whole message at the start of p->in, cut in head and body. */
static bool
take(struct peer *p, struct message *ret)
{
	char *end;
	size_t head_n, n;

	if (p->used > 0) {
		memmove(p->in.p, p->in.p + p->used, p->in.n - p->used);
		p->in.n -= p->used;
		p->used = 0;
	}
	if (p->in.n == 0)
		return false;
	/* A pong before an answer. */
	while (p->in.n > 4 && (p->in.p[0] == '\r' || p->in.p[0] == '\n'))
		memmove(p->in.p, p->in.p + 1, --p->in.n);
	p->in.p[p->in.n] = '\0';
	end = memmem(p->in.p, p->in.n, "\r\n\r\n", 4);
	if (!end)
		return false;
	head_n = (size_t)(end - p->in.p);
	p->in.p[head_n] = '\0';
	n = body_size(p->in.p);
	if (p->in.n < head_n + 4 + n) {
		p->in.p[head_n] = '\r';
		return false;
	}
	*ret = (struct message){ .start = p->in.p, .head = p->in.p };
	ret->body = (struct pchat_str){ p->in.p + head_n + 4, n };
	p->used = head_n + 4 + n;
	if (pchat_str_starts(pchat_str(ret->head), "SIP/2.0 "))
		ret->status = (int)strtol(ret->head + 8, NULL, 10);
	return true;
}

bool
peer_try(struct peer *p, struct message *ret, unsigned steps)
{
	for (unsigned i = 0; i <= steps; i++) {
		if (take(p, ret))
			return true;
		rig_step(p->rig);
		receive(p);
	}
	return false;
}

struct message
peer_read(struct peer *p)
{
	int64_t end = pchat_monotonic() + RIG_DEADLINE;
	struct message m = { 0 };

	while (!peer_try(p, &m, 1)) {
		if (p->eof && !take(p, &m))
			fail_msg("the server has closed; events:\n%s",
			         pchat_buf_cstr(&p->rig->events));
		if (pchat_monotonic() > end)
			fail_msg("the server says nothing; events:\n%s",
			         pchat_buf_cstr(&p->rig->events));
	}
	return m;
}

void
peer_expect_eof(struct peer *p)
{
	int64_t end = pchat_monotonic() + RIG_DEADLINE;

	while (!p->eof) {
		rig_step(p->rig);
		receive(p);
		if (pchat_monotonic() > end)
			fail_msg("the connection stays open");
	}
}

const char *
message_header(const struct message *m, const char *name)
{
	static char value[2048];
	size_t n = strlen(name);

	for (const char *line = strstr(m->head, "\r\n"); line; line = strstr(line, "\r\n")) {
		size_t len;

		line += 2;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1 + strspn(line + n + 1, " ");
		len = strcspn(line, "\r");
		snprintf(value, sizeof(value), "%.*s", (int)len, line);
		return value;
	}
	return NULL;
}

/* ---- the forms of the real client ---- */

#define AGENT "User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n"

void
peer_register(struct peer *p)
{
	struct message m;

	p->cseq++;
	peer_send(p,
	          "REGISTER sip:contoso.example SIP/2.0\r\n"
	          "Via: SIP/2.0/tcp 127.0.0.1:%u;branch=z9hG4bK5A4F61466EB6DA88%04X\r\n"
	          "From: <sip:%s@contoso.example>;tag=82199213;epid=b34afb6ebb23\r\n"
	          "To: <sip:%s@contoso.example>\r\n"
	          "Max-Forwards: 70\r\nCSeq: %u REGISTER\r\n" AGENT "Call-ID: B907gAEA4%u\r\n"
	          "Contact: <sip:127.0.0.1:%u;transport=tcp;ms-opaque=d3470f2e1d>;"
	          "methods=\"INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, "
	          "REFER, BENOTIFY\";proxy=replace;"
	          "+sip.instance=\"<urn:uuid:085e0bd8-031c-5a0d-8d9a-f149aae6954a>\"\r\n"
	          "Supported: gruu-10, adhoclist, msrtc-event-categories, "
	          "com.microsoft.msrtc.presence\r\n"
	          "Event: registration\r\nAllow-Events: presence\r\n"
	          "ms-keep-alive: UAC;hop-hop=yes\r\nContent-Length: 0\r\n\r\n",
	          p->port, p->cseq, p->user, p->user, p->cseq, p->port, p->port);
	m = peer_read(p);
	assert_int_equal(m.status, p->rig->status ? p->rig->status : 200);
}

static const char offer[] = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\n"
			    "t=0 0\r\nm=message 31394 sip null\r\na=accept-types:text/plain\r\n";

struct message
peer_invite(struct peer *p)
{
	struct message m;
	const char *tag;

	peer_send(p,
	          "INVITE sip:Chat@contoso.example SIP/2.0\r\n"
	          "Via: SIP/2.0/tcp 127.0.0.1:%u\r\n"
	          "From: <sip:%s@contoso.example>;tag=2061610658;epid=b34afb6ebb23\r\n"
	          "To: <sip:Chat@contoso.example>\r\n"
	          "Max-Forwards: 70\r\nCSeq: 1 INVITE\r\n" AGENT "Call-ID: %s\r\n"
	          "Supported: ms-sender\r\n"
	          "Contact: <sip:%s@contoso.example:%u;maddr=127.0.0.1;transport=tcp>;"
	          "proxy=replace\r\n"
	          "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
	          p->port, p->user, p->call_id, p->user, p->port, sizeof(offer) - 1, offer);
	p->cseq = 1;
	m = peer_read(p);
	tag = message_header(&m, "To");
	tag = tag ? strstr(tag, ";tag=") : NULL;
	if (tag)
		snprintf(p->tag, sizeof(p->tag), "%s", tag + 5);
	return m;
}

void
peer_request(struct peer *p, const char *method, const char *type, const char *body)
{
	bool ack = strcmp(method, "ACK") == 0;

	p->cseq += !ack;
	peer_send(p,
	          "%s sip:Chat@contoso.example SIP/2.0\r\n"
	          "Via: SIP/2.0/tcp 127.0.0.1:%u\r\n"
	          "From: <sip:%s@contoso.example>;tag=2061610658;epid=b34afb6ebb23\r\n"
	          "To: <sip:Chat@contoso.example>;tag=%s\r\n"
	          "Max-Forwards: 70\r\nCSeq: %u %s\r\n" AGENT "Call-ID: %s\r\n"
	          "%s%s%sContent-Length: %zu\r\n\r\n%s",
	          method, p->port, p->user, p->tag, ack ? 1 : p->cseq, method, p->call_id,
	          type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "",
	          body ? strlen(body) : 0, body ? body : "");
}

void
peer_ack(struct peer *p)
{
	peer_request(p, "ACK", NULL, NULL);
}

void
peer_dialog(struct peer *p)
{
	unsigned before = p->rig->n_confirmed;
	struct message m = peer_invite(p);

	assert_int_equal(m.status, 200);
	peer_ack(p);
	rig_until(p->rig, p->rig->n_confirmed > before);
}

void
peer_answer(struct peer *p, const struct message *request, const char *status_line,
            const char *more)
{
	static const char *const copied[] = { "Via", "From", "To", "Call-ID", "CSeq" };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_buf_printf(&out, "SIP/2.0 %s\r\n", status_line);
	for (size_t i = 0; i < PCHAT_N(copied); i++)
		pchat_buf_printf(&out, "%s: %s\r\n", copied[i], message_header(request, copied[i]));
	pchat_buf_text(&out, more);
	pchat_buf_lit(&out, "Content-Length: 0\r\n\r\n");
	peer_send_raw(p, out.p, out.n);
}
