/*
 * Memory that is given back all at once: what a parse makes lives until the next
 * parse. { 0 } is a valid empty arena.
 */
#pragma once

#include <stdarg.h>

#include "base/auto.h"
#include "base/str.h"

struct pchat_arena_chunk;
struct pchat_arena {
	struct pchat_arena_chunk *chunk; /* the one in use; older ones hang behind it */
	size_t used;                     /* octets of it */
	bool failed;                     /* out of memory since the last reset */
};

void pchat_arena_release(struct pchat_arena *a);
PCHAT_AUTO_VALUE_DEFINE(arena, pchat_arena_release)

/* Forget all objects and the failure; keeps one chunk of ordinary size for the next use. */
void pchat_arena_reset(struct pchat_arena *a);
/* @n zeroed objects of @size octets, aligned for anything. NULL (and .failed) if there is no
 * memory; a non-NULL pointer for n = 0. */
void *pchat_arena_zero(struct pchat_arena *a, size_t n, size_t size);
/* A copy; empty and .failed if there is no memory. */
struct pchat_str pchat_arena_str(struct pchat_arena *a, struct pchat_str s);
struct pchat_str pchat_arena_text(struct pchat_arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
