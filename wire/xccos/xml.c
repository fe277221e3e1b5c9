/* Before base/, which poisons names that these headers mention. */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "wire/xccos/xml.h"

#include <limits.h>

#include "base/text.h"
#include "wire/xccos/clean.h"
#include "wire/xccos/guard.h"

/* No NOENT, DTDLOAD, DTDATTR, XINCLUDE, HUGE, RECOVER: each of them opens a door. The declared
 * encoding is ignored because the body was checked to be UTF-8. */
#define READ_OPTIONS                                                                     \
	(XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT | \
	 XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC)

/* A message body longer than this leaves its memory with nobody. */
#define SCRATCH_KEEP 16384

/* Called at <!DOCTYPE, before the first element. */
static void
refuse_doctype(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxtPtr ctxt = user;
	struct pchat_xml *x = ctxt->_private;

	(void)name;
	(void)external;
	(void)system;
	x->doctype = true;
	x->line = (unsigned)xmlSAX2GetLineNumber(ctxt);
	x->column = (unsigned)xmlSAX2GetColumnNumber(ctxt);
	xmlStopParser(ctxt);
}

/* Without a handler libxml2 prints what it cannot tie to a parser context. A lack of memory is
 * often told here alone: the tree may come out without some part. */
static void
note(void *user, xmlErrorPtr error)
{
	struct pchat_xml *x = user;

	if (error->code == XML_ERR_NO_MEMORY)
		x->no_memory = true;
}

enum pchat_code
pchat_xml_init(struct pchat_xml *x, struct pchat_err *err)
{
	*x = (struct pchat_xml){ 0 };
	xmlSetStructuredErrorFunc(x, note);
	xmlInitParser();
	x->ctxt = xmlNewParserCtxt();
	xmlSetStructuredErrorFunc(NULL, NULL);
	if (!x->ctxt)
		return pchat_no_memory(err);
	x->ctxt->sax->internalSubset = refuse_doctype;
	return PCHAT_OK;
}

void
pchat_xml_release(struct pchat_xml *x)
{
	if (!x)
		return;
	xmlFreeDoc(x->doc);
	if (x->ctxt)
		xmlFreeParserCtxt(x->ctxt);
	pchat_arena_release(&x->arena);
	pchat_buf_release(&x->scratch);
	*x = (struct pchat_xml){ 0 };
}

void
pchat_xml_reset(struct pchat_xml *x)
{
	xmlFreeDoc(x->doc);
	x->doc = NULL;
	x->doctype = x->no_memory = false;
	pchat_arena_reset(&x->arena);
	if (x->scratch.cap > SCRATCH_KEEP)
		pchat_buf_release(&x->scratch);
	pchat_buf_clear(&x->scratch);
}

static struct pchat_str
without_bom(struct pchat_str s)
{
	return pchat_str_starts(s, "\xef\xbb\xbf") ? (struct pchat_str){ s.p + 3, s.n - 3 } : s;
}

/* PCHAT_INVALID with the line and the column of the octet @at. */
static enum pchat_code
refuse_at(struct pchat_str body, size_t at, const char *why, struct pchat_err *err)
{
	unsigned line = 1;
	unsigned column = 1;

	for (size_t i = 0; i < at; i++) {
		column = body.p[i] == '\n' ? 1 : column + 1;
		line += body.p[i] == '\n';
	}
	pchat_fail(err, PCHAT_INVALID, "%s", why);
	pchat_err_at(err, NULL, line, column);
	return PCHAT_INVALID;
}

/* The body as the parser may see it. */
static enum pchat_code
prepare(struct pchat_xml *x, struct pchat_str body, size_t max, struct pchat_str *ret,
        struct pchat_err *err)
{
	const char *why;
	size_t at = 0;

	if (body.n > max || body.n > INT_MAX)
		return pchat_fail(err, PCHAT_LIMIT, "body of %zu octets is longer than %zu", body.n,
		                  max);
	if (!pchat_utf8_valid(body, &at))
		return refuse_at(body, at, "body is not UTF-8", err);
	if (!pchat_xml_clean(without_bom(body), &x->scratch, ret))
		return pchat_no_memory(err);
	why = pchat_xml_guard(*ret, &at);
	if (why)
		return refuse_at(*ret, at, why, err);
	return ret->n > 0 ? PCHAT_OK : pchat_fail(err, PCHAT_INVALID, "body is empty");
}

static enum pchat_code
not_xml(const struct pchat_xml *x, struct pchat_err *err)
{
	const xmlError *e = xmlCtxtGetLastError(x->ctxt);
	struct pchat_str why = pchat_str_trim(pchat_str(e ? e->message : NULL));

	if (x->no_memory)
		return pchat_no_memory(err);
	if (x->doctype) {
		pchat_fail(err, PCHAT_INVALID, "body has a document type");
		pchat_err_at(err, NULL, x->line, x->column);
		return PCHAT_INVALID;
	}
	pchat_fail(err, PCHAT_INVALID, "body is not well-formed XML%s%.*s", why.n ? ": " : "",
	           PCHAT_STR_ARG(why));
	if (e && e->line > 0)
		pchat_err_at(err, NULL, (unsigned)e->line, e->int2 > 0 ? (unsigned)e->int2 : 0);
	return PCHAT_INVALID;
}

enum pchat_code
pchat_xml_read(struct pchat_xml *x, struct pchat_str body, size_t max, const xmlNode **ret_root,
               struct pchat_err *err)
{
	struct pchat_str text = { 0 };
	enum pchat_code code;

	pchat_xml_reset(x);
	code = prepare(x, body, max, &text, err);
	if (code)
		return code;
	x->ctxt->_private = x;
	/* Of this thread; @x does not outlive the call as its argument. */
	xmlSetStructuredErrorFunc(x, note);
	x->doc = xmlCtxtReadMemory(x->ctxt, text.p, (int)text.n, NULL, NULL, READ_OPTIONS);
	xmlSetStructuredErrorFunc(NULL, NULL);
	if (!x->doc || x->doctype || x->no_memory)
		return not_xml(x, err);
	*ret_root = xmlDocGetRootElement(x->doc);
	return *ret_root ? PCHAT_OK : not_xml(x, err);
}

void
pchat_xml_measure(const xmlNode *top, size_t *ret_elements, unsigned *ret_depth)
{
	const xmlNode *at = top;
	unsigned level = 1;

	*ret_elements = 0;
	*ret_depth = 1;
	for (;;) {
		const xmlNode *next = pchat_xml_first(at);

		if (next)
			level++;
		while (!next) {
			if (at == top)
				return;
			next = pchat_xml_next(at);
			if (next)
				break;
			at = at->parent;
			level--;
		}
		at = next;
		++*ret_elements;
		if (level > *ret_depth)
			*ret_depth = level;
	}
}

static const xmlNode *
element(const xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

const xmlNode *
pchat_xml_first(const xmlNode *parent)
{
	return element(parent->children);
}

const xmlNode *
pchat_xml_next(const xmlNode *node)
{
	return element(node->next);
}

struct pchat_str
pchat_xml_name(const xmlNode *node)
{
	return pchat_str((const char *)node->name);
}

bool
pchat_xml_is(const xmlNode *node, const char *name, const char *ns)
{
	if (ns && node->ns && node->ns->href && strcmp((const char *)node->ns->href, ns) != 0)
		return false;
	return pchat_str_iis(pchat_xml_name(node), name);
}

struct pchat_str
pchat_xml_attr_name(const xmlAttr *attr)
{
	return pchat_str((const char *)attr->name);
}

/* Append the text of @node and everything below it. The depth was limited when reading. */
static void
gather(struct pchat_buf *out, const xmlNode *node)
{
	for (; node; node = node->next) {
		if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			pchat_buf_text(out, (const char *)node->content);
		else if (node->type == XML_ELEMENT_NODE)
			gather(out, node->children);
	}
}

/* Nearly always the children are one text node, which needs no copy. */
static struct pchat_str
text_of(struct pchat_xml *x, const xmlNode *children)
{
	PCHAT_AUTO_VALUE(buf) all = { 0 };

	if (!children)
		return PCHAT_STR("");
	if (!children->next && children->type == XML_TEXT_NODE && children->content)
		return pchat_str((const char *)children->content);
	gather(&all, children);
	if (!pchat_buf_ok(&all))
		x->arena.failed = true;
	return pchat_arena_str(&x->arena, pchat_buf_view(&all));
}

struct pchat_str
pchat_xml_attr_value(struct pchat_xml *x, const xmlAttr *attr)
{
	return text_of(x, attr->children);
}

struct pchat_str
pchat_xml_attr(struct pchat_xml *x, const xmlNode *node, const char *name)
{
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (!a->ns && pchat_str_iis(pchat_xml_attr_name(a), name))
			return pchat_xml_attr_value(x, a);
	return (struct pchat_str){ 0 };
}

struct pchat_str
pchat_xml_text(struct pchat_xml *x, const xmlNode *node)
{
	return text_of(x, node->children);
}
