/*
 * A security association of [MS-SIPAE] on a connection: from the moment it is
 * set, every final answer and every request of ours carries Authentication-Info
 * with a signature, and what the client sends is checked. What signs is behind a
 * mechanism (Kerberos: wire/sipae/kerberos.h). Rules: real-client.md 4.2 to 4.4.
 */
#pragma once

#include "wire/sip/sip.h"
#include "wire/sip/sipae.h"

#define PCHAT_SIPAE_REALM "SIP Communications Service"

/* How texts are signed; .context is one association's, used on the SIP thread only. */
struct pchat_sip_mechanism {
	const char *scheme; /* as in the headers: "Kerberos" */
	/* The signature into @ret, which has PCHAT_SIPAE_SIGNATURE_MAX octets; returns its length,
	 * 0 if it cannot any more. */
	size_t (*sign)(void *context, struct pchat_str text, unsigned char *ret);
	bool (*verify)(void *context, struct pchat_str text, const unsigned char *p, size_t n);
	void (*free)(void *context);
};

struct pchat_sip_seal;

/* An association with the service @target ("sip/chat.contoso.example", copied), which the client
 * knows as @opaque from its challenge; 0: by a new one. Takes @context also on failure. */
enum pchat_code pchat_sip_seal_new(const struct pchat_sip_mechanism *mechanism, void *context,
                                   const char *target, uint32_t opaque, struct pchat_sip_seal **ret,
                                   struct pchat_err *err);
void pchat_sip_seal_free(struct pchat_sip_seal *s);
PCHAT_AUTO_DEFINE(sip_seal, pchat_sip_seal_free)

/* Is @txn signed with @s, by a number not seen before? Counts the number as seen only if it is. */
enum pchat_sip_unsealed pchat_sip_seal_check(struct pchat_sip_seal *s,
                                             const struct pchat_sip_txn *txn);

/* Use @s (taken, also on failure) on @conn from now on, instead of the one before, for @seconds at
 * most; the connection is closed then. PCHAT_CONFLICT if it has dialogs from before its first
 * association, which cannot be signed. */
enum pchat_code pchat_sip_conn_seal(struct pchat_sip_conn *conn, struct pchat_sip_seal *s,
                                    uint32_t seconds, struct pchat_err *err);
/* Its client makes a new association: until that is set only REGISTER is let through, nothing is
 * signed, and INFO wait. Without effect on a connection that has none. */
void pchat_sip_conn_rekey(struct pchat_sip_conn *conn);
/* Has it an association? */
bool pchat_sip_conn_sealed(const struct pchat_sip_conn *conn);

/* The value of a WWW-Authenticate header that asks for an association. */
void pchat_sip_seal_challenge(struct pchat_buf *out, const char *scheme, const char *target);
