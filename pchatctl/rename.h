/*
 * Objects that a manifest renames: see policy/renames.h.
 */
#pragma once

#include "pchatctl/current.h"
#include "policy/renames.h"

/* Find the entries of @m whose guid is stored under another name. */
enum pchat_code pchat_renames_find(struct pchat_renames *r, const struct pchat_manifest *m,
                                   struct pchat_current *c, struct pchat_err *err);
