#include "pchatctl/handlers.h"

enum pchat_code
pchat_version_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	static const char *const columns[] = { "version", "compiler", "stores", NULL };
	static const char *const stores[] = { "sqlite" };
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };

	(void)call;
	pchat_record_text(&r, "version", PCHAT_VERSION);
	pchat_record_text(&r, "compiler", __VERSION__);
	pchat_record_list(&r, "stores", stores, PCHAT_N(stores));
	return pchat_out_one(ctl, &head, &r, err);
}
