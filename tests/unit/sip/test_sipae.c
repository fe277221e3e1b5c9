/* The signed text against what a real client and server signed, and hostile spellings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/auto.h"
#include "wire/sip/digest.h"
#include "wire/sip/sipae.h"

#define S(text)                        \
	{                              \
		text, sizeof(text) - 1 \
	}
#define REALM .realm = S("SIP Communications Service")

/* Recorded between pidgin-sipe 1.25 and a server of [MS-SIPAE] version 4 (real-client.md 4.3). */
static const struct {
	struct pchat_sipae_fields f;
	const char *text;
} vectors[] = {
	{ { .scheme = S("Kerberos"),
	    .rand = S("dd456b73"),
	    .num = S("1"),
	    REALM,
	    .target = S("sip/pool.example.test"),
	    .call_id = S("D1C7g2A67a0FF2iA731mC2CCtB4E3b300Fx7C0Ax"),
	    .cseq = 2,
	    .method = S("REGISTER"),
	    .from = S("sip:alice@example.test"),
	    .from_tag = S("004826221"),
	    .to = S("sip:alice@example.test") },
	  "<Kerberos><dd456b73><1><SIP Communications Service><sip/pool.example.test>"
	  "<D1C7g2A67a0FF2iA731mC2CCtB4E3b300Fx7C0Ax><2><REGISTER><sip:alice@example.test>"
	  "<004826221><sip:alice@example.test><><><><>" },
	{ { .scheme = S("Kerberos"),
	    .rand = S("6B33131B"),
	    .num = S("1"),
	    REALM,
	    .target = S("sip/pool.example.test"),
	    .call_id = S("D1C7g2A67a0FF2iA731mC2CCtB4E3b300Fx7C0Ax"),
	    .cseq = 2,
	    .method = S("REGISTER"),
	    .from = S("sip:alice@example.test"),
	    .from_tag = S("004826221"),
	    .to = S("sip:alice@example.test"),
	    .to_tag = S("38b67b3fa1"),
	    .expires = S("7200"),
	    .status = 200 },
	  "<Kerberos><6B33131B><1><SIP Communications Service><sip/pool.example.test>"
	  "<D1C7g2A67a0FF2iA731mC2CCtB4E3b300Fx7C0Ax><2><REGISTER><sip:alice@example.test>"
	  "<004826221><sip:alice@example.test><38b67b3fa1><><><7200><200>" },
	{ { .scheme = S("NTLM"),
	    .rand = S("5C3266BD"),
	    .num = S("9"),
	    REALM,
	    .target = S("pool.example.test"),
	    .call_id = S("ADA5g17E3a995Ei07D8m7C95t8ED0b1C12xF5C3x"),
	    .cseq = 1,
	    .method = S("INFO"),
	    .from = S("sip:ocschat@example.test"),
	    .from_tag = S("f8b18fcd62"),
	    .to = S("sip:alice@example.test"),
	    .to_tag = S("3728534130") },
	  "<NTLM><5C3266BD><9><SIP Communications Service><pool.example.test>"
	  "<ADA5g17E3a995Ei07D8m7C95t8ED0b1C12xF5C3x><1><INFO><sip:ocschat@example.test>"
	  "<f8b18fcd62><sip:alice@example.test><3728534130><><><>" },
	{ { .scheme = S("Kerberos"),
	    .rand = S("99417e8e"),
	    .num = S("31"),
	    REALM,
	    .target = S("sip/pool.example.test"),
	    .call_id = S("5078gC606a094Di3971m219Ft4E85b6209x55ACx"),
	    .cseq = 2,
	    .method = S("SUBSCRIBE"),
	    .from = S("sip:bob@example.test"),
	    .from_tag = S("4495450404"),
	    .to = S("sip:bob@example.test"),
	    .to_tag = S("aafef3206d"),
	    .expires = S("0") },
	  "<Kerberos><99417e8e><31><SIP Communications Service><sip/pool.example.test>"
	  "<5078gC606a094Di3971m219Ft4E85b6209x55ACx><2><SUBSCRIBE><sip:bob@example.test>"
	  "<4495450404><sip:bob@example.test><aafef3206d><><><0>" },
	/* Both identities stand before Expires. */
	{ { .cseq = 4294967295u,
	    .sip_identity = S("sip:amy@contoso.example"),
	    .tel_identity = S("tel:+1555"),
	    .expires = S("60") },
	  "<><><><><><><4294967295><><><><><><sip:amy@contoso.example><tel:+1555><60>" },
};

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(vectors); i++) {
		PCHAT_AUTO_VALUE(buf) text = { 0 };

		pchat_sipae_text(&text, &vectors[i].f);
		assert_string_equal(pchat_buf_cstr(&text), vectors[i].text);
	}
}

static void
test_order(void **state)
{
	static const struct {
		const char *num;
		bool fresh;
	} steps[] = {
		{ "0", false },         { "1", true },           { "1", false },
		{ "3", true },          { "2", false },          { "", false },
		{ "-4", false },        { "4x", false },         { "4294967296", false },
		{ "4294967295", true }, { "4294967295", false },
	};
	uint32_t last = 0;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(steps); i++)
		assert_int_equal(pchat_sipae_fresh(&last, pchat_str(steps[i].num)), steps[i].fresh);
	assert_int_equal(last, 4294967295u);
}

static void
test_hex(void **state)
{
	static const char *const bad[] = { "0", "0g", "g0", " 00", "00 ", "0x00", "0000000000" };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	unsigned char got[4] = { 0 };
	size_t n = 9;

	(void)state;
	assert_true(pchat_sipae_unhex(PCHAT_STR("040400Ff"), got, sizeof(got), &n));
	assert_int_equal(n, 4);
	pchat_sipae_hex(&text, got, n);
	assert_string_equal(pchat_buf_cstr(&text), "040400ff");
	assert_true(pchat_sipae_unhex(PCHAT_STR(""), got, sizeof(got), &n));
	assert_int_equal(n, 0);
	for (size_t i = 0; i < PCHAT_N(bad); i++)
		assert_false(pchat_sipae_unhex(pchat_str(bad[i]), got, sizeof(got), &n));
}

static void
test_base64(void **state)
{
	/* RFC 4648 section 10. */
	static const char *const pairs[][2] = {
		{ "", "" },        { "f", "Zg==" },          { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" }, { "fooba", "Zm9vYmE=" },
	};
	static const char *const bad[] = { "Z",    "Zg",       "Zg=",  "Zh==",   "Zm9=",
		                           "====", "Zg==Zg==", "Z===", "Zm9v\n", "Zm9-" };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(pairs); i++) {
		PCHAT_AUTO_VALUE(buf) coded = { 0 };
		PCHAT_AUTO_VALUE(buf) plain = { 0 };

		pchat_sipae_base64(&coded, (const unsigned char *)pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(pchat_buf_cstr(&coded), pairs[i][1]);
		assert_true(pchat_sipae_unbase64(pchat_str(pairs[i][1]), &plain));
		assert_string_equal(pchat_buf_cstr(&plain), pairs[i][0]);
	}
	for (size_t i = 0; i < PCHAT_N(bad); i++) {
		PCHAT_AUTO_VALUE(buf) plain = { 0 };

		assert_false(pchat_sipae_unbase64(pchat_str(bad[i]), &plain));
	}
}

/* The longest token is taken, one octet more is not. */
static void
test_token_limit(void **state)
{
	static const unsigned char zeros[PCHAT_SIPAE_TOKEN_MAX + 4];

	(void)state;
	for (size_t n = PCHAT_SIPAE_TOKEN_MAX - 4; n <= sizeof(zeros); n++) {
		PCHAT_AUTO_VALUE(buf) text = { 0 };
		PCHAT_AUTO_VALUE(buf) plain = { 0 };

		pchat_sipae_base64(&text, zeros, n);
		assert_int_equal(pchat_sipae_unbase64(pchat_buf_view(&text), &plain),
		                 n <= PCHAT_SIPAE_TOKEN_MAX);
		if (n <= PCHAT_SIPAE_TOKEN_MAX)
			assert_int_equal(plain.n, n);
	}
}

/* The header as the client writes it. */
static void
test_header(void **state)
{
	PCHAT_AUTO_VALUE(buf) scratch = { 0 };
	struct pchat_sip_credentials c;

	(void)state;
	assert_true(pchat_digest_parse(
		PCHAT_STR("Kerberos qop=\"auth\", realm=\"SIP Communications Service\", "
	                  "targetname=\"sip/pool.example.test\", gssapi-data=\"YIIC\", version=4, "
	                  "crand=\"d07f83c0\", cnum=\"1\", response=\"040400FF\""),
		&scratch, &c));
	assert_true(pchat_str_is(c.scheme, "Kerberos"));
	assert_true(pchat_str_is(c.targetname, "sip/pool.example.test"));
	assert_true(pchat_str_is(c.gssapi_data, "YIIC"));
	assert_true(pchat_str_is(c.version, "4"));
	assert_true(pchat_str_is(c.crand, "d07f83c0"));
	assert_true(pchat_str_is(c.cnum, "1"));
	assert_true(pchat_str_is(c.response, "040400FF"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),     cmocka_unit_test(test_order),
		cmocka_unit_test(test_hex),         cmocka_unit_test(test_base64),
		cmocka_unit_test(test_token_limit), cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
