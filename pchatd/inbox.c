#include "pchatd/inbox.h"

#include <assert.h>

#include "base/clock.h"
#include "pchatd/channel/command.h"
#include "pchatd/writer.h"

#define TRACE_BODY 4096 /* octets of an envelope that are dumped */

/* An INFO that waits behind a command with the store: parsed again when its turn has come, because
 * what the parser returns does not outlive its next use. */
struct pchat_inbox_item {
	struct pchat_inbox_item *next;
	uint32_t done; /* primitives carried out */
	uint32_t n;
	char body[];
};

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
	                &(struct pchat_xccos_reply){
				.envid = env->envid,
				.code = PCHAT_XCCOS_INVALID_ARGUMENT,
				.text = PCHAT_STR("no cmd or grpchat in the envelope") });
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
	s->d->inbox_bytes -= item->n;
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
		pchat_session_free(s);
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
	       s->d->inbox_bytes + size > PCHAT_INBOX_ALL ||
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
	s->d->inbox_bytes += item->n;
}

static void
refuse_busy(struct pchat_session *s, struct pchat_sip_txn *txn)
{
	s->d->metrics.counters[PCHAT_COUNT_OVERLOADED]++;
	pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_MESSAGE_REJECTED);
}

/* What is not understood may be dumped (xccos.md section 18), but never what people say: nothing
 * that has, or may have, a message in it. */
static void
trace(struct pchat_session *s, struct pchat_str body, const char *why)
{
	PCHAT_AUTO_TEXT text = NULL;

	if (!s->d->trace || (body.n && memmem(body.p, body.n, "chat", strlen("chat"))))
		return;
	s->d->trace--;
	if (body.n > TRACE_BODY)
		body.n = TRACE_BODY;
	text = pchat_str_dup(body);
	pchat_log(s->d->log, PCHAT_LOG_NOTICE, "trace", "user", s->attendee.user->uri, "client",
	          s->client, "reason", why, "body", text, NULL);
}

static void
refuse_bad(struct pchat_session *s, struct pchat_sip_txn *txn, enum pchat_code code,
           struct pchat_err *err)
{
	s->d->metrics.counters[PCHAT_COUNT_ENVELOPES_BAD]++;
	trace(s, pchat_sip_txn_request(txn)->body, pchat_err_text(err));
	pchat_log(s->d->log, PCHAT_LOG_INFO, "envelope refused", "user", s->attendee.user->uri,
	          "error", pchat_err_text(err), NULL);
	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = pchat_code_sip(code),
	                                                .diag = PCHAT_SIP_DIAG_ERROR,
	                                                .reason = pchat_str(pchat_err_text(err)) });
	pchat_err_release(err);
}

/* The first primitive that is not known, or has something unknown in it; NULL if there is none. */
static const struct pchat_xccos_prim *
odd_prim(const struct pchat_xccos_envelope *env)
{
	for (size_t i = 0; i < env->n_prims; i++) {
		const struct pchat_xccos_prim *prim = &env->prims[i];

		if (prim->kind == PCHAT_XCCOS_KIND_GRPCHAT)
			continue; /* relayed as it is */
		if (prim->odd || prim->cmd == PCHAT_XCCOS_CMD_UNKNOWN)
			return prim;
	}
	return NULL;
}

/* A session has one line a second for it: it is the client that decides how many there are. */
static void
log_odd(struct pchat_session *s, const struct pchat_xccos_envelope *env, struct pchat_str body)
{
	const struct pchat_xccos_prim *prim = odd_prim(env);
	int64_t now = pchat_monotonic();
	PCHAT_AUTO_TEXT name = NULL;
	PCHAT_AUTO_TEXT n = NULL;

	if (!prim)
		return;
	s->d->metrics.counters[PCHAT_COUNT_ENVELOPES_ODD]++;
	trace(s, body, "not understood");
	s->n_odd++;
	if (s->odd_said && now < s->odd_said + PCHAT_SECOND)
		return;
	name = pchat_str_dup(prim->name);
	n = pchat_text("%u", s->n_odd);
	pchat_log(s->d->log, PCHAT_LOG_NOTICE, "envelope not understood", "user",
	          s->attendee.user->uri, "primitive", name, "count", n, NULL);
	s->odd_said = now;
	s->n_odd = 0;
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
	log_odd(s, env, body);
	pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
	note_leaving(s, env);
	if (!busy)
		done = run_from(s, env, 0);
	if (item && (busy || done < env->n_prims))
		push(s, item, done);
	else
		free(item);
}

/* Each message takes its part of a second from what the session is allowed, which is at most a
 * burst ahead of the clock. */
static bool
is_too_fast(struct pchat_session *s)
{
	uint32_t rate = pchat_view_settings_of(s->d->view, s->attendee.user)->message_rate;
	int64_t now = pchat_monotonic();

	if (rate == 0)
		return false;
	if (s->spent < now - PCHAT_INBOX_BURST * PCHAT_SECOND)
		s->spent = now - PCHAT_INBOX_BURST * PCHAT_SECOND;
	if (s->spent + PCHAT_SECOND / rate > now)
		return true;
	s->spent += PCHAT_SECOND / rate;
	return false;
}

void
pchat_session_info(struct pchat_session *s, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	const struct pchat_xccos_envelope *env;
	struct pchat_err err = { 0 };
	enum pchat_code code;

	s->n_in++;
	s->d->metrics.counters[PCHAT_COUNT_MESSAGES_IN]++;
	if (s->closing) {
		pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NOT_PROVISIONED);
		return;
	}
	if (is_too_fast(s)) {
		s->n_refused++;
		s->d->metrics.counters[PCHAT_COUNT_TOO_FAST]++;
		pchat_sip_refuse(txn, 503, PCHAT_SIP_DIAG_MESSAGE_REJECTED);
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
		refuse_busy(s, txn);
	else
		take_envelope(s, txn, rq->body, env);
}

void
pchat_inbox_release(struct pchat_session *s)
{
	struct pchat_inbox_item *item;

	while ((item = s->first)) {
		s->first = item->next;
		s->d->inbox_bytes -= item->n;
		free(item);
	}
}
