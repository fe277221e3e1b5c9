/*
 * The messages of connectionless NTLM ([MS-NLMP] 2.2.1.2, 2.2.1.3): our CHALLENGE as octets, a
 * client's AUTHENTICATE as views into it. No cryptography.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define PCHAT_NTLM_NONCE 8
/* Octets of an AUTHENTICATE; real ones have about 300. */
#define PCHAT_NTLM_MESSAGE_MAX 4096u
/* Characters of a name in one. */
#define PCHAT_NTLM_NAME_MAX 255u

/* What a server asks a client with; used once. */
struct pchat_ntlm_question {
	unsigned char nonce[PCHAT_NTLM_NONCE];
	int64_t time; /* microseconds since 1970; 0: it does not tell the time */
};

/* Append the CHALLENGE of the server @host ("chat.contoso.example") in @domain. The same arguments
 * give the same octets. */
void pchat_ntlm_challenge(struct pchat_buf *out, const struct pchat_ntlm_question *q,
                          const char *host, const char *domain);

struct pchat_ntlm_answer {
	struct pchat_str message;
	struct pchat_str user16, domain16; /* as sent, UTF-16LE */
	char user[PCHAT_NTLM_NAME_MAX + 1], domain[PCHAT_NTLM_NAME_MAX + 1];
	struct pchat_str proof;    /* NTProofStr, 16 octets */
	struct pchat_str response; /* what is proved: the rest of the NTLMv2 response */
	struct pchat_str key;      /* EncryptedRandomSessionKey, 16 octets */
	struct pchat_str mic;      /* 16 octets of .message; empty: the client sent none */
};

/* Read an AUTHENTICATE; views live as long as @message. PCHAT_DENIED with the reason: it is
 * damaged, from an older NTLM, nobody's, or not made for signatures; a name has other than printing
 * ASCII characters. */
enum pchat_code pchat_ntlm_read(struct pchat_str message, struct pchat_ntlm_answer *ret,
                                struct pchat_err *err);
