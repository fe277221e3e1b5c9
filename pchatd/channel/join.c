/* join, bjoin, part, getparts: xccos.md sections 9.4 to 9.6, 9.15, 12.1, 12.2, 12.4. */

#include "pchatd/channel/command.h"
#include "pchatd/presence/followed.h"

/* Rooms in one bjoin; the surplus is answered as failed. */
#define BJOIN_MAX 512

struct joined_room {
	struct pchat_room *room;
	unsigned roles;
	enum pchat_joined how;
};

struct failed_room {
	struct pchat_str domain, value;
};

struct joining {
	PCHAT_VEC(struct joined_room) rooms;
	PCHAT_VEC(struct failed_room) failed;
	PCHAT_VEC(struct pchat_xccos_seat) seats; /* of one room, while it is written */
	uint32_t n_people;                        /* uib blocks written */
};

static void
release(struct joining *j)
{
	pchat_vec_release(&j->rooms);
	pchat_vec_release(&j->failed);
	pchat_vec_release(&j->seats);
}

/* ---- the reply ---- */

/* The serial of a walk over people: a person whose mark is not this was not met yet. */
static uint32_t
next_mark(struct pchatd *d)
{
	if (++d->walk == 0)
		d->walk =
			1; /* marks of 2^32 walks ago would be taken for this one; 0 is never met */
	return d->walk;
}

/* One uib per distinct user over all rooms, numbered as they are met, until the reply is full. */
static void
put_people(struct pchatd *d, struct joining *j, const struct pchat_channel *c,
           struct pchat_buf *out)
{
	for (uint32_t i = 0; i < c->n && !pchat_reply_is_full(out); i++) {
		struct pchat_attendee *a = c->seats[i].attendee;
		struct pchat_xccos_uib uib;
		char id[12];

		if (a->person->mark == d->walk)
			continue;
		a->person->mark = d->walk;
		a->person->number = j->n_people++;
		uib = pchat_speaker_uib(a->user);
		snprintf(id, sizeof(id), "%u", a->person->number);
		uib.id = pchat_str(id);
		pchat_xccos_put_uib(out, &uib);
	}
}

/* Each user of the room that was met once, with his mask. False without memory. */
static bool
list_seats(struct pchatd *d, struct joining *j, const struct pchat_channel *c)
{
	j->seats.n = 0;
	if (!pchat_vec_reserve(&j->seats, c->n))
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct pchat_seat *seat = &c->seats[i];
		struct pchat_person *person = seat->attendee->person;
		bool again = person->mark != d->walk;

		/* Other sessions of the same user follow or precede: the first one counts. */
		for (uint32_t k = 0; person->n > 1 && k < person->n; k++) {
			const struct pchat_seat *other = pchat_channel_seat(c, person->v[k]);

			again = again || (other && other < seat);
		}
		if (!again)
			j->seats.v[j->seats.n++] = (struct pchat_xccos_seat){
				person->number, pchat_speaker_key(&d->speaker, seat->roles)
			};
	}
	return true;
}

static void
put_room(struct pchatd *d, struct joining *j, struct pchat_room *room, bool lists,
         struct pchat_buf *out)
{
	struct pchat_xccos_audit audit;
	struct pchat_xccos_chanib chanib = pchat_chanib(d, room, &audit);

	if (lists && !room->channel.quiet && list_seats(d, j, &room->channel)) {
		chanib.seats = j->seats.v;
		chanib.n_seats = j->seats.n;
	}
	pchat_xccos_put_chanib(out, &chanib);
}

/* Users before rooms. Returns how many rooms were written: all, unless the reply is full. */
static size_t
put_joined(struct pchatd *d, struct joining *j, bool lists, struct pchat_buf *out)
{
	size_t n = 0;

	next_mark(d);
	j->n_people = 0;
	for (size_t i = 0; lists && i < j->rooms.n && !pchat_reply_is_full(out); i++)
		if (!j->rooms.v[i].room->channel.quiet)
			put_people(d, j, &j->rooms.v[i].room->channel, out);
	for (; n < j->rooms.n && !pchat_reply_is_full(out); n++)
		put_room(d, j, j->rooms.v[n].room, lists, out);
	return n;
}

/* Rooms from @n on are not joined after all: the reply cannot name them. */
static void
give_up(const struct pchat_request *rq, struct joining *j, size_t n)
{
	uint32_t limit = pchat_view_settings(rq->d->view)->participant_limit;

	while (j->rooms.n > n) {
		const struct joined_room *r = &j->rooms.v[--j->rooms.n];
		struct failed_room failed = { 0 };

		if (r->how != PCHAT_JOINED_ALREADY)
			pchat_channel_part(&r->room->channel, &rq->session->attendee, limit);
		pchat_xccos_uri_split(pchat_str(r->room->uri), &failed.domain, &failed.value);
		if (!pchat_vec_push(&j->failed, failed))
			pchat_log(rq->d->log, PCHAT_LOG_ERROR, "failed join not told", "room",
			          r->room->uri, "error", "out of memory", NULL);
	}
}

static void
reply_joined(const struct pchat_request *rq, struct joining *j)
{
	struct pchat_buf *out = pchat_reply_open(rq);

	/* What is too long for one reply goes without its participants, as large rooms do. */
	if (put_joined(rq->d, j, true, out) < j->rooms.n || pchat_reply_is_full(out)) {
		out = pchat_reply_open(rq);
		give_up(rq, j, put_joined(rq->d, j, false, out));
	}
	for (size_t i = 0; i < j->failed.n; i++) {
		const struct failed_room *f = &j->failed.v[i];

		pchat_xccos_put_fib(
			out, &(struct pchat_xccos_fib){ .value = f->value, .domain = f->domain });
	}
	pchat_reply_close(rq);
}

/* ---- joining ---- */

/* Sit down in @room, or say why not. */
static enum pchat_xccos_result
sit_down(const struct pchat_request *rq, struct joining *j, struct pchat_room *room)
{
	uint32_t limit = pchat_view_settings(rq->d->view)->participant_limit;
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_JOIN);
	struct joined_room joined = { .room = room };

	if (!room || r != PCHAT_XCCOS_OK)
		return r;
	if (!pchat_vec_reserve(&j->rooms, 1))
		return PCHAT_XCCOS_SERVER;
	joined.roles = pchat_view_roles(rq->d->view, rq->user, room);
	joined.how = pchat_channel_join(&room->channel, &rq->session->attendee, joined.roles,
	                                limit);
	if (joined.how == PCHAT_JOINED_NOT)
		return PCHAT_XCCOS_SERVER;
	j->rooms.v[j->rooms.n++] = joined;
	pchat_followed_joined(rq->session, room);
	return PCHAT_XCCOS_OK;
}

/* To the others, after the reply (xccos.md section 12.1, rule 3). */
static void
announce(const struct pchat_request *rq, const struct joining *j, bool batch)
{
	PCHAT_VEC(struct pchat_notice_room) rooms = { 0 };
	bool told = pchat_vec_reserve(&rooms, j->rooms.n);

	for (size_t i = 0; told && i < j->rooms.n; i++) {
		const struct joined_room *r = &j->rooms.v[i];

		if (r->how == PCHAT_JOINED_FIRST && !r->room->channel.quiet)
			rooms.v[rooms.n++] = (struct pchat_notice_room){ r->room, r->roles };
	}
	if (!told ||
	    (rooms.n && !pchat_speaker_joined(&rq->d->speaker, rq->user, rooms.v, rooms.n, batch)))
		pchat_log(rq->d->log, PCHAT_LOG_ERROR, "notice lost", "error", "out of memory",
		          NULL);
	pchat_vec_release(&rooms);
}

void
pchat_command_join(const struct pchat_request *rq)
{
	struct joining j = { 0 };
	enum pchat_xccos_result r = sit_down(rq, &j, pchat_named_room(rq->d, &rq->prim->rooms[0]));

	if (r == PCHAT_XCCOS_OK) {
		reply_joined(rq, &j);
		announce(rq, &j, false);
	} else {
		pchat_reply(rq, r, NULL);
	}
	release(&j);
}

static bool
has_room(const struct joining *j, const struct pchat_room *room)
{
	for (size_t i = 0; i < j->rooms.n; i++)
		if (j->rooms.v[i].room == room)
			return true;
	return false;
}

static bool
has_failed(const struct joining *j, struct pchat_str value)
{
	for (size_t i = 0; i < j->failed.n; i++)
		if (pchat_str_ieq(j->failed.v[i].value, value))
			return true;
	return false;
}

void
pchat_command_bjoin(const struct pchat_request *rq)
{
	struct joining j = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < rq->prim->n_rooms; i++) {
		const struct pchat_xccos_room *named = &rq->prim->rooms[i];
		struct pchat_room *room = i < BJOIN_MAX ? pchat_named_room(rq->d, named) : NULL;

		if ((room && has_room(&j, room)) || has_failed(&j, named->value) ||
		    sit_down(rq, &j, room) == PCHAT_XCCOS_OK)
			continue;
		ok = pchat_vec_push(&j.failed, (struct failed_room){ named->domain, named->value });
	}
	if (ok) {
		reply_joined(rq, &j);
		announce(rq, &j, true);
	} else {
		pchat_session_end(rq->session, "out of memory");
	}
	release(&j);
}

/* ---- leaving ---- */

static void
get_up(const struct pchat_request *rq, struct pchat_room *room)
{
	uint32_t limit = pchat_view_settings(rq->d->view)->participant_limit;
	bool quiet = room->channel.quiet;
	const struct pchat_notice_room left = { room, 0 };

	if (pchat_channel_part(&room->channel, &rq->session->attendee, limit) !=
	            PCHAT_PARTED_LAST ||
	    quiet)
		return;
	if (!pchat_speaker_parted(&rq->d->speaker, rq->user, &left, 1))
		pchat_log(rq->d->log, PCHAT_LOG_ERROR, "notice lost", "error", "out of memory",
		          NULL);
}

/* A room that is not known, or was not joined, is left all the same: a client that is told
 * otherwise keeps it in its table with a freed window (real-client.md T8). */
void
pchat_command_part(const struct pchat_request *rq)
{
	struct pchat_buf *out = pchat_reply_open(rq);

	for (size_t i = 0; i < rq->prim->n_rooms; i++) {
		const struct pchat_xccos_room *named = &rq->prim->rooms[i];
		const struct pchat_room *room = pchat_named_room(rq->d, named);
		PCHAT_AUTO_VALUE(buf) uri = { 0 };

		if (named->uri.n == 0)
			pchat_buf_printf(&uri, "ma-chan://%.*s/%.*s", PCHAT_STR_ARG(named->domain),
			                 PCHAT_STR_ARG(named->value));
		else
			pchat_buf_str(&uri, named->uri);
		pchat_xccos_put_chanib(
			out, &(struct pchat_xccos_chanib){ .uri = room ? pchat_str(room->uri)
		                                                       : pchat_buf_view(&uri) });
	}
	pchat_reply_close(rq);
	for (size_t i = 0; i < rq->prim->n_rooms; i++) {
		struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[i]);

		if (room)
			get_up(rq, room);
	}
}

/* ---- who is in a large room ---- */

/* Small rooms tell it unasked. What does not fit into one reply is left out, which is said. */
void
pchat_command_getparts(const struct pchat_request *rq)
{
	struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[0]);
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_JOIN);
	struct pchat_xccos_chanib chanib = { 0 };
	struct joining j = { 0 };
	struct pchat_buf *out;

	if (room && r == PCHAT_XCCOS_OK &&
	    !pchat_channel_seat(&room->channel, &rq->session->attendee))
		r = PCHAT_XCCOS_USER_NOT_JOINED;
	if (room && r == PCHAT_XCCOS_OK && !room->channel.quiet)
		r = PCHAT_XCCOS_CANNOT_GET_PARTICIPANTS;
	if (!room || r != PCHAT_XCCOS_OK) {
		pchat_reply(rq, r, NULL);
		return;
	}
	out = pchat_reply_open(rq);
	next_mark(rq->d);
	put_people(rq->d, &j, &room->channel, out);
	chanib.uri = pchat_str(room->uri);
	if (list_seats(rq->d, &j, &room->channel)) {
		chanib.seats = j.seats.v;
		chanib.n_seats = j.seats.n;
	}
	pchat_xccos_put_chanib(out, &chanib);
	if (j.n_people < room->channel.people)
		pchat_xccos_put_qib(out, &(struct pchat_xccos_qib){ .more = PCHAT_XCCOS_TRUE });
	pchat_reply_close(rq);
	release(&j);
}
