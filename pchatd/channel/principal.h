/*
 * Users, groups, units and domains as clients name and see them: users by their SIP URI,
 * the others as ma-grp:GUID@u.g. xccos.md sections 4 and 6.1.
 */
#pragma once

#include "pchatd/server.h"

/* Types of principals on the wire (xccos.md section 1). */
enum {
	PCHAT_PRINCIPAL_USER = 5,
	PCHAT_PRINCIPAL_DOMAIN = 8,
	PCHAT_PRINCIPAL_GROUP = 9,
	PCHAT_PRINCIPAL_UNIT = 10,
};

/* Text of a ma-grp: URI. */
struct pchat_principal_uri {
	char text[PCHAT_GUID_LEN + sizeof("ma-grp:@u.g")];
};

/* The block of a principal that exists, borrowing from the view and @keep; of users with e-mail
 * address and company. False if there is none. */
bool pchat_principal_uib(struct pchatd *d, pchat_id id, struct pchat_principal_uri *keep,
                         struct pchat_xccos_uib *ret);
/* The principal a client means: sip:..., ma-grp:..., and what the command line takes. PCHAT_NO_ID
 * if there is none. */
pchat_id pchat_principal_named(struct pchatd *d, struct pchat_str uri);
