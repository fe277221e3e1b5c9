/* Saved plans: plan, plan show, and apply of one. What is in the file is schema/saved.h's business,
 * that it is carried out the frame's (write.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "pchatctl/handlers.h"
#include "pchatctl/input.h"
#include "pchatctl/manifest_plan.h"
#include "pchatctl/plan_print.h"
#include "pchatctl/write.h"
#include "schema/draft.h"

static enum pchat_code
misused(const struct pchat_call *call, const char *what, const char *hint, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_USAGE, "%s: %s", call->cmd->path, what);
	pchat_hint(err, "%s", hint);
	return PCHAT_USAGE;
}

/* ---- writing the file ---- */

static enum pchat_code
write_all(int fd, struct pchat_str text, const char *path, struct pchat_err *err)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pchat_input_fail(err, "write", path);
		text.p += n;
		text.n -= (size_t)n;
	}
	return fsync(fd) ? pchat_input_fail(err, "write", path) : PCHAT_OK;
}

static enum pchat_code
is_there(const char *path, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_EXISTS, "'%s' is there already", path);
	pchat_hint(err, "choose another name, or replace it with --force");
	return PCHAT_EXISTS;
}

static enum pchat_code
put_in_place(const char *from, const char *to, bool force, struct pchat_err *err)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, force ? 0 : RENAME_NOREPLACE))
		return PCHAT_OK;
	return errno == EEXIST ? is_there(to, err) : pchat_input_fail(err, "write", to);
}

/* Whole or not at all: under a name of its own first (which mkstemp makes 0600). */
static enum pchat_code
write_file(const char *path, struct pchat_str text, bool force, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT own = pchat_text("%s.XXXXXX", path);
	enum pchat_code code;
	int fd;

	if (!own)
		return pchat_no_memory(err);
	fd = mkostemp(own, O_CLOEXEC);
	if (fd < 0)
		return pchat_input_fail(err, "write", path);
	code = write_all(fd, text, path, err);
	if (close(fd) && !code)
		code = pchat_input_fail(err, "write", path);
	if (!code)
		code = put_in_place(own, path, force, err);
	if (code)
		(void)unlink(own);
	return code;
}

/* ---- plan ---- */

static enum pchat_code
check_out(const struct pchat_call *call, const char *path, struct pchat_err *err)
{
	bool force = pchat_call_flag(call, "--force");

	if (!path && force)
		return misused(call, "--force means nothing without --out",
		               "name the file with --out", err);
	if (path && !strcmp(path, "-"))
		return misused(call, "a plan is saved in a file", "give --out the name of one",
		               err);
	/* Said at once; what counts is whether it is there when the plan is put in its place. */
	return path && !force && !access(path, F_OK) ? is_there(path, err) : PCHAT_OK;
}

enum pchat_code
pchat_plan_make_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                     struct pchat_err *err)
{
	const char *path = pchat_call_text(call, "--out");
	struct pchat_saved *s = &ctl->saved;

	PCHAT_TRY_WORD(path, err, check_out(call, path, err));
	/* All of it, and what the check reads later, is about one revision. */
	PCHAT_TRY(pchat_store_read_begin(ctl->store, err));
	PCHAT_TRY(pchat_saved_begin(s, ctl->store, err));
	PCHAT_TRY(pchat_apply_plan(ctl, call, plan, err));
	return path ? pchat_saved_keep_asked(s, plan, err) : PCHAT_OK;
}

static enum pchat_code
save(struct pchat_ctl *ctl, const struct pchat_call *call, const char *path,
     const struct pchat_plan *plan, struct pchat_err *err)
{
	const char *comment = ctl->globals.v[PCHAT_GLOBAL_MESSAGE].text;
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_saved *s = &ctl->saved;

	s->made = pchat_now();
	s->actor = pchat_str_dup(pchat_str(pchat_ctl_actor(ctl)));
	s->comment = *comment ? pchat_str_dup(pchat_str(comment)) : NULL;
	if (!s->actor || (*comment && !s->comment))
		return pchat_no_memory(err);
	PCHAT_TRY(pchat_saved_write(s, plan, &text, err));
	PCHAT_TRY_WORD(
		path, err,
		write_file(path, pchat_buf_view(&text), pchat_call_flag(call, "--force"), err));
	pchat_ctl_note(ctl, "saved as '%s'; 'pchatctl apply %s' carries it out", path, path);
	return PCHAT_OK;
}

/* What differs is what was asked for, where it is saved: the answer is not no. */
enum pchat_code
pchat_plan_make_shown(struct pchat_ctl *ctl, const struct pchat_call *call,
                      const struct pchat_plan *plan, struct pchat_err *err)
{
	const char *path = pchat_call_text(call, "--out");

	if (path)
		return save(ctl, call, path, plan, err);
	return plan->n ? PCHAT_DIFFERS : PCHAT_OK;
}

/* ---- reading it ---- */

static enum pchat_code
read_saved(struct pchat_ctl *ctl, const char *path, struct pchat_err *err)
{
	const struct pchat_input_limit limit = { "the saved plan", PCHAT_SAVED_MAX_BYTES, 0,
		                                 "make it in parts" };
	const char *name = strcmp(path, "-") != 0 ? path : PCHAT_CALL_STDIN;
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	PCHAT_TRY(pchat_input_read(path, &limit, &text, err));
	pchat_saved_release(&ctl->saved);
	return pchat_saved_read(pchat_buf_view(&text), name, &ctl->saved, err);
}

/* ---- plan show ---- */

static void
show_json(struct pchat_ctl *ctl, const struct pchat_saved *s)
{
	char made[PCHAT_TIME_MAX];
	struct pchat_json j;

	pchat_json_init(&j, &ctl->out.buf, ctl->globals.format == PCHAT_FORMAT_JSON);
	pchat_json_begin_object(&j);
	pchat_json_key(&j, "store");
	pchat_json_text(&j, s->store);
	pchat_json_key(&j, "base");
	pchat_json_uint(&j, s->base);
	pchat_json_key(&j, "made");
	pchat_json_text(&j, pchat_time_text(s->made, made));
	pchat_json_key(&j, "by");
	pchat_json_text(&j, s->actor);
	pchat_json_key(&j, "comment");
	pchat_json_text(&j, s->comment);
	pchat_json_key(&j, "plan");
	pchat_json_begin_object(&j);
	pchat_plan_print_json(&j, &s->plan);
	pchat_json_end_object(&j);
	pchat_json_end_object(&j);
	pchat_buf_char(&ctl->out.buf, '\n');
}

static void
show_text(struct pchat_ctl *ctl, const struct pchat_saved *s)
{
	struct pchat_plan_style style = { .color = pchat_globals_color(&ctl->globals,
		                                                       ctl->out.fd) };
	struct pchat_buf *out = &ctl->out.buf;
	char made[PCHAT_TIME_MAX];

	pchat_buf_printf(out, "made %s by ", pchat_time_text(s->made, made));
	pchat_quote_terminal(out, pchat_str(s->actor));
	pchat_buf_printf(out, " for revision %llu of store %s\n", (unsigned long long)s->base,
	                 s->store);
	if (s->comment) {
		pchat_buf_lit(out, "comment: ");
		pchat_quote_terminal(out, pchat_str(s->comment));
		pchat_buf_char(out, '\n');
	}
	pchat_plan_print(out, &s->plan, &style);
}

enum pchat_code
pchat_plan_show_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *path = pchat_call_name(call, 0);

	PCHAT_TRY(pchat_write_check_format(ctl, call, err));
	PCHAT_TRY_WORD(path, err, read_saved(ctl, path, err));
	if (ctl->globals.format == PCHAT_FORMAT_JSON || ctl->globals.format == PCHAT_FORMAT_JSONL)
		show_json(ctl, &ctl->saved);
	else
		show_text(ctl, &ctl->saved);
	return pchat_sink_drain(&ctl->out, err);
}

/* ---- apply ---- */

/* A draft shows the revision it began from only as long as nothing is staged in it. */
static enum pchat_code
draft_revision(struct pchat_ctl *ctl, uint64_t *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(draft_info) info = { 0 };

	PCHAT_TRY(pchat_draft_info(ctl->store, &info, err));
	*ret = info.base;
	if (!info.changes)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_CONFLICT, "transaction '%s' has changes already", ctl->txn);
	pchat_hint(err, "apply the plan by itself, or in a transaction begun for it");
	return PCHAT_CONFLICT;
}

/* What no command offers, files cannot ask for. */
static enum pchat_code
check_builtins(const struct pchat_plan *plan, struct pchat_err *err)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct pchat_object *o = plan->v[i].before;

		if (plan->v[i].op == PCHAT_OP_DELETE && pchat_is_builtin(o))
			return pchat_fail(err, PCHAT_INVALID, "%s '%s' cannot be deleted",
			                  pchat_kind_info(o->kind)->word, pchat_object_key(o));
	}
	return PCHAT_OK;
}

static enum pchat_code
apply_saved(struct pchat_ctl *ctl, const char *path, struct pchat_plan *plan, struct pchat_err *err)
{
	uint64_t revision = 0;

	PCHAT_TRY_WORD(path, err, read_saved(ctl, path, err));
	if (ctl->txn)
		PCHAT_TRY(draft_revision(ctl, &revision, err));
	PCHAT_TRY(pchat_saved_plan(&ctl->saved, ctl->store, revision, plan, err));
	PCHAT_TRY(check_builtins(plan, err));
	free(ctl->comment);
	ctl->comment = PCHAT_TAKE(ctl->saved.comment);
	return plan->n ? pchat_ctl_org_for(ctl, plan, err) : PCHAT_OK;
}

enum pchat_code
pchat_apply_any_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                     struct pchat_err *err)
{
	const char *path = pchat_call_name(call, 0);

	pchat_saved_release(&ctl->saved);
	if (!path && !pchat_call_text(call, "--file"))
		return misused(
			call, "neither a manifest nor a saved plan is named",
			"write -f MANIFEST, or the FILE that 'pchatctl plan --out' has saved", err);
	if (!path)
		return pchat_apply_plan(ctl, call, plan, err);
	if (call->given.n)
		return misused(call, "a saved plan is carried out as it is",
		               "leave -f, --prune and --prune-limit out, or the saved plan", err);
	/* What the batch has done before is in no revision yet. */
	if (ctl->in_batch)
		return misused(call, "a saved plan cannot be part of a batch", "run it by itself",
		               err);
	return apply_saved(ctl, path, plan, err);
}

enum pchat_code
pchat_apply_checked(struct pchat_ctl *ctl, const struct pchat_plan *plan, struct pchat_err *err)
{
	/* One that was read says who made it. */
	return ctl->saved.actor ? pchat_saved_compare(&ctl->saved, plan, err) : PCHAT_OK;
}
