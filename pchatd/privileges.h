/*
 * What the process may do, and what others may see of it. With --user it works as that user from
 * the first file it opens, keeps in reserve what binding a port below 1024 needs, and gives that up
 * for good once it listens.
 */
#pragma once

#include "base/err.h"

/* Become @user ("NAME"; NULL: stay who we are). PCHAT_NOT_FOUND, PCHAT_DENIED. */
enum pchat_code pchat_privileges_lower(const char *user, struct pchat_err *err);
/* Around binding, after pchat_privileges_lower() with the same @user. The second one is for good
 * and for all threads. */
enum pchat_code pchat_privileges_bind(const char *user, struct pchat_err *err);
enum pchat_code pchat_privileges_drop(const char *user, struct pchat_err *err);
