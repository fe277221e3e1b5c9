/*
 * A plan: the changes a command, a manifest or a room manager wants, checked as a
 * whole against the rules, with everything that would follow from them. The same
 * plan is shown by --dry-run and diff and carried out by apply. Pure: works on an
 * org; storing it is schema/'s business.
 */
#pragma once

#include "base/vec.h"
#include "policy/access.h"

enum pchat_op { PCHAT_OP_CREATE, PCHAT_OP_UPDATE, PCHAT_OP_DELETE };

/* What the change is due to: asked for, or following from another change. */
enum pchat_cause { PCHAT_CAUSE_ASKED, PCHAT_CAUSE_PURGE, PCHAT_CAUSE_CASCADE };

struct pchat_change {
	enum pchat_op op;
	enum pchat_cause cause;
	struct pchat_object *before; /* owned; NULL for create */
	struct pchat_object *after;  /* owned; NULL for delete */
};

/* A role somebody loses because of a narrowing, a move or a deletion. */
struct pchat_loss {
	char *object;      /* "room 'Rates desk'"; owned */
	const char *field; /* "members"; static */
	char *principal;   /* owned */
	char *why;         /* "out of scope of category 'Finance'"; owned */
};

void pchat_loss_release(struct pchat_loss *l);

/* Why a plan was refused, where callers tell cases of one code apart. */
enum pchat_refusal {
	PCHAT_REFUSED_NO_PRINCIPAL = 1,    /* a list names somebody who does not exist */
	PCHAT_REFUSED_OUT_OF_SCOPE,        /* a role for somebody the category does not admit */
	PCHAT_REFUSED_PRESENTER_NO_MEMBER, /* a presenter has to be a member */
};

/* Somebody who is there now and would be put out by pchatd. */
struct pchat_leaver {
	char *user; /* owned */
	char *room; /* owned; its present name; NULL: signed out altogether */
	char *why;  /* owned; as explain tells it */
};
void pchat_leaver_release(struct pchat_leaver *l);

/* The value that a plan was refused for: that of a field, else the name of the object. */
struct pchat_blame {
	enum pchat_kind kind;
	unsigned field;
	char *item; /* owned; of a list the one that is wrong, else the whole; NULL: not known */
};

struct pchat_plan {
	struct pchat_change *v;
	size_t n, cap;
	struct pchat_loss *losses;
	size_t n_losses, cap_losses;
	/* Roles that stay where they are but count no longer, because whoever has them leaves a
	 * group or a unit the category admits. Of very many, some are not told. */
	struct pchat_loss *asleep;
	size_t n_asleep, cap_asleep;
	bool more_asleep;
	struct pchat_leaver *leavers; /* as far as somebody looked at them: see below */
	size_t n_leavers, cap_leavers;
	/* Where value @item (NULL: the only one) of @field of @o, which has a place, was written;
	 * false if that is not known. May be NULL. */
	bool (*locate)(void *ctx, const struct pchat_object *o, unsigned field, const char *item,
	               unsigned *ret_line, unsigned *ret_column);
	void *locate_ctx; /* borrowed */
	/* Told now and then how far the check has come; may be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx;         /* borrowed */
	enum pchat_refusal refusal; /* after a failed check; 0: none of these */
	struct pchat_blame blame;   /* after a failed check */
	bool has_content_loss;      /* deletes something with content: a room, a category ... */
	/* Puts back a state the store had, all of it: nothing follows from the changes that is not
	 * among them, what was allowed then needs no new permission, and an object may take the
	 * place of another of its name. Changes of objects that refer to one of these are in the
	 * plan, also where they change no field. */
	bool restores;
	bool past; /* tells what was done: shown as such, neither checked nor stored */
	PCHAT_VEC(char *) notes; /* what whoever decides has to know besides; owned */
};
void pchat_plan_release(struct pchat_plan *p);
PCHAT_AUTO_VALUE_DEFINE(plan, pchat_plan_release)

/* Add a change; takes both objects over, also on failure. An update that changes nothing is
 * dropped without a word, unless the plan restores. */
enum pchat_code pchat_plan_add_take(struct pchat_plan *p, enum pchat_op op,
                                    struct pchat_object *before, struct pchat_object *after,
                                    struct pchat_err *err);

/* Record that @principal loses its role in set @field of @o because of @why, which is taken over
 * and may be NULL for want of memory. False if memory ends. */
bool pchat_plan_add_loss(struct pchat_plan *p, const struct pchat_object *o, unsigned field,
                         const char *principal, char *why_take);

/* Add a note: "room 'Rates desk' comes back without its messages". Shown with the plan. */
enum pchat_code pchat_plan_note(struct pchat_plan *p, struct pchat_err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Check all changes against @org, which is changed on the way to what the plan makes of it
 * (throw it away on failure), and add what follows: roles purged by narrowing or moving
 * (administration.md 5.5, 6.8) or by a type or privacy that has no such list, list entries and
 * references of deleted principals. Refused (code, message naming object and place, remedy): names
 * taken (rooms and categories share one name space), dangling references, group cycles (the cycle
 * is spelled out), policy and settings names that are not global/site:KNOWN/tag, a principal
 * granted two policies, creators outside allowed minus denied, members/managers/presenters out of
 * scope, presenters in a normal room or not members, members of an open room, a principal both
 * allowed and denied, deleting a category with rooms, an add-in in use, a site or unit in use, the
 * global policy.
 */
enum pchat_code pchat_plan_check(struct pchat_plan *p, struct pchat_org *org,
                                 struct pchat_err *err);

/*
 * ---- who is there now, after the check ----
 *
 * @after is the org pchat_plan_check() has changed. Those who would be put out are added to
 * p->leavers; what decides is what pchatd asks when the change is in force.
 */

/* Can it put anybody out at all? False: there is no need to look. */
bool pchat_plan_can_put_out(const struct pchat_plan *p);
/* @user is signed in. *ret_out: he would be signed out, and need not be looked at in his rooms. */
enum pchat_code pchat_plan_look_at_user(struct pchat_plan *p, struct pchat_org *after,
                                        const char *user, bool *ret_out, struct pchat_err *err);
/* @user has joined the room that is called @room now. */
enum pchat_code pchat_plan_look_at_room(struct pchat_plan *p, struct pchat_org *after,
                                        const char *user, const char *room, const char *guid,
                                        struct pchat_err *err);
