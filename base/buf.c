#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Octets of the first allocation: a short header or a log line. */
#define BUF_FIRST 120
/* Digits of UINT64_MAX and a sign. */
#define BUF_DIGITS 21

void
pchat_buf_release(struct pchat_buf *b)
{
	if (!b)
		return;
	free(b->p);
	*b = (struct pchat_buf){ .max = b->max };
}

void
pchat_buf_clear(struct pchat_buf *b)
{
	b->n = 0;
	b->failed = b->over = false;
	if (b->p)
		b->p[0] = '\0';
}

static bool
fail(struct pchat_buf *b, bool over)
{
	b->failed = true;
	b->over = over;
	return false;
}

bool
pchat_buf_reserve(struct pchat_buf *b, size_t more)
{
	size_t want = b->cap ? b->cap : BUF_FIRST;
	size_t need;
	char *p;

	if (b->failed)
		return false;
	if (b->max && (b->n > b->max || more > b->max - b->n))
		return fail(b, true);
	if (b->cap > b->n && more < b->cap - b->n)
		return true;
	if (more > SIZE_MAX / 2 - b->n - 1)
		return fail(b, false);
	need = b->n + more + 1; /* at most half the address space: doubling cannot wrap */
	while (want < need)
		want *= 2;
	p = realloc(b->p, want);
	if (!p)
		return fail(b, false);
	if (!b->p)
		p[0] = '\0';
	b->p = p;
	b->cap = want;
	return true;
}

/* Is there memory for @more octets already? Asked for every append, so kept apart from what
 * happens if there is none. */
static inline bool
has_room(const struct pchat_buf *b, size_t more)
{
	return b->cap > b->n && more < b->cap - b->n && b->max == 0 && !b->failed;
}

void
pchat_buf_add(struct pchat_buf *b, const void *p, size_t n)
{
	if (n == 0 || (!has_room(b, n) && !pchat_buf_reserve(b, n)))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
pchat_buf_str(struct pchat_buf *b, struct pchat_str s)
{
	pchat_buf_add(b, s.p, s.n);
}

void
pchat_buf_text(struct pchat_buf *b, const char *text)
{
	if (text)
		pchat_buf_add(b, text, strlen(text));
}

void
pchat_buf_char(struct pchat_buf *b, char c)
{
	if (!has_room(b, 1) && !pchat_buf_reserve(b, 1))
		return;
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

void
pchat_buf_uint(struct pchat_buf *b, uint64_t v)
{
	char digits[BUF_DIGITS];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	pchat_buf_add(b, digits + at, sizeof(digits) - at);
}

void
pchat_buf_int(struct pchat_buf *b, int64_t v)
{
	if (v < 0)
		pchat_buf_char(b, '-');
	pchat_buf_uint(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
pchat_buf_printf(struct pchat_buf *b, const char *fmt, ...)
{
	size_t room = b->cap > b->n && !b->failed ? b->cap - b->n : 0;
	va_list ap;
	int n;

	if (b->failed)
		return;
	va_start(ap, fmt);
	n = vsnprintf(room ? b->p + b->n : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0 || !pchat_buf_reserve(b, (size_t)n)) {
		/* What was cut off at the end of the memory is no part of the content. */
		if (room)
			b->p[b->n] = '\0';
		b->failed = true;
		return;
	}
	if ((size_t)n >= room) {
		va_start(ap, fmt);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += (size_t)n;
}

bool
pchat_buf_ok(const struct pchat_buf *b)
{
	return !b->failed;
}

enum pchat_code
pchat_buf_check(const struct pchat_buf *b, struct pchat_err *err)
{
	if (!b->failed)
		return PCHAT_OK;
	if (!b->over)
		return pchat_no_memory(err);
	return pchat_fail(err, PCHAT_LIMIT, "text is longer than %zu octets", b->max);
}

struct pchat_str
pchat_buf_view(const struct pchat_buf *b)
{
	return (struct pchat_str){ b->p, b->n };
}

const char *
pchat_buf_cstr(const struct pchat_buf *b)
{
	return b->p ? b->p : "";
}

char *
pchat_buf_take(struct pchat_buf *b)
{
	struct pchat_buf old;

	pchat_buf_reserve(b, 0); /* an empty buffer gives an empty string */
	old = *b;
	*b = (struct pchat_buf){ .max = old.max, .failed = old.failed, .over = old.over };
	if (!old.failed)
		return old.p;
	free(old.p);
	return NULL;
}
