/*
 * Result codes of XCCOS replies (<resp code="...">) and the permission masks
 * that stand in aib/@key.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* The only place where a result meets its number, its name and its sentence. Only 200 is known
 * from real servers; clients test for 200 and show the text of anything else to the user.
 * symbol, code, name, sentence */
#define PCHAT_XCCOS_RESULTS(X)                                                                     \
	X(OK, 200, "SUCCESS_OK", "")                                                               \
	X(INVALID_ARGUMENT, 400, "ERROR_INVALID_ARGUMENT", "the request is malformed")             \
	X(PERMISSION, 403, "ERROR_PERMISSION", "you are not allowed to do this")                   \
	X(NO_SUCH_NODE, 404, "ERROR_NO_SUCH_NODE", "there is no such room or category")            \
	X(NO_SUCH_PRINCIPAL, 406, "ERROR_NO_SUCH_PRINCIPAL", "there is no such user or group")     \
	X(USER_NOT_JOINED, 407, "ERROR_USER_NOT_JOINED", "join the room first")                    \
	X(CANNOT_GET_PARTICIPANTS, 408, "ERROR_CANNOT_GET_PARTICIPANTS",                           \
	  "the participants of this room are sent without asking")                                 \
	X(DUPLICATE_NAME, 409, "ERROR_DUPLICATE_NAME", "the name is taken")                        \
	X(NODE_DISABLED, 410, "ERROR_NODE_DISABLED", "the room is disabled")                       \
	X(DATA_COLLISION, 412, "ERROR_DATA_COLLISION",                                             \
	  "the room was changed by somebody else meanwhile")                                       \
	X(LIMIT_EXCEEDED, 413, "ERROR_LIMIT_EXCEEDED", "too long or too many")                     \
	X(NODE_HIERARCHY, 420, "ERROR_NODE_HIERARCHY",                                             \
	  "rooms belong into a category below the root")                                           \
	X(PRINCIPALS_DEFINED, 421, "ERROR_PRINCIPALS_DEFINED",                                     \
	  "some principals are already defined")                                                   \
	X(PRINCIPALS_NOT_IN_SCOPE, 422, "ERROR_PRINCIPALS_NOT_IN_SCOPE",                           \
	  "some principals are not in the scope of the category")                                  \
	X(PRESENTER_NOT_MEMBER, 423, "ERROR_PRESENTER_NOT_MEMBER", "a presenter must be a member") \
	X(DUPLICATE_ADDIN, 424, "ERROR_DUPLICATE_ADDIN", "the add-in exists already")              \
	X(INVALID_TOKEN, 425, "ERROR_INVALID_TOKEN", "the file token is not valid")                \
	X(SERVER, 500, "ERROR_SERVER", "the server failed")                                        \
	X(MSG_NOT_SUPPORTED, 501, "ERROR_MSG_NOT_SUPPORTED", "the request is not supported")       \
	X(DATABASE, 503, "ERROR_DATABASE", "the store is not available")

/* The enumerators are the numbers on the wire. */
enum pchat_xccos_result {
#define X(symbol, code, name, sentence) PCHAT_XCCOS_##symbol = (code),
	PCHAT_XCCOS_RESULTS(X)
#undef X
};

/* "ERROR_PERMISSION"; "ERROR_SERVER" for a number that is not in the table. */
const char *pchat_xccos_result_name(enum pchat_xccos_result r);
/* "you are not allowed to do this"; empty for 200. */
const char *pchat_xccos_result_sentence(enum pchat_xccos_result r);
/* The result that tells a client of a failure of ours. */
enum pchat_xccos_result pchat_xccos_result_of(enum pchat_code code);

/* ---- permission masks (bits of the product's database, xccos.md section 6.2) ---- */

enum pchat_xccos_perm {
	PCHAT_XCCOS_PERM_MANAGE = 1 << 2,
	PCHAT_XCCOS_PERM_CREATE = 1 << 4,
	PCHAT_XCCOS_PERM_JOIN = 1 << 7,
	PCHAT_XCCOS_PERM_CHAT = 1 << 8,
	PCHAT_XCCOS_PERM_FILES = 1 << 9,
	PCHAT_XCCOS_PERM_HISTORY = 1 << 10,
	PCHAT_XCCOS_PERM_SEE = 1 << 11,
	PCHAT_XCCOS_PERM_AUDITORIUM = 1 << 12,
	PCHAT_XCCOS_PERM_BYPASS = 1 << 13,
};

/* Which bits go into aib/@key: those of the 2007 R2 server, whose 12276 is what pidgin-sipe takes
 * for an operator (the default), or only those documented for 2013. */
enum pchat_xccos_style { PCHAT_XCCOS_STYLE_R2, PCHAT_XCCOS_STYLE_2013 };

/* The mask of a participant (a member, or anyone in an open room) with these further roles. */
uint32_t pchat_xccos_aib_key(enum pchat_xccos_style style, bool manager, bool presenter);
bool pchat_xccos_style_parse(struct pchat_str word, enum pchat_xccos_style *ret); /* "r2", "2013" */
