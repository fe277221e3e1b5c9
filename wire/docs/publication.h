/*
 * Presence publications: what a client keeps on the server about its user, followed rooms
 * (category roomSetting) above all. SERVICE writes them, the self-subscription reads them.
 * sip.md section 2.
 */
#pragma once

#include "base/buf.h"
#include "base/vec.h"

#define PCHAT_PUBLISH_TYPE         "application/msrtc-category-publish+xml"
#define PCHAT_SET_CONTAINER_TYPE   "application/msrtc-setcontainermembers+xml"
#define PCHAT_FAULT_TYPE           "application/msrtc-fault+xml"

#define PCHAT_PUBLICATIONS_MAX     64    /* in one SERVICE */
#define PCHAT_PUBLICATION_MAX      65536 /* octets of content of one, serialised */
#define PCHAT_PUBLICATION_NAME_MAX 128   /* octets of a category or an endpoint */
#define PCHAT_PUBLICATION_ROOM     "roomSetting"

/* How long a publication lives. */
/* clang-format off */
#define PCHAT_EXPIRE_TYPES(X)                                                          \
	X(STATIC,   "static")   /* until it is deleted */                               \
	X(ENDPOINT, "endpoint") /* as long as the registration of that endpoint */      \
	X(USER,     "user")     /* as long as any registration of the user */           \
	X(TIME,     "time")     /* for `expires` seconds */
/* clang-format on */

enum pchat_expire_type {
#define X(symbol, word) PCHAT_EXPIRE_##symbol,
	PCHAT_EXPIRE_TYPES(X)
#undef X
		PCHAT_N_EXPIRE_TYPES
};
const char *pchat_expire_word(enum pchat_expire_type type);

/* Texts are borrowed. */
struct pchat_publication {
	struct pchat_str category;
	uint32_t container; /* 0-65535: who may see it */
	uint32_t instance;
	uint32_t version; /* written: the one it is to replace, 0 if there should be none */
	enum pchat_expire_type type;
	bool has_expires;
	uint32_t expires;         /* seconds; 0: delete it */
	struct pchat_str content; /* one element as XML, standing alone; may be empty to delete */
	struct pchat_str room;    /* roomSetting: value of its property "url"; else empty */
	int64_t time;             /* read: when it was published, microseconds UTC */
};

/* What one SERVICE publishes. Texts stand in .text. */
struct pchat_publish {
	PCHAT_VEC(struct pchat_publication) items;
	struct pchat_buf text;
	struct pchat_str uri; /* whose publications; empty if it does not say */
};
void pchat_publish_release(struct pchat_publish *p);
PCHAT_AUTO_VALUE_DEFINE(publish, pchat_publish_release)

/* Parse a <publish>. @ret is written only on success. PCHAT_INVALID: not UTF-8, not well-formed, a
 * document type, another root, an attribute missing or out of range, content that is not one
 * element, nested too deep, one publication named twice; PCHAT_LIMIT: too long or too many;
 * PCHAT_NO_MEMORY. */
enum pchat_code pchat_publish_parse(struct pchat_str body, struct pchat_publish *ret,
                                    struct pchat_err *err);

/* A <roamingData>: open, any number of categories in order (those of one name one after the
 * other), close. @uri: whose. A name without publications is told by pchat_roaming_none(): clients
 * replace a category whole. */
void pchat_roaming_open(struct pchat_buf *out, const char *uri);
void pchat_roaming_category(struct pchat_buf *out, const struct pchat_publication *p);
void pchat_roaming_none(struct pchat_buf *out, struct pchat_str category);
/* @whole: the answer to a self-subscription, which has containers and subscribers, too (none). */
void pchat_roaming_close(struct pchat_buf *out, bool whole);

/* A publication whose version was not the one stored. */
struct pchat_publish_conflict {
	unsigned index;   /* from 1, as it stood in the request */
	uint32_t version; /* the one stored, 0 if there is none */
};
/* The body of the 409. */
void pchat_publish_fault(struct pchat_buf *out, const struct pchat_publish_conflict *c, size_t n);
