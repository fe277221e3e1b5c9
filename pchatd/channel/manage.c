/* chancreate, chanmodify, chanmove, addroles, delroles: handed to the editor thread, answered
 * once the view has the change. xccos.md sections 9.15 and 12.1. */

#include "base/clock.h"
#include "pchatd/channel/command.h"
#include "pchatd/channel/principal.h"
#include "pchatd/editor.h"
#include "pchatd/inbox.h"
#include "pchatd/review.h"

/* A change on its way. */
struct managing {
	struct pchat_edit edit;
	struct pchat_session *session;
	enum pchat_xccos_cmd cmd;
	enum pchat_xccos_role role; /* whose list is answered */
	struct pchat_str envid, seqid;
	char ids[2 * PCHAT_XCCOS_ID_MAX];
};

static void
free_managing(struct managing *m)
{
	pchat_edit_release(&m->edit);
	free(m);
}

/* ---- the answer ---- */

static void
reply_changed(const struct pchat_request *rq, const struct managing *m)
{
	struct pchat_room *room = pchat_view_room(rq->d->view, pchat_str(m->edit.room));

	if (!room) {
		/* Deleted again meanwhile. */
		pchat_reply(rq, PCHAT_XCCOS_NO_SUCH_NODE, NULL);
		return;
	}
	if (m->edit.kind == PCHAT_EDIT_ADD || m->edit.kind == PCHAT_EDIT_DROP) {
		pchat_reply_roles(rq, room, m->role);
	} else {
		pchat_put_details(rq->d, room, pchat_reply_open(rq));
		pchat_reply_close(rq);
	}
	pchat_review_room_for(rq->d, room, &rq->session->attendee);
}

static void
answer(struct pchatd *d, struct managing *m)
{
	struct pchat_session *s = m->session;
	const struct pchat_xccos_prim prim = { .kind = PCHAT_XCCOS_KIND_CMD,
		                               .cmd = m->cmd,
		                               .seqid = m->seqid };
	const struct pchat_xccos_envelope env = { .envid = m->envid };
	const struct pchat_request rq = { d, s, s->attendee.user, &env, &prim };

	if (s->dialog && m->edit.result == PCHAT_XCCOS_OK)
		reply_changed(&rq, m);
	else if (s->dialog)
		pchat_reply(&rq, m->edit.result, m->edit.text);
	free_managing(m);
	pchat_session_is_back(s);
}

/* From the editor: before the feed has it, so that the change waits for this, not this for it. */
static void
edit_done(void *ctx, struct pchat_letter *letter)
{
	struct managing *m = (struct managing *)letter; /* the first member of the first */
	struct pchatd *d = ctx;

	if (m->edit.result != PCHAT_XCCOS_OK) {
		answer(d, m);
		return;
	}
	letter->next = NULL;
	*d->edits_last = letter;
	d->edits_last = &letter->next;
}

static struct managing *
pop(struct pchatd *d)
{
	struct pchat_letter *letter = d->edits;

	d->edits = letter->next;
	if (!d->edits)
		d->edits_last = &d->edits;
	return (struct managing *)letter;
}

/* Edits come from one thread, so their revisions grow. */
void
pchat_manage_step(struct pchatd *d)
{
	while (d->edits &&
	       ((struct managing *)d->edits)->edit.revision <= pchat_view_revision(d->view))
		answer(d, pop(d));
}

void
pchat_manage_release(struct pchatd *d)
{
	while (d->edits) {
		struct managing *m = pop(d);
		struct pchat_session *s = m->session;

		free_managing(m);
		pchat_session_is_back(s);
	}
}

/* ---- from the request to an edit ---- */

static struct pchat_str
keep(char *to, struct pchat_str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return (struct pchat_str){ to, s.n };
}

static struct managing *
new_managing(const struct pchat_request *rq, enum pchat_edit_kind kind,
             const struct pchat_room *room)
{
	struct managing *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->edit.letter.done = edit_done;
	m->edit.kind = kind;
	m->edit.command = pchat_xccos_cmd_name(rq->prim->cmd);
	m->edit.actor = pchat_str_dup(pchat_str(rq->user->uri));
	if (room)
		memcpy(m->edit.room, room->guid, sizeof(m->edit.room));
	m->session = rq->session;
	m->cmd = rq->prim->cmd;
	/* The parser takes no longer ones. */
	m->envid = keep(m->ids, rq->env->envid);
	m->seqid = keep(m->ids + PCHAT_XCCOS_ID_MAX, rq->prim->seqid);
	if (m->edit.actor)
		return m;
	free(m);
	return NULL;
}

/* What is wrong with a request; PCHAT_XCCOS_OK: nothing. */
struct refusal {
	enum pchat_xccos_result result;
	const char *text;
};

static const struct refusal fine = { PCHAT_XCCOS_OK, NULL };
static const struct refusal no_memory = { PCHAT_XCCOS_SERVER, "the server is out of memory" };

/* Takes @m over. */
static void
hand_over(const struct pchat_request *rq, struct managing *m, struct refusal r)
{
	if (r.result == PCHAT_XCCOS_OK && !pchat_editor_put(rq->d->editor, &m->edit))
		r = (struct refusal){ PCHAT_XCCOS_DATABASE, "the server is busy" };
	if (r.result == PCHAT_XCCOS_OK) {
		pchat_session_sent_off(rq->session, PCHAT_PENDING_READ);
		return;
	}
	free_managing(m);
	pchat_reply(rq, r.result, r.text);
}

static bool
add_field(struct managing *m, unsigned field, struct pchat_str text)
{
	struct pchat_edit_field f = { field, pchat_str_dup(text) };

	if (f.text && pchat_vec_push(&m->edit.fields, f))
		return true;
	free(f.text);
	return false;
}

/* ---- blocks of a room ---- */

static const char *
privacy_word(struct pchat_str visibility)
{
	unsigned privacy = PCHAT_PRIVACY_CLOSED;

	/* The parser has let none but the three words pass. */
	pchat_privacy_of(visibility, &privacy);
	return pchat_kind_info(PCHAT_KIND_ROOM)->fields[PCHAT_ROOM_PRIVACY].words[privacy];
}

/* The texts that were given become those of fields. */
static bool
read_texts(struct managing *m, const struct pchat_xccos_chanib *c)
{
	struct pchat_str type = pchat_str_iis(pchat_str_trim(c->behavior), "AUDITORIUM")
	                                ? PCHAT_STR("auditorium")
	                                : PCHAT_STR("normal");
	struct pchat_str invite = c->invite == PCHAT_XCCOS_FALSE ? PCHAT_STR("false")
	                                                         : PCHAT_STR("inherit");
	struct pchat_str disabled = c->disabled == PCHAT_XCCOS_TRUE ? PCHAT_STR("true")
	                                                            : PCHAT_STR("false");

	return (!c->name.p || add_field(m, PCHAT_ROOM_NAME, c->name)) &&
	       (!c->description.p || add_field(m, PCHAT_ROOM_DESCRIPTION, c->description)) &&
	       (!c->behavior.p || add_field(m, PCHAT_ROOM_TYPE, type)) &&
	       (!c->visibility.p ||
	        add_field(m, PCHAT_ROOM_PRIVACY, pchat_str(privacy_word(c->visibility)))) &&
	       ((!c->invite && !c->invitelocal.p) ||
	        add_field(m, PCHAT_ROOM_INVITATIONS, invite)) &&
	       (!c->disabled || add_field(m, PCHAT_ROOM_DISABLED, disabled));
}

static struct refusal
read_chanib(struct managing *m, const struct pchat_xccos_chanib *c)
{
	struct pchat_str siopid = pchat_str_trim(c->siopid);

	if (!read_texts(m, c))
		return no_memory;
	m->edit.has_addin = c->siopid.p != NULL;
	if (siopid.n && !pchat_guid_parse(siopid, m->edit.addin))
		return (struct refusal){ PCHAT_XCCOS_INVALID_ARGUMENT,
			                 "attribute 'siopid' of 'chanib' is no GUID" };
	m->edit.has_updated = c->updatedon.p != NULL;
	if (c->updatedon.p && !pchat_time_parse(pchat_str_trim(c->updatedon), &m->edit.updated))
		return (struct refusal){ PCHAT_XCCOS_INVALID_ARGUMENT,
			                 "attribute 'updatedon' of 'chanib' is no date" };
	return fine;
}

/* The category a room is to be in. */
static struct refusal
read_parent(const struct pchat_request *rq, struct managing *m, struct pchat_str uri,
            const struct pchat_category **ret)
{
	struct pchat_str domain, guid;

	if (pchat_str_iis(pchat_str_trim(uri), pchat_view_root_uri(rq->d->view)))
		return (struct refusal){ PCHAT_XCCOS_NODE_HIERARCHY, NULL };
	*ret = pchat_xccos_category_split(pchat_str_trim(uri), &domain, &guid)
	               ? pchat_view_category(rq->d->view, guid)
	               : NULL;
	if (!*ret)
		return (struct refusal){ PCHAT_XCCOS_NO_SUCH_NODE, "there is no such category" };
	memcpy(m->edit.category, (*ret)->guid, sizeof(m->edit.category));
	return fine;
}

/* ---- lists ---- */

static struct refusal
read_list(const struct pchat_request *rq, struct managing *m, enum pchat_xccos_role role,
          const struct pchat_xccos_uib *uibs, size_t n)
{
	struct pchat_edit_list list = { .field = pchat_role_field(role) };

	if (!pchat_vec_reserve(&m->edit.lists, 1))
		return no_memory;
	for (size_t i = 0; i < n; i++) {
		pchat_id id = pchat_principal_named(rq->d, uibs[i].uri);

		if (id == PCHAT_NO_ID) {
			pchat_list_release(&list.principals);
			return (struct refusal){ PCHAT_XCCOS_NO_SUCH_PRINCIPAL, NULL };
		}
		if (!pchat_list_add(&list.principals,
		                    pchat_str(pchat_org_name(pchat_view_org(rq->d->view), id)))) {
			pchat_list_release(&list.principals);
			return no_memory;
		}
	}
	m->edit.lists.v[m->edit.lists.n++] = list;
	return fine;
}

/* ---- the commands ---- */

/* Refused here if the view says so: cheap, and the editor asks again inside the lock. */
static struct managing *
begin(const struct pchat_request *rq, enum pchat_edit_kind kind, enum pchat_action action)
{
	const struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[0]);
	enum pchat_xccos_result r = pchat_allowed(rq->d, rq->user, room, action);
	struct managing *m = r == PCHAT_XCCOS_OK ? new_managing(rq, kind, room) : NULL;

	if (r != PCHAT_XCCOS_OK)
		pchat_reply(rq, r, NULL);
	else if (!m)
		pchat_reply(rq, no_memory.result, no_memory.text);
	return m;
}

static struct refusal
check_create(const struct pchat_request *rq, const struct pchat_category *category)
{
	return pchat_view_may_create(rq->d->view, rq->user, category)
	               ? fine
	               : (struct refusal){ PCHAT_XCCOS_PERMISSION, NULL };
}

void
pchat_command_chancreate(const struct pchat_request *rq)
{
	const struct pchat_xccos_chanib *c = rq->prim->args.chan.chanib;
	struct managing *m = new_managing(rq, PCHAT_EDIT_CREATE, NULL);
	const struct pchat_category *category = NULL;
	struct refusal r;

	if (!m) {
		pchat_reply(rq, no_memory.result, no_memory.text);
		return;
	}
	r = read_parent(rq, m, c->parent, &category);
	if (r.result == PCHAT_XCCOS_OK)
		r = check_create(rq, category);
	if (r.result == PCHAT_XCCOS_OK)
		r = read_chanib(m, c);
	hand_over(rq, m, r);
}

/* The category is not among what this changes; a client may send back what it was told. */
static struct refusal
check_parent(const struct pchat_request *rq, struct managing *m, const struct pchat_xccos_chanib *c)
{
	const struct pchat_room *room = pchat_named_room(rq->d, &rq->prim->rooms[0]);
	const struct pchat_category *category = NULL;
	struct refusal r = c->parent.p ? read_parent(rq, m, c->parent, &category) : fine;

	if (r.result == PCHAT_XCCOS_OK && category && category != room->category)
		return (struct refusal){ PCHAT_XCCOS_INVALID_ARGUMENT,
			                 "a room goes to another category by chanmove" };
	return r;
}

void
pchat_command_chanmodify(const struct pchat_request *rq)
{
	const struct pchat_xccos_chanib *c = rq->prim->args.chan.chanib;
	const struct pchat_xccos_data *data = &rq->prim->data;
	struct managing *m = begin(rq, PCHAT_EDIT_MODIFY, PCHAT_ACTION_EDIT);
	struct refusal r;

	if (!m)
		return;
	r = check_parent(rq, m, c);
	if (r.result == PCHAT_XCCOS_OK)
		r = read_chanib(m, c);
	for (size_t i = 0; i < data->n_roles && r.result == PCHAT_XCCOS_OK; i++)
		r = data->roles[i].role == PCHAT_XCCOS_ROLE_NONE
		            ? (struct refusal){ PCHAT_XCCOS_INVALID_ARGUMENT,
			                        "a 'role' has no name that is known" }
		            : read_list(rq, m, data->roles[i].role, data->roles[i].uibs,
		                        data->roles[i].n_uibs);
	hand_over(rq, m, r);
}

void
pchat_command_chanmove(const struct pchat_request *rq)
{
	const struct pchat_category *category = NULL;
	struct managing *m = begin(rq, PCHAT_EDIT_MOVE, PCHAT_ACTION_EDIT);
	struct refusal r;

	if (!m)
		return;
	r = read_parent(rq, m, rq->prim->args.chan.chanib->parent, &category);
	if (r.result == PCHAT_XCCOS_OK)
		r = check_create(rq, category);
	hand_over(rq, m, r);
}

static void
change_roles(const struct pchat_request *rq, enum pchat_edit_kind kind)
{
	const struct pchat_xccos_roles_args *args = &rq->prim->args.roles;
	struct managing *m = begin(rq, kind, PCHAT_ACTION_ROLES);

	if (!m)
		return;
	m->role = args->role;
	hand_over(rq, m, read_list(rq, m, args->role, args->uibs, args->n_uibs));
}

void
pchat_command_addroles(const struct pchat_request *rq)
{
	change_roles(rq, PCHAT_EDIT_ADD);
}

void
pchat_command_delroles(const struct pchat_request *rq)
{
	change_roles(rq, PCHAT_EDIT_DROP);
}
