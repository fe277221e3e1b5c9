/*
 * What the tests of wire/xccos share: cmocka, a parser as test state, envelopes
 * around fragments.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/xccos/xccos.h"

#define ROOM  "ma-chan://contoso.example/094f5a4a-c492-4f6b-91c2-385eba134fd3"
#define CAT   "ma-cat://contoso.example/22222222-2222-4222-8222-222222222222"

#define OPEN  "<xccos ver=\"1\" envid=\"7\" xmlns=\"urn:parlano:xml:ns:xccos\">"
#define CLOSE "</xccos>"

#define assert_view(got, wanted)                                                   \
	do {                                                                       \
		struct pchat_str got_ = (got), wanted_ = pchat_str(wanted);        \
		if (!pchat_str_eq(got_, wanted_))                                  \
			fail_msg("got '%.*s', wanted '%.*s'", PCHAT_STR_ARG(got_), \
			         PCHAT_STR_ARG(wanted_));                          \
	} while (0)

static inline bool
contains(struct pchat_str s, const char *part)
{
	return s.n > 0 && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

#define assert_contains(s, part)                                                           \
	do {                                                                               \
		struct pchat_str s_ = (s);                                                 \
		if (!contains(s_, (part)))                                                 \
			fail_msg("'%.*s' does not contain '%s'", PCHAT_STR_ARG(s_), part); \
	} while (0)

static inline int
setup(void **state)
{
	struct pchat_xccos_parser *p;

	if (pchat_xccos_parser_new(NULL, &p, NULL))
		return -1;
	*state = p;
	return 0;
}

static inline int
teardown(void **state)
{
	pchat_xccos_parser_free(*state);
	return 0;
}

/* Parse what must parse. */
static inline const struct pchat_xccos_envelope *
parse_view(void **state, struct pchat_str body)
{
	const struct pchat_xccos_envelope *e = NULL;
	struct pchat_err err = { 0 };

	if (pchat_xccos_parse(*state, body, &e, &err))
		fail_msg("%s at %u:%u in %.*s", pchat_err_text(&err), err.line, err.column,
		         PCHAT_STR_ARG(body));
	return e;
}

static inline const struct pchat_xccos_envelope *
parse(void **state, const char *body)
{
	return parse_view(state, pchat_str(body));
}

/* The one primitive of an envelope around @inner. */
static inline const struct pchat_xccos_prim *
parse_prim(void **state, const char *inner)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	const struct pchat_xccos_envelope *e;

	pchat_buf_text(&b, OPEN);
	pchat_buf_text(&b, inner);
	pchat_buf_text(&b, CLOSE);
	e = parse_view(state, pchat_buf_view(&b));
	assert_int_equal(e->n_prims, 1);
	return &e->prims[0];
}

/* Parse what must be refused; returns the code, *ret_err is to be released. */
static inline enum pchat_code
refuse(void **state, struct pchat_str body, struct pchat_err *ret_err)
{
	const struct pchat_xccos_envelope *e = NULL;
	enum pchat_code code = pchat_xccos_parse(*state, body, &e, ret_err);

	if (code == PCHAT_OK)
		fail_msg("accepted: %.*s", PCHAT_STR_ARG(body));
	assert_null(e);
	return code;
}
