#include "pchatctl/plan_print.h"

/* More entries of a list than this are counted, not shown; JSON has them all. */
#define SHOWN_ITEMS 20

struct op_row {
	const char *sign, *todo, *done, *color;
};

static const struct op_row ops[] = {
	[PCHAT_OP_CREATE] = { "+", "create", "created", "\033[32m" },
	[PCHAT_OP_UPDATE] = { "~", "update", "updated", "\033[33m" },
	[PCHAT_OP_DELETE] = { "-", "delete", "deleted", "\033[31m" },
};

static const char loss_color[] = "\033[31m";
static const char no_color[] = "\033[0m";

static const char *const causes[] = {
	[PCHAT_CAUSE_ASKED] = "asked",
	[PCHAT_CAUSE_PURGE] = "purge",
	[PCHAT_CAUSE_CASCADE] = "cascade",
};

/* The object that a change is about, under the name it has before. */
static const struct pchat_object *
subject(const struct pchat_change *c)
{
	return c->before ? c->before : c->after;
}

static const struct pchat_kind_info *
info_of(const struct pchat_change *c)
{
	return pchat_kind_info(subject(c)->kind);
}

static bool
is_changed(const struct pchat_change *c, unsigned field)
{
	switch (c->op) {
	case PCHAT_OP_CREATE:
		return !pchat_object_is_default(c->after, field);
	case PCHAT_OP_UPDATE:
		return !pchat_object_field_eq(c->before, c->after, field);
	case PCHAT_OP_DELETE:
		break;
	}
	return false;
}

static void
add_name(struct pchat_buf *out, const struct pchat_object *o)
{
	pchat_buf_text(out, pchat_kind_info(o->kind)->word);
	pchat_buf_lit(out, " '");
	pchat_quote_terminal(out, pchat_str(pchat_object_key(o)));
	pchat_buf_char(out, '\'');
}

/* ---- what differs between two lists ---- */

typedef void (*item_fn)(void *ctx, const char *item);

/* Every member of @l that @without lacks (NULL: every member); both are sorted. */
static size_t
each_missing(const struct pchat_list *l, const struct pchat_list *without, item_fn fn, void *ctx)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (without && pchat_list_has(without, pchat_str(l->v[i])))
			continue;
		if (fn)
			fn(ctx, l->v[i]);
		n++;
	}
	return n;
}

/* ---- text ---- */

struct printer {
	struct pchat_buf *out;
	const struct pchat_plan_style *style;
	const char *prefix; /* of the entries of a list */
	size_t n;           /* entries written */
	size_t indent;
	bool past; /* as done */
};

static void
add_scalar(struct pchat_buf *out, const struct pchat_object *o, unsigned field)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	pchat_object_get_text(o, field, &text);
	if (!pchat_buf_ok(&text))
		out->failed = true;
	if (pchat_kind_info(o->kind)->fields[field].type >= PCHAT_TYPE_BOOL &&
	    pchat_kind_info(o->kind)->fields[field].type <= PCHAT_TYPE_ENUM)
		pchat_buf_str(out, pchat_buf_view(&text));
	else
		pchat_quote_yaml(out, pchat_buf_view(&text));
}

static void
add_blanks(struct pchat_buf *out, size_t n)
{
	while (n--)
		pchat_buf_char(out, ' ');
}

static void
print_item(void *ctx, const char *item)
{
	struct printer *p = ctx;

	if (p->n++ >= SHOWN_ITEMS)
		return;
	if (p->n > 1) {
		pchat_buf_char(p->out, '\n');
		add_blanks(p->out, p->indent);
	}
	if (p->style->color && *p->prefix)
		pchat_buf_text(p->out,
		               ops[*p->prefix == '-' ? PCHAT_OP_DELETE : PCHAT_OP_CREATE].color);
	pchat_buf_text(p->out, p->prefix);
	pchat_quote_terminal(p->out, pchat_str(item));
	if (p->style->color && *p->prefix)
		pchat_buf_text(p->out, no_color);
}

static void
print_rest(struct printer *p)
{
	if (p->n <= SHOWN_ITEMS)
		return;
	pchat_buf_char(p->out, '\n');
	add_blanks(p->out, p->indent);
	pchat_buf_printf(p->out, "... and %zu more", p->n - SHOWN_ITEMS);
}

static void
print_list(struct printer *p, const struct pchat_change *c, unsigned field)
{
	const struct pchat_list *after = &c->after->v[field].list;
	const struct pchat_list *before = c->before ? &c->before->v[field].list : NULL;

	p->n = 0;
	if (before) {
		p->prefix = "- ";
		each_missing(before, after, print_item, p);
	}
	p->prefix = before ? "+ " : "";
	each_missing(after, before, print_item, p);
	print_rest(p);
}

static void
print_field(struct printer *p, const struct pchat_change *c, unsigned field)
{
	const struct pchat_field *f = &info_of(c)->fields[field];

	pchat_buf_lit(p->out, "    ");
	pchat_buf_text(p->out, f->name);
	pchat_buf_lit(p->out, ": ");
	p->indent = 4 + strlen(f->name) + 2;
	if (f->type == PCHAT_TYPE_PRINCIPALS) {
		print_list(p, c, field);
	} else {
		if (c->before) {
			add_scalar(p->out, c->before, field);
			pchat_buf_lit(p->out, " -> ");
		}
		add_scalar(p->out, c->after, field);
	}
	pchat_buf_char(p->out, '\n');
}

/* The name of a new object stands in the first line. */
static void
print_fields(struct printer *p, const struct pchat_change *c)
{
	for (size_t i = c->op == PCHAT_OP_CREATE; i < info_of(c)->n_fields; i++)
		if (is_changed(c, (unsigned)i))
			print_field(p, c, (unsigned)i);
}

static void
print_change(struct printer *p, const struct pchat_change *c)
{
	const struct op_row *row = &ops[c->op];

	if (p->style->color)
		pchat_buf_text(p->out, row->color);
	pchat_buf_printf(p->out, "%s %s ", row->sign, p->past ? row->done : row->todo);
	add_name(p->out, subject(c));
	if (p->style->color)
		pchat_buf_text(p->out, no_color);
	pchat_buf_char(p->out, '\n');
	if (p->style->brief || (c->op == PCHAT_OP_DELETE && !p->past))
		return;
	if (c->op == PCHAT_OP_UPDATE && pchat_object_eq(c->before, c->after))
		pchat_buf_lit(p->out,
		              "    (no field: its messages, a password, or what it refers to)\n");
	/* What is gone is shown as it was. */
	print_fields(p, c->op == PCHAT_OP_DELETE ? &(struct pchat_change){ .op = PCHAT_OP_CREATE,
	                                                                   .after = c->before }
	                                         : c);
}

/* Lines "! OBJECT: FIELD VERB WHO REST (WHY)". */
static void
print_roles(struct pchat_buf *out, const struct pchat_loss *v, size_t n, size_t max,
            const char *verb, const char *rest, const struct pchat_plan_style *style)
{
	size_t shown = max && max < n ? max : n;

	for (size_t i = 0; i < shown; i++) {
		pchat_buf_text(out, style->color ? loss_color : "");
		pchat_buf_lit(out, "! ");
		pchat_quote_terminal(out, pchat_str(v[i].object));
		pchat_buf_printf(out, ": %s %s ", v[i].field, verb);
		pchat_quote_terminal(out, pchat_str(v[i].principal));
		pchat_buf_printf(out, "%s (", rest);
		pchat_quote_terminal(out, pchat_str(v[i].why));
		pchat_buf_lit(out, ")");
		pchat_buf_text(out, style->color ? no_color : "");
		pchat_buf_char(out, '\n');
	}
	if (shown < n)
		pchat_buf_printf(out, "! ... and %zu more\n", n - shown);
}

void
pchat_plan_print_losses(struct pchat_buf *out, const struct pchat_plan *plan, size_t max,
                        const struct pchat_plan_style *style)
{
	print_roles(out, plan->losses, plan->n_losses, max, "loses", "", style);
}

void
pchat_plan_print_asleep(struct pchat_buf *out, const struct pchat_plan *plan, size_t max,
                        const struct pchat_plan_style *style)
{
	print_roles(out, plan->asleep, plan->n_asleep, max, "keeps", ", who no longer counts there",
	            style);
	if (plan->more_asleep)
		pchat_buf_lit(out, "! ... and perhaps others: not everybody who leaves a group was "
		                   "looked at; 'pchatctl check store' finds them all afterwards\n");
}

void
pchat_plan_print_leavers(struct pchat_buf *out, const struct pchat_plan *plan, size_t max,
                         const struct pchat_plan_style *style)
{
	size_t shown = max && max < plan->n_leavers ? max : plan->n_leavers;

	for (size_t i = 0; i < shown; i++) {
		const struct pchat_leaver *l = &plan->leavers[i];

		pchat_buf_text(out, style->color ? loss_color : "");
		pchat_buf_lit(out, "! ");
		pchat_quote_terminal(out, pchat_str(l->user));
		pchat_buf_text(out, l->room ? ", who is in room '" : ", who is signed in");
		pchat_quote_terminal(out, pchat_str(l->room ? l->room : ""));
		pchat_buf_text(out, l->room ? "', is put out (" : ", is signed out (");
		pchat_quote_terminal(out, pchat_str(l->why));
		pchat_buf_lit(out, ")");
		pchat_buf_text(out, style->color ? no_color : "");
		pchat_buf_char(out, '\n');
	}
	if (shown < plan->n_leavers)
		pchat_buf_printf(out, "! ... and %zu more\n", plan->n_leavers - shown);
}

/* ---- counting ---- */

struct counts {
	size_t ops[PCHAT_N(ops)];
};

static struct counts
count(const struct pchat_plan *plan)
{
	struct counts n = { 0 };

	for (size_t i = 0; i < plan->n; i++)
		n.ops[plan->v[i].op]++;
	return n;
}

void
pchat_plan_summary(struct pchat_buf *out, const struct pchat_plan *plan, bool done)
{
	struct counts n = count(plan);
	const char *comma = "";

	for (size_t i = 0; i < PCHAT_N(ops); i++) {
		if (!n.ops[i])
			continue;
		pchat_buf_printf(out, done ? "%s%zu %s" : "%s%zu to %s", comma, n.ops[i],
		                 done ? ops[i].done : ops[i].todo);
		comma = ", ";
	}
	if (!*comma)
		pchat_buf_lit(out, "no changes");
	if (plan->n_losses)
		pchat_buf_printf(out, "%s%zu role%s lost", comma, plan->n_losses,
		                 plan->n_losses == 1 ? "" : "s");
	if (plan->n_asleep)
		pchat_buf_printf(out, "%s%zu role%s asleep", plan->n_losses ? ", " : comma,
		                 plan->n_asleep, plan->n_asleep == 1 ? "" : "s");
	if (plan->n_leavers && !done)
		pchat_buf_printf(out, ", %zu put out now", plan->n_leavers);
}

void
pchat_plan_print_notes(struct pchat_buf *out, const struct pchat_plan *plan)
{
	for (size_t i = 0; i < plan->notes.n; i++) {
		pchat_buf_lit(out, "! ");
		pchat_quote_terminal(out, pchat_str(plan->notes.v[i]));
		pchat_buf_char(out, '\n');
	}
}

void
pchat_plan_print_change(struct pchat_buf *out, const struct pchat_change *change, bool past,
                        const struct pchat_plan_style *style)
{
	struct printer p = { .out = out, .style = style, .past = past };

	print_change(&p, change);
}

void
pchat_plan_print(struct pchat_buf *out, const struct pchat_plan *plan,
                 const struct pchat_plan_style *style)
{
	struct printer p = { .out = out, .style = style, .past = plan->past };

	for (size_t i = 0; i < plan->n; i++)
		print_change(&p, &plan->v[i]);
	pchat_plan_print_losses(out, plan, 0, style);
	pchat_plan_print_asleep(out, plan, 0, style);
	pchat_plan_print_leavers(out, plan, 0, style);
	pchat_plan_print_notes(out, plan);
	pchat_plan_summary(out, plan, plan->past);
	pchat_buf_char(out, '\n');
}

/* ---- what was done ---- */

static void
print_done(struct pchat_buf *out, const struct pchat_change *c)
{
	bool renamed = c->op == PCHAT_OP_UPDATE && is_changed(c, 0);
	const char *comma = renamed ? "; " : ": ";

	pchat_buf_printf(out, "%s ", renamed ? "renamed" : ops[c->op].done);
	add_name(out, subject(c));
	if (renamed) {
		pchat_buf_lit(out, " to '");
		pchat_quote_terminal(out, pchat_str(pchat_object_key(c->after)));
		pchat_buf_char(out, '\'');
	}
	for (unsigned i = 1; c->op == PCHAT_OP_UPDATE && i < info_of(c)->n_fields; i++) {
		if (!is_changed(c, i))
			continue;
		pchat_buf_text(out, comma);
		pchat_buf_text(out, info_of(c)->fields[i].name);
		comma = ", ";
	}
	pchat_buf_char(out, '\n');
}

void
pchat_plan_print_done(struct pchat_buf *out, const struct pchat_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		print_done(out, &plan->v[i]);
}

/* ---- JSON ---- */

static void
json_item(void *ctx, const char *item)
{
	pchat_json_text(ctx, item);
}

static void
json_items(struct pchat_json *j, const char *key, const struct pchat_list *l,
           const struct pchat_list *without)
{
	pchat_json_key(j, key);
	pchat_json_begin_array(j);
	each_missing(l, without, json_item, j);
	pchat_json_end_array(j);
}

static void
json_scalar(struct pchat_json *j, const struct pchat_object *o, unsigned field)
{
	const union pchat_value *v = &o->v[field];
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	switch (pchat_kind_info(o->kind)->fields[field].type) {
	case PCHAT_TYPE_BOOL:
		pchat_json_bool(j, v->flag);
		return;
	case PCHAT_TYPE_UINT:
		pchat_json_uint(j, v->number);
		return;
	default:
		pchat_object_get_text(o, field, &text);
		pchat_json_str(j, pchat_buf_view(&text));
		if (!pchat_buf_ok(&text))
			j->out->failed = true;
	}
}

static void
json_field(struct pchat_json *j, const struct pchat_change *c, unsigned field)
{
	const struct pchat_field *f = &info_of(c)->fields[field];

	pchat_json_key(j, f->name);
	pchat_json_begin_object(j);
	if (f->type == PCHAT_TYPE_PRINCIPALS && c->before) {
		json_items(j, "removed", &c->before->v[field].list, &c->after->v[field].list);
		json_items(j, "added", &c->after->v[field].list, &c->before->v[field].list);
	} else if (f->type == PCHAT_TYPE_PRINCIPALS) {
		json_items(j, "after", &c->after->v[field].list, NULL);
	} else {
		if (c->before) {
			pchat_json_key(j, "before");
			json_scalar(j, c->before, field);
		}
		pchat_json_key(j, "after");
		json_scalar(j, c->after, field);
	}
	pchat_json_end_object(j);
}

static void
json_change(struct pchat_json *j, const struct pchat_change *c)
{
	const struct pchat_object *o = subject(c);

	pchat_json_begin_object(j);
	pchat_json_key(j, "action");
	pchat_json_text(j, ops[c->op].todo);
	pchat_json_key(j, "cause");
	pchat_json_text(j, causes[c->cause]);
	pchat_json_key(j, "kind");
	pchat_json_text(j, info_of(c)->word);
	pchat_json_key(j, "name");
	pchat_json_text(j, pchat_object_key(o));
	pchat_json_key(j, "guid");
	pchat_json_text(j, o->guid[0] ? o->guid : NULL);
	pchat_json_key(j, "fields");
	pchat_json_begin_object(j);
	for (unsigned i = 0; i < info_of(c)->n_fields; i++)
		if (is_changed(c, i))
			json_field(j, c, i);
	pchat_json_end_object(j);
	pchat_json_end_object(j);
}

static void
json_roles(struct pchat_json *j, const char *key, const struct pchat_loss *v, size_t n)
{
	pchat_json_key(j, key);
	pchat_json_begin_array(j);
	for (size_t i = 0; i < n; i++) {
		const struct pchat_loss *l = &v[i];
		const char *const cells[][2] = { { "object", l->object },
			                         { "field", l->field },
			                         { "principal", l->principal },
			                         { "why", l->why } };

		pchat_json_begin_object(j);
		for (size_t k = 0; k < PCHAT_N(cells); k++) {
			pchat_json_key(j, cells[k][0]);
			pchat_json_text(j, cells[k][1]);
		}
		pchat_json_end_object(j);
	}
	pchat_json_end_array(j);
}

/* Left out if there is none: that nobody is concerned is known only if pchatd was asked. */
static void
json_leavers(struct pchat_json *j, const struct pchat_plan *plan)
{
	if (!plan->n_leavers)
		return;
	pchat_json_key(j, "putOut");
	pchat_json_begin_array(j);
	for (size_t i = 0; i < plan->n_leavers; i++) {
		const struct pchat_leaver *l = &plan->leavers[i];

		pchat_json_begin_object(j);
		pchat_json_key(j, "user");
		pchat_json_text(j, l->user);
		if (l->room) {
			pchat_json_key(j, "room");
			pchat_json_text(j, l->room);
		}
		pchat_json_key(j, "why");
		pchat_json_text(j, l->why);
		pchat_json_end_object(j);
	}
	pchat_json_end_array(j);
}

static void
json_notes(struct pchat_json *j, const struct pchat_plan *plan)
{
	if (!plan->notes.n)
		return;
	pchat_json_key(j, "notes");
	pchat_json_begin_array(j);
	for (size_t i = 0; i < plan->notes.n; i++)
		pchat_json_text(j, plan->notes.v[i]);
	pchat_json_end_array(j);
}

static void
json_summary(struct pchat_json *j, const struct pchat_plan *plan)
{
	struct counts n = count(plan);

	pchat_json_key(j, "summary");
	pchat_json_begin_object(j);
	for (size_t i = 0; i < PCHAT_N(ops); i++) {
		pchat_json_key(j, ops[i].todo);
		pchat_json_uint(j, n.ops[i]);
	}
	pchat_json_key(j, "rolesLost");
	pchat_json_uint(j, plan->n_losses);
	if (plan->n_asleep) {
		pchat_json_key(j, "rolesAsleep");
		pchat_json_uint(j, plan->n_asleep);
	}
	pchat_json_end_object(j);
}

void
pchat_plan_change_json(struct pchat_json *j, const struct pchat_change *change)
{
	json_change(j, change);
}

void
pchat_plan_print_json(struct pchat_json *j, const struct pchat_plan *plan)
{
	pchat_json_key(j, "changes");
	pchat_json_begin_array(j);
	for (size_t i = 0; i < plan->n; i++)
		json_change(j, &plan->v[i]);
	pchat_json_end_array(j);
	json_roles(j, "losses", plan->losses, plan->n_losses);
	if (plan->n_asleep)
		json_roles(j, "asleep", plan->asleep, plan->n_asleep);
	json_leavers(j, plan);
	json_notes(j, plan);
	json_summary(j, plan);
}
