/* What the plan is about is loaded, then the org becomes what the plan makes of it. */
#include "policy/plan_private.h"

#include "base/text.h"

static bool
is_renamed(const struct pchat_change *change)
{
	return change->op == PCHAT_OP_UPDATE &&
	       pchat_fold_cmp(pchat_str(pchat_object_key(change->before)),
	                      pchat_str(pchat_object_key(change->after))) != 0;
}

/* Does @from have what @to has not? */
static bool
loses(const struct pchat_list *from, const struct pchat_list *to)
{
	for (size_t i = 0; i < from->n; i++)
		if (!pchat_list_has(to, pchat_str(from->v[i])))
			return true;
	return false;
}

/* Can somebody fall out of scope by the change? */
static bool
is_narrowing(const struct pchat_change *change)
{
	return change->op == PCHAT_OP_UPDATE && change->after->kind == PCHAT_KIND_CATEGORY &&
	       (loses(&change->before->v[PCHAT_CATEGORY_ALLOWED].list,
	              &change->after->v[PCHAT_CATEGORY_ALLOWED].list) ||
	        loses(&change->after->v[PCHAT_CATEGORY_DENIED].list,
	              &change->before->v[PCHAT_CATEGORY_DENIED].list));
}

/* Is what refers to the object affected by the change? */
static bool
concerns_referrers(const struct pchat_change *change)
{
	enum pchat_kind kind = pchat_change_object(change)->kind;

	if (change->op == PCHAT_OP_DELETE)
		return kind != PCHAT_KIND_ROOM;
	return is_narrowing(change) ||
	       (is_renamed(change) && (kind == PCHAT_KIND_SITE || kind == PCHAT_KIND_UNIT));
}

static enum pchat_code
prepare(struct pchat_check *c, size_t i)
{
	const struct pchat_change *change = &c->plan->v[i];
	const struct pchat_object *o = change->before;
	struct pchat_entity *e;
	enum pchat_code code;

	e = pchat_entity(c->org, o->kind, pchat_str(pchat_object_key(o)), false);
	if (!e)
		return pchat_no_memory(c->err);
	code = pchat_load(c->org, e, c->err);
	if (code)
		return code;
	if (!(e->flags & E_KNOWN))
		return pchat_check_refuse(c, o, PCHAT_NOT_FOUND, "it does not exist");
	if (pchat_check_change_of(c, e->id) >= 0)
		return pchat_check_refuse(c, o, PCHAT_CONFLICT, "it is changed twice at once");
	if (!pchat_check_note(c, e->id, i))
		return pchat_no_memory(c->err);
	if (is_narrowing(change)) {
		if (!pchat_ids_reserve(&c->narrowed, 1))
			return pchat_no_memory(c->err);
		pchat_ids_push(&c->narrowed, e->id);
	}
	return concerns_referrers(change) ? pchat_load_referrers(c->org, e, c->err) : PCHAT_OK;
}

enum pchat_code
pchat_plan_prepare(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->n_asked && !code; i++)
		if (c->plan->v[i].before)
			code = prepare(c, i);
	return code;
}

static enum pchat_code
put_created(struct pchat_check *c, size_t i)
{
	const struct pchat_object *o = c->plan->v[i].after;
	enum pchat_code code = pchat_org_put(c->org, o, c->err);
	struct pchat_entity *e;

	if (code)
		return code;
	e = pchat_entity(c->org, o->kind, pchat_str(pchat_object_key(o)), false);
	return e && pchat_check_note(c, e->id, i) ? PCHAT_OK : pchat_no_memory(c->err);
}

/* Names become free before they are taken: deletions, changes, creations. */
enum pchat_code
pchat_plan_put(struct pchat_check *c)
{
	static const enum pchat_op order[] = { PCHAT_OP_DELETE, PCHAT_OP_UPDATE, PCHAT_OP_CREATE };
	enum pchat_code code = PCHAT_OK;

	for (size_t turn = 0; turn < PCHAT_N(order); turn++) {
		for (size_t i = 0; i < c->n_asked && !code; i++) {
			const struct pchat_change *change = &c->plan->v[i];

			if (change->op != order[turn])
				continue;
			if (change->op == PCHAT_OP_DELETE)
				code = pchat_org_delete(c->org, change->before->kind,
				                        pchat_object_key(change->before), c->err);
			else if (change->op == PCHAT_OP_UPDATE)
				code = pchat_check_put(c, i);
			else
				code = put_created(c, i);
		}
	}
	return code;
}
