#include "pchatctl/places.h"

#include <stdlib.h>

void
pchat_places_release(struct pchat_places *p)
{
	pchat_vec_release(&p->v);
	pchat_vec_release(&p->files);
}

/* Never 0. FNV-1a; letters of ASCII count without their case. Who finds two of one hash in an
 * entry is led to the first. */
static uint32_t
hash_of(unsigned field, const char *item)
{
	uint32_t h = UINT32_C(2166136261) ^ field;

	for (; item && *item; item++) {
		bool upper = *item >= 'A' && *item <= 'Z';

		h = (h ^ (unsigned char)(*item + (upper ? 'a' - 'A' : 0))) * UINT32_C(16777619);
	}
	return h | 1;
}

static bool
begins(const struct pchat_place *at, const struct pchat_object *o)
{
	return !at->what && at->line == o->line && at->column == o->column;
}

/* The values of the entry read last follow its beginning. */
static bool
note_entry(struct pchat_places *p, const struct pchat_object *o)
{
	struct pchat_places_file file = { o->file, p->v.n };
	struct pchat_place entry = { 0, o->line, o->column };
	bool new_file = !p->files.n || p->files.v[p->files.n - 1].name != o->file;

	if (new_file && !pchat_vec_push(&p->files, file))
		return false;
	if (!new_file && begins(&p->v.v[p->entry], o))
		return true;
	p->entry = p->v.n;
	return pchat_vec_push(&p->v, entry);
}

bool
pchat_places_note(struct pchat_places *p, const struct pchat_object *o, unsigned field,
                  const char *item, unsigned line, unsigned column)
{
	struct pchat_place place = { hash_of(field, item), line, column };

	return note_entry(p, o) && pchat_vec_push(&p->v, place);
}

bool
pchat_places_find(void *ctx, const struct pchat_object *o, unsigned field, const char *item,
                  unsigned *ret_line, unsigned *ret_column)
{
	const struct pchat_places *p = ctx;
	uint32_t what = hash_of(field, item);
	size_t i = 0, f = 0;

	while (f < p->files.n && p->files.v[f].name != o->file)
		f++;
	if (f == p->files.n)
		return false;
	for (i = p->files.v[f].first; i < p->v.n && !begins(&p->v.v[i], o); i++)
		;
	for (i++; i < p->v.n && p->v.v[i].what; i++) {
		if (p->v.v[i].what != what)
			continue;
		*ret_line = p->v.v[i].line;
		*ret_column = p->v.v[i].column;
		return true;
	}
	return false;
}
