/*
 * From one revision to another. Read from the end, so that names on both sides become
 * those as of the end; the last row of an object says what it became, its first what it
 * was.
 */
#include "schema/past_private.h"

#include <stdlib.h>

struct diff {
	struct pchat_touches touches;
	struct pchat_names names;                 /* how it is called at the row -> at the end */
	PCHAT_VEC(struct pchat_object *) befores; /* of the revision at hand; of .touches */
	uint64_t turn;
};

/* What was before a revision goes by the names before it, which are known when all of its rows
 * have been met. */
static bool
turn(struct diff *d)
{
	bool ok = pchat_names_turn(&d->names);

	for (size_t i = 0; ok && i < d->befores.n; i++)
		ok = pchat_names_translate(&d->names, d->befores.v[i]);
	d->befores.n = 0;
	return ok;
}

static bool
keep(struct diff *d, struct pchat_touched *o, const struct pchat_journal_row *row, bool first)
{
	struct pchat_object *then = row->before ? pchat_object_copy(row->before) : NULL;

	if (first && row->after) {
		o->later = pchat_object_copy(row->after);
		if (!o->later || !pchat_names_translate(&d->names, o->later)) {
			pchat_object_free(then);
			return false;
		}
	}
	/* A row that is older tells better. Within one revision an object has more than one row
	 * only if a transaction stored several plans. */
	for (size_t i = 0; i < d->befores.n; i++)
		if (d->befores.v[i] == o->then)
			d->befores.v[i] = d->befores.v[--d->befores.n];
	pchat_object_free(o->then);
	o->then = then;
	return !row->before || (then && pchat_vec_push(&d->befores, then));
}

static enum pchat_code
take_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct diff *d = ctx;
	struct pchat_touched *o;
	bool first;

	if (row->revision != d->turn && !turn(d))
		return pchat_no_memory(err);
	d->turn = row->revision;
	o = pchat_touch(&d->touches, row, &first);
	if (!o || !keep(d, o, row, first) || !pchat_past_follow(&d->names, row, true))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

static enum pchat_code
make_plan(struct diff *d, struct pchat_store *store, uint64_t from, uint64_t to,
          struct pchat_plan *plan, struct pchat_err *err)
{
	enum pchat_code code = pchat_store_journal_back(store, from, to, take_row, d, err);

	if (code == PCHAT_OK && !turn(d))
		code = pchat_no_memory(err);
	for (size_t i = 0; code == PCHAT_OK && i < d->touches.v.n; i++) {
		struct pchat_touched *o = d->touches.v.v[i];

		if (o->then || o->later)
			code = pchat_past_add_take(plan, PCHAT_TAKE(o->then), PCHAT_TAKE(o->later),
			                           false, err);
	}
	return code;
}

enum pchat_code
pchat_past_diff(struct pchat_store *store, uint64_t from, uint64_t to, struct pchat_plan *plan,
                struct pchat_err *err)
{
	struct diff d = { 0 };
	uint64_t latest = 0;
	enum pchat_code code = pchat_past_check(store, from, &latest, err);

	if (code == PCHAT_OK && to)
		code = pchat_past_check(store, to, &latest, err);
	if (code == PCHAT_OK)
		code = make_plan(&d, store, from, to ? to : latest, plan, err);
	if (code == PCHAT_OK)
		pchat_past_sort(plan);
	pchat_vec_release(&d.befores);
	pchat_touches_release(&d.touches);
	pchat_names_release(&d.names);
	return code;
}
