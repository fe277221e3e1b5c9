/* Commands of a file, carried out one after another in one transaction. */
#include <string.h>

#include "base/text.h"
#include "pchatctl/confirm.h"
#include "pchatctl/fail.h"
#include "pchatctl/handlers.h"
#include "pchatctl/input.h"
#include "pchatctl/line.h"
#include "pchatctl/mark.h"
#include "pchatctl/write.h"
#include "schema/draft.h"

/* Most octets and commands of a file, and lines of one command. */
#define BATCH_MAX_OCTETS   67108864
#define BATCH_MAX_COMMANDS 1000000
#define COMMAND_MAX_LINES  1000

/* One command, cut into words. */
struct item {
	struct pchat_line line;
	unsigned number; /* of the line it begins on */
};

struct batch {
	struct pchat_ctl *ctl;
	const struct pchat_call *call; /* of the batch itself */
	const char *file;              /* as messages name it */
	bool keep_going;
	PCHAT_VEC(struct item) items;
	struct pchat_txn txn;
	struct pchat_origin origin;
	struct pchat_plan total; /* of all commands */
	bool asks;               /* some of it has to be confirmed */
	bool again;              /* the second time, after that: nothing is shown */
	size_t failures;
	enum pchat_code first; /* of them */
};

static void
batch_release(struct batch *b)
{
	for (size_t i = 0; i < b->items.n; i++)
		pchat_line_release(&b->items.v[i].line);
	pchat_vec_release(&b->items);
	pchat_txn_rollback(&b->txn);
	pchat_plan_release(&b->total);
}

/* ---- reading ---- */

/* Add a line to a command. @ret_more: it goes on on the next. */
static enum pchat_code
add_line(struct pchat_buf *command, struct pchat_str text, struct pchat_line *line, bool *ret_more,
         struct pchat_err *err)
{
	if (memchr(text.p, '\0', text.n))
		return pchat_fail(err, PCHAT_INVALID, "the line holds a NUL");
	pchat_buf_str(command, text);
	PCHAT_TRY(pchat_buf_check(command, err));
	pchat_line_release(line);
	PCHAT_TRY(pchat_line_split(pchat_buf_view(command), PCHAT_LINE_OWN, line, err));
	*ret_more = line->open != 0;
	if (line->open == '\\')
		command->p[--command->n] = '\0';
	else if (line->open)
		pchat_buf_char(command, '\n');
	return PCHAT_OK;
}

/* The next command of *@rest; @line has no words if there is none on the line. */
static enum pchat_code
cut_command(struct pchat_str *rest, unsigned *number, struct pchat_line *line,
            struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) command = { .max = PCHAT_LINE_MAX + 1 };
	bool more = true;
	unsigned n = 0;

	while (more && rest->n) {
		struct pchat_str text = pchat_str_cut(*rest, '\n', rest);

		(*number)++;
		if (++n > COMMAND_MAX_LINES)
			return pchat_fail(err, PCHAT_LIMIT, "a command of more than %d lines",
			                  COMMAND_MAX_LINES);
		if (text.n && text.p[text.n - 1] == '\r')
			text.n--;
		PCHAT_TRY(add_line(&command, text, line, &more, err));
	}
	if (more && line->open != '\\')
		return pchat_fail(err, PCHAT_INVALID, "the quote %c is never closed", line->open);
	return PCHAT_OK;
}

/* What is copied from a manual page begins with the name of the program. */
static void
drop_program(struct pchat_line *line)
{
	if (!line->words.n || strcmp(line->words.v[0].text, "pchatctl") != 0)
		return;
	free(line->words.v[0].text);
	memmove(line->words.v, line->words.v + 1, --line->words.n * sizeof(*line->words.v));
}

static enum pchat_code
read_commands(struct batch *b, struct pchat_str rest, struct pchat_err *err)
{
	unsigned number = 0;

	while (rest.n) {
		struct item item = { .number = number + 1 };
		enum pchat_code code = cut_command(&rest, &number, &item.line, err);

		drop_program(&item.line);
		if (!code && b->items.n >= BATCH_MAX_COMMANDS)
			code = pchat_fail(err, PCHAT_LIMIT, "more than %d commands",
			                  BATCH_MAX_COMMANDS);
		if (code)
			pchat_err_at(err, b->file, item.number, 0);
		if (!code && item.line.words.n && !pchat_vec_push(&b->items, item))
			code = pchat_no_memory(err);
		else if (!code && item.line.words.n)
			continue;
		pchat_line_release(&item.line);
		if (code)
			return code;
	}
	return PCHAT_OK;
}

/* ---- one command ---- */

/* Of a command of a batch they would have to hold for all of it. */
static const enum pchat_global of_batch[] = {
	PCHAT_GLOBAL_STORE, PCHAT_GLOBAL_TXN,     PCHAT_GLOBAL_DRY_RUN, PCHAT_GLOBAL_MESSAGE,
	PCHAT_GLOBAL_WAIT,  PCHAT_GLOBAL_TIMEOUT, PCHAT_GLOBAL_CONFIRM,
};

static enum pchat_code
check_allowed(const struct pchat_call *call, const struct pchat_globals *g, struct pchat_err *err)
{
	struct pchat_option o;

	if (!call->cmd || g->v[PCHAT_GLOBAL_HELP].text || !pchat_cmd_batches(call->cmd)) {
		pchat_fail(err, PCHAT_USAGE, "%s: cannot be part of a batch",
		           call->cmd ? call->cmd->path : "help");
		pchat_hint(err, "run it by itself");
		return PCHAT_USAGE;
	}
	if (pchat_call_flag(call, PCHAT_FROM_STDIN)) {
		pchat_fail(err, PCHAT_USAGE, "%s: " PCHAT_FROM_STDIN " cannot be given in a batch",
		           call->cmd->path);
		pchat_hint(err, "write the names on the line");
		return PCHAT_USAGE;
	}
	for (size_t i = 0; i < PCHAT_N(of_batch); i++) {
		if (g->v[of_batch[i]].source != PCHAT_SOURCE_FLAG ||
		    !pchat_global_option(of_batch[i], &o))
			continue;
		pchat_fail(err, PCHAT_USAGE, "%s: %s cannot be given to one command of a batch",
		           call->cmd->path, o.name);
		pchat_hint(err, "give it to the batch itself: pchatctl %s ... -f FILE", o.name);
		return PCHAT_USAGE;
	}
	return PCHAT_OK;
}

static bool
move_losses(struct pchat_loss **to, size_t *n_to, size_t *cap_to, const struct pchat_loss *from,
            size_t *n_from)
{
	PCHAT_VEC(struct pchat_loss) losses = { *to, *n_to, *cap_to };
	bool room = pchat_vec_reserve(&losses, *n_from);

	for (size_t i = 0; i < *n_from && room; i++)
		losses.v[losses.n++] = from[i];
	*to = losses.v;
	*n_to = losses.n;
	*cap_to = losses.cap;
	if (room)
		*n_from = 0;
	return room;
}

/* Take the changes over into what the batch has done. */
static enum pchat_code
add_total(struct batch *b, struct pchat_plan *plan, struct pchat_err *err)
{
	struct pchat_plan *t = &b->total;

	if (!pchat_vec_reserve(t, plan->n) ||
	    !move_losses(&t->losses, &t->n_losses, &t->cap_losses, plan->losses, &plan->n_losses) ||
	    !move_losses(&t->asleep, &t->n_asleep, &t->cap_asleep, plan->asleep, &plan->n_asleep))
		return pchat_no_memory(err);
	t->has_content_loss |= plan->has_content_loss;
	t->more_asleep |= plan->more_asleep;
	for (size_t i = 0; i < plan->n; i++)
		t->v[t->n++] = plan->v[i];
	plan->n = 0;
	return PCHAT_OK;
}

static enum pchat_code
change(struct batch *b, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };

	PCHAT_TRY(pchat_write_make_plan(b->ctl, call, &plan, err));
	if (!plan.n)
		return PCHAT_OK;
	PCHAT_TRY(pchat_txn_apply(&b->txn, &plan, &b->origin, err));
	b->asks |= pchat_confirm_needed(b->ctl, &plan);
	return add_total(b, &plan, err);
}

/* That the answer is no is no failure. */
static enum pchat_code
look(struct batch *b, const struct pchat_call *call, struct pchat_err *err)
{
	struct pchat_err trouble = { 0 };
	enum pchat_code code;

	if (b->again)
		return PCHAT_OK;
	if (call->cmd->flags & PCHAT_CMD_COMPARE) {
		code = pchat_compare_run(b->ctl, call, &trouble);
	} else {
		code = pchat_ctl_org(b->ctl, false, &trouble);
		if (!code)
			code = call->cmd->run(b->ctl, call, &trouble);
	}
	if (!code || (code == PCHAT_DIFFERS && !trouble.msg)) {
		pchat_err_release(&trouble);
		return pchat_sink_drain(&b->ctl->out, err);
	}
	if (err)
		*err = trouble;
	else
		pchat_err_release(&trouble);
	return code;
}

/* Inside the ctl of the batch, which has the options of the line for as long. What the rules are
 * asked with is made anew: names may mean other objects by now. */
static enum pchat_code
carry_out(struct batch *b, const struct pchat_call *call, struct pchat_globals *g,
          struct pchat_err *err)
{
	struct pchat_ctl *ctl = b->ctl;
	struct pchat_globals of_all = ctl->globals;
	enum pchat_code code;

	ctl->globals = *g;
	ctl->in_batch = true;
	pchat_org_free(ctl->org);
	ctl->org = NULL;
	code = call->cmd->plan && call->cmd->flags & PCHAT_CMD_WRITE ? change(b, call, err)
	                                                             : look(b, call, err);
	pchat_ctl_keep_place(ctl, err);
	*g = ctl->globals;
	ctl->globals = of_all;
	return code;
}

static enum pchat_code
run_words(struct batch *b, const struct pchat_line *line, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(globals) g = { 0 };
	PCHAT_AUTO_VALUE(call) call = { 0 };
	PCHAT_VEC(char *) argv = { 0 };
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < line->words.n && !code; i++)
		if (!pchat_vec_push(&argv, line->words.v[i].text))
			code = pchat_no_memory(err);
	if (!code)
		code = pchat_call_parse((int)argv.n, argv.v, &g, &call, err);
	if (!code)
		code = check_allowed(&call, &g, err);
	if (!code)
		code = pchat_globals_inherit(&g, &b->ctl->globals, err);
	if (!code)
		code = carry_out(b, &call, &g, err);
	if (code)
		pchat_mark(err, NULL, (int)argv.n, argv.v);
	pchat_vec_release(&argv);
	return code;
}

/* ---- all of them ---- */

/* The line, unless the failure has a place of its own in another file. */
static void
name_line(const struct batch *b, const struct item *item, struct pchat_err *err)
{
	if (err->file)
		pchat_wrap(err, "%s:%u", b->file, item->number);
	else
		pchat_err_at(err, b->file, item->number, 0);
}

static enum pchat_code
run_all(struct batch *b, struct pchat_err *err)
{
	for (size_t i = 0; i < b->items.n; i++) {
		struct pchat_err trouble = { 0 };
		enum pchat_code code = run_words(b, &b->items.v[i].line, &trouble);

		if (!code)
			continue;
		name_line(b, &b->items.v[i], &trouble);
		if (!b->keep_going) {
			*err = trouble;
			return code;
		}
		if (!b->again) {
			(void)pchat_sink_flush(&b->ctl->out, NULL);
			pchat_err_print(&b->ctl->globals, &trouble);
			b->failures++;
			if (!b->first)
				b->first = code;
		}
		pchat_err_release(&trouble);
	}
	return PCHAT_OK;
}

static enum pchat_code
start(struct batch *b, struct pchat_err *err)
{
	PCHAT_TRY(pchat_txn_begin(&b->txn, b->ctl->store, err));
	return b->ctl->txn ? pchat_draft_check_open(b->ctl->store, b->ctl->txn, err) : PCHAT_OK;
}

/* While the store is as the batch makes it: asked anew, by its present names. */
static enum pchat_code
look_around(struct batch *b, struct pchat_err *err)
{
	enum pchat_code code;

	pchat_org_free(b->ctl->org);
	b->ctl->org = NULL;
	code = pchat_ctl_org(b->ctl, false, err);
	if (!code)
		code = pchat_write_look_around(b->ctl, &b->total, err);
	pchat_org_free(b->ctl->org);
	b->ctl->org = NULL;
	return code;
}

/* Nobody holds the lock while somebody thinks: what was done is taken back, and done again if the
 * store is as it was. */
static enum pchat_code
ask(struct batch *b, struct pchat_err *err)
{
	uint64_t base = b->txn.base;

	if (!b->asks || b->ctl->txn)
		return PCHAT_OK;
	PCHAT_TRY(look_around(b, err));
	pchat_txn_rollback(&b->txn);
	PCHAT_TRY(pchat_confirm(b->ctl, &b->total, err));
	PCHAT_TRY(start(b, err));
	if (b->txn.base != base) {
		pchat_fail(err, PCHAT_CONFLICT, "the store was changed by somebody else meanwhile");
		pchat_hint(err, "nothing was done; run the batch again");
		return PCHAT_CONFLICT;
	}
	pchat_plan_release(&b->total);
	b->again = true;
	return run_all(b, err);
}

static enum pchat_code
finish(struct batch *b, struct pchat_err *err)
{
	struct pchat_ctl *ctl = b->ctl;
	uint64_t base, revision;

	if (ctl->globals.dry_run) {
		PCHAT_TRY(look_around(b, err));
		pchat_txn_rollback(&b->txn);
		return pchat_write_show(ctl, &b->total, err);
	}
	PCHAT_TRY(ask(b, err));
	base = revision = b->txn.base;
	PCHAT_TRY(pchat_write_await(ctl, &b->total, &b->txn, err));
	PCHAT_TRY(pchat_txn_commit(&b->txn, &revision, err));
	pchat_write_report(ctl, &b->total, ctl->txn ? 0 : revision);
	if (revision != base)
		pchat_write_remind(ctl, revision);
	if (revision == base || ctl->txn || !ctl->globals.wait)
		return PCHAT_OK;
	return pchat_write_wait(ctl, revision, err);
}

static enum pchat_code
run_batch(struct batch *b, struct pchat_err *err)
{
	struct pchat_ctl *ctl = b->ctl;
	const char *comment = ctl->globals.v[PCHAT_GLOBAL_MESSAGE].text;

	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_WRITE, err));
	pchat_store_set_timeout(ctl->store, (unsigned)ctl->globals.timeout * 1000);
	b->origin = (struct pchat_origin){
		.actor = pchat_ctl_actor(ctl),
		.source = "command",
		.command = pchat_ctl_command_line(ctl, b->call),
		.comment = *comment ? comment : NULL,
	};
	PCHAT_TRY(start(b, err));
	PCHAT_TRY(run_all(b, err));
	PCHAT_TRY(finish(b, err));
	if (!b->failures)
		return PCHAT_OK;
	pchat_fail(err, b->first, "%zu of %zu commands failed", b->failures, b->items.n);
	pchat_hint(err, b->failures < b->items.n ? "the others were carried out"
	                                         : "nothing was changed");
	return b->first;
}

enum pchat_code
pchat_batch_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *path = pchat_call_text(call, "--file");
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct batch b = {
		.ctl = ctl,
		.call = call,
		.file = strcmp(path, "-") == 0 ? "<stdin>" : path,
		.keep_going = pchat_call_flag(call, "--keep-going"),
	};
	const struct pchat_input_limit limit = { "the batch", BATCH_MAX_OCTETS, 0,
		                                 "carry it out in several parts" };
	enum pchat_code code = pchat_input_read(path, &limit, &text, err);

	if (code)
		pchat_err_blame(err, path);
	if (!code)
		code = read_commands(&b, pchat_buf_view(&text), err);
	if (!code)
		code = run_batch(&b, err);
	batch_release(&b);
	return code;
}
