#include "pchatctl/out.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "pchatctl/writer.h"

/* Standard output is written in pieces of about this many octets. */
#define DRAIN_AT 65536

const char *const pchat_format_words[] = {
#define X(symbol, word, help) word,
	PCHAT_FORMATS(X)
#undef X
		NULL,
};

static const struct pchat_writer *const writers[] = {
	[PCHAT_FORMAT_TABLE] = &pchat_writer_table, [PCHAT_FORMAT_WIDE] = &pchat_writer_table,
	[PCHAT_FORMAT_JSON] = &pchat_writer_json,   [PCHAT_FORMAT_JSONL] = &pchat_writer_jsonl,
	[PCHAT_FORMAT_YAML] = &pchat_writer_yaml,   [PCHAT_FORMAT_CSV] = &pchat_writer_csv,
	[PCHAT_FORMAT_NAME] = &pchat_writer_name,
};

/* ---- where text goes ---- */

enum pchat_code
pchat_sink_flush(struct pchat_sink *s, struct pchat_err *err)
{
	size_t done = 0;

	PCHAT_TRY(pchat_buf_check(&s->buf, err));
	while (done < s->buf.n && !s->broken) {
		int fd = pchat_pager_fd(&s->pager, s->fd);
		ssize_t n = write(fd, s->buf.p + done, s->buf.n - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EPIPE) {
			s->broken = true;
		} else if (errno != EINTR) {
			pchat_buf_clear(&s->buf);
			return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot write the output: %s",
			                  strerror(errno));
		}
	}
	pchat_buf_clear(&s->buf);
	return s->broken ? PCHAT_UNAVAILABLE : PCHAT_OK;
}

enum pchat_code
pchat_sink_drain(struct pchat_sink *s, struct pchat_err *err)
{
	return s->buf.n < DRAIN_AT && pchat_buf_ok(&s->buf) ? PCHAT_OK : pchat_sink_flush(s, err);
}

void
pchat_sink_release(struct pchat_sink *s)
{
	pchat_buf_release(&s->buf);
}

/* ---- records ---- */

void
pchat_record_release(struct pchat_record *r)
{
	pchat_vec_release(&r->cells);
	r->failed = false;
}

void
pchat_record_clear(struct pchat_record *r)
{
	r->cells.n = 0;
}

static void
add(struct pchat_record *r, const struct pchat_cell *cell)
{
	if (!pchat_vec_push(&r->cells, *cell))
		r->failed = true;
}

void
pchat_record_text(struct pchat_record *r, const char *name, const char *text)
{
	add(r, &(struct pchat_cell){ .name = name,
	                             .text = text,
	                             .type = text ? PCHAT_CELL_TEXT : PCHAT_CELL_NULL });
}

void
pchat_record_bool(struct pchat_record *r, const char *name, bool v)
{
	add(r, &(struct pchat_cell){ .name = name, .type = PCHAT_CELL_BOOL, .flag = v });
}

void
pchat_record_uint(struct pchat_record *r, const char *name, uint64_t v)
{
	add(r, &(struct pchat_cell){ .name = name, .type = PCHAT_CELL_UINT, .number = v });
}

void
pchat_record_list(struct pchat_record *r, const char *name, const char *const *v, size_t n)
{
	add(r, &(struct pchat_cell){ .name = name, .type = PCHAT_CELL_LIST, .list = v, .n = n });
}

void
pchat_record_records(struct pchat_record *r, const char *name, const struct pchat_record *v,
                     size_t n)
{
	add(r,
	    &(struct pchat_cell){ .name = name, .type = PCHAT_CELL_RECORDS, .records = v, .n = n });
}

void
pchat_record_record(struct pchat_record *r, const char *name, const struct pchat_record *v)
{
	add(r, &(struct pchat_cell){ .name = name,
	                             .type = v ? PCHAT_CELL_RECORD : PCHAT_CELL_NULL,
	                             .records = v,
	                             .n = v != NULL });
}

const struct pchat_cell *
pchat_record_cell(const struct pchat_record *r, const char *name)
{
	for (size_t i = 0; i < r->cells.n; i++)
		if (strcmp(r->cells.v[i].name, name) == 0)
			return &r->cells.v[i];
	return NULL;
}

/* Commas of an item are escaped as options that take lists read them. */
static void
add_item(struct pchat_buf *out, const char *item)
{
	for (; *item; item++) {
		if (*item == ',' || *item == '\\')
			pchat_buf_char(out, '\\');
		pchat_buf_char(out, *item);
	}
}

void
pchat_cell_text(const struct pchat_cell *cell, struct pchat_buf *out)
{
	struct pchat_json j;

	switch (cell->type) {
	case PCHAT_CELL_NULL:
		break;
	case PCHAT_CELL_TEXT:
		pchat_buf_text(out, cell->text);
		break;
	case PCHAT_CELL_BOOL:
		pchat_buf_text(out, cell->flag ? "true" : "false");
		break;
	case PCHAT_CELL_UINT:
		pchat_buf_uint(out, cell->number);
		break;
	case PCHAT_CELL_LIST:
		for (size_t i = 0; i < cell->n; i++) {
			if (i)
				pchat_buf_char(out, ',');
			add_item(out, cell->list[i]);
		}
		break;
	case PCHAT_CELL_RECORDS:
	case PCHAT_CELL_RECORD:
		pchat_json_init(&j, out, false);
		pchat_cell_json(cell, &j);
		break;
	}
}

/* ---- which fields ---- */

/* The part of "steps.rule" before the dot. */
static struct pchat_str
head_of(const char *field)
{
	struct pchat_str rest;

	return pchat_str_cut(pchat_str(field), '.', &rest);
}

static enum pchat_code
unknown_field(const struct pchat_out_head *head, const char *field, struct pchat_err *err)
{
	const char *near;
	size_t n = 0;

	while (head->columns[n])
		n++;
	near = pchat_nearest(pchat_str(field), head->columns, n);
	pchat_fail(err, PCHAT_USAGE, "--fields: unknown field '%s'", field);
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else
		pchat_words_hint(err, head->columns);
	return PCHAT_USAGE;
}

static bool
known_field(const struct pchat_out_head *head, const char *field)
{
	for (size_t i = 0; head->columns[i]; i++)
		if (strcmp(head->columns[i], field) == 0)
			return true;
	return false;
}

/* "name,category" into out->fields. */
static enum pchat_code
split_fields(struct pchat_out *out, const char *text, struct pchat_err *err)
{
	char *p;

	out->fields_text = pchat_str_dup(pchat_str(text));
	if (!out->fields_text)
		return pchat_no_memory(err);
	for (p = out->fields_text; p && *p;) {
		char *comma = strchr(p, ',');

		if (comma)
			*comma = '\0';
		if (!known_field(&out->head, p))
			return unknown_field(&out->head, p, err);
		if (!pchat_vec_push(&out->fields, p))
			return pchat_no_memory(err);
		p = comma ? comma + 1 : NULL;
	}
	return PCHAT_OK;
}

static bool
has_column(const struct pchat_out *out, struct pchat_str name)
{
	for (size_t i = 0; i < out->columns.n; i++)
		if (pchat_str_is(name, out->columns.v[i]))
			return true;
	return false;
}

static enum pchat_code
add_column(struct pchat_out *out, const char *field, struct pchat_err *err)
{
	struct pchat_str head = head_of(field);
	char *name;

	if (has_column(out, head))
		return PCHAT_OK;
	name = pchat_str_dup(head);
	if (!name || !pchat_vec_push(&out->owned, name)) {
		free(name);
		return pchat_no_memory(err);
	}
	return pchat_vec_push(&out->columns, name) ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
choose_fields(struct pchat_out *out, struct pchat_err *err)
{
	const struct pchat_globals *g = &out->ctl->globals;
	const char *asked = g->v[PCHAT_GLOBAL_FIELDS].text;

	if (*asked)
		PCHAT_TRY_WORD(asked, err, split_fields(out, asked, err));
	else if (g->format == PCHAT_FORMAT_TABLE && out->head.list && out->head.table)
		PCHAT_TRY(split_fields(out, out->head.table, err));
	for (size_t i = 0; i < out->fields.n; i++)
		PCHAT_TRY(add_column(out, out->fields.v[i], err));
	for (size_t i = 0; !out->fields.n && out->head.columns[i]; i++)
		PCHAT_TRY(add_column(out, out->head.columns[i], err));
	return PCHAT_OK;
}

/* ---- filtering ---- */

/* Add to @to the cells of @from that "head.sub" fields name. */
static void
filter_nested(const struct pchat_out *out, struct pchat_str head, const struct pchat_record *from,
              struct pchat_record *to)
{
	for (size_t i = 0; i < out->fields.n; i++) {
		struct pchat_str sub;
		const struct pchat_cell *cell;

		if (!pchat_str_eq(pchat_str_cut(pchat_str(out->fields.v[i]), '.', &sub), head))
			continue;
		cell = sub.n ? pchat_record_cell(from, sub.p) : NULL;
		if (cell)
			add(to, cell);
	}
}

static bool
filter_records(struct pchat_out *out, struct pchat_cell *cell)
{
	size_t at = out->nested.n;

	if (!pchat_vec_reserve(&out->nested, cell->n))
		return false;
	for (size_t i = 0; i < cell->n; i++) {
		struct pchat_record *to = &out->nested.v[out->nested.n++];

		*to = (struct pchat_record){ 0 };
		filter_nested(out, pchat_str(cell->name), &cell->records[i], to);
		if (to->failed)
			return false;
	}
	cell->records = out->nested.v + at;
	return true;
}

/* Is the column asked for only by dotted fields? */
static bool
dotted_only(const struct pchat_out *out, const char *column)
{
	for (size_t i = 0; i < out->fields.n; i++)
		if (strcmp(out->fields.v[i], column) == 0)
			return false;
	return out->fields.n > 0;
}

static void
drop_nested(struct pchat_out *out)
{
	for (size_t i = 0; i < out->nested.n; i++)
		pchat_record_release(&out->nested.v[i]);
	out->nested.n = 0;
}

/* The vector of nested records must not move once cells point into it. */
static bool
reserve_nested(struct pchat_out *out, const struct pchat_record *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->cells.n; i++)
		if (r->cells.v[i].type == PCHAT_CELL_RECORDS)
			n += r->cells.v[i].n;
	return pchat_vec_reserve(&out->nested, n);
}

static enum pchat_code
put_filtered(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) filtered = { 0 };

	drop_nested(out);
	if (!reserve_nested(out, r))
		return pchat_no_memory(err);
	for (size_t i = 0; i < out->columns.n; i++) {
		const struct pchat_cell *cell = pchat_record_cell(r, out->columns.v[i]);
		struct pchat_cell copy;

		if (!cell)
			continue;
		copy = *cell;
		if (copy.type == PCHAT_CELL_RECORDS && dotted_only(out, out->columns.v[i]) &&
		    !filter_records(out, &copy))
			return pchat_no_memory(err);
		add(&filtered, &copy);
	}
	if (filtered.failed)
		return pchat_no_memory(err);
	return out->writer->record(out, &filtered, err);
}

/* ---- the common part of all writers ---- */

void
pchat_out_free(struct pchat_out *out)
{
	if (!out)
		return;
	for (size_t i = 0; i < out->table.cells.n; i++)
		free(out->table.cells.v[i]);
	pchat_vec_release(&out->table.cells);
	pchat_vec_release(&out->table.columns);
	for (size_t i = 0; i < out->owned.n; i++)
		free(out->owned.v[i]);
	pchat_vec_release(&out->owned);
	drop_nested(out);
	pchat_vec_release(&out->nested);
	pchat_vec_release(&out->columns);
	pchat_vec_release(&out->fields);
	free(out->fields_text);
	free(out);
}

enum pchat_code
pchat_out_open(struct pchat_ctl *ctl, const struct pchat_out_head *head, struct pchat_out **ret,
               struct pchat_err *err)
{
	struct pchat_out *out = calloc(1, sizeof(*out));
	enum pchat_code code;

	if (!out) {
		pchat_no_memory(err);
		return PCHAT_NO_MEMORY;
	}
	out->ctl = ctl;
	out->head = *head;
	out->buf = &ctl->out.buf;
	out->writer = writers[ctl->globals.format];
	code = choose_fields(out, err);
	if (code) {
		pchat_out_free(out);
		return code;
	}
	if (out->writer->begin)
		out->writer->begin(out);
	*ret = out;
	return PCHAT_OK;
}

enum pchat_code
pchat_out_put(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	if (r->failed)
		return pchat_no_memory(err);
	assert(out->head.list || out->n == 0);
	if (out->fields.n)
		PCHAT_TRY(put_filtered(out, r, err));
	else
		PCHAT_TRY(out->writer->record(out, r, err));
	out->n++;
	return pchat_sink_drain(&out->ctl->out, err);
}

enum pchat_code
pchat_out_flush(struct pchat_out *out, struct pchat_err *err)
{
	/* Only tables keep rows back, and what ends them can be done again. */
	if (out->writer == &pchat_writer_table)
		PCHAT_TRY(out->writer->end(out, err));
	return pchat_sink_flush(&out->ctl->out, err);
}

enum pchat_code
pchat_out_close(struct pchat_out *out, struct pchat_err *err)
{
	if (out->writer->end)
		PCHAT_TRY(out->writer->end(out, err));
	if (out->head.list && !out->n && out->head.what && out->writer == &pchat_writer_table)
		pchat_ctl_note(out->ctl, "no %s", out->head.what);
	return pchat_sink_drain(&out->ctl->out, err);
}

enum pchat_code
pchat_out_one(struct pchat_ctl *ctl, const struct pchat_out_head *head,
              const struct pchat_record *r, struct pchat_err *err)
{
	struct pchat_out *out = NULL;
	enum pchat_code code = pchat_out_open(ctl, head, &out, err);

	if (!code)
		code = pchat_out_put(out, r, err);
	if (!code)
		code = pchat_out_close(out, err);
	pchat_out_free(out);
	return code;
}
