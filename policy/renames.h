/*
 * Objects that get other names together with what is said about others: whoever refers to them is
 * renamed along, so that a reference by the new name is no difference.
 */
#pragma once

#include "base/hash.h"
#include "base/vec.h"
#include "policy/object.h"

struct pchat_renames {
	struct pchat_hash names[PCHAT_N_KINDS];     /* folded old name -> new name */
	struct pchat_hash old_names[PCHAT_N_KINDS]; /* folded new name -> old name */
	PCHAT_VEC(char *) texts;                    /* of both; owned */
};
void pchat_renames_release(struct pchat_renames *r);
PCHAT_AUTO_VALUE_DEFINE(renames, pchat_renames_release)

/* The object of the kind that is called @from gets the name @to. */
enum pchat_code pchat_renames_put(struct pchat_renames *r, enum pchat_kind kind, const char *from,
                                  const char *to, struct pchat_err *err);
/* A copy of @o that refers to renamed objects by their new names; *ret stays NULL if @o
 * refers to none. Its own name is another if it is made of one of those ("site:leeds",
 * "London/Trading"), and left alone if it is itself what the manifest renames. */
enum pchat_code pchat_renames_apply(const struct pchat_renames *r, const struct pchat_object *o,
                                    struct pchat_object **ret, struct pchat_err *err);
/* What the name of an object of the kind becomes for being made of another name, appended to @ret;
 * nothing if it stays as it is. The second is the way back: the name that @key had. */
enum pchat_code pchat_renames_key(const struct pchat_renames *r, enum pchat_kind kind,
                                  const char *key, struct pchat_buf *ret, struct pchat_err *err);
enum pchat_code pchat_renames_old_key(const struct pchat_renames *r, enum pchat_kind kind,
                                      const char *key, struct pchat_buf *ret,
                                      struct pchat_err *err);
/* The same as pchat_renames_apply(), but under its present name: what a plan has for the state
 * before, because what follows a rename is no change of its own. */
enum pchat_code pchat_renames_before(const struct pchat_renames *r, const struct pchat_object *o,
                                     struct pchat_object **ret, struct pchat_err *err);
