/*
 * What the parts of completion share. Only complete*.c include this.
 */
#pragma once

#include "pchatctl/call.h"
#include "pchatctl/complete.h"
#include "pchatctl/globals.h"

struct pchat_completer {
	struct pchat_completion *ret;
	struct pchat_str word; /* the one to complete */
	size_t head; /* octets of it that stay as they are: "--category=", "amy@...,"; what is
	              * completed begins there */

	/* What the words before it say: */
	const struct pchat_cmd *cmd;
	const struct pchat_noun *noun;
	size_t n_words;                /* that name the command; 0 to 2 */
	PCHAT_VEC(const char *) names; /* positional arguments */
	PCHAT_VEC(const char *) given; /* options, as written: "--sort" */
	struct pchat_option pending;   /* the option whose value comes next ... */
	bool is_pending;               /* ... if there is one */
	bool only_names;               /* after "--" */
	bool positional;               /* what is completed is one of the names */
	const char *store_text, *txn_text;

	struct pchat_globals globals;
	struct pchat_store *store; /* opened when first asked for; NULL if it cannot be */
	bool tried, resolved;
};

/* What has been typed of what is completed. */
struct pchat_str pchat_complete_typed(const struct pchat_completer *c);
/* Offer @text if it begins with what was typed; @help may be NULL. */
void pchat_complete_offer(struct pchat_completer *c, const char *text, const char *help,
                          bool partial);
/* Offer a name that begins with what was typed but for case, of which @said octets stand for it. */
void pchat_complete_offer_name(struct pchat_completer *c, struct pchat_str name, size_t said);
/* Words of a command or a topic, as "help" takes them. */
void pchat_complete_help_words(struct pchat_completer *c);
/* What may stand for a value of @o. */
void pchat_complete_value(struct pchat_completer *c, const struct pchat_option *o);
