#include "pchatctl/suggest.h"

#include <string.h>

#include "base/text.h"
#include "pchatctl/globals.h"

/* Most options that are suggested at once. */
#define BEGUN_SHOWN 4

const struct pchat_noun *
pchat_noun_find(struct pchat_str word)
{
	for (size_t i = 0; i < pchat_n_nouns; i++)
		if (pchat_str_is(word, pchat_nouns[i].word))
			return &pchat_nouns[i];
	return NULL;
}

/* "rooms" and "categories" mean "room" and "category". */
static const char *
singular(const char *word)
{
	enum pchat_kind kind;

	if (pchat_kind_by_section(pchat_str(word), &kind))
		return pchat_kind_info(kind)->word;
	return NULL;
}

enum pchat_code
pchat_suggest_command(const char *word, struct pchat_err *err)
{
	PCHAT_VEC(const char *) words = { 0 };
	const char *near = singular(word);

	for (size_t i = 0; i < pchat_n_nouns; i++)
		if (!pchat_vec_push(&words, pchat_nouns[i].word))
			break;
	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (!strchr(pchat_cmds[i].path, ' ') && !pchat_vec_push(&words, pchat_cmds[i].path))
			break;
	pchat_fail(err, PCHAT_USAGE, "unknown command '%s'", word);
	if (!near)
		near = pchat_nearest(pchat_str(word), words.v, words.n);
	pchat_hint(err, near ? "did you mean '%s'?" : "try 'pchatctl help'%s", near ? near : "");
	pchat_vec_release(&words);
	return PCHAT_USAGE;
}

/* What other tools call our verbs: no matter of spelling. */
static const struct {
	const char *theirs, *ours;
} synonyms[] = {
	{ "add", "create" }, { "new", "create" },    { "get", "show" },   { "describe", "show" },
	{ "ls", "list" },    { "remove", "delete" }, { "rm", "delete" },  { "del", "delete" },
	{ "edit", "set" },   { "update", "set" },    { "modify", "set" },
};

/* The verb among @verbs that @word stands for elsewhere, or NULL. */
static const char *
synonym(const char *word, const char *const *verbs, size_t n)
{
	for (size_t i = 0; i < PCHAT_N(synonyms); i++) {
		if (!pchat_str_iis(pchat_str(word), synonyms[i].theirs))
			continue;
		for (size_t v = 0; v < n; v++)
			if (strcmp(verbs[v], synonyms[i].ours) == 0)
				return verbs[v];
	}
	return NULL;
}

enum pchat_code
pchat_suggest_verb(const char *noun, const char *verb, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) all = { 0 };
	PCHAT_VEC(const char *) verbs = { 0 };
	const char *near = NULL;
	size_t n = strlen(noun);

	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *path = pchat_cmds[i].path;

		if (strncmp(path, noun, n) == 0 && path[n] == ' ') {
			pchat_buf_printf(&all, "%s%s", verbs.n ? ", " : "", path + n + 1);
			if (!pchat_vec_push(&verbs, path + n + 1))
				break;
		}
	}
	if (verb) {
		pchat_fail(err, PCHAT_USAGE, "%s: unknown verb '%s'", noun, verb);
		near = synonym(verb, verbs.v, verbs.n);
		if (!near)
			near = pchat_nearest(pchat_str(verb), verbs.v, verbs.n);
	} else {
		pchat_fail(err, PCHAT_USAGE, "%s: the verb is missing", noun);
	}
	if (near)
		pchat_hint(err, "did you mean '%s %s'?", noun, near);
	else
		pchat_hint(err, "use one of %s", pchat_buf_cstr(&all));
	pchat_vec_release(&verbs);
	return PCHAT_USAGE;
}

/* Keep @name if it is nearer to @word than what @best holds. */
static void
nearer(struct pchat_str word, const char *name, size_t *best_distance,
       char best[PCHAT_OPTION_NAME_MAX])
{
	size_t d = pchat_distance(word, pchat_str(name), *best_distance);

	if (d < *best_distance) {
		*best_distance = d;
		memcpy(best, name, strlen(name) + 1);
	}
}

/* Options that begin with what was typed, as somebody means who abbreviates. */
static void
begun_with(struct pchat_str name, const char *option, size_t *n, struct pchat_buf *out)
{
	if (name.n < 3 || !pchat_str_starts(pchat_str(option), "--") || strlen(option) < name.n ||
	    memcmp(option, name.p, name.n) != 0)
		return;
	if ((*n)++ < BEGUN_SHOWN)
		pchat_buf_printf(out, "%s'%s'", *n > 1 ? " or " : "", option);
}

/* All of them, unless there are many. */
static bool
suggest_begun(const struct pchat_cmd *cmd, struct pchat_str name, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) names = { 0 };
	struct pchat_option o;
	size_t n = 0;

	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++)
		begun_with(name, o.name, &n, &names);
	for (size_t i = 0; pchat_global_option(i, &o); i++)
		if (pchat_global_applies((enum pchat_global)i, cmd))
			begun_with(name, o.name, &n, &names);
	if (!n || n > BEGUN_SHOWN)
		return false;
	pchat_hint(err, "did you mean %s?", pchat_buf_cstr(&names));
	return true;
}

void
pchat_suggest_option(const struct pchat_cmd *cmd, struct pchat_str name, struct pchat_err *err)
{
	char best[PCHAT_OPTION_NAME_MAX] = "";
	struct pchat_option o;
	size_t distance = 2 + name.n / 4;

	if (suggest_begun(cmd, name, err))
		return;
	if (name.n > PCHAT_OPTION_NAME_MAX)
		distance = 0;
	for (size_t i = 0; distance && pchat_option_at(cmd, i, &o); i++)
		nearer(name, o.name, &distance, best);
	for (size_t i = 0; distance && pchat_global_option(i, &o); i++)
		if (pchat_global_applies((enum pchat_global)i, cmd))
			nearer(name, o.name, &distance, best);
	if (*best)
		pchat_hint(err, "did you mean '%s'?", best);
	else
		pchat_hint(err, "see 'pchatctl %s --help'", cmd->path);
}

static void
usage_argument(const struct pchat_cmd *cmd, const struct pchat_arg *arg, struct pchat_buf *out)
{
	bool required = arg->flags & PCHAT_ARG_REQUIRED;

	pchat_buf_text(out, required ? " " : " [");
	pchat_arg_name(cmd, arg, out);
	if (arg->flags & PCHAT_ARG_MANY)
		pchat_buf_text(out, "...");
	if (!required)
		pchat_buf_char(out, ']');
}

void
pchat_usage_line(const struct pchat_cmd *cmd, struct pchat_buf *out)
{
	struct pchat_option o;
	bool more = false;

	pchat_buf_printf(out, "pchatctl %s", cmd->path);
	for (const struct pchat_arg *a = cmd->args; a && a->name; a++)
		if (a->name[0] != '-')
			usage_argument(cmd, a, out);
	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++) {
		if (!(o.flags & PCHAT_ARG_REQUIRED)) {
			more = true;
			continue;
		}
		pchat_buf_printf(out, " %s ", o.name);
		pchat_option_value_name(&o, out);
	}
	if (more)
		pchat_buf_text(out, " [OPTION...]");
}

void
pchat_suggest_usage(const struct pchat_cmd *cmd, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	pchat_usage_line(cmd, &line);
	pchat_hint(err, "usage: %s", pchat_buf_cstr(&line));
}
