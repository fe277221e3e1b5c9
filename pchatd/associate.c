#include "pchatd/associate.h"

#include "base/auto.h"
#include "base/text.h"
#include "pchatd/lockout.h"
#include "pchatd/reader.h"
#include "pchatd/register.h"
#include "pchatd/signin.h"
#include "wire/sipae/kerberos.h"

bool
pchat_by_kerberos(const struct pchatd *d, const struct pchat_sip_conn *conn)
{
	return conn && pchat_auth_on(d, conn) == PCHAT_AUTH_KERBEROS;
}

static bool
is_anywhere(const struct pchatd *d)
{
	for (size_t i = 0; i < d->opt->listen.n; i++)
		if (pchat_auth_at(d, d->opt->listen.v[i]) == PCHAT_AUTH_KERBEROS)
			return true;
	return false;
}

/* The name clients get their ticket for. */
static const char *
host_of(const struct pchatd *d)
{
	return d->opt->server ? d->opt->server : d->host;
}

enum pchat_code
pchat_associate_start(struct pchatd *d, struct pchat_err *err)
{
	if (d->kerberos || !is_anywhere(d))
		return PCHAT_OK;
	return pchat_kerberos_new(host_of(d), d->opt->keytab, &d->kerberos, err);
}

void
pchat_associate_release(struct pchatd *d)
{
	pchat_kerberos_free(d->kerberos);
	d->kerberos = NULL;
}

void
pchat_associate_unsealed(void *ctx, struct pchat_sip_conn *conn, enum pchat_sip_unsealed why)
{
	struct pchatd *d = ctx;
	const struct pchat_signin *s = pchat_sip_conn_user(conn);

	pchat_log(d->log, why == PCHAT_SIP_UNSEALED_EXPIRED ? PCHAT_LOG_INFO : PCHAT_LOG_WARNING,
	          "message refused", "user", s && s->user ? s->user->uri : NULL, "peer",
	          pchat_sip_conn_peer(conn), "reason", pchat_sip_unsealed_text(why), NULL);
}

/* ---- the challenge ---- */

static void
challenge(struct pchatd *d, struct pchat_sip_txn *txn)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	PCHAT_AUTO_TEXT target = pchat_text("sip/%s", host_of(d));
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);

	pchat_buf_lit(&line, "WWW-Authenticate: ");
	pchat_sip_seal_challenge(&line, pchat_kerberos_mechanism.scheme, target ? target : "");
	if (!target || !pchat_buf_ok(&line)) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	/* Its client has dropped the association it had, or is about to. */
	if (conn)
		pchat_sip_conn_rekey(conn);
	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = 401,
	                                                .headers = (const char *const[]){
								pchat_buf_cstr(&line), NULL } });
}

/* ---- whose a token is: in a reader thread ---- */

struct association {
	struct pchat_job job;
	struct pchatd *d;
	struct pchat_sip_txn *txn;
	struct pchat_signin *signin;
	struct pchat_kerberos_peer peer;
	struct pchat_buf mapped; /* whom the store names for the principal */
	enum pchat_code code;
	struct pchat_err err;
	char *domain; /* of the pool, if its realm is taken for it; else NULL */
	char uri[];   /* who he says he is, terminated */
};

/* user@REALM as sip:user@domain, where the realm is the domain and the user has no principal of
 * his own. */
static enum pchat_code
map_by_realm(struct association *a, struct pchat_store *store, struct pchat_err *err)
{
	struct pchat_str realm, user = pchat_str_cut(pchat_str(a->peer.principal), '@', &realm);
	PCHAT_AUTO_VALUE(buf) plain = { 0 };
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	if (!a->domain || !pchat_str_iis(realm, a->domain) || user.n == 0 ||
	    memchr(user.p, '/', user.n) || memchr(user.p, '\\', user.n))
		return pchat_fail(err, PCHAT_NOT_FOUND, "no user has the principal '%s'",
		                  a->peer.principal);
	pchat_buf_printf(&plain, "sip:%.*s@%s", PCHAT_STR_ARG(user), a->domain);
	pchat_buf_clear(&a->mapped);
	if (pchat_buf_check(&plain, err) ||
	    pchat_sip_uri_canonical(pchat_buf_view(&plain), &a->mapped, err))
		return PCHAT_NOT_FOUND;
	code = pchat_store_get(store, PCHAT_KIND_USER, pchat_buf_cstr(&a->mapped), &o, err);
	if (code)
		return code;
	if (*o->v[PCHAT_USER_PRINCIPAL].text)
		return pchat_fail(err, PCHAT_NOT_FOUND, "'%s' has another principal",
		                  pchat_buf_cstr(&a->mapped));
	return PCHAT_OK;
}

static enum pchat_code
accept_token(struct association *a, struct pchat_store *store, struct pchat_err *err)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(a->txn);
	PCHAT_AUTO_VALUE(buf) token = { 0 };
	enum pchat_code code;

	if (!pchat_sipae_unbase64(rq->authorization.gssapi_data, &token) || token.n == 0)
		return pchat_fail(err, PCHAT_INVALID, "the token is not base64");
	code = pchat_kerberos_accept(a->d->kerberos, pchat_buf_view(&token), &a->peer, err);
	if (code)
		return code;
	code = pchat_store_user_of_principal(store, a->peer.principal, &a->mapped, err);
	if (code == PCHAT_NOT_FOUND && a->domain) {
		pchat_err_release(err);
		code = map_by_realm(a, store, err);
	}
	return code;
}

static void
run_association(struct pchat_job *job, const struct pchat_reader_handles *h)
{
	struct association *a = (struct association *)job; /* the first member */

	a->code = accept_token(a, h->store, &a->err);
}

/* ---- the association: on the loop again ---- */

static void
associate(struct association *a, struct pchat_user *user)
{
	PCHAT_AUTO(sip_seal) seal = NULL;
	PCHAT_AUTO_TEXT target = pchat_text("sip/%s", host_of(a->d));
	enum pchat_sip_unsealed why;
	enum pchat_code code;
	void *context = PCHAT_TAKE(a->peer.context);

	code = pchat_sip_seal_new(&pchat_kerberos_mechanism, context, target ? target : "", &seal,
	                          &a->err);
	if (code || !target) {
		pchat_sip_refuse(a->txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	/* In version 4 the message with the token is signed, too: a token that was copied from
	 * elsewhere is of no use. */
	why = pchat_sip_seal_check(seal, a->txn);
	if (why) {
		pchat_lockout_wrong(a->d, a->txn, a->uri, pchat_sip_unsealed_text(why));
		return;
	}
	pchat_lockout_right(a->d, a->uri);
	code = pchat_sip_conn_seal(a->signin->conn, PCHAT_TAKE(seal), a->peer.seconds, &a->err);
	if (code) {
		pchat_lockout_say(a->d, a->txn, "sign-in failed", a->uri, pchat_err_text(&a->err));
		pchat_sip_refuse(a->txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	pchat_log(a->d->log, PCHAT_LOG_INFO, "associated", "user", user->uri, "principal",
	          a->peer.principal, NULL);
	pchat_register_accept(a->d, a->txn, user);
}

static void
finish(struct association *a)
{
	struct pchat_user *user = a->code ? NULL
	                                  : pchat_view_user(a->d->view, pchat_buf_view(&a->mapped));

	if (pchat_lockout_holds(a->d, a->txn, a->uri))
		return;
	if (a->code == PCHAT_INVALID) {
		pchat_lockout_say(a->d, a->txn, "sign-in failed", a->uri, pchat_err_text(&a->err));
		pchat_sip_refuse(a->txn, 400, PCHAT_SIP_DIAG_NONE);
	} else if (a->code == PCHAT_DENIED || a->code == PCHAT_NOT_FOUND ||
	           a->code == PCHAT_CONFLICT) {
		pchat_lockout_wrong(a->d, a->txn, a->uri, pchat_err_text(&a->err));
	} else if (a->code) {
		pchat_lockout_say(a->d, a->txn, "sign-in failed", a->uri, pchat_err_text(&a->err));
		pchat_sip_refuse(a->txn, 503, PCHAT_SIP_DIAG_BUSY);
	} else if (!user) {
		pchat_lockout_wrong(a->d, a->txn, a->uri, "no such user");
	} else if (strcmp(user->uri, a->uri) != 0) {
		pchat_lockout_wrong(a->d, a->txn, a->uri, "the ticket is another user's");
	} else {
		associate(a, user);
	}
}

static void
association_free(struct association *a)
{
	if (!a)
		return;
	if (a->peer.context)
		pchat_kerberos_mechanism.free(a->peer.context);
	pchat_buf_release(&a->mapped);
	pchat_err_release(&a->err);
	free(a->domain);
	free(a);
}

static void
association_done(void *ctx, struct pchat_letter *letter)
{
	struct association *a = (struct association *)letter; /* the first member */
	struct pchatd *d = ctx;

	d->in_flight--;
	a->signin->jobs--;
	if (a->signin->conn)
		finish(a);
	else
		pchat_sip_refuse(a->txn, 480, PCHAT_SIP_DIAG_NONE); /* goes nowhere */
	pchat_signin_free_unused(a->signin);
	association_free(a);
}

static struct association *
association_new(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri)
{
	struct pchat_signin *s = pchat_signin_of(d, txn);
	struct association *a = s ? calloc(1, sizeof(*a) + uri.n + 1) : NULL;

	if (!a)
		return NULL;
	a->job.letter.done = association_done;
	a->job.run = run_association;
	a->d = d;
	a->txn = txn;
	a->signin = s;
	memcpy(a->uri, uri.p, uri.n);
	if (!pchat_view_settings(d->view)->realm_is_domain)
		return a;
	a->domain = pchat_str_dup(pchat_str(pchat_view_domain(d->view)));
	if (a->domain)
		return a;
	association_free(a);
	return NULL;
}

static void
take_token(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri)
{
	struct association *a = association_new(d, txn, uri);

	if (!a) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	if (pchat_lockout_holds(d, txn, a->uri)) {
		association_free(a);
		return;
	}
	if (!pchat_reader_put(d->reader, &a->job)) {
		association_free(a);
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_BUSY);
		return;
	}
	d->in_flight++;
	a->signin->jobs++;
}

void
pchat_associate(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct pchat_err err = { 0 };

	/* The settings may have come to want it while we run. */
	if (pchat_associate_start(d, &err)) {
		pchat_log(d->log, PCHAT_LOG_ERROR, "nobody can sign in", "error",
		          pchat_err_text(&err), NULL);
		pchat_err_release(&err);
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_BUSY);
		return;
	}
	if (rq->has_authorization && rq->authorization.gssapi_data.p &&
	    pchat_str_iis(rq->authorization.scheme, pchat_kerberos_mechanism.scheme))
		take_token(d, txn, uri);
	else
		challenge(d, txn);
}
