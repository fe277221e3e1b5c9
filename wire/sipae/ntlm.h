/*
 * NTLMv2 for [MS-SIPAE], in its connectionless form: the client's first token is empty, the server
 * asks, the client answers, and both sign. Optional when built. It is weak by today's measure: for
 * TLS alone, and only where it is asked for. Recipe: real-client.md section 4.5; [MS-NLMP].
 *
 * An answer that is passed on from another service is of no use here, for the message it comes
 * with has to be signed with the session key, and the text that is signed names this server.
 */
#pragma once

#include "wire/sip/seal.h"
#include "wire/sipae/ntlm_message.h"

/* The NT hash of a password is as good as the password. */
#define PCHAT_NTLM_HASH 16
/* Longest password, in octets of UTF-8. */
#define PCHAT_NTLM_PASSWORD_MAX 1024u

/* Is it built in? */
bool pchat_ntlm_built(void);

/* PCHAT_INVALID: it is no UTF-8, empty or too long; PCHAT_UNAVAILABLE: not built in. */
enum pchat_code pchat_ntlm_hash(struct pchat_str password, unsigned char ret[PCHAT_NTLM_HASH],
                                struct pchat_err *err);

/* Does @answer come from who knows the password of @hash (NULL: nobody does, which takes as long to
 * find out), to @q, whose CHALLENGE was @challenge? *@ret_context is for pchat_ntlm_mechanism.
 * PCHAT_DENIED: no. From any thread. */
enum pchat_code pchat_ntlm_accept(const struct pchat_ntlm_question *q, struct pchat_str challenge,
                                  const struct pchat_ntlm_answer *answer, const unsigned char *hash,
                                  void **ret_context, struct pchat_err *err);

extern const struct pchat_sip_mechanism pchat_ntlm_mechanism;
