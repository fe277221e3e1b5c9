#include "wire/sip/identity.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Names told to people, and the octets of each. */
#define NAMES_MAX 8
#define NAME_SIZE 128

static struct pchat_str
text_of(const ASN1_STRING *s)
{
	return (struct pchat_str){ (const char *)ASN1_STRING_get0_data(s),
		                   (size_t)ASN1_STRING_length(s) };
}

/* The domain of "sip:contoso.example"; empty for anything else, one with a user too. */
static struct pchat_str
domain_of(struct pchat_str uri)
{
	struct pchat_str rest, scheme = pchat_str_cut(uri, ':', &rest);

	if (!pchat_str_iis(scheme, "sip") || rest.n == 0 || memchr(rest.p, '@', rest.n))
		return (struct pchat_str){ 0 };
	return rest;
}

/* Among the names of one kind: are there any, and is @domain one of them? */
static bool
look(const GENERAL_NAMES *names, int kind, const char *domain, bool *ret_any)
{
	bool is = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		struct pchat_str s;

		if (g->type != kind)
			continue;
		s = text_of(g->d.ia5);
		if (kind == GEN_URI)
			s = domain_of(s);
		*ret_any = *ret_any || s.n > 0;
		is = is || pchat_str_iis(s, domain);
	}
	return is;
}

static bool
common_name_is(const X509 *cert, const char *domain)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	return at >= 0 &&
	       pchat_str_iis(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))),
	                     domain);
}

bool
psip_cert_is(const X509 *cert, const char *domain)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool any = false;
	bool is = look(names, GEN_URI, domain, &any);

	if (!any)
		is = look(names, GEN_DNS, domain, &any);
	GENERAL_NAMES_free(names);
	/* Names of other kinds, too, are reason enough not to look at the common one. */
	return names ? is : common_name_is(cert, domain);
}

bool
psip_cert_is_address(X509 *cert, const char *host)
{
	return X509_check_ip_asc(cert, host, 0) == 1;
}

/* ---- for people ---- */

static void
put_name(struct pchat_buf *out, struct pchat_str name, unsigned *n)
{
	if (name.n == 0 || *n == NAMES_MAX)
		return;
	pchat_buf_text(out, (*n)++ ? ", '" : "'");
	for (size_t i = 0; i < name.n && i < NAME_SIZE; i++) {
		char c = name.p[i], shown = '?';

		if (c > ' ' && c < 0x7f)
			shown = c;
		pchat_buf_char(out, shown);
	}
	pchat_buf_char(out, '\'');
}

static void
put_kind(struct pchat_buf *out, const GENERAL_NAMES *names, int kind, unsigned *n)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type == kind && (kind == GEN_DNS || domain_of(text_of(g->d.ia5)).n > 0))
			put_name(out, text_of(g->d.ia5), n);
	}
}

void
psip_cert_names(const X509 *cert, struct pchat_buf *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned n = 0;

	put_kind(out, names, GEN_URI, &n);
	if (n == 0)
		put_kind(out, names, GEN_DNS, &n);
	GENERAL_NAMES_free(names);
	if (!names && at >= 0)
		put_name(out, text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))),
		         &n);
	if (n == 0)
		pchat_buf_lit(out, "nobody");
}
