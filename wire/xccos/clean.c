#include "wire/xccos/clean.h"

/* "&#1114111;" is the longest reference anybody needs; leading zeros are no use to anyone. */
#define REF_MAX 10

static bool
forbidden(uint32_t cp)
{
	return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0xfffe ||
	       cp == 0xffff;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Octets of a reference to a forbidden character at the start of @s, else 0. */
static size_t
bad_reference(struct pchat_str s)
{
	int base = s.n > 2 && s.p[2] == 'x' ? 16 : 10;
	size_t first = base == 16 ? 3 : 2;
	size_t at = first;
	uint32_t cp = 0;

	if (s.n < 2 || s.p[1] != '#')
		return 0;
	while (at < s.n && at < REF_MAX && digit(s.p[at]) < base)
		cp = cp * (uint32_t)base + (uint32_t)digit(s.p[at++]);
	return at > first && at < s.n && s.p[at] == ';' && forbidden(cp) ? at + 1 : 0;
}

/* Octets to leave out at the start of @s, which is not empty. */
static size_t
bad(struct pchat_str s, bool literal)
{
	unsigned char c = (unsigned char)s.p[0];

	if (c == '&')
		return literal ? 0 : bad_reference(s);
	if (c == 0xef)
		return s.n > 2 && (memcmp(s.p, "\xef\xbf\xbe", 3) == 0 ||
		                   memcmp(s.p, "\xef\xbf\xbf", 3) == 0)
		               ? 3
		               : 0;
	return forbidden(c) ? 1 : 0;
}

/* In CDATA sections and comments an ampersand is only an ampersand. Keeps *@end, what ends the
 * present one, NULL outside. */
static void
track(struct pchat_str s, const char **end)
{
	if (*end) {
		if (pchat_str_starts(s, *end))
			*end = NULL;
	} else if (pchat_str_starts(s, "<![CDATA[")) {
		*end = "]]>";
	} else if (pchat_str_starts(s, "<!--")) {
		*end = "-->";
	}
}

static bool
suspicious(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (forbidden(c) || c == 0xef || (c == '&' && i + 1 < s.n && s.p[i + 1] == '#'))
			return true;
	}
	return false;
}

bool
pchat_xml_clean(struct pchat_str body, struct pchat_buf *scratch, struct pchat_str *ret)
{
	const char *end = NULL;

	*ret = body;
	if (!suspicious(body))
		return true;
	pchat_buf_clear(scratch);
	if (!pchat_buf_reserve(scratch, body.n))
		return false;
	while (body.n > 0) {
		size_t skip = bad(body, end != NULL);

		track(body, &end);
		if (skip == 0) {
			pchat_buf_char(scratch, body.p[0]);
			skip = 1;
		}
		body.p += skip;
		body.n -= skip;
	}
	*ret = pchat_buf_view(scratch);
	return true;
}
