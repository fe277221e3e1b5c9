/*
 * Any text as CSV: the first octet chooses the delimiter. Every row is read, or refused with a
 * place; reading ends; cells lie within the text or are shorter than it; and what was read,
 * written again, is read as the same.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "base/text.h"
#include "pchatctl/csv.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

static void
write_row(const struct pchat_csv *csv, struct pchat_buf *out)
{
	for (size_t i = 0; i < csv->cells.n; i++) {
		struct pchat_str cell = csv->cells.v[i].text;

		pchat_buf_text(out, i ? ",\"" : "\"");
		for (size_t k = 0; k < cell.n; k++) {
			if (cell.p[k] == '"')
				pchat_buf_char(out, '"');
			pchat_buf_char(out, cell.p[k]);
		}
		pchat_buf_char(out, '"');
	}
	pchat_buf_text(out, "\r\n");
}

/* All rows, those that can be read written to @out. */
static size_t
read_all(struct pchat_str text, char delimiter, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(csv) csv = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_csv_open(&csv, "fuzz", text, delimiter, &err);
	size_t rows = 0;

	while (!code || code == PCHAT_INVALID) {
		size_t at = csv.at;

		pchat_err_release(&err);
		if (!csv.name)
			return rows;
		code = pchat_csv_next(&csv, &err);
		if (!code && !csv.cells.n)
			break;
		want(csv.at > at && csv.at <= text.n);
		want(!code || (err.line > 0 && err.column > 0 && err.hint));
		for (size_t i = 0; i < csv.cells.n; i++)
			want(csv.cells.v[i].at <= text.n && csv.cells.v[i].text.n <= text.n &&
			     pchat_utf8_valid(csv.cells.v[i].text, NULL) &&
			     pchat_csv_column(&csv, &csv.cells.v[i]) > 0);
		if (!code) {
			rows++;
			write_row(&csv, out);
		}
	}
	want(!code || code == PCHAT_LIMIT || code == PCHAT_INVALID);
	pchat_err_release(&err);
	return rows;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiters[] = { ',', ';', '\t', '|' };
	PCHAT_AUTO_VALUE(buf) once = { 0 };
	PCHAT_AUTO_VALUE(buf) twice = { 0 };
	size_t rows;

	if (!size)
		return 0;
	rows = read_all((struct pchat_str){ (const char *)data + 1, size - 1 },
	                delimiters[data[0] % sizeof(delimiters)], &once);
	want(read_all(pchat_buf_view(&once), ',', &twice) == rows);
	want(pchat_str_eq(pchat_buf_view(&once), pchat_buf_view(&twice)));
	return 0;
}
