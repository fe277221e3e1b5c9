/*
 * Waiting for pchatd: its control socket in the store takes the line
 *	applied REVISION TIMEOUT_MS
 * and answers "ok REVISION" once what it decides by includes that revision, or
 * "timeout". The same line wakes it up.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#define PCHAT_CONTROL_SOCKET "control.sock"

/* No pchatd is running: PCHAT_OK at once. *ret_gone: it ended before it answered, so there is
 * nobody left to wait for; the next one begins with the change. PCHAT_UNAVAILABLE if it does not
 * answer in time; the change is stored nevertheless, which the message says. */
enum pchat_code pchat_wait_applied(const char *store, uint64_t revision, uint64_t timeout_ms,
                                   bool *ret_gone, struct pchat_err *err);
