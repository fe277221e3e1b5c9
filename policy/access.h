/*
 * Who may do what, and why. pchatd decides and pchatctl explains with these
 * very functions. Facts come from an org; verdict and trace go out.
 * Source of the rules: administration.md sections 4 to 7.
 */
#pragma once

#include "policy/org.h"

/* Columns of the rights table, administration.md 7.2: action, word, what it is. */
/* clang-format off */
#define PCHAT_ACTIONS(X)                                                        \
	X(FIND, "find", "find the room by search")                               \
	X(SEE, "see", "see that the room exists by any way (search or lists)")   \
	X(JOIN, "join", "join the room")                                         \
	X(READ, "read", "read the history of the room")                          \
	X(SEARCH, "search", "search its history without joining")                \
	X(POST, "post", "post a message")                                        \
	X(UPLOAD, "upload", "post a file")                                       \
	X(CREATE, "create", "create a room in the category")                     \
	X(EDIT, "edit", "change name, description, privacy, type, invitations, add-in") \
	X(ROLES, "roles", "change the lists of members, managers and presenters") \
	X(DISABLE, "disable", "disable the room")                                \
	X(ENABLE, "enable", "enable the room again")                             \
	X(MOVE, "move", "move the room to another category")                     \
	X(DELETE, "delete", "delete or clear the room, delete messages")         \
	X(ADMINISTER, "administer", "change categories, add-ins, settings")

enum pchat_action {
#define X(symbol, word, help) PCHAT_ACTION_##symbol,
	PCHAT_ACTIONS(X)
#undef X
	PCHAT_N_ACTIONS
};
/* clang-format on */
bool pchat_action_by_word(struct pchat_str word, enum pchat_action *ret);
const char *pchat_action_word(enum pchat_action action);
const char *pchat_action_help(enum pchat_action action);

/* How a principal of a list applies to a user: the chain from the user up to it.
 * "sip:amy@..." -> "group:Rates" -> "group:Sales". Owned texts. */
struct pchat_path {
	char **v;
	size_t n;
};

/* One rule that was asked, in the order asked. The ids are stable. */
enum pchat_outcome { PCHAT_PASS, PCHAT_ALLOW, PCHAT_DENY };
struct pchat_step {
	const char *rule; /* "room-disabled", "policy", "scope-denied", "member" ...; static */
	enum pchat_outcome outcome;
	char *text;             /* what was found, as a sentence; owned */
	struct pchat_path path; /* where a list decided: how the user is in it */
	char *remedy;           /* denials: a pchatctl command that would change it; owned; NULL if
	                         * no single command would */
};

struct pchat_verdict {
	bool allowed;
	const char *rule;         /* the rule that decided; static */
	struct pchat_step *steps; /* all asked, the deciding one last; empty without trace */
	size_t n_steps;
	/* What else would deny, if the deciding rule did not: the way that is left to go. Empty
	 * without trace, if allowed, and if nothing would. */
	struct pchat_step *further;
	size_t n_further;
	const char *remedy; /* of the deciding step; borrowed; NULL without trace and if allowed */
	struct pchat_str near_miss; /* text of the step that denies, which tells how near the user
	                             * came; borrowed from .steps, empty without trace */
};
void pchat_verdict_release(struct pchat_verdict *v);
PCHAT_AUTO_VALUE_DEFINE(verdict, pchat_verdict_release)

/* The four things a rule may ask about. */
struct pchat_access_query {
	enum pchat_action action;
	pchat_id user;      /* PCHAT_NO_ID: nobody, or an administrator at the command line */
	pchat_id room;      /* or PCHAT_NO_ID for CREATE and ADMINISTER */
	pchat_id category;  /* CREATE: where; MOVE: to where; else PCHAT_NO_ID */
	bool administrator; /* asked as an administrator (not bound by scope, 7.1) */
};

/*
 * Rules, in the order asked (access.c): user-unknown, user-disabled, policy, room-unknown,
 * category-unknown, administrator, administrator-only, room-disabled, scope-denied, scope,
 * creator, manager, target-creator, visible, secret, upload, member, auditorium, open. A rule
 * may deny, allow, or pass to the next.
 */
/* Decide. With @trace false nothing is allocated and .steps stays empty: the path pchatd takes
 * (aim: 1 us). Fails only if the loader of @org fails or memory ends. */
enum pchat_code pchat_access(struct pchat_org *org, const struct pchat_access_query *query,
                             bool trace, struct pchat_verdict *ret, struct pchat_err *err);

/* Shorthand without trace: true if allowed. Unknown ids are not allowed. */
bool pchat_may(struct pchat_org *org, pchat_id user, pchat_id room, enum pchat_action action);

/* ---- effective policy and settings ---- */

struct pchat_effective {
	bool enabled;
	const char *policy; /* "traders", "site:leeds", "global"; borrowed from the org; NULL if
	                     * the user is disabled or there is no policy at all */
	enum { PCHAT_SCOPE_USER, PCHAT_SCOPE_SITE, PCHAT_SCOPE_GLOBAL } scope;
	struct pchat_step *steps; /* each scope asked and what was found there; the last has the
	                           * remedy if chat is off */
	size_t n_steps;
};
void pchat_effective_release(struct pchat_effective *e);
PCHAT_AUTO_VALUE_DEFINE(effective, pchat_effective_release)
/* user > site > global, first found wins whole (administration.md 4). A policy granted to the
 * user beats one granted to a group, unit or domain the user is in; of those the one with the
 * shortest path wins, then the first by name. A disabled user has no policy: not enabled.
 * PCHAT_NOT_FOUND if there is no such user. */
enum pchat_code pchat_effective_policy(struct pchat_org *org, pchat_id user, bool trace,
                                       struct pchat_effective *ret, struct pchat_err *err);
bool pchat_enabled(struct pchat_org *org, pchat_id user);

typedef enum pchat_code (*pchat_way_fn)(void *ctx, pchat_id above, const struct pchat_path *way,
                                        struct pchat_err *err);
/* Everything @principal is in, the nearest first, with a shortest way to it. @way is borrowed; the
 * org must not be asked for other ways from within @each. PCHAT_NOT_FOUND. */
enum pchat_code pchat_org_each_affiliation(struct pchat_org *org, pchat_id principal,
                                           pchat_way_fn each, void *ctx, struct pchat_err *err);

/* Roles as the permission mask needs them. */
enum {
	PCHAT_ROLE_MEMBER = 1,
	PCHAT_ROLE_MANAGER = 2,
	PCHAT_ROLE_PRESENTER = 4,
	PCHAT_ROLE_IN_SCOPE = 8
};
/* PCHAT_ROLE_ flags of the user in the room (roles only while in scope of the category). Open
 * rooms have no members: everybody in scope is one in all but name. */
unsigned pchat_roles(struct pchat_org *org, pchat_id user, pchat_id room);
