/*
 * A store as a whole: made, brought to a newer schema, copied, put back.
 */
#include "schema/internal.h"

#include "base/clock.h"
#include "schema/dir.h"
#include "schema/migrate.h"

/* ---- making ---- */

static enum pchat_code
name_part(struct pchat_conn *conn, enum pchat_part part, const char *guid, struct pchat_err *err)
{
	static const enum pchat_query_id queries[PCHAT_N_PARTS] = {
		[PCHAT_PART_POLICY] = PCHAT_Q_STORE_NEW,
		[PCHAT_PART_CHAT] = PCHAT_Q_CHAT_NEW,
		[PCHAT_PART_COMPLIANCE] = PCHAT_Q_COMPLIANCE_NEW,
	};
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(conn, queries[part], &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, guid);
	if (part == PCHAT_PART_POLICY)
		pchat_stmt_int(q.stmt, 2, pchat_now());
	return pchat_query_run(&q, err);
}

enum pchat_code
pchat_store_build(const struct pchat_driver *driver, const char *location, unsigned version,
                  struct pchat_err *err)
{
	char guid[PCHAT_GUID_LEN + 1];
	enum pchat_code code = PCHAT_OK;

	pchat_guid_new(guid);
	for (int part = 0; code == PCHAT_OK && part < PCHAT_N_PARTS; part++) {
		struct pchat_conn conn = { 0 };

		code = driver->open(location, (enum pchat_part)part, PCHAT_DB_CREATE, &conn.db,
		                    err);
		if (code == PCHAT_OK)
			code = pchat_migrate_part(conn.db, (enum pchat_part)part, version, err);
		if (code == PCHAT_OK)
			code = name_part(&conn, (enum pchat_part)part, guid, err);
		pchat_conn_close(&conn);
	}
	return code;
}

/* What every store has from the beginning. '%s' is the domain. */
static const struct {
	enum pchat_kind kind;
	unsigned field;
	const char *text;
} built_in[] = {
	{ PCHAT_KIND_POOL, PCHAT_POOL_DOMAIN, "%s" },
	{ PCHAT_KIND_POOL, PCHAT_POOL_URI, "sip:GC-1-PersistentChatService-1@%s" },
	{ PCHAT_KIND_POOL, PCHAT_POOL_DISPLAY_NAME, "Persistent Chat" },
	{ PCHAT_KIND_DOMAIN, PCHAT_DOMAIN_NAME, "%s" },
	{ PCHAT_KIND_POLICY, PCHAT_POLICY_NAME, "global" },
	{ PCHAT_KIND_SETTINGS, PCHAT_SETTINGS_SCOPE, "global" },
	{ PCHAT_KIND_COMPLIANCE, PCHAT_COMPLIANCE_SCOPE, "global" },
};

static enum pchat_code
set_built_in(struct pchat_object *o, unsigned field, const char *text, const char *domain,
             struct pchat_err *err)
{
	const char *mark = strstr(text, "%s");
	PCHAT_AUTO_VALUE(buf) value = { 0 };

	pchat_buf_add(&value, text, mark ? (size_t)(mark - text) : strlen(text));
	if (mark)
		pchat_buf_text(&value, domain);
	if (!pchat_buf_ok(&value))
		return pchat_no_memory(err);
	return pchat_object_set(o, field, pchat_buf_view(&value), err);
}

static enum pchat_code
plan_built_in(struct pchat_plan *plan, const char *domain, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(built_in); i++) {
		struct pchat_object *o = plan->n > 0 ? plan->v[plan->n - 1].after : NULL;

		if (!o || o->kind != built_in[i].kind) {
			o = pchat_object_new(built_in[i].kind);
			if (!o)
				return pchat_no_memory(err);
			plan->v[plan->n++] = (struct pchat_change){ .after = o };
		}
		code = set_built_in(o, built_in[i].field, built_in[i].text, domain, err);
	}
	return code;
}

static enum pchat_code
add_built_in(struct pchat_store *store, const char *domain, const char *actor,
             struct pchat_err *err)
{
	const struct pchat_origin origin = { .actor = actor,
		                             .source = "command",
		                             .command = "store init" };
	struct pchat_change changes[PCHAT_N(built_in)] = { 0 };
	struct pchat_plan plan = { .v = changes, .cap = PCHAT_N(built_in) };
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	enum pchat_code code = plan_built_in(&plan, domain, err);

	if (code == PCHAT_OK)
		code = pchat_txn_begin(&txn, store, err);
	if (code == PCHAT_OK)
		code = pchat_txn_apply(&txn, &plan, &origin, err);
	if (code == PCHAT_OK)
		code = pchat_txn_commit(&txn, NULL, err);
	for (size_t i = 0; i < plan.n; i++)
		pchat_object_free(changes[i].after);
	return code;
}

struct init {
	const struct pchat_driver *driver;
	const char *domain, *actor;
};

static enum pchat_code
build_new(void *ctx, const char *location, struct pchat_err *err)
{
	const struct init *init = ctx;
	PCHAT_AUTO(store) store = NULL;
	enum pchat_code code;

	code = pchat_store_build(init->driver, location, PCHAT_SCHEMA_VERSION, err);
	if (code == PCHAT_OK)
		code = pchat_store_open(location, PCHAT_STORE_WRITE, &store, err);
	return code == PCHAT_OK ? add_built_in(store, init->domain, init->actor, err) : code;
}

enum pchat_code
pchat_store_init(const char *path, const char *domain, const char *actor, struct pchat_err *err)
{
	struct init init = { .domain = domain, .actor = actor };
	enum pchat_code code = pchat_driver_for(path, &init.driver, err);

	return code == PCHAT_OK ? init.driver->create(path, build_new, &init, err) : code;
}

/* ---- copying ---- */

struct copy {
	const struct pchat_driver *driver;
	const char *from;
	bool files; /* what users uploaded, too */
};

/* chat.db before policy.db: what the copy of the first has carried out is then never more than
 * what the copy of the second has decided, and opening the copy catches up. */
static enum pchat_code
copy_parts(void *ctx, const char *location, struct pchat_err *err)
{
	static const enum pchat_part order[] = { PCHAT_PART_CHAT, PCHAT_PART_COMPLIANCE,
		                                 PCHAT_PART_POLICY };
	const struct copy *c = ctx;
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(order); i++) {
		PCHAT_AUTO(db) db = NULL;
		unsigned version;

		code = c->driver->open(c->from, order[i], 0, &db, err);
		if (code == PCHAT_OK)
			code = pchat_migrate_version(db, order[i], c->from, &version, err);
		if (code == PCHAT_OK)
			code = c->driver->copy(db, order[i], location, err);
	}
	if (code == PCHAT_OK && c->files)
		code = pchat_dir_copy_files(c->from, location, err);
	return code;
}

enum pchat_code
pchat_store_backup(struct pchat_store *store, const char *to, struct pchat_err *err)
{
	struct copy c = { store->driver, store->path, true };

	return store->driver->create(to, copy_parts, &c, err);
}

enum pchat_code
pchat_store_restore(const char *from, const char *path, struct pchat_err *err)
{
	struct copy c = { .from = from, .files = true };
	enum pchat_code code = pchat_driver_for(from, &c.driver, err);

	if (code == PCHAT_OK)
		code = c.driver->probe(from, err);
	if (code == PCHAT_UNAVAILABLE) {
		pchat_fail(err, code, "no backup at '%s'", from);
		pchat_hint(err, "name a directory that 'pchatctl store backup' made");
	}
	return code == PCHAT_OK ? c.driver->create(path, copy_parts, &c, err) : code;
}

/* ---- migrating ---- */

/* policy.db last: its version stands for the store, so a migration cut short goes on. */
static enum pchat_code
migrate_parts(const struct pchat_driver *driver, const char *path, struct pchat_err *err)
{
	static const enum pchat_part order[] = { PCHAT_PART_CHAT, PCHAT_PART_COMPLIANCE,
		                                 PCHAT_PART_POLICY };
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(order); i++) {
		PCHAT_AUTO(db) db = NULL;

		code = driver->open(path, order[i], PCHAT_DB_WRITE, &db, err);
		if (code == PCHAT_OK)
			code = pchat_migrate_part(db, order[i], PCHAT_SCHEMA_VERSION, err);
	}
	return code;
}

static enum pchat_code
backup_before(const struct pchat_driver *driver, const char *path, unsigned from,
              struct pchat_err *err)
{
	struct copy c = { driver, path, false };
	PCHAT_AUTO_TEXT to = pchat_text("%s/backup-schema-%u-%lld", path, from,
	                                (long long)pchat_now());

	if (!to)
		return pchat_no_memory(err);
	return driver->create(to, copy_parts, &c, err);
}

/* The oldest version of its parts. */
static enum pchat_code
stored_version(const struct pchat_driver *driver, const char *path, unsigned *ret,
               struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	unsigned version = 0;

	*ret = PCHAT_SCHEMA_VERSION;
	for (int part = 0; code == PCHAT_OK && part < PCHAT_N_PARTS; part++) {
		PCHAT_AUTO(db) db = NULL;

		code = driver->open(path, (enum pchat_part)part, PCHAT_DB_WRITE, &db, err);
		if (code == PCHAT_OK)
			code = pchat_migrate_version(db, (enum pchat_part)part, path, &version,
			                             err);
		if (code == PCHAT_OK && version < *ret)
			*ret = version;
	}
	return code;
}

enum pchat_code
pchat_store_migrate(const char *path, unsigned *ret_from, unsigned *ret_to, struct pchat_err *err)
{
	const struct pchat_driver *driver = NULL;
	unsigned from = 0;
	enum pchat_code code = pchat_driver_for(path, &driver, err);

	if (code == PCHAT_OK)
		code = stored_version(driver, path, &from, err);
	if (code == PCHAT_OK && from < PCHAT_SCHEMA_VERSION)
		code = backup_before(driver, path, from, err);
	if (code == PCHAT_OK && from < PCHAT_SCHEMA_VERSION)
		code = migrate_parts(driver, path, err);
	if (code != PCHAT_OK)
		return code;
	*ret_from = from;
	*ret_to = PCHAT_SCHEMA_VERSION;
	return PCHAT_OK;
}
