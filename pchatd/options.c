#include "pchatd/options.h"

#include <arpa/inet.h>

#include "base/auto.h"
#include "base/text.h"

#define DEFAULT_STORE  "/var/lib/pchat"
#define DEFAULT_LISTEN "tcp:127.0.0.1:5060"

typedef enum pchat_code take_fn(struct pchat_options *o, const char *value, struct pchat_err *err);

static enum pchat_code
take_store(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->store = value;
	return PCHAT_OK;
}

static enum pchat_code
take_listen(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	PCHAT_AUTO(listener) l = NULL;
	enum pchat_code code = pchat_listener_parse(value, &l, err);

	if (code)
		return code;
	if (!pchat_vec_push(&o->listen, l))
		return pchat_no_memory(err);
	l = NULL;
	return PCHAT_OK;
}

static enum pchat_code
take_auth(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	enum pchat_auth auth;

	if (!pchat_auth_parse(pchat_str(value), &auth))
		return pchat_fail(err, PCHAT_USAGE,
		                  "'%s' is none of digest, kerberos, ntlm, kerberos+ntlm, none",
		                  value);
	if (auth == PCHAT_AUTH_PROXY) {
		pchat_fail(err, PCHAT_USAGE, "a proxy is trusted on a listener of its own");
		pchat_hint(err, "write --listen ADDRESS,auth=proxy,trust=PEER");
		return PCHAT_USAGE;
	}
	o->auth = auth;
	return PCHAT_OK;
}

static enum pchat_code
take_keytab(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->keytab = value;
	return PCHAT_OK;
}

static enum pchat_code
take_server(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->server = value;
	return PCHAT_OK;
}

static enum pchat_code
take_ready_file(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->ready_file = value;
	return PCHAT_OK;
}

static enum pchat_code
take_log(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->log_file = value;
	return PCHAT_OK;
}

static enum pchat_code
take_log_level(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	if (pchat_log_level_parse(value, &o->log_level))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "'%s' is no log level", value);
	pchat_hint(err, "write error, warning, notice, info or debug");
	return PCHAT_USAGE;
}

static enum pchat_code
take_cert(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->cert = value;
	return PCHAT_OK;
}

static enum pchat_code
take_log_json(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)value;
	(void)err;
	o->log_json = true;
	return PCHAT_OK;
}

static enum pchat_code
take_metrics(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->metrics = value;
	return PCHAT_OK;
}

static enum pchat_code
take_insecure(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)value;
	(void)err;
	o->insecure = true;
	return PCHAT_OK;
}

static enum pchat_code
take_user(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)err;
	o->user = value;
	return PCHAT_OK;
}

static enum pchat_code
take_help(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)value;
	(void)err;
	o->help = true;
	return PCHAT_OK;
}

static enum pchat_code
take_version(struct pchat_options *o, const char *value, struct pchat_err *err)
{
	(void)value;
	(void)err;
	o->version = true;
	return PCHAT_OK;
}

/* One row per option: parser and help follow from it. */
static const struct option_row {
	const char *name, *value; /* value NULL: a switch */
	take_fn *take;
	const char *help;
} rows[] = {
	{ "--store", "DIR", take_store,
	  "directory of the store (else PCHAT_STORE, else " DEFAULT_STORE ")" },
	{ "--listen", "ADDRESS", take_listen,
	  "tcp:HOST:PORT or tls:HOST:PORT, port 0 picks one; may be repeated (" DEFAULT_LISTEN
	  "). Behind it: ,auth=MODE for this one alone; ,auth=proxy,trust=PEER for proxies" },
	{ "--auth", "MODE", take_auth,
	  "digest, kerberos, ntlm, kerberos+ntlm or none, instead of what the settings in the store "
	  "say; ntlm is for TLS, none for loopback" },
	{ "--keytab", "FILE", take_keytab,
	  "for Kerberos: the key of sip/NAME, NAME being --server or the host (KRB5_KTNAME)" },
	{ "--cert", "DIR", take_cert,
	  "for tls: directory with agent.pem (key, certificate, chain)" },
	{ "--insecure", NULL, take_insecure,
	  "take plain TCP on other than loopback addresses, and for NTLM" },
	{ "--user", "NAME", take_user,
	  "work as this user; for one who is started as root to bind a port below 1024" },
	{ "--server", "NAME", take_server,
	  "which server of the pool this is (the name of the host)" },
	{ "--ready-file", "FILE", take_ready_file, "write the addresses there once it serves" },
	{ "--log", "FILE", take_log, "log there instead of to standard error" },
	{ "--log-level", "LEVEL", take_log_level,
	  "error, warning, notice, info or debug (notice)" },
	{ "--log-json", NULL, take_log_json, "log JSON lines" },
	{ "--metrics", "HOST:PORT", take_metrics,
	  "let Prometheus read http://HOST:PORT/metrics; a loopback address, port 0 picks one" },
	{ "--help", NULL, take_help, "print this and exit" },
	{ "--version", NULL, take_version, "print the version and exit" },
};

static const struct option_row *
find_row(struct pchat_str name)
{
	for (size_t i = 0; i < PCHAT_N(rows); i++)
		if (pchat_str_is(name, rows[i].name))
			return &rows[i];
	return NULL;
}

static enum pchat_code
unknown_option(struct pchat_str name, struct pchat_err *err)
{
	const char *names[PCHAT_N(rows)], *near;

	for (size_t i = 0; i < PCHAT_N(rows); i++)
		names[i] = rows[i].name;
	near = pchat_nearest(name, names, PCHAT_N(rows));
	pchat_fail(err, PCHAT_USAGE, "unknown option '%.*s'", PCHAT_STR_ARG(name));
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else
		pchat_hint(err, "pchatd --help lists the options");
	return PCHAT_USAGE;
}

/* "--name=value", "--name value" or a switch; *i moves over what was used. */
static enum pchat_code
parse_one(struct pchat_options *o, int argc, char **argv, int *i, struct pchat_err *err)
{
	struct pchat_str rest, name = pchat_str_cut(pchat_str(argv[*i]), '=', &rest);
	const struct option_row *row = find_row(name);
	const char *value = rest.p && rest.p > argv[*i] + name.n ? rest.p : NULL;

	if (!row)
		return unknown_option(name, err);
	if (!row->value && value)
		return pchat_fail(err, PCHAT_USAGE, "option '%s' takes no value", row->name);
	if (row->value && !value) {
		if (*i + 1 >= argc)
			return pchat_fail(err, PCHAT_USAGE, "option '%s' needs a value: %s",
			                  row->name, row->value);
		value = argv[++*i];
	}
	return row->take(o, value, err);
}

enum pchat_code
pchat_options_parse(struct pchat_options *o, int argc, char **argv, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	*o = (struct pchat_options){ .log_level = PCHAT_LOG_NOTICE };
	o->store = getenv("PCHAT_STORE");
	for (int i = 1; !code && i < argc; i++)
		code = parse_one(o, argc, argv, &i, err);
	if (!o->store || !*o->store)
		o->store = DEFAULT_STORE;
	if (!code && o->listen.n == 0)
		code = take_listen(o, DEFAULT_LISTEN, err);
	return code;
}

void
pchat_options_release(struct pchat_options *o)
{
	for (size_t i = 0; i < o->listen.n; i++)
		pchat_listener_free(o->listen.v[i]);
	pchat_vec_release(&o->listen);
}

void
pchat_options_help(struct pchat_buf *out)
{
	pchat_buf_text(out, "usage: pchatd [--store DIR] [--listen ADDRESS]... [options]\n\n"
	                    "The persistent chat server.\n\noptions:\n");
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		size_t at = out->n;

		pchat_buf_printf(out, "  %s%s%s", rows[i].name, rows[i].value ? " " : "",
		                 rows[i].value ? rows[i].value : "");
		while (pchat_buf_ok(out) && out->n - at < 24)
			pchat_buf_char(out, ' ');
		pchat_buf_printf(out, "%s\n", rows[i].help);
	}
	pchat_buf_text(
		out,
		"\nsignals: TERM and INT drain and end (twice: at once), HUP reopens the log and reads"
		" certificates anew\n");
}

bool
pchat_options_row(size_t i, const char **name, const char **value, const char **help)
{
	if (i >= PCHAT_N(rows))
		return false;
	*name = rows[i].name;
	*value = rows[i].value;
	*help = rows[i].help;
	return true;
}

/* ---- addresses ---- */

/* HOST of "tcp:HOST:PORT", without brackets. */
static bool
host_of(const char *spec, char host[INET6_ADDRSTRLEN])
{
	const char *start = strchr(spec, ':'), *end = start ? strrchr(start + 1, ':') : NULL;

	if (!end)
		return false;
	start++;
	if (*start == '[' && end > start + 1 && end[-1] == ']') {
		start++;
		end--;
	}
	if (end == start || (size_t)(end - start) >= INET6_ADDRSTRLEN)
		return false;
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	return true;
}

bool
pchat_listen_is_loopback(const char *spec)
{
	char host[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	if (!host_of(spec, host))
		return false;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool
pchat_listen_is_tls(const char *spec)
{
	return pchat_str_starts(pchat_str(spec), "tls:");
}
