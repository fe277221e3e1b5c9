#include "tests/bench/load.h"
#include "tests/bench/ticket.h"

#define VIAS_MAX 8

struct message {
	struct pchat_str first;          /* start line */
	struct pchat_str vias[VIAS_MAX]; /* whole lines, as the rest */
	unsigned n_vias;
	struct pchat_str from, to, call_id, cseq, contact;
	size_t length; /* of the body */
	struct pchat_str body;
};

struct header {
	const char *name;
	size_t at; /* offset of the view in struct message */
};

static const struct header headers[] = {
	{ "From:", offsetof(struct message, from) },
	{ "To:", offsetof(struct message, to) },
	{ "Call-ID:", offsetof(struct message, call_id) },
	{ "CSeq:", offsetof(struct message, cseq) },
	{ "Contact:", offsetof(struct message, contact) },
};

/* What follows the name of a header line. */
static struct pchat_str
value(struct pchat_str line)
{
	struct pchat_str rest;

	pchat_str_cut(line, ':', &rest);
	return pchat_str_trim(rest);
}

static void
take_header(struct message *m, struct pchat_str line)
{
	uint64_t n;

	if (pchat_str_istarts(line, "Via:")) {
		if (m->n_vias < VIAS_MAX)
			m->vias[m->n_vias++] = line;
		return;
	}
	if (pchat_str_istarts(line, "Content-Length:")) {
		if (pchat_str_uint(value(line), 1 << 24, &n))
			m->length = (size_t)n;
		return;
	}
	for (size_t i = 0; i < PCHAT_N(headers); i++)
		if (pchat_str_istarts(line, headers[i].name))
			*(struct pchat_str *)((char *)m + headers[i].at) = line;
}

/* Take one message off @in. 1: done; 0: not all there yet; -1: no SIP. */
static int
next_message(struct pchat_str in, struct message *m, size_t *ret_used)
{
	const char *end = memmem(in.p, in.n, "\r\n\r\n", 4);
	struct pchat_str head;
	size_t used;

	*m = (struct message){ 0 };
	if (!end)
		return in.n > LOAD_RECV ? -1 : 0;
	head = (struct pchat_str){ in.p, (size_t)(end - in.p) + 2 };
	used = head.n + 2;
	for (bool first = true; head.n > 0; first = false) {
		struct pchat_str line = pchat_str_cut(head, '\n', &head);

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (first)
			m->first = line;
		else
			take_header(m, line);
	}
	if (in.n - used < m->length)
		return 0;
	m->body = (struct pchat_str){ in.p + used, m->length };
	*ret_used = used + m->length;
	return 1;
}

static struct load_dialog *
find_dialog(struct load *l, const struct message *m)
{
	struct pchat_str id = value(m->call_id);
	uint64_t n;

	if (!pchat_str_starts(id, "bench-"))
		return NULL;
	id.p += strlen("bench-");
	id.n -= strlen("bench-");
	return pchat_str_uint(id, l->opt.n - 1, &n) ? &l->dialogs[n] : NULL;
}

static void
put_line(struct pchat_buf *out, struct pchat_str line)
{
	pchat_buf_str(out, line);
	pchat_buf_lit(out, "\r\n");
}

/* What stands between '<' and '>'. */
static struct pchat_str
uri_of(struct pchat_str line)
{
	struct pchat_str rest;

	pchat_str_cut(line, '<', &rest);
	return pchat_str_cut(rest, '>', &rest);
}

static struct pchat_str
tag_of(struct pchat_str line)
{
	const char *at = line.n ? memmem(line.p, line.n, ";tag=", 5) : NULL;
	struct pchat_str rest = { 0 };

	if (!at)
		return rest;
	rest = (struct pchat_str){ at + 5, line.n - (size_t)(at + 5 - line.p) };
	return pchat_str_cut(rest, ';', &rest);
}

static void
put_signature(struct load_conn *c, const struct message *m, const char *status)
{
	PCHAT_AUTO_VALUE(buf) fields = { 0 };
	struct pchat_str method, number = pchat_str_cut(value(m->cseq), ' ', &method);

	if (!c->ticket)
		return;
	pchat_buf_printf(&fields, "<%.*s><%.*s><%.*s><%.*s><%.*s><%.*s><%.*s><><><><%.3s>",
	                 PCHAT_STR_ARG(value(m->call_id)), PCHAT_STR_ARG(number),
	                 PCHAT_STR_ARG(method), PCHAT_STR_ARG(uri_of(m->from)),
	                 PCHAT_STR_ARG(tag_of(m->from)), PCHAT_STR_ARG(uri_of(m->to)),
	                 PCHAT_STR_ARG(tag_of(m->to)), status);
	load_ticket_put(c->ticket, &c->out, pchat_buf_cstr(&fields));
}

static void
answer(struct load_conn *c, const struct message *m, const char *status)
{
	pchat_buf_lit(&c->out, "SIP/2.0 ");
	pchat_buf_text(&c->out, status);
	pchat_buf_lit(&c->out, "\r\n");
	for (unsigned i = 0; i < m->n_vias; i++)
		put_line(&c->out, m->vias[i]);
	put_line(&c->out, m->from);
	put_line(&c->out, m->to);
	put_line(&c->out, m->call_id);
	put_line(&c->out, m->cseq);
	put_signature(c, m, status);
	pchat_buf_lit(&c->out, "Content-Length: 0\r\n\r\n");
	load_dirty(c);
}

/* ---- what stands in the bodies ---- */

/* The number behind @key, up to anything that is no digit. */
static bool
number_after(struct pchat_str body, const char *key, uint64_t *ret, const char **ret_rest)
{
	const char *at = memmem(body.p, body.n, key, strlen(key));
	const char *end = body.p + body.n;
	uint64_t n = 0;

	if (!at)
		return false;
	at += strlen(key);
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	*ret = n;
	*ret_rest = at;
	return true;
}

/* chatIds of a room come without gaps, repeats or steps back, on every dialog. */
static void
check_order(struct load_dialog *d, uint64_t chat_id)
{
	struct load *l = d->conn->load;

	if (d->chat_id && chat_id == d->chat_id)
		l->duplicates++;
	else if (d->chat_id && chat_id < d->chat_id)
		l->reordered++;
	else if (d->chat_id && chat_id > d->chat_id + 1)
		l->lost += chat_id - d->chat_id - 1;
	d->chat_id = chat_id;
}

static void
delivery(struct load_dialog *d, struct pchat_str body)
{
	struct load *l = d->conn->load;
	uint64_t chat_id, seq, stamp;
	const char *rest;
	int64_t now = pchat_monotonic();

	if (!number_after(body, " chatId=\"", &chat_id, &rest)) {
		load_complain(l, "a delivery has no chatId");
		return;
	}
	check_order(d, chat_id);
	if (!number_after(body, LOAD_STAMP, &seq, &rest))
		return;
	body.n -= (size_t)(rest - body.p);
	body.p = rest;
	if (!number_after(body, " ", &stamp, &rest) || !l->measuring)
		return;
	l->delivered++;
	if (!pchat_vec_push(&l->latency, (uint32_t)(now - (int64_t)stamp)))
		load_complain(l, "out of memory");
}

static bool
has(struct pchat_str body, const char *part)
{
	return memmem(body.p, body.n, part, strlen(part)) != NULL;
}

static void
reply(struct load_dialog *d, struct pchat_str body)
{
	struct load *l = d->conn->load;
	bool good = has(body, "<resp code=\"200\"");

	if (!good)
		load_complain(l, "user %u: %.*s", d->index, PCHAT_STR_ARG(body));
	if (l->opt.rooms && d->state == LOAD_JOINING) {
		if (good)
			load_sign_in(d);
		d->state = good ? d->state : LOAD_DEAD;
		l->dead += !good;
	} else if (has(body, "id=\"rpl:grpchat\"")) {
		l->acknowledged += good;
	} else if (has(body, "id=\"rpl:join\"") && d->state == LOAD_JOINING) {
		d->state = good ? LOAD_JOINED : LOAD_DEAD;
		l->joined += good;
		l->dead += !good;
	}
}

static void
request(struct load_conn *c, const struct message *m)
{
	struct load_dialog *d = find_dialog(c->load, m);

	answer(c, m, d ? "200 OK" : "481 No such dialog");
	if (!d)
		return;
	if (pchat_str_starts(m->first, "BYE ")) {
		load_complain(c->load, "user %u: the server said BYE", d->index);
		c->load->joined -= d->state == LOAD_JOINED;
		c->load->dead += d->state != LOAD_DEAD;
		d->state = LOAD_DEAD;
	} else if (has(m->body, "<grpchat ")) {
		delivery(d, m->body);
	} else {
		c->load->other++;
		if (has(m->body, "<rpl "))
			reply(d, m->body);
	}
}

/* ---- answers ---- */

static void
invited(struct load_dialog *d, const struct message *m)
{
	struct pchat_str contact = uri_of(m->contact);

	free(d->tag);
	free(d->remote);
	d->tag = pchat_str_dup(tag_of(m->to));
	d->remote = contact.n ? pchat_str_dup(contact) : pchat_text("%s", d->conn->load->opt.pool);
	if (d->tag && d->remote)
		load_ack_and_join(d);
}

static void
response(struct load_conn *c, const struct message *m)
{
	struct load_dialog *d = find_dialog(c->load, m);
	char status;

	if (!d || m->first.n <= 8)
		return;
	status = m->first.p[8];
	if (status == '1')
		return;
	if (d->state == LOAD_REGISTERING && c->load->opt.keytab && !c->ticket &&
	    pchat_str_starts(m->first, "SIP/2.0 401")) {
		load_prove(d);
	} else if (status != '2') {
		load_complain(c->load, "user %u: %.*s: %.*s", d->index,
		              PCHAT_STR_ARG(value(m->cseq)), PCHAT_STR_ARG(m->first));
		if (d->state < LOAD_JOINED) {
			d->state = LOAD_DEAD;
			c->load->dead++;
		}
	} else if (d->state == LOAD_REGISTERING) {
		load_invite(d);
	} else if (d->state == LOAD_INVITING) {
		invited(d, m);
	}
}

bool
load_receive(struct load_conn *c)
{
	struct message m;
	size_t used;
	int got;

	for (;;) {
		/* Blank lines between messages keep a connection alive. */
		while (c->in_at < c->in.n &&
		       (c->in.p[c->in_at] == '\r' || c->in.p[c->in_at] == '\n'))
			c->in_at++;
		got = next_message((struct pchat_str){ c->in.p + c->in_at, c->in.n - c->in_at }, &m,
		                   &used);
		if (got <= 0)
			return got == 0;
		if (pchat_str_starts(m.first, "SIP/2.0 "))
			response(c, &m);
		else
			request(c, &m);
		c->in_at += used;
	}
}
