/*
 * Looking for damage: the files, the references, the rules of the data.
 */
#include "schema/internal.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"
#include "schema/chat.h"
#include "schema/chat_internal.h"
#include "schema/migrate.h"

/* Of one kind; a store damaged all over does not need a thousand lines. */
#define MAX_PER_RULE 100

struct report {
	struct pchat_store_problem *v;
	size_t n, cap;
	const char *part; /* looked at */
};

static const struct {
	enum pchat_query_id query;
	enum pchat_part part;
	const char *what, *remedy; /* "%s" is the name the query gives */
} rules[] = {
	{ PCHAT_Q_BAD_PRESENTER_TYPE, PCHAT_PART_POLICY, "room '%s' is normal and has presenters",
	  "pchatctl room set '%s' --presenters ''" },
	{ PCHAT_Q_BAD_PRESENTER_MEMBER, PCHAT_PART_POLICY,
	  "room '%s' has a presenter who is no member", "pchatctl room set '%s' --add-member ..." },
	{ PCHAT_Q_BAD_OPEN_MEMBERS, PCHAT_PART_POLICY, "room '%s' is open and has members",
	  "pchatctl room set '%s' --members ''" },
	{ PCHAT_Q_BAD_SHARED_NAME, PCHAT_PART_POLICY, "a room and a category are named '%s'",
	  "pchatctl room set '%s' --name ..." },
	{ PCHAT_Q_BAD_GROUP_MEMBER, PCHAT_PART_POLICY, "'%s' is no group and has members",
	  PCHAT_REMEDY_RESTORE },
	{ PCHAT_Q_BAD_UNIT, PCHAT_PART_POLICY, "'%s' is in a unit that is none",
	  PCHAT_REMEDY_RESTORE },
	{ PCHAT_Q_BAD_CYCLE, PCHAT_PART_POLICY, "group '%s' is in itself",
	  "pchatctl group set '%s' --remove-member ..." },
	{ PCHAT_Q_BAD_SITE_SCOPE, PCHAT_PART_POLICY, "'%s' is for a site that is not there",
	  "create the site, or delete what names it" },
	{ PCHAT_Q_BAD_BUILT_IN, PCHAT_PART_POLICY, "the %s is missing", PCHAT_REMEDY_RESTORE },
	{ PCHAT_Q_BAD_REVISION, PCHAT_PART_POLICY, "the %s and its journal disagree",
	  PCHAT_REMEDY_RESTORE },
	{ PCHAT_Q_BAD_COUNTER, PCHAT_PART_CHAT,
	  "room %s has messages after the last number it gave out", PCHAT_REMEDY_RESTORE },
	{ PCHAT_Q_BAD_AUTHOR, PCHAT_PART_CHAT, "room %s has messages of nobody",
	  PCHAT_REMEDY_RESTORE },
};

/* @format with "%s" replaced; formats are the constants above. */
static char *
fill(const char *format, struct pchat_str name)
{
	const char *mark = strstr(format, "%s");
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	if (!mark)
		return pchat_str_dup(pchat_str(format));
	pchat_buf_add(&out, format, (size_t)(mark - format));
	pchat_buf_str(&out, name);
	pchat_buf_text(&out, mark + 2);
	return pchat_buf_take(&out);
}

static void
problem_release(struct pchat_store_problem *p)
{
	free(p->what);
	free(p->remedy);
}

/* Takes the texts over. The same once: checks of files speak of each row, without saying which. */
static enum pchat_code
report_take(struct report *r, char *what, char *remedy, bool asleep, struct pchat_err *err)
{
	struct pchat_store_problem p = { what, remedy, asleep };
	bool known = what && r->n > 0 && strcmp(what, r->v[r->n - 1].what) == 0;

	if (!known && what && remedy && pchat_vec_push(r, p))
		return PCHAT_OK;
	problem_release(&p);
	return known ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
report(struct report *r, const char *what, const char *remedy, struct pchat_str name,
       struct pchat_err *err)
{
	return report_take(r, fill(what, name), fill(remedy, name), false, err);
}

static enum pchat_code
report_scope(void *ctx, const char *what, const char *remedy, struct pchat_err *err)
{
	struct report *r = ctx;

	if (r->n >= MAX_PER_RULE)
		return PCHAT_OK;
	return report_take(r, pchat_str_dup(pchat_str(what)), pchat_str_dup(pchat_str(remedy)),
	                   true, err);
}

static enum pchat_code
report_line(void *ctx, struct pchat_str line, struct pchat_err *err)
{
	struct report *r = ctx;
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	pchat_buf_text(&text, r->part);
	pchat_buf_lit(&text, ": ");
	pchat_buf_str(&text, line);
	if (!pchat_buf_ok(&text))
		return pchat_no_memory(err);
	return report(r, "%s", PCHAT_REMEDY_RESTORE, pchat_buf_view(&text), err);
}

static enum pchat_code
check_rule(struct pchat_conn *conn, size_t rule, struct report *r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	unsigned n = 0;
	enum pchat_code code = pchat_query_use(conn, rules[rule].query, &q, err);

	while (code == PCHAT_OK && n++ < MAX_PER_RULE) {
		code = pchat_query_step(&q, &row, err);
		if (code != PCHAT_OK || !row)
			break;
		code = report(r, rules[rule].what, rules[rule].remedy, pchat_col_str(q.stmt, 0),
		              err);
	}
	return code;
}

static enum pchat_code
check_rules(struct pchat_conn *conn, enum pchat_part part, struct report *r, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(rules); i++)
		if (rules[i].part == part)
			code = check_rule(conn, i, r, err);
	return code;
}

/* Names are found by their folded form: one that was folded differently is lost. */
static enum pchat_code
check_folds(struct pchat_store *store, struct report *r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) fold = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_ALL_FOLDS, &q, err);

	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		enum pchat_kind kind = pchat_table_principal_kind(pchat_col_int(q.stmt, 1));
		struct pchat_str name = pchat_col_str(q.stmt, 2);

		pchat_buf_clear(&fold);
		pchat_table_fold(kind == PCHAT_N_KINDS ? PCHAT_KIND_ROOM : kind, name, &fold);
		if (!pchat_buf_ok(&fold))
			return pchat_no_memory(err);
		if (!pchat_str_eq(pchat_buf_view(&fold), pchat_col_str(q.stmt, 3)))
			code = report(r, "'%s' is filed under another name", PCHAT_REMEDY_RESTORE,
			              name, err);
	}
	return code;
}

/* What is looked at. */
struct place {
	const char *path;
	const struct pchat_driver *driver;
	struct pchat_store *store; /* NULL: policy.db cannot even be opened */
};

static enum pchat_code
check_reached(struct pchat_store *store, struct pchat_chat *chat, struct report *r,
              struct pchat_err *err)
{
	uint64_t revision = 0, reached = 0;
	enum pchat_code code = pchat_store_revision(store, &revision, err);

	if (code == PCHAT_OK)
		code = pchat_chat_reached(chat, &reached, err);
	if (code == PCHAT_OK && reached > revision)
		code = report(r, "chat.db is ahead of policy.db", PCHAT_REMEDY_RESTORE,
		              PCHAT_STR(""), err);
	return code;
}

static enum pchat_code
check_chat(const struct place *at, struct report *r, struct pchat_err *err)
{
	PCHAT_AUTO(chat) chat = NULL;
	enum pchat_code code = pchat_chat_open(at->path, false, &chat, err);

	if (code != PCHAT_OK)
		return code;
	r->part = pchat_part_name(PCHAT_PART_CHAT);
	code = at->driver->check(chat->conn.db, report_line, r, err);
	if (code == PCHAT_OK && r->n == 0)
		code = check_rules(&chat->conn, PCHAT_PART_CHAT, r, err);
	if (code == PCHAT_OK && r->n == 0 && at->store)
		code = check_reached(at->store, chat, r, err);
	return code;
}

static enum pchat_code
check_compliance(const struct place *at, struct report *r, struct pchat_err *err)
{
	PCHAT_AUTO(db) db = NULL;
	enum pchat_code code = at->driver->open(at->path, PCHAT_PART_COMPLIANCE, 0, &db, err);

	r->part = pchat_part_name(PCHAT_PART_COMPLIANCE);
	if (code == PCHAT_OK)
		code = pchat_migrate_check(db, PCHAT_PART_COMPLIANCE, at->path, err);
	return code == PCHAT_OK ? at->driver->check(db, report_line, r, err) : code;
}

static enum pchat_code
check_policy(const struct place *at, struct report *r, struct pchat_err *err)
{
	struct pchat_store *store = at->store;
	enum pchat_code code;

	if (!store)
		return PCHAT_OK;
	r->part = pchat_part_name(PCHAT_PART_POLICY);
	code = at->driver->check(store->conn.db, report_line, r, err);
	/* Rules asked of broken files would only repeat that they are broken. */
	if (code == PCHAT_OK && r->n == 0)
		code = check_rules(&store->conn, PCHAT_PART_POLICY, r, err);
	if (code == PCHAT_OK && r->n == 0)
		code = check_folds(store, r, err);
	if (code == PCHAT_OK && r->n == 0)
		code = pchat_verify_scope(store, report_scope, r, err);
	return code;
}

/* Message and remedy of @from to @err; returns its code. */
static enum pchat_code
pass_on(const struct pchat_err *from, struct pchat_err *err)
{
	pchat_fail(err, from->code, "%s", pchat_err_text(from));
	if (from->hint)
		pchat_hint(err, "%s", from->hint);
	return from->code;
}

/* A part that is too damaged to be looked at, or of a newer version, is a finding, too. */
static enum pchat_code
report_failure(struct report *r, const struct pchat_err *failure, struct pchat_err *err)
{
	bool version = failure->code == PCHAT_UNSUPPORTED && failure->hint;

	if (failure->code != PCHAT_CORRUPT && failure->code != PCHAT_INVALID && !version)
		return pass_on(failure, err);
	return report(r, "%s", version ? failure->hint : PCHAT_REMEDY_RESTORE,
	              pchat_str(pchat_err_text(failure)), err);
}

typedef enum pchat_code (*check_fn)(const struct place *at, struct report *r,
                                    struct pchat_err *err);

static enum pchat_code
check_part(check_fn check, const struct place *at, struct report *r, struct pchat_err *err)
{
	struct pchat_err failure = { 0 };
	struct report own = { 0 };
	enum pchat_code code = check(at, &own, &failure);

	if (code != PCHAT_OK)
		code = report_failure(&own, &failure, err);
	pchat_err_release(&failure);
	for (size_t i = 0; i < own.n; i++) {
		if (code == PCHAT_OK && !pchat_vec_push(r, own.v[i]))
			code = pchat_no_memory(err);
		if (code != PCHAT_OK)
			problem_release(&own.v[i]);
	}
	free(own.v);
	return code;
}

/* Look at all parts, in addition to what is in @r; takes it over. */
static enum pchat_code
verify(const struct place *at, struct report *r, struct pchat_store_problem **ret, size_t *ret_n,
       struct pchat_err *err)
{
	static const check_fn checks[] = { check_policy, check_chat, check_compliance };
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < PCHAT_N(checks); i++)
		code = check_part(checks[i], at, r, err);
	if (code != PCHAT_OK) {
		for (size_t i = 0; i < r->n; i++)
			problem_release(&r->v[i]);
		free(r->v);
		return code;
	}
	*ret = r->v;
	*ret_n = r->n;
	return PCHAT_OK;
}

enum pchat_code
pchat_store_verify(struct pchat_store *store, struct pchat_store_problem **ret, size_t *ret_n,
                   struct pchat_err *err)
{
	struct place at = { store->path, store->driver, store };
	struct report r = { 0 };

	return verify(&at, &r, ret, ret_n, err);
}

enum pchat_code
pchat_store_verify_path(const char *path, struct pchat_store_problem **ret, size_t *ret_n,
                        struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	struct place at = { .path = path };
	struct pchat_err failure = { 0 };
	struct report r = { 0 };
	enum pchat_code code = pchat_driver_for(path, &at.driver, err);

	if (code != PCHAT_OK)
		return code;
	code = pchat_store_open_as_is(path, PCHAT_STORE_READ, &store, &failure);
	if (code == PCHAT_OK)
		return pchat_store_verify(store, ret, ret_n, err);
	/* Anything but damage more likely means that the wrong place was named. */
	if (code == PCHAT_CORRUPT)
		code = report_failure(&r, &failure, err);
	else
		pass_on(&failure, err);
	pchat_err_release(&failure);
	return code == PCHAT_OK ? verify(&at, &r, ret, ret_n, err) : code;
}
