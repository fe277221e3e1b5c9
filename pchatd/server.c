#include "pchatd/server.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "pchatd/associate.h"
#include "pchatd/attempts.h"
#include "pchatd/change.h"
#include "pchatd/channel/command.h"
#include "pchatd/control.h"
#include "pchatd/editor.h"
#include "pchatd/feed.h"
#include "pchatd/inbox.h"
#include "pchatd/notify.h"
#include "pchatd/presence/presence.h"
#include "pchatd/provisioning/subscribe.h"
#include "pchatd/reader.h"
#include "pchatd/register.h"
#include "pchatd/review.h"
#include "pchatd/session.h"
#include "pchatd/signin.h"
#include "pchatd/trail.h"
#include "pchatd/writer.h"
#include "wire/docs/sdp.h"

#define SLICE          5000 /* microseconds of one pass for changes, and for reviews */
#define SEARCH_SLICE   1000 /* likewise for searches: users may ask for many */
#define DRAIN_WITHIN   (5 * PCHAT_SECOND)
#define REFUSALS_EVERY (10 * PCHAT_SECOND)
/* Longest head with a token: [MS-SIPAE] ones have 64 KiB at most, and stand there as base64. */
#define PCHATD_TOKEN_HEAD (96u << 10)

/* ---- what comes in ---- */

static bool
on_admit(void *ctx, struct pchat_sip_txn *txn)
{
	return pchat_peer_may(ctx, txn);
}

static void
on_request(void *ctx, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);

	switch (rq->kind) {
	case PCHAT_SIP_REGISTER:
		pchat_register(ctx, txn);
		return;
	case PCHAT_SIP_SUBSCRIBE:
		pchat_subscribe(ctx, txn);
		return;
	case PCHAT_SIP_INVITE:
		pchat_session_invite(ctx, txn);
		return;
	case PCHAT_SIP_MESSAGE:
		pchat_sip_refuse(txn, 405, PCHAT_SIP_DIAG_NONE);
		return;
	case PCHAT_SIP_INFO:
	case PCHAT_SIP_BYE:
	case PCHAT_SIP_UPDATE:
	case PCHAT_SIP_NOTIFY:
		pchat_sip_refuse(txn, 481, PCHAT_SIP_DIAG_UNKNOWN_SESSION);
		return;
	case PCHAT_SIP_OPTIONS:
		break;
	case PCHAT_SIP_OTHER:
		if (!pchat_str_is(rq->method, "SERVICE"))
			break;
		pchat_presence_service(ctx, txn);
		return;
	}
	pchat_sip_refuse(txn, 501, PCHAT_SIP_DIAG_NONE);
}

static bool
on_within(void *ctx, struct pchat_sip_dialog *dialog, struct pchat_sip_txn *txn)
{
	const struct pchat_session *s = pchat_sip_dialog_user(dialog);

	return pchat_speaks_for(ctx, txn, s->attendee.user);
}

static void
on_info(void *ctx, struct pchat_sip_dialog *dialog, struct pchat_sip_txn *txn)
{
	(void)ctx;
	pchat_session_info(pchat_sip_dialog_user(dialog), txn);
}

static void
on_closed(void *ctx, struct pchat_sip_dialog *dialog, enum pchat_sip_end end)
{
	(void)ctx;
	pchat_session_closed(pchat_sip_dialog_user(dialog), end);
}

static void
on_conn_closed(void *ctx, struct pchat_sip_conn *conn)
{
	struct pchat_signin *s = pchat_sip_conn_user(conn);

	(void)ctx;
	if (s)
		pchat_signin_closed(s);
}

static void
log_peer(struct pchatd *d, const char *event, const struct pchat_sip_conn *conn, uint32_t sessions)
{
	PCHAT_AUTO_TEXT n = pchat_text("%u", sessions);

	pchat_log(d->log, PCHAT_LOG_NOTICE, event, "peer", pchat_sip_conn_peer(conn), "sessions", n,
	          NULL);
}

static void
on_conn_lost(void *ctx, struct pchat_sip_conn *conn, uint32_t n)
{
	log_peer(ctx, "peer lost", conn, n);
}

static void
on_conn_moved(void *ctx, struct pchat_sip_conn *from, struct pchat_sip_conn *to)
{
	struct pchat_signin *s = pchat_sip_conn_user(from);

	log_peer(ctx, pchat_sip_conn_lost(from) ? "peer returned" : "peer goes on", to,
	         pchat_sip_conn_dialogs(to));
	if (s)
		pchat_signin_move(s, to);
}

/* What is sent before the ACK waits in the dialog, and nobody asks what became of an INFO. */
static void
on_confirmed(void *ctx, struct pchat_sip_dialog *dialog)
{
	(void)ctx;
	(void)dialog;
}

static void
on_info_done(void *ctx, struct pchat_sip_dialog *dialog, uint64_t cookie, int status)
{
	(void)ctx;
	(void)dialog;
	(void)cookie;
	(void)status;
}

/* One line at once, then one every ten seconds, however many there are. */
static void
on_conn_refused(void *ctx, const char *peer, enum pchat_sip_refusal why, const char *detail)
{
	struct pchatd *d = ctx;
	int64_t now = pchat_monotonic();
	PCHAT_AUTO_TEXT n = NULL;

	d->metrics.conns_refused[why]++;
	d->refused[why].n++;
	if (d->refused[why].said && now < d->refused[why].said + REFUSALS_EVERY)
		return;
	n = pchat_text("%llu", (unsigned long long)d->refused[why].n);
	pchat_log(d->log, PCHAT_LOG_WARNING, "connection refused", "reason",
	          pchat_sip_refusal_text(why), "peer", peer, "count", n, "error", detail, NULL);
	d->refused[why].n = 0;
	d->refused[why].said = now;
}

/* One that was named as a proxy's. A name is only proved by a certificate, later. */
static bool
on_carries_many(void *ctx, const void *listener, const char *peer)
{
	const struct pchat_listener *l = listener;

	(void)ctx;
	return l->auth == PCHAT_AUTH_PROXY && l->nets.n > 0 &&
	       pchat_listener_trusts_address(l, peer);
}

static bool
on_needs_proof(void *ctx, struct pchat_sip_conn *conn)
{
	return pchat_needs_proof(ctx, conn);
}

static const struct pchat_sip_handlers handlers = {
	.needs_proof = on_needs_proof,
	.carries_many = on_carries_many,
	.conn_refused = on_conn_refused,
	.request = on_request,
	.admit = on_admit,
	.confirmed = on_confirmed,
	.within = on_within,
	.info = on_info,
	.info_done = on_info_done,
	.closed = on_closed,
	.conn_closed = on_conn_closed,
	.peer = pchat_peer_name,
	.conn_lost = on_conn_lost,
	.conn_moved = on_conn_moved,
	.unsealed = pchat_associate_unsealed,
	.sdp = pchat_sdp_answer,
};

static void
send_body(void *ctx, struct pchat_attendee *to, struct pchat_sip_body *body)
{
	(void)ctx;
	pchat_session_send((struct pchat_session *)to, body); /* the first member */
}

/* ---- letters from the threads, signals ---- */

static void
take_mail(struct pchatd *d)
{
	int64_t now = pchat_monotonic();
	struct pchat_letter *next;

	for (struct pchat_letter *l = pchat_mailbox_take(&d->mail); l; l = next) {
		next = l->next;
		if (l->kind == PCHAT_LETTER_WRITE)
			pchat_metrics_clock(&d->metrics, PCHAT_CLOCKED_WRITE, now - l->put);
		else if (l->kind == PCHAT_LETTER_READ)
			pchat_metrics_clock(&d->metrics, PCHAT_CLOCKED_READ, now - l->put);
		l->done(d, l);
	}
}

static void
on_mail(void *ctx, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	take_mail(ctx);
}

static void
reload(struct pchatd *d)
{
	struct pchat_err err = { 0 };

	pchat_notify_reloading();
	if (pchat_log_reopen(d->log, &err) || pchat_sip_reload_certificates(d->sip, &err))
		pchat_log(d->log, PCHAT_LOG_ERROR, "reload failed", "error", pchat_err_text(&err),
		          NULL);
	else
		pchat_log(d->log, PCHAT_LOG_NOTICE, "reloaded", NULL);
	pchat_err_release(&err);
	pchat_notify("READY=1");
}

/* Who asks twice has no time. */
static void
drain_or_hasten(struct pchatd *d)
{
	if (d->state == PCHATD_SERVING) {
		pchatd_drain(d);
		return;
	}
	pchat_log(d->log, PCHAT_LOG_NOTICE, "asked again, not waiting", NULL);
	d->drain_until = pchat_monotonic();
}

static void
on_signal(void *ctx, int fd, unsigned events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reload(ctx);
	else
		drain_or_hasten(ctx);
}

static enum pchat_code
watch_signals(struct pchatd *d, struct pchat_err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	/* Before any thread is made, so that none of them takes a signal. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
	d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signal_fd < 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot make a signalfd: %s",
		                  strerror(errno));
	return PCHAT_OK;
}

/* ---- start ---- */

static enum pchat_code
load_view(struct pchatd *d, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	enum pchat_code code = pchat_view_new(&pchat_change_watcher, d, &d->view, err);

	if (!code)
		code = pchat_store_open(d->opt->store, PCHAT_STORE_READ, &store, err);
	if (!code)
		code = pchat_view_load(d->view, store, err);
	return code;
}

static enum pchat_code
start_sip(struct pchatd *d, struct pchat_err *err)
{
	struct pchat_sip_options opt = { .server = "pchat/" PCHAT_VERSION, .fqdn = d->host };
	enum pchat_code code;

	if (gethostname(d->host, sizeof(d->host) - 1) < 0) {
		opt.fqdn = NULL;
		d->host[0] = '\0';
	}
	code = pchat_sip_new(&handlers, d, &opt, &d->sip, err);
	if (!code)
		code = pchat_xccos_parser_new(NULL, &d->parser, err);
	if (!code)
		code = pchat_sip_watch(d->sip, d->mail.fd, PCHAT_SIP_READ, on_mail, d,
		                       &d->mail_watch, err);
	if (!code)
		code = pchat_sip_watch(d->sip, d->signal_fd, PCHAT_SIP_READ, on_signal, d,
		                       &d->signal_watch, err);
	return code;
}

static enum pchat_code
start_threads(struct pchatd *d, struct pchat_err *err)
{
	const char *path = d->opt->store;
	enum pchat_code code = pchat_writer_start(path, &d->mail, d->log, &d->writer, err);

	if (!code)
		code = pchat_reader_start(path, &d->mail, &d->reader, err);
	if (!code)
		code = pchat_feed_start(path, pchat_view_revision(d->view), &d->mail,
		                        pchat_change_take, d->log, &d->feed, err);
	if (!code)
		code = pchat_editor_start(path, d->feed, &d->mail, d->log, &d->editor, err);
	return code;
}

/* Before anything is put into the directory: is it a store? */
static enum pchat_code
check_store(const char *path, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;

	return pchat_store_open(path, PCHAT_STORE_READ, &store, err);
}

static enum pchat_code
start(struct pchatd *d, struct pchat_err *err)
{
	enum pchat_code code = check_store(d->opt->store, err);

	if (!code)
		code = pchat_control_lock(d->opt->store, &d->lock_fd, err);
	if (!code)
		code = watch_signals(d, err);
	if (!code)
		code = load_view(d, err);
	if (!code)
		code = pchat_mailbox_init(&d->mail, 0, true, err);
	if (!code)
		code = start_sip(d, err);
	if (!code)
		code = pchat_associate_start(d, err);
	if (!code)
		code = pchat_invite_start(d, err);
	if (!code)
		code = start_threads(d, err);
	if (!code)
		code = pchat_control_open(d, &d->control, err);
	return code;
}

enum pchat_code
pchatd_start(struct pchatd *d, const struct pchat_options *opt, struct pchat_log *log,
             struct pchat_err *err)
{
	*d = (struct pchatd){ .opt = opt, .log = log, .lock_fd = -1, .signal_fd = -1 };
	d->since = pchat_now();
	d->mail.fd = -1;
	d->pending_last = &d->pending;
	d->searches_last = &d->searches;
	d->edits_last = &d->edits;
	pchat_speaker_init(&d->speaker);
	d->speaker.send = send_body;
	pchat_digest_key_init(&d->nonce_key);
	d->attempts = pchat_attempts_new();
	d->trail = pchat_trail_new();
	if (!d->attempts || !d->trail)
		return pchat_no_memory(err);
	if (start(d, err))
		return pchat_wrap(err, "cannot start");
	pchat_speaker_masks(&d->speaker, pchat_view_settings(d->view)->documented_masks);
	d->reached = pchat_view_revision(d->view);
	return PCHAT_OK;
}

/* ---- listening ---- */

static enum pchat_code
check_listener(const struct pchatd *d, const struct pchat_listener *l, struct pchat_err *err)
{
	const char *spec = l->spec;
	bool tls = pchat_listen_is_tls(spec);

	if (tls && !d->opt->cert) {
		pchat_fail(err, PCHAT_USAGE, "'%s' needs a certificate", spec);
		pchat_hint(err, "give --cert DIR with agent.pem in it");
		return PCHAT_USAGE;
	}
	if (pchat_auth_has_ntlm(pchat_auth_at(d, l)) && !pchat_associate_by_ntlm(d, l)) {
		pchat_fail(err, PCHAT_DENIED, "'%s' has no TLS, which NTLM needs", spec);
		pchat_hint(err, "listen on tls:HOST:PORT, or add ',auth=' with another way");
		return PCHAT_DENIED;
	}
	if (pchat_listen_is_loopback(spec))
		return PCHAT_OK;
	if (pchat_auth_at(d, l) == PCHAT_AUTH_NONE) {
		pchat_fail(err, PCHAT_DENIED,
		           "'%s' is no loopback address, and everybody would be "
		           "taken at his word",
		           spec);
		pchat_hint(err, "give --auth digest, or listen on 127.0.0.1");
		return PCHAT_DENIED;
	}
	if (tls || d->opt->insecure)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_DENIED, "'%s' would carry everything in clear", spec);
	pchat_hint(err, "listen on tls:HOST:PORT, or give --insecure");
	return PCHAT_DENIED;
}

static enum pchat_code
open_metrics(struct pchatd *d, struct pchat_buf *lines, struct pchat_err *err)
{
	if (d->opt->metrics && pchat_metrics_open(d, d->opt->metrics, &d->scrape, err))
		return pchat_wrap(err, "cannot offer metrics");
	if (d->scrape)
		pchat_buf_printf(lines, "metrics %s\n", pchat_metrics_bound(d->scrape));
	return pchat_buf_check(lines, err);
}

enum pchat_code
pchatd_listen(struct pchatd *d, struct pchat_buf *lines, struct pchat_err *err)
{
	for (size_t i = 0; i < d->opt->listen.n; i++) {
		struct pchat_listener *l = d->opt->listen.v[i];
		const struct pchat_sip_listener listener = {
			.tls_dir = d->opt->cert,
			.tls_verify_client = l->names.n > 0,
			.keep_seconds = l->keep,
			.user = l,
		};
		PCHAT_AUTO_VALUE(buf) bound = { 0 };
		char *address;

		if (check_listener(d, l, err) ||
		    pchat_sip_listen(d->sip, l->spec, &listener, &bound, err))
			return pchat_wrap(err, "cannot listen");
		pchat_buf_printf(lines, "listening %s\n", pchat_buf_cstr(&bound));
		pchat_log(d->log, PCHAT_LOG_NOTICE, "listening", "address", pchat_buf_cstr(&bound),
		          NULL);
		address = pchat_buf_take(&bound);
		if (!address || !pchat_vec_push(&d->bound, address)) {
			free(address);
			return pchat_no_memory(err);
		}
	}
	return open_metrics(d, lines, err);
}

/* ---- the loop ---- */

/* The line "systemctl status" shows, and that we are alive. */
static void
tell_manager(struct pchatd *d)
{
	static const char *const words[] = {
		[PCHATD_SERVING] = "serving",
		[PCHATD_DRAINING] = "draining",
		[PCHATD_CLOSING] = "closing",
	};
	int64_t now = pchat_monotonic();
	PCHAT_AUTO_TEXT text = NULL;

	if (d->told && now < d->told + pchat_notify_interval())
		return;
	d->told = now;
	text = pchat_text("STATUS=%s %zu sessions\nWATCHDOG=1", words[d->state], d->n_sessions);
	if (text)
		pchat_notify(text);
}

void
pchatd_drain(struct pchatd *d)
{
	if (d->state != PCHATD_SERVING)
		return;
	pchat_log(d->log, PCHAT_LOG_NOTICE, "draining", NULL);
	pchat_sip_unlisten(d->sip);
	d->state = PCHATD_DRAINING;
	pchat_notify("STOPPING=1");
	d->told = 0;
	tell_manager(d);
	d->drain_until = pchat_monotonic() + DRAIN_WITHIN;
}

static bool
is_delivered(const struct pchatd *d)
{
	if (d->in_flight)
		return false;
	for (const struct pchat_session *s = d->sessions; s; s = s->next)
		if (s->first ||
		    (s->dialog && !pchat_session_detached(s) && pchat_sip_dialog_queued(s->dialog)))
			return false;
	return true;
}

/* First what is on its way is delivered, then the sessions are ended. True at the end of both. */
static bool
is_drained(struct pchatd *d)
{
	bool late = pchat_monotonic() >= d->drain_until;

	if (d->state == PCHATD_SERVING)
		return false;
	if (d->state == PCHATD_DRAINING && (late || is_delivered(d))) {
		d->state = PCHATD_CLOSING;
		for (struct pchat_session *s = d->sessions; s; s = s->next)
			pchat_session_end(s, "shutting down");
		return false;
	}
	return d->state == PCHATD_CLOSING && (late || d->n_sessions == 0);
}

static void
apply_limits(struct pchatd *d)
{
	const struct pchat_settings *s = pchat_view_settings(d->view);

	pchat_sip_set_limits(d->sip, &(struct pchat_sip_limits){
					     .conns = s->connections,
					     .per_address = s->connections_per_address,
					     .strangers = s->unauthenticated,
					     .rate = s->connection_rate,
					     /* A ticket stands in the head of its REGISTER. */
					     .stranger_part = d->kerberos ? PCHATD_TOKEN_HEAD : 0,
				     });
}

/* Of two waits, -1 being for ever. */
static int
sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Work between two passes; returns the milliseconds the next one may wait. */
static int
end_of_pass(struct pchatd *d)
{
	bool was_idle = !d->pending && !d->edits && !d->review.everybody && !d->review.users.n &&
	                !d->review.rooms.n && !d->searches;
	bool idle = pchat_change_step(d, SLICE);
	bool searched;
	int wait;

	/* Who asked for a change is answered before others hear of it. */
	pchat_manage_step(d);
	idle = idle && pchat_review_step(d, SLICE) && pchat_invite_step(d, SLICE);
	if (idle && pchat_invite_settled(d))
		d->reached = pchat_view_revision(d->view);
	searched = pchat_find_step(d, SEARCH_SLICE);
	apply_limits(d);
	tell_manager(d);
	wait = sooner(pchat_control_step(d->control), pchat_invite_wait(d));
	wait = sooner(wait, pchat_metrics_step(d->scrape));
	if (!was_idle)
		pchat_sip_flush(d->sip);
	if (!searched)
		return 0;
	if (!idle)
		return d->apply_failed ? 100 : 0;
	return d->state == PCHATD_SERVING ? wait : 20;
}

void
pchatd_run(struct pchatd *d)
{
	int wait = 0;

	while (!is_drained(d)) {
		pchat_sip_step(d->sip, wait);
		take_mail(d);
		wait = end_of_pass(d);
		if (!pchat_mailbox_rest(&d->mail))
			wait = 0;
	}
	pchat_log(d->log, PCHAT_LOG_NOTICE, "stopped", NULL);
}

/* ---- end ---- */

void
pchatd_release(struct pchatd *d)
{
	pchat_metrics_close(d->scrape);
	pchat_control_close(d->control);
	d->control = NULL; /* sessions that end below look for it */
	pchat_editor_stop(d->editor);
	pchat_feed_stop(d->feed);
	pchat_reader_stop(d->reader);
	pchat_writer_stop(d->writer);
	d->writer = NULL; /* what comes back may want to go on */
	if (d->mail.last)
		take_mail(d); /* what the threads had finished: needs sessions and agent still */
	pchat_manage_release(d);
	pchat_find_release(d);
	pchat_invite_release(d);
	if (d->view)
		pchat_review_release(d);
	pchat_change_release(d);
	pchat_sip_unwatch(d->signal_watch);
	pchat_sip_unwatch(d->mail_watch);
	pchat_sip_free(d->sip);
	pchat_presence_release(d);
	pchat_xccos_parser_free(d->parser);
	pchat_mailbox_release(&d->mail);
	pchat_speaker_release(&d->speaker);
	pchat_view_free(d->view);
	for (size_t i = 0; i < d->bound.n; i++)
		free(d->bound.v[i]);
	pchat_vec_release(&d->bound);
	pchat_associate_release(d);
	pchat_attempts_free(d->attempts);
	pchat_trail_free(d->trail);
	explicit_bzero(&d->nonce_key, sizeof(d->nonce_key));
	if (d->signal_fd >= 0)
		close(d->signal_fd);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
}
