/* The heading of a CSV file: which column is which field. */
#include "base/text.h"
#include "pchatctl/import.h"
#include "pchatctl/record_object.h"

/* Names of columns as other systems write them, reduced as reduce() does. */
static const struct alias {
	enum pchat_import_what what;
	const char *target, *names;
} aliases[] = {
	{ PCHAT_IMPORT_USERS, "uri",
	  "sip sipuri sipaddress user useruri useraddress primaryuseraddress "
	  "msrtcsipprimaryuseraddress" },
	{ PCHAT_IMPORT_USERS, "displayName", "name fullname cn" },
	{ PCHAT_IMPORT_USERS, "email", "mail emailaddress primarysmtpaddress" },
	{ PCHAT_IMPORT_USERS, "company", "companyname organization organisation" },
	{ PCHAT_IMPORT_USERS, "site", "sitename location" },
	{ PCHAT_IMPORT_USERS, "unit", "ou organizationalunit department" },
	{ PCHAT_IMPORT_USERS, "principal", "upn userprincipalname kerberos kerberosprincipal" },
	{ PCHAT_IMPORT_ROOMS, "name", "room roomname chatroom chatroomname" },
	{ PCHAT_IMPORT_ROOMS, "category", "categoryname" },
	{ PCHAT_IMPORT_ROOMS, "type", "roomtype" },
	{ PCHAT_IMPORT_ROOMS, "privacy", "visibility" },
	{ PCHAT_IMPORT_ROOMS, "addin", "addinname" },
	{ PCHAT_IMPORT_ROOMS, "members", "member" },
	{ PCHAT_IMPORT_ROOMS, "managers", "manager" },
	{ PCHAT_IMPORT_ROOMS, "presenters", "presenter" },
	{ PCHAT_IMPORT_MEMBERS, "room", "roomname chatroom chatroomname" },
	{ PCHAT_IMPORT_MEMBERS, "group", "groupname" },
	{ PCHAT_IMPORT_MEMBERS, "principal",
	  "member user uri sip sipuri sipaddress useruri who name" },
	{ PCHAT_IMPORT_MEMBERS, "role", "as" },
};

static size_t
targets_of(const struct pchat_import *imp, const char *ret[PCHAT_IMPORT_MAX_TARGETS + 1])
{
	static const char *const roles[] = { "room", "group", "principal", "role" };
	size_t n = 0;

	if (imp->what != PCHAT_IMPORT_MEMBERS) {
		pchat_record_columns(imp->kind, ret);
		while (ret[n])
			n++;
		return n;
	}
	for (; n < PCHAT_N(roles); n++)
		ret[n] = roles[n];
	ret[n] = NULL;
	return n;
}

/* Names compare without case, blanks and what else is put between words: "Display Name" is
 * displayName. */
static char *
reduce(struct pchat_str name)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	for (size_t i = 0; i < name.n; i++)
		if (!strchr(" \t_-.:/", name.p[i]) || !name.p[i])
			pchat_buf_char(&b, name.p[i]);
	return pchat_fold_dup(pchat_buf_view(&b));
}

static bool
same_name(struct pchat_str a, struct pchat_str b)
{
	PCHAT_AUTO_TEXT x = reduce(a);
	PCHAT_AUTO_TEXT y = reduce(b);

	return x && y && strcmp(x, y) == 0;
}

static int
target_by_name(struct pchat_str name, const char *const *targets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (same_name(name, pchat_str(targets[i])))
			return (int)i;
	return PCHAT_IMPORT_IGNORE;
}

static int
target_by_alias(enum pchat_import_what what, struct pchat_str name, const char *const *targets,
                size_t n)
{
	PCHAT_AUTO_TEXT reduced = reduce(name);

	for (size_t i = 0; i < PCHAT_N(aliases) && reduced; i++) {
		struct pchat_str rest = pchat_str(aliases[i].names);

		while (aliases[i].what == what && rest.n)
			if (pchat_str_is(pchat_str_cut(rest, ' ', &rest), reduced))
				return target_by_name(pchat_str(aliases[i].target), targets, n);
	}
	return PCHAT_IMPORT_IGNORE;
}

/* Of an object's meta data only the guid means anything in a file. */
static int
effective(const struct pchat_import *imp, int target)
{
	if (imp->what == PCHAT_IMPORT_MEMBERS || target < 0)
		return target;
	return target <= (int)pchat_kind_info(imp->kind)->n_fields ? target : PCHAT_IMPORT_IGNORE;
}

/* ---- --map ---- */

/* The column that "--map HEADING=FIELD" means, or -1. */
static int
column_by_heading(const struct pchat_import *imp, struct pchat_str heading)
{
	for (size_t i = 0; i < imp->n_columns; i++)
		if (same_name(imp->csv.cells.v[i].text, heading))
			return (int)i;
	return -1;
}

static enum pchat_code
no_such_column(const struct pchat_import *imp, struct pchat_str heading, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) all = { 0 };

	for (size_t i = 0; i < imp->n_columns; i++)
		pchat_buf_printf(&all, "%s'%.*s'", i ? ", " : "",
		                 PCHAT_STR_ARG(imp->csv.cells.v[i].text));
	pchat_fail(err, PCHAT_USAGE, "--map: '%s' has no column '%.*s'", imp->file,
	           PCHAT_STR_ARG(heading));
	pchat_hint(err, "its columns are %s", pchat_buf_cstr(&all));
	return PCHAT_USAGE;
}

static enum pchat_code
no_such_target(const struct pchat_import *imp, struct pchat_str field, const char *const *targets,
               size_t n, struct pchat_err *err)
{
	const char *near = pchat_nearest(field, targets, n);

	pchat_fail(err, PCHAT_USAGE, "--map: %s have no field '%.*s'",
	           pchat_import_words[imp->what], PCHAT_STR_ARG(field));
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else
		pchat_words_hint(err, targets);
	return PCHAT_USAGE;
}

/* @text "Display Name=displayName"; nothing after the sign leaves the column out. */
static enum pchat_code
map_one(struct pchat_import *imp, const char *text, const char *const *targets, size_t n,
        bool mapped[PCHAT_CSV_MAX_COLUMNS], struct pchat_err *err)
{
	const char *sign = strrchr(text, '=');
	struct pchat_str heading, field;
	int column, target = PCHAT_IMPORT_IGNORE;

	if (!sign) {
		pchat_fail(err, PCHAT_USAGE, "--map '%s' names no field", text);
		pchat_hint(err, "write it as HEADING=FIELD, or HEADING= to leave a column out");
		return PCHAT_USAGE;
	}
	heading = pchat_str_trim((struct pchat_str){ text, (size_t)(sign - text) });
	field = pchat_str_trim(pchat_str(sign + 1));
	column = column_by_heading(imp, heading);
	if (column < 0)
		return no_such_column(imp, heading, err);
	if (field.n) {
		target = target_by_name(field, targets, n);
		if (target < 0)
			return no_such_target(imp, field, targets, n, err);
	}
	imp->targets[column] = effective(imp, target);
	mapped[column] = true;
	return PCHAT_OK;
}

/* ---- the heading ---- */

static enum pchat_code
unknown_column(const struct pchat_import *imp, const struct pchat_csv_cell *cell,
               const char *const *targets, size_t n, struct pchat_err *err)
{
	const char *near = pchat_nearest(cell->text, targets, n);

	pchat_fail(err, PCHAT_INVALID, "%s have no field '%.*s'", pchat_import_words[imp->what],
	           PCHAT_STR_ARG(cell->text));
	if (imp->n_columns == 1 && memchr(cell->text.p ? cell->text.p : "", ';', cell->text.n))
		pchat_hint(err, "are the cells separated by ';'? use --delimiter ';'");
	else if (imp->n_columns == 1 &&
	         memchr(cell->text.p ? cell->text.p : "", '\t', cell->text.n))
		pchat_hint(err, "are the cells separated by tabs? use --delimiter tab");
	else if (near)
		pchat_hint(err, "did you mean '%s'? --map '%.*s=%s' says so", near,
		           PCHAT_STR_ARG(cell->text), near);
	else
		pchat_hint(err,
		           "say which with --map '%.*s=FIELD', or leave the column out with "
		           "--map '%.*s='",
		           PCHAT_STR_ARG(cell->text), PCHAT_STR_ARG(cell->text));
	pchat_csv_at(&imp->csv, cell, err);
	return PCHAT_INVALID;
}

static enum pchat_code
check_twice(const struct pchat_import *imp, const char *const *targets, struct pchat_err *err)
{
	for (size_t i = 0; i < imp->n_columns; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct pchat_csv_cell *cell = &imp->csv.cells.v[i];
			int target = imp->targets[i];

			if (target < 0 || target != imp->targets[k])
				continue;
			pchat_fail(err, PCHAT_INVALID, "columns %zu and %zu are both the '%s'",
			           k + 1, i + 1, targets[target]);
			pchat_hint(err, "leave one of them out with --map '%.*s='",
			           PCHAT_STR_ARG(cell->text));
			pchat_csv_at(&imp->csv, cell, err);
			return PCHAT_INVALID;
		}
	}
	return PCHAT_OK;
}

static bool
has_target(const struct pchat_import *imp, int target)
{
	for (size_t i = 0; i < imp->n_columns; i++)
		if (imp->targets[i] == target)
			return true;
	return false;
}

static enum pchat_code
missing_column(const struct pchat_import *imp, const char *what, const char *target,
               struct pchat_err *err)
{
	pchat_fail(err, PCHAT_INVALID, "no column holds the %s", what);
	pchat_hint(err, "the first row names the columns; say which it is with --map 'HEADING=%s'",
	           target);
	pchat_csv_at(&imp->csv, &imp->csv.cells.v[0], err);
	return PCHAT_INVALID;
}

static enum pchat_code
check_missing(const struct pchat_import *imp, const char *const *targets, struct pchat_err *err)
{
	bool room = has_target(imp, PCHAT_IMPORT_ROOM), group = has_target(imp, PCHAT_IMPORT_GROUP);

	if (imp->what != PCHAT_IMPORT_MEMBERS)
		return has_target(imp, 0) ? PCHAT_OK
		                          : missing_column(imp, targets[0], targets[0], err);
	if (room && group) {
		pchat_fail(err, PCHAT_INVALID, "there are columns for rooms and for groups");
		pchat_hint(err, "import members of rooms and of groups from files of their own, or "
		                "leave one column out with --map 'HEADING='");
		pchat_csv_at(&imp->csv, &imp->csv.cells.v[0], err);
		return PCHAT_INVALID;
	}
	if (!room && !group)
		return missing_column(imp, "room or the group", "room", err);
	if (!has_target(imp, PCHAT_IMPORT_PRINCIPAL))
		return missing_column(imp, "principal", "principal", err);
	return PCHAT_OK;
}

static enum pchat_code
match_columns(struct pchat_import *imp, const char *const *targets, size_t n,
              const bool mapped[PCHAT_CSV_MAX_COLUMNS], bool ignore, struct pchat_err *err)
{
	for (size_t i = 0; i < imp->n_columns; i++) {
		struct pchat_str name = imp->csv.cells.v[i].text;
		int target;

		if (mapped[i])
			continue;
		target = target_by_name(name, targets, n);
		if (target < 0)
			target = target_by_alias(imp->what, name, targets, n);
		if (target < 0 && !ignore)
			return unknown_column(imp, &imp->csv.cells.v[i], targets, n, err);
		imp->targets[i] = effective(imp, target);
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_import_heading(struct pchat_import *imp, struct pchat_err *err)
{
	const char *targets[PCHAT_IMPORT_MAX_TARGETS + 1];
	bool mapped[PCHAT_CSV_MAX_COLUMNS] = { false };
	size_t n = targets_of(imp, targets);
	enum pchat_code code;

	PCHAT_TRY(pchat_csv_next(&imp->csv, err));
	imp->n_columns = imp->csv.cells.n;
	if (!imp->n_columns) {
		pchat_fail(err, PCHAT_INVALID, "there is no heading");
		pchat_hint(err, "the first row names the columns");
		pchat_err_at(err, imp->file, 1, 1);
		return PCHAT_INVALID;
	}
	for (size_t i = 0; i < imp->call->given.n; i++) {
		const struct pchat_given *g = &imp->call->given.v[i];

		if (strcmp(g->option.name, "--map") == 0)
			PCHAT_TRY_WORD(g->text, err,
			               map_one(imp, g->text, targets, n, mapped, err));
	}
	code = match_columns(imp, targets, n, mapped,
	                     pchat_call_flag(imp->call, "--ignore-unknown"), err);
	if (!code)
		code = check_twice(imp, targets, err);
	return code ? code : check_missing(imp, targets, err);
}
