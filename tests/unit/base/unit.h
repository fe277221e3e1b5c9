/*
 * What every unit test of base/ includes first: cmocka with what it needs, and views.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

/* A view that assert_view() compares octet by octet, NULs included. */
#define assert_view(got, wanted)                                                   \
	do {                                                                       \
		struct pchat_str got_ = (got), wanted_ = (wanted);                 \
		if (!pchat_str_eq(got_, wanted_))                                  \
			fail_msg("got '%.*s', wanted '%.*s'", PCHAT_STR_ARG(got_), \
			         PCHAT_STR_ARG(wanted_));                          \
	} while (0)
