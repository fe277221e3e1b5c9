/* One check of a plan and the steps it is made of. Shared by the plan_*.c files only. */
#pragma once

#include "policy/org_private.h"
#include "policy/plan.h"

struct pchat_check {
	struct pchat_plan *plan;
	struct pchat_org *org;
	size_t n_asked;             /* changes the plan came with; what follows comes after */
	struct pchat_ids change_of; /* by id of the object: number of its change + 1, or 0 */
	struct pchat_ids narrowed;  /* categories whose scope may have become smaller */
	struct pchat_ids touched;   /* numbers of changes the org was not shown yet */
	struct pchat_err *err;
};

/* Number of the change of an object, or -1. */
ptrdiff_t pchat_check_change_of(const struct pchat_check *c, pchat_id id);
bool pchat_check_note(struct pchat_check *c, pchat_id id, size_t change);
/* The change of a stored object, made if there is none yet, as one that follows. */
enum pchat_code pchat_check_follow(struct pchat_check *c, pchat_id id, enum pchat_cause cause,
                                   size_t *ret);
/* Record that @principal loses its role in set @field of @o because of @why, which may be NULL
 * for want of memory: false then. */
bool pchat_check_add_loss(struct pchat_check *c, const struct pchat_object *o, unsigned field,
                          const char *principal, char *why_take);
/* Take @principal out of set field @field of change @i. @why (taken over): record a loss of it;
 * NULL: do not. */
enum pchat_code pchat_check_drop(struct pchat_check *c, size_t i, unsigned field,
                                 const char *principal, char *why_take);
/* Show the org what a change makes of its object by now. */
enum pchat_code pchat_check_put(struct pchat_check *c, size_t i);

/* Refuse @o: "room 'Rates desk': <why>", at its place in its file. */
enum pchat_code pchat_check_refuse(struct pchat_check *c, const struct pchat_object *o,
                                   enum pchat_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void pchat_check_hint(struct pchat_check *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Hint at a command: "<before>pchatctl room set 'Rates desk' --add-member sip:amy@...". */
void pchat_check_command(struct pchat_check *c, const char *before, enum pchat_kind kind,
                         const char *key, const char *option, const char *value);
/* After a refusal: it is value @item of the field (NULL: its only one) that is refused. */
void pchat_check_blame(struct pchat_check *c, const struct pchat_object *o, unsigned field,
                       const char *item);
/* Was @o written in a manifest, whose places are known? Other files have no words to add to. */
static inline bool
pchat_check_in_manifest(const struct pchat_check *c, const struct pchat_object *o)
{
	return o->line && c->plan->locate;
}
/* The remedy of a refusal of @o as one writes it where @o was written: at the command line or in a
 * manifest. */
void pchat_check_remedy(struct pchat_check *c, const struct pchat_object *o, const char *command,
                        const char *manifest);
/* "room 'Rates desk'"; the caller frees. */
char *pchat_object_label(const struct pchat_object *o);

bool pchat_check_is_narrowed(const struct pchat_check *c, pchat_id category);

static inline const struct pchat_object *
pchat_change_object(const struct pchat_change *change)
{
	return change->after ? change->after : change->before;
}

/* Was @principal put into the set by this change? */
bool pchat_change_adds(const struct pchat_change *change, unsigned field, const char *principal);
/* Did the change alter the field (or create the object)? */
bool pchat_change_alters(const struct pchat_change *change, unsigned field);

/* ---- the steps, in the order they are taken ---- */

/* plan_names.c: each object is complete, and its name free. */
enum pchat_code pchat_plan_check_fields(struct pchat_check *c);
enum pchat_code pchat_plan_check_names(struct pchat_check *c);
/* plan_apply.c: what is stored is loaded, then everything is put and deleted. */
enum pchat_code pchat_plan_prepare(struct pchat_check *c);
enum pchat_code pchat_plan_put(struct pchat_check *c);
/* plan_follow.c: names that follow a rename; what deletions leave behind. */
enum pchat_code pchat_plan_follow_renames(struct pchat_check *c);
enum pchat_code pchat_plan_follow_deletions(struct pchat_check *c);
/* Part of the latter: who had a deleted policy. */
enum pchat_code pchat_plan_lose_grants(struct pchat_check *c);
/* plan_rules.c: what is asked for is allowed. */
enum pchat_code pchat_plan_check_rules(struct pchat_check *c);
/* plan_pool.c: the pool may have what is asked for. */
enum pchat_code pchat_plan_check_pool(struct pchat_check *c);
/* plan_scope.c: roles within scope: new ones are refused outside, old ones purged. */
enum pchat_code pchat_plan_check_scope(struct pchat_check *c);
/* plan_asleep.c: roles that stay and count no longer. */
enum pchat_code pchat_plan_tell_asleep(struct pchat_check *c);
