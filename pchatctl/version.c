#include "pchatctl/handlers.h"

enum pchat_code
pchat_version_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	static const char *const columns[] = { "version", "compiler", "stores", "signIn", NULL };
	static const char *const stores[] = { "sqlite" };
	/* pchatd is built with us. */
	static const char *const ways[] = {
		"digest",
#ifdef PCHAT_WITH_KERBEROS
		"kerberos",
#endif
#ifdef PCHAT_WITH_NTLM
		"ntlm",
#endif
	};
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };

	(void)call;
	pchat_record_text(&r, "version", PCHAT_VERSION);
	pchat_record_text(&r, "compiler", __VERSION__);
	pchat_record_list(&r, "stores", stores, PCHAT_N(stores));
	pchat_record_list(&r, "signIn", ways, PCHAT_N(ways));
	return pchat_out_one(ctl, &head, &r, err);
}
