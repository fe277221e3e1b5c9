#include "base/json.h"

#include <assert.h>

#include "base/text.h"

void
pchat_json_init(struct pchat_json *j, struct pchat_buf *out, bool pretty)
{
	*j = (struct pchat_json){ .out = out, .pretty = pretty };
}

static void
line_break(struct pchat_json *j)
{
	if (!j->pretty)
		return;
	pchat_buf_char(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		pchat_buf_lit(j->out, "  ");
}

/* What stands before a key or an element: the comma, the line break. Nothing at the top,
 * where the caller decides what separates documents. */
static void
separate(struct pchat_json *j)
{
	if (j->depth == 0 || j->depth >= PCHAT_JSON_DEPTH)
		return;
	if (j->filled[j->depth])
		pchat_buf_char(j->out, ',');
	j->filled[j->depth] = true;
	line_break(j);
}

static void
before_value(struct pchat_json *j)
{
	if (!j->keyed)
		separate(j);
	j->keyed = false;
}

static void
begin(struct pchat_json *j, char bracket)
{
	before_value(j);
	pchat_buf_char(j->out, bracket);
	j->depth++;
	if (j->depth < PCHAT_JSON_DEPTH) {
		j->filled[j->depth] = false;
		return;
	}
	/* Too deep: the document is spoilt, which the buffer reports as its own failure. */
	j->out->failed = true;
	j->out->over = true;
}

static void
end(struct pchat_json *j, char bracket)
{
	bool filled = j->depth < PCHAT_JSON_DEPTH && j->filled[j->depth];

	assert(j->depth > 0 && !j->keyed);
	j->depth--;
	if (filled)
		line_break(j);
	pchat_buf_char(j->out, bracket);
}

void
pchat_json_begin_object(struct pchat_json *j)
{
	begin(j, '{');
}

void
pchat_json_end_object(struct pchat_json *j)
{
	end(j, '}');
}

void
pchat_json_begin_array(struct pchat_json *j)
{
	begin(j, '[');
}

void
pchat_json_end_array(struct pchat_json *j)
{
	end(j, ']');
}

void
pchat_json_key(struct pchat_json *j, const char *key)
{
	assert(j->depth > 0 && !j->keyed);
	separate(j);
	pchat_quote_json(j->out, pchat_str(key));
	pchat_buf_char(j->out, ':');
	if (j->pretty)
		pchat_buf_char(j->out, ' ');
	j->keyed = true;
}

void
pchat_json_text(struct pchat_json *j, const char *text)
{
	if (text)
		pchat_json_str(j, pchat_str(text));
	else
		pchat_json_null(j);
}

void
pchat_json_str(struct pchat_json *j, struct pchat_str s)
{
	before_value(j);
	pchat_quote_json(j->out, s);
}

void
pchat_json_int(struct pchat_json *j, int64_t v)
{
	before_value(j);
	pchat_buf_int(j->out, v);
}

void
pchat_json_uint(struct pchat_json *j, uint64_t v)
{
	before_value(j);
	pchat_buf_uint(j->out, v);
}

void
pchat_json_bool(struct pchat_json *j, bool v)
{
	before_value(j);
	pchat_buf_text(j->out, v ? "true" : "false");
}

void
pchat_json_null(struct pchat_json *j)
{
	before_value(j);
	pchat_buf_lit(j->out, "null");
}

void
pchat_json_raw(struct pchat_json *j, struct pchat_str json)
{
	before_value(j);
	pchat_buf_str(j->out, json);
}
