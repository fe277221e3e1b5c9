#include "pchatctl/globals.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "schema/confirmation.h"

/* Octets of a configuration file, and how long pchatd may be waited for. */
#define CONFIG_MAX  65536
#define TIMEOUT_MAX 86400

#define SYSTEM_FILE "/etc/pchat/pchatctl.conf"

const char *const pchat_color_words[] = { "auto", "always", "never", NULL };

struct row {
	const char *name;
	char letter;
	enum pchat_arg_type type;
	const char *const *words;
	const char *preset, *help;
};

static const struct row rows[] = {
#define X(symbol, name, letter, type, words, preset, help) \
	[PCHAT_GLOBAL_##symbol] = { name, letter, PCHAT_ARG_##type, words, preset, help },
	PCHAT_GLOBALS(X)
#undef X
};

void
pchat_globals_release(struct pchat_globals *g)
{
	for (size_t i = 0; i < PCHAT_N_GLOBALS; i++)
		free(g->v[i].owned);
	free(g->file);
	*g = (struct pchat_globals){ 0 };
}

bool
pchat_global_option(size_t i, struct pchat_option *ret)
{
	size_t n;

	if (i >= PCHAT_N_GLOBALS)
		return false;
	*ret = (struct pchat_option){ .name = "--",
		                      .letter = rows[i].letter,
		                      .type = rows[i].type,
		                      .words = rows[i].words,
		                      .kind = PCHAT_NO_KIND,
		                      .help = rows[i].help,
		                      .field = -1 };
	n = strlen(rows[i].name);
	assert(n + 3 <= sizeof(ret->name));
	memcpy(ret->name + 2, rows[i].name, n + 1);
	return true;
}

int
pchat_global_find(struct pchat_str name)
{
	if (!pchat_str_starts(name, "--"))
		return -1;
	name = (struct pchat_str){ name.p + 2, name.n - 2 };
	for (int i = 0; i < PCHAT_N_GLOBALS; i++)
		if (pchat_str_is(name, rows[i].name))
			return i;
	return -1;
}

int
pchat_global_by_letter(char letter)
{
	for (int i = 0; i < PCHAT_N_GLOBALS; i++)
		if (rows[i].letter == letter)
			return i;
	return -1;
}

void
pchat_global_variable(size_t i, char ret[PCHAT_OPTION_NAME_MAX])
{
	size_t n = sizeof("PCHAT_") - 1;
	const char *p = rows[i].name;

	memcpy(ret, "PCHAT_", n);
	for (; *p && n + 1 < PCHAT_OPTION_NAME_MAX; p++)
		ret[n++] = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
	ret[n] = '\0';
}

bool
pchat_cmd_stages(const struct pchat_cmd *cmd)
{
	return cmd->flags &
	               (PCHAT_CMD_READ | PCHAT_CMD_WRITE | PCHAT_CMD_COMPARE | PCHAT_CMD_BATCH) &&
	       !(cmd->flags & PCHAT_CMD_LIVE) && !pchat_cmd_refuses_txn(cmd);
}

/* Messages and passwords are no objects: they are not in the copy a transaction works on. */
bool
pchat_cmd_refuses_txn(const struct pchat_cmd *cmd)
{
	return cmd->flags & PCHAT_CMD_WRITE && cmd->flags & (PCHAT_CMD_MESSAGES | PCHAT_CMD_SECRET);
}

bool
pchat_cmd_batches(const struct pchat_cmd *cmd)
{
	return pchat_cmd_stages(cmd) &&
	       !(cmd->flags & (PCHAT_CMD_HELPER | PCHAT_CMD_BATCH | PCHAT_CMD_DAEMON));
}

bool
pchat_global_applies(enum pchat_global global, const struct pchat_cmd *cmd)
{
	if (cmd->flags & PCHAT_CMD_PRESETS)
		return true;
	switch (global) {
	case PCHAT_GLOBAL_FIELDS:
		return cmd->flags & PCHAT_CMD_RECORDS;
	case PCHAT_GLOBAL_TXN:
		return cmd->flags & PCHAT_CMD_TXN || pchat_cmd_stages(cmd);
	case PCHAT_GLOBAL_MESSAGE:
		return cmd->flags & (PCHAT_CMD_WRITES | PCHAT_CMD_COMMENT);
	case PCHAT_GLOBAL_DRY_RUN:
	case PCHAT_GLOBAL_CONFIRM:
		return cmd->flags & PCHAT_CMD_WRITES;
	case PCHAT_GLOBAL_WAIT:
		return cmd->flags & (PCHAT_CMD_WRITES | PCHAT_CMD_AWAITS);
	case PCHAT_GLOBAL_TIMEOUT:
		return cmd->flags & (PCHAT_CMD_WRITES | PCHAT_CMD_DAEMON);
	case PCHAT_GLOBAL_YES:
		return cmd->flags & (PCHAT_CMD_WRITES | PCHAT_CMD_URGES);
	case PCHAT_GLOBAL_CONFIRM_WITHIN: /* nor are they in the journal to come back */
		return cmd->flags & PCHAT_CMD_WRITES && !pchat_cmd_refuses_txn(cmd);
	case PCHAT_GLOBAL_IF_EXISTS:
		return cmd->flags & PCHAT_CMD_IF_EXISTS;
	case PCHAT_GLOBAL_IF_NOT_EXISTS:
		return cmd->flags & PCHAT_CMD_IF_NOT_EXISTS;
	case PCHAT_GLOBAL_STORE:
	case PCHAT_GLOBAL_OUTPUT: /* errors have formats, too */
	case PCHAT_GLOBAL_COLOR:
	case PCHAT_GLOBAL_NO_PAGER:
	case PCHAT_GLOBAL_QUIET:
	case PCHAT_GLOBAL_HELP:
	case PCHAT_N_GLOBALS:
		break;
	}
	return true;
}

static enum pchat_code
config_line(struct pchat_globals *g, const char *path, unsigned number, struct pchat_str line,
            enum pchat_source source, struct pchat_err *err)
{
	struct pchat_str value, name = pchat_str_trim(pchat_str_cut(line, '=', &value));
	const char *names[PCHAT_N_GLOBALS], *near;
	int i = -1;

	if (!name.n || name.p[0] == '#')
		return PCHAT_OK;
	for (int k = 0; k < PCHAT_N_GLOBALS; k++) {
		names[k] = rows[k].name;
		if (k != PCHAT_GLOBAL_HELP && pchat_str_is(name, names[k]))
			i = k;
	}
	if (i < 0 || !memchr(line.p, '=', line.n)) {
		pchat_fail(err, PCHAT_INVALID,
		           i < 0 ? "unknown setting '%.*s'" : "'%.*s' lacks its '= value'",
		           PCHAT_STR_ARG(name));
		near = i < 0 ? pchat_nearest(name, names, PCHAT_N_GLOBALS) : NULL;
		pchat_hint(err, near ? "did you mean '%s'?" : "write lines as 'store = PATH'%s",
		           near ? near : "");
		pchat_err_at(err, path, number, 0);
		return PCHAT_INVALID;
	}
	if (g->v[i].text && g->v[i].source != source)
		return PCHAT_OK;
	free(g->v[i].owned);
	g->v[i].text = g->v[i].owned = pchat_str_dup(pchat_str_trim(value));
	g->v[i].source = source;
	g->v[i].line = number;
	return g->v[i].owned ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
config_file(struct pchat_globals *g, const char *path, enum pchat_source source,
            struct pchat_err *err)
{
	char text[CONFIG_MAX];
	struct pchat_str rest;
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f) {
		if (errno == ENOENT || errno == ENOTDIR || errno == EACCES)
			return PCHAT_OK;
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot read '%s': %s", path,
		                  strerror(errno));
	}
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (n == sizeof(text))
		return pchat_fail(err, PCHAT_LIMIT, "'%s' is longer than %d octets", path,
		                  CONFIG_MAX - 1);
	rest = (struct pchat_str){ text, n };
	for (unsigned number = 1; rest.n; number++) {
		struct pchat_str line = pchat_str_cut(rest, '\n', &rest);

		PCHAT_TRY(config_line(g, path, number, line, source, err));
	}
	return PCHAT_OK;
}

static enum pchat_code
user_file(struct pchat_globals *g, struct pchat_err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		g->file = pchat_text("%s/pchat/pchatctl.conf", xdg);
	else if (home && *home == '/')
		g->file = pchat_text("%s/.config/pchat/pchatctl.conf", home);
	else
		return PCHAT_OK;
	if (!g->file)
		return pchat_no_memory(err);
	return config_file(g, g->file, PCHAT_SOURCE_USER, err);
}

bool
pchat_bool_parse(const char *text, bool *ret)
{
	static const char *const words[2][4] = {
		{ "false", "no", "off", "0" },
		{ "true", "yes", "on", "1" },
	};

	for (int v = 0; v < 2; v++) {
		for (size_t i = 0; i < PCHAT_N(words[v]); i++) {
			if (pchat_str_iis(pchat_str(text), words[v][i])) {
				*ret = v;
				return true;
			}
		}
	}
	return false;
}

/* Where the value came from, as an error names it: "--wait", "PCHAT_WAIT", "wait". */
static void
value_name(const struct pchat_globals *g, int i, char ret[PCHAT_OPTION_NAME_MAX])
{
	if (g->v[i].source == PCHAT_SOURCE_ENVIRONMENT)
		pchat_global_variable((size_t)i, ret);
	else
		snprintf(ret, PCHAT_OPTION_NAME_MAX, "%s%s",
		         g->v[i].source == PCHAT_SOURCE_FLAG ? "--" : "", rows[i].name);
}

/* A value that stands in a file is input that is wrong there, not a wrong command line. */
static enum pchat_code
at_its_place(const struct pchat_globals *g, int i, struct pchat_err *err)
{
	if (g->v[i].source != PCHAT_SOURCE_USER && g->v[i].source != PCHAT_SOURCE_SYSTEM)
		return PCHAT_USAGE;
	pchat_err_at(err, g->v[i].source == PCHAT_SOURCE_USER ? g->file : SYSTEM_FILE, g->v[i].line,
	             0);
	if (err)
		err->code = PCHAT_INVALID;
	return PCHAT_INVALID;
}

static enum pchat_code
bad_value(const struct pchat_globals *g, int i, struct pchat_err *err)
{
	char name[PCHAT_OPTION_NAME_MAX];
	const char *near;
	size_t n = 0;

	value_name(g, i, name);
	pchat_fail(err, PCHAT_USAGE, "%s: '%s' is not %s", name, g->v[i].text,
	           rows[i].type == PCHAT_ARG_FLAG ? pchat_arg_what(PCHAT_ARG_BOOL)
	                                          : pchat_arg_what(rows[i].type));
	pchat_err_blame(err, g->v[i].text);
	if (!rows[i].words)
		return at_its_place(g, i, err);
	while (rows[i].words[n])
		n++;
	near = pchat_nearest(pchat_str(g->v[i].text), rows[i].words, n);
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else
		pchat_words_hint(err, rows[i].words);
	return at_its_place(g, i, err);
}

void
pchat_words_hint(struct pchat_err *err, const char *const *words)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	for (size_t i = 0; words[i]; i++)
		pchat_buf_printf(&b, "%s%s", !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
	pchat_hint(err, "use %s", pchat_buf_cstr(&b));
}

static bool
word_value(const struct pchat_globals *g, int i, unsigned *ret)
{
	for (unsigned k = 0; rows[i].words[k]; k++) {
		if (strcmp(g->v[i].text, rows[i].words[k]) == 0) {
			*ret = k;
			return true;
		}
	}
	return false;
}

/* Nothing: for good. No time at all makes no sense. */
static enum pchat_code
understand_confirm(struct pchat_globals *g, struct pchat_err *err)
{
	struct pchat_str text = pchat_str(g->v[PCHAT_GLOBAL_CONFIRM_WITHIN].text);
	enum pchat_code code;

	if (!text.n || (pchat_duration_parse(text, PCHAT_CONFIRM_MAX, &g->confirm_within) &&
	                g->confirm_within))
		return PCHAT_OK;
	code = bad_value(g, PCHAT_GLOBAL_CONFIRM_WITHIN, err);
	pchat_hint(err, "use 1s to 7d, such as 10m");
	return code;
}

/* Understand every value; a wrong one is named by where it came from. */
static enum pchat_code
understand(struct pchat_globals *g, struct pchat_err *err)
{
	bool *const flags[PCHAT_N_GLOBALS] = {
		[PCHAT_GLOBAL_DRY_RUN] = &g->dry_run,
		[PCHAT_GLOBAL_YES] = &g->yes,
		[PCHAT_GLOBAL_CONFIRM] = &g->confirm,
		[PCHAT_GLOBAL_IF_EXISTS] = &g->if_exists,
		[PCHAT_GLOBAL_IF_NOT_EXISTS] = &g->if_not_exists,
		[PCHAT_GLOBAL_WAIT] = &g->wait,
		[PCHAT_GLOBAL_NO_PAGER] = &g->no_pager,
		[PCHAT_GLOBAL_QUIET] = &g->quiet,
		[PCHAT_GLOBAL_HELP] = &g->help,
	};
	unsigned word;

	for (int i = 0; i < PCHAT_N_GLOBALS; i++)
		if (flags[i] && !pchat_bool_parse(g->v[i].text, flags[i]))
			return bad_value(g, i, err);
	if (!word_value(g, PCHAT_GLOBAL_OUTPUT, &word))
		return bad_value(g, PCHAT_GLOBAL_OUTPUT, err);
	g->format = (enum pchat_format)word;
	if (!word_value(g, PCHAT_GLOBAL_COLOR, &word))
		return bad_value(g, PCHAT_GLOBAL_COLOR, err);
	g->color = (enum pchat_color)word;
	if (!pchat_duration_parse(pchat_str(g->v[PCHAT_GLOBAL_TIMEOUT].text), TIMEOUT_MAX,
	                          &g->timeout))
		return bad_value(g, PCHAT_GLOBAL_TIMEOUT, err);
	return understand_confirm(g, err);
}

static void
presets(struct pchat_globals *g)
{
	for (size_t i = 0; i < PCHAT_N_GLOBALS; i++) {
		if (!g->v[i].text) {
			g->v[i].text = rows[i].preset;
			g->v[i].source = PCHAT_SOURCE_DEFAULT;
		}
	}
}

const char *
pchat_global_origin(const struct pchat_globals *g, size_t i)
{
	static const char *const words[] = {
		[PCHAT_SOURCE_DEFAULT] = "default", [PCHAT_SOURCE_SYSTEM] = "system file",
		[PCHAT_SOURCE_USER] = "user file",  [PCHAT_SOURCE_ENVIRONMENT] = "environment",
		[PCHAT_SOURCE_FLAG] = "flag",
	};

	return words[g->v[i].source];
}

void
pchat_global_place(const struct pchat_globals *g, size_t i, struct pchat_buf *out)
{
	char name[PCHAT_OPTION_NAME_MAX];

	switch (g->v[i].source) {
	case PCHAT_SOURCE_DEFAULT:
		return;
	case PCHAT_SOURCE_SYSTEM:
	case PCHAT_SOURCE_USER:
		pchat_buf_printf(out, "%s:%u",
		                 g->v[i].source == PCHAT_SOURCE_USER ? g->file : SYSTEM_FILE,
		                 g->v[i].line);
		return;
	case PCHAT_SOURCE_ENVIRONMENT:
	case PCHAT_SOURCE_FLAG:
		value_name(g, (int)i, name);
		pchat_buf_text(out, name);
		return;
	}
}

enum pchat_code
pchat_globals_resolve(struct pchat_globals *g, struct pchat_err *err)
{
	enum pchat_code code;

	for (size_t i = 0; i < PCHAT_N_GLOBALS; i++) {
		char name[PCHAT_OPTION_NAME_MAX];
		const char *text;

		pchat_global_variable(i, name);
		text = g->v[i].text || i == PCHAT_GLOBAL_HELP ? NULL : getenv(name);
		if (text && *text) {
			g->v[i].text = text;
			g->v[i].source = PCHAT_SOURCE_ENVIRONMENT;
		}
	}
	code = user_file(g, err);
	if (!code)
		code = config_file(g, SYSTEM_FILE, PCHAT_SOURCE_SYSTEM, err);
	presets(g); /* also after a failure: the error is printed with them */
	if (!code)
		code = understand(g, err);
	return code;
}

enum pchat_code
pchat_globals_inherit(struct pchat_globals *g, const struct pchat_globals *from,
                      struct pchat_err *err)
{
	for (size_t i = 0; i < PCHAT_N_GLOBALS; i++) {
		if (g->v[i].text)
			continue;
		g->v[i].text = i == PCHAT_GLOBAL_HELP ? "false" : from->v[i].text;
		g->v[i].source = from->v[i].source;
	}
	return understand(g, err);
}

static bool
set(const char *variable)
{
	const char *v = getenv(variable);

	return v && *v;
}

bool
pchat_globals_color(const struct pchat_globals *g, int fd)
{
	const char *term = getenv("TERM"), *force = getenv("CLICOLOR_FORCE"),
		   *cli = getenv("CLICOLOR");

	if (g->color != PCHAT_COLOR_AUTO)
		return g->color == PCHAT_COLOR_ALWAYS;
	if (set("NO_COLOR"))
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	if (cli && strcmp(cli, "0") == 0)
		return false;
	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}
