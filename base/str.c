#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct pchat_str
pchat_str(const char *text)
{
	return (struct pchat_str){ text, text ? strlen(text) : 0 };
}

bool
pchat_str_eq(struct pchat_str a, struct pchat_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
pchat_str_is(struct pchat_str a, const char *text)
{
	return pchat_str_eq(a, pchat_str(text));
}

bool
pchat_str_ieq(struct pchat_str a, struct pchat_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
pchat_str_iis(struct pchat_str a, const char *text)
{
	return pchat_str_ieq(a, pchat_str(text));
}

bool
pchat_str_starts(struct pchat_str s, const char *prefix)
{
	struct pchat_str p = pchat_str(prefix);

	return s.n >= p.n && pchat_str_eq((struct pchat_str){ s.p, p.n }, p);
}

bool
pchat_str_istarts(struct pchat_str s, const char *prefix)
{
	struct pchat_str p = pchat_str(prefix);

	return s.n >= p.n && pchat_str_ieq((struct pchat_str){ s.p, p.n }, p);
}

struct pchat_str
pchat_str_trim(struct pchat_str s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct pchat_str
pchat_str_cut(struct pchat_str s, char sep, struct pchat_str *rest)
{
	const char *at = s.n > 0 ? memchr(s.p, sep, s.n) : NULL;
	size_t n;

	if (!at) {
		*rest = (struct pchat_str){ 0 };
		return s;
	}
	n = (size_t)(at - s.p);
	*rest = (struct pchat_str){ at + 1, s.n - n - 1 };
	return (struct pchat_str){ s.p, n };
}

char *
pchat_str_dup(struct pchat_str s)
{
	char *copy = s.n < SIZE_MAX ? malloc(s.n + 1) : NULL;

	if (!copy)
		return NULL;
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

bool
pchat_str_uint(struct pchat_str s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9 || digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

char *
pchat_text(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}
