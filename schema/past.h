/*
 * The past of a store, from its journal: what changed from one revision to another,
 * and the plans that bring back how it was. The plans are checked and stored like any
 * other (pchat_plan_check(), pchat_txn_apply()).
 */
#pragma once

#include "schema/store.h"

/*
 * Add to @plan what makes the store hold again what it held as of @revision: every object with
 * its guid, names, fields and lists. Deletions come first, then changes, then creations, each in
 * an order that works; sets .restores, and notes what cannot come back (messages, passwords).
 * @plan must be empty. PCHAT_NOT_FOUND: there is no such revision.
 */
enum pchat_code pchat_past_rollback(struct pchat_store *store, uint64_t revision,
                                    struct pchat_plan *plan, struct pchat_err *err);

/*
 * Add what takes the changes of @revision alone back. What was changed again since stays as it
 * is now: a field that has another value by now, an entry that came or went later. If nothing was,
 * this is a rollback to the revision before. The check may refuse the plan if later changes
 * rely on what would go.
 */
enum pchat_code pchat_past_undo(struct pchat_store *store, uint64_t revision,
                                struct pchat_plan *plan, struct pchat_err *err);

/*
 * Add what changed in all from @from to @to (0: now), object by object in order of kinds: a plan
 * to be shown, not to be stored. Names on both sides are those as of @to.
 */
enum pchat_code pchat_past_diff(struct pchat_store *store, uint64_t from, uint64_t to,
                                struct pchat_plan *plan, struct pchat_err *err);
