/*
 * Help, from the command table: overview, noun, command, topics.
 */
#pragma once

#include "pchatctl/ctl.h"

/* What --help shows: of the command, else of the noun, else the overview (both NULL). */
enum pchat_code pchat_help_for(struct pchat_ctl *ctl, const struct pchat_noun *noun,
                               const struct pchat_cmd *cmd, struct pchat_err *err);

/* A text that is not about one command: "exit-codes". */
struct pchat_topic {
	const char *word;
	const char *help;
	void (*print)(struct pchat_buf *out);
};
extern const struct pchat_topic pchat_topics[];
extern const size_t pchat_n_topics;

/* What the exit status of the code says, in words. */
const char *pchat_exit_reason(enum pchat_code code);

/* One line of a two-column list: @left, blanks up to column @width, @right broken into lines of at
 * most 96 columns. */
void pchat_help_line(struct pchat_buf *out, const char *left, size_t width, const char *right);

/* What an option is for, as help says it: "category it is in; needed". */
void pchat_help_option(const struct pchat_cmd *cmd, const struct pchat_option *o,
                       struct pchat_buf *out);
/* The whole table as JSON: what completion scripts, man pages and tests are made from. */
void pchat_help_json(struct pchat_buf *out);
