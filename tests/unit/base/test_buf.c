#include "tests/unit/base/unit.h"

#include "base/buf.h"
#include "base/vec.h"
#include "tests/unit/base/oom.h"

static void
test_append(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	(void)state;
	assert_string_equal(pchat_buf_cstr(&b), "");
	assert_int_equal(pchat_buf_view(&b).n, 0);
	pchat_buf_lit(&b, "ab");
	pchat_buf_char(&b, 'c');
	pchat_buf_str(&b, PCHAT_STR("de"));
	pchat_buf_str(&b, (struct pchat_str){ 0 });
	pchat_buf_text(&b, NULL);
	pchat_buf_text(&b, "f");
	pchat_buf_add(&b, "\0g", 2);
	assert_view(pchat_buf_view(&b), PCHAT_STR("abcdef\0g"));
	assert_int_equal(b.p[b.n], '\0');
	assert_true(pchat_buf_ok(&b));
	assert_int_equal(pchat_buf_check(&b, NULL), PCHAT_OK);
	pchat_buf_clear(&b);
	assert_string_equal(pchat_buf_cstr(&b), "");
}

static void
test_numbers(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 7, "7" },
		{ 10, "10" },
		{ -1, "-1" },
		{ -10, "-10" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };

		pchat_buf_int(&b, rows[i].value);
		assert_string_equal(pchat_buf_cstr(&b), rows[i].text);
	}
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	pchat_buf_uint(&b, UINT64_MAX);
	assert_string_equal(pchat_buf_cstr(&b), "18446744073709551615");
}

static void
test_printf_at_every_fill(void **state)
{
	(void)state;
	/* The text ends before, at and behind the end of the memory there is. */
	for (size_t fill = 0; fill < 300; fill++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };

		for (size_t i = 0; i < fill; i++)
			pchat_buf_char(&b, '.');
		pchat_buf_printf(&b, "<%s:%d>", "abcdefgh", 42);
		assert_int_equal(b.n, fill + 13);
		assert_string_equal(b.p + fill, "<abcdefgh:42>");
	}
}

static void
test_limit(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { .max = 4 };
	struct pchat_err err = { 0 };

	(void)state;
	pchat_buf_lit(&b, "abcd");
	assert_true(pchat_buf_ok(&b));
	pchat_buf_char(&b, 'e');
	assert_false(pchat_buf_ok(&b));
	assert_int_equal(pchat_buf_check(&b, &err), PCHAT_LIMIT);
	assert_string_equal(pchat_err_text(&err), "text is longer than 4 octets");
	assert_string_equal(pchat_buf_cstr(&b), "abcd");
	assert_null(pchat_buf_take(&b));
	assert_int_equal(pchat_buf_check(&b, NULL), PCHAT_LIMIT);
	pchat_buf_clear(&b);
	pchat_buf_printf(&b, "%s", "abcd");
	assert_string_equal(pchat_buf_cstr(&b), "abcd");
	pchat_buf_clear(&b);
	pchat_buf_printf(&b, "%s", "abcde");
	assert_int_equal(pchat_buf_check(&b, &err), PCHAT_LIMIT);
	assert_string_equal(pchat_buf_cstr(&b), "");
	pchat_buf_clear(&b);
	assert_false(pchat_buf_reserve(&b, SIZE_MAX));
	pchat_err_release(&err);
}

static void
test_failure_sticks(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	(void)state;
	pchat_buf_lit(&b, "kept");
	oom_after(0);
	for (int i = 0; i < 1000; i++)
		pchat_buf_lit(&b, "x");
	assert_true(oom_end());
	assert_false(pchat_buf_ok(&b));
	assert_int_equal(pchat_buf_check(&b, NULL), PCHAT_NO_MEMORY);
	pchat_buf_lit(&b, "y");
	assert_null(memchr(b.p, 'y', b.n));
	assert_int_equal(b.p[b.n], '\0');
	pchat_buf_clear(&b);
	pchat_buf_lit(&b, "again");
	assert_string_equal(pchat_buf_cstr(&b), "again");
	pchat_buf_clear(&b);
	assert_false(pchat_buf_reserve(&b, SIZE_MAX - 1));
	assert_int_equal(pchat_buf_check(&b, NULL), PCHAT_NO_MEMORY);

	PCHAT_AUTO_VALUE(buf) empty = { 0 };
	oom_after(0);
	pchat_buf_printf(&empty, "%d", 1);
	assert_true(oom_end());
	assert_string_equal(pchat_buf_cstr(&empty), "");
	assert_null(pchat_buf_take(&empty));
	assert_int_equal(pchat_buf_check(&empty, NULL), PCHAT_NO_MEMORY);
}

static void
test_printf_cut_off_leaves_no_trace(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	(void)state;
	pchat_buf_lit(&b, "head");
	oom_after(0);
	pchat_buf_printf(&b, "%0999d", 1);
	assert_true(oom_end());
	assert_string_equal(pchat_buf_cstr(&b), "head");
	assert_int_equal(b.n, 4);
}

static void
test_take(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { .max = 100 };
	PCHAT_AUTO_TEXT text = NULL;
	PCHAT_AUTO_TEXT nothing = NULL;

	(void)state;
	pchat_buf_lit(&b, "mine");
	text = pchat_buf_take(&b);
	assert_string_equal(text, "mine");
	assert_null(b.p);
	assert_int_equal(b.max, 100);
	nothing = pchat_buf_take(&b);
	assert_string_equal(nothing, "");
}

static void
test_vec(void **state)
{
	PCHAT_VEC(uint32_t) v = { 0 };
	void *before;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(pchat_vec_push(&v, i * 3));
	assert_int_equal(v.n, 1000);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(v.v[i], i * 3);
	before = v.v;
	oom_after(0);
	assert_false(pchat_vec_reserve(&v, v.cap));
	assert_true(oom_end());
	assert_false(pchat_vec_reserve(&v, SIZE_MAX / sizeof(uint32_t)));
	assert_false(pchat_vec_reserve(&v, SIZE_MAX));
	assert_ptr_equal(v.v, before);
	assert_int_equal(v.n, 1000);
	pchat_vec_release(&v);
	assert_int_equal(v.cap, 0);
	assert_true(pchat_vec_reserve(&v, 0));
	pchat_vec_release(&v);
}

static void
test_vec_of_structs(void **state)
{
	struct point {
		int x, y;
	};
	PCHAT_VEC(struct point) v = { 0 };

	(void)state;
	assert_true(pchat_vec_push(&v, (struct point){ 1, 2 }));
	assert_int_equal(v.v[0].y, 2);
	assert_true(pchat_vec_reserve(&v, 5000));
	assert_true(v.cap >= 5001);
	assert_int_equal(v.n, 1);
	pchat_vec_release(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_printf_at_every_fill),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_failure_sticks),
		cmocka_unit_test(test_printf_cut_off_leaves_no_trace),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_vec),
		cmocka_unit_test(test_vec_of_structs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
