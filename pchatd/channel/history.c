/*
 * bccontext, bcbydate, bcbymsg: messages of one or several rooms, the last ones or those that a
 * search finds; xccos.md sections 9.10 to 9.12.
 */
#include "schema/message.h"

#include "pchatd/channel/command.h"
#include "pchatd/inbox.h"
#include "pchatd/reader.h"

#define HISTORY_MAX 500 /* messages in an answer of bccontext */

/* Octets the envelope and the rooms may take beside the messages. */
#define HEADROOM      8192
#define ROOM_HEADROOM 4096

struct wanted_room {
	char guid[PCHAT_GUID_LEN + 1];
	struct pchat_str uri, name; /* of the job: the room may be gone before the answer */
	bool logged;
};

/* A room the user may not read, as he named it. */
struct refused_room {
	struct pchat_str value, domain;
};

/* A reading on its way. The reply is built by the thread, in a buffer of its own. All texts are
 * copies in .texts. */
struct history_job {
	struct pchat_job job;
	struct pchat_session *session;
	struct pchat_message_search search; /* .filter.room is set for each room */
	bool newest_first;                  /* in the answer */
	bool counted;                       /* say how many match */
	uint64_t envid;                     /* of the answer */
	struct pchat_str name, request_envid, request_seqid;
	PCHAT_VEC(struct wanted_room) rooms;
	PCHAT_VEC(struct refused_room) refused;
	PCHAT_VEC(struct pchat_str) authors;
	char *texts;
	size_t n_texts;
	struct pchat_buf out;
	enum pchat_code code;
	struct pchat_err err;
};

static void
free_job(struct history_job *j)
{
	pchat_vec_release(&j->rooms);
	pchat_vec_release(&j->refused);
	pchat_vec_release(&j->authors);
	pchat_buf_release(&j->out);
	pchat_err_release(&j->err);
	free(j->texts);
	free(j);
}

/* ---- in the thread ---- */

/* A message found: its texts one after the other in .texts. */
struct found_message {
	struct pchat_message m; /* of its texts only the lengths hold */
	size_t at;
};

/* What was found in a room, in the order of the search. */
struct listing {
	struct pchat_buf texts;
	PCHAT_VEC(struct found_message) found;
	size_t room_left; /* octets the answer can still take */
	bool full;
};

static enum pchat_code
keep_message(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	struct found_message f = { .m = *m };
	struct listing *l = ctx;

	f.at = l->texts.n;
	pchat_buf_str(&l->texts, m->author);
	pchat_buf_str(&l->texts, m->display);
	pchat_buf_str(&l->texts, m->text);
	pchat_buf_str(&l->texts, m->attributes);
	pchat_buf_str(&l->texts, m->extra);
	if (l->texts.n > l->room_left) {
		l->full = true; /* quoted it is no shorter: the search may end here */
		return PCHAT_LIMIT;
	}
	if (!pchat_vec_push(&l->found, f))
		return pchat_no_memory(err);
	return pchat_buf_check(&l->texts, err);
}

static struct pchat_str
next_text(const char **at, size_t n)
{
	struct pchat_str s = { *at, n };

	*at += n;
	return s;
}

static void
put_message(struct pchat_buf *out, const struct listing *l, size_t i, struct pchat_str uri,
            uint64_t seqid)
{
	const struct pchat_message *m = &l->found.v[i].m;
	const char *at = l->texts.p + l->found.v[i].at;
	struct pchat_xccos_msg msg = {
		.chan_uri = uri,
		.alert = pchat_xccos_flag(m->alert),
		.chat_id = m->id,
		.ts = m->time,
	};

	msg.author = next_text(&at, m->author.n);
	msg.authdisp = next_text(&at, m->display.n);
	msg.chat = next_text(&at, m->text.n);
	msg.attributes = next_text(&at, m->attributes.n);
	msg.extra = next_text(&at, m->extra.n);
	pchat_xccos_put_msg(out, &msg, seqid);
}

/* The first ones the search gave, as many as the answer can take, in the order of the answer. */
static size_t
put_fitting(struct pchat_buf *out, struct listing *l, struct pchat_str uri, bool reverse)
{
	PCHAT_AUTO_VALUE(buf) msgs = { 0 };
	PCHAT_VEC(size_t) ends = { 0 };
	size_t n = 0;

	for (; n < l->found.n; n++) {
		put_message(&msgs, l, n, uri, reverse ? l->found.n - n : n + 1);
		if (msgs.n > l->room_left || !pchat_vec_push(&ends, msgs.n))
			break;
	}
	for (size_t i = 0; i < n; i++) {
		size_t k = reverse ? n - 1 - i : i;
		size_t start = k > 0 ? ends.v[k - 1] : 0;

		pchat_buf_add(out, msgs.p + start, ends.v[k] - start);
	}
	if (n > 0)
		l->room_left -= ends.v[n - 1];
	out->failed = out->failed || msgs.failed;
	pchat_vec_release(&ends);
	return n;
}

static enum pchat_code
search_room(struct history_job *j, const struct wanted_room *room,
            const struct pchat_reader_handles *h, struct listing *l,
            struct pchat_message_found *found)
{
	struct pchat_message_search s = j->search;
	enum pchat_code code;

	s.filter.room = room->guid;
	if (!room->logged || s.examine == 0)
		return PCHAT_OK;
	code = pchat_chat_search(h->chat, &s, keep_message, l, found, &j->err);
	if (code == PCHAT_LIMIT && l->full) {
		*found = (struct pchat_message_found){ .count = l->found.n, .more = true };
		code = PCHAT_OK;
	}
	return code;
}

/* All rooms together look at no more candidates than one would. */
static void
charge(struct history_job *j, const struct pchat_message_found *found)
{
	uint64_t left = j->search.examine;

	j->search.examine = found->examined < left ? left - found->examined : 0;
}

static enum pchat_code
put_room(struct history_job *j, const struct wanted_room *room,
         const struct pchat_reader_handles *h, size_t *room_left)
{
	struct listing l = { .room_left = *room_left };
	struct pchat_xccos_chanib c = { .uri = room->uri, .name = room->name };
	struct pchat_message_found found = { .more = room->logged && j->search.examine == 0 };
	PCHAT_AUTO_VALUE(buf) msgs = { 0 };
	enum pchat_code code = search_room(j, room, h, &l, &found);

	if (code == PCHAT_OK) {
		found.more |= put_fitting(&msgs, &l, room->uri,
		                          j->newest_first == j->search.oldest_first) < l.found.n;
		charge(j, &found);
		c.has_cnt = j->counted;
		c.cnt = found.count;
		if (found.more || j->counted)
			c.more = pchat_xccos_flag(found.more);
		pchat_xccos_chanib_open(&j->out, &c);
		pchat_buf_str(&j->out, pchat_buf_view(&msgs));
		pchat_xccos_chanib_close(&j->out);
		j->out.failed = j->out.failed || msgs.failed;
		*room_left = l.room_left;
	}
	pchat_buf_release(&l.texts);
	pchat_vec_release(&l.found);
	return code;
}

static void
run_history(struct pchat_job *job, const struct pchat_reader_handles *h)
{
	struct history_job *j = (struct history_job *)job; /* the first member */
	size_t room_left = PCHAT_SIP_INFO_MAX - HEADROOM -
	                   (j->rooms.n + j->refused.n) * (size_t)ROOM_HEADROOM;

	pchat_xccos_rpl_open(&j->out, j->envid,
	                     &(struct pchat_xccos_reply){ .name = j->name,
	                                                  .seqid = j->request_seqid,
	                                                  .envid = j->request_envid });
	for (size_t i = 0; !j->code && i < j->rooms.n; i++)
		j->code = put_room(j, &j->rooms.v[i], h, &room_left);
	for (size_t i = 0; i < j->refused.n; i++)
		pchat_xccos_put_fib(&j->out,
		                    &(struct pchat_xccos_fib){ .value = j->refused.v[i].value,
		                                               .domain = j->refused.v[i].domain });
	pchat_xccos_rpl_close(&j->out);
	if (!j->code)
		j->code = pchat_buf_check(&j->out, NULL);
}

/* ---- on the loop ---- */

/* What was wrong with the question is told; what is wrong with the store is not his business. */
static void
answer_failure(struct pchatd *d, const struct history_job *j)
{
	bool his = j->code == PCHAT_INVALID || j->code == PCHAT_LIMIT;

	pchat_xccos_rpl(pchat_speaker_open(&d->speaker), j->envid,
	                &(struct pchat_xccos_reply){
				.name = j->name,
				.seqid = j->request_seqid,
				.envid = j->request_envid,
				.code = his ? pchat_xccos_result_of(j->code) : PCHAT_XCCOS_DATABASE,
				.text = his ? pchat_str(j->err.msg) : (struct pchat_str){ 0 } });
	pchat_session_say(j->session);
}

static void
history_done(void *ctx, struct pchat_letter *letter)
{
	struct history_job *j = (struct history_job *)letter; /* the first member */
	struct pchat_session *s = j->session;
	struct pchatd *d = ctx;
	struct pchat_sip_body *body = NULL;

	if (j->code) {
		answer_failure(d, j);
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

/* ---- the question ---- */

/* Everything a job borrows from a request takes no more than this. */
static size_t
texts_size(const struct pchat_request *rq)
{
	const struct pchat_xccos_history_args *args = &rq->prim->args.history;
	size_t n = (size_t)2 * PCHAT_XCCOS_ID_MAX + args->text.n +
	           args->n_authors * (size_t)(PCHAT_XCCOS_URI_MAX + 8);

	for (size_t i = 0; i < rq->prim->n_rooms; i++) {
		const struct pchat_xccos_room *named = &rq->prim->rooms[i];
		const struct pchat_room *room = pchat_named_room(rq->d, named);

		n += named->value.n + named->domain.n;
		if (room)
			n += strlen(room->uri) + strlen(room->name);
	}
	return n;
}

static struct pchat_str
keep(struct history_job *j, struct pchat_str s)
{
	char *at = j->texts + j->n_texts;

	if (s.n)
		memcpy(at, s.p, s.n);
	j->n_texts += s.n;
	return (struct pchat_str){ at, s.n };
}

static bool
asked_before(const struct history_job *j, const char *guid)
{
	for (size_t i = 0; i < j->rooms.n; i++)
		if (strcmp(j->rooms.v[i].guid, guid) == 0)
			return true;
	return false;
}

static bool
want_room(struct history_job *j, const struct pchat_room *room)
{
	struct wanted_room w = { .logged = room->category && room->category->history };

	if (asked_before(j, room->guid))
		return true;
	memcpy(w.guid, room->guid, sizeof(w.guid));
	w.uri = keep(j, pchat_str(room->uri));
	w.name = keep(j, pchat_str(room->name));
	return pchat_vec_push(&j->rooms, w);
}

/* Who is in a room reads it; who is not needs the right to search (administration.md section 7.2).
 */
static enum pchat_xccos_result
may_search(const struct pchat_request *rq, const struct pchat_room *room, bool search)
{
	bool inside = room && pchat_channel_has(&room->channel, &rq->user->person);

	return pchat_allowed(rq->d, rq->user, room,
	                     search && !inside ? PCHAT_ACTION_SEARCH : PCHAT_ACTION_READ);
}

/* Rooms he may not read are told as he named them, whether they are there or not. */
static bool
want_rooms(struct history_job *j, const struct pchat_request *rq, bool search,
           enum pchat_xccos_result *ret_why)
{
	bool ok = true;

	for (size_t i = 0; ok && i < rq->prim->n_rooms; i++) {
		const struct pchat_xccos_room *named = &rq->prim->rooms[i];
		const struct pchat_room *room = pchat_named_room(rq->d, named);
		enum pchat_xccos_result r = may_search(rq, room, search);

		if (r == PCHAT_XCCOS_OK) {
			ok = want_room(j, room);
			continue;
		}
		*ret_why = r;
		ok = pchat_vec_push(&j->refused,
		                    (struct refused_room){ .value = keep(j, named->value),
		                                           .domain = keep(j, named->domain) });
	}
	return ok;
}

static bool
want_authors(struct history_job *j, const struct pchat_xccos_history_args *args,
             enum pchat_xccos_result *ret_why)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	for (size_t i = 0; i < args->n_authors; i++) {
		pchat_buf_clear(&uri);
		if (args->authors[i].n > PCHAT_XCCOS_URI_MAX ||
		    pchat_sip_uri_canonical(args->authors[i], &uri, NULL)) {
			*ret_why = PCHAT_XCCOS_INVALID_ARGUMENT;
			return false;
		}
		if (!pchat_vec_push(&j->authors, keep(j, pchat_buf_view(&uri)))) {
			*ret_why = PCHAT_XCCOS_SERVER;
			return false;
		}
	}
	return true;
}

static const enum pchat_match matches[] = {
	[PCHAT_XCCOS_MATCH_ANY] = PCHAT_MATCH_ANY,
	[PCHAT_XCCOS_MATCH_ALL] = PCHAT_MATCH_ALL,
	[PCHAT_XCCOS_MATCH_PHRASE] = PCHAT_MATCH_PHRASE,
};

/* A message id takes the place of dates (section 9.11). */
static void
want_messages(struct history_job *j, const struct pchat_xccos_history_args *args, uint64_t limit)
{
	struct pchat_message_filter *f = &j->search.filter;

	f->text = keep(j, args->text);
	f->match = matches[args->match];
	f->match_case = args->match_case;
	f->authors = j->authors.v;
	f->n_authors = j->authors.n;
	if (args->msgid == 0) {
		f->from = args->from;
		f->to = args->to;
	} else if (args->oldest_first) {
		f->after = args->msgid;
	} else {
		f->before = args->msgid;
	}
	j->search.oldest_first = args->oldest_first;
	j->search.limit = limit;
	j->search.examine = PCHAT_SEARCH_EXAMINE;
	j->newest_first = args->answer_newest_first;
}

static struct history_job *
new_job(const struct pchat_request *rq)
{
	struct history_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->texts = malloc(texts_size(rq));
	if (!j->texts) {
		free_job(j);
		return NULL;
	}
	j->job.letter.done = history_done;
	j->job.run = run_history;
	j->session = rq->session;
	j->name = pchat_str(pchat_xccos_cmd_reply(rq->prim->cmd));
	j->envid = pchat_speaker_envid(&rq->d->speaker);
	/* The parser takes no longer ones. */
	j->request_envid = keep(j, rq->env->envid);
	j->request_seqid = keep(j, rq->prim->seqid);
	return j;
}

static void
send_off(const struct pchat_request *rq, struct history_job *j)
{
	if (pchat_reader_put(rq->d->reader, &j->job)) {
		pchat_session_sent_off(rq->session, PCHAT_PENDING_READ);
		return;
	}
	free_job(j);
	pchat_reply(rq, PCHAT_XCCOS_DATABASE, "the server is busy");
}

/* @search: over rooms; else the last messages of one. */
static void
read_history(const struct pchat_request *rq, uint64_t limit, bool search)
{
	const struct pchat_xccos_history_args *args = &rq->prim->args.history;
	enum pchat_xccos_result why = PCHAT_XCCOS_SERVER;
	struct history_job *j = new_job(rq);

	if (!j || !want_rooms(j, rq, search, &why)) {
		why = PCHAT_XCCOS_SERVER;
	} else if (j->rooms.n == 0) {
		why = search ? PCHAT_XCCOS_PERMISSION : why;
	} else if (want_authors(j, args, &why)) {
		want_messages(j, args, limit);
		j->counted = search;
		if (search)
			j->search.count =
				pchat_view_settings_of(rq->d->view, rq->user)->search_limit;
		send_off(rq, j);
		return;
	}
	if (j)
		free_job(j);
	pchat_reply(rq, why, NULL);
}

static uint64_t
limited(const struct pchat_xccos_history_args *args, uint64_t usual, uint64_t most)
{
	uint64_t count = args->has_cnt && args->cnt > 0 ? args->cnt : usual;

	return count < most ? count : most;
}

void
pchat_command_bccontext(const struct pchat_request *rq)
{
	const struct pchat_settings *s = pchat_view_settings_of(rq->d->view, rq->user);

	read_history(rq, limited(&rq->prim->args.history, s->default_history, HISTORY_MAX), false);
}

void
pchat_command_bcby(const struct pchat_request *rq)
{
	const struct pchat_settings *s = pchat_view_settings_of(rq->d->view, rq->user);

	read_history(rq, limited(&rq->prim->args.history, s->search_limit, s->search_limit), true);
}
