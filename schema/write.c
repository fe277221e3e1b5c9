/*
 * Carrying out a plan. The order makes any valid plan work, whatever the order of
 * its changes, with every reference right at every moment: list entries go first;
 * names that change or go are taken out of the way (so that two objects can swap
 * theirs); objects come and change, kind after kind, because references point to
 * earlier kinds only; then objects go, the kinds backwards; at last entries come.
 *
 * Deferred foreign keys would allow any order, but cost far more: each new parent
 * is then looked up in all tables that could refer to it.
 */
#include "schema/write.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Up to here names are compared one by one, past it all with all. */
#define FEW_NAMES 100
/* Steps of changes between two reports of how far it has come. */
#define PROGRESS_EVERY 1024

static const char *const op_words[] = {
	[PCHAT_OP_CREATE] = "create",
	[PCHAT_OP_UPDATE] = "change",
	[PCHAT_OP_DELETE] = "delete",
};

/* Put what was being done in front of a failure. */
static enum pchat_code
blame(enum pchat_code code, const struct pchat_change *c, struct pchat_err *err)
{
	const struct pchat_object *o = pchat_change_object(c);

	if (code != PCHAT_OK)
		pchat_wrap(err, "cannot %s %s '%s'", op_words[c->op],
		           pchat_kind_info(o->kind)->word, pchat_object_key(o));
	return code;
}

static enum pchat_code
step_find(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_change *c = &job->plan->v[i];
	enum pchat_code code;

	if (c->op == PCHAT_OP_CREATE) {
		job->ids[i] = job->store->write.next_id++;
		return PCHAT_OK;
	}
	code = pchat_job_find_stored(job, i, err);
	if (code == PCHAT_OK && job->stored)
		code = pchat_read_by_id(job->store, c->before->kind, job->ids[i], &job->stored[i],
		                        err);
	return code;
}

static enum pchat_code
step_drop_entries(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_change *c = &job->plan->v[i];

	/* Entries go with their owner; but of two groups that go, one may be in the other. */
	if (c->op == PCHAT_OP_DELETE && c->before->kind != PCHAT_KIND_GROUP)
		return PCHAT_OK;
	return c->before ? pchat_job_lists(job, PCHAT_O_LIST_DROP, i, c->before, c->after, err)
	                 : PCHAT_OK;
}

static enum pchat_code
delete_row(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;

	code = pchat_query_use_object(&job->store->conn, PCHAT_O_DELETE,
	                              job->plan->v[i].before->kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, job->ids[i]);
	return pchat_query_run(&q, err);
}

static enum pchat_code
remember_gone(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&job->store->conn, PCHAT_Q_GONE_ADD, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, job->plan->v[i].before->guid);
	pchat_stmt_int(q.stmt, 2, job->ids[i]);
	return pchat_query_run(&q, err);
}

static enum pchat_code
step_delete(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	enum pchat_code code;

	if (job->plan->v[i].op != PCHAT_OP_DELETE)
		return PCHAT_OK;
	code = delete_row(job, i, err);
	return code == PCHAT_OK ? remember_gone(job, i, err) : code;
}

static bool
keeps_name(const struct pchat_change *c)
{
	return c->op == PCHAT_OP_CREATE ||
	       (c->op == PCHAT_OP_UPDATE &&
	        pchat_fold_cmp(pchat_str(pchat_object_key(c->before)),
	                       pchat_str(pchat_object_key(c->after))) == 0);
}

/* No name has a line feed, so this one is in nobody's way. */
static enum pchat_code
step_hide_name(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_change *c = &job->plan->v[i];
	PCHAT_AUTO_VALUE(query) q = { 0 };
	char hidden[32];
	enum pchat_code code;

	if (keeps_name(c))
		return PCHAT_OK;
	code = pchat_query_use_object(&job->store->conn, PCHAT_O_HIDE_NAME, c->before->kind, &q,
	                              err);
	if (code != PCHAT_OK)
		return code;
	snprintf(hidden, sizeof(hidden), "\n%lld", (long long)job->ids[i]);
	pchat_stmt_text(q.stmt, 1, hidden);
	pchat_stmt_int(q.stmt, 2, job->ids[i]);
	return pchat_query_run(&q, err);
}

static bool
set_actor(char **to, const char *actor)
{
	char *copy = actor ? pchat_str_dup(pchat_str(actor)) : NULL;

	if (actor && !copy)
		return false;
	free(*to);
	*to = copy;
	return true;
}

/* Identity and times, as the store gives them. */
static bool
stamp(struct pchat_job *job, const struct pchat_object *before, struct pchat_object *o)
{
	const char *creator = before ? before->created_by : job->origin->actor;

	if (before)
		memcpy(o->guid, before->guid, sizeof(o->guid));
	else if (!*o->guid)
		pchat_guid_from(job->guids[job->next_guid++].v, o->guid);
	o->revision = job->store->write.revision;
	o->created = before ? before->created : job->store->write.time;
	o->updated = job->store->write.time;
	return set_actor(&o->created_by, creator) && set_actor(&o->updated_by, job->origin->actor);
}

static enum pchat_code
insert(struct pchat_job *job, size_t i, const struct pchat_object *o, const int64_t *refs,
       struct pchat_err *err)
{
	struct pchat_store *store = job->store;
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;

	code = pchat_query_use_object(&store->conn, PCHAT_O_INSERT, o->kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, job->ids[i]);
	pchat_stmt_text(q.stmt, 2, o->guid);
	pchat_stmt_int(q.stmt, 3, (int64_t)o->revision);
	pchat_stmt_int(q.stmt, 4, o->created);
	pchat_stmt_int(q.stmt, 5, o->updated);
	pchat_stmt_text(q.stmt, 6, o->created_by);
	pchat_stmt_text(q.stmt, 7, o->updated_by);
	pchat_row_bind(q.stmt, 8, o, pchat_buf_view(&store->fold), refs);
	return pchat_query_run(&q, err);
}

static enum pchat_code
update(struct pchat_job *job, size_t i, const struct pchat_object *o, const int64_t *refs,
       struct pchat_err *err)
{
	struct pchat_store *store = job->store;
	PCHAT_AUTO_VALUE(query) q = { 0 };
	unsigned next;
	enum pchat_code code;

	code = pchat_query_use_object(&store->conn, PCHAT_O_UPDATE, o->kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)o->revision);
	pchat_stmt_int(q.stmt, 2, o->updated);
	pchat_stmt_text(q.stmt, 3, o->updated_by);
	next = pchat_row_bind(q.stmt, 4, o, pchat_buf_view(&store->fold), refs);
	pchat_stmt_int(q.stmt, next, job->ids[i]);
	return pchat_query_run(&q, err);
}

static enum pchat_code
step_write(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_change *c = &job->plan->v[i];
	struct pchat_buf *fold = &job->store->fold;
	int64_t refs[PCHAT_MAX_FIELDS];
	enum pchat_code code;

	if (c->op == PCHAT_OP_DELETE)
		return PCHAT_OK;
	if (!stamp(job, c->before, c->after))
		return pchat_no_memory(err);
	code = pchat_job_find_refs(job, c, refs, err);
	if (code != PCHAT_OK)
		return code;
	pchat_buf_clear(fold);
	pchat_table_fold(c->after->kind, pchat_str(pchat_object_key(c->after)), fold);
	if (!pchat_buf_ok(fold))
		return pchat_no_memory(err);
	return c->op == PCHAT_OP_CREATE ? insert(job, i, c->after, refs, err)
	                                : update(job, i, c->after, refs, err);
}

/* Rooms and categories share one space of names; see 0001-policy.sql. */
static enum pchat_code
step_shared_name(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_object *o = job->plan->v[i].after;
	enum pchat_kind other;
	int64_t id = 0;
	enum pchat_code code;

	if (!o || (o->kind != PCHAT_KIND_ROOM && o->kind != PCHAT_KIND_CATEGORY) ||
	    job->plan->n > FEW_NAMES)
		return PCHAT_OK;
	other = o->kind == PCHAT_KIND_ROOM ? PCHAT_KIND_CATEGORY : PCHAT_KIND_ROOM;
	code = pchat_read_id(job->store, other, pchat_str(pchat_object_key(o)), &id, err);
	if (code == PCHAT_OK && id != 0)
		return pchat_fail(err, PCHAT_EXISTS, "there is a %s of this name",
		                  pchat_kind_info(other)->word);
	return code;
}

/* All categories looked up among the rooms: less work than a look for each of many rooms. */
static enum pchat_code
check_shared_names(struct pchat_job *job, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool shared = false;
	enum pchat_code code;

	if (job->plan->n <= FEW_NAMES)
		return PCHAT_OK;
	code = pchat_query_use(&job->store->conn, PCHAT_Q_BAD_SHARED_NAME, &q, err);
	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &shared, err);
	if (code == PCHAT_OK && shared)
		return pchat_fail(err, PCHAT_EXISTS, "'%s' would be a room and a category",
		                  pchat_col_str(q.stmt, 0).p);
	return code;
}

static enum pchat_code
step_add_entries(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_change *c = &job->plan->v[i];

	return c->after ? pchat_job_lists(job, PCHAT_O_LIST_ADD, i, c->after, c->before, err)
	                : PCHAT_OK;
}

/* Where objects are renamed, a plan may call what it refers to by the new name on both sides, or
 * by the old one. The journal has on each side the names of its time. */
static enum pchat_code
journal_stored(struct pchat_job *job, size_t i, const struct pchat_journal_entry *planned,
               struct pchat_err *err)
{
	struct pchat_journal_entry entry = *planned;
	PCHAT_AUTO(object) after = NULL;
	enum pchat_code code = PCHAT_OK;

	if (entry.after)
		code = pchat_read_by_id(job->store, entry.after->kind, job->ids[i], &after, err);
	entry.before = job->stored[i];
	entry.after = after;
	return code == PCHAT_OK ? pchat_journal_add(job->store, &entry, err) : code;
}

static enum pchat_code
step_journal(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_change *c = &job->plan->v[i];
	const struct pchat_journal_entry entry = {
		.row = job->store->write.next_journal++,
		.object = job->ids[i],
		.op = c->op,
		.cause = c->cause,
		.before = c->before,
		.after = c->after,
	};

	return job->stored ? journal_stored(job, i, &entry, err)
	                   : pchat_journal_add(job->store, &entry, err);
}

typedef enum pchat_code (*step_fn)(struct pchat_job *job, size_t i, struct pchat_err *err);

enum order { AS_PLANNED, BY_KIND, BY_KIND_BACKWARDS };

static size_t
nth(const struct pchat_job *job, enum order order, size_t i)
{
	switch (order) {
	case AS_PLANNED:
		break;
	case BY_KIND:
		return job->order[i];
	case BY_KIND_BACKWARDS:
		return job->order[job->plan->n - 1 - i];
	}
	return i;
}

static enum pchat_code
run_step(struct pchat_job *job, step_fn step, enum order order, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < job->plan->n; i++) {
		size_t at = nth(job, order, i);

		if (++job->done % PROGRESS_EVERY == 0 && job->origin->progress)
			job->origin->progress(job->origin->progress_ctx, job->done, job->total);
		code = blame(step(job, at, err), &job->plan->v[at], err);
	}
	return code;
}

static enum pchat_code
run_steps(struct pchat_job *job, struct pchat_err *err)
{
	static const struct {
		step_fn run;
		enum order order;
		bool names_change; /* numbers found so far no longer hold */
	} steps[] = {
		{ step_find, AS_PLANNED, false },        { step_drop_entries, AS_PLANNED, false },
		{ step_hide_name, AS_PLANNED, true },    { step_write, BY_KIND, false },
		{ step_shared_name, AS_PLANNED, false }, { step_delete, BY_KIND_BACKWARDS, false },
		{ step_add_entries, AS_PLANNED, false }, { step_journal, AS_PLANNED, false },
	};
	enum pchat_code code = PCHAT_OK;

	job->total = (uint64_t)job->plan->n * PCHAT_N(steps);
	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(steps); i++) {
		code = run_step(job, steps[i].run, steps[i].order, err);
		if (steps[i].names_change)
			pchat_job_forget(job);
	}
	return code == PCHAT_OK ? check_shared_names(job, err) : code;
}

/* Counting sort by kind; enum pchat_kind is in the order of references. */
static void
sort_by_kind(struct pchat_job *job)
{
	size_t start[PCHAT_N_KINDS + 1] = { 0 };

	for (size_t i = 0; i < job->plan->n; i++)
		start[pchat_change_object(&job->plan->v[i])->kind + 1]++;
	for (size_t k = 1; k <= PCHAT_N_KINDS; k++)
		start[k] += start[k - 1];
	for (size_t i = 0; i < job->plan->n; i++)
		job->order[start[pchat_change_object(&job->plan->v[i])->kind]++] = i;
}

static int
compare_random(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct pchat_random16));
}

/* GUIDs are handed out in their order: an index that grows at its end costs a third of one that
 * grows everywhere, and its pages are full. */
static bool
make_guids(struct pchat_job *job)
{
	size_t n = 0;

	for (size_t i = 0; i < job->plan->n; i++)
		n += job->plan->v[i].op == PCHAT_OP_CREATE && !*job->plan->v[i].after->guid;
	job->guids = calloc(n + 1, sizeof(*job->guids));
	if (!job->guids)
		return false;
	pchat_random(job->guids, n * sizeof(*job->guids));
	qsort(job->guids, n, sizeof(*job->guids), compare_random);
	return true;
}

/* Only where names change what is stored has to be read again. */
static bool
keep_stored(struct pchat_job *job)
{
	for (size_t i = 0; i < job->plan->n; i++) {
		const struct pchat_change *c = &job->plan->v[i];

		if (c->op != PCHAT_OP_UPDATE ||
		    strcmp(pchat_object_key(c->before), pchat_object_key(c->after)) == 0)
			continue;
		job->stored = calloc(job->plan->n, sizeof(struct pchat_object *));
		return job->stored;
	}
	return true;
}

static enum pchat_code
run_job(struct pchat_job *job, struct pchat_err *err)
{
	enum pchat_code code;

	job->ids = calloc(job->plan->n, sizeof(*job->ids));
	job->order = calloc(job->plan->n, sizeof(*job->order));
	job->memo = calloc(PCHAT_JOB_MEMO, sizeof(*job->memo));
	if (!job->ids || !job->order || !job->memo || !keep_stored(job) || !make_guids(job) ||
	    !pchat_job_note_replaced(job) || !pchat_job_note_renamed(job)) {
		code = pchat_no_memory(err);
	} else {
		sort_by_kind(job);
		code = pchat_write_revision(job->store, job->origin, err);
		if (code == PCHAT_OK)
			code = run_steps(job, err);
	}
	for (size_t i = 0; job->stored && i < job->plan->n; i++)
		pchat_object_free(job->stored[i]);
	free(job->stored);
	for (size_t i = 0; i < job->replaced_names.n; i++)
		free(job->replaced_names.v[i]);
	pchat_vec_release(&job->replaced_names);
	pchat_hash_release(&job->replaced);
	pchat_hash_release(&job->renamed);
	free(job->ids);
	free(job->order);
	free(job->memo);
	free(job->guids);
	return code;
}

enum pchat_code
pchat_txn_apply(struct pchat_txn *txn, struct pchat_plan *plan, const struct pchat_origin *origin,
                struct pchat_err *err)
{
	struct pchat_job job = { .store = txn->store, .plan = plan, .origin = origin };
	struct pchat_guard guard;
	enum pchat_code code;

	assert(txn->store && txn->store->write.open);
	if (plan->n == 0)
		return PCHAT_OK;
	code = pchat_write_alive(txn->store, err);
	if (code == PCHAT_OK)
		code = pchat_write_guard(txn->store, plan->n, &guard, err);
	if (code != PCHAT_OK)
		return code;
	return pchat_write_guard_end(txn->store, &guard, run_job(&job, err), err);
}
