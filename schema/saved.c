/* Saved plans: written, and made plans for their store again. */
#include "schema/saved.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/renames.h"
#include "schema/internal.h"
#include "schema/migrate.h"

/* Names of what has changed that are told; of more, that there are more. */
#define NAMES_TOLD 5

void
pchat_saved_release(struct pchat_saved *s)
{
	for (size_t i = 0; i < s->asked.n; i++)
		pchat_object_free(s->asked.v[i]);
	pchat_vec_release(&s->asked);
	pchat_plan_release(&s->plan);
	free(s->actor);
	free(s->comment);
	*s = (struct pchat_saved){ 0 };
}

/* ---- writing ---- */

enum pchat_code
pchat_saved_begin(struct pchat_saved *s, struct pchat_store *store, struct pchat_err *err)
{
	enum pchat_code code = pchat_store_identity(store, s->store, &s->base, err);

	s->schema = PCHAT_SCHEMA_VERSION;
	return code == PCHAT_OK ? pchat_store_revision_time(store, s->base, &s->since, err) : code;
}

enum pchat_code
pchat_saved_keep_asked(struct pchat_saved *s, const struct pchat_plan *plan, struct pchat_err *err)
{
	for (size_t i = 0; i < s->asked.n; i++)
		pchat_object_free(s->asked.v[i]);
	s->asked.n = 0;
	if (!pchat_vec_reserve(&s->asked, plan->n))
		return pchat_no_memory(err);
	for (size_t i = 0; i < plan->n; i++) {
		const struct pchat_object *after = plan->v[i].after;
		struct pchat_object *copy = after ? pchat_object_copy(after) : NULL;

		if (after && !copy)
			return pchat_no_memory(err);
		s->asked.v[s->asked.n++] = copy;
	}
	return PCHAT_OK;
}

static void
add_text(struct pchat_json *j, const char *key, const char *text)
{
	pchat_json_key(j, key);
	pchat_json_text(j, text);
}

static void
add_uint(struct pchat_json *j, const char *key, uint64_t n)
{
	pchat_json_key(j, key);
	pchat_json_uint(j, n);
}

static void
end_line(struct pchat_json *j)
{
	pchat_json_end_object(j);
	pchat_buf_char(j->out, '\n');
}

static void
write_head(struct pchat_json *j, const struct pchat_saved *s, const struct pchat_plan *plan)
{
	char since[PCHAT_TIME_MAX], made[PCHAT_TIME_MAX];

	pchat_json_begin_object(j);
	add_uint(j, "pchatPlan", PCHAT_SAVED_VERSION);
	add_uint(j, "schema", s->schema);
	add_text(j, "store", s->store);
	add_uint(j, "base", s->base);
	add_text(j, "since", pchat_time_text(s->since, since));
	add_text(j, "made", pchat_time_text(s->made, made));
	add_text(j, "by", s->actor);
	if (s->comment)
		add_text(j, "comment", s->comment);
	add_uint(j, "changes", plan->n);
	add_uint(j, "losses", plan->n_losses);
	end_line(j);
}

static void
write_object(struct pchat_json *j, const char *key, const struct pchat_object *o)
{
	if (!o)
		return;
	pchat_json_key(j, key);
	pchat_json_raw(j, PCHAT_STR(""));
	pchat_object_to_json(o, true, j->out);
}

static void
write_change(struct pchat_json *j, const struct pchat_change *c, const struct pchat_object *asked)
{
	const struct pchat_object *o = c->after ? c->after : c->before;

	pchat_json_begin_object(j);
	add_text(j, "action", pchat_op_words[c->op]);
	add_text(j, "cause", pchat_cause_words[c->cause]);
	add_text(j, "kind", pchat_kind_info(o->kind)->word);
	write_object(j, "before", c->before);
	if (asked && !pchat_object_eq(asked, c->after))
		write_object(j, "asked", asked);
	write_object(j, "after", c->after);
	end_line(j);
}

static void
write_loss(struct pchat_json *j, const struct pchat_loss *l)
{
	pchat_json_begin_object(j);
	add_text(j, "object", l->object);
	add_text(j, "field", l->field);
	add_text(j, "principal", l->principal);
	add_text(j, "why", l->why);
	end_line(j);
}

void
pchat_saved_seal(struct pchat_str text, struct pchat_buf *out)
{
	static const unsigned char key[PCHAT_HASH_KEY] = "pchat saved pla";
	uint64_t sum = pchat_hash_keyed(key, text.p, text.n);

	pchat_buf_printf(out, "{\"sum\":\"%016llx\"}\n", (unsigned long long)sum);
}

enum pchat_code
pchat_saved_write(const struct pchat_saved *s, const struct pchat_plan *plan, struct pchat_buf *out,
                  struct pchat_err *err)
{
	struct pchat_json j;

	if (plan->n > PCHAT_SAVED_MAX_ITEMS || plan->n_losses > PCHAT_SAVED_MAX_ITEMS)
		return pchat_fail(err, PCHAT_LIMIT,
		                  "a plan of more than %d changes cannot be saved",
		                  PCHAT_SAVED_MAX_ITEMS);
	out->max = (size_t)PCHAT_SAVED_MAX_BYTES;
	pchat_json_init(&j, out, false);
	write_head(&j, s, plan);
	for (size_t i = 0; i < plan->n && pchat_buf_ok(out); i++)
		write_change(&j, &plan->v[i], i < s->asked.n ? s->asked.v[i] : NULL);
	for (size_t i = 0; i < plan->n_losses && pchat_buf_ok(out); i++)
		write_loss(&j, &plan->losses[i]);
	pchat_saved_seal(pchat_buf_view(out), out);
	return pchat_buf_check(out, err);
}

/* ---- has the store moved on? ---- */

struct moves {
	struct pchat_buf names;
	size_t n;
};

/* PCHAT_LIMIT ends the reading: enough is known. */
static enum pchat_code
note_move(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	struct moves *m = ctx;

	(void)err;
	if (m->n++ == NAMES_TOLD) {
		pchat_buf_lit(&m->names, " and more");
		return PCHAT_LIMIT;
	}
	pchat_buf_printf(&m->names, "%s%s '%s' (%sd in revision %llu by %s)",
	                 m->n > 1 ? ", " : ": ", pchat_kind_info(row->kind)->word, row->key,
	                 pchat_op_words[row->op], (unsigned long long)row->revision,
	                 row->actor ? row->actor : "nobody");
	return PCHAT_OK;
}

static enum pchat_code
fail_moved(const struct pchat_saved *s, struct pchat_store *store, uint64_t revision,
           struct pchat_err *err)
{
	struct moves m = { 0 };

	if (revision < s->base) {
		pchat_fail(err, PCHAT_CONFLICT,
		           "the store has been put back to revision %llu, and the plan was made "
		           "from revision %llu",
		           (unsigned long long)revision, (unsigned long long)s->base);
		pchat_hint(err, "nothing was done; make the plan again");
		return PCHAT_CONFLICT;
	}
	/* Only names are lost if that does not work. */
	(void)pchat_store_journal(store, s->base, 0, note_move, &m, NULL);
	pchat_fail(err, PCHAT_CONFLICT,
	           "the store has moved on since the plan was made (revision %llu is now %llu)%s",
	           (unsigned long long)s->base, (unsigned long long)revision,
	           pchat_buf_cstr(&m.names));
	pchat_hint(err, "nothing was done; make the plan again");
	pchat_buf_release(&m.names);
	return PCHAT_CONFLICT;
}

static enum pchat_code
fail_schema(const struct pchat_saved *s, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_CONFLICT,
	           "the plan was made for schema %u, and the store has schema %u", s->schema,
	           PCHAT_SCHEMA_VERSION);
	pchat_hint(err, "nothing was done; make the plan again");
	return PCHAT_CONFLICT;
}

/* The revision may have the right number and be another all the same. */
static enum pchat_code
check_past(const struct pchat_saved *s, struct pchat_store *store, struct pchat_err *err)
{
	int64_t since = 0;
	enum pchat_code code = pchat_store_revision_time(store, s->base, &since, err);

	if (code != PCHAT_OK || since == s->since)
		return code;
	pchat_fail(err, PCHAT_CONFLICT,
	           "the store has been put back since the plan was made, and has another "
	           "revision %llu",
	           (unsigned long long)s->base);
	pchat_hint(err, "nothing was done; make the plan again");
	return PCHAT_CONFLICT;
}

static enum pchat_code
check_store(const struct pchat_saved *s, struct pchat_store *store, uint64_t revision,
            struct pchat_err *err)
{
	char id[PCHAT_GUID_LEN + 1];
	uint64_t own;
	enum pchat_code code = pchat_store_identity(store, id, &own, err);

	if (code != PCHAT_OK)
		return code;
	if (strcmp(id, s->store) != 0) {
		pchat_fail(err, PCHAT_CONFLICT, "the plan was made for another store (%s)",
		           s->store);
		pchat_hint(err, "name that one with --store, or make a plan for this one");
		return PCHAT_CONFLICT;
	}
	if (s->schema != PCHAT_SCHEMA_VERSION)
		return fail_schema(s, err);
	if (!revision)
		revision = own;
	return revision == s->base ? check_past(s, store, err)
	                           : fail_moved(s, store, revision, err);
}

/* ---- a plan for the store ---- */

static const struct pchat_object *
subject(const struct pchat_change *c)
{
	return c->before ? c->before : c->after;
}

static enum pchat_code
refuse(const struct pchat_change *c, enum pchat_code code, const char *why, struct pchat_err *err)
{
	const struct pchat_object *o = subject(c);

	pchat_fail(err, code, "%s '%s': %s", pchat_kind_info(o->kind)->word, pchat_object_key(o),
	           why);
	pchat_hint(err, "nothing was done; make the plan again");
	pchat_err_at(err, o->file, o->line, 0);
	return code;
}

/* What is asked for. */
static const struct pchat_object *
wanted_of(const struct pchat_saved *s, size_t i)
{
	return s->asked.v[i] ? s->asked.v[i] : s->plan.v[i].after;
}

/* "site:leeds" is called after its site. */
static enum pchat_code
is_called_after(const struct pchat_renames *renames, const struct pchat_change *c,
                const struct pchat_object *wanted, bool *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) key = { 0 };
	enum pchat_code code = pchat_renames_key(renames, wanted->kind, pchat_object_key(c->before),
	                                         &key, err);

	*ret = key.n && pchat_str_eq(pchat_buf_view(&key), pchat_str(pchat_object_key(wanted)));
	return code;
}

/* What no command and no manifest asks for, whatever a file says. */
static enum pchat_code
check_fixed(const struct pchat_renames *renames, const struct pchat_change *c,
            const struct pchat_object *wanted, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(subject(c)->kind);
	enum pchat_code code = PCHAT_OK;
	bool follows = false;

	for (unsigned f = 0; c->op == PCHAT_OP_UPDATE && f < info->n_fields; f++) {
		if (!(info->fields[f].flags & PCHAT_FIXED) ||
		    pchat_object_field_eq(c->before, wanted, f))
			continue;
		if (f == 0)
			code = is_called_after(renames, c, wanted, &follows, err);
		if (code != PCHAT_OK)
			return code;
		if (f > 0 || !follows)
			return refuse(c, PCHAT_INVALID, "it cannot be changed in that way", err);
	}
	return PCHAT_OK;
}

/* The plan has it as it refers to what the plan renames. */
static enum pchat_code
find_before(const struct pchat_renames *renames, const struct pchat_change *c,
            struct pchat_store *store, struct pchat_object **ret, struct pchat_err *err)
{
	PCHAT_AUTO(object) stored = NULL;
	PCHAT_AUTO(object) before = NULL;
	enum pchat_code code = pchat_store_get_guid(store, c->before->kind, c->before->guid,
	                                            &stored, err);

	if (code == PCHAT_OK)
		code = pchat_renames_before(renames, stored, &before, err);
	if (code == PCHAT_OK && !before)
		before = PCHAT_TAKE(stored);
	if (code == PCHAT_NOT_FOUND ||
	    (code == PCHAT_OK &&
	     (before->revision != c->before->revision || !pchat_object_eq(before, c->before))))
		return refuse(c, PCHAT_CONFLICT, "it is not in the store as the plan has it", err);
	if (code == PCHAT_OK)
		*ret = PCHAT_TAKE(before);
	return code;
}

static enum pchat_code
find_renames(const struct pchat_saved *s, struct pchat_renames *ret, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < s->asked.n && code == PCHAT_OK; i++) {
		const struct pchat_change *c = &s->plan.v[i];
		const char *from, *to;

		if (c->op != PCHAT_OP_UPDATE)
			continue;
		from = pchat_object_key(c->before);
		to = pchat_object_key(wanted_of(s, i));
		if (pchat_fold_cmp(pchat_str(from), pchat_str(to)) != 0)
			code = pchat_renames_put(ret, c->before->kind, from, to, err);
	}
	return code;
}

static enum pchat_code
add_asked(const struct pchat_saved *s, size_t i, const struct pchat_renames *renames,
          struct pchat_store *store, struct pchat_plan *plan, struct pchat_err *err)
{
	const struct pchat_change *c = &s->plan.v[i];
	const struct pchat_object *wanted = wanted_of(s, i);
	PCHAT_AUTO(object) before = NULL;
	PCHAT_AUTO(object) after = NULL;
	enum pchat_code code = check_fixed(renames, c, wanted, err);

	if (code == PCHAT_OK && c->before)
		code = find_before(renames, c, store, &before, err);
	if (code != PCHAT_OK)
		return code;
	if (wanted) {
		after = pchat_object_copy(wanted);
		if (!after)
			return pchat_no_memory(err);
		after->revision = before ? before->revision : 0;
		after->file = wanted->file;
		after->line = wanted->line;
	}
	return pchat_plan_add_take(plan, c->op, PCHAT_TAKE(before), PCHAT_TAKE(after), err);
}

enum pchat_code
pchat_saved_plan(const struct pchat_saved *s, struct pchat_store *store, uint64_t revision,
                 struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(renames) renames = { 0 };
	enum pchat_code code = check_store(s, store, revision, err);

	if (code == PCHAT_OK)
		code = find_renames(s, &renames, err);
	for (size_t i = 0; i < s->asked.n && code == PCHAT_OK; i++)
		code = add_asked(s, i, &renames, store, plan, err);
	return code;
}

/* ---- the same after the check ---- */

static bool
same_object(const struct pchat_object *a, const struct pchat_object *b)
{
	return !a || !b ? a == b : strcmp(a->guid, b->guid) == 0 && pchat_object_eq(a, b);
}

/* What follows comes in an order that depends on how the store was read; every change of it is
 * about an object that is there, so that it has a guid. */
static const struct pchat_change *
first_other(const struct pchat_saved *s, const struct pchat_plan *plan,
            const struct pchat_hash *rest)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct pchat_change *is = &plan->v[i];
		const struct pchat_change *said =
			i < s->asked.n ? &s->plan.v[i]
				       : pchat_hash_get(rest, pchat_str(subject(is)->guid));

		if (!said || said->op != is->op || said->cause != is->cause ||
		    !same_object(said->before, is->before) || !same_object(said->after, is->after))
			return is;
	}
	return NULL;
}

static int
compare(const struct pchat_loss *x, const struct pchat_loss *y)
{
	int r = strcmp(x->object, y->object);

	if (!r)
		r = strcmp(x->field, y->field);
	return r ? r : strcmp(x->principal, y->principal);
}

/* A loss by itself, to be sorted: the array of a plan stays as it is. */
struct sorted {
	const struct pchat_loss *loss;
};

static int
by_text(const void *a, const void *b)
{
	return compare(((const struct sorted *)a)->loss, ((const struct sorted *)b)->loss);
}

/* The losses of a plan in an order of their own; the caller frees. */
static struct sorted *
sorted_losses(const struct pchat_plan *plan)
{
	struct sorted *v = calloc(plan->n_losses + 1, sizeof(*v));

	for (size_t i = 0; v && i < plan->n_losses; i++)
		v[i].loss = &plan->losses[i];
	if (v)
		qsort(v, plan->n_losses, sizeof(*v), by_text);
	return v;
}

static enum pchat_code
same_losses(const struct pchat_plan *a, const struct pchat_plan *b, bool *ret,
            struct pchat_err *err)
{
	struct sorted *x = sorted_losses(a), *y = sorted_losses(b);
	enum pchat_code code = PCHAT_OK;

	*ret = a->n_losses == b->n_losses;
	if (!x || !y)
		code = pchat_no_memory(err);
	for (size_t i = 0; x && y && *ret && i < a->n_losses; i++)
		*ret = compare(x[i].loss, y[i].loss) == 0 &&
		       strcmp(x[i].loss->why, y[i].loss->why) == 0;
	free(x);
	free(y);
	return code;
}

static enum pchat_code
fail_other(const char *what, const struct pchat_object *o, struct pchat_err *err)
{
	if (o)
		pchat_fail(err, PCHAT_CONFLICT, "%s: %s '%s'", what, pchat_kind_info(o->kind)->word,
		           pchat_object_key(o));
	else
		pchat_fail(err, PCHAT_CONFLICT, "%s", what);
	pchat_hint(err, "nothing was done; make the plan again");
	return PCHAT_CONFLICT;
}

enum pchat_code
pchat_saved_compare(const struct pchat_saved *s, const struct pchat_plan *plan,
                    struct pchat_err *err)
{
	static const char what[] = "what follows from the plan is not what it says";
	struct pchat_hash rest = { 0 };
	const struct pchat_change *other = NULL;
	enum pchat_code code = PCHAT_OK;
	bool same;

	for (size_t i = s->asked.n; i < s->plan.n && code == PCHAT_OK; i++)
		if (!pchat_hash_put(&rest, pchat_str(subject(&s->plan.v[i])->guid), &s->plan.v[i]))
			code = pchat_no_memory(err);
	if (code == PCHAT_OK)
		other = first_other(s, plan, &rest);
	pchat_hash_release(&rest);
	if (code != PCHAT_OK)
		return code;
	if (other)
		return fail_other(what, subject(other), err);
	if (plan->n != s->plan.n)
		return fail_other(what, NULL, err);
	code = same_losses(plan, &s->plan, &same, err);
	return code != PCHAT_OK || same ? code : fail_other(what, NULL, err);
}
