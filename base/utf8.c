#include "base/text.h"

#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/width_table.h"

/* Octets the sequence that @lead starts should have, 0 if it cannot start one, and the
 * range of the second octet (Unicode, table 3-7: no overlong forms, no surrogates). */
static unsigned
sequence(unsigned char lead, unsigned char *low, unsigned char *high)
{
	*low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

unsigned
pchat_utf8_decode(struct pchat_str s, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char low, high;
	unsigned n;

	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	n = sequence(p[0], &low, &high);
	if (n == 0 || s.n < n || p[1] < low || p[1] > high)
		return 0;
	*ret = p[0] & (0x7fu >> n);
	for (unsigned i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*ret = *ret << 6 | (p[i] & 0x3f);
	}
	return n;
}

unsigned
pchat_utf8_encode(uint32_t cp, char ret[PCHAT_UTF8_MAX])
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (unsigned i = n - 1; i > 0; i--, cp >>= 6)
		ret[i] = (char)(0x80 | (cp & 0x3f));
	ret[0] = (char)(n == 1 ? cp : lead[n] | cp);
	return n;
}

bool
pchat_utf8_valid(struct pchat_str s, size_t *ret_at)
{
	uint32_t cp;
	unsigned n;

	for (size_t at = 0; at < s.n; at += n) {
		n = pchat_utf8_decode((struct pchat_str){ s.p + at, s.n - at }, &cp);
		if (n == 0) {
			if (ret_at)
				*ret_at = at;
			return false;
		}
	}
	return true;
}

uint32_t
pchat_utf8_next(struct pchat_str *s)
{
	uint32_t cp;
	unsigned n;

	assert(s->n > 0);
	n = pchat_utf8_decode(*s, &cp);
	if (n == 0) {
		n = 1;
		cp = PCHAT_UTF8_BAD;
	}
	s->p += n;
	s->n -= n;
	return cp;
}

size_t
pchat_utf8_length(struct pchat_str s)
{
	size_t n = 0;

	for (; s.n > 0; n++)
		pchat_utf8_next(&s);
	return n;
}

static int
compare_width(const void *key, const void *row)
{
	uint32_t cp = *(const uint32_t *)key;
	const struct width_range *r = row;

	return cp < r->first ? -1 : cp > r->last;
}

static unsigned
columns(uint32_t cp)
{
	const struct width_range *r;

	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return 0;
	if (cp < 0x7f)
		return 1;
	r = bsearch(&cp, width_ranges, PCHAT_N(width_ranges), sizeof(*r), compare_width);
	return r ? r->columns : 1;
}

size_t
pchat_utf8_width(struct pchat_str s)
{
	size_t n = 0;

	while (s.n > 0)
		n += columns(pchat_utf8_next(&s));
	return n;
}

bool
pchat_utf8_has_control(struct pchat_str s)
{
	while (s.n > 0) {
		uint32_t cp;
		unsigned n = pchat_utf8_decode(s, &cp);

		if (n == 0 || (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') ||
		    (cp >= 0x7f && cp < 0xa0) || cp == 0xfffe || cp == 0xffff)
			return true;
		s.p += n;
		s.n -= n;
	}
	return false;
}

bool
pchat_utf8_unsafe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff || cp == 0xfffe || cp == 0xffff;
}
