/*
 * Patterns of names, as "list --name" takes them: '*' stands for any text, '?' for one
 * character, all else for itself without regard to case.
 */
#pragma once

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

struct pchat_pattern {
	char *folded; /* owned; NULL: everything fits */
};
void pchat_pattern_release(struct pchat_pattern *p);
PCHAT_AUTO_VALUE_DEFINE(pattern, pchat_pattern_release)
/* @text NULL: everything fits. */
enum pchat_code pchat_pattern_init(struct pchat_pattern *p, const char *text,
                                   struct pchat_err *err);
/* True also if there is no memory to find out: what is shown is too much rather than too little.
 * Takes time in the product of both lengths at most, whatever the pattern. */
bool pchat_pattern_fits(const struct pchat_pattern *p, const char *text);
