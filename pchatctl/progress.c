#include "pchatctl/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define FIRST_US INT64_C(1000000)
#define AGAIN_US INT64_C(100000)
#define CELLS    30

void
pchat_progress_step(struct pchat_progress *p, int64_t now, uint64_t done, uint64_t total,
                    struct pchat_buf *out)
{
	uint64_t cells = total ? done * CELLS / total : 0;

	if (now - p->begun < FIRST_US || (p->shown && now - p->shown < AGAIN_US))
		return;
	p->shown = now;
	pchat_buf_printf(out, "\r%s [", p->what);
	for (uint64_t i = 0; i < CELLS; i++)
		pchat_buf_char(out, i < cells ? '#' : '.');
	pchat_buf_printf(out, "] %3u %%", total ? (unsigned)(done * 100 / total) : 0);
}

void
pchat_progress_end(struct pchat_progress *p, struct pchat_buf *out)
{
	if (p->shown)
		pchat_buf_lit(out, "\r\033[K");
	p->shown = 0;
}

/* ---- on standard error ---- */

static void
show(const struct pchat_buf *text)
{
	if (text->n)
		dprintf(STDERR_FILENO, "%s", pchat_buf_cstr(text));
}

static void
draw(void *progress, uint64_t done, uint64_t total)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	pchat_progress_step(progress, pchat_monotonic(), done, total, &text);
	show(&text);
}

pchat_progress_fn
pchat_progress_begin(struct pchat_progress *p, const char *what, bool quiet)
{
	const char *term = getenv("TERM");

	if (quiet || !isatty(STDERR_FILENO) || !term || strcmp(term, "dumb") == 0)
		return NULL;
	pchat_progress_clear(p);
	p->what = what;
	if (!p->begun)
		p->begun = pchat_monotonic();
	return draw;
}

void
pchat_progress_clear(struct pchat_progress *p)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	pchat_progress_end(p, &text);
	show(&text);
}
