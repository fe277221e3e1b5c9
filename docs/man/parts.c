#include "docs/man/parts.h"

#include <string.h>

#include "docs/man/mdoc.h"
#include "pchatctl/globals.h"
#include "pchatctl/help.h"
#include "pchatctl/record_object.h"
#include "pchatd/options.h"

/* The kind a noun is about, if it is about one. */
static bool
kind_of(const struct pchat_noun *noun, enum pchat_kind *ret)
{
	return noun && pchat_kind_by_word(pchat_str(noun->word), ret);
}

static bool
is_verb_of(const struct pchat_cmd *cmd, const struct pchat_noun *noun)
{
	size_t n = strlen(noun->word);

	return strncmp(cmd->path, noun->word, n) == 0 && cmd->path[n] == ' ';
}

/* ---- options ---- */

static void
put_value(const struct pchat_option *o, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(buf) value = { 0 };

	if (!pchat_option_takes_value(o))
		return;
	pchat_option_value_name(o, &value);
	pchat_buf_lit(out, " Ar ");
	mdoc_word(out, pchat_buf_cstr(&value));
}

/* "Fl o , Fl -output Ar json|yaml" */
static void
put_option(const struct pchat_option *o, struct pchat_buf *out)
{
	if (o->letter)
		pchat_buf_printf(out, "Fl %c , ", o->letter);
	pchat_buf_lit(out, "Fl ");
	mdoc_word(out, o->name + 1);
	put_value(o, out);
	if (o->type == PCHAT_ARG_BOOL) {
		pchat_buf_lit(out, " , Fl ");
		pchat_buf_lit(out, "\\-no\\-");
		mdoc_word(out, o->name + 2);
	}
}

static enum pchat_code
put_globals(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
            struct pchat_err *err)
{
	struct pchat_option o;

	(void)page, (void)arg, (void)err;
	pchat_buf_lit(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; pchat_global_option(i, &o); i++) {
		pchat_buf_lit(out, ".It ");
		put_option(&o, out);
		pchat_buf_char(out, '\n');
		mdoc_text(out, o.help);
	}
	pchat_buf_lit(out, ".El\n");
	return PCHAT_OK;
}

/* ---- commands ---- */

static void
put_usage(const struct pchat_cmd *cmd, struct pchat_buf *out)
{
	struct pchat_option o;
	bool more = false;

	pchat_buf_printf(out, ".Nm pchatctl %s\n", cmd->path);
	for (const struct pchat_arg *a = cmd->args; a && a->name; a++) {
		PCHAT_AUTO_VALUE(buf) name = { 0 };

		if (a->name[0] == '-')
			continue;
		pchat_arg_name(cmd, a, &name);
		pchat_buf_text(out, a->flags & PCHAT_ARG_REQUIRED ? ".Ar " : ".Op Ar ");
		mdoc_word(out, pchat_buf_cstr(&name));
		pchat_buf_text(out, a->flags & PCHAT_ARG_MANY ? " ...\n" : "\n");
	}
	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++) {
		if (!(o.flags & PCHAT_ARG_REQUIRED)) {
			more = true;
			continue;
		}
		pchat_buf_lit(out, ".Fl ");
		mdoc_word(out, o.name + 1);
		put_value(&o, out);
		pchat_buf_char(out, '\n');
	}
	if (more)
		pchat_buf_lit(out, ".Op Ar option ...\n");
}

/* A summary is a sentence without its beginning and end. */
static void
put_sentence(const char *text, struct pchat_buf *out)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	pchat_buf_printf(&b, "%s.", text);
	if (pchat_buf_ok(&b) && b.p[0] >= 'a' && b.p[0] <= 'z')
		b.p[0] = (char)(b.p[0] - 'a' + 'A');
	mdoc_text(out, pchat_buf_cstr(&b));
}

static void
put_arguments(const struct pchat_cmd *cmd, struct pchat_buf *out)
{
	struct pchat_option o;
	size_t before = out->n;

	pchat_buf_lit(out, ".Bl -tag -width Ds\n");
	for (const struct pchat_arg *a = cmd->args; a && a->name; a++) {
		PCHAT_AUTO_VALUE(buf) name = { 0 };

		if (a->name[0] == '-')
			continue;
		pchat_arg_name(cmd, a, &name);
		pchat_buf_lit(out, ".It Ar ");
		mdoc_word(out, pchat_buf_cstr(&name));
		pchat_buf_char(out, '\n');
		mdoc_text(out, a->help);
	}
	for (size_t i = 0; pchat_option_at(cmd, i, &o); i++) {
		PCHAT_AUTO_VALUE(buf) help = { 0 };

		pchat_buf_lit(out, ".It ");
		put_option(&o, out);
		pchat_buf_char(out, '\n');
		pchat_help_option(cmd, &o, &help);
		mdoc_text(out, pchat_buf_cstr(&help));
	}
	if (out->n == before + sizeof(".Bl -tag -width Ds\n") - 1)
		out->n = before; /* an empty list is none */
	else
		pchat_buf_lit(out, ".El\n");
}

/* Which of the options of all commands mean something here. */
static void
put_applying(const struct pchat_cmd *cmd, struct pchat_buf *out)
{
	struct pchat_option o;
	bool first = true;

	for (size_t i = 0; pchat_global_option(i, &o); i++) {
		if (!pchat_global_applies((enum pchat_global)i, cmd))
			continue;
		if (first)
			pchat_buf_lit(out, ".Pp\nOf the options of all commands:\n");
		else
			pchat_buf_lit(out, " ,\n");
		first = false;
		pchat_buf_lit(out, ".Fl ");
		mdoc_word(out, o.name + 1);
	}
	if (!first)
		pchat_buf_lit(out, " .\n");
}

static void
put_example(struct pchat_str line, struct pchat_buf *out)
{
	pchat_buf_lit(out, ".Dl ");
	mdoc_literal(out, line);
}

static void
put_command(const struct pchat_cmd *cmd, bool with_examples, struct pchat_buf *out)
{
	pchat_buf_printf(out, ".Ss %s\n", cmd->path);
	put_sentence(cmd->summary, out);
	if (cmd->details)
		mdoc_text(out, cmd->details);
	put_arguments(cmd, out);
	put_applying(cmd, out);
	for (size_t i = 0; with_examples && cmd->examples[i]; i++) {
		pchat_buf_text(out, i ? "" : ".Pp\n");
		put_example(pchat_str(cmd->examples[i]), out);
	}
}

/* Commands of one word, with all there is to say about them. */
static enum pchat_code
put_words(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
          struct pchat_err *err)
{
	(void)page, (void)arg, (void)err;
	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (!strchr(pchat_cmds[i].path, ' '))
			put_command(&pchat_cmds[i], true, out);
	return PCHAT_OK;
}

static enum pchat_code
put_nouns(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
          struct pchat_err *err)
{
	(void)page, (void)arg, (void)err;
	pchat_buf_lit(out, ".Bl -tag -width compliance\n");
	for (size_t i = 0; i < pchat_n_nouns; i++) {
		bool first = true;

		pchat_buf_printf(out, ".It Cm %s\n", pchat_nouns[i].word);
		put_sentence(pchat_nouns[i].help, out);
		for (size_t c = 0; c < pchat_n_cmds; c++) {
			if (!is_verb_of(&pchat_cmds[c], &pchat_nouns[i]))
				continue;
			pchat_buf_printf(out, first ? ".Cm %s" : " ,\n.Cm %s",
			                 strchr(pchat_cmds[c].path, ' ') + 1);
			first = false;
		}
		pchat_buf_printf(out, "%sSee\n.Xr pchatctl-%s 1 .\n", first ? "" : " .\n",
		                 pchat_nouns[i].word);
	}
	pchat_buf_lit(out, ".El\n");
	return PCHAT_OK;
}

/* ---- one noun ---- */

static enum pchat_code
put_name(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
         struct pchat_err *err)
{
	(void)arg, (void)err;
	pchat_buf_printf(out, ".Nm pchatctl-%s\n.Nd ", page->noun->word);
	mdoc_text(out, page->noun->help);
	return PCHAT_OK;
}

static enum pchat_code
put_synopsis(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
             struct pchat_err *err)
{
	(void)arg, (void)err;
	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (is_verb_of(&pchat_cmds[i], page->noun))
			put_usage(&pchat_cmds[i], out);
	return PCHAT_OK;
}

static enum pchat_code
put_verbs(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
          struct pchat_err *err)
{
	(void)arg, (void)err;
	for (size_t i = 0; i < pchat_n_cmds; i++)
		if (is_verb_of(&pchat_cmds[i], page->noun))
			put_command(&pchat_cmds[i], false, out);
	return PCHAT_OK;
}

static enum pchat_code
put_examples(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
             struct pchat_err *err)
{
	(void)arg, (void)err;
	for (size_t i = 0; i < pchat_n_cmds; i++) {
		if (!is_verb_of(&pchat_cmds[i], page->noun) || !pchat_cmds[i].examples[0])
			continue;
		put_sentence(pchat_cmds[i].summary, out);
		pchat_buf_lit(out, ".Pp\n");
		for (size_t k = 0; pchat_cmds[i].examples[k]; k++)
			put_example(pchat_str(pchat_cmds[i].examples[k]), out);
		pchat_buf_lit(out, ".Pp\n");
	}
	/* No paragraph begins before the next section. */
	if (out->n > 4 && memcmp(out->p + out->n - 4, ".Pp\n", 4) == 0)
		out->n -= 4;
	return PCHAT_OK;
}

/* What somebody wrote about the noun. */
static enum pchat_code
put_prose(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
          struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/noun/%s.mdoc", page->sources, page->noun->word);
	enum pchat_code code;

	(void)arg;
	if (!path)
		return pchat_no_memory(err);
	code = man_read(path, out, err);
	if (code != PCHAT_NOT_FOUND)
		return code;
	pchat_err_release(err);
	put_sentence(page->noun->help, out);
	return PCHAT_OK;
}

/* ---- fields ---- */

static void
put_range(const struct pchat_field *f, struct pchat_buf *out)
{
	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
		pchat_buf_printf(out, "; at most %llu characters", (unsigned long long)f->max);
		break;
	case PCHAT_TYPE_UINT:
		pchat_buf_printf(out, "; a number from %llu to %llu", (unsigned long long)f->min,
		                 (unsigned long long)f->max);
		break;
	case PCHAT_TYPE_DURATION:
		pchat_buf_lit(out, "; ");
		pchat_duration_text(out, f->min);
		pchat_buf_lit(out, " to ");
		pchat_duration_text(out, f->max);
		break;
	case PCHAT_TYPE_BOOL:
		pchat_buf_lit(out, "; true or false");
		break;
	case PCHAT_TYPE_ENUM:
		for (size_t i = 0; f->words[i]; i++)
			pchat_buf_printf(out, "%s%s",
			                 !i                ? "; "
			                 : f->words[i + 1] ? ", "
			                                   : " or ",
			                 f->words[i]);
		break;
	case PCHAT_TYPE_REF:
		pchat_buf_printf(out, "; a %s", pchat_kind_info(f->ref)->word);
		break;
	case PCHAT_TYPE_PRINCIPALS:
		pchat_buf_lit(out, "; a list of principals");
		break;
	}
}

static void
put_fields(enum pchat_kind kind, struct pchat_buf *out)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);

	pchat_buf_lit(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < info->n_fields; i++) {
		const struct pchat_field *f = &info->fields[i];
		PCHAT_AUTO_VALUE(buf) text = { 0 };

		pchat_buf_printf(out, ".It Cm %s\n", f->name);
		pchat_buf_text(&text, f->help);
		put_range(f, &text);
		if (f->flags & PCHAT_REQUIRED)
			pchat_buf_lit(&text, "; needed");
		else if (*f->preset)
			pchat_buf_printf(&text, "; default %s", f->preset);
		if (f->flags & PCHAT_FIXED)
			pchat_buf_lit(&text, "; stays what it was at first");
		mdoc_text(out, pchat_buf_cstr(&text));
	}
	pchat_buf_lit(out, ".El\n");
}

static enum pchat_code
put_noun_fields(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
                struct pchat_err *err)
{
	const char *columns[PCHAT_MAX_FIELDS + PCHAT_N_META + 1];
	PCHAT_AUTO_VALUE(buf) meta = { 0 };
	enum pchat_kind kind;

	(void)arg, (void)err;
	if (!kind_of(page->noun, &kind))
		return PCHAT_OK;
	pchat_buf_lit(out, ".Sh FIELDS AND VALUES\nAs manifests and\n.Fl o Cm json\nname them:\n");
	put_fields(kind, out);
	pchat_record_columns(kind, columns);
	pchat_buf_lit(&meta, "What is shown holds besides:");
	for (size_t i = pchat_kind_info(kind)->n_fields; columns[i]; i++)
		pchat_buf_printf(&meta, " %s%s", columns[i], columns[i + 1] ? "," : ".");
	pchat_buf_lit(out, ".Pp\n");
	mdoc_text(out, pchat_buf_cstr(&meta));
	return PCHAT_OK;
}

static enum pchat_code
put_sections(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
             struct pchat_err *err)
{
	(void)page, (void)arg, (void)err;
	for (unsigned k = 0; k < PCHAT_N_KINDS; k++) {
		const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)k);

		pchat_buf_printf(out, ".Ss %s\n", info->section);
		put_sentence(info->help, out);
		put_fields((enum pchat_kind)k, out);
	}
	return PCHAT_OK;
}

/* ---- the rest ---- */

static enum pchat_code
put_variables(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
              struct pchat_err *err)
{
	struct pchat_option o;

	(void)page, (void)arg, (void)err;
	for (size_t i = 0; pchat_global_option(i, &o); i++) {
		char name[PCHAT_OPTION_NAME_MAX];

		if (i == PCHAT_GLOBAL_HELP)
			continue;
		pchat_global_variable(i, name);
		pchat_buf_printf(out, ".It Ev %s\n", name);
		mdoc_text(out, o.help);
	}
	return PCHAT_OK;
}

static enum pchat_code
put_exit_codes(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
               struct pchat_err *err)
{
	(void)page, (void)arg, (void)err;
	pchat_buf_lit(out, ".Bl -tag -width Ds\n");
	for (unsigned c = 0; c < PCHAT_N_CODES; c++) {
		pchat_buf_printf(out, ".It %d Pq Cm ", pchat_code_exit((enum pchat_code)c));
		mdoc_word(out, pchat_code_word((enum pchat_code)c));
		pchat_buf_char(out, '\n');
		put_sentence(pchat_exit_reason((enum pchat_code)c), out);
	}
	pchat_buf_lit(out, ".El\n");
	return PCHAT_OK;
}

static enum pchat_code
put_daemon_options(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
                   struct pchat_err *err)
{
	const char *name, *value, *help;

	(void)page, (void)arg, (void)err;
	pchat_buf_lit(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; pchat_options_row(i, &name, &value, &help); i++) {
		pchat_buf_lit(out, ".It Fl ");
		mdoc_word(out, name + 1);
		if (value)
			pchat_buf_printf(out, " Ar %s", value);
		pchat_buf_char(out, '\n');
		mdoc_text(out, help);
	}
	pchat_buf_lit(out, ".El\n");
	return PCHAT_OK;
}

/* References to the pages of all nouns but this one. */
static enum pchat_code
put_pages(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
          struct pchat_err *err)
{
	const char *words[64];
	size_t n = 0;

	(void)arg, (void)err;
	for (size_t i = 0; i < pchat_n_nouns && n < PCHAT_N(words); i++) {
		size_t at = n++;

		/* References stand in order. */
		for (; at && strcmp(words[at - 1], pchat_nouns[i].word) > 0; at--)
			words[at] = words[at - 1];
		words[at] = pchat_nouns[i].word;
	}
	for (size_t i = 0; i < n; i++)
		if (!page->noun || strcmp(words[i], page->noun->word) != 0)
			pchat_buf_printf(out, ".Xr pchatctl-%s 1 ,\n", words[i]);
	return PCHAT_OK;
}

static enum pchat_code
put_head(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
         struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(out, ".Dd %s\n.Dt ", page->date);
	if (page->noun) {
		pchat_buf_lit(out, "PCHATCTL-");
		for (const char *p = page->noun->word; *p; p++)
			pchat_buf_char(out, (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p));
		pchat_buf_lit(out, " 1");
	}
	pchat_buf_printf(out, "%.*s\n.Os\n", PCHAT_STR_ARG(arg));
	return PCHAT_OK;
}

static enum pchat_code
put_one_example(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
                struct pchat_err *err)
{
	(void)page, (void)err;
	put_example(arg, out);
	return PCHAT_OK;
}

static enum pchat_code
put_file(const struct man_page *page, struct pchat_str arg, struct pchat_buf *out,
         struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/%.*s", page->examples, PCHAT_STR_ARG(arg));
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_str rest;
	enum pchat_code code = path ? man_read(path, &text, err) : pchat_no_memory(err);

	if (code)
		return code;
	pchat_buf_lit(out, ".Bd -literal -offset indent\n");
	for (rest = pchat_buf_view(&text); rest.n;) {
		struct pchat_str line = pchat_str_cut(rest, '\n', &rest);

		if (line.n && (line.p[0] == '.' || line.p[0] == '\''))
			pchat_buf_lit(out, "\\&");
		mdoc_line(out, line);
	}
	pchat_buf_lit(out, ".Ed\n");
	return PCHAT_OK;
}

const struct man_part man_parts[] = {
	{ "head", put_head },           { "name", put_name },
	{ "synopsis", put_synopsis },   { "prose", put_prose },
	{ "verbs", put_verbs },         { "fields", put_noun_fields },
	{ "examples", put_examples },   { "example", put_one_example },
	{ "file", put_file },           { "nouns", put_nouns },
	{ "words", put_words },         { "globals", put_globals },
	{ "variables", put_variables }, { "exit-codes", put_exit_codes },
	{ "sections", put_sections },   { "daemon-options", put_daemon_options },
	{ "pages", put_pages },
};
const size_t man_n_parts = PCHAT_N(man_parts);
