/*
 * A blocking byte stream for the client: TCP or TLS, every call with a deadline
 * (pchat_monotonic()).
 */
#pragma once

#include "base/buf.h"

struct psip_stream;

struct psip_stream_options {
	const char *ca_file; /* NULL: what the system trusts */
	bool insecure;       /* take any certificate */
	const char
		*domain; /* SIP domain that is called: certificates for it are good, too; or NULL */
};

/* Connect to "tcp:HOST:PORT" or "tls:HOST:PORT"; the certificate must be good for HOST or the
 * domain by the rules of RFC 5922, or for HOST as an address. */
enum pchat_code psip_stream_open(const char *target, const struct psip_stream_options *opt,
                                 int64_t deadline, struct psip_stream **ret, struct pchat_err *err);
void psip_stream_free(struct psip_stream *s);
enum pchat_code psip_stream_write(struct psip_stream *s, struct pchat_str data, int64_t deadline,
                                  struct pchat_err *err);
/* Wait for something and append it to @in. PCHAT_UNAVAILABLE at the deadline or the end. */
enum pchat_code psip_stream_read(struct psip_stream *s, struct pchat_buf *in, int64_t deadline,
                                 struct pchat_err *err);
/* Our address as it stands in Via: "127.0.0.1:40000". */
const char *psip_stream_local(const struct psip_stream *s);
bool psip_stream_tls(const struct psip_stream *s);
