/*
 * The documents of the other subscriptions a client makes at sign-in: contact list
 * (vnd-microsoft-roaming-contacts) and own data (vnd-microsoft-roaming-self). We keep
 * neither, so the smallest valid documents are sent. real-client.md section 5.
 */
#pragma once

#include "base/buf.h"

#define PCHAT_CONTACTS_TYPE "application/vnd-microsoft-roaming-contacts+xml"
#define PCHAT_SELF_TYPE     "application/vnd-microsoft-roaming-self+xml"

/* One group, the root group "~", no contacts. */
void pchat_contacts_build(struct pchat_buf *out);
/* An empty <roamingData>. */
void pchat_self_build(struct pchat_buf *out);
