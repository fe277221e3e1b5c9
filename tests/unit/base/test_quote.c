#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <regex.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

#include "tests/unit/base/unit.h"

#include "base/text.h"
#include "base/utf8.h"

typedef void quote_fn(struct pchat_buf *out, struct pchat_str s);

struct row {
	struct pchat_str from;
	const char *to;
};

#define ROW(literal, wanted)                               \
	{                                                  \
		{ (literal), sizeof(literal) - 1 }, wanted \
	}

static void
check_rows(quote_fn *quote, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		PCHAT_AUTO_VALUE(buf) small = { .max = 1 };

		quote(&out, rows[i].from);
		assert_view(pchat_buf_view(&out), pchat_str(rows[i].to));
		/* A full buffer ends the work and is reported. */
		quote(&small, rows[i].from);
		assert_int_equal(pchat_buf_ok(&small), out.n <= 1);
	}
}

static void
test_json(void **state)
{
	static const struct row rows[] = {
		ROW("", "\"\""),
		ROW("Rates desk", "\"Rates desk\""),
		ROW("a\"b\\c/d", "\"a\\\"b\\\\c/d\""),
		ROW("\t\r\n\b\0", "\"\\t\\r\\n\\u0008\\u0000\""),
		ROW("\x1f\x7f\xc2\x85", "\"\\u001f\\u007f\\u0085\""),
		ROW("\xc3\xa4\xf0\x9f\x98\x80", "\"\xc3\xa4\xf0\x9f\x98\x80\""),
		ROW("a\xff\xc3", "\"a\\ufffd\\ufffd\""),
		ROW("\xe2\x80\xa8\xe2\x80\xae", "\"\\u2028\\u202e\""),
	};

	(void)state;
	check_rows(pchat_quote_json, rows, PCHAT_N(rows));
}

static void
test_xml(void **state)
{
	static const struct row rows[] = {
		ROW("", ""),
		ROW("a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&apos;"),
		ROW("]]>", "]]&gt;"),
		ROW("\t\r\n", "&#9;&#13;&#10;"),
		ROW("\0\x1b\xff", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
		ROW("\xef\xbf\xbe\xc2\x85", "\xef\xbf\xbd\xc2\x85"),
		ROW("\xc3\xa4\xf0\x9f\x98\x80", "\xc3\xa4\xf0\x9f\x98\x80"),
	};

	(void)state;
	check_rows(pchat_quote_xml, rows, PCHAT_N(rows));
}

static void
test_csv(void **state)
{
	static const struct row rows[] = {
		ROW("", ""),
		ROW("Rates desk", "Rates desk"),
		ROW("a,b", "\"a,b\""),
		ROW("say \"hi\"", "\"say \"\"hi\"\"\""),
		ROW("a\nb", "\"a\nb\""),
		ROW("a\rb", "\"a\rb\""),
		ROW(" a", "\" a\""),
		ROW("a ", "\"a \""),
		ROW("a;b'c", "a;b'c"),
	};

	(void)state;
	check_rows(pchat_quote_csv, rows, PCHAT_N(rows));
}

static void
test_terminal(void **state)
{
	static const struct row rows[] = {
		ROW("", ""),
		ROW("Rates \xc3\xa4 desk\\1", "Rates \xc3\xa4 desk\\1"),
		ROW("\x1b[31m\a\n\t\0\x7f", "\\x1b[31m\\x07\\x0a\\x09\\x00\\x7f"),
		ROW("\xc2\x9b", "\\xc2\\x9b"),
		ROW("\xff\xc3", "\\xff\\xc3"),
		ROW("a\xe2\x80\xaez", "a\\xe2\\x80\\xaez"),
		ROW("\xe2\x80\x8e", "\xe2\x80\x8e"),
	};

	(void)state;
	check_rows(pchat_quote_terminal, rows, PCHAT_N(rows));
}

static void
test_shell(void **state)
{
	static const struct row rows[] = {
		ROW("", "''"),
		ROW("sip:amy@contoso.example", "sip:amy@contoso.example"),
		ROW("--privacy", "--privacy"),
		ROW("Rates desk", "'Rates desk'"),
		ROW("don't", "'don'\\''t'"),
		ROW("$(id)`id`", "'$(id)`id`'"),
		ROW("~", "'~'"),
		ROW("a=b", "'a=b'"),
		ROW("a\nb'c\\1", "$'a\\012b\\'c\\\\1'"),
		ROW("\x1b"
		    "7",
		    "$'\\0337'"),
		ROW("a\0b", "$'a\xef\xbf\xbd"
		            "b'"),
		ROW("\xff", "$'\\377'"),
		ROW("\xc3\xa4", "'\xc3\xa4'"),
	};

	(void)state;
	check_rows(pchat_quote_shell, rows, PCHAT_N(rows));
}

static void
test_logfmt(void **state)
{
	static const struct row rows[] = {
		ROW("", "\"\""),
		ROW("sip:amy@contoso.example", "sip:amy@contoso.example"),
		ROW("a b", "\"a b\""),
		ROW("a=b", "\"a=b\""),
		ROW("\"", "\"\\\"\""),
		ROW("\\", "\"\\\\\""),
		ROW("a\nlevel=error", "\"a\\nlevel=error\""),
		ROW("\xff", "\"\\ufffd\""),
		ROW("\xc3\xa4", "\xc3\xa4"),
	};

	(void)state;
	check_rows(pchat_quote_logfmt, rows, PCHAT_N(rows));
}

static void
test_yaml(void **state)
{
	static const struct row rows[] = {
		ROW("", "\"\""),
		ROW("Rates desk", "Rates desk"),
		ROW("site", "site"),
		ROW("C#", "C#"),
		ROW("a #b", "\"a #b\""),
		ROW("group:Sales", "\"group:Sales\""),
		ROW("Trading floor (2)", "Trading floor (2)"),
		ROW("2nd floor", "2nd floor"),
		ROW("\xc3\xa4 b", "\xc3\xa4 b"),
		ROW(" a", "\" a\""),
		ROW("a\nb", "\"a\\nb\""),
		ROW("a\\b", "a\\b"),
		ROW("a\"b", "a\"b"),
		ROW("\"a\"", "\"\\\"a\\\"\""),
		ROW("True", "\"True\""),
		ROW("NO", "\"NO\""),
		ROW("notes", "notes"),
		ROW("1e3", "\"1e3\""),
		ROW("2026-11-21", "\"2026-11-21\""),
		ROW(".5", "\".5\""),
		ROW("-", "\"-\""),
		ROW("~", "\"~\""),
		ROW("<<", "\"<<\""),
		ROW("\xef\xbb\xbf"
		    "a",
		    "\"\\ufeffa\""),
		ROW("a\xff", "\"a\\ufffd\""),
	};

	(void)state;
	check_rows(pchat_quote_yaml, rows, PCHAT_N(rows));
}

/* ---- what other people's readers make of it ---- */

/* Words and numbers of every kind, and then characters thrown together: with the same seed
 * each time, so that what fails once fails again. */
static const char *const odd_words[] = {
	"null",
	"Null",
	"NULL",
	"~",
	"true",
	"TRUE",
	"yes",
	"Yes",
	"on",
	"Off",
	"y",
	"N",
	"no",
	"0",
	"1",
	"-1",
	"+1",
	"007",
	"0o17",
	"0x1F",
	"0b101",
	"1_000",
	"1.5",
	".5",
	"5.",
	"-.5",
	"1e3",
	"1E+3",
	"-1.5e-3",
	".inf",
	"-.INF",
	"+.inf",
	".nan",
	".NaN",
	"inf",
	"nan",
	"190:20:30",
	"190:20:30.15",
	"2026-11-21",
	"2026-11-21T04:16:05Z",
	"2026-11-21 04:16:05",
	"2001-12-14t21:59:43.10-05:00",
	"=",
	"<<",
	"-",
	"--",
	"---",
	"...",
	"- a",
	"? a",
	": a",
	"a:",
	"a: b",
	"a:b",
	"a #b",
	"#a",
	"&a",
	"*a",
	"!a",
	"!!str",
	"|",
	">",
	"%YAML",
	"@a",
	"`a",
	"[",
	"]",
	"{",
	"}",
	",",
	"a,b",
	"[a]",
	"{a: b}",
	"'",
	"\"",
	"'a'",
	"\"a\"",
	"a'b",
	"\\",
	"\\n",
	"$HOME",
	"a b",
	"a  b",
	" ",
	"  ",
	"a ",
	" a",
	"a\n",
	"\n",
	"\r\n",
	"\ta",
	"a\tb",
	"]]>",
	"<!-- -->",
	"&amp;",
	"&#10;",
	"]]&gt;",
	"12345678-9abc-def0",
	"e3",
	"x1F",
};

static const char *const pieces[] = {
	"a",
	"B",
	"7",
	"0",
	"-",
	"+",
	".",
	":",
	": ",
	" #",
	" ",
	"\t",
	"\n",
	"\r",
	"\"",
	"'",
	"\\",
	"/",
	"[",
	"]",
	"{",
	"}",
	",",
	"&",
	"<",
	">",
	"*",
	"!",
	"|",
	"%",
	"@",
	"`",
	"~",
	"=",
	"#",
	"?",
	"\x1b",
	"\x7f",
	"\xff",
	"\xc3",
	"$",
	"(",
	";",
	"\xc3\xa4",
	"\xc2\x85",
	"\xc2\xa0",
	"e",
	"x",
	"_",
	"T",
	"\xe2\x80\xa8",
	"\xef\xbf\xbe",
	"\xef\xbb\xbf",
	"\xf0\x9f\x98\x80",
	"\xed\xa0\x80",
	"\x01",
};

#define N_SAMPLES  3000
#define PIECES_MAX 7

struct sampler {
	unsigned n;
	uint64_t seed;
	char text[64];
};

static bool
next_sample(struct sampler *s, struct pchat_str *ret)
{
	size_t at = 0;

	if (s->n == N_SAMPLES)
		return false;
	if (s->n < PCHAT_N(odd_words)) {
		*ret = pchat_str(odd_words[s->n++]);
		return true;
	}
	for (unsigned left = s->n++ % PIECES_MAX + 1; left > 0; left--) {
		const char *piece;

		/* Knuth's MMIX generator; its high bits are the good ones. */
		s->seed = s->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		piece = pieces[(s->seed >> 33) % PCHAT_N(pieces)];
		memcpy(s->text + at, piece, strlen(piece));
		at += strlen(piece);
	}
	*ret = (struct pchat_str){ s->text, at };
	return true;
}

/* What a reader should get: @s with U+FFFD for what is no UTF-8 and, for @xml, for what no
 * XML document can hold. */
static void
expected(struct pchat_buf *out, struct pchat_str s, bool xml)
{
	char octets[PCHAT_UTF8_MAX];

	while (s.n > 0) {
		uint32_t cp = pchat_utf8_next(&s);

		if (xml && ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0xfffe))
			cp = PCHAT_UTF8_BAD;
		pchat_buf_add(out, octets, pchat_utf8_encode(cp, octets));
	}
}

static void
test_json_is_read_back(void **state)
{
	struct sampler sampler = { 0 };
	struct pchat_str s;

	(void)state;
	while (next_sample(&sampler, &s)) {
		PCHAT_AUTO_VALUE(buf) wanted = { 0 };
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		json_t *value;

		expected(&wanted, s, false);
		pchat_quote_json(&out, s);
		value = json_loadb(out.p, out.n, JSON_DECODE_ANY, NULL);
		assert_non_null(value);
		assert_view(
			((struct pchat_str){ json_string_value(value), json_string_length(value) }),
			pchat_buf_view(&wanted));
		json_decref(value);
	}
}

static void
test_xml_is_read_back(void **state)
{
	struct sampler sampler = { 0 };
	struct pchat_str s;

	(void)state;
	while (next_sample(&sampler, &s)) {
		PCHAT_AUTO_VALUE(buf) wanted = { 0 };
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		xmlDoc *doc;
		xmlChar *text, *attribute;

		expected(&wanted, s, true);
		pchat_buf_lit(&out, "<a b=\"");
		pchat_quote_xml(&out, s);
		pchat_buf_lit(&out, "\">");
		pchat_quote_xml(&out, s);
		pchat_buf_lit(&out, "</a>");
		doc = xmlReadMemory(out.p, (int)out.n, NULL, "UTF-8", XML_PARSE_NONET);
		assert_non_null(doc);
		text = xmlNodeGetContent(xmlDocGetRootElement(doc));
		attribute = xmlGetProp(xmlDocGetRootElement(doc), (const xmlChar *)"b");
		assert_view(pchat_str((char *)text), pchat_buf_view(&wanted));
		assert_view(pchat_str((char *)attribute), pchat_buf_view(&wanted));
		xmlFree(text);
		xmlFree(attribute);
		xmlFreeDoc(doc);
	}
	xmlCleanupParser();
}

/* Every scalar of the document is @wanted; the style of the last one. */
static yaml_scalar_style_t
check_scalars(const struct pchat_buf *document, struct pchat_str wanted, unsigned count)
{
	yaml_scalar_style_t style = YAML_ANY_SCALAR_STYLE;
	yaml_event_type_t type = YAML_NO_EVENT;
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned scalars = 0;

	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)document->p, document->n);
	while (type != YAML_STREAM_END_EVENT) {
		if (!yaml_parser_parse(&parser, &event))
			fail_msg("%s: %s", parser.problem, document->p);
		type = event.type;
		if (type == YAML_SCALAR_EVENT) {
			scalars++;
			style = event.data.scalar.style;
			assert_view(((struct pchat_str){ (char *)event.data.scalar.value,
			                                 event.data.scalar.length }),
			            wanted);
		}
		assert_int_not_equal(type, YAML_ALIAS_EVENT);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	assert_int_equal(scalars, count);
	return style;
}

/* What the types of YAML 1.1 (yaml.org/type) and the schema of 1.2 make of plain text. */
static bool
is_typed(const char *text)
{
	static const char *const types[] = {
		"^(y|n|yes|no|true|false|on|off|null|~|<<|=)?$",
		"^[-+]?(0b[01_]+|0[0-7_]+|0o[0-7]+|0|[1-9][0-9_]*|0x[0-9a-f_]+)$",
		"^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?$",
		"^[-+]?(\\.[0-9]+|[0-9][0-9_]*(\\.[0-9_]*)?)(e[-+]?[0-9]+)?$",
		"^[-+]?\\.(inf|nan)$",
		"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
	};

	for (size_t i = 0; i < PCHAT_N(types); i++) {
		regex_t re;
		int match;

		assert_int_equal(regcomp(&re, types[i], REG_EXTENDED | REG_ICASE | REG_NOSUB), 0);
		match = regexec(&re, text, 0, NULL, 0);
		regfree(&re);
		if (match == 0)
			return true;
	}
	return false;
}

static void
check_yaml(struct pchat_str s, unsigned *plain)
{
	static const struct {
		const char *before, *between, *after;
	} styles[] = {
		{ "- ", "\n- ", "\n" },
		{ "", ": ", "\n" },
		{ "[", ", ", "]\n" },
		{ "{", ": ", "}\n" },
	};
	PCHAT_AUTO_VALUE(buf) wanted = { 0 };
	PCHAT_AUTO_VALUE(buf) quoted = { 0 };
	yaml_scalar_style_t style = YAML_ANY_SCALAR_STYLE;

	expected(&wanted, s, false);
	pchat_quote_yaml(&quoted, s);
	for (size_t i = 0; i < PCHAT_N(styles); i++) {
		PCHAT_AUTO_VALUE(buf) document = { 0 };

		pchat_buf_text(&document, styles[i].before);
		pchat_buf_str(&document, pchat_buf_view(&quoted));
		pchat_buf_text(&document, styles[i].between);
		pchat_buf_str(&document, pchat_buf_view(&quoted));
		pchat_buf_text(&document, styles[i].after);
		style = check_scalars(&document, pchat_buf_view(&wanted), 2);
	}
	if (style != YAML_PLAIN_SCALAR_STYLE)
		return;
	++*plain;
	if (is_typed(pchat_buf_cstr(&quoted)))
		fail_msg("plain '%s' is no text", pchat_buf_cstr(&quoted));
}

static void
test_yaml_is_read_back(void **state)
{
	struct sampler sampler = { 0 };
	unsigned plain = 0;
	struct pchat_str s;

	(void)state;
	assert_true(is_typed("0x1F") && is_typed("Off") && !is_typed("offer"));
	while (next_sample(&sampler, &s))
		check_yaml(s, &plain);
	/* Both kinds were tried. */
	assert_in_range(plain, N_SAMPLES / 50, N_SAMPLES / 2);
}

/* Take one field off @rest, as RFC 4180 has it. */
static void
read_csv(struct pchat_buf *out, struct pchat_str *rest)
{
	bool quoted = rest->n > 0 && rest->p[0] == '"';
	size_t i = quoted;

	for (; i < rest->n; i++) {
		char c = rest->p[i];

		if (quoted && c == '"' && (i + 1 == rest->n || rest->p[i + 1] != '"')) {
			i++;
			break;
		}
		if (!quoted && c == ',')
			break;
		assert_true(quoted || (c != '"' && c != '\n' && c != '\r'));
		pchat_buf_char(out, c);
		i += quoted && c == '"';
	}
	rest->p += i;
	rest->n -= i;
}

static void
test_csv_is_read_back(void **state)
{
	struct sampler sampler = { 0 };
	struct pchat_str s;

	(void)state;
	while (next_sample(&sampler, &s)) {
		PCHAT_AUTO_VALUE(buf) line = { 0 };
		PCHAT_AUTO_VALUE(buf) field = { 0 };
		struct pchat_str rest;

		pchat_quote_csv(&line, s);
		pchat_buf_lit(&line, ",end");
		rest = pchat_buf_view(&line);
		read_csv(&field, &rest);
		assert_view(pchat_buf_view(&field), s);
		assert_view(rest, PCHAT_STR(",end"));
	}
}

static void
test_shell_reads_it_back(void **state)
{
	PCHAT_AUTO_VALUE(buf) wanted = { 0 };
	PCHAT_AUTO_VALUE(buf) got = { 0 };
	PCHAT_AUTO_TEXT command = NULL;
	struct sampler sampler = { 0 };
	const char *tmp = getenv("TMPDIR");
	PCHAT_AUTO_TEXT path = pchat_text("%s/test_quote.XXXXXX", tmp ? tmp : "/tmp");
	char part[4096];
	struct pchat_str s;
	FILE *file;
	size_t n;

	(void)state;
	file = fdopen(mkstemp(path), "w");
	assert_non_null(file);
	while (next_sample(&sampler, &s)) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };

		pchat_quote_shell(&out, s);
		fprintf(file, "printf '%%s\\0' %s\n", pchat_buf_cstr(&out));
		pchat_buf_str(&wanted, s);
		pchat_buf_char(&wanted, '\0');
	}
	assert_int_equal(fclose(file), 0);
	command = pchat_text("exec bash '%s'", path);
	file = popen(command, "r");
	assert_non_null(file);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		pchat_buf_add(&got, part, n);
	assert_int_equal(pclose(file), 0);
	unlink(path);
	assert_int_equal(got.n, wanted.n);
	assert_memory_equal(got.p, wanted.p, wanted.n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_logfmt),
		cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_json_is_read_back),
		cmocka_unit_test(test_xml_is_read_back),
		cmocka_unit_test(test_yaml_is_read_back),
		cmocka_unit_test(test_csv_is_read_back),
		cmocka_unit_test(test_shell_reads_it_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
