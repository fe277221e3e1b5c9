/* getinv and ntc:invite: xccos.md sections 9.8 and 11.3. */

#include "pchatd/channel/command.h"
#include "pchatd/inbox.h"
#include "pchatd/reader.h"
#include "schema/invite.h"

/* Invitations read for one answer. Those to rooms that are closed to the user are not shown, so
 * more are read than a client is ever told of at once. */
#define READ_MAX 5000

struct invitation {
	uint64_t number;
	char room[PCHAT_GUID_LEN + 1];
	int64_t created;
};

struct reading {
	struct pchat_job job;
	struct pchat_session *session;
	char *user;
	uint64_t after;
	struct pchat_str envid, seqid;
	PCHAT_VEC(struct invitation) found;
	enum pchat_code code;
	char ids[2 * PCHAT_XCCOS_ID_MAX];
};

static void
free_reading(struct reading *r)
{
	pchat_vec_release(&r->found);
	free(r->user);
	free(r);
}

/* ---- in the thread ---- */

static enum pchat_code
keep_one(void *ctx, const struct pchat_invitation *i, struct pchat_err *err)
{
	struct reading *r = ctx;
	struct invitation kept = { .number = i->number, .created = i->created };

	if (!pchat_guid_parse(pchat_str(i->room), kept.room))
		return PCHAT_OK;
	return pchat_vec_push(&r->found, kept) ? PCHAT_OK : pchat_no_memory(err);
}

static void
run_reading(struct pchat_job *job, const struct pchat_reader_handles *h)
{
	struct reading *r = (struct reading *)job; /* the first member */

	r->code = pchat_chat_invitations(h->chat, pchat_str(r->user), r->after, READ_MAX, keep_one,
	                                 r, NULL);
}

/* ---- the answer ---- */

static struct pchat_xccos_inv
inv_of(struct pchatd *d, uint64_t number, int64_t created)
{
	return (struct pchat_xccos_inv){ .invite_id = number,
		                         .domain = pchat_str(pchat_view_domain(d->view)),
		                         .created_on = created };
}

struct pchat_sip_body *
pchat_invitation_body(struct pchatd *d, const struct pchat_room *room, uint64_t number,
                      int64_t created)
{
	struct pchat_xccos_inv inv = inv_of(d, number, created);
	struct pchat_xccos_audit audit;
	struct pchat_xccos_chanib c = pchat_chanib(d, room, &audit);

	pchat_xccos_ntc_invite(pchat_speaker_open(&d->speaker), pchat_speaker_envid(&d->speaker),
	                       &inv, &c);
	return pchat_speaker_body(&d->speaker, NULL);
}

/* The number a client asks from next time: the highest it has been shown, or, where what was read
 * was cut, the highest that was looked at. */
static uint64_t
put_invitations(const struct pchat_request *rq, const struct reading *r, struct pchat_buf *rooms)
{
	uint64_t last = r->after;
	size_t i = 0;

	for (; i < r->found.n && !pchat_reply_is_full(rooms); i++) {
		const struct invitation *found = &r->found.v[i];
		const struct pchat_room *room = pchat_view_room(rq->d->view,
		                                                pchat_str(found->room));
		struct pchat_xccos_inv inv = inv_of(rq->d, found->number, found->created);
		struct pchat_xccos_audit audit;
		struct pchat_xccos_chanib c;

		if (!room || !pchat_view_may(rq->d->view, rq->user, room, PCHAT_ACTION_JOIN))
			continue;
		c = pchat_chanib(rq->d, room, &audit);
		c.inv = &inv;
		pchat_xccos_put_chanib(rooms, &c);
		last = found->number;
	}
	return i == READ_MAX ? r->found.v[i - 1].number : last;
}

static void
reply_invitations(const struct pchat_request *rq, const struct reading *r)
{
	PCHAT_AUTO_VALUE(buf) rooms = { 0 };
	uint64_t last = put_invitations(rq, r, &rooms);
	struct pchat_xccos_inv inv = inv_of(rq->d, last, 0);
	struct pchat_buf *out;

	if (!pchat_buf_ok(&rooms)) {
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	out = pchat_reply_open(rq);
	pchat_xccos_put_inv(out, &inv);
	pchat_buf_str(out, pchat_buf_view(&rooms));
	pchat_reply_close(rq);
}

static void
reading_done(void *ctx, struct pchat_letter *letter)
{
	struct reading *r = (struct reading *)letter; /* the first member of the first */
	struct pchat_session *s = r->session;
	struct pchatd *d = ctx;
	const struct pchat_xccos_prim prim = { .kind = PCHAT_XCCOS_KIND_CMD,
		                               .cmd = PCHAT_XCCOS_CMD_GETINV,
		                               .seqid = r->seqid };
	const struct pchat_xccos_envelope env = { .envid = r->envid };
	const struct pchat_request rq = { d, s, s->attendee.user, &env, &prim };

	if (s->dialog && r->code)
		pchat_reply(&rq, PCHAT_XCCOS_DATABASE, NULL);
	else if (s->dialog)
		reply_invitations(&rq, r);
	free_reading(r);
	pchat_session_is_back(s);
}

/* ---- the command ---- */

static struct pchat_str
keep(char *to, struct pchat_str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return (struct pchat_str){ to, s.n };
}

static struct reading *
new_reading(const struct pchat_request *rq)
{
	struct reading *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->job.letter.done = reading_done;
	r->job.run = run_reading;
	r->session = rq->session;
	r->after = rq->prim->args.inv.invite_id;
	r->user = pchat_str_dup(pchat_str(rq->user->uri));
	/* The parser takes no longer ones. */
	r->envid = keep(r->ids, rq->env->envid);
	r->seqid = keep(r->ids + PCHAT_XCCOS_ID_MAX, rq->prim->seqid);
	if (r->user)
		return r;
	free(r);
	return NULL;
}

void
pchat_command_getinv(const struct pchat_request *rq)
{
	struct reading *r = new_reading(rq);

	if (!r || !pchat_reader_put(rq->d->reader, &r->job)) {
		if (r)
			free_reading(r);
		pchat_reply(rq, PCHAT_XCCOS_DATABASE, "the server is busy");
		return;
	}
	pchat_session_sent_off(rq->session, PCHAT_PENDING_READ);
}
