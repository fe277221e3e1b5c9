/* Completion in the shell: what fits at the cursor, and how it is put there and shown. */
#include "pchatctl/shell/shell.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "pchatctl/help.h"

#define SHOWN_MAX 200 /* candidates; who sees more types on */
#define PATHS_MAX 1000
#define GAP       2

void
pchat_fill_release(struct pchat_fill *f)
{
	pchat_completion_release(&f->found);
	pchat_buf_release(&f->text);
	*f = (struct pchat_fill){ 0 };
}

/* ---- candidates ---- */

static void
add(struct pchat_completion *c, const char *text, const char *help, bool partial)
{
	struct pchat_candidate one = { .text = pchat_str_dup(pchat_str(text)),
		                       .help = help ? pchat_str_dup(pchat_str(help)) : NULL,
		                       .partial = partial };

	if (!one.text || !pchat_vec_push(&c->list, one)) {
		free(one.text);
		free(one.help);
	}
}

static bool
is_folder(const char *folder, const char *name)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/%s", folder, name);
	struct stat st;

	return path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Paths that begin with what stands in @word after @c->paths_at. */
static void
add_paths(struct pchat_completion *c, const char *word)
{
	const char *path = word + c->paths_at, *slash = strrchr(path, '/');
	const char *begun = slash ? slash + 1 : path;
	PCHAT_AUTO_TEXT folder = !slash          ? pchat_str_dup(PCHAT_STR("."))
	                         : slash == path ? pchat_str_dup(PCHAT_STR("/"))
	                                         : pchat_text("%.*s", (int)(slash - path), path);
	DIR *d = folder ? opendir(folder) : NULL;

	for (struct dirent *e; d && c->list.n < PATHS_MAX && (e = readdir(d));) {
		PCHAT_AUTO_TEXT text = NULL;
		bool deep;

		if (strncmp(e->d_name, begun, strlen(begun)) != 0 ||
		    (e->d_name[0] == '.' && begun[0] != '.') || strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		deep = is_folder(folder, e->d_name);
		if (!deep && c->paths == PCHAT_PATHS_FOLDERS)
			continue;
		text = pchat_text("%.*s%s%s", (int)(begun - word), word, e->d_name,
		                  deep ? "/" : "");
		if (text)
			add(c, text, NULL, deep);
	}
	if (d)
		closedir(d);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct pchat_candidate *)a)->text,
	              ((const struct pchat_candidate *)b)->text);
}

static void
find(const struct pchat_line *line, struct pchat_completion *ret)
{
	PCHAT_VEC(const char *) words = { 0 };
	const char *last;
	bool complete = true;

	for (size_t i = 0; i < line->words.n; i++)
		complete &= pchat_vec_push(&words, line->words.v[i].text);
	if (!line->in_word)
		complete &= pchat_vec_push(&words, "");
	if (complete && words.n) {
		last = words.v[words.n - 1];
		pchat_complete(words.v, words.n, NULL, ret);
		for (const struct pchat_shell_word *w = pchat_shell_words; words.n == 1 && w->word;
		     w++)
			if (strncmp(w->word, last, strlen(last)) == 0)
				add(ret, w->word, w->help, false);
		if (ret->paths) {
			add_paths(ret, last);
			if (ret->list.n)
				qsort(ret->list.v, ret->list.n, sizeof(*ret->list.v), by_text);
		}
	}
	pchat_vec_release(&words);
}

/* ---- what is put into the line ---- */

/* Octets that the texts of all candidates begin with; whole characters. */
static size_t
common(const struct pchat_completion *c)
{
	const char *first = c->list.v[0].text;
	size_t n = strlen(first);

	for (size_t i = 1; i < c->list.n; i++) {
		const char *other = c->list.v[i].text;
		size_t k = 0;

		while (k < n && other[k] == first[k])
			k++;
		n = k;
	}
	while (n && (first[n] & 0xC0) == 0x80)
		n--;
	return n;
}

/* The quote that is open stays the one in use; it is closed once the word is complete. */
static void
put_text(struct pchat_fill *f, const struct pchat_line *line, const char *word)
{
	const struct pchat_candidate *first = &f->found.list.v[0];
	struct pchat_str text = { first->text, common(&f->found) };
	char quote = line->open;
	bool whole = f->found.list.n == 1 && !first->partial;

	if (quote == '\\')
		quote = '\0';
	if (quote)
		pchat_buf_char(&f->text, quote);
	pchat_line_quote(&f->text, text, quote, PCHAT_LINE_OWN);
	if (quote && whole)
		pchat_buf_char(&f->text, quote);
	if (whole)
		pchat_buf_char(&f->text, ' ');
	f->advances = pchat_buf_ok(&f->text) &&
	              (whole || text.n > strlen(word) ||
	               (f->found.list.n == 1 && !pchat_str_is(text, word)));
}

void
pchat_shell_fill(struct pchat_str text, struct pchat_fill *ret)
{
	PCHAT_AUTO_VALUE(line) line = { 0 };
	const char *word;

	if (pchat_line_split(text, PCHAT_LINE_OWN, &line, NULL))
		return;
	ret->at = line.in_word ? line.words.v[line.words.n - 1].at : text.n;
	/* A command that is abbreviated in several ways has no arguments yet; the word that is
	 * being typed is not replaced. */
	if (line.in_word)
		line.words.v[line.words.n - 1].quoted = true;
	if (pchat_shell_expand(&line, NULL))
		return;
	word = line.in_word ? line.words.v[line.words.n - 1].text : "";
	find(&line, &ret->found);
	if (ret->found.list.n)
		put_text(ret, &line, word);
}

bool
pchat_shell_is_text(struct pchat_str text)
{
	PCHAT_AUTO_VALUE(line) line = { 0 };

	if (pchat_line_split(text, PCHAT_LINE_OWN, &line, NULL))
		return true;
	return line.open || (line.in_word && strstr(line.words.v[line.words.n - 1].text, "://"));
}

/* ---- what is shown ---- */

static size_t
widest(const struct pchat_completion *c)
{
	size_t max = 0;

	for (size_t i = 0; i < c->list.n && i < SHOWN_MAX; i++) {
		size_t n = pchat_utf8_width(pchat_str(c->list.v[i].text));

		max = n > max ? n : max;
	}
	return max;
}

static bool
is_explained(const struct pchat_completion *c)
{
	for (size_t i = 0; i < c->list.n; i++)
		if (c->list.v[i].help)
			return true;
	return false;
}

static void
pad(struct pchat_buf *out, struct pchat_str text, size_t width)
{
	for (size_t n = pchat_utf8_width(text); n < width; n++)
		pchat_buf_char(out, ' ');
}

/* A line for each, cut off at the end of the screen. */
static void
show_lines(const struct pchat_completion *c, size_t columns, size_t width, struct pchat_buf *out)
{
	for (size_t i = 0; i < c->list.n && i < SHOWN_MAX; i++) {
		const struct pchat_candidate *one = &c->list.v[i];
		PCHAT_AUTO_VALUE(buf) line = { 0 };
		struct pchat_str rest;

		pchat_buf_lit(&line, "  ");
		pchat_quote_terminal(&line, pchat_str(one->text));
		if (one->help) {
			pad(&line, pchat_str(one->text), width + GAP);
			pchat_quote_terminal(&line, pchat_str(one->help));
		}
		rest = pchat_buf_view(&line);
		for (size_t at = 0; rest.n && at < columns;) {
			struct pchat_str octets = rest;

			(void)pchat_utf8_next(&rest);
			octets.n -= rest.n;
			at += pchat_utf8_width(octets);
			if (at < columns)
				pchat_buf_str(out, octets);
		}
		pchat_buf_char(out, '\n');
	}
}

/* As many columns as the screen has room for, read downwards. */
static void
show_columns(const struct pchat_completion *c, size_t columns, size_t width, struct pchat_buf *out)
{
	size_t n = c->list.n < SHOWN_MAX ? c->list.n : SHOWN_MAX;
	size_t across = columns > width + GAP ? columns / (width + GAP) : 1;
	size_t down = (n + across - 1) / across;

	for (size_t row = 0; row < down; row++) {
		for (size_t i = row; i < n; i += down) {
			struct pchat_str text = pchat_str(c->list.v[i].text);

			pchat_quote_terminal(out, text);
			if (i + down < n)
				pad(out, text, width + GAP);
		}
		pchat_buf_char(out, '\n');
	}
}

/* "category it is in (the name of an object that exists)" */
static void
show_what(const struct pchat_completion *c, struct pchat_buf *out)
{
	if (c->about && c->what)
		pchat_buf_printf(out, "%s (%s)\n", c->about, c->what);
	else if (c->about)
		pchat_buf_printf(out, "%s\n", c->about);
	else if (c->what)
		pchat_buf_printf(out, c->list.n ? "%s\n" : "%s; none begins so\n", c->what);
	else if (!c->list.n)
		pchat_buf_lit(out, "nothing is known to stand here\n");
}

void
pchat_shell_show(const struct pchat_fill *f, size_t columns, bool explain, struct pchat_buf *out)
{
	const struct pchat_completion *c = &f->found;
	size_t width = widest(c);

	if (explain)
		show_what(c, out);
	if (is_explained(c) || (explain && c->list.n == 1))
		show_lines(c, columns, width, out);
	else
		show_columns(c, columns, width, out);
	if (c->list.n > SHOWN_MAX)
		pchat_buf_printf(out, "... and %s\n",
		                 c->list.n > PCHAT_COMPLETE_MAX ? "many more" : "more");
}
