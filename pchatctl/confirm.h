/*
 * Confirmation by impact: nothing is asked for creating and changing, y/N for deleting,
 * and the name has to be typed when content or roles would be lost. Without a terminal
 * nothing is ever assumed.
 */
#pragma once

#include "pchatctl/ctl.h"

bool pchat_confirm_needed(const struct pchat_ctl *ctl, const struct pchat_plan *plan);
/* Ask. PCHAT_USAGE if there is nobody to ask, PCHAT_DIFFERS with a message if the answer is no. */
enum pchat_code pchat_confirm(struct pchat_ctl *ctl, const struct pchat_plan *plan,
                              struct pchat_err *err);
/* Ask "This will @what. Go ahead?", for what is no plan. The same codes. */
enum pchat_code pchat_confirm_text(const char *what, struct pchat_err *err);
