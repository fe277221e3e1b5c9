/* chansrch: rooms by name, words of the description, category, people, add-in and settings.
 * xccos.md section 9.7. */

#include "base/text.h"
#include "pchatd/channel/command.h"
#include "pchatd/channel/principal.h"

#define SEARCH_DEFAULT 100 /* results when the caller names no limit */
#define SEARCH_WORDS   16  /* words looked at */

/* What is looked for, folded once. */
struct needle {
	struct pchat_buf folded;
	struct pchat_str words[SEARCH_WORDS];
	size_t n;
	bool any; /* one word is enough */
};

/* Conditions beside the words; what is NULL or not set is not asked. */
struct filter {
	const struct pchat_category *category;
	const struct pchat_user *present; /* is in the room now */
	const struct pchat_addin *addin;
	pchat_id member, manager;
	enum pchat_xccos_flag disabled, invite, auditorium;
	bool by_privacy;
	unsigned privacy;
};

/* ---- words ---- */

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

/* Is the criteria a text, not the name of what is searched by? */
static bool
is_text(enum pchat_xccos_qtype qtype)
{
	return qtype == PCHAT_XCCOS_BYNAME || qtype == PCHAT_XCCOS_BYFILTER;
}

static void
fold_needle(struct needle *n, const struct pchat_xccos_search_args *args)
{
	if (!is_text(args->qtype))
		return;
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

/* ---- filters ---- */

static const struct {
	const char *word;
	unsigned privacy;
} visibilities[] = {
	{ "open", PCHAT_PRIVACY_OPEN },
	{ "scope", PCHAT_PRIVACY_CLOSED },
	{ "private", PCHAT_PRIVACY_SECRET },
};

bool
pchat_privacy_of(struct pchat_str visibility, unsigned *ret)
{
	for (size_t i = 0; i < PCHAT_N(visibilities); i++) {
		if (!pchat_str_iis(pchat_str_trim(visibility), visibilities[i].word))
			continue;
		*ret = visibilities[i].privacy;
		return true;
	}
	return false;
}

/* A filter that cannot be read or names what is not there: the reply, and what is wrong. */
struct refusal {
	enum pchat_xccos_result result;
	const char *text;
};

static struct refusal
read_words(const struct pchat_xccos_qib *qib, struct filter *f)
{
	struct pchat_str behavior = pchat_str_trim(qib->behavior);

	f->disabled = qib->disabled;
	f->invite = qib->invite;
	f->by_privacy = qib->visibility.n > 0;
	if (f->by_privacy && !pchat_privacy_of(qib->visibility, &f->privacy))
		return (struct refusal){ PCHAT_XCCOS_INVALID_ARGUMENT,
			                 "attribute 'visibility' of 'qib' has an unknown value" };
	if (pchat_str_iis(behavior, "AUDITORIUM"))
		f->auditorium = PCHAT_XCCOS_TRUE;
	else if (pchat_str_iis(behavior, "NORMAL"))
		f->auditorium = PCHAT_XCCOS_FALSE;
	else if (behavior.n)
		return (struct refusal){ PCHAT_XCCOS_INVALID_ARGUMENT,
			                 "attribute 'behavior' of 'qib' has an unknown value" };
	return (struct refusal){ PCHAT_XCCOS_OK, NULL };
}

static struct refusal
read_category(struct pchatd *d, struct pchat_str uri, struct filter *f)
{
	struct pchat_str domain, guid;

	if (pchat_xccos_category_split(pchat_str_trim(uri), &domain, &guid))
		f->category = pchat_view_category(d->view, guid);
	return (struct refusal){ f->category ? PCHAT_XCCOS_OK : PCHAT_XCCOS_NO_SUCH_NODE,
		                 "there is no such category" };
}

static struct refusal
read_user(struct pchatd *d, struct pchat_str uri, pchat_id *ret)
{
	*ret = pchat_principal_named(d, uri);
	if (*ret != PCHAT_NO_ID && !pchat_view_user_of(d->view, *ret))
		*ret = PCHAT_NO_ID;
	return (struct refusal){ *ret != PCHAT_NO_ID ? PCHAT_XCCOS_OK
		                                     : PCHAT_XCCOS_NO_SUCH_PRINCIPAL,
		                 "there is no such user" };
}

static struct refusal
read_addin(struct pchatd *d, struct pchat_str guid, struct filter *f)
{
	f->addin = pchat_view_addin(d->view, pchat_str_trim(guid));
	return (struct refusal){ f->addin ? PCHAT_XCCOS_OK : PCHAT_XCCOS_INVALID_ARGUMENT,
		                 "there is no such add-in" };
}

/* What the kind of search makes of the criteria. */
static struct refusal
read_criteria(struct pchatd *d, const struct pchat_xccos_search_args *args, struct filter *f)
{
	struct pchat_str criteria = args->qib->criteria;
	struct refusal r = { PCHAT_XCCOS_OK, NULL };
	pchat_id id;

	switch (args->qtype) {
	case PCHAT_XCCOS_BYCATEGORY:
		return read_category(d, criteria, f);
	case PCHAT_XCCOS_BYSIOP:
		return read_addin(d, criteria, f);
	case PCHAT_XCCOS_BYUSER:
		r = read_user(d, criteria, &id);
		if (r.result == PCHAT_XCCOS_OK)
			f->present = pchat_view_user_of(d->view, id);
		break;
	case PCHAT_XCCOS_BYNAME:
	case PCHAT_XCCOS_BYFILTER:
		break;
	}
	return r;
}

static struct refusal
read_filter(struct pchatd *d, const struct pchat_xccos_search_args *args, struct filter *f)
{
	const struct pchat_xccos_qib *qib = args->qib;
	struct refusal r = read_words(qib, f);

	if (r.result == PCHAT_XCCOS_OK && qib->category.n)
		r = read_category(d, qib->category, f);
	if (r.result == PCHAT_XCCOS_OK && qib->siopid.n)
		r = read_addin(d, qib->siopid, f);
	if (r.result == PCHAT_XCCOS_OK && qib->member.n)
		r = read_user(d, qib->member, &f->member);
	if (r.result == PCHAT_XCCOS_OK && qib->manager.n)
		r = read_user(d, qib->manager, &f->manager);
	return r.result == PCHAT_XCCOS_OK ? read_criteria(d, args, f) : r;
}

static bool
agrees(enum pchat_xccos_flag asked, bool is)
{
	return asked == PCHAT_XCCOS_UNSET || (asked == PCHAT_XCCOS_TRUE) == is;
}

static bool
has_role(struct pchatd *d, pchat_id user, const struct pchat_room *room, unsigned role)
{
	return user == PCHAT_NO_ID ||
	       (pchat_roles(pchat_view_org(d->view), user, room->id) & role) != 0;
}

static bool
passes(struct pchatd *d, const struct filter *f, const struct pchat_room *room)
{
	return agrees(f->disabled, room->disabled) && agrees(f->auditorium, room->auditorium) &&
	       agrees(f->invite, pchat_room_invites(room)) &&
	       (!f->by_privacy || room->privacy == f->privacy) &&
	       (!f->category || room->category == f->category) &&
	       (!f->addin || pchat_view_addin_of(d->view, room) == f->addin) &&
	       (!f->present || pchat_channel_has(&room->channel, &f->present->person)) &&
	       has_role(d, f->member, room, PCHAT_ROLE_MEMBER) &&
	       has_role(d, f->manager, room, PCHAT_ROLE_MANAGER);
}

/* ---- the search ---- */

static bool
is_narrow(const struct pchat_request *rq)
{
	const struct pchat_xccos_qib *q = rq->prim->args.search.qib;

	return q->criteria.n || q->member.n || q->manager.n || q->category.n || q->siopid.n ||
	       q->visibility.n || q->behavior.n || q->disabled || q->invite;
}

static size_t
search_limit(const struct pchat_request *rq)
{
	size_t most = pchat_view_settings_of(rq->d->view, rq->user)->search_limit;
	int64_t asked = rq->prim->args.search.max_results;

	if (asked < 0)
		return most;
	if (asked == 0)
		/* The room list of a client: an empty search means all it may see. */
		asked = is_narrow(rq) ? SEARCH_DEFAULT : (int64_t)most;
	return (uint64_t)asked < most ? (size_t)asked : most;
}

/* Rooms stand in the order of their names, so the search ends with the last one wanted. */
static void
put_found(const struct pchat_request *rq, const struct needle *needle, const struct filter *filter,
          struct pchat_buf *out)
{
	size_t n, found = 0, limit = search_limit(rq);
	struct pchat_room *const *rooms = pchat_view_rooms(rq->d->view, &n);

	for (size_t i = 0; i < n; i++) {
		if (!matches(needle, rooms[i], rq->prim->args.search.extended) ||
		    !passes(rq->d, filter, rooms[i]) ||
		    !pchat_view_may(rq->d->view, rq->user, rooms[i], PCHAT_ACTION_FIND))
			continue;
		if (found++ == limit || pchat_reply_is_full(out)) {
			pchat_xccos_put_qib(out,
			                    &(struct pchat_xccos_qib){ .more = PCHAT_XCCOS_TRUE });
			return;
		}
		pchat_put_rooms(rq->d, &rooms[i], 1, out);
	}
}

void
pchat_command_chansrch(const struct pchat_request *rq)
{
	struct filter filter = { .member = PCHAT_NO_ID, .manager = PCHAT_NO_ID };
	struct refusal r = read_filter(rq->d, &rq->prim->args.search, &filter);
	struct needle needle = { 0 };
	struct pchat_buf *out;

	if (r.result != PCHAT_XCCOS_OK) {
		pchat_reply(rq, r.result, r.text);
		return;
	}
	fold_needle(&needle, &rq->prim->args.search);
	out = pchat_reply_open(rq);
	put_found(rq, &needle, &filter, out);
	pchat_reply_close(rq);
	pchat_buf_release(&needle.folded);
}
