/*
 * How revisions are written on the command line: "12", "now" (the last one), "now-2"
 * (two before it), "12..15", "12.." (to now).
 */
#pragma once

#include "schema/store.h"

struct pchat_rev {
	uint64_t n;
	bool back; /* counted back from the last one */
};
/* False if it is no revision. */
bool pchat_rev_parse(struct pchat_str text, struct pchat_rev *ret);

struct pchat_rev_range {
	struct pchat_rev from, to;
};
/* One revision, which stands for "REV..", or two; false if it is neither. */
bool pchat_rev_range_parse(struct pchat_str text, struct pchat_rev_range *ret);

/* Its number. PCHAT_NOT_FOUND with a remedy if the store has no such revision. */
enum pchat_code pchat_rev_resolve(struct pchat_store *store, struct pchat_rev rev, uint64_t *ret,
                                  struct pchat_err *err);
