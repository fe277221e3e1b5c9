/*
 * sofia-sip opens its descriptors so that every program we start would inherit them: an epoll, a
 * pair of sockets, a device. Close them on exec after the fact.
 */
#pragma once

#include <stdbool.h>

#include "base/vec.h"

struct psip_fds {
	PCHAT_VEC(int) fds;
};

/* Remember which descriptors are open. */
void psip_fds_note(struct psip_fds *before);
/* Those that have been opened since do not outlive exec. Releases @before. */
void psip_fds_seal(struct psip_fds *before);
