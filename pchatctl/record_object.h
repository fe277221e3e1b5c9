/*
 * An object as a record: its fields, then guid, revision and who touched it when.
 */
#pragma once

#include "base/clock.h"
#include "pchatctl/out.h"

/* Texts that a record needs and an object does not have; live until used again. */
struct pchat_object_texts {
	struct pchat_buf durations[PCHAT_MAX_FIELDS];
	char created[PCHAT_TIME_MAX], updated[PCHAT_TIME_MAX];
};
void pchat_object_texts_release(struct pchat_object_texts *t);
PCHAT_AUTO_VALUE_DEFINE(object_texts, pchat_object_texts_release)

/* Fill @r (cleared first) with @o; both @o and @t must live until it has been put. */
void pchat_record_object(struct pchat_record *r, struct pchat_object_texts *t,
                         const struct pchat_object *o);

/* What every object has besides its fields, in the order of the columns. */
enum pchat_meta {
	PCHAT_META_GUID,
	PCHAT_META_REVISION,
	PCHAT_META_CREATED,
	PCHAT_META_CREATED_BY,
	PCHAT_META_UPDATED,
	PCHAT_META_UPDATED_BY,
	PCHAT_N_META
};
/* Names of all cells of a kind, NULL-terminated, in @ret. */
void pchat_record_columns(enum pchat_kind kind,
                          const char *ret[PCHAT_MAX_FIELDS + PCHAT_N_META + 1]);
/* Number of the column of that name: of a field, or n_fields and what every object has; -1 if there
 * is none. */
int pchat_record_column(enum pchat_kind kind, struct pchat_str name);

/* What "user show" adds: a list of the ways the user can sign in by. */
#define PCHAT_SIGN_IN "signIn"
/* The names for "show". */
void pchat_record_shown(enum pchat_kind kind, const char *ret[PCHAT_MAX_FIELDS + PCHAT_N_META + 2]);
