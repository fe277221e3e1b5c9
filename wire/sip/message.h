/*
 * Just enough of SIP messages for the client: cut them out of a stream, look at
 * their headers. The server side leaves this to sofia-sip.
 */
#pragma once

#include "base/buf.h"

struct psip_message {
	struct pchat_str head; /* without the empty line; starts with the first line */
	struct pchat_str body;
	int status;              /* 0: a request */
	struct pchat_str method; /* of a request */
};

/* Longest message the client takes. */
#define PSIP_CLIENT_MESSAGE_MAX (4u << 20)

/* Cut the first message out of @in; *@ret_n is what it takes. PCHAT_DIFFERS if it is not complete
 * yet, PCHAT_INVALID if it is no SIP. The views point into @in. */
enum pchat_code psip_message_read(const struct pchat_buf *in, struct psip_message *ret,
                                  size_t *ret_n, struct pchat_err *err);
/* Value of the @nth (from 0) header called @name; empty view with p == NULL if there is none. */
struct pchat_str psip_message_header(const struct psip_message *m, const char *name, unsigned nth);
/* Number of the CSeq header; false if it is not "<number> <@method>". */
bool psip_message_cseq(const struct psip_message *m, const char *method, uint32_t *ret);
/* Value of a parameter of a header value, ";tag=..."; empty if absent. */
struct pchat_str psip_parameter(struct pchat_str value, const char *name);
/* What stands between < and >, or all of it up to the first ';'. */
struct pchat_str psip_address(struct pchat_str value);
