/*
 * Access: the rights table of administration.md 7.2 cell by cell, and how a decision is
 * told: rules, paths through groups, near misses, remedies.
 */
#include "build.h"

/* ---- the table ---- */

/* Columns: who asks. */
enum who {
	S,  /* in scope, nothing else */
	M,  /* member */
	P,  /* presenter and member */
	MG, /* manager, not a member */
	MM, /* manager and member */
	MC, /* manager, and creator in the category rooms are moved to */
	C,  /* creator */
	A,  /* administrator, not in scope */
	AM, /* administrator who made himself a member */
	O,  /* on the lists of the room, but not in scope */
	D,  /* on the lists of the room, but denied in the category */
	N_WHO
};
static const char *const who_names[] = {
	"s", "m", "p", "mg", "mm", "mc", "c", "a", "am", "o", "d"
};
#define W(who) (1u << (who))

/* Rooms: one of each. */
enum { OPEN = 1, CLOSED = 2, SECRET = 4, ANY_PRIVACY = 7 };
enum { NORMAL = 1, AUDITORIUM = 2, ANY_TYPE = 3 };
enum { ON = 1, OFF = 2, ANY_STATE = 3 };

struct cell {
	uint32_t actions;
	unsigned privacy, type, state;
	unsigned who;
	bool allowed;
	const char *rule;
};

#define ACT(symbol) (UINT32_C(1) << PCHAT_ACTION_##symbol)
#define MANAGERS    (W(MG) | W(MM) | W(MC))
#define INSIDE      (W(S) | W(M) | W(P) | MANAGERS | W(C))
#define ADMINS      (W(A) | W(AM))
#define MEMBERS     (W(M) | W(P) | W(MM) | W(AM))

static const struct cell cells[] = {
	/* find and see open and closed rooms */
	{ ACT(FIND) | ACT(SEE), OPEN | CLOSED, ANY_TYPE, ON, INSIDE, true, "visible" },
	{ ACT(FIND) | ACT(SEE), OPEN | CLOSED, ANY_TYPE, OFF, MANAGERS, true, "visible" },
	/* secret rooms: members find them, managers come to them by their list (note 1) */
	{ ACT(FIND) | ACT(SEE), SECRET, ANY_TYPE, ON, W(M) | W(P) | W(MM), true, "secret" },
	{ ACT(FIND) | ACT(SEE), SECRET, ANY_TYPE, ON, W(S) | W(C), false, "secret" },
	{ ACT(FIND), SECRET, ANY_TYPE, ON, W(MG) | W(MC), false, "secret" },
	{ ACT(SEE), SECRET, ANY_TYPE, ON, W(MG) | W(MC), true, "secret" },
	{ ACT(FIND), SECRET, ANY_TYPE, OFF, W(MG) | W(MC), false, "secret" },
	{ ACT(SEE), SECRET, ANY_TYPE, OFF, W(MG) | W(MC), true, "secret" },
	{ ACT(FIND) | ACT(SEE), SECRET, ANY_TYPE, OFF, W(MM), true, "secret" },
	{ ACT(FIND) | ACT(SEE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, ADMINS, true, "administrator" },
	/* Who manages from out of scope is not told that the room is disabled. */
	{ ACT(FIND) | ACT(SEE), ANY_PRIVACY, ANY_TYPE, OFF, W(S) | W(M) | W(P) | W(C), false,
	  "room-disabled" },
	{ ACT(FIND) | ACT(SEE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, W(O), false, "scope" },
	{ ACT(FIND) | ACT(SEE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, W(D), false, "scope-denied" },

	/* join */
	{ ACT(JOIN), OPEN, ANY_TYPE, ON, INSIDE | ADMINS, true, "open" },
	{ ACT(JOIN), CLOSED | SECRET, ANY_TYPE, ON, MEMBERS, true, "member" },
	{ ACT(JOIN), CLOSED | SECRET, ANY_TYPE, ON, W(S) | W(MG) | W(MC) | W(C) | W(A), false,
	  "member" },
	/* read history */
	{ ACT(READ), OPEN, ANY_TYPE, ON, INSIDE | W(AM), true, "open" },
	{ ACT(READ), OPEN, ANY_TYPE, ON, W(A), false, "scope" },
	{ ACT(READ), CLOSED | SECRET, ANY_TYPE, ON, MEMBERS, true, "member" },
	{ ACT(READ), CLOSED | SECRET, ANY_TYPE, ON, W(S) | W(MG) | W(MC) | W(C) | W(A), false,
	  "member" },
	/* search without joining: members only (note 3) */
	{ ACT(SEARCH), OPEN, ANY_TYPE, ON, INSIDE | W(AM), false, "member" },
	{ ACT(SEARCH), OPEN, ANY_TYPE, ON, W(A), false, "scope" },
	{ ACT(SEARCH), CLOSED | SECRET, ANY_TYPE, ON, MEMBERS, true, "member" },
	{ ACT(SEARCH), CLOSED | SECRET, ANY_TYPE, ON, W(S) | W(MG) | W(MC) | W(C) | W(A), false,
	  "member" },
	/* post and upload (the category permits files) */
	{ ACT(POST) | ACT(UPLOAD), OPEN, NORMAL, ON, INSIDE | W(AM), true, "open" },
	{ ACT(POST) | ACT(UPLOAD), OPEN, ANY_TYPE, ON, W(A), false, "scope" },
	{ ACT(POST) | ACT(UPLOAD), CLOSED | SECRET, NORMAL, ON, MEMBERS, true, "member" },
	{ ACT(POST) | ACT(UPLOAD), CLOSED | SECRET, ANY_TYPE, ON,
	  W(S) | W(MG) | W(MC) | W(C) | W(A), false, "member" },
	{ ACT(POST) | ACT(UPLOAD), ANY_PRIVACY, AUDITORIUM, ON, W(P), true, "auditorium" },
	{ ACT(POST) | ACT(UPLOAD), OPEN, AUDITORIUM, ON, (INSIDE & ~W(P)) | W(AM), false,
	  "auditorium" },
	{ ACT(POST) | ACT(UPLOAD), CLOSED | SECRET, AUDITORIUM, ON, W(M) | W(MM) | W(AM), false,
	  "auditorium" },
	/* nothing of all this in a disabled room, nor out of scope */
	{ ACT(JOIN) | ACT(READ) | ACT(SEARCH) | ACT(POST) | ACT(UPLOAD), ANY_PRIVACY, ANY_TYPE, OFF,
	  W(N_WHO) - 1, false, "room-disabled" },
	{ ACT(JOIN) | ACT(READ) | ACT(SEARCH) | ACT(POST) | ACT(UPLOAD), ANY_PRIVACY, ANY_TYPE, ON,
	  W(O), false, "scope" },
	{ ACT(JOIN) | ACT(READ) | ACT(SEARCH) | ACT(POST) | ACT(UPLOAD), ANY_PRIVACY, ANY_TYPE, ON,
	  W(D), false, "scope-denied" },

	/* create in the category */
	{ ACT(CREATE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, W(C), true, "creator" },
	{ ACT(CREATE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, INSIDE & ~W(C), false, "creator" },
	/* manage */
	{ ACT(EDIT) | ACT(ROLES) | ACT(DISABLE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, MANAGERS, true,
	  "manager" },
	{ ACT(EDIT) | ACT(ROLES) | ACT(DISABLE) | ACT(MOVE), ANY_PRIVACY, ANY_TYPE, ANY_STATE,
	  INSIDE & ~MANAGERS, false, "manager" },
	{ ACT(MOVE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, W(MC), true, "target-creator" },
	{ ACT(MOVE), ANY_PRIVACY, ANY_TYPE, ANY_STATE, W(MG) | W(MM), false, "target-creator" },
	{ ACT(CREATE) | ACT(EDIT) | ACT(ROLES) | ACT(DISABLE) | ACT(MOVE), ANY_PRIVACY, ANY_TYPE,
	  ANY_STATE, ADMINS, true, "administrator" },
	{ ACT(CREATE) | ACT(EDIT) | ACT(ROLES) | ACT(DISABLE) | ACT(MOVE), ANY_PRIVACY, ANY_TYPE,
	  ANY_STATE, W(O), false, "scope" },
	{ ACT(CREATE) | ACT(EDIT) | ACT(ROLES) | ACT(DISABLE) | ACT(MOVE), ANY_PRIVACY, ANY_TYPE,
	  ANY_STATE, W(D), false, "scope-denied" },
	/* administer */
	{ ACT(ENABLE) | ACT(DELETE) | ACT(ADMINISTER), ANY_PRIVACY, ANY_TYPE, ANY_STATE, ADMINS,
	  true, "administrator" },
	{ ACT(ENABLE) | ACT(DELETE) | ACT(ADMINISTER), ANY_PRIVACY, ANY_TYPE, ANY_STATE,
	  INSIDE | W(O) | W(D), false, "administrator-only" },
};

static const char *const privacies[] = { "open", "closed", "secret" };
static const char *const types[] = { "normal", "auditorium" };

static void
build_people(struct pchat_org *org)
{
	put(org, "policy name=global;enabled=true");
	for (int who = 0; who < N_WHO; who++) {
		PCHAT_AUTO_TEXT text = pchat_text("user uri=sip:%s@contoso.example",
		                                  who_names[who]);

		put(org, text);
	}
	put(org, "group name=Inside;members=sip:s@contoso.example,sip:m@contoso.example,"
	         "sip:p@contoso.example,sip:mg@contoso.example,sip:mm@contoso.example,"
	         "sip:mc@contoso.example,sip:c@contoso.example,sip:am@contoso.example,"
	         "sip:d@contoso.example");
	put(org, "category name=K;allowed=group:Inside;denied=sip:d@contoso.example;"
	         "creators=sip:c@contoso.example;fileUpload=true");
	put(org, "category name=T;allowed=group:Inside;creators=sip:mc@contoso.example");
}

static void
build_room(struct pchat_org *org, int privacy, int type, bool disabled)
{
	bool listed = privacy != 0;
	PCHAT_AUTO_TEXT text = pchat_text(
		"room name=R;category=K;privacy=%s;type=%s;disabled=%s;"
		"managers=sip:mg@contoso.example,sip:mm@contoso.example,sip:mc@contoso.example,"
		"sip:o@contoso.example,sip:d@contoso.example;members=%s;presenters=%s",
		privacies[privacy], types[type], disabled ? "true" : "false",
		listed ? "sip:m@contoso.example,sip:p@contoso.example,sip:mm@contoso.example,"
			 "sip:am@contoso.example,sip:o@contoso.example,sip:d@contoso.example"
		       : "",
		type ? "sip:p@contoso.example,sip:o@contoso.example,sip:d@contoso.example" : "");

	put(org, text);
}

/* The one cell that speaks of the case. */
static const struct cell *
find_cell(unsigned action, int privacy, int type, bool disabled, int who)
{
	const struct cell *found = NULL;

	for (size_t i = 0; i < PCHAT_N(cells); i++) {
		const struct cell *c = &cells[i];

		if (!(c->actions >> action & 1) || !(c->privacy >> privacy & 1) ||
		    !(c->type >> type & 1) || !(c->state >> disabled & 1) || !(c->who >> who & 1))
			continue;
		if (found && strcmp(found->rule, c->rule) != 0)
			fail_msg("two cells: %s %s %s %s %s: %s, %s", pchat_action_word(action),
			         privacies[privacy], types[type], disabled ? "disabled" : "enabled",
			         who_names[who], found->rule, c->rule);
		found = c;
	}
	if (!found)
		fail_msg("no cell: %s %s %s %s %s", pchat_action_word(action), privacies[privacy],
		         types[type], disabled ? "disabled" : "enabled", who_names[who]);
	return found;
}

static void
check_cell(struct pchat_org *org, unsigned action, int privacy, int type, bool disabled, int who,
           bool trace)
{
	const struct cell *cell = find_cell(action, privacy, type, disabled, who);
	PCHAT_AUTO_TEXT user = pchat_text("sip:%s@contoso.example", who_names[who]);
	PCHAT_AUTO_VALUE(verdict) v = { 0 };
	struct pchat_access_query q = { .action = action,
		                        .user = principal(org, user),
		                        .room = room(org, "R"),
		                        .category = category(
						org, action == PCHAT_ACTION_MOVE ? "T" : "K"),
		                        .administrator = who == A || who == AM };

	assert_int_equal(pchat_access(org, &q, trace, &v, NULL), PCHAT_OK);
	if (v.allowed != cell->allowed || strcmp(v.rule, cell->rule) != 0)
		fail_msg("%s %s %s %s %s: expected %s by %s, got %s by %s",
		         pchat_action_word(action), privacies[privacy], types[type],
		         disabled ? "disabled" : "enabled", who_names[who],
		         cell->allowed ? "yes" : "no", cell->rule, v.allowed ? "yes" : "no",
		         v.rule);
	assert_int_equal(trace, v.n_steps > 0);
	if (!trace)
		return;
	assert_string_equal(v.steps[v.n_steps - 1].rule, v.rule);
	assert_int_equal(v.steps[v.n_steps - 1].outcome, v.allowed ? PCHAT_ALLOW : PCHAT_DENY);
	assert_int_equal(v.near_miss.n > 0, !v.allowed);
	assert_true(!v.allowed || !v.remedy);
	for (size_t i = 0; i < v.n_steps; i++) {
		assert_true(strlen(v.steps[i].text) > 0);
		assert_true(i + 1 == v.n_steps || v.steps[i].outcome == PCHAT_PASS);
	}
}

static void
the_rights_table(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	build_people(org);
	for (int variant = 0; variant < 12; variant++) {
		int privacy = variant % 3, type = variant / 3 % 2;
		bool disabled = variant / 6;

		build_room(org, privacy, type, disabled);
		for (unsigned action = 0; action < PCHAT_N_ACTIONS; action++)
			for (int who = 0; who < N_WHO; who++)
				for (int trace = 0; trace < 2; trace++)
					check_cell(org, action, privacy, type, disabled, who,
					           trace);
	}
}

/* ---- what comes before the table ---- */

static const char *
rule_of(struct pchat_org *org, enum pchat_action action, pchat_id user, pchat_id in,
        bool administrator)
{
	struct pchat_access_query q = { .action = action,
		                        .user = user,
		                        .room = in,
		                        .category = PCHAT_NO_ID,
		                        .administrator = administrator };
	struct pchat_verdict v = { 0 };

	assert_int_equal(pchat_access(org, &q, false, &v, NULL), PCHAT_OK);
	return v.rule;
}

/* Not even administrators act as a user who is disabled or has no chat. */
static void
disabled_users_and_policies_come_first(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id r, p;

	(void)state;
	build_people(org);
	build_room(org, 1, 0, true);
	r = room(org, "R");
	p = principal(org, "sip:p@contoso.example");
	for (unsigned action = 0; action < PCHAT_N_ACTIONS; action++) {
		put(org, "policy name=global;enabled=false");
		assert_string_equal(rule_of(org, action, p, r, false), "policy");
		assert_string_equal(rule_of(org, action, p, r, true), "policy");
		assert_false(pchat_may(org, p, r, action));
		put(org, "user uri=sip:p@contoso.example;disabled=true");
		assert_string_equal(rule_of(org, action, p, r, true), "user-disabled");
		put(org, "user uri=sip:p@contoso.example");
		put(org, "policy name=global;enabled=true");
	}
}

static void
nobody_and_nothing(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id r, p, group;

	(void)state;
	build_people(org);
	build_room(org, 0, 0, false);
	r = room(org, "R");
	p = principal(org, "sip:p@contoso.example");
	group = principal(org, "group:Inside");
	assert_string_equal(rule_of(org, PCHAT_ACTION_JOIN, PCHAT_NO_ID, r, false), "user-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_JOIN, PCHAT_NO_ID, r, true), "user-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_EDIT, PCHAT_NO_ID, r, true), "administrator");
	assert_string_equal(rule_of(org, PCHAT_ACTION_JOIN, group, r, false), "user-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_JOIN, 999999, r, false), "user-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_JOIN, p, PCHAT_NO_ID, false), "room-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_JOIN, p, group, false), "room-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_DELETE, p, 999999, true), "room-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_CREATE, p, r, false), "category-unknown");
	assert_string_equal(rule_of(org, PCHAT_ACTION_MOVE, p, r, true), "category-unknown");
	assert_false(pchat_may(org, 999999, r, PCHAT_ACTION_JOIN));
	assert_int_equal(pchat_roles(org, 999999, r), 0);
	assert_int_equal(pchat_roles(org, p, 999999), 0);
}

static void
uploads_need_the_category(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id m;

	(void)state;
	build_people(org);
	build_room(org, 1, 0, false);
	m = principal(org, "sip:m@contoso.example");
	assert_true(pchat_may(org, m, room(org, "R"), PCHAT_ACTION_UPLOAD));
	put(org, "category name=K;allowed=group:Inside;fileUpload=false");
	assert_string_equal(rule_of(org, PCHAT_ACTION_UPLOAD, m, room(org, "R"), false), "upload");
	assert_true(pchat_may(org, m, room(org, "R"), PCHAT_ACTION_POST));
}

static void
roles_count_in_scope_only(void **state)
{
	static const struct {
		const char *user;
		unsigned roles;
	} rows[] = {
		{ "s", PCHAT_ROLE_IN_SCOPE },
		{ "m", PCHAT_ROLE_IN_SCOPE | PCHAT_ROLE_MEMBER },
		{ "p", PCHAT_ROLE_IN_SCOPE | PCHAT_ROLE_MEMBER | PCHAT_ROLE_PRESENTER },
		{ "mm", PCHAT_ROLE_IN_SCOPE | PCHAT_ROLE_MEMBER | PCHAT_ROLE_MANAGER },
		{ "o", 0 },
		{ "d", 0 },
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	build_people(org);
	build_room(org, 1, 1, false);
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_TEXT user = pchat_text("sip:%s@contoso.example", rows[i].user);

		assert_int_equal(pchat_roles(org, principal(org, user), room(org, "R")),
		                 rows[i].roles);
	}
}

/* Deny beats allow, however far away it is found. */
static void
deny_beats_allow_through_nesting(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put(org, "policy name=global;enabled=true");
	put(org, "user uri=" AMY);
	put(org, "group name=Near;members=" AMY);
	put(org, "group name=Far;members=group:Near");
	put(org, "group name=Farther;members=group:Far");
	put(org, "category name=K;allowed=" AMY);
	put(org, "room name=R;category=K;privacy=open");
	assert_true(pchat_may(org, principal(org, AMY), room(org, "R"), PCHAT_ACTION_JOIN));
	put(org, "category name=K;allowed=" AMY ";denied=group:Farther");
	assert_string_equal(
		rule_of(org, PCHAT_ACTION_JOIN, principal(org, AMY), room(org, "R"), false),
		"scope-denied");
}

/* ---- how it is told ---- */

static const char *const sales[] = {
	"policy name=global;enabled=true",
	"user uri=" AMY,
	"user uri=" BOB,
	"user uri=" CAROL ";disabled=true",
	"group name=Rates;members=" AMY,
	"group name=Sales;members=group:Rates," BOB,
	"group name=Trading;members=group:Empty",
	"group name=Empty",
	"group name=Desk;members=" AMY,
	"category name=Finance;allowed=group:Sales;creators=group:Rates;fileUpload=true",
	"category name=Risk;allowed=group:Trading",
	"category name=Law;allowed=group:Sales;denied=group:Rates",
	"room name=Rates desk;category=Finance;members=group:Desk,group:Sales;managers=" BOB,
	"room name=Swaps;category=Finance;members=group:Trading;managers=" AMY,
	"room name=Limits;category=Risk;privacy=open",
	"room name=Cases;category=Law;privacy=open",
	"room name=Town hall;category=Finance;type=auditorium;privacy=open",
	"room name=Old;category=Finance;disabled=true;members=" AMY,
	"room name=It's;category=Finance",
};

struct told {
	const char *user;
	enum pchat_action action;
	const char *room; /* or the category */
	bool allowed;
	const char *rule, *text, *path, *remedy;
};

static const struct told tellings[] = {
	{ AMY, PCHAT_ACTION_JOIN, "Rates desk", true, "member",
	  "group 'Desk' is a member of room 'Rates desk'", AMY " group:Desk", NULL },
	{ BOB, PCHAT_ACTION_JOIN, "Rates desk", true, "member",
	  "group 'Sales' is a member of room 'Rates desk'", BOB " group:Sales", NULL },
	{ AMY, PCHAT_ACTION_JOIN, "Limits", false, "scope",
	  AMY " is in group 'Rates', group 'Sales' and group 'Desk', but category 'Risk' allows "
	      "group 'Trading' only",
	  "", "pchatctl category set Risk --add-allowed " AMY },
	{ AMY, PCHAT_ACTION_JOIN, "Cases", false, "scope-denied",
	  "category 'Law' denies group 'Rates'", AMY " group:Rates",
	  "pchatctl category set Law --remove-denied group:Rates" },
	{ BOB, PCHAT_ACTION_JOIN, "Cases", true, "open",
	  "room 'Cases' is open to everybody in the scope of its category", "", NULL },
	{ AMY, PCHAT_ACTION_JOIN, "Swaps", false, "member",
	  AMY " is in group 'Rates', group 'Sales' and group 'Desk', but room 'Swaps' has as "
	      "members group 'Trading' only; being a manager of it is not enough",
	  "", "pchatctl room set Swaps --add-member " AMY },
	{ AMY, PCHAT_ACTION_JOIN, "It's", false, "member",
	  AMY
	  " is in group 'Rates', group 'Sales' and group 'Desk', but room 'It's' has no members",
	  "", "pchatctl room set 'It'\\''s' --add-member " AMY },
	{ BOB, PCHAT_ACTION_POST, "Town hall", false, "auditorium",
	  BOB " is in group 'Sales', but room 'Town hall' has no presenters", "",
	  "pchatctl room set 'Town hall' --add-presenter " BOB },
	{ AMY, PCHAT_ACTION_JOIN, "Old", false, "room-disabled", "room 'Old' is disabled", "",
	  "pchatctl room set Old --disabled=false" },
	{ CAROL, PCHAT_ACTION_JOIN, "Old", false, "user-disabled", CAROL " is disabled", "",
	  "pchatctl user set " CAROL " --disabled=false" },
	{ AMY, PCHAT_ACTION_EDIT, "Swaps", true, "manager", "room 'Swaps' is managed by " AMY, AMY,
	  NULL },
	{ BOB, PCHAT_ACTION_EDIT, "Swaps", false, "manager",
	  BOB " is in group 'Sales', but room 'Swaps' is managed by " AMY " only", "",
	  "pchatctl room set Swaps --add-manager " BOB },
	{ AMY, PCHAT_ACTION_CREATE, "Finance", true, "creator",
	  "group 'Rates' may create rooms in category 'Finance'", AMY " group:Rates", NULL },
	{ BOB, PCHAT_ACTION_CREATE, "Finance", false, "creator",
	  BOB " is in group 'Sales', but category 'Finance' lets rooms be created by group 'Rates' "
	      "only",
	  "", "pchatctl category set Finance --add-creator " BOB },
	{ AMY, PCHAT_ACTION_DELETE, "Swaps", false, "administrator-only",
	  "only administrators may delete or clear the room, delete messages", "", NULL },
	{ AMY, PCHAT_ACTION_SEARCH, "Town hall", false, "member",
	  "room 'Town hall' is open and has no members; only members search without joining", "",
	  NULL },
};

static void
join_path(const struct pchat_path *path, struct pchat_buf *out)
{
	for (size_t i = 0; i < path->n; i++)
		pchat_buf_printf(out, "%s%s", i ? " " : "", path->v[i]);
}

static void
decisions_are_told(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put_all(org, sales, PCHAT_N(sales));
	for (size_t i = 0; i < PCHAT_N(tellings); i++) {
		const struct told *t = &tellings[i];
		bool create = t->action == PCHAT_ACTION_CREATE;
		PCHAT_AUTO_VALUE(verdict) v = { 0 };
		PCHAT_AUTO_VALUE(buf) path = { 0 };
		struct pchat_access_query q = { .action = t->action,
			                        .user = principal(org, t->user),
			                        .room = PCHAT_NO_ID,
			                        .category = PCHAT_NO_ID };

		if (create)
			q.category = category(org, t->room);
		else
			q.room = room(org, t->room);
		assert_int_equal(pchat_access(org, &q, true, &v, NULL), PCHAT_OK);
		assert_int_equal(v.allowed, t->allowed);
		assert_string_equal(v.rule, t->rule);
		assert_string_equal(v.steps[v.n_steps - 1].text, t->text);
		join_path(&v.steps[v.n_steps - 1].path, &path);
		assert_string_equal(pchat_buf_cstr(&path), t->path);
		assert_true(t->allowed || pchat_str_is(v.near_miss, t->text));
		if (t->remedy)
			assert_string_equal(v.remedy, t->remedy);
		else
			assert_null(v.remedy);
	}
}

/* What a remedy says, done, changes the answer. */
static void
a_remedy_helps(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put_all(org, sales, PCHAT_N(sales));
	assert_false(pchat_may(org, principal(org, AMY), room(org, "Swaps"), PCHAT_ACTION_JOIN));
	put(org, "room name=Swaps;category=Finance;members=group:Trading," AMY ";managers=" AMY);
	assert_true(pchat_may(org, principal(org, AMY), room(org, "Swaps"), PCHAT_ACTION_JOIN));
}

static void
long_lists_are_cut(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	PCHAT_AUTO_VALUE(verdict) v = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_access_query q = { .action = PCHAT_ACTION_JOIN, .category = PCHAT_NO_ID };

	(void)state;
	put_all(org, sales, PCHAT_N(sales));
	pchat_buf_text(&text, "category name=Finance;allowed=");
	for (int i = 0; i < 20; i++)
		pchat_buf_printf(&text, "group:G%02d,", i);
	pchat_buf_text(&text, "group:G00");
	put(org, pchat_buf_cstr(&text));
	q.user = principal(org, AMY);
	q.room = room(org, "Rates desk");
	assert_int_equal(pchat_access(org, &q, true, &v, NULL), PCHAT_OK);
	assert_non_null(strstr(v.near_miss.p, "allows group 'G00', group 'G01', group 'G02' and 17 "
	                                      "more only"));
}

/* Every rule asked is told, in order. */
static void
the_trace_is_complete(void **state)
{
	static const char *const expected[] = { "user-unknown", "user-disabled", "policy",
		                                "room-unknown", "room-disabled", "scope-denied",
		                                "scope",        "upload",        "member" };
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	PCHAT_AUTO_VALUE(verdict) v = { 0 };
	struct pchat_access_query q = { .action = PCHAT_ACTION_UPLOAD, .category = PCHAT_NO_ID };

	(void)state;
	put_all(org, sales, PCHAT_N(sales));
	q.user = principal(org, AMY);
	q.room = room(org, "Rates desk");
	assert_int_equal(pchat_access(org, &q, true, &v, NULL), PCHAT_OK);
	assert_true(v.allowed);
	assert_int_equal(v.n_steps, PCHAT_N(expected));
	for (size_t i = 0; i < v.n_steps; i++)
		assert_string_equal(v.steps[i].rule, expected[i]);
	assert_string_equal(v.steps[2].text,
	                    "persistent chat is on for " AMY " by policy 'global'");
	assert_string_equal(v.steps[6].text, "category 'Finance' allows group 'Sales'");
	assert_int_equal(v.steps[6].path.n, 3);
	assert_string_equal(v.steps[6].path.v[1], "group:Rates");
}

static void
actions_have_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PCHAT_N_ACTIONS; i++) {
		enum pchat_action found = PCHAT_N_ACTIONS;

		assert_true(pchat_action_by_word(pchat_str(pchat_action_word(i)), &found));
		assert_int_equal(found, i);
		assert_true(strlen(pchat_action_help(i)) > 0);
	}
	assert_false(pchat_action_by_word(PCHAT_STR("fly"), &(enum pchat_action){ 0 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rights_table),
		cmocka_unit_test(disabled_users_and_policies_come_first),
		cmocka_unit_test(nobody_and_nothing),
		cmocka_unit_test(uploads_need_the_category),
		cmocka_unit_test(roles_count_in_scope_only),
		cmocka_unit_test(deny_beats_allow_through_nesting),
		cmocka_unit_test(decisions_are_told),
		cmocka_unit_test(a_remedy_helps),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(the_trace_is_complete),
		cmocka_unit_test(actions_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
