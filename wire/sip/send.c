/*
 * INFO out, below the transactions of the library: head and body are handed to
 * the transport as they are, and the answer finds its dialog by the branch of
 * its Via. A third of what the library's own client transactions cost
 * (libraries.md sections 1.5 and 2.5). There is nothing to retransmit, for there
 * is only TCP; what is ours to do is the timer, the window and the order.
 */
#include "wire/sip/internal.h"

#include <assert.h>
#include <netinet/tcp.h>

/* A 503 or 504 is tried again so often, after Retry-After or this (xccos.md 2.6). */
#define RETRIES       2
#define RETRY_SECONDS 5
#define RETRY_MAX     60

/* ---- one message ---- */

/* A message of two fragments: the head, copied into the message's own memory, and the body, which
 * stays where it is and must outlive the message (see psip_conn_hold). */
static bool
fill(msg_t *msg, const struct pchat_sip_dialog *d, struct pchat_str method, uint32_t cseq,
     struct pchat_str body)
{
	su_home_t *home = msg_home(msg);
	msg_pub_t *object = (msg_pub_t *)sip_object(msg);
	sip_request_t *rq = (sip_request_t *)msg_header_alloc(home, sip_request_class, 0);
	sip_payload_t *pl = (sip_payload_t *)msg_header_alloc(home, sip_payload_class, 0);
	char *head = su_alloc(home, psip_head_max(d));

	if (!rq || !pl || !head)
		return false;
	rq->rq_method = sip_method_unknown;
	rq->rq_method_name = method.p;
	rq->rq_version = sip_version_2_0;
	rq->rq_common->h_data = head;
	rq->rq_common->h_len = psip_head_write(d, method, cseq, body.n, head);
	if (msg_header_insert(msg, object, (msg_header_t *)rq) < 0)
		return false;
	if (body.n > 0) {
		pl->pl_data = (char *)body.p; /* only read */
		pl->pl_len = body.n;
		pl->pl_common->h_data = body.p;
		pl->pl_common->h_len = body.n;
		if (msg_header_insert(msg, object, (msg_header_t *)pl) < 0)
			return false;
	}
	return msg_serialize(msg, object) >= 0;
}

static bool
transmit(struct pchat_sip_dialog *d, struct pchat_str method, struct pchat_str body)
{
	msg_t *msg = msg_create(sip_default_mclass(), 0);
	tport_t *tp = d->conn->tp;
	bool sent;

	if (!msg)
		return false;
	/* No MTU: the default one would refuse long bodies. */
	sent = fill(msg, d, method, ++d->cseq, body) &&
	       tport_tsend(tp, msg, tport_name(tp), TPTAG_MTU(INT_MAX), TAG_END());
	msg_destroy(msg);
	return sent;
}

void
psip_send_bye(struct pchat_sip_dialog *d)
{
	/* The answer will be nobody's; whether it comes makes no difference. */
	(void)transmit(d, PCHAT_STR("BYE"), (struct pchat_str){ 0 });
}

/* ---- the queue of a dialog ---- */

static bool
grow(struct pchat_sip_dialog *d)
{
	uint32_t cap = d->queue_cap ? 2 * d->queue_cap : 4;
	struct psip_info *queue = malloc(cap * sizeof(*queue));

	if (!queue)
		return false;
	for (uint32_t i = 0; i < d->queue_n; i++)
		queue[i] = d->queue[(d->queue_head + i) % d->queue_cap];
	free(d->queue);
	d->queue = queue;
	d->queue_cap = cap;
	d->queue_head = 0;
	return true;
}

static enum pchat_code
push(struct pchat_sip_dialog *d, struct pchat_sip_body *body, uint64_t cookie)
{
	size_t size = pchat_sip_body_text(body).n;

	if (d->queue_n >= PCHAT_SIP_QUEUE_MAX || size > PCHAT_SIP_QUEUE_BYTES - d->queue_bytes) {
		d->sip->stats.overflows++;
		psip_dialog_ends(d, PCHAT_SIP_END_OVERFLOW, false);
		return PCHAT_LIMIT;
	}
	if (d->queue_n == d->queue_cap && !grow(d))
		return PCHAT_NO_MEMORY;
	d->queue[(d->queue_head + d->queue_n++) % d->queue_cap] =
		(struct psip_info){ pchat_sip_body_ref(body), cookie };
	d->queue_bytes += size;
	return PCHAT_OK;
}

static void
shift(struct pchat_sip_dialog *d)
{
	d->now = (struct psip_info){ 0 };
	if (d->queue_n == 0)
		return;
	d->now = d->queue[d->queue_head];
	d->queue_head = (d->queue_head + 1) % d->queue_cap;
	d->queue_n--;
	d->queue_bytes -= pchat_sip_body_text(d->now.body).n;
	if (d->queue_n > 0)
		return;
	/* Most dialogs never need it: give the memory back. */
	free(d->queue);
	d->queue = NULL;
	d->queue_cap = d->queue_head = 0;
}

enum pchat_code
pchat_sip_info(struct pchat_sip_dialog *d, struct pchat_sip_body *body, uint64_t cookie)
{
	if (d->ended || d->draining)
		return PCHAT_UNAVAILABLE;
	if (d->now.body)
		return push(d, body, cookie);
	d->now = (struct psip_info){ pchat_sip_body_ref(body), cookie };
	psip_dialog_ready(d);
	return PCHAT_OK;
}

static void
report(struct pchat_sip_dialog *d, uint64_t cookie, int status)
{
	if (cookie)
		d->sip->h->info_done(d->sip->ctx, d, cookie, status);
}

void
psip_queue_drop(struct pchat_sip_dialog *d)
{
	while (d->now.body) {
		uint64_t cookie = d->now.cookie;

		psip_conn_hold(d->conn, d->now.body);
		shift(d);
		report(d, cookie, 0);
	}
}

/* ---- the window of a connection ---- */

void
psip_dialog_ready(struct pchat_sip_dialog *d)
{
	if (!d->confirmed || d->ended || !d->now.body || d->unanswered || d->waiting ||
	    psip_linked(&d->ready))
		return;
	psip_append(&d->conn->ready, &d->ready);
	d->conn->n_ready++;
	psip_conn_dirty(d->conn);
}

static void
send_next(struct pchat_sip_conn *conn)
{
	struct pchat_sip_dialog *d = PSIP_OF(conn->ready.next, struct pchat_sip_dialog, ready);
	struct pchat_sip *sip = conn->sip;

	psip_unlink(&d->ready);
	conn->n_ready--;
	if (!transmit(d, PCHAT_STR("INFO"), pchat_sip_body_text(d->now.body))) {
		psip_conn_ends(conn);
		return;
	}
	d->unanswered = true;
	d->sent_tick = sip->tick;
	psip_append(&sip->sent, &d->sent);
	conn->unanswered++;
	sip->stats.infos++;
}

static void
cork(const struct pchat_sip_conn *conn, int on)
{
	if (conn->fd >= 0)
		(void)setsockopt(conn->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

static void
flush_conn(struct pchat_sip_conn *conn)
{
	bool many = conn->n_ready > 1;

	if (conn->full || conn->n_ready == 0)
		return;
	if (many)
		cork(conn, 1);
	while (conn->n_ready > 0 && psip_conn_usable(conn)) {
		if (conn->unanswered >= PCHAT_SIP_WINDOW) {
			conn->full = true;
			break;
		}
		send_next(conn);
	}
	if (many)
		cork(conn, 0);
}

void
pchat_sip_flush(struct pchat_sip *sip)
{
	while (!psip_list_empty(&sip->dirty)) {
		struct pchat_sip_conn *conn =
			PSIP_OF(sip->dirty.next, struct pchat_sip_conn, dirty);

		psip_unlink(&conn->dirty);
		flush_conn(conn);
	}
}

/* ---- answers ---- */

void
psip_forget_sent(struct pchat_sip_dialog *d)
{
	struct pchat_sip_conn *conn = d->conn;

	if (!d->unanswered)
		return;
	d->unanswered = false;
	psip_unlink(&d->sent);
	conn->unanswered--;
	/* Refilling one by one would send one by one. */
	if (conn->full && conn->unanswered <= PCHAT_SIP_REFILL) {
		conn->full = false;
		psip_conn_dirty(conn);
	}
}

/* The INFO is dealt with, well or not: on to the next. */
static void
finish(struct pchat_sip_dialog *d, int status)
{
	uint64_t cookie = d->now.cookie;

	psip_conn_hold(d->conn, d->now.body);
	d->retries = 0;
	shift(d);
	report(d, cookie, status);
	if (d->ended)
		return;
	if (d->draining && !d->now.body)
		psip_dialog_ends(d, PCHAT_SIP_END_LOCAL, true);
	else
		psip_dialog_ready(d);
}

static void
on_retry(void *ctx)
{
	struct pchat_sip_dialog *d = ctx;

	d->waiting = false;
	psip_dialog_ready(d);
}

static void
try_again(struct pchat_sip_dialog *d, int status, uint32_t after)
{
	if (d->retries >= RETRIES) {
		finish(d, status);
		psip_dialog_ends(d, PCHAT_SIP_END_OVERLOAD, true);
		return;
	}
	d->retries++;
	d->waiting = true;
	pchat_sip_timer_set(d->sip, &d->retry, after < RETRY_MAX ? after : RETRY_MAX, on_retry, d);
}

static void
answered(struct pchat_sip_dialog *d, int status, uint32_t retry_after)
{
	psip_forget_sent(d);
	d->sip->stats.info_answers++;
	switch (status) {
	case 481: /* it knows nothing of the dialog */
	case 487: /* pidgin-sipe: of an obsolete dialog */
	case 410:
	case 480:
		finish(d, status);
		psip_dialog_ends(d, PCHAT_SIP_END_GONE, false);
		return;
	case 408:
		finish(d, status);
		psip_dialog_ends(d, PCHAT_SIP_END_TIMEOUT, false);
		return;
	case 503:
	case 504:
		try_again(d, status, retry_after);
		return;
	default:
		finish(d, status);
	}
}

/* Only the answer to the INFO that is out, and from where that was sent, counts. The rest is late,
 * doubled or made up. */
static struct pchat_sip_dialog *
match(struct pchat_sip *sip, const msg_t *msg, const sip_t *answer)
{
	const sip_via_t *via = answer->sip_via;
	struct pchat_sip_dialog *d;
	uint32_t cseq;

	d = via ? psip_dialog_of_branch(sip, via->v_branch, &cseq) : NULL;
	if (!d || !d->unanswered || cseq != d->cseq || answer->sip_cseq->cs_seq != cseq ||
	    answer->sip_cseq->cs_method != sip_method_info ||
	    psip_transport_of(sip, msg) != d->conn->tp ||
	    !pchat_str_eq(pchat_str(answer->sip_call_id->i_id),
			  (struct pchat_str){ d->text, d->call_id_n }))
		return NULL;
	return d;
}

static uint32_t
retry_after(const sip_t *answer)
{
	const sip_retry_after_t *after = answer->sip_retry_after;

	if (!after)
		return RETRY_SECONDS;
	return after->af_delta < RETRY_MAX ? (uint32_t)after->af_delta : RETRY_MAX;
}

int
psip_on_stray(struct pchat_sip *sip, nta_agent_t *agent, msg_t *msg, sip_t *answer)
{
	struct pchat_sip_dialog *d = NULL;
	int status = answer && answer->sip_status ? answer->sip_status->st_status : 0;

	sip->events++;
	if (status >= 200)
		d = match(sip, msg, answer);
	if (d)
		answered(d, status, retry_after(answer));
	else if (status >= 200 && answer->sip_cseq->cs_method != sip_method_bye)
		sip->stats.strays++;
	nta_msg_discard(agent, msg);
	return 0;
}

void
psip_answers_time_out(struct pchat_sip *sip)
{
	while (!psip_list_empty(&sip->sent)) {
		struct pchat_sip_dialog *d = PSIP_OF(sip->sent.next, struct pchat_sip_dialog, sent);

		/* One more than asked for: the first second was not a whole one. */
		if (sip->tick - d->sent_tick <= sip->opt.answer_seconds)
			return;
		sip->stats.info_timeouts++;
		psip_forget_sent(d);
		finish(d, 408);
		psip_dialog_ends(d, PCHAT_SIP_END_TIMEOUT, false);
	}
}
