#include "wire/xccos/arena.h"

#include <stdio.h>
#include <stdlib.h>

/* Enough for an ordinary command with all that is decoded from it. */
#define CHUNK_SIZE 8192

struct pchat_arena_chunk {
	struct pchat_arena_chunk *older;
	size_t size;
	max_align_t data[];
};

void
pchat_arena_release(struct pchat_arena *a)
{
	if (!a)
		return;
	while (a->chunk) {
		struct pchat_arena_chunk *older = a->chunk->older;

		free(a->chunk);
		a->chunk = older;
	}
	*a = (struct pchat_arena){ 0 };
}

void
pchat_arena_reset(struct pchat_arena *a)
{
	struct pchat_arena_chunk *keep = NULL;

	while (a->chunk) {
		struct pchat_arena_chunk *c = a->chunk;

		a->chunk = c->older;
		if (!keep && c->size == CHUNK_SIZE)
			keep = c;
		else
			free(c);
	}
	if (keep)
		keep->older = NULL;
	*a = (struct pchat_arena){ .chunk = keep };
}

static bool
grow(struct pchat_arena *a, size_t need)
{
	size_t size = need > CHUNK_SIZE ? need : CHUNK_SIZE;
	struct pchat_arena_chunk *c = malloc(sizeof(*c) + size);

	if (!c)
		return false;
	c->older = a->chunk;
	c->size = size;
	a->chunk = c;
	a->used = 0;
	return true;
}

/* Unset memory for @n octets at a multiple of @align. */
static void *
take(struct pchat_arena *a, size_t n, size_t align)
{
	size_t at = (a->used + align - 1) / align * align;

	if (!a->chunk || at > a->chunk->size || n > a->chunk->size - at) {
		if (!grow(a, n)) {
			a->failed = true;
			return NULL;
		}
		at = 0;
	}
	a->used = at + n;
	return (char *)a->chunk->data + at;
}

void *
pchat_arena_zero(struct pchat_arena *a, size_t n, size_t size)
{
	void *p;

	if (n > SIZE_MAX / 2 / size) {
		a->failed = true;
		return NULL;
	}
	p = take(a, n * size, sizeof(max_align_t));
	return p ? memset(p, 0, n * size) : NULL;
}

struct pchat_str
pchat_arena_str(struct pchat_arena *a, struct pchat_str s)
{
	char *p = take(a, s.n, 1);

	if (!p)
		return (struct pchat_str){ 0 };
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct pchat_str){ p, s.n };
}

struct pchat_str
pchat_arena_text(struct pchat_arena *a, const char *fmt, va_list ap)
{
	char *text;
	int n = vasprintf(&text, fmt, ap);
	struct pchat_str s = { 0 };

	if (n < 0) {
		a->failed = true;
		return s;
	}
	s = pchat_arena_str(a, (struct pchat_str){ text, (size_t)n });
	free(text);
	return s;
}
