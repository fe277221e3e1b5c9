#include "pchatctl/manifest_plan.h"

#include "pchatctl/current.h"
#include "pchatctl/rename.h"

struct planner {
	struct pchat_manifest *m;
	struct pchat_current current;
	struct pchat_plan *plan;
	struct pchat_renames renames;
	struct pchat_buf scratch;
	bool prune;
	char *domain; /* of the pool, whose principal stays; NULL if nothing is pruned */
	/* Stored and not described: what a prune deletes, and how many it was chosen from. */
	PCHAT_VEC(struct pchat_object *) extra;
	uint64_t n_stored;
	/* Of the section at work: entries that were found in the store. */
	bool *matched;
};

static void
planner_release(struct planner *p)
{
	for (size_t i = 0; i < p->extra.n; i++)
		pchat_object_free(p->extra.v[i]);
	pchat_vec_release(&p->extra);
	pchat_renames_release(&p->renames);
	pchat_buf_release(&p->scratch);
	free(p->matched);
	free(p->domain);
}

static enum pchat_code
fail_entry(const struct pchat_object *o, enum pchat_code code, struct pchat_err *err)
{
	pchat_err_at(err, o->file, o->line, o->column);
	return code;
}

/* ---- one entry against what is stored ---- */

static bool
wants(const struct pchat_object *entry, unsigned field)
{
	return entry->set >> field & 1;
}

/* Every required field that counts has to have a value. */
static enum pchat_code
check_required(const struct pchat_object *o, bool is_new, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		const struct pchat_field *f = &info->fields[i];

		if (!(f->flags & PCHAT_REQUIRED) || (!is_new && !wants(o, i)) ||
		    !pchat_object_is_default(o, i))
			continue;
		pchat_fail(err, PCHAT_INVALID, "%s '%s' has no '%s'", info->word,
		           pchat_object_key(o), f->name);
		pchat_hint(err, "add '%s: ...': %s", f->name, f->help);
		return fail_entry(o, PCHAT_INVALID, err);
	}
	return PCHAT_OK;
}

static enum pchat_code
refuse_fixed(const struct pchat_object *entry, const struct pchat_object *stored, unsigned field,
             struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(entry->kind);

	pchat_fail(err, PCHAT_INVALID, "'%s' of %s '%s' cannot be changed once it is there",
	           info->fields[field].name, info->word, pchat_object_key(stored));
	if (info->singleton)
		pchat_hint(err, "leave it as it is: the URI of every room is made of it; make "
		                "another store with 'pchatctl store init'");
	else
		pchat_hint(err, "delete the %s and create it again, or leave '%s' as it is",
		           info->word, info->fields[field].name);
	return fail_entry(entry, PCHAT_INVALID, err);
}

static bool
differs(const struct pchat_object *entry, const struct pchat_object *stored, unsigned field)
{
	if (!wants(entry, field) || pchat_object_field_eq(entry, stored, field))
		return false;
	/* Two spellings of a name that cannot change are one name. */
	return field > 0 || !(pchat_kind_info(entry->kind)->fields[0].flags & PCHAT_FIXED) ||
	       pchat_fold_cmp(pchat_str(pchat_object_key(entry)),
	                      pchat_str(pchat_object_key(stored))) != 0;
}

/* The fields in which the entry wants another value than is stored. */
static uint32_t
differences(const struct pchat_object *entry, const struct pchat_object *stored)
{
	uint32_t changed = 0;

	for (unsigned i = 0; i < pchat_kind_info(entry->kind)->n_fields; i++)
		if (differs(entry, stored, i))
			changed |= UINT32_C(1) << i;
	return changed;
}

/* Move the changed values from the entry, which keeps the old ones, into @after. */
static void
exchange(struct pchat_object *entry, struct pchat_object *after, uint32_t changed)
{
	for (unsigned i = 0; i < pchat_kind_info(entry->kind)->n_fields; i++) {
		union pchat_value old = after->v[i];

		if (!(changed >> i & 1))
			continue;
		after->v[i] = entry->v[i];
		entry->v[i] = old;
	}
	after->set = entry->set;
	after->file = entry->file;
	after->line = entry->line;
	after->column = entry->column;
}

/* @then: the same once everything has its new name, and NULL where that makes no difference. */
static enum pchat_code
add_update(struct planner *p, struct pchat_object *entry, const struct pchat_object *stored,
           const struct pchat_object *then, uint32_t changed, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(entry->kind);
	PCHAT_AUTO(object) before = NULL;
	PCHAT_AUTO(object) after = NULL;
	enum pchat_code code = check_required(entry, false, err);

	for (unsigned i = 0; i < info->n_fields && !code; i++)
		if ((changed >> i & 1) && (info->fields[i].flags & PCHAT_FIXED))
			code = refuse_fixed(entry, stored, i, err);
	if (code)
		return code;
	code = pchat_renames_before(&p->renames, stored, &before, err);
	if (code)
		return code;
	if (!before)
		before = pchat_object_copy(stored);
	after = pchat_object_copy(then ? then : stored);
	if (!before || !after)
		return pchat_no_memory(err);
	exchange(entry, after, changed);
	return pchat_plan_add_take(p->plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before), PCHAT_TAKE(after),
	                           err);
}

/* @stored as it will be called once everything that the manifest renames has its new name. */
static enum pchat_code
compare(struct planner *p, struct pchat_object *entry, const struct pchat_object *stored,
        struct pchat_err *err)
{
	PCHAT_AUTO(object) renamed = NULL;
	enum pchat_code code = pchat_renames_apply(&p->renames, stored, &renamed, err);
	uint32_t changed;

	if (code)
		return code;
	changed = differences(entry, renamed ? renamed : stored);
	return changed ? add_update(p, entry, stored, renamed, changed, err) : PCHAT_OK;
}

/* ---- a section, by reading all that is stored of it ---- */

struct visit {
	struct planner *p;
	struct pchat_manifest_section *section;
};

/* Index of the entry that describes the stored object, which will be called @key, or -1. */
static ptrdiff_t
find_entry(struct planner *p, struct pchat_manifest_section *s, const struct pchat_object *stored,
           const char *key)
{
	void *found = s->guids.n ? pchat_hash_get(&s->guids, pchat_str(stored->guid)) : NULL;
	ptrdiff_t i;

	if (found)
		return (ptrdiff_t)(uintptr_t)found - 1;
	if (pchat_kind_info(stored->kind)->singleton)
		return s->objects.n ? 0 : -1;
	pchat_buf_clear(&p->scratch);
	pchat_fold(&p->scratch, pchat_str(key));
	i = (ptrdiff_t)(uintptr_t)pchat_hash_get(&s->keys, pchat_buf_view(&p->scratch)) - 1;
	/* An entry with a guid is never another object of the same name. */
	return i >= 0 && s->objects.v[i]->guid[0] ? -1 : i;
}

/* Does every store, or this one, need it? */
static bool
is_needed(const struct planner *p, const struct pchat_object *o)
{
	return pchat_is_builtin(o) || (o->kind == PCHAT_KIND_DOMAIN && p->domain &&
	                               pchat_str_iis(pchat_str(pchat_object_key(o)), p->domain));
}

static enum pchat_code
note_extra(struct planner *p, const struct pchat_object *stored, struct pchat_err *err)
{
	struct pchat_object *copy;

	if (!p->prune || is_needed(p, stored))
		return PCHAT_OK;
	copy = pchat_object_copy(stored);
	if (!copy || !pchat_vec_push(&p->extra, copy)) {
		pchat_object_free(copy);
		return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

static enum pchat_code
visit_stored(void *ctx, const struct pchat_object *stored, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) key = { 0 };
	struct visit *v = ctx;
	enum pchat_code code = pchat_renames_key(&v->p->renames, stored->kind,
	                                         pchat_object_key(stored), &key, err);
	ptrdiff_t i;

	if (code)
		return code;
	i = find_entry(v->p, v->section, stored,
	               key.n ? pchat_buf_cstr(&key) : pchat_object_key(stored));
	v->p->n_stored++;
	if (i < 0)
		return note_extra(v->p, stored, err);
	v->p->matched[i] = true;
	return compare(v->p, v->section->objects.v[i], stored, err);
}

/* ---- a section, entry by entry ---- */

/* What is stored of an entry. It may have a name there that is made of the old name of something;
 * what has its name there may have another soon. */
static enum pchat_code
find_stored(struct planner *p, const struct pchat_object *entry, struct pchat_object **ret,
            struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) old = { 0 };
	PCHAT_AUTO_VALUE(buf) new = { 0 };
	PCHAT_AUTO(object) probe = NULL;
	PCHAT_AUTO(object) stored = NULL;
	enum pchat_code code = PCHAT_OK;

	if (!entry->guid[0])
		code = pchat_renames_old_key(&p->renames, entry->kind, pchat_object_key(entry),
		                             &old, err);
	if (!code && old.n) {
		probe = pchat_object_new(entry->kind);
		code = probe ? pchat_object_set(probe, 0, pchat_buf_view(&old), err)
		             : pchat_no_memory(err);
	}
	if (!code)
		code = pchat_current_find(&p->current, probe ? probe : entry, &stored, err);
	if (!code && stored && !probe && !entry->guid[0])
		code = pchat_renames_key(&p->renames, entry->kind, pchat_object_key(stored), &new,
		                         err);
	if (!code && !new.n)
		*ret = PCHAT_TAKE(stored);
	return code;
}

static enum pchat_code
match_entry(struct planner *p, struct pchat_manifest_section *s, size_t i, struct pchat_err *err)
{
	struct pchat_object *entry = s->objects.v[i];
	PCHAT_AUTO(object) stored = NULL;
	enum pchat_code code = find_stored(p, entry, &stored, err);

	if (code || !stored)
		return code;
	/* Its name is still that of an object which another entry renames by its guid. */
	if (!entry->guid[0] && s->guids.n && pchat_hash_get(&s->guids, pchat_str(stored->guid)))
		return PCHAT_OK;
	p->matched[i] = true;
	return compare(p, entry, stored, err);
}

/* ---- sections ---- */

/* The guid is new here, so the name must not belong to another object that keeps it. */
static enum pchat_code
check_clash(struct planner *p, const struct pchat_manifest_section *s,
            const struct pchat_object *entry, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(entry->kind);
	PCHAT_AUTO(object) other = NULL;
	enum pchat_code code;

	if (!entry->guid[0])
		return PCHAT_OK;
	code = pchat_current_find_key(&p->current, entry, &other, err);
	if (code || !other || pchat_hash_get(&s->guids, pchat_str(other->guid)))
		return code;
	pchat_fail(err, PCHAT_CONFLICT, "%s '%s' is there with another guid: %s", info->word,
	           pchat_object_key(other), other->guid);
	pchat_hint(err, "leave 'guid' out to change the %s that has the name", info->word);
	return fail_entry(entry, PCHAT_CONFLICT, err);
}

static enum pchat_code
create_rest(struct planner *p, struct pchat_manifest_section *s, struct pchat_err *err)
{
	for (size_t i = 0; i < s->objects.n; i++) {
		struct pchat_object *entry = s->objects.v[i];
		enum pchat_code code;

		if (p->matched[i])
			continue;
		code = check_required(entry, true, err);
		if (!code)
			code = check_clash(p, s, entry, err);
		if (code)
			return code;
		s->objects.v[i] = NULL;
		code = pchat_plan_add_take(p->plan, PCHAT_OP_CREATE, NULL, entry, err);
		if (code)
			return code;
	}
	return PCHAT_OK;
}

static enum pchat_code
match_section(struct planner *p, enum pchat_kind kind, struct pchat_err *err)
{
	struct pchat_manifest_section *s = &p->m->sections[kind];
	struct visit v = { .p = p, .section = s };
	enum pchat_code code = PCHAT_OK;

	if (p->prune || pchat_kind_info(kind)->singleton ||
	    pchat_current_scan_pays(&p->current, kind, s->objects.n))
		return pchat_current_each(&p->current, kind, visit_stored, &v, err);
	for (size_t i = 0; i < s->objects.n && !code; i++)
		code = match_entry(p, s, i, err);
	return code;
}

static enum pchat_code
plan_section(struct planner *p, enum pchat_kind kind, struct pchat_err *err)
{
	struct pchat_manifest_section *s = &p->m->sections[kind];
	enum pchat_code code;

	free(p->matched);
	p->matched = calloc(s->objects.n + 1, sizeof(*p->matched));
	if (!p->matched)
		return pchat_no_memory(err);
	code = match_section(p, kind, err);
	return code ? code : create_rest(p, s, err);
}

/* ---- pruning ---- */

bool
pchat_prune_limit_parse(struct pchat_str text, struct pchat_prune_limit *ret)
{
	struct pchat_prune_limit limit = { 0 };

	if (text.n && text.p[text.n - 1] == '%') {
		limit.percent = true;
		text.n--;
	}
	if (!pchat_str_uint(text, limit.percent ? 100 : UINT32_MAX, &limit.number))
		return false;
	*ret = limit;
	return true;
}

static enum pchat_code
check_limit(const struct planner *p, struct pchat_prune_limit limit, struct pchat_err *err)
{
	uint64_t most = limit.number;

	if (limit.percent) {
		most = p->n_stored * limit.number / 100;
		if (most < PCHAT_PRUNE_FLOOR)
			most = PCHAT_PRUNE_FLOOR;
	}
	if (p->extra.n <= most)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_LIMIT, "pruning would delete %zu of %llu objects, more than %llu",
	           p->extra.n, (unsigned long long)p->n_stored, (unsigned long long)most);
	pchat_hint(err,
	           "look at them with 'pchatctl diff --prune --prune-limit %zu', then allow "
	           "that many to apply as well",
	           p->extra.n);
	return PCHAT_LIMIT;
}

static enum pchat_code
note_domain(void *ctx, const struct pchat_object *pool, struct pchat_err *err)
{
	struct planner *p = ctx;

	free(p->domain);
	p->domain = pchat_str_dup(pchat_str(pchat_object_key(pool)));
	return p->domain ? PCHAT_OK : pchat_no_memory(err);
}

/* What refers to others goes before what is referred to; kinds are ordered the other way. */
static enum pchat_code
add_deletions(struct planner *p, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t k = PCHAT_N_KINDS; k-- > 0;) {
		for (size_t i = 0; i < p->extra.n && !code; i++) {
			struct pchat_object *o = p->extra.v[i];

			if (!o || o->kind != (enum pchat_kind)k)
				continue;
			p->extra.v[i] = NULL;
			code = pchat_plan_add_take(p->plan, PCHAT_OP_DELETE, o, NULL, err);
		}
	}
	return code;
}

enum pchat_code
pchat_manifest_plan(struct pchat_manifest *m, struct pchat_store *store,
                    const struct pchat_manifest_options *options, struct pchat_plan *plan,
                    struct pchat_err *err)
{
	struct planner p = { .m = m, .plan = plan, .prune = options->prune };
	enum pchat_code code = pchat_current_init(&p.current, store, m, err);

	if (!code && p.prune)
		code = pchat_current_each(&p.current, PCHAT_KIND_POOL, note_domain, &p, err);
	if (!code)
		code = pchat_renames_find(&p.renames, m, &p.current, err);
	for (size_t k = 0; k < PCHAT_N_KINDS && !code; k++)
		if (m->sections[k].present)
			code = plan_section(&p, (enum pchat_kind)k, err);
	if (!code)
		code = check_limit(&p, options->limit, err);
	if (!code)
		code = add_deletions(&p, err);
	planner_release(&p);
	pchat_current_release(&p.current);
	return code;
}
