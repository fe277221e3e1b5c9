/*
 * Who would be put out by a plan: the running pchatd is asked who is there, and the rules what
 * they say to that after the change.
 */
#pragma once

#include "pchatctl/ctl.h"

/* Fill plan->leavers; ctl->org is the one the plan was checked with. Nothing is said and nothing
 * fails if no pchatd serves the store; if it does and cannot be asked, a line says so. */
enum pchat_code pchat_leavers_find(struct pchat_ctl *ctl, struct pchat_plan *plan,
                                   struct pchat_err *err);
