#include "tests/unit/xccos/help.h"

#define CMD "<cmd id=\"cmd:requri\" seqid=\"1\"><data/></cmd>"

static void
test_forms(void **state)
{
	/* All of these are one requri with envid 7. */
	static const char *const bodies[] = {
		OPEN CMD CLOSE,
		"<xccos envid='7' ver='1'>" CMD "</xccos>",
		"<?xml version=\"1.0\"?>" OPEN CMD CLOSE,
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" OPEN CMD CLOSE,
		"\xef\xbb\xbf" OPEN CMD CLOSE,
		"\r\n " OPEN "\r\n\t" CMD "\r\n" CLOSE "\r\n",
		"<xccos ver=\"2\" envid=\"7\" xmlns=\"urn:parlano:xml:ns:xccos\" more=\"1\">" CMD
			CLOSE,
		"<x:xccos envid=\"7\" xmlns:x=\"urn:parlano:xml:ns:xccos\"><x:cmd id=\"cmd:requri\" "
		"seqid=\"1\"><x:data/></x:cmd></x:xccos>",
		OPEN "<cmd seqid=\"1\" id=\"CMD:ReqURI\"/>" CLOSE,
		OPEN "<CMD ID=\"requri\" SeqId=\"1\"><Data></Data></CMD>" CLOSE,
		OPEN "<cmd id=\"cmd:requri\" seqid=\"1\"><data><new a=\"b\"/></data></cmd>" CLOSE,
		OPEN "<!-- x --><?pi x?>" CMD "text<unknown/>" CLOSE,
		OPEN "<cmd xmlns=\"urn:other\" id=\"cmd:join\"/>" CMD CLOSE,
		"<xccos xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
		"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ver=\"1\" envid=\"7\" "
		"xmlns=\"urn:parlano:xml:ns:xccos\">" CMD "</xccos>",
	};

	for (size_t i = 0; i < PCHAT_N(bodies); i++) {
		const struct pchat_xccos_envelope *e = parse(state, bodies[i]);

		assert_view(e->envid, "7");
		assert_int_equal(e->n_prims, 1);
		assert_int_equal(e->prims[0].kind, PCHAT_XCCOS_KIND_CMD);
		assert_int_equal(e->prims[0].cmd, PCHAT_XCCOS_CMD_REQURI);
		assert_int_equal(e->prims[0].bad, PCHAT_XCCOS_OK);
		assert_view(e->prims[0].seqid, "1");
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *body;
		const char *why;
		unsigned line, column;
	} rows[] = {
		{ "", "empty", 0, 0 },
		{ " \r\n", "not well-formed", 2, 1 },
		{ "hello", "not well-formed", 1, 1 },
		{ "<xccos>", "not well-formed", 1, 8 },
		{ "<xccos envid=\"1\">\n<cmd>\n</xccos>", "not well-formed", 3, 9 },
		{ "<a/><b/>", "not well-formed", 1, 5 },
		{ "<cmd id=\"cmd:requri\"/>", "root element", 1, 0 },
		{ "\n\n<html/>", "root element", 3, 0 },
		{ "<xccos xmlns=\"urn:other\" envid=\"1\"/>", "root element", 1, 0 },
		{ "<!DOCTYPE xccos><xccos envid=\"1\"/>", "document type", 1, 16 },
		{ "\n<!DOCTYPE xccos [<!ENTITY a \"b\">]><xccos envid=\"1\">&a;</xccos>",
		  "document type", 2, 17 },
		{ "<!DOCTYPE xccos SYSTEM \"file:///etc/passwd\"><xccos envid=\"1\"/>",
		  "document type", 1, 44 },
		{ OPEN "&a;" CLOSE, "not well-formed", 1, 0 },
		{ OPEN "&#xD83D;&#xDE00;" CLOSE, "not well-formed", 1, 0 },
		{ OPEN "\n\xc3\x28" CLOSE, "not UTF-8", 2, 1 },
		{ OPEN "\xed\xa0\x80" CLOSE, "not UTF-8", 1, 59 },
		{ "<xccos envid=\"x\"/>", "envid", 1, 0 },
		{ "<xccos envid=\"-1\"/>", "envid", 1, 0 },
		{ "<xccos envid=\"1 2\"/>", "envid", 1, 0 },
		{ "<xccos envid=\"123456789012345678901\"/>", "envid", 1, 0 },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_err err = { 0 };

		assert_int_equal(refuse(state, pchat_str(rows[i].body), &err), PCHAT_INVALID);
		assert_contains(pchat_str(pchat_err_text(&err)), rows[i].why);
		assert_int_equal(pchat_code_sip(err.code), 400);
		assert_int_equal(err.line, rows[i].line);
		if (rows[i].column)
			assert_int_equal(err.column, rows[i].column);
		pchat_err_release(&err);
		/* The message may be dropped, and the parser still works. */
		assert_int_equal(refuse(state, pchat_str(rows[i].body), NULL), PCHAT_INVALID);
		assert_int_equal(parse(state, OPEN CMD CLOSE)->n_prims, 1);
	}
}

static void
test_envid(void **state)
{
	static const char *const same[] = {
		"0", "1", "007", "1804289383", "18446744073709551615", "99999999999999999999"
	};
	char body[128];

	for (size_t i = 0; i < PCHAT_N(same); i++) {
		snprintf(body, sizeof(body), "<xccos envid=\"%s\">%s</xccos>", same[i], CMD);
		assert_view(parse(state, body)->envid, same[i]);
	}
	assert_view(parse(state, "<xccos>" CMD "</xccos>")->envid, "0");
	assert_view(parse(state, "<xccos envid=\"\">" CMD "</xccos>")->envid, "0");
	assert_view(parse(state, "<xccos envid=\"1\" ver=\"1\"/>")->ver, "1");
}

static void
test_several(void **state)
{
	const struct pchat_xccos_envelope *e = parse(
		state, OPEN
		"<cmd id=\"cmd:join\" seqid=\"1\"><data><chanid value=\"a\"/></data></cmd>"
		"<grpchat id=\"grpchat\" seqid=\"2\" chanUri=\"" ROOM "\"><chat>x</chat></grpchat>"
		"<other/><cmd id=\"cmd:nosuch\" seqid=\"3\"/>" CMD CLOSE);

	assert_int_equal(e->n_prims, 4);
	assert_int_equal(e->prims[0].cmd, PCHAT_XCCOS_CMD_JOIN);
	assert_int_equal(e->prims[1].kind, PCHAT_XCCOS_KIND_GRPCHAT);
	assert_view(e->prims[1].seqid, "2");
	assert_int_equal(e->prims[2].bad, PCHAT_XCCOS_MSG_NOT_SUPPORTED);
	assert_view(e->prims[2].seqid, "3");
	assert_int_equal(e->prims[3].cmd, PCHAT_XCCOS_CMD_REQURI);
	assert_int_equal(parse(state, OPEN "<what/>" CLOSE)->n_prims, 0);
	assert_int_equal(parse(state, OPEN CLOSE)->n_prims, 0);
}

static void
test_ids(void **state)
{
	static const struct {
		const char *prim;
		const char *name, *seqid;
		enum pchat_xccos_result bad;
	} rows[] = {
		{ "<cmd id=\"cmd:getsiops\"/>", "getsiops", "1", PCHAT_XCCOS_OK },
		{ "<cmd id=\"cmd:getsiops\" seqid=\"\"/>", "getsiops", "1", PCHAT_XCCOS_OK },
		{ "<cmd id=\" cmd:getsiops \" seqid=\" 4 \"/>", "getsiops", "4", PCHAT_XCCOS_OK },
		{ "<cmd id=\"cmd:getsiops\" seqid=\"18446744073709551615\"/>", "getsiops",
		  "18446744073709551615", PCHAT_XCCOS_OK },
		{ "<cmd id=\"cmd:getsiops\" seqid=\"a\"/>", "getsiops", "1",
		  PCHAT_XCCOS_INVALID_ARGUMENT },
		{ "<cmd seqid=\"2\"/>", "", "2", PCHAT_XCCOS_INVALID_ARGUMENT },
		{ "<cmd id=\"\" seqid=\"2\"/>", "", "2", PCHAT_XCCOS_INVALID_ARGUMENT },
		{ "<cmd id=\"cmd:NoSuch\"/>", "NoSuch", "1", PCHAT_XCCOS_MSG_NOT_SUPPORTED },
		{ "<cmd id=\"cmd:nosuch\" seqid=\"b\"/>", "nosuch", "1",
		  PCHAT_XCCOS_MSG_NOT_SUPPORTED },
		{ "<cmd id=\"cmd:nosuch\"><data><qib extended=\"maybe\"/></data></cmd>", "nosuch",
		  "1", PCHAT_XCCOS_MSG_NOT_SUPPORTED },
		{ "<cmd id=\"rpl:join\"/>", "rpl:join", "1", PCHAT_XCCOS_MSG_NOT_SUPPORTED },
		{ "<cmd id=\"cmd:a234567890b234567890c234567890d234567890e234567890f234567890g234\"/>",
		  "a234567890b234567890c234567890d234567890e234567890f234567890g234", "1",
		  PCHAT_XCCOS_MSG_NOT_SUPPORTED },
		{ "<cmd id=\"cmd:a234567890b234567890c234567890d234567890e234567890f234567890g2345\"/>",
		  "", "1", PCHAT_XCCOS_INVALID_ARGUMENT },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const struct pchat_xccos_prim *p = parse_prim(state, rows[i].prim);

		assert_view(p->name, rows[i].name);
		assert_view(p->seqid, rows[i].seqid);
		assert_int_equal(p->bad, rows[i].bad);
		assert_true((p->bad == PCHAT_XCCOS_OK) == (p->why.n == 0));
	}
}

static void
test_replies(void **state)
{
	const struct pchat_xccos_prim *p =
		parse_prim(state, "<rpl id=\"rpl:getftok\" seqid=\"1\"><commandid seqid=\"3\" "
	                          "envid=\"139132352\"/><resp code=\"200\">SUCCESS_OK</resp><data>"
	                          "<token token=\"t\" serveruri=\"https://w\"/></data></rpl>");

	assert_int_equal(p->kind, PCHAT_XCCOS_KIND_RPL);
	assert_int_equal(p->cmd, PCHAT_XCCOS_CMD_GETFUTOK);
	assert_view(p->cmd_envid, "139132352");
	assert_view(p->cmd_seqid, "3");
	assert_int_equal(p->resp_code, 200);
	assert_view(p->resp_text, "SUCCESS_OK");
	assert_view(p->data.token->token, "t");
	assert_view(p->data.token->server_uri, "https://w");

	p = parse_prim(state, "<rpl id=\"rpl:join\"><resp code=\"x\"> no </resp></rpl>");
	assert_int_equal(p->resp_code, 0);
	assert_view(p->resp_text, "no");
	assert_int_equal(p->cmd, PCHAT_XCCOS_CMD_JOIN);
	p = parse_prim(state, "<rpl id=\"rpl:join\"/>");
	assert_int_equal(p->resp_code, 0);
	assert_null(p->cmd_envid.p);
	p = parse_prim(state,
	               "<err id=\"err:xccos\"><commandid envid=\"1\"/><resp code=\"400\"/></err>");
	assert_int_equal(p->kind, PCHAT_XCCOS_KIND_ERR);
	assert_int_equal(p->resp_code, 400);
	p = parse_prim(state, "<ntc id=\"ntc:kick\"><data><chanib uri=\"" ROOM
	                      "\"><uib uri=\"sip:amy@contoso.example\"/></chanib></data></ntc>");
	assert_int_equal(p->kind, PCHAT_XCCOS_KIND_NTC);
	assert_view(p->name, "kick");
	assert_view(p->data.chanibs[0].uibs[0].uri, "sip:amy@contoso.example");
}

static void
test_join_reply(void **state)
{
	const struct pchat_xccos_prim *p = parse_prim(
		state,
		"<rpl id=\"rpl:join\" seqid=\"1\"><commandid seqid=\"1\" envid=\"9\"/><resp "
		"code=\"200\">SUCCESS_OK</resp><data><uib id=\"0\" uri=\"sip:amy@contoso.example\" "
		"type=\"5\" disp=\"Amy\" disabled=\"False\"/><uib id=\"1\" "
		"uri=\"sip:bob@contoso.example\"><affil uri=\"ma-grp:1@u.g\"/></uib>"
		"<chanib uri=\"" ROOM "\" name=\"Alpha\" description=\"\"><aib key=\"3984\" "
		"value=\"1\"/><aib key=\"12276\" value=\"0\"/><audit createdby=\"sip:amy@contoso.example\""
		" createdon=\"2010-09-14T14:26:17.6206350Z\"/>"
		"<info id=\"urn:parlano:ma:info:ucnt\"> 2 </info><info "
		"id=\"urn:parlano:ma:info:visibilty\">scope</info>"
		"<prop id=\"urn:parlano:ma:prop:filepost\">TRUE</prop><prop "
		"id=\"urn:parlano:ma:prop:invite\">inherit</prop><prop "
		"id=\"urn:parlano:ma:prop:logged\">0</prop><new/></chanib>"
		"<fib key=\"OPERATION_FAILED\" value=\"v\" domain=\"d\"/></data></rpl>");
	const struct pchat_xccos_chanib *c = &p->data.chanibs[0];

	assert_int_equal(p->data.n_uibs, 2);
	assert_view(p->data.uibs[0].uri, "sip:amy@contoso.example");
	assert_int_equal(p->data.uibs[0].type, 5);
	assert_int_equal(p->data.uibs[0].disabled, PCHAT_XCCOS_FALSE);
	assert_int_equal(p->data.uibs[1].disabled, PCHAT_XCCOS_UNSET);
	assert_int_equal(p->data.uibs[1].n_affils, 1);
	assert_view(p->data.uibs[1].affils[0], "ma-grp:1@u.g");
	assert_true(p->odd); /* disp is no attribute of ours */
	assert_int_equal(p->data.n_chanibs, 1);
	assert_view(c->name, "Alpha");
	assert_non_null(c->description.p);
	assert_null(c->topic.p);
	assert_int_equal(c->n_aibs, 2);
	assert_view(c->aibs[1].key, "12276");
	assert_view(c->aibs[1].value, "0");
	assert_int_equal(c->audit->createdon, INT64_C(1284474377620635));
	assert_true(c->has_ucnt);
	assert_int_equal(c->ucnt, 2);
	assert_view(c->visible, "scope");
	assert_int_equal(c->filepost, PCHAT_XCCOS_TRUE);
	assert_int_equal(c->invite, PCHAT_XCCOS_UNSET);
	assert_view(c->invitelocal, "inherit");
	assert_int_equal(c->logged, PCHAT_XCCOS_FALSE);
	assert_int_equal(p->data.n_fibs, 1);
	assert_view(p->data.fibs[0].value, "v");
}

static void
test_odd(void **state)
{
	static const struct {
		const char *prim;
		bool odd;
	} rows[] = {
		{ CMD, false },
		{ "<cmd id=\"cmd:requri\"><data><x/></data></cmd>", true },
		{ "<cmd id=\"cmd:nosuch\"/>", true },
		{ "<cmd id=\"cmd:join\"><data><chanid value=\"v\" new=\"1\"/></data></cmd>", true },
		{ "<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"" ROOM
		  "\"><chat>x</chat><rtf/></grpchat>",
		  false },
		{ "<grpchat chanUri=\"" ROOM "\"><chat>x</chat><b/></grpchat>", true },
		{ "<grpchat chanUri=\"" ROOM "\" new=\"\"><chat>x</chat></grpchat>", true },
		{ "<cmd id=\"cmd:bccontext\"><data><chanib uri=\"" ROOM
		  "\"/><bcq><x/></bcq></data></cmd>",
		  true },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++)
		assert_int_equal(parse_prim(state, rows[i].prim)->odd, rows[i].odd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_envid, setup, teardown),
		cmocka_unit_test_setup_teardown(test_several, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ids, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_join_reply, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
