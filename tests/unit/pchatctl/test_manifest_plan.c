/* From manifests to plans, against the built-in objects of a new store. Against a store with
 * content it is tests/cli/manifest.t that looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pchatctl/manifest_plan.h"
#include "pchatctl/plan_print.h"

static enum pchat_code
make(const char *text, struct pchat_manifest_options options, struct pchat_plan *plan,
     struct pchat_err *err)
{
	static struct pchat_manifest m;
	enum pchat_code code;

	/* The plan borrows the name of the file. */
	pchat_manifest_release(&m);
	code = text ? pchat_manifest_parse(&m, "test", pchat_str(text), err) : PCHAT_OK;
	return code ? code : pchat_manifest_plan(&m, NULL, &options, plan, err);
}

static void
what_is_new_is_created(void **state)
{
	static const struct {
		const char *text, *plan;
	} cases[] = {
		{ "pchat: 1\n", "no changes\n" },
		{ "pchat: 1\nrooms: []\n", "no changes\n" },
		{ "pchat: 1\npolicies: [global]\nsettings: [global]\n", "no changes\n" },
		{ "pchat: 1\npolicies: [GLOBAL]\n", "no changes\n" },
		{ "pchat: 1\npolicies: [{name: global, enabled: true}]\n",
		  "~ update policy 'global'\n1 to update\n" },
		{ "pchat: 1\npool: {domain: contoso.example, displayName: X}\n",
		  "~ update pool 'contoso.example'\n1 to update\n" },
		{ "pchat: 1\nrooms: [{name: A, category: B}]\ncategories: [{name: B}]\nsites: [s]\n",
		  "+ create site 's'\n+ create category 'B'\n+ create room 'A'\n3 to create\n" },
		{ "pchat: 1\nabsent: default\npolicies: [global]\n", "no changes\n" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		PCHAT_AUTO_VALUE(buf) out = { 0 };

		assert_int_equal(
			make(cases[i].text, (struct pchat_manifest_options){ 0 }, &plan, NULL),
			PCHAT_OK);
		pchat_plan_print(&out, &plan, &(struct pchat_plan_style){ .brief = true });
		assert_string_equal(pchat_buf_cstr(&out), cases[i].plan);
	}
}

static void
refusals_name_the_entry(void **state)
{
	static const struct {
		const char *text;
		enum pchat_code code;
		unsigned line, column;
		const char *msg;
	} cases[] = {
		{ "pchat: 1\nrooms:\n- {name: A}\n", PCHAT_INVALID, 3, 3, "has no 'category'" },
		{ "pchat: 1\nrooms:\n- {name: A, category: ''}\n", PCHAT_INVALID, 3, 23,
		  "category must not be empty" },
		{ "pchat: 1\naddins:\n- {name: A}\n", PCHAT_INVALID, 3, 3, "has no 'url'" },
		{ "pchat: 1\npool: {domain: ''}\n", PCHAT_INVALID, 2, 16, "domain" },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		struct pchat_err err = { 0 };

		assert_int_equal(
			make(cases[i].text, (struct pchat_manifest_options){ 0 }, &plan, &err),
			cases[i].code);
		assert_non_null(strstr(pchat_err_text(&err), cases[i].msg));
		assert_string_equal(err.file, "test");
		assert_int_equal(err.line, cases[i].line);
		assert_int_equal(err.column, cases[i].column);
		pchat_err_release(&err);
	}
}

static void
builtins_are_not_pruned(void **state)
{
	const struct pchat_manifest_options options = { .prune = true, .limit = { 0, false } };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };

	(void)state;
	assert_int_equal(make("pchat: 1\npolicies: []\nsettings: []\ncompliance: []\n", options,
	                      &plan, NULL),
	                 PCHAT_OK);
	assert_int_equal(plan.n, 0);
}

static void
limits_are_numbers_or_shares(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t number;
		bool percent;
	} cases[] = {
		{ "0", true, 0, false },           { "34", true, 34, false },
		{ "20%", true, 20, true },         { "100%", true, 100, true },
		{ "101%", false, 0, false },       { "%", false, 0, false },
		{ "", false, 0, false },           { "-1", false, 0, false },
		{ "1.5", false, 0, false },        { "4294967295", true, UINT32_MAX, false },
		{ "4294967296", false, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		struct pchat_prune_limit limit = { 0 };

		assert_int_equal(pchat_prune_limit_parse(pchat_str(cases[i].text), &limit),
		                 cases[i].ok);
		assert_int_equal(limit.number, cases[i].number);
		assert_int_equal(limit.percent, cases[i].percent);
	}
}

static int
forget(void **state)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };

	(void)state;
	return (int)make(NULL, (struct pchat_manifest_options){ 0 }, &plan, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_new_is_created),
		cmocka_unit_test(refusals_name_the_entry),
		cmocka_unit_test(builtins_are_not_pruned),
		cmocka_unit_test(limits_are_numbers_or_shares),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
