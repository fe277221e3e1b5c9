/* YAML, CSV and names: formats that are written line by line. */
#include "base/text.h"
#include "pchatctl/writer.h"

static void
indent(struct pchat_buf *b, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		pchat_buf_lit(b, "  ");
}

/* ---- yaml ---- */

static void yaml_record(struct pchat_buf *b, const struct pchat_record *r, unsigned depth,
                        bool item);

/* What stands after "name:", up to the end of the line or of the nested block. */
static void
yaml_value(struct pchat_buf *b, const struct pchat_cell *cell, unsigned depth)
{
	bool block = cell->type == PCHAT_CELL_LIST || cell->type == PCHAT_CELL_RECORDS;

	if (cell->type == PCHAT_CELL_RECORD && cell->records->cells.n) {
		pchat_buf_char(b, '\n');
		yaml_record(b, cell->records, depth + 1, false);
		return;
	}

	if (!block || !cell->n) {
		pchat_buf_char(b, ' ');
		if (block)
			pchat_buf_lit(b, "[]");
		else if (cell->type == PCHAT_CELL_NULL)
			pchat_buf_lit(b, "null");
		else if (cell->type == PCHAT_CELL_TEXT)
			pchat_quote_yaml(b, pchat_str(cell->text));
		else
			pchat_cell_text(cell, b);
		pchat_buf_char(b, '\n');
		return;
	}
	pchat_buf_char(b, '\n');
	for (size_t i = 0; i < cell->n; i++) {
		if (cell->type == PCHAT_CELL_RECORDS) {
			yaml_record(b, &cell->records[i], depth + 1, true);
			continue;
		}
		indent(b, depth);
		pchat_buf_lit(b, "  - ");
		pchat_quote_yaml(b, pchat_str(cell->list[i]));
		pchat_buf_char(b, '\n');
	}
}

/* As an @item of a list the first line has "- " where the others have two blanks. */
static void
yaml_record(struct pchat_buf *b, const struct pchat_record *r, unsigned depth, bool item)
{
	for (size_t i = 0; i < r->cells.n; i++) {
		indent(b, depth);
		if (item)
			pchat_buf_text(b, i ? "  " : "- ");
		pchat_quote_yaml(b, pchat_str(r->cells.v[i].name));
		pchat_buf_char(b, ':');
		yaml_value(b, &r->cells.v[i], depth + item);
	}
	if (!r->cells.n) {
		indent(b, depth);
		pchat_buf_text(b, item ? "- {}\n" : "{}\n");
	}
}

static enum pchat_code
yaml_put(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	(void)err;
	yaml_record(out->buf, r, 0, out->head.list);
	return PCHAT_OK;
}

static enum pchat_code
yaml_end(struct pchat_out *out, struct pchat_err *err)
{
	(void)err;
	if (out->head.list && !out->n)
		pchat_buf_lit(out->buf, "[]\n");
	return PCHAT_OK;
}

const struct pchat_writer pchat_writer_yaml = { NULL, yaml_put, yaml_end };

/* ---- csv ---- */

static void
csv_begin(struct pchat_out *out)
{
	for (size_t i = 0; i < out->columns.n; i++) {
		if (i)
			pchat_buf_char(out->buf, ',');
		pchat_quote_csv(out->buf, pchat_str(out->columns.v[i]));
	}
	pchat_buf_lit(out->buf, "\r\n");
}

static enum pchat_code
csv_put(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	for (size_t i = 0; i < out->columns.n; i++) {
		const struct pchat_cell *cell = pchat_record_cell(r, out->columns.v[i]);

		if (i)
			pchat_buf_char(out->buf, ',');
		pchat_buf_clear(&text);
		if (cell)
			pchat_cell_text(cell, &text);
		pchat_quote_csv(out->buf, pchat_buf_view(&text));
	}
	pchat_buf_lit(out->buf, "\r\n");
	return pchat_buf_check(&text, err);
}

const struct pchat_writer pchat_writer_csv = { csv_begin, csv_put, NULL };

/* ---- name ---- */

static enum pchat_code
name_put(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (!r->cells.n)
		return PCHAT_OK;
	pchat_cell_text(&r->cells.v[0], &text);
	pchat_quote_terminal(out->buf, pchat_buf_view(&text));
	pchat_buf_char(out->buf, '\n');
	return pchat_buf_check(&text, err);
}

const struct pchat_writer pchat_writer_name = { NULL, name_put, NULL };
