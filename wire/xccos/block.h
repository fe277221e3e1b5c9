/*
 * The data blocks of XCCOS (xccos.md section 6): what stands inside <data>. The same structs are
 * filled by the parser and written by the builder, through one table of attributes each
 * (block.c).
 *
 * Every text is a view. Parsed blocks live until the parser is used again. An attribute that is
 * absent has .p == NULL, one that is present and empty has .p != NULL and .n == 0. When
 * building, empty texts are left out, except where the other side expects the attribute
 * (description, criteria, roomManagementUrl: written when .p != NULL).
 *
 * Moments are microseconds since 1970 UTC, 0 if absent. { 0 } is a valid empty block.
 */
#pragma once

#include "base/str.h"

enum pchat_xccos_flag { PCHAT_XCCOS_UNSET, PCHAT_XCCOS_FALSE, PCHAT_XCCOS_TRUE };

static inline enum pchat_xccos_flag
pchat_xccos_flag(bool v)
{
	return v ? PCHAT_XCCOS_TRUE : PCHAT_XCCOS_FALSE;
}

/* Active information block: a permission mask and whom (join replies) or where (notices). */
struct pchat_xccos_aib {
	struct pchat_str key;    /* the mask, decimal */
	struct pchat_str domain; /* notices: domain of the room */
	struct pchat_str value;  /* notices: last part of the room URI; replies: list of uib ids */
};

/* User information block. */
struct pchat_xccos_uib {
	struct pchat_str id; /* index in a join reply */
	struct pchat_str uri;
	struct pchat_str guid;
	uint64_t type; /* 5 user, 9 group, ...; 0 absent */
	struct pchat_str uname;
	struct pchat_str dispname;
	enum pchat_xccos_flag disabled;
	struct pchat_str email;
	struct pchat_str company;
	const struct pchat_xccos_aib *aibs; /* ntc:join, ntc:bjoin, ntc:permchange */
	size_t n_aibs;
	const struct pchat_str *affils; /* rpl:getuser: URIs of the principals it belongs to */
	size_t n_affils;
};

/* A room by its parts, as in join and bjoin. */
struct pchat_xccos_chanid {
	struct pchat_str key;
	struct pchat_str domain;
	struct pchat_str value;
};

struct pchat_xccos_audit {
	struct pchat_str createdby;
	int64_t createdon;
	struct pchat_str updatedby;
	int64_t updatedon;
};

struct pchat_xccos_inv {
	uint64_t invite_id;
	struct pchat_str domain;
	int64_t created_on;
};

/* A chat message: <grpchat> as a primitive, <msg> in history. */
struct pchat_xccos_msg {
	struct pchat_str chan_uri;
	struct pchat_str author;
	struct pchat_str authdisp;
	enum pchat_xccos_flag alert;
	uint64_t chat_id; /* 0 = absent */
	int64_t ts;
	struct pchat_str chat; /* plain text, lines ended by LF */
	/* What is not interpreted, as XML, to be stored and relayed unchanged: the further
	 * attributes of grpchat, each with a blank in front, and its further children, rtf
	 * included. Only what came from a parser: the builder does not quote it. */
	struct pchat_str attributes;
	struct pchat_str extra;
	struct pchat_str rtf; /* parsed only: the text of <rtf>, for the check of its size */
	bool story;           /* parsed only: the storySizeLimit applies (xccos.md 10.4) */
};

/* A participant of a join reply: the id of a uib and a permission mask. */
struct pchat_xccos_seat {
	uint32_t uib;
	uint32_t key;
};

enum pchat_xccos_role {
	PCHAT_XCCOS_ROLE_NONE,
	PCHAT_XCCOS_ROLE_MEMBER,
	PCHAT_XCCOS_ROLE_MANAGER,
	PCHAT_XCCOS_ROLE_PRESENTER,
};

/* <role name="MEMBER"><uib uri=".."/>..</role> */
struct pchat_xccos_rolelist {
	enum pchat_xccos_role role;
	const struct pchat_xccos_uib *uibs;
	size_t n_uibs;
};

/* Channel information block: a room. */
struct pchat_xccos_chanib {
	struct pchat_str uri;
	struct pchat_str name;
	struct pchat_str description;
	struct pchat_str topic;
	struct pchat_str parent; /* category URI */
	struct pchat_str parentname;
	struct pchat_str parentdescription;
	struct pchat_str behavior; /* NORMAL or AUDITORIUM */
	enum pchat_xccos_flag disabled;
	struct pchat_str visibility; /* attribute of chancreate and chanmodify */
	struct pchat_str siopid;
	struct pchat_str siopname;
	struct pchat_str siopurl;
	struct pchat_str filestoreuri;
	struct pchat_str updatedon; /* attribute of chanmodify: the state the change starts from */
	enum pchat_xccos_flag more; /* history: older messages exist */
	bool has_cnt;
	uint64_t cnt; /* history search: matches */

	/* Children, in the order they are written. */
	const struct pchat_xccos_seat *seats; /* building: one aib is written per distinct mask */
	size_t n_seats;
	const struct pchat_xccos_aib *aibs;
	size_t n_aibs;
	const struct pchat_xccos_audit *audit; /* NULL if absent */
	bool has_ucnt;
	uint64_t ucnt; /* <info ...:ucnt>: participants now */
	/* <info ...:visibilty> and <info ...:visibility>: open, scope or private */
	struct pchat_str visible;
	enum pchat_xccos_flag filepost; /* <prop ...> */
	enum pchat_xccos_flag invite;   /* effective setting; not set by "inherit" */
	enum pchat_xccos_flag logged;
	/* <prop ...:invitelocal>, or a <prop ...:invite> that is no boolean */
	struct pchat_str invitelocal;
	const struct pchat_xccos_uib *uibs; /* ntc:part, ntc:kick */
	size_t n_uibs;
	const struct pchat_xccos_msg *msgs;
	size_t n_msgs;
	const struct pchat_xccos_inv *inv; /* rpl:getinv; NULL if absent */
};

/* Category information block. */
struct pchat_xccos_catib {
	struct pchat_str uri;
	struct pchat_str name;
	struct pchat_str description;
	struct pchat_str parent;
	enum pchat_xccos_flag filepost;
	enum pchat_xccos_flag invite;
	enum pchat_xccos_flag logged;
};

/* Server information block. */
struct pchat_xccos_sib {
	struct pchat_str domain;
	struct pchat_str info_type;
	int64_t server_time;
	uint64_t search_limit;
	uint64_t message_size_limit;
	uint64_t story_size_limit;
	struct pchat_str root_uri;
	struct pchat_str db_version;
	struct pchat_str display_name;
	struct pchat_str room_management_url;
};

/* Query information block. */
struct pchat_xccos_qib {
	struct pchat_str qtype;
	struct pchat_str criteria;
	enum pchat_xccos_flag extended;
	enum pchat_xccos_flag match_all;
	enum pchat_xccos_flag match_exact;
	bool has_max;
	int64_t max_results; /* -1 = all */
	struct pchat_str member;
	struct pchat_str manager;
	struct pchat_str category;
	struct pchat_str siopid;
	enum pchat_xccos_flag disabled;
	struct pchat_str visibility;
	struct pchat_str behavior;
	enum pchat_xccos_flag invite;
	struct pchat_str last; /* usersrch */
	struct pchat_str first;
	struct pchat_str email;
	enum pchat_xccos_flag more; /* replies: cut off at a limit */
};

struct pchat_xccos_association {
	struct pchat_str domain;
	struct pchat_str type; /* MEMBER, MANAGER */
	bool has_max;
	int64_t max_results;
};

/* Failure information block of rpl:bjoin and history searches. */
struct pchat_xccos_fib {
	struct pchat_str key; /* OPERATION_FAILED when building and not set */
	struct pchat_str value;
	struct pchat_str domain;
};

struct pchat_xccos_ftdb {
	struct pchat_str channel_uri;
	struct pchat_str file_url;
};

struct pchat_xccos_token {
	struct pchat_str token;
	struct pchat_str server_uri;
};

struct pchat_xccos_pref {
	struct pchat_str label;
	bool has_seqid;
	uint64_t seqid;
	enum pchat_xccos_flag create_default;
	struct pchat_str content; /* base64, .p == NULL if absent */
};

struct pchat_xccos_siop {
	struct pchat_str siopid;
	struct pchat_str siopname;
	struct pchat_str siopurl;
};

/* Everything a <data> holds. */
struct pchat_xccos_data {
	const struct pchat_xccos_uib *uibs;
	size_t n_uibs;
	const struct pchat_xccos_chanid *chanids;
	size_t n_chanids;
	const struct pchat_xccos_chanib *chanibs;
	size_t n_chanibs;
	const struct pchat_xccos_catib *catibs;
	size_t n_catibs;
	const struct pchat_xccos_fib *fibs;
	size_t n_fibs;
	const struct pchat_xccos_rolelist *roles;
	size_t n_roles;
	const struct pchat_xccos_siop *siops;
	size_t n_siops;
	/* At most one of each; the first counts. NULL if absent. */
	const struct pchat_xccos_aib *aib;
	const struct pchat_xccos_sib *sib;
	const struct pchat_xccos_qib *qib;
	const struct pchat_xccos_inv *inv;
	const struct pchat_xccos_association *association;
	const struct pchat_xccos_ftdb *ftdb;
	const struct pchat_xccos_token *token;
	const struct pchat_xccos_pref *pref;
};
