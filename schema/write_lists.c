#include "schema/write.h"

static enum pchat_code
change_entry(struct pchat_job *job, enum pchat_object_query_id id, size_t i, unsigned field,
             const char *principal, struct pchat_err *err)
{
	enum pchat_kind kind = pchat_change_object(&job->plan->v[i])->kind;
	PCHAT_AUTO_VALUE(query) q = { 0 };
	int64_t number = 0;
	enum pchat_code code = pchat_job_find(job, PCHAT_KIND_USER, principal, &number, err);

	if (code == PCHAT_OK)
		code = pchat_query_use_object(&job->store->conn, id, kind, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, job->ids[i]);
	pchat_stmt_int(q.stmt, 2, pchat_table_role(kind, field));
	pchat_stmt_int(q.stmt, 3, number);
	return pchat_query_run(&q, err);
}

/* Do @id for every member of @list that is not in @other. Both are sorted. */
static enum pchat_code
change_entries(struct pchat_job *job, enum pchat_object_query_id id, size_t i, unsigned field,
               const struct pchat_list *list, const struct pchat_list *other, struct pchat_err *err)
{
	const struct pchat_object *stored = job->stored ? job->stored[i] : NULL;
	size_t o = 0;
	enum pchat_code code = PCHAT_OK;

	for (size_t l = 0; code == PCHAT_OK && l < list->n; l++) {
		const char *name = list->v[l];
		int order = -1;

		while (o < other->n &&
		       (order = pchat_fold_cmp(pchat_str(other->v[o]), pchat_str(list->v[l]))) < 0)
			o++;
		if (o < other->n && order == 0 &&
		    !pchat_job_is_replaced(job, PCHAT_KIND_USER, list->v[l]))
			continue;
		if (id == PCHAT_O_LIST_DROP && stored)
			name = pchat_job_stored_name(job, &stored->v[field].list, name);
		code = change_entry(job, id, i, field, name, err);
	}
	return code;
}

enum pchat_code
pchat_job_lists(struct pchat_job *job, enum pchat_object_query_id id, size_t i,
                const struct pchat_object *has, const struct pchat_object *has_not,
                struct pchat_err *err)
{
	static const struct pchat_list empty;
	const struct pchat_kind_info *info = pchat_kind_info(has->kind);
	enum pchat_code code = PCHAT_OK;

	for (unsigned f = 0; code == PCHAT_OK && f < info->n_fields; f++)
		if (info->fields[f].type == PCHAT_TYPE_PRINCIPALS)
			code = change_entries(job, id, i, f, &has->v[f].list,
			                      has_not ? &has_not->v[f].list : &empty, err);
	return code;
}
