/*
 * Saved plans: a plan in a file, made at one revision of a store, looked at by whoever has to, and
 * carried out later exactly as it is, or not at all.
 *
 * The file is JSON, one value a line, so that a reader needs no more memory than for the longest:
 *
 *	{"pchatPlan":1,"schema":VERSION,"store":GUID,"base":REVISION,"since":TIME,"made":TIME,
 *	 "by":ACTOR,"comment":TEXT,"changes":N,"losses":M}
 *	{"action":"update","cause":"asked","kind":"room","before":{...},"after":{...}}	N lines
 *	{"object":"room 'Bonds'","field":"members","principal":...,"why":...}		M lines
 *	{"sum":"0123456789abcdef"}
 *
 * What was asked for comes before what follows from it. A change that was asked for in one form
 * and came out of the check in another has "asked" as well. "sum" is a hash of all lines before
 * it: it finds damage, not malice. Who can write the file decides what is in it.
 */
#pragma once

#include "base/vec.h"
#include "schema/store.h"

#define PCHAT_SAVED_VERSION   1
#define PCHAT_SAVED_MAX_BYTES (UINT64_C(1) << 30)
/* Changes, and roles that are lost. */
#define PCHAT_SAVED_MAX_ITEMS 4000000
/* Longest actor and comment, octets. */
#define PCHAT_SAVED_MAX_TEXT 131072

struct pchat_saved {
	char store[PCHAT_GUID_LEN + 1]; /* its identity */
	unsigned schema;                /* the version it had */
	uint64_t base;                  /* the revision the plan was made from */
	int64_t since;                  /* when that was made: another of its number was not */
	int64_t made;
	char *actor, *comment; /* owned; comment NULL if there is none */
	/* For each change that was asked for, in their order: .after as it was asked for. NULL: as
	 * in the plan. Owned. */
	PCHAT_VEC(struct pchat_object *) asked;
	struct pchat_plan plan; /* as it came out of the check; of a file that was read */
};
void pchat_saved_release(struct pchat_saved *s);
PCHAT_AUTO_VALUE_DEFINE(saved, pchat_saved_release)

/* What the plan is for: @store as it is now. */
enum pchat_code pchat_saved_begin(struct pchat_saved *s, struct pchat_store *store,
                                  struct pchat_err *err);
/* Before the check: keep what @plan asks for, in the place of what was kept before. */
enum pchat_code pchat_saved_keep_asked(struct pchat_saved *s, const struct pchat_plan *plan,
                                       struct pchat_err *err);
/* After it: the text of the file, appended to @out. @s->plan does not matter. PCHAT_LIMIT: it would
 * be larger than what is read. */
enum pchat_code pchat_saved_write(const struct pchat_saved *s, const struct pchat_plan *plan,
                                  struct pchat_buf *out, struct pchat_err *err);
/* Append the last line to @out, as it follows from @text, the lines before it. */
void pchat_saved_seal(struct pchat_str text, struct pchat_buf *out);

/*
 * Read the text of a file. @name is what errors call it, and borrowed by the objects of the plan,
 * whose .line is that of their change. PCHAT_INVALID: it is no saved plan, or a damaged one;
 * PCHAT_UNSUPPORTED: it is of a later version; PCHAT_LIMIT.
 */
enum pchat_code pchat_saved_read(struct pchat_str text, const char *name, struct pchat_saved *ret,
                                 struct pchat_err *err);

/*
 * What @s asked for, as a plan for @store, to be checked. @revision is the one that @store shows;
 * 0: its own, which is another in a draft. PCHAT_CONFLICT, with what has changed, if it is another
 * store, or has another schema, or is at another revision than the plan was made from, or if what
 * the plan changes is not there as the plan has it. PCHAT_INVALID: no plan asks for that.
 */
enum pchat_code pchat_saved_plan(const struct pchat_saved *s, struct pchat_store *store,
                                 uint64_t revision, struct pchat_plan *plan, struct pchat_err *err);
/* The same plan after its check: does nothing else follow from it than what @s says? PCHAT_CONFLICT
 * if so. */
enum pchat_code pchat_saved_compare(const struct pchat_saved *s, const struct pchat_plan *plan,
                                    struct pchat_err *err);
