/*
 * Pieces the builders share. Internal to wire/xccos.
 */
#pragma once

#include "base/buf.h"
#include "wire/xccos/field.h"

/* Append " name="value"", quoted. */
void pchat_put_attr(struct pchat_buf *out, const char *name, struct pchat_str value);
/* Append the attributes of @obj by the table of its block. */
void pchat_put_fields(struct pchat_buf *out, const struct pchat_block *block, const void *obj);
/* A message as a server sends it, from the attributes to before its end tag. */
void pchat_put_msg(struct pchat_buf *out, const struct pchat_xccos_msg *m);
/* What stands behind the known attributes, to before the end tag. */
void pchat_put_msg_body(struct pchat_buf *out, const struct pchat_xccos_msg *m);
/* Append @text quoted as element content: line breaks and tabs stay what they are. */
void pchat_xml_quote_text(struct pchat_buf *out, struct pchat_str text);
