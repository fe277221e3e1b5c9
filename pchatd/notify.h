/* Tell the service manager how we are (sd_notify), if one asked for it by NOTIFY_SOCKET. */
#pragma once

#include <stdint.h>

/* "READY=1", "STOPPING=1". Without a manager nothing happens. */
void pchat_notify(const char *state);
/* "RELOADING=1" with the time, as Type=notify-reload wants it; end it with "READY=1". */
void pchat_notify_reloading(void);
/* Microseconds between two signs of life: half of WATCHDOG_USEC if the manager watches this
 * process, at most ten seconds. */
int64_t pchat_notify_interval(void);
