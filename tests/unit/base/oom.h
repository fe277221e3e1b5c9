/*
 * Memory that runs out at a chosen call. A test program linked with pchat_test_oom sends
 * its allocations (malloc, calloc, realloc, strdup, vasprintf and their kin, its own and those
 * of static libraries) through here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Let @n allocations succeed, then fail all that follow. */
void oom_after(size_t n);
/* Memory is there again; true if an allocation was refused since oom_after(). */
bool oom_end(void);
