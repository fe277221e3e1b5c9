/*
 * Time. Everywhere inside, a moment is an int64_t: microseconds since
 * 1970-01-01 UTC. The .NET forms exist only at the edges.
 */
#pragma once

#include "base/buf.h"

#define PCHAT_SECOND INT64_C(1000000)

int64_t pchat_now(void);       /* wall clock, microseconds UTC */
int64_t pchat_monotonic(void); /* microseconds, never steps back */

/* Longest text of pchat_time_*(), with terminator. */
#define PCHAT_TIME_MAX 40
/* Moments before year 1 or after year 9999 are written as the first or the last of these. */
/* 2026-11-21T04:16:05.123456Z; no fraction if it is zero */
const char *pchat_time_text(int64_t t, char buf[PCHAT_TIME_MAX]);
/* 2026-11-21T04:16:05.1234560Z, always seven digits: the XCCOS form (xccos.md section 5) */
const char *pchat_time_xccos(int64_t t, char buf[PCHAT_TIME_MAX]);
/* ISO 8601: date, or date and time ("T" or a blank between them; seconds may be left out) with
 * 0-9 fraction digits, "Z", "+hh:mm" or nothing (= UTC). Years 1 to 9999 of the proleptic
 * Gregorian calendar; impossible dates are refused. A leap second (23:59:60 UTC) becomes the
 * last microsecond before it, so that order is kept. False leaves *@ret alone. */
bool pchat_time_parse(struct pchat_str s, int64_t *ret);
/* 100 ns since 0001-01-01. */
int64_t pchat_time_ticks(int64_t t);

/* A length of time: "90s", "15m", "2h", "7d", "1d2h30m", "00:15:00" or plain seconds. Result in
 * seconds, at most @max. */
bool pchat_duration_parse(struct pchat_str s, uint64_t max, uint64_t *ret);
void pchat_duration_text(struct pchat_buf *out, uint64_t seconds); /* "15m", "1d2h" */
