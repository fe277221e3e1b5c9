#include "wire/xccos/read.h"

#include <stdlib.h>

struct pchat_xccos_parser {
	struct pchat_xml xml;
	struct pchat_xccos_limits limits;
	struct pchat_xccos_envelope envelope;
};

const struct pchat_xccos_limits pchat_xccos_server_limits = { 524288, 32, 1000, 64 };
const struct pchat_xccos_limits pchat_xccos_client_limits = { 2097152, 32, 200000, 64 };

/* What repeated namespace declarations may make of the relayed parts of a body. */
#define RELAY_GROWTH 2

static const char *const kinds[] = {
	[PCHAT_XCCOS_KIND_CMD] = "cmd", [PCHAT_XCCOS_KIND_RPL] = "rpl",
	[PCHAT_XCCOS_KIND_NTC] = "ntc", [PCHAT_XCCOS_KIND_GRPCHAT] = "grpchat",
	[PCHAT_XCCOS_KIND_ERR] = "err",
};

enum pchat_code
pchat_xccos_parser_new(const struct pchat_xccos_limits *limits,
                       struct pchat_xccos_parser **ret_parser, struct pchat_err *err)
{
	struct pchat_xccos_parser *p = calloc(1, sizeof(*p));
	enum pchat_code code;

	if (!p)
		return pchat_no_memory(err);
	p->limits = limits ? *limits : pchat_xccos_server_limits;
	code = pchat_xml_init(&p->xml, err);
	if (code) {
		pchat_xccos_parser_free(p);
		return code;
	}
	*ret_parser = p;
	return PCHAT_OK;
}

void
pchat_xccos_parser_free(struct pchat_xccos_parser *p)
{
	if (!p)
		return;
	pchat_xml_release(&p->xml);
	free(p);
}

void
pchat_xccos_parser_reset(struct pchat_xccos_parser *p)
{
	pchat_xml_reset(&p->xml);
	p->envelope = (struct pchat_xccos_envelope){ 0 };
}

/* A failure of the whole body, at @node. */
#define refuse(err, node, ...)                          \
	(pchat_fail((err), PCHAT_INVALID, __VA_ARGS__), \
	 pchat_err_at((err), NULL, (unsigned)xmlGetLineNo(node), 0), PCHAT_INVALID)

static bool
decimal(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n <= PCHAT_XCCOS_ID_MAX;
}

static enum pchat_code
read_root(struct pchat_xccos_parser *p, const xmlNode *root, struct pchat_err *err)
{
	struct pchat_xccos_envelope *e = &p->envelope;

	if (!pchat_xml_is(root, "xccos", PCHAT_XCCOS_NS))
		return refuse(err, root, "root element is no 'xccos'");
	e->ver = pchat_xml_attr(&p->xml, root, "ver");
	e->envid = pchat_xml_attr(&p->xml, root, "envid");
	if (e->envid.n == 0)
		e->envid = PCHAT_STR("0");
	/* Replies echo it unchanged, so it must be harmless. */
	if (!decimal(e->envid))
		return refuse(err, root, "attribute 'envid' is no number of at most %d digits",
		              PCHAT_XCCOS_ID_MAX);
	return PCHAT_OK;
}

static bool
kind_of(const xmlNode *node, enum pchat_xccos_kind *ret)
{
	for (size_t i = 0; i < PCHAT_N(kinds); i++) {
		if (!pchat_xml_is(node, kinds[i], PCHAT_XCCOS_NS))
			continue;
		*ret = (enum pchat_xccos_kind)i;
		return true;
	}
	return false;
}

/* Depth, elements and primitives; *ret_n is the number of primitives. */
static enum pchat_code
check_size(const struct pchat_xccos_parser *p, const xmlNode *root, size_t *ret_n,
           struct pchat_err *err)
{
	enum pchat_xccos_kind kind;

	*ret_n = 0;
	for (const xmlNode *n = pchat_xml_first(root); n; n = pchat_xml_next(n)) {
		size_t elements;
		unsigned depth;

		pchat_xml_measure(n, &elements, &depth);
		if (depth >= p->limits.depth)
			return refuse(err, n, "elements are nested deeper than %u",
			              p->limits.depth);
		if (elements > p->limits.elements)
			return refuse(err, n, "%zu elements in a primitive are more than %u",
			              elements, p->limits.elements);
		*ret_n += kind_of(n, &kind);
	}
	if (*ret_n > p->limits.prims)
		return refuse(err, root, "%zu primitives in an envelope are more than %u", *ret_n,
		              p->limits.prims);
	return PCHAT_OK;
}

/* The name behind "cmd:" in the id; for grpchat it is not looked at. */
static void
read_id(struct pchat_reader *r, const xmlNode *node)
{
	struct pchat_xccos_prim *prim = r->prim;
	struct pchat_str id = pchat_str_trim(pchat_xml_attr(r->xml, node, "id"));
	struct pchat_str rest;
	struct pchat_str kind = pchat_str_cut(id, ':', &rest);

	if (prim->kind == PCHAT_XCCOS_KIND_GRPCHAT) {
		prim->name = PCHAT_STR("grpchat");
		return;
	}
	prim->name = pchat_str_iis(kind, kinds[prim->kind]) && rest.n > 0 ? rest : id;
	if (prim->name.n > PCHAT_XCCOS_NAME_MAX)
		prim->name = (struct pchat_str){ 0 };
	if (prim->name.n == 0)
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT,
		               "attribute 'id' of '%s' is missing or too long", kinds[prim->kind]);
}

static void
read_seqid(struct pchat_reader *r, const xmlNode *node)
{
	struct pchat_str seqid = pchat_str_trim(pchat_xml_attr(r->xml, node, "seqid"));

	r->prim->seqid = PCHAT_STR("1");
	if (decimal(seqid))
		r->prim->seqid = seqid;
	else if (seqid.n > 0)
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT,
		               "attribute 'seqid' of '%s' is no number", kinds[r->prim->kind]);
}

static enum pchat_xccos_cmd
command_of_reply(struct pchat_str name)
{
	for (unsigned i = PCHAT_XCCOS_CMD_UNKNOWN + 1; i < PCHAT_XCCOS_N_CMDS; i++)
		if (pchat_str_iis(name, pchat_xccos_cmd_reply(i)))
			return (enum pchat_xccos_cmd)i;
	return PCHAT_XCCOS_CMD_UNKNOWN;
}

static void
read_response(struct pchat_reader *r, const xmlNode *node)
{
	struct pchat_xccos_prim *prim = r->prim;
	const xmlNode *commandid = pchat_read_child(node, "commandid");
	const xmlNode *resp = pchat_read_child(node, "resp");
	uint64_t code = 0;

	if (commandid) {
		prim->cmd_envid = pchat_xml_attr(r->xml, commandid, "envid");
		prim->cmd_seqid = pchat_xml_attr(r->xml, commandid, "seqid");
	}
	if (!resp)
		return;
	pchat_str_uint(pchat_str_trim(pchat_xml_attr(r->xml, resp, "code")), 999, &code);
	prim->resp_code = (unsigned)code;
	prim->resp_text = pchat_str_trim(pchat_xml_text(r->xml, resp));
}

static void
read_command(struct pchat_reader *r, const xmlNode *data)
{
	r->prim->cmd = pchat_xccos_cmd_find(r->prim->name);
	if (r->prim->name.n > 0 && r->prim->cmd == PCHAT_XCCOS_CMD_UNKNOWN) {
		/* Whatever else is wrong with it: it is not supported. */
		r->prim->bad = PCHAT_XCCOS_OK;
		pchat_read_bad(r, PCHAT_XCCOS_MSG_NOT_SUPPORTED, "no command '%.*s'",
		               PCHAT_STR_ARG(r->prim->name));
		r->prim->odd = true;
	} else if (r->prim->bad == PCHAT_XCCOS_OK) {
		pchat_read_args(r, data);
	}
}

static void
read_post(struct pchat_reader *r, const xmlNode *node)
{
	struct pchat_xccos_msg *m = &r->prim->msg;
	struct pchat_xccos_room *room = pchat_arena_zero(&r->xml->arena, 1, sizeof(*room));

	pchat_read_fields(r, node, &pchat_block_msg, m);
	pchat_read_msg(r, node, m);
	if (!room || !pchat_read_room(r, m->chan_uri, "chanUri", "grpchat", room))
		return;
	r->prim->rooms = room;
	r->prim->n_rooms = 1;
	if (!m->chat.p)
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT, "element 'chat' is missing");
}

static void
read_prim(struct pchat_reader *r, const xmlNode *node)
{
	struct pchat_xccos_prim *prim = r->prim;
	const xmlNode *data = pchat_read_child(node, "data");

	prim->line = (unsigned)xmlGetLineNo(node);
	prim->bad = PCHAT_XCCOS_OK;
	read_id(r, node);
	read_seqid(r, node);
	if (data && prim->kind != PCHAT_XCCOS_KIND_GRPCHAT)
		pchat_read_data(r, data, &prim->data);
	switch (prim->kind) {
	case PCHAT_XCCOS_KIND_CMD:
		read_command(r, data);
		break;
	case PCHAT_XCCOS_KIND_RPL:
		prim->cmd = command_of_reply(prim->name);
		read_response(r, node);
		break;
	case PCHAT_XCCOS_KIND_ERR:
		read_response(r, node);
		break;
	case PCHAT_XCCOS_KIND_GRPCHAT:
		read_post(r, node);
		break;
	case PCHAT_XCCOS_KIND_NTC:
		break;
	}
}

static enum pchat_code
read_prims(struct pchat_xccos_parser *p, const xmlNode *root, size_t n, struct pchat_err *err)
{
	struct pchat_xccos_prim *prim = pchat_arena_zero(&p->xml.arena, n ? n : 1, sizeof(*prim));
	struct pchat_reader r = { .xml = &p->xml, .relay_left = RELAY_GROWTH * p->limits.body };

	p->envelope.prims = prim;
	p->envelope.n_prims = n;
	for (const xmlNode *e = pchat_xml_first(root); prim && e; e = pchat_xml_next(e)) {
		if (!kind_of(e, &prim->kind))
			continue;
		r.prim = prim++;
		read_prim(&r, e);
	}
	return p->xml.arena.failed ? pchat_no_memory(err) : PCHAT_OK;
}

enum pchat_code
pchat_xccos_parse(struct pchat_xccos_parser *p, struct pchat_str body,
                  const struct pchat_xccos_envelope **ret_envelope, struct pchat_err *err)
{
	const xmlNode *root;
	enum pchat_code code;
	size_t n;

	p->envelope = (struct pchat_xccos_envelope){ 0 };
	code = pchat_xml_read(&p->xml, body, p->limits.body, &root, err);
	if (!code)
		code = read_root(p, root, err);
	if (!code)
		code = check_size(p, root, &n, err);
	if (!code)
		code = read_prims(p, root, n, err);
	if (!code)
		*ret_envelope = &p->envelope;
	return code;
}
