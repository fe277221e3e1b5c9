#include "tests/unit/xccos/help.h"

#include <stdio.h>
#include <unistd.h>

typedef void (*check_fn)(const struct pchat_xccos_prim *p);

struct row {
	const char *cmd;
	const char *data;
	enum pchat_xccos_result bad;
	const char *why; /* part of the sentence */
	check_fn check;
};

#define OK      PCHAT_XCCOS_OK
#define INVALID PCHAT_XCCOS_INVALID_ARGUMENT
#define LIMIT   PCHAT_XCCOS_LIMIT_EXCEEDED

static void
one_room(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->n_rooms, 1);
	assert_view(p->rooms[0].domain, "contoso.example");
	assert_view(p->rooms[0].value, "094f5a4a-c492-4f6b-91c2-385eba134fd3");
}

static void
two_rooms(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->n_rooms, 2);
	assert_view(p->rooms[0].value, "a");
	assert_view(p->rooms[1].domain, "d");
	assert_view(p->rooms[1].value, "B");
}

static void
numeric_room(const struct pchat_xccos_prim *p)
{
	assert_view(p->rooms[0].value, "300");
	assert_view(p->rooms[0].uri, "MA-CHAN://litware.example/300");
}

static void
value_only(const struct pchat_xccos_prim *p)
{
	assert_view(p->rooms[0].value, "x");
	assert_int_equal(p->rooms[0].domain.n, 0);
	assert_int_equal(p->rooms[0].uri.n, 0);
}

static void
no_room(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->n_rooms, 0);
}

static void
room_by_name(const struct pchat_xccos_prim *p)
{
	assert_view(p->rooms[0].name, "Alpha");
	assert_int_equal(p->rooms[0].value.n, 0);
}

static void
sib(const struct pchat_xccos_prim *p)
{
	assert_view(p->data.sib->domain, "contoso.example");
	assert_view(p->data.sib->info_type, "123");
}

static void
no_sib(const struct pchat_xccos_prim *p)
{
	assert_null(p->data.sib);
}

static void
members(const struct pchat_xccos_prim *p)
{
	assert_false(p->args.assoc.managed);
	assert_int_equal(p->args.assoc.limit, 100);
}

static void
managed(const struct pchat_xccos_prim *p)
{
	assert_true(p->args.assoc.managed);
}

static void
managed_50(const struct pchat_xccos_prim *p)
{
	assert_true(p->args.assoc.managed);
	assert_int_equal(p->args.assoc.limit, 50);
}

static void
members_any(const struct pchat_xccos_prim *p)
{
	assert_false(p->args.assoc.managed);
	assert_int_equal(p->args.assoc.limit, 0);
}

static void
search_all(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->args.search.qtype, PCHAT_XCCOS_BYNAME);
	assert_int_equal(p->args.search.match, PCHAT_XCCOS_MATCH_ALL);
	assert_false(p->args.search.extended);
	assert_int_equal(p->args.search.max_results, 0);
	assert_int_equal(p->args.search.qib->criteria.n, 0);
	assert_non_null(p->args.search.qib->criteria.p);
}

static void
search_any(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->args.search.qtype, PCHAT_XCCOS_BYFILTER);
	assert_int_equal(p->args.search.match, PCHAT_XCCOS_MATCH_ANY);
	assert_true(p->args.search.extended);
	assert_int_equal(p->args.search.max_results, -1);
	assert_view(p->args.search.qib->criteria, "a b");
	assert_view(p->args.search.qib->member, "sip:amy@contoso.example");
	assert_int_equal(p->args.search.qib->disabled, PCHAT_XCCOS_TRUE);
}

static void
search_phrase(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->args.search.match, PCHAT_XCCOS_MATCH_PHRASE);
	assert_int_equal(p->args.search.max_results, 7);
	assert_int_equal(p->args.search.qtype, PCHAT_XCCOS_BYNAME);
}

static void
user_search(const struct pchat_xccos_prim *p)
{
	assert_view(p->args.search.qib->last, "Jones");
	assert_view(p->args.search.qib->email, "@contoso");
}

static void
last_25(const struct pchat_xccos_prim *p)
{
	one_room(p);
	assert_true(p->args.history.has_cnt);
	assert_int_equal(p->args.history.cnt, 25);
	assert_int_equal(p->args.history.n_authors, 0);
}

static void
no_count(const struct pchat_xccos_prim *p)
{
	one_room(p);
	assert_false(p->args.history.has_cnt);
	assert_int_equal(p->args.history.cnt, 0);
	assert_int_equal(p->args.history.from, 0);
	assert_false(p->args.history.oldest_first);
	assert_false(p->args.history.answer_newest_first);
	assert_int_equal(p->args.history.match, PCHAT_XCCOS_MATCH_ANY);
}

static void
huge_count(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->args.history.cnt, UINT64_MAX);
}

static void
full_query(const struct pchat_xccos_prim *p)
{
	const struct pchat_xccos_history_args *h = &p->args.history;

	assert_int_equal(p->n_rooms, 2);
	assert_int_equal(h->cnt, 100);
	assert_int_equal(h->from, INT64_C(1375315200000000));
	assert_int_equal(h->to, INT64_C(1375488000000000));
	assert_view(h->text, "needle in");
	assert_int_equal(h->match, PCHAT_XCCOS_MATCH_PHRASE);
	assert_true(h->match_case);
	assert_int_equal(h->n_authors, 2);
	assert_view(h->authors[0], "sip:bob@contoso.example");
	assert_view(h->authors[1], "sip:amy@contoso.example");
	assert_true(h->oldest_first);
	assert_true(h->answer_newest_first);
}

static void
by_message(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->args.history.msgid, 42);
	assert_int_equal(p->args.history.cnt, 50);
	assert_false(p->args.history.oldest_first);
}

static void
all_words(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->args.history.match, PCHAT_XCCOS_MATCH_ALL);
	assert_true(p->args.history.match_case);
}

static void
inv(const struct pchat_xccos_prim *p)
{
	assert_int_equal(p->args.inv.invite_id, 1);
	assert_view(p->args.inv.domain, "litware.example");
}

static void
get_pref(const struct pchat_xccos_prim *p)
{
	assert_view(p->args.pref.label, "kedzie.GroupChannels");
	assert_int_equal(p->args.pref.seqid, 71);
	assert_int_equal(p->args.pref.create_default, PCHAT_XCCOS_TRUE);
	assert_null(p->args.pref.content.p);
}

static void
set_pref(const struct pchat_xccos_prim *p)
{
	assert_view(p->args.pref.content, "QUJD");
}

static void
file(const struct pchat_xccos_prim *p)
{
	one_room(p);
	assert_view(p->args.file.file_url, "Plan & co.txt");
}

static void
create(const struct pchat_xccos_prim *p)
{
	assert_view(p->args.chan.chanib->name, "New");
	assert_view(p->args.chan.chanib->parent, CAT);
	assert_view(p->args.chan.chanib->invitelocal, "inherit");
	assert_int_equal(p->n_rooms, 0);
}

static void
modify(const struct pchat_xccos_prim *p)
{
	one_room(p);
	assert_non_null(p->args.chan.chanib->description.p);
	assert_null(p->args.chan.chanib->name.p);
	assert_int_equal(p->args.chan.chanib->disabled, PCHAT_XCCOS_TRUE);
	assert_int_equal(p->data.n_roles, 2);
	assert_int_equal(p->data.roles[1].role, PCHAT_XCCOS_ROLE_MANAGER);
	assert_int_equal(p->data.roles[1].n_uibs, 1);
}

static void
roles(const struct pchat_xccos_prim *p)
{
	one_room(p);
	assert_int_equal(p->args.roles.role, PCHAT_XCCOS_ROLE_PRESENTER);
	assert_int_equal(p->args.roles.n_uibs, 1);
	assert_view(p->args.roles.uibs[0].uri, "sip:amy@contoso.example");
}

static void
eligible(const struct pchat_xccos_prim *p)
{
	assert_view(p->args.roles.qib->criteria, "am");
}

static void
user(const struct pchat_xccos_prim *p)
{
	assert_view(p->args.user.uri, "sip:amy@contoso.example");
}

#define CHANIB "<chanib uri=\"" ROOM "\"/>"
#define UIB    "<uib uri=\"sip:amy@contoso.example\"/>"

static const struct row rows[] = {
	{ "requri", "", OK, NULL, no_room },
	{ "getserverinfo", "<sib domain=\"contoso.example\" infoType=\"123\"/>", OK, NULL, sib },
	{ "getserverinfo", "", OK, NULL, no_sib },

	{ "getassociations", "<association domain=\"d\" type=\"MEMBER\" maxResults=\"100\"/>", OK,
	  NULL, members },
	{ "getassociations", "<association type=\"MANAGER\"/>", OK, NULL, managed },
	{ "getassociations", "<qib qtype=\"managers\" cnt=\"50\"/>", OK, NULL, managed_50 },
	{ "getassociations", "<x a=\"Manage\" limit=\"50\"/>", OK, NULL, managed_50 },
	{ "getassociations", "", OK, NULL, members_any },
	{ "getassociations", "<association maxResults=\"many\"/>", OK, NULL, members_any },

	{ "join",
	  "<chanid key=\"0\" domain=\"contoso.example\" "
	  "value=\"094f5a4a-c492-4f6b-91c2-385eba134fd3\"/>",
	  OK, NULL, one_room },
	{ "join", CHANIB, OK, NULL, one_room },
	{ "join", "<chanid value=\"" ROOM "\"/>", OK, NULL, one_room },
	{ "join", "<chanid value=\"x\"/>", OK, NULL, value_only },
	{ "join", "<chanib uri=\"MA-CHAN://litware.example/300\"/>", OK, NULL, numeric_room },
	{ "join", "", INVALID, "'chanib' is missing", NULL },
	{ "join", "<chanid key=\"0\" domain=\"d\"/>", INVALID, "'value' of 'chanid'", NULL },
	{ "join", "<chanid key=\"0\" domain=\"d\" value=\" \"/>", INVALID, "'value'", NULL },
	{ "join", "<chanib/>", INVALID, "'uri' of 'chanib' is missing", NULL },
	{ "join", "<chanib name=\"Alpha\"/>", INVALID, "'uri'", NULL },
	{ "join", "<chanib uri=\"http://d/v\"/>", INVALID, "no room URI", NULL },
	{ "join", "<chanib uri=\"ma-chan://d\"/>", INVALID, "no room URI", NULL },
	{ "join", "<chanib uri=\"ma-chan://d/\"/>", INVALID, "no room URI", NULL },
	{ "join", "<chanib uri=\"ma-chan:///v\"/>", INVALID, "no room URI", NULL },
	{ "join", "<chanib uri=\"ma-chan://d/v/w\"/>", INVALID, "no room URI", NULL },
	{ "join", "<chanib uri=\"" CAT "\"/>", INVALID, "no room URI", NULL },
	{ "join", "<chanid value=\"a\"/><chanid value=\"b\"/>", LIMIT, "2 rooms", NULL },

	{ "bjoin",
	  "<chanid key=\"0\" domain=\"c\" value=\"a\"/>"
	  "<chanid key=\"1\" domain=\"d\" value=\"B\"/>",
	  OK, NULL, two_rooms },
	{ "bjoin", "<chanid value=\"a\"/><chanib uri=\"ma-chan://d/B\"/>", OK, NULL, two_rooms },
	{ "bjoin", "", OK, NULL, no_room },
	{ "bjoin", "<chanid value=\"a\"/><chanid/>", INVALID, "'value'", NULL },

	{ "part", CHANIB, OK, NULL, one_room },
	{ "part", "<chanib uri=\"ma-chan://c/a\"/><chanib uri=\"ma-chan://d/B\"/>", OK, NULL,
	  two_rooms },
	{ "part", "", INVALID, "missing", NULL },

	{ "chansrch", "<qib qtype=\"BYNAME\" criteria=\"\" extended=\"false\"/>", OK, NULL,
	  search_all },
	{ "chansrch",
	  "<qib qtype=\"byfilter\" criteria=\"a b\" extended=\"1\" matchall=\"False\" "
	  "max=\"-1\" member=\"sip:amy@contoso.example\" disabled=\"TRUE\"/>",
	  OK, NULL, search_any },
	{ "chansrch", "<qib qtype=\"NEW\" matchexact=\"true\" maxResults=\"7\"/>", OK, NULL,
	  search_phrase },
	{ "chansrch", "", INVALID, "'qib' is missing", NULL },
	{ "chansrch", "<qib extended=\"maybe\"/>", INVALID, "'extended' of 'qib' is no boolean",
	  NULL },
	{ "chansrch", "<qib maxResults=\"-2\"/>", INVALID, "'maxResults'", NULL },
	{ "chansrch", "<qib maxResults=\"ten\"/>", INVALID, "'maxResults' of 'qib' is no number",
	  NULL },
	{ "usersrch", "<qib last=\"Jones\" first=\"\" email=\"@contoso\"/>", OK, NULL,
	  user_search },

	{ "bccontext", CHANIB "<bcq><last cnt=\"25\"/></bcq>", OK, NULL, last_25 },
	{ "bccontext", CHANIB "<bcq><last/></bcq>", OK, NULL, no_count },
	{ "bccontext", CHANIB "<bcq><last cnt=\"\"/></bcq>", OK, NULL, no_count },
	{ "bccontext", CHANIB, OK, NULL, no_count },
	{ "bccontext", CHANIB "<bcq><last cnt=\"99999999999999999999999\"/></bcq>", OK, NULL,
	  huge_count },
	{ "bccontext", CHANIB "<bcq><last cnt=\"-1\"/></bcq>", INVALID, "'cnt' of 'last'", NULL },
	{ "bccontext", CHANIB "<bcq><last cnt=\"all\"/></bcq>", INVALID, "is no number", NULL },
	{ "bccontext", "<bcq><last cnt=\"25\"/></bcq>", INVALID, "missing", NULL },
	{ "bccontext", CHANIB CHANIB, LIMIT, "2 rooms", NULL },

	{ "bcbydate",
	  "<chanib uri=\"" ROOM "\"/><chanib uri=\"ma-chan://d/v\"/><bcq><limit cnt=\"100\"/>"
	  "<date from=\"2013-08-01T00:00:00Z\" to=\"2013-08-03\"/><text mt=\"PP\" mc=\"true\"> "
	  "needle in </text><uib uri=\"sip:bob@contoso.example\"/><author "
	  "uri=\"sip:amy@contoso.example\"/><sortdb order=\"ASC\"/><sort order=\"rev\"/></bcq>",
	  OK, NULL, full_query },
	{ "bcbydate",
	  "<chanib uri=\"" ROOM "\"/><chanib uri=\"ma-chan://d/v\"/><bcq><last cnt=\"100\"/>"
	  "<date to=\"2013-08-03T02:00:00+02:00\" from=\"2013-08-01T00:00:00\"/><matchexact/>"
	  "<search>needle in</search><matchcase value=\"1\"/>"
	  "<uib uri=\"sip:bob@contoso.example\"/><uib "
	  "uri=\"sip:amy@contoso.example\"/><sortdb order=\"fwd\"/><sort order=\"NEWEST\"/></bcq>",
	  OK, NULL, full_query },
	{ "bcbydate", CHANIB "<bcq><matchall>true</matchall><matchcase/><text>a</text></bcq>", OK,
	  NULL, all_words },
	{ "bcbydate", CHANIB "<bcq><text mt=\"AND\" matchcase=\"1\">a</text></bcq>", OK, NULL,
	  all_words },
	{ "bcbydate", CHANIB "<bcq><date from=\"yesterday\"/></bcq>", INVALID,
	  "'from' of 'date' is no date", NULL },
	{ "bcbydate", CHANIB "<bcq><text mc=\"2\">a</text></bcq>", INVALID,
	  "'mc' of 'text' is no boolean", NULL },
	{ "bcbydate", CHANIB "<bcq><uib/></bcq>", INVALID, "'uri' of 'uib'", NULL },
	{ "bcbydate", "", INVALID, "missing", NULL },
	{ "bcbymsg",
	  CHANIB "<bcq><msgid id=\"42\"/><limit cnt=\"50\"/><sortdb order=\"DESC\"/></bcq>", OK,
	  NULL, by_message },
	{ "bcbymsg", CHANIB "<bcq><msgid value=\"42\"/><limit cnt=\"50\"/></bcq>", OK, NULL,
	  by_message },
	{ "bcbymsg", CHANIB "<bcq><msgid id=\"x\"/></bcq>", INVALID, "'id' of 'msgid'", NULL },

	{ "getinv", "<inv inviteId=\"1\" domain=\"litware.example\"/>", OK, NULL, inv },
	{ "getinv", "", INVALID, "'inv' is missing", NULL },
	{ "getinv", "<inv inviteId=\"one\"/>", INVALID, "'inviteId' of 'inv'", NULL },

	{ "getpref", "<pref label=\"kedzie.GroupChannels\" seqid=\"71\" createdefault=\"true\"/>",
	  OK, NULL, get_pref },
	{ "getpref", "<pref seqid=\"71\"/>", INVALID, "'label' of 'pref'", NULL },
	{ "getpref", "", INVALID, "'pref'", NULL },
	{ "setpref", "<pref label=\"l\" seqid=\"1\" createdefault=\"false\" content=\"QUJD\"/>", OK,
	  NULL, set_pref },
	{ "setpref", "<pref label=\"l\" content=\"\"/>", OK, NULL, NULL },
	{ "setpref", "<pref label=\"l\"/>", INVALID, "'content' of 'pref'", NULL },

	{ "getfutok", "<ftdb channelUri=\"" ROOM "\" fileUrl=\"Plan &amp; co.txt\"/>", OK, NULL,
	  file },
	{ "getfdtok", "<ftdb channelUri=\"" ROOM "\" fileUrl=\"Plan &amp; co.txt\"/>", OK, NULL,
	  file },
	{ "getfutok", "<ftdb fileUrl=\"f\"/>", INVALID, "'channelUri' of 'ftdb'", NULL },
	{ "getfutok", "<ftdb channelUri=\"" ROOM "\"/>", INVALID, "'fileUrl'", NULL },
	{ "getfdtok", "", INVALID, "'ftdb' is missing", NULL },

	{ "nodespermcreatechild", "", OK, NULL, no_room },
	{ "getsiops", "", OK, NULL, no_room },
	{ "getchan", CHANIB, OK, NULL, one_room },
	{ "getchan", "<chanib name=\"Alpha\"/>", OK, NULL, room_by_name },
	{ "getchanperm", CHANIB, OK, NULL, one_room },
	{ "getparts", CHANIB, OK, NULL, one_room },
	{ "getparts", "", INVALID, "missing", NULL },

	{ "chancreate",
	  "<chanib name=\"New\" parent=\"" CAT "\" behavior=\"auditorium\" visibility=\"Open\">"
	  "<prop id=\"urn:parlano:ma:prop:invite\">inherit</prop></chanib>",
	  OK, NULL, create },
	{ "chancreate", "<chanib parent=\"" CAT "\"/>", INVALID, "'name'", NULL },
	{ "chancreate", "<chanib name=\" \" parent=\"" CAT "\"/>", INVALID, "'name'", NULL },
	{ "chancreate", "<chanib name=\"New\"/>", INVALID, "'parent'", NULL },
	{ "chancreate", "<chanib name=\"New\" parent=\"Finance\"/>", INVALID, "no category URI",
	  NULL },
	{ "chancreate", "<chanib name=\"New\" parent=\"" CAT "\" behavior=\"LOUD\"/>", INVALID,
	  "'behavior'", NULL },
	{ "chancreate", "<chanib name=\"New\" parent=\"" CAT "\" visibility=\"x\"/>", INVALID,
	  "'visibility'", NULL },
	{ "chancreate",
	  "<chanib name=\"New\" parent=\"" CAT "\"><prop id=\"urn:parlano:ma:prop:invite\">x</prop>"
	  "</chanib>",
	  INVALID, "'prop:invite'", NULL },
	{ "chancreate", "", INVALID, "'chanib'", NULL },
	{ "chanmodify",
	  "<chanib uri=\"" ROOM
	  "\" description=\"\" disabled=\"true\"/><roles><role name=\"MEMBER\"/>"
	  "<role name=\"Manager\">" UIB "</role></roles>",
	  OK, NULL, modify },
	{ "chanmodify",
	  "<chanib uri=\"" ROOM "\" description=\"\" disabled=\"true\"/><role name=\"MEMBER\"/>"
	  "<role name=\"Manager\">" UIB "</role>",
	  OK, NULL, modify },
	{ "chanmodify", "<chanib description=\"x\"/>", INVALID, "'uri'", NULL },
	{ "chanmodify", "<chanib uri=\"" ROOM "\" name=\"\"/>", INVALID, "'name'", NULL },
	{ "chanmove", "<chanib uri=\"" ROOM "\" parent=\"" CAT "\"/>", OK, NULL, one_room },
	{ "chanmove", CHANIB, INVALID, "'parent'", NULL },
	{ "chanmove", CHANIB CHANIB, INVALID, "one 'chanib'", NULL },

	{ "getroles", CHANIB "<role name=\"presenter\">" UIB "</role>", OK, NULL, roles },
	{ "getroles", CHANIB "<role name=\"MEMBER\"/>", OK, NULL, one_room },
	{ "getroles", CHANIB, INVALID, "'role'", NULL },
	{ "getroles", CHANIB "<role name=\"BOSS\"/>", INVALID, "'name' of 'role' is no role",
	  NULL },
	{ "addroles", CHANIB "<role name=\"PRESENTER\">" UIB "</role>", OK, NULL, roles },
	{ "addroles", CHANIB "<role name=\"PRESENTER\"/>", INVALID, "'uib' is missing", NULL },
	{ "addroles", CHANIB "<role name=\"PRESENTER\"><uib/></role>", INVALID, "'uri' of 'uib'",
	  NULL },
	{ "addroles", "<role name=\"PRESENTER\">" UIB "</role>", INVALID, "missing", NULL },
	{ "delroles", CHANIB "<role name=\"PRESENTER\">" UIB "</role>", OK, NULL, roles },
	{ "prinsrch", CHANIB "<role name=\"MEMBER\"/><qib criteria=\"am\"/>", OK, NULL, eligible },
	{ "getuser", UIB, OK, NULL, user },
	{ "getuser", "", INVALID, "'uib' is missing", NULL },
	{ "getuser", "<uib/>", INVALID, "'uri' of 'uib'", NULL },
	{ "getgroup", UIB, OK, NULL, user },
};

static const struct pchat_xccos_prim *
parse_row(void **state, const struct row *row)
{
	char inner[2048];

	snprintf(inner, sizeof(inner), "<cmd id=\"cmd:%s\" seqid=\"1\"><data>%s</data></cmd>",
	         row->cmd, row->data);
	return parse_prim(state, inner);
}

static void
test_commands(void **state)
{
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const struct pchat_xccos_prim *p = parse_row(state, &rows[i]);

		assert_int_equal(p->cmd, pchat_xccos_cmd_find(pchat_str(rows[i].cmd)));
		if (p->bad != rows[i].bad)
			fail_msg("%s with %s: %d %.*s", rows[i].cmd, rows[i].data, p->bad,
			         PCHAT_STR_ARG(p->why));
		if (rows[i].why)
			assert_contains(p->why, rows[i].why);
		if (rows[i].check)
			rows[i].check(p);
	}
}

/* Every command of the catalogue has a row that succeeds. */
static void
test_complete(void **state)
{
	(void)state;
	for (unsigned c = PCHAT_XCCOS_CMD_UNKNOWN + 1; c < PCHAT_XCCOS_N_CMDS; c++) {
		bool found = false;

		for (size_t i = 0; i < PCHAT_N(rows); i++)
			found = found ||
			        (rows[i].bad == OK &&
			         pchat_str_iis(pchat_str(rows[i].cmd), pchat_xccos_cmd_name(c)));
		if (!found)
			fail_msg("no test of %s", pchat_xccos_cmd_name(c));
	}
}

/* Without <data> a command is one without arguments. */
static void
test_no_data(void **state)
{
	char inner[128];

	for (unsigned c = PCHAT_XCCOS_CMD_UNKNOWN + 1; c < PCHAT_XCCOS_N_CMDS; c++) {
		struct row empty = { pchat_xccos_cmd_name(c), "", OK, NULL, NULL };
		enum pchat_xccos_result bad = parse_row(state, &empty)->bad;

		snprintf(inner, sizeof(inner), "<cmd id=\"cmd:%s\"/>", pchat_xccos_cmd_name(c));
		assert_int_equal(parse_prim(state, inner)->bad, bad);
	}
}

/* What a real client sends, byte for byte (xccos.md section 17). */
static void
test_client_strings(void **state)
{
	static const struct {
		const char *inner;
		enum pchat_xccos_cmd cmd;
	} strings[] = {
		{ "<cmd id=\"cmd:requri\" seqid=\"1\"><data/></cmd>", PCHAT_XCCOS_CMD_REQURI },
		{ "<cmd id=\"cmd:bjoin\" seqid=\"1\"><data><chanid key=\"0\" domain=\"D\" "
		  "value=\"G\"/><chanid key=\"1\" domain=\"D\" value=\"H\"/></data></cmd>",
		  PCHAT_XCCOS_CMD_BJOIN },
		{ "<cmd id=\"cmd:getinv\" seqid=\"1\"><data><inv inviteId=\"1\" "
		  "domain=\"D\"/></data></cmd>",
		  PCHAT_XCCOS_CMD_GETINV },
		{ "<cmd id=\"cmd:chansrch\" seqid=\"1\"><data><qib qtype=\"BYNAME\" criteria=\"\" "
		  "extended=\"false\"/></data></cmd>",
		  PCHAT_XCCOS_CMD_CHANSRCH },
		{ "<cmd id=\"cmd:join\" seqid=\"1\"><data><chanid key=\"0\" domain=\"D\" "
		  "value=\"G\"/></data></cmd>",
		  PCHAT_XCCOS_CMD_JOIN },
		{ "<cmd id=\"cmd:bccontext\" seqid=\"1\"><data><chanib uri=\"ma-chan://D/G\"/><bcq>"
		  "<last cnt=\"25\"/></bcq></data></cmd>",
		  PCHAT_XCCOS_CMD_BCCONTEXT },
		{ "<cmd id=\"cmd:part\" seqid=\"1\"><data><chanib "
		  "uri=\"ma-chan://D/G\"/></data></cmd>",
		  PCHAT_XCCOS_CMD_PART },
	};

	for (size_t i = 0; i < PCHAT_N(strings); i++) {
		const struct pchat_xccos_prim *p = parse_prim(state, strings[i].inner);

		assert_int_equal(p->cmd, strings[i].cmd);
		assert_int_equal(p->bad, OK);
		assert_false(p->odd);
	}
}

static struct pchat_str
read_whole(const char *name, char *buf, size_t size)
{
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/xccos/%s", PCHAT_TEST_DATA, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(buf, 1, size, f);
	fclose(f);
	return (struct pchat_str){ buf, n };
}

/* Bodies recorded from a real client. */
static void
test_recorded(void **state)
{
	static const struct {
		const char *file;
		enum pchat_xccos_cmd cmd; /* 0: a grpchat */
		const char *chat;
	} files[] = {
		{ "client-cmd-requri.xml", PCHAT_XCCOS_CMD_REQURI, NULL },
		{ "client-cmd-getinv.xml", PCHAT_XCCOS_CMD_GETINV, NULL },
		{ "client-cmd-chansrch.xml", PCHAT_XCCOS_CMD_CHANSRCH, NULL },
		{ "client-cmd-join.xml", PCHAT_XCCOS_CMD_JOIN, NULL },
		{ "client-cmd-bjoin.xml", PCHAT_XCCOS_CMD_BJOIN, NULL },
		{ "client-cmd-bccontext.xml", PCHAT_XCCOS_CMD_BCCONTEXT, NULL },
		{ "client-cmd-part.xml", PCHAT_XCCOS_CMD_PART, NULL },
		{ "client-grpchat.xml", PCHAT_XCCOS_CMD_UNKNOWN, "written before B came" },
		{ "client-grpchat-entities.xml", PCHAT_XCCOS_CMD_UNKNOWN,
		  "from A: <b>&amp;</b> \"quoted\" 'single' \\ grüße 日本" },
		{ "client-grpchat-lines.xml", PCHAT_XCCOS_CMD_UNKNOWN, "line one\nline two" },
	};
	char buf[4096];

	for (size_t i = 0; i < PCHAT_N(files); i++) {
		const struct pchat_xccos_envelope *e =
			parse_view(state, read_whole(files[i].file, buf, sizeof(buf)));

		assert_int_equal(e->n_prims, 1);
		assert_int_equal(e->prims[0].bad, OK);
		assert_int_equal(e->prims[0].cmd, files[i].cmd);
		assert_false(e->prims[0].odd);
		assert_true(e->envid.n >= 9);
		if (files[i].chat)
			assert_view(e->prims[0].msg.chat, files[i].chat);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_commands, setup, teardown),
		cmocka_unit_test(test_complete),
		cmocka_unit_test_setup_teardown(test_no_data, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_strings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recorded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
