/*
 * INFO when a connection is lost in the middle, a peer does not read, or the dialog ends.
 */
#include "send.h"

#include <sys/socket.h>

static void
reset_connection(struct peer *p)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	peer_close(p);
}

/* ---- connections ---- */

static void
test_lost_in_the_middle(void **state)
{
	struct pchat_sip_dialog *d[3];
	struct rig rig = { 0 };
	struct peer p, other;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&other, &rig, "bob");
	peer_dialog(&other);
	peer_open(&p, &rig, "amy");
	open_dialogs(&rig, &p, d, 3);
	send_info(d[0], "a", 1);
	send_info(d[0], "b", 2);
	send_info(d[1], "c", 3);
	m = peer_read(&p);
	reset_connection(&p);
	/* Queued before the loss is known. */
	send_info(d[2], "d", 4);
	rig_wait(&rig, "conn closed\n");
	assert_string_equal(rig_events(&rig), "done 1 0\ndone 2 0\nclosed connection lost\n"
	                                      "done 3 0\nclosed connection lost\n"
	                                      "done 4 0\nclosed connection lost\n"
	                                      "conn closed\n");
	assert_int_equal(pchat_sip_stats(rig.sip)->dialogs, 1);
	assert_int_equal(pchat_sip_stats(rig.sip)->conns, 1);
	peer_request(&other, "INFO", "text/plain", "still here");
	m = peer_read(&other);
	assert_int_equal(m.status, 200);
	end(&rig, &other);
}

static void
end_others(struct rig *rig, struct pchat_sip_dialog *d)
{
	/* What a daemon does: tell the rest of the room. */
	if (rig->dialog && rig->dialog != d)
		(void)info(rig->dialog, "gone", 0);
}

static void
test_handlers_send_while_taking_down(void **state)
{
	struct rig rig = { 0 };
	struct peer p, other;
	struct message m;

	(void)state;
	rig_start(&rig, NULL);
	rig.on_closed = end_others;
	peer_open(&p, &rig, "amy");
	peer_dialog(&p);
	peer_open(&other, &rig, "bob");
	peer_dialog(&other);
	reset_connection(&p);
	m = peer_read(&other);
	assert_true(pchat_str_is(m.body, "gone"));
	end(&rig, &other);
}

static char *
big_text(size_t n, unsigned seed)
{
	char *text = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + (i / 7 + seed) % 26);
	text[n] = '\0';
	return text;
}

/* The peer does not read: the socket fills, the library queues, and what it has queued must stay
 * what it was until it is out. */
static void
test_full_socket(void **state)
{
	enum { N = 40, SIZE = 1 << 20 };
	struct pchat_sip_dialog *d[N];
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	open_dialogs(&rig, &p, d, N);
	for (unsigned i = 0; i < N; i++) {
		PCHAT_AUTO_TEXT text = big_text(SIZE, i);

		send_info(d[i], text, i + 1);
	}
	for (unsigned i = 0; i < 20; i++)
		rig_step(&rig);
	/* Some end while their bodies are still with the library. */
	pchat_sip_dialog_end(d[N - 1], false);
	rig_wait(&rig, "closed ended by us\n");
	for (unsigned i = 0; i < N; i++) {
		PCHAT_AUTO_TEXT want = big_text(SIZE, i);
		struct message m = peer_read(&p);

		assert_true(pchat_str_is(m.body, want));
		peer_answer(&p, &m, "200 OK", "");
	}
	rig_wait(&rig, "done 39 200\n");
	end(&rig, &p);
}

/* The branch is known before the body has been read: an answer at that moment must not free it. */
static void
test_answer_before_the_body(void **state)
{
	enum { SIZE = 1 << 20, N = 6 };
	struct pchat_sip_dialog *d[N];
	PCHAT_AUTO_TEXT want = big_text(SIZE, 3);
	PCHAT_AUTO_TEXT chunk = calloc(1, 4096);
	struct rig rig = { 0 };
	struct message m;
	struct peer p;
	int small = 65536, large = 4 << 20;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	open_dialogs(&rig, &p, d, N);
	for (unsigned i = 0; i < N; i++)
		send_info(d[i], want, i + 1);
	for (unsigned i = 0; i < 5; i++)
		rig_step(&rig);
	assert_true(recv(p.fd, chunk, 4095, MSG_PEEK) > 1000);
	assert_non_null(strstr(chunk, "\r\n\r\n"));
	*strstr(chunk, "\r\n\r\n") = '\0';
	m = (struct message){ .head = chunk };
	peer_answer(&p, &m, "200 OK", "");
	rig_wait(&rig, "done 1 200\n");
	setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large));
	for (unsigned i = 0; i < N; i++) {
		m = peer_read(&p);
		assert_true(pchat_str_is(m.body, want));
		if (i > 0)
			peer_answer(&p, &m, "200 OK", "");
	}
	rig_wait(&rig, "done 6 200\n");
	end(&rig, &p);
}

static void
test_lost_with_a_full_socket(void **state)
{
	enum { N = 20, SIZE = 1 << 20 };
	struct pchat_sip_dialog *d[N];
	PCHAT_AUTO_TEXT text = big_text(SIZE, 0);
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	open_dialogs(&rig, &p, d, N);
	for (unsigned i = 0; i < N; i++)
		send_info(d[i], text, 0);
	for (unsigned i = 0; i < 10; i++)
		rig_step(&rig);
	reset_connection(&p);
	rig_wait(&rig, "conn closed\n");
	assert_int_equal(rig.n_closed, N);
	rig_stop(&rig);
}

/* ---- endings ---- */

static void
test_end_with_bye(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	send_info(rig.dialog, "first", 1);
	send_info(rig.dialog, "second", 2);
	m = peer_read(&p);
	pchat_sip_dialog_end(rig.dialog, true);
	assert_int_equal(info(rig.dialog, "third", 3), PCHAT_UNAVAILABLE);
	peer_answer(&p, &m, "200 OK", "");
	m = peer_read(&p);
	assert_true(pchat_str_is(m.body, "second"));
	peer_answer(&p, &m, "200 OK", "");
	m = peer_read(&p);
	assert_int_equal(strncmp(m.start, "BYE sip:amy@contoso.example:", 28), 0);
	assert_string_equal(message_header(&m, "CSeq"), "3 BYE");
	peer_answer(&p, &m, "200 OK", "");
	rig_wait(&rig, "closed");
	assert_string_equal(rig_events(&rig), "done 1 200\ndone 2 200\nclosed ended by us\n");
	rig_step(&rig);
	assert_int_equal(pchat_sip_stats(rig.sip)->strays, 0);
	end(&rig, &p);
}

static void
test_end_at_once(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	send_info(rig.dialog, "first", 1);
	send_info(rig.dialog, "second", 2);
	m = peer_read(&p);
	pchat_sip_dialog_end(rig.dialog, false);
	m = peer_read(&p);
	assert_int_equal(strncmp(m.start, "BYE ", 4), 0);
	rig_wait(&rig, "closed");
	assert_string_equal(rig_events(&rig), "done 1 0\ndone 2 0\nclosed ended by us\n");
	/* What comes now is for nobody. */
	peer_request(&p, "INFO", "text/plain", "late");
	m = peer_read(&p);
	assert_int_equal(m.status, 481);
	assert_non_null(strstr(message_header(&m, "Ms-diagnostics"), "20006;"));
	end(&rig, &p);
}

static void
test_close_connection(void **state)
{
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	pchat_sip_conn_close(rig.conn);
	peer_expect_eof(&p);
	assert_int_equal(p.in.n, p.used); /* no BYE */
	assert_string_equal(rig_events(&rig), "closed connection lost\nconn closed\n");
	end(&rig, &p);
}

static void
test_free_with_everything_open(void **state)
{
	struct rig rig = { 0 };
	struct message m;
	struct peer p;

	(void)state;
	begin(&rig, &p, NULL);
	send_info(rig.dialog, "x", 1);
	m = peer_read(&p);
	assert_int_equal(m.status, 0);
	send_info(rig.dialog, "y", 2);
	rig.defer = true;
	peer_request(&p, "INFO", "text/plain", "never answered");
	rig_wait(&rig, "info never answered\n");
	peer_close(&p);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_in_the_middle),
		cmocka_unit_test(test_handlers_send_while_taking_down),
		cmocka_unit_test(test_full_socket),
		cmocka_unit_test(test_answer_before_the_body),
		cmocka_unit_test(test_lost_with_a_full_socket),
		cmocka_unit_test(test_end_with_bye),
		cmocka_unit_test(test_end_at_once),
		cmocka_unit_test(test_close_connection),
		cmocka_unit_test(test_free_with_everything_open),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
