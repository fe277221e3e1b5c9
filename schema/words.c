/*
 * Text into words. Everything here takes time linear in the text and keeps no state but the word
 * it is in: texts come from anybody.
 */
#include "schema/words.h"

#include "base/text.h"
#include "base/utf8.h"
#include "schema/accent_table.h"

#define TAG_MAX 1024 /* octets of a tag inside plain text; a longer one is text */

/* ---- characters ---- */

enum class { SEPARATOR, ALONE, LETTER };

struct range {
	uint32_t first, last;
	enum class class;
};

/* Beyond ASCII, in order; what is not named is a letter. */
/* clang-format off */
static const struct range ranges[] = {
	{ 0x0080, 0x00a9, SEPARATOR }, { 0x00ab, 0x00b4, SEPARATOR }, { 0x00b6, 0x00b9, SEPARATOR },
	{ 0x00bb, 0x00bf, SEPARATOR }, { 0x00d7, 0x00d7, SEPARATOR }, { 0x00f7, 0x00f7, SEPARATOR },
	{ 0x055a, 0x055f, SEPARATOR }, { 0x0589, 0x058a, SEPARATOR }, { 0x060c, 0x060d, SEPARATOR },
	{ 0x061b, 0x061f, SEPARATOR }, { 0x06d4, 0x06d4, SEPARATOR }, { 0x0964, 0x0965, SEPARATOR },
	{ 0x2000, 0x206f, SEPARATOR }, { 0x20a0, 0x20cf, SEPARATOR }, { 0x2100, 0x25ff, SEPARATOR },
	{ 0x2600, 0x27bf, ALONE },     { 0x27c0, 0x2bff, SEPARATOR }, { 0x2e00, 0x2e7f, SEPARATOR },
	{ 0x3000, 0x3004, SEPARATOR }, { 0x3008, 0x3020, SEPARATOR }, { 0x3030, 0x3030, SEPARATOR },
	{ 0x3041, 0x3096, ALONE },     { 0x30a1, 0x30fa, ALONE },     { 0x30fb, 0x30fb, SEPARATOR },
	{ 0x3400, 0x9fff, ALONE },     { 0xe000, 0xf8ff, SEPARATOR }, { 0xf900, 0xfaff, ALONE },
	{ 0xfe00, 0xfe6f, SEPARATOR }, { 0xff00, 0xff0f, SEPARATOR }, { 0xff1a, 0xff20, SEPARATOR },
	{ 0xff3b, 0xff40, SEPARATOR }, { 0xff5b, 0xff65, SEPARATOR }, { 0xfff0, 0xffff, SEPARATOR },
	{ 0x1f000, 0x1faff, ALONE },   { 0x20000, 0x3ffff, ALONE },   { 0xe0000, 0x10ffff, SEPARATOR },
};
/* clang-format on */

static int
compare_range(const void *key, const void *row)
{
	uint32_t cp = *(const uint32_t *)key;
	const struct range *r = row;

	return cp < r->first ? -1 : cp > r->last;
}

static bool
ascii_letter(uint32_t cp)
{
	return (cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
}

static enum class class_of(uint32_t cp) {
	const struct range *r;

	if (cp < 0x80) return ascii_letter(cp) ? LETTER : SEPARATOR;
	r = bsearch(&cp, ranges, PCHAT_N(ranges), sizeof(*r), compare_range);
	return r ? r->class : LETTER;
}

static bool
is_mark(uint32_t cp)
{
	return cp >= 0x0300 && cp <= 0x036f;
}

static uint32_t
without_accent(uint32_t cp)
{
	char base = ' ';

	if (cp >= 0x00c0 && cp <= 0x024f)
		base = accents_latin[cp - 0x00c0];
	else if (cp >= 0x1e00 && cp <= 0x1eff)
		base = accents_additional[cp - 0x1e00];
	return base == ' ' ? cp : (uint32_t)base;
}

/* ---- words ---- */

struct words {
	struct pchat_buf *out;
	enum pchat_words_form form;
	size_t word; /* octets of the word being written; 0: between words */
};

static void
end_word(struct words *w)
{
	if (w->word > 0)
		pchat_buf_char(w->out, ' ');
	w->word = 0;
}

static void
add_letter(struct words *w, uint32_t cp)
{
	char octets[PCHAT_UTF8_MAX];
	unsigned n;

	if (w->form == PCHAT_WORDS_FOLDED) {
		if (is_mark(cp))
			return;
		cp = without_accent(pchat_fold_char(cp));
	}
	n = pchat_utf8_encode(cp, octets);
	if (w->word + n > PCHAT_WORD_MAX)
		return;
	pchat_buf_add(w->out, octets, n);
	w->word += n;
}

static void
add_char(struct words *w, uint32_t cp)
{
	switch (class_of(cp)) {
	case SEPARATOR:
		end_word(w);
		break;
	case ALONE:
		end_word(w);
		add_letter(w, cp);
		end_word(w);
		break;
	case LETTER:
		add_letter(w, cp);
		break;
	}
}

static void
add_plain(struct words *w, struct pchat_str s)
{
	while (s.n > 0)
		add_char(w, pchat_utf8_next(&s));
	end_word(w);
}

/* ---- tags ---- */

/* Does a tag begin at @s? Its octets with both brackets, or 0. */
static size_t
tag_length(struct pchat_str s)
{
	const char *end;

	if (s.n < 3 || s.p[0] != '<' || !(ascii_letter((unsigned char)s.p[1]) || s.p[1] == '/'))
		return 0;
	end = memchr(s.p, '>', s.n < TAG_MAX ? s.n : TAG_MAX);
	return end ? (size_t)(end - s.p) + 1 : 0;
}

/* Values of attributes stand in quotes; declarations of namespaces say nothing to people. */
static void
add_values(struct words *w, struct pchat_str tag)
{
	size_t name = 0;

	for (size_t i = 0; i < tag.n; i++) {
		const char *end;

		if (tag.p[i] == ' ' || tag.p[i] == '\t' || tag.p[i] == '\n')
			name = i + 1;
		if (tag.p[i] != '"' && tag.p[i] != '\'')
			continue;
		end = memchr(tag.p + i + 1, tag.p[i], tag.n - i - 1);
		if (!end)
			return;
		if (!pchat_str_starts((struct pchat_str){ tag.p + name, i - name }, "xmlns"))
			pchat_words_xml(
				w->out,
				(struct pchat_str){ tag.p + i + 1, (size_t)(end - tag.p) - i - 1 },
				w->form);
		i = (size_t)(end - tag.p);
	}
}

static void
add_tag(struct words *w, struct pchat_str tag)
{
	end_word(w);
	if (tag.p[1] != '/')
		add_values(w, tag);
}

void
pchat_words_text(struct pchat_buf *out, struct pchat_str text, enum pchat_words_form form)
{
	struct words w = { .out = out, .form = form };

	while (text.n > 0) {
		size_t n = *text.p == '<' ? tag_length(text) : 0;

		if (n == 0) {
			add_char(&w, pchat_utf8_next(&text));
			continue;
		}
		add_tag(&w, (struct pchat_str){ text.p, n });
		text = (struct pchat_str){ text.p + n, text.n - n };
	}
	end_word(&w);
}

/* ---- XML ---- */

static const struct {
	const char *name;
	char c;
} entities[] = {
	{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
};

/* One character of XML text, references resolved: those the relay writes. Others separate. */
static void
next_xml(struct pchat_str *s, struct pchat_buf *out)
{
	const char *end;

	if (*s->p != '&') {
		pchat_buf_char(out, *s->p);
		*s = (struct pchat_str){ s->p + 1, s->n - 1 };
		return;
	}
	for (size_t i = 0; i < PCHAT_N(entities); i++)
		if (pchat_str_starts(*s, entities[i].name)) {
			size_t n = strlen(entities[i].name);

			pchat_buf_char(out, entities[i].c);
			*s = (struct pchat_str){ s->p + n, s->n - n };
			return;
		}
	end = memchr(s->p, ';', s->n < 12 ? s->n : 12);
	pchat_buf_char(out, ' ');
	*s = end ? (struct pchat_str){ end + 1, s->n - (size_t)(end + 1 - s->p) }
	         : (struct pchat_str){ s->p + 1, s->n - 1 };
}

/* The name of the element, without prefix: is it rtf? */
static bool
is_rtf(struct pchat_str tag)
{
	struct pchat_str name = { tag.p + 1, 0 };

	while (name.n + 1 < tag.n && !strchr(" \t\n/>", name.p[name.n]))
		if (name.p[name.n++] == ':')
			name = (struct pchat_str){ name.p + name.n, 0 };
	return pchat_str_is(name, "rtf");
}

static void
add_xml_text(struct words *w, struct pchat_str *xml, bool rtf)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO_VALUE(buf) plain = { 0 };

	while (xml->n > 0 && *xml->p != '<')
		next_xml(xml, &text);
	if (rtf)
		pchat_words_rtf(&plain, pchat_buf_view(&text));
	add_plain(w, pchat_buf_view(rtf ? &plain : &text));
	if (!pchat_buf_ok(&text) || !pchat_buf_ok(&plain))
		w->out->failed = true;
}

void
pchat_words_xml(struct pchat_buf *out, struct pchat_str xml, enum pchat_words_form form)
{
	struct words w = { .out = out, .form = form };
	bool rtf = false;

	while (xml.n > 0) {
		const char *end = *xml.p == '<' ? memchr(xml.p, '>', xml.n) : NULL;
		struct pchat_str tag = { xml.p, end ? (size_t)(end - xml.p) + 1 : 0 };

		if (*xml.p != '<') {
			add_xml_text(&w, &xml, rtf);
			continue;
		}
		if (tag.n < 3)
			return; /* cannot be, in what a parser wrote */
		add_tag(&w, tag);
		rtf = tag.p[1] != '/' && is_rtf(tag);
		xml = (struct pchat_str){ xml.p + tag.n, xml.n - tag.n };
	}
}

void
pchat_words_message(struct pchat_buf *out, struct pchat_str text, struct pchat_str extra,
                    enum pchat_words_form form)
{
	pchat_buf_char(out, ' ');
	pchat_words_text(out, text, form);
	if (extra.n == 0)
		return;
	pchat_buf_lit(out, "\n ");
	pchat_words_xml(out, extra, form);
}
