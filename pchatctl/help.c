#include "pchatctl/help.h"

#include <string.h>

#include "base/text.h"
#include "pchatctl/handlers.h"
#include "pchatctl/suggest.h"

#define LINE_WIDTH 96 /* help is for reading: no wider than this, whatever the terminal */
#define COLUMN     30 /* where explanations of options begin ... */
#define NARROW     14 /* ... and those of single words */

static void
blanks(struct pchat_buf *out, size_t n)
{
	while (n--)
		pchat_buf_char(out, ' ');
}

/* Words of @text, broken so that no line passes LINE_WIDTH; @at is the column now. */
static void
wrap(struct pchat_buf *out, struct pchat_str text, size_t indent, size_t at)
{
	bool first = true;

	while (text.n) {
		struct pchat_str word = pchat_str_cut(text, ' ', &text);

		if (!first && at + 1 + word.n > LINE_WIDTH) {
			pchat_buf_char(out, '\n');
			blanks(out, indent);
			at = indent;
		} else if (!first) {
			pchat_buf_char(out, ' ');
			at++;
		}
		pchat_buf_str(out, word);
		at += word.n;
		first = false;
	}
	pchat_buf_char(out, '\n');
}

void
pchat_help_line(struct pchat_buf *out, const char *left, size_t width, const char *right)
{
	size_t n = strlen(left);

	pchat_buf_printf(out, "  %s", left);
	if (n + 2 > width) {
		pchat_buf_char(out, '\n');
		n = 0;
		blanks(out, 2);
	}
	blanks(out, width - n);
	wrap(out, pchat_str(right), width + 2, width + 2);
}

static void
heading(struct pchat_buf *out, const char *text)
{
	pchat_buf_printf(out, "\n%s:\n", text);
}

/* ---- overview ---- */

static void
list_verbs(struct pchat_buf *out, const char *noun)
{
	size_t n = strlen(noun);
	bool first = true;

	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *path = pchat_cmds[i].path;

		if (strncmp(path, noun, n) != 0 || path[n] != ' ')
			continue;
		pchat_buf_printf(out, "%s%s", first ? "" : " ", path + n + 1);
		first = false;
	}
}

/* "-o, --output table|wide", "    --[no-]disabled" */
static void
option_label(const struct pchat_option *o, struct pchat_buf *out)
{
	if (o->letter)
		pchat_buf_printf(out, "-%c, %s", o->letter, o->name);
	else if (o->type == PCHAT_ARG_BOOL)
		pchat_buf_printf(out, "    --[no-]%s", o->name + 2);
	else
		pchat_buf_printf(out, "    %s", o->name);
	if (pchat_option_takes_value(o)) {
		pchat_buf_char(out, ' ');
		pchat_option_value_name(o, out);
	}
}

static void
print_globals(struct pchat_buf *out, const struct pchat_cmd *cmd)
{
	struct pchat_option o;

	for (size_t i = 0; pchat_global_option(i, &o); i++) {
		PCHAT_AUTO_VALUE(buf) left = { 0 };

		if (cmd && !pchat_global_applies((enum pchat_global)i, cmd))
			continue;
		option_label(&o, &left);
		pchat_help_line(out, pchat_buf_cstr(&left), COLUMN, o.help);
	}
}

static void
print_overview(struct pchat_buf *out)
{
	pchat_buf_lit(out, "pchatctl administers a persistent chat server.\n\n"
	                   "usage: pchatctl NOUN VERB [NAME...] [OPTION...]\n");
	heading(out, "Nouns and their verbs");
	for (size_t i = 0; i < pchat_n_nouns; i++) {
		PCHAT_AUTO_VALUE(buf) right = { 0 };

		pchat_buf_printf(&right, "%s: ", pchat_nouns[i].help);
		list_verbs(&right, pchat_nouns[i].word);
		pchat_help_line(out, pchat_nouns[i].word, NARROW, pchat_buf_cstr(&right));
	}
	heading(out, "Other commands");
	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (!strchr(pchat_cmds[i].path, ' '))
			pchat_help_line(out, pchat_cmds[i].path, NARROW, pchat_cmds[i].summary);
	heading(out, "Options of all commands, where they mean something");
	print_globals(out, NULL);
	heading(out, "Topics");
	for (size_t i = 0; i < pchat_n_topics; i++)
		pchat_help_line(out, pchat_topics[i].word, NARROW, pchat_topics[i].help);
	pchat_buf_lit(
		out,
		"\nSee 'pchatctl help NOUN', 'pchatctl help NOUN VERB', 'pchatctl help TOPIC'.\n");
}

/* ---- noun ---- */

static void
print_noun(struct pchat_buf *out, const struct pchat_noun *noun)
{
	size_t n = strlen(noun->word);

	pchat_buf_printf(out, "%s: %s\n", noun->word, noun->help);
	heading(out, "Commands");
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *path = pchat_cmds[i].path;

		if (strncmp(path, noun->word, n) == 0 && path[n] == ' ')
			pchat_help_line(out, path, COLUMN, pchat_cmds[i].summary);
	}
	pchat_buf_printf(out, "\nSee 'pchatctl help %s VERB'.\n", noun->word);
}

/* ---- command ---- */

static void
print_arguments(struct pchat_buf *out, const struct pchat_cmd *cmd)
{
	bool first = true;

	for (const struct pchat_arg *a = cmd->args; a && a->name; a++) {
		PCHAT_AUTO_VALUE(buf) left = { 0 };

		if (a->name[0] == '-')
			continue;
		if (first)
			heading(out, "Arguments");
		first = false;
		pchat_arg_name(cmd, a, &left);
		pchat_help_line(out, pchat_buf_cstr(&left), COLUMN, a->help);
	}
}

void
pchat_help_option(const struct pchat_cmd *cmd, const struct pchat_option *o, struct pchat_buf *out)
{
	const struct pchat_field *f = o->field >= 0 ? &pchat_kind_info(cmd->kind)->fields[o->field]
	                                            : NULL;

	if (f && o->op == PCHAT_OPTION_ADD)
		pchat_buf_lit(out, "add one: ");
	else if (f && o->op == PCHAT_OPTION_DROP)
		pchat_buf_lit(out, "take one away: ");
	else if (f && o->op == PCHAT_OPTION_MATCH)
		pchat_buf_lit(out, "only those with this: ");
	else if (f && f->type == PCHAT_TYPE_PRINCIPALS)
		pchat_buf_lit(out, "all of them, separated by commas: ");
	else if (f && o->field == 0)
		pchat_buf_lit(out, "a new one: ");
	pchat_buf_text(out, o->help);
	if (o->flags & PCHAT_ARG_REQUIRED)
		pchat_buf_lit(out, "; needed");
	else if (f && cmd->flags & PCHAT_CMD_CREATE_FIELDS && *f->preset)
		pchat_buf_printf(out, "; default %s", f->preset);
}

static void
print_options(struct pchat_buf *out, const struct pchat_cmd *cmd)
{
	struct pchat_option o;

	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++) {
		PCHAT_AUTO_VALUE(buf) left = { 0 };
		PCHAT_AUTO_VALUE(buf) right = { 0 };

		if (i == 0)
			heading(out, "Options");
		option_label(&o, &left);
		pchat_help_option(cmd, &o, &right);
		pchat_help_line(out, pchat_buf_cstr(&left), COLUMN, pchat_buf_cstr(&right));
	}
}

static void
print_command(struct pchat_buf *out, const struct pchat_cmd *cmd)
{
	pchat_buf_printf(out, "%s: %s\n\nusage: ", cmd->path, cmd->summary);
	pchat_usage_line(cmd, out);
	pchat_buf_char(out, '\n');
	if (cmd->details) {
		pchat_buf_char(out, '\n');
		wrap(out, pchat_str(cmd->details), 0, 0);
	}
	print_arguments(out, cmd);
	print_options(out, cmd);
	heading(out, "Options of all commands");
	print_globals(out, cmd);
	heading(out, cmd->examples[1] ? "Examples" : "Example");
	for (size_t i = 0; cmd->examples[i]; i++)
		pchat_buf_printf(out, "  %s\n", cmd->examples[i]);
}

/* ---- finding what is asked for ---- */

enum pchat_code
pchat_help_for(struct pchat_ctl *ctl, const struct pchat_noun *noun, const struct pchat_cmd *cmd,
               struct pchat_err *err)
{
	if (cmd)
		print_command(&ctl->out.buf, cmd);
	else if (noun)
		print_noun(&ctl->out.buf, noun);
	else
		print_overview(&ctl->out.buf);
	return pchat_sink_drain(&ctl->out, err);
}

static const struct pchat_topic *
find_topic(const char *word)
{
	for (size_t i = 0; i < pchat_n_topics; i++)
		if (strcmp(pchat_topics[i].word, word) == 0)
			return &pchat_topics[i];
	return NULL;
}

static enum pchat_code
unknown(const char *word, struct pchat_err *err)
{
	const char *words[16];
	const char *near;
	size_t n = 0;

	for (; n < pchat_n_topics && n < PCHAT_N(words); n++)
		words[n] = pchat_topics[n].word;
	near = pchat_nearest(pchat_str(word), words, n);
	if (!near)
		return pchat_suggest_command(word, err);
	pchat_fail(err, PCHAT_USAGE, "unknown command or topic '%s'", word);
	pchat_hint(err, "did you mean '%s'?", near);
	return PCHAT_USAGE;
}

enum pchat_code
pchat_help_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *first = pchat_call_name(call, 0), *second = pchat_call_name(call, 1);
	const struct pchat_topic *topic = first && !second ? find_topic(first) : NULL;
	const struct pchat_noun *noun;
	const struct pchat_cmd *cmd;

	if (!first && (ctl->globals.format == PCHAT_FORMAT_JSON ||
	               ctl->globals.format == PCHAT_FORMAT_JSONL)) {
		pchat_help_json(&ctl->out.buf);
		return pchat_sink_drain(&ctl->out, err);
	}
	if (topic) {
		topic->print(&ctl->out.buf);
		return pchat_sink_drain(&ctl->out, err);
	}
	if (!first)
		return pchat_help_for(ctl, NULL, NULL, err);
	cmd = pchat_cmd_find(first, second);
	noun = pchat_noun_find(pchat_str(first));
	if (!cmd && noun && second)
		PCHAT_TRY_WORD(second, err, pchat_suggest_verb(noun->word, second, err));
	if (!cmd && !noun)
		PCHAT_TRY_WORD(first, err, unknown(first, err));
	return pchat_help_for(ctl, noun, cmd, err);
}
