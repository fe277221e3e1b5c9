#include "pchatctl/noun.h"

/* The part of "user passwd" that needs no cryptography: is there such a user? */
enum pchat_code
pchat_user_passwd_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                       struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_AUTO(object) user = NULL;

	(void)plan;
	PCHAT_TRY(pchat_noun_get(ctl, call, pchat_call_name(call, 0), &user, err));
	if (ctl->globals.dry_run)
		pchat_ctl_note(ctl, "the password%s of '%s' would be %s",
		               pchat_call_flag(call, "--ntlm") ? " for NTLM" : "",
		               pchat_object_key(user),
		               pchat_call_flag(call, "--remove") ? "removed" : "set");
	return PCHAT_OK;
}
