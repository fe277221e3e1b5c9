/*
 * Plans: what is refused and in which words, and what follows from what is allowed. Every
 * case runs on an organization that is whole and on one that loads on demand.
 *
 * Changes are written "+ room name=New;category=Finance", "~ room Rates|members=" and
 * "- room Rates".
 */
#include "shelf.h"

static const char *const store[] = {
	"pool domain=contoso.example",
	"domain name=contoso.example",
	"site name=leeds",
	"site name=york",
	"site name=bath",
	"unit name=London",
	"unit name=London/Trading",
	"unit name=York",
	"unit name=York/Floor",
	"unit name=York/Floor/Desk",
	"user uri=" AMY ";site=leeds;unit=London/Trading",
	"user uri=" BOB ";site=leeds",
	"user uri=" CAROL,
	"user uri=sip:dan@contoso.example",
	"group name=Sales;members=" AMY "," BOB,
	"group name=Traders;members=group:Sales," CAROL,
	"group name=Idle",
	"group name=Londoners;unit=London;members=ou:London",
	"policy name=global",
	"policy name=site:leeds;enabled=true",
	"policy name=traders;enabled=true;grantedTo=group:Sales",
	"policy name=visitors",
	"config scope=global",
	"config scope=site:leeds",
	"compliance scope=global",
	"addin name=Prices;url=https://prices.contoso.example/",
	"addin name=Spare;url=https://spare.contoso.example/",
	"endpoint uri=sip:old@contoso.example",
	"category name=Finance;allowed=group:Traders;creators=group:Sales",
	"category name=Public;allowed=domain:contoso.example",
	"category name=Narrow;allowed=" AMY,
	"room name=Rates;category=Finance;members=group:Sales," CAROL ";managers=" AMY
	";addin=Prices",
	"room name=Hall;category=Finance;type=auditorium;members=" AMY "," BOB ";presenters=" AMY,
	"room name=Stage;category=Finance;type=auditorium;privacy=secret;members=group:Sales;"
	"presenters=" AMY,
	"room name=Lobby;category=Public;privacy=open;managers=" BOB,
};

/* ---- running ---- */

static void
add_change(struct pchat_plan *p, const struct shelf *s, const char *text)
{
	struct pchat_str rest, key, word, fields;
	struct pchat_object *before = NULL, *after = NULL;
	enum pchat_kind kind;
	char name[300];

	if (text[0] == '+') {
		assert_int_equal(
			pchat_plan_add_take(p, PCHAT_OP_CREATE, NULL, object(text + 2), NULL),
			PCHAT_OK);
		return;
	}
	word = pchat_str_cut(pchat_str(text + 2), ' ', &rest);
	key = pchat_str_cut(rest, '|', &fields);
	assert_true(pchat_kind_by_word(word, &kind));
	(void)snprintf(name, sizeof(name), "%.*s", PCHAT_STR_ARG(key));
	before = shelf_find(s, kind, name);
	if (before) {
		before = pchat_object_copy(before);
	} else {
		before = pchat_object_new(kind);
		assert_int_equal(pchat_object_set(before, 0, key, NULL), PCHAT_OK);
	}
	if (text[0] == '~') {
		after = pchat_object_copy(before);
		after->set = 0; /* as a store gives it */
		change(after, fields.n ? fields.p : "");
		after->guid[0] = before->guid[0] ? after->guid[0] : '\0';
	}
	assert_int_equal(pchat_plan_add_take(p, after ? PCHAT_OP_UPDATE : PCHAT_OP_DELETE, before,
	                                     after, NULL),
	                 PCHAT_OK);
}

static void
add_changes(struct pchat_plan *p, const struct shelf *s, const char *const *changes, size_t max)
{
	for (size_t i = 0; i < max && changes[i]; i++)
		add_change(p, s, changes[i]);
}

static void
fill(struct shelf *s)
{
	for (size_t i = 0; i < PCHAT_N(store); i++)
		shelf_add(s, store[i]);
}

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

/* ---- consequences ---- */

struct outcome {
	const char *changes[4];
	const char *follows; /* changes the plan got, with the fields that differ */
	const char *losses;
	bool content;
};

static const struct outcome outcomes[] = {
	/* nothing follows */
	{ { "+ room name=New;category=Made;members=group:Fresh",
	    "+ category name=Made;"
	    "allowed=ou:Here;creators=group:Fresh",
	    "+ group name=Fresh;unit=Here", "+ unit name=Here" },
	  "",
	  "",
	  false },
	{ { "~ room Rates|name=Hall", "~ room Hall|name=Rates" }, "", "", false },
	{ { "~ room Rates|name=Prices", "+ room name=Rates;category=Finance" }, "", "", false },
	{ { "- room Rates", "+ room name=Rates;category=Public" }, "", "", true },
	{ { "- room Rates", "- room Hall", "- room Stage", "- category Finance" }, "", "", true },
	{ { "~ room Rates|addin=", "- addin Prices" }, "", "", false },
	{ { "~ policy traders|grantedTo=", "~ policy visitors|grantedTo=group:Sales" },
	  "",
	  "",
	  false },
	{ { "~ category Finance|allowed=group:Traders,group:Idle" }, "", "", false },
	{ { "~ room Rates|category=Public" }, "", "", false },
	{ { "~ user " AMY "|unit=London", "- unit London/Trading" }, "", "", false },
	/* who leaves a group keeps his roles, and they sleep until he is back in scope */
	{ { "~ group Sales|members=" AMY }, "", "", false },
	{ { "~ group Traders|members=group:Sales", "~ room Rates|description=x" }, "", "", false },
	{ { "- addin Spare" }, "", "", false },
	{ { "- room Lobby" }, "", "", true },

	/* a type or privacy that has no such list */
	{ { "~ room Hall|type=normal" },
	  "",
	  "room 'Hall' presenters " AMY ": only an auditorium has presenters\n",
	  false },
	{ { "~ room Hall|privacy=open" },
	  "",
	  "room 'Hall' members " AMY ": an open room has no members\n"
	  "room 'Hall' members " BOB ": an open room has no members\n",
	  false },
	/* what is brought back under its guid keeps roles that sleep */
	{ { "+ room name=Back;guid=77;category=Finance;type=auditorium;"
	    "members=" CAROL ",sip:dan@contoso.example;managers=sip:dan@contoso.example;"
	    "presenters=" AMY },
	  "",
	  "",
	  false },

	/* narrowing */
	{ { "~ category Finance|allowed=" AMY },
	  "purge room 'Hall' members=" AMY ";"
	  "purge room 'Rates' members=;"
	  "purge room 'Stage' members= presenters=;",
	  "category 'Finance' creators group:Sales: out of scope of category 'Finance'\n"
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n"
	  "room 'Rates' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Rates' members " CAROL ": out of scope of category 'Finance'\n"
	  "room 'Stage' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Stage' presenters " AMY ": no longer a member of the room\n",
	  false },
	{ { "~ category Finance|denied=" BOB },
	  "purge room 'Hall' members=" AMY ";",
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n",
	  false },
	/* the asked change of a room takes what is purged from it into itself */
	{ { "~ category Finance|denied=" BOB, "~ room Hall|description=x" },
	  "",
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n",
	  false },
	{ { "~ category Finance|denied=" BOB, "- room Hall" }, "", "", true },
	{ { "~ category Finance|denied=" BOB, "~ room Hall|category=Public" }, "", "", false },

	/* moving */
	{ { "~ room Hall|category=Narrow" },
	  "",
	  "room 'Hall' members " BOB ": out of scope of category 'Narrow'\n",
	  false },
	{ { "~ room Stage|category=Narrow" },
	  "",
	  "room 'Stage' members group:Sales: out of scope of category 'Narrow'\n"
	  "room 'Stage' presenters " AMY ": no longer a member of the room\n",
	  false },
	{ { "~ room Lobby|category=Narrow" },
	  "",
	  "room 'Lobby' managers " BOB ": out of scope of category 'Narrow'\n",
	  false },

	/* deletions */
	{ { "- user " AMY },
	  "cascade category 'Narrow' allowed=;"
	  "cascade group 'Sales' members=" BOB ";"
	  "cascade room 'Hall' members=" BOB " presenters=;"
	  "cascade room 'Rates' managers=;"
	  "cascade room 'Stage' presenters=;",
	  "room 'Hall' members " AMY ": user '" AMY "' is deleted\n"
	  "room 'Hall' presenters " AMY ": user '" AMY "' is deleted\n"
	  "room 'Rates' managers " AMY ": user '" AMY "' is deleted\n"
	  "room 'Stage' presenters " AMY ": user '" AMY "' is deleted\n",
	  false },
	{ { "- group Traders" },
	  "cascade category 'Finance' allowed= creators=;"
	  "purge room 'Hall' members= presenters=;"
	  "purge room 'Rates' managers= members=;"
	  "purge room 'Stage' members= presenters=;",
	  "category 'Finance' creators group:Sales: out of scope of category 'Finance'\n"
	  "room 'Hall' members " AMY ": out of scope of category 'Finance'\n"
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n"
	  "room 'Hall' presenters " AMY ": out of scope of category 'Finance'\n"
	  "room 'Rates' managers " AMY ": out of scope of category 'Finance'\n"
	  "room 'Rates' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Rates' members " CAROL ": out of scope of category 'Finance'\n"
	  "room 'Stage' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Stage' presenters " AMY ": out of scope of category 'Finance'\n",
	  false },
	{ { "- domain contoso.example" },
	  "cascade category 'Public' allowed=;"
	  "purge room 'Lobby' managers=;",
	  "room 'Lobby' managers " BOB ": out of scope of category 'Public'\n",
	  false },
	{ { "- group Sales", "~ room Rates|description=x" },
	  "cascade category 'Finance' creators=;"
	  "cascade group 'Traders' members=" CAROL ";"
	  "cascade policy 'traders' grantedTo=;"
	  "cascade room 'Stage' members=;",
	  "category 'Finance' creators group:Sales: group 'Sales' is deleted\n"
	  "room 'Rates' members group:Sales: group 'Sales' is deleted\n"
	  "room 'Stage' members group:Sales: group 'Sales' is deleted\n",
	  false },
	{ { "- policy traders" },
	  "",
	  "policy 'traders' grantedTo group:Sales: policy 'traders' is deleted\n",
	  false },
	{ { "- site york" }, "", "", false },

	/* names made of names */
	{ { "~ site leeds|name=paris" },
	  "cascade config 'site:paris' scope=site:paris;"
	  "cascade policy 'site:paris' name=site:paris;",
	  "",
	  false },
	/* said by the plan, as that of a transaction does */
	{ { "~ policy site:leeds|name=site:paris;enabled=false", "~ site leeds|name=paris" },
	  "cascade config 'site:paris' scope=site:paris;",
	  "",
	  false },
	{ { "~ unit London|name=Paris" },
	  "cascade unit 'Paris/Trading' name=Paris/Trading;",
	  "",
	  false },
	{ { "~ unit York|name=Bath/West" },
	  "cascade unit 'Bath/West/Floor' name=Bath/West/Floor;"
	  "cascade unit 'Bath/West/Floor/Desk' name=Bath/West/Floor/Desk;",
	  "",
	  false },
};

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines in order, so that the order things were found in does not matter. */
static void
join_sorted(char **lines, size_t n, struct pchat_buf *out)
{
	qsort(lines, n, sizeof(*lines), compare_texts);
	for (size_t i = 0; i < n; i++) {
		pchat_buf_text(out, lines[i]);
		free(lines[i]);
	}
}

static char *
describe_change(const struct pchat_change *c)
{
	static const char *const causes[] = { "asked", "purge", "cascade" };
	const struct pchat_kind_info *info = pchat_kind_info(c->after->kind);
	struct pchat_list fields = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_buf_printf(&out, "%s %s '%s'", causes[c->cause], info->word,
	                 pchat_object_key(c->after));
	for (unsigned i = 0; i < info->n_fields; i++) {
		PCHAT_AUTO_VALUE(buf) field = { 0 };

		if (pchat_object_field_eq(c->before, c->after, i))
			continue;
		pchat_buf_printf(&field, "%s=", info->fields[i].name);
		pchat_object_get_text(c->after, i, &field);
		assert_true(pchat_list_add(&fields, pchat_buf_view(&field)));
	}
	for (size_t i = 0; i < fields.n; i++)
		pchat_buf_printf(&out, " %s", fields.v[i]);
	pchat_buf_char(&out, ';');
	pchat_list_release(&fields);
	return pchat_buf_take(&out);
}

static void
describe(const struct pchat_plan *plan, size_t n_asked, struct pchat_buf *follows,
         struct pchat_buf *losses)
{
	char *lines[64];
	size_t n = 0;

	for (size_t i = n_asked; i < plan->n; i++) {
		assert_int_equal(plan->v[i].op, PCHAT_OP_UPDATE);
		assert_true(plan->v[i].before->guid[0]);
		assert_string_equal(plan->v[i].before->guid, plan->v[i].after->guid);
		assert_true(plan->v[i].before->revision > 0);
		lines[n++] = describe_change(&plan->v[i]);
	}
	join_sorted(lines, n, follows);
	for (n = 0; n < plan->n_losses; n++) {
		const struct pchat_loss *l = &plan->losses[n];

		lines[n] = pchat_text("%s %s %s: %s\n", l->object, l->field, l->principal, l->why);
	}
	join_sorted(lines, n, losses);
}

/* The org is what the plan makes of it. */
static void
assert_applied(struct pchat_org *org, const struct pchat_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct pchat_object *o = plan->v[i].after;
		PCHAT_AUTO(object) back = NULL;
		pchat_id id;

		if (!o) {
			o = plan->v[i].before;
			id = pchat_org_find(org, o->kind, pchat_object_key(o), NULL);
			if (id != PCHAT_NO_ID) /* another took the name */
				assert_string_not_equal(pchat_org_facts(org, id)->guid, o->guid);
			continue;
		}
		id = pchat_org_find(org, o->kind, pchat_object_key(o), NULL);
		if (id == PCHAT_NO_ID)
			fail_msg("'%s' is not there", pchat_object_key(o));
		assert_int_equal(pchat_org_object(org, id, &back, NULL), PCHAT_OK);
		if (!pchat_object_eq(o, back))
			fail_msg("%s is not as planned", pchat_object_key(o));
	}
}

static void
what_follows_is_in_the_plan(void **state)
{
	(void)state;
	for (size_t turn = 0; turn < PCHAT_N(outcomes) * 2; turn++) {
		const struct outcome *row = &outcomes[turn / 2];
		struct shelf s = { 0 };
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		PCHAT_AUTO_VALUE(buf) follows = { 0 };
		PCHAT_AUTO_VALUE(buf) losses = { 0 };
		PCHAT_AUTO(org) org = NULL;
		struct pchat_err err = { 0 };
		size_t n_asked;

		fill(&s);
		org = shelf_org(&s, turn % 2);
		add_changes(&plan, &s, row->changes, PCHAT_N(row->changes));
		n_asked = plan.n;
		if (pchat_plan_check(&plan, org, &err))
			fail_msg("%s: %s", row->changes[0], pchat_err_text(&err));
		describe(&plan, n_asked, &follows, &losses);
		assert_string_equal(pchat_buf_cstr(&follows), row->follows);
		assert_string_equal(pchat_buf_cstr(&losses), row->losses);
		if (plan.has_content_loss != row->content)
			fail_msg("%s: loss of content", row->changes[0]);
		assert_applied(org, &plan);
		shelf_release(&s);
	}
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
		cmocka_unit_test(what_follows_is_in_the_plan),
		cmocka_unit_test(what_changes_nothing_is_no_change),
		cmocka_unit_test(guids_stay),
		cmocka_unit_test(a_failing_loader_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
