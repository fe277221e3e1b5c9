/* getpref, setpref, getfutok, getfdtok: xccos.md sections 9.9 and 9.13. */

#include "schema/keep.h"

#include "base/clock.h"
#include "pchatd/channel/command.h"
#include "pchatd/inbox.h"
#include "pchatd/reader.h"
#include "pchatd/writer.h"

/* A command that asks the store for one small thing, by way of a thread and back. Texts are copies
 * behind the struct. */
struct small_job {
	union {
		struct pchat_job read;
		struct pchat_write write;
	};
	struct pchat_session *session;
	enum pchat_xccos_cmd cmd;
	uint64_t envid; /* of the answer */
	struct pchat_str request_envid, request_seqid;
	char *uri; /* of the user */
	struct pchat_str label, content;
	uint64_t version;
	struct pchat_preference kept;
	struct pchat_file_right right;
	char room[PCHAT_GUID_LEN + 1], token[PCHAT_GUID_LEN + 1];
	char *file_url;
	enum pchat_code code; /* of what was asked; that of a commit is .write.code */
	struct pchat_err err;
	size_t n_texts;
	char texts[];
};

static char *
keep(struct small_job *j, struct pchat_str s)
{
	char *at = j->texts + j->n_texts;

	if (s.n)
		memcpy(at, s.p, s.n);
	at[s.n] = '\0';
	j->n_texts += s.n + 1;
	return at;
}

static struct pchat_str
keep_str(struct small_job *j, struct pchat_str s)
{
	return (struct pchat_str){ keep(j, s), s.n };
}

/* @octets: of further texts. */
static struct small_job *
new_job(const struct pchat_request *rq, size_t octets)
{
	size_t size = strlen(rq->user->uri) + 1 + 2 * (size_t)(PCHAT_XCCOS_ID_MAX + 1) + octets;
	struct small_job *j = calloc(1, sizeof(*j) + size);

	if (!j)
		return NULL;
	j->session = rq->session;
	j->cmd = rq->prim->cmd;
	j->envid = pchat_speaker_envid(&rq->d->speaker);
	j->request_envid = keep_str(j, rq->env->envid);
	j->request_seqid = keep_str(j, rq->prim->seqid);
	j->uri = keep(j, pchat_str(rq->user->uri));
	return j;
}

static void
free_job(struct small_job *j)
{
	pchat_preference_release(&j->kept);
	pchat_err_release(&j->err);
	free(j);
}

/* ---- answers ---- */

static struct pchat_xccos_reply
reply_of(const struct small_job *j)
{
	return (struct pchat_xccos_reply){ .name = pchat_str(pchat_xccos_cmd_reply(j->cmd)),
		                           .seqid = j->request_seqid,
		                           .envid = j->request_envid };
}

static void
answer_failure(struct pchat_buf *out, const struct small_job *j, enum pchat_code code)
{
	struct pchat_xccos_reply r = reply_of(j);

	r.code = PCHAT_XCCOS_DATABASE;
	if (code == PCHAT_LIMIT) {
		r.code = PCHAT_XCCOS_LIMIT_EXCEEDED;
		r.text = pchat_str(j->err.msg);
	}
	pchat_xccos_rpl(out, j->envid, &r);
}

/* What the client has already is not sent again. */
static void
put_preference(struct pchat_buf *out, const struct small_job *j)
{
	bool newer = j->cmd == PCHAT_XCCOS_CMD_GETPREF && j->kept.version > j->version;

	pchat_xccos_put_pref(out, &(struct pchat_xccos_pref){
					  .label = j->label,
					  .has_seqid = true,
					  .seqid = j->kept.version,
					  .create_default = PCHAT_XCCOS_FALSE,
					  .content = pchat_str(newer ? j->kept.content : NULL) });
}

static void
answer(struct pchatd *d, struct small_job *j, enum pchat_code code)
{
	struct pchat_buf *out = pchat_speaker_open(&d->speaker);
	struct pchat_session *s = j->session;

	if (code) {
		answer_failure(out, j, code);
	} else {
		struct pchat_xccos_reply r = reply_of(j);

		pchat_xccos_rpl_open(out, j->envid, &r);
		if (j->file_url)
			pchat_xccos_put_token(out, &(struct pchat_xccos_token){
							   .token = pchat_str(j->token),
							   .server_uri = pchat_str(j->file_url) });
		else
			put_preference(out, j);
		pchat_xccos_rpl_close(out);
	}
	pchat_session_say(s);
	free_job(j);
	pchat_session_is_back(s);
}

static void
write_done(void *ctx, struct pchat_letter *letter)
{
	struct small_job *j = (struct small_job *)letter; /* the first member */

	answer(ctx, j, j->write.code ? j->write.code : j->code);
}

static void
read_done(void *ctx, struct pchat_letter *letter)
{
	struct small_job *j = (struct small_job *)letter; /* the first member */

	answer(ctx, j, j->code);
}

static void
send_to_writer(const struct pchat_request *rq, struct small_job *j,
               enum pchat_code (*run)(struct pchat_write *, struct pchat_chat *,
                                      struct pchat_err *))
{
	j->write = (struct pchat_write){ .letter.done = write_done, .run = run };
	if (pchat_writer_put(rq->d->writer, &j->write)) {
		pchat_session_sent_off(rq->session, PCHAT_PENDING_READ);
		return;
	}
	free_job(j);
	pchat_reply(rq, PCHAT_XCCOS_DATABASE, "the server is busy");
}

/* What the store says of the question stays with the job; only failures of the store itself fail
 * the transaction it shares with others. */
static enum pchat_code
keep_refusal(struct small_job *j, enum pchat_code code, struct pchat_err *err)
{
	j->code = code;
	if (code == PCHAT_OK || code == PCHAT_LIMIT)
		return PCHAT_OK;
	return pchat_fail(err, code, "%s", pchat_err_text(&j->err));
}

/* ---- preferences ---- */

static void
run_getpref(struct pchat_job *job, const struct pchat_reader_handles *h)
{
	struct small_job *j = (struct small_job *)job; /* the first member */

	j->code = pchat_chat_preference(h->chat, j->uri, j->label, &j->kept, &j->err);
}

static enum pchat_code
run_setpref(struct pchat_write *write, struct pchat_chat *chat, struct pchat_err *err)
{
	struct small_job *j = (struct small_job *)write; /* the first member */

	pchat_err_release(&j->err);
	return keep_refusal(j,
	                    pchat_chat_preference_set(chat, j->uri, j->label, j->version,
	                                              j->content, &j->kept.version, &j->err),
	                    err);
}

static bool
is_base64(struct pchat_str s)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= 'A' && s.p[n] <= 'Z') || (s.p[n] >= 'a' && s.p[n] <= 'z') ||
	                   (s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '+' || s.p[n] == '/'))
		n++;
	while (n < s.n && s.p[n] == '=')
		n++;
	return n == s.n;
}

static struct small_job *
preference_job(const struct pchat_request *rq)
{
	const struct pchat_xccos_pref *pref = &rq->prim->args.pref;
	struct small_job *j = new_job(rq, pref->label.n + pref->content.n + 2);

	if (!j) {
		pchat_reply(rq, PCHAT_XCCOS_SERVER, NULL);
		return NULL;
	}
	j->label = keep_str(j, pref->label);
	j->content = keep_str(j, pref->content);
	j->version = pref->has_seqid ? pref->seqid : 0;
	return j;
}

void
pchat_command_getpref(const struct pchat_request *rq)
{
	struct small_job *j = preference_job(rq);

	if (!j)
		return;
	j->read = (struct pchat_job){ .letter.done = read_done, .run = run_getpref };
	if (pchat_reader_put(rq->d->reader, &j->read)) {
		pchat_session_sent_off(rq->session, PCHAT_PENDING_READ);
		return;
	}
	free_job(j);
	pchat_reply(rq, PCHAT_XCCOS_DATABASE, "the server is busy");
}

void
pchat_command_setpref(const struct pchat_request *rq)
{
	struct small_job *j;

	if (!is_base64(rq->prim->args.pref.content)) {
		pchat_reply(rq, PCHAT_XCCOS_INVALID_ARGUMENT,
		            "attribute 'content' of 'pref' is not base64");
		return;
	}
	j = preference_job(rq);
	if (j)
		send_to_writer(rq, j, run_setpref);
}

/* ---- file tokens ---- */

static enum pchat_code
run_token(struct pchat_write *write, struct pchat_chat *chat, struct pchat_err *err)
{
	struct small_job *j = (struct small_job *)write; /* the first member */

	pchat_err_release(&j->err);
	return keep_refusal(
		j, pchat_chat_token_new(chat, &j->right, pchat_now(), j->token, &j->err), err);
}

/* Who sends files must be inside; who fetches them must be allowed to read (section 9.13). */
static enum pchat_xccos_result
may_transfer(const struct pchat_request *rq, const struct pchat_room *room, bool upload,
             const char **ret_text)
{
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_READ);

	if (r != PCHAT_XCCOS_OK)
		return r;
	if (!pchat_channel_seat(&room->channel, &rq->session->attendee))
		return PCHAT_XCCOS_USER_NOT_JOINED;
	if (!room->category || !room->category->file_upload) {
		*ret_text = "files are not allowed in this room";
		return PCHAT_XCCOS_PERMISSION;
	}
	if (upload && pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_UPLOAD) != PCHAT_XCCOS_OK) {
		*ret_text = room->auditorium ? "only presenters post in this room" : NULL;
		return PCHAT_XCCOS_PERMISSION;
	}
	return PCHAT_XCCOS_OK;
}

static void
make_token(const struct pchat_request *rq, const struct pchat_room *room, bool upload,
           const char *file_url)
{
	struct pchat_str name = rq->prim->args.file.file_url;
	struct small_job *j = new_job(rq, name.n + strlen(file_url) + 2);

	if (!j) {
		pchat_reply(rq, PCHAT_XCCOS_SERVER, NULL);
		return;
	}
	memcpy(j->room, room->guid, sizeof(j->room));
	j->file_url = keep(j, pchat_str(file_url));
	j->right = (struct pchat_file_right){
		.uri = j->uri, .room = j->room, .upload = upload, .name = keep_str(j, name)
	};
	send_to_writer(rq, j, run_token);
}

static void
transfer(const struct pchat_request *rq, bool upload)
{
	const char *url = pchat_view_settings_of(rq->d->view, rq->user)->file_url;
	struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[0]);
	const char *text = NULL;
	enum pchat_xccos_result r = may_transfer(rq, room, upload, &text);

	if (r == PCHAT_XCCOS_OK && !*url) {
		r = PCHAT_XCCOS_MSG_NOT_SUPPORTED;
		text = "no file transfer service is configured";
	}
	if (r == PCHAT_XCCOS_OK)
		make_token(rq, room, upload, url);
	else
		pchat_reply(rq, r, text);
}

void
pchat_command_getfutok(const struct pchat_request *rq)
{
	transfer(rq, true);
}

void
pchat_command_getfdtok(const struct pchat_request *rq)
{
	transfer(rq, false);
}
