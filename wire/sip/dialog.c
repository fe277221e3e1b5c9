#include "wire/sip/internal.h"

#include <assert.h>

#include "base/auto.h"

static const char *const end_texts[] = {
#define X(symbol, text) [PCHAT_SIP_END_##symbol] = text,
	PCHAT_SIP_ENDS(X)
#undef X
};

const char *
pchat_sip_end_text(enum pchat_sip_end end)
{
	return end_texts[end];
}

static struct pchat_str
key_of(const struct pchat_sip_dialog *d)
{
	return (struct pchat_str){ d->text, d->key_n };
}

struct pchat_sip_dialog *
psip_dialog_find(struct pchat_sip *sip, const sip_t *m)
{
	char key[PSIP_KEY_MAX];
	size_t n;

	if (!m->sip_to->a_tag ||
	    !psip_key_write(pchat_str(m->sip_call_id->i_id), pchat_str(m->sip_to->a_tag),
	                    pchat_str(m->sip_from->a_tag), key, &n))
		return NULL;
	return pchat_hash_get(&sip->dialogs, (struct pchat_str){ key, n });
}

/* Whoever knows the tags of a dialog could speak in it from another connection. */
bool
psip_dialog_belongs(const struct pchat_sip_dialog *d, const struct pchat_sip_conn *conn)
{
	return conn && (conn == d->conn || psip_conn_same_peer(conn, d->conn));
}

/* ---- the end ---- */

void
psip_dialog_ends(struct pchat_sip_dialog *d, enum pchat_sip_end end, bool bye)
{
	if (d->ended)
		return;
	d->ended = true;
	d->end = (uint8_t)end;
	d->bye = bye;
	d->sip->events++;
	if (psip_linked(&d->ready)) {
		psip_unlink(&d->ready);
		d->conn->n_ready--;
	}
	psip_forget_sent(d);
	pchat_sip_timer_cancel(&d->timer);
	pchat_sip_timer_cancel(&d->retry);
	psip_append(&d->sip->ending_dialogs, &d->ending);
}

static void
detach(struct pchat_sip_dialog *d)
{
	struct pchat_sip *sip = d->sip;

	if (d->invite)
		nta_incoming_destroy(d->invite);
	pchat_hash_del(&sip->dialogs, key_of(d));
	sip->slots.v[d->slot] = NULL;
	sip->free_slots.v[sip->free_slots.n++] = d->slot; /* reserved when the slot was made */
	sip->stats.dialogs--;
	psip_unlink(&d->link);
	d->conn->n_dialogs--;
}

static void
reap(struct pchat_sip_dialog *d)
{
	struct pchat_sip *sip = d->sip;

	if (d->bye && psip_conn_usable(d->conn))
		psip_send_bye(d);
	psip_queue_drop(d);
	sip->h->closed(sip->ctx, d, (enum pchat_sip_end)d->end);
	detach(d);
	free(d->queue);
	free(d);
}

void
psip_dialogs_reap(struct pchat_sip *sip)
{
	struct psip_link *l;

	while ((l = psip_pop(&sip->ending_dialogs)))
		reap(PSIP_OF(l, struct pchat_sip_dialog, ending));
}

void
pchat_sip_dialog_end(struct pchat_sip_dialog *d, bool drain)
{
	d->draining = true;
	if (!drain || !d->now.body)
		psip_dialog_ends(d, PCHAT_SIP_END_LOCAL, true);
}

void
pchat_sip_dialog_replaced(struct pchat_sip_dialog *d)
{
	psip_dialog_ends(d, PCHAT_SIP_END_REPLACED, false);
}

/* ---- another connection ---- */

void
psip_dialog_interrupt(struct pchat_sip_dialog *d)
{
	d->unsure = true;
	if (!d->unanswered)
		return;
	psip_forget_sent(d);
	d->again = true;
	psip_dialog_ready(d);
}

void
psip_dialog_move(struct pchat_sip_dialog *d, struct pchat_sip_conn *to)
{
	if (psip_linked(&d->ready)) {
		psip_unlink(&d->ready);
		d->conn->n_ready--;
	}
	psip_unlink(&d->link);
	d->conn->n_dialogs--;
	d->conn = to;
	psip_append(&to->dialogs, &d->link);
	to->n_dialogs++;
	psip_dialog_ready(d);
}

/* ---- session timer ---- */

static void
on_session_timer(void *ctx)
{
	struct pchat_sip_dialog *d = ctx;
	int64_t idle = (pchat_monotonic() - d->active) / PCHAT_SECOND;
	int64_t limit = (int64_t)d->session_expires + d->sip->opt.grace_seconds;

	/* Requests only note their time; the timer catches up with them here. */
	if (idle >= limit)
		psip_dialog_ends(d, PCHAT_SIP_END_IDLE, true);
	else
		pchat_sip_timer_set(d->sip, &d->timer, (uint32_t)(limit - idle), on_session_timer,
		                    d);
}

static void
start_session_timer(struct pchat_sip_dialog *d)
{
	d->active = pchat_monotonic();
	pchat_sip_timer_set(d->sip, &d->timer, d->session_expires + d->sip->opt.grace_seconds,
	                    on_session_timer, d);
}

/* ---- INVITE ---- */

static void
on_no_ack(void *ctx)
{
	psip_dialog_ends(ctx, PCHAT_SIP_END_NO_ACK, true);
}

void
psip_dialog_acked(struct pchat_sip_dialog *d)
{
	if (d->confirmed || d->ended)
		return;
	d->confirmed = true;
	start_session_timer(d);
	d->sip->h->confirmed(d->sip->ctx, d);
	psip_dialog_ready(d);
}

struct pchat_sip_conn *
psip_dialog_acker(struct pchat_sip *sip, const struct pchat_sip_dialog *d, const msg_t *msg)
{
	tport_t *tp = psip_transport_of(sip, msg);

	return d && d->conn->name ? psip_conn_of(sip, tp) : psip_conn_known(sip, tp);
}

/* Did the ACK (not NULL) of @irq come from its client? */
static bool
is_from_client(struct pchat_sip_dialog *d, nta_incoming_t *irq, const sip_t *m)
{
	msg_t *msg = nta_incoming_getrequest_ackcancel(irq);
	struct pchat_sip_conn *conn = psip_dialog_acker(d->sip, d, msg);

	msg_destroy(msg);
	return conn && psip_seal_good(conn, m, NULL) && psip_dialog_belongs(d, conn);
}

/* The library calls this with the ACK, or without a message when none has come soon: then it
 * forgets the INVITE, and the ACK comes in by psip_on_request(). */
static int
on_ack(struct pchat_sip_dialog *d, nta_incoming_t *irq, const sip_t *m)
{
	bool acked = m && is_from_client(d, irq, m);

	d->sip->events++;
	d->invite = NULL;
	nta_incoming_destroy(irq);
	if (acked)
		psip_dialog_acked(d);
	return 0;
}

/* The 200 to an INVITE, first or repeated, and to an UPDATE. */
static void
send_ok(struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_handlers *h = d->sip->h;
	PCHAT_AUTO_VALUE(buf) sdp = { 0 };
	struct pchat_sip_reply r = { .status = 200 };
	const char *own[5] = { NULL };
	char expires[64];
	size_t n = 0;

	snprintf(expires, sizeof(expires), "Session-Expires: %u;refresher=uac", d->session_expires);
	own[n++] = expires;
	own[n++] = "Supported: timer";
	if (pchat_sip_supports(&txn->rq, "timer"))
		own[n++] = "Require: timer";
	if (txn->rq.kind == PCHAT_SIP_INVITE) {
		own[n++] = "Allow: INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS";
		bool offer = pchat_str_iis(txn->rq.content_type, "application/sdp");
		struct pchat_str host = pchat_str(txn->conn->local);

		while (host.n > 0 && host.p[host.n - 1] != ':')
			host.n--;
		host.n -= host.n > 0;
		if (host.n > 2 && host.p[0] == '[')
			host = (struct pchat_str){ host.p + 1, host.n - 2 };
		/* Of another type of body we understand nothing, so answer none (xccos.md 2.3). */
		if (h->sdp && (offer || txn->rq.body.n == 0) &&
		    h->sdp(&sdp, txn->rq.body, host, NULL) == PCHAT_OK && pchat_buf_ok(&sdp)) {
			r.content_type = "application/sdp";
			r.body = pchat_buf_view(&sdp);
		}
	}
	psip_txn_send(txn, &r, own);
}

/* False if it has been answered 422. */
static bool
negotiate(struct pchat_sip_txn *txn, uint32_t ours, uint32_t *ret)
{
	uint32_t theirs = txn->rq.session_expires;

	if (theirs > 0 && theirs < PCHAT_SIP_MIN_SE) {
		psip_txn_send(txn,
		              &(struct pchat_sip_reply){
				      .status = 422,
				      .headers = (const char *const[]){ "Min-SE: 90", NULL } },
		              NULL);
		return false;
	}
	*ret = theirs > 0 && theirs < ours ? theirs : ours;
	return true;
}

static bool
take_slot(struct pchat_sip *sip, struct pchat_sip_dialog *d)
{
	if (sip->free_slots.n == 0) {
		size_t more = sip->slots.n + 1 - sip->free_slots.n;

		/* Every slot must be able to come back. */
		if (!pchat_vec_reserve(&sip->free_slots, more) || !pchat_vec_push(&sip->slots, d))
			return false;
		d->slot = (uint32_t)sip->slots.n - 1;
		return true;
	}
	d->slot = sip->free_slots.v[--sip->free_slots.n];
	sip->slots.v[d->slot] = d;
	return true;
}

static void
give_slot(struct pchat_sip *sip, const struct pchat_sip_dialog *d)
{
	sip->slots.v[d->slot] = NULL;
	sip->free_slots.v[sip->free_slots.n++] = d->slot;
}

static enum pchat_code
attach(struct pchat_sip_dialog *d, struct pchat_sip_txn *txn, struct pchat_err *err)
{
	struct pchat_sip *sip = txn->sip;

	if (!take_slot(sip, d))
		return pchat_no_memory(err);
	if (!pchat_hash_put(&sip->dialogs, key_of(d), d)) {
		give_slot(sip, d);
		return pchat_no_memory(err);
	}
	pchat_random(&d->nonce, sizeof(d->nonce));
	d->sip = sip;
	d->conn = txn->conn;
	psip_append(&txn->conn->dialogs, &d->link);
	txn->conn->n_dialogs++;
	sip->stats.dialogs++;
	return PCHAT_OK;
}

static enum pchat_code
admit(const struct pchat_sip_txn *txn, struct pchat_err *err)
{
	const struct pchat_sip *sip = txn->sip;

	if (!psip_conn_usable(txn->conn))
		return pchat_fail(err, PCHAT_UNAVAILABLE, "the connection is gone");
	if (txn->cancelled)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "the INVITE was cancelled");
	if (sip->stats.dialogs >= sip->opt.max_dialogs ||
	    txn->conn->n_dialogs >= PCHAT_SIP_CONN_DIALOGS_MAX)
		return pchat_fail(err, PCHAT_LIMIT, "too many dialogs");
	return PCHAT_OK;
}

static enum pchat_code
refuse(struct pchat_sip_txn *txn, enum pchat_code code)
{
	if (code == PCHAT_LIMIT)
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_TOO_MANY);
	else if (code == PCHAT_INVALID)
		pchat_sip_refuse(txn, 400, PCHAT_SIP_DIAG_NO_PARTICIPANT);
	else if (code == PCHAT_UNAVAILABLE)
		psip_txn_free(txn); /* nobody there, or answered 487 */
	else
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_NO_SESSION);
	return code;
}

enum pchat_code
pchat_sip_accept(struct pchat_sip_txn *txn, uint32_t session_expires, void *user,
                 struct pchat_sip_dialog **ret_dialog, struct pchat_err *err)
{
	enum pchat_code code = admit(txn, err);
	struct pchat_sip_dialog *d = NULL;
	uint32_t expires = session_expires ? session_expires : PCHAT_SIP_SESSION_EXPIRES;
	struct pchat_err own = { 0 };

	assert(txn->rq.kind == PCHAT_SIP_INVITE);
	if (code != PCHAT_OK)
		return refuse(txn, code);
	if (!negotiate(txn, expires, &expires)) {
		psip_txn_free(txn);
		return pchat_fail(err, PCHAT_DENIED, "the session interval is too small");
	}
	d = psip_dialog_new(txn, &own);
	code = d ? attach(d, txn, &own) : own.code;
	if (code != PCHAT_OK) {
		free(d);
		pchat_fail(err, code, "%s", pchat_err_text(&own));
		pchat_err_release(&own);
		return refuse(txn, code);
	}
	assert(d);
	d->user = user;
	d->session_expires = expires;
	d->invite = txn->irq;
	d->active = pchat_monotonic();
	pchat_sip_timer_set(d->sip, &d->timer, d->sip->opt.ack_seconds, on_no_ack, d);
	send_ok(d, txn);
	nta_incoming_bind(txn->irq, on_ack, d);
	txn->irq = NULL;
	psip_txn_free(txn);
	*ret_dialog = d;
	return PCHAT_OK;
}

/* ---- requests within ---- */

static void
refresh(struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	if (negotiate(txn, d->session_expires, &d->session_expires))
		send_ok(d, txn);
	psip_txn_free(txn);
}

static void
refuse_method(struct pchat_sip_txn *txn, int status)
{
	static const char *const allow[] = {
		"Allow: INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS",
		NULL,
	};

	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = status, .headers = allow });
}

static void
dispatch(struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	switch (txn->rq.kind) {
	case PCHAT_SIP_INFO:
		d->sip->h->info(d->sip->ctx, d, txn);
		return;
	case PCHAT_SIP_BYE:
		pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
		psip_dialog_ends(d, PCHAT_SIP_END_BYE, false);
		return;
	case PCHAT_SIP_INVITE:
	case PCHAT_SIP_UPDATE:
		refresh(d, txn);
		return;
	case PCHAT_SIP_OPTIONS:
		refuse_method(txn, 200);
		return;
	case PCHAT_SIP_MESSAGE:
	case PCHAT_SIP_NOTIFY:
	case PCHAT_SIP_REGISTER:
	case PCHAT_SIP_SUBSCRIBE:
		refuse_method(txn, 405);
		return;
	case PCHAT_SIP_OTHER:
		refuse_method(txn, 501);
		return;
	}
}

void
psip_dialog_request(struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	if (d->ended || !psip_dialog_belongs(d, txn->conn)) {
		pchat_sip_refuse(txn, 481, PCHAT_SIP_DIAG_UNKNOWN_SESSION);
		return;
	}
	if (d->sip->h->within && !d->sip->h->within(d->sip->ctx, d, txn))
		return;
	if (txn->rq.cseq < d->remote_cseq) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_NONE);
		return;
	}
	/* The INFO of before once more (the transaction that would know is long gone): what it
	 * carried was taken, and must not be carried out twice. */
	if (d->remote_cseq > 0 && txn->rq.cseq == d->remote_cseq &&
	    txn->rq.kind == PCHAT_SIP_INFO) {
		pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
		return;
	}
	d->remote_cseq = txn->rq.cseq;
	d->unsure = false;
	d->active = pchat_monotonic();
	dispatch(d, txn);
}

/* ---- public ---- */

void
pchat_sip_dialog_set_user(struct pchat_sip_dialog *d, void *user)
{
	d->user = user;
}

void *
pchat_sip_dialog_user(const struct pchat_sip_dialog *d)
{
	return d->user;
}

struct pchat_sip_conn *
pchat_sip_dialog_conn(const struct pchat_sip_dialog *d)
{
	return d->conn;
}

bool
pchat_sip_dialog_unsure(const struct pchat_sip_dialog *d)
{
	return d->unsure;
}

int64_t
pchat_sip_dialog_active(const struct pchat_sip_dialog *d)
{
	return d->active;
}

size_t
pchat_sip_dialog_queued(const struct pchat_sip_dialog *d)
{
	return d->queue_n + (d->now.body ? 1 : 0);
}
