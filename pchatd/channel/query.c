/* requri, getserverinfo, getassociations: xccos.md sections 9.1 to 9.3. */

#include "base/clock.h"
#include "pchatd/channel/command.h"

void
pchat_command_requri(const struct pchat_request *rq)
{
	struct pchat_buf *out = pchat_reply_open(rq);

	pchat_xccos_put_uib(out, &(struct pchat_xccos_uib){
					 .uri = pchat_str(pchat_view_pool_uri(rq->d->view)) });
	pchat_reply_close(rq);
}

void
pchat_command_getserverinfo(const struct pchat_request *rq)
{
	const struct pchat_settings *s = pchat_view_settings_of(rq->d->view, rq->user);
	const struct pchat_xccos_sib *asked = rq->prim->data.sib;
	struct pchat_buf *out = pchat_reply_open(rq);

	pchat_xccos_put_sib(out,
	                    &(struct pchat_xccos_sib){
				    .info_type = asked ? asked->info_type : (struct pchat_str){ 0 },
				    .server_time = pchat_now(),
				    .search_limit = s->search_limit,
				    .message_size_limit = s->message_limit,
				    .story_size_limit = s->story_limit,
				    .root_uri = pchat_str(pchat_view_root_uri(rq->d->view)),
				    .db_version = pchat_str(pchat_view_store_id(rq->d->view)),
				    .display_name = pchat_str(pchat_view_pool_name(rq->d->view)),
				    .room_management_url = pchat_str(s->management_url),
			    });
	pchat_reply_close(rq);
}

/* ---- my rooms ---- */

struct association {
	const struct pchat_request *rq;
	PCHAT_VEC(struct pchat_room *) rooms;
	bool managed;
	bool ok;
};

static bool
note_room(void *ctx, pchat_id id, unsigned roles)
{
	struct association *a = ctx;
	struct pchat_room_view facts;
	struct pchat_room *room = NULL;

	(void)roles;
	if (pchat_org_room_view(pchat_view_org(a->rq->d->view), id, &facts))
		room = pchat_view_room(a->rq->d->view, pchat_str(facts.guid));
	if (room && (a->managed || !room->disabled))
		a->ok = pchat_vec_push(&a->rooms, room);
	return a->ok;
}

static int
by_name(const void *pa, const void *pb)
{
	const struct pchat_room *a = *(struct pchat_room *const *)pa;
	const struct pchat_room *b = *(struct pchat_room *const *)pb;

	return strcmp(a->folded, b->folded);
}

void
pchat_put_rooms(struct pchatd *d, struct pchat_room *const *rooms, size_t n, struct pchat_buf *out)
{
	for (size_t i = 0; i < n && !pchat_reply_is_full(out); i++) {
		struct pchat_xccos_audit audit;
		struct pchat_xccos_chanib c = pchat_chanib(d, rooms[i], &audit);

		pchat_xccos_put_chanib(out, &c);
	}
}

static size_t
limited(const struct pchat_request *rq, uint64_t asked, size_t n)
{
	uint64_t limit = pchat_view_settings_of(rq->d->view, rq->user)->search_limit;

	if (asked && asked < limit)
		limit = asked;
	return n < limit ? n : (size_t)limit;
}

void
pchat_command_getassociations(const struct pchat_request *rq)
{
	const struct pchat_xccos_assoc_args *args = &rq->prim->args.assoc;
	struct association a = { .rq = rq, .managed = args->managed, .ok = true };
	struct pchat_buf *out;

	if (rq->user->id != PCHAT_NO_ID)
		pchat_org_each_role(pchat_view_org(rq->d->view), rq->user->id,
		                    args->managed ? PCHAT_ROLE_MANAGER : PCHAT_ROLE_MEMBER,
		                    note_room, &a);
	if (!a.ok) {
		pchat_vec_release(&a.rooms);
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	if (a.rooms.n)
		qsort(a.rooms.v, a.rooms.n, sizeof(struct pchat_room *), by_name);
	out = pchat_reply_open(rq);
	if (rq->prim->data.association)
		pchat_xccos_put_association(out, rq->prim->data.association);
	pchat_put_rooms(rq->d, a.rooms.v, limited(rq, args->limit, a.rooms.n), out);
	pchat_reply_close(rq);
	pchat_vec_release(&a.rooms);
}
