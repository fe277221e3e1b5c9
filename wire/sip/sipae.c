#include "wire/sip/sipae.h"

/* ---- the signed text ---- */

static void
add(struct pchat_buf *out, struct pchat_str s)
{
	pchat_buf_char(out, '<');
	pchat_buf_str(out, s);
	pchat_buf_char(out, '>');
}

void
pchat_sipae_text(struct pchat_buf *out, const struct pchat_sipae_fields *f)
{
	const struct pchat_str ours[] = { f->scheme, f->rand, f->num, f->realm, f->target };

	for (size_t i = 0; i < PCHAT_N(ours); i++)
		add(out, ours[i]);
	pchat_sipae_text_of_message(out, f);
}

void
pchat_sipae_text_of_message(struct pchat_buf *out, const struct pchat_sipae_fields *f)
{
	const struct pchat_str after[] = {
		f->method, f->from,         f->from_tag,     f->to,
		f->to_tag, f->sip_identity, f->tel_identity, f->expires
	};

	add(out, f->call_id);
	pchat_buf_char(out, '<');
	pchat_buf_uint(out, f->cseq);
	pchat_buf_char(out, '>');
	for (size_t i = 0; i < PCHAT_N(after); i++)
		add(out, after[i]);
	if (!f->status)
		return;
	pchat_buf_char(out, '<');
	pchat_buf_uint(out, f->status);
	pchat_buf_char(out, '>');
}

bool
pchat_sipae_fresh(uint32_t *last, struct pchat_str cnum)
{
	uint64_t n;

	if (!pchat_str_uint(cnum, UINT32_MAX, &n) || n <= *last)
		return false;
	*last = (uint32_t)n;
	return true;
}

/* ---- hexadecimal ---- */

/* Of each character its digit and one more; 0: it is none. */
static const unsigned char digits_of[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool
pchat_sipae_unhex(struct pchat_str hex, unsigned char *ret, size_t max, size_t *ret_n)
{
	if (hex.n % 2 || hex.n / 2 > max)
		return false;
	for (size_t i = 0; i < hex.n; i += 2) {
		unsigned high = digits_of[(unsigned char)hex.p[i]];
		unsigned low = digits_of[(unsigned char)hex.p[i + 1]];

		if (!high || !low)
			return false;
		ret[i / 2] = (unsigned char)((high - 1) << 4 | (low - 1));
	}
	*ret_n = hex.n / 2;
	return true;
}

void
pchat_sipae_hex(struct pchat_buf *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		pchat_buf_char(out, digits[p[i] >> 4]);
		pchat_buf_char(out, digits[p[i] & 15]);
	}
}

/* ---- base64 ---- */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
sextet_of(char c)
{
	const char *at = c ? strchr(base64, c) : NULL;

	return at ? (int)(at - base64) : -1;
}

/* Four characters, of which the last @pad are padding. */
static bool
read_quad(const char *p, size_t pad, struct pchat_buf *out)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		int sextet = i < 4 - pad ? sextet_of(p[i]) : 0;

		if (sextet < 0)
			return false;
		v = v << 6 | (uint32_t)sextet;
	}
	/* Bits that reach no octet would be a second spelling of the same token. */
	if (v & ((UINT32_C(1) << (8 * pad)) - 1))
		return false;
	for (size_t i = 0; i < 3 - pad; i++)
		pchat_buf_char(out, (char)(v >> (16 - 8 * i)));
	return true;
}

bool
pchat_sipae_unbase64(struct pchat_str text, struct pchat_buf *out)
{
	const char *end = text.p + text.n;
	size_t pad = 0;

	if (text.n % 4)
		return false;
	if (text.n > 0 && end[-1] == '=')
		pad = end[-2] == '=' ? 2 : 1;
	if (text.n / 4 * 3 - pad > PCHAT_SIPAE_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < text.n; i += 4) {
		if (!read_quad(text.p + i, i + 4 == text.n ? pad : 0, out))
			return false;
	}
	return pchat_buf_ok(out);
}

void
pchat_sipae_base64(struct pchat_buf *out, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;

		if (have > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			v |= p[i + 2];
		for (size_t k = 0; k < 4; k++)
			pchat_buf_char(out,
			               (char)(k <= have ? base64[v >> (18 - 6 * k) & 63] : '='));
	}
}
