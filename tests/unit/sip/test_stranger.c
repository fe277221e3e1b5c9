/* Connections nobody has proved himself on: how long, how much, how many, how often. */
#include "rig.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"

#define HEAD                                                                         \
	"OPTIONS sip:contoso.example SIP/2.0\r\n"                                    \
	"Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bK%u\r\n"                          \
	"From: <sip:eve@contoso.example>;tag=1\r\nTo: <sip:eve@contoso.example>\r\n" \
	"Call-ID: c%u\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"

static bool
needs_proof(void *ctx, struct pchat_sip_conn *conn)
{
	(void)ctx, (void)conn;
	return true;
}

static void
conn_refused(void *ctx, const char *peer, enum pchat_sip_refusal why, const char *detail)
{
	struct rig *rig = ctx;

	pchat_buf_printf(&rig->events, "refused %s: %s %s\n", peer ? "one" : "?",
	                 pchat_sip_refusal_text(why), detail ? detail : "");
}

static void
start(struct rig *rig, const struct pchat_sip_options *opt)
{
	rig_start(rig, opt);
	rig->handlers.needs_proof = needs_proof;
	rig->handlers.conn_refused = conn_refused;
}

/* As the daemon after a sign-in. */
static void
open_proved(struct peer *p, struct rig *rig)
{
	peer_open(p, rig, "amy");
	peer_register(p);
	assert_non_null(rig->conn);
	pchat_sip_conn_prove(rig->conn, true);
}

static unsigned
options(struct peer *p, unsigned n)
{
	peer_send(p, HEAD "Content-Length: 0\r\n\r\n", n, n);
	return (unsigned)peer_read(p).status;
}

/* An octet at a time until the server has had enough. */
static void
drip(struct peer *p)
{
	struct message m;

	while (!p->eof) {
		peer_send_raw(p, "x", 1);
		(void)peer_try(p, &m, 1);
	}
	peer_expect_eof(p);
	peer_close(p);
}

static void
test_slow_head(void **state)
{
	const struct pchat_sip_options opt = { .first_request_seconds = 1 };
	struct rig rig = { 0 };
	struct peer good, slow;

	(void)state;
	start(&rig, &opt);
	open_proved(&good, &rig);
	peer_open(&slow, &rig, "eve");
	peer_send_raw(&slow, "OPTIONS sip:contoso.example SIP/2.0\r\nX-Y: ", 39);
	drip(&slow);
	rig_wait(&rig, "refused one: no request in time");
	/* Whoever is proved may be slow. */
	peer_register(&good);
	assert_int_equal(pchat_sip_stats(rig.sip)->strangers, 0);
	peer_close(&good);
	rig_stop(&rig);
}

static void
test_slow_sign_in(void **state)
{
	const struct pchat_sip_options opt = { .sign_in_seconds = 1 };
	struct rig rig = { 0 };
	struct peer good, slow;

	(void)state;
	start(&rig, &opt);
	open_proved(&good, &rig);
	peer_open(&slow, &rig, "eve");
	assert_int_equal(options(&slow, 1), 200);
	assert_int_equal(pchat_sip_stats(rig.sip)->strangers, 1);
	drip(&slow);
	rig_wait(&rig, "refused one: not signed in in time");
	assert_int_equal(options(&good, 2), 200);
	assert_int_equal(pchat_sip_stats(rig.sip)->strangers, 0);
	peer_close(&good);
	rig_stop(&rig);
}

static void
test_signed_out_is_a_stranger(void **state)
{
	const struct pchat_sip_options opt = { .sign_in_seconds = 1 };
	struct rig rig = { 0 };
	struct peer busy, p;
	struct pchat_sip_conn *conn;

	(void)state;
	start(&rig, &opt);
	open_proved(&busy, &rig);
	conn = rig.conn;
	peer_dialog(&busy);
	pchat_sip_conn_prove(conn, false);
	open_proved(&p, &rig);
	pchat_sip_conn_prove(rig.conn, false);
	peer_expect_eof(&p);
	/* A session that is there goes on. */
	peer_request(&busy, "INFO", "text/plain", "<xccos/>");
	assert_int_equal(peer_read(&busy).status, 200);
	peer_close(&p);
	peer_close(&busy);
	rig_stop(&rig);
}

static void
test_half_a_handshake(void **state)
{
	/* The beginning of a ClientHello. */
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	const struct pchat_sip_options opt = { .handshake_seconds = 1 };
	char dir[] = "/tmp/pchat-tls-XXXXXX", path[64];
	struct rig rig = { 0 };
	struct peer half, plain;
	uint16_t port;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(pchat_sip_selfsign(dir, "127.0.0.1", 2, NULL), PCHAT_OK);
	start(&rig, &opt);
	rig_listen_tls(&rig, dir);
	port = rig.port;
	rig.port = rig.tls_port;
	peer_open(&half, &rig, "eve");
	peer_send_raw(&half, hello, sizeof(hello) - 1);
	peer_expect_eof(&half);
	rig_wait(&rig, "refused one: no TLS handshake in time");
	peer_open(&plain, &rig, "eve");
	peer_send(&plain, HEAD "Content-Length: 0\r\n\r\n", 1u, 1u);
	rig_wait(&rig, "refused one: no TLS with it");
	rig.port = port;
	peer_close(&plain);
	peer_open(&plain, &rig, "eve");
	peer_send_raw(&plain, hello, sizeof(hello) - 1);
	peer_send_raw(&plain, "\r\n\r\n", 4);
	rig_wait(&rig, "refused one: what it sent is no SIP");
	peer_close(&plain);
	peer_close(&half);
	rig_stop(&rig);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, i ? "agent.pem" : "cafile.pem");
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void
test_requests_are_counted(void **state)
{
	struct rig rig = { 0 };
	struct peer good, p;

	(void)state;
	start(&rig, NULL);
	open_proved(&good, &rig);
	peer_open(&p, &rig, "eve");
	for (unsigned i = 0; i < PCHAT_SIP_STRANGER_REQUESTS; i++)
		assert_int_equal(options(&p, i), 200);
	peer_send(&p, HEAD "Content-Length: 0\r\n\r\n", 99u, 99u);
	assert_int_equal(peer_read(&p).status, 503);
	peer_expect_eof(&p);
	rig_wait(&rig, "refused one: too many requests");
	for (unsigned i = 0; i < 2 * PCHAT_SIP_STRANGER_REQUESTS; i++)
		assert_int_equal(options(&good, i), 200);
	peer_close(&p);
	peer_close(&good);
	rig_stop(&rig);
}

/* A request with a head, or a body, of @n octets. */
static void
send_large(struct peer *p, size_t head, size_t body)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	pchat_buf_printf(&text, HEAD "Content-Length: %zu\r\nX-Y: ", 1u, 1u, body);
	while (text.n + 4 < head)
		pchat_buf_char(&text, 'x');
	pchat_buf_lit(&text, "\r\n\r\n");
	for (size_t i = 0; i < body; i++)
		pchat_buf_char(&text, 'y');
	assert_true(pchat_buf_ok(&text));
	peer_send_raw(p, text.p, text.n);
}

static void
test_sizes(void **state)
{
	static const struct {
		size_t head, body;
		bool fits;
	} cases[] = {
		{ PCHAT_SIP_STRANGER_PART + 2, 0, true }, /* the empty line does not count */
		{ PCHAT_SIP_STRANGER_PART + 3, 0, false },
		{ 0, PCHAT_SIP_STRANGER_PART, true },
		{ 0, PCHAT_SIP_STRANGER_PART + 1, false },
	};
	struct rig rig = { 0 };
	struct peer good, p;

	(void)state;
	start(&rig, NULL);
	open_proved(&good, &rig);
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct message m = { 0 };

		peer_open(&p, &rig, "eve");
		send_large(&p, cases[i].head, cases[i].body);
		while (!peer_try(&p, &m, 1))
			if (p.eof && !peer_try(&p, &m, 0))
				break;
		assert_int_equal(m.status == 200, cases[i].fits);
		peer_close(&p);
		send_large(&good, cases[i].head, cases[i].body);
		assert_int_equal(peer_read(&good).status, 200);
	}
	/* Where tokens are taken more is let through. */
	pchat_sip_set_limits(rig.sip, &(struct pchat_sip_limits){ .stranger_part = 90 << 10 });
	peer_open(&p, &rig, "eve");
	send_large(&p, 90 << 10, 0);
	assert_int_equal(peer_read(&p).status, 200);
	peer_close(&p);
	peer_close(&good);
	rig_stop(&rig);
}

/* Does the server take it in? One that is refused is closed without a word. */
static bool
comes_in(struct peer *p, struct rig *rig)
{
	struct message m;

	peer_open(p, rig, "amy");
	peer_send(p, HEAD "Content-Length: 0\r\n\r\n", 1u, 1u);
	while (!peer_try(p, &m, 1))
		if (p->eof && !peer_try(p, &m, 0))
			return false;
	return m.status == 200;
}

static unsigned
gone(struct peer *p, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		struct message m;

		(void)peer_try(&p[i], &m, 0);
		sum += p[i].eof;
	}
	return sum;
}

/* Where there are too many, those who have dallied longest go, and no others. */
static void
test_the_oldest_makes_way(void **state)
{
	const struct pchat_sip_options opt = { .limits.strangers = 4 };
	struct rig rig = { 0 };
	struct peer good, slow[4], p;

	(void)state;
	start(&rig, &opt);
	open_proved(&good, &rig);
	peer_open(&slow[0], &rig, "eve");
	assert_int_equal(options(&slow[0], 1), 200);
	for (size_t i = 1; i < PCHAT_N(slow); i++) {
		peer_open(&slow[i], &rig, "eve");
		peer_send_raw(&slow[i], "R", 1);
	}
	rig_until(&rig, pchat_sip_stats(rig.sip)->strangers == 4);
	assert_false(comes_in(&p, &rig)); /* all of them are young */
	assert_non_null(strstr(rig_events(&rig), "refused one: too many that have not signed in"));
	while (!comes_in(&p, &rig))
		peer_close(&p);
	assert_non_null(strstr(rig_events(&rig), "refused one: made way for others"));
	rig_until(&rig, gone(slow, PCHAT_N(slow)) == 1);
	assert_int_equal(options(&good, 2), 200);
	assert_int_equal(pchat_sip_stats(rig.sip)->strangers, 4);
	for (size_t i = 0; i < PCHAT_N(slow); i++)
		peer_close(&slow[i]);
	peer_close(&p);
	peer_close(&good);
	rig_stop(&rig);
}

/* The same where there are too many connections in all. */
static void
test_strangers_make_way_for_users(void **state)
{
	const struct pchat_sip_options opt = { .limits.conns = 2 };
	struct rig rig = { 0 };
	struct peer good, slow, p;

	(void)state;
	start(&rig, &opt);
	open_proved(&good, &rig);
	peer_open(&slow, &rig, "eve");
	peer_send_raw(&slow, "R", 1);
	while (!comes_in(&p, &rig))
		peer_close(&p);
	pchat_sip_conn_prove(rig.conn, true);
	peer_expect_eof(&slow);
	assert_int_equal(options(&good, 2), 200);
	peer_close(&slow);
	peer_close(&p);
	peer_close(&good);
	rig_stop(&rig);
}

static void
test_rate(void **state)
{
	const struct pchat_sip_options opt = { .count_loopback = true, .limits.rate = 1 };
	struct rig rig = { 0 };
	struct peer p;
	unsigned in = 0;

	(void)state;
	start(&rig, &opt);
	while (comes_in(&p, &rig)) {
		peer_close(&p);
		in++;
	}
	peer_close(&p);
	assert_in_range(in, PCHAT_SIP_NEW_BURST, PCHAT_SIP_NEW_BURST + 10);
	assert_non_null(strstr(rig_events(&rig), "refused one: too many new connections from"));
	/* Waiting is rewarded. */
	while (!comes_in(&p, &rig))
		peer_close(&p);
	peer_close(&p);
	rig_stop(&rig);
}

static bool
carries_many(void *ctx, const void *listener, const char *peer)
{
	(void)ctx, (void)listener;
	return pchat_str_starts(pchat_str(peer), "127.0.0.1:");
}

static void
test_proxies_are_not_counted(void **state)
{
	const struct pchat_sip_options opt = { .count_loopback = true, .limits.rate = 1 };
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	start(&rig, &opt);
	rig.handlers.carries_many = carries_many;
	for (unsigned i = 0; i < 3 * PCHAT_SIP_NEW_BURST; i++) {
		assert_true(comes_in(&p, &rig));
		peer_close(&p);
	}
	rig_stop(&rig);
}

static void
test_strangers_of_an_address(void **state)
{
	enum { N = PCHAT_SIP_STRANGERS_PER_ADDRESS };
	const struct pchat_sip_options opt = { .count_loopback = true };
	struct rlimit files;
	struct rig rig = { 0 };
	struct peer *many = calloc(N, sizeof(*many)), p;

	(void)state;
	assert_non_null(many);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	start(&rig, &opt);
	for (size_t i = 0; i < N; i++) {
		peer_open(&many[i], &rig, "eve");
		peer_send_raw(&many[i], "R", 1);
		rig_step(&rig);
	}
	rig_until(&rig, pchat_sip_stats(rig.sip)->strangers == N);
	while (!comes_in(&p, &rig))
		peer_close(&p);
	assert_int_equal(pchat_sip_stats(rig.sip)->strangers, N);
	peer_expect_eof(&many[0]);
	peer_close(&p);
	for (size_t i = 0; i < N; i++)
		peer_close(&many[i]);
	rig_stop(&rig);
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_head),
		cmocka_unit_test(test_slow_sign_in),
		cmocka_unit_test(test_signed_out_is_a_stranger),
		cmocka_unit_test(test_half_a_handshake),
		cmocka_unit_test(test_requests_are_counted),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_the_oldest_makes_way),
		cmocka_unit_test(test_strangers_make_way_for_users),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_proxies_are_not_counted),
		cmocka_unit_test(test_strangers_of_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
