/* usersrch, prinsrch: people by parts of their names. xccos.md section 9.15. An organization may
 * be large, and everybody in it may have to be looked at: done in slices, for nobody's messages
 * are to wait for that. */

#include <assert.h>

#include "base/clock.h"
#include "base/text.h"
#include "pchatd/channel/command.h"
#include "pchatd/channel/principal.h"
#include "pchatd/inbox.h"

#define FOUND_DEFAULT 100  /* results when the caller names no limit */
#define STRIDE        8192 /* users passed by before the clock is looked at */

struct pchat_search {
	struct pchat_search *next;
	struct pchat_session *session;
	enum pchat_xccos_cmd cmd;
	struct pchat_str envid, seqid;
	char ids[2 * PCHAT_XCCOS_ID_MAX];

	/* What is asked for, folded; each may be empty. prinsrch: .name alone. */
	char *name, *first, *email;
	struct pchat_pairs pairs; /* of all three */
	/* prinsrch: the room, and whether who gets the role has to be a member of it. */
	char room[PCHAT_GUID_LEN + 1];
	bool of_members;

	unsigned kind; /* in kinds[]; behind it: users */
	size_t at;     /* the next of that kind */
	PCHAT_VEC(pchat_id) found;
	size_t limit;
	bool more, failed;
};

/* Groups, units and domains first, then users: it is advised to give roles to those. */
static const enum pchat_kind kinds[] = { PCHAT_KIND_GROUP, PCHAT_KIND_UNIT, PCHAT_KIND_DOMAIN };

/* Where a search stands, for one slice. */
struct slice {
	struct pchat_request rq;
	struct pchat_search *s;
	const struct pchat_room *room;
	pchat_id category;
	int64_t until;
};

static void
search_free(struct pchat_search *s)
{
	if (!s)
		return;
	free(s->name);
	free(s->first);
	free(s->email);
	pchat_vec_release(&s->found);
	free(s);
}

/* ---- results ---- */

/* False: no more are wanted. */
static bool
add(struct pchat_search *s, pchat_id id)
{
	s->more = s->found.n == s->limit;
	s->failed = !s->more && !pchat_vec_push(&s->found, id);
	return !s->more && !s->failed;
}

static void
put_found(const struct pchat_request *rq, const struct pchat_search *s)
{
	struct pchat_buf *out;
	bool full = false;

	if (s->failed) {
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	out = pchat_reply_open(rq);
	for (size_t i = 0; i < s->found.n && !full; i++) {
		struct pchat_principal_uri uri;
		struct pchat_xccos_uib uib;

		if (pchat_principal_uib(rq->d, s->found.v[i], &uri, &uib))
			pchat_xccos_put_uib(out, &uib);
		full = pchat_reply_is_full(out);
	}
	if (s->more || full)
		pchat_xccos_put_qib(out, &(struct pchat_xccos_qib){ .more = PCHAT_XCCOS_TRUE });
	pchat_reply_close(rq);
}

/* ---- who fits ---- */

static bool
holds(const char *text, const char *needle)
{
	return strstr(text, needle) != NULL;
}

static bool
has_email(const struct slice *c, const struct pchat_user *user)
{
	struct pchat_user_view facts;
	PCHAT_AUTO_TEXT email = NULL;

	if (!c->s->email[0])
		return true;
	if (pchat_org_user_view(pchat_view_org(c->rq.d->view), user->id, &facts))
		email = pchat_fold_dup(pchat_str(facts.email));
	return email && holds(email, c->s->email);
}

static bool
is_named(const struct slice *c, pchat_id id)
{
	const char *name = pchat_org_name(pchat_view_org(c->rq.d->view), id);
	PCHAT_AUTO_TEXT folded_name = pchat_fold_dup(pchat_str(name));

	return folded_name && holds(folded_name, c->s->name);
}

/* Himself, or something he is in, in the list of members. */
static bool
is_member(const struct slice *c, pchat_id id)
{
	struct pchat_org *org = pchat_view_org(c->rq.d->view);
	const pchat_id *members, *aff;
	size_t n, n_aff;

	assert(c->room);
	members = pchat_org_list(org, c->room->id, PCHAT_ROOM_MEMBERS, &n);
	if (pchat_org_affiliations(org, id, &aff, &n_aff, NULL))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (members[i] == id)
			return true;
		for (size_t k = 0; k < n_aff; k++)
			if (members[i] == aff[k])
				return true;
	}
	return false;
}

static bool
may_get(const struct slice *c, pchat_id id)
{
	bool in_scope = false;

	return !pchat_org_in_scope(pchat_view_org(c->rq.d->view), id, c->category, &in_scope,
	                           NULL) &&
	       in_scope && (!c->s->of_members || is_member(c, id));
}

/* There is one display name, not a first and a last one: both are looked for in it. */
static bool
fits(const struct slice *c, const struct pchat_user *user)
{
	const struct pchat_search *s = c->s;

	return holds(user->folded, s->name) && holds(user->folded, s->first) &&
	       has_email(c, user) && (!c->room || may_get(c, user->id));
}

/* ---- slices ---- */

static bool
is_late(const struct slice *c)
{
	return pchat_monotonic() >= c->until;
}

/* These two return true once they have no more to look at, or enough was found. */
static bool
look_at_kinds(const struct slice *c)
{
	struct pchat_search *s = c->s;
	pchat_id id;

	for (; s->kind < PCHAT_N(kinds); s->kind++, s->at = 0) {
		while (pchat_org_next(pchat_view_org(c->rq.d->view), kinds[s->kind], &s->at, &id)) {
			if (is_named(c, id) && may_get(c, id) && !add(s, id))
				return true;
			if (is_late(c))
				return false;
		}
	}
	return true;
}

static bool
look_at_users(const struct slice *c)
{
	const struct pchat_view *view = c->rq.d->view;
	struct pchat_search *s = c->s;
	const struct pchat_user *user;

	while (s->at < pchat_view_places(view)) {
		size_t end = s->at + STRIDE;

		while ((user = pchat_view_next_user(view, &s->pairs, end, &s->at))) {
			if (fits(c, user) && !add(s, user->id))
				return true;
			if (is_late(c))
				return false;
		}
		if (is_late(c))
			return false;
	}
	return true;
}

static bool
is_enough(const struct pchat_search *s)
{
	return s->more || s->failed;
}

/* The room may have changed since the last slice. */
static enum pchat_xccos_result
find_room(struct slice *c)
{
	struct pchatd *d = c->rq.d;
	struct pchat_room_view facts;
	enum pchat_xccos_result r;

	c->room = pchat_view_room(d->view, pchat_str(c->s->room));
	r = pchat_allowed(d, c->rq.user, c->room, PCHAT_ACTION_ROLES);
	if (r != PCHAT_XCCOS_OK)
		return r;
	if (pchat_org_room_view(pchat_view_org(d->view), c->room->id, &facts))
		c->category = facts.category;
	else
		c->s->failed = true;
	return PCHAT_XCCOS_OK;
}

/* Go on with @s, until it has been answered (true) or the time is over. */
static bool
advance(struct pchatd *d, struct pchat_search *s, int64_t until)
{
	const struct pchat_xccos_prim prim = { .kind = PCHAT_XCCOS_KIND_CMD,
		                               .cmd = s->cmd,
		                               .seqid = s->seqid };
	const struct pchat_xccos_envelope env = { .envid = s->envid };
	struct slice c = { .rq = { d, s->session, s->session->attendee.user, &env, &prim },
		           .s = s,
		           .until = until };
	enum pchat_xccos_result r = PCHAT_XCCOS_OK;

	if (!s->session->dialog)
		return true;
	if (s->cmd == PCHAT_XCCOS_CMD_PRINSRCH)
		r = find_room(&c);
	if (r != PCHAT_XCCOS_OK) {
		pchat_reply(&c.rq, r, NULL);
		return true;
	}
	if (!is_enough(s) && (!look_at_kinds(&c) || (!is_enough(s) && !look_at_users(&c))))
		return false;
	put_found(&c.rq, s);
	return true;
}

static struct pchat_search *
pop(struct pchatd *d)
{
	struct pchat_search *s = d->searches;

	d->searches = s->next;
	if (!d->searches)
		d->searches_last = &d->searches;
	return s;
}

static void
append(struct pchatd *d, struct pchat_search *s)
{
	s->next = NULL;
	*d->searches_last = s;
	d->searches_last = &s->next;
}

bool
pchat_find_step(struct pchatd *d, int64_t budget)
{
	int64_t until = pchat_monotonic() + budget;

	while (d->searches) {
		struct pchat_search *s = pop(d);
		struct pchat_session *session = s->session;

		if (!advance(d, s, until)) {
			append(d, s); /* the others get their turn */
			return false;
		}
		search_free(s);
		pchat_session_is_back(session);
		if (pchat_monotonic() >= until)
			break;
	}
	return !d->searches;
}

void
pchat_find_release(struct pchatd *d)
{
	while (d->searches) {
		struct pchat_search *s = pop(d);
		struct pchat_session *session = s->session;

		search_free(s);
		pchat_session_is_back(session);
	}
}

/* ---- the commands ---- */

static char *
folded(struct pchat_str s)
{
	return pchat_fold_dup(pchat_str_trim(s));
}

static struct pchat_str
keep(char *to, struct pchat_str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return (struct pchat_str){ to, s.n };
}

static size_t
limit_of(const struct pchat_request *rq, const struct pchat_xccos_qib *qib)
{
	size_t most = pchat_view_settings_of(rq->d->view, rq->user)->search_limit;
	int64_t asked = qib && qib->has_max && qib->max_results ? qib->max_results : FOUND_DEFAULT;

	return asked < 0 || (uint64_t)asked > most ? most : (size_t)asked;
}

/* Takes nothing but copies; NULL without memory. */
static struct pchat_search *
search_new(const struct pchat_request *rq, const struct pchat_xccos_qib *qib, struct pchat_str name)
{
	struct pchat_search *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->session = rq->session;
	s->cmd = rq->prim->cmd;
	s->limit = limit_of(rq, qib);
	/* The parser takes no longer ones. */
	s->envid = keep(s->ids, rq->env->envid);
	s->seqid = keep(s->ids + PCHAT_XCCOS_ID_MAX, rq->prim->seqid);
	s->name = folded(name);
	s->first = folded(qib ? qib->first : (struct pchat_str){ 0 });
	s->email = folded(qib ? qib->email : (struct pchat_str){ 0 });
	if (!s->name || !s->first || !s->email) {
		search_free(s);
		return NULL;
	}
	return s;
}

static void
search_start(const struct pchat_request *rq, struct pchat_search *s)
{
	if (!s) {
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	pchat_pairs_add(&s->pairs, s->name);
	pchat_pairs_add(&s->pairs, s->first);
	pchat_pairs_add(&s->pairs, s->email);
	append(rq->d, s);
	pchat_session_sent_off(rq->session, PCHAT_PENDING_READ);
}

void
pchat_command_usersrch(const struct pchat_request *rq)
{
	const struct pchat_xccos_qib *qib = rq->prim->args.search.qib;
	struct pchat_search *s = search_new(rq, qib, qib->last.n ? qib->last : qib->criteria);

	if (s)
		s->kind = PCHAT_N(kinds);
	search_start(rq, s);
}

void
pchat_command_prinsrch(const struct pchat_request *rq)
{
	const struct pchat_xccos_roles_args *args = &rq->prim->args.roles;
	const struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[0]);
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_ROLES);
	struct pchat_search *s;

	if (!room || r != PCHAT_XCCOS_OK) {
		pchat_reply(rq, r, NULL);
		return;
	}
	s = search_new(rq, args->qib, args->qib ? args->qib->criteria : (struct pchat_str){ 0 });
	if (s) {
		memcpy(s->room, room->guid, sizeof(s->room));
		s->of_members = args->role == PCHAT_XCCOS_ROLE_PRESENTER &&
		                room->privacy != PCHAT_PRIVACY_OPEN;
		s->first[0] = s->email[0] = '\0'; /* not asked for here */
	}
	search_start(rq, s);
}
