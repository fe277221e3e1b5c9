/* The provisioning document as a client reads it. */
#include "help.h"

#include "wire/docs/answer.h"
#include "wire/docs/provisioning.h"

#define NS    "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"
#define HEAD  "<provisionGroupList xmlns=\"" NS "\">"
#define GROUP "<provisionGroup name=\"persistentChatConfiguration\"><propertyEntryList>"
#define TAIL  "</propertyEntryList></provisionGroup></provisionGroupList>"

/* What the server builds is what the client reads. */
static void
test_round_trip(void **state)
{
	static const struct {
		bool enabled;
		const char *pool, *wanted;
	} rows[] = {
		{ true, "sip:chat@contoso.example", "sip:chat@contoso.example" },
		{ true, "sip:a&b@contoso.example", "sip:a&b@contoso.example" },
		{ false, "sip:chat@contoso.example", NULL },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_provisioning p = { .enabled = rows[i].enabled,
			                        .default_pool_uri = pchat_str(rows[i].pool) };
		PCHAT_AUTO_VALUE(provisioning_answer) a = { 0 };
		PCHAT_AUTO_VALUE(buf) body = { 0 };

		pchat_provisioning_build(&body, PCHAT_PROVISIONING_SERVER | PCHAT_PROVISIONING_CHAT,
		                         &p);
		assert_int_equal(pchat_provisioning_answer_parse(pchat_buf_view(&body), &a, NULL),
		                 PCHAT_OK);
		assert_true(a.enabled == rows[i].enabled);
		if (rows[i].wanted)
			assert_string_equal(a.default_pool, rows[i].wanted);
		else
			assert_null(a.default_pool);
	}
}

static void
test_forms(void **state)
{
	static const struct {
		const char *properties;
		bool enabled;
		const char *pool;
	} rows[] = {
		{ "", false, NULL },
		/* Clients compare literally. */
		{ "<property name=\"EnablePersistentChat\">True</property>", false, NULL },
		{ "<property name=\"EnablePersistentChat\"> true</property>", false, NULL },
		{ "<property name=\"EnablePersistentChat\">true</property>"
		  "<property name=\"DefaultPersistentChatPoolUri\"></property>",
		  true, NULL },
		{ "<other/><property name=\"DefaultPersistentChatPoolUri\">sip:a@b</property>"
		  "<property name=\"DefaultPersistentChatPoolUri\">sip:c@d</property>",
		  false, "sip:a@b" },
		{ "<property>true</property>", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_TEXT body = pchat_text(HEAD GROUP "%s" TAIL, rows[i].properties);
		PCHAT_AUTO_VALUE(provisioning_answer) a = { 0 };

		assert_int_equal(pchat_provisioning_answer_parse(pchat_str(body), &a, NULL),
		                 PCHAT_OK);
		assert_true(a.enabled == rows[i].enabled);
		if (rows[i].pool)
			assert_string_equal(a.default_pool, rows[i].pool);
		else
			assert_null(a.default_pool);
	}
}

static void
test_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"no XML",
		"<provisioningGroupList/>",
		HEAD "</provisionGroupList>",
		HEAD "<provisionGroup name=\"ServerConfiguration\"/></provisionGroupList>",
		HEAD GROUP,
		"<!DOCTYPE x [<!ENTITY e \"x\">]>" HEAD GROUP TAIL,
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_provisioning_answer a = { .enabled = true };
		struct pchat_err err = { 0 };

		assert_int_equal(pchat_provisioning_answer_parse(pchat_str(rows[i]), &a, &err),
		                 PCHAT_INVALID);
		assert_true(a.enabled); /* untouched */
		assert_non_null(err.msg);
		pchat_err_release(&err);
	}
}

/* One past each limit. */
static void
test_limits(void **state)
{
	PCHAT_AUTO_VALUE(buf) deep = { 0 };
	PCHAT_AUTO_VALUE(buf) many = { 0 };
	PCHAT_AUTO_VALUE(buf) large = { 0 };
	PCHAT_AUTO_VALUE(provisioning_answer) a = { 0 };

	(void)state;
	pchat_buf_lit(&deep, HEAD);
	for (int i = 0; i < 33; i++)
		pchat_buf_lit(&deep, "<a>");
	for (int i = 0; i < 33; i++)
		pchat_buf_lit(&deep, "</a>");
	pchat_buf_lit(&deep, "</provisionGroupList>");
	assert_int_equal(pchat_provisioning_answer_parse(pchat_buf_view(&deep), &a, NULL),
	                 PCHAT_INVALID);
	pchat_buf_lit(&many, HEAD GROUP);
	for (int i = 0; i < 1000; i++)
		pchat_buf_lit(&many, "<property/>");
	pchat_buf_lit(&many, TAIL);
	assert_int_equal(pchat_provisioning_answer_parse(pchat_buf_view(&many), &a, NULL),
	                 PCHAT_INVALID);
	pchat_buf_lit(&large, HEAD GROUP);
	while (large.n <= PCHAT_PROVISIONING_BODY_MAX)
		pchat_buf_char(&large, ' ');
	pchat_buf_lit(&large, TAIL);
	assert_int_equal(pchat_provisioning_answer_parse(pchat_buf_view(&large), &a, NULL),
	                 PCHAT_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
