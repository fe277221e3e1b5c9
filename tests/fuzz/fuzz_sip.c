/*
 * What our own code reads of SIP: messages as the client cuts them out of a stream, heads before
 * the library may parse them, Digest headers.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "wire/sip/digest.h"
#include "wire/sip/guard.h"
#include "wire/sip/message.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

static void
within(struct pchat_str part, const struct pchat_buf *whole)
{
	want(part.n == 0 || (part.p >= whole->p && part.p + part.n <= whole->p + whole->n));
}

static void
look_at(const struct psip_message *m, const struct pchat_buf *in)
{
	static const char *const names[] = { "Via", "From", "Call-ID", "CSeq", "Contact", "X" };
	uint32_t cseq;

	within(m->head, in);
	within(m->body, in);
	want((m->status == 0) == (m->method.n > 0));
	for (size_t i = 0; i < PCHAT_N(names); i++) {
		struct pchat_str v = psip_message_header(m, names[i], 0);

		within(v, in);
		within(psip_address(v), in);
		within(psip_parameter(v, "tag"), in);
		want(!v.p || !psip_message_header(m, names[i], UINT32_MAX).p);
	}
	(void)psip_message_cseq(m, "INFO", &cseq);
}

/* A stream of messages, as far as it goes. */
static void
messages(const uint8_t *data, size_t size)
{
	PCHAT_AUTO_VALUE(buf) in = { 0 };

	pchat_buf_add(&in, data, size);
	while (in.n > 0) {
		struct psip_message m = { 0 };
		size_t n = 0;

		if (psip_message_read(&in, &m, &n, NULL))
			return;
		want(n > 0 && n <= in.n);
		look_at(&m, &in);
		memmove(in.p, in.p + n, in.n - n);
		in.n -= n;
	}
}

/* Does it begin as no message does? */
static bool
is_odd(const char *p, size_t n)
{
	while (n > 0 && (*p == '\r' || *p == '\n')) {
		p++;
		n--;
	}
	return n > 0 && (*p <= ' ' || *p > '~' || strchr("\"#$&(),/:;<=>?@[\\]^{|}", *p));
}

static void
head(const char *p, size_t n)
{
	enum psip_head whole = psip_head_look(p, n, PSIP_HEAD_MAX);
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	/* What is partial stays so with less of it. */
	if (whole == PSIP_HEAD_PARTIAL) {
		want(n <= PSIP_HEAD_MAX + (size_t)2 * PSIP_LINES_MAX || lines > 0);
		want(n == 0 || psip_head_look(p, n - 1, PSIP_HEAD_MAX) != PSIP_HEAD_REFUSED);
	}
	want(whole != PSIP_HEAD_REFUSED || lines > PSIP_LINES_MAX || n > PSIP_ITEMS_MAX ||
	     is_odd(p, n));
}

static void
digest(struct pchat_str text)
{
	PCHAT_AUTO_VALUE(buf) scratch = { 0 };
	struct pchat_sip_credentials cred = { 0 };
	struct pchat_digest_key key = { { 0 } };

	if (!pchat_digest_parse(text, &scratch, &cred))
		return;
	want(cred.scheme.n > 0);
	within(cred.username, &scratch);
	within(cred.response, &scratch);
	/* Nobody guesses an HMAC. */
	want(pchat_digest_check(&key, &cred, PCHAT_STR("REGISTER"), PCHAT_DIGEST_MD5, NULL, 1, 0,
	                        NULL) != PCHAT_DIGEST_RIGHT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	messages(data, size);
	head((const char *)data, size);
	digest((struct pchat_str){ (const char *)data, size });
	return 0;
}
