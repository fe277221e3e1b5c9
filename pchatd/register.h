/*
 * REGISTER: who signs in, proved by Digest or, on loopback, by his word. Rules:
 * real-client.md sections 3 and 4.6.
 */
#pragma once

#include "pchatd/server.h"

#define PCHAT_REGISTER_EXPIRES 7200 /* seconds, the most we grant */

void pchat_register(struct pchatd *d, struct pchat_sip_txn *txn);
/* @user has proved himself with the REGISTER @txn: bind the connection and answer. */
void pchat_register_accept(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user);
