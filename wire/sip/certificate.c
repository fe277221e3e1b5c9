#include "wire/sip/certificate.h"

#include <stdint.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static void
describe(const X509 *cert, struct pchat_certificate *ret)
{
	int days = 0, seconds = 0;

	ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert));
	/* Less than a day is no whole one, whichever way. */
	ret->days = !days && seconds < 0 ? -1 : days;
	ret->early = X509_cmp_current_time(X509_get0_notBefore(cert)) > 0;
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, ret->name,
	                              sizeof(ret->name)) < 0)
		ret->name[0] = '\0';
}

/* Without a passphrase: pchatd has nobody to ask. */
static enum pchat_certificate_key
judge_key(BIO *bio, const X509 *cert)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");
	enum pchat_certificate_key judged = PCHAT_KEY_NONE;

	if (key)
		judged = X509_check_private_key(cert, key) == 1 ? PCHAT_KEY_FITS : PCHAT_KEY_OTHER;
	EVP_PKEY_free(key);
	return judged;
}

enum pchat_code
pchat_certificate_read(const char *path, struct pchat_certificate_file *ret, struct pchat_err *err)
{
	BIO *bio = BIO_new_file(path, "r");
	X509 *cert, *first = NULL;

	memset(ret, 0, sizeof(*ret));
	if (!bio) {
		ERR_clear_error();
		pchat_fail(err, PCHAT_UNAVAILABLE, "cannot read '%s'", path);
		pchat_hint(err, "check its permissions");
		return PCHAT_UNAVAILABLE;
	}
	while (ret->n < PCHAT_CERTIFICATE_CHAIN &&
	       (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		describe(cert, &ret->v[ret->n]);
		if (ret->n++)
			X509_free(cert);
		else
			first = cert;
	}
	/* The key may stand anywhere: read from the beginning again. */
	if (first && BIO_seek(bio, 0) >= 0)
		ret->key = judge_key(bio, first);
	X509_free(first);
	BIO_free(bio);
	ERR_clear_error();
	return PCHAT_OK;
}
