/*
 * The little of SDP a chat session needs: the client offers a message stream, we
 * accept it. The stream is never used, chat goes in INFO. xccos.md section 2.3.
 */
#pragma once

#include "base/buf.h"

#define PCHAT_SDP_TYPE      "application/sdp"
#define PCHAT_SDP_BODY_MAX  16384
#define PCHAT_SDP_LINES_MAX 256

/* Append the answer to @offer: the same media in the same order, "message" (or "x-ms-message")
 * accepted, everything else refused with port 0. @host is what stands in o= and c= (an IP literal,
 * of either family). An empty @offer appends an offer of our own. On failure nothing is appended:
 * PCHAT_INVALID: no SDP; PCHAT_LIMIT: too large; PCHAT_UNSUPPORTED: no message stream offered
 * (answer 488). Lack of memory stays in @out. */
enum pchat_code pchat_sdp_answer(struct pchat_buf *out, struct pchat_str offer,
                                 struct pchat_str host, struct pchat_err *err);
