#include "tests/unit/xccos/help.h"

#include <stdlib.h>

#include "base/clock.h"
#include "wire/xccos/build.h"
#include "wire/xccos/field.h"

#define SERVER(envid)                                                                      \
	"<xccos xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "                           \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ver=\"1\" envid=\"" envid \
	"\" xmlns=\"urn:parlano:xml:ns:xccos\">"
#define CLIENT(envid) "<xccos ver=\"1\" envid=\"" envid "\" xmlns=\"urn:parlano:xml:ns:xccos\">"

#define S(text)       PCHAT_STR(text)
#define G             "11111111-1111-4111-8111-111111111111"
#define R             "ma-chan://contoso.example/" G

typedef void (*build_fn)(struct pchat_buf *out);

/* ---- a client (xccos.md section 17) ---- */

static void
requri(struct pchat_buf *b)
{
	pchat_xccos_cmd_open(b, 4294967295, "requri");
	pchat_xccos_cmd_close(b);
}

static void
bjoin(struct pchat_buf *b)
{
	pchat_xccos_cmd_open(b, 1, "bjoin");
	pchat_xccos_put_chanid(b, &(struct pchat_xccos_chanid){ S("0"), S("D"), S("G") });
	pchat_xccos_put_chanid(b, &(struct pchat_xccos_chanid){ S("1"), S("D"), S("H") });
	pchat_xccos_cmd_close(b);
}

static void
getinv(struct pchat_buf *b)
{
	pchat_xccos_cmd_open(b, 2, "getinv");
	pchat_xccos_put_inv(b, &(struct pchat_xccos_inv){ .invite_id = 1, .domain = S("D") });
	pchat_xccos_cmd_close(b);
}

static void
chansrch(struct pchat_buf *b)
{
	pchat_xccos_cmd_open(b, 3, "chansrch");
	pchat_xccos_put_qib(b, &(struct pchat_xccos_qib){ .qtype = S("BYNAME"),
	                                                  .criteria = S(""),
	                                                  .extended = PCHAT_XCCOS_FALSE });
	pchat_xccos_cmd_close(b);
}

static void
bccontext(struct pchat_buf *b)
{
	pchat_xccos_cmd_open(b, 4, "bccontext");
	pchat_xccos_put_chanib(b, &(struct pchat_xccos_chanib){ .uri = S("ma-chan://D/G") });
	pchat_xccos_put_last(b, 25);
	pchat_xccos_cmd_close(b);
}

static void
post(struct pchat_buf *b)
{
	int64_t ts = 0;

	assert_true(pchat_time_parse(S("2013-08-02T10:11:12Z"), &ts));
	pchat_xccos_post(b, 5,
	                 &(struct pchat_xccos_msg){ .chan_uri = S("ma-chan://D/G"),
	                                            .author = S("U"),
	                                            .ts = ts,
	                                            .chat = S("X") });
}

static void
part(struct pchat_buf *b)
{
	pchat_xccos_cmd_open(b, 6, "part");
	pchat_xccos_put_chanib(b, &(struct pchat_xccos_chanib){ .uri = S("ma-chan://D/G") });
	pchat_xccos_cmd_close(b);
}

/* ---- a server (xccos.md sections 9 to 11 and 14) ---- */

static void
rpl_requri(struct pchat_buf *b)
{
	pchat_xccos_rpl_open(b, 7000000000000000001,
	                     &(struct pchat_xccos_reply){ .name = S("requri"), .envid = S("007") });
	pchat_xccos_put_uib(b, &(struct pchat_xccos_uib){ .uri = S("sip:pool@contoso.example") });
	pchat_xccos_rpl_close(b);
}

static void
rpl_serverinfo(struct pchat_buf *b)
{
	int64_t now = 0;

	assert_true(pchat_time_parse(S("2013-08-02T10:00:00.123456Z"), &now));
	pchat_xccos_rpl_open(b, 1,
	                     &(struct pchat_xccos_reply){ .name = S("getserverinfo"),
	                                                  .seqid = S("3"),
	                                                  .envid = S("18446744073709551615") });
	pchat_xccos_put_sib(b,
	                    &(struct pchat_xccos_sib){ .info_type = S("123"),
	                                               .server_time = now,
	                                               .search_limit = 999,
	                                               .message_size_limit = 8000,
	                                               .story_size_limit = 65536,
	                                               .root_uri = S("ma-cat://contoso.example/r"),
	                                               .db_version = S("v"),
	                                               .display_name = S("Contoso chat"),
	                                               .room_management_url = S("") });
	pchat_xccos_rpl_close(b);
}

static void
rpl_join(struct pchat_buf *b)
{
	static const struct pchat_xccos_seat seats[] = {
		{ 0, 12276 }, { 1, 3984 }, { 2, 3984 }, { 3, 12276 }, { 4, 8080 },
	};
	const struct pchat_xccos_audit audit = { .createdby = S("sip:amy@contoso.example"),
		                                 .createdon = PCHAT_SECOND };

	pchat_xccos_rpl_open(b, 1,
	                     &(struct pchat_xccos_reply){ S("join"), S("1"), S("2"), 0, { 0 } });
	pchat_xccos_put_uib(b, &(struct pchat_xccos_uib){ .id = S("0"),
	                                                  .uri = S("sip:amy@contoso.example"),
	                                                  .type = 5,
	                                                  .uname = S("Amy"),
	                                                  .dispname = S("Amy \"A\" <J>"),
	                                                  .disabled = PCHAT_XCCOS_FALSE });
	pchat_xccos_put_chanib(b, &(struct pchat_xccos_chanib){ .uri = S(R),
	                                                        .name = S("Alpha & co"),
	                                                        .description = S(""),
	                                                        .topic = S(""),
	                                                        .behavior = S("NORMAL"),
	                                                        .disabled = PCHAT_XCCOS_FALSE,
	                                                        .seats = seats,
	                                                        .n_seats = PCHAT_N(seats),
	                                                        .audit = &audit,
	                                                        .has_ucnt = true,
	                                                        .ucnt = 5,
	                                                        .visible = S("scope"),
	                                                        .filepost = PCHAT_XCCOS_TRUE,
	                                                        .invite = PCHAT_XCCOS_FALSE,
	                                                        .logged = PCHAT_XCCOS_TRUE });
	pchat_xccos_rpl_close(b);
}

static void
rpl_bjoin_failed(struct pchat_buf *b)
{
	pchat_xccos_rpl_open(b, 1, &(struct pchat_xccos_reply){ .name = S("bjoin") });
	pchat_xccos_put_fib(
		b, &(struct pchat_xccos_fib){ .value = S(G), .domain = S("contoso.example") });
	pchat_xccos_rpl_close(b);
}

static void
rpl_part(struct pchat_buf *b)
{
	pchat_xccos_rpl_open(b, 1,
	                     &(struct pchat_xccos_reply){ .name = S("part"), .seqid = S("1") });
	pchat_xccos_put_chanib(b, &(struct pchat_xccos_chanib){ .uri = S(R) });
	pchat_xccos_rpl_close(b);
}

static void
rpl_grpchat(struct pchat_buf *b)
{
	pchat_xccos_rpl(b, 1,
	                &(struct pchat_xccos_reply){ .name = S("grpchat"), .envid = S("9010") });
}

static void
rpl_denied(struct pchat_buf *b)
{
	pchat_xccos_rpl(
		b, 1,
		&(struct pchat_xccos_reply){ .name = S("join"), .code = PCHAT_XCCOS_PERMISSION });
}

static void
rpl_text(struct pchat_buf *b)
{
	pchat_xccos_rpl(b, 1,
	                &(struct pchat_xccos_reply){ .name = S("<x>"),
	                                             .code = PCHAT_XCCOS_MSG_NOT_SUPPORTED,
	                                             .text = S("no command '<x>'") });
}

static void
err_xccos(struct pchat_buf *b)
{
	pchat_xccos_err(b, 1,
	                &(struct pchat_xccos_reply){ .envid = S("5"),
	                                             .code = PCHAT_XCCOS_INVALID_ARGUMENT });
}

static void
history(struct pchat_buf *b)
{
	const struct pchat_xccos_msg m = { .chan_uri = S(R),
		                           .author = S("sip:bob@contoso.example"),
		                           .authdisp = S("Bob B."),
		                           .chat_id = 41,
		                           .ts = PCHAT_SECOND,
		                           .chat = S("first\nline") };

	pchat_xccos_rpl_open(b, 1, &(struct pchat_xccos_reply){ .name = S("bccontext") });
	pchat_xccos_chanib_open(b, &(struct pchat_xccos_chanib){ .uri = S(R),
	                                                         .name = S("Alpha"),
	                                                         .more = PCHAT_XCCOS_TRUE });
	pchat_xccos_put_msg(b, &m, 1);
	pchat_xccos_chanib_close(b);
	pchat_xccos_rpl_close(b);
}

static void
delivery(struct pchat_buf *b)
{
	pchat_xccos_grpchat(b, 12,
	                    &(struct pchat_xccos_msg){ .chan_uri = S(R),
	                                               .author = S("sip:bob@contoso.example"),
	                                               .authdisp = S("Bob B."),
	                                               .chat_id = 43,
	                                               .ts = INT64_C(1375438272456789),
	                                               .chat = S("Hello & welcome"),
	                                               .attributes = S(" a=\"b\""),
	                                               .extra = S("<rtf>r</rtf>") });
}

static void
ntc_join(struct pchat_buf *b)
{
	const struct pchat_xccos_aib aib = { S("3984"), S("contoso.example"), S(G) };

	pchat_xccos_ntc_uib(b, 1, "join",
	                    &(struct pchat_xccos_uib){ .id = S("0"),
	                                               .uri = S("sip:bob@contoso.example"),
	                                               .aibs = &aib,
	                                               .n_aibs = 1 });
}

static void
ntc_part(struct pchat_buf *b)
{
	const struct pchat_xccos_uib uib = { .uri = S("sip:bob@contoso.example") };

	pchat_xccos_ntc_chanib(
		b, 1, "part",
		&(struct pchat_xccos_chanib){ .uri = S(R), .uibs = &uib, .n_uibs = 1 });
}

static void
ntc_invite(struct pchat_buf *b)
{
	const struct pchat_xccos_inv inv = { 7, S("contoso.example"), PCHAT_SECOND };

	pchat_xccos_ntc_invite(b, 1, &inv,
	                       &(struct pchat_xccos_chanib){ .uri = S(R), .name = S("Alpha") });
}

#define RPL(name, seqid, envid)                                                              \
	"<rpl id=\"rpl:" name "\" seqid=\"1\"><commandid seqid=\"" seqid "\" envid=\"" envid \
	"\"/><resp code=\"200\">SUCCESS_OK</resp>"

static void
test_bytes(void **state)
{
	static const struct {
		build_fn build;
		const char *bytes;
	} rows[] = {
		{ requri,
		  CLIENT("4294967295") "<cmd id=\"cmd:requri\" seqid=\"1\"><data/></cmd></xccos>" },
		{ bjoin, CLIENT("1") "<cmd id=\"cmd:bjoin\" seqid=\"1\"><data><chanid key=\"0\" "
		                     "domain=\"D\" value=\"G\"/><chanid key=\"1\" domain=\"D\" "
		                     "value=\"H\"/></data></cmd></xccos>" },
		{ getinv,
		  CLIENT("2") "<cmd id=\"cmd:getinv\" seqid=\"1\"><data><inv inviteId=\"1\" "
		              "domain=\"D\"/></data></cmd></xccos>" },
		{ chansrch,
		  CLIENT("3") "<cmd id=\"cmd:chansrch\" seqid=\"1\"><data><qib "
		              "qtype=\"BYNAME\" criteria=\"\" extended=\"false\"/></data></cmd>"
		              "</xccos>" },
		{ bccontext,
		  CLIENT("4") "<cmd id=\"cmd:bccontext\" seqid=\"1\"><data><chanib "
		              "uri=\"ma-chan://D/G\"/><bcq><last cnt=\"25\"/></bcq></data>"
		              "</cmd></xccos>" },
		{ post,
		  CLIENT("5") "<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"ma-chan://D/G\" "
		              "author=\"U\" ts=\"2013-08-02T10:11:12Z\"><chat>X</chat></grpchat>"
		              "</xccos>" },
		{ part, CLIENT("6") "<cmd id=\"cmd:part\" seqid=\"1\"><data><chanib "
		                    "uri=\"ma-chan://D/G\"/></data></cmd></xccos>" },

		{ rpl_requri,
		  SERVER("7000000000000000001") RPL(
			  "requri", "1",
			  "007") "<data><uib uri=\"sip:pool@contoso.example\"/></data></rpl></xccos>" },
		{ rpl_serverinfo,
		  SERVER("1") RPL(
			  "getserverinfo", "3",
			  "18446744073709551615") "<data><sib infoType=\"123\" serverTime=\"2013-08-02T10:00:00.1234560Z\" "
		                                  "searchLimit=\"999\" messageSizeLimit=\"8000\" storySizeLimit=\"65536\" "
		                                  "rootUri=\"ma-cat://contoso.example/r\" dbVersion=\"v\" displayName=\"Contoso chat\" "
		                                  "roomManagementUrl=\"\"/></data></rpl></xccos>" },
		{ rpl_join,
		  SERVER("1") RPL(
			  "join", "1",
			  "2") "<data><uib id=\"0\" uri=\"sip:amy@contoso.example\" type=\"5\" uname=\"Amy\" "
		               "dispname=\"Amy &quot;A&quot; &lt;J&gt;\" disabled=\"false\"/><chanib uri=\"" R
		               "\" name=\"Alpha &amp; co\" description=\"\" behavior=\"NORMAL\" disabled=\"false\">"
		               "<aib key=\"12276\" value=\"0,3\"/><aib key=\"3984\" value=\"1,2\"/>"
		               "<aib key=\"8080\" value=\"4\"/><audit createdby=\"sip:amy@contoso.example\" "
		               "createdon=\"1970-01-01T00:00:01.0000000Z\"/>"
		               "<info id=\"urn:parlano:ma:info:ucnt\">5</info>"
		               "<info id=\"urn:parlano:ma:info:visibilty\">scope</info>"
		               "<info id=\"urn:parlano:ma:info:visibility\">scope</info>"
		               "<prop id=\"urn:parlano:ma:prop:filepost\">true</prop>"
		               "<prop id=\"urn:parlano:ma:prop:invite\">false</prop>"
		               "<prop id=\"urn:parlano:ma:prop:logged\">true</prop></chanib></data></rpl></xccos>" },
		{ rpl_bjoin_failed,
		  SERVER("1")
		          RPL("bjoin", "1", "0") "<data><fib key=\"OPERATION_FAILED\" value=\"" G
		                                 "\" domain=\"contoso.example\"/></data>"
		                                 "</rpl></xccos>" },
		{ rpl_part, SERVER("1") RPL("part", "1", "0") "<data><chanib uri=\"" R
		                                              "\"/></data></rpl></xccos>" },
		{ rpl_grpchat, SERVER("1") RPL("grpchat", "1", "9010") "<data/></rpl></xccos>" },
		{ rpl_denied,
		  SERVER("1") "<rpl id=\"rpl:join\" seqid=\"1\"><commandid seqid=\"1\" "
		              "envid=\"0\"/><resp code=\"403\">ERROR_PERMISSION: you are not allowed to "
		              "do this</resp><data/></rpl></xccos>" },
		{ rpl_text,
		  SERVER("1") "<rpl id=\"rpl:&lt;x&gt;\" seqid=\"1\"><commandid seqid=\"1\" "
		              "envid=\"0\"/><resp code=\"501\">ERROR_MSG_NOT_SUPPORTED: no command "
		              "&apos;&lt;x&gt;&apos;</resp><data/></rpl></xccos>" },
		{ err_xccos,
		  SERVER("1") "<err id=\"err:xccos\" seqid=\"1\"><commandid seqid=\"1\" "
		              "envid=\"5\"/><resp code=\"400\">ERROR_INVALID_ARGUMENT: the request is "
		              "malformed</resp></err></xccos>" },
		{ history,
		  SERVER("1") RPL(
			  "bccontext", "1",
			  "0") "<data><chanib uri=\"" R
		               "\" name=\"Alpha\" more=\"true\"><msg id=\"grpchat\" seqid=\"1\" chanUri=\"" R
		               "\" author=\"sip:bob@contoso.example\" authdisp=\"Bob B.\" alert=\"false\" "
		               "chatId=\"41\" ts=\"1970-01-01T00:00:01.0000000Z\"><chat>first\nline</chat>"
		               "</msg></chanib></data></rpl></xccos>" },
		{ delivery,
		  SERVER("12") "<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"" R
		               "\" author=\"sip:bob@contoso.example\" authdisp=\"Bob B.\" alert=\"false\" "
		               "chatId=\"43\" ts=\"2013-08-02T10:11:12.4567890Z\" a=\"b\"><chat>Hello &amp; "
		               "welcome</chat><rtf>r</rtf></grpchat></xccos>" },
		{ ntc_join, SERVER("1") "<ntc id=\"ntc:join\" seqid=\"1\"><data><uib id=\"0\" "
		                        "uri=\"sip:bob@contoso.example\"><aib key=\"3984\" "
		                        "domain=\"contoso.example\" value=\"" G
		                        "\"/></uib></data></ntc></xccos>" },
		{ ntc_part,
		  SERVER("1") "<ntc id=\"ntc:part\" seqid=\"1\"><data><chanib uri=\"" R
		              "\"><uib uri=\"sip:bob@contoso.example\"/></chanib></data></ntc></xccos>" },
		{ ntc_invite,
		  SERVER("1") "<ntc id=\"ntc:invite\" seqid=\"1\"><data><inv "
		              "inviteId=\"7\" domain=\"contoso.example\" "
		              "createdOn=\"1970-01-01T00:00:01.0000000Z\"/><chanib uri=\"" R
		              "\" name=\"Alpha\"/></data></ntc></xccos>" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };

		rows[i].build(&b);
		assert_true(pchat_buf_ok(&b));
		assert_view(pchat_buf_view(&b), rows[i].bytes);
	}
}

/* A failure stays in the buffer and nothing is written past it. */
static void
test_limit(void **state)
{
	(void)state;
	for (size_t max = 1; max < 400; max += 7) {
		PCHAT_AUTO_VALUE(buf) b = { .max = max };
		struct pchat_err err = { 0 };

		rpl_join(&b);
		assert_true(b.n <= max);
		assert_int_equal(pchat_buf_check(&b, &err), PCHAT_LIMIT);
		pchat_err_release(&err);
	}
}

static void
test_results(void **state)
{
	(void)state;
	assert_string_equal(pchat_xccos_result_name(PCHAT_XCCOS_OK), "SUCCESS_OK");
	assert_string_equal(pchat_xccos_result_name(PCHAT_XCCOS_NODE_DISABLED),
	                    "ERROR_NODE_DISABLED");
	assert_string_equal(pchat_xccos_result_name(999), "ERROR_SERVER");
	/* A sample client looks for these words. */
	assert_non_null(strstr(pchat_xccos_result_sentence(PCHAT_XCCOS_PRINCIPALS_DEFINED),
	                       "principals are already defined"));
#define X(symbol, code, name, sentence)                                                   \
	assert_int_equal(PCHAT_XCCOS_##symbol, code);                                     \
	assert_string_equal(pchat_xccos_result_name(PCHAT_XCCOS_##symbol), name);         \
	assert_string_equal(pchat_xccos_result_sentence(PCHAT_XCCOS_##symbol), sentence); \
	assert_true((code) == 200 || strlen(sentence) > 0);
	PCHAT_XCCOS_RESULTS(X)
#undef X
	for (unsigned c = 0; c < PCHAT_N_CODES; c++)
		assert_true((pchat_xccos_result_of(c) == PCHAT_XCCOS_OK) == (c == PCHAT_OK));
	assert_int_equal(pchat_xccos_result_of(PCHAT_NOT_FOUND), 404);
	assert_int_equal(pchat_xccos_result_of(PCHAT_DENIED), 403);
	assert_int_equal(pchat_xccos_result_of(PCHAT_LIMIT), 413);
	assert_int_equal(pchat_xccos_result_of(PCHAT_UNAVAILABLE), 503);
	assert_int_equal(pchat_xccos_result_of(PCHAT_NO_MEMORY), 500);
}

static void
test_masks(void **state)
{
	static const struct {
		bool manager, presenter;
		uint32_t r2, y2013;
	} rows[] = {
		{ false, false, 3984, 3456 },
		{ true, false, 12276, 11652 },
		{ false, true, 8080, 7552 },
		{ true, true, 16372, 15748 },
	};
	enum pchat_xccos_style style = PCHAT_XCCOS_STYLE_R2;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		bool m = rows[i].manager, p = rows[i].presenter;

		assert_int_equal(pchat_xccos_aib_key(PCHAT_XCCOS_STYLE_R2, m, p), rows[i].r2);
		assert_int_equal(pchat_xccos_aib_key(PCHAT_XCCOS_STYLE_2013, m, p), rows[i].y2013);
	}
	assert_true(pchat_xccos_style_parse(S("2013"), &style));
	assert_int_equal(style, PCHAT_XCCOS_STYLE_2013);
	assert_true(pchat_xccos_style_parse(S("R2"), &style));
	assert_int_equal(style, PCHAT_XCCOS_STYLE_R2);
	assert_false(pchat_xccos_style_parse(S("2012"), &style));
}

/* ---- parse(build(x)) = x, for every field of every block ---- */

static struct pchat_str
numbered(char *buf, size_t size, unsigned n)
{
	return (struct pchat_str){ buf, (size_t)snprintf(buf, size, "v%u <&'\"\n\t> \xc3\xa9", n) };
}

#define FIELDS_MAX 32
static void
fill(const struct pchat_block *block, void *obj, char texts[FIELDS_MAX][64])
{
	assert_true(block->n_fields <= FIELDS_MAX);
	for (unsigned i = 0; i < block->n_fields; i++) {
		const struct pchat_field *f = &block->fields[i];
		void *at = (char *)obj + f->at;

		if (f->flags & PCHAT_FIELD_READ_ONLY)
			continue;
		if (f->has)
			*(bool *)((char *)obj + f->has) = true;
		switch (f->type) {
		case PCHAT_FIELD_TEXT:
			*(struct pchat_str *)at = numbered(texts[i], sizeof(texts[i]), i);
			break;
		case PCHAT_FIELD_UINT:
			*(uint64_t *)at = UINT64_MAX - i;
			break;
		case PCHAT_FIELD_INT:
			*(int64_t *)at = -1;
			break;
		case PCHAT_FIELD_FLAG:
			*(enum pchat_xccos_flag *)at = i % 2 ? PCHAT_XCCOS_TRUE : PCHAT_XCCOS_FALSE;
			break;
		case PCHAT_FIELD_TIME:
			*(int64_t *)at = INT64_C(1375438272456789) + i;
			break;
		case PCHAT_FIELD_ROLE:
			*(enum pchat_xccos_role *)at = PCHAT_XCCOS_ROLE_PRESENTER;
			break;
		case PCHAT_FIELD_NONE:
			break;
		}
	}
}

static void
compare(const struct pchat_block *block, const void *a, const void *b)
{
	for (unsigned i = 0; i < block->n_fields; i++) {
		const struct pchat_field *f = &block->fields[i];
		const void *x = (const char *)a + f->at;
		const void *y = (const char *)b + f->at;

		switch (f->type) {
		case PCHAT_FIELD_TEXT:
			if (!pchat_str_eq(*(const struct pchat_str *)x,
			                  *(const struct pchat_str *)y))
				fail_msg("%s/@%s differs", block->name, f->name);
			break;
		case PCHAT_FIELD_UINT:
		case PCHAT_FIELD_INT:
		case PCHAT_FIELD_TIME:
			assert_int_equal(*(const int64_t *)x, *(const int64_t *)y);
			break;
		case PCHAT_FIELD_FLAG:
		case PCHAT_FIELD_ROLE:
			assert_int_equal(*(const int *)x, *(const int *)y);
			break;
		case PCHAT_FIELD_NONE:
			break;
		}
	}
}

typedef const void *(*find_fn)(const struct pchat_xccos_prim *p);
typedef void (*put_fn)(struct pchat_buf *out, const void *obj);

static void
put_nested_aib(struct pchat_buf *out, const void *obj)
{
	pchat_xccos_put_uib(out,
	                    &(struct pchat_xccos_uib){ .uri = S("u"), .aibs = obj, .n_aibs = 1 });
}

static void
put_nested_audit(struct pchat_buf *out, const void *obj)
{
	pchat_xccos_put_chanib(out, &(struct pchat_xccos_chanib){ .uri = S(R), .audit = obj });
}

static void
put_nested_msg(struct pchat_buf *out, const void *obj)
{
	pchat_xccos_put_chanib(
		out, &(struct pchat_xccos_chanib){ .uri = S(R), .msgs = obj, .n_msgs = 1 });
}

static const void *
find_aib(const struct pchat_xccos_prim *p)
{
	return p->data.uibs[0].aibs;
}

static const void *
find_audit(const struct pchat_xccos_prim *p)
{
	return p->data.chanibs[0].audit;
}

static const void *
find_msg(const struct pchat_xccos_prim *p)
{
	return p->data.chanibs[0].msgs;
}

#define FIND(name, member)                                        \
	static const void *name(const struct pchat_xccos_prim *p) \
	{                                                         \
		return p->data.member;                            \
	}
FIND(find_uib, uibs)
FIND(find_chanid, chanids)
FIND(find_inv, inv)
FIND(find_role, roles)
FIND(find_chanib, chanibs)
FIND(find_catib, catibs)
FIND(find_sib, sib)
FIND(find_qib, qib)
FIND(find_association, association)
FIND(find_fib, fibs)
FIND(find_ftdb, ftdb)
FIND(find_token, token)
FIND(find_pref, pref)
FIND(find_siop, siops)

#define PUT(symbol, type)                                                \
	static void put_##symbol(struct pchat_buf *out, const void *obj) \
	{                                                                \
		const struct pchat_xccos_##type *b = obj;                \
		pchat_xccos_put_##symbol(out, b);                        \
	}
PUT(uib, uib)
PUT(chanid, chanid)
PUT(inv, inv)
PUT(role, rolelist)
PUT(chanib, chanib)
PUT(catib, catib)
PUT(sib, sib)
PUT(qib, qib)
PUT(association, association)
PUT(fib, fib)
PUT(ftdb, ftdb)
PUT(token, token)
PUT(pref, pref)
PUT(siop, siop)
#define put_aib   put_nested_aib
#define put_audit put_nested_audit
#define put_msg   put_nested_msg

static void
test_round_trip(void **state)
{
	static const struct {
		const struct pchat_block *block;
		put_fn put;
		find_fn find;
	} rows[] = {
#define X(symbol, element, type) { &pchat_block_##symbol, put_##symbol, find_##symbol },
		PCHAT_BLOCKS(X)
#undef X
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		char texts[FIELDS_MAX][64];
		void *obj = calloc(1, rows[i].block->size);
		const struct pchat_xccos_envelope *e;
		const void *got;

		fill(rows[i].block, obj, texts);
		pchat_xccos_ntc_open(&b, 1, "x");
		rows[i].put(&b, obj);
		pchat_xccos_ntc_close(&b);
		e = parse_view(state, pchat_buf_view(&b));
		got = rows[i].find(&e->prims[0]);
		if (!got)
			fail_msg("no %s in %s", rows[i].block->name, pchat_buf_cstr(&b));
		assert_false(e->prims[0].odd);
		assert_int_equal(e->prims[0].bad, PCHAT_XCCOS_OK);
		compare(rows[i].block, got, obj);
		free(obj);
	}
}

/* The children of blocks. */
static void
test_round_trip_children(void **state)
{
	static const struct pchat_str affils[] = { { "ma-grp:1@u.g", 12 }, { "ma-grp:2@u.g", 12 } };
	const struct pchat_xccos_uib uibs[] = {
		{ .uri = S("sip:amy@contoso.example"), .affils = affils, .n_affils = 2 },
		{ .uri = S("sip:bob@contoso.example") },
	};
	const struct pchat_xccos_inv inv = { 3, S("d"), PCHAT_SECOND };
	const struct pchat_xccos_msg msgs[] = {
		{ .chan_uri = S(R), .author = S("a"), .chat = S("one\ntwo\t<&>") },
		{ .chan_uri = S(R), .author = S("a"), .chat = S(""), .extra = S("<rtf>r</rtf>") },
	};
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	const struct pchat_xccos_data *d;
	const struct pchat_xccos_chanib *c;

	pchat_xccos_ntc_open(&b, 1, "x");
	pchat_xccos_put_chanib(&b, &(struct pchat_xccos_chanib){ .uri = S(R),
	                                                         .has_ucnt = true,
	                                                         .visible = S("open"),
	                                                         .filepost = PCHAT_XCCOS_FALSE,
	                                                         .invite = PCHAT_XCCOS_TRUE,
	                                                         .invitelocal = S("inherit"),
	                                                         .uibs = uibs,
	                                                         .n_uibs = 2,
	                                                         .msgs = msgs,
	                                                         .n_msgs = 2,
	                                                         .inv = &inv });
	pchat_xccos_put_role(&b,
	                     &(struct pchat_xccos_rolelist){ PCHAT_XCCOS_ROLE_MEMBER, uibs, 2 });
	pchat_xccos_put_catib(
		&b, &(struct pchat_xccos_catib){ .uri = S(CAT), .logged = PCHAT_XCCOS_TRUE });
	pchat_xccos_ntc_close(&b);
	d = &parse_view(state, pchat_buf_view(&b))->prims[0].data;
	c = d->chanibs;
	assert_true(c->has_ucnt);
	assert_int_equal(c->ucnt, 0);
	assert_view(c->visible, "open");
	assert_int_equal(c->filepost, PCHAT_XCCOS_FALSE);
	assert_int_equal(c->invite, PCHAT_XCCOS_TRUE);
	assert_int_equal(c->logged, PCHAT_XCCOS_UNSET);
	assert_view(c->invitelocal, "inherit");
	assert_int_equal(c->n_uibs, 2);
	assert_view(c->uibs[0].affils[1], "ma-grp:2@u.g");
	assert_int_equal(c->n_msgs, 2);
	assert_view(c->msgs[0].chat, "one\ntwo\t<&>");
	assert_non_null(c->msgs[1].chat.p);
	assert_view(c->msgs[1].rtf, "r");
	assert_int_equal(c->inv->invite_id, 3);
	assert_int_equal(d->n_roles, 1);
	assert_int_equal(d->roles[0].n_uibs, 2);
	assert_int_equal(d->catibs[0].logged, PCHAT_XCCOS_TRUE);
	assert_int_equal(d->catibs[0].invite, PCHAT_XCCOS_UNSET);
}

/* No name occurs twice in a block, not even in another case. */
static void
test_tables(void **state)
{
	static const struct pchat_block *const blocks[] = {
#define X(symbol, element, type) &pchat_block_##symbol,
		PCHAT_BLOCKS(X)
#undef X
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(blocks); i++)
		for (size_t a = 0; a < blocks[i]->n_fields; a++)
			for (size_t b = 0; b < a; b++)
				if (pchat_str_iis(pchat_str(blocks[i]->fields[a].name),
				                  blocks[i]->fields[b].name))
					fail_msg("%s/@%s twice", blocks[i]->name,
					         blocks[i]->fields[a].name);
}

/* Whatever stands in a text, the envelope stays well-formed. */
static void
test_any_octet(void **state)
{
	for (int c = 0; c < 256; c++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		char text[4] = { 'a', (char)c, 'b', 'c' };
		struct pchat_str s = { text, sizeof(text) };

		pchat_xccos_rpl_open(
			&b, 1, &(struct pchat_xccos_reply){ .name = s, .text = s, .code = 404 });
		pchat_xccos_put_chanib(&b, &(struct pchat_xccos_chanib){ .uri = s, .name = s });
		pchat_xccos_rpl_close(&b);
		parse_view(state, pchat_buf_view(&b));
		pchat_buf_clear(&b);
		pchat_xccos_grpchat(&b, 1, &(struct pchat_xccos_msg){ .chan_uri = s, .chat = s });
		parse_view(state, pchat_buf_view(&b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_masks),
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_round_trip_children, setup, teardown),
		cmocka_unit_test(test_tables),
		cmocka_unit_test_setup_teardown(test_any_octet, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
