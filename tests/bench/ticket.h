/*
 * The client's side of [MS-SIPAE] version 4 with Kerberos, through GSSAPI and none of the server's
 * own code. For load generators: what cannot go on ends the program.
 */
#pragma once

#include "base/buf.h"
#include "base/text.h"

struct load_ticket;

/* For sip/@host, with the key of @principal in @keytab. NULL if there is none, or Kerberos is not
 * built in. */
struct load_ticket *load_ticket_new(const char *principal, const char *keytab, const char *host);
void load_ticket_free(struct load_ticket *t);
/* A new association: its token goes with the next message. False if the realm gives none. */
bool load_ticket_start(struct load_ticket *t);
/* The Authorization line of a message whose signed text from Call-ID on is @fields. */
void load_ticket_put(struct load_ticket *t, struct pchat_buf *out, const char *fields);
