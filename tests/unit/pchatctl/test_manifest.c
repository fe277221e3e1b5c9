/* Reading manifests: sections, entries and fields; every refusal with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "pchatctl/manifest.h"

static const struct pchat_object *
only(const struct pchat_manifest *m, enum pchat_kind kind)
{
	assert_int_equal(m->sections[kind].objects.n, 1);
	return m->sections[kind].objects.v[0];
}

static void
parse(struct pchat_manifest *m, const char *text)
{
	struct pchat_err err = { 0 };

	if (pchat_manifest_parse(m, "test", pchat_str(text), &err))
		fail_msg("%u:%u: %s", err.line, err.column, pchat_err_text(&err));
}

struct told {
	size_t n;
	uint64_t done, total;
};

static void
note_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct told *told = ctx;

	assert_true(done >= told->done && done <= total);
	*told = (struct told){ told->n + 1, done, total };
}

static void
reading_tells_how_far_it_is(void **state)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct told told = { 0 };

	(void)state;
	pchat_buf_lit(&text, "pchat: 1\nsites:\n");
	for (int i = 0; i < 600; i++)
		pchat_buf_printf(&text, "  - name: s%d\n", i);
	m.progress = note_progress;
	m.progress_ctx = &told;
	parse(&m, pchat_buf_cstr(&text));
	assert_int_equal(told.n, 3);
	assert_int_equal(told.done, 3 + 512);
	assert_int_equal(told.total, 603);
}

static void
an_entry_becomes_an_object(void **state)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	const struct pchat_object *o;

	(void)state;
	parse(&m,
	      "pchat: 1\nrooms:\n  - name: Rates desk\n    category: Finance\n"
	      "    privacy: secret\n    disabled: true\n"
	      "    guid: 0DA2F3C4-0000-4000-8000-00000000000a\n"
	      "    members: [\"group:Sales\", \"SIP:Bob@Contoso.example\", amy@contoso.example]\n"
	      "    managers: []\n");
	o = only(&m, PCHAT_KIND_ROOM);
	assert_string_equal(pchat_object_key(o), "Rates desk");
	assert_string_equal(o->guid, "0da2f3c4-0000-4000-8000-00000000000a");
	assert_string_equal(o->v[PCHAT_ROOM_CATEGORY].text, "Finance");
	assert_int_equal(o->v[PCHAT_ROOM_PRIVACY].number, 2);
	assert_true(o->v[PCHAT_ROOM_DISABLED].flag);
	assert_int_equal(o->v[PCHAT_ROOM_MEMBERS].list.n, 3);
	assert_string_equal(o->v[PCHAT_ROOM_MEMBERS].list.v[0], "group:Sales");
	assert_string_equal(o->v[PCHAT_ROOM_MEMBERS].list.v[1], "sip:amy@contoso.example");
	assert_string_equal(o->v[PCHAT_ROOM_MEMBERS].list.v[2], "sip:bob@contoso.example");
	assert_int_equal(o->set, 1u << PCHAT_ROOM_NAME | 1u << PCHAT_ROOM_CATEGORY |
	                                 1u << PCHAT_ROOM_PRIVACY | 1u << PCHAT_ROOM_DISABLED |
	                                 1u << PCHAT_ROOM_MEMBERS | 1u << PCHAT_ROOM_MANAGERS);
	assert_string_equal(o->file, "test");
	assert_int_equal(o->line, 3);
	assert_int_equal(o->column, 5);
	assert_true(m.sections[PCHAT_KIND_ROOM].present);
	assert_false(m.sections[PCHAT_KIND_CATEGORY].present);
}

static void
names_alone_are_entries(void **state)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };

	(void)state;
	parse(&m, "pchat: 1\nendpoints: [\"sip:ocschat@contoso.example\"]\nsites: [leeds]\n"
	          "groups: [Sales]\nunits: [Trading/Rates]\nusers: [amy@contoso.example]\n"
	          "policies: [traders]\nservers: [chat1.contoso.example]\n");
	assert_string_equal(pchat_object_key(only(&m, PCHAT_KIND_ENDPOINT)),
	                    "sip:ocschat@contoso.example");
	assert_string_equal(pchat_object_key(only(&m, PCHAT_KIND_USER)), "sip:amy@contoso.example");
	assert_int_equal(only(&m, PCHAT_KIND_SITE)->set, 1);
	assert_true(pchat_manifest_short_form(PCHAT_KIND_DOMAIN));
	assert_false(pchat_manifest_short_form(PCHAT_KIND_ROOM));
	assert_false(pchat_manifest_short_form(PCHAT_KIND_POOL));
}

static void
texts_stay_texts(void **state)
{
	static const char *const names[] = { "no", "010", "1e3", "2024-01-01", "true", "0x1f" };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(names); i++) {
		PCHAT_AUTO_VALUE(manifest) m = { 0 };
		PCHAT_AUTO_TEXT text = pchat_text("pchat: 1\nsites: [%s]\n", names[i]);

		parse(&m, text);
		assert_string_equal(pchat_object_key(only(&m, PCHAT_KIND_SITE)), names[i]);
	}
}

static void
documents_and_files_add_up(void **state)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };

	(void)state;
	parse(&m, "pchat: 1\nsites: [a]\n---\npchat: 1\nabsent: default\nsites: [b]\nunits: []\n");
	parse(&m, "{\"pchat\":1,\"sites\":[{\"name\":\"c\"}],\"absent\":\"keep\"}");
	assert_int_equal(m.sections[PCHAT_KIND_SITE].objects.n, 3);
	assert_int_equal(m.n_objects, 3);
	assert_int_equal(m.files.n, 2);
	assert_true(m.sections[PCHAT_KIND_UNIT].present);
	/* What is left out counts in the second document alone. */
	assert_int_equal(m.sections[PCHAT_KIND_SITE].objects.v[0]->set, 1);
	assert_int_equal(m.sections[PCHAT_KIND_SITE].objects.v[1]->set, UINT32_MAX);
	assert_int_equal(m.sections[PCHAT_KIND_SITE].objects.v[2]->set, 1);
}

static void
objects_are_found_by_name_and_guid(void **state)
{
	static const char guid[] = "0da2f3c4-0000-4000-8000-00000000000a";
	PCHAT_AUTO_VALUE(manifest) m = { 0 };

	(void)state;
	parse(&m, "pchat: 1\ngroups:\n  - {name: \"\xc3\x84pfel\"}\n"
	          "  - {name: B, guid: 0da2f3c4-0000-4000-8000-00000000000a}\n");
	assert_int_equal(pchat_manifest_find(&m, PCHAT_KIND_GROUP, "\xc3\xa4PFEL"), 0);
	assert_int_equal(pchat_manifest_find(&m, PCHAT_KIND_GROUP, "b"), 1);
	assert_int_equal(pchat_manifest_find(&m, PCHAT_KIND_GROUP, "c"), -1);
	assert_int_equal(pchat_manifest_find(&m, PCHAT_KIND_ROOM, "b"), -1);
	assert_int_equal(pchat_manifest_find_guid(&m, PCHAT_KIND_GROUP, guid), 1);
	assert_int_equal(pchat_manifest_find_guid(&m, PCHAT_KIND_USER, guid), -1);
}

#define ROOM "pchat: 1\nrooms:\n  - name: A\n    "

static const struct refusal {
	const char *text;
	enum pchat_code code;
	unsigned line, column;
	const char *msg, *hint;
} refusals[] = {
	/* the document */
	{ "", PCHAT_INVALID, 1, 1, "'pchat: 1' is missing", "begin the document" },
	{ "# nothing\n", PCHAT_INVALID, 1, 1, "'pchat: 1' is missing", "begin the document" },
	{ "---\n", PCHAT_INVALID, 2, 1, "'pchat: 1' is missing", "begin the document" },
	{ "hello\n", PCHAT_INVALID, 1, 1, "'pchat: 1' is missing", "begin the document" },
	{ "[pchat, 1]\n", PCHAT_INVALID, 1, 1, "'pchat: 1' is missing", "begin the document" },
	{ "sites: [a]\n", PCHAT_INVALID, 1, 1, "'pchat: 1' is missing", "begin the document" },
	{ "pchat: 1\n---\nsites: [a]\n", PCHAT_INVALID, 3, 1, "missing", "begin the document" },
	{ "pchat: 2\n", PCHAT_UNSUPPORTED, 1, 8, "format '2' is not known", "reads 'pchat: 1'" },
	{ "pchat: '1'\n", PCHAT_UNSUPPORTED, 1, 8, "format '1' is not known", "reads" },
	{ "pchat: [1]\n", PCHAT_INVALID, 1, 8, "'pchat' is the number", "write 'pchat: 1'" },
	{ "pchat: 1\npchat: 1\n", PCHAT_INVALID, 2, 1, "key 'pchat' stands twice", "join" },
	{ "pchat: 1\nabsent: maybe\n", PCHAT_INVALID, 2, 9, "keep or default", "stay as they are" },
	{ "pchat: 1\nabsent: keep\nabsent: keep\n", PCHAT_INVALID, 3, 1, "stands twice", "join" },
	{ "pchat: 1\nroom: []\n", PCHAT_INVALID, 2, 1, "unknown key 'room'",
	  "did you mean 'rooms'?" },
	{ "pchat: 1\nzzzzzzzz: []\n", PCHAT_INVALID, 2, 1, "unknown key", "pool, sites, domains" },
	{ "pchat: 1\n? [a]\n: b\n", PCHAT_INVALID, 2, 3, "a key is a word", "key: value" },
	{ "pchat: 1\nsites: []\nsites: []\n", PCHAT_INVALID, 3, 1, "key 'sites' stands twice",
	  "join" },
	/* sections */
	{ "pchat: 1\nrooms:\n", PCHAT_INVALID, 2, 7, "'rooms' is a list, not nothing",
	  "[] for none" },
	{ "pchat: 1\nrooms: all\n", PCHAT_INVALID, 2, 8, "'rooms' is a list, not a text", "'- '" },
	{ "pchat: 1\nrooms: {name: A}\n", PCHAT_INVALID, 2, 8, "not a mapping", "'- '" },
	{ "pchat: 1\nrooms: [A]\n", PCHAT_INVALID, 2, 9, "a room is a mapping", "{name: ...}" },
	{ "pchat: 1\nrooms: [[A]]\n", PCHAT_INVALID, 2, 9, "a room is a mapping", "{name: ...}" },
	{ "pchat: 1\nrooms: [~]\n", PCHAT_INVALID, 2, 9, "not nothing", "{name: ...}" },
	{ "pchat: 1\npool: []\n", PCHAT_INVALID, 2, 7, "a pool is a mapping", "{domain: ...}" },
	{ "pchat: 1\npool: contoso.example\n", PCHAT_INVALID, 2, 7, "a pool is a mapping",
	  "domain" },
	{ "pchat: 1\npool: {domain: a.example}\n---\npchat: 1\npool: {domain: b.example}\n",
	  PCHAT_INVALID, 5, 7, "a second one; first in test:2:7", "once" },
	/* entries */
	{ "pchat: 1\nrooms:\n  - {category: A}\n", PCHAT_INVALID, 3, 5, "a room has no 'name'",
	  "needs" },
	{ "pchat: 1\nrooms:\n  - {}\n", PCHAT_INVALID, 3, 5, "a room has no 'name'", "needs" },
	{ ROOM "privasy: open\n", PCHAT_INVALID, 4, 5, "unknown key 'privasy' of a room",
	  "did you mean 'privacy'?" },
	{ ROOM "zzzzzzzz: open\n", PCHAT_INVALID, 4, 5, "unknown key", "guid, name, description" },
	{ ROOM "? {a: b}\n    : c\n", PCHAT_INVALID, 4, 7, "a key is a word", "key: value" },
	{ ROOM "name: B\n", PCHAT_INVALID, 4, 5, "key 'name' stands twice", "remove one" },
	{ ROOM "guid: 0da2f3c4-0000-4000-8000-00000000000a\n"
	       "    guid: 0da2f3c4-0000-4000-8000-00000000000a\n",
	  PCHAT_INVALID, 5, 5, "key 'guid' stands twice", "remove one" },
	{ ROOM "guid: 12\n", PCHAT_INVALID, 4, 11, "'12' is not a GUID", "8-4-4-4-12" },
	{ ROOM "guid: []\n", PCHAT_INVALID, 4, 11, "'guid' is a text, not a list",
	  "as export does" },
	{ "pchat: 1\nrooms:\n- {name: A}\n- {name: a}\n", PCHAT_INVALID, 4, 3,
	  "room 'a' is described twice; first in test:3:3", "once" },
	{ "pchat: 1\nsites: [\xc3\x84]\n---\npchat: 1\nsites: [\xc3\xa4]\n", PCHAT_INVALID, 5, 9,
	  "described twice; first in test:2:9", "once" },
	{ "pchat: 1\ngroups:\n- {name: A, guid: 0da2f3c4-0000-4000-8000-00000000000a}\n"
	  "- {name: B, guid: 0DA2F3C4-0000-4000-8000-00000000000A}\n",
	  PCHAT_INVALID, 4, 3, "has the guid of another entry; first in test:3:3",
	  "leave the guid" },
	/* values */
	{ ROOM "privacy: [open]\n", PCHAT_INVALID, 4, 14, "'privacy' is a single value, not a list",
	  "without brackets" },
	{ ROOM "privacy: {a: b}\n", PCHAT_INVALID, 4, 14, "not a mapping", "without brackets" },
	{ ROOM "privacy: closd\n", PCHAT_INVALID, 4, 14, "'closd'", "closed" },
	{ ROOM "privacy:\n", PCHAT_INVALID, 4, 13, "'privacy' has no value", "leave the key out" },
	{ ROOM "description: ~\n", PCHAT_INVALID, 4, 18, "has no value", "\"\" for an empty text" },
	{ ROOM "members:\n", PCHAT_INVALID, 4, 13, "'members' has no value", "[] for nobody" },
	{ ROOM "members: group:A\n", PCHAT_INVALID, 4, 14, "'members' is a list, not a text",
	  "[\"group" },
	{ ROOM "members: {a: b}\n", PCHAT_INVALID, 4, 14, "'members' is a list, not a mapping",
	  "[" },
	{ ROOM "members: [[a]]\n", PCHAT_INVALID, 4, 15, "an entry of 'members' is a text",
	  "group:NAME" },
	{ ROOM "members: [~]\n", PCHAT_INVALID, 4, 15, "not nothing", "group:NAME" },
	{ ROOM "members: [\"group:A\", Sales]\n", PCHAT_INVALID, 4, 26, "Sales", "group:" },
	{ ROOM "disabled: yes\n", PCHAT_INVALID, 4, 15, "true or false, not 'yes'",
	  "without quotes" },
	{ ROOM "disabled: 'true'\n", PCHAT_INVALID, 4, 15, "the text 'true'", "without quotes" },
	{ ROOM "disabled: 1\n", PCHAT_INVALID, 4, 15, "true or false, not '1'", "without quotes" },
	{ "pchat: 1\nsettings:\n  - {scope: global, searchLimit: '10'}\n", PCHAT_INVALID, 3, 34,
	  "'searchLimit' is a number, not the text '10'", "without quotes" },
	{ "pchat: 1\nsettings:\n  - {scope: global, searchLimit: ten}\n", PCHAT_INVALID, 3, 34,
	  "'ten'", "from 1 to 10000" },
	{ "pchat: 1\nsettings:\n  - {scope: global, searchLimit: 10001}\n", PCHAT_INVALID, 3, 34,
	  "'10001'", "from 1 to 10000" },
	{ "pchat: 1\nusers: [amy]\n", PCHAT_INVALID, 2, 9, "'amy' is not a SIP URI", "sip:amy@" },
	{ "pchat: 1\nusers: [\"\"]\n", PCHAT_INVALID, 2, 9, "is not a SIP URI", "sip:" },
	{ "pchat: 1\nsites: [\" a\"]\n", PCHAT_INVALID, 2, 9, "blank", "leave the blank out" },
	{ "pchat: 1\nsites: [\"a\\nb\"]\n", PCHAT_INVALID, 2, 9, "line break", "one line" },
	/* YAML that manifests do without */
	{ "\xef\xbb\xbfpchat: 1\n", PCHAT_INVALID, 1, 1, "byte order mark", "without BOM" },
	{ "pchat: 1\r\n", PCHAT_INVALID, 1, 9, "CR LF", "LF line ends" },
	{ "pchat: 1\nsites:\n\t- a\n", PCHAT_INVALID, 3, 1, "a tab", "indent with blanks" },
	{ "pchat: 1\nsites: [\xe4]\n", PCHAT_INVALID, 2, 9, "not valid UTF-8", "UTF-8" },
	{ "pchat: 1\nsites: &a [x]\nunits: *a\n", PCHAT_UNSUPPORTED, 2, 8, "anchors", "write" },
	{ "pchat: 1\nsites: [!x a]\n", PCHAT_UNSUPPORTED, 2, 9, "tags", "quotes" },
	{ "\x7f"
	  "ELF\x02\x01\x01",
	  PCHAT_INVALID, 1, 1, "control character", "remove" },
};

static void
refusals_name_place_and_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(refusals); i++) {
		const struct refusal *r = &refusals[i];
		PCHAT_AUTO_VALUE(manifest) m = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code = pchat_manifest_parse(&m, "test", pchat_str(r->text), &err);

		if (code != r->code || err.line != r->line || err.column != r->column ||
		    !strstr(pchat_err_text(&err), r->msg) || !err.hint ||
		    !strstr(err.hint, r->hint))
			fail_msg("case %zu: got %s %u:%u: %s; %s", i, pchat_code_word(code),
			         err.line, err.column, pchat_err_text(&err),
			         err.hint ? err.hint : "");
		assert_string_equal(err.file, "test");
		pchat_err_release(&err);
	}
}

static void
lists_are_bounded(void **state)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_err err = { 0 };

	(void)state;
	pchat_buf_lit(&text, "pchat: 1\ngroups:\n- name: A\n  members:\n");
	for (size_t i = 0; i <= 200000; i++)
		pchat_buf_printf(&text, "  - sip:u%zu@a.example\n", i);
	assert_int_equal(pchat_manifest_parse(&m, "test", pchat_buf_view(&text), &err),
	                 PCHAT_LIMIT);
	assert_int_equal(err.line, 5 + 200000);
	pchat_err_release(&err);
}

/* ---- files ---- */

static char *folder;

static int
make_folder(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	folder = pchat_text("%s/pchat-manifest-XXXXXX", base && base[0] ? base : "/tmp");
	return folder && mkdtemp(folder) ? 0 : -1;
}

static void
write_file(const char *name, const char *text)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static enum pchat_code
read_path(struct pchat_manifest *m, const char *name, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/%s", folder, name);

	return pchat_manifest_read(m, path, err);
}

static void
folders_are_read_in_order(void **state)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	PCHAT_AUTO_TEXT sub = pchat_text("%s/d", folder);

	(void)state;
	assert_int_equal(mkdir(sub, 0700), 0);
	write_file("b.yaml", "pchat: 1\nsites: [b]\n");
	write_file("a.yml", "pchat: 1\nsites: [a]\n");
	write_file("d/c.yaml", "pchat: 1\nsites: [c]\n");
	write_file("notes.txt", "not a manifest");
	write_file(".hidden.yaml", "not a manifest either");
	assert_int_equal(read_path(&m, "/", NULL), PCHAT_OK);
	assert_int_equal(m.sections[PCHAT_KIND_SITE].objects.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const char name[] = { "abc"[i], '\0' };

		assert_string_equal(pchat_object_key(m.sections[PCHAT_KIND_SITE].objects.v[i]),
		                    name);
	}
}

static void
paths_are_refused_with_reason(void **state)
{
	static const struct {
		const char *path;
		enum pchat_code code;
		const char *msg;
	} cases[] = {
		{ "missing.yaml", PCHAT_NOT_FOUND, "missing.yaml" },
		{ "empty", PCHAT_NOT_FOUND, "no manifest in folder" },
		{ "loop", PCHAT_LIMIT, "nested too deep" },
		{ "notes.txt", PCHAT_INVALID, "'pchat: 1' is missing" },
	};
	PCHAT_AUTO_TEXT empty = pchat_text("%s/empty", folder);
	PCHAT_AUTO_TEXT loop = pchat_text("%s/loop", folder);
	PCHAT_AUTO_TEXT back = pchat_text("%s/loop/back", folder);

	(void)state;
	assert_int_equal(mkdir(empty, 0700), 0);
	assert_int_equal(mkdir(loop, 0700), 0);
	assert_int_equal(symlink(".", back), 0);
	for (size_t i = 0; i < PCHAT_N(cases); i++) {
		PCHAT_AUTO_VALUE(manifest) m = { 0 };
		struct pchat_err err = { 0 };

		assert_int_equal(read_path(&m, cases[i].path, &err), cases[i].code);
		assert_non_null(strstr(pchat_err_text(&err), cases[i].msg));
		assert_non_null(err.hint);
		pchat_err_release(&err);
	}
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "b.yaml",       "a.yml",     "d/c.yaml", "notes.txt",
		                             ".hidden.yaml", "loop/back", "d",        "empty",
		                             "loop",         "" };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(names); i++) {
		PCHAT_AUTO_TEXT path = pchat_text("%s/%s", folder, names[i]);

		(void)remove(path);
	}
	free(folder);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_becomes_an_object),
		cmocka_unit_test(reading_tells_how_far_it_is),
		cmocka_unit_test(names_alone_are_entries),
		cmocka_unit_test(texts_stay_texts),
		cmocka_unit_test(documents_and_files_add_up),
		cmocka_unit_test(objects_are_found_by_name_and_guid),
		cmocka_unit_test(refusals_name_place_and_remedy),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(folders_are_read_in_order),
		cmocka_unit_test(paths_are_refused_with_reason),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
