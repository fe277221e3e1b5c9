/* requri, getserverinfo, getassociations, chansrch, getinv: xccos.md sections 9.1 to 9.3, 9.7, 9.8.
 */

#include "base/clock.h"
#include "base/text.h"
#include "pchatd/channel/command.h"

#define SEARCH_DEFAULT 100 /* results when the caller names no limit */
#define SEARCH_WORDS   16  /* words looked at */

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
	const struct pchat_settings *s = pchat_view_settings(rq->d->view);
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

static void
put_rooms(const struct pchat_request *rq, struct pchat_buf *out, struct pchat_room *const *rooms,
          size_t n)
{
	for (size_t i = 0; i < n && !pchat_reply_is_full(out); i++) {
		struct pchat_xccos_audit audit;
		struct pchat_xccos_chanib c = pchat_chanib(rq->d, rooms[i], &audit);

		pchat_xccos_put_chanib(out, &c);
	}
}

static size_t
limited(const struct pchat_request *rq, uint64_t asked, size_t n)
{
	uint64_t limit = pchat_view_settings(rq->d->view)->search_limit;

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
	put_rooms(rq, out, a.rooms.v, limited(rq, args->limit, a.rooms.n));
	pchat_reply_close(rq);
	pchat_vec_release(&a.rooms);
}

/* ---- search ---- */

/* What is looked for, folded once. */
struct needle {
	struct pchat_buf folded;
	struct pchat_str words[SEARCH_WORDS];
	size_t n;
	bool any; /* one word is enough */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
split_words(struct needle *n)
{
	const char *p = pchat_buf_cstr(&n->folded);

	while (n->n < SEARCH_WORDS) {
		const char *start;

		while (is_blank(*p))
			p++;
		for (start = p; *p && !is_blank(*p);)
			p++;
		if (p == start)
			return;
		n->words[n->n++] = (struct pchat_str){ start, (size_t)(p - start) };
	}
}

static void
fold_needle(struct needle *n, const struct pchat_xccos_search_args *args)
{
	pchat_fold(&n->folded, pchat_str_trim(args->qib->criteria));
	n->any = args->match == PCHAT_XCCOS_MATCH_ANY;
	if (args->match != PCHAT_XCCOS_MATCH_PHRASE)
		split_words(n);
	else if (n->folded.n)
		n->words[n->n++] = pchat_buf_view(&n->folded);
}

static bool
holds(const char *text, struct pchat_str word)
{
	return memmem(text, strlen(text), word.p, word.n) != NULL;
}

static bool
matches(const struct needle *n, const struct pchat_room *room, bool extended)
{
	size_t found = 0;

	for (size_t i = 0; i < n->n; i++)
		found += holds(room->folded, n->words[i]) ||
		         (extended && holds(room->folded_description, n->words[i]));
	return n->n == 0 || (n->any ? found > 0 : found == n->n);
}

static size_t
search_limit(const struct pchat_request *rq)
{
	size_t most = pchat_view_settings(rq->d->view)->search_limit;
	int64_t asked = rq->prim->args.search.max_results;

	if (asked < 0)
		return most;
	if (asked == 0)
		/* The room list of a client: an empty search means all it may see. */
		asked = rq->prim->args.search.qib->criteria.n ? SEARCH_DEFAULT : (int64_t)most;
	return (uint64_t)asked < most ? (size_t)asked : most;
}

/* Rooms stand in the order of their names, so the search ends with the last one wanted. */
static void
put_found(const struct pchat_request *rq, const struct needle *needle, struct pchat_buf *out)
{
	size_t n, found = 0, limit = search_limit(rq);
	struct pchat_room *const *rooms = pchat_view_rooms(rq->d->view, &n);

	for (size_t i = 0; i < n; i++) {
		if (!matches(needle, rooms[i], rq->prim->args.search.extended) ||
		    !pchat_view_may(rq->d->view, rq->user, rooms[i], PCHAT_ACTION_FIND))
			continue;
		if (found++ == limit || pchat_reply_is_full(out)) {
			pchat_xccos_put_qib(out,
			                    &(struct pchat_xccos_qib){ .more = PCHAT_XCCOS_TRUE });
			return;
		}
		put_rooms(rq, out, &rooms[i], 1);
	}
}

void
pchat_command_chansrch(const struct pchat_request *rq)
{
	struct needle needle = { 0 };
	struct pchat_buf *out;

	fold_needle(&needle, &rq->prim->args.search);
	out = pchat_reply_open(rq);
	put_found(rq, &needle, out);
	pchat_reply_close(rq);
	pchat_buf_release(&needle.folded);
}

/* ---- invitations: none are kept ---- */

void
pchat_command_getinv(const struct pchat_request *rq)
{
	struct pchat_buf *out = pchat_reply_open(rq);

	pchat_xccos_put_inv(out, &(struct pchat_xccos_inv){
					 .invite_id = rq->prim->args.inv.invite_id,
					 .domain = pchat_str(pchat_view_domain(rq->d->view)) });
	pchat_reply_close(rq);
}
