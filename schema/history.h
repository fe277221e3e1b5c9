/*
 * Revisions as they are listed. What changed in one stands in its journal rows
 * (pchat_store_journal()).
 */
#pragma once

#include "schema/store.h"

struct pchat_revision {
	uint64_t revision;
	int64_t first, end; /* numbers of its journal rows, .end not included */
	int64_t time;
	char *actor, *source, *command, *comment; /* owned; the last two NULL if there is none */
};
void pchat_revision_release(struct pchat_revision *r);
PCHAT_AUTO_VALUE_DEFINE(revision, pchat_revision_release)

/* PCHAT_NOT_FOUND, with a remedy, if there is none of that number. */
enum pchat_code pchat_store_revision_get(struct pchat_store *store, uint64_t revision,
                                         struct pchat_revision *ret, struct pchat_err *err);

typedef enum pchat_code (*pchat_revision_fn)(void *ctx, const struct pchat_revision *r,
                                             struct pchat_err *err);
/* Revisions in (after, upto], the last first; @upto 0: all. Constant memory; callbacks may read
 * from the same store. */
enum pchat_code pchat_store_revisions(struct pchat_store *store, uint64_t after, uint64_t upto,
                                      pchat_revision_fn each, void *ctx, struct pchat_err *err);
/* The same, of those that changed the object with that guid, each once. */
enum pchat_code pchat_store_revisions_of(struct pchat_store *store, const char *guid,
                                         uint64_t after, uint64_t upto, pchat_revision_fn each,
                                         void *ctx, struct pchat_err *err);

/* How many objects of which kind a revision created, changed, deleted. */
struct pchat_tally {
	uint64_t n[PCHAT_OP_DELETE + 1][PCHAT_N_KINDS];
};
enum pchat_code pchat_store_tally(struct pchat_store *store, const struct pchat_revision *r,
                                  struct pchat_tally *ret, struct pchat_err *err);

/* The guid of the object that has the name, or had it last: looks through all of the journal if no
 * present one has it. PCHAT_NOT_FOUND if there never was one. */
enum pchat_code pchat_store_find_ever(struct pchat_store *store, enum pchat_kind kind,
                                      const char *name, char ret[PCHAT_GUID_LEN + 1],
                                      struct pchat_err *err);
