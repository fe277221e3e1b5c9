/*
 * One user of the synthetic transaction: a SIP client with one session at the chat
 * server, speaking XCCOS.
 */
#pragma once

#include "base/buf.h"
#include "wire/sip/client.h"
#include "wire/xccos/build.h"
#include "wire/xccos/xccos.h"

struct pchat_probe_user {
	char *uri;      /* canonical; owned */
	char *password; /* owned; NULL if none is known */
	struct pchat_sip_client *client;
	struct pchat_xccos_parser *parser;
	struct pchat_buf body; /* of the last message */
	uint64_t envid;
	bool provisioned; /* told to be enabled */
	char *pool;       /* as provisioned; owned */
};
void pchat_probe_user_release(struct pchat_probe_user *u);

/* Writes the blocks of a command; NULL if it has none. */
typedef void (*pchat_probe_blocks)(struct pchat_buf *out, const void *ctx);

/* Send the command and wait for its reply, which lives until the next call. PCHAT_DENIED if its
 * code is not 200. */
enum pchat_code pchat_probe_command(struct pchat_probe_user *u, const char *name,
                                    pchat_probe_blocks blocks, const void *ctx, int timeout_ms,
                                    const struct pchat_xccos_prim **ret, struct pchat_err *err);
/* Post @text to the room. */
enum pchat_code pchat_probe_post(struct pchat_probe_user *u, const char *room, const char *text,
                                 struct pchat_err *err);
/* Wait until @text by @author arrives in the room, passing over all else. */
enum pchat_code pchat_probe_receive(struct pchat_probe_user *u, const char *room,
                                    const char *author, const char *text, int timeout_ms,
                                    struct pchat_err *err);
