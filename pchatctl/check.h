/*
 * What the commands that check have in common: findings, each with its remedy. What is
 * right is told as well, so that one sees what was looked at.
 */
#pragma once

#include "pchatctl/ctl.h"

enum pchat_result { PCHAT_RESULT_OK, PCHAT_RESULT_WARNING, PCHAT_RESULT_PROBLEM };

struct pchat_checkup {
	struct pchat_ctl *ctl;
	const struct pchat_call *call;
	struct pchat_out *out;
	size_t n[3]; /* findings by their result */
	bool alone;  /* only one area was asked for */
};

/* A finding of "store", "settings", "certificates" or "server". @remedy NULL: there is none. */
enum pchat_code pchat_checkup_put(struct pchat_checkup *c, const char *area,
                                  enum pchat_result result, const char *remedy,
                                  struct pchat_err *err, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* What cannot be checked is a finding, too: the message and remedy of @failed, which is emptied. */
enum pchat_code pchat_checkup_failed(struct pchat_checkup *c, const char *area,
                                     struct pchat_err *failed, struct pchat_err *err);

typedef enum pchat_code (*pchat_check_fn)(struct pchat_checkup *c, struct pchat_err *err);
enum pchat_code pchat_check_store(struct pchat_checkup *c, struct pchat_err *err);
enum pchat_code pchat_check_settings(struct pchat_checkup *c, struct pchat_err *err);
enum pchat_code pchat_check_server(struct pchat_checkup *c, struct pchat_err *err);

/* Run checks that end with NULL. Exit status 1, PCHAT_DIFFERS, if there is a problem. */
enum pchat_code pchat_checkup_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  const pchat_check_fn *checks, struct pchat_err *err);
