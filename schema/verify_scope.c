/*
 * Looking for roles that the rules would not have given: members, managers and
 * presenters outside the scope of the category, creators outside its own. What the
 * rules say is asked of policy/, with everything the store holds.
 */
#include "schema/internal.h"

#include "base/text.h"

struct look {
	struct pchat_org *org;
	pchat_problem_fn each;
	void *ctx;
};

static enum pchat_code
report(const struct look *l, pchat_id object, const struct pchat_field *field, pchat_id principal,
       struct pchat_err *err)
{
	const char *word = pchat_kind_info(pchat_org_kind(l->org, object))->word;
	const char *name = pchat_org_name(l->org, object);
	PCHAT_AUTO_VALUE(buf) remedy = { 0 };
	PCHAT_AUTO_TEXT what = NULL;

	what = pchat_text("%s '%s' has '%s' among its %s, who is out of scope", word, name,
	                  pchat_org_name(l->org, principal), field->name);
	/* The option is named as the field, without the last letter: --remove-member. */
	pchat_buf_printf(&remedy, "pchatctl %s set ", word);
	pchat_quote_shell(&remedy, pchat_str(name));
	pchat_buf_printf(&remedy, " --remove-%.*s ", (int)strlen(field->name) - 1, field->name);
	pchat_quote_shell(&remedy, pchat_str(pchat_org_name(l->org, principal)));
	if (!what || !pchat_buf_ok(&remedy))
		return pchat_no_memory(err);
	return l->each(l->ctx, what, pchat_buf_cstr(&remedy), err);
}

static enum pchat_code
check_list(const struct look *l, pchat_id object, unsigned field, pchat_id category,
           struct pchat_err *err)
{
	const struct pchat_field *f =
		&pchat_kind_info(pchat_org_kind(l->org, object))->fields[field];
	size_t n = 0;
	const pchat_id *list = pchat_org_list(l->org, object, field, &n);
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < n; i++) {
		bool in_scope = false;

		code = pchat_org_in_scope(l->org, list[i], category, &in_scope, err);
		if (code == PCHAT_OK && !in_scope)
			code = report(l, object, f, list[i], err);
	}
	return code;
}

/* All lists of roles (PCHAT_PURGED: what narrowing takes away) of one object. */
static enum pchat_code
check_object(const struct look *l, pchat_id object, pchat_id category, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(pchat_org_kind(l->org, object));
	enum pchat_code code = PCHAT_OK;

	for (unsigned i = 0; code == PCHAT_OK && i < info->n_fields; i++)
		if (info->fields[i].flags & PCHAT_PURGED)
			code = check_list(l, object, i, category, err);
	return code;
}

static enum pchat_code
check_all(const struct look *l, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	struct pchat_room_view view;
	size_t at = 0;
	pchat_id id;

	while (code == PCHAT_OK && pchat_org_next(l->org, PCHAT_KIND_CATEGORY, &at, &id))
		code = check_object(l, id, id, err);
	at = 0;
	while (code == PCHAT_OK && pchat_org_next(l->org, PCHAT_KIND_ROOM, &at, &id))
		if (pchat_org_room_view(l->org, id, &view))
			code = check_object(l, id, view.category, err);
	return code;
}

enum pchat_code
pchat_verify_scope(struct pchat_store *store, pchat_problem_fn each, void *ctx,
                   struct pchat_err *err)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	enum pchat_code code;

	if (!org)
		return pchat_no_memory(err);
	code = pchat_store_load(store, org, NULL, err);
	return code == PCHAT_OK ? check_all(&(struct look){ org, each, ctx }, err) : code;
}
