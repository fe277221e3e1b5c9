#include "wire/xccos/result.h"

struct row {
	enum pchat_xccos_result result;
	const char *name;
	const char *sentence;
};

static const struct row rows[] = {
#define X(symbol, code, name, sentence) { PCHAT_XCCOS_##symbol, name, sentence },
	PCHAT_XCCOS_RESULTS(X)
#undef X
};

static const struct row *
find(enum pchat_xccos_result r)
{
	const struct row *server = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].result == r)
			return &rows[i];
		if (rows[i].result == PCHAT_XCCOS_SERVER)
			server = &rows[i];
	}
	return server;
}

const char *
pchat_xccos_result_name(enum pchat_xccos_result r)
{
	return find(r)->name;
}

const char *
pchat_xccos_result_sentence(enum pchat_xccos_result r)
{
	return find(r)->sentence;
}

enum pchat_xccos_result
pchat_xccos_result_of(enum pchat_code code)
{
	switch (code) {
	case PCHAT_OK:
		return PCHAT_XCCOS_OK;
	case PCHAT_USAGE:
	case PCHAT_INVALID:
		return PCHAT_XCCOS_INVALID_ARGUMENT;
	case PCHAT_NOT_FOUND:
		return PCHAT_XCCOS_NO_SUCH_NODE;
	case PCHAT_EXISTS:
		return PCHAT_XCCOS_DUPLICATE_NAME;
	case PCHAT_DIFFERS:
	case PCHAT_CONFLICT:
		return PCHAT_XCCOS_DATA_COLLISION;
	case PCHAT_DENIED:
		return PCHAT_XCCOS_PERMISSION;
	case PCHAT_BUSY:
	case PCHAT_UNAVAILABLE:
		return PCHAT_XCCOS_DATABASE;
	case PCHAT_LIMIT:
		return PCHAT_XCCOS_LIMIT_EXCEEDED;
	case PCHAT_UNSUPPORTED:
		return PCHAT_XCCOS_MSG_NOT_SUPPORTED;
	case PCHAT_CORRUPT:
	case PCHAT_NO_MEMORY:
	case PCHAT_INTERNAL:
	case PCHAT_N_CODES:
		break;
	}
	return PCHAT_XCCOS_SERVER;
}

uint32_t
pchat_xccos_aib_key(enum pchat_xccos_style style, bool manager, bool presenter)
{
	uint32_t member = PCHAT_XCCOS_PERM_JOIN | PCHAT_XCCOS_PERM_CHAT | PCHAT_XCCOS_PERM_HISTORY |
	                  PCHAT_XCCOS_PERM_SEE;
	uint32_t manage = PCHAT_XCCOS_PERM_MANAGE | PCHAT_XCCOS_PERM_BYPASS;

	if (style == PCHAT_XCCOS_STYLE_R2) {
		member |= PCHAT_XCCOS_PERM_CREATE | PCHAT_XCCOS_PERM_FILES;
		/* Bits 5 and 6 are documented nowhere, but only 12276 makes an operator. */
		manage |= 1 << 5 | 1 << 6;
	}
	return member | (manager ? manage : 0) | (presenter ? PCHAT_XCCOS_PERM_AUDITORIUM : 0);
}

bool
pchat_xccos_style_parse(struct pchat_str word, enum pchat_xccos_style *ret)
{
	if (pchat_str_iis(word, "r2"))
		*ret = PCHAT_XCCOS_STYLE_R2;
	else if (pchat_str_is(word, "2013"))
		*ret = PCHAT_XCCOS_STYLE_2013;
	else
		return false;
	return true;
}
