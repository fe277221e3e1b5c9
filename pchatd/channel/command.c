#include "pchatd/channel/command.h"

/* One row per command we know; the others are answered 501. */
static void (*const commands[PCHAT_XCCOS_N_CMDS])(const struct pchat_request *rq) = {
	[PCHAT_XCCOS_CMD_REQURI] = pchat_command_requri,
	[PCHAT_XCCOS_CMD_GETSERVERINFO] = pchat_command_getserverinfo,
	[PCHAT_XCCOS_CMD_GETASSOCIATIONS] = pchat_command_getassociations,
	[PCHAT_XCCOS_CMD_JOIN] = pchat_command_join,
	[PCHAT_XCCOS_CMD_BJOIN] = pchat_command_bjoin,
	[PCHAT_XCCOS_CMD_PART] = pchat_command_part,
	[PCHAT_XCCOS_CMD_CHANSRCH] = pchat_command_chansrch,
	[PCHAT_XCCOS_CMD_BCCONTEXT] = pchat_command_bccontext,
	[PCHAT_XCCOS_CMD_BCBYDATE] = pchat_command_bcby,
	[PCHAT_XCCOS_CMD_BCBYMSG] = pchat_command_bcby,
	[PCHAT_XCCOS_CMD_GETPREF] = pchat_command_getpref,
	[PCHAT_XCCOS_CMD_SETPREF] = pchat_command_setpref,
	[PCHAT_XCCOS_CMD_GETFUTOK] = pchat_command_getfutok,
	[PCHAT_XCCOS_CMD_GETFDTOK] = pchat_command_getfdtok,
	[PCHAT_XCCOS_CMD_GETINV] = pchat_command_getinv,
	[PCHAT_XCCOS_CMD_NODESPERMCREATECHILD] = pchat_command_nodespermcreatechild,
	[PCHAT_XCCOS_CMD_GETCHAN] = pchat_command_getchan,
	[PCHAT_XCCOS_CMD_GETCHANPERM] = pchat_command_getchanperm,
	[PCHAT_XCCOS_CMD_CHANCREATE] = pchat_command_chancreate,
	[PCHAT_XCCOS_CMD_CHANMODIFY] = pchat_command_chanmodify,
	[PCHAT_XCCOS_CMD_CHANMOVE] = pchat_command_chanmove,
	[PCHAT_XCCOS_CMD_ADDROLES] = pchat_command_addroles,
	[PCHAT_XCCOS_CMD_DELROLES] = pchat_command_delroles,
	[PCHAT_XCCOS_CMD_GETROLES] = pchat_command_getroles,
	[PCHAT_XCCOS_CMD_PRINSRCH] = pchat_command_prinsrch,
	[PCHAT_XCCOS_CMD_USERSRCH] = pchat_command_usersrch,
	[PCHAT_XCCOS_CMD_GETUSER] = pchat_command_getuser,
	[PCHAT_XCCOS_CMD_GETGROUP] = pchat_command_getgroup,
	[PCHAT_XCCOS_CMD_GETSIOPS] = pchat_command_getsiops,
	[PCHAT_XCCOS_CMD_GETPARTS] = pchat_command_getparts,
};

struct pchat_xccos_reply
pchat_reply_to(const struct pchat_request *rq)
{
	const struct pchat_xccos_prim *prim = rq->prim;
	struct pchat_xccos_reply r = { .seqid = prim->seqid, .envid = rq->env->envid };

	if (prim->kind == PCHAT_XCCOS_KIND_GRPCHAT)
		r.name = PCHAT_STR("grpchat");
	else if (prim->cmd != PCHAT_XCCOS_CMD_UNKNOWN)
		r.name = pchat_str(pchat_xccos_cmd_reply(prim->cmd));
	else
		r.name = prim->name;
	return r;
}

struct pchat_buf *
pchat_reply_open(const struct pchat_request *rq)
{
	struct pchat_buf *out = pchat_speaker_open(&rq->d->speaker);
	struct pchat_xccos_reply r = pchat_reply_to(rq);

	pchat_xccos_rpl_open(out, pchat_speaker_envid(&rq->d->speaker), &r);
	return out;
}

void
pchat_reply_close(const struct pchat_request *rq)
{
	pchat_xccos_rpl_close(&rq->d->speaker.scratch);
	pchat_session_say(rq->session);
}

/* What the largest block of a room may take, all of its texts quoted, and the end of the reply. */
#define ROOM_MAX 65536

bool
pchat_reply_is_full(const struct pchat_buf *out)
{
	return out->n > PCHAT_SIP_INFO_MAX - ROOM_MAX;
}

void
pchat_reply(const struct pchat_request *rq, enum pchat_xccos_result result, const char *text)
{
	struct pchat_buf *out = pchat_speaker_open(&rq->d->speaker);
	struct pchat_xccos_reply r = pchat_reply_to(rq);

	r.code = result;
	r.text = pchat_str(text);
	pchat_xccos_rpl(out, pchat_speaker_envid(&rq->d->speaker), &r);
	pchat_session_say(rq->session);
}

void
pchat_reply_bad(const struct pchat_request *rq)
{
	struct pchat_buf *out = pchat_speaker_open(&rq->d->speaker);
	struct pchat_xccos_reply r = pchat_reply_to(rq);

	r.code = rq->prim->bad;
	r.text = rq->prim->why;
	if (r.name.n)
		pchat_xccos_rpl(out, pchat_speaker_envid(&rq->d->speaker), &r);
	else
		pchat_xccos_err(out, pchat_speaker_envid(&rq->d->speaker), &r);
	pchat_session_say(rq->session);
}

void
pchat_command_run(const struct pchat_request *rq)
{
	const struct pchat_xccos_prim *prim = rq->prim;

	switch (prim->kind) {
	case PCHAT_XCCOS_KIND_GRPCHAT:
		pchat_command_post(rq);
		return;
	case PCHAT_XCCOS_KIND_RPL:
	case PCHAT_XCCOS_KIND_NTC:
	case PCHAT_XCCOS_KIND_ERR:
		return; /* only a server says these; nothing was asked */
	case PCHAT_XCCOS_KIND_CMD:
		break;
	}
	rq->d->metrics.commands[prim->cmd]++;
	if (prim->bad != PCHAT_XCCOS_OK)
		pchat_reply_bad(rq);
	else if (!commands[prim->cmd])
		pchat_reply(rq, PCHAT_XCCOS_MSG_NOT_SUPPORTED, NULL);
	else
		commands[prim->cmd](rq);
}

/* ---- rooms ---- */

struct pchat_room *
pchat_named_room(struct pchatd *d, const struct pchat_xccos_room *named)
{
	return pchat_view_room(d->view, named->value);
}

/* What a user would see of a disabled room if it were not. */
static bool
would_see(struct pchatd *d, const struct pchat_user *user, const struct pchat_room *room)
{
	unsigned roles = pchat_view_roles(d->view, user, room);

	if (roles & (PCHAT_ROLE_MEMBER | PCHAT_ROLE_MANAGER))
		return true;
	return room->privacy != PCHAT_PRIVACY_SECRET && (roles & PCHAT_ROLE_IN_SCOPE);
}

enum pchat_xccos_result
pchat_allowed(struct pchatd *d, const struct pchat_user *user, const struct pchat_room *room,
              enum pchat_action action)
{
	if (!room)
		return PCHAT_XCCOS_NO_SUCH_NODE;
	if (pchat_view_may(d->view, user, room, action))
		return PCHAT_XCCOS_OK;
	if (room->disabled)
		return would_see(d, user, room) ? PCHAT_XCCOS_NODE_DISABLED
		                                : PCHAT_XCCOS_NO_SUCH_NODE;
	return pchat_view_may(d->view, user, room, PCHAT_ACTION_SEE) ? PCHAT_XCCOS_PERMISSION
	                                                             : PCHAT_XCCOS_NO_SUCH_NODE;
}

static struct pchat_str
visible_word(const struct pchat_room *room)
{
	switch (room->privacy) {
	case PCHAT_PRIVACY_OPEN:
		return PCHAT_STR("open");
	case PCHAT_PRIVACY_SECRET:
		return PCHAT_STR("private");
	}
	return PCHAT_STR("scope");
}

struct pchat_xccos_chanib
pchat_chanib(struct pchatd *d, const struct pchat_room *room, struct pchat_xccos_audit *audit)
{
	const struct pchat_category *category = room->category;
	const struct pchat_addin *addin = pchat_view_addin_of(d->view, room);
	struct pchat_xccos_chanib c = {
		.uri = pchat_str(room->uri),
		.name = pchat_str(room->name),
		.description = pchat_str(room->description),
		.parent = pchat_str(category ? category->uri : NULL),
		.behavior = room->auditorium ? PCHAT_STR("AUDITORIUM") : PCHAT_STR("NORMAL"),
		.disabled = pchat_xccos_flag(room->disabled),
		.audit = audit,
		.has_ucnt = true,
		.ucnt = room->channel.people,
		.visible = visible_word(room),
		.filepost = pchat_xccos_flag(category && category->file_upload),
		.invite = pchat_xccos_flag(pchat_room_invites(room)),
		.logged = pchat_xccos_flag(category && category->history),
	};

	*audit = (struct pchat_xccos_audit){
		.createdby = pchat_str(room->created_by),
		.createdon = room->created,
		.updatedby = pchat_str(room->updated_by),
		.updatedon = room->updated,
	};
	if (addin) {
		c.siopid = pchat_str(addin->guid);
		c.siopname = pchat_str(addin->name);
		c.siopurl = pchat_str(addin->url);
	}
	return c;
}
