#include "tests/unit/base/unit.h"

#include "base/hash.h"
#include "tests/unit/base/oom.h"

/* SipHash-1-3 of the octets 0, 1, 2, ... under the key 0, 1, ... 15, as other
 * implementations have it. */
static const uint64_t vectors[] = {
	UINT64_C(0xabac0158050fc4dc), UINT64_C(0xc9f49bf37d57ca93), UINT64_C(0x82cb9b024dc7d44d),
	UINT64_C(0x8bf80ab8e7ddf7fb), UINT64_C(0xcf75576088d38328), UINT64_C(0xdef9d52f49533b67),
	UINT64_C(0xc50d2b50c59f22a7), UINT64_C(0xd3927d989bb11140), UINT64_C(0x369095118d299a8e),
	UINT64_C(0x25a48eb36c063de4), UINT64_C(0x79de85ee92ff097f), UINT64_C(0x70c118c1f94dc352),
	UINT64_C(0x78a384b157b4d9a2), UINT64_C(0x306f760c1229ffa7), UINT64_C(0x605aa111c0f95d34),
	UINT64_C(0xd320d86d2a519956), UINT64_C(0xcc4fdd1a7d908b66),
};

static void
test_siphash(void **state)
{
	unsigned char key[PCHAT_HASH_KEY], data[sizeof(vectors) / sizeof(vectors[0])];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	for (size_t n = 0; n < sizeof(data); n++)
		assert_int_equal(pchat_hash_keyed(key, data, n), vectors[n]);
	assert_int_equal(pchat_hash_of("abc", 3), pchat_hash_of("abc", 3));
	assert_int_not_equal(pchat_hash_of("abc", 3), pchat_hash_of("abd", 3));
	/* The key of the process is neither of these. */
	assert_int_not_equal(pchat_hash_of(data, 8), vectors[8]);
	memset(key, 0, sizeof(key));
	assert_int_not_equal(pchat_hash_of(data, 8), pchat_hash_keyed(key, data, 8));
}

static void
test_empty(void **state)
{
	struct pchat_hash h = { 0 };
	size_t i = 0;

	(void)state;
	assert_null(pchat_hash_get(&h, PCHAT_STR("a")));
	assert_null(pchat_hash_del(&h, PCHAT_STR("a")));
	assert_false(pchat_hash_next(&h, &i, NULL, NULL));
	pchat_hash_release(&h);
	pchat_hash_release(NULL);
}

static void
test_put_get_del(void **state)
{
	struct pchat_hash h = { 0 };
	char replaced[] = "a";
	int one = 1, two = 2;
	struct pchat_str key;
	size_t i = 0;

	(void)state;
	assert_true(pchat_hash_put(&h, PCHAT_STR("a"), &one));
	assert_true(pchat_hash_put(&h, PCHAT_STR("a\0b"), &two));
	assert_true(pchat_hash_put(&h, (struct pchat_str){ 0 }, &two));
	assert_ptr_equal(pchat_hash_get(&h, PCHAT_STR("a")), &one);
	assert_ptr_equal(pchat_hash_get(&h, PCHAT_STR("a\0b")), &two);
	assert_ptr_equal(pchat_hash_get(&h, PCHAT_STR("")), &two);
	assert_null(pchat_hash_get(&h, PCHAT_STR("A")));
	assert_int_equal(h.n, 3);
	/* Replacing takes the new key, too: the old one may go. */
	assert_true(pchat_hash_put(&h, pchat_str(replaced), &two));
	assert_int_equal(h.n, 3);
	assert_ptr_equal(pchat_hash_get(&h, PCHAT_STR("a")), &two);
	assert_ptr_equal(pchat_hash_del(&h, PCHAT_STR("")), &two);
	assert_ptr_equal(pchat_hash_del(&h, PCHAT_STR("a\0b")), &two);
	assert_true(pchat_hash_next(&h, &i, &key, NULL));
	assert_ptr_equal(key.p, replaced);
	assert_false(pchat_hash_next(&h, &i, &key, NULL));
	assert_null(pchat_hash_del(&h, PCHAT_STR("a\0b")));
	assert_int_equal(h.n, 1);
	pchat_hash_release(&h);
}

#define MANY    5000
#define KEY_MAX 16

static char names[MANY][KEY_MAX];

static void
fill(struct pchat_hash *h)
{
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "k%d", i);
		assert_true(pchat_hash_put(h, pchat_str(names[i]), names[i]));
	}
}

static void
test_many(void **state)
{
	struct pchat_hash h = { 0 };

	(void)state;
	fill(&h);
	assert_int_equal(h.n, MANY);
	for (int i = 0; i < MANY; i += 2)
		assert_ptr_equal(pchat_hash_del(&h, pchat_str(names[i])), names[i]);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(pchat_hash_get(&h, pchat_str(names[i])), i % 2 ? names[i] : NULL);
	pchat_hash_release(&h);
}

static void
test_iterate_and_delete(void **state)
{
	struct pchat_hash h = { 0 };
	bool seen[MANY] = { false };
	struct pchat_str key;
	size_t i = 0;
	void *value;

	(void)state;
	fill(&h);
	while (pchat_hash_next(&h, &i, &key, &value)) {
		size_t at = (size_t)((char(*)[KEY_MAX])value - names);

		assert_false(seen[at]);
		seen[at] = true;
		assert_view(key, pchat_str(names[at]));
		if (at % 3 == 0)
			assert_ptr_equal(pchat_hash_del(&h, key), value);
	}
	for (int at = 0; at < MANY; at++)
		assert_true(seen[at]);
	assert_int_equal(h.n, MANY - (MANY + 2) / 3);
	pchat_hash_release(&h);
}

static void
test_churn_does_not_grow(void **state)
{
	struct pchat_hash h = { 0 };

	(void)state;
	/* Two entries at a time, for ever: what is deleted makes room again. */
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "k%d", i);
		assert_true(pchat_hash_put(&h, pchat_str(names[i]), names[i]));
		if (i > 1)
			assert_non_null(pchat_hash_del(&h, pchat_str(names[i - 2])));
	}
	assert_int_equal(h.n, 2);
	assert_true(h.cap <= 32);
	pchat_hash_release(&h);
}

static void
test_no_memory(void **state)
{
	struct pchat_hash h = { 0 };
	size_t stored;

	(void)state;
	oom_after(0);
	assert_false(pchat_hash_put(&h, PCHAT_STR("a"), &h));
	assert_true(oom_end());
	assert_int_equal(h.n, 0);
	for (int i = 0; i < MANY; i++)
		snprintf(names[i], sizeof(names[i]), "k%d", i);
	oom_after(2);
	for (stored = 0; stored < MANY; stored++)
		if (!pchat_hash_put(&h, pchat_str(names[stored]), names[stored]))
			break;
	assert_true(oom_end());
	assert_in_range(stored, 16, 32);
	assert_int_equal(h.n, stored);
	for (size_t i = 0; i < stored; i++)
		assert_ptr_equal(pchat_hash_get(&h, pchat_str(names[i])), names[i]);
	assert_null(pchat_hash_get(&h, pchat_str(names[stored])));
	pchat_hash_release(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_put_get_del),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_iterate_and_delete),
		cmocka_unit_test(test_churn_does_not_grow),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
