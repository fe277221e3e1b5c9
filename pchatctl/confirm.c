#include "pchatctl/confirm.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "pchatctl/plan_print.h"

/* Lost roles that are listed before the question. */
#define LOSSES_SHOWN 50
/* Changes that are shown with all fields. */
#define CHANGES_SHOWN 50
/* Longest answer that is read: the longest name and its end of line. */
#define ANSWER_MAX 2048

/* The one deletion or change that was asked for; NULL if there are several. */
static const struct pchat_object *
only_object(const struct pchat_plan *plan)
{
	const struct pchat_object *only = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		if (plan->v[i].cause != PCHAT_CAUSE_ASKED)
			continue;
		if (only)
			return NULL;
		only = plan->v[i].before ? plan->v[i].before : plan->v[i].after;
	}
	return only;
}

static size_t
deletions(const struct pchat_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += plan->v[i].op == PCHAT_OP_DELETE;
	return n;
}

static bool
loses(const struct pchat_plan *plan)
{
	return plan->n_losses || plan->has_content_loss;
}

bool
pchat_confirm_needed(const struct pchat_ctl *ctl, const struct pchat_plan *plan)
{
	if (ctl->globals.confirm)
		return plan->n || ctl->works.v.n;
	return !ctl->globals.yes && (loses(plan) || deletions(plan) || ctl->works.v.n);
}

/* "delete room 'Old desk'", "delete 3 objects and take 12 roles away" */
static void
describe(const struct pchat_ctl *ctl, const struct pchat_plan *plan, struct pchat_buf *out)
{
	const struct pchat_object *only = only_object(plan);
	size_t n = deletions(plan);

	if (ctl->works.v.n) {
		pchat_works_describe(out, &ctl->works);
		return;
	}
	if (n && only)
		pchat_buf_printf(out, "delete %s '%s'", pchat_kind_info(only->kind)->word,
		                 pchat_object_key(only));
	else if (n)
		pchat_buf_printf(out, "delete %zu object%s", n, n == 1 ? "" : "s");
	if (n && plan->n_losses)
		pchat_buf_lit(out, " and ");
	if (plan->n_losses)
		pchat_buf_printf(out, "take %zu role%s away", plan->n_losses,
		                 plan->n_losses == 1 ? "" : "s");
	if (!n && !plan->n_losses)
		pchat_buf_printf(out, "change %zu object%s", plan->n, plan->n == 1 ? "" : "s");
}

/* What has to be typed: the name of the object, or the number of deletions and lost roles, or of
 * messages. */
static void
password(const struct pchat_ctl *ctl, const struct pchat_plan *plan, struct pchat_buf *out)
{
	const struct pchat_object *only = only_object(plan);

	if (ctl->works.v.n == 1)
		pchat_buf_text(out, ctl->works.v.v[0].room);
	else if (ctl->works.v.n)
		pchat_buf_uint(out, pchat_works_count(&ctl->works));
	else if (only)
		pchat_buf_text(out, pchat_object_key(only));
	else
		pchat_buf_uint(out, deletions(plan) + plan->n_losses);
}

static bool
read_answer(char answer[ANSWER_MAX], struct pchat_str *ret)
{
	if (!fgets(answer, ANSWER_MAX, stdin)) {
		dprintf(STDERR_FILENO, "\n"); /* what follows does not belong to the question */
		return false;
	}
	*ret = pchat_str_trim(pchat_str(answer));
	return true;
}

static enum pchat_code
declined(struct pchat_err *err)
{
	return pchat_fail(err, PCHAT_DIFFERS, "not confirmed, nothing was done");
}

/* Roles come back with a rollback, messages and what belongs to a deleted object do not. */
static bool
is_final(const struct pchat_ctl *ctl, const struct pchat_plan *plan)
{
	return ctl->works.v.n || plan->has_content_loss || deletions(plan);
}

static enum pchat_code
ask_typed(const struct pchat_ctl *ctl, const struct pchat_plan *plan, const char *what,
          struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) wanted = { 0 };
	char line[ANSWER_MAX];
	struct pchat_str answer;

	password(ctl, plan, &wanted);
	dprintf(STDERR_FILENO, "This will %s. %s\nType '%s' to go ahead: ", what,
	        is_final(ctl, plan) ? "It cannot be undone." : "'pchatctl rollback' can undo it.",
	        pchat_buf_cstr(&wanted));
	if (!read_answer(line, &answer) || !pchat_str_eq(answer, pchat_buf_view(&wanted)))
		return declined(err);
	return PCHAT_OK;
}

static enum pchat_code
ask_yes(const char *what, struct pchat_err *err)
{
	char line[ANSWER_MAX];
	struct pchat_str answer;

	dprintf(STDERR_FILENO, "This will %s. Go ahead? [y/N] ", what);
	if (!read_answer(line, &answer) ||
	    !(pchat_str_iis(answer, "y") || pchat_str_iis(answer, "yes")))
		return declined(err);
	return PCHAT_OK;
}

/* What the command did not say itself. */
static void
print_impact(struct pchat_buf *out, const struct pchat_plan *plan,
             const struct pchat_plan_style *style)
{
	pchat_plan_print_losses(out, plan, LOSSES_SHOWN, style);
	pchat_plan_print_asleep(out, plan, LOSSES_SHOWN, style);
	pchat_plan_print_leavers(out, plan, LOSSES_SHOWN, style);
	pchat_plan_print_notes(out, plan);
}

static void
show_impact(struct pchat_ctl *ctl, const struct pchat_plan *plan)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_plan_style style = {
		.color = pchat_globals_color(&ctl->globals, STDERR_FILENO),
		.brief = plan->n > CHANGES_SHOWN,
	};

	if (ctl->works.v.n)
		pchat_works_print(&text, &ctl->works, false);
	/* What goes back in time touches things the command did not name. */
	else if (ctl->globals.confirm || plan->restores)
		pchat_plan_print(&text, plan, &style);
	else
		print_impact(&text, plan, &style);
	dprintf(STDERR_FILENO, "%s", pchat_buf_cstr(&text));
}

static enum pchat_code
nobody_to_ask(const char *what, const char *remedy, const char *other, struct pchat_err *err)
{
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "cannot ask without a terminal whether to %s", what);
	pchat_hint(err, "nothing was done; %s to do it unasked%s", remedy, other);
	return PCHAT_USAGE;
}

enum pchat_code
pchat_confirm_text(const char *what, struct pchat_err *err)
{
	PCHAT_TRY(nobody_to_ask(what, "add --yes", "", err));
	return ask_yes(what, err);
}

enum pchat_code
pchat_confirm(struct pchat_ctl *ctl, const struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) what = { 0 };
	PCHAT_AUTO_VALUE(buf) shown = { 0 };

	describe(ctl, plan, &what);
	PCHAT_TRY(pchat_buf_check(&what, err));
	PCHAT_TRY(nobody_to_ask(pchat_buf_cstr(&what),
	                        ctl->globals.confirm ? "leave --confirm out" : "add --yes",
	                        ", or see it with --dry-run", err));
	pchat_quote_terminal(&shown, pchat_buf_view(&what));
	show_impact(ctl, plan);
	if (loses(plan) || ctl->works.v.n)
		return ask_typed(ctl, plan, pchat_buf_cstr(&shown), err);
	return ask_yes(pchat_buf_cstr(&shown), err);
}
