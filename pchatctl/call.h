/*
 * A parsed command line: the row and what was given to it, every text checked against
 * the type of its argument.
 */
#pragma once

#include "base/vec.h"
#include "pchatctl/option.h"

struct pchat_globals;

/* Most arguments of one command line, and the longest of them. */
#define PCHAT_CALL_MAX_ARGS 100000
#define PCHAT_CALL_MAX_TEXT 131072
/* Most names that are read from standard input, and octets of them. */
#define PCHAT_CALL_MAX_NAMES 1000000
#define PCHAT_CALL_MAX_INPUT 67108864
#define PCHAT_CALL_STDIN     "<stdin>"

/* One option with its value, in the order given. */
struct pchat_given {
	struct pchat_option option;
	const char *text; /* borrowed from argv; "" for a flag; "true" or "false" for a boolean */
};

struct pchat_call {
	const struct pchat_cmd *cmd;
	const struct pchat_noun *noun; /* --help for a noun alone; cmd is NULL then */
	PCHAT_VEC(struct pchat_given) given;
	PCHAT_VEC(const char *) names; /* positional arguments; borrowed */
	/* With --from-stdin: what was read, in which the last of the names stand, and their lines.
	 */
	char *input;
	size_t n_typed; /* names that stand on the command line */
	PCHAT_VEC(unsigned) lines;
};
void pchat_call_release(struct pchat_call *call);
PCHAT_AUTO_VALUE_DEFINE(call, pchat_call_release)

/*
 * Parse @argv (without the program name). Global options go to @globals, everything else to
 * @ret. PCHAT_USAGE with the nearest name or the missing argument as the remedy. With --help
 * anywhere only the command is looked up and nothing else is checked.
 */
enum pchat_code pchat_call_parse(int argc, char *const *argv, struct pchat_globals *globals,
                                 struct pchat_call *ret, struct pchat_err *err);

/* With --from-stdin: add the names that standard input gives, one a line; blank lines count for
 * nothing. PCHAT_LIMIT, or what is wrong with one of them, with its line. */
enum pchat_code pchat_call_read_names(struct pchat_call *call, struct pchat_err *err);
/* Give a failure that is about @name, one of call->names, its place if it has one. */
void pchat_call_place(const struct pchat_call *call, const char *name, struct pchat_err *err);
/* The line of @name, 0 if it stands on the command line. */
unsigned pchat_call_line(const struct pchat_call *call, const char *name);

/* Value of the option "--name" (the last one given), or NULL. */
const char *pchat_call_text(const struct pchat_call *call, const char *name);
/* Was the flag given (and not as --no-...)? */
bool pchat_call_flag(const struct pchat_call *call, const char *name);
/* Value of a NUMBER or DURATION option, which the parser has checked; @preset if not given. */
uint64_t pchat_call_number(const struct pchat_call *call, const char *name, uint64_t preset);
/* The positional argument number @i, or NULL. */
const char *pchat_call_name(const struct pchat_call *call, size_t i);
/* The option of that name ("--category") or, if @letter is not 0, of that letter: a global one, or
 * that of the first command that has one. */
bool pchat_call_some_option(struct pchat_str name, char letter, struct pchat_option *ret);
