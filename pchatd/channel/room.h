/*
 * Who is in which room, and nothing else: no network, no store, no clock. A person is
 * a user with sessions; an attendee is one of these sessions as rooms see it; a seat
 * is an attendee in a room. Arrays are dense, so that a message reaches a room by one
 * walk over its seats, and a session leaves a room in constant time.
 *
 * Others see a user once, however many sessions he has there (xccos.md section 12.2).
 * A room with more people than the limit becomes quiet: no notices, no participant
 * lists, until it falls below four fifths of the limit (section 12.4).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pchat_attendee;
struct pchat_channel;
struct pchat_user; /* pchatd/view.h */
struct pchat_room; /* pchatd/view.h */

/* A user as rooms see him. { 0 } has no session. */
struct pchat_person {
	struct pchat_attendee **v; /* his sessions */
	uint32_t n, cap;
	uint32_t mark;   /* scratch of whoever walks over people: the serial of the walk */
	uint32_t number; /* scratch: what the walk found out about him */
};

/* Where an attendee sits. */
struct pchat_place {
	struct pchat_channel *channel;
	uint32_t seat;
};

/* A session as rooms see it. { 0 } belongs to nobody and sits nowhere. */
struct pchat_attendee {
	struct pchat_person *person;
	struct pchat_user *user; /* whose person that is */
	struct pchat_place *places;
	uint32_t n_places, cap_places;
};

struct pchat_seat {
	struct pchat_attendee *attendee;
	uint32_t place; /* index in attendee->places */
	uint8_t roles;  /* PCHAT_ROLE_ flags (policy/access.h) when last looked at */
	bool leaving;   /* has asked to leave: nothing of the room is sent to it any more */
};

/* The seats of a room. { 0 } is empty. */
struct pchat_channel {
	struct pchat_seat *seats;
	uint32_t n, cap;
	uint32_t people; /* distinct persons among the seats */
	bool quiet;
};

/* ---- sessions of a person ---- */

/* @a becomes a session of @person. False if there is no memory. */
bool pchat_person_enter(struct pchat_person *person, struct pchat_user *user,
                        struct pchat_attendee *a);
/* The contrary; @a must sit nowhere. Frees what both hold when it was the last. */
void pchat_person_leave(struct pchat_attendee *a);

/* ---- joining and leaving ---- */

enum pchat_joined {
	PCHAT_JOINED_FIRST,   /* the user was not in the room before */
	PCHAT_JOINED_FURTHER, /* another session of a user who was */
	PCHAT_JOINED_ALREADY, /* this session was in it; nothing changed but .roles */
	PCHAT_JOINED_NOT,     /* no memory; nothing changed */
};
/* Sit down. @limit is the number of people above which a room is quiet. */
enum pchat_joined pchat_channel_join(struct pchat_channel *c, struct pchat_attendee *a,
                                     unsigned roles, uint32_t limit);

enum pchat_parted {
	PCHAT_PARTED_LAST, /* the user is not in the room any more */
	PCHAT_PARTED_ONE,  /* others of his sessions are */
	PCHAT_PARTED_NOT,  /* was not in the room */
};
/* Get up. Never fails. */
enum pchat_parted pchat_channel_part(struct pchat_channel *c, struct pchat_attendee *a,
                                     uint32_t limit);
/* Free the memory of a room nobody is in. */
void pchat_channel_release(struct pchat_channel *c);

/* ---- looking ---- */

/* The seat of @a, valid until somebody joins or parts; NULL if it has none. */
struct pchat_seat *pchat_channel_seat(const struct pchat_channel *c,
                                      const struct pchat_attendee *a);
/* Does any session of @person sit here? */
bool pchat_channel_has(const struct pchat_channel *c, const struct pchat_person *person);
