/* From a draft to a plan for its store. */
#include "schema/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/vec.h"
#include "schema/past_private.h"

/* Names of a conflict that are told; of more the number is. */
#define NAMES_TOLD 5

/* A role that went because of something else. */
struct lost {
	unsigned field;
	enum pchat_cause cause;
	char *principal;
};

/* An object that the draft touched. */
struct touched {
	enum pchat_kind kind;
	char guid[PCHAT_GUID_LEN + 1];
	char *key;              /* as it was called when it was touched first */
	uint64_t revision;      /* it had in the store then; 0: made in the draft */
	enum pchat_cause cause; /* ASKED if any step asked for it */
	PCHAT_VEC(struct lost) lost;
};

struct collector {
	PCHAT_VEC(struct touched *) objects;
	struct pchat_hash by_guid; /* of them */
	struct pchat_buf conflicts;
	size_t n_conflicts;
	bool rollback; /* some step was one */
};

static void
touched_free(struct touched *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->lost.n; i++)
		free(t->lost.v[i].principal);
	pchat_vec_release(&t->lost);
	free(t->key);
	free(t);
}

static void
collector_release(struct collector *c)
{
	pchat_hash_release(&c->by_guid);
	for (size_t i = 0; i < c->objects.n; i++)
		touched_free(c->objects.v[i]);
	pchat_vec_release(&c->objects);
	pchat_buf_release(&c->conflicts);
}

/* ---- what was touched ---- */

static struct touched *
new_object(const struct pchat_journal_row *row)
{
	struct touched *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->kind = row->kind;
	t->revision = row->before ? row->before->revision : 0;
	t->cause = row->cause;
	memcpy(t->guid, row->guid, sizeof(t->guid));
	t->key = pchat_str_dup(pchat_str(row->before ? pchat_object_key(row->before) : row->key));
	if (t->key)
		return t;
	touched_free(t);
	return NULL;
}

/* The one the row is about; NULL for want of memory. */
static struct touched *
note_object(struct collector *c, const struct pchat_journal_row *row)
{
	struct touched *t = pchat_hash_get(&c->by_guid, pchat_str(row->guid));

	if (t)
		return t;
	t = new_object(row);
	if (t && pchat_vec_push(&c->objects, t))
		return pchat_hash_put(&c->by_guid, pchat_str(t->guid), t) ? t : NULL;
	touched_free(t);
	return NULL;
}

static enum pchat_code
note_lost(struct touched *t, const struct pchat_journal_row *row, unsigned field,
          struct pchat_err *err)
{
	const struct pchat_list *was = &row->before->v[field].list,
				*is = &row->after->v[field].list;

	for (size_t i = 0; i < was->n; i++) {
		struct lost lost = { .field = field, .cause = row->cause };

		if (pchat_list_has(is, pchat_str(was->v[i])))
			continue;
		lost.principal = pchat_str_dup(pchat_str(was->v[i]));
		if (!lost.principal || !pchat_vec_push(&t->lost, lost)) {
			free(lost.principal);
			return pchat_no_memory(err);
		}
	}
	return PCHAT_OK;
}

static enum pchat_code
note_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct collector *c = ctx;
	const struct pchat_kind_info *info = pchat_kind_info(row->kind);
	struct touched *t = note_object(c, row);
	enum pchat_code code = PCHAT_OK;

	if (!t)
		return pchat_no_memory(err);
	c->rollback |= strcmp(row->source, "rollback") == 0;
	if (row->cause == PCHAT_CAUSE_ASKED)
		t->cause = PCHAT_CAUSE_ASKED;
	if (row->cause == PCHAT_CAUSE_ASKED || row->op != PCHAT_OP_UPDATE)
		return PCHAT_OK;
	for (unsigned f = 0; f < info->n_fields && code == PCHAT_OK; f++)
		if (info->fields[f].type == PCHAT_TYPE_PRINCIPALS &&
		    info->fields[f].flags & PCHAT_PURGED)
			code = note_lost(t, row, f, err);
	return code;
}

/* ---- what it comes to ---- */

static enum pchat_code
find(struct pchat_store *store, const struct touched *t, struct pchat_object **ret,
     struct pchat_err *err)
{
	enum pchat_code code = pchat_store_get_guid(store, t->kind, t->guid, ret, NULL);

	if (code == PCHAT_OK || code == PCHAT_NOT_FOUND)
		return PCHAT_OK;
	return pchat_store_get_guid(store, t->kind, t->guid, ret, err);
}

static void
note_conflict(struct collector *c, const struct touched *t, const struct pchat_object *is)
{
	if (c->n_conflicts++ >= NAMES_TOLD)
		return;
	pchat_buf_printf(&c->conflicts, "%s%s '%s'", c->conflicts.n ? ", " : "",
	                 pchat_kind_info(t->kind)->word, t->key);
	if (!is)
		pchat_buf_lit(&c->conflicts, " (deleted)");
	else if (t->revision)
		pchat_buf_printf(&c->conflicts, " (changed in revision %llu)",
		                 (unsigned long long)is->revision);
	else
		pchat_buf_lit(&c->conflicts, " (there already)");
}

static enum pchat_code
add_change(struct collector *c, const struct touched *t, struct pchat_object *is_take,
           struct pchat_object *wanted_take, struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_AUTO(object) is = is_take;
	PCHAT_AUTO(object) wanted = wanted_take;

	if (!is && !wanted)
		return PCHAT_OK;
	if (is && wanted && !plan->restores && pchat_object_eq(is, wanted))
		return PCHAT_OK;
	if ((is ? is->revision : 0) != t->revision) {
		note_conflict(c, t, is);
		return PCHAT_OK;
	}
	if (!wanted)
		return pchat_plan_add_take(plan, PCHAT_OP_DELETE, PCHAT_TAKE(is), NULL, err);
	if (!is) {
		wanted->revision = 0;
		return pchat_plan_add_take(plan, PCHAT_OP_CREATE, NULL, PCHAT_TAKE(wanted), err);
	}
	wanted->revision = is->revision;
	wanted->updated = is->updated;
	return pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(is), PCHAT_TAKE(wanted), err);
}

/* Unless a later step gave it back. */
static enum pchat_code
add_losses(const struct touched *t, const struct pchat_change *change, struct pchat_plan *plan,
           struct pchat_err *err)
{
	for (size_t i = 0; i < t->lost.n && change->before && change->after; i++) {
		const struct lost *l = &t->lost.v[i];

		if (!pchat_list_has(&change->before->v[l->field].list, pchat_str(l->principal)) ||
		    pchat_list_has(&change->after->v[l->field].list, pchat_str(l->principal)))
			continue;
		if (!pchat_plan_add_loss(plan, change->after, l->field, l->principal,
		                         pchat_text(l->cause == PCHAT_CAUSE_PURGE
		                                            ? "out of scope by another change"
		                                            : "deleted by another change")))
			return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

static enum pchat_code
fail_conflict(struct collector *c, struct pchat_err *err)
{
	if (c->n_conflicts > NAMES_TOLD)
		pchat_buf_printf(&c->conflicts, " and %zu more", c->n_conflicts - NAMES_TOLD);
	pchat_fail(err, PCHAT_CONFLICT, "the store has moved on since the transaction began: %s",
	           pchat_buf_cstr(&c->conflicts));
	pchat_hint(err, "nothing was done; abort the transaction and begin it again");
	return PCHAT_CONFLICT;
}

static enum pchat_code
compare(struct collector *c, struct pchat_store *draft, struct pchat_store *store,
        struct pchat_plan *plan, struct pchat_err *err)
{
	for (size_t i = 0; i < c->objects.n; i++) {
		const struct touched *t = c->objects.v[i];
		struct pchat_object *is = NULL, *wanted = NULL;
		size_t before = plan->n;
		enum pchat_code code = find(store, t, &is, err);

		if (code == PCHAT_OK)
			code = find(draft, t, &wanted, err);
		if (code != PCHAT_OK) {
			pchat_object_free(is);
			pchat_object_free(wanted);
			return code;
		}
		code = add_change(c, t, is, wanted, plan, err);
		if (code == PCHAT_OK && plan->n > before) {
			plan->v[before].cause = t->cause;
			code = add_losses(t, &plan->v[before], plan, err);
		}
		if (code != PCHAT_OK)
			return code;
	}
	return c->n_conflicts ? fail_conflict(c, err) : PCHAT_OK;
}

/* What a rollback puts back needs no new permission, as long as the store is the one that the draft
 * was checked against at each step. If it is not, all of it is checked like anything else. */
static enum pchat_code
restores(const struct collector *c, const struct pchat_draft_info *info, struct pchat_store *store,
         bool *ret, struct pchat_err *err)
{
	uint64_t revision = 0;
	enum pchat_code code = pchat_store_revision(store, &revision, err);

	if (code == PCHAT_OK)
		*ret = c->rollback && revision == info->base;
	return code;
}

enum pchat_code
pchat_draft_plan(struct pchat_store *draft, struct pchat_store *store, struct pchat_plan *plan,
                 struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	struct collector c = { 0 };
	enum pchat_code code = pchat_draft_info(draft, &info, err);

	if (code == PCHAT_OK)
		code = pchat_store_read_begin(draft, err);
	if (code != PCHAT_OK)
		return code;
	code = pchat_store_journal(draft, info.base + 1, 0, note_row, &c, err);
	if (code == PCHAT_OK)
		code = restores(&c, &info, store, &plan->restores, err);
	if (code == PCHAT_OK)
		code = compare(&c, draft, store, plan, err);
	pchat_store_read_end(draft);
	if (code == PCHAT_OK && plan->restores)
		pchat_past_sort(plan);
	collector_release(&c);
	return code;
}
