/*
 * The self-subscription: what a client reads about its own user, and hears of later.
 */
#include "pchatd/presence/internal.h"

#include "wire/docs/roaming.h"

void
pchat_self_free(struct pchat_self *self)
{
	if (!self)
		return;
	pchat_sip_timer_cancel(&self->timer);
	pchat_sip_subscription_free(self->way);
	free(self->epid);
	free(self);
}

static void
drop(struct pchat_self *self)
{
	struct pchat_presence_user *u = self->user;
	size_t i = 0;

	while (u->selves.v[i] != self)
		i++;
	u->selves.v[i] = u->selves.v[--u->selves.n];
	pchat_self_free(self);
}

/* Nobody refreshed it. The client is not told: it knows. */
static void
on_expired(void *ctx)
{
	drop(ctx);
}

static struct pchat_self *
find(struct pchat_presence_user *u, const struct pchat_sip_request *rq)
{
	for (size_t i = 0; i < u->selves.n; i++)
		if (pchat_sip_subscription_is(u->selves.v[i]->way, rq))
			return u->selves.v[i];
	return NULL;
}

static uint32_t
granted(const struct pchat_sip_request *rq)
{
	return rq->has_expires && rq->expires < PCHAT_SELF_EXPIRES ? rq->expires
	                                                           : PCHAT_SELF_EXPIRES;
}

/* ---- telling ---- */

static bool
notify(struct pchat_self *self, struct pchat_str body)
{
	static const char *const lines[] = { "Event: " PCHAT_SELF_EVENT,
		                             "subscription-state: active;expires=28800", NULL };

	/* A connection that takes nothing more is closed by the layer below. */
	return !pchat_sip_notify(self->way, lines, PCHAT_SELF_TYPE, body, NULL);
}

void
pchat_presence_tell(struct pchat_presence_user *u, struct pchat_str body,
                    const struct pchat_sip_conn *except_conn, struct pchat_str except_epid)
{
	for (size_t i = 0; i < u->selves.n; i++) {
		struct pchat_self *self = u->selves.v[i];

		if (except_conn && pchat_sip_subscription_conn(self->way) == except_conn &&
		    pchat_str_is(except_epid, self->epid))
			continue;
		self->missed |= !notify(self, body);
	}
}

/* ---- subscribing ---- */

struct lines {
	char expires[32], state[64];
	const char *v[5];
};

/* ms-piggyback-cseq is what makes the client look at the body at all (real-client.md T15). */
static void
write_lines(struct lines *l, uint32_t expires, bool piggyback)
{
	size_t n = 0;

	snprintf(l->expires, sizeof(l->expires), "Expires: %u", expires);
	snprintf(l->state, sizeof(l->state), "subscription-state: %s;expires=%u",
	         expires ? "active" : "terminated", expires);
	l->v[n++] = "Event: " PCHAT_SELF_EVENT;
	l->v[n++] = l->expires;
	l->v[n++] = l->state;
	if (piggyback)
		l->v[n++] = "ms-piggyback-cseq: 1";
	l->v[n] = NULL;
}

static bool
keep(struct pchat_presence_user *u, struct pchat_sip_txn *txn, const struct pchat_sip_reply *r,
     uint32_t expires)
{
	struct pchat_signin *s = pchat_signin_of(u->d, txn);
	struct pchat_self *self = calloc(1, sizeof(*self));

	if (!self)
		return false;
	self->user = u;
	self->epid = pchat_str_dup(pchat_sip_txn_request(txn)->from.epid);
	if (!self->epid || !s || !pchat_vec_reserve(&u->selves, 1) || !pchat_presence_tie(u, s) ||
	    pchat_sip_subscribe(txn, r, &self->way, NULL)) {
		pchat_self_free(self);
		return false;
	}
	u->selves.v[u->selves.n++] = self;
	pchat_sip_timer_set(u->d->sip, &self->timer, expires, on_expired, self);
	return true;
}

static void
answer(struct pchat_presence_user *u, struct pchat_sip_txn *txn, struct pchat_str body)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct pchat_self *old = rq->to.tag.n ? find(u, rq) : NULL;
	uint32_t expires = granted(rq);
	struct lines l;
	const struct pchat_sip_reply r = {
		.status = 200,
		.headers = l.v,
		.content_type = PCHAT_SELF_TYPE,
		.body = body,
	};

	write_lines(&l, expires, true);
	if (old && expires)
		pchat_sip_timer_set(u->d->sip, &old->timer, expires, on_expired, old);
	else if (old)
		drop(old);
	if (rq->to.tag.n && !old)
		pchat_sip_refuse(txn, 481, PCHAT_SIP_DIAG_NONE);
	else if (old || expires == 0 || !pchat_sip_txn_conn(txn))
		pchat_sip_reply(txn, &r);
	else if (!pchat_presence_may_tie(u, pchat_sip_txn_conn(txn)))
		pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	else if (u->selves.n >= PCHAT_SELF_PER_USER)
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_TOO_MANY);
	else if (!keep(u, txn, &r, expires))
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
}

static void
finish(struct pchat_presence_job *j)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };

	if (!j->write.code)
		pchat_presence_document(j, true, &body);
	if (j->write.code || !pchat_buf_ok(&body))
		pchat_sip_refuse(j->txn, 503, PCHAT_SIP_DIAG_BUSY);
	else
		answer(j->user, j->txn, pchat_buf_view(&body));
}

void
pchat_presence_subscribe(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user)
{
	struct pchat_presence_user *u = pchat_presence_user(d, user->uri);
	struct pchat_presence_job *j = u ? pchat_presence_job(u, txn, finish) : NULL;

	if (!j || !pchat_presence_start(j))
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_BUSY);
	if (u)
		pchat_presence_free_unused(u);
}

/* ---- another connection ---- */

/* All of it: what they missed is not kept. */
static void
tell_missed(struct pchat_presence_job *j)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };

	if (j->write.code)
		return; /* they hear of it with the next change */
	pchat_presence_document(j, true, &body);
	for (size_t i = 0; pchat_buf_ok(&body) && i < j->user->selves.n; i++) {
		struct pchat_self *self = j->user->selves.v[i];

		self->missed = self->missed && !notify(self, pchat_buf_view(&body));
	}
}

static void
make_up(struct pchat_presence_user *u)
{
	struct pchat_presence_job *j = NULL;

	for (size_t i = 0; i < u->selves.n && !j; i++)
		if (u->selves.v[i]->missed)
			j = pchat_presence_job(u, NULL, tell_missed);
	if (j)
		(void)pchat_presence_start(j);
}

/* ---- the end of a connection ---- */

static void
drop_of(struct pchat_presence_user *u, const struct pchat_sip_conn *conn)
{
	for (size_t i = u->selves.n; i-- > 0;)
		if (pchat_sip_subscription_conn(u->selves.v[i]->way) == conn)
			drop(u->selves.v[i]);
}

static void
tell_rest(struct pchat_presence_job *j)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };

	if (j->write.code)
		return; /* they hear of it with the next change */
	pchat_presence_document(j, false, &body);
	if (pchat_buf_ok(&body))
		pchat_presence_tell(j->user, pchat_buf_view(&body), NULL, (struct pchat_str){ 0 });
}

static bool
lives_on(const struct pchat_item *item, const struct pchat_sip_conn *conn, bool signed_in)
{
	/* One of type user outlives its connection while another one of the user is there. */
	return item->p.type == PCHAT_EXPIRE_USER ? signed_in : item->conn != conn;
}

static void
drop_items(struct pchat_presence_user *u, const struct pchat_sip_conn *conn)
{
	struct pchat_presence_job *j = u->selves.n ? pchat_presence_job(u, NULL, tell_rest) : NULL;
	bool signed_in = u->ties - u->sessions > 1;
	size_t n = 0;

	for (size_t i = 0; i < u->items.n; i++) {
		struct pchat_item *item = u->items.v[i];

		if (lives_on(item, conn, signed_in)) {
			u->items.v[n++] = item;
			continue;
		}
		if (j)
			(void)pchat_presence_touch(j, item->p.category);
		free(item);
	}
	u->items.n = n;
	if (j && j->touched.n)
		(void)pchat_presence_start(j);
	else
		pchat_presence_job_free(j);
}

void
pchat_presence_leave(struct pchat_signin *s)
{
	for (size_t i = 0; i < s->presence.n; i++) {
		struct pchat_presence_user *u = s->presence.v[i];

		drop_of(u, s->conn);
		drop_items(u, s->conn);
		u->ties--;
		pchat_presence_free_unused(u);
	}
	pchat_vec_release(&s->presence);
}

void
pchat_presence_move(struct pchat_signin *s, struct pchat_sip_conn *to)
{
	struct pchat_signin *next = pchat_signin_on(s->d, to);

	for (size_t i = 0; i < s->presence.n; i++) {
		struct pchat_presence_user *u = s->presence.v[i];

		if (!next || !pchat_presence_tie(u, next)) {
			/* Without memory there is nobody who would end them with @to. */
			drop_of(u, to);
			drop_items(u, s->conn);
		}
		for (size_t k = 0; k < u->items.n; k++)
			if (u->items.v[k]->conn == s->conn)
				u->items.v[k]->conn = to;
		make_up(u);
		u->ties--;
		pchat_presence_free_unused(u);
	}
	pchat_vec_release(&s->presence);
}
