/* Lines of the shell: abbreviations, what is remembered, what Tab does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "pchatctl/shell/shell.h"

static void
split(const char *text, struct pchat_line *line)
{
	assert_int_equal(pchat_line_split(pchat_str(text), PCHAT_LINE_OWN, line, NULL), PCHAT_OK);
}

static const struct {
	const char *text, *wanted; /* NULL: ambiguous */
} abbreviations[] = {
	{ "", "" },
	{ "room list", "room list" },
	{ "roo l", "room list" },
	{ "roo cr X --category c", "room create X --category c" },
	{ "-o json roo l", "-o json room list" },
	{ "--store=s roo l", "--store=s room list" },
	{ "--store s roo l", "--store s room list" },
	{ "-q roo l", "-q room list" },
	{ "roo -o json l", "room -o json list" },
	{ "'roo' l", "roo l" },
	{ "roo 'l'", "room l" },
	{ "ex ac amy room", NULL }, /* exit, explain, export */
	{ "expl ac amy room", "explain access amy room" },
	{ "exi", "exit" },
	{ "c l", NULL },
	{ "check c", NULL }, /* certificates, chat */
	{ "check ch", "check chat" },
	{ "room s X", NULL }, /* set, show */
	{ "room se X", "room set X" },
	{ "help roo l", "help room list" },
	{ "help exit-codes", "help exit-codes" },
	{ "zzz l", "zzz l" },
	{ "room zzz", "room zzz" },
	{ "-- roo l", "-- roo l" },
	{ "store i", NULL }, /* info, init */
};

static void
abbreviations_are_expanded(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(abbreviations); i++) {
		const char *wanted = abbreviations[i].wanted;
		PCHAT_AUTO_VALUE(line) line = { 0 };
		PCHAT_AUTO_VALUE(buf) got = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code;

		split(abbreviations[i].text, &line);
		code = pchat_shell_expand(&line, &err);
		assert_int_equal(code, wanted ? PCHAT_OK : PCHAT_USAGE);
		for (size_t w = 0; w < line.words.n; w++)
			pchat_buf_printf(&got, "%s%s", w ? " " : "", line.words.v[w].text);
		if (wanted)
			assert_string_equal(pchat_buf_cstr(&got), wanted);
		else
			assert_non_null(err.hint);
		pchat_err_release(&err);
	}
}

/* Each unique beginning of every command means it. */
static void
every_beginning_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		PCHAT_AUTO_VALUE(line) line = { 0 };

		split(pchat_cmds[i].path, &line);
		assert_int_equal(pchat_shell_expand(&line, NULL), PCHAT_OK);
		assert_true(pchat_str_starts(pchat_str(pchat_cmds[i].path), line.words.v[0].text));
	}
}

static const struct {
	const char *text;
	enum pchat_shell_memory wanted;
} memories[] = {
	{ "room list", PCHAT_SHELL_FILE },
	{ "version", PCHAT_SHELL_FILE },
	{ "-o json room list", PCHAT_SHELL_FILE },
	{ "user list", PCHAT_SHELL_FILE },
	{ "user passwd amy@contoso.example", PCHAT_SHELL_FORGET },
	{ "u pa amy@contoso.example Secret1", PCHAT_SHELL_SESSION }, /* units and users */
	{ "us pa amy@contoso.example Secret1", PCHAT_SHELL_FORGET },
	{ "-q us passwd amy@contoso.example", PCHAT_SHELL_FORGET },
	{ "user 'passwd' amy@contoso.example Secret1", PCHAT_SHELL_FORGET },
	{ "user paswd amy@contoso.example Secret1", PCHAT_SHELL_SESSION },
	{ "Secret1", PCHAT_SHELL_SESSION },
};

static void
secrets_are_not_remembered(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(memories); i++) {
		PCHAT_AUTO_VALUE(line) line = { 0 };

		split(memories[i].text, &line);
		(void)pchat_shell_expand(&line, NULL);
		if (pchat_shell_remember(&line) != memories[i].wanted)
			fail_msg("remembered wrongly: %s", memories[i].text);
	}
}

static const struct {
	const char *text, *wanted; /* what Tab makes of it; NULL: nothing */
} fills[] = {
	{ "ver", "version " },
	{ "roo", "room " },
	{ "'roo", "'room' " },
	{ "room cr", "room create " },
	{ "roo cr", "roo create " },
	{ "c cr", NULL }, /* nobody knows which */
	{ "room ", NULL },
	{ "room s", NULL }, /* set, show */
	{ "room list --priv", "room list --privacy " },
	{ "room list --privacy o", "room list --privacy open " },
	{ "room list --privacy=o", "room list --privacy=open " },
	{ "room list \"--privacy=o", "room list \"--privacy=open\" " },
	{ "room list -o js", "room list -o json" }, /* json, jsonl */
	{ "user create ", "user create sip:" },
	{ "ex", NULL },
	{ "exi", "exit " },
	{ "zzz", NULL },
	{ "room list --add-m", NULL },
	{ "completion z", "completion zsh " },
	{ "help exit", "help exit-codes " },
	{ "# roo", NULL },
};

static void
tab_completes(void **state)
{
	(void)state;
	setenv("PCHAT_STORE", "/nonexistent/store", 1);
	for (size_t i = 0; i < PCHAT_N(fills); i++) {
		PCHAT_AUTO_VALUE(fill) f = { 0 };
		PCHAT_AUTO_VALUE(buf) got = { 0 };

		pchat_shell_fill(pchat_str(fills[i].text), &f);
		if (!fills[i].wanted) {
			if (f.advances)
				fail_msg("'%s' became '%s'", fills[i].text,
				         pchat_buf_cstr(&f.text));
			continue;
		}
		assert_true(f.advances);
		pchat_buf_add(&got, fills[i].text, f.at);
		pchat_buf_str(&got, pchat_buf_view(&f.text));
		assert_string_equal(pchat_buf_cstr(&got), fills[i].wanted);
	}
}

static void
paths_are_completed(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "apply -f a", "apply -f a\\ manifest.yaml " },
		{ "apply --file=a", "apply --file=a\\ manifest.yaml " },
		{ "apply -f 'a", "apply -f 'a manifest.yaml' " },
		{ "apply -f in", "apply -f inner/" },
		{ "apply -f inner/", "apply -f inner/deep.yaml " },
		{ "apply -f .h", "apply -f .hidden " },
		{ "store backup ", "store backup inner/" },
		{ "store backup a", NULL },
		{ "apply -f nothing/", NULL },
	};
	PCHAT_AUTO_TEXT folder = pchat_text(
		"%s/shell-%ld", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid());

	(void)state;
	assert_non_null(folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("inner", 0700), 0);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "a manifest.yaml", "inner/deep.yaml",
			                             ".hidden" };
		FILE *f = fopen(names[i], "w");

		assert_non_null(f);
		fclose(f);
	}
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(fill) f = { 0 };
		PCHAT_AUTO_VALUE(buf) got = { 0 };

		pchat_shell_fill(pchat_str(rows[i].text), &f);
		assert_int_equal(f.advances, rows[i].wanted != NULL);
		if (!f.advances)
			continue;
		pchat_buf_add(&got, rows[i].text, f.at);
		pchat_buf_str(&got, pchat_buf_view(&f.text));
		assert_string_equal(pchat_buf_cstr(&got), rows[i].wanted);
	}
	unlink("a manifest.yaml");
	unlink("inner/deep.yaml");
	unlink(".hidden");
	rmdir("inner");
	assert_int_equal(chdir("/"), 0);
	rmdir(folder);
}

/* Nothing that is shown is wider than the screen. */
static void
lists_fit_the_screen(void **state)
{
	static const char *const texts[] = { "", "room ", "room create X --", "help " };

	(void)state;
	for (size_t columns = 20; columns < 200; columns += 30) {
		for (size_t i = 0; i < PCHAT_N(texts); i++) {
			PCHAT_AUTO_VALUE(fill) f = { 0 };
			PCHAT_AUTO_VALUE(buf) out = { 0 };
			struct pchat_str rest;

			pchat_shell_fill(pchat_str(texts[i]), &f);
			pchat_shell_show(&f, columns, false, &out);
			assert_true(out.n > 0);
			for (rest = pchat_buf_view(&out); rest.n;) {
				struct pchat_str line = pchat_str_cut(rest, '\n', &rest);

				assert_true(pchat_utf8_width(line) <= columns);
			}
		}
	}
}

static void
a_question_mark_may_be_text(void **state)
{
	(void)state;
	assert_false(pchat_shell_is_text(PCHAT_STR("")));
	assert_false(pchat_shell_is_text(PCHAT_STR("room ")));
	assert_false(pchat_shell_is_text(PCHAT_STR("room sho")));
	assert_true(pchat_shell_is_text(PCHAT_STR("room show 'what")));
	assert_true(pchat_shell_is_text(PCHAT_STR("room show what\\")));
	assert_true(
		pchat_shell_is_text(PCHAT_STR("addin create A --url https://contoso.example/")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abbreviations_are_expanded),
		cmocka_unit_test(every_beginning_counts),
		cmocka_unit_test(secrets_are_not_remembered),
		cmocka_unit_test(tab_completes),
		cmocka_unit_test(paths_are_completed),
		cmocka_unit_test(lists_fit_the_screen),
		cmocka_unit_test(a_question_mark_may_be_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
