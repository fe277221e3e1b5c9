/*
 * An agent and raw sockets in one thread: what a test sends and what comes back
 * is text, the agent is stepped while waiting. Every wait ends at a deadline and
 * fails the test then.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/sip/sip.h"

#define RIG_DEADLINE (10 * PCHAT_SECOND)

struct rig {
	struct pchat_sip *sip;
	struct pchat_sip_handlers handlers;
	struct pchat_buf events; /* one line per handler call */
	char spec[80];           /* tcp:127.0.0.1:PORT */
	uint16_t port;
	uint16_t tls_port;

	/* What the handlers do. */
	bool defer;                          /* keep requests in .txn */
	int status;                          /* of answers to what is no INVITE; 0 = 200 */
	const struct pchat_sip_reply *reply; /* instead of an empty one */
	uint32_t session_expires;
	const char *peer;      /* what the peers of connections to come are called; NULL: nothing */
	uint32_t keep_seconds; /* of the listener: before rig_start() */
	void (*on_info)(struct rig *rig, struct pchat_sip_dialog *d);
	void (*on_closed)(struct rig *rig, struct pchat_sip_dialog *d);

	/* What they saw last. */
	struct pchat_sip_txn *txn;
	struct pchat_sip_conn *conn;
	struct pchat_sip_dialog *dialog;
	unsigned n_closed, n_conn_closed, n_confirmed, n_lost, n_moved;
};

void rig_start(struct rig *rig, const struct pchat_sip_options *opt);
void rig_listen_tls(struct rig *rig, const char *dir);
void rig_stop(struct rig *rig);
/* Step once, waiting at most a few milliseconds. */
void rig_step(struct rig *rig);
/* Step until the event log contains @text. */
void rig_wait(struct rig *rig, const char *text);
/* Step while @condition does not hold. */
#define rig_until(rig, condition)                                              \
	do {                                                                   \
		int64_t end_ = pchat_monotonic() + RIG_DEADLINE;               \
		while (!(condition)) {                                         \
			if (pchat_monotonic() > end_)                          \
				fail_msg("never: %s\nevents:\n%s", #condition, \
				         pchat_buf_cstr(&(rig)->events));      \
			rig_step(rig);                                         \
		}                                                              \
	} while (0)
/* The event log so far, which is empty afterwards; valid until the next call. */
const char *rig_events(struct rig *rig);

/* A raw client connection. */
struct peer {
	struct rig *rig;
	int fd;
	struct pchat_buf in;
	size_t used; /* octets of the message handed out last */
	bool eof;
	uint16_t port;
	char tag[32]; /* the server's, from the 200 to INVITE */
	char call_id[32];
	char user[32];
	unsigned cseq;
};

/* One message; valid until the next peer_read(). */
struct message {
	char *start; /* first line */
	char *head;  /* all of it up to the empty line */
	struct pchat_str body;
	int status; /* 0: a request */
};

void peer_open(struct peer *p, struct rig *rig, const char *user);
void peer_close(struct peer *p);
void peer_send(struct peer *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void peer_send_raw(struct peer *p, const void *data, size_t n);
/* The next message of the server. */
struct message peer_read(struct peer *p);
/* The same, if one comes before the end of @steps steps. */
bool peer_try(struct peer *p, struct message *ret, unsigned steps);
/* Read until the server has closed; fails if it does not. */
void peer_expect_eof(struct peer *p);
/* Value of a header of @m, copied; NULL if absent. Valid until the next call. */
const char *message_header(const struct message *m, const char *name);

/* The forms of pidgin-sipe. */
void peer_register(struct peer *p);         /* and the answer read */
struct message peer_invite(struct peer *p); /* up to the answer */
void peer_ack(struct peer *p);
void peer_dialog(struct peer *p); /* INVITE, 200, ACK, confirmed */
void peer_request(struct peer *p, const char *method, const char *type, const char *body);
void peer_answer(struct peer *p, const struct message *request, const char *status_line,
                 const char *more);
