/* apply, diff, export and validate: what of manifests meets the command line. */
#include "base/text.h"
#include "pchatctl/ctl.h"
#include "pchatctl/export.h"
#include "pchatctl/handlers.h"
#include "pchatctl/manifest_plan.h"

/* Plans of at most so many changes read what they need; for larger ones reading the whole
 * store is cheaper, unless it holds far more than is changed. */
#define SMALL_PLAN  64
#define WHOLE_RATIO 8
/* A store of fewer users, groups and rooms is read whole in any case: that takes no longer, and
 * where all names are known the nearest can be told. */
#define SMALL_STORE 500

/* ---- reading ---- */

/* The plan and errors refer to the files by name for as long as the command runs. */
static enum pchat_code
keep_names(struct pchat_ctl *ctl, struct pchat_manifest *m, struct pchat_err *err)
{
	while (m->files.n) {
		if (!pchat_vec_push(&ctl->kept, m->files.v[m->files.n - 1]))
			return pchat_no_memory(err);
		m->files.n--;
	}
	return PCHAT_OK;
}

static enum pchat_code
read_manifests(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_manifest *m,
               struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	bool read_stdin = false;

	m->progress = pchat_progress_begin(&ctl->progress, "reading", ctl->globals.quiet);
	m->progress_ctx = &ctl->progress;

	for (size_t i = 0; i < call->given.n && !code; i++) {
		const struct pchat_given *g = &call->given.v[i];
		bool is_stdin = !strcmp(g->text, "-");

		if (strcmp(g->option.name, "--file") != 0)
			continue;
		if (is_stdin && read_stdin)
			code = pchat_fail(err, PCHAT_USAGE, "standard input is given twice");
		else
			code = pchat_manifest_read(m, g->text, err);
		/* What is wrong inside a file is shown by its place there. */
		if (code && err && !err->line)
			pchat_err_blame(err, g->text);
		read_stdin |= is_stdin;
	}
	if (keep_names(ctl, m, code ? NULL : err) && !code)
		code = PCHAT_NO_MEMORY;
	return code;
}

/* ---- apply and diff ---- */

static enum pchat_code
options_of(const struct pchat_call *call, struct pchat_manifest_options *ret, struct pchat_err *err)
{
	const char *limit = pchat_call_text(call, "--prune-limit");

	*ret = (struct pchat_manifest_options){
		.prune = pchat_call_flag(call, "--prune"),
		.limit = { .number = PCHAT_PRUNE_PERCENT, .percent = true },
	};
	if (!limit || pchat_prune_limit_parse(pchat_str(limit), &ret->limit))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "--prune-limit '%s' is neither a number nor a percentage",
	           limit);
	pchat_err_blame(err, limit);
	pchat_hint(err, "write it like 34 or 20%%");
	return PCHAT_USAGE;
}

static bool
is_small(struct pchat_store *store)
{
	static const enum pchat_kind kinds[] = { PCHAT_KIND_USER, PCHAT_KIND_GROUP,
		                                 PCHAT_KIND_ROOM };
	bool small = true;

	for (size_t i = 0; i < PCHAT_N(kinds) && small; i++) {
		struct pchat_list names = { 0 };

		small = !pchat_store_names(store, kinds[i], PCHAT_STR(""), SMALL_STORE, &names,
		                           NULL) &&
		        names.n < SMALL_STORE;
		pchat_list_release(&names);
	}
	return small;
}

static bool
wants_whole_store(struct pchat_store *store, const struct pchat_plan *plan)
{
	uint64_t total = 0, n;

	if (plan->n <= SMALL_PLAN)
		return is_small(store);
	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		if (!pchat_store_count(store, (enum pchat_kind)k, &n, NULL))
			total += n;
	return total / WHOLE_RATIO <= plan->n;
}

enum pchat_code
pchat_ctl_org_for(struct pchat_ctl *ctl, const struct pchat_plan *plan, struct pchat_err *err)
{
	return pchat_ctl_org(ctl, wants_whole_store(ctl->store, plan), err);
}

/* The check of the plan comes when the manifest is gone: the places stay. */
static void
locate_in(struct pchat_ctl *ctl, struct pchat_manifest *m, struct pchat_plan *plan)
{
	pchat_places_release(&ctl->places);
	ctl->places = m->places;
	m->places = (struct pchat_places){ 0 };
	plan->locate = pchat_places_find;
	plan->locate_ctx = &ctl->places;
}

enum pchat_code
pchat_apply_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                 struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	struct pchat_manifest_options options;
	enum pchat_code code = options_of(call, &options, err);

	if (!code)
		code = read_manifests(ctl, call, &m, err);
	if (!code)
		code = pchat_manifest_plan(&m, ctl->store, &options, plan, err);
	if (!code)
		locate_in(ctl, &m, plan);
	if (!code && plan->n)
		code = pchat_ctl_org_for(ctl, plan, err);
	return code;
}

/* ---- validate ---- */

/* An org that holds what every new store has. */
static enum pchat_code
new_org(const struct pchat_manifest *m, struct pchat_org **ret, struct pchat_err *err)
{
	const struct pchat_manifest_section *pool = &m->sections[PCHAT_KIND_POOL];
	const char *domain = pool->objects.n && pool->objects.v[0]
	                             ? pchat_object_key(pool->objects.v[0])
	                             : "";
	struct pchat_object *builtins[PCHAT_MAX_BUILTINS];
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	size_t n = 0;
	enum pchat_code code = org ? pchat_builtins(domain, builtins, &n, err)
	                           : pchat_no_memory(err);

	for (size_t i = 0; i < n; i++) {
		if (!code)
			code = pchat_org_put(org, builtins[i], err);
		pchat_object_free(builtins[i]);
	}
	if (!code)
		*ret = PCHAT_TAKE(org);
	return code;
}

/* What is missing may well be in the store the manifest is meant for. */
static void
mention_store(struct pchat_err *err)
{
	PCHAT_AUTO_TEXT hint = err && err->hint ? pchat_str_dup(pchat_str(err->hint)) : NULL;

	if (hint)
		pchat_hint(err, "%s, or name the store that has it with --store", hint);
}

/* Against a store if one is named, else as the first manifest of a new one. */
static enum pchat_code
validate(struct pchat_ctl *ctl, struct pchat_manifest *m, struct pchat_err *err)
{
	struct pchat_manifest_options options = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	enum pchat_code code = PCHAT_OK;

	if (ctl->globals.v[PCHAT_GLOBAL_STORE].source == PCHAT_SOURCE_FLAG)
		code = pchat_ctl_store(ctl, PCHAT_STORE_READ, err);
	if (!code && !ctl->store)
		code = new_org(m, &ctl->org, err);
	if (!code)
		code = pchat_manifest_plan(m, ctl->store, &options, &plan, err);
	if (!code && !ctl->org)
		code = pchat_ctl_org(ctl, wants_whole_store(ctl->store, &plan), err);
	locate_in(ctl, m, &plan);
	plan.progress = pchat_progress_begin(&ctl->progress, "checking", ctl->globals.quiet);
	plan.progress_ctx = &ctl->progress;
	if (!code)
		code = pchat_plan_check(&plan, ctl->org, err);
	if (code == PCHAT_NOT_FOUND && !ctl->store)
		mention_store(err);
	return code;
}

enum pchat_code
pchat_validate_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	enum pchat_code code = read_manifests(ctl, call, &m, err);
	size_t n = m.n_objects;

	if (!code)
		code = validate(ctl, &m, err);
	pchat_progress_clear(&ctl->progress);
	if (!code)
		pchat_ctl_note(ctl, "valid: %zu object%s", n, n == 1 ? "" : "s");
	return code;
}

/* ---- export ---- */

static enum pchat_code
refuse_section(struct pchat_str word, struct pchat_err *err)
{
	const char *sections[PCHAT_N_KINDS];
	const char *near;

	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		sections[k] = pchat_kind_info((enum pchat_kind)k)->section;
	near = pchat_nearest(word, sections, PCHAT_N_KINDS);
	pchat_fail(err, PCHAT_USAGE, "no section named '%.*s'", PCHAT_STR_ARG(word));
	if (near)
		pchat_hint(err, "did you mean '%s'?", near);
	else
		pchat_hint(err, "'pchatctl help manifest' lists the sections");
	return PCHAT_USAGE;
}

/* What was asked for up to now. */
struct parts {
	struct pchat_export *what;
	uint32_t whole;       /* sections asked for as such */
	bool in_section;      /* a section was named last: names may follow */
	enum pchat_kind last; /* that one */
};

static enum pchat_code
select_name(struct parts *p, enum pchat_kind kind, struct pchat_str name, struct pchat_err *err)
{
	p->what->kinds |= UINT32_C(1) << kind;
	return pchat_list_add(&p->what->names[kind], name) ? PCHAT_OK : pchat_no_memory(err);
}

/* "rooms", and after it names of some of them; or "rooms/Rates desk". */
static enum pchat_code
select_part(struct parts *p, struct pchat_str text, struct pchat_err *err)
{
	struct pchat_str name;
	struct pchat_str section = pchat_str_cut(text, '/', &name);
	enum pchat_kind kind;
	bool known = pchat_kind_by_section(section, &kind);

	if (!known && p->in_section) {
		p->whole &= ~(UINT32_C(1) << p->last);
		return select_name(p, p->last, text, err);
	}
	if (!known)
		return refuse_section(section, err);
	p->in_section = !name.n;
	p->last = kind;
	if (name.n)
		return select_name(p, kind, name, err);
	p->what->kinds |= UINT32_C(1) << kind;
	p->whole |= UINT32_C(1) << kind;
	return PCHAT_OK;
}

/* --category: these and their rooms, and nothing else unless it is named. */
static enum pchat_code
select_scope(const struct pchat_call *call, struct pchat_export *what, struct pchat_err *err)
{
	const uint32_t category = UINT32_C(1) << PCHAT_KIND_CATEGORY;
	struct pchat_list *names = &what->names[PCHAT_KIND_CATEGORY];

	for (size_t i = 0; i < call->given.n; i++)
		if (pchat_str_is(pchat_str(call->given.v[i].option.name), "--category") &&
		    !pchat_list_add(&what->scope, pchat_str(call->given.v[i].text)))
			return pchat_no_memory(err);
	if (!what->scope.n)
		return PCHAT_OK;
	if (!call->names.n)
		what->kinds = category | UINT32_C(1) << PCHAT_KIND_ROOM;
	if (!(what->kinds & category) || names->n)
		return PCHAT_OK;
	return pchat_list_copy(names, &what->scope) ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
select_format(const struct pchat_ctl *ctl, struct pchat_export *what, struct pchat_err *err)
{
	bool given = ctl->globals.v[PCHAT_GLOBAL_OUTPUT].source == PCHAT_SOURCE_FLAG;

	what->json = ctl->globals.format == PCHAT_FORMAT_JSON;
	if (what->json || ctl->globals.format == PCHAT_FORMAT_YAML || !given)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "a manifest is not written as %s",
	           pchat_format_words[ctl->globals.format]);
	pchat_hint(err, "use -o yaml or -o json");
	return PCHAT_USAGE;
}

/* What is created without a guid may not hold roles out of scope: those are left out, so that an
 * empty store takes the manifest. */
static enum pchat_code
export_awake(struct pchat_ctl *ctl, struct pchat_export *what, struct pchat_err *err)
{
	uint64_t asleep = 0;
	enum pchat_code code;

	PCHAT_TRY(pchat_store_read_begin(ctl->store, err));
	code = pchat_ctl_org(ctl, true, err);
	what->org = ctl->org;
	what->ret_asleep = &asleep;
	if (!code)
		code = pchat_export_write(ctl->store, what, &ctl->out, err);
	pchat_store_read_end(ctl->store);
	if (!code && asleep)
		pchat_ctl_note(ctl,
		               "left out: %llu %s out of scope of the category, which no new room "
		               "may hold",
		               (unsigned long long)asleep, asleep == 1 ? "role" : "roles");
	return code;
}

/* Is the word the name, or "SECTION/" and the name? */
static bool
names_part(const char *word, const char *name)
{
	struct pchat_str rest, w = pchat_str(word);

	(void)pchat_str_cut(w, '/', &rest);
	return pchat_fold_cmp(w, pchat_str(name)) == 0 ||
	       pchat_fold_cmp(rest, pchat_str(name)) == 0;
}

/* What is blamed is a name of the lists that were made from the command line. */
static void
blame_part(const struct pchat_call *call, struct pchat_err *err)
{
	const char *name = err ? err->word : NULL;

	if (!name)
		return;
	err->word = NULL;
	for (size_t i = 0; i < call->names.n; i++)
		if (names_part(call->names.v[i], name))
			pchat_err_blame(err, call->names.v[i]);
	for (size_t i = 0; i < call->given.n; i++)
		if (names_part(call->given.v[i].text, name))
			pchat_err_blame(err, call->given.v[i].text);
}

enum pchat_code
pchat_export_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(export) what = { .guids = !pchat_call_flag(call, "--without-guids") };
	enum pchat_code code = select_format(ctl, &what, err);
	struct parts parts = { .what = &what };

	for (size_t i = 0; i < call->names.n && !code; i++)
		PCHAT_TRY_WORD(call->names.v[i], err,
		               select_part(&parts, pchat_str(call->names.v[i]), err));
	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		if (parts.whole >> k & 1)
			pchat_list_release(&what.names[k]);
	if (!call->names.n)
		what.kinds = UINT32_MAX;
	if (!code)
		code = select_scope(call, &what, err);
	if (code)
		return code;
	if (!what.guids && what.kinds >> PCHAT_KIND_ROOM & 1)
		code = export_awake(ctl, &what, err);
	else
		code = pchat_export_write(ctl->store, &what, &ctl->out, err);
	if (code)
		blame_part(call, err);
	return code;
}
