/* What the rules of access look at. Shared by access.c and access_tell.c only. */
#pragma once

#include "policy/org_private.h"

struct pchat_facts {
	struct pchat_org *org;
	const struct pchat_access_query *query;
	struct pchat_entity *user;     /* NULL: nobody */
	struct pchat_entity *room;     /* NULL: no such room */
	struct pchat_entity *category; /* of the room, or where to create; NULL: none */
	struct pchat_entity *target;   /* of a move */
};

#define PCHAT_ACTION(symbol) (UINT32_C(1) << PCHAT_ACTION_##symbol)

/* Sets of rooms and categories by their place. */
enum { ROOM_MEMBERS, ROOM_MANAGERS, ROOM_PRESENTERS };
enum { CATEGORY_ALLOWED, CATEGORY_DENIED, CATEGORY_CREATORS };

/* Is the user, or something he is in, in set number @slot of @e? */
static inline bool
pchat_facts_listed(const struct pchat_facts *f, const struct pchat_entity *e, unsigned slot)
{
	return f->user && e && pchat_listed(f->org, f->user, &e->sets[slot]);
}

/* Text, path and remedy of one step. */
struct pchat_telling {
	const struct pchat_facts *facts;
	enum pchat_outcome outcome;
	struct pchat_buf text;
	struct pchat_buf remedy;
	struct pchat_path path;
	bool failed; /* memory ended */
};
typedef void (*pchat_tell_fn)(struct pchat_telling *t);

void pchat_tell_user_unknown(struct pchat_telling *t);
void pchat_tell_user_disabled(struct pchat_telling *t);
void pchat_tell_policy(struct pchat_telling *t);
void pchat_tell_room_unknown(struct pchat_telling *t);
void pchat_tell_category_unknown(struct pchat_telling *t);
void pchat_tell_administrator(struct pchat_telling *t);
void pchat_tell_administrator_only(struct pchat_telling *t);
void pchat_tell_room_disabled(struct pchat_telling *t);
void pchat_tell_scope_denied(struct pchat_telling *t);
void pchat_tell_scope(struct pchat_telling *t);
void pchat_tell_creator(struct pchat_telling *t);
void pchat_tell_manager(struct pchat_telling *t);
void pchat_tell_target_creator(struct pchat_telling *t);
void pchat_tell_visible(struct pchat_telling *t);
void pchat_tell_secret(struct pchat_telling *t);
void pchat_tell_upload(struct pchat_telling *t);
void pchat_tell_member(struct pchat_telling *t);
void pchat_tell_auditorium(struct pchat_telling *t);
void pchat_tell_open(struct pchat_telling *t);

/* The command that lets @user, whose effective policy is current and off, use persistent chat, and
 * as few others as can be. */
void pchat_policy_remedy(struct pchat_org *org, const struct pchat_entity *user,
                         struct pchat_buf *out);

/* "group 'Sales'", "sip:amy@contoso.example", "room 'Rates desk'" */
void pchat_label(struct pchat_buf *out, const struct pchat_entity *e);
/* The way from where the last walk began up to @to, as owned texts; false without memory. */
bool pchat_path_to(const struct pchat_org *org, const struct pchat_entity *to,
                   struct pchat_path *ret);
void pchat_path_release(struct pchat_path *p);
