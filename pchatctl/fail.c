#include "pchatctl/fail.h"

#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"

/* Standard error is the last resort: if it fails, nobody can be told. */
static void
write_all(const struct pchat_buf *b)
{
	size_t done = 0;

	while (done < b->n) {
		ssize_t n = write(STDERR_FILENO, b->p + done, b->n - done);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

static void
print_text(const struct pchat_err *err, struct pchat_buf *out)
{
	pchat_buf_lit(out, "pchatctl: ");
	if (err->file) {
		pchat_quote_terminal(out, pchat_str(err->file));
		if (err->line)
			pchat_buf_printf(out, ":%u", err->line);
		if (err->line && err->column)
			pchat_buf_printf(out, ":%u", err->column);
		pchat_buf_lit(out, ": ");
	}
	pchat_quote_terminal(out, pchat_str(pchat_err_text(err)));
	if (err->hint) {
		pchat_buf_lit(out, "; ");
		pchat_quote_terminal(out, pchat_str(err->hint));
	}
	pchat_buf_char(out, '\n');
}

static void
print_json(const struct pchat_err *err, struct pchat_buf *out)
{
	struct pchat_json j;

	pchat_json_init(&j, out, false);
	pchat_json_begin_object(&j);
	pchat_json_key(&j, "error");
	pchat_json_begin_object(&j);
	pchat_json_key(&j, "code");
	pchat_json_text(&j, pchat_code_word(err->code));
	pchat_json_key(&j, "message");
	pchat_json_text(&j, pchat_err_text(err));
	if (err->file) {
		pchat_json_key(&j, "file");
		pchat_json_text(&j, err->file);
	}
	if (err->line) {
		pchat_json_key(&j, "line");
		pchat_json_uint(&j, err->line);
	}
	if (err->column) {
		pchat_json_key(&j, "column");
		pchat_json_uint(&j, err->column);
	}
	if (err->hint) {
		pchat_json_key(&j, "hint");
		pchat_json_text(&j, err->hint);
	}
	pchat_json_end_object(&j);
	pchat_json_end_object(&j);
	pchat_buf_char(out, '\n');
}

void
pchat_err_print(const struct pchat_globals *g, const struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	if (strcmp(g->v[PCHAT_GLOBAL_OUTPUT].text, "json") == 0 ||
	    strcmp(g->v[PCHAT_GLOBAL_OUTPUT].text, "jsonl") == 0)
		print_json(err, &out);
	else
		print_text(err, &out);
	/* For eyes only: scripts get the message, which says it all. */
	if (err->excerpt && out.n && out.p[0] != '{' && isatty(STDERR_FILENO))
		pchat_buf_text(&out, err->excerpt);
	write_all(&out);
}
