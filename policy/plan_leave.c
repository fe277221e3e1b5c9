/* People who are there and would be put out. */
#include "policy/plan_private.h"

#include "base/text.h"
#include "base/vec.h"

/* Fields nobody is put out for, as bits; whatever else changes may do it. */
#define FIELD(symbol) (UINT32_C(1) << PCHAT_##symbol)

static uint32_t
harmless(enum pchat_kind kind)
{
	switch (kind) {
	case PCHAT_KIND_USER:
		return FIELD(USER_DISPLAY_NAME) | FIELD(USER_EMAIL) | FIELD(USER_COMPANY);
	case PCHAT_KIND_ROOM:
		return FIELD(ROOM_NAME) | FIELD(ROOM_DESCRIPTION) | FIELD(ROOM_INVITATIONS) |
		       FIELD(ROOM_ADDIN) | FIELD(ROOM_MANAGERS) | FIELD(ROOM_PRESENTERS) |
		       FIELD(ROOM_TYPE);
	case PCHAT_KIND_CATEGORY:
		return FIELD(CATEGORY_NAME) | FIELD(CATEGORY_DESCRIPTION) |
		       FIELD(CATEGORY_INVITATIONS) | FIELD(CATEGORY_FILE_UPLOAD) |
		       FIELD(CATEGORY_HISTORY) | FIELD(CATEGORY_CREATORS);
	case PCHAT_KIND_POLICY:
	case PCHAT_KIND_GROUP:
	case PCHAT_KIND_UNIT:
	case PCHAT_KIND_SITE:
	case PCHAT_KIND_DOMAIN:
		return 0;
	default:
		return UINT32_MAX;
	}
}

static bool
can_put_out(const struct pchat_change *change)
{
	enum pchat_kind kind = pchat_change_object(change)->kind;
	uint32_t safe = harmless(kind);

	if (change->op == PCHAT_OP_CREATE)
		return kind == PCHAT_KIND_POLICY;
	if (change->op == PCHAT_OP_DELETE)
		return safe != UINT32_MAX;
	for (unsigned f = 0; f < pchat_kind_info(kind)->n_fields; f++)
		if (!(safe >> f & 1) && pchat_change_alters(change, f))
			return true;
	return false;
}

bool
pchat_plan_can_put_out(const struct pchat_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (can_put_out(&p->v[i]))
			return true;
	return false;
}

/* What becomes of the room with that guid, as far as the plan says. */
static const struct pchat_change *
change_of_room(const struct pchat_plan *p, const char *guid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].before && p->v[i].before->kind == PCHAT_KIND_ROOM &&
		    strcmp(p->v[i].before->guid, guid) == 0)
			return &p->v[i];
	return NULL;
}

static enum pchat_code
add(struct pchat_plan *p, const char *user, const char *room, char *why_take, struct pchat_err *err)
{
	PCHAT_VEC(struct pchat_leaver) leavers = { p->leavers, p->n_leavers, p->cap_leavers };
	struct pchat_leaver one = { .why = why_take, .user = pchat_str_dup(pchat_str(user)) };

	if (room)
		one.room = pchat_str_dup(pchat_str(room));
	if (!one.why || !one.user || (room && !one.room) || !pchat_vec_push(&leavers, one)) {
		pchat_leaver_release(&one);
		return pchat_no_memory(err);
	}
	p->leavers = leavers.v;
	p->n_leavers = leavers.n;
	p->cap_leavers = leavers.cap;
	return PCHAT_OK;
}

void
pchat_leaver_release(struct pchat_leaver *l)
{
	free(l->user);
	free(l->room);
	free(l->why);
}

enum pchat_code
pchat_plan_look_at_user(struct pchat_plan *p, struct pchat_org *after, const char *user,
                        bool *ret_out, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(verdict) v = { 0 };
	struct pchat_access_query q = { .action = PCHAT_ACTION_CREATE,
		                        .room = PCHAT_NO_ID,
		                        .category = PCHAT_NO_ID };
	enum pchat_code code;

	/* With no category the rules go no further than user and policy. */
	q.user = pchat_org_principal(after, user, NULL);
	code = pchat_access(after, &q, true, &v, err);
	if (code)
		return code;
	*ret_out = strcmp(v.rule, "category-unknown") != 0;
	if (!*ret_out)
		return PCHAT_OK;
	return add(p, user, NULL, pchat_str_dup(v.near_miss), err);
}

enum pchat_code
pchat_plan_look_at_room(struct pchat_plan *p, struct pchat_org *after, const char *user,
                        const char *room, const char *guid, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(verdict) v = { 0 };
	const struct pchat_change *change = change_of_room(p, guid);
	struct pchat_access_query q = { .action = PCHAT_ACTION_JOIN, .category = PCHAT_NO_ID };
	enum pchat_code code;

	if (change && change->op == PCHAT_OP_DELETE)
		return add(p, user, room, pchat_text("the room is deleted"), err);
	q.user = pchat_org_principal(after, user, NULL);
	q.room = pchat_org_room(after, change ? pchat_object_key(change->after) : room, NULL);
	code = pchat_access(after, &q, true, &v, err);
	if (code || v.allowed || strcmp(v.rule, "room-unknown") == 0)
		return code;
	return add(p, user, room, pchat_str_dup(v.near_miss), err);
}
