#include "pchatctl/content.h"

#include "schema/message.h"

/* Rooms that are told one by one; of more only the numbers are. */
#define TOLD_MAX 20

struct counting {
	struct pchat_plan *plan;
	uint64_t rooms, messages; /* beyond those that are told */
	size_t told;
};

static enum pchat_code
note_room(struct counting *c, const struct pchat_object *room, uint64_t n, struct pchat_err *err)
{
	if (c->told >= TOLD_MAX) {
		c->rooms++;
		c->messages += n;
		return PCHAT_OK;
	}
	c->told++;
	if (n == 1)
		return pchat_plan_note(c->plan, err, "room '%s': its message goes with it",
		                       pchat_object_key(room));
	return pchat_plan_note(c->plan, err, "room '%s': its %llu messages go with it",
	                       pchat_object_key(room), (unsigned long long)n);
}

static enum pchat_code
note_rest(const struct counting *c, struct pchat_err *err)
{
	if (!c->rooms)
		return PCHAT_OK;
	return pchat_plan_note(c->plan, err, "%llu more rooms: %llu messages go with them",
	                       (unsigned long long)c->rooms, (unsigned long long)c->messages);
}

static bool
deletes_room(const struct pchat_change *change)
{
	return change->op == PCHAT_OP_DELETE && change->before->kind == PCHAT_KIND_ROOM;
}

enum pchat_code
pchat_content_note(struct pchat_ctl *ctl, struct pchat_plan *plan, struct pchat_err *err)
{
	struct counting c = { .plan = plan };
	PCHAT_AUTO(chat) chat = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		struct pchat_room_activity a = { 0 };

		if (!deletes_room(&plan->v[i]))
			continue;
		if (!chat)
			PCHAT_TRY(pchat_ctl_chat(ctl, false, &chat, err));
		PCHAT_TRY(pchat_chat_room(chat, plan->v[i].before->guid, &a, err));
		if (a.kept)
			PCHAT_TRY(note_room(&c, plan->v[i].before, a.kept, err));
	}
	return note_rest(&c, err);
}
