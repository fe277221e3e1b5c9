#include <sqlite3.h>

#include "schema/dir.h"
#include "schema/driver.h"
#include "schema/sqlite_words.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* "pcht": told by file(1), and proof that a file is ours before anything is read from it. */
#define APPLICATION_ID 0x70636874

/* What is read and written at once in a large apply; an upper bound, not taken beforehand. Who only
 * reads what is administered reads it in its order, and once: what was read need not stay. */
#define PRAGMAS                        \
	"PRAGMA synchronous = FULL;"   \
	"PRAGMA temp_store = MEMORY;"  \
	"PRAGMA cell_size_check = ON;" \
	"PRAGMA cache_size = -131072;" \
	"PRAGMA journal_size_limit = 16777216"

#define READER_CACHE "PRAGMA cache_size = -4096"

#define WAIT_MAX_MS  50

struct sqlite_db {
	struct pchat_db base;
	sqlite3 *h;
	sqlite3_stmt *data_version;
	char path[PCHAT_DIR_PATH_MAX];
	unsigned timeout;
	int64_t deadline;
};

struct sqlite_stmt {
	struct pchat_stmt base;
	struct sqlite_db *db;
	sqlite3_stmt *h;
	int bind_failure;
};

static struct sqlite_db *
sdb(struct pchat_db *db)
{
	return (struct sqlite_db *)db;
}

static struct sqlite_stmt *
sstmt(struct pchat_stmt *stmt)
{
	return (struct sqlite_stmt *)stmt;
}

/* ---- failures ---- */

static enum pchat_code
fail_constraint(int rc, const char *why, struct pchat_err *err)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
	case SQLITE_CONSTRAINT_TRIGGER:
		return pchat_fail(err, PCHAT_EXISTS, "the store has it already: %s", why);
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return pchat_fail(
			err, PCHAT_CONFLICT,
			"something still refers to what would go, or to what is not there");
	default:
		return pchat_fail(err, PCHAT_INVALID, "the store refuses it: %s", why);
	}
}

static enum pchat_code
fail_denied(const struct sqlite_db *db, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_DENIED, "'%s' cannot be written: %s", db->path,
	           access(db->path, W_OK) ? strerror(errno) : "read-only");
	pchat_hint(err, "run as the user the store belongs to, or make the file system writable");
	return PCHAT_DENIED;
}

static enum pchat_code
fail_corrupt(const struct sqlite_db *db, const char *why, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_CORRUPT, "'%s' is damaged: %s", db->path, why);
	pchat_hint(err, "look closer with 'pchatctl store check'; " PCHAT_REMEDY_RESTORE);
	return PCHAT_CORRUPT;
}

static enum pchat_code
fail_not_a_store(const struct sqlite_db *db, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_CORRUPT, "'%s' is not a store, or its beginning is damaged",
	           db->path);
	pchat_hint(err, "name the right directory with --store, or " PCHAT_REMEDY_RESTORE);
	return PCHAT_CORRUPT;
}

static enum pchat_code
fail_full(const struct sqlite_db *db, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_UNAVAILABLE, "no space left to write '%s'", db->path);
	pchat_hint(err, "nothing was changed; free some space on that file system and try again");
	return PCHAT_UNAVAILABLE;
}

/* A file that cannot be opened: SQLite does not say why, the system does. */
static enum pchat_code
fail_open(const struct sqlite_db *db, const char *why, struct pchat_err *err)
{
	enum pchat_code code = pchat_dir_probe_file(db->path, err);

	if (code != PCHAT_OK)
		return code;
	if (access(db->path, W_OK))
		return fail_denied(db, err);
	pchat_fail(err, PCHAT_UNAVAILABLE, "cannot open '%s': %s", db->path, why);
	pchat_hint(err, "the user needs to write to the directory of the store, too");
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
fail_io(const struct sqlite_db *db, int rc, struct pchat_err *err)
{
	int number = sqlite3_system_errno(db->h);

	if (rc == SQLITE_IOERR_NOMEM)
		return pchat_no_memory(err);
	if (number == ENOSPC || number == EDQUOT || number == EFBIG)
		return fail_full(db, err);
	pchat_fail(err, PCHAT_UNAVAILABLE, "cannot read or write '%s': %s", db->path,
	           number ? strerror(number) : sqlite3_errstr(rc));
	/* What was written and not confirmed may be there after all when the disk is well again. */
	if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
		pchat_hint(err,
		           "check the disk and the system log, then whether the change is there");
	else
		pchat_hint(err, "check the disk and the system log; nothing was changed");
	return PCHAT_UNAVAILABLE;
}

/* The one place where SQLite's result codes meet ours. */
static enum pchat_code
fail(const struct sqlite_db *db, int rc, struct pchat_err *err)
{
	const char *why = db->h ? sqlite3_errmsg(db->h) : sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		pchat_fail(err, PCHAT_BUSY, "'%s' is locked by another process", db->path);
		pchat_hint(err, "a large change may be under way: try again, "
		                "or wait longer with --timeout");
		return PCHAT_BUSY;
	case SQLITE_FULL:
		return fail_full(db, err);
	case SQLITE_NOTADB:
		return fail_not_a_store(db, err);
	case SQLITE_CORRUPT:
		return fail_corrupt(db, why, err);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return fail_denied(db, err);
	case SQLITE_CANTOPEN:
		return fail_open(db, why, err);
	case SQLITE_IOERR:
		return fail_io(db, rc, err);
	case SQLITE_NOMEM:
		return pchat_no_memory(err);
	case SQLITE_CONSTRAINT:
		return fail_constraint(rc, why, err);
	case SQLITE_TOOBIG:
		return pchat_fail(err, PCHAT_LIMIT, "too large for the store: %s", why);
	default:
		return pchat_fail(err, PCHAT_INTERNAL, "'%s': %s", db->path, why);
	}
}

/* ---- opening ---- */

/* Retry at random moments, ever rarer, until the limit: many waiters must not wake in step. */
static int
wait_for_lock(void *ctx, int tries)
{
	struct sqlite_db *db = ctx;
	int64_t now = pchat_monotonic(), pause;
	int64_t most = tries < 5 ? 2 << tries : WAIT_MAX_MS;
	uint16_t jitter;

	if (tries == 0)
		db->deadline = now + (int64_t)db->timeout * 1000;
	if (now >= db->deadline)
		return 0;
	pchat_random(&jitter, sizeof(jitter));
	pause = 200 + jitter % (most * 1000);
	if (pause > db->deadline - now)
		pause = db->deadline - now;
	nanosleep(&(struct timespec){ .tv_nsec = pause * 1000 }, NULL);
	return 1;
}

static enum pchat_code
exec(struct pchat_db *db, const char *script, struct pchat_err *err)
{
	int rc = sqlite3_exec(sdb(db)->h, script, NULL, NULL, NULL);

	return rc == SQLITE_OK ? PCHAT_OK : fail(sdb(db), rc, err);
}

/* One number of the file's header. */
static enum pchat_code
header_number(struct sqlite_db *db, const char *pragma, int64_t *ret, struct pchat_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->h, pragma, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? PCHAT_OK : fail(db, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
}

static void
close_db(struct pchat_db *base)
{
	struct sqlite_db *db = sdb(base);

	sqlite3_finalize(db->data_version);
	sqlite3_close_v2(db->h);
	free(db);
}

static void
set_timeout(struct pchat_db *db, unsigned milliseconds)
{
	sdb(db)->timeout = milliseconds;
}

/* Without statistics of its memory SQLite needs no lock for each allocation. Where it is in use
 * already the call does nothing. */
static void
configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum pchat_code
open_handle(struct sqlite_db *db, unsigned flags, struct pchat_err *err)
{
	static const int switches[][2] = {
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },    { SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 }, { SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};
	int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int rc;

	pthread_once(&once, configure);
	if (flags & PCHAT_DB_CREATE) {
		/* Made by us for its mode: SQLite would let the umask decide. */
		enum pchat_code code = pchat_dir_create_file(db->path, err);

		if (code != PCHAT_OK)
			return code;
	}
	rc = sqlite3_open_v2(db->path, &db->h, how, NULL);
	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	for (size_t i = 0; i < PCHAT_N(switches); i++)
		sqlite3_db_config(db->h, switches[i][0], switches[i][1], NULL);
	sqlite3_busy_handler(db->h, wait_for_lock, db);
	rc = pchat_sqlite_words_function(db->h);
	return rc == SQLITE_OK ? PCHAT_OK : fail(db, rc, err);
}

/* Does the last failure come from a file system without space? */
static bool
is_full(const struct sqlite_db *db)
{
	int number = sqlite3_system_errno(db->h);

	return number == ENOSPC || number == EDQUOT;
}

/* The mark of the file. The first thing read: what several processes share about the log is made
 * now unless it is there. Without space for that a reader does alone: it keeps it in memory and
 * the others out, for as long as it reads. */
static enum pchat_code
application_id(struct sqlite_db *db, unsigned flags, int64_t *ret, struct pchat_err *err)
{
	static const char mark[] = "PRAGMA application_id";
	enum pchat_code code = header_number(db, mark, ret, err);

	if (code != PCHAT_UNAVAILABLE || (flags & PCHAT_DB_WRITE) || !is_full(db))
		return code;
	pchat_err_release(err);
	/* How the log is shared is settled when it is first opened. */
	sqlite3_close_v2(db->h);
	db->h = NULL;
	code = open_handle(db, flags, err);
	if (code == PCHAT_OK)
		code = exec(&db->base, "PRAGMA locking_mode = EXCLUSIVE", err);
	return code == PCHAT_OK ? header_number(db, mark, ret, err) : code;
}

/* Is it ours, and may we do with it what is wanted? */
static enum pchat_code
check_file(struct sqlite_db *db, unsigned flags, struct pchat_err *err)
{
	int64_t id = 0, pages = 0;
	enum pchat_code code = application_id(db, flags, &id, err);

	if (code == PCHAT_OK && id == 0)
		code = header_number(db, "PRAGMA page_count", &pages, err);
	if (code != PCHAT_OK)
		return code;
	/* A file without content is an empty database to SQLite, and a cut off store to us. */
	if (id == 0 && pages == 0)
		return fail_not_a_store(db, err);
	if (id != APPLICATION_ID) {
		pchat_fail(err, PCHAT_INVALID, "'%s' is not a pchat store", db->path);
		pchat_hint(err, "name the right directory with --store");
		return PCHAT_INVALID;
	}
	if ((flags & PCHAT_DB_WRITE) && sqlite3_db_readonly(db->h, "main") == 1)
		return fail_denied(db, err);
	return PCHAT_OK;
}

/* Larger pages make large plans cheaper; smaller ones each single message. */
static unsigned
page_size(enum pchat_part part)
{
	return part == PCHAT_PART_POLICY ? 8192 : 4096;
}

static enum pchat_code
make_file(struct sqlite_db *db, enum pchat_part part, struct pchat_err *err)
{
	char sql[120];

	sqlite3_snprintf(sizeof(sql), sql,
	                 "PRAGMA page_size = %u; PRAGMA application_id = %d;"
	                 "PRAGMA journal_mode = WAL",
	                 page_size(part), APPLICATION_ID);
	return exec(&db->base, sql, err);
}

static enum pchat_code
set_up(struct sqlite_db *db, enum pchat_part part, unsigned flags, struct pchat_err *err)
{
	bool create = (flags & PCHAT_DB_CREATE) != 0;
	enum pchat_code code = create ? make_file(db, part, err) : check_file(db, flags, err);

	if (code == PCHAT_OK)
		code = exec(&db->base, PRAGMAS, err);
	if (code == PCHAT_OK && !create && !(flags & PCHAT_DB_WRITE))
		code = exec(&db->base, "PRAGMA query_only = ON", err);
	if (code == PCHAT_OK && part == PCHAT_PART_POLICY && !create && !(flags & PCHAT_DB_WRITE))
		code = exec(&db->base, READER_CACHE, err);
	return code;
}

static enum pchat_code
open_db(const char *location, enum pchat_part part, unsigned flags, struct pchat_db **ret,
        struct pchat_err *err)
{
	struct sqlite_db *db = calloc(1, sizeof(*db));
	enum pchat_code code;

	if (!db)
		return pchat_no_memory(err);
	db->base.driver = &pchat_sqlite;
	db->timeout = PCHAT_DB_TIMEOUT;
	code = pchat_dir_part_path(location, part, db->path, err);
	if (code == PCHAT_OK)
		code = open_handle(db, flags, err);
	if (code == PCHAT_OK)
		code = set_up(db, part, flags, err);
	if (code != PCHAT_OK) {
		close_db(&db->base);
		return code;
	}
	*ret = &db->base;
	return PCHAT_OK;
}

/* ---- versions and transactions ---- */

static enum pchat_code
version(struct pchat_db *db, unsigned *ret, struct pchat_err *err)
{
	int64_t v = 0;
	enum pchat_code code = header_number(sdb(db), "PRAGMA user_version", &v, err);

	if (code == PCHAT_OK)
		*ret = (unsigned)v;
	return code;
}

static enum pchat_code
set_version(struct pchat_db *db, unsigned v, struct pchat_err *err)
{
	char sql[48];

	sqlite3_snprintf(sizeof(sql), sql, "PRAGMA user_version = %u", v);
	return exec(db, sql, err);
}

static enum pchat_code
data_version(struct pchat_db *base, int64_t *ret, struct pchat_err *err)
{
	struct sqlite_db *db = sdb(base);
	int rc = SQLITE_OK;

	if (!db->data_version)
		rc = sqlite3_prepare_v3(db->h, "PRAGMA data_version", -1, SQLITE_PREPARE_PERSISTENT,
		                        &db->data_version, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(db->data_version);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(db->data_version, 0);
	sqlite3_reset(db->data_version);
	return rc == SQLITE_ROW ? PCHAT_OK : fail(db, rc, err);
}

static enum pchat_code
begin(struct pchat_db *db, bool write, struct pchat_err *err)
{
	return exec(db, write ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static enum pchat_code
commit(struct pchat_db *db, struct pchat_err *err)
{
	return exec(db, "COMMIT", err);
}

static bool
in_transaction(struct pchat_db *db)
{
	return !sqlite3_get_autocommit(sdb(db)->h);
}

static void
rollback(struct pchat_db *db)
{
	/* A full disk or lost memory may have rolled back already. */
	if (in_transaction(db))
		sqlite3_exec(sdb(db)->h, "ROLLBACK", NULL, NULL, NULL);
}

static enum pchat_code
mark(struct pchat_db *db, struct pchat_err *err)
{
	return exec(db, "SAVEPOINT mark", err);
}

static enum pchat_code
mark_keep(struct pchat_db *db, struct pchat_err *err)
{
	return exec(db, "RELEASE SAVEPOINT mark", err);
}

static void
mark_undo(struct pchat_db *db)
{
	/* A full disk may have taken the whole transaction back; then there is no savepoint. */
	if (in_transaction(db))
		exec(db, "ROLLBACK TO SAVEPOINT mark; RELEASE SAVEPOINT mark", NULL);
}

/* ---- statements ---- */

static enum pchat_code
prepare(struct pchat_db *base, const char *sql, struct pchat_stmt **ret, struct pchat_err *err)
{
	struct sqlite_stmt *stmt = calloc(1, sizeof(*stmt));
	int rc;

	if (!stmt)
		return pchat_no_memory(err);
	stmt->base.driver = &pchat_sqlite;
	stmt->db = sdb(base);
	rc = sqlite3_prepare_v3(stmt->db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->h, NULL);
	if (rc != SQLITE_OK) {
		free(stmt);
		return fail(sdb(base), rc, err);
	}
	*ret = &stmt->base;
	return PCHAT_OK;
}

static void
finalize(struct pchat_stmt *stmt)
{
	sqlite3_finalize(sstmt(stmt)->h);
	free(sstmt(stmt));
}

static void
bound(struct pchat_stmt *stmt, int rc)
{
	if (rc != SQLITE_OK)
		sstmt(stmt)->bind_failure = rc;
}

static void
bind_str(struct pchat_stmt *stmt, unsigned position, struct pchat_str text)
{
	bound(stmt, sqlite3_bind_text64(sstmt(stmt)->h, (int)position, text.p ? text.p : "", text.n,
	                                SQLITE_STATIC, SQLITE_UTF8));
}

static void
bind_int(struct pchat_stmt *stmt, unsigned position, int64_t v)
{
	bound(stmt, sqlite3_bind_int64(sstmt(stmt)->h, (int)position, v));
}

static void
bind_null(struct pchat_stmt *stmt, unsigned position)
{
	bound(stmt, sqlite3_bind_null(sstmt(stmt)->h, (int)position));
}

static enum pchat_code
step(struct pchat_stmt *base, bool *ret_row, struct pchat_err *err)
{
	struct sqlite_stmt *stmt = sstmt(base);
	int rc = stmt->bind_failure ? stmt->bind_failure : sqlite3_step(stmt->h);

	if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
		*ret_row = rc == SQLITE_ROW;
		return PCHAT_OK;
	}
	return fail(stmt->db, rc, err);
}

static void
reset(struct pchat_stmt *stmt)
{
	sqlite3_reset(sstmt(stmt)->h);
	sstmt(stmt)->bind_failure = 0;
}

static struct pchat_str
column_str(struct pchat_stmt *stmt, unsigned column)
{
	const char *text = (const char *)sqlite3_column_text(sstmt(stmt)->h, (int)column);

	return (struct pchat_str){ text,
		                   text ? (size_t)sqlite3_column_bytes(sstmt(stmt)->h, (int)column)
		                        : 0 };
}

static int64_t
column_int(struct pchat_stmt *stmt, unsigned column)
{
	return sqlite3_column_int64(sstmt(stmt)->h, (int)column);
}

static bool
column_is_null(struct pchat_stmt *stmt, unsigned column)
{
	return sqlite3_column_type(sstmt(stmt)->h, (int)column) == SQLITE_NULL;
}

static unsigned
columns(struct pchat_stmt *stmt)
{
	return (unsigned)sqlite3_column_count(sstmt(stmt)->h);
}

/* ---- copies and checks ---- */

/* The copy is in the same form as the original: write-ahead log, our mode, on the disk. */
static enum pchat_code
finish_copy(const char *path, struct pchat_err *err)
{
	struct sqlite_db db = { .base.driver = &pchat_sqlite };
	enum pchat_code code;
	int rc;

	snprintf(db.path, sizeof(db.path), "%s", path);
	rc = sqlite3_open_v2(path, &db.h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
	code = rc == SQLITE_OK ? exec(&db.base, "PRAGMA journal_mode = WAL", err)
	                       : fail(&db, rc, err);
	sqlite3_close_v2(db.h);
	return code == PCHAT_OK ? pchat_dir_sync(path, err) : code;
}

static enum pchat_code
vacuum_into(struct sqlite_db *db, const char *path, struct pchat_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->h, "VACUUM INTO $1", -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? PCHAT_OK : fail(db, rc, err);
}

static enum pchat_code
copy(struct pchat_db *db, enum pchat_part part, const char *location, struct pchat_err *err)
{
	char path[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = pchat_dir_part_path(location, part, path, err);

	if (code == PCHAT_OK)
		code = pchat_dir_create_file(path, err);
	/* VACUUM INTO writes to the copy alone, but query_only would forbid it. */
	if (code == PCHAT_OK)
		code = exec(db, "PRAGMA query_only = OFF", err);
	if (code == PCHAT_OK)
		code = vacuum_into(sdb(db), path, err);
	if (code == PCHAT_OK)
		code = finish_copy(path, err);
	return code;
}

/* Call @each with each row of a statement as one line, its columns joined by ": ". */
static enum pchat_code
lines(struct sqlite_db *db, const char *sql, int first, pchat_line_fn each, void *ctx,
      struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	enum pchat_code code = PCHAT_OK;
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->h, sql, -1, &stmt, NULL);

	while (rc == SQLITE_OK && code == PCHAT_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		rc = SQLITE_OK;
		pchat_buf_clear(&line);
		for (int i = first; i < sqlite3_column_count(stmt); i++) {
			if (i > first)
				pchat_buf_lit(&line, ": ");
			pchat_buf_text(&line, (const char *)sqlite3_column_text(stmt, i));
		}
		code = pchat_buf_check(&line, err);
		if (code == PCHAT_OK)
			code = each(ctx, pchat_buf_view(&line), err);
	}
	sqlite3_finalize(stmt);
	if (code == PCHAT_OK && rc != SQLITE_OK && rc != SQLITE_DONE)
		code = fail(db, rc, err);
	return code;
}

struct findings {
	pchat_line_fn each;
	void *ctx;
	const char *prefix;
};

static enum pchat_code
finding(void *ctx, struct pchat_str line, struct pchat_err *err)
{
	struct findings *f = ctx;
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (pchat_str_is(line, "ok"))
		return PCHAT_OK;
	pchat_buf_text(&text, f->prefix);
	pchat_buf_str(&text, line);
	if (!pchat_buf_ok(&text))
		return pchat_no_memory(err);
	return f->each(f->ctx, pchat_buf_view(&text), err);
}

static enum pchat_code
check(struct pchat_db *db, pchat_line_fn each, void *ctx, struct pchat_err *err)
{
	static const struct {
		const char *sql, *prefix;
	} looks[] = {
		{ "PRAGMA integrity_check(100)", "" },
		{ "SELECT \"table\", COALESCE(rowid, '-'), parent FROM pragma_foreign_key_check",
		  "dangling reference (table: row: refers to): " },
	};

	for (size_t i = 0; i < PCHAT_N(looks); i++) {
		struct findings f = { each, ctx, looks[i].prefix };
		struct pchat_err damage = { 0 };
		enum pchat_code code = lines(sdb(db), looks[i].sql, 0, finding, &f, &damage);

		/* Damage that ends the look is what was looked for. */
		if (code == PCHAT_CORRUPT)
			code = each(ctx, pchat_str(pchat_err_text(&damage)), err);
		else if (code != PCHAT_OK)
			pchat_fail(err, code, "%s", pchat_err_text(&damage));
		pchat_err_release(&damage);
		if (code != PCHAT_OK)
			return code;
	}
	return PCHAT_OK;
}

static enum pchat_code
explain(struct pchat_db *db, const char *sql, pchat_line_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	pchat_buf_lit(&text, "EXPLAIN QUERY PLAN ");
	pchat_buf_text(&text, sql);
	if (!pchat_buf_ok(&text))
		return pchat_no_memory(err);
	return lines(sdb(db), pchat_buf_cstr(&text), 3, each, ctx, err);
}

const struct pchat_driver pchat_sqlite = {
	.name = "sqlite",
	.probe = pchat_dir_probe,
	.create = pchat_dir_create,
	.side_create = pchat_dir_side_create,
	.side_path = pchat_dir_side_path,
	.side_each = pchat_dir_side_each,
	.side_remove = pchat_dir_side_remove,
	.size = pchat_dir_size,
	.open = open_db,
	.close = close_db,
	.set_timeout = set_timeout,
	.version = version,
	.set_version = set_version,
	.data_version = data_version,
	.exec = exec,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.in_transaction = in_transaction,
	.mark = mark,
	.mark_keep = mark_keep,
	.mark_undo = mark_undo,
	.copy = copy,
	.check = check,
	.explain = explain,
	.prepare = prepare,
	.finalize = finalize,
	.bind_str = bind_str,
	.bind_int = bind_int,
	.bind_null = bind_null,
	.step = step,
	.reset = reset,
	.column_str = column_str,
	.column_int = column_int,
	.column_is_null = column_is_null,
	.columns = columns,
	.words_row = pchat_sqlite_words_row,
	.words_query = pchat_sqlite_words_query,
};
