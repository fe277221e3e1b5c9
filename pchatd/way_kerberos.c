#include "base/auto.h"
#include "base/text.h"
#include "pchatd/associate.h"
#include "pchatd/way.h"
#include "wire/sipae/kerberos.h"

static enum pchat_code
start(struct pchatd *d, struct pchat_err *err)
{
	if (d->kerberos)
		return PCHAT_OK;
	return pchat_kerberos_new(pchat_associate_host(d), d->opt->keytab, &d->kerberos, err);
}

/* user@REALM as sip:user@domain, where the realm is the domain and the user has no principal of
 * his own. */
static enum pchat_code
map_by_realm(struct pchat_association *a, struct pchat_store *store, struct pchat_err *err)
{
	struct pchat_str realm, user = pchat_str_cut(pchat_buf_view(&a->name), '@', &realm);
	PCHAT_AUTO_VALUE(buf) plain = { 0 };
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	if (!pchat_str_iis(realm, a->domain) || user.n == 0 || memchr(user.p, '/', user.n) ||
	    memchr(user.p, '\\', user.n))
		return pchat_fail(err, PCHAT_NOT_FOUND, "no user has the principal '%s'",
		                  pchat_buf_cstr(&a->name));
	pchat_buf_printf(&plain, "sip:%.*s@%s", PCHAT_STR_ARG(user), a->domain);
	pchat_buf_clear(&a->mapped);
	if (pchat_buf_check(&plain, err) ||
	    pchat_sip_uri_canonical(pchat_buf_view(&plain), &a->mapped, err))
		return PCHAT_NOT_FOUND;
	code = pchat_store_get(store, PCHAT_KIND_USER, pchat_buf_cstr(&a->mapped), &o, err);
	if (code)
		return code;
	if (*o->v[PCHAT_USER_PRINCIPAL].text)
		return pchat_fail(err, PCHAT_NOT_FOUND, "'%s' has another principal",
		                  pchat_buf_cstr(&a->mapped));
	return PCHAT_OK;
}

static enum pchat_code
accept_token(struct pchat_association *a, struct pchat_str token, struct pchat_store *store,
             struct pchat_err *err)
{
	struct pchat_kerberos_peer peer = { 0 };
	enum pchat_code code = pchat_kerberos_accept(a->d->kerberos, token, &peer, err);

	if (code)
		return code;
	a->context = peer.context;
	a->seconds = peer.seconds;
	pchat_buf_text(&a->name, peer.principal);
	if (pchat_buf_check(&a->name, err))
		return PCHAT_NO_MEMORY;
	code = pchat_store_user_of_principal(store, peer.principal, &a->mapped, err);
	if (code == PCHAT_NOT_FOUND && a->realm_is_domain) {
		pchat_err_release(err);
		code = map_by_realm(a, store, err);
	}
	return code;
}

const struct pchat_way pchat_way_kerberos = {
	.mechanism = &pchat_kerberos_mechanism,
	.start = start,
	.accept = accept_token,
};
