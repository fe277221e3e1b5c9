/*
 * The pure part of [MS-SIPAE] (versions 3 and 4): the text both sides sign, the
 * order of numbers, and the spellings of tokens and signatures. What a mechanism
 * makes of the text is behind struct pchat_sip_seal (wire/sip/seal.h).
 * Rules: real-client.md sections 4.2 to 4.4.
 */
#pragma once

#include "base/buf.h"

/* Longest token, decoded, and longest signature in octets. */
#define PCHAT_SIPAE_TOKEN_MAX     (64u << 10)
#define PCHAT_SIPAE_SIGNATURE_MAX 256u

/* What a message is signed for: views of it as it stands there, without unescaping. A field that
 * is absent is empty, and stands in the text all the same. */
struct pchat_sipae_fields {
	struct pchat_str scheme; /* "Kerberos", "NTLM" */
	struct pchat_str rand;   /* crand, srand */
	struct pchat_str num;    /* cnum, snum */
	struct pchat_str realm;
	struct pchat_str target; /* targetname */
	struct pchat_str call_id;
	uint32_t cseq;
	struct pchat_str method;
	struct pchat_str from; /* the URI between < and > */
	struct pchat_str from_tag;
	struct pchat_str to;
	struct pchat_str to_tag;
	struct pchat_str sip_identity; /* sip: URI of P-Asserted-Identity, else of
	                                  P-Preferred-Identity */
	struct pchat_str tel_identity; /* tel: URI of the same header */
	struct pchat_str expires;      /* the Expires header; nothing else counts */
	unsigned status;               /* of an answer; 0: a request, which lacks the field */
};

/* Append the signed text. */
void pchat_sipae_text(struct pchat_buf *out, const struct pchat_sipae_fields *f);
/* Append the part of it from Call-ID on. */
void pchat_sipae_text_of_message(struct pchat_buf *out, const struct pchat_sipae_fields *f);

/* Is @cnum the number of a further message of the peer? Numbers grow by at least one, for a
 * stream keeps the order; what was seen, or is no number of 32 bits, is refused. Moves *@last
 * only if it is. */
bool pchat_sipae_fresh(uint32_t *last, struct pchat_str cnum);

/* Hexadecimal digits of either case into @ret; false if they are odd, other or more than @max. */
bool pchat_sipae_unhex(struct pchat_str hex, unsigned char *ret, size_t max, size_t *ret_n);
void pchat_sipae_hex(struct pchat_buf *out, const unsigned char *p, size_t n);

/* Base64 (RFC 4648 section 4) with its padding and nothing else. False for other text and beyond
 * PCHAT_SIPAE_TOKEN_MAX; @out is then not to be used. */
bool pchat_sipae_unbase64(struct pchat_str text, struct pchat_buf *out);
void pchat_sipae_base64(struct pchat_buf *out, const unsigned char *p, size_t n);
