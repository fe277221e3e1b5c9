#include "pchatctl/command.h"

/* In the order of the overview; the columns are what a table on an ordinary screen has room for. */
const struct pchat_noun pchat_nouns[] = {
	{ "policy", "who may use persistent chat", "name,enabled,description" },
	{ "user", "the people who can sign in", "uri,displayName,site,unit,disabled" },
	{ "group", "sets of users, groups, units and domains", "name,unit,members,description" },
	{ "unit", "organizational units, Path/Of/Units", "name,description" },
	{ "domain", "SIP domains as principals", "name,description" },
	{ "site", "places with policies and settings of their own", "name,description" },
	{ "category", "sets of rooms and the boundary around them",
	  "name,invitations,fileUpload,history,description" },
	{ "room", "chat rooms", "name,category,type,privacy,disabled,description" },
	{ "message", "what was said in rooms", NULL },
	{ "addin", "web pages shown beside rooms", "name,url" },
	{ "pool", "the chat pool itself", NULL },
	{ "config", "service settings of a scope",
	  "scope,defaultChatHistory,maxFileSizeKB,participantUpdateLimit,authentication" },
	{ "compliance", "compliance settings of a scope",
	  "scope,adapter,outputDirectory,runInterval" },
	{ "endpoint", "further SIP URIs of the pool", "uri,displayName" },
	{ "server", "servers of the pool", "name,active" },
	{ "session", "who is signed in to a running pchatd", NULL },
	{ "store", "the store that holds all of this", NULL },
	{ "import", "tables from elsewhere into the store", NULL },
	{ "transaction", "changes that are staged and not in force yet", NULL },
	{ "history", "what changed, revision by revision", NULL },
	{ "audit", "the journal, row by row", NULL },
	{ "explain", "why somebody may or may not", NULL },
	{ "watch", "what goes on, as it comes", NULL },
	{ "report", "what is used, by whom, and what is not", NULL },
	{ "check", "does it work", NULL },
};
const size_t pchat_n_nouns = PCHAT_N(pchat_nouns);
