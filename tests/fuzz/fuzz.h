/*
 * The entry of every fuzz target, the one libFuzzer and AFL++ look for.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Returns 0; whatever must not happen ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
