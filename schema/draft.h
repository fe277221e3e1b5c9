/*
 * Drafts: transactions that outlive a process. A draft is a private copy of what an
 * administrator decides (policy.db), made at one revision of the store, in which
 * changes are made and read as in the store itself. The store hears nothing of it: no
 * lock of it is held, and nobody else sees what is in the draft. When it is to count,
 * pchat_draft_plan() says what it changes, as a plan for the store.
 *
 * Drafts are kept below their store (mode 0700, files 0600) until they are dropped.
 */
#pragma once

#include "schema/store.h"

/* Longest name of a draft, and how many a store has at once. */
#define PCHAT_DRAFT_NAME_MAX 64
#define PCHAT_DRAFTS_MAX     64

/* Letters, digits, '-', '_' and '.', which is not the first: a name that means the same to every
 * shell and file system. */
bool pchat_draft_name_valid(struct pchat_str name);

/*
 * Begin a draft named @name from what @store holds now. @actor and @comment (may be NULL) are kept
 * with it. PCHAT_EXISTS if there is one of that name; PCHAT_LIMIT if there are too many. What
 * creations that were cut short left behind more than a day ago is removed.
 */
enum pchat_code pchat_draft_begin(struct pchat_store *store, const char *name, const char *actor,
                                  const char *comment, struct pchat_err *err);

/*
 * Open the draft @name of the store at @path. What is returned is used like a store; its path is
 * that of the store. PCHAT_NOT_FOUND if there is none; PCHAT_INVALID if the file belongs to another
 * store, or to this one as it was before a backup was put in its place, or is no draft;
 * PCHAT_UNAVAILABLE if it is of an older version, PCHAT_UNSUPPORTED if it is of a newer one;
 * PCHAT_CORRUPT if it is damaged.
 */
enum pchat_code pchat_draft_open(const char *path, const char *name, enum pchat_store_mode mode,
                                 struct pchat_store **ret, struct pchat_err *err);
/* Is the draft still there? Asked with its write lock: PCHAT_NOT_FOUND if it was committed or
 * aborted while that was waited for. */
enum pchat_code pchat_draft_check_open(struct pchat_store *draft, const char *name,
                                       struct pchat_err *err);
/*
 * Bring the drafts of the store at @path, which is of this version, to this version as well: they
 * go on where they were, each by transactions of its own. *ret_n: how many were brought. A draft
 * that cannot be brought there is left as it is, and pchat_draft_open() says why it cannot be used;
 * only what may be better another time (PCHAT_BUSY, PCHAT_NO_MEMORY, a full disk) ends this.
 */
enum pchat_code pchat_draft_migrate(const char *path, unsigned *ret_n, struct pchat_err *err);
/* Remove a draft, whatever state it is in. PCHAT_NOT_FOUND if there is none. */
enum pchat_code pchat_draft_drop(const char *path, const char *name, struct pchat_err *err);
/* The names of the drafts of the store at @path, in order. */
enum pchat_code pchat_draft_names(const char *path, struct pchat_list *ret, struct pchat_err *err);

struct pchat_draft_info {
	char name[PCHAT_DRAFT_NAME_MAX + 1];
	uint64_t base; /* revision of the store it began from */
	int64_t begun;
	char *actor, *comment; /* owned; comment NULL if there is none */
	uint64_t changes;      /* objects touched so far */
};
void pchat_draft_info_release(struct pchat_draft_info *info);
PCHAT_AUTO_VALUE_DEFINE(draft_info, pchat_draft_info_release)
/* About a draft that pchat_draft_open() returned. */
enum pchat_code pchat_draft_info(struct pchat_store *draft, struct pchat_draft_info *ret,
                                 struct pchat_err *err);

/*
 * What @draft changes, as a plan for @store as it is now: one change for each object it touched,
 * however often, with .before as @store has it. Roles that were lost in the draft because of other
 * changes are losses of the plan. What @store has already as the draft wants it is left out.
 * PCHAT_CONFLICT, with their names, if objects it touched have changed in @store since the draft
 * began. The plan is not checked (pchat_plan_check() does that).
 */
enum pchat_code pchat_draft_plan(struct pchat_store *draft, struct pchat_store *store,
                                 struct pchat_plan *plan, struct pchat_err *err);
