/*
 * Any octets as an AUTHENTICATE of NTLM: what is read lies within it, the names are what was sent,
 * and nothing that was not made with the password signs in.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "wire/sipae/ntlm.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

static void
lies_within(struct pchat_str part, struct pchat_str whole)
{
	want(part.n == 0 || (part.p >= whole.p && part.n <= whole.n &&
	                     (size_t)(part.p - whole.p) <= whole.n - part.n));
}

static void
is_name(const char *name, struct pchat_str utf16)
{
	want(strlen(name) * 2 == utf16.n && strlen(name) <= PCHAT_NTLM_NAME_MAX);
	for (size_t i = 0; name[i]; i++)
		want(name[i] > ' ' && name[i] < 0x7f && name[i] == utf16.p[2 * i] &&
		     utf16.p[2 * i + 1] == 0);
}

static void
check(const struct pchat_ntlm_answer *a, struct pchat_str message)
{
	const struct pchat_str parts[] = { a->user16,   a->domain16, a->proof,
		                           a->response, a->key,      a->mic };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		lies_within(parts[i], message);
	is_name(a->user, a->user16);
	is_name(a->domain, a->domain16);
	want(a->proof.n == 16 && a->key.n == 16 && (a->mic.n == 0 || a->mic.n == 16));
	want(message.n <= PCHAT_NTLM_MESSAGE_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pchat_ntlm_question question = { .nonce = { 1, 2, 3, 4, 5, 6, 7, 8 } };
	static const unsigned char hash[PCHAT_NTLM_HASH] = { 0xa4, 0xf4, 0x9c };
	struct pchat_str message = { (const char *)data, size };
	struct pchat_ntlm_answer answer;
	void *context = NULL;

	if (pchat_ntlm_read(message, &answer, NULL))
		return 0;
	check(&answer, message);
	want(pchat_ntlm_accept(&question, PCHAT_STR("asked"), &answer, hash, &context, NULL) ==
	     PCHAT_DENIED);
	want(pchat_ntlm_accept(&question, PCHAT_STR("asked"), &answer, NULL, &context, NULL) ==
	     PCHAT_DENIED);
	want(!context);
	return 0;
}
