/*
 * For whom a certificate speaks: the SIP domains in it (RFC 5922).
 */
#pragma once

#include <stdbool.h>

#include <openssl/types.h>

#include "base/buf.h"

/* Does @cert speak for the SIP domain @domain? RFC 5922 section 7.1: the sip: URIs in it without a
 * user; if there are none its DNS names; if it has no such names of any kind
 * its common name. Section 7.2:
 * whole names, no wildcards. */
bool psip_cert_is(const X509 *cert, const char *domain);
/* Is it for the IP address @host? False if that is no address. */
bool psip_cert_is_address(X509 *cert, const char *host);
/* Append the names of @cert that count, as "'a', 'b'": for people. */
void psip_cert_names(const X509 *cert, struct pchat_buf *out);
