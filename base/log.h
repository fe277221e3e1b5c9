/*
 * Structured log: one line per event, logfmt or JSON, written by the daemon only
 * (libraries never log). Message bodies and secrets are never passed in.
 *
 *	pchat_log(log, PCHAT_LOG_NOTICE, "session opened",
 *		  "user", uri, "peer", addr, NULL);
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum pchat_log_level {
	PCHAT_LOG_ERROR,
	PCHAT_LOG_WARNING,
	PCHAT_LOG_NOTICE,
	PCHAT_LOG_INFO,
	PCHAT_LOG_DEBUG,
};

struct pchat_log;

/* @path NULL: standard error. @json: JSON lines instead of logfmt. */
enum pchat_code pchat_log_open(const char *path, enum pchat_log_level level, bool json,
                               struct pchat_log **ret_log, struct pchat_err *err);
void pchat_log_free(struct pchat_log *log);
/* Close and open the file again (after a rotation). No-op on standard error. */
enum pchat_code pchat_log_reopen(struct pchat_log *log, struct pchat_err *err);
bool pchat_log_wants(const struct pchat_log *log, enum pchat_log_level level);
/* Key/value pairs of strings, ended by NULL; a NULL value leaves its pair out. Thread-safe. */
void pchat_log(struct pchat_log *log, enum pchat_log_level level, const char *event, ...)
	__attribute__((sentinel));
bool pchat_log_level_parse(const char *word, enum pchat_log_level *ret);
