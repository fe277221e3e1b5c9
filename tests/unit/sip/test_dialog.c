/* Sessions in the forms of the real client: REGISTER, INVITE, INFO both ways, BYE. */
#include "rig.h"

#include "base/auto.h"

static void
send_info(struct pchat_sip_dialog *d, const char *text, uint64_t cookie)
{
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(pchat_str(text));

	assert_non_null(body);
	assert_int_equal(pchat_sip_info(d, body, cookie), PCHAT_OK);
}

static void
test_session(void **state)
{
	struct rig rig = { 0 };
	struct peer p;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_register(&p);
	m = peer_invite(&p);
	assert_int_equal(m.status, 200);
	assert_string_equal(message_header(&m, "Session-Expires"), "1800;refresher=uac");
	assert_string_equal(message_header(&m, "Content-Type"), "application/sdp");
	assert_non_null(strstr(message_header(&m, "Contact"), "sip:127.0.0.1:"));
	assert_true(pchat_str_is(m.body, "v=0\r\nc=IN IP4 127.0.0.1\r\nm=answer\r\n"));
	/* Nothing may go out before the ACK. */
	send_info(rig.dialog, "early", 1);
	assert_false(peer_try(&p, &m, 5));
	peer_ack(&p);
	m = peer_read(&p);
	assert_true(pchat_str_is(m.body, "early"));
	assert_int_equal(strncmp(m.start, "INFO sip:amy@contoso.example:", 29), 0);
	peer_answer(&p, &m, "200 OK", "");
	rig_wait(&rig, "done 1 200\n");

	peer_request(&p, "INFO", "text/plain", "<xccos/>");
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	peer_request(&p, "UPDATE", NULL, NULL);
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	assert_string_equal(message_header(&m, "Session-Expires"), "1800;refresher=uac");
	peer_request(&p, "BYE", NULL, NULL);
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	rig_wait(&rig, "closed");
	peer_close(&p);
	rig_wait(&rig, "conn closed");
	assert_string_equal(rig_events(&rig), "request REGISTER sip:amy@contoso.example\n"
	                                      "request INVITE sip:amy@contoso.example\n"
	                                      "confirmed\n"
	                                      "done 1 200\n"
	                                      "info <xccos/>\n"
	                                      "closed client said bye\n"
	                                      "conn closed\n");
	rig_stop(&rig);
}

/* ---- what a handler sees ---- */

static void
test_request_view(void **state)
{
	const struct pchat_sip_request *rq;
	struct rig rig = { .defer = true };
	struct message m;
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_send(
		&p,
		"SUBSCRIBE sip:amy@contoso.example SIP/2.0\r\n"
		"Via: SIP/2.0/tcp 127.0.0.1:%u;branch=z9hG4bK946E4730ABA70D98F917\r\n"
		"From: \"Amy\" <sip:amy@contoso.example>;tag=2695856707;epid=b34afb6ebb23\r\n"
		"To: <sip:amy@contoso.example;x=y>\r\nMax-Forwards: 70\r\n"
		"CSeq: 4294967295 SUBSCRIBE\r\nUser-Agent: Purple/2.14.12\r\n"
		"Call-ID: FBECgDB5\r\nEvent: vnd-microsoft-provisioning-v2;a=b\r\n"
		"Accept: application/x+xml;q=1, text/*\r\n"
		"Supported: com.microsoft.autoextend\r\nSupported: ms-benotify\r\n"
		"Proxy-Require: ms-benotify\r\nSupported: ms-piggyback-first-notify\r\n"
		"P-Asserted-Identity: \"Amy\" <sip:amy.j@contoso.example>, <tel:+14255551212>\r\n"
		"P-Asserted-Identity: <sip:other@contoso.example>\r\n"
		"Expires: 0\r\nSession-Expires: 90\r\n"
		"Contact: <sip:amy@contoso.example:5;maddr=127.0.0.1;transport=tcp>;proxy=replace;"
		"+sip.instance=\"<urn:uuid:085e0bd8-031c-5a0d-8d9a-f149aae6954a>\"\r\n"
		"Content-Type: application/x+xml; charset=utf-8\r\nContent-Length: 4\r\n"
		"Authorization: Kerberos realm=\"k\"\r\n"
		"Authorization: Digest username=\"a\\\"b\", realm=\"r\", uri=\"(null)\", "
		"qop=auth, nc=00000001\r\n\r\n<x/>",
		p.port);
	rig_until(&rig, rig.txn);
	rq = pchat_sip_txn_request(rig.txn);
	assert_int_equal(rq->kind, PCHAT_SIP_SUBSCRIBE);
	assert_true(pchat_str_is(rq->method, "SUBSCRIBE"));
	assert_true(pchat_str_is(rq->uri, "sip:amy@contoso.example"));
	assert_true(pchat_str_is(rq->from.uri, "sip:amy@contoso.example"));
	assert_true(pchat_str_is(rq->from.user, "amy"));
	assert_true(pchat_str_is(rq->from.host, "contoso.example"));
	assert_true(pchat_str_is(rq->from.tag, "2695856707"));
	assert_true(pchat_str_is(rq->from.epid, "b34afb6ebb23"));
	assert_true(pchat_str_is(rq->to.uri, "sip:amy@contoso.example;x=y"));
	assert_int_equal(rq->to.tag.n, 0);
	assert_true(pchat_str_is(rq->call_id, "FBECgDB5"));
	assert_true(rq->cseq == 4294967295u);
	assert_true(pchat_str_is(rq->event, "vnd-microsoft-provisioning-v2"));
	assert_true(pchat_sip_accepts(rq, "application/x+xml"));
	assert_true(pchat_sip_accepts(rq, "text/plain"));
	assert_false(pchat_sip_accepts(rq, "image/png"));
	assert_true(pchat_sip_supports(rq, "ms-benotify"));
	assert_true(pchat_sip_supports(rq, "ms-piggyback-first-notify"));
	assert_false(pchat_sip_supports(rq, "timer"));
	assert_null(rq->require);
	assert_int_equal(rq->n_asserted, 2);
	assert_true(pchat_str_is(rq->asserted.uri, "sip:amy.j@contoso.example"));
	assert_true(rq->has_expires);
	assert_int_equal(rq->expires, 0);
	assert_int_equal(rq->session_expires, 90);
	assert_true(rq->has_contact);
	assert_true(pchat_str_starts(rq->contact.uri, "sip:amy@contoso.example:5;maddr"));
	assert_true(pchat_str_is(rq->contact_instance,
	                         "<urn:uuid:085e0bd8-031c-5a0d-8d9a-f149aae6954a>"));
	assert_true(pchat_str_is(rq->content_type, "application/x+xml"));
	assert_true(pchat_str_is(rq->user_agent, "Purple/2.14.12"));
	assert_false(rq->has_proxy_authorization);
	assert_true(rq->has_authorization);
	assert_true(pchat_str_is(rq->authorization.scheme, "Digest"));
	assert_true(pchat_str_is(rq->authorization.username, "a\"b"));
	assert_true(pchat_str_is(rq->authorization.uri, "(null)"));
	assert_true(pchat_str_is(rq->body, "<x/>"));
	assert_true(pchat_sip_conn_loopback(pchat_sip_txn_conn(rig.txn)));
	assert_false(pchat_sip_conn_tls(pchat_sip_txn_conn(rig.txn)));
	assert_true(pchat_str_starts(pchat_str(pchat_sip_conn_peer(pchat_sip_txn_conn(rig.txn))),
	                             "127.0.0.1:"));
	/* A later answer is one, too. */
	pchat_sip_refuse(rig.txn, 489, PCHAT_SIP_DIAG_NONE);
	m = peer_read(&p);
	assert_int_equal(m.status, 489);
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_header_lines_to_the_letter(void **state)
{
	static const char *const headers[] = {
		"Supported: msrtc-event-categories",
		"Supported: adhoclist",
		"Allow-Events: a,b",
		"Expires: 7200",
		"Evil: x\r\nInjected: y",
		"no colon",
		"ms-keep-alive: UAS; tcp=no; timeout=300",
		NULL,
	};
	const struct pchat_sip_reply reply = { .status = 200,
		                               .headers = headers,
		                               .content_type = "text/plain",
		                               .body = PCHAT_STR("body") };
	struct rig rig = { .reply = &reply };
	struct message m;
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_send(&p, "SERVICE sip:amy@contoso.example SIP/2.0\r\n"
	              "Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKx\r\n"
	              "From: <sip:amy@contoso.example>;tag=1\r\nTo: <sip:amy@contoso.example>\r\n"
	              "Call-ID: c\r\nCSeq: 1 SERVICE\r\nContent-Length: 0\r\n\r\n");
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	assert_true(pchat_str_is(m.body, "body"));
	assert_non_null(strstr(m.head, "\r\nSupported: msrtc-event-categories\r\n"
	                               "Supported: adhoclist\r\nAllow-Events: a,b\r\n"
	                               "Expires: 7200\r\n"
	                               "ms-keep-alive: UAS; tcp=no; timeout=300"));
	assert_null(strstr(m.head, "Injected"));
	assert_non_null(strstr(message_header(&m, "To"), ";tag="));
	peer_close(&p);
	rig_stop(&rig);
}

/* ---- what is answered without the daemon ---- */

static int
request_of(struct peer *p, const char *method, const char *more, const char *tag)
{
	static unsigned n;
	struct message m;

	n++;
	peer_send(p,
	          "%s sip:chat@contoso.example SIP/2.0\r\n"
	          "Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKy%u\r\n"
	          "From: <sip:amy@contoso.example>;tag=1\r\nTo: <sip:chat@contoso.example>%s\r\n"
	          "Call-ID: d%u\r\nCSeq: 1 %s\r\n%sContent-Length: 0\r\n\r\n",
	          method, n, tag, n, method, more);
	m = peer_read(p);
	assert_null(message_header(&m, "Injected"));
	return m.status;
}

static void
test_answers_of_our_own(void **state)
{
	static const struct {
		const char *method, *more, *tag;
		int status;
		bool seen; /* by the daemon */
	} cases[] = {
		{ "OPTIONS", "", "", 200, false },
		{ "REGISTER", "Require: timer\r\n", "", 200, true },
		{ "REGISTER", "Require: a, timer, b\r\n", "", 420, false },
		{ "REGISTER", "Proxy-Require: a\r\n", "", 200, true },
		{ "REGISTER", "", ";tag=x", 200, true },
		{ "SUBSCRIBE", "", ";tag=x", 200, true },
		{ "SERVICE", "", "", 200, true },
		{ "BENOTIFY", "", "", 200, true },
		{ "MESSAGE", "", "", 200, true },
		{ "MESSAGE", "", ";tag=x", 481, false },
		{ "INVITE", "", ";tag=x", 481, false },
		{ "INFO", "", ";tag=x", 481, false },
		{ "INFO", "", "", 481, false },
		{ "BYE", "", ";tag=x", 481, false },
		{ "UPDATE", "", ";tag=x", 481, false },
		{ "OPTIONS", "", ";tag=x", 481, false },
		{ "CANCEL", "", "", 481, false },
	};
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		int status = request_of(&p, cases[i].method, cases[i].more, cases[i].tag);
		bool seen = strstr(rig_events(&rig), "request");

		if (status != cases[i].status || seen != cases[i].seen)
			fail_msg("case %zu, %s: %d%s", i, cases[i].method, status,
			         seen ? ", seen" : "");
	}
	peer_close(&p);
	rig_stop(&rig);
}

/* An INVITE or a CANCEL of it, the same but for the method. */
static void
send_invite(struct peer *p, const char *method, unsigned cseq)
{
	peer_send(p,
	          "%s sip:Chat@contoso.example SIP/2.0\r\n"
	          "Via: SIP/2.0/tcp 127.0.0.1:5060;branch=z9hG4bKsame\r\n"
	          "From: <sip:amy@contoso.example>;tag=1\r\nTo: <sip:Chat@contoso.example>\r\n"
	          "CSeq: %u %s\r\nCall-ID: cancelled\r\nContact: <sip:amy@127.0.0.1:%u>\r\n"
	          "Content-Length: 0\r\n\r\n",
	          method, cseq, method, p->port);
}

/* Only where the INVITE came from, and only that one. */
static void
test_cancel(void **state)
{
	struct pchat_sip_dialog *d = NULL;
	struct rig rig = { .defer = true };
	struct peer p, other;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_open(&other, &rig, "amy");
	send_invite(&p, "INVITE", 5);
	rig_until(&rig, rig.txn);
	send_invite(&other, "CANCEL", 5);
	assert_int_equal(peer_read(&other).status, 481);
	send_invite(&p, "CANCEL", 4);
	assert_int_equal(peer_read(&p).status, 481);
	send_invite(&p, "CANCEL", 5);
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	assert_string_equal(message_header(&m, "CSeq"), "5 CANCEL");
	assert_non_null(strstr(m.head, ";branch=z9hG4bKsame"));
	m = peer_read(&p);
	assert_int_equal(m.status, 487);
	assert_string_equal(message_header(&m, "CSeq"), "5 INVITE");
	assert_int_equal(pchat_sip_accept(rig.txn, 0, NULL, &d, NULL), PCHAT_UNAVAILABLE);
	/* What has its answer cannot be cancelled, and saying so does no harm. */
	send_invite(&p, "CANCEL", 5);
	assert_int_equal(peer_read(&p).status, 200);
	/* Refused by the handler after it was cancelled. */
	rig.txn = NULL;
	send_invite(&p, "INVITE", 6);
	rig_until(&rig, rig.txn);
	send_invite(&p, "CANCEL", 6);
	assert_int_equal(peer_read(&p).status, 200);
	assert_int_equal(peer_read(&p).status, 487);
	pchat_sip_refuse(rig.txn, 403, PCHAT_SIP_DIAG_NONE);
	assert_false(peer_try(&p, &m, 2));
	peer_close(&p);
	peer_close(&other);
	rig_stop(&rig);
}

static void
test_within_a_dialog(void **state)
{
	static const struct {
		const char *method;
		int status;
	} cases[] = {
		{ "OPTIONS", 200 },   { "UPDATE", 200 }, { "INVITE", 200 },  { "MESSAGE", 405 },
		{ "SUBSCRIBE", 405 }, { "REFER", 501 },  { "SERVICE", 501 },
	};
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	rig_events(&rig);
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		peer_request(&p, cases[i].method, NULL, NULL);
		m = peer_read(&p);
		if (m.status != cases[i].status)
			fail_msg("%s: %d", cases[i].method, m.status);
		assert_string_equal(rig_events(&rig), "");
	}
	/* A number that goes back. */
	p.cseq = 2;
	peer_request(&p, "INFO", "text/plain", "old");
	m = peer_read(&p);
	assert_int_equal(m.status, 500);
	peer_close(&p);
	rig_stop(&rig);
}

/* The same INFO twice is carried out once, and answered twice. */
static void
test_repeated_info(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;
	uint32_t number;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	rig_events(&rig);
	number = p.cseq;
	peer_request(&p, "INFO", "text/plain", "once");
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	assert_string_not_equal(rig_events(&rig), "");
	p.cseq = number;
	peer_request(&p, "INFO", "text/plain", "once");
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	assert_string_equal(rig_events(&rig), "");
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_from_another_connection(void **state)
{
	struct rig rig = { 0 };
	struct peer p, other;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	peer_open(&other, &rig, "amy");
	memcpy(other.tag, p.tag, sizeof(p.tag));
	memcpy(other.call_id, p.call_id, sizeof(p.call_id));
	other.cseq = 10;
	peer_request(&other, "INFO", "text/plain", "hijacked");
	m = peer_read(&other);
	assert_int_equal(m.status, 481);
	peer_request(&other, "BYE", NULL, NULL);
	m = peer_read(&other);
	assert_int_equal(m.status, 481);
	assert_null(strstr(rig_events(&rig), "hijacked"));
	peer_close(&other);
	peer_close(&p);
	rig_stop(&rig);
}

/* What @p knows of its dialog, to @other, which is then the same client elsewhere. */
static void
hand_on(const struct peer *p, struct peer *other)
{
	memcpy(other->tag, p->tag, sizeof(p->tag));
	memcpy(other->call_id, p->call_id, sizeof(p->call_id));
	other->cseq = p->cseq + 1;
}

static void
test_connections_of_one_peer(void **state)
{
	struct rig rig = { .peer = "proxy" };
	struct peer p, other, stranger, nobody;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	peer_open(&other, &rig, "amy");
	hand_on(&p, &other);
	peer_request(&other, "INFO", "text/plain", "proxied");
	m = peer_read(&other);
	assert_int_equal(m.status, 200);
	rig_wait(&rig, "info proxied\n");
	/* What is sent goes over the first one still. */
	send_info(rig.dialog, "there", 1);
	m = peer_read(&p);
	peer_answer(&p, &m, "200 OK", "");
	rig_wait(&rig, "done 1 200\n");
	rig.peer = "another proxy";
	peer_open(&stranger, &rig, "amy");
	hand_on(&other, &stranger);
	peer_request(&stranger, "INFO", "text/plain", "hijacked");
	m = peer_read(&stranger);
	assert_int_equal(m.status, 481);
	rig.peer = NULL;
	peer_open(&nobody, &rig, "amy");
	hand_on(&other, &nobody);
	peer_request(&nobody, "BYE", NULL, NULL);
	m = peer_read(&nobody);
	assert_int_equal(m.status, 481);
	/* Without being kept, a dialog ends with its connection. */
	peer_close(&p);
	rig_wait(&rig, "closed connection lost");
	peer_close(&nobody);
	peer_close(&stranger);
	peer_close(&other);
	rig_stop(&rig);
}

/* ---- INVITE ---- */

static int
invite(struct peer *p, const char *more, const char *body)
{
	struct message m;

	peer_send(p,
	          "INVITE sip:chat@contoso.example SIP/2.0\r\n"
	          "Via: SIP/2.0/tcp 127.0.0.1:%u\r\n"
	          "From: <sip:%s@contoso.example>;tag=2061610658\r\n"
	          "To: <sip:chat@contoso.example>\r\nCSeq: 7 INVITE\r\nCall-ID: %s\r\n"
	          "%sContent-Length: %zu\r\n\r\n%s",
	          p->port, p->user, p->call_id, more, strlen(body), body);
	m = peer_read(p);
	if (m.status == 200) {
		snprintf(p->tag, sizeof(p->tag), "%s",
		         strstr(message_header(&m, "To"), ";tag=") + 5);
		pchat_buf_printf(&p->rig->events, "expires %s body %.*s\n",
		                 message_header(&m, "Session-Expires"), PCHAT_STR_ARG(m.body));
	}
	return m.status;
}

static void
test_invite_variants(void **state)
{
	static const struct {
		const char *more, *body;
		int status;
		const char *event; /* one that must be there */
	} cases[] = {
		{ "", "", 200, "m=offer" },
		{ "Content-Type: application/sdp\r\n", "v=0\r\n", 200, "m=answer" },
		{ "Content-Type: text/plain\r\n", "hello", 200, "refresher=uac body \n" },
		{ "Session-Expires: 600\r\nSupported: timer\r\n", "", 200, "expires 600;" },
		{ "Session-Expires: 3600\r\n", "", 200, "expires 1800;" },
		{ "Session-Expires: 90\r\n", "", 200, "expires 90;" },
		{ "Session-Expires: 89\r\n", "", 422, "refused the session interval" },
		{ "Contact: <sip:amy@10.0.0.1:5>\r\n", "", 200, "m=offer" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct rig rig = { 0 };
		struct peer p;

		rig_start(&rig, NULL);
		peer_open(&p, &rig, "amy");
		if (invite(&p, cases[i].more, cases[i].body) != cases[i].status)
			fail_msg("case %zu", i);
		if (!strstr(pchat_buf_cstr(&rig.events), cases[i].event))
			fail_msg("case %zu: %s", i, pchat_buf_cstr(&rig.events));
		/* The ACK of the real client counts from 1 again: not the number of the INVITE. */
		if (cases[i].status == 200) {
			peer_ack(&p);
			rig_wait(&rig, "confirmed\n");
		}
		peer_close(&p);
		rig_stop(&rig);
	}
}

static void
test_routes(void **state)
{
	static const struct {
		const char *more;
		const char *start;
		const char *route; /* all Route lines */
	} cases[] = {
		{ "Contact: <sip:amy@10.0.0.1:5;transport=tcp>\r\n",
		  "INFO sip:amy@10.0.0.1:5;transport=tcp SIP/2.0", "" },
		{ "", "INFO sip:amy@contoso.example SIP/2.0", "" },
		{ "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\nContact: <sip:amy@h>\r\n",
		  "INFO sip:amy@h SIP/2.0", "Route: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n" },
		{ "Record-Route: <sip:p2>\r\nRecord-Route: <sip:p1;lr>\r\nContact: <sip:amy@h>\r\n",
		  "INFO sip:p2 SIP/2.0", "Route: <sip:p1;lr>\r\nRoute: <sip:amy@h>\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct rig rig = { 0 };
		struct message m;
		struct peer p;

		rig_start(&rig, NULL);
		peer_open(&p, &rig, "amy");
		assert_int_equal(invite(&p, cases[i].more, ""), 200);
		peer_ack(&p);
		rig_wait(&rig, "confirmed\n");
		send_info(rig.dialog, "x", 0);
		m = peer_read(&p);
		if (strncmp(m.start, cases[i].start, strlen(cases[i].start)) != 0 ||
		    !strstr(m.head, cases[i].route) ||
		    !!strstr(m.head, "Route:") != !!*cases[i].route)
			fail_msg("case %zu: %s", i, m.head);
		peer_close(&p);
		rig_stop(&rig);
	}
}

static void
test_no_ack(void **state)
{
	const struct pchat_sip_options opt = { .ack_seconds = 1 };
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	rig_start(&rig, &opt);
	peer_open(&p, &rig, "amy");
	assert_int_equal(peer_invite(&p).status, 200);
	send_info(rig.dialog, "never sent", 9);
	rig_wait(&rig, "closed");
	assert_string_equal(rig_events(&rig),
	                    "request INVITE sip:amy@contoso.example\ndone 9 0\nclosed no ACK\n");
	do {
		m = peer_read(&p); /* the 200 is repeated until then */
	} while (m.status == 200);
	assert_int_equal(strncmp(m.start, "BYE ", 4), 0);
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_refused_invite_is_not_repeated(void **state)
{
	struct rig rig = { .status = 403 };
	struct message m;
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	assert_int_equal(peer_invite(&p).status, 403);
	/* The real client sends no ACK then. */
	for (int64_t end = pchat_monotonic() + PCHAT_SECOND; pchat_monotonic() < end;)
		assert_false(peer_try(&p, &m, 1));
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_session_timer(void **state)
{
	const struct pchat_sip_options opt = { .grace_seconds = 1 };
	struct rig rig = { .session_expires = 1 };
	struct message m;
	struct peer p;
	int64_t start;

	(void)state;
	rig_start(&rig, &opt);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	rig_events(&rig);
	start = pchat_monotonic();
	while (pchat_monotonic() - start < PCHAT_SECOND)
		rig_step(&rig);
	peer_request(&p, "UPDATE", NULL, NULL);
	m = peer_read(&p);
	assert_int_equal(m.status, 200);
	start = pchat_monotonic();
	m = peer_read(&p);
	assert_int_equal(strncmp(m.start, "BYE ", 4), 0);
	assert_true(pchat_monotonic() - start >= 2 * PCHAT_SECOND - 1000);
	rig_wait(&rig, "closed session expired\n");
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_limits(void **state)
{
	const struct pchat_sip_options opt = { .max_dialogs = 2, .limits.conns = 2 };
	struct rig rig = { 0 };
	struct message m;
	struct peer p, second, third;

	(void)state;
	rig_start(&rig, &opt);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	snprintf(p.call_id, sizeof(p.call_id), "second");
	peer_dialog(&p);
	snprintf(p.call_id, sizeof(p.call_id), "third");
	m = peer_invite(&p);
	assert_int_equal(m.status, 503);
	assert_non_null(strstr(message_header(&m, "Ms-diagnostics"), "20009;source=\"localhost\""));
	assert_string_equal(message_header(&m, "Retry-After"), "5");
	peer_open(&second, &rig, "bob");
	peer_register(&second);
	peer_open(&third, &rig, "carl");
	peer_send_raw(&third, "x", 1);
	peer_expect_eof(&third);
	peer_close(&third);
	/* One goes, another may come. */
	peer_close(&second);
	rig_until(&rig, rig.n_conn_closed == 1);
	peer_open(&third, &rig, "carl");
	peer_register(&third);
	peer_close(&third);
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_answer_after_the_connection(void **state)
{
	struct rig rig = { .defer = true };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_send(&p, "REGISTER sip:contoso.example SIP/2.0\r\n"
	              "Via: SIP/2.0/TCP 127.0.0.1:1;maddr=127.0.0.1;branch=z9hG4bKx\r\n"
	              "From: <sip:amy@contoso.example>;tag=1\r\nTo: <sip:amy@contoso.example>\r\n"
	              "Call-ID: c\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n");
	rig_until(&rig, rig.txn);
	peer_close(&p);
	rig_until(&rig, rig.n_conn_closed == 1);
	assert_null(pchat_sip_txn_conn(rig.txn));
	assert_true(pchat_str_is(pchat_sip_txn_request(rig.txn)->from.user, "amy"));
	pchat_sip_refuse(rig.txn, 200, PCHAT_SIP_DIAG_NONE);
	for (unsigned i = 0; i < 5; i++)
		rig_step(&rig);
	rig_stop(&rig);
}

static void
test_keep_alive(void **state)
{
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_register(&p);
	peer_send_raw(&p, "\r\n\r\n", 4);
	p.in.n = p.used = 0;
	for (int64_t end = pchat_monotonic() + RIG_DEADLINE; p.in.n < 2;) {
		struct message m;

		assert_true(pchat_monotonic() < end);
		(void)peer_try(&p, &m, 0);
	}
	assert_memory_equal(p.in.p, "\r\n", 2);
	p.in.n = 0;
	peer_send_raw(&p, "\r\n\r\n", 4);
	peer_register(&p);
	peer_close(&p);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_request_view),
		cmocka_unit_test(test_header_lines_to_the_letter),
		cmocka_unit_test(test_answers_of_our_own),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_within_a_dialog),
		cmocka_unit_test(test_repeated_info),
		cmocka_unit_test(test_from_another_connection),
		cmocka_unit_test(test_connections_of_one_peer),
		cmocka_unit_test(test_invite_variants),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_no_ack),
		cmocka_unit_test(test_refused_invite_is_not_repeated),
		cmocka_unit_test(test_session_timer),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_answer_after_the_connection),
		cmocka_unit_test(test_keep_alive),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
