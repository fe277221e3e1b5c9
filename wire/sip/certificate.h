/*
 * Certificates as files: what agent.pem holds, the file pchatd shows who it is by.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define PCHAT_CERTIFICATE_NAME  256
#define PCHAT_CERTIFICATE_CHAIN 16 /* more are not looked at */

struct pchat_certificate {
	char name[PCHAT_CERTIFICATE_NAME]; /* common name as it stands there; "" if there is none */
	int days;                          /* until it ends; negative: it has */
	bool early;                        /* it is not valid yet */
};

enum pchat_certificate_key {
	PCHAT_KEY_NONE,  /* there is none that can be read without a passphrase */
	PCHAT_KEY_OTHER, /* it is not that of the first certificate */
	PCHAT_KEY_FITS,
};

struct pchat_certificate_file {
	struct pchat_certificate v[PCHAT_CERTIFICATE_CHAIN]; /* the first is one's own */
	size_t n;
	enum pchat_certificate_key key;
};

/* Read the PEM file. PCHAT_UNAVAILABLE if it cannot be opened; that it holds nothing is .n == 0. */
enum pchat_code pchat_certificate_read(const char *path, struct pchat_certificate_file *ret,
                                       struct pchat_err *err);
