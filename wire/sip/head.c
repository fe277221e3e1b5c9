#include "wire/sip/internal.h"

#include <assert.h>

#include "base/auto.h"

/* What a client may make us remember of its names and routes. */
#define TEXT_MAX 8192

#define BRANCH   "z9hG4bK"

/* ---- keys ---- */

bool
psip_key_write(struct pchat_str call_id, struct pchat_str ours, struct pchat_str theirs,
               char to[PSIP_KEY_MAX], size_t *ret_n)
{
	const struct pchat_str part[] = { call_id, ours, theirs };
	size_t n = 0;

	for (size_t i = 0; i < PCHAT_N(part); i++) {
		if (part[i].n + 1 > PSIP_KEY_MAX - n)
			return false;
		if (i > 0)
			to[n++] = '\n';
		if (part[i].n > 0)
			memcpy(to + n, part[i].p, part[i].n);
		n += part[i].n;
	}
	*ret_n = n;
	return true;
}

/* ---- making the texts ---- */

/* The library works out Request-URI and Route from Record-Route and Contact, loose or strict; so
 * let it complete a request nobody sends, and take the texts from there. */
static msg_t *
scratch_request(struct pchat_sip_txn *txn, const char *tag)
{
	const sip_t *m = txn->sip_msg;
	nta_agent_t *agent = txn->sip->agent;
	nta_leg_t *leg = nta_leg_tcreate(agent, NULL, NULL, SIPTAG_CALL_ID(m->sip_call_id),
	                                 SIPTAG_FROM(m->sip_to), SIPTAG_TO(m->sip_from),
	                                 SIPTAG_CSEQ_STR("1 INFO"), TAG_END());
	msg_t *msg = leg ? nta_msg_create(agent, 0) : NULL;

	if (!msg || !nta_leg_tag(leg, tag) ||
	    nta_leg_server_route(leg, m->sip_record_route, m->sip_contact) < 0 ||
	    nta_msg_request_complete(msg, leg, sip_method_info, "INFO", NULL) < 0) {
		msg_destroy(msg);
		msg = NULL;
	}
	nta_leg_destroy(leg);
	return msg;
}

static void
add_header(struct pchat_buf *out, su_home_t *home, const char *name, const void *header)
{
	char *value = sip_header_as_string(home, header);

	pchat_buf_text(out, name);
	pchat_buf_text(out, value);
	pchat_buf_lit(out, "\r\n");
	out->failed |= !value;
}

struct texts {
	char key[PSIP_KEY_MAX];
	size_t key_n;
	struct pchat_buf start;
	struct pchat_buf rest;
	struct pchat_buf parties;
};

static void
write_start(struct texts *t, const struct pchat_sip_conn *conn, const char *uri)
{
	pchat_buf_printf(&t->start, " %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=" BRANCH, uri,
	                 conn->listener->tls ? "TLS" : "TCP", conn->local);
}

static void
write_rest(struct texts *t, const struct pchat_sip_conn *conn, su_home_t *home, const sip_t *m)
{
	pchat_buf_lit(&t->rest, "\r\n");
	for (const sip_route_t *r = m->sip_route; r; r = r->r_next)
		add_header(&t->rest, home, "Route: ", r);
	add_header(&t->rest, home, "From: ", m->sip_from);
	add_header(&t->rest, home, "To: ", m->sip_to);
	add_header(&t->rest, home, "Call-ID: ", m->sip_call_id);
	pchat_buf_printf(&t->rest, "Max-Forwards: 70\r\nContact: <sip:%s;transport=%s>\r\nCSeq: ",
	                 conn->local, conn->listener->tls ? "tls" : "tcp");
}

static void
write_parties(struct texts *t, const struct pchat_sip_conn *conn, su_home_t *home, const sip_t *m)
{
	const sip_addr_t *const party[] = { m->sip_from, m->sip_to };

	if (!conn->seal)
		return;
	for (size_t i = 0; i < PCHAT_N(party); i++)
		pchat_buf_printf(&t->parties, "<%s><%s>", url_as_string(home, party[i]->a_url),
		                 party[i]->a_tag ? party[i]->a_tag : "");
	pchat_buf_lit(&t->parties, "<><><>");
}

/* Exactly the lines we wrote: a name with a line break in it would add more. */
static bool
lines_are_whole(const struct pchat_buf *b)
{
	for (size_t i = 0; i < b->n; i++) {
		bool cr = b->p[i] == '\r';
		bool lf = b->p[i] == '\n';

		if (b->p[i] == '\0' || (cr && (i + 1 == b->n || b->p[i + 1] != '\n')) ||
		    (lf && (i == 0 || b->p[i - 1] != '\r')) ||
		    (lf && i + 1 < b->n && (b->p[i + 1] == ' ' || b->p[i + 1] == '\t')))
			return false;
	}
	return true;
}

static enum pchat_code
write_texts(struct pchat_sip_txn *txn, const char *tag, struct texts *t, struct pchat_err *err)
{
	msg_t *msg = scratch_request(txn, tag);
	const sip_t *m = msg ? sip_object(msg) : NULL;
	char *uri = m ? url_as_string(msg_home(msg), m->sip_request->rq_url) : NULL;

	if (uri) {
		write_start(t, txn->conn, uri);
		write_rest(t, txn->conn, msg_home(msg), m);
		write_parties(t, txn->conn, msg_home(msg), m);
	}
	msg_destroy(msg);
	if (!uri)
		return pchat_fail(err, PCHAT_INVALID, "no way to answer the caller");
	if (!pchat_buf_ok(&t->start) || !pchat_buf_ok(&t->rest) || !pchat_buf_ok(&t->parties))
		return pchat_fail(err, PCHAT_LIMIT, "the caller's addresses are too long");
	if (!lines_are_whole(&t->start) || !lines_are_whole(&t->rest))
		return pchat_fail(err, PCHAT_INVALID, "a line break in an address");
	return PCHAT_OK;
}

static struct pchat_sip_dialog *
assemble(const struct texts *t, size_t call_id_n)
{
	size_t n = t->key_n + t->start.n + t->rest.n + t->parties.n;
	struct pchat_sip_dialog *d = calloc(1, sizeof(*d) + n);

	if (!d)
		return NULL;
	assert(t->start.p && t->rest.p);
	d->call_id_n = (uint32_t)call_id_n;
	d->key_n = (uint32_t)t->key_n;
	d->start_n = (uint32_t)t->start.n;
	d->rest_n = (uint32_t)t->rest.n;
	memcpy(d->text, t->key, t->key_n);
	memcpy(d->text + t->key_n, t->start.p, t->start.n);
	memcpy(d->text + t->key_n + t->start.n, t->rest.p, t->rest.n);
	d->parties_n = (uint32_t)t->parties.n;
	if (t->parties.n > 0)
		memcpy(d->text + n - t->parties.n, t->parties.p, t->parties.n);
	return d;
}

struct pchat_sip_dialog *
psip_dialog_new(struct pchat_sip_txn *txn, struct pchat_err *err)
{
	struct texts t = { .start.max = TEXT_MAX, .rest.max = TEXT_MAX, .parties.max = TEXT_MAX };
	struct pchat_sip_dialog *d = NULL;
	uint64_t random;
	char tag[17];

	pchat_random(&random, sizeof(random));
	snprintf(tag, sizeof(tag), "%016llx", (unsigned long long)random);
	if (!psip_key_write(txn->rq.call_id, pchat_str(tag), txn->rq.from.tag, t.key, &t.key_n)) {
		pchat_fail(err, PCHAT_LIMIT, "Call-ID and tag are too long");
		return NULL;
	}
	if (write_texts(txn, tag, &t, err) == PCHAT_OK) {
		d = assemble(&t, txn->rq.call_id.n);
		if (!d)
			pchat_no_memory(err);
	}
	pchat_buf_release(&t.start);
	pchat_buf_release(&t.rest);
	pchat_buf_release(&t.parties);
	if (d && !nta_incoming_tag(txn->irq, tag)) {
		free(d);
		pchat_no_memory(err);
		return NULL;
	}
	return d;
}

/* ---- writing a head ---- */

#define UINT32_DIGITS 10
#define SIZE_DIGITS   20

static char *
put(char *to, const char *p, size_t n)
{
	memcpy(to, p, n);
	return to + n;
}

#define PUT_LITERAL(to, literal) put((to), (literal), sizeof(literal) - 1)

static char *
put_number(char *to, uint64_t v)
{
	char digits[SIZE_DIGITS];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n > 0)
		*to++ = digits[--n];
	return to;
}

static char *
put_hex32(char *to, uint32_t v)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[v >> shift & 15];
	return to;
}

struct pchat_str
psip_dialog_parties(const struct pchat_sip_dialog *d)
{
	return (struct pchat_str){ d->text + d->key_n + d->start_n + d->rest_n, d->parties_n };
}

size_t
psip_head_max(const struct pchat_sip_dialog *d)
{
	enum { METHODS = 2 * 8, BRANCH_HEX = 3 * 8, FIXED = 128 };

	return d->start_n + d->rest_n + METHODS + BRANCH_HEX + UINT32_DIGITS + SIZE_DIGITS + FIXED +
	       psip_seal_max(d->conn);
}

size_t
psip_head_write(const struct pchat_sip_dialog *d, struct pchat_str method, uint32_t cseq,
                size_t body_size, char *to)
{
	char *p = put(to, method.p, method.n);

	p = put(p, d->text + d->key_n, d->start_n);
	p = put_hex32(p, d->slot);
	p = put_hex32(p, d->nonce);
	p = put_hex32(p, cseq);
	p = put(p, d->text + d->key_n + d->start_n, d->rest_n);
	p = put_number(p, cseq);
	*p++ = ' ';
	p = put(p, method.p, method.n);
	if (d->conn->seal)
		p += psip_seal_write(d, method, cseq, p);
	if (body_size > 0)
		p = PUT_LITERAL(p, "\r\nContent-Type: text/plain");
	p = PUT_LITERAL(p, "\r\nContent-Length: ");
	p = put_number(p, body_size);
	p = PUT_LITERAL(p, "\r\n\r\n");
	assert((size_t)(p - to) <= psip_head_max(d));
	return (size_t)(p - to);
}

/* ---- and back ---- */

static bool
get_hex32(const char **s, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 8; i++) {
		char c = *(*s)++;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false; /* also at the terminator */
	}
	*ret = v;
	return true;
}

struct pchat_sip_dialog *
psip_dialog_of_branch(struct pchat_sip *sip, const char *branch, uint32_t *ret_cseq)
{
	struct pchat_sip_dialog *d;
	const char *s = branch;
	uint32_t slot, nonce;

	if (!s || strncmp(s, BRANCH, sizeof(BRANCH) - 1) != 0)
		return NULL;
	s += sizeof(BRANCH) - 1;
	if (!get_hex32(&s, &slot) || !get_hex32(&s, &nonce) || !get_hex32(&s, ret_cseq) || *s ||
	    slot >= sip->slots.n)
		return NULL;
	d = sip->slots.v[slot];
	return d && d->nonce == nonce ? d : NULL;
}
