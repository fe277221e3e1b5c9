/*
 * The cryptography of NTLMv2 ([MS-NLMP] 3.3.2, 3.4.4, 3.4.5): MD4, MD5, HMAC-MD5 and RC4 are of
 * nettle, what they are put together to is here. Only there if built with nettle.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

#define PCHAT_NTLM_KEY 16
/* The number all messages have (real-client.md section 4.5). */
#define PCHAT_NTLM_SEQUENCE  100u
#define PCHAT_NTLM_SIGNATURE 16

/* MD4 of a password in UTF-16LE. */
void pchat_ntlm_digest(const unsigned char *utf16, size_t n, unsigned char ret[PCHAT_NTLM_KEY]);

/* The key of user and domain as sent, UTF-16LE; small ASCII letters of the user count as capitals.
 * NTOWFv2 */
void pchat_ntlm_user_key(const unsigned char hash[PCHAT_NTLM_KEY], struct pchat_str user16,
                         struct pchat_str domain16, unsigned char ret[PCHAT_NTLM_KEY]);
/* HMAC-MD5 of @a and @b, one behind the other. */
void pchat_ntlm_hmac(const unsigned char key[PCHAT_NTLM_KEY], struct pchat_str a,
                     struct pchat_str b, unsigned char ret[PCHAT_NTLM_KEY]);
/* RC4 of a key by a key. */
void pchat_ntlm_rc4(const unsigned char key[PCHAT_NTLM_KEY],
                    const unsigned char text[PCHAT_NTLM_KEY], unsigned char ret[PCHAT_NTLM_KEY]);
/* In time that does not depend on the octets. */
bool pchat_ntlm_same(const void *a, const void *b, size_t n);

/* Both directions; filled from the exported session key. */
struct pchat_ntlm_keys {
	struct pchat_ntlm_direction {
		unsigned char sign[PCHAT_NTLM_KEY], seal[PCHAT_NTLM_KEY];
	} client, server;
};
void pchat_ntlm_keys(struct pchat_ntlm_keys *keys, const unsigned char session[PCHAT_NTLM_KEY]);

/* The signature of @text, with the number that never changes. */
void pchat_ntlm_sign(const struct pchat_ntlm_direction *d, struct pchat_str text,
                     unsigned char ret[PCHAT_NTLM_SIGNATURE]);
