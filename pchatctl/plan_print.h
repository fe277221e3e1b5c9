/*
 * A plan in words: what --dry-run, diff, apply and confirmations show. Text for
 * people, JSON for programs; both hold every change and every role that is lost.
 */
#pragma once

#include "base/json.h"
#include "policy/plan.h"

struct pchat_plan_style {
	bool color; /* ANSI colours: the caller decides by --color, NO_COLOR and the terminal */
	bool brief; /* one line for each change, no fields */
};

/*
 * What would be done:
 *	+ create room 'Rates desk'
 *	    category: Finance
 *	~ update room 'Bonds'
 *	    privacy: open -> closed
 *	    members: - group:Sales
 *	             + group:Traders
 *	- delete room 'Old desk'
 *	! room 'Bonds': members loses sip:amy@contoso.example (out of scope of category 'Finance')
 *	! room 'Bonds': managers keeps sip:ann@contoso.example, who no longer counts there (...)
 *	! sip:bob@contoso.example, who is in room 'Bonds', is put out (...)
 *	1 to create, 1 to update, 1 to delete, 1 role lost, 1 role asleep, 1 put out now
 * An empty plan prints "no changes".
 */
void pchat_plan_print(struct pchat_buf *out, const struct pchat_plan *plan,
                      const struct pchat_plan_style *style);
/* What was done, one line each: "created room 'Rates desk'", "renamed room 'A' to 'B'",
 * "updated room 'Bonds': privacy, members", "deleted room 'Old desk'". */
void pchat_plan_print_done(struct pchat_buf *out, const struct pchat_plan *plan);
/* What whoever decides has to know besides, one line each. */
void pchat_plan_print_notes(struct pchat_buf *out, const struct pchat_plan *plan);
/* One change, as pchat_plan_print() shows it; @past: as done. */
void pchat_plan_print_change(struct pchat_buf *out, const struct pchat_change *change, bool past,
                             const struct pchat_plan_style *style);
/* The lost roles alone, one line each, at most @max (0 = all), then "... and N more". */
void pchat_plan_print_losses(struct pchat_buf *out, const struct pchat_plan *plan, size_t max,
                             const struct pchat_plan_style *style);
/* The same for roles that stay and count no longer. */
void pchat_plan_print_asleep(struct pchat_buf *out, const struct pchat_plan *plan, size_t max,
                             const struct pchat_plan_style *style);
/* The same for people that would be put out. */
void pchat_plan_print_leavers(struct pchat_buf *out, const struct pchat_plan *plan, size_t max,
                              const struct pchat_plan_style *style);
/* "1 to create, 2 to update, 1 to delete, 3 roles lost"; @done: "1 created, ...". No line end. */
void pchat_plan_summary(struct pchat_buf *out, const struct pchat_plan *plan, bool done);
/*
 * {"changes": [{"action": "create", "cause": "asked", "kind": "room", "name": "Rates desk",
 *   "fields": {"privacy": {"before": "open", "after": "closed"}, ...}}],
 *  "losses": [{"object": ..., "field": ..., "principal": ..., "why": ...}],
 *  "asleep": the same of roles that count no longer; left out if there is none,
 *  "putOut": [{"user": ..., "room": ..., "why": ...}],
 *  "summary": {"create": 1, "update": 1, "delete": 1, "rolesLost": 1}}
 * written as one object to @j, which the caller has begun. Fields of lists have "added" and
 * "removed" for an update, "after" for a create; a create holds what differs from the default.
 */
void pchat_plan_print_json(struct pchat_json *j, const struct pchat_plan *plan);
/* One element of "changes". */
void pchat_plan_change_json(struct pchat_json *j, const struct pchat_change *change);
