/*
 * Who is to hear of something that happened in several rooms at once (a sign-in, a lost
 * connection): every session once, with the rooms it shares. Sessions that share the same
 * rooms get the same body, built once.
 */
#pragma once

#include "base/vec.h"
#include "pchatd/channel/room.h"

struct pchat_sip_body;

struct pchat_hearer {
	struct pchat_attendee *to;
	uint32_t room; /* number the caller gave it */
};

struct pchat_audience {
	PCHAT_VEC(struct pchat_hearer) hearers;
};
void pchat_audience_release(struct pchat_audience *a);

/* Everybody who sits in @c, but for sessions of @except (may be NULL) and those on their way out.
 * Add rooms with growing @room. False if there is no memory. */
bool pchat_audience_add(struct pchat_audience *a, const struct pchat_channel *c, uint32_t room,
                        const struct pchat_person *except);

struct pchat_audience_calls {
	/* The body for the rooms with these numbers (growing); NULL on failure. */
	struct pchat_sip_body *(*build)(void *ctx, const uint32_t *rooms, size_t n);
	void (*send)(void *ctx, struct pchat_attendee *to, struct pchat_sip_body *body);
};
/* Send to each. False if a body could not be built: some have heard nothing then. */
bool pchat_audience_tell(struct pchat_audience *a, const struct pchat_audience_calls *calls,
                         void *ctx);
