/* Words of a line of the shell: abbreviated, and such as nobody should keep. */
#include "pchatctl/shell/shell.h"

#include <string.h>

const struct pchat_shell_word pchat_shell_words[] = {
	{ "exit", "leave the shell" },
	{ "quit", "leave the shell" },
	{ NULL, NULL },
};

/* ---- which words name the command ---- */

static bool
eats_next(const char *word)
{
	struct pchat_option o;

	if (strchr(word, '='))
		return false;
	if (word[1] == '-')
		return pchat_call_some_option(pchat_str(word), 0, &o) &&
		       pchat_option_takes_value(&o);
	return !word[2] && pchat_call_some_option((struct pchat_str){ 0 }, word[1], &o) &&
	       pchat_option_takes_value(&o);
}

/* Places of the first two words that are neither options nor values of some; how many. */
static size_t
command_places(const struct pchat_line *line, size_t at[2])
{
	size_t n = 0;

	for (size_t i = 0; i < line->words.n && n < 2; i++) {
		const char *word = line->words.v[i].text;

		if (word[0] != '-' || !word[1])
			at[n++] = i;
		else if (strcmp(word, "--") == 0)
			break;
		else if (eats_next(word))
			i++;
	}
	return n;
}

/* ---- abbreviations ---- */

/* What a word may be short for. */
struct search {
	struct pchat_str word;
	const char *found;
	size_t n;
	bool exact;
	struct pchat_buf all;
};

static void
consider(struct search *s, struct pchat_str candidate, const char *text)
{
	if (s->exact || candidate.n < s->word.n || memcmp(candidate.p, s->word.p, s->word.n) != 0)
		return;
	/* "check" is a noun and "check chat" begins with it: it is one word all the same. */
	if (s->found && pchat_str_is(candidate, s->found))
		return;
	s->exact = candidate.n == s->word.n;
	s->n = s->exact ? 1 : s->n + 1;
	s->found = text;
	pchat_buf_printf(&s->all, "%s%s", s->all.n ? ", " : "", text);
}

static void
search_first(struct search *s)
{
	for (const struct pchat_shell_word *w = pchat_shell_words; w->word; w++)
		consider(s, pchat_str(w->word), w->word);
	for (size_t i = 0; i < pchat_n_nouns; i++)
		consider(s, pchat_str(pchat_nouns[i].word), pchat_nouns[i].word);
	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (!strchr(pchat_cmds[i].path, ' '))
			consider(s, pchat_str(pchat_cmds[i].path), pchat_cmds[i].path);
}

static void
search_verb(struct search *s, const char *noun)
{
	size_t n = strlen(noun);

	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *path = pchat_cmds[i].path;

		if (strncmp(path, noun, n) == 0 && path[n] == ' ')
			consider(s, pchat_str(path + n + 1), path + n + 1);
	}
}

static enum pchat_code
replace(struct pchat_line_word *word, const struct search *s, struct pchat_err *err)
{
	char *whole;

	if (s->n == 0 || s->exact)
		return PCHAT_OK;
	if (s->n > 1) {
		pchat_fail(err, PCHAT_USAGE, "'%s' may be short for several commands", word->text);
		pchat_hint(err, "write more of %s", pchat_buf_cstr(&s->all));
		return PCHAT_USAGE;
	}
	whole = pchat_str_dup(pchat_str(s->found));
	if (!whole)
		return pchat_no_memory(err);
	free(word->text);
	word->text = whole;
	return PCHAT_OK;
}

/* @noun: whose verbs are meant; NULL for the first word. */
static enum pchat_code
expand_one(struct pchat_line_word *word, const char *noun, struct pchat_err *err)
{
	struct search s = { .word = pchat_str(word->text) };
	enum pchat_code code;

	if (word->quoted || !s.word.n)
		return PCHAT_OK;
	if (noun)
		search_verb(&s, noun);
	else
		search_first(&s);
	code = replace(word, &s, err);
	pchat_buf_release(&s.all);
	return code;
}

enum pchat_code
pchat_shell_expand(struct pchat_line *line, struct pchat_err *err)
{
	size_t at[2], n = command_places(line, at);
	const char *first;

	if (!n)
		return PCHAT_OK;
	PCHAT_TRY(expand_one(&line->words.v[at[0]], NULL, err));
	first = line->words.v[at[0]].text;
	if (n > 1 && pchat_noun_find(pchat_str(first)))
		return expand_one(&line->words.v[at[1]], first, err);
	/* "help r l" */
	if (n > 1 && strcmp(first, "help") == 0) {
		PCHAT_TRY(expand_one(&line->words.v[at[1]], NULL, err));
		first = line->words.v[at[1]].text;
		if (at[1] + 1 < line->words.n && pchat_noun_find(pchat_str(first)))
			return expand_one(&line->words.v[at[1] + 1], first, err);
	}
	return PCHAT_OK;
}

/* ---- secrets ---- */

static bool
has_secret_option(const struct pchat_cmd *cmd, const struct pchat_line *line)
{
	for (size_t i = 0; i < line->words.n; i++) {
		struct pchat_str value;
		struct pchat_str name = pchat_str_cut(pchat_str(line->words.v[i].text), '=',
		                                      &value);
		struct pchat_option o;

		if (pchat_option_find(cmd, name, &o) && o.flags & PCHAT_ARG_SECRET)
			return true;
	}
	return false;
}

enum pchat_shell_memory
pchat_shell_remember(const struct pchat_line *line)
{
	size_t at[2], n = command_places(line, at);
	const struct pchat_cmd *cmd = NULL;

	if (n > 1)
		cmd = pchat_cmd_find(line->words.v[at[0]].text, line->words.v[at[1]].text);
	if (n && !cmd)
		cmd = pchat_cmd_find(line->words.v[at[0]].text, NULL);
	if (!cmd)
		return PCHAT_SHELL_SESSION;
	if (cmd->flags & PCHAT_CMD_SECRET || has_secret_option(cmd, line))
		return PCHAT_SHELL_FORGET;
	return PCHAT_SHELL_FILE;
}
