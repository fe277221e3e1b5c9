#include "pchatd/presence/followed.h"

#include "base/text.h"
#include "pchatd/presence/internal.h"

/* Who follows a room. */
struct pchat_followers {
	char guid[PCHAT_GUID_LEN + 1];
	PCHAT_VEC(struct pchat_presence_user *) users;
};

/* ---- who follows what ---- */

static bool
follow(struct pchat_presence_user *u, struct pchat_str guid)
{
	struct pchatd *d = u->d;
	struct pchat_followers *f = pchat_hash_get(&d->followers, guid);

	for (size_t i = 0; i < u->followed.n; i++)
		if (u->followed.v[i] == f && f)
			return true; /* two publications about one room */
	if (u->followed.n == PCHAT_FOLLOWED_MAX)
		return true;
	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return false;
		snprintf(f->guid, sizeof(f->guid), "%.*s", PCHAT_STR_ARG(guid));
		if (!pchat_hash_put(&d->followers, pchat_str(f->guid), f)) {
			free(f);
			return false;
		}
	}
	return pchat_vec_reserve(&u->followed, 1) && pchat_vec_push(&f->users, u) &&
	       pchat_vec_push(&u->followed, f);
}

static void
unfollow(struct pchat_presence_user *u)
{
	for (size_t i = 0; i < u->followed.n; i++) {
		struct pchat_followers *f = u->followed.v[i];
		size_t k = 0;

		while (f->users.v[k] != u)
			k++;
		f->users.v[k] = f->users.v[--f->users.n];
		if (f->users.n)
			continue;
		pchat_hash_del(&u->d->followers, pchat_str(f->guid));
		pchat_vec_release(&f->users);
		free(f);
	}
	pchat_vec_release(&u->followed);
}

void
pchat_followed_take(struct pchat_presence_job *j)
{
	struct pchat_presence_user *u = j->user;
	bool ok = true;

	if (u->sessions == 0)
		return;
	unfollow(u);
	for (size_t i = 0; ok && i < j->found.n; i++)
		if (j->found.v[i]->p.room.n)
			ok = follow(u, j->found.v[i]->p.room);
	if (!ok)
		pchat_log(u->d->log, PCHAT_LOG_ERROR, "followed rooms lost", "user", u->uri,
		          "error", "out of memory", NULL);
}

static void
finish(struct pchat_presence_job *j)
{
	if (!j->write.code)
		pchat_followed_take(j);
}

/* ---- sessions ---- */

void
pchat_followed_session_opened(struct pchat_session *s)
{
	struct pchat_user *user = s->attendee.user;
	struct pchat_presence_user *u;
	struct pchat_presence_job *j;

	if (!pchat_view_settings_of(s->d->view, user)->new_content)
		return;
	u = pchat_presence_user(s->d, user->uri);
	if (!u)
		return; /* he will not hear of it; nothing worse */
	s->follows = u;
	u->ties++;
	if (u->sessions++ > 0)
		return;
	j = pchat_presence_job(u, NULL, finish);
	if (j && pchat_presence_touch(j, PCHAT_STR(PCHAT_PUBLICATION_ROOM)))
		(void)pchat_presence_start(j);
	else
		pchat_presence_job_free(j);
}

void
pchat_followed_session_closed(struct pchat_session *s)
{
	struct pchat_presence_user *u = s->follows;

	pchat_vec_release(&s->told);
	if (!u)
		return;
	s->follows = NULL;
	if (--u->sessions == 0)
		unfollow(u);
	u->ties--;
	pchat_presence_free_unused(u);
}

/* ---- telling ---- */

static bool
is_told(const struct pchat_session *s, const struct pchat_room *room)
{
	for (size_t i = 0; i < s->told.n; i++)
		if (s->told.v[i] == room->id)
			return true;
	return false;
}

static struct pchat_sip_body *
build(struct pchatd *d, const struct pchat_room *room)
{
	const struct pchat_xccos_chanib c = { .uri = pchat_str(room->uri),
		                              .name = pchat_str(room->name) };

	pchat_xccos_ntc_chanib(pchat_speaker_open(&d->speaker), pchat_speaker_envid(&d->speaker),
	                       "newcontent", &c);
	return pchat_speaker_body(&d->speaker, room);
}

static void
tell(struct pchat_session *s, const struct pchat_room *room, struct pchat_sip_body **body)
{
	if (!s->follows || is_told(s, room) || pchat_channel_seat(&room->channel, &s->attendee))
		return;
	if (!*body)
		*body = build(s->d, room);
	if (*body && pchat_vec_push(&s->told, room->id))
		pchat_session_send(s, *body);
}

void
pchat_followed_posted(struct pchatd *d, struct pchat_room *room)
{
	struct pchat_followers *f = d->followers.n
	                                    ? pchat_hash_get(&d->followers, pchat_str(room->guid))
	                                    : NULL;
	PCHAT_AUTO(sip_body) body = NULL;

	for (size_t i = 0; f && i < f->users.n; i++) {
		struct pchat_user *user = pchat_view_user(d->view, pchat_str(f->users.v[i]->uri));

		if (!user || !pchat_view_may(d->view, user, room, PCHAT_ACTION_READ))
			continue;
		for (uint32_t k = 0; k < user->person.n; k++)
			tell((struct pchat_session *)user->person.v[k], room, &body);
	}
}

void
pchat_followed_joined(struct pchat_session *s, const struct pchat_room *room)
{
	for (size_t i = 0; i < s->told.n; i++) {
		if (s->told.v[i] == room->id) {
			s->told.v[i] = s->told.v[--s->told.n];
			return;
		}
	}
}
