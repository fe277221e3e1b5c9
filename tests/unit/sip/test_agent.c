/* Listeners, timers, descriptors, certificates, and connections that say nothing. */
#include "rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/vec.h"
#include "wire/sip/client.h"

static void
test_listen_errors(void **state)
{
	static const struct {
		const char *spec;
		enum pchat_code code;
	} cases[] = {
		{ "", PCHAT_INVALID },
		{ "tcp", PCHAT_INVALID },
		{ "tcp:", PCHAT_INVALID },
		{ "tcp:127.0.0.1", PCHAT_INVALID },
		{ "tcp:127.0.0.1:", PCHAT_INVALID },
		{ "tcp:127.0.0.1:65536", PCHAT_INVALID },
		{ "tcp:127.0.0.1:x", PCHAT_INVALID },
		{ "tcp:localhost:5060", PCHAT_INVALID },
		{ "tcp:::1:5060", PCHAT_INVALID },
		{ "tcp:[127.0.0.1]:5060", PCHAT_INVALID },
		{ "udp:127.0.0.1:5060", PCHAT_INVALID },
		{ "tls:127.0.0.1:0", PCHAT_INVALID },        /* no certificate */
		{ "tcp:192.0.2.1:5060", PCHAT_UNAVAILABLE }, /* not an address of ours */
	};
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(buf) bound = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code = pchat_sip_listen(rig.sip, cases[i].spec, NULL, &bound, &err);

		if (code != cases[i].code)
			fail_msg("'%s': %s", cases[i].spec, pchat_code_word(code));
		assert_non_null(strstr(pchat_err_text(&err), cases[i].spec));
		assert_int_equal(bound.n, 0);
		pchat_err_release(&err);
	}
	/* The port is taken. */
	assert_int_equal(pchat_sip_listen(rig.sip, rig.spec, NULL, NULL, NULL), PCHAT_UNAVAILABLE);
	peer_open(&p, &rig, "amy");
	peer_register(&p);
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_one_agent(void **state)
{
	struct pchat_sip *second = NULL;
	struct rig rig = { 0 };

	(void)state;
	rig_start(&rig, NULL);
	assert_int_equal(pchat_sip_new(&rig.handlers, NULL, NULL, &second, NULL), PCHAT_CONFLICT);
	assert_null(second);
	rig_stop(&rig);
	pchat_sip_free(NULL);
}

/* Programs we start must not hold our sockets open. */
static void
test_nothing_is_inherited(void **state)
{
	bool was_open[1024];
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	for (int fd = 0; fd < 1024; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_register(&p);
	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (!was_open[fd] && flags >= 0 && !(flags & FD_CLOEXEC))
			fail_msg("descriptor %d", fd);
	}
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_several_listeners(void **state)
{
	static int first, second;
	const struct pchat_sip_listener l[] = { { .user = &first }, { .user = &second } };
	struct rig rig = { 0 };
	struct peer p;

	(void)state;
	rig_start(&rig, NULL);
	for (size_t i = 0; i < PCHAT_N(l); i++) {
		PCHAT_AUTO_VALUE(buf) bound = { 0 };

		assert_int_equal(pchat_sip_listen(rig.sip, "tcp:127.0.0.1:0", &l[i], &bound, NULL),
		                 PCHAT_OK);
		rig.port = (uint16_t)strtoul(strrchr(bound.p, ':') + 1, NULL, 10);
		peer_open(&p, &rig, "amy");
		peer_register(&p);
		assert_ptr_equal(pchat_sip_conn_listener(rig.conn), l[i].user);
		peer_close(&p);
	}
	rig_stop(&rig);
}

static void
test_ipv6(void **state)
{
	PCHAT_AUTO_VALUE(buf) bound = { 0 };
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct rig rig = { 0 };
	struct peer p = { .rig = &rig };

	(void)state;
	rig_start(&rig, NULL);
	if (pchat_sip_listen(rig.sip, "tcp:[::1]:0", NULL, &bound, NULL) != PCHAT_OK) {
		rig_stop(&rig);
		skip(); /* a machine without IPv6 */
	}
	assert_true(pchat_str_starts(pchat_buf_view(&bound), "tcp:[::1]:"));
	sa.sin6_port = htons((uint16_t)strtoul(strrchr(bound.p, ':') + 1, NULL, 10));
	p.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(p.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	fcntl(p.fd, F_SETFL, O_NONBLOCK);
	snprintf(p.user, sizeof(p.user), "amy");
	snprintf(p.call_id, sizeof(p.call_id), "v6");
	peer_register(&p);
	assert_true(pchat_sip_conn_loopback(rig.conn));
	assert_true(pchat_str_starts(pchat_str(pchat_sip_conn_peer(rig.conn)), "[::1]:"));
	peer_dialog(&p);
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_unlisten(void **state)
{
	struct rig rig = { 0 };
	struct peer p, late;

	(void)state;
	rig_start(&rig, NULL);
	peer_open(&p, &rig, "amy");
	peer_register(&p);
	pchat_sip_unlisten(rig.sip);
	peer_open(&late, &rig, "bob");
	peer_send_raw(&late, "x", 1);
	peer_expect_eof(&late);
	peer_register(&p);
	peer_close(&late);
	peer_close(&p);
	rig_stop(&rig);
}

static void
test_silent_connections(void **state)
{
	const struct pchat_sip_options opt = { .first_request_seconds = 1 };
	struct rig rig = { 0 };
	struct peer p, silent[20];

	(void)state;
	rig_start(&rig, &opt);
	peer_open(&p, &rig, "amy");
	peer_register(&p);
	for (size_t i = 0; i < PCHAT_N(silent); i++) {
		peer_open(&silent[i], &rig, "eve");
		/* Otherwise the kernel keeps them back for ten seconds and more. */
		peer_send_raw(&silent[i], "R", 1);
	}
	for (size_t i = 0; i < PCHAT_N(silent); i++) {
		peer_expect_eof(&silent[i]);
		peer_close(&silent[i]);
	}
	assert_int_equal(pchat_sip_stats(rig.sip)->reaped, PCHAT_N(silent));
	/* Whoever has spoken may be silent. */
	peer_register(&p);
	peer_close(&p);
	rig_stop(&rig);
}

/* ---- timers ---- */

struct ticker {
	struct rig *rig;
	struct pchat_sip_timer timer;
	struct pchat_sip_timer *other;
	int64_t fired;
	unsigned n;
};

static void
on_timer(void *ctx)
{
	struct ticker *t = ctx;

	t->fired = pchat_monotonic();
	t->n++;
	if (t->other)
		pchat_sip_timer_cancel(t->other);
}

static void
on_again(void *ctx)
{
	struct ticker *t = ctx;

	if (++t->n < 3)
		pchat_sip_timer_set(t->rig->sip, &t->timer, 0, on_again, t);
}

static void
test_timers(void **state)
{
	struct rig rig = { 0 };
	struct ticker one = { .rig = &rig }, two = { .rig = &rig }, never = { .rig = &rig };
	struct ticker far = { .rig = &rig }, again = { .rig = &rig };
	int64_t start;

	(void)state;
	rig_start(&rig, NULL);
	start = pchat_monotonic();
	pchat_sip_timer_set(rig.sip, &one.timer, 5, on_timer, &one);
	pchat_sip_timer_set(rig.sip, &one.timer, 1, on_timer, &one); /* anew */
	pchat_sip_timer_set(rig.sip, &two.timer, 2, on_timer, &two);
	pchat_sip_timer_set(rig.sip, &never.timer, 2, on_timer, &never);
	pchat_sip_timer_set(rig.sip, &far.timer, 100000, on_timer, &far);
	pchat_sip_timer_set(rig.sip, &again.timer, 0, on_again, &again);
	one.other = &never.timer;
	assert_true(pchat_sip_timer_pending(&never.timer));
	rig_until(&rig, two.n == 1);
	assert_int_equal(one.n, 1);
	assert_true(one.fired - start >= PCHAT_SECOND);
	assert_true(two.fired - start >= 2 * PCHAT_SECOND);
	assert_int_equal(never.n, 0);
	assert_false(pchat_sip_timer_pending(&never.timer));
	assert_false(pchat_sip_timer_pending(&one.timer));
	rig_until(&rig, again.n == 3);
	assert_int_equal(far.n, 0);
	pchat_sip_timer_cancel(&far.timer);
	pchat_sip_timer_cancel(&far.timer);
	rig_stop(&rig);
}

/* Two in the same tick, of which whichever comes first takes out the other. */
static void
test_timers_cancel_each_other(void **state)
{
	struct rig rig = { 0 };
	struct ticker a = { .rig = &rig }, b = { .rig = &rig };

	(void)state;
	rig_start(&rig, NULL);
	pchat_sip_timer_set(rig.sip, &a.timer, 1, on_timer, &a);
	pchat_sip_timer_set(rig.sip, &b.timer, 1, on_timer, &b);
	a.other = &b.timer;
	b.other = &a.timer;
	rig_until(&rig, a.n + b.n > 0);
	for (unsigned i = 0; i < 5; i++)
		rig_step(&rig);
	assert_int_equal(a.n + b.n, 1);
	rig_stop(&rig);
}

/* ---- descriptors ---- */

struct watcher {
	struct pchat_sip_watch *watch;
	unsigned reads, writes;
	bool once;
};

static void
on_ready(void *ctx, int fd, unsigned events)
{
	struct watcher *w = ctx;
	uint64_t n;

	w->reads += !!(events & PCHAT_SIP_READ);
	w->writes += !!(events & PCHAT_SIP_WRITE);
	if (events & PCHAT_SIP_READ)
		assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	if (w->once) {
		pchat_sip_unwatch(w->watch);
		w->watch = NULL;
	} else if (events & PCHAT_SIP_WRITE) {
		pchat_sip_watch_events(w->watch, PCHAT_SIP_READ);
	}
}

static void
test_watch(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct watcher w = { 0 };
	struct rig rig = { 0 };
	uint64_t one = 1;

	(void)state;
	rig_start(&rig, NULL);
	assert_int_equal(pchat_sip_watch(rig.sip, fd, PCHAT_SIP_READ, on_ready, &w, &w.watch, NULL),
	                 PCHAT_OK);
	rig_step(&rig);
	assert_int_equal(w.reads, 0);
	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
	rig_until(&rig, w.reads == 1);
	pchat_sip_watch_events(w.watch, PCHAT_SIP_READ | PCHAT_SIP_WRITE);
	rig_until(&rig, w.writes == 1);
	rig_step(&rig);
	assert_int_equal(w.writes, 1);
	w.once = true;
	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
	rig_until(&rig, w.reads == 2);
	assert_null(w.watch);
	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
	rig_step(&rig);
	assert_int_equal(w.reads, 2);
	pchat_sip_unwatch(NULL);
	/* One is left for pchat_sip_free(). */
	assert_int_equal(pchat_sip_watch(rig.sip, fd, PCHAT_SIP_READ, on_ready, &w, &w.watch, NULL),
	                 PCHAT_OK);
	assert_int_not_equal(
		pchat_sip_watch(rig.sip, -1, PCHAT_SIP_READ, on_ready, &w, &w.watch, NULL),
		PCHAT_OK);
	rig_stop(&rig);
	close(fd);
}

/* A descriptor that is ready must not wait for the timeout of the pass. */
static void
test_step_returns_early(void **state)
{
	int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	struct watcher w = { 0 };
	struct rig rig = { 0 };
	int64_t start;

	(void)state;
	rig_start(&rig, NULL);
	pchat_sip_watch(rig.sip, fd, PCHAT_SIP_READ, on_ready, &w, &w.watch, NULL);
	start = pchat_monotonic();
	while (w.reads == 0)
		pchat_sip_step(rig.sip, 60000);
	assert_true(pchat_monotonic() - start < 900000);
	/* And one that is not ends in time. */
	start = pchat_monotonic();
	pchat_sip_step(rig.sip, 20);
	assert_true(pchat_monotonic() - start < 900000);
	rig_stop(&rig);
	close(fd);
}

/* ---- certificates ---- */

static void
test_certificates(void **state)
{
	char dir[] = "/tmp/pchat-cert-XXXXXX";
	PCHAT_AUTO_TEXT agent = NULL;
	PCHAT_AUTO_TEXT ca = NULL;
	struct pchat_sip_listener l = { .tls_dir = dir };
	struct pchat_err err = { 0 };
	struct rig rig = { 0 };
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	agent = pchat_text("%s/agent.pem", dir);
	ca = pchat_text("%s/cafile.pem", dir);
	rig_start(&rig, NULL);
	assert_int_equal(pchat_sip_listen(rig.sip, "tls:127.0.0.1:0", &l, NULL, &err),
	                 PCHAT_INVALID);
	assert_non_null(strstr(pchat_err_text(&err), "agent.pem"));
	/* Only who asks clients for certificates needs others to check them with. */
	l.tls_verify_client = true;
	assert_int_equal(pchat_sip_listen(rig.sip, "tls:127.0.0.1:0", &l, NULL, &err),
	                 PCHAT_INVALID);
	assert_non_null(strstr(pchat_err_text(&err), "cafile.pem"));
	l.tls_verify_client = false;
	assert_int_equal(pchat_sip_selfsign(dir, "a,b", 1, NULL), PCHAT_INVALID);
	assert_int_equal(pchat_sip_selfsign(dir, "", 1, NULL), PCHAT_INVALID);
	assert_int_equal(pchat_sip_selfsign(dir, "chat.contoso.example", 1, NULL), PCHAT_OK);
	rig_listen_tls(&rig, dir);
	assert_int_equal(unlink(ca), 0);
	rig_listen_tls(&rig, dir);
	assert_int_equal(pchat_sip_reload_certificates(rig.sip, NULL), PCHAT_OK);
	/* Broken files: the old certificate stays. */
	f = fopen(agent, "w");
	fputs("nonsense\n", f);
	fclose(f);
	assert_int_equal(pchat_sip_reload_certificates(rig.sip, &err), PCHAT_INVALID);
	assert_non_null(strstr(pchat_err_text(&err), "no private key"));
	unlink(agent);
	assert_int_equal(pchat_sip_reload_certificates(rig.sip, &err), PCHAT_INVALID);
	unlink(ca);
	assert_int_equal(rmdir(dir), 0);
	pchat_err_release(&err);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listen_errors),
		cmocka_unit_test(test_one_agent),
		cmocka_unit_test(test_nothing_is_inherited),
		cmocka_unit_test(test_several_listeners),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_unlisten),
		cmocka_unit_test(test_silent_connections),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_timers_cancel_each_other),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_step_returns_early),
		cmocka_unit_test(test_certificates),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
