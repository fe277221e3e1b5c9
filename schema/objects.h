/*
 * How objects stand in tables: which table a kind is in, which lists it has, what
 * refers to it. Together with policy/fields.def this is what the statements of
 * queries.def are completed from, and the way of a row to an object and back.
 * Inside schema/ only.
 */
#pragma once

#include "policy/object.h"
#include "schema/driver.h"

struct pchat_table {
	const char *name;  /* of the table */
	const char *lists; /* table of the lists of principals; NULL if the kind has none */
	int kind;          /* column kind of table principal; 0 if the table is not shared */
};
const struct pchat_table *pchat_table(enum pchat_kind kind);
/* Kind of a row of table principal; PCHAT_N_KINDS for a number that is none. */
enum pchat_kind pchat_table_principal_kind(int64_t number);

/* Number of a list of principals in the column role; 0 if the field is no list. */
int pchat_table_role(enum pchat_kind kind, unsigned field);
/* The field a role number belongs to, or -1. */
int pchat_table_role_field(enum pchat_kind kind, int64_t role);

/* Complete a statement with what stands for @word. */
void pchat_table_expand(enum pchat_kind kind, const char *sql, struct pchat_buf *out);

/* What makes the name of an object unique: folded, principals with their prefix. */
void pchat_table_fold(enum pchat_kind kind, struct pchat_str key, struct pchat_buf *out);

/* What the folded names of a kind begin with: nothing where it has a table of its own. */
void pchat_table_prefix(enum pchat_kind kind, struct pchat_buf *out);

/* ---- rows ---- */

/* Columns @columns begins with; the fields that are no lists follow from the key on. */
enum {
	PCHAT_COL_ID,
	PCHAT_COL_GUID,
	PCHAT_COL_REVISION,
	PCHAT_COL_CREATED,
	PCHAT_COL_UPDATED,
	PCHAT_COL_CREATED_BY,
	PCHAT_COL_UPDATED_BY,
	PCHAT_COL_KEY,
};

/* Read the row @stmt stands on into @o (of the right kind); lists are emptied. */
enum pchat_code pchat_row_read(struct pchat_stmt *stmt, struct pchat_object *o,
                               struct pchat_err *err);
/* Append the principal of a row (owner, role, kind, name) to the list it belongs to. */
enum pchat_code pchat_row_read_list(struct pchat_stmt *stmt, struct pchat_object *o,
                                    struct pchat_err *err);
/* Bring the lists into order after the last of their rows. */
void pchat_row_lists_done(struct pchat_object *o);
/* References that are not the number of an object. */
enum {
	PCHAT_REF_NONE = 0,
	PCHAT_REF_SAME = -1, /* updates only: what stands there stays */
};
/* Bind the fields from @position on: the key, its folded form, then the others. References are
 * bound from @refs, one number per field. Returns the next position. */
unsigned pchat_row_bind(struct pchat_stmt *stmt, unsigned position, const struct pchat_object *o,
                        struct pchat_str fold, const int64_t refs[PCHAT_MAX_FIELDS]);
