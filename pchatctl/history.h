/*
 * What the commands about the journal share: which rows are asked for, and what is said
 * of them.
 */
#pragma once

#include "pchatctl/ctl.h"
#include "schema/history.h"

/* --since, --until, --actor, --origin, --object, --limit */
struct pchat_history_filter {
	int64_t since, until; /* microseconds; 0: any */
	const char *actor, *origin;
	bool by_kind; /* --object: of .kind, and if .guid is given that one */
	enum pchat_kind kind;
	char guid[PCHAT_GUID_LEN + 1];
	uint64_t left; /* records that may still be put */
};
/* Objects that are gone are found as well. */
enum pchat_code pchat_history_filter(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_history_filter *ret, struct pchat_err *err);
/* By everything but the object. */
bool pchat_history_matches(const struct pchat_history_filter *f, int64_t time, const char *actor,
                           const char *origin);
