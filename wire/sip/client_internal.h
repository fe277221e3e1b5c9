/*
 * Inside the client: what client.c (the calls a user makes) and call.c (one
 * request and its answer) share.
 */
#pragma once

#include "base/vec.h"
#include "wire/sip/client.h"
#include "wire/sip/message.h"
#include "wire/sip/stream.h"

struct psip_client_dialog {
	char *uri;    /* as dialled */
	char *target; /* Contact of the 200 */
	char *route;  /* Route lines, may be empty */
	char *call_id;
	char *tag;        /* ours */
	char *remote_tag; /* the server's */
	uint32_t cseq;
	bool open;
	bool ended; /* by the server */
};

struct pchat_sip_client {
	struct psip_stream *stream;
	char *uri;
	char *login;
	char *password;
	char *domain;
	char epid[13];
	char *call_id; /* of REGISTER */
	uint32_t register_cseq;
	int timeout_ms;
	int64_t deadline;
	struct pchat_buf in;
	struct pchat_buf answer; /* text of the last final answer */
	struct psip_message last;
	struct psip_client_dialog dialog;
	PCHAT_VEC(char *) inbox;
	size_t inbox_head;
};

/* A request of ours. */
struct psip_call {
	const char *method;
	const char *uri;
	const char *to; /* NULL: the own URI */
	const char *call_id;
	const char *tag;
	const char *to_tag;  /* NULL: none */
	const char *route;   /* whole lines, may be NULL */
	const char *headers; /* whole lines, may be NULL */
	const char *type;    /* of the body */
	struct pchat_str body;
	uint32_t cseq;
};

/* Set the deadline of the call that begins. */
void psip_client_start(struct pchat_sip_client *c);
enum pchat_code psip_call_send(struct pchat_sip_client *c, const struct psip_call *r,
                               const char *credentials, struct pchat_err *err);
/* Send @r and wait for its final answer (c->last), going through one Digest challenge, for which
 * r->cseq is counted up. */
enum pchat_code psip_call(struct pchat_sip_client *c, struct psip_call *r, struct pchat_err *err);
/* The same, and an answer of 300 or more is a failure. */
enum pchat_code psip_call_ok(struct pchat_sip_client *c, struct psip_call *r,
                             struct pchat_err *err);
/* The failure that the answer c->last means. */
enum pchat_code psip_call_refused(const struct pchat_sip_client *c, const struct psip_call *r,
                                  struct pchat_err *err);
/* Wait for one message of the server; a request is answered, the body of an INFO goes to the inbox.
 */
enum pchat_code psip_client_serve(struct pchat_sip_client *c, struct pchat_err *err);
/* 16 hex digits; NULL without memory. */
char *psip_token(void);
