#include "wire/xccos/read.h"

/* Reads one element into its struct. */
typedef void (*read_fn)(struct pchat_reader *r, const xmlNode *node, void *ret);

struct items {
	void *v;
	size_t n;
};

/* All children of @parent with the element name of @block. */
static struct items
read_list(struct pchat_reader *r, const xmlNode *parent, const struct pchat_block *block,
          read_fn read)
{
	struct items l = { 0 };
	char *at;

	for (const xmlNode *n = pchat_xml_first(parent); n; n = pchat_xml_next(n))
		l.n += pchat_xml_is(n, block->name, PCHAT_XCCOS_NS);
	if (l.n == 0)
		return l;
	l.v = at = pchat_arena_zero(&r->xml->arena, l.n, block->size);
	if (!l.v)
		return (struct items){ 0 };
	for (const xmlNode *n = pchat_xml_first(parent); n; n = pchat_xml_next(n)) {
		if (!pchat_xml_is(n, block->name, PCHAT_XCCOS_NS))
			continue;
		pchat_read_fields(r, n, block, at);
		if (read)
			read(r, n, at);
		at += block->size;
	}
	return l;
}

/* The first child with the element name of @block, or NULL. */
static void *
read_one(struct pchat_reader *r, const xmlNode *parent, const struct pchat_block *block)
{
	const xmlNode *n = pchat_read_child(parent, block->name);
	void *obj = n ? pchat_arena_zero(&r->xml->arena, 1, block->size) : NULL;

	if (obj)
		pchat_read_fields(r, n, block, obj);
	return obj;
}

#define READ_LIST(r, parent, block, read, list, count)                        \
	do {                                                                  \
		struct items l_ = read_list((r), (parent), &(block), (read)); \
		(list) = l_.v;                                                \
		(count) = l_.n;                                               \
	} while (0)

static void
read_affils(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_uib *u)
{
	struct pchat_str *uris;
	size_t n = 0;

	for (const xmlNode *c = pchat_xml_first(node); c; c = pchat_xml_next(c))
		n += pchat_xml_is(c, "affil", PCHAT_XCCOS_NS);
	uris = n ? pchat_arena_zero(&r->xml->arena, n, sizeof(*uris)) : NULL;
	if (!uris)
		return;
	u->affils = uris;
	for (const xmlNode *c = pchat_xml_first(node); c; c = pchat_xml_next(c))
		if (pchat_xml_is(c, "affil", PCHAT_XCCOS_NS))
			uris[u->n_affils++] = pchat_xml_attr(r->xml, c, "uri");
}

static void
read_uib(struct pchat_reader *r, const xmlNode *node, void *ret)
{
	struct pchat_xccos_uib *u = ret;

	READ_LIST(r, node, pchat_block_aib, NULL, u->aibs, u->n_aibs);
	read_affils(r, node, u);
}

static void
read_msg(struct pchat_reader *r, const xmlNode *node, void *ret)
{
	pchat_read_msg(r, node, ret);
}

static void
read_role(struct pchat_reader *r, const xmlNode *node, void *ret)
{
	struct pchat_xccos_rolelist *l = ret;

	READ_LIST(r, node, pchat_block_uib, read_uib, l->uibs, l->n_uibs);
}

/* The flags a room and a category have in common. */
struct props {
	enum pchat_xccos_flag filepost, invite, logged;
	struct pchat_str invitelocal;
};

static void
read_prop(struct pchat_reader *r, const xmlNode *node, struct props *p)
{
	struct pchat_str id = pchat_xml_attr(r->xml, node, "id");
	struct pchat_str text = pchat_str_trim(pchat_xml_text(r->xml, node));
	enum pchat_xccos_flag *flag = NULL;
	bool v;

	if (pchat_str_iis(id, PCHAT_PROP_FILEPOST))
		flag = &p->filepost;
	else if (pchat_str_iis(id, PCHAT_PROP_INVITE))
		flag = &p->invite;
	else if (pchat_str_iis(id, PCHAT_PROP_LOGGED))
		flag = &p->logged;
	else if (pchat_str_iis(id, PCHAT_PROP_INVITELOCAL))
		p->invitelocal = text;
	else
		r->prim->odd = true;
	if (!flag)
		return;
	if (pchat_xccos_bool(text, &v))
		*flag = pchat_xccos_flag(v);
	else if (flag == &p->invite)
		p->invitelocal = text; /* "inherit": the setting of the room itself */
	else
		r->prim->odd = true;
}

static struct props
read_props(struct pchat_reader *r, const xmlNode *node)
{
	struct props p = { 0 };

	for (const xmlNode *n = pchat_xml_first(node); n; n = pchat_xml_next(n))
		if (pchat_xml_is(n, "prop", PCHAT_XCCOS_NS))
			read_prop(r, n, &p);
	return p;
}

static void
read_info(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_chanib *c)
{
	struct pchat_str id = pchat_xml_attr(r->xml, node, "id");
	struct pchat_str text = pchat_str_trim(pchat_xml_text(r->xml, node));

	if (pchat_str_iis(id, PCHAT_INFO_UCNT))
		c->has_ucnt = pchat_str_uint(text, UINT64_MAX, &c->ucnt);
	else if (pchat_str_iis(id, PCHAT_INFO_VISIBILTY) ||
	         pchat_str_iis(id, PCHAT_INFO_VISIBILITY))
		c->visible = text;
	else
		r->prim->odd = true;
}

static void
read_chanib(struct pchat_reader *r, const xmlNode *node, void *ret)
{
	struct pchat_xccos_chanib *c = ret;
	struct props p = read_props(r, node);

	c->filepost = p.filepost;
	c->invite = p.invite;
	c->logged = p.logged;
	c->invitelocal = p.invitelocal;
	for (const xmlNode *n = pchat_xml_first(node); n; n = pchat_xml_next(n))
		if (pchat_xml_is(n, "info", PCHAT_XCCOS_NS))
			read_info(r, n, c);
	c->audit = read_one(r, node, &pchat_block_audit);
	c->inv = read_one(r, node, &pchat_block_inv);
	READ_LIST(r, node, pchat_block_aib, NULL, c->aibs, c->n_aibs);
	READ_LIST(r, node, pchat_block_uib, read_uib, c->uibs, c->n_uibs);
	READ_LIST(r, node, pchat_block_msg, read_msg, c->msgs, c->n_msgs);
}

static void
read_catib(struct pchat_reader *r, const xmlNode *node, void *ret)
{
	struct pchat_xccos_catib *c = ret;
	struct props p = read_props(r, node);

	c->filepost = p.filepost;
	c->invite = p.invite;
	c->logged = p.logged;
}

/* The elements <data> may hold. */
static bool
known(const xmlNode *node)
{
	static const char *const names[] = {
#define X(symbol, element, type) element,
		PCHAT_BLOCKS(X)
#undef X
			"bcq",
		"roles",
	};

	for (size_t i = 0; i < PCHAT_N(names); i++)
		if (pchat_xml_is(node, names[i], PCHAT_XCCOS_NS))
			return true;
	return false;
}

static void
read_roles(struct pchat_reader *r, const xmlNode *data, struct pchat_xccos_data *d)
{
	const xmlNode *wrapped = pchat_read_child(data, "roles");

	READ_LIST(r, wrapped ? wrapped : data, pchat_block_role, read_role, d->roles, d->n_roles);
}

void
pchat_read_data(struct pchat_reader *r, const xmlNode *data, struct pchat_xccos_data *d)
{
	for (const xmlNode *n = pchat_xml_first(data); n; n = pchat_xml_next(n))
		if (!known(n))
			r->prim->odd = true;
	READ_LIST(r, data, pchat_block_uib, read_uib, d->uibs, d->n_uibs);
	READ_LIST(r, data, pchat_block_chanid, NULL, d->chanids, d->n_chanids);
	READ_LIST(r, data, pchat_block_chanib, read_chanib, d->chanibs, d->n_chanibs);
	READ_LIST(r, data, pchat_block_catib, read_catib, d->catibs, d->n_catibs);
	READ_LIST(r, data, pchat_block_fib, NULL, d->fibs, d->n_fibs);
	READ_LIST(r, data, pchat_block_siop, NULL, d->siops, d->n_siops);
	read_roles(r, data, d);
	d->aib = read_one(r, data, &pchat_block_aib);
	d->sib = read_one(r, data, &pchat_block_sib);
	d->qib = read_one(r, data, &pchat_block_qib);
	d->inv = read_one(r, data, &pchat_block_inv);
	d->association = read_one(r, data, &pchat_block_association);
	d->ftdb = read_one(r, data, &pchat_block_ftdb);
	d->token = read_one(r, data, &pchat_block_token);
	d->pref = read_one(r, data, &pchat_block_pref);
}
