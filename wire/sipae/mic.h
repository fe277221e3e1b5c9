/*
 * Signatures of RFC 4121 (MIC tokens) by keys that are derived once. GSSAPI derives nothing anew
 * either, but takes four times as long for a text of ours; and there is one for every message.
 * Built with nettle only; without it, and for other enctypes, GSSAPI signs (kerberos.c).
 */
#pragma once

#include "base/buf.h"

/* Longest signature. */
#define PCHAT_MIC_MAX 40

/* The side that accepted a context without a subkey of its own. */
struct pchat_mic;

/* From the key of the context, of @enctype (RFC 3962 and RFC 8009: AES with SHA-1 or SHA-2), that
 * signs with @seq next. NULL: of another enctype or length, or no memory. */
struct pchat_mic *pchat_mic_new(int32_t enctype, const unsigned char *key, size_t n, uint64_t seq);
void pchat_mic_free(struct pchat_mic *m);

/* The signature into @ret; returns its length. */
size_t pchat_mic_sign(struct pchat_mic *m, struct pchat_str text, unsigned char ret[PCHAT_MIC_MAX]);
/* Is it the other side's? Its number is not looked at. */
bool pchat_mic_verify(struct pchat_mic *m, struct pchat_str text, const unsigned char *p, size_t n);
