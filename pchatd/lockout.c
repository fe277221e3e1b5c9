#include "pchatd/lockout.h"

#include "base/clock.h"
#include "base/text.h"
#include "pchatd/attempts.h"

/* ---- lines ---- */

static bool
may_say(struct pchatd *d, struct pchat_brake *b, const char *rest)
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

	if (may_say(d, &d->failures, "further failures to sign in"))
		pchat_log(d->log, PCHAT_LOG_NOTICE, event, "user", uri, "peer",
		          conn ? pchat_sip_conn_peer(conn) : NULL, "reason", why, NULL);
}

/* ---- delays ---- */

static uint32_t
longer(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

bool
pchat_lockout_holds(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	int64_t now = pchat_monotonic();
	uint32_t wait = pchat_attempts_wait(d->attempts, PCHAT_ATTEMPT_USER, pchat_str(uri), now);
	char room[PCHAT_ATTEMPTS_ADDRESS];
	char line[32];

	if (conn)
		wait = longer(wait, pchat_attempts_wait(
					    d->attempts, PCHAT_ATTEMPT_ADDRESS,
					    pchat_attempts_address(pchat_sip_conn_peer(conn), room),
					    now));
	if (!wait)
		return false;
	d->metrics.counters[PCHAT_COUNT_SIGNINS_HELD]++;
	snprintf(line, sizeof(line), "Retry-After: %u", wait);
	pchat_sip_reply(txn, &(struct pchat_sip_reply){
				     .status = 503,
				     .headers = (const char *const[]){ line, NULL },
			     });
	return true;
}

static void
count(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri)
{
	const struct pchat_sip_conn *conn = pchat_sip_txn_conn(txn);
	int64_t now = pchat_monotonic();
	uint32_t user = pchat_attempts_failed(d->attempts, PCHAT_ATTEMPT_USER, pchat_str(uri), now);
	uint32_t address = 0;
	char room[PCHAT_ATTEMPTS_ADDRESS];
	PCHAT_AUTO_TEXT seconds = NULL;

	if (conn)
		address = pchat_attempts_failed(
			d->attempts, PCHAT_ATTEMPT_ADDRESS,
			pchat_attempts_address(pchat_sip_conn_peer(conn), room), now);
	if (!user && !address)
		return;
	d->metrics.counters[PCHAT_COUNT_LOCKOUTS]++;
	if (!may_say(d, &d->lockouts, "further lockouts"))
		return;
	seconds = pchat_text("%u", longer(user, address));
	pchat_log(d->log, PCHAT_LOG_WARNING, "locked out", user ? "user" : "address",
	          user || !conn ? uri : pchat_sip_conn_peer(conn), "peer",
	          conn ? pchat_sip_conn_peer(conn) : NULL, "seconds", seconds, NULL);
}

void
pchat_lockout_wrong(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri, const char *why)
{
	struct pchat_signin *s = pchat_signin_of(d, txn);

	d->metrics.counters[PCHAT_COUNT_SIGNINS_WRONG]++;
	pchat_lockout_say(d, txn, "sign-in failed", uri, why);
	count(d, txn, uri);
	/* Not another challenge: the client would try the same again. */
	pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	if (s && ++s->failures >= PCHAT_LOCKOUT_FAILURES && s->conn)
		pchat_sip_conn_close(s->conn);
}

void
pchat_lockout_right(struct pchatd *d, const char *uri)
{
	/* The address keeps its count: who has an account could try others' without end. */
	pchat_attempts_forget(d->attempts, PCHAT_ATTEMPT_USER, pchat_str(uri));
	d->metrics.counters[PCHAT_COUNT_SIGNINS]++;
}
