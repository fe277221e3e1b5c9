/*
 * Code points one at a time, for what base/ and the parsers build on them. Text that is
 * only passed on needs base/text.h alone.
 */
#pragma once

#include "base/str.h"

/* Octets of the longest UTF-8 sequence. */
#define PCHAT_UTF8_MAX 4
/* What stands for an octet that is no UTF-8. */
#define PCHAT_UTF8_BAD UINT32_C(0xfffd)

/* Decode the character at the start of @s, which must not be empty: the number of its
 * octets, or 0 (and *@ret undefined) if the first octet does not start a well-formed one. */
unsigned pchat_utf8_decode(struct pchat_str s, uint32_t *ret);
/* Encode @cp, at most 0x10FFFF and no surrogate; the number of octets. No terminator. */
unsigned pchat_utf8_encode(uint32_t cp, char ret[PCHAT_UTF8_MAX]);
/* True for what must not reach a terminal or a log as it is: control characters (TAB and
 * LF, too), line and paragraph separators, marks that change the direction of writing, the
 * byte order mark, non-characters. All of them are below U+10000. */
bool pchat_utf8_unsafe(uint32_t cp);
