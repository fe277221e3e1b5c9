#include "pchatd/review.h"

#include "base/clock.h"
#include "pchatd/channel/command.h"
#include "pchatd/session.h"
#include "pchatd/signin.h"

/* ---- noting ---- */

void
pchat_review_user(struct pchatd *d, struct pchat_user *user)
{
	if (user->review || (user->person.n == 0 && user->conns == 0))
		return;
	if (pchat_vec_push(&d->review.users, user))
		user->review = true;
	else
		d->review.everybody = true; /* looked for again when memory is back */
}

void
pchat_review_room(struct pchatd *d, struct pchat_room *room)
{
	if (room->review || (room->channel.n == 0 && !room->tell))
		return;
	if (pchat_vec_push(&d->review.rooms, room))
		room->review = true;
	else
		d->review.everybody = true;
}

void
pchat_review_everybody(struct pchatd *d)
{
	d->review.everybody = true;
}

void
pchat_review_release(struct pchatd *d)
{
	for (size_t i = 0; i < d->review.users.n; i++) {
		d->review.users.v[i]->review = false;
		pchat_view_forget(d->view, d->review.users.v[i]);
	}
	pchat_vec_release(&d->review.users);
	pchat_vec_release(&d->review.rooms);
}

/* ---- kicking ---- */

/* All sessions of @user out of @room, which has been told. */
static void
remove_user(struct pchatd *d, struct pchat_room *room, struct pchat_user *user)
{
	uint32_t limit = pchat_view_settings(d->view)->participant_limit;

	for (uint32_t i = 0; i < user->person.n; i++)
		pchat_channel_part(&room->channel, user->person.v[i], limit);
}

static void
kick(struct pchatd *d, struct pchat_room *room, struct pchat_user *const *users, size_t n)
{
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		pchat_log(d->log, PCHAT_LOG_NOTICE, "kicked", "user", users[i]->uri, "room",
		          room->uri, NULL);
	if (!pchat_speaker_kicked(&d->speaker, room, users, n))
		pchat_log(d->log, PCHAT_LOG_ERROR, "notice lost", "error", "out of memory", NULL);
	for (size_t i = 0; i < n; i++)
		remove_user(d, room, users[i]);
}

/* What is to become of one who sits in a room. */
typedef bool keep_fn(struct pchatd *d, const struct pchat_room *room,
                     const struct pchat_user *user);

static bool
keep_allowed(struct pchatd *d, const struct pchat_room *room, const struct pchat_user *user)
{
	return pchat_view_may(d->view, user, room, PCHAT_ACTION_JOIN);
}

static bool
keep_nobody(struct pchatd *d, const struct pchat_room *room, const struct pchat_user *user)
{
	(void)d;
	(void)room;
	(void)user;
	return false;
}

/* The roles of one who stays, as they are now. */
static void
refresh_roles(struct pchatd *d, struct pchat_room *room, struct pchat_user *user,
              const struct pchat_attendee *asker)
{
	unsigned roles = pchat_view_roles(d->view, user, room);
	bool changed = false;

	for (uint32_t i = 0; i < user->person.n; i++) {
		struct pchat_seat *seat = pchat_channel_seat(&room->channel, user->person.v[i]);

		if (!seat || seat->roles == roles)
			continue;
		changed = changed || pchat_speaker_key(&d->speaker, seat->roles) !=
		                             pchat_speaker_key(&d->speaker, roles);
		seat->roles = (uint8_t)roles;
	}
	if (changed && !room->channel.quiet &&
	    !pchat_speaker_permission(&d->speaker, room, user, roles, asker))
		pchat_log(d->log, PCHAT_LOG_ERROR, "notice lost", "error", "out of memory", NULL);
}

/* The serial of a walk over people; 0 is never met. */
static uint32_t
next_walk(struct pchatd *d)
{
	return ++d->walk ? d->walk : ++d->walk;
}

/* Look at each user in the room once: those to go are told and parted together, so that a room of
 * thousands is emptied in one walk. */
static void
sift(struct pchatd *d, struct pchat_room *room, keep_fn *keep, const struct pchat_attendee *asker)
{
	PCHAT_VEC(struct pchat_user *) gone = { 0 };
	uint32_t walk = next_walk(d);

	if (!pchat_vec_reserve(&gone, room->channel.people)) {
		pchat_review_everybody(d);
		return;
	}
	for (uint32_t i = 0; i < room->channel.n; i++) {
		struct pchat_user *user = room->channel.seats[i].attendee->user;

		if (user->person.mark == walk)
			continue;
		user->person.mark = walk;
		if (keep(d, room, user))
			refresh_roles(d, room, user, asker);
		else
			gone.v[gone.n++] = user;
	}
	kick(d, room, gone.v, gone.n);
	pchat_vec_release(&gone);
}

/* ---- telling what a room is now ---- */

/* Sessions of its managers that do not sit in the room: they look after it all the same. */
struct watching {
	struct pchatd *d;
	const struct pchat_room *room;
	PCHAT_VEC(struct pchat_attendee *) sessions;
	bool ok;
};

static bool
note_manager(void *ctx, pchat_id id)
{
	struct watching *w = ctx;
	struct pchat_user *user = pchat_view_user_of(w->d->view, id);

	if (!user || user->person.n == 0 || user->person.mark == w->d->walk)
		return true;
	user->person.mark = w->d->walk;
	if (!pchat_view_may(w->d->view, user, w->room, PCHAT_ACTION_SEE))
		return true;
	for (uint32_t i = 0; i < user->person.n && w->ok; i++)
		if (!pchat_channel_seat(&w->room->channel, user->person.v[i]))
			w->ok = pchat_vec_push(&w->sessions, user->person.v[i]);
	return w->ok;
}

static bool
find_managers(struct watching *w)
{
	struct pchat_org *org = pchat_view_org(w->d->view);
	const pchat_id *managers;
	size_t n;

	next_walk(w->d);
	managers = pchat_org_list(org, w->room->id, PCHAT_ROOM_MANAGERS, &n);
	for (size_t i = 0; i < n && w->ok; i++)
		w->ok = pchat_org_each_user_under(org, managers[i], note_manager, w) && w->ok;
	return w->ok;
}

/* Those who sit in the room and its managers are told, but for @asker. */
static void
tell_facts(struct pchatd *d, struct pchat_room *room, const struct pchat_attendee *asker)
{
	struct watching w = { .d = d, .room = room, .ok = true };
	struct pchat_xccos_audit audit;
	struct pchat_xccos_chanib chanib = pchat_chanib(d, room, &audit);

	room->tell = false;
	if (!find_managers(&w) || ((w.sessions.n || room->channel.n) &&
	                           !pchat_speaker_modified(&d->speaker, room, &chanib, w.sessions.v,
	                                                   w.sessions.n, asker)))
		pchat_log(d->log, PCHAT_LOG_ERROR, "notice lost", "error", "out of memory", NULL);
	pchat_vec_release(&w.sessions);
}

static void
look_at_room(struct pchatd *d, struct pchat_room *room, const struct pchat_attendee *asker)
{
	if (room->tell)
		tell_facts(d, room, asker);
	sift(d, room, keep_allowed, asker);
}

static void
forget_room(struct pchatd *d, struct pchat_room *room)
{
	for (size_t i = 0; room->review && i < d->review.rooms.n; i++) {
		if (d->review.rooms.v[i] != room)
			continue;
		d->review.rooms.v[i] = d->review.rooms.v[--d->review.rooms.n];
		room->review = false;
	}
}

void
pchat_review_room_for(struct pchatd *d, struct pchat_room *room, const struct pchat_attendee *asker)
{
	forget_room(d, room);
	look_at_room(d, room, asker);
}

void
pchat_review_close_room(struct pchatd *d, struct pchat_room *room)
{
	sift(d, room, keep_nobody, NULL);
	forget_room(d, room);
}

/* ---- users ---- */

/* A room one of his sessions sits in; NULL if none is left. */
static struct pchat_room *
some_room(const struct pchat_user *user)
{
	for (uint32_t i = 0; i < user->person.n; i++)
		if (user->person.v[i]->n_places)
			return pchat_room_of(user->person.v[i]->places[0].channel);
	return NULL;
}

void
pchat_review_switch_off(struct pchatd *d, struct pchat_user *user, const char *why)
{
	struct pchat_room *room;

	while ((room = some_room(user)))
		kick(d, room, &user, 1);
	for (uint32_t i = 0; i < user->person.n; i++)
		pchat_session_end((struct pchat_session *)user->person.v[i], why);
	if (user->disabled || user->gone)
		pchat_signin_close_user(d, user);
}

/* Rooms he may stay in are looked at as well, for his roles. Walks the places of each session from
 * the end: a kick takes places out, of all his sessions. */
static void
look_at_rooms(struct pchatd *d, struct pchat_user *user)
{
	for (uint32_t i = 0; i < user->person.n; i++) {
		const struct pchat_attendee *a = user->person.v[i];

		for (uint32_t at = a->n_places; at-- > 0;) {
			struct pchat_room *room;

			if (at >= a->n_places)
				continue;
			room = pchat_room_of(a->places[at].channel);
			if (keep_allowed(d, room, user))
				refresh_roles(d, room, user, NULL);
			else
				kick(d, room, &user, 1);
		}
	}
}

static void
look_at_user(struct pchatd *d, struct pchat_user *user)
{
	if (user->gone)
		pchat_review_switch_off(d, user, "user deleted");
	else if (user->disabled)
		pchat_review_switch_off(d, user, "user disabled");
	else if (!pchat_view_enabled(d->view, user))
		pchat_review_switch_off(d, user, "persistent chat is off by policy");
	else
		look_at_rooms(d, user);
}

/* ---- in slices ---- */

static void
note_everybody(struct pchatd *d)
{
	d->review.everybody = false;
	for (struct pchat_session *s = d->sessions; s; s = s->next)
		pchat_review_user(d, s->attendee.user);
	for (struct pchat_signin *s = d->signins; s; s = s->next)
		if (s->user)
			pchat_review_user(d, s->user);
}

static bool
look_at_next(struct pchatd *d)
{
	struct pchat_review *r = &d->review;

	if (r->rooms.n) {
		struct pchat_room *room = r->rooms.v[--r->rooms.n];

		room->review = false;
		look_at_room(d, room, NULL);
		return true;
	}
	if (r->users.n) {
		struct pchat_user *user = r->users.v[--r->users.n];

		user->review = false;
		look_at_user(d, user);
		pchat_view_forget(d->view, user);
		return true;
	}
	return false;
}

bool
pchat_review_step(struct pchatd *d, int64_t budget)
{
	int64_t until = pchat_monotonic() + budget;

	do {
		if (d->review.everybody)
			note_everybody(d);
		if (!look_at_next(d))
			return !d->review.everybody;
	} while (pchat_monotonic() < until);
	return false;
}
