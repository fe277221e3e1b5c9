/*
 * Typed growing arrays.
 *
 *	PCHAT_VEC(uint32_t) ids = { 0 };
 *	if (!pchat_vec_push(&ids, 7))
 *		return pchat_no_memory(err);
 *	free(ids.v);
 *
 * Elements stand in .v, their number in .n. { 0 } is a valid empty vector.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define PCHAT_VEC(type)     \
	struct {            \
		type *v;    \
		size_t n;   \
		size_t cap; \
	}

/* Make room for @more further elements; false if there is no memory (nothing changes). */
#define pchat_vec_reserve(vec, more)                                       \
	pchat_vec_grow_((void **)&(vec)->v, &(vec)->cap, (vec)->n, (more), \
	                sizeof(__typeof__(*(vec)->v)))

#define pchat_vec_push(vec, ...) \
	(pchat_vec_reserve((vec), 1) ? ((vec)->v[(vec)->n++] = (__VA_ARGS__), true) : false)

#define pchat_vec_release(vec)             \
	do {                               \
		free((vec)->v);            \
		(vec)->v = NULL;           \
		(vec)->n = (vec)->cap = 0; \
	} while (0)

bool pchat_vec_grow_(void **v, size_t *cap, size_t n, size_t more, size_t size);
