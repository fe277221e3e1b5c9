#include "pchatctl/completion.h"

#include <string.h>

#include "pchatctl/handlers.h"

enum pchat_code
pchat_completion_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	for (const struct pchat_completion_script *s = pchat_completion_scripts; s->shell; s++)
		if (strcmp(s->shell, pchat_call_name(call, 0)) == 0)
			pchat_buf_text(&ctl->out.buf, s->text);
	return pchat_sink_drain(&ctl->out, err);
}
