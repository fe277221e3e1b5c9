/*
 * Objects that a manifest renames. What refers to them is renamed along in the store,
 * so a reference by the new name in the manifest is no difference.
 */
#pragma once

#include "pchatctl/current.h"

struct pchat_renames {
	struct pchat_hash names[PCHAT_N_KINDS]; /* folded old name -> new name */
	PCHAT_VEC(char *) texts;                /* both; owned */
};
void pchat_renames_release(struct pchat_renames *r);

/* Find the entries of @m whose guid is stored under another name. */
enum pchat_code pchat_renames_find(struct pchat_renames *r, const struct pchat_manifest *m,
                                   struct pchat_current *c, struct pchat_err *err);
/* A copy of @o that refers to renamed objects by their new names; *ret stays NULL if @o
 * refers to none. Its own name is left alone. */
enum pchat_code pchat_renames_apply(const struct pchat_renames *r, const struct pchat_object *o,
                                    struct pchat_object **ret, struct pchat_err *err);
