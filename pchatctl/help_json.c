#include "base/json.h"
#include "pchatctl/help.h"
#include "pchatctl/suggest.h"

static void
put_text(struct pchat_json *j, const char *key, const char *text)
{
	pchat_json_key(j, key);
	pchat_json_text(j, text);
}

static void
put_flag(struct pchat_json *j, const char *key, bool v)
{
	if (!v)
		return;
	pchat_json_key(j, key);
	pchat_json_bool(j, true);
}

static void
put_words(struct pchat_json *j, const char *key, const char *const *words)
{
	if (!words)
		return;
	pchat_json_key(j, key);
	pchat_json_begin_array(j);
	for (; *words; words++)
		pchat_json_text(j, *words);
	pchat_json_end_array(j);
}

static void
put_kind(struct pchat_json *j, enum pchat_kind kind)
{
	if (kind != PCHAT_NO_KIND)
		put_text(j, "names", pchat_kind_info(kind)->word);
}

static void
put_option(struct pchat_json *j, const struct pchat_option *o)
{
	pchat_json_begin_object(j);
	put_text(j, "name", o->name);
	if (o->letter)
		put_text(j, "letter", (const char[]){ o->letter, '\0' });
	if (pchat_option_takes_value(o)) {
		PCHAT_AUTO_VALUE(buf) value = { 0 };

		pchat_option_value_name(o, &value);
		put_text(j, "value", pchat_buf_cstr(&value));
	}
	put_kind(j, o->kind);
	put_flag(j, "principal", o->type == PCHAT_ARG_PRINCIPAL);
	put_flag(j, "file", o->type == PCHAT_ARG_FILE || o->type == PCHAT_ARG_FOLDER);
	put_words(j, "words", o->words);
	put_flag(j, "required", o->flags & PCHAT_ARG_REQUIRED);
	put_flag(j, "many", o->flags & PCHAT_ARG_MANY);
	put_text(j, "help", o->help);
	pchat_json_end_object(j);
}

static void
put_arguments(struct pchat_json *j, const struct pchat_cmd *cmd)
{
	pchat_json_key(j, "arguments");
	pchat_json_begin_array(j);
	for (const struct pchat_arg *a = cmd->args; a && a->name; a++) {
		PCHAT_AUTO_VALUE(buf) name = { 0 };
		enum pchat_kind kind = a->kind;

		if (a->name[0] == '-')
			continue;
		if (kind == PCHAT_NO_KIND && a->type == PCHAT_ARG_OBJECT)
			kind = cmd->kind;
		pchat_arg_name(cmd, a, &name);
		pchat_json_begin_object(j);
		put_text(j, "name", pchat_buf_cstr(&name));
		put_kind(j, kind);
		put_flag(j, "principal", a->type == PCHAT_ARG_PRINCIPAL);
		put_flag(j, "file", a->type == PCHAT_ARG_FILE || a->type == PCHAT_ARG_FOLDER);
		put_flag(j, "required", a->flags & PCHAT_ARG_REQUIRED);
		put_flag(j, "many", a->flags & PCHAT_ARG_MANY);
		put_text(j, "help", a->help);
		pchat_json_end_object(j);
	}
	pchat_json_end_array(j);
}

static void
put_command(struct pchat_json *j, const struct pchat_cmd *cmd)
{
	PCHAT_AUTO_VALUE(buf) usage = { 0 };
	struct pchat_option o;

	pchat_usage_line(cmd, &usage);
	pchat_json_begin_object(j);
	put_text(j, "command", cmd->path);
	put_text(j, "summary", cmd->summary);
	put_text(j, "usage", pchat_buf_cstr(&usage));
	if (cmd->details)
		put_text(j, "details", cmd->details);
	put_flag(j, "writes", cmd->flags & PCHAT_CMD_WRITE);
	put_flag(j, "daemon", cmd->flags & PCHAT_CMD_DAEMON);
	put_flag(j, "batch", pchat_cmd_batches(cmd));
	put_arguments(j, cmd);
	pchat_json_key(j, "options");
	pchat_json_begin_array(j);
	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++)
		put_option(j, &o);
	pchat_json_end_array(j);
	pchat_json_key(j, "globals");
	pchat_json_begin_array(j);
	for (size_t i = 0; pchat_global_option(i, &o); i++)
		if (pchat_global_applies((enum pchat_global)i, cmd))
			pchat_json_text(j, o.name);
	pchat_json_end_array(j);
	put_words(j, "examples", cmd->examples);
	pchat_json_end_object(j);
}

static void
put_globals(struct pchat_json *j)
{
	struct pchat_option o;

	pchat_json_key(j, "globals");
	pchat_json_begin_array(j);
	for (size_t i = 0; pchat_global_option(i, &o); i++)
		put_option(j, &o);
	pchat_json_end_array(j);
}

static void
put_helped(struct pchat_json *j, const char *word, const char *help)
{
	pchat_json_begin_object(j);
	put_text(j, "word", word);
	put_text(j, "help", help);
	pchat_json_end_object(j);
}

void
pchat_help_json(struct pchat_buf *out)
{
	struct pchat_json j;

	pchat_json_init(&j, out, true);
	pchat_json_begin_object(&j);
	put_globals(&j);
	pchat_json_key(&j, "nouns");
	pchat_json_begin_array(&j);
	for (size_t i = 0; i < pchat_n_nouns; i++)
		put_helped(&j, pchat_nouns[i].word, pchat_nouns[i].help);
	pchat_json_end_array(&j);
	pchat_json_key(&j, "commands");
	pchat_json_begin_array(&j);
	for (size_t i = 0; i < pchat_n_cmds; i++)
		put_command(&j, &pchat_cmds[i]);
	pchat_json_end_array(&j);
	pchat_json_key(&j, "topics");
	pchat_json_begin_array(&j);
	for (size_t i = 0; i < pchat_n_topics; i++)
		put_helped(&j, pchat_topics[i].word, pchat_topics[i].help);
	pchat_json_end_array(&j);
	pchat_json_end_object(&j);
	pchat_buf_char(out, '\n');
}
