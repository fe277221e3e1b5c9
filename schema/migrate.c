#include "schema/migrate.h"

#include <stdio.h>

#define NAME_MAX_OCTETS 40

static enum pchat_code
fail_newer(enum pchat_part part, const char *location, unsigned version, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_UNSUPPORTED,
	           "%s.db of store '%s' has schema %u, newer than schema %u of this pchat",
	           pchat_part_name(part), location, version, PCHAT_SCHEMA_VERSION);
	pchat_hint(err, "use the pchat that wrote it, or a later one");
	return PCHAT_UNSUPPORTED;
}

enum pchat_code
pchat_migrate_version(struct pchat_db *db, enum pchat_part part, const char *location,
                      unsigned *ret, struct pchat_err *err)
{
	unsigned version = 0;
	enum pchat_code code = db->driver->version(db, &version, err);

	if (code != PCHAT_OK)
		return code;
	if (version > PCHAT_SCHEMA_VERSION)
		return fail_newer(part, location, version, err);
	*ret = version;
	return PCHAT_OK;
}

enum pchat_code
pchat_migrate_check(struct pchat_db *db, enum pchat_part part, const char *location,
                    struct pchat_err *err)
{
	unsigned version = 0;
	enum pchat_code code = pchat_migrate_version(db, part, location, &version, err);

	if (code != PCHAT_OK || version == PCHAT_SCHEMA_VERSION)
		return code;
	pchat_fail(err, PCHAT_UNAVAILABLE,
	           "%s.db of store '%s' has schema %u, this pchat needs schema %u",
	           pchat_part_name(part), location, version, PCHAT_SCHEMA_VERSION);
	pchat_hint(err, "stop pchatd and run 'pchatctl store migrate'");
	return PCHAT_UNAVAILABLE;
}

/* The text of a step, or NULL: not every step touches every part. */
static const char *
step_text(enum pchat_part part, unsigned number)
{
	const struct pchat_migration_text *t = pchat_migration_texts;
	char name[NAME_MAX_OCTETS];

	snprintf(name, sizeof(name), "%04u-%s.sql", number, pchat_part_name(part));
	while (t->name && strcmp(t->name, name) != 0)
		t++;
	return t->sql;
}

static enum pchat_code
run_step(struct pchat_db *db, enum pchat_part part, unsigned number, struct pchat_err *err)
{
	const struct pchat_driver *d = db->driver;
	const char *sql = step_text(part, number);
	unsigned version = 0;
	enum pchat_code code = d->begin(db, true, err);

	/* Somebody else may have done it while we waited for the lock. */
	if (code == PCHAT_OK)
		code = d->version(db, &version, err);
	if (code == PCHAT_OK && version < number && sql)
		code = d->exec(db, sql, err);
	if (code == PCHAT_OK && version < number)
		code = d->set_version(db, number, err);
	if (code == PCHAT_OK)
		code = d->commit(db, err);
	if (code != PCHAT_OK) {
		d->rollback(db);
		pchat_wrap(err, "cannot bring %s to schema %u", pchat_part_name(part), number);
	}
	return code;
}

enum pchat_code
pchat_migrate_part(struct pchat_db *db, enum pchat_part part, unsigned to, struct pchat_err *err)
{
	unsigned version = 0;
	enum pchat_code code = db->driver->version(db, &version, err);

	while (code == PCHAT_OK && version < to) {
		code = run_step(db, part, version + 1, err);
		version++;
	}
	return code;
}
