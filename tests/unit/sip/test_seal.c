/*
 * Associations with a mechanism made for this test, whose signatures a test can make for itself:
 * what is signed, what is taken, and what becomes of the rest.
 */
#include "rig.h"

#include "base/auto.h"
#include "wire/sip/seal.h"

#define TARGET "sip/chat.contoso.example"
#define USER   "sip:amy@contoso.example"
#define POOL   "sip:Chat@contoso.example"
#define REALM  "SIP Communications Service"

/* ---- the mechanism: a sum of the text with a key ---- */

struct key {
	uint64_t key;
	unsigned freed;
	bool lost; /* it signs no more */
};

static uint64_t
sum(uint64_t key, struct pchat_str text)
{
	uint64_t h = 14695981039346656037u ^ key;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 1099511628211u;
	return h;
}

static size_t
sign(void *context, struct pchat_str text, unsigned char *ret)
{
	const struct key *k = context;
	uint64_t h = sum(k->key, text);

	memcpy(ret, &h, sizeof(h));
	return k->lost ? 0 : sizeof(h);
}

static bool
verify(void *context, struct pchat_str text, const unsigned char *p, size_t n)
{
	const struct key *k = context;
	uint64_t h = sum(k->key, text);

	return n == sizeof(h) && memcmp(p, &h, n) == 0;
}

static void
let_go(void *context)
{
	((struct key *)context)->freed++;
}

static const struct pchat_sip_mechanism mechanism = { "Test", sign, verify, let_go };

static const char *
hex_of(uint64_t h)
{
	static char text[17];
	unsigned char p[sizeof(h)];

	memcpy(p, &h, sizeof(h));
	for (size_t i = 0; i < sizeof(p); i++)
		snprintf(text + 2 * i, 3, "%02x", p[i]);
	return text;
}

/* ---- a world of one client ---- */

struct world {
	struct rig rig;
	struct peer p;
	struct key key;
	uint32_t cnum, snum; /* used last */
	unsigned unsealed[PCHAT_SIP_UNSEALED_EXPIRED + 1];
};

static void
on_unsealed(void *ctx, struct pchat_sip_conn *conn, enum pchat_sip_unsealed why)
{
	struct rig *rig = ctx;
	struct world *w = (struct world *)rig; /* the first member */

	assert_ptr_equal(conn, rig->conn);
	w->unsealed[why]++;
}

static void
seal(struct world *w, struct key *key, uint32_t seconds)
{
	struct pchat_sip_seal *s = NULL;

	assert_int_equal(pchat_sip_seal_new(&mechanism, key, TARGET, 0, &s, NULL), PCHAT_OK);
	assert_int_equal(pchat_sip_conn_seal(w->rig.conn, s, seconds, NULL), PCHAT_OK);
	assert_true(pchat_sip_conn_sealed(w->rig.conn));
	w->cnum = w->snum = 0;
}

static void
world_start(struct world *w)
{
	rig_start(&w->rig, NULL);
	w->rig.handlers.unsealed = on_unsealed;
	peer_open(&w->p, &w->rig, "amy");
	peer_register(&w->p);
	assert_false(pchat_sip_conn_sealed(w->rig.conn));
	w->key.key = 4711;
	seal(w, &w->key, 3600);
}

static void
world_stop(struct world *w)
{
	peer_close(&w->p);
	rig_stop(&w->rig);
	assert_int_equal(w->key.freed, 1);
}

/* ---- what the client says ---- */

struct saying {
	const char *method; /* NULL: an answer */
	unsigned cseq;
	const char *call_id, *to_tag;
	const char *more;                     /* header lines */
	const char *identity, *tel, *expires; /* as they stand in .more, for the text */
	/* What is wrong with it. */
	const char *scheme, *cnum, *response;
	bool bare; /* no Authorization at all */
	bool forged;
};

/* Authorization of what is said, a line. */
static void
put_signature(struct world *w, struct pchat_buf *out, const struct saying *s, const char *text)
{
	PCHAT_AUTO_VALUE(buf) whole = { 0 };
	char number[16];

	snprintf(number, sizeof(number), "%u", ++w->cnum);
	pchat_buf_printf(&whole, "<Test><0a0b0c0d><%s><" REALM "><" TARGET ">%s",
	                 s->cnum ? s->cnum : number, text);
	pchat_buf_printf(out,
	                 "Authorization: %s qop=\"auth\", realm=\"" REALM "\", "
	                 "targetname=\"" TARGET "\", crand=\"0a0b0c0d\", cnum=\"%s\", "
	                 "response=\"%s\"\r\n",
	                 s->scheme ? s->scheme : "Test", s->cnum ? s->cnum : number,
	                 s->response ? s->response
	                             : hex_of(sum(w->key.key + s->forged, pchat_buf_view(&whole))));
}

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

static void
say(struct world *w, const struct saying *s)
{
	const char *call_id = s->call_id ? s->call_id : w->p.call_id;
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_buf_printf(&text, "<%s><%u><%s><" USER "><t1><" POOL "><%s><%s><%s><%s>", call_id,
	                 s->cseq, s->method, or_empty(s->to_tag), or_empty(s->identity),
	                 or_empty(s->tel), or_empty(s->expires));
	pchat_buf_printf(&out,
	                 "%s " POOL " SIP/2.0\r\nVia: SIP/2.0/tcp 127.0.0.1:%u;branch=z9hG4bK%u\r\n"
	                 "From: <" USER ">;tag=t1\r\nTo: <" POOL ">%s%s\r\nCSeq: %u %s\r\n"
	                 "Contact: <sip:amy@127.0.0.1:%u;transport=tcp>\r\nCall-ID: %s\r\n%s",
	                 s->method, w->p.port, s->cseq, s->to_tag ? ";tag=" : "",
	                 or_empty(s->to_tag), s->cseq, s->method, w->p.port, call_id,
	                 or_empty(s->more));
	if (!s->bare)
		put_signature(w, &out, s, pchat_buf_cstr(&text));
	pchat_buf_lit(&out, "Content-Length: 0\r\n\r\n");
	peer_send_raw(&w->p, out.p, out.n);
}

/* ---- what the server says ---- */

/* Value of a parameter of Authentication-Info. */
static void
parameter(const struct message *m, const char *name, char *ret, size_t size)
{
	const char *line = message_header(m, "Authentication-Info");
	char pattern[32];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s=\"", name);
	at = line ? strstr(line, pattern) : NULL;
	if (!at)
		fail_msg("no %s in\n%s", name, m->head);
	else
		snprintf(ret, size, "%.*s", (int)strcspn(at + strlen(pattern), "\""),
		         at + strlen(pattern));
}

/* @m is signed for @text, the part from Call-ID on. */
static void
check_signed(struct world *w, const struct message *m, const char *text)
{
	PCHAT_AUTO_VALUE(buf) whole = { 0 };
	char srand[16], snum[16], mic[64];

	parameter(m, "srand", srand, sizeof(srand));
	parameter(m, "snum", snum, sizeof(snum));
	parameter(m, "rspauth", mic, sizeof(mic));
	assert_int_equal(strlen(srand), 8);
	assert_int_equal(strtoul(snum, NULL, 10), ++w->snum);
	assert_non_null(
		strstr(m->head, "targetname=\"" TARGET "\", realm=\"" REALM "\", version=4"));
	pchat_buf_printf(&whole, "<Test><%s><%s><" REALM "><" TARGET ">%s", srand, snum, text);
	if (strcmp(mic, hex_of(sum(w->key.key, pchat_buf_view(&whole)))) != 0)
		fail_msg("not signed for\n%s\nbut says\n%s", pchat_buf_cstr(&whole), m->head);
}

static struct message
hear(struct world *w, int status)
{
	struct message m = peer_read(&w->p);

	if (m.status != status)
		fail_msg("%d instead of %d: %s", m.status, status, m.start);
	return m;
}

static void
note_tag(struct world *w, const struct message *m)
{
	const char *to = message_header(m, "To");
	const char *tag = to ? strstr(to, ";tag=") : NULL;

	assert_non_null(tag);
	snprintf(w->p.tag, sizeof(w->p.tag), "%s", tag + 5);
}

/* The answer to what @s said, signed. */
static struct message
hear_signed(struct world *w, const struct saying *s, int status)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct message m = hear(w, status);

	note_tag(w, &m);
	pchat_buf_printf(&text, "<%s><%u><%s><" USER "><t1><" POOL "><%s><><><><%d>",
	                 s->call_id ? s->call_id : w->p.call_id, s->cseq, s->method, w->p.tag,
	                 status);
	check_signed(w, &m, pchat_buf_cstr(&text));
	return m;
}

static struct message
hear_request(struct world *w, const char *method, unsigned cseq)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct message m = hear(w, 0);

	assert_true(pchat_str_starts(pchat_str(m.start), method));
	pchat_buf_printf(&text, "<%s><%u><%s><" POOL "><%s><" USER "><t1><><><>", w->p.call_id,
	                 cseq, method, w->p.tag);
	check_signed(w, &m, pchat_buf_cstr(&text));
	return m;
}

/* The answer of the client to the request @m; the lines of @s that matter are how it is signed. */
static void
answer(struct world *w, const struct message *m, unsigned cseq, int status, const struct saying *s)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	char status_line[32];

	pchat_buf_printf(&text, "<%s><%u><INFO><" POOL "><%s><" USER "><t1><><><><%d>",
	                 w->p.call_id, cseq, w->p.tag, status);
	if (!s->bare)
		put_signature(w, &line, s, pchat_buf_cstr(&text));
	snprintf(status_line, sizeof(status_line), "%d x", status);
	peer_answer(&w->p, m, status_line, pchat_buf_cstr(&line));
}

static const struct saying well = { 0 };

static void
open_dialog(struct world *w)
{
	const struct saying invite = { .method = "INVITE", .cseq = 1 };

	say(w, &invite);
	hear_signed(w, &invite, 200);
	say(w, &(struct saying){ .method = "ACK", .cseq = 1, .to_tag = w->p.tag });
	rig_until(&w->rig, w->rig.n_confirmed == 1);
}

static void
send_info(struct world *w, const char *body, uint64_t cookie)
{
	PCHAT_AUTO(sip_body) b = pchat_sip_body_new(pchat_str(body));

	assert_non_null(b);
	assert_int_equal(pchat_sip_info(w->rig.dialog, b, cookie), PCHAT_OK);
}

/* ---- tests ---- */

static void
test_the_challenge(void **state)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	(void)state;
	pchat_sip_seal_challenge(&line, "Test", TARGET);
	assert_string_equal(pchat_buf_cstr(&line),
	                    "Test realm=\"" REALM "\", targetname=\"" TARGET "\", version=4");
}

static void
test_the_context_is_freed_once(void **state)
{
	struct key key = { 0 };
	struct pchat_sip_seal *s = NULL;

	(void)state;
	assert_int_equal(pchat_sip_seal_new(&mechanism, &key, TARGET, 0, &s, NULL), PCHAT_OK);
	assert_int_equal(key.freed, 0);
	pchat_sip_seal_free(s);
	assert_int_equal(key.freed, 1);
	pchat_sip_seal_free(NULL);
}

static void
test_what_goes_out_is_signed(void **state)
{
	static const struct saying said[] = {
		{ .method = "OPTIONS", .cseq = 2, .call_id = "a" },
		{ .method = "SERVICE", .cseq = 3, .call_id = "a" },
		{ .method = "PRACK", .cseq = 4, .call_id = "a" }, /* the library's own answer */
		{ .method = "BYE", .cseq = 5, .call_id = "a" },
	};
	static const int status[] = { 200, 200, 481, 481 };
	struct world w = { 0 };
	struct message m;

	(void)state;
	world_start(&w);
	for (size_t i = 0; i < PCHAT_N(said); i++) {
		say(&w, &said[i]);
		hear_signed(&w, &said[i], status[i]);
	}
	open_dialog(&w);
	send_info(&w, "one", 1);
	m = hear_request(&w, "INFO", 1);
	assert_true(pchat_str_is(m.body, "one"));
	answer(&w, &m, 1, 200, &well);
	rig_wait(&w.rig, "done 1 200\n");
	pchat_sip_dialog_end(w.rig.dialog, false);
	hear_request(&w, "BYE", 2);
	world_stop(&w);
}

static void
test_what_else_is_in_the_text(void **state)
{
	static const struct saying said[] = {
		{ .method = "SERVICE", .cseq = 1, .more = "Expires: 600\r\n", .expires = "600" },
		{ .method = "SERVICE",
		  .cseq = 2,
		  .more = "P-Asserted-Identity: <sip:bob@contoso.example>, <tel:+123>\r\n",
		  .identity = "sip:bob@contoso.example",
		  .tel = "tel:+123" },
		{ .method = "SERVICE",
		  .cseq = 3,
		  .more = "P-Preferred-Identity: <tel:+456>\r\n",
		  .tel = "tel:+456" },
		{ .method = "SERVICE",
		  .cseq = 4,
		  .more = "P-Preferred-Identity: <tel:+456>\r\nP-Asserted-Identity: <tel:+123>\r\n",
		  .tel = "tel:+123" },
	};
	struct world w = { 0 };

	(void)state;
	world_start(&w);
	for (size_t i = 0; i < PCHAT_N(said); i++) {
		struct saying other = said[i];

		say(&w, &said[i]);
		hear_signed(&w, &said[i], 200);
		/* The same without what the header says is signed for something else. */
		other.identity = other.tel = other.expires = NULL;
		other.cseq += 100;
		say(&w, &other);
		hear_signed(&w, &other, 403);
	}
	assert_int_equal(w.unsealed[PCHAT_SIP_UNSEALED_FORGED], PCHAT_N(said));
	world_stop(&w);
}

static void
test_what_is_not_signed_right(void **state)
{
	static const struct {
		struct saying said;
		int status;
		enum pchat_sip_unsealed why;
	} cases[] = {
		{ { .cnum = "1" }, 200, PCHAT_SIP_UNSEALED_NOT },
		{ { .bare = true }, 401, PCHAT_SIP_UNSEALED_UNSIGNED },
		{ { .scheme = "Kerberos" }, 401, PCHAT_SIP_UNSEALED_UNSIGNED },
		{ { .response = "" }, 401, PCHAT_SIP_UNSEALED_UNSIGNED },
		{ { .forged = true, .cnum = "2" }, 403, PCHAT_SIP_UNSEALED_FORGED },
		{ { .response = "0", .cnum = "2" }, 403, PCHAT_SIP_UNSEALED_FORGED },
		{ { .response = "0g", .cnum = "2" }, 403, PCHAT_SIP_UNSEALED_FORGED },
		{ { .cnum = "1" }, 403, PCHAT_SIP_UNSEALED_REPLAYED },
		{ { .cnum = "0" }, 403, PCHAT_SIP_UNSEALED_REPLAYED },
		{ { .cnum = "" }, 403, PCHAT_SIP_UNSEALED_REPLAYED },
		{ { .cnum = "-2" }, 403, PCHAT_SIP_UNSEALED_REPLAYED },
		{ { .cnum = "2x" }, 403, PCHAT_SIP_UNSEALED_REPLAYED },
		{ { .cnum = "4294967296" }, 403, PCHAT_SIP_UNSEALED_REPLAYED },
		/* A number is used up by what was signed with it only. */
		{ { .cnum = "2" }, 200, PCHAT_SIP_UNSEALED_NOT },
		{ { .cnum = "4294967295" }, 200, PCHAT_SIP_UNSEALED_NOT },
		{ { .cnum = "3" }, 403, PCHAT_SIP_UNSEALED_REPLAYED },
	};
	struct world w = { 0 };

	(void)state;
	world_start(&w);
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct saying s = cases[i].said;
		unsigned before = w.unsealed[cases[i].why];

		s.method = "SERVICE";
		s.cseq = (unsigned)i + 1;
		say(&w, &s);
		if (cases[i].status == 401) {
			struct message m = hear(&w, 401);

			assert_null(strstr(m.head, "Authentication-Info"));
			assert_string_equal(message_header(&m, "WWW-Authenticate"),
			                    "Test realm=\"" REALM "\", targetname=\"" TARGET
			                    "\", version=4");
		} else {
			hear_signed(&w, &s, cases[i].status);
		}
		if (cases[i].why && w.unsealed[cases[i].why] != before + 1)
			fail_msg("case %zu is not '%s'", i, pchat_sip_unsealed_text(cases[i].why));
	}
	world_stop(&w);
}

static void
test_a_signature_longer_than_any(void **state)
{
	char longest[2 * PCHAT_SIPAE_SIGNATURE_MAX + 1] = { 0 };
	char longer[2 * PCHAT_SIPAE_SIGNATURE_MAX + 3] = { 0 };
	struct world w = { 0 };

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	memset(longer, 'a', sizeof(longer) - 1);
	world_start(&w);
	say(&w, &(struct saying){ .method = "SERVICE", .cseq = 1, .response = longest });
	hear(&w, 403);
	say(&w, &(struct saying){ .method = "SERVICE", .cseq = 2, .response = longer });
	hear(&w, 403);
	world_stop(&w);
}

static void
test_sixteen_wrong_ones_end_the_connection(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_start(&w);
	for (unsigned i = 1; i <= 16; i++) {
		assert_int_equal(w.rig.n_conn_closed, 0);
		say(&w, &(struct saying){ .method = "SERVICE", .cseq = i, .forged = true });
		hear(&w, 403);
	}
	peer_expect_eof(&w.p);
	rig_until(&w.rig, w.rig.n_conn_closed == 1);
	world_stop(&w);
}

static void
test_an_answer_that_is_not_the_clients_has_not_arrived(void **state)
{
	static const struct saying wrong[] = {
		{ .bare = true }, { .forged = true }, { .cnum = "1" }, { .scheme = "Digest" }
	};
	static const int statuses[] = { 200, 481, 503 };
	struct world w = { 0 };
	struct message m;
	unsigned n = 0;

	(void)state;
	world_start(&w);
	open_dialog(&w);
	send_info(&w, "one", 1);
	m = hear_request(&w, "INFO", 1);
	for (size_t k = 0; k < PCHAT_N(statuses); k++) {
		for (size_t i = 0; i < PCHAT_N(wrong); i++, n++)
			answer(&w, &m, 1, statuses[k], &wrong[i]);
	}
	rig_until(&w.rig, w.unsealed[PCHAT_SIP_UNSEALED_FORGED] == PCHAT_N(statuses) &&
	                          w.unsealed[PCHAT_SIP_UNSEALED_REPLAYED] == PCHAT_N(statuses) &&
	                          w.unsealed[PCHAT_SIP_UNSEALED_UNSIGNED] == 2 * PCHAT_N(statuses));
	assert_null(strstr(pchat_buf_cstr(&w.rig.events), "done"));
	answer(&w, &m, 1, 200, &well);
	rig_wait(&w.rig, "done 1 200\n");
	/* They count like requests, those to nothing, too. */
	for (; n < 16; n++)
		answer(&w, &m, 1, 200, &wrong[1]);
	peer_expect_eof(&w.p);
	world_stop(&w);
}

static void
test_an_ack_that_is_not_the_clients(void **state)
{
	const struct saying invite = { .method = "INVITE", .cseq = 1 };
	struct world w = { 0 };
	struct peer other;

	(void)state;
	world_start(&w);
	say(&w, &invite);
	hear_signed(&w, &invite, 200);
	/* Over a connection on which nothing is signed. */
	peer_open(&other, &w.rig, "amy");
	peer_send(&other,
	          "ACK " POOL " SIP/2.0\r\nVia: SIP/2.0/tcp 127.0.0.1:%u;branch=z9hG4bK1\r\n"
	          "From: <" USER ">;tag=t1\r\nTo: <" POOL ">;tag=%s\r\nCSeq: 1 ACK\r\n"
	          "Call-ID: %s\r\nContent-Length: 0\r\n\r\n",
	          other.port, w.p.tag, w.p.call_id);
	peer_register(&other);
	peer_close(&other);
	rig_until(&w.rig, w.rig.n_conn_closed == 1);
	say(&w, &(struct saying){ .method = "ACK", .cseq = 1, .to_tag = w.p.tag, .bare = true });
	say(&w, &(struct saying){ .method = "ACK", .cseq = 1, .to_tag = w.p.tag, .forged = true });
	w.rig.conn = pchat_sip_dialog_conn(w.rig.dialog);
	rig_until(&w.rig, w.unsealed[PCHAT_SIP_UNSEALED_FORGED] == 1);
	assert_int_equal(w.unsealed[PCHAT_SIP_UNSEALED_UNSIGNED], 1);
	assert_int_equal(w.rig.n_confirmed, 0);
	say(&w, &(struct saying){ .method = "ACK", .cseq = 1, .to_tag = w.p.tag });
	rig_until(&w.rig, w.rig.n_confirmed == 1);
	world_stop(&w);
}

static void
test_a_cancel_is_checked_and_its_answers_are_signed(void **state)
{
	const struct saying invite = { .method = "INVITE", .cseq = 7 };
	struct saying cancel = { .method = "CANCEL", .cseq = 7 };
	struct pchat_sip_dialog *d = NULL;
	struct world w = { 0 };
	struct message m;
	char tag[sizeof(w.p.tag)];

	(void)state;
	world_start(&w);
	w.rig.defer = true;
	say(&w, &invite);
	rig_until(&w.rig, w.rig.txn);
	cancel.forged = true;
	say(&w, &cancel);
	hear_signed(&w, &cancel, 403);
	cancel.forged = false;
	cancel.bare = true;
	say(&w, &cancel);
	hear(&w, 401);
	cancel.bare = false;
	say(&w, &cancel);
	hear_signed(&w, &cancel, 200);
	memcpy(tag, w.p.tag, sizeof(tag));
	m = hear_signed(&w, &invite, 487);
	assert_string_equal(w.p.tag, tag);
	assert_string_equal(message_header(&m, "CSeq"), "7 INVITE");
	assert_int_equal(pchat_sip_accept(w.rig.txn, 0, NULL, &d, NULL), PCHAT_UNAVAILABLE);
	/* The INVITE has its answer: nothing to cancel any more. */
	say(&w, &cancel);
	hear_signed(&w, &cancel, 200);
	world_stop(&w);
}

static void
test_between_associations(void **state)
{
	struct key second = { .key = 4712 };
	const struct saying service = { .method = "SERVICE", .cseq = 1 };
	struct world w = { 0 };
	struct message m;

	(void)state;
	world_start(&w);
	open_dialog(&w);
	pchat_sip_conn_rekey(w.rig.conn);
	say(&w, &service); /* signed with what is about to go */
	m = hear(&w, 401);
	assert_null(strstr(m.head, "Authentication-Info"));
	peer_register(&w.p);
	send_info(&w, "waits", 1);
	assert_false(peer_try(&w.p, &m, 3));
	w.key.key = second.key; /* what the client signs with */
	seal(&w, &second, 3600);
	assert_int_equal(w.key.freed, 1);
	m = hear_request(&w, "INFO", 1);
	answer(&w, &m, 1, 200, &well);
	rig_wait(&w.rig, "done 1 200\n");
	world_stop(&w);
	assert_int_equal(second.freed, 1);
}

static void
test_nothing_leaves_unsigned_when_it_cannot_be_signed(void **state)
{
	struct world w = { 0 };
	struct message m;

	(void)state;
	world_start(&w);
	w.key.lost = true;
	say(&w, &(struct saying){ .method = "SERVICE", .cseq = 1 });
	rig_until(&w.rig, w.rig.n_conn_closed == 1);
	assert_false(peer_try(&w.p, &m, 1));
	peer_expect_eof(&w.p);
	world_stop(&w);
}

static void
test_no_request_leaves_unsigned_either(void **state)
{
	struct world w = { 0 };
	struct message m;

	(void)state;
	world_start(&w);
	open_dialog(&w);
	w.key.lost = true;
	send_info(&w, "never", 1);
	rig_until(&w.rig, w.rig.n_conn_closed == 1);
	assert_non_null(strstr(pchat_buf_cstr(&w.rig.events), "done 1 0\n"));
	assert_false(peer_try(&w.p, &m, 1));
	peer_expect_eof(&w.p);
	world_stop(&w);
}

static void
test_the_end_of_an_association(void **state)
{
	struct key second = { 0 };
	struct world w = { 0 };

	(void)state;
	world_start(&w);
	seal(&w, &second, 0);
	peer_expect_eof(&w.p);
	assert_int_equal(w.unsealed[PCHAT_SIP_UNSEALED_EXPIRED], 1);
	rig_until(&w.rig, w.rig.n_conn_closed == 1);
	world_stop(&w);
	assert_int_equal(second.freed, 1);
}

static void
test_dialogs_from_before_cannot_be_signed(void **state)
{
	struct key key = { 0 };
	struct pchat_sip_seal *s = NULL;
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	assert_int_equal(pchat_sip_seal_new(&mechanism, &key, TARGET, 0, &s, NULL), PCHAT_OK);
	assert_int_equal(pchat_sip_conn_seal(rig.conn, s, 3600, NULL), PCHAT_CONFLICT);
	assert_int_equal(key.freed, 1);
	assert_false(pchat_sip_conn_sealed(rig.conn));
	pchat_sip_conn_rekey(rig.conn);
	peer_close(&p);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_challenge),
		cmocka_unit_test(test_the_context_is_freed_once),
		cmocka_unit_test(test_what_goes_out_is_signed),
		cmocka_unit_test(test_what_else_is_in_the_text),
		cmocka_unit_test(test_what_is_not_signed_right),
		cmocka_unit_test(test_a_signature_longer_than_any),
		cmocka_unit_test(test_sixteen_wrong_ones_end_the_connection),
		cmocka_unit_test(test_an_answer_that_is_not_the_clients_has_not_arrived),
		cmocka_unit_test(test_an_ack_that_is_not_the_clients),
		cmocka_unit_test(test_a_cancel_is_checked_and_its_answers_are_signed),
		cmocka_unit_test(test_between_associations),
		cmocka_unit_test(test_nothing_leaves_unsigned_when_it_cannot_be_signed),
		cmocka_unit_test(test_no_request_leaves_unsigned_either),
		cmocka_unit_test(test_the_end_of_an_association),
		cmocka_unit_test(test_dialogs_from_before_cannot_be_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
