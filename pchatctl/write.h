/*
 * The frame around every command that changes the store: takes the write lock, lets
 * the command make its plan, checks it against the rules, shows it (--dry-run) or asks
 * for confirmation, stores it with its journal rows, reports it and waits until a
 * running pchatd has applied it.
 */
#pragma once

#include "pchatctl/ctl.h"

/* @also: what to store beside the plan; may be NULL. */
enum pchat_code pchat_write_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                pchat_cmd_also also, struct pchat_err *err);
/* Make, check and show the plan only. PCHAT_DIFFERS without a message if it is not empty. */
enum pchat_code pchat_compare_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_err *err);
