/*
 * Back to a revision. Every object that was touched since has its first row after that
 * revision, and in it what it was then; what was not touched is still the same. Names in
 * such a row are those of its time: renames since then are followed back.
 */
#include "schema/past_private.h"

#include <stdlib.h>

struct rollback {
	struct pchat_store *store;
	struct pchat_plan *plan;
	struct pchat_touches touches;
	struct pchat_names names; /* what is called how by now -> how it was called then */
	struct pchat_hash passed; /* names that mean one object now and another then */
	uint64_t turn;            /* revision of the last row */
};

/* ---- what cannot come back ---- */

/* Of each sort so many are named; of more their number is told. */
#define NOTES_OF_A_SORT 10

enum lost { LOST_MESSAGES, LOST_PASSWORD, KEPT_PASSWORD, KEPT_MESSAGES, N_LOST };

static const struct {
	enum pchat_kind kind;
	bool created; /* comes back; else it was there all the time */
	const char *what;
} losses[] = {
	[LOST_MESSAGES] = { PCHAT_KIND_ROOM, true,
	                    "may come back empty: messages of deleted rooms are not kept" },
	[LOST_PASSWORD] = { PCHAT_KIND_USER, true, "comes back without a password" },
	[KEPT_PASSWORD] = { PCHAT_KIND_USER, false, "password changed since, stays as it is" },
	[KEPT_MESSAGES] = { PCHAT_KIND_ROOM, false, "messages removed or replaced since stay so" },
};

static enum lost
lost_with(const struct pchat_touched *o)
{
	enum lost l = 0;

	if (!o->then || (o->later && !o->aside))
		return N_LOST;
	while (l < N_LOST && (losses[l].kind != o->kind || losses[l].created != !o->later))
		l++;
	return l;
}

static enum pchat_code
note_sort(struct rollback *r, enum lost l, size_t n, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(losses[l].kind);
	enum pchat_code code = PCHAT_OK;

	if (n > NOTES_OF_A_SORT)
		return pchat_plan_note(r->plan, err, "%zu %s: %s", n, info->section,
		                       losses[l].what);
	for (size_t i = 0; code == PCHAT_OK && i < r->touches.v.n; i++) {
		const struct pchat_touched *o = r->touches.v.v[i];

		if (lost_with(o) == l)
			code = pchat_plan_note(r->plan, err, "%s '%s': %s", info->word,
			                       pchat_object_key(o->then), losses[l].what);
	}
	return code;
}

static enum pchat_code
note_lost(struct rollback *r, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	size_t n[N_LOST + 1] = { 0 };

	for (size_t i = 0; i < r->touches.v.n; i++)
		n[lost_with(r->touches.v.v[i])]++;
	for (enum lost l = 0; code == PCHAT_OK && l < N_LOST; l++)
		code = n[l] ? note_sort(r, l, n[l], err) : PCHAT_OK;
	return code;
}

/* A row of an object that stays as it is tells of what is no field of it. Rollbacks have others,
 * for what only has to be tied anew. */
static bool
is_aside(const struct pchat_journal_row *row)
{
	return (row->kind == PCHAT_KIND_USER || row->kind == PCHAT_KIND_ROOM) && row->before &&
	       row->after && strcmp(row->source, "rollback") != 0 &&
	       strcmp(row->source, "daemon") != 0 && pchat_object_eq(row->before, row->after);
}

/* ---- reading ---- */

static enum pchat_code
keep_then(struct rollback *r, struct pchat_touched *o, const struct pchat_journal_row *row,
          struct pchat_err *err)
{
	if (!row->before)
		return PCHAT_OK;
	o->then = pchat_object_copy(row->before);
	if (!o->then || !pchat_names_translate(&r->names, o->then))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

static enum pchat_code
take_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct rollback *r = ctx;
	struct pchat_touched *o;
	bool first;

	if (row->revision != r->turn && !pchat_names_turn(&r->names))
		return pchat_no_memory(err);
	r->turn = row->revision;
	o = pchat_touch(&r->touches, row, &first);
	if (o)
		o->aside |= is_aside(row);
	if (!o || !pchat_past_follow(&r->names, row, false))
		return pchat_no_memory(err);
	return first ? keep_then(r, o, row, err) : PCHAT_OK;
}

static enum pchat_code
read_now(struct pchat_store *store, struct pchat_touched *o, struct pchat_err *err)
{
	enum pchat_code code = pchat_store_get_guid(store, o->kind, o->guid, &o->later, NULL);

	if (code == PCHAT_NOT_FOUND)
		return PCHAT_OK;
	return code == PCHAT_OK ? code
	                        : pchat_store_get_guid(store, o->kind, o->guid, &o->later, err);
}

/* ---- names that pass from one object to another ---- */

/* "<kind> <folded name>" */
static char *
name_key(enum pchat_kind kind, struct pchat_str name)
{
	PCHAT_AUTO_VALUE(buf) key = { 0 };

	pchat_buf_printf(&key, "%d ", (int)kind);
	pchat_fold(&key, name);
	return pchat_buf_take(&key);
}

static bool
note_name(struct pchat_hash *names, const struct pchat_object *o)
{
	char *key = name_key(o->kind, pchat_str(pchat_object_key(o)));
	void *old = key ? pchat_hash_get(names, pchat_str(key)) : NULL;

	if (key && pchat_hash_put(names, pchat_str(key), key)) {
		free(old);
		return true;
	}
	free(key);
	return false;
}

static void
release_keys(struct pchat_hash *names)
{
	struct pchat_str key;
	void *value;
	size_t i = 0;

	while (pchat_hash_next(names, &i, &key, &value))
		free(value);
	pchat_hash_release(names);
}

static bool
keeps_name(const struct pchat_touched *o)
{
	return o->then && o->later &&
	       pchat_fold_cmp(pchat_str(pchat_object_key(o->then)),
	                      pchat_str(pchat_object_key(o->later))) == 0;
}

/* What one object leaves and another takes. */
static bool
find_passed(struct rollback *r)
{
	struct pchat_hash left = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < r->touches.v.n; i++) {
		const struct pchat_touched *o = r->touches.v.v[i];

		if (o->later && !keeps_name(o))
			ok = note_name(&left, o->later);
	}
	for (size_t i = 0; ok && i < r->touches.v.n; i++) {
		const struct pchat_touched *o = r->touches.v.v[i];
		PCHAT_AUTO_TEXT key = NULL;

		if (!o->then || keeps_name(o))
			continue;
		key = name_key(o->kind, pchat_str(pchat_object_key(o->then)));
		ok = key &&
		     (!pchat_hash_get(&left, pchat_str(key)) || note_name(&r->passed, o->then));
	}
	release_keys(&left);
	return ok;
}

/* Does the name mean one object now and another then? */
static bool
is_passed(struct rollback *r, enum pchat_kind kind, struct pchat_str name)
{
	PCHAT_AUTO_TEXT key = r->passed.n ? name_key(kind, name) : NULL;

	return key && pchat_hash_get(&r->passed, pchat_str(key));
}

static bool
is_passed_principal(struct rollback *r, const char *principal)
{
	struct pchat_str key;
	enum pchat_kind kind;

	return pchat_principal_split(pchat_str(principal), &kind, &key) && is_passed(r, kind, key);
}

/* Then it has to be tied anew, though nothing of it may look different. */
static bool
refers_to_passed(struct rollback *r, const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	bool found = false;

	for (size_t i = 0; r->passed.n && !found && i < info->n_fields; i++) {
		const struct pchat_list *l = &o->v[i].list;

		if (info->fields[i].type == PCHAT_TYPE_REF)
			found = is_passed(r, info->fields[i].ref, pchat_str(o->v[i].text));
		if (info->fields[i].type != PCHAT_TYPE_PRINCIPALS)
			continue;
		for (size_t k = 0; !found && k < l->n; k++)
			found = is_passed_principal(r, l->v[k]);
	}
	return found;
}

/* ---- what is put back ---- */

/* Call what stays by the name it gets, so that only what really changes differs. But what goes
 * keeps the name it is found by, and so does everything whose name passes to another. */
static bool
align_list(struct rollback *r, struct pchat_list *now, const struct pchat_list *then)
{
	for (size_t i = 0; i < now->n; i++) {
		char *there = pchat_names_principal(&r->names, now->v[i]);

		if (!there)
			return false;
		if (!pchat_list_has(then, pchat_str(there)) || is_passed_principal(r, there)) {
			free(there);
			continue;
		}
		free(now->v[i]);
		now->v[i] = there;
	}
	pchat_list_sort(now);
	return true;
}

static bool
align_ref(struct rollback *r, enum pchat_kind kind, char **now, const char *then)
{
	bool failed = false;
	const char *there = pchat_names_there(&r->names, kind, pchat_str(*now), &failed);
	char *copy;

	if (!there || pchat_fold_cmp(pchat_str(there), pchat_str(then)) != 0 ||
	    is_passed(r, kind, pchat_str(there)))
		return !failed;
	copy = pchat_str_dup(pchat_str(then));
	if (!copy)
		return false;
	free(*now);
	*now = copy;
	return true;
}

static bool
align(struct rollback *r, struct pchat_object *now, const struct pchat_object *then)
{
	const struct pchat_kind_info *info = pchat_kind_info(now->kind);
	bool ok = true;

	if (r->names.hash.n == 0)
		return true;
	for (size_t i = 0; ok && i < info->n_fields; i++) {
		if (info->fields[i].type == PCHAT_TYPE_REF)
			ok = align_ref(r, info->fields[i].ref, &now->v[i].text, then->v[i].text);
		else if (info->fields[i].type == PCHAT_TYPE_PRINCIPALS)
			ok = align_list(r, &now->v[i].list, &then->v[i].list);
	}
	return ok;
}

/* ---- all of it ---- */

static enum pchat_code
add_touched(struct rollback *r, struct pchat_touched *o, struct pchat_err *err)
{
	bool tied = o->then && refers_to_passed(r, o->then);

	if (!o->then && !o->later)
		return PCHAT_OK;
	if (o->then && o->later && !align(r, o->later, o->then))
		return pchat_no_memory(err);
	return pchat_past_add_take(r->plan, PCHAT_TAKE(o->later), PCHAT_TAKE(o->then), tied, err);
}

static enum pchat_code
make_plan(struct rollback *r, uint64_t revision, struct pchat_err *err)
{
	uint64_t latest = 0;
	enum pchat_code code = pchat_past_check(r->store, revision, &latest, err);

	if (code == PCHAT_OK)
		code = pchat_store_journal(r->store, revision, 0, take_row, r, err);
	if (code == PCHAT_OK && !pchat_names_turn(&r->names))
		code = pchat_no_memory(err);
	for (size_t i = 0; code == PCHAT_OK && i < r->touches.v.n; i++)
		code = read_now(r->store, r->touches.v.v[i], err);
	if (code == PCHAT_OK)
		code = note_lost(r, err);
	if (code == PCHAT_OK && !find_passed(r))
		code = pchat_no_memory(err);
	for (size_t i = 0; code == PCHAT_OK && i < r->touches.v.n; i++)
		code = add_touched(r, r->touches.v.v[i], err);
	return code;
}

enum pchat_code
pchat_past_rollback(struct pchat_store *store, uint64_t revision, struct pchat_plan *plan,
                    struct pchat_err *err)
{
	struct rollback r = { .store = store, .plan = plan };
	enum pchat_code code = pchat_read_begin(store, err);

	if (code != PCHAT_OK)
		return code;
	plan->restores = true;
	code = make_plan(&r, revision, err);
	pchat_read_end(store);
	if (code == PCHAT_OK)
		pchat_past_sort(plan);
	pchat_touches_release(&r.touches);
	pchat_names_release(&r.names);
	release_keys(&r.passed);
	return code;
}
