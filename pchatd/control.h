/*
 * The control socket, <store>/control.sock (mode 0600): lines in, one line back for
 * each.
 *
 *	ping                    ok
 *	status                  ok sessions=N connections=N revision=N
 *	applied REV TIMEOUT_MS  ok REV, once revision REV is in force here; else timeout
 *	anything else           error TEXT
 */
#pragma once

#include "pchatd/server.h"

#define PCHAT_CONTROL_CLIENTS 64
#define PCHAT_CONTROL_LINE    512              /* octets of a line */
#define PCHAT_CONTROL_WAIT_MS UINT64_C(600000) /* longest TIMEOUT_MS */

/* Take <store>/pchatd.lock for as long as the process lives. PCHAT_BUSY: another pchatd has it. */
enum pchat_code pchat_control_lock(const char *store_path, int *ret_fd, struct pchat_err *err);

enum pchat_code pchat_control_open(struct pchatd *d, struct pchat_control **ret,
                                   struct pchat_err *err);
/* Answer those whose revision has come or whose time is up. Returns the milliseconds until the next
 * time is up; -1 if nobody waits. */
int pchat_control_step(struct pchat_control *c);
/* Removes the socket. NULL is allowed. */
void pchat_control_close(struct pchat_control *c);
