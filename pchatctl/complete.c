#include "pchatctl/complete_private.h"

#include <string.h>

#include "base/text.h"
#include "pchatctl/help.h"

void
pchat_completion_release(struct pchat_completion *c)
{
	for (size_t i = 0; i < c->list.n; i++) {
		free(c->list.v[i].text);
		free(c->list.v[i].help);
	}
	pchat_vec_release(&c->list);
	free(c->about);
	*c = (struct pchat_completion){ 0 };
}

/* ---- candidates ---- */

struct pchat_str
pchat_complete_typed(const struct pchat_completer *c)
{
	return (struct pchat_str){ c->word.p + c->head, c->word.n - c->head };
}

static void
push(struct pchat_completer *c, struct pchat_str text, size_t said, const char *help, bool partial)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	struct pchat_candidate one = { .partial = partial, .said = c->head + said };

	pchat_buf_add(&b, c->word.p, c->head);
	pchat_buf_str(&b, text);
	one.text = pchat_buf_take(&b);
	one.help = help && *help ? pchat_str_dup(pchat_str(help)) : NULL;
	if (!one.text || !pchat_vec_push(&c->ret->list, one)) {
		free(one.text);
		free(one.help);
	}
}

void
pchat_complete_offer(struct pchat_completer *c, const char *text, const char *help, bool partial)
{
	struct pchat_str typed = pchat_complete_typed(c);
	size_t n = strlen(text);

	if (n >= typed.n && memcmp(text, typed.p, typed.n) == 0)
		push(c, (struct pchat_str){ text, n }, typed.n, help, partial);
}

void
pchat_complete_offer_name(struct pchat_completer *c, struct pchat_str name, size_t said)
{
	push(c, name, said, NULL, false);
}

/* ---- what the words before say ---- */

/* The option of that name or letter, as far as it is known what the command is. */
static bool
find_option(const struct pchat_completer *c, struct pchat_str name, char letter,
            struct pchat_option *ret)
{
	int g = letter ? pchat_global_by_letter(letter) : pchat_global_find(name);
	const struct pchat_cmd *alone;

	if (g >= 0)
		return pchat_global_option((size_t)g, ret);
	if (!c->cmd && c->noun && (alone = pchat_cmd_alone(c->noun->word)) &&
	    (letter ? pchat_option_by_letter(alone, letter, ret)
	            : pchat_option_find(alone, name, ret)))
		return true;
	if (!c->cmd)
		return pchat_call_some_option(name, letter, ret);
	return letter ? pchat_option_by_letter(c->cmd, letter, ret)
	              : pchat_option_find(c->cmd, name, ret);
}

static void
take_value(struct pchat_completer *c, const struct pchat_option *o, const char *value)
{
	if (value && pchat_global_find(pchat_str(o->name)) == PCHAT_GLOBAL_STORE)
		c->store_text = value;
	if (value && pchat_global_find(pchat_str(o->name)) == PCHAT_GLOBAL_TXN)
		c->txn_text = value;
	if (value)
		return;
	c->pending = *o;
	c->is_pending = true;
}

static void
take_long(struct pchat_completer *c, const char *token)
{
	const char *equals = strchr(token, '=');
	struct pchat_str name = { token, equals ? (size_t)(equals - token) : strlen(token) };
	struct pchat_option o;

	(void)!pchat_vec_push(&c->given, token);
	if (find_option(c, name, 0, &o) && pchat_option_takes_value(&o))
		take_value(c, &o, equals ? equals + 1 : NULL);
}

static void
take_letters(struct pchat_completer *c, const char *token)
{
	struct pchat_option o;

	(void)!pchat_vec_push(&c->given, token);
	for (const char *p = token + 1; *p; p++) {
		if (!find_option(c, (struct pchat_str){ 0 }, *p, &o))
			return;
		if (!pchat_option_takes_value(&o))
			continue;
		take_value(c, &o, p[1] ? p + 1 : NULL);
		return;
	}
}

static void
take_word(struct pchat_completer *c, const char *token)
{
	if (c->n_words == 0) {
		c->noun = pchat_noun_find(pchat_str(token));
		c->cmd = pchat_cmd_find(token, NULL);
		if (!c->cmd && c->noun)
			c->cmd = pchat_cmd_alone(token);
		c->n_words = 1;
		return;
	}
	if (c->n_words == 1 && c->noun && !c->names.n) {
		const struct pchat_cmd *cmd = pchat_cmd_find(c->noun->word, token);

		if (cmd || !c->cmd || c->cmd->flags & PCHAT_CMD_ALONE) {
			c->cmd = cmd;
			c->n_words = 2;
			return;
		}
	}
	(void)!pchat_vec_push(&c->names, token);
}

static void
take(struct pchat_completer *c, const char *token)
{
	if (c->is_pending) {
		c->is_pending = false;
		take_value(c, &c->pending, token);
	} else if (c->only_names || token[0] != '-' || !token[1]) {
		take_word(c, token);
	} else if (strcmp(token, "--") == 0) {
		c->only_names = true;
	} else if (token[1] == '-') {
		take_long(c, token);
	} else {
		take_letters(c, token);
	}
}

/* ---- commands ---- */

static void
offer_commands(struct pchat_completer *c)
{
	for (size_t i = 0; i < pchat_n_nouns; i++)
		pchat_complete_offer(c, pchat_nouns[i].word, pchat_nouns[i].help, false);
	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (!strchr(pchat_cmds[i].path, ' ') &&
		    !pchat_noun_find(pchat_str(pchat_cmds[i].path)))
			pchat_complete_offer(c, pchat_cmds[i].path, pchat_cmds[i].summary, false);
}

static void
offer_verbs(struct pchat_completer *c, const char *noun)
{
	size_t n = strlen(noun);

	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *path = pchat_cmds[i].path;

		if (strncmp(path, noun, n) == 0 && path[n] == ' ')
			pchat_complete_offer(c, path + n + 1, pchat_cmds[i].summary, false);
	}
}

void
pchat_complete_help_words(struct pchat_completer *c)
{
	if (c->names.n > 1)
		return;
	if (c->names.n == 1) {
		offer_verbs(c, c->names.v[0]);
		return;
	}
	offer_commands(c);
	for (size_t i = 0; i < pchat_n_topics; i++)
		pchat_complete_offer(c, pchat_topics[i].word, pchat_topics[i].help, false);
}

/* ---- options ---- */

/* Was it given, as "--name", "--name=...", "--no-name" or by its letter? */
static bool
was_given(const struct pchat_completer *c, const struct pchat_option *o)
{
	for (size_t i = 0; i < c->given.n; i++) {
		const char *g = c->given.v[i];
		struct pchat_str value, name = pchat_str_cut(pchat_str(g), '=', &value);

		if (g[1] == '-' ? pchat_str_is(name, o->name) || (strncmp(g, "--no-", 5) == 0 &&
		                                                  strcmp(g + 5, o->name + 2) == 0)
		                : o->letter && strchr(g + 1, o->letter))
			return true;
	}
	return false;
}

static void
offer_option(struct pchat_completer *c, const struct pchat_option *o, bool needed)
{
	PCHAT_AUTO_VALUE(buf) help = { 0 };

	if (needed != ((o->flags & PCHAT_ARG_REQUIRED) != 0) ||
	    (!(o->flags & PCHAT_ARG_MANY) && was_given(c, o)))
		return;
	if (c->cmd)
		pchat_help_option(c->cmd, o, &help);
	else
		pchat_buf_text(&help, o->help);
	pchat_complete_offer(c, o->name, pchat_buf_cstr(&help), false);
	if (o->type == PCHAT_ARG_BOOL) {
		PCHAT_AUTO_VALUE(buf) negated = { 0 };

		pchat_buf_printf(&negated, "--no-%s", o->name + 2);
		pchat_buf_clear(&help);
		pchat_buf_printf(&help, "not: %s", o->help);
		pchat_complete_offer(c, pchat_buf_cstr(&negated), pchat_buf_cstr(&help), false);
	}
}

/* What is needed stands first. */
static void
offer_options(struct pchat_completer *c, bool with_globals)
{
	struct pchat_option o;

	for (int needed = 1; c->cmd && needed >= 0; needed--)
		for (size_t i = 0; pchat_option_at(c->cmd, i, &o); i++)
			offer_option(c, &o, needed);
	for (size_t i = 0; with_globals && pchat_global_option(i, &o); i++)
		if (!c->cmd || pchat_global_applies((enum pchat_global)i, c->cmd))
			offer_option(c, &o, false);
}

/* "--category=Fin", "--disabled=t" */
static void
complete_assignment(struct pchat_completer *c, size_t equals)
{
	struct pchat_option o;

	if (!find_option(c, (struct pchat_str){ c->word.p, equals }, 0, &o))
		return;
	c->head = equals + 1;
	pchat_complete_value(c, &o);
}

/* "-ojson": the value follows the letter at once. The letter alone is all there is to it. */
static void
complete_letters(struct pchat_completer *c)
{
	struct pchat_option o;

	for (size_t i = 1; i < c->word.n; i++) {
		if (!find_option(c, (struct pchat_str){ 0 }, c->word.p[i], &o))
			return;
		if (!pchat_option_takes_value(&o) || i + 1 == c->word.n)
			continue;
		c->head = i + 1;
		pchat_complete_value(c, &o);
		return;
	}
	push(c, c->word, c->word.n, o.help, false);
}

static void
complete_option(struct pchat_completer *c)
{
	const char *equals = memchr(c->word.p, '=', c->word.n);

	c->ret->what = "an option";
	if (c->word.n == 1 || (c->word.p[1] == '-' && !equals))
		offer_options(c, true);
	else if (c->word.p[1] == '-')
		complete_assignment(c, (size_t)(equals - c->word.p));
	else
		complete_letters(c);
}

/* ---- arguments ---- */

/* A positional argument is looked at like the value of an option. */
static bool
complete_argument(struct pchat_completer *c)
{
	const struct pchat_arg *arg = c->cmd ? pchat_arg_at(c->cmd, c->names.n) : NULL;
	struct pchat_option o;

	if (!arg)
		return false;
	o = (struct pchat_option){ .type = arg->type,
		                   .kind = arg->kind,
		                   .words = arg->words,
		                   .flags = arg->flags,
		                   .help = arg->help,
		                   .field = -1 };
	if (o.kind == PCHAT_NO_KIND && (o.type == PCHAT_ARG_OBJECT || o.type == PCHAT_ARG_NEW))
		o.kind = c->cmd->kind;
	c->positional = true;
	pchat_complete_value(c, &o);
	return true;
}

static void
complete_word(struct pchat_completer *c)
{
	if (c->is_pending) {
		pchat_complete_value(c, &c->pending);
	} else if (!c->only_names && c->word.n && c->word.p[0] == '-') {
		complete_option(c);
	} else if (c->n_words == 0) {
		c->ret->what = "a command";
		offer_commands(c);
	} else {
		if (c->n_words == 1 && c->noun) {
			c->ret->what = "a verb";
			offer_verbs(c, c->noun->word);
		}
		/* Where no name is expected, or any number of them was given, options are. */
		if (!complete_argument(c) && !c->only_names && c->n_words) {
			c->ret->what = c->ret->what ? c->ret->what : "an option";
			if (!c->word.n)
				offer_options(c, false);
		}
	}
}

/* A shell takes only what begins with what was typed; and what several candidates have in common
 * must not be less than that. The only candidate is spelled as it is. */
static void
spell_as_typed(struct pchat_completer *c)
{
	for (size_t i = 0; c->ret->list.n > 1 && i < c->ret->list.n; i++) {
		struct pchat_candidate *one = &c->ret->list.v[i];
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		char *text;

		if (one->said == c->word.n && memcmp(one->text, c->word.p, c->word.n) == 0)
			continue;
		pchat_buf_str(&b, c->word);
		pchat_buf_text(&b, one->text + one->said);
		text = pchat_buf_take(&b);
		if (!text)
			continue;
		free(one->text);
		one->text = text;
		one->said = c->word.n;
	}
}

void
pchat_complete(const char *const *words, size_t n, const char *store, struct pchat_completion *ret)
{
	struct pchat_completer c = { .ret = ret,
		                     .word = pchat_str(words[n - 1]),
		                     .store_text = store };

	for (size_t i = 0; i + 1 < n; i++)
		take(&c, words[i]);
	complete_word(&c);
	spell_as_typed(&c);
	pchat_store_close(c.store);
	pchat_globals_release(&c.globals);
	pchat_vec_release(&c.names);
	pchat_vec_release(&c.given);
}
