/*
 * The daemon: everything it owns, and the loop that drives it. All but the threads of
 * writer, reader and feed run on the one thread of the SIP loop.
 */
#pragma once

#include "base/log.h"
#include "pchatd/channel/speaker.h"
#include "pchatd/invite.h"
#include "pchatd/mailbox.h"
#include "pchatd/metrics.h"
#include "pchatd/options.h"
#include "pchatd/view.h"
#include "wire/sip/digest.h"
#include "wire/sip/sip.h"
#include "wire/xccos/xccos.h"

struct pchat_attempts;
struct pchat_control;
struct pchat_editor;
struct pchat_feed;
struct pchat_kerberos;
struct pchat_reader;
struct pchat_session;
struct pchat_signin;
struct pchat_trail;
struct pchat_writer;

/* What all sessions together may have waiting behind commands that are with the store. */
#define PCHAT_INBOX_ALL ((size_t)64 << 20)

/* Of lines about one thing that others can bring about as often as they like. */
struct pchat_brake {
	int64_t since; /* monotonic: the second that .n counts */
	unsigned n;    /* lines, written or not */
};

/* What has to be looked at again after a change (pchatd/review.h). */
struct pchat_review {
	PCHAT_VEC(struct pchat_user *) users;
	PCHAT_VEC(struct pchat_room *) rooms;
	bool everybody; /* to be turned into .users */
};

struct pchatd {
	const struct pchat_options *opt;
	struct pchat_log *log;
	int lock_fd; /* <store>/pchatd.lock */
	struct pchat_view *view;
	char host[256]; /* name of this server */
	struct pchat_sip *sip;
	struct pchat_xccos_parser *parser;
	struct pchat_speaker speaker;
	uint32_t walk; /* serial of the last walk over people (channel/room.h) */
	struct pchat_digest_key nonce_key;
	struct pchat_attempts *attempts; /* to sign in that failed: pchatd/lockout.c */
	struct pchat_kerberos *kerberos; /* NULL: not wanted yet */
	struct pchat_trail *trail;       /* of sign-ins */
	struct pchat_brake failures, lockouts, successes, unsealed, keyless;

	struct pchat_mailbox mail; /* from the threads to the loop */
	struct pchat_sip_watch *mail_watch;
	struct pchat_writer *writer;
	struct pchat_reader *reader;
	struct pchat_feed *feed;
	struct pchat_editor *editor;
	struct pchat_letter *edits, **edits_last; /* stored, not in force yet: channel/manage.c */
	struct pchat_search *searches, **searches_last; /* not answered yet: channel/find.c */
	struct pchat_control *control;
	struct pchat_metrics metrics;
	struct pchat_metrics_server *scrape; /* NULL: not wanted */
	unsigned trace; /* unknown envelopes that are still to be dumped into the log */

	struct pchat_letter *pending, **pending_last; /* of the feed, not applied yet */
	size_t pending_at;                            /* rows of the first one that are */
	uint64_t reached;                             /* revision in force: applied and reviewed */
	struct pchat_review review;
	struct pchat_invites invites;

	struct pchat_session *sessions; /* all, newest first */
	size_t n_sessions;
	uint64_t last_session;        /* id; the next one gets the next number */
	struct pchat_signin *signins; /* connections with a user */
	struct pchat_hash presence;   /* struct pchat_presence_user by URI: pchatd/presence/ */
	struct pchat_hash followers;  /* of rooms, by guid: pchatd/presence/followed.c */
	size_t in_flight;             /* posts and jobs with the threads */
	size_t inbox_bytes;           /* of all sessions */
	struct {                      /* connections refused since the last line about them */
		uint64_t n;
		int64_t said; /* monotonic; 0: never */
	} refused[PCHAT_SIP_N_REFUSALS];

	int64_t since;           /* wall clock: when it was started */
	PCHAT_VEC(char *) bound; /* addresses it listens on: "tcp:127.0.0.1:5060"; owned */
	int signal_fd;
	struct pchat_sip_watch *signal_watch;
	enum { PCHATD_SERVING, PCHATD_DRAINING, PCHATD_CLOSING } state;
	int64_t drain_until; /* monotonic */
	int64_t told;        /* monotonic: when the service manager heard of us last */
	bool apply_failed;   /* logged once per outage */
};

/* Start everything but the listeners: take the lock, load the store, start the threads, open the
 * control socket. To be released on failure too. @opt and @log are borrowed. */
enum pchat_code pchatd_start(struct pchatd *d, const struct pchat_options *opt,
                             struct pchat_log *log, struct pchat_err *err);
/* Listen; appends a line "listening tcp:127.0.0.1:5060" for each. */
enum pchat_code pchatd_listen(struct pchatd *d, struct pchat_buf *lines, struct pchat_err *err);
/* Serve until told to stop, then drain. */
void pchatd_run(struct pchatd *d);
/* Begin to drain: no new sessions; what is on its way is delivered. */
void pchatd_drain(struct pchatd *d);
/* Octets of memory in use, as the kernel counts them; 0 if it does not tell. */
uint64_t pchat_resident(void);
void pchatd_release(struct pchatd *d);
