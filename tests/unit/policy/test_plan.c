/*
 * Plans: what is refused and in which words. Every case runs on an organization that is whole and
 * on one that loads on demand.
 */
#include "changes.h"

/* ---- refusals ---- */

struct refusal {
	const char *changes[4];
	enum pchat_code code;
	const char *msg;
	const char *hint; /* NULL: not looked at, differs with a loader or there is none */
};

static const struct refusal refusals[] = {
	/* objects on their own */
	{ { "+ room name=New" },
	  PCHAT_INVALID,
	  "room 'New': category is missing",
	  "give category, category the room is in" },
	{ { "~ policy traders|name=brokers" },
	  PCHAT_INVALID,
	  "policy 'traders': name cannot be changed",
	  "delete it and create another" },
	{ { "~ endpoint sip:old@contoso.example|displayName=Old" },
	  PCHAT_INVALID,
	  "endpoint 'sip:old@contoso.example': displayName cannot be changed",
	  "delete it and create another" },
	{ { "+ endpoint uri=sip:chat@elsewhere.example" },
	  PCHAT_NOT_FOUND,
	  "endpoint 'sip:chat@elsewhere.example': 'elsewhere.example' is no domain of this pool",
	  "create it first: pchatctl domain create" },
	{ { "- policy global" },
	  PCHAT_INVALID,
	  "policy 'global': it is what applies where nothing else does",
	  "turn it off: pchatctl policy set global --enabled=false" },
	{ { "- config global" },
	  PCHAT_INVALID,
	  "config 'global': it is what applies where nothing else does",
	  "change it: pchatctl config set global" },
	{ { "- compliance global" },
	  PCHAT_INVALID,
	  "compliance 'global': it is what applies where nothing else does",
	  "change it: pchatctl compliance set global" },
	{ { "- pool contoso.example" },
	  PCHAT_INVALID,
	  "pool 'contoso.example': the pool cannot be deleted",
	  NULL },

	/* names */
	{ { "+ room name=RATES;category=Finance" },
	  PCHAT_EXISTS,
	  "room 'RATES': there is a room of that name already",
	  "choose another name, or change that one: pchatctl room set" },
	{ { "+ room name=finance;category=Public" },
	  PCHAT_EXISTS,
	  "room 'finance': there is a category of that name",
	  "rooms and categories share one name space; choose another name" },
	{ { "+ category name=Lobby" },
	  PCHAT_EXISTS,
	  "category 'Lobby': there is a room of that name",
	  "rooms and categories share one name space; choose another name" },
	{ { "+ room name=New;category=Finance", "+ category name=new" },
	  PCHAT_EXISTS,
	  "category 'new': there is a room of that name",
	  "rooms and categories share one name space; choose another name" },
	{ { "+ group name=New", "+ group name=NEW" },
	  PCHAT_EXISTS,
	  "group 'NEW': there is a group of that name already",
	  "choose another name, or change that one: pchatctl group set" },
	{ { "~ room Rates|name=Hall" },
	  PCHAT_EXISTS,
	  "room 'Hall': there is a room of that name already",
	  "choose another name, or change that one: pchatctl room set" },
	{ { "+ user uri=" AMY },
	  PCHAT_EXISTS,
	  "user '" AMY "': there is a user of that name already",
	  "choose another name, or change that one: pchatctl user set" },
	{ { "+ pool domain=fabrikam.example" },
	  PCHAT_EXISTS,
	  "pool 'fabrikam.example': there is a pool already",
	  "change it: pchatctl pool set" },
	{ { "- group Idle", "+ group name=Idle" },
	  PCHAT_CONFLICT,
	  "group 'Idle': another group of that name is deleted at the same time",
	  "delete the old one in a step of its own" },
	{ { "- group Idle", "~ group Sales|name=Idle" },
	  PCHAT_CONFLICT,
	  "group 'Idle': another group of that name is deleted at the same time",
	  "delete the old one in a step of its own" },
	{ { "~ room Rates|description=a", "~ room Rates|description=b" },
	  PCHAT_CONFLICT,
	  "room 'Rates': it is changed twice at once",
	  NULL },
	{ { "~ room Nowhere|category=Finance" },
	  PCHAT_NOT_FOUND,
	  "room 'Nowhere': it does not exist",
	  NULL },
	{ { "- group Nowhere" }, PCHAT_NOT_FOUND, "group 'Nowhere': it does not exist", NULL },

	/* references */
	{ { "+ room name=New;category=Finanse" },
	  PCHAT_NOT_FOUND,
	  "room 'New': category: no category named 'Finanse'",
	  NULL },
	{ { "~ room Rates|addin=Charts" },
	  PCHAT_NOT_FOUND,
	  "room 'Rates': addin: no addin named 'Charts'",
	  NULL },
	{ { "~ user " BOB "|site=paris" },
	  PCHAT_NOT_FOUND,
	  "user '" BOB "': site: no site named 'paris'",
	  NULL },
	{ { "~ group Idle|unit=Paris" },
	  PCHAT_NOT_FOUND,
	  "group 'Idle': unit: no unit named 'Paris'",
	  NULL },
	{ { "~ room Rates|members=group:Sales,group:Nobody" },
	  PCHAT_NOT_FOUND,
	  "room 'Rates': members: no group named 'Nobody'",
	  NULL },
	{ { "~ group Idle|members=sip:eve@contoso.example" },
	  PCHAT_NOT_FOUND,
	  "group 'Idle': members: no user named 'sip:eve@contoso.example'",
	  NULL },
	{ { "~ category Public|denied=domain:fabrikam.example" },
	  PCHAT_NOT_FOUND,
	  "category 'Public': denied: no domain named 'fabrikam.example'",
	  NULL },
	{ { "- group Idle", "~ group Sales|members=group:Idle" },
	  PCHAT_NOT_FOUND,
	  "group 'Sales': members: no group named 'Idle'",
	  NULL },
	{ { "- category Narrow", "+ room name=New;category=Narrow" },
	  PCHAT_CONFLICT,
	  "category 'Narrow': it is in use by room 'New'",
	  "delete its rooms or move them to another category first" },

	/* groups */
	{ { "~ group Sales|members=group:Traders" },
	  PCHAT_INVALID,
	  "group 'Sales': it would contain itself: group:Sales -> group:Traders -> group:Sales",
	  "take one of them out of the other" },
	{ { "~ group Idle|members=group:Idle" },
	  PCHAT_INVALID,
	  "group 'Idle': it would contain itself: group:Idle -> group:Idle",
	  "take one of them out of the other" },
	{ { "+ group name=A;members=group:B", "+ group name=B;members=group:C",
	    "+ group name=C;members=group:A" },
	  PCHAT_INVALID,
	  "group 'A': it would contain itself: group:A -> group:B -> group:C -> group:A",
	  "take one of them out of the other" },

	/* policies and settings */
	{ { "+ policy name=tag:x" },
	  PCHAT_INVALID,
	  "policy 'tag:x': that is no name of a policy",
	  "use global, site:NAME, or a name without ':' to grant by" },
	{ { "+ policy name=site:paris" },
	  PCHAT_NOT_FOUND,
	  "policy 'site:paris': name: no site named 'paris'",
	  NULL },
	{ { "+ config scope=pool" },
	  PCHAT_INVALID,
	  "config 'pool': that is no scope",
	  "use global, site:NAME or service:NAME" },
	{ { "+ compliance scope=service:" },
	  PCHAT_INVALID,
	  "compliance 'service:': that is no scope",
	  "use global, site:NAME or service:NAME" },
	{ { "+ compliance scope=site:paris" },
	  PCHAT_NOT_FOUND,
	  "compliance 'site:paris': scope: no site named 'paris'",
	  NULL },
	{ { "~ policy global|grantedTo=" AMY },
	  PCHAT_INVALID,
	  "policy 'global': it applies by itself and cannot be granted",
	  "grant a policy with a name of its own" },
	{ { "~ policy site:leeds|grantedTo=" AMY },
	  PCHAT_INVALID,
	  "policy 'site:leeds': it applies by itself and cannot be granted",
	  "grant a policy with a name of its own" },
	{ { "~ policy visitors|grantedTo=group:Sales" },
	  PCHAT_CONFLICT,
	  "policy 'visitors': grantedTo: group:Sales has policy 'traders' already",
	  "withdraw that one first: pchatctl policy set traders --remove-granted-to group:Sales" },
	{ { "+ policy name=a;grantedTo=" AMY, "+ policy name=b;grantedTo=" AMY },
	  PCHAT_CONFLICT,
	  "policy 'a': grantedTo: " AMY " has policy 'b' already",
	  "withdraw that one first: pchatctl policy set b --remove-granted-to " AMY },

	/* scope */
	{ { "~ category Finance|creators=group:Idle" },
	  PCHAT_INVALID,
	  "category 'Finance': creators: group:Idle is out of scope of category 'Finance'",
	  "allow it there first: pchatctl category set Finance --add-allowed group:Idle" },
	{ { "+ category name=New;allowed=group:Sales;creators=" CAROL },
	  PCHAT_INVALID,
	  "category 'New': creators: " CAROL " is out of scope of category 'New'",
	  "allow it there first: pchatctl category set New --add-allowed " CAROL },
	{ { "~ category Finance|denied=group:Sales;allowed=group:Traders;creators=group:Sales," BOB },
	  PCHAT_INVALID,
	  "category 'Finance': creators: " BOB " is out of scope of category 'Finance'",
	  NULL },
	{ { "~ room Rates|members=sip:dan@contoso.example" },
	  PCHAT_INVALID,
	  "room 'Rates': members: sip:dan@contoso.example is out of scope of category 'Finance'",
	  "allow it there first: pchatctl category set Finance --add-allowed "
	  "sip:dan@contoso.example" },
	{ { "~ room Rates|managers=group:Idle" },
	  PCHAT_INVALID,
	  "room 'Rates': managers: group:Idle is out of scope of category 'Finance'",
	  NULL },
	{ { "~ room Hall|presenters=sip:dan@contoso.example" },
	  PCHAT_INVALID,
	  "room 'Hall': presenters: sip:dan@contoso.example is out of scope of category 'Finance'",
	  NULL },
	{ { "~ room Lobby|category=Narrow;managers=" BOB "," CAROL },
	  PCHAT_INVALID,
	  "room 'Lobby': managers: " CAROL " is out of scope of category 'Narrow'",
	  NULL },
	{ { "~ category Finance|allowed=group:Sales",
	    "~ room Hall|members=" AMY "," BOB "," CAROL },
	  PCHAT_INVALID,
	  "room 'Hall': members: " CAROL " is out of scope of category 'Finance'",
	  NULL },
	{ { "~ category Finance|denied=group:Traders" },
	  PCHAT_INVALID,
	  "category 'Finance': group:Traders is both allowed and denied",
	  "take it from one of the lists" },

	/* rooms */
	{ { "~ room Rates|presenters=" AMY },
	  PCHAT_INVALID,
	  "room 'Rates': presenters: only an auditorium has presenters",
	  "empty the list with --presenters '', or use --type auditorium" },
	{ { "~ room Hall|type=normal;presenters=" AMY },
	  PCHAT_INVALID,
	  "room 'Hall': presenters: only an auditorium has presenters",
	  "empty the list with --presenters '', or use --type auditorium" },
	{ { "~ room Hall|presenters=" AMY "," CAROL },
	  PCHAT_INVALID,
	  "room 'Hall': presenters: " CAROL " is not a member of the room",
	  "make it one with --add-member, or use --remove-presenter" },
	{ { "~ room Hall|members=" BOB },
	  PCHAT_INVALID,
	  "room 'Hall': presenters: " AMY " is not a member of the room",
	  "make it one with --add-member, or use --remove-presenter" },
	{ { "~ room Lobby|members=" BOB },
	  PCHAT_INVALID,
	  "room 'Lobby': members: an open room has no members",
	  "empty the list with --members '', or make the room closed" },
	{ { "~ room Hall|privacy=open;members=" AMY },
	  PCHAT_INVALID,
	  "room 'Hall': members: an open room has no members",
	  "empty the list with --members '', or make the room closed" },

	/* deletions of what is in use */
	{ { "- category Finance" },
	  PCHAT_CONFLICT,
	  "category 'Finance': it is in use by room 'Rates', room 'Hall', room 'Stage'",
	  "delete its rooms or move them to another category first" },
	{ { "- addin Prices" },
	  PCHAT_CONFLICT,
	  "addin 'Prices': it is in use by room 'Rates'",
	  "take it from the rooms first: pchatctl room set ROOM --addin '', or delete it with --force" },
	{ { "- site leeds" },
	  PCHAT_CONFLICT,
	  "site 'leeds': it is in use by user '" AMY "', user '" BOB "', policy 'site:leeds' and 1 "
	  "more",
	  "delete or change those first" },
	{ { "- unit London" },
	  PCHAT_CONFLICT,
	  "unit 'London': it is in use by unit 'London/Trading', group 'Londoners'",
	  "delete or change those first" },
	{ { "- unit London/Trading" },
	  PCHAT_CONFLICT,
	  "unit 'London/Trading': it is in use by user '" AMY "'",
	  "delete or change those first" },

	/* names that follow a rename */
	{ { "~ site leeds|name=bath", "- site bath" },
	  PCHAT_CONFLICT,
	  "site 'bath': another site of that name is deleted at the same time",
	  "delete the old one in a step of its own" },
};

static void
what_is_refused_says_why(void **state)
{
	(void)state;
	for (size_t turn = 0; turn < PCHAT_N(refusals) * 2; turn++) {
		const struct refusal *row = &refusals[turn / 2];
		struct shelf s = { 0 };
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		PCHAT_AUTO(org) org = NULL;
		struct pchat_err err = { 0 };
		enum pchat_code code;

		fill(&s);
		org = shelf_org(&s, turn % 2);
		add_changes(&plan, &s, row->changes, PCHAT_N(row->changes));
		code = pchat_plan_check(&plan, org, &err);
		if (code != row->code || strcmp(pchat_err_text(&err), row->msg) != 0)
			fail_msg("%s: %s: %s; expected %s", row->changes[0], pchat_code_word(code),
			         code ? pchat_err_text(&err) : "", row->msg);
		if (row->hint)
			assert_string_equal(err.hint ? err.hint : "", row->hint);
		pchat_err_release(&err);
		shelf_release(&s);
	}
}

static void
near_names_are_suggested(void **state)
{
	static const char *const changes[] = { "+ room name=New;category=Finanse" };
	struct shelf s = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO(org) org = NULL;
	struct pchat_err err = { 0 };

	(void)state;
	fill(&s);
	org = shelf_org(&s, false);
	add_changes(&plan, &s, changes, 1);
	assert_int_equal(pchat_plan_check(&plan, org, &err), PCHAT_NOT_FOUND);
	assert_string_equal(err.hint, "did you mean 'Finance'?");
	pchat_err_release(&err);
	shelf_release(&s);
}

static void
note_progress(void *ctx, uint64_t done, uint64_t total)
{
	uint64_t *last = ctx;

	assert_int_equal(done, *last + 1);
	assert_true(done <= total);
	*last = done < total ? done : 1000;
}

static void
checking_tells_how_far_it_is(void **state)
{
	static const char *const changes[] = { "+ room name=New;category=Finance" };
	struct shelf s = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO(org) org = NULL;
	uint64_t last = 0;

	(void)state;
	fill(&s);
	org = shelf_org(&s, false);
	add_changes(&plan, &s, changes, 1);
	plan.progress = note_progress;
	plan.progress_ctx = &last;
	assert_int_equal(pchat_plan_check(&plan, org, NULL), PCHAT_OK);
	assert_int_equal(last, 1000);
	shelf_release(&s);
}

static void
a_refusal_names_its_place(void **state)
{
	struct shelf s = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO(org) org = NULL;
	struct pchat_object *o = object("room name=New;category=Nowhere");
	struct pchat_err err = { 0 };

	(void)state;
	fill(&s);
	org = shelf_org(&s, false);
	o->file = "rooms.yaml";
	o->line = 12;
	o->column = 5;
	assert_int_equal(pchat_plan_add_take(&plan, PCHAT_OP_CREATE, NULL, o, NULL), PCHAT_OK);
	assert_int_equal(pchat_plan_check(&plan, org, &err), PCHAT_NOT_FOUND);
	assert_string_equal(err.file, "rooms.yaml");
	assert_int_equal(err.line, 12);
	assert_int_equal(err.column, 5);
	pchat_err_release(&err);
	shelf_release(&s);
}

/* ---- adding ---- */

static void
what_changes_nothing_is_no_change(void **state)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	const char *text = "room name=R;category=C;members=group:A";

	(void)state;
	assert_int_equal(
		pchat_plan_add_take(&plan, PCHAT_OP_UPDATE, object(text), object(text), NULL),
		PCHAT_OK);
	assert_int_equal(plan.n, 0);
}

static void
guids_stay(void **state)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	(void)state;
	assert_int_equal(pchat_plan_add_take(&plan, PCHAT_OP_UPDATE,
	                                     object("room name=R;category=C;guid=1"),
	                                     object("room name=R;category=D"), NULL),
	                 PCHAT_OK);
	assert_string_equal(plan.v[0].after->guid, plan.v[0].before->guid);
	assert_int_equal(pchat_plan_add_take(&plan, PCHAT_OP_UPDATE,
	                                     object("room name=R;category=C;guid=1"),
	                                     object("room name=R;category=D;guid=2"), &err),
	                 PCHAT_INVALID);
	assert_string_equal(err.msg,
	                    "room 'R' has another guid, '00000000-0000-4000-8000-000000000001'");
	assert_int_equal(plan.n, 1);
	pchat_err_release(&err);
}

/* A loader that fails makes the check fail, with its message. */
static enum pchat_code
fail_to_load(void *ctx, enum pchat_kind kind, const char *key, struct pchat_object **ret,
             struct pchat_err *err)
{
	(void)ctx, (void)kind, (void)key, (void)ret;
	return pchat_fail(err, PCHAT_BUSY, "the store is busy");
}

static void
a_failing_loader_is_heard(void **state)
{
	static const char *const changes[] = { "+ room name=New;category=Finance",
		                               "~ room Rates|description=x", "- category Narrow" };
	(void)state;
	for (size_t i = 0; i < PCHAT_N(changes); i++) {
		struct shelf s = { 0 };
		struct pchat_org_loader loader = { &s,           shelf_principal,
			                           fail_to_load, shelf_referrers,
			                           shelf_each,   NULL };
		PCHAT_AUTO(org) org = pchat_org_new(&loader);
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		struct pchat_err err = { 0 };

		fill(&s);
		add_changes(&plan, &s, &changes[i], 1);
		assert_int_equal(pchat_plan_check(&plan, org, &err), PCHAT_BUSY);
		assert_string_equal(err.msg, "the store is busy");
		pchat_err_release(&err);
		shelf_release(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_refused_says_why),
		cmocka_unit_test(near_names_are_suggested),
		cmocka_unit_test(checking_tells_how_far_it_is),
		cmocka_unit_test(a_refusal_names_its_place),
		cmocka_unit_test(what_changes_nothing_is_no_change),
		cmocka_unit_test(guids_stay),
		cmocka_unit_test(a_failing_loader_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
