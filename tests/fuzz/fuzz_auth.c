/*
 * What proves who somebody is, before he has: Authorization headers of all schemes, the numbers,
 * texts and tokens in them, and tokens as Kerberos and NTLM take them.
 *
 * The first octet of an input says what the rest is (enum kind): a token as such, or a header.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/text.h"
#include "wire/sip/digest.h"
#include "wire/sip/sipae.h"
#include "wire/sipae/kerberos.h"
#include "wire/sipae/ntlm.h"

enum kind {
	KERBEROS = 'K',
	NTLM = 'N',
};

static void
want(bool holds)
{
	if (!holds)
		abort();
}

/* ---- Digest ---- */

/* Now as it was when the corpus began. */
#define NOW  (INT64_C(1700000000) * PCHAT_SECOND)
#define CONN 7

static const struct pchat_digest_key key = { "a key of nobody else" };

static enum pchat_digest_verdict
check(const struct pchat_sip_credentials *cred, const char *method, enum pchat_digest_alg alg,
      const char *ha1, uint64_t conn, int64_t now, struct pchat_digest_count *count)
{
	return pchat_digest_check(&key, cred, pchat_str(method), alg, ha1, conn, now, count);
}

/* Whatever the header says otherwise: with our nonce and the response of who knows the password it
 * is right once, here and now, and for nobody else. */
static void
digest(struct pchat_sip_credentials cred)
{
	struct pchat_digest_count count = { 0 };
	char ha1[PCHAT_DIGEST_HEX], response[PCHAT_DIGEST_HEX], nonce[PCHAT_DIGEST_NONCE_MAX];
	enum pchat_digest_alg alg;

	if (!pchat_digest_alg_parse(cred.algorithm, &alg) ||
	    pchat_digest_ha1(alg, cred.username, cred.realm, PCHAT_STR("Secret1"), ha1, NULL))
		return;
	want(check(&cred, "REGISTER", alg, ha1, CONN, NOW, NULL) != PCHAT_DIGEST_RIGHT);
	want(!pchat_digest_nonce(&key, CONN, NOW, nonce, NULL));
	cred.nonce = pchat_str(nonce);
	want(!pchat_digest_response(alg, &cred, PCHAT_STR("REGISTER"), ha1, response, NULL));
	cred.response = pchat_str(response);
	if (check(&cred, "REGISTER", alg, ha1, CONN, NOW, &count) == PCHAT_DIGEST_MALFORMED)
		return;
	want(count.nc > 0);
	want(check(&cred, "REGISTER", alg, ha1, CONN, NOW, &count) == PCHAT_DIGEST_REPLAYED);
	want(check(&cred, "REGISTER", alg, ha1, CONN + 1, NOW, NULL) == PCHAT_DIGEST_FOREIGN);
	want(check(&cred, "INVITE", alg, ha1, CONN, NOW, NULL) == PCHAT_DIGEST_WRONG);
	want(check(&cred, "REGISTER", alg, NULL, CONN, NOW, NULL) == PCHAT_DIGEST_WRONG);
	want(check(&cred, "REGISTER", alg, ha1, CONN,
	           NOW + (PCHAT_DIGEST_NONCE_SECONDS + 1) * PCHAT_SECOND,
	           NULL) == PCHAT_DIGEST_STALE);
	response[0] = response[0] == '0' ? '1' : '0';
	want(check(&cred, "REGISTER", alg, ha1, CONN, NOW, NULL) == PCHAT_DIGEST_WRONG);
}

/* ---- [MS-SIPAE] ---- */

static bool
same(struct pchat_str a, const struct pchat_buf *b)
{
	return pchat_str_eq(a, pchat_buf_view(b));
}

/* One spelling for each token. */
static void
base64(struct pchat_str text)
{
	PCHAT_AUTO_VALUE(buf) token = { 0 };
	PCHAT_AUTO_VALUE(buf) again = { 0 };

	if (!pchat_sipae_unbase64(text, &token))
		return;
	want(token.n <= PCHAT_SIPAE_TOKEN_MAX && token.n <= text.n / 4 * 3);
	pchat_sipae_base64(&again, (const unsigned char *)pchat_buf_cstr(&token), token.n);
	want(same(text, &again));
}

static void
hex(struct pchat_str text)
{
	unsigned char mic[PCHAT_SIPAE_SIGNATURE_MAX];
	PCHAT_AUTO_VALUE(buf) again = { 0 };
	size_t n = 0;

	if (!pchat_sipae_unhex(text, mic, sizeof(mic), &n))
		return;
	want(n <= sizeof(mic));
	pchat_sipae_hex(&again, mic, n);
	want(pchat_str_ieq(text, pchat_buf_view(&again)));
}

static void
number(struct pchat_str cnum)
{
	uint32_t last = 5, before;

	if (!pchat_sipae_fresh(&last, cnum)) {
		want(last == 5);
		return;
	}
	before = last;
	want(last > 5 && !pchat_sipae_fresh(&last, cnum) && last == before);
}

static void
text(const struct pchat_sip_credentials *cred)
{
	const struct pchat_sipae_fields f = { .scheme = cred->scheme,
		                              .rand = cred->crand,
		                              .num = cred->cnum,
		                              .realm = cred->realm,
		                              .target = cred->targetname,
		                              .from = cred->uri,
		                              .status = 200 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_sipae_text(&out, &f);
	/* Sixteen fields, the number of the request and the status among them. */
	want(out.n == 32 + 4 + f.scheme.n + f.rand.n + f.num.n + f.realm.n + f.target.n + f.from.n);
}

/* ---- Kerberos ---- */

#define HOST "chat.contoso.example"

/* Of sip/chat.contoso.example@CONTOSO.EXAMPLE, version 2: what the tokens of the corpus are for. */
static const unsigned char keytab[] =
	"\x05\x02\x00\x00\x00\x5f\x00\x02\x00\x0f"
	"CONTOSO.EXAMPLE\x00\x03sip\x00\x14" HOST
	"\x00\x00\x00\x01\x00\x00\x00\x00\x02\x00\x12\x00\x20"
	"\xd7\x4c\x9a\x9e\x2c\x28\xad\x0b\xb1\x8e\xcf\x10\xf4\x6f\xb3\xf7"
	"\xfe\x21\x2b\x08\x50\x95\x77\xa8\xc2\x66\xab\xf1\xc1\x48\xc4\xec\x00\x00\x00\x02";

/* The tokens of the corpus grow old. */
static const char settings[] = "[libdefaults]\n default_realm = CONTOSO.EXAMPLE\n"
			       " clockskew = 1000000000\n dns_lookup_kdc = false\n rdns = false\n";

/* The realm of this process. Kerberos reads the file of the keys for each token. */
static struct realm {
	char dir[32], keytab[64], settings[64];
	struct pchat_kerberos *keys;
} realm = { .dir = "/tmp/pchat-fuzz-XXXXXX" };

static void
write_file(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "we");

	want(f && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

static void
leave_realm(void)
{
	pchat_kerberos_free(realm.keys);
	unlink(realm.keytab);
	unlink(realm.settings);
	rmdir(realm.dir);
}

static void
make_realm(void)
{
	want(mkdtemp(realm.dir));
	snprintf(realm.keytab, sizeof(realm.keytab), "%s/keytab", realm.dir);
	snprintf(realm.settings, sizeof(realm.settings), "%s/krb5.conf", realm.dir);
	write_file(realm.keytab, keytab, sizeof(keytab) - 1);
	write_file(realm.settings, settings, sizeof(settings) - 1);
	setenv("KRB5_CONFIG", realm.settings, 1);
	setenv("KRB5RCACHENAME", "none:", 1);
	atexit(leave_realm);
	want(!pchat_kerberos_new(HOST, realm.keytab, &realm.keys, NULL));
}

/* What a token that is good comes from can be told, and its context signs and is not fooled. */
static void
use_context(struct pchat_kerberos_peer *peer)
{
	const struct pchat_sip_mechanism *m = &pchat_kerberos_mechanism;
	unsigned char mic[PCHAT_SIPAE_SIGNATURE_MAX];
	size_t n = m->sign(peer->context, PCHAT_STR("text"), mic);

	want(strcmp(peer->principal, "amy@CONTOSO.EXAMPLE") == 0);
	want(peer->seconds > 0 && peer->seconds <= PCHAT_KERBEROS_SECONDS_MAX);
	/* Its own words do not come from the other side. */
	want(n > 0 && !m->verify(peer->context, PCHAT_STR("text"), mic, n));
	want(!m->verify(peer->context, PCHAT_STR("text"), mic, 0));
	m->free(peer->context);
}

static void
kerberos(struct pchat_str token)
{
	struct pchat_kerberos_peer peer = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code;

	if (!pchat_kerberos_built())
		return;
	if (!realm.keys)
		make_realm();
	code = pchat_kerberos_accept(realm.keys, token, &peer, &err);
	want(code == PCHAT_OK || (code == PCHAT_DENIED && err.msg && *err.msg));
	if (!code)
		use_context(&peer);
	pchat_err_release(&err);
}

/* ---- NTLM ---- */

/* MD4 of "Secret1" in UTF-16LE need not be known: nobody who guesses has another. */
static void
ntlm(struct pchat_str message)
{
	static const unsigned char hash[PCHAT_NTLM_HASH] = "nobody has this";
	const struct pchat_ntlm_question q = { .nonce = "\x4b\x64\x1e\x06\x8d\x9b\xcc\x94" };
	PCHAT_AUTO_VALUE(buf) challenge = { 0 };
	struct pchat_ntlm_answer a;
	void *context = NULL;

	pchat_ntlm_challenge(&challenge, &q, HOST, "contoso.example");
	if (pchat_ntlm_read(message, &a, NULL))
		return;
	want(memchr(a.user, '\0', sizeof(a.user)) && memchr(a.domain, '\0', sizeof(a.domain)));
	want(pchat_ntlm_accept(&q, pchat_buf_view(&challenge), &a, hash, &context, NULL) !=
	     PCHAT_OK);
}

/* ---- headers ---- */

static void
add_quoted(struct pchat_buf *out, const char *name, struct pchat_str value)
{
	if (!value.p)
		return;
	pchat_buf_printf(out, ", %s=\"", name);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '"' || value.p[i] == '\\')
			pchat_buf_char(out, '\\');
		pchat_buf_char(out, value.p[i]);
	}
	pchat_buf_char(out, '"');
}

/* Written as we would and read again it says the same. */
static void
write_again(const struct pchat_sip_credentials *cred)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	PCHAT_AUTO_VALUE(buf) scratch = { 0 };
	struct pchat_sip_credentials again = { 0 };

	pchat_buf_str(&out, cred->scheme);
	pchat_buf_char(&out, ' ');
	add_quoted(&out, "username", cred->username);
	add_quoted(&out, "GSSAPI-DATA", cred->gssapi_data);
	add_quoted(&out, "response", cred->response);
	add_quoted(&out, "cnum", cred->cnum);
	want(pchat_digest_parse(pchat_buf_view(&out), &scratch, &again));
	want(pchat_str_eq(again.scheme, cred->scheme));
	want(pchat_str_eq(again.username, cred->username));
	want(pchat_str_eq(again.gssapi_data, cred->gssapi_data));
	want(pchat_str_eq(again.response, cred->response) && pchat_str_eq(again.cnum, cred->cnum));
}

static void
header(struct pchat_str value)
{
	PCHAT_AUTO_VALUE(buf) scratch = { 0 };
	PCHAT_AUTO_VALUE(buf) token = { 0 };
	struct pchat_sip_credentials cred = { 0 };

	if (!pchat_digest_parse(value, &scratch, &cred))
		return;
	want(cred.scheme.n > 0);
	write_again(&cred);
	digest(cred);
	base64(cred.gssapi_data);
	hex(cred.response);
	number(cred.cnum);
	text(&cred);
	if (!pchat_sipae_unbase64(cred.gssapi_data, &token) || token.n == 0)
		return;
	if (pchat_str_iis(cred.scheme, "Kerberos"))
		kerberos(pchat_buf_view(&token));
	else
		ntlm(pchat_buf_view(&token));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pchat_str rest = { (const char *)data + 1, size - 1 };

	if (size == 0)
		return 0;
	if (data[0] == KERBEROS)
		kerberos(rest);
	else if (data[0] == NTLM)
		ntlm(rest);
	else
		header(rest);
	return 0;
}
