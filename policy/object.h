/*
 * Objects as they are administered: one record type for all kinds, described by
 * fields.def. An object owns its texts. References are names, sets of principals
 * are sorted arrays of canonical principals ("group:Sales").
 */
#pragma once

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

enum pchat_kind {
#define KIND(symbol, word, section, singleton, help) PCHAT_KIND_##symbol,
#define FIELD(...)
#include "policy/fields.def"
#undef KIND
#undef FIELD
	PCHAT_N_KINDS
};

/* PCHAT_ROOM_CATEGORY and so on: the index of a field in its kind. */
#define KIND(symbol, word, section, singleton, help) \
	}                                            \
	;                                            \
	enum pchat_field_of_##symbol                 \
	{
#define FIELD(kind, symbol, ...) PCHAT_##kind##_##symbol,
enum pchat_field_dummy {
	PCHAT_FIELD_DUMMY,
#include "policy/fields.def"
};
#undef KIND
#undef FIELD

enum pchat_type {
	PCHAT_TYPE_TEXT,
	PCHAT_TYPE_NAME,
	PCHAT_TYPE_SIP_URI,
	PCHAT_TYPE_HTTP_URL,
	PCHAT_TYPE_BOOL,
	PCHAT_TYPE_UINT,
	PCHAT_TYPE_DURATION,
	PCHAT_TYPE_ENUM,
	PCHAT_TYPE_REF,
	PCHAT_TYPE_PRINCIPALS,
};

enum {
	PCHAT_REQUIRED = 1 << 0,  /* has to be given at create, never empty */
	PCHAT_FIXED = 1 << 1,     /* stays what it was at create */
	PCHAT_PURGED = 1 << 2,    /* roles that narrowing a category removes */
	PCHAT_AS_DOMAIN = 1 << 3, /* a domain name, kept in lower case */
	PCHAT_AS_PATH = 1 << 4,   /* parts separated by '/', none of them empty */
	PCHAT_LINES = 1 << 5,     /* may hold line breaks and tabs */
	PCHAT_SPELLED = 1 << 6,   /* the user part of a SIP URI keeps its case */
};

/* Values of the ENUM fields, in the order of their words in fields.def. */
enum { PCHAT_POOL_NORMAL, PCHAT_POOL_FAILED_OVER };
enum { PCHAT_ROOM_NORMAL, PCHAT_ROOM_AUDITORIUM };
enum { PCHAT_PRIVACY_OPEN, PCHAT_PRIVACY_CLOSED, PCHAT_PRIVACY_SECRET };
enum { PCHAT_INVITATIONS_INHERIT, PCHAT_INVITATIONS_FALSE };
enum { PCHAT_MASKS_LEGACY, PCHAT_MASKS_DOCUMENTED };
enum {
	PCHAT_AUTHENTICATION_DIGEST,
	PCHAT_AUTHENTICATION_NONE,
	PCHAT_AUTHENTICATION_KERBEROS,
	PCHAT_AUTHENTICATION_NTLM,
	PCHAT_AUTHENTICATION_KERBEROS_NTLM,
};
enum { PCHAT_ADAPTER_NONE, PCHAT_ADAPTER_XML };

struct pchat_field {
	const char *name; /* lowerCamelCase, as in manifests and JSON */
	enum pchat_type type;
	enum pchat_kind ref;      /* REF */
	const char *const *words; /* ENUM; NULL-terminated; the value is the index */
	uint64_t min, max;
	const char *preset; /* default as text; "" = empty, zero, false or the first word */
	unsigned flags;
	const char *help;
};

struct pchat_kind_info {
	const char *word;    /* "room" */
	const char *section; /* "rooms" */
	bool singleton;
	const char *help;
	const struct pchat_field *fields;
	size_t n_fields;
};

#define PCHAT_MAX_FIELDS 24

const struct pchat_kind_info *pchat_kind_info(enum pchat_kind kind);
bool pchat_kind_by_word(struct pchat_str word, enum pchat_kind *ret);
bool pchat_kind_by_section(struct pchat_str section, enum pchat_kind *ret);
/* Index of the field, or -1. */
int pchat_field_by_name(enum pchat_kind kind, struct pchat_str name);

/* A set of principals or names: sorted by their folded form, no duplicates. Functions that
 * return bool fail for want of memory only, unless they say otherwise. */
struct pchat_list {
	char **v; /* owned, each owned */
	size_t n, cap;
};
void pchat_list_release(struct pchat_list *l);
/* Insert a copy where it belongs; an equal one (without case) already there is success. */
bool pchat_list_add(struct pchat_list *l, struct pchat_str item);
/* False if it was not in. */
bool pchat_list_remove(struct pchat_list *l, struct pchat_str item);
bool pchat_list_has(const struct pchat_list *l, struct pchat_str item);
/* @to must be empty; it stays empty on failure. */
bool pchat_list_copy(struct pchat_list *to, const struct pchat_list *from);
/* The same members, without regard to case. */
bool pchat_list_eq(const struct pchat_list *a, const struct pchat_list *b);
/* Append without order (bulk load), then sort and unify once. */
bool pchat_list_append(struct pchat_list *l, struct pchat_str item);
void pchat_list_sort(struct pchat_list *l);

union pchat_value {
	char *text;             /* TEXT NAME SIP_URI HTTP_URL REF; owned; never NULL */
	bool flag;              /* BOOL */
	uint64_t number;        /* UINT, DURATION (seconds), ENUM (index of the word) */
	struct pchat_list list; /* PRINCIPALS */
};

struct pchat_object {
	enum pchat_kind kind;
	char guid[PCHAT_GUID_LEN + 1]; /* "" until the store or the manifest gives one */
	uint64_t revision;             /* of the last change; 0 = not stored */
	int64_t created, updated;      /* microseconds UTC; 0 = not stored */
	char *created_by, *updated_by; /* actor; owned; NULL if unknown */
	uint32_t set;                  /* bit i: field i was given (manifest, options) */
	unsigned line, column;         /* where it stands in its manifest; 0 = nowhere */
	const char *file;              /* borrowed */
	union pchat_value v[];         /* n_fields of the kind */
};

/* A new object with every field at its default and .set empty; NULL if there is no memory. */
struct pchat_object *pchat_object_new(enum pchat_kind kind);
void pchat_object_free(struct pchat_object *o);
PCHAT_AUTO_DEFINE(object, pchat_object_free)
struct pchat_object *pchat_object_copy(const struct pchat_object *o);
/* The same, but with empty sets. */
struct pchat_object *pchat_object_copy_scalars(const struct pchat_object *o);
/* The key (first field): "Rates desk". */
const char *pchat_object_key(const struct pchat_object *o);

/*
 * Set a scalar field from text: checks type, range, length, UTF-8, control characters
 * and canonicalizes (SIP URIs: lower case, "sip:" added when missing; principals likewise).
 * Empty text clears an optional text. For PRINCIPALS a comma-separated list replaces the
 * set; a comma or backslash inside a name has a backslash in front of it.
 * PCHAT_INVALID or PCHAT_LIMIT with a message that names field and value and a hint that
 * says what would be right; the object is then as before.
 */
enum pchat_code pchat_object_set(struct pchat_object *o, unsigned field, struct pchat_str text,
                                 struct pchat_err *err);
/* Add one principal to / take it from a set; canonicalizes. Adding what is there and dropping
 * what is not there succeed. */
enum pchat_code pchat_object_add(struct pchat_object *o, unsigned field, struct pchat_str item,
                                 struct pchat_err *err);
enum pchat_code pchat_object_drop(struct pchat_object *o, unsigned field, struct pchat_str item,
                                  struct pchat_err *err);
/* A scalar as canonical text ("true", "30", "closed", "15m"); lists joined by ',': what
 * pchat_object_set() takes. */
void pchat_object_get_text(const struct pchat_object *o, unsigned field, struct pchat_buf *out);
/* Is the field at its default? */
bool pchat_object_is_default(const struct pchat_object *o, unsigned field);
/* Sets and references are compared without regard to case, other texts octet by octet. */
bool pchat_object_field_eq(const struct pchat_object *a, const struct pchat_object *b,
                           unsigned field);
/* All fields equal (not guid, revision, times). */
bool pchat_object_eq(const struct pchat_object *a, const struct pchat_object *b);

/* ---- principals: sip:user@domain, group:Name, ou:Path/Of/Units, domain:contoso.example ---- */

/* Kind of a canonical or raw principal by its prefix; false if there is none of the four.
 * *ret_key is the key of the object: "Sales", and for users all of "sip:amy@...". */
bool pchat_principal_split(struct pchat_str text, enum pchat_kind *ret_kind,
                           struct pchat_str *ret_key);
/* Canonical form appended to @out; @text may be "amy@contoso.example". */
enum pchat_code pchat_principal_canonical(struct pchat_str text, struct pchat_buf *out,
                                          struct pchat_err *err);
/* Canonical form of "user@domain", "sip:User@Domain:5061;params": sip:user@domain in lower
 * case, without port and parameters. Non-ASCII, passwords and other schemes are refused. */
enum pchat_code pchat_sip_uri_canonical(struct pchat_str text, struct pchat_buf *out,
                                        struct pchat_err *err);
/* The principal of a stored object: "group:Sales"; user objects are their URI. */
void pchat_principal_of(enum pchat_kind kind, const char *key, struct pchat_buf *out);
