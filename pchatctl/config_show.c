/* config show: service settings by their scope, or what pchatctl itself goes by. */
#include "pchatctl/handlers.h"

static enum pchat_code
put_own(struct pchat_ctl *ctl, struct pchat_out *out, size_t i, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO_VALUE(buf) place = { 0 };
	struct pchat_option o;

	if (i == PCHAT_GLOBAL_HELP || !pchat_global_option(i, &o))
		return PCHAT_OK;
	pchat_global_place(&ctl->globals, i, &place);
	PCHAT_TRY(pchat_buf_check(&place, err));
	pchat_record_text(&r, "name", o.name + 2);
	pchat_record_text(&r, "value", ctl->globals.v[i].text);
	pchat_record_text(&r, "origin", pchat_global_origin(&ctl->globals, i));
	pchat_record_text(&r, "place", place.n ? pchat_buf_cstr(&place) : NULL);
	return pchat_out_put(out, &r, err);
}

static enum pchat_code
show_own(struct pchat_ctl *ctl, struct pchat_err *err)
{
	static const char *const columns[] = { "name", "value", "origin", "place", NULL };
	const struct pchat_out_head head = { .list = true, .what = "options", .columns = columns };
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (size_t i = 0; i < PCHAT_N_GLOBALS; i++)
		PCHAT_TRY(put_own(ctl, out, i, err));
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_config_show_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	bool origin = pchat_call_flag(call, "--origin");

	if (origin && !call->names.n)
		return show_own(ctl, err);
	if (!origin && call->names.n)
		return pchat_show_run(ctl, call, err);
	if (origin) {
		pchat_fail(err, PCHAT_USAGE,
		           "config show: --origin is about options of pchatctl, "
		           "which have no scope");
		pchat_hint(err, "for service settings use 'pchatctl config effective --origin'");
	} else {
		pchat_fail(err, PCHAT_USAGE, "config show: SCOPE is missing");
		pchat_hint(err, "name a scope such as global, or use --origin for the options of "
		                "pchatctl itself");
	}
	return PCHAT_USAGE;
}
