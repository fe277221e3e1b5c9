/* What only settings of a scope have: which of them count (effective), and back to the defaults
 * (reset). The nouns config and compliance. */
#include <string.h>

#include "base/text.h"
#include "pchatctl/noun.h"
#include "pchatctl/record_object.h"

/* ---- effective ---- */

/* "no site named 'x'", with the nearest names: what the store says. */
static enum pchat_code
must_exist(struct pchat_ctl *ctl, enum pchat_kind kind, const char *key, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;

	return pchat_store_get(ctl->store, kind, key, &o, err);
}

/* The site of --user or --site; *ret stays NULL if there is none. Malloc'ed. */
static enum pchat_code
find_site(struct pchat_ctl *ctl, const struct pchat_call *call, char **ret, struct pchat_err *err)
{
	const char *site = pchat_call_text(call, "--site"), *user = pchat_call_text(call, "--user");
	PCHAT_AUTO(object) o = NULL;

	if (site && user) {
		pchat_fail(err, PCHAT_USAGE, "%s: --site and --user exclude each other",
		           call->cmd->path);
		pchat_hint(err, "the site of a user is known");
		return PCHAT_USAGE;
	}
	if (site)
		PCHAT_TRY_WORD(site, err, must_exist(ctl, PCHAT_KIND_SITE, site, err));
	if (user) {
		PCHAT_TRY(pchat_noun_user_object(ctl, user, &o, err));
		site = o->v[PCHAT_USER_SITE].text;
	}
	if (!site || !*site)
		return PCHAT_OK;
	*ret = pchat_str_dup(pchat_str(site));
	return *ret ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
put_whole(struct pchat_ctl *ctl, const struct pchat_object *o, struct pchat_err *err)
{
	const char *columns[PCHAT_MAX_FIELDS + PCHAT_N_META + 1];
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(object_texts) texts = { 0 };
	PCHAT_AUTO_VALUE(record) r = { 0 };

	pchat_record_columns(o->kind, columns);
	pchat_record_object(&r, &texts, o);
	return pchat_out_one(ctl, &head, &r, err);
}

/* A setting that has its default has it from nowhere in particular. */
static enum pchat_code
put_setting(struct pchat_out *out, const struct pchat_object *o, const struct pchat_object *preset,
            unsigned field, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) value = { 0 };
	PCHAT_AUTO_VALUE(buf) normal = { 0 };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	bool same = pchat_object_field_eq(o, preset, field);

	pchat_object_get_text(o, field, &value);
	pchat_object_get_text(preset, field, &normal);
	PCHAT_TRY(pchat_buf_check(&value, err));
	PCHAT_TRY(pchat_buf_check(&normal, err));
	pchat_record_text(&r, "setting", pchat_kind_info(o->kind)->fields[field].name);
	pchat_record_text(&r, "value", pchat_buf_cstr(&value));
	pchat_record_text(&r, "origin", same ? "default" : pchat_object_key(o));
	pchat_record_text(&r, "default", pchat_buf_cstr(&normal));
	return pchat_out_put(out, &r, err);
}

static enum pchat_code
put_origins(struct pchat_ctl *ctl, const struct pchat_object *o, struct pchat_err *err)
{
	static const char *const columns[] = { "setting", "value", "origin", "default", NULL };
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);
	struct pchat_out_head head = { .list = true, .what = "settings", .columns = columns };
	PCHAT_AUTO(object) preset = pchat_object_new(o->kind);
	PCHAT_AUTO(out) out = NULL;

	if (!preset)
		return pchat_no_memory(err);
	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (unsigned i = 1; i < info->n_fields; i++)
		PCHAT_TRY(put_setting(out, o, preset, i, err));
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_config_effective_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                           struct pchat_err *err)
{
	const struct pchat_object *o = NULL;
	PCHAT_AUTO_TEXT service = NULL;
	PCHAT_AUTO_TEXT site = NULL;
	struct pchat_err inner = { 0 };

	PCHAT_TRY(find_site(ctl, call, &site, err));
	service = pchat_org_service(ctl->org, &inner);
	if (!inner.code)
		o = pchat_org_settings(ctl->org, call->cmd->kind, service, site, &inner);
	if (inner.code) {
		*err = inner;
		return inner.code;
	}
	if (!o)
		return pchat_fail(err, PCHAT_CORRUPT, "the store has no global %s settings",
		                  call->cmd->kind == PCHAT_KIND_SETTINGS ? "service"
		                                                         : "compliance");
	return pchat_call_flag(call, "--origin") ? put_origins(ctl, o, err)
	                                         : put_whole(ctl, o, err);
}

/* ---- reset ---- */

static enum pchat_code
unknown_setting(const struct pchat_kind_info *info, const char *name, struct pchat_err *err)
{
	const char *names[PCHAT_MAX_FIELDS], *near;
	size_t n = 0;

	for (size_t i = 1; i < info->n_fields; i++)
		names[n++] = info->fields[i].name;
	near = pchat_nearest(pchat_str(name), names, n);
	pchat_fail(err, PCHAT_USAGE, "%s reset: there is no setting '%s'", info->word, name);
	pchat_hint(err, near ? "did you mean '%s'?" : "see 'pchatctl %s set --help'",
	           near ? near : info->word);
	return PCHAT_USAGE;
}

/* "defaultChatHistory", or as the option is spelled: "default-chat-history". */
static int
setting_of(const struct pchat_kind_info *info, const char *name)
{
	char option[PCHAT_OPTION_NAME_MAX];

	for (size_t i = 1; i < info->n_fields; i++) {
		pchat_option_kebab(info->fields[i].name, option);
		if (strcmp(name, info->fields[i].name) == 0 || strcmp(name, option) == 0)
			return (int)i;
	}
	return -1;
}

static enum pchat_code
reset_named(const struct pchat_call *call, struct pchat_object *after, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(after->kind);

	for (size_t i = 1; i < call->names.n; i++) {
		int field = setting_of(info, call->names.v[i]);

		if (field < 0)
			PCHAT_TRY_WORD(call->names.v[i], err,
			               unknown_setting(info, call->names.v[i], err));
		PCHAT_TRY(pchat_object_set(after, (unsigned)field,
		                           pchat_str(info->fields[field].preset), err));
	}
	return PCHAT_OK;
}

static enum pchat_code
reset_all(struct pchat_object *after, struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(after->kind);

	for (unsigned i = 1; i < info->n_fields; i++)
		PCHAT_TRY(pchat_object_set(after, i, pchat_str(info->fields[i].preset), err));
	return PCHAT_OK;
}

enum pchat_code
pchat_config_reset_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                        struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_AUTO(object) before = NULL;
	PCHAT_AUTO(object) after = NULL;

	PCHAT_TRY(pchat_noun_get(ctl, call, call->names.v[0], &before, err));
	if (!before)
		return PCHAT_OK;
	after = pchat_object_copy(before);
	if (!after)
		return pchat_no_memory(err);
	if (call->names.n > 1)
		PCHAT_TRY(reset_named(call, after, err));
	else
		PCHAT_TRY(reset_all(after, err));
	return pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before), PCHAT_TAKE(after),
	                           err);
}
