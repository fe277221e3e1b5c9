/* What rooms a user follows, as his clients keep it (sip.md section 2.5). */
#include "base/clock.h"
#include "pchatctl/noun.h"
#include "schema/publication.h"

struct followed {
	struct pchat_ctl *ctl;
	struct pchat_out *out;
};

/* A room that is gone is still followed: it stands there by its guid, without a name. */
static enum pchat_code
put(void *ctx, const struct pchat_kept_publication *p, struct pchat_err *err)
{
	const struct followed *f = ctx;
	PCHAT_AUTO_VALUE(record) record = { 0 };
	PCHAT_AUTO(object) room = NULL;
	PCHAT_AUTO_TEXT guid = pchat_str_dup(p->room);
	char since[PCHAT_TIME_MAX];
	enum pchat_code code;

	if (p->room.n == 0)
		return PCHAT_OK;
	if (!guid)
		return pchat_no_memory(err);
	code = pchat_store_get_guid(f->ctl->store, PCHAT_KIND_ROOM, guid, &room, NULL);
	if (code && code != PCHAT_NOT_FOUND)
		return pchat_fail(err, code, "cannot read room '%s'", guid);
	pchat_record_text(&record, "room", room ? pchat_object_key(room) : NULL);
	pchat_record_text(&record, "guid", guid);
	pchat_record_text(&record, "since", pchat_time_text(p->time, since));
	return pchat_out_put(f->out, &record, err);
}

enum pchat_code
pchat_report_followed_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                          struct pchat_err *err)
{
	static const char *const columns[] = { "room", "guid", "since", NULL };
	struct pchat_out_head head = { .list = true, .what = "rooms", .columns = columns };
	PCHAT_AUTO(object) user = NULL;
	PCHAT_AUTO(chat) chat = NULL;
	PCHAT_AUTO(out) out = NULL;
	struct followed f = { .ctl = ctl };

	PCHAT_TRY(pchat_noun_user_object(ctl, call->names.v[0], &user, err));
	PCHAT_TRY(pchat_chat_open(pchat_store_path(ctl->store), false, &chat, err));
	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	f.out = out;
	PCHAT_TRY(pchat_chat_publications(chat, pchat_object_key(user), PCHAT_STR("roomSetting"),
	                                  pchat_now(), put, &f, err));
	return pchat_out_close(out, err);
}
