/*
 * What the files of schema/ share about an open store. Inside schema/ and its
 * tests only.
 */
#pragma once

#include "schema/objects.h"
#include "schema/query.h"
#include "schema/store.h"

/* The write transaction that is open. */
struct pchat_write {
	bool open;
	uint64_t revision;     /* the new one */
	int64_t next_id;       /* number of the next object */
	int64_t first_journal; /* number of the first journal row of this transaction */
	int64_t next_journal;
	int64_t time;
	bool other; /* something was written that is not in the journal */
};

struct pchat_store {
	struct pchat_conn conn;
	const struct pchat_driver *driver;
	enum pchat_store_mode mode;
	unsigned reading;     /* depth of nested reads of one state */
	int64_t data_version; /* seen last by pchat_store_changed() */
	struct pchat_write write;
	struct pchat_buf fold, json_before, json_after; /* scratch, kept for the next row */
	char path[1024];
};

/* See one state from here to pchat_read_end(); nests; does nothing inside a transaction. */
enum pchat_code pchat_read_begin(struct pchat_store *store, struct pchat_err *err);
void pchat_read_end(struct pchat_store *store);

/* One object by its number in the store. PCHAT_NOT_FOUND without hints. */
enum pchat_code pchat_read_by_id(struct pchat_store *store, enum pchat_kind kind, int64_t id,
                                 struct pchat_object **ret, struct pchat_err *err);
/* By key; *ret stays NULL if there is none. */
enum pchat_code pchat_read_by_key(struct pchat_store *store, enum pchat_kind kind, const char *key,
                                  struct pchat_object **ret, struct pchat_err *err);
/* Number of an object by its key; 0 if there is none. */
enum pchat_code pchat_read_id(struct pchat_store *store, enum pchat_kind kind, struct pchat_str key,
                              int64_t *ret, struct pchat_err *err);

/* Nearest name of a kind, malloc'ed; of very many names the nearest found with a bounded amount of
 * work. NULL if none is near enough, or on failure: it is for a remedy only. */
char *pchat_read_nearest(struct pchat_store *store, enum pchat_kind kind, const char *key);

/* A transaction that a failure has taken back must not go on as if it were there. */
enum pchat_code pchat_write_alive(struct pchat_store *store, struct pchat_err *err);
/* From here to pchat_write_guard_end() a failure leaves the transaction as it was, so that a
 * batch can go on; the latter returns @code. But a first change of many rows (@rows) that fails
 * takes back all of the transaction: a savepoint would make it half as fast again. */
struct pchat_guard {
	struct pchat_write before;
	bool whole; /* no savepoint */
};
enum pchat_code pchat_write_guard(struct pchat_store *store, size_t rows, struct pchat_guard *ret,
                                  struct pchat_err *err);
enum pchat_code pchat_write_guard_end(struct pchat_store *store, const struct pchat_guard *guard,
                                      enum pchat_code code, struct pchat_err *err);
/* Open the revision of the transaction in the journal, once. */
enum pchat_code pchat_write_revision(struct pchat_store *store, const struct pchat_origin *origin,
                                     struct pchat_err *err);
/* Write the revision and the next numbers of the open transaction into the row of the store. */
enum pchat_code pchat_write_state(struct pchat_store *store, struct pchat_err *err);
/* Words for operations and causes, in journal rows and saved plans. */
extern const char *const pchat_op_words[PCHAT_OP_DELETE + 1];
extern const char *const pchat_cause_words[PCHAT_CAUSE_CASCADE + 1];

/* Write a journal row of the open transaction. The caller takes its number from
 * .write.next_journal, without gaps. */
struct pchat_journal_entry {
	int64_t row;
	int64_t object; /* number of the object */
	enum pchat_op op;
	enum pchat_cause cause;
	const struct pchat_object *before, *after;
};
enum pchat_code pchat_journal_add(struct pchat_store *store, const struct pchat_journal_entry *e,
                                  struct pchat_err *err);

/* The operation a word of the journal stands for. */
bool pchat_journal_op(struct pchat_str word, enum pchat_op *ret);

/* Make all parts of an empty place, with this build's schema or an older one, and the row that
 * names the store. */
enum pchat_code pchat_store_build(const struct pchat_driver *driver, const char *location,
                                  unsigned version, struct pchat_err *err);

/* Write what became of a change that waited: .state, .settled and what goes with it. */
struct pchat_confirmation;
enum pchat_code pchat_write_settle(struct pchat_store *store, const struct pchat_confirmation *c,
                                   struct pchat_err *err);

/* Calls @each for every role whose holder the rules would not have let have it. */
typedef enum pchat_code (*pchat_problem_fn)(void *ctx, const char *what, const char *remedy,
                                            struct pchat_err *err);
enum pchat_code pchat_verify_scope(struct pchat_store *store, pchat_problem_fn each, void *ctx,
                                   struct pchat_err *err);

/* Does the loader find objects by this field of type REF? For a test that walks fields.def. */
bool pchat_loader_knows_ref(enum pchat_kind kind, unsigned field);

/* JSON as the journal has it: what is empty is left out; keys that are no fields (any more) are
 * passed over. */
void pchat_object_to_journal(const struct pchat_object *o, bool with_meta, struct pchat_buf *out);
enum pchat_code pchat_object_from_journal(enum pchat_kind kind, struct pchat_str json,
                                          struct pchat_object **ret, struct pchat_err *err);
