/* "pchatctl __complete": the answer to the completion scripts. */
#include "pchatctl/complete.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "pchatctl/line.h"
#include "pchatctl/out.h"

struct rules {
	const char *word;
	/* Complete what @argv says; write the answer. */
	void (*run)(int argc, char *const *argv, struct pchat_buf *out);
};

static const char *const paths_words[] = {
	[PCHAT_PATHS_NONE] = "none",
	[PCHAT_PATHS_FILES] = "files",
	[PCHAT_PATHS_FOLDERS] = "folders",
};

static void
put_head(struct pchat_buf *out, const struct pchat_completion *c)
{
	pchat_buf_text(out, paths_words[c->paths]);
	if (c->paths)
		pchat_buf_printf(out, " %zu", c->paths_at);
	if (c->list.n == 1 && c->list.v[0].partial)
		pchat_buf_lit(out, " partial");
	pchat_buf_char(out, '\n');
}

/* A line holds one candidate, so one that holds a line break cannot be told. */
static bool
can_be_told(const struct pchat_candidate *one)
{
	for (const char *p = one->text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

static void
put_help(struct pchat_buf *out, const struct pchat_candidate *one)
{
	if (!one->help)
		return;
	pchat_buf_char(out, '\t');
	for (const char *p = one->help; *p; p++)
		pchat_buf_char(out, (char)((unsigned char)*p < ' ' ? ' ' : *p));
}

/* ---- the line of a shell ---- */

static bool
is_assignment(const struct pchat_line_word *w)
{
	size_t n = strspn(w->text,
	                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

	return n && w->text[n] == '=' && (w->text[0] < '0' || w->text[0] > '9');
}

/* Complete the last word of @line after the name of the program. */
static void
complete_line(const struct pchat_line *line, struct pchat_completion *ret)
{
	PCHAT_VEC(const char *) words = { 0 };
	size_t i = 0;

	if (line->redirected) {
		ret->paths = PCHAT_PATHS_FILES;
		return;
	}
	while (i < line->words.n && is_assignment(&line->words.v[i]))
		i++;
	if (i == line->words.n)
		return;
	for (i++; i < line->words.n; i++)
		if (!pchat_vec_push(&words, line->words.v[i].text))
			break;
	if (line->in_word || pchat_vec_push(&words, ""))
		if (words.n)
			pchat_complete(words.v, words.n, NULL, ret);
	pchat_vec_release(&words);
}

/*
 * Readline ends words at ':', '=' and '@', too, and replaces only what follows: @word, by its own
 * account. The characters of the last word of @text that stand before that are not repeated.
 */
static size_t
characters_before(const struct pchat_line *line, struct pchat_str text, struct pchat_str word)
{
	PCHAT_AUTO_VALUE(line) before = { 0 };

	if (word.n > text.n || memcmp(text.p + text.n - word.n, word.p, word.n) != 0)
		return 0;
	text.n -= word.n;
	/* The quote that @word begins with stays where it is. */
	if (word.n && line->open && line->open != '\\' && line->open_at == text.n)
		text.n++;
	if (pchat_line_split(text, PCHAT_LINE_SH, &before, NULL) || !before.in_word)
		return 0;
	return pchat_utf8_length(pchat_str(before.words.v[before.words.n - 1].text));
}

static struct pchat_str
without_characters(struct pchat_str text, size_t n)
{
	while (n-- && text.n)
		(void)pchat_utf8_next(&text);
	return text;
}

static void
run_bash(int argc, char *const *argv, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(completion) c = { 0 };
	PCHAT_AUTO_VALUE(line) line = { 0 };
	struct pchat_str text = pchat_str(argc > 0 ? argv[0] : "");
	size_t skip;

	if (pchat_line_split(text, PCHAT_LINE_SH, &line, NULL))
		return;
	skip = characters_before(&line, text, pchat_str(argc > 1 ? argv[1] : ""));
	complete_line(&line, &c);
	put_head(out, &c);
	for (size_t i = 0; i < c.list.n; i++) {
		const struct pchat_candidate *one = &c.list.v[i];

		if (!can_be_told(one))
			continue;
		pchat_line_quote(out, without_characters(pchat_str(one->text), skip),
		                 (char)(line.open == '\\' ? 0 : line.open), PCHAT_LINE_SH);
		pchat_buf_char(out, '\n');
	}
}

static void
run_fish(int argc, char *const *argv, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(completion) c = { 0 };
	PCHAT_AUTO_VALUE(line) line = { 0 };

	if (pchat_line_split(pchat_str(argc > 0 ? argv[0] : ""), PCHAT_LINE_FISH, &line, NULL))
		return;
	complete_line(&line, &c);
	put_head(out, &c);
	for (size_t i = 0; i < c.list.n; i++) {
		if (!can_be_told(&c.list.v[i]))
			continue;
		pchat_buf_text(out, c.list.v[i].text);
		put_help(out, &c.list.v[i]);
		pchat_buf_char(out, '\n');
	}
}

static void
run_zsh(int argc, char *const *argv, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(completion) c = { 0 };

	if (argc > 0)
		pchat_complete((const char *const *)argv, (size_t)argc, NULL, &c);
	put_head(out, &c);
	for (size_t i = 0; i < c.list.n; i++) {
		if (!can_be_told(&c.list.v[i]))
			continue;
		pchat_buf_char(out, c.list.v[i].partial ? '+' : '=');
		pchat_buf_text(out, c.list.v[i].text);
		put_help(out, &c.list.v[i]);
		pchat_buf_char(out, '\n');
	}
}

static const struct rules rules[] = {
	{ "bash", run_bash },
	{ "fish", run_fish },
	{ "zsh", run_zsh },
};

int
pchat_complete_main(int argc, char *const *argv)
{
	struct pchat_sink out = { .fd = STDOUT_FILENO };

	for (size_t i = 0; argc > 2 && i < PCHAT_N(rules); i++)
		if (strcmp(argv[2], rules[i].word) == 0)
			rules[i].run(argc - 3, argv + 3, &out.buf);
	(void)pchat_sink_flush(&out, NULL);
	pchat_sink_release(&out);
	return 0;
}
