/*
 * The attributes of each block, as tables: the parser fills a struct through them and
 * the builder writes the struct through the same rows. Internal to wire/xccos.
 */
#pragma once

#include "wire/xccos/block.h"

enum pchat_field_type {
	PCHAT_FIELD_TEXT, /* struct pchat_str */
	PCHAT_FIELD_UINT, /* uint64_t */
	PCHAT_FIELD_INT,  /* int64_t */
	PCHAT_FIELD_FLAG, /* enum pchat_xccos_flag */
	PCHAT_FIELD_TIME, /* int64_t, microseconds */
	PCHAT_FIELD_ROLE, /* enum pchat_xccos_role */
	PCHAT_FIELD_NONE, /* known, but of no use; never written */
};

enum {
	PCHAT_FIELD_EMPTY = 1 << 0,     /* text: written when empty but set */
	PCHAT_FIELD_ALWAYS = 1 << 1,    /* number: written when 0 */
	PCHAT_FIELD_LENIENT = 1 << 2,   /* what cannot be read counts as absent */
	PCHAT_FIELD_READ_ONLY = 1 << 3, /* another spelling of a row above; never written */
};

struct pchat_field {
	const char *name;
	enum pchat_field_type type;
	unsigned flags;
	size_t at;    /* offset of the value */
	size_t has;   /* offset of the bool that says it is there; 0: none */
	size_t limit; /* most characters of a text; 0: PCHAT_XCCOS_URI_MAX */
};

struct pchat_block {
	const char *name; /* of the element */
	size_t size;      /* of the struct */
	const struct pchat_field *fields;
	size_t n_fields;
};

/* Every block: symbol, element, struct. */
#define PCHAT_BLOCKS(X)                            \
	X(aib, "aib", aib)                         \
	X(uib, "uib", uib)                         \
	X(chanid, "chanid", chanid)                \
	X(audit, "audit", audit)                   \
	X(inv, "inv", inv)                         \
	X(msg, "msg", msg)                         \
	X(role, "role", rolelist)                  \
	X(chanib, "chanib", chanib)                \
	X(catib, "catib", catib)                   \
	X(sib, "sib", sib)                         \
	X(qib, "qib", qib)                         \
	X(association, "association", association) \
	X(fib, "fib", fib)                         \
	X(ftdb, "ftdb", ftdb)                      \
	X(token, "token", token)                   \
	X(pref, "pref", pref)                      \
	X(siop, "siop", siop)

#define X(symbol, element, type) extern const struct pchat_block pchat_block_##symbol;
PCHAT_BLOCKS(X)
#undef X

/* The ids of <info> and <prop>. */
#define PCHAT_INFO_UCNT        "urn:parlano:ma:info:ucnt"
#define PCHAT_INFO_VISIBILTY   "urn:parlano:ma:info:visibilty" /* as clients spell it */
#define PCHAT_INFO_VISIBILITY  "urn:parlano:ma:info:visibility"
#define PCHAT_PROP_FILEPOST    "urn:parlano:ma:prop:filepost"
#define PCHAT_PROP_INVITE      "urn:parlano:ma:prop:invite"
#define PCHAT_PROP_LOGGED      "urn:parlano:ma:prop:logged"
#define PCHAT_PROP_INVITELOCAL "urn:parlano:ma:prop:invitelocal"
