#include "tests/unit/xccos/help.h"

#include <stdlib.h>

#include "wire/xccos/build.h"

typedef void (*make_fn)(struct pchat_buf *b, size_t n);

static void
body(struct pchat_buf *b, size_t n)
{
	pchat_buf_lit(b, "<xccos envid=\"1\"><cmd id=\"cmd:requri\"/>");
	while (b->n < n - strlen(CLOSE))
		pchat_buf_char(b, ' ');
	pchat_buf_lit(b, CLOSE);
}

static void
depth(struct pchat_buf *b, size_t n)
{
	pchat_buf_lit(b, "<xccos envid=\"1\"><cmd id=\"cmd:requri\">");
	for (size_t i = 2; i < n; i++)
		pchat_buf_lit(b, "<data>");
	for (size_t i = 2; i < n; i++)
		pchat_buf_lit(b, "</data>");
	pchat_buf_lit(b, "</cmd></xccos>");
}

static void
elements(struct pchat_buf *b, size_t n)
{
	pchat_buf_lit(b, "<xccos envid=\"1\"><cmd id=\"cmd:bjoin\"><data>");
	for (size_t i = 1; i < n; i++)
		pchat_buf_lit(b, "<chanid value=\"v\"/>");
	pchat_buf_lit(b, "</data></cmd></xccos>");
}

static void
prims(struct pchat_buf *b, size_t n)
{
	pchat_buf_lit(b, "<xccos envid=\"1\">");
	for (size_t i = 0; i < n; i++)
		pchat_buf_lit(b, "<cmd id=\"cmd:requri\"/>");
	pchat_buf_lit(b, "</xccos>");
}

static void
attributes(struct pchat_buf *b, size_t n)
{
	pchat_buf_lit(b, "<xccos envid=\"1\"><cmd id=\"cmd:requri\" ");
	for (size_t i = 1; i < n; i++)
		pchat_buf_printf(b, "a%zu = %s ", i, i % 2 ? "'>\"'" : "\"'>'\"");
	pchat_buf_lit(b, "/></xccos>");
}

static void
namespaces(struct pchat_buf *b, size_t n)
{
	pchat_buf_lit(b, "<xccos envid=\"1\"><cmd id=\"cmd:requri\">");
	for (size_t i = 0; i < n; i++)
		pchat_buf_printf(b, "<a xmlns:p%zu=\"urn:p\"/>", i);
	pchat_buf_lit(b, "</cmd></xccos>");
}

/* The limit itself is accepted, one more is not. */
static void
test_limits(void **state)
{
	static const struct {
		make_fn make;
		size_t most;
		enum pchat_code code;
		const char *why;
	} rows[] = {
		{ body, 524288, PCHAT_LIMIT, "longer than 524288" },
		{ depth, 32, PCHAT_INVALID, "deeper than 32" },
		{ elements, 1000, PCHAT_INVALID, "more than 1000" },
		{ prims, 64, PCHAT_INVALID, "more than 64" },
		{ attributes, 64, PCHAT_INVALID, "too many attributes" },
		{ namespaces, 64, PCHAT_INVALID, "too many namespace declarations" },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		struct pchat_err err = { 0 };

		rows[i].make(&b, rows[i].most);
		parse_view(state, pchat_buf_view(&b));
		pchat_buf_clear(&b);
		rows[i].make(&b, rows[i].most + 1);
		assert_int_equal(refuse(state, pchat_buf_view(&b), &err), rows[i].code);
		assert_contains(pchat_str(pchat_err_text(&err)), rows[i].why);
		assert_int_equal(pchat_code_sip(err.code), rows[i].code == PCHAT_LIMIT ? 413 : 400);
		pchat_err_release(&err);
	}
}

/* Lengths of texts: too long is a result of the primitive, not of the body. */
static void
test_lengths(void **state)
{
	static const struct {
		const char *before, *after;
		size_t most; /* characters */
	} rows[] = {
		{ "<cmd id=\"cmd:chancreate\"><data><chanib parent=\"" CAT "\" name=\"",
		  "\"/></data></cmd>", 256 },
		{ "<cmd id=\"cmd:chancreate\"><data><chanib name=\"n\" parent=\"" CAT
		  "\" description=\"",
		  "\"/></data></cmd>", 256 },
		{ "<cmd id=\"cmd:getpref\"><data><pref label=\"", "\"/></data></cmd>", 255 },
		{ "<cmd id=\"cmd:getfutok\"><data><ftdb channelUri=\"" ROOM "\" fileUrl=\"",
		  "\"/></data></cmd>", 256 },
		{ "<cmd id=\"cmd:chansrch\"><data><qib criteria=\"", "\"/></data></cmd>", 1024 },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		for (size_t over = 0; over <= 1; over++) {
			PCHAT_AUTO_VALUE(buf) b = { 0 };
			const struct pchat_xccos_prim *p;

			pchat_buf_text(&b, rows[i].before);
			for (size_t n = 0; n < rows[i].most + over; n++)
				pchat_buf_lit(&b, "\xc3\xa9");
			pchat_buf_text(&b, rows[i].after);
			p = parse_prim(state, pchat_buf_cstr(&b));
			assert_int_equal(p->bad,
			                 over ? PCHAT_XCCOS_LIMIT_EXCEEDED : PCHAT_XCCOS_OK);
			if (over)
				assert_contains(p->why, "is longer than");
		}
	}
}

static void
test_long_uri(void **state)
{
	for (size_t over = 0; over <= 1; over++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		size_t at;

		pchat_buf_lit(&b, "<cmd id=\"cmd:join\"><data><chanib uri=\"");
		at = b.n;
		pchat_buf_lit(&b, "ma-chan://d/");
		while (b.n < at + PCHAT_XCCOS_URI_MAX + over)
			pchat_buf_char(&b, 'v');
		pchat_buf_lit(&b, "\"/></data></cmd>");
		assert_int_equal(parse_prim(state, pchat_buf_cstr(&b))->bad,
		                 over ? PCHAT_XCCOS_LIMIT_EXCEEDED : PCHAT_XCCOS_OK);
	}
}

static void
test_history_rooms(void **state)
{
	for (size_t over = 0; over <= 1; over++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };

		pchat_buf_lit(&b, "<cmd id=\"cmd:bcbydate\"><data>");
		for (size_t i = 0; i < PCHAT_XCCOS_HISTORY_ROOMS_MAX + over; i++)
			pchat_buf_lit(&b, "<chanib uri=\"" ROOM "\"/>");
		pchat_buf_lit(&b, "</data></cmd>");
		assert_int_equal(parse_prim(state, pchat_buf_cstr(&b))->bad,
		                 over ? PCHAT_XCCOS_LIMIT_EXCEEDED : PCHAT_XCCOS_OK);
	}
}

static void
test_bombs(void **state)
{
	static const char *const bombs[] = {
		"<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
		"<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>"
		"<xccos envid=\"1\"><cmd id=\"&d;\"/></xccos>",
		"<!DOCTYPE x [<!ENTITY a \"&a;\">]><xccos envid=\"1\">&a;</xccos>",
		"<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\">%p;]><xccos envid=\"1\"/>",
		"<!DOCTYPE x PUBLIC \"-//A\" \"http://127.0.0.1:1/\"><xccos envid=\"1\"/>",
		"<?xml version=\"1.0\" standalone=\"no\"?><!DOCTYPE x><xccos envid=\"1\"/>",
		"<!-- --><!DOCTYPE xccos ",
		"<xccos envid=\"1\"><!DOCTYPE x></xccos>",
		"<xccos envid=\"1\" envid=\"2\"/>",
	};
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	for (size_t i = 0; i < PCHAT_N(bombs); i++)
		assert_int_equal(refuse(state, pchat_str(bombs[i]), NULL), PCHAT_INVALID);
	/* Deep beyond what any stack should be asked for. */
	for (int i = 0; i < 20000; i++)
		pchat_buf_lit(&b, "<a>");
	assert_int_equal(refuse(state, pchat_buf_view(&b), NULL), PCHAT_INVALID);
}

/* One that uses many parts of the parser. */
static const char rich[] =
	"<?xml version=\"1.0\"?>" OPEN
	"<cmd id=\"cmd:bcbydate\" seqid=\"1\"><data><chanib uri=\"" ROOM
	"\" name=\"A &amp; B\"><prop "
	"id=\"urn:parlano:ma:prop:invite\">inherit</prop><audit createdon=\"2013-08-01\"/></chanib>"
	"<bcq><last cnt=\"25\"/><text mt=\"PP\">a&#1;b</text><date from=\"2013-08-01T00:00:00Z\"/>"
	"<uib uri=\"sip:amy@contoso.example\"/></bcq></data></cmd>"
	"<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"" ROOM
	"\" xmlns:p=\"urn:p\" p:a=\"1\"><chat>gr"
	"\xc3\xbc\xc3\x9f e<![CDATA[ <x> ]]></chat><rtf>{\\rtf}</rtf><p:c t=\"p:v\"><d/>x</p:c></grpchat>"
	"<rpl id=\"rpl:join\"><commandid seqid=\"1\" envid=\"2\"/><resp code=\"200\">OK</resp><data>"
	"<uib id=\"0\" uri=\"u\"><aib key=\"1\" value=\"2\"/></uib></data></rpl>" CLOSE;

/* Parse anything; whatever is accepted must be usable to the last octet. */
static void
use(void **state, struct pchat_str s)
{
	/* Exactly as long as it says, so that a read beyond is found. */
	char *copy = malloc(s.n ? s.n : 1);
	const struct pchat_xccos_envelope *e;
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	assert_non_null(copy);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	if (pchat_xccos_parse(*state, (struct pchat_str){ copy, s.n }, &e, NULL) == PCHAT_OK) {
		free(copy); /* nothing may point into the body */
		copy = NULL;
		for (size_t i = 0; i < e->n_prims; i++) {
			const struct pchat_xccos_prim *p = &e->prims[i];

			pchat_buf_str(&b, p->why);
			pchat_xccos_grpchat(&b, 1, &p->msg);
			for (size_t k = 0; k < p->data.n_chanibs; k++)
				pchat_xccos_put_chanib(&b, &p->data.chanibs[k]);
			for (size_t k = 0; k < p->data.n_uibs; k++)
				pchat_xccos_put_uib(&b, &p->data.uibs[k]);
		}
		assert_true(pchat_buf_ok(&b));
	}
	free(copy);
}

static void
test_truncated(void **state)
{
	struct pchat_str s = { rich, sizeof(rich) - 1 };

	assert_int_equal(parse_view(state, s)->n_prims, 3);
	for (size_t n = 0; n < s.n; n++) {
		use(state, (struct pchat_str){ rich, n });
		assert_int_equal(refuse(state, (struct pchat_str){ rich, n }, NULL), PCHAT_INVALID);
	}
}

/* xorshift64: the same mutations in every run. */
static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void
test_mutated(void **state)
{
	static const char *const pieces[] = {
		"<",         ">",     "\"", "'", "&",    "&#x", ";",      "]]>",    "<!--",
		"<![CDATA[", "xmlns", "=",  "/", "\xff", "\0",  "<data>", "</cmd>", "\xef\xbf\xbf"
	};
	uint64_t x = UINT64_C(0x9e3779b97f4a7c15);
	char text[sizeof(rich)];

	for (int round = 0; round < 5000; round++) {
		size_t n = sizeof(rich) - 1;
		unsigned changes = 1 + next_random(&x) % 4;

		memcpy(text, rich, n);
		for (unsigned c = 0; c < changes; c++) {
			const char *piece = pieces[next_random(&x) % PCHAT_N(pieces)];
			size_t length = strlen(piece) ? strlen(piece) : 1;
			size_t at = next_random(&x) % (n - length);

			if (next_random(&x) % 2)
				memcpy(text + at, piece, length);
			else
				text[at] = (char)next_random(&x);
		}
		use(state, (struct pchat_str){ text, n });
	}
}

/* The same parser again and again: nothing of the one before is left. */
static void
test_reuse(void **state)
{
	for (int i = 0; i < 50; i++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };

		elements(&b, 900);
		assert_int_equal(parse_view(state, pchat_buf_view(&b))->prims[0].n_rooms, 899);
		assert_int_equal(refuse(state, PCHAT_STR("<x"), NULL), PCHAT_INVALID);
		assert_int_equal(parse_prim(state, "<cmd id=\"cmd:bjoin\"/>")->n_rooms, 0);
		pchat_xccos_parser_reset(*state);
	}
}

static void
test_client_limits(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	const struct pchat_xccos_envelope *e;
	struct pchat_xccos_parser *p = NULL;

	pchat_buf_lit(&b, "<xccos envid=\"1\"><rpl id=\"rpl:join\"><data>");
	for (int i = 0; i < 20000; i++)
		pchat_buf_printf(&b, "<uib id=\"%d\" uri=\"sip:user%d@contoso.example\"/>", i, i);
	pchat_buf_lit(&b, "</data></rpl></xccos>");
	assert_int_equal(refuse(state, pchat_buf_view(&b), NULL), PCHAT_LIMIT);
	assert_int_equal(pchat_xccos_parser_new(&pchat_xccos_client_limits, &p, NULL), PCHAT_OK);
	assert_int_equal(pchat_xccos_parse(p, pchat_buf_view(&b), &e, NULL), PCHAT_OK);
	assert_int_equal(e->prims[0].data.n_uibs, 20000);
	pchat_xccos_parser_free(p);
	pchat_xccos_parser_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_uri, setup, teardown),
		cmocka_unit_test_setup_teardown(test_history_rooms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bombs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mutated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_limits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
