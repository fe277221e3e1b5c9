/*
 * Text views: a pointer and a length into text that somebody else owns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

struct pchat_str {
	const char *p; /* not terminated; NULL only if n is 0 */
	size_t n;      /* octets */
};

#define PCHAT_STR(literal) ((struct pchat_str){ (literal), sizeof(literal) - 1 })
#define PCHAT_STR_ARG(s)   (int)(s).n, (s).p ? (s).p : "" /* for "%.*s" */

/* View of a terminated string; NULL gives an empty view. */
struct pchat_str pchat_str(const char *text);

bool pchat_str_eq(struct pchat_str a, struct pchat_str b);
bool pchat_str_is(struct pchat_str a, const char *text);
/* The same without regard to ASCII case. */
bool pchat_str_ieq(struct pchat_str a, struct pchat_str b);
bool pchat_str_iis(struct pchat_str a, const char *text);
bool pchat_str_starts(struct pchat_str s, const char *prefix);
bool pchat_str_istarts(struct pchat_str s, const char *prefix);
struct pchat_str pchat_str_trim(struct pchat_str s);
/* Split @s at the first @sep: the part before it is returned and *@rest is what
 * follows. Without a separator all of @s is returned and *@rest is empty. */
struct pchat_str pchat_str_cut(struct pchat_str s, char sep, struct pchat_str *rest);
/* Terminated copy; the caller frees. NULL if there is no memory. */
char *pchat_str_dup(struct pchat_str s);

/* Read a whole unsigned decimal number of at most @max. Blanks, signs, empty text
 * and overflow are refused. Returns false and leaves *@ret alone then. */
bool pchat_str_uint(struct pchat_str s, uint64_t max, uint64_t *ret);

/* malloc'ed printf; NULL if there is no memory. */
char *pchat_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
