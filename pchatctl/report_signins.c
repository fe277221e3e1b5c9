/* report sign-ins: who signed in to the running pchatd, and who failed to. */
#include "pchatctl/daemon.h"
#include "pchatctl/noun.h"

static const struct pchat_daemon_field fields[] = {
	{ "last", PCHAT_CELL_TEXT },  { "outcome", PCHAT_CELL_TEXT },
	{ "user", PCHAT_CELL_TEXT },  { "address", PCHAT_CELL_TEXT },
	{ "count", PCHAT_CELL_UINT }, { "reason", PCHAT_CELL_TEXT },
	{ "first", PCHAT_CELL_TEXT }, { NULL, PCHAT_CELL_NULL },
};

enum pchat_code
pchat_report_signins_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	const struct pchat_daemon_listing listing = {
		.fields = fields,
		.what = "sign-ins",
		.table = "last,outcome,user,address,count,reason",
		.limit = pchat_call_number(call, "--limit", 0)
	};
	const char *user = pchat_call_text(call, "--user");
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	pchat_buf_lit(&line, "signins");
	/* He need not exist: it is also those who do not that are tried. */
	if (user) {
		PCHAT_TRY(pchat_noun_user(user, &uri, err));
		pchat_buf_printf(&line, " user=%s", pchat_buf_cstr(&uri));
	}
	PCHAT_TRY(pchat_buf_check(&line, err));
	return pchat_daemon_list(ctl, pchat_buf_cstr(&line), &listing, err);
}
