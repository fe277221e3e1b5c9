#include "pchatctl/sorted.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void
pchat_sorted_release(struct pchat_sorted *s)
{
	for (size_t i = 0; i < s->rows.n; i++)
		pchat_record_release(&s->rows.v[i]);
	for (size_t i = 0; i < s->owned.n; i++)
		free(s->owned.v[i]);
	pchat_vec_release(&s->rows);
	pchat_vec_release(&s->owned);
}

/* ---- what to sort by ---- */

static enum pchat_code
unknown_key(struct pchat_str name, const char *const *columns, const char *what,
            struct pchat_err *err)
{
	const char *near;
	size_t n = 0;

	while (columns[n])
		n++;
	near = pchat_nearest(name, columns, n);
	pchat_fail(err, PCHAT_USAGE, "--sort: %s have no field '%.*s'", what, PCHAT_STR_ARG(name));
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else
		pchat_hint(err, "-o wide shows all fields");
	return PCHAT_USAGE;
}

enum pchat_code
pchat_sorted_init(struct pchat_sorted *s, const char *text, const char *const *columns,
                  const char *what, struct pchat_err *err)
{
	struct pchat_str rest = pchat_str(text);

	while (rest.n) {
		struct pchat_str name = pchat_str_cut(rest, ',', &rest);
		bool reverse = pchat_str_starts(name, "-");
		size_t i = 0;

		if (reverse)
			name = (struct pchat_str){ name.p + 1, name.n - 1 };
		while (columns[i] && !pchat_str_is(name, columns[i]))
			i++;
		if (!columns[i])
			return unknown_key(name, columns, what, err);
		if (s->n_keys == PCHAT_SORT_KEYS_MAX)
			return pchat_fail(err, PCHAT_LIMIT, "--sort: more than %d fields",
			                  PCHAT_SORT_KEYS_MAX);
		s->keys[s->n_keys++] = (struct pchat_sort_key){ columns[i], reverse };
	}
	return PCHAT_OK;
}

/* ---- keeping ---- */

/* NULL if memory ends. */
static void *
own(struct pchat_sorted *s, void *p)
{
	if (p && pchat_vec_push(&s->owned, p))
		return p;
	free(p);
	return NULL;
}

static bool
copy_cell(struct pchat_sorted *s, struct pchat_cell *c)
{
	const char **list;

	if (c->type == PCHAT_CELL_TEXT && c->text) {
		c->text = own(s, pchat_str_dup(pchat_str(c->text)));
		return c->text;
	}
	if (c->type != PCHAT_CELL_LIST || !c->n)
		return true;
	list = own(s, calloc(c->n, sizeof(*list)));
	for (size_t i = 0; list && i < c->n; i++) {
		list[i] = own(s, pchat_str_dup(pchat_str(c->list[i])));
		if (!list[i])
			return false;
	}
	c->list = list;
	return list;
}

enum pchat_code
pchat_sorted_keep(struct pchat_sorted *s, const struct pchat_record *r, struct pchat_err *err)
{
	struct pchat_record *row;

	if (r->failed || !pchat_vec_push(&s->rows, (struct pchat_record){ 0 }))
		return pchat_no_memory(err);
	row = &s->rows.v[s->rows.n - 1];
	for (size_t i = 0; i < r->cells.n; i++) {
		struct pchat_cell c = r->cells.v[i];

		if (!copy_cell(s, &c) || !pchat_vec_push(&row->cells, c))
			return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

/* ---- the order ---- */

static const struct pchat_cell *
cell_of(const struct pchat_record *r, const char *column)
{
	for (size_t i = 0; i < r->cells.n; i++)
		if (strcmp(r->cells.v[i].name, column) == 0)
			return &r->cells.v[i];
	return NULL;
}

static uint64_t
number_of(const struct pchat_cell *c)
{
	switch (c->type) {
	case PCHAT_CELL_BOOL:
		return c->flag;
	case PCHAT_CELL_UINT:
		return c->number;
	case PCHAT_CELL_LIST:
	case PCHAT_CELL_RECORDS:
		return c->n;
	case PCHAT_CELL_NULL:
	case PCHAT_CELL_TEXT:
	case PCHAT_CELL_RECORD:
		break;
	}
	return 0;
}

/* Nothing comes before something. */
static int
compare_cells(const struct pchat_cell *x, const struct pchat_cell *y)
{
	uint64_t a, b;

	if (!x || !y)
		return (x != NULL) - (y != NULL);
	if (x->type == PCHAT_CELL_TEXT && y->type == PCHAT_CELL_TEXT)
		return pchat_fold_cmp(pchat_str(x->text), pchat_str(y->text));
	a = x->type == PCHAT_CELL_TEXT ? 1 : number_of(x);
	b = y->type == PCHAT_CELL_TEXT ? 1 : number_of(y);
	return (a > b) - (a < b);
}

/* A row by its number, so that equal ones stay as they came. */
struct place {
	size_t row;
};

static int
compare(const void *a, const void *b, void *ctx)
{
	const struct pchat_sorted *s = ctx;
	size_t i = ((const struct place *)a)->row, j = ((const struct place *)b)->row;

	for (size_t k = 0; k < s->n_keys; k++) {
		const char *column = s->keys[k].column;
		int c = compare_cells(cell_of(&s->rows.v[i], column),
		                      cell_of(&s->rows.v[j], column));

		if (c)
			return s->keys[k].reverse ? -c : c;
	}
	return (i > j) - (i < j);
}

enum pchat_code
pchat_sorted_put(struct pchat_sorted *s, struct pchat_out *out, uint64_t limit,
                 struct pchat_err *err)
{
	struct place *places = calloc(s->rows.n + 1, sizeof(*places));
	enum pchat_code code = PCHAT_OK;

	if (!places)
		return pchat_no_memory(err);
	for (size_t i = 0; i < s->rows.n; i++)
		places[i].row = i;
	qsort_r(places, s->rows.n, sizeof(*places), compare, s);
	for (size_t i = 0; !code && i < s->rows.n && (!limit || i < limit); i++)
		code = pchat_out_put(out, &s->rows.v[places[i].row], err);
	free(places);
	return code;
}
