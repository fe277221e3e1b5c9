/*
 * One revision taken back, though others came after it. Three states decide on each
 * field: before the revision, after it, and now. What is now as the revision left it
 * becomes what it was before; the rest was decided anew since.
 */
#include "schema/past_private.h"

#include <stdlib.h>

struct undo {
	struct pchat_store *store;
	struct pchat_plan *plan;
	uint64_t revision, turn;
	struct pchat_touches touches;  /* .then: before the revision, .later: after it */
	struct pchat_names since_then; /* called now -> called before the revision */
	struct pchat_names since;      /* called now -> called after the revision */
};

/* ---- reading ---- */

static bool
keep(struct undo *u, const struct pchat_journal_row *row)
{
	bool first;
	struct pchat_touched *o = pchat_touch(&u->touches, row, &first);

	if (!o)
		return false;
	if (first && row->before && !(o->then = pchat_object_copy(row->before)))
		return false;
	pchat_object_free(o->later);
	o->later = row->after ? pchat_object_copy(row->after) : NULL;
	return o->later || !row->after;
}

static enum pchat_code
take_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct undo *u = ctx;
	bool ok = true;

	if (row->revision != u->turn)
		ok = pchat_names_turn(&u->since_then) && pchat_names_turn(&u->since);
	u->turn = row->revision;
	if (ok && row->revision == u->revision)
		ok = keep(u, row);
	else if (ok)
		ok = pchat_past_follow(&u->since, row, false);
	return ok && pchat_past_follow(&u->since_then, row, false) ? PCHAT_OK
	                                                           : pchat_no_memory(err);
}

/* Everything under the names of now. */
static bool
translate(struct undo *u)
{
	PCHAT_AUTO_VALUE(names) then = { 0 };
	PCHAT_AUTO_VALUE(names) later = { 0 };
	bool ok = pchat_names_turn(&u->since_then) && pchat_names_turn(&u->since) &&
	          pchat_names_invert(&u->since_then, &then) &&
	          pchat_names_invert(&u->since, &later);

	for (size_t i = 0; ok && i < u->touches.v.n; i++) {
		struct pchat_touched *o = u->touches.v.v[i];

		ok = (!o->then || pchat_names_translate(&then, o->then)) &&
		     (!o->later || pchat_names_translate(&later, o->later));
	}
	return ok;
}

/* ---- fields ---- */

static bool
undo_list(struct pchat_list *now, const struct pchat_list *then, const struct pchat_list *later)
{
	for (size_t i = 0; i < later->n; i++)
		if (!pchat_list_has(then, pchat_str(later->v[i])))
			(void)pchat_list_remove(now, pchat_str(later->v[i]));
	for (size_t i = 0; i < then->n; i++)
		if (!pchat_list_has(later, pchat_str(then->v[i])) &&
		    !pchat_list_add(now, pchat_str(then->v[i])))
			return false;
	return true;
}

static bool
copy_value(struct pchat_object *to, unsigned field, const struct pchat_object *from)
{
	char *copy;

	switch (pchat_kind_info(to->kind)->fields[field].type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		copy = pchat_str_dup(pchat_str(from->v[field].text));
		if (!copy)
			return false;
		free(to->v[field].text);
		to->v[field].text = copy;
		return true;
	case PCHAT_TYPE_BOOL:
		to->v[field].flag = from->v[field].flag;
		return true;
	case PCHAT_TYPE_UINT:
	case PCHAT_TYPE_DURATION:
	case PCHAT_TYPE_ENUM:
		to->v[field].number = from->v[field].number;
		return true;
	case PCHAT_TYPE_PRINCIPALS:
		break;
	}
	return true;
}

static bool
undo_field(struct pchat_object *after, unsigned field, const struct pchat_touched *o)
{
	/* A fixed name changed with what it is made of, and changes back with it. */
	if (pchat_object_field_eq(o->then, o->later, field) ||
	    (pchat_kind_info(o->kind)->fields[field].flags & PCHAT_FIXED))
		return true;
	if (pchat_kind_info(o->kind)->fields[field].type == PCHAT_TYPE_PRINCIPALS)
		return undo_list(&after->v[field].list, &o->then->v[field].list,
		                 &o->later->v[field].list);
	return !pchat_object_field_eq(after, o->later, field) || copy_value(after, field, o->then);
}

/* ---- objects ---- */

static enum pchat_code
read_now(struct undo *u, const struct pchat_touched *o, struct pchat_object **ret,
         struct pchat_err *err)
{
	enum pchat_code code = pchat_store_get_guid(u->store, o->kind, o->guid, ret, NULL);

	if (code == PCHAT_NOT_FOUND)
		return PCHAT_OK;
	return code == PCHAT_OK ? code : pchat_store_get_guid(u->store, o->kind, o->guid, ret, err);
}

static enum pchat_code
undo_update(struct undo *u, const struct pchat_touched *o, struct pchat_object *now_take,
            struct pchat_err *err)
{
	PCHAT_AUTO(object) now = now_take;
	PCHAT_AUTO(object) after = pchat_object_copy(now);
	bool ok = after;

	for (unsigned i = 0; ok && i < pchat_kind_info(o->kind)->n_fields; i++)
		ok = undo_field(after, i, o);
	if (!ok)
		return pchat_no_memory(err);
	return pchat_past_add_take(u->plan, PCHAT_TAKE(now), PCHAT_TAKE(after), false, err);
}

static enum pchat_code
undo_object(struct undo *u, struct pchat_touched *o, struct pchat_err *err)
{
	PCHAT_AUTO(object) now = NULL;
	enum pchat_code code = read_now(u, o, &now, err);

	if (code != PCHAT_OK)
		return code;
	if (o->then && o->later)
		return now ? undo_update(u, o, PCHAT_TAKE(now), err) : PCHAT_OK;
	if (!o->then)
		return now ? pchat_past_add_take(u->plan, PCHAT_TAKE(now), NULL, false, err)
		           : PCHAT_OK;
	return now ? PCHAT_OK : pchat_past_add_take(u->plan, NULL, PCHAT_TAKE(o->then), false, err);
}

/* What the plan puts into lists and references goes by the name it has after it. */
static bool
name_after(struct undo *u)
{
	PCHAT_AUTO_VALUE(names) to = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < u->plan->n; i++) {
		const struct pchat_change *c = &u->plan->v[i];

		if (c->op == PCHAT_OP_UPDATE &&
		    strcmp(pchat_object_key(c->before), pchat_object_key(c->after)) != 0)
			ok = pchat_names_rename(&to, c->before->kind, pchat_object_key(c->after),
			                        pchat_object_key(c->before));
	}
	ok = ok && pchat_names_turn(&to);
	for (size_t i = 0; ok && i < u->plan->n; i++)
		if (u->plan->v[i].after)
			ok = pchat_names_translate(&to, u->plan->v[i].after);
	return ok;
}

static enum pchat_code
make_plan(struct undo *u, struct pchat_err *err)
{
	enum pchat_code code = pchat_store_journal(u->store, u->revision - 1, 0, take_row, u, err);

	if (code == PCHAT_OK && !translate(u))
		code = pchat_no_memory(err);
	for (size_t i = 0; code == PCHAT_OK && i < u->touches.v.n; i++)
		code = undo_object(u, u->touches.v.v[i], err);
	if (code == PCHAT_OK && !name_after(u))
		code = pchat_no_memory(err);
	return code;
}

enum pchat_code
pchat_past_undo(struct pchat_store *store, uint64_t revision, struct pchat_plan *plan,
                struct pchat_err *err)
{
	struct undo u = { .store = store, .plan = plan, .revision = revision };
	uint64_t latest = 0;
	enum pchat_code code = pchat_read_begin(store, err);

	if (code != PCHAT_OK)
		return code;
	code = pchat_past_check(store, revision, &latest, err);
	if (code == PCHAT_OK && revision == 1) {
		pchat_fail(err, PCHAT_INVALID, "revision 1 is the store itself");
		code = PCHAT_INVALID;
	}
	if (code == PCHAT_OK && revision == latest)
		code = pchat_past_rollback(store, revision - 1, plan, err);
	else if (code == PCHAT_OK)
		code = make_plan(&u, err);
	pchat_read_end(store);
	if (code == PCHAT_OK)
		pchat_past_sort(plan);
	pchat_touches_release(&u.touches);
	pchat_names_release(&u.since_then);
	pchat_names_release(&u.since);
	return code;
}
