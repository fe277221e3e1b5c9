/*
 * The provisioning document as a client reads it (administration.md section 14): for
 * the synthetic transaction and for tests.
 */
#pragma once

#include "base/buf.h"

/* What persistentChatConfiguration says. Texts are owned. */
struct pchat_provisioning_answer {
	bool enabled;       /* EnablePersistentChat is exactly "true", as clients compare it */
	char *default_pool; /* DefaultPersistentChatPoolUri; NULL if absent or empty */
};
void pchat_provisioning_answer_release(struct pchat_provisioning_answer *a);
PCHAT_AUTO_VALUE_DEFINE(provisioning_answer, pchat_provisioning_answer_release)

/* Parse a <provisionGroupList>; @ret is written only on success. PCHAT_INVALID: no such document,
 * or none of its groups is persistentChatConfiguration; PCHAT_LIMIT; PCHAT_NO_MEMORY. */
enum pchat_code pchat_provisioning_answer_parse(struct pchat_str body,
                                                struct pchat_provisioning_answer *ret,
                                                struct pchat_err *err);
