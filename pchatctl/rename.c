#include "pchatctl/rename.h"

struct search {
	struct pchat_renames *r;
	const struct pchat_manifest *m;
};

static enum pchat_code
note_rename(void *ctx, const struct pchat_object *stored, struct pchat_err *err)
{
	struct search *s = ctx;
	ptrdiff_t i = pchat_manifest_find_guid(s->m, stored->kind, stored->guid);
	const char *from = pchat_object_key(stored), *to;

	if (i < 0)
		return PCHAT_OK;
	to = pchat_object_key(s->m->sections[stored->kind].objects.v[i]);
	if (pchat_fold_cmp(pchat_str(from), pchat_str(to)) == 0)
		return PCHAT_OK;
	return pchat_renames_put(s->r, stored->kind, from, to, err);
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
