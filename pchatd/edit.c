/* One edit: authorized, planned, checked and stored inside the write lock, by the rules of
 * policy/ and with the refusals of pchatctl. xccos.md sections 7 and 9.15. */

#include <assert.h>
#include <stdlib.h>

#include "pchatd/editor.h"

struct editing {
	struct pchat_edit *e;
	struct pchat_store *store;
	struct pchat_org *org; /* filled on demand, changed by the check */
	struct pchat_plan plan;
	struct pchat_object *before, *after; /* owned until they are in the plan */
	struct pchat_err *err;
};

/* ---- refusing ---- */

static enum pchat_code
refuse(struct editing *g, enum pchat_xccos_result result, enum pchat_code code, const char *why)
{
	g->e->result = result;
	return pchat_fail(g->err, code, "%s", why);
}

static enum pchat_xccos_result
result_of(const struct editing *g, enum pchat_code code)
{
	switch (g->plan.refusal) {
	case PCHAT_REFUSED_NO_PRINCIPAL:
		return PCHAT_XCCOS_NO_SUCH_PRINCIPAL;
	case PCHAT_REFUSED_OUT_OF_SCOPE:
		return PCHAT_XCCOS_PRINCIPALS_NOT_IN_SCOPE;
	case PCHAT_REFUSED_PRESENTER_NO_MEMBER:
		return PCHAT_XCCOS_PRESENTER_NOT_MEMBER;
	}
	return pchat_xccos_result_of(code);
}

/* What the client is told: the reason if it is his affair, else the usual sentence. */
static void
settle(struct editing *g, enum pchat_code code)
{
	struct pchat_edit *e = g->e;

	if (e->result == PCHAT_XCCOS_OK)
		e->result = result_of(g, code);
	if (e->result < PCHAT_XCCOS_SERVER && g->err->msg)
		e->text = pchat_str_dup(pchat_str(g->err->msg));
}

/* ---- may he? ---- */

static enum pchat_code
authorize(struct editing *g, enum pchat_action action, pchat_id room, pchat_id category)
{
	struct pchat_access_query q = { .action = action, .room = room, .category = category };
	struct pchat_verdict verdict = { 0 };
	enum pchat_code code;

	q.user = pchat_org_principal(g->org, g->e->actor, g->err);
	code = g->err->code ? g->err->code : pchat_access(g->org, &q, false, &verdict, g->err);
	if (code || verdict.allowed)
		return code;
	return refuse(g, PCHAT_XCCOS_PERMISSION, PCHAT_DENIED,
	              action == PCHAT_ACTION_ENABLE
	                      ? "only an administrator enables a room again"
	                      : pchat_xccos_result_sentence(PCHAT_XCCOS_PERMISSION));
}

/* What a change of fields needs beside the right to edit. */
static enum pchat_code
authorize_fields(struct editing *g, pchat_id room)
{
	const struct pchat_edit *e = g->e;
	bool was = g->before->v[PCHAT_ROOM_DISABLED].flag;
	bool is = g->after->v[PCHAT_ROOM_DISABLED].flag;
	enum pchat_code code = authorize(g, PCHAT_ACTION_EDIT, room, PCHAT_NO_ID);

	if (!code && e->lists.n)
		code = authorize(g, PCHAT_ACTION_ROLES, room, PCHAT_NO_ID);
	if (!code && was != is)
		code = authorize(g, is ? PCHAT_ACTION_DISABLE : PCHAT_ACTION_ENABLE, room,
		                 PCHAT_NO_ID);
	return code;
}

/* ---- what is to become of it ---- */

static enum pchat_code
name_of(struct editing *g, enum pchat_kind kind, const char *guid, enum pchat_xccos_result missing,
        char **ret)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code = pchat_store_get_guid(g->store, kind, guid, &o, g->err);

	if (code == PCHAT_NOT_FOUND) {
		pchat_err_release(g->err);
		return refuse(g, missing, code,
		              kind == PCHAT_KIND_ADDIN ? "there is no such add-in"
		                                       : "there is no such category");
	}
	if (code)
		return code;
	*ret = pchat_str_dup(pchat_str(pchat_object_key(o)));
	return *ret ? PCHAT_OK : pchat_no_memory(g->err);
}

/* A reference by guid becomes one by name. */
static enum pchat_code
refer(struct editing *g, unsigned field, enum pchat_kind kind, const char *guid,
      enum pchat_xccos_result missing)
{
	PCHAT_AUTO_TEXT name = NULL;
	enum pchat_code code = name_of(g, kind, guid, missing, &name);

	return code ? code : pchat_object_set(g->after, field, pchat_str(name), g->err);
}

static enum pchat_code
set_addin(struct editing *g)
{
	if (!g->e->has_addin)
		return PCHAT_OK;
	if (!g->e->addin[0])
		return pchat_object_set(g->after, PCHAT_ROOM_ADDIN, (struct pchat_str){ 0 },
		                        g->err);
	return refer(g, PCHAT_ROOM_ADDIN, PCHAT_KIND_ADDIN, g->e->addin,
	             PCHAT_XCCOS_INVALID_ARGUMENT);
}

static enum pchat_code
set_fields(struct editing *g)
{
	const struct pchat_edit *e = g->e;
	enum pchat_code code = set_addin(g);

	for (size_t i = 0; i < e->fields.n && !code; i++)
		code = pchat_object_set(g->after, e->fields.v[i].field,
		                        pchat_str(e->fields.v[i].text), g->err);
	return code;
}

/* Nobody is added twice: the whole request is refused then (xccos.md section 7). */
static enum pchat_code
add_all(struct editing *g, const struct pchat_edit_list *l)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < l->principals.n && !code; i++) {
		struct pchat_str p = pchat_str(l->principals.v[i]);

		if (g->e->kind == PCHAT_EDIT_ADD &&
		    pchat_list_has(&g->before->v[l->field].list, p)) {
			PCHAT_AUTO_TEXT why = pchat_text("principals are already defined: %s",
			                                 l->principals.v[i]);

			return why ? refuse(g, PCHAT_XCCOS_PRINCIPALS_DEFINED, PCHAT_EXISTS, why)
			           : pchat_no_memory(g->err);
		}
		code = pchat_object_add(g->after, l->field, p, g->err);
	}
	return code;
}

static enum pchat_code
drop_all(struct editing *g, const struct pchat_edit_list *l)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < l->principals.n && !code; i++)
		code = pchat_object_drop(g->after, l->field, pchat_str(l->principals.v[i]), g->err);
	return code;
}

static enum pchat_code
set_lists(struct editing *g)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < g->e->lists.n && !code; i++) {
		const struct pchat_edit_list *l = &g->e->lists.v[i];

		if (g->e->kind == PCHAT_EDIT_MODIFY)
			pchat_list_release(&g->after->v[l->field].list);
		code = g->e->kind == PCHAT_EDIT_DROP ? drop_all(g, l) : add_all(g, l);
	}
	return code;
}

/* ---- the kinds ---- */

/* The maker becomes manager, and not member (xccos.md section 9.15). */
static enum pchat_code
plan_create(struct editing *g)
{
	struct pchat_edit *e = g->e;
	enum pchat_code code;

	g->after = pchat_object_new(PCHAT_KIND_ROOM);
	if (!g->after)
		return pchat_no_memory(g->err);
	code = refer(g, PCHAT_ROOM_CATEGORY, PCHAT_KIND_CATEGORY, e->category,
	             PCHAT_XCCOS_NO_SUCH_NODE);
	if (!code)
		code = authorize(
			g, PCHAT_ACTION_CREATE, PCHAT_NO_ID,
			pchat_org_category(g->org, g->after->v[PCHAT_ROOM_CATEGORY].text, g->err));
	if (!code)
		code = set_fields(g);
	if (!code)
		code = pchat_object_add(g->after, PCHAT_ROOM_MANAGERS, pchat_str(e->actor), g->err);
	if (code)
		return code;
	return pchat_plan_add_take(&g->plan, PCHAT_OP_CREATE, NULL, PCHAT_TAKE(g->after), g->err);
}

static enum pchat_code
load_room(struct editing *g)
{
	enum pchat_code code = pchat_store_get_guid(g->store, PCHAT_KIND_ROOM, g->e->room,
	                                            &g->before, g->err);

	if (code == PCHAT_NOT_FOUND) {
		pchat_err_release(g->err);
		return refuse(g, PCHAT_XCCOS_NO_SUCH_NODE, code,
		              pchat_xccos_result_sentence(PCHAT_XCCOS_NO_SUCH_NODE));
	}
	if (!code && g->e->has_updated && g->before->updated != g->e->updated)
		return refuse(g, PCHAT_XCCOS_DATA_COLLISION, PCHAT_CONFLICT,
		              pchat_xccos_result_sentence(PCHAT_XCCOS_DATA_COLLISION));
	g->after = code ? NULL : pchat_object_copy(g->before);
	return g->after || code ? code : pchat_no_memory(g->err);
}

static enum pchat_code
change_room(struct editing *g)
{
	const char *key = pchat_object_key(g->before);
	pchat_id room = pchat_org_room(g->org, key, g->err);
	enum pchat_code code;

	if (g->e->kind == PCHAT_EDIT_MOVE) {
		code = refer(g, PCHAT_ROOM_CATEGORY, PCHAT_KIND_CATEGORY, g->e->category,
		             PCHAT_XCCOS_NO_SUCH_NODE);
		return code ? code
		            : authorize(g, PCHAT_ACTION_MOVE, room,
		                        pchat_org_category(g->org,
		                                           g->after->v[PCHAT_ROOM_CATEGORY].text,
		                                           g->err));
	}
	code = set_fields(g);
	if (!code)
		code = authorize_fields(g, room);
	return code ? code : set_lists(g);
}

static enum pchat_code
plan_change(struct editing *g)
{
	enum pchat_code code = load_room(g);

	if (!code)
		code = change_room(g);
	if (code)
		return code;
	return pchat_plan_add_take(&g->plan, PCHAT_OP_UPDATE, PCHAT_TAKE(g->before),
	                           PCHAT_TAKE(g->after), g->err);
}

/* ---- all of it ---- */

static enum pchat_code
store_plan(struct editing *g, struct pchat_txn *txn, void (*commit)(void *ctx, uint64_t revision),
           void *ctx)
{
	struct pchat_edit *e = g->e;
	const struct pchat_origin origin = { .actor = e->actor,
		                             .source = "room-management",
		                             .command = e->command };
	enum pchat_code code = pchat_plan_check(&g->plan, g->org, g->err);

	if (!code)
		code = pchat_txn_apply(txn, &g->plan, &origin, g->err);
	if (code)
		return code;
	memcpy(e->room, g->plan.v[0].after->guid, sizeof(e->room));
	if (commit)
		commit(ctx, txn->base + 1);
	return pchat_txn_commit(txn, &e->revision, g->err);
}

static enum pchat_code
edit_in(struct editing *g, struct pchat_txn *txn, void (*commit)(void *ctx, uint64_t revision),
        void *ctx)
{
	enum pchat_code code = g->e->kind == PCHAT_EDIT_CREATE ? plan_create(g) : plan_change(g);

	if (code || g->plan.n)
		return code ? code : store_plan(g, txn, commit, ctx);
	g->e->revision = txn->base; /* it is as it was to become */
	return PCHAT_OK;
}

void
pchat_edit_run(struct pchat_edit *e, struct pchat_store *store,
               void (*commit)(void *ctx, uint64_t revision), void *ctx, struct pchat_err *err)
{
	const struct pchat_org_loader loader = pchat_store_loader(store);
	struct editing g = { .e = e, .store = store, .err = err };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	enum pchat_code code;

	assert(err && !err->code);
	e->result = PCHAT_XCCOS_OK;
	g.org = pchat_org_new(&loader);
	code = g.org ? pchat_txn_begin(&txn, store, err) : pchat_no_memory(err);
	if (!code)
		code = edit_in(&g, &txn, commit, ctx);
	if (code)
		settle(&g, code);
	pchat_object_free(g.before);
	pchat_object_free(g.after);
	pchat_plan_release(&g.plan);
	pchat_org_free(g.org);
}
