/*
 * Carrying out a plan: what its parts share. Inside schema/ only.
 */
#pragma once

#include "base/hash.h"
#include "base/vec.h"
#include "schema/internal.h"

#define PCHAT_JOB_MEMO 1024

/* Number of an object found already, by kind and name, which is borrowed from the plan. */
struct pchat_memo {
	enum pchat_kind kind;
	const char *name;
	int64_t id;
};

/* What a GUID is made of. */
struct pchat_random16 {
	unsigned char v[16];
};

struct pchat_job {
	struct pchat_store *store;
	struct pchat_plan *plan;
	const struct pchat_origin *origin;
	int64_t *ids;                 /* number of the object of each change */
	size_t *order;                /* changes, kind by kind */
	struct pchat_memo *memo;      /* PCHAT_JOB_MEMO of them */
	struct pchat_random16 *guids; /* for new objects, smallest first; see write.c */
	size_t next_guid;
	uint64_t done, total;         /* steps of changes, for pchat_origin.progress */
	struct pchat_object **stored; /* with renames: what was there, for the journal; owned */
	struct pchat_hash replaced;   /* names that pass from one object to another */
	struct pchat_hash renamed;    /* principals by the folded new name -> as they are stored */
	PCHAT_VEC(char *) replaced_names; /* what these two borrow; owned */
};

static inline const struct pchat_object *
pchat_change_object(const struct pchat_change *c)
{
	return c->before ? c->before : c->after;
}

/* ---- numbers of objects: write_find.c ---- */

/* By name; principals with their prefix as PCHAT_KIND_USER. PCHAT_CONFLICT if there is none: the
 * plan was checked against another state. */
enum pchat_code pchat_job_find(struct pchat_job *job, enum pchat_kind kind, const char *name,
                               int64_t *ret, struct pchat_err *err);
/* After names have changed, numbers found so far hold no longer. */
void pchat_job_forget(struct pchat_job *job);
/* What the fields of type REF of .after point to: numbers or PCHAT_REF_. */
enum pchat_code pchat_job_find_refs(struct pchat_job *job, const struct pchat_change *c,
                                    int64_t refs[PCHAT_MAX_FIELDS], struct pchat_err *err);
/* The stored object of an update or deletion, which must still be what the plan saw. */
enum pchat_code pchat_job_find_stored(struct pchat_job *job, size_t i, struct pchat_err *err);

/* Names that one object leaves and another takes: whatever refers to them has to be tied
 * anew, though the name is the same. Only plans that restore have such. */
bool pchat_job_note_replaced(struct pchat_job *job);
/* Principals that the plan renames. A list may go by the new names on both sides; what is dropped
 * from it is found by the one it has in the store. */
bool pchat_job_note_renamed(struct pchat_job *job);
const char *pchat_job_stored_name(struct pchat_job *job, const struct pchat_list *stored,
                                  const char *principal);
bool pchat_job_is_replaced(struct pchat_job *job, enum pchat_kind kind, const char *name);

/* ---- lists: write_lists.c ---- */

/* Do PCHAT_O_LIST_ADD or _DROP for every entry that @has has and @has_not (may be NULL) has not. */
enum pchat_code pchat_job_lists(struct pchat_job *job, enum pchat_object_query_id id, size_t i,
                                const struct pchat_object *has, const struct pchat_object *has_not,
                                struct pchat_err *err);
