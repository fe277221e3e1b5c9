#include "policy/object.h"

#include <stdlib.h>

#include "base/vec.h"

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Order of the folded forms. Nearly all names are ASCII, which needs no tables. */
static int
compare(struct pchat_str a, struct pchat_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		unsigned char x = lower(a.p[i]), y = lower(b.p[i]);

		if ((x | y) >= 0x80)
			return pchat_fold_cmp(a, b);
		if (x != y)
			return x < y ? -1 : 1;
	}
	/* What is left of the longer one may be anything: it is longer in folded form too. */
	return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static int
compare_items(const void *a, const void *b)
{
	return compare(pchat_str(*(char *const *)a), pchat_str(*(char *const *)b));
}

void
pchat_list_release(struct pchat_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct pchat_list){ 0 };
}

/* Index of the first member that is not less than @item; *ret_found: it is @item. */
static size_t
find(const struct pchat_list *l, struct pchat_str item, bool *ret_found)
{
	size_t lo = 0, hi = l->n;

	*ret_found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = compare(pchat_str(l->v[mid]), item);

		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
		*ret_found |= order == 0;
	}
	return lo;
}

static bool
insert(struct pchat_list *l, size_t at, struct pchat_str item)
{
	char *copy;

	if (!pchat_vec_reserve(l, 1))
		return false;
	copy = pchat_str_dup(item);
	if (!copy)
		return false;
	memmove(l->v + at + 1, l->v + at, (l->n - at) * sizeof(*l->v));
	l->v[at] = copy;
	l->n++;
	return true;
}

bool
pchat_list_add(struct pchat_list *l, struct pchat_str item)
{
	bool found;
	size_t at = find(l, item, &found);

	return found || insert(l, at, item);
}

bool
pchat_list_remove(struct pchat_list *l, struct pchat_str item)
{
	bool found;
	size_t at = find(l, item, &found);

	if (!found)
		return false;
	free(l->v[at]);
	l->n--;
	memmove(l->v + at, l->v + at + 1, (l->n - at) * sizeof(*l->v));
	return true;
}

bool
pchat_list_has(const struct pchat_list *l, struct pchat_str item)
{
	bool found;

	find(l, item, &found);
	return found;
}

bool
pchat_list_copy(struct pchat_list *to, const struct pchat_list *from)
{
	if (!pchat_vec_reserve(to, from->n))
		return from->n == 0;
	for (size_t i = 0; i < from->n; i++) {
		if (!insert(to, i, pchat_str(from->v[i]))) {
			pchat_list_release(to);
			return false;
		}
	}
	return true;
}

bool
pchat_list_eq(const struct pchat_list *a, const struct pchat_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (compare(pchat_str(a->v[i]), pchat_str(b->v[i])) != 0)
			return false;
	return true;
}

bool
pchat_list_append(struct pchat_list *l, struct pchat_str item)
{
	return insert(l, l->n, item);
}

void
pchat_list_sort(struct pchat_list *l)
{
	size_t kept = 0;

	if (l->n < 2)
		return;
	qsort(l->v, l->n, sizeof(*l->v), compare_items);
	for (size_t i = 1; i < l->n; i++) {
		if (compare_items(&l->v[kept], &l->v[i]) == 0)
			free(l->v[i]);
		else
			l->v[++kept] = l->v[i];
	}
	l->n = kept + 1;
}
