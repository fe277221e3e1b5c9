/*
 * Moments as the command line takes them: "2026-01-31" (the whole day), "2026-01-31T18:00",
 * "now", or how long ago: "90d", "2h30m". UTC where nothing else is said.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Longest time ago: a hundred years, in seconds. */
#define PCHAT_MOMENT_AGO_MAX UINT64_C(3155760000)

/* Microseconds UTC. @end: the last moment of what the text names (of a day, a second); else the
 * first. @now: what "now" and lengths of time count from. False if it is none of them. */
bool pchat_moment_parse(const char *text, bool end, int64_t now, int64_t *ret);
