/*
 * The options of a command as one sequence: those of its row, then those that derive
 * from the fields of its kind. The parser, help, completion and the man pages walk it.
 *
 *	a scalar field	--default-chat-history VALUE
 *	a boolean	--disabled, --disabled=false, --no-disabled
 *	a list		--members A,B (replaces; '' empties), --add-member A, --remove-member A
 *	a filter	--category NAME, --privacy open, --disabled, --member PRINCIPAL
 */
#pragma once

#include "pchatctl/command.h"

#define PCHAT_OPTION_NAME_MAX 64

enum pchat_option_op { PCHAT_OPTION_SET, PCHAT_OPTION_ADD, PCHAT_OPTION_DROP, PCHAT_OPTION_MATCH };

struct pchat_option {
	char name[PCHAT_OPTION_NAME_MAX]; /* "--add-member" */
	char letter;
	enum pchat_arg_type type;
	enum pchat_kind kind; /* of the object named, PCHAT_NO_KIND if none */
	const char *const *words;
	unsigned flags; /* PCHAT_ARG_ flags */
	const char *help;
	int field;             /* of the command's kind; -1 if it is not a field */
	enum pchat_type value; /* of the field */
	enum pchat_option_op op;
};

/* Flag of the commands that take any number of names. */
#define PCHAT_FROM_STDIN "--from-stdin"
bool pchat_cmd_takes_names(const struct pchat_cmd *cmd);

/* The option number @i of @cmd into @ret; false past the last one. */
bool pchat_option_at(const struct pchat_cmd *cmd, size_t i, struct pchat_option *ret);
/* By name with its leading dashes ("--add-member"). */
bool pchat_option_find(const struct pchat_cmd *cmd, struct pchat_str name,
                       struct pchat_option *ret);
bool pchat_option_by_letter(const struct pchat_cmd *cmd, char letter, struct pchat_option *ret);
/* Positional argument number @i of the row (a MANY one stands for all after it), or NULL. */
const struct pchat_arg *pchat_arg_at(const struct pchat_cmd *cmd, size_t i);

/* "defaultChatHistory" -> "default-chat-history", in @ret. */
void pchat_option_kebab(const char *field, char ret[PCHAT_OPTION_NAME_MAX]);
/* "--add-" and the field in the singular, in kebab case. */
void pchat_option_list_name(const char *prefix, const char *field, char ret[PCHAT_OPTION_NAME_MAX]);
/* Does the option take a value as its own argument ("--category Finance")? */
bool pchat_option_takes_value(const struct pchat_option *o);
/* What stands for the value in help: "NAME", "true|false", "open|closed|secret". */
void pchat_option_value_name(const struct pchat_option *o, struct pchat_buf *out);
/* The name of a positional argument in help: "ROOM", or the key field of the kind: "URI". */
void pchat_arg_name(const struct pchat_cmd *cmd, const struct pchat_arg *arg,
                    struct pchat_buf *out);
