/*
 * A user interface for libpurple that another program drives: it loads the
 * distribution's SIPE plugin unchanged, obeys commands on standard input, and
 * reports what a user would see on standard output. One line each, parts
 * separated by TAB, with \t \n \\ escaped.
 *
 *	commands                     events
 *	signon                       signed-on | failed REASON
 *	signoff                      signed-off
 *	rooms                        room NAME URI DESCRIPTION USERS ..., rooms-end
 *	join URI                     joined ROOM | error TEXT
 *	send ROOM TEXT               message ROOM WHO TIME TEXT (own ones come back from the server)
 *	leave ROOM                   left ROOM (once the server has acknowledged it)
 *	quit
 *	                             chat-up (the session with the chat server stands)
 *	                             chat-down
 *	                             member ROOM WHO listed|arrived operator|plain, parted ROOM WHO
 *
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <libxml/parser.h>
#include <purple.h>

#define UI_ID "pchat-e2e"

struct client {
	GMainLoop *loop;
	PurpleAccount *account;
	PurpleRoomlist *list;
	FILE *debug;
};

/* libpurple's callbacks carry no context of ours. */
static struct client client;

/* ---- the plugin and libxml2 ---- */

/*
 * The plugin seeds rand() with the second it starts in, and takes Call-ID, tags and branches from
 * it: two of us started together would use the same ones, which a proxy that serves both must take
 * for repetitions.
 */
void srand(unsigned seed);

void
srand(unsigned seed)
{
	void (*real)(unsigned) = (void (*)(unsigned))dlsym(RTLD_NEXT, "srand");

	real(seed ^ (unsigned)getpid() * 2654435761u);
}

/*
 * The plugin hands libxml2 a handler that says SAX2 but has SAX1 callbacks only.
 * Since libxml2 2.11 (and Debian's fix of CVE-2023-39615 in 2.9.14) such a handler
 * is told of no element at all. Our definition is found before the library's; it
 * passes on a copy that says what it is.
 */
int xmlSAXUserParseMemory(xmlSAXHandlerPtr sax, void *data, const char *text, int size);

int
xmlSAXUserParseMemory(xmlSAXHandlerPtr sax, void *data, const char *text, int size)
{
	int (*real)(xmlSAXHandlerPtr, void *, const char *,
	            int) = (int (*)(xmlSAXHandlerPtr, void *, const char *,
	                            int))dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
	xmlSAXHandler old_style;

	if (sax && sax->initialized == XML_SAX2_MAGIC && !sax->startElementNs &&
	    !sax->endElementNs && (sax->startElement || sax->endElement)) {
		old_style = *sax;
		old_style.initialized = 1;
		sax = &old_style;
	}
	return real(sax, data, text, size);
}

/* ---- events ---- */

static void
put_part(const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '\t':
			fputs("\\t", stdout);
			break;
		case '\n':
			fputs("\\n", stdout);
			break;
		case '\r':
			break;
		case '\\':
			fputs("\\\\", stdout);
			break;
		default:
			putchar(*text);
		}
	}
}

static void G_GNUC_NULL_TERMINATED
event(const char *name, ...)
{
	const char *part;
	va_list parts;

	put_part(name);
	va_start(parts, name);
	while ((part = va_arg(parts, const char *))) {
		putchar('\t');
		put_part(part);
	}
	va_end(parts);
	putchar('\n');
	fflush(stdout);
}

/* ---- event loop of libpurple on GLib ---- */

struct watch {
	PurpleInputFunction call;
	gpointer data;
};

static gboolean
watch_ready(GIOChannel *channel, GIOCondition ready, gpointer data)
{
	struct watch *w = data;
	PurpleInputCondition what = 0;

	if (ready & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		what |= PURPLE_INPUT_READ;
	if (ready & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
		what |= PURPLE_INPUT_WRITE;
	w->call(w->data, g_io_channel_unix_get_fd(channel), what);
	return TRUE;
}

static guint
watch_add(int fd, PurpleInputCondition what, PurpleInputFunction call, gpointer data)
{
	struct watch *w = g_new0(struct watch, 1);
	GIOChannel *channel = g_io_channel_unix_new(fd);
	GIOCondition when = G_IO_HUP | G_IO_ERR | G_IO_NVAL;
	guint id;

	w->call = call;
	w->data = data;
	when |= what & PURPLE_INPUT_READ ? G_IO_IN : 0;
	when |= what & PURPLE_INPUT_WRITE ? G_IO_OUT : 0;
	id = g_io_add_watch_full(channel, G_PRIORITY_DEFAULT, when, watch_ready, w, g_free);
	g_io_channel_unref(channel);
	return id;
}

static PurpleEventLoopUiOps loop_ops = {
	.timeout_add = g_timeout_add,
	.timeout_remove = g_source_remove,
	.timeout_add_seconds = g_timeout_add_seconds,
	.input_add = watch_add,
	.input_remove = g_source_remove,
};

/* ---- what the plugin says only in its log ---- */

static void
debug_print(PurpleDebugLevel level, const char *category, const char *text)
{
	char *room, *end;

	(void)level;
	if (client.debug)
		fprintf(client.debug, "%s: %s", category ? category : "-", text);
	if (!category || strcmp(category, "sipe") != 0)
		return;
	if (strstr(text, "connection to group chat server established"))
		event("chat-up", NULL);
	else if (strstr(text, "no group chat server found") ||
	         strstr(text, "can't connect to group chat server"))
		event("chat-down", NULL);
	else if (g_str_has_prefix(text, "leaving room '")) {
		room = g_strdup(text + strlen("leaving room '"));
		end = strchr(room, '\'');
		if (end)
			*end = '\0';
		event("left", room, NULL);
		g_free(room);
	}
}

static gboolean
debug_wanted(PurpleDebugLevel level, const char *category)
{
	(void)level;
	(void)category;
	return TRUE;
}

static PurpleDebugUiOps debug_ops = { .print = debug_print, .is_enabled = debug_wanted };

/* ---- connection, notices, questions ---- */

static void
on_connected(PurpleConnection *gc)
{
	event("signed-on", purple_account_get_username(gc->account), NULL);
}

static void
on_disconnected(PurpleConnection *gc)
{
	event("signed-off", purple_account_get_username(gc->account), NULL);
}

static void
on_failure(PurpleConnection *gc, PurpleConnectionError reason, const char *text)
{
	(void)gc;
	(void)reason;
	event("failed", text, NULL);
}

static PurpleConnectionUiOps connection_ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.report_disconnect_reason = on_failure,
};

static void *
on_notice(PurpleNotifyMsgType type, const char *title, const char *first, const char *second)
{
	char *text = g_strjoin(": ", first ? first : title, second, NULL);

	if (type == PURPLE_NOTIFY_MSG_ERROR)
		event("error", text, NULL);
	g_free(text);
	return NULL;
}

static PurpleNotifyUiOps notify_ops = { .notify_message = on_notice };

/* ---- room list ---- */

static void
on_room(PurpleRoomlist *list, PurpleRoomlistRoom *room)
{
	/* The plugin's columns: uri, users, invite, private, logged, description. */
	GList *field = purple_roomlist_room_get_fields(room);
	char users[24];

	(void)list;
	snprintf(users, sizeof(users), "%u", GPOINTER_TO_UINT(g_list_nth_data(field, 1)));
	event("room", purple_roomlist_room_get_name(room), g_list_nth_data(field, 0), users,
	      GPOINTER_TO_UINT(g_list_nth_data(field, 3)) ? "private" : "public",
	      GPOINTER_TO_UINT(g_list_nth_data(field, 4)) ? "logged" : "unlogged",
	      g_list_nth_data(field, 5) ? g_list_nth_data(field, 5) : "", NULL);
}

static void
on_rooms_progress(PurpleRoomlist *list, gboolean going_on)
{
	(void)list;
	if (!going_on)
		event("rooms-end", NULL);
}

static PurpleRoomlistUiOps roomlist_ops = {
	.add_room = on_room,
	.in_progress = on_rooms_progress,
};

/* ---- conversations ---- */

static void
on_write(PurpleConversation *conv, const char *who, const char *alias, const char *html,
         PurpleMessageFlags flags, time_t when)
{
	const char *room = purple_conversation_get_name(conv);
	char *text = purple_unescape_html(html);
	char *at = g_strdup_printf("%lld", (long long)when);

	(void)alias;
	if (flags & (PURPLE_MESSAGE_ERROR | PURPLE_MESSAGE_SYSTEM))
		event("notice", room, text, NULL);
	else
		event("message", room, who, at, text, NULL);
	g_free(at);
	g_free(text);
}

static void
on_members(PurpleConversation *conv, GList *users, gboolean arrived)
{
	for (; users; users = users->next) {
		PurpleConvChatBuddy *b = users->data;

		event("member", purple_conversation_get_name(conv), b->name,
		      arrived ? "arrived" : "listed",
		      b->flags & PURPLE_CBFLAGS_OP ? "operator" : "plain", NULL);
	}
}

static void
on_parted(PurpleConversation *conv, GList *users)
{
	for (; users; users = users->next)
		event("parted", purple_conversation_get_name(conv), users->data, NULL);
}

static PurpleConversationUiOps conversation_ops = {
	.write_conv = on_write,
	.chat_add_users = on_members,
	.chat_remove_users = on_parted,
};

static void
on_joined(PurpleConversation *conv, gpointer data)
{
	(void)data;
	event("joined", purple_conversation_get_name(conv), NULL);
}

/* ---- commands ---- */

static PurpleConversation *
conversation(const char *room)
{
	return purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, room, client.account);
}

static void
do_signon(char **part)
{
	(void)part;
	purple_account_set_enabled(client.account, UI_ID, TRUE);
	if (!purple_account_get_connection(client.account))
		purple_account_connect(client.account);
}

static void
do_signoff(char **part)
{
	(void)part;
	purple_account_set_enabled(client.account, UI_ID, FALSE);
}

static void
do_rooms(char **part)
{
	(void)part;
	if (client.list)
		purple_roomlist_unref(client.list);
	client.list = purple_roomlist_get_list(purple_account_get_connection(client.account));
	if (client.list)
		purple_roomlist_ref(client.list);
	else
		event("error", "no room list", NULL);
}

static void
do_join(char **part)
{
	GHashTable *where = g_hash_table_new(g_str_hash, g_str_equal);

	g_hash_table_insert(where, (gpointer) "uri", part[1]);
	serv_join_chat(purple_account_get_connection(client.account), where);
	g_hash_table_destroy(where);
}

static void
do_send(char **part)
{
	PurpleConversation *conv = conversation(part[1]);
	char *plain = part[2] ? g_strcompress(part[2]) : g_strdup("");
	char *escaped = g_markup_escape_text(plain, -1);
	char **lines = g_strsplit(escaped, "\n", -1);
	char *html = g_strjoinv("<br>", lines);

	if (conv)
		purple_conv_chat_send(PURPLE_CONV_CHAT(conv), html);
	else
		event("error", "not in that room", NULL);
	g_free(html);
	g_strfreev(lines);
	g_free(escaped);
	g_free(plain);
}

static void
do_leave(char **part)
{
	PurpleConversation *conv = conversation(part[1]);

	if (conv)
		purple_conversation_destroy(conv); /* what closing the window does */
	else
		event("error", "not in that room", NULL);
}

static void
do_quit(char **part)
{
	(void)part;
	g_main_loop_quit(client.loop);
}

static const struct {
	const char *name;
	guint parts;
	gboolean online;
	void (*run)(char **part);
} commands[] = {
	{ "signon", 1, FALSE, do_signon }, { "signoff", 1, FALSE, do_signoff },
	{ "rooms", 1, TRUE, do_rooms },    { "join", 2, TRUE, do_join },
	{ "send", 3, TRUE, do_send },      { "leave", 2, TRUE, do_leave },
	{ "quit", 1, FALSE, do_quit },
};

static void
obey(char *line)
{
	char **part = g_strsplit(g_strchomp(line), "\t", 3);

	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (g_strcmp0(commands[i].name, part[0]) != 0)
			continue;
		if (g_strv_length(part) < commands[i].parts)
			event("error", "too few parts", part[0], NULL);
		else if (commands[i].online && !purple_account_is_connected(client.account))
			event("error", "not signed on", part[0], NULL);
		else
			commands[i].run(part);
		g_strfreev(part);
		return;
	}
	event("error", "unknown command", part[0], NULL);
	g_strfreev(part);
}

static gboolean
on_input(GIOChannel *in, GIOCondition ready, gpointer data)
{
	char *line = NULL;

	(void)ready;
	(void)data;
	do {
		if (g_io_channel_read_line(in, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
			g_main_loop_quit(client.loop);
			return FALSE;
		}
		obey(line);
		g_free(line);
	} while (g_io_channel_get_buffer_condition(in) & G_IO_IN);
	return TRUE;
}

/* ---- set-up ---- */

static void
set_ui(void)
{
	purple_connections_set_ui_ops(&connection_ops);
	purple_conversations_set_ui_ops(&conversation_ops);
	purple_notify_set_ui_ops(&notify_ops);
	purple_roomlist_set_ui_ops(&roomlist_ops);
}

static PurpleCoreUiOps core_ops = { .ui_init = set_ui };

static gboolean
start_libpurple(const char *directory)
{
	/* The plugin logs the lines debug_print() waits for only when told that logs may tell all.
	 */
	g_setenv("PURPLE_UNSAFE_DEBUG", "1", TRUE);
	purple_util_set_user_dir(directory);
	purple_debug_set_enabled(FALSE);
	purple_debug_set_ui_ops(&debug_ops);
	purple_core_set_ui_ops(&core_ops);
	purple_eventloop_set_ui_ops(&loop_ops);
	purple_plugins_add_search_path("/usr/lib/purple-2");
	if (!purple_core_init(UI_ID))
		return FALSE;
	purple_set_blist(purple_blist_new());
	purple_prefs_set_bool("/purple/logging/log_chats", FALSE);
	purple_prefs_set_bool("/purple/logging/log_system", FALSE);
	return purple_find_prpl("prpl-sipe") != NULL;
}

static PurpleAccount *
make_account(const char *server, const char *user, const char *password, const char *mechanism)
{
	/* "sign-in name,login": an empty login means the sign-in name. */
	char *name = g_strconcat(user, ",", NULL);
	PurpleAccount *account = purple_account_new(name, "prpl-sipe");
	PurpleProxyInfo *direct = purple_proxy_info_new();
	gboolean tls = g_str_has_prefix(server, "tls:");

	purple_proxy_info_set_type(direct, PURPLE_PROXY_NONE);
	purple_account_set_proxy_info(account, direct);
	purple_account_set_remember_password(account, TRUE);
	purple_account_set_password(account, password);
	purple_account_set_string(account, "server", tls ? server + strlen("tls:") : server);
	purple_account_set_string(account, "transport", tls ? "tls" : "tcp");
	purple_account_set_string(account, "authentication", mechanism);
	/* Without a password the ticket comes from the credential cache. */
	purple_account_set_bool(account, "sso", *password == '\0');
	purple_account_set_bool(account, "dont-publish", TRUE);
	/* libpurple's ring buffer repeats old octets when it has to grow while it is exactly full,
	 * that is after a first message of a multiple of 256 octets. The plugin's own long
	 * User-Agent makes amy's REGISTER 768 octets now and then; this one keeps off. */
	purple_account_set_string(account, "useragent", "Purple Sipe/1.25 end-to-end");
	purple_accounts_add(account);
	g_free(name);
	return account;
}

int
main(int argc, char **argv)
{
	GIOChannel *in;
	char password[256];

	if (argc != 5 && argc != 6) {
		fprintf(stderr,
		        "usage: sipe-client [tls:]HOST:PORT USER DIRECTORY LOG [ntlm|krb5|auto] <COMMANDS\n"
		        "the password is read from the first line\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	/* Unbuffered, so that fgets() leaves the commands to the channel. */
	setvbuf(stdin, NULL, _IONBF, 0);
	if (!fgets(password, sizeof(password), stdin))
		return 2;
	password[strcspn(password, "\n")] = '\0';
	client.debug = fopen(argv[4], "w");
	client.loop = g_main_loop_new(NULL, FALSE);
	if (!start_libpurple(argv[3])) {
		fprintf(stderr, "sipe-client: cannot load the SIPE plugin\n");
		return 2;
	}
	client.account = make_account(argv[1], argv[2], password, argc > 5 ? argv[5] : "ntlm");
	purple_signal_connect(purple_conversations_get_handle(), "chat-joined", &client,
	                      PURPLE_CALLBACK(on_joined), NULL);
	purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
	in = g_io_channel_unix_new(0);
	g_io_channel_set_encoding(in, NULL, NULL); /* octets as they come */
	g_io_add_watch(in, G_IO_IN | G_IO_HUP, on_input, NULL);
	event("ready", NULL);
	g_main_loop_run(client.loop);
	purple_core_quit();
	if (client.debug)
		fclose(client.debug);
	return 0;
}
