/* Help that is not about one command. What can be generated is. */
#include "pchatctl/help.h"

static const char *const exit_reasons[] = {
	[PCHAT_OK] = "all went well",
	[PCHAT_DIFFERS] = "the answer is no: something differs, is refused or was found",
	[PCHAT_USAGE] = "the command line is wrong, or --yes is needed",
	[PCHAT_INVALID] = "the input is wrong",
	[PCHAT_NOT_FOUND] = "there is no such object",
	[PCHAT_EXISTS] = "there is such an object already",
	[PCHAT_CONFLICT] = "the change contradicts what is there",
	[PCHAT_DENIED] = "you are not allowed to",
	[PCHAT_BUSY] = "somebody else is writing; try again",
	[PCHAT_UNAVAILABLE] = "the store or the server cannot be reached",
	[PCHAT_LIMIT] = "a limit is passed",
	[PCHAT_UNSUPPORTED] = "not supported",
	[PCHAT_CORRUPT] = "the store is damaged",
	[PCHAT_NO_MEMORY] = "out of memory",
	[PCHAT_INTERNAL] = "a mistake of pchat",
};
_Static_assert(PCHAT_N(exit_reasons) == PCHAT_N_CODES, "every code has its reason");

const char *
pchat_exit_reason(enum pchat_code code)
{
	return exit_reasons[code];
}

static void
print_exit_codes(struct pchat_buf *out)
{
	pchat_buf_lit(
		out,
		"Exit status, and the word that stands for it in {\"error\":{\"code\":...}}:\n\n");
	for (unsigned c = 0; c < PCHAT_N_CODES; c++) {
		PCHAT_AUTO_VALUE(buf) left = { 0 };

		pchat_buf_printf(&left, "%2d  %s", pchat_code_exit((enum pchat_code)c),
		                 pchat_code_word((enum pchat_code)c));
		pchat_help_line(out, pchat_buf_cstr(&left), 18, exit_reasons[c]);
	}
	pchat_buf_lit(
		out,
		"\nIf the status is not 0, 1 or 8, nothing was changed. 8 from a command that writes\n"
		"says whether the change is stored.\n");
}

static void
print_principals(struct pchat_buf *out)
{
	pchat_buf_lit(out,
	              "A principal is whom a list names:\n\n"
	              "  sip:amy@contoso.example   a user; \"amy@contoso.example\" will do\n"
	              "  group:Sales               a group: its members, and theirs\n"
	              "  ou:Trading/Rates          an organizational unit with those below it\n"
	              "  domain:contoso.example    everybody with an address in that SIP domain\n\n"
	              "Names compare without regard to case. In an option that takes a whole list\n"
	              "(--members A,B) a comma inside a name is written '\\,'.\n");
}

static void
print_environment(struct pchat_buf *out)
{
	struct pchat_option o;

	pchat_buf_lit(
		out,
		"Every option of all commands can be set by a variable. A flag beats the variable, "
		"which\nbeats the user's file (~/.config/pchat/pchatctl.conf), which beats the "
		"system's\n(/etc/pchat/pchatctl.conf). The files hold lines like\n\n"
		"  store = /srv/pchat\n  output = json\n\nVariables:\n");
	for (size_t i = 0; pchat_global_option(i, &o); i++) {
		char name[PCHAT_OPTION_NAME_MAX];

		if (i == PCHAT_GLOBAL_HELP)
			continue;
		pchat_global_variable(i, name);
		pchat_help_line(out, name, 22, o.help);
	}
	pchat_help_line(out, "PCHAT_ACTOR", 22,
	                "who is written into the journal; the login user if not set");
	pchat_help_line(out, "PCHAT_PAGER, PAGER", 22,
	                "what shows output on a terminal; none if empty or cat");
	pchat_help_line(out, "NO_COLOR, CLICOLOR", 22, "no colour if set, or set to 0");
	pchat_help_line(out, "CLICOLOR_FORCE", 22, "colour even where there is no terminal");
	pchat_help_line(out, "XDG_CONFIG_HOME", 22, "instead of ~/.config");
}

static void
print_kind(struct pchat_buf *out, const struct pchat_kind_info *info)
{
	pchat_buf_printf(out, "\n%s: %s\n", info->section, info->help);
	for (size_t i = 0; i < info->n_fields; i++) {
		const struct pchat_field *f = &info->fields[i];
		PCHAT_AUTO_VALUE(buf) right = { 0 };

		pchat_buf_text(&right, f->help);
		for (size_t w = 0; f->words && f->words[w]; w++)
			pchat_buf_printf(&right, "%s%s", w ? ", " : ": ", f->words[w]);
		if (f->flags & PCHAT_REQUIRED)
			pchat_buf_lit(&right, "; needed");
		else if (*f->preset)
			pchat_buf_printf(&right, "; default %s", f->preset);
		pchat_help_line(out, f->name, 30, pchat_buf_cstr(&right));
	}
}

static void
print_manifest(struct pchat_buf *out)
{
	pchat_buf_lit(
		out,
		"A manifest is a YAML file that says what the store should hold:\n\n"
		"  pchat: 1\n"
		"  users:\n"
		"    - {uri: \"sip:amy@contoso.example\", displayName: Amy Jones}\n"
		"  rooms:\n"
		"    - name: Rates desk\n"
		"      category: Trading\n"
		"      members: [\"sip:amy@contoso.example\"]\n\n"
		"A section that is left out is not managed. A field that is left out stays as it\n"
		"is; with \"absent: default\" at the top it gets its default. An entry with a guid is\n"
		"the object that has it, under whatever name. Nothing is deleted without --prune.\n\n"
		"Sections and their fields:\n");
	for (unsigned k = 0; k < PCHAT_N_KINDS; k++)
		print_kind(out, pchat_kind_info((enum pchat_kind)k));
}

const struct pchat_topic pchat_topics[] = {
	{ "exit-codes", "what the exit status says", print_exit_codes },
	{ "principals", "how users, groups, units and domains are written", print_principals },
	{ "environment", "variables and configuration files", print_environment },
	{ "manifest", "the files of apply, diff, export and validate", print_manifest },
};
const size_t pchat_n_topics = PCHAT_N(pchat_topics);
