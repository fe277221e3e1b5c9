/* grpchat: a post is checked, stored, acknowledged, sent to all; xccos.md sections 10 and 12.1. */

#include "base/clock.h"
#include "pchatd/channel/command.h"
#include "pchatd/inbox.h"
#include "pchatd/presence/followed.h"
#include "pchatd/writer.h"

#define RTF_FACTOR 8 /* an rtf part may be that much longer than the limit of its text */

/* Octets of a message as it is sent on: with its envelope it has to fit into an INFO, and with that
 * of a history into one of those. */
#define DELIVERY_MAX (PCHAT_SIP_INFO_MAX - 16384)
#define QUOTED_MAX   6 /* octets a quoted character takes */

/* ---- back from the writer ---- */

static void
acknowledge(struct pchatd *d, const struct pchat_post *post, enum pchat_xccos_result result,
            const char *text)
{
	pchat_xccos_rpl(pchat_speaker_open(&d->speaker), pchat_speaker_envid(&d->speaker),
	                &(struct pchat_xccos_reply){ .name = PCHAT_STR("grpchat"),
	                                             .seqid = post->seqid,
	                                             .envid = post->envid,
	                                             .code = result,
	                                             .text = pchat_str(text) });
	pchat_session_say(post->session);
}

static void
fan_out(struct pchatd *d, const struct pchat_post *post)
{
	struct pchat_room *room = pchat_view_room(d->view, post->m.room);
	const struct pchat_attendee *author = &post->session->attendee;
	bool echo = pchat_view_settings_of(d->view, author->user)->echo;
	struct pchat_xccos_msg msg = {
		.author = post->m.author,
		.authdisp = post->m.display,
		.alert = pchat_xccos_flag(post->m.alert),
		.chat_id = post->m.id,
		.ts = post->m.time,
		.chat = post->m.text,
		.attributes = post->m.attributes,
		.extra = post->m.extra,
	};

	if (!room)
		return; /* deleted meanwhile, with everybody in it */
	msg.chan_uri = pchat_str(room->uri);
	d->metrics.counters[PCHAT_COUNT_DELIVERIES] +=
		room->channel.n - (!echo && pchat_channel_seat(&room->channel, author));
	if (!pchat_speaker_message(&d->speaker, room, &msg, echo ? NULL : author))
		pchat_log(d->log, PCHAT_LOG_ERROR, "message stored but not sent", "room", room->uri,
		          "error", "out of memory", NULL);
	pchat_followed_posted(d, room);
}

static void
post_done(void *ctx, struct pchat_letter *letter)
{
	struct pchat_post *post = (struct pchat_post *)letter; /* the first member */
	struct pchat_session *s = post->session;
	struct pchatd *d = ctx;

	if (post->refusal) {
		acknowledge(d, post, (enum pchat_xccos_result)post->refusal, post->why);
	} else if (post->write.code) {
		d->metrics.counters[PCHAT_COUNT_POSTS_FAILED]++;
		acknowledge(d, post, PCHAT_XCCOS_DATABASE, NULL);
	} else {
		d->metrics.counters[PCHAT_COUNT_POSTS]++;
		if (pchat_view_settings_of(d->view, s->attendee.user)->acknowledge)
			acknowledge(d, post, PCHAT_XCCOS_OK, NULL);
		fan_out(d, post);
	}
	pchat_post_free(post);
	pchat_session_is_back(s);
}

/* ---- checks, in the order of xccos.md section 10.2 ---- */

static bool
is_blank(struct pchat_str s)
{
	return pchat_str_trim(s).n == 0;
}

static bool
can_be_sent(const struct pchat_request *rq, const struct pchat_xccos_msg *msg)
{
	size_t others = msg->extra.n + msg->attributes.n;
	struct pchat_buf *quoted;

	if (QUOTED_MAX * msg->chat.n + others <= DELIVERY_MAX)
		return true;
	quoted = pchat_speaker_open(&rq->d->speaker);
	pchat_quote_xml(quoted, msg->chat);
	return pchat_buf_ok(quoted) && quoted->n + others <= DELIVERY_MAX;
}

static enum pchat_xccos_result
check(const struct pchat_request *rq, const struct pchat_room *room, const char **ret_text)
{
	const struct pchat_settings *settings = pchat_view_settings_of(rq->d->view, rq->user);
	const struct pchat_xccos_msg *msg = &rq->prim->msg;
	uint32_t limit = msg->story ? settings->story_limit : settings->message_limit;
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_POST);

	if (rq->prim->bad != PCHAT_XCCOS_OK)
		return rq->prim->bad;
	/* Not allowed to post, but to see the room: first it is asked whether he is in it. */
	if (r == PCHAT_XCCOS_NO_SUCH_NODE || r == PCHAT_XCCOS_NODE_DISABLED)
		return r;
	if (!pchat_channel_seat(&room->channel, &rq->session->attendee))
		return PCHAT_XCCOS_USER_NOT_JOINED;
	if (r != PCHAT_XCCOS_OK) {
		if (room->auditorium)
			*ret_text = "only presenters post in this room";
		return r;
	}
	if (msg->chat.n > limit || msg->rtf.n > (size_t)RTF_FACTOR * limit ||
	    !can_be_sent(rq, msg)) {
		*ret_text = "the message is too long";
		return PCHAT_XCCOS_LIMIT_EXCEEDED;
	}
	if (is_blank(msg->chat)) {
		*ret_text = "the message is empty";
		return PCHAT_XCCOS_INVALID_ARGUMENT;
	}
	return PCHAT_XCCOS_OK;
}

/* ---- to the writer ---- */

static struct pchat_post *
new_post(const struct pchat_request *rq, const struct pchat_room *room)
{
	const struct pchat_xccos_msg *msg = &rq->prim->msg;
	struct pchat_message m = {
		.room = pchat_str(room ? room->guid : NULL),
		.time = pchat_now(),
		.author = pchat_str(rq->user->uri),
		.display = pchat_str(rq->user->display),
		.alert = msg->alert == PCHAT_XCCOS_TRUE,
		.text = msg->chat,
		.attributes = msg->attributes,
		.extra = msg->extra,
	};
	struct pchat_post *post = pchat_post_new(&m, rq->env->envid, rq->prim->seqid);
	if (!post)
		return NULL;
	post->write.letter.done = post_done;
	post->session = rq->session;
	post->keep = room && room->category && room->category->history;
	return post;
}

/* A refusal takes the way through the writer too if posts before it are still there, because
 * replies leave in the order of the posts. */
static void
refuse(const struct pchat_request *rq, enum pchat_xccos_result result, const char *text)
{
	struct pchat_post *post;

	if (rq->session->in_flight == 0) {
		if (rq->prim->bad != PCHAT_XCCOS_OK)
			pchat_reply_bad(rq);
		else
			pchat_reply(rq, result, text);
		return;
	}
	post = new_post(rq, NULL);
	if (post) {
		post->refusal = (unsigned)result;
		post->why = text;
	}
	if (!post || !pchat_writer_put(rq->d->writer, &post->write)) {
		pchat_post_free(post);
		pchat_session_end(rq->session, "overloaded");
		return;
	}
	pchat_session_sent_off(rq->session, PCHAT_PENDING_POSTS);
}

void
pchat_command_post(const struct pchat_request *rq)
{
	struct pchat_str domain, guid = { 0 };
	struct pchat_room *room;
	struct pchat_post *post;
	const char *text = NULL;
	enum pchat_xccos_result r;

	pchat_xccos_uri_split(rq->prim->msg.chan_uri, &domain, &guid);
	room = pchat_view_room(rq->d->view, guid);
	r = check(rq, room, &text);
	if (r != PCHAT_XCCOS_OK) {
		refuse(rq, r, text);
		return;
	}
	post = new_post(rq, room);
	if (!post || !pchat_writer_put(rq->d->writer, &post->write)) {
		pchat_post_free(post);
		refuse(rq, PCHAT_XCCOS_DATABASE, "the server is busy");
		return;
	}
	pchat_session_sent_off(rq->session, PCHAT_PENDING_POSTS);
}
