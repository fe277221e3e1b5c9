#include "pchatctl/current.h"

/* Reading on in a table costs about this share of looking a row up by its key. */
#define SCAN_ADVANTAGE 8

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

	return !c->store || pchat_store_count(c->store, kind, &stored, NULL) ||
	       stored / SCAN_ADVANTAGE <= n;
}

/* Not being there is an answer here, not a failure. */
static enum pchat_code
settle(enum pchat_code code, struct pchat_err *local, struct pchat_err *err)
{
	if (code && code != PCHAT_NOT_FOUND && err) {
		pchat_err_release(err);
		*err = *local;
		*local = (struct pchat_err){ 0 };
	}
	pchat_err_release(local);
	return code == PCHAT_NOT_FOUND ? PCHAT_OK : code;
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
	struct pchat_err local = { 0 };

	if (!c->store)
		return find_builtin(c, entry, ret, err);
	return settle(pchat_store_get(c->store, entry->kind, pchat_object_key(entry), ret, &local),
		      &local, err);
}

enum pchat_code
pchat_current_find(struct pchat_current *c, const struct pchat_object *entry,
		   struct pchat_object **ret, struct pchat_err *err)
{
	struct pchat_err local = { 0 };

	if (!entry->guid[0])
		return pchat_current_find_key(c, entry, ret, err);
	if (!c->store)
		return PCHAT_OK;
	return settle(pchat_store_get_guid(c->store, entry->kind, entry->guid, ret, &local),
		      &local, err);
}
