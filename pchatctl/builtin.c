#include "pchatctl/manifest_plan.h"

/* What stands in every store, by the text of its key; NULL: the SIP domain of the store. */
static const struct {
	enum pchat_kind kind;
	const char *key;
} builtins[] = {
	{ PCHAT_KIND_POOL, NULL },           { PCHAT_KIND_DOMAIN, NULL },
	{ PCHAT_KIND_POLICY, "global" },     { PCHAT_KIND_SETTINGS, "global" },
	{ PCHAT_KIND_COMPLIANCE, "global" },
};
_Static_assert(PCHAT_N(builtins) <= PCHAT_MAX_BUILTINS, "too many built-in objects");

enum pchat_code
pchat_builtins(const char *domain, struct pchat_object *ret[PCHAT_MAX_BUILTINS], size_t *ret_n,
               struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	size_t n = 0;

	for (size_t i = 0; i < PCHAT_N(builtins) && !code; i++) {
		const char *key = builtins[i].key ? builtins[i].key : domain;
		struct pchat_object *o;

		if (!key[0])
			continue;
		o = pchat_object_new(builtins[i].kind);
		if (!o) {
			code = pchat_no_memory(err);
			break;
		}
		ret[n++] = o;
		code = pchat_object_set(o, 0, pchat_str(key), err);
	}
	if (code)
		while (n)
			pchat_object_free(ret[--n]);
	else
		*ret_n = n;
	return code;
}

bool
pchat_is_builtin(const struct pchat_object *o)
{
	for (size_t i = 0; i < PCHAT_N(builtins); i++)
		if (builtins[i].kind == o->kind &&
		    (builtins[i].key
		             ? pchat_str_iis(pchat_str(pchat_object_key(o)), builtins[i].key)
		             : pchat_kind_info(o->kind)->singleton))
			return true;
	return false;
}
