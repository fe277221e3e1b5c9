/*
 * The rules of access in words: what each found, by which way a list applies to the user,
 * and the command that would change a denial. Nothing here decides anything.
 */
#include "policy/access_private.h"

#include "base/text.h"

/* Names given before "and N more". */
#define NAMED 4

void
pchat_label(struct pchat_buf *out, const struct pchat_entity *e)
{
	if (e->kind != PCHAT_KIND_USER)
		pchat_buf_printf(out, "%s '%s'", pchat_kind_info((enum pchat_kind)e->kind)->word,
		                 pchat_entity_key(e));
	else
		pchat_buf_text(out, e->name);
}

static struct pchat_buf *
text(struct pchat_telling *t)
{
	return &t->text;
}

static void
say(struct pchat_telling *t, const char *words)
{
	pchat_buf_text(&t->text, words);
}

static void
say_user(struct pchat_telling *t)
{
	say(t, t->facts->user ? t->facts->user->name : "nobody");
}

static void
say_entity(struct pchat_telling *t, const struct pchat_entity *e, const char *after)
{
	if (e)
		pchat_label(text(t), e);
	else
		say(t, "no category");
	say(t, after);
}

/* "group 'Trading', group 'Sales' and 3 more" */
static void
say_names(struct pchat_telling *t, const pchat_id *ids, size_t n)
{
	size_t shown = n > NAMED ? NAMED - 1 : n;

	for (size_t i = 0; i < shown; i++) {
		if (i > 0)
			say(t, i + 1 == n ? " and " : ", ");
		pchat_label(text(t), pchat_at(t->facts->org, ids[i]));
	}
	if (shown < n)
		pchat_buf_printf(text(t), " and %zu more", n - shown);
}

bool
pchat_path_to(const struct pchat_org *org, const struct pchat_entity *to, struct pchat_path *ret)
{
	size_t n = to->depth + 1;

	ret->v = calloc(n, sizeof(*ret->v));
	if (!ret->v)
		return false;
	ret->n = n;
	while (n-- > 0) {
		ret->v[n] = pchat_str_dup(pchat_str(to->name));
		if (!ret->v[n])
			return false;
		if (n > 0)
			to = pchat_at(org, to->from);
	}
	return true;
}

void
pchat_path_release(struct pchat_path *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i]);
	free(p->v);
	*p = (struct pchat_path){ 0 };
}

/* By which member of the set it applies to the user, nearest first; the way there becomes the
 * path of the step. NULL if it does not. */
static const struct pchat_entity *
trace(struct pchat_telling *t, const struct pchat_entity *e, unsigned slot)
{
	struct pchat_org *org = t->facts->org;

	if (!t->facts->user || !e)
		return NULL;
	if (pchat_walk(org, t->facts->user, NULL)) {
		t->failed = true;
		return NULL;
	}
	for (uint32_t i = 0; i < org->queue.n; i++) {
		struct pchat_entity *at = pchat_at(org, org->queue.v[i]);

		if (!(at->flags & E_KNOWN) || !pchat_set_has(org, &e->sets[slot], at->id))
			continue;
		pchat_path_release(&t->path);
		t->failed |= !pchat_path_to(org, at, &t->path);
		return at;
	}
	return NULL;
}

/* "sip:amy@contoso.example is in group 'Sales'", or that there is nothing to tell. */
static void
say_affiliations(struct pchat_telling *t)
{
	const struct pchat_entity *user = t->facts->user;

	say_user(t);
	if (user && user->n_aff) {
		say(t, " is in ");
		say_names(t, user->aff, user->n_aff);
	} else {
		say(t, " is in no group, unit or domain");
	}
}

/* "..., but category 'Finance' allows group 'Trading' only" */
static void
say_only(struct pchat_telling *t, const struct pchat_entity *e, unsigned slot, const char *verb,
         const char *nobody)
{
	const struct pchat_set *set = e ? &e->sets[slot] : NULL;

	say(t, ", but ");
	say_entity(t, e, " ");
	if (!set || set->n == 0) {
		say(t, nobody);
		return;
	}
	say(t, verb);
	say(t, " ");
	say_names(t, set->v, set->n);
	say(t, " only");
}

/* The command "pchatctl NOUN set NAME" that @option and @value complete. */
static void
remedy(struct pchat_telling *t, const struct pchat_entity *e, const char *option, const char *value)
{
	struct pchat_buf *b = &t->remedy;

	if (!e)
		return;
	pchat_buf_printf(b, "pchatctl %s set ", pchat_kind_info((enum pchat_kind)e->kind)->word);
	pchat_quote_shell(b, pchat_str(pchat_entity_key(e)));
	pchat_buf_printf(b, " %s", option);
	if (!value)
		return;
	pchat_buf_char(b, ' ');
	pchat_quote_shell(b, pchat_str(value));
}

static void
remedy_user(struct pchat_telling *t, const struct pchat_entity *e, const char *option)
{
	if (t->facts->user)
		remedy(t, e, option, t->facts->user->name);
}

void
pchat_tell_user_unknown(struct pchat_telling *t)
{
	if (t->outcome == PCHAT_DENY) {
		say(t, "there is no such user");
	} else if (t->facts->user) {
		say_user(t);
		say(t, " is a user");
	} else {
		say(t, "asked as an administrator, for nobody in particular");
	}
}

void
pchat_tell_user_disabled(struct pchat_telling *t)
{
	say_user(t);
	say(t, t->outcome == PCHAT_DENY ? " is disabled" : " is not disabled");
	remedy(t, t->facts->user, "--disabled=false", NULL);
}

void
pchat_tell_policy(struct pchat_telling *t)
{
	const struct pchat_entity *user = t->facts->user;
	const struct pchat_entity *p = NULL, *to;

	if (!user) {
		say(t, "no policy applies");
		return;
	}
	if (user->eff_policy != PCHAT_NO_ID)
		p = pchat_at(t->facts->org, user->eff_policy);
	say(t, t->outcome == PCHAT_DENY ? "persistent chat is off for "
	                                : "persistent chat is on for ");
	say_user(t);
	if (!p) {
		say(t, ": there is no policy");
		return;
	}
	say(t, " by ");
	say_entity(t, p, "");
	to = user->eff_scope == PCHAT_SCOPE_USER ? trace(t, p, 0) : NULL;
	if (to) {
		say(t, ", granted to ");
		say_entity(t, to, "");
	}
	if (t->outcome == PCHAT_DENY)
		pchat_policy_remedy(t->facts->org, user, &t->remedy);
}

void
pchat_tell_room_unknown(struct pchat_telling *t)
{
	if (t->outcome == PCHAT_DENY)
		say(t, "there is no such room");
	else
		say_entity(t, t->facts->room, " exists");
}

void
pchat_tell_category_unknown(struct pchat_telling *t)
{
	const struct pchat_facts *f = t->facts;

	if (t->outcome == PCHAT_DENY)
		say(t, "there is no such category");
	else
		say_entity(t, f->query->action == PCHAT_ACTION_MOVE ? f->target : f->category,
		           " exists");
}

void
pchat_tell_administrator(struct pchat_telling *t)
{
	if (t->outcome == PCHAT_ALLOW)
		pchat_buf_printf(text(t), "administrators may %s",
		                 pchat_action_help(t->facts->query->action));
	else
		say(t, "not asked as an administrator");
}

void
pchat_tell_administrator_only(struct pchat_telling *t)
{
	pchat_buf_printf(text(t), "only administrators may %s",
	                 pchat_action_help(t->facts->query->action));
}

void
pchat_tell_room_disabled(struct pchat_telling *t)
{
	const struct pchat_entity *room = t->facts->room;

	if (!(room->hot & H_DISABLED)) {
		say_entity(t, room, " is not disabled");
		return;
	}
	say_entity(t, room, " is disabled");
	if (t->outcome == PCHAT_PASS && trace(t, room, ROOM_MANAGERS)) {
		say(t, ", but ");
		say_user(t);
		say(t, " is a manager of it");
	}
	remedy(t, room, "--disabled=false", NULL);
}

void
pchat_tell_scope_denied(struct pchat_telling *t)
{
	const struct pchat_entity *category = t->facts->category;
	const struct pchat_entity *by = trace(t, category, CATEGORY_DENIED);

	say_entity(t, category, "");
	if (!by) {
		say(t, " denies nothing that ");
		say_user(t);
		say(t, " is or is in");
		return;
	}
	say(t, " denies ");
	say_entity(t, by, t->outcome == PCHAT_PASS ? "; administrators are not bound by it" : "");
	remedy(t, category, "--remove-denied", by->name);
}

void
pchat_tell_scope(struct pchat_telling *t)
{
	const struct pchat_entity *category = t->facts->category;
	const struct pchat_entity *by = trace(t, category, CATEGORY_ALLOWED);

	if (by) {
		say_entity(t, category, " allows ");
		say_entity(t, by, "");
	} else if (t->outcome == PCHAT_PASS) {
		say_entity(t, category, " does not allow ");
		say_user(t);
		say(t, ", but administrators are not bound by it");
	} else {
		say_affiliations(t);
		say_only(t, category, CATEGORY_ALLOWED, "allows", "allows nobody");
		remedy_user(t, category, "--add-allowed");
	}
}

static void
tell_creator(struct pchat_telling *t, const struct pchat_entity *category)
{
	const struct pchat_entity *by = trace(t, category, CATEGORY_CREATORS);

	if (by) {
		say_entity(t, by, " may create rooms in ");
		say_entity(t, category, "");
		return;
	}
	say_affiliations(t);
	say_only(t, category, CATEGORY_CREATORS, "lets rooms be created by",
	         "lets nobody create rooms");
	remedy_user(t, category, "--add-creator");
}

void
pchat_tell_creator(struct pchat_telling *t)
{
	tell_creator(t, t->facts->category);
}

/* The target of a move has a scope of its own. */
void
pchat_tell_target_creator(struct pchat_telling *t)
{
	const struct pchat_entity *target = t->facts->target;
	const struct pchat_entity *by = trace(t, target, CATEGORY_DENIED);

	if (by) {
		say_entity(t, target, " denies ");
		say_entity(t, by, "");
		remedy(t, target, "--remove-denied", by->name);
	} else if (!pchat_facts_listed(t->facts, target, CATEGORY_ALLOWED)) {
		say_affiliations(t);
		say_only(t, target, CATEGORY_ALLOWED, "allows", "allows nobody");
		remedy_user(t, target, "--add-allowed");
	} else {
		tell_creator(t, target);
	}
}

void
pchat_tell_manager(struct pchat_telling *t)
{
	const struct pchat_entity *room = t->facts->room;
	const struct pchat_entity *by = trace(t, room, ROOM_MANAGERS);

	if (by) {
		say_entity(t, room, " is managed by ");
		say_entity(t, by, "");
		return;
	}
	say_affiliations(t);
	say_only(t, room, ROOM_MANAGERS, "is managed by", "has no managers");
	remedy_user(t, room, "--add-manager");
}

void
pchat_tell_visible(struct pchat_telling *t)
{
	const struct pchat_entity *room = t->facts->room;

	say_entity(t, room, "");
	if (t->outcome == PCHAT_ALLOW)
		say(t, " is not secret: everybody in the scope of its category sees it");
	else
		say(t, " is secret");
}

/* Why a list of members does not help: what the user is in, and what the room wants. */
static void
say_no_member(struct pchat_telling *t)
{
	const struct pchat_entity *room = t->facts->room;

	say_affiliations(t);
	say_only(t, room, ROOM_MEMBERS, "has as members", "has no members");
	if (pchat_facts_listed(t->facts, room, ROOM_MANAGERS))
		say(t, "; being a manager of it is not enough");
	remedy_user(t, room, "--add-member");
}

static void
say_member(struct pchat_telling *t, const struct pchat_entity *by)
{
	say_entity(t, by, " is a member of ");
	say_entity(t, t->facts->room, "");
}

void
pchat_tell_secret(struct pchat_telling *t)
{
	const struct pchat_entity *room = t->facts->room;
	const struct pchat_entity *by = trace(t, room, ROOM_MEMBERS);

	if (by) {
		say_member(t, by);
	} else if (t->outcome == PCHAT_ALLOW) {
		by = trace(t, room, ROOM_MANAGERS);
		if (!by)
			return; /* without memory: it is listed, or it would not be allowed */
		say_entity(t, by, " is a manager of ");
		say_entity(t, room, "");
	} else {
		say_no_member(t);
	}
}

void
pchat_tell_upload(struct pchat_telling *t)
{
	const struct pchat_entity *category = t->facts->category;

	say_entity(t, category,
	           t->outcome == PCHAT_DENY ? " does not permit files" : " permits files");
	remedy(t, category, "--file-upload", NULL);
}

void
pchat_tell_member(struct pchat_telling *t)
{
	const struct pchat_entity *room = t->facts->room;
	const struct pchat_entity *by = trace(t, room, ROOM_MEMBERS);

	if (by) {
		say_member(t, by);
	} else if (t->outcome == PCHAT_PASS) {
		say_entity(t, room, " is open and needs no members");
	} else if (room->privacy == PCHAT_PRIVACY_OPEN) {
		say_entity(t, room,
		           " is open and has no members; only members search without "
		           "joining");
	} else {
		say_no_member(t);
	}
}

void
pchat_tell_auditorium(struct pchat_telling *t)
{
	const struct pchat_entity *room = t->facts->room;
	const struct pchat_entity *by;

	if (!(room->hot & H_AUDITORIUM)) {
		say_entity(t, room, " is not an auditorium");
		return;
	}
	by = trace(t, room, ROOM_PRESENTERS);
	if (by) {
		say_entity(t, by, " is a presenter of ");
		say_entity(t, room, "");
		return;
	}
	say_affiliations(t);
	say_only(t, room, ROOM_PRESENTERS, "has as presenters", "has no presenters");
	remedy_user(t, room, "--add-presenter");
}

void
pchat_tell_open(struct pchat_telling *t)
{
	say_entity(t, t->facts->room, " is open to everybody in the scope of its category");
}
