#include "tests/unit/base/unit.h"

#include "base/hash.h"
#include "base/text.h"

#define MANY 1000

static void
test_new(void **state)
{
	static char guids[MANY][PCHAT_GUID_LEN + 1];
	struct pchat_hash seen = { 0 };
	char parsed[PCHAT_GUID_LEN + 1];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		pchat_guid_new(guids[i]);
		assert_true(pchat_guid_parse(pchat_str(guids[i]), parsed));
		assert_string_equal(parsed, guids[i]);
		assert_int_equal(guids[i][14], '4');
		assert_non_null(strchr("89ab", guids[i][19]));
		assert_null(pchat_hash_get(&seen, pchat_str(guids[i])));
		assert_true(pchat_hash_put(&seen, pchat_str(guids[i]), guids[i]));
	}
	pchat_hash_release(&seen);
}

static void
test_parse(void **state)
{
	static const char *const bad[] = {
		"",
		"12345678-9abc-def0-1234-56789abcdef",
		"12345678-9abc-def0-1234-56789abcdef00",
		"{12345678-9abc-def0-1234-56789abcdef0}",
		"123456789abcdef0123456789abcdef0",
		"12345678-9abc-def0-1234-56789abcdefg",
		"12345678-9abc-def0-1234056789abcdef0",
		"1234567809abc-def0-1234-56789abcdef0",
		"12345678-9abc-def0-1234-56789abcde-0",
		"12345678-9abc-def0-1234-56789abcde 0",
		"/2345678-9abc-def0-1234-56789abcdef0",
		":2345678-9abc-def0-1234-56789abcdef0",
	};
	char guid[PCHAT_GUID_LEN + 1] = "kept";

	(void)state;
	for (size_t i = 0; i < PCHAT_N(bad); i++) {
		assert_false(pchat_guid_parse(pchat_str(bad[i]), guid));
		assert_string_equal(guid, "kept");
	}
	assert_true(pchat_guid_parse(PCHAT_STR("12345678-9ABC-DEF0-1234-56789abcdef0"), guid));
	assert_string_equal(guid, "12345678-9abc-def0-1234-56789abcdef0");
	/* In place, too. */
	guid[0] = 'A';
	guid[35] = 'F';
	assert_true(pchat_guid_parse(pchat_str(guid), guid));
	assert_string_equal(guid, "a2345678-9abc-def0-1234-56789abcdeff");
}

static void
test_random(void **state)
{
	unsigned char a[4096] = { 0 }, b[4096] = { 0 };
	size_t zero = 0;

	(void)state;
	pchat_random(a, sizeof(a));
	pchat_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		zero += a[i] == 0;
	assert_true(zero < sizeof(a) / 16); /* 16 are expected */
	pchat_random(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
