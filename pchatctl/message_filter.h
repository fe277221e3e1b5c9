/*
 * Which messages a command line means: --author, --since, --until, --words, --match,
 * --match-case as a filter of schema/message.h, and the rooms it is about.
 */
#pragma once

#include "pchatctl/call.h"
#include "schema/message.h"

struct pchat_ctl;

extern const char *const pchat_match_words[];

struct pchat_filter {
	struct pchat_message_filter filter; /* borrows from what follows and from the call */
	PCHAT_VEC(struct pchat_str) authors;
	PCHAT_VEC(char *) owned;
	bool narrows; /* something was given */
};
void pchat_filter_release(struct pchat_filter *f);
PCHAT_AUTO_VALUE_DEFINE(filter, pchat_filter_release)
/* From the options of @call; .filter.room stays NULL. PCHAT_INVALID, PCHAT_USAGE, PCHAT_LIMIT. */
enum pchat_code pchat_filter_read(const struct pchat_call *call, struct pchat_filter *ret,
                                  struct pchat_err *err);

/* Value of a TIME option, which the parser has checked; 0 if it was not given. */
int64_t pchat_call_moment(const struct pchat_call *call, const char *name, bool end);
/* chat.db of the store of @ctl, which no transaction stages anything for. */
enum pchat_code pchat_ctl_chat(struct pchat_ctl *ctl, bool writer, struct pchat_chat **ret,
                               struct pchat_err *err);
