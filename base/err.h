/*
 * Errors: one object, one table.
 *
 * A function that can fail returns enum pchat_code and fills a struct pchat_err
 * (which the caller may pass as NULL to drop the message). On success the error
 * object is untouched. The innermost cause is written first by pchat_fail();
 * each caller that knows more puts its context in front with pchat_wrap().
 *
 * Messages: lower case, names in single quotes, no full stop. The remedy is
 * kept apart in .hint, so that it can be printed on its own in JSON.
 */
#pragma once

#include <stdarg.h>

/* clang-format off */
/* The only place where a code meets its JSON word, its exit status and its SIP status.
 *        symbol       word in JSON   exit  SIP */
#define PCHAT_CODES(X)                 \
	X(OK,          "ok",           0, 200) \
	X(DIFFERS,     "differs",      1, 200) \
	X(USAGE,       "usage",        2, 400) \
	X(INVALID,     "invalid",      3, 400) \
	X(NOT_FOUND,   "not-found",    4, 404) \
	X(EXISTS,      "exists",       5, 409) \
	X(CONFLICT,    "conflict",     5, 412) \
	X(DENIED,      "denied",       6, 403) \
	X(BUSY,        "busy",         7, 503) \
	X(UNAVAILABLE, "unavailable",  8, 503) \
	X(LIMIT,       "limit",        3, 413) \
	X(UNSUPPORTED, "unsupported",  3, 501) \
	X(CORRUPT,     "corrupt",      8, 500) \
	X(NO_MEMORY,   "no-memory",   70, 500) \
	X(INTERNAL,    "internal",    70, 500)

enum pchat_code {
#define X(symbol, word, exit, sip) PCHAT_##symbol,
	PCHAT_CODES(X)
#undef X
	PCHAT_N_CODES
};
/* clang-format on */

struct pchat_err {
	enum pchat_code code;
	const char *file; /* manifest or batch file, borrowed; NULL if none */
	unsigned line;    /* 1-based; 0 if none */
	unsigned column;  /* 1-based; 0 if none */
	char *msg;        /* owned; what failed and why */
	char *hint;       /* owned; the remedy; NULL if none */
	/* The word of the command line that is wrong, borrowed; NULL: none, or not known. It is
	 * known by its address. */
	const char *word;
	char *excerpt; /* owned; lines that show the place in what was written; NULL if none */
};

/* Record a failure: drops what @err held, formats the message, returns @code. */
enum pchat_code pchat_fail(struct pchat_err *err, enum pchat_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "<context>: " in front of the message already there; returns the code of @err
 * (PCHAT_INTERNAL if @err is NULL or empty, so keep the code yourself where err may be NULL). */
enum pchat_code pchat_wrap(struct pchat_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Set or replace the remedy ("use 'pchatctl store migrate'"). No-op if @err is NULL. */
void pchat_hint(struct pchat_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Record the place the failure was found at; @file is borrowed and must outlive @err. */
void pchat_err_at(struct pchat_err *err, const char *file, unsigned line, unsigned column);

/* Record the word that is wrong, unless whoever failed has named one. */
void pchat_err_blame(struct pchat_err *err, const char *word);

/* The usual failure for a NULL from malloc and friends. Never allocates. */
enum pchat_code pchat_no_memory(struct pchat_err *err);

/* The message, never NULL ("out of memory" if it could not be stored). */
const char *pchat_err_text(const struct pchat_err *err);

/* Free what @err owns and make it empty. NULL is allowed. */
void pchat_err_release(struct pchat_err *err);

const char *pchat_code_word(enum pchat_code code); /* "not-found" */
int pchat_code_exit(enum pchat_code code);         /* process exit status */
int pchat_code_sip(enum pchat_code code);          /* SIP response status */
