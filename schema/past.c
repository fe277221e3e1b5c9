#include "schema/past_private.h"

#include <stdlib.h>

/* ---- objects met ---- */

void
pchat_touches_release(struct pchat_touches *t)
{
	for (size_t i = 0; i < t->v.n; i++) {
		pchat_object_free(t->v.v[i]->then);
		pchat_object_free(t->v.v[i]->later);
		free(t->v.v[i]);
	}
	pchat_vec_release(&t->v);
	pchat_hash_release(&t->guids);
}

struct pchat_touched *
pchat_touch(struct pchat_touches *t, const struct pchat_journal_row *row, bool *ret_first)
{
	struct pchat_touched *o = pchat_hash_get(&t->guids, pchat_str(row->guid));

	*ret_first = !o;
	if (o)
		return o;
	o = calloc(1, sizeof(*o));
	if (!o || !pchat_vec_reserve(&t->v, 1)) {
		free(o);
		return NULL;
	}
	o->kind = row->kind;
	memcpy(o->guid, row->guid, PCHAT_GUID_LEN);
	if (!pchat_hash_put(&t->guids, pchat_str(o->guid), o)) {
		free(o);
		return NULL;
	}
	t->v.v[t->v.n++] = o;
	return o;
}

/* ---- revisions and names ---- */

enum pchat_code
pchat_past_check(struct pchat_store *store, uint64_t revision, uint64_t *ret_latest,
                 struct pchat_err *err)
{
	enum pchat_code code = pchat_store_revision(store, ret_latest, err);

	if (code != PCHAT_OK || (revision > 0 && revision <= *ret_latest))
		return code;
	pchat_fail(err, PCHAT_NOT_FOUND, "there is no revision %llu", (unsigned long long)revision);
	pchat_hint(err, "there are 1 to %llu; 'pchatctl history' lists them",
	           (unsigned long long)*ret_latest);
	return PCHAT_NOT_FOUND;
}

bool
pchat_past_follow(struct pchat_names *names, const struct pchat_journal_row *row, bool backwards)
{
	const struct pchat_object *near = backwards ? row->after : row->before;
	const struct pchat_object *far = backwards ? row->before : row->after;

	if (!near)
		return true;
	if (!far)
		return pchat_names_end(names, row->kind, pchat_object_key(near));
	if (strcmp(pchat_object_key(near), pchat_object_key(far)) == 0)
		return true;
	return pchat_names_rename(names, row->kind, pchat_object_key(near), pchat_object_key(far));
}

/* ---- plans ---- */

enum pchat_code
pchat_past_add_take(struct pchat_plan *plan, struct pchat_object *before,
                    struct pchat_object *after, bool always, struct pchat_err *err)
{
	enum pchat_op op = !before ? PCHAT_OP_CREATE : !after ? PCHAT_OP_DELETE : PCHAT_OP_UPDATE;

	if (op == PCHAT_OP_UPDATE && !always && pchat_object_eq(before, after)) {
		pchat_object_free(before);
		pchat_object_free(after);
		return PCHAT_OK;
	}
	return pchat_plan_add_take(plan, op, before, after, err);
}

static int
turn_of(const struct pchat_change *c)
{
	static const int turns[] = {
		[PCHAT_OP_DELETE] = 0, [PCHAT_OP_UPDATE] = 1, [PCHAT_OP_CREATE] = 2
	};

	return turns[c->op];
}

static int
compare_changes(const void *a, const void *b)
{
	const struct pchat_change *x = a, *y = b;
	const struct pchat_object *p = x->before ? x->before : x->after;
	const struct pchat_object *q = y->before ? y->before : y->after;

	if (turn_of(x) != turn_of(y))
		return turn_of(x) - turn_of(y);
	if (p->kind != q->kind)
		return (x->op == PCHAT_OP_DELETE ? -1 : 1) * ((int)p->kind - (int)q->kind);
	return pchat_fold_cmp(pchat_str(pchat_object_key(p)), pchat_str(pchat_object_key(q)));
}

void
pchat_past_sort(struct pchat_plan *plan)
{
	if (plan->n)
		qsort(plan->v, plan->n, sizeof(*plan->v), compare_changes);
}
