#include "base/auto.h"
#include "base/clock.h"
#include "base/text.h"
#include "pchatd/associate.h"
#include "pchatd/lockout.h"
#include "pchatd/way.h"
#include "wire/sipae/ntlm.h"

/* Seconds a client has to answer; it needs no person for it. */
#define ANSWER_SECONDS 60
/* Seconds an association lives: as long as one by Kerberos at most. Clients renew it before. */
#define LIFETIME (8u * 3600)

static enum pchat_code
start(struct pchatd *d, struct pchat_err *err)
{
	(void)d;
	if (pchat_ntlm_built())
		return PCHAT_OK;
	pchat_fail(err, PCHAT_UNAVAILABLE, "NTLM is not built in");
	pchat_hint(err, "build with nettle-dev installed");
	return PCHAT_UNAVAILABLE;
}

/* ---- the first half: the question ---- */

static void
ask(struct pchat_association *a)
{
	struct pchat_ntlm_round *round = &a->signin->ntlm;
	PCHAT_AUTO_VALUE(buf) challenge = { 0 };
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	pchat_random(round->question.nonce, sizeof(round->question.nonce));
	pchat_random(&round->opaque, sizeof(round->opaque));
	round->question.time = pchat_now();
	round->until = pchat_monotonic() + ANSWER_SECONDS * PCHAT_SECOND;
	pchat_ntlm_challenge(&challenge, &round->question, pchat_associate_host(a->d), a->domain);
	pchat_buf_lit(&line, "WWW-Authenticate: ");
	pchat_sip_seal_challenge(&line, a->way->mechanism->scheme, a->target);
	pchat_buf_printf(&line, ", opaque=\"%08x\", gssapi-data=\"", round->opaque);
	pchat_sipae_base64(&line, (const unsigned char *)challenge.p, challenge.n);
	pchat_buf_char(&line, '"');
	if (!pchat_buf_ok(&challenge) || !pchat_buf_ok(&line)) {
		pchat_sip_refuse(a->txn, 500, PCHAT_SIP_DIAG_ERROR);
		return;
	}
	/* Its client has dropped the association it had. */
	pchat_sip_conn_rekey(a->signin->conn);
	pchat_sip_reply(a->txn, &(struct pchat_sip_reply){ .status = 401,
	                                                   .headers = (const char *const[]){
								   pchat_buf_cstr(&line), NULL } });
}

/* A question is asked on a connection and answered there, once and soon. */
static enum pchat_way_step
begin(struct pchat_association *a)
{
	if (pchat_sip_txn_request(a->txn)->authorization.gssapi_data.n == 0) {
		ask(a);
		return PCHAT_WAY_ANSWERED;
	}
	a->round = a->signin->ntlm;
	a->signin->ntlm = (struct pchat_ntlm_round){ 0 };
	if (!a->round.until) {
		pchat_lockout_wrong(a->d, a->txn, a->uri, "the token answers no question of ours");
		return PCHAT_WAY_ANSWERED;
	}
	return pchat_monotonic() < a->round.until ? PCHAT_WAY_ACCEPT : PCHAT_WAY_AGAIN;
}

/* ---- the second half: the answer ---- */

/* "user@domain" as it is; "user" and "DOMAIN\\user" with the domain of the pool, if that or its
 * first label is meant. */
static enum pchat_code
map(struct pchat_association *a, const struct pchat_ntlm_answer *answer, struct pchat_err *err)
{
	struct pchat_str rest, first = pchat_str_cut(pchat_str(a->domain), '.', &rest);
	struct pchat_str domain = pchat_str(answer->domain);
	PCHAT_AUTO_VALUE(buf) plain = { 0 };

	pchat_buf_printf(&plain, "sip:%s", answer->user);
	if (!strchr(answer->user, '@')) {
		if (domain.n > 0 && !pchat_str_iis(domain, a->domain) &&
		    !pchat_str_ieq(domain, first))
			return pchat_fail(err, PCHAT_DENIED, "the domain '%s' is none of ours",
			                  answer->domain);
		pchat_buf_printf(&plain, "@%s", a->domain);
	}
	pchat_buf_clear(&a->mapped);
	if (pchat_buf_check(&plain, err))
		return PCHAT_NO_MEMORY;
	if (pchat_sip_uri_canonical(pchat_buf_view(&plain), &a->mapped, err))
		return PCHAT_DENIED;
	return PCHAT_OK;
}

/* False: he has none, or there is no such user. */
static enum pchat_code
find_hash(struct pchat_association *a, struct pchat_store *store,
          unsigned char ret[PCHAT_NTLM_HASH], bool *ret_found, struct pchat_err *err)
{
	struct pchat_credential c = { 0 };
	enum pchat_code code = pchat_store_credential(store, pchat_buf_cstr(&a->mapped), &c, err);
	size_t n = 0;

	if (code && code != PCHAT_NOT_FOUND)
		return code;
	if (code)
		pchat_err_release(err);
	*ret_found = pchat_sipae_unhex(pchat_str(c.nt_hash), ret, PCHAT_NTLM_HASH, &n) &&
	             n == PCHAT_NTLM_HASH;
	explicit_bzero(&c, sizeof(c));
	return PCHAT_OK;
}

static enum pchat_code
prove(struct pchat_association *a, const struct pchat_ntlm_answer *answer,
      struct pchat_store *store, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) challenge = { 0 };
	unsigned char hash[PCHAT_NTLM_HASH] = { 0 };
	bool found;
	enum pchat_code code = find_hash(a, store, hash, &found, err);

	if (code)
		return code;
	pchat_ntlm_challenge(&challenge, &a->round.question, pchat_associate_host(a->d), a->domain);
	code = pchat_buf_check(&challenge, err);
	if (!code)
		code = pchat_ntlm_accept(&a->round.question, pchat_buf_view(&challenge), answer,
		                         found ? hash : NULL, &a->context, err);
	explicit_bzero(hash, sizeof(hash));
	return code;
}

static enum pchat_code
accept_token(struct pchat_association *a, struct pchat_str token, struct pchat_store *store,
             struct pchat_err *err)
{
	struct pchat_ntlm_answer answer;
	enum pchat_code code = pchat_ntlm_read(token, &answer, err);

	if (code)
		return code;
	pchat_buf_printf(&a->name, "%s%s%s", answer.domain, *answer.domain ? "\\" : "",
	                 answer.user);
	a->seconds = LIFETIME;
	code = map(a, &answer, err);
	if (code)
		return code;
	code = prove(a, &answer, store, err);
	return code ? code : pchat_buf_check(&a->name, err);
}

const struct pchat_way pchat_way_ntlm = {
	.mechanism = &pchat_ntlm_mechanism,
	.start = start,
	.begin = begin,
	.accept = accept_token,
};
