/* Before ours: these headers have parameters with names we have banned. */
#ifdef PCHAT_WITH_MIC
#include <nettle/aes.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#endif

#include "wire/sipae/mic.h"

#ifdef PCHAT_WITH_MIC

/* RFC 4121 section 4.2.6.1: identifier, flags, filler, number; then the checksum. */
#define HEADER      16
#define IS_ACCEPTOR 0x01
#define KEY_MAX     32
#define DIGEST_MAX  48

/* ---- HMAC ---- */

union hmac {
	struct hmac_sha1_ctx sha1;
	struct hmac_sha256_ctx sha256;
	struct hmac_sha512_ctx sha384;
};

enum hash { SHA1, SHA256, SHA384 };

static void
set_key(enum hash hash, union hmac *h, const unsigned char *key, size_t n)
{
	switch (hash) {
	case SHA1:
		hmac_sha1_set_key(&h->sha1, n, key);
		return;
	case SHA256:
		hmac_sha256_set_key(&h->sha256, n, key);
		return;
	case SHA384:
		hmac_sha384_set_key(&h->sha384, n, key);
		return;
	}
}

static void
update(enum hash hash, union hmac *h, const void *p, size_t n)
{
	switch (hash) {
	case SHA1:
		hmac_sha1_update(&h->sha1, n, p);
		return;
	case SHA256:
		hmac_sha256_update(&h->sha256, n, p);
		return;
	case SHA384:
		hmac_sha384_update(&h->sha384, n, p);
		return;
	}
}

/* Ready for the next one afterwards. */
static void
digest(enum hash hash, union hmac *h, unsigned char *ret, size_t n)
{
	switch (hash) {
	case SHA1:
		hmac_sha1_digest(&h->sha1, n, ret);
		return;
	case SHA256:
		hmac_sha256_digest(&h->sha256, n, ret);
		return;
	case SHA384:
		hmac_sha384_digest(&h->sha384, n, ret);
		return;
	}
}

/* ---- keys ---- */

/* RFC 4121 section 2: what signatures of either side are for. 0x99: a key for checksums. The second
 * member is 128-fold() of the first (RFC 3961 section 5.1). */
struct usage {
	unsigned char constant[5];
	unsigned char folded[AES_BLOCK_SIZE];
};

static const struct usage acceptor_signs = {
	{ 0, 0, 0, 23, 0x99 },
	{ 0x4d, 0xf3, 0xfa, 0x7d, 0x33, 0x57, 0xcd, 0x60, 0x94, 0x49, 0xa4, 0xd2, 0x66, 0x42, 0xf4,
	  0x9a },
};
static const struct usage initiator_signs = {
	{ 0, 0, 0, 25, 0x99 },
	{ 0x5d, 0xfb, 0x7d, 0xbf, 0x53, 0x68, 0xce, 0x69, 0x98, 0x4b, 0xa5, 0xd2, 0xe6, 0x43, 0x34,
	  0xba },
};

static void
encrypt_block(const unsigned char *key, size_t n, const unsigned char *from, unsigned char *to)
{
	struct aes128_ctx aes128;
	struct aes256_ctx aes256;

	if (n == AES128_KEY_SIZE) {
		aes128_set_encrypt_key(&aes128, key);
		aes128_encrypt(&aes128, AES_BLOCK_SIZE, to, from);
	} else {
		aes256_set_encrypt_key(&aes256, key);
		aes256_encrypt(&aes256, AES_BLOCK_SIZE, to, from);
	}
}

/* DK() of RFC 3961 section 5.1 with the cipher of RFC 3962. */
static void
derive_aes_sha1(const unsigned char *key, size_t n, const struct usage *usage, unsigned char *ret)
{
	const unsigned char *from = usage->folded;

	for (size_t at = 0; at < n; from = ret + at, at += AES_BLOCK_SIZE)
		encrypt_block(key, n, from, ret + at);
}

/* KDF-HMAC-SHA2() of RFC 8009 section 3. */
static void
derive_sha2(enum hash hash, const unsigned char *key, size_t n, const struct usage *usage,
            unsigned char *ret, size_t ret_n)
{
	const unsigned char length[] = { 0, 0, 0, (unsigned char)(8 * ret_n) };
	static const unsigned char counter[] = { 0, 0, 0, 1 };
	union hmac h;

	set_key(hash, &h, key, n);
	update(hash, &h, counter, sizeof(counter));
	update(hash, &h, usage->constant, sizeof(usage->constant));
	update(hash, &h, "", 1);
	update(hash, &h, length, sizeof(length));
	digest(hash, &h, ret, ret_n);
	explicit_bzero(&h, sizeof(h));
}

/* clang-format off */
static const struct profile {
	int32_t enctype;
	enum hash hash;
	size_t key, derived, checksum; /* octets */
} profiles[] = {
	{ 17, SHA1,   16, 16, 12 }, /* aes128-cts-hmac-sha1-96 */
	{ 18, SHA1,   32, 32, 12 }, /* aes256-cts-hmac-sha1-96 */
	{ 19, SHA256, 16, 16, 16 }, /* aes128-cts-hmac-sha256-128 */
	{ 20, SHA384, 32, 24, 24 }, /* aes256-cts-hmac-sha384-192 */
};
/* clang-format on */

struct pchat_mic {
	const struct profile *profile;
	uint64_t seq;
	union hmac send, receive;
};

static void
derive(const struct profile *p, const unsigned char *key, const struct usage *usage, union hmac *h)
{
	unsigned char derived[KEY_MAX];

	if (p->hash == SHA1)
		derive_aes_sha1(key, p->key, usage, derived);
	else
		derive_sha2(p->hash, key, p->key, usage, derived, p->derived);
	set_key(p->hash, h, derived, p->derived);
	explicit_bzero(derived, sizeof(derived));
}

struct pchat_mic *
pchat_mic_new(int32_t enctype, const unsigned char *key, size_t n, uint64_t seq)
{
	struct pchat_mic *m = NULL;

	for (size_t i = 0; i < PCHAT_N(profiles); i++) {
		const struct profile *p = &profiles[i];

		if (p->enctype != enctype || p->key != n)
			continue;
		m = calloc(1, sizeof(*m));
		if (!m)
			return NULL;
		m->profile = p;
		m->seq = seq;
		derive(p, key, &acceptor_signs, &m->send);
		derive(p, key, &initiator_signs, &m->receive);
	}
	return m;
}

void
pchat_mic_free(struct pchat_mic *m)
{
	if (!m)
		return;
	explicit_bzero(m, sizeof(*m));
	free(m);
}

/* ---- signatures ---- */

static const unsigned char filler[] = { 0xff, 0xff, 0xff, 0xff, 0xff };

static void
checksum(const struct pchat_mic *m, union hmac *h, struct pchat_str text,
         const unsigned char header[HEADER], unsigned char *ret)
{
	update(m->profile->hash, h, text.p, text.n);
	update(m->profile->hash, h, header, HEADER);
	digest(m->profile->hash, h, ret, m->profile->checksum);
}

size_t
pchat_mic_sign(struct pchat_mic *m, struct pchat_str text, unsigned char ret[PCHAT_MIC_MAX])
{
	uint64_t seq = m->seq++;

	ret[0] = ret[1] = 4;
	ret[2] = IS_ACCEPTOR;
	memcpy(ret + 3, filler, sizeof(filler));
	for (size_t i = 0; i < sizeof(seq); i++)
		ret[8 + i] = (unsigned char)(seq >> (56 - 8 * i));
	checksum(m, &m->send, text, ret, ret + HEADER);
	return HEADER + m->profile->checksum;
}

bool
pchat_mic_verify(struct pchat_mic *m, struct pchat_str text, const unsigned char *p, size_t n)
{
	unsigned char right[DIGEST_MAX];

	if (n != HEADER + m->profile->checksum || p[0] != 4 || p[1] != 4 || p[2] != 0 ||
	    memcmp(p + 3, filler, sizeof(filler)) != 0)
		return false;
	checksum(m, &m->receive, text, p, right);
	return memeql_sec(right, p + HEADER, m->profile->checksum);
}

#else

struct pchat_mic *
pchat_mic_new(int32_t enctype, const unsigned char *key, size_t n, uint64_t seq)
{
	(void)enctype, (void)key, (void)n, (void)seq;
	return NULL;
}

void
pchat_mic_free(struct pchat_mic *m)
{
	(void)m;
}

size_t
pchat_mic_sign(struct pchat_mic *m, struct pchat_str text, unsigned char ret[PCHAT_MIC_MAX])
{
	(void)m, (void)text, (void)ret;
	return 0;
}

bool
pchat_mic_verify(struct pchat_mic *m, struct pchat_str text, const unsigned char *p, size_t n)
{
	(void)m, (void)text, (void)p, (void)n;
	return false;
}

#endif
