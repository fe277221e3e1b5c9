/*
 * The small steps puts and deletions are made of. Those that return nothing cannot
 * fail: their memory was reserved before. Used inside policy/ only.
 */
#pragma once

#include "policy/org_private.h"

/* Room for one more holder of the kind of @holder. */
bool pchat_org_can_tie(struct pchat_entity *member, const struct pchat_entity *holder);
/* Room for one more reference to @to. */
bool pchat_org_can_refer(struct pchat_entity *to);
/* @member enters or leaves set number @slot of @e (the set itself is not touched). */
void pchat_org_tie_reserved(struct pchat_org *org, struct pchat_entity *e, unsigned slot,
                            pchat_id member);
void pchat_org_untie(struct pchat_org *org, struct pchat_entity *e, unsigned slot, pchat_id member);
/* Reference number @slot of @e becomes @to. */
void pchat_org_refer(struct pchat_org *org, struct pchat_entity *e, unsigned slot, pchat_id to);

/* Reserve what moving all holders of @from over to @to needs. */
bool pchat_org_can_move(const struct pchat_entity *from, struct pchat_entity *to);
/* Whatever held @from holds @to then. */
void pchat_org_move(struct pchat_org *org, struct pchat_entity *from, struct pchat_entity *to);

/* Before @e takes another name: *ret_left is what has its old one from now on, the object that
 * took it already or a placeholder (*ret_made). False without memory; nothing changed then. */
bool pchat_org_free_name(struct pchat_org *org, struct pchat_entity *e,
                         struct pchat_entity **ret_left, bool *ret_made);
/* Undo that: @e has its name again, and the placeholder goes. */
void pchat_org_take_back(struct pchat_org *org, struct pchat_entity *left, struct pchat_entity *e);
/* @e takes the name @name, @key, which @target had; @left (or NULL) has its old one. */
void pchat_org_rename(struct pchat_org *org, struct pchat_entity *e, struct pchat_entity *target,
                      struct pchat_entity *left, char **name, char **key);
/* @e goes; what holds it holds its mere name then. */
enum pchat_code pchat_org_remove(struct pchat_org *org, struct pchat_entity *e,
                                 struct pchat_err *err);
