/*
 * A way to make a security association of [MS-SIPAE]: what becomes of a client's token. The rest,
 * which is the same for all of them, is pchatd/associate.h.
 */
#pragma once

#include "pchatd/reader.h"
#include "pchatd/server.h"
#include "pchatd/signin.h"
#include "wire/sip/seal.h"

struct pchat_way;

/* What is to be done with a message that has a token, maybe an empty one. */
enum pchat_way_step {
	PCHAT_WAY_ACCEPT,   /* give it to a reader */
	PCHAT_WAY_ANSWERED, /* nothing */
	PCHAT_WAY_AGAIN,    /* challenge the client anew */
};

/* A token on its way to the reader and back. */
struct pchat_association {
	struct pchat_job job;
	struct pchatd *d;
	struct pchat_sip_txn *txn;
	struct pchat_signin *signin;
	const struct pchat_way *way;
	struct pchat_ntlm_round round; /* NTLM: what the token answers */
	/* What the way finds out, in the reader. */
	void *context;           /* of its mechanism; NULL: nothing came of the token */
	uint32_t seconds;        /* the association lives */
	struct pchat_buf name;   /* whom the token names, as it does: for the log */
	struct pchat_buf mapped; /* the URI of that user */
	enum pchat_code code;
	struct pchat_err err;
	char *domain;         /* of the pool */
	char *target;         /* this server, as associations name it: "sip/chat.contoso.example" */
	bool realm_is_domain; /* the setting */
	char uri[];           /* who he says he is, canonical, terminated */
};

struct pchat_way {
	const struct pchat_sip_mechanism *mechanism;
	/* Can it be offered? On the loop, again and again. PCHAT_UNAVAILABLE: why not. */
	enum pchat_code (*start)(struct pchatd *d, struct pchat_err *err);
	/* On the loop, before a reader; NULL: always _ACCEPT. */
	enum pchat_way_step (*begin)(struct pchat_association *a);
	/* In a reader: whose @token is (not empty), into .name and .mapped, with a .context. What
	 * client and server cannot agree on is PCHAT_DENIED, PCHAT_NOT_FOUND or PCHAT_CONFLICT;
	 * PCHAT_INVALID: it is no token at all. */
	enum pchat_code (*accept)(struct pchat_association *a, struct pchat_str token,
	                          struct pchat_store *store, struct pchat_err *err);
};

extern const struct pchat_way pchat_way_kerberos, pchat_way_ntlm;
