/*
 * Handlers of the commands that only the helper program carries out.
 */
#pragma once

#include "pchatctl/ctl.h"

enum pchat_code pchat_check_chat_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_err *err);
enum pchat_code pchat_user_passwd_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_err *err);
enum pchat_code pchat_check_all_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                    struct pchat_err *err);
enum pchat_code pchat_check_certificates_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                             struct pchat_err *err);
