/* Seats: who is in which room, how often a user counts, when a room is quiet. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/auto.h"
#include "pchatd/channel/room.h"
#include "policy/access.h"

#define LIMIT 75

/* Tests use people that are no users of a view. */
static struct pchat_user *const nobody = NULL;

static void
enter(struct pchat_person *p, struct pchat_attendee *a)
{
	assert_true(pchat_person_enter(p, nobody, a));
}

static void
leave(struct pchat_attendee *a)
{
	while (a->n_places)
		pchat_channel_part(a->places[0].channel, a, LIMIT);
	pchat_person_leave(a);
}

static void
a_user_counts_once_however_many_sessions(void **state)
{
	struct pchat_person amy = { 0 };
	struct pchat_attendee desk = { 0 }, phone = { 0 };
	struct pchat_channel c = { 0 };

	(void)state;
	enter(&amy, &desk);
	enter(&amy, &phone);
	assert_int_equal(pchat_channel_join(&c, &desk, 1, LIMIT), PCHAT_JOINED_FIRST);
	assert_int_equal(pchat_channel_join(&c, &phone, 1, LIMIT), PCHAT_JOINED_FURTHER);
	assert_int_equal(pchat_channel_join(&c, &phone, 3, LIMIT), PCHAT_JOINED_ALREADY);
	assert_int_equal(pchat_channel_seat(&c, &phone)->roles, 3);
	assert_int_equal(c.people, 1);
	assert_int_equal(c.n, 2);
	assert_int_equal(pchat_channel_part(&c, &desk, LIMIT), PCHAT_PARTED_ONE);
	assert_true(pchat_channel_has(&c, &amy));
	assert_int_equal(pchat_channel_part(&c, &desk, LIMIT), PCHAT_PARTED_NOT);
	assert_int_equal(pchat_channel_part(&c, &phone, LIMIT), PCHAT_PARTED_LAST);
	assert_false(pchat_channel_has(&c, &amy));
	assert_null(c.seats);
	leave(&desk);
	leave(&phone);
	assert_null(amy.v);
}

static void
a_room_grows_quiet_above_the_limit_and_speaks_below_four_fifths(void **state)
{
	struct pchat_person people[LIMIT + 2] = { 0 };
	struct pchat_attendee sessions[LIMIT + 2] = { 0 };
	struct pchat_channel c = { 0 };
	static const struct {
		uint32_t people;
		bool joining, quiet;
	} steps[] = {
		{ 74, true, false }, { 75, true, false }, { 76, true, true },  { 77, true, true },
		{ 76, false, true }, { 75, false, true }, { 60, false, true }, { 59, false, false },
		{ 60, true, false }, { 75, true, false }, { 76, true, true },  { 0, false, false },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(people); i++)
		enter(&people[i], &sessions[i]);
	for (size_t i = 0; i < PCHAT_N(steps); i++) {
		while (c.people < steps[i].people)
			pchat_channel_join(&c, &sessions[c.people], 1, LIMIT);
		while (c.people > steps[i].people)
			pchat_channel_part(&c, &sessions[c.people - 1], LIMIT);
		assert_int_equal(c.people, steps[i].people);
		assert_int_equal(c.quiet, steps[i].quiet);
	}
	for (size_t i = 0; i < PCHAT_N(people); i++)
		leave(&sessions[i]);
}

static void
further_sessions_do_not_make_a_room_large(void **state)
{
	struct pchat_person amy = { 0 };
	struct pchat_attendee sessions[8] = { 0 };
	struct pchat_channel c = { 0 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(sessions); i++) {
		enter(&amy, &sessions[i]);
		pchat_channel_join(&c, &sessions[i], 1, 3);
		assert_false(c.quiet);
	}
	assert_int_equal(c.people, 1);
	for (size_t i = 0; i < PCHAT_N(sessions); i++)
		leave(&sessions[i]);
}

static void
a_limit_of_nothing_makes_every_room_quiet(void **state)
{
	struct pchat_person amy = { 0 };
	struct pchat_attendee session = { 0 };
	struct pchat_channel c = { 0 };

	(void)state;
	enter(&amy, &session);
	pchat_channel_join(&c, &session, 1, 0);
	assert_true(c.quiet);
	pchat_channel_part(&c, &session, 0);
	assert_false(c.quiet);
	leave(&session);
}

/* ---- many rooms, many sessions, in random order ---- */

#define N_ROOMS    9
#define N_PEOPLE   7
#define N_SESSIONS 21

struct model {
	struct pchat_person people[N_PEOPLE];
	struct pchat_attendee sessions[N_SESSIONS];
	struct pchat_channel rooms[N_ROOMS];
	bool in[N_ROOMS][N_SESSIONS];
};

static uint32_t
users_of(const struct model *m, size_t room)
{
	bool seen[N_PEOPLE] = { false };
	uint32_t n = 0;

	for (size_t i = 0; i < N_SESSIONS; i++)
		if (m->in[room][i] && !seen[i % N_PEOPLE]) {
			seen[i % N_PEOPLE] = true;
			n++;
		}
	return n;
}

static void
check(const struct model *m)
{
	for (size_t r = 0; r < N_ROOMS; r++) {
		const struct pchat_channel *c = &m->rooms[r];
		uint32_t n = 0;

		for (size_t s = 0; s < N_SESSIONS; s++) {
			const struct pchat_seat *seat = pchat_channel_seat(c, &m->sessions[s]);

			assert_int_equal(seat != NULL, m->in[r][s]);
			n += m->in[r][s];
		}
		assert_int_equal(c->n, n);
		assert_int_equal(c->people, users_of(m, r));
		for (uint32_t i = 0; i < c->n; i++) {
			const struct pchat_place *place =
				&c->seats[i].attendee->places[c->seats[i].place];

			assert_ptr_equal(place->channel, c);
			assert_int_equal(place->seat, i);
		}
	}
}

static void
seats_and_places_agree_after_any_order_of_joins_and_parts(void **state)
{
	static struct model m;
	uint32_t random = 12345;

	(void)state;
	for (size_t i = 0; i < N_SESSIONS; i++)
		enter(&m.people[i % N_PEOPLE], &m.sessions[i]);
	for (int step = 0; step < 20000; step++) {
		size_t r, s;

		random = random * 1664525 + 1013904223;
		r = (random >> 8) % N_ROOMS;
		s = (random >> 16) % N_SESSIONS;
		if (random >> 31)
			pchat_channel_join(&m.rooms[r], &m.sessions[s], 1, 4);
		else
			pchat_channel_part(&m.rooms[r], &m.sessions[s], 4);
		m.in[r][s] = random >> 31;
		if (step % 16 == 0)
			check(&m);
	}
	for (size_t i = 0; i < N_SESSIONS; i++)
		leave(&m.sessions[i]);
	for (size_t i = 0; i < N_ROOMS; i++)
		assert_null(m.rooms[i].seats);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_counts_once_however_many_sessions),
		cmocka_unit_test(a_room_grows_quiet_above_the_limit_and_speaks_below_four_fifths),
		cmocka_unit_test(further_sessions_do_not_make_a_room_large),
		cmocka_unit_test(a_limit_of_nothing_makes_every_room_quiet),
		cmocka_unit_test(seats_and_places_agree_after_any_order_of_joins_and_parts),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
