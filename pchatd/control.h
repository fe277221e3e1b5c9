/*
 * The control socket, <store>/control.sock (mode 0600): lines in, replies back in their
 * order.
 *
 * Answered with one line of words:
 *
 *	ping                    ok
 *	status                  ok sessions=N connections=N revision=N
 *	applied REV TIMEOUT_MS  ok REV, once revision REV is in force here; else timeout
 *	anything else           error TEXT
 *
 * Answered with records, one JSON object a line, between a first and a last line:
 *
 *	server                  {"control":1,"reply":"server"}
 *	metrics                 {"state":"serving","sessions":2,...}
 *	trace N [by=NAME]
 *	drain [by=NAME]
 *	sessions [FILTER]...    {"end":true,"records":1}
 *	kick FILTER... [by=NAME]
 *	signins [user=sip:USER@DOMAIN]
 *
 * The last line of one that cannot be carried out, and the only one if nothing was found out
 * before, is {"error":{"code":"not-found","message":"..."}} with a word of base/err.h. FILTER
 * is id=N, user=sip:USER@DOMAIN or room=GUID, all of which have to fit; "kick all" needs none.
 * Sessions come newest first; the list may miss those that come while it is written.
 *
 * "signins" tells what is kept of who signed in and who failed to, newest first (pchatd/trail.h).
 *
 * "trace" dumps the next N envelopes that are not understood into the log, and 0 ends that.
 *
 * "control" is the version of these replies: 1. New commands and new keys may come without a
 * new version; a reader skips keys it does not know.
 *
 * A peer that takes nothing of its reply for PCHAT_CONTROL_STALL_MS, or leaves a line
 * unfinished for as long, is dropped; what it is sent is made as it reads, so that it costs
 * PCHAT_CONTROL_AHEAD octets and one record at most.
 */
#pragma once

#include "pchatd/server.h"

#define PCHAT_CONTROL_VERSION  1
#define PCHAT_CONTROL_CLIENTS  64
#define PCHAT_CONTROL_LINE     512              /* octets of a line */
#define PCHAT_CONTROL_WAIT_MS  UINT64_C(600000) /* longest TIMEOUT_MS */
#define PCHAT_CONTROL_STALL_MS 5000
#define PCHAT_CONTROL_AHEAD    65536 /* octets of a reply made before the peer reads on */
#define PCHAT_TRACE_MAX        1000  /* envelopes dumped by one request */
#define PCHAT_CONTROL_ROOMS    4096  /* rooms named in the record of a session */

/* Take <store>/pchatd.lock for as long as the process lives. PCHAT_BUSY: another pchatd has it. */
enum pchat_code pchat_control_lock(const char *store_path, int *ret_fd, struct pchat_err *err);

enum pchat_code pchat_control_open(struct pchatd *d, struct pchat_control **ret,
                                   struct pchat_err *err);
/* Answer those whose revision has come or whose time is up, go on with replies. Returns the
 * milliseconds until the next time is up; -1 if nobody waits. */
int pchat_control_step(struct pchat_control *c);
/* @s is about to leave the list of sessions. @c may be NULL. */
void pchat_control_forget(struct pchat_control *c, const struct pchat_session *s);
/* Removes the socket. NULL is allowed. */
void pchat_control_close(struct pchat_control *c);
