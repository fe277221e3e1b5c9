#include "pchatd/channel/room.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"

/* Growth in small steps: most sessions sit in a handful of rooms, most rooms are small. */
static bool
grow(void **v, uint32_t *cap, uint32_t n, size_t size)
{
	uint32_t want = n < 4 ? 4 : n + n / 2;
	void *p;

	if (n < *cap)
		return true;
	p = reallocarray(*v, want, size);
	if (!p)
		return false;
	*v = p;
	*cap = want;
	return true;
}

bool
pchat_person_enter(struct pchat_person *person, struct pchat_user *user, struct pchat_attendee *a)
{
	assert(!a->person);
	if (!grow((void **)&person->v, &person->cap, person->n, sizeof(struct pchat_attendee *)))
		return false;
	person->v[person->n++] = a;
	a->person = person;
	a->user = user;
	return true;
}

void
pchat_person_leave(struct pchat_attendee *a)
{
	struct pchat_person *person = a->person;
	uint32_t i = 0;

	assert(a->n_places == 0);
	free(a->places);
	a->places = NULL;
	a->cap_places = 0;
	a->person = NULL;
	a->user = NULL;
	if (!person)
		return;
	while (person->v[i] != a)
		i++;
	person->v[i] = person->v[--person->n];
	if (person->n > 0)
		return;
	free(person->v);
	person->v = NULL;
	person->cap = 0;
}

struct pchat_seat *
pchat_channel_seat(const struct pchat_channel *c, const struct pchat_attendee *a)
{
	for (uint32_t i = 0; i < a->n_places; i++)
		if (a->places[i].channel == c)
			return &c->seats[a->places[i].seat];
	return NULL;
}

bool
pchat_channel_has(const struct pchat_channel *c, const struct pchat_person *person)
{
	for (uint32_t i = 0; i < person->n; i++)
		if (pchat_channel_seat(c, person->v[i]))
			return true;
	return false;
}

/* A large room stays quiet until it is clearly small again, or its notices would flap. */
static void
settle(struct pchat_channel *c, uint32_t limit)
{
	if (c->people > limit)
		c->quiet = true;
	else if ((uint64_t)c->people * 5 < (uint64_t)limit * 4 || c->people == 0)
		c->quiet = false;
}

enum pchat_joined
pchat_channel_join(struct pchat_channel *c, struct pchat_attendee *a, unsigned roles,
                   uint32_t limit)
{
	struct pchat_seat *seat = pchat_channel_seat(c, a);
	bool further;

	assert(a->person);
	if (seat) {
		seat->roles = (uint8_t)roles;
		return PCHAT_JOINED_ALREADY;
	}
	further = pchat_channel_has(c, a->person);
	if (!grow((void **)&c->seats, &c->cap, c->n, sizeof(*c->seats)) ||
	    !grow((void **)&a->places, &a->cap_places, a->n_places, sizeof(*a->places)))
		return PCHAT_JOINED_NOT;
	c->seats[c->n] = (struct pchat_seat){ a, a->n_places, (uint8_t)roles, false };
	a->places[a->n_places++] = (struct pchat_place){ c, c->n++ };
	if (further)
		return PCHAT_JOINED_FURTHER;
	c->people++;
	settle(c, limit);
	return PCHAT_JOINED_FIRST;
}

/* The last place of the attendee moves into the hole, and the last seat of the room likewise. */
static void
vacate(struct pchat_channel *c, struct pchat_seat *seat)
{
	struct pchat_attendee *a = seat->attendee;
	uint32_t place = seat->place;
	const struct pchat_seat *last = &c->seats[--c->n];

	if (place != --a->n_places) {
		a->places[place] = a->places[a->n_places];
		a->places[place].channel->seats[a->places[place].seat].place = place;
	}
	if (seat != last) {
		*seat = *last;
		seat->attendee->places[seat->place].seat = (uint32_t)(seat - c->seats);
	}
}

enum pchat_parted
pchat_channel_part(struct pchat_channel *c, struct pchat_attendee *a, uint32_t limit)
{
	struct pchat_seat *seat = pchat_channel_seat(c, a);

	if (!seat)
		return PCHAT_PARTED_NOT;
	vacate(c, seat);
	if (pchat_channel_has(c, a->person))
		return PCHAT_PARTED_ONE;
	c->people--;
	settle(c, limit);
	if (c->n == 0)
		pchat_channel_release(c);
	return PCHAT_PARTED_LAST;
}

void
pchat_channel_release(struct pchat_channel *c)
{
	assert(c->n == 0);
	free(c->seats);
	*c = (struct pchat_channel){ 0 };
}
