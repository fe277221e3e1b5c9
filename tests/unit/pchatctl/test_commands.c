/* Walks the command table: every row is whole, and all rows together make sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "pchatctl/globals.h"
#include "pchatctl/help.h"
#include "pchatctl/suggest.h"

static void
test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		struct pchat_str verb,
			noun = pchat_str_cut(pchat_str(pchat_cmds[i].path), ' ', &verb);
		PCHAT_AUTO_TEXT word = pchat_str_dup(noun);

		assert_ptr_equal(pchat_cmd_find(word, verb.n ? verb.p : NULL), &pchat_cmds[i]);
		assert_null(strchr(verb.n ? verb.p : "", ' '));
		/* A command is a noun of the overview with a verb, or a word that is no noun. */
		assert_true((pchat_noun_find(noun) != NULL) == (verb.n > 0));
	}
}

static void
test_nouns(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_nouns; i++) {
		size_t verbs = 0, n = strlen(pchat_nouns[i].word);

		assert_ptr_equal(pchat_noun_find(pchat_str(pchat_nouns[i].word)), &pchat_nouns[i]);
		for (size_t c = 0; c < pchat_n_cmds; c++)
			verbs += strncmp(pchat_cmds[c].path, pchat_nouns[i].word, n) == 0 &&
			         pchat_cmds[c].path[n] == ' ';
		assert_true(verbs > 0);
		assert_true(strlen(pchat_nouns[i].help) > 5);
	}
	/* Every kind of the store is a noun. */
	for (unsigned k = 0; k < PCHAT_N_KINDS; k++)
		assert_non_null(
			pchat_noun_find(pchat_str(pchat_kind_info((enum pchat_kind)k)->word)));
}

/* The columns of tables are fields of the kind. */
static void
test_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_nouns; i++) {
		struct pchat_str rest = pchat_str(pchat_nouns[i].columns);
		enum pchat_kind kind;

		if (!rest.n)
			continue;
		assert_true(pchat_kind_by_word(pchat_str(pchat_nouns[i].word), &kind));
		while (rest.n)
			assert_true(pchat_field_by_name(kind, pchat_str_cut(rest, ',', &rest)) >=
			            0);
	}
}

static void
test_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const struct pchat_cmd *cmd = &pchat_cmds[i];

		assert_true(strlen(cmd->summary) > 5);
		assert_false(cmd->summary[strlen(cmd->summary) - 1] == '.');
		assert_non_null(cmd->examples);
		assert_non_null(cmd->examples[0]);
		for (size_t e = 0; cmd->examples[e]; e++)
			assert_non_null(strstr(cmd->examples[e], "pchatctl "));
		/* The last example shows the command itself. */
		for (size_t e = 0; cmd->examples[e]; e++)
			if (!cmd->examples[e + 1])
				assert_non_null(strstr(cmd->examples[e], cmd->path));
	}
}

static void
test_handlers(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const struct pchat_cmd *cmd = &pchat_cmds[i];
		bool plans = cmd->flags & (PCHAT_CMD_WRITE | PCHAT_CMD_COMPARE);
		bool derived = cmd->flags & (PCHAT_CMD_CREATE_FIELDS | PCHAT_CMD_SET_FIELDS |
		                             PCHAT_CMD_LIST_FIELDS);

		assert_true((cmd->plan != NULL) == plans);
		assert_true((cmd->run != NULL) == (!plans && !(cmd->flags & PCHAT_CMD_HELPER)));
		assert_false(derived && cmd->kind == PCHAT_NO_KIND);
	}
}

static void
test_arguments(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		bool optional = false, many = false;

		for (size_t a = 0; !many && pchat_arg_at(&pchat_cmds[i], a); a++) {
			const struct pchat_arg *arg = pchat_arg_at(&pchat_cmds[i], a);

			/* What may be left out stands last; what may be repeated ends the list. */
			assert_false(optional && arg->flags & PCHAT_ARG_REQUIRED);
			optional |= !(arg->flags & PCHAT_ARG_REQUIRED);
			many = arg->flags & PCHAT_ARG_MANY;
			assert_true(strlen(arg->help) > 3);
		}
	}
}

static void
check_option(const struct pchat_cmd *cmd, const struct pchat_option *o)
{
	struct pchat_option again;

	if (strncmp(o->name, "--", 2) != 0 || strlen(o->name) < 4 || strlen(o->help) < 4)
		fail_msg("%s: option '%s' is not whole", cmd->path, o->name);
	assert_true(pchat_option_find(cmd, pchat_str(o->name), &again));
	if (again.field != o->field || again.op != o->op)
		fail_msg("%s: two options '%s'", cmd->path, o->name);
	if (pchat_global_find(pchat_str(o->name)) >= 0 ||
	    (o->letter && pchat_global_by_letter(o->letter) >= 0))
		fail_msg("%s: '%s' is an option of all commands", cmd->path, o->name);
	assert_true((o->words != NULL) == (o->type == PCHAT_ARG_WORD) || o->field >= 0);
}

static void
test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		struct pchat_option o;

		for (size_t n = 0; pchat_option_at(&pchat_cmds[i], n, &o); n++)
			check_option(&pchat_cmds[i], &o);
	}
}

/* Every field that can be changed has its option, at create too. */
static void
test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const struct pchat_cmd *cmd = &pchat_cmds[i];
		const struct pchat_kind_info *info;
		bool create = cmd->flags & PCHAT_CMD_CREATE_FIELDS;

		if (!create && !(cmd->flags & PCHAT_CMD_SET_FIELDS))
			continue;
		info = pchat_kind_info(cmd->kind);
		for (unsigned f = create; f < info->n_fields; f++) {
			char kebab[PCHAT_OPTION_NAME_MAX];
			PCHAT_AUTO_TEXT name = NULL;
			struct pchat_option o;

			pchat_option_kebab(info->fields[f].name, kebab);
			name = pchat_text("--%s", kebab);
			assert_true(pchat_option_find(cmd, pchat_str(name), &o) ==
			            (create || !(info->fields[f].flags & PCHAT_FIXED)));
		}
	}
}

static void
test_names(void **state)
{
	static const struct {
		const char *field, *kebab, *add;
	} rows[] = {
		{ "name", "name", "--add-name" },
		{ "members", "members", "--add-member" },
		{ "allowed", "allowed", "--add-allowed" },
		{ "grantedTo", "granted-to", "--add-granted-to" },
		{ "defaultChatHistory", "default-chat-history", "--add-default-chat-history" },
		{ "maxFileSizeKB", "max-file-size-kb", "--add-max-file-size-kb" },
		{ "roomManagementUrl", "room-management-url", "--add-room-management-url" },
	};
	char text[PCHAT_OPTION_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		pchat_option_kebab(rows[i].field, text);
		assert_string_equal(text, rows[i].kebab);
		pchat_option_list_name("--add-", rows[i].field, text);
		assert_string_equal(text, rows[i].add);
	}
}

/* Lines of help stay within its width: 96 columns, but for a label or an example that is longer. */
static void
test_help_width(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_str rest;

	(void)state;
	pchat_help_line(
		&out, "--x", 10,
		"a text that is so long that it has to be broken into more than one line because "
		"nobody likes to read lines that do not end, and which has one line more");
	for (rest = pchat_buf_view(&out); rest.n;)
		assert_true(pchat_str_cut(rest, '\n', &rest).n <= 96);
	for (size_t i = 0; i < pchat_n_topics; i++) {
		pchat_buf_clear(&out);
		pchat_topics[i].print(&out);
		assert_true(pchat_buf_ok(&out) && out.n > 100);
		for (rest = pchat_buf_view(&out); rest.n;)
			assert_true(pchat_str_cut(rest, '\n', &rest).n <= 100);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),    cmocka_unit_test(test_nouns),
		cmocka_unit_test(test_columns),  cmocka_unit_test(test_documented),
		cmocka_unit_test(test_handlers), cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_options),  cmocka_unit_test(test_fields),
		cmocka_unit_test(test_names),    cmocka_unit_test(test_help_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
