/*
 * What the writers of the formats share. Only out*.c include this.
 */
#pragma once

#include "base/json.h"
#include "pchatctl/ctl.h"
#include "pchatctl/fit.h"

/* Rows of a table that are kept to find the widths of its columns; later rows use them. */
#define PCHAT_TABLE_SAMPLE 512

struct pchat_table {
	PCHAT_VEC(char *) cells;                /* rows waiting, each out->n_columns long; owned */
	PCHAT_VEC(struct pchat_column) columns; /* empty until the first rows have been written */
	size_t wish;  /* without .limit: columns are aligned as if it was this; 0: all */
	size_t limit; /* terminal columns; 0: none, nothing is cut */
	bool color;
};

struct pchat_out {
	struct pchat_ctl *ctl;
	struct pchat_out_head head;
	const struct pchat_writer *writer;
	struct pchat_buf *buf;           /* of standard output */
	uint64_t n;                      /* records written */
	char *fields_text;               /* owned; what .fields points into */
	PCHAT_VEC(const char *) fields;  /* --fields or the columns of the table; empty: all */
	PCHAT_VEC(const char *) columns; /* top level of what is written, for table and CSV */
	PCHAT_VEC(char *) owned;         /* texts of .columns cut from dotted fields */
	PCHAT_VEC(struct pchat_record) nested; /* filtered records, until the next put */
	struct pchat_json json;
	struct pchat_table table;
};

struct pchat_writer {
	void (*begin)(struct pchat_out *out); /* NULL: nothing to do */
	enum pchat_code (*record)(struct pchat_out *out, const struct pchat_record *r,
	                          struct pchat_err *err);
	enum pchat_code (*end)(struct pchat_out *out, struct pchat_err *err); /* or NULL */
};

extern const struct pchat_writer pchat_writer_table, pchat_writer_json, pchat_writer_jsonl,
	pchat_writer_yaml, pchat_writer_csv, pchat_writer_name;

/* The cell of that name, or NULL. */
const struct pchat_cell *pchat_record_cell(const struct pchat_record *r, const char *name);
/* A cell as one text: lists joined by commas, records as compact JSON, null as nothing. */
void pchat_cell_text(const struct pchat_cell *cell, struct pchat_buf *out);
void pchat_cell_json(const struct pchat_cell *cell, struct pchat_json *j);
