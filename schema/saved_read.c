/* Saved plans: read. Nothing in the file is taken for granted. */
#include "schema/json_value.h"

#include "schema/internal.h"
#include "schema/saved.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"

struct reader {
	struct pchat_str rest; /* not read yet */
	const char *name;
	unsigned line; /* number of the one at work */
	struct pchat_saved *s;
	size_t n_changes, n_losses; /* that there should be */
	struct pchat_err *err;
};

/* ---- refusing ---- */

static enum pchat_code
at_line(const struct reader *r, enum pchat_code code)
{
	if (code == PCHAT_NO_MEMORY)
		return code;
	pchat_hint(r->err, "make the plan again with 'pchatctl plan'");
	pchat_err_at(r->err, r->name, r->line, 0);
	return code;
}

static enum pchat_code
damaged(const struct reader *r, const char *why)
{
	return at_line(r, pchat_fail(r->err, PCHAT_INVALID, "the saved plan is damaged: %s", why));
}

static enum pchat_code
no_plan(const struct reader *r)
{
	pchat_fail(r->err, PCHAT_INVALID, "'%s' is no saved plan", r->name);
	pchat_hint(r->err, "'pchatctl plan -f MANIFEST --out FILE' saves one; a manifest is "
	                   "applied by 'pchatctl apply -f MANIFEST'");
	return PCHAT_INVALID;
}

static enum pchat_code
cut_short(const struct reader *r)
{
	return at_line(r, pchat_fail(r->err, PCHAT_INVALID,
	                             "the saved plan ends here, after %zu of %zu changes and "
	                             "%zu of %zu losses",
	                             r->s->plan.n, r->n_changes, r->s->plan.n_losses, r->n_losses));
}

/* ---- lines ---- */

static bool
next_line(struct reader *r, struct pchat_str *ret)
{
	const char *end = r->rest.n ? memchr(r->rest.p, '\n', r->rest.n) : NULL;

	if (!end)
		return false;
	*ret = (struct pchat_str){ r->rest.p, (size_t)(end - r->rest.p) };
	r->rest.p += ret->n + 1;
	r->rest.n -= ret->n + 1;
	r->line++;
	return true;
}

static enum pchat_code
next_value(struct reader *r, json_t **ret)
{
	struct pchat_str line;
	json_error_t where;
	enum pchat_code code;

	if (!next_line(r, &line)) {
		r->line++;
		return cut_short(r);
	}
	code = pchat_value_load(line, ret, &where, r->err);
	if (code == PCHAT_INVALID)
		return damaged(r, where.text);
	return code ? at_line(r, code) : PCHAT_OK;
}

/* What is shown, and what goes into the journal. */
static bool
is_text(const char *text)
{
	struct pchat_str s = pchat_str(text);

	return s.n <= PCHAT_SAVED_MAX_TEXT && !pchat_utf8_has_control(s);
}

/* ---- head ---- */

struct head {
	json_int_t version, schema, base, changes, losses;
	const char *store, *since, *made, *by, *comment; /* borrowed from the JSON */
};

static bool
is_count(json_int_t n)
{
	return n >= 0 && n <= PCHAT_SAVED_MAX_ITEMS;
}

static bool
copy_text(const char *from, char **to)
{
	*to = pchat_str_dup(pchat_str(from));
	return *to;
}

static enum pchat_code
take_head(struct reader *r, const struct head *h)
{
	struct pchat_saved *s = r->s;

	if (!pchat_guid_parse(pchat_str(h->store), s->store) ||
	    !pchat_time_parse(pchat_str(h->since), &s->since) ||
	    !pchat_time_parse(pchat_str(h->made), &s->made) || h->base < 0 || h->schema < 1 ||
	    h->schema > INT_MAX || strlen(h->by) > PCHAT_SAVED_MAX_TEXT ||
	    (h->comment && !is_text(h->comment)))
		return damaged(r, "its head makes no sense");
	if (!is_count(h->changes) || !is_count(h->losses))
		return at_line(r, pchat_fail(r->err, PCHAT_LIMIT,
		                             "a saved plan has at most %d changes and losses",
		                             PCHAT_SAVED_MAX_ITEMS));
	s->schema = (unsigned)h->schema;
	s->base = (uint64_t)h->base;
	r->n_changes = (size_t)h->changes;
	r->n_losses = (size_t)h->losses;
	if (!copy_text(h->by, &s->actor) || (h->comment && !copy_text(h->comment, &s->comment)))
		return pchat_no_memory(r->err);
	return PCHAT_OK;
}

static enum pchat_code
unpack_head(struct reader *r, json_t *v)
{
	const json_t *version = json_object_get(v, "pchatPlan");
	struct head h = { 0 };

	if (!json_is_integer(version) || json_integer_value(version) < 1)
		return no_plan(r);
	if (json_integer_value(version) > PCHAT_SAVED_VERSION) {
		pchat_fail(r->err, PCHAT_UNSUPPORTED,
		           "'%s' is a saved plan of version %lld, later than version %d of this "
		           "pchatctl",
		           r->name, (long long)json_integer_value(version), PCHAT_SAVED_VERSION);
		pchat_hint(r->err, "use the pchatctl that saved it, or a later one");
		return PCHAT_UNSUPPORTED;
	}
	if (json_unpack_ex(v, NULL, JSON_STRICT, "{s:I,s:I,s:s,s:I,s:s,s:s,s:s,s?s,s:I,s:I}",
	                   "pchatPlan", &h.version, "schema", &h.schema, "store", &h.store, "base",
	                   &h.base, "since", &h.since, "made", &h.made, "by", &h.by, "comment",
	                   &h.comment, "changes", &h.changes, "losses", &h.losses))
		return damaged(r, "its head is not complete");
	return take_head(r, &h);
}

/* Whatever does not begin like one is another file. */
static enum pchat_code
read_head(struct reader *r)
{
	struct pchat_str line;
	json_error_t where;
	json_t *v = NULL;
	enum pchat_code code;

	if (!next_line(r, &line))
		return no_plan(r);
	code = pchat_value_load(line, &v, &where, r->err);
	if (code == PCHAT_INVALID)
		return no_plan(r);
	if (code == PCHAT_OK)
		code = unpack_head(r, v);
	json_decref(v);
	return code;
}

/* ---- changes ---- */

static int
index_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return (int)i;
	return -1;
}

/* The first field that no object may be without and this one is; NULL if there is none. */
static const char *
missing_field(const struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (size_t i = 0; i < info->n_fields; i++)
		if (info->fields[i].flags & PCHAT_REQUIRED && !*o->v[i].text)
			return info->fields[i].name;
	return NULL;
}

static enum pchat_code
read_object(struct reader *r, enum pchat_kind kind, const json_t *v, struct pchat_object **ret)
{
	const char *missing;
	enum pchat_code code;

	if (!v)
		return PCHAT_OK;
	code = pchat_object_from_value(kind, v, ret, r->err);
	if (code)
		return at_line(r, code);
	missing = missing_field(*ret);
	if (missing)
		return at_line(r, pchat_fail(r->err, PCHAT_INVALID,
		                             "the saved plan is damaged: "
		                             "a %s without '%s'",
		                             pchat_kind_info(kind)->word, missing));
	(*ret)->file = r->name;
	(*ret)->line = r->line;
	return PCHAT_OK;
}

/* Does the change have the objects its operation has? */
static bool
is_whole(const struct pchat_change *c, const struct pchat_object *asked)
{
	if ((c->op != PCHAT_OP_CREATE) != (c->before != NULL) ||
	    (c->op != PCHAT_OP_DELETE) != (c->after != NULL))
		return false;
	if (asked && (!c->after || c->cause != PCHAT_CAUSE_ASKED ||
	              strcmp(asked->guid, c->after->guid) != 0))
		return false;
	if (c->cause != PCHAT_CAUSE_ASKED && c->op != PCHAT_OP_UPDATE)
		return false;
	return !c->before ||
	       (c->before->guid[0] && (!c->after || strcmp(c->before->guid, c->after->guid) == 0));
}

/* What was asked for stands before what follows. */
static enum pchat_code
keep_change(struct reader *r, const struct pchat_change *c, struct pchat_object *asked)
{
	struct pchat_saved *s = r->s;
	bool late = c->cause == PCHAT_CAUSE_ASKED && s->plan.n > s->asked.n;

	if (late || !is_whole(c, asked))
		return damaged(r, "the change is not a whole one");
	if (!pchat_vec_reserve(&s->plan, 1) || !pchat_vec_reserve(&s->asked, 1))
		return pchat_no_memory(r->err);
	s->plan.v[s->plan.n++] = *c;
	if (c->cause == PCHAT_CAUSE_ASKED)
		s->asked.v[s->asked.n++] = asked;
	return PCHAT_OK;
}

static enum pchat_code
unpack_change(struct reader *r, json_t *v)
{
	const char *op, *cause, *word;
	const json_t *before = NULL, *asked = NULL, *after = NULL;
	struct pchat_object *wanted = NULL;
	struct pchat_change c = { 0 };
	enum pchat_kind kind;
	enum pchat_code code;
	int op_index, cause_index;

	if (json_unpack_ex(v, NULL, JSON_STRICT, "{s:s,s:s,s:s,s?o,s?o,s?o}", "action", &op,
	                   "cause", &cause, "kind", &word, "before", &before, "asked", &asked,
	                   "after", &after))
		return damaged(r, "this is no change");
	op_index = index_of(op, pchat_op_words, PCHAT_N(pchat_op_words));
	cause_index = index_of(cause, pchat_cause_words, PCHAT_N(pchat_cause_words));
	if (op_index < 0 || cause_index < 0 || !pchat_kind_by_word(pchat_str(word), &kind))
		return damaged(r, "this is no change of ours");
	c.op = (enum pchat_op)op_index;
	c.cause = (enum pchat_cause)cause_index;
	code = read_object(r, kind, before, &c.before);
	if (!code)
		code = read_object(r, kind, asked, &wanted);
	if (!code)
		code = read_object(r, kind, after, &c.after);
	if (!code)
		code = keep_change(r, &c, wanted);
	if (!code)
		return PCHAT_OK;
	pchat_object_free(c.before);
	pchat_object_free(wanted);
	pchat_object_free(c.after);
	return code;
}

/* ---- losses ---- */

/* Losses name the field by the text of its row. */
static const char *
field_name(const char *text)
{
	for (size_t k = 0; k < PCHAT_N_KINDS; k++) {
		int f = pchat_field_by_name((enum pchat_kind)k, pchat_str(text));

		if (f >= 0)
			return pchat_kind_info((enum pchat_kind)k)->fields[f].name;
	}
	return NULL;
}

static enum pchat_code
unpack_loss(struct reader *r, json_t *v)
{
	struct pchat_plan *p = &r->s->plan;
	PCHAT_VEC(struct pchat_loss) losses = { p->losses, p->n_losses, p->cap_losses };
	const char *object, *field, *principal, *why;
	struct pchat_loss loss = { 0 };

	if (json_unpack_ex(v, NULL, JSON_STRICT, "{s:s,s:s,s:s,s:s}", "object", &object, "field",
	                   &field, "principal", &principal, "why", &why) ||
	    !field_name(field) || !is_text(object) || !is_text(principal) || !is_text(why))
		return damaged(r, "this is no loss of a role");
	loss.field = field_name(field);
	if (!copy_text(object, &loss.object) || !copy_text(principal, &loss.principal) ||
	    !copy_text(why, &loss.why) || !pchat_vec_push(&losses, loss)) {
		free(loss.object);
		free(loss.principal);
		free(loss.why);
		return pchat_no_memory(r->err);
	}
	p->losses = losses.v;
	p->n_losses = losses.n;
	p->cap_losses = losses.cap;
	return PCHAT_OK;
}

/* ---- all of it ---- */

static enum pchat_code
read_items(struct reader *r, size_t n, enum pchat_code (*unpack)(struct reader *r, json_t *v))
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < n && !code; i++) {
		json_t *v = NULL;

		code = next_value(r, &v);
		if (!code)
			code = unpack(r, v);
		json_decref(v);
	}
	return code;
}

/* Everything up to here, and nothing else, is what was written. */
static enum pchat_code
check_sum(struct reader *r, struct pchat_str text)
{
	PCHAT_AUTO_VALUE(buf) wanted = { 0 };
	enum pchat_code code;

	r->line++;
	if (!r->rest.n)
		return damaged(r, "its last line is missing");
	pchat_saved_seal((struct pchat_str){ text.p, text.n - r->rest.n }, &wanted);
	code = pchat_buf_check(&wanted, r->err);
	if (code || pchat_str_eq(r->rest, pchat_buf_view(&wanted)))
		return code;
	return damaged(r, "it is not as it was written");
}

enum pchat_code
pchat_saved_read(struct pchat_str text, const char *name, struct pchat_saved *ret,
                 struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(saved) s = { 0 };
	struct reader r = { .rest = text, .name = name, .s = &s, .err = err };
	enum pchat_code code = PCHAT_OK;

	if (text.n > PCHAT_SAVED_MAX_BYTES)
		return pchat_fail(err, PCHAT_LIMIT, "a saved plan has at most %llu octets",
		                  (unsigned long long)PCHAT_SAVED_MAX_BYTES);
	code = read_head(&r);
	if (!code)
		code = read_items(&r, r.n_changes, unpack_change);
	if (!code)
		code = read_items(&r, r.n_losses, unpack_loss);
	if (!code)
		code = check_sum(&r, text);
	if (code)
		return code;
	*ret = s;
	s = (struct pchat_saved){ 0 };
	return PCHAT_OK;
}
