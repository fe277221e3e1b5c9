#include "wire/sip/internal.h"

#include <errno.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/auto.h"

/* Certificates in a chain, beyond the first. */
#define CHAIN_MAX 16

struct psip_cert {
	EVP_PKEY *key;
	X509 *leaf;
	STACK_OF(X509) * chain;
	X509_STORE *authorities; /* who vouches for clients; NULL: they are not asked */
};

void
psip_cert_free(struct psip_cert *cert)
{
	if (!cert)
		return;
	EVP_PKEY_free(cert->key);
	X509_free(cert->leaf);
	sk_X509_pop_free(cert->chain, X509_free);
	X509_STORE_free(cert->authorities);
	free(cert);
}

static enum pchat_code
refuse(const char *path, const char *why, struct pchat_err *err)
{
	ERR_clear_error();
	pchat_fail(err, PCHAT_INVALID, "cannot use '%s': %s", path, why);
	pchat_hint(err, "it must hold the private key without a passphrase, the server's "
	                "certificate, then the certificates that vouch for it, in PEM");
	return PCHAT_INVALID;
}

/* No passphrase: never ask on the terminal. */
static int
no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf, (void)size, (void)writing, (void)ctx;
	return -1;
}

static bool
read_chain(BIO *file, struct psip_cert *cert)
{
	X509 *x;

	cert->chain = sk_X509_new_null();
	while (cert->chain && (x = PEM_read_bio_X509(file, NULL, no_passphrase, NULL))) {
		if (sk_X509_num(cert->chain) >= CHAIN_MAX || !sk_X509_push(cert->chain, x)) {
			X509_free(x);
			return false;
		}
	}
	ERR_clear_error();
	return cert->chain;
}

/* Key and certificates may stand in any order: two passes. */
static enum pchat_code
read_file(BIO *file, const char *path, struct psip_cert *cert, struct pchat_err *err)
{
	cert->key = PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
	if (!cert->key)
		return refuse(path, "no private key in it", err);
	if (BIO_seek(file, 0) < 0)
		return refuse(path, "it cannot be read twice", err);
	cert->leaf = PEM_read_bio_X509(file, NULL, no_passphrase, NULL);
	if (!cert->leaf)
		return refuse(path, "no certificate in it", err);
	if (!read_chain(file, cert))
		return refuse(path, "its chain is too long", err);
	if (!X509_check_private_key(cert->leaf, cert->key))
		return refuse(path, "the key does not belong to the first certificate", err);
	return PCHAT_OK;
}

static enum pchat_code
read_authorities(const char *dir, struct psip_cert *cert, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/cafile.pem", dir);

	cert->authorities = X509_STORE_new();
	if (!path || !cert->authorities)
		return pchat_no_memory(err);
	if (X509_STORE_load_file(cert->authorities, path))
		return PCHAT_OK;
	ERR_clear_error();
	pchat_fail(err, PCHAT_INVALID, "cannot use '%s': no certificate in it can be read", path);
	pchat_hint(err, "it must hold the certificates, in PEM, that vouch for clients");
	return PCHAT_INVALID;
}

enum pchat_code
psip_cert_load(const char *dir, bool verify, struct psip_cert **ret, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/agent.pem", dir);
	struct psip_cert *cert = calloc(1, sizeof(*cert));
	enum pchat_code code;
	BIO *file = NULL;

	if (!path || !cert) {
		free(cert);
		return pchat_no_memory(err);
	}
	file = BIO_new_file(path, "r");
	if (file)
		code = read_file(file, path, cert, err);
	else
		code = refuse(path, strerror(errno), err);
	BIO_free(file);
	if (code == PCHAT_OK && verify)
		code = read_authorities(dir, cert, err);
	if (code == PCHAT_OK)
		*ret = cert;
	else
		psip_cert_free(cert);
	return code;
}

void
psip_cert_use(const struct psip_cert *cert, SSL *ssl)
{
	/* The library has loaded the first certificate only, and only once. */
	if (!SSL_use_cert_and_key(ssl, cert->leaf, cert->key, cert->chain, 1))
		ERR_clear_error();
	if (!cert->authorities)
		return;
	/* The same for those who vouch for clients; and a session resumed would not ask them. */
	SSL_set1_verify_cert_store(ssl, cert->authorities);
	SSL_set_options(ssl, SSL_OP_NO_TICKET);
	SSL_set_num_tickets(ssl, 0);
}

/* ---- the certificate of a peer ---- */

X509 *
psip_cert_of_peer(SSL *ssl)
{
	return SSL_get_verify_result(ssl) == X509_V_OK ? SSL_get1_peer_certificate(ssl) : NULL;
}
