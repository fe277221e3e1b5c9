#include "base/text.h"

#include "base/utf8.h"

/* True if the character @c is in the literal @set. */
#define ONE_OF(c, set) (memchr((set), (c), sizeof(set) - 1) != NULL)

static const char hex[] = "0123456789abcdef";

/* Take the next character off @s into *@cp and return its octets; an octet that is no
 * UTF-8 gives *@bad. */
static struct pchat_str
next(struct pchat_str *s, uint32_t *cp, bool *bad)
{
	struct pchat_str octets = *s;
	unsigned n = pchat_utf8_decode(*s, cp);

	*bad = n == 0;
	if (*bad) {
		*cp = PCHAT_UTF8_BAD;
		n = 1;
	}
	octets.n = n;
	s->p += n;
	s->n -= n;
	return octets;
}

/* What is read as one character of two: "\n" and the like; 0 if there is no such form. */
static char
short_escape(uint32_t cp)
{
	switch (cp) {
	case '"':
	case '\\':
		return (char)cp;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	}
	return 0;
}

/* The octets at the beginning of @s that stand for themselves: nearly always all of them. */
static size_t
plain_octets(struct pchat_str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= ' ' && s.p[n] <= '~' && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

/* JSON (RFC 8259), YAML and logfmt have these escapes in common. */
static void
escaped(struct pchat_buf *out, struct pchat_str s)
{
	pchat_buf_reserve(out, s.n + 2);
	pchat_buf_char(out, '"');
	while (s.n > 0 && pchat_buf_ok(out)) {
		size_t plain = plain_octets(s);
		struct pchat_str octets;
		uint32_t cp;
		char letter;
		bool bad;

		if (plain > 0) {
			pchat_buf_add(out, s.p, plain);
			s.p += plain;
			s.n -= plain;
			continue;
		}
		octets = next(&s, &cp, &bad);
		letter = short_escape(cp);
		if (letter) {
			pchat_buf_char(out, '\\');
			pchat_buf_char(out, letter);
		} else if (bad || pchat_utf8_unsafe(cp)) {
			pchat_buf_printf(out, "\\u%04x", (unsigned)cp);
		} else {
			pchat_buf_str(out, octets);
		}
	}
	pchat_buf_char(out, '"');
}

void
pchat_quote_json(struct pchat_buf *out, struct pchat_str s)
{
	escaped(out, s);
}

/* Line breaks and tabs as references, or a reader would make blanks of them in attributes
 * and LF of CR in text (XML 1.0, sections 2.11 and 3.3.3). */
static const char *
xml_entity(uint32_t cp)
{
	switch (cp) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	}
	/* XML 1.0 has no way to write these. */
	return cp < 0x20 || cp == 0xfffe || cp == 0xffff ? "\xef\xbf\xbd" : NULL;
}

void
pchat_quote_xml(struct pchat_buf *out, struct pchat_str s)
{
	pchat_buf_reserve(out, s.n);
	while (s.n > 0 && pchat_buf_ok(out)) {
		uint32_t cp;
		bool bad;
		struct pchat_str octets = next(&s, &cp, &bad);
		const char *entity = bad ? "\xef\xbf\xbd" : xml_entity(cp);

		if (entity)
			pchat_buf_text(out, entity);
		else
			pchat_buf_str(out, octets);
	}
}

/* RFC 4180 section 2; blanks at the ends are quoted for readers that would drop them. */
static bool
csv_plain(struct pchat_str s)
{
	if (s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' '))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (ONE_OF(s.p[i], ",\"\r\n\t"))
			return false;
	return true;
}

void
pchat_quote_csv(struct pchat_buf *out, struct pchat_str s)
{
	if (csv_plain(s)) {
		pchat_buf_str(out, s);
		return;
	}
	pchat_buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			pchat_buf_char(out, '"');
		pchat_buf_char(out, s.p[i]);
	}
	pchat_buf_char(out, '"');
}

void
pchat_quote_terminal(struct pchat_buf *out, struct pchat_str s)
{
	pchat_buf_reserve(out, s.n);
	while (s.n > 0 && pchat_buf_ok(out)) {
		uint32_t cp;
		bool bad;
		struct pchat_str octets = next(&s, &cp, &bad);

		if (!bad && !pchat_utf8_unsafe(cp)) {
			pchat_buf_str(out, octets);
			continue;
		}
		for (size_t i = 0; i < octets.n; i++) {
			unsigned char c = (unsigned char)octets.p[i];

			pchat_buf_lit(out, "\\x");
			pchat_buf_char(out, hex[c >> 4]);
			pchat_buf_char(out, hex[c & 0x0f]);
		}
	}
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
shell_plain(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !ONE_OF(s.p[i], "_@%+:,./-"))
			return false;
	return s.n > 0;
}

static bool
all_safe(struct pchat_str s)
{
	while (s.n > 0) {
		uint32_t cp;
		bool bad;

		next(&s, &cp, &bad);
		if (bad || pchat_utf8_unsafe(cp))
			return false;
	}
	return true;
}

/* $'...' (POSIX.1-2024, section 2.2.4): octal escapes have three digits at most, so that
 * what follows them cannot be taken for a part of them, as after \x. */
static void
shell_escaped(struct pchat_buf *out, struct pchat_str s)
{
	pchat_buf_lit(out, "$'");
	while (s.n > 0 && pchat_buf_ok(out)) {
		uint32_t cp;
		bool bad;
		struct pchat_str octets = next(&s, &cp, &bad);

		if (cp == '\'' || cp == '\\')
			pchat_buf_char(out, '\\');
		if (cp == 0) {
			pchat_buf_lit(out, "\xef\xbf\xbd"); /* no argument can hold it */
		} else if (bad || pchat_utf8_unsafe(cp)) {
			for (size_t i = 0; i < octets.n; i++)
				pchat_buf_printf(out, "\\%03o", (unsigned char)octets.p[i]);
		} else {
			pchat_buf_str(out, octets);
		}
	}
	pchat_buf_char(out, '\'');
}

void
pchat_quote_shell(struct pchat_buf *out, struct pchat_str s)
{
	if (shell_plain(s)) {
		pchat_buf_str(out, s);
		return;
	}
	if (!all_safe(s)) {
		shell_escaped(out, s);
		return;
	}
	pchat_buf_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			pchat_buf_lit(out, "'\\''");
		else
			pchat_buf_char(out, s.p[i]);
	}
	pchat_buf_char(out, '\'');
}

void
pchat_quote_logfmt(struct pchat_buf *out, struct pchat_str s)
{
	bool plain = s.n > 0 && all_safe(s);

	for (size_t i = 0; plain && i < s.n; i++)
		plain = !ONE_OF(s.p[i], " =\"\\");
	if (plain)
		pchat_buf_str(out, s);
	else
		escaped(out, s);
}

/* ---- YAML ---- */

/* What a reader of YAML 1.1 or 1.2 takes for a truth value, nothing, or a merge. Words of
 * the 1.1 types bool (type/bool.html), null, merge and value. */
static const char *const yaml_words[] = {
	"true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "<<", "=",
};

/* True if @s, which starts with a digit, may be a number (also 0x1F, 0o17, 1_000, 1e3,
 * 190:20:30) or a date. More than these is caught; quotes do no harm. */
static bool
yaml_number(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ONE_OF(s.p[i], "0123456789abcdefABCDEFxXoO+-_.:TtZz "))
			return false;
	return true;
}

static bool
yaml_plain(struct pchat_str s)
{
	if (s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ' || !all_safe(s))
		return false;
	/* Indicators, and the signs and the point a number may start with. */
	if (ONE_OF(s.p[0], "-+.?:,[]{}#&*!|>'\"%@`<=~"))
		return false;
	for (size_t i = 0; i < PCHAT_N(yaml_words); i++)
		if (pchat_str_iis(s, yaml_words[i]))
			return false;
	if (s.p[0] >= '0' && s.p[0] <= '9' && yaml_number(s))
		return false;
	/* Inside: what ends a plain text in the flow style. Readers differ about ':' and '?'
	 * there, so they are quoted whatever follows them. */
	for (size_t i = 0; i < s.n; i++)
		if (ONE_OF(s.p[i], ",[]{}:?") || (s.p[i] == '#' && s.p[i - 1] == ' '))
			return false;
	return true;
}

void
pchat_quote_yaml(struct pchat_buf *out, struct pchat_str s)
{
	if (yaml_plain(s))
		pchat_buf_str(out, s);
	else
		escaped(out, s);
}
