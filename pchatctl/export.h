/*
 * A store written out as a manifest: every object with every field that is not at its
 * default, in a stable order, and 'absent: default', so that applying it brings back
 * exactly what was exported. Memory does not grow with the store.
 */
#pragma once

#include "pchatctl/out.h"
#include "schema/store.h"

struct pchat_export {
	uint32_t kinds; /* bit per kind */
	bool guids;     /* with the guids of objects that can be renamed */
	bool json;      /* JSON, which is YAML too, instead of block style */
};

/* Write to @out, draining it on the way; the caller flushes. */
enum pchat_code pchat_export_write(struct pchat_store *store, const struct pchat_export *what,
				   struct pchat_sink *out, struct pchat_err *err);
