#include "tests/unit/base/unit.h"

#include "base/text.h"

static void
test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		size_t max, distance;
	} rows[] = {
		{ "", "", 5, 0 },
		{ "", "abc", 5, 3 },
		{ "room", "room", 5, 0 },
		{ "room", "ROOM", 5, 0 },
		{ "room", "roam", 5, 1 },
		{ "room", "rom", 5, 1 },
		{ "room", "rooms", 5, 1 },
		{ "room", "orom", 5, 1 }, /* swap at the start */
		{ "room", "romo", 5, 1 }, /* and at the end */
		{ "ca", "abc", 5, 3 },    /* not 2: nothing is edited twice */
		{ "kitten", "sitting", 5, 3 },
		{ "kitten", "sitting", 3, 3 },
		{ "kitten", "sitting", 2, 3 }, /* cut off */
		{ "kitten", "sitting", 0, 1 },
		{ "abcdef", "ghijkl", 3, 4 },
		{ "a", "abcdefgh", 3, 4 },
		{ "badc", "abcd", 2, 2 }, /* two swaps at the limit */
		{ "badc", "abcd", 1, 2 },
		{ "\xc3\xa4rger", "\xc3\x84rger", 5, 0 },
		{ "\xc3\xa4rger", "arger", 5, 1 }, /* characters, not octets */
		{ "abc", "xyz", SIZE_MAX, 3 },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_str a = pchat_str(rows[i].a), b = pchat_str(rows[i].b);

		assert_int_equal(pchat_distance(a, b, rows[i].max), rows[i].distance);
		assert_int_equal(pchat_distance(b, a, rows[i].max), rows[i].distance);
	}
}

static void
test_cut_off_changes_nothing_else(void **state)
{
	static const char *const words[] = { "abcd", "badc", "dcba", "abdc", "acbd", "bacd",
		                             "aabb", "bbaa", "abab", "cdab", "ab",   "abcdabcd" };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(words); i++) {
		for (size_t j = 0; j < PCHAT_N(words); j++) {
			struct pchat_str a = pchat_str(words[i]), b = pchat_str(words[j]);
			size_t full = pchat_distance(a, b, 100);

			for (size_t max = 0; max < 10; max++)
				assert_int_equal(pchat_distance(a, b, max),
				                 full <= max ? full : max + 1);
		}
	}
}

/* What is said of the beginning of a name is true of every name that begins so. */
static void
test_what_is_ahead(void **state)
{
	static const char *const names[] = { "abcd",        "badc", "xbcd",  "abdcdd", "zzzzzzzz",
		                             "a",           "",     "abcdz", "abcdzz", "bacdee",
		                             "\303\244bcde" };
	static const char *const tails[] = { "", "a", "d", "cd", "abcd", "zzzzz" };
	struct pchat_str word = PCHAT_STR("abcde");
	size_t octets;

	(void)state;
	for (size_t i = 0; i < PCHAT_N(names); i++) {
		for (size_t max = 0; max < 6; max++) {
			struct pchat_str name = pchat_str(names[i]);

			assert_int_equal(pchat_distance_ahead(word, name, max, &octets),
			                 pchat_distance(word, name, max));
			assert_true(octets <= name.n);
			for (size_t t = 0; octets > 0 && t < PCHAT_N(tails); t++) {
				PCHAT_AUTO_VALUE(buf) other = { 0 };

				pchat_buf_add(&other, name.p, octets);
				pchat_buf_text(&other, tails[t]);
				assert_int_equal(pchat_distance(word, pchat_buf_view(&other), max),
				                 max + 1);
			}
		}
	}
	assert_int_equal(pchat_distance_ahead(word, PCHAT_STR("xxabcde"), 1, &octets), 2);
	assert_int_equal(octets, 2);
	assert_int_equal(pchat_distance_ahead(word, PCHAT_STR("abcd"), 0, &octets), 1);
	assert_int_equal(octets, 0);
}

static void
test_long_words(void **state)
{
	char longest[129];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(pchat_distance((struct pchat_str){ longest, 128 },
	                                (struct pchat_str){ longest, 127 }, 9),
	                 1);
	assert_int_equal(pchat_distance((struct pchat_str){ longest, 129 },
	                                (struct pchat_str){ longest, 128 }, 9),
	                 10);
	assert_int_equal(
		pchat_distance((struct pchat_str){ longest, 128 }, (struct pchat_str){ 0 }, 500),
		128);
}

static void
test_nearest(void **state)
{
	static const char *const verbs[] = { "create", "set", NULL, "show", "list", "delete", "" };
	static const struct {
		const char *word, *nearest;
	} rows[] = {
		{ "craete", "create" },
		{ "creat", "create" },
		{ "CREATE", "create" },
		{ "sohw", "show" },
		{ "lst", "list" },
		{ "del", NULL },
		{ "delte", "delete" },
		{ "dalate", "delete" },
		{ "dalat", NULL },
		{ "st", "set" },
		{ "x", "" },
		{ "xyzzy", NULL },
		{ "", NULL },
		{ "lost", "list" },
	};
	static const char *const equal[] = { "rates", "rats" };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const char *got = pchat_nearest(pchat_str(rows[i].word), verbs, PCHAT_N(verbs));

		if (!got || !rows[i].nearest)
			assert_ptr_equal(got, rows[i].nearest);
		else
			assert_string_equal(got, rows[i].nearest);
	}
	/* Of two that are equally near, the first. */
	assert_string_equal(pchat_nearest(PCHAT_STR("ratx"), equal, 2), "rats");
	assert_string_equal(pchat_nearest(PCHAT_STR("ratess"), equal, 2), "rates");
	assert_string_equal(pchat_nearest(PCHAT_STR("ratse"), equal, 2), "rates");
	assert_null(pchat_nearest(PCHAT_STR("rates"), NULL, 0));
}

/* That the domain is right does not make another user what was meant. */
static void
test_nearest_user(void **state)
{
	static const char *const users[] = { "sip:amy@contoso.example", "sip:bob@contoso.example" };
	static const struct {
		const char *word;
		size_t enough;
		int user;
	} rows[] = {
		{ "sip:amyy@contoso.example", 1, 0 },
		{ "SIP:amie@contoso.example", 1, -1 },
		{ "sip:bo@contoso.example", 1, 1 },
		{ "sip:nobody@contoso.example", 2, -1 },
		{ "sip:zoe@contoso.example", 1, -1 },
		{ "sip:amy@contos.example", 1, 0 },
		{ "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", 1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct pchat_str word = pchat_str(rows[i].word);

		assert_int_equal(pchat_near_enough(word), rows[i].enough);
		assert_ptr_equal(pchat_nearest(word, users, 2),
		                 rows[i].user < 0 ? NULL : users[rows[i].user]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_cut_off_changes_nothing_else),
		cmocka_unit_test(test_what_is_ahead),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
