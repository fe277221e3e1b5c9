/*
 * Where the values of manifests were written, list entry by list entry: for refusals that are
 * found out only when the whole is looked at. Twelve octets for each value.
 */
#pragma once

#include "base/vec.h"
#include "policy/object.h"

struct pchat_place {
	uint32_t what; /* hash of field and value; 0: an entry begins here */
	uint32_t line, column;
};

struct pchat_places_file {
	const char *name; /* borrowed from the manifest: known by its address */
	size_t first;     /* place */
};

struct pchat_places {
	PCHAT_VEC(struct pchat_place) v; /* file by file, entry by entry, as they were read */
	PCHAT_VEC(struct pchat_places_file) files;
	size_t entry; /* where the one read last begins */
};
void pchat_places_release(struct pchat_places *p);

/* Note value @item of @field of @o, which is being read. NULL: its only one. */
bool pchat_places_note(struct pchat_places *p, const struct pchat_object *o, unsigned field,
                       const char *item, unsigned line, unsigned column);
/* What pchat_plan.locate wants; @ctx is the places. */
bool pchat_places_find(void *ctx, const struct pchat_object *o, unsigned field, const char *item,
                       unsigned *ret_line, unsigned *ret_column);
