/* Digest: the vectors of RFC 7616, nonces, and every way an answer can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/clock.h"
#include "wire/sip/digest.h"

#define NOW  INT64_C(1700000000000000)
#define CONN 7

/* RFC 7616 section 3.9.1. */
static void
test_rfc_vectors(void **state)
{
	static const struct {
		enum pchat_digest_alg alg;
		const char *response;
	} cases[] = {
		{ PCHAT_DIGEST_MD5, "8ca523f5e9506fed4657c9700eebdbec" },
		{ PCHAT_DIGEST_SHA256,
		  "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" },
	};
	const struct pchat_sip_credentials cred = {
		.nonce = PCHAT_STR("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"),
		.uri = PCHAT_STR("/dir/index.html"),
		.qop = PCHAT_STR("auth"),
		.nc = PCHAT_STR("00000001"),
		.cnonce = PCHAT_STR("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		char ha1[PCHAT_DIGEST_HEX], got[PCHAT_DIGEST_HEX];

		assert_int_equal(pchat_digest_ha1(cases[i].alg, PCHAT_STR("Mufasa"),
		                                  PCHAT_STR("http-auth@example.org"),
		                                  PCHAT_STR("Circle of Life"), ha1, NULL),
		                 PCHAT_OK);
		assert_int_equal(pchat_digest_response(cases[i].alg, &cred, PCHAT_STR("GET"), ha1,
		                                       got, NULL),
		                 PCHAT_OK);
		assert_string_equal(got, cases[i].response);
	}
}

static void
test_ha1(void **state)
{
	char ha1[PCHAT_DIGEST_HEX];

	(void)state;
	assert_int_equal(pchat_digest_ha1(PCHAT_DIGEST_MD5, PCHAT_STR("amy"), PCHAT_STR("r"),
	                                  PCHAT_STR(""), ha1, NULL),
	                 PCHAT_OK);
	assert_int_equal(strlen(ha1), 32);
	/* "a:b" and realm "c" would be "a" and realm "b:c". */
	assert_int_equal(pchat_digest_ha1(PCHAT_DIGEST_MD5, PCHAT_STR("a:b"), PCHAT_STR("c"),
	                                  PCHAT_STR("x"), ha1, NULL),
	                 PCHAT_INVALID);
	assert_int_equal(pchat_digest_ha1(PCHAT_DIGEST_MD5, PCHAT_STR(""), PCHAT_STR("c"),
	                                  PCHAT_STR("x"), ha1, NULL),
	                 PCHAT_INVALID);
	assert_int_equal(pchat_digest_ha1(PCHAT_DIGEST_MD5, PCHAT_STR("a"), PCHAT_STR("\""),
	                                  PCHAT_STR("x"), ha1, NULL),
	                 PCHAT_INVALID);
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		const char *username, *realm, *qop, *response;
	} cases[] = {
		{ "Digest username=\"amy\", realm=\"r\", qop=auth, response=\"ab\"", true, "amy",
		  "r", "auth", "ab" },
		{ "Digest username=amy,realm=r,qop=\"auth\",response=ab", true, "amy", "r", "auth",
		  "ab" },
		{ "  digest   USERNAME = \"a\\\"b\\\\c\" ,, realm=\"\" ,", true, "a\"b\\c", "", "",
		  "" },
		{ "Digest username=\"first\", username=\"second\"", true, "first", "", "", "" },
		{ "NTLM other=\"x\", realm=\"r\"", true, "", "r", "", "" },
		{ "Digest", true, "", "", "", "" },
		{ "", false, NULL, NULL, NULL, NULL },
		{ "Digest username=\"open", false, NULL, NULL, NULL, NULL },
		{ "Digest username=\"open\\", false, NULL, NULL, NULL, NULL },
		{ "Digest username", false, NULL, NULL, NULL, NULL },
		{ "Digest =x", false, NULL, NULL, NULL, NULL },
		{ "Digest username \"x\"", false, NULL, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(buf) scratch = { 0 };
		struct pchat_sip_credentials cred = { 0 };
		bool ok = pchat_digest_parse(pchat_str(cases[i].text), &scratch, &cred);

		if (ok != cases[i].ok)
			fail_msg("'%s' is %s", cases[i].text, ok ? "taken" : "refused");
		if (!ok)
			continue;
		assert_true(pchat_str_is(cred.username, cases[i].username));
		assert_true(pchat_str_is(cred.realm, cases[i].realm));
		assert_true(pchat_str_is(cred.qop, cases[i].qop));
		assert_true(pchat_str_is(cred.response, cases[i].response));
	}
}

/* ---- checking ---- */

struct attempt {
	struct pchat_digest_key key;
	struct pchat_sip_credentials cred;
	char nonce[PCHAT_DIGEST_NONCE_MAX];
	char ha1[PCHAT_DIGEST_HEX];
	char response[PCHAT_DIGEST_HEX];
};

static void
make(struct attempt *a, enum pchat_digest_alg alg)
{
	pchat_digest_key_init(&a->key);
	assert_int_equal(pchat_digest_nonce(&a->key, CONN, NOW, a->nonce, NULL), PCHAT_OK);
	assert_true(strlen(a->nonce) < PCHAT_DIGEST_NONCE_MAX);
	pchat_digest_ha1(alg, PCHAT_STR("amy@contoso.example"), PCHAT_STR("chat"),
	                 PCHAT_STR("secret"), a->ha1, NULL);
	a->cred = (struct pchat_sip_credentials){
		.scheme = PCHAT_STR("Digest"),
		.username = PCHAT_STR("amy@contoso.example"),
		.realm = PCHAT_STR("chat"),
		.nonce = pchat_str(a->nonce),
		.uri = PCHAT_STR("(null)"), /* as the real client has it */
		.qop = PCHAT_STR("auth"),
		.nc = PCHAT_STR("00000001"),
		.cnonce = PCHAT_STR("6c0f9b2a"),
		.algorithm = pchat_str(pchat_digest_alg_name(alg)),
	};
	pchat_digest_response(alg, &a->cred, PCHAT_STR("REGISTER"), a->ha1, a->response, NULL);
	a->cred.response = pchat_str(a->response);
}

static enum pchat_digest_verdict
check(const struct attempt *a, int64_t now, struct pchat_digest_count *count)
{
	return pchat_digest_check(&a->key, &a->cred, PCHAT_STR("REGISTER"), PCHAT_DIGEST_MD5,
	                          a->ha1, CONN, now, count);
}

static void
test_right(void **state)
{
	struct attempt a;

	(void)state;
	make(&a, PCHAT_DIGEST_MD5);
	assert_int_equal(check(&a, NOW, NULL), PCHAT_DIGEST_RIGHT);
	for (size_t i = 0; a.response[i]; i++)
		a.response[i] = (char)(a.response[i] >= 'a' ? a.response[i] - 32 : a.response[i]);
	assert_int_equal(check(&a, NOW, NULL), PCHAT_DIGEST_RIGHT);
	a.cred.algorithm = (struct pchat_str){ 0 };
	assert_int_equal(check(&a, NOW, NULL), PCHAT_DIGEST_RIGHT);
	make(&a, PCHAT_DIGEST_SHA256);
	assert_int_equal(pchat_digest_check(&a.key, &a.cred, PCHAT_STR("REGISTER"),
	                                    PCHAT_DIGEST_SHA256, a.ha1, CONN, NOW, NULL),
	                 PCHAT_DIGEST_RIGHT);
}

static void
test_wrong(void **state)
{
	static const struct {
		size_t field;
		const char *value;
		enum pchat_digest_verdict verdict;
	} cases[] = {
#define FIELD(name) offsetof(struct pchat_sip_credentials, name)
		{ FIELD(scheme), "NTLM", PCHAT_DIGEST_MALFORMED },
		{ FIELD(username), "", PCHAT_DIGEST_MALFORMED },
		{ FIELD(uri), "", PCHAT_DIGEST_MALFORMED },
		{ FIELD(uri), "sip:other", PCHAT_DIGEST_WRONG },
		{ FIELD(qop), "", PCHAT_DIGEST_MALFORMED },
		{ FIELD(qop), "auth-int", PCHAT_DIGEST_MALFORMED },
		{ FIELD(nc), "", PCHAT_DIGEST_MALFORMED },
		{ FIELD(nc), "0", PCHAT_DIGEST_MALFORMED },
		{ FIELD(nc), "000000001", PCHAT_DIGEST_MALFORMED },
		{ FIELD(nc), "x", PCHAT_DIGEST_MALFORMED },
		{ FIELD(nc), "00000002", PCHAT_DIGEST_WRONG },
		{ FIELD(cnonce), "", PCHAT_DIGEST_MALFORMED },
		{ FIELD(cnonce), "other", PCHAT_DIGEST_WRONG },
		{ FIELD(algorithm), "SHA-256", PCHAT_DIGEST_MALFORMED },
		{ FIELD(algorithm), "MD5-sess", PCHAT_DIGEST_MALFORMED },
		{ FIELD(nonce), "", PCHAT_DIGEST_FOREIGN },
		{ FIELD(nonce), "0123456789abcdef", PCHAT_DIGEST_FOREIGN },
		{ FIELD(response), "", PCHAT_DIGEST_WRONG },
		{ FIELD(response), "00000000000000000000000000000000", PCHAT_DIGEST_WRONG },
#undef FIELD
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct pchat_digest_count count = { 0 };
		struct attempt a;

		make(&a, PCHAT_DIGEST_MD5);
		*(struct pchat_str *)((char *)&a.cred + cases[i].field) = pchat_str(cases[i].value);
		if (check(&a, NOW, &count) != cases[i].verdict)
			fail_msg("case %zu ('%s')", i, cases[i].value);
		assert_int_equal(count.nc, 0);
	}
}

static void
test_unknown_user(void **state)
{
	struct attempt a;

	(void)state;
	make(&a, PCHAT_DIGEST_MD5);
	assert_int_equal(pchat_digest_check(&a.key, &a.cred, PCHAT_STR("REGISTER"),
	                                    PCHAT_DIGEST_MD5, NULL, CONN, NOW, NULL),
	                 PCHAT_DIGEST_WRONG);
	/* Not even with what stands in for his HA1. */
	pchat_digest_response(PCHAT_DIGEST_MD5, &a.cred, PCHAT_STR("REGISTER"),
	                      "0000000000000000000000000000000000000000000000000000000000000000",
	                      a.response, NULL);
	assert_int_equal(pchat_digest_check(&a.key, &a.cred, PCHAT_STR("REGISTER"),
	                                    PCHAT_DIGEST_MD5, NULL, CONN, NOW, NULL),
	                 PCHAT_DIGEST_WRONG);
}

static void
test_nonces(void **state)
{
	const int64_t life = PCHAT_DIGEST_NONCE_SECONDS * PCHAT_SECOND;
	struct pchat_digest_count count = { 0 };
	struct attempt a, b;

	(void)state;
	make(&a, PCHAT_DIGEST_MD5);
	assert_int_equal(check(&a, NOW + life, NULL), PCHAT_DIGEST_RIGHT);
	assert_int_equal(check(&a, NOW + life + 1, NULL), PCHAT_DIGEST_STALE);
	assert_int_equal(check(&a, NOW - 1, NULL), PCHAT_DIGEST_STALE);
	/* Of another connection, of another process, changed. */
	assert_int_equal(pchat_digest_check(&a.key, &a.cred, PCHAT_STR("REGISTER"),
	                                    PCHAT_DIGEST_MD5, a.ha1, CONN + 1, NOW, NULL),
	                 PCHAT_DIGEST_FOREIGN);
	make(&b, PCHAT_DIGEST_MD5);
	assert_int_equal(pchat_digest_check(&b.key, &a.cred, PCHAT_STR("REGISTER"),
	                                    PCHAT_DIGEST_MD5, a.ha1, CONN, NOW, NULL),
	                 PCHAT_DIGEST_FOREIGN);
	for (size_t i = 0; a.nonce[i]; i++) {
		a.nonce[i] ^= 1;
		assert_int_equal(check(&a, NOW, NULL), PCHAT_DIGEST_FOREIGN);
		a.nonce[i] ^= 1;
	}
	/* Used once. */
	assert_int_equal(check(&a, NOW, &count), PCHAT_DIGEST_RIGHT);
	assert_int_equal(check(&a, NOW, &count), PCHAT_DIGEST_REPLAYED);
	a.cred.nc = PCHAT_STR("00000002");
	pchat_digest_response(PCHAT_DIGEST_MD5, &a.cred, PCHAT_STR("REGISTER"), a.ha1, a.response,
	                      NULL);
	assert_int_equal(check(&a, NOW, &count), PCHAT_DIGEST_RIGHT);
	count.nonce_time++;
	assert_int_equal(check(&a, NOW, &count), PCHAT_DIGEST_REPLAYED);
}

static void
test_challenge(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	pchat_digest_challenge(&out, PCHAT_DIGEST_MD5, PCHAT_STR("chat"), "n", false);
	/* The form pidgin-sipe reads (real-client.md 4.6). */
	assert_string_equal(pchat_buf_cstr(&out),
	                    "Digest realm=\"chat\", nonce=\"n\", qop=\"auth\", algorithm=MD5");
	pchat_buf_clear(&out);
	pchat_digest_challenge(&out, PCHAT_DIGEST_SHA256, PCHAT_STR("chat"), "n", true);
	assert_string_equal(
		pchat_buf_cstr(&out),
		"Digest realm=\"chat\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256, stale=true");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_vectors), cmocka_unit_test(test_ha1),
		cmocka_unit_test(test_parse),       cmocka_unit_test(test_right),
		cmocka_unit_test(test_wrong),       cmocka_unit_test(test_unknown_user),
		cmocka_unit_test(test_nonces),      cmocka_unit_test(test_challenge),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
