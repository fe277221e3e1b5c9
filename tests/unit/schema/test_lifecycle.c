/* A store made, opened, refused, copied, put back, migrated. */
#include "tests/unit/schema/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/migrate.h"

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	place_with_store(p);
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
write_file(const char *path, const char *text, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
refused(const struct place *p, enum pchat_store_mode mode, enum pchat_code code, const char *text,
        const char *hint)
{
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };

	failed(&err, code, text, hint, pchat_store_open(p->store, mode, &store, &err));
	assert_null(store);
}

/* ---- making ---- */

static void
test_init(void **state)
{
	static const char *const files[] = { "policy.db", "chat.db", "compliance.db" };
	struct place *p = *state;
	struct pchat_store *store = NULL;
	struct pchat_store_info info = { 0 };
	struct pchat_err err = { 0 };
	char path[400], *json;

	assert_int_equal(mode_of(p->store), 0700);
	for (size_t i = 0; i < PCHAT_N(files); i++) {
		path_of(path, "%s/%s", p->store, files[i]);
		assert_int_equal(mode_of(path), 0600);
	}
	path_of(path, "%s/%s", p->store, "files");
	assert_int_equal(mode_of(path), 0700);
	ok(&err, pchat_store_open(p->store, PCHAT_STORE_READ, &store, &err));
	ok(&err, pchat_store_info(store, &info, &err));
	assert_string_equal(info.path, p->store);
	assert_int_equal(strlen(info.id), PCHAT_GUID_LEN);
	assert_int_equal(info.schema_version, PCHAT_SCHEMA_VERSION);
	assert_int_equal(info.revision, 1);
	assert_int_equal(info.counts[PCHAT_KIND_POOL], 1);
	assert_int_equal(info.counts[PCHAT_KIND_DOMAIN], 1);
	assert_int_equal(info.counts[PCHAT_KIND_POLICY], 1);
	assert_int_equal(info.counts[PCHAT_KIND_USER], 0);
	assert_int_equal(info.messages, 0);
	assert_true(info.bytes > 10000);
	json = show(store, "policy global");
	assert_string_equal(json, "{\"name\":\"global\",\"enabled\":false,\"description\":\"\","
	                          "\"grantedTo\":[]}");
	free(json);
	json = show(store, "pool contoso.example");
	assert_non_null(strstr(json, "\"sip:GC-1-PersistentChatService-1@contoso.example\""));
	free(json);
	pchat_store_close(store);
	pchat_store_close(NULL);
}

static void
test_init_refused(void **state)
{
	struct place *p = *state;
	struct pchat_err err = { 0 };
	char path[400], other[400];

	failed(&err, PCHAT_EXISTS, "there is a store", "missing or empty",
	       pchat_store_init(p->store, "contoso.example", "root", &err));
	path_of(other, "%s/other", p->dir);
	assert_int_equal(mkdir(other, 0755), 0);
	path_of(path, "%s/letter", other);
	write_file(path, "dear", 4);
	failed(&err, PCHAT_EXISTS, "it has 'letter'", NULL,
	       pchat_store_init(other, "contoso.example", "root", &err));
	failed(&err, PCHAT_EXISTS, "not a directory", NULL,
	       pchat_store_init(path, "contoso.example", "root", &err));
	assert_int_equal(unlink(path), 0);
	/* A name that is no domain: nothing stays behind, also not the directory. */
	failed(&err, PCHAT_INVALID, "domain", NULL,
	       pchat_store_init(other, "not a domain", "root", &err));
	assert_int_equal(rmdir(other), 0);
	failed(&err, PCHAT_INVALID, NULL, NULL, pchat_store_init(other, "", "root", &err));
	assert_int_equal(access(other, F_OK), -1);
	failed(&err, PCHAT_UNAVAILABLE, "/missing/", NULL,
	       pchat_store_init("/missing/store", "contoso.example", "root", &err));
	failed(&err, PCHAT_USAGE, "no store", "--store", pchat_store_init("", "a.b", "root", &err));
	failed(&err, PCHAT_UNSUPPORTED, "PostgreSQL", "directory",
	       pchat_store_init("postgresql://db/x", "contoso.example", "root", &err));
}

/* An empty directory that is there already (a mount point, a package's) will do. */
static void
test_init_in_empty(void **state)
{
	struct place *p = *state;
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };
	char other[400], found[400];

	path_of(other, "%s/other", p->dir);
	path_of(found, "%s/lost+found", other);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(mkdir(found, 0700), 0);
	ok(&err, pchat_store_init(other, "contoso.example", "root", &err));
	ok(&err, pchat_store_open(other, PCHAT_STORE_WRITE, &store, &err));
	pchat_store_close(store);
}

static void
test_path_limit(void **state)
{
	char path[1200] = { 0 };
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };
	const size_t sizes[] = { 487, 499, 1023, 1024, 1199 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(sizes); i++) {
		memset(path, 'x', sizes[i]);
		path[0] = '/';
		path[sizes[i]] = '\0';
		failed(&err, i == 0 ? PCHAT_UNAVAILABLE : PCHAT_LIMIT, NULL, NULL,
		       pchat_store_open(path, PCHAT_STORE_READ, &store, &err));
	}
}

/* ---- refusals ---- */

static void
test_missing(void **state)
{
	struct place *p = *state;
	struct place other = *p;

	path_of(other.store, "%s/nowhere", p->dir);
	refused(&other, PCHAT_STORE_READ, PCHAT_UNAVAILABLE, "no store at", "store init");
	refused(&other, PCHAT_STORE_WRITE, PCHAT_UNAVAILABLE, "no store at", "--store");
	/* A directory without a store, and a file. */
	path_of(other.store, "%s", p->dir);
	refused(&other, PCHAT_STORE_READ, PCHAT_UNAVAILABLE, "no store at", "store init");
	path_of(other.store, "%s/policy.db", p->store);
	refused(&other, PCHAT_STORE_READ, PCHAT_INVALID, "not a directory", "--store");
}

static void
test_part_missing(void **state)
{
	struct place *p = *state;
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };
	char path[400];

	path_of(path, "%s/%s", p->store, "chat.db");
	assert_int_equal(unlink(path), 0);
	failed(&err, PCHAT_CORRUPT, "missing from its store", "store restore",
	       pchat_chat_open(p->store, true, &chat, &err));
	assert_null(chat);
}

static void
test_not_a_store(void **state)
{
	static const char text[] = "This is a letter and not a database, however long it may be. "
				   "It goes on for more than a hundred octets, to be sure of it.";
	struct place *p = *state;
	char path[400];

	path_of(path, "%s/%s", p->store, "policy.db");
	write_file(path, text, sizeof(text));
	refused(p, PCHAT_STORE_READ, PCHAT_CORRUPT, "is not a store", "store restore");
	write_file(path, "", 0);
	refused(p, PCHAT_STORE_WRITE, PCHAT_CORRUPT, "is not a store", "store restore");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	refused(p, PCHAT_STORE_READ, PCHAT_INVALID, "not a regular file", NULL);
}

/* SQL run on a part behind the store's back. */
static void
tamper(const struct place *p, enum pchat_part part, const char *sql)
{
	PCHAT_AUTO(db) db = NULL;
	struct pchat_err err = { 0 };

	ok(&err, pchat_sqlite.open(p->store, part, PCHAT_DB_WRITE, &db, &err));
	ok(&err, pchat_sqlite.exec(db, sql, &err));
}

static void
test_another_database(void **state)
{
	struct place *p = *state;

	tamper(p, PCHAT_PART_POLICY, "PRAGMA application_id = 7");
	refused(p, PCHAT_STORE_WRITE, PCHAT_INVALID, "is not a pchat store", "--store");
}

static void
test_versions(void **state)
{
	struct place *p = *state;
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };
	unsigned from, to;

	tamper(p, PCHAT_PART_POLICY, "PRAGMA user_version = 1");
	refused(p, PCHAT_STORE_READ, PCHAT_UNAVAILABLE, "has schema 1", "store migrate");
	tamper(p, PCHAT_PART_POLICY, "PRAGMA user_version = 9999");
	refused(p, PCHAT_STORE_READ, PCHAT_UNSUPPORTED, "newer than schema", "a later one");
	failed(&err, PCHAT_UNSUPPORTED, "newer", NULL,
	       pchat_store_migrate(p->store, &from, &to, &err));
	tamper(p, PCHAT_PART_CHAT, "PRAGMA user_version = 1");
	failed(&err, PCHAT_UNAVAILABLE, "has schema 1", "store migrate",
	       pchat_chat_open(p->store, true, &chat, &err));
}

/* Where in the file a table or index begins. */
static off_t
root_page(const struct place *p, const char *name)
{
	PCHAT_AUTO(db) db = NULL;
	PCHAT_AUTO(stmt) stmt = NULL;
	struct pchat_err err = { 0 };
	bool row = false;

	ok(&err, pchat_sqlite.open(p->store, PCHAT_PART_POLICY, 0, &db, &err));
	ok(&err, pchat_sqlite.prepare(db, "SELECT rootpage FROM sqlite_schema WHERE name = $1",
	                              &stmt, &err));
	pchat_stmt_text(stmt, 1, name);
	ok(&err, pchat_sqlite.step(stmt, &row, &err));
	assert_true(row);
	return pchat_col_int(stmt, 0);
}

/* Every part is looked at, not only the one that stands for the whole. */
static void
test_versions_of_parts(void **state)
{
	static const enum pchat_part parts[] = { PCHAT_PART_CHAT, PCHAT_PART_COMPLIANCE };
	struct place *p = *state;
	PCHAT_AUTO(store) store = NULL;
	struct pchat_err err = { 0 };
	char copy[400], restore[60];
	unsigned from, to;

	snprintf(restore, sizeof(restore), "PRAGMA user_version = %u", PCHAT_SCHEMA_VERSION);
	path_of(copy, "%s/%s", p->dir, "copy");
	ok(&err, pchat_store_open(p->store, PCHAT_STORE_READ, &store, &err));
	for (size_t i = 0; i < PCHAT_N(parts); i++) {
		struct pchat_store_problem *problems = NULL;
		struct pchat_chat *chat = NULL;
		size_t n = 0;

		tamper(p, parts[i], "PRAGMA user_version = 9999");
		failed(&err, PCHAT_UNSUPPORTED, "newer", "a later one",
		       pchat_store_migrate(p->store, &from, &to, &err));
		failed(&err, PCHAT_UNSUPPORTED, "newer", "a later one",
		       pchat_store_backup(store, copy, &err));
		assert_int_equal(access(copy, F_OK), -1);
		failed(&err, PCHAT_UNSUPPORTED, "newer", "a later one",
		       pchat_chat_open(p->store, true, &chat, &err));
		ok(&err, pchat_store_verify(store, &problems, &n, &err));
		assert_int_equal(n, 1);
		assert_non_null(strstr(problems[0].what, pchat_part_name(parts[i])));
		assert_non_null(strstr(problems[0].remedy, "a later one"));
		free(problems[0].what);
		free(problems[0].remedy);
		free(problems);
		tamper(p, parts[i], restore);
	}
	ok(&err, pchat_store_migrate(p->store, &from, &to, &err));
	assert_int_equal(from, to);
}

/* A store that cannot be opened is looked at nevertheless, all parts of it. */
static void
test_check_of_wreck(void **state)
{
	struct place *p = *state;
	struct pchat_store_problem *problems = NULL;
	struct pchat_err err = { 0 };
	char path[400], nowhere[400];
	size_t n = 0;

	path_of(path, "%s/%s", p->store, "policy.db");
	write_file(path, "", 0);
	path_of(path, "%s/%s", p->store, "compliance.db");
	write_file(path, "no database, however long it may be", 36);
	ok(&err, pchat_store_verify_path(p->store, &problems, &n, &err));
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(strstr(problems[i].what, i ? "compliance.db" : "policy.db"));
		assert_non_null(strstr(problems[i].remedy, "move the store away"));
		free(problems[i].what);
		free(problems[i].remedy);
	}
	free(problems);
	path_of(nowhere, "%s/nowhere", p->dir);
	failed(&err, PCHAT_UNAVAILABLE, "no store at", "store init",
	       pchat_store_verify_path(nowhere, &problems, &n, &err));
	failed(&err, PCHAT_UNAVAILABLE, "no backup at", "store backup",
	       pchat_store_restore(nowhere, nowhere, &err));
}

static void
test_corrupt(void **state)
{
	struct place *p = *state;
	const off_t roots[] = { root_page(p, "room"), root_page(p, "room_category") };
	struct pchat_store *store = NULL;
	struct pchat_store_problem *problems = NULL;
	struct pchat_err err = { 0 };
	struct pchat_object *o = NULL;
	char path[400], junk[8192];
	size_t n = 0;
	int fd;

	ok(&err, pchat_store_open(p->store, PCHAT_STORE_WRITE, &store, &err));
	create_contoso(store);
	pchat_store_close(store);
	/* The pages that hold rooms are junk. */
	path_of(path, "%s/%s", p->store, "policy.db");
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	memset(junk, 0xA5, sizeof(junk));
	for (size_t i = 0; i < PCHAT_N(roots); i++)
		assert_int_equal(
			pwrite(fd, junk, sizeof(junk), (roots[i] - 1) * (off_t)sizeof(junk)),
			sizeof(junk));
	close(fd);
	ok(&err, pchat_store_open(p->store, PCHAT_STORE_READ, &store, &err));
	failed(&err, PCHAT_CORRUPT, "is damaged", "store check",
	       pchat_store_get(store, PCHAT_KIND_ROOM, "Rates desk", &o, &err));
	ok(&err, pchat_store_verify(store, &problems, &n, &err));
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(strstr(problems[i].what, "policy"));
		assert_non_null(strstr(problems[i].remedy, "store restore"));
		free(problems[i].what);
		free(problems[i].remedy);
	}
	free(problems);
	pchat_store_close(store);
}

static void
test_locked(void **state)
{
	struct place *p = *state;
	struct pchat_store *one = NULL, *two = NULL;
	struct pchat_txn first = { 0 }, second = { 0 };
	struct pchat_chat *chat = NULL, *other = NULL;
	struct pchat_err err = { 0 };
	struct pchat_object *o = NULL;

	ok(&err, pchat_store_open(p->store, PCHAT_STORE_WRITE, &one, &err));
	ok(&err, pchat_store_open(p->store, PCHAT_STORE_WRITE, &two, &err));
	pchat_store_set_timeout(two, 20);
	ok(&err, pchat_txn_begin(&first, one, &err));
	failed(&err, PCHAT_BUSY, "is locked", "--timeout", pchat_txn_begin(&second, two, &err));
	assert_null(second.store);
	/* Who reads does not wait. */
	ok(&err, pchat_store_get(two, PCHAT_KIND_POLICY, "global", &o, &err));
	pchat_object_free(o);
	/* Nor does who posts: that is why messages have a file of their own. */
	ok(&err, pchat_chat_open(p->store, true, &chat, &err));
	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, pchat_chat_open(p->store, true, &other, &err));
	pchat_chat_set_timeout(other, 20);
	failed(&err, PCHAT_BUSY, "chat.db", NULL, pchat_chat_begin(other, &err));
	pchat_chat_rollback(chat);
	ok(&err, pchat_chat_begin(other, &err));
	pchat_txn_rollback(&first);
	ok(&err, pchat_txn_begin(&second, two, &err));
	pchat_chat_close(other);
	pchat_chat_close(chat);
	pchat_store_close(two); /* with its transaction open: rolled back */
	pchat_store_close(one);
}

/* Run @check as somebody who is not root, in a process of its own. */
static void
as_nobody(int (*check)(const struct place *p), const struct place *p)
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 &&
		    (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
			_exit(99);
		_exit(check(p));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
open_as(const struct place *p, enum pchat_store_mode mode, enum pchat_code wanted, const char *text,
        const char *hint)
{
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_store_open(p->store, mode, &store, &err);

	if (code != wanted) {
		(void)fprintf(stderr, "got %s: %s\n", pchat_code_word(code), pchat_err_text(&err));
		return 1;
	}
	if (code != PCHAT_OK &&
	    (!strstr(pchat_err_text(&err), text) || !err.hint || !strstr(err.hint, hint))) {
		(void)fprintf(stderr, "got '%s' and '%s'\n", pchat_err_text(&err),
		              err.hint ? err.hint : "");
		return 1;
	}
	pchat_store_close(store);
	pchat_err_release(&err);
	return 0;
}

static int
no_permission(const struct place *p)
{
	return open_as(p, PCHAT_STORE_READ, PCHAT_DENIED, "permission denied", "run as the user");
}

static int
read_only(const struct place *p)
{
	return open_as(p, PCHAT_STORE_WRITE, PCHAT_DENIED, "cannot be written", "run as the user");
}

static void
test_permissions(void **state)
{
	struct place *p = *state;
	char path[400];

	/* Everybody may come as far as the store. */
	assert_int_equal(chmod(p->dir, 0755), 0);
	if (geteuid() != 0)
		assert_int_equal(chmod(p->store, 0), 0);
	as_nobody(no_permission, p);
	assert_int_equal(chmod(p->store, 0755), 0);
	path_of(path, "%s/%s", p->store, "policy.db");
	assert_int_equal(chmod(path, geteuid() == 0 ? 0600 : 0), 0);
	as_nobody(no_permission, p);
	assert_int_equal(chmod(path, 0444), 0);
	as_nobody(read_only, p);
	assert_int_equal(chmod(path, 0600), 0);
}

/* ---- copies ---- */

static void
test_backup_and_restore(void **state)
{
	struct place *p = *state;
	struct pchat_store *store = NULL;
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };
	char backup[400], back[400], path[400], *before, *after;

	ok(&err, pchat_store_open(p->store, PCHAT_STORE_WRITE, &store, &err));
	create_contoso(store);
	ok(&err, pchat_chat_open(p->store, true, &chat, &err));
	ok(&err, pchat_chat_begin(chat, &err));
	ok(&err, say(chat, ROOM_1, "kept", NULL, &err));
	ok(&err, pchat_chat_commit(chat, &err));
	path_of(path, "%s/%s", p->store, "files/a.txt");
	write_file(path, "hello", 5);
	path_of(path, "%s/%s", p->store, "files/sub");
	assert_int_equal(mkdir(path, 0700), 0);
	path_of(path, "%s/%s", p->store, "files/sub/b.txt");
	write_file(path, "", 0);
	before = dump(store);

	path_of(backup, "%s/backup", p->dir);
	path_of(back, "%s/back", p->dir);
	ok(&err, pchat_store_backup(store, backup, &err));
	failed(&err, PCHAT_EXISTS, "there is a store", NULL,
	       pchat_store_backup(store, backup, &err));
	create_all(store, "site name=Later");
	pchat_chat_close(chat);
	pchat_store_close(store);
	chat = NULL;
	store = NULL;

	failed(&err, PCHAT_EXISTS, "there is a store", NULL,
	       pchat_store_restore(backup, p->store, &err));
	failed(&err, PCHAT_UNAVAILABLE, "no backup at", NULL,
	       pchat_store_restore(p->dir, back, &err));
	ok(&err, pchat_store_restore(backup, back, &err));
	assert_int_equal(mode_of(back), 0700);
	ok(&err, pchat_store_open(back, PCHAT_STORE_WRITE, &store, &err));
	after = dump(store);
	assert_string_equal(before, after);
	free(before);
	free(after);
	create_all(store, "site name=After");
	ok(&err, pchat_chat_open(back, true, &chat, &err));
	after = read_last(chat, ROOM_1, 0, 5, NULL);
	assert_string_equal(after, "1:kept ");
	free(after);
	path_of(path, "%s/files/a.txt", back);
	assert_int_equal(mode_of(path), 0600);
	path_of(path, "%s/files/sub/b.txt", back);
	assert_int_equal(access(path, R_OK), 0);
	path_of(path, "%s/policy.db", back);
	assert_int_equal(mode_of(path), 0600);
	pchat_chat_close(chat);
	pchat_store_close(store);
}

static void
test_backup_of_damaged(void **state)
{
	struct place *p = *state;
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };
	char path[400], to[400];

	ok(&err, pchat_store_open(p->store, PCHAT_STORE_READ, &store, &err));
	path_of(path, "%s/%s", p->store, "chat.db");
	write_file(path,
	           "no database at all, but a text of some length, to be sure of it, "
	           "longer than one hundred octets",
	           96);
	path_of(to, "%s/backup", p->dir);
	failed(&err, PCHAT_CORRUPT, "chat.db", NULL, pchat_store_backup(store, to, &err));
	assert_int_equal(access(to, F_OK), -1);
	pchat_store_close(store);
}

/* ---- migrating ---- */

static void
test_migrate_current(void **state)
{
	struct place *p = *state;
	struct pchat_err err = { 0 };
	unsigned from = 0, to = 0;

	ok(&err, pchat_store_migrate(p->store, &from, &to, &err));
	assert_int_equal(from, PCHAT_SCHEMA_VERSION);
	assert_int_equal(to, PCHAT_SCHEMA_VERSION);
}

/* A store of schema 1 as a whole, made by this code's own first migration. */
static enum pchat_code
build_old(void *ctx, const char *location, struct pchat_err *err)
{
	(void)ctx;
	return pchat_store_build(&pchat_sqlite, location, 1, err);
}

/* Path of the first entry of the store whose name begins with @prefix; how many there are. */
static unsigned
find_entries(const struct place *p, const char *prefix, char path[400])
{
	DIR *dir = opendir(p->store);
	struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && n++ == 0)
			path_of(path, "%s/%s", p->store, entry->d_name);
	closedir(dir);
	return n;
}

/* Before anything is changed, the old store is copied; the copy can be put back. */
static void
test_migrate_backup(void **state)
{
	struct place *p = *state;
	struct pchat_err err = { 0 };
	char path[400], file[400];
	unsigned from = 0, to = 0;

	path_of(p->store, "%s/old", p->dir);
	ok(&err, pchat_sqlite.create(p->store, build_old, NULL, &err));
	ok(&err, pchat_store_migrate(p->store, &from, &to, &err));
	assert_int_equal(find_entries(p, "backup-schema-1-", path), 1);
	assert_int_equal(mode_of(path), 0700);
	path_of(file, "%s/policy.db", path);
	assert_int_equal(mode_of(file), 0600);
	/* Nothing to do: no further copy. */
	ok(&err, pchat_store_migrate(p->store, &from, &to, &err));
	assert_int_equal(find_entries(p, "backup-schema-1-", path), 1);
	path_of(p->store, "%s/back", p->dir);
	ok(&err, pchat_store_restore(path, p->store, &err));
	refused(p, PCHAT_STORE_READ, PCHAT_UNAVAILABLE, "has schema 1", "store migrate");
	ok(&err, pchat_store_migrate(p->store, &from, &to, &err));
	assert_int_equal(from, 1);
}

static void
test_migrate_cut_short(void **state)
{
	struct place *p = *state;
	struct pchat_store *store = NULL;
	struct pchat_err err = { 0 };
	unsigned from = 0, to = 0;
	char old[400];

	path_of(old, "%s/old", p->dir);
	ok(&err, pchat_sqlite.create(old, build_old, NULL, &err));
	path_of(p->store, "%s", old);
	refused(p, PCHAT_STORE_WRITE, PCHAT_UNAVAILABLE, "has schema 1", "store migrate");
	{
		/* Something in the way of the last part: the others go ahead. */
		tamper(p, PCHAT_PART_POLICY, "CREATE TABLE endpoint (x INTEGER) STRICT");
		failed(&err, PCHAT_INTERNAL, "cannot bring policy to schema 2", NULL,
		       pchat_store_migrate(old, &from, &to, &err));
		refused(p, PCHAT_STORE_WRITE, PCHAT_UNAVAILABLE, "has schema 1", "store migrate");
	}
	tamper(p, PCHAT_PART_POLICY, "DROP TABLE endpoint");
	ok(&err, pchat_store_migrate(old, &from, &to, &err));
	assert_int_equal(from, 1);
	assert_int_equal(to, PCHAT_SCHEMA_VERSION);
	ok(&err, pchat_store_open(old, PCHAT_STORE_WRITE, &store, &err));
	create_all(store, "endpoint uri=sip:a@contoso.example");
	pchat_store_close(store);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_init),
		test(test_init_refused),
		test(test_init_in_empty),
		test(test_path_limit),
		test(test_missing),
		test(test_part_missing),
		test(test_not_a_store),
		test(test_another_database),
		test(test_versions),
		test(test_versions_of_parts),
		test(test_check_of_wreck),
		test(test_corrupt),
		test(test_locked),
		test(test_permissions),
		test(test_backup_and_restore),
		test(test_backup_of_damaged),
		test(test_migrate_current),
		test(test_migrate_backup),
		test(test_migrate_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
