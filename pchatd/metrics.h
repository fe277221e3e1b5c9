/*
 * What the daemon counts, for "pchatctl server metrics" and for Prometheus: counters that
 * the code adds to as things happen, and gauges that are read off when somebody asks.
 * Belongs to the SIP loop.
 */
#pragma once

#include "base/buf.h"
#include "wire/sip/sip.h"
#include "wire/xccos/xccos.h"

struct pchatd;

/* clang-format off */
/*       symbol             name                              meaning */
#define PCHAT_COUNTERS(X)                                                                             \
	X(SESSIONS_OPENED,  "pchat_sessions_opened_total",    "sessions opened")                       \
	X(MESSAGES_IN,      "pchat_messages_in_total",        "messages (INFO) taken from clients")    \
	X(MESSAGES_OUT,     "pchat_messages_out_total",       "messages (INFO) handed to sessions")    \
	X(POSTS,            "pchat_posts_total",              "messages to rooms that were stored")    \
	X(POSTS_FAILED,     "pchat_posts_failed_total",       "messages to rooms that could not be stored") \
	X(DELIVERIES,       "pchat_deliveries_total",         "copies of messages handed to sessions") \
	X(TOO_FAST,         "pchat_too_fast_total",           "messages refused because their session sent too many") \
	X(OVERLOADED,       "pchat_overloaded_total",         "messages refused because a queue was full") \
	X(ENVELOPES_BAD,    "pchat_envelopes_refused_total",  "messages refused because they could not be read") \
	X(ENVELOPES_ODD,    "pchat_envelopes_odd_total",      "messages with something in them that was not known") \
	X(SIGNINS,          "pchat_signins_total",            "proofs of identity that were right")    \
	X(SIGNINS_WRONG,    "pchat_signins_refused_total",    "proofs of identity that were wrong")    \
	X(SIGNINS_HELD,     "pchat_signins_held_total",       "attempts to sign in refused because of failures before") \
	X(LOCKOUTS,         "pchat_lockouts_total",           "delays imposed on users or addresses after failures") \
	X(PEERS_REFUSED,    "pchat_peers_refused_total",      "requests of peers that are not trusted as they claim")
/* clang-format on */

enum pchat_counter {
#define X(symbol, name, help) PCHAT_COUNT_##symbol,
	PCHAT_COUNTERS(X)
#undef X
		PCHAT_N_COUNTERS
};

/* Times a store took, from putting a job into the queue until its result was looked at. */
#define PCHAT_BUCKETS 12
enum pchat_clocked { PCHAT_CLOCKED_WRITE, PCHAT_CLOCKED_READ, PCHAT_N_CLOCKED };
struct pchat_histogram {
	uint64_t buckets[PCHAT_BUCKETS]; /* those that took longer than the last only count in .n */
	uint64_t n, sum;                 /* microseconds */
	uint64_t last;
};

/* { 0 } is where all begins. */
struct pchat_metrics {
	uint64_t counters[PCHAT_N_COUNTERS];
	uint64_t commands[PCHAT_XCCOS_N_CMDS];
	uint64_t refused[PCHAT_SIP_N_DIAGS]; /* INVITE, by what they were told */
	uint64_t ended[PCHAT_SIP_N_ENDS];    /* sessions, by why */
	uint64_t conns_refused[PCHAT_SIP_N_REFUSALS];
	struct pchat_histogram clocked[PCHAT_N_CLOCKED];
};

void pchat_metrics_clock(struct pchat_metrics *m, enum pchat_clocked what, int64_t microseconds);

/* One value. Texts live during the call. */
struct pchat_sample {
	const char *name; /* pchat_sessions */
	const char *type; /* counter, gauge, histogram; NULL: a further sample of the one before */
	const char *help;
	const char *suffix;              /* _bucket, _sum, _count of a histogram; else "" */
	const char *label, *label_value; /* NULL: none */
	const char *value;
};
typedef void pchat_sample_fn(void *ctx, const struct pchat_sample *s);
/* Every value there is, those of one name together. */
void pchat_metrics_each(struct pchatd *d, pchat_sample_fn *fn, void *ctx);
/* All of it as Prometheus reads it (text format 0.0.4), appended to @out. */
void pchat_metrics_text(struct pchatd *d, struct pchat_buf *out);

/*
 * The same over HTTP: GET /metrics at a loopback address. A few clients at a time, one request
 * each, bounded in size and time.
 */
struct pchat_metrics_server;
/* @spec "HOST:PORT", port 0 picks one; *bound (owned by the server) is where it listens. */
enum pchat_code pchat_metrics_open(struct pchatd *d, const char *spec,
                                   struct pchat_metrics_server **ret, struct pchat_err *err);
const char *pchat_metrics_bound(const struct pchat_metrics_server *s);
/* Drop those that stall; milliseconds until the next look, -1 if there is nobody. NULL is allowed.
 */
int pchat_metrics_step(struct pchat_metrics_server *s);
void pchat_metrics_close(struct pchat_metrics_server *s);
