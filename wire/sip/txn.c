#include "wire/sip/internal.h"

#include <assert.h>

#include "base/auto.h"

/* Header lines of one answer. */
#define LINES_MAX  64
#define REASON_MAX 200

static const struct {
	unsigned id;
	const char *text;
} diags[] = {
#define X(symbol, number, words) [PCHAT_SIP_DIAG_##symbol] = { number, words },
	PCHAT_SIP_DIAGS(X)
#undef X
};

unsigned
pchat_sip_diag_id(enum pchat_sip_diag diag)
{
	return diags[diag].id;
}

/* ---- answers ---- */

struct lines {
	tagi_t tag[LINES_MAX + 16];
	size_t n;
};

static void
add(struct lines *l, tag_type_t tag, const void *value)
{
	assert(l->n < PCHAT_N(l->tag) - 1);
	l->tag[l->n++] = (tagi_t){ tag, (tag_value_t)value };
}

/* A line made of what a client sent must not become two. */
static bool
is_one_line(const char *line)
{
	struct pchat_str rest;
	struct pchat_str name = pchat_str_cut(pchat_str(line), ':', &rest);

	return name.n > 0 && rest.n > 0 && !strpbrk(line, "\r\n");
}

static bool
has_line(const char *const *lines, const char *name)
{
	for (; lines && *lines; lines++) {
		struct pchat_str rest;

		if (pchat_str_iis(pchat_str_cut(pchat_str(*lines), ':', &rest), name))
			return true;
	}
	return false;
}

static void
add_lines(struct lines *l, const char *const *lines)
{
	for (size_t i = 0; lines && lines[i] && i < LINES_MAX / 2; i++) {
		if (is_one_line(lines[i]))
			add(l, siptag_unknown_str, lines[i]);
	}
}

static void
add_contact(struct lines *l, const struct pchat_sip_txn *txn, const struct pchat_sip_reply *r,
            struct pchat_buf *text)
{
	bool wanted = r->status / 100 == 2 &&
	              (txn->rq.kind == PCHAT_SIP_SUBSCRIBE || txn->rq.kind == PCHAT_SIP_INVITE ||
	               txn->rq.kind == PCHAT_SIP_UPDATE);

	if (!wanted || has_line(r->headers, "Contact"))
		return;
	pchat_buf_printf(text, "<sip:%s;transport=%s>", txn->conn->local,
	                 txn->conn->listener->tls ? "tls" : "tcp");
	if (pchat_buf_ok(text))
		add(l, siptag_contact_str, pchat_buf_cstr(text));
}

/* As the inside of a quoted string: what would end it or the line is left out. */
static void
add_reason(struct pchat_buf *text, struct pchat_str reason)
{
	for (size_t i = 0; i < reason.n && i < REASON_MAX; i++) {
		char c = reason.p[i];

		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\')
			pchat_buf_char(text, c);
	}
}

static void
add_diag(struct lines *l, const struct pchat_sip_txn *txn, const struct pchat_sip_reply *r,
         struct pchat_buf *text)
{
	if (r->diag == PCHAT_SIP_DIAG_NONE)
		return;
	pchat_buf_printf(text, "Ms-diagnostics: %u;source=\"%s\";reason=\"", diags[r->diag].id,
	                 txn->sip->fqdn);
	if (r->reason.n)
		add_reason(text, r->reason);
	else
		pchat_buf_text(text, diags[r->diag].text);
	pchat_buf_lit(text, "\";component=\"GroupChat\"");
	if (pchat_buf_ok(text))
		add(l, siptag_unknown_str, pchat_buf_cstr(text));
}

static const char *
phrase_of(const struct pchat_sip_reply *r)
{
	const char *phrase = r->phrase && !strpbrk(r->phrase, "\r\n") ? r->phrase : NULL;

	if (!phrase)
		phrase = sip_status_phrase(r->status);
	return phrase ? phrase : "Unknown";
}

/* ---- INVITEs refused ---- */

/* The library keeps one for PCHAT_SIP_INVITE_MS with all that was read along with it. Who says no
 * ACK is only allowed so many of them. */
struct refused {
	struct psip_link link; /* conn->refused */
	struct pchat_sip_conn *conn;
	nta_incoming_t *irq;
	unsigned call_id; /* the library's hash of it */
	bool acked;
};

static void
refused_free(struct refused *r)
{
	psip_unlink(&r->link);
	r->conn->n_refused -= !r->acked;
	r->conn->sip->stats.refused_held--;
	nta_incoming_destroy(r->irq);
	free(r);
}

/* The ACK of a refused INVITE; its number says nothing (xccos.md 2.8). */
static void
on_ack_of_refused(struct pchat_sip_conn *conn, const sip_t *m)
{
	for (struct psip_link *l = conn->refused.next; l != &conn->refused; l = l->next) {
		struct refused *r = PSIP_OF(l, struct refused, link);

		if (r->acked || r->call_id != m->sip_call_id->i_hash)
			continue;
		r->acked = true;
		conn->n_refused--;
		return;
	}
}

/* Without a message when the library forgets it (Timer H). */
static int
on_refused_end(struct pchat_sip_dialog *d, nta_incoming_t *irq, const sip_t *m)
{
	struct refused *r = (void *)d; /* what the library was given for one */

	(void)irq;
	r->conn->sip->events++;
	if (!m)
		refused_free(r);
	return 0;
}

void
psip_refused_free(struct pchat_sip_conn *conn)
{
	struct psip_link *l;

	while ((l = psip_pop(&conn->refused)))
		refused_free(PSIP_OF(l, struct refused, link));
}

/* Takes txn->irq. */
static void
await_ack(struct pchat_sip_txn *txn)
{
	struct refused *r = malloc(sizeof(*r));

	if (!r)
		return;
	*r = (struct refused){ .conn = txn->conn, .irq = txn->irq };
	r->call_id = txn->sip_msg->sip_call_id->i_hash;
	txn->irq = NULL;
	nta_incoming_bind(r->irq, on_refused_end, (void *)r);
	psip_append(&r->conn->refused, &r->link);
	r->conn->sip->stats.refused_held++;
	if (++r->conn->n_refused > PCHAT_SIP_UNACKED_MAX)
		psip_conn_ends(r->conn);
}

void
psip_txn_send(struct pchat_sip_txn *txn, const struct pchat_sip_reply *r, const char *const *own)
{
	PCHAT_AUTO_VALUE(buf) contact = { 0 };
	PCHAT_AUTO_VALUE(buf) diag = { 0 };
	struct lines l = { .n = 0 };
	sip_payload_t body[1];

	if (r->status >= 400)
		txn->sip->stats.refused++;
	if (r->status == 503)
		txn->sip->stats.busy++;
	if (!psip_conn_usable(txn->conn) || txn->cancelled)
		return;
	add(&l, siptag_server_str, txn->sip->server);
	add_contact(&l, txn, r, &contact);
	add_lines(&l, own);
	add_lines(&l, r->headers);
	add_diag(&l, txn, r, &diag);
	if (r->status == 503 && !has_line(r->headers, "Retry-After"))
		add(&l, siptag_retry_after_str, "5");
	if (r->body.n > 0) {
		sip_payload_init(body);
		body->pl_data = (char *)r->body.p; /* only copied from */
		body->pl_len = r->body.n;
		add(&l, siptag_content_type_str, r->content_type);
		add(&l, siptag_payload, body);
	}
	l.tag[l.n] = (tagi_t){ TAG_END() };
	nta_incoming_treply(txn->irq, r->status, phrase_of(r), TAG_NEXT(l.tag));
	if (txn->rq.kind == PCHAT_SIP_INVITE && r->status >= 300)
		await_ack(txn);
	psip_conn_check(txn->conn);
}

void
psip_txn_free(struct pchat_sip_txn *txn)
{
	psip_unlink(&txn->link);
	if (txn->irq)
		nta_incoming_destroy(txn->irq);
	msg_destroy(txn->msg);
	pchat_buf_release(&txn->scratch);
	pchat_buf_release(&txn->scratch2);
	free(txn);
}

void
pchat_sip_reply(struct pchat_sip_txn *txn, const struct pchat_sip_reply *r)
{
	assert(r->status >= 200 && r->status < 700);
	assert(txn->rq.kind != PCHAT_SIP_INVITE || r->status >= 300);
	psip_txn_send(txn, r, NULL);
	psip_txn_free(txn);
}

void
pchat_sip_refuse(struct pchat_sip_txn *txn, int status, enum pchat_sip_diag diag)
{
	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = status, .diag = diag });
}

const struct pchat_sip_request *
pchat_sip_txn_request(const struct pchat_sip_txn *txn)
{
	return &txn->rq;
}

struct pchat_sip_conn *
pchat_sip_txn_conn(const struct pchat_sip_txn *txn)
{
	return txn->conn;
}

/* ---- requests ---- */

static void
refuse_require(struct pchat_sip_txn *txn)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	pchat_buf_lit(&line, "Unsupported: ");
	for (const char *const *o = txn->rq.require; *o; o++) {
		if (pchat_str_iis(pchat_str(*o), "timer"))
			continue;
		if (line.p[line.n - 1] != ' ')
			pchat_buf_lit(&line, ", ");
		pchat_buf_text(&line, *o);
	}
	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = 420,
	                                                .headers = (const char *const[]){
								pchat_buf_cstr(&line), NULL } });
}

static bool
requires_unknown(const struct pchat_sip_request *rq)
{
	for (const char *const *o = rq->require; o && *o; o++) {
		if (!pchat_str_iis(pchat_str(*o), "timer"))
			return true;
	}
	return false;
}

/* Methods that mean nothing without the dialog their tag names. A SUBSCRIBE is
 * refreshed with the tag of our answer, and we keep no state of it here. */
static bool
needs_dialog(const struct pchat_sip_request *rq)
{
	switch (rq->kind) {
	case PCHAT_SIP_INFO:
	case PCHAT_SIP_BYE:
	case PCHAT_SIP_UPDATE:
		return true;
	case PCHAT_SIP_INVITE:
	case PCHAT_SIP_MESSAGE:
	case PCHAT_SIP_OPTIONS:
	case PCHAT_SIP_NOTIFY:
		return rq->to.tag.n > 0;
	case PCHAT_SIP_OTHER:
	case PCHAT_SIP_REGISTER:
	case PCHAT_SIP_SUBSCRIBE:
		return false;
	}
	return false;
}

static void
answer_options(struct pchat_sip_txn *txn)
{
	static const char *const headers[] = {
		"Allow: INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS",
		"Accept: application/sdp, text/plain",
		"Supported: timer",
		NULL,
	};

	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = 200, .headers = headers });
}

/* Of the INVITE that @txn cancels; NULL if none is waiting for its answer on this connection. */
static struct pchat_sip_txn *
find_invite(const struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = &txn->rq;
	struct pchat_sip_conn *conn = txn->conn;

	for (struct psip_link *l = conn->txns.next; l != &conn->txns; l = l->next) {
		struct pchat_sip_txn *t = PSIP_OF(l, struct pchat_sip_txn, link);

		if (t->rq.kind == PCHAT_SIP_INVITE && t->rq.cseq == rq->cseq && !t->cancelled &&
		    pchat_str_eq(t->rq.call_id, rq->call_id) &&
		    pchat_str_eq(t->rq.from.tag, rq->from.tag))
			return t;
	}
	return NULL;
}

static bool
has_refused(const struct pchat_sip_txn *txn)
{
	const struct pchat_sip_conn *conn = txn->conn;

	for (struct psip_link *l = conn->refused.next; l != &conn->refused; l = l->next) {
		if (PSIP_OF(l, struct refused, link)->call_id == txn->sip_msg->sip_call_id->i_hash)
			return true;
	}
	return false;
}

/* RFC 3261 section 9.2: one tag for both answers. */
static void
cancel(struct pchat_sip_txn *txn)
{
	struct pchat_sip_txn *invite = find_invite(txn);

	if (!invite) {
		pchat_sip_refuse(txn, has_refused(txn) ? 200 : 481, PCHAT_SIP_DIAG_NONE);
		return;
	}
	nta_incoming_tag(txn->irq, nta_incoming_tag(invite->irq, NULL));
	pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
	psip_txn_send(invite, &(struct pchat_sip_reply){ .status = 487 }, NULL);
	invite->cancelled = true;
}

static void
route(struct pchat_sip_txn *txn)
{
	struct pchat_sip *sip = txn->sip;
	struct pchat_sip_dialog *d = psip_dialog_find(sip, txn->sip_msg);

	if (!psip_seal_admit(txn))
		return;
	if (sip->h->admit && !sip->h->admit(sip->ctx, txn))
		return;
	if (txn->sip_msg->sip_request->rq_method == sip_method_cancel)
		cancel(txn);
	else if (requires_unknown(&txn->rq))
		refuse_require(txn);
	else if (txn->rq.body.n > PCHAT_SIP_BODY_MAX)
		pchat_sip_refuse(txn, 413, PCHAT_SIP_DIAG_NONE);
	else if (d)
		psip_dialog_request(d, txn);
	else if (needs_dialog(&txn->rq))
		pchat_sip_refuse(txn, 481, PCHAT_SIP_DIAG_UNKNOWN_SESSION);
	else if (txn->rq.kind == PCHAT_SIP_OPTIONS)
		answer_options(txn);
	else
		sip->h->request(sip->ctx, txn);
}

static struct pchat_sip_txn *
txn_new(struct pchat_sip *sip, struct pchat_sip_conn *conn, nta_incoming_t *irq, msg_t *msg,
        const sip_t *sip_msg)
{
	struct pchat_sip_txn *txn = calloc(1, sizeof(*txn));

	if (!txn)
		return NULL;
	txn->sip = sip;
	txn->conn = conn;
	txn->irq = irq;
	txn->msg = msg_ref(msg);
	txn->sip_msg = sip_msg;
	psip_append(&conn->txns, &txn->link);
	return txn;
}

static int
take_request(struct pchat_sip *sip, nta_incoming_t *irq, msg_t *msg, const sip_t *sip_msg)
{
	struct pchat_sip_conn *conn = psip_conn_of(sip, psip_transport_of(sip, msg));
	struct pchat_sip_txn *txn;

	if (!conn || conn->closing || !psip_stranger_asks(conn))
		return 503;
	txn = txn_new(sip, conn, irq, msg, sip_msg);
	if (!txn)
		return 500;
	sip->stats.requests++;
	if (psip_request_read(txn))
		route(txn);
	else
		pchat_sip_refuse(txn, 400, PCHAT_SIP_DIAG_NO_PARTICIPANT);
	return 0;
}

/* Its CSeq need not be the INVITE's (xccos.md 2.8), so the library may not match it. */
static void
on_ack(struct pchat_sip *sip, nta_incoming_t *irq, const sip_t *m)
{
	struct pchat_sip_dialog *d = psip_dialog_find(sip, m);
	msg_t *msg = nta_incoming_getrequest(irq);
	struct pchat_sip_conn *conn = psip_dialog_acker(sip, d, msg);

	if (conn && psip_seal_good(conn, m, NULL)) {
		if (d && psip_dialog_belongs(d, conn))
			psip_dialog_acked(d);
		else if (!d)
			on_ack_of_refused(conn, m);
	}
	msg_destroy(msg);
	nta_incoming_destroy(irq);
}

int
psip_on_request(struct pchat_sip *sip, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip_msg)
{
	sip_method_t method = sip_msg->sip_request->rq_method;
	msg_t *msg;
	int status;

	(void)leg;
	sip->events++;
	if (method == sip_method_ack) {
		on_ack(sip, irq, sip_msg);
		return 0;
	}
	msg = nta_incoming_getrequest(irq);
	status = take_request(sip, irq, msg, sip_msg);
	msg_destroy(msg);
	return status;
}
