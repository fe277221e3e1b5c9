#include "schema/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "schema/internal.h"
#include "schema/migrate.h"

/* What the revision that begins a draft says of its origin: no other has this source. */
#define SOURCE "transaction"

bool
pchat_draft_name_valid(struct pchat_str name)
{
	if (!name.n || name.n > PCHAT_DRAFT_NAME_MAX || name.p[0] == '.' || name.p[0] == '-')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      c == '-' || c == '_' || c == '.'))
			return false;
	}
	return true;
}

static enum pchat_code
check_name(const char *name, struct pchat_err *err)
{
	if (pchat_draft_name_valid(pchat_str(name)))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_INVALID, "'%s' cannot be the name of a transaction", name);
	pchat_hint(err, "use at most %d letters, digits, '-', '_' and '.'", PCHAT_DRAFT_NAME_MAX);
	return PCHAT_INVALID;
}

void
pchat_draft_info_release(struct pchat_draft_info *info)
{
	free(info->actor);
	free(info->comment);
	*info = (struct pchat_draft_info){ 0 };
}

/* ---- beginning ---- */

struct beginning {
	struct pchat_store *store;
	const char *name, *actor, *comment;
};

/* A revision of its own stands where the draft begins, and says so. */
static enum pchat_code
mark_beginning(struct pchat_store *copy, const struct beginning *b, struct pchat_err *err)
{
	const struct pchat_origin origin = {
		.actor = b->actor, .source = SOURCE, .command = b->name, .comment = b->comment
	};
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	enum pchat_code code = pchat_txn_begin(&txn, copy, err);

	if (code == PCHAT_OK)
		code = pchat_write_revision(copy, &origin, err);
	if (code == PCHAT_OK)
		code = pchat_write_state(copy, err);
	if (code == PCHAT_OK)
		code = copy->driver->commit(copy->conn.db, err);
	return code;
}

static enum pchat_code
build(void *ctx, const char *location, struct pchat_err *err)
{
	const struct beginning *b = ctx;
	struct pchat_store *from = b->store;
	PCHAT_AUTO(store) copy = NULL;
	PCHAT_AUTO(db) db = NULL;
	enum pchat_code code;

	/* By a connection of its own: that of @store may be reading. */
	code = from->driver->open(from->path, PCHAT_PART_POLICY, 0, &db, err);
	if (code == PCHAT_OK)
		code = from->driver->copy(db, PCHAT_PART_POLICY, location, err);
	if (code == PCHAT_OK)
		code = pchat_store_open_as_is(location, PCHAT_STORE_WRITE, &copy, err);
	return code == PCHAT_OK ? mark_beginning(copy, b, err) : code;
}

enum pchat_code
pchat_draft_begin(struct pchat_store *store, const char *name, const char *actor,
                  const char *comment, struct pchat_err *err)
{
	struct beginning b = { store, name, actor, comment };
	struct pchat_list names = { 0 };
	enum pchat_code code = check_name(name, err);
	bool taken, many;

	if (code == PCHAT_OK)
		code = pchat_draft_names(store->path, &names, err);
	if (code != PCHAT_OK)
		return code;
	taken = pchat_list_has(&names, pchat_str(name));
	many = names.n >= PCHAT_DRAFTS_MAX;
	pchat_list_release(&names);
	if (!taken && many) {
		pchat_fail(err, PCHAT_LIMIT, "there are %d open transactions already",
		           PCHAT_DRAFTS_MAX);
		pchat_hint(err, "see them with 'pchatctl transaction list'; commit or abort some");
		return PCHAT_LIMIT;
	}
	code = taken ? PCHAT_EXISTS : store->driver->side_create(store->path, name, build, &b, err);
	if (code == PCHAT_EXISTS) {
		pchat_err_release(err);
		pchat_fail(err, PCHAT_EXISTS, "there is a transaction named '%s' already", name);
		pchat_hint(err, "go on with it by --txn %s, or choose another --name", name);
	}
	return code;
}

/* ---- opening ---- */

static enum pchat_code
fail_foreign(const char *name, const char *why, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_INVALID, "transaction '%s' cannot be used: %s", name, why);
	pchat_hint(err, "drop it with 'pchatctl abort --txn %s'", name);
	return PCHAT_INVALID;
}

static enum pchat_code
fail_missing(const char *path, const char *name, struct pchat_err *err)
{
	struct pchat_list names = { 0 };
	const char *near = NULL;

	pchat_fail(err, PCHAT_NOT_FOUND, "no transaction named '%s' is open", name);
	if (pchat_draft_names(path, &names, NULL) == PCHAT_OK &&
	    pchat_list_has(&names, pchat_str(name))) {
		pchat_list_release(&names);
		return fail_foreign(name, "its file is missing", err);
	}
	if (names.n)
		near = pchat_nearest(pchat_str(name), (const char *const *)names.v, names.n);
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else if (names.n)
		pchat_hint(err, "see 'pchatctl transaction list'");
	else
		pchat_hint(err, "begin one with 'pchatctl begin --name %s'", name);
	pchat_list_release(&names);
	return PCHAT_NOT_FOUND;
}

static enum pchat_code
fail_damaged(const char *name, enum pchat_code code, struct pchat_err *err)
{
	pchat_wrap(err, "transaction '%s' cannot be used", name);
	pchat_hint(err, "drop it with 'pchatctl abort --txn %s'", name);
	return code;
}

/* The row of the revision that began the draft. *ret_first: number of its first journal row. */
static enum pchat_code
read_beginning(struct pchat_store *draft, struct pchat_draft_info *info, int64_t *ret_first,
               bool *ret_found, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&draft->conn, PCHAT_Q_DRAFT, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, INT64_MAX);
	code = pchat_query_step(&q, ret_found, err);
	if (code != PCHAT_OK || !*ret_found)
		return code;
	info->base = (uint64_t)pchat_col_int(q.stmt, 0) - 1;
	*ret_first = pchat_col_int(q.stmt, 1);
	info->begun = pchat_col_int(q.stmt, 2);
	snprintf(info->name, sizeof(info->name), "%.*s", PCHAT_STR_ARG(pchat_col_str(q.stmt, 4)));
	info->actor = pchat_str_dup(pchat_col_str(q.stmt, 3));
	if (pchat_col_str(q.stmt, 5).n)
		info->comment = pchat_str_dup(pchat_col_str(q.stmt, 5));
	if (!info->actor || (pchat_col_str(q.stmt, 5).n && !info->comment))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

/* Is the revision the draft began from the one the store has of that number? Not if a backup was
 * put in the place of the store, and the store went on from there. */
static enum pchat_code
check_base(struct pchat_store *draft, struct pchat_store *store, const char *name, uint64_t base,
           struct pchat_err *err)
{
	int64_t own = 0, other = 0;
	enum pchat_code code = pchat_store_revision_time(store, base, &own, err);

	if (code == PCHAT_OK)
		code = pchat_store_revision_time(draft, base, &other, err);
	if (code != PCHAT_OK || own == other)
		return code;
	return fail_foreign(name, "the store was put back since, and has gone another way", err);
}

static enum pchat_code
check_identity(struct pchat_store *draft, const char *name, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	char own[PCHAT_GUID_LEN + 1] = "", other[PCHAT_GUID_LEN + 1] = "";
	uint64_t revision = 0;
	int64_t first;
	bool found = false;
	enum pchat_code code;

	code = pchat_store_open_as_is(draft->path, PCHAT_STORE_READ, &store, err);
	if (code == PCHAT_OK)
		code = pchat_store_identity(store, own, &revision, err);
	if (code == PCHAT_OK)
		code = pchat_store_identity(draft, other, NULL, err);
	if (code == PCHAT_OK)
		code = read_beginning(draft, &info, &first, &found, err);
	if (code != PCHAT_OK)
		return code;
	if (!found)
		return fail_foreign(name, "its file was made by nobody's 'begin'", err);
	if (strcmp(own, other) != 0)
		return fail_foreign(name, "it belongs to another store", err);
	if (info.base > revision)
		return fail_foreign(name, "it is ahead of the store, which was put back since",
		                    err);
	return check_base(draft, store, name, info.base, err);
}

static enum pchat_code
check_version(const char *name, unsigned version, struct pchat_err *err)
{
	if (version == PCHAT_SCHEMA_VERSION)
		return PCHAT_OK;
	if (version > PCHAT_SCHEMA_VERSION) {
		pchat_fail(err, PCHAT_UNSUPPORTED,
		           "transaction '%s' has schema %u, newer than schema %u of this pchat",
		           name, version, PCHAT_SCHEMA_VERSION);
		pchat_hint(err, "use the pchat that began it, or a later one");
		return PCHAT_UNSUPPORTED;
	}
	pchat_fail(err, PCHAT_UNAVAILABLE,
	           "transaction '%s' has schema %u, this pchat needs schema %u", name, version,
	           PCHAT_SCHEMA_VERSION);
	pchat_hint(err, "run 'pchatctl store migrate', which brings it there as well");
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
open_draft(struct pchat_store *draft, const char *name, struct pchat_err *err)
{
	unsigned flags = draft->mode == PCHAT_STORE_WRITE ? PCHAT_DB_WRITE : 0;
	char location[sizeof(draft->path)];
	unsigned version;
	enum pchat_code code = draft->driver->side_path(draft->path, name, location,
	                                                sizeof(location), err);

	if (code == PCHAT_OK && draft->driver->probe(location, NULL) == PCHAT_UNAVAILABLE)
		return fail_missing(draft->path, name, err);
	if (code != PCHAT_OK)
		return code;
	code = draft->driver->open(location, PCHAT_PART_POLICY, flags, &draft->conn.db, err);
	if (code == PCHAT_OK)
		code = draft->driver->version(draft->conn.db, &version, err);
	if (code == PCHAT_INVALID || code == PCHAT_CORRUPT)
		return fail_damaged(name, code, err);
	if (code == PCHAT_OK)
		code = check_version(name, version, err);
	return code == PCHAT_OK ? check_identity(draft, name, err) : code;
}

enum pchat_code
pchat_draft_open(const char *path, const char *name, enum pchat_store_mode mode,
                 struct pchat_store **ret, struct pchat_err *err)
{
	PCHAT_AUTO(store) draft = NULL;
	enum pchat_code code = check_name(name, err);
	int n;

	if (code != PCHAT_OK)
		return code;
	draft = calloc(1, sizeof(*draft));
	if (!draft)
		return pchat_no_memory(err);
	draft->mode = mode;
	n = snprintf(draft->path, sizeof(draft->path), "%s", path);
	if (n < 0 || (size_t)n >= sizeof(draft->path))
		return pchat_fail(err, PCHAT_LIMIT, "path of the store is too long");
	code = pchat_driver_for(path, &draft->driver, err);
	if (code == PCHAT_OK)
		code = draft->driver->probe(path, err);
	if (code == PCHAT_OK)
		code = open_draft(draft, name, err);
	if (code == PCHAT_OK)
		*ret = PCHAT_TAKE(draft);
	return code;
}

/* ---- bringing to this version ---- */

static enum pchat_code
migrate_one(const struct pchat_driver *driver, const char *path, const char *name, unsigned *n,
            struct pchat_err *err)
{
	char location[sizeof(((struct pchat_store *)NULL)->path)];
	PCHAT_AUTO(db) db = NULL;
	unsigned version = PCHAT_SCHEMA_VERSION;
	enum pchat_code code = driver->side_path(path, name, location, sizeof(location), err);

	if (code == PCHAT_OK)
		code = driver->open(location, PCHAT_PART_POLICY, PCHAT_DB_WRITE, &db, err);
	if (code == PCHAT_OK)
		code = driver->version(db, &version, err);
	if (code != PCHAT_OK || version >= PCHAT_SCHEMA_VERSION)
		return code;
	code = pchat_migrate_part(db, PCHAT_PART_POLICY, PCHAT_SCHEMA_VERSION, err);
	if (code == PCHAT_OK)
		(*n)++;
	return code;
}

/* Nothing that waiting or room would help against: such a draft stands in nobody's way. */
static bool
stays_as_it_is(enum pchat_code code)
{
	return code == PCHAT_INVALID || code == PCHAT_CORRUPT || code == PCHAT_NOT_FOUND ||
	       code == PCHAT_UNAVAILABLE;
}

enum pchat_code
pchat_draft_migrate(const char *path, unsigned *ret_n, struct pchat_err *err)
{
	const struct pchat_driver *driver = NULL;
	struct pchat_list names = { 0 };
	unsigned n = 0;
	enum pchat_code code = pchat_driver_for(path, &driver, err);

	if (code == PCHAT_OK)
		code = pchat_draft_names(path, &names, err);
	for (size_t i = 0; code == PCHAT_OK && i < names.n; i++) {
		code = migrate_one(driver, path, names.v[i], &n, err);
		if (!stays_as_it_is(code))
			continue;
		pchat_err_release(err);
		code = PCHAT_OK;
	}
	pchat_list_release(&names);
	if (code == PCHAT_OK)
		*ret_n = n;
	return code;
}

/* ---- asking, ending ---- */

enum pchat_code
pchat_draft_info(struct pchat_store *draft, struct pchat_draft_info *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	int64_t first = 0;
	bool row = false;
	enum pchat_code code = read_beginning(draft, &info, &first, &row, err);

	if (code == PCHAT_OK && !row)
		code = pchat_fail(err, PCHAT_INVALID, "this is no transaction");
	if (code == PCHAT_OK)
		code = pchat_query_use(&draft->conn, PCHAT_Q_DRAFT_CHANGES, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, first);
	code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	info.changes = (uint64_t)pchat_col_int(q.stmt, 0);
	*ret = info;
	info = (struct pchat_draft_info){ 0 };
	return PCHAT_OK;
}

enum pchat_code
pchat_draft_check_open(struct pchat_store *draft, const char *name, struct pchat_err *err)
{
	char location[sizeof(draft->path)];
	enum pchat_code code = draft->driver->side_path(draft->path, name, location,
	                                                sizeof(location), err);

	if (code == PCHAT_OK && draft->driver->probe(location, NULL) == PCHAT_UNAVAILABLE)
		return fail_missing(draft->path, name, err);
	return code;
}

enum pchat_code
pchat_draft_drop(const char *path, const char *name, struct pchat_err *err)
{
	const struct pchat_driver *driver = NULL;
	enum pchat_code code = check_name(name, err);

	if (code == PCHAT_OK)
		code = pchat_driver_for(path, &driver, err);
	if (code == PCHAT_OK)
		code = driver->probe(path, err);
	if (code == PCHAT_OK)
		code = driver->side_remove(path, name, err);
	return code == PCHAT_NOT_FOUND ? fail_missing(path, name, err) : code;
}

static enum pchat_code
note_name(void *ctx, struct pchat_str name, struct pchat_err *err)
{
	if (!pchat_draft_name_valid(name))
		return PCHAT_OK;
	return pchat_list_add(ctx, name) ? PCHAT_OK : pchat_no_memory(err);
}

enum pchat_code
pchat_draft_names(const char *path, struct pchat_list *ret, struct pchat_err *err)
{
	const struct pchat_driver *driver = NULL;
	enum pchat_code code = pchat_driver_for(path, &driver, err);

	return code == PCHAT_OK ? driver->side_each(path, note_name, ret, err) : code;
}
