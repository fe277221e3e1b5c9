/* CSV: what is read, what is refused and where, and every limit at its edge and one past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "pchatctl/csv.h"

/* Rows as "a|b/c|d/"; a refused one as "!LINE:COLUMN/". */
static char *
shown(struct pchat_str text, char delimiter)
{
	PCHAT_AUTO_VALUE(csv) csv = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_csv_open(&csv, "test", text, delimiter, &err);

	assert_int_equal(code, PCHAT_OK);
	for (;;) {
		code = pchat_csv_next(&csv, &err);
		if (!code && !csv.cells.n)
			return pchat_buf_take(&out);
		if (code) {
			assert_string_equal(err.file, "test");
			assert_non_null(err.hint);
			pchat_buf_printf(&out, "!%u:%u/", err.line, err.column);
			pchat_err_release(&err);
			if (code == PCHAT_LIMIT)
				return pchat_buf_take(&out);
			assert_int_equal(code, PCHAT_INVALID);
		}
		for (size_t i = 0; i < csv.cells.n; i++)
			pchat_buf_printf(&out, "%s%.*s", i ? "|" : "",
			                 PCHAT_STR_ARG(csv.cells.v[i].text));
		if (csv.cells.n)
			pchat_buf_char(&out, '/');
	}
}

static void
test_rows(void **state)
{
	static const struct {
		const char *text, *rows;
		char delimiter;
	} cases[] = {
		{ "", "", ',' },
		{ "\n\r\n\n", "", ',' },
		{ "a,b\nc,d\n", "a|b/c|d/", ',' },
		{ "a,b\r\nc,d", "a|b/c|d/", ',' },
		{ "\xef\xbb\xbf"
		  "a\n",
		  "a/", ',' },
		{ "a,\n,b\n,\n", "a|/|b/|/", ',' },
		{ " a b , c\t\n", "a b|c/", ',' },
		{ " \"a \" ,\" b\"\n", "a | b/", ',' },
		{ "\"a,b\"\"c\"\"\",\"\"\n", "a,b\"c\"|/", ',' },
		{ "\"a\r\nb\",c\nd\n", "a\r\nb|c/d/", ',' },
		{ "\"\"\n", "/", ',' },
		{ "a;b,c\n", "a|b,c/", ';' },
		{ "a\t b\t\n", "a|b|/", '\t' },
		{ "a\"b\nc\n", "!1:2/c/", ',' },
		{ "x,\"a\"b,c\nd\n", "!1:6/d/", ',' },
		{ "a\nb,\"c\nd\n", "a/!2:3/", ',' },
		{ "a\rb\nc\n", "!1:2/c/", ',' },
		{ "\xc3\xa4,\"\xc3\xb6\"x\n", "!1:6/", ',' },
		{ "\xef\xbb\xbf\"a\"x\n", "!1:4/", ',' },
		{ "a\nb,\xff\nc\n", "a/!2:3/c/", ',' },
		{ "\"a\nb\",\"c\"x\nd\n", "!2:7/d/", ',' },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_TEXT got = shown(pchat_str(cases[i].text), cases[i].delimiter);

		assert_string_equal(got ? got : "", cases[i].rows);
	}
}

static void
test_zero(void **state)
{
	PCHAT_AUTO_TEXT got = shown(PCHAT_STR("a\nb\0c\nd\n"), ',');

	(void)state;
	assert_string_equal(got, "a/!2:2/d/");
}

static void
test_utf16(void **state)
{
	PCHAT_AUTO_VALUE(csv) csv = { 0 };
	struct pchat_err err = { 0 };

	(void)state;
	assert_int_equal(pchat_csv_open(&csv, "t",
	                                PCHAT_STR("\xff\xfe"
	                                          "a\0"),
	                                ',', &err),
	                 PCHAT_INVALID);
	assert_non_null(strstr(pchat_err_text(&err), "UTF-16"));
	pchat_err_release(&err);
	assert_int_equal(pchat_csv_open(&csv, "t", PCHAT_STR("\xfe\xff\0a"), ',', NULL),
	                 PCHAT_INVALID);
}

static void
test_delimiters(void **state)
{
	static const char *const good[] = { ",", ";", "|", "tab", "\t", "\\t", ":" };
	static const char *const bad[] = {
		"", "a", "7", "\"", " ", "\n", ",,", "tabs", "\xc3\xa4"
	};
	char c;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(good); i++)
		assert_true(pchat_csv_delimiter(good[i], &c));
	for (size_t i = 0; i < PCHAT_N(bad); i++)
		assert_false(pchat_csv_delimiter(bad[i], &c));
}

/* @n times @what, then @end. */
static char *
repeated(const char *what, size_t n, const char *end)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	for (size_t i = 0; i < n; i++)
		pchat_buf_text(&b, what);
	pchat_buf_text(&b, end);
	return pchat_buf_take(&b);
}

/* The code of the first row that is refused, or of the end. */
static enum pchat_code
outcome(const char *text, size_t *ret_rows)
{
	PCHAT_AUTO_VALUE(csv) csv = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_csv_open(&csv, "t", pchat_str(text), ',', &err);

	*ret_rows = 0;
	while (!code && !(code = pchat_csv_next(&csv, &err)) && csv.cells.n)
		++*ret_rows;
	assert_true(!code || (err.line && err.column && err.hint));
	pchat_err_release(&err);
	return code;
}

static void
test_limits(void **state)
{
	PCHAT_AUTO_TEXT columns = repeated(",", PCHAT_CSV_MAX_COLUMNS - 1, "\n");
	PCHAT_AUTO_TEXT columns_over = repeated(",", PCHAT_CSV_MAX_COLUMNS, "\n");
	PCHAT_AUTO_TEXT row = repeated("x", PCHAT_CSV_MAX_ROW, "\ny\n");
	PCHAT_AUTO_TEXT row_over = repeated("x", PCHAT_CSV_MAX_ROW + 1, "\ny\n");
	PCHAT_AUTO_TEXT open_over = repeated("\"", 1, row_over);
	PCHAT_AUTO_TEXT rows = repeated("x\n", PCHAT_CSV_MAX_ROWS, "\n");
	PCHAT_AUTO_TEXT rows_over = repeated("x\n", PCHAT_CSV_MAX_ROWS, "y");
	size_t n;

	(void)state;
	assert_int_equal(outcome(columns, &n), PCHAT_OK);
	assert_int_equal(n, 1);
	assert_int_equal(outcome(columns_over, &n), PCHAT_LIMIT);
	assert_int_equal(outcome(row, &n), PCHAT_OK);
	assert_int_equal(n, 2);
	assert_int_equal(outcome(row_over, &n), PCHAT_LIMIT);
	assert_int_equal(outcome(open_over, &n), PCHAT_LIMIT);
	assert_int_equal(outcome(rows, &n), PCHAT_OK);
	assert_int_equal(n, PCHAT_CSV_MAX_ROWS);
	assert_int_equal(outcome(rows_over, &n), PCHAT_LIMIT);
	assert_int_equal(n, PCHAT_CSV_MAX_ROWS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),   cmocka_unit_test(test_zero),
		cmocka_unit_test(test_utf16),  cmocka_unit_test(test_delimiters),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
