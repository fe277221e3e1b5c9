/*
 * INFO of a session: parsed, answered, carried out one after the other. What comes while the
 * store still has something of the session waits. xccos.md sections 2.4, 3.6 and 12.1.
 */
#pragma once

#include "pchatd/session.h"

/* What one session may have waiting behind a command that is with the store; beyond it INFO are
 * refused with 503 and diagnostics 20011. */
#define PCHAT_INBOX_MAX   256
#define PCHAT_INBOX_BYTES (1u << 20)
/* A session that was silent may send what it is allowed in so many seconds at once. */
#define PCHAT_INBOX_BURST 2

void pchat_session_info(struct pchat_session *s, struct pchat_sip_txn *txn);

/* The store has the session's post or read; it is back. The second may free @s. */
void pchat_session_sent_off(struct pchat_session *s, enum pchat_pending what);
void pchat_session_is_back(struct pchat_session *s);
/* Throw away what waits. */
void pchat_inbox_release(struct pchat_session *s);
