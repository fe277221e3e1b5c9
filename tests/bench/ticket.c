/* Before ours: these headers have parameters with names we have banned. */
#ifdef PCHAT_WITH_KERBEROS
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#endif

#include "tests/bench/ticket.h"

#define SERVICE "SIP Communications Service"

#ifdef PCHAT_WITH_KERBEROS

struct load_ticket {
	gss_cred_id_t credential;
	gss_name_t service;
	gss_ctx_id_t context;
	char *target; /* "sip/HOST" */
	uint32_t cnum;
	bool sends; /* the token goes with the next message */
	gss_buffer_desc token;
};

static gss_buffer_desc
buffer_of(const char *text)
{
	return (gss_buffer_desc){ .length = strlen(text), .value = (void *)text };
}

static gss_name_t
name_of(const char *text, gss_OID kind)
{
	gss_buffer_desc buffer = buffer_of(text);
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 minor;

	gss_import_name(&minor, &buffer, kind, &name);
	return name;
}

static bool
acquire(struct load_ticket *t, const char *principal, const char *keytab)
{
	char *cache = pchat_text("MEMORY:%s", principal);
	gss_key_value_element_desc element[] = { { "client_keytab", keytab }, { "ccache", cache } };
	gss_key_value_set_desc store = { 2, element };
	gss_OID_set_desc krb5 = { 1, (gss_OID)gss_mech_krb5 };
	gss_name_t name = name_of(principal, GSS_C_NT_USER_NAME);
	OM_uint32 minor, major;

	major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &krb5, GSS_C_INITIATE, &store,
	                              &t->credential, NULL, NULL);
	gss_release_name(&minor, &name);
	free(cache);
	return !GSS_ERROR(major);
}

struct load_ticket *
load_ticket_new(const char *principal, const char *keytab, const char *host)
{
	struct load_ticket *t = calloc(1, sizeof(*t));
	char *service = pchat_text("sip@%s", host);

	if (!t || !service)
		abort();
	t->target = pchat_text("sip/%s", host);
	t->service = name_of(service, GSS_C_NT_HOSTBASED_SERVICE);
	free(service);
	if (t->target && t->service && acquire(t, principal, keytab))
		return t;
	load_ticket_free(t);
	return NULL;
}

void
load_ticket_free(struct load_ticket *t)
{
	OM_uint32 minor;

	if (!t)
		return;
	gss_release_buffer(&minor, &t->token);
	gss_delete_sec_context(&minor, &t->context, GSS_C_NO_BUFFER);
	gss_release_name(&minor, &t->service);
	gss_release_cred(&minor, &t->credential);
	free(t->target);
	free(t);
}

bool
load_ticket_start(struct load_ticket *t)
{
	OM_uint32 minor;

	gss_delete_sec_context(&minor, &t->context, GSS_C_NO_BUFFER);
	gss_release_buffer(&minor, &t->token);
	t->context = GSS_C_NO_CONTEXT;
	t->cnum = 0;
	t->sends = !GSS_ERROR(gss_init_sec_context(&minor, t->credential, &t->context, t->service,
	                                           (gss_OID)gss_mech_krb5, GSS_C_INTEG_FLAG, 0,
	                                           GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER, NULL,
	                                           &t->token, NULL, NULL));
	return t->sends;
}

static void
put_base64(struct pchat_buf *out, const unsigned char *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;
		char four[] = "====";

		v |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < n ? p[i + 2] : 0;
		for (size_t k = 0; k < 4 && i + k < n + 1; k++)
			four[k] = digits[v >> (18 - 6 * k) & 63];
		pchat_buf_text(out, four);
	}
}

static void
put_signature(struct pchat_buf *out, struct load_ticket *t, const char *fields)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	gss_buffer_desc in, mic = GSS_C_EMPTY_BUFFER;
	const unsigned char *p;
	OM_uint32 minor;

	pchat_buf_printf(&text, "<Kerberos><0a0b0c0d><%u><" SERVICE "><%s>%s", t->cnum, t->target,
	                 fields);
	in = buffer_of(pchat_buf_cstr(&text));
	gss_get_mic(&minor, t->context, GSS_C_QOP_DEFAULT, &in, &mic);
	p = mic.value;
	for (size_t i = 0; i < mic.length; i++)
		pchat_buf_printf(out, "%02X", p[i]);
	gss_release_buffer(&minor, &mic);
}

void
load_ticket_put(struct load_ticket *t, struct pchat_buf *out, const char *fields)
{
	pchat_buf_printf(out,
	                 "Authorization: Kerberos qop=\"auth\", realm=\"" SERVICE
	                 "\", targetname=\"%s\", ",
	                 t->target);
	if (t->sends) {
		pchat_buf_lit(out, "gssapi-data=\"");
		put_base64(out, t->token.value, t->token.length);
		pchat_buf_lit(out, "\", version=4, ");
		t->sends = false;
	}
	pchat_buf_printf(out, "crand=\"0a0b0c0d\", cnum=\"%u\", response=\"", ++t->cnum);
	put_signature(out, t, fields);
	pchat_buf_lit(out, "\"\r\n");
}

#else

struct load_ticket *
load_ticket_new(const char *principal, const char *keytab, const char *host)
{
	(void)principal, (void)keytab, (void)host;
	return NULL;
}

void
load_ticket_free(struct load_ticket *t)
{
	(void)t;
}

bool
load_ticket_start(struct load_ticket *t)
{
	(void)t;
	return false;
}

void
load_ticket_put(struct load_ticket *t, struct pchat_buf *out, const char *fields)
{
	(void)t, (void)out, (void)fields;
}

#endif
