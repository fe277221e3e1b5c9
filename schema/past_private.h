/* What the past*.c files share. */
#pragma once

#include "schema/internal.h"
#include "schema/names.h"
#include "schema/past.h"

/* An object that a stretch of the journal is about. */
struct pchat_touched {
	enum pchat_kind kind;
	struct pchat_object *then, *later; /* owned; at the ends of the stretch; NULL: not there */
	char guid[PCHAT_GUID_LEN + 1];
	bool aside; /* something changed that is no field: a password, messages */
};

struct pchat_touches {
	PCHAT_VEC(struct pchat_touched *)
	v; /* owned, each owned: the table points to their guids */
	struct pchat_hash guids;
};
void pchat_touches_release(struct pchat_touches *t);
PCHAT_AUTO_VALUE_DEFINE(touches, pchat_touches_release)

/* The object of the row; *@ret_first if it was not met before. NULL without memory. */
struct pchat_touched *pchat_touch(struct pchat_touches *t, const struct pchat_journal_row *row,
                                  bool *ret_first);

/* PCHAT_NOT_FOUND with a remedy unless there is such a revision. *@ret_latest: the last one. */
enum pchat_code pchat_past_check(struct pchat_store *store, uint64_t revision, uint64_t *ret_latest,
                                 struct pchat_err *err);
/* Tell @names what a row renamed or made an end of, walking forwards or backwards. */
bool pchat_past_follow(struct pchat_names *names, const struct pchat_journal_row *row,
                       bool backwards);
/* Add one change to the plan in its turn; takes both over. Objects that are equal are left out,
 * unless @always. */
enum pchat_code pchat_past_add_take(struct pchat_plan *plan, struct pchat_object *before,
                                    struct pchat_object *after, bool always, struct pchat_err *err);
/* Deletions from the last kind to the first, then changes, then creations from the first to the
 * last. */
void pchat_past_sort(struct pchat_plan *plan);
