/* Before ours: these headers have parameters with names we have banned. */
#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/memops.h>

#include "wire/sipae/ntlm_keys.h"

#include <string.h>

void
pchat_ntlm_digest(const unsigned char *utf16, size_t n, unsigned char ret[PCHAT_NTLM_KEY])
{
	struct md4_ctx md4;

	md4_init(&md4);
	md4_update(&md4, n, utf16);
	md4_digest(&md4, PCHAT_NTLM_KEY, ret);
	explicit_bzero(&md4, sizeof(md4));
}

static const uint8_t *
octets(struct pchat_str s)
{
	return (const uint8_t *)s.p;
}

void
pchat_ntlm_user_key(const unsigned char hash[PCHAT_NTLM_KEY], struct pchat_str user16,
                    struct pchat_str domain16, unsigned char ret[PCHAT_NTLM_KEY])
{
	struct hmac_md5_ctx hmac;

	hmac_md5_set_key(&hmac, PCHAT_NTLM_KEY, hash);
	for (size_t i = 0; i + 1 < user16.n; i += 2) {
		uint8_t unit[2] = { octets(user16)[i], octets(user16)[i + 1] };

		if (unit[1] == 0 && unit[0] >= 'a' && unit[0] <= 'z')
			unit[0] -= 'a' - 'A';
		hmac_md5_update(&hmac, sizeof(unit), unit);
	}
	hmac_md5_update(&hmac, domain16.n, octets(domain16));
	hmac_md5_digest(&hmac, PCHAT_NTLM_KEY, ret);
	explicit_bzero(&hmac, sizeof(hmac));
}

void
pchat_ntlm_hmac(const unsigned char key[PCHAT_NTLM_KEY], struct pchat_str a, struct pchat_str b,
                unsigned char ret[PCHAT_NTLM_KEY])
{
	struct hmac_md5_ctx hmac;

	hmac_md5_set_key(&hmac, PCHAT_NTLM_KEY, key);
	hmac_md5_update(&hmac, a.n, octets(a));
	hmac_md5_update(&hmac, b.n, octets(b));
	hmac_md5_digest(&hmac, PCHAT_NTLM_KEY, ret);
	explicit_bzero(&hmac, sizeof(hmac));
}

static void
rc4(const unsigned char key[PCHAT_NTLM_KEY], const unsigned char *text, size_t n,
    unsigned char *ret)
{
	struct arcfour_ctx cipher;

	arcfour_set_key(&cipher, PCHAT_NTLM_KEY, key);
	arcfour_crypt(&cipher, n, ret, text);
	explicit_bzero(&cipher, sizeof(cipher));
}

void
pchat_ntlm_rc4(const unsigned char key[PCHAT_NTLM_KEY], const unsigned char text[PCHAT_NTLM_KEY],
               unsigned char ret[PCHAT_NTLM_KEY])
{
	rc4(key, text, PCHAT_NTLM_KEY, ret);
}

bool
pchat_ntlm_same(const void *a, const void *b, size_t n)
{
	return memeql_sec(a, b, n);
}

/* @magic counts with its terminator. */
static void
derive(const unsigned char key[PCHAT_NTLM_KEY], const void *magic, size_t n,
       unsigned char ret[PCHAT_NTLM_KEY])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, PCHAT_NTLM_KEY, key);
	md5_update(&md5, n, magic);
	md5_digest(&md5, PCHAT_NTLM_KEY, ret);
	explicit_bzero(&md5, sizeof(md5));
}

#define TO_SERVER "session key to client-to-server "
#define TO_CLIENT "session key to server-to-client "
#define SIGNING   "signing key magic constant"
#define SEALING   "sealing key magic constant"

void
pchat_ntlm_keys(struct pchat_ntlm_keys *keys, const unsigned char session[PCHAT_NTLM_KEY])
{
	static const char magic[][sizeof(TO_SERVER SIGNING)] = {
		TO_SERVER SIGNING,
		TO_SERVER SEALING,
		TO_CLIENT SIGNING,
		TO_CLIENT SEALING,
	};

	derive(session, magic[0], sizeof(magic[0]), keys->client.sign);
	derive(session, magic[1], sizeof(magic[1]), keys->client.seal);
	derive(session, magic[2], sizeof(magic[2]), keys->server.sign);
	derive(session, magic[3], sizeof(magic[3]), keys->server.seal);
}

void
pchat_ntlm_sign(const struct pchat_ntlm_direction *d, struct pchat_str text,
                unsigned char ret[PCHAT_NTLM_SIGNATURE])
{
	enum { CHECKSUM = 8, AT_SEQUENCE = 12 };
	static const unsigned char frame[PCHAT_NTLM_SIGNATURE] = {
		[0] = 1, /* version */
		[AT_SEQUENCE] = PCHAT_NTLM_SEQUENCE,
	};
	const unsigned char *sequence = frame + AT_SEQUENCE;
	unsigned char key[PCHAT_NTLM_KEY], sum[PCHAT_NTLM_KEY];

	pchat_ntlm_hmac(d->sign, (struct pchat_str){ (const char *)sequence, 4 }, text, sum);
	/* Each datagram has a key of its own. */
	derive(d->seal, sequence, 4, key);
	memcpy(ret, frame, sizeof(frame));
	rc4(key, sum, CHECKSUM, ret + 4);
	explicit_bzero(key, sizeof(key));
}
