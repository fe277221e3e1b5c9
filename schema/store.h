/*
 * The store: everything an administrator decides (policy.db) with its journal.
 * SQL never leaks out of schema/. Messages and what else chatting leaves behind
 * stand in chat.h; both are opened from one store.
 *
 * One struct pchat_store belongs to one thread. Open it again for another.
 */
#pragma once

#include "policy/org.h"
#include "policy/plan.h"

struct pchat_store;
void pchat_store_close(struct pchat_store *store);
PCHAT_AUTO_DEFINE(store, pchat_store_close)

enum pchat_store_mode {
	PCHAT_STORE_READ, /* fails with a remedy if missing, old, new, not readable */
	PCHAT_STORE_WRITE,
};

/* The directory a path or URL names is used as it is; see design.md section 2 for where the
 * path comes from. Statements are prepared when first used, so that opening is cheap. */
enum pchat_code pchat_store_open(const char *path, enum pchat_store_mode mode,
                                 struct pchat_store **ret, struct pchat_err *err);
/* The same without taking back what nobody confirmed in time (schema/confirmation.h): for who has
 * no time for that, or is to see the store as it was left. */
enum pchat_code pchat_store_open_as_is(const char *path, enum pchat_store_mode mode,
                                       struct pchat_store **ret, struct pchat_err *err);
/* How long taking the write lock may take in all; milliseconds; 5000 unless told. */
void pchat_store_set_timeout(struct pchat_store *store, unsigned milliseconds);
/* Create a store in an empty or missing directory (mode 0700) with the built-in objects: the
 * pool (domain), the global policy (off), global settings, global compliance (none), the
 * domain principal. PCHAT_EXISTS if there is one. */
enum pchat_code pchat_store_init(const char *path, const char *domain, const char *actor,
                                 struct pchat_err *err);
/* Bring an older store to this version: backup beside it first, one transaction per step.
 * *ret_from and *ret_to are the schema versions. */
enum pchat_code pchat_store_migrate(const char *path, unsigned *ret_from, unsigned *ret_to,
                                    struct pchat_err *err);
/* Consistent copy of all files of the store into @to, a new directory. */
enum pchat_code pchat_store_backup(struct pchat_store *store, const char *to,
                                   struct pchat_err *err);
/* Put a backup back; @path must be missing or empty. */
enum pchat_code pchat_store_restore(const char *from, const char *path, struct pchat_err *err);

struct pchat_store_problem {
	char *what, *remedy; /* owned */
	/* A role that does not count while its holder is out of scope: no damage, but worth
	 * knowing. */
	bool asleep;
};
/* Look for damage: integrity_check of each file, foreign keys, rules of the data
 * (schema-and-capacity.md section 5). *ret_n == 0: all well. Caller frees the array and texts. */
enum pchat_code pchat_store_verify(struct pchat_store *store, struct pchat_store_problem **ret,
                                   size_t *ret_n, struct pchat_err *err);

/* The same of a store that may be too damaged to be opened. */
enum pchat_code pchat_store_verify_path(const char *path, struct pchat_store_problem **ret,
                                        size_t *ret_n, struct pchat_err *err);

struct pchat_store_info {
	char path[1024];
	char id[PCHAT_GUID_LEN + 1]; /* of this store: dbVersion in XCCOS */
	unsigned schema_version;
	uint64_t revision;
	uint64_t unconfirmed; /* a revision that waits for its confirmation, or 0 */
	int64_t deadline;     /* of that one */
	uint64_t counts[PCHAT_N_KINDS];
	uint64_t messages;
	uint64_t bytes; /* of all files */
};
enum pchat_code pchat_store_info(struct pchat_store *store, struct pchat_store_info *ret,
                                 struct pchat_err *err);
const char *pchat_store_path(const struct pchat_store *store);

/* ---- reading ---- */

/* Identity of the store and its revision; @ret_revision may be NULL. */
enum pchat_code pchat_store_identity(struct pchat_store *store, char ret_id[PCHAT_GUID_LEN + 1],
                                     uint64_t *ret_revision, struct pchat_err *err);
enum pchat_code pchat_store_revision(struct pchat_store *store, uint64_t *ret,
                                     struct pchat_err *err);
/* When a revision was made; 0 if there is none of that number. Two pasts of a store, of which one
 * was put in the place of the other, are told apart by it. */
enum pchat_code pchat_store_revision_time(struct pchat_store *store, uint64_t revision,
                                          int64_t *ret, struct pchat_err *err);
/* Number of objects of a kind. */
enum pchat_code pchat_store_count(struct pchat_store *store, enum pchat_kind kind, uint64_t *ret,
                                  struct pchat_err *err);
/* See one state of the store in all calls from here to pchat_store_read_end(). Nests. */
enum pchat_code pchat_store_read_begin(struct pchat_store *store, struct pchat_err *err);
void pchat_store_read_end(struct pchat_store *store);
/* By key without regard to case, or by guid. PCHAT_NOT_FOUND with the nearest names as hint. */
enum pchat_code pchat_store_get(struct pchat_store *store, enum pchat_kind kind, const char *key,
                                struct pchat_object **ret, struct pchat_err *err);
enum pchat_code pchat_store_get_guid(struct pchat_store *store, enum pchat_kind kind,
                                     const char *guid, struct pchat_object **ret,
                                     struct pchat_err *err);
typedef enum pchat_code (*pchat_object_fn)(void *ctx, const struct pchat_object *o,
                                           struct pchat_err *err);
/* Every object of a kind in order of its folded key; constant memory. Stops at the first code
 * other than PCHAT_OK and returns it. Callbacks may read from the same store, also the same. */
enum pchat_code pchat_store_each(struct pchat_store *store, enum pchat_kind kind,
                                 pchat_object_fn each, void *ctx, struct pchat_err *err);
/* Keys that begin with @prefix (folded), at most @max: for completion and suggestions. */
enum pchat_code pchat_store_names(struct pchat_store *store, enum pchat_kind kind,
                                  struct pchat_str prefix, size_t max, struct pchat_list *ret,
                                  struct pchat_err *err);
/* The last of those keys, malloc'ed; NULL if there is none. */
enum pchat_code pchat_store_last_name(struct pchat_store *store, enum pchat_kind kind,
                                      struct pchat_str prefix, char **ret, struct pchat_err *err);
/* Everything into an org, inside one read transaction; *ret_revision is what it shows. */
enum pchat_code pchat_store_load(struct pchat_store *store, struct pchat_org *org,
                                 uint64_t *ret_revision, struct pchat_err *err);
/* A loader that reads on demand from @store (borrowed). */
struct pchat_org_loader pchat_store_loader(struct pchat_store *store);

/* ---- writing ---- */

struct pchat_origin {
	const char *actor;   /* "root", "sip:amy@contoso.example" */
	const char *source;  /* "command", "manifest", "import", "rollback", "room-management",
	                        "daemon" */
	const char *command; /* the command line, secrets taken out; may be NULL */
	const char *comment; /* -m TEXT; may be NULL */
	/* Called now and then while a large plan is carried out. May be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx;
};

struct pchat_txn {
	struct pchat_store *store; /* NULL: no transaction is open */
	uint64_t base;             /* revision it started from */
};
/* Take the write lock (waits with jitter up to the store's time limit: PCHAT_BUSY). Read what the
 * plan is made from after this, inside the lock. */
enum pchat_code pchat_txn_begin(struct pchat_txn *txn, struct pchat_store *store,
                                struct pchat_err *err);
/* Write all changes of a checked plan and one journal row each; all get the new revision. Sets
 * guid, revision, times and actors in the .after objects. An empty plan writes nothing. The order
 * of the changes does not matter; references and lists of .before hold the names there are, those
 * of .after the names there will be.
 *
 * May be called several times before the commit; the revision keeps the first origin. After a
 * failure the transaction goes on as if the call had not been, except that a failed first plan of
 * more than 1000 changes takes all of it back: what follows is then refused.
 * PCHAT_CONFLICT: an object is gone or has another revision than .before; PCHAT_EXISTS,
 * PCHAT_INVALID: what a check would have refused, too; PCHAT_UNAVAILABLE: the disk is full. */
enum pchat_code pchat_txn_apply(struct pchat_txn *txn, struct pchat_plan *plan,
                                const struct pchat_origin *origin, struct pchat_err *err);
/* *ret_revision (may be NULL): the new one, or the base if nothing was written. */
enum pchat_code pchat_txn_commit(struct pchat_txn *txn, uint64_t *ret_revision,
                                 struct pchat_err *err);
void pchat_txn_rollback(struct pchat_txn *txn); /* also of one not open */
PCHAT_AUTO_VALUE_DEFINE(txn, pchat_txn_rollback)

/* What a user proves a password with, without the password: by Digest H(A1) for MD5 and SHA-256, by
 * NTLM the NT hash, which is as good as the password. Lower-case hexadecimal; empty: not by that.
 * Never exported, journaled or shown; to be wiped after use. */
struct pchat_credential {
	char realm[256]; /* of H(A1) */
	char ha1_md5[33], ha1_sha256[65];
	char nt_hash[33];
};
/* Replace it as a whole; NULL takes it away. Journaled without the secret. */
enum pchat_code pchat_txn_set_credential(struct pchat_txn *txn, const char *user,
                                         const struct pchat_credential *credential,
                                         const struct pchat_origin *origin, struct pchat_err *err);
/* PCHAT_NOT_FOUND: none. */
enum pchat_code pchat_store_credential(struct pchat_store *store, const char *user,
                                       struct pchat_credential *ret, struct pchat_err *err);

/* Append the URI of the user whose Kerberos principal is @principal, to the letter.
 * PCHAT_NOT_FOUND; PCHAT_CONFLICT if it is given to several. */
enum pchat_code pchat_store_user_of_principal(struct pchat_store *store, const char *principal,
                                              struct pchat_buf *out, struct pchat_err *err);

/* ---- journal and change feed ---- */

struct pchat_journal_row {
	uint64_t revision;
	unsigned seq; /* within the revision */
	int64_t time;
	const char *actor, *source, *command, *comment; /* borrowed during the callback */
	enum pchat_op op;
	enum pchat_cause cause;
	enum pchat_kind kind;
	const char *guid, *key;
	struct pchat_object *before, *after; /* borrowed; parsed from the JSON of the row */
};
typedef enum pchat_code (*pchat_journal_fn)(void *ctx, const struct pchat_journal_row *row,
                                            struct pchat_err *err);
/* Rows with revision in (after, upto], in order; @upto 0 = all. */
enum pchat_code pchat_store_journal(struct pchat_store *store, uint64_t after, uint64_t upto,
                                    pchat_journal_fn each, void *ctx, struct pchat_err *err);
/* The same from the last to the first. */
enum pchat_code pchat_store_journal_back(struct pchat_store *store, uint64_t after, uint64_t upto,
                                         pchat_journal_fn each, void *ctx, struct pchat_err *err);
/* Rows about one object, by guid, newest first, at most @max (0 = all). */
enum pchat_code pchat_store_history(struct pchat_store *store, const char *guid, size_t max,
                                    pchat_journal_fn each, void *ctx, struct pchat_err *err);
/* True if somebody else committed since the last call (2 us); the first call says true. Own commits
 * are no news, and failures to look say true, so that the reading that follows reports them. */
bool pchat_store_changed(struct pchat_store *store);

/* JSON of an object, as in command output: every field, keys as in manifests, durations as text
 * ("15m"). @with_meta adds guid, revision, created, createdBy, updated, updatedBy. */
void pchat_object_to_json(const struct pchat_object *o, bool with_meta, struct pchat_buf *out);
/* The same read back: unknown keys are refused, fields not named keep their defaults. */
enum pchat_code pchat_object_from_json(enum pchat_kind kind, struct pchat_str json,
                                       struct pchat_object **ret, struct pchat_err *err);
