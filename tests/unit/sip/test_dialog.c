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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
