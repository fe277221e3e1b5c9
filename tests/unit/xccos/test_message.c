#include "tests/unit/xccos/help.h"

#include <stdio.h>

#include "base/clock.h"
#include "wire/xccos/build.h"

#define POST(attrs, children) \
	"<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"" ROOM "\"" attrs ">" children "</grpchat>"

static void
test_fields(void **state)
{
	const struct pchat_xccos_prim *p = parse_prim(
		state, "<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"" ROOM
		       "\" author=\"sip:bob@contoso.example\" authdisp=\"Bob B.\" alert=\"True\" "
		       "chatId=\"43\" ts=\"2013-08-02T10:11:12.4567890Z\"><chat>Hello &amp; welcome"
		       "</chat></grpchat>");
	int64_t ts;

	assert_int_equal(p->kind, PCHAT_XCCOS_KIND_GRPCHAT);
	assert_int_equal(p->bad, PCHAT_XCCOS_OK);
	assert_int_equal(p->n_rooms, 1);
	assert_view(p->rooms[0].value, "094f5a4a-c492-4f6b-91c2-385eba134fd3");
	assert_view(p->msg.chan_uri, ROOM);
	assert_view(p->msg.author, "sip:bob@contoso.example");
	assert_view(p->msg.authdisp, "Bob B.");
	assert_int_equal(p->msg.alert, PCHAT_XCCOS_TRUE);
	assert_int_equal(p->msg.chat_id, 43);
	assert_true(pchat_time_parse(PCHAT_STR("2013-08-02T10:11:12.456789Z"), &ts));
	assert_int_equal(p->msg.ts, ts);
	assert_view(p->msg.chat, "Hello & welcome");
	assert_int_equal(p->msg.attributes.n, 0);
	assert_int_equal(p->msg.extra.n, 0);
	assert_null(p->msg.rtf.p);
	assert_false(p->msg.story);
}

/* Nothing but the room and the text can make a post malformed. */
static void
test_bad(void **state)
{
	static const struct {
		const char *post;
		enum pchat_xccos_result bad;
		const char *why;
	} rows[] = {
		{ POST("", "<chat>x</chat>"), PCHAT_XCCOS_OK, NULL },
		{ POST("", "<chat/>"), PCHAT_XCCOS_OK, NULL },
		{ POST(" ts=\"noon\" alert=\"high\" chatId=\"x\" author=\"\"", "<chat>x</chat>"),
		  PCHAT_XCCOS_OK, NULL },
		{ POST("", ""), PCHAT_XCCOS_INVALID_ARGUMENT, "'chat' is missing" },
		{ POST("", "<rtf>x</rtf>"), PCHAT_XCCOS_INVALID_ARGUMENT, "'chat'" },
		{ POST("", "<chat xmlns=\"urn:other\">x</chat>"), PCHAT_XCCOS_INVALID_ARGUMENT,
		  "'chat'" },
		{ "<grpchat><chat>x</chat></grpchat>", PCHAT_XCCOS_INVALID_ARGUMENT, "'chanUri'" },
		{ "<grpchat chanUri=\"lobby\"><chat>x</chat></grpchat>",
		  PCHAT_XCCOS_INVALID_ARGUMENT, "no room URI" },
		{ "<grpchat seqid=\"x\" chanUri=\"" ROOM "\"><chat>x</chat></grpchat>",
		  PCHAT_XCCOS_INVALID_ARGUMENT, "'seqid'" },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const struct pchat_xccos_prim *p = parse_prim(state, rows[i].post);

		assert_int_equal(p->bad, rows[i].bad);
		if (rows[i].why)
			assert_contains(p->why, rows[i].why);
	}
}

static void
test_text(void **state)
{
	static const struct {
		const char *chat, *wanted;
	} rows[] = {
		{ "a\r\nb\nc", "a\nb\nc" },
		{ "a&#13;&#10;b&#13;c", "a\nb\nc" },
		{ " a \t b ", " a \t b " },
		{ "&lt;b&gt;&amp;amp;&quot;&apos;&#xe9;&#127881;",
		  "<b>&amp;\"'\xc3\xa9\xf0\x9f\x8e\x89" },
		{ "<![CDATA[a<b>&#1;]]>!", "a<b>&#1;!" },
		{ "a<!-- b -->c<?d e?>f", "acf" },
		{ "a<b>c<i>d</i></b>e", "acde" },
		/* What XML forbids is dropped, as octets and as references. */
		{ "a\x01\x1f\x0c"
		  "b",
		  "ab" },
		{ "a&#1;&#x1F;&#x0b;b", "ab" },
		{ "a\xef\xbf\xbe"
		  "b\xef\xbf\xbf&#xFFFE;&#xffff;c",
		  "abc" },
		{ "\x7f\xc2\x80", "\x7f\xc2\x80" },
		{ "", "" },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		char post[512];

		snprintf(post, sizeof(post), POST("", "<chat>%s</chat>"), rows[i].chat);
		assert_view(parse_prim(state, post)->msg.chat, rows[i].wanted);
	}
}

static void
test_story(void **state)
{
	assert_true(parse_prim(state, POST("", "<chat>[STORY]t</chat>"))->msg.story);
	assert_true(parse_prim(state, POST("", "<chat>[story x</chat>"))->msg.story);
	assert_false(parse_prim(state, POST("", "<chat> [STORY]</chat>"))->msg.story);
	assert_true(parse_prim(state, POST("", "<chat>x</chat><story/>"))->msg.story);
	assert_true(parse_prim(state, POST("", "<chat>x</chat><Title>t</Title>"))->msg.story);
	assert_true(parse_prim(state, POST("", "<sub/><chat>x</chat>"))->msg.story);
	assert_false(parse_prim(state, POST("", "<chat>x</chat><rtf>y</rtf>"))->msg.story);
	assert_view(parse_prim(state, POST("", "<chat>x</chat><rtf>{\\b y}</rtf>"))->msg.rtf,
	            "{\\b y}");
}

/* What is kept of the XML, and that it stands in a delivery just so. */
static void
test_relay(void **state)
{
	static const struct {
		const char *prim;
		const char *attributes, *extra;
	} rows[] = {
		{ POST("", "<chat>x</chat><rtf>{\\rtf1 a&amp;b}</rtf>"), "",
		  "<rtf>{\\rtf1 a&amp;b}</rtf>" },
		{ POST(" a=\"1\" B=\"&lt;&quot;&#10;&#9;\"", "<chat>x</chat>"),
		  " a=\"1\" B=\"&lt;&quot;&#10;&#9;\"", "" },
		{ POST("",
		       "<one/>t<chat>x</chat> <!-- c --><two a='b'><three>y &lt; z</three></two>"),
		  "", "<one/><two a=\"b\"><three>y &lt; z</three></two>" },
		{ POST("", "<chat>x</chat><chat>second</chat>"), "", "<chat>second</chat>" },
		{ POST("", "<chat>x</chat><a>line\r\none&#13;</a>"), "", "<a>line\none&#13;</a>" },
		{ POST("", "<chat>x</chat><a><![CDATA[<&]]></a>"), "", "<a>&lt;&amp;</a>" },
		{ POST(" xml:lang=\"de\"", "<chat>x</chat><a xml:space=\"preserve\"> </a>"),
		  " xml:lang=\"de\"", "<a xml:space=\"preserve\"> </a>" },
		/* Namespaces: what a part needs goes with it, what the envelope has does not. */
		{ POST(" xmlns:p=\"urn:p\" p:a=\"1\" p:b=\"2\"", "<chat>x</chat><p:c/><d/>"),
		  " xmlns:p=\"urn:p\" p:a=\"1\" p:b=\"2\"", "<p:c xmlns:p=\"urn:p\"/><d/>" },
		{ POST("", "<chat>x</chat><c xmlns=\"urn:c\"><d/></c>"), "",
		  "<c xmlns=\"urn:c\"><d/></c>" },
		{ POST(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
		       "<chat>x</chat><c xsi:type=\"xsd:string\"/>"),
		  "", "<c xsi:type=\"xsd:string\"/>" },
		{ POST(" xmlns:xsi=\"urn:other\" xsi:a=\"1\"", "<chat>x</chat><c xsi:b=\"2\"/>"),
		  " xmlns:xsi=\"urn:other\" xsi:a=\"1\"",
		  "<c xmlns:xsi=\"urn:other\" xsi:b=\"2\"/>" },
		{ POST(" xmlns:p=\"urn:p\" xmlns:q=\"urn:q\"",
		       "<chat>x</chat><c t=\"p:x\">q:y</c>"),
		  "", "<c xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" t=\"p:x\">q:y</c>" },
		{ POST(" xmlns:p=\"urn:p\"", "<chat>x</chat><c xmlns:p=\"urn:q\"><p:d/></c>"), "",
		  "<c xmlns:p=\"urn:q\"><p:d/></c>" },
		{ POST(" xmlns:p=\"urn:&lt;\"", "<chat>x</chat><p:c/>"), "",
		  "<p:c xmlns:p=\"urn:&lt;\"/>" },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const struct pchat_xccos_prim *p;
		PCHAT_AUTO_VALUE(buf) wire = { 0 };
		const struct pchat_xccos_envelope *e;

		p = parse_prim(state, rows[i].prim);
		assert_int_equal(p->bad, PCHAT_XCCOS_OK);
		assert_view(p->msg.attributes, rows[i].attributes);
		assert_view(p->msg.extra, rows[i].extra);

		pchat_xccos_grpchat(&wire, 5, &p->msg);
		assert_contains(pchat_buf_view(&wire), rows[i].extra);
		e = parse_view(state, pchat_buf_view(&wire));
		assert_view(e->prims[0].msg.attributes, rows[i].attributes);
		assert_view(e->prims[0].msg.extra, rows[i].extra);
		assert_view(e->prims[0].msg.chat, "x");
	}
}

/* Declarations are repeated in each part: the sum is bounded. */
static void
test_relay_budget(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	const struct pchat_xccos_envelope *e;
	char uri[12001];

	memset(uri, 'u', sizeof(uri) - 1);
	uri[sizeof(uri) - 1] = '\0';
	pchat_buf_printf(
		&b, "<xccos envid=\"1\" xmlns:p=\"urn:%s\"><grpchat chanUri=\"%s\"><chat>x</chat>",
		uri, ROOM);
	for (int i = 0; i < 80; i++)
		pchat_buf_lit(&b, "<p:a/>");
	pchat_buf_lit(&b, "</grpchat><grpchat chanUri=\"" ROOM "\"><chat>y</chat>");
	for (int i = 0; i < 80; i++)
		pchat_buf_lit(&b, "<p:a/>");
	pchat_buf_lit(&b,
	              "</grpchat><grpchat chanUri=\"" ROOM "\"><chat>z</chat></grpchat></xccos>");
	e = parse_view(state, pchat_buf_view(&b));
	assert_int_equal(e->prims[0].bad, PCHAT_XCCOS_OK);
	assert_true(e->prims[0].msg.extra.n > 900000);
	assert_int_equal(e->prims[1].bad, PCHAT_XCCOS_LIMIT_EXCEEDED);
	assert_int_equal(e->prims[1].msg.extra.n, 0);
	assert_int_equal(e->prims[2].bad, PCHAT_XCCOS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_story, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relay_budget, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
