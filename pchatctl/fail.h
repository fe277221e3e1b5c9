/*
 * How failures are shown: one line on standard error, or one JSON object.
 */
#pragma once

#include "pchatctl/globals.h"

/*
 *	pchatctl: contoso.yaml:12:3: no category named 'Finanse'; did you mean 'Finance'?
 *	{"error":{"code":"not-found","message":"...","file":"...","line":12,"column":3,"hint":"..."}}
 * The second form with -o json and jsonl.
 */
void pchat_err_print(const struct pchat_globals *g, const struct pchat_err *err);
