/*
 * CSV as RFC 4180 has it: text becomes rows of cells, each with its place.
 *
 * Taken as well: LF line ends, a byte order mark, empty lines (left out), any delimiter of
 * one character, blanks around cells (cut off, but for those within quotes). A row that
 * cannot be read is refused with its place; the next call goes on behind it, so that all
 * that is wrong with a file can be told at once.
 */
#pragma once

#include "base/auto.h"
#include "base/buf.h"
#include "base/vec.h"

#define PCHAT_CSV_MAX_BYTES   (UINT64_C(1) << 30) /* of a file */
#define PCHAT_CSV_MAX_ROW     1048576             /* octets of a row, without its line end */
#define PCHAT_CSV_MAX_COLUMNS 256
#define PCHAT_CSV_MAX_ROWS    1000000 /* with the heading */

struct pchat_csv_cell {
	struct pchat_str text; /* valid until the next row is read */
	size_t at;             /* where it begins in the file */
	unsigned line;
	bool quoted;
	bool unescaped; /* its text stands in .scratch, as its quotes were doubled */
};

struct pchat_csv {
	const char *name;      /* of the file, for errors; borrowed */
	struct pchat_str text; /* borrowed */
	char delimiter;
	size_t at;
	unsigned line;   /* of .at */
	size_t rows;     /* read so far */
	size_t row_from; /* where the present row begins */
	PCHAT_VEC(struct pchat_csv_cell) cells;
	struct pchat_buf scratch;
};

/* Begin. PCHAT_INVALID: text that is plainly no UTF-8 (UTF-16 has a mark of its own). */
enum pchat_code pchat_csv_open(struct pchat_csv *ret, const char *name, struct pchat_str text,
                               char delimiter, struct pchat_err *err);
void pchat_csv_release(struct pchat_csv *csv);
PCHAT_AUTO_VALUE_DEFINE(csv, pchat_csv_release)

/* The next row into .cells; none (.cells.n 0) at the end. PCHAT_INVALID: this row cannot be read,
 * the next may be. PCHAT_LIMIT: a row is too long, has too many cells, or is one too many;
 * there is no going on after that. Errors have their place. */
enum pchat_code pchat_csv_next(struct pchat_csv *csv, struct pchat_err *err);
/* Record in @err that the failure is about @cell: its line, and its column in characters. */
void pchat_csv_at(const struct pchat_csv *csv, const struct pchat_csv_cell *cell,
                  struct pchat_err *err);
/* The column of the cell, counted in characters from 1. */
unsigned pchat_csv_column(const struct pchat_csv *csv, const struct pchat_csv_cell *cell);
/* "," ";" "tab" or any one printable ASCII character that is no letter, digit, quote or
 * blank. False if it is none of them. */
bool pchat_csv_delimiter(const char *text, char *ret);
