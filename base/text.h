/*
 * What is done to text: UTF-8, case folding, quoting for each output, nearest
 * names, GUIDs.
 */
#pragma once

#include "base/buf.h"

/* ---- UTF-8 ---- */

/* True if all of @s is well-formed UTF-8 (no surrogates, no overlong forms). If not,
 * *@ret_at (may be NULL) is the offset of the first bad octet. */
bool pchat_utf8_valid(struct pchat_str s, size_t *ret_at);
/* Characters (code points) in well-formed UTF-8. */
size_t pchat_utf8_length(struct pchat_str s);
/* Terminal columns of well-formed UTF-8 (East Asian wide = 2, combining = 0). */
size_t pchat_utf8_width(struct pchat_str s);
/* Decode one character at @s->p and advance; 0xFFFD for a bad octet. @s must not be empty. */
uint32_t pchat_utf8_next(struct pchat_str *s);
/* True if there is a character XML 1.0 forbids, or a control character other than TAB, LF, CR. */
bool pchat_utf8_has_control(struct pchat_str s);

/* ---- case (Unicode simple folding, generated table; the same for every store driver) ---- */

void pchat_fold(struct pchat_buf *out, struct pchat_str s);
/* Folded copy, malloc'ed. NULL if there is no memory. */
char *pchat_fold_dup(struct pchat_str s);
/* One character; itself if it has no other case. */
uint32_t pchat_fold_char(uint32_t cp);
int pchat_fold_cmp(struct pchat_str a, struct pchat_str b); /* order of the folded forms */

/* ---- quoting, each appends to @out ---- */

void pchat_quote_json(struct pchat_buf *out, struct pchat_str s); /* with the quotes */
void pchat_quote_xml(struct pchat_buf *out, struct pchat_str s);  /* text and attributes */
void pchat_quote_csv(struct pchat_buf *out, struct pchat_str s);  /* quotes if needed (RFC 4180) */
void pchat_quote_yaml(struct pchat_buf *out, struct pchat_str s); /* plain where it is safe */
void pchat_quote_terminal(struct pchat_buf *out, struct pchat_str s); /* controls as \xNN */
void pchat_quote_shell(struct pchat_buf *out, struct pchat_str s);
void pchat_quote_logfmt(struct pchat_buf *out, struct pchat_str s);

/* ---- names ---- */

/* Edit distance (insert, delete, replace, swap) without regard to ASCII case, cut off at @max+1. */
size_t pchat_distance(struct pchat_str a, struct pchat_str b, size_t max);
/* The same, for names in their order. Where @name is farther than @max, *@ret_octets is how much of
 * its beginning says so: all names that begin with it are. 0: only all of it does. */
size_t pchat_distance_ahead(struct pchat_str word, struct pchat_str name, size_t max,
                            size_t *ret_octets);
/* How far from @word, in edits, what was meant may be: a third of its length, at least 1. Of a
 * URI only the user part counts: the domain is the same for all and must not make all alike. */
size_t pchat_near_enough(struct pchat_str word);
/* The candidate nearest to @word that is near enough, or NULL. */
const char *pchat_nearest(struct pchat_str word, const char *const *candidates, size_t n);

/* ---- GUIDs: 36 characters, lower case, no braces ---- */

#define PCHAT_GUID_LEN 36
void pchat_guid_new(char ret[PCHAT_GUID_LEN + 1]); /* random (version 4) */
/* The same from random octets the caller has: who makes many asks the kernel less often. */
void pchat_guid_from(const unsigned char random[16], char ret[PCHAT_GUID_LEN + 1]);
/* Check and bring to lower case; braces are refused. */
bool pchat_guid_parse(struct pchat_str s, char ret[PCHAT_GUID_LEN + 1]);
/* @n random octets from the kernel. */
void pchat_random(void *p, size_t n);
