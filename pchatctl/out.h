/*
 * Output: commands emit records, a writer per format turns them into text. What is
 * written does not depend on whether standard output is a terminal (but for colour
 * and the width of tables). Nothing is kept longer than a record, so that lists of
 * any length take constant memory.
 *
 *	struct pchat_out *out;
 *	pchat_out_open(ctl, &(struct pchat_out_head){ .list = true, .columns = cols }, &out, err)
 *	pchat_record_text(&r, "name", "Rates desk"); ... pchat_out_put(out, &r, err)
 *	pchat_out_close(out, err)
 */
#pragma once

#include "base/buf.h"
#include "base/vec.h"
#include "policy/object.h"
#include "pchatctl/pager.h"

struct pchat_ctl;

/* ---- where text goes ---- */

struct pchat_sink {
	int fd;
	struct pchat_buf buf;
	struct pchat_pager pager; /* between us and .fd, if there is one */
	bool broken;              /* nobody reads any more (EPIPE): be quiet and stop */
};
/* Write out what is buffered. PCHAT_UNAVAILABLE; after EPIPE with an empty error. */
enum pchat_code pchat_sink_flush(struct pchat_sink *s, struct pchat_err *err);
/* The same, but only if a good deal has gathered. */
enum pchat_code pchat_sink_drain(struct pchat_sink *s, struct pchat_err *err);
void pchat_sink_release(struct pchat_sink *s);

/* ---- records ---- */

enum pchat_cell_type {
	PCHAT_CELL_NULL,
	PCHAT_CELL_TEXT,
	PCHAT_CELL_BOOL,
	PCHAT_CELL_UINT,
	PCHAT_CELL_LIST,    /* of texts */
	PCHAT_CELL_RECORDS, /* nested */
	PCHAT_CELL_RECORD,  /* one of them */
};

struct pchat_record;
struct pchat_cell {
	const char *name; /* lowerCamelCase; borrowed */
	enum pchat_cell_type type;
	const char *text;
	bool flag;
	uint64_t number;
	const char *const *list;
	const struct pchat_record *records;
	size_t n; /* of list or records */
};

/* A record borrows every name and text until it has been put. */
struct pchat_record {
	PCHAT_VEC(struct pchat_cell) cells;
	bool failed; /* out of memory; reported by pchat_out_put() */
};
void pchat_record_release(struct pchat_record *r);
PCHAT_AUTO_VALUE_DEFINE(record, pchat_record_release)
void pchat_record_clear(struct pchat_record *r);
void pchat_record_text(struct pchat_record *r, const char *name, const char *text); /* NULL: null */
void pchat_record_bool(struct pchat_record *r, const char *name, bool v);
void pchat_record_uint(struct pchat_record *r, const char *name, uint64_t v);
void pchat_record_list(struct pchat_record *r, const char *name, const char *const *v, size_t n);
/* @v NULL: null. */
void pchat_record_record(struct pchat_record *r, const char *name, const struct pchat_record *v);
void pchat_record_records(struct pchat_record *r, const char *name, const struct pchat_record *v,
                          size_t n);

/* ---- writers ---- */

/* clang-format off */
#define PCHAT_FORMATS(X)                                      \
	X(TABLE, "table", "aligned columns for people")        \
	X(WIDE,  "wide",  "the same with every field")         \
	X(JSON,  "json",  "JSON")                              \
	X(JSONL, "jsonl", "one JSON object a line")            \
	X(YAML,  "yaml",  "YAML")                              \
	X(CSV,   "csv",   "comma-separated values (RFC 4180)") \
	X(NAME,  "name",  "names only, one a line")
/* clang-format on */

enum pchat_format {
#define X(symbol, word, help) PCHAT_FORMAT_##symbol,
	PCHAT_FORMATS(X)
#undef X
		PCHAT_N_FORMATS
};
extern const char *const pchat_format_words[];

struct pchat_out_head {
	bool list;                  /* any number of records; else exactly one */
	const char *what;           /* plural for "no rooms" */
	const char *const *columns; /* every field a record may have, NULL-terminated */
	const char *table;          /* columns of -o table, separated by commas; NULL: all */
};

struct pchat_out;
enum pchat_code pchat_out_open(struct pchat_ctl *ctl, const struct pchat_out_head *head,
                               struct pchat_out **ret, struct pchat_err *err);
void pchat_out_free(struct pchat_out *out);
PCHAT_AUTO_DEFINE(out, pchat_out_free)
enum pchat_code pchat_out_put(struct pchat_out *out, const struct pchat_record *r,
                              struct pchat_err *err);
/* Write what waits for more rows to be aligned with, then all that is buffered: for output that
 * somebody watches. Columns of a table are as wide as the rows so far want them. */
enum pchat_code pchat_out_flush(struct pchat_out *out, struct pchat_err *err);
/* Finish: close brackets, write what is left. */
enum pchat_code pchat_out_close(struct pchat_out *out, struct pchat_err *err);
/* One record and nothing else. */
enum pchat_code pchat_out_one(struct pchat_ctl *ctl, const struct pchat_out_head *head,
                              const struct pchat_record *r, struct pchat_err *err);
