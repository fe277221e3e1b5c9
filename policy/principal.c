#include "policy/object.h"

#include "policy/value.h"

static const struct principal_prefix {
	const char *text;
	size_t n;
	enum pchat_kind kind;
} prefixes[] = {
	{ "sip:", 4, PCHAT_KIND_USER },
	{ "group:", 6, PCHAT_KIND_GROUP },
	{ "ou:", 3, PCHAT_KIND_UNIT },
	{ "domain:", 7, PCHAT_KIND_DOMAIN },
};

static const struct principal_prefix *
find_prefix(struct pchat_str text)
{
	for (size_t i = 0; i < PCHAT_N(prefixes); i++)
		if (pchat_str_istarts(text, prefixes[i].text))
			return &prefixes[i];
	return NULL;
}

bool
pchat_principal_split(struct pchat_str text, enum pchat_kind *ret_kind, struct pchat_str *ret_key)
{
	const struct principal_prefix *p = find_prefix(text);

	if (!p)
		return false;
	*ret_kind = p->kind;
	*ret_key = text;
	if (p->kind != PCHAT_KIND_USER)
		*ret_key = (struct pchat_str){ text.p + p->n, text.n - p->n };
	return true;
}

void
pchat_principal_of(enum pchat_kind kind, const char *key, struct pchat_buf *out)
{
	for (size_t i = 0; i < PCHAT_N(prefixes); i++)
		if (prefixes[i].kind == kind && kind != PCHAT_KIND_USER)
			pchat_buf_add(out, prefixes[i].text, prefixes[i].n);
	pchat_buf_text(out, key);
}

static bool
is_user_char(char c)
{
	/* RFC 3261 section 25.1: unreserved, escapes and user-unreserved. */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-_.!~*'()%&=+$,;?/", c));
}

static bool
is_user_part(struct pchat_str user)
{
	for (size_t i = 0; i < user.n; i++)
		if (!is_user_char(user.p[i]))
			return false;
	return user.n > 0;
}

/* Host of "host:port;parameters?headers"; empty if the port is no number. */
static struct pchat_str
host_of(struct pchat_str s)
{
	struct pchat_str rest, port;
	uint64_t number;

	s = pchat_str_cut(s, '?', &rest);
	s = pchat_str_cut(s, ';', &rest);
	s = pchat_str_cut(s, ':', &port);
	if (port.n && !pchat_str_uint(port, 65535, &number))
		return (struct pchat_str){ 0 };
	return s;
}

/* Take "sip:user@host" apart; false if it is not of that form. */
static bool
split_uri(struct pchat_str text, struct pchat_str *user, struct pchat_str *host)
{
	const char *at;

	if (pchat_str_istarts(text, "sip:"))
		text = (struct pchat_str){ text.p + 4, text.n - 4 };
	else if (pchat_str_istarts(text, "sips:"))
		text = (struct pchat_str){ text.p + 5, text.n - 5 };
	at = text.n ? memchr(text.p, '@', text.n) : NULL;
	if (!at)
		return false;
	*user = (struct pchat_str){ text.p, (size_t)(at - text.p) };
	*host = host_of((struct pchat_str){ at + 1, text.n - user->n - 1 });
	return is_user_part(*user);
}

static enum pchat_code
refuse_uri(struct pchat_str text, struct pchat_err *err)
{
	char shown[PCHAT_VALUE_MAX];

	pchat_fail(err, PCHAT_INVALID, "%s is not a SIP URI", pchat_value_show(text, shown));
	pchat_hint(err, "write it like 'sip:amy@contoso.example'");
	return PCHAT_INVALID;
}

enum pchat_code
pchat_sip_uri_canonical(struct pchat_str text, struct pchat_buf *out, struct pchat_err *err)
{
	const struct pchat_field *rule = &pchat_kind_info(PCHAT_KIND_USER)->fields[PCHAT_USER_URI];
	struct pchat_str user, host;
	size_t start = out->n;

	if (!pchat_value_plain(text) || !split_uri(text, &user, &host))
		return refuse_uri(text, err);
	pchat_buf_lit(out, "sip:");
	for (size_t i = 0; i < user.n; i++)
		pchat_buf_char(out, (char)pchat_fold_char((unsigned char)user.p[i]));
	pchat_buf_char(out, '@');
	if (pchat_buf_check(out, err))
		return PCHAT_NO_MEMORY;
	if (pchat_value_domain("", host, out, NULL)) {
		out->n = start;
		return refuse_uri(text, err);
	}
	if (out->n - start <= rule->max)
		return PCHAT_OK;
	out->n = start;
	pchat_fail(err, PCHAT_LIMIT, "the SIP URI is too long");
	pchat_hint(err, "at most %llu characters are allowed", (unsigned long long)rule->max);
	return PCHAT_LIMIT;
}

static enum pchat_code
refuse_principal(struct pchat_str text, struct pchat_err *err)
{
	char shown[PCHAT_VALUE_MAX];

	pchat_fail(err, PCHAT_INVALID, "%s is not a principal", pchat_value_show(text, shown));
	pchat_hint(err, "write sip:user@domain, group:NAME, ou:PATH or domain:NAME");
	return PCHAT_INVALID;
}

enum pchat_code
pchat_principal_canonical(struct pchat_str text, struct pchat_buf *out, struct pchat_err *err)
{
	const struct principal_prefix *p = find_prefix(text);
	const struct pchat_kind_info *info;
	enum pchat_code code;
	struct pchat_str key;
	size_t start;

	if (text.n == 0 || (!p && !memchr(text.p, '@', text.n)))
		return refuse_principal(text, err);
	if (!p || p->kind == PCHAT_KIND_USER)
		return pchat_sip_uri_canonical(text, out, err);
	info = pchat_kind_info(p->kind);
	key = (struct pchat_str){ text.p + p->n, text.n - p->n };
	start = out->n;
	pchat_buf_add(out, p->text, p->n);
	code = pchat_value_text(info->word, &info->fields[0], key, out, err);
	if (code && start < out->n)
		out->n = start;
	return code;
}
