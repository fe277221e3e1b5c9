#include "wire/xccos/guard.h"

/* Offset behind the first @end at or after @at, or the end of @text. */
static size_t
behind(struct pchat_str text, size_t at, const char *end)
{
	const char *p = memmem(text.p + at, text.n - at, end, strlen(end));

	return p ? (size_t)(p - text.p) + strlen(end) : text.n;
}

static size_t
next_tag(struct pchat_str text, size_t at)
{
	const char *p = memchr(text.p + at, '<', text.n - at);

	return p ? (size_t)(p - text.p) : text.n;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
declares(struct pchat_str text, size_t name)
{
	return pchat_str_starts((struct pchat_str){ text.p + name, text.n - name }, "xmlns");
}

/* Go through one tag from behind its '<' to its '>'; returns the offset of that. If there is too
 * much of something, *why names it and its offset is returned. */
static size_t
tag(struct pchat_str text, size_t at, unsigned *namespaces, const char **why)
{
	unsigned attrs = 0;
	size_t name = at;

	for (; at < text.n && text.p[at] != '>'; at++) {
		if (is_blank(text.p[at]))
			name = at + 1;
		if (text.p[at] != '"' && text.p[at] != '\'')
			continue;
		*namespaces += declares(text, name);
		if (++attrs > PCHAT_XML_ATTRS_MAX)
			*why = "too many attributes in an element";
		else if (*namespaces > PCHAT_XML_NAMESPACES_MAX)
			*why = "too many namespace declarations";
		if (*why)
			return at;
		at = behind(text, at + 1, text.p[at] == '"' ? "\"" : "'") - 1;
	}
	return at;
}

const char *
pchat_xml_guard(struct pchat_str text, size_t *ret_at)
{
	const char *why = NULL;
	unsigned namespaces = 0;
	size_t at = 0;

	while (at < text.n && !why) {
		struct pchat_str rest = { text.p + at, text.n - at };

		if (text.p[at] != '<')
			at = next_tag(text, at);
		else if (pchat_str_starts(rest, "<!--"))
			at = behind(text, at + 4, "-->");
		else if (pchat_str_starts(rest, "<![CDATA["))
			at = behind(text, at, "]]>");
		else if (pchat_str_starts(rest, "<?"))
			at = behind(text, at, "?>");
		else
			at = tag(text, at + 1, &namespaces, &why);
	}
	*ret_at = at;
	return why;
}
