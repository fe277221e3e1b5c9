/*
 * What clients keep on the server about their user: presence publications, followed rooms
 * above all. SERVICE writes them, a subscription to vnd-microsoft-roaming-self reads them
 * and hears of later changes. sip.md section 2.
 *
 * Those of expireType static and time are in chat.db. The others live in memory as long as
 * the connection they came over. All reading and writing goes through the writer thread, so
 * that what a subscription begins with and what it hears later leave no gap.
 */
#pragma once

#include "pchatd/server.h"

#define PCHAT_SELF_EVENT       "vnd-microsoft-roaming-self"
#define PCHAT_SELF_EXPIRES     28800 /* seconds, the most we grant */
#define PCHAT_SELF_PER_USER    32    /* self-subscriptions of a user */
#define PCHAT_PRESENCE_WAITING 16    /* requests of a user waiting for their turn */

struct pchat_presence_user;
struct pchat_signin;

/* A SUBSCRIBE to the event above, by @user for himself. */
void pchat_presence_subscribe(struct pchatd *d, struct pchat_sip_txn *txn, struct pchat_user *user);
/* A SERVICE. */
void pchat_presence_service(struct pchatd *d, struct pchat_sip_txn *txn);
/* Nobody is signed in over the connection any more: its subscriptions end, and so do the
 * publications that live as long. */
void pchat_presence_leave(struct pchat_signin *s);
/* What was on the connection of @s is on @to now: subscriptions are told what they missed. */
void pchat_presence_move(struct pchat_signin *s, struct pchat_sip_conn *to);
/* When everything else has ended. */
void pchat_presence_release(struct pchatd *d);
