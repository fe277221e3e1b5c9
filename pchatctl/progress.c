#include "pchatctl/progress.h"

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
