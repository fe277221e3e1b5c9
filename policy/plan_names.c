/* Objects on their own: complete, unchanged where they must be, and under a name that is free. */
#include "policy/plan_private.h"

#include "base/text.h"
#include "base/vec.h"

static bool
is_empty(const struct pchat_object *o, unsigned field)
{
	return o->v[field].text[0] == '\0';
}

/* Only texts are ever required. */
static enum pchat_code
check_required(struct pchat_check *c, const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		if (!(info->fields[i].flags & PCHAT_REQUIRED) || !is_empty(o, i))
			continue;
		pchat_check_refuse(c, o, PCHAT_INVALID, "%s is missing", info->fields[i].name);
		pchat_check_hint(c, "give %s, %s", info->fields[i].name, info->fields[i].help);
		return PCHAT_INVALID;
	}
	return PCHAT_OK;
}

/* Does the change give the object a name it has not got? A new spelling is no new name. */
static bool
takes_name(const struct pchat_change *change)
{
	return change->op == PCHAT_OP_CREATE ||
	       (change->op == PCHAT_OP_UPDATE &&
	        pchat_fold_cmp(pchat_str(pchat_object_key(change->before)),
	                       pchat_str(pchat_object_key(change->after))) != 0);
}

/* "site:leeds" becomes "site:london" because the site does: by itself, or, in the plan of a
 * transaction, said by the plan. */
static bool
follows_site(const struct pchat_check *c, const struct pchat_change *change)
{
	struct pchat_str from = pchat_str(pchat_object_key(change->before)),
			 to = pchat_str(pchat_object_key(change->after));

	if (!pchat_str_istarts(from, "site:") || !pchat_str_istarts(to, "site:"))
		return false;
	from = (struct pchat_str){ from.p + 5, from.n - 5 };
	to = (struct pchat_str){ to.p + 5, to.n - 5 };
	for (size_t i = 0; i < c->n_asked; i++) {
		const struct pchat_change *site = &c->plan->v[i];

		if (site->op == PCHAT_OP_UPDATE && site->after->kind == PCHAT_KIND_SITE &&
		    pchat_fold_cmp(pchat_str(pchat_object_key(site->before)), from) == 0 &&
		    pchat_fold_cmp(pchat_str(pchat_object_key(site->after)), to) == 0)
			return true;
	}
	return false;
}

static enum pchat_code
check_fixed(struct pchat_check *c, const struct pchat_change *change)
{
	const struct pchat_kind_info *info = pchat_kind_info(change->after->kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		if (!(info->fields[i].flags & PCHAT_FIXED) || !pchat_change_alters(change, i) ||
		    (i == 0 && (!takes_name(change) || follows_site(c, change))))
			continue;
		pchat_check_refuse(c, change->before, PCHAT_INVALID, "%s cannot be changed",
		                   info->fields[i].name);
		pchat_check_blame(c, change->after, i, NULL);
		if (change->after->kind == PCHAT_KIND_POOL)
			pchat_check_hint(c,
			                 "it is in the URI of every room; make another store for "
			                 "another domain");
		else
			pchat_check_hint(c, "delete it and create another");
		return PCHAT_INVALID;
	}
	return PCHAT_OK;
}

/* What the rest relies on cannot be deleted. */
static enum pchat_code
check_deletable(struct pchat_check *c, const struct pchat_object *o)
{
	bool is_global = pchat_str_iis(pchat_str(pchat_object_key(o)), "global");

	if (o->kind == PCHAT_KIND_POOL) {
		pchat_check_refuse(c, o, PCHAT_INVALID, "the pool cannot be deleted");
		return PCHAT_INVALID;
	}
	if (!is_global || (o->kind != PCHAT_KIND_POLICY && o->kind != PCHAT_KIND_SETTINGS &&
	                   o->kind != PCHAT_KIND_COMPLIANCE))
		return PCHAT_OK;
	pchat_check_refuse(c, o, PCHAT_INVALID, "it is what applies where nothing else does");
	if (o->kind == PCHAT_KIND_POLICY)
		pchat_check_hint(c, "turn it off: pchatctl policy set global --enabled=false");
	else
		pchat_check_hint(c, "change it: pchatctl %s set global",
		                 pchat_kind_info(o->kind)->word);
	return PCHAT_INVALID;
}

enum pchat_code
pchat_plan_check_fields(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->plan->n && !code; i++) {
		const struct pchat_change *change = &c->plan->v[i];

		switch (change->op) {
		case PCHAT_OP_CREATE:
			code = check_required(c, change->after);
			break;
		case PCHAT_OP_UPDATE:
			code = check_required(c, change->after);
			if (!code && !c->plan->restores)
				code = check_fixed(c, change);
			break;
		case PCHAT_OP_DELETE:
			code = check_deletable(c, change->before);
			break;
		}
	}
	return code;
}

/* ---- names ---- */

/* Names that come and go with the plan: "room:rates desk" -> the change. */
struct names {
	struct pchat_hash freed, taken;
	PCHAT_VEC(char *) texts; /* owned: what the tables borrow */
};

static void
names_release(struct names *n)
{
	pchat_hash_release(&n->freed);
	pchat_hash_release(&n->taken);
	for (size_t i = 0; i < n->texts.n; i++)
		free(n->texts.v[i]);
	pchat_vec_release(&n->texts);
}

/* Rooms and categories share one name space (administration.md 5.2, 6.1). */
static enum pchat_kind
space_of(enum pchat_kind kind)
{
	return kind == PCHAT_KIND_CATEGORY ? PCHAT_KIND_ROOM : kind;
}

static char *
name_in_space(struct names *n, const struct pchat_object *o)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	char *text;

	pchat_buf_text(&b, pchat_kind_info(space_of(o->kind))->word);
	pchat_buf_char(&b, ':');
	pchat_fold(&b, pchat_str(pchat_object_key(o)));
	text = pchat_buf_take(&b);
	if (text && !pchat_vec_push(&n->texts, text)) {
		free(text);
		text = NULL;
	}
	return text;
}

static enum pchat_code
note_freed(struct pchat_check *c, struct names *n, struct pchat_change *change)
{
	char *name;

	if (change->op == PCHAT_OP_CREATE || (change->op == PCHAT_OP_UPDATE && !takes_name(change)))
		return PCHAT_OK;
	name = name_in_space(n, change->before);
	if (!name || !pchat_hash_put(&n->freed, pchat_str(name), change))
		return pchat_no_memory(c->err);
	return PCHAT_OK;
}

static enum pchat_code
refuse_taken(struct pchat_check *c, const struct pchat_object *o, enum pchat_kind by)
{
	const char *word = pchat_kind_info(by)->word;

	if (o->kind == by) {
		pchat_check_refuse(c, o, PCHAT_EXISTS, "there is a %s of that name already", word);
		pchat_check_hint(c, "choose another name, or change that one: pchatctl %s set",
		                 word);
	} else {
		pchat_check_refuse(c, o, PCHAT_EXISTS, "there is a %s of that name", word);
		pchat_check_hint(c, "rooms and categories share one name space; choose another "
		                    "name");
	}
	return PCHAT_EXISTS;
}

/* Is the name held by a stored object that keeps it? */
static enum pchat_code
check_stored(struct pchat_check *c, const struct names *n, const char *name,
             const struct pchat_object *o, enum pchat_kind kind)
{
	struct pchat_err err = { 0 };
	pchat_id id = pchat_org_find(c->org, kind, pchat_object_key(o), &err);
	enum pchat_code code = err.code;

	if (code) {
		code = pchat_fail(c->err, code, "%s", pchat_err_text(&err));
		pchat_err_release(&err);
		return code;
	}
	if (id == PCHAT_NO_ID || pchat_hash_get(&n->freed, pchat_str(name)))
		return PCHAT_OK;
	return refuse_taken(c, o, kind);
}

/* Kinds that others refer to: another object must not slip under the references to a deleted
 * one. */
static bool
is_referred(enum pchat_kind kind)
{
	return pchat_is_principal(kind) || kind == PCHAT_KIND_CATEGORY || kind == PCHAT_KIND_SITE ||
	       kind == PCHAT_KIND_ADDIN;
}

static enum pchat_code
check_taken(struct pchat_check *c, struct names *n, struct pchat_change *change)
{
	const struct pchat_object *o = change->after;
	const struct pchat_change *other;
	enum pchat_code code;
	char *name = name_in_space(n, o);

	if (!name)
		return pchat_no_memory(c->err);
	other = pchat_hash_get(&n->taken, pchat_str(name));
	if (other)
		return refuse_taken(c, o, other->after->kind);
	other = pchat_hash_get(&n->freed, pchat_str(name));
	if (other && other->op == PCHAT_OP_DELETE && other->before->kind == o->kind &&
	    is_referred(o->kind) && !c->plan->restores) {
		pchat_check_refuse(c, o, PCHAT_CONFLICT,
		                   "another %s of that name is deleted at the same time",
		                   pchat_kind_info(o->kind)->word);
		pchat_check_hint(c, "delete the old one in a step of its own");
		return PCHAT_CONFLICT;
	}
	code = check_stored(c, n, name, o, o->kind);
	if (!code && o->kind == PCHAT_KIND_ROOM)
		code = check_stored(c, n, name, o, PCHAT_KIND_CATEGORY);
	if (!code && o->kind == PCHAT_KIND_CATEGORY)
		code = check_stored(c, n, name, o, PCHAT_KIND_ROOM);
	if (!code && !pchat_hash_put(&n->taken, pchat_str(name), change))
		code = pchat_no_memory(c->err);
	return code;
}

static enum pchat_code
check_singleton(struct pchat_check *c, const struct pchat_change *change)
{
	if (change->op != PCHAT_OP_CREATE || !pchat_kind_info(change->after->kind)->singleton ||
	    !pchat_org_pool(c->org, c->err))
		return PCHAT_OK;
	pchat_check_refuse(c, change->after, PCHAT_EXISTS, "there is a pool already");
	pchat_check_hint(c, "change it: pchatctl pool set");
	return PCHAT_EXISTS;
}

enum pchat_code
pchat_plan_check_names(struct pchat_check *c)
{
	struct names n = { 0 };
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->plan->n && !code; i++)
		code = note_freed(c, &n, &c->plan->v[i]);
	for (size_t i = 0; i < c->plan->n && !code; i++) {
		code = check_singleton(c, &c->plan->v[i]);
		if (!code && takes_name(&c->plan->v[i]))
			code = check_taken(c, &n, &c->plan->v[i]);
	}
	names_release(&n);
	return code;
}
