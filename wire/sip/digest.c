#include "wire/sip/digest.h"

#include <inttypes.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/clock.h"
#include "base/text.h"

static const struct {
	const char *word;   /* in headers */
	const char *digest; /* in libcrypto */
} algs[] = {
	[PCHAT_DIGEST_MD5] = { "MD5", "MD5" },
	[PCHAT_DIGEST_SHA256] = { "SHA-256", "SHA256" },
};

const char *
pchat_digest_alg_name(enum pchat_digest_alg alg)
{
	return algs[alg].word;
}

bool
pchat_digest_alg_parse(struct pchat_str word, enum pchat_digest_alg *ret)
{
	if (word.n == 0) {
		*ret = PCHAT_DIGEST_MD5;
		return true;
	}
	for (size_t i = 0; i < PCHAT_N(algs); i++) {
		if (!pchat_str_iis(word, algs[i].word))
			continue;
		*ret = (enum pchat_digest_alg)i;
		return true;
	}
	return false;
}

static void
hex(const unsigned char *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[p[i] >> 4];
		ret[2 * i + 1] = digits[p[i] & 15];
	}
	ret[2 * n] = '\0';
}

/* The digest of the parts with colons between them. */
static bool
digest(enum pchat_digest_alg alg, const struct pchat_str *part, size_t n,
       char ret_hex[PCHAT_DIGEST_HEX])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	EVP_MD *md = EVP_MD_fetch(NULL, algs[alg].digest, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned size = 0;
	bool ok = md && ctx && EVP_DigestInit_ex2(ctx, md, NULL);

	for (size_t i = 0; ok && i < n; i++) {
		ok = (i == 0 || EVP_DigestUpdate(ctx, ":", 1)) &&
		     EVP_DigestUpdate(ctx, part[i].p, part[i].n);
	}
	ok = ok && EVP_DigestFinal_ex(ctx, sum, &size) && 2 * size < PCHAT_DIGEST_HEX;
	if (ok)
		hex(sum, size, ret_hex);
	OPENSSL_cleanse(sum, sizeof(sum));
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return ok;
}

enum pchat_code
pchat_digest_ha1(enum pchat_digest_alg alg, struct pchat_str username, struct pchat_str realm,
                 struct pchat_str password, char ret_hex[PCHAT_DIGEST_HEX], struct pchat_err *err)
{
	const struct pchat_str part[] = { username, realm, password };

	/* What a colon or quote would do to the fields next to it cannot be told apart again. */
	if (username.n == 0 || memchr(username.p, ':', username.n) ||
	    (realm.n > 0 && memchr(realm.p, '"', realm.n)))
		return pchat_fail(err, PCHAT_INVALID, "user name '%.*s' cannot be used with Digest",
		                  PCHAT_STR_ARG(username));
	if (!digest(alg, part, PCHAT_N(part), ret_hex))
		return pchat_fail(err, PCHAT_UNSUPPORTED, "libcrypto does not offer %s",
		                  algs[alg].word);
	return PCHAT_OK;
}

/* ---- nonces: 16 hex digits of time in microseconds, 32 of HMAC over time and connection ---- */

#define TIME_HEX  16
#define MAC_SIZE  16
#define NONCE_LEN (TIME_HEX + 2 * MAC_SIZE)
_Static_assert(NONCE_LEN < PCHAT_DIGEST_NONCE_MAX, "nonces must fit");

void
pchat_digest_key_init(struct pchat_digest_key *key)
{
	pchat_random(key->secret, sizeof(key->secret));
}

static bool
nonce_text(const struct pchat_digest_key *key, uint64_t conn_id, int64_t t,
           char ret[PCHAT_DIGEST_NONCE_MAX])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	char text[64];
	unsigned size = 0;
	int n = snprintf(text, sizeof(text), "%016" PRIx64 ":%016" PRIx64, (uint64_t)t, conn_id);

	if (!HMAC(EVP_sha256(), key->secret, sizeof(key->secret), (unsigned char *)text, (size_t)n,
	          mac, &size))
		return false;
	memcpy(ret, text, TIME_HEX);
	hex(mac, MAC_SIZE, ret + TIME_HEX);
	return true;
}

enum pchat_code
pchat_digest_nonce(const struct pchat_digest_key *key, uint64_t conn_id, int64_t now,
                   char ret[PCHAT_DIGEST_NONCE_MAX], struct pchat_err *err)
{
	if (!nonce_text(key, conn_id, now, ret))
		return pchat_fail(err, PCHAT_UNSUPPORTED, "libcrypto does not offer HMAC-SHA-256");
	return PCHAT_OK;
}

static bool
read_hex(struct pchat_str s, size_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v << 4 | (uint64_t)(c - 'A' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

static bool
nonce_is_ours(const struct pchat_digest_key *key, uint64_t conn_id, struct pchat_str nonce,
              int64_t *ret_time)
{
	char want[PCHAT_DIGEST_NONCE_MAX];
	uint64_t t;

	if (nonce.n != NONCE_LEN ||
	    !read_hex((struct pchat_str){ nonce.p, TIME_HEX }, TIME_HEX, &t) ||
	    !nonce_text(key, conn_id, (int64_t)t, want) ||
	    CRYPTO_memcmp(want, nonce.p, NONCE_LEN) != 0)
		return false;
	*ret_time = (int64_t)t;
	return true;
}

void
pchat_digest_challenge(struct pchat_buf *out, enum pchat_digest_alg alg, struct pchat_str realm,
                       const char *nonce, bool stale)
{
	pchat_buf_printf(out, "Digest realm=\"%.*s\", nonce=\"%s\", qop=\"auth\", algorithm=%s%s",
	                 PCHAT_STR_ARG(realm), nonce, algs[alg].word, stale ? ", stale=true" : "");
}

/* ---- answers ---- */

static bool
response(enum pchat_digest_alg alg, const struct pchat_sip_credentials *cred,
         struct pchat_str method, const char *ha1, char ret_hex[PCHAT_DIGEST_HEX])
{
	char ha2[PCHAT_DIGEST_HEX];
	const struct pchat_str a2[] = { method, cred->uri };

	if (!digest(alg, a2, PCHAT_N(a2), ha2))
		return false;

	const struct pchat_str all[] = { pchat_str(ha1), cred->nonce, cred->nc,
		                         cred->cnonce,   cred->qop,   pchat_str(ha2) };

	return digest(alg, all, PCHAT_N(all), ret_hex);
}

enum pchat_code
pchat_digest_response(enum pchat_digest_alg alg, const struct pchat_sip_credentials *cred,
                      struct pchat_str method, const char *ha1, char ret_hex[PCHAT_DIGEST_HEX],
                      struct pchat_err *err)
{
	if (!response(alg, cred, method, ha1, ret_hex))
		return pchat_fail(err, PCHAT_UNSUPPORTED, "libcrypto does not offer %s",
		                  algs[alg].word);
	return PCHAT_OK;
}

static bool
complete(const struct pchat_sip_credentials *cred, enum pchat_digest_alg alg, uint64_t *ret_nc)
{
	enum pchat_digest_alg said;

	return pchat_str_iis(cred->scheme, "Digest") && cred->username.n > 0 && cred->uri.n > 0 &&
	       cred->cnonce.n > 0 && pchat_str_iis(cred->qop, "auth") &&
	       pchat_digest_alg_parse(cred->algorithm, &said) && said == alg &&
	       read_hex(cred->nc, 8, ret_nc) && *ret_nc > 0;
}

static bool
same_response(struct pchat_str given, const char *want)
{
	char lower[PCHAT_DIGEST_HEX] = "";

	if (given.n != strlen(want))
		return false;
	for (size_t i = 0; i < given.n; i++) {
		char c = given.p[i];

		lower[i] = c;
		if (c >= 'A' && c <= 'F')
			lower[i] = (char)(c - 'A' + 'a');
	}
	return CRYPTO_memcmp(lower, want, given.n) == 0;
}

static bool
replayed(const struct pchat_digest_count *count, int64_t nonce_time, uint32_t nc)
{
	return count && (nonce_time < count->nonce_time ||
	                 (nonce_time == count->nonce_time && nc <= count->nc));
}

enum pchat_digest_verdict
pchat_digest_check(const struct pchat_digest_key *key, const struct pchat_sip_credentials *cred,
                   struct pchat_str method, enum pchat_digest_alg alg, const char *ha1,
                   uint64_t conn_id, int64_t now, struct pchat_digest_count *count)
{
	/* Stands in for an unknown user, so that he costs the same time. No digest is all zeros. */
	static const char nobody[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	char want[PCHAT_DIGEST_HEX];
	int64_t nonce_time;
	uint64_t nc;
	bool right;

	if (!complete(cred, alg, &nc))
		return PCHAT_DIGEST_MALFORMED;
	if (!nonce_is_ours(key, conn_id, cred->nonce, &nonce_time))
		return PCHAT_DIGEST_FOREIGN;
	right = response(alg, cred, method, ha1 ? ha1 : nobody, want) &&
	        same_response(cred->response, want);
	if (!right || !ha1)
		return PCHAT_DIGEST_WRONG;
	if (now - nonce_time > PCHAT_DIGEST_NONCE_SECONDS * PCHAT_SECOND || now < nonce_time)
		return PCHAT_DIGEST_STALE;
	if (replayed(count, nonce_time, (uint32_t)nc))
		return PCHAT_DIGEST_REPLAYED;
	if (count)
		*count = (struct pchat_digest_count){ nonce_time, (uint32_t)nc };
	return PCHAT_DIGEST_RIGHT;
}

/* ---- reading a header ---- */

static const struct {
	const char *name;
	size_t offset;
} params[] = {
#define PARAM(name)                                                 \
	{                                                           \
#name, offsetof(struct pchat_sip_credentials, name) \
	}
	PARAM(username),
	PARAM(realm),
	PARAM(nonce),
	PARAM(uri),
	PARAM(qop),
	PARAM(nc),
	PARAM(cnonce),
	PARAM(algorithm),
	PARAM(response),
	PARAM(opaque),
	PARAM(targetname),
	PARAM(version),
	PARAM(crand),
	PARAM(cnum),
#undef PARAM
	{ "gssapi-data", offsetof(struct pchat_sip_credentials, gssapi_data) },
};

static struct pchat_str *
field_of(struct pchat_sip_credentials *cred, struct pchat_str name)
{
	for (size_t i = 0; i < PCHAT_N(params); i++) {
		if (pchat_str_iis(name, params[i].name))
			return (struct pchat_str *)((char *)cred + params[i].offset);
	}
	return NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip(struct pchat_str *s, bool commas)
{
	while (s->n > 0 && (is_blank(*s->p) || (commas && *s->p == ','))) {
		s->p++;
		s->n--;
	}
}

static char
next(struct pchat_str *s)
{
	s->n--;
	return *s->p++;
}

/* A quoted value, unescaped into @out; *@s stands behind the opening quote. */
static bool
read_quoted(struct pchat_str *s, struct pchat_buf *out)
{
	while (s->n > 0) {
		char c = next(s);

		if (c == '"')
			return true;
		if (c == '\\') {
			if (s->n == 0)
				return false;
			c = next(s);
		}
		pchat_buf_char(out, c);
	}
	return false;
}

static bool
read_value(struct pchat_str *s, struct pchat_buf *out)
{
	skip(s, false);
	if (s->n > 0 && *s->p == '"') {
		next(s);
		return read_quoted(s, out);
	}
	while (s->n > 0 && *s->p != ',' && !is_blank(*s->p))
		pchat_buf_char(out, next(s));
	return true;
}

static struct pchat_str
read_word(struct pchat_str *s)
{
	struct pchat_str w = { s->p, 0 };

	while (s->n > 0 && *s->p != '=' && *s->p != ',' && !is_blank(*s->p)) {
		next(s);
		w.n++;
	}
	return w;
}

static bool
read_param(struct pchat_str *s, struct pchat_buf *scratch, struct pchat_sip_credentials *ret)
{
	struct pchat_str name = read_word(s);
	struct pchat_str *field = field_of(ret, name);
	size_t start = scratch->n;

	skip(s, false);
	if (name.n == 0 || s->n == 0 || next(s) != '=' || !read_value(s, scratch))
		return false;
	/* The first one counts: a second would be a way to say two things at once. */
	if (field && !field->p)
		*field = (struct pchat_str){ scratch->p + start, scratch->n - start };
	return true;
}

bool
pchat_digest_parse(struct pchat_str header, struct pchat_buf *scratch,
                   struct pchat_sip_credentials *ret)
{
	struct pchat_sip_credentials cred = { 0 };
	struct pchat_str s = header;

	/* Nothing gets longer by unescaping, so the views are never moved. */
	pchat_buf_clear(scratch);
	if (!pchat_buf_reserve(scratch, header.n))
		return false;
	skip(&s, false);
	cred.scheme = read_word(&s);
	pchat_buf_str(scratch, cred.scheme);
	cred.scheme.p = scratch->p;
	skip(&s, true);
	while (s.n > 0) {
		if (!read_param(&s, scratch, &cred))
			return false;
		skip(&s, true);
	}
	if (cred.scheme.n == 0 || !pchat_buf_ok(scratch))
		return false;
	*ret = cred;
	return true;
}
