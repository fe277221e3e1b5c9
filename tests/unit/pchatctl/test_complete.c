/* Whatever the command table holds can be completed; there is no store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "pchatctl/complete.h"
#include "pchatctl/globals.h"

#define NO_STORE "/nonexistent/store"

static bool
offers(const struct pchat_completion *c, const char *text)
{
	for (size_t i = 0; i < c->list.n; i++)
		if (strcmp(c->list.v[i].text, text) == 0)
			return true;
	return false;
}

/* The words of @cmd into @words; how many. They are cut from @text. */
static size_t
words_of(const struct pchat_cmd *cmd, char text[64], const char *words[2])
{
	char *blank;

	snprintf(text, 64, "%s", cmd->path);
	blank = strchr(text, ' ');
	words[0] = text;
	if (!blank)
		return 1;
	*blank = '\0';
	words[1] = blank + 1;
	return 2;
}

static void
expect(const char *const *words, size_t n, const char *wanted)
{
	PCHAT_AUTO_VALUE(completion) c = { 0 };

	pchat_complete(words, n, NO_STORE, &c);
	if (!offers(&c, wanted))
		fail_msg("'%s' is not offered after '%s'", wanted, words[n > 1 ? n - 2 : 0]);
}

static void
every_command_is_offered(void **state)
{
	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *words[2] = { "", "" };
		char text[64];
		size_t n = words_of(&pchat_cmds[i], text, words);
		const char *first = words[0], *second = words[1];

		words[0] = "";
		expect(words, 1, first);
		words[0] = first;
		words[1] = "";
		if (n == 2)
			expect(words, 2, second);
	}
}

/* The value of an option, as its own word and after '='. */
static void
expect_words(const struct pchat_option *o, const char **words, size_t n)
{
	for (size_t w = 0; pchat_option_takes_value(o) && o->words && o->words[w]; w++) {
		PCHAT_AUTO_TEXT joined = pchat_text("%s=%s", o->name, o->words[w]);
		PCHAT_AUTO_TEXT begun = pchat_text("%s=", o->name);

		words[n] = o->name;
		words[n + 1] = "";
		expect(words, n + 2, o->words[w]);
		words[n] = begun;
		expect(words, n + 1, joined);
	}
}

static void
every_option_is_offered(void **state)
{
	struct pchat_option o;

	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *words[4];
		char text[64];
		size_t n = words_of(&pchat_cmds[i], text, words);

		for (size_t k = 0; pchat_option_at(&pchat_cmds[i], k, &o); k++) {
			words[n] = "--";
			expect(words, n + 1, o.name);
			expect_words(&o, words, n);
		}
		for (size_t k = 0; pchat_global_option(k, &o); k++) {
			words[n] = "--";
			if (pchat_global_applies((enum pchat_global)k, &pchat_cmds[i]))
				expect(words, n + 1, o.name);
		}
	}
}

/* Something stands for every value: candidates, paths, or what it is. */
static void
every_value_is_told(void **state)
{
	struct pchat_option o;

	(void)state;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		const char *words[4];
		char text[64];
		size_t n = words_of(&pchat_cmds[i], text, words);

		for (size_t k = 0; pchat_option_at(&pchat_cmds[i], k, &o); k++) {
			PCHAT_AUTO_VALUE(completion) c = { 0 };

			words[n] = o.name;
			words[n + 1] = "";
			if (!pchat_option_takes_value(&o))
				continue;
			pchat_complete(words, n + 2, NO_STORE, &c);
			assert_non_null(c.what);
			assert_string_equal(c.about, o.help);
			if (o.type == PCHAT_ARG_FILE)
				assert_int_equal(c.paths, PCHAT_PATHS_FILES);
		}
	}
}

/* What several candidates have in common is never less than what was typed. */
static void
candidates_begin_as_typed(void **state)
{
	static const char *const typed[] = { "", "g", "-", "--", "--a", "s", "sip:" };

	(void)state;
	for (size_t i = 0; i < pchat_n_cmds * PCHAT_N(typed); i++) {
		const char *words[3];
		char text[64];
		size_t n = words_of(&pchat_cmds[i / PCHAT_N(typed)], text, words);
		const char *last = typed[i % PCHAT_N(typed)];
		PCHAT_AUTO_VALUE(completion) c = { 0 };

		words[n] = last;
		pchat_complete(words, n + 1, NO_STORE, &c);
		for (size_t k = 0; k < c.list.n; k++)
			assert_int_equal(strncmp(c.list.v[k].text, last, strlen(last)), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_offered),
		cmocka_unit_test(every_option_is_offered),
		cmocka_unit_test(every_value_is_told),
		cmocka_unit_test(candidates_begin_as_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
