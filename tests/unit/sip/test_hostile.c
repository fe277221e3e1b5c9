/* What peers must not be able to do: crash, hang, bloat or disturb others. */
#include "rig.h"

#include "base/auto.h"

#define VIA  "Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKx\r\n"
#define FROM "From: <sip:eve@contoso.example>;tag=1\r\n"
#define TO   "To: <sip:eve@contoso.example>\r\n"
#define CALL "Call-ID: c\r\nCSeq: 1 REGISTER\r\n"
#define LINE "REGISTER sip:contoso.example SIP/2.0\r\n"
#define END  "Content-Length: 0\r\n\r\n"

/* How long the agent may be kept from others, whatever is sent: generous, for sanitizers and slow
 * machines. */
#define HANG (5 * PCHAT_SECOND)

static void
check_others(struct rig *rig, struct peer *good)
{
	struct message m;

	peer_request(good, "INFO", "text/plain", "well");
	m = peer_read(good);
	assert_int_equal(m.status, 200);
	rig_wait(rig, "info well\n");
	rig_events(rig);
}

/* Step until the peer has an answer or its connection has been closed. */
static int
outcome(struct peer *p)
{
	int64_t start = pchat_monotonic();
	struct message m = { 0 };

	while (!peer_try(p, &m, 0) && !p->eof) {
		if (pchat_monotonic() - start > RIG_DEADLINE)
			fail_msg("neither answered nor closed");
	}
	/* The answer may have come together with the end. */
	if (!m.status)
		(void)peer_try(p, &m, 0);
	return m.status;
}

static void
test_malformed(void **state)
{
	/* Status of the answer; 0: closed without one. */
	static const struct {
		const char *name;
		const char *text;
		size_t n;
		int status;
	} cases[] = {
#define CASE(name, text, status) { name, text, sizeof(text) - 1, status }
		CASE("garbage", "hello world\r\n\r\n", 0),
		CASE("zeros", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n", 0),
		CASE("http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0),
		CASE("tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 0),
		CASE("only blanks", "        \r\n\r\n", 0),
		CASE("empty method", " sip:x SIP/2.0\r\n" VIA FROM TO CALL END, 0),
		CASE("wrong version", "REGISTER sip:x SIP/3.0\r\n" VIA FROM TO CALL END, 505),
		CASE("no headers", LINE "\r\n", 0),
		CASE("no Via", LINE FROM TO CALL END, 0),
		CASE("no From", LINE VIA TO CALL END, 400),
		CASE("no To", LINE VIA FROM CALL END, 400),
		CASE("no Call-ID", LINE VIA FROM TO "CSeq: 1 REGISTER\r\n" END, 400),
		CASE("no CSeq", LINE VIA FROM TO "Call-ID: c\r\n" END, 400),
		CASE("CSeq of another method",
		     LINE VIA FROM TO "Call-ID: c\r\nCSeq: 1 INFO\r\n" END, 400),
		CASE("CSeq too large",
		     LINE VIA FROM TO "Call-ID: c\r\nCSeq: 99999999999999999999 REGISTER\r\n" END,
		     400),
		CASE("negative length", LINE VIA FROM TO CALL "Content-Length: -1\r\n\r\n", 400),
		CASE("length in words", LINE VIA FROM TO CALL "Content-Length: ten\r\n\r\n", 400),
		CASE("enormous length", LINE VIA FROM TO CALL "Content-Length: 4294967295\r\n\r\n",
		     400),
		CASE("too large a length", LINE VIA FROM TO CALL "Content-Length: 1048577\r\n\r\n",
		     400),
		CASE("length never sent", LINE VIA FROM TO CALL "Content-Length: 100\r\n\r\nabc",
		     0),
		CASE("two lengths",
		     LINE VIA FROM TO CALL "Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde",
		     400),
		CASE("half a header", LINE VIA FROM "To: <sip:e", 0),
		CASE("two From", LINE VIA FROM FROM TO CALL END, 400),
		CASE("two Call-ID", LINE VIA FROM TO CALL "Call-ID: d\r\n" END, 400),
		CASE("From is no address", LINE VIA "From: <<<>>;tag=\r\n" TO CALL END, 400),
		CASE("UDP in Via", LINE "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n" FROM TO CALL END,
		     200),
		CASE("TLS in Via", LINE "Via: SIP/2.0/TLS h;branch=z9hG4bKx\r\n" FROM TO CALL END,
		     200),
		CASE("a transport nobody knows in Via",
		     LINE "Via: SIP/2.0/PIGEON h;branch=z9hG4bKx\r\n" FROM TO CALL END, 200),
		CASE("answer to nothing", "SIP/2.0 200 OK\r\n" VIA FROM TO CALL END, 0),
#undef CASE
	};
	const struct pchat_sip_options opt = { .first_request_seconds = 1 };
	struct peer bad[PCHAT_N(cases)];
	struct rig rig = { 0 };
	struct peer good;
	unsigned wrong = 0;

	(void)state;
	rig_start(&rig, &opt);
	peer_open(&good, &rig, "amy");
	peer_dialog(&good);
	/* All at once, for some are only closed by the reaper. */
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		peer_open(&bad[i], &rig, "eve");
		peer_send_raw(&bad[i], cases[i].text, cases[i].n);
	}
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		int status = outcome(&bad[i]);

		if (status != cases[i].status)
			print_message("# %s: %d instead of %d\n", cases[i].name, status,
			              cases[i].status);
		wrong += status != cases[i].status;
		peer_close(&bad[i]);
	}
	check_others(&rig, &good);
	assert_int_equal(wrong, 0);
	assert_int_equal(pchat_sip_stats(rig.sip)->conns, 1);
	peer_close(&good);
	rig_stop(&rig);
}

/* A request with @n times @line in it. */
static void
bomb(struct rig *rig, struct peer *good, const char *line, size_t n)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct peer bad;
	int64_t start;

	pchat_buf_text(&text, LINE VIA FROM TO CALL);
	for (size_t i = 0; i < n; i++)
		pchat_buf_text(&text, line);
	pchat_buf_text(&text, END);
	assert_true(pchat_buf_ok(&text));
	peer_open(&bad, rig, "eve");
	start = pchat_monotonic();
	peer_send_raw(&bad, text.p, text.n);
	(void)outcome(&bad);
	if (pchat_monotonic() - start > HANG)
		fail_msg("%zu times '%.20s' took %lld ms", n, line,
		         (long long)(pchat_monotonic() - start) / 1000);
	print_message("# %zu octets of '%.12s': %lld ms\n", text.n, line,
	              (long long)(pchat_monotonic() - start) / 1000);
	peer_close(&bad);
	check_others(rig, good);
}

static void
test_header_bombs(void **state)
{
	static const char *const lines[] = {
		"a:\r\n",
		"X-Unknown: value\r\n",
		"Via: SIP/2.0/TCP a\r\n",
		"Route: <sip:a>\r\n",
		"Record-Route: <sip:a>\r\n",
		"Contact: <sip:a>\r\n",
		"Accept: a/b\r\n",
		"Supported: a\r\n",
		"Supported: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n",
		"Authorization: Digest a=b\r\n",
		"P-Asserted-Identity: <sip:a>\r\n",
		"From: <sip:a>\r\n",
		"Warning: 1 a \"b\"\r\n",
		" folded\r\n",
	};
	struct rig rig = { 0 };
	struct peer good;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&good, &rig, "amy");
	peer_dialog(&good);
	for (size_t i = 0; i < PCHAT_N(lines); i++)
		bomb(&rig, &good, lines[i], PCHAT_SIP_MESSAGE_MAX / strlen(lines[i]) - 200);
	peer_close(&good);
	rig_stop(&rig);
}

/* One header as long as may be, of one thing repeated. */
static void
test_list_bombs(void **state)
{
	enum { LENGTH = 90 << 10 };
	static const struct {
		const char *start, *item;
	} cases[] = {
		{ "X-Unknown: x", "x" },
		{ "Accept: a/b", ",a/b" },
		{ "Accept: a/b", ";a" },
		{ "Contact: <sip:a>", ",<sip:a>" },
		{ "Contact: <sip:a>", ";a=b" },
		{ "Contact: \"", "a\\\"" },
		{ "Via: SIP/2.0/TCP a", ",SIP/2.0/TCP a" },
		{ "Via: SIP/2.0/TCP a", ";a" },
		{ "Route: <sip:a>", ",<sip:a>" },
		{ "Record-Route: <sip:a>", ",<sip:a>" },
		{ "Supported: a", ",a" },
		{ "Supported: ", "," },
		{ "Require: a", ",a" },
		{ "Allow: A", ",A" },
		{ "Allow-Events: a", ",a" },
		{ "Event: a", ";a=b" },
		{ "Authorization: Digest a=b", ",a=b" },
		{ "Authorization: Digest a=\"", "\\\"" },
		{ "Proxy-Authorization: NTLM a=b", ",a=b" },
		{ "P-Asserted-Identity: <sip:a>", ",<sip:a>" },
		{ "Warning: 1 a \"b\"", ",1 a \"b\"" },
		{ "Reason: a", ",a" },
		{ "Call-Info: <a>", ",<a>" },
		{ "Content-Type: a/b", ";a" },
		{ "Session-Expires: 1", ";a" },
		{ "Security-Client: a", ",a" },
		{ "Accept-Contact: *", ";a" },
		{ "Content-Language: a", ",a" },
		{ "User-Agent: (", "(" },
		{ "Date: ", "a" },
	};
	struct rig rig = { 0 };
	struct peer good;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&good, &rig, "amy");
	peer_dialog(&good);
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(buf) line = { 0 };

		pchat_buf_text(&line, cases[i].start);
		while (line.n < LENGTH)
			pchat_buf_text(&line, cases[i].item);
		pchat_buf_lit(&line, "\r\n");
		bomb(&rig, &good, pchat_buf_cstr(&line), 1);
	}
	peer_close(&good);
	rig_stop(&rig);
}

static int
send_lines(struct rig *rig, size_t lines, size_t length)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct peer p;
	int status;

	pchat_buf_text(&text, LINE VIA FROM TO CALL);
	/* Six lines stand there, one is to come. */
	for (size_t i = 0; i + 7 < lines; i++)
		pchat_buf_lit(&text, "X-A: y\r\n");
	if (length > 0) {
		pchat_buf_lit(&text, "X-A: ");
		while (text.n + strlen("\r\n" END) - strlen("\r\n") < length)
			pchat_buf_char(&text, 'x');
		pchat_buf_lit(&text, "\r\n");
	}
	pchat_buf_text(&text, END);
	peer_open(&p, rig, "eve");
	peer_send_raw(&p, text.p, text.n);
	status = outcome(&p);
	peer_close(&p);
	return status;
}

static void
test_limits_of_a_head(void **state)
{
	struct rig rig = { 0 };

	(void)state;
	rig_start(&rig, NULL);
	assert_int_equal(send_lines(&rig, 256, 0), 200);
	assert_int_equal(send_lines(&rig, 257, 0), 0);
	assert_int_equal(send_lines(&rig, 0, 96 << 10), 200);
	assert_int_equal(send_lines(&rig, 0, (96 << 10) + 1), 0);
	rig_stop(&rig);
}

static int
send_body(struct rig *rig, size_t n)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct peer p;
	int status;

	pchat_buf_printf(&text, LINE VIA FROM TO CALL "Content-Length: %zu\r\n\r\n", n);
	for (size_t i = 0; i < n; i++)
		pchat_buf_char(&text, 'x');
	peer_open(&p, rig, "eve");
	peer_send_raw(&p, text.p, text.n);
	status = outcome(&p);
	peer_close(&p);
	return status;
}

static void
test_limits_of_a_body(void **state)
{
	struct rig rig = { 0 };
	int status;

	(void)state;
	rig_start(&rig, NULL);
	assert_int_equal(send_body(&rig, PCHAT_SIP_BODY_MAX), 200);
	assert_int_equal(send_body(&rig, PCHAT_SIP_BODY_MAX + 1), 413);
	/* Longer than a message may be at all: the answer may be lost, the connection is. */
	status = send_body(&rig, PCHAT_SIP_MESSAGE_MAX + 1);
	assert_true(status == 413 || status == 0);
	rig_until(&rig, pchat_sip_stats(rig.sip)->conns == 0);
	rig_stop(&rig);
}

static const char session[] =
	"INVITE sip:chat@contoso.example SIP/2.0\r\nVia: SIP/2.0/tcp 127.0.0.1:31394\r\n"
	"From: <sip:eve@contoso.example>;tag=2061610658;epid=b34afb6ebb23\r\n"
	"To: <sip:chat@contoso.example>\r\nMax-Forwards: 70\r\nCSeq: 1 INVITE\r\n"
	"User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\nCall-ID: E2AFg7600a\r\n"
	"Record-Route: <sip:proxy.contoso.example;lr>\r\nSupported: ms-sender\r\n"
	"Proxy-Authorization: Digest username=\"eve\", realm=\"x\", nonce=\"y\", uri=\"(null)\"\r\n"
	"P-Asserted-Identity: \"Eve\" <sip:eve@contoso.example>, <tel:+1>\r\n"
	"Contact: <sip:eve@contoso.example:5;maddr=127.0.0.1;transport=tcp>;proxy=replace\r\n"
	"Session-Expires: 1800;refresher=uac\r\nAccept: text/plain, */*;q=0.1\r\n"
	"Event: registration\r\nExpires: 3600\r\n"
	"Content-Type: application/sdp\r\nContent-Length: 9\r\n\r\nv=0\r\no=-x";

/* Cut off at every octet. */
static void
test_truncated(void **state)
{
	struct rig rig = { 0 };
	struct peer good;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&good, &rig, "amy");
	peer_dialog(&good);
	for (size_t n = 1; n < sizeof(session) - 1; n++) {
		struct peer p;

		peer_open(&p, &rig, "eve");
		peer_send_raw(&p, session, n);
		peer_close(&p);
		rig_step(&rig);
	}
	rig_until(&rig, pchat_sip_stats(rig.sip)->conns == 1);
	check_others(&rig, &good);
	peer_close(&good);
	rig_stop(&rig);
}

/* The end of what the peer sends is no end of a body: the library takes it for one. */
static void
test_ended_body(void **state)
{
	static const char *const bodies[] = { "", "abc",
		                              "0123456789012345678901234567890123456789012345678" };
	struct rig rig = { 0 };
	struct peer good;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&good, &rig, "amy");
	peer_dialog(&good);
	rig_events(&rig);
	for (size_t i = 0; i < PCHAT_N(bodies); i++) {
		struct peer p;
		int status;

		peer_open(&p, &rig, "eve");
		peer_send(&p, LINE VIA FROM TO CALL "Content-Length: 50\r\n\r\n%s", bodies[i]);
		assert_int_equal(shutdown(p.fd, SHUT_WR), 0);
		status = outcome(&p);
		assert_true(status == 400 || status == 0);
		peer_close(&p);
	}
	rig_until(&rig, pchat_sip_stats(rig.sip)->conns == 1);
	assert_null(strstr(rig_events(&rig), "request"));
	check_others(&rig, &good);
	peer_close(&good);
	rig_stop(&rig);
}

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* A few octets changed at random, the same ones each time; three messages at once, so that what
 * comes after a broken one is tried, too. */
static void
test_mutated(void **state)
{
	enum { ROUNDS = 2000 };
	static const char alphabet[] = "\r\n\t :;,<>\"\\@=%/()[]?&\0\177\200\377aZ09-._*";
	const struct pchat_sip_options opt = { .first_request_seconds = 1 };
	struct rig rig = { 0 };
	struct peer good;
	uint32_t seed = 1;

	(void)state;
	rig_start(&rig, &opt);
	peer_open(&good, &rig, "amy");
	peer_dialog(&good);
	for (unsigned round = 0; round < ROUNDS; round++) {
		char text[3 * sizeof(session)];
		size_t n = sizeof(session) - 1;
		struct message m;
		struct peer p;

		for (unsigned i = 0; i < 3; i++)
			memcpy(text + i * n, session, n);
		for (unsigned i = 0; i < 1 + round % 8; i++)
			text[next_random(&seed) % (3 * n)] =
				alphabet[next_random(&seed) % (sizeof(alphabet) - 1)];
		peer_open(&p, &rig, "eve");
		peer_send_raw(&p, text, 3 * n);
		(void)peer_try(&p, &m, 2);
		peer_close(&p);
	}
	rig_until(&rig, pchat_sip_stats(rig.sip)->conns == 1);
	check_others(&rig, &good);
	peer_close(&good);
	rig_stop(&rig);
}

#define INVITE(branch, call)                                                          \
	"INVITE sip:chat@contoso.example SIP/2.0\r\n"                                 \
	"Via: SIP/2.0/TCP 127.0.0.1:5;branch=" branch "\r\n" FROM TO "Call-ID: " call \
	"\r\nCSeq: 1 INVITE\r\nContact: <sip:eve@127.0.0.1:5>\r\n" END

/* An INVITE whose answer could not be sent, and its ACK. */
static void
test_ack_of_unanswered(void **state)
{
	static const char sent[] =
		"BROKEN sip:contoso.example SIP/2.0\r\n" VIA END INVITE("z9hG4bKi", "i");
	static const char ack[] =
		"ACK sip:chat@contoso.example SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKi\r\n" FROM
		"To: <sip:eve@contoso.example>;tag=2\r\nCall-ID: i\r\nCSeq: 1 ACK\r\n" END;
	struct rig rig = { 0 };
	struct peer good, p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&good, &rig, "amy");
	peer_dialog(&good);
	peer_open(&p, &rig, "eve");
	peer_send_raw(&p, sent, sizeof(sent) - 1);
	peer_send_raw(&p, ack, sizeof(ack) - 1);
	assert_int_equal(outcome(&p), 400);
	/* It is not kept either. */
	peer_expect_eof(&p);
	rig_until(&rig, pchat_sip_stats(rig.sip)->conns == 1);
	check_others(&rig, &good);
	peer_close(&p);
	peer_close(&good);
	rig_stop(&rig);
}

/* Refused INVITEs cost memory only for a moment, whether an ACK comes or not. */
static void
test_refused_invites(void **state)
{
	enum { PEERS = 4, EACH = 50 };
	struct rig rig = { .status = 403 };
	struct peer peers[PEERS];

	(void)state;
	rig_start(&rig, NULL);
	for (int i = 0; i < PEERS; i++) {
		peer_open(&peers[i], &rig, "eve");
		for (int n = 0; n < EACH; n++) {
			snprintf(peers[i].call_id, sizeof(peers[i].call_id), "c%d.%d", i, n);
			assert_int_equal(peer_invite(&peers[i]).status, 403);
			if (n % 2)
				peer_ack(&peers[i]);
		}
	}
	/* Long before the half minute of Timer H is over, or the wait would fail. */
	rig_until(&rig, pchat_sip_stats(rig.sip)->refused_held == 0);
	for (int i = 0; i < PEERS; i++)
		peer_close(&peers[i]);
	rig_stop(&rig);
}

/* Without ACK there may be so many at a time, and no more. */
static void
test_unacknowledged(void **state)
{
	static const char ack[] =
		"ACK sip:chat@contoso.example SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKi\r\n" FROM
		"To: <sip:eve@contoso.example>;tag=2\r\nCall-ID: i\r\nCSeq: 1 ACK\r\n" END;

	(void)state;
	for (int acks = 0; acks < 2; acks++) {
		const struct pchat_sip_options opt = { .invite_ms = 60000 };
		struct rig rig = { .status = 403 };
		PCHAT_AUTO_VALUE(buf) all = { 0 };
		struct message m;
		struct peer p;
		unsigned n = 0;

		rig_start(&rig, &opt);
		for (unsigned i = 0; i <= PCHAT_SIP_UNACKED_MAX; i++) {
			pchat_buf_printf(&all,
			                 "INVITE sip:chat@contoso.example SIP/2.0\r\n"
			                 "Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bK%u\r\n" FROM TO
			                 "Call-ID: i\r\nCSeq: %u INVITE\r\n" END,
			                 i, i);
			if (acks)
				pchat_buf_lit(&all, ack);
		}
		peer_open(&p, &rig, "eve");
		peer_send_raw(&p, all.p, all.n);
		while (n <= PCHAT_SIP_UNACKED_MAX && peer_try(&p, &m, 200))
			n++;
		assert_int_equal(n, PCHAT_SIP_UNACKED_MAX + 1);
		if (!acks)
			peer_expect_eof(&p);
		assert_true(p.eof == !acks);
		peer_close(&p);
		rig_stop(&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malformed),         cmocka_unit_test(test_header_bombs),
		cmocka_unit_test(test_list_bombs),        cmocka_unit_test(test_limits_of_a_head),
		cmocka_unit_test(test_limits_of_a_body),  cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_ended_body),        cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_ack_of_unanswered), cmocka_unit_test(test_refused_invites),
		cmocka_unit_test(test_unacknowledged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
