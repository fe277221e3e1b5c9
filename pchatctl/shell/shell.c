#include "pchatctl/shell/shell.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "pchatctl/fail.h"
#include "pchatctl/shell/edit.h"
#include "pchatctl/shell/history.h"
#include "schema/draft.h"

struct shell {
	struct pchat_ctl *ctl;
	struct pchat_edit *edit; /* NULL: lines are read from what is no terminal */
	struct pchat_history history;
	struct pchat_buf prompt;
	uint64_t commands, failures;
	enum pchat_code first; /* of them */
	bool leaves;
	/* Of the transaction that PCHAT_TXN names: */
	bool in_txn, own; /* there is one; it was begun here */
	uint64_t changes;
};

/* ---- one command ---- */

/* What was wrong with a line before it became a command. */
static void
complain(struct shell *s, const struct pchat_err *err)
{
	pchat_err_print(&s->ctl->globals, err);
	s->commands++;
	s->failures++;
	if (!s->first)
		s->first = err->code;
}

/* That the answer is no is no failure. */
static void
count(struct shell *s, int status)
{
	enum pchat_code code = PCHAT_OK;

	s->commands++;
	if (status == pchat_code_exit(PCHAT_OK) || status == pchat_code_exit(PCHAT_DIFFERS))
		return;
	while (code < PCHAT_INTERNAL && pchat_code_exit(code) != status)
		code++;
	s->failures++;
	if (!s->first)
		s->first = code;
}

/* In the process of the command. It gets what it would get without the shell. */
static _Noreturn void
become(struct shell *s, int argc, char *const *argv)
{
	int status;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	status = pchat_ctl_main(argc, argv, s->ctl->handlers);
	fflush(stdout);
	_exit(status);
}

/* The shell itself survives what interrupts the command. */
static void
carry_out(struct shell *s, int argc, char *const *argv)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was_int, was_quit;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	sigaction(SIGINT, &ignore, &was_int);
	sigaction(SIGQUIT, &ignore, &was_quit);
	pid = fork();
	if (pid == 0)
		become(s, argc, argv);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &was_int, NULL);
	sigaction(SIGQUIT, &was_quit, NULL);
	if (pid < 0) {
		struct pchat_err err = { 0 };

		pchat_fail(&err, PCHAT_UNAVAILABLE, "cannot start a process: %s", strerror(errno));
		complain(s, &err);
		pchat_err_release(&err);
	} else if (WIFSIGNALED(status)) {
		fputc('\n', stderr);
		count(s, 128 + WTERMSIG(status));
	} else {
		count(s, WEXITSTATUS(status));
	}
}

static void
run_words(struct shell *s, const struct pchat_line *line, size_t n)
{
	PCHAT_VEC(char *) argv = { 0 };
	struct pchat_err err = { 0 };
	bool complete = pchat_vec_push(&argv, s->ctl->argv[0]);

	for (size_t i = 0; i < n; i++)
		complete &= pchat_vec_push(&argv, line->words.v[i].text);
	complete &= pchat_vec_push(&argv, NULL);
	if (complete) {
		carry_out(s, (int)argv.n - 1, argv.v);
	} else {
		pchat_no_memory(&err);
		complain(s, &err);
		pchat_err_release(&err);
	}
	pchat_vec_release(&argv);
}

static void
run_help(struct shell *s, const struct pchat_line *line, size_t n)
{
	static char help[] = "help", all[] = "--help";
	struct pchat_line asked = { 0 };
	bool complete = true;

	/* "help" alone, or what was typed with --help. */
	for (size_t i = 0; i < n; i++)
		complete &= pchat_vec_push(&asked.words, line->words.v[i]);
	complete &= pchat_vec_push(&asked.words,
	                           (struct pchat_line_word){ .text = n ? all : help });
	if (complete)
		run_words(s, &asked, asked.words.n);
	pchat_vec_release(&asked.words); /* the texts are those of @line */
}

/* ---- the transaction ---- */

#define TXN_VARIABLE "PCHAT_TXN"

static const char *
txn_name(void)
{
	const char *name = getenv(TXN_VARIABLE);

	return name ? name : "";
}

/* Is it still open, and how much is staged in it? Commands, and others, change that. */
static void
look_at_txn(struct shell *s)
{
	const char *store = s->ctl->globals.v[PCHAT_GLOBAL_STORE].text;
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };
	PCHAT_AUTO(store) draft = NULL;
	bool was = s->in_txn;
	enum pchat_code code;

	s->in_txn = false;
	s->changes = 0;
	if (!*txn_name())
		return;
	code = pchat_draft_open(store, txn_name(), PCHAT_STORE_READ, &draft, NULL);
	if (!code)
		code = pchat_draft_info(draft, &info, NULL);
	if (code == PCHAT_NOT_FOUND && was) {
		unsetenv(TXN_VARIABLE);
		s->own = false;
	}
	if (code)
		return;
	s->in_txn = true;
	s->changes = info.changes;
}

/* The name that a line "begin ..." gives, or NULL. */
static const char *
given_name(const struct pchat_line *line)
{
	for (size_t i = 1; i < line->words.n; i++) {
		const char *word = line->words.v[i].text;

		if (strncmp(word, "--name=", 7) == 0)
			return word + 7;
		if (strcmp(word, "--name") == 0 && i + 1 < line->words.n)
			return line->words.v[i + 1].text;
	}
	return NULL;
}

/* The commands that follow belong to what it begins. */
static void
run_begin(struct shell *s, const struct pchat_line *line)
{
	static char option[] = "--name";
	PCHAT_AUTO_TEXT made = pchat_text("shell-%ld", (long)getpid());
	const char *name = given_name(line);
	struct pchat_line whole = { 0 };
	struct pchat_err err = { 0 };
	bool complete = made != NULL;

	look_at_txn(s);
	if (s->in_txn) {
		pchat_fail(&err, PCHAT_CONFLICT, "transaction '%s' is open already", txn_name());
		pchat_hint(&err, "commit or abort it first");
		complain(s, &err);
		pchat_err_release(&err);
		return;
	}
	unsetenv(TXN_VARIABLE);
	for (size_t i = 0; i < line->words.n; i++)
		complete &= pchat_vec_push(&whole.words, line->words.v[i]);
	if (!name && complete)
		complete = pchat_vec_push(&whole.words,
		                          (struct pchat_line_word){ .text = option }) &&
		           pchat_vec_push(&whole.words, (struct pchat_line_word){ .text = made });
	if (complete) {
		uint64_t failures = s->failures;

		run_words(s, &whole, whole.words.n);
		s->own = s->failures == failures &&
		         setenv(TXN_VARIABLE, name ? name : made, 1) == 0;
	}
	pchat_vec_release(&whole.words); /* the texts are those of @line and of this function */
}

static void
drop_txn(struct shell *s)
{
	struct pchat_err err = { 0 };

	if (pchat_draft_drop(s->ctl->globals.v[PCHAT_GLOBAL_STORE].text, txn_name(), &err))
		complain(s, &err);
	pchat_err_release(&err);
	unsetenv(TXN_VARIABLE);
	s->own = false;
}

/* Who leaves without a word about what is staged is asked; where nobody can be asked it is given
 * up, and that is a failure. */
static void
leave_txn(struct shell *s)
{
	PCHAT_AUTO_VALUE(buf) answer = { .max = PCHAT_LINE_MAX };
	PCHAT_AUTO_TEXT question = NULL;
	struct pchat_err err = { 0 };
	struct pchat_str word;

	look_at_txn(s);
	if (!s->in_txn || !s->own)
		return;
	if (!s->changes) {
		drop_txn(s);
		return;
	}
	if (!s->edit) {
		pchat_fail(&err, PCHAT_USAGE,
		           "transaction '%s' was never committed: what it had staged is lost",
		           txn_name());
		pchat_hint(&err, "end it with 'commit'");
		complain(s, &err);
		pchat_err_release(&err);
		drop_txn(s);
		return;
	}
	question = pchat_text("%llu change%s not committed: keep, abort or stay? [k/a/S] ",
	                      (unsigned long long)s->changes, s->changes == 1 ? " is" : "s are");
	if (question && pchat_edit_read(s->edit, question, &answer) == PCHAT_EDIT_CLOSED)
		pchat_buf_lit(&answer, "keep");
	word = pchat_str_trim(pchat_buf_view(&answer));
	if (pchat_str_istarts(word, "a"))
		drop_txn(s);
	else if (pchat_str_istarts(word, "k"))
		pchat_ctl_note(s->ctl, "go on with it by 'pchatctl shell --txn %s'", txn_name());
	else
		s->leaves = false;
}

static bool
is_word(const struct pchat_line_word *w, const char *text)
{
	return !w->quoted && strcmp(w->text, text) == 0;
}

static void
run_line(struct shell *s, const struct pchat_line *line)
{
	size_t n = line->words.n;
	const struct pchat_line_word *first = &line->words.v[0], *last = &line->words.v[n - 1];

	if (n == 1 && (is_word(first, "exit") || is_word(first, "quit"))) {
		s->leaves = true;
	} else if (is_word(last, "?") || (n > 1 && is_word(last, "help"))) {
		run_help(s, line, n - 1);
	} else if (is_word(first, "begin")) {
		run_begin(s, line);
	} else if (is_word(first, "shell")) {
		struct pchat_err err = { 0 };

		pchat_fail(&err, PCHAT_USAGE, "this is the shell already");
		complain(s, &err);
		pchat_err_release(&err);
	} else {
		run_words(s, line, n);
	}
}

/* ---- lines ---- */

/* The name of the store, as its folder is called. */
static void
put_store_name(const char *path, struct pchat_buf *out)
{
	char whole[PATH_MAX];
	struct pchat_str name = pchat_str(realpath(path, whole) ? whole : path);

	while (name.n > 1 && name.p[name.n - 1] == '/')
		name.n--;
	for (size_t i = name.n; i-- > 0;) {
		if (name.p[i] == '/' && i + 1 < name.n) {
			name = (struct pchat_str){ name.p + i + 1, name.n - i - 1 };
			break;
		}
	}
	pchat_quote_terminal(out, name);
}

/* "pchat:store> "; what else there is to know about the next command goes before the '>'. On the
 * lines that continue a command the prompt is as wide and says nothing. */
static const char *
prompt(struct shell *s, bool continued)
{
	size_t width;

	pchat_buf_clear(&s->prompt);
	pchat_buf_lit(&s->prompt, "pchat:");
	put_store_name(s->ctl->globals.v[PCHAT_GLOBAL_STORE].text, &s->prompt);
	if (s->in_txn)
		pchat_buf_printf(&s->prompt, "(%llu change%s)", (unsigned long long)s->changes,
		                 s->changes == 1 ? "" : "s");
	if (continued) {
		width = pchat_utf8_width(pchat_buf_view(&s->prompt));
		pchat_buf_clear(&s->prompt);
		while (width--)
			pchat_buf_char(&s->prompt, '.');
	}
	pchat_buf_lit(&s->prompt, "> ");
	return pchat_buf_cstr(&s->prompt);
}

/* A line that is no terminal's, without its end. */
static enum pchat_edit_end
read_plain(struct pchat_buf *line)
{
	int c;

	while ((c = getc(stdin)) != EOF && c != '\n' && line->n <= PCHAT_LINE_MAX)
		pchat_buf_char(line, (char)c);
	return c == EOF && !line->n ? PCHAT_EDIT_CLOSED : PCHAT_EDIT_LINE;
}

/* A backslash at the end of a line, or a quote that is still open, is continued on the next. */
static bool
goes_on(struct pchat_buf *text, const struct pchat_line *line)
{
	if (line->open == '\\') {
		assert(text->p && text->n);
		text->p[--text->n] = '\0';
		return true;
	}
	if (line->open)
		pchat_buf_char(text, '\n');
	return line->open != 0;
}

/* Read a whole command, of as many lines as it takes. */
static enum pchat_edit_end
read_command(struct shell *s, struct pchat_buf *text, struct pchat_line *line,
             struct pchat_err *err)
{
	enum pchat_edit_end end;
	bool more = false;

	do {
		size_t before = text->n;

		pchat_line_release(line);
		end = s->edit ? pchat_edit_read(s->edit, prompt(s, more), text) : read_plain(text);
		if (end == PCHAT_EDIT_CANCELLED)
			return end;
		if (end == PCHAT_EDIT_CLOSED && !more)
			return end;
		if (pchat_buf_check(text, err) ||
		    pchat_line_split(pchat_buf_view(text), PCHAT_LINE_OWN, line, err))
			return PCHAT_EDIT_LINE;
		if (end == PCHAT_EDIT_CLOSED && text->n == before)
			return PCHAT_EDIT_LINE; /* nothing more will come */
		more = goes_on(text, line);
	} while (more);
	return PCHAT_EDIT_LINE;
}

static void
remember(struct shell *s, const char *text, const struct pchat_line *line)
{
	enum pchat_shell_memory memory = pchat_shell_remember(line);
	struct pchat_err err = { 0 };

	if (!s->edit || memory == PCHAT_SHELL_FORGET || strchr(text, '\n'))
		return;
	pchat_edit_remember(s->edit, text);
	if (memory == PCHAT_SHELL_FILE && pchat_history_add(&s->history, text, &err)) {
		/* Said once. */
		pchat_ctl_note(s->ctl, "%s", pchat_err_text(&err));
		pchat_history_release(&s->history);
		pchat_err_release(&err);
	}
}

static void
one_command(struct shell *s)
{
	PCHAT_AUTO_VALUE(buf) text = { .max = PCHAT_LINE_MAX };
	PCHAT_AUTO_VALUE(line) line = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_edit_end end = read_command(s, &text, &line, &err);

	if (end == PCHAT_EDIT_CLOSED)
		s->leaves = true;
	if (end == PCHAT_EDIT_CLOSED && s->edit)
		fputc('\n', stdout);
	if (end != PCHAT_EDIT_LINE)
		return;
	if (!err.code && line.words.n && !pchat_shell_expand(&line, &err)) {
		remember(s, pchat_buf_cstr(&text), &line);
		run_line(s, &line);
	} else if (err.code && s->edit && line.words.n) {
		pchat_edit_remember(s->edit, pchat_buf_cstr(&text));
	}
	if (err.code)
		complain(s, &err);
	pchat_err_release(&err);
}

/* ---- the shell ---- */

/* What the shell was given its commands get by their environment, so that their own options beat
 * it, and those for which an option means nothing do not mind. */
static enum pchat_code
hand_down_options(const struct pchat_ctl *ctl, struct pchat_err *err)
{
	for (size_t i = 0; i < PCHAT_N_GLOBALS; i++) {
		char name[PCHAT_OPTION_NAME_MAX];

		if (ctl->globals.v[i].source != PCHAT_SOURCE_FLAG)
			continue;
		pchat_global_variable(i, name);
		if (setenv(name, ctl->globals.v[i].text, 1) != 0)
			return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

static enum pchat_code
start_editing(struct shell *s, struct pchat_err *err)
{
	struct pchat_err trouble = { 0 };

	setlocale(LC_CTYPE, "");
	PCHAT_TRY(pchat_edit_new("pchatctl", &s->edit, err));
	/* The shell is as good without a history. */
	if (pchat_history_open(&s->history, &trouble))
		pchat_ctl_note(s->ctl, "%s", pchat_err_text(&trouble));
	pchat_err_release(&trouble);
	for (size_t i = 0; i < s->history.lines.n; i++)
		pchat_edit_remember(s->edit, s->history.lines.v[i]);
	pchat_ctl_note(s->ctl,
	               "pchatctl %s; '?' or 'help' at any place, Tab completes, 'exit' leaves",
	               PCHAT_VERSION);
	return PCHAT_OK;
}

enum pchat_code
pchat_shell_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct shell s = { .ctl = ctl };
	enum pchat_code code = hand_down_options(ctl, err);

	(void)call;
	if (!code && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		code = start_editing(&s, err);
	else
		setvbuf(stdin, NULL, _IONBF, 0); /* commands read on where we stop */
	while (!code && !s.leaves) {
		look_at_txn(&s);
		one_command(&s);
		if (s.leaves)
			leave_txn(&s);
	}
	/* Who typed it has seen what failed. */
	if (!code && !s.edit && s.failures)
		code = pchat_fail(err, s.first, "%llu of %llu commands failed",
		                  (unsigned long long)s.failures, (unsigned long long)s.commands);
	pchat_edit_free(s.edit);
	pchat_history_release(&s.history);
	pchat_buf_release(&s.prompt);
	return code;
}
