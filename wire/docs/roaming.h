/*
 * The contact list a client asks for at sign-in (vnd-microsoft-roaming-contacts). We keep none,
 * so the smallest valid document is sent (real-client.md section 5). What users keep about
 * themselves: publication.h.
 */
#pragma once

#include "base/buf.h"

#define PCHAT_CONTACTS_TYPE "application/vnd-microsoft-roaming-contacts+xml"
#define PCHAT_SELF_TYPE     "application/vnd-microsoft-roaming-self+xml"

/* One group, the root group "~", no contacts. */
void pchat_contacts_build(struct pchat_buf *out);
