/*
 * The schema in numbered steps, forward only. The SQL stands in migrations/:
 * NNNN-<part>.sql is step NNNN of that part. Each step of a part is one
 * transaction together with the new version number. Inside schema/ only.
 */
#pragma once

#include "schema/driver.h"

/* What this build reads and writes; equals the number of the last migration. */
#define PCHAT_SCHEMA_VERSION 3u

/* Made from the files by embed.cmake; ended by an empty row. */
struct pchat_migration_text {
	const char *name;
	const char *sql;
};
extern const struct pchat_migration_text pchat_migration_texts[];

/* PCHAT_OK if @db, a part of the store at @location, has this build's schema. Older:
 * PCHAT_UNAVAILABLE and the command that migrates it. Newer: PCHAT_UNSUPPORTED. */
enum pchat_code pchat_migrate_check(struct pchat_db *db, enum pchat_part part, const char *location,
                                    struct pchat_err *err);
/* The version of a part; PCHAT_UNSUPPORTED if it is newer than what this build knows. */
enum pchat_code pchat_migrate_version(struct pchat_db *db, enum pchat_part part,
                                      const char *location, unsigned *ret, struct pchat_err *err);
/* Bring a part from whatever version it has to version @to. */
enum pchat_code pchat_migrate_part(struct pchat_db *db, enum pchat_part part, unsigned to,
                                   struct pchat_err *err);
