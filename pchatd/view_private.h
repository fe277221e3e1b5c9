/* What the files of the view share. */
#pragma once

#include "pchatd/view.h"

struct pchat_scoped_settings {
	pchat_id site;
	struct pchat_settings settings; /* its URLs are owned */
};

/* A place among the users: what a search looks at, all together. */
struct pchat_listed {
	struct pchat_user *user; /* NULL: free */
	struct pchat_pairs pairs;
};

struct pchat_view {
	const struct pchat_view_watcher *watcher;
	void *ctx;
	struct pchat_org *org;
	uint64_t revision;
	bool loading; /* keep no order, tell nobody */

	char *domain, *pool_uri, *pool_name, *root_uri;
	char store_id[PCHAT_GUID_LEN + 1];

	struct pchat_hash users; /* by uri */
	struct pchat_hash users_by_guid;
	PCHAT_VEC(struct pchat_listed) people;
	PCHAT_VEC(uint32_t) free_places;      /* room for all of them */
	struct pchat_hash rooms;              /* by guid */
	struct pchat_hash categories;         /* by guid */
	struct pchat_hash categories_by_name; /* by folded name */
	struct pchat_hash addins;             /* by guid */
	PCHAT_VEC(struct pchat_room *) sorted;
	PCHAT_VEC(char *) endpoints;
	struct pchat_settings effective;
	/* Of sites whose users have other settings than these, by the id of the site. */
	PCHAT_VEC(struct pchat_scoped_settings) scoped;
	size_t orphans; /* rooms whose category is not known yet */
};

/* record.c: the strings of records, from objects. The new text replaces the old only if all of it
 * could be built; false if there is no memory. */
bool pchat_user_fill(struct pchat_user *u, const struct pchat_object *o);
bool pchat_room_fill(struct pchat_room *r, const struct pchat_object *o, const char *domain);
/* All but .folded, which is a key of a table: view_rooms.c. */
bool pchat_category_fill(struct pchat_category *c, const struct pchat_object *o,
                         const char *domain);
bool pchat_addin_fill(struct pchat_addin *a, const struct pchat_object *o);
void pchat_user_free(struct pchat_user *u);
void pchat_room_free(struct pchat_room *r);
void pchat_category_free(struct pchat_category *c);
void pchat_addin_free(struct pchat_addin *a);
/* Does the record show clients the same as the object would? */
bool pchat_room_shows(const struct pchat_room *r, const struct pchat_object *o);
/* Text of a field, never NULL. */
const char *pchat_field_text(const struct pchat_object *o, unsigned field);

/* view_people.c: users in their places. False without memory. */
bool pchat_view_list_user(struct pchat_view *view, struct pchat_user *user);
void pchat_view_unlist_user(struct pchat_view *view, const struct pchat_user *user);
/* After .folded or the email address has changed. */
void pchat_view_note_pairs(struct pchat_view *view, const struct pchat_user *user,
                           const char *email);

/* view_put.c: one object into org and records, or out of them. */
enum pchat_code pchat_view_put(struct pchat_view *view, const struct pchat_object *o,
                               struct pchat_err *err);
enum pchat_code pchat_view_delete(struct pchat_view *view, const struct pchat_object *o,
                                  struct pchat_err *err);
/* Index of @uri among the endpoints, or their number. */
size_t pchat_view_endpoint_at(const struct pchat_view *view, const char *uri);

/* view_settings.c: find the settings in force. */
enum pchat_code pchat_view_settle(struct pchat_view *view, struct pchat_err *err);
void pchat_view_settings_release(struct pchat_view *view);

/* view_rooms.c: categories and rooms. */
enum pchat_code pchat_view_put_category(struct pchat_view *view, const struct pchat_object *o,
                                        struct pchat_err *err);
void pchat_view_delete_category(struct pchat_view *view, const char *guid);
enum pchat_code pchat_view_put_room(struct pchat_view *view, const struct pchat_object *o,
                                    struct pchat_err *err);
void pchat_view_delete_room(struct pchat_view *view, const char *guid);
/* Rooms into the order of their names, after a load. */
void pchat_view_sort(struct pchat_view *view);

/* The rooms that show the add-in. */
void pchat_view_tell_addin(struct pchat_view *view, const struct pchat_addin *a);

/* view_tell.c: tell the watcher, unless the view is being loaded. */
void pchat_view_tell_room(struct pchat_view *view, struct pchat_room *room, bool facts);
void pchat_view_tell_user(struct pchat_view *view, struct pchat_user *user);
void pchat_view_tell_everybody(struct pchat_view *view);
/* Tell of those a group holds or a policy is granted to, as the org has it now. */
void pchat_view_touch(struct pchat_view *view, const struct pchat_object *o);
/* Is a change of @o one that may concern anybody; or those pchat_view_touch() finds? */
bool pchat_view_concerns_everybody(const struct pchat_object *o);
bool pchat_view_concerns_some(const struct pchat_object *o);
