#include "schema/names.h"

#include <stdlib.h>

static void
release_name(struct pchat_name *name)
{
	free(name->key);
	free(name->here);
	free(name->there);
}

void
pchat_names_release(struct pchat_names *n)
{
	for (size_t i = 0; i < n->v.n; i++)
		release_name(&n->v.v[i]);
	for (size_t i = 0; i < n->next.n; i++)
		release_name(&n->next.v[i]);
	pchat_vec_release(&n->v);
	pchat_vec_release(&n->next);
	pchat_hash_release(&n->hash);
	pchat_buf_release(&n->scratch);
	*n = (struct pchat_names){ 0 };
}

/* In .scratch; empty without memory. */
static struct pchat_str
key_of(struct pchat_names *n, enum pchat_kind kind, struct pchat_str name)
{
	pchat_buf_clear(&n->scratch);
	pchat_buf_printf(&n->scratch, "%d ", (int)kind);
	pchat_fold(&n->scratch, name);
	return pchat_buf_ok(&n->scratch) ? pchat_buf_view(&n->scratch) : (struct pchat_str){ 0 };
}

static struct pchat_name *
find(struct pchat_names *n, struct pchat_str key)
{
	uintptr_t i = (uintptr_t)pchat_hash_get(&n->hash, key);

	return i ? &n->v.v[i - 1] : NULL;
}

bool
pchat_names_rename(struct pchat_names *n, enum pchat_kind kind, const char *near, const char *far)
{
	struct pchat_name next = { .kind = kind };
	struct pchat_str key = key_of(n, kind, pchat_str(near));
	const struct pchat_name *known = key.n ? find(n, key) : NULL;

	next.there = pchat_str_dup(pchat_str(known ? known->there : near));
	next.here = pchat_str_dup(pchat_str(far));
	if (key.n && next.there && next.here && pchat_names_end(n, kind, near) &&
	    (key = key_of(n, kind, pchat_str(far))).n && (next.key = pchat_str_dup(key)) &&
	    pchat_vec_push(&n->next, next))
		return true;
	release_name(&next);
	return false;
}

/* Told with the renames and carried out with them: @near may be the far name of another. */
bool
pchat_names_end(struct pchat_names *n, enum pchat_kind kind, const char *near)
{
	struct pchat_str key = key_of(n, kind, pchat_str(near));
	struct pchat_name end = { .kind = kind };

	if (!key.n)
		return false;
	if (!find(n, key))
		return true;
	end.key = pchat_str_dup(key);
	if (end.key && pchat_vec_push(&n->next, end))
		return true;
	free(end.key);
	return false;
}

static bool
enter(struct pchat_names *n, struct pchat_name *name)
{
	if (!pchat_vec_reserve(&n->v, 1))
		return false;
	n->v.v[n->v.n++] = *name;
	*name = (struct pchat_name){ 0 };
	/* The table borrows the text, which stays where it is when the vector grows. */
	return pchat_hash_put(&n->hash, pchat_str(n->v.v[n->v.n - 1].key),
	                      (void *)(uintptr_t)n->v.n);
}

bool
pchat_names_turn(struct pchat_names *n)
{
	bool ok = true;

	for (size_t i = 0; i < n->next.n; i++)
		if (!n->next.v[i].there)
			(void)pchat_hash_del(&n->hash, pchat_str(n->next.v[i].key));
	for (size_t i = 0; i < n->next.n; i++) {
		if (ok && n->next.v[i].there)
			ok = enter(n, &n->next.v[i]);
		release_name(&n->next.v[i]);
	}
	n->next.n = 0;
	return ok;
}

const char *
pchat_names_there(struct pchat_names *n, enum pchat_kind kind, struct pchat_str name,
                  bool *ret_failed)
{
	struct pchat_str key;
	const struct pchat_name *known;

	if (n->hash.n == 0)
		return NULL;
	key = key_of(n, kind, name);
	if (!key.n) {
		*ret_failed = true;
		return NULL;
	}
	known = find(n, key);
	return known ? known->there : NULL;
}

char *
pchat_names_principal(struct pchat_names *n, const char *principal)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_str key;
	enum pchat_kind kind;
	const char *there = NULL;
	bool failed = false;

	if (pchat_principal_split(pchat_str(principal), &kind, &key))
		there = pchat_names_there(n, kind, key, &failed);
	if (failed)
		return NULL;
	if (!there)
		return pchat_str_dup(pchat_str(principal));
	pchat_principal_of(kind, there, &text);
	return pchat_buf_take(&text);
}

static bool
translate_ref(struct pchat_names *n, enum pchat_kind kind, char **text)
{
	bool failed = false;
	const char *there = pchat_names_there(n, kind, pchat_str(*text), &failed);
	char *copy;

	if (!there)
		return !failed;
	copy = pchat_str_dup(pchat_str(there));
	if (!copy)
		return false;
	free(*text);
	*text = copy;
	return true;
}

static bool
translate_list(struct pchat_names *n, struct pchat_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		char *name = pchat_names_principal(n, l->v[i]);

		if (!name)
			return false;
		free(l->v[i]);
		l->v[i] = name;
	}
	pchat_list_sort(l);
	return true;
}

bool
pchat_names_translate(struct pchat_names *n, struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	bool ok = true;

	if (n->hash.n == 0)
		return true;
	for (size_t i = 0; ok && i < info->n_fields; i++) {
		if (info->fields[i].type == PCHAT_TYPE_REF)
			ok = translate_ref(n, info->fields[i].ref, &o->v[i].text);
		else if (info->fields[i].type == PCHAT_TYPE_PRINCIPALS)
			ok = translate_list(n, &o->v[i].list);
	}
	return ok;
}

bool
pchat_names_invert(struct pchat_names *n, struct pchat_names *ret)
{
	struct pchat_str key;
	size_t i = 0;
	void *value;

	while (pchat_hash_next(&n->hash, &i, &key, &value)) {
		const struct pchat_name *name = &n->v.v[(uintptr_t)value - 1];
		struct pchat_name back = { .kind = name->kind };

		back.key = pchat_str_dup(key_of(n, name->kind, pchat_str(name->there)));
		back.here = pchat_str_dup(pchat_str(name->there));
		back.there = pchat_str_dup(pchat_str(name->here));
		if (!back.key || !back.here || !back.there || !enter(ret, &back)) {
			release_name(&back);
			return false;
		}
	}
	return true;
}
