#include "pchatd/lockout.h"

#include "base/clock.h"
#include "base/text.h"
#include "pchatd/attempts.h"
#include "pchatd/trail.h"

/* ---- lines ---- */

bool
pchat_brake_lets(struct pchatd *d, struct pchat_brake *b, const char *rest)
{
	int64_t now = pchat_monotonic();
	PCHAT_AUTO_TEXT n = NULL;

	if (now >= b->since + PCHAT_SECOND) {
		if (b->n > PCHAT_LOCKOUT_LINES) {
			n = pchat_text("%u", b->n - PCHAT_LOCKOUT_LINES);
			pchat_log(d->log, PCHAT_LOG_WARNING, rest, "count", n, NULL);
		}
		*b = (struct pchat_brake){ .since = now };
	}
	return ++b->n <= PCHAT_LOCKOUT_LINES;
}

void
pchat_lockout_say(struct pchatd *d, struct pchat_sip_txn *txn, const char *event, const char *uri,
                  const char *why)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);

	if (pchat_brake_lets(d, &d->failures, "further failures to sign in"))
		pchat_log(d->log, PCHAT_LOG_NOTICE, event, "user", uri, "peer",
		          conn ? pchat_sip_conn_peer(conn) : NULL, "reason", why, NULL);
}

/* ---- delays ---- */

/* Who wants to sign in as @uri, and from where; @room holds part of it. */
static struct pchat_attempter
attempter(struct pchat_sip_txn *txn, const char *uri, char room[PCHAT_ATTEMPTS_ADDRESS])
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	struct pchat_attempter who = { .user = pchat_str(uri) };

	if (conn)
		who.address = pchat_attempts_address(pchat_sip_conn_peer(conn), room);
	return who;
}

/* On a connection he is signed in on nobody else can try anything. */
static bool
is_signed_in(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri)
{
	const struct pchat_signin *s = pchat_signin_of(d, txn);

	return s && s->user && strcmp(s->user->uri, uri) == 0;
}

bool
pchat_lockout_holds(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri)
{
	char room[PCHAT_ATTEMPTS_ADDRESS];
	struct pchat_attempter who = attempter(txn, uri, room);
	uint32_t wait = pchat_attempts_hold(d->attempts, &who, pchat_monotonic());
	char line[32];

	if (!wait || is_signed_in(d, txn, uri))
		return false;
	d->metrics.counters[PCHAT_COUNT_SIGNINS_HELD]++;
	snprintf(line, sizeof(line), "Retry-After: %u", wait);
	pchat_sip_reply(txn, &(struct pchat_sip_reply){
				     .status = 503,
				     .headers = (const char *const[]){ line, NULL },
			     });
	return true;
}

/* What is held against whom, most particular first. */
static const char *const held[] = {
	[PCHAT_ATTEMPT_PAIR] = "this user from this address",
	[PCHAT_ATTEMPT_ADDRESS] = "this address",
	[PCHAT_ATTEMPT_USER] = "this user from addresses he never signed in from",
};

static void
say_locked(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri, enum pchat_attempt_of of,
           uint32_t delay)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	const char *peer = conn ? pchat_sip_conn_peer(conn) : NULL;
	PCHAT_AUTO_TEXT seconds = pchat_text("%u", delay);

	d->metrics.counters[PCHAT_COUNT_LOCKOUTS]++;
	pchat_trail_add(d->trail, PCHAT_TRAIL_LOCKED, uri, peer, held[of]);
	if (pchat_brake_lets(d, &d->lockouts, "further lockouts"))
		pchat_log(d->log, PCHAT_LOG_WARNING, "locked out", "user", uri, "peer", peer,
		          "reason", held[of], "seconds", seconds, NULL);
}

static void
count(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri)
{
	char room[PCHAT_ATTEMPTS_ADDRESS];
	struct pchat_attempter who = attempter(txn, uri, room);

	for (size_t i = 0; i < PCHAT_N(held); i++) {
		enum pchat_attempt_of of = (enum pchat_attempt_of)i;
		uint32_t delay;

		if (of != PCHAT_ATTEMPT_USER && !who.address.n)
			continue;
		delay = pchat_attempts_failed(d->attempts, of, &who, pchat_monotonic());
		if (delay)
			say_locked(d, txn, uri, of, delay);
	}
}

void
pchat_lockout_wrong(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri, const char *why)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	struct pchat_signin *s = pchat_signin_of(d, txn);

	d->metrics.counters[PCHAT_COUNT_SIGNINS_WRONG]++;
	pchat_trail_add(d->trail, PCHAT_TRAIL_WRONG, uri, conn ? pchat_sip_conn_peer(conn) : NULL,
	                why);
	pchat_lockout_say(d, txn, "sign-in failed", uri, why);
	count(d, txn, uri);
	/* Not another challenge: the client would try the same again. */
	pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	if (s && ++s->failures >= PCHAT_LOCKOUT_FAILURES && s->conn)
		pchat_sip_conn_close(s->conn);
}

void
pchat_lockout_barred(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri, const char *why)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);

	pchat_trail_add(d->trail, PCHAT_TRAIL_BARRED, uri, conn ? pchat_sip_conn_peer(conn) : NULL,
	                why);
	pchat_lockout_say(d, txn, "sign-in refused", uri, why);
	pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
}

void
pchat_lockout_right(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	char room[PCHAT_ATTEMPTS_ADDRESS];
	struct pchat_attempter who = attempter(txn, uri, room);

	pchat_attempts_right(d->attempts, &who, pchat_monotonic());
	d->metrics.counters[PCHAT_COUNT_SIGNINS]++;
	pchat_trail_add(d->trail, PCHAT_TRAIL_RIGHT, uri, conn ? pchat_sip_conn_peer(conn) : NULL,
	                NULL);
	/* A connection that is signed in and proves it again is no news. */
	if (!is_signed_in(d, txn, uri) && pchat_brake_lets(d, &d->successes, "further sign-ins"))
		pchat_log(d->log, PCHAT_LOG_NOTICE, "signed in", "user", uri, "peer",
		          conn ? pchat_sip_conn_peer(conn) : NULL, NULL);
}
