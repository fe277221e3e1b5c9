/*
 * The frame around every command that changes the store: takes the write lock, lets
 * the command make its plan, checks it against the rules, shows it (--dry-run) or asks
 * for confirmation, stores it with its journal rows, reports it and waits until a
 * running pchatd has applied it.
 */
#pragma once

#include "pchatctl/ctl.h"

/* @also: what to store beside the plan; may be NULL. */
enum pchat_code pchat_write_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                pchat_cmd_also also, struct pchat_err *err);
/* The steps of the frame, for what carries out several commands in one transaction (batch.c). */
/* What else goes by the plan, which is shown or asked about: people who are there (ctl->org is as
 * the plan makes it), messages of deleted rooms. */
enum pchat_code pchat_write_look_around(struct pchat_ctl *ctl, struct pchat_plan *plan,
                                        struct pchat_err *err);
/* The plan of one command against what is in the store or the open transaction, checked. */
enum pchat_code pchat_write_make_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_plan *plan, struct pchat_err *err);
/* A plan that is not carried out. */
enum pchat_code pchat_write_show(struct pchat_ctl *ctl, const struct pchat_plan *plan,
                                 struct pchat_err *err);
/* A plan that was carried out. @revision 0: it was staged in a transaction. */
void pchat_write_report(struct pchat_ctl *ctl, const struct pchat_plan *plan, uint64_t revision);
/* Until pchatd has applied the revision. */
enum pchat_code pchat_write_wait(struct pchat_ctl *ctl, uint64_t revision, struct pchat_err *err);

/* PCHAT_USAGE if the format asked for is none that changes have. */
enum pchat_code pchat_write_check_format(const struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);

/* Make, check and show the plan only. PCHAT_DIFFERS without a message if it is not empty. */
enum pchat_code pchat_compare_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_err *err);
/* --confirm-within, if it is given: what @txn has written waits for its confirmation from the
 * commit on. PCHAT_USAGE for what cannot be taken back. */
enum pchat_code pchat_write_await(struct pchat_ctl *ctl, const struct pchat_plan *plan,
                                  struct pchat_txn *txn, struct pchat_err *err);
/* After the commit: say until when. */
void pchat_write_remind(struct pchat_ctl *ctl, uint64_t revision);
