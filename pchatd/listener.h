/*
 * One --listen: where, how people prove who they are there, and, behind a proxy, which peers are
 * believed what they say about others.
 *
 *	tcp:127.0.0.1:5060
 *	tls:0.0.0.0:5061,auth=digest
 *	tcp:10.0.0.1:5070,auth=proxy,trust=10.0.0.5,trust=10.1.0.0/16
 *	tls:0.0.0.0:5071,auth=proxy,trust=sip.contoso.example,keep=120
 */
#pragma once

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/* Per listener, or for all that say nothing else. */
enum pchat_auth {
	PCHAT_AUTH_STORE, /* as the settings in the store say */
	PCHAT_AUTH_DIGEST,
	PCHAT_AUTH_NONE,
	PCHAT_AUTH_KERBEROS,
	PCHAT_AUTH_NTLM,          /* over TLS only */
	PCHAT_AUTH_KERBEROS_NTLM, /* as the client can; NTLM over TLS only */
	PCHAT_AUTH_PROXY, /* trusted peers assert who speaks; of a listener only, with .nets, .names
	                   */
};

/* The words there are, for those who mistype one. */
#define PCHAT_AUTH_WORDS "digest, kerberos, ntlm, kerberos+ntlm, none or proxy"
/* False for anything else. */
bool pchat_auth_parse(struct pchat_str word, enum pchat_auth *ret);

#define PCHAT_TRUST_MAX 64 /* peers of one listener */

/* Seconds the sessions of a peer wait for it when its connection is lost, and the most of that. */
#define PCHAT_KEEP_SECONDS 60
#define PCHAT_KEEP_MAX     3600

struct pchat_net {
	unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;             /* of these 128 */
};

struct pchat_listener {
	char *spec; /* without options: "tls:HOST:PORT"; owned */
	enum pchat_auth auth;
	PCHAT_VEC(struct pchat_net) nets;
	PCHAT_VEC(char *) names; /* SIP domains of client certificates (RFC 5922); owned */
	uint32_t keep;           /* seconds; 0 where there is no proxy */
	bool has_keep;
};

/* PCHAT_USAGE with a remedy. */
enum pchat_code pchat_listener_parse(const char *text, struct pchat_listener **ret,
                                     struct pchat_err *err);
void pchat_listener_free(struct pchat_listener *l); /* NULL is allowed */
PCHAT_AUTO_DEFINE(listener, pchat_listener_free)

/* Is NTLM among the ways? */
bool pchat_auth_has_ntlm(enum pchat_auth auth);

/* Is a peer at "10.0.0.5:40123" ("[::1]:40123") among the addresses that are trusted? True if only
 * names are. */
bool pchat_listener_trusts_address(const struct pchat_listener *l, const char *peer);
