/* Tables for people: columns for lists, "name: value" lines for a single object. */
#include <ctype.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "pchatctl/ctl.h"
#include "pchatctl/writer.h"

#define INDENT     2  /* of tables in a record */
#define MIN_SCREEN 20 /* a terminal that says it is narrower is not believed */

#define BOLD       "\033[1m"
#define PLAIN      "\033[0m"

static size_t
screen_width(int fd)
{
	struct winsize size;

	if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < MIN_SCREEN)
		return 0;
	return size.ws_col;
}

static void
table_begin(struct pchat_out *out)
{
	/* What is asked for wide is for a screen that scrolls or a reader that wants all. */
	if (out->ctl->globals.format != PCHAT_FORMAT_WIDE)
		out->table.limit = screen_width(out->ctl->out.fd);
	out->table.color = pchat_globals_color(&out->ctl->globals, out->ctl->out.fd);
}

/* "defaultChatHistory" -> "DEFAULT-CHAT-HISTORY" */
static char *
heading(const char *column)
{
	char name[PCHAT_OPTION_NAME_MAX];

	pchat_option_kebab(column, name);
	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return pchat_str_dup(pchat_str(name));
}

static void
blanks(struct pchat_buf *b, size_t n)
{
	while (n--)
		pchat_buf_char(b, ' ');
}

static size_t
width(const char *text)
{
	return pchat_utf8_width(pchat_str(text));
}

/* As much of @text as fits @columns with an ellipsis at its end. */
static void
put_cut(struct pchat_buf *b, const char *text, size_t columns)
{
	struct pchat_str rest = pchat_str(text);
	size_t used = 0;

	while (rest.n) {
		struct pchat_str one = rest;
		size_t w;

		pchat_utf8_next(&rest);
		one.n -= rest.n;
		w = pchat_utf8_width(one);
		if (used + w > columns - 1)
			break;
		used += w;
		pchat_buf_str(b, one);
	}
	pchat_buf_lit(b, "\u2026");
	blanks(b, columns - 1 - used);
}

/* A cell as it is shown; "-" stands for nothing. Malloc'ed. */
static char *
cell_text(const struct pchat_cell *cell)
{
	PCHAT_AUTO_VALUE(buf) raw = { 0 };
	PCHAT_AUTO_VALUE(buf) shown = { 0 };

	if (cell)
		pchat_cell_text(cell, &raw);
	if (!pchat_buf_ok(&raw))
		return NULL;
	pchat_quote_terminal(&shown, raw.n ? pchat_buf_view(&raw) : PCHAT_STR("-"));
	return pchat_buf_take(&shown);
}

/* ---- columns ---- */

/* Of several words, or a list: "see 'pchatctl room list'", "sip:amy@contoso.example,group:Sales".
 */
static bool
is_text(const char *cell)
{
	return strpbrk(cell, " ,") != NULL;
}

/* The first row is the heading. */
static bool
measure(struct pchat_out *out, char *const *cells, size_t n)
{
	size_t columns = out->columns.n;
	struct pchat_column *v;

	if (!pchat_vec_reserve(&out->table.columns, columns))
		return false;
	v = out->table.columns.v;
	out->table.columns.n = columns;
	memset(v, 0, columns * sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		struct pchat_column *c = &v[i % columns];
		size_t w = width(cells[i]);

		c->natural = w > c->natural ? w : c->natural;
		c->text |= is_text(cells[i]);
	}
	for (size_t i = 0; i < columns; i++)
		v[i].use = pchat_column_use(out->columns.v[i]);
	pchat_columns_fit(v, columns, out->table.limit ? out->table.limit : out->table.wish);
	/* Nothing is left out of what is not cut. */
	for (size_t i = 0; i < columns && !out->table.limit; i++)
		v[i].width = v[i].width ? v[i].width : v[i].natural;
	return true;
}

static size_t
last_shown(const struct pchat_out *out)
{
	size_t i = out->columns.n;

	while (i > 1 && !out->table.columns.v[i - 1].width)
		i--;
	return i - 1;
}

static void
put_row(struct pchat_out *out, char *const *cells, bool bold)
{
	size_t last = last_shown(out);

	if (bold)
		pchat_buf_lit(out->buf, BOLD);
	for (size_t i = 0; i <= last; i++) {
		size_t w = width(cells[i]), max = out->table.columns.v[i].width;

		if (!max)
			continue;
		if (i)
			blanks(out->buf, PCHAT_COLUMN_GAP);
		if (w > max && out->table.limit) {
			put_cut(out->buf, cells[i], max);
			continue;
		}
		pchat_buf_text(out->buf, cells[i]);
		if (i < last && w < max)
			blanks(out->buf, max - w);
	}
	if (bold)
		pchat_buf_lit(out->buf, PLAIN);
	pchat_buf_char(out->buf, '\n');
}

/* Nobody takes a column that is not there for one that does not exist. */
static void
tell_left_out(struct pchat_out *out)
{
	PCHAT_AUTO_VALUE(buf) names = { 0 };

	for (size_t i = 0; i < out->table.columns.n; i++)
		if (!out->table.columns.v[i].width)
			pchat_buf_printf(&names, "%s%s", names.n ? ", " : "", out->columns.v[i]);
	if (names.n)
		pchat_ctl_note(out->ctl, "no room for %s; -o wide shows all",
		               pchat_buf_cstr(&names));
}

/* Write the rows that wait; the first time with the heading, which is their first row. */
static enum pchat_code
put_rows(struct pchat_out *out, struct pchat_err *err)
{
	struct pchat_table *t = &out->table;
	size_t columns = out->columns.n;
	bool first = !t->columns.n;

	if (first && !measure(out, t->cells.v, t->cells.n))
		return pchat_no_memory(err);
	for (size_t i = 0; i < t->cells.n; i += columns)
		put_row(out, t->cells.v + i, first && i == 0 && t->color);
	for (size_t i = 0; i < t->cells.n; i++)
		free(t->cells.v[i]);
	t->cells.n = 0;
	return PCHAT_OK;
}

static enum pchat_code
push_cell(struct pchat_out *out, char *text, struct pchat_err *err)
{
	if (text && pchat_vec_push(&out->table.cells, text))
		return PCHAT_OK;
	free(text);
	return pchat_no_memory(err);
}

static enum pchat_code
push_row(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	if (!out->table.columns.n && !out->table.cells.n)
		for (size_t i = 0; i < out->columns.n; i++)
			PCHAT_TRY(push_cell(out, heading(out->columns.v[i]), err));
	for (size_t i = 0; i < out->columns.n; i++)
		PCHAT_TRY(push_cell(out, cell_text(pchat_record_cell(r, out->columns.v[i])), err));
	if (out->table.cells.n < PCHAT_TABLE_SAMPLE * out->columns.n)
		return PCHAT_OK;
	return put_rows(out, err);
}

/* ---- a single object ---- */

/* Nested records as a table of their own, two blanks in; never cut: whoever looks at one object
 * wants all of it, and the end of a line may be the very answer (the path of a verdict). */
static enum pchat_code
put_nested(struct pchat_out *out, const struct pchat_cell *cell, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_out inner = { .ctl = out->ctl, .buf = &text };
	struct pchat_str rest;
	enum pchat_code code = PCHAT_OK;

	inner.table.color = out->table.color;
	inner.table.wish = out->table.limit > INDENT ? out->table.limit - INDENT : 0;
	for (size_t i = 0; cell->n && i < cell->records[0].cells.n && !code; i++)
		if (!pchat_vec_push(&inner.columns, cell->records[0].cells.v[i].name))
			code = pchat_no_memory(err);
	for (size_t i = 0; i < cell->n && inner.columns.n && !code; i++)
		code = push_row(&inner, &cell->records[i], err);
	if (!code && inner.table.cells.n)
		code = put_rows(&inner, err);
	for (size_t i = 0; i < inner.table.cells.n; i++)
		free(inner.table.cells.v[i]);
	pchat_vec_release(&inner.table.cells);
	pchat_vec_release(&inner.table.columns);
	pchat_vec_release(&inner.columns);
	for (rest = pchat_buf_view(&text); rest.n && !code;) {
		struct pchat_str line = pchat_str_cut(rest, '\n', &rest);

		blanks(out->buf, INDENT);
		pchat_buf_str(out->buf, line);
		pchat_buf_char(out->buf, '\n');
	}
	return code ? code : pchat_buf_check(&text, err);
}

static enum pchat_code
put_value(struct pchat_out *out, const struct pchat_cell *cell, size_t indent,
          struct pchat_err *err)
{
	bool list = cell->type == PCHAT_CELL_LIST;

	for (size_t i = 0; i < (list && cell->n ? cell->n : 1); i++) {
		struct pchat_cell one = { .type = PCHAT_CELL_TEXT };
		PCHAT_AUTO_TEXT text = NULL;

		if (list && cell->n)
			one.text = cell->list[i];
		text = cell_text(list && cell->n ? &one : cell);
		if (!text)
			return pchat_no_memory(err);
		if (i)
			blanks(out->buf, indent);
		pchat_buf_text(out->buf, text);
		pchat_buf_char(out->buf, '\n');
	}
	return PCHAT_OK;
}

static void
put_label(struct pchat_out *out, const char *name)
{
	if (out->table.color)
		pchat_buf_lit(out->buf, BOLD);
	pchat_buf_printf(out->buf, "%s:", name);
	if (out->table.color)
		pchat_buf_lit(out->buf, PLAIN);
}

static enum pchat_code
put_object(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	size_t widest = 0;

	for (size_t i = 0; i < r->cells.n; i++) {
		size_t w = strlen(r->cells.v[i].name);

		if (r->cells.v[i].type != PCHAT_CELL_RECORDS && w > widest)
			widest = w;
	}
	for (size_t i = 0; i < r->cells.n; i++) {
		const struct pchat_cell *cell = &r->cells.v[i];

		put_label(out, cell->name);
		if (cell->type == PCHAT_CELL_RECORDS && cell->n) {
			pchat_buf_char(out->buf, '\n');
			PCHAT_TRY(put_nested(out, cell, err));
			continue;
		}
		blanks(out->buf, strlen(cell->name) < widest ? widest - strlen(cell->name) + 1 : 1);
		if (cell->type == PCHAT_CELL_RECORDS)
			pchat_buf_lit(out->buf, "-\n");
		else
			PCHAT_TRY(put_value(out, cell, widest + 2, err));
	}
	return PCHAT_OK;
}

/* ---- the writer ---- */

static enum pchat_code
table_record(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	return out->head.list ? push_row(out, r, err) : put_object(out, r, err);
}

static enum pchat_code
table_end(struct pchat_out *out, struct pchat_err *err)
{
	enum pchat_code code = out->table.cells.n ? put_rows(out, err) : PCHAT_OK;

	if (!code)
		tell_left_out(out);
	return code;
}

const struct pchat_writer pchat_writer_table = { table_begin, table_record, table_end };
