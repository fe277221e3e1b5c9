/* The command line of pchatd. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "pchatd/options.h"

#define ARGS_MAX 8

static enum pchat_code
parse(struct pchat_options *o, struct pchat_err *err, const char *const *args)
{
	char *argv[ARGS_MAX + 1] = { (char *)"pchatd" };
	int argc = 1;

	while (*args)
		argv[argc++] = (char *)*args++;
	return pchat_options_parse(o, argc, argv, err);
}

#define PARSE(o, err, ...) parse((o), (err), (const char *const[]){ __VA_ARGS__, NULL })

static void
values_stand_apart_or_behind_an_equals_sign(void **state)
{
	struct pchat_options o;

	(void)state;
	assert_int_equal(PARSE(&o, NULL, "--store=/srv/a", "--listen", "tcp:127.0.0.1:0",
	                       "--listen=tls:[::1]:5061", "--auth", "none", "--log-json"),
	                 PCHAT_OK);
	assert_string_equal(o.store, "/srv/a");
	assert_int_equal(o.listen.n, 2);
	assert_string_equal(o.listen.v[1]->spec, "tls:[::1]:5061");
	assert_int_equal(o.auth, PCHAT_AUTH_NONE);
	assert_true(o.log_json);
	pchat_options_release(&o);
}

static void
without_options_there_is_a_loopback_listener(void **state)
{
	struct pchat_options o;

	(void)state;
	assert_int_equal(parse(&o, NULL, (const char *const[]){ NULL }), PCHAT_OK);
	assert_int_equal(o.listen.n, 1);
	assert_true(pchat_listen_is_loopback(o.listen.v[0]->spec));
	assert_int_equal(o.auth, PCHAT_AUTH_STORE);
	pchat_options_release(&o);
}

static void
mistakes_are_usage_errors_that_say_what_is_wrong(void **state)
{
	static const struct {
		const char *args[3];
		const char *says;
	} cases[] = {
		{ { "--stoer", "/x" }, "unknown option '--stoer'" },
		{ { "--store" }, "'--store' needs a value" },
		{ { "--insecure=yes" }, "'--insecure' takes no value" },
		{ { "--auth", "tls-dsk" }, "'tls-dsk'" },
		{ { "--auth", "ntlm+kerberos" }, "'ntlm+kerberos'" },
		{ { "--listen", "tls:1.2.3.4:5060,auth=ntlmv1" }, "'ntlmv1'" },
		{ { "--listen", "udp:1.2.3.4:5060" }, "'udp:1.2.3.4:5060'" },
		{ { "--log-level", "loud" }, "'loud'" },
		{ { "extra" }, "unknown option 'extra'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pchat_options o;
		struct pchat_err err = { 0 };

		assert_int_equal(parse(&o, &err, cases[i].args), PCHAT_USAGE);
		if (!strstr(pchat_err_text(&err), cases[i].says))
			fail_msg("'%s' does not say %s", pchat_err_text(&err), cases[i].says);
		pchat_err_release(&err);
		pchat_options_release(&o);
	}
}

static void
a_near_miss_is_named(void **state)
{
	struct pchat_options o;
	struct pchat_err err = { 0 };

	(void)state;
	assert_int_equal(PARSE(&o, &err, "--listne", "x"), PCHAT_USAGE);
	assert_non_null(err.hint);
	assert_non_null(strstr(err.hint, "--listen"));
	pchat_err_release(&err);
	pchat_options_release(&o);
}

static void
loopback_is_what_the_kernel_calls_so(void **state)
{
	static const struct {
		const char *spec;
		bool loopback;
	} cases[] = {
		{ "tcp:127.0.0.1:5060", true },
		{ "tcp:127.9.9.9:0", true },
		{ "tcp:[::1]:5060", true },
		{ "tls:[::1]:5061", true },
		{ "tcp:0.0.0.0:5060", false },
		{ "tcp:[::]:5060", false },
		{ "tcp:10.0.0.1:5060", false },
		{ "tcp:localhost:5060", false },
		{ "tcp:128.0.0.1:5060", false },
		{ "tcp:", false },
		{ "tcp:127.0.0.1", false },
		{ "", false },
		{ "tcp:[::ffff:127.0.0.1]:1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(pchat_listen_is_loopback(cases[i].spec), cases[i].loopback);
}

static void
help_names_every_option(void **state)
{
	static const char *const names[] = { "--store",    "--listen",  "--auth",
		                             "--cert",     "--log",     "--ready-file",
		                             "--insecure", "--version", "--log-level" };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	pchat_options_help(&out);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_non_null(strstr(pchat_buf_cstr(&out), names[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_stand_apart_or_behind_an_equals_sign),
		cmocka_unit_test(without_options_there_is_a_loopback_listener),
		cmocka_unit_test(mistakes_are_usage_errors_that_say_what_is_wrong),
		cmocka_unit_test(a_near_miss_is_named),
		cmocka_unit_test(loopback_is_what_the_kernel_calls_so),
		cmocka_unit_test(help_names_every_option),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
