#include "wire/sip/guard.h"

#include <stdbool.h>

#include "base/str.h"

/* Blank lines before a message are keep-alives. */
static size_t
keep_alive(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == '\r' || p[i] == '\n'))
		i++;
	return i;
}

/* Lists and parameters cost the square of their number, too. Usual heads are not even looked at. */
static bool
too_many_items(const char *p, size_t n)
{
	enum { USUAL = 1024 };
	unsigned items = 0;

	if (n <= USUAL)
		return false;
	for (size_t i = 0; i < n; i++)
		items += p[i] == ',' || p[i] == ';';
	return items > PSIP_ITEMS_MAX;
}

/* What a first line begins with: a character of a token (RFC 3261 section 25.1). TLS, for one, does
 * not, and would be waited for until it says more. */
static bool
begins_well(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-.!%*_+`'~", c));
}

enum psip_head
psip_head_look(const char *p, size_t n, size_t max)
{
	size_t at = keep_alive(p, n);
	size_t start = at;
	unsigned lines = 0;

	if (at == n)
		return PSIP_HEAD_WHOLE; /* nothing to parse, let the library skip it */
	if (!begins_well(p[at]))
		return PSIP_HEAD_REFUSED;
	while (at < n) {
		const char *lf = memchr(p + at, '\n', n - at);

		if (!lf)
			break;
		at = (size_t)(lf + 1 - p);
		if (++lines > PSIP_LINES_MAX || at - start > max)
			return PSIP_HEAD_REFUSED;
		if (at < n && (p[at] == '\r' || p[at] == '\n'))
			return too_many_items(p + start, at - start) ? PSIP_HEAD_REFUSED
			                                             : PSIP_HEAD_WHOLE;
	}
	return n - start > max ? PSIP_HEAD_REFUSED : PSIP_HEAD_PARTIAL;
}
