/* What tests of one open store begin and end with: the example organization in it. */
#pragma once

#include "tests/unit/schema/support.h"

struct fixture {
	struct place place;
	struct pchat_store *store;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_err err = { 0 };

	assert_non_null(f);
	place_with_store(&f->place);
	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &f->store, &err));
	create_contoso(f->store);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pchat_store_close(f->store);
	place_free(&f->place);
	free(f);
	return 0;
}
