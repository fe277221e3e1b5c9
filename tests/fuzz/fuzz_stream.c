/*
 * The whole way of a request: octets as they come over loopback connections, through the shim
 * and the library, to handlers that do what the daemon does, and back.
 *
 * The first octet of an input chooses how the handlers act (enum mode). In the rest, octets that
 * no UTF-8 text has are steps (enum step); what stands between them is sent as it is.
 */
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/vec.h"
#include "wire/sip/seal.h"
#include "wire/sip/sip.h"

enum mode {
	DEFER = 1 << 0,  /* requests are answered by the step ANSWER, or at the end */
	REFUSE = 1 << 1, /* INVITEs are */
	SHARE = 1 << 2,  /* any connection may continue any dialog */
	CLOSE = 1 << 3,  /* a REGISTER costs the connection */
	DRAIN = 1 << 4,  /* dialogs are ended once their queue is empty */
	LEAVE = 1 << 5,  /* what was deferred is not answered before the agent goes */
	SEAL = 1 << 6,   /* a REGISTER that is answered begins an association */
	REKEY = 1 << 7,  /* one that comes within it makes way for another */
	PROVE = REKEY,   /* without SEAL: connections are strangers until one is answered */
};

enum step {
	CUT = 0xf5, /* what was collected is sent, and the agent steps */
	TAG,        /* stands for the tag the agent gave last */
	COPY,       /* stands for what an answer copies of the agent's last request */
	OTHER,      /* go on with the other connection */
	SAY,        /* the agent sends an INFO in each dialog and a notice in each subscription */
	END,        /* the agent ends the dialogs */
	ANSWER,     /* the agent answers what it deferred */
	HANG_UP,    /* the client closes, and connects anew */
};

#define PEERS       2
#define DIALOGS_MAX 16u
#define INFOS_MAX   256u
#define PASSES      3

struct peer {
	int fd;
	struct pchat_buf out; /* not sent yet */
	char tag[64];
	struct pchat_buf copy;
};

struct run {
	uint8_t mode;
	struct pchat_sip *sip;
	struct peer peers[PEERS];
	uint16_t port;
	PCHAT_VEC(struct pchat_sip_dialog *) dialogs;
	PCHAT_VEC(struct pchat_sip_subscription *) subscriptions;
	PCHAT_VEC(struct pchat_sip_txn *) deferred;
	uint64_t told, reported; /* INFO with a cookie, and what was heard of them */
};

static void
want(bool holds)
{
	if (!holds)
		abort();
}

/* ---- what the daemon does ---- */

static void
say(struct run *r, struct pchat_str text)
{
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(text);

	if (body)
		pchat_sip_body_set_topic(body, r);
	for (size_t i = 0; body && i < r->dialogs.n && r->told < INFOS_MAX; i++) {
		if (!pchat_sip_info(r->dialogs.v[i], body, r->told + 1))
			r->told++;
		(void)pchat_sip_info(r->dialogs.v[i], body, 0);
	}
	for (size_t i = 0; i < r->subscriptions.n; i++) {
		static const char *const lines[] = { "Event: presence", NULL };

		(void)pchat_sip_notify(r->subscriptions.v[i], lines, "text/plain", text, NULL);
	}
}

static void
accept_invite(struct run *r, struct pchat_sip_txn *txn)
{
	struct pchat_sip_dialog *d;

	if (r->dialogs.n < DIALOGS_MAX && !pchat_sip_accept(txn, 0, r, &d, NULL))
		want(pchat_vec_push(&r->dialogs, d));
	else if (r->dialogs.n >= DIALOGS_MAX)
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_TOO_MANY);
}

static void
subscribe(struct run *r, struct pchat_sip_txn *txn)
{
	static const struct pchat_sip_reply yes = { .status = 200,
		                                    .content_type = "text/plain",
		                                    .body = { "state", 5 } };
	struct pchat_sip_subscription *s;

	if (pchat_sip_subscribe(txn, &yes, &s, NULL))
		pchat_sip_refuse(txn, 400, PCHAT_SIP_DIAG_NONE);
	else
		want(pchat_vec_push(&r->subscriptions, s));
}

/* Signatures that a fuzzer can make: two octets, the first of them even. */
static size_t
sign(void *context, struct pchat_str text, unsigned char *ret)
{
	want(context && text.n > 0);
	ret[0] = 0;
	ret[1] = (unsigned char)text.p[text.n - 1];
	return 2;
}

static bool
verify(void *context, struct pchat_str text, const unsigned char *p, size_t n)
{
	want(context && text.n > 0);
	return n == 2 && p[0] % 2 == 0;
}

static const struct pchat_sip_mechanism mechanism = {
	.scheme = "Kerberos",
	.sign = sign,
	.verify = verify,
	.free = free,
};

/* As the daemon does it: within an association a signed REGISTER needs none, and any other may ask
 * for a new one. */
static void
seal(const struct run *r, struct pchat_sip_txn *txn)
{
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	struct pchat_sip_seal *s = NULL;

	if (pchat_sip_txn_request(txn)->sealed)
		return;
	if (r->mode & REKEY)
		pchat_sip_conn_rekey(conn);
	if (pchat_sip_seal_new(&mechanism, malloc(1), "sip/chat.contoso.example", 0, &s, NULL))
		return;
	(void)pchat_sip_seal_check(s, txn);
	if (!pchat_sip_conn_seal(conn, s, 3600, NULL))
		want(pchat_sip_conn_sealed(conn));
}

static void
answer(struct run *r, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);

	if (pchat_sip_txn_conn(txn) && rq->kind == PCHAT_SIP_REGISTER && (r->mode & SEAL))
		seal(r, txn);
	else if (pchat_sip_txn_conn(txn) && rq->kind == PCHAT_SIP_REGISTER)
		pchat_sip_conn_prove(pchat_sip_txn_conn(txn), !rq->has_expires || rq->expires);
	if (!pchat_sip_txn_conn(txn)) {
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_BUSY);
	} else if (rq->kind == PCHAT_SIP_INVITE && !(r->mode & REFUSE)) {
		accept_invite(r, txn);
	} else if (rq->kind == PCHAT_SIP_SUBSCRIBE) {
		subscribe(r, txn);
	} else if (rq->kind == PCHAT_SIP_INFO || rq->kind == PCHAT_SIP_REGISTER) {
		pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
	} else {
		/* A SERVICE gets its own words back. */
		pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = 403,
		                                                .content_type = "text/plain",
		                                                .body = rq->body,
		                                                .diag = PCHAT_SIP_DIAG_REJECTED,
		                                                .reason = rq->from.uri });
	}
}

static void
on_request(void *ctx, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct run *r = ctx;

	want(rq->method.n > 0 && rq->from.uri.n > 0 && pchat_sip_txn_conn(txn));
	if ((r->mode & CLOSE) && rq->kind == PCHAT_SIP_REGISTER)
		pchat_sip_conn_close(pchat_sip_txn_conn(txn));
	if (r->mode & DEFER)
		want(pchat_vec_push(&r->deferred, txn));
	else
		answer(r, txn);
}

static void
on_info(void *ctx, struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	struct run *r = ctx;
	struct pchat_str body = pchat_sip_txn_request(txn)->body;

	want(pchat_sip_dialog_user(d) == r);
	pchat_sip_withdraw(d, r);
	if (body.n > 0 && body.n < 4096)
		say(r, body);
	if (r->mode & DEFER)
		want(pchat_vec_push(&r->deferred, txn));
	else
		answer(r, txn);
}

static void
on_info_done(void *ctx, struct pchat_sip_dialog *d, uint64_t cookie, int status)
{
	struct run *r = ctx;

	want(pchat_sip_dialog_user(d) == r && cookie > 0 && cookie <= r->told && status >= 0);
	r->reported++;
}

static void
on_confirmed(void *ctx, struct pchat_sip_dialog *d)
{
	want(pchat_sip_dialog_user(d) == ctx);
}

static void
on_closed(void *ctx, struct pchat_sip_dialog *d, enum pchat_sip_end end)
{
	struct run *r = ctx;
	size_t i = 0;

	want(end < PCHAT_SIP_N_ENDS);
	while (i < r->dialogs.n && r->dialogs.v[i] != d)
		i++;
	want(i < r->dialogs.n); /* once, and only of those accepted */
	r->dialogs.v[i] = r->dialogs.v[--r->dialogs.n];
}

static void
on_conn_closed(void *ctx, struct pchat_sip_conn *conn)
{
	struct run *r = ctx;

	for (size_t i = 0; i < r->dialogs.n; i++)
		want(pchat_sip_dialog_conn(r->dialogs.v[i]) != conn);
	for (size_t i = 0; i < r->subscriptions.n;) {
		struct pchat_sip_subscription **s = &r->subscriptions.v[i];

		if (pchat_sip_subscription_conn(*s) == conn) {
			pchat_sip_subscription_free(*s);
			*s = r->subscriptions.v[--r->subscriptions.n];
		} else {
			i++;
		}
	}
}

static void
name_peer(void *ctx, struct pchat_sip_conn *conn, struct pchat_buf *out)
{
	(void)conn;
	if (((struct run *)ctx)->mode & SHARE)
		pchat_buf_lit(out, "proxy");
}

static enum pchat_code
sdp(struct pchat_buf *out, struct pchat_str offer, struct pchat_str host, struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(out, "v=0\r\nc=IN IP4 %.*s\r\nb=%zu\r\n", PCHAT_STR_ARG(host), offer.n);
	return PCHAT_OK;
}

static void
answer_deferred(struct run *r)
{
	/* An answer defers nothing. */
	for (size_t i = 0; i < r->deferred.n; i++)
		answer(r, r->deferred.v[i]);
	r->deferred.n = 0;
}

/* ---- the clients ---- */

static void
dial(struct run *r, struct peer *p)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(r->port) };
	static const int one = 1;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	want(p->fd >= 0 && connect(p->fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	/* What is sent is to be there at once. */
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Closed with a reset, so that a million runs leave no ports in wait. */
static void
hang_up(struct peer *p)
{
	static const struct linger now = { .l_onoff = 1 };

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(p->fd);
	p->fd = -1;
	pchat_buf_clear(&p->out);
}

/* The lines that an answer copies, and the tag in To, of the last message in @text. */
static void
learn(struct peer *p, const char *text)
{
	static const char *const copied[] = { "Via:", "From:", "To:", "Call-ID:", "CSeq:" };
	const char *last = text;

	for (const char *at = text; (at = strstr(at, "\r\n\r\n")); at += 4) {
		const char *version = strstr(at + 4, "SIP/2.0"); /* in its first line? */

		if (version && version < at + 4 + strcspn(at + 4, "\r"))
			last = at + 4;
	}
	pchat_buf_clear(&p->copy);
	for (const char *line = last; (line = strstr(line, "\r\n")) && line[2] != '\r';) {
		size_t n;

		line += 2;
		n = strcspn(line, "\r");
		for (size_t i = 0; i < PCHAT_N(copied); i++) {
			const char *tag = strstr(line, ";tag=");

			if (strncmp(line, copied[i], strlen(copied[i])) != 0)
				continue;
			pchat_buf_printf(&p->copy, "%.*s\r\n", (int)n, line);
			/* In an answer it is in To, in a request of the agent's in From. */
			if (tag && tag < line + n && (last[0] == 'S' ? i == 2 : i == 1))
				snprintf(p->tag, sizeof(p->tag), "%.*s",
				         (int)strcspn(tag + 5, ";\r"), tag + 5);
		}
	}
}

static void
hear(struct peer *p)
{
	char text[65536];
	ssize_t n;

	while ((n = recv(p->fd, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		learn(p, text);
	}
}

/* Until what was sent has been read and what came of it is here: a pass may end with the
 * connection taken, the next one reads. */
static void
settle(struct run *r)
{
	for (int pass = 0; pass < PASSES; pass++)
		pchat_sip_step(r->sip, 0);
	for (size_t i = 0; i < PEERS; i++)
		hear(&r->peers[i]);
}

static void
send_out(struct run *r, struct peer *p)
{
	for (size_t at = 0; at < p->out.n;) {
		ssize_t n = send(p->fd, p->out.p + at, p->out.n - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			break; /* closed by the agent */
		at += n > 0 ? (size_t)n : 0;
		pchat_sip_step(r->sip, 0);
		hear(p);
	}
	pchat_buf_clear(&p->out);
	settle(r);
}

/* ---- a run ---- */

static struct peer *
step(struct run *r, struct peer *p, uint8_t c)
{
	switch (c) {
	case TAG:
		pchat_buf_text(&p->out, p->tag);
		return p;
	case COPY:
		pchat_buf_add(&p->out, p->copy.p, p->copy.n);
		return p;
	case CUT:
		send_out(r, p);
		return p;
	case OTHER:
		send_out(r, p);
		return p == r->peers ? r->peers + 1 : r->peers;
	case SAY:
		say(r, PCHAT_STR("news"));
		break;
	case END:
		for (size_t i = 0; i < r->dialogs.n; i++)
			pchat_sip_dialog_end(r->dialogs.v[i], r->mode & DRAIN);
		break;
	case ANSWER:
		answer_deferred(r);
		break;
	case HANG_UP:
		hang_up(p);
		dial(r, p);
		break;
	default:
		pchat_buf_char(&p->out, (char)c);
		return p;
	}
	send_out(r, p);
	return p;
}

static bool
needs_proof(void *ctx, struct pchat_sip_conn *conn)
{
	(void)conn;
	return (((struct run *)ctx)->mode & (SEAL | PROVE)) == PROVE;
}

static const struct pchat_sip_handlers handlers = {
	.needs_proof = needs_proof,
	.request = on_request,
	.confirmed = on_confirmed,
	.info = on_info,
	.info_done = on_info_done,
	.closed = on_closed,
	.conn_closed = on_conn_closed,
	.sdp = sdp,
	.peer = name_peer,
};

static void
start(struct run *r)
{
	PCHAT_AUTO_VALUE(buf) bound = { 0 };

	const struct pchat_sip_listener l = { .keep_seconds = 1 };

	want(!pchat_sip_new(&handlers, r, NULL, &r->sip, NULL));
	want(!pchat_sip_listen(r->sip, "tcp:127.0.0.1:0", &l, &bound, NULL));
	r->port = (uint16_t)strtoul(strrchr(pchat_buf_cstr(&bound), ':') + 1, NULL, 10);
	for (size_t i = 0; i < PEERS; i++)
		dial(r, &r->peers[i]);
}

static void
stop(struct run *r)
{
	if (!(r->mode & LEAVE))
		answer_deferred(r);
	pchat_sip_step(r->sip, 0);
	for (size_t i = 0; i < PEERS; i++) {
		hang_up(&r->peers[i]);
		pchat_buf_release(&r->peers[i].out);
		pchat_buf_release(&r->peers[i].copy);
	}
	pchat_sip_step(r->sip, 0);
	pchat_sip_free(r->sip);
	/* All that was begun has been reported as over. */
	want(r->dialogs.n == 0 && r->subscriptions.n == 0 && r->reported == r->told);
	pchat_vec_release(&r->dialogs);
	pchat_vec_release(&r->subscriptions);
	pchat_vec_release(&r->deferred);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = { .mode = size > 0 ? data[0] : 0 };
	struct peer *p = r.peers;

	start(&r);
	for (size_t i = 1; i < size; i++)
		p = step(&r, p, data[i]);
	send_out(&r, p);
	stop(&r);
	return 0;
}
