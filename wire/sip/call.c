#include "wire/sip/client_internal.h"

#include "base/auto.h"
#include "base/clock.h"
#include "base/text.h"
#include "wire/sip/digest.h"

/* INFO bodies that wait to be asked for. */
#define INBOX_MAX 4096

char *
psip_token(void)
{
	uint64_t r;

	pchat_random(&r, sizeof(r));
	return pchat_text("%016llx", (unsigned long long)r);
}

void
psip_client_start(struct pchat_sip_client *c)
{
	c->deadline = pchat_monotonic() + (int64_t)c->timeout_ms * 1000;
}

/* ---- writing ---- */

static const char *
transport(const struct pchat_sip_client *c)
{
	return psip_stream_tls(c->stream) ? "tls" : "tcp";
}

enum pchat_code
psip_call_send(struct pchat_sip_client *c, const struct psip_call *r, const char *credentials,
               struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	PCHAT_AUTO_TEXT branch = psip_token();
	enum pchat_code code;

	if (!branch)
		return pchat_no_memory(err);
	pchat_buf_printf(&out, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s\r\n",
	                 r->method, r->uri, transport(c), psip_stream_local(c->stream), branch);
	pchat_buf_printf(&out, "From: <%s>;tag=%s;epid=%s\r\nTo: <%s>%s%s\r\n", c->uri, r->tag,
	                 c->epid, r->to ? r->to : c->uri, r->to_tag ? ";tag=" : "",
	                 r->to_tag ? r->to_tag : "");
	pchat_buf_printf(&out, "Max-Forwards: 70\r\nCSeq: %u %s\r\nCall-ID: %s\r\n", r->cseq,
	                 r->method, r->call_id);
	pchat_buf_text(&out, r->route);
	pchat_buf_printf(&out, "Contact: <sip:%s;transport=%s>\r\nUser-Agent: pchatctl/%s\r\n",
	                 psip_stream_local(c->stream), transport(c), PCHAT_VERSION);
	pchat_buf_text(&out, r->headers);
	pchat_buf_text(&out, credentials);
	if (r->body.n > 0)
		pchat_buf_printf(&out, "Content-Type: %s\r\n", r->type);
	pchat_buf_printf(&out, "Content-Length: %zu\r\n\r\n", r->body.n);
	pchat_buf_str(&out, r->body);
	code = pchat_buf_check(&out, err);
	if (code == PCHAT_OK)
		code = psip_stream_write(c->stream, pchat_buf_view(&out), c->deadline, err);
	return code;
}

static void
copy_headers(struct pchat_buf *out, const struct psip_message *m, const char *name)
{
	struct pchat_str v;

	for (unsigned i = 0; (v = psip_message_header(m, name, i)).p; i++)
		pchat_buf_printf(out, "%s: %.*s\r\n", name, PCHAT_STR_ARG(v));
}

static enum pchat_code
answer(struct pchat_sip_client *c, const struct psip_message *m, const char *status,
       struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	enum pchat_code code;

	pchat_buf_printf(&out, "SIP/2.0 %s\r\n", status);
	copy_headers(&out, m, "Via");
	copy_headers(&out, m, "From");
	copy_headers(&out, m, "To");
	copy_headers(&out, m, "Call-ID");
	copy_headers(&out, m, "CSeq");
	copy_headers(&out, m, "Record-Route");
	pchat_buf_lit(&out, "Content-Length: 0\r\n\r\n");
	code = pchat_buf_check(&out, err);
	if (code == PCHAT_OK)
		code = psip_stream_write(c->stream, pchat_buf_view(&out), c->deadline, err);
	return code;
}

/* ---- reading ---- */

static bool
in_dialog(const struct pchat_sip_client *c, const struct psip_message *m)
{
	return c->dialog.call_id &&
	       pchat_str_is(psip_message_header(m, "Call-ID", 0), c->dialog.call_id);
}

static enum pchat_code
keep_info(struct pchat_sip_client *c, const struct psip_message *m, struct pchat_err *err)
{
	char *body = pchat_str_dup(m->body);

	if (!body || !pchat_vec_push(&c->inbox, body)) {
		free(body);
		return pchat_no_memory(err);
	}
	return answer(c, m, "200 OK", err);
}

static enum pchat_code
serve(struct pchat_sip_client *c, const struct psip_message *m, struct pchat_err *err)
{
	if (pchat_str_is(m->method, "ACK") || pchat_str_is(m->method, "BENOTIFY"))
		return PCHAT_OK;
	if (pchat_str_is(m->method, "OPTIONS") || pchat_str_is(m->method, "NOTIFY"))
		return answer(c, m, "200 OK", err);
	if (!in_dialog(c, m) || c->dialog.ended)
		return answer(c, m, "481 Call/Transaction Does Not Exist", err);
	if (pchat_str_is(m->method, "INFO")) {
		if (c->inbox.n - c->inbox_head >= INBOX_MAX)
			return answer(c, m, "503 Service Unavailable", err);
		return keep_info(c, m, err);
	}
	if (pchat_str_is(m->method, "BYE")) {
		c->dialog.ended = true;
		c->dialog.open = false;
		return answer(c, m, "200 OK", err);
	}
	if (pchat_str_is(m->method, "UPDATE"))
		return answer(c, m, "200 OK", err);
	return answer(c, m, "501 Not Implemented", err);
}

/* The next message, whose views live until it is dropped from c->in by @ret_n octets. */
static enum pchat_code
read_message(struct pchat_sip_client *c, struct psip_message *ret, size_t *ret_n,
             struct pchat_err *err)
{
	for (;;) {
		enum pchat_code code = psip_message_read(&c->in, ret, ret_n, err);

		if (code != PCHAT_DIFFERS)
			return code;
		code = psip_stream_read(c->stream, &c->in, c->deadline, err);
		if (code != PCHAT_OK)
			return code;
	}
}

static void
drop(struct pchat_sip_client *c, size_t n)
{
	memmove(c->in.p, c->in.p + n, c->in.n - n);
	c->in.n -= n;
}

enum pchat_code
psip_client_serve(struct pchat_sip_client *c, struct pchat_err *err)
{
	struct psip_message m;
	size_t n;
	enum pchat_code code = read_message(c, &m, &n, err);

	if (code != PCHAT_OK)
		return code;
	if (m.status == 0)
		code = serve(c, &m, err);
	drop(c, n);
	return code;
}

static bool
is_answer_to(const struct psip_message *m, const struct psip_call *r)
{
	uint32_t cseq;

	return m->status >= 200 && pchat_str_is(psip_message_header(m, "Call-ID", 0), r->call_id) &&
	       psip_message_cseq(m, r->method, &cseq) && cseq == r->cseq;
}

/* Keep a copy of the answer, so that its headers can be asked for. */
static enum pchat_code
keep_answer(struct pchat_sip_client *c, const struct psip_message *m, struct pchat_err *err)
{
	enum pchat_code code;

	pchat_buf_clear(&c->answer);
	pchat_buf_str(&c->answer, m->head);
	pchat_buf_str(&c->answer, m->body);
	code = pchat_buf_check(&c->answer, err);
	if (code != PCHAT_OK)
		return code;
	c->last = *m;
	c->last.head = (struct pchat_str){ c->answer.p, m->head.n };
	c->last.body = (struct pchat_str){ c->answer.p + m->head.n, m->body.n };
	return PCHAT_OK;
}

static enum pchat_code
wait_answer(struct pchat_sip_client *c, const struct psip_call *r, struct pchat_err *err)
{
	for (;;) {
		struct psip_message m;
		enum pchat_code code;
		bool found = false;
		size_t n;

		code = read_message(c, &m, &n, err);
		if (code != PCHAT_OK)
			return code;
		if (m.status == 0)
			code = serve(c, &m, err);
		else if (is_answer_to(&m, r)) {
			code = keep_answer(c, &m, err);
			found = true;
		}
		drop(c, n);
		if (code != PCHAT_OK || found)
			return code;
	}
}

/* ---- requests with their answers ---- */

static enum pchat_code
code_of(int status)
{
	switch (status) {
	case 401:
	case 403:
	case 407:
	case 603:
		return PCHAT_DENIED;
	case 404:
		return PCHAT_NOT_FOUND;
	case 413:
		return PCHAT_LIMIT;
	case 480:
	case 481:
	case 486:
		return PCHAT_UNAVAILABLE;
	case 405:
	case 489:
	case 501:
		return PCHAT_UNSUPPORTED;
	case 503:
		return PCHAT_BUSY;
	default:
		return status < 500 ? PCHAT_INVALID : PCHAT_UNAVAILABLE;
	}
}

enum pchat_code
psip_call_refused(const struct pchat_sip_client *c, const struct psip_call *r,
                  struct pchat_err *err)
{
	struct pchat_str diag = psip_message_header(&c->last, "Ms-diagnostics", 0);
	struct pchat_str rest;
	struct pchat_str line = pchat_str_cut(c->last.head, '\r', &rest);

	pchat_str_cut(line, ' ', &line);
	return pchat_fail(err, code_of(c->last.status), "%s answered %.*s%s%.*s", r->method,
	                  PCHAT_STR_ARG(line), diag.n ? "; " : "", PCHAT_STR_ARG(diag));
}

/* The best challenge we can answer: SHA-256 before MD5. */
static bool
pick_challenge(const struct pchat_sip_client *c, const char *name, struct pchat_buf *scratch,
               struct pchat_sip_credentials *ret, enum pchat_digest_alg *ret_alg)
{
	struct pchat_str v;
	struct pchat_str best = { 0 };

	for (unsigned i = 0; (v = psip_message_header(&c->last, name, i)).p; i++) {
		struct pchat_sip_credentials cred;
		enum pchat_digest_alg alg;

		if (!pchat_digest_parse(v, scratch, &cred) ||
		    !pchat_str_iis(cred.scheme, "Digest") ||
		    !pchat_digest_alg_parse(cred.algorithm, &alg))
			continue;
		if (best.p && alg <= *ret_alg)
			continue;
		best = v;
		*ret_alg = alg;
	}
	return best.p && pchat_digest_parse(best, scratch, ret);
}

static enum pchat_code
credentials(const struct pchat_sip_client *c, const struct psip_call *r, struct pchat_buf *out,
            struct pchat_err *err)
{
	bool proxy = c->last.status == 407;
	PCHAT_AUTO_VALUE(buf) scratch = { 0 };
	PCHAT_AUTO_TEXT cnonce = psip_token();
	struct pchat_sip_credentials cred = { 0 };
	char ha1[PCHAT_DIGEST_HEX], response[PCHAT_DIGEST_HEX];
	enum pchat_digest_alg alg;
	enum pchat_code code;

	if (!cnonce)
		return pchat_no_memory(err);
	if (!pick_challenge(c, proxy ? "Proxy-Authenticate" : "WWW-Authenticate", &scratch, &cred,
	                    &alg))
		return pchat_fail(err, PCHAT_UNSUPPORTED,
		                  "the server wants authentication other than Digest");
	cred.uri = pchat_str(r->uri);
	cred.qop = PCHAT_STR("auth");
	cred.nc = PCHAT_STR("00000001");
	cred.cnonce = pchat_str(cnonce);
	code = pchat_digest_ha1(alg, pchat_str(c->login), cred.realm, pchat_str(c->password), ha1,
	                        err);
	if (code == PCHAT_OK)
		code = pchat_digest_response(alg, &cred, pchat_str(r->method), ha1, response, err);
	if (code != PCHAT_OK)
		return code;
	pchat_buf_printf(out,
	                 "%s: Digest username=\"%s\", realm=\"%.*s\", nonce=\"%.*s\", uri=\"%s\", "
	                 "qop=auth, nc=00000001, cnonce=\"%s\", algorithm=%s, response=\"%s\"\r\n",
	                 proxy ? "Proxy-Authorization" : "Authorization", c->login,
	                 PCHAT_STR_ARG(cred.realm), PCHAT_STR_ARG(cred.nonce), r->uri, cnonce,
	                 pchat_digest_alg_name(alg), response);
	return pchat_buf_check(out, err);
}

enum pchat_code
psip_call(struct pchat_sip_client *c, struct psip_call *r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) cred = { 0 };
	enum pchat_code code;

	code = psip_call_send(c, r, NULL, err);
	if (code == PCHAT_OK)
		code = wait_answer(c, r, err);
	if (code != PCHAT_OK || (c->last.status != 401 && c->last.status != 407) || !c->password)
		return code;
	code = credentials(c, r, &cred, err);
	if (code != PCHAT_OK)
		return code;
	r->cseq++;
	code = psip_call_send(c, r, pchat_buf_cstr(&cred), err);
	return code == PCHAT_OK ? wait_answer(c, r, err) : code;
}

enum pchat_code
psip_call_ok(struct pchat_sip_client *c, struct psip_call *r, struct pchat_err *err)
{
	enum pchat_code code = psip_call(c, r, err);

	if (code == PCHAT_OK && c->last.status >= 300)
		code = psip_call_refused(c, r, err);
	return code;
}
