/*
 * A growing text buffer that remembers its own failures: append without
 * checking, ask pchat_buf_ok() once at the end. After a failure appends do
 * nothing. { 0 } is a valid empty buffer. The content is always terminated.
 */
#pragma once

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

struct pchat_buf {
	char *p;
	size_t n; /* octets in use, without the terminator */
	size_t cap;
	size_t max; /* refuse to grow past this many octets; 0 = no limit */
	bool failed;
	bool over; /* what failed was @max, not memory */
};

/* Free the memory; the buffer is empty again, @max stays. NULL is allowed. */
void pchat_buf_release(struct pchat_buf *b);
PCHAT_AUTO_VALUE_DEFINE(buf, pchat_buf_release)

void pchat_buf_clear(struct pchat_buf *b); /* empty, keeps the memory, forgets a failure */
/* Room for @more further octets and the terminator; false (and remembered) if there is none. */
bool pchat_buf_reserve(struct pchat_buf *b, size_t more);
/* @p must not point into the buffer itself. */
void pchat_buf_add(struct pchat_buf *b, const void *p, size_t n);
void pchat_buf_str(struct pchat_buf *b, struct pchat_str s);
void pchat_buf_text(struct pchat_buf *b, const char *text); /* NULL adds nothing */
void pchat_buf_char(struct pchat_buf *b, char c);
void pchat_buf_uint(struct pchat_buf *b, uint64_t v);
void pchat_buf_int(struct pchat_buf *b, int64_t v);
void pchat_buf_printf(struct pchat_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define pchat_buf_lit(b, literal) pchat_buf_add((b), (literal), sizeof(literal) - 1)

bool pchat_buf_ok(const struct pchat_buf *b);
/* PCHAT_NO_MEMORY or PCHAT_LIMIT into @err if an append failed. */
enum pchat_code pchat_buf_check(const struct pchat_buf *b, struct pchat_err *err);
struct pchat_str pchat_buf_view(const struct pchat_buf *b);
const char *pchat_buf_cstr(const struct pchat_buf *b); /* never NULL */
/* The content as a malloc'ed string; the buffer is empty afterwards. NULL after a failure,
 * which stays on record for pchat_buf_check(). */
char *pchat_buf_take(struct pchat_buf *b);
