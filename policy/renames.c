#include "policy/renames.h"

#include "base/text.h"

void
pchat_renames_release(struct pchat_renames *r)
{
	for (size_t k = 0; k < PCHAT_N_KINDS; k++) {
		pchat_hash_release(&r->names[k]);
		pchat_hash_release(&r->old_names[k]);
	}
	for (size_t i = 0; i < r->texts.n; i++)
		free(r->texts.v[i]);
	pchat_vec_release(&r->texts);
}

/* ---- what is renamed ---- */

/* @text is taken over; NULL if memory ends. */
static char *
keep(struct pchat_renames *r, char *text)
{
	if (text && pchat_vec_push(&r->texts, text))
		return text;
	free(text);
	return NULL;
}

/* Put @from -> @to, both copied. */
static bool
put(struct pchat_renames *r, struct pchat_hash *names, const char *from, const char *to)
{
	char *folded = keep(r, pchat_fold_dup(pchat_str(from)));
	char *copy = folded ? keep(r, pchat_str_dup(pchat_str(to))) : NULL;

	return copy && pchat_hash_put(names, pchat_str(folded), copy);
}

enum pchat_code
pchat_renames_put(struct pchat_renames *r, enum pchat_kind kind, const char *from, const char *to,
                  struct pchat_err *err)
{
	if (!put(r, &r->names[kind], from, to) || !put(r, &r->old_names[kind], to, from))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

/* ---- what refers to it ---- */

static const char *
look_up(const struct pchat_hash *names, enum pchat_kind kind, struct pchat_str key)
{
	PCHAT_AUTO_VALUE(buf) folded = { 0 };

	if (!names[kind].n || !key.n)
		return NULL;
	pchat_fold(&folded, key);
	return pchat_hash_get(&names[kind], pchat_buf_view(&folded));
}

/* "London/Trading" where London has another name: the nearest unit above that has one counts. */
static void
unit_below(const struct pchat_hash *names, struct pchat_str key, struct pchat_buf *out)
{
	for (size_t n = key.n; n-- > 0 && !out->n;) {
		const char *to = key.p[n] == '/' ? look_up(names, PCHAT_KIND_UNIT,
		                                           (struct pchat_str){ key.p, n })
		                                 : NULL;

		if (to)
			pchat_buf_printf(out, "%s%.*s", to, (int)(key.n - n), key.p + n);
	}
}

/* What a name becomes that is made of another one; nothing if it stays. */
static void
made_of(const struct pchat_hash *names, enum pchat_kind kind, struct pchat_str key,
        struct pchat_buf *out)
{
	const char *to;

	switch (kind) {
	case PCHAT_KIND_UNIT:
		unit_below(names, key, out);
		break;
	case PCHAT_KIND_POLICY:
	case PCHAT_KIND_SETTINGS:
	case PCHAT_KIND_COMPLIANCE:
		if (!pchat_str_istarts(key, "site:"))
			break;
		to = look_up(names, PCHAT_KIND_SITE, (struct pchat_str){ key.p + 5, key.n - 5 });
		if (to)
			pchat_buf_printf(out, "site:%s", to);
		break;
	default:
		break;
	}
}

enum pchat_code
pchat_renames_key(const struct pchat_renames *r, enum pchat_kind kind, const char *key,
                  struct pchat_buf *ret, struct pchat_err *err)
{
	made_of(r->names, kind, pchat_str(key), ret);
	return pchat_buf_check(ret, err);
}

enum pchat_code
pchat_renames_old_key(const struct pchat_renames *r, enum pchat_kind kind, const char *key,
                      struct pchat_buf *ret, struct pchat_err *err)
{
	made_of(r->old_names, kind, pchat_str(key), ret);
	return pchat_buf_check(ret, err);
}

/* The new name of what @key names; nothing if it keeps its own. */
static void
new_name(const struct pchat_renames *r, enum pchat_kind kind, struct pchat_str key,
         struct pchat_buf *out)
{
	const char *to = look_up(r->names, kind, key);

	if (to)
		pchat_buf_text(out, to);
	else
		made_of(r->names, kind, key, out);
}

/* The same for a principal, with its prefix. */
static void
new_principal(const struct pchat_renames *r, const char *principal, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	struct pchat_str key;
	enum pchat_kind kind;

	if (!pchat_principal_split(pchat_str(principal), &kind, &key))
		return;
	new_name(r, kind, key, &name);
	if (name.n)
		pchat_principal_of(kind, pchat_buf_cstr(&name), out);
}

/* Replace *@text if @to says something; *@changed is set then. False if memory ends. */
static bool
replace(char **text, struct pchat_buf *to, bool *changed)
{
	char *copy;

	if (!pchat_buf_ok(to))
		return false;
	if (!to->n)
		return true;
	copy = pchat_buf_take(to);
	if (!copy)
		return false;
	free(*text);
	*text = copy;
	*changed = true;
	return true;
}

static bool
rename_list(const struct pchat_renames *r, struct pchat_list *l, bool *changed)
{
	bool some = false;

	for (size_t i = 0; i < l->n; i++) {
		PCHAT_AUTO_VALUE(buf) to = { 0 };

		new_principal(r, l->v[i], &to);
		if (!replace(&l->v[i], &to, &some))
			return false;
	}
	if (some)
		pchat_list_sort(l);
	*changed |= some;
	return true;
}

static bool
rename_field(const struct pchat_renames *r, struct pchat_object *o, unsigned i, bool *changed)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[i];
	PCHAT_AUTO_VALUE(buf) to = { 0 };

	if (f->type == PCHAT_TYPE_PRINCIPALS)
		return rename_list(r, &o->v[i].list, changed);
	if (f->type == PCHAT_TYPE_REF)
		new_name(r, f->ref, pchat_str(o->v[i].text), &to);
	else if (i == 0)
		made_of(r->names, o->kind, pchat_str(pchat_object_key(o)), &to);
	return replace(&o->v[i].text, &to, changed);
}

enum pchat_code
pchat_renames_apply(const struct pchat_renames *r, const struct pchat_object *o,
                    struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO(object) copy = NULL;
	bool changed = false;

	if (!r->texts.n)
		return PCHAT_OK;
	copy = pchat_object_copy(o);
	if (!copy)
		return pchat_no_memory(err);
	for (unsigned i = 0; i < pchat_kind_info(o->kind)->n_fields; i++)
		if (!rename_field(r, copy, i, &changed))
			return pchat_no_memory(err);
	if (changed)
		*ret = PCHAT_TAKE(copy);
	return PCHAT_OK;
}

enum pchat_code
pchat_renames_before(const struct pchat_renames *r, const struct pchat_object *o,
                     struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO(object) copy = NULL;
	char *key;
	enum pchat_code code = pchat_renames_apply(r, o, &copy, err);

	if (code || !copy)
		return code;
	key = pchat_str_dup(pchat_str(pchat_object_key(o)));
	if (!key)
		return pchat_no_memory(err);
	free(copy->v[0].text);
	copy->v[0].text = key;
	*ret = PCHAT_TAKE(copy);
	return PCHAT_OK;
}
