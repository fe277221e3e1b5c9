/* What may stand for a value, by the type of its argument; names come from the store. */
#include "pchatctl/complete_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/handlers.h"
#include "pchatctl/record_object.h"
#include "schema/draft.h"
#include "schema/history.h"

/* Nobody who presses a key waits for a lock. */
#define LOCK_WAIT_MS 20

struct revisions {
	struct pchat_completer *c;
	unsigned left;
};

/* ---- names ---- */

static void
take_global(struct pchat_completer *c, enum pchat_global g, const char *text)
{
	if (!text)
		return;
	c->globals.v[g].text = text;
	c->globals.v[g].source = PCHAT_SOURCE_FLAG;
}

/* Where the store is, and which transaction of it is meant; "" if none. */
static const char *
find_store(struct pchat_completer *c, const char **ret_txn)
{
	if (!c->resolved) {
		take_global(c, PCHAT_GLOBAL_STORE, c->store_text);
		take_global(c, PCHAT_GLOBAL_TXN, c->txn_text);
		/* Presets stand in for what cannot be read. */
		(void)pchat_globals_resolve(&c->globals, NULL);
		c->resolved = true;
	}
	if (ret_txn)
		*ret_txn = c->globals.v[PCHAT_GLOBAL_TXN].text;
	return c->globals.v[PCHAT_GLOBAL_STORE].text;
}

static struct pchat_store *
open_store(struct pchat_completer *c)
{
	const char *path, *txn;

	if (c->tried)
		return c->store;
	c->tried = true;
	path = find_store(c, &txn);
	if (!(*txn && !pchat_draft_open(path, txn, PCHAT_STORE_READ, &c->store, NULL)) &&
	    pchat_store_open_as_is(path, PCHAT_STORE_READ, &c->store, NULL))
		c->store = NULL;
	if (c->store)
		pchat_store_set_timeout(c->store, LOCK_WAIT_MS);
	return c->store;
}

/* How names become candidates. */
struct form {
	const char *lead;               /* stands before each: "group:" */
	size_t skip;                    /* octets of each name that are left out: 4 for "sip:" */
	bool in_list;                   /* ',' and '\' have a backslash in front of them */
	const struct pchat_list *taken; /* leave these out; may be NULL */
};

static void
put_escaped(struct pchat_buf *out, struct pchat_str text, bool in_list)
{
	for (size_t i = 0; i < text.n; i++) {
		if (in_list && (text.p[i] == ',' || text.p[i] == '\\'))
			pchat_buf_char(out, '\\');
		pchat_buf_char(out, text.p[i]);
	}
}

/* The octets of @name that are its first characters, as many as @prefix has. Simple folding keeps
 * their number. */
static size_t
same_characters(struct pchat_str name, struct pchat_str prefix)
{
	struct pchat_str rest = name;

	for (size_t n = pchat_utf8_length(prefix); n && rest.n; n--)
		(void)pchat_utf8_next(&rest);
	return name.n - rest.n;
}

/* Nothing is named twice on a line. */
static bool
is_named(const struct pchat_completer *c, const char *text)
{
	for (size_t i = 0; c->positional && i < c->names.n; i++)
		if (pchat_fold_cmp(pchat_str(c->names.v[i]), pchat_str(text)) == 0)
			return true;
	return false;
}

static void
offer_name(struct pchat_completer *c, const struct form *f, struct pchat_str name,
           struct pchat_str prefix)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	size_t cut = same_characters(name, prefix), said;

	if (cut < f->skip || name.n < f->skip)
		cut = f->skip;
	pchat_buf_text(&b, f->lead);
	put_escaped(&b, (struct pchat_str){ name.p + f->skip, cut - f->skip }, f->in_list);
	said = b.n;
	put_escaped(&b, (struct pchat_str){ name.p + cut, name.n - cut }, f->in_list);
	if (!is_named(c, pchat_buf_cstr(&b)) &&
	    !(f->taken && pchat_list_has(f->taken, pchat_buf_view(&b))))
		pchat_complete_offer_name(c, pchat_buf_view(&b), said);
}

/* The names of @kind that begin with @prefix. */
static void
offer_names(struct pchat_completer *c, enum pchat_kind kind, struct pchat_str prefix,
            const struct form *f)
{
	struct pchat_store *store = open_store(c);
	struct pchat_list names = { 0 };

	if (!store || !pchat_utf8_valid(prefix, NULL))
		return;
	(void)pchat_store_names(store, kind, prefix, PCHAT_COMPLETE_MAX, &names, NULL);
	for (size_t i = 0; i < names.n; i++)
		offer_name(c, f, pchat_str(names.v[i]), prefix);
	if (names.n == PCHAT_COMPLETE_MAX) {
		PCHAT_AUTO_TEXT last = NULL;

		(void)pchat_store_last_name(store, kind, prefix, &last, NULL);
		if (last && !pchat_list_has(&names, pchat_str(last)))
			offer_name(c, f, pchat_str(last), prefix);
	}
	pchat_list_release(&names);
}

/* ---- users and other principals ---- */

/* "sip:am" and "am" both mean sip:amy@contoso.example. */
static void
offer_uris(struct pchat_completer *c, enum pchat_kind kind, struct pchat_str typed, bool in_list)
{
	const struct form bare = { .lead = "", .skip = 4, .in_list = in_list };
	const struct form whole = { .lead = "", .in_list = in_list };
	PCHAT_AUTO_VALUE(buf) prefix = { 0 };

	if (!typed.n || pchat_str_istarts(typed, "sip:")) {
		offer_names(c, kind, typed, &whole);
		return;
	}
	pchat_buf_lit(&prefix, "sip:");
	pchat_buf_str(&prefix, typed);
	offer_names(c, kind, pchat_buf_view(&prefix), &bare);
}

/* ',' and '\' in a list have a backslash in front of them. */
static void
unescape(struct pchat_buf *out, struct pchat_str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n)
			i++;
		pchat_buf_char(out, text.p[i]);
	}
}

static const enum pchat_kind principal_kinds[] = {
	PCHAT_KIND_USER,
	PCHAT_KIND_GROUP,
	PCHAT_KIND_UNIT,
	PCHAT_KIND_DOMAIN,
};

/* "sip:", "group:" ... */
static void
lead_of(enum pchat_kind kind, struct pchat_buf *out)
{
	if (kind == PCHAT_KIND_USER)
		pchat_buf_lit(out, "sip:");
	else
		pchat_principal_of(kind, "", out);
}

static void
offer_principals(struct pchat_completer *c, bool in_list)
{
	PCHAT_AUTO_VALUE(buf) plain = { 0 };
	struct pchat_str key, typed = pchat_complete_typed(c);
	enum pchat_kind kind;

	if (in_list) {
		unescape(&plain, typed);
		typed = pchat_buf_view(&plain);
	}
	if (!pchat_principal_split(typed, &kind, &key)) {
		for (size_t i = 0; i < PCHAT_N(principal_kinds); i++) {
			PCHAT_AUTO_VALUE(buf) lead = { 0 };

			lead_of(principal_kinds[i], &lead);
			pchat_complete_offer(c, pchat_buf_cstr(&lead),
			                     pchat_kind_info(principal_kinds[i])->help, true);
		}
		if (typed.n)
			offer_uris(c, PCHAT_KIND_USER, typed, in_list);
	} else if (kind == PCHAT_KIND_USER) {
		offer_uris(c, kind, typed, in_list);
	} else {
		PCHAT_AUTO_VALUE(buf) lead = { 0 };

		lead_of(kind, &lead);
		offer_names(c, kind, key,
		            &(struct form){ .lead = pchat_buf_cstr(&lead), .in_list = in_list });
	}
}

/* What --remove-member takes away must be there: the members of the object named. */
static bool
offer_present(struct pchat_completer *c, const struct pchat_option *o)
{
	struct pchat_str typed = pchat_complete_typed(c);
	PCHAT_AUTO_TEXT prefix = pchat_fold_dup(typed);
	PCHAT_AUTO(object) object = NULL;
	const struct pchat_list *list;

	if (!prefix || c->names.n != 1 || !open_store(c) ||
	    pchat_store_get(c->store, c->cmd->kind, c->names.v[0], &object, NULL))
		return false;
	list = &object->v[o->field].list;
	for (size_t i = 0, n = 0; i < list->n && n < PCHAT_COMPLETE_MAX; i++) {
		PCHAT_AUTO_TEXT folded = pchat_fold_dup(pchat_str(list->v[i]));

		if (!folded || strncmp(folded, prefix, strlen(prefix)) != 0)
			continue;
		n++;
		offer_name(c, &(struct form){ .lead = "" }, pchat_str(list->v[i]), typed);
	}
	return true;
}

/* ---- names of new objects ---- */

/* Scopes that policies and settings are for; each has one of them. */
static const struct {
	enum pchat_kind kind;
	const char *lead;
	enum pchat_kind of;
} scopes[] = {
	{ PCHAT_KIND_POLICY, "site:", PCHAT_KIND_SITE },
	{ PCHAT_KIND_SETTINGS, "site:", PCHAT_KIND_SITE },
	{ PCHAT_KIND_COMPLIANCE, "site:", PCHAT_KIND_SITE },
};

static void
offer_scopes(struct pchat_completer *c, enum pchat_kind kind)
{
	struct pchat_str typed = pchat_complete_typed(c);

	for (size_t i = 0; i < PCHAT_N(scopes); i++) {
		struct form form = { .lead = scopes[i].lead };
		struct pchat_list taken = { 0 };
		size_t n = strlen(form.lead);

		if (scopes[i].kind != kind)
			continue;
		if (!pchat_str_istarts(typed, form.lead)) {
			pchat_complete_offer(c, form.lead, pchat_kind_info(scopes[i].of)->help,
			                     true);
			continue;
		}
		form.taken = &taken;
		if (open_store(c))
			(void)pchat_store_names(c->store, kind, pchat_str(form.lead),
			                        PCHAT_COMPLETE_MAX, &taken, NULL);
		offer_names(c, scopes[i].of, (struct pchat_str){ typed.p + n, typed.n - n }, &form);
		pchat_list_release(&taken);
	}
}

static enum pchat_code
keep_service(void *ctx, const struct pchat_object *pool, struct pchat_err *err)
{
	struct pchat_buf *scope = ctx;
	struct pchat_str rest, uri = pchat_str(pool->v[PCHAT_POOL_URI].text);

	(void)err;
	pchat_str_cut(uri, ':', &rest);
	pchat_buf_lit(scope, "service:");
	if (rest.n)
		pchat_buf_str(scope, pchat_str_cut(rest, '@', &rest));
	else
		pchat_buf_lit(scope, PCHAT_DEFAULT_SERVICE);
	return PCHAT_OK;
}

/* The pool is the only service there is. */
static void
offer_service(struct pchat_completer *c, enum pchat_kind kind)
{
	PCHAT_AUTO_VALUE(buf) scope = { 0 };
	PCHAT_AUTO(object) there = NULL;

	if ((kind != PCHAT_KIND_SETTINGS && kind != PCHAT_KIND_COMPLIANCE) || !open_store(c) ||
	    pchat_store_each(c->store, PCHAT_KIND_POOL, keep_service, &scope, NULL) ||
	    !pchat_buf_ok(&scope) ||
	    pchat_store_get(c->store, kind, pchat_buf_cstr(&scope), &there, NULL) == PCHAT_OK)
		return;
	pchat_complete_offer(c, pchat_buf_cstr(&scope), pchat_kind_info(PCHAT_KIND_POOL)->help,
	                     false);
}

static void
offer_new(struct pchat_completer *c, const struct pchat_option *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	offer_scopes(c, o->kind);
	offer_service(c, o->kind);
	if (info->fields[0].type == PCHAT_TYPE_SIP_URI)
		pchat_complete_offer(c, "sip:", NULL, true);
	/* What is below another begins with its name. */
	if (info->fields[0].flags & PCHAT_AS_PATH)
		offer_names(c, o->kind, pchat_complete_typed(c), &(struct form){ .lead = "" });
}

static void
offer_objects(struct pchat_completer *c, enum pchat_kind kind)
{
	struct pchat_str typed = pchat_complete_typed(c);

	if (kind == PCHAT_NO_KIND)
		return;
	if (pchat_kind_info(kind)->fields[0].type == PCHAT_TYPE_SIP_URI)
		offer_uris(c, kind, typed, false);
	else
		offer_names(c, kind, typed, &(struct form){ .lead = "" });
}

static void
offer_transactions(struct pchat_completer *c)
{
	struct pchat_list names = { 0 };

	(void)pchat_draft_names(find_store(c, NULL), &names, NULL);
	for (size_t i = 0; i < names.n; i++)
		pchat_complete_offer(c, names.v[i], NULL, false);
	pchat_list_release(&names);
}

/* ---- words ---- */

static void
offer_words(struct pchat_completer *c, const char *const *words)
{
	for (; words && *words; words++)
		pchat_complete_offer(c, *words, NULL, false);
}

/* Complete what follows the last comma that separates. */
static void
skip_list_items(struct pchat_completer *c)
{
	for (size_t i = c->head; i < c->word.n; i++) {
		if (c->word.p[i] == '\\')
			i++;
		else if (c->word.p[i] == ',')
			c->head = i + 1;
	}
}

static void
offer_fields(struct pchat_completer *c, bool sort)
{
	const char *columns[PCHAT_MAX_FIELDS + PCHAT_N_META + 2];

	if (!c->cmd || (c->cmd->run != pchat_show_run && c->cmd->run != pchat_list_run))
		return;
	skip_list_items(c);
	if (sort && c->head < c->word.n && c->word.p[c->head] == '-')
		c->head++;
	if (c->cmd->run == pchat_show_run)
		pchat_record_shown(c->cmd->kind, columns);
	else
		pchat_record_columns(c->cmd->kind, columns);
	offer_words(c, columns);
}

/* The fields of the kind but its key, and none twice. */
static void
offer_settings(struct pchat_completer *c)
{
	const struct pchat_kind_info *info;

	if (!c->cmd || c->cmd->kind == PCHAT_NO_KIND)
		return;
	info = pchat_kind_info(c->cmd->kind);
	for (size_t i = 1; i < info->n_fields; i++)
		if (!is_named(c, info->fields[i].name))
			pchat_complete_offer(c, info->fields[i].name, info->fields[i].help, false);
}

/* "rooms", "rooms/Rates desk" */
static void
offer_sections(struct pchat_completer *c)
{
	struct pchat_str typed = pchat_complete_typed(c), name;
	struct pchat_str section = pchat_str_cut(typed, '/', &name);
	PCHAT_AUTO_TEXT lead = NULL;
	enum pchat_kind kind;

	if (section.n == typed.n) {
		for (unsigned k = 0; k < PCHAT_N_KINDS; k++) {
			const struct pchat_kind_info *info = pchat_kind_info((enum pchat_kind)k);

			if (!is_named(c, info->section))
				pchat_complete_offer(c, info->section, info->help, false);
		}
	} else if (pchat_kind_by_section(section, &kind)) {
		lead = pchat_text("%s/", pchat_kind_info(kind)->section);
		if (lead)
			offer_names(c, kind, name, &(struct form){ .lead = lead });
	}
}

/* ---- revisions ---- */

/* The latest ones are what anybody means; they stand in the list with when and by whom. */
#define REVISIONS_OFFERED 100

static enum pchat_code
offer_revision(void *ctx, const struct pchat_revision *r, struct pchat_err *err)
{
	struct revisions *o = ctx;
	char number[24], time[PCHAT_TIME_MAX];
	PCHAT_AUTO_TEXT about =
		pchat_text("%s %s%s%s", pchat_time_text(r->time - r->time % PCHAT_SECOND, time),
	                   r->actor, r->comment ? ": " : "", r->comment ? r->comment : "");

	(void)err;
	if (!o->left--)
		return PCHAT_DIFFERS; /* enough */
	snprintf(number, sizeof(number), "%llu", (unsigned long long)r->revision);
	pchat_complete_offer(o->c, number, about, false);
	return PCHAT_OK;
}

static void
offer_revisions(struct pchat_completer *c, bool range)
{
	struct revisions o = { c, REVISIONS_OFFERED };
	struct pchat_store *store = open_store(c);

	for (size_t i = c->head; range && i + 1 < c->word.n; i++)
		if (c->word.p[i] == '.' && c->word.p[i + 1] == '.')
			c->head = i + 2;
	pchat_complete_offer(c, "now", "the last one", false);
	if (store)
		(void)pchat_store_revisions(store, 0, 0, offer_revision, &o, NULL);
}

static void
offer_paths(struct pchat_completer *c, enum pchat_paths paths)
{
	c->ret->paths = paths;
	c->ret->paths_at = c->head;
}

static void
complete_field(struct pchat_completer *c, const struct pchat_option *o)
{
	const struct pchat_field *f;

	if (!c->cmd || o->field < 0)
		return;
	f = &pchat_kind_info(c->cmd->kind)->fields[o->field];
	if (f->type == PCHAT_TYPE_PRINCIPALS) {
		skip_list_items(c);
		offer_principals(c, true);
	} else if (f->type == PCHAT_TYPE_REF) {
		offer_objects(c, f->ref);
	} else {
		offer_words(c, f->words);
	}
}

void
pchat_complete_value(struct pchat_completer *c, const struct pchat_option *o)
{
	static const char *const bools[] = { "true", "false", NULL };

	c->ret->what = pchat_arg_what(o->type);
	c->ret->about = o->help ? pchat_str_dup(pchat_str(o->help)) : NULL;
	switch (o->type) {
	case PCHAT_ARG_FLAG:
	case PCHAT_ARG_BOOL:
		offer_words(c, bools);
		break;
	case PCHAT_ARG_REVISION:
	case PCHAT_ARG_RANGE:
		offer_revisions(c, o->type == PCHAT_ARG_RANGE);
		break;
	case PCHAT_ARG_WORD:
		offer_words(c, o->words);
		break;
	case PCHAT_ARG_OBJECT:
		offer_objects(c, o->kind);
		break;
	case PCHAT_ARG_NEW:
		offer_new(c, o);
		break;
	case PCHAT_ARG_PRINCIPAL:
		if (o->kind == PCHAT_KIND_USER)
			offer_uris(c, o->kind, pchat_complete_typed(c), false);
		else if (o->op != PCHAT_OPTION_DROP || !offer_present(c, o))
			offer_principals(c, false);
		break;
	case PCHAT_ARG_FIELDS:
	case PCHAT_ARG_SORT:
		offer_fields(c, o->type == PCHAT_ARG_SORT);
		break;
	case PCHAT_ARG_SETTING:
		offer_settings(c);
		break;
	case PCHAT_ARG_FILE:
		offer_paths(c, PCHAT_PATHS_FILES);
		break;
	case PCHAT_ARG_FOLDER:
	case PCHAT_ARG_STORE:
		offer_paths(c, PCHAT_PATHS_FOLDERS);
		break;
	case PCHAT_ARG_TRANSACTION:
		offer_transactions(c);
		break;
	case PCHAT_ARG_TARGET:
		pchat_complete_offer(c, "tcp:", "without encryption", true);
		pchat_complete_offer(c, "tls:", "with TLS", true);
		break;
	case PCHAT_ARG_FIELD:
		complete_field(c, o);
		break;
	case PCHAT_ARG_COMMAND:
		pchat_complete_help_words(c);
		break;
	case PCHAT_ARG_SECTION:
		offer_sections(c);
		break;
	case PCHAT_ARG_TEXT:
	case PCHAT_ARG_NUMBER:
	case PCHAT_ARG_COUNT:
	case PCHAT_ARG_DURATION:
	case PCHAT_ARG_TIME:
	case PCHAT_N_ARG_TYPES:
		break;
	}
}
