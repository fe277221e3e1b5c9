#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/history.h"
#include "pchatctl/moment.h"

static enum pchat_code
refuse_section(struct pchat_str word, struct pchat_err *err)
{
	const char *sections[PCHAT_N_KINDS];
	const char *near;

	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		sections[k] = pchat_kind_info((enum pchat_kind)k)->section;
	near = pchat_nearest(word, sections, PCHAT_N_KINDS);
	pchat_fail(err, PCHAT_USAGE, "--object: no section named '%.*s'", PCHAT_STR_ARG(word));
	pchat_hint(err, near ? "did you mean '%s'?" : "write it like rooms, or like rooms/NAME%s",
	           near ? near : "");
	return PCHAT_USAGE;
}

/* "rooms", "rooms/Rates desk", "room/Rates desk", "rooms/<guid>" */
static enum pchat_code
find_object(struct pchat_ctl *ctl, struct pchat_history_filter *f, const char *text,
            struct pchat_err *err)
{
	struct pchat_str name;
	struct pchat_str section = pchat_str_cut(pchat_str(text), '/', &name);
	PCHAT_AUTO(object) probe = NULL;

	if (!pchat_kind_by_section(section, &f->kind) && !pchat_kind_by_word(section, &f->kind))
		return refuse_section(section, err);
	f->by_kind = true;
	if (!name.n || pchat_guid_parse(name, f->guid))
		return PCHAT_OK;
	/* Keys are kept in canonical form: "amy@contoso.example" is "sip:amy@...". */
	probe = pchat_object_new(f->kind);
	if (!probe)
		return pchat_no_memory(err);
	if (!pchat_object_set(probe, 0, name, NULL))
		name = pchat_str(pchat_object_key(probe));
	return pchat_store_find_ever(ctl->store, f->kind, name.p, f->guid, err);
}

enum pchat_code
pchat_history_filter(struct pchat_ctl *ctl, const struct pchat_call *call,
                     struct pchat_history_filter *ret, struct pchat_err *err)
{
	const char *since = pchat_call_text(call, "--since");
	const char *until = pchat_call_text(call, "--until");
	const char *object = pchat_call_text(call, "--object");
	struct pchat_history_filter f = {
		.actor = pchat_call_text(call, "--actor"),
		.origin = pchat_call_text(call, "--origin"),
		.left = pchat_call_number(call, "--limit", UINT64_MAX),
	};
	int64_t now = pchat_now();

	/* The parser has seen that they are times. */
	if (since)
		(void)pchat_moment_parse(since, false, now, &f.since);
	if (until)
		(void)pchat_moment_parse(until, true, now, &f.until);
	if (object)
		PCHAT_TRY_WORD(object, err, find_object(ctl, &f, object, err));
	*ret = f;
	return PCHAT_OK;
}

bool
pchat_history_matches(const struct pchat_history_filter *f, int64_t time, const char *actor,
                      const char *origin)
{
	return (!f->since || time >= f->since) && (!f->until || time <= f->until) &&
	       (!f->actor || pchat_str_iis(pchat_str(actor), f->actor)) &&
	       (!f->origin || strcmp(origin, f->origin) == 0);
}
