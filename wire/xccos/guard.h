/*
 * A look at the tags before the parser sees them. libxml2 compares every attribute
 * of an element with every other and looks every prefix up in a list: 64 KiB full of
 * attributes would cost 0.1 s, full of namespace declarations more.
 */
#pragma once

#include "base/str.h"

#define PCHAT_XML_ATTRS_MAX      64 /* attributes of one element, declarations included */
#define PCHAT_XML_NAMESPACES_MAX 64 /* namespace declarations in a body */

/* NULL if @text keeps both limits, else why not ("too many ..."), with *ret_at the offset of the
 * first one too many. In text that is not well-formed only what stands before the
 * first error is counted reliably, and a parser goes no further. */
const char *pchat_xml_guard(struct pchat_str text, size_t *ret_at);
