/*
 * Options that every command takes. Each has the precedence
 *	flag > environment > user's file > system file > default
 * The environment variable is PCHAT_ and the name in capitals (PCHAT_DRY_RUN); the
 * files are ~/.config/pchat/pchatctl.conf (below XDG_CONFIG_HOME if that is set) and
 * /etc/pchat/pchatctl.conf with lines "name = value".
 */
#pragma once

#include "pchatctl/option.h"
#include "pchatctl/out.h"

#define PCHAT_DEFAULT_STORE "/var/lib/pchat"

/*  symbol, name, letter, type, words, preset, meaning */
/* clang-format off */
#define PCHAT_GLOBALS(X)                                                                       \
	X(STORE, "store", 0, STORE, NULL, PCHAT_DEFAULT_STORE, "path or URL of the store")       \
	X(OUTPUT, "output", 'o', WORD, pchat_format_words, "table", "format of the data")       \
	X(FIELDS, "fields", 0, FIELDS, NULL, "", "only these fields, in this order")            \
	X(DRY_RUN, "dry-run", 0, FLAG, NULL, "false", "show what would be done, change nothing") \
	X(MESSAGE, "message", 'm', TEXT, NULL, "", "comment for the journal")                   \
	X(TXN, "txn", 0, TRANSACTION, NULL, "", "see and change what is staged in this transaction") \
	X(YES, "yes", 'y', FLAG, NULL, "false", "do not ask for confirmation")                  \
	X(CONFIRM, "confirm", 0, FLAG, NULL, "false", "show any change and ask before it is made") \
	X(IF_EXISTS, "if-exists", 0, FLAG, NULL, "false", "succeed if the object is not there") \
	X(IF_NOT_EXISTS, "if-not-exists", 0, FLAG, NULL, "false",                               \
	  "succeed if the object is there as wanted")                                           \
	X(WAIT, "wait", 0, BOOL, NULL, "true", "return once a running pchatd has applied the change") \
	X(TIMEOUT, "timeout", 0, DURATION, NULL, "5s", "how long to wait for other writers and for pchatd")           \
	X(CONFIRM_WITHIN, "confirm-within", 0, DURATION, NULL, "",                              \
	  "take the change back unless 'pchatctl confirm' comes within this time")              \
	X(COLOR, "color", 0, WORD, pchat_color_words, "auto", "colour in tables and plans")     \
	X(NO_PAGER, "no-pager", 0, FLAG, NULL, "false", "long output on a terminal is not shown page by page") \
	X(QUIET, "quiet", 'q', FLAG, NULL, "false", "no remarks on standard error, errors only") \
	X(HELP, "help", 'h', FLAG, NULL, "false", "explain the command")
/* clang-format on */

enum pchat_global {
#define X(symbol, ...) PCHAT_GLOBAL_##symbol,
	PCHAT_GLOBALS(X)
#undef X
		PCHAT_N_GLOBALS
};

enum pchat_color { PCHAT_COLOR_AUTO, PCHAT_COLOR_ALWAYS, PCHAT_COLOR_NEVER };
extern const char *const pchat_color_words[];

/* Where a value came from. */
enum pchat_source {
	PCHAT_SOURCE_DEFAULT,
	PCHAT_SOURCE_SYSTEM,
	PCHAT_SOURCE_USER,
	PCHAT_SOURCE_ENVIRONMENT,
	PCHAT_SOURCE_FLAG,
};

struct pchat_globals {
	struct {
		const char *text; /* never NULL after pchat_globals_resolve() */
		char *owned;      /* what .text points to if it came from a file */
		enum pchat_source source;
		unsigned line; /* in its file; 0 if it is from none */
	} v[PCHAT_N_GLOBALS];
	/* The same, understood: */
	enum pchat_format format;
	enum pchat_color color;
	bool dry_run, yes, confirm, if_exists, if_not_exists, wait, quiet, help;
	bool no_pager;
	uint64_t timeout;        /* seconds */
	uint64_t confirm_within; /* seconds; 0: for good */
	char *file;              /* the user's file, owned; NULL if there is no home */
};
void pchat_globals_release(struct pchat_globals *g);
PCHAT_AUTO_VALUE_DEFINE(globals, pchat_globals_release)

/* The row of a global option as an option; false past the last one. */
bool pchat_global_option(size_t i, struct pchat_option *ret);
/* The number of the global option "--name" or of the letter; -1 if there is none. */
int pchat_global_find(struct pchat_str name);
int pchat_global_by_letter(char letter);
/* The name of its environment variable. */
void pchat_global_variable(size_t i, char ret[PCHAT_OPTION_NAME_MAX]);
/* Where its value came from: "flag", "environment", "user file", "system file" or "default". */
const char *pchat_global_origin(const struct pchat_globals *g, size_t i);
/* The place there: the option, the variable or "FILE:LINE"; nothing for a default. */
void pchat_global_place(const struct pchat_globals *g, size_t i, struct pchat_buf *out);
/* Fill in what was not given by flags, then understand everything. */
enum pchat_code pchat_globals_resolve(struct pchat_globals *g, struct pchat_err *err);
/* Fill in what was not given from @from, whose texts are borrowed, then understand everything. */
enum pchat_code pchat_globals_inherit(struct pchat_globals *g, const struct pchat_globals *from,
                                      struct pchat_err *err);
/* May colours go to the descriptor @fd? (--color, NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM) */
bool pchat_globals_color(const struct pchat_globals *g, int fd);
/* Does the global option mean something for the command? */
bool pchat_global_applies(enum pchat_global global, const struct pchat_cmd *cmd);
/* true, yes, on, 1 and their opposites. */
bool pchat_bool_parse(const char *text, bool *ret);
/* Remedy "use a, b or c". */
void pchat_words_hint(struct pchat_err *err, const char *const *words);
