#include "base/vec.h"

#include <stdint.h>
#include <string.h>

/* Elements of the first allocation: most lists are short. */
#define VEC_FIRST 8

bool
pchat_vec_grow_(void **v, size_t *cap, size_t n, size_t more, size_t size)
{
	size_t want = *cap ? *cap : VEC_FIRST;
	void *p;

	if (more <= *cap - n)
		return true;
	if (more > SIZE_MAX / size - n)
		return false;
	while (want < n + more) {
		if (want > SIZE_MAX / size / 2) {
			want = n + more;
			break;
		}
		want *= 2;
	}
	/* @v points at a pointer of some other type: read and write it as octets, so that
	 * the compiler may keep its aliasing assumptions. */
	memcpy(&p, v, sizeof(p));
	p = realloc(p, want * size);
	if (!p)
		return false;
	memcpy(v, &p, sizeof(p));
	*cap = want;
	return true;
}
