/*
 * A small SIP client that blocks: for the synthetic transaction of pchatctl and
 * for tests. One connection, one user, one dialog at a time. Every call gives up
 * at its deadline. It does not use sofia-sip and may run in any thread, each
 * client in one.
 */
#pragma once

#include "base/buf.h"

struct pchat_sip_client;

struct pchat_sip_client_options {
	const char *uri;      /* sip:amy@contoso.example */
	const char *login;    /* Digest user name; NULL: amy@contoso.example */
	const char *password; /* NULL: a challenge is a failure */
	const char *ca_file;  /* tls: trust these instead of the system's */
	bool tls_insecure;    /* tls: take any certificate */
	int timeout_ms;       /* per call; 0: 10000 */
};

/* Connect to "tcp:HOST:PORT" or "tls:HOST:PORT" (names are resolved; with TLS the certificate must
 * speak for HOST or the domain of the URI, RFC 5922). @opt and its texts are
 * copied. */
enum pchat_code pchat_sip_client_connect(const char *target,
                                         const struct pchat_sip_client_options *opt,
                                         struct pchat_sip_client **ret_client,
                                         struct pchat_err *err);
/* Closes the connection without a word. */
void pchat_sip_client_free(struct pchat_sip_client *c);
PCHAT_AUTO_DEFINE(sip_client, pchat_sip_client_free)

/* REGISTER, answering one Digest challenge (401 or 407; SHA-256 or MD5). PCHAT_DENIED on refusal.
 */
enum pchat_code pchat_sip_client_register(struct pchat_sip_client *c, struct pchat_err *err);
enum pchat_code pchat_sip_client_unregister(struct pchat_sip_client *c, struct pchat_err *err);

/* SUBSCRIBE to the own URI with Expires: 0 and append the body of the 200 to @ret_body. @type is
 * both Accept and Content-Type; the body is sent if not empty. */
enum pchat_code pchat_sip_client_subscribe(struct pchat_sip_client *c, const char *event,
                                           const char *type, struct pchat_str body,
                                           struct pchat_buf *ret_body, struct pchat_err *err);
/* vnd-microsoft-provisioning-v2 for the group persistentChatConfiguration (sip.md 1.1). */
enum pchat_code pchat_sip_client_provisioning(struct pchat_sip_client *c,
                                              struct pchat_buf *ret_body, struct pchat_err *err);

/* INVITE and ACK. PCHAT_DENIED for 403 and 603, with the diagnostics in the message. */
enum pchat_code pchat_sip_client_invite(struct pchat_sip_client *c, const char *uri,
                                        struct pchat_err *err);
/* INFO text/plain in the dialog; returns once it is answered 200. What comes in meanwhile is
 * answered and kept for pchat_sip_client_next(). */
enum pchat_code pchat_sip_client_info(struct pchat_sip_client *c, struct pchat_str body,
                                      struct pchat_err *err);
/* The body of the next INFO of the server (answered 200) into the cleared @ret_body.
 * PCHAT_UNAVAILABLE at the deadline, after a BYE or when the connection is gone. */
enum pchat_code pchat_sip_client_next(struct pchat_sip_client *c, struct pchat_buf *ret_body,
                                      struct pchat_err *err);
/* UPDATE without body, as the real client refreshes. */
enum pchat_code pchat_sip_client_update(struct pchat_sip_client *c, struct pchat_err *err);
enum pchat_code pchat_sip_client_bye(struct pchat_sip_client *c, struct pchat_err *err);
/* The server has said BYE. */
bool pchat_sip_client_ended(const struct pchat_sip_client *c);

/* Status of the last final answer to a request of ours; 0 if none yet. */
int pchat_sip_client_status(const struct pchat_sip_client *c);
/* A header of that answer; empty if absent. Valid until the next call. */
struct pchat_str pchat_sip_client_header(const struct pchat_sip_client *c, const char *name);
