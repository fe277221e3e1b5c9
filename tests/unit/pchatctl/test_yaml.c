/* The YAML reader: what it takes, what it refuses and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "pchatctl/yaml.h"

static const char *const letters = ".<>s[]{}";

/* Read all of @text; *ret_events has one letter for each event, with the texts between. */
static enum pchat_code
read_all(struct pchat_str text, struct pchat_buf *ret_events, struct pchat_err *err)
{
	PCHAT_AUTO(yaml) y = NULL;
	struct pchat_yaml_event e = { .type = PCHAT_YAML_DOCUMENT };
	enum pchat_code code = pchat_yaml_open("test", text, &y, err);

	while (!code && e.type != PCHAT_YAML_END) {
		code = pchat_yaml_next(y, &e, err);
		if (code)
			break;
		pchat_buf_char(ret_events, letters[e.type]);
		if (e.type == PCHAT_YAML_SCALAR) {
			pchat_buf_char(ret_events, e.plain ? '(' : '"');
			pchat_buf_str(ret_events, e.text);
			pchat_buf_char(ret_events, e.plain ? ')' : '"');
		}
	}
	return code;
}

static void
events_come_in_order(void **state)
{
	static const struct {
		const char *text, *events;
	} cases[] = {
		{ "", "." },
		{ "# nothing\n", "." },
		{ "a", "<s(a)>." },
		{ "a: 1\n", "<{s(a)s(1)}>." },
		{ "a: '1'\nb: \"x\\ty\"\n", "<{s(a)s\"1\"s(b)s\"x\ty\"}>." },
		{ "- a\n- [b, c]\n- {d: e}\n", "<[s(a)[s(b)s(c)]{s(d)s(e)}]>." },
		{ "a: |\n  x\n  \ty\nb: 1\n", "<{s(a)s\"x\n\ty\n\"s(b)s(1)}>." },
		{ "a: |\n  x\n  \ty", "<{s(a)s\"x\n\ty\"}>." },
		{ "a: >\n  x\n\n  \ty\n", "<{s(a)s\"x\n\n\ty\n\"}>." },
		{ "a: 1\t# a tab that indents nothing\n", "<{s(a)s(1)}>." },
		{ "---\na\n---\nb\n...\n", "<s(a)><s(b)>." },
		{ "\xc3\xa4: \xe2\x82\xac\n", "<{s(\xc3\xa4)s(\xe2\x82\xac)}>." },
		{ "{\"a\":1,\"b\":[true]}", "<{s\"a\"s(1)s\"b\"[s(true)]}>." },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(buf) events = { 0 };

		assert_int_equal(read_all(pchat_str(cases[i].text), &events, NULL), PCHAT_OK);
		assert_string_equal(pchat_buf_cstr(&events), cases[i].events);
	}
}

static void
places_count_from_one_in_characters(void **state)
{
	static const char text[] = "\xc3\xa4: [\xe2\x82\xac, x]\n";
	static const unsigned columns[] = { 1, 1, 1, 4, 5, 8 };
	PCHAT_AUTO(yaml) y = NULL;
	struct pchat_yaml_event e;

	(void)state;
	assert_int_equal(pchat_yaml_open("test", pchat_str(text), &y, NULL), PCHAT_OK);
	for (size_t i = 0; i < PCHAT_N(columns); i++) {
		assert_int_equal(pchat_yaml_next(y, &e, NULL), PCHAT_OK);
		assert_int_equal(e.line, 1);
		assert_int_equal(e.column, columns[i]);
	}
}

static void
refusals_name_place_and_remedy(void **state)
{
	static const struct {
		const char *text;
		enum pchat_code code;
		unsigned line, column;
		const char *msg, *hint;
	} cases[] = {
		{ "\xef\xbb\xbf"
		  "a: 1\n",
		  PCHAT_INVALID, 1, 1, "byte order mark", "without BOM" },
		{ "\xff\xfe"
		  "a",
		  PCHAT_INVALID, 1, 1, "UTF-16", "UTF-8" },
		{ "a: 1\r\nb: 2\r\n", PCHAT_INVALID, 1, 5, "CR LF", "sed -i" },
		{ "a: 1\nb: \xff\n", PCHAT_INVALID, 2, 4, "not valid UTF-8", "UTF-8" },
		{ "\xc3\xa4\xc3\xa4: \xed\xa0\x80\n", PCHAT_INVALID, 1, 5, "not valid UTF-8",
		  "UTF-8" },
		{ "a: \x01\n", PCHAT_INVALID, 1, 4, "control character", "double quotes" },
		{ "a: \x7f\n", PCHAT_INVALID, 1, 4, "control character", "double quotes" },
		{ "a:\n\tb: 1\n", PCHAT_INVALID, 2, 1, "a tab", "indent with blanks" },
		{ "a:\n  \tb: 1\n", PCHAT_INVALID, 2, 3, "a tab", "indent with blanks" },
		{ "a: [\n\tb ]\n", PCHAT_INVALID, 2, 1, "a tab", "indent with blanks" },
		{ "a: |\n  x\n\ty\n", PCHAT_INVALID, 3, 1, "a tab", "indent with blanks" },
		{ "a: |\n  x\n  \ty\nb:\n\tc\n", PCHAT_INVALID, 5, 1, "a tab",
		  "indent with blanks" },
		{ "a: &x 1\n", PCHAT_UNSUPPORTED, 1, 4, "anchors", "write the value out" },
		{ "a: &x [1]\n", PCHAT_UNSUPPORTED, 1, 4, "anchors", "write the value out" },
		{ "a: &x {b: 1}\n", PCHAT_UNSUPPORTED, 1, 4, "anchors", "write the value out" },
		{ "a: *x\n", PCHAT_UNSUPPORTED, 1, 4, "aliases", "write the value out" },
		{ "a: !!str 1\n", PCHAT_UNSUPPORTED, 1, 4, "tags", "quotes" },
		{ "a: ! 1\n", PCHAT_UNSUPPORTED, 1, 4, "tags", "quotes" },
		{ "a: b: c\n", PCHAT_INVALID, 1, 5, "mapping values are not allowed", "quotes" },
		{ "a: 1\n b: 2\n", PCHAT_INVALID, 2, 3, "mapping values", "indentation" },
		{ "a: [1, 2\nb: 3\n", PCHAT_INVALID, 2, 2, "begins in line 1", "']'" },
		{ "a: {b: 1\nc: 2\n", PCHAT_INVALID, 2, 2, "begins in line 1", "'}'" },
		{ "a: \"x\n", PCHAT_INVALID, 2, 1, "unexpected end of stream", "quote" },
		{ "a: @b\n", PCHAT_INVALID, 1, 4, "cannot start any token", "quotes" },
		{ "a: \"\\q\"\n", PCHAT_INVALID, 1, 5, "escape", "backslash" },
		{ "a: \"x\\0y\"\n", PCHAT_INVALID, 1, 4, "NUL", "remove" },
		{ "%TAG x\n---\n", PCHAT_INVALID, 1, 6, "not YAML", "check" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(buf) events = { 0 };
		struct pchat_err err = { 0 };

		print_message("# %zu %s\n", i, cases[i].msg);
		assert_int_equal(read_all(pchat_str(cases[i].text), &events, &err), cases[i].code);
		assert_non_null(strstr(pchat_err_text(&err), cases[i].msg));
		assert_non_null(err.hint);
		assert_non_null(strstr(err.hint, cases[i].hint));
		assert_string_equal(err.file, "test");
		assert_int_equal(err.line, cases[i].line);
		assert_int_equal(err.column, cases[i].column);
		pchat_err_release(&err);
	}
}

/* @n times @open, then @n times @close. */
static void
nest(struct pchat_buf *text, size_t n, char open, char close)
{
	for (size_t i = 0; i < n; i++)
		pchat_buf_char(text, open);
	for (size_t i = 0; i < n; i++)
		pchat_buf_char(text, close);
}

static void
depth_is_bounded(void **state)
{
	static const size_t depths[] = { PCHAT_YAML_MAX_DEPTH, PCHAT_YAML_MAX_DEPTH + 1, 100000 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(depths); i++) {
		PCHAT_AUTO_VALUE(buf) text = { 0 };
		PCHAT_AUTO_VALUE(buf) events = { 0 };
		struct pchat_err err = { 0 };

		nest(&text, depths[i], '[', ']');
		assert_int_equal(read_all(pchat_buf_view(&text), &events, &err),
		                 i ? PCHAT_LIMIT : PCHAT_OK);
		assert_int_equal(err.column, i ? PCHAT_YAML_MAX_DEPTH + 1 : 0);
		pchat_err_release(&err);
	}
}

static void
scalars_are_bounded(void **state)
{
	static const size_t sizes[] = { PCHAT_YAML_MAX_SCALAR, PCHAT_YAML_MAX_SCALAR + 1,
		                        10 * 1024 * 1024 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(sizes); i++) {
		PCHAT_AUTO_VALUE(buf) text = { 0 };
		PCHAT_AUTO_VALUE(buf) events = { 0 };
		struct pchat_err err = { 0 };

		pchat_buf_lit(&text, "- ");
		assert_true(pchat_buf_reserve(&text, sizes[i]));
		memset(text.p + text.n, 'x', sizes[i]);
		text.n += sizes[i];
		assert_int_equal(read_all(pchat_buf_view(&text), &events, &err),
		                 i ? PCHAT_LIMIT : PCHAT_OK);
		assert_int_equal(err.line, i ? 1 : 0);
		assert_int_equal(err.column, i ? 3 : 0);
		pchat_err_release(&err);
	}
}

/* Every prefix of a document either reads or is refused; nothing leaks either way. */
static void
any_prefix_is_answered(void **state)
{
	static const char text[] =
		"pchat: 1\nrooms:\n  - {name: \"a\\u00e4\", members: ['x', \xc3\xa4]}\n  - name: |\n"
		"      \tx\n    b: >-\n      y\n---\n&a [*a, !t x]\n...\n%YAML 1.2\n--- ? {a: b}\n: - c\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		PCHAT_AUTO_VALUE(buf) events = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code = read_all((struct pchat_str){ text, n }, &events, &err);

		assert_true(code == PCHAT_OK || err.line > 0);
		pchat_err_release(&err);
	}
}

static void
nothing_is_told_from_text(void **state)
{
	static const struct {
		const char *text;
		bool null;
	} cases[] = {
		{ "- ", true },    { "- ~", true },   { "- null", true },    { "- NULL", true },
		{ "- ''", false }, { "- no", false }, { "- 'null'", false },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO(yaml) y = NULL;
		struct pchat_yaml_event e;

		assert_int_equal(pchat_yaml_open("t", pchat_str(cases[i].text), &y, NULL), 0);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(pchat_yaml_next(y, &e, NULL), PCHAT_OK);
		assert_int_equal(e.type, PCHAT_YAML_SCALAR);
		assert_int_equal(pchat_yaml_is_null(&e), cases[i].null);
		assert_string_equal(pchat_yaml_what(&e), cases[i].null ? "nothing" : "a text");
	}
}

/* Long texts are read ahead by a thread. */
#define LONG_ENTRIES 60000

static void
long_text(struct pchat_buf *out)
{
	for (unsigned i = 0; i < LONG_ENTRIES; i++)
		pchat_buf_printf(out, "- name %u\n", i);
}

static void
long_texts_give_every_event_in_order(void **state)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO(yaml) y = NULL;
	struct pchat_yaml_event e;
	char wanted[32];

	(void)state;
	long_text(&text);
	assert_int_equal(pchat_yaml_open("t", pchat_buf_view(&text), &y, NULL), PCHAT_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pchat_yaml_next(y, &e, NULL), PCHAT_OK);
	for (unsigned i = 0; i < LONG_ENTRIES; i++) {
		assert_int_equal(pchat_yaml_next(y, &e, NULL), PCHAT_OK);
		snprintf(wanted, sizeof(wanted), "name %u", i);
		assert_string_equal(e.text.p, wanted);
		assert_int_equal(e.line, i + 1);
		assert_int_equal(e.column, 3);
		assert_true(e.plain);
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pchat_yaml_next(y, &e, NULL), PCHAT_OK);
	assert_int_equal(e.type, PCHAT_YAML_END);
}

static void
failures_in_long_texts_come_in_their_place(void **state)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO(yaml) y = NULL;
	struct pchat_err err = { 0 };
	struct pchat_yaml_event e;
	enum pchat_code code;
	unsigned names = 0;

	(void)state;
	long_text(&text);
	pchat_buf_lit(&text, "- *alias\n");
	assert_int_equal(pchat_yaml_open("t", pchat_buf_view(&text), &y, &err), PCHAT_OK);
	while (!(code = pchat_yaml_next(y, &e, &err)))
		names += e.type == PCHAT_YAML_SCALAR;
	assert_int_equal(code, PCHAT_UNSUPPORTED);
	assert_int_equal(names, LONG_ENTRIES);
	assert_int_equal(err.line, LONG_ENTRIES + 1);
	assert_int_equal(err.column, 3);
	assert_non_null(strstr(err.hint, "quotes"));
	pchat_err_release(&err);
}

static void
long_texts_may_be_left_anywhere(void **state)
{
	static const unsigned stops[] = { 0, 1, 511, 512, 513, 40000 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	(void)state;
	long_text(&text);
	for (size_t i = 0; i < PCHAT_N(stops); i++) {
		PCHAT_AUTO(yaml) y = NULL;
		struct pchat_yaml_event e;

		assert_int_equal(pchat_yaml_open("t", pchat_buf_view(&text), &y, NULL), PCHAT_OK);
		for (unsigned n = 0; n < stops[i]; n++)
			assert_int_equal(pchat_yaml_next(y, &e, NULL), PCHAT_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_order),
		cmocka_unit_test(places_count_from_one_in_characters),
		cmocka_unit_test(refusals_name_place_and_remedy),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(scalars_are_bounded),
		cmocka_unit_test(any_prefix_is_answered),
		cmocka_unit_test(nothing_is_told_from_text),
		cmocka_unit_test(long_texts_give_every_event_in_order),
		cmocka_unit_test(failures_in_long_texts_come_in_their_place),
		cmocka_unit_test(long_texts_may_be_left_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
