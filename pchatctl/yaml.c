/* libyaml's header first: it uses names that base/banned.h poisons. */
#include <yaml.h>

#include "pchatctl/yaml.h"

#include <assert.h>
#include <limits.h>

#include "base/text.h"
#include "pchatctl/yaml_ahead.h"

/* A text of that many octets is worth a thread of its own. */
#define AHEAD_OCTETS ((size_t)256 * 1024)

struct pchat_yaml {
	const char *name;
	struct pchat_str text;
	yaml_parser_t parser;
	yaml_event_t event;
	bool have_parser, have_event;
	unsigned depth;
	size_t tab;          /* octet of the next tab in an indentation; text.n if there is none */
	size_t scanned;      /* how far tabs were looked for */
	size_t scanned_line; /* the line that is in, from 0 */
	struct pchat_yaml_ahead *ahead; /* who reads a long text; NULL: pchat_yaml_next() itself */
};

/* ---- the raw text ---- */

static enum pchat_code
fail_at_offset(const struct pchat_yaml *y, size_t at, struct pchat_err *err, const char *what,
               const char *remedy)
{
	unsigned line = 1;
	size_t start = 0;
	struct pchat_str before;

	for (size_t i = 0; i < at; i++) {
		if (y->text.p[i] == '\n' && line < UINT_MAX) {
			line++;
			start = i + 1;
		}
	}
	before = (struct pchat_str){ y->text.p + start, at - start };
	pchat_fail(err, PCHAT_INVALID, "%s", what);
	pchat_err_at(err, y->name, line, (unsigned)pchat_utf8_length(before) + 1);
	pchat_hint(err, "%s", remedy);
	return PCHAT_INVALID;
}

/* Other encodings announce themselves in their first octets. */
static enum pchat_code
check_start(const struct pchat_yaml *y, struct pchat_err *err)
{
	if (pchat_str_starts(y->text, "\xef\xbb\xbf"))
		return fail_at_offset(y, 0, err, "the file begins with a byte order mark",
		                      "save it as UTF-8 without BOM");
	if (pchat_str_starts(y->text, "\xff\xfe") || pchat_str_starts(y->text, "\xfe\xff") ||
	    (y->text.n > 1 && (!y->text.p[0] || !y->text.p[1])))
		return fail_at_offset(y, 0, err, "the file is UTF-16 or binary, not UTF-8",
		                      "save it as UTF-8 without BOM");
	return PCHAT_OK;
}

static bool
is_bad_control(unsigned char c)
{
	return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
}

static enum pchat_code
check_octets(const struct pchat_yaml *y, struct pchat_err *err)
{
	size_t at;

	if (!pchat_utf8_valid(y->text, &at))
		return fail_at_offset(y, at, err, "the text is not valid UTF-8",
		                      "save the file as UTF-8");
	for (at = 0; at < y->text.n && !is_bad_control((unsigned char)y->text.p[at]); at++)
		;
	if (at == y->text.n)
		return PCHAT_OK;
	if (y->text.p[at] == '\r')
		return fail_at_offset(
			y, at, err, "the line ends in CR LF, or holds a carriage return",
			"save the file with LF line ends, as sed -i 's/\\r$//' FILE does");
	return fail_at_offset(y, at, err, "a control character stands in the text",
	                      "remove it, or write it as \"\\xNN\" in double quotes");
}

/*
 * Find the next tab in an indentation, from y->scanned on. Whether it is wrong is known only
 * when the event around it is: inside a block scalar it is text.
 */
static void
find_tab(struct pchat_yaml *y)
{
	const char *p = y->text.p, *end = p + y->text.n, *at = p + y->scanned, *tab, *back;

	while ((tab = memchr(at, '\t', (size_t)(end - at)))) {
		for (const char *q = at; (q = memchr(q, '\n', (size_t)(tab - q))); q++)
			y->scanned_line++;
		at = tab + 1;
		for (back = tab; back > p && back[-1] == ' '; back--)
			;
		if (back == p || back[-1] == '\n')
			break;
	}
	y->tab = tab ? (size_t)(tab - p) : y->text.n;
	y->scanned = tab ? (size_t)(at - p) : y->text.n;
}

static enum pchat_code
fail_tab(const struct pchat_yaml *y, struct pchat_err *err)
{
	return fail_at_offset(y, y->tab, err, "a tab stands in the indentation",
	                      "indent with blanks");
}

/* ---- libyaml ---- */

static enum pchat_code
start(struct pchat_yaml *y, struct pchat_err *err)
{
	enum pchat_code code = check_start(y, err);

	if (!code)
		code = check_octets(y, err);
	if (code)
		return code;
	if (!yaml_parser_initialize(&y->parser))
		return pchat_no_memory(err);
	y->have_parser = true;
	yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y->parser, (const unsigned char *)y->text.p, y->text.n);
	find_tab(y);
	return PCHAT_OK;
}

/* What libyaml says, and what usually is the matter when it does. */
static const struct {
	const char *problem, *remedy;
} remedies[] = {
	{ "mapping values are not allowed in this context",
	  "put quotes around a text that holds ': ', or check the indentation" },
	{ "could not find expected ':'", "check the indentation, or write the missing ':'" },
	{ "did not find expected key", "check the indentation, and quotes and commas before it" },
	{ "did not find expected '-' indicator",
	  "entries of one list start in the same column with '- '" },
	{ "did not find expected ',' or ']'",
	  "close the list with ']', or put quotes around the text" },
	{ "did not find expected ',' or '}'",
	  "close the mapping with '}', or put quotes around a text that holds ': '" },
	{ "found unexpected end of stream", "a quote is opened and not closed" },
	{ "found character that cannot start any token", "put quotes around the text" },
	{ "found unknown escape character", "write a backslash in double quotes as \\\\" },
	{ "found unexpected ':'", "put quotes around the text" },
	{ "control characters are not allowed", "remove the control character" },
};

static const char *
remedy_for(const char *problem)
{
	for (size_t i = 0; i < PCHAT_N(remedies); i++)
		if (!strcmp(problem, remedies[i].problem))
			return remedies[i].remedy;
	return "check indentation, quotes and brackets near that place";
}

static unsigned
mark_number(size_t n)
{
	return n < UINT_MAX ? (unsigned)n + 1 : UINT_MAX;
}

static enum pchat_code
fail_parser(struct pchat_yaml *y, struct pchat_err *err)
{
	const yaml_parser_t *p = &y->parser;
	const char *problem = p->problem ? p->problem : "unreadable";

	if (p->error == YAML_MEMORY_ERROR)
		return pchat_no_memory(err);
	/* The parser reads ahead: tabs before the line that stopped it are no cause. */
	while (y->tab < y->text.n && y->scanned_line < p->problem_mark.line)
		find_tab(y);
	if (y->tab < y->text.n && y->scanned_line == p->problem_mark.line)
		return fail_tab(y, err);
	if (p->context)
		pchat_fail(err, PCHAT_INVALID, "not YAML: %s, %s that begins in line %u", problem,
		           p->context, mark_number(p->context_mark.line));
	else
		pchat_fail(err, PCHAT_INVALID, "not YAML: %s", problem);
	if (p->error == YAML_READER_ERROR)
		return fail_at_offset(y, p->problem_offset, err, "a character YAML does not allow",
		                      "remove it, or write it as an escape in double quotes");
	pchat_err_at(err, y->name, mark_number(p->problem_mark.line),
	             mark_number(p->problem_mark.column));
	pchat_hint(err, "%s", remedy_for(problem));
	return PCHAT_INVALID;
}

static enum pchat_code
fail_here(const struct pchat_yaml *y, struct pchat_err *err, enum pchat_code code, const char *what,
          const char *remedy)
{
	pchat_fail(err, code, "%s", what);
	pchat_err_at(err, y->name, mark_number(y->event.start_mark.line),
	             mark_number(y->event.start_mark.column));
	pchat_hint(err, "%s", remedy);
	return code;
}

/* Is line @line (from 0) text of the block scalar that the event is? */
static bool
in_block_scalar(const yaml_event_t *e, size_t line)
{
	if (e->type != YAML_SCALAR_EVENT || (e->data.scalar.style != YAML_LITERAL_SCALAR_STYLE &&
	                                     e->data.scalar.style != YAML_FOLDED_SCALAR_STYLE))
		return false;
	return line > e->start_mark.line &&
	       (line < e->end_mark.line || (line == e->end_mark.line && e->end_mark.column));
}

static enum pchat_code
check_tabs(struct pchat_yaml *y, struct pchat_err *err)
{
	while (y->tab < y->text.n && y->scanned_line <= y->event.end_mark.line) {
		if (!in_block_scalar(&y->event, y->scanned_line))
			return fail_tab(y, err);
		find_tab(y);
	}
	return PCHAT_OK;
}

static enum pchat_code
enter(struct pchat_yaml *y, struct pchat_err *err)
{
	if (++y->depth > PCHAT_YAML_MAX_DEPTH)
		return fail_here(y, err, PCHAT_LIMIT, "lists and mappings are nested too deep",
		                 "a manifest nests four deep at most");
	return PCHAT_OK;
}

/* Anchors and tags hang on three events of equal shape. */
static enum pchat_code
check_extras(const struct pchat_yaml *y, const unsigned char *anchor, const unsigned char *tag,
             struct pchat_err *err)
{
	if (anchor)
		return fail_here(y, err, PCHAT_UNSUPPORTED, "anchors ('&') are not allowed",
		                 "write the value out where it is needed");
	if (tag)
		return fail_here(y, err, PCHAT_UNSUPPORTED, "tags ('!') are not allowed",
		                 "leave the tag out, or put quotes around the text");
	return PCHAT_OK;
}

static enum pchat_code
take_scalar(struct pchat_yaml *y, struct pchat_yaml_event *ret, struct pchat_err *err)
{
	const yaml_event_t *e = &y->event;

	if (e->data.scalar.length > PCHAT_YAML_MAX_SCALAR)
		return fail_here(y, err, PCHAT_LIMIT, "the text is too long",
		                 "no field holds more than 65536 characters");
	ret->text = (struct pchat_str){ (const char *)e->data.scalar.value, e->data.scalar.length };
	ret->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (memchr(ret->text.p, 0, ret->text.n))
		return fail_here(y, err, PCHAT_INVALID, "the text holds a NUL character",
		                 "remove the \\0 or \\x00");
	return check_extras(y, e->data.scalar.anchor, e->data.scalar.tag, err);
}

static enum pchat_code
take_event(struct pchat_yaml *y, struct pchat_yaml_event *ret, struct pchat_err *err)
{
	const yaml_event_t *e = &y->event;
	enum pchat_code code = PCHAT_OK;

	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		ret->type = PCHAT_YAML_END;
		break;
	case YAML_DOCUMENT_START_EVENT:
		ret->type = PCHAT_YAML_DOCUMENT;
		break;
	case YAML_DOCUMENT_END_EVENT:
		ret->type = PCHAT_YAML_DOCUMENT_END;
		break;
	case YAML_SEQUENCE_START_EVENT:
		ret->type = PCHAT_YAML_SEQUENCE;
		code = check_extras(y, e->data.sequence_start.anchor, e->data.sequence_start.tag,
		                    err);
		return code ? code : enter(y, err);
	case YAML_MAPPING_START_EVENT:
		ret->type = PCHAT_YAML_MAPPING;
		code = check_extras(y, e->data.mapping_start.anchor, e->data.mapping_start.tag,
		                    err);
		return code ? code : enter(y, err);
	case YAML_SEQUENCE_END_EVENT:
		ret->type = PCHAT_YAML_SEQUENCE_END;
		y->depth--;
		break;
	case YAML_MAPPING_END_EVENT:
		ret->type = PCHAT_YAML_MAPPING_END;
		y->depth--;
		break;
	case YAML_SCALAR_EVENT:
		ret->type = PCHAT_YAML_SCALAR;
		return take_scalar(y, ret, err);
	case YAML_ALIAS_EVENT:
		return fail_here(y, err, PCHAT_UNSUPPORTED, "aliases ('*') are not allowed",
		                 "write the value out, or put quotes around the text");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
		assert(!"skipped by the caller");
	}
	return code;
}

static enum pchat_code
read_event(struct pchat_yaml *y, struct pchat_yaml_event *ret, struct pchat_err *err)
{
	enum pchat_code code;

	do {
		if (y->have_event)
			yaml_event_delete(&y->event);
		y->have_event = false;
		if (!yaml_parser_parse(&y->parser, &y->event))
			return fail_parser(y, err);
		y->have_event = true;
	} while (y->event.type == YAML_STREAM_START_EVENT);
	*ret = (struct pchat_yaml_event){
		.line = mark_number(y->event.start_mark.line),
		.column = mark_number(y->event.start_mark.column),
	};
	code = check_tabs(y, err);
	return code ? code : take_event(y, ret, err);
}

enum pchat_code
pchat_yaml_open(const char *name, struct pchat_str text, struct pchat_yaml **ret,
                struct pchat_err *err)
{
	struct pchat_yaml *y = calloc(1, sizeof(*y));
	enum pchat_code code;

	if (!y)
		return pchat_no_memory(err);
	y->name = name;
	y->text = text.n ? text : PCHAT_STR("");
	code = start(y, err);
	if (code) {
		pchat_yaml_free(y);
		return code;
	}
	if (text.n >= AHEAD_OCTETS)
		y->ahead = pchat_yaml_ahead_new(y, read_event);
	*ret = y;
	return PCHAT_OK;
}

void
pchat_yaml_free(struct pchat_yaml *y)
{
	if (!y)
		return;
	pchat_yaml_ahead_free(y->ahead);
	if (y->have_event)
		yaml_event_delete(&y->event);
	if (y->have_parser)
		yaml_parser_delete(&y->parser);
	free(y);
}

enum pchat_code
pchat_yaml_next(struct pchat_yaml *y, struct pchat_yaml_event *ret, struct pchat_err *err)
{
	return y->ahead ? pchat_yaml_ahead_next(y->ahead, ret, err) : read_event(y, ret, err);
}

bool
pchat_yaml_is_null(const struct pchat_yaml_event *e)
{
	return e->type == PCHAT_YAML_SCALAR && e->plain &&
	       (!e->text.n || pchat_str_is(e->text, "~") || pchat_str_iis(e->text, "null"));
}

const char *
pchat_yaml_what(const struct pchat_yaml_event *e)
{
	if (pchat_yaml_is_null(e))
		return "nothing";
	switch (e->type) {
	case PCHAT_YAML_SCALAR:
		return "a text";
	case PCHAT_YAML_SEQUENCE:
		return "a list";
	case PCHAT_YAML_MAPPING:
		return "a mapping";
	case PCHAT_YAML_END:
	case PCHAT_YAML_DOCUMENT:
	case PCHAT_YAML_DOCUMENT_END:
	case PCHAT_YAML_SEQUENCE_END:
	case PCHAT_YAML_MAPPING_END:
		break;
	}
	return "the end";
}
