#include "wire/sip/seal.h"

#include <assert.h>
#include <sofia-sip/sip_extra.h>

#include "base/auto.h"
#include "wire/sip/internal.h"

/* Messages of a connection that may fail their check before it is closed. */
#define UNSEALED_MAX 16
/* What a message of ours may bring into the signed text. */
#define TEXT_MAX 16384

struct pchat_sip_seal {
	const struct pchat_sip_mechanism *mechanism;
	void *context;
	char *target;
	uint32_t seen; /* highest cnum */
	uint32_t snum;
	size_t line_max;
	struct pchat_buf text;  /* what is signed: kept for its memory */
	struct pchat_buf fixed; /* what stands in all of them and in all lines: */
	struct pchat_str text_start, text_middle, line_start, line_end;
};

static const char *const unsealed_texts[] = {
#define X(symbol, text) [PCHAT_SIP_UNSEALED_##symbol] = text,
	PCHAT_SIP_UNSEALEDS(X)
#undef X
};

const char *
pchat_sip_unsealed_text(enum pchat_sip_unsealed why)
{
	return unsealed_texts[why];
}

/* ---- life ---- */

void
pchat_sip_seal_free(struct pchat_sip_seal *s)
{
	if (!s)
		return;
	s->mechanism->free(s->context);
	pchat_buf_release(&s->text);
	pchat_buf_release(&s->fixed);
	free(s->target);
	free(s);
}

/* A text begins <scheme><rand><num><realm><target>; a line is for one srand, snum and signature. */
static bool
write_fixed(struct pchat_sip_seal *s, uint32_t opaque)
{
	struct pchat_str *const part[] = { &s->text_start, &s->text_middle, &s->line_start,
		                           &s->line_end };
	struct pchat_buf *b = &s->fixed;
	size_t end[PCHAT_N(part)];

	if (!opaque)
		pchat_random(&opaque, sizeof(opaque));
	pchat_buf_printf(b, "<%s><", s->mechanism->scheme);
	end[0] = b->n;
	pchat_buf_printf(b, "><" PCHAT_SIPAE_REALM "><%s>", s->target);
	end[1] = b->n;
	pchat_buf_printf(b, "\r\nAuthentication-Info: %s qop=\"auth\", opaque=\"%08x\", srand=\"",
	                 s->mechanism->scheme, opaque);
	end[2] = b->n;
	pchat_buf_printf(
		b, "\", targetname=\"%s\", realm=\"" PCHAT_SIPAE_REALM "\", version=4, rspauth=\"",
		s->target);
	end[3] = b->n;
	for (size_t i = 0, at = 0; i < PCHAT_N(part) && pchat_buf_ok(b); at = end[i++])
		*part[i] = (struct pchat_str){ b->p + at, end[i] - at };
	return pchat_buf_ok(b);
}

enum pchat_code
pchat_sip_seal_new(const struct pchat_sip_mechanism *mechanism, void *context, const char *target,
                   uint32_t opaque, struct pchat_sip_seal **ret, struct pchat_err *err)
{
	struct pchat_sip_seal *s = calloc(1, sizeof(*s));

	if (!s) {
		mechanism->free(context);
		return pchat_no_memory(err);
	}
	s->mechanism = mechanism;
	s->context = context;
	s->text.max = TEXT_MAX;
	s->target = pchat_str_dup(pchat_str(target));
	if (!s->target || !write_fixed(s, opaque)) {
		pchat_sip_seal_free(s);
		return pchat_no_memory(err);
	}
	enum { NUMBERS = 64 }; /* srand, snum and what is around them */
	s->line_max = s->line_start.n + s->line_end.n + NUMBERS +
	              (size_t)2 * PCHAT_SIPAE_SIGNATURE_MAX;
	*ret = s;
	return PCHAT_OK;
}

static void
tell(struct pchat_sip_conn *conn, enum pchat_sip_unsealed why)
{
	const struct pchat_sip_handlers *h = conn->sip->h;

	if (h->unsealed)
		h->unsealed(conn->sip->ctx, conn, why);
}

static void
on_expired(void *ctx)
{
	tell(ctx, PCHAT_SIP_UNSEALED_EXPIRED);
	/* 401 would make the client send the same again without end; coming back is what it does
	 * well (real-client.md sections 4.4 and 10). */
	psip_conn_ends(ctx);
}

enum pchat_code
pchat_sip_conn_seal(struct pchat_sip_conn *conn, struct pchat_sip_seal *s, uint32_t seconds,
                    struct pchat_err *err)
{
	if (!conn->seal && conn->n_dialogs > 0) {
		pchat_sip_seal_free(s);
		return pchat_fail(err, PCHAT_CONFLICT, "the connection has unsigned dialogs");
	}
	pchat_sip_seal_free(conn->seal);
	conn->seal = s;
	conn->rekeying = false;
	conn->n_unsealed = 0;
	pchat_sip_timer_set(conn->sip, &conn->seal_timer, seconds, on_expired, conn);
	if (conn->n_ready > 0)
		psip_conn_dirty(conn);
	return PCHAT_OK;
}

void
pchat_sip_conn_rekey(struct pchat_sip_conn *conn)
{
	conn->rekeying = conn->seal != NULL;
}

bool
pchat_sip_conn_sealed(const struct pchat_sip_conn *conn)
{
	return conn->seal != NULL;
}

void
pchat_sip_seal_challenge(struct pchat_buf *out, const char *scheme, const char *target)
{
	pchat_buf_printf(out, "%s realm=\"" PCHAT_SIPAE_REALM "\", targetname=\"%s\", version=4",
	                 scheme, target);
}

/* ---- what comes in ---- */

static void
read_identity(su_home_t *home, const sip_t *m, const char *name, struct pchat_sipae_fields *f)
{
	for (const sip_unknown_t *u = m->sip_unknown; u; u = u->un_next) {
		const sip_p_asserted_identity_t *id = NULL;

		if (pchat_str_iis(pchat_str(u->un_name), name) && u->un_value)
			id = sip_p_asserted_identity_make(home, u->un_value);
		for (; id; id = id->paid_next) {
			struct pchat_str *to = id->paid_url->url_type == url_tel ? &f->tel_identity
			                                                         : &f->sip_identity;

			if (!to->n)
				*to = pchat_str(url_as_string(home, id->paid_url));
		}
	}
}

/* Typed where a client wrote it, to the letter where we did. */
static struct pchat_str
expires_of(su_home_t *home, const sip_t *m)
{
	if (m->sip_expires)
		return pchat_str(su_sprintf(home, "%lu", m->sip_expires->ex_delta));
	for (const sip_unknown_t *u = m->sip_unknown; u; u = u->un_next) {
		if (pchat_str_iis(pchat_str(u->un_name), "Expires"))
			return pchat_str_trim(pchat_str(u->un_value));
	}
	return (struct pchat_str){ 0 };
}

/* All that the message itself says; texts live as long as @m and @home. What the library answers
 * to something malformed may lack any of it. */
static void
read_fields(su_home_t *home, const sip_t *m, struct pchat_sipae_fields *f)
{
	if (m->sip_call_id)
		f->call_id = pchat_str(m->sip_call_id->i_id);
	if (m->sip_cseq) {
		f->cseq = m->sip_cseq->cs_seq;
		f->method = pchat_str(m->sip_cseq->cs_method_name);
	}
	if (m->sip_from) {
		f->from = pchat_str(url_as_string(home, m->sip_from->a_url));
		f->from_tag = pchat_str(m->sip_from->a_tag);
	}
	if (m->sip_to) {
		f->to = pchat_str(url_as_string(home, m->sip_to->a_url));
		f->to_tag = pchat_str(m->sip_to->a_tag);
	}
	f->expires = expires_of(home, m);
	if (m->sip_status)
		f->status = (unsigned)m->sip_status->st_status;
	read_identity(home, m, "P-Asserted-Identity", f);
	if (!f->sip_identity.n && !f->tel_identity.n)
		read_identity(home, m, "P-Preferred-Identity", f);
}

static void
begin_text(struct pchat_sip_seal *s, struct pchat_str rand, struct pchat_str num)
{
	struct pchat_buf *b = &s->text;

	pchat_buf_clear(b);
	pchat_buf_str(b, s->text_start);
	pchat_buf_str(b, rand);
	pchat_buf_lit(b, "><");
	pchat_buf_str(b, num);
	pchat_buf_str(b, s->text_middle);
}

/* What a message within @d is signed for, but for the status of an answer. */
static void
add_dialog(struct pchat_sip_seal *s, const struct pchat_sip_dialog *d, uint32_t cseq,
           struct pchat_str method)
{
	struct pchat_buf *b = &s->text;

	pchat_buf_char(b, '<');
	pchat_buf_add(b, d->text, d->call_id_n);
	pchat_buf_lit(b, "><");
	pchat_buf_uint(b, cseq);
	pchat_buf_lit(b, "><");
	pchat_buf_str(b, method);
	pchat_buf_char(b, '>');
	pchat_buf_str(b, psip_dialog_parties(d));
}

/* The text of @m by all the message itself says. */
static void
add_message(struct pchat_sip_seal *s, const struct pchat_sip_credentials *cred, const sip_t *m)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	struct pchat_sipae_fields f = { .scheme = pchat_str(s->mechanism->scheme),
		                        .rand = cred->crand,
		                        .num = cred->cnum,
		                        .realm = PCHAT_STR(PCHAT_SIPAE_REALM),
		                        .target = pchat_str(s->target) };

	read_fields(home, m, &f);
	pchat_buf_clear(&s->text);
	pchat_sipae_text(&s->text, &f);
	su_home_deinit(home);
}

static bool
is_right(const struct pchat_sip_seal *s, const unsigned char *mic, size_t n)
{
	return pchat_buf_ok(&s->text) &&
	       s->mechanism->verify(s->context, pchat_buf_view(&s->text), mic, n);
}

/* @m is an answer within @d, or @d is NULL. */
static enum pchat_sip_unsealed
check_message(struct pchat_sip_seal *s, const sip_t *m, const struct pchat_sip_credentials *cred,
              const struct pchat_sip_dialog *d)
{
	unsigned char mic[PCHAT_SIPAE_SIGNATURE_MAX];
	uint32_t seen = s->seen;
	bool right = false;
	size_t n = 0;

	if (!cred->response.n || !pchat_str_iis(cred->scheme, s->mechanism->scheme))
		return PCHAT_SIP_UNSEALED_UNSIGNED;
	if (!pchat_sipae_unhex(cred->response, mic, sizeof(mic), &n) || n == 0)
		return PCHAT_SIP_UNSEALED_FORGED;
	if (!pchat_sipae_fresh(&seen, cred->cnum))
		return PCHAT_SIP_UNSEALED_REPLAYED;
	if (d) {
		/* Who answers repeats what we said, and that is at hand. */
		begin_text(s, cred->crand, cred->cnum);
		add_dialog(s, d, m->sip_cseq->cs_seq, pchat_str(m->sip_cseq->cs_method_name));
		pchat_buf_char(&s->text, '<');
		pchat_buf_uint(&s->text, (uint64_t)m->sip_status->st_status);
		pchat_buf_char(&s->text, '>');
		right = is_right(s, mic, n);
	}
	if (!right) {
		add_message(s, cred, m);
		right = is_right(s, mic, n);
	}
	if (right)
		s->seen = seen;
	return right ? PCHAT_SIP_UNSEALED_NOT : PCHAT_SIP_UNSEALED_FORGED;
}

enum pchat_sip_unsealed
pchat_sip_seal_check(struct pchat_sip_seal *s, const struct pchat_sip_txn *txn)
{
	if (!txn->rq.has_authorization)
		return PCHAT_SIP_UNSEALED_UNSIGNED;
	return check_message(s, txn->sip_msg, &txn->rq.authorization, NULL);
}

static void
count(struct pchat_sip_conn *conn, enum pchat_sip_unsealed why)
{
	tell(conn, why);
	if (++conn->n_unsealed >= UNSEALED_MAX)
		psip_conn_ends(conn);
}

static void
refuse(struct pchat_sip_txn *txn, enum pchat_sip_unsealed why)
{
	struct pchat_sip_conn *conn = txn->conn;
	const struct pchat_sip_seal *s = conn->seal;
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	if (why == PCHAT_SIP_UNSEALED_UNSIGNED) {
		pchat_buf_lit(&line, "WWW-Authenticate: ");
		pchat_sip_seal_challenge(&line, s->mechanism->scheme, s->target);
		pchat_sip_reply(txn,
		                &(struct pchat_sip_reply){ .status = 401,
		                                           .headers = (const char *const[]){
								   pchat_buf_cstr(&line), NULL } });
	} else {
		pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	}
	count(conn, why);
}

bool
psip_seal_admit(struct pchat_sip_txn *txn)
{
	struct pchat_sip_conn *conn = txn->conn;
	struct pchat_sip_request *rq = &txn->rq;
	enum pchat_sip_unsealed why;

	if (!conn->seal)
		return true;
	/* The way to a new association; it is the handler's to challenge it (real-client.md 4.4).
	 */
	if (rq->kind == PCHAT_SIP_REGISTER &&
	    (!rq->has_authorization || rq->authorization.gssapi_data.p))
		return true;
	why = conn->rekeying ? PCHAT_SIP_UNSEALED_UNSIGNED : pchat_sip_seal_check(conn->seal, txn);
	rq->sealed = why == PCHAT_SIP_UNSEALED_NOT;
	if (why)
		refuse(txn, why); /* which ends the life of @txn */
	return why == PCHAT_SIP_UNSEALED_NOT;
}

/* The inside of a quoted string; what has anything escaped is none of these values. */
static struct pchat_str
unquoted(const char *value)
{
	struct pchat_str v = pchat_str(value);

	if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"') {
		v.p++;
		v.n -= 2;
	}
	return memchr(v.p, '\\', v.n) ? (struct pchat_str){ 0 } : v;
}

/* What a signature needs of the Authorization header for @scheme: read as it stands, without a
 * copy, for there is one in every answer. */
static struct pchat_sip_credentials
read_signature(const msg_auth_t *au, const char *scheme)
{
	struct pchat_sip_credentials cred = { 0 };

	while (au && !pchat_str_iis(pchat_str(au->au_scheme), scheme))
		au = au->au_next;
	if (!au)
		return cred;
	cred.scheme = pchat_str(au->au_scheme);
	for (const msg_param_t *p = au->au_params; p && *p; p++) {
		if (strncasecmp(*p, "crand=", 6) == 0)
			cred.crand = unquoted(*p + 6);
		else if (strncasecmp(*p, "cnum=", 5) == 0)
			cred.cnum = unquoted(*p + 5);
		else if (strncasecmp(*p, "response=", 9) == 0)
			cred.response = unquoted(*p + 9);
	}
	return cred;
}

bool
psip_seal_good(struct pchat_sip_conn *conn, const sip_t *m, const struct pchat_sip_dialog *d)
{
	struct pchat_sip_credentials cred;
	enum pchat_sip_unsealed why;

	if (!conn || !conn->seal || conn->rekeying)
		return true;
	cred = read_signature(m->sip_authorization, conn->seal->mechanism->scheme);
	why = check_message(conn->seal, m, &cred, d);
	if (why != PCHAT_SIP_UNSEALED_NOT)
		count(conn, why);
	return why == PCHAT_SIP_UNSEALED_NOT;
}

/* ---- what goes out ---- */

#define HEX32         8
#define UINT32_DIGITS 10

size_t
psip_seal_max(const struct pchat_sip_conn *conn)
{
	return conn && conn->seal && !conn->rekeying ? conn->seal->line_max : 0;
}

/* srand and snum of one message. */
struct numbers {
	char rand[HEX32];
	char num[UINT32_DIGITS + 1];
	size_t num_n;
};

static char *
put_hex(char *to, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[p[i] >> 4];
		*to++ = digits[p[i] & 15];
	}
	return to;
}

static struct numbers
next_numbers(struct pchat_sip_conn *conn)
{
	uint32_t random = psip_random(conn->sip);
	struct numbers n;

	put_hex(n.rand, (const unsigned char *)&random, sizeof(random));
	n.num_n = (size_t)snprintf(n.num, sizeof(n.num), "%u", ++conn->seal->snum);
	begin_text(conn->seal, (struct pchat_str){ n.rand, HEX32 },
	           (struct pchat_str){ n.num, n.num_n });
	return n;
}

static char *
put(char *to, struct pchat_str s)
{
	memcpy(to, s.p, s.n);
	return to + s.n;
}

/* The line, with its own break in front and without one behind; 0 octets without a signature. */
static size_t
finish_line(struct pchat_sip_conn *conn, const struct numbers *numbers, char *to)
{
	struct pchat_sip_seal *s = conn->seal;
	unsigned char mic[PCHAT_SIPAE_SIGNATURE_MAX];
	size_t n = 0;
	char *p = to;

	if (pchat_buf_ok(&s->text))
		n = s->mechanism->sign(s->context, pchat_buf_view(&s->text), mic);
	if (n == 0) {
		psip_conn_ends(conn); /* the client would drop all that follows without a word */
		return 0;
	}
	p = put(p, s->line_start);
	p = put(p, (struct pchat_str){ numbers->rand, HEX32 });
	p = put(p, PCHAT_STR("\", snum=\""));
	p = put(p, (struct pchat_str){ numbers->num, numbers->num_n });
	p = put(p, s->line_end);
	p = put_hex(p, mic, n);
	*p++ = '"';
	assert((size_t)(p - to) <= s->line_max);
	return (size_t)(p - to);
}

size_t
psip_seal_write(const struct pchat_sip_dialog *d, struct pchat_str method, uint32_t cseq, char *to)
{
	struct pchat_sip_conn *conn = d->conn;
	struct numbers numbers;

	if (psip_seal_max(conn) == 0 || d->parties_n == 0)
		return 0;
	numbers = next_numbers(conn);
	add_dialog(conn->seal, d, cseq, method);
	return finish_line(conn, &numbers, to);
}

/* Challenges are for those who have no association any more, and what is repeated is signed. */
static bool
is_to_be_signed(const struct pchat_sip_conn *conn, const sip_t *m)
{
	if (psip_seal_max(conn) == 0 || !m || !m->sip_status || m->sip_status->st_status < 200 ||
	    m->sip_status->st_status == 401)
		return false;
	for (const sip_unknown_t *u = m->sip_unknown; u; u = u->un_next) {
		if (pchat_str_iis(pchat_str(u->un_name), "Authentication-Info"))
			return false;
	}
	return true;
}

static size_t
write_answer(struct pchat_sip_conn *conn, su_home_t *home, const sip_t *m, char *to)
{
	struct pchat_buf *text = &conn->seal->text;
	struct numbers numbers = next_numbers(conn);
	struct pchat_sipae_fields f = { 0 };

	read_fields(home, m, &f);
	pchat_sipae_text_of_message(text, &f);
	return finish_line(conn, &numbers, to);
}

bool
psip_on_answer(void *ctx, tport_t *tp, msg_t *msg)
{
	struct pchat_sip_conn *conn = psip_conn_known(ctx, tp);
	sip_t *m = sip_object(msg);
	su_home_t *home = msg_home(msg);
	sip_unknown_t *line = NULL;
	char *text;
	size_t n = 0;

	if (!is_to_be_signed(conn, m))
		return true;
	text = su_alloc(home, (isize_t)psip_seal_max(conn) + 1);
	if (text)
		n = write_answer(conn, home, m, text);
	if (n > 0) {
		text[n] = '\0';
		line = sip_unknown_make(home, text + strlen("\r\n"));
	}
	if (line && msg_header_insert(msg, (msg_pub_t *)m, (msg_header_t *)line) >= 0)
		return true;
	psip_conn_ends(conn);
	return false;
}
