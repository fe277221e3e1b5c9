/*
 * Who may do what: administration.md 7.2 as a table of rules. The order of the rules is
 * the policy; their ids are stable. The first rule that does not pass decides.
 */
#include "policy/access_private.h"

#define ALL     (PCHAT_ACTION(ADMINISTER) * 2 - 1)
#define VIEW    (PCHAT_ACTION(FIND) | PCHAT_ACTION(SEE))
#define WRITE   (PCHAT_ACTION(POST) | PCHAT_ACTION(UPLOAD))
#define CONTENT (PCHAT_ACTION(JOIN) | PCHAT_ACTION(READ) | PCHAT_ACTION(SEARCH) | WRITE)
#define MANAGE \
	(PCHAT_ACTION(EDIT) | PCHAT_ACTION(ROLES) | PCHAT_ACTION(DISABLE) | PCHAT_ACTION(MOVE))
#define ADMIN   (PCHAT_ACTION(ENABLE) | PCHAT_ACTION(DELETE) | PCHAT_ACTION(ADMINISTER))
#define IN_ROOM (ALL & ~(PCHAT_ACTION(CREATE) | PCHAT_ACTION(ADMINISTER)))

static bool
is(const struct pchat_facts *f, uint32_t actions)
{
	return actions >> f->query->action & 1;
}

static enum pchat_outcome
user_unknown(const struct pchat_facts *f)
{
	if (f->user)
		return PCHAT_PASS;
	return f->query->administrator && !is(f, CONTENT) ? PCHAT_PASS : PCHAT_DENY;
}

static enum pchat_outcome
user_disabled(const struct pchat_facts *f)
{
	return f->user && (f->user->hot & H_DISABLED) ? PCHAT_DENY : PCHAT_PASS;
}

static enum pchat_outcome
policy(const struct pchat_facts *f)
{
	pchat_id p = f->user ? f->user->eff_policy : PCHAT_NO_ID;

	if (!f->user || (p != PCHAT_NO_ID && (pchat_at(f->org, p)->hot & H_ENABLED)))
		return PCHAT_PASS;
	return PCHAT_DENY;
}

static enum pchat_outcome
room_unknown(const struct pchat_facts *f)
{
	return f->room ? PCHAT_PASS : PCHAT_DENY;
}

static enum pchat_outcome
category_unknown(const struct pchat_facts *f)
{
	return (is(f, PCHAT_ACTION(MOVE)) ? f->target : f->category) ? PCHAT_PASS : PCHAT_DENY;
}

static enum pchat_outcome
administrator(const struct pchat_facts *f)
{
	return f->query->administrator ? PCHAT_ALLOW : PCHAT_PASS;
}

static enum pchat_outcome
deny(const struct pchat_facts *f)
{
	(void)f;
	return PCHAT_DENY;
}

/* Nobody is in a disabled room; its managers still find it, to look after it (6.7). */
static enum pchat_outcome
room_disabled(const struct pchat_facts *f)
{
	if (!(f->room->hot & H_DISABLED))
		return PCHAT_PASS;
	return is(f, VIEW) && pchat_facts_listed(f, f->room, ROOM_MANAGERS) ? PCHAT_PASS
	                                                                    : PCHAT_DENY;
}

/* Administrators are not bound by a category, but what they read and write in an open room
 * they do as one of those in scope: it has no list they could add themselves to (7.1, 7.2). */
static bool
is_bound(const struct pchat_facts *f)
{
	return !f->query->administrator ||
	       (is(f, CONTENT & ~PCHAT_ACTION(JOIN)) && f->room->privacy == PCHAT_PRIVACY_OPEN);
}

static enum pchat_outcome
scope_denied(const struct pchat_facts *f)
{
	return is_bound(f) && pchat_facts_listed(f, f->category, CATEGORY_DENIED) ? PCHAT_DENY
	                                                                          : PCHAT_PASS;
}

static enum pchat_outcome
scope(const struct pchat_facts *f)
{
	return is_bound(f) && !pchat_facts_listed(f, f->category, CATEGORY_ALLOWED) ? PCHAT_DENY
	                                                                            : PCHAT_PASS;
}

static enum pchat_outcome
creator(const struct pchat_facts *f)
{
	return pchat_facts_listed(f, f->category, CATEGORY_CREATORS) ? PCHAT_ALLOW : PCHAT_DENY;
}

static enum pchat_outcome
manager(const struct pchat_facts *f)
{
	if (!pchat_facts_listed(f, f->room, ROOM_MANAGERS))
		return PCHAT_DENY;
	return is(f, PCHAT_ACTION(MOVE)) ? PCHAT_PASS : PCHAT_ALLOW;
}

static enum pchat_outcome
target_creator(const struct pchat_facts *f)
{
	return pchat_facts_listed(f, f->target, CATEGORY_CREATORS) &&
	                       pchat_facts_listed(f, f->target, CATEGORY_ALLOWED) &&
	                       !pchat_facts_listed(f, f->target, CATEGORY_DENIED)
	               ? PCHAT_ALLOW
	               : PCHAT_DENY;
}

static enum pchat_outcome
visible(const struct pchat_facts *f)
{
	return f->room->privacy == PCHAT_PRIVACY_SECRET ? PCHAT_PASS : PCHAT_ALLOW;
}

/* A search shows secret rooms to members only; managers come to them by their own list. */
static enum pchat_outcome
secret(const struct pchat_facts *f)
{
	if (pchat_facts_listed(f, f->room, ROOM_MEMBERS))
		return PCHAT_ALLOW;
	return is(f, PCHAT_ACTION(SEE)) && pchat_facts_listed(f, f->room, ROOM_MANAGERS)
	               ? PCHAT_ALLOW
	               : PCHAT_DENY;
}

static enum pchat_outcome
upload(const struct pchat_facts *f)
{
	return f->category && (f->category->hot & H_UPLOAD) ? PCHAT_PASS : PCHAT_DENY;
}

/* Open rooms have no members; searching without joining is for members only (7.2, note 3). */
static enum pchat_outcome
member(const struct pchat_facts *f)
{
	if (f->room->privacy == PCHAT_PRIVACY_OPEN && !is(f, PCHAT_ACTION(SEARCH)))
		return PCHAT_PASS;
	if (!pchat_facts_listed(f, f->room, ROOM_MEMBERS))
		return PCHAT_DENY;
	return is(f, WRITE) && (f->room->hot & H_AUDITORIUM) ? PCHAT_PASS : PCHAT_ALLOW;
}

static enum pchat_outcome
auditorium(const struct pchat_facts *f)
{
	if (!(f->room->hot & H_AUDITORIUM))
		return PCHAT_PASS;
	return pchat_facts_listed(f, f->room, ROOM_PRESENTERS) ? PCHAT_ALLOW : PCHAT_DENY;
}

static enum pchat_outcome
open_room(const struct pchat_facts *f)
{
	return f->room->privacy == PCHAT_PRIVACY_OPEN ? PCHAT_ALLOW : PCHAT_DENY;
}

/* If the rule did not deny, would the next ones be asked? Else that would be the end of it. */
static bool
always(const struct pchat_facts *f)
{
	(void)f;
	return true;
}

static bool
never(const struct pchat_facts *f)
{
	(void)f;
	return false;
}

static bool
to_move(const struct pchat_facts *f)
{
	return is(f, PCHAT_ACTION(MOVE));
}

static bool
to_present(const struct pchat_facts *f)
{
	return is(f, WRITE) && (f->room->hot & H_AUDITORIUM);
}

static const struct rule {
	const char *id;
	uint32_t actions; /* it is asked for these only */
	enum pchat_outcome (*eval)(const struct pchat_facts *f);
	pchat_tell_fn tell;
	bool (*leads_on)(const struct pchat_facts *f);
} rules[] = {
	{ "user-unknown", ALL, user_unknown, pchat_tell_user_unknown, never },
	{ "user-disabled", ALL, user_disabled, pchat_tell_user_disabled, always },
	{ "policy", ALL, policy, pchat_tell_policy, always },
	{ "room-unknown", IN_ROOM, room_unknown, pchat_tell_room_unknown, never },
	{ "category-unknown", PCHAT_ACTION(CREATE) | PCHAT_ACTION(MOVE), category_unknown,
	  pchat_tell_category_unknown, never },
	{ "administrator", ALL & ~CONTENT, administrator, pchat_tell_administrator, always },
	{ "administrator-only", ADMIN, deny, pchat_tell_administrator_only, never },
	{ "room-disabled", VIEW | CONTENT, room_disabled, pchat_tell_room_disabled, always },
	{ "scope-denied", ALL & ~ADMIN, scope_denied, pchat_tell_scope_denied, always },
	{ "scope", ALL & ~ADMIN, scope, pchat_tell_scope, always },
	{ "creator", PCHAT_ACTION(CREATE), creator, pchat_tell_creator, never },
	{ "manager", MANAGE, manager, pchat_tell_manager, to_move },
	{ "target-creator", PCHAT_ACTION(MOVE), target_creator, pchat_tell_target_creator, never },
	{ "visible", VIEW, visible, pchat_tell_visible, always },
	{ "secret", VIEW, secret, pchat_tell_secret, never },
	{ "upload", PCHAT_ACTION(UPLOAD), upload, pchat_tell_upload, always },
	{ "member", CONTENT, member, pchat_tell_member, to_present },
	{ "auditorium", WRITE, auditorium, pchat_tell_auditorium, never },
	{ "open", CONTENT, open_room, pchat_tell_open, never },
};

static const struct {
	const char *word, *help;
} actions[] = {
#define X(symbol, w, h) [PCHAT_ACTION_##symbol] = { w, h },
	PCHAT_ACTIONS(X)
#undef X
};

bool
pchat_action_by_word(struct pchat_str word, enum pchat_action *ret)
{
	for (size_t i = 0; i < PCHAT_N(actions); i++) {
		if (pchat_str_is(word, actions[i].word)) {
			*ret = (enum pchat_action)i;
			return true;
		}
	}
	return false;
}

const char *
pchat_action_word(enum pchat_action action)
{
	assert((size_t)action < PCHAT_N(actions));
	return actions[action].word;
}

const char *
pchat_action_help(enum pchat_action action)
{
	assert((size_t)action < PCHAT_N(actions));
	return actions[action].help;
}

/* ---- gathering ---- */

/* The stored category @id, sets and all. */
static enum pchat_code
gather_category(struct pchat_org *org, pchat_id id, struct pchat_entity **ret,
                struct pchat_err *err)
{
	enum pchat_code code;

	if (id >= org->n)
		return PCHAT_OK;
	code = pchat_load_object(org, pchat_at(org, id), err);
	*ret = pchat_known(org, id, PCHAT_KIND_CATEGORY);
	return code;
}

static enum pchat_code
gather_user(struct pchat_org *org, pchat_id id, struct pchat_facts *f, struct pchat_err *err)
{
	enum pchat_code code;

	f->user = pchat_known(org, id, PCHAT_KIND_USER);
	if (!f->user)
		return PCHAT_OK;
	code = pchat_affiliate(org, f->user, err);
	return code ? code : pchat_effective_update(org, f->user, err);
}

static enum pchat_code
gather(struct pchat_org *org, const struct pchat_access_query *q, struct pchat_facts *f,
       struct pchat_err *err)
{
	enum pchat_code code;

	*f = (struct pchat_facts){ .org = org, .query = q };
	assert(q->action < PCHAT_N_ACTIONS);
	code = gather_user(org, q->user, f, err);
	f->room = pchat_known(org, q->room, PCHAT_KIND_ROOM);
	if (!code && q->action == PCHAT_ACTION_CREATE)
		return gather_category(org, q->category, &f->category, err);
	if (!code && f->room)
		code = gather_category(org, f->room->refs[REF_CATEGORY], &f->category, err);
	if (!code && q->action == PCHAT_ACTION_MOVE)
		code = gather_category(org, q->category, &f->target, err);
	return code;
}

/* ---- deciding ---- */

static bool
tell(const struct pchat_facts *f, const struct rule *rule, enum pchat_outcome outcome,
     struct pchat_step *step)
{
	struct pchat_telling t = { .facts = f, .outcome = outcome };

	rule->tell(&t);
	step->rule = rule->id;
	step->outcome = outcome;
	step->path = t.path;
	step->text = pchat_buf_take(&t.text);
	if (t.remedy.n && outcome == PCHAT_DENY)
		step->remedy = pchat_buf_take(&t.remedy);
	t.failed |= !step->text || !pchat_buf_ok(&t.remedy);
	pchat_buf_release(&t.remedy);
	pchat_buf_release(&t.text);
	return !t.failed;
}

/* What the rules after a denial would say, if it were not for that. */
static bool
look_further(const struct pchat_facts *f, size_t denied, struct pchat_verdict *v)
{
	bool on = rules[denied].leads_on(f);

	v->further = calloc(PCHAT_N(rules), sizeof(*v->further));
	if (!v->further)
		return false;
	for (size_t i = denied + 1; i < PCHAT_N(rules) && on; i++) {
		enum pchat_outcome outcome;

		if (!is(f, rules[i].actions))
			continue;
		outcome = rules[i].eval(f);
		if (outcome == PCHAT_DENY &&
		    !tell(f, &rules[i], outcome, &v->further[v->n_further++]))
			return false;
		on = outcome == PCHAT_PASS || (outcome == PCHAT_DENY && rules[i].leads_on(f));
	}
	return true;
}

/* Ask one rule after the other until one decides; *ret_last is that one. */
static bool
decide(const struct pchat_facts *f, bool trace, struct pchat_verdict *v, size_t *ret_last)
{
	enum pchat_outcome outcome = PCHAT_PASS;

	for (size_t i = 0; i < PCHAT_N(rules) && outcome == PCHAT_PASS; i++) {
		if (!is(f, rules[i].actions))
			continue;
		outcome = rules[i].eval(f);
		v->rule = rules[i].id;
		*ret_last = i;
		if (trace && !tell(f, &rules[i], outcome, &v->steps[v->n_steps++]))
			return false;
	}
	v->allowed = outcome == PCHAT_ALLOW;
	return true;
}

static bool
explain_denial(const struct pchat_facts *f, size_t last, struct pchat_verdict *v)
{
	v->near_miss = pchat_str(v->steps[v->n_steps - 1].text);
	v->remedy = v->steps[v->n_steps - 1].remedy;
	return look_further(f, last, v);
}

enum pchat_code
pchat_access(struct pchat_org *org, const struct pchat_access_query *query, bool trace,
             struct pchat_verdict *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(verdict) v = { .rule = "no-rule" };
	struct pchat_facts f;
	enum pchat_code code = gather(org, query, &f, err);
	size_t last = 0;

	if (!code && trace && !(v.steps = calloc(PCHAT_N(rules), sizeof(*v.steps))))
		code = pchat_no_memory(err);
	if (code)
		return code;
	if (!decide(&f, trace, &v, &last) || (trace && !v.allowed && !explain_denial(&f, last, &v)))
		return pchat_no_memory(err);
	*ret = v;
	v = (struct pchat_verdict){ 0 };
	return PCHAT_OK;
}

bool
pchat_may(struct pchat_org *org, pchat_id user, pchat_id room, enum pchat_action action)
{
	struct pchat_access_query q = {
		.action = action, .user = user, .room = room, .category = PCHAT_NO_ID
	};
	struct pchat_verdict v = { 0 };

	return !pchat_access(org, &q, false, &v, NULL) && v.allowed;
}

unsigned
pchat_roles(struct pchat_org *org, pchat_id user, pchat_id room)
{
	static const unsigned flags[] = {
		[ROOM_MEMBERS] = PCHAT_ROLE_MEMBER,
		[ROOM_MANAGERS] = PCHAT_ROLE_MANAGER,
		[ROOM_PRESENTERS] = PCHAT_ROLE_PRESENTER,
	};
	struct pchat_access_query q = {
		.action = PCHAT_ACTION_SEE, .user = user, .room = room, .category = PCHAT_NO_ID
	};
	unsigned roles = PCHAT_ROLE_IN_SCOPE;
	struct pchat_facts f;

	if (gather(org, &q, &f, NULL) || !f.user || !f.room ||
	    !pchat_facts_listed(&f, f.category, CATEGORY_ALLOWED) ||
	    pchat_facts_listed(&f, f.category, CATEGORY_DENIED))
		return 0;
	for (unsigned i = 0; i < PCHAT_N(flags); i++)
		if (pchat_facts_listed(&f, f.room, i))
			roles |= flags[i];
	return roles;
}

static void
release_steps(struct pchat_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(steps[i].text);
		free(steps[i].remedy);
		pchat_path_release(&steps[i].path);
	}
	free(steps);
}

void
pchat_verdict_release(struct pchat_verdict *v)
{
	if (!v)
		return;
	release_steps(v->steps, v->n_steps);
	release_steps(v->further, v->n_further);
	*v = (struct pchat_verdict){ 0 };
}

void
pchat_effective_release(struct pchat_effective *e)
{
	if (!e)
		return;
	release_steps(e->steps, e->n_steps);
	*e = (struct pchat_effective){ 0 };
}
