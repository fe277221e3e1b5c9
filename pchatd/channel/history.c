/* bccontext: the last messages of a room, xccos.md section 9.10. */

#include "pchatd/channel/command.h"
#include "pchatd/inbox.h"
#include "pchatd/reader.h"

#define HISTORY_MAX 500 /* messages in one answer */

/* A reading on its way. The reply is built by the thread, in a buffer of its own. */
struct history_job {
	struct pchat_job job;
	struct pchat_session *session;
	struct pchat_room_copy {
		char guid[PCHAT_GUID_LEN + 1];
		char *uri, *name; /* owned: the room may be gone before the answer */
	} room;
	bool logged;
	unsigned count;
	uint64_t envid; /* of the answer */
	struct pchat_str request_envid, request_seqid;
	struct pchat_buf out;
	enum pchat_code code;
	char ids[2 * PCHAT_XCCOS_ID_MAX];
};

static void
free_job(struct history_job *j)
{
	free(j->room.uri);
	free(j->room.name);
	pchat_buf_release(&j->out);
	free(j);
}

/* ---- in the thread ---- */

/* Messages are written oldest first, but the newest are what counts if not all fit: their places
 * are noted, so that old ones can be cut off in front. */
struct listing {
	struct history_job *job;
	struct pchat_buf msgs;
	PCHAT_VEC(size_t) starts;
};

static enum pchat_code
put_message(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	struct listing *l = ctx;
	struct pchat_xccos_msg msg = {
		.chan_uri = pchat_str(l->job->room.uri),
		.author = m->author,
		.authdisp = m->display,
		.alert = pchat_xccos_flag(m->alert),
		.chat_id = m->id,
		.ts = m->time,
		.chat = m->text,
		.attributes = m->attributes,
		.extra = m->extra,
	};

	if (!pchat_vec_push(&l->starts, l->msgs.n))
		return pchat_no_memory(err);
	pchat_xccos_put_msg(&l->msgs, &msg, l->starts.n);
	return pchat_buf_check(&l->msgs, err);
}

/* Octets the envelope, the reply and the room may take beside the messages. */
#define HEADROOM 8192

static struct pchat_str
newest_that_fit(const struct listing *l, bool *cut)
{
	struct pchat_str all = pchat_buf_view(&l->msgs);

	for (size_t i = 0; i < l->starts.n; i++) {
		if (all.n - l->starts.v[i] <= PCHAT_SIP_INFO_MAX - HEADROOM)
			return (struct pchat_str){ all.p + l->starts.v[i], all.n - l->starts.v[i] };
		*cut = true;
	}
	return (struct pchat_str){ 0 };
}

static void
build_reply(struct history_job *j, const struct listing *l, bool more)
{
	struct pchat_xccos_chanib c = { .uri = pchat_str(j->room.uri),
		                        .name = pchat_str(j->room.name) };
	struct pchat_str msgs = newest_that_fit(l, &more);

	if (more)
		c.more = PCHAT_XCCOS_TRUE;
	pchat_xccos_rpl_open(&j->out, j->envid,
	                     &(struct pchat_xccos_reply){ .name = PCHAT_STR("bccontext"),
	                                                  .seqid = j->request_seqid,
	                                                  .envid = j->request_envid });
	pchat_xccos_chanib_open(&j->out, &c);
	pchat_buf_str(&j->out, msgs);
	pchat_xccos_chanib_close(&j->out);
	pchat_xccos_rpl_close(&j->out);
}

static void
run_history(struct pchat_job *job, const struct pchat_reader_handles *h)
{
	struct history_job *j = (struct history_job *)job; /* the first member */
	struct listing l = { .job = j };
	bool more = false;

	if (j->logged)
		j->code = pchat_chat_last(h->chat, j->room.guid, 0, j->count, put_message, &l,
		                          &more, NULL);
	if (!j->code)
		build_reply(j, &l, more);
	if (!j->code)
		j->code = pchat_buf_check(&j->out, NULL);
	pchat_buf_release(&l.msgs);
	pchat_vec_release(&l.starts);
}

/* ---- on the loop ---- */

static void
history_done(void *ctx, struct pchat_letter *letter)
{
	struct history_job *j = (struct history_job *)letter; /* the first member */
	struct pchat_session *s = j->session;
	struct pchatd *d = ctx;
	struct pchat_sip_body *body = NULL;

	if (j->code) {
		pchat_xccos_rpl(pchat_speaker_open(&d->speaker), j->envid,
		                &(struct pchat_xccos_reply){ .name = PCHAT_STR("bccontext"),
		                                             .seqid = j->request_seqid,
		                                             .envid = j->request_envid,
		                                             .code = PCHAT_XCCOS_DATABASE });
		pchat_session_say(s);
	} else if (s->dialog) {
		body = pchat_sip_body_new(pchat_buf_view(&j->out));
		if (body)
			pchat_session_send(s, body);
		else
			pchat_session_end(s, "an answer could not be built");
		pchat_sip_body_unref(body);
	}
	free_job(j);
	pchat_session_is_back(s);
}

static struct pchat_str
keep(char *to, struct pchat_str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return (struct pchat_str){ to, s.n };
}

static struct history_job *
new_job(const struct pchat_request *rq, const struct pchat_room *room, unsigned count)
{
	struct history_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->job.letter.done = history_done;
	j->job.run = run_history;
	j->session = rq->session;
	memcpy(j->room.guid, room->guid, sizeof(j->room.guid));
	j->room.uri = pchat_str_dup(pchat_str(room->uri));
	j->room.name = pchat_str_dup(pchat_str(room->name));
	j->logged = room->category && room->category->history;
	j->count = count;
	j->envid = pchat_speaker_envid(&rq->d->speaker);
	/* The parser takes no longer ones. */
	j->request_envid = keep(j->ids, rq->env->envid);
	j->request_seqid = keep(j->ids + PCHAT_XCCOS_ID_MAX, rq->prim->seqid);
	if (!j->room.uri || !j->room.name) {
		free_job(j);
		return NULL;
	}
	return j;
}

static unsigned
wanted(const struct pchat_request *rq)
{
	const struct pchat_xccos_history_args *args = &rq->prim->args.history;
	uint64_t count = args->has_cnt ? args->cnt : 0;

	if (count == 0)
		count = pchat_view_settings_of(rq->d->view, rq->user)->default_history;
	return count < HISTORY_MAX ? (unsigned)count : HISTORY_MAX;
}

void
pchat_command_bccontext(const struct pchat_request *rq)
{
	struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[0]);
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_READ);
	struct history_job *j;

	if (r != PCHAT_XCCOS_OK) {
		pchat_reply(rq, r, NULL);
		return;
	}
	j = new_job(rq, room, wanted(rq));
	if (!j || !pchat_reader_put(rq->d->reader, &j->job)) {
		if (j)
			free_job(j);
		pchat_reply(rq, PCHAT_XCCOS_DATABASE, "the server is busy");
		return;
	}
	pchat_session_sent_off(rq->session, PCHAT_PENDING_READ);
}
