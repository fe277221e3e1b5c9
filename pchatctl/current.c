#include "pchatctl/current.h"

/* Looking a row up by its key takes as long as reading this many on. */
#define SCAN_ADVANTAGE 8
/* So few are looked up faster than the others are counted. */
#define FEW 64

enum pchat_code
pchat_current_init(struct pchat_current *c, struct pchat_store *store,
                   const struct pchat_manifest *m, struct pchat_err *err)
{
	const struct pchat_manifest_section *pool = &m->sections[PCHAT_KIND_POOL];

	*c = (struct pchat_current){ .store = store };
	if (store)
		return PCHAT_OK;
	return pchat_builtins(pool->objects.n ? pchat_object_key(pool->objects.v[0]) : "",
	                      c->builtins, &c->n_builtins, err);
}

void
pchat_current_release(struct pchat_current *c)
{
	while (c->n_builtins)
		pchat_object_free(c->builtins[--c->n_builtins]);
}

enum pchat_code
pchat_current_each(struct pchat_current *c, enum pchat_kind kind, pchat_object_fn each, void *ctx,
                   struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	if (c->store)
		return pchat_store_each(c->store, kind, each, ctx, err);
	for (size_t i = 0; i < c->n_builtins && !code; i++)
		if (c->builtins[i]->kind == kind)
			code = each(ctx, c->builtins[i], err);
	return code;
}

bool
pchat_current_scan_pays(struct pchat_current *c, enum pchat_kind kind, size_t n)
{
	uint64_t stored;

	if (!c->store)
		return true;
	return n > FEW && !pchat_store_count(c->store, kind, &stored, NULL) &&
	       stored / SCAN_ADVANTAGE <= n;
}

static enum pchat_code
find_builtin(const struct pchat_current *c, const struct pchat_object *entry,
             struct pchat_object **ret, struct pchat_err *err)
{
	for (size_t i = 0; i < c->n_builtins; i++) {
		const struct pchat_object *o = c->builtins[i];

		if (o->kind != entry->kind ||
		    pchat_fold_cmp(pchat_str(pchat_object_key(o)),
		                   pchat_str(pchat_object_key(entry))) != 0)
			continue;
		*ret = pchat_object_copy(o);
		return *ret ? PCHAT_OK : pchat_no_memory(err);
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_current_find_key(struct pchat_current *c, const struct pchat_object *entry,
                       struct pchat_object **ret, struct pchat_err *err)
{
	const char *key = pchat_object_key(entry);
	enum pchat_code code;

	if (!c->store)
		return find_builtin(c, entry, ret, err);
	/* Nobody is to be told that it is not there, so nobody has to look for names like it. */
	code = pchat_store_get(c->store, entry->kind, key, ret, NULL);
	if (code && code != PCHAT_NOT_FOUND)
		return pchat_store_get(c->store, entry->kind, key, ret, err);
	return PCHAT_OK;
}

enum pchat_code
pchat_current_find(struct pchat_current *c, const struct pchat_object *entry,
                   struct pchat_object **ret, struct pchat_err *err)
{
	enum pchat_code code;

	if (!entry->guid[0])
		return pchat_current_find_key(c, entry, ret, err);
	if (!c->store)
		return PCHAT_OK;
	code = pchat_store_get_guid(c->store, entry->kind, entry->guid, ret, NULL);
	if (code && code != PCHAT_NOT_FOUND)
		return pchat_store_get_guid(c->store, entry->kind, entry->guid, ret, err);
	return PCHAT_OK;
}
