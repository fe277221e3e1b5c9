#include "pchatctl/line.h"

#include <stdlib.h>

#include "pchatctl/command.h"

struct cutter {
	struct pchat_str text;
	size_t at;
	enum pchat_line_rules rules;
	struct pchat_line *line;
	struct pchat_buf word;
	size_t word_at;
	bool in_word, quoted, redirected;
};

void
pchat_line_release(struct pchat_line *line)
{
	for (size_t i = 0; i < line->words.n; i++)
		free(line->words.v[i].text);
	pchat_vec_release(&line->words);
	*line = (struct pchat_line){ 0 };
}

static void
drop_words(struct pchat_line *line)
{
	pchat_line_release(line);
}

static void
begin_word(struct cutter *c)
{
	if (c->in_word)
		return;
	c->in_word = true;
	c->word_at = c->at;
	c->quoted = false;
}

static void
put(struct cutter *c, char octet)
{
	begin_word(c);
	pchat_buf_char(&c->word, octet);
}

/* The file of a redirection is no word of the command, but for one that is still being typed. */
static enum pchat_code
end_word(struct cutter *c, bool last, struct pchat_err *err)
{
	struct pchat_line_word word = { .at = c->word_at, .quoted = c->quoted };

	if (!c->in_word)
		return PCHAT_OK;
	c->in_word = false;
	if (c->redirected && !last) {
		c->redirected = false;
		pchat_buf_clear(&c->word);
		return PCHAT_OK;
	}
	if (c->line->words.n >= PCHAT_LINE_MAX_WORDS)
		return pchat_fail(err, PCHAT_LIMIT, "the line has more than %d words",
		                  PCHAT_LINE_MAX_WORDS);
	word.text = pchat_str_dup(pchat_buf_view(&c->word));
	if (!word.text || !pchat_buf_ok(&c->word) || !pchat_vec_push(&c->line->words, word)) {
		free(word.text);
		return pchat_no_memory(err);
	}
	pchat_buf_clear(&c->word);
	return PCHAT_OK;
}

static bool
is_blank(char octet)
{
	return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

/* Does the backslash at c->at stand for more than itself, inside the quote @quote (0: none)? */
static bool
escapes(const struct cutter *c, char quote)
{
	char next;

	if (c->at + 1 >= c->text.n)
		return quote != '\'';
	next = c->text.p[c->at + 1];
	if (quote == '\'')
		return c->rules == PCHAT_LINE_FISH && (next == '\'' || next == '\\');
	return !quote || (next && strchr("$`\"\\\n", next));
}

/* Take the backslash and what follows it. */
static void
take_escape(struct cutter *c)
{
	begin_word(c);
	c->quoted = true;
	if (c->at + 1 >= c->text.n) {
		c->line->open = '\\';
		c->line->open_at = c->at;
	} else if (c->text.p[++c->at] != '\n') {
		put(c, c->text.p[c->at]);
	}
	c->at++;
}

/* Everything up to the quote that ends what begins at c->at. */
static void
take_quoted(struct cutter *c)
{
	char quote = c->text.p[c->at];
	size_t from = c->at;

	begin_word(c);
	c->quoted = true;
	c->at++;
	while (c->at < c->text.n) {
		char octet = c->text.p[c->at];

		if (octet == quote) {
			c->at++;
			return;
		}
		if (octet == '\\' && escapes(c, quote)) {
			take_escape(c);
			continue;
		}
		put(c, octet);
		c->at++;
	}
	/* A backslash at the very end is inside the quote, which is what counts. */
	c->line->open = quote;
	c->line->open_at = from;
}

static bool
all_digits(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* "2>" and the like: the number is no word. "|", ";" and the like: another command begins. */
static enum pchat_code
take_operator(struct cutter *c, struct pchat_err *err)
{
	char octet = c->text.p[c->at++];

	if (octet != '<' && octet != '>') {
		PCHAT_TRY(end_word(c, false, err));
		drop_words(c->line);
		c->redirected = false;
		return PCHAT_OK;
	}
	if (c->in_word && !c->quoted && all_digits(pchat_buf_view(&c->word))) {
		pchat_buf_clear(&c->word);
		c->in_word = false;
	}
	PCHAT_TRY(end_word(c, false, err));
	while (c->at < c->text.n && c->text.p[c->at] && strchr("<>&|", c->text.p[c->at]))
		c->at++;
	c->redirected = true;
	return PCHAT_OK;
}

/* "~/..." as shells read it. */
static bool
take_home(struct cutter *c)
{
	const char *home = getenv("HOME");

	if (c->rules == PCHAT_LINE_OWN || c->in_word || !home || c->at + 1 >= c->text.n ||
	    c->text.p[c->at + 1] != '/')
		return false;
	begin_word(c);
	pchat_buf_text(&c->word, home);
	c->at++;
	return true;
}

static enum pchat_code
take_one(struct cutter *c, struct pchat_err *err)
{
	char octet = c->text.p[c->at];

	if (is_blank(octet)) {
		c->at++;
		return end_word(c, false, err);
	}
	if (octet == '\'' || octet == '"') {
		take_quoted(c);
	} else if (octet == '\\') {
		take_escape(c);
	} else if (octet == '#' && c->rules == PCHAT_LINE_OWN && !c->in_word) {
		c->at = c->text.n;
	} else if (c->rules != PCHAT_LINE_OWN && octet && strchr("<>|;&()", octet)) {
		return take_operator(c, err);
	} else if (octet != '~' || !take_home(c)) {
		put(c, octet);
		c->at++;
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_line_split(struct pchat_str text, enum pchat_line_rules rules, struct pchat_line *ret,
                 struct pchat_err *err)
{
	struct pchat_line line = { 0 };
	struct cutter c = { .text = text, .rules = rules, .line = &line };
	enum pchat_code code = PCHAT_OK;

	if (text.n > PCHAT_LINE_MAX)
		return pchat_fail(err, PCHAT_LIMIT, "the line is longer than %d octets",
		                  PCHAT_LINE_MAX);
	while (c.at < text.n && !code)
		code = take_one(&c, err);
	line.in_word = c.in_word;
	line.redirected = c.redirected;
	if (!code)
		code = end_word(&c, true, err);
	pchat_buf_release(&c.word);
	if (code)
		pchat_line_release(&line);
	else
		*ret = line;
	return code;
}

/* ---- putting text back ---- */

/* Octets that mean themselves in every shell, wherever they stand. */
static bool
is_plain(char octet)
{
	unsigned char u = (unsigned char)octet;

	return (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') ||
	       u >= 0x80 || (u && strchr("_./:=@%+,-", u));
}

void
pchat_line_quote(struct pchat_buf *out, struct pchat_str text, char open,
                 enum pchat_line_rules rules)
{
	for (size_t i = 0; i < text.n; i++) {
		char octet = text.p[i];

		if (open == '\'') {
			if (octet == '\'' && rules != PCHAT_LINE_FISH)
				pchat_buf_lit(out, "'\\'");
			else if (rules == PCHAT_LINE_FISH && (octet == '\'' || octet == '\\'))
				pchat_buf_char(out, '\\');
		} else if (open == '"') {
			if (octet && strchr("$`\"\\", octet))
				pchat_buf_char(out, '\\');
		} else if ((unsigned char)octet < ' ') {
			continue;
		} else if (!is_plain(octet)) {
			pchat_buf_char(out, '\\');
		}
		pchat_buf_char(out, octet);
	}
}
