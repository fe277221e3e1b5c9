/*
 * What the store asks of a database engine, and nothing more. sqlite.c is the
 * driver there is; another one (PostgreSQL) fills the same table and costs no
 * change above. The statements themselves are written once, in the dialect both
 * share, with parameters $1, $2 ... in the order of their first appearance.
 *
 * A store has three parts, so that a large apply never blocks a post. To SQLite
 * they are three files of one directory, to a server they would be three schemas.
 *
 * A connection and its statements belong to one thread.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*       symbol      name in messages */
#define PCHAT_PARTS(X)      \
	X(POLICY, "policy") \
	X(CHAT, "chat")     \
	X(COMPLIANCE, "compliance")

enum pchat_part {
#define X(symbol, name) PCHAT_PART_##symbol,
	PCHAT_PARTS(X)
#undef X
		PCHAT_N_PARTS
};
const char *pchat_part_name(enum pchat_part part);

enum {
	PCHAT_DB_WRITE = 1 << 0,  /* refuse a store that cannot be written */
	PCHAT_DB_CREATE = 1 << 1, /* the part is not there yet: make it, empty, for us alone */
};

/* The remedy for damage that cannot be mended: restore writes to a missing or empty place only. */
#define PCHAT_REMEDY_RESTORE \
	"move the store away and put a backup in its place with 'pchatctl store restore'"

#define PCHAT_DB_TIMEOUT 5000u /* milliseconds a lock is waited for unless told otherwise */

struct pchat_db;
struct pchat_stmt;

/* A place being built or copied to, that nobody sees until all of it stands. */
typedef enum pchat_code (*pchat_build_fn)(void *ctx, const char *location, struct pchat_err *err);
/* One line of what a check found. */
typedef enum pchat_code (*pchat_line_fn)(void *ctx, struct pchat_str line, struct pchat_err *err);

/* What is looked for in a full-text index (schema/words.h): messages with these words, any or all
 * of them, by these authors, any of them; nothing of one kind means that it does not matter. */
struct pchat_words_query {
	const struct pchat_str *words;
	size_t n_words;
	bool any;
	const int64_t *authors; /* author.id */
	size_t n_authors;
};

struct pchat_driver {
	const char *name;

	/* Is there a store at @location? PCHAT_OK, or the code, message and remedy if not. */
	enum pchat_code (*probe)(const char *location, struct pchat_err *err);
	/* Make room for a new store (missing or empty place: else PCHAT_EXISTS), let @build fill
	 * it somewhere private, then make it appear as a whole. Nothing is left after a failure. */
	enum pchat_code (*create)(const char *location, pchat_build_fn build, void *ctx,
	                          struct pchat_err *err);
	/* Beside a store, below it: places that hold a policy part of their own, by name. Names are
	 * the caller's to check. */
	/* Let @build fill a new one somewhere private, then make it appear as a whole. PCHAT_EXISTS
	 * if there is one. Removes what was cut short more than a day ago. */
	enum pchat_code (*side_create)(const char *location, const char *name, pchat_build_fn build,
	                               void *ctx, struct pchat_err *err);
	/* Its location for .open and .probe, of at most @max octets with its end. */
	enum pchat_code (*side_path)(const char *location, const char *name, char *ret, size_t max,
	                             struct pchat_err *err);
	enum pchat_code (*side_each)(const char *location, pchat_line_fn each, void *ctx,
	                             struct pchat_err *err);
	/* PCHAT_NOT_FOUND if there is none. */
	enum pchat_code (*side_remove)(const char *location, const char *name,
	                               struct pchat_err *err);
	/* Sizes of all that belongs to the store, in octets. */
	enum pchat_code (*size)(const char *location, uint64_t *ret, struct pchat_err *err);

	/* PCHAT_UNAVAILABLE if missing, PCHAT_DENIED, PCHAT_INVALID if it is something else,
	 * PCHAT_CORRUPT; each with a remedy. */
	enum pchat_code (*open)(const char *location, enum pchat_part part, unsigned flags,
	                        struct pchat_db **ret, struct pchat_err *err);
	void (*close)(struct pchat_db *db);
	/* Time limit for locks, in all, for one wait; waits are jittered. */
	void (*set_timeout)(struct pchat_db *db, unsigned milliseconds);

	/* Number of the last migration; part of the transaction it is set in. */
	enum pchat_code (*version)(struct pchat_db *db, unsigned *ret, struct pchat_err *err);
	enum pchat_code (*set_version)(struct pchat_db *db, unsigned version,
	                               struct pchat_err *err);
	/* A number that differs from the last one if another connection committed. */
	enum pchat_code (*data_version)(struct pchat_db *db, int64_t *ret, struct pchat_err *err);
	/* Run a script of our own (migrations). */
	enum pchat_code (*exec)(struct pchat_db *db, const char *script, struct pchat_err *err);

	/* Read transactions see one state; write transactions hold the one write lock from the
	 * start, so that nothing read in them can be overtaken. */
	enum pchat_code (*begin)(struct pchat_db *db, bool write, struct pchat_err *err);
	enum pchat_code (*commit)(struct pchat_db *db, struct pchat_err *err);
	void (*rollback)(struct pchat_db *db); /* harmless if none is open */
	bool (*in_transaction)(struct pchat_db *db);
	/* A place inside a write transaction, one at a time: keep what comes after it, or undo
	 * that alone. */
	enum pchat_code (*mark)(struct pchat_db *db, struct pchat_err *err);
	enum pchat_code (*mark_keep)(struct pchat_db *db, struct pchat_err *err);
	void (*mark_undo)(struct pchat_db *db);

	/* A consistent copy of the part into a new part at @location. */
	enum pchat_code (*copy)(struct pchat_db *db, enum pchat_part part, const char *location,
	                        struct pchat_err *err);
	/* Look for damage in the files and for dangling references; calls @each per finding. */
	enum pchat_code (*check)(struct pchat_db *db, pchat_line_fn each, void *ctx,
	                         struct pchat_err *err);
	/* The plan of a statement, line by line: for tests that refuse full scans. */
	enum pchat_code (*explain)(struct pchat_db *db, const char *sql, pchat_line_fn each,
	                           void *ctx, struct pchat_err *err);

	enum pchat_code (*prepare)(struct pchat_db *db, const char *sql, struct pchat_stmt **ret,
	                           struct pchat_err *err);
	void (*finalize)(struct pchat_stmt *stmt);
	/* Positions count from 1. A failure to bind is reported by the next step. Texts are
	 * borrowed until the statement is reset. */
	void (*bind_str)(struct pchat_stmt *stmt, unsigned position, struct pchat_str text);
	void (*bind_int)(struct pchat_stmt *stmt, unsigned position, int64_t v);
	void (*bind_null)(struct pchat_stmt *stmt, unsigned position);
	/* *ret_row: there is a row to read. After the last one, or a failure, reset. */
	enum pchat_code (*step)(struct pchat_stmt *stmt, bool *ret_row, struct pchat_err *err);
	void (*reset)(struct pchat_stmt *stmt);
	/* Columns count from 0; texts are terminated and valid until the next step or reset;
	 * NULL gives an empty view with .p NULL. */
	struct pchat_str (*column_str)(struct pchat_stmt *stmt, unsigned column);
	int64_t (*column_int)(struct pchat_stmt *stmt, unsigned column);
	bool (*column_is_null)(struct pchat_stmt *stmt, unsigned column);
	unsigned (*columns)(struct pchat_stmt *stmt);

	/* Full-text search, which every engine has in its own way: what stands in the column of
	 * words for a message (@words: from pchat_words_message()), and the query that is bound to
	 * the statements WORDS_NEWEST and WORDS_OLDEST. Both are appended. */
	void (*words_row)(struct pchat_buf *out, int64_t author, struct pchat_str words);
	void (*words_query)(struct pchat_buf *out, const struct pchat_words_query *q);
};

/* What every driver's own structures begin with. */
struct pchat_db {
	const struct pchat_driver *driver;
};
struct pchat_stmt {
	const struct pchat_driver *driver;
};

extern const struct pchat_driver pchat_sqlite;

/* The driver for a path or URL; PCHAT_UNSUPPORTED for an engine this build does not know. */
enum pchat_code pchat_driver_for(const char *location, const struct pchat_driver **ret,
                                 struct pchat_err *err);

/* ---- shorthands ---- */

static inline void
pchat_db_close(struct pchat_db *db)
{
	if (db)
		db->driver->close(db);
}
PCHAT_AUTO_DEFINE(db, pchat_db_close)

static inline void
pchat_stmt_finalize(struct pchat_stmt *stmt)
{
	if (stmt)
		stmt->driver->finalize(stmt);
}
PCHAT_AUTO_DEFINE(stmt, pchat_stmt_finalize)

static inline void
pchat_stmt_str(struct pchat_stmt *stmt, unsigned position, struct pchat_str text)
{
	stmt->driver->bind_str(stmt, position, text);
}

/* NULL binds NULL. */
static inline void
pchat_stmt_text(struct pchat_stmt *stmt, unsigned position, const char *text)
{
	if (text)
		stmt->driver->bind_str(stmt, position, pchat_str(text));
	else
		stmt->driver->bind_null(stmt, position);
}

static inline void
pchat_stmt_int(struct pchat_stmt *stmt, unsigned position, int64_t v)
{
	stmt->driver->bind_int(stmt, position, v);
}

static inline struct pchat_str
pchat_col_str(struct pchat_stmt *stmt, unsigned column)
{
	return stmt->driver->column_str(stmt, column);
}

static inline int64_t
pchat_col_int(struct pchat_stmt *stmt, unsigned column)
{
	return stmt->driver->column_int(stmt, column);
}
