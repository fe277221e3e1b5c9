/* The noun "store". */
#include <string.h>

#include "base/clock.h"
#include "pchatctl/handlers.h"
#include "schema/draft.h"

static const char *
path_of(const struct pchat_ctl *ctl)
{
	return ctl->globals.v[PCHAT_GLOBAL_STORE].text;
}

enum pchat_code
pchat_store_init_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *domain = pchat_call_text(call, "--domain");

	PCHAT_TRY(pchat_store_init(path_of(ctl), domain, pchat_ctl_actor(ctl), err));
	pchat_ctl_note(ctl, "created store '%s' for domain '%s'", path_of(ctl), domain);
	return PCHAT_OK;
}

/* ---- info ---- */

static enum pchat_code
put_info(struct pchat_ctl *ctl, const struct pchat_store_info *info, struct pchat_err *err)
{
	const char *columns[8 + PCHAT_N_KINDS + 1] = { "path",          "id",
		                                       "schemaVersion", "revision",
		                                       "unconfirmed",   "unconfirmedUntil",
		                                       "messages",      "bytes" };
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	char until[PCHAT_TIME_MAX];

	pchat_record_text(&r, "path", info->path);
	pchat_record_text(&r, "id", info->id);
	pchat_record_uint(&r, "schemaVersion", info->schema_version);
	pchat_record_uint(&r, "revision", info->revision);
	pchat_record_uint(&r, "unconfirmed", info->unconfirmed);
	pchat_time_text(info->deadline - info->deadline % PCHAT_SECOND, until);
	pchat_record_text(&r, "unconfirmedUntil", info->unconfirmed ? until : NULL);
	pchat_record_uint(&r, "messages", info->messages);
	pchat_record_uint(&r, "bytes", info->bytes);
	for (size_t k = 0, n = 8; k < PCHAT_N_KINDS; k++) {
		const struct pchat_kind_info *kind = pchat_kind_info((enum pchat_kind)k);

		if (kind->singleton)
			continue;
		columns[n++] = kind->section;
		pchat_record_uint(&r, kind->section, info->counts[k]);
	}
	return pchat_out_one(ctl, &head, &r, err);
}

enum pchat_code
pchat_store_info_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct pchat_store_info info;

	(void)call;
	PCHAT_TRY(pchat_store_info(ctl->store, &info, err));
	return put_info(ctl, &info, err);
}

/* ---- check ---- */

static enum pchat_code
put_problems(struct pchat_ctl *ctl, const struct pchat_store_problem *problems, size_t n,
             struct pchat_err *err)
{
	static const char *const columns[] = { "result", "what", "remedy", NULL };
	struct pchat_out_head head = { .list = true, .what = "problems", .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (size_t i = 0; i < n; i++) {
		pchat_record_clear(&r);
		pchat_record_text(&r, "result", problems[i].asleep ? "warning" : "problem");
		pchat_record_text(&r, "what", problems[i].what);
		pchat_record_text(&r, "remedy", problems[i].remedy);
		PCHAT_TRY(pchat_out_put(out, &r, err));
	}
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_store_check_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct pchat_store_problem *problems = NULL;
	enum pchat_code code;
	bool damaged = false;
	size_t n = 0;

	(void)call;
	PCHAT_TRY(pchat_store_verify_path(path_of(ctl), &problems, &n, err));
	code = put_problems(ctl, problems, n, err);
	for (size_t i = 0; i < n; i++) {
		damaged |= !problems[i].asleep;
		free(problems[i].what);
		free(problems[i].remedy);
	}
	free(problems);
	if (code)
		return code;
	return damaged ? PCHAT_DIFFERS : PCHAT_OK;
}

/* ---- migrate, backup, restore ---- */

enum pchat_code
pchat_store_migrate_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	unsigned from = 0, to = 0, drafts = 0;

	(void)call;
	PCHAT_TRY(pchat_store_migrate(path_of(ctl), &from, &to, err));
	PCHAT_TRY(pchat_draft_migrate(path_of(ctl), &drafts, err));
	if (from == to && !drafts)
		pchat_ctl_note(ctl, "store '%s' has schema version %u, nothing to do", path_of(ctl),
		               to);
	else if (from != to)
		pchat_ctl_note(ctl, "migrated store '%s' from schema version %u to %u",
		               path_of(ctl), from, to);
	if (drafts)
		pchat_ctl_note(ctl, "migrated %u open transaction%s to schema version %u", drafts,
		               drafts == 1 ? "" : "s", to);
	return PCHAT_OK;
}

enum pchat_code
pchat_store_backup_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *to = pchat_call_name(call, 0);

	PCHAT_TRY_WORD(to, err, pchat_store_backup(ctl->store, to, err));
	pchat_ctl_note(ctl, "copied store '%s' to '%s'", path_of(ctl), to);
	return PCHAT_OK;
}

enum pchat_code
pchat_store_restore_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *from = pchat_call_name(call, 0);

	PCHAT_TRY_WORD(from, err, pchat_store_restore(from, path_of(ctl), err));
	pchat_ctl_note(ctl, "restored store '%s' from '%s'", path_of(ctl), from);
	return PCHAT_OK;
}
