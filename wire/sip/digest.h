/*
 * HTTP Digest as SIP uses it (RFC 2617, RFC 7616, RFC 8760), server and client
 * side. Nothing is kept per challenge: a nonce carries its time and an HMAC that
 * binds it to one connection. What a password file holds is HA1, one per
 * algorithm, never the password.
 *
 * Not in RFC 3261 but needed: pidgin-sipe computes with uri="(null)"
 * (real-client.md section 4.6), so HA2 is taken over the uri parameter as sent.
 */
#pragma once

#include "base/buf.h"

enum pchat_digest_alg {
	PCHAT_DIGEST_MD5,
	PCHAT_DIGEST_SHA256,
};

/* "MD5", "SHA-256": the word of the algorithm parameter. */
const char *pchat_digest_alg_name(enum pchat_digest_alg alg);
/* Without regard to case; an empty @word is MD5 (RFC 7616 3.3). False for anything else. */
bool pchat_digest_alg_parse(struct pchat_str word, enum pchat_digest_alg *ret);

/* Lower-case hexadecimal digest with its terminator, enough for every algorithm. */
#define PCHAT_DIGEST_HEX 65

/* HA1 = H(username ":" realm ":" password), the value to store. */
enum pchat_code pchat_digest_ha1(enum pchat_digest_alg alg, struct pchat_str username,
                                 struct pchat_str realm, struct pchat_str password,
                                 char ret_hex[PCHAT_DIGEST_HEX], struct pchat_err *err);

/* One Authorization or Proxy-Authorization header. Views into the request; a parameter that was
 * absent is empty. Quotes and escapes are resolved. */
struct pchat_sip_credentials {
	struct pchat_str scheme; /* "Digest", "NTLM", "Kerberos" */
	struct pchat_str username;
	struct pchat_str realm;
	struct pchat_str nonce;
	struct pchat_str uri;
	struct pchat_str qop;
	struct pchat_str nc;
	struct pchat_str cnonce;
	struct pchat_str opaque;
	struct pchat_str algorithm;
	struct pchat_str response;
	struct pchat_str gssapi_data; /* these of [MS-SIPAE] */
	struct pchat_str targetname;
	struct pchat_str version;
	struct pchat_str crand;
	struct pchat_str cnum;
};

/* The secret the nonces of one process are made with. */
struct pchat_digest_key {
	unsigned char secret[32];
};
void pchat_digest_key_init(struct pchat_digest_key *key);

/* How long a nonce may be used after it was handed out. */
#define PCHAT_DIGEST_NONCE_SECONDS 300
/* Length of a nonce text with its terminator. */
#define PCHAT_DIGEST_NONCE_MAX 64

/* A nonce for @conn_id, good from @now (pchat_now()) on. */
enum pchat_code pchat_digest_nonce(const struct pchat_digest_key *key, uint64_t conn_id,
                                   int64_t now, char ret[PCHAT_DIGEST_NONCE_MAX],
                                   struct pchat_err *err);

/* The value of a Proxy-Authenticate or WWW-Authenticate header, without name and line end.
 * @stale: the answer was right, only the nonce too old. */
void pchat_digest_challenge(struct pchat_buf *out, enum pchat_digest_alg alg,
                            struct pchat_str realm, const char *nonce, bool stale);

enum pchat_digest_verdict {
	PCHAT_DIGEST_RIGHT,
	PCHAT_DIGEST_STALE,     /* right, but the nonce is too old: challenge again */
	PCHAT_DIGEST_WRONG,     /* wrong password, or an answer made for somebody else */
	PCHAT_DIGEST_FOREIGN,   /* a nonce that is not ours or not of this connection: challenge */
	PCHAT_DIGEST_REPLAYED,  /* the nonce count did not grow */
	PCHAT_DIGEST_MALFORMED, /* a parameter is missing or senseless */
};

/* The highest nonce count seen, kept by the caller per connection; start with { 0 }. */
struct pchat_digest_count {
	int64_t nonce_time;
	uint32_t nc;
};

/* Check @cred for @method against the stored @ha1 (lower-case hex of @alg; NULL for an unknown
 * user: takes the same time and is never right). Only qop=auth is offered and taken. @count is
 * moved forward when the verdict is RIGHT; NULL to accept repeated counts. */
enum pchat_digest_verdict pchat_digest_check(const struct pchat_digest_key *key,
                                             const struct pchat_sip_credentials *cred,
                                             struct pchat_str method, enum pchat_digest_alg alg,
                                             const char *ha1, uint64_t conn_id, int64_t now,
                                             struct pchat_digest_count *count);

/* Client side: response parameter for the values in @cred (nonce, uri, qop, nc, cnonce). */
enum pchat_code pchat_digest_response(enum pchat_digest_alg alg,
                                      const struct pchat_sip_credentials *cred,
                                      struct pchat_str method, const char *ha1,
                                      char ret_hex[PCHAT_DIGEST_HEX], struct pchat_err *err);

/* Read the value of a credentials or challenge header ("Digest realm=\"x\", nonce=\"y\"").
 * @scratch holds the unescaped text the views of @ret point into, and must live as long as they.
 * False if it is not of that form. Unknown parameters are passed over. */
bool pchat_digest_parse(struct pchat_str header, struct pchat_buf *scratch,
                        struct pchat_sip_credentials *ret);
