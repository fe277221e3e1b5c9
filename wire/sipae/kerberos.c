/* Before ours: these headers have parameters with names we have banned. */
#ifdef PCHAT_WITH_KERBEROS
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#endif

#include "wire/sipae/kerberos.h"

#ifdef PCHAT_WITH_KERBEROS

#include "base/auto.h"
#include "base/text.h"
#include "wire/sipae/mic.h"

struct pchat_kerberos {
	gss_cred_id_t credential;
	char *service; /* "sip@host" */
	char *keytab;  /* NULL: the one the library finds */
};

bool
pchat_kerberos_built(void)
{
	return true;
}

/* ---- errors ---- */

static void
add_status(struct pchat_buf *out, OM_uint32 status, int type)
{
	OM_uint32 more = 0, minor;

	do {
		gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

		if (GSS_ERROR(
			    gss_display_status(&minor, status, type, gss_mech_krb5, &more, &text)))
			return;
		if (out->n > 0)
			pchat_buf_lit(out, ": ");
		pchat_buf_add(out, text.value, text.length);
		gss_release_buffer(&minor, &text);
	} while (more);
}

static enum pchat_code
fail(struct pchat_err *err, enum pchat_code code, const char *what, OM_uint32 major,
     OM_uint32 minor)
{
	PCHAT_AUTO_VALUE(buf) text = { .max = 1024 };

	add_status(&text, major, GSS_C_GSS_CODE);
	if (minor)
		add_status(&text, minor, GSS_C_MECH_CODE);
	return pchat_fail(err, code, "%s: %s", what, pchat_buf_cstr(&text));
}

/* ---- the server's keys ---- */

static gss_buffer_desc
buffer_of(struct pchat_str s)
{
	return (gss_buffer_desc){ .length = s.n, .value = (void *)s.p /* only read */ };
}

static OM_uint32
acquire(const struct pchat_kerberos *k, gss_name_t name, gss_cred_id_t *ret, OM_uint32 *minor)
{
	gss_OID_set_desc krb5 = { 1, (gss_OID)gss_mech_krb5 };
	gss_key_value_element_desc element = { "keytab", k->keytab };
	gss_key_value_set_desc store = { 1, &element };

	return gss_acquire_cred_from(minor, name, GSS_C_INDEFINITE, &krb5, GSS_C_ACCEPT,
	                             k->keytab ? &store : GSS_C_NO_CRED_STORE, ret, NULL, NULL);
}

/* Are there keys at all? Asked for those of a name, the library (1.20) leaks it if there are none.
 */
static OM_uint32
look_for_keys(const struct pchat_kerberos *k, OM_uint32 *minor)
{
	gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
	OM_uint32 ignored, major = acquire(k, GSS_C_NO_NAME, &credential, minor);

	if (!GSS_ERROR(major))
		gss_release_cred(&ignored, &credential);
	return major;
}

static OM_uint32
take_keys(struct pchat_kerberos *k, OM_uint32 *minor)
{
	gss_buffer_desc service = buffer_of(pchat_str(k->service));
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 ignored, major = look_for_keys(k, minor);

	if (!GSS_ERROR(major))
		major = gss_import_name(minor, &service, GSS_C_NT_HOSTBASED_SERVICE, &name);
	if (!GSS_ERROR(major))
		major = acquire(k, name, &k->credential, minor);
	gss_release_name(&ignored, &name);
	return major;
}

static enum pchat_code
without_keys(const struct pchat_kerberos *k, OM_uint32 major, OM_uint32 minor,
             struct pchat_err *err)
{
	fail(err, PCHAT_UNAVAILABLE, "no key for Kerberos", major, minor);
	pchat_hint(err, "put the key of sip/%s into a keytab and give --keytab FILE",
	           k->service + strlen("sip@"));
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
kerberos_init(struct pchat_kerberos *k, const char *host, const char *keytab, struct pchat_err *err)
{
	OM_uint32 minor, major;

	k->credential = GSS_C_NO_CREDENTIAL;
	k->service = pchat_text("sip@%s", host);
	k->keytab = keytab ? pchat_str_dup(pchat_str(keytab)) : NULL;
	if (!k->service || (keytab && !k->keytab))
		return pchat_no_memory(err);
	major = take_keys(k, &minor);
	return GSS_ERROR(major) ? without_keys(k, major, minor, err) : PCHAT_OK;
}

enum pchat_code
pchat_kerberos_new(const char *host, const char *keytab, struct pchat_kerberos **ret,
                   struct pchat_err *err)
{
	struct pchat_kerberos *k = calloc(1, sizeof(*k));
	enum pchat_code code = k ? kerberos_init(k, host, keytab, err) : pchat_no_memory(err);

	if (code)
		pchat_kerberos_free(k);
	else
		*ret = k;
	return code;
}

void
pchat_kerberos_free(struct pchat_kerberos *k)
{
	OM_uint32 minor;

	if (!k)
		return;
	if (k->credential != GSS_C_NO_CREDENTIAL)
		gss_release_cred(&minor, &k->credential);
	free(k->service);
	free(k->keytab);
	free(k);
}

/* ---- a client's token ---- */

/* Signs by .mic if there is one, else by .gss. */
struct association {
	gss_ctx_id_t gss;
	struct pchat_mic *mic;
};

static void
free_context(void *context)
{
	struct association *a = context;
	OM_uint32 minor;

	if (!a)
		return;
	if (a->gss != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&minor, &a->gss, GSS_C_NO_BUFFER);
	pchat_mic_free(a->mic);
	free(a);
}

static enum pchat_code
read_name(gss_name_t name, char ret[PCHAT_KERBEROS_PRINCIPAL_MAX], struct pchat_err *err)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor, major = gss_display_name(&minor, name, &text, NULL);
	bool fits = !GSS_ERROR(major) && text.length > 0 &&
	            text.length < PCHAT_KERBEROS_PRINCIPAL_MAX &&
	            !memchr(text.value, '\0', text.length);

	if (fits) {
		memcpy(ret, text.value, text.length);
		ret[text.length] = '\0';
	}
	gss_release_buffer(&minor, &text);
	return fits ? PCHAT_OK : pchat_fail(err, PCHAT_DENIED, "the principal has no usable name");
}

/* Last number of the identifier MIT gives the enctype of a session key: 1.2.840.113554.1.2.2.4.N */
static int32_t
enctype_of(const gss_buffer_desc *oid)
{
	const unsigned char *p = oid->value;

	return oid->length > 0 && p[oid->length - 1] < 0x80 ? p[oid->length - 1] : -1;
}

static uint64_t
number_of(const gss_buffer_desc *mic)
{
	const unsigned char *p = mic->value;
	uint64_t n = 0;

	for (size_t i = 8; i < 16 && i < mic->length; i++)
		n = n << 8 | p[i];
	return n;
}

/* From now on we sign, if what we make is what the library makes. */
static void
try_key(struct association *a, const gss_buffer_desc *key, int32_t enctype)
{
	gss_buffer_desc text = buffer_of(PCHAT_STR("pchat")), theirs = GSS_C_EMPTY_BUFFER;
	unsigned char ours[PCHAT_MIC_MAX];
	struct pchat_mic *m = NULL;
	OM_uint32 minor;

	if (!GSS_ERROR(gss_get_mic(&minor, a->gss, GSS_C_QOP_DEFAULT, &text, &theirs)))
		m = pchat_mic_new(enctype, key->value, key->length, number_of(&theirs));
	if (m && pchat_mic_sign(m, PCHAT_STR("pchat"), ours) == theirs.length &&
	    memcmp(ours, theirs.value, theirs.length) == 0) {
		gss_delete_sec_context(&minor, &a->gss, GSS_C_NO_BUFFER);
		a->mic = m;
	} else {
		pchat_mic_free(m);
	}
	gss_release_buffer(&minor, &theirs);
}

static void
take_key(struct association *a)
{
	gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
	OM_uint32 minor;

	if (GSS_ERROR(gss_inquire_sec_context_by_oid(&minor, a->gss, GSS_C_INQ_SSPI_SESSION_KEY,
	                                             &set)))
		return;
	if (set != GSS_C_NO_BUFFER_SET && set->count >= 2) {
		try_key(a, &set->elements[0], enctype_of(&set->elements[1]));
		explicit_bzero(set->elements[0].value, set->elements[0].length);
	}
	gss_release_buffer_set(&minor, &set);
}

/* A token is not accepted: for what it is, or because our keys are not there any more. */
static enum pchat_code
blame(const struct pchat_kerberos *k, OM_uint32 major, OM_uint32 minor, struct pchat_err *err)
{
	OM_uint32 minor2, major2 = look_for_keys(k, &minor2);

	if (GSS_ERROR(major2))
		return without_keys(k, major2, minor2, err);
	return fail(err, PCHAT_DENIED, "the token is not accepted", major, minor);
}

enum pchat_code
pchat_kerberos_accept(const struct pchat_kerberos *k, struct pchat_str token,
                      struct pchat_kerberos_peer *ret, struct pchat_err *err)
{
	struct association *a = calloc(1, sizeof(*a));
	gss_name_t name = GSS_C_NO_NAME;
	gss_buffer_desc in = buffer_of(token), out = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor, ignored, flags = 0, seconds = 0, major;
	enum pchat_code code = PCHAT_OK;

	if (!a)
		return pchat_no_memory(err);
	major = gss_accept_sec_context(&minor, &a->gss, k->credential, &in,
	                               GSS_C_NO_CHANNEL_BINDINGS, &name, NULL, &out, &flags,
	                               &seconds, NULL);
	/* The client asks for no mutual authentication, so there is nothing to send back. */
	gss_release_buffer(&ignored, &out);
	if (GSS_ERROR(major))
		code = blame(k, major, minor, err);
	else if (major & GSS_S_CONTINUE_NEEDED)
		code = pchat_fail(err, PCHAT_DENIED, "the token wants another round");
	else if (!(flags & GSS_C_INTEG_FLAG) || seconds == 0)
		code = pchat_fail(err, PCHAT_DENIED, "the token is not good for signatures");
	else
		code = read_name(name, ret->principal, err);
	gss_release_name(&ignored, &name);
	if (code) {
		free_context(a);
		return code;
	}
	take_key(a);
	ret->context = a;
	ret->seconds = seconds < PCHAT_KERBEROS_SECONDS_MAX ? seconds : PCHAT_KERBEROS_SECONDS_MAX;
	return PCHAT_OK;
}

/* ---- signatures ---- */

static size_t
sign(void *context, struct pchat_str text, unsigned char *ret)
{
	struct association *a = context;
	gss_buffer_desc in = buffer_of(text), mic = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;
	size_t n = 0;

	if (a->mic)
		return pchat_mic_sign(a->mic, text, ret);
	if (!GSS_ERROR(gss_get_mic(&minor, a->gss, GSS_C_QOP_DEFAULT, &in, &mic)) &&
	    mic.length <= PCHAT_SIPAE_SIGNATURE_MAX) {
		n = mic.length;
		memcpy(ret, mic.value, n);
	}
	gss_release_buffer(&minor, &mic);
	return n;
}

static bool
verify(void *context, struct pchat_str text, const unsigned char *p, size_t n)
{
	struct association *a = context;
	gss_buffer_desc in = buffer_of(text);
	gss_buffer_desc mic = { .length = n, .value = (void *)p /* only read */ };
	OM_uint32 minor;

	/* Order and repetition are told by cnum; a context without replay detection says nothing
	 * of them. */
	if (a->mic)
		return pchat_mic_verify(a->mic, text, p, n);
	return !GSS_ERROR(gss_verify_mic(&minor, a->gss, &in, &mic, NULL));
}

const struct pchat_sip_mechanism pchat_kerberos_mechanism = {
	.scheme = "Kerberos",
	.sign = sign,
	.verify = verify,
	.free = free_context,
};

#else

bool
pchat_kerberos_built(void)
{
	return false;
}

enum pchat_code
pchat_kerberos_new(const char *host, const char *keytab, struct pchat_kerberos **ret,
                   struct pchat_err *err)
{
	(void)host, (void)keytab, (void)ret;
	pchat_fail(err, PCHAT_UNAVAILABLE, "Kerberos is not built in");
	pchat_hint(err, "build with libkrb5-dev installed");
	return PCHAT_UNAVAILABLE;
}

void
pchat_kerberos_free(struct pchat_kerberos *k)
{
	(void)k;
}

enum pchat_code
pchat_kerberos_accept(const struct pchat_kerberos *k, struct pchat_str token,
                      struct pchat_kerberos_peer *ret, struct pchat_err *err)
{
	(void)k, (void)token, (void)ret;
	return pchat_fail(err, PCHAT_DENIED, "Kerberos is not built in");
}

/* Nothing is ever made for it. */
const struct pchat_sip_mechanism pchat_kerberos_mechanism = { .scheme = "Kerberos" };

#endif
