/*
 * A load generator for the chat: many users, raw sockets, one epoll loop. It speaks just
 * as much SIP and XCCOS as it takes to join a room, post, and answer what is delivered; it
 * uses none of the server's own code for that, so that it cannot share its mistakes.
 */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"

#include <openssl/types.h>

#define LOAD_USERS_MAX 200000
#define LOAD_TEXT_MAX  60000 /* octets of one message */
#define LOAD_SETUP     64    /* dialogs that are being set up at a time */
#define LOAD_RECV      65536
#define LOAD_STAMP     "<chat>pchat-bench " /* our messages start so */

enum load_state {
	LOAD_IDLE,
	LOAD_REGISTERING,
	LOAD_INVITING,
	LOAD_JOINING,
	LOAD_JOINED,
	LOAD_DEAD,
};

struct load;
struct load_ticket;

/* One connection; carries one dialog or many. */
struct load_conn {
	struct load *load;
	int fd;
	SSL *ssl;                   /* NULL: plain TCP */
	struct load_ticket *ticket; /* NULL: nothing is signed */
	bool waits;                 /* EPOLLOUT is armed */
	bool dirty;                 /* has output, is on the list to be flushed */
	struct load_conn *next_dirty;
	char local[64]; /* host:port of our end */
	struct pchat_buf in, out;
	size_t in_at, out_at;
};

struct load_dialog {
	struct load_conn *conn;
	unsigned index;
	enum load_state state;
	uint32_t cseq;
	uint32_t envid;
	char *remote;     /* Request-URI inside the dialog, from Contact */
	char *tag;        /* of the server, from To */
	uint64_t chat_id; /* of the last delivery */
	unsigned step;    /* of signing in */
};

struct load_options {
	char *host;
	const char *port;
	unsigned pid;      /* of the server; 0: do not measure it */
	const char *pool;  /* SIP URI to invite */
	const char *room;  /* ma-chan://domain/value */
	const char *users; /* sip:user%d@domain */
	unsigned first;    /* number of the first user */
	unsigned n;
	unsigned connections; /* 0: one per user */
	unsigned messages;
	unsigned rate;   /* posts a second; 0: flat out */
	unsigned window; /* flat out: posts not yet delivered to all */
	unsigned senders;
	unsigned size;      /* octets of the text */
	unsigned timeout;   /* seconds without progress until we give up */
	unsigned reg;       /* 1: REGISTER first */
	unsigned tls;       /* 1: connections are encrypted */
	const char *keytab; /* of the users: they sign in by Kerberos; NULL: they do not */
	const char *target; /* host their tickets are for */
	unsigned searches;  /* usersrch of the last user with every post */
	const char *search; /* for this */
	unsigned rooms;     /* sign in as a client with so many rooms does; 0: join .room alone */
	unsigned team;      /* users that share the same rooms */
};

struct load {
	struct load_options opt;
	int epoll;
	SSL_CTX *tls; /* NULL: plain TCP */
	struct load_conn *conns;
	struct load_dialog *dialogs;
	struct load_conn *dirty; /* those with output */
	bool measuring;          /* deliveries count */

	size_t started, joined, dead;
	uint64_t branch;
	uint64_t posted, acknowledged; /* posts; rpl:grpchat 200 */
	uint64_t delivered, duplicates, lost, reordered;
	uint64_t other;  /* requests of the server that are no delivery of ours: notices, replies */
	uint64_t errors; /* refusals, malformed messages, closed connections */
	int64_t last;    /* monotonic time of the last sign of life */
	PCHAT_VEC(uint32_t) latency; /* microseconds, one per delivery */
};

/* ---- conn.c: sockets ---- */

/* Connect all; false after saying why on standard error. */
bool load_connect(struct load *l);
void load_disconnect(struct load *l);
/* There is output in c->out. */
void load_dirty(struct load_conn *c);
/* One round: wait at most @ms for events, read, handle, write. False if epoll failed. */
bool load_round(struct load *l, int ms);
/* Count a fault; true if it is one of the first, which are told. */
bool load_fault(struct load *l);
#define load_complain(l, fmt, ...)                                                           \
	do {                                                                                 \
		if (load_fault(l))                                                           \
			fprintf(stderr, "bench_chat: " fmt "\n" __VA_OPT__(, ) __VA_ARGS__); \
	} while (0)

/* ---- secure.c: what carries the octets ---- */

bool load_secure_init(struct load *l);
void load_secure_release(struct load *l);
/* The handshake over a blocking socket; false with errno set. Nothing to do without --tls. */
bool load_secure_start(struct load_conn *c);
void load_secure_end(struct load_conn *c);
/* recv() and send() without waiting. */
ssize_t load_read(struct load_conn *c, void *to, size_t n);
ssize_t load_write(struct load_conn *c, const void *from, size_t n);
/* There is something to read of which epoll knows nothing. */
bool load_has_more(const struct load_conn *c);

/* ---- dialog.c: what is sent ---- */

/* Open the next dialogs as long as not too many are under way. */
void load_start_dialogs(struct load *l);
/* The server wants to know who it is: answer by a ticket. */
void load_prove(struct load_dialog *d);
void load_ack_and_join(struct load_dialog *d);
void load_invite(struct load_dialog *d);
/* The next of what a client asks when it signs in; joined when nothing is left. */
void load_sign_in(struct load_dialog *d);
void load_post(struct load_dialog *d, uint64_t seq);
/* usersrch, for .search. */
void load_search(struct load_dialog *d);
void load_bye(struct load_dialog *d);

/* ---- message.c: what is received ---- */

/* Handle all complete messages in c->in. False if the stream is beyond repair. */
bool load_receive(struct load_conn *c);

/* ---- meter.c: what the server takes ---- */

struct load_usage {
	double cpu;          /* seconds, all threads */
	double user, system; /* the same by clock ticks */
	unsigned long rss;   /* KiB */
};
bool load_usage(unsigned pid, struct load_usage *ret);
