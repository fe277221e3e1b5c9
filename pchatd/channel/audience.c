#include "pchatd/channel/audience.h"

#include <stdlib.h>

#include "base/hash.h"
#include "wire/sip/sip.h"

void
pchat_audience_release(struct pchat_audience *a)
{
	pchat_vec_release(&a->hearers);
}

bool
pchat_audience_add(struct pchat_audience *a, const struct pchat_channel *c, uint32_t room,
                   const struct pchat_person *except)
{
	if (!pchat_vec_reserve(&a->hearers, c->n))
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct pchat_seat *seat = &c->seats[i];

		if (seat->attendee->person == except || seat->leaving)
			continue;
		a->hearers.v[a->hearers.n++] = (struct pchat_hearer){ seat->attendee, room };
	}
	return true;
}

static int
compare_hearers(const void *pa, const void *pb)
{
	const struct pchat_hearer *a = pa, *b = pb;

	if (a->to != b->to)
		return (uintptr_t)a->to < (uintptr_t)b->to ? -1 : 1;
	return a->room < b->room ? -1 : a->room > b->room;
}

/* The body for a set of rooms, built when first asked for. The table owns one reference of each. */
static struct pchat_sip_body *
body_for(struct pchat_hash *bodies, const uint32_t *rooms, size_t n,
         const struct pchat_audience_calls *calls, void *ctx)
{
	struct pchat_str key = { (const char *)rooms, n * sizeof(*rooms) };
	struct pchat_sip_body *body = pchat_hash_get(bodies, key);

	if (body)
		return body;
	body = calls->build(ctx, rooms, n);
	if (body && !pchat_hash_put(bodies, key, body)) {
		pchat_sip_body_unref(body);
		return NULL;
	}
	return body;
}

static void
release_bodies(struct pchat_hash *bodies)
{
	void *body;

	for (size_t i = 0; pchat_hash_next(bodies, &i, NULL, &body);)
		pchat_sip_body_unref(body);
	pchat_hash_release(bodies);
}

static bool
tell_sorted(const struct pchat_audience *a, const uint32_t *rooms, struct pchat_hash *bodies,
            const struct pchat_audience_calls *calls, void *ctx)
{
	bool all = true;
	size_t end;

	for (size_t at = 0; at < a->hearers.n; at = end) {
		struct pchat_attendee *to = a->hearers.v[at].to;
		struct pchat_sip_body *body;

		for (end = at; end < a->hearers.n && a->hearers.v[end].to == to;)
			end++;
		body = body_for(bodies, rooms + at, end - at, calls, ctx);
		if (body)
			calls->send(ctx, to, body);
		else
			all = false;
	}
	return all;
}

bool
pchat_audience_tell(struct pchat_audience *a, const struct pchat_audience_calls *calls, void *ctx)
{
	struct pchat_hash bodies = { 0 };
	uint32_t *rooms;
	bool all;

	if (a->hearers.n == 0)
		return true;
	rooms = malloc(a->hearers.n * sizeof(*rooms));
	if (!rooms)
		return false;
	qsort(a->hearers.v, a->hearers.n, sizeof(*a->hearers.v), compare_hearers);
	/* The keys of the table: the room numbers side by side. */
	for (size_t i = 0; i < a->hearers.n; i++)
		rooms[i] = a->hearers.v[i].room;
	all = tell_sorted(a, rooms, &bodies, calls, ctx);
	release_bodies(&bodies);
	free(rooms);
	return all;
}
