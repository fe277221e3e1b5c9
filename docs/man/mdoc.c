#include "docs/man/mdoc.h"

#include <string.h>

#define LINE_WIDTH 78

static const char *
escape_of(char c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '\'':
		return "\\(aq";
	case '"':
		return "\\(dq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	}
	return NULL;
}

static void
put(struct pchat_buf *out, struct pchat_str text, bool dashes)
{
	for (size_t i = 0; i < text.n; i++) {
		const char *escape = text.p[i] == '-' && dashes ? "\\-" : escape_of(text.p[i]);

		if (escape)
			pchat_buf_text(out, escape);
		else
			pchat_buf_char(out, text.p[i]);
	}
}

static bool
has_option(struct pchat_str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] == '-' && (i == 0 || word.p[i - 1] == '-' || word.p[i - 1] == '\'' ||
		                         word.p[i - 1] == '('))
			return true;
	return false;
}

static bool
ends_sentence(struct pchat_str word)
{
	return word.n > 1 && strchr(".!?", word.p[word.n - 1]) && word.p[word.n - 2] != '.';
}

void
mdoc_text(struct pchat_buf *out, const char *text)
{
	struct pchat_str rest = pchat_str(text);
	size_t at = 0;

	while (rest.n) {
		struct pchat_str word = pchat_str_cut(rest, ' ', &rest);
		PCHAT_AUTO_VALUE(buf) w = { 0 };

		if (!word.n)
			continue;
		put(&w, word, has_option(word));
		if (at && at + 1 + w.n > LINE_WIDTH) {
			pchat_buf_char(out, '\n');
			at = 0;
		}
		/* A line that begins with one of these would be a macro. */
		if (!at && (word.p[0] == '.' || word.p[0] == '\''))
			pchat_buf_lit(out, "\\&");
		if (at)
			pchat_buf_char(out, ' ');
		pchat_buf_str(out, pchat_buf_view(&w));
		at += w.n + (at != 0);
		if (ends_sentence(word) && rest.n) {
			pchat_buf_char(out, '\n');
			at = 0;
		}
	}
	if (at)
		pchat_buf_char(out, '\n');
}

void
mdoc_word(struct pchat_buf *out, const char *text)
{
	struct pchat_str rest = pchat_str(text);
	bool quotes = strchr(text, ' ') || !*text;

	if (quotes)
		pchat_buf_char(out, '"');
	/* A line may be broken after each of several words. */
	while (rest.n) {
		struct pchat_str part = pchat_str_cut(rest, '|', &rest);

		put(out, part, true);
		if (rest.n)
			pchat_buf_lit(out, "|\\:");
	}
	if (quotes)
		pchat_buf_char(out, '"');
}

void
mdoc_literal(struct pchat_buf *out, struct pchat_str text)
{
	while (text.n) {
		struct pchat_str word = pchat_str_cut(text, ' ', &text);

		/* Short words and marks could be taken for macros and delimiters. */
		if (word.n && word.n <= 3)
			pchat_buf_lit(out, "\\&");
		put(out, word, true);
		if (text.n)
			pchat_buf_char(out, ' ');
	}
	pchat_buf_char(out, '\n');
}

void
mdoc_line(struct pchat_buf *out, struct pchat_str text)
{
	put(out, text, true);
	pchat_buf_char(out, '\n');
}
