/*
 * What signing in, and failing to, leads to: a line in the log, an entry of the trail
 * (pchatd/trail.h), a count, a delay (pchatd/attempts.h), the end of the connection. Every
 * mechanism comes through here.
 */
#pragma once

#include "pchatd/signin.h"

/* Lines a second about failures; those beyond are counted in one line. */
#define PCHAT_LOCKOUT_LINES    10
#define PCHAT_LOCKOUT_FAILURES 5 /* on one connection, then it is closed */

/* May there be another line about what @b counts? At most PCHAT_LOCKOUT_LINES a second; those
 * beyond are counted in one line, @rest. */
bool pchat_brake_lets(struct pchatd *d, struct pchat_brake *b, const char *rest);
/* Must whoever wants to sign in as @uri on the connection of @txn wait? Then @txn has been answered
 * 503 with Retry-After. Not if he is signed in there. To be asked before the proof is looked at,
 * and again if there was time in between: many attempts may be on their way at once. */
bool pchat_lockout_holds(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri);
/* The proof was wrong: answers 403 and, the fifth time, ends the connection. @why for the log. */
void pchat_lockout_wrong(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri,
                         const char *why);
/* It was right, but he may not sign in: answers 403. His failures stay as they are. @why for the
 * log and the trail. */
void pchat_lockout_barred(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri,
                          const char *why);
/* It was right. To be called before the connection is bound to him. */
void pchat_lockout_right(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri);
/* Log @event about @txn, unless there is too much of the kind. */
void pchat_lockout_say(struct pchatd *d, struct pchat_sip_txn *txn, const char *event,
                       const char *uri, const char *why);
