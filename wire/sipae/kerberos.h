/*
 * Kerberos for [MS-SIPAE]: takes the token of a client by the keys of this server
 * and signs with what comes of it. GSSAPI (MIT krb5), the mechanism krb5 alone.
 * Optional when built. Recipe: real-client.md section 4.5.
 */
#pragma once

#include "wire/sip/seal.h"

/* Longest principal that is taken, with its terminator. */
#define PCHAT_KERBEROS_PRINCIPAL_MAX 257
/* An association lives for as long as its ticket, and this many seconds at most. */
#define PCHAT_KERBEROS_SECONDS_MAX (8u * 3600)

struct pchat_kerberos;

/* Is it built in? */
bool pchat_kerberos_built(void);

/* The keys of sip/@host from the file @keytab (NULL: the one the library finds, KRB5_KTNAME).
 * PCHAT_UNAVAILABLE if there are none, or it is not built in. */
enum pchat_code pchat_kerberos_new(const char *host, const char *keytab,
                                   struct pchat_kerberos **ret, struct pchat_err *err);
void pchat_kerberos_free(struct pchat_kerberos *k);
PCHAT_AUTO_DEFINE(kerberos, pchat_kerberos_free)

struct pchat_kerberos_peer {
	void *context; /* for pchat_kerberos_mechanism; the caller's to hand on or free */
	uint32_t seconds;
	char principal[PCHAT_KERBEROS_PRINCIPAL_MAX]; /* "amy@CONTOSO.EXAMPLE" */
};

/* Take a client's token. From any thread, several at once. PCHAT_DENIED with the library's reason:
 * it is damaged, expired, for others, or was seen before. PCHAT_UNAVAILABLE: our own keys are not
 * where they were. */
enum pchat_code pchat_kerberos_accept(const struct pchat_kerberos *k, struct pchat_str token,
                                      struct pchat_kerberos_peer *ret, struct pchat_err *err);

extern const struct pchat_sip_mechanism pchat_kerberos_mechanism;
