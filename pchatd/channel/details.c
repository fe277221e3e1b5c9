/* getchan, getchanperm, getroles, getsiops, nodespermcreatechild: what is known of a room and of
 * what may be made of it. xccos.md sections 9.14 and 9.15. */

#include "pchatd/channel/command.h"
#include "pchatd/channel/principal.h"

/* ---- getchan ---- */

void
pchat_put_details(struct pchatd *d, const struct pchat_room *room, struct pchat_buf *out)
{
	const struct pchat_category *category = room->category;
	struct pchat_xccos_audit audit;
	struct pchat_xccos_chanib c = pchat_chanib(d, room, &audit);

	if (category) {
		c.parentname = pchat_str(category->name);
		c.parentdescription = pchat_str(category->description);
	}
	c.invitelocal = room->invitations ? PCHAT_STR("inherit") : PCHAT_STR("false");
	pchat_xccos_put_chanib(out, &c);
}

/* The room of a command that asks for one; NULL was answered. */
static struct pchat_room *
asked_room(const struct pchat_request *rq)
{
	const struct pchat_xccos_room *named = &rq->prim->rooms[0];
	struct pchat_room *room = named->name.n ? pchat_view_room_named(rq->d->view, named->name)
	                                        : pchat_named_room(rq->d, named);

	if (room && pchat_view_may(rq->d->view, rq->user, room, PCHAT_ACTION_SEE))
		return room;
	pchat_reply(rq, pchat_allowed(rq->d, rq->user, room, PCHAT_ACTION_SEE), NULL);
	return NULL;
}

void
pchat_command_getchan(const struct pchat_request *rq)
{
	const struct pchat_room *room = asked_room(rq);

	if (!room)
		return;
	pchat_put_details(rq->d, room, pchat_reply_open(rq));
	pchat_reply_close(rq);
}

/* ---- getchanperm ---- */

/* One who may join has the mask others see of him; one who may not has what is left to him. */
static uint32_t
mask_of(const struct pchat_request *rq, const struct pchat_room *room)
{
	struct pchat_view *view = rq->d->view;

	if (pchat_view_may(view, rq->user, room, PCHAT_ACTION_JOIN))
		return pchat_speaker_key(&rq->d->speaker, pchat_view_roles(view, rq->user, room));
	return PCHAT_XCCOS_PERM_SEE | (pchat_view_may(view, rq->user, room, PCHAT_ACTION_EDIT)
	                                       ? PCHAT_XCCOS_PERM_MANAGE | PCHAT_XCCOS_PERM_BYPASS
	                                       : 0);
}

void
pchat_command_getchanperm(const struct pchat_request *rq)
{
	const struct pchat_room *room = asked_room(rq);
	struct pchat_xccos_aib aib = { 0 };
	char key[12];

	if (!room)
		return;
	snprintf(key, sizeof(key), "%u", mask_of(rq, room));
	aib.key = pchat_str(key);
	pchat_xccos_put_chanib(pchat_reply_open(rq),
	                       &(struct pchat_xccos_chanib){
				       .uri = pchat_str(room->uri), .aibs = &aib, .n_aibs = 1 });
	pchat_reply_close(rq);
}

/* ---- getroles ---- */

static const struct {
	enum pchat_xccos_role role;
	unsigned field;
} role_fields[] = {
	{ PCHAT_XCCOS_ROLE_MEMBER, PCHAT_ROOM_MEMBERS },
	{ PCHAT_XCCOS_ROLE_MANAGER, PCHAT_ROOM_MANAGERS },
	{ PCHAT_XCCOS_ROLE_PRESENTER, PCHAT_ROOM_PRESENTERS },
};

unsigned
pchat_role_field(enum pchat_xccos_role role)
{
	for (size_t i = 0; i < PCHAT_N(role_fields); i++)
		if (role_fields[i].role == role)
			return role_fields[i].field;
	return PCHAT_ROOM_MEMBERS;
}

struct listed {
	PCHAT_VEC(struct pchat_xccos_uib) uibs;
	PCHAT_VEC(struct pchat_principal_uri) uris;
};

static bool
collect(struct pchatd *d, const pchat_id *ids, size_t n, struct listed *l)
{
	if (!pchat_vec_reserve(&l->uibs, n) || !pchat_vec_reserve(&l->uris, n))
		return false;
	for (size_t i = 0; i < n; i++)
		l->uibs.n += pchat_principal_uib(d, ids[i], &l->uris.v[i], &l->uibs.v[l->uibs.n]);
	return true;
}

/* A list that is too long for one reply is cut, and says so. */
static void
put_roles(const struct pchat_request *rq, enum pchat_xccos_role role, const struct listed *l)
{
	size_t n = l->uibs.n;
	struct pchat_buf *out;

	for (;;) {
		const struct pchat_xccos_rolelist list = { role, l->uibs.v, n };

		out = pchat_reply_open(rq);
		pchat_xccos_put_role(out, &list);
		if (!pchat_reply_is_full(out))
			break;
		n = n * 3 / 4;
	}
	if (n < l->uibs.n)
		pchat_xccos_put_qib(out, &(struct pchat_xccos_qib){ .more = PCHAT_XCCOS_TRUE });
	pchat_reply_close(rq);
}

void
pchat_reply_roles(const struct pchat_request *rq, const struct pchat_room *room,
                  enum pchat_xccos_role role)
{
	struct listed l = { 0 };
	const pchat_id *ids;
	size_t n;

	ids = pchat_org_list(pchat_view_org(rq->d->view), room->id, pchat_role_field(role), &n);
	if (collect(rq->d, ids, n, &l))
		put_roles(rq, role, &l);
	else
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
	pchat_vec_release(&l.uibs);
	pchat_vec_release(&l.uris);
}

/* Who is in a room may know who else could be, and its managers have to. */
void
pchat_command_getroles(const struct pchat_request *rq)
{
	const struct pchat_room *room = asked_room(rq);

	if (!room)
		return;
	if (pchat_view_may(rq->d->view, rq->user, room, PCHAT_ACTION_ROLES) ||
	    pchat_view_may(rq->d->view, rq->user, room, PCHAT_ACTION_JOIN))
		pchat_reply_roles(rq, room, rq->prim->args.roles.role);
	else
		pchat_reply(rq, PCHAT_XCCOS_PERMISSION, NULL);
}

/* ---- getsiops ---- */

static int
by_name(const void *pa, const void *pb)
{
	const struct pchat_addin *a = *(const struct pchat_addin *const *)pa;
	const struct pchat_addin *b = *(const struct pchat_addin *const *)pb;

	return pchat_fold_cmp(pchat_str(a->name), pchat_str(b->name));
}

void
pchat_command_getsiops(const struct pchat_request *rq)
{
	PCHAT_VEC(const struct pchat_addin *) addins = { 0 };
	const struct pchat_addin *a;
	struct pchat_buf *out;
	size_t i = 0;

	while ((a = pchat_view_next_addin(rq->d->view, &i))) {
		if (pchat_vec_push(&addins, a))
			continue;
		pchat_vec_release(&addins);
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	if (addins.n)
		qsort(addins.v, addins.n, sizeof(const struct pchat_addin *), by_name);
	out = pchat_reply_open(rq);
	for (i = 0; i < addins.n && !pchat_reply_is_full(out); i++)
		pchat_xccos_put_siop(
			out, &(struct pchat_xccos_siop){ .siopid = pchat_str(addins.v[i]->guid),
		                                         .siopname = pchat_str(addins.v[i]->name),
		                                         .siopurl = pchat_str(addins.v[i]->url) });
	pchat_reply_close(rq);
	pchat_vec_release(&addins);
}

/* ---- nodespermcreatechild ---- */

struct creatable {
	const struct pchat_request *rq;
	PCHAT_VEC(const struct pchat_category *) v;
	bool ok;
};

static bool
note_category(void *ctx, pchat_id id)
{
	struct creatable *c = ctx;
	const struct pchat_object *o = pchat_org_facts(pchat_view_org(c->rq->d->view), id);
	const struct pchat_category *category =
		o ? pchat_view_category(c->rq->d->view, pchat_str(o->guid)) : NULL;

	if (category)
		c->ok = pchat_vec_push(&c->v, category);
	return c->ok;
}

static int
by_folded(const void *pa, const void *pb)
{
	const struct pchat_category *a = *(const struct pchat_category *const *)pa;
	const struct pchat_category *b = *(const struct pchat_category *const *)pb;

	return strcmp(a->folded, b->folded);
}

static void
put_category(const struct pchat_request *rq, const struct pchat_category *c, struct pchat_buf *out)
{
	pchat_xccos_put_catib(out, &(struct pchat_xccos_catib){
					   .uri = pchat_str(c->uri),
					   .name = pchat_str(c->name),
					   .description = pchat_str(c->description),
					   .parent = pchat_str(pchat_view_root_uri(rq->d->view)),
					   .filepost = pchat_xccos_flag(c->file_upload),
					   .invite = pchat_xccos_flag(c->invitations),
					   .logged = pchat_xccos_flag(c->history),
				   });
}

void
pchat_command_nodespermcreatechild(const struct pchat_request *rq)
{
	struct creatable c = { .rq = rq, .ok = true };
	struct pchat_buf *out;

	if (rq->user->id != PCHAT_NO_ID)
		c.ok = pchat_org_each_creatable(pchat_view_org(rq->d->view), rq->user->id,
		                                note_category, &c) &&
		       c.ok;
	if (!c.ok) {
		pchat_vec_release(&c.v);
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	if (c.v.n)
		qsort(c.v.v, c.v.n, sizeof(const struct pchat_category *), by_folded);
	out = pchat_reply_open(rq);
	for (size_t i = 0; i < c.v.n && !pchat_reply_is_full(out); i++)
		put_category(rq, c.v.v[i], out);
	pchat_reply_close(rq);
	pchat_vec_release(&c.v);
}
