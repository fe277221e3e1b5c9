#include <stdlib.h>

#include "wire/xccos/xccos.h"

struct cmd_row {
	const char *name;
	const char *reply;
};

static const struct cmd_row cmds[] = { [PCHAT_XCCOS_CMD_UNKNOWN] = { "", "" },
#define X(symbol, name, reply, shape) [PCHAT_XCCOS_CMD_##symbol] = { name, reply },
	                               PCHAT_XCCOS_CMDS(X)
#undef X
};

const char *
pchat_xccos_cmd_name(enum pchat_xccos_cmd cmd)
{
	return cmds[(unsigned)cmd < PCHAT_XCCOS_N_CMDS ? cmd : PCHAT_XCCOS_CMD_UNKNOWN].name;
}

const char *
pchat_xccos_cmd_reply(enum pchat_xccos_cmd cmd)
{
	return cmds[(unsigned)cmd < PCHAT_XCCOS_N_CMDS ? cmd : PCHAT_XCCOS_CMD_UNKNOWN].reply;
}

enum pchat_xccos_cmd
pchat_xccos_cmd_find(struct pchat_str name)
{
	for (unsigned i = PCHAT_XCCOS_CMD_UNKNOWN + 1; i < PCHAT_XCCOS_N_CMDS; i++)
		if (pchat_str_iis(name, cmds[i].name))
			return (enum pchat_xccos_cmd)i;
	return PCHAT_XCCOS_CMD_UNKNOWN;
}

/* <scheme><domain>/<value>, neither part empty, no further slash, nothing that has no place in a
 * URI (so that it can be logged and compared). */
static bool
split(struct pchat_str uri, const char *scheme, struct pchat_str *ret_domain,
      struct pchat_str *ret_value)
{
	struct pchat_str rest, domain;

	if (uri.n > PCHAT_XCCOS_URI_MAX || !pchat_str_istarts(uri, scheme))
		return false;
	for (size_t i = 0; i < uri.n; i++)
		if ((unsigned char)uri.p[i] <= ' ' || uri.p[i] == 0x7f)
			return false;
	uri.p += strlen(scheme);
	uri.n -= strlen(scheme);
	domain = pchat_str_cut(uri, '/', &rest);
	if (domain.n == 0 || rest.n == 0 || memchr(rest.p, '/', rest.n))
		return false;
	*ret_domain = domain;
	*ret_value = rest;
	return true;
}

bool
pchat_xccos_uri_split(struct pchat_str uri, struct pchat_str *ret_domain,
                      struct pchat_str *ret_value)
{
	return split(uri, "ma-chan://", ret_domain, ret_value);
}

bool
pchat_xccos_category_split(struct pchat_str uri, struct pchat_str *ret_domain,
                           struct pchat_str *ret_value)
{
	return split(uri, "ma-cat://", ret_domain, ret_value);
}

bool
pchat_xccos_bool(struct pchat_str s, bool *ret)
{
	s = pchat_str_trim(s);
	if (pchat_str_iis(s, "true") || pchat_str_is(s, "1"))
		*ret = true;
	else if (pchat_str_iis(s, "false") || pchat_str_is(s, "0"))
		*ret = false;
	else
		return false;
	return true;
}

const char *
pchat_xccos_role_name(enum pchat_xccos_role role)
{
	switch (role) {
	case PCHAT_XCCOS_ROLE_NONE:
		break;
	case PCHAT_XCCOS_ROLE_MEMBER:
		return "MEMBER";
	case PCHAT_XCCOS_ROLE_MANAGER:
		return "MANAGER";
	case PCHAT_XCCOS_ROLE_PRESENTER:
		return "PRESENTER";
	}
	return "";
}
