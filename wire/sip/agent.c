#include "wire/sip/internal.h"

#include <assert.h>
#include <errno.h>

#include "wire/sip/inherit.h"
#include "wire/sip/shim.h"

/* Rounds of the library's loop in one pass, each of four sockets at most. */
#define ROUNDS_MAX 64

struct pchat_sip_watch {
	struct psip_link link;
	struct pchat_sip *sip;
	pchat_sip_watch_fn *fn;
	void *ctx;
	int fd;
	int index; /* of su_root_register() */
};

static const struct psip_shim_hooks hooks = {
	.listening = psip_on_listening,
	.accepted = psip_on_accepted,
	.exhausted = psip_on_exhausted,
	.tls = psip_on_tls,
	.is_tls = psip_is_tls,
	.tls_failed = psip_on_tls_failed,
	.part_max = psip_part_max,
	.broken = psip_on_broken,
	.answer = psip_on_answer,
};

/* ---- life ---- */

static uint32_t
or_default(uint32_t value, uint32_t usual)
{
	return value ? value : usual;
}

static enum pchat_code
set_options(struct pchat_sip *sip, const struct pchat_sip_options *opt, struct pchat_err *err)
{
	if (opt)
		sip->opt = *opt;
	pchat_sip_set_limits(sip, &sip->opt.limits);
	sip->opt.max_dialogs = or_default(sip->opt.max_dialogs, PCHAT_SIP_DIALOGS_MAX);
	sip->opt.answer_seconds = or_default(sip->opt.answer_seconds, PCHAT_SIP_ANSWER_SECONDS);
	if (sip->opt.max_queued == 0)
		sip->opt.max_queued = PCHAT_SIP_QUEUES_BYTES;
	sip->opt.invite_ms = or_default(sip->opt.invite_ms, PCHAT_SIP_INVITE_MS);
	sip->opt.ack_seconds = or_default(sip->opt.ack_seconds, PCHAT_SIP_ACK_SECONDS);
	sip->opt.grace_seconds = or_default(sip->opt.grace_seconds, PCHAT_SIP_SESSION_GRACE);
	sip->opt.handshake_seconds = or_default(sip->opt.handshake_seconds, PCHAT_SIP_HANDSHAKE);
	sip->opt.sign_in_seconds = or_default(sip->opt.sign_in_seconds, PCHAT_SIP_SIGN_IN);
	sip->opt.max_lost = or_default(sip->opt.max_lost, PCHAT_SIP_LOST_MAX);
	sip->opt.first_request_seconds = or_default(sip->opt.first_request_seconds,
	                                            PCHAT_SIP_FIRST_REQUEST);
	sip->server = pchat_str_dup(pchat_str(opt && opt->server ? opt->server : "pchat"));
	sip->fqdn = pchat_str_dup(pchat_str(opt && opt->fqdn ? opt->fqdn : "localhost"));
	sip->opt.server = sip->server;
	sip->opt.fqdn = sip->fqdn;
	return sip->server && sip->fqdn ? PCHAT_OK : pchat_no_memory(err);
}

static struct pchat_sip *
sip_alloc(void)
{
	struct pchat_sip *sip = calloc(1, sizeof(*sip));

	if (!sip)
		return NULL;
	psip_list_init(&sip->guests);
	psip_list_init(&sip->broken_guests);
	psip_list_init(&sip->strangers);
	psip_list_init(&sip->all_conns);
	psip_list_init(&sip->ending_conns);
	psip_list_init(&sip->ending_dialogs);
	psip_list_init(&sip->dirty);
	psip_list_init(&sip->orphans);
	psip_list_init(&sip->named);
	psip_list_init(&sip->lost);
	psip_list_init(&sip->sent);
	psip_list_init(&sip->watches);
	sip->epoch = pchat_monotonic();
	return sip;
}

/* The library writes what it dislikes to standard error, unless asked for more by its own
 * environment variables. What peers do wrong is counted, not printed. */
static void
silence(void)
{
	extern su_log_t nta_log[], tport_log[];
	static const char *const asked[] = { "SOFIA_DEBUG", "NTA_DEBUG", "TPORT_DEBUG",
		                             "SU_DEBUG" };

	for (size_t i = 0; i < PCHAT_N(asked); i++) {
		if (getenv(asked[i]))
			return;
	}
	su_log_set_level(su_log_default, 0);
	su_log_set_level(nta_log, 0);
	su_log_set_level(tport_log, 0);
}

static enum pchat_code
start_library(struct pchat_sip *sip, struct pchat_err *err)
{
	if (su_init() < 0)
		return pchat_fail(err, PCHAT_INTERNAL, "cannot start sofia-sip");
	sip->initialized = true;
	silence();
	sip->root = su_root_create(sip);
	if (!sip->root)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot create an event loop: %s",
		                  strerror(errno));
	/* -1: no listener yet. NULL would open port 5060 on every address. */
	sip->agent = nta_agent_create(sip->root, (url_string_t *)-1, psip_on_stray, sip,
	                              NTATAG_UA(1), NTATAG_MERGE_482(0), NTATAG_SERVER_RPORT(0),
	                              NTATAG_SIP_T1X64(sip->opt.invite_ms),
	                              NTATAG_MAXSIZE(PCHAT_SIP_MESSAGE_MAX), TAG_END());
	if (sip->agent)
		sip->leg = nta_leg_tcreate(sip->agent, psip_on_request, sip, NTATAG_NO_DIALOG(1),
		                           TAG_END());
	if (!sip->leg)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot create a SIP agent");
	return PCHAT_OK;
}

enum pchat_code
pchat_sip_new(const struct pchat_sip_handlers *handlers, void *ctx,
              const struct pchat_sip_options *opt, struct pchat_sip **ret_sip,
              struct pchat_err *err)
{
	PCHAT_AUTO(sip) sip = sip_alloc();
	enum pchat_code code;

	assert(handlers->request && handlers->confirmed && handlers->info && handlers->info_done &&
	       handlers->closed && handlers->conn_closed);
	if (!sip)
		return pchat_no_memory(err);
	sip->h = handlers;
	sip->ctx = ctx;
	code = set_options(sip, opt, err);
	if (code == PCHAT_OK)
		code = psip_strangers_init(sip, err);
	if (code == PCHAT_OK)
		code = psip_shim_attach(&hooks, sip, err);
	if (code == PCHAT_OK) {
		struct psip_fds before = { 0 };

		sip->attached = true;
		psip_fds_note(&before);
		code = start_library(sip, err);
		psip_fds_seal(&before);
	}
	if (code == PCHAT_OK)
		*ret_sip = PCHAT_TAKE(sip);
	return code;
}

static void
end_all(struct pchat_sip *sip)
{
	struct psip_link *l;

	sip->ending = true;
	for (size_t i = 0; i < sip->slots.n; i++) {
		if (sip->slots.v[i])
			psip_dialog_ends(sip->slots.v[i], PCHAT_SIP_END_SHUTDOWN, false);
	}
	for (l = sip->all_conns.next; l != &sip->all_conns; l = l->next)
		pchat_sip_conn_close(PSIP_OF(l, struct pchat_sip_conn, link));
	psip_lost_free(sip);
	psip_reap(sip);
	while ((l = psip_pop(&sip->orphans)))
		psip_txn_free(PSIP_OF(l, struct pchat_sip_txn, link));
}

static void
stop_library(struct pchat_sip *sip)
{
	if (sip->leg)
		nta_leg_destroy(sip->leg);
	if (sip->agent)
		nta_agent_destroy(sip->agent);
	if (sip->root)
		su_root_destroy(sip->root);
	if (sip->initialized)
		su_deinit();
}

void
pchat_sip_free(struct pchat_sip *sip)
{
	struct psip_link *l;

	if (!sip)
		return;
	end_all(sip);
	while ((l = psip_pop(&sip->watches)))
		pchat_sip_unwatch(PSIP_OF(l, struct pchat_sip_watch, link));
	stop_library(sip);
	if (sip->attached)
		psip_shim_detach(sip);
	psip_guests_free(sip);
	psip_strangers_free(sip);
	psip_listeners_free(sip);
	pchat_hash_release(&sip->conns);
	pchat_hash_release(&sip->conns_by_address);
	pchat_hash_release(&sip->dialogs);
	pchat_vec_release(&sip->slots);
	pchat_vec_release(&sip->free_slots);
	free(sip->server);
	free(sip->fqdn);
	free(sip);
}

/* ---- the loop ---- */

uint32_t
psip_random(struct pchat_sip *sip)
{
	if (sip->n_random == 0) {
		pchat_random(sip->random, sizeof(sip->random));
		sip->n_random = PCHAT_N(sip->random);
	}
	return sip->random[--sip->n_random];
}

void
psip_reap(struct pchat_sip *sip)
{
	while (!psip_list_empty(&sip->ending_dialogs) || !psip_list_empty(&sip->ending_conns)) {
		psip_dialogs_reap(sip);
		psip_conns_reap(sip);
	}
	psip_strangers_reap(sip);
	psip_guests_reap(sip);
	psip_shim_tidy();
}

static int
wait_ms(const struct pchat_sip *sip, int timeout_ms)
{
	int tick = psip_timers_wait(sip);

	/* What handlers asked for between two passes is not to wait. */
	if (!psip_list_empty(&sip->dirty) || !psip_list_empty(&sip->ending_dialogs) ||
	    !psip_list_empty(&sip->ending_conns))
		return 0;
	return timeout_ms >= 0 && timeout_ms < tick ? timeout_ms : tick;
}

void
pchat_sip_step(struct pchat_sip *sip, int timeout_ms)
{
	/* -1 means "until something happens", and a tick is nothing to the caller: he comes back.
	 */
	long wait = wait_ms(sip, timeout_ms);

	for (int round = 0; round < ROUNDS_MAX; round++) {
		sip->events = 0;
		su_root_step(sip->root, wait);
		wait = 0;
		/* What a connection sends that is to end is still read, and kept until it has. */
		if (sip->events == 0 || !psip_list_empty(&sip->ending_conns))
			break;
	}
	psip_timers_run(sip);
	psip_queues_relieve(sip);
	psip_reap(sip);
	pchat_sip_flush(sip);
}

const struct pchat_sip_stats *
pchat_sip_stats(const struct pchat_sip *sip)
{
	return &sip->stats;
}

/* ---- descriptors of the daemon ---- */

static int
on_wakeup(struct pchat_sip *sip, su_wait_t *wait, struct pchat_sip_watch *w)
{
	int ready = su_wait_events(wait, w->fd);
	unsigned events = 0;

	sip->events++;
	if (ready & (SU_WAIT_IN | SU_WAIT_HUP | SU_WAIT_ERR))
		events |= PCHAT_SIP_READ;
	if (ready & SU_WAIT_OUT)
		events |= PCHAT_SIP_WRITE;
	w->fn(w->ctx, w->fd, events); /* may free w */
	return 0;
}

static int
mask_of(unsigned events)
{
	return (events & PCHAT_SIP_READ ? SU_WAIT_IN : 0) |
	       (events & PCHAT_SIP_WRITE ? SU_WAIT_OUT : 0);
}

enum pchat_code
pchat_sip_watch(struct pchat_sip *sip, int fd, unsigned events, pchat_sip_watch_fn *fn, void *ctx,
                struct pchat_sip_watch **ret_watch, struct pchat_err *err)
{
	struct pchat_sip_watch *w = calloc(1, sizeof(*w));
	su_wait_t wait[1] = { SU_WAIT_INIT };

	if (!w)
		return pchat_no_memory(err);
	*w = (struct pchat_sip_watch){ .sip = sip, .fn = fn, .ctx = ctx, .fd = fd };
	w->index = -1;
	if (su_wait_create(wait, fd, mask_of(events)) == 0)
		w->index = su_root_register(sip->root, wait, on_wakeup, w, 0);
	if (w->index < 0) {
		free(w);
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot watch a descriptor: %s",
		                  strerror(errno));
	}
	psip_append(&sip->watches, &w->link);
	*ret_watch = w;
	return PCHAT_OK;
}

void
pchat_sip_watch_events(struct pchat_sip_watch *w, unsigned events)
{
	(void)su_root_eventmask(w->sip->root, w->index, w->fd, mask_of(events));
}

void
pchat_sip_unwatch(struct pchat_sip_watch *w)
{
	if (!w)
		return;
	(void)su_root_deregister(w->sip->root, w->index);
	psip_unlink(&w->link);
	free(w);
}
