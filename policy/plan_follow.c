/*
 * What follows from a plan of itself: names that are made of other names, and what
 * deletions leave in sets and references.
 */
#include "policy/plan_private.h"

#include "base/text.h"
#include "base/vec.h"

/* ---- renames ---- */

/* The key @o has after what it is named after changed from @old to @new_key: "site:old" or
 * "old/below". NULL if its name is not made of that one; *ret_failed without memory. */
static char *
key_after(const struct pchat_object *o, enum pchat_kind renamed, const char *old,
          const char *new_key, bool *ret_failed)
{
	struct pchat_str key = pchat_str(pchat_object_key(o));
	size_t n = strlen(old);
	char *text;

	if (renamed == PCHAT_KIND_UNIT) {
		if (o->kind != PCHAT_KIND_UNIT || key.n <= n || key.p[n] != '/' ||
		    pchat_fold_cmp((struct pchat_str){ key.p, n }, pchat_str(old)) != 0)
			return NULL;
		text = pchat_text("%s%s", new_key, key.p + n);
	} else {
		if (o->kind != PCHAT_KIND_POLICY && o->kind != PCHAT_KIND_SETTINGS &&
		    o->kind != PCHAT_KIND_COMPLIANCE)
			return NULL;
		text = pchat_text("site:%s", new_key);
	}
	*ret_failed = !text;
	return text;
}

static enum pchat_code
follow_rename(struct pchat_check *c, struct pchat_entity *e, enum pchat_kind renamed,
              const char *old, const char *new_key)
{
	PCHAT_AUTO_TEXT key = NULL;
	enum pchat_code code;
	bool failed = false;
	size_t i;

	if (!(e->flags & E_KNOWN) || pchat_check_change_of(c, e->id) >= 0)
		return PCHAT_OK; /* what the plan names itself is named as it says */
	key = key_after(e->o, renamed, old, new_key, &failed);
	if (failed)
		return pchat_no_memory(c->err);
	if (!key)
		return PCHAT_OK;
	if (pchat_org_find(c->org, (enum pchat_kind)e->kind, key, c->err) != PCHAT_NO_ID)
		return pchat_check_refuse(c, e->o, PCHAT_EXISTS,
		                          "it would become '%s', which is there already", key);
	/* What is named after it in turn has to be known by its present name. */
	code = pchat_load_referrers(c->org, e, c->err);
	if (!code)
		code = pchat_check_follow(c, e->id, PCHAT_CAUSE_CASCADE, &i);
	if (code)
		return code;
	free(c->plan->v[i].after->v[0].text);
	c->plan->v[i].after->v[0].text = PCHAT_TAKE(key);
	return pchat_check_put(c, i);
}

/* Follow what refers to @e, which has the names of the rename. */
static enum pchat_code
follow_uses(struct pchat_check *c, const struct pchat_entity *e, enum pchat_kind renamed,
            const char *old, const char *new_key)
{
	enum pchat_code code = PCHAT_OK;
	struct pchat_ids uses = { 0 };

	if (!pchat_ids_reserve(&uses, e->uses.n))
		return pchat_no_memory(c->err);
	for (uint32_t i = 0; i < e->uses.n; i++)
		if (PCHAT_USE_KIND(e->uses.v[i]) == PCHAT_USE_REF)
			pchat_ids_push(&uses, PCHAT_USE_ID(e->uses.v[i]));
	for (uint32_t i = 0; i < uses.n && !code; i++)
		code = follow_rename(c, pchat_at(c->org, uses.v[i]), renamed, old, new_key);
	free(uses.v);
	return code;
}

enum pchat_code
pchat_plan_follow_renames(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	/* The plan grows on the way: units below a renamed unit have units below them. */
	for (size_t i = 0; i < c->plan->n && !code; i++) {
		const struct pchat_change *change = &c->plan->v[i];
		enum pchat_kind kind = pchat_change_object(change)->kind;
		const char *old, *new_key;
		struct pchat_entity *e;

		if (change->op != PCHAT_OP_UPDATE ||
		    (kind != PCHAT_KIND_SITE && kind != PCHAT_KIND_UNIT))
			continue;
		old = pchat_object_key(change->before);
		new_key = pchat_object_key(change->after);
		if (pchat_fold_cmp(pchat_str(old), pchat_str(new_key)) == 0)
			continue;
		/* Units below still go by the old path; policies refer to the site itself. */
		e = pchat_entity_find(c->org, kind,
		                      pchat_str(kind == PCHAT_KIND_UNIT ? old : new_key));
		if (e)
			code = follow_uses(c, e, kind, old, new_key);
	}
	return code;
}

/* ---- deletions ---- */

/* What uses @e by a reference, with names for the message. */
static uint32_t
count_references(const struct pchat_check *c, const struct pchat_entity *e, struct pchat_buf *names)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->uses.n; i++) {
		const struct pchat_entity *user = pchat_at(c->org, PCHAT_USE_ID(e->uses.v[i]));

		if (PCHAT_USE_KIND(e->uses.v[i]) != PCHAT_USE_REF || !(user->flags & E_KNOWN))
			continue;
		if (n++ < 3)
			pchat_buf_printf(names, "%s%s '%s'", n > 1 ? ", " : "",
			                 pchat_kind_info((enum pchat_kind)user->kind)->word,
			                 pchat_entity_key(user));
	}
	if (n > 3)
		pchat_buf_printf(names, " and %u more", n - 3);
	return n;
}

static enum pchat_code
refuse_in_use(struct pchat_check *c, const struct pchat_object *o, const struct pchat_entity *e)
{
	PCHAT_AUTO_VALUE(buf) names = { 0 };

	if (count_references(c, e, &names) == 0)
		return PCHAT_OK;
	pchat_check_refuse(c, o, PCHAT_CONFLICT, "it is in use by %s", pchat_buf_cstr(&names));
	switch (o->kind) {
	case PCHAT_KIND_CATEGORY:
		pchat_check_hint(c, "delete its rooms or move them to another category first");
		break;
	case PCHAT_KIND_ADDIN:
		pchat_check_hint(
			c, "take it from the rooms first: pchatctl room set ROOM --addin '', or "
			   "delete it with --force");
		break;
	default:
		pchat_check_hint(c, "delete or change those first");
	}
	return PCHAT_CONFLICT;
}

/* Everything that holds @e in a set, each once. */
static bool
collect_holders(const struct pchat_entity *e, struct pchat_ids *ret)
{
	if (!pchat_ids_reserve(ret, (size_t)e->uses.n + e->parents.n + e->grants.n))
		return false;
	for (uint32_t i = 0; i < e->uses.n; i++)
		if (PCHAT_USE_KIND(e->uses.v[i]) != PCHAT_USE_REF)
			pchat_ids_push(ret, PCHAT_USE_ID(e->uses.v[i]));
	for (uint32_t i = 0; i < e->parents.n; i++)
		pchat_ids_push(ret, e->parents.v[i]);
	for (uint32_t i = 0; i < e->grants.n; i++)
		pchat_ids_push(ret, e->grants.v[i]);
	return true;
}

/* A set lost the deleted principal: what else does that change? */
static enum pchat_code
note_narrowed(struct pchat_check *c, pchat_id category)
{
	struct pchat_entity *e = pchat_at(c->org, category);

	if (pchat_check_is_narrowed(c, category))
		return PCHAT_OK;
	if (!pchat_ids_reserve(&c->narrowed, 1))
		return pchat_no_memory(c->err);
	pchat_ids_push(&c->narrowed, category);
	return pchat_load_referrers(c->org, e, c->err);
}

/* Take the deleted principal @name out of set @field, unless the plan puts it in only now: that
 * is left to be refused. */
static enum pchat_code
drop_field(struct pchat_check *c, size_t i, unsigned field, const char *name,
           const struct pchat_object *gone)
{
	const struct pchat_change *change = &c->plan->v[i];
	const struct pchat_field *f = &pchat_kind_info(change->after->kind)->fields[field];
	char *why = NULL;

	if (f->type != PCHAT_TYPE_PRINCIPALS ||
	    !pchat_list_has(&change->after->v[field].list, pchat_str(name)) ||
	    pchat_change_adds(change, field, name))
		return PCHAT_OK;
	if (f->flags & PCHAT_PURGED) {
		why = pchat_text("%s '%s' is deleted", pchat_kind_info(gone->kind)->word,
		                 pchat_object_key(gone));
		if (!why)
			return pchat_no_memory(c->err);
	}
	return pchat_check_drop(c, i, field, name, why);
}

static enum pchat_code
drop_from(struct pchat_check *c, pchat_id holder, const char *name, const struct pchat_object *gone)
{
	const struct pchat_object *after;
	enum pchat_code code;
	bool narrows;
	size_t i, n;

	code = pchat_check_follow(c, holder, PCHAT_CAUSE_CASCADE, &i);
	if (code)
		return code;
	after = c->plan->v[i].after;
	n = pchat_kind_info(after->kind)->n_fields;
	narrows = after->kind == PCHAT_KIND_CATEGORY &&
	          pchat_list_has(&after->v[PCHAT_CATEGORY_ALLOWED].list, pchat_str(name));
	for (unsigned f = 0; f < n && !code; f++)
		code = drop_field(c, i, f, name, gone);
	if (!code && !pchat_ids_reserve(&c->touched, 1))
		code = pchat_no_memory(c->err);
	if (code)
		return code;
	pchat_ids_push(&c->touched, (uint32_t)i);
	return narrows ? note_narrowed(c, holder) : PCHAT_OK;
}

static enum pchat_code
follow_deletion(struct pchat_check *c, size_t i)
{
	const struct pchat_object *gone = c->plan->v[i].before;
	struct pchat_entity *e = pchat_entity_find(c->org, gone->kind,
	                                           pchat_str(pchat_object_key(gone)));
	struct pchat_ids holders = { 0 };
	enum pchat_code code;

	if (!e || (e->flags & E_KNOWN))
		return PCHAT_OK; /* nothing was left, or something of that name came */
	code = refuse_in_use(c, gone, e);
	if (!code && !collect_holders(e, &holders))
		code = pchat_no_memory(c->err);
	for (uint32_t k = 0; k < holders.n && !code; k++)
		code = drop_from(c, holders.v[k], e->name, gone);
	free(holders.v);
	return code;
}

/* Who had a policy that is deleted falls back to the next: that is worth a confirmation. */
static enum pchat_code
lose_grants_of(struct pchat_check *c, size_t i)
{
	const struct pchat_object *gone = c->plan->v[i].before;
	const struct pchat_list *granted = &gone->v[PCHAT_POLICY_GRANTED_TO].list;

	for (size_t k = 0; k < granted->n; k++)
		if (!pchat_check_add_loss(
			    c, gone, PCHAT_POLICY_GRANTED_TO, granted->v[k],
			    pchat_text("policy '%s' is deleted", pchat_object_key(gone))))
			return pchat_no_memory(c->err);
	return PCHAT_OK;
}

enum pchat_code
pchat_plan_lose_grants(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->n_asked && !code; i++)
		if (c->plan->v[i].op == PCHAT_OP_DELETE &&
		    c->plan->v[i].before->kind == PCHAT_KIND_POLICY)
			code = lose_grants_of(c, i);
	return code;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Once per object, however many of its members went: groups are large. */
static enum pchat_code
put_touched(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	if (c->touched.n)
		qsort(c->touched.v, c->touched.n, sizeof(*c->touched.v), compare_numbers);
	for (uint32_t i = 0; i < c->touched.n && !code; i++)
		if (i == 0 || c->touched.v[i] != c->touched.v[i - 1])
			code = pchat_check_put(c, c->touched.v[i]);
	c->touched.n = 0;
	return code;
}

enum pchat_code
pchat_plan_follow_deletions(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->n_asked && !code; i++) {
		if (c->plan->v[i].op != PCHAT_OP_DELETE)
			continue;
		code = follow_deletion(c, i);
	}
	if (!code)
		code = pchat_plan_lose_grants(c);
	return code ? code : put_touched(c);
}
