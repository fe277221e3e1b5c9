#include "wire/sip/internal.h"

#include <sofia-sip/sip_extra.h>

/* Media types of Accept that are looked at. */
#define ACCEPTS_MAX 32

/* ---- addresses ---- */

static void
read_url(su_home_t *home, const url_t *url, struct pchat_sip_party *ret)
{
	ret->uri = pchat_str(url_as_string(home, url));
	ret->user = pchat_str(url->url_user);
	ret->host = pchat_str(url->url_host);
}

static struct pchat_str
parameter(const msg_param_t *params, const char *name_and_equals)
{
	struct pchat_str v = pchat_str(msg_params_find(params, name_and_equals));

	if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
		v = (struct pchat_str){ v.p + 1, v.n - 2 };
	return v;
}

static void
read_addr(su_home_t *home, const sip_addr_t *a, struct pchat_sip_party *ret)
{
	if (!a)
		return;
	read_url(home, a->a_url, ret);
	ret->tag = pchat_str(a->a_tag);
	ret->epid = parameter(a->a_params, "epid=");
}

static void
read_contact(su_home_t *home, const sip_t *m, struct pchat_sip_request *rq)
{
	const sip_contact_t *c = m->sip_contact;

	if (!c)
		return;
	rq->has_contact = true;
	read_url(home, c->m_url, &rq->contact);
	rq->contact_instance = parameter(c->m_params, "+sip.instance=");
}

/* The header is not among those the library knows unless told, so it comes as text. */
static void
read_asserted(su_home_t *home, const sip_t *m, struct pchat_sip_request *rq)
{
	for (const sip_unknown_t *u = m->sip_unknown; u; u = u->un_next) {
		const sip_p_asserted_identity_t *id;

		if (!pchat_str_iis(pchat_str(u->un_name), "P-Asserted-Identity"))
			continue;
		rq->has_asserted = true;
		if (!u->un_value)
			continue;
		for (id = sip_p_asserted_identity_make(home, u->un_value); id; id = id->paid_next) {
			enum url_type_e type = (enum url_type_e)id->paid_url->url_type;

			if (type != url_sip && type != url_sips)
				continue;
			if (rq->n_asserted++ == 0)
				read_url(home, id->paid_url, &rq->asserted);
		}
	}
}

/* ---- credentials ---- */

bool
psip_credentials_read(const msg_auth_t *first, struct pchat_buf *scratch,
                      struct pchat_sip_credentials *ret)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	const msg_auth_t *au = first;

	while (au && !pchat_str_iis(pchat_str(au->au_scheme), "Digest"))
		au = au->au_next;
	if (!au)
		au = first;
	if (!au)
		return false;
	pchat_buf_text(&text, au->au_scheme);
	for (const msg_param_t *p = au->au_params; p && *p; p++) {
		pchat_buf_text(&text, p == au->au_params ? " " : ", ");
		pchat_buf_text(&text, *p);
	}
	return pchat_buf_ok(&text) && pchat_digest_parse(pchat_buf_view(&text), scratch, ret);
}

/* ---- the rest ---- */

static const struct {
	sip_method_t method;
	enum pchat_sip_method kind;
} kinds[] = {
	{ sip_method_register, PCHAT_SIP_REGISTER }, { sip_method_subscribe, PCHAT_SIP_SUBSCRIBE },
	{ sip_method_invite, PCHAT_SIP_INVITE },     { sip_method_info, PCHAT_SIP_INFO },
	{ sip_method_message, PCHAT_SIP_MESSAGE },   { sip_method_options, PCHAT_SIP_OPTIONS },
	{ sip_method_bye, PCHAT_SIP_BYE },           { sip_method_update, PCHAT_SIP_UPDATE },
	{ sip_method_notify, PCHAT_SIP_NOTIFY },
};

static enum pchat_sip_method
kind_of(sip_method_t method)
{
	for (size_t i = 0; i < PCHAT_N(kinds); i++) {
		if (kinds[i].method == method)
			return kinds[i].kind;
	}
	return PCHAT_SIP_OTHER;
}

static const char *const *
read_accepts(su_home_t *home, const sip_accept_t *first)
{
	const char **types;
	size_t n = 0;

	if (!first)
		return NULL;
	types = su_zalloc(home, (ACCEPTS_MAX + 1) * sizeof(*types));
	for (const sip_accept_t *a = first; types && a && n < ACCEPTS_MAX; a = a->ac_next) {
		if (a->ac_type)
			types[n++] = a->ac_type;
	}
	return types;
}

static const char *const *
items(const msg_list_t *list)
{
	return list ? (const char *const *)list->k_items : NULL;
}

static void
read_lists(su_home_t *home, const sip_t *m, struct pchat_sip_request *rq)
{
	rq->supported = items(m->sip_supported);
	rq->require = items(m->sip_require);
	rq->accepts = read_accepts(home, m->sip_accept);
	if (rq->accepts)
		rq->accept = pchat_str(rq->accepts[0]);
}

static uint32_t
seconds(unsigned long delta)
{
	return delta > UINT32_MAX ? UINT32_MAX : (uint32_t)delta;
}

static void
read_values(const sip_t *m, struct pchat_sip_request *rq)
{
	rq->call_id = pchat_str(m->sip_call_id->i_id);
	rq->cseq = m->sip_cseq->cs_seq;
	if (m->sip_event)
		rq->event = pchat_str(m->sip_event->o_type);
	if (m->sip_content_type)
		rq->content_type = pchat_str(m->sip_content_type->c_type);
	if (m->sip_user_agent)
		rq->user_agent = pchat_str(m->sip_user_agent->g_string);
	rq->has_expires = m->sip_expires;
	if (m->sip_expires)
		rq->expires = seconds(m->sip_expires->ex_delta);
	if (m->sip_session_expires)
		rq->session_expires = seconds(m->sip_session_expires->x_delta);
	if (m->sip_payload)
		rq->body = (struct pchat_str){ m->sip_payload->pl_data, m->sip_payload->pl_len };
}

bool
psip_request_read(struct pchat_sip_txn *txn)
{
	su_home_t *home = msg_home(txn->msg);
	struct pchat_sip_request *rq = &txn->rq;
	const sip_t *m = txn->sip_msg;

	rq->kind = kind_of(m->sip_request->rq_method);
	rq->method = pchat_str(m->sip_request->rq_method_name);
	rq->uri = pchat_str(url_as_string(home, m->sip_request->rq_url));
	read_addr(home, m->sip_from, &rq->from);
	read_addr(home, m->sip_to, &rq->to);
	read_contact(home, m, rq);
	read_asserted(home, m, rq);
	read_lists(home, m, rq);
	read_values(m, rq);
	rq->has_proxy_authorization = psip_credentials_read(
		m->sip_proxy_authorization, &txn->scratch, &rq->proxy_authorization);
	rq->has_authorization = psip_credentials_read(m->sip_authorization, &txn->scratch2,
	                                              &rq->authorization);
	return rq->from.uri.n > 0 && rq->to.uri.n > 0 && rq->uri.n > 0;
}

bool
pchat_sip_supports(const struct pchat_sip_request *rq, const char *option)
{
	for (const char *const *s = rq->supported; s && *s; s++) {
		if (pchat_str_iis(pchat_str(*s), option))
			return true;
	}
	return false;
}

bool
pchat_sip_accepts(const struct pchat_sip_request *rq, const char *type)
{
	struct pchat_str rest;
	struct pchat_str group = pchat_str_cut(pchat_str(type), '/', &rest);

	if (!rq->accepts)
		return true;
	for (const char *const *a = rq->accepts; *a; a++) {
		struct pchat_str sub;
		struct pchat_str main = pchat_str_cut(pchat_str(*a), '/', &sub);

		if (pchat_str_iis(pchat_str(*a), type) || pchat_str_is(pchat_str(*a), "*/*") ||
		    (pchat_str_ieq(main, group) && pchat_str_is(sub, "*")))
			return true;
	}
	return false;
}
