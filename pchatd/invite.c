#include "pchatd/invite.h"

#include "base/clock.h"
#include "pchatd/channel/command.h"
#include "pchatd/session.h"
#include "pchatd/writer.h"
#include "schema/invite.h"

#define JOB_MAX     256 /* invitations in one job: posts wait behind it */
#define RETRY_AFTER PCHAT_SECOND

/* A list that gained members. */
struct pchat_inviting {
	struct pchat_inviting *next;
	char room[PCHAT_GUID_LEN + 1];
	int64_t created;
	char *actor; /* who adds himself needs no invitation; may be NULL */
	struct pchat_list added, before;
	bool expanded;
	PCHAT_VEC(pchat_id) users; /* all who are added, directly or by what they are in */
	PCHAT_VEC(pchat_id) known; /* what was in the list before, sorted */
	size_t at;
};

struct pchat_invite_job {
	struct pchat_write write;
	struct pchat_invite_job *next; /* among the refused */
	uint64_t progress;             /* not 0: a job that only remembers this revision */
	char room[PCHAT_GUID_LEN + 1];
	int64_t created;
	size_t n;
	struct invited {
		char *uri; /* owned */
		uint64_t number;
	} v[JOB_MAX];
};

static void
free_job(struct pchat_invite_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		free(j->v[i].uri);
	free(j);
}

static void
free_inviting(struct pchat_inviting *g)
{
	pchat_list_release(&g->added);
	pchat_list_release(&g->before);
	pchat_vec_release(&g->users);
	pchat_vec_release(&g->known);
	free(g->actor);
	free(g);
}

/* ---- noting ---- */

static bool
gains(const struct pchat_object *before, const struct pchat_list *now, struct pchat_list *added)
{
	bool any = false;

	for (size_t i = 0; i < now->n; i++) {
		if (before &&
		    pchat_list_has(&before->v[PCHAT_ROOM_MEMBERS].list, pchat_str(now->v[i])))
			continue;
		any = true;
		if (!added)
			return true;
		if (!pchat_list_append(added, pchat_str(now->v[i])))
			return false;
	}
	return any;
}

bool
pchat_invite_concerns(const struct pchat_object *before, const struct pchat_object *after)
{
	return after && after->kind == PCHAT_KIND_ROOM &&
	       gains(before, &after->v[PCHAT_ROOM_MEMBERS].list, NULL);
}

static struct pchat_inviting *
new_inviting(const struct pchat_object *before, const struct pchat_object *after)
{
	struct pchat_inviting *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	memcpy(g->room, after->guid, sizeof(g->room));
	g->created = after->updated;
	g->actor = after->updated_by ? pchat_str_dup(pchat_str(after->updated_by)) : NULL;
	if ((g->actor || !after->updated_by) &&
	    (!before || pchat_list_copy(&g->before, &before->v[PCHAT_ROOM_MEMBERS].list)) &&
	    gains(before, &after->v[PCHAT_ROOM_MEMBERS].list, &g->added))
		return g;
	free_inviting(g);
	return NULL;
}

bool
pchat_invite_note(struct pchatd *d, uint64_t revision, const struct pchat_object *before,
                  const struct pchat_object *after)
{
	struct pchat_invites *in = &d->invites;
	const struct pchat_room *room;
	struct pchat_inviting *g;

	if (!pchat_invite_concerns(before, after))
		return true;
	room = pchat_view_room(d->view, pchat_str(after->guid));
	if (room && pchat_room_invites(room)) {
		g = new_inviting(before, after);
		if (!g)
			return false;
		*in->last = g;
		in->last = &g->next;
	}
	if (revision > in->noted)
		in->noted = revision;
	return true;
}

/* ---- whom a change concerns ---- */

static int
compare_ids(const void *a, const void *b)
{
	pchat_id x = *(const pchat_id *)a, y = *(const pchat_id *)b;

	return x < y ? -1 : x > y;
}

static bool
collect_user(void *ctx, pchat_id id)
{
	struct pchat_inviting *g = ctx;

	return pchat_vec_push(&g->users, id);
}

static void
sort_users(struct pchat_inviting *g)
{
	size_t n = 0;

	if (g->users.n)
		qsort(g->users.v, g->users.n, sizeof(pchat_id), compare_ids);
	for (size_t i = 0; i < g->users.n; i++)
		if (n == 0 || g->users.v[n - 1] != g->users.v[i])
			g->users.v[n++] = g->users.v[i];
	g->users.n = n;
}

/* False without memory; starts anew when called again. */
static bool
expand(struct pchatd *d, struct pchat_inviting *g)
{
	struct pchat_org *org = pchat_view_org(d->view);

	g->users.n = g->known.n = 0;
	for (size_t i = 0; i < g->before.n; i++) {
		pchat_id id = pchat_org_principal(org, g->before.v[i], NULL);

		if (id != PCHAT_NO_ID && !pchat_vec_push(&g->known, id))
			return false;
	}
	if (g->known.n)
		qsort(g->known.v, g->known.n, sizeof(pchat_id), compare_ids);
	for (size_t i = 0; i < g->added.n; i++) {
		pchat_id id = pchat_org_principal(org, g->added.v[i], NULL);

		if (id != PCHAT_NO_ID && !pchat_org_each_user_under(org, id, collect_user, g))
			return false;
	}
	sort_users(g);
	return g->expanded = true;
}

static bool
is_known(const struct pchat_inviting *g, pchat_id id)
{
	return g->known.n &&
	       bsearch(&id, g->known.v, g->known.n, sizeof(pchat_id), compare_ids) != NULL;
}

/* Was he in the list before, or something he is in? */
static bool
was_member(struct pchatd *d, const struct pchat_inviting *g, pchat_id user)
{
	const pchat_id *aff;
	size_t n;

	if (g->known.n == 0)
		return false;
	if (is_known(g, user) ||
	    pchat_org_affiliations(pchat_view_org(d->view), user, &aff, &n, NULL))
		return true;
	for (size_t i = 0; i < n; i++)
		if (is_known(g, aff[i]))
			return true;
	return false;
}

static bool
is_invited(struct pchatd *d, const struct pchat_inviting *g, const struct pchat_room *room,
           const struct pchat_user *user)
{
	return (!g->actor || strcmp(user->uri, g->actor) != 0) &&
	       (pchat_view_roles(d->view, user, room) & PCHAT_ROLE_MEMBER) &&
	       !was_member(d, g, user->id);
}

/* ---- telling ---- */

static void
tell(struct pchatd *d, const struct pchat_invite_job *j, const struct invited *invited)
{
	const struct pchat_user *user = pchat_view_user(d->view, pchat_str(invited->uri));
	struct pchat_room *room = pchat_view_room(d->view, pchat_str(j->room));
	struct pchat_sip_body *body;

	if (!user || user->person.n == 0 || !room ||
	    !pchat_view_may(d->view, user, room, PCHAT_ACTION_JOIN))
		return;
	body = pchat_invitation_body(d, room, invited->number, j->created);
	for (uint32_t i = 0; body && i < user->person.n; i++)
		pchat_session_send((struct pchat_session *)user->person.v[i], body);
	if (!body)
		pchat_log(d->log, PCHAT_LOG_ERROR, "notice lost", "error", "out of memory", NULL);
	pchat_sip_body_unref(body);
}

/* ---- with the writer ---- */

static enum pchat_code
run_job(struct pchat_write *w, struct pchat_chat *chat, struct pchat_err *err)
{
	struct pchat_invite_job *j = (struct pchat_invite_job *)w; /* the first member */
	enum pchat_code code = PCHAT_OK;

	if (j->progress)
		return pchat_chat_set_invited(chat, j->progress, err);
	for (size_t i = 0; i < j->n && !code; i++)
		code = pchat_chat_invite(chat, pchat_str(j->v[i].uri), j->room, j->created,
		                         &j->v[i].number, err);
	return code;
}

static void
refuse(struct pchatd *d, struct pchat_invite_job *j)
{
	j->next = d->invites.refused;
	d->invites.refused = j;
	d->invites.retry_at = pchat_monotonic() + RETRY_AFTER;
}

static void
job_done(void *ctx, struct pchat_letter *letter)
{
	struct pchat_invite_job *j = (struct pchat_invite_job *)letter; /* the first member */
	struct pchatd *d = ctx;

	d->invites.outstanding -= !j->progress;
	if (j->write.code) {
		refuse(d, j);
		return;
	}
	for (size_t i = 0; i < j->n; i++)
		if (j->v[i].number)
			tell(d, j, &j->v[i]);
	free_job(j);
}

static void
send_off(struct pchatd *d, struct pchat_invite_job *j)
{
	if (!pchat_writer_put(d->writer, &j->write)) {
		refuse(d, j);
		return;
	}
	d->invites.outstanding += !j->progress;
}

static struct pchat_invite_job *
new_job(void)
{
	struct pchat_invite_job *j = calloc(1, sizeof(*j));

	if (j) {
		j->write.letter.done = job_done;
		j->write.run = run_job;
	}
	return j;
}

/* ---- in slices ---- */

/* The next users of a change into a job. False without memory. */
static bool
send_some(struct pchatd *d, struct pchat_inviting *g)
{
	const struct pchat_room *room = pchat_view_room(d->view, pchat_str(g->room));
	struct pchat_invite_job *j = room ? new_job() : NULL;

	if (!room) {
		g->at = g->users.n; /* deleted meanwhile */
		return true;
	}
	if (!j)
		return false;
	memcpy(j->room, g->room, sizeof(j->room));
	j->created = g->created;
	for (; g->at < g->users.n && j->n < JOB_MAX; g->at++) {
		const struct pchat_user *user = pchat_view_user_of(d->view, g->users.v[g->at]);

		if (!user || !is_invited(d, g, room, user))
			continue;
		j->v[j->n].uri = pchat_str_dup(pchat_str(user->uri));
		if (!j->v[j->n].uri)
			break;
		j->n++;
	}
	if (j->n)
		send_off(d, j);
	else
		free_job(j);
	return true;
}

static bool
work(struct pchatd *d)
{
	struct pchat_inviting *g = d->invites.first;

	if (!g->expanded && !expand(d, g))
		return false;
	if (g->at < g->users.n)
		return send_some(d, g);
	d->invites.first = g->next;
	if (!g->next)
		d->invites.last = &d->invites.first;
	free_inviting(g);
	return true;
}

static void
try_again(struct pchatd *d)
{
	struct pchat_invite_job *j = d->invites.refused, *next;

	d->invites.refused = NULL;
	for (; j; j = next) {
		next = j->next;
		send_off(d, j);
	}
}

/* All that was noted is stored: remember so, that the next start need not look again. */
static void
remember(struct pchatd *d)
{
	struct pchat_invites *in = &d->invites;
	struct pchat_invite_job *j = in->noted > in->stored ? new_job() : NULL;

	if (!j)
		return;
	j->progress = in->stored = in->noted;
	send_off(d, j);
}

bool
pchat_invite_step(struct pchatd *d, int64_t budget)
{
	struct pchat_invites *in = &d->invites;
	int64_t until = pchat_monotonic() + budget;

	if (in->refused && pchat_monotonic() >= in->retry_at)
		try_again(d);
	while (in->first) {
		if (!work(d) || pchat_monotonic() >= until)
			return false;
	}
	if (!in->outstanding && !in->refused)
		remember(d);
	return true;
}

bool
pchat_invite_settled(const struct pchatd *d)
{
	const struct pchat_invites *in = &d->invites;

	return in->refused || (!in->first && !in->outstanding);
}

int
pchat_invite_wait(const struct pchatd *d)
{
	int64_t left = d->invites.retry_at - pchat_monotonic();

	if (!d->invites.refused)
		return -1;
	return left > 0 ? (int)(left / 1000 + 1) : 0;
}

/* ---- start and end ---- */

static enum pchat_code
take_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	return pchat_invite_note(ctx, row->revision, row->before, row->after)
	               ? PCHAT_OK
	               : pchat_no_memory(err);
}

/* Where to go on; the first time that is remembered at once, before others count on it. */
static enum pchat_code
find_progress(struct pchatd *d, struct pchat_err *err)
{
	PCHAT_AUTO(chat) chat = NULL;
	bool known = false;
	enum pchat_code code = pchat_chat_open(d->opt->store, true, &chat, err);

	if (!code)
		code = pchat_chat_invited(chat, &d->invites.stored, &known, err);
	if (code || known)
		return code;
	code = pchat_chat_reached(chat, &d->invites.stored, err);
	if (!code)
		code = pchat_chat_begin(chat, err);
	if (!code)
		code = pchat_chat_set_invited(chat, d->invites.stored, err);
	return code ? code : pchat_chat_commit(chat, err);
}

enum pchat_code
pchat_invite_start(struct pchatd *d, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	uint64_t upto = pchat_view_revision(d->view);
	enum pchat_code code = find_progress(d, err);

	d->invites.last = &d->invites.first;
	if (!code && d->invites.stored < upto)
		code = pchat_store_open(d->opt->store, PCHAT_STORE_READ, &store, err);
	if (!code && store)
		code = pchat_store_journal(store, d->invites.stored, upto, take_row, d, err);
	return code;
}

void
pchat_invite_release(struct pchatd *d)
{
	struct pchat_inviting *g;
	struct pchat_invite_job *j;

	while ((g = d->invites.first)) {
		d->invites.first = g->next;
		free_inviting(g);
	}
	while ((j = d->invites.refused)) {
		d->invites.refused = j->next;
		free_job(j);
	}
}
