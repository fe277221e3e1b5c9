#include "pchatd/register.h"

#include "base/clock.h"
#include "base/text.h"
#include "pchatd/associate.h"
#include "pchatd/lockout.h"
#include "pchatd/reader.h"
#include "pchatd/signin.h"

/* ---- the answer to a REGISTER that succeeds ---- */

/* May stand inside a quoted string, or in our GRUU, without further thought. */
static bool
is_plain(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] > ' ' && s.p[i] < 127) || strchr("\"\\<>;", s.p[i]))
			return false;
	return s.n > 0 && s.n < 256;
}

/* "<urn:uuid:...>" */
static bool
is_instance(struct pchat_str s)
{
	return s.n > 2 && s.p[0] == '<' && s.p[s.n - 1] == '>' &&
	       is_plain((struct pchat_str){ s.p + 1, s.n - 2 });
}

static bool
is_uri(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] > ' ' && s.p[i] < 127) || strchr("\"\\<>", s.p[i]))
			return false;
	return s.n > 0 && s.n < 1024;
}

static void
put_contact(struct pchat_buf *out, const struct pchat_sip_request *rq,
            const struct pchat_user *user, uint32_t expires)
{
	pchat_buf_printf(out, "Contact: <%.*s>;expires=%u", PCHAT_STR_ARG(rq->contact.uri),
	                 expires);
	if (is_instance(rq->contact_instance))
		pchat_buf_printf(out, ";+sip.instance=\"%.*s\"",
		                 PCHAT_STR_ARG(rq->contact_instance));
	if (is_plain(rq->from.epid))
		pchat_buf_printf(out, ";gruu=\"%s;opaque=user:epid:%.*s;gruu\"", user->uri,
		                 PCHAT_STR_ARG(rq->from.epid));
}

/* Spelled to the letter: the client compares Supported and Allow-Events as text, without blanks
 * (real-client.md section 3). */
static void
answer_registered(struct pchat_sip_txn *txn, const struct pchat_user *user, uint32_t expires)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	PCHAT_AUTO_VALUE(buf) contact = { 0 };
	char expires_line[32];
	const char *headers[8];
	size_t n = 0;

	snprintf(expires_line, sizeof(expires_line), "Expires: %u", expires);
	headers[n++] = expires_line;
	headers[n++] = "Supported: msrtc-event-categories";
	headers[n++] = "Allow-Events: vnd-microsoft-provisioning-v2,vnd-microsoft-roaming-contacts,"
		       "vnd-microsoft-roaming-self";
	headers[n++] = "ms-keep-alive: UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300";
	if (rq->has_contact && expires && is_uri(rq->contact.uri)) {
		put_contact(&contact, rq, user, expires);
		headers[n++] = pchat_buf_cstr(&contact);
	}
	headers[n] = NULL;
	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = 200, .headers = headers });
}

static uint32_t
granted(const struct pchat_sip_request *rq)
{
	return rq->has_expires && rq->expires < PCHAT_REGISTER_EXPIRES ? rq->expires
	                                                               : PCHAT_REGISTER_EXPIRES;
}

static void
log_sign_in(struct pchatd *d, enum pchat_log_level level, const char *event, const char *user,
            struct pchat_sip_txn *txn)
{
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);

	pchat_log(d->log, level, event, "user", user, "peer",
	          conn ? pchat_sip_conn_peer(conn) : NULL, NULL);
}

bool
pchat_register_bars(struct pchatd *d, struct pchat_sip_txn *txn, const struct pchat_user *user)
{
	if (!user->disabled && !user->gone)
		return false;
	pchat_lockout_barred(d, txn, user->uri,
	                     user->gone ? "the user is gone" : "the user is disabled");
	return true;
}

void
pchat_register_accept(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user)
{
	struct pchat_signin *s = pchat_signin_of(d, txn);
	uint32_t expires = granted(pchat_sip_txn_request(txn));

	if (!s) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	if (pchat_register_bars(d, txn, user))
		return;
	if (expires)
		pchat_signin_bind(s, user, expires);
	else if (s->user == user)
		pchat_signin_unbind(s);
	log_sign_in(d, PCHAT_LOG_INFO, expires ? "registered" : "signed out", user->uri, txn);
	answer_registered(txn, user, expires);
}

/* ---- Digest ---- */

/* pidgin-sipe answers a 407 whatever it is set to, but looks for other schemes in a 401
 * (real-client.md section 4.1); it knows MD5 alone. */
static bool
wants_407(const struct pchat_sip_request *rq)
{
	struct pchat_str agent = rq->user_agent;

	for (size_t i = 0; i + 5 <= agent.n; i++)
		if (pchat_str_ieq((struct pchat_str){ agent.p + i, 5 }, PCHAT_STR("Sipe/")))
			return true;
	return false;
}

static void
put_challenge(struct pchat_buf *out, const char *header, enum pchat_digest_alg alg,
              struct pchatd *d, const char *nonce, bool stale)
{
	pchat_buf_clear(out);
	pchat_buf_text(out, header);
	pchat_digest_challenge(out, alg, pchat_str(pchat_view_domain(d->view)), nonce, stale);
}

static void
challenge(struct pchatd *d, struct pchat_sip_txn *txn, bool stale)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	PCHAT_AUTO_VALUE(buf) strong = { 0 };
	PCHAT_AUTO_VALUE(buf) weak = { 0 };
	char nonce[PCHAT_DIGEST_NONCE_MAX];
	const char *headers[3] = { NULL };
	bool proxy = wants_407(rq);

	if (!conn ||
	    pchat_digest_nonce(&d->nonce_key, pchat_sip_conn_id(conn), pchat_now(), nonce, NULL)) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	put_challenge(&strong, "WWW-Authenticate: ", PCHAT_DIGEST_SHA256, d, nonce, stale);
	put_challenge(&weak,
	              proxy ? "Proxy-Authenticate: " : "WWW-Authenticate: ", PCHAT_DIGEST_MD5, d,
	              nonce, stale);
	headers[0] = pchat_buf_cstr(proxy ? &weak : &strong);
	headers[1] = proxy ? NULL : pchat_buf_cstr(&weak);
	pchat_sip_reply(
		txn, &(struct pchat_sip_reply){ .status = proxy ? 407 : 401, .headers = headers });
}

/* Where people prove who they are, a connection belongs to one. */
static bool
is_free_for(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri)
{
	const struct pchat_signin *s = pchat_signin_of(d, txn);

	return pchat_anybody(d, pchat_sip_txn_conn(txn)) || !s || !s->user ||
	       pchat_str_is(uri, s->user->uri);
}

bool
pchat_register_may(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri)
{
	if (is_free_for(d, txn, pchat_str(uri)))
		return true;
	pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	return false;
}

/* A look-up of what a user signs in with. */
struct credential_job {
	struct pchat_job job;
	struct pchatd *d;
	struct pchat_sip_txn *txn;
	struct pchat_signin *signin;
	struct pchat_credential found;
	enum pchat_code code;
	char uri[]; /* terminated */
};

static void
run_credential(struct pchat_job *job, const struct pchat_reader_handles *h)
{
	struct credential_job *j = (struct credential_job *)job; /* the first member */

	j->code = pchat_store_credential(h->store, j->uri, &j->found, NULL);
}

static const struct pchat_sip_credentials *
credentials_of(const struct pchat_sip_request *rq)
{
	if (rq->has_proxy_authorization)
		return &rq->proxy_authorization;
	return rq->has_authorization ? &rq->authorization : NULL;
}

/* A response is good for the URI it was made for, which is that of the request; but pidgin-sipe,
 * which is asked by 407, signs what it takes from the challenge, where there is none
 * (real-client.md section 4.6). */
static bool
is_for(const struct pchat_sip_credentials *cred, const struct pchat_sip_request *rq)
{
	return pchat_str_ieq(cred->uri, rq->uri) ||
	       (cred == &rq->proxy_authorization && pchat_str_is(cred->uri, "(null)"));
}

static enum pchat_digest_verdict
judge(const struct credential_job *j)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(j->txn);
	const struct pchat_sip_credentials *cred = credentials_of(rq);
	enum pchat_digest_alg alg;
	const char *ha1 = NULL;

	if (!pchat_str_is(cred->realm, pchat_view_domain(j->d->view)))
		return PCHAT_DIGEST_FOREIGN;
	if (!is_for(cred, rq) || !pchat_digest_alg_parse(cred->algorithm, &alg))
		return PCHAT_DIGEST_MALFORMED;
	if (!j->code)
		ha1 = alg == PCHAT_DIGEST_SHA256 ? j->found.ha1_sha256 : j->found.ha1_md5;
	return pchat_digest_check(&j->d->nonce_key, cred, rq->method, alg, ha1 && *ha1 ? ha1 : NULL,
	                          pchat_sip_conn_id(j->signin->conn), pchat_now(),
	                          &j->signin->count);
}

/* For administrators: to the client all of these look alike. */
static const char *
why_wrong(const struct credential_job *j, const struct pchat_user *user)
{
	if (!user)
		return "no such user";
	return j->code ? "the user has no password" : "wrong password";
}

static void
finish(struct credential_job *j)
{
	struct pchat_user *user = pchat_view_user(j->d->view, pchat_str(j->uri));

	if (j->code && j->code != PCHAT_NOT_FOUND) {
		pchat_sip_refuse(j->txn, 503, PCHAT_SIP_DIAG_BUSY);
		return;
	}
	if (!pchat_register_may(j->d, j->txn, j->uri) || pchat_lockout_holds(j->d, j->txn, j->uri))
		return;
	switch (judge(j)) {
	case PCHAT_DIGEST_RIGHT:
		if (!user) {
			pchat_lockout_wrong(j->d, j->txn, j->uri, "no such user");
			break;
		}
		if (pchat_register_bars(j->d, j->txn, user))
			break;
		pchat_lockout_right(j->d, j->txn, j->uri);
		pchat_register_accept(j->d, j->txn, user);
		break;
	case PCHAT_DIGEST_STALE:
		challenge(j->d, j->txn, true);
		break;
	case PCHAT_DIGEST_FOREIGN:
	case PCHAT_DIGEST_REPLAYED:
		challenge(j->d, j->txn, false);
		break;
	case PCHAT_DIGEST_WRONG:
		pchat_lockout_wrong(j->d, j->txn, j->uri, why_wrong(j, user));
		break;
	case PCHAT_DIGEST_MALFORMED:
		pchat_sip_refuse(j->txn, 400, PCHAT_SIP_DIAG_NONE);
		break;
	}
}

static void
credential_done(void *ctx, struct pchat_letter *letter)
{
	struct credential_job *j = (struct credential_job *)letter; /* the first member */
	struct pchatd *d = ctx;

	d->in_flight--;
	j->signin->jobs--;
	if (j->signin->conn)
		finish(j);
	else
		pchat_sip_refuse(j->txn, 480, PCHAT_SIP_DIAG_NONE); /* goes nowhere */
	pchat_signin_free_unused(j->signin);
	explicit_bzero(&j->found, sizeof(j->found));
	free(j);
}

static void
look_up(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri)
{
	struct pchat_signin *s = pchat_signin_of(d, txn);
	struct credential_job *j = s ? calloc(1, sizeof(*j) + uri.n + 1) : NULL;

	if (!j) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	j->job.letter.done = credential_done;
	j->job.run = run_credential;
	j->d = d;
	j->txn = txn;
	j->signin = s;
	memcpy(j->uri, uri.p, uri.n);
	if (pchat_lockout_holds(d, txn, j->uri)) {
		free(j);
		return;
	}
	if (!pchat_reader_put(d->reader, &j->job)) {
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_BUSY);
		free(j);
		return;
	}
	d->in_flight++;
	s->jobs++;
}

/* ---- REGISTER ---- */

static void
register_anybody(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri)
{
	struct pchat_user *user = pchat_view_user(d->view, uri);

	if (user)
		pchat_register_accept(d, txn, user);
	else
		pchat_sip_refuse(txn, 404, PCHAT_SIP_DIAG_NONE);
}

/* Nobody signs in for another. */
static bool
may_register_here(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str from,
                  struct pchat_str to)
{
	return pchat_str_eq(from, to) && is_free_for(d, txn, to);
}

/* The registrar is the proxy: it alone knows the way to its clients. */
static bool
is_behind_proxy(struct pchatd *d, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);

	return conn && pchat_auth_on(d, conn) == PCHAT_AUTH_PROXY;
}

void
pchat_register(struct pchatd *d, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	PCHAT_AUTO_VALUE(buf) from = { 0 };
	PCHAT_AUTO_VALUE(buf) to = { 0 };

	if (d->state != PCHATD_SERVING)
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_BUSY);
	else if (is_behind_proxy(d, txn))
		pchat_sip_refuse(txn, 405, PCHAT_SIP_DIAG_NONE);
	else if (pchat_party_uri(&rq->from, &from, NULL) || pchat_party_uri(&rq->to, &to, NULL))
		pchat_sip_refuse(txn, 400, PCHAT_SIP_DIAG_NONE);
	else if (!may_register_here(d, txn, pchat_buf_view(&from), pchat_buf_view(&to)))
		pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	else if (pchat_anybody(d, pchat_sip_txn_conn(txn)))
		register_anybody(d, txn, pchat_buf_view(&to));
	else if (rq->sealed && pchat_signin_of(d, txn)->user)
		pchat_register_accept(d, txn, pchat_signin_of(d, txn)->user);
	else if (pchat_by_association(d, pchat_sip_txn_conn(txn)))
		pchat_associate(d, txn, pchat_buf_view(&to));
	else if (credentials_of(rq))
		look_up(d, txn, pchat_buf_view(&to));
	else
		challenge(d, txn, false);
}
