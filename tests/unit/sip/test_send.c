/*
 * INFO below the transaction layer, and all that can go wrong there while the connection
 * stands: answers that are late, doubled or forged, more than fits the queues.
 */
#include "send.h"

/* ---- order ---- */

static void
test_one_at_a_time(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	send_info(rig.dialog, "first", 0);
	send_info(rig.dialog, "second", 0);
	assert_int_equal(pchat_sip_dialog_queued(rig.dialog), 2);
	m = peer_read(&p);
	assert_true(pchat_str_is(m.body, "first"));
	assert_false(peer_try(&p, &m, 10));
	end(&rig, &p);
}

static void
test_queue_in_order(void **state)
{
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	for (unsigned i = 0; i < 50; i++) {
		char text[16];

		snprintf(text, sizeof(text), "n%u", i);
		send_info(rig.dialog, text, i + 1);
	}
	for (unsigned i = 0; i < 50; i++) {
		struct message m = peer_read(&p);
		char want[16];

		snprintf(want, sizeof(want), "n%u", i);
		assert_true(pchat_str_is(m.body, want));
		snprintf(want, sizeof(want), "%u INFO", i + 1);
		assert_string_equal(message_header(&m, "CSeq"), want);
		assert_string_equal(message_header(&m, "Content-Type"), "text/plain");
		assert_string_equal(message_header(&m, "To"),
		                    "<sip:amy@contoso.example>;tag=2061610658;epid=b34afb6ebb23");
		assert_int_equal(
			strncmp(message_header(&m, "From"), "<sip:Chat@contoso.example>;tag=", 31),
			0);
		peer_answer(&p, &m, "100 Trying", "");
		peer_answer(&p, &m, "200 OK", "");
	}
	rig_wait(&rig, "done 50 200\n");
	assert_int_equal(pchat_sip_dialog_queued(rig.dialog), 0);
	assert_int_equal(pchat_sip_stats(rig.sip)->strays, 0);
	end(&rig, &p);
}

static void
test_window(void **state)
{
	enum { N = PCHAT_SIP_WINDOW + 44 };
	static struct pchat_sip_dialog *d[N];
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(PCHAT_STR("shared"));
	struct rig rig = { 0 };
	struct message m;
	struct peer p;
	unsigned got = 0, answered = 0;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	open_dialogs(&rig, &p, d, N);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(pchat_sip_info(d[i], body, 0), PCHAT_OK);
	/* The first half is answered as it comes; the window is still used up. */
	while (answered < PCHAT_SIP_REFILL - 1) {
		m = peer_read(&p);
		got++;
		if (got > PCHAT_SIP_WINDOW - PCHAT_SIP_REFILL + 1) {
			peer_answer(&p, &m, "200 OK", "");
			answered++;
		}
	}
	assert_int_equal(got, PCHAT_SIP_WINDOW);
	assert_false(peer_try(&p, &m, 10));
	assert_int_equal(pchat_sip_stats(rig.sip)->infos, PCHAT_SIP_WINDOW);
	peer_close(&p);
	rig_until(&rig, rig.n_closed == N);
	rig_stop(&rig);
}

static void
test_window_refills(void **state)
{
	enum { N = PCHAT_SIP_WINDOW + 44 };
	static struct pchat_sip_dialog *d[N];
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(PCHAT_STR("shared"));
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	open_dialogs(&rig, &p, d, N);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(pchat_sip_info(d[i], body, 1000 + i), PCHAT_OK);
	for (unsigned i = 0; i < N; i++) {
		struct message m = peer_read(&p);

		assert_true(pchat_str_is(m.body, "shared"));
		peer_answer(&p, &m, "200 OK", "");
	}
	rig_until(&rig, pchat_sip_stats(rig.sip)->info_answers == N);
	rig_wait(&rig, "done 1299 200\n");
	end(&rig, &p);
}

/* ---- answers ---- */

static void
test_refusals(void **state)
{
	static const struct {
		const char *line;
		const char *events;
	} cases[] = {
		{ "481 Call Leg Does Not Exist",
		  "done 7 481\nclosed client does not know the dialog\n" },
		{ "487 Request Terminated",
		  "done 7 487\nclosed client does not know the dialog\n" },
		{ "480 Temporarily Unavailable",
		  "done 7 480\nclosed client does not know the dialog\n" },
		{ "410 Gone", "done 7 410\nclosed client does not know the dialog\n" },
		{ "408 Request Timeout", "done 7 408\nclosed no answer to an INFO\n" },
		{ "488 Not Acceptable Here", "done 7 488\n" },
		{ "500 Server Internal Error", "done 7 500\n" },
		{ "202 Accepted", "done 7 202\n" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct rig rig = { 0 };
		struct message m;
		struct peer p;

		begin(&rig, &p, NULL);
		send_info(rig.dialog, "x", 7);
		m = peer_read(&p);
		peer_answer(&p, &m, cases[i].line, "");
		rig_wait(&rig, cases[i].events);
		assert_string_equal(rig_events(&rig), cases[i].events);
		end(&rig, &p);
	}
}

static void
test_late_answer(void **state)
{
	const struct pchat_sip_options opt = { .answer_seconds = 1 };
	PCHAT_AUTO_VALUE(buf) head = { 0 };
	struct rig rig = { 0 };
	struct message m, kept;
	struct peer p;

	(void)state;
	begin(&rig, &p, &opt);
	send_info(rig.dialog, "first", 1);
	send_info(rig.dialog, "second", 2);
	m = peer_read(&p);
	pchat_buf_text(&head, m.head);
	rig_wait(&rig, "closed");
	assert_string_equal(rig_events(&rig),
	                    "done 1 408\ndone 2 0\nclosed no answer to an INFO\n");
	assert_int_equal(pchat_sip_stats(rig.sip)->info_timeouts, 1);
	kept = (struct message){ .head = head.p };
	peer_answer(&p, &kept, "200 OK", "");
	rig_until(&rig, pchat_sip_stats(rig.sip)->strays == 1);
	assert_string_equal(rig_events(&rig), "");
	end(&rig, &p);
}

static void
test_doubled_answer(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	send_info(rig.dialog, "x", 1);
	m = peer_read(&p);
	peer_answer(&p, &m, "200 OK", "");
	peer_answer(&p, &m, "481 Gone", "");
	rig_until(&rig, pchat_sip_stats(rig.sip)->strays == 1);
	assert_string_equal(rig_events(&rig), "done 1 200\n");
	/* And while the next one is out. */
	peer_answer(&p, &m, "200 OK", "");
	send_info(rig.dialog, "y", 2);
	peer_answer(&p, &m, "481 Gone", "");
	m = peer_read(&p);
	peer_answer(&p, &m, "200 OK", "");
	rig_wait(&rig, "done 2 200\n");
	assert_string_equal(rig_events(&rig), "done 2 200\n");
	end(&rig, &p);
}

/* The text of an answer with one thing changed. */
static void
forge(struct peer *from, const char *head, const char *what, const char *instead)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	const char *at = strstr(head, what);
	struct message m;

	assert_non_null(at);
	pchat_buf_add(&text, head, (size_t)(at - head));
	pchat_buf_text(&text, instead);
	pchat_buf_text(&text, at + strlen(what));
	m = (struct message){ .head = text.p };
	peer_answer(from, &m, "481 Forged", "");
}

static void
test_forged_answers(void **state)
{
	PCHAT_AUTO_VALUE(buf) head = { 0 };
	struct rig rig = { 0 };
	struct message m;
	struct peer p, stranger;
	char branch[64], other[64];

	(void)state;
	begin(&rig, &p, NULL);
	peer_open(&stranger, &rig, "bob");
	peer_register(&stranger);
	rig_events(&rig);
	send_info(rig.dialog, "x", 1);
	m = peer_read(&p);
	pchat_buf_text(&head, m.head);
	snprintf(branch, sizeof(branch), "%s", strstr(message_header(&m, "Via"), "z9hG4bK"));
	assert_int_equal(strlen(branch), 7 + 24);

	forge(&stranger, head.p, "Max-Forwards",
	      "Max-Forwards"); /* the right one, from elsewhere */
	snprintf(other, sizeof(other), "%.15s%c%s", branch, branch[15] ^ 1, branch + 16);
	forge(&p, head.p, branch, other); /* nonce */
	snprintf(other, sizeof(other), "z9hG4bK0000ffff%s", branch + 15);
	forge(&p, head.p, branch, other); /* slot */
	snprintf(other, sizeof(other), "%.30s%c", branch, branch[30] ^ 1);
	forge(&p, head.p, branch, other); /* number in the branch */
	forge(&p, head.p, branch, "z9hG4bK");
	forge(&p, head.p, branch, "z9hG4bKxyz");
	forge(&p, head.p, "CSeq: 1 INFO", "CSeq: 2 INFO");
	forge(&p, head.p, "CSeq: 1 INFO", "CSeq: 1 UPDATE");
	forge(&p, head.p, "Call-ID: E2", "Call-ID: F2");
	rig_until(&rig, pchat_sip_stats(rig.sip)->strays == 9);
	assert_string_equal(rig_events(&rig), "");
	m = (struct message){ .head = head.p };
	peer_answer(&p, &m, "200 OK", "");
	rig_wait(&rig, "done 1 200\n");
	peer_close(&stranger);
	end(&rig, &p);
}

/* ---- overload ---- */

static void
test_retry_after_503(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	send_info(rig.dialog, "again", 1);
	send_info(rig.dialog, "then", 2);
	for (int i = 0; i < 2; i++) {
		m = peer_read(&p);
		assert_true(pchat_str_is(m.body, "again"));
		peer_answer(&p, &m, i ? "504 Timeout" : "503 Busy", "Retry-After: 0\r\n");
	}
	m = peer_read(&p);
	assert_true(pchat_str_is(m.body, "again"));
	assert_string_equal(message_header(&m, "CSeq"), "3 INFO");
	peer_answer(&p, &m, "200 OK", "");
	m = peer_read(&p);
	assert_true(pchat_str_is(m.body, "then"));
	for (int i = 0; i < 3; i++) {
		peer_answer(&p, &m, "503 Busy", "Retry-After: 0\r\n");
		m = peer_read(&p);
	}
	assert_int_equal(strncmp(m.start, "BYE ", 4), 0);
	rig_wait(&rig, "closed");
	assert_string_equal(rig_events(&rig),
	                    "done 1 200\ndone 2 503\nclosed client stayed overloaded\n");
	end(&rig, &p);
}

static void
send_big(struct pchat_sip_dialog *d, unsigned n)
{
	enum { SIZE = 200000 };
	char *text = malloc(SIZE);

	assert_non_null(text);
	memset(text, 'x', SIZE);
	for (unsigned i = 0; i < n; i++) {
		PCHAT_AUTO(sip_body)
		body = pchat_sip_body_new((struct pchat_str){ text, SIZE });

		assert_non_null(body);
		assert_int_equal(pchat_sip_info(d, body, 0), PCHAT_OK);
	}
	free(text);
}

static void
send_shared(struct pchat_sip_dialog *const *dialogs, unsigned n, size_t size)
{
	PCHAT_AUTO(sip_body) body = NULL;
	char *text = calloc(1, size);

	assert_non_null(text);
	body = pchat_sip_body_new((struct pchat_str){ text, size });
	assert_non_null(body);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pchat_sip_info(dialogs[i], body, 0), PCHAT_OK);
	free(text);
}

/* Nobody has more waiting than he may, but all together have: the worst one goes. */
static void
test_all_queues_overflow(void **state)
{
	const struct pchat_sip_options opt = { .max_queued = 1100000 };
	enum { N = 3 };
	struct pchat_sip_dialog *dialogs[N];
	struct rig rig = { 0 };
	struct peer peers[N];

	(void)state;
	rig_start(&rig, &opt);
	for (int i = 0; i < N; i++) {
		peer_open(&peers[i], &rig, "amy");
		peer_dialog(&peers[i]);
		dialogs[i] = rig.dialog;
	}
	send_big(dialogs[0], 2);
	send_big(dialogs[1], 2);
	rig_step(&rig);
	assert_int_equal(rig.n_closed, 0);
	send_big(dialogs[2], 3);
	rig_wait(&rig, "closed all queues together full\n");
	assert_int_equal(rig.n_closed, 1);
	assert_null(rig.dialog); /* it was the last one */
	assert_int_equal(pchat_sip_stats(rig.sip)->overflows, 1);
	/* A body that many wait for counts once. */
	send_shared(dialogs, 2, 200000);
	rig_step(&rig);
	rig_step(&rig);
	assert_int_equal(rig.n_closed, 1);
	for (int i = 0; i < N; i++)
		peer_close(&peers[i]);
	rig_until(&rig, rig.n_closed == N && rig.n_conn_closed == N);
	assert_int_equal(pchat_sip_stats(rig.sip)->queued_bytes, 0);
	rig_stop(&rig);
}

static void
test_queue_overflow(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	/* One is out, the others wait. */
	for (unsigned i = 0; i <= PCHAT_SIP_QUEUE_MAX; i++)
		send_info(rig.dialog, "x", 0);
	assert_int_equal(info(rig.dialog, "x", 0), PCHAT_LIMIT);
	assert_int_equal(info(rig.dialog, "x", 0), PCHAT_UNAVAILABLE);
	rig_wait(&rig, "closed queue full\n");
	assert_int_equal(pchat_sip_stats(rig.sip)->overflows, 1);
	m = (struct message){ 0 };
	assert_false(peer_try(&p, &m, 5));
	end(&rig, &p);
}

/* Queue @text about @topic. */
static void
send_about(struct pchat_sip_dialog *d, const char *text, const void *topic, uint64_t cookie)
{
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(pchat_str(text));

	pchat_sip_body_set_topic(body, topic);
	assert_int_equal(pchat_sip_info(d, body, cookie), PCHAT_OK);
}

static void
expect_body(struct peer *p, const char *text)
{
	struct message m = peer_read(p);

	assert_true(pchat_str_is(m.body, text));
	peer_answer(p, &m, "200 OK", "");
}

static void
test_withdraw_takes_what_has_not_left(void **state)
{
	static const char room = 0, other = 0;
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	send_about(rig.dialog, "is out", &room, 0);
	pchat_sip_flush(rig.sip);
	send_about(rig.dialog, "a", &room, 0);
	send_about(rig.dialog, "b", &other, 0);
	send_about(rig.dialog, "c", &room, 0);
	send_about(rig.dialog, "d", NULL, 0);
	send_about(rig.dialog, "asked for", &room, 7);
	send_about(rig.dialog, "e", &room, 0);
	pchat_sip_withdraw(rig.dialog, &room);
	assert_int_equal(pchat_sip_dialog_queued(rig.dialog), 4);
	expect_body(&p, "is out");
	expect_body(&p, "b");
	expect_body(&p, "d");
	expect_body(&p, "asked for");
	rig_wait(&rig, "done 7 200\n");
	send_about(rig.dialog, "after", &room, 0);
	expect_body(&p, "after");
	rig_until(&rig, pchat_sip_dialog_queued(rig.dialog) == 0);
	end(&rig, &p);
}

static void
test_withdraw_everything(void **state)
{
	static const char room = 0;
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	/* None has left yet: also the first one, which waits for the end of the pass. */
	for (int i = 0; i < 9; i++)
		send_about(rig.dialog, "x", &room, 0);
	pchat_sip_withdraw(rig.dialog, &room);
	assert_int_equal(pchat_sip_dialog_queued(rig.dialog), 0);
	assert_false(peer_try(&p, &m, 5));
	send_about(rig.dialog, "y", &room, 0);
	expect_body(&p, "y");
	/* Behind one that is out. */
	send_about(rig.dialog, "out", NULL, 0);
	pchat_sip_flush(rig.sip);
	for (int i = 0; i < 9; i++)
		send_about(rig.dialog, "x", &room, 0);
	pchat_sip_withdraw(rig.dialog, &room);
	expect_body(&p, "out");
	assert_false(peer_try(&p, &m, 5));
	end(&rig, &p);
}

static void
test_queue_bytes(void **state)
{
	static char text[PCHAT_SIP_INFO_MAX + 1];
	PCHAT_AUTO(sip_body) body = NULL;
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_null(pchat_sip_body_new((struct pchat_str){ text, sizeof(text) }));
	body = pchat_sip_body_new((struct pchat_str){ text, sizeof(text) - 1 });
	begin(&rig, &p, NULL);
	for (unsigned i = 0; i <= PCHAT_SIP_QUEUE_BYTES / PCHAT_SIP_INFO_MAX; i++)
		assert_int_equal(pchat_sip_info(rig.dialog, body, 0), PCHAT_OK);
	assert_int_equal(pchat_sip_info(rig.dialog, body, 0), PCHAT_LIMIT);
	rig_wait(&rig, "closed queue full\n");
	end(&rig, &p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_queue_in_order),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_window_refills),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_doubled_answer),
		cmocka_unit_test(test_forged_answers),
		cmocka_unit_test(test_retry_after_503),
		cmocka_unit_test(test_queue_overflow),
		cmocka_unit_test(test_all_queues_overflow),
		cmocka_unit_test(test_withdraw_takes_what_has_not_left),
		cmocka_unit_test(test_withdraw_everything),
		cmocka_unit_test(test_queue_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
