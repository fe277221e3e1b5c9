#include "pchatctl/mark.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "base/vec.h"

/* Where the width of the screen is not known. */
#define SCREEN_DEFAULT 80
#define SCREEN_MIN     20
#define INDENT         2
#define DOTS           "..."

struct words {
	PCHAT_VEC(char *) v;  /* quoted as a shell wants them; NULL: cannot be shown */
	size_t bad, from, to; /* the wrong one, and those that are shown */
	size_t sound;         /* octets of it that are not marked */
};

static void
release(struct words *w)
{
	for (size_t i = 0; i < w->v.n; i++)
		free(w->v.v[i]);
	pchat_vec_release(&w->v);
}

/* Of "--type=nrmal" the octets before the value; 0 for any other word. */
static size_t
before_value(const char *text)
{
	const char *equals = strncmp(text, "--", 2) == 0 ? strchr(text, '=') : NULL;

	return equals ? (size_t)(equals - text) + 1 : 0;
}

/* As a person would type it. */
static char *
quoted(const char *text)
{
	size_t n = before_value(text);
	struct pchat_str value = pchat_str(text + n);
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	if (!pchat_utf8_valid(pchat_str(text), NULL) || pchat_utf8_has_control(pchat_str(text)))
		return NULL;
	pchat_buf_str(&b, (struct pchat_str){ text, n });
	if (value.n || !n)
		pchat_quote_shell(&b, value);
	return pchat_buf_ok(&b) ? pchat_buf_take(&b) : NULL;
}

static size_t
width_of(const struct words *w, size_t i)
{
	return w->v.v[i] ? pchat_utf8_width(pchat_str(w->v.v[i])) : sizeof(DOTS) - 1;
}

/* Take words in on both sides while they fit, those before the wrong one first: they say what it
 * belongs to. Both ends keep room for the dots. */
static void
choose(struct words *w, size_t room)
{
	const size_t dots = 2 * sizeof(DOTS);
	size_t used = width_of(w, w->bad);

	w->from = w->to = w->bad;
	room = room > dots ? room - dots : 0;
	while (w->from > 0 && used + 1 + width_of(w, w->from - 1) <= room)
		used += 1 + width_of(w, --w->from);
	while (w->to + 1 < w->v.n && used + 1 + width_of(w, w->to + 1) <= room)
		used += 1 + width_of(w, ++w->to);
}

static void
put_times(struct pchat_buf *out, char c, size_t n)
{
	while (n--)
		pchat_buf_char(out, c);
}

static void
put_lines(struct pchat_buf *out, const struct words *w, size_t screen)
{
	size_t at = INDENT + w->sound, width = width_of(w, w->bad) - w->sound;

	put_times(out, ' ', INDENT);
	if (w->from > 0) {
		pchat_buf_lit(out, DOTS " ");
		at += sizeof(DOTS);
	}
	for (size_t i = w->from; i <= w->to; i++) {
		if (i > w->from)
			pchat_buf_char(out, ' ');
		pchat_buf_text(out, w->v.v[i] ? w->v.v[i] : DOTS);
		if (i < w->bad)
			at += width_of(w, i) + 1;
	}
	pchat_buf_text(out, w->to + 1 < w->v.n ? " " DOTS "\n" : "\n");
	/* A word that goes on on the next line of the screen is marked to the edge of this one. */
	if (at + width > screen)
		width = at < screen ? screen - at : 1;
	put_times(out, ' ', at);
	pchat_buf_char(out, '^');
	put_times(out, '~', width - 1);
	pchat_buf_char(out, '\n');
}

/* One that fits needs no dots, and no room for them. */
static bool
fits(const struct words *w, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < w->v.n && used <= room; i++)
		used += width_of(w, i) + (i > 0);
	return used <= room;
}

void
pchat_mark_put(struct pchat_buf *out, const char *program, int argc, char *const *argv, int bad,
               bool in_value, size_t screen)
{
	size_t room = screen > INDENT ? screen - INDENT : 0;
	struct words w = { .bad = (size_t)bad + (program != NULL) };
	bool complete = !program || pchat_vec_push(&w.v, quoted(program));

	if (bad < 0 || bad >= argc)
		complete = false;
	else if (in_value && argv[bad][before_value(argv[bad])])
		w.sound = before_value(argv[bad]);
	for (int i = 0; i < argc && complete; i++)
		complete = pchat_vec_push(&w.v, quoted(argv[i]));
	if (complete && w.v.v && w.v.v[w.bad] && *w.v.v[w.bad]) {
		choose(&w, room);
		if (fits(&w, room)) {
			w.from = 0;
			w.to = w.v.n - 1;
		}
		put_lines(out, &w, screen);
	}
	release(&w);
}

static size_t
screen_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < SCREEN_MIN)
		return SCREEN_DEFAULT;
	return size.ws_col;
}

/* A store that is locked is nobody's mistake. */
static bool
is_mistake(enum pchat_code code)
{
	int status = pchat_code_exit(code);

	return status >= pchat_code_exit(PCHAT_USAGE) && status <= pchat_code_exit(PCHAT_EXISTS);
}

/* Number of the word that @text is, or is the end of; -1 if there is none. */
static int
number_of(int argc, char *const *argv, const char *text)
{
	for (int i = 0; i < argc; i++) {
		const char *p = argv[i];

		while (*p && p != text)
			p++;
		if (p == text)
			return i;
	}
	return -1;
}

void
pchat_mark(struct pchat_err *err, const char *program, int argc, char *const *argv)
{
	PCHAT_AUTO_VALUE(buf) lines = { 0 };
	int bad;

	if (!err || !err->word || err->excerpt || !is_mistake(err->code))
		return;
	bad = number_of(argc, argv, err->word);
	pchat_mark_put(&lines, program, argc, argv, bad, bad >= 0 && err->word != argv[bad],
	               screen_width());
	if (lines.n && pchat_buf_ok(&lines))
		err->excerpt = pchat_buf_take(&lines);
}
