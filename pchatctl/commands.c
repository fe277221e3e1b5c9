/* The command table: see command.h. Examples run in the order of their rows' kinds against
 * docs/examples/contoso.yaml, each on a fresh store. */
#include "pchatctl/command_args.h"
#include "pchatctl/handlers.h"

#define EXAMPLES(...)             \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* ---- rows ---- */

#define CREATE(KIND, word, text, ...)                                                             \
	{                                                                                         \
		.path = word " create", .summary = text, .kind = PCHAT_KIND_##KIND,               \
		.flags = PCHAT_CMD_WRITE | PCHAT_CMD_CREATE_FIELDS | PCHAT_CMD_IF_NOT_EXISTS,     \
		.args = create_args, .plan = pchat_create_plan, .examples = EXAMPLES(__VA_ARGS__) \
	}
#define SET(KIND, word, text, ...)                                                          \
	{                                                                                   \
		.path = word " set", .summary = text, .kind = PCHAT_KIND_##KIND,            \
		.flags = PCHAT_CMD_WRITE | PCHAT_CMD_SET_FIELDS | PCHAT_CMD_IF_EXISTS,      \
		.args = key_args, .plan = pchat_set_plan, .examples = EXAMPLES(__VA_ARGS__) \
	}
#define SHOW(KIND, word, text, ...)                                               \
	{                                                                         \
		.path = word " show", .summary = text, .kind = PCHAT_KIND_##KIND, \
		.flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS, .args = key_args,    \
		.run = pchat_show_run, .examples = EXAMPLES(__VA_ARGS__),         \
		.details = "One name gives an object, several give a list."       \
	}
#define LIST(KIND, word, text, ...) LIST_WITH(list_args, KIND, word, text, __VA_ARGS__)
#define LIST_WITH(arguments, KIND, word, text, ...)                                                \
	{                                                                                          \
		.path = word " list", .summary = text, .kind = PCHAT_KIND_##KIND,                  \
		.flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS | PCHAT_CMD_LIST_FIELDS,               \
		.args = arguments, .run = pchat_list_run, .examples = EXAMPLES(__VA_ARGS__),       \
		.details = "What is given narrows the list: an object is shown if all of it fits." \
	}
#define DELETE(KIND, word, text, ...)                                               \
	{                                                                           \
		.path = word " delete", .summary = text, .kind = PCHAT_KIND_##KIND, \
		.flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS, .args = key_args,   \
		.plan = pchat_delete_plan, .examples = EXAMPLES(__VA_ARGS__)        \
	}

const struct pchat_cmd pchat_cmds[] = {
	CREATE(POLICY, "policy", "create a policy for a site or to grant by name",
	       "pchatctl policy create site:zurich --enabled",
	       "pchatctl policy create visitors --enabled --add-granted-to group:Helpdesk"),
	SET(POLICY, "policy", "change policies", "pchatctl policy set global --enabled",
	    "pchatctl policy set traders --no-enabled -m 'trading is closed'"),
	SHOW(POLICY, "policy", "show policies", "pchatctl policy show traders"),
	LIST_WITH(list_nested_args, POLICY, "policy", "list policies",
	          "pchatctl policy list --enabled"),
	DELETE(POLICY, "policy", "delete policies; deleting global puts it back to its defaults",
	       "pchatctl policy delete traders --yes"),
	{ .path = "policy grant",
	  .summary = "grant a policy to users, groups, units and domains",
	  .kind = PCHAT_KIND_POLICY,
	  .flags = PCHAT_CMD_WRITE,
	  .args = grant_args,
	  .plan = pchat_policy_grant_plan,
	  .details = "A policy granted before is replaced: everybody has one at most.",
	  .examples =
	          EXAMPLES("pchatctl policy grant traders sip:oscar@contoso.example",
	                   "pchatctl policy grant traders group:Helpdesk 'ou:Private clients'") },
	{ .path = "policy revoke",
	  .summary = "take the policy granted to users, groups, units and domains",
	  .kind = PCHAT_KIND_POLICY,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = revoke_args,
	  .plan = pchat_policy_revoke_plan,
	  .details = "The policy of the site or the global one counts again.",
	  .examples = EXAMPLES("pchatctl policy revoke group:Traders") },
	{ .path = "policy effective",
	  .summary = "show which policy counts for a user, and why",
	  .kind = PCHAT_KIND_USER,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = user_args,
	  .run = pchat_policy_effective_run,
	  .examples = EXAMPLES("pchatctl policy effective sip:ken@contoso.example") },

	CREATE(USER, "user", "create a user",
	       "pchatctl user create sip:nina@contoso.example --display-name 'Nina Park' --site leeds",
	       "pchatctl user create otto@contoso.example --unit Operations --if-not-exists"),
	SET(USER, "user", "change users", "pchatctl user set sip:bob@contoso.example --site zurich",
	    "pchatctl user set victor@contoso.example --no-disabled"),
	SHOW(USER, "user", "show users", "pchatctl user show sip:amy@contoso.example",
	     "pchatctl user show amy@contoso.example bob@contoso.example -o json"),
	LIST(USER, "user", "list users", "pchatctl user list --site leeds --sort displayName",
	     "pchatctl user list --disabled -o name"),
	DELETE(USER, "user", "delete users and take them out of every list",
	       "pchatctl user delete sip:victor@contoso.example --yes"),
	{ .path = "user passwd",
	  .summary = "set the password a user signs in with by Digest or NTLM",
	  .kind = PCHAT_KIND_USER,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_HELPER | PCHAT_CMD_SECRET,
	  .args = passwd_args,
	  .plan = pchat_user_passwd_plan,
	  .details =
	          "Asks for it twice on the terminal. Stored is what Digest needs for the domain "
	          "of the pool, never the password. What NTLM needs is as good as the password and "
	          "is stored only with --ntlm; a password set without it leaves none for NTLM.",
	  .examples = EXAMPLES(
		  "echo secret | pchatctl user passwd sip:amy@contoso.example --password-stdin",
		  "echo secret | pchatctl user passwd bob@contoso.example --ntlm --password-stdin") },

	CREATE(GROUP, "group", "create a group",
	       "pchatctl group create Quants --add-member sip:amy@contoso.example "
	       "--add-member ou:Trading/Credit",
	       "pchatctl group create Visitors"),
	SET(GROUP, "group", "change groups",
	    "pchatctl group set Helpdesk --add-member sip:grace@contoso.example",
	    "pchatctl group set Helpdesk --name 'Help desk staff'"),
	SHOW(GROUP, "group", "show groups", "pchatctl group show Traders"),
	LIST_WITH(list_nested_args, GROUP, "group", "list groups", "pchatctl group list",
	          "pchatctl group list --member group:Rates -o name"),
	DELETE(GROUP, "group", "delete groups and take them out of every list",
	       "pchatctl group delete Credit --yes"),

	CREATE(UNIT, "unit", "create an organizational unit",
	       "pchatctl unit create Trading/Equities"),
	SET(UNIT, "unit", "change organizational units",
	    "pchatctl unit set Operations --description 'keeps it running'"),
	SHOW(UNIT, "unit", "show organizational units", "pchatctl unit show Trading/Rates"),
	LIST(UNIT, "unit", "list organizational units", "pchatctl unit list"),
	DELETE(UNIT, "unit", "delete organizational units that nobody is in",
	       "pchatctl unit delete Trading/Equities --if-exists"),

	CREATE(DOMAIN, "domain", "create a SIP domain",
	       "pchatctl domain create partner.contoso.example"),
	SET(DOMAIN, "domain", "change SIP domains",
	    "pchatctl domain set contoso.example --description 'all of us'"),
	SHOW(DOMAIN, "domain", "show SIP domains", "pchatctl domain show contoso.example"),
	LIST(DOMAIN, "domain", "list SIP domains", "pchatctl domain list -o name"),
	DELETE(DOMAIN, "domain", "delete SIP domains",
	       "pchatctl domain delete old.example --if-exists"),

	CREATE(SITE, "site", "create a site",
	       "pchatctl site create oslo --description 'new office'"),
	SET(SITE, "site", "change sites", "pchatctl site set leeds --description 'head office'"),
	SHOW(SITE, "site", "show sites", "pchatctl site show leeds"),
	LIST(SITE, "site", "list sites", "pchatctl site list"),
	DELETE(SITE, "site", "delete sites that nobody uses",
	       "pchatctl site delete paris --if-exists"),

	CREATE(CATEGORY, "category", "create a category of rooms",
	       "pchatctl category create Research --add-allowed domain:contoso.example "
	       "--add-creator group:Traders --invitations"),
	SET(CATEGORY, "category", "change categories",
	    "pchatctl category set Social --history --description 'after work'",
	    "pchatctl category set Support --add-denied sip:victor@contoso.example"),
	SHOW(CATEGORY, "category", "show categories", "pchatctl category show Trading -o yaml"),
	LIST_WITH(list_nested_args, CATEGORY, "category", "list categories",
	          "pchatctl category list --no-history"),
	DELETE(CATEGORY, "category", "delete categories without rooms",
	       "pchatctl category delete Lounge --if-exists"),
	{ .path = "category eligible",
	  .summary = "list who could be a member of the rooms of a category",
	  .kind = PCHAT_KIND_CATEGORY,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = category_eligible_args,
	  .run = pchat_eligible_run,
	  .details =
	          "Users that are allowed and not denied, each by himself: groups, units and domains "
	          "are taken apart. Disabled users are not listed.",
	  .examples = EXAMPLES("pchatctl category eligible Trading",
	                       "pchatctl category eligible Support --name '*@contoso.example'") },

	CREATE(ROOM, "room", "create a room in a category",
	       "pchatctl room create 'FX desk' --category Trading --add-member group:Rates",
	       "pchatctl room create 'Town hall' --category Social --privacy open --type auditorium "
	       "--add-presenter sip:amy@contoso.example"),
	SET(ROOM, "room", "change rooms",
	    "pchatctl room set 'Rates desk' --add-member group:Credit --dry-run",
	    "pchatctl room set 'Summer party' --no-disabled",
	    "pchatctl room set 'Rates desk' --name 'Rates floor' -m 'new name'"),
	SHOW(ROOM, "room", "show rooms", "pchatctl room show 'Rates desk'",
	     "pchatctl room show 'Rates desk' -o json --fields name,members"),
	LIST_WITH(room_list_args, ROOM, "room", "list rooms",
	          "pchatctl room list --category Trading --privacy closed",
	          "pchatctl room list --manager sip:amy@contoso.example -o csv",
	          "pchatctl room list --search deal --sort=-name --limit 10"),
	DELETE(ROOM, "room", "delete rooms with everything said in them",
	       "pchatctl room delete 'Summer party' --yes"),
	{ .path = "room disable",
	  .summary = "close rooms: nobody can join, read or find them, nothing is lost",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = key_args,
	  .plan = pchat_room_disable_plan,
	  .details = "Whoever is in one is put out of it.",
	  .examples = EXAMPLES("pchatctl room disable 'Help desk' Maintenance") },
	{ .path = "room enable",
	  .summary = "open rooms again that were disabled",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = key_args,
	  .plan = pchat_room_enable_plan,
	  .examples = EXAMPLES("pchatctl room enable 'Summer party'") },
	{ .path = "room move",
	  .summary = "move rooms to another category",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = move_args,
	  .plan = pchat_room_move_plan,
	  .details =
	          "A room keeps its identity and what was said in it. Whoever may not be in rooms of "
	          "the new category loses his roles; --dry-run lists them.",
	  .examples = EXAMPLES("pchatctl room move 'Rates desk' --to Support --dry-run",
	                       "pchatctl room move 'Summer party' --to Support") },
	{ .path = "room clear",
	  .summary = "delete what was said in rooms up to a moment",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_MESSAGES | PCHAT_CMD_IF_EXISTS,
	  .args = clear_args,
	  .plan = pchat_room_clear_plan,
	  .details =
	          "The rooms stay, with everything said later. --dry-run counts. What compliance has "
	          "taken stays there.",
	  .examples = EXAMPLES("pchatctl room clear 'Rates desk' --until 2026-01-31 --dry-run",
	                       "pchatctl room clear 'Rates desk' 'Help desk' --until 90d --yes") },
	{ .path = "room eligible",
	  .summary = "list who could be a member or a presenter of a room",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = room_eligible_args,
	  .run = pchat_eligible_run,
	  .details =
	          "Users that its category allows and does not deny, each by himself: groups, units "
	          "and domains are taken apart. Disabled users are not listed. Presenters of an "
	          "auditorium have to be members of it.",
	  .examples = EXAMPLES("pchatctl room eligible 'Rates desk'",
	                       "pchatctl room eligible 'Morning call' --presenters -o name") },

	{ .path = "message search",
	  .summary = "find messages by words, author and time",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS | PCHAT_CMD_LIVE,
	  .args = message_search_args,
	  .run = pchat_message_search_run,
	  .details =
	          "Of several rooms, one after the other. Words are compared without regard to case "
	          "and, in Latin, to accents.",
	  .examples = EXAMPLES(
		  "pchatctl message search --words 'two year' --match phrase --since 7d",
		  "pchatctl message search 'Rates desk' --author amy@contoso.example "
		  "--oldest-first -o jsonl",
		  "pchatctl message search --room 'Rates desk' --until 2026-01-31 --count") },
	{ .path = "message remove",
	  .summary = "remove messages from rooms",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_MESSAGES | PCHAT_CMD_IF_EXISTS,
	  .args = message_remove_args,
	  .plan = pchat_message_remove_plan,
	  .details =
	          "What fits all that is given goes, without a trace in the room; --dry-run counts. "
	          "What compliance has taken stays there. Nothing brings them back but a backup.",
	  .examples = EXAMPLES(
		  "pchatctl message remove 'Rates desk' --words secret --dry-run",
		  "pchatctl message remove 'Rates desk' --author amy@contoso.example --since 2h "
		  "--words 'project harbour' --match phrase --yes") },
	{ .path = "message replace",
	  .summary = "put a text in the place of messages",
	  .kind = PCHAT_KIND_ROOM,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_MESSAGES | PCHAT_CMD_IF_EXISTS,
	  .args = message_replace_args,
	  .plan = pchat_message_replace_plan,
	  .details = "Author and time stay, all that the message said goes. --dry-run counts. What "
	             "compliance has taken stays there.",
	  .examples = EXAMPLES("pchatctl message replace 'Rates desk' --with 'Removed by the "
	                       "administrator' --words secret --yes") },

	CREATE(ADDIN, "addin", "register an add-in",
	       "pchatctl addin create News --url https://news.contoso.example/"),
	SET(ADDIN, "addin", "change add-ins",
	    "pchatctl addin set Prices --url https://px.contoso.example/"),
	SHOW(ADDIN, "addin", "show add-ins", "pchatctl addin show Prices"),
	LIST(ADDIN, "addin", "list add-ins", "pchatctl addin list"),
	{ .path = "addin delete",
	  .summary = "delete add-ins that no room uses",
	  .kind = PCHAT_KIND_ADDIN,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = addin_delete_args,
	  .plan = pchat_addin_delete_plan,
	  .details = "With --force also those that rooms use; the rooms have none then.",
	  .examples = EXAMPLES("pchatctl addin delete News --if-exists",
	                       "pchatctl addin delete Prices --force --yes") },

	{ .path = "pool show",
	  .summary = "show the pool",
	  .kind = PCHAT_KIND_POOL,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .run = pchat_show_run,
	  .examples = EXAMPLES("pchatctl pool show") },
	{ .path = "pool set",
	  .summary = "change the pool",
	  .kind = PCHAT_KIND_POOL,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_SET_FIELDS,
	  .plan = pchat_set_plan,
	  .examples = EXAMPLES("pchatctl pool set --display-name 'Contoso rooms'") },

	CREATE(SETTINGS, "config", "create the service settings of a site or a server",
	       "pchatctl config create site:leeds --default-chat-history 50"),
	SET(SETTINGS, "config", "change service settings",
	    "pchatctl config set global --max-file-size-kb 10000 --session-timer 15m"),
	{ .path = "config show",
	  .summary = "show service settings, or where pchatctl's own options come from",
	  .kind = PCHAT_KIND_SETTINGS,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS | PCHAT_CMD_NAMED,
	  .args = config_show_args,
	  .run = pchat_config_show_run,
	  .details =
	          "One scope gives an object, several give a list. Without a scope, --origin shows "
	          "the options that pchatctl takes from flags, the environment and its files, and "
	          "where the value of each is from; for that of service settings see 'pchatctl config "
	          "effective --origin'.",
	  .examples = EXAMPLES("pchatctl config show global", "pchatctl config show --origin") },
	LIST(SETTINGS, "config", "list service settings", "pchatctl config list"),
	DELETE(SETTINGS, "config",
	       "delete service settings; deleting global puts it back to its defaults",
	       "pchatctl config delete site:zurich --yes"),
	{ .path = "config effective",
	  .summary = "show which service settings count",
	  .kind = PCHAT_KIND_SETTINGS,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = scope_args,
	  .run = pchat_config_effective_run,
	  .details =
	          "Those of the pool as a service, else those of the site, else the global ones: the "
	          "first found counts as a whole. The service is named by the user part of the SIP "
	          "URI of the pool.",
	  .examples = EXAMPLES("pchatctl config effective --user sip:ken@contoso.example",
	                       "pchatctl config effective --site zurich --origin") },
	{ .path = "config reset",
	  .summary = "put service settings back to their defaults",
	  .kind = PCHAT_KIND_SETTINGS,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = reset_args,
	  .plan = pchat_config_reset_plan,
	  .details = "The settings of the scope stay: 'config delete' lets the next scope count.",
	  .examples = EXAMPLES("pchatctl config reset site:zurich defaultChatHistory",
	                       "pchatctl config reset global") },

	CREATE(COMPLIANCE, "compliance", "create the compliance settings of a site or a server",
	       "pchatctl compliance create site:leeds --adapter xml --output-directory /srv/compliance"),
	SET(COMPLIANCE, "compliance", "change compliance settings",
	    "pchatctl compliance set global --adapter xml --run-interval 30m"),
	SHOW(COMPLIANCE, "compliance", "show compliance settings",
	     "pchatctl compliance show global"),
	LIST(COMPLIANCE, "compliance", "list compliance settings", "pchatctl compliance list"),
	DELETE(COMPLIANCE, "compliance",
	       "delete compliance settings; deleting global puts it back to its defaults",
	       "pchatctl compliance delete site:leeds --if-exists"),
	{ .path = "compliance effective",
	  .summary = "show which compliance settings count",
	  .kind = PCHAT_KIND_COMPLIANCE,
	  .flags = PCHAT_CMD_READ | PCHAT_CMD_RECORDS,
	  .args = scope_args,
	  .run = pchat_config_effective_run,
	  .details =
	          "Those of the pool as a service, else those of the site, else the global ones: the "
	          "first found counts as a whole. The service is named by the user part of the SIP "
	          "URI of the pool.",
	  .examples = EXAMPLES("pchatctl compliance effective",
	                       "pchatctl compliance effective --site leeds --origin") },
	{ .path = "compliance reset",
	  .summary = "put compliance settings back to their defaults",
	  .kind = PCHAT_KIND_COMPLIANCE,
	  .flags = PCHAT_CMD_WRITE | PCHAT_CMD_IF_EXISTS,
	  .args = reset_args,
	  .plan = pchat_config_reset_plan,
	  .details =
	          "The settings of the scope stay: 'compliance delete' lets the next scope count.",
	  .examples = EXAMPLES("pchatctl compliance reset global runInterval") },

	CREATE(ENDPOINT, "endpoint", "create a further SIP URI of the pool",
	       "pchatctl endpoint create sip:chat@contoso.example --display-name 'Chat'"),
	SHOW(ENDPOINT, "endpoint", "show endpoints",
	     "pchatctl endpoint show sip:ocschat@contoso.example"),
	LIST(ENDPOINT, "endpoint", "list endpoints", "pchatctl endpoint list"),
	DELETE(ENDPOINT, "endpoint", "delete endpoints; to change one, delete and create it",
	       "pchatctl endpoint delete ocschat@contoso.example --yes"),

	CREATE(SERVER, "server", "add a server to the pool",
	       "pchatctl server create chat2.contoso.example --no-active"),
	SET(SERVER, "server", "change servers",
	    "pchatctl server set chat2.contoso.example --active --if-exists"),
	SHOW(SERVER, "server", "show servers", "pchatctl server create chat1.contoso.example",
	     "pchatctl server show chat1.contoso.example"),
	LIST(SERVER, "server", "list servers", "pchatctl server list --active"),
	DELETE(SERVER, "server", "take servers out of the pool",
	       "pchatctl server delete chat2.contoso.example --if-exists"),
	{ .path = "server swap",
	  .summary = "make the idle servers active and the active ones idle",
	  .kind = PCHAT_KIND_SERVER,
	  .flags = PCHAT_CMD_WRITE,
	  .plan = pchat_server_swap_plan,
	  .examples = EXAMPLES("pchatctl server create chat1.contoso.example",
	                       "pchatctl server create chat2.contoso.example --no-active",
	                       "pchatctl server swap") },

	{ .path = "server status",
	  .summary = "show how the running pchatd is",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .run = pchat_server_status_run,
	  .details = "Exit status 8 if none serves the store.",
	  .examples = EXAMPLES("pchatctl server status", "pchatctl server status -o json") },
	{ .path = "server metrics",
	  .summary = "show what the running pchatd has counted",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .run = pchat_server_metrics_run,
	  .details = "The same as 'pchatd --metrics' offers to Prometheus; pchatd(8) lists them.",
	  .examples = EXAMPLES("pchatctl server metrics",
	                       "pchatctl server metrics -o csv --fields name,label,value") },
	{ .path = "server trace",
	  .summary = "let the running pchatd log what it does not understand",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON,
	  .args = trace_args,
	  .run = pchat_server_trace_run,
	  .details =
	          "The next COUNT messages of clients with commands, elements or attributes that are "
	          "not known go into the log, up to 4 KiB of each; 0 ends that. What may hold a "
	          "message of a user never does.",
	  .examples = EXAMPLES("pchatctl server trace 20", "pchatctl server trace 0") },
	{ .path = "server drain",
	  .summary = "let the running pchatd finish its work and end",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_URGES | PCHAT_CMD_AWAITS,
	  .run = pchat_server_drain_run,
	  .details =
	          "It takes no new sessions, delivers what is on its way, ends the sessions and then "
	          "itself, as on SIGTERM. Returns when it has ended, with --no-wait at once.",
	  .examples = EXAMPLES("pchatctl server drain --yes") },

	{ .path = "session list",
	  .summary = "list the sessions of the running pchatd, newest first",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .args = session_list_args,
	  .run = pchat_session_list_run,
	  .details =
	          "A user has a session for each of his clients. 'waiting' is what pchatd has yet to "
	          "do for it, 'queued' what it has yet to receive. Exit status 8 if no pchatd serves "
	          "the store.",
	  .examples = EXAMPLES("pchatctl session list",
	                       "pchatctl session list --user amy@contoso.example -o json",
	                       "pchatctl session list --room 'Rates desk' --fields id,user") },
	{ .path = "session show",
	  .summary = "show a session",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_RECORDS,
	  .args = session_show_args,
	  .run = pchat_session_show_run,
	  .examples = EXAMPLES("pchatctl session show 1") },
	{ .path = "session kick",
	  .summary = "end sessions",
	  .kind = PCHAT_NO_KIND,
	  .flags = PCHAT_CMD_DAEMON | PCHAT_CMD_URGES,
	  .args = session_kick_args,
	  .run = pchat_session_kick_run,
	  .details =
	          "What is queued for a session is still sent. Its client may sign in again at once: "
	          "to keep a user out, disable him or take his policy. --all asks first.",
	  .examples = EXAMPLES("pchatctl session kick 1",
	                       "pchatctl session kick --user amy@contoso.example",
	                       "pchatctl session kick --all --yes") },

#include "pchatctl/commands_tools.def"
};
const size_t pchat_n_cmds = PCHAT_N(pchat_cmds);
