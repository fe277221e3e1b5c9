#include "pchatctl/ctl.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "pchatctl/complete.h"
#include "pchatctl/fail.h"
#include "pchatctl/help.h"
#include "pchatctl/helper.h"
#include "pchatctl/mark.h"
#include "pchatctl/write.h"
#include "schema/draft.h"

void
pchat_ctl_note(struct pchat_ctl *ctl, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	if (ctl->globals.quiet)
		return;
	/* Remarks belong after the data they are about. */
	(void)pchat_sink_flush(&ctl->out, NULL);
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };

		pchat_quote_terminal(&b, pchat_str(text));
		if (ctl->out.pager.pid)
			pchat_buf_printf(&ctl->late, "%s\n", pchat_buf_cstr(&b));
		else
			dprintf(STDERR_FILENO, "%s\n", pchat_buf_cstr(&b));
		free(text);
	}
	va_end(ap);
}

const char *
pchat_ctl_actor(struct pchat_ctl *ctl)
{
	const char *given = getenv("PCHAT_ACTOR");
	const struct passwd *user;

	if (ctl->actor)
		return ctl->actor;
	user = given && *given ? NULL : getpwuid(getuid());
	if (given && *given)
		ctl->actor = pchat_str_dup(pchat_str(given));
	else if (user)
		ctl->actor = pchat_str_dup(pchat_str(user->pw_name));
	else
		ctl->actor = pchat_text("uid %u", (unsigned)getuid());
	return ctl->actor ? ctl->actor : "unknown";
}

/* Is the token the value of a secret option, or does it hold one ("--token=...")? */
static bool
is_secret(const struct pchat_call *call, const char *token)
{
	size_t n = strlen(token);

	for (size_t i = 0; i < call->given.n; i++) {
		const struct pchat_given *g = &call->given.v[i];
		size_t len = strlen(g->text);

		if (g->option.flags & PCHAT_ARG_SECRET && n >= len &&
		    memcmp(token + n - len, g->text, len) == 0)
			return true;
	}
	return false;
}

const char *
pchat_ctl_command_line(struct pchat_ctl *ctl, const struct pchat_call *call)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };

	if (ctl->command_line)
		return ctl->command_line;
	pchat_buf_lit(&line, "pchatctl");
	for (int i = 1; i < ctl->argc; i++) {
		pchat_buf_char(&line, ' ');
		if (is_secret(call, ctl->argv[i]))
			pchat_buf_lit(&line, "***");
		else
			pchat_quote_shell(&line, pchat_str(ctl->argv[i]));
	}
	ctl->command_line = pchat_buf_take(&line);
	return ctl->command_line;
}

void
pchat_ctl_keep_place(struct pchat_ctl *ctl, struct pchat_err *err)
{
	char *copy;

	if (!err || !err->file)
		return;
	copy = pchat_str_dup(pchat_str(err->file));
	if (!copy || !pchat_vec_push(&ctl->kept, copy)) {
		free(copy);
		copy = NULL;
	}
	err->file = copy;
}

enum pchat_code
pchat_ctl_store(struct pchat_ctl *ctl, enum pchat_store_mode mode, struct pchat_err *err)
{
	const char *path = ctl->globals.v[PCHAT_GLOBAL_STORE].text;

	if (ctl->store)
		return PCHAT_OK;
	if (ctl->txn)
		PCHAT_TRY_WORD(ctl->txn, err,
		               pchat_draft_open(path, ctl->txn, mode, &ctl->store, err));
	else
		PCHAT_TRY_WORD(path, err, pchat_store_open(path, mode, &ctl->store, err));
	return PCHAT_OK;
}

enum pchat_code
pchat_ctl_leave_txn(struct pchat_ctl *ctl, struct pchat_err *err)
{
	if (!ctl->txn)
		return PCHAT_OK;
	pchat_store_close(ctl->store);
	ctl->store = NULL;
	ctl->txn = NULL;
	return pchat_ctl_store(ctl, PCHAT_STORE_READ, err);
}

enum pchat_code
pchat_ctl_org(struct pchat_ctl *ctl, bool whole, struct pchat_err *err)
{
	struct pchat_org_loader loader;

	if (ctl->org)
		return PCHAT_OK;
	loader = pchat_store_loader(ctl->store);
	ctl->org = pchat_org_new(whole ? NULL : &loader);
	if (!ctl->org)
		return pchat_no_memory(err);
	return whole ? pchat_store_load(ctl->store, ctl->org, NULL, err) : PCHAT_OK;
}

/* Changes from which on a plan is not given back in pieces. */
#define LARGE_PLAN 5000

void
pchat_ctl_keep_plan(struct pchat_ctl *ctl, struct pchat_plan *plan)
{
	if (plan->n < LARGE_PLAN || ctl->spent.n)
		return;
	ctl->spent = *plan;
	*plan = (struct pchat_plan){ 0 };
}

static void
release(struct pchat_ctl *ctl)
{
	pchat_plan_release(&ctl->spent);
	pchat_saved_release(&ctl->saved);
	pchat_places_release(&ctl->places);
	pchat_works_release(&ctl->works);
	pchat_filter_release(&ctl->filter);
	pchat_org_free(ctl->org);
	pchat_store_close(ctl->store);
	pchat_txn_rollback(&ctl->draft_txn);
	pchat_store_close(ctl->draft);
	free(ctl->comment);
	pchat_sink_release(&ctl->out);
	pchat_buf_release(&ctl->late);
	for (size_t i = 0; i < ctl->kept.n; i++)
		free(ctl->kept.v[i]);
	pchat_vec_release(&ctl->kept);
	free(ctl->actor);
	free(ctl->command_line);
	pchat_globals_release(&ctl->globals);
}

static const struct pchat_handler *
helper_handler(const struct pchat_ctl *ctl, const struct pchat_cmd *cmd)
{
	for (const struct pchat_handler *h = ctl->handlers; h && h->path; h++)
		if (strcmp(h->path, cmd->path) == 0)
			return h;
	return NULL;
}

static enum pchat_code
carry_out(struct pchat_ctl *ctl, struct pchat_call *call, struct pchat_err *err)
{
	const struct pchat_handler *h = helper_handler(ctl, call->cmd);
	unsigned flags = call->cmd->flags;

	if (pchat_call_flag(call, PCHAT_FROM_STDIN)) {
		PCHAT_TRY(pchat_call_read_names(call, err));
		/* Nothing came out of the list that was to be worked on. */
		if (!call->lines.n && !call->n_typed) {
			pchat_ctl_note(ctl, "no names were given");
			return PCHAT_OK;
		}
	}
	if (flags & PCHAT_CMD_HELPER)
		return h ? h->run(ctl, call, err) : pchat_helper_exec(ctl, err);
	if (flags & PCHAT_CMD_WRITE)
		return pchat_write_run(ctl, call, NULL, err);
	if (flags & PCHAT_CMD_COMPARE)
		return pchat_compare_run(ctl, call, err);
	if (flags & PCHAT_CMD_READ && !(flags & PCHAT_CMD_NAMED && !call->names.n)) {
		PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_READ, err));
		PCHAT_TRY(pchat_ctl_org(ctl, false, err));
	}
	return call->cmd->run(ctl, call, err);
}

/* Inside a transaction it would take effect at once. */
static enum pchat_code
refuse_txn(const struct pchat_ctl *ctl, const struct pchat_cmd *cmd, struct pchat_err *err)
{
	const char *txn = ctl->globals.v[PCHAT_GLOBAL_TXN].text;

	if (!*txn)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "%s: cannot be part of transaction '%s'", cmd->path, txn);
	pchat_hint(err, "commit or abort that first, or run it without PCHAT_TXN");
	return PCHAT_USAGE;
}

static enum pchat_code
parse(struct pchat_ctl *ctl, struct pchat_call *call, struct pchat_err *err)
{
	enum pchat_code code = pchat_call_parse(ctl->argc - 1, ctl->argv + 1, &ctl->globals, call,
	                                        err);

	/* After a failure only for the form of the error. */
	if (code)
		(void)pchat_globals_resolve(&ctl->globals, NULL);
	else
		code = pchat_globals_resolve(&ctl->globals, err);
	return code;
}

static enum pchat_code
parse_and_run(struct pchat_ctl *ctl, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(call) call = { 0 };
	enum pchat_code code = parse(ctl, &call, err);

	if (code)
		return code;
	if (!ctl->globals.no_pager && (ctl->globals.help || pchat_pager_suits(call.cmd)))
		pchat_pager_choose(&ctl->out.pager, ctl->out.fd);
	if (ctl->globals.help)
		return pchat_help_for(ctl, call.noun, call.cmd, err);
	if (pchat_cmd_refuses_txn(call.cmd))
		PCHAT_TRY(refuse_txn(ctl, call.cmd, err));
	if (pchat_cmd_stages(call.cmd) && *ctl->globals.v[PCHAT_GLOBAL_TXN].text)
		ctl->txn = ctl->globals.v[PCHAT_GLOBAL_TXN].text;
	code = carry_out(ctl, &call, err);
	if (code)
		pchat_ctl_keep_place(ctl, err);
	return code;
}

/* A store must never be opened as what is taken for standard output. A stream that was closed is
 * replaced by one that fails. */
static void
guard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(pchat_code_exit(PCHAT_INTERNAL));
}

static void
finish_pager(struct pchat_ctl *ctl)
{
	pchat_pager_finish(&ctl->out.pager);
	if (ctl->late.n)
		dprintf(STDERR_FILENO, "%s", pchat_buf_cstr(&ctl->late));
}

int
pchat_ctl_main(int argc, char *const *argv, const struct pchat_handler *handlers)
{
	struct pchat_ctl ctl = {
		.argc = argc, .argv = argv, .handlers = handlers, .out = { .fd = STDOUT_FILENO }
	};
	struct pchat_err err = { 0 };
	enum pchat_code code, flushed;

	guard_streams();
	/* Nobody listening is a condition to look at, not a reason to die in a transaction. */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], "__complete") == 0)
		return pchat_complete_main(argc, argv);
	code = parse_and_run(&ctl, &err);
	if (code && argc > 1)
		pchat_mark(&err, "pchatctl", argc - 1, argv + 1);
	flushed = pchat_sink_flush(&ctl.out, code ? NULL : &err);
	finish_pager(&ctl);
	if (!code)
		code = flushed;
	/* A reader that has seen enough ("| head") is no failure of ours. */
	if (ctl.out.broken && code == PCHAT_UNAVAILABLE && !err.msg)
		code = PCHAT_OK;
	if (code && (err.msg || code != PCHAT_DIFFERS))
		pchat_err_print(&ctl.globals, &err);
	pchat_err_release(&err);
	if (ctl.spent.n) {
		pchat_store_close(ctl.store);
		_exit(pchat_code_exit(code));
	}
	release(&ctl);
	return pchat_code_exit(code);
}
