/* The invitations of a user, newest first (schema-and-capacity.md 6, administration.md 6.6). */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pchatctl/noun.h"
#include "schema/invite.h"

struct invitation {
	uint64_t number;
	int64_t created;
	char guid[PCHAT_GUID_LEN + 1];
};

struct invitations {
	PCHAT_VEC(struct invitation) v;
};

/* They come oldest first. */
static enum pchat_code
keep(void *ctx, const struct pchat_invitation *i, struct pchat_err *err)
{
	struct invitations *all = ctx;
	struct invitation one = { .number = i->number, .created = i->created };

	if (strlen(i->room) > PCHAT_GUID_LEN)
		return pchat_fail(err, PCHAT_CORRUPT, "invitation to room '%s'", i->room);
	memcpy(one.guid, i->room, strlen(i->room));
	return pchat_vec_push(&all->v, one) ? PCHAT_OK : pchat_no_memory(err);
}

/* A room that is gone stands there by its guid, without a name. */
static enum pchat_code
put(struct pchat_ctl *ctl, const struct invitation *i, struct pchat_out *out, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) record = { 0 };
	PCHAT_AUTO(object) room = NULL;
	char created[PCHAT_TIME_MAX];
	enum pchat_code code;

	code = pchat_store_get_guid(ctl->store, PCHAT_KIND_ROOM, i->guid, &room, NULL);
	if (code && code != PCHAT_NOT_FOUND)
		return pchat_fail(err, code, "cannot read room '%s'", i->guid);
	pchat_record_uint(&record, "number", i->number);
	pchat_record_text(&record, "room", room ? pchat_object_key(room) : NULL);
	pchat_record_text(&record, "guid", i->guid);
	pchat_record_text(&record, "created", pchat_time_text(i->created, created));
	return pchat_out_put(out, &record, err);
}

static enum pchat_code
put_all(struct pchat_ctl *ctl, const struct invitations *all, uint64_t limit, struct pchat_err *err)
{
	static const char *const columns[] = { "number", "room", "guid", "created", NULL };
	struct pchat_out_head head = {
		.list = true, .what = "invitations", .columns = columns, .table = "room,created"
	};
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (size_t i = all->v.n; i-- > 0 && limit > 0; limit--)
		PCHAT_TRY(put(ctl, &all->v.v[i], out, err));
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_report_invitations_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                             struct pchat_err *err)
{
	PCHAT_AUTO(object) user = NULL;
	PCHAT_AUTO(chat) chat = NULL;
	struct invitations all = { 0 };
	enum pchat_code code;

	PCHAT_TRY(pchat_noun_user_object(ctl, call->names.v[0], &user, err));
	PCHAT_TRY(pchat_chat_open(pchat_store_path(ctl->store), false, &chat, err));
	code = pchat_chat_invitations(chat, pchat_str(pchat_object_key(user)), 0, INT_MAX, keep,
	                              &all, err);
	if (!code)
		code = put_all(ctl, &all, pchat_call_number(call, "--limit", UINT64_MAX), err);
	pchat_vec_release(&all.v);
	return code;
}
