#include "wire/xccos/field.h"

/* Lengths in characters, from the product's database (xccos.md section 13). */
#define NAME_MAX_CHARS     256
#define ADDIN_NAME_CHARS   50
#define ADDIN_URL_CHARS    255
#define LABEL_CHARS        255
#define TOKEN_CHARS        50
#define FILE_URL_CHARS     256
#define CRITERIA_CHARS     1024
#define PARTICIPANTS_CHARS SIZE_MAX /* aib/@value of a large room; the body is limit enough */
#define IGNORED_CHARS      SIZE_MAX /* nobody uses what a client says */

#define AT(type, member)   offsetof(struct pchat_xccos_##type, member)
#define TEXT(type, attr, member, chars)                               \
	{                                                             \
		attr, PCHAT_FIELD_TEXT, 0, AT(type, member), 0, chars \
	}
#define OPEN(type, attr, member, chars)                                               \
	{                                                                             \
		attr, PCHAT_FIELD_TEXT, PCHAT_FIELD_EMPTY, AT(type, member), 0, chars \
	}
#define FLAG(type, attr, member, flags)                               \
	{                                                             \
		attr, PCHAT_FIELD_FLAG, flags, AT(type, member), 0, 0 \
	}
#define UINT(type, attr, member, flags)                               \
	{                                                             \
		attr, PCHAT_FIELD_UINT, flags, AT(type, member), 0, 0 \
	}
#define TIME(type, attr, member, flags)                               \
	{                                                             \
		attr, PCHAT_FIELD_TIME, flags, AT(type, member), 0, 0 \
	}
#define URI 0

static const struct pchat_field aib[] = {
	TEXT(aib, "key", key, NAME_MAX_CHARS),
	TEXT(aib, "domain", domain, URI),
	TEXT(aib, "value", value, PARTICIPANTS_CHARS),
};

static const struct pchat_field uib[] = {
	TEXT(uib, "id", id, NAME_MAX_CHARS),
	TEXT(uib, "uri", uri, URI),
	TEXT(uib, "guid", guid, NAME_MAX_CHARS),
	UINT(uib, "type", type, 0),
	TEXT(uib, "uname", uname, NAME_MAX_CHARS),
	TEXT(uib, "dispname", dispname, NAME_MAX_CHARS),
	FLAG(uib, "disabled", disabled, 0),
	TEXT(uib, "email", email, NAME_MAX_CHARS),
	TEXT(uib, "company", company, NAME_MAX_CHARS),
};

static const struct pchat_field chanid[] = {
	TEXT(chanid, "key", key, NAME_MAX_CHARS),
	TEXT(chanid, "domain", domain, URI),
	TEXT(chanid, "value", value, URI),
};

static const struct pchat_field audit[] = {
	TEXT(audit, "createdby", createdby, URI),
	TIME(audit, "createdon", createdon, PCHAT_FIELD_LENIENT),
	TEXT(audit, "updatedby", updatedby, URI),
	TIME(audit, "updatedon", updatedon, PCHAT_FIELD_LENIENT),
};

static const struct pchat_field inv[] = {
	UINT(inv, "inviteId", invite_id, PCHAT_FIELD_ALWAYS),
	TEXT(inv, "domain", domain, URI),
	TIME(inv, "createdOn", created_on, PCHAT_FIELD_LENIENT),
};

/* Of a post every attribute but the room is overwritten, so nothing else can be malformed. */
static const struct pchat_field msg[] = {
	{ "id", PCHAT_FIELD_NONE, 0, 0, 0, 0 },
	{ "seqid", PCHAT_FIELD_NONE, 0, 0, 0, 0 },
	TEXT(msg, "chanUri", chan_uri, URI),
	TEXT(msg, "author", author, IGNORED_CHARS),
	TEXT(msg, "authdisp", authdisp, IGNORED_CHARS),
	FLAG(msg, "alert", alert, PCHAT_FIELD_LENIENT),
	UINT(msg, "chatId", chat_id, PCHAT_FIELD_LENIENT),
	TIME(msg, "ts", ts, PCHAT_FIELD_LENIENT),
};

static const struct pchat_field role[] = {
	{ "name", PCHAT_FIELD_ROLE, 0, AT(rolelist, role), 0, 0 },
};

static const struct pchat_field chanib[] = {
	TEXT(chanib, "uri", uri, URI),
	TEXT(chanib, "name", name, NAME_MAX_CHARS),
	OPEN(chanib, "description", description, NAME_MAX_CHARS),
	TEXT(chanib, "topic", topic, NAME_MAX_CHARS),
	TEXT(chanib, "parent", parent, URI),
	TEXT(chanib, "parentname", parentname, NAME_MAX_CHARS),
	TEXT(chanib, "parentdescription", parentdescription, NAME_MAX_CHARS),
	TEXT(chanib, "behavior", behavior, NAME_MAX_CHARS),
	FLAG(chanib, "disabled", disabled, 0),
	TEXT(chanib, "visibility", visibility, NAME_MAX_CHARS),
	OPEN(chanib, "siopid", siopid, NAME_MAX_CHARS),
	TEXT(chanib, "siopname", siopname, ADDIN_NAME_CHARS),
	TEXT(chanib, "siopurl", siopurl, ADDIN_URL_CHARS),
	TEXT(chanib, "filestoreuri", filestoreuri, URI),
	TEXT(chanib, "updatedon", updatedon, NAME_MAX_CHARS),
	{ "cnt", PCHAT_FIELD_UINT, 0, AT(chanib, cnt), AT(chanib, has_cnt), 0 },
	FLAG(chanib, "more", more, 0),
};

static const struct pchat_field catib[] = {
	TEXT(catib, "uri", uri, URI),
	TEXT(catib, "name", name, NAME_MAX_CHARS),
	OPEN(catib, "description", description, NAME_MAX_CHARS),
	TEXT(catib, "parent", parent, URI),
};

static const struct pchat_field sib[] = {
	TEXT(sib, "domain", domain, URI),
	TEXT(sib, "infoType", info_type, NAME_MAX_CHARS),
	TIME(sib, "serverTime", server_time, PCHAT_FIELD_LENIENT),
	UINT(sib, "searchLimit", search_limit, PCHAT_FIELD_LENIENT),
	UINT(sib, "messageSizeLimit", message_size_limit, PCHAT_FIELD_LENIENT),
	UINT(sib, "storySizeLimit", story_size_limit, PCHAT_FIELD_LENIENT),
	TEXT(sib, "rootUri", root_uri, URI),
	TEXT(sib, "dbVersion", db_version, NAME_MAX_CHARS),
	TEXT(sib, "displayName", display_name, NAME_MAX_CHARS),
	OPEN(sib, "roomManagementUrl", room_management_url, URI),
};

#define QIB_MAX(attr, flags)                                                            \
	{                                                                               \
		attr, PCHAT_FIELD_INT, flags, AT(qib, max_results), AT(qib, has_max), 0 \
	}

static const struct pchat_field qib[] = {
	TEXT(qib, "qtype", qtype, NAME_MAX_CHARS),
	OPEN(qib, "criteria", criteria, CRITERIA_CHARS),
	FLAG(qib, "extended", extended, 0),
	FLAG(qib, "matchAll", match_all, 0),
	FLAG(qib, "matchExactPhrase", match_exact, 0),
	FLAG(qib, "matchexact", match_exact, PCHAT_FIELD_READ_ONLY),
	QIB_MAX("maxResults", 0),
	QIB_MAX("max", PCHAT_FIELD_READ_ONLY),
	QIB_MAX("cnt", PCHAT_FIELD_READ_ONLY),
	TEXT(qib, "member", member, URI),
	TEXT(qib, "manager", manager, URI),
	TEXT(qib, "category", category, URI),
	TEXT(qib, "siopid", siopid, NAME_MAX_CHARS),
	FLAG(qib, "disabled", disabled, 0),
	TEXT(qib, "visibility", visibility, NAME_MAX_CHARS),
	TEXT(qib, "behavior", behavior, NAME_MAX_CHARS),
	FLAG(qib, "invite", invite, 0),
	TEXT(qib, "last", last, NAME_MAX_CHARS),
	TEXT(qib, "first", first, NAME_MAX_CHARS),
	TEXT(qib, "email", email, NAME_MAX_CHARS),
	FLAG(qib, "more", more, 0),
};

static const struct pchat_field association[] = {
	TEXT(association, "domain", domain, URI),
	TEXT(association, "type", type, NAME_MAX_CHARS),
	{ "maxResults", PCHAT_FIELD_INT, PCHAT_FIELD_LENIENT, AT(association, max_results),
	  AT(association, has_max), 0 },
};

static const struct pchat_field fib[] = {
	TEXT(fib, "key", key, NAME_MAX_CHARS),
	TEXT(fib, "value", value, URI),
	TEXT(fib, "domain", domain, URI),
};

static const struct pchat_field ftdb[] = {
	TEXT(ftdb, "channelUri", channel_uri, URI),
	TEXT(ftdb, "fileUrl", file_url, FILE_URL_CHARS),
};

static const struct pchat_field token[] = {
	TEXT(token, "token", token, TOKEN_CHARS),
	TEXT(token, "serveruri", server_uri, URI),
};

static const struct pchat_field pref[] = {
	TEXT(pref, "label", label, LABEL_CHARS),
	{ "seqid", PCHAT_FIELD_UINT, 0, AT(pref, seqid), AT(pref, has_seqid), 0 },
	FLAG(pref, "createdefault", create_default, 0),
	OPEN(pref, "content", content, SIZE_MAX),
};

static const struct pchat_field siop[] = {
	TEXT(siop, "siopid", siopid, NAME_MAX_CHARS),
	TEXT(siop, "siopname", siopname, ADDIN_NAME_CHARS),
	TEXT(siop, "siopurl", siopurl, ADDIN_URL_CHARS),
};

#define X(symbol, element, type)                          \
	const struct pchat_block pchat_block_##symbol = { \
		element,                                  \
		sizeof(struct pchat_xccos_##type),        \
		symbol,                                   \
		sizeof(symbol) / sizeof(symbol[0]),       \
	};
PCHAT_BLOCKS(X)
#undef X
