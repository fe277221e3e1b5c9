#include "pchatctl/helper/chat.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "pchatctl/command.h"

void
pchat_probe_user_release(struct pchat_probe_user *u)
{
	pchat_sip_client_free(u->client);
	pchat_xccos_parser_free(u->parser);
	pchat_buf_release(&u->body);
	if (u->password)
		explicit_bzero(u->password, strlen(u->password));
	free(u->password);
	free(u->uri);
	free(u->pool);
	*u = (struct pchat_probe_user){ 0 };
}

/* The next message of the server, unless it comes after @deadline. */
static enum pchat_code
next(struct pchat_probe_user *u, int64_t deadline, const struct pchat_xccos_envelope **ret,
     struct pchat_err *err)
{
	if (pchat_monotonic() > deadline)
		return pchat_fail(err, PCHAT_UNAVAILABLE,
		                  "the server sent something else for too long");
	PCHAT_TRY(pchat_sip_client_next(u->client, &u->body, err));
	return pchat_xccos_parse(u->parser, pchat_buf_view(&u->body), ret, err);
}

static enum pchat_code
judge_reply(const struct pchat_xccos_prim *p, const char *name, struct pchat_err *err)
{
	if (p->resp_code == PCHAT_XCCOS_OK)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_DENIED, "%s was answered %u %.*s", name, p->resp_code,
	                  PCHAT_STR_ARG(p->resp_text));
}

enum pchat_code
pchat_probe_command(struct pchat_probe_user *u, const char *name, pchat_probe_blocks blocks,
                    const void *ctx, int timeout_ms, const struct pchat_xccos_prim **ret,
                    struct pchat_err *err)
{
	int64_t deadline = pchat_monotonic() + (int64_t)timeout_ms * 1000;
	PCHAT_AUTO_VALUE(buf) body = { 0 };

	pchat_xccos_cmd_open(&body, ++u->envid, name);
	if (blocks)
		blocks(&body, ctx);
	pchat_xccos_cmd_close(&body);
	PCHAT_TRY(pchat_buf_check(&body, err));
	PCHAT_TRY(pchat_sip_client_info(u->client, pchat_buf_view(&body), err));
	for (;;) {
		const struct pchat_xccos_envelope *env = NULL;

		PCHAT_TRY(next(u, deadline, &env, err));
		assert(env);
		for (size_t i = 0; i < env->n_prims; i++) {
			const struct pchat_xccos_prim *p = &env->prims[i];
			bool reply = p->kind == PCHAT_XCCOS_KIND_RPL &&
			             pchat_str_iis(p->name, name);

			if (reply || p->kind == PCHAT_XCCOS_KIND_ERR) {
				*ret = p;
				return judge_reply(p, name, err);
			}
		}
	}
}

enum pchat_code
pchat_probe_post(struct pchat_probe_user *u, const char *room, const char *text,
                 struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) body = { 0 };
	struct pchat_xccos_msg msg = {
		.chan_uri = pchat_str(room),
		.author = pchat_str(u->uri),
		.ts = pchat_now(),
		.chat = pchat_str(text),
	};

	pchat_xccos_post(&body, ++u->envid, &msg);
	PCHAT_TRY(pchat_buf_check(&body, err));
	return pchat_sip_client_info(u->client, pchat_buf_view(&body), err);
}

/* The message, or a reply that says why it was not taken. */
static enum pchat_code
look_for(const struct pchat_xccos_prim *p, const char *room, const char *author, const char *text,
         bool *ret_found, struct pchat_err *err)
{
	if (p->kind == PCHAT_XCCOS_KIND_ERR ||
	    (p->kind == PCHAT_XCCOS_KIND_RPL && pchat_str_iis(p->name, "grpchat")))
		return judge_reply(p, "the message", err);
	*ret_found |= p->kind == PCHAT_XCCOS_KIND_GRPCHAT && pchat_str_iis(p->msg.chan_uri, room) &&
	              pchat_str_iis(p->msg.author, author) && pchat_str_is(p->msg.chat, text);
	return PCHAT_OK;
}

enum pchat_code
pchat_probe_receive(struct pchat_probe_user *u, const char *room, const char *author,
                    const char *text, int timeout_ms, struct pchat_err *err)
{
	int64_t deadline = pchat_monotonic() + (int64_t)timeout_ms * 1000;
	bool found = false;

	while (!found) {
		const struct pchat_xccos_envelope *env = NULL;

		PCHAT_TRY(next(u, deadline, &env, err));
		assert(env);
		for (size_t i = 0; i < env->n_prims && !found; i++)
			PCHAT_TRY(look_for(&env->prims[i], room, author, text, &found, err));
	}
	return PCHAT_OK;
}
