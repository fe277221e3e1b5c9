/* schema/manifest.schema.json is what the generator writes, and knows every key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pchatctl/manifest_schema.h"
#include "policy/object.h"

static void
read_file(const char *path, struct pchat_buf *ret)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		fail_msg("cannot open %s", path);
	do {
		assert_true(pchat_buf_reserve(ret, 65536));
		n = fread(ret->p + ret->n, 1, 65536, f);
		ret->n += n;
	} while (n);
	fclose(f);
}

static void
the_file_is_current(void **state)
{
	PCHAT_AUTO_VALUE(buf) wanted = { 0 };
	PCHAT_AUTO_VALUE(buf) got = { 0 };

	(void)state;
	pchat_manifest_schema(&wanted);
	assert_true(pchat_buf_ok(&wanted));
	read_file(PCHAT_TEST_DATA "/../../schema/manifest.schema.json", &got);
	if (!pchat_str_eq(pchat_buf_view(&wanted), pchat_buf_view(&got)))
		fail_msg("schema/manifest.schema.json is not current: build the target "
		         "manifest-schema");
}

static void
every_key_is_in_it(void **state)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	(void)state;
	pchat_manifest_schema(&text);
	for (int k = 0; k < PCHAT_N_KINDS; k++) {
		const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)k);
		PCHAT_AUTO_TEXT section = pchat_text("\n    \"%s\": {", info->section);

		assert_non_null(strstr(pchat_buf_cstr(&text), section));
		for (size_t i = 0; i < info->n_fields; i++) {
			PCHAT_AUTO_TEXT key = pchat_text("\"%s\": {", info->fields[i].name);

			assert_non_null(strstr(pchat_buf_cstr(&text), key));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_current),
		cmocka_unit_test(every_key_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
