/* Damage made on purpose, one kind at a time, and found by name. */
#include "tests/unit/schema/support.h"

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct pchat_store *store = NULL;
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };

	assert_non_null(p);
	place_with_store(p);
	ok(&err, pchat_store_open(p->store, PCHAT_STORE_WRITE, &store, &err));
	create_contoso(store);
	create_all(store, "category name=C\nroom name=Said;category=C;guid=" ROOM_1);
	pchat_store_close(store);
	ok(&err, pchat_chat_open(p->store, true, &chat, &err));
	ok(&err, pchat_chat_begin(chat, &err));
	for (unsigned i = 0; i < 3; i++)
		ok(&err, say(chat, ROOM_1, "x", NULL, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	pchat_chat_close(chat);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	place_free(*state);
	free(*state);
	return 0;
}

static void
tamper(const struct place *p, enum pchat_part part, const char *sql)
{
	PCHAT_AUTO(db) db = NULL;
	struct pchat_err err = { 0 };

	ok(&err, pchat_sqlite.open(p->store, part, PCHAT_DB_WRITE, &db, &err));
	ok(&err, pchat_sqlite.exec(db, "PRAGMA foreign_keys = OFF", &err));
	ok(&err, pchat_sqlite.exec(db, "PRAGMA ignore_check_constraints = ON", &err));
	ok(&err, pchat_sqlite.exec(db, sql, &err));
}

/* What is found, as lines "what; remedy". */
static char *
look(const struct place *p)
{
	struct pchat_store *store = NULL;
	struct pchat_store_problem *problems = NULL;
	struct pchat_err err = { 0 };
	struct pchat_buf out = { 0 };
	size_t n = 99;

	ok(&err, pchat_store_open(p->store, PCHAT_STORE_READ, &store, &err));
	ok(&err, pchat_store_verify(store, &problems, &n, &err));
	for (size_t i = 0; i < n; i++) {
		pchat_buf_printf(&out, "%s%s; %s\n", problems[i].asleep ? "asleep: " : "",
		                 problems[i].what, problems[i].remedy);
		free(problems[i].what);
		free(problems[i].remedy);
	}
	free(problems);
	pchat_store_close(store);
	pchat_buf_lit(&out, "\n");
	return pchat_buf_take(&out);
}

static void
test_well(void **state)
{
	char *found = look(*state);

	assert_string_equal(found, "\n");
	free(found);
}

static void
test_each_kind_of_damage(void **state)
{
	static const struct {
		enum pchat_part part;
		const char *sql, *what, *remedy;
	} cases[] = {
		{ PCHAT_PART_POLICY, "UPDATE room SET type = 'normal' WHERE name = 'Town hall'",
		  "room 'Town hall' is normal and has presenters",
		  "pchatctl room set 'Town hall' --presenters ''" },
		{ PCHAT_PART_POLICY,
		  "DELETE FROM room_role WHERE role = 1 AND owner ="
		  " (SELECT id FROM room WHERE name = 'Town hall')",
		  "room 'Town hall' has a presenter who is no member", "--add-member" },
		{ PCHAT_PART_POLICY, "UPDATE room SET privacy = 'open' WHERE name = 'Rates desk'",
		  "room 'Rates desk' is open and has members", "--members ''" },
		{ PCHAT_PART_POLICY,
		  "UPDATE category SET name = 'Said', fold = 'said' WHERE name = 'C'",
		  "a room and a category are named 'Said'", "room set 'Said' --name" },
		{ PCHAT_PART_POLICY,
		  "INSERT INTO group_member SELECT u.id, 1, g.id FROM principal u, principal g"
		  " WHERE u.name = '" AMY "' AND g.name = '" BOB "'",
		  "'" AMY "' is no group and has members", "store restore" },
		{ PCHAT_PART_POLICY,
		  "UPDATE principal SET unit = (SELECT id FROM principal WHERE name = 'All')"
		  " WHERE name = '" AMY "'",
		  "'" AMY "' is in a unit that is none", "store restore" },
		{ PCHAT_PART_POLICY,
		  "INSERT INTO group_member SELECT s.id, 1, a.id FROM principal s, principal a"
		  " WHERE s.name = 'Sales' AND a.name = 'All'",
		  "group 'Sales' is in itself", "group set 'Sales' --remove-member" },
		{ PCHAT_PART_POLICY,
		  "UPDATE policy SET name = 'site:Hull', fold = 'site:hull'"
		  " WHERE name = 'site:Leeds'",
		  "'site:Hull' is for a site that is not there", "create the site" },
		{ PCHAT_PART_POLICY, "DELETE FROM policy WHERE name = 'global'",
		  "the global policy is missing", "store restore" },
		{ PCHAT_PART_POLICY, "DELETE FROM pool", "the pool is missing", NULL },
		{ PCHAT_PART_POLICY, "UPDATE store SET revision = 77",
		  "the store and its journal disagree", NULL },
		{ PCHAT_PART_POLICY, "DELETE FROM journal WHERE id = (SELECT MAX(id) FROM journal)",
		  "the store and its journal disagree", NULL },
		{ PCHAT_PART_POLICY, "UPDATE room SET fold = 'elsewhere' WHERE name = 'Said'",
		  "'Said' is filed under another name", NULL },
		{ PCHAT_PART_POLICY, "DELETE FROM addin WHERE name = 'Prices'",
		  "policy: dangling reference (table: row: refers to): room: ", "store restore" },
		{ PCHAT_PART_POLICY, "UPDATE room SET disabled = 7", "policy: CHECK constraint",
		  NULL },
		{ PCHAT_PART_POLICY,
		  "INSERT INTO room_role SELECT t.id, 2, p.id FROM room t, principal p"
		  " WHERE t.name = 'Rates desk' AND p.name = '" BOB "'",
		  "asleep: room 'Rates desk' has '" BOB "' among its managers, who is out of scope",
		  "pchatctl room set 'Rates desk' --remove-manager " BOB },
		{ PCHAT_PART_POLICY,
		  "INSERT INTO category_role SELECT t.id, 4, p.id FROM category t, principal p"
		  " WHERE t.name = 'Finance' AND p.name = '" BOB "'",
		  "asleep: category 'Finance' has '" BOB
		  "' among its creators, who is out of scope",
		  "pchatctl category set Finance --remove-creator " BOB },
		{ PCHAT_PART_CHAT, "UPDATE room SET last_id = 2",
		  "room " ROOM_1 " has messages after the last number it gave out", NULL },
		{ PCHAT_PART_CHAT, "DELETE FROM author", "room " ROOM_1 " has messages of nobody",
		  NULL },
		{ PCHAT_PART_CHAT, "UPDATE store SET reached = 99", "chat.db is ahead of policy.db",
		  "move the store away" },
		{ PCHAT_PART_CHAT, "UPDATE message SET alert = 7", "chat: CHECK constraint", NULL },
		{ PCHAT_PART_COMPLIANCE, "UPDATE state SET id = 2", "compliance: CHECK constraint",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		void *own;
		char *found;

		setup(&own);
		tamper(own, cases[i].part, cases[i].sql);
		found = look(own);
		if (!strstr(found, cases[i].what) ||
		    (cases[i].remedy && !strstr(found, cases[i].remedy)))
			fail_msg("%s: found: %s", cases[i].what, found);
		/* Nothing else is blamed for it; of a cycle, all groups are. */
		if (!strstr(cases[i].what, "in itself") && strchr(found, '\n')[1] != '\n')
			fail_msg("%s: found more: %s", cases[i].what, found);
		free(found);
		teardown(&own);
	}
}

/* A store damaged all over is not reported row by row without end. */
static void
test_bounded(void **state)
{
	struct place *p = *state;
	char *found;
	size_t lines = 0;

	tamper(p, PCHAT_PART_POLICY,
	       "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
	       " INSERT INTO policy SELECT i + 1000, 'g' || i, 'site:' || i, 'site:' || i, 1, 1, 1,"
	       " NULL, NULL, 0, '' FROM n");
	found = look(p);
	for (const char *at = found; (at = strstr(at, "not there")) != NULL; at++)
		lines++;
	assert_int_equal(lines, 100);
	free(found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_well, setup, teardown),
		cmocka_unit_test(test_each_kind_of_damage),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
