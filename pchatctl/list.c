/* The verb "list" of every noun: filters, order, limit. */
#include <string.h>

#include "base/text.h"
#include "pchatctl/noun.h"
#include "pchatctl/pattern.h"
#include "pchatctl/record_object.h"
#include "pchatctl/tally.h"

#define SORT_KEYS_MAX 8
#define MEGABYTE      UINT64_C(1000000)

struct sort_key {
	int column; /* a field, or after those what every object has */
	bool reverse;
};

/* With --sort all objects are kept. */
struct held {
	struct pchat_object *o; /* owned */
};

struct listing {
	struct pchat_ctl *ctl;
	const struct pchat_call *call;
	struct pchat_out *out;
	struct pchat_record record;
	struct pchat_object_texts texts;
	const char *search; /* folded */
	struct pchat_pattern name;
	/* --nested: what each principal of a filter is and is in, in the order given. */
	PCHAT_VEC(struct pchat_list) expanded;
	struct pchat_tallies content; /* --content-exceeds-mb: what rooms hold */
	bool weighs;
	uint64_t content_min;        /* characters */
	uint64_t left;               /* records that may still be put */
	struct pchat_object *wanted; /* the values of filters that are scalars */
	struct sort_key keys[SORT_KEYS_MAX];
	size_t n_keys;
	PCHAT_VEC(struct held) sorted;
};

/* ---- filters ---- */

/* Does the list hold one of @any? */
static bool
has_any(const struct pchat_list *list, const struct pchat_list *any)
{
	for (size_t i = 0; i < any->n; i++)
		if (pchat_list_has(list, pchat_str(any->v[i])))
			return true;
	return false;
}

/* Keys of other objects and principals compare without case, like everywhere. */
static bool
filter_matches(const struct listing *l, const struct pchat_given *g, const struct pchat_object *o)
{
	unsigned field = (unsigned)g->option.field;
	const struct pchat_list *wanted = &l->wanted->v[field].list;

	if (pchat_kind_info(o->kind)->fields[field].type != PCHAT_TYPE_PRINCIPALS)
		return pchat_object_field_eq(o, l->wanted, field);
	for (size_t i = 0; i < wanted->n; i++)
		if (!pchat_list_has(&o->v[field].list, pchat_str(wanted->v[i])))
			return false;
	return true;
}

static bool
text_matches(const struct pchat_object *o, const char *folded)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	bool found = false;

	for (unsigned i = 0; i < info->n_fields && !found; i++) {
		PCHAT_AUTO_TEXT text = NULL;

		if (info->fields[i].type > PCHAT_TYPE_HTTP_URL)
			continue;
		text = pchat_fold_dup(pchat_str(o->v[i].text));
		found = text && strstr(text, folded);
	}
	return found;
}

static bool
holds_enough(const struct listing *l, const struct pchat_object *o)
{
	const struct pchat_tally *t = pchat_tally_find(&l->content, pchat_str(o->guid));

	return t && t->characters > l->content_min;
}

static bool
matches(const struct listing *l, const struct pchat_object *o)
{
	size_t nested = 0;

	for (size_t i = 0; i < l->call->given.n; i++) {
		const struct pchat_given *g = &l->call->given.v[i];

		if (g->option.field < 0)
			continue;
		if (l->expanded.n && g->option.type == PCHAT_ARG_PRINCIPAL
		            ? !has_any(&o->v[g->option.field].list, &l->expanded.v[nested++])
		            : !filter_matches(l, g, o))
			return false;
	}
	if (l->weighs && !holds_enough(l, o))
		return false;
	return pchat_pattern_fits(&l->name, pchat_object_key(o)) &&
	       (!l->search || text_matches(o, l->search));
}

/* Only where it is asked for: all messages are looked at. */
static enum pchat_code
weigh_rooms(struct listing *l, struct pchat_err *err)
{
	const char *given = pchat_call_text(l->call, "--content-exceeds-mb");
	PCHAT_AUTO(chat) chat = NULL;

	if (!given)
		return PCHAT_OK;
	l->weighs = true;
	l->content_min = pchat_call_number(l->call, "--content-exceeds-mb", 0) * MEGABYTE;
	PCHAT_TRY(pchat_ctl_chat(l->ctl, false, &chat, err));
	PCHAT_TRY(pchat_tally_rooms(l->ctl, NULL, &l->content, err));
	return pchat_tally_by_room(&l->content, chat, 0, 0, err);
}

static enum pchat_code
expand(struct pchat_ctl *ctl, const char *text, struct pchat_list *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	const pchat_id *ids = NULL;
	size_t n = 0;
	pchat_id id;

	PCHAT_TRY(pchat_principal_canonical(pchat_str(text), &name, err));
	if (!pchat_list_add(ret, pchat_buf_view(&name)))
		return pchat_no_memory(err);
	id = pchat_org_principal(ctl->org, pchat_buf_cstr(&name), err);
	if (err->code)
		return err->code;
	if (id == PCHAT_NO_ID)
		return PCHAT_OK;
	PCHAT_TRY(pchat_org_affiliations(ctl->org, id, &ids, &n, err));
	for (size_t i = 0; i < n; i++)
		if (!pchat_list_add(ret, pchat_str(pchat_org_name(ctl->org, ids[i]))))
			return pchat_no_memory(err);
	return PCHAT_OK;
}

static enum pchat_code
expand_principals(struct listing *l, struct pchat_err *err)
{
	for (size_t i = 0; i < l->call->given.n; i++) {
		const struct pchat_given *g = &l->call->given.v[i];

		if (g->option.field < 0 || g->option.type != PCHAT_ARG_PRINCIPAL)
			continue;
		if (!pchat_vec_push(&l->expanded, (struct pchat_list){ 0 }))
			return pchat_no_memory(err);
		PCHAT_TRY(expand(l->ctl, g->text, &l->expanded.v[l->expanded.n - 1], err));
	}
	return PCHAT_OK;
}

/* What a filter names must exist: misspelled, it would look like an empty answer. An empty name
 * asks for objects without. */
static enum pchat_code
check_exists(struct pchat_ctl *ctl, const struct pchat_field *f, const char *text,
             struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	PCHAT_AUTO(object) o = NULL;
	enum pchat_kind kind = f->ref;
	struct pchat_str key = pchat_str(text);

	if (f->type == PCHAT_TYPE_PRINCIPALS) {
		PCHAT_TRY(pchat_principal_canonical(key, &name, err));
		if (!pchat_principal_split(pchat_buf_view(&name), &kind, &key))
			return PCHAT_OK;
	} else if (f->type != PCHAT_TYPE_REF || !key.n) {
		return PCHAT_OK;
	}
	return pchat_store_get(ctl->store, kind, key.p, &o, err);
}

/* Filter values have the form of the fields, so they are checked as such. */
static enum pchat_code
read_filters(struct listing *l, struct pchat_err *err)
{
	l->wanted = pchat_object_new(l->call->cmd->kind);
	if (!l->wanted)
		return pchat_no_memory(err);
	for (size_t i = 0; i < l->call->given.n; i++) {
		const struct pchat_given *g = &l->call->given.v[i];
		const struct pchat_field *f;
		unsigned field = (unsigned)g->option.field;

		if (g->option.field < 0)
			continue;
		f = &pchat_kind_info(l->call->cmd->kind)->fields[field];
		if (f->type == PCHAT_TYPE_PRINCIPALS)
			PCHAT_TRY_WORD(g->text, err,
			               pchat_object_add(l->wanted, field, pchat_str(g->text), err));
		else
			PCHAT_TRY_WORD(g->text, err,
			               pchat_object_set(l->wanted, field, pchat_str(g->text), err));
		PCHAT_TRY_WORD(g->text, err, check_exists(l->ctl, f, g->text, err));
	}
	return PCHAT_OK;
}

/* ---- order ---- */

static enum pchat_code
unknown_key(enum pchat_kind kind, struct pchat_str name, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);
	const char *names[PCHAT_MAX_FIELDS + PCHAT_N_META + 1], *near;

	pchat_record_columns(kind, names);
	near = pchat_nearest(name, names, info->n_fields + PCHAT_N_META);
	pchat_fail(err, PCHAT_USAGE, "--sort: %s have no field '%.*s'", info->section,
	           PCHAT_STR_ARG(name));
	pchat_hint(err, near ? "did you mean '%s'?" : "see 'pchatctl %s create --help'",
	           near ? near : info->word);
	return PCHAT_USAGE;
}

static enum pchat_code
read_sort(struct listing *l, struct pchat_err *err)
{
	struct pchat_str rest = pchat_str(pchat_call_text(l->call, "--sort"));

	while (rest.n) {
		struct pchat_str name = pchat_str_cut(rest, ',', &rest);
		bool reverse = pchat_str_starts(name, "-");
		int field;

		if (reverse)
			name = (struct pchat_str){ name.p + 1, name.n - 1 };
		field = pchat_record_column(l->call->cmd->kind, name);
		if (field < 0)
			return unknown_key(l->call->cmd->kind, name, err);
		if (l->n_keys == SORT_KEYS_MAX)
			return pchat_fail(err, PCHAT_LIMIT, "--sort: more than %d fields",
			                  SORT_KEYS_MAX);
		l->keys[l->n_keys++] = (struct sort_key){ field, reverse };
	}
	return PCHAT_OK;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_field(const struct pchat_object *a, const struct pchat_object *b, int field)
{
	const union pchat_value *x = &a->v[field], *y = &b->v[field];

	switch (pchat_kind_info(a->kind)->fields[field].type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
	case PCHAT_TYPE_REF:
		return pchat_fold_cmp(pchat_str(x->text), pchat_str(y->text));
	case PCHAT_TYPE_BOOL:
		return compare_numbers(x->flag, y->flag);
	case PCHAT_TYPE_UINT:
	case PCHAT_TYPE_DURATION:
	case PCHAT_TYPE_ENUM:
		return compare_numbers(x->number, y->number);
	case PCHAT_TYPE_PRINCIPALS:
		break;
	}
	return compare_numbers(x->list.n, y->list.n);
}

/* What every object has besides its fields. */
static int
compare_meta(const struct pchat_object *a, const struct pchat_object *b, enum pchat_meta meta)
{
	switch (meta) {
	case PCHAT_META_GUID:
		return strcmp(a->guid, b->guid);
	case PCHAT_META_REVISION:
		return compare_numbers(a->revision, b->revision);
	case PCHAT_META_CREATED:
		return compare_numbers((uint64_t)a->created, (uint64_t)b->created);
	case PCHAT_META_CREATED_BY:
		return pchat_fold_cmp(pchat_str(a->created_by), pchat_str(b->created_by));
	case PCHAT_META_UPDATED:
		return compare_numbers((uint64_t)a->updated, (uint64_t)b->updated);
	case PCHAT_META_UPDATED_BY:
		return pchat_fold_cmp(pchat_str(a->updated_by), pchat_str(b->updated_by));
	case PCHAT_N_META:
		break;
	}
	return 0;
}

static int
compare_column(const struct pchat_object *a, const struct pchat_object *b, int column)
{
	int n = (int)pchat_kind_info(a->kind)->n_fields;

	return column < n ? compare_field(a, b, column)
	                  : compare_meta(a, b, (enum pchat_meta)(column - n));
}

static int
compare(const void *a, const void *b, void *ctx)
{
	const struct listing *l = ctx;
	const struct pchat_object *x = ((const struct held *)a)->o,
				  *y = ((const struct held *)b)->o;

	for (size_t i = 0; i < l->n_keys; i++) {
		int c = compare_column(x, y, l->keys[i].column);

		if (c)
			return l->keys[i].reverse ? -c : c;
	}
	return compare_field(x, y, 0);
}

/* ---- the list ---- */

static enum pchat_code
put(struct listing *l, const struct pchat_object *o, struct pchat_err *err)
{
	if (!l->left)
		return PCHAT_DIFFERS; /* enough: stops the reading */
	l->left--;
	pchat_record_object(&l->record, &l->texts, o);
	return pchat_out_put(l->out, &l->record, err);
}

static enum pchat_code
take(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct listing *l = ctx;
	struct pchat_object *copy;

	if (!matches(l, o))
		return PCHAT_OK;
	if (!l->n_keys)
		return put(l, o, err);
	copy = pchat_object_copy(o);
	if (copy && pchat_vec_push(&l->sorted, (struct held){ copy }))
		return PCHAT_OK;
	pchat_object_free(copy);
	return pchat_no_memory(err);
}

static enum pchat_code
put_sorted(struct listing *l, struct pchat_err *err)
{
	if (l->sorted.n)
		qsort_r(l->sorted.v, l->sorted.n, sizeof(*l->sorted.v), compare, l);
	for (size_t i = 0; i < l->sorted.n; i++)
		PCHAT_TRY(put(l, l->sorted.v[i].o, err));
	return PCHAT_OK;
}

static void
release(struct listing *l)
{
	pchat_out_free(l->out);
	pchat_record_release(&l->record);
	pchat_object_texts_release(&l->texts);
	pchat_object_free(l->wanted);
	for (size_t i = 0; i < l->sorted.n; i++)
		pchat_object_free(l->sorted.v[i].o);
	pchat_vec_release(&l->sorted);
	pchat_pattern_release(&l->name);
	pchat_tallies_release(&l->content);
	for (size_t i = 0; i < l->expanded.n; i++)
		pchat_list_release(&l->expanded.v[i]);
	pchat_vec_release(&l->expanded);
}

static enum pchat_code
list(struct listing *l, const struct pchat_out_head *head, struct pchat_err *err)
{
	enum pchat_kind kind = l->call->cmd->kind;
	enum pchat_code code;

	PCHAT_TRY(read_filters(l, err));
	PCHAT_TRY(weigh_rooms(l, err));
	PCHAT_TRY_WORD(pchat_call_text(l->call, "--name"), err,
	               pchat_pattern_init(&l->name, pchat_call_text(l->call, "--name"), err));
	if (pchat_call_flag(l->call, "--nested"))
		PCHAT_TRY(expand_principals(l, err));
	PCHAT_TRY_WORD(pchat_call_text(l->call, "--sort"), err, read_sort(l, err));
	PCHAT_TRY(pchat_out_open(l->ctl, head, &l->out, err));
	code = pchat_store_each(l->ctl->store, kind, take, l, err);
	if (!code)
		code = put_sorted(l, err);
	if (code && code != PCHAT_DIFFERS)
		return code;
	return pchat_out_close(l->out, err);
}

enum pchat_code
pchat_list_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(call->cmd->kind);
	const char *columns[PCHAT_MAX_FIELDS + PCHAT_N_META + 1];
	struct pchat_out_head head = { .list = true,
		                       .what = info->section,
		                       .columns = columns,
		                       .table = pchat_noun_find(pchat_str(info->word))->columns };
	const char *search = pchat_call_text(call, "--search");
	PCHAT_AUTO_TEXT folded = search ? pchat_fold_dup(pchat_str(search)) : NULL;
	struct listing l = { .ctl = ctl,
		             .call = call,
		             .search = folded,
		             .left = pchat_call_number(call, "--limit", UINT64_MAX) };
	enum pchat_code code;

	if (search && !folded)
		return pchat_no_memory(err);
	pchat_record_columns(call->cmd->kind, columns);
	code = list(&l, &head, err);
	release(&l);
	return code;
}
