/* Words of messages: what separates them, what is compared, what markup leaves. */
#include "tests/unit/schema/support.h"

#include <stdio.h>

#include "schema/words.h"

static void
assert_words(const char *text, enum pchat_words_form form, const char *wanted)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_words_text(&out, pchat_str(text), form);
	assert_true(pchat_buf_ok(&out));
	assert_string_equal(pchat_buf_cstr(&out), wanted);
}

static void
test_text(void **state)
{
	static const struct {
		const char *text, *folded;
	} rows[] = {
		{ "", "" },
		{ " ,;. ", "" },
		{ "Hello, World!", "hello world " },
		{ "a-b_c d2", "a b c d2 " },
		{ "HÉLLO Ångström Ľudo Ế", "hello angstrom ludo e " },
		{ "e\xcc\x81t\xc3\xa9", "ete " },
		{ "Straße ΣΊΣΥΦΟΣ Привет", "straße σίσυφοσ привет " },
		{ "«quoted» – 5€", "quoted 5 " },
		{ "日本語の本", "日 本 語 の 本 " },
		{ "ok \xf0\x9f\x91\x8d\xf0\x9f\x91\x8d", "ok \xf0\x9f\x91\x8d \xf0\x9f\x91\x8d " },
		{ "bad \xff octet", "bad octet " },
		{ "private \xee\x80\x80use", "private use " },
		{ "see <a href=\"http://x.example/Doc\">The Doc</a>.",
		  "see http x example doc the doc " },
		{ "<a href='ma-filelink://c/1/report.xlsx'>report</a>",
		  "ma filelink c 1 report xlsx report " },
		{ "a <b and c", "a b and c " },
		{ "1 < 2 > 1 </", "1 2 1 " },
		{ "<a href=\"open", "a href open " },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++)
		assert_words(rows[i].text, PCHAT_WORDS_FOLDED, rows[i].folded);
	assert_words("Hello É!", PCHAT_WORDS_WRITTEN, "Hello É ");
}

/* One past the length of a word, and of a tag. */
static void
test_limits(void **state)
{
	char text[1200], wanted[300];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[PCHAT_WORD_MAX + 1] = '\0';
	snprintf(wanted, sizeof(wanted), "%.*s ", PCHAT_WORD_MAX, text);
	assert_words(text, PCHAT_WORDS_FOLDED, wanted);

	/* A tag of 1024 octets is one, of 1025 it is text. */
	snprintf(text, sizeof(text), "<a%*s>", 1021, "");
	assert_words(text, PCHAT_WORDS_FOLDED, "");
	snprintf(text, sizeof(text), "<a%*s>", 1022, "");
	assert_words(text, PCHAT_WORDS_FOLDED, "a ");
}

static void
test_xml(void **state)
{
	static const struct {
		const char *xml, *wanted;
	} rows[] = {
		{ "<story xmlns=\"urn:x\" id=\"7\"><title>A &amp; B&lt;c&#233;d</title></story>",
		  "7 a b c d " },
		{ "<rtf>{\\rtf1 one \\b two\\b0\\par three}</rtf><x>four</x>",
		  "one two three four " },
		{ "<p:rtf xmlns:p='urn:p'>{\\rtf1 one}</p:rtf>", "one " },
		{ "<empty/><url href=\"a&amp;b\"/>", "a b " },
		{ "text only", "text only " },
		{ "<unclosed", "" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };

		pchat_words_xml(&out, pchat_str(rows[i].xml), PCHAT_WORDS_FOLDED);
		assert_string_equal(pchat_buf_cstr(&out), rows[i].wanted);
	}
}

static void
assert_rtf(const char *rtf, const char *wanted)
{
	PCHAT_AUTO_VALUE(buf) plain = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_words_rtf(&plain, pchat_str(rtf));
	pchat_words_text(&out, pchat_buf_view(&plain), PCHAT_WORDS_FOLDED);
	assert_string_equal(pchat_buf_cstr(&out), wanted);
}

static void
test_rtf(void **state)
{
	PCHAT_AUTO_VALUE(buf) deep = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	assert_rtf("{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red255;}"
	           "{\\*\\generator Riched20;}\\pard\\f0\\fs20 Hello {\\b bold} world\\par}",
	           "hello bold world ");
	assert_rtf("{\\rtf1 caf\\'e9 na\\u239?ve \\uc2\\u233xxt\\u-4051?y}", "cafe naive et ");
	assert_rtf("{\\rtf1 a\\line b\\tab c\\~d \\\\ \\{e\\} f\r\ng}", "a b c d e fg ");
	assert_rtf("{\\rtf1 cut \\'e", "cut e ");
	assert_rtf("{\\rtf1 cut \\", "cut ");
	assert_rtf("}}}} after", "after ");
	/* 63 groups deep is read, 64 is not. */
	for (int i = 0; i < 63; i++)
		pchat_buf_char(&deep, '{');
	pchat_buf_lit(&deep, "in");
	assert_rtf(pchat_buf_cstr(&deep), "in ");
	deep.n = 0;
	for (int i = 0; i < 64; i++)
		pchat_buf_char(&deep, '{');
	pchat_buf_lit(&deep, "in");
	assert_rtf(pchat_buf_cstr(&deep), "");
	pchat_words_rtf(&out, PCHAT_STR("\\u99999999999999999999 x"));
	assert_string_equal(pchat_buf_cstr(&out), " ");
}

static void
test_message(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	pchat_words_message(&out, PCHAT_STR("One two"), PCHAT_STR("<x>three</x>"),
	                    PCHAT_WORDS_FOLDED);
	assert_string_equal(pchat_buf_cstr(&out), " one two \n three ");
	pchat_buf_clear(&out);
	pchat_words_message(&out, PCHAT_STR(""), (struct pchat_str){ 0 }, PCHAT_WORDS_FOLDED);
	assert_string_equal(pchat_buf_cstr(&out), " ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),    cmocka_unit_test(test_limits),
		cmocka_unit_test(test_xml),     cmocka_unit_test(test_rtf),
		cmocka_unit_test(test_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
