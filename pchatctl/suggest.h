/*
 * Remedies for what was mistyped: the nearest command, verb, option or name, and how
 * the command is used.
 */
#pragma once

#include "pchatctl/option.h"

/* PCHAT_USAGE with the nearest command. */
enum pchat_code pchat_suggest_command(const char *word, struct pchat_err *err);
/* PCHAT_USAGE with the verbs of the noun; @verb NULL: none was given. */
enum pchat_code pchat_suggest_verb(const char *noun, const char *verb, struct pchat_err *err);
/* Set the remedy of @err to the nearest option of the command, or to its help. */
void pchat_suggest_option(const struct pchat_cmd *cmd, struct pchat_str name,
                          struct pchat_err *err);
/* Set the remedy to the usage line. */
void pchat_suggest_usage(const struct pchat_cmd *cmd, struct pchat_err *err);
/* "pchatctl room create NAME --category CATEGORY [OPTION...]" */
void pchat_usage_line(const struct pchat_cmd *cmd, struct pchat_buf *out);
