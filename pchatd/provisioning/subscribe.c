#include "pchatd/provisioning/subscribe.h"

#include "pchatd/presence/presence.h"
#include "pchatd/signin.h"
#include "wire/docs/provisioning.h"
#include "wire/docs/roaming.h"

/* A subscription to a document, answered at once with the document in the 200. */
struct document {
	const char *event;
	const char *type;
	bool asked;             /* the request has to bring a document of its own */
	const char *headers[5]; /* of the 200; ended by NULL; the last tells of a document */
	/* PCHAT_INVALID or PCHAT_LIMIT: the request's own document is bad. */
	enum pchat_code (*build)(struct pchatd *d, struct pchat_user *user,
	                         const struct pchat_sip_request *rq, struct pchat_buf *out,
	                         struct pchat_err *err);
};

static void
build_chat(struct pchatd *d, struct pchat_user *user, unsigned groups, struct pchat_buf *out)
{
	const struct pchat_str uri = pchat_str(pchat_view_pool_uri(d->view));
	const struct pchat_str url =
		pchat_str(pchat_view_settings_of(d->view, user)->management_url);
	const struct pchat_provisioning p = {
		.enabled = pchat_view_enabled(d->view, user),
		.default_pool_uri = uri,
		.pool_uris = &uri,
		.n_pool_uris = 1,
		.web_manager_int = url,
		.web_manager_ext = url,
	};

	pchat_provisioning_build(out, groups, &p);
}

static enum pchat_code
build_provisioning(struct pchatd *d, struct pchat_user *user, const struct pchat_sip_request *rq,
                   struct pchat_buf *out, struct pchat_err *err)
{
	struct pchat_provisioning_request asked;
	enum pchat_code code = pchat_provisioning_parse(rq->body, &asked, err);

	if (code)
		return code;
	build_chat(d, user, asked.groups, out);
	return pchat_buf_check(out, err);
}

static enum pchat_code
build_contacts(struct pchatd *d, struct pchat_user *user, const struct pchat_sip_request *rq,
               struct pchat_buf *out, struct pchat_err *err)
{
	(void)d;
	(void)user;
	(void)rq;
	pchat_contacts_build(out);
	return pchat_buf_check(out, err);
}

/* Both are fetched once: no dialog, nothing is pushed later. ms-piggyback-cseq is what makes the
 * client look at the body at all (real-client.md T15). */
static const struct document documents[] = {
	{ "vnd-microsoft-provisioning-v2",
	  PCHAT_PROVISIONING_TYPE,
	  true,
	  { "Event: vnd-microsoft-provisioning-v2", "Expires: 0",
	    "subscription-state: terminated;expires=0", "ms-piggyback-cseq: 1" },
	  build_provisioning },
	{ "vnd-microsoft-roaming-contacts",
	  PCHAT_CONTACTS_TYPE,
	  false,
	  { "Event: vnd-microsoft-roaming-contacts", "Expires: 0",
	    "subscription-state: terminated;expires=0", "ms-piggyback-cseq: 1" },
	  build_contacts },
};

static const struct document *
find_document(struct pchat_str event)
{
	for (size_t i = 0; i < PCHAT_N(documents); i++)
		if (pchat_str_iis(event, documents[i].event))
			return &documents[i];
	return NULL;
}

/* A user gets his own documents, nobody else's. Status 0 if it is his. */
static int
whose(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user **ret)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	PCHAT_AUTO_VALUE(buf) to = { 0 };
	enum pchat_code code = pchat_identify(d, txn, ret, NULL);

	if (code)
		return pchat_code_sip(code);
	if (pchat_party_uri(&rq->to, &to, NULL))
		return 400;
	return pchat_str_is(pchat_buf_view(&to), (*ret)->uri) ? 0 : 403;
}

/* A client that was told its subscription lives says when it leaves: within the dialog, without
 * the groups that the first request named. There is nothing to end and nothing to fetch. */
static bool
ends(const struct pchat_sip_request *rq)
{
	return rq->to.tag.n && rq->has_expires && !rq->expires && !rq->body.n;
}

static void
answer_end(struct pchat_sip_txn *txn, const struct document *doc)
{
	const char *const headers[] = { doc->headers[0], doc->headers[1], doc->headers[2], NULL };

	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = 200, .headers = headers });
}

static void
answer(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user,
       const struct document *doc)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = doc->build(d, user, pchat_sip_txn_request(txn), &body, &err);

	if (code) {
		pchat_log(d->log, PCHAT_LOG_INFO, "subscription refused", "user", user->uri,
		          "error", pchat_err_text(&err), NULL);
		pchat_err_release(&err);
		pchat_sip_refuse(txn, pchat_code_sip(code), PCHAT_SIP_DIAG_NONE);
		return;
	}
	pchat_sip_reply(txn, &(struct pchat_sip_reply){
				     .status = 200,
				     .headers = doc->headers,
				     .content_type = doc->type,
				     .body = pchat_buf_view(&body),
			     });
}

static void
serve(struct pchatd *d, struct pchat_sip_txn *txn, const struct document *doc, const char *type)
{
	struct pchat_user *user = NULL;
	int status = whose(d, txn, &user);

	if (!status && !pchat_sip_accepts(pchat_sip_txn_request(txn), type))
		status = 406;
	if (status)
		pchat_sip_refuse(txn, status, PCHAT_SIP_DIAG_NONE);
	else if (doc && doc->asked && ends(pchat_sip_txn_request(txn)))
		answer_end(txn, doc);
	else if (doc)
		answer(d, txn, user, doc);
	else
		pchat_presence_subscribe(d, txn, user);
}

void
pchat_subscribe(struct pchatd *d, struct pchat_sip_txn *txn)
{
	struct pchat_str event = pchat_sip_txn_request(txn)->event;
	const struct document *doc = find_document(event);

	if (doc)
		serve(d, txn, doc, doc->type);
	else if (pchat_str_iis(event, PCHAT_SELF_EVENT))
		serve(d, txn, NULL, PCHAT_SELF_TYPE);
	else
		pchat_sip_refuse(txn, 489, PCHAT_SIP_DIAG_NONE);
}
