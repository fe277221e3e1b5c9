/* Effective policy: user, then site, then global; the first found counts as a whole. */
#include "build.h"

static const char *const base[] = {
	"pool domain=contoso.example",
	"domain name=contoso.example",
	"site name=leeds",
	"site name=york",
	"unit name=London",
	"unit name=London/Trading",
	"user uri=" AMY ";site=leeds;unit=London/Trading",
	"user uri=" BOB ";site=york",
	"user uri=" CAROL,
	"group name=Rates;members=" AMY,
	"group name=Sales;members=group:Rates," BOB,
	"policy name=global;enabled=false",
	"policy name=site:leeds;enabled=true",
};

struct row {
	const char *grants[3]; /* puts before the question */
	const char *user;
	bool enabled;
	const char *policy;
	int scope;
	const char *path; /* how it was granted */
};

static const struct row rows[] = {
	/* site and global */
	{ { NULL }, AMY, true, "site:leeds", PCHAT_SCOPE_SITE, "" },
	{ { NULL }, BOB, false, "global", PCHAT_SCOPE_GLOBAL, "" },
	{ { NULL }, CAROL, false, "global", PCHAT_SCOPE_GLOBAL, "" },
	{ { "policy name=global;enabled=true" }, CAROL, true, "global", PCHAT_SCOPE_GLOBAL, "" },
	/* the first found counts whole, also when it is off */
	{ { "policy name=none;enabled=false;grantedTo=" AMY },
	  AMY,
	  false,
	  "none",
	  PCHAT_SCOPE_USER,
	  AMY },
	{ { "policy name=site:york;enabled=true" }, BOB, true, "site:york", PCHAT_SCOPE_SITE, "" },
	/* granted to something the user is in */
	{ { "policy name=traders;enabled=true;grantedTo=group:Sales" },
	  BOB,
	  true,
	  "traders",
	  PCHAT_SCOPE_USER,
	  BOB " group:Sales" },
	{ { "policy name=traders;enabled=true;grantedTo=group:Sales" },
	  AMY,
	  true,
	  "traders",
	  PCHAT_SCOPE_USER,
	  AMY " group:Rates group:Sales" },
	{ { "policy name=traders;enabled=true;grantedTo=ou:London" },
	  AMY,
	  true,
	  "traders",
	  PCHAT_SCOPE_USER,
	  AMY " ou:London/Trading ou:London" },
	{ { "policy name=all;enabled=true;grantedTo=domain:contoso.example" },
	  CAROL,
	  true,
	  "all",
	  PCHAT_SCOPE_USER,
	  CAROL " domain:contoso.example" },
	{ { "policy name=traders;enabled=true;grantedTo=group:Sales" },
	  CAROL,
	  false,
	  "global",
	  PCHAT_SCOPE_GLOBAL,
	  "" },
	/* the user himself before anything he is in, then the shortest way */
	{ { "policy name=a;enabled=true;grantedTo=group:Rates",
	    "policy name=z;enabled=false;grantedTo=" AMY },
	  AMY,
	  false,
	  "z",
	  PCHAT_SCOPE_USER,
	  AMY },
	{ { "policy name=a;enabled=true;grantedTo=group:Sales",
	    "policy name=z;enabled=false;grantedTo=group:Rates" },
	  AMY,
	  false,
	  "z",
	  PCHAT_SCOPE_USER,
	  AMY " group:Rates" },
	/* at the same distance the first by name, without regard to case */
	{ { "policy name=b;enabled=false;grantedTo=group:Rates",
	    "policy name=A;enabled=true;grantedTo=domain:contoso.example" },
	  AMY,
	  true,
	  "A",
	  PCHAT_SCOPE_USER,
	  AMY " domain:contoso.example" },
	{ { "policy name=B;enabled=false;grantedTo=group:Rates",
	    "policy name=a;enabled=true;grantedTo=ou:London/Trading" },
	  AMY,
	  true,
	  "a",
	  PCHAT_SCOPE_USER,
	  AMY " ou:London/Trading" },
	/* disabled users have none */
	{ { "user uri=" AMY ";site=leeds;disabled=true" }, AMY, false, NULL, PCHAT_SCOPE_SITE, "" },
};

/* The path of the step that granted the policy. */
static void
granted_path(const struct pchat_effective *e, struct pchat_buf *out)
{
	for (size_t s = 0; s < e->n_steps; s++)
		for (size_t i = 0; i < e->steps[s].path.n; i++)
			pchat_buf_printf(out, "%s%s", i ? " " : "", e->steps[s].path.v[i]);
}

static void
the_first_found_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const struct row *row = &rows[i];
		PCHAT_AUTO(org) org = pchat_org_new(NULL);
		PCHAT_AUTO_VALUE(effective) e = { 0 };
		PCHAT_AUTO_VALUE(buf) path = { 0 };
		pchat_id user;

		put_all(org, base, PCHAT_N(base));
		user = principal(org, row->user);
		(void)pchat_enabled(org, user); /* what is remembered must not stay */
		for (size_t k = 0; k < PCHAT_N(row->grants) && row->grants[k]; k++)
			put(org, row->grants[k]);
		assert_int_equal(pchat_effective_policy(org, user, true, &e, NULL), PCHAT_OK);
		if (e.enabled != row->enabled)
			fail_msg("row %zu: enabled is %d", i, e.enabled);
		assert_int_equal(pchat_enabled(org, user), row->enabled);
		assert_int_equal(e.scope, row->scope);
		if (row->policy)
			assert_string_equal(e.policy, row->policy);
		else
			assert_null(e.policy);
		granted_path(&e, &path);
		assert_string_equal(pchat_buf_cstr(&path), row->path);
	}
}

/* Deleting a policy leaves its users to the next scope. */
static void
a_deleted_policy_falls_back(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id amy;

	(void)state;
	put_all(org, base, PCHAT_N(base));
	put(org, "policy name=none;enabled=false;grantedTo=" AMY);
	amy = principal(org, AMY);
	assert_false(pchat_enabled(org, amy));
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_POLICY, "none", NULL), PCHAT_OK);
	assert_true(pchat_enabled(org, amy));
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_POLICY, "site:leeds", NULL), PCHAT_OK);
	assert_false(pchat_enabled(org, amy));
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_POLICY, "global", NULL), PCHAT_OK);
	assert_false(pchat_enabled(org, amy));
}

static void
a_change_of_group_or_site_counts_at_once(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id bob;

	(void)state;
	put_all(org, base, PCHAT_N(base));
	bob = principal(org, BOB);
	assert_false(pchat_enabled(org, bob));
	put(org, "user uri=" BOB ";site=leeds");
	assert_true(pchat_enabled(org, bob));
	put(org, "policy name=none;enabled=false;grantedTo=group:Sales");
	assert_false(pchat_enabled(org, bob));
	put(org, "group name=Sales;members=group:Rates");
	assert_true(pchat_enabled(org, bob));
}

static void
each_scope_is_told(void **state)
{
	static const struct {
		const char *rule, *text;
		enum pchat_outcome outcome;
	} expected[] = {
		{ "user-disabled", BOB " is not disabled", PCHAT_PASS },
		{ "user", "no policy is granted to " BOB " or what he is in", PCHAT_PASS },
		{ "site", "site 'york' has no policy", PCHAT_PASS },
		{ "global", "policy 'global' is off", PCHAT_DENY },
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	PCHAT_AUTO_VALUE(effective) e = { 0 };

	(void)state;
	put_all(org, base, PCHAT_N(base));
	assert_int_equal(pchat_effective_policy(org, principal(org, BOB), true, &e, NULL),
	                 PCHAT_OK);
	assert_int_equal(e.n_steps, PCHAT_N(expected));
	for (size_t i = 0; i < e.n_steps; i++) {
		assert_string_equal(e.steps[i].rule, expected[i].rule);
		assert_string_equal(e.steps[i].text, expected[i].text);
		assert_int_equal(e.steps[i].outcome, expected[i].outcome);
	}
}

static void
no_user_no_policy(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct pchat_effective e = { 0 };
	struct pchat_err err = { 0 };

	(void)state;
	assert_int_equal(pchat_effective_policy(org, PCHAT_NO_ID, true, &e, &err), PCHAT_NOT_FOUND);
	assert_string_equal(err.msg, "there is no such user");
	assert_false(pchat_enabled(org, PCHAT_NO_ID));
	put(org, "user uri=" AMY);
	assert_int_equal(pchat_effective_policy(org, principal(org, AMY), false, &e, &err),
	                 PCHAT_OK);
	assert_false(e.enabled);
	assert_null(e.policy);
	pchat_effective_release(&e);
	pchat_err_release(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_found_counts),
		cmocka_unit_test(a_deleted_policy_falls_back),
		cmocka_unit_test(a_change_of_group_or_site_counts_at_once),
		cmocka_unit_test(each_scope_is_told),
		cmocka_unit_test(no_user_no_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
