/*
 * In-band provisioning: what a client asks for at sign-in (SUBSCRIBE to
 * vnd-microsoft-provisioning-v2) and the document it gets. sip.md section 1,
 * administration.md section 14.
 */
#pragma once

#include "base/buf.h"

#define PCHAT_PROVISIONING_TYPE       "application/vnd-microsoft-roaming-provisioning-v2+xml"
#define PCHAT_PROVISIONING_BODY_MAX   65536
#define PCHAT_PROVISIONING_GROUPS_MAX 64

/* The groups we serve; all others are left out of the answer, not refused. */
enum pchat_provisioning_group {
	PCHAT_PROVISIONING_SERVER = 1 << 0, /* ServerConfiguration: answered empty */
	PCHAT_PROVISIONING_CHAT = 1 << 1,   /* persistentChatConfiguration */
};

struct pchat_provisioning_request {
	unsigned groups;   /* of enum pchat_provisioning_group */
	unsigned n_groups; /* how many were asked for, known or not */
};

/* Parse a <provisioningGroupList>. Namespaces and prefixes, foreign attributes and elements do not
 * matter. @ret is written only on success. PCHAT_INVALID: not UTF-8, not well-formed, a document
 * type, another root, a group without name, nested too deep; PCHAT_LIMIT: body or number of groups
 * too large; PCHAT_NO_MEMORY. */
enum pchat_code pchat_provisioning_parse(struct pchat_str body,
                                         struct pchat_provisioning_request *ret,
                                         struct pchat_err *err);

/* The effective answer for one user. */
struct pchat_provisioning {
	bool enabled; /* false: EnablePersistentChat=false and nothing else */
	struct pchat_str default_pool_uri;
	const struct pchat_str *pool_uris; /* all pools; empty: default_pool_uri alone */
	size_t n_pool_uris;
	struct pchat_str web_manager_int; /* left out if empty */
	struct pchat_str web_manager_ext;
};

/* Append the <provisionGroupList> with those of @groups. */
void pchat_provisioning_build(struct pchat_buf *out, unsigned groups,
                              const struct pchat_provisioning *p);
