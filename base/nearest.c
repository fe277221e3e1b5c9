#include "base/text.h"

#include "base/utf8.h"

/* Longest text compared, in characters; what is longer is never a slip of the finger. */
#define NEAREST_MAX 128

struct word {
	uint32_t v[NEAREST_MAX];
	size_t n;
};

/* False if @s is longer; then @w has what its beginning holds. */
static bool
load(struct word *w, struct pchat_str s)
{
	w->n = 0;
	while (s.n > 0) {
		if (w->n == NEAREST_MAX)
			return false;
		w->v[w->n++] = pchat_fold_char(pchat_utf8_next(&s));
	}
	return true;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, three rows of the matrix at a time: one row for each character of
 * @a. *@ret_rows is how many were needed to say that it is more than @max, or 0 if all were. */
static size_t
align(const struct word *a, const struct word *b, size_t max, size_t *ret_rows)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *two = rows[0], *one = rows[1], *now = rows[2];

	*ret_rows = 0;
	for (size_t j = 0; j <= b->n; j++)
		one[j] = j;
	for (size_t i = 1; i <= a->n; i++) {
		size_t least = now[0] = i;
		size_t *spare = two;

		for (size_t j = 1; j <= b->n; j++) {
			bool same = a->v[i - 1] == b->v[j - 1];
			size_t d = smaller(one[j], now[j - 1]) + 1;

			d = smaller(d, one[j - 1] + !same);
			if (i > 1 && j > 1 && a->v[i - 1] == b->v[j - 2] &&
			    a->v[i - 2] == b->v[j - 1])
				d = smaller(d, two[j - 2] + 1);
			now[j] = d;
			least = smaller(least, d);
		}
		/* A swap reaches back two rows, but costs one: no later cell is below @least. */
		if (least > max) {
			*ret_rows = i;
			return max + 1;
		}
		two = one;
		one = now;
		now = spare;
	}
	return smaller(one[b->n], max + 1);
}

static size_t
distance(const struct word *a, const struct word *b, size_t max)
{
	size_t apart = a->n > b->n ? a->n - b->n : b->n - a->n;
	size_t rows;

	return apart > max ? max + 1 : align(a, b, max, &rows);
}

size_t
pchat_distance(struct pchat_str a, struct pchat_str b, size_t max)
{
	struct word wa, wb;

	max = smaller(max, SIZE_MAX - 1); /* so that max + 1 is greater */
	if (!load(&wa, a) || !load(&wb, b))
		return max + 1;
	return distance(&wa, &wb, max);
}

size_t
pchat_distance_ahead(struct pchat_str word, struct pchat_str name, size_t max, size_t *ret_octets)
{
	struct word w, n;
	struct pchat_str rest = name;
	size_t rows, d;
	bool whole;

	*ret_octets = 0;
	if (max >= NEAREST_MAX || !load(&w, word))
		return max + 1;
	whole = load(&n, name);
	d = align(&n, &w, max, &rows);
	if (rows > 0) {
		while (rows-- > 0)
			pchat_utf8_next(&rest);
		*ret_octets = name.n - rest.n;
	}
	return whole ? d : max + 1;
}

size_t
pchat_near_enough(struct pchat_str word)
{
	const char *at = word.n ? memchr(word.p, '@', word.n) : NULL;
	size_t n = 0;

	if (at) {
		word.n = (size_t)(at - word.p);
		if (pchat_str_istarts(word, "sip:"))
			word = (struct pchat_str){ word.p + 4, word.n - 4 };
	}
	for (size_t i = 0; i < word.n; i++)
		n += ((unsigned char)word.p[i] & 0xc0) != 0x80;
	return n < 3 ? 1 : n / 3;
}

const char *
pchat_nearest(struct pchat_str word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	struct word w, c;
	size_t limit;

	if (!load(&w, word) || w.n == 0)
		return NULL;
	limit = pchat_near_enough(word);
	for (size_t i = 0; i < n; i++) {
		size_t d;

		if (!candidates[i] || !load(&c, pchat_str(candidates[i])))
			continue;
		d = distance(&w, &c, limit);
		if (d > limit)
			continue;
		best = candidates[i];
		if (d == 0)
			break;
		limit = d - 1; /* only what is nearer is of interest now */
	}
	return best;
}
