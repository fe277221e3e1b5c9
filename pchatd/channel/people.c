/* usersrch, prinsrch, getuser, getgroup: who there is. xccos.md section 9.15. */

#include "base/text.h"
#include "pchatd/channel/command.h"
#include "pchatd/channel/principal.h"

#define FOUND_DEFAULT 100 /* results when the caller names no limit */

/* ---- results ---- */

struct found {
	PCHAT_VEC(pchat_id) ids;
	size_t limit;
	bool more, more_than_fits, failed;
};

static void
found_init(const struct pchat_request *rq, const struct pchat_xccos_qib *qib, struct found *f)
{
	size_t most = pchat_view_settings_of(rq->d->view, rq->user)->search_limit;
	int64_t asked = qib && qib->has_max && qib->max_results ? qib->max_results : FOUND_DEFAULT;

	*f = (struct found){ .limit = asked < 0 || (uint64_t)asked > most ? most : (size_t)asked };
}

/* False: no more are wanted. */
static bool
add(struct found *f, pchat_id id)
{
	f->more = f->ids.n == f->limit;
	f->failed = !f->more && !pchat_vec_push(&f->ids, id);
	return !f->more && !f->failed;
}

static void
put_found(const struct pchat_request *rq, struct found *f)
{
	struct pchat_buf *out;

	if (f->failed) {
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	out = pchat_reply_open(rq);
	for (size_t i = 0; i < f->ids.n && !f->more_than_fits; i++) {
		struct pchat_principal_uri uri;
		struct pchat_xccos_uib uib;

		if (pchat_principal_uib(rq->d, f->ids.v[i], &uri, &uib))
			pchat_xccos_put_uib(out, &uib);
		f->more_than_fits = pchat_reply_is_full(out);
	}
	if (f->more || f->more_than_fits)
		pchat_xccos_put_qib(out, &(struct pchat_xccos_qib){ .more = PCHAT_XCCOS_TRUE });
	pchat_reply_close(rq);
}

/* ---- matching ---- */

static char *
folded(struct pchat_str s)
{
	return pchat_fold_dup(pchat_str_trim(s));
}

static bool
holds(const char *text, const char *needle)
{
	return strstr(text, needle) != NULL;
}

/* What a user search asks for, folded; each may be empty. */
struct wanted {
	char *last, *first, *email;
};

static bool
has_email(const struct pchatd *d, const struct pchat_user *user, const char *needle)
{
	struct pchat_user_view facts;
	PCHAT_AUTO_TEXT email = NULL;

	if (!needle[0])
		return true;
	if (pchat_org_user_view(pchat_view_org(d->view), user->id, &facts))
		email = pchat_fold_dup(pchat_str(facts.email));
	return email && holds(email, needle);
}

/* There is one display name, not a first and a last one: both are looked for in it. */
static void
search_users(const struct pchat_request *rq, const struct wanted *w, struct found *f)
{
	const struct pchat_user *user;
	size_t i = 0;

	while ((user = pchat_view_next_user(rq->d->view, &i)))
		if (holds(user->folded, w->last) && holds(user->folded, w->first) &&
		    has_email(rq->d, user, w->email) && !add(f, user->id))
			return;
}

void
pchat_command_usersrch(const struct pchat_request *rq)
{
	const struct pchat_xccos_qib *qib = rq->prim->args.search.qib;
	PCHAT_AUTO_TEXT last = folded(qib->last.n ? qib->last : qib->criteria);
	PCHAT_AUTO_TEXT first = folded(qib->first);
	PCHAT_AUTO_TEXT email = folded(qib->email);
	struct found f;

	found_init(rq, qib, &f);
	if (last && first && email)
		search_users(rq, &(struct wanted){ last, first, email }, &f);
	else
		f.failed = true;
	put_found(rq, &f);
	pchat_vec_release(&f.ids);
}

/* ---- who may get a role ---- */

struct eligible {
	const struct pchat_request *rq;
	const char *needle;
	pchat_id category;
	pchat_id room; /* presenters have to be its members; PCHAT_NO_ID: not asked */
	struct found *found;
};

static bool
is_named(const struct eligible *e, pchat_id id)
{
	const char *name = pchat_org_name(pchat_view_org(e->rq->d->view), id);
	PCHAT_AUTO_TEXT folded_name = pchat_fold_dup(pchat_str(name));

	return folded_name && holds(folded_name, e->needle);
}

/* Himself, or something he is in, in the list of members. */
static bool
is_member(const struct eligible *e, pchat_id id)
{
	struct pchat_org *org = pchat_view_org(e->rq->d->view);
	const pchat_id *members, *aff;
	size_t n, n_aff;

	members = pchat_org_list(org, e->room, PCHAT_ROOM_MEMBERS, &n);
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
may_get(const struct eligible *e, pchat_id id)
{
	bool in_scope = false;

	return !pchat_org_in_scope(pchat_view_org(e->rq->d->view), id, e->category, &in_scope,
	                           NULL) &&
	       in_scope && (e->room == PCHAT_NO_ID || is_member(e, id));
}

/* False: no more are wanted. */
static bool
search_kind(const struct eligible *e, enum pchat_kind kind)
{
	size_t at = 0;
	pchat_id id;

	while (pchat_org_next(pchat_view_org(e->rq->d->view), kind, &at, &id))
		if (is_named(e, id) && may_get(e, id) && !add(e->found, id))
			return false;
	return true;
}

static void
search_eligible(const struct eligible *e)
{
	const struct pchat_user *user;
	size_t i = 0;

	if (!search_kind(e, PCHAT_KIND_GROUP) || !search_kind(e, PCHAT_KIND_UNIT) ||
	    !search_kind(e, PCHAT_KIND_DOMAIN))
		return;
	while ((user = pchat_view_next_user(e->rq->d->view, &i)))
		if (holds(user->folded, e->needle) && may_get(e, user->id) &&
		    !add(e->found, user->id))
			return;
}

/* Groups, units and domains first, then users: it is advised to give roles to those. */
void
pchat_command_prinsrch(const struct pchat_request *rq)
{
	const struct pchat_xccos_roles_args *args = &rq->prim->args.roles;
	const struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[0]);
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_ROLES);
	PCHAT_AUTO_TEXT needle = folded(args->qib ? args->qib->criteria : (struct pchat_str){ 0 });
	struct eligible e = { .rq = rq, .needle = needle, .room = PCHAT_NO_ID };
	struct pchat_room_view facts;
	struct found f;

	if (!room || r != PCHAT_XCCOS_OK) {
		pchat_reply(rq, r, NULL);
		return;
	}
	found_init(rq, args->qib, &f);
	e.found = &f;
	f.failed = !needle || !pchat_org_room_view(pchat_view_org(rq->d->view), room->id, &facts);
	if (!f.failed) {
		e.category = facts.category;
		if (args->role == PCHAT_XCCOS_ROLE_PRESENTER && room->privacy != PCHAT_PRIVACY_OPEN)
			e.room = room->id;
		search_eligible(&e);
	}
	put_found(rq, &f);
	pchat_vec_release(&f.ids);
}

/* ---- one ---- */

/* What somebody is in is nobody else's business (administration.md section 7.4): of users it is
 * shown to themselves, of groups to those who are in them. */
static bool
may_know(const struct pchat_request *rq, pchat_id id)
{
	const pchat_id *aff;
	size_t n;

	if (id == rq->user->id)
		return true;
	if (rq->user->id == PCHAT_NO_ID ||
	    pchat_org_affiliations(pchat_view_org(rq->d->view), rq->user->id, &aff, &n, NULL))
		return false;
	for (size_t i = 0; i < n; i++)
		if (aff[i] == id)
			return true;
	return false;
}

static void
reply_principal(const struct pchat_request *rq, struct pchat_xccos_uib *uib, const pchat_id *aff,
                size_t n)
{
	struct pchat_principal_uri *uris = calloc(n + 1, sizeof(*uris));
	struct pchat_str *affils = calloc(n + 1, sizeof(*affils));

	if (!uris || !affils) {
		free(affils);
		free(uris);
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct pchat_xccos_uib of;

		if (pchat_principal_uib(rq->d, aff[i], &uris[i], &of))
			affils[uib->n_affils++] = of.uri;
	}
	uib->affils = affils;
	pchat_xccos_put_uib(pchat_reply_open(rq), uib);
	pchat_reply_close(rq);
	free(affils);
	free(uris);
}

static void
describe(const struct pchat_request *rq, bool user)
{
	struct pchat_org *org = pchat_view_org(rq->d->view);
	pchat_id id = pchat_principal_named(rq->d, rq->prim->args.user.uri);
	struct pchat_principal_uri uri;
	struct pchat_xccos_uib uib;
	const pchat_id *aff = NULL;
	size_t n = 0;

	if (id == PCHAT_NO_ID || (pchat_org_kind(org, id) == PCHAT_KIND_USER) != user ||
	    !pchat_principal_uib(rq->d, id, &uri, &uib)) {
		pchat_reply(rq, PCHAT_XCCOS_NO_SUCH_PRINCIPAL, NULL);
		return;
	}
	if (may_know(rq, id) && pchat_org_affiliations(org, id, &aff, &n, NULL))
		n = 0;
	reply_principal(rq, &uib, aff, n);
}

void
pchat_command_getuser(const struct pchat_request *rq)
{
	describe(rq, true);
}

void
pchat_command_getgroup(const struct pchat_request *rq)
{
	describe(rq, false);
}
