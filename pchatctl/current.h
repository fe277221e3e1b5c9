/*
 * What is there now, as a manifest is compared with it: the objects of a store, or,
 * without one, those that every new store has.
 */
#pragma once

#include "pchatctl/manifest_plan.h"

struct pchat_current {
	struct pchat_store *store; /* NULL: .builtins are all there is */
	struct pchat_object *builtins[PCHAT_MAX_BUILTINS];
	size_t n_builtins;
};

/* @store may be NULL; the built-in objects then follow the pool that @m describes. */
enum pchat_code pchat_current_init(struct pchat_current *c, struct pchat_store *store,
                                   const struct pchat_manifest *m, struct pchat_err *err);
void pchat_current_release(struct pchat_current *c);

/* Every object of the kind. */
enum pchat_code pchat_current_each(struct pchat_current *c, enum pchat_kind kind,
                                   pchat_object_fn each, void *ctx, struct pchat_err *err);
/* Is reading all objects of the kind cheaper than looking @n of them up? */
bool pchat_current_scan_pays(struct pchat_current *c, enum pchat_kind kind, size_t n);
/* The object that has the guid of @entry, or its name if it has no guid. *ret NULL: none. */
enum pchat_code pchat_current_find(struct pchat_current *c, const struct pchat_object *entry,
                                   struct pchat_object **ret, struct pchat_err *err);
/* The object that has the name of @entry. */
enum pchat_code pchat_current_find_key(struct pchat_current *c, const struct pchat_object *entry,
                                       struct pchat_object **ret, struct pchat_err *err);
