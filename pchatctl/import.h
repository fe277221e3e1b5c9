/*
 * What the parts of "import csv" share: the file with its columns, the plan's raw
 * material, and everything found wrong so far. Only import*.c include this.
 *
 * A wrong row is noted and left out, and the next one is looked at, so that all that is
 * wrong is told at once; nothing is imported then.
 */
#pragma once

#include "base/hash.h"
#include "pchatctl/csv.h"
#include "pchatctl/ctl.h"
#include "pchatctl/handlers.h"
#include "pchatctl/manifest.h"

/* Errors that are told; what follows them is not looked at. */
#define PCHAT_IMPORT_MAX_ERRORS 100

enum pchat_import_what { PCHAT_IMPORT_USERS, PCHAT_IMPORT_ROOMS, PCHAT_IMPORT_MEMBERS };

/* Targets of the columns of a members file; those of other files are the fields of the kind, then
 * what pchat_record_columns() adds, of which only the guid counts. */
enum pchat_import_role {
	PCHAT_IMPORT_ROOM,
	PCHAT_IMPORT_GROUP,
	PCHAT_IMPORT_PRINCIPAL,
	PCHAT_IMPORT_ROLE
};
#define PCHAT_IMPORT_IGNORE      (-1)
#define PCHAT_IMPORT_MAX_TARGETS (PCHAT_MAX_FIELDS + PCHAT_N_META)

struct pchat_import {
	struct pchat_ctl *ctl;
	const struct pchat_call *call;
	enum pchat_import_what what;
	enum pchat_kind kind; /* USER or ROOM; not for members */
	const char *file;     /* as errors name it; borrowed */
	bool clear;           /* empty cells empty the field */
	struct pchat_csv csv;
	int targets[PCHAT_CSV_MAX_COLUMNS]; /* of the columns */
	size_t n_columns;
	PCHAT_VEC(struct pchat_err) errors;
	size_t noted;             /* of them, those from before this reading of the file */
	bool full;                /* enough errors */
	bool stop;                /* what failed is no matter of a row */
	PCHAT_VEC(unsigned) left; /* lines of rows left out because of an error */
	struct pchat_hash known;  /* what was looked up: is it there? */
	PCHAT_VEC(char *) keys;   /* of .known; owned */
};

/* Has this reading of the file found nothing wrong so far? */
bool pchat_import_clean(const struct pchat_import *imp);
/* Note an error and make @err empty again. PCHAT_OK to go on; another code if that makes no sense:
 * @err is about the whole then, not about a row. */
enum pchat_code pchat_import_note(struct pchat_import *imp, enum pchat_code code,
                                  struct pchat_err *err);
/* The cell of a target in the present row, or NULL if there is no such column. */
const struct pchat_csv_cell *pchat_import_cell(const struct pchat_import *imp, int target);
/* Is there an object of that key? PCHAT_NOT_FOUND with the nearest name if not. */
enum pchat_code pchat_import_known(struct pchat_import *imp, enum pchat_kind kind, const char *key,
                                   struct pchat_err *err);
/* The same for a canonical principal. */
enum pchat_code pchat_import_known_principal(struct pchat_import *imp, const char *principal,
                                             struct pchat_err *err);
/* Call @row with each row that is well-formed and was not left out. */
typedef enum pchat_code (*pchat_import_row)(struct pchat_import *imp, void *ctx,
                                            struct pchat_err *err);
enum pchat_code pchat_import_each(struct pchat_import *imp, pchat_import_row row, void *ctx,
                                  struct pchat_err *err);

/* Understand the heading, the first row of the file, and the --map options (import_head.c).
 * PCHAT_INVALID, PCHAT_USAGE with the remedy. */
enum pchat_code pchat_import_heading(struct pchat_import *imp, struct pchat_err *err);

/* Rows of users and rooms into entries of a manifest (import_rows.c). */
enum pchat_code pchat_import_objects(struct pchat_import *imp, struct pchat_manifest *m,
                                     struct pchat_err *err);
/* Rows of members into changes of rooms and groups (import_members.c). */
struct pchat_import_members;
enum pchat_code pchat_import_members(struct pchat_import *imp, struct pchat_plan *plan,
                                     struct pchat_import_members **ret, struct pchat_err *err);
/* Move the place of @err, which is about a room or group, to the row that is at fault. */
void pchat_import_members_place(const struct pchat_import_members *members, struct pchat_err *err);
void pchat_import_members_free(struct pchat_import_members *members);
PCHAT_AUTO_DEFINE(import_members, pchat_import_members_free)
