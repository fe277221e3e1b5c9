#include "pchatctl/option.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

static const struct {
	const char *meta, *what;
} types[] = {
#define X(symbol, meta, what) [PCHAT_ARG_##symbol] = { meta, what },
	PCHAT_ARG_TYPES(X)
#undef X
};

const char *
pchat_arg_meta(enum pchat_arg_type type)
{
	return types[type].meta;
}

const char *
pchat_arg_what(enum pchat_arg_type type)
{
	return types[type].what;
}

/* Append to a name of PCHAT_OPTION_NAME_MAX octets. Field names are ours and short. */
static void
put(char *name, size_t *n, char c)
{
	assert(*n + 1 < PCHAT_OPTION_NAME_MAX);
	name[(*n)++] = c;
	name[*n] = '\0';
}

static void
put_kebab(char *name, size_t *n, const char *field)
{
	for (size_t i = 0; field[i]; i++) {
		bool upper = isupper((unsigned char)field[i]);

		/* "maxFileSizeKB" is "max-file-size-kb": a run of capitals is one word. */
		if (upper && i && !isupper((unsigned char)field[i - 1]))
			put(name, n, '-');
		put(name, n, (char)tolower((unsigned char)field[i]));
	}
}

void
pchat_option_kebab(const char *field, char ret[PCHAT_OPTION_NAME_MAX])
{
	size_t n = 0;

	ret[0] = '\0';
	put_kebab(ret, &n, field);
}

void
pchat_option_list_name(const char *prefix, const char *field, char ret[PCHAT_OPTION_NAME_MAX])
{
	size_t n = 0;

	ret[0] = '\0';
	while (*prefix)
		put(ret, &n, *prefix++);
	put_kebab(ret, &n, field);
	if (n && ret[n - 1] == 's')
		ret[n - 1] = '\0';
}

static bool
is_option(const struct pchat_arg *arg)
{
	return arg->name[0] == '-';
}

static void
from_row(const struct pchat_cmd *cmd, const struct pchat_arg *arg, struct pchat_option *ret)
{
	size_t n = 0;

	*ret = (struct pchat_option){ .letter = arg->letter,
		                      .type = arg->type,
		                      .kind = arg->kind,
		                      .words = arg->words,
		                      .flags = arg->flags,
		                      .help = arg->help,
		                      .field = -1 };
	for (const char *p = arg->name; *p; p++)
		put(ret->name, &n, *p);
	if (ret->kind == PCHAT_NO_KIND &&
	    (arg->type == PCHAT_ARG_OBJECT || arg->type == PCHAT_ARG_NEW))
		ret->kind = cmd->kind;
}

/* How many options a field has with a command, and what each does. */
static size_t
field_ops(const struct pchat_cmd *cmd, unsigned field, enum pchat_option_op ops[3])
{
	const struct pchat_field *f = &pchat_kind_info(cmd->kind)->fields[field];
	bool create = cmd->flags & PCHAT_CMD_CREATE_FIELDS, list = f->type == PCHAT_TYPE_PRINCIPALS;

	ops[0] = PCHAT_OPTION_SET;
	if (cmd->flags & PCHAT_CMD_LIST_FIELDS) {
		ops[0] = PCHAT_OPTION_MATCH;
		return list || f->type == PCHAT_TYPE_ENUM || f->type == PCHAT_TYPE_BOOL ||
		       f->type == PCHAT_TYPE_REF;
	}
	/* The key is the positional argument of "create"; with "set" it renames. */
	if (create ? field == 0 : f->flags & PCHAT_FIXED)
		return 0;
	ops[1] = PCHAT_OPTION_ADD;
	ops[2] = PCHAT_OPTION_DROP;
	return !list ? 1 : create ? 2 : 3;
}

static void
from_field(const struct pchat_cmd *cmd, unsigned field, enum pchat_option_op op,
           struct pchat_option *ret)
{
	static const char *const prefixes[] = {
		[PCHAT_OPTION_SET] = "--",
		[PCHAT_OPTION_ADD] = "--add-",
		[PCHAT_OPTION_DROP] = "--remove-",
		[PCHAT_OPTION_MATCH] = "--",
	};
	const struct pchat_field *f = &pchat_kind_info(cmd->kind)->fields[field];
	size_t n = 2;

	*ret = (struct pchat_option){ .name = "--",
		                      .type = PCHAT_ARG_FIELD,
		                      .kind = PCHAT_NO_KIND,
		                      .words = f->words,
		                      .help = f->help,
		                      .field = (int)field,
		                      .value = f->type,
		                      .op = op };
	if (f->type == PCHAT_TYPE_BOOL)
		ret->type = PCHAT_ARG_BOOL;
	else if (f->type == PCHAT_TYPE_PRINCIPALS && op != PCHAT_OPTION_SET)
		ret->type = PCHAT_ARG_PRINCIPAL;
	if (f->type == PCHAT_TYPE_REF)
		ret->kind = f->ref;
	if (f->type == PCHAT_TYPE_PRINCIPALS && op != PCHAT_OPTION_SET)
		pchat_option_list_name(prefixes[op], f->name, ret->name);
	else
		put_kebab(ret->name, &n, f->name);
	if (op == PCHAT_OPTION_ADD || op == PCHAT_OPTION_DROP)
		ret->flags |= PCHAT_ARG_MANY;
	if (f->flags & PCHAT_REQUIRED && cmd->flags & PCHAT_CMD_CREATE_FIELDS)
		ret->flags |= PCHAT_ARG_REQUIRED;
}

bool
pchat_cmd_takes_names(const struct pchat_cmd *cmd)
{
	const unsigned names = PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY;
	const struct pchat_arg *last = NULL;

	for (const struct pchat_arg *a = cmd->args; a && a->name; a++)
		if (!is_option(a))
			last = a;
	return last && (last->flags & names) == names &&
	       (last->type == PCHAT_ARG_OBJECT || last->type == PCHAT_ARG_PRINCIPAL) &&
	       cmd->flags & (PCHAT_CMD_READ | PCHAT_CMD_WRITE) && !(cmd->flags & PCHAT_CMD_HELPER);
}

static const struct pchat_arg from_stdin = {
	PCHAT_FROM_STDIN,
	PCHAT_ARG_FLAG,
	PCHAT_NO_KIND,
	NULL,
	0,
	"read names from standard input, one a line",
	0,
};

bool
pchat_option_at(const struct pchat_cmd *cmd, size_t i, struct pchat_option *ret)
{
	const unsigned derived = PCHAT_CMD_CREATE_FIELDS | PCHAT_CMD_SET_FIELDS |
	                         PCHAT_CMD_LIST_FIELDS;
	enum pchat_option_op ops[3];

	for (const struct pchat_arg *a = cmd->args; a && a->name; a++) {
		if (is_option(a) && i-- == 0) {
			from_row(cmd, a, ret);
			return true;
		}
	}
	if (pchat_cmd_takes_names(cmd) && i-- == 0) {
		from_row(cmd, &from_stdin, ret);
		return true;
	}
	if (!(cmd->flags & derived))
		return false;
	for (unsigned f = 0; f < pchat_kind_info(cmd->kind)->n_fields; f++) {
		size_t n = field_ops(cmd, f, ops);

		if (i < n) {
			from_field(cmd, f, ops[i], ret);
			return true;
		}
		i -= n;
	}
	return false;
}

bool
pchat_option_find(const struct pchat_cmd *cmd, struct pchat_str name, struct pchat_option *ret)
{
	struct pchat_option o;

	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++) {
		if (pchat_str_is(name, o.name)) {
			*ret = o;
			return true;
		}
	}
	return false;
}

bool
pchat_option_by_letter(const struct pchat_cmd *cmd, char letter, struct pchat_option *ret)
{
	struct pchat_option o;

	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++) {
		if (o.letter == letter) {
			*ret = o;
			return true;
		}
	}
	return false;
}

const struct pchat_arg *
pchat_arg_at(const struct pchat_cmd *cmd, size_t i)
{
	for (const struct pchat_arg *a = cmd->args; a && a->name; a++) {
		if (is_option(a))
			continue;
		if (i-- == 0 || a->flags & PCHAT_ARG_MANY)
			return a;
	}
	return NULL;
}

bool
pchat_option_takes_value(const struct pchat_option *o)
{
	return o->type != PCHAT_ARG_FLAG && o->type != PCHAT_ARG_BOOL;
}

static void
put_upper(struct pchat_buf *out, const char *text)
{
	char name[PCHAT_OPTION_NAME_MAX];

	pchat_option_kebab(text, name);
	for (const char *p = name; *p; p++)
		pchat_buf_char(out, (char)toupper((unsigned char)*p));
}

/* What stands for the value of a field. */
static const char *const field_metas[] = {
	[PCHAT_TYPE_TEXT] = "TEXT",         [PCHAT_TYPE_NAME] = "NAME",
	[PCHAT_TYPE_SIP_URI] = "URI",       [PCHAT_TYPE_HTTP_URL] = "URL",
	[PCHAT_TYPE_BOOL] = "true|false",   [PCHAT_TYPE_UINT] = "NUMBER",
	[PCHAT_TYPE_DURATION] = "DURATION", [PCHAT_TYPE_ENUM] = "WORD",
	[PCHAT_TYPE_REF] = "NAME",          [PCHAT_TYPE_PRINCIPALS] = "PRINCIPAL,...",
};

void
pchat_option_value_name(const struct pchat_option *o, struct pchat_buf *out)
{
	if (o->words && o->type != PCHAT_ARG_BOOL) {
		for (size_t i = 0; o->words[i]; i++)
			pchat_buf_printf(out, "%s%s", i ? "|" : "", o->words[i]);
		return;
	}
	if (o->kind != PCHAT_NO_KIND)
		put_upper(out, pchat_kind_info(o->kind)->word);
	else if (o->type == PCHAT_ARG_FIELD)
		pchat_buf_text(out, field_metas[o->value]);
	else
		put_upper(out, pchat_arg_meta(o->type));
}

void
pchat_arg_name(const struct pchat_cmd *cmd, const struct pchat_arg *arg, struct pchat_buf *out)
{
	if (strcmp(arg->name, PCHAT_ARG_KEY) == 0)
		put_upper(out, pchat_kind_info(cmd->kind)->fields[0].name);
	else
		pchat_buf_text(out, arg->name);
}
