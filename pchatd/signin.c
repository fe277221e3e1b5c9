#include "pchatd/signin.h"

#include "base/clock.h"
#include "base/text.h"
#include "pchatd/lockout.h"
#include "pchatd/presence/presence.h"
#include "pchatd/session.h"

/* ---- records of connections ---- */

void
pchat_signin_free_unused(struct pchat_signin *s)
{
	if (!s->conn && s->jobs == 0)
		free(s);
}

void
pchat_signin_unbind(struct pchat_signin *s)
{
	struct pchat_user *user = s->user;

	s->user = NULL;
	pchat_presence_leave(s);
	if (!user)
		return;
	pchat_session_end_on(user, s->conn);
	pchat_sip_conn_prove(s->conn, false);
	if (!pchat_anybody(s->d, s->conn)) { /* it may be another's now, and his alone */
		s->first = NULL;
		s->shared = false;
	}
	user->conns--;
	pchat_view_forget(s->d->view, user);
}

void
pchat_signin_bind(struct pchat_signin *s, struct pchat_user *user, uint32_t expires)
{
	if (s->user != user) {
		pchat_signin_unbind(s);
		s->user = user;
		user->conns++;
	}
	s->until = pchat_monotonic() + expires * PCHAT_SECOND;
	if (s->conn)
		pchat_sip_conn_prove(s->conn, true);
}

struct pchat_signin *
pchat_signin_on(struct pchatd *d, struct pchat_sip_conn *conn)
{
	struct pchat_signin *s = pchat_sip_conn_user(conn);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->d = d;
	s->conn = conn;
	s->shared = pchat_auth_on(d, conn) == PCHAT_AUTH_PROXY;
	s->next = d->signins;
	s->prev = &d->signins;
	if (s->next)
		s->next->prev = &s->next;
	d->signins = s;
	pchat_sip_conn_set_user(conn, s);
	return s;
}

struct pchat_signin *
pchat_signin_of(struct pchatd *d, struct pchat_sip_txn *txn)
{
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);

	return conn ? pchat_signin_on(d, conn) : NULL;
}

void
pchat_signin_move(struct pchat_signin *s, struct pchat_sip_conn *to)
{
	if (s->presence.n)
		pchat_presence_move(s, to);
}

void
pchat_signin_closed(struct pchat_signin *s)
{
	pchat_signin_unbind(s);
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->conn = NULL;
	pchat_signin_free_unused(s);
}

void
pchat_signin_close_user(struct pchatd *d, struct pchat_user *user)
{
	for (struct pchat_signin *s = d->signins; s && user->conns; s = s->next)
		if (s->user == user && !s->shared)
			pchat_sip_conn_close(s->conn);
}

/* ---- whom a request speaks for ---- */

enum pchat_code
pchat_party_uri(const struct pchat_sip_party *party, struct pchat_buf *out, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) plain = { 0 };

	pchat_buf_clear(out);
	if (party->user.n == 0 || party->host.n == 0)
		return pchat_fail(err, PCHAT_INVALID, "'%.*s' names no user",
		                  PCHAT_STR_ARG(party->uri));
	pchat_buf_lit(&plain, "sip:");
	pchat_buf_str(&plain, party->user);
	pchat_buf_char(&plain, '@');
	pchat_buf_str(&plain, party->host);
	if (pchat_buf_check(&plain, err))
		return PCHAT_NO_MEMORY;
	return pchat_sip_uri_canonical(pchat_buf_view(&plain), out, err);
}

static const enum pchat_auth by_setting[] = {
	[PCHAT_AUTHENTICATION_DIGEST] = PCHAT_AUTH_DIGEST,
	[PCHAT_AUTHENTICATION_NONE] = PCHAT_AUTH_NONE,
	[PCHAT_AUTHENTICATION_KERBEROS] = PCHAT_AUTH_KERBEROS,
	[PCHAT_AUTHENTICATION_NTLM] = PCHAT_AUTH_NTLM,
	[PCHAT_AUTHENTICATION_KERBEROS_NTLM] = PCHAT_AUTH_KERBEROS_NTLM,
};

enum pchat_auth
pchat_auth_at(const struct pchatd *d, const struct pchat_listener *l)
{
	if (l->auth != PCHAT_AUTH_STORE)
		return l->auth;
	if (d->opt->auth != PCHAT_AUTH_STORE)
		return d->opt->auth;
	return by_setting[pchat_view_settings(d->view)->authentication];
}

enum pchat_auth
pchat_auth_on(const struct pchatd *d, const struct pchat_sip_conn *conn)
{
	return pchat_auth_at(d, pchat_sip_conn_listener(conn));
}

bool
pchat_anybody(const struct pchatd *d, struct pchat_sip_conn *conn)
{
	return conn && pchat_auth_on(d, conn) == PCHAT_AUTH_NONE && pchat_sip_conn_loopback(conn);
}

/* ---- behind a proxy ---- */

/* The first of the domains that are trusted which its certificate names; NULL if none. */
static const char *
domain_of(const struct pchat_listener *l, const struct pchat_sip_conn *conn)
{
	for (size_t i = 0; i < l->names.n; i++)
		if (pchat_sip_conn_is(conn, l->names.v[i]))
			return l->names.v[i];
	return NULL;
}

static bool
is_trusted(const struct pchat_listener *l, const struct pchat_sip_conn *conn)
{
	return pchat_listener_trusts_address(l, pchat_sip_conn_peer(conn)) &&
	       (l->names.n == 0 || domain_of(l, conn));
}

void
pchat_peer_name(void *ctx, struct pchat_sip_conn *conn, struct pchat_buf *out)
{
	const struct pchat_listener *l = pchat_sip_conn_listener(conn);
	const char *peer = pchat_sip_conn_peer(conn);
	const char *port = strrchr(peer, ':');

	if (pchat_auth_on(ctx, conn) != PCHAT_AUTH_PROXY || !is_trusted(l, conn))
		return;
	if (l->names.n)
		pchat_buf_text(out, domain_of(l, conn));
	else if (port) /* which is another of each connection */
		pchat_buf_str(out, (struct pchat_str){ peer, (size_t)(port - peer) });
}

bool
pchat_needs_proof(const struct pchatd *d, struct pchat_sip_conn *conn)
{
	if (pchat_auth_on(d, conn) == PCHAT_AUTH_PROXY)
		return !is_trusted(pchat_sip_conn_listener(conn), conn);
	return !pchat_anybody(d, conn);
}

static bool
turn_away(struct pchatd *d, struct pchat_sip_txn *txn, const char *why)
{
	PCHAT_AUTO_TEXT from = pchat_str_dup(pchat_sip_txn_request(txn)->from.uri);

	d->metrics.counters[PCHAT_COUNT_PEERS_REFUSED]++;
	pchat_lockout_say(d, txn, "peer refused", from, why);
	pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	return false;
}

bool
pchat_peer_may(struct pchatd *d, struct pchat_sip_txn *txn)
{
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);

	if (!conn)
		return true; /* an answer goes nowhere */
	if (pchat_auth_on(d, conn) != PCHAT_AUTH_PROXY)
		return !rq->has_asserted || turn_away(d, txn, "it asserts an identity");
	if (is_trusted(pchat_sip_conn_listener(conn), conn))
		return true;
	turn_away(d, txn, "not among those trusted here");
	pchat_sip_conn_close(conn);
	return false;
}

/* Exactly one identity; From is for show (sip.md section 3.4). */
static enum pchat_code
identify_by_proxy(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user **ret,
                  struct pchat_err *err)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	PCHAT_AUTO_VALUE(buf) uri = { 0 };
	struct pchat_user *user;

	if (rq->n_asserted != 1)
		return pchat_fail(err, PCHAT_DENIED, "the proxy asserts %u identities",
		                  rq->n_asserted);
	if (pchat_party_uri(&rq->asserted, &uri, err))
		return PCHAT_INVALID;
	user = pchat_view_user(d->view, pchat_buf_view(&uri));
	if (!user)
		return pchat_fail(err, PCHAT_NOT_FOUND, "no user '%s'", pchat_buf_cstr(&uri));
	if (user->disabled || user->gone)
		return pchat_fail(err, PCHAT_DENIED, "'%s' is disabled", pchat_buf_cstr(&uri));
	*ret = user;
	return PCHAT_OK;
}

bool
pchat_signin_holds(const struct pchatd *d, struct pchat_sip_conn *conn,
                   const struct pchat_user *user)
{
	const struct pchat_signin *s = pchat_sip_conn_user(conn);

	return !pchat_needs_proof(d, conn) || (s && s->user == user);
}

bool
pchat_speaks_for(struct pchatd *d, struct pchat_sip_txn *txn, const struct pchat_user *user)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	if (pchat_auth_on(d, pchat_sip_txn_conn(txn)) != PCHAT_AUTH_PROXY) {
		if (!pchat_signin_holds(d, pchat_sip_txn_conn(txn), user))
			return turn_away(d, txn, "the user of the session is not signed in");
		if (!pchat_party_uri(&rq->from, &uri, NULL) &&
		    strcmp(pchat_buf_cstr(&uri), user->uri) == 0)
			return true;
		return turn_away(d, txn, "From names another user than that of the session");
	}
	if (!rq->has_asserted)
		return true;
	if (rq->n_asserted == 1 && !pchat_party_uri(&rq->asserted, &uri, NULL) &&
	    strcmp(pchat_buf_cstr(&uri), user->uri) == 0)
		return true;
	return turn_away(d, txn, "it asserts another user than that of the session");
}

static enum pchat_code
identify_by_registration(struct pchatd *d, struct pchat_sip_txn *txn, const char *from,
                         struct pchat_user **ret, struct pchat_err *err)
{
	struct pchat_signin *s = pchat_signin_of(d, txn);

	if (!s || !s->user || s->user->gone || pchat_monotonic() > s->until)
		return pchat_fail(err, PCHAT_DENIED, "not signed in");
	if (strcmp(s->user->uri, from) != 0)
		return pchat_fail(err, PCHAT_DENIED, "signed in as '%s'", s->user->uri);
	*ret = s->user;
	return PCHAT_OK;
}

enum pchat_code
pchat_identify(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user **ret,
               struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) from = { 0 };
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	struct pchat_user *user;

	if (!conn)
		return pchat_fail(err, PCHAT_DENIED, "the connection is gone");
	if (pchat_auth_on(d, conn) == PCHAT_AUTH_PROXY)
		return identify_by_proxy(d, txn, ret, err);
	if (pchat_party_uri(&pchat_sip_txn_request(txn)->from, &from, err))
		return PCHAT_INVALID;
	if (!pchat_anybody(d, conn))
		return identify_by_registration(d, txn, pchat_buf_cstr(&from), ret, err);
	user = pchat_view_user(d->view, pchat_buf_view(&from));
	if (!user)
		return pchat_fail(err, PCHAT_NOT_FOUND, "no user '%s'", pchat_buf_cstr(&from));
	*ret = user;
	return PCHAT_OK;
}
