#include "pchatctl/csv.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#include "base/text.h"

void
pchat_csv_release(struct pchat_csv *csv)
{
	pchat_vec_release(&csv->cells);
	pchat_buf_release(&csv->scratch);
	*csv = (struct pchat_csv){ 0 };
}

bool
pchat_csv_delimiter(const char *text, char *ret)
{
	if (strcmp(text, "tab") == 0 || strcmp(text, "\t") == 0 || strcmp(text, "\\t") == 0) {
		*ret = '\t';
		return true;
	}
	if (!ispunct((unsigned char)text[0]) || text[0] == '"' || text[1])
		return false;
	*ret = text[0];
	return true;
}

/* ---- places ---- */

static unsigned
column_of(const struct pchat_csv *csv, size_t at)
{
	size_t from = at;

	while (from && csv->text.p[from - 1] != '\n')
		from--;
	/* The byte order mark is no character of the first line. */
	if (!from && pchat_str_starts(csv->text, "\xef\xbb\xbf"))
		from = at < 3 ? at : 3;
	return (unsigned)pchat_utf8_length((struct pchat_str){ csv->text.p + from, at - from }) + 1;
}

unsigned
pchat_csv_column(const struct pchat_csv *csv, const struct pchat_csv_cell *cell)
{
	return column_of(csv, cell->at);
}

void
pchat_csv_at(const struct pchat_csv *csv, const struct pchat_csv_cell *cell, struct pchat_err *err)
{
	if (err)
		pchat_err_at(err, csv->name, cell->line, column_of(csv, cell->at));
}

/* Refuse the row for what stands at @at in @line. */
static enum pchat_code
refuse(const struct pchat_csv *csv, unsigned line, size_t at, enum pchat_code code,
       const char *what, const char *remedy, struct pchat_err *err)
{
	pchat_fail(err, code, "%s", what);
	pchat_hint(err, "%s", remedy);
	if (err)
		pchat_err_at(err, csv->name, line, column_of(csv, at));
	return code;
}

/* ---- cells ---- */

static bool
is_blank(const struct pchat_csv *csv, char octet)
{
	return (octet == ' ' || octet == '\t') && octet != csv->delimiter;
}

static void
skip_blanks(struct pchat_csv *csv)
{
	while (csv->at < csv->text.n && is_blank(csv, csv->text.p[csv->at]))
		csv->at++;
}

/* Does a line end here, or the file? */
static bool
at_line_end(const struct pchat_csv *csv)
{
	if (csv->at >= csv->text.n || csv->text.p[csv->at] == '\n')
		return true;
	return csv->text.p[csv->at] == '\r' && csv->at + 1 < csv->text.n &&
	       csv->text.p[csv->at + 1] == '\n';
}

static bool
at_cell_end(const struct pchat_csv *csv)
{
	return at_line_end(csv) || csv->text.p[csv->at] == csv->delimiter;
}

static enum pchat_code
plain_cell(struct pchat_csv *csv, struct pchat_csv_cell *cell, struct pchat_err *err)
{
	size_t end;

	for (; !at_cell_end(csv); csv->at++) {
		char octet = csv->text.p[csv->at];

		if (octet == '"')
			return refuse(csv, csv->line, csv->at, PCHAT_INVALID,
			              "a quote inside a cell that does not begin with one",
			              "put the whole cell in quotes and double those in it", err);
		if (octet == '\r')
			return refuse(csv, csv->line, csv->at, PCHAT_INVALID,
			              "a carriage return without a line feed",
			              "end lines with LF or CRLF", err);
	}
	end = csv->at;
	while (end > cell->at && is_blank(csv, csv->text.p[end - 1]))
		end--;
	cell->text = (struct pchat_str){ csv->text.p + cell->at, end - cell->at };
	return PCHAT_OK;
}

/* Up to the quote that ends the cell: what is doubled in it is written to the scratch buffer.
 * False if there is none. */
static bool
quoted_text(struct pchat_csv *csv, struct pchat_csv_cell *cell)
{
	size_t from = csv->at, kept = csv->scratch.n;

	for (; csv->at < csv->text.n; csv->at++) {
		if (csv->text.p[csv->at] == '\n')
			csv->line++;
		if (csv->text.p[csv->at] != '"')
			continue;
		if (csv->at + 1 >= csv->text.n || csv->text.p[csv->at + 1] != '"')
			break;
		csv->at++;
		cell->unescaped = true;
		pchat_buf_add(&csv->scratch, csv->text.p + from, csv->at - from);
		from = csv->at + 1;
	}
	if (csv->at >= csv->text.n)
		return false;
	cell->text = (struct pchat_str){ csv->text.p + from, csv->at - from };
	if (cell->unescaped) {
		pchat_buf_str(&csv->scratch, cell->text);
		/* The buffer may move yet: find_unescaped() sets the pointer. */
		cell->text = (struct pchat_str){ NULL, csv->scratch.n - kept };
	}
	csv->at++;
	return true;
}

static enum pchat_code
quoted_cell(struct pchat_csv *csv, struct pchat_csv_cell *cell, struct pchat_err *err)
{
	csv->at++;
	cell->quoted = true;
	if (!quoted_text(csv, cell))
		return refuse(csv, cell->line, cell->at, PCHAT_INVALID,
		              "the quote that begins this cell is never closed",
		              "close it, and double quotes that belong to the text", err);
	skip_blanks(csv);
	if (!at_cell_end(csv))
		return refuse(csv, csv->line, csv->at, PCHAT_INVALID,
		              "text behind the quote that ends a cell",
		              "double quotes that belong to the text", err);
	return PCHAT_OK;
}

static enum pchat_code
read_cell(struct pchat_csv *csv, struct pchat_err *err)
{
	struct pchat_csv_cell cell = { 0 };
	enum pchat_code code;

	if (csv->cells.n >= PCHAT_CSV_MAX_COLUMNS) {
		pchat_fail(err, PCHAT_LIMIT, "a row has more than %d cells", PCHAT_CSV_MAX_COLUMNS);
		pchat_hint(err, "leave out the columns that are not imported");
		pchat_err_at(err, csv->name, csv->line, column_of(csv, csv->at));
		return PCHAT_LIMIT;
	}
	skip_blanks(csv);
	cell.at = csv->at;
	cell.line = csv->line;
	code = csv->at < csv->text.n && csv->text.p[csv->at] == '"' ? quoted_cell(csv, &cell, err)
	                                                            : plain_cell(csv, &cell, err);
	if (code)
		return code;
	return pchat_vec_push(&csv->cells, cell) ? PCHAT_OK : pchat_no_memory(err);
}

/* ---- rows ---- */

static void
skip_line_end(struct pchat_csv *csv)
{
	if (csv->at >= csv->text.n)
		return;
	csv->at += csv->text.p[csv->at] == '\r' ? 2 : 1;
	csv->line++;
}

/* To the next line, after a row that cannot be read. */
static void
skip_line(struct pchat_csv *csv)
{
	const char *end = csv->at < csv->text.n
	                          ? memchr(csv->text.p + csv->at, '\n', csv->text.n - csv->at)
	                          : NULL;

	csv->at = end ? (size_t)(end - csv->text.p) : csv->text.n;
	skip_line_end(csv);
}

/* Now that the scratch buffer stays where it is. */
static void
find_unescaped(struct pchat_csv *csv)
{
	size_t at = 0;

	for (size_t i = 0; i < csv->cells.n; i++) {
		struct pchat_csv_cell *cell = &csv->cells.v[i];

		if (!cell->unescaped)
			continue;
		cell->text.p = csv->scratch.p + at;
		at += cell->text.n;
	}
}

static enum pchat_code
check_row(const struct pchat_csv *csv, unsigned line, struct pchat_err *err)
{
	struct pchat_str row = { csv->text.p + csv->row_from, csv->at - csv->row_from };
	const char *nul = memchr(row.p ? row.p : "", '\0', row.n);
	size_t bad;

	if (nul)
		return refuse(csv, line, (size_t)(nul - csv->text.p), PCHAT_INVALID,
		              "a row holds an octet of zero", "save the file as text in UTF-8",
		              err);
	if (!pchat_utf8_valid(row, &bad))
		return refuse(csv, line, csv->row_from + bad, PCHAT_INVALID,
		              "a row is not valid UTF-8", "save the file as UTF-8", err);
	return PCHAT_OK;
}

static enum pchat_code
refuse_long(struct pchat_csv *csv, unsigned line, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_LIMIT, "a row is longer than %d octets", PCHAT_CSV_MAX_ROW);
	pchat_hint(err, "look for a quote that is not closed");
	pchat_err_at(err, csv->name, line, 1);
	return PCHAT_LIMIT;
}

static enum pchat_code
read_row(struct pchat_csv *csv, struct pchat_err *err)
{
	unsigned line = csv->line;
	enum pchat_code code;

	csv->row_from = csv->at;
	csv->cells.n = 0;
	pchat_buf_clear(&csv->scratch);
	while (!(code = read_cell(csv, err)) && !at_line_end(csv))
		csv->at++; /* the delimiter */
	if (csv->at - csv->row_from > PCHAT_CSV_MAX_ROW)
		return refuse_long(csv, line, err);
	if (!code && !pchat_buf_ok(&csv->scratch))
		code = pchat_no_memory(err);
	if (!code)
		code = check_row(csv, line, err);
	if (code == PCHAT_INVALID)
		skip_line(csv);
	if (code)
		return code;
	find_unescaped(csv);
	skip_line_end(csv);
	return PCHAT_OK;
}

static bool
is_empty(const struct pchat_csv *csv)
{
	return csv->cells.n == 1 && !csv->cells.v[0].text.n && !csv->cells.v[0].quoted;
}

enum pchat_code
pchat_csv_next(struct pchat_csv *csv, struct pchat_err *err)
{
	enum pchat_code code;

	do {
		csv->cells.n = 0;
		if (csv->at >= csv->text.n)
			return PCHAT_OK;
		code = read_row(csv, err);
	} while (!code && is_empty(csv));
	if (++csv->rows > PCHAT_CSV_MAX_ROWS && code != PCHAT_LIMIT) {
		pchat_fail(err, PCHAT_LIMIT, "more than %d rows", PCHAT_CSV_MAX_ROWS);
		pchat_hint(err, "import the file in parts");
		pchat_err_at(err, csv->name, csv->line, 1);
		code = PCHAT_LIMIT;
	}
	if (code)
		csv->cells.n = 0;
	return code;
}

enum pchat_code
pchat_csv_open(struct pchat_csv *ret, const char *name, struct pchat_str text, char delimiter,
               struct pchat_err *err)
{
	struct pchat_csv csv = { .name = name, .text = text, .delimiter = delimiter, .line = 1 };

	assert(delimiter && delimiter != '"' && delimiter != '\n' && delimiter != '\r');
	if (pchat_str_starts(text, "\xff\xfe") || pchat_str_starts(text, "\xfe\xff")) {
		pchat_fail(err, PCHAT_INVALID, "the file is UTF-16");
		pchat_hint(err, "save it as UTF-8");
		pchat_err_at(err, name, 1, 1);
		return PCHAT_INVALID;
	}
	if (pchat_str_starts(text, "\xef\xbb\xbf"))
		csv.at = 3;
	*ret = csv;
	return PCHAT_OK;
}
