/* sessions, kick: who is here, and out with them. */
#include "base/clock.h"
#include "pchatd/control_private.h"
#include "pchatd/session.h"
#include "pchatd/signin.h"

#define AT_A_TIME 64 /* sessions looked at between two looks at the clock */

/* What "sessions" and "kick" may be given. */
struct filter {
	const struct pchat_user *user;
	struct pchat_room *room;
	uint64_t id;
	struct pchat_str by; /* who asks; for the log */
	bool all;
};

/* ---- filters ---- */

/* The words that take a value. Returns PCHAT_OK, or what is wrong with it and *ret_text. */
static enum pchat_code
take_user(struct pchatd *d, struct filter *f, struct pchat_str value, const char **ret_text)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	*ret_text = "no such user is known here";
	if (pchat_sip_uri_canonical(value, &uri, NULL))
		return PCHAT_INVALID;
	f->user = pchat_view_user(d->view, pchat_buf_view(&uri));
	return f->user ? PCHAT_OK : PCHAT_NOT_FOUND;
}

static enum pchat_code
take_room(struct pchatd *d, struct filter *f, struct pchat_str value, const char **ret_text)
{
	*ret_text = "no such room is known here";
	f->room = pchat_view_room(d->view, value);
	return f->room ? PCHAT_OK : PCHAT_NOT_FOUND;
}

static enum pchat_code
take_id(struct pchatd *d, struct filter *f, struct pchat_str value, const char **ret_text)
{
	(void)d;
	*ret_text = "the id of a session is a whole number";
	return pchat_str_uint(value, UINT64_MAX, &f->id) && f->id ? PCHAT_OK : PCHAT_INVALID;
}

static enum pchat_code
take_by(struct pchatd *d, struct filter *f, struct pchat_str value, const char **ret_text)
{
	(void)d;
	(void)ret_text;
	f->by = value;
	return PCHAT_OK;
}

static const struct {
	const char *word;
	enum pchat_code (*take)(struct pchatd *d, struct filter *f, struct pchat_str value,
	                        const char **ret_text);
} words[] = {
	{ "user", take_user },
	{ "room", take_room },
	{ "id", take_id },
	{ "by", take_by },
};

static enum pchat_code
take_word(struct pchatd *d, struct filter *f, struct pchat_str word, const char **ret_text)
{
	struct pchat_str value, key = pchat_str_cut(word, '=', &value);

	if (pchat_str_is(word, "all")) {
		f->all = true;
		return PCHAT_OK;
	}
	for (size_t i = 0; i < PCHAT_N(words); i++)
		if (pchat_str_is(key, words[i].word))
			return words[i].take(d, f, value, ret_text);
	*ret_text = "the filters are id=, user= and room=";
	return PCHAT_INVALID;
}

/* False: the failure has been answered. */
static bool
read_filter(struct pchat_control_client *c, struct pchat_str args, struct filter *f)
{
	const char *text = NULL;

	*f = (struct filter){ 0 };
	while (args.n) {
		struct pchat_str rest, word = pchat_str_cut(args, ' ', &rest);
		enum pchat_code code = word.n ? take_word(c->control->d, f, word, &text) : PCHAT_OK;

		if (code) {
			pchat_control_fail(c, code, text);
			return false;
		}
		args = rest;
	}
	return true;
}

static bool
fits(const struct pchat_session *s, const struct filter *f)
{
	return (!f->id || s->id == f->id) && (!f->user || s->attendee.user == f->user) &&
	       (!f->room || pchat_channel_seat(&f->room->channel, &s->attendee));
}

/* ---- sessions ---- */

static void
put_rooms(struct pchat_json *j, const struct pchat_session *s)
{
	uint32_t n = s->attendee.n_places;

	pchat_control_put_uint(j, "roomCount", n);
	if (n > PCHAT_CONTROL_ROOMS)
		n = PCHAT_CONTROL_ROOMS;
	pchat_json_key(j, "rooms");
	pchat_json_begin_array(j);
	for (uint32_t i = 0; i < n; i++)
		pchat_json_text(j, pchat_room_of(s->attendee.places[i].channel)->name);
	pchat_json_end_array(j);
	pchat_json_key(j, "roomGuids");
	pchat_json_begin_array(j);
	for (uint32_t i = 0; i < n; i++)
		pchat_json_text(j, pchat_room_of(s->attendee.places[i].channel)->guid);
	pchat_json_end_array(j);
}

static const char *
state_of(const struct pchat_session *s)
{
	if (s->closing || !s->dialog)
		return "closing";
	return pchat_session_detached(s) ? "detached" : "open";
}

static void
put_session(struct pchat_control_client *c, const struct pchat_session *s)
{
	const struct pchat_sip_conn *conn = s->dialog ? pchat_sip_dialog_conn(s->dialog) : NULL;
	int64_t silent = s->dialog ? pchat_monotonic() - pchat_sip_dialog_active(s->dialog) : 0;
	struct pchat_json j;

	pchat_control_record(c, &j);
	pchat_control_put_uint(&j, "id", s->id);
	pchat_control_put_text(&j, "user", s->attendee.user->uri);
	pchat_control_put_text(&j, "displayName", s->attendee.user->display);
	pchat_control_put_text(&j, "endpoint", s->endpoint);
	pchat_control_put_text(&j, "client", s->client);
	pchat_control_put_text(&j, "state", state_of(s));
	pchat_control_put_text(&j, "address", conn ? pchat_sip_conn_peer(conn) : NULL);
	pchat_control_put_text(&j, "transport",
	                       !conn                      ? NULL
	                       : pchat_sip_conn_tls(conn) ? "tls"
	                                                  : "tcp");
	pchat_control_put_time(&j, "since", s->since);
	pchat_control_put_time(&j, "lastActive", pchat_now() - silent);
	put_rooms(&j, s);
	pchat_control_put_uint(&j, "waiting", s->n_inbox + s->in_flight);
	pchat_control_put_uint(&j, "queued", s->dialog ? pchat_sip_dialog_queued(s->dialog) : 0);
	pchat_control_put_uint(&j, "messagesIn", s->n_in);
	pchat_control_put_uint(&j, "messagesOut", s->n_out);
	pchat_json_key(&j, "closing");
	pchat_json_bool(&j, s->closing);
	pchat_control_record_end(c, &j);
}

/* The filter again: a room or a user may be gone since the last piece, and nobody fits then. */
static bool
filter_of(const struct pchat_control_client *c, struct filter *f)
{
	struct pchat_view *view = c->control->d->view;

	*f = (struct filter){ .id = c->listing.id };
	if (c->listing.user[0])
		f->user = pchat_view_user(view, pchat_str(c->listing.user));
	if (c->listing.room[0])
		f->room = pchat_view_room(view, pchat_str(c->listing.room));
	return (f->user || !c->listing.user[0]) && (f->room || !c->listing.room[0]);
}

static bool
more_sessions(struct pchat_control_client *c)
{
	struct filter f;

	if (!filter_of(c, &f))
		c->listing.next = NULL;
	for (int i = 0; i < AT_A_TIME && c->listing.next; i++) {
		const struct pchat_session *s = c->listing.next;

		c->listing.next = s->next;
		if (!fits(s, &f))
			continue;
		put_session(c, s);
		c->listing.n++;
		if (c->out.n >= PCHAT_CONTROL_AHEAD)
			break;
	}
	if (c->listing.next)
		return true;
	pchat_control_end(c, c->listing.n);
	return false;
}

static void
keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

void
pchat_control_sessions(struct pchat_control_client *c, struct pchat_str args)
{
	struct filter f;

	if (!read_filter(c, args, &f))
		return;
	c->listing.next = c->control->d->sessions;
	keep(c->listing.user, sizeof(c->listing.user), f.user ? f.user->uri : NULL);
	keep(c->listing.room, sizeof(c->listing.room), f.room ? f.room->guid : NULL);
	c->listing.id = f.id;
	c->listing.n = 0;
	c->more = more_sessions;
	pchat_control_begin(c, "sessions");
}

/* ---- kick ---- */

void
pchat_control_kick(struct pchat_control_client *c, struct pchat_str args)
{
	struct pchatd *d = c->control->d;
	struct pchat_json j;
	struct filter f;
	uint64_t n = 0;

	if (!read_filter(c, args, &f))
		return;
	if (!f.all && !f.user && !f.room && !f.id) {
		pchat_control_fail(c, PCHAT_INVALID, "say whom: id=, user=, room= or all");
		return;
	}
	/* Ending marks; who is gone leaves the list at the end of the pass. */
	for (struct pchat_session *s = d->sessions; s; s = s->next) {
		if (s->closing || !fits(s, &f))
			continue;
		pchat_session_end(s, "kicked by an administrator");
		n++;
	}
	if (n == 0 && f.id) {
		pchat_control_fail(c, PCHAT_NOT_FOUND, "no session has this id");
		return;
	}
	pchat_control_log(d, "sessions kicked", f.by, n);
	pchat_control_begin(c, "kick");
	pchat_control_record(c, &j);
	pchat_control_put_uint(&j, "kicked", n);
	pchat_control_record_end(c, &j);
	pchat_control_end(c, 1);
}
