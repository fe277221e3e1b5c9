/*
 * Names over time. Rows of the journal refer to objects by the names of their time;
 * following the renames from one revision to another tells what the same object is
 * called at the other end. Inside schema/ only.
 *
 * Walk the revisions in order, forwards or backwards. Of each: translate what goes by
 * the names on the near side, say what was renamed and what went or came, then
 * pchat_names_turn(); from there on names of the far side are understood.
 */
#pragma once

#include "base/hash.h"
#include "base/vec.h"
#include "policy/object.h"

/* A name that is another at the end the walk began at. */
struct pchat_name {
	enum pchat_kind kind;
	char *key;   /* "<kind> <folded name>" as of where the walk stands; owned */
	char *here;  /* the name in it as it is written; owned */
	char *there; /* the name at the end the walk began at; owned; NULL: the name is dead */
};

struct pchat_names {
	struct pchat_hash hash;            /* key -> index + 1 in .v */
	PCHAT_VEC(struct pchat_name) v;    /* dead ones stay until the end */
	PCHAT_VEC(struct pchat_name) next; /* renames of the revision at hand */
	struct pchat_buf scratch;
};
void pchat_names_release(struct pchat_names *n);
PCHAT_AUTO_VALUE_DEFINE(names, pchat_names_release)

/* In the revision at hand the object was renamed: @near is its name on the side the walk comes
 * from, @far on the side it goes to. False without memory, here and below. */
bool pchat_names_rename(struct pchat_names *n, enum pchat_kind kind, const char *near,
                        const char *far);
/* From the far side on, @near means nothing, or another object. */
bool pchat_names_end(struct pchat_names *n, enum pchat_kind kind, const char *near);
/* All of the revision was told. */
bool pchat_names_turn(struct pchat_names *n);

/* What @name is called at the end the walk began at; NULL if that is the same. */
const char *pchat_names_there(struct pchat_names *n, enum pchat_kind kind, struct pchat_str name,
                              bool *ret_failed);
/* Rename what @o refers to; its own name is left alone. */
bool pchat_names_translate(struct pchat_names *n, struct pchat_object *o);
/* The same principal under its name there; malloc'ed. */
char *pchat_names_principal(struct pchat_names *n, const char *principal);
/* Exchange the ends: *@ret, empty, finds the name here of what is named there. @n must not be
 * walked on. */
bool pchat_names_invert(struct pchat_names *n, struct pchat_names *ret);
