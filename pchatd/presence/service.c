/*
 * SERVICE: publishing. One request is one transaction, all or nothing.
 */
#include "pchatd/presence/internal.h"

#include "wire/docs/roaming.h"

static bool
goes(const struct pchat_publication *p)
{
	return p->has_expires && p->expires == 0;
}

static bool
in_memory(const struct pchat_publication *p)
{
	return !goes(p) && (p->type == PCHAT_EXPIRE_ENDPOINT || p->type == PCHAT_EXPIRE_USER);
}

/* ---- carried out in memory, after the store has agreed ---- */

static void
drop_item(struct pchat_presence_user *u, const struct pchat_publication *p)
{
	for (size_t i = 0; i < u->items.n; i++) {
		const struct pchat_publication *q = &u->items.v[i]->p;

		if (q->container != p->container || q->instance != p->instance ||
		    !pchat_str_eq(q->category, p->category))
			continue;
		free(u->items.v[i]);
		u->items.v[i] = u->items.v[--u->items.n];
		return;
	}
}

static bool
put_item(struct pchat_presence_user *u, const struct pchat_publication *p, int64_t now,
         const struct pchat_sip_conn *conn)
{
	struct pchat_item *item;

	drop_item(u, p);
	if (!in_memory(p))
		return true;
	item = pchat_item_new(p, conn);
	if (!item || !pchat_vec_push(&u->items, item)) {
		free(item);
		return false;
	}
	item->p.version++;
	item->p.time = now;
	return true;
}

static bool
remember(struct pchat_presence_job *j)
{
	struct pchat_signin *s = pchat_signin_of(j->user->d, j->txn);
	bool tied = false;

	for (size_t i = 0; i < j->publish.items.n; i++) {
		const struct pchat_publication *p = &j->publish.items.v[i];

		if (in_memory(p) && !tied) {
			/* Without its connection there is nothing it could live as long as. */
			if (!s || !pchat_presence_tie(j->user, s))
				return false;
			tied = true;
		}
		if (!put_item(j->user, p, j->now, pchat_sip_txn_conn(j->txn)))
			return false;
	}
	return true;
}

/* ---- answers ---- */

static void
refuse_versions(struct pchat_presence_job *j)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };

	pchat_publish_fault(&body, j->conflicts.v, j->conflicts.n);
	if (pchat_buf_ok(&body))
		pchat_sip_reply(j->txn, &(struct pchat_sip_reply){ .status = 409,
		                                                   .content_type = PCHAT_FAULT_TYPE,
		                                                   .body = pchat_buf_view(&body) });
	else
		pchat_sip_refuse(j->txn, 500, PCHAT_SIP_DIAG_ERROR);
}

static void
answer_published(struct pchat_presence_job *j)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };
	const struct pchat_sip_request *rq = pchat_sip_txn_request(j->txn);
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(j->txn);

	pchat_presence_document(j, false, &body);
	if (!pchat_buf_ok(&body)) {
		pchat_sip_refuse(j->txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	for (size_t i = 0; i < j->touched.n; i++)
		if (pchat_str_is(j->touched.v[i]->p.category, PCHAT_PUBLICATION_ROOM))
			pchat_followed_take(j);
	pchat_presence_tell(j->user, pchat_buf_view(&body), conn, rq->from.epid);
	pchat_sip_reply(j->txn, &(struct pchat_sip_reply){ .status = 200,
	                                                   .content_type = PCHAT_SELF_TYPE,
	                                                   .body = pchat_buf_view(&body) });
}

static void
finish(struct pchat_presence_job *j)
{
	if (j->write.code)
		pchat_sip_refuse(j->txn, 503, PCHAT_SIP_DIAG_BUSY);
	else if (j->conflicts.n)
		refuse_versions(j);
	else if (j->over)
		pchat_sip_refuse(j->txn, 413, PCHAT_SIP_DIAG_NONE);
	else if (!remember(j))
		pchat_sip_refuse(j->txn, 500, PCHAT_SIP_DIAG_ERROR);
	else
		answer_published(j);
}

/* ---- requests ---- */

static bool
note_touched(struct pchat_presence_job *j)
{
	bool ok = true;

	for (size_t i = 0; ok && i < j->publish.items.n; i++)
		ok = pchat_presence_touch(j, j->publish.items.v[i].category);
	return ok;
}

/* Somebody else's URI in the body is a forgery like one in To. */
static bool
is_own(const struct pchat_publish *p, const struct pchat_user *user)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	return p->uri.n == 0 || (!pchat_sip_uri_canonical(p->uri, &uri, NULL) &&
	                         strcmp(pchat_buf_cstr(&uri), user->uri) == 0);
}

static int
start(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user,
      struct pchat_publish *publish)
{
	struct pchat_presence_user *u = pchat_presence_user(d, user->uri);
	struct pchat_presence_job *j = u ? pchat_presence_job(u, txn, finish) : NULL;
	bool started = false;

	if (j) {
		j->publish = *publish;
		*publish = (struct pchat_publish){ 0 };
		if (note_touched(j))
			started = pchat_presence_start(j);
		else
			pchat_presence_job_free(j);
	}
	if (u)
		pchat_presence_free_unused(u);
	return started ? 0 : 503;
}

static int
publish(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user)
{
	PCHAT_AUTO_VALUE(publish) doc = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_publish_parse(pchat_sip_txn_request(txn)->body, &doc, &err);

	if (code) {
		pchat_log(d->log, PCHAT_LOG_INFO, "publication refused", "user", user->uri, "error",
		          pchat_err_text(&err), NULL);
		pchat_err_release(&err);
		return code == PCHAT_LIMIT ? 413 : pchat_code_sip(code);
	}
	return is_own(&doc, user) ? start(d, txn, user, &doc) : 403;
}

/* Status 0: it has been or will be answered. */
static int
serve(struct pchatd *d, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	PCHAT_AUTO_VALUE(buf) to = { 0 };
	struct pchat_user *user = NULL;
	enum pchat_code code = pchat_identify(d, txn, &user, NULL);

	if (code)
		return pchat_code_sip(code);
	if (pchat_party_uri(&rq->to, &to, NULL))
		return 400;
	if (!pchat_str_is(pchat_buf_view(&to), user->uri))
		return 403;
	if (pchat_str_iis(rq->content_type, PCHAT_PUBLISH_TYPE))
		return publish(d, txn, user);
	/* Who may see what: there is nothing here that another could see. */
	return pchat_str_iis(rq->content_type, PCHAT_SET_CONTAINER_TYPE) ? 200 : 501;
}

void
pchat_presence_service(struct pchatd *d, struct pchat_sip_txn *txn)
{
	int status = d->state == PCHATD_SERVING ? serve(d, txn) : 503;

	if (status)
		pchat_sip_refuse(txn, status, PCHAT_SIP_DIAG_NONE);
}
