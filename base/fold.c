#include "base/text.h"

#include <stdlib.h>

#include "base/fold_table.h"
#include "base/utf8.h"

static int
compare_range(const void *key, const void *row)
{
	uint32_t cp = *(const uint32_t *)key;
	const struct fold_range *r = row;

	return cp < r->first ? -1 : cp > r->last;
}

uint32_t
pchat_fold_char(uint32_t cp)
{
	const struct fold_range *r;

	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp;
	r = bsearch(&cp, fold_ranges, PCHAT_N(fold_ranges), sizeof(*r), compare_range);
	if (!r || (cp - r->first) % r->stride != 0)
		return cp;
	return (uint32_t)((int32_t)cp + r->delta);
}

/* Take the next character off @s and write its folded form; the number of octets. An octet
 * that is no UTF-8 stands for itself, so that different texts stay different. */
static unsigned
fold_next(struct pchat_str *s, char ret[PCHAT_UTF8_MAX])
{
	uint32_t cp;
	unsigned n = pchat_utf8_decode(*s, &cp);

	if (n == 0) {
		ret[0] = *s->p++;
		s->n--;
		return 1;
	}
	s->p += n;
	s->n -= n;
	return pchat_utf8_encode(pchat_fold_char(cp), ret);
}

/* Fold the ASCII that @s starts with, which most names are all of, and take it off. */
static void
fold_ascii(struct pchat_buf *out, struct pchat_str *s)
{
	size_t n = 0;

	if (!pchat_buf_reserve(out, s->n))
		return;
	for (; n < s->n && (unsigned char)s->p[n] < 0x80; n++)
		out->p[out->n + n] = (char)pchat_fold_char((unsigned char)s->p[n]);
	out->n += n;
	out->p[out->n] = '\0';
	s->p += n;
	s->n -= n;
}

void
pchat_fold(struct pchat_buf *out, struct pchat_str s)
{
	char octets[PCHAT_UTF8_MAX];

	fold_ascii(out, &s);
	while (s.n > 0 && pchat_buf_ok(out)) {
		unsigned n = fold_next(&s, octets);

		pchat_buf_add(out, octets, n);
	}
}

char *
pchat_fold_dup(struct pchat_str s)
{
	struct pchat_buf out = { 0 };

	pchat_fold(&out, s);
	return pchat_buf_take(&out);
}

/* Folded text, one octet at a time. */
struct fold_reader {
	struct pchat_str s;
	char octets[PCHAT_UTF8_MAX];
	unsigned n;
	unsigned at;
};

static int
next_octet(struct fold_reader *r)
{
	if (r->at == r->n) {
		if (r->s.n == 0)
			return -1;
		r->n = fold_next(&r->s, r->octets);
		r->at = 0;
	}
	return (unsigned char)r->octets[r->at++];
}

int
pchat_fold_cmp(struct pchat_str a, struct pchat_str b)
{
	struct fold_reader ra = { .s = a }, rb = { .s = b };
	int x, y;

	if (pchat_str_eq(a, b))
		return 0;
	do {
		x = next_octet(&ra);
		y = next_octet(&rb);
	} while (x == y && x >= 0);
	return x < y ? -1 : x > y;
}
