#include "pchatd/associate.h"

#include "base/auto.h"
#include "base/text.h"
#include "pchatd/lockout.h"
#include "pchatd/register.h"
#include "pchatd/way.h"
#include "wire/sipae/kerberos.h"

/* ---- which ways there are ---- */

/* In the order they are offered in. */
static const struct {
	const struct pchat_way *way;
	enum pchat_auth alone, among; /* where it is offered */
	bool tls;                     /* over nothing else */
} ways[] = {
	{ &pchat_way_kerberos, PCHAT_AUTH_KERBEROS, PCHAT_AUTH_KERBEROS_NTLM, false },
	{ &pchat_way_ntlm, PCHAT_AUTH_NTLM, PCHAT_AUTH_KERBEROS_NTLM, true },
};

static bool
is_offered(const struct pchatd *d, const struct pchat_listener *l, size_t i)
{
	enum pchat_auth auth = pchat_auth_at(d, l);

	return (auth == ways[i].alone || auth == ways[i].among) &&
	       (!ways[i].tls || pchat_listen_is_tls(l->spec));
}

bool
pchat_associate_by_ntlm(const struct pchatd *d, const struct pchat_listener *l)
{
	for (size_t i = 0; i < PCHAT_N(ways); i++)
		if (ways[i].way == &pchat_way_ntlm && is_offered(d, l, i))
			return true;
	return false;
}

bool
pchat_by_association(const struct pchatd *d, const struct pchat_sip_conn *conn)
{
	enum pchat_auth auth = conn ? pchat_auth_on(d, conn) : PCHAT_AUTH_STORE;

	for (size_t i = 0; conn && i < PCHAT_N(ways); i++)
		if (auth == ways[i].alone || auth == ways[i].among)
			return true;
	return false;
}

const char *
pchat_associate_host(const struct pchatd *d)
{
	return d->opt->server ? d->opt->server : d->host;
}

enum pchat_code
pchat_associate_start(struct pchatd *d, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; !code && i < d->opt->listen.n; i++)
		for (size_t k = 0; !code && k < PCHAT_N(ways); k++)
			if (is_offered(d, d->opt->listen.v[i], k))
				code = ways[k].way->start(d, err);
	return code;
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

	if (pchat_brake_lets(d, &d->unsealed, "further messages refused"))
		pchat_log(d->log,
		          why == PCHAT_SIP_UNSEALED_EXPIRED ? PCHAT_LOG_INFO : PCHAT_LOG_WARNING,
		          "message refused", "user", s && s->user ? s->user->uri : NULL, "peer",
		          pchat_sip_conn_peer(conn), "reason", pchat_sip_unsealed_text(why), NULL);
}

/* ---- the challenge ---- */

/* A WWW-Authenticate for each way that is offered. */
static bool
put_challenges(struct pchatd *d, const struct pchat_listener *l,
               struct pchat_buf lines[PCHAT_N(ways)], const char *headers[PCHAT_N(ways) + 1])
{
	PCHAT_AUTO_TEXT target = pchat_text("sip/%s", pchat_associate_host(d));
	size_t n = 0;

	for (size_t i = 0; target && i < PCHAT_N(ways); i++) {
		if (!is_offered(d, l, i))
			continue;
		pchat_buf_lit(&lines[n], "WWW-Authenticate: ");
		pchat_sip_seal_challenge(&lines[n], ways[i].way->mechanism->scheme, target);
		if (!pchat_buf_ok(&lines[n]))
			return false;
		headers[n] = pchat_buf_cstr(&lines[n]);
		n++;
	}
	return target;
}

static void
challenge(struct pchatd *d, struct pchat_sip_txn *txn)
{
	struct pchat_buf lines[PCHAT_N(ways)] = { 0 };
	const char *headers[PCHAT_N(ways) + 1] = { NULL };
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);

	if (conn && put_challenges(d, pchat_sip_conn_listener(conn), lines, headers)) {
		/* Its client has dropped the association it had, or is about to. */
		pchat_sip_conn_rekey(conn);
		pchat_sip_reply(txn,
		                &(struct pchat_sip_reply){ .status = 401, .headers = headers });
	} else {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
	}
	for (size_t i = 0; i < PCHAT_N(ways); i++)
		pchat_buf_release(&lines[i]);
}

/* ---- whose a token is: in a reader thread ---- */

static enum pchat_code
read_token(struct pchat_association *a, struct pchat_store *store, struct pchat_err *err)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(a->txn);
	PCHAT_AUTO_VALUE(buf) token = { 0 };

	if (!pchat_sipae_unbase64(rq->authorization.gssapi_data, &token) || token.n == 0)
		return pchat_fail(err, PCHAT_INVALID, "the token is not base64");
	return a->way->accept(a, pchat_buf_view(&token), store, err);
}

static void
run_association(struct pchat_job *job, const struct pchat_reader_handles *h)
{
	struct pchat_association *a = (struct pchat_association *)job; /* the first member */

	a->code = read_token(a, h->store, &a->err);
}

/* ---- the association: on the loop again ---- */

static void
associate(struct pchat_association *a, struct pchat_user *user)
{
	PCHAT_AUTO(sip_seal) seal = NULL;
	enum pchat_sip_unsealed why;
	enum pchat_code code;
	void *context = PCHAT_TAKE(a->context);

	code = pchat_sip_seal_new(a->way->mechanism, context, a->target, a->round.opaque, &seal,
	                          &a->err);
	if (code) {
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
	if (pchat_register_bars(a->d, a->txn, user))
		return;
	pchat_lockout_right(a->d, a->txn, a->uri);
	code = pchat_sip_conn_seal(a->signin->conn, PCHAT_TAKE(seal), a->seconds, &a->err);
	if (code) {
		pchat_lockout_say(a->d, a->txn, "sign-in failed", a->uri, pchat_err_text(&a->err));
		pchat_sip_refuse(a->txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	pchat_log(a->d->log, PCHAT_LOG_INFO, "associated", "user", user->uri, "principal",
	          pchat_buf_cstr(&a->name), NULL);
	pchat_register_accept(a->d, a->txn, user);
}

static void
finish(struct pchat_association *a)
{
	struct pchat_user *user = a->code ? NULL
	                                  : pchat_view_user(a->d->view, pchat_buf_view(&a->mapped));

	if (!pchat_register_may(a->d, a->txn, a->uri) || pchat_lockout_holds(a->d, a->txn, a->uri))
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
		pchat_lockout_wrong(a->d, a->txn, a->uri, "the token is another user's");
	} else {
		associate(a, user);
	}
}

static void
association_free(struct pchat_association *a)
{
	if (!a)
		return;
	if (a->context)
		a->way->mechanism->free(a->context);
	pchat_buf_release(&a->name);
	pchat_buf_release(&a->mapped);
	pchat_err_release(&a->err);
	free(a->domain);
	free(a->target);
	free(a);
}

static void
association_done(void *ctx, struct pchat_letter *letter)
{
	struct pchat_association *a = (struct pchat_association *)letter; /* the first member */
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

static struct pchat_association *
association_new(struct pchatd *d, struct pchat_sip_txn *txn, const struct pchat_way *way,
                struct pchat_str uri)
{
	struct pchat_signin *s = pchat_signin_of(d, txn);
	struct pchat_association *a = s ? calloc(1, sizeof(*a) + uri.n + 1) : NULL;

	if (!a)
		return NULL;
	a->job.letter.done = association_done;
	a->job.run = run_association;
	a->d = d;
	a->txn = txn;
	a->signin = s;
	a->way = way;
	memcpy(a->uri, uri.p, uri.n);
	a->realm_is_domain = pchat_view_settings(d->view)->realm_is_domain;
	a->domain = pchat_str_dup(pchat_str(pchat_view_domain(d->view)));
	a->target = pchat_text("sip/%s", pchat_associate_host(d));
	if (a->domain && a->target)
		return a;
	association_free(a);
	return NULL;
}

/* Takes @a. */
static void
give(struct pchatd *d, struct pchat_association *a)
{
	if (!pchat_reader_put(d->reader, &a->job)) {
		pchat_sip_refuse(a->txn, 503, PCHAT_SIP_DIAG_BUSY);
		association_free(a);
		return;
	}
	d->in_flight++;
	a->signin->jobs++;
}

static void
take_token(struct pchatd *d, struct pchat_sip_txn *txn, const struct pchat_way *way,
           struct pchat_str uri)
{
	struct pchat_association *a = association_new(d, txn, way, uri);

	if (!a) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	if (pchat_lockout_holds(d, txn, a->uri)) {
		association_free(a);
		return;
	}
	switch (way->begin ? way->begin(a) : PCHAT_WAY_ACCEPT) {
	case PCHAT_WAY_ACCEPT:
		give(d, a);
		return;
	case PCHAT_WAY_ANSWERED:
		break;
	case PCHAT_WAY_AGAIN:
		challenge(d, txn);
		break;
	}
	association_free(a);
}

/* The way a client has chosen among those offered; NULL: it has no token. *@ret_any: is any offered
 * at all? */
static const struct pchat_way *
choose(const struct pchatd *d, struct pchat_sip_txn *txn, bool *ret_any)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	const struct pchat_listener *l = pchat_sip_conn_listener(pchat_sip_txn_conn(txn));
	bool token = rq->has_authorization && rq->authorization.gssapi_data.p;

	for (size_t i = 0; i < PCHAT_N(ways); i++) {
		if (!is_offered(d, l, i))
			continue;
		*ret_any = true;
		if (token &&
		    pchat_str_iis(rq->authorization.scheme, ways[i].way->mechanism->scheme))
			return ways[i].way;
	}
	return NULL;
}

/* What is wanted may have changed with the settings while we run. */
static enum pchat_code
check_ways(struct pchatd *d, bool any, struct pchat_err *err)
{
	if (!any)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "NTLM needs TLS");
	return pchat_associate_start(d, err);
}

void
pchat_associate(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri)
{
	bool any = false;
	const struct pchat_way *way = choose(d, txn, &any);
	struct pchat_err err = { 0 };

	if (check_ways(d, any, &err)) {
		if (pchat_brake_lets(d, &d->keyless, "further attempts without a key"))
			pchat_log(d->log, PCHAT_LOG_ERROR, "nobody can sign in", "error",
			          pchat_err_text(&err), NULL);
		pchat_err_release(&err);
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_BUSY);
	} else if (way) {
		take_token(d, txn, way, uri);
	} else {
		challenge(d, txn);
	}
}
