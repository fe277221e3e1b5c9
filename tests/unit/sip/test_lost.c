/* Dialogs of a named peer, a proxy, outlive its connection. */
#include "rig.h"

#include "base/auto.h"

#define LONG 3600 /* seconds: no timer of these tests is to end the wait */

static void
send_info(struct pchat_sip_dialog *d, const char *text, uint64_t cookie)
{
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(pchat_str(text));

	assert_non_null(body);
	assert_int_equal(pchat_sip_info(d, body, cookie), PCHAT_OK);
}

/* The client of @p behind a new connection of its proxy. */
static void
come_back(struct peer *p, const struct peer *was, struct rig *rig)
{
	peer_open(p, rig, was->user);
	memcpy(p->tag, was->tag, sizeof(p->tag));
	memcpy(p->call_id, was->call_id, sizeof(p->call_id));
	p->cseq = was->cseq + 1;
}

static void
ping(struct peer *p)
{
	struct message m;

	peer_send(
		p,
		"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:%u;branch=z9hG4bKo\r\n"
		"From: <sip:proxy@contoso.example>;tag=o\r\nTo: <sip:127.0.0.1>\r\n"
		"CSeq: 1 OPTIONS\r\nCall-ID: ping\r\nContent-Length: 0\r\n\r\n",
		p->port);
	do
		m = peer_read(p);
	while (m.status == 0);
	assert_int_equal(m.status, 200);
}

static void
hear(struct peer *p, const char *text)
{
	struct message m = peer_read(p);

	assert_int_equal(m.status, 0);
	assert_true(pchat_str_is(m.body, text));
	peer_answer(p, &m, "200 OK", "");
}

static void
lose(struct peer *p, struct rig *rig)
{
	unsigned before = rig->n_lost;

	peer_close(p);
	rig_until(rig, rig->n_lost == before + 1);
}

static void
test_waits_and_goes_on(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct pchat_sip_dialog *d;
	struct peer p, back;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	d = rig.dialog;
	lose(&p, &rig);
	assert_true(pchat_sip_conn_lost(pchat_sip_dialog_conn(d)));
	assert_int_equal(pchat_sip_stats(rig.sip)->lost, 1);
	assert_int_equal(pchat_sip_stats(rig.sip)->conns, 0);
	send_info(d, "first", 1);
	send_info(d, "second", 2);
	send_info(d, "third", 0);
	come_back(&back, &p, &rig);
	peer_request(&back, "INFO", "text/plain", "hello again");
	rig_wait(&rig, "conn closed");
	assert_false(pchat_sip_conn_lost(pchat_sip_dialog_conn(d)));
	assert_int_equal(pchat_sip_stats(rig.sip)->lost, 0);
	m = peer_read(&back);
	assert_int_equal(m.status, 200);
	hear(&back, "first");
	hear(&back, "second");
	hear(&back, "third");
	rig_wait(&rig, "done 2 200");
	assert_string_equal(rig_events(&rig), "request INVITE sip:amy@contoso.example\n"
	                                      "confirmed\nlost 1\nmoved\ninfo hello again\n"
	                                      "conn closed\ndone 1 200\ndone 2 200\n");
	peer_request(&back, "BYE", NULL, NULL);
	m = peer_read(&back);
	assert_int_equal(m.status, 200);
	peer_close(&back);
	rig_stop(&rig);
}

/* It may have been taken or not: the same request once more, which whoever has it knows by branch
 * and number. */
static void
test_unanswered_goes_out_again_as_it_was(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct peer p, back;
	struct message m;
	char *first;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	send_info(rig.dialog, "taken?", 1);
	send_info(rig.dialog, "later", 2);
	m = peer_read(&p);
	first = pchat_str_dup(pchat_str(m.head));
	lose(&p, &rig);
	come_back(&back, &p, &rig);
	ping(&back);
	m = peer_read(&back);
	assert_string_equal(m.head, first);
	assert_true(pchat_str_is(m.body, "taken?"));
	peer_answer(&back, &m, "200 OK", "");
	m = peer_read(&back);
	assert_true(pchat_str_is(m.body, "later"));
	assert_string_not_equal(m.head, first);
	peer_answer(&back, &m, "200 OK", "");
	rig_wait(&rig, "done 2 200");
	assert_int_equal(pchat_sip_stats(rig.sip)->strays, 0);
	peer_close(&back);
	free(first);
	rig_stop(&rig);
}

/* An INFO taken back meanwhile leaves the next one a number of its own. */
static void
test_withdrawn_while_lost(void **state)
{
	static const char topic;
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct pchat_sip_body *body = pchat_sip_body_new(PCHAT_STR("no more"));
	struct peer p, back;
	struct message m;
	char *cseq;

	(void)state;
	assert_non_null(body);
	pchat_sip_body_set_topic(body, &topic);
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	assert_int_equal(pchat_sip_info(rig.dialog, body, 0), PCHAT_OK);
	m = peer_read(&p);
	cseq = pchat_str_dup(pchat_str(message_header(&m, "CSeq")));
	lose(&p, &rig);
	pchat_sip_withdraw(rig.dialog, &topic);
	send_info(rig.dialog, "other", 1);
	come_back(&back, &p, &rig);
	ping(&back);
	m = peer_read(&back);
	assert_true(pchat_str_is(m.body, "other"));
	assert_string_not_equal(message_header(&m, "CSeq"), cseq);
	peer_close(&back);
	free(cseq);
	pchat_sip_body_unref(body);
	rig_stop(&rig);
}

/* With any request, as the one that keeps the connection alive: others may have nothing to say. */
static void
test_all_dialogs_come_along(void **state)
{
	enum { N = 20 };
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct pchat_sip_dialog *dialogs[N];
	struct peer p, back;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	for (int i = 0; i < N; i++) {
		snprintf(p.call_id, sizeof(p.call_id), "call-%d", i);
		peer_dialog(&p);
		dialogs[i] = rig.dialog;
	}
	lose(&p, &rig);
	for (int i = 0; i < N; i++)
		send_info(dialogs[i], "to each", 0);
	come_back(&back, &p, &rig);
	peer_send(&back, "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKo\r\n"
	                 "From: <sip:p@h>;tag=o\r\nTo: <sip:h>\r\nCSeq: 1 OPTIONS\r\n"
	                 "Call-ID: ping\r\nContent-Length: 0\r\n\r\n");
	for (int heard = 0; heard < N;) {
		struct message m = peer_read(&back);

		if (m.status)
			continue;
		assert_true(pchat_str_is(m.body, "to each"));
		peer_answer(&back, &m, "200 OK", "");
		heard++;
	}
	assert_int_equal(pchat_sip_stats(rig.sip)->dialogs, N);
	assert_int_equal(rig.n_closed, 0);
	peer_close(&back);
	rig_stop(&rig);
}

static void
test_another_peer_takes_nothing(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct pchat_sip_dialog *d;
	struct peer p, thief, nobody, back;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	d = rig.dialog;
	lose(&p, &rig);
	send_info(d, "for amy", 1);
	rig.peer = "proxy2";
	come_back(&thief, &p, &rig);
	peer_request(&thief, "INFO", "text/plain", "hijacked");
	m = peer_read(&thief);
	assert_int_equal(m.status, 481);
	peer_request(&thief, "BYE", NULL, NULL);
	m = peer_read(&thief);
	assert_int_equal(m.status, 481);
	rig.peer = NULL;
	come_back(&nobody, &p, &rig);
	peer_request(&nobody, "UPDATE", NULL, NULL);
	m = peer_read(&nobody);
	assert_int_equal(m.status, 481);
	assert_true(pchat_sip_conn_lost(pchat_sip_dialog_conn(d)));
	/* Of the right peer, but of another dialog. */
	rig.peer = "proxy";
	come_back(&back, &p, &rig);
	back.tag[0] ^= 1;
	peer_request(&back, "INFO", "text/plain", "hijacked");
	m = peer_read(&back);
	while (m.status == 0) {
		assert_true(pchat_str_is(m.body, "for amy"));
		m = peer_read(&back);
	}
	assert_int_equal(m.status, 481);
	assert_null(strstr(rig_events(&rig), "hijacked"));
	peer_close(&thief);
	peer_close(&nobody);
	peer_close(&back);
	rig_stop(&rig);
}

static void
test_never_back(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = 1 };
	struct peer p, back;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	send_info(rig.dialog, "out", 1);
	m = peer_read(&p);
	assert_int_equal(m.status, 0);
	send_info(rig.dialog, "waiting", 2);
	lose(&p, &rig);
	rig_wait(&rig, "conn closed");
	assert_non_null(
		strstr(rig_events(&rig),
	               "lost 1\ndone 1 0\ndone 2 0\nclosed connection lost\nconn closed\n"));
	assert_int_equal(pchat_sip_stats(rig.sip)->lost, 0);
	assert_int_equal(pchat_sip_stats(rig.sip)->dialogs, 0);
	assert_int_equal(pchat_sip_stats(rig.sip)->queued_bytes, 0);
	come_back(&back, &p, &rig);
	peer_request(&back, "INFO", "text/plain", "late");
	m = peer_read(&back);
	assert_int_equal(m.status, 481);
	peer_close(&back);
	rig_stop(&rig);
}

/* Another connection that is there already carries on at once. */
static void
test_moves_to_a_second_connection(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct pchat_sip_dialog *d;
	struct peer p, second;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	d = rig.dialog;
	peer_open(&second, &rig, "bob");
	ping(&second);
	send_info(d, "out", 1);
	m = peer_read(&p);
	assert_int_equal(m.status, 0);
	peer_close(&p);
	rig_wait(&rig, "moved");
	assert_int_equal(rig.n_lost, 0);
	hear(&second, "out");
	rig_wait(&rig, "done 1 200");
	peer_close(&second);
	rig_until(&rig, rig.n_lost == 1);
	rig_stop(&rig);
}

/* Two connections at once: both wait together. */
static void
test_two_connections_lost(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct pchat_sip_dialog *first, *second;
	struct peer p, q, back;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	first = rig.dialog;
	peer_open(&q, &rig, "bob");
	peer_dialog(&q);
	second = rig.dialog;
	pchat_sip_conn_close(pchat_sip_dialog_conn(first));
	pchat_sip_conn_close(pchat_sip_dialog_conn(second));
	rig_wait(&rig, "moved");
	assert_int_equal(rig.n_lost, 1);
	assert_ptr_equal(pchat_sip_dialog_conn(first), pchat_sip_dialog_conn(second));
	assert_int_equal(pchat_sip_stats(rig.sip)->lost, 1);
	send_info(first, "one", 0);
	come_back(&back, &p, &rig);
	ping(&back);
	send_info(second, "two", 0);
	rig_until(&rig, pchat_sip_dialog_queued(second) == 1);
	assert_int_equal(pchat_sip_stats(rig.sip)->dialogs, 2);
	peer_close(&p);
	peer_close(&q);
	peer_close(&back);
	rig_stop(&rig);
}

/* The INVITE was answered, and its ACK is the first that comes over the new connection. */
static void
test_ack_over_the_next_connection(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct peer p, back;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	assert_int_equal(peer_invite(&p).status, 200);
	send_info(rig.dialog, "after the ACK", 1);
	lose(&p, &rig);
	come_back(&back, &p, &rig);
	peer_ack(&back);
	hear(&back, "after the ACK");
	rig_wait(&rig, "done 1 200");
	assert_int_equal(rig.n_confirmed, 1);
	peer_close(&back);
	rig_stop(&rig);
}

/* The same while the first one is there. */
static void
test_ack_over_another_connection(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct peer p, other;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	assert_int_equal(peer_invite(&p).status, 200);
	come_back(&other, &p, &rig);
	peer_ack(&other);
	rig_wait(&rig, "confirmed");
	send_info(rig.dialog, "goes back the first way", 1);
	hear(&p, "goes back the first way");
	peer_close(&other);
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_queue_is_bounded(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(PCHAT_STR("x"));
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	lose(&p, &rig);
	for (unsigned i = 0; i <= PCHAT_SIP_QUEUE_MAX; i++)
		assert_int_equal(pchat_sip_info(rig.dialog, body, 0), PCHAT_OK);
	rig_step(&rig);
	assert_int_equal(rig.n_closed, 0);
	assert_int_equal(pchat_sip_info(rig.dialog, body, 0), PCHAT_LIMIT);
	rig_wait(&rig, "closed queue full");
	assert_int_equal(pchat_sip_stats(rig.sip)->queued_bytes, 0);
	rig_stop(&rig);
}

static void
test_all_queues_are_bounded(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	const struct pchat_sip_options opt = { .max_queued = 4096 };
	struct peer p;

	(void)state;
	rig_start(&rig, &opt);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	lose(&p, &rig);
	while (rig.n_closed == 0) {
		if (rig.dialog)
			send_info(rig.dialog, "a good many octets that nobody is there to take", 0);
		rig_step(&rig);
	}
	assert_non_null(strstr(rig_events(&rig), "closed all queues together full"));
	rig_stop(&rig);
}

static void
test_peers_that_wait_are_counted(void **state)
{
	struct rig rig = { .peer = "one", .keep_seconds = LONG };
	const struct pchat_sip_options opt = { .max_lost = 2 };
	struct peer p[3];

	(void)state;
	rig_start(&rig, &opt);
	for (unsigned i = 0; i < 3; i++) {
		rig.peer = i == 0 ? "one" : i == 1 ? "two" : "three";
		peer_open(&p[i], &rig, "amy");
		snprintf(p[i].call_id, sizeof(p[i].call_id), "call-%u", i);
		peer_dialog(&p[i]);
	}
	lose(&p[0], &rig);
	lose(&p[1], &rig);
	assert_int_equal(rig.n_closed, 0);
	peer_close(&p[2]);
	rig_wait(&rig, "closed connection lost");
	assert_int_equal(rig.n_closed, 1);
	assert_int_equal(pchat_sip_stats(rig.sip)->lost, 2);
	rig_stop(&rig);
}

/* Ended by us while nobody is there: at once, or when it has been told. */
static void
test_ended_while_lost(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct peer p, back;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	lose(&p, &rig);
	send_info(rig.dialog, "goodbye", 1);
	pchat_sip_dialog_end(rig.dialog, true);
	rig_step(&rig);
	assert_int_equal(rig.n_closed, 0);
	come_back(&back, &p, &rig);
	ping(&back);
	hear(&back, "goodbye");
	m = peer_read(&back);
	assert_int_equal(strncmp(m.start, "BYE ", 4), 0);
	rig_wait(&rig, "closed ended by us");
	peer_dialog(&back);
	lose(&back, &rig);
	pchat_sip_dialog_end(rig.dialog, false);
	rig_until(&rig, rig.n_closed == 2);
	rig_stop(&rig);
}

/* An INFO the peer sent, and sends again because it did not see the answer, is carried out once. */
static void
test_taken_once(void **state)
{
	struct rig rig = { .peer = "proxy", .keep_seconds = LONG };
	struct peer p, back;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	peer_request(&p, "INFO", "text/plain", "once");
	rig_wait(&rig, "info once");
	lose(&p, &rig);
	come_back(&back, &p, &rig);
	back.cseq = p.cseq - 1; /* the number of the last */
	peer_request(&back, "INFO", "text/plain", "once");
	m = peer_read(&back);
	assert_int_equal(m.status, 200);
	assert_null(strstr(strstr(rig_events(&rig), "info once") + 1, "info once"));
	peer_close(&back);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_and_goes_on),
		cmocka_unit_test(test_unanswered_goes_out_again_as_it_was),
		cmocka_unit_test(test_withdrawn_while_lost),
		cmocka_unit_test(test_all_dialogs_come_along),
		cmocka_unit_test(test_another_peer_takes_nothing),
		cmocka_unit_test(test_never_back),
		cmocka_unit_test(test_moves_to_a_second_connection),
		cmocka_unit_test(test_two_connections_lost),
		cmocka_unit_test(test_ack_over_the_next_connection),
		cmocka_unit_test(test_ack_over_another_connection),
		cmocka_unit_test(test_queue_is_bounded),
		cmocka_unit_test(test_all_queues_are_bounded),
		cmocka_unit_test(test_peers_that_wait_are_counted),
		cmocka_unit_test(test_ended_while_lost),
		cmocka_unit_test(test_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
