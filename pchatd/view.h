/*
 * What the daemon knows of the organization: everything in the store, in memory, as
 * of one revision. Filled once at start, then patched row by row from the journal
 * (pchatd/feed.h), so that no decision on the way of a message asks the store.
 *
 * Belongs to the SIP loop. Records stay where they are while they exist: pointers to
 * them are good until the `_gone` call of the watcher.
 */
#pragma once

#include "base/hash.h"
#include "base/vec.h"
#include "pchatd/channel/room.h"
#include "policy/access.h"
#include "schema/store.h"

struct pchat_user {
	char *uri;     /* canonical: sip:amy@contoso.example */
	char *name;    /* user part: amy */
	char *display; /* display name, else the user part */
	char *folded;  /* display name and URI, for search */
	char guid[PCHAT_GUID_LEN + 1];
	pchat_id id;
	bool disabled;
	bool gone;   /* deleted, kept for sessions not yet closed */
	bool review; /* to be looked at again: pchatd/review.h */
	struct pchat_person person;
	uint32_t conns; /* connections signed in as this user */
	uint32_t place; /* among all users of the view */
};

struct pchat_category {
	char *uri; /* ma-cat://contoso.example/GUID */
	char *name;
	char *folded;
	char *description;
	char guid[PCHAT_GUID_LEN + 1];
	bool invitations, file_upload, history;
};

struct pchat_room {
	char *uri; /* ma-chan://contoso.example/GUID */
	char *name;
	char *folded; /* name, for order and search */
	char *description;
	char *folded_description;
	char *addin; /* name; NULL if none */
	char *category_name;
	struct pchat_category *category; /* NULL while unknown */
	char guid[PCHAT_GUID_LEN + 1];
	char *created_by, *updated_by; /* NULL if unknown */
	int64_t created, updated;
	pchat_id id;
	unsigned privacy; /* PCHAT_PRIVACY_ (policy/object.h) */
	bool auditorium;
	bool disabled;
	bool invitations; /* inherit; false: never */
	bool review;
	bool tell; /* facts changed and those concerned have not been told: pchatd/review.h */
	struct pchat_channel channel;
};

struct pchat_addin {
	char *name, *url;
	char guid[PCHAT_GUID_LEN + 1];
};

/* Service settings in force (administration.md section 9). */
struct pchat_settings {
	uint32_t default_history, participant_limit, search_limit;
	uint32_t message_limit, story_limit; /* octets */
	uint32_t session_timer;              /* seconds */
	uint32_t sessions_per_user;
	uint32_t message_rate; /* INFO of a session in a second; 0: not counted */
	uint32_t connections, connections_per_address;
	uint32_t unauthenticated; /* connections nobody has signed in on */
	uint32_t connection_rate; /* new ones of an address in a second; 0: not counted */
	unsigned authentication;  /* PCHAT_AUTHENTICATION_... */
	bool realm_is_domain;     /* principals of the pool's realm are users of its domain */
	bool new_content;         /* news of followed rooms are told */
	bool documented_masks;    /* permission masks have the documented bits alone */
	bool acknowledge, echo;   /* what the author of a post gets */
	char *management_url;     /* "" if none */
	char *file_url;           /* of the file transfer service; "" if none */
};

/* How a change is told. Every member may be NULL. */
struct pchat_view_watcher {
	/* The room changed: with @facts name, privacy and what else clients are shown; without,
	 * only its lists or the scope of its category. */
	void (*room_changed)(void *ctx, struct pchat_room *room, bool facts);
	/* Deleted; freed after the call, so nobody may be in it then. */
	void (*room_gone)(void *ctx, struct pchat_room *room);
	/* Facts of the user changed, or what he belongs to. */
	void (*user_changed)(void *ctx, struct pchat_user *user);
	/* Deleted: .gone is set; freed once .person is empty and .conns is 0 (pchat_view_forget()).
	 */
	void (*user_gone)(void *ctx, struct pchat_user *user);
	/* Policies or memberships changed: any user may be concerned. */
	void (*everybody)(void *ctx);
};

struct pchat_view;
/* An empty view. @watcher is borrowed. */
enum pchat_code pchat_view_new(const struct pchat_view_watcher *watcher, void *ctx,
                               struct pchat_view **ret_view, struct pchat_err *err);
void pchat_view_free(struct pchat_view *view);
PCHAT_AUTO_DEFINE(view, pchat_view_free)

/* Read all of @store. The watcher hears nothing of it. */
enum pchat_code pchat_view_load(struct pchat_view *view, struct pchat_store *store,
                                struct pchat_err *err);
/* Carry out one row of the journal. @object is the state after it, for a deletion the one before.
 * Rows already contained in what was loaded do no harm. */
enum pchat_code pchat_view_apply(struct pchat_view *view, uint64_t revision, enum pchat_op op,
                                 const struct pchat_object *object, struct pchat_err *err);
/* All rows up to @revision have been applied. */
void pchat_view_reached(struct pchat_view *view, uint64_t revision);
uint64_t pchat_view_revision(const struct pchat_view *view);

struct pchat_org *pchat_view_org(const struct pchat_view *view);
/* Of the service (administration.md 9): those of the pool, else the global ones. For rooms and for
 * what belongs to no user. */
const struct pchat_settings *pchat_view_settings(const struct pchat_view *view);
/* Of a session of @user: those of the pool, else of the user's site, else the global ones. */
const struct pchat_settings *pchat_view_settings_of(const struct pchat_view *view,
                                                    const struct pchat_user *user);
const char *pchat_view_domain(const struct pchat_view *view); /* contoso.example */
const char *pchat_view_pool_uri(const struct pchat_view *view);
const char *pchat_view_pool_name(const struct pchat_view *view); /* shown to users */
const char *pchat_view_root_uri(const struct pchat_view *view);  /* ma-cat://... of the root */
const char *pchat_view_store_id(const struct pchat_view *view);
/* Is @uri (canonical) the pool or one of its further endpoints? */
bool pchat_view_is_ours(const struct pchat_view *view, const char *uri);

/* May the server of that name take new sessions (administration.md 3.8)? One that is not listed
 * may: there are pools that name no servers. */
bool pchat_view_serves(const struct pchat_view *view, const char *server);

/* By canonical URI, or NULL. */
struct pchat_user *pchat_view_user(const struct pchat_view *view, struct pchat_str uri);
/* By name without regard to case, or NULL. */
struct pchat_room *pchat_view_room_named(const struct pchat_view *view, struct pchat_str name);
/* Of a user the org knows by @id, or NULL. */
struct pchat_user *pchat_view_user_of(const struct pchat_view *view, pchat_id id);
/* By guid, in any letter case, or NULL. */
struct pchat_room *pchat_view_room(const struct pchat_view *view, struct pchat_str guid);
const struct pchat_category *pchat_view_category(const struct pchat_view *view,
                                                 struct pchat_str guid);
const struct pchat_addin *pchat_view_addin(const struct pchat_view *view, struct pchat_str guid);
/* That of a room, or NULL. */
const struct pchat_addin *pchat_view_addin_of(const struct pchat_view *view,
                                              const struct pchat_room *room);
/* All add-ins, as pchat_view_next_user(). */
const struct pchat_addin *pchat_view_next_addin(const struct pchat_view *view, size_t *i);
/* All rooms in the order of their folded names. */
struct pchat_room *const *pchat_view_rooms(const struct pchat_view *view, size_t *ret_n);

/* Which octets stand beside each other in a text, as a set of 128 bits into which all pairs are
 * hashed. A text has all pairs of each of its parts, so most that do not have a part are told at a
 * glance. { 0 } is the set of the empty text. */
struct pchat_pairs {
	uint64_t bits[2];
};
void pchat_pairs_add(struct pchat_pairs *pairs, const char *text);

/* Users stand in places, which they keep; new ones may take the places of those who went. */
size_t pchat_view_places(const struct pchat_view *view);
/* The next user, from place *@at on and before place @end, whose folded name, URI and email address
 * together have the pairs of @wanted; NULL if there is none. *@at moves behind what was looked at.
 */
struct pchat_user *pchat_view_next_user(const struct pchat_view *view,
                                        const struct pchat_pairs *wanted, size_t end, size_t *at);

/* Free a user that is .gone, if nothing holds it any more. */
void pchat_view_forget(struct pchat_view *view, struct pchat_user *user);

/* The room whose channel that is. */
struct pchat_room *pchat_room_of(struct pchat_channel *channel);
/* Effective invitations of the room: its category's, unless it says never. */
bool pchat_room_invites(const struct pchat_room *room);
/* PCHAT_ACTION_ of @user in @room, without trace. */
bool pchat_view_may(struct pchat_view *view, const struct pchat_user *user,
                    const struct pchat_room *room, enum pchat_action action);
/* May he make rooms in the category? */
bool pchat_view_may_create(struct pchat_view *view, const struct pchat_user *user,
                           const struct pchat_category *category);
unsigned pchat_view_roles(struct pchat_view *view, const struct pchat_user *user,
                          const struct pchat_room *room);
bool pchat_view_enabled(struct pchat_view *view, const struct pchat_user *user);
