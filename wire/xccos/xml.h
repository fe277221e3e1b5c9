/*
 * libxml2, fenced in: one reusable parser context without network, entities or
 * document types, errors as struct pchat_err and never on standard error. Internal to
 * wire/xccos and wire/docs, the only code that sees libxml2.
 *
 * Text taken from the tree is a view into it and lives until the context is used again.
 */
#pragma once

#include <libxml/tree.h>

#include "base/buf.h"
#include "wire/xccos/arena.h"

struct _xmlParserCtxt;
struct pchat_xml {
	struct _xmlParserCtxt *ctxt;
	struct _xmlDoc *doc;
	struct pchat_arena arena; /* for what is put together from the tree */
	struct pchat_buf scratch;
	bool no_memory; /* libxml2 ran out of memory with the last body */
	bool doctype;   /* the last body was refused for its document type ... */
	unsigned line;  /* ... which stands here */
	unsigned column;
};

enum pchat_code pchat_xml_init(struct pchat_xml *x, struct pchat_err *err);
void pchat_xml_release(struct pchat_xml *x);
PCHAT_AUTO_VALUE_DEFINE(xml, pchat_xml_release)
/* Drop the document and what was made from it. */
void pchat_xml_reset(struct pchat_xml *x);

/* Parse @body, of at most @max octets. Control characters that XML forbids, as octets or as
 * references, are dropped first. PCHAT_LIMIT: too long; PCHAT_INVALID with line and column: not
 * UTF-8, not well-formed, has a document type; PCHAT_NO_MEMORY. */
enum pchat_code pchat_xml_read(struct pchat_xml *x, struct pchat_str body, size_t max,
                               const xmlNode **ret_root, struct pchat_err *err);

/* Measure everything below @top: the number of its descendants that are elements, and the
 * deepest level (@top is level 1). */
void pchat_xml_measure(const xmlNode *top, size_t *ret_elements, unsigned *ret_depth);

const xmlNode *pchat_xml_first(const xmlNode *parent); /* first child element, or NULL */
const xmlNode *pchat_xml_next(const xmlNode *node);    /* next sibling element, or NULL */
struct pchat_str pchat_xml_name(const xmlNode *node);  /* without prefix */
/* Element @name (without case) in namespace @ns or in none; @ns NULL: in any. */
bool pchat_xml_is(const xmlNode *node, const char *name, const char *ns);
struct pchat_str pchat_xml_attr_name(const xmlAttr *attr);
struct pchat_str pchat_xml_attr_value(struct pchat_xml *x, const xmlAttr *attr);
/* Value of the attribute @name (without case, in no namespace); .p == NULL if absent. */
struct pchat_str pchat_xml_attr(struct pchat_xml *x, const xmlNode *node, const char *name);
/* All text below @node; .p != NULL. */
struct pchat_str pchat_xml_text(struct pchat_xml *x, const xmlNode *node);
/* Append @node with everything below it so that it means the same standing alone: namespaces in
 * force are declared, comments and processing instructions are left out. */
void pchat_xml_write(struct pchat_xml *x, struct pchat_buf *out, const xmlNode *node);
