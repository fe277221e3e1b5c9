#include "schema/driver.h"

const char *
pchat_part_name(enum pchat_part part)
{
	static const char *const names[] = {
#define X(symbol, name) [PCHAT_PART_##symbol] = name,
		PCHAT_PARTS(X)
#undef X
	};

	return names[part];
}

/* scheme "" is a path. NULL: known by name, not by this build. */
static const struct {
	const char *scheme;
	const struct pchat_driver *driver;
} drivers[] = {
	{ "postgresql://", NULL },
	{ "postgres://", NULL },
	{ "", &pchat_sqlite },
};

enum pchat_code
pchat_driver_for(const char *location, const struct pchat_driver **ret, struct pchat_err *err)
{
	size_t i = 0;

	if (location[0] == '\0') {
		pchat_fail(err, PCHAT_USAGE, "no store is named");
		pchat_hint(err, "name one with --store or PCHAT_STORE");
		return PCHAT_USAGE;
	}
	while (!pchat_str_istarts(pchat_str(location), drivers[i].scheme))
		i++;
	if (!drivers[i].driver) {
		pchat_fail(err, PCHAT_UNSUPPORTED, "this pchat keeps no stores in PostgreSQL");
		pchat_hint(err, "name a directory");
		return PCHAT_UNSUPPORTED;
	}
	*ret = drivers[i].driver;
	return PCHAT_OK;
}
