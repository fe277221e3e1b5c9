/*
 * The command table. Every command is one row of commands.c: its words, summary,
 * arguments, options, examples and handler. Dispatch, parsing, help, nearest names,
 * the shell, completion scripts and man pages all follow from these rows.
 *
 * The options of the object nouns are not written down: they derive from the fields of
 * the kind (policy/fields.def), see option.h.
 */
#pragma once

#include "base/err.h"
#include "schema/store.h"

struct pchat_ctl;
struct pchat_call;

/* Return the code of @call from this function if it is not PCHAT_OK. */
#define PCHAT_TRY(call)                             \
	do {                                        \
		enum pchat_code try_code_ = (call); \
		if (try_code_)                      \
			return try_code_;           \
	} while (0)

/* The same; it is @word, which the command line gave, that a failure is about. */
#define PCHAT_TRY_WORD(word, err, call)                 \
	do {                                            \
		enum pchat_code try_code_ = (call);     \
		if (try_code_) {                        \
			pchat_err_blame((err), (word)); \
			return try_code_;               \
		}                                       \
	} while (0)

/* What an argument is: decides how its text is checked, what stands for it in help
 * ("<user>"), what completes it and how an error is worded. */
/* clang-format off */
#define PCHAT_ARG_TYPES(X)                                                         \
	X(FLAG,      NULL,        "nothing")                                        \
	X(BOOL,      "true|false", "true or false")                                 \
	X(TEXT,      "text",      "a text")                                         \
	X(NUMBER,    "number",    "a whole number")                                 \
	X(COUNT,     "number",    "a whole number of 1 or more")                    \
	X(DURATION,  "duration",  "a length of time such as 30s, 15m or 2h")        \
	X(TIME,      "time",      "a date, a date and time, 'now', or how long ago (90d)")      \
	X(WORD,      "word",      "one of its words")                               \
	X(OBJECT,    "name",      "the name of an object that exists")              \
	X(NEW,       "name",      "the name of a new object")                       \
	X(PRINCIPAL, "principal", "sip:user@domain, group:Name, ou:Path or domain:name") \
	X(FIELDS,    "fields",    "field names separated by commas")                \
	X(SORT,      "fields",    "field names separated by commas, '-' before one reverses") \
	X(REVISION,  "rev",       "a revision: its number, now, or now-1 and so on")      \
	X(RANGE,     "rev",       "a revision such as 12 or now-1, or two such as 12..15") \
	X(FILE,      "file",      "the path of a file")                             \
	X(FOLDER,    "folder",    "the path of a folder")                           \
	X(STORE,     "path",      "the path or URL of a store")                     \
	X(SECTION,   "section",   "a section of manifests, or SECTION/NAME for one object of it") \
	X(TRANSACTION, "transaction", "the name of an open transaction")             \
	X(TARGET,    "address",   "tcp:HOST:PORT or tls:HOST:PORT")                 \
	X(SETTING,   "setting",   "the name of a setting")                            \
	X(FIELD,     "value",     "a value of the field")                           \
	X(COMMAND,   "command",   "a command or a topic")
/* clang-format on */

enum pchat_arg_type {
#define X(symbol, meta, what) PCHAT_ARG_##symbol,
	PCHAT_ARG_TYPES(X)
#undef X
		PCHAT_N_ARG_TYPES
};

enum {
	PCHAT_ARG_REQUIRED = 1 << 0,
	PCHAT_ARG_MANY = 1 << 1, /* may be given more than once; the last positional: one or more */
	PCHAT_ARG_SECRET = 1 << 2, /* its value never reaches journal, log or history */
};

/* No kind: the argument names no object, or (OBJECT, NEW) one of the row's kind. */
#define PCHAT_NO_KIND PCHAT_N_KINDS
/* Name of the positional argument that is the key of the row's kind. */
#define PCHAT_ARG_KEY "KEY"

/* An argument or option of a row. A list of them ends with .name == NULL. */
struct pchat_arg {
	const char *name; /* "--category" for an option, "ROOM" for a positional argument */
	enum pchat_arg_type type;
	enum pchat_kind kind;     /* OBJECT, NEW: of what; else PCHAT_NO_KIND */
	const char *const *words; /* WORD: NULL-terminated */
	unsigned flags;
	const char *help;
	char letter; /* 'f' for -f; 0 if there is none */
};

enum {
	PCHAT_CMD_READ = 1 << 0,  /* opens the store for reading */
	PCHAT_CMD_WRITE = 1 << 1, /* .plan runs inside the write frame (write.h) */
	/* The plan is only shown; exit 1 if it is not empty. Together with READ. */
	PCHAT_CMD_COMPARE = 1 << 2,
	/* Journaled as a manifest. The handler makes the org once it knows its plan. */
	PCHAT_CMD_MANIFEST = 1 << 3,
	/* Needs libraries whose loading takes longer than most commands run: carried out by the
	 * helper program beside pchatctl (helper.h). */
	PCHAT_CMD_HELPER = 1 << 4,
	PCHAT_CMD_RECORDS = 1 << 5, /* writes records: takes --fields */
	PCHAT_CMD_IF_EXISTS = 1 << 6,
	PCHAT_CMD_IF_NOT_EXISTS = 1 << 7,
	/* Options derived from the fields of .kind. */
	PCHAT_CMD_CREATE_FIELDS = 1 << 8,
	PCHAT_CMD_SET_FIELDS = 1 << 9,
	PCHAT_CMD_LIST_FIELDS = 1 << 10, /* filters */
	PCHAT_CMD_SECRET = 1 << 11,      /* its lines never go into a history */
	PCHAT_CMD_PRESETS = 1 << 12,     /* takes all options of all commands, to hand them down */
	PCHAT_CMD_CHECKED = 1 << 13,     /* .plan has called pchat_plan_check() itself */
	PCHAT_CMD_DAEMON = 1 << 14,      /* asks the running pchatd: takes --timeout */
	PCHAT_CMD_URGES = 1 << 15,       /* makes it do something: takes --yes as well */
	PCHAT_CMD_AWAITS = 1 << 16,      /* and waits for it: takes --wait */
	PCHAT_CMD_NAMED = 1 << 17,       /* with READ: needs the store only if names are given */
	PCHAT_CMD_ALONE = 1 << 18,       /* meant where its noun is given without a verb */
	/* Is about the store itself, also while a transaction is open (--txn): READ, WRITE and
	 * COMPARE rows without this one see and change what is staged in the transaction. */
	PCHAT_CMD_LIVE = 1 << 19,
	PCHAT_CMD_TXN = 1 << 20,     /* is about the transaction that --txn names, and needs it */
	PCHAT_CMD_COMMENT = 1 << 21, /* takes -m though it writes nothing */
	PCHAT_CMD_BATCH = 1 << 22,   /* carries out other commands, in one transaction */
	PCHAT_CMD_WRITES = PCHAT_CMD_WRITE | PCHAT_CMD_BATCH,
	PCHAT_CMD_ROLLBACK = 1 << 23, /* journaled as a rollback */
	PCHAT_CMD_IMPORT = 1 << 24,   /* journaled as an import */
	PCHAT_CMD_ENDLESS = 1 << 25,  /* writes what happens as it happens: no pager */
	/* With WRITE: changes messages, which are counted first. That takes long, so nobody is
	 * kept from writing meanwhile: .plan runs before the transaction. */
	PCHAT_CMD_MESSAGES = 1 << 26,
};

/*
 * Carries out a command that changes nothing through the write frame. PCHAT_DIFFERS with an
 * empty @err means that all went well and the answer is no (exit status 1).
 */
typedef enum pchat_code (*pchat_cmd_run)(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);
/* Adds what the command wants to @plan; the frame checks, shows, confirms and stores it. */
typedef enum pchat_code (*pchat_cmd_plan)(struct pchat_ctl *ctl, const struct pchat_call *call,
                                          struct pchat_plan *plan, struct pchat_err *err);
/* What a write command stores beside its plan, inside the same transaction. */
typedef enum pchat_code (*pchat_cmd_also)(struct pchat_ctl *ctl, const struct pchat_call *call,
                                          struct pchat_txn *txn, const struct pchat_origin *origin,
                                          struct pchat_err *err);

struct pchat_cmd {
	const char *path;            /* "room create" */
	const char *summary;         /* "create a room in a category" */
	const char *const *examples; /* NULL-terminated command lines; run by the tests */
	unsigned flags;
	enum pchat_kind kind; /* PCHAT_NO_KIND if it is not about one kind */
	const struct pchat_arg *args;
	pchat_cmd_run run;
	pchat_cmd_plan plan;
	const char *details; /* further paragraphs of help; NULL if the summary says it all */
	/* WRITE: called once the plan is stored, before pchatd is waited for; or NULL. */
	void (*stored)(struct pchat_ctl *ctl);
	/* Called with the plan once it has been checked, or is empty: a last word; or NULL. */
	enum pchat_code (*checked)(struct pchat_ctl *ctl, const struct pchat_plan *plan,
	                           struct pchat_err *err);
	/* COMPARE: called with the plan once it has been shown; what it returns is the outcome of
	 * the command; or NULL. */
	enum pchat_code (*shown)(struct pchat_ctl *ctl, const struct pchat_call *call,
	                         const struct pchat_plan *plan, struct pchat_err *err);
};

extern const struct pchat_cmd pchat_cmds[];
extern const size_t pchat_n_cmds;

/* By its words; @verb NULL for a command of one word. NULL if there is none. */
const struct pchat_cmd *pchat_cmd_find(const char *noun, const char *verb);
/* What a noun without a verb stands for, or NULL. */
const struct pchat_cmd *pchat_cmd_alone(const char *noun);

/* Does the command see and change what is staged in a transaction? */
bool pchat_cmd_stages(const struct pchat_cmd *cmd);
/* Does it write what cannot be staged, so that it is refused while a transaction is open? */
bool pchat_cmd_refuses_txn(const struct pchat_cmd *cmd);
/* May it stand in a batch? */
bool pchat_cmd_batches(const struct pchat_cmd *cmd);

/* A noun: what the overview lists beside the commands of one word. */
struct pchat_noun {
	const char *word;
	const char *help;
	const char *columns; /* of tables; NULL: all fields */
};
/* The noun row of a word, or NULL. */
const struct pchat_noun *pchat_noun_find(struct pchat_str word);
extern const struct pchat_noun pchat_nouns[];
extern const size_t pchat_n_nouns;

const char *pchat_arg_meta(enum pchat_arg_type type);
const char *pchat_arg_what(enum pchat_arg_type type);
