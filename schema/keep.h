/*
 * Small things chat.db keeps for users: preferences of old clients, and tokens that let a file be
 * sent or fetched once. xccos.md sections 9.9, 9.13 and 16.1.
 *
 * What writes is called inside pchat_chat_begin() or a job of the daemon's writer.
 */
#pragma once

#include "schema/chat.h"

/* ---- preferences ---- */

#define PCHAT_PREFERENCE_LABEL     255                 /* characters */
#define PCHAT_PREFERENCE_CONTENT   (64u << 10)         /* octets */
#define PCHAT_PREFERENCES_PER_USER 64                  /* labels */
#define PCHAT_PREFERENCE_VERSION   (UINT64_C(1) << 53) /* greatest a client may name */

struct pchat_preference {
	uint64_t version; /* 0: nothing is stored */
	char *content;    /* as it was stored; owned; NULL if nothing is */
};
void pchat_preference_release(struct pchat_preference *p);
PCHAT_AUTO_VALUE_DEFINE(preference, pchat_preference_release)

/* The preference of a user under this label, labels compared octet by octet. */
enum pchat_code pchat_chat_preference(struct pchat_chat *chat, const char *uri,
                                      struct pchat_str label, struct pchat_preference *ret,
                                      struct pchat_err *err);
/* Store @content. *ret_version becomes one more than the greater of what is stored and @version.
 * PCHAT_LIMIT: label, content, version, or as many labels as a user may have. */
enum pchat_code pchat_chat_preference_set(struct pchat_chat *chat, const char *uri,
                                          struct pchat_str label, uint64_t version,
                                          struct pchat_str content, uint64_t *ret_version,
                                          struct pchat_err *err);

/* ---- file tokens ---- */

#define PCHAT_FILE_NAME       256                       /* characters of the name of a file */
#define PCHAT_TOKEN_TIME      (INT64_C(1800) * 1000000) /* microseconds a token is good for */
#define PCHAT_TOKENS_PER_USER 64 /* that have neither been used nor run out */

/* What a token is for; all of it has to be the same when it is used. */
struct pchat_file_right {
	const char *uri;       /* of the user */
	const char *room;      /* guid */
	bool upload;           /* else download */
	struct pchat_str name; /* the user's for the file; not compared */
};

/* Make a token, a random guid. @now: microseconds. PCHAT_LIMIT: the name, or too many tokens of
 * this user. The caller has checked the right (PCHAT_ACTION_UPLOAD, PCHAT_ACTION_READ). */
enum pchat_code pchat_chat_token_new(struct pchat_chat *chat, const struct pchat_file_right *right,
                                     int64_t now, char ret_token[PCHAT_GUID_LEN + 1],
                                     struct pchat_err *err);
/* For the service that carries files: use up @token for what it is presented with. Once, in time,
 * by this user, for this room, in this direction; else PCHAT_DENIED, whatever of it is wrong, and
 * the token is as it was. It says nothing about rights that were taken away since: ask policy/
 * again. *ret_name (may be NULL): the name it was made for, malloc'ed. */
enum pchat_code pchat_chat_token_redeem(struct pchat_chat *chat, struct pchat_str token,
                                        const struct pchat_file_right *right, int64_t now,
                                        char **ret_name, struct pchat_err *err);
