#include "tests/unit/base/unit.h"

#include "base/err.h"
#include "base/str.h"
#include "tests/unit/base/oom.h"

static void
test_codes(void **state)
{
	(void)state;
	for (int a = 0; a < PCHAT_N_CODES; a++) {
		const char *word = pchat_code_word(a);

		assert_true(*word);
		assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz-"), strlen(word));
		assert_in_range(pchat_code_exit(a), a == PCHAT_OK ? 0 : 1, 70);
		assert_in_range(pchat_code_sip(a), 200, 599);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(word, pchat_code_word(b));
	}
	assert_string_equal(pchat_code_word(PCHAT_NOT_FOUND), "not-found");
	assert_int_equal(pchat_code_exit(PCHAT_CONFLICT), 5);
	assert_int_equal(pchat_code_sip(PCHAT_DENIED), 403);
	/* Nothing is read past the table. */
	assert_string_equal(pchat_code_word(PCHAT_N_CODES), "internal");
	assert_int_equal(pchat_code_exit((enum pchat_code) - 1), 70);
}

static void
test_fail_and_wrap(void **state)
{
	struct pchat_err err = { 0 };

	(void)state;
	assert_string_equal(pchat_err_text(&err), "no error");
	assert_int_equal(pchat_fail(&err, PCHAT_NOT_FOUND, "no room named '%s'", "Rates"),
	                 PCHAT_NOT_FOUND);
	assert_string_equal(pchat_err_text(&err), "no room named 'Rates'");
	assert_int_equal(pchat_wrap(&err, "line %d", 7), PCHAT_NOT_FOUND);
	assert_int_equal(pchat_wrap(&err, "cannot apply '%s'", "a.yaml"), PCHAT_NOT_FOUND);
	assert_string_equal(pchat_err_text(&err),
	                    "cannot apply 'a.yaml': line 7: no room named 'Rates'");
	pchat_hint(&err, "use '%s'", "room list");
	pchat_hint(&err, "use '%s'", "room create");
	pchat_err_at(&err, "a.yaml", 7, 3);
	assert_string_equal(err.hint, "use 'room create'");
	assert_string_equal(err.file, "a.yaml");
	assert_int_equal(err.line, 7);
	assert_int_equal(err.column, 3);
	pchat_err_release(&err);
	assert_null(err.msg);
	assert_null(err.hint);
	assert_int_equal(err.code, PCHAT_OK);
}

static void
test_fail_drops_what_was_there(void **state)
{
	struct pchat_err err = { 0 };

	(void)state;
	pchat_fail(&err, PCHAT_BUSY, "locked");
	pchat_hint(&err, "wait");
	pchat_err_at(&err, "f", 1, 1);
	/* The old message may be part of the new one. */
	pchat_fail(&err, PCHAT_DENIED, "first %s, then denied", pchat_err_text(&err));
	assert_string_equal(pchat_err_text(&err), "first locked, then denied");
	assert_int_equal(err.code, PCHAT_DENIED);
	assert_null(err.hint);
	assert_null(err.file);
	assert_int_equal(err.line, 0);
	pchat_err_release(&err);
}

static void
test_nobody_wants_the_message(void **state)
{
	(void)state;
	assert_int_equal(pchat_fail(NULL, PCHAT_LIMIT, "too much"), PCHAT_LIMIT);
	assert_int_equal(pchat_wrap(NULL, "here"), PCHAT_INTERNAL);
	assert_int_equal(pchat_no_memory(NULL), PCHAT_NO_MEMORY);
	pchat_hint(NULL, "none");
	pchat_err_at(NULL, "f", 1, 1);
	pchat_err_release(NULL);
	assert_string_equal(pchat_err_text(NULL), "no error");
}

static void
test_wrap_without_failure(void **state)
{
	struct pchat_err err = { 0 };

	(void)state;
	assert_int_equal(pchat_wrap(&err, "cannot start"), PCHAT_INTERNAL);
	assert_int_equal(err.code, PCHAT_INTERNAL);
	assert_string_equal(pchat_err_text(&err), "cannot start");
	pchat_err_release(&err);
}

static void
test_out_of_memory(void **state)
{
	struct pchat_err err = { 0 };

	(void)state;
	oom_after(0);
	assert_int_equal(pchat_fail(&err, PCHAT_NOT_FOUND, "no room"), PCHAT_NOT_FOUND);
	assert_int_equal(pchat_wrap(&err, "cannot join"), PCHAT_NOT_FOUND);
	pchat_hint(&err, "create it");
	assert_true(oom_end());
	assert_int_equal(err.code, PCHAT_NOT_FOUND);
	assert_null(err.hint);
	assert_string_equal(pchat_err_text(&err), "out of memory");
	/* With memory again, the context is still put in front. */
	pchat_wrap(&err, "cannot join");
	assert_string_equal(pchat_err_text(&err), "cannot join: out of memory");

	/* A context that cannot be stored does not cost the cause. */
	pchat_fail(&err, PCHAT_CORRUPT, "bad page");
	for (size_t n = 0; n < 2; n++) {
		oom_after(n);
		assert_int_equal(pchat_wrap(&err, "cannot read"), PCHAT_CORRUPT);
		assert_true(oom_end());
		assert_string_equal(pchat_err_text(&err), "bad page");
	}
	oom_after(0);
	assert_int_equal(pchat_no_memory(&err), PCHAT_NO_MEMORY);
	assert_false(oom_end());
	assert_int_equal(err.code, PCHAT_NO_MEMORY);
	assert_string_equal(pchat_err_text(&err), "out of memory");
	pchat_err_release(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_fail_and_wrap),
		cmocka_unit_test(test_fail_drops_what_was_there),
		cmocka_unit_test(test_nobody_wants_the_message),
		cmocka_unit_test(test_wrap_without_failure),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
