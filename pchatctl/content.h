/*
 * What deleted rooms hold: told before it happens.
 */
#pragma once

#include "pchatctl/ctl.h"

/* Add notes to @plan: "room 'Old desk': its 214 messages go with it". */
enum pchat_code pchat_content_note(struct pchat_ctl *ctl, struct pchat_plan *plan,
                                   struct pchat_err *err);
