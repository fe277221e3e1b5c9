/*
 * The query <bcq> of bccontext, bcbydate and bcbymsg. Real clients' spelling of the
 * search is not known for sure, so each element has several forms (xccos.md 9.11).
 */
#include "wire/xccos/read.h"

#include "base/clock.h"

typedef void (*element_fn)(struct pchat_reader *r, const xmlNode *node,
                           struct pchat_xccos_history_args *out);

static void
read_limit(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	struct pchat_str cnt = pchat_xml_attr(r->xml, node, "cnt");

	if (pchat_str_trim(cnt).n > 0)
		out->has_cnt = pchat_read_uint(r, cnt, "cnt", (const char *)node->name, &out->cnt);
}

static void
read_bound(struct pchat_reader *r, const xmlNode *node, const char *attr, int64_t *ret)
{
	struct pchat_str v = pchat_str_trim(pchat_xml_attr(r->xml, node, attr));

	if (v.n > 0 && !pchat_time_parse(v, ret))
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT,
		               "attribute '%s' of 'date' is no date", attr);
}

static void
read_date(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	read_bound(r, node, "from", &out->from);
	read_bound(r, node, "to", &out->to);
}

static void
read_boolean(struct pchat_reader *r, const xmlNode *node, const char *attr, bool *ret)
{
	struct pchat_str v = pchat_str_trim(pchat_xml_attr(r->xml, node, attr));

	if (v.n > 0 && !pchat_xccos_bool(v, ret))
		pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT,
		               "attribute '%s' of '%s' is no boolean", attr,
		               (const char *)node->name);
}

static void
read_search_text(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	struct pchat_str mt = pchat_str_trim(pchat_xml_attr(r->xml, node, "mt"));

	out->text = pchat_str_trim(pchat_xml_text(r->xml, node));
	if (pchat_str_iis(mt, "PP") || pchat_str_iis(mt, "EXACT"))
		out->match = PCHAT_XCCOS_MATCH_PHRASE;
	else if (pchat_str_iis(mt, "AND"))
		out->match = PCHAT_XCCOS_MATCH_ALL;
	read_boolean(r, node, "mc", &out->match_case);
	read_boolean(r, node, "matchcase", &out->match_case);
}

/* <matchcase/>, <matchcase value="true"/>, <matchcase>true</matchcase>; anything else counts as
 * present. */
static bool
present(struct pchat_reader *r, const xmlNode *node)
{
	bool v = true;
	struct pchat_str value = pchat_xml_attr(r->xml, node, "value");

	if (!pchat_xccos_bool(value, &v))
		pchat_xccos_bool(pchat_xml_text(r->xml, node), &v);
	return v;
}

static void
read_matchcase(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	out->match_case = present(r, node);
}

static void
read_matchexact(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	out->match = present(r, node) ? PCHAT_XCCOS_MATCH_PHRASE : PCHAT_XCCOS_MATCH_ANY;
}

static void
read_matchall(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	out->match = present(r, node) ? PCHAT_XCCOS_MATCH_ALL : PCHAT_XCCOS_MATCH_ANY;
}

static void
read_msgid(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	struct pchat_str id = pchat_xml_attr(r->xml, node, "id");
	const char *attr = id.p ? "id" : "value";

	if (!id.p)
		id = pchat_xml_attr(r->xml, node, "value");
	if (pchat_str_trim(id).n > 0)
		pchat_read_uint(r, id, attr, "msgid", &out->msgid);
}

static bool
newest_first(struct pchat_reader *r, const xmlNode *node)
{
	struct pchat_str order = pchat_str_trim(pchat_xml_attr(r->xml, node, "order"));

	return pchat_str_iis(order, "DESC") || pchat_str_iis(order, "REV") ||
	       pchat_str_iis(order, "NEWEST");
}

static void
read_sortdb(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	struct pchat_str order = pchat_str_trim(pchat_xml_attr(r->xml, node, "order"));

	out->oldest_first = order.n > 0 && !newest_first(r, node);
}

static void
read_sort(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	out->answer_newest_first = newest_first(r, node);
}

/* Counted here, collected in read_authors(). */
static void
read_author(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_history_args *out)
{
	if (pchat_read_need(r, pchat_xml_attr(r->xml, node, "uri"), "uri",
	                    (const char *)node->name))
		out->n_authors++;
}

struct element {
	const char *name;
	element_fn read;
};

/* In the order in which a later one overrides an earlier one. */
static const struct element elements[] = {
	{ "last", read_limit },         { "limit", read_limit },
	{ "date", read_date },          { "text", read_search_text },
	{ "search", read_search_text }, { "matchcase", read_matchcase },
	{ "matchall", read_matchall },  { "matchexact", read_matchexact },
	{ "msgid", read_msgid },        { "sortdb", read_sortdb },
	{ "sort", read_sort },          { "uib", read_author },
	{ "author", read_author },
};

static bool
is_author(const xmlNode *n)
{
	return pchat_xml_is(n, "uib", PCHAT_XCCOS_NS) || pchat_xml_is(n, "author", PCHAT_XCCOS_NS);
}

static void
read_authors(struct pchat_reader *r, const xmlNode *bcq, struct pchat_xccos_history_args *out)
{
	struct pchat_str *uris;
	size_t n = 0;

	if (out->n_authors == 0)
		return;
	uris = pchat_arena_zero(&r->xml->arena, out->n_authors, sizeof(*uris));
	for (const xmlNode *c = pchat_xml_first(bcq); uris && c; c = pchat_xml_next(c)) {
		struct pchat_str uri = pchat_str_trim(pchat_xml_attr(r->xml, c, "uri"));

		if (is_author(c) && uri.n > 0 && n < out->n_authors)
			uris[n++] = uri;
	}
	out->authors = uris;
	out->n_authors = n;
}

static bool
known(const xmlNode *node)
{
	for (size_t i = 0; i < PCHAT_N(elements); i++)
		if (pchat_xml_is(node, elements[i].name, PCHAT_XCCOS_NS))
			return true;
	return false;
}

void
pchat_read_history(struct pchat_reader *r, const xmlNode *data)
{
	struct pchat_xccos_history_args *out = &r->prim->args.history;
	const xmlNode *bcq = data ? pchat_read_child(data, "bcq") : NULL;

	if (!bcq)
		return;
	for (size_t i = 0; i < PCHAT_N(elements); i++)
		for (const xmlNode *n = pchat_xml_first(bcq); n; n = pchat_xml_next(n))
			if (pchat_xml_is(n, elements[i].name, PCHAT_XCCOS_NS))
				elements[i].read(r, n, out);
	for (const xmlNode *n = pchat_xml_first(bcq); n; n = pchat_xml_next(n))
		if (!known(n))
			r->prim->odd = true;
	read_authors(r, bcq, out);
}
