/*
 * A store written out as a manifest: every object with every field that is not at its
 * default, in a stable order, and 'absent: default', so that applying it brings back
 * exactly what was exported. Memory does not grow with the store.
 */
#pragma once

#include "pchatctl/out.h"
#include "schema/store.h"

struct pchat_export {
	uint32_t kinds;                         /* bit per kind */
	struct pchat_list names[PCHAT_N_KINDS]; /* these objects only; empty: all of the kind */
	struct pchat_list scope; /* categories: of rooms, those in these; empty: all */
	bool guids;              /* with the guids of objects that can be renamed */
	/* Borrowed; roles that are out of scope of their category are left out, and counted. NULL:
	 * they are written, too. */
	struct pchat_org *org;
	uint64_t *ret_asleep;
	bool json; /* JSON, which is YAML too, instead of block style */
};
void pchat_export_release(struct pchat_export *what);
PCHAT_AUTO_VALUE_DEFINE(export, pchat_export_release)

/* Write to @out, draining it on the way; the caller flushes. PCHAT_NOT_FOUND if a name of
 * @what is not there, which @err blames: nothing is written then. */
enum pchat_code pchat_export_write(struct pchat_store *store, const struct pchat_export *what,
                                   struct pchat_sink *out, struct pchat_err *err);
