#include "policy/object.h"

#include <assert.h>

/* clang-format off */
/* What the column "extra" of a row means depends on the type beside it. */
#define WORDS(...)         ((const char *const[]){ __VA_ARGS__, NULL })
#define EXTRA_TEXT(x)
#define EXTRA_NAME(x)
#define EXTRA_SIP_URI(x)
#define EXTRA_HTTP_URL(x)
#define EXTRA_BOOL(x)
#define EXTRA_UINT(x)
#define EXTRA_DURATION(x)
#define EXTRA_PRINCIPALS(x)
#define EXTRA_ENUM(x)      .words = (x),
#define EXTRA_REF(x)       .ref = PCHAT_KIND_##x,

/* Each KIND closes the array of the kind before it, so the first one closes this. */
#define KIND(symbol, ...) \
	};                \
	static const struct pchat_field fields_of_##symbol[] = {
#define FIELD(kind, symbol, n, t, extra, lo, hi, p, f, h)                                   \
	{ .name = (n), .type = PCHAT_TYPE_##t, EXTRA_##t(extra).min = (lo), .max = (hi),    \
	  .preset = (p), .flags = (f), .help = (h) },
__attribute__((unused)) static const struct pchat_field fields_of_nothing[] = {
	{ 0 },
#include "policy/fields.def"
};
#undef KIND
#undef FIELD

#define KIND(symbol, w, s, one, h)                                                 \
	{ .word = (w), .section = (s), .singleton = (one), .help = (h),            \
	  .fields = fields_of_##symbol, .n_fields = PCHAT_N(fields_of_##symbol) },
#define FIELD(...)
static const struct pchat_kind_info kinds[] = {
#include "policy/fields.def"
};
#undef KIND
#define KIND(symbol, ...)                                                \
	_Static_assert(PCHAT_N(fields_of_##symbol) <= PCHAT_MAX_FIELDS, \
		       "PCHAT_MAX_FIELDS is too small");
#include "policy/fields.def"
#undef KIND
#undef FIELD
/* clang-format on */

const struct pchat_kind_info *
pchat_kind_info(enum pchat_kind kind)
{
	assert((size_t)kind < PCHAT_N(kinds));
	return &kinds[kind];
}

bool
pchat_kind_by_word(struct pchat_str word, enum pchat_kind *ret)
{
	for (size_t i = 0; i < PCHAT_N(kinds); i++) {
		if (pchat_str_is(word, kinds[i].word)) {
			*ret = (enum pchat_kind)i;
			return true;
		}
	}
	return false;
}

bool
pchat_kind_by_section(struct pchat_str section, enum pchat_kind *ret)
{
	for (size_t i = 0; i < PCHAT_N(kinds); i++) {
		if (pchat_str_is(section, kinds[i].section)) {
			*ret = (enum pchat_kind)i;
			return true;
		}
	}
	return false;
}

int
pchat_field_by_name(enum pchat_kind kind, struct pchat_str name)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);

	for (size_t i = 0; i < info->n_fields; i++)
		if (pchat_str_is(name, info->fields[i].name))
			return (int)i;
	return -1;
}
