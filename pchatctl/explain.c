/* Why somebody may or may not: shows the trace of the very functions pchatd decides with. */
#include "base/text.h"
#include "pchatctl/noun.h"

const char *const pchat_action_words[] = {
#define X(symbol, word, help) word,
	PCHAT_ACTIONS(X)
#undef X
		NULL,
};

static const char *const outcomes[] = {
	[PCHAT_PASS] = "pass",
	[PCHAT_ALLOW] = "allow",
	[PCHAT_DENY] = "deny",
};

/* ---- the trace as records ---- */

/* The steps of a verdict; borrow from it. Those of what is further in the way all deny, and have
 * remedies. */
struct trace {
	struct pchat_record *records;
	size_t n;
};

static void
trace_release(struct trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		pchat_record_release(&t->records[i]);
	free(t->records);
}

static enum pchat_code
trace_init(struct trace *t, const struct pchat_step *steps, size_t n, bool remedies,
           struct pchat_err *err)
{
	t->records = calloc(n ? n : 1, sizeof(*t->records));
	if (!t->records)
		return pchat_no_memory(err);
	t->n = n;
	for (size_t i = 0; i < n; i++) {
		struct pchat_record *r = &t->records[i];

		pchat_record_text(r, "rule", steps[i].rule);
		if (!remedies)
			pchat_record_text(r, "outcome", outcomes[steps[i].outcome]);
		pchat_record_text(r, "text", steps[i].text);
		pchat_record_list(r, "path", (const char *const *)steps[i].path.v, steps[i].path.n);
		if (remedies)
			pchat_record_text(r, "remedy", steps[i].remedy);
		if (r->failed)
			return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

/* ---- access ---- */

/* "no user 'x'" with the nearest names: what the store says. */
static enum pchat_code
missing(struct pchat_ctl *ctl, enum pchat_kind kind, const char *key, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code = pchat_store_get(ctl->store, kind, key, &o, err);

	return code ? code
	            : pchat_fail(err, PCHAT_NOT_FOUND, "no %s named '%s'",
	                         pchat_kind_info(kind)->word, key);
}

/* The id of what an argument names; PCHAT_NO_ID if it was not given. */
static enum pchat_code
find(struct pchat_ctl *ctl, enum pchat_kind kind, const char *key, pchat_id *ret,
     struct pchat_err *err)
{
	struct pchat_err inner = { 0 };

	*ret = PCHAT_NO_ID;
	if (!key)
		return PCHAT_OK;
	*ret = pchat_org_find(ctl->org, kind, key, &inner);
	if (inner.code) {
		*err = inner;
		return inner.code;
	}
	/* What is only named by something else is in the org without being stored. */
	if (*ret == PCHAT_NO_ID || !pchat_org_facts(ctl->org, *ret))
		return missing(ctl, kind, key, err);
	return PCHAT_OK;
}

static enum pchat_code
find_user(struct pchat_ctl *ctl, const char *text, pchat_id *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	PCHAT_TRY_WORD(text, err, pchat_noun_user(text, &uri, err));
	PCHAT_TRY_WORD(text, err, find(ctl, PCHAT_KIND_USER, pchat_buf_cstr(&uri), ret, err));
	return PCHAT_OK;
}

/* Which actions need a room and which a category. */
static enum pchat_code
check_arguments(enum pchat_action action, const char *room, const char *category,
                struct pchat_err *err)
{
	bool wants_room = action != PCHAT_ACTION_CREATE && action != PCHAT_ACTION_ADMINISTER;
	bool wants_category = action == PCHAT_ACTION_CREATE || action == PCHAT_ACTION_MOVE;
	const char *word = pchat_action_word(action);

	if (wants_room && !room)
		pchat_fail(err, PCHAT_USAGE, "explain access: action '%s' needs a ROOM", word);
	else if (!wants_room && room)
		pchat_fail(err, PCHAT_USAGE, "explain access: action '%s' is not about a room",
		           word);
	else if (wants_category && !category)
		pchat_fail(err, PCHAT_USAGE, "explain access: action '%s' needs --category", word);
	else if (!wants_category && category)
		pchat_fail(err, PCHAT_USAGE,
		           "explain access: --category means nothing with action '%s'", word);
	else
		return PCHAT_OK;
	pchat_hint(err, "see 'pchatctl explain access --help'");
	return PCHAT_USAGE;
}

static enum pchat_code
put_verdict(struct pchat_ctl *ctl, const struct pchat_access_query *q,
            const struct pchat_verdict *v, struct pchat_err *err)
{
	static const char *const columns[] = {
		"user",         "room",          "category",     "action",         "administrator",
		"allowed",      "rule",          "nearMiss",     "remedy",         "steps",
		"steps.rule",   "steps.outcome", "steps.text",   "steps.path",     "further",
		"further.rule", "further.text",  "further.path", "further.remedy", NULL,
	};
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO_TEXT near = v->near_miss.n ? pchat_str_dup(v->near_miss) : NULL;
	struct trace trace = { 0 };
	struct trace further = { 0 };
	enum pchat_code code = trace_init(&trace, v->steps, v->n_steps, false, err);

	if (!code)
		code = trace_init(&further, v->further, v->n_further, true, err);

	pchat_record_text(&r, "user", pchat_org_name(ctl->org, q->user));
	if (q->room != PCHAT_NO_ID)
		pchat_record_text(&r, "room", pchat_org_name(ctl->org, q->room));
	if (q->category != PCHAT_NO_ID)
		pchat_record_text(&r, "category", pchat_org_name(ctl->org, q->category));
	pchat_record_text(&r, "action", pchat_action_word(q->action));
	if (q->administrator)
		pchat_record_bool(&r, "administrator", true);
	pchat_record_bool(&r, "allowed", v->allowed);
	pchat_record_text(&r, "rule", v->rule);
	pchat_record_text(&r, "nearMiss", near);
	pchat_record_text(&r, "remedy", v->remedy);
	pchat_record_records(&r, "steps", trace.records, trace.n);
	pchat_record_records(&r, "further", further.records, further.n);
	if (!code)
		code = pchat_out_one(ctl, &head, &r, err);
	trace_release(&trace);
	trace_release(&further);
	return code;
}

enum pchat_code
pchat_explain_access_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	const char *word = pchat_call_text(call, "--action"), *room = pchat_call_name(call, 1);
	const char *category = pchat_call_text(call, "--category");
	struct pchat_access_query q = {
		.action = PCHAT_ACTION_JOIN,
		.administrator = pchat_call_flag(call, "--administrator"),
	};
	PCHAT_AUTO_VALUE(verdict) v = { 0 };

	if (word)
		(void)pchat_action_by_word(pchat_str(word), &q.action);
	PCHAT_TRY(check_arguments(q.action, room, category, err));
	PCHAT_TRY(find_user(ctl, pchat_call_name(call, 0), &q.user, err));
	PCHAT_TRY_WORD(room, err, find(ctl, PCHAT_KIND_ROOM, room, &q.room, err));
	PCHAT_TRY_WORD(category, err, find(ctl, PCHAT_KIND_CATEGORY, category, &q.category, err));
	PCHAT_TRY(pchat_access(ctl->org, &q, true, &v, err));
	PCHAT_TRY(put_verdict(ctl, &q, &v, err));
	return v.allowed ? PCHAT_OK : PCHAT_DIFFERS;
}

/* ---- policy ---- */

static enum pchat_code
put_effective(struct pchat_ctl *ctl, pchat_id user, const struct pchat_effective *e,
              struct pchat_err *err)
{
	static const char *const scopes[] = { "user", "site", "global" };
	static const char *const columns[] = {
		"user",       "enabled",       "policy",     "scope",      "remedy", "steps",
		"steps.rule", "steps.outcome", "steps.text", "steps.path", NULL,
	};
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	struct trace trace = { 0 };
	enum pchat_code code = trace_init(&trace, e->steps, e->n_steps, false, err);

	pchat_record_text(&r, "user", pchat_org_name(ctl->org, user));
	pchat_record_bool(&r, "enabled", e->enabled);
	pchat_record_text(&r, "policy", e->policy);
	pchat_record_text(&r, "scope", e->policy ? scopes[e->scope] : NULL);
	pchat_record_text(&r, "remedy", e->n_steps ? e->steps[e->n_steps - 1].remedy : NULL);
	pchat_record_records(&r, "steps", trace.records, trace.n);
	if (!code)
		code = pchat_out_one(ctl, &head, &r, err);
	trace_release(&trace);
	return code;
}

static enum pchat_code
explain_policy(struct pchat_ctl *ctl, const struct pchat_call *call, bool *ret_enabled,
               struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(effective) e = { 0 };
	pchat_id user;

	PCHAT_TRY(find_user(ctl, pchat_call_name(call, 0), &user, err));
	PCHAT_TRY(pchat_effective_policy(ctl->org, user, true, &e, err));
	*ret_enabled = e.enabled;
	return put_effective(ctl, user, &e, err);
}

enum pchat_code
pchat_explain_policy_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	bool enabled;

	PCHAT_TRY(explain_policy(ctl, call, &enabled, err));
	return enabled ? PCHAT_OK : PCHAT_DIFFERS;
}

enum pchat_code
pchat_policy_effective_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                           struct pchat_err *err)
{
	bool enabled;

	return explain_policy(ctl, call, &enabled, err);
}
