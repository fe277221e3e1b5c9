#include "wire/sipae/ntlm.h"

#include "wire/sipae/ntlm_keys.h"

#ifdef PCHAT_WITH_NTLM

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

bool
pchat_ntlm_built(void)
{
	return true;
}

/* ---- passwords ---- */

static size_t
put_unit(unsigned char *to, uint32_t unit)
{
	to[0] = (unsigned char)unit;
	to[1] = (unsigned char)(unit >> 8);
	return 2;
}

/* Octets of UTF-16LE; 0 if @s is no UTF-8. No character takes more than twice its octets. */
static size_t
to_utf16(struct pchat_str s, unsigned char ret[2 * PCHAT_NTLM_PASSWORD_MAX])
{
	size_t n = 0;

	while (s.n > 0) {
		uint32_t cp;
		unsigned used = pchat_utf8_decode(s, &cp);

		if (!used)
			return 0;
		s = (struct pchat_str){ s.p + used, s.n - used };
		if (cp < 0x10000) {
			n += put_unit(ret + n, cp);
			continue;
		}
		n += put_unit(ret + n, 0xd800 + ((cp - 0x10000) >> 10));
		n += put_unit(ret + n, 0xdc00 + ((cp - 0x10000) & 0x3ff));
	}
	return n;
}

enum pchat_code
pchat_ntlm_hash(struct pchat_str password, unsigned char ret[PCHAT_NTLM_HASH],
                struct pchat_err *err)
{
	unsigned char utf16[2 * PCHAT_NTLM_PASSWORD_MAX];
	size_t n = 0;

	if (password.n > PCHAT_NTLM_PASSWORD_MAX)
		return pchat_fail(err, PCHAT_INVALID, "the password has more than %u octets",
		                  PCHAT_NTLM_PASSWORD_MAX);
	n = to_utf16(password, utf16);
	if (n == 0)
		return pchat_fail(err, PCHAT_INVALID, "the password is empty or no UTF-8");
	pchat_ntlm_digest(utf16, n, ret);
	explicit_bzero(utf16, n);
	return PCHAT_OK;
}

/* ---- a client's answer ---- */

static struct pchat_str
view(const unsigned char *p, size_t n)
{
	return (struct pchat_str){ (const char *)p, n };
}

/* Over our question and the answer, with zeros where it stands itself. */
static bool
mic_is_right(const unsigned char session[PCHAT_NTLM_KEY], struct pchat_str challenge,
             const struct pchat_ntlm_answer *a)
{
	char message[PCHAT_NTLM_MESSAGE_MAX];
	unsigned char want[PCHAT_NTLM_KEY];

	if (a->mic.n == 0)
		return true;
	memcpy(message, a->message.p, a->message.n);
	memset(message + (a->mic.p - a->message.p), 0, a->mic.n);
	pchat_ntlm_hmac(session, challenge, (struct pchat_str){ message, a->message.n }, want);
	return pchat_ntlm_same(want, a->mic.p, sizeof(want));
}

/* [MS-NLMP] 3.3.2 and 3.4.5.1, with key exchange: the session key that both now have. */
static bool
prove(const struct pchat_ntlm_question *q, struct pchat_str challenge,
      const struct pchat_ntlm_answer *a, const unsigned char *hash,
      unsigned char ret_session[PCHAT_NTLM_KEY])
{
	unsigned char user[PCHAT_NTLM_KEY], proof[PCHAT_NTLM_KEY], base[PCHAT_NTLM_KEY];
	bool right;

	pchat_ntlm_user_key(hash, a->user16, a->domain16, user);
	pchat_ntlm_hmac(user, view(q->nonce, sizeof(q->nonce)), a->response, proof);
	pchat_ntlm_hmac(user, view(proof, sizeof(proof)), (struct pchat_str){ 0 }, base);
	pchat_ntlm_rc4(base, (const unsigned char *)a->key.p, ret_session);
	right = pchat_ntlm_same(proof, a->proof.p, sizeof(proof)) &&
	        mic_is_right(ret_session, challenge, a);
	explicit_bzero(user, sizeof(user));
	explicit_bzero(base, sizeof(base));
	return right;
}

enum pchat_code
pchat_ntlm_accept(const struct pchat_ntlm_question *q, struct pchat_str challenge,
                  const struct pchat_ntlm_answer *answer, const unsigned char *hash,
                  void **ret_context, struct pchat_err *err)
{
	/* Stands in for who has no password, so that he costs the same time. */
	static const unsigned char nobody[PCHAT_NTLM_HASH];
	unsigned char session[PCHAT_NTLM_KEY];
	struct pchat_ntlm_keys *keys = calloc(1, sizeof(*keys));
	bool right;

	if (!keys)
		return pchat_no_memory(err);
	right = prove(q, challenge, answer, hash ? hash : nobody, session);
	pchat_ntlm_keys(keys, session);
	explicit_bzero(session, sizeof(session));
	if (!right || !hash) {
		pchat_ntlm_mechanism.free(keys);
		return pchat_fail(err, PCHAT_DENIED,
		                  hash ? "wrong password" : "no password for NTLM");
	}
	*ret_context = keys;
	return PCHAT_OK;
}

/* ---- signatures ---- */

static size_t
sign(void *context, struct pchat_str text, unsigned char *ret)
{
	const struct pchat_ntlm_keys *keys = context;

	pchat_ntlm_sign(&keys->server, text, ret);
	return PCHAT_NTLM_SIGNATURE;
}

static bool
verify(void *context, struct pchat_str text, const unsigned char *p, size_t n)
{
	const struct pchat_ntlm_keys *keys = context;
	unsigned char want[PCHAT_NTLM_SIGNATURE];

	if (n != sizeof(want))
		return false;
	pchat_ntlm_sign(&keys->client, text, want);
	return pchat_ntlm_same(want, p, n);
}

static void
free_context(void *context)
{
	if (context)
		explicit_bzero(context, sizeof(struct pchat_ntlm_keys));
	free(context);
}

const struct pchat_sip_mechanism pchat_ntlm_mechanism = {
	.scheme = "NTLM",
	.sign = sign,
	.verify = verify,
	.free = free_context,
};

#else

bool
pchat_ntlm_built(void)
{
	return false;
}

enum pchat_code
pchat_ntlm_hash(struct pchat_str password, unsigned char ret[PCHAT_NTLM_HASH],
                struct pchat_err *err)
{
	(void)password, (void)ret;
	pchat_fail(err, PCHAT_UNAVAILABLE, "NTLM is not built in");
	pchat_hint(err, "build with nettle-dev installed");
	return PCHAT_UNAVAILABLE;
}

enum pchat_code
pchat_ntlm_accept(const struct pchat_ntlm_question *q, struct pchat_str challenge,
                  const struct pchat_ntlm_answer *answer, const unsigned char *hash,
                  void **ret_context, struct pchat_err *err)
{
	(void)q, (void)challenge, (void)answer, (void)hash, (void)ret_context;
	return pchat_fail(err, PCHAT_DENIED, "NTLM is not built in");
}

/* Nothing is ever made for it. */
const struct pchat_sip_mechanism pchat_ntlm_mechanism = { .scheme = "NTLM" };

#endif
