#include "pchatctl/call.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/globals.h"
#include "pchatctl/input.h"
#include "pchatctl/moment.h"
#include "pchatctl/suggest.h"
#include "pchatctl/revision.h"

/* Longest DURATION an option of a command may have: a year. */
#define DURATION_MAX UINT64_C(31622400)
struct parser {
	int argc;
	char *const *argv;
	int at;         /* next token */
	int words_left; /* of the command, still to be passed over */
	bool complete;  /* every token was taken: what is wrong now is missing */
	struct pchat_globals *globals;
	struct pchat_call *call;
	struct pchat_err *err;
};

void
pchat_call_release(struct pchat_call *call)
{
	pchat_vec_release(&call->given);
	pchat_vec_release(&call->names);
	pchat_vec_release(&call->lines);
	free(call->input);
	call->input = NULL;
	call->cmd = NULL;
}

static bool
is_option(const char *token)
{
	return token[0] == '-' && token[1] != '\0';
}

/* ---- finding the command ---- */

bool
pchat_call_some_option(struct pchat_str name, char letter, struct pchat_option *ret)
{
	int g = letter ? pchat_global_by_letter(letter) : pchat_global_find(name);

	if (g >= 0)
		return pchat_global_option((size_t)g, ret);
	for (size_t c = 0; c < pchat_n_cmds; c++)
		if (letter ? pchat_option_by_letter(&pchat_cmds[c], letter, ret)
		           : pchat_option_find(&pchat_cmds[c], name, ret))
			return true;
	return false;
}

const struct pchat_cmd *
pchat_cmd_alone(const char *noun)
{
	size_t n = strlen(noun);

	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (pchat_cmds[i].flags & PCHAT_CMD_ALONE &&
		    strncmp(pchat_cmds[i].path, noun, n) == 0 && pchat_cmds[i].path[n] == ' ')
			return &pchat_cmds[i];
	return NULL;
}

/* Does an option take the next token as its value, as far as that is known before the command
 * is? --invitations does with rooms and does not with categories. */
enum arity { ARITY_NONE, ARITY_FLAG, ARITY_VALUE, ARITY_EITHER };

static enum arity
arity_of(const struct pchat_cmd *alone, struct pchat_str name, char letter)
{
	int g = letter ? pchat_global_by_letter(letter) : pchat_global_find(name);
	unsigned arity = ARITY_NONE;
	struct pchat_option o;

	if (g >= 0 && pchat_global_option((size_t)g, &o))
		return pchat_option_takes_value(&o) ? ARITY_VALUE : ARITY_FLAG;
	if (alone && (letter ? pchat_option_by_letter(alone, letter, &o)
	                     : pchat_option_find(alone, name, &o)))
		return pchat_option_takes_value(&o) ? ARITY_VALUE : ARITY_FLAG;
	for (size_t c = 0; c < pchat_n_cmds; c++)
		if (letter ? pchat_option_by_letter(&pchat_cmds[c], letter, &o)
		           : pchat_option_find(&pchat_cmds[c], name, &o))
			arity |= pchat_option_takes_value(&o) ? ARITY_VALUE : ARITY_FLAG;
	return (enum arity)arity;
}

/* Is it a word that a command begins with? */
static bool
begins_command(const char *token)
{
	return token && (pchat_noun_find(pchat_str(token)) || pchat_cmd_find(token, NULL));
}

/* Is @next the value of the option @token? @alone: what is meant unless a verb comes, or NULL. */
static bool
eats_next(const struct pchat_cmd *alone, const char *token, const char *next)
{
	enum arity arity = ARITY_NONE;

	if (token[1] == '-') {
		if (!strchr(token, '='))
			arity = arity_of(alone, pchat_str(token), 0);
		return arity == ARITY_VALUE || (arity == ARITY_EITHER && !begins_command(next));
	}
	for (const char *c = token + 1; *c; c++) {
		arity = arity_of(alone, (struct pchat_str){ 0 }, *c);
		if (arity != ARITY_FLAG)
			return arity == ARITY_VALUE && !c[1];
	}
	return false;
}

/* The first two tokens that are neither options nor their values. */
static size_t
command_words(int argc, char *const *argv, const char *words[2])
{
	const struct pchat_cmd *alone = NULL;
	const struct pchat_noun *noun;
	size_t n = 0;

	for (int i = 0; i < argc && n < 2; i++) {
		if (strcmp(argv[i], "--") == 0)
			break;
		if (!is_option(argv[i])) {
			words[n++] = argv[i];
			if (n == 1 && pchat_cmd_find(argv[i], NULL))
				break;
			noun = n == 1 ? pchat_noun_find(pchat_str(argv[i])) : NULL;
			alone = noun ? pchat_cmd_alone(noun->word) : NULL;
		} else if (eats_next(alone, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
			i++;
		}
	}
	return n;
}

const struct pchat_cmd *
pchat_cmd_find(const char *noun, const char *verb)
{
	size_t n = strlen(noun);

	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *path = pchat_cmds[i].path;

		if (strncmp(path, noun, n) != 0)
			continue;
		if (verb ? path[n] == ' ' && strcmp(path + n + 1, verb) == 0 : !path[n])
			return &pchat_cmds[i];
	}
	return NULL;
}

/* A noun is said as people say it: "rooms" and "categories" count, too. */
/* Commands in a file need no word: "pchatctl -f FILE". */
static bool
names_file(int argc, char *const *argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "-f", 2) == 0 || strcmp(argv[i], "--file") == 0 ||
		    strncmp(argv[i], "--file=", 7) == 0)
			return true;
		if (is_option(argv[i]) &&
		    eats_next(NULL, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
			i++;
	}
	return false;
}

static enum pchat_code
find_command(struct parser *p, const char *words[2], size_t n)
{
	const struct pchat_noun *noun;

	if (!n && names_file(p->argc, p->argv)) {
		p->call->cmd = pchat_cmd_find("batch", NULL);
		return PCHAT_OK;
	}

	/* Without a command, and with somebody to ask, the shell asks. */
	if (!n && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		p->call->cmd = pchat_cmd_find("shell", NULL);
		return PCHAT_OK;
	}
	if (!n) {
		pchat_fail(p->err, PCHAT_USAGE, "no command given");
		pchat_hint(p->err, "try 'pchatctl help'");
		return PCHAT_USAGE;
	}
	p->call->cmd = pchat_cmd_find(words[0], n > 1 ? words[1] : NULL);
	if (!p->call->cmd && n > 1)
		p->call->cmd = pchat_cmd_find(words[0], NULL);
	p->words_left = 1;
	if (p->call->cmd) {
		p->words_left += strchr(p->call->cmd->path, ' ') != NULL;
		return PCHAT_OK;
	}
	noun = pchat_noun_find(pchat_str(words[0]));
	p->call->noun = noun;
	if (!noun)
		return pchat_suggest_command(words[0], p->err);
	p->call->cmd = n == 1 ? pchat_cmd_alone(noun->word) : NULL;
	if (p->call->cmd)
		return PCHAT_OK;
	return pchat_suggest_verb(noun->word, n > 1 ? words[1] : NULL, p->err);
}

/* ---- checking values ---- */

static enum pchat_code
wrong(struct parser *p, const char *name, const char *text, const char *what)
{
	return pchat_fail(p->err, PCHAT_USAGE, "%s: %s: '%s' is not %s", p->call->cmd->path, name,
	                  text, what);
}

static bool
right_form(const struct pchat_option *o, const char *text)
{
	uint64_t n;
	int64_t t;

	switch (o->type) {
	case PCHAT_ARG_NUMBER:
		return pchat_str_uint(pchat_str(text), UINT32_MAX, &n);
	case PCHAT_ARG_COUNT:
		return pchat_str_uint(pchat_str(text), UINT32_MAX, &n) && n;
	case PCHAT_ARG_DURATION:
		return pchat_duration_parse(pchat_str(text), DURATION_MAX, &n);
	case PCHAT_ARG_TIME:
		return pchat_moment_parse(text, false, 0, &t);
	case PCHAT_ARG_REVISION:
		return pchat_rev_parse(pchat_str(text), &(struct pchat_rev){ 0 });
	case PCHAT_ARG_RANGE:
		return pchat_rev_range_parse(pchat_str(text), &(struct pchat_rev_range){ 0 });
	case PCHAT_ARG_TARGET:
		return (strncmp(text, "tcp:", 4) == 0 || strncmp(text, "tls:", 4) == 0) &&
		       text[4] && text[4] != ':';
	case PCHAT_ARG_OBJECT:
	case PCHAT_ARG_NEW:
	case PCHAT_ARG_PRINCIPAL:
	case PCHAT_ARG_FILE:
	case PCHAT_ARG_FOLDER:
	case PCHAT_ARG_STORE:
	case PCHAT_ARG_TRANSACTION:
	case PCHAT_ARG_SECTION:
	case PCHAT_ARG_FIELDS:
	case PCHAT_ARG_SORT:
	case PCHAT_ARG_SETTING:
		return *text != '\0';
	case PCHAT_ARG_FLAG:
	case PCHAT_ARG_BOOL:
	case PCHAT_ARG_TEXT:
	case PCHAT_ARG_WORD:
	case PCHAT_ARG_FIELD:
	case PCHAT_ARG_COMMAND:
	case PCHAT_N_ARG_TYPES:
		break;
	}
	return true;
}

static enum pchat_code
check_word(struct parser *p, const struct pchat_option *o, const char *name, const char *text)
{
	const char *near;
	size_t n = 0;

	for (; o->words[n]; n++)
		if (strcmp(text, o->words[n]) == 0)
			return PCHAT_OK;
	wrong(p, name, text, pchat_arg_what(PCHAT_ARG_WORD));
	near = pchat_nearest(pchat_str(text), o->words, n);
	if (near)
		pchat_hint(p->err, "did you mean '%s'?", near);
	else
		pchat_words_hint(p->err, o->words);
	return PCHAT_USAGE;
}

/* Form only: whether names exist and fields take the value is the command's to say. */
static enum pchat_code
check_text(struct parser *p, const struct pchat_option *o, const char *name, const char *text)
{
	struct pchat_str s = pchat_str(text);

	if (s.n > PCHAT_CALL_MAX_TEXT)
		return pchat_fail(p->err, PCHAT_LIMIT, "%s: %s is longer than %d octets",
		                  p->call->cmd->path, name, PCHAT_CALL_MAX_TEXT);
	if (!pchat_utf8_valid(s, NULL))
		return pchat_fail(p->err, PCHAT_INVALID, "%s: %s is not valid UTF-8",
		                  p->call->cmd->path, name);
	if (o->type == PCHAT_ARG_TEXT && pchat_utf8_has_control(s))
		return pchat_fail(p->err, PCHAT_INVALID, "%s: %s holds a control character",
		                  p->call->cmd->path, name);
	if (o->type == PCHAT_ARG_WORD)
		return check_word(p, o, name, text);
	if (right_form(o, text))
		return PCHAT_OK;
	if (!s.n)
		return pchat_fail(p->err, PCHAT_USAGE, "%s: %s is empty", p->call->cmd->path, name);
	return wrong(p, name, text, pchat_arg_what(o->type));
}

/* ---- options ---- */

/* "-1": a number in the place of one that cannot be negative, or of a revision. */
static bool
hint_number(struct parser *p, struct pchat_str name)
{
	const struct pchat_arg *arg = pchat_arg_at(p->call->cmd, p->call->names.n);
	uint64_t n;

	if (!arg || name.n < 2 ||
	    !pchat_str_uint((struct pchat_str){ name.p + 1, name.n - 1 }, UINT32_MAX, &n))
		return false;
	if (arg->type == PCHAT_ARG_REVISION || arg->type == PCHAT_ARG_RANGE)
		pchat_hint(p->err, "write now-%llu to count back from the last revision",
		           (unsigned long long)n);
	else if (arg->type == PCHAT_ARG_NUMBER || arg->type == PCHAT_ARG_COUNT)
		pchat_hint(p->err, "use %s", pchat_arg_what(arg->type));
	else
		pchat_hint(p->err, "put -- before a name that begins with '-'");
	return true;
}

static enum pchat_code
unknown_option(struct parser *p, struct pchat_str name)
{
	pchat_fail(p->err, PCHAT_USAGE, "%s: unknown option '%.*s'", p->call->cmd->path,
	           PCHAT_STR_ARG(name));
	if (!hint_number(p, name))
		pchat_suggest_option(p->call->cmd, name, p->err);
	return PCHAT_USAGE;
}

static enum pchat_code
take_global(struct parser *p, int g, const struct pchat_option *o, const char *text)
{
	if (!pchat_global_applies((enum pchat_global)g, p->call->cmd)) {
		pchat_fail(p->err, PCHAT_USAGE, "%s: %s means nothing here", p->call->cmd->path,
		           o->name);
		pchat_hint(p->err, "leave it out");
		return PCHAT_USAGE;
	}
	p->globals->v[g].text = text;
	p->globals->v[g].source = PCHAT_SOURCE_FLAG;
	return PCHAT_OK;
}

static enum pchat_code
take_option(struct parser *p, const struct pchat_option *o, const char *text)
{
	for (size_t i = 0; i < p->call->given.n && !(o->flags & PCHAT_ARG_MANY); i++) {
		if (strcmp(p->call->given.v[i].option.name, o->name) == 0)
			return pchat_fail(p->err, PCHAT_USAGE, "%s: %s is given twice",
			                  p->call->cmd->path, o->name);
	}
	if (p->call->given.n >= PCHAT_CALL_MAX_ARGS)
		return pchat_fail(p->err, PCHAT_LIMIT, "%s: more than %d options",
		                  p->call->cmd->path, PCHAT_CALL_MAX_ARGS);
	if (!pchat_vec_push(&p->call->given, (struct pchat_given){ .option = *o, .text = text }))
		return pchat_no_memory(p->err);
	return PCHAT_OK;
}

/* "--flag", "--flag=true", "--no-flag" -> "true" or "false"; NULL if it is none of them. */
static const char *
flag_text(const char *value, bool negated)
{
	bool v = true;

	if (value && (negated || !pchat_bool_parse(value, &v)))
		return NULL;
	return v != negated ? "true" : "false";
}

/* A flag or an option with its value, which may be the next token. */
static enum pchat_code
take(struct parser *p, int g, const struct pchat_option *o, const char *value, bool negated)
{
	const char *text = value;

	if (!pchat_option_takes_value(o)) {
		text = flag_text(value, negated);
		if (!text && negated)
			return pchat_fail(p->err, PCHAT_USAGE, "%s: --no-%s takes no value",
			                  p->call->cmd->path, o->name + 2);
		if (!text)
			PCHAT_TRY_WORD(value, p->err,
			               wrong(p, o->name, value, pchat_arg_what(PCHAT_ARG_BOOL)));
	} else if (!text) {
		if (p->at >= p->argc) {
			PCHAT_AUTO_VALUE(buf) what = { 0 };

			pchat_option_value_name(o, &what);
			pchat_fail(p->err, PCHAT_USAGE, "%s: %s needs a value", p->call->cmd->path,
			           o->name);
			pchat_hint(p->err, "write %s %s", o->name, pchat_buf_cstr(&what));
			return PCHAT_USAGE;
		}
		text = p->argv[p->at++];
	}
	if (g >= 0)
		return take_global(p, g, o, text);
	PCHAT_TRY_WORD(text, p->err, check_text(p, o, o->name, text));
	return take_option(p, o, text);
}

static bool
look_up(struct parser *p, struct pchat_str name, int *ret_global, struct pchat_option *ret)
{
	*ret_global = pchat_global_find(name);
	if (*ret_global >= 0)
		return pchat_global_option((size_t)*ret_global, ret);
	return pchat_option_find(p->call->cmd, name, ret);
}

static enum pchat_code
long_option(struct parser *p, const char *token)
{
	const char *equals = strchr(token, '=');
	struct pchat_str name = { token, equals ? (size_t)(equals - token) : strlen(token) };
	struct pchat_option o;
	int g;

	if (look_up(p, name, &g, &o))
		return take(p, g, &o, equals ? equals + 1 : NULL, false);
	if (pchat_str_starts(name, "--no-") && name.n + 1 < PCHAT_OPTION_NAME_MAX) {
		char positive[PCHAT_OPTION_NAME_MAX] = "--";

		memcpy(positive + 2, name.p + 5, name.n - 5);
		if (look_up(p, pchat_str(positive), &g, &o) && !pchat_option_takes_value(&o))
			return take(p, g, &o, equals ? equals + 1 : NULL, true);
	}
	return unknown_option(p, name);
}

/* "-o json", "-ojson", "-qy". */
/* "plan -o FILE" is how others save plans: what is no format and looks like none is meant as the
 * file. */
static bool
is_file_to_save(struct parser *p, int g, const char *value, struct pchat_option *ret)
{
	struct pchat_str text = pchat_str(value ? value : "");
	size_t n = 0;

	if (g != PCHAT_GLOBAL_OUTPUT || !text.n ||
	    !pchat_option_find(p->call->cmd, PCHAT_STR("--out"), ret))
		return false;
	for (; pchat_format_words[n]; n++)
		if (pchat_str_is(text, pchat_format_words[n]))
			return false;
	if (pchat_nearest(text, pchat_format_words, n))
		return false;
	/* It may have been taken for a format, to know how errors are written. */
	if (p->globals->v[PCHAT_GLOBAL_OUTPUT].text == value) {
		p->globals->v[PCHAT_GLOBAL_OUTPUT].text = NULL;
		p->globals->v[PCHAT_GLOBAL_OUTPUT].source = PCHAT_SOURCE_DEFAULT;
	}
	return true;
}

static enum pchat_code
short_options(struct parser *p, const char *token)
{
	for (const char *c = token + 1; *c; c++) {
		struct pchat_option o;
		int g = pchat_global_by_letter(*c);

		if (g >= 0 ? !pchat_global_option((size_t)g, &o)
		           : !pchat_option_by_letter(p->call->cmd, *c, &o))
			return unknown_option(p, (struct pchat_str){ token, strlen(token) });
		if (pchat_option_takes_value(&o)) {
			const char *value = c[1] ? c + 1 + (c[1] == '=') : NULL;
			const char *next = p->at < p->argc ? p->argv[p->at] : NULL;

			g = is_file_to_save(p, g, value ? value : next, &o) ? -1 : g;
			return take(p, g, &o, value, false);
		}
		PCHAT_TRY(take(p, g, &o, NULL, false));
	}
	return PCHAT_OK;
}

/* ---- positional arguments ---- */

/* Nothing stands there; of commands about a transaction it may be meant as the name of that. */
static enum pchat_code
unexpected(struct parser *p, const char *text)
{
	const struct pchat_cmd *cmd = p->call->cmd;
	PCHAT_AUTO_VALUE(buf) name = { 0 };

	pchat_fail(p->err, PCHAT_USAGE, "%s: unexpected argument '%s'", cmd->path, text);
	if (!(cmd->flags & PCHAT_CMD_TXN)) {
		pchat_suggest_usage(cmd, p->err);
		return PCHAT_USAGE;
	}
	pchat_quote_shell(&name, pchat_str(text));
	pchat_hint(p->err, "name the transaction with --txn %s", pchat_buf_cstr(&name));
	return PCHAT_USAGE;
}

static enum pchat_code
take_name(struct parser *p, const char *text)
{
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	const struct pchat_arg *arg;
	struct pchat_option o;

	if (p->words_left) {
		p->words_left--;
		return PCHAT_OK;
	}
	arg = pchat_arg_at(p->call->cmd, p->call->names.n);
	if (!arg)
		return unexpected(p, text);
	if (p->call->names.n >= PCHAT_CALL_MAX_ARGS)
		return pchat_fail(p->err, PCHAT_LIMIT, "%s: more than %d names", p->call->cmd->path,
		                  PCHAT_CALL_MAX_ARGS);
	o = (struct pchat_option){ .type = arg->type, .words = arg->words, .kind = arg->kind };
	pchat_arg_name(p->call->cmd, arg, &name);
	PCHAT_TRY(check_text(p, &o, pchat_buf_cstr(&name), text));
	if (!pchat_vec_push(&p->call->names, text))
		return pchat_no_memory(p->err);
	return PCHAT_OK;
}

static enum pchat_code
check_missing(struct parser *p)
{
	const struct pchat_arg *arg = pchat_arg_at(p->call->cmd, p->call->names.n);
	struct pchat_option o;

	if (arg && arg->flags & PCHAT_ARG_REQUIRED &&
	    !(arg->flags & PCHAT_ARG_MANY && pchat_call_flag(p->call, PCHAT_FROM_STDIN)) &&
	    !(arg->flags & PCHAT_ARG_MANY && p->call->names.n &&
	      pchat_arg_at(p->call->cmd, p->call->names.n - 1) == arg)) {
		PCHAT_AUTO_VALUE(buf) name = { 0 };

		pchat_arg_name(p->call->cmd, arg, &name);
		pchat_fail(p->err, PCHAT_USAGE, "%s: %s is missing", p->call->cmd->path,
		           pchat_buf_cstr(&name));
		pchat_suggest_usage(p->call->cmd, p->err);
		return PCHAT_USAGE;
	}
	for (size_t i = 0; pchat_option_at(p->call->cmd, i, &o); i++) {
		if (o.flags & PCHAT_ARG_REQUIRED && !pchat_call_text(p->call, o.name)) {
			pchat_fail(p->err, PCHAT_USAGE, "%s: %s is missing", p->call->cmd->path,
			           o.name);
			pchat_suggest_usage(p->call->cmd, p->err);
			return PCHAT_USAGE;
		}
	}
	return PCHAT_OK;
}

/* ---- the whole line ---- */

/* --help wins over anything else that may be wrong with the line. */
static bool
asks_help(int argc, char *const *argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
		if (is_option(argv[i]) &&
		    eats_next(NULL, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
			i++;
	}
	return false;
}

/* The format errors are written in must be known before anything can go wrong. */
static void
find_format(int argc, char *const *argv, struct pchat_globals *g)
{
	const char *text = NULL;

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *a = argv[i];

		if (strncmp(a, "--output=", 9) == 0)
			text = a + 9;
		else if (strncmp(a, "-o", 2) == 0 && a[2])
			text = a + 2 + (a[2] == '=');
		else if ((strcmp(a, "-o") == 0 || strcmp(a, "--output") == 0) && i + 1 < argc)
			text = argv[++i];
	}
	if (!text)
		return;
	g->v[PCHAT_GLOBAL_OUTPUT].text = text;
	g->v[PCHAT_GLOBAL_OUTPUT].source = PCHAT_SOURCE_FLAG;
}

static enum pchat_code
parse_tokens(struct parser *p)
{
	bool only_names = false;

	while (p->at < p->argc) {
		const char *token = p->argv[p->at++];

		if (only_names || !is_option(token))
			PCHAT_TRY(take_name(p, token));
		else if (strcmp(token, "--") == 0)
			only_names = true;
		else if (token[1] == '-')
			PCHAT_TRY(long_option(p, token));
		else
			PCHAT_TRY(short_options(p, token));
	}
	p->complete = true;
	return check_missing(p);
}

/* The word that those of the command were found wrong by: the last of them. */
static const char *
last_word(const char *const words[2], size_t n)
{
	return n ? words[n - 1] : NULL;
}

enum pchat_code
pchat_call_parse(int argc, char *const *argv, struct pchat_globals *globals, struct pchat_call *ret,
                 struct pchat_err *err)
{
	struct parser p = {
		.argc = argc, .argv = argv, .globals = globals, .call = ret, .err = err
	};
	const char *words[2] = { NULL, NULL };
	size_t n = command_words(argc, argv, words);
	enum pchat_code code;

	find_format(argc, argv, globals);
	if (asks_help(argc, argv)) {
		globals->v[PCHAT_GLOBAL_HELP].text = "true";
		globals->v[PCHAT_GLOBAL_HELP].source = PCHAT_SOURCE_FLAG;
		if (!n || (n == 1 && pchat_noun_find(pchat_str(words[0])))) {
			ret->noun = n ? pchat_noun_find(pchat_str(words[0])) : NULL;
			return PCHAT_OK;
		}
		return find_command(&p, words, n);
	}
	code = find_command(&p, words, n);
	if (code) {
		/* An unknown noun is the first word, an unknown verb the second. */
		pchat_err_blame(err, last_word((const char *const *)words, ret->noun ? n : n > 0));
		return code;
	}
	code = parse_tokens(&p);
	if (code && !p.complete)
		pchat_err_blame(err, argv[p.at - 1]);
	return code;
}

/* ---- names from standard input ---- */

static enum pchat_code
take_read(struct pchat_call *call, char *text, size_t n, unsigned line, struct pchat_err *err)
{
	struct parser p = { .call = call, .err = err };
	const struct pchat_arg *arg = pchat_arg_at(call->cmd, call->names.n);
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	struct pchat_option o = { .type = arg->type, .words = arg->words, .kind = arg->kind };

	if (memchr(text, '\0', n))
		return pchat_fail(err, PCHAT_INVALID, "the line holds a NUL");
	if (call->lines.n >= PCHAT_CALL_MAX_NAMES)
		return pchat_fail(err, PCHAT_LIMIT, "more than %d names", PCHAT_CALL_MAX_NAMES);
	text[n] = '\0';
	pchat_arg_name(call->cmd, arg, &name);
	PCHAT_TRY(check_text(&p, &o, pchat_buf_cstr(&name), text));
	if (!pchat_vec_push(&call->lines, line) || !pchat_vec_push(&call->names, text))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

enum pchat_code
pchat_call_read_names(struct pchat_call *call, struct pchat_err *err)
{
	const struct pchat_input_limit limit = { "the list of names", PCHAT_CALL_MAX_INPUT, 0,
		                                 "give it in several parts" };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	size_t left;
	char *at;

	PCHAT_TRY(pchat_input_read("-", &limit, &text, err));
	call->n_typed = call->names.n;
	left = text.n;
	call->input = at = pchat_buf_take(&text);
	if (!at)
		return pchat_no_memory(err);
	for (unsigned line = 1; left; line++) {
		char *end = memchr(at, '\n', left);
		size_t n = end ? (size_t)(end - at) : left;
		size_t whole = n + (end != NULL);
		enum pchat_code code = PCHAT_OK;

		if (n && at[n - 1] == '\r')
			n--;
		if (n)
			code = take_read(call, at, n, line, err);
		if (code) {
			pchat_err_at(err, PCHAT_CALL_STDIN, line, 0);
			return code;
		}
		at += whole;
		left -= whole;
	}
	return PCHAT_OK;
}

/* They stand in the input one after another. */
unsigned
pchat_call_line(const struct pchat_call *call, const char *name)
{
	size_t low = call->n_typed, high = call->names.n;

	while (low < high && call->lines.n) {
		size_t middle = low + (high - low) / 2;
		uintptr_t is = (uintptr_t)call->names.v[middle];

		if (is == (uintptr_t)name)
			return call->lines.v[middle - call->n_typed];
		if (is < (uintptr_t)name)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

void
pchat_call_place(const struct pchat_call *call, const char *name, struct pchat_err *err)
{
	unsigned line = pchat_call_line(call, name);

	if (line && err && !err->file)
		pchat_err_at(err, PCHAT_CALL_STDIN, line, 0);
}

/* ---- asking ---- */

const char *
pchat_call_text(const struct pchat_call *call, const char *name)
{
	for (size_t i = call->given.n; i-- > 0;)
		if (strcmp(call->given.v[i].option.name, name) == 0)
			return call->given.v[i].text;
	return NULL;
}

bool
pchat_call_flag(const struct pchat_call *call, const char *name)
{
	const char *text = pchat_call_text(call, name);

	return text && strcmp(text, "true") == 0;
}

uint64_t
pchat_call_number(const struct pchat_call *call, const char *name, uint64_t preset)
{
	const char *text = pchat_call_text(call, name);
	uint64_t v;

	if (text && (pchat_str_uint(pchat_str(text), UINT32_MAX, &v) ||
	             pchat_duration_parse(pchat_str(text), DURATION_MAX, &v)))
		return v;
	return preset;
}

const char *
pchat_call_name(const struct pchat_call *call, size_t i)
{
	return i < call->names.n ? call->names.v[i] : NULL;
}
