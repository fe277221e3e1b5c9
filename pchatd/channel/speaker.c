#include "pchatd/channel/speaker.h"

#include <assert.h>

#include "base/text.h"
#include "pchatd/channel/audience.h"

void
pchat_speaker_init(struct pchat_speaker *s)
{
	*s = (struct pchat_speaker){ .style = PCHAT_XCCOS_STYLE_R2 };
	pchat_random(&s->envid, sizeof(s->envid));
	/* Positive as a signed number, and with room to count. */
	s->envid = (s->envid & (UINT64_MAX >> 2)) | UINT64_C(1) << 48;
	s->envid &= ~UINT64_C(0xffffffff);
}

void
pchat_speaker_release(struct pchat_speaker *s)
{
	pchat_buf_release(&s->scratch);
}

uint64_t
pchat_speaker_envid(struct pchat_speaker *s)
{
	return ++s->envid;
}

struct pchat_buf *
pchat_speaker_open(struct pchat_speaker *s)
{
	pchat_buf_clear(&s->scratch);
	return &s->scratch;
}

/* A long history should not stay in memory for ever. */
#define SCRATCH_KEPT 65536

struct pchat_sip_body *
pchat_speaker_body(struct pchat_speaker *s, const struct pchat_room *room)
{
	struct pchat_sip_body *body = NULL;

	if (pchat_buf_ok(&s->scratch))
		body = pchat_sip_body_new(pchat_buf_view(&s->scratch));
	if (body)
		pchat_sip_body_set_topic(body, room);
	if (s->scratch.cap > SCRATCH_KEPT)
		pchat_buf_release(&s->scratch);
	return body;
}

void
pchat_speaker_masks(struct pchat_speaker *s, bool documented)
{
	s->style = documented ? PCHAT_XCCOS_STYLE_2013 : PCHAT_XCCOS_STYLE_R2;
}

uint32_t
pchat_speaker_key(const struct pchat_speaker *s, unsigned roles)
{
	return pchat_xccos_aib_key(s->style, roles & PCHAT_ROLE_MANAGER,
	                           roles & PCHAT_ROLE_PRESENTER);
}

struct pchat_xccos_uib
pchat_speaker_uib(const struct pchat_user *user)
{
	return (struct pchat_xccos_uib){
		.uri = pchat_str(user->uri),
		.guid = pchat_str(user->guid),
		.type = 5,
		.uname = pchat_str(user->name),
		.dispname = pchat_str(user->display),
		.disabled = PCHAT_XCCOS_FALSE,
	};
}

/* ---- to whoever shares a room ---- */

struct notice {
	struct pchat_speaker *speaker;
	const struct pchat_user *user;
	const struct pchat_notice_room *rooms;
	bool batch;
};

/* Decimal text of a mask. */
struct key_text {
	char text[12];
};

/* The permissions of a user in a room. The client puts the URI of the room together again from
 * domain and value, and compares it with case. */
static struct pchat_xccos_aib
aib_of(const struct pchat_speaker *s, const struct pchat_room *room, unsigned roles,
       struct key_text *k)
{
	int n = snprintf(k->text, sizeof(k->text), "%u", pchat_speaker_key(s, roles));
	struct pchat_xccos_aib aib = { .key = { k->text, (size_t)n } };

	pchat_xccos_uri_split(pchat_str(room->uri), &aib.domain, &aib.value);
	return aib;
}

static struct pchat_sip_body *
build_join(void *ctx, const uint32_t *rooms, size_t n)
{
	struct notice *notice = ctx;
	struct pchat_speaker *s = notice->speaker;
	struct pchat_xccos_uib uib = pchat_speaker_uib(notice->user);
	struct pchat_xccos_aib *aibs = calloc(n, sizeof(*aibs));
	struct key_text *keys = calloc(n, sizeof(*keys));
	struct pchat_sip_body *body = NULL;

	if (aibs && keys) {
		for (size_t i = 0; i < n; i++) {
			const struct pchat_notice_room *r = &notice->rooms[rooms[i]];

			aibs[i] = aib_of(s, r->room, r->roles, &keys[i]);
		}
		uib.id = PCHAT_STR("0");
		uib.aibs = aibs;
		uib.n_aibs = n;
		pchat_xccos_ntc_uib(pchat_speaker_open(s), pchat_speaker_envid(s),
		                    notice->batch ? "bjoin" : "join", &uib);
		body = pchat_speaker_body(s, n == 1 ? notice->rooms[rooms[0]].room : NULL);
	}
	free(keys);
	free(aibs);
	return body;
}

static struct pchat_sip_body *
build_part(void *ctx, const uint32_t *rooms, size_t n)
{
	struct notice *notice = ctx;
	struct pchat_buf *out = pchat_speaker_open(notice->speaker);
	struct pchat_xccos_uib uib = { .uri = pchat_str(notice->user->uri) };

	pchat_xccos_ntc_open(out, pchat_speaker_envid(notice->speaker), "part");
	for (size_t i = 0; i < n; i++) {
		struct pchat_xccos_chanib chanib = {
			.uri = pchat_str(notice->rooms[rooms[i]].room->uri),
			.uibs = &uib,
			.n_uibs = 1,
		};

		pchat_xccos_put_chanib(out, &chanib);
	}
	pchat_xccos_ntc_close(out);
	return pchat_speaker_body(notice->speaker, n == 1 ? notice->rooms[rooms[0]].room : NULL);
}

static void
send_notice(void *ctx, struct pchat_attendee *to, struct pchat_sip_body *body)
{
	struct notice *notice = ctx;

	notice->speaker->send(notice->speaker->ctx, to, body);
}

static bool
tell(struct notice *notice, size_t n, const struct pchat_audience_calls *calls)
{
	struct pchat_audience audience = { 0 };
	bool all = true;

	for (size_t i = 0; i < n; i++)
		all = pchat_audience_add(&audience, &notice->rooms[i].room->channel, (uint32_t)i,
		                         &notice->user->person) &&
		      all;
	all = pchat_audience_tell(&audience, calls, notice) && all;
	pchat_audience_release(&audience);
	return all;
}

bool
pchat_speaker_joined(struct pchat_speaker *s, const struct pchat_user *user,
                     const struct pchat_notice_room *rooms, size_t n, bool batch)
{
	static const struct pchat_audience_calls calls = { build_join, send_notice };
	struct notice notice = { s, user, rooms, batch };

	return tell(&notice, n, &calls);
}

bool
pchat_speaker_parted(struct pchat_speaker *s, const struct pchat_user *user,
                     const struct pchat_notice_room *rooms, size_t n)
{
	static const struct pchat_audience_calls calls = { build_part, send_notice };
	struct notice notice = { s, user, rooms, false };

	return tell(&notice, n, &calls);
}

/* ---- to everybody in a room ---- */

static void
send_seats(struct pchat_speaker *s, const struct pchat_channel *c, struct pchat_sip_body *body,
           const struct pchat_attendee *except)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!c->seats[i].leaving && c->seats[i].attendee != except)
			s->send(s->ctx, c->seats[i].attendee, body);
}

/* Send to all who sit there but @except, and give the reference back. NULL is a failure of the
 * builder. */
static bool
send_all(struct pchat_speaker *s, const struct pchat_channel *c, struct pchat_sip_body *body,
         const struct pchat_attendee *except)
{
	if (!body)
		return false;
	send_seats(s, c, body, except);
	pchat_sip_body_unref(body);
	return true;
}

static bool
send_to_user(struct pchat_speaker *s, const struct pchat_channel *c, const struct pchat_user *user,
             struct pchat_sip_body *body)
{
	if (!body)
		return false;
	for (uint32_t i = 0; i < user->person.n; i++) {
		const struct pchat_seat *seat = pchat_channel_seat(c, user->person.v[i]);

		if (seat && !seat->leaving)
			s->send(s->ctx, seat->attendee, body);
	}
	pchat_sip_body_unref(body);
	return true;
}

static struct pchat_sip_body *
about(struct pchat_speaker *s, const char *name, const struct pchat_room *room,
      struct pchat_user *const *users, size_t n)
{
	struct pchat_xccos_chanib chanib = { .uri = pchat_str(room->uri), .n_uibs = n };
	struct pchat_xccos_uib *uibs;
	struct pchat_sip_body *body;

	assert(n > 0);
	uibs = calloc(n, sizeof(*uibs));
	if (!uibs)
		return NULL;
	chanib.uibs = uibs;
	for (size_t i = 0; i < n; i++)
		uibs[i].uri = pchat_str(users[i]->uri);
	pchat_xccos_ntc_chanib(pchat_speaker_open(s), pchat_speaker_envid(s), name, &chanib);
	body = pchat_speaker_body(s, room);
	free(uibs);
	return body;
}

/* Users in one notice. */
#define NAMED_MAX 1000

bool
pchat_speaker_kicked(struct pchat_speaker *s, struct pchat_room *room,
                     struct pchat_user *const *users, size_t n)
{
	const struct pchat_channel *c = &room->channel;
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		all = send_to_user(s, c, users[i], about(s, "kick", room, &users[i], 1)) && all;
		/* In a quiet room only the one concerned hears of it: his client closes the
		 * window by it. */
		if (c->quiet)
			all = send_to_user(s, c, users[i], about(s, "part", room, &users[i], 1)) &&
			      all;
	}
	for (size_t i = 0; !c->quiet && i < n; i += NAMED_MAX)
		all = send_all(s, c,
		               about(s, "part", room, users + i,
		                     n - i < NAMED_MAX ? n - i : NAMED_MAX),
		               NULL) &&
		      all;
	return all;
}

bool
pchat_speaker_modified(struct pchat_speaker *s, const struct pchat_room *room,
                       const struct pchat_xccos_chanib *chanib,
                       struct pchat_attendee *const *others, size_t n,
                       const struct pchat_attendee *except)
{
	struct pchat_sip_body *body;

	pchat_xccos_ntc_chanib(pchat_speaker_open(s), pchat_speaker_envid(s), "chanmodify", chanib);
	body = pchat_speaker_body(s, room);
	if (!body)
		return false;
	send_seats(s, &room->channel, body, except);
	for (size_t i = 0; i < n; i++)
		if (others[i] != except)
			s->send(s->ctx, others[i], body);
	pchat_sip_body_unref(body);
	return true;
}

bool
pchat_speaker_permission(struct pchat_speaker *s, const struct pchat_room *room,
                         const struct pchat_user *user, unsigned roles,
                         const struct pchat_attendee *except)
{
	struct pchat_xccos_uib uib = pchat_speaker_uib(user);
	struct key_text key;
	struct pchat_xccos_aib aib = aib_of(s, room, roles, &key);
	struct pchat_sip_body *body;

	uib.id = PCHAT_STR("0");
	uib.aibs = &aib;
	uib.n_aibs = 1;
	pchat_xccos_ntc_uib(pchat_speaker_open(s), pchat_speaker_envid(s), "permchange", &uib);
	body = pchat_speaker_body(s, room);
	if (!body)
		return false;
	send_seats(s, &room->channel, body, except);
	pchat_sip_body_unref(body);
	return true;
}

bool
pchat_speaker_message(struct pchat_speaker *s, const struct pchat_room *room,
                      const struct pchat_xccos_msg *m, const struct pchat_attendee *except)
{
	pchat_xccos_grpchat(pchat_speaker_open(s), pchat_speaker_envid(s), m);
	return send_all(s, &room->channel, pchat_speaker_body(s, room), except);
}
