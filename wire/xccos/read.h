/*
 * From XML elements to blocks. Internal to wire/xccos.
 */
#pragma once

#include "wire/xccos/field.h"
#include "wire/xccos/xccos.h"
#include "wire/xccos/xml.h"

/* What is being read: the primitive that gets the blame. */
struct pchat_reader {
	struct pchat_xml *xml;
	struct pchat_xccos_prim *prim;
	size_t relay_left; /* octets of relayed XML the envelope may still grow to */
};

/* The primitive cannot be carried out; only the first reason is kept. */
void pchat_read_bad(struct pchat_reader *r, enum pchat_xccos_result result, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A value that is needed is absent or empty: 400. Returns whether it is there. */
bool pchat_read_need(struct pchat_reader *r, struct pchat_str value, const char *attr,
                     const char *element);
/* An unsigned number in text; 400 that names @attr if it is none. Beyond 64 bits: the largest. */
bool pchat_read_uint(struct pchat_reader *r, struct pchat_str value, const char *attr,
                     const char *element, uint64_t *ret);
/* Fill @obj, which is zeroed, from the attributes of @node. */
void pchat_read_fields(struct pchat_reader *r, const xmlNode *node, const struct pchat_block *block,
                       void *obj);
/* The first child of that name, or NULL. */
const xmlNode *pchat_read_child(const xmlNode *parent, const char *name);
/* All blocks below <data>. */
void pchat_read_data(struct pchat_reader *r, const xmlNode *data, struct pchat_xccos_data *ret);
/* What pchat_read_fields() leaves of a <grpchat> or <msg>. */
void pchat_read_msg(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_msg *ret);
/* Decode and check the arguments of prim->cmd from prim->data; @data may be NULL. */
void pchat_read_args(struct pchat_reader *r, const xmlNode *data);
/* The <bcq> of a history command, into prim->args.history. */
void pchat_read_history(struct pchat_reader *r, const xmlNode *data);
/* The one room @uri names; 400 that names @attr of @element if it is no room URI. */
bool pchat_read_room(struct pchat_reader *r, struct pchat_str uri, const char *attr,
                     const char *element, struct pchat_xccos_room *ret);

/* XML that is kept: append @node with everything below it, so that it means the same inside an
 * envelope of our own. */
void pchat_relay_element(struct pchat_xml *x, struct pchat_buf *out, const xmlNode *node);
/* Append the attribute @attr of a <grpchat> or <msg> with a blank in front. */
void pchat_relay_attr(struct pchat_xml *x, struct pchat_buf *out, const xmlAttr *attr);
