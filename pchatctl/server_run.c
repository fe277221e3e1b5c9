/* The noun "server", as far as it is the pchatd that runs. */
#include <string.h>

#include "pchatctl/confirm.h"
#include "pchatctl/daemon.h"
#include "pchatctl/handlers.h"

/* pchatd gives itself less than this for a drain. */
#define DRAIN_SECONDS 10

static const struct pchat_daemon_field fields[] = {
	{ "state", PCHAT_CELL_TEXT },
	{ "version", PCHAT_CELL_TEXT },
	{ "pid", PCHAT_CELL_UINT },
	{ "store", PCHAT_CELL_TEXT },
	{ "since", PCHAT_CELL_TEXT },
	{ "listen", PCHAT_CELL_LIST },
	{ "revision", PCHAT_CELL_UINT },
	{ "unconfirmed", PCHAT_CELL_UINT },
	{ "unconfirmedUntil", PCHAT_CELL_TEXT },
	{ "users", PCHAT_CELL_UINT },
	{ "sessions", PCHAT_CELL_UINT },
	{ "connections", PCHAT_CELL_UINT },
	{ "postsWaiting", PCHAT_CELL_UINT },
	{ "readsWaiting", PCHAT_CELL_UINT },
	{ "metrics", PCHAT_CELL_TEXT },
	{ "trace", PCHAT_CELL_UINT },
	{ "memory", PCHAT_CELL_UINT },
	{ NULL, PCHAT_CELL_NULL },
};

enum pchat_code
pchat_server_status_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	static const struct pchat_daemon_listing listing = { .fields = fields };

	(void)call;
	return pchat_daemon_list(ctl, "server", &listing, err);
}

static const struct pchat_daemon_field sample_fields[] = {
	{ "name", PCHAT_CELL_TEXT }, { "label", PCHAT_CELL_TEXT }, { "value", PCHAT_CELL_TEXT },
	{ "type", PCHAT_CELL_TEXT }, { "help", PCHAT_CELL_TEXT },  { NULL, PCHAT_CELL_NULL },
};

enum pchat_code
pchat_server_metrics_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	static const struct pchat_daemon_listing listing = { .fields = sample_fields,
		                                             .what = "metrics",
		                                             .table = "name,label,value" };

	(void)call;
	return pchat_daemon_list(ctl, "metrics", &listing, err);
}

enum pchat_code
pchat_server_trace_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	PCHAT_AUTO(daemon) d = NULL;

	PCHAT_TRY(pchat_ctl_daemon(ctl, &d, err));
	pchat_buf_printf(&line, "trace %s", pchat_call_name(call, 0));
	pchat_daemon_by(ctl, &line);
	PCHAT_TRY(pchat_buf_check(&line, err));
	PCHAT_TRY_WORD(pchat_call_name(call, 0), err,
	               pchat_daemon_ask(d, pchat_buf_cstr(&line), ctl->globals.timeout * 1000, NULL,
	                                NULL, err));
	pchat_ctl_note(ctl, "trace: %s",
	               strcmp(pchat_call_name(call, 0), "0") == 0 ? "off"
	                                                          : "on; see the log of pchatd");
	return PCHAT_OK;
}

enum pchat_code
pchat_server_drain_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	uint64_t seconds = ctl->globals.timeout > DRAIN_SECONDS ? ctl->globals.timeout
	                                                        : DRAIN_SECONDS;
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	PCHAT_AUTO(daemon) d = NULL;

	(void)call;
	if (!ctl->globals.yes)
		PCHAT_TRY(pchat_confirm_text("end every session and stop pchatd", err));
	PCHAT_TRY(pchat_ctl_daemon(ctl, &d, err));
	pchat_buf_lit(&line, "drain");
	pchat_daemon_by(ctl, &line);
	PCHAT_TRY(pchat_buf_check(&line, err));
	PCHAT_TRY(pchat_daemon_ask(d, pchat_buf_cstr(&line), ctl->globals.timeout * 1000, NULL,
	                           NULL, err));
	if (!ctl->globals.wait) {
		pchat_ctl_note(ctl, "pchatd drains");
		return PCHAT_OK;
	}
	if (!pchat_daemon_gone(d, seconds * 1000))
		return pchat_fail(err, PCHAT_UNAVAILABLE,
		                  "pchatd drains, but has not ended within %llu seconds",
		                  (unsigned long long)seconds);
	pchat_ctl_note(ctl, "pchatd has drained and ended");
	return PCHAT_OK;
}
