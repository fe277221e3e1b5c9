#include "schema/write.h"

#include <stdlib.h>

static struct pchat_memo *
memo_slot(struct pchat_job *job, enum pchat_kind kind, const char *name)
{
	uint64_t h = pchat_hash_of(name, strlen(name)) + (uint64_t)kind;

	return &job->memo[h % PCHAT_JOB_MEMO];
}

void
pchat_job_forget(struct pchat_job *job)
{
	memset(job->memo, 0, PCHAT_JOB_MEMO * sizeof(*job->memo));
}

enum pchat_code
pchat_job_find(struct pchat_job *job, enum pchat_kind kind, const char *name, int64_t *ret,
               struct pchat_err *err)
{
	struct pchat_memo *m = memo_slot(job, kind, name);
	enum pchat_code code;

	if (m->name && m->kind == kind && strcmp(m->name, name) == 0) {
		*ret = m->id;
		return PCHAT_OK;
	}
	code = pchat_read_id(job->store, kind, pchat_str(name), ret, err);
	if (code != PCHAT_OK)
		return code;
	if (*ret == 0)
		return pchat_fail(err, PCHAT_CONFLICT, "there is no %s '%s'",
		                  pchat_kind_info(kind)->word, name);
	*m = (struct pchat_memo){ kind, name, *ret };
	return PCHAT_OK;
}

/* What did not change is not looked up: its name may be another by now. */
static bool
same_ref(const struct pchat_change *c, size_t field)
{
	return c->before && pchat_fold_cmp(pchat_str(c->before->v[field].text),
	                                   pchat_str(c->after->v[field].text)) == 0;
}

enum pchat_code
pchat_job_find_refs(struct pchat_job *job, const struct pchat_change *c,
                    int64_t refs[PCHAT_MAX_FIELDS], struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(c->after->kind);
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < info->n_fields; i++) {
		const char *name = c->after->v[i].text;

		refs[i] = PCHAT_REF_NONE;
		if (info->fields[i].type != PCHAT_TYPE_REF)
			continue;
		if (same_ref(c, i) && !pchat_job_is_replaced(job, info->fields[i].ref, name))
			refs[i] = PCHAT_REF_SAME;
		else if (name && *name)
			code = pchat_job_find(job, info->fields[i].ref, name, &refs[i], err);
	}
	return code;
}

/* ---- names that pass from one object to another ---- */

/* Malloc'ed; principals share one space of names and come with their prefix. */
static char *
replaced_key(enum pchat_kind kind, const char *name)
{
	PCHAT_AUTO_VALUE(buf) key = { 0 };

	pchat_buf_printf(&key, "%s ", pchat_table(kind)->name);
	pchat_table_fold(kind, pchat_str(name), &key);
	return pchat_buf_take(&key);
}

static bool
note_name(struct pchat_job *job, const struct pchat_object *o, struct pchat_hash *to,
          const struct pchat_hash *only)
{
	char *key = replaced_key(o->kind, pchat_object_key(o));

	if (!key || !pchat_vec_push(&job->replaced_names, key)) {
		free(key);
		return false;
	}
	return (only && !pchat_hash_get(only, pchat_str(key))) ||
	       pchat_hash_put(to, pchat_str(key), job);
}

static bool
keeps_name(const struct pchat_change *c)
{
	return c->before && c->after &&
	       pchat_fold_cmp(pchat_str(pchat_object_key(c->before)),
	                      pchat_str(pchat_object_key(c->after))) == 0;
}

bool
pchat_job_note_replaced(struct pchat_job *job)
{
	struct pchat_hash left = { 0 };
	bool ok = true;

	if (!job->plan->restores)
		return true;
	for (size_t i = 0; ok && i < job->plan->n; i++) {
		const struct pchat_change *c = &job->plan->v[i];

		if (c->before && !keeps_name(c))
			ok = note_name(job, c->before, &left, NULL);
	}
	for (size_t i = 0; ok && i < job->plan->n; i++) {
		const struct pchat_change *c = &job->plan->v[i];

		if (c->after && !keeps_name(c))
			ok = note_name(job, c->after, &job->replaced, &left);
	}
	pchat_hash_release(&left);
	return ok;
}

/* They share a table. */
static bool
is_principal(enum pchat_kind kind)
{
	return strcmp(pchat_table(kind)->name, pchat_table(PCHAT_KIND_USER)->name) == 0;
}

static bool
note_renamed(struct pchat_job *job, const struct pchat_change *c)
{
	PCHAT_AUTO_VALUE(buf) old = { 0 };
	PCHAT_AUTO_VALUE(buf) new = { 0 };
	char *from, *to;
	bool kept;

	pchat_principal_of(c->before->kind, pchat_object_key(c->before), &old);
	pchat_principal_of(c->after->kind, pchat_object_key(c->after), &new);
	from = pchat_buf_take(&old);
	to = pchat_buf_ok(&new) ? pchat_fold_dup(pchat_buf_view(&new)) : NULL;
	kept = from && to && pchat_vec_reserve(&job->replaced_names, 2);
	if (!kept) {
		free(from);
		free(to);
		return false;
	}
	pchat_vec_push(&job->replaced_names, from);
	pchat_vec_push(&job->replaced_names, to);
	return pchat_hash_put(&job->renamed, pchat_str(to), from);
}

bool
pchat_job_note_renamed(struct pchat_job *job)
{
	bool ok = true;

	for (size_t i = 0; ok && job->stored && i < job->plan->n; i++) {
		const struct pchat_change *c = &job->plan->v[i];

		if (c->op == PCHAT_OP_UPDATE && is_principal(c->before->kind) && !keeps_name(c))
			ok = note_renamed(job, c);
	}
	return ok;
}

const char *
pchat_job_stored_name(struct pchat_job *job, const struct pchat_list *stored, const char *principal)
{
	PCHAT_AUTO_TEXT folded = job->renamed.n ? pchat_fold_dup(pchat_str(principal)) : NULL;
	const char *old = folded ? pchat_hash_get(&job->renamed, pchat_str(folded)) : NULL;

	/* Where names are exchanged both may be in it. Plans that restore go by the names in the
	 * store, others by the new ones. */
	if (!old || !pchat_list_has(stored, pchat_str(old)) ||
	    (job->plan->restores && pchat_list_has(stored, pchat_str(principal))))
		return principal;
	return old;
}

bool
pchat_job_is_replaced(struct pchat_job *job, enum pchat_kind kind, const char *name)
{
	PCHAT_AUTO_TEXT key = NULL;

	if (job->replaced.n == 0 || !*name)
		return false;
	key = replaced_key(kind, name);
	/* Without memory it is tied anew, which is never wrong. */
	return !key || pchat_hash_get(&job->replaced, pchat_str(key));
}

enum pchat_code
pchat_job_find_stored(struct pchat_job *job, size_t i, struct pchat_err *err)
{
	const struct pchat_object *before = job->plan->v[i].before;
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code;

	code = pchat_query_use_object(&job->store->conn, PCHAT_O_ID_AND_REVISION, before->kind, &q,
	                              err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, before->guid);
	code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	if (!row)
		return pchat_fail(err, PCHAT_CONFLICT, "it is gone meanwhile");
	if ((uint64_t)pchat_col_int(q.stmt, 1) != before->revision)
		return pchat_fail(err, PCHAT_CONFLICT, "it was changed meanwhile");
	job->ids[i] = pchat_col_int(q.stmt, 0);
	return PCHAT_OK;
}
