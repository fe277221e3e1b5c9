/*
 * Runs a fuzz target over its corpus, one test per file. Whatever a fuzzer found once
 * is put into the corpus and so stays found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/fuzz.h"

/* Inputs beyond this are no use: the parsers refuse them unread. */
#define INPUT_MAX (4 << 20)

static void
replay(void **state)
{
	char path[4096];
	FILE *f;
	uint8_t *data, *exact;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", PCHAT_FUZZ_CORPUS, (const char *)*state);
	f = fopen(path, "rb");
	data = malloc(INPUT_MAX);
	assert_true(f && data);
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* As long as the input and no longer, so that a read behind its end is found. */
	exact = malloc(n ? n : 1);
	assert_non_null(exact);
	memcpy(exact, data, n);
	free(data);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static int
visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

int
main(void)
{
	struct dirent **files;
	int n = scandir(PCHAT_FUZZ_CORPUS, &files, visible, alphasort);
	struct CMUnitTest *tests;
	int failed;

	if (n <= 0) {
		fprintf(stderr, "no corpus in %s\n", PCHAT_FUZZ_CORPUS);
		return 1;
	}
	tests = calloc((size_t)n, sizeof(*tests));
	if (!tests)
		return 1;
	for (int i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ .name = files[i]->d_name,
			                        .test_func = replay,
			                        .initial_state = files[i]->d_name };
	/* The macro that is usually used wants an array of fixed size. */
	failed = _cmocka_run_group_tests(PCHAT_FUZZ_CORPUS, tests, (size_t)n, NULL, NULL);
	for (int i = 0; i < n; i++)
		free(files[i]);
	free(files);
	free(tests);
	return failed;
}
