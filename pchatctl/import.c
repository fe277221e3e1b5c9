/* import csv: rows become the plan that a manifest would. */
#include "pchatctl/import.h"

#include "base/text.h"
#include "pchatctl/fail.h"
#include "pchatctl/handlers.h"
#include "pchatctl/input.h"
#include "pchatctl/manifest_plan.h"

/* Rows from one word of progress to the next. */
#define PROGRESS_EACH 256

const char *const pchat_import_words[] = { "users", "rooms", "members", NULL };

static void
import_release(struct pchat_import *imp)
{
	pchat_csv_release(&imp->csv);
	for (size_t i = 0; i < imp->errors.n; i++)
		pchat_err_release(&imp->errors.v[i]);
	pchat_vec_release(&imp->errors);
	pchat_vec_release(&imp->left);
	pchat_hash_release(&imp->known);
	for (size_t i = 0; i < imp->keys.n; i++)
		free(imp->keys.v[i]);
	pchat_vec_release(&imp->keys);
}

/* ---- errors ---- */

bool
pchat_import_clean(const struct pchat_import *imp)
{
	return imp->errors.n == imp->noted;
}

enum pchat_code
pchat_import_note(struct pchat_import *imp, enum pchat_code code, struct pchat_err *err)
{
	if (!code)
		return PCHAT_OK;
	/* Without a line it is about the whole; without memory nothing can be noted. */
	if (!err->line || code == PCHAT_NO_MEMORY)
		return code;
	if (!pchat_vec_push(&imp->left, err->line) || !pchat_vec_push(&imp->errors, *err))
		return pchat_no_memory(err);
	*err = (struct pchat_err){ 0 };
	imp->full = imp->errors.n >= PCHAT_IMPORT_MAX_ERRORS;
	return PCHAT_OK;
}

static int
by_place(const void *a, const void *b)
{
	const struct pchat_err *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

/* One error is told as such; of several each, and then how many. */
static enum pchat_code
tell(struct pchat_import *imp, struct pchat_err *err)
{
	size_t n = imp->errors.n;

	if (!n)
		return PCHAT_OK;
	qsort(imp->errors.v, n, sizeof(*imp->errors.v), by_place);
	if (n == 1) {
		*err = imp->errors.v[0];
		imp->errors.n = 0;
		return err->code;
	}
	for (size_t i = 0; i < n; i++)
		pchat_err_print(&imp->ctl->globals, &imp->errors.v[i]);
	pchat_fail(err, PCHAT_INVALID, "%s%zu errors in '%s'; nothing was imported",
	           imp->full ? "more than " : "", imp->full ? n - 1 : n, imp->file);
	pchat_hint(err, imp->full ? "correct them and run the command again for the rest"
	                          : "correct them and run the command again");
	return PCHAT_INVALID;
}

/* ---- what is there ---- */

/* What looking up found, kept under "3:finance" as a number that is not zero. */
enum found { UNKNOWN, THERE, MISSING };

static enum found
recall(struct pchat_import *imp, unsigned kind, const char *key, char **ret_key)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	pchat_buf_printf(&b, "%u:", kind);
	pchat_fold(&b, pchat_str(key));
	*ret_key = pchat_buf_take(&b);
	return *ret_key ? (enum found)(uintptr_t)pchat_hash_get(&imp->known, pchat_str(*ret_key))
	                : UNKNOWN;
}

static bool
remember(struct pchat_import *imp, char *key_take, bool known)
{
	if (!pchat_vec_push(&imp->keys, key_take)) {
		free(key_take);
		return false;
	}
	return pchat_hash_put(&imp->known, pchat_str(key_take),
	                      (void *)(uintptr_t)(known ? THERE : MISSING));
}

static enum pchat_code
look_up(struct pchat_import *imp, enum pchat_kind kind, const char *key, bool *ret,
        struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code = pchat_store_get(imp->ctl->store, kind, key, &o, NULL);

	*ret = !code;
	return code == PCHAT_NOT_FOUND || !code
	               ? PCHAT_OK
	               : pchat_store_get(imp->ctl->store, kind, key, &o, err);
}

static enum pchat_code
look_up_principal(struct pchat_import *imp, const char *principal, bool *ret, struct pchat_err *err)
{
	struct pchat_org_loader loader = pchat_store_loader(imp->ctl->store);
	struct pchat_principal_facts facts = { 0 };
	enum pchat_code code = loader.principal(loader.ctx, principal, ret, &facts, err);

	pchat_principal_facts_release(&facts);
	return code;
}

/* @kind PCHAT_N_KINDS: @key is a principal. */
static enum pchat_code
known(struct pchat_import *imp, enum pchat_kind kind, const char *key, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT name = NULL;
	enum found found = recall(imp, kind, key, &name);
	PCHAT_AUTO(object) o = NULL;
	struct pchat_str rest;
	bool is = found == THERE;

	if (!name)
		return pchat_no_memory(err);
	if (found == UNKNOWN) {
		PCHAT_TRY(kind == PCHAT_N_KINDS ? look_up_principal(imp, key, &is, err)
		                                : look_up(imp, kind, key, &is, err));
		if (!remember(imp, PCHAT_TAKE(name), is))
			return pchat_no_memory(err);
	}
	if (is)
		return PCHAT_OK;
	/* Once more, for the message with the nearest name. */
	if (kind == PCHAT_N_KINDS && pchat_principal_split(pchat_str(key), &kind, &rest))
		key = rest.p;
	return pchat_store_get(imp->ctl->store, kind, key, &o, err);
}

enum pchat_code
pchat_import_known(struct pchat_import *imp, enum pchat_kind kind, const char *key,
                   struct pchat_err *err)
{
	return known(imp, kind, key, err);
}

enum pchat_code
pchat_import_known_principal(struct pchat_import *imp, const char *principal, struct pchat_err *err)
{
	return known(imp, PCHAT_N_KINDS, principal, err);
}

/* ---- rows ---- */

const struct pchat_csv_cell *
pchat_import_cell(const struct pchat_import *imp, int target)
{
	for (size_t i = 0; i < imp->n_columns; i++)
		if (imp->targets[i] == target)
			return &imp->csv.cells.v[i];
	return NULL;
}

static bool
is_left_out(const struct pchat_import *imp, unsigned line)
{
	for (size_t i = 0; i < imp->left.n; i++)
		if (imp->left.v[i] == line)
			return true;
	return false;
}

static enum pchat_code
check_width(const struct pchat_import *imp, struct pchat_err *err)
{
	const struct pchat_csv *csv = &imp->csv;
	size_t n = csv->cells.n;

	if (n == imp->n_columns)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_INVALID, "the row has %zu cell%s, the heading has %zu", n,
	           n == 1 ? "" : "s", imp->n_columns);
	pchat_hint(err, n > imp->n_columns ? "put a cell that holds the delimiter in quotes"
	                                   : "leave no cell out; it may be empty");
	pchat_csv_at(csv, &csv->cells.v[n > imp->n_columns ? imp->n_columns : n - 1], err);
	return PCHAT_INVALID;
}

enum pchat_code
pchat_import_each(struct pchat_import *imp, pchat_import_row row, void *ctx, struct pchat_err *err)
{
	struct pchat_ctl *ctl = imp->ctl;
	pchat_progress_fn draw = pchat_progress_begin(&ctl->progress, "reading",
	                                              ctl->globals.quiet);

	while (!imp->full) {
		enum pchat_code code = pchat_csv_next(&imp->csv, err);

		if (draw && imp->csv.rows % PROGRESS_EACH == 0)
			draw(&ctl->progress, imp->csv.at, imp->csv.text.n);
		imp->stop = code == PCHAT_LIMIT;
		if (imp->stop)
			return code;
		if (!code && !imp->csv.cells.n)
			return PCHAT_OK;
		if (!code && is_left_out(imp, imp->csv.cells.v[0].line))
			continue;
		if (!code)
			code = check_width(imp, err);
		if (!code)
			PCHAT_TRY(row(imp, ctx, err));
		else
			PCHAT_TRY(pchat_import_note(imp, code, err));
	}
	return PCHAT_OK;
}

/* ---- the plan ---- */

static enum pchat_code
plan_objects(struct pchat_import *imp, struct pchat_manifest *m, struct pchat_plan *plan,
             struct pchat_err *err)
{
	static const struct pchat_manifest_options options = { 0 };

	PCHAT_TRY(pchat_import_objects(imp, m, err));
	return pchat_import_clean(imp)
	               ? pchat_manifest_plan(m, imp->ctl->store, &options, plan, err)
	               : PCHAT_OK;
}

/* All rows that were not left out yet: from text to a plan that keeps the rules. */
static enum pchat_code
make_plan(struct pchat_import *imp, struct pchat_str text, char delimiter, struct pchat_plan *plan,
          struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	PCHAT_AUTO(import_members) members = NULL;
	enum pchat_code code;

	imp->noted = imp->errors.n;
	imp->stop = true;
	pchat_csv_release(&imp->csv);
	PCHAT_TRY(pchat_csv_open(&imp->csv, imp->file, text, delimiter, err));
	PCHAT_TRY(pchat_import_heading(imp, err));
	imp->stop = false;
	code = imp->what == PCHAT_IMPORT_MEMBERS ? pchat_import_members(imp, plan, &members, err)
	                                         : plan_objects(imp, &m, plan, err);
	if (!code && pchat_import_clean(imp) && plan->n) {
		code = pchat_ctl_org_for(imp->ctl, plan, err);
		plan->progress = pchat_progress_begin(&imp->ctl->progress, "checking",
		                                      imp->ctl->globals.quiet);
		plan->progress_ctx = &imp->ctl->progress;
		if (!code)
			code = pchat_plan_check(plan, imp->ctl->org, err);
		if (code && members)
			pchat_import_members_place(members, err);
	}
	return code;
}

/* A plan is refused for one reason at a time: the row at fault is left out and the rest is looked
 * at again, until nothing is wrong with it or enough is. */
static enum pchat_code
make_all(struct pchat_import *imp, struct pchat_str text, char delimiter, struct pchat_plan *plan,
         struct pchat_err *err)
{
	enum pchat_code code;

	while ((code = make_plan(imp, text, delimiter, plan, err)) && !imp->stop && !imp->full) {
		pchat_plan_release(plan);
		pchat_org_free(imp->ctl->org);
		imp->ctl->org = NULL;
		PCHAT_TRY(pchat_import_note(imp, code, err));
	}
	return code ? code : tell(imp, err);
}

static enum pchat_code
options_of(struct pchat_import *imp, char *ret_delimiter, struct pchat_err *err)
{
	const char *delimiter = pchat_call_text(imp->call, "--delimiter");
	struct pchat_str what = pchat_str(pchat_call_name(imp->call, 0));

	while (!pchat_str_is(what, pchat_import_words[imp->what]))
		imp->what++;
	imp->kind = imp->what == PCHAT_IMPORT_USERS ? PCHAT_KIND_USER : PCHAT_KIND_ROOM;
	imp->clear = pchat_call_flag(imp->call, "--clear-empty");
	*ret_delimiter = ',';
	if (!delimiter || pchat_csv_delimiter(delimiter, ret_delimiter))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "--delimiter: '%s' is no delimiter", delimiter);
	pchat_err_blame(err, delimiter);
	pchat_hint(err, "use one character such as ',' or ';', or the word tab");
	return PCHAT_USAGE;
}

enum pchat_code
pchat_import_csv_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                      struct pchat_err *err)
{
	static const struct pchat_input_limit limit = { "the file", PCHAT_CSV_MAX_BYTES, 0,
		                                        "import it in parts" };
	const char *path = pchat_call_name(call, 1);
	struct pchat_import imp = { .ctl = ctl, .call = call };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	char delimiter;
	enum pchat_code code;

	imp.file = strcmp(path, "-") == 0 ? "<stdin>" : path;
	code = options_of(&imp, &delimiter, err);
	if (!code) {
		code = pchat_input_read(path, &limit, &text, err);
		if (code)
			pchat_err_blame(err, path);
	}
	if (!code)
		code = make_all(&imp, pchat_buf_view(&text), delimiter, plan, err);
	import_release(&imp);
	return code;
}
