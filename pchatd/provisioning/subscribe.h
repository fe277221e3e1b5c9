/*
 * SUBSCRIBE: what a client asks about itself when it signs in. The provisioning document
 * says whether the user may chat and where (sip.md section 1); it is advice, the INVITE
 * enforces it.
 */
#pragma once

#include "pchatd/server.h"

void pchat_subscribe(struct pchatd *d, struct pchat_sip_txn *txn);
