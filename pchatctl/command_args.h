/*
 * The arguments and options of the rows of the command table that do not derive from
 * fields. Only commands.c includes this.
 */
#pragma once

#include "pchatctl/command.h"
#include "pchatctl/handlers.h"

#define END                  \
	{                    \
		.name = NULL \
	}

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
	{ "ROOM", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, PCHAT_ARG_MANY,
	  "name or guid of the room; all rooms if none is named", 0 },
	{ "--room", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, PCHAT_ARG_MANY,
	  "in this room; in all if none is named", 0 },
	MESSAGE_ARGS,
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
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
#define LIMIT_ARG                                                                          \
	{                                                                                  \
		"--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 \
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
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "at most this many; 20 if not given",
	  0 },
	END,
};

static const struct pchat_arg report_room_args[] = {
	{ "ROOM", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, PCHAT_ARG_REQUIRED,
	  "name or guid of the room", 0 },
	END,
};

static const struct pchat_arg signins_args[] = {
	{ "--user", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, 0, "only those as this user", 0 },
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
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

static const struct pchat_arg affiliations_args[] = {
	{ "PRINCIPAL", PCHAT_ARG_PRINCIPAL, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "a user, group, unit or domain", 0 },
	END,
};

static const struct pchat_arg invitations_args[] = {
	{ "USER", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, PCHAT_ARG_REQUIRED,
	  "SIP URI of the user", 0 },
	{ "--limit", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
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
	{ "--ntlm", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "store what NTLM needs, too, which is as good as the password; with --remove, take only "
	  "that away",
	  0 },
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

static const struct pchat_arg trace_args[] = {
	{ "COUNT", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "how many to log, at most 1000; 0 ends it", 0 },
	END,
};

static const struct pchat_arg session_list_args[] = {
	{ "--user", PCHAT_ARG_OBJECT, PCHAT_KIND_USER, NULL, 0, "only sessions of this user", 0 },
	{ "--room", PCHAT_ARG_OBJECT, PCHAT_KIND_ROOM, NULL, 0,
	  "only sessions that have joined this room", 0 },
	{ "--sort", PCHAT_ARG_SORT, PCHAT_NO_KIND, NULL, 0,
	  "order by these fields, '-' before one reverses; newest first if not given", 0 },
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 },
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
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0,
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

static const struct pchat_arg certificates_args[] = {
	{ "--cert", PCHAT_ARG_FOLDER, PCHAT_NO_KIND, NULL, 0,
	  "folder with agent.pem, as pchatd gets it; /etc/pchat/tls if not given", 0 },
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

#define MANIFEST_ARG(flags)                                                       \
	{                                                                         \
		"--file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, flags,             \
			"manifest: a file, a folder or - for standard input", 'f' \
	}
#define PRUNE_ARGS                                                                      \
	{ "--prune",                                                                    \
	  PCHAT_ARG_FLAG,                                                               \
	  PCHAT_NO_KIND,                                                                \
	  NULL,                                                                         \
	  0,                                                                            \
	  "delete what is stored in a section of the manifest and not described there", \
	  0 },                                                                          \
	{                                                                               \
		"--prune-limit", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0,                \
			"most objects to delete, as a number or like 20%", 0            \
	}

static const struct pchat_arg apply_args[] = {
	{ "FILE", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, 0,
	  "saved plan to carry out, in the place of manifests; - for standard input", 0 },
	MANIFEST_ARG(PCHAT_ARG_MANY),
	PRUNE_ARGS,
	END,
};

static const struct pchat_arg plan_args[] = {
	MANIFEST_ARG(PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY),
	PRUNE_ARGS,
	{ "--out", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, 0,
	  "save the plan in this file; also -o FILE, if that is no format", 0 },
	{ "--force", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "replace the file if it is there already", 0 },
	END,
};

static const struct pchat_arg plan_show_args[] = {
	{ "FILE", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "saved plan; - for standard input", 0 },
	END,
};

static const struct pchat_arg diff_args[] = {
	{ "REV", PCHAT_ARG_RANGE, PCHAT_NO_KIND, NULL, 0,
	  "a revision to compare with now, or two of them as REV..REV", 0 },
	MANIFEST_ARG(PCHAT_ARG_MANY),
	PRUNE_ARGS,
	END,
};

static const struct pchat_arg batch_args[] = {
	{ "--file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "file with one command a line, or - for standard input", 'f' },
	{ "--keep-going", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "leave out the commands that fail and carry out the others", 0 },
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

/* clang-format off */
#define JOURNAL_FILTERS                                                                            \
	{ "--since", PCHAT_ARG_TIME, PCHAT_NO_KIND, NULL, 0, "not before this time", 0 },          \
	{ "--until", PCHAT_ARG_TIME, PCHAT_NO_KIND, NULL, 0, "not after this time", 0 },              \
	{ "--actor", PCHAT_ARG_TEXT, PCHAT_NO_KIND, NULL, 0, "made by this user", 0 },             \
	{ "--origin", PCHAT_ARG_WORD, PCHAT_NO_KIND, pchat_origin_words, 0,                        \
	  "made in this way", 0 },                                                                 \
	{ "--object", PCHAT_ARG_SECTION, PCHAT_NO_KIND, NULL, 0,                                   \
	  "about this object, as SECTION/NAME, or about any of a section; also what is gone", 0 }, \
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "at most this many", 0 }
/* clang-format on */

static const struct pchat_arg history_args[] = { JOURNAL_FILTERS, END };

static const struct pchat_arg audit_args[] = {
	JOURNAL_FILTERS,
	{ "--after", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0,
	  "only what came after this revision: where an earlier run ended", 0 },
	END,
};

static const struct pchat_arg revision_args[] = {
	{ "REV", PCHAT_ARG_REVISION, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED,
	  "its number; now is the last one, now-1 the one before", 0 },
	END,
};

static const struct pchat_arg validate_args[] = {
	{ "--file", PCHAT_ARG_FILE, PCHAT_NO_KIND, NULL, PCHAT_ARG_REQUIRED | PCHAT_ARG_MANY,
	  "manifest: a file, a folder or - for standard input", 'f' },
	END,
};

static const struct pchat_arg export_args[] = {
	{ "SECTION", PCHAT_ARG_SECTION, PCHAT_NO_KIND, NULL, PCHAT_ARG_MANY,
	  "only these sections, or objects of one: its name and theirs, or SECTION/NAME", 0 },
	{ "--category", PCHAT_ARG_OBJECT, PCHAT_KIND_CATEGORY, NULL, PCHAT_ARG_MANY,
	  "only this category and its rooms", 0 },
	{ "--without-guids", PCHAT_ARG_FLAG, PCHAT_NO_KIND, NULL, 0,
	  "leave the guids out, which tell renamed objects from new ones, and roles out of scope",
	  0 },
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
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "end after this many lines", 0 },
	{ "--for", PCHAT_ARG_DURATION, PCHAT_NO_KIND, NULL, 0, "end after this time", 0 },
	END,
};

static const struct pchat_arg watch_changes_args[] = {
	{ "--since", PCHAT_ARG_NUMBER, PCHAT_NO_KIND, NULL, 0,
	  "begin behind this revision; behind the present one if not given", 0 },
	{ "--limit", PCHAT_ARG_COUNT, PCHAT_NO_KIND, NULL, 0, "end after this many changes", 0 },
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

#undef END
