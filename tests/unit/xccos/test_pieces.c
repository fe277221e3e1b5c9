/* Names, and what stands between the bytes and libxml2. */
#include "tests/unit/xccos/help.h"

#include "wire/xccos/arena.h"
#include "wire/xccos/clean.h"
#include "wire/xccos/guard.h"

static void
test_uris(void **state)
{
	static const struct {
		const char *uri, *domain, *value;
	} rows[] = {
		{ ROOM, "contoso.example", "094f5a4a-c492-4f6b-91c2-385eba134fd3" },
		{ "MA-Chan://Contoso.Example/ABC", "Contoso.Example", "ABC" },
		{ "ma-chan://litware.example/300", "litware.example", "300" },
		{ "ma-chan://d/v", "d", "v" },
		{ "ma-chan://d/v/", NULL, NULL },
		{ "ma-chan://d/v/w", NULL, NULL },
		{ "ma-chan://d/", NULL, NULL },
		{ "ma-chan://d", NULL, NULL },
		{ "ma-chan:///v", NULL, NULL },
		{ "ma-chan://", NULL, NULL },
		{ "ma-chan:/d/v", NULL, NULL },
		{ " ma-chan://d/v", NULL, NULL },
		{ "ma-chan://d/v w", NULL, NULL },
		{ "ma-chan://d/v\x7f", NULL, NULL },
		{ CAT, NULL, NULL },
		{ "", NULL, NULL },
	};
	struct pchat_str domain, value;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_str uri = pchat_str(rows[i].uri);

		assert_int_equal(pchat_xccos_uri_split(uri, &domain, &value),
		                 rows[i].domain != NULL);
		if (!rows[i].domain)
			continue;
		assert_view(domain, rows[i].domain);
		assert_view(value, rows[i].value);
		assert_false(pchat_xccos_category_split(uri, &domain, &value));
	}
	assert_true(pchat_xccos_category_split(pchat_str(CAT), &domain, &value));
	assert_view(value, "22222222-2222-4222-8222-222222222222");
}

static void
test_booleans(void **state)
{
	static const char *const yes[] = { "true", "True", "TRUE", "1", " true " };
	static const char *const no[] = { "false", "False", "0", "\tFALSE" };
	static const char *const neither[] = { "", "yes", "2", "truee", "01" };
	bool v;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(yes); i++) {
		v = false;
		assert_true(pchat_xccos_bool(pchat_str(yes[i]), &v) && v);
	}
	for (size_t i = 0; i < PCHAT_N(no); i++) {
		v = true;
		assert_true(pchat_xccos_bool(pchat_str(no[i]), &v) && !v);
	}
	for (size_t i = 0; i < PCHAT_N(neither); i++)
		assert_false(pchat_xccos_bool(pchat_str(neither[i]), &v));
}

static void
test_commands(void **state)
{
	(void)state;
	for (unsigned c = PCHAT_XCCOS_CMD_UNKNOWN + 1; c < PCHAT_XCCOS_N_CMDS; c++) {
		assert_int_equal(pchat_xccos_cmd_find(pchat_str(pchat_xccos_cmd_name(c))), c);
		assert_true(strlen(pchat_xccos_cmd_reply(c)) > 0);
	}
	assert_string_equal(pchat_xccos_cmd_reply(PCHAT_XCCOS_CMD_GETFDTOK), "getftok");
	assert_string_equal(pchat_xccos_cmd_name(PCHAT_XCCOS_CMD_UNKNOWN), "");
	assert_string_equal(pchat_xccos_cmd_name(PCHAT_XCCOS_N_CMDS), "");
	assert_int_equal(pchat_xccos_cmd_find(PCHAT_STR("")), PCHAT_XCCOS_CMD_UNKNOWN);
	assert_int_equal(pchat_xccos_cmd_find(PCHAT_STR("joins")), PCHAT_XCCOS_CMD_UNKNOWN);
	assert_string_equal(pchat_xccos_role_name(PCHAT_XCCOS_ROLE_NONE), "");
}

static void
test_clean(void **state)
{
	static const struct {
		struct pchat_str dirty;
		const char *clean;
	} rows[] = {
		{ { "abc", 3 }, "abc" },
		{ { "a\tb\nc\rd", 7 }, "a\tb\nc\rd" },
		{ { "a\0b", 3 }, "ab" },
		{ { "\x01\x08\x0b\x0c\x0e\x1f", 6 }, "" },
		{ { "\xef\xbf\xbd", 3 }, "\xef\xbf\xbd" },
		{ { "\xef\xbf\xbe\xef\xbf\xbf", 6 }, "" },
		{ { "\xef\xbf", 2 }, "\xef\xbf" },
		{ { "&#1;&#x1;&#x1F;&#31;&#0;", 24 }, "" },
		{ { "&#9;&#10;&#13;&#x20;", 20 }, "&#9;&#10;&#13;&#x20;" },
		{ { "&#xFFFE;&#65535;", 16 }, "" },
		{ { "&#;&#x;&#1 ;&#1", 15 }, "&#;&#x;&#1 ;&#1" },
		{ { "&amp;&", 6 }, "&amp;&" },
		{ { "&#x0000000001;", 14 }, "&#x0000000001;" },
		{ { "<![CDATA[&#1;\x01]]>&#1;", 21 }, "<![CDATA[&#1;]]>" },
		{ { "<!--&#1;-->&#1;", 15 }, "<!--&#1;-->" },
		{ { "<!--<![CDATA[-->&#1;]]>", 23 }, "<!--<![CDATA[-->]]>" },
	};
	PCHAT_AUTO_VALUE(buf) scratch = { 0 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_str got;

		assert_true(pchat_xml_clean(rows[i].dirty, &scratch, &got));
		assert_view(got, rows[i].clean);
	}
}

static void
test_guard(void **state)
{
	static const struct {
		const char *before, *repeat, *after;
		size_t most;
		const char *why; /* NULL: any number will do */
	} rows[] = {
		{ "<a", " b=''", "/>", 64, "attributes" },
		{ "<a\n\tb = \"'>\"", "\nc=''", "/>", 63, "attributes" },
		{ "<a", " xmlns:b=''", "/>", 64, "attributes" },
		{ "<a>", "<b xmlns:b=''/>", "</a>", 64, "namespace" },
		{ "<a>", "<b xmlns=\"\" a='xmlns'/>", "</a>", 64, "namespace" },
		{ "<a>", "<b c='' d=''/>", "</a>", 0, NULL },
		{ "<a>", " b=''", "</a>", 0, NULL },
		{ "<a b='", " c=", "'/>", 0, NULL },
		{ "<!--", " b=''", "-->", 0, NULL },
		{ "<![CDATA[", " b='' <c ", "]]>", 0, NULL },
		{ "<?a", " b=''", "?>", 0, NULL },
		{ "<a", " b", ">", 0, NULL },
		{ "<a", "'", "", 128, "attributes" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		size_t most = rows[i].most ? rows[i].most : 500;
		size_t at;

		for (size_t over = 0; over <= 1; over++) {
			const char *why;

			pchat_buf_clear(&b);
			pchat_buf_text(&b, rows[i].before);
			for (size_t n = 0; n < most + over; n++)
				pchat_buf_text(&b, rows[i].repeat);
			pchat_buf_text(&b, rows[i].after);
			why = pchat_xml_guard(pchat_buf_view(&b), &at);
			if (!over || !rows[i].why)
				assert_null(why);
			else
				assert_contains(pchat_str(why), rows[i].why);
			assert_true(at <= b.n);
		}
	}
}

static void
test_arena(void **state)
{
	PCHAT_AUTO_VALUE(arena) a = { 0 };

	(void)state;
	pchat_arena_reset(&a);
	for (int round = 0; round < 3; round++) {
		for (size_t n = 0; n < 3000; n += 7) {
			char *p = pchat_arena_zero(&a, n, 8);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n * 8; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xff, n * 8);
			assert_view(pchat_arena_str(&a, PCHAT_STR("abc")), "abc");
		}
		assert_false(a.failed);
		pchat_arena_reset(&a);
	}
	assert_null(pchat_arena_zero(&a, SIZE_MAX / 4, 16));
	assert_true(a.failed);
	pchat_arena_reset(&a);
	assert_false(a.failed);
	pchat_arena_release(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uris),     cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_commands), cmocka_unit_test(test_clean),
		cmocka_unit_test(test_guard),    cmocka_unit_test(test_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
