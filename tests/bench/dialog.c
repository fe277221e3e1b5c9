#include "tests/bench/load.h"
#include "tests/bench/ticket.h"

#define SDP                                                                               \
	"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" \
	"m=message 5060 sip null\r\na=accept-types:text/plain\r\n"

/* The URI of a user: the pattern with its number for %d. */
static void
put_user(struct pchat_buf *out, const struct load_dialog *d)
{
	const struct load_options *o = &d->conn->load->opt;
	const char *number = strstr(o->users, "%d");

	pchat_buf_add(out, o->users, (size_t)(number - o->users));
	pchat_buf_uint(out, o->first + d->index);
	pchat_buf_text(out, number + 2);
}

static void
put_signature(struct load_dialog *d, const char *method, const char *to, uint32_t cseq)
{
	PCHAT_AUTO_VALUE(buf) fields = { 0 };

	if (!d->conn->ticket)
		return;
	pchat_buf_printf(&fields, "<bench-%u><%u><%s><", d->index, cseq, method);
	put_user(&fields, d);
	pchat_buf_printf(&fields, "><f%u><%s><%s><><><>", d->index, to, d->tag ? d->tag : "");
	load_ticket_put(d->conn->ticket, &d->conn->out, pchat_buf_cstr(&fields));
}

/* Everything of a request up to the headers that only some have. */
static void
put_head(struct load_dialog *d, const char *method, const char *uri, const char *to, uint32_t cseq)
{
	struct pchat_buf *out = &d->conn->out;

	pchat_buf_printf(out, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bKb%llu\r\nFrom: <",
	                 method, uri, d->conn->ssl ? "TLS" : "TCP", d->conn->local,
	                 (unsigned long long)++d->conn->load->branch);
	put_user(out, d);
	pchat_buf_printf(out, ">;tag=f%u;epid=%012x\r\nTo: <%s>", d->index, d->index, to);
	if (d->tag)
		pchat_buf_printf(out, ";tag=%s", d->tag);
	pchat_buf_printf(out,
	                 "\r\nCall-ID: bench-%u\r\nCSeq: %u %s\r\nMax-Forwards: 70\r\n"
	                 "User-Agent: bench_chat\r\n",
	                 d->index, cseq, method);
	put_signature(d, method, to, cseq);
}

static void
put_contact(struct load_dialog *d)
{
	struct pchat_buf *out = &d->conn->out;

	pchat_buf_printf(out, "Contact: <sip:u%u@%s;transport=%s>\r\n", d->index, d->conn->local,
	                 d->conn->ssl ? "tls" : "tcp");
}

static void
put_body(struct load_dialog *d, const char *type, struct pchat_str body)
{
	struct pchat_buf *out = &d->conn->out;

	if (body.n > 0)
		pchat_buf_printf(out, "Content-Type: %s\r\n", type);
	pchat_buf_printf(out, "Content-Length: %zu\r\n\r\n", body.n);
	pchat_buf_str(out, body);
	load_dirty(d->conn);
}

static void
register_user(struct load_dialog *d)
{
	const char *domain = strchr(d->conn->load->opt.users, '@') + 1;
	PCHAT_AUTO_VALUE(buf) uri = { 0 };
	PCHAT_AUTO_VALUE(buf) user = { 0 };

	pchat_buf_printf(&uri, "sip:%s", domain);
	put_user(&user, d);
	d->state = LOAD_REGISTERING;
	put_head(d, "REGISTER", pchat_buf_cstr(&uri), pchat_buf_cstr(&user), ++d->cseq);
	put_contact(d);
	put_body(d, "", (struct pchat_str){ 0 });
}

void
load_prove(struct load_dialog *d)
{
	const struct load_options *o = &d->conn->load->opt;
	PCHAT_AUTO_VALUE(buf) user = { 0 };

	put_user(&user, d);
	/* In the realm of the keytab, whatever the domain. */
	*strchr(user.p, '@') = '\0';
	d->conn->ticket = load_ticket_new(pchat_buf_cstr(&user) + strlen("sip:"), o->keytab,
	                                  o->target);
	if (!d->conn->ticket || !load_ticket_start(d->conn->ticket)) {
		load_complain(d->conn->load, "no ticket for %s", pchat_buf_cstr(&user));
		d->conn->load->dead++;
		d->state = LOAD_DEAD;
		return;
	}
	register_user(d);
}

void
load_invite(struct load_dialog *d)
{
	const char *pool = d->conn->load->opt.pool;

	d->state = LOAD_INVITING;
	put_head(d, "INVITE", pool, pool, ++d->cseq);
	put_contact(d);
	put_body(d, "application/sdp", PCHAT_STR(SDP));
}

void
load_start_dialogs(struct load *l)
{
	while (l->started < l->opt.n && l->started - l->joined - l->dead < LOAD_SETUP) {
		struct load_dialog *d = &l->dialogs[l->started++];

		if (l->opt.reg)
			register_user(d);
		else
			load_invite(d);
	}
}

static void
put_info(struct load_dialog *d, const struct pchat_buf *body)
{
	put_head(d, "INFO", d->remote, d->conn->load->opt.pool, ++d->cseq);
	put_body(d, "text/plain", pchat_buf_view(body));
}

static void
put_envelope(struct pchat_buf *b, struct load_dialog *d)
{
	pchat_buf_printf(b, "<xccos ver=\"1\" envid=\"%u\" xmlns=\"urn:parlano:xml:ns:xccos\">",
	                 ++d->envid);
}

static void
join(struct load_dialog *d)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };
	const char *room = d->conn->load->opt.room + strlen("ma-chan://");
	const char *slash = strchr(room, '/');

	put_envelope(&body, d);
	pchat_buf_printf(&body,
	                 "<cmd id=\"cmd:join\" seqid=\"1\"><data><chanid key=\"0\" domain=\"%.*s\" "
	                 "value=\"%s\"/></data></cmd></xccos>",
	                 (int)(slash - room), room, slash + 1);
	put_info(d, &body);
}

void
load_ack_and_join(struct load_dialog *d)
{
	d->state = LOAD_JOINING;
	put_head(d, "ACK", d->remote, d->conn->load->opt.pool, d->cseq);
	put_body(d, "", (struct pchat_str){ 0 });
	if (d->conn->load->opt.rooms)
		load_sign_in(d);
	else
		join(d);
}

/* ---- signing in ---- */

/* GUID of one of a user's rooms, as signin.awk gives it. */
static void
put_room(struct pchat_buf *out, const struct load_dialog *d, unsigned n)
{
	const struct load_options *o = &d->conn->load->opt;

	pchat_buf_printf(out, "00000000-0000-4000-8000-%012x",
	                 d->index / o->team * o->rooms + n + 1);
}

static void
put_bjoin(struct pchat_buf *out, const struct load_dialog *d)
{
	pchat_buf_lit(out, "bjoin\" seqid=\"1\"><data>");
	for (unsigned i = 0; i < d->conn->load->opt.rooms; i++) {
		pchat_buf_printf(out, "<chanid key=\"%u\" domain=\"contoso.example\" value=\"", i);
		put_room(out, d, i);
		pchat_buf_lit(out, "\"/>");
	}
}

static void
put_bccontext(struct pchat_buf *out, const struct load_dialog *d, unsigned n)
{
	pchat_buf_lit(out, "bccontext\" seqid=\"1\"><data><chanib "
	                   "uri=\"ma-chan://contoso.example/");
	put_room(out, d, n);
	pchat_buf_lit(out, "\"/><bcq><last cnt=\"25\"/></bcq>");
}

void
load_sign_in(struct load_dialog *d)
{
	static const char *const first[] = {
		"getserverinfo\" seqid=\"1\"><data><sib domain=\"contoso.example\" "
		"infoType=\"123\"/>",
		"getassociations\" seqid=\"1\"><data><association domain=\"contoso.example\" "
		"type=\"MEMBER\" maxResults=\"100\"/>",
		"getassociations\" seqid=\"1\"><data><association domain=\"contoso.example\" "
		"type=\"MANAGER\" maxResults=\"100\"/>",
	};
	PCHAT_AUTO_VALUE(buf) body = { 0 };
	unsigned rooms = d->conn->load->opt.rooms, n = d->step++;

	put_envelope(&body, d);
	pchat_buf_lit(&body, "<cmd id=\"cmd:");
	if (n < PCHAT_N(first)) {
		pchat_buf_text(&body, first[n]);
	} else if ((n -= PCHAT_N(first)) == 0) {
		put_bjoin(&body, d);
	} else if (n <= rooms) {
		put_bccontext(&body, d, n - 1);
	} else if (n == rooms + 1) {
		pchat_buf_lit(&body, "getinv\" seqid=\"1\"><data><inv inviteId=\"1\" "
		                     "domain=\"contoso.example\"/>");
	} else {
		d->state = LOAD_JOINED;
		d->conn->load->joined++;
		return;
	}
	pchat_buf_lit(&body, "</data></cmd></xccos>");
	put_info(d, &body);
}

void
load_post(struct load_dialog *d, uint64_t seq)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };
	struct load *l = d->conn->load;
	size_t text;

	put_envelope(&body, d);
	pchat_buf_printf(&body, "<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"%s\" author=\"",
	                 l->opt.room);
	put_user(&body, d);
	pchat_buf_lit(&body, "\" ts=\"2013-08-02T10:11:12Z\">");
	text = body.n + strlen("<chat>");
	pchat_buf_printf(&body, LOAD_STAMP "%llu %lld ", (unsigned long long)seq,
	                 (long long)pchat_monotonic());
	while (body.n < text + l->opt.size)
		pchat_buf_char(&body, (char)('a' + body.n % 26));
	pchat_buf_lit(&body, "</chat></grpchat></xccos>");
	put_info(d, &body);
	l->posted++;
}

void
load_search(struct load_dialog *d)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };

	put_envelope(&body, d);
	pchat_buf_printf(&body,
	                 "<cmd id=\"cmd:usersrch\" seqid=\"1\"><data><qib criteria=\"%s\"/></data>"
	                 "</cmd></xccos>",
	                 d->conn->load->opt.search);
	put_info(d, &body);
}

void
load_bye(struct load_dialog *d)
{
	if (d->state != LOAD_JOINED && d->state != LOAD_JOINING)
		return;
	put_head(d, "BYE", d->remote, d->conn->load->opt.pool, ++d->cseq);
	put_body(d, "", (struct pchat_str){ 0 });
}
