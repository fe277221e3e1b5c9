/*
 * From a manifest to a plan: what has to change so that the store holds what the
 * manifest describes. The plan is not checked yet (pchat_plan_check() does that).
 *
 * An entry with a guid is the object that has it, under whatever name: so objects
 * are renamed. Any other entry is the object of its name. Sections that the
 * manifest does not have are left alone, and nothing is deleted unless pruning is
 * asked for; what every store has to have is never deleted.
 */
#pragma once

#include "pchatctl/manifest.h"
#include "schema/store.h"

/* How many objects a prune may delete, of all in the sections of the manifest. */
struct pchat_prune_limit {
	uint64_t number;
	bool percent; /* of the stored objects of those sections, but never below .floor */
};
#define PCHAT_PRUNE_PERCENT 20
#define PCHAT_PRUNE_FLOOR   10 /* a percentage of few objects is no protection, only a nuisance */

/* "34" or "20%"; false if it is neither. */
bool pchat_prune_limit_parse(struct pchat_str text, struct pchat_prune_limit *ret);

struct pchat_manifest_options {
	bool prune; /* delete what is stored in a section of the manifest and not described */
	struct pchat_prune_limit limit;
};

/*
 * Add the changes to @plan, in an order that works: what is referred to before what refers to
 * it, deletions last. Reads from @store; with NULL the plan is the one for a new store, which
 * holds the built-in objects alone. Takes created objects out of @m. File names in the plan
 * borrow from @m, which must outlive it (pchat_manifest_give_names()).
 * PCHAT_INVALID: a new object lacks a field, a fixed field would change. PCHAT_CONFLICT: a guid
 * and a name belong to two objects. PCHAT_LIMIT: the prune limit.
 */
enum pchat_code pchat_manifest_plan(struct pchat_manifest *m, struct pchat_store *store,
                                    const struct pchat_manifest_options *options,
                                    struct pchat_plan *plan, struct pchat_err *err);

/* The objects a new store of @domain has, in the order of their kinds: at most
 * PCHAT_MAX_BUILTINS, owned by the caller. @domain may be "". */
#define PCHAT_MAX_BUILTINS 8
enum pchat_code pchat_builtins(const char *domain, struct pchat_object *ret[PCHAT_MAX_BUILTINS],
                               size_t *ret_n, struct pchat_err *err);
/* Is it an object that every store has and that cannot be deleted? */
bool pchat_is_builtin(const struct pchat_object *o);
