/*
 * Asking the pchatd that serves a store, through the control socket in it. What can be
 * asked, and what it answers, stands in pchatd/control.h; the replies are records, read
 * one after the other so that a list of any length takes constant memory.
 *
 *	PCHAT_AUTO(daemon) d = NULL;
 *	pchat_daemon_open("/var/lib/pchat", &d, err)
 *	pchat_daemon_ask(d, "sessions user=sip:amy@contoso.example", 5000, each, ctx, err)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

#define PCHAT_DAEMON_SOCKET   "control.sock"
#define PCHAT_DAEMON_LINE_MAX 511 /* octets of a question */
/* Octets of one record. A session in 4096 rooms, all of their names quoted, takes less. */
#define PCHAT_DAEMON_RECORD_MAX ((size_t)16 << 20)

struct pchat_daemon;
/* Connect. PCHAT_UNAVAILABLE with a remedy if no pchatd serves the store @path. */
enum pchat_code pchat_daemon_open(const char *path, struct pchat_daemon **ret,
                                  struct pchat_err *err);
void pchat_daemon_close(struct pchat_daemon *d);
PCHAT_AUTO_DEFINE(daemon, pchat_daemon_close)

/* A record, valid during the call. A key that is missing, or is of another type, reads as NULL, 0
 * or false. */
struct pchat_reply;
const char *pchat_reply_text(const struct pchat_reply *r, const char *key);
uint64_t pchat_reply_uint(const struct pchat_reply *r, const char *key);
bool pchat_reply_flag(const struct pchat_reply *r, const char *key);
/* The text number @i of a list; NULL past its end. */
const char *pchat_reply_item(const struct pchat_reply *r, const char *key, size_t i);
size_t pchat_reply_count(const struct pchat_reply *r, const char *key);

/* A code other than PCHAT_OK ends the reading; the connection is of no use any more then. */
typedef enum pchat_code pchat_reply_fn(void *ctx, const struct pchat_reply *r,
                                       struct pchat_err *err);

/*
 * Ask @line (without its end) and hand every record of the reply to @fn (NULL: to nobody).
 * @timeout_ms is how long pchatd may stay silent. The code and message of the daemon if it
 * refuses; PCHAT_UNAVAILABLE if it is silent or goes away; PCHAT_UNSUPPORTED if it speaks another
 * version; PCHAT_LIMIT for a line too long.
 */
enum pchat_code pchat_daemon_ask(struct pchat_daemon *d, const char *line, uint64_t timeout_ms,
                                 pchat_reply_fn *fn, void *ctx, struct pchat_err *err);
/* Wait until it has gone. False if it is still there after @timeout_ms. */
bool pchat_daemon_gone(struct pchat_daemon *d, uint64_t timeout_ms);
