#include "pchatd/session.h"

#include <assert.h>

#include "base/clock.h"
#include "pchatd/channel/command.h"
#include "pchatd/register.h"
#include "pchatd/review.h"
#include "pchatd/writer.h"

/* An INFO that waits behind a command with the store: parsed again when its turn has come, because
 * what the parser returns does not outlive its next use. */
struct pchat_inbox_item {
	struct pchat_inbox_item *next;
	uint32_t done; /* primitives carried out */
	uint32_t n;
	char body[];
};

/* ---- opening ---- */

static struct pchat_session *
new_session(struct pchatd *d, struct pchat_user *user, struct pchat_signin *signin)
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
	s->signin = signin;
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

static void
free_session(struct pchat_session *s)
{
	struct pchat_inbox_item *item;

	while ((item = s->first)) {
		s->first = item->next;
		free(item);
	}
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

/* May this INVITE become a session of *ret? Status 0 if so. */
static struct refusal
admit(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user **ret)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct pchat_user *user = NULL;
	enum pchat_code code;

	if (d->state != PCHATD_SERVING)
		return (struct refusal){ 503, PCHAT_SIP_DIAG_BUSY };
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
	if (user->person.n >= PCHAT_MAX_SESSIONS_PER_USER)
		return (struct refusal){ 486, PCHAT_SIP_DIAG_TOO_MANY };
	*ret = user;
	return (struct refusal){ 0, PCHAT_SIP_DIAG_NONE };
}

static void
unlink_session(struct pchat_session *s)
{
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->d->n_sessions--;
	s->signin = NULL;
}

static void
discard(struct pchat_session *s)
{
	unlink_session(s);
	pchat_person_leave(&s->attendee);
	free_session(s);
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
		log_refused(d, txn, r);
		pchat_sip_refuse(txn, r.status, r.diag);
		return;
	}
	s = signin ? new_session(d, user, signin) : NULL;
	if (!s) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_NO_SESSION);
		return;
	}
	if (pchat_sip_accept(txn, pchat_view_settings(d->view)->session_timer, s, &s->dialog,
	                     &err)) {
		pchat_log(d->log, PCHAT_LOG_WARNING, "session not opened", "user", user->uri,
		          "error", pchat_err_text(&err), NULL);
		pchat_err_release(&err);
		discard(s);
		return;
	}
	pchat_log(d->log, PCHAT_LOG_INFO, "session opened", "user", user->uri, "peer",
	          pchat_sip_conn_peer(signin->conn), NULL);
}

/* ---- speaking ---- */

void
pchat_session_send(struct pchat_session *s, struct pchat_sip_body *body)
{
	/* A full queue ends the dialog by itself; nothing is left to do here. */
	if (s->dialog && !s->closing)
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

/* ---- carrying out ---- */

/* Replies leave in the order of the commands, so only a post may overtake the wait for a post: the
 * writer returns posts in their order. */
static bool
may_start(const struct pchat_session *s, const struct pchat_xccos_prim *prim)
{
	return s->in_flight == 0 ||
	       (s->pending == PCHAT_PENDING_POSTS && prim->kind == PCHAT_XCCOS_KIND_GRPCHAT);
}

static void
say_no_primitive(struct pchat_session *s, const struct pchat_xccos_envelope *env)
{
	pchat_xccos_err(pchat_speaker_open(&s->d->speaker), pchat_speaker_envid(&s->d->speaker),
	                &(struct pchat_xccos_reply){ .envid = env->envid,
	                                             .code = PCHAT_XCCOS_INVALID_ARGUMENT });
	pchat_session_say(s);
}

/* Carry out primitives from @at on, until one has to wait; returns where that is. */
static uint32_t
run_from(struct pchat_session *s, const struct pchat_xccos_envelope *env, uint32_t at)
{
	if (env->n_prims == 0)
		say_no_primitive(s, env);
	for (; at < env->n_prims && may_start(s, &env->prims[at]); at++) {
		const struct pchat_request rq = { s->d, s, s->attendee.user, env, &env->prims[at] };

		if (!s->closing)
			pchat_command_run(&rq);
	}
	return at;
}

static void
pop(struct pchat_session *s)
{
	struct pchat_inbox_item *item = s->first;

	s->first = item->next;
	if (!s->first)
		s->last = &s->first;
	s->n_inbox--;
	s->inbox_bytes -= item->n;
	free(item);
}

static void
run_inbox(struct pchat_session *s)
{
	while (s->first && !s->closing) {
		struct pchat_inbox_item *item = s->first;
		const struct pchat_xccos_envelope *env;
		struct pchat_err err = { 0 };

		if (pchat_xccos_parse(s->d->parser, (struct pchat_str){ item->body, item->n }, &env,
		                      &err)) {
			/* It was parsed before, so only memory can be the reason. */
			pchat_err_release(&err);
			pchat_session_end(s, "out of memory");
			return;
		}
		if (env->n_prims == 0 && s->in_flight)
			return;
		item->done = run_from(s, env, item->done);
		if (item->done < env->n_prims)
			return;
		pop(s);
	}
}

void
pchat_session_sent_off(struct pchat_session *s, enum pchat_pending what)
{
	assert(s->in_flight == 0 || s->pending == what);
	s->pending = (uint8_t)what;
	s->in_flight++;
	s->d->in_flight++;
}

void
pchat_session_is_back(struct pchat_session *s)
{
	s->d->in_flight--;
	if (--s->in_flight == 0)
		s->pending = PCHAT_PENDING_NONE;
	if (s->dialog)
		run_inbox(s);
	else if (s->in_flight == 0)
		free_session(s);
}

/* ---- INFO in ---- */

static bool
is_xccos_type(struct pchat_str type)
{
	return pchat_str_iis(type, "text/plain") ||
	       (pchat_str_istarts(type, "application/") && type.n >= 3 &&
	        pchat_str_iis((struct pchat_str){ type.p + type.n - 3, 3 }, "xml"));
}

static void
note_leaving_room(struct pchat_session *s, const struct pchat_room *room)
{
	struct pchat_seat *seat = pchat_channel_seat(&room->channel, &s->attendee);

	if (!seat)
		return;
	seat->leaving = true;
	pchat_sip_withdraw(s->dialog, room);
}

/* Nothing about a room may reach a client between its cmd:part and our answer (real-client.md T7),
 * so it counts from the moment the command comes in, not from when its turn has come; and what
 * waits to be sent is taken back. */
static void
note_leaving(struct pchat_session *s, const struct pchat_xccos_envelope *env)
{
	for (size_t i = 0; i < env->n_prims; i++) {
		const struct pchat_xccos_prim *prim = &env->prims[i];

		if (prim->cmd != PCHAT_XCCOS_CMD_PART || prim->bad != PCHAT_XCCOS_OK ||
		    prim->kind != PCHAT_XCCOS_KIND_CMD)
			continue;
		for (size_t j = 0; j < prim->n_rooms; j++) {
			const struct pchat_room *room = pchat_named_room(s->d, &prim->rooms[j]);

			if (room)
				note_leaving_room(s, room);
		}
	}
}

static bool
has_post(const struct pchat_xccos_envelope *env)
{
	for (size_t i = 0; i < env->n_prims; i++)
		if (env->prims[i].kind == PCHAT_XCCOS_KIND_GRPCHAT)
			return true;
	return false;
}

static bool
is_overloaded(const struct pchat_session *s, const struct pchat_xccos_envelope *env, size_t size)
{
	return s->n_inbox >= PCHAT_INBOX_MAX || s->inbox_bytes + size > PCHAT_INBOX_BYTES ||
	       (has_post(env) && pchat_writer_full(s->d->writer));
}

static struct pchat_inbox_item *
new_item(struct pchat_str body)
{
	struct pchat_inbox_item *item = malloc(sizeof(*item) + body.n);

	if (!item)
		return NULL;
	item->next = NULL;
	item->done = 0;
	item->n = (uint32_t)body.n;
	memcpy(item->body, body.p, body.n);
	return item;
}

static void
push(struct pchat_session *s, struct pchat_inbox_item *item, uint32_t done)
{
	item->done = done;
	*s->last = item;
	s->last = &item->next;
	s->n_inbox++;
	s->inbox_bytes += item->n;
}

static void
refuse_bad(struct pchat_session *s, struct pchat_sip_txn *txn, enum pchat_code code,
           struct pchat_err *err)
{
	pchat_log(s->d->log, PCHAT_LOG_INFO, "envelope refused", "user", s->attendee.user->uri,
	          "error", pchat_err_text(err), NULL);
	pchat_err_release(err);
	pchat_sip_refuse(txn, pchat_code_sip(code), PCHAT_SIP_DIAG_NONE);
}

static void
log_odd(struct pchat_session *s, const struct pchat_xccos_envelope *env)
{
	for (size_t i = 0; i < env->n_prims; i++) {
		const struct pchat_xccos_prim *prim = &env->prims[i];
		PCHAT_AUTO_TEXT name = NULL;

		if (!prim->odd && prim->cmd != PCHAT_XCCOS_CMD_UNKNOWN)
			continue;
		if (prim->kind == PCHAT_XCCOS_KIND_GRPCHAT)
			continue; /* relayed as it is */
		name = pchat_str_dup(prim->name);
		pchat_log(s->d->log, PCHAT_LOG_NOTICE, "envelope not understood", "user",
		          s->attendee.user->uri, "primitive", name, NULL);
	}
}

/* The INFO is answered before anything it asks for (xccos.md section 2.4): 200 means received. */
static void
take_envelope(struct pchat_session *s, struct pchat_sip_txn *txn, struct pchat_str body,
              const struct pchat_xccos_envelope *env)
{
	bool busy = s->first || s->in_flight;
	struct pchat_inbox_item *item = busy || env->n_prims > 1 ? new_item(body) : NULL;
	uint32_t done = 0;

	if (!item && (busy || env->n_prims > 1)) {
		pchat_sip_refuse(txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	log_odd(s, env);
	pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
	note_leaving(s, env);
	if (!busy)
		done = run_from(s, env, 0);
	if (item && (busy || done < env->n_prims))
		push(s, item, done);
	else
		free(item);
}

void
pchat_session_info(struct pchat_session *s, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	const struct pchat_xccos_envelope *env;
	struct pchat_err err = { 0 };
	enum pchat_code code;

	if (s->closing) {
		pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NOT_PROVISIONED);
		return;
	}
	if (!is_xccos_type(rq->content_type)) {
		pchat_sip_refuse(txn, 415, PCHAT_SIP_DIAG_NONE);
		return;
	}
	code = pchat_xccos_parse(s->d->parser, rq->body, &env, &err);
	if (code)
		refuse_bad(s, txn, code, &err);
	else if (is_overloaded(s, env, rq->body.n))
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_MESSAGE_REJECTED);
	else
		take_envelope(s, txn, rq->body, env);
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
	s->dialog = NULL;
	pchat_session_leave_rooms(s);
	unlink_session(s);
	pchat_person_leave(&s->attendee);
	pchat_view_forget(d->view, user);
	/* What the threads still have of it comes back; it is freed then. */
	if (s->in_flight == 0)
		free_session(s);
}

void
pchat_session_end(struct pchat_session *s, const char *why)
{
	if (s->closing || !s->dialog)
		return;
	pchat_log(s->d->log, PCHAT_LOG_NOTICE, "session ended", "user", s->attendee.user->uri,
	          "reason", why, NULL);
	s->closing = true;
	if (s->signin->conn && !s->signin->shared)
		pchat_sip_conn_close(s->signin->conn);
	else
		pchat_sip_dialog_end(s->dialog, true);
}
