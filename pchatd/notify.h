/* Tell the service manager how we are (sd_notify), if one asked for it by NOTIFY_SOCKET. */
#pragma once

/* "READY=1", "STOPPING=1". Without a manager nothing happens. */
void pchat_notify(const char *state);
