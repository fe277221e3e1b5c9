#include "wire/sipae/ntlm_message.h"

#include <string.h>

#include "base/text.h"

/* Flags of [MS-NLMP] 2.2.2.5. */
enum {
	UNICODE = 0x00000001,
	REQUEST_TARGET = 0x00000004,
	SIGN = 0x00000010,
	DATAGRAM = 0x00000040,
	NTLM = 0x00000200,
	ALWAYS_SIGN = 0x00008000,
	TARGET_IS_DOMAIN = 0x00010000,
	EXTENDED_SECURITY = 0x00080000,
	IDENTIFY = 0x00100000,
	TARGET_INFO = 0x00800000,
	VERSION = 0x02000000,
	KEY_128 = 0x20000000,
	KEY_EXCHANGE = 0x40000000,
};
#define KEY_56 0x80000000u
/* pidgin-sipe wants no less than this (real-client.md section 4.5). */
#define OFFERED                                                                               \
	(UNICODE | REQUEST_TARGET | SIGN | DATAGRAM | NTLM | ALWAYS_SIGN | TARGET_IS_DOMAIN | \
	 EXTENDED_SECURITY | IDENTIFY | TARGET_INFO | VERSION | KEY_128 | KEY_EXCHANGE | KEY_56)
/* Without these there would be no signatures, or weaker keys. */
#define REQUIRED (UNICODE | SIGN | DATAGRAM | NTLM | EXTENDED_SECURITY | KEY_128 | KEY_EXCHANGE)

/* AV_PAIRs of [MS-NLMP] 2.2.2.1. */
enum {
	AV_END = 0,
	AV_COMPUTER = 1,
	AV_DOMAIN = 2,
	AV_DNS_COMPUTER = 3,
	AV_DNS_DOMAIN = 4,
	AV_FLAGS = 6,
	AV_TIMESTAMP = 7,
};
#define AV_FLAG_MIC 0x2u

static const char signature[8] = "NTLMSSP"; /* with its terminator */

/* ---- CHALLENGE ---- */

#define CHALLENGE_FIXED 56u
#define NETBIOS_MAX     15u

static void
put16(struct pchat_buf *out, unsigned v)
{
	pchat_buf_char(out, (char)v);
	pchat_buf_char(out, (char)(v >> 8));
}

static void
put32(struct pchat_buf *out, uint32_t v)
{
	put16(out, v & 0xffff);
	put16(out, v >> 16);
}

static void
put_utf16(struct pchat_buf *out, struct pchat_str ascii)
{
	for (size_t i = 0; i < ascii.n; i++)
		put16(out, (unsigned char)ascii.p[i]);
}

/* The first label of a name in capitals: "CONTOSO". */
static struct pchat_str
netbios_of(const char *name, char room[NETBIOS_MAX])
{
	struct pchat_str rest, label = pchat_str_cut(pchat_str(name), '.', &rest);
	size_t n = label.n < NETBIOS_MAX ? label.n : NETBIOS_MAX;

	for (size_t i = 0; i < n; i++)
		room[i] = (char)(label.p[i] >= 'a' && label.p[i] <= 'z' ? label.p[i] - 'a' + 'A'
		                                                        : label.p[i]);
	return (struct pchat_str){ room, n };
}

static void
put_pair(struct pchat_buf *out, unsigned id, struct pchat_str ascii)
{
	put16(out, id);
	put16(out, (unsigned)ascii.n * 2);
	put_utf16(out, ascii);
}

/* 100 ns since 1601, as Windows counts. */
static void
put_time(struct pchat_buf *out, int64_t time)
{
	uint64_t ticks = (uint64_t)time * 10 + UINT64_C(116444736000000000);

	put16(out, AV_TIMESTAMP);
	put16(out, 8);
	put32(out, (uint32_t)ticks);
	put32(out, (uint32_t)(ticks >> 32));
}

static void
put_target_info(struct pchat_buf *out, const struct pchat_ntlm_question *q, const char *host,
                const char *domain)
{
	char room[NETBIOS_MAX];

	put_pair(out, AV_DOMAIN, netbios_of(domain, room));
	put_pair(out, AV_COMPUTER, netbios_of(host, room));
	put_pair(out, AV_DNS_DOMAIN, pchat_str(domain));
	put_pair(out, AV_DNS_COMPUTER, pchat_str(host));
	if (q->time > 0)
		put_time(out, q->time);
	put16(out, AV_END);
	put16(out, 0);
}

/* Length twice, and where. */
static void
put_place(struct pchat_buf *out, size_t n, size_t at)
{
	put16(out, (unsigned)n);
	put16(out, (unsigned)n);
	put32(out, (uint32_t)at);
}

void
pchat_ntlm_challenge(struct pchat_buf *out, const struct pchat_ntlm_question *q, const char *host,
                     const char *domain)
{
	/* Of Windows 7; [MS-NLMP] 2.2.2.10 has it for debugging only. */
	static const unsigned char version[8] = { 6, 1, 0xb1, 0x1d, 0, 0, 0, 15 };
	PCHAT_AUTO_VALUE(buf) info = { 0 };
	char room[NETBIOS_MAX];
	struct pchat_str target = netbios_of(domain, room);

	put_target_info(&info, q, host, domain);
	pchat_buf_add(out, signature, sizeof(signature));
	put32(out, 2);
	put_place(out, target.n * 2, CHALLENGE_FIXED);
	put32(out, OFFERED);
	pchat_buf_add(out, q->nonce, sizeof(q->nonce));
	put32(out, 0);
	put32(out, 0);
	put_place(out, info.n, CHALLENGE_FIXED + target.n * 2);
	pchat_buf_add(out, version, sizeof(version));
	put_utf16(out, target);
	pchat_buf_str(out, pchat_buf_view(&info));
	out->failed |= !pchat_buf_ok(&info);
}

/* ---- AUTHENTICATE ---- */

/* Where its fields stand. */
enum {
	AT_TYPE = 8,
	AT_LM = 12,
	AT_NT = 20,
	AT_DOMAIN = 28,
	AT_USER = 36,
	AT_HOST = 44,
	AT_KEY = 52,
	AT_FLAGS = 60,
	FIXED = 64,  /* before what the fields point to, at least */
	AT_MIC = 72, /* behind the version */
	FIXED_WITH_MIC = 88,
};
#define HASH 16u
/* Of the part that is proved: the pairs. What stands before them is fixed. */
#define AT_PAIRS 28u

static unsigned
get16(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return u[0] | (unsigned)u[1] << 8;
}

static uint32_t
get32(const char *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

/* What the field at @at points to, behind the first @fixed octets. Where an empty one points to
 * means nothing. */
static bool
get_place(struct pchat_str m, size_t at, size_t fixed, struct pchat_str *ret)
{
	size_t n = get16(m.p + at), from = get32(m.p + at + 4);

	*ret = (struct pchat_str){ m.p, 0 };
	if (n == 0)
		return true;
	if (from < fixed || from > m.n || n > m.n - from)
		return false;
	*ret = (struct pchat_str){ m.p + from, n };
	return true;
}

static bool
get_name(struct pchat_str utf16, char ret[PCHAT_NTLM_NAME_MAX + 1])
{
	size_t n = utf16.n / 2;

	if (utf16.n % 2 || n > PCHAT_NTLM_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned c = get16(utf16.p + 2 * i);

		if (c <= ' ' || c >= 0x7f)
			return false;
		ret[i] = (char)c;
	}
	ret[n] = '\0';
	return true;
}

/* *@ret_mic: do the pairs say that there is a MIC? */
static bool
read_pairs(struct pchat_str pairs, bool *ret_mic)
{
	bool mic = false;

	while (pairs.n >= 4) {
		unsigned id = get16(pairs.p), n = get16(pairs.p + 2);

		if (n > pairs.n - 4)
			return false;
		if (id == AV_END) {
			*ret_mic = mic;
			return n == 0;
		}
		if (id == AV_FLAGS) {
			if (n != 4)
				return false;
			mic = get32(pairs.p + 4) & AV_FLAG_MIC;
		}
		pairs = (struct pchat_str){ pairs.p + 4 + n, pairs.n - 4 - n };
	}
	return false; /* they have no end */
}

/* The NTLMv2 response ([MS-NLMP] 2.2.2.8): proof, then what it is of. */
static enum pchat_code
read_response(struct pchat_ntlm_answer *a, struct pchat_str nt, bool *ret_mic,
              struct pchat_err *err)
{
	enum { V1 = 24 };

	if (nt.n == 0)
		return pchat_fail(err, PCHAT_DENIED, "the token is nobody's");
	if (nt.n == V1)
		return pchat_fail(err, PCHAT_DENIED, "the token is of NTLM version 1");
	if (nt.n < HASH + AT_PAIRS || nt.p[HASH] != 1 || nt.p[HASH + 1] != 1)
		return pchat_fail(err, PCHAT_DENIED, "the token has no response of NTLM version 2");
	a->proof = (struct pchat_str){ nt.p, HASH };
	a->response = (struct pchat_str){ nt.p + HASH, nt.n - HASH };
	if (!read_pairs((struct pchat_str){ a->response.p + AT_PAIRS, a->response.n - AT_PAIRS },
	                ret_mic))
		return pchat_fail(err, PCHAT_DENIED, "the response in the token is damaged");
	return PCHAT_OK;
}

static enum pchat_code
read_fields(struct pchat_ntlm_answer *a, size_t fixed, struct pchat_str *ret_nt,
            struct pchat_err *err)
{
	struct pchat_str m = a->message, ignored;

	if (!get_place(m, AT_LM, fixed, &ignored) || !get_place(m, AT_NT, fixed, ret_nt) ||
	    !get_place(m, AT_DOMAIN, fixed, &a->domain16) ||
	    !get_place(m, AT_USER, fixed, &a->user16) || !get_place(m, AT_HOST, fixed, &ignored) ||
	    !get_place(m, AT_KEY, fixed, &a->key))
		return pchat_fail(err, PCHAT_DENIED, "a field of the token lies outside of it");
	if (!get_name(a->user16, a->user) || !get_name(a->domain16, a->domain))
		return pchat_fail(err, PCHAT_DENIED, "a name in the token is not usable");
	return PCHAT_OK;
}

enum pchat_code
pchat_ntlm_read(struct pchat_str m, struct pchat_ntlm_answer *ret, struct pchat_err *err)
{
	struct pchat_str nt = { 0 };
	bool mic = false;
	enum pchat_code code;

	*ret = (struct pchat_ntlm_answer){ .message = m };
	if (m.n < FIXED || m.n > PCHAT_NTLM_MESSAGE_MAX ||
	    memcmp(m.p, signature, sizeof(signature)) != 0 || get32(m.p + AT_TYPE) != 3)
		return pchat_fail(err, PCHAT_DENIED, "the token is no AUTHENTICATE of NTLM");
	if ((get32(m.p + AT_FLAGS) & REQUIRED) != REQUIRED)
		return pchat_fail(err, PCHAT_DENIED, "the token is not good for signatures");
	code = read_fields(ret, FIXED, &nt, err);
	if (!code)
		code = read_response(ret, nt, &mic, err);
	if (code)
		return code;
	if (ret->key.n != HASH)
		return pchat_fail(err, PCHAT_DENIED, "the token has no session key");
	if (!mic)
		return PCHAT_OK;
	/* Nothing else may lie where the MIC is. */
	if (m.n < FIXED_WITH_MIC)
		return pchat_fail(err, PCHAT_DENIED, "the token lacks the MIC it speaks of");
	ret->mic = (struct pchat_str){ m.p + AT_MIC, HASH };
	return read_fields(ret, FIXED_WITH_MIC, &nt, err);
}
