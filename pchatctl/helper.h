/*
 * The helper program: pchatctl-helper beside pchatctl in the build tree, or in
 * ../libexec/pchat. It is the same program linked with the libraries that only a few
 * commands need, and gets the same command line.
 */
#pragma once

#include "pchatctl/ctl.h"

/* Does not return unless the helper cannot be run: PCHAT_UNAVAILABLE. */
enum pchat_code pchat_helper_exec(struct pchat_ctl *ctl, struct pchat_err *err);
