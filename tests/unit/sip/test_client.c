/* The blocking client against an agent in another thread: the whole synthetic transaction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "wire/sip/client.h"
#include "wire/sip/sip.h"

#define REALM "contoso.example"

enum auth { NONE, PROXY_MD5, WWW_BOTH };

struct server {
	pthread_t thread;
	sem_t ready;
	atomic_bool stop;
	char tls_dir[64];
	char tcp[80], tls[80];
	enum auth auth;
	struct pchat_digest_key key;
	struct pchat_digest_count count;
	bool bye; /* end the dialog after the first INFO */
	struct pchat_sip *sip;
};

/* ---- the server ---- */

static void
challenge(struct server *s, struct pchat_sip_txn *txn, uint64_t conn)
{
	PCHAT_AUTO_VALUE(buf) first = { 0 };
	PCHAT_AUTO_VALUE(buf) second = { 0 };
	const char *headers[3] = { NULL };
	char nonce[PCHAT_DIGEST_NONCE_MAX];

	pchat_digest_nonce(&s->key, conn, pchat_now(), nonce, NULL);
	if (s->auth == PROXY_MD5) {
		pchat_buf_lit(&first, "Proxy-Authenticate: ");
		pchat_digest_challenge(&first, PCHAT_DIGEST_MD5, PCHAT_STR(REALM), nonce, false);
	} else {
		pchat_buf_lit(&first, "WWW-Authenticate: ");
		pchat_digest_challenge(&first, PCHAT_DIGEST_MD5, PCHAT_STR(REALM), nonce, false);
		pchat_buf_lit(&second, "WWW-Authenticate: ");
		pchat_digest_challenge(&second, PCHAT_DIGEST_SHA256, PCHAT_STR(REALM), nonce,
		                       false);
		headers[1] = pchat_buf_cstr(&second);
	}
	headers[0] = pchat_buf_cstr(&first);
	pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = s->auth == PROXY_MD5 ? 407 : 401,
	                                                .headers = headers });
}

static bool
signed_in(struct server *s, const struct pchat_sip_request *rq, uint64_t conn)
{
	enum pchat_digest_alg alg = s->auth == PROXY_MD5 ? PCHAT_DIGEST_MD5 : PCHAT_DIGEST_SHA256;
	const struct pchat_sip_credentials *cred = s->auth == PROXY_MD5 ? &rq->proxy_authorization
	                                                                : &rq->authorization;
	char ha1[PCHAT_DIGEST_HEX];

	pchat_digest_ha1(alg, PCHAT_STR("amy@contoso.example"), PCHAT_STR(REALM),
	                 PCHAT_STR("secret"), ha1, NULL);
	return pchat_digest_check(&s->key, cred, rq->method, alg, ha1, conn, pchat_now(),
	                          &s->count) == PCHAT_DIGEST_RIGHT;
}

static void
on_register(struct server *s, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	uint64_t conn = pchat_sip_conn_id(pchat_sip_txn_conn(txn));
	static const char *const headers[] = { "Expires: 7200", "Supported: msrtc-event-categories",
		                               "Allow-Events: a,b", NULL };

	if (s->auth != NONE && !rq->has_proxy_authorization && !rq->has_authorization)
		challenge(s, txn, conn);
	else if (s->auth != NONE && !signed_in(s, rq, conn))
		pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NONE);
	else
		pchat_sip_reply(txn,
		                &(struct pchat_sip_reply){ .status = 200, .headers = headers });
}

static void
on_request(void *ctx, struct pchat_sip_txn *txn)
{
	const struct pchat_sip_request *rq = pchat_sip_txn_request(txn);
	struct pchat_sip_dialog *d;
	struct server *s = ctx;

	if (rq->kind == PCHAT_SIP_REGISTER)
		on_register(s, txn);
	else if (rq->kind == PCHAT_SIP_SUBSCRIBE)
		pchat_sip_reply(txn, &(struct pchat_sip_reply){ .status = 200,
		                                                .content_type = "text/xml",
		                                                .body = PCHAT_STR("<pool/>") });
	else if (pchat_str_is(rq->to.user, "nobody"))
		pchat_sip_refuse(txn, 403, PCHAT_SIP_DIAG_NOT_PROVISIONED);
	else if (rq->kind == PCHAT_SIP_INVITE)
		pchat_sip_accept(txn, 0, NULL, &d, NULL);
	else
		pchat_sip_refuse(txn, 501, PCHAT_SIP_DIAG_NONE);
}

static void
on_info(void *ctx, struct pchat_sip_dialog *d, struct pchat_sip_txn *txn)
{
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(pchat_sip_txn_request(txn)->body);
	struct server *s = ctx;

	pchat_sip_refuse(txn, 200, PCHAT_SIP_DIAG_NONE);
	/* Twice, so that one comes while the client waits for something else. */
	pchat_sip_info(d, body, 0);
	pchat_sip_info(d, body, 0);
	if (s->bye)
		pchat_sip_dialog_end(d, true);
}

static void
on_confirmed(void *ctx, struct pchat_sip_dialog *d)
{
	(void)ctx, (void)d;
}

static void
on_info_done(void *ctx, struct pchat_sip_dialog *d, uint64_t cookie, int status)
{
	(void)ctx, (void)d, (void)cookie, (void)status;
}

static void
on_closed(void *ctx, struct pchat_sip_dialog *d, enum pchat_sip_end end)
{
	(void)ctx, (void)d, (void)end;
}

static void
on_conn_closed(void *ctx, struct pchat_sip_conn *conn)
{
	(void)ctx, (void)conn;
}

static const struct pchat_sip_handlers handlers = {
	.request = on_request,
	.confirmed = on_confirmed,
	.info = on_info,
	.info_done = on_info_done,
	.closed = on_closed,
	.conn_closed = on_conn_closed,
};

static bool
listen_both(struct server *s)
{
	const struct pchat_sip_listener l = { .tls_dir = s->tls_dir };
	PCHAT_AUTO_VALUE(buf) tcp = { 0 };
	PCHAT_AUTO_VALUE(buf) tls = { 0 };

	if (pchat_sip_new(&handlers, s, NULL, &s->sip, NULL) ||
	    pchat_sip_listen(s->sip, "tcp:127.0.0.1:0", NULL, &tcp, NULL) ||
	    pchat_sip_listen(s->sip, "tls:127.0.0.1:0", &l, &tls, NULL))
		return false;
	snprintf(s->tcp, sizeof(s->tcp), "%s", pchat_buf_cstr(&tcp));
	snprintf(s->tls, sizeof(s->tls), "%s", pchat_buf_cstr(&tls));
	return true;
}

static void *
serve(void *arg)
{
	struct server *s = arg;

	if (!listen_both(s))
		s->tcp[0] = '\0';
	sem_post(&s->ready);
	while (s->tcp[0] && !atomic_load(&s->stop))
		pchat_sip_step(s->sip, 5);
	pchat_sip_free(s->sip);
	return NULL;
}

static void
start(struct server *s)
{
	struct pchat_err err = { 0 };

	snprintf(s->tls_dir, sizeof(s->tls_dir), "/tmp/pchat-tls-XXXXXX");
	assert_non_null(mkdtemp(s->tls_dir));
	if (pchat_sip_selfsign(s->tls_dir, "127.0.0.1", 2, &err))
		fail_msg("%s", pchat_err_text(&err));
	assert_int_equal(pchat_sip_selfsign(s->tls_dir, "127.0.0.1", 2, NULL), PCHAT_EXISTS);
	pchat_digest_key_init(&s->key);
	sem_init(&s->ready, 0, 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	while (sem_wait(&s->ready) != 0)
		;
	assert_string_not_equal(s->tcp, "");
}

static void
stop(struct server *s)
{
	PCHAT_AUTO_TEXT agent = pchat_text("%s/agent.pem", s->tls_dir);
	PCHAT_AUTO_TEXT ca = pchat_text("%s/cafile.pem", s->tls_dir);

	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	sem_destroy(&s->ready);
	unlink(agent);
	unlink(ca);
	assert_int_equal(rmdir(s->tls_dir), 0);
}

/* ---- tests ---- */

static void
ok(enum pchat_code code, struct pchat_err *err)
{
	if (code != PCHAT_OK)
		fail_msg("%s", pchat_err_text(err));
}

static void
transact(const char *target, const struct pchat_sip_client_options *opt)
{
	PCHAT_AUTO(sip_client) c = NULL;
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_err err = { 0 };

	ok(pchat_sip_client_connect(target, opt, &c, &err), &err);
	ok(pchat_sip_client_register(c, &err), &err);
	assert_int_equal(pchat_sip_client_status(c), 200);
	assert_true(pchat_str_is(pchat_sip_client_header(c, "Allow-Events"), "a,b"));
	ok(pchat_sip_client_provisioning(c, &text, &err), &err);
	assert_string_equal(pchat_buf_cstr(&text), "<pool/>");
	ok(pchat_sip_client_invite(c, "sip:chat@contoso.example", &err), &err);
	ok(pchat_sip_client_info(c, PCHAT_STR("one"), &err), &err);
	ok(pchat_sip_client_info(c, PCHAT_STR("two"), &err), &err);
	ok(pchat_sip_client_update(c, &err), &err);
	for (int i = 0; i < 4; i++) {
		ok(pchat_sip_client_next(c, &text, &err), &err);
		assert_string_equal(pchat_buf_cstr(&text), i < 2 ? "one" : "two");
	}
	ok(pchat_sip_client_bye(c, &err), &err);
	assert_int_equal(pchat_sip_client_next(c, &text, NULL), PCHAT_UNAVAILABLE);
	ok(pchat_sip_client_unregister(c, &err), &err);
}

static void
test_transaction(void **state)
{
	static const enum auth modes[] = { NONE, PROXY_MD5, WWW_BOTH };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(modes); i++) {
		struct server s = { .auth = modes[i] };
		const struct pchat_sip_client_options opt = { .uri = "sip:amy@contoso.example",
			                                      .password = "secret" };

		start(&s);
		transact(s.tcp, &opt);
		stop(&s);
	}
}

static void
test_tls(void **state)
{
	struct server s = { .auth = PROXY_MD5 };
	PCHAT_AUTO(sip_client) c = NULL;
	struct pchat_sip_client_options opt = { .uri = "sip:amy@contoso.example",
		                                .password = "secret" };
	char ca[128];

	(void)state;
	start(&s);
	snprintf(ca, sizeof(ca), "%s/cafile.pem", s.tls_dir);
	/* Nobody vouches for it. */
	assert_int_equal(pchat_sip_client_connect(s.tls, &opt, &c, NULL), PCHAT_UNAVAILABLE);
	opt.ca_file = ca;
	transact(s.tls, &opt);
	opt.ca_file = NULL;
	opt.tls_insecure = true;
	transact(s.tls, &opt);
	stop(&s);
}

static void
test_refusals(void **state)
{
	struct server s = { .auth = PROXY_MD5 };
	PCHAT_AUTO(sip_client) c = NULL;
	struct pchat_sip_client_options opt = { .uri = "sip:amy@contoso.example",
		                                .password = "wrong",
		                                .timeout_ms = 5000 };
	struct pchat_err err = { 0 };

	(void)state;
	start(&s);
	ok(pchat_sip_client_connect(s.tcp, &opt, &c, &err), &err);
	assert_int_equal(pchat_sip_client_register(c, &err), PCHAT_DENIED);
	assert_int_equal(pchat_sip_client_status(c), 403);
	assert_int_equal(pchat_sip_client_invite(c, "sip:nobody@contoso.example", &err),
	                 PCHAT_DENIED);
	assert_non_null(strstr(pchat_err_text(&err), "20010"));
	assert_int_equal(pchat_sip_client_info(c, PCHAT_STR("x"), &err), PCHAT_UNAVAILABLE);
	pchat_err_release(&err);
	stop(&s);
}

static void
test_server_ends(void **state)
{
	struct server s = { .bye = true };
	PCHAT_AUTO(sip_client) c = NULL;
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_sip_client_options opt = { .uri = "sip:amy@contoso.example" };
	struct pchat_err err = { 0 };

	(void)state;
	start(&s);
	ok(pchat_sip_client_connect(s.tcp, &opt, &c, &err), &err);
	ok(pchat_sip_client_invite(c, "sip:chat@contoso.example", &err), &err);
	ok(pchat_sip_client_info(c, PCHAT_STR("last"), &err), &err);
	ok(pchat_sip_client_next(c, &text, &err), &err);
	ok(pchat_sip_client_next(c, &text, &err), &err);
	assert_int_equal(pchat_sip_client_next(c, &text, NULL), PCHAT_UNAVAILABLE);
	assert_true(pchat_sip_client_ended(c));
	stop(&s);
}

static void
test_bad_targets(void **state)
{
	static const struct {
		const char *target;
		const char *uri;
		enum pchat_code code;
	} cases[] = {
		{ "udp:127.0.0.1:1", "sip:a@b", PCHAT_INVALID },
		{ "tcp:127.0.0.1", "sip:a@b", PCHAT_INVALID },
		{ "tcp:127.0.0.1:", "sip:a@b", PCHAT_INVALID },
		{ "", "sip:a@b", PCHAT_INVALID },
		{ "tcp:127.0.0.1:1", "amy@b", PCHAT_INVALID },
		{ "tcp:127.0.0.1:1", "sip:amy", PCHAT_INVALID },
		{ "tcp:127.0.0.1:1", "sip:a@b\r\nX: y", PCHAT_INVALID },
		/* Port 1: nobody listens there. */
		{ "tcp:127.0.0.1:1", "sip:a@b", PCHAT_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct pchat_sip_client_options opt = { .uri = cases[i].uri };
		struct pchat_sip_client *c = NULL;

		assert_int_equal(pchat_sip_client_connect(cases[i].target, &opt, &c, NULL),
		                 cases[i].code);
		assert_null(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transaction), cmocka_unit_test(test_tls),
		cmocka_unit_test(test_refusals),    cmocka_unit_test(test_server_ends),
		cmocka_unit_test(test_bad_targets),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
