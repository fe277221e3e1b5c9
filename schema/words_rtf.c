/*
 * The text in RTF, as far as a search needs it: groups that hold no text of the document are
 * passed over, control words separate or say nothing, \'hh and \uN are characters.
 */
#include "schema/words.h"

#include "base/text.h"
#include "base/utf8.h"

#define DEPTH_MAX 64 /* nesting of groups; what is deeper is not read */

struct group {
	bool skip;         /* holds fonts, colours, pictures */
	unsigned fallback; /* characters that follow each \uN for old readers */
};

struct rtf {
	struct pchat_str s;
	struct pchat_buf *out;
	struct group groups[DEPTH_MAX];
	size_t depth;
	bool fresh;    /* at the beginning of a group */
	unsigned pass; /* characters still to be passed over after \uN */
};

/* Groups that begin with one of these hold no text of the document. */
static const char *const destinations[] = {
	"fonttbl",   "colortbl",  "stylesheet",        "info",      "pict",      "object",
	"generator", "listtable", "listoverridetable", "themedata", "datastore", "xmlnstbl",
};
static const char *const breaks[] = { "par", "line", "tab", "cell", "row", "page", "sect" };

static bool
listed(struct pchat_str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pchat_str_is(name, names[i]))
			return true;
	return false;
}

static struct group *
group(struct rtf *r)
{
	return &r->groups[r->depth];
}

static void
emit(struct rtf *r, uint32_t cp)
{
	char octets[PCHAT_UTF8_MAX];

	r->fresh = false;
	if (r->pass > 0) {
		r->pass--;
		return;
	}
	if (!group(r)->skip)
		pchat_buf_add(r->out, octets, pchat_utf8_encode(cp, octets));
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \'hh: an octet of Windows-1252, which from 0xA0 on is Latin-1. */
static void
hex_char(struct rtf *r)
{
	int hi = r->s.n > 1 ? digit(r->s.p[1]) : -1;
	int lo = r->s.n > 2 ? digit(r->s.p[2]) : -1;
	uint32_t cp = (uint32_t)(hi * 16 + lo);

	if (hi < 0 || lo < 0) {
		r->s = (struct pchat_str){ r->s.p + 1, r->s.n - 1 };
		return;
	}
	r->s = (struct pchat_str){ r->s.p + 3, r->s.n - 3 };
	emit(r, cp >= 0x80 && cp < 0xa0 ? ' ' : cp);
}

static void
unicode_char(struct rtf *r, int32_t v)
{
	uint32_t cp = v < 0 ? (uint32_t)(v + 0x10000) : (uint32_t)v;

	/* Halves of a pair would need each other; such characters separate. */
	r->pass = 0;
	emit(r, cp > 0xffff || (cp >= 0xd800 && cp <= 0xdfff) ? ' ' : cp);
	r->pass = group(r)->fallback;
}

/* At a letter: the name, a number, a blank that belongs to it. */
static void
control_word(struct rtf *r)
{
	struct pchat_str name = { r->s.p, 0 };
	bool minus, fresh = r->fresh;
	int32_t v = 0;
	size_t i;

	while (name.n < r->s.n && name.p[name.n] >= 'a' && name.p[name.n] <= 'z')
		name.n++;
	i = name.n;
	minus = i < r->s.n && r->s.p[i] == '-';
	i += minus;
	for (; i < r->s.n && r->s.p[i] >= '0' && r->s.p[i] <= '9'; i++)
		v = v < 1000000 ? v * 10 + (r->s.p[i] - '0') : v;
	i += i < r->s.n && r->s.p[i] == ' ';
	r->s = (struct pchat_str){ r->s.p + i, r->s.n - i };
	r->fresh = false;
	if (pchat_str_is(name, "u"))
		unicode_char(r, minus ? -v : v);
	else if (pchat_str_is(name, "uc"))
		group(r)->fallback = v >= 0 && v <= 16 ? (unsigned)v : 1;
	else if (fresh && listed(name, destinations, PCHAT_N(destinations)))
		group(r)->skip = true;
	else if (listed(name, breaks, PCHAT_N(breaks)))
		emit(r, ' ');
}

/* After a backslash. */
static void
control(struct rtf *r)
{
	char c = *r->s.p;

	if (c >= 'a' && c <= 'z') {
		control_word(r);
		return;
	}
	if (c == '\'') {
		hex_char(r);
		return;
	}
	r->s = (struct pchat_str){ r->s.p + 1, r->s.n - 1 };
	if (c == '*')
		group(r)->skip = true; /* for those who know what it is */
	else
		emit(r, c == '\\' || c == '{' || c == '}' ? (uint32_t)c : ' ');
}

static bool
open_group(struct rtf *r)
{
	if (r->depth + 1 >= DEPTH_MAX)
		return false;
	r->groups[r->depth + 1] = *group(r);
	r->depth++;
	r->fresh = true;
	r->pass = 0;
	return true;
}

static void
close_group(struct rtf *r)
{
	if (r->depth > 0)
		r->depth--;
	r->fresh = false;
	r->pass = 0;
}

/* False if the rest is not to be read. */
static bool
next(struct rtf *r)
{
	uint32_t cp = pchat_utf8_next(&r->s);

	switch (cp) {
	case '\\':
		if (r->s.n > 0)
			control(r);
		return true;
	case '{':
		return open_group(r);
	case '}':
		close_group(r);
		return true;
	case '\r':
	case '\n':
		return true; /* means nothing in RTF */
	default:
		emit(r, cp);
		return true;
	}
}

void
pchat_words_rtf(struct pchat_buf *out, struct pchat_str rtf)
{
	struct rtf r = { .s = rtf, .out = out };

	r.groups[0].fallback = 1;
	while (r.s.n > 0 && pchat_buf_ok(out) && next(&r))
		;
}
