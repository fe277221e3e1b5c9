/*
 * The organization as rules see it: users, groups, units and domains with what
 * contains what; policies and grants; categories and rooms with their lists, all
 * compiled to small integers. Built whole from a store (pchatd), or filled on
 * demand through a loader (pchatctl), and patched object by object as the store
 * changes. No I/O of its own.
 *
 * Affiliations (everything a user is in, directly or through nesting) are computed
 * upward from the user when first asked for and kept until a group, unit, user or
 * domain changes.
 */
#pragma once

#include "policy/object.h"

typedef uint32_t pchat_id; /* of a principal, category, room, policy ... within one org */
#define PCHAT_NO_ID UINT32_MAX

struct pchat_org;

/* Facts about one principal, as a loader gives them. */
struct pchat_principal_facts {
	char guid[PCHAT_GUID_LEN + 1];
	bool disabled;               /* users */
	char *name;                  /* canonical spelling, owned */
	char *display_name, *site, *unit; /* owned or NULL; unit also for groups */
	struct pchat_list containers; /* groups that list it directly ("group:Sales") */
	char *policy;                /* policy granted to it directly, or NULL */
};
void pchat_principal_facts_release(struct pchat_principal_facts *f);

/*
 * Fills the org on demand. Each callback returns PCHAT_OK and leaves the result empty
 * (*ret = NULL, *ret_found = false) when there is no such object.
 */
struct pchat_org_loader {
	void *ctx;
	enum pchat_code (*principal)(void *ctx, const char *principal, bool *ret_found,
				     struct pchat_principal_facts *ret, struct pchat_err *err);
	enum pchat_code (*object)(void *ctx, enum pchat_kind kind, const char *key,
				  struct pchat_object **ret, struct pchat_err *err);
	/* The objects that name @key in a reference or a list (rooms of a category, lists that
	 * hold a principal, users of a site ...): @each is called with each, borrowed. */
	enum pchat_code (*referrers)(void *ctx, enum pchat_kind kind, const char *key,
				     enum pchat_code (*each)(void *ectx, const struct pchat_object *o,
							     struct pchat_err *err),
				     void *ectx, struct pchat_err *err);
};

/* @loader NULL: what is not put does not exist. The loader is copied. */
struct pchat_org *pchat_org_new(const struct pchat_org_loader *loader);
void pchat_org_free(struct pchat_org *org);
PCHAT_AUTO_DEFINE(org, pchat_org_free)

/*
 * Add or replace one object (found again by guid, else by key). References to objects
 * not yet known are kept by name and resolve when those appear, so the order of puts
 * does not matter.
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
