/*
 * Serialising what is not interpreted. Our envelope has the XCCOS namespace as
 * default and the prefixes xsd and xsi; everything else a fragment needs is declared
 * on the fragment itself, so that it can be stored and sent on alone.
 */
#include "wire/xccos/read.h"

#include "base/text.h"
#include "wire/xccos/put.h"

struct binding {
	const char *prefix;
	const char *href;
};

/* What pchat_xccos_grpchat() and the like declare around a fragment. */
static const struct binding envelope[] = {
	{ NULL, PCHAT_XCCOS_NS },
	{ "xsd", "http://www.w3.org/2001/XMLSchema" },
	{ "xsi", "http://www.w3.org/2001/XMLSchema-instance" },
};

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Prefix @ns->prefix means the same in our envelope. */
static bool
in_envelope(const xmlNs *ns)
{
	for (size_t i = 0; i < PCHAT_N(envelope); i++)
		if (same((const char *)ns->prefix, envelope[i].prefix) &&
		    same((const char *)ns->href, envelope[i].href))
			return true;
	return false;
}

static void
put_declaration(struct pchat_buf *out, const xmlNs *ns)
{
	pchat_buf_lit(out, " xmlns");
	if (ns->prefix) {
		pchat_buf_char(out, ':');
		pchat_buf_text(out, (const char *)ns->prefix);
	}
	pchat_buf_lit(out, "=\"");
	pchat_quote_xml(out, pchat_str((const char *)ns->href));
	pchat_buf_char(out, '"');
}

static bool
declares(const xmlNode *node, const xmlChar *prefix)
{
	for (const xmlNs *ns = node->nsDef; ns; ns = ns->next)
		if (same((const char *)ns->prefix, (const char *)prefix))
			return true;
	return false;
}

/* Some element from @node up to but not including @stop declares @prefix. */
static bool
shadowed(const xmlNode *node, const xmlNode *stop, const xmlChar *prefix)
{
	for (; node != stop; node = node->parent)
		if (declares(node, prefix))
			return true;
	return false;
}

static bool
uses(const xmlNs *ns, const xmlChar *prefix)
{
	return ns && ns->prefix && same((const char *)ns->prefix, (const char *)prefix);
}

/* "prefix:" occurs in text, as in the value of xsi:type. */
static bool
names_in(const xmlNode *text, const xmlChar *prefix)
{
	size_t n = strlen((const char *)prefix);

	for (; text; text = text->next) {
		const char *at = (const char *)text->content;

		if (text->type != XML_TEXT_NODE)
			continue;
		while (at && (at = strstr(at, (const char *)prefix)) != NULL) {
			if (at[n] == ':')
				return true;
			at++;
		}
	}
	return false;
}

/* @prefix means something to @node or to what is below it. */
static bool
mentions(const xmlNode *node, const xmlChar *prefix)
{
	if (uses(node->ns, prefix) || names_in(node->children, prefix))
		return true;
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (uses(a->ns, prefix) || names_in(a->children, prefix))
			return true;
	for (const xmlNode *n = pchat_xml_first(node); n; n = pchat_xml_next(n))
		if (mentions(n, prefix))
			return true;
	return false;
}

/* Where an element that is written stands. */
enum place { BELOW, IN_ENVELOPE, ALONE };

static bool
needed(const xmlNs *ns, const xmlNode *node, const xmlNode *up, enum place place)
{
	return (place == ALONE || !in_envelope(ns)) && !shadowed(node, up, ns->prefix) &&
	       (!ns->prefix || mentions(node, ns->prefix));
}

/* Declarations around @node that are in force there and matter to it. */
static void
put_inherited(struct pchat_buf *out, const xmlNode *node, enum place place)
{
	for (const xmlNode *up = node->parent; up && up->type == XML_ELEMENT_NODE; up = up->parent)
		for (const xmlNs *ns = up->nsDef; ns; ns = ns->next)
			if (needed(ns, node, up, place))
				put_declaration(out, ns);
}

static void
put_name(struct pchat_buf *out, const xmlNs *ns, const xmlChar *name)
{
	if (ns && ns->prefix) {
		pchat_buf_text(out, (const char *)ns->prefix);
		pchat_buf_char(out, ':');
	}
	pchat_buf_text(out, (const char *)name);
}

static void
put_attr(struct pchat_xml *x, struct pchat_buf *out, const xmlAttr *a)
{
	pchat_buf_char(out, ' ');
	put_name(out, a->ns, a->name);
	pchat_buf_lit(out, "=\"");
	pchat_quote_xml(out, pchat_xml_attr_value(x, a));
	pchat_buf_char(out, '"');
}

static bool
is_kept(const xmlNode *n)
{
	return n->type == XML_ELEMENT_NODE || n->type == XML_TEXT_NODE ||
	       n->type == XML_CDATA_SECTION_NODE;
}

static bool
is_empty(const xmlNode *node)
{
	for (const xmlNode *n = node->children; n; n = n->next)
		if (is_kept(n))
			return false;
	return true;
}

/* Comments and processing instructions say nothing to anybody and are dropped. The depth was
 * limited when the body was read. */
static void
put_element(struct pchat_xml *x, struct pchat_buf *out, const xmlNode *node, enum place place)
{
	pchat_buf_char(out, '<');
	put_name(out, node->ns, node->name);
	if (place != BELOW)
		put_inherited(out, node, place);
	for (const xmlNs *ns = node->nsDef; ns; ns = ns->next)
		put_declaration(out, ns);
	for (const xmlAttr *a = node->properties; a; a = a->next)
		put_attr(x, out, a);
	if (is_empty(node)) {
		pchat_buf_lit(out, "/>");
		return;
	}
	pchat_buf_char(out, '>');
	for (const xmlNode *n = node->children; n && pchat_buf_ok(out); n = n->next) {
		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
			pchat_xml_quote_text(out, pchat_str((const char *)n->content));
		else if (n->type == XML_ELEMENT_NODE)
			put_element(x, out, n, BELOW);
	}
	pchat_buf_lit(out, "</");
	put_name(out, node->ns, node->name);
	pchat_buf_char(out, '>');
}

void
pchat_relay_element(struct pchat_xml *x, struct pchat_buf *out, const xmlNode *node)
{
	put_element(x, out, node, IN_ENVELOPE);
}

void
pchat_xml_write(struct pchat_xml *x, struct pchat_buf *out, const xmlNode *node)
{
	put_element(x, out, node, ALONE);
}

/* Some attribute before @attr has the same prefix, and so has declared it. */
static bool
declared_before(const xmlAttr *attr)
{
	for (const xmlAttr *a = attr->prev; a; a = a->prev)
		if (a->ns && same((const char *)a->ns->prefix, (const char *)attr->ns->prefix))
			return true;
	return false;
}

void
pchat_relay_attr(struct pchat_xml *x, struct pchat_buf *out, const xmlAttr *attr)
{
	bool xml = attr->ns && same((const char *)attr->ns->prefix, "xml");

	if (attr->ns && !xml && !in_envelope(attr->ns) && !declared_before(attr))
		put_declaration(out, attr->ns);
	put_attr(x, out, attr);
}
