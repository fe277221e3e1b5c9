#include "tests/unit/xccos/help.h"

#include "wire/docs/provisioning.h"
#include "wire/docs/publication.h"
#include "wire/docs/roaming.h"
#include "wire/docs/sdp.h"

#define NS_REQUEST  "http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist"
#define NS_ANSWER   "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"
#define GROUP(name) "<provisioningGroup name=\"" name "\"/>"
#define BOTH        (PCHAT_PROVISIONING_SERVER | PCHAT_PROVISIONING_CHAT)

static void
test_request(void **state)
{
	static const struct {
		const char *body;
		unsigned groups, n;
	} rows[] = {
		/* As a real client sends it. */
		{ "<provisioningGroupList xmlns=\"" NS_REQUEST
		  "\"> " GROUP("ServerConfiguration") " " GROUP("meetingPolicy") " " GROUP(
			  "persistentChatConfiguration") " " GROUP("ucPolicy") "</provisioningGroupList>",
		  BOTH, 4 },
		{ "<provisioningGroupList/>", 0, 0 },
		{ "<provisioningGroupList>" GROUP("ucPolicy") "</provisioningGroupList>", 0, 1 },
		{ "<p:provisioningGroupList xmlns:p=\"" NS_REQUEST "\" subnet=\"192.0.2.1\">"
		  "<p:provisioningGroup name=\"PersistentChatConfiguration\" opaque=\"v1\"/>"
		  "</p:provisioningGroupList>",
		  PCHAT_PROVISIONING_CHAT, 1 },
		{ "<provisioningGroupList xmlns=\"urn:other\"><foreign><x/></foreign>"
		  "<provisioningGroup name=\" ServerConfiguration \"><x/></provisioningGroup>"
		  "</provisioningGroupList>",
		  PCHAT_PROVISIONING_SERVER, 1 },
		{ "<?xml version=\"1.0\" encoding=\"utf-16\"?><provisioningGroupList>" GROUP(
			  "ServerConfiguration")
		          GROUP("ServerConfiguration") "</provisioningGroupList>",
		  PCHAT_PROVISIONING_SERVER, 2 },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_provisioning_request r = { 0 };
		struct pchat_err err = { 0 };

		if (pchat_provisioning_parse(pchat_str(rows[i].body), &r, &err))
			fail_msg("%s: %s", rows[i].body, pchat_err_text(&err));
		assert_int_equal(r.groups, rows[i].groups);
		assert_int_equal(r.n_groups, rows[i].n);
	}
}

static void
test_request_refused(void **state)
{
	static const struct {
		const char *body, *why;
	} rows[] = {
		{ "", "empty" },
		{ "x", "not well-formed" },
		{ "<provisioningGroupList>", "not well-formed" },
		{ "<provisionGroupList/>", "root element" },
		{ "<provisioningGroupList><provisioningGroup/></provisioningGroupList>",
		  "no name" },
		{ "<provisioningGroupList>" GROUP(" ") "</provisioningGroupList>", "no name" },
		{ "<!DOCTYPE p><provisioningGroupList/>", "document type" },
		{ "<provisioningGroupList>\xff</provisioningGroupList>", "UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_provisioning_request r = { 77, 77 };
		struct pchat_err err = { 0 };

		assert_int_equal(pchat_provisioning_parse(pchat_str(rows[i].body), &r, &err),
		                 PCHAT_INVALID);
		assert_contains(pchat_str(pchat_err_text(&err)), rows[i].why);
		assert_int_equal(r.groups, 77);
		pchat_err_release(&err);
		assert_int_equal(pchat_provisioning_parse(pchat_str(rows[i].body), &r, NULL),
		                 PCHAT_INVALID);
	}
}

static void
test_request_limits(void **state)
{
	struct pchat_provisioning_request r = { 0 };

	(void)state;
	for (size_t over = 0; over <= 1; over++) {
		PCHAT_AUTO_VALUE(buf) groups = { 0 };
		PCHAT_AUTO_VALUE(buf) deep = { 0 };
		PCHAT_AUTO_VALUE(buf) large = { 0 };
		PCHAT_AUTO_VALUE(buf) many = { 0 };

		pchat_buf_lit(&groups, "<provisioningGroupList>");
		for (size_t i = 0; i < PCHAT_PROVISIONING_GROUPS_MAX + over; i++)
			pchat_buf_lit(&groups, GROUP("ucPolicy"));
		pchat_buf_lit(&groups, "</provisioningGroupList>");
		assert_int_equal(pchat_provisioning_parse(pchat_buf_view(&groups), &r, NULL),
		                 over ? PCHAT_LIMIT : PCHAT_OK);

		pchat_buf_lit(&deep, "<provisioningGroupList>");
		for (size_t i = 1; i < 32 + over; i++)
			pchat_buf_lit(&deep, "<x>");
		for (size_t i = 1; i < 32 + over; i++)
			pchat_buf_lit(&deep, "</x>");
		pchat_buf_lit(&deep, "</provisioningGroupList>");
		assert_int_equal(pchat_provisioning_parse(pchat_buf_view(&deep), &r, NULL),
		                 over ? PCHAT_INVALID : PCHAT_OK);

		pchat_buf_lit(&many, "<provisioningGroupList>");
		for (size_t i = 0; i < 1000 + over; i++)
			pchat_buf_lit(&many, "<x/>");
		pchat_buf_lit(&many, "</provisioningGroupList>");
		assert_int_equal(pchat_provisioning_parse(pchat_buf_view(&many), &r, NULL),
		                 over ? PCHAT_INVALID : PCHAT_OK);

		pchat_buf_lit(&large, "<provisioningGroupList/>");
		while (large.n < PCHAT_PROVISIONING_BODY_MAX + over)
			pchat_buf_char(&large, ' ');
		assert_int_equal(pchat_provisioning_parse(pchat_buf_view(&large), &r, NULL),
		                 over ? PCHAT_LIMIT : PCHAT_OK);
	}
}

#define S(text)        PCHAT_STR(text)
#define P(name, value) "<property name=\"" name "\">" value "</property>"

static void
test_answer(void **state)
{
	static const struct pchat_str pools[] = { { "sip:a@contoso.example", 21 },
		                                  { "sip:b@contoso.example", 21 } };
	const struct pchat_provisioning full = {
		true, S("sip:a@contoso.example"), pools,
		2,    S("https://rm/?a=1&b=2"),   S("https://ext/")
	};
	const struct pchat_provisioning plain = { .enabled = true,
		                                  .default_pool_uri = S("sip:a@contoso.example") };
	/* Whatever else is set: disabled says nothing else. */
	const struct pchat_provisioning off = {
		false, S("sip:a@contoso.example"), pools, 2, S("https://rm/"), S("https://ext/")
	};
	const struct {
		unsigned groups;
		const struct pchat_provisioning *p;
		const char *inner;
	} rows[] = {
		{ BOTH, &full,
		  "<provisionGroup name=\"ServerConfiguration\"/>"
		  "<provisionGroup name=\"persistentChatConfiguration\"><propertyEntryList>" P(
			  "EnablePersistentChat", "true") P("DefaultPersistentChatPoolUri",
		                                            "sip:a@contoso.example")
		          P("PersistentChatPoolUris", "sip:a@contoso.example sip:b@contoso.example")
		                  P("PersistentChatWebManagerUriInt", "https://rm/?a=1&amp;b=2") P(
					  "PersistentChatWebManagerUriExt",
					  "https://ext/") "</propertyEntryList></provisionGroup>" },
		{ PCHAT_PROVISIONING_CHAT, &plain,
		  "<provisionGroup name=\"persistentChatConfiguration\"><propertyEntryList>" P(
			  "EnablePersistentChat", "true") P("DefaultPersistentChatPoolUri",
		                                            "sip:a@contoso.example")
		          P("PersistentChatPoolUris",
		            "sip:a@contoso.example") "</propertyEntryList></provisionGroup>" },
		{ PCHAT_PROVISIONING_CHAT, &off,
		  "<provisionGroup name=\"persistentChatConfiguration\"><propertyEntryList>" P(
			  "EnablePersistentChat",
			  "false") "</propertyEntryList></provisionGroup>" },
		{ PCHAT_PROVISIONING_SERVER, &full,
		  "<provisionGroup name=\"ServerConfiguration\"/>" },
		{ 0, &full, "" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) got = { 0 };
		PCHAT_AUTO_VALUE(buf) wanted = { 0 };

		pchat_buf_printf(&wanted,
		                 "<provisionGroupList xmlns=\"%s\">%s</provisionGroupList>",
		                 NS_ANSWER, rows[i].inner);
		pchat_provisioning_build(&got, rows[i].groups, rows[i].p);
		assert_view(pchat_buf_view(&got), pchat_buf_cstr(&wanted));
	}
}

static void
test_roaming(void **state)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	(void)state;
	pchat_contacts_build(&b);
	assert_view(pchat_buf_view(&b), "<contactList deltaNum=\"1\"><group id=\"1\" name=\"~\" "
	                                "externalURI=\"\"/></contactList>");
}

#define PUBLISH(items)                                                              \
	"<publish xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\"" \
	" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"                 \
	"<publications uri=\"sip:amy@contoso.example\">" items "</publications></publish>"
#define ROOM_SETTING                                                                       \
	"<propertyList xmlns=\"http://schemas.microsoft.com/2010/12/sip/propertyList\">"   \
	"<property name=\"name\" type=\"string\"><value>x</value></property>"              \
	"<property name=\"url\" type=\"string\"><value> ma-chan://d/v </value></property>" \
	"</propertyList>"

static void
test_publish(void **state)
{
	static const char body[] = PUBLISH(
		"<publication categoryName=\"roomSetting\" instance=\"4294967295\" "
		"container=\"65535\" version=\"7\" expireType=\"static\">" ROOM_SETTING
		"</publication><publication categoryName=\"state\" expireType=\"endpoint\">"
		"<!-- no --><x xsi:type=\"xsi:y\"/></publication>"
		"<publication categoryName=\"note\" version=\"1\" expires=\"0\"/>");
	PCHAT_AUTO_VALUE(publish) p = { 0 };
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	struct pchat_err err = { 0 };

	(void)state;
	if (pchat_publish_parse(pchat_str(body), &p, &err))
		fail_msg("%s", pchat_err_text(&err));
	assert_view(p.uri, "sip:amy@contoso.example");
	assert_int_equal(p.items.n, 3);
	assert_int_equal(p.items.v[0].instance, UINT32_MAX);
	assert_int_equal(p.items.v[0].container, 65535);
	assert_int_equal(p.items.v[0].version, 7);
	assert_view(p.items.v[0].room, "ma-chan://d/v");
	assert_view(p.items.v[0].content, ROOM_SETTING);
	assert_int_equal(p.items.v[1].type, PCHAT_EXPIRE_ENDPOINT);
	assert_view(p.items.v[1].room, "");
	/* Alone it means what it meant where it stood. */
	assert_view(p.items.v[1].content,
	            "<x xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\" "
	            "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
	            "xsi:type=\"xsi:y\"/>");
	assert_true(p.items.v[2].has_expires);
	assert_int_equal(p.items.v[2].content.n, 0);

	pchat_roaming_open(&b, "sip:a&b@d");
	p.items.v[1].time = INT64_C(1772355600000000);
	pchat_roaming_category(&b, &p.items.v[1]);
	pchat_roaming_none(&b, PCHAT_STR("<n>"));
	pchat_roaming_close(&b, false);
	assert_view(pchat_buf_view(&b),
	            "<roamingData xmlns=\"http://schemas.microsoft.com/2006/09/sip/roaming-self\">"
	            "<categories xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\" "
	            "uri=\"sip:a&amp;b@d\"><category name=\"state\" instance=\"0\" "
	            "publishTime=\"2026-03-01T09:00:00.000\" container=\"0\" version=\"0\" "
	            "expireType=\"endpoint\">"
	            "<x xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\" "
	            "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
	            "xsi:type=\"xsi:y\"/></category><category name=\"&lt;n&gt;\"/>"
	            "</categories></roamingData>");
}

#define SESSION(family, host)                                                         \
	"v=0\r\no=- 0 0 IN " family " " host "\r\ns=session\r\nc=IN " family " " host \
	"\r\nt=0 0\r\n"
#define ACCEPT(media) "m=" media " 5060 sip null\r\na=accept-types:text/plain\r\n"

static void
test_sdp(void **state)
{
	static const struct {
		const char *offer, *host;
		enum pchat_code code;
		const char *answer;
	} rows[] = {
		/* As a real client offers. */
		{ "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		  "m=message 31390 sip null\r\na=accept-types:text/plain text/html image/gif\r\n",
		  "192.0.2.1", PCHAT_OK, SESSION("IP4", "192.0.2.1") ACCEPT("message") },
		{ "v=0\nm=x-ms-message 5060 sip null\n", "2001:db8::1", PCHAT_OK,
		  SESSION("IP6", "2001:db8::1") ACCEPT("x-ms-message") },
		{ "v=0\r\nm=audio 49170 RTP/AVP 0 8\r\na=x\r\nm=Message 1 sip null\r\nm=video 1 RTP/AVP 9",
		  "192.0.2.1", PCHAT_OK,
		  SESSION("IP4", "192.0.2.1") "m=audio 0 RTP/AVP 0 8\r\n" ACCEPT(
			  "Message") "m=video 0 RTP/AVP 9\r\n" },
		{ "", "192.0.2.1", PCHAT_OK, SESSION("IP4", "192.0.2.1") ACCEPT("message") },
		{ "v=0\r\n", "h", PCHAT_UNSUPPORTED, "" },
		{ "v=0\r\nm=audio 49170 RTP/AVP 0\r\n", "h", PCHAT_UNSUPPORTED, "" },
		{ "o=- 0 0 IN IP4 h\r\n", "h", PCHAT_INVALID, "" },
		{ "hello", "h", PCHAT_INVALID, "" },
		{ "v=0\r\n\r\nm=message 1 sip null\r\n", "h", PCHAT_INVALID, "" },
		{ "v=0\r\nm=message\r\n", "h", PCHAT_INVALID, "" },
		{ "v=0\r\nm=message 1\r\n", "h", PCHAT_INVALID, "" },
		{ "v=0\r\nm=message 65536 sip null\r\n", "h", PCHAT_INVALID, "" },
		{ "v=0\r\nm= 1 sip null\r\n", "h", PCHAT_INVALID, "" },
		{ "v=0\r\nm=message 1 sip null\rX: y\r\n", "h", PCHAT_INVALID, "" },
		{ "v=0\r\nm=message 1 sip \x01\r\n", "h", PCHAT_INVALID, "" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		struct pchat_err err = { 0 };

		assert_int_equal(pchat_sdp_answer(&b, pchat_str(rows[i].offer),
		                                  pchat_str(rows[i].host), &err),
		                 rows[i].code);
		assert_view(pchat_buf_view(&b), rows[i].answer);
		pchat_err_release(&err);
	}
}

static void
test_sdp_limits(void **state)
{
	(void)state;
	for (size_t over = 0; over <= 1; over++) {
		PCHAT_AUTO_VALUE(buf) lines = { 0 };
		PCHAT_AUTO_VALUE(buf) large = { 0 };
		PCHAT_AUTO_VALUE(buf) out = { 0 };

		pchat_buf_lit(&lines, "v=0\nm=message 1 sip null\n");
		for (size_t i = 2; i < PCHAT_SDP_LINES_MAX + over; i++)
			pchat_buf_lit(&lines, "a=b\n");
		assert_int_equal(
			pchat_sdp_answer(&out, pchat_buf_view(&lines), PCHAT_STR("h"), NULL),
			over ? PCHAT_LIMIT : PCHAT_OK);
		pchat_buf_lit(&large, "v=0\nm=message 1 sip null\na=");
		while (large.n < PCHAT_SDP_BODY_MAX + over)
			pchat_buf_char(&large, 'x');
		assert_int_equal(
			pchat_sdp_answer(&out, pchat_buf_view(&large), PCHAT_STR("h"), NULL),
			over ? PCHAT_LIMIT : PCHAT_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_request_refused),
		cmocka_unit_test(test_request_limits),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_roaming),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_sdp),
		cmocka_unit_test(test_sdp_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
