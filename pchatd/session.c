#include "pchatd/session.h"

#include "base/clock.h"
#include "pchatd/control.h"
#include "pchatd/inbox.h"
#include "pchatd/presence/followed.h"
#include "pchatd/signin.h"
#include "pchatd/writer.h"

/* ---- opening ---- */

/* A copy for people to read; NULL if there is nothing, or no memory for it. */
static char *
note(struct pchat_str s)
{
	if (s.n > PCHAT_SESSION_TEXT)
		s.n = PCHAT_SESSION_TEXT;
	return s.n ? pchat_str_dup(s) : NULL;
}

static struct pchat_session *
new_session(struct pchatd *d, struct pchat_user *user, struct pchat_signin *signin,
            const struct pchat_sip_request *rq)
{
	struct pchat_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (!pchat_person_enter(&user->person, user, &s->attendee)) {
		free(s);
		return NULL;
	}
	s->d = d;
	s->last = &s->first;
	s->id = ++d->last_session;
	s->since = pchat_now();
	s->endpoint = note(rq->contact.uri);
	s->client = note(rq->user_agent);
	signin->shared = signin->shared || (signin->first && signin->first != user);
	signin->first = user;
	s->next = d->sessions;
	s->prev = &d->sessions;
	if (s->next)
		s->next->prev = &s->next;
	d->sessions = s;
	d->n_sessions++;
	return s;
}

void
pchat_session_free(struct pchat_session *s)
{
	pchat_inbox_release(s);
	free(s->endpoint);
	free(s->client);
	free(s);
}

/* Is the URI dialled, or that in To (a proxy may have changed the first), one of ours? */
static bool
is_for_us(struct pchatd *d, const struct pchat_sip_request *rq)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	if (!pchat_sip_uri_canonical(rq->uri, &uri, NULL) &&
	    pchat_view_is_ours(d->view, pchat_buf_cstr(&uri)))
		return true;
	pchat_buf_clear(&uri);
	return !pchat_party_uri(&rq->to, &uri, NULL) &&
	       pchat_view_is_ours(d->view, pchat_buf_cstr(&uri));
}

struct refusal {
	int status;
	enum pchat_sip_diag diag;
};

/* Is @s what the endpoint that calls now had before its proxy was lost, and has not used since? */
static bool
is_replaced(const struct pchat_session *s, const struct pchat_sip_request *rq)
{
	struct pchat_str endpoint = rq->contact.uri;

	if (endpoint.n > PCHAT_SESSION_TEXT)
		endpoint.n = PCHAT_SESSION_TEXT;
	return s->dialog && pchat_sip_dialog_unsure(s->dialog) && s->endpoint &&
	       pchat_str_is(endpoint, s->endpoint);
}

static uint32_t
count_others(const struct pchat_user *user, const struct pchat_sip_request *rq)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < user->person.n; i++)
		n += !is_replaced((const struct pchat_session *)user->person.v[i], rq);
	return n;
}

/* A client that calls anew does not know that session any more. */
static void
replace(const struct pchat_user *user, const struct pchat_sip_request *rq)
{
	for (uint32_t i = 0; i < user->person.n; i++) {
		struct pchat_session *s = (struct pchat_session *)user->person.v[i];

		if (!is_replaced(s, rq) || s->closing)
			continue;
		s->closing = true;
		pchat_sip_dialog_replaced(s->dialog);
	}
}

/* May this INVITE become a session of *ret? Status 0 if so. */
static struct refusal
admit(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user **ret)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct pchat_user *user = NULL;
	enum pchat_code code;

	if (d->state != PCHATD_SERVING)
		return (struct refusal){ 503, PCHAT_SIP_DIAG_BUSY };
	if (!pchat_view_serves(d->view, d->opt->server ? d->opt->server : d->host))
		return (struct refusal){ 503, PCHAT_SIP_DIAG_REJECTED };
	/* What cannot be served is not begun: those who are here come first, and each of them may
	 * need as much as one inbox holds. */
	if (pchat_writer_full(d->writer) || d->inbox_bytes + PCHAT_INBOX_BYTES > PCHAT_INBOX_ALL)
		return (struct refusal){ 503, PCHAT_SIP_DIAG_QUEUE_FULL };
	if (!is_for_us(d, rq))
		return (struct refusal){ 404, PCHAT_SIP_DIAG_NONE };
	code = pchat_identify(d, txn, &user, NULL);
	if (code == PCHAT_INVALID)
		return (struct refusal){ 400, PCHAT_SIP_DIAG_NO_PARTICIPANT };
	if (code == PCHAT_DENIED)
		return (struct refusal){ 403, PCHAT_SIP_DIAG_REJECTED };
	if (code == PCHAT_NOT_FOUND || (!code && !pchat_view_enabled(d->view, user)))
		return (struct refusal){ 403, PCHAT_SIP_DIAG_NOT_PROVISIONED };
	if (code)
		return (struct refusal){ 500, PCHAT_SIP_DIAG_NO_SESSION };
	if (count_others(user, rq) >= pchat_view_settings_of(d->view, user)->sessions_per_user)
		return (struct refusal){ 486, PCHAT_SIP_DIAG_TOO_MANY };
	*ret = user;
	return (struct refusal){ 0, PCHAT_SIP_DIAG_NONE };
}

static void
unlink_session(struct pchat_session *s)
{
	pchat_followed_session_closed(s);
	pchat_control_forget(s->d->control, s);
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->d->n_sessions--;
}

static void
discard(struct pchat_session *s)
{
	unlink_session(s);
	pchat_person_leave(&s->attendee);
	pchat_session_free(s);
}

static void
log_refused(struct pchatd *d, struct pchat_sip_txn *txn, struct refusal r)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	PCHAT_AUTO_TEXT from = pchat_str_dup(rq->from.uri);
	PCHAT_AUTO_TEXT status = pchat_text("%d", r.status);

	pchat_log(d->log, PCHAT_LOG_INFO, "session refused", "from", from, "peer",
	          conn ? pchat_sip_conn_peer(conn) : NULL, "status", status, NULL);
}

void
pchat_session_invite(struct pchatd *d, struct pchat_sip_txn *txn)
{
	struct pchat_user *user = NULL;
	struct refusal r = admit(d, txn, &user);
	struct pchat_signin *signin = r.status ? NULL : pchat_signin_of(d, txn);
	struct pchat_session *s;
	struct pchat_err err = { 0 };

	if (r.status) {
		d->metrics.refused[r.diag]++;
		log_refused(d, txn, r);
		pchat_sip_refuse(txn, r.status, r.diag);
		return;
	}
	replace(user, pchat_sip_txn_request(txn));
	s = signin ? new_session(d, user, signin, pchat_sip_txn_request(txn)) : NULL;
	if (!s) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_NO_SESSION);
		return;
	}
	if (pchat_sip_accept(txn, pchat_view_settings_of(d->view, user)->session_timer, s,
	                     &s->dialog, &err)) {
		pchat_log(d->log, PCHAT_LOG_WARNING, "session not opened", "user", user->uri,
		          "error", pchat_err_text(&err), NULL);
		pchat_err_release(&err);
		discard(s);
		return;
	}
	pchat_followed_session_opened(s);
	d->metrics.counters[PCHAT_COUNT_SESSIONS_OPENED]++;
	pchat_log(d->log, PCHAT_LOG_INFO, "session opened", "user", user->uri, "peer",
	          pchat_sip_conn_peer(signin->conn), NULL);
}

/* ---- speaking ---- */

void
pchat_session_send(struct pchat_session *s, struct pchat_sip_body *body)
{
	/* A full queue ends the dialog by itself; nothing is left to do here. */
	if (!s->dialog || s->closing)
		return;
	s->n_out++;
	s->d->metrics.counters[PCHAT_COUNT_MESSAGES_OUT]++;
	pchat_sip_info(s->dialog, body, 0);
}

void
pchat_session_say(struct pchat_session *s)
{
	struct pchat_sip_body *body = pchat_speaker_body(&s->d->speaker, NULL);

	if (!body) {
		/* A client that waits for an answer which never comes is worse off than one
		 * that signs in again. */
		pchat_session_end(s, "an answer could not be built");
		return;
	}
	pchat_session_send(s, body);
	pchat_sip_body_unref(body);
}

/* ---- ending ---- */

void
pchat_session_leave_rooms(struct pchat_session *s)
{
	uint32_t limit = pchat_view_settings(s->d->view)->participant_limit;
	struct pchat_attendee *a = &s->attendee;
	PCHAT_VEC(struct pchat_notice_room) left = { 0 };

	while (a->n_places > 0) {
		struct pchat_channel *c = a->places[a->n_places - 1].channel;
		bool quiet = c->quiet;

		if (pchat_channel_part(c, a, limit) != PCHAT_PARTED_LAST || quiet || c->n == 0)
			continue;
		if (!pchat_vec_push(&left, (struct pchat_notice_room){ pchat_room_of(c), 0 }))
			pchat_log(s->d->log, PCHAT_LOG_ERROR, "notice lost", "error",
			          "out of memory", NULL);
	}
	if (left.n && !pchat_speaker_parted(&s->d->speaker, a->user, left.v, left.n))
		pchat_log(s->d->log, PCHAT_LOG_ERROR, "notice lost", "error", "out of memory",
		          NULL);
	pchat_vec_release(&left);
}

void
pchat_session_closed(struct pchat_session *s, enum pchat_sip_end end)
{
	struct pchatd *d = s->d;
	struct pchat_user *user = s->attendee.user;

	pchat_log(d->log, PCHAT_LOG_INFO, "session closed", "user", user->uri, "reason",
	          pchat_sip_end_text(end), NULL);
	d->metrics.ended[end]++;
	s->dialog = NULL;
	pchat_session_leave_rooms(s);
	unlink_session(s);
	pchat_person_leave(&s->attendee);
	pchat_view_forget(d->view, user);
	/* What the threads still have of it comes back; it is freed then. */
	if (s->in_flight == 0)
		pchat_session_free(s);
}

bool
pchat_session_detached(const struct pchat_session *s)
{
	return s->dialog && pchat_sip_conn_lost(pchat_sip_dialog_conn(s->dialog));
}

/* Has nobody else a session on its connection? */
static bool
is_alone(const struct pchat_session *s)
{
	const struct pchat_signin *signin = pchat_sip_conn_user(pchat_sip_dialog_conn(s->dialog));

	return signin && signin->conn && !signin->shared;
}

/* False: it is ending already. */
static bool
begin_end(struct pchat_session *s, const char *why)
{
	if (s->closing || !s->dialog)
		return false;
	pchat_log(s->d->log, PCHAT_LOG_NOTICE, "session ended", "user", s->attendee.user->uri,
	          "reason", why, NULL);
	s->closing = true;
	return true;
}

void
pchat_session_end_on(const struct pchat_user *user, const struct pchat_sip_conn *conn)
{
	for (uint32_t i = 0; i < user->person.n; i++) {
		struct pchat_session *s = (struct pchat_session *)user->person.v[i];

		if (s->dialog && pchat_sip_dialog_conn(s->dialog) == conn &&
		    begin_end(s, "signed out"))
			pchat_sip_dialog_end(s->dialog, false);
	}
}

void
pchat_session_end(struct pchat_session *s, const char *why)
{
	if (!begin_end(s, why))
		return;
	if (is_alone(s))
		pchat_sip_conn_close(pchat_sip_dialog_conn(s->dialog));
	else
		pchat_sip_dialog_end(s->dialog,
		                     s->d->state == PCHATD_SERVING || !pchat_session_detached(s));
}
