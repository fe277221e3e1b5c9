/*
 * XCCOS, structs to bytes: everything is appended to a pchat_buf, on one line, without an
 * intermediate tree. Failures stay in the buffer: call pchat_buf_check() once at the end.
 *
 *	pchat_xccos_rpl_open(out, envid, &(struct pchat_xccos_reply){
 *		.name = pchat_str("join"), .seqid = prim->seqid, .envid = env->envid });
 *	pchat_xccos_put_uib(out, &uib);
 *	pchat_xccos_put_chanib(out, &chanib);
 *	pchat_xccos_rpl_close(out);
 *
 * One primitive per envelope (xccos.md 3.4). An <...>_open() without blocks and its _close() write
 * <data/>. Texts are quoted here; characters XML forbids become
 * U+FFFD. Blocks: wire/xccos/block.h.
 */
#pragma once

#include "base/buf.h"
#include "wire/xccos/xccos.h"

/* What a reply answers and with what. */
struct pchat_xccos_reply {
	struct pchat_str name;  /* of the reply: pchat_xccos_cmd_reply(prim->cmd), prim->name */
	struct pchat_str seqid; /* of the request, unchanged; empty writes 1 */
	struct pchat_str envid; /* of the request, unchanged; empty writes 0 */
	enum pchat_xccos_result code; /* 0 counts as 200 */
	struct pchat_str text;        /* instead of the sentence of @code; empty: that sentence */
};

/* ---- server to client ---- */

void pchat_xccos_rpl_open(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_reply *r);
void pchat_xccos_rpl_close(struct pchat_buf *out);
/* Open and close: a reply without data (success without results, or any error). */
void pchat_xccos_rpl(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_reply *r);
/* <err id="err:xccos">: for an envelope that cannot be tied to a command. r->name is not used. */
void pchat_xccos_err(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_reply *r);

/* @name: "join", "bjoin", "part", "kick", "chanmodify", "permchange", "invite", "quit". */
void pchat_xccos_ntc_open(struct pchat_buf *out, uint64_t envid, const char *name);
void pchat_xccos_ntc_close(struct pchat_buf *out);
/* Notices that hold one block: ntc:join, ntc:bjoin, ntc:permchange (a uib with its aibs) and
 * ntc:part, ntc:kick, ntc:chanmodify (a chanib). */
void pchat_xccos_ntc_uib(struct pchat_buf *out, uint64_t envid, const char *name,
                         const struct pchat_xccos_uib *uib);
void pchat_xccos_ntc_chanib(struct pchat_buf *out, uint64_t envid, const char *name,
                            const struct pchat_xccos_chanib *chanib);
/* ntc:invite */
void pchat_xccos_ntc_invite(struct pchat_buf *out, uint64_t envid,
                            const struct pchat_xccos_inv *inv,
                            const struct pchat_xccos_chanib *chanib);

/* A delivery: one body for all recipients. Writes alert="false" if it is not set. */
void pchat_xccos_grpchat(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_msg *m);

/* ---- client to server (check, tests): the bytes of a real client, xccos.md section 17 ---- */

void pchat_xccos_cmd_open(struct pchat_buf *out, uint64_t envid, const char *name);
void pchat_xccos_cmd_close(struct pchat_buf *out);
/* A post. ts 0 leaves the attribute out. */
void pchat_xccos_post(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_msg *m);

/* ---- blocks inside <data>, in any order ---- */

void pchat_xccos_put_uib(struct pchat_buf *out, const struct pchat_xccos_uib *b);
void pchat_xccos_put_chanib(struct pchat_buf *out, const struct pchat_xccos_chanib *b);
/* For long lists: the start tag and all children of @b but msgs; then any number of put_msg; then
 * the end tag. */
void pchat_xccos_chanib_open(struct pchat_buf *out, const struct pchat_xccos_chanib *b);
void pchat_xccos_chanib_close(struct pchat_buf *out);
/* A <msg id="grpchat"> of the history; @seqid counts from 1. */
void pchat_xccos_put_msg(struct pchat_buf *out, const struct pchat_xccos_msg *m, uint64_t seqid);
void pchat_xccos_put_chanid(struct pchat_buf *out, const struct pchat_xccos_chanid *b);
void pchat_xccos_put_catib(struct pchat_buf *out, const struct pchat_xccos_catib *b);
void pchat_xccos_put_fib(struct pchat_buf *out, const struct pchat_xccos_fib *b);
void pchat_xccos_put_sib(struct pchat_buf *out, const struct pchat_xccos_sib *b);
void pchat_xccos_put_qib(struct pchat_buf *out, const struct pchat_xccos_qib *b);
void pchat_xccos_put_inv(struct pchat_buf *out, const struct pchat_xccos_inv *b);
void pchat_xccos_put_association(struct pchat_buf *out, const struct pchat_xccos_association *b);
void pchat_xccos_put_ftdb(struct pchat_buf *out, const struct pchat_xccos_ftdb *b);
void pchat_xccos_put_token(struct pchat_buf *out, const struct pchat_xccos_token *b);
void pchat_xccos_put_pref(struct pchat_buf *out, const struct pchat_xccos_pref *b);
void pchat_xccos_put_siop(struct pchat_buf *out, const struct pchat_xccos_siop *b);
void pchat_xccos_put_role(struct pchat_buf *out, const struct pchat_xccos_rolelist *b);
/* <bcq><last cnt=".."/></bcq>, what a client sends with bccontext. */
void pchat_xccos_put_last(struct pchat_buf *out, uint64_t cnt);
