/*
 * Scope-bound cleanup: PCHAT_AUTO(room) r = NULL; calls pchat_room_free(r) when
 * r leaves its scope. A type takes part by PCHAT_AUTO_DEFINE(room, pchat_room_free).
 * PCHAT_AUTO_VALUE(buf) b = { 0 }; is the same for values with a _release().
 */
#pragma once

#include <stdlib.h>

#define PCHAT_AUTO_DEFINE(name, free_fn)                              \
	static inline void pchat_auto_##name(struct pchat_##name **p) \
	{                                                             \
		if (*p)                                               \
			free_fn(*p);                                  \
	}
#define PCHAT_AUTO(name) __attribute__((cleanup(pchat_auto_##name))) struct pchat_##name *

#define PCHAT_AUTO_VALUE_DEFINE(name, release_fn)                          \
	static inline void pchat_auto_value_##name(struct pchat_##name *p) \
	{                                                                  \
		release_fn(p);                                             \
	}
#define PCHAT_AUTO_VALUE(name) __attribute__((cleanup(pchat_auto_value_##name))) struct pchat_##name

static inline void
pchat_auto_text(char **p)
{
	free(*p);
}
/* A malloc'ed string that is freed at scope end. */
#define PCHAT_AUTO_TEXT __attribute__((cleanup(pchat_auto_text))) char *

/* Give away what an owned pointer holds: return PCHAT_TAKE(p); leaves p NULL. */
#define PCHAT_TAKE(p)                       \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#define PCHAT_N(array) (sizeof(array) / sizeof((array)[0]))
