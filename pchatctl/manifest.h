/*
 * Manifests: YAML files that describe what a store should hold.
 *
 * A manifest is read from any number of files, each with any number of
 * documents, into one list of objects per section. Reading checks form, types
 * and names; whether the whole is allowed is decided by the plan made from it
 * (manifest_plan.h). Everything read is bounded by the limits below, and every
 * refusal names file, line and column.
 *
 * What an entry leaves out is ruled by the document:
 *	absent: keep      (as if written) fields that are left out stay as they are
 *	absent: default   an entry is the whole object: what is left out is its default
 * A new object gets the defaults either way. Either way pchat_object.set has a bit
 * for every field that counts.
 */
#pragma once

#include "base/hash.h"
#include "base/vec.h"
#include "pchatctl/places.h"
#include "policy/object.h"

#define PCHAT_MANIFEST_VERSION     1
#define PCHAT_MANIFEST_MAX_BYTES   (UINT64_C(1) << 30) /* of all files together */
#define PCHAT_MANIFEST_MAX_OBJECTS 2000000             /* of all files together */
#define PCHAT_MANIFEST_MAX_FILES   10000
#define PCHAT_MANIFEST_MAX_FOLDERS 16 /* folders within folders */

struct pchat_manifest_section {
	bool present;                             /* the section is managed */
	PCHAT_VEC(struct pchat_object *) objects; /* as they were read; owned; NULL once taken */
	struct pchat_hash keys;                   /* folded key -> index + 1 */
	struct pchat_hash guids;                  /* guid -> index + 1; those that have one */
};

struct pchat_manifest {
	struct pchat_manifest_section sections[PCHAT_N_KINDS];
	size_t n_objects;        /* in all sections */
	uint64_t bytes;          /* read so far */
	PCHAT_VEC(char *) files; /* names; owned; objects and errors point to them */
	PCHAT_VEC(char *) keys;  /* folded keys the tables point to; owned */
	struct pchat_places places;
	/* Told now and then how far a text has been read, in lines; may be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx; /* borrowed */
};

void pchat_manifest_release(struct pchat_manifest *m);
PCHAT_AUTO_VALUE_DEFINE(manifest, pchat_manifest_release)

/*
 * Read what @path names into @m, adding to what is there: a file, a folder (its *.yaml and *.yml,
 * in order of their names, folders too) or "-" for standard input. PCHAT_INVALID, PCHAT_LIMIT,
 * PCHAT_NOT_FOUND, PCHAT_DENIED with place and remedy; @m may only be released after a failure.
 * err->file borrows from @m: print the error before releasing it.
 */
enum pchat_code pchat_manifest_read(struct pchat_manifest *m, const char *path,
                                    struct pchat_err *err);
/* The same from memory; @name is what errors call it. @text is not needed afterwards. */
enum pchat_code pchat_manifest_parse(struct pchat_manifest *m, const char *name,
                                     struct pchat_str text, struct pchat_err *err);

/* Add one object as an entry of its section, which is then managed; its .file, .line and .column
 * say where it comes from. It is @m's also after a failure. PCHAT_INVALID: it has no key, or an
 * entry of the same key or guid is there; it may stay in .objects then, but not in the tables. */
enum pchat_code pchat_manifest_add_take(struct pchat_manifest *m, struct pchat_object *o,
                                        struct pchat_err *err);

/* Index in .objects of the object with that key (without regard to case) or guid, or -1. */
ptrdiff_t pchat_manifest_find(const struct pchat_manifest *m, enum pchat_kind kind,
                              const char *key);
ptrdiff_t pchat_manifest_find_guid(const struct pchat_manifest *m, enum pchat_kind kind,
                                   const char *guid);
/* May an entry be its key alone? True for kinds that need nothing else: sites, endpoints ... */
bool pchat_manifest_short_form(enum pchat_kind kind);
