/* A process that has secrets in its memory. */
#pragma once

/* No core dumps, and no debugger or /proc/PID/mem for others of the same user. To be called before
 * any secret is read, and again after a change of user. */
void pchat_hide(void);
