/*
 * The organization as rules see it: users, groups, units and domains with what
 * contains what; policies and grants; categories and rooms with their lists, all
 * compiled to small integers. Built whole from a store (pchatd), or filled on
 * demand through a loader (pchatctl), and patched object by object as the store
 * changes. No I/O of its own.
 *
 * Affiliations (everything a user is in, directly or through nesting) are computed
 * upward from the user when first asked for and kept until a group, unit, user or
 * domain changes. What is not stored (a group named by a room, but deleted) is in no
 * affiliation and matches nobody.
 *
 * Asking fills caches: one org belongs to one thread.
 */
#pragma once

#include "policy/object.h"

typedef uint32_t pchat_id; /* of a principal, category, room, policy ... within one org */
#define PCHAT_NO_ID UINT32_MAX

struct pchat_org;

/* Facts about one principal, as a loader gives them. */
struct pchat_principal_facts {
	char guid[PCHAT_GUID_LEN + 1];
	bool disabled;                    /* users */
	char *name;                       /* canonical spelling ("group:Sales"), owned */
	char *display_name, *site, *unit; /* owned or NULL; unit also for groups */
	struct pchat_list containers;     /* groups that list it directly ("group:Sales") */
	char *policy;                     /* policy granted to it directly, or NULL */
};
void pchat_principal_facts_release(struct pchat_principal_facts *f);

/*
 * Fills the org on demand. Each callback returns PCHAT_OK and leaves the result empty
 * (*ret = NULL, *ret_found = false) when there is no such object. Keys are compared without
 * regard to case; the pool is asked for with the key "". What was put into the org or deleted
 * from it is never asked for again, so that the loader may go on showing the store as it was.
 */
struct pchat_org_loader {
	void *ctx;
	enum pchat_code (*principal)(void *ctx, const char *principal, bool *ret_found,
	                             struct pchat_principal_facts *ret, struct pchat_err *err);
	enum pchat_code (*object)(void *ctx, enum pchat_kind kind, const char *key,
	                          struct pchat_object **ret, struct pchat_err *err);
	/* The objects that name @key in a reference or a list (rooms of a category, lists that
	 * hold a principal, users of a site ...) or have it in their own name (policies and
	 * settings of "site:leeds", units right below a unit): @each is called with each of them,
	 * whole and borrowed, until it returns something other than PCHAT_OK, which is passed
	 * on. @key is that of the object ("Sales"; users: their URI). */
	enum pchat_code (*referrers)(void *ctx, enum pchat_kind kind, const char *key,
	                             enum pchat_code (*each)(void *ectx,
	                                                     const struct pchat_object *o,
	                                                     struct pchat_err *err),
	                             void *ectx, struct pchat_err *err);
	/* Every object of a kind, whole and borrowed, like .referrers. May be NULL: rules that
	 * count objects see those the org knows. */
	enum pchat_code (*each)(void *ctx, enum pchat_kind kind,
	                        enum pchat_code (*each)(void *ectx, const struct pchat_object *o,
	                                                struct pchat_err *err),
	                        void *ectx, struct pchat_err *err);
	/* The name of an object of the kind that @key may have been meant to be, malloc'ed; NULL
	 * if none is near. Asked only for the remedy of a refusal. May be NULL. */
	char *(*nearest)(void *ctx, enum pchat_kind kind, const char *key);
};

/* @loader NULL: what is not put does not exist. The loader is copied. */
struct pchat_org *pchat_org_new(const struct pchat_org_loader *loader);
void pchat_org_free(struct pchat_org *org);
PCHAT_AUTO_DEFINE(org, pchat_org_free)

/*
 * Add or replace one object (found again by guid, else by key; a known guid with a new key is a
 * rename and keeps its id). References to objects not yet known are kept by name and resolve
 * when those appear, so the order of puts does not matter. An id is never given to another
 * object while the org lives. On failure the object is as it was.
 */
enum pchat_code pchat_org_put(struct pchat_org *org, const struct pchat_object *o,
                              struct pchat_err *err);
enum pchat_code pchat_org_delete(struct pchat_org *org, enum pchat_kind kind, const char *key,
                                 struct pchat_err *err);

/* Look up by canonical principal, room name, category name; PCHAT_NO_ID if there is none.
 * (With a loader these may read the store: PCHAT_NO_ID and *err filled on failure.) */
pchat_id pchat_org_principal(struct pchat_org *org, const char *principal, struct pchat_err *err);
pchat_id pchat_org_room(struct pchat_org *org, const char *name, struct pchat_err *err);
pchat_id pchat_org_room_by_guid(struct pchat_org *org, const char *guid);
pchat_id pchat_org_category(struct pchat_org *org, const char *name, struct pchat_err *err);
pchat_id pchat_org_category_by_guid(struct pchat_org *org, const char *guid);
/* A user, group, unit or domain. */
pchat_id pchat_org_principal_by_guid(struct pchat_org *org, const char *guid);
/* Any kind by its key. */
pchat_id pchat_org_find(struct pchat_org *org, enum pchat_kind kind, const char *key,
                        struct pchat_err *err);

/*
 * ---- what the objects are ----
 *
 * Borrowed texts live until the object they belong to is put or deleted. Ids of deleted
 * objects are allowed: there is nothing to see then (false, NULL).
 */

struct pchat_room_view {
	const char *name, *guid, *description;
	const char *created_by, *updated_by; /* NULL if unknown */
	int64_t created, updated;            /* 0 if unknown */
	uint64_t revision;
	pchat_id category; /* PCHAT_NO_ID if it does not exist */
	pchat_id addin;    /* PCHAT_NO_ID if none */
	unsigned privacy;  /* PCHAT_PRIVACY_ */
	bool auditorium, disabled;
	bool inherits;                          /* the room's own setting of invitations */
	bool invitations, file_upload, history; /* in effect: bounded by the category */
};
bool pchat_org_room_view(struct pchat_org *org, pchat_id room, struct pchat_room_view *ret);

struct pchat_user_view {
	const char *uri, *guid, *display_name, *email, *company;
	bool disabled;
	pchat_id site, unit; /* PCHAT_NO_ID if none */
};
bool pchat_org_user_view(struct pchat_org *org, pchat_id user, struct pchat_user_view *ret);

/* The scalar fields of any object as they were put: its sets are empty here, and a reference is
 * spelled as it was then. NULL if deleted or only named. */
const struct pchat_object *pchat_org_facts(struct pchat_org *org, pchat_id id);
/* Name of anything, also of what is only named: principals as "group:Sales", others their key. */
const char *pchat_org_name(const struct pchat_org *org, pchat_id id);
enum pchat_kind pchat_org_kind(const struct pchat_org *org, pchat_id id);
/* The set in @field (PCHAT_ROOM_MEMBERS ...) of an object; *ret_n ids, borrowed. */
const pchat_id *pchat_org_list(const struct pchat_org *org, pchat_id id, unsigned field,
                               size_t *ret_n);
/* The whole object as it was put, sets in their present names: what a change starts from.
 * PCHAT_NOT_FOUND if it is deleted. */
enum pchat_code pchat_org_object(struct pchat_org *org, pchat_id id, struct pchat_object **ret,
                                 struct pchat_err *err);

/* All stored objects of a kind: size_t pos = 0; while (pchat_org_next(org, kind, &pos, &id)) ...
 * In the order they came. With a loader: those loaded so far. */
bool pchat_org_next(const struct pchat_org *org, enum pchat_kind kind, size_t *pos, pchat_id *ret);

/* The pool, or NULL. */
const struct pchat_object *pchat_org_pool(struct pchat_org *org, struct pchat_err *err);
#define PCHAT_DEFAULT_SERVICE "GC-1-PersistentChatService-1" /* of a pool without a URI */
/* A pool is one service, named by the user part of its SIP URI: NAME in "service:NAME". Malloc'ed;
 * NULL if there is no pool or no memory. */
char *pchat_org_service(struct pchat_org *org, struct pchat_err *err);
/* The SETTINGS or COMPLIANCE object in force: service:@service, else site:@site, else global;
 * the first found counts as a whole (administration.md 9). Names may be NULL. NULL if there is
 * none: defaults apply. */
const struct pchat_object *pchat_org_settings(struct pchat_org *org, enum pchat_kind kind,
                                              const char *service, const char *site,
                                              struct pchat_err *err);

/*
 * ---- who is where ----
 *
 * Callbacks return false to stop. They must not change the org. Without a loader these see
 * everything; with one only what was loaded.
 */

typedef bool (*pchat_room_fn)(void *ctx, pchat_id room, unsigned roles);
/* Rooms in which @user has one of the roles @mask (PCHAT_ROLE_ flags of access.h) by himself or
 * by something he is in, and is in scope; each once, with all roles held. Disabled ones too.
 * False if memory ended. */
bool pchat_org_each_role(struct pchat_org *org, pchat_id user, unsigned mask, pchat_room_fn each,
                         void *ctx);
/* Rooms a search by @user may show (PCHAT_ACTION_FIND); roles are 0. False if memory ended. */
bool pchat_org_each_visible(struct pchat_org *org, pchat_id user, pchat_room_fn each, void *ctx);
/* Rooms of a category; roles are 0. */
void pchat_org_each_room_of(struct pchat_org *org, pchat_id category, pchat_room_fn each,
                            void *ctx);

typedef bool (*pchat_id_fn)(void *ctx, pchat_id id);
/* Categories in which @user may create rooms (PCHAT_ACTION_CREATE). False if memory ended. */
bool pchat_org_each_creatable(struct pchat_org *org, pchat_id user, pchat_id_fn each, void *ctx);
/* Every stored user @principal stands for: himself, or all in the group, unit or domain. Each
 * once. False if memory ended. */
bool pchat_org_each_user_under(struct pchat_org *org, pchat_id principal, pchat_id_fn each,
                               void *ctx);
/* Everything @principal is in, directly or through nesting (getuser's "affil"); not itself. */
enum pchat_code pchat_org_affiliations(struct pchat_org *org, pchat_id principal,
                                       const pchat_id **ret, size_t *ret_n, struct pchat_err *err);
/* Something @principal is or is in is allowed in @category and nothing denied: he may have roles
 * in its rooms (administration.md 5.4). For a group, unit or domain also what it lies in: its
 * unit and the domain of the pool (5.3). */
enum pchat_code pchat_org_in_scope(struct pchat_org *org, pchat_id principal, pchat_id category,
                                   bool *ret, struct pchat_err *err);
