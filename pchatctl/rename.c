#include "pchatctl/rename.h"

void
pchat_renames_release(struct pchat_renames *r)
{
	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		pchat_hash_release(&r->names[k]);
	for (size_t i = 0; i < r->texts.n; i++)
		free(r->texts.v[i]);
	pchat_vec_release(&r->texts);
}

/* ---- finding them ---- */

struct search {
	struct pchat_renames *r;
	const struct pchat_manifest *m;
};

static bool
keep(struct pchat_renames *r, char *text)
{
	if (text && pchat_vec_push(&r->texts, text))
		return true;
	free(text);
	return false;
}

static enum pchat_code
note_rename(void *ctx, const struct pchat_object *stored, struct pchat_err *err)
{
	struct search *s = ctx;
	ptrdiff_t i = pchat_manifest_find_guid(s->m, stored->kind, stored->guid);
	const char *from = pchat_object_key(stored), *to;
	char *old, *new;

	if (i < 0)
		return PCHAT_OK;
	to = pchat_object_key(s->m->sections[stored->kind].objects.v[i]);
	if (pchat_fold_cmp(pchat_str(from), pchat_str(to)) == 0)
		return PCHAT_OK;
	old = pchat_fold_dup(pchat_str(from));
	if (!keep(s->r, old))
		return pchat_no_memory(err);
	new = pchat_str_dup(pchat_str(to));
	if (!keep(s->r, new) || !pchat_hash_put(&s->r->names[stored->kind], pchat_str(old), new))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

/* Can objects of the kind be referred to by name? */
static bool
is_referred_to(enum pchat_kind kind)
{
	switch (kind) {
	case PCHAT_KIND_USER:
	case PCHAT_KIND_GROUP:
	case PCHAT_KIND_UNIT:
	case PCHAT_KIND_DOMAIN:
		return true; /* as principals */
	default:
		break;
	}
	for (size_t k = 0; k < PCHAT_N_KINDS; k++) {
		const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)k);

		for (size_t i = 0; i < info->n_fields; i++)
			if (info->fields[i].type == PCHAT_TYPE_REF && info->fields[i].ref == kind)
				return true;
	}
	return false;
}

static enum pchat_code
search_one_by_one(struct search *s, struct pchat_current *c, enum pchat_kind kind,
                  struct pchat_err *err)
{
	const struct pchat_manifest_section *section = &s->m->sections[kind];
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < section->objects.n && !code; i++) {
		PCHAT_AUTO(object) stored = NULL;

		if (!section->objects.v[i]->guid[0])
			continue;
		code = pchat_current_find(c, section->objects.v[i], &stored, err);
		if (!code && stored)
			code = note_rename(s, stored, err);
	}
	return code;
}

enum pchat_code
pchat_renames_find(struct pchat_renames *r, const struct pchat_manifest *m, struct pchat_current *c,
                   struct pchat_err *err)
{
	struct search s = { .r = r, .m = m };
	enum pchat_code code = PCHAT_OK;

	for (size_t k = 0; k < PCHAT_N_KINDS && !code; k++) {
		enum pchat_kind kind = (enum pchat_kind)k;
		size_t n = m->sections[k].guids.n;

		if (!n || !is_referred_to(kind))
			continue;
		code = pchat_current_scan_pays(c, kind, n)
		               ? pchat_current_each(c, kind, note_rename, &s, err)
		               : search_one_by_one(&s, c, kind, err);
	}
	return code;
}

/* ---- following them ---- */

/* The new name of what @key names, or NULL if it keeps its own. */
static const char *
new_name(const struct pchat_renames *r, enum pchat_kind kind, struct pchat_str key)
{
	PCHAT_AUTO_VALUE(buf) folded = { 0 };

	if (!r->names[kind].n || !key.n)
		return NULL;
	pchat_fold(&folded, key);
	return pchat_hash_get(&r->names[kind], pchat_buf_view(&folded));
}

static const char *
new_principal(const struct pchat_renames *r, const char *principal, enum pchat_kind *ret_kind)
{
	struct pchat_str key;

	return pchat_principal_split(pchat_str(principal), ret_kind, &key)
	               ? new_name(r, *ret_kind, key)
	               : NULL;
}

static bool
refers(const struct pchat_renames *r, const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	enum pchat_kind kind;

	for (size_t i = 0; i < info->n_fields; i++) {
		if (info->fields[i].type == PCHAT_TYPE_REF &&
		    new_name(r, info->fields[i].ref, pchat_str(o->v[i].text)))
			return true;
		if (info->fields[i].type != PCHAT_TYPE_PRINCIPALS)
			continue;
		for (size_t j = 0; j < o->v[i].list.n; j++)
			if (new_principal(r, o->v[i].list.v[j], &kind))
				return true;
	}
	return false;
}

static bool
rename_reference(char **text, const char *to)
{
	char *copy;

	if (!to)
		return true;
	copy = pchat_str_dup(pchat_str(to));
	if (!copy)
		return false;
	free(*text);
	*text = copy;
	return true;
}

static bool
rename_members(const struct pchat_renames *r, struct pchat_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		PCHAT_AUTO_VALUE(buf) full = { 0 };
		enum pchat_kind kind;
		const char *to = new_principal(r, l->v[i], &kind);

		if (!to)
			continue;
		pchat_principal_of(kind, to, &full);
		if (!pchat_buf_ok(&full) || !rename_reference(&l->v[i], pchat_buf_cstr(&full)))
			return false;
	}
	pchat_list_sort(l);
	return true;
}

enum pchat_code
pchat_renames_apply(const struct pchat_renames *r, const struct pchat_object *o,
                    struct pchat_object **ret, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	PCHAT_AUTO(object) copy = NULL;

	if (!r->texts.n || !refers(r, o))
		return PCHAT_OK;
	copy = pchat_object_copy(o);
	if (!copy)
		return pchat_no_memory(err);
	for (size_t i = 0; i < info->n_fields; i++) {
		const struct pchat_field *f = &info->fields[i];

		if (f->type == PCHAT_TYPE_REF &&
		    !rename_reference(&copy->v[i].text,
		                      new_name(r, f->ref, pchat_str(copy->v[i].text))))
			return pchat_no_memory(err);
		if (f->type == PCHAT_TYPE_PRINCIPALS && !rename_members(r, &copy->v[i].list))
			return pchat_no_memory(err);
	}
	*ret = PCHAT_TAKE(copy);
	return PCHAT_OK;
}
