#include "wire/sip/sip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/auto.h"

#define SERIAL_BITS 127

static bool
add_name(X509 *cert, const char *host)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)host,
	                                  -1, -1, 0) &&
	       X509_set_issuer_name(cert, name);
}

static bool
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *x;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	x = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = x && X509_add_ext(cert, x, -1);
	X509_EXTENSION_free(x);
	return ok;
}

static bool
add_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	bool ok = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
	          BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));

	BN_free(n);
	return ok;
}

static bool
fill(X509 *cert, EVP_PKEY *key, const char *host, unsigned days)
{
	unsigned char address[sizeof(struct in6_addr)];
	bool ip = inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
	PCHAT_AUTO_TEXT san = pchat_text("%s:%s", ip ? "IP" : "DNS", host);

	return san && X509_set_version(cert, X509_VERSION_3) && add_serial(cert) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), (long)days * 86400) &&
	       X509_set_pubkey(cert, key) && add_name(cert, host) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
	       add_extension(cert, NID_subject_alt_name, san) && X509_sign(cert, key, EVP_sha256());
}

static bool
write_pem(const char *path, mode_t mode, EVP_PKEY *key, X509 *cert)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool ok = file && (!key || PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL)) &&
	          PEM_write_X509(file, cert);

	if (file)
		ok = fclose(file) == 0 && ok;
	else if (fd >= 0)
		close(fd);
	return ok;
}

static enum pchat_code
write_both(const char *dir, EVP_PKEY *key, X509 *cert, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT agent = pchat_text("%s/agent.pem", dir);
	PCHAT_AUTO_TEXT ca = pchat_text("%s/cafile.pem", dir);

	if (!agent || !ca)
		return pchat_no_memory(err);
	if (!write_pem(agent, 0600, key, cert))
		return pchat_fail(err, errno == EEXIST ? PCHAT_EXISTS : PCHAT_UNAVAILABLE,
		                  "cannot write '%s': %s", agent, strerror(errno));
	if (!write_pem(ca, 0644, NULL, cert))
		return pchat_fail(err, errno == EEXIST ? PCHAT_EXISTS : PCHAT_UNAVAILABLE,
		                  "cannot write '%s': %s", ca, strerror(errno));
	return PCHAT_OK;
}

enum pchat_code
pchat_sip_selfsign(const char *dir, const char *host, unsigned days, struct pchat_err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	enum pchat_code code;

	/* The host goes into a text that libcrypto reads as a list. */
	if (host[0] == '\0' || strpbrk(host, ",;\r\n\t "))
		code = pchat_fail(err, PCHAT_INVALID, "'%s' is not a host name", host);
	else if (!key || !cert || !fill(cert, key, host, days))
		code = pchat_fail(err, PCHAT_INTERNAL, "cannot make a certificate for '%s'", host);
	else
		code = write_both(dir, key, cert, err);
	ERR_clear_error();
	X509_free(cert);
	EVP_PKEY_free(key);
	return code;
}
