/*
 * Sign-in by a security association of [MS-SIPAE]: challenge, the client's token, whose it is, and
 * the association on the connection. Rules: real-client.md section 4; what is signed and checked
 * afterwards is wire/sip/seal.h.
 */
#pragma once

#include "pchatd/server.h"

/* Do users sign in by an association on @conn? False if it is gone (NULL). */
bool pchat_by_association(const struct pchatd *d, const struct pchat_sip_conn *conn);
/* Can users sign in by NTLM at @l? It is weak, so not in clear. */
bool pchat_associate_by_ntlm(const struct pchatd *d, const struct pchat_listener *l);
/* The name of this server that associations are made with: "chat.contoso.example". */
const char *pchat_associate_host(const struct pchatd *d);
/* Get ready what is offered at any of the listeners, such as the keys of this server for Kerberos.
 * PCHAT_UNAVAILABLE without them. */
enum pchat_code pchat_associate_start(struct pchatd *d, struct pchat_err *err);
void pchat_associate_release(struct pchatd *d);

/* A REGISTER of @uri (canonical), where pchat_by_association(), not signed with the association of
 * its connection: challenge it, or take its token. */
void pchat_associate(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_str uri);
/* The handler of wire/sip for what is not signed as it has to be. */
void pchat_associate_unsealed(void *ctx, struct pchat_sip_conn *conn, enum pchat_sip_unsealed why);
