/*
 * XCCOS, the chat protocol inside SIP INFO: bytes to structs. The other way is build.h.
 *
 * One parser per thread. pchat_xccos_parse() returns an envelope that lives in the parser until
 * its next use; nothing has to be freed. The parser is liberal in form (order, blanks, letter case
 * of ids, names and enumerations, unknown attributes and elements) and strict in limits.
 *
 * Two kinds of failure (xccos.md section 3.6):
 *  - the body is no XCCOS, is too deep or too large: pchat_xccos_parse() fails; answer the INFO
 *    with pchat_code_sip() of the code (400, 413);
 *  - the body is XCCOS but a primitive cannot be carried out: the call succeeds and the primitive
 *    carries .bad and .why, to be answered with an XCCOS reply.
 */
#pragma once

#include "base/err.h"
#include "wire/xccos/block.h"
#include "wire/xccos/result.h"

#define PCHAT_XCCOS_NS                "urn:parlano:xml:ns:xccos"
#define PCHAT_XCCOS_ID_MAX            20  /* digits of an envid or seqid (64 bits) */
#define PCHAT_XCCOS_NAME_MAX          64  /* octets of the name of a command */
#define PCHAT_XCCOS_URI_MAX           512 /* octets of a URI */
#define PCHAT_XCCOS_HISTORY_ROOMS_MAX 64  /* rooms in one history search */

/* Every command: symbol, name on the wire, name of its reply, shape of its arguments. */
#define PCHAT_XCCOS_CMDS(X)                                                           \
	X(REQURI, "requri", "requri", NONE)                                           \
	X(GETSERVERINFO, "getserverinfo", "getserverinfo", SIB)                       \
	X(GETASSOCIATIONS, "getassociations", "getassociations", ASSOC)               \
	X(JOIN, "join", "join", ROOMS)                                                \
	X(BJOIN, "bjoin", "bjoin", ROOMS)                                             \
	X(PART, "part", "part", ROOMS)                                                \
	X(CHANSRCH, "chansrch", "chansrch", SEARCH)                                   \
	X(BCCONTEXT, "bccontext", "bccontext", HISTORY)                               \
	X(BCBYDATE, "bcbydate", "bcbydate", HISTORY)                                  \
	X(BCBYMSG, "bcbymsg", "bcbymsg", HISTORY)                                     \
	X(GETINV, "getinv", "getinv", INV)                                            \
	X(GETPREF, "getpref", "getpref", PREF)                                        \
	X(SETPREF, "setpref", "setpref", PREF)                                        \
	X(GETFUTOK, "getfutok", "getftok", FILE)                                      \
	X(GETFDTOK, "getfdtok", "getftok", FILE)                                      \
	X(NODESPERMCREATECHILD, "nodespermcreatechild", "nodespermcreatechild", NONE) \
	X(GETCHAN, "getchan", "getchan", ROOMS)                                       \
	X(GETCHANPERM, "getchanperm", "getchanperm", ROOMS)                           \
	X(CHANCREATE, "chancreate", "chancreate", CHAN)                               \
	X(CHANMODIFY, "chanmodify", "chanmodify", CHAN)                               \
	X(CHANMOVE, "chanmove", "chanmove", CHAN)                                     \
	X(GETROLES, "getroles", "getroles", ROLES)                                    \
	X(ADDROLES, "addroles", "addroles", ROLES)                                    \
	X(DELROLES, "delroles", "delroles", ROLES)                                    \
	X(PRINSRCH, "prinsrch", "prinsrch", ROLES)                                    \
	X(USERSRCH, "usersrch", "usersrch", SEARCH)                                   \
	X(GETUSER, "getuser", "getuser", USER)                                        \
	X(GETGROUP, "getgroup", "getgroup", USER)                                     \
	X(GETSIOPS, "getsiops", "getsiops", NONE)                                     \
	X(GETPARTS, "getparts", "getparts", ROOMS)

enum pchat_xccos_cmd {
	PCHAT_XCCOS_CMD_UNKNOWN, /* no such command: .bad is PCHAT_XCCOS_MSG_NOT_SUPPORTED */
#define X(symbol, name, reply, shape) PCHAT_XCCOS_CMD_##symbol,
	PCHAT_XCCOS_CMDS(X)
#undef X
		PCHAT_XCCOS_N_CMDS
};

enum pchat_xccos_kind {
	PCHAT_XCCOS_KIND_CMD,
	PCHAT_XCCOS_KIND_RPL,
	PCHAT_XCCOS_KIND_NTC,
	PCHAT_XCCOS_KIND_GRPCHAT,
	PCHAT_XCCOS_KIND_ERR,
};

/* A room as a command names it: by URI, by chanid, by its value alone, or by name. Compare without
 * case; always send the stored spelling. */
struct pchat_xccos_room {
	struct pchat_str uri;    /* as written; empty for a chanid or a name */
	struct pchat_str domain; /* empty if not given */
	struct pchat_str value;  /* last part of the URI: a GUID or, of old rooms, a number */
	struct pchat_str name;   /* getchan only: asked by name (then uri and value are empty) */
};

enum pchat_xccos_qtype {
	PCHAT_XCCOS_BYNAME, /* also for any word not known */
	PCHAT_XCCOS_BYCATEGORY,
	PCHAT_XCCOS_BYUSER,
	PCHAT_XCCOS_BYSIOP,
	PCHAT_XCCOS_BYFILTER,
};

enum pchat_xccos_match { PCHAT_XCCOS_MATCH_ANY, PCHAT_XCCOS_MATCH_ALL, PCHAT_XCCOS_MATCH_PHRASE };

/* Arguments, already checked; valid only while .bad is PCHAT_XCCOS_OK. */
struct pchat_xccos_assoc_args {
	bool managed;   /* rooms the user manages, not those he is a member of */
	uint64_t limit; /* 0 = the server's */
};

struct pchat_xccos_search_args {
	enum pchat_xccos_qtype qtype;
	enum pchat_xccos_match match;
	bool extended;                     /* descriptions too */
	int64_t max_results;               /* -1 = all, 0 = not given */
	const struct pchat_xccos_qib *qib; /* criteria and filters; never NULL */
};

struct pchat_xccos_history_args {
	bool has_cnt;
	uint64_t cnt;
	int64_t from; /* 0 = no bound; inclusive */
	int64_t to;
	struct pchat_str text; /* empty: no text filter */
	enum pchat_xccos_match match;
	bool match_case;
	const struct pchat_str *authors; /* URIs; none: everybody */
	size_t n_authors;
	uint64_t msgid;           /* 0 = not given */
	bool oldest_first;        /* scan from the old end (sortdb) */
	bool answer_newest_first; /* order of the answer (sort) */
};

struct pchat_xccos_file_args {
	struct pchat_str file_url;
};

struct pchat_xccos_chan_args {
	const struct pchat_xccos_chanib *chanib; /* never NULL */
};

struct pchat_xccos_roles_args {
	enum pchat_xccos_role role;
	const struct pchat_xccos_uib *uibs; /* each has a uri */
	size_t n_uibs;
	const struct pchat_xccos_qib *qib; /* prinsrch; NULL if absent */
};

/* One primitive of an envelope. */
struct pchat_xccos_prim {
	enum pchat_xccos_kind kind;
	enum pchat_xccos_cmd cmd; /* cmd; also rpl, if its name is that of a command (for getftok:
	                           * GETFUTOK) */
	struct pchat_str name;    /* what follows "cmd:", "rpl:", "ntc:", as written; empty: the id
	                           * is missing or absurd, answer err:xccos */
	struct pchat_str seqid;   /* as written; "1" if absent */
	unsigned line;            /* in the body, for logs */
	bool odd;                 /* something in it was not understood; worth a log line */

	enum pchat_xccos_result bad; /* PCHAT_XCCOS_OK, or what to answer */
	struct pchat_str why;        /* the sentence that goes with it */

	struct pchat_xccos_data data; /* all blocks; not for grpchat */

	/* cmd: the rooms it names. join, part, ... at least one; bjoin and history in order. */
	const struct pchat_xccos_room *rooms;
	size_t n_rooms;
	union {
		struct pchat_xccos_assoc_args assoc;     /* getassociations */
		struct pchat_xccos_search_args search;   /* chansrch, usersrch */
		struct pchat_xccos_history_args history; /* bccontext, bcbydate, bcbymsg */
		struct pchat_xccos_file_args file;       /* getfutok, getfdtok */
		struct pchat_xccos_chan_args chan;       /* chancreate, chanmodify, chanmove */
		struct pchat_xccos_roles_args roles;     /* getroles, addroles, ..., prinsrch */
		struct pchat_xccos_inv inv;              /* getinv */
		struct pchat_xccos_pref pref;            /* getpref, setpref */
		struct pchat_xccos_uib user;             /* getuser, getgroup */
	} args;

	struct pchat_xccos_msg msg; /* grpchat */

	/* rpl, err */
	struct pchat_str cmd_envid;
	struct pchat_str cmd_seqid;
	unsigned resp_code; /* 0 if there is none */
	struct pchat_str resp_text;
};

struct pchat_xccos_envelope {
	struct pchat_str envid; /* as written, at most 20 digits; "0" if absent */
	struct pchat_str ver;
	const struct pchat_xccos_prim *prims; /* in document order; none: answer err:xccos 400 */
	size_t n_prims;
};

/* Limits of one parser; each is an error one past it. */
struct pchat_xccos_limits {
	size_t body;       /* octets; beyond: PCHAT_LIMIT (SIP 413) */
	unsigned depth;    /* nesting of elements, <xccos> is 1 */
	unsigned elements; /* inside one primitive */
	unsigned prims;    /* primitives in one envelope */
};

/* 512 KiB, 32, 1000, 64: what a server takes from its clients (xccos.md 2.4, 3.6): the longest
 * story of the default settings, each character of it quoted, or with as much RTF. */
extern const struct pchat_xccos_limits pchat_xccos_server_limits;
/* 2 MiB, 32, 200000, 64: what a client takes from its server. */
extern const struct pchat_xccos_limits pchat_xccos_client_limits;

struct pchat_xccos_parser;

/* @limits is copied; NULL means those of a server. Fails with PCHAT_NO_MEMORY. */
enum pchat_code pchat_xccos_parser_new(const struct pchat_xccos_limits *limits,
                                       struct pchat_xccos_parser **ret_parser,
                                       struct pchat_err *err);
void pchat_xccos_parser_free(struct pchat_xccos_parser *p);

/* Parse one body. On success *ret_envelope is owned by @p and valid until @p is used again or
 * freed. It may point into memory of @p only, never into @body.
 * PCHAT_INVALID: not UTF-8, not well-formed, a document type, not <xccos>, a bad envid, too deep or
 * too many elements; the place stands in err->line and err->column. PCHAT_LIMIT: longer than the
 * limit. PCHAT_NO_MEMORY. */
enum pchat_code pchat_xccos_parse(struct pchat_xccos_parser *p, struct pchat_str body,
                                  const struct pchat_xccos_envelope **ret_envelope,
                                  struct pchat_err *err);

/* Drop the last result now and give back memory above a small reserve. */
void pchat_xccos_parser_reset(struct pchat_xccos_parser *p);

const char *pchat_xccos_cmd_name(enum pchat_xccos_cmd cmd);  /* "getfutok" */
const char *pchat_xccos_cmd_reply(enum pchat_xccos_cmd cmd); /* "getftok" */
enum pchat_xccos_cmd pchat_xccos_cmd_find(struct pchat_str name);

/* Split "ma-chan://domain/value" (scheme without case). False if it has another form. */
bool pchat_xccos_uri_split(struct pchat_str uri, struct pchat_str *ret_domain,
                           struct pchat_str *ret_value);
/* The same for "ma-cat://". */
bool pchat_xccos_category_split(struct pchat_str uri, struct pchat_str *ret_domain,
                                struct pchat_str *ret_value);
/* "true", "False", "1", ...: false if it is no boolean. */
bool pchat_xccos_bool(struct pchat_str s, bool *ret);
const char *pchat_xccos_role_name(enum pchat_xccos_role role); /* "MEMBER"; "" for NONE */
