/* The statements and the schema: prepared, planned and written for two engines. */
#include "tests/unit/schema/support.h"

#include <stdio.h>
#include <sys/stat.h>

#include "schema/dir.h"
#include "schema/message.h"
#include "schema/migrate.h"

struct fixture {
	struct place place;
	char old[PCHAT_SCHEMA_VERSION - 1]
		[400]; /* fixtures of older schemas, brought to this one */
};

/* A store from the SQL dumps of a released schema. */
static void
load_fixture(const char *location, unsigned version)
{
	struct pchat_err err = { 0 };

	assert_int_equal(mkdir(location, 0700), 0);
	for (int part = 0; part < PCHAT_N_PARTS; part++) {
		PCHAT_AUTO(db) db = NULL;
		char path[400], *sql;
		FILE *file;
		long size;

		path_of(path, "%s/schema/%u-%s.sql", PCHAT_TEST_DATA, version,
		        pchat_part_name((enum pchat_part)part));
		file = fopen(path, "rb");
		assert_non_null(file);
		assert_int_equal(fseek(file, 0, SEEK_END), 0);
		size = ftell(file);
		rewind(file);
		sql = calloc(1, (size_t)size + 1);
		assert_non_null(sql);
		assert_int_equal(fread(sql, 1, (size_t)size, file), (size_t)size);
		(void)fclose(file);
		ok(&err,
		   pchat_sqlite.open(location, (enum pchat_part)part, PCHAT_DB_CREATE, &db, &err));
		ok(&err, pchat_sqlite.exec(db, sql, &err));
		ok(&err, pchat_sqlite.set_version(db, version, &err));
		free(sql);
	}
}

static int
setup(void **state)
{
	static struct fixture f;
	struct pchat_err err = { 0 };
	unsigned from = 0, to = 0;

	place_with_store(&f.place);
	for (unsigned i = 0; i < PCHAT_N(f.old); i++) {
		path_of(f.old[i], "%s/old-%u", f.place.dir, i + 1);
		load_fixture(f.old[i], i + 1);
		ok(&err, pchat_store_migrate(f.old[i], &from, &to, &err));
		assert_int_equal(from, i + 1);
		assert_int_equal(to, PCHAT_SCHEMA_VERSION);
	}
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	place_free(&f->place);
	return 0;
}

struct plan_lines {
	const char *sql;
	bool listing;
};

/* A SCAN reads all of a table. Constant rows and results of subqueries are none; nor is what a
 * virtual table answers from its index, which the plan shows as a condition it took (M: MATCH). */
static enum pchat_code
check_line(void *ctx, struct pchat_str line, struct pchat_err *err)
{
	const struct plan_lines *p = ctx;

	(void)err;
	if (!p->listing && pchat_str_starts(line, "SCAN") &&
	    !pchat_str_is(line, "SCAN CONSTANT ROW") &&
	    !(pchat_str_starts(line, "SCAN w VIRTUAL TABLE INDEX") &&
	      memmem(line.p, line.n, ":M", 2)))
		fail_msg("%s\n reads all: %.*s", p->sql, PCHAT_STR_ARG(line));
	/* Sorting what an index could give in order is a scan in disguise. */
	if (strstr(p->sql, "ORDER BY t.fold") && pchat_str_starts(line, "USE TEMP B-TREE"))
		fail_msg("%s\n sorts: %.*s", p->sql, PCHAT_STR_ARG(line));
	return PCHAT_OK;
}

/* $1 appears before $2, and so on: SQLite numbers them so, PostgreSQL by their names. */
static void
check_parameters(const char *sql, unsigned flags)
{
	unsigned next = 1;

	for (const char *p = strchr(sql, '$'); p; p = strchr(p + 1, '$')) {
		unsigned n = (unsigned)strtoul(p + 1, NULL, 10);

		if (n == 0 || n > next)
			fail_msg("%s\n has $%u before $%u", sql, n, next);
		next += n == next;
	}
	if (flags & PCHAT_PAIRED)
		return;
	/* What only one engine has. */
	assert_null(strchr(sql, '?'));
	assert_null(strstr(sql, "OR REPLACE"));
	assert_null(strstr(sql, "OR IGNORE"));
	assert_null(strstr(sql, "rowid"));
	assert_null(strchr(sql, '@'));
}

static void
check_statement(struct pchat_db *db, const char *sql, unsigned flags)
{
	struct plan_lines p = { sql, (flags & PCHAT_LISTING) != 0 };
	struct pchat_stmt *stmt = NULL;
	struct pchat_err err = { 0 };

	check_parameters(sql, flags);
	ok(&err, db->driver->prepare(db, sql, &stmt, &err));
	pchat_stmt_finalize(stmt);
	ok(&err, db->driver->explain(db, sql, check_line, &p, &err));
}

static unsigned
check_part(const char *location, enum pchat_part part)
{
	PCHAT_AUTO(db) db = NULL;
	struct pchat_err err = { 0 };
	unsigned flags, n = 0;

	ok(&err, pchat_sqlite.open(location, part, PCHAT_DB_WRITE, &db, &err));
	for (int id = 0; id < PCHAT_N_QUERIES; id++) {
		PCHAT_AUTO_VALUE(buf) sql = { 0 };

		if (pchat_query_text((enum pchat_query_id)id, part, &sql, &flags)) {
			check_statement(db, pchat_buf_cstr(&sql), flags);
			n++;
		}
	}
	if (part != PCHAT_PART_POLICY)
		return n;
	for (int id = 0; id < PCHAT_N_OBJECT_QUERIES; id++) {
		for (int kind = 0; kind < PCHAT_N_KINDS; kind++) {
			PCHAT_AUTO_VALUE(buf) sql = { 0 };

			if (pchat_query_object_text((enum pchat_object_query_id)id,
			                            (enum pchat_kind)kind, &sql, &flags)) {
				check_statement(db, pchat_buf_cstr(&sql), flags);
				n++;
			}
		}
	}
	return n;
}

static void
test_all_statements(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i <= PCHAT_N(f->old); i++) {
		const char *location = i == 0 ? f->place.store : f->old[i - 1];

		assert_true(check_part(location, PCHAT_PART_POLICY) > 200);
		assert_true(check_part(location, PCHAT_PART_CHAT) > 15);
		assert_true(check_part(location, PCHAT_PART_COMPLIANCE) > 0);
	}
}

/* A fresh store and an upgraded one have the same tables, columns and indexes. */
static void
read_schema(const char *location, enum pchat_part part, struct pchat_buf *out)
{
	PCHAT_AUTO(db) db = NULL;
	PCHAT_AUTO(stmt) stmt = NULL;
	struct pchat_err err = { 0 };
	bool row = false;

	ok(&err, pchat_sqlite.open(location, part, 0, &db, &err));
	ok(&err,
	   pchat_sqlite.prepare(db,
	                        "SELECT m.type || ' ' || m.name || ' ' || COALESCE(x.name, '')"
	                        " || ' ' || COALESCE(x.type, '') FROM sqlite_schema m"
	                        " LEFT JOIN pragma_table_info(m.name) x ON TRUE ORDER BY 1",
	                        &stmt, &err));
	while (pchat_sqlite.step(stmt, &row, &err) == PCHAT_OK && row) {
		pchat_buf_str(out, pchat_sqlite.column_str(stmt, 0));
		pchat_buf_char(out, '\n');
	}
}

static void
test_same_schema(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < PCHAT_N(f->old) * PCHAT_N_PARTS; i++) {
		enum pchat_part part = (enum pchat_part)(i % PCHAT_N_PARTS);
		PCHAT_AUTO_VALUE(buf) fresh = { 0 };
		PCHAT_AUTO_VALUE(buf) upgraded = { 0 };

		read_schema(f->place.store, part, &fresh);
		read_schema(f->old[i / PCHAT_N_PARTS], part, &upgraded);
		assert_true(fresh.n > 100);
		assert_string_equal(pchat_buf_cstr(&fresh), pchat_buf_cstr(&upgraded));
	}
}

/* What the old store held is there, and it takes what is new. */
static void
check_data(const char *old)
{
	struct pchat_store *store = NULL;
	struct pchat_chat *chat = NULL;
	struct pchat_store_problem *problems = NULL;
	const struct pchat_message_search upgrade = { .filter.text = PCHAT_STR("upgrade") };
	struct pchat_message_found found = { 0 };
	struct pchat_err err = { 0 };
	struct pchat_object *o;
	uint64_t id = 0, revision = 0;
	size_t n = 1;
	char *text;

	ok(&err, pchat_store_open(old, PCHAT_STORE_WRITE, &store, &err));
	o = get(store, "room Rates desk");
	assert_string_equal(o->v[PCHAT_ROOM_CATEGORY].text, "Finance");
	assert_true(pchat_list_has(&o->v[PCHAT_ROOM_MEMBERS].list, PCHAT_STR("group:Sales")));
	ok(&err, pchat_store_verify(store, &problems, &n, &err));
	assert_int_equal(n, 0);
	free(problems);
	ok(&err, pchat_store_revision(store, &revision, &err));
	text = dump(store);
	assert_non_null(strstr(text, "sip:amy@contoso.example"));
	free(text);
	create_all(store, "endpoint uri=sip:ocschat@contoso.example");

	ok(&err, pchat_chat_open(old, true, &chat, &err));
	ok(&err, pchat_chat_search(chat, &upgrade, NULL, NULL, &found, &err));
	assert_int_equal(found.count, 1); /* old messages are found, too */
	text = read_last(chat, o->guid, 0, 10, NULL);
	assert_string_equal(text, "1:<chat>before</chat> 2:<chat>the upgrade</chat> ");
	free(text);
	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, say(chat, o->guid, "<chat>after</chat>", &id, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	assert_int_equal(id, 3);
	pchat_object_free(o);
	pchat_chat_close(chat);
	pchat_store_close(store);
}

static void
test_upgraded_data(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < PCHAT_N(f->old); i++)
		check_data(f->old[i]);
}

/* One row of fields.def after the other has its column and, if it refers, its way back. */
static void
test_fields_have_columns(void **state)
{
	(void)state;
	for (int kind = 0; kind < PCHAT_N_KINDS; kind++) {
		const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)kind);

		for (unsigned i = 0; i < info->n_fields; i++) {
			const struct pchat_field *field = &info->fields[i];
			int role = pchat_table_role((enum pchat_kind)kind, i);

			if (field->type == PCHAT_TYPE_PRINCIPALS) {
				assert_true(role > 0);
				assert_int_equal(
					pchat_table_role_field((enum pchat_kind)kind, role), i);
				assert_non_null(pchat_table((enum pchat_kind)kind)->lists);
			} else {
				assert_int_equal(role, 0);
			}
			if (field->type == PCHAT_TYPE_REF) {
				/* The order in which a plan is carried out rests on this. */
				assert_true((int)field->ref < kind);
				assert_true(pchat_loader_knows_ref((enum pchat_kind)kind, i));
			}
		}
	}
	assert_int_equal(pchat_table_role_field(PCHAT_KIND_ROOM, 4), -1);
	assert_int_equal(pchat_table_principal_kind(0), PCHAT_N_KINDS);
	assert_int_equal(pchat_table_principal_kind(5), PCHAT_KIND_USER);
}

/* Migrations are numbered without gaps, and the last one is what this build writes. */
static void
test_numbering(void **state)
{
	unsigned last = 0;

	(void)state;
	for (const struct pchat_migration_text *t = pchat_migration_texts; t->name; t++) {
		unsigned n = (unsigned)strtoul(t->name, NULL, 10);

		assert_true(n == last || n == last + 1);
		last = n;
		assert_true(strlen(t->sql) > 10);
	}
	assert_int_equal(last, PCHAT_SCHEMA_VERSION);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_statements), cmocka_unit_test(test_same_schema),
		cmocka_unit_test(test_upgraded_data),  cmocka_unit_test(test_fields_have_columns),
		cmocka_unit_test(test_numbering),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
