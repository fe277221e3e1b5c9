#include "pchatd/listener.h"

#include <arpa/inet.h>

#include "base/text.h"

#define SIX_BITS  128u
#define FOUR_BITS 32u

static const struct {
	const char *word;
	enum pchat_auth auth;
} words[] = {
	{ "digest", PCHAT_AUTH_DIGEST },
	{ "none", PCHAT_AUTH_NONE },
	{ "kerberos", PCHAT_AUTH_KERBEROS },
	{ "ntlm", PCHAT_AUTH_NTLM },
	{ "kerberos+ntlm", PCHAT_AUTH_KERBEROS_NTLM },
	{ "proxy", PCHAT_AUTH_PROXY },
};

bool
pchat_auth_parse(struct pchat_str word, enum pchat_auth *ret)
{
	for (size_t i = 0; i < PCHAT_N(words); i++) {
		if (pchat_str_is(word, words[i].word)) {
			*ret = words[i].auth;
			return true;
		}
	}
	return false;
}

bool
pchat_auth_has_ntlm(enum pchat_auth auth)
{
	return auth == PCHAT_AUTH_NTLM || auth == PCHAT_AUTH_KERBEROS_NTLM;
}

/* ---- addresses ---- */

/* Returns the bits of its family, 0 if it is no address. */
static unsigned
read_address(struct pchat_str text, unsigned char ret[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char room[INET6_ADDRSTRLEN];

	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = (struct pchat_str){ text.p + 1, text.n - 2 };
	if (text.n == 0 || text.n >= sizeof(room))
		return 0;
	memcpy(room, text.p, text.n);
	room[text.n] = '\0';
	if (inet_pton(AF_INET6, room, ret) == 1)
		return SIX_BITS;
	memcpy(ret, mapped, sizeof(mapped));
	return inet_pton(AF_INET, room, ret + sizeof(mapped)) == 1 ? FOUR_BITS : 0;
}

static bool
lies_in(const unsigned char address[16], const struct pchat_net *net)
{
	for (unsigned i = 0; i < net->bits; i++)
		if ((address[i / 8] ^ net->address[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

bool
pchat_listener_trusts_address(const struct pchat_listener *l, const char *peer)
{
	const char *colon = strrchr(peer, ':');
	unsigned char address[16];

	if (l->nets.n == 0)
		return l->names.n > 0;
	if (!colon || !read_address((struct pchat_str){ peer, (size_t)(colon - peer) }, address))
		return false;
	for (size_t i = 0; i < l->nets.n; i++)
		if (lies_in(address, &l->nets.v[i]))
			return true;
	return false;
}

/* ---- reading ---- */

static enum pchat_code
add_net(struct pchat_listener *l, struct pchat_str text, struct pchat_net *net, unsigned family,
        struct pchat_err *err)
{
	struct pchat_str bits;
	uint64_t n = family;

	pchat_str_cut(text, '/', &bits);
	if (memchr(text.p, '/', text.n) && !pchat_str_uint(bits, family, &n)) {
		pchat_fail(err, PCHAT_USAGE, "'%.*s' is no network", PCHAT_STR_ARG(text));
		pchat_hint(err, "write ADDRESS/BITS, as in 10.1.0.0/16");
		return PCHAT_USAGE;
	}
	net->bits = SIX_BITS - family + (unsigned)n;
	return pchat_vec_push(&l->nets, *net) ? PCHAT_OK : pchat_no_memory(err);
}

static bool
is_name(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-' && s.p[i] != '.')
			return false;
	return s.n > 0 && s.n < 256;
}

static enum pchat_code
take_trust(struct pchat_listener *l, struct pchat_str value, struct pchat_err *err)
{
	struct pchat_net net = { 0 };
	struct pchat_str rest;
	unsigned family = read_address(pchat_str_cut(value, '/', &rest), net.address);
	char *name;

	if (l->nets.n + l->names.n >= PCHAT_TRUST_MAX)
		return pchat_fail(err, PCHAT_USAGE, "more than %u peers to trust", PCHAT_TRUST_MAX);
	if (family)
		return add_net(l, value, &net, family, err);
	if (!is_name(value)) {
		pchat_fail(err, PCHAT_USAGE, "'%.*s' is no peer to trust", PCHAT_STR_ARG(value));
		pchat_hint(err, "write an address, a network or the domain of a certificate");
		return PCHAT_USAGE;
	}
	name = pchat_str_dup(value);
	if (name && pchat_vec_push(&l->names, name))
		return PCHAT_OK;
	free(name);
	return pchat_no_memory(err);
}

static enum pchat_code
take_auth(struct pchat_listener *l, struct pchat_str value, struct pchat_err *err)
{
	if (pchat_auth_parse(value, &l->auth))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "'%.*s' is no way to sign in", PCHAT_STR_ARG(value));
	pchat_hint(err, "write " PCHAT_AUTH_WORDS);
	return PCHAT_USAGE;
}

static enum pchat_code
take_keep(struct pchat_listener *l, struct pchat_str value, struct pchat_err *err)
{
	uint64_t n;

	if (!pchat_str_uint(value, PCHAT_KEEP_MAX, &n)) {
		pchat_fail(err, PCHAT_USAGE, "'%.*s' is no time to keep sessions",
		           PCHAT_STR_ARG(value));
		pchat_hint(err, "write whole seconds, at most %d", PCHAT_KEEP_MAX);
		return PCHAT_USAGE;
	}
	l->keep = (uint32_t)n;
	l->has_keep = true;
	return PCHAT_OK;
}

static const struct {
	const char *name;
	enum pchat_code (*take)(struct pchat_listener *l, struct pchat_str value,
	                        struct pchat_err *err);
} options[] = {
	{ "auth", take_auth },
	{ "trust", take_trust },
	{ "keep", take_keep },
};

static enum pchat_code
take_option(struct pchat_listener *l, struct pchat_str option, struct pchat_err *err)
{
	struct pchat_str value, name = pchat_str_cut(option, '=', &value);

	for (size_t i = 0; i < PCHAT_N(options); i++)
		if (pchat_str_is(name, options[i].name))
			return options[i].take(l, value, err);
	pchat_fail(err, PCHAT_USAGE, "unknown option '%.*s' of an address to listen on",
	           PCHAT_STR_ARG(name));
	pchat_hint(err, "there are auth=MODE, trust=PEER and keep=SECONDS");
	return PCHAT_USAGE;
}

static enum pchat_code
check(const struct pchat_listener *l, struct pchat_err *err)
{
	bool tls = pchat_str_starts(pchat_str(l->spec), "tls:");

	if (!tls && !pchat_str_starts(pchat_str(l->spec), "tcp:")) {
		pchat_fail(err, PCHAT_USAGE, "'%s' is no address to listen on", l->spec);
		pchat_hint(err, "write tcp:HOST:PORT or tls:HOST:PORT");
		return PCHAT_USAGE;
	}
	if (l->auth == PCHAT_AUTH_PROXY && l->nets.n + l->names.n == 0) {
		pchat_fail(err, PCHAT_USAGE, "'%s' is for a proxy, but trusts none", l->spec);
		pchat_hint(err, "add trust=ADDRESS, trust=NETWORK/BITS or trust=DOMAIN");
		return PCHAT_USAGE;
	}
	if (l->auth != PCHAT_AUTH_PROXY && l->nets.n + l->names.n > 0) {
		pchat_fail(err, PCHAT_USAGE, "'%s' trusts a peer, but is for no proxy", l->spec);
		pchat_hint(err, "add auth=proxy");
		return PCHAT_USAGE;
	}
	if (l->auth != PCHAT_AUTH_PROXY && l->has_keep) {
		pchat_fail(err, PCHAT_USAGE, "'%s' keeps sessions, but is for no proxy", l->spec);
		pchat_hint(err, "sessions of a user end with his connection: leave keep= out");
		return PCHAT_USAGE;
	}
	if (!tls && l->names.n > 0) {
		pchat_fail(err, PCHAT_USAGE, "'%s' trusts a certificate, but has no TLS", l->spec);
		pchat_hint(err, "listen on tls:HOST:PORT, or trust an address");
		return PCHAT_USAGE;
	}
	return PCHAT_OK;
}

static enum pchat_code
read_listener(struct pchat_listener *l, const char *text, struct pchat_err *err)
{
	struct pchat_str rest, first = pchat_str_cut(pchat_str(text), ',', &rest);
	enum pchat_code code = PCHAT_OK;

	l->spec = pchat_str_dup(first);
	if (!l->spec)
		return pchat_no_memory(err);
	while (!code && rest.n > 0) {
		struct pchat_str option = pchat_str_cut(rest, ',', &rest);

		code = take_option(l, option, err);
	}
	if (!l->has_keep && l->auth == PCHAT_AUTH_PROXY)
		l->keep = PCHAT_KEEP_SECONDS;
	return code ? code : check(l, err);
}

enum pchat_code
pchat_listener_parse(const char *text, struct pchat_listener **ret, struct pchat_err *err)
{
	struct pchat_listener *l = calloc(1, sizeof(*l));
	enum pchat_code code;

	if (!l)
		return pchat_no_memory(err);
	code = read_listener(l, text, err);
	if (code)
		pchat_listener_free(l);
	else
		*ret = l;
	return code;
}

void
pchat_listener_free(struct pchat_listener *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->names.n; i++)
		free(l->names.v[i]);
	pchat_vec_release(&l->names);
	pchat_vec_release(&l->nets);
	free(l->spec);
	free(l);
}
