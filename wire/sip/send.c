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

#define RELIEF_MAX    64 /* dialogs ended in one pass because all queues together are full */

/* Messages up to this size are copied into bursts up to that one. */
#define COPIED_MAX 4096u
#define BURST_MAX  (32u << 10)

/* ---- messages ---- */

/* A message to the library, whose first fragment is @text, @n octets of room in its own memory:
 * whole SIP messages, or the head of one. */
static msg_t *
message_new(size_t n, char **text, msg_common_t **ret)
{
	msg_t *msg = msg_create(sip_default_mclass(), 0);
	su_home_t *home = msg ? msg_home(msg) : NULL;
	sip_request_t *rq;

	if (!msg)
		return NULL;
	rq = (sip_request_t *)msg_header_alloc(home, sip_request_class, 0);
	*text = su_alloc(home, (isize_t)n);
	if (!rq || !*text ||
	    msg_header_insert(msg, (msg_pub_t *)sip_object(msg), (msg_header_t *)rq) < 0) {
		msg_destroy(msg);
		return NULL;
	}
	rq->rq_method = sip_method_unknown;
	rq->rq_method_name = "INFO";
	rq->rq_version = sip_version_2_0;
	*ret = rq->rq_common;
	return msg;
}

/* The second fragment: a body that stays where it is and must outlive the message (psip_conn_hold).
 */
static bool
add_body(msg_t *msg, struct pchat_str body)
{
	sip_payload_t *pl = (sip_payload_t *)msg_header_alloc(msg_home(msg), sip_payload_class, 0);

	if (!pl)
		return false;
	pl->pl_data = (char *)body.p; /* only read */
	pl->pl_len = body.n;
	pl->pl_common->h_data = body.p;
	pl->pl_common->h_len = body.n;
	return msg_header_insert(msg, (msg_pub_t *)sip_object(msg), (msg_header_t *)pl) >= 0;
}

/* Takes @msg. */
static bool
hand_over(struct pchat_sip_conn *conn, msg_t *msg)
{
	/* It may have come to its end for want of a signature. Without serializing the library
	 * asserts; without MTU it refuses long messages. */
	bool sent = !conn->closing && msg_serialize(msg, (msg_pub_t *)sip_object(msg)) >= 0 &&
	            tport_tsend(conn->tp, msg, tport_name(conn->tp), TPTAG_MTU(INT_MAX), TAG_END());

	msg_destroy(msg);
	return sent;
}

bool
psip_send_text(struct pchat_sip_conn *conn, struct pchat_str whole)
{
	msg_common_t *part;
	char *text;
	msg_t *msg = message_new(whole.n, &text, &part);

	if (!msg)
		return false;
	memcpy(text, whole.p, whole.n);
	part->h_data = text;
	part->h_len = whole.n;
	return hand_over(conn, msg);
}

void
psip_send_bye(struct pchat_sip_dialog *d)
{
	msg_common_t *part;
	char *text;
	msg_t *msg = message_new(psip_head_max(d), &text, &part);

	if (!msg)
		return;
	part->h_data = text;
	part->h_len = psip_head_write(d, PCHAT_STR("BYE"), ++d->cseq, 0, text);
	/* The answer will be nobody's; whether it comes makes no difference. */
	(void)hand_over(d->conn, msg);
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
	d->sip->stats.queued_bytes += (cap - d->queue_cap) * sizeof(*queue);
	d->queue = queue;
	d->queue_cap = cap;
	d->queue_head = 0;
	return true;
}

static void
give_back(struct pchat_sip_dialog *d)
{
	d->sip->stats.queued_bytes -= d->queue_cap * sizeof(*d->queue);
	free(d->queue);
	d->queue = NULL;
	d->queue_cap = d->queue_head = 0;
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
		(struct psip_info){ psip_body_hold(d->sip, body), cookie };
	d->queue_bytes += size;
	return PCHAT_OK;
}

static void
shift(struct pchat_sip_dialog *d)
{
	d->now = (struct psip_info){ 0 };
	d->again = false;
	if (d->queue_n == 0)
		return;
	d->now = d->queue[d->queue_head];
	d->queue_head = (d->queue_head + 1) % d->queue_cap;
	d->queue_n--;
	d->queue_bytes -= pchat_sip_body_text(d->now.body).n;
	if (d->queue_n > 0)
		return;
	/* Most dialogs never need it: give the memory back. */
	give_back(d);
}

enum pchat_code
pchat_sip_info(struct pchat_sip_dialog *d, struct pchat_sip_body *body, uint64_t cookie)
{
	if (d->ended || d->draining)
		return PCHAT_UNAVAILABLE;
	if (d->now.body)
		return push(d, body, cookie);
	d->now = (struct psip_info){ psip_body_hold(d->sip, body), cookie };
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

		psip_conn_hold(d->sip, d->conn, d->now.body);
		shift(d);
		report(d, cookie, 0);
	}
}

/* The dialog with most waiting; NULL if nothing waits. */
static struct pchat_sip_dialog *
worst(const struct pchat_sip *sip)
{
	struct pchat_sip_dialog *most = NULL;

	for (size_t i = 0; i < sip->slots.n; i++) {
		struct pchat_sip_dialog *d = sip->slots.v[i];

		if (d && !d->ended && d->queue_n > 0 &&
		    (!most || d->queue_bytes > most->queue_bytes))
			most = d;
	}
	return most;
}

void
psip_queues_relieve(struct pchat_sip *sip)
{
	/* Bodies may be shared, so that one alone frees nothing. */
	for (int n = 0; n < RELIEF_MAX && sip->stats.queued_bytes > sip->opt.max_queued; n++) {
		struct pchat_sip_dialog *d = worst(sip);

		if (!d)
			return;
		sip->stats.overflows++;
		psip_dialog_ends(d, PCHAT_SIP_END_CROWDED, false);
		/* What the library has of it goes with the connection only. */
		if (d->conn->n_dialogs == 1)
			psip_conn_ends(d->conn);
		psip_reap(sip);
	}
}

static bool
is_withdrawn(const struct psip_info *info, const void *topic)
{
	return info->cookie == 0 && psip_body_is_about(info->body, topic);
}

void
pchat_sip_withdraw(struct pchat_sip_dialog *d, const void *topic)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < d->queue_n; i++) {
		struct psip_info info = d->queue[(d->queue_head + i) % d->queue_cap];

		if (is_withdrawn(&info, topic)) {
			d->queue_bytes -= pchat_sip_body_text(info.body).n;
			psip_body_let_go(d->sip, info.body);
		} else {
			d->queue[(d->queue_head + kept++) % d->queue_cap] = info;
		}
	}
	d->queue_n = kept;
	if (kept == 0)
		give_back(d);
	/* The first one may be waiting for its turn still, or for its repetition. */
	if (!d->now.body || d->unanswered || d->waiting || !is_withdrawn(&d->now, topic))
		return;
	psip_body_let_go(d->sip, d->now.body);
	shift(d);
	if (!d->now.body && psip_linked(&d->ready)) {
		psip_unlink(&d->ready);
		d->conn->n_ready--;
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

static struct pchat_sip_dialog *
first_ready(const struct pchat_sip_conn *conn)
{
	return PSIP_OF(conn->ready.next, struct pchat_sip_dialog, ready);
}

static void
note_sent(struct pchat_sip_dialog *d)
{
	struct pchat_sip_conn *conn = d->conn;
	struct pchat_sip *sip = conn->sip;

	psip_unlink(&d->ready);
	conn->n_ready--;
	d->unanswered = true;
	d->sent_tick = sip->tick;
	psip_append(&sip->sent, &d->sent);
	conn->unanswered++;
	sip->stats.infos++;
}

/* What was out when the connection was lost goes out again as the same request, with the same
 * branch: who has got it answers once more and does nothing else. */
static uint32_t
next_cseq(struct pchat_sip_dialog *d)
{
	if (!d->again)
		return ++d->cseq;
	d->again = false;
	return d->cseq;
}

/* One INFO with its body as it is. */
static bool
send_large(struct pchat_sip_conn *conn)
{
	struct pchat_sip_dialog *d = first_ready(conn);
	struct pchat_str body = pchat_sip_body_text(d->now.body);
	msg_common_t *part;
	char *text;
	msg_t *msg = message_new(psip_head_max(d), &text, &part);

	if (!msg)
		return false;
	part->h_data = text;
	part->h_len = psip_head_write(d, PCHAT_STR("INFO"), next_cseq(d), body.n, text);
	if (!add_body(msg, body)) {
		msg_destroy(msg);
		return false;
	}
	note_sent(d);
	return hand_over(conn, msg);
}

static size_t
room_for(const struct pchat_sip_dialog *d)
{
	return psip_head_max(d) + pchat_sip_body_text(d->now.body).n;
}

/* How many of those that are ready go into one burst, and the room they need; 0 if the first one is
 * too large to be copied. */
static uint32_t
plan_burst(const struct pchat_sip_conn *conn, size_t *ret_room)
{
	uint32_t window = PCHAT_SIP_WINDOW - conn->unanswered;
	uint32_t n = 0;

	*ret_room = 0;
	for (const struct psip_link *l = conn->ready.next; l != &conn->ready && n < window;
	     l = l->next) {
		size_t room = room_for(PSIP_OF(l, struct pchat_sip_dialog, ready));

		if (room > COPIED_MAX || *ret_room + room > BURST_MAX)
			break;
		*ret_room += room;
		n++;
	}
	return n;
}

/* Many INFO in one message to the library, hence in one call of the kernel: half the price of one
 * each, and short bodies are cheaper copied than pointed at. */
static bool
send_burst(struct pchat_sip_conn *conn, uint32_t n, size_t room)
{
	msg_common_t *part;
	size_t at = 0;
	char *text;
	msg_t *msg = message_new(room, &text, &part);

	if (!msg)
		return false;
	while (n-- > 0) {
		struct pchat_sip_dialog *d = first_ready(conn);
		struct pchat_str body = pchat_sip_body_text(d->now.body);

		at += psip_head_write(d, PCHAT_STR("INFO"), next_cseq(d), body.n, text + at);
		memcpy(text + at, body.p, body.n);
		at += body.n;
		note_sent(d);
	}
	assert(at <= room);
	part->h_data = text;
	part->h_len = at;
	return hand_over(conn, msg);
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
	bool corked = false;

	while (conn->n_ready > 0 && !conn->full && !conn->rekeying && psip_conn_usable(conn)) {
		size_t room;
		uint32_t n = plan_burst(conn, &room);

		if (!corked && n < conn->n_ready) {
			cork(conn, 1);
			corked = true;
		}
		if (!(n > 0 ? send_burst(conn, n, room) : send_large(conn)))
			psip_conn_ends(conn);
		conn->full = conn->unanswered >= PCHAT_SIP_WINDOW;
	}
	if (corked)
		cork(conn, 0);
}

void
pchat_sip_flush(struct pchat_sip *sip)
{
	while (!psip_list_empty(&sip->dirty)) {
		struct pchat_sip_conn *conn = PSIP_OF(sip->dirty.next, struct pchat_sip_conn,
		                                      dirty);

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

	psip_conn_hold(d->sip, d->conn, d->now.body);
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
	d->unsure = d->unsure && status >= 300;
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
	/* What is not the client's has not arrived. */
	if (status >= 200 &&
	    !psip_seal_good(psip_conn_known(sip, psip_transport_of(sip, msg)), answer, d))
		d = NULL, status = 0;
	if (d)
		answered(d, status, retry_after(answer));
	else if (status >= 200 && answer->sip_cseq->cs_method != sip_method_bye &&
	         answer->sip_cseq->cs_method != sip_method_notify)
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
