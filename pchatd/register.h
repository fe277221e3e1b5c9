/*
 * REGISTER: who signs in, proved by Digest or, on loopback, by his word. Rules:
 * real-client.md sections 3 and 4.6.
 */
#pragma once

#include "pchatd/server.h"

#define PCHAT_REGISTER_EXPIRES 7200 /* seconds, the most we grant */

void pchat_register(struct pchatd *d, struct pchat_sip_txn *txn);
/* May @txn go on to sign in as @uri (terminated, canonical)? Not where the connection belongs to
 * somebody else meanwhile: then it has been answered 403. To be asked again whenever there was time
 * in between. */
bool pchat_register_may(struct pchatd *d, struct pchat_sip_txn *txn, const char *uri);
/* Is @user, whose proof was right, kept out all the same? Then that is on record and @txn has been
 * answered 403. To be asked before pchat_lockout_right(). */
bool pchat_register_bars(struct pchatd *d, struct pchat_sip_txn *txn,
                         const struct pchat_user *user);
/* @user has proved himself with the REGISTER @txn: bind the connection and answer. */
void pchat_register_accept(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user);
