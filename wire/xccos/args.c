#include "wire/xccos/read.h"

#include "base/clock.h"

/* The shapes of arguments, as named in PCHAT_XCCOS_CMDS. */
enum shape {
	SHAPE_NONE,
	SHAPE_SIB,
	SHAPE_ASSOC,
	SHAPE_ROOMS,
	SHAPE_SEARCH,
	SHAPE_HISTORY,
	SHAPE_INV,
	SHAPE_PREF,
	SHAPE_FILE,
	SHAPE_CHAN,
	SHAPE_ROLES,
	SHAPE_USER,
};

static const enum shape shapes[] = {
#define X(symbol, name, reply, shape) [PCHAT_XCCOS_CMD_##symbol] = SHAPE_##shape,
	PCHAT_XCCOS_CMDS(X)
#undef X
};

static void
missing(struct pchat_reader *r, const char *element)
{
	pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT, "element '%s' is missing", element);
}

/* ---- getassociations ---- */

static bool
word_of(struct pchat_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pchat_str_iis(s, words[i]))
			return true;
	return false;
}

/* The request of real clients is not known, so any attribute of any child may carry what we look
 * for (xccos.md 9.3). */
static void
args_assoc(struct pchat_reader *r, const xmlNode *data)
{
	static const char *const manage[] = { "MANAGER", "MANAGERS", "MANAGE" };
	static const char *const limits[] = { "maxResults", "max", "limit", "cnt" };
	struct pchat_xccos_assoc_args *out = &r->prim->args.assoc;

	for (const xmlNode *n = data ? pchat_xml_first(data) : NULL; n; n = pchat_xml_next(n)) {
		for (const xmlAttr *a = n->properties; a; a = a->next) {
			struct pchat_str v = pchat_str_trim(pchat_xml_attr_value(r->xml, a));

			if (word_of(v, manage, PCHAT_N(manage)))
				out->managed = true;
			else if (word_of(pchat_xml_attr_name(a), limits, PCHAT_N(limits)))
				pchat_str_uint(v, UINT64_MAX, &out->limit);
		}
	}
}

/* ---- commands that name rooms ---- */

static void
room_of_chanid(struct pchat_reader *r, const struct pchat_xccos_chanid *id,
               struct pchat_xccos_room *ret)
{
	/* Also a whole URI as value. */
	if (pchat_xccos_uri_split(id->value, &ret->domain, &ret->value)) {
		ret->uri = id->value;
		return;
	}
	ret->domain = pchat_str_trim(id->domain);
	ret->value = pchat_str_trim(id->value);
	pchat_read_need(r, id->value, "value", "chanid");
}

/* Only getchan asks by name. */
static bool
by_name(const struct pchat_reader *r, const struct pchat_xccos_chanib *c)
{
	return r->prim->cmd == PCHAT_XCCOS_CMD_GETCHAN && c->uri.n == 0 && c->name.n > 0;
}

static void
room_of_chanib(struct pchat_reader *r, const struct pchat_xccos_chanib *c,
               struct pchat_xccos_room *ret)
{
	if (by_name(r, c))
		ret->name = c->name;
	else
		pchat_read_room(r, c->uri, "uri", "chanib", ret);
}

/* How many rooms each command takes. */
static void
room_bounds(enum pchat_xccos_cmd cmd, size_t *ret_least, size_t *ret_most)
{
	bool search = cmd == PCHAT_XCCOS_CMD_BCBYDATE || cmd == PCHAT_XCCOS_CMD_BCBYMSG;
	bool many = cmd == PCHAT_XCCOS_CMD_BJOIN || cmd == PCHAT_XCCOS_CMD_PART;

	/* A batch of none is what a client without followed rooms may well send. */
	*ret_least = cmd == PCHAT_XCCOS_CMD_BJOIN ? 0 : 1;
	*ret_most = many ? SIZE_MAX : search ? PCHAT_XCCOS_HISTORY_ROOMS_MAX : 1;
}

static void
args_rooms(struct pchat_reader *r)
{
	const struct pchat_xccos_data *d = &r->prim->data;
	size_t n = d->n_chanids + d->n_chanibs;
	struct pchat_xccos_room *rooms;
	size_t least, most;

	room_bounds(r->prim->cmd, &least, &most);
	if (n < least)
		missing(r, "chanib");
	else if (n > most)
		pchat_read_bad(r, PCHAT_XCCOS_LIMIT_EXCEEDED, "%zu rooms are more than %zu", n,
		               most);
	rooms = n ? pchat_arena_zero(&r->xml->arena, n, sizeof(*rooms)) : NULL;
	if (!rooms)
		return;
	for (size_t i = 0; i < d->n_chanids; i++)
		room_of_chanid(r, &d->chanids[i], &rooms[i]);
	for (size_t i = 0; i < d->n_chanibs; i++)
		room_of_chanib(r, &d->chanibs[i], &rooms[d->n_chanids + i]);
	r->prim->rooms = rooms;
	r->prim->n_rooms = n;
}

/* ---- search ---- */

static enum pchat_xccos_qtype
qtype(struct pchat_str word)
{
	static const char *const words[] = {
		[PCHAT_XCCOS_BYNAME] = "BYNAME",     [PCHAT_XCCOS_BYCATEGORY] = "BYCATEGORY",
		[PCHAT_XCCOS_BYUSER] = "BYUSER",     [PCHAT_XCCOS_BYSIOP] = "BYSIOP",
		[PCHAT_XCCOS_BYFILTER] = "BYFILTER",
	};

	for (size_t i = 0; i < PCHAT_N(words); i++)
		if (pchat_str_iis(word, words[i]))
			return (enum pchat_xccos_qtype)i;
	return PCHAT_XCCOS_BYNAME;
}

static void
args_search(struct pchat_reader *r)
{
	const struct pchat_xccos_qib *q = r->prim->data.qib;
	struct pchat_xccos_search_args *out = &r->prim->args.search;

	if (!q) {
		missing(r, "qib");
		return;
	}
	out->qib = q;
	out->qtype = qtype(pchat_str_trim(q->qtype));
	out->extended = q->extended == PCHAT_XCCOS_TRUE;
	out->max_results = q->has_max ? q->max_results : 0;
	out->match = q->match_exact == PCHAT_XCCOS_TRUE  ? PCHAT_XCCOS_MATCH_PHRASE
	             : q->match_all == PCHAT_XCCOS_FALSE ? PCHAT_XCCOS_MATCH_ANY
	                                                 : PCHAT_XCCOS_MATCH_ALL;
	if (out->max_results < -1)
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT,
		               "attribute 'maxResults' of 'qib' is less than -1");
}

/* ---- small ones ---- */

static void
args_inv(struct pchat_reader *r)
{
	if (r->prim->data.inv)
		r->prim->args.inv = *r->prim->data.inv;
	else
		missing(r, "inv");
}

static void
args_pref(struct pchat_reader *r)
{
	const struct pchat_xccos_pref *p = r->prim->data.pref;

	if (!p) {
		missing(r, "pref");
		return;
	}
	r->prim->args.pref = *p;
	pchat_read_need(r, p->label, "label", "pref");
	if (r->prim->cmd == PCHAT_XCCOS_CMD_SETPREF && !p->content.p)
		pchat_read_need(r, p->content, "content", "pref");
}

static void
args_file(struct pchat_reader *r)
{
	const struct pchat_xccos_ftdb *f = r->prim->data.ftdb;
	struct pchat_xccos_room *room;

	if (!f) {
		missing(r, "ftdb");
		return;
	}
	room = pchat_arena_zero(&r->xml->arena, 1, sizeof(*room));
	if (!room || !pchat_read_room(r, f->channel_uri, "channelUri", "ftdb", room))
		return;
	r->prim->rooms = room;
	r->prim->n_rooms = 1;
	r->prim->args.file.file_url = f->file_url;
	pchat_read_need(r, f->file_url, "fileUrl", "ftdb");
}

static void
args_user(struct pchat_reader *r)
{
	if (r->prim->data.n_uibs == 0) {
		missing(r, "uib");
		return;
	}
	r->prim->args.user = r->prim->data.uibs[0];
	pchat_read_need(r, r->prim->args.user.uri, "uri", "uib");
}

/* ---- room management ---- */

static void
one_of(struct pchat_reader *r, struct pchat_str value, const char *attr, const char *const *words,
       size_t n)
{
	if (value.p && !word_of(pchat_str_trim(value), words, n))
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT,
		               "attribute '%s' of 'chanib' has an unknown value", attr);
}

static void
check_chan(struct pchat_reader *r, const struct pchat_xccos_chanib *c)
{
	static const char *const behaviors[] = { "NORMAL", "AUDITORIUM" };
	static const char *const visibilities[] = { "open", "scope", "private" };
	static const char *const inherit[] = { "inherit" };
	struct pchat_str domain, value;

	one_of(r, c->behavior, "behavior", behaviors, PCHAT_N(behaviors));
	one_of(r, c->visibility, "visibility", visibilities, PCHAT_N(visibilities));
	one_of(r, c->invitelocal, "prop:invite", inherit, PCHAT_N(inherit));
	if (c->parent.p && !pchat_xccos_category_split(c->parent, &domain, &value))
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT,
		               "attribute 'parent' of 'chanib' is no category URI");
}

static void
args_chan(struct pchat_reader *r)
{
	const struct pchat_xccos_chanib *c = r->prim->data.chanibs;
	bool create = r->prim->cmd == PCHAT_XCCOS_CMD_CHANCREATE;

	if (!c || r->prim->data.n_chanibs > 1) {
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT, "one 'chanib' is needed");
		return;
	}
	r->prim->args.chan.chanib = c;
	if (create || c->name.p)
		pchat_read_need(r, c->name, "name", "chanib");
	if (create || r->prim->cmd == PCHAT_XCCOS_CMD_CHANMOVE)
		pchat_read_need(r, c->parent, "parent", "chanib");
	check_chan(r, c);
	if (!create)
		args_rooms(r);
}

static void
args_roles(struct pchat_reader *r)
{
	const struct pchat_xccos_data *d = &r->prim->data;
	enum pchat_xccos_cmd cmd = r->prim->cmd;
	struct pchat_xccos_roles_args *out = &r->prim->args.roles;

	args_rooms(r);
	if (d->n_roles != 1 || d->roles[0].role == PCHAT_XCCOS_ROLE_NONE) {
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT, "one 'role' with a name is needed");
		return;
	}
	out->role = d->roles[0].role;
	out->uibs = d->roles[0].uibs;
	out->n_uibs = d->roles[0].n_uibs;
	out->qib = d->qib;
	if ((cmd == PCHAT_XCCOS_CMD_ADDROLES || cmd == PCHAT_XCCOS_CMD_DELROLES) && !out->n_uibs)
		missing(r, "uib");
	for (size_t i = 0; i < out->n_uibs; i++)
		pchat_read_need(r, out->uibs[i].uri, "uri", "uib");
}

void
pchat_read_args(struct pchat_reader *r, const xmlNode *data)
{
	switch (shapes[r->prim->cmd]) {
	case SHAPE_NONE:
	case SHAPE_SIB: /* every field is optional and stands in data.sib */
		break;
	case SHAPE_ASSOC:
		args_assoc(r, data);
		break;
	case SHAPE_ROOMS:
		args_rooms(r);
		break;
	case SHAPE_SEARCH:
		args_search(r);
		break;
	case SHAPE_HISTORY:
		args_rooms(r);
		pchat_read_history(r, data);
		break;
	case SHAPE_INV:
		args_inv(r);
		break;
	case SHAPE_PREF:
		args_pref(r);
		break;
	case SHAPE_FILE:
		args_file(r);
		break;
	case SHAPE_CHAN:
		args_chan(r);
		break;
	case SHAPE_ROLES:
		args_roles(r);
		break;
	case SHAPE_USER:
		args_user(r);
		break;
	}
}
