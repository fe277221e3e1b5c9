#include "tests/unit/base/unit.h"

#include <jansson.h>

#include "base/json.h"

static void
write_sample(struct pchat_json *j)
{
	pchat_json_begin_object(j);
	pchat_json_key(j, "name");
	pchat_json_text(j, "Rates \"desk\"");
	pchat_json_key(j, "none");
	pchat_json_text(j, NULL);
	pchat_json_key(j, "members");
	pchat_json_begin_array(j);
	pchat_json_str(j, PCHAT_STR("sip:amy@contoso.example"));
	pchat_json_int(j, INT64_MIN);
	pchat_json_uint(j, UINT64_MAX);
	pchat_json_bool(j, true);
	pchat_json_bool(j, false);
	pchat_json_null(j);
	pchat_json_begin_object(j);
	pchat_json_end_object(j);
	pchat_json_begin_array(j);
	pchat_json_end_array(j);
	pchat_json_end_array(j);
	pchat_json_end_object(j);
}

static void
test_compact(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_json j;

	(void)state;
	pchat_json_init(&j, &out, false);
	write_sample(&j);
	assert_string_equal(pchat_buf_cstr(&out),
	                    "{\"name\":\"Rates \\\"desk\\\"\",\"none\":null,\"members\":["
	                    "\"sip:amy@contoso.example\",-9223372036854775808,"
	                    "18446744073709551615,true,false,null,{},[]]}");
}

static void
test_pretty(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_json j;

	(void)state;
	pchat_json_init(&j, &out, true);
	write_sample(&j);
	assert_string_equal(pchat_buf_cstr(&out), "{\n"
	                                          "  \"name\": \"Rates \\\"desk\\\"\",\n"
	                                          "  \"none\": null,\n"
	                                          "  \"members\": [\n"
	                                          "    \"sip:amy@contoso.example\",\n"
	                                          "    -9223372036854775808,\n"
	                                          "    18446744073709551615,\n"
	                                          "    true,\n"
	                                          "    false,\n"
	                                          "    null,\n"
	                                          "    {},\n"
	                                          "    []\n"
	                                          "  ]\n"
	                                          "}");
}

static void
test_bare_value(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_json j;

	(void)state;
	pchat_json_init(&j, &out, true);
	pchat_json_int(&j, 5);
	assert_string_equal(pchat_buf_cstr(&out), "5");
}

static void
test_drained_on_the_way(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	PCHAT_AUTO_VALUE(buf) all = { 0 };
	struct pchat_json j;
	json_t *root;

	(void)state;
	pchat_json_init(&j, &out, true);
	pchat_json_begin_array(&j);
	for (int i = 0; i < 100; i++) {
		pchat_json_begin_object(&j);
		pchat_json_key(&j, "i");
		pchat_json_int(&j, i);
		pchat_json_end_object(&j);
		pchat_buf_str(&all, pchat_buf_view(&out));
		pchat_buf_clear(&out);
	}
	pchat_json_end_array(&j);
	pchat_buf_str(&all, pchat_buf_view(&out));
	root = json_loadb(all.p, all.n, 0, NULL);
	assert_int_equal(json_array_size(root), 100);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(root, 99), "i")), 99);
	json_decref(root);
}

static void
nest(struct pchat_json *j, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		pchat_json_begin_array(j);
	pchat_json_int(j, 1);
	pchat_json_int(j, 2);
	for (unsigned i = 0; i < depth; i++)
		pchat_json_end_array(j);
}

static void
test_depth(void **state)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_json j;
	json_t *root;

	(void)state;
	pchat_json_init(&j, &out, false);
	nest(&j, PCHAT_JSON_DEPTH - 1);
	assert_true(pchat_buf_ok(&out));
	root = json_loadb(out.p, out.n, 0, NULL);
	assert_non_null(root);
	json_decref(root);

	/* One too deep, and far too deep: the failure is the buffer's. */
	for (unsigned depth = PCHAT_JSON_DEPTH; depth < 1000; depth += 500) {
		pchat_buf_clear(&out);
		pchat_json_init(&j, &out, true);
		nest(&j, depth);
		assert_false(pchat_buf_ok(&out));
		assert_int_equal(pchat_buf_check(&out, NULL), PCHAT_LIMIT);
		assert_int_equal(j.depth, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compact),    cmocka_unit_test(test_pretty),
		cmocka_unit_test(test_bare_value), cmocka_unit_test(test_drained_on_the_way),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
