/*
 * The inside of an organization, shared by the org_*.c and access_*.c files only.
 *
 * Everything with a name is an entity with a small number, its id. An entity exists from
 * the moment its name is first mentioned; E_KNOWN tells whether there is such an object.
 * Sets hold ids; each entity also knows who holds it ("uses", "parents"), which makes
 * renames, deletions and the question "in which rooms" cheap.
 */
#pragma once

#include <assert.h>

#include "base/hash.h"
#include "policy/access.h"

/* How another object holds an entity, but for what has a list of its own (groups, policies). */
enum pchat_use {
	PCHAT_USE_MEMBER,
	PCHAT_USE_MANAGER,
	PCHAT_USE_PRESENTER,
	PCHAT_USE_ALLOWED,
	PCHAT_USE_DENIED,
	PCHAT_USE_CREATOR,
	PCHAT_USE_REF, /* a reference: the category of a room, the site of a user ... */
};
/* A use is packed into 32 bits, which bounds the number of entities. */
#define PCHAT_USE_BITS         3
#define PCHAT_ID_LIMIT         (UINT32_C(1) << (32 - PCHAT_USE_BITS))
#define PCHAT_USE(id, use)     ((id) << PCHAT_USE_BITS | (uint32_t)(use))
#define PCHAT_USE_ID(packed)   ((packed) >> PCHAT_USE_BITS)
#define PCHAT_USE_KIND(packed) ((enum pchat_use)((packed) & ((1u << PCHAT_USE_BITS) - 1)))

/* A growing bag of numbers, in no order. */
struct pchat_ids {
	uint32_t *v;
	uint32_t n, cap;
};
bool pchat_ids_reserve(struct pchat_ids *ids, size_t more);
void pchat_ids_push(struct pchat_ids *ids, uint32_t value);   /* after a reserve: cannot fail */
void pchat_ids_remove(struct pchat_ids *ids, uint32_t value); /* one, if there */

/* A set of principals: users first, then groups, units and domains, each by id. */
struct pchat_set {
	pchat_id *v;
	uint32_t n, n_users;
};

enum {
	E_KNOWN = 1 << 0,    /* there is such an object; .o is its scalars */
	E_PUT = 1 << 1,      /* put or deleted by the owner of the org: no loader changes it */
	E_SETS = 1 << 2,     /* its sets are complete */
	E_ASKED = 1 << 3,    /* the loader was asked for the object */
	E_FACTS = 1 << 4,    /* the loader was asked what the principal is in */
	E_REFERRED = 1 << 5, /* the loader was asked who refers to it */
	E_GONE = 1 << 6,     /* deleted: nothing finds it any more */
};

/* What an access check reads of a room, category, policy or user, without touching .o */
enum {
	H_DISABLED = 1 << 0,   /* room, user */
	H_AUDITORIUM = 1 << 1, /* room */
	H_ENABLED = 1 << 2,    /* policy */
	H_UPLOAD = 1 << 3,     /* category */
};

#define PCHAT_N_SETS 3
#define PCHAT_N_REFS 3
/* .refs of users: site, unit, domain; groups: unit; units: the unit above; rooms: category,
 * add-in; policies and settings of a site: the site. */
enum {
	REF_SITE = 0,
	REF_USER_UNIT = 1,
	REF_USER_DOMAIN = 2,
	REF_UNIT = 0,
	REF_ABOVE = 0,
	REF_CATEGORY = 0,
	REF_ADDIN = 1
};

struct pchat_entity {
	pchat_id id;
	uint8_t kind, flags, hot, privacy;
	pchat_id refs[PCHAT_N_REFS];
	struct pchat_set sets[PCHAT_N_SETS];
	/* Everything a principal is in, by id, without itself; valid while .aff_gen is that of
	 * the org. */
	pchat_id *aff;
	uint32_t n_aff, aff_gen;
	/* Effective policy of a user; valid while .eff_gen is that of the org. */
	uint32_t eff_gen;
	pchat_id eff_policy;
	uint8_t eff_scope;
	bool eff_enabled;
	/* Of the walk that last came by. */
	uint32_t stamp, depth;
	pchat_id from;
	struct pchat_ids parents;  /* groups that list it */
	struct pchat_ids grants;   /* policies granted to it */
	struct pchat_ids uses;     /* packed */
	struct pchat_object *o;    /* scalars; its sets are empty. NULL unless E_KNOWN */
	char *name;                /* "group:Sales", "Rates desk"; owned */
	char *key;                 /* "group:sales", "room:rates desk": in org->names; owned */
	char *stored, *stored_key; /* what the loader knows it by, after a rename; else NULL */
};

#define PCHAT_CHUNK 512

struct pchat_org {
	struct pchat_org_loader loader;
	bool lazy;       /* there is a loader */
	bool pool_asked; /* and it was asked for the pool */
	void **chunks;   /* of PCHAT_CHUNK entities each */
	size_t n_chunks, cap_chunks;
	pchat_id n;                         /* entities so far */
	struct pchat_ids of[PCHAT_N_KINDS]; /* ids by kind, in the order they came */
	struct pchat_hash names;            /* key -> entity */
	struct pchat_hash guids;            /* guid -> entity */
	struct pchat_hash aliases;          /* key in the store -> entity renamed since */
	uint32_t gen;                       /* goes up when affiliations change */
	uint32_t policy_gen;                /* goes up when effective policies may change */
	uint32_t stamp;
	struct pchat_ids queue; /* of the walk going on */
	struct pchat_buf scratch;
	pchat_id pool_domain; /* the domain groups and units lie in; PCHAT_NO_ID */
};

static inline struct pchat_entity *
pchat_at(const struct pchat_org *org, pchat_id id)
{
	return (struct pchat_entity *)org->chunks[id / PCHAT_CHUNK] + id % PCHAT_CHUNK;
}

/* The entity if @id is one of a stored object of @kind; else NULL. */
static inline struct pchat_entity *
pchat_known(const struct pchat_org *org, pchat_id id, enum pchat_kind kind)
{
	struct pchat_entity *e = id < org->n ? pchat_at(org, id) : NULL;

	return e && e->kind == kind && (e->flags & E_KNOWN) ? e : NULL;
}

static inline bool
pchat_is_principal(enum pchat_kind kind)
{
	return kind == PCHAT_KIND_USER || kind == PCHAT_KIND_GROUP || kind == PCHAT_KIND_UNIT ||
	       kind == PCHAT_KIND_DOMAIN;
}

/* ---- entity.c: names and numbers ---- */

/* The entity called @key ("Sales", users: their URI) of @kind; made when new. NULL without
 * memory. @stored: @key is as the store spells it, so renames since count. */
struct pchat_entity *pchat_entity(struct pchat_org *org, enum pchat_kind kind, struct pchat_str key,
                                  bool stored);
/* The same for "group:Sales". NULL also for what is no principal (*ret_bad). */
struct pchat_entity *pchat_entity_of_principal(struct pchat_org *org, struct pchat_str text,
                                               bool stored);
/* Without making one: NULL if the name was never mentioned. */
struct pchat_entity *pchat_entity_find(struct pchat_org *org, enum pchat_kind kind,
                                       struct pchat_str key);
struct pchat_entity *pchat_entity_by_guid(const struct pchat_org *org, enum pchat_kind kind,
                                          const char *guid);
/* A further entity for a name that is taken from an old one. */
struct pchat_entity *pchat_entity_new(struct pchat_org *org, enum pchat_kind kind, char *name_take,
                                      char *key_take);
bool pchat_entity_key_text(struct pchat_org *org, enum pchat_kind kind, struct pchat_str key,
                           char **ret_name, char **ret_key);
/* Key of its object: the name without the prefix of a principal. */
const char *pchat_entity_key(const struct pchat_entity *e);
void pchat_entity_release(struct pchat_entity *e);
/* Forget caches of one principal; of everybody. */
void pchat_entity_forget(struct pchat_entity *e);
void pchat_org_forget(struct pchat_org *org);

/* ---- idset.c ---- */

/* Number of the set field @field of @kind among its sets, or -1. */
int pchat_set_slot(enum pchat_kind kind, unsigned field);
/* The field of set number @slot. */
unsigned pchat_set_field(enum pchat_kind kind, unsigned slot);
unsigned pchat_set_count(enum pchat_kind kind);
enum pchat_use pchat_set_use(enum pchat_kind kind, unsigned slot);
bool pchat_set_has(const struct pchat_org *org, const struct pchat_set *set, pchat_id id);
/* Make @ret (empty) of @list. */
bool pchat_set_build(struct pchat_org *org, const struct pchat_list *list, bool stored,
                     struct pchat_set *ret);
/* Replace @old by @new in place (drops @old if @new is there too); no memory is needed. */
void pchat_set_rename(const struct pchat_org *org, struct pchat_set *set, pchat_id old,
                      pchat_id new_id);
/* Insert one; false without memory. */
bool pchat_set_insert(const struct pchat_org *org, struct pchat_set *set, pchat_id id);
/* Do two sorted runs of ids have one in common? */
bool pchat_ids_meet(const pchat_id *a, size_t n_a, const pchat_id *b, size_t n_b);
/* Order of a set. */
static inline uint64_t
pchat_set_order(const struct pchat_org *org, pchat_id id)
{
	return (uint64_t)(pchat_at(org, id)->kind != PCHAT_KIND_USER) << 32 | id;
}

/* ---- org_put.c ---- */

/* Who puts an object: the owner of the org; the loader; the loader, but without its sets. */
enum pchat_source { PCHAT_FROM_OWNER, PCHAT_FROM_STORE, PCHAT_FROM_FACTS };
enum pchat_code pchat_org_put_from(struct pchat_org *org, const struct pchat_object *o,
                                   enum pchat_source source, struct pchat_err *err);
/* Tie a principal to a group (or policy) the loader says it is in (was granted). */
bool pchat_org_tie(struct pchat_org *org, struct pchat_entity *holder, struct pchat_entity *held);

/* ---- org_load.c: make sure something is there; at once without a loader ---- */

enum pchat_code pchat_load_object(struct pchat_org *org, struct pchat_entity *e,
                                  struct pchat_err *err);
enum pchat_code pchat_load_pool(struct pchat_org *org, struct pchat_err *err);
enum pchat_code pchat_load_facts(struct pchat_org *org, struct pchat_entity *e,
                                 struct pchat_err *err);
/* That it exists: facts for principals, else the object. */
enum pchat_code pchat_load(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err);
/* Know every stored object of the kind. */
enum pchat_code pchat_load_all(struct pchat_org *org, enum pchat_kind kind, struct pchat_err *err);
enum pchat_code pchat_load_referrers(struct pchat_org *org, struct pchat_entity *e,
                                     struct pchat_err *err);

/* ---- walk.c ---- */

/* All that @e is in, nearest first, into org->queue (@e itself first). The stamps, depths and
 * .from of the entities tell the ways until the next walk. */
enum pchat_code pchat_walk(struct pchat_org *org, struct pchat_entity *e, struct pchat_err *err);
/* The same, but only groups: what a group would have to list to contain itself. */
enum pchat_code pchat_walk_groups(struct pchat_org *org, struct pchat_entity *e,
                                  struct pchat_err *err);
/* Make .aff of @e current. */
enum pchat_code pchat_affiliate(struct pchat_org *org, struct pchat_entity *e,
                                struct pchat_err *err);
/* Does @set hold @e or something it is in? .aff must be current. */
bool pchat_listed(const struct pchat_org *org, const struct pchat_entity *e,
                  const struct pchat_set *set);

/* ---- effective.c ---- */

/* Make the effective policy of @e current. */
enum pchat_code pchat_effective_update(struct pchat_org *org, struct pchat_entity *e,
                                       struct pchat_err *err);
