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
