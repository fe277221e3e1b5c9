#include <histedit.h>

#include "pchatctl/shell/edit.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pchatctl/shell/history.h"
#include "pchatctl/shell/shell.h"

#define DEFAULT_COLUMNS 80

struct pchat_edit {
	EditLine *el;
	History *history;
	const char *prompt;
	const struct pchat_buf *before; /* what was entered on the lines above */
	bool cancelled;
};

static struct pchat_edit *
edit_of(EditLine *el)
{
	struct pchat_edit *e = NULL;

	el_get(el, EL_CLIENTDATA, &e);
	return e;
}

static char *
prompt_of(EditLine *el)
{
	/* libedit does not write to it. */
	return (char *)(uintptr_t)edit_of(el)->prompt;
}

static size_t
screen_columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return DEFAULT_COLUMNS;
}

/* ---- keys ---- */

/* The whole command up to the cursor; *ret_own is where the line that is edited begins in it. */
static bool
text_before(EditLine *el, struct pchat_buf *text, size_t *ret_own)
{
	const LineInfo *li = el_line(el);

	pchat_buf_str(text, pchat_buf_view(edit_of(el)->before));
	*ret_own = text->n;
	pchat_buf_add(text, li->buffer, (size_t)(li->cursor - li->buffer));
	return pchat_buf_ok(text);
}

/* Put the text of @f in the place of the word before the cursor. A word that began on a line above
 * can only be added to. */
static unsigned char
replace_word(EditLine *el, const struct pchat_buf *text, size_t own, const struct pchat_fill *f)
{
	struct pchat_str word = { text->p + f->at, text->n - f->at };

	if (f->at < own)
		return CC_ERROR;
	if (word.n)
		el_deletestr(el, (int)pchat_utf8_length(word));
	return el_insertstr(el, pchat_buf_cstr(&f->text)) == 0 ? CC_REFRESH : CC_ERROR;
}

static unsigned char
show(const struct pchat_fill *f, bool explain)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_shell_show(f, screen_columns(), explain, &out);
	fputc('\n', stdout);
	fputs(pchat_buf_cstr(&out), stdout);
	return CC_REDISPLAY;
}

static unsigned char
on_tab(EditLine *el, wint_t key)
{
	PCHAT_AUTO_VALUE(fill) f = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	size_t own;

	(void)key;
	if (!text_before(el, &text, &own))
		return CC_ERROR;
	pchat_shell_fill(pchat_buf_view(&text), &f);
	if (f.advances)
		return replace_word(el, &text, own, &f);
	return f.found.list.n ? show(&f, false) : CC_ERROR;
}

static unsigned char
on_question(EditLine *el, wint_t key)
{
	PCHAT_AUTO_VALUE(fill) f = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	size_t own;

	(void)key;
	if (!text_before(el, &text, &own))
		return CC_ERROR;
	if (pchat_shell_is_text(pchat_buf_view(&text)))
		return el_insertstr(el, "?") == 0 ? CC_REFRESH : CC_ERROR;
	pchat_shell_fill(pchat_buf_view(&text), &f);
	return show(&f, true);
}

static unsigned char
on_cancel(EditLine *el, wint_t key)
{
	const LineInfo *li = el_line(el);

	(void)key;
	/* The line ends as any other does, so that the screen is left in order however many rows it
	 * has; that it is not meant is remembered. */
	edit_of(el)->cancelled = true;
	el_cursor(el, (int)(li->lastchar - li->cursor));
	if (el_insertstr(el, "^C") != 0)
		return CC_NEWLINE;
	el_push(el, "\n");
	return CC_REFRESH;
}

/* The editor's own handler gives the terminal back, and takes it again later. */
static unsigned char
on_suspend(EditLine *el, wint_t key)
{
	(void)el;
	(void)key;
	kill(0, SIGTSTP);
	return CC_REDISPLAY;
}

/* ---- life ---- */

static void
bind_keys(EditLine *el)
{
	/* The narrow form of this call leaks its arguments. */
	el_wset(el, EL_ADDFN, L"pchat-complete", L"complete the word before the cursor", on_tab);
	el_wset(el, EL_ADDFN, L"pchat-explain", L"show what may stand at the cursor", on_question);
	el_wset(el, EL_ADDFN, L"pchat-cancel", L"give the line up", on_cancel);
	el_wset(el, EL_ADDFN, L"pchat-suspend", L"stop the shell", on_suspend);
	el_set(el, EL_BIND, "^I", "pchat-complete", NULL);
	el_set(el, EL_BIND, "?", "pchat-explain", NULL);
	/* While a line is edited Ctrl-C is a key like others and no signal, which could come when
	 * the editor is in the middle of something. */
	el_set(el, EL_SETTY, "-d", "-isig", NULL);
	el_set(el, EL_BIND, "^C", "pchat-cancel", NULL);
	el_set(el, EL_BIND, "^Z", "pchat-suspend", NULL);
	el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
}

static bool
start(struct pchat_edit *e, const char *name)
{
	HistEvent event;

	e->el = el_init(name, stdin, stdout, stderr);
	e->history = history_init();
	if (!e->el || !e->history)
		return false;
	history(e->history, &event, H_SETSIZE, (int)PCHAT_HISTORY_LINES);
	history(e->history, &event, H_SETUNIQUE, 1);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT, prompt_of);
	el_set(e->el, EL_HIST, history, e->history);
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_SIGNAL, 1);
	bind_keys(e->el);
	el_source(e->el, NULL);
	return true;
}

enum pchat_code
pchat_edit_new(const char *name, struct pchat_edit **ret, struct pchat_err *err)
{
	struct pchat_edit *e = calloc(1, sizeof(*e));

	if (!e)
		return pchat_no_memory(err);
	if (!start(e, name)) {
		pchat_edit_free(e);
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot edit lines on this terminal");
	}
	*ret = e;
	return PCHAT_OK;
}

void
pchat_edit_free(struct pchat_edit *e)
{
	if (!e)
		return;
	if (e->history)
		history_end(e->history);
	if (e->el)
		el_end(e->el);
	free(e);
}

enum pchat_edit_end
pchat_edit_read(struct pchat_edit *e, const char *prompt, struct pchat_buf *line)
{
	const char *text;
	int n = 0;

	e->prompt = prompt;
	e->before = line;
	e->cancelled = false;
	text = el_gets(e->el, &n);
	if (e->cancelled)
		return PCHAT_EDIT_CANCELLED;
	if (!text || n <= 0)
		return PCHAT_EDIT_CLOSED;
	pchat_buf_add(line, text, (size_t)n - (text[n - 1] == '\n'));
	return PCHAT_EDIT_LINE;
}

void
pchat_edit_remember(struct pchat_edit *e, const char *line)
{
	HistEvent event;

	history(e->history, &event, H_ENTER, line);
}
