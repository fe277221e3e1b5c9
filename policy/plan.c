#include "policy/plan_private.h"

#include <stdarg.h>

#include "base/text.h"
#include "base/vec.h"

void
pchat_loss_release(struct pchat_loss *l)
{
	free(l->object);
	free(l->principal);
	free(l->why);
}

void
pchat_plan_release(struct pchat_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		pchat_object_free(p->v[i].before);
		pchat_object_free(p->v[i].after);
	}
	for (size_t i = 0; i < p->n_losses; i++)
		pchat_loss_release(&p->losses[i]);
	for (size_t i = 0; i < p->n_asleep; i++)
		pchat_loss_release(&p->asleep[i]);
	for (size_t i = 0; i < p->n_leavers; i++)
		pchat_leaver_release(&p->leavers[i]);
	for (size_t i = 0; i < p->notes.n; i++)
		free(p->notes.v[i]);
	free(p->v);
	free(p->losses);
	free(p->asleep);
	free(p->leavers);
	pchat_vec_release(&p->notes);
	free(p->blame.item);
	*p = (struct pchat_plan){ 0 };
}

static enum pchat_code
check_guid(const struct pchat_object *before, struct pchat_object *after, struct pchat_err *err)
{
	if (!after->guid[0])
		memcpy(after->guid, before->guid, sizeof(after->guid));
	if (!before->guid[0] || strcmp(before->guid, after->guid) == 0)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_INVALID, "%s '%s' has another guid, '%s'",
	           pchat_kind_info(after->kind)->word, pchat_object_key(after), before->guid);
	pchat_hint(err, "leave the guid out, or choose another name");
	if (after->line)
		pchat_err_at(err, after->file, after->line, after->column);
	return PCHAT_INVALID;
}

enum pchat_code
pchat_plan_add_take(struct pchat_plan *p, enum pchat_op op, struct pchat_object *before,
                    struct pchat_object *after, struct pchat_err *err)
{
	PCHAT_AUTO(object) b = before;
	PCHAT_AUTO(object) a = after;
	struct pchat_change change = { .op = op, .cause = PCHAT_CAUSE_ASKED };
	enum pchat_code code;

	assert((op != PCHAT_OP_CREATE) == (before != NULL));
	assert((op != PCHAT_OP_DELETE) == (after != NULL));
	if (op == PCHAT_OP_UPDATE) {
		assert(before->kind == after->kind);
		code = check_guid(before, after, err);
		if (code || (!p->restores && pchat_object_eq(before, after)))
			return code;
	}
	change.before = b;
	change.after = a;
	if (!pchat_vec_push(p, change))
		return pchat_no_memory(err);
	b = a = NULL;
	return PCHAT_OK;
}

enum pchat_code
pchat_plan_note(struct pchat_plan *p, struct pchat_err *err, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n >= 0 && pchat_vec_push(&p->notes, text))
		return PCHAT_OK;
	if (n >= 0)
		free(text);
	return pchat_no_memory(err);
}

char *
pchat_object_label(const struct pchat_object *o)
{
	return pchat_text("%s '%s'", pchat_kind_info(o->kind)->word, pchat_object_key(o));
}

bool
pchat_plan_add_loss(struct pchat_plan *p, const struct pchat_object *o, unsigned field,
                    const char *principal, char *why_take)
{
	PCHAT_VEC(struct pchat_loss) losses = { p->losses, p->n_losses, p->cap_losses };
	struct pchat_loss loss = { .field = pchat_kind_info(o->kind)->fields[field].name,
		                   .why = why_take };

	loss.object = pchat_object_label(o);
	loss.principal = pchat_str_dup(pchat_str(principal));
	if (!why_take || !loss.object || !loss.principal || !pchat_vec_push(&losses, loss)) {
		pchat_loss_release(&loss);
		return false;
	}
	p->losses = losses.v;
	p->n_losses = losses.n;
	p->cap_losses = losses.cap;
	return true;
}

static void
record_blame(struct pchat_check *c, const struct pchat_object *o, unsigned field, const char *item)
{
	struct pchat_blame *b = &c->plan->blame;
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (item)
		pchat_buf_text(&text, item);
	else
		pchat_object_get_text(o, field, &text);
	free(b->item);
	*b = (struct pchat_blame){ o->kind, field, pchat_buf_take(&text) };
}

enum pchat_code
pchat_check_refuse(struct pchat_check *c, const struct pchat_object *o, enum pchat_code code,
                   const char *fmt, ...)
{
	PCHAT_AUTO_TEXT why = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&why, fmt, args);
	va_end(args);
	if (n < 0) {
		why = NULL;
		return pchat_no_memory(c->err);
	}
	pchat_fail(c->err, code, "%s '%s': %s", pchat_kind_info(o->kind)->word, pchat_object_key(o),
	           why);
	if (c->err && o->line)
		pchat_err_at(c->err, o->file, o->line, o->column);
	record_blame(c, o, 0, NULL); /* unless something more exact is said */
	return code;
}

void
pchat_check_hint(struct pchat_check *c, const char *fmt, ...)
{
	char *hint = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&hint, fmt, args);
	va_end(args);
	if (n >= 0) {
		pchat_hint(c->err, "%s", hint);
		free(hint);
	}
}

void
pchat_check_blame(struct pchat_check *c, const struct pchat_object *o, unsigned field,
                  const char *item)
{
	unsigned line, column;

	record_blame(c, o, field, item);

	if (pchat_check_in_manifest(c, o) &&
	    c->plan->locate(c->plan->locate_ctx, o, field, item, &line, &column))
		pchat_err_at(c->err, o->file, line, column);
}

void
pchat_check_remedy(struct pchat_check *c, const struct pchat_object *o, const char *command,
                   const char *manifest)
{
	pchat_check_hint(c, "%s", pchat_check_in_manifest(c, o) ? manifest : command);
}

void
pchat_check_command(struct pchat_check *c, const char *before, enum pchat_kind kind,
                    const char *key, const char *option, const char *value)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	pchat_buf_printf(&b, "%spchatctl %s set ", before, pchat_kind_info(kind)->word);
	pchat_quote_shell(&b, pchat_str(key));
	pchat_buf_printf(&b, " %s ", option);
	pchat_quote_shell(&b, pchat_str(value));
	pchat_hint(c->err, "%s", pchat_buf_cstr(&b));
}

bool
pchat_check_is_narrowed(const struct pchat_check *c, pchat_id category)
{
	for (uint32_t i = 0; i < c->narrowed.n; i++)
		if (c->narrowed.v[i] == category)
			return true;
	return false;
}

bool
pchat_change_adds(const struct pchat_change *change, unsigned field, const char *principal)
{
	return change->after &&
	       pchat_list_has(&change->after->v[field].list, pchat_str(principal)) &&
	       (!change->before ||
	        !pchat_list_has(&change->before->v[field].list, pchat_str(principal)));
}

bool
pchat_change_alters(const struct pchat_change *change, unsigned field)
{
	return change->op == PCHAT_OP_CREATE ||
	       (change->op == PCHAT_OP_UPDATE &&
	        !pchat_object_field_eq(change->before, change->after, field));
}

/* ---- changes by object ---- */

ptrdiff_t
pchat_check_change_of(const struct pchat_check *c, pchat_id id)
{
	return id < c->change_of.n ? (ptrdiff_t)c->change_of.v[id] - 1 : -1;
}

bool
pchat_check_note(struct pchat_check *c, pchat_id id, size_t change)
{
	if (change >= UINT32_MAX ||
	    (id >= c->change_of.n && !pchat_ids_reserve(&c->change_of, id + 1 - c->change_of.n)))
		return false;
	while (c->change_of.n <= id)
		pchat_ids_push(&c->change_of, 0);
	c->change_of.v[id] = (uint32_t)change + 1;
	return true;
}

enum pchat_code
pchat_check_follow(struct pchat_check *c, pchat_id id, enum pchat_cause cause, size_t *ret)
{
	PCHAT_AUTO(object) before = NULL;
	PCHAT_AUTO(object) after = NULL;
	ptrdiff_t i = pchat_check_change_of(c, id);
	struct pchat_change change = { .op = PCHAT_OP_UPDATE, .cause = cause };
	enum pchat_code code;

	if (i >= 0) {
		*ret = (size_t)i;
		return PCHAT_OK;
	}
	code = pchat_org_object(c->org, id, &before, c->err);
	if (code)
		return code;
	after = pchat_object_copy(before);
	change.before = before;
	change.after = after;
	if (!after || !pchat_check_note(c, id, c->plan->n) || !pchat_vec_push(c->plan, change))
		return pchat_no_memory(c->err);
	before = after = NULL;
	*ret = c->plan->n - 1;
	return PCHAT_OK;
}

bool
pchat_check_add_loss(struct pchat_check *c, const struct pchat_object *o, unsigned field,
                     const char *principal, char *why_take)
{
	return pchat_plan_add_loss(c->plan, o, field, principal, why_take);
}

enum pchat_code
pchat_check_drop(struct pchat_check *c, size_t i, unsigned field, const char *principal,
                 char *why_take)
{
	struct pchat_object *after = c->plan->v[i].after;

	if (!pchat_list_remove(&after->v[field].list, pchat_str(principal))) {
		free(why_take);
		return PCHAT_OK;
	}
	if (why_take && !pchat_check_add_loss(c, after, field, principal, why_take))
		return pchat_no_memory(c->err);
	return PCHAT_OK;
}

enum pchat_code
pchat_check_put(struct pchat_check *c, size_t i)
{
	return pchat_org_put(c->org, c->plan->v[i].after, c->err);
}

/* ---- all of it ---- */

enum pchat_code
pchat_plan_check(struct pchat_plan *p, struct pchat_org *org, struct pchat_err *err)
{
	typedef enum pchat_code (*step)(struct pchat_check * c);
	static const step steps[] = {
		pchat_plan_check_fields, pchat_plan_check_names,    pchat_plan_prepare,
		pchat_plan_put,          pchat_plan_follow_renames, pchat_plan_follow_deletions,
		pchat_plan_check_rules,  pchat_plan_check_pool,     pchat_plan_check_scope,
		pchat_plan_tell_asleep,
	};
	/* What the store held once obeyed the rules, and everything that followed is in it. */
	static const step restoring[] = {
		pchat_plan_check_fields, pchat_plan_check_names, pchat_plan_prepare,
		pchat_plan_put,          pchat_plan_lose_grants,
	};
	const step *todo = p->restores ? restoring : steps;
	size_t n = p->restores ? PCHAT_N(restoring) : PCHAT_N(steps);
	struct pchat_check c = { .plan = p, .org = org, .n_asked = p->n, .err = err };
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < n && !code; i++) {
		code = todo[i](&c);
		if (p->progress)
			p->progress(p->progress_ctx, i + 1, n);
	}
	for (size_t i = 0; i < p->n && !code; i++)
		p->has_content_loss |= p->v[i].op == PCHAT_OP_DELETE &&
		                       (p->v[i].before->kind == PCHAT_KIND_ROOM ||
		                        p->v[i].before->kind == PCHAT_KIND_CATEGORY);
	free(c.change_of.v);
	free(c.narrowed.v);
	free(c.touched.v);
	return code;
}
