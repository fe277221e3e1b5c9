#include "pchatctl/check.h"

#include <stdarg.h>

#include "base/text.h"
#include "pchatctl/handlers.h"

enum pchat_code
pchat_checkup_put(struct pchat_checkup *c, const char *area, enum pchat_result result,
                  const char *remedy, struct pchat_err *err, const char *fmt, ...)
{
	static const char *const words[] = { "ok", "warning", "problem" };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO_TEXT what = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&what, fmt, args);
	va_end(args);
	if (n < 0) {
		what = NULL;
		return pchat_no_memory(err);
	}
	c->n[result]++;
	pchat_record_text(&r, "area", area);
	pchat_record_text(&r, "result", words[result]);
	pchat_record_text(&r, "what", what);
	pchat_record_text(&r, "remedy", remedy);
	return pchat_out_put(c->out, &r, err);
}

enum pchat_code
pchat_checkup_failed(struct pchat_checkup *c, const char *area, struct pchat_err *failed,
                     struct pchat_err *err)
{
	enum pchat_code code = pchat_checkup_put(c, area, PCHAT_RESULT_PROBLEM, failed->hint, err,
	                                         "%s", pchat_err_text(failed));

	pchat_err_release(failed);
	return code;
}

static enum pchat_code
run(struct pchat_checkup *c, const pchat_check_fn *checks, struct pchat_err *err)
{
	static const char *const columns[] = { "area", "result", "what", "remedy", NULL };
	const struct pchat_out_head head = { .list = true, .what = "findings", .columns = columns };

	PCHAT_TRY(pchat_out_open(c->ctl, &head, &c->out, err));
	for (size_t i = 0; checks[i]; i++)
		PCHAT_TRY(checks[i](c, err));
	return pchat_out_close(c->out, err);
}

enum pchat_code
pchat_checkup_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                  const pchat_check_fn *checks, struct pchat_err *err)
{
	struct pchat_checkup c = { .ctl = ctl, .call = call, .alone = !checks[1] };
	enum pchat_code code = run(&c, checks, err);

	pchat_out_free(c.out);
	if (code)
		return code;
	return c.n[PCHAT_RESULT_PROBLEM] ? PCHAT_DIFFERS : PCHAT_OK;
}

enum pchat_code
pchat_check_store_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	static const pchat_check_fn checks[] = { pchat_check_store, NULL };

	return pchat_checkup_run(ctl, call, checks, err);
}

enum pchat_code
pchat_check_settings_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	static const pchat_check_fn checks[] = { pchat_check_settings, NULL };

	return pchat_checkup_run(ctl, call, checks, err);
}

enum pchat_code
pchat_check_server_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	static const pchat_check_fn checks[] = { pchat_check_server, NULL };

	return pchat_checkup_run(ctl, call, checks, err);
}
