/* The command table: see command.h. Examples run in the order of their rows' kinds against
 * docs/examples/contoso.yaml, each on a fresh store. */
#include "pchatctl/command.h"

#include "pchatctl/handlers.h"

#define EXAMPLES(...)             \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}
#define END                  \
	{                    \
		.name = NULL \
	}

/* ---- arguments ---- */

static const struct pchat_arg create_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_NEW, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED, "its name", 0 },
	END,
};

static const struct pchat_arg key_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "its name or guid", 0 },
	END,
};

#define NAME_ARG                                                                                \
	{                                                                                       \
		"--name", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0,                               \
			"only those whose name fits a pattern: '*' any text, '?' one letter", 0 \
	}
#define LIST_ARGS                                                                                \
	NAME_ARG,                                                                                \
		{ "--search",                                                                    \
		  PCHAT_ARG_TEXT,                                                                \
		  PCHAT_NO_KIND,                                                                 \
		  NULL,                                                                          \
		  0,                                                                             \
		  "only those with this text in a name or description",                          \
		  0 },                                                                           \
		{ "--sort",                                                                      \
		  PCHAT_ARG_SORT,                                                                \
		  PCHAT_NO_KIND,                                                                 \
		  NULL,                                                                          \
		  0,                                                                             \
		  "order by these fields, '-' before one reverses; keeps all of them in memory", \
		  0 },                                                                           \
	{                                                                                        \
		"--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many", 0      \
	}

static const struct pchat_arg list_args[] = { LIST_ARGS, END };

/* Of kinds that have lists of principals. */
static const struct pchat_arg room_list_args[] = {
	LIST_ARGS,
	{ "--nested", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "principals count through their groups, units and domains, too", 0 },
	{ "--content-exceeds-mb", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0,
	  "only those whose messages take more than this many megabytes", 0 },
	END,
};

static const struct pchat_arg list_nested_args[] = {
	LIST_ARGS,
	{ "--nested", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "principals count through their groups, units and domains, too", 0 },
	END,
};

static const struct pchat_arg move_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "its name or guid", 0 },
	{ "--to", PCHAT_ARG_OBJECT, PCHAT_KIND_CATEGORY, NULL, PCHAT_ARG_REQUIRED,
	  "category to move it to", 0 },
	END,
};

static const struct pchat_arg room_eligible_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "its name or guid", 0 },
	{ "--presenters", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "who could be a presenter: the members of an auditorium", 0 },
	NAME_ARG,
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
	END,
};

static const struct pchat_arg category_eligible_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "its name or guid", 0 },
	NAME_ARG,
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
	END,
};

static const struct pchat_arg clear_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "its name or guid", 0 },
	{ "--until", PCHAT_ARG_TIME, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "the last moment that is cleared; of a date, the whole day", 0 },
	END,
};

#define MESSAGE_ARGS                                                                               \
	{ "--author", PCHAT_ARG_PRINCIPAL, PCHAT_KIND_USER,                                        \
	  NULL,       PCHAT_ARG_MANY,      "written by this user",                                 \
	  0 },                                                                                     \
		{ "--since", PCHAT_ARG_TIME, PCHAT_NO_KIND, NULL, 0, "written then or later", 0 }, \
		{ "--until",                                                                       \
		  PCHAT_ARG_TIME,                                                                  \
		  PCHAT_NO_KIND,                                                                   \
		  NULL,                                                                            \
		  0,                                                                               \
		  "written then or earlier; of a date, the whole day",                             \
		  0 },                                                                             \
		{ "--words", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0, "with these words", 0 },      \
		{ "--match",                                                                       \
		  PCHAT_ARG_WORD,                                                                  \
		  PCHAT_NO_KIND,                                                                   \
		  pchat_match_words,                                                               \
		  0,                                                                               \
		  "with any of the words, all of them, or all in this order; all if not given",    \
		  0 },                                                                             \
	{                                                                                          \
		"--match-case", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,                            \
			"with the words as they are written", 0                                    \
	}
#define MESSAGE_ROOM_ARG                                                                   \
	{                                                                                  \
		"ROOM", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL,                           \
			PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY, "name or guid of the room", 0 \
	}
#define MESSAGE_ALL_ARG                                                                         \
	{                                                                                       \
		"--all", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0, "everything said up to now", 0 \
	}

static const struct pchat_arg message_search_args[] = {
	{ "--room", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, PCHAT_ARG_MANY,
	  "in this room; in all if none is named", 0 },
	MESSAGE_ARGS,
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
	{ "--oldest-first", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "in the order they were written; newest first if not given", 0 },
	{ "--count", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0, "say how many, show none", 0 },
	END,
};

static const struct pchat_arg message_remove_args[] = {
	MESSAGE_ROOM_ARG,
	MESSAGE_ARGS,
	MESSAGE_ALL_ARG,
	END,
};

static const struct pchat_arg message_replace_args[] = {
	MESSAGE_ROOM_ARG,
	{ "--with", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "text that takes their place", 0 },
	MESSAGE_ARGS,
	MESSAGE_ALL_ARG,
	END,
};

#define PERIOD_ARGS                                                                     \
	{                                                                               \
		"--since",                                                              \
		PCHAT_ARG_TIME,                                                         \
		PCHAT_NO_KIND,                                                          \
		NULL,                                                                   \
		0,                                                                      \
		"count what was posted from then on",                                   \
		0                                                                       \
	},                                                                              \
	{                                                                               \
		"--until", PCHAT_ARG_TIME, PCHAT_NO_KIND, NULL, 0,                      \
			"count what was posted up to then; of a date, the whole day", 0 \
	}
#define LIMIT_ARG                                                                           \
	{                                                                                   \
		"--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 \
	}
#define CATEGORY_ARG                                                          \
	{                                                                     \
		"--category", PCHAT_ARG_OBJECT, PCHAT_KIND_CATEGORY, NULL, 0, \
			"rooms of this category", 0                           \
	}

static const struct pchat_arg report_rooms_args[] = { PERIOD_ARGS, CATEGORY_ARG, LIMIT_ARG, END };

static const struct pchat_arg inactive_args[] = {
	{ "--since", PCHAT_ARG_TIME, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "nothing was posted from then on", 0 },
	CATEGORY_ARG,
	LIMIT_ARG,
	END,
};

static const struct pchat_arg posters_args[] = {
	PERIOD_ARGS,
	{ "--room", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, 0,
	  "in this room; in all if none is named", 0 },
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many; 20 if not given",
	  0 },
	END,
};

static const struct pchat_arg report_room_args[] = {
	{ "ROOM", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, PCHAT_ARG_REQUIRED,
	  "name or guid of the room", 0 },
	END,
};

static const struct pchat_arg addin_delete_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "its name or guid", 0 },
	{ "--force", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0, "take it from the rooms that use it",
	  0 },
	END,
};

static const struct pchat_arg scope_args[] = {
	{ "--user", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, 0,
	  "for this user: counts for his site", 0 },
	{ "--site", PCHAT_ARG_OBJECT, PCHAT_KIND_SITE, NULL, 0, "for users of this site", 0 },
	{ "--origin", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "a line for each setting, with where its value is from", 0 },
	END,
};

static const struct pchat_arg reset_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "its scope or guid", 0 },
	{ "SETTING", PCHAT_ARG_SETTING, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY,
	  "settings to put back; all of them if none is named", 0 },
	END,
};

static const struct pchat_arg grant_args[] = {
	{ "POLICY", PCHAT_ARG_OBJECT, PCHAT_KIND_POLICY, NULL, PCHAT_ARG_REQUIRED,
	  "policy to grant", 0 },
	{ "PRINCIPAL", PCHAT_ARG_PRINCIPAL, PCHAT_NO_KIND, NULL,
	  PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY, "user, group, unit or domain to grant it to", 0 },
	END,
};

static const struct pchat_arg revoke_args[] = {
	{ "PRINCIPAL", PCHAT_ARG_PRINCIPAL, PCHAT_NO_KIND, NULL,
	  PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "user, group, unit or domain to take its policy from", 0 },
	END,
};

static const struct pchat_arg user_args[] = {
	{ "USER", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, PCHAT_ARG_REQUIRED,
	  "SIP URI of the user", 0 },
	END,
};

static const struct pchat_arg passwd_args[] = {
	{ "USER", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, PCHAT_ARG_REQUIRED,
	  "SIP URI of the user", 0 },
	{ "--password-stdin", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "read the password from the first line of standard input", 0 },
	{ "--remove", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0, "take the password away", 0 },
	END,
};

static const struct pchat_arg access_args[] = {
	{ "USER", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, PCHAT_ARG_REQUIRED,
	  "SIP URI of the user", 0 },
	{ "ROOM", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, 0, "name of the room", 0 },
	{ "--action", PCHAT_ARG_WORD, PCHAT_NO_KIND, pchat_action_words, 0,
	  "what the user wants to do; join if not given", 0 },
	{ "--category", PCHAT_ARG_OBJECT, PCHAT_KIND_CATEGORY, NULL, 0,
	  "category to create a room in or to move the room to", 0 },
	{ "--administrator", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "ask as if the user were an administrator", 0 },
	END,
};

static const struct pchat_arg session_list_args[] = {
	{ "--user", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, 0, "only sessions of this user", 0 },
	{ "--room", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, 0,
	  "only sessions that have joined this room", 0 },
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
	END,
};

static const struct pchat_arg session_show_args[] = {
	{ "ID", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED, "id of the session", 0 },
	END,
};

static const struct pchat_arg session_kick_args[] = {
	{ "ID", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY, "ids of the sessions", 0 },
	{ "--user", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, 0, "all sessions of this user", 0 },
	{ "--room", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, 0,
	  "all sessions that have joined this room", 0 },
	{ "--all", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0, "every session", 0 },
	END,
};

static const struct pchat_arg explain_room_args[] = {
	{ "ROOM", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, PCHAT_ARG_REQUIRED, "its name or guid",
	  0 },
	{ "--action", PCHAT_ARG_WORD, PCHAT_NO_KIND, pchat_action_words, 0,
	  "list only who may do that", 0 },
	NAME_ARG,
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0,
	  "at most this many people; 100 if not given", 0 },
	{ "--offset", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "leave out so many before them",
	  0 },
	END,
};

static const struct pchat_arg init_args[] = {
	{ "--domain", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "SIP domain of the pool", 0 },
	END,
};

static const struct pchat_arg folder_args[] = {
	{ "FOLDER", PCHAT_ARG_FOLDER, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "folder of the backup", 0 },
	END,
};

static const struct pchat_arg check_args[] = {
	{ "--server", PCHAT_ARG_TARGET, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED, "server to check",
	  0 },
	{ "--sender", PCHAT_ARG_PRINCIPAL, PCHAT_KIND_USER, NULL, PCHAT_ARG_REQUIRED,
	  "user who writes first", 0 },
	{ "--receiver", PCHAT_ARG_PRINCIPAL, PCHAT_KIND_USER, NULL, PCHAT_ARG_REQUIRED,
	  "user who answers", 0 },
	{ "--room", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, PCHAT_ARG_REQUIRED,
	  "room both join; found by its name through the server", 0 },
	{ "--setup", PCHAT_ARG_OBJECT, PCHAT_KIND_CATEGORY, NULL, 0,
	  "create the room in this category unless it is there, and make both members of it", 0 },
	{ "--pool", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0,
	  "SIP URI to invite; if not given, the one the server provisions", 0 },
	{ "--password-file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, 0,
	  "file with a line 'USER PASSWORD' for each of the two", 0 },
	{ "--ca-file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, 0,
	  "tls: trust these certificates instead of the system's", 0 },
	{ "--insecure", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0, "tls: take any certificate", 0 },
	{ "--step-timeout", PCHAT_ARG_DURATION, PCHAT_NO_KIND, NULL, 0,
	  "how long a step may take; 10s if not given", 0 },
	END,
};

static const struct pchat_arg manifest_args[] = {
	{ "--file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "manifest: a file, a folder or - for standard input", 'f' },
	{ "--prune", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "delete what is stored in a section of the manifest and not described there", 0 },
	{ "--prune-limit", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0,
	  "most objects to delete, as a number or like 20%", 0 },
	END,
};

static const struct pchat_arg diff_args[] = {
	{ "--file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY,
	  "manifest: a file, a folder or - for standard input", 'f' },
	{ "--prune", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "delete what is stored in a section of the manifest and not described there", 0 },
	{ "--prune-limit", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0,
	  "most objects to delete, as a number or like 20%", 0 },
	END,
};

static const struct pchat_arg begin_args[] = {
	{ "--name", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0,
	  "what to call it; a name is made up if none is given", 0 },
	END,
};

static const struct pchat_arg transaction_args[] = {
	{ "TRANSACTION", PCHAT_ARG_TRANSACTION, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED, "its name",
	  0 },
	END,
};

static const struct pchat_arg validate_args[] = {
	{ "--file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "manifest: a file, a folder or - for standard input", 'f' },
	END,
};

static const struct pchat_arg export_args[] = {
	{ "SECTION", PCHAT_ARG_SECTION, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY,
	  "only these sections, or objects of one as SECTION/NAME", 0 },
	{ "--without-guids", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "leave the guids out, which tell renamed objects from new ones", 0 },
	END,
};

static const struct pchat_arg csv_args[] = {
	{ "WHAT", PCHAT_ARG_WORD, PCHAT_NO_KIND, pchat_import_words, PCHAT_ARG_REQUIRED,
	  "what the rows are", 0 },
	{ "FILE", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "file of rows, the first of which names the columns; - for standard input", 0 },
	{ "--map", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY,
	  "a column by its heading and the field it is, HEADING=FIELD; HEADING= leaves it out", 0 },
	{ "--ignore-unknown", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "leave out columns that are no fields", 0 },
	{ "--delimiter", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0,
	  "what separates cells: one character, or the word tab; a comma if not given", 0 },
	{ "--clear-empty", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "empty cells empty the field instead of leaving it as it is", 0 },
	END,
};

static const struct pchat_arg config_show_args[] = {
	{ PCHAT_ARG_KEY, PCHAT_ARG_OBJECT, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY,
	  "scope of the settings", 0 },
	{ "--origin", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "options of pchatctl itself, with where each value is from", 0 },
	END,
};

static const struct pchat_arg watch_args[] = {
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "end after this many lines", 0 },
	{ "--for", PCHAT_ARG_DURATION, PCHAT_NO_KIND, NULL, 0, "end after this time", 0 },
	END,
};

static const struct pchat_arg watch_changes_args[] = {
	{ "--since", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0,
	  "begin behind this revision; behind the present one if not given", 0 },
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "end after this many changes", 0 },
	{ "--for", PCHAT_ARG_DURATION, PCHAT_NO_KIND, NULL, 0, "end after this time", 0 },
	END,
};

static const struct pchat_arg help_args[] = {
	{ "COMMAND", PCHAT_ARG_COMMAND, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY,
	  "words of a command, or a topic", 0 },
	END,
};

static const char *const shell_words[] = { "bash", "zsh", "fish", NULL };
static const struct pchat_arg completion_args[] = {
	{ "SHELL", PCHAT_ARG_WORD, PCHAT_NO_KIND, shell_words, PCHAT_ARG_REQUIRED,
	  "bash, zsh or fish", 0 },
	END,
};

/* ---- rows ---- */

#define CREATE(KIND, word, text, ...)                                                             \
	{                                                                                         \
		.path = word " create", .summary = text, .kind = PCHAT_KIND_##KIND,               \
		.flags = PCHAT_CMD_WRITE | PCHAT_CMD_CREATE_FIELDS | PCHAT_CMD_IF_NOT_EXISTS,     \
		.args = create_args, .plan = pchat_create_plan, .examples = EXAMPLES(__VA_ARGS__) \
	}
#define SET(KIND, word, text, ...)                                                          \
	{                                                                                   \
		.path = word " set", .summary = text, .kind = PCHAT_KIND_##KIND,            \
		.flags = PCHAT_CMD_WRITE | PCHAT_CMD_SET_FIELDS | PCHAT_CMD_IF_EXISTS,      \
		.args = key_args, .plan = pchat_set_plan, .examples = EXAMPLES(__VA_ARGS__) \
	}
#define SHOW(KIND, word, text, ...)                                               \
	{                                                                         \
		.path = word " show", .summary = text, .kind = PCHAT_KIND_##KIND, \
		.flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS, .args = key_args,    \
		.run = pchat_show_run, .examples = EXAMPLES(__VA_ARGS__),         \
		.details = "One name gives an object, several give a list."       \
	}
#define LIST(KIND, word, text, ...) LIST_WITH(list_args, KIND, word, text, __VA_ARGS__)
#define LIST_WITH(arguments, KIND, word, text, ...)                                                \
	{                                                                                          \
		.path = word " list", .summary = text, .kind = PCHAT_KIND_##KIND,                  \
		.flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS | PCHAT_CMD_LIST_FIELDS,               \
		.args = arguments, .run = pchat_list_run, .examples = EXAMPLES(__VA_ARGS__),       \
		.details = "What is given narrows the list: an object is shown if all of it fits." \
	}
#define DELETE(KIND, word, text, ...)                                               \
	{                                                                           \
		.path = word " delete", .summary = text, .kind = PCHAT_KIND_##KIND, \
		.flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS, .args = key_args,   \
		.plan = pchat_delete_plan, .examples = EXAMPLES(__VA_ARGS__)        \
	}

const struct pchat_cmd pchat_cmds[] = {
	CREATE(POLICY, "policy", "create a policy for a site or to grant by name",
	       "pchatctl policy create site:zurich --enabled",
	       "pchatctl policy create visitors --enabled --add-granted-to group:Helpdesk"),
	SET(POLICY, "policy", "change policies", "pchatctl policy set global --enabled",
	    "pchatctl policy set traders --no-enabled -m 'trading is closed'"),
	SHOW(POLICY, "policy", "show policies", "pchatctl policy show traders"),
	LIST_WITH(list_nested_args, POLICY, "policy", "list policies",
	          "pchatctl policy list --enabled"),
	DELETE(POLICY, "policy", "delete policies; deleting global puts it back to its defaults",
	       "pchatctl policy delete traders --yes"),
	{ .path = "policy grant",
	  .summary = "grant a policy to users, groups, units and domains",
	  .kind = PCHAT_KIND_POLICY,
	  .flags = PCHAT_CMD_WRITE,
	  .args = grant_args,
	  .plan = pchat_policy_grant_plan,
	  .details = "A policy granted before is replaced: everybody has one at most.",
	  .examples =
	          EXAMPLES("pchatctl policy grant traders sip:oscar@contoso.example",
	                   "pchatctl policy grant traders group:Helpdesk 'ou:Private clients'") },
	{ .path = "policy revoke",
	  .summary = "take the policy granted to users, groups, units and domains",
	  .kind = PCHAT_KIND_POLICY,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = revoke_args,
	  .plan = pchat_policy_revoke_plan,
	  .details = "The policy of the site or the global one counts again.",
	  .examples = EXAMPLES("pchatctl policy revoke group:Traders") },
	{ .path = "policy effective",
	  .summary = "show which policy counts for a user, and why",
	  .kind = PCHAT_KIND_USER,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = user_args,
	  .run = pchat_policy_effective_run,
	  .examples = EXAMPLES("pchatctl policy effective sip:ken@contoso.example") },

	CREATE(USER, "user", "create a user",
	       "pchatctl user create sip:nina@contoso.example --display-name 'Nina Park' --site leeds",
	       "pchatctl user create otto@contoso.example --unit Operations --if-not-exists"),
	SET(USER, "user", "change users", "pchatctl user set sip:bob@contoso.example --site zurich",
	    "pchatctl user set victor@contoso.example --no-disabled"),
	SHOW(USER, "user", "show users", "pchatctl user show sip:amy@contoso.example",
	     "pchatctl user show amy@contoso.example bob@contoso.example -o json"),
	LIST(USER, "user", "list users", "pchatctl user list --site leeds --sort displayName",
	     "pchatctl user list --disabled -o name"),
	DELETE(USER, "user", "delete users and take them out of every list",
	       "pchatctl user delete sip:victor@contoso.example --yes"),
	{ .path = "user passwd",
	  .summary = "set the password a user signs in with by Digest",
	  .kind = PCHAT_KIND_USER,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_HELPER | PCHAT_CMD_SECRET,
	  .args = passwd_args,
	  .plan = pchat_user_passwd_plan,
	  .details =
	          "Asks for it twice on the terminal. Stored is what Digest needs for the domain "
	          "of the pool, never the password.",
	  .examples = EXAMPLES(
		  "echo secret | pchatctl user passwd sip:amy@contoso.example --password-stdin") },

	CREATE(GROUP, "group", "create a group",
	       "pchatctl group create Quants --add-member sip:amy@contoso.example "
	       "--add-member ou:Trading/Credit",
	       "pchatctl group create Visitors"),
	SET(GROUP, "group", "change groups",
	    "pchatctl group set Helpdesk --add-member sip:grace@contoso.example",
	    "pchatctl group set Helpdesk --name 'Help desk staff'"),
	SHOW(GROUP, "group", "show groups", "pchatctl group show Traders"),
	LIST_WITH(list_nested_args, GROUP, "group", "list groups", "pchatctl group list",
	          "pchatctl group list --member group:Rates -o name"),
	DELETE(GROUP, "group", "delete groups and take them out of every list",
	       "pchatctl group delete Credit --yes"),

	CREATE(UNIT, "unit", "create an organizational unit",
	       "pchatctl unit create Trading/Equities"),
	SET(UNIT, "unit", "change organizational units",
	    "pchatctl unit set Operations --description 'keeps it running'"),
	SHOW(UNIT, "unit", "show organizational units", "pchatctl unit show Trading/Rates"),
	LIST(UNIT, "unit", "list organizational units", "pchatctl unit list"),
	DELETE(UNIT, "unit", "delete organizational units that nobody is in",
	       "pchatctl unit delete Trading/Equities --if-exists"),

	CREATE(DOMAIN, "domain", "create a SIP domain",
	       "pchatctl domain create partner.contoso.example"),
	SET(DOMAIN, "domain", "change SIP domains",
	    "pchatctl domain set contoso.example --description 'all of us'"),
	SHOW(DOMAIN, "domain", "show SIP domains", "pchatctl domain show contoso.example"),
	LIST(DOMAIN, "domain", "list SIP domains", "pchatctl domain list -o name"),
	DELETE(DOMAIN, "domain", "delete SIP domains",
	       "pchatctl domain delete old.example --if-exists"),

	CREATE(SITE, "site", "create a site",
	       "pchatctl site create oslo --description 'new office'"),
	SET(SITE, "site", "change sites", "pchatctl site set leeds --description 'head office'"),
	SHOW(SITE, "site", "show sites", "pchatctl site show leeds"),
	LIST(SITE, "site", "list sites", "pchatctl site list"),
	DELETE(SITE, "site", "delete sites that nobody uses",
	       "pchatctl site delete paris --if-exists"),

	CREATE(CATEGORY, "category", "create a category of rooms",
	       "pchatctl category create Research --add-allowed domain:contoso.example "
	       "--add-creator group:Traders --invitations"),
	SET(CATEGORY, "category", "change categories",
	    "pchatctl category set Social --history --description 'after work'",
	    "pchatctl category set Support --add-denied sip:victor@contoso.example"),
	SHOW(CATEGORY, "category", "show categories", "pchatctl category show Trading -o yaml"),
	LIST_WITH(list_nested_args, CATEGORY, "category", "list categories",
	          "pchatctl category list --no-history"),
	DELETE(CATEGORY, "category", "delete categories without rooms",
	       "pchatctl category delete Lounge --if-exists"),
	{ .path = "category eligible",
	  .summary = "list who could be a member of the rooms of a category",
	  .kind = PCHAT_KIND_CATEGORY,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = category_eligible_args,
	  .run = pchat_eligible_run,
	  .details =
	          "Users that are allowed and not denied, each by himself: groups, units and domains "
	          "are taken apart. Disabled users are not listed.",
	  .examples = EXAMPLES("pchatctl category eligible Trading",
	                       "pchatctl category eligible Support --name '*@contoso.example'") },

	CREATE(ROOM, "room", "create a room in a category",
	       "pchatctl room create 'FX desk' --category Trading --add-member group:Rates",
	       "pchatctl room create 'Town hall' --category Social --privacy open --type auditorium "
	       "--add-presenter sip:amy@contoso.example"),
	SET(ROOM, "room", "change rooms",
	    "pchatctl room set 'Rates desk' --add-member group:Credit --dry-run",
	    "pchatctl room set 'Summer party' --no-disabled",
	    "pchatctl room set 'Rates desk' --name 'Rates floor' -m 'new name'"),
	SHOW(ROOM, "room", "show rooms", "pchatctl room show 'Rates desk'",
	     "pchatctl room show 'Rates desk' -o json --fields name,members"),
	LIST_WITH(room_list_args, ROOM, "room", "list rooms",
	          "pchatctl room list --category Trading --privacy closed",
	          "pchatctl room list --manager sip:amy@contoso.example -o csv",
	          "pchatctl room list --search deal --sort=-name --limit 10"),
	DELETE(ROOM, "room", "delete rooms with everything said in them",
	       "pchatctl room delete 'Summer party' --yes"),
	{ .path = "room disable",
	  .summary = "close rooms: nobody can join, read or find them, nothing is lost",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = key_args,
	  .plan = pchat_room_disable_plan,
	  .details = "Whoever is in one is put out of it.",
	  .examples = EXAMPLES("pchatctl room disable 'Help desk' Maintenance") },
	{ .path = "room enable",
	  .summary = "open rooms again that were disabled",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = key_args,
	  .plan = pchat_room_enable_plan,
	  .examples = EXAMPLES("pchatctl room enable 'Summer party'") },
	{ .path = "room move",
	  .summary = "move rooms to another category",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = move_args,
	  .plan = pchat_room_move_plan,
	  .details =
	          "A room keeps its identity and what was said in it. Whoever may not be in rooms of "
	          "the new category loses his roles; --dry-run lists them.",
	  .examples = EXAMPLES("pchatctl room move 'Rates desk' --to Support --dry-run",
	                       "pchatctl room move 'Summer party' --to Support") },
	{ .path = "room clear",
	  .summary = "delete what was said in rooms up to a moment",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = clear_args,
	  .plan = pchat_room_clear_plan,
	  .details =
	          "The rooms stay, with everything said later. --dry-run counts. What compliance has "
	          "taken stays there.",
	  .examples = EXAMPLES("pchatctl room clear 'Rates desk' --until 2026-01-31 --dry-run",
	                       "pchatctl room clear 'Rates desk' 'Help desk' --until 90d --yes") },
	{ .path = "room eligible",
	  .summary = "list who could be a member or a presenter of a room",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = room_eligible_args,
	  .run = pchat_eligible_run,
	  .details =
	          "Users that its category allows and does not deny, each by himself: groups, units "
	          "and domains are taken apart. Disabled users are not listed. Presenters of an "
	          "auditorium have to be members of it.",
	  .examples = EXAMPLES("pchatctl room eligible 'Rates desk'",
	                       "pchatctl room eligible 'Morning call' --presenters -o name") },

	{ .path = "message search",
	  .summary = "find messages by words, author and time",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS | PCHAT_CMD_LIVE,
	  .args = message_search_args,
	  .run = pchat_message_search_run,
	  .details =
	          "Of several rooms, one after the other. Words are compared without regard to case "
	          "and, in Latin, to accents.",
	  .examples = EXAMPLES(
		  "pchatctl message search --words 'two year' --match phrase --since 7d",
		  "pchatctl message search --room 'Rates desk' --author amy@contoso.example "
		  "--oldest-first -o jsonl",
		  "pchatctl message search --room 'Rates desk' --until 2026-01-31 --count") },
	{ .path = "message remove",
	  .summary = "remove messages from rooms",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = message_remove_args,
	  .plan = pchat_message_remove_plan,
	  .details =
	          "What fits all that is given goes, without a trace in the room; --dry-run counts. "
	          "What compliance has taken stays there. Nothing brings them back but a backup.",
	  .examples = EXAMPLES(
		  "pchatctl message remove 'Rates desk' --words secret --dry-run",
		  "pchatctl message remove 'Rates desk' --author amy@contoso.example --since 2h "
		  "--words 'project harbour' --match phrase --yes") },
	{ .path = "message replace",
	  .summary = "put a text in the place of messages",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = message_replace_args,
	  .plan = pchat_message_replace_plan,
	  .details = "Author and time stay, all that the message said goes. --dry-run counts. What "
	             "compliance has taken stays there.",
	  .examples = EXAMPLES("pchatctl message replace 'Rates desk' --with 'Removed by the "
	                       "administrator' --words secret --yes") },

	CREATE(ADDIN, "addin", "register an add-in",
	       "pchatctl addin create News --url https://news.contoso.example/"),
	SET(ADDIN, "addin", "change add-ins",
	    "pchatctl addin set Prices --url https://px.contoso.example/"),
	SHOW(ADDIN, "addin", "show add-ins", "pchatctl addin show Prices"),
	LIST(ADDIN, "addin", "list add-ins", "pchatctl addin list"),
	{ .path = "addin delete",
	  .summary = "delete add-ins that no room uses",
	  .kind = PCHAT_KIND_ADDIN,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = addin_delete_args,
	  .plan = pchat_addin_delete_plan,
	  .details = "With --force also those that rooms use; the rooms have none then.",
	  .examples = EXAMPLES("pchatctl addin delete News --if-exists",
	                       "pchatctl addin delete Prices --force --yes") },

	{ .path = "pool show",
	  .summary = "show the pool",
	  .kind = PCHAT_KIND_POOL,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .run = pchat_show_run,
	  .examples = EXAMPLES("pchatctl pool show") },
	{ .path = "pool set",
	  .summary = "change the pool",
	  .kind = PCHAT_KIND_POOL,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_SET_FIELDS,
	  .plan = pchat_set_plan,
	  .examples = EXAMPLES("pchatctl pool set --display-name 'Contoso rooms'") },

	CREATE(SETTINGS, "config", "create the service settings of a site or a server",
	       "pchatctl config create site:leeds --default-chat-history 50"),
	SET(SETTINGS, "config", "change service settings",
	    "pchatctl config set global --max-file-size-kb 10000 --session-timer 15m"),
	{ .path = "config show",
	  .summary = "show service settings, or where pchatctl's own options come from",
	  .kind = PCHAT_KIND_SETTINGS,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS | PCHAT_CMD_NAMED,
	  .args = config_show_args,
	  .run = pchat_config_show_run,
	  .details =
	          "One scope gives an object, several give a list. Without a scope, --origin shows "
	          "the options that pchatctl takes from flags, the environment and its files, and "
	          "where the value of each is from; for that of service settings see 'pchatctl config "
	          "effective --origin'.",
	  .examples = EXAMPLES("pchatctl config show global", "pchatctl config show --origin") },
	LIST(SETTINGS, "config", "list service settings", "pchatctl config list"),
	DELETE(SETTINGS, "config",
	       "delete service settings; deleting global puts it back to its defaults",
	       "pchatctl config delete site:zurich --yes"),
	{ .path = "config effective",
	  .summary = "show which service settings count",
	  .kind = PCHAT_KIND_SETTINGS,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = scope_args,
	  .run = pchat_config_effective_run,
	  .details =
	          "Those of the pool as a service, else those of the site, else the global ones: the "
	          "first found counts as a whole. The service is named by the user part of the SIP "
	          "URI of the pool.",
	  .examples = EXAMPLES("pchatctl config effective --user sip:ken@contoso.example",
	                       "pchatctl config effective --site zurich --origin") },
	{ .path = "config reset",
	  .summary = "put service settings back to their defaults",
	  .kind = PCHAT_KIND_SETTINGS,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = reset_args,
	  .plan = pchat_config_reset_plan,
	  .details = "The settings of the scope stay: 'config delete' lets the next scope count.",
	  .examples = EXAMPLES("pchatctl config reset site:zurich defaultChatHistory",
	                       "pchatctl config reset global") },

	CREATE(COMPLIANCE, "compliance", "create the compliance settings of a site or a server",
	       "pchatctl compliance create site:leeds --adapter xml --output-directory /srv/compliance"),
	SET(COMPLIANCE, "compliance", "change compliance settings",
	    "pchatctl compliance set global --adapter xml --run-interval 30m"),
	SHOW(COMPLIANCE, "compliance", "show compliance settings",
	     "pchatctl compliance show global"),
	LIST(COMPLIANCE, "compliance", "list compliance settings", "pchatctl compliance list"),
	DELETE(COMPLIANCE, "compliance",
	       "delete compliance settings; deleting global puts it back to its defaults",
	       "pchatctl compliance delete site:leeds --if-exists"),
	{ .path = "compliance effective",
	  .summary = "show which compliance settings count",
	  .kind = PCHAT_KIND_COMPLIANCE,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = scope_args,
	  .run = pchat_config_effective_run,
	  .details =
	          "Those of the pool as a service, else those of the site, else the global ones: the "
	          "first found counts as a whole. The service is named by the user part of the SIP "
	          "URI of the pool.",
	  .examples = EXAMPLES("pchatctl compliance effective",
	                       "pchatctl compliance effective --site leeds --origin") },
	{ .path = "compliance reset",
	  .summary = "put compliance settings back to their defaults",
	  .kind = PCHAT_KIND_COMPLIANCE,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = reset_args,
	  .plan = pchat_config_reset_plan,
	  .details =
	          "The settings of the scope stay: 'compliance delete' lets the next scope count.",
	  .examples = EXAMPLES("pchatctl compliance reset global runInterval") },

	CREATE(ENDPOINT, "endpoint", "create a further SIP URI of the pool",
	       "pchatctl endpoint create sip:chat@contoso.example --display-name 'Chat'"),
	SHOW(ENDPOINT, "endpoint", "show endpoints",
	     "pchatctl endpoint show sip:ocschat@contoso.example"),
	LIST(ENDPOINT, "endpoint", "list endpoints", "pchatctl endpoint list"),
	DELETE(ENDPOINT, "endpoint", "delete endpoints; to change one, delete and create it",
	       "pchatctl endpoint delete ocschat@contoso.example --yes"),

	CREATE(SERVER, "server", "add a server to the pool",
	       "pchatctl server create chat2.contoso.example --no-active"),
	SET(SERVER, "server", "change servers",
	    "pchatctl server set chat2.contoso.example --active --if-exists"),
	SHOW(SERVER, "server", "show servers", "pchatctl server create chat1.contoso.example",
	     "pchatctl server show chat1.contoso.example"),
	LIST(SERVER, "server", "list servers", "pchatctl server list --active"),
	DELETE(SERVER, "server", "take servers out of the pool",
	       "pchatctl server delete chat2.contoso.example --if-exists"),
	{ .path = "server swap",
	  .summary = "make the idle servers active and the active ones idle",
	  .kind = PCHAT_KIND_SERVER,
	  .flags = PCHAT_CMD_WRITE,
	  .plan = pchat_server_swap_plan,
	  .examples = EXAMPLES("pchatctl server create chat1.contoso.example",
	                       "pchatctl server create chat2.contoso.example --no-active",
	                       "pchatctl server swap") },

	{ .path = "server status",
	  .summary = "show how the running pchatd is",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .run = pchat_server_status_run,
	  .details = "Exit status 8 if none serves the store.",
	  .examples = EXAMPLES("pchatctl server status", "pchatctl server status -o json") },
	{ .path = "server drain",
	  .summary = "let the running pchatd finish its work and end",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_URGES | PCHAT_CMD_AWAITS,
	  .run = pchat_server_drain_run,
	  .details =
	          "It takes no new sessions, delivers what is on its way, ends the sessions and then "
	          "itself, as on SIGTERM. Returns when it has ended, with --no-wait at once.",
	  .examples = EXAMPLES("pchatctl server drain --yes") },

	{ .path = "session list",
	  .summary = "list the sessions of the running pchatd, newest first",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .args = session_list_args,
	  .run = pchat_session_list_run,
	  .details =
	          "A user has a session for each of his clients. 'waiting' is what pchatd has yet to "
	          "do for it, 'queued' what it has yet to receive. Exit status 8 if no pchatd serves "
	          "the store.",
	  .examples = EXAMPLES("pchatctl session list",
	                       "pchatctl session list --user amy@contoso.example -o json",
	                       "pchatctl session list --room 'Rates desk' --fields id,user") },
	{ .path = "session show",
	  .summary = "show a session",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .args = session_show_args,
	  .run = pchat_session_show_run,
	  .examples = EXAMPLES("pchatctl session show 1") },
	{ .path = "session kick",
	  .summary = "end sessions",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_URGES,
	  .args = session_kick_args,
	  .run = pchat_session_kick_run,
	  .details =
	          "What is queued for a session is still sent. Its client may sign in again at once: "
	          "to keep a user out, disable him or take his policy. --all asks first.",
	  .examples = EXAMPLES("pchatctl session kick 1",
	                       "pchatctl session kick --user amy@contoso.example",
	                       "pchatctl session kick --all --yes") },

	{ .path = "store init",
	  .summary = "create an empty store",
	  .kind = PCHAT_NO_KIND,
	  .flags = 0,
	  .args = init_args,
	  .run = pchat_store_init_run,
	  .details = "It holds the pool, the global policy (off) and the global settings.",
	  .examples = EXAMPLES("pchatctl --store ./new store init --domain contoso.example") },
	{ .path = "store info",
	  .summary = "show where the store is and how much it holds",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_LIVE | PCHAT_CMD_RECORDS,
	  .run = pchat_store_info_run,
	  .examples = EXAMPLES("pchatctl store info", "pchatctl store info -o json") },
	{ .path = "store check",
	  .summary = "look for damage in the store",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_RECORDS,
	  .run = pchat_store_check_run,
	  .details = "Exit status 1 if something was found.",
	  .examples = EXAMPLES("pchatctl store check") },
	{ .path = "store migrate",
	  .summary = "bring an older store to this version",
	  .kind = PCHAT_NO_KIND,
	  .flags = 0,
	  .run = pchat_store_migrate_run,
	  .details = "A backup is made beside it first.",
	  .examples = EXAMPLES("pchatctl store migrate") },
	{ .path = "store backup",
	  .summary = "copy the store, also while it is in use",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_LIVE,
	  .args = folder_args,
	  .run = pchat_store_backup_run,
	  .examples = EXAMPLES("pchatctl store backup ./copy") },
	{ .path = "store restore",
	  .summary = "put a backup back where no store is",
	  .kind = PCHAT_NO_KIND,
	  .flags = 0,
	  .args = folder_args,
	  .run = pchat_store_restore_run,
	  .examples = EXAMPLES("pchatctl store backup ./copy",
	                       "pchatctl --store ./again store restore ./copy") },

	{ .path = "transaction list",
	  .summary = "list open transactions",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_LIVE | PCHAT_CMD_RECORDS,
	  .run = pchat_transaction_list_run,
	  .details = "One whose file is damaged is listed with what is wrong with it; 'abort' "
	             "removes it.",
	  .examples = EXAMPLES("pchatctl transaction list") },
	{ .path = "transaction show",
	  .summary = "show an open transaction",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_LIVE | PCHAT_CMD_RECORDS,
	  .args = transaction_args,
	  .run = pchat_transaction_show_run,
	  .details = "What it has staged is shown by 'diff'.",
	  .examples = EXAMPLES("pchatctl begin --name friday",
	                       "pchatctl transaction show friday") },

	{ .path = "explain access",
	  .summary = "explain whether a user may do something in a room",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = access_args,
	  .run = pchat_explain_access_run,
	  .details =
	          "Shows every rule that was asked and the command that would change the answer. "
	          "Exit status 0 if it is allowed, 1 if not.",
	  .examples = EXAMPLES(
		  "pchatctl explain access sip:amy@contoso.example 'Rates desk'",
		  "pchatctl explain access amy@contoso.example 'Morning call' --action post",
		  "pchatctl explain access bob@contoso.example --action create "
		  "--category Trading") },
	{ .path = "explain policy",
	  .summary = "explain whether a user may use persistent chat",
	  .kind = PCHAT_KIND_USER,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = user_args,
	  .run = pchat_explain_policy_run,
	  .details = "Exit status 0 if so, 1 if not.",
	  .examples = EXAMPLES("pchatctl explain policy sip:ken@contoso.example") },
	{ .path = "explain room",
	  .summary = "explain who may do what in a room",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = explain_room_args,
	  .run = pchat_explain_room_run,
	  .details =
	          "Asks for every user what pchatd would ask, and counts them by action. Lists those "
	          "who may do more than see that the room is there, or what --action names, each "
	          "with the rule that lets him and the way through groups and units to it.",
	  .examples = EXAMPLES("pchatctl explain room 'Rates desk'",
	                       "pchatctl explain room 'Morning call' --action post --limit 20") },

	{ .path = "watch changes",
	  .summary = "show what is changed in the store, as it is changed",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_LIVE | PCHAT_CMD_RECORDS,
	  .args = watch_changes_args,
	  .run = pchat_watch_changes_run,
	  .details = "One line for each object. Ends with Ctrl-C, and when nobody reads any more.",
	  .examples = EXAMPLES("pchatctl watch changes --since 0 --limit 3",
	                       "pchatctl watch changes --since 0 --for 0s -o jsonl") },
	{ .path = "watch rooms",
	  .summary = "show in which rooms something is written, as it is written",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_LIVE | PCHAT_CMD_RECORDS,
	  .args = watch_args,
	  .run = pchat_watch_rooms_run,
	  .details =
	          "A line for each room with new messages, once a second at most; not what they say. "
	          "Ends with Ctrl-C, and when nobody reads any more.",
	  .examples = EXAMPLES("pchatctl watch rooms --for 0s") },
	{ .path = "watch sessions",
	  .summary = "show who signs in and off, as they do",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .args = watch_args,
	  .run = pchat_watch_sessions_run,
	  .details = "Begins with those who are there. Looks once a second: who comes and goes in "
	             "between is not seen. Ends with Ctrl-C, and when nobody reads any more.",
	  .examples = EXAMPLES("pchatctl watch sessions --for 0s") },
#define REPORT(word, text, arguments, handler, ...)                                              \
	{                                                                                        \
		.path = "report " word, .summary = text, .kind = PCHAT_NO_KIND,                  \
		.flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS | PCHAT_CMD_LIVE, .args = arguments, \
		.run = handler, .examples = EXAMPLES(__VA_ARGS__)                                \
	}
	REPORT("usage", "list the rooms by how much was posted in them", report_rooms_args,
	       pchat_report_usage_run, "pchatctl report usage --since 30d --limit 20",
	       "pchatctl report usage --since 2026-01-01 --until 2026-03-31 -o csv"),
	REPORT("least-active", "list the rooms by how little was posted in them", report_rooms_args,
	       pchat_report_least_active_run,
	       "pchatctl report least-active --since 90d --category Trading"),
	REPORT("inactive", "list the rooms in which nothing was posted since a moment",
	       inactive_args, pchat_report_inactive_run,
	       "pchatctl report inactive --since 180d --fields room,last"),
	REPORT("top-posters", "list the users by how much they posted", posters_args,
	       pchat_report_top_posters_run, "pchatctl report top-posters --since 7d",
	       "pchatctl report top-posters --room 'Rates desk' --limit 5"),
	REPORT("roles", "list the rooms in which a user has a role, by himself or by a group",
	       user_args, pchat_report_roles_run, "pchatctl report roles sip:amy@contoso.example"),
	REPORT("members", "list the users who have a role in a room, by themselves or by a group",
	       report_room_args, pchat_report_members_run, "pchatctl report members 'Rates desk'"),

	{ .path = "check chat",
	  .summary = "let two users chat through a running server",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_HELPER | PCHAT_CMD_RECORDS,
	  .args = check_args,
	  .run = NULL,
	  .details =
	          "Both sign in, join the room, write one message each and receive both, and sign "
	          "off. Needs no store unless it is to set the room up. Exit status 0 if all of it worked, 1 if the server answered "
	          "wrongly or refused, 8 if it could not be reached.",
	  .examples = EXAMPLES(
		  "pchatctl check chat --server tcp:127.0.0.1:5060 "
		  "--sender sip:amy@contoso.example --receiver sip:bob@contoso.example "
		  "--room 'Rates desk'") },

	{ .path = "apply",
	  .summary = "make the store hold what manifests describe",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_MANIFEST,
	  .args = manifest_args,
	  .plan = pchat_apply_plan,
	  .details =
	          "Sections that a manifest does not have are left alone. Nothing is deleted without "
	          "--prune. See 'pchatctl help manifest'.",
	  .examples = EXAMPLES(
		  "pchatctl apply -f contoso.yaml",
		  "pchatctl apply -f contoso.yaml --prune --yes -m 'as in the repository'") },
	{ .path = "diff",
	  .summary = "show what apply or commit would change",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_COMPARE | PCHAT_CMD_MANIFEST,
	  .args = diff_args,
	  .plan = pchat_diff_plan,
	  .details = "Without a manifest: what the transaction has staged. Exit status 0 if "
	             "nothing, 1 if something.",
	  .examples = EXAMPLES("pchatctl diff -f contoso.yaml", "pchatctl begin --name friday",
	                       "pchatctl diff --txn friday") },
	{ .path = "begin",
	  .summary = "begin a transaction",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_LIVE | PCHAT_CMD_COMMENT | PCHAT_CMD_RECORDS,
	  .args = begin_args,
	  .run = pchat_begin_run,
	  .details =
	          "Commands with --txn NAME, or with PCHAT_TXN=NAME in their environment, change what "
	          "is staged in it and see the store as it will be. Nothing is in force, and nobody "
	          "else is kept waiting, before 'commit'. Its name is written to standard output. "
	          "In the shell, the commands that follow belong to it.",
	  .examples = EXAMPLES("pchatctl begin --name friday -m 'change 4711'", "pchatctl begin") },
	{ .path = "commit",
	  .summary = "carry out a transaction",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_LIVE | PCHAT_CMD_TXN,
	  .plan = pchat_commit_plan,
	  .stored = pchat_commit_stored,
	  .details =
	          "All of it becomes one revision. Exit status 5, and nothing is done, if an object "
	          "it touches has been changed since it began, or if it no longer fits what is "
	          "there.",
	  .examples = EXAMPLES("pchatctl begin --name friday",
	                       "pchatctl --txn friday site create oslo",
	                       "pchatctl commit --txn friday") },
	{ .path = "abort",
	  .summary = "give a transaction up",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_LIVE | PCHAT_CMD_TXN,
	  .run = pchat_abort_run,
	  .details = "What it has staged is lost.",
	  .examples = EXAMPLES("pchatctl begin --name friday", "pchatctl abort --txn friday") },
	{ .path = "export",
	  .summary = "write the store as a manifest",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_READ,
	  .args = export_args,
	  .run = pchat_export_run,
	  .examples = EXAMPLES("pchatctl export", "pchatctl export rooms categories") },
	{ .path = "validate",
	  .summary = "check manifests without a store",
	  .kind = PCHAT_NO_KIND,
	  .flags = 0,
	  .args = validate_args,
	  .run = pchat_validate_run,
	  .examples = EXAMPLES("pchatctl validate -f contoso.yaml") },

	{ .path = "import csv",
	  .summary = "create and change objects from the rows of a CSV file",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_MANIFEST | PCHAT_CMD_CHECKED,
	  .args = csv_args,
	  .plan = pchat_import_csv_plan,
	  .details =
	          "A row of users or rooms is an object: it is created, or changed where it differs. "
	          "Members are added to rooms, or to groups, by columns 'room' or 'group', "
	          "'principal' and 'role' (member, manager or presenter); nobody is taken out. All "
	          "rows are imported in one transaction or, if one is wrong, none is; every wrong "
	          "row is told with its place.",
	  .examples =
	          EXAMPLES("printf '%s\\n' 'SIP address,Name,Site' "
	                   "'lea@contoso.example,Lea Ode,leeds' | pchatctl import csv users -",
	                   "pchatctl room list -o csv | pchatctl import csv rooms - --dry-run",
	                   "printf '%s\\n' 'room;who' 'Rates desk;carol@contoso.example' | "
	                   "pchatctl import csv members - --delimiter ';' --map who=principal") },

	{ .path = "shell",
	  .summary = "take commands one after another",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_HELPER | PCHAT_CMD_PRESETS,
	  .details =
	          "The same as pchatctl without a command on a terminal. Tab completes commands, options "
	          "and names; '?' shows what may stand at the cursor, and 'help' as the last word "
	          "explains the command before it. Commands can be abbreviated: 'cat l' is 'category list'. "
	          "A backslash at the end of a line, or an open quote, continues the command on the "
	          "next. Ctrl-C gives a line up, Ctrl-D or 'exit' leaves. Options of the shell are "
	          "presets for its commands. Where there is no terminal, commands are read line by "
	          "line; the exit status is that of the first one that failed.",
	  .examples = EXAMPLES("pchatctl shell") },
	{ .path = "completion",
	  .summary = "write the completion script of a shell",
	  .kind = PCHAT_NO_KIND,
	  .flags = 0,
	  .args = completion_args,
	  .run = pchat_completion_run,
	  .details =
	          "Where pchat is not installed by a package, bash takes it by 'source <(pchatctl "
	          "completion bash)', zsh by 'source <(pchatctl completion zsh)' after compinit, "
	          "fish by 'pchatctl completion fish | source'.",
	  .examples = EXAMPLES("pchatctl completion bash") },
	{ .path = "help",
	  .summary = "explain a command or a topic",
	  .kind = PCHAT_NO_KIND,
	  .flags = 0,
	  .args = help_args,
	  .run = pchat_help_run,
	  .details = "Without a word and with -o json: the whole command table as one object.",
	  .examples = EXAMPLES("pchatctl help", "pchatctl help room create",
	                       "pchatctl help exit-codes") },
	{ .path = "version",
	  .summary = "show the version and what it was built with",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_RECORDS,
	  .run = pchat_version_run,
	  .examples = EXAMPLES("pchatctl version") },
};
const size_t pchat_n_cmds = PCHAT_N(pchat_cmds);
